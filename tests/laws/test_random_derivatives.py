"""Random programs: parsing, printing, and derivatives against what the text means."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given

from symjac.derive import derive, parse
from symjac.errors import BudgetError, LiftError, Source
from symjac.expr.matrix import (
    Constant,
    Hadamard,
    MatMul,
    MatrixExpr,
    Neg,
    Quotient,
    Scale,
    rebuild,
)
from symjac.expr.text import matrix_text
from symjac.jacobian import Jacobian
from symjac.language.check import Program, check_formula
from tests.laws.second_opinion import (
    Array,
    Values,
    complex_step,
    component_values,
    evaluate,
    exact_jacobian,
    exact_values,
    exact_vocabulary,
    forward,
    mangled,
    random_values,
    vocabulary,
    within_float_range,
)
from tests.laws.typed_programs import LONG, QUICK, Drawn, programs

TOLERANCE = 1e-10


def close(left: Array, right: Array, tolerance: float = TOLERANCE) -> bool:
    """Equal shapes, and entries equal relative to the largest one (at least 1)."""
    left, right = np.asarray(left), np.asarray(right)
    if left.shape != right.shape:
        return False
    scale = max(1.0, float(np.max(np.abs(right), initial=0.0)))
    return bool(np.max(np.abs(left - right), initial=0.0) <= tolerance * scale)


def derived(drawn: Drawn) -> Jacobian:
    """The derivative; an example beyond symjac's counted limits is discarded."""
    try:
        return derive(parse(drawn.text), drawn.of, drawn.wrt)
    except BudgetError:
        assume(False)
        raise


def at_point(drawn: Drawn, seed: int) -> tuple[Array, Values]:
    """The true Jacobian and all values; too large numbers are discarded."""
    values = random_values(drawn, seed)
    names = vocabulary()
    known = forward(drawn, values, names)
    slopes = complex_step(drawn, values, names)
    arrays = [known[mangled(d.name + "[t]" * drawn.timed)] for d in drawn.definitions]
    assume(all(np.max(np.abs(a), initial=0) < 1e4 for a in [*arrays, slopes]))
    return slopes, known


def check_meaning(drawn: Drawn) -> None:
    program = parse(drawn.text)
    with within_float_range():
        values = random_values(drawn, 1)
        known = forward(drawn, values, vocabulary())
        for defined, written in zip(program.definitions, drawn.definitions, strict=True):
            truth = known[mangled(written.name + "[t]" * drawn.timed)]
            assume(np.max(np.abs(truth)) < 1e6)
            assert close(evaluate(defined.body, known), truth), written


def check_derivative(drawn: Drawn) -> None:
    jacobian = derived(drawn)
    with within_float_range():
        slopes, known = at_point(drawn, seed=len(drawn.text))
        found = component_values(
            jacobian.terms, jacobian.of_indices, jacobian.by_indices, known
        )
        assert close(found, slopes), (drawn, jacobian.component_text)
        try:
            numerator = jacobian.matrix("numerator")
            denominator = jacobian.matrix("denominator")
        except LiftError:
            return
        rows = evaluate(numerator.expr, known)
        assert close(rows, arranged(jacobian, slopes)), (drawn, str(numerator))
        assert close(evaluate(denominator.expr, known), rows.T), str(denominator)


def arranged(jacobian: Jacobian, slopes: Array) -> Array:
    """J[j, k] in the shape that numerator layout prescribes."""
    if len(jacobian.by_indices) == 2:
        places = [s for s in jacobian.wrt.shape.dims]
        sizes = [{"n": 3, "m": 2, "p": 4}[str(d)] for d in places]
        return slopes.reshape(sizes).T
    if len(jacobian.of_indices) == 2:
        sizes = [{"n": 3, "m": 2, "p": 4}[str(d)] for d in jacobian.of.shape.dims]
        return slopes.reshape(sizes)
    return slopes


def check_exact(drawn: Drawn) -> None:
    jacobian = derived(drawn)
    with within_float_range():
        values = exact_values(drawn, seed=5)
        try:
            formula = jacobian.matrix("numerator")
        except LiftError:
            return
        known = forward(drawn, values, exact_vocabulary())
        truth = arranged(jacobian, exact_jacobian(drawn, values))
        found = evaluate(formula.expr, known, exact=True)
        left = [getattr(e, "value", e) for e in found.ravel()]
        assert left == list(truth.ravel()), (drawn, str(formula))


def leading_minus(expr: MatrixExpr) -> MatrixExpr:
    """One form for what prints alike: -(a b) and (-a) b, numbers times ones."""
    inner = rebuild(expr, leading_minus)
    match inner:
        case Scale(Constant(left, _), Constant(right, shape)):
            return Constant(left * right, shape)
        case Quotient(Constant(left, shape), Constant(right, _)) if right:
            return Constant(left / right, shape)
        case Neg(Scale(left, right)):
            return Scale(leading_minus(Neg(left)), right)
        case Neg(Hadamard(left, right)):
            return Hadamard(leading_minus(Neg(left)), right)
        case Neg(MatMul(left, right)):
            return MatMul(leading_minus(Neg(left)), right)
        case Neg(Quotient(left, right)):
            return Quotient(leading_minus(Neg(left)), right)
        case Neg(Constant(value, shape)):
            return Constant(-value, shape)
    return inner


def reparsed(program: Program, expr: MatrixExpr) -> MatrixExpr:
    """What an expression's text parses to."""
    return check_formula(Source("text", matrix_text(expr)), program)


def check_printing(drawn: Drawn) -> None:
    program = parse(drawn.text)
    for defined in program.definitions:
        again = reparsed(program, defined.body)
        assert leading_minus(again) == leading_minus(defined.body), again
    jacobian = derived(drawn)
    with within_float_range():
        _, known = at_point(drawn, seed=3)
        for layout in ("numerator", "denominator"):
            try:
                expr = jacobian.matrix(layout).expr
            except LiftError:
                return
            again = reparsed(program, expr)
            assert again.shape == expr.shape
            assert leading_minus(again) == leading_minus(expr), matrix_text(expr)
            assert close(evaluate(again, known), evaluate(expr, known))


@QUICK
@given(programs())
def test_a_parsed_program_means_what_python_reads(drawn: Drawn) -> None:
    check_meaning(drawn)


@QUICK
@given(programs())
def test_every_derivative_agrees_with_complex_steps_on_the_text(drawn: Drawn) -> None:
    check_derivative(drawn)


@QUICK
@given(programs(transcendental=False, depth=2))
def test_rational_derivatives_agree_exactly(drawn: Drawn) -> None:
    check_exact(drawn)


@QUICK
@given(programs())
def test_printed_formulas_parse_back_to_the_same_formula(drawn: Drawn) -> None:
    check_printing(drawn)


@pytest.mark.long
@pytest.mark.parametrize(
    ("check", "transcendental"),
    [
        (check_meaning, True),
        (check_derivative, True),
        (check_exact, False),
        (check_printing, True),
    ],
)
def test_twenty_thousand_programs_keep_every_law(
    check: Callable[[Drawn], None], transcendental: bool
) -> None:
    ran = LONG(given(programs(transcendental=transcendental))(check))
    assert ran() is None
