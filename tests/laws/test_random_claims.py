"""Claims about random derivatives are judged as the numbers say.

A claim that differs from the true derivative at a random point is never proved; one
that agrees at several points is never refuted; a rewritten form of the derived formula
is never refuted. A wrong verdict is the worst failure that symjac can have.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from symjac.claims.adjudicate import Outcome, Verdict, judge
from symjac.errors import BudgetError, LiftError, SymjacError
from symjac.expr.index import ONE
from symjac.expr.matrix import (
    Add,
    Constant,
    Diag,
    Elementwise,
    Hadamard,
    MatMul,
    MatrixExpr,
    Neg,
    Scale,
    Symbol,
    Transpose,
    children,
    rebuild,
    walk,
)
from symjac.expr.shape import SCALAR, Kind, Layout, column
from symjac.expr.text import matrix_text
from symjac.jacobian import Jacobian
from tests.laws.second_opinion import (
    complex_step,
    evaluate,
    forward,
    random_values,
    vocabulary,
)
from tests.laws.test_random_derivatives import arranged, derived
from tests.laws.typed_programs import KINKED, LONG, QUICK, Drawn, programs

Change = Callable[[MatrixExpr], MatrixExpr | None]


def twice_transposed(expr: MatrixExpr) -> MatrixExpr | None:
    return None if expr.shape == SCALAR else Transpose(Transpose(expr))


def transposed_product(expr: MatrixExpr) -> MatrixExpr | None:
    if isinstance(expr, MatMul) and expr.shape.kind is Kind.MATRIX:
        return Transpose(MatMul(Transpose(expr.right), Transpose(expr.left)))
    return None


def regrouped(expr: MatrixExpr) -> MatrixExpr | None:
    match expr:
        case MatMul(MatMul(a, b), c) if Kind.MATRIX is a.shape.kind is b.shape.kind:
            return MatMul(a, MatMul(b, c))
    return None


def turned_sum(expr: MatrixExpr) -> MatrixExpr | None:
    return Add(expr.terms[::-1]) if isinstance(expr, Add) else None


def swapped_elementwise(expr: MatrixExpr) -> MatrixExpr | None:
    return Hadamard(expr.right, expr.left) if isinstance(expr, Hadamard) else None


def diagonal_as_elementwise(expr: MatrixExpr) -> MatrixExpr | None:
    match expr:
        case MatMul(Diag(v), a) if a.shape.kind is Kind.MATRIX:
            ones = Constant(ONE, column(a.shape.dims[1]))
            return Hadamard(MatMul(v, Transpose(ones)), a)
    return None


def distributed(expr: MatrixExpr) -> MatrixExpr | None:
    match expr:
        case MatMul(Add(terms), b):
            return Add(tuple(MatMul(term, b) for term in terms))
        case MatMul(a, Add(terms)):
            return Add(tuple(MatMul(a, term) for term in terms))
    return None


def added_and_removed(expr: MatrixExpr) -> MatrixExpr | None:
    if isinstance(expr, Constant):
        return None
    return Add((expr, Neg(expr), expr))


LINEAR: tuple[Change, ...] = (
    twice_transposed,
    transposed_product,
    regrouped,
    turned_sum,
    swapped_elementwise,
    diagonal_as_elementwise,
    distributed,
)
REWRITES = (*LINEAR, added_and_removed)


def dropped_transpose(expr: MatrixExpr) -> MatrixExpr | None:
    if isinstance(expr, Transpose) and expr.arg.shape == expr.shape:
        return expr.arg
    return None


def planted_transpose(expr: MatrixExpr) -> MatrixExpr | None:
    same = expr.shape == expr.shape.transposed and expr.shape != SCALAR
    return Transpose(expr) if same else None


def swapped_factors(expr: MatrixExpr) -> MatrixExpr | None:
    if isinstance(expr, MatMul) and expr.left.shape == expr.right.shape:
        return MatMul(expr.right, expr.left)
    return None


def dropped_prime(expr: MatrixExpr) -> MatrixExpr | None:
    if isinstance(expr, Elementwise) and expr.order:
        return replace(expr, order=expr.order - 1)
    return None


def planted_prime(expr: MatrixExpr) -> MatrixExpr | None:
    return replace(expr, order=expr.order + 1) if isinstance(expr, Elementwise) else None


def flipped_sign(expr: MatrixExpr) -> MatrixExpr | None:
    return Neg(expr)


def dropped_term(expr: MatrixExpr) -> MatrixExpr | None:
    if isinstance(expr, Add):
        rest = expr.terms[1:]
        return rest[0] if len(rest) == 1 else Add(rest)
    return None


def dropped_factor(expr: MatrixExpr) -> MatrixExpr | None:
    match expr:
        case MatMul(left, right) if left.shape == expr.shape:
            return left
        case MatMul(left, right) if right.shape == expr.shape:
            return right
        case Hadamard(left, _):
            return left
        case Scale(_, arg):
            return arg
    return None


def doubled(expr: MatrixExpr) -> MatrixExpr | None:
    two = Constant(Fraction(2), SCALAR)
    return Scale(two, expr)


MUTATIONS: tuple[Change, ...] = (
    dropped_transpose,
    planted_transpose,
    swapped_factors,
    dropped_prime,
    planted_prime,
    flipped_sign,
    dropped_term,
    dropped_factor,
    doubled,
)


def changed_at(expr: MatrixExpr, change: Change, place: int) -> MatrixExpr:
    """`expr` with the node at a place of the walk changed."""
    count = -1

    def go(node: MatrixExpr) -> MatrixExpr:
        nonlocal count
        count += 1
        if count == place:
            count += sum(1 for _ in walk(node)) - 1
            return change(node) or node
        return rebuild(node, go) if children(node) else node

    return go(expr)


def variants(expr: MatrixExpr, changes: tuple[Change, ...]) -> list[MatrixExpr]:
    """Every formula that one change at one node gives."""
    found = []
    for place, node in enumerate(walk(expr)):
        found += [
            changed_at(expr, change, place) for change in changes if change(node)
        ]
    return [variant for variant in found if variant != expr]


def distances(
    drawn: Drawn, jacobian: Jacobian, claim: MatrixExpr, layout: Layout
) -> Iterator[float]:
    """The claim's relative error, at positive and at signed points that allow it."""
    names = vocabulary()
    for seed, signed in ((1, False), (2, False), (3, True), (4, True), (5, True)):
        values = random_values(drawn, seed, signed=signed)
        try:
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                known = forward(drawn, values, names)
                slopes = arranged(jacobian, complex_step(drawn, values, names))
                claimed = evaluate(claim, known)
        except FloatingPointError:
            continue
        truth = slopes.T if layout is Layout.DENOMINATOR else slopes
        if np.max(np.abs(truth), initial=0) > 1e6:
            continue
        scale = max(np.max(np.abs(truth)), np.max(np.abs(claimed)), 1e-3)
        yield float(np.max(np.abs(truth - claimed)) / scale)


def judged(
    drawn: Drawn, rng: random.Random, changes: tuple[Change, ...], count: int = 1
) -> tuple[Jacobian, MatrixExpr, Verdict]:
    """The verdict on a changed form of the derived formula, parsed from its text."""
    jacobian = derived(drawn)
    layout = rng.choice(tuple(Layout))
    try:
        claim = jacobian.matrix(layout).expr
    except LiftError:
        assume(False)
    for _ in range(count):
        found = variants(claim, changes)
        assume(found)
        claim = rng.choice(found)
    try:
        judgement = judge(jacobian, matrix_text(claim))
    except BudgetError:
        assume(False)
    return jacobian, claim, judgement[layout]


def check_mutation(drawn: Drawn, rng: random.Random) -> None:
    jacobian, claim, verdict = judged(drawn, rng, MUTATIONS)
    found = list(distances(drawn, jacobian, claim, verdict.layout))
    if any(error > 1e-6 for error in found):
        assert verdict.outcome is not Outcome.PROVED, (drawn, matrix_text(claim))
    elif len(found) >= (4 if has_kink(drawn, claim) else 2) and max(found) < 1e-9:
        assert verdict.outcome is not Outcome.REFUTED, (drawn, matrix_text(claim))
    assert verdict.outcome is not Outcome.ILL_TYPED, (drawn, matrix_text(claim))


def has_kink(drawn: Drawn, claim: MatrixExpr) -> bool:
    text = drawn.text + matrix_text(claim)
    return any(name in text for name in KINKED)


def check_true_claim(drawn: Drawn, rng: random.Random) -> None:
    _, claim, verdict = judged(drawn, rng, REWRITES, rng.choice((1, 2, 3)))
    allowed = (Outcome.PROVED, Outcome.UNDECIDED)
    assert verdict.outcome in allowed, (drawn, matrix_text(claim), verdict.reason)


def check_proved(drawn: Drawn, rng: random.Random) -> None:
    _, claim, verdict = judged(drawn, rng, LINEAR, rng.choice((1, 2)))
    shown = (drawn, matrix_text(claim), verdict.reason)
    assert verdict.outcome is Outcome.PROVED or "more than" in verdict.reason, shown


def check_any_formula(drawn: Drawn, rng: random.Random) -> None:
    """Any right-hand side may be claimed: a verdict, or an error of symjac's own."""
    jacobian = derived(drawn)
    claim = rng.choice(drawn.definitions).body
    try:
        outcomes = {v.outcome for v in judge(jacobian, claim).verdicts.values()}
    except SymjacError as error:
        assert error.message
        return
    assert outcomes <= set(Outcome)


RANDOM = st.randoms(use_true_random=False)


@QUICK
@given(programs(depth=2), RANDOM)
def test_a_mutated_claim_is_judged_as_the_numbers_say(
    drawn: Drawn, rng: random.Random
) -> None:
    check_mutation(drawn, rng)


@QUICK
@given(programs(depth=2), RANDOM)
def test_a_rewritten_derivative_is_proved(drawn: Drawn, rng: random.Random) -> None:
    check_proved(drawn, rng)


@QUICK
@given(programs(depth=3), RANDOM)
def test_a_rewritten_derivative_is_never_refuted(
    drawn: Drawn, rng: random.Random
) -> None:
    check_true_claim(drawn, rng)


@QUICK
@given(programs(depth=2), RANDOM)
def test_any_formula_is_judged_or_refused_in_words(
    drawn: Drawn, rng: random.Random
) -> None:
    check_any_formula(drawn, rng)


@pytest.mark.long
@pytest.mark.parametrize("check", [check_mutation, check_true_claim, check_any_formula])
def test_twenty_thousand_claims_are_judged_as_the_numbers_say(
    check: Callable[[Drawn, random.Random], None],
) -> None:
    ran = LONG(given(programs(), RANDOM)(check))
    assert ran() is None
