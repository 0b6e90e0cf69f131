"""Sizes made of others: 3*2 is 6, n+m is m+n, and what counts otherwise is told so."""

from __future__ import annotations

import numpy as np
import pytest

import symjac
from symjac.errors import UnsupportedError
from symjac.terms.shape import Compound, column, count, row, same_size
from tests.laws.test_derivatives import by_component, definitions
from tests.oracles import agree, complex_step, forward, random_values

N_M, M_N = Compound("*", ("n", "m")), Compound("*", ("m", "n"))
SUM, MUS = Compound("+", ("n", "m")), Compound("+", ("m", "n"))


def test_products_and_sums_of_sizes_commute() -> None:
    assert same_size(column(N_M), column(M_N))
    assert same_size(column(Compound("*", (3, 2))), column(6))
    assert same_size(
        column(Compound("*", ("n", 3, 2))), column(Compound("*", (6, "n")))
    )
    assert SUM == MUS
    assert hash(SUM) == hash(MUS)
    assert N_M != M_N  # their entries are counted in other orders
    assert not same_size(column(Compound("*", (3, 2))), column(5))
    assert not same_size(column(N_M), row(N_M))
    assert (count(Compound("*", (3, 2))), count(N_M)) == (6, None)


BY_VEC = [  # equations, variable, claim, its verdicts by hand
    ("X: (2, 3); Y = X", "eye(6)", ("proved", "proved")),
    ("dim n = 2; X: (n, 3); Y = 2 * X", "2 * eye(6)", ("proved", "proved")),
    ("X: (2, 3); Y = 2 * X", "eye(6)", ("refuted", "refuted")),
    ("X: (2, 3); Y = X.T", "eye(6)", ("refuted", "refuted")),
    ("X: (2, 3); y = sum(X)", "ones(6)", ("ill-typed", "proved")),
    ("X: (2, 3); y = sum(X)", "ones(6).T", ("proved", "ill-typed")),
    ("X: (2, 3); y = sum(X)", "2 * ones(6)", ("ill-typed", "refuted")),
    ("X: (1, 1); Y = X @ X", "2 * X", ("proved", "proved")),
    ("X: (1, 1); Y = X @ X", "3 * X", ("refuted", "refuted")),
]


@pytest.mark.parametrize(("equations", "claim", "outcomes"), BY_VEC)
def test_a_number_is_a_size_that_a_vec_may_have(
    equations: str, claim: str, outcomes: tuple[str, str]
) -> None:
    found = symjac.check(symjac.parse(equations), wrt="vec(X)", claim=claim)
    assert tuple(v.outcome.value for v in found.verdicts.values()) == outcomes


FIXED = [
    ("A: (4, 4); B, C: (2, 2); x: (4); y = (A + kron(B, C)) @ x", "x"),
    ("A: (4, 4); B, C: (2, 2); x: (4); y = (A + kron(B, C)) @ x", "A"),
    ("A: (4, 4); B, C: (2, 2); x: (4); y = A @ kron(B, C) @ x", "C"),
    ("X: (2, 3); a: (6); y = a.T @ vec(X)", "X"),
    ("X: (2, 3); M: (4, 6); z: (6); y = M @ (vec(X) * z)", "X"),
    ("X: (2, 2); a: (4); b: (3); u: (7); y = u * [a + vec(X); b]", "X"),
    ("a: (3); b: (4); c: (2); d: (5); y = [a; b].T @ [c; d]", "a"),
    ("a: (n); b: (m); c: (m); d: (n); y = [a; b] * [c; d]", "b"),
    ("a: (n); b: (m); c: (m); d: (n); y = tanh([a; b] + [c; d])", "d"),
]


@pytest.mark.parametrize(("equations", "wrt"), FIXED)
def test_sizes_in_two_forms_meet_in_one_equation(equations: str, wrt: str) -> None:
    jacobian = symjac.derive(symjac.parse(equations), wrt=wrt)
    values = random_values(jacobian.program.symbols, seed=5, signed=True)
    known = forward(definitions(jacobian), values)
    truth = complex_step(definitions(jacobian), jacobian.of, jacobian.wrt, values)
    found = by_component(jacobian, known)
    assert agree(found, truth)
    assert not agree(found + np.eye(*found.shape), truth)  # the oracle sees an error


SYMMETRIC = "A: (4, 4) symmetric"
EQUAL = [  # answer, reference, shapes, verdict
    ("kron(eye(2), eye(3))", "eye(6)", None, "proved"),
    ("ones(6)", "vec(ones(2, 3))", None, "proved"),
    ("2 * ones(6)", "vec(ones(2, 3))", None, "refuted"),
    ("a + vec(X)", "vec(X) + a", "X: (2, 3); a: (6)", "proved"),
    ("A @ kron(B, C)", "kron(B, C) @ A", "A: (4, 4); B, C: (2, 2)", "refuted"),
    (
        "A.T @ kron(B, C)",
        "A @ kron(B, C)",
        "A: (4, 4) symmetric; B, C: (2, 2)",
        "proved",
    ),
]


@pytest.mark.parametrize(("answer", "reference", "shapes", "verdict"), EQUAL)
def test_answers_may_write_a_size_in_another_form(
    answer: str, reference: str, shapes: str | None, verdict: str
) -> None:
    assert symjac.equivalent(answer, reference, shapes=shapes).outcome.value == verdict


@pytest.mark.parametrize(
    "equations",
    [
        "A: (n, n); B: (m, m); y = kron(A, B) @ kron(B, A) @ x",
        "A: (2, 2); B: (3, 3); y = kron(A, B) @ kron(B, A) @ x",
        "A, B: (n, m); y = vec(A).T @ vec(B.T)",
        "X: (2, 3); a: (4); b: (2); y = vec(X) + [a; b]",
    ],
)
def test_one_size_in_two_orders_is_refused_for_what_it_is(equations: str) -> None:
    with pytest.raises(UnsupportedError, match="are one size, but") as caught:
        symjac.parse(equations)
    assert caught.value.span is not None


def test_a_square_property_keeps_rows_and_columns_counted_alike() -> None:
    text = "S: (4, 4) symmetric; B, C: (2, 2); x: (4); y = S @ kron(B, C) @ x"
    program = symjac.parse(text)
    assert program.shape("S").dims[0] == program.shape("S").dims[1]
