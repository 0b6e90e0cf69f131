"""Answers against references; each row's truth is worked out by hand or published."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import symjac
from symjac.claims.adjudicate import Outcome
from symjac.claims.equivalent import Equivalence, equivalent, read
from symjac.errors import (
    BudgetError,
    ClaimError,
    ParseError,
    ShapeError,
    SymjacError,
    UnsupportedError,
)
from tests.laws.test_derivatives import QUICK
from tests.oracles import evaluate, random_values
from tests.strategies import DECLARATIONS, expressions
from tests.test_published_claims import (
    CLAIMS,
    Translator,
    Unsupported,
    expression,
    functions,
    program,
)

# (shapes, answer, reference)
Row = tuple[str, str, str]

EQUAL: list[Row] = [
    ("x, y: (n)", "x.T @ y", "y.T @ x"),
    ("A, B: (n, n)", "(A @ B).T", "B.T @ A.T"),
    ("A: (n, m); B: (m, p)", "(A @ B).T", "B.T @ A.T"),
    ("A, B, C: (n, n)", "tr(A @ B @ C)", "tr(C @ A @ B)"),
    ("A: (n, m); B: (n, m)", "tr(A.T @ B)", "sum(A * B)"),
    ("A, B: (n, n)", "inv(A @ B)", "inv(B) @ inv(A)"),
    ("A, B: (n, n)", "det(A @ B)", "det(B) * det(A)"),
    ("A: (n, n)", "inv(A).T", "inv(A.T)"),
    ("S: (n, n) symmetric", "S.T", "S"),
    ("a: (n); b: (m)", "(a @ b.T).T", "b @ a.T"),
    ("a: (n)", "a @ a.T", "(a @ a.T).T"),
    ("W: (m, n); x: (n)", "W @ diag(x)", "W @ (diag(x))"),
    ("x, v: (n)", "diag(x) @ v", "x * v"),
    ("x, v: (n)", "diag(x) @ v", "diag(v) @ x"),
    ("x: (n)", "diag(x) @ ones(n)", "x"),
    ("x: (n)", "ones(n).T @ x", "sum(x)"),
    ("x: (n)", "x / x", "ones(n)"),
    ("A: (p, n); B: (m, q); X: (n, m)", "vec(A @ X @ B)", "kron(B.T, A) @ vec(X)"),
    ("A: (n, m); B: (p, q)", "kron(A, B).T", "kron(A.T, B.T)"),
    ("x: (n)", "sigmoid'(x)", "sigmoid(x) * (1 - sigmoid(x))"),
    ("x: (n)", "tanh'(x)", "1 - tanh(x)**2"),
    ("x: (n)", "relu'(x)", "step(x)"),
    ("x: (n)", "softmax(x)", "exp(x) / sum(exp(x))"),
    ("x: (n) positive", "sqrt(x * x)", "x"),
    ("x: (n) positive", "log(x**2)", "2 * log(x)"),
    ("A, B: (n, n)", "sum(A @ f(B @ A.T))", "sum(f(B @ A.T).T @ A.T)"),
    ("Q: (n, n) orthogonal", "inv(Q)", "Q.T"),
    ("dim n = 1; W: (n, n)", "W.T", "W"),
    ("dim n = 2; A: (n, n)", "A @ ones(2)", "A @ ones(n)"),
    ("A, B: (n, n) ; x: (n)", "x.T @ A @ B @ x", "x.T @ B.T @ A.T @ x"),
    ("x: (n)", "D = diag(f'(x)); D @ D", "diag(f'(x)**2)"),
    ("A, B: (n, m)", "diagonal(A @ B.T)", "(A * B) @ ones(m)"),
    ("x: (n)", "inv(eye(n) + x @ x.T)", "eye(n) - x @ x.T / (1 + x.T @ x)"),
    ("x: (n)", "kron(x, x)", "vec(x @ x.T)"),
    ("K: (n, n) skew", "K @ K", "(K @ K).T"),
    ("A, B: (1, 1)", "A @ B", "B @ A"),
    ("A: (n, n)", "A @ inv(A.T @ A) @ A.T", "eye(n)"),
]

# (shapes, answer, reference, whether it is the transpose)
DIFFERENT: list[tuple[str, str, str, bool]] = [
    ("W: (n, n)", "W.T", "W", True),
    ("x: (n)", "sigma(x)", "sigma'(x)", False),
    ("x: (n)", "sigma'(x)", "sigma''(x)", False),
    ("W: (n, n); x: (n)", "W @ diag(x)", "diag(x) @ W", False),
    ("W: (n, n); x: (n)", "W @ diag(x)", "diag(x) @ W.T", True),
    ("W: (n, n); x: (n)", "W @ x", "W.T @ x", False),
    ("A, B: (n, n)", "A @ B", "B @ A", False),
    ("A, B: (n, n)", "(A @ B).T", "A.T @ B.T", False),
    ("A, B: (n, n)", "(A @ B).T", "A @ B", True),
    ("a, b: (n)", "a @ b.T", "b @ a.T", True),
    ("A, B: (n, n)", "inv(A @ B)", "inv(A) @ inv(B)", False),
    ("A, B, C: (n, n)", "tr(A @ B @ C)", "tr(A @ C @ B)", False),
    ("A, B: (n, n)", "tr(A) * B", "tr(B) * A", False),
    ("A, B: (n, n)", "tr(A @ B)", "tr(A) * tr(B)", False),
    ("A, B: (n, n)", "kron(A, B)", "kron(B, A)", False),
    ("A, B: (n, n); X: (n, n)", "vec(A @ X @ B)", "kron(B, A) @ vec(X)", False),
    ("A, B: (n, n); X: (n, n)", "vec(A @ X @ B)", "kron(A, B.T) @ vec(X)", False),
    ("X: (n, n)", "vec(X)", "vec(X.T)", False),
    ("A: (n, n)", "A * A", "A @ A", False),
    ("A: (n, n)", "exp(A)", "expm(A)", False),
    ("A: (n, n)", "diag(diagonal(A))", "A", False),
    ("x: (n)", "x @ ones(n).T", "ones(n) @ x.T", True),
    ("x: (n)", "diag(x)", "x @ ones(n).T", False),
    ("x: (n)", "diag(x)", "x @ x.T", False),
    ("x: (n)", "eye(n)", "ones(n, n)", False),
    ("x: (n)", "sqrt(x * x)", "x", False),
    ("A: (n, n); x: (n)", "sum(f(A @ x))", "sum(f(A.T @ x))", False),
    ("A, B: (n, n); x: (n)", "sum(f(B @ g(A @ x)))", "sum(f(B @ g(A.T @ x)))", False),
    ("A: (n, n)", "det(A + A)", "2 * det(A)", False),
    ("A: (n, n)", "det(A.T) + 1", "det(A)", False),
    ("S: (n, n) skew", "S.T", "S", True),
    ("A: (n, n)", "A + A.T", "2 * A", False),
    ("x: (n)", "norm2(x)", "norm1(x)", False),
    ("x: (n)", "mean(x)", "sum(x)", False),
    ("alpha: ()", "alpha", "alpha + 1/1000000000000000", False),
    ("x: (n)", "tanh(20 * sum(x*x))", "tanh(21 * sum(x*x))", False),
    ("x: (n)", "softmax(x) * (1 - softmax(x))", "softmax(x)", False),
    ("x: (n)", "(x**6)**(1/2)", "x**3", False),
    ("S, T: (n, n) symmetric", "S @ T", "T @ S", True),
    ("K: (n, n) skew", "det(K)", "0", False),
    ("A: (n, m)", "A @ inv(A.T @ A) @ A.T", "eye(n)", False),
    ("x, y: (n)", "kron(x, y.T)", "y @ x.T", True),
    ("x, y: (n)", "relu(x) * relu(y)", "relu(x * y)", False),
]


@pytest.mark.parametrize(("shapes", "answer", "reference"), EQUAL)
def test_equal_formulas_are_proved_both_ways(
    shapes: str, answer: str, reference: str
) -> None:
    for left, right in ((answer, reference), (reference, answer)):
        found = equivalent(left, right, shapes=shapes)
        assert found.outcome is Outcome.PROVED
        assert found.is_transposed is False
        assert found.points


@pytest.mark.parametrize(("shapes", "answer", "reference", "is_transposed"), DIFFERENT)
def test_different_formulas_are_refuted_both_ways(
    shapes: str, answer: str, reference: str, is_transposed: bool
) -> None:
    for left, right in ((answer, reference), (reference, answer)):
        found = equivalent(left, right, shapes=shapes)
        assert found.outcome is Outcome.REFUTED
        assert found.is_transposed is is_transposed
        assert found.witness is not None
        assert found.witness.answer != found.witness.reference


def test_a_witness_says_where_and_by_which_numbers() -> None:
    witness = equivalent("W.T @ x", "W @ x", shapes="W: (n, n); x: (n)").witness
    assert witness is not None
    weights, x = np.array(witness.values["W"]), np.array(witness.values["x"])
    (place,) = witness.entry
    assert float(witness.answer) == (weights.T @ x)[place - 1]
    assert float(witness.reference) == (weights @ x)[place - 1]


def test_a_witness_lists_the_values_chosen_for_functions() -> None:
    witness = equivalent("sigma(x)", "sigma'(x)").witness
    assert witness is not None
    assert {"sigma(1)", "sigma'(1)"} <= witness.values.keys()


def test_shapes_may_be_spelled_in_greek() -> None:
    found = equivalent("σ * x", "x * sigma", shapes={"σ": (), "x": ("ν",)})
    assert found.outcome is Outcome.PROVED


def test_another_shape_is_ill_typed_and_a_transpose_is_told_apart() -> None:
    row = equivalent("x.T", "x")
    assert (row.outcome, row.is_transposed) == (Outcome.ILL_TYPED, True)
    rectangular = equivalent("W.T", "W", shapes={"W": ("n", "m")})
    assert (rectangular.outcome, rectangular.is_transposed) == (Outcome.ILL_TYPED, True)
    other = equivalent("A.T @ A", "A @ A.T", shapes={"A": ("n", "m")})
    assert (other.outcome, other.is_transposed) == (Outcome.ILL_TYPED, False)
    assert "(m, m)" in other.reason
    scalar = equivalent("x.T @ y", "x @ y.T")
    assert (scalar.outcome, scalar.is_transposed) == (Outcome.ILL_TYPED, False)


def test_an_answer_cannot_narrow_what_the_reference_says_unseen() -> None:
    found = equivalent("inv(X)", "inv(X.T @ X) @ X.T")
    assert found.outcome is Outcome.UNDECIDED
    assert "(n, m)" in found.reason
    square = equivalent("inv(X)", "inv(X.T @ X) @ X.T", shapes={"X": ("n", "n")})
    assert square.outcome is Outcome.PROVED
    single = equivalent("sum(x) * ones(1)", "x")
    assert single.outcome is Outcome.UNDECIDED
    assert "(n)" in single.reason


def test_a_size_that_nothing_has_does_not_refute() -> None:
    found = equivalent("mean(x)", "sum(x) / dim(n)")
    assert found.outcome is Outcome.UNDECIDED
    assert "size n" in found.reason
    for shapes in ("x: (n)", "x: (n); y: (m)"):
        tied = equivalent("mean(x)", "sum(x) / dim(n)", shapes=shapes)
        assert tied.outcome is Outcome.PROVED
    other = equivalent("mean(x)", "sum(x) / dim(n)", shapes="x: (m)")
    assert other.outcome is Outcome.REFUTED
    for left, right in (("2 * tr(eye(n))", "tr(eye(n))"), ("2 * x", "x")):
        found = equivalent(left, right, shapes="W: (n, n)")
        assert found.outcome is Outcome.REFUTED


def test_domains_are_hypotheses_and_equality_holds_where_both_are_defined() -> None:
    assert "divisors are not zero" in equivalent("x / x", "ones(n)").hypotheses
    inverse = equivalent("inv(A) @ A", "eye(n)", shapes={"A": ("n", "n")})
    assert inverse.hypotheses == ("the matrices that are inverted are invertible",)
    generic = equivalent("sigma(x) + x", "x + sigma(x)")
    assert (generic.outcome, generic.hypotheses) == (Outcome.PROVED, ())
    nowhere = equivalent("log(-1 - x*x)", "log(-2 - x*x)", shapes="x: (n)")
    assert nowhere.outcome is Outcome.UNDECIDED


def test_the_condition_of_equality_is_read_off() -> None:
    found = equivalent("W.T", "W")
    assert "W symmetric" in str(found.holds_iff)
    assert equivalent("W", "W").holds_iff is None


def test_a_program_s_definitions_count() -> None:
    step = symjac.parse("h[t] = tanh(W @ h[t-1] + b)")
    claim, truth = "diag(1 - h[t]**2) @ W", "diag(tanh'(W @ h[t-1] + b)) @ W"
    found = symjac.equivalent(claim, truth, program=step)
    assert found.outcome is Outcome.PROVED
    found = symjac.equivalent("diag(1 - h[t-1]**2) @ W", truth, program=step)
    assert found.outcome is Outcome.REFUTED


def test_equations_hold_at_the_earliest_step_that_is_mentioned() -> None:
    step = symjac.parse("z[t] = W @ h[t-1] + b\nh[t] = tanh(z[t])")
    rows = {
        ("h[t-1]", "tanh(z[t-1])"): Outcome.PROVED,
        ("h[t+1]", "tanh(W @ h[t] + b)"): Outcome.PROVED,
        ("h[t+1]", "tanh(W.T @ h[t] + b)"): Outcome.REFUTED,
        ("h[t-1]", "tanh(z[t])"): Outcome.REFUTED,
        ("h[t]", "tanh(W @ tanh(z[t-1]) + b)"): Outcome.PROVED,
        ("h[2]", "tanh(W @ h[1] + b)"): Outcome.PROVED,
        ("h[2]", "tanh(W @ h[0] + b)"): Outcome.REFUTED,
    }
    for (answer, reference), outcome in rows.items():
        assert equivalent(answer, reference, program=step).outcome is outcome


def test_a_long_formula_equals_itself() -> None:
    text = "x"
    for _ in range(20):
        text = f"tanh(W @ {text})"
    other = text.replace("W @ x", "W.T @ x")
    shapes = "W: (n, n); x: (n)"
    assert equivalent(text, text, shapes=shapes).outcome is Outcome.PROVED
    assert equivalent(other, text, shapes=shapes).outcome is Outcome.REFUTED


def test_formulas_too_large_for_a_point_are_undecided() -> None:
    found = equivalent("ones(9999, 9999) @ x", "2 * ones(9999, 9999) @ x")
    assert found.outcome is Outcome.REFUTED
    assert found.witness is not None
    assert found.witness.answer == str(sum(found.witness.values["x"]))
    vector = equivalent("x", "2 * x", shapes={"x": (10**20,)})
    assert vector.outcome is Outcome.UNDECIDED


@pytest.mark.parametrize("size", [0, -1])
def test_a_size_is_at_least_one(size: int) -> None:
    with pytest.raises(ShapeError):
        equivalent("x", "x", shapes={"x": (size,)})


def test_definitions_of_a_reference_hold_for_its_answer_unless_replaced() -> None:
    reference = "D = diag(sigma'(x)); W @ D"
    assert equivalent("W @ D", reference).outcome is Outcome.PROVED
    own = "D = diag(sigma(x)); W @ D"
    assert equivalent(own, reference).outcome is Outcome.REFUTED


def test_sympy_s_expressions_are_judged_too() -> None:
    n = sympy.Symbol("n")
    a, b = (sympy.MatrixSymbol(name, n, n) for name in "AB")
    assert equivalent((a * b).T, b.T * a.T).outcome is Outcome.PROVED
    assert equivalent(b * a, a * b).outcome is Outcome.REFUTED
    assert equivalent("B @ A", a * b).outcome is Outcome.REFUTED
    assert equivalent("A.T", a).is_transposed is True


BAD: list[tuple[str, str, str | None, type[SymjacError], str]] = [
    ("W @", "W", None, ParseError, "answer"),
    ("W", "W +* 2", None, ParseError, "reference"),
    ("x @ x", "x", None, ShapeError, "answer"),
    ("A @ x", "x", "A: (m, p); x: (n)", ShapeError, "answer"),
    ("x", "x", "y = x", ParseError, "shapes"),
    ("x", "x", "x: (n) symmetric", ShapeError, "shapes"),
    ("x", "x", "x: (n); x: (m)", ParseError, "shapes"),
    ("A", "A", "A: (n, n) commutes with B", ShapeError, "commutes with B"),
    ("svd(A)", "A", None, UnsupportedError, "answer"),
    ("x" * 200_000, "x", None, BudgetError, "answer"),
]


@pytest.mark.parametrize(("answer", "reference", "shapes", "error", "place"), BAD)
def test_bad_input_is_an_error_with_its_place(
    answer: str,
    reference: str,
    shapes: str | None,
    error: type[SymjacError],
    place: str,
) -> None:
    with pytest.raises(error) as raised:
        equivalent(answer, reference, shapes=shapes)
    assert place in raised.value.report()


def test_shapes_come_from_one_place_only() -> None:
    with pytest.raises(ClaimError):
        equivalent("y", "y", shapes="y: (n)", program=symjac.parse("y = A @ x"))


def test_what_an_answer_is_shown_as_says_which_sign_stands_between() -> None:
    shown = equivalent("W.T", "W")._repr_mimebundle_()
    assert shown["text/plain"] == "refuted: equal up to a transpose"
    assert r"\neq" in shown["text/markdown"]


# published claims against their correct formulas


def published() -> Iterator[tuple[dict[str, Any], str, Equivalence | SymjacError]]:
    for case in json.loads(CLAIMS.read_text("utf-8"))["cases"]:
        if not case.get("claim") or not case.get("correct"):
            continue
        translate = Translator(functions(case))
        try:
            source = program(case, translate)
            claim = translate.show(expression(case["claim"]))
        except (Unsupported, UnsupportedError, SyntaxError):
            continue
        for layout, text in case["correct"].items():
            correct = translate.show(expression(text))
            try:
                yield case, layout, equivalent(claim, correct, program=source)
            except SymjacError as error:
                yield case, layout, error


@pytest.mark.skipif(not CLAIMS.is_file(), reason=f"{CLAIMS} is not there")
def test_no_published_claim_is_graded_wrongly_against_its_correct_formula() -> None:
    counts: Counter[str] = Counter()
    wrong = []
    for case, layout, found in published():
        truth = case["truth"]
        if isinstance(found, SymjacError):
            counts["rejected"] += 1
            wrong += [case["id"]] if truth["expect"] != "reject" else []
            continue
        counts[found.outcome.value] += 1
        if is_wrong(found, bool(truth.get(layout))):
            wrong.append((case["id"], layout, str(found)))
    print(dict(counts))
    assert wrong == []
    assert counts["proved"] >= 20
    assert counts["refuted"] >= 60
    assert counts["undecided"] <= 2


def is_wrong(found: Equivalence, truth: bool) -> bool:
    """Whether a verdict contradicts what is known."""
    if truth:
        return found.outcome in (Outcome.REFUTED, Outcome.ILL_TYPED)
    return found.outcome is Outcome.PROVED


# random formulas against rewritten and mutated ones

REWRITTEN = [
    ("(({a}) @ ({b})) @ ({c})", "({a}) @ (({b}) @ ({c}))"),
    ("(({a}) + ({b})) @ ({c})", "({a}) @ ({c}) + ({b}) @ ({c})"),
    ("({a}) @ (({b}) - ({c}))", "({a}) @ ({b}) - ({a}) @ ({c})"),
    ("({a}).T.T", "{a}"),
    ("(({a}) @ ({b})).T", "({b}).T @ ({a}).T"),
    ("({a}) * ({b})", "({b}) * ({a})"),
    ("({a}) + ({b})", "({b}) + ({a})"),
    ("tr(({a}) @ ({b})) * ({c})", "({c}) * tr(({b}) @ ({a}))"),
    ("2 * (({a}) + ({a}))", "4 * ({a})"),
]
MUTATED = [
    ("({a}) @ ({b})", "({b}) @ ({a})"),
    ("({a}) @ ({b})", "({a}) @ ({b}).T"),
    ("({a}).T", "{a}"),
    ("(({a}) @ ({b})).T", "({a}).T @ ({b}).T"),
    ("({a}) + ({b})", "({a}) - ({b})"),
    ("({a}) * ({b})", "({a}) @ ({b})"),
    ("tr({a}) * ({b})", "tr({b}) * ({a})"),
    ("({a}) + ({b}) @ ({c})", "(({a}) + ({b})) @ ({c})"),
    ("tanh({a})", "tanh'({a})"),
    ("diag(diagonal({a})) @ ({b})", "({b}) @ diag(diagonal({a}))"),
]
CONTEXTS = ("{}", "tanh({})", "({}) @ x", "x.T @ ({}) @ v", "f({}) * B", "sum({})")


@st.composite
def pairs(draw: st.DrawFn, templates: list[tuple[str, str]]) -> tuple[str, str]:
    parts = {name: draw(expressions("nn", 1)) for name in "abc"}
    context = draw(st.sampled_from(CONTEXTS))
    left, right = draw(st.sampled_from(templates))
    answer, reference = (context.format(t.format(**parts)) for t in (left, right))
    return answer, reference


def differ(answer: str, reference: str) -> bool | None:
    """Whether two formulas differ by NumPy; None where the numbers do not say."""
    formulas = read(answer, reference, DECLARATIONS)
    gaps = []
    for seed in range(3):
        values = random_values(formulas.program.symbols, seed, signed=True)
        with np.errstate(all="ignore"):
            left = np.asarray(evaluate(formulas.answer, values))
            right = np.asarray(evaluate(formulas.reference, values))
        size = float(np.max(np.abs(left)) + np.max(np.abs(right)))
        if np.isfinite(size) and size < 1e8:
            gaps.append(float(np.max(np.abs(left - right))) / (1 + size))
    if gaps and max(gaps) > 1e-4:
        return True
    return False if gaps and max(gaps) < 1e-9 else None


def contradicts(outcome: Outcome, by_numbers: bool | None) -> bool:
    """Whether a verdict and the numbers cannot both be right."""
    return (outcome, by_numbers) in {(Outcome.PROVED, True), (Outcome.REFUTED, False)}


@settings(QUICK, max_examples=100)
@given(pairs(REWRITTEN))
def test_a_rewritten_formula_is_never_refuted(pair: tuple[str, str]) -> None:
    found = equivalent(*pair, shapes=DECLARATIONS)
    assert found.outcome not in (Outcome.REFUTED, Outcome.ILL_TYPED)
    assert not contradicts(found.outcome, differ(*pair))


@settings(QUICK, max_examples=150)
@given(pairs(MUTATED))
def test_a_mutated_formula_is_proved_only_where_numbers_agree(
    pair: tuple[str, str],
) -> None:
    found = equivalent(*pair, shapes=DECLARATIONS)
    assert not contradicts(found.outcome, differ(*pair))


def test_the_numbers_notice_a_wrong_verdict() -> None:
    assert contradicts(Outcome.PROVED, differ("A.T", "A"))
    assert contradicts(Outcome.REFUTED, differ("(A @ B).T", "B.T @ A.T"))
    assert not contradicts(Outcome.UNDECIDED, differ("A.T", "A"))
    wrong = equivalent("W", "W")
    assert is_wrong(wrong, truth=False)
    assert not is_wrong(wrong, truth=True)
