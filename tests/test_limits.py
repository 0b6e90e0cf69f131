"""Inputs that ask for too much: a counted limit, with its place and a next step."""

from __future__ import annotations

import json

import numpy as np
import pytest

import symjac
from symjac.claims.batch import graded
from symjac.diagnosis.diagnose import diagnose
from symjac.errors import BudgetError, SymjacError, UnsupportedError, within_depth
from symjac.terms.exact import MAX_BITS
from symjac.terms.program import Program

TOO_MUCH = [
    "((10**64)**64)**2 * x",
    "((((10**64)**64)**64)**64)**64 * x",
    "(1 / 10**64)**64 * x",
    "((x**64)**64)**64",
    "((((x**64)**64)**64)**64)**64",
    "((x**(1/64))**(1/64))**(1/64)",
]


@pytest.mark.parametrize("formula", TOO_MUCH)
def test_numbers_and_exponents_are_bounded_where_they_stand(formula: str) -> None:
    with pytest.raises((BudgetError, UnsupportedError)) as caught:
        symjac.equivalent(formula, "x")
    span, hint = caught.value.span, caught.value.hint
    assert span is not None
    assert span.text in formula
    assert hint


@pytest.mark.parametrize("formula", TOO_MUCH)
def test_one_such_line_costs_the_batch_nothing(formula: str) -> None:
    tasks = [(formula, "x"), ("x + x", "2 * x"), ("x", formula)]
    lines = [json.dumps({"answer": a, "reference": r}).encode() for a, r in tasks]
    first, second, third = map(json.loads, graded(lines))
    assert "error" in first
    assert second["outcome"] == "proved"
    assert "error" in third


def test_numbers_within_the_limit_are_exact() -> None:
    found = symjac.equivalent("10**64 * x", "1" + "0" * 29 + " * 10**35 * x")
    assert found.outcome.value == "proved"
    assert len(str(2**MAX_BITS)) < 4_300  # what Python prints
    found = symjac.equivalent("(x**64)**64", "x**64 * (x**64)**63")
    assert found.outcome.value == "proved"
    assert symjac.equivalent("(x**64)**64", "(x**64)**63").outcome.value == "refuted"


@pytest.mark.parametrize(
    "formula", ["((x**64 / 2)**64)**64", "((-(x.T)**64).T**64)**64 + x"]
)
def test_what_hides_a_large_exponent_is_judged_at_small_points(formula: str) -> None:
    assert symjac.equivalent(formula, "x").outcome.value == "refuted"


CHAIN = "a = (3*x)**64; b = (3*a)**64; c = b**64; d = c**64; y = d**64"


@pytest.mark.parametrize("claim", ["diag(x)", "2**30 * diag(d**63 * c**63)"])
def test_powers_over_several_definitions_end(claim: str) -> None:
    found = symjac.check(symjac.parse(CHAIN), wrt="x", claim=claim)
    assert {v.outcome.value for v in found.verdicts.values()} <= {
        "refuted",
        "undecided",
    }


@pytest.mark.parametrize(
    ("equations", "claim", "remedy"),
    [
        ("y = (x**64)**64", "4096 * diag((x**64)**63)", None),
        ("dim n = 100000; x: (n); y = x.T @ x", "3 * x", "2 * x"),
    ],
)
def test_a_diagnosis_is_counted(equations: str, claim: str, remedy: str | None) -> None:
    judgement = symjac.check(symjac.parse(equations), wrt="x", claim=claim)
    assert judgement["denominator"].outcome.value == "refuted"
    found = diagnose(judgement)
    assert found.is_exhausted == (remedy is not None)
    assert [str(one.formula) for one in found.remedies] == [remedy][: bool(remedy)]


def test_large_fixed_sizes_are_told_apart_entry_by_entry() -> None:
    sizes = "A, B: (300, 300)"
    found = symjac.equivalent("A @ B", "B @ A", shapes=sizes)
    assert found.outcome.value == "refuted"
    assert found.witness is not None
    a, b = (np.array(found.witness.values[name], dtype=object) for name in "AB")
    row, column = (at - 1 for at in found.witness.entry)
    assert str(a[row] @ b[:, column]) == found.witness.answer
    assert str(b[row] @ a[:, column]) == found.witness.reference
    same = symjac.equivalent("(A @ B).T", "B.T @ A.T", shapes=sizes)
    assert same.outcome.value == "proved"


def test_an_elimination_of_that_size_is_counted_out() -> None:
    shapes = "A: (300, 300) invertible; Q: (300, 300) orthogonal"
    found = symjac.equivalent("inv(A) @ Q", "Q @ inv(A)", shapes=shapes)
    assert found.outcome.value == "undecided"
    assert "operations" in found.reason
    with pytest.raises(SymjacError):
        symjac.equivalent("A @", "Q", shapes=shapes)


@pytest.mark.parametrize("layers", [128, 1_100])
def test_a_chain_too_deep_for_the_stack_ends_in_a_counted_error(layers: int) -> None:
    lines = ["W: (n, n)", "x_1 = tanh(W @ x_0)"]
    lines += [f"x_{n} = tanh(W @ x_{n - 1})" for n in range(2, layers + 1)]
    program = symjac.parse("\n".join(lines))
    found = formula_or_limit(program)
    assert isinstance(found, BudgetError) or found.count("@ W") >= layers - 1


def formula_or_limit(program: Program) -> str | BudgetError:
    try:
        return str(symjac.derive(program, wrt="x_0").matrix("numerator"))
    except BudgetError as error:
        return error


def test_a_fault_of_depth_is_no_bare_recursion_error() -> None:
    @within_depth
    def endless(depth: int) -> int:
        return endless(depth + 1)

    with pytest.raises(BudgetError, match="nested more deeply"):
        endless(0)


def test_a_sum_too_long_for_a_point_is_refused_before_it_starts() -> None:
    program = symjac.parse("A: (1000000, 1000000); y = A @ x")
    verdict = symjac.check(program, wrt="x", claim="2 * A")["numerator"]
    assert verdict.outcome.value == "undecided"
    assert symjac.check(program, wrt="x", claim="A")["numerator"].reason
