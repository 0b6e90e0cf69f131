"""Random derivatives against complex steps, in both layouts; printing and parsing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from symjac.calculus.contract import CONTRACT
from symjac.claims.adjudicate import Outcome, judge, read_claim
from symjac.derive import derive, parse
from symjac.equality.canonical import canonical
from symjac.errors import BudgetError, LiftError, ShapeError, Source
from symjac.jacobian import Jacobian
from symjac.language.check import check_formula
from symjac.rewrite.rule import Context, run
from symjac.terms.index import IndexSupply, Term, Terms, refresh
from symjac.terms.matrix import MatrixExpr
from symjac.terms.matrix import symbols as symbols_of
from symjac.terms.shape import Kind, Layout
from symjac.typeset.text import matrix_text
from tests.oracles import (
    Array,
    Definitions,
    agree,
    complex_step,
    evaluate,
    forward,
    random_values,
    size,
    terms_value,
)
from tests.strategies import Drawn, programs

QUICK = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
LONG = settings(QUICK, max_examples=20_000, derandomize=False)


def definitions(jacobian: Jacobian) -> Definitions:
    return [(d.symbol, d.body) for d in jacobian.program.definitions]


def truth(
    jacobian: Jacobian, seed: int, *exprs: MatrixExpr
) -> tuple[Array, dict[str, Array]]:
    extra = (symbol for expr in exprs for symbol in symbols_of(expr))
    symbols = dict.fromkeys((*jacobian.program.symbols, jacobian.wrt, *extra))
    values = random_values(tuple(symbols), seed, signed=True)
    known = forward(definitions(jacobian), values)
    slopes = complex_step(definitions(jacobian), jacobian.of, jacobian.wrt, values)
    assume(np.max(np.abs(slopes), initial=0) < 1e5)
    sizes = [np.abs(value[value != 0]) for value in known.values()]
    assume(all(np.max(size, initial=0) < 1e5 for size in sizes))
    assume(all(np.min(size, initial=1) > 1e-100 for size in sizes))  # nor its square
    return slopes, known


def derived(drawn: Drawn) -> Jacobian:
    return derive(parse(drawn.text), "out", drawn.wrt)


def by_component(jacobian: Jacobian, known: dict[str, Array]) -> Array:
    rows = [range(size(i.dim)) for i in jacobian.of_indices]
    columns = [range(size(i.dim)) for i in jacobian.by_indices]
    return np.array(
        [
            [
                terms_value(
                    jacobian.terms,
                    dict(zip(jacobian.free, (*j, *k), strict=True)),
                    known,
                )
                for k in itertools.product(*columns)
            ]
            for j in itertools.product(*rows)
        ]
    )


@contextmanager
def within_float_range() -> Iterator[None]:
    """Discard an example whose numbers leave the range of floats.

    So does a point at which a divisor is zero, as prod(x) / x has it where x_j = 0:
    the hypotheses of the result exclude it.
    """
    try:
        with np.errstate(over="raise", invalid="raise"):
            yield
    except (FloatingPointError, ZeroDivisionError):
        reject()


def check_derivative(drawn: Drawn) -> None:
    with within_float_range():
        compare_derivative(drawn)


def compare_derivative(drawn: Drawn) -> None:
    jacobian = derived(drawn)
    slopes, known = truth(jacobian, seed=len(drawn.text))
    assert agree(by_component(jacobian, known), slopes, 1e-9), drawn
    compare_vec_form(jacobian, known, slopes)
    try:
        numerator = jacobian.matrix("numerator").expr
        denominator = jacobian.matrix("denominator").expr
    except LiftError:
        return
    left = evaluate(numerator, known)
    expected = slopes
    if jacobian.of.shape.kind is Kind.ROW and len(jacobian.by_indices) == 0:
        assert left.shape == slopes.shape
    if jacobian.of.shape.order == 0 and len(jacobian.by_indices) == 2:
        expected = slopes.reshape([size(i.dim) for i in jacobian.by_indices]).T
    assert agree(left, expected.reshape(left.shape), 1e-9), matrix_text(numerator)
    assert agree(evaluate(denominator, known), left.T, 1e-9), matrix_text(denominator)


def compare_vec_form(
    jacobian: Jacobian, known: dict[str, Array], slopes: Array
) -> None:
    """vec form against the same slopes: rows and columns stack columns."""
    try:
        whole = jacobian.vec_matrix("numerator").expr
    except LiftError:
        return
    orders = [
        np.arange(max(1, int(np.prod(dims)))).reshape(dims).ravel(order="F")
        for dims in (
            tuple(size(i.dim) for i in indices)
            for indices in (jacobian.of_indices, jacobian.by_indices)
        )
    ]
    expected = slopes[np.ix_(*orders)]
    actual = evaluate(whole, known)
    assert agree(actual.reshape(expected.shape), expected, 1e-9), matrix_text(whole)


@QUICK
@given(programs())
def test_a_derivative_agrees_with_complex_steps_in_both_layouts(drawn: Drawn) -> None:
    check_derivative(drawn)


@pytest.mark.long
@LONG
@given(programs(depth=4))
def test_twenty_thousand_derivatives_agree_with_complex_steps(drawn: Drawn) -> None:
    check_derivative(drawn)


@QUICK
@given(programs())
def test_a_printed_result_parses_back_and_is_proved_equal(drawn: Drawn) -> None:
    jacobian = derived(drawn)
    for layout in Layout:
        try:
            formula = jacobian.matrix(layout)
        except LiftError:
            continue
        verdict = judge(jacobian, read_claim(jacobian, str(formula)))[layout]
        assert verdict.outcome is Outcome.PROVED, (str(formula), verdict.reason)


@QUICK
@given(programs())
def test_a_definition_parses_back_to_itself(drawn: Drawn) -> None:
    program = parse(drawn.text)
    for defined in program.definitions:
        text = matrix_text(defined.body)
        again = check_formula(Source("text", text), program)
        assert matrix_text(again) == text
        values = random_values(program.symbols, seed=1)
        assert agree(evaluate(again, values), evaluate(defined.body, values)), text


@QUICK
@given(programs(), st.randoms(use_true_random=False))
def test_canonical_form_ignores_term_order_and_bound_names(
    drawn: Drawn, random: object
) -> None:
    terms = derived(drawn).terms
    shuffled = list(terms)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    fresh = IndexSupply(frozenset("jkqilrs"))
    renamed: Terms = tuple(
        Term(t.coefficient, tuple(reversed(t.factors)), tuple(reversed(t.bound)))
        for t in shuffled
    )
    assert canonical(refresh(renamed, fresh)) == canonical(terms)


@QUICK
@given(programs())
def test_contraction_is_idempotent(drawn: Drawn) -> None:
    terms = derived(drawn).terms
    assert run("again", terms, CONTRACT, Context(IndexSupply())).result == terms


def mutate(formula: str, choice: int) -> str:
    """One wrong step that authors take."""
    swaps = (
        (".T", ""),
        (" @ ", ".T @ "),
        ("tanh'", "tanh"),
        ("f'", "f"),
        (" + ", " - "),
        ("A", "A.T"),
        ("diag(", "2 * diag("),
        ("exp(", "sin("),
        ("x", "v"),
        ("-", ""),
    )
    old, new = swaps[choice % len(swaps)]
    return formula.replace(old, new, 1)


def check_claim(drawn: Drawn, choice: int, layout: Layout) -> None:
    jacobian = derived(drawn)
    try:
        formula = str(jacobian.matrix(layout))
    except LiftError:
        return
    claim = mutate(formula, choice)
    try:
        verdict = judge(jacobian, read_claim(jacobian, claim))[layout]
    except (ShapeError, BudgetError):
        return
    except Exception as error:
        assert type(error).__module__ == "symjac.errors", (claim, error)  # noqa: PT017
        return
    if verdict.outcome is Outcome.ILL_TYPED:
        return
    same = True
    # claims that differ in a small region only, such as sign(x) and sign(x + 1), need
    # many points to be told apart
    points = 60 if verdict.outcome is Outcome.REFUTED else 3
    with within_float_range():
        for seed in range(points):
            _, known = truth(jacobian, seed, verdict.claim.expr)
            expected = evaluate(jacobian.matrix(layout).expr, known)
            actual = evaluate(verdict.claim.expr, known)
            if not (same := agree(actual, expected, 1e-9, floor=0)):
                break
    wrong = Outcome.REFUTED if same else Outcome.PROVED
    assert verdict.outcome is not wrong, (claim, formula, drawn)


@QUICK
@given(programs(), st.integers(0, 9), st.sampled_from(Layout))
def test_a_mutated_claim_is_never_judged_against_the_numbers(
    drawn: Drawn, choice: int, layout: Layout
) -> None:
    check_claim(drawn, choice, layout)


@pytest.mark.long
@LONG
@given(programs(), st.integers(0, 9), st.sampled_from(Layout))
def test_twenty_thousand_claims_are_judged_as_the_numbers_say(
    drawn: Drawn, choice: int, layout: Layout
) -> None:
    check_claim(drawn, choice, layout)
