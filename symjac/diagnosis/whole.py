"""Slips made throughout a formula: every transpose, every prime, every time step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations

from symjac.diagnosis.edit import Edit, Part, Wording
from symjac.diagnosis.material import Parts
from symjac.errors import ShapeError
from symjac.terms import matrix as m
from symjac.terms.shape import Kind


def whole_edits(claim: m.MatrixExpr, material: Parts) -> Iterator[Edit]:
    """Changes that belong together, made at once."""
    yield from _whole("no_transposes", (), claim, _undone)
    yield from _whole("every_transpose", (), claim, _turned)
    yield from _whole("every_prime", (), claim, partial(_primed, material=material))
    for name, moves in material.shifts(claim):
        for word, values in moves:
            yield from _whole(
                "every_shift", (name, word), claim, partial(_valued, values=values)
            )
    for left, right in combinations(m.symbols(claim), 2):
        if left.shape == right.shape:
            values = {left: right, right: left}
            both = (left, right)
            yield from _whole("exchange", both, claim, partial(_valued, values=values))


def _whole(
    kind: str,
    parts: tuple[Part, ...],
    claim: m.MatrixExpr,
    convert: Callable[[m.MatrixExpr], m.MatrixExpr],
) -> Iterator[Edit]:
    try:
        yield Edit((Wording(kind, parts),), convert(claim))
    except ShapeError:
        return


def _undone(expr: m.MatrixExpr) -> m.MatrixExpr:
    if isinstance(expr, m.Transpose) and expr.shape.kind is Kind.MATRIX:
        return _undone(expr.arg)
    return m.rebuild(expr, _undone)


def _turned(expr: m.MatrixExpr) -> m.MatrixExpr:
    if isinstance(expr, m.Transpose) and isinstance(expr.arg, m.Symbol):
        return expr.arg if expr.shape.kind is Kind.MATRIX else expr
    if isinstance(expr, m.Symbol) and expr.shape.kind is Kind.MATRIX:
        return m.transpose(expr)
    return m.rebuild(expr, _turned)


def _primed(expr: m.MatrixExpr, material: Parts) -> m.MatrixExpr:
    if isinstance(expr, m.Diag):
        is_named = isinstance(expr.arg, m.Symbol)
        value = material.value(expr.arg) if is_named else expr.arg
        if isinstance(value, m.Elementwise) and value.order == 0:
            return m.Diag(m.Elementwise(value.function, 1, value.arg))
    return m.rebuild(expr, partial(_primed, material=material))


def _valued(expr: m.MatrixExpr, values: dict[m.Symbol, m.Symbol]) -> m.MatrixExpr:
    if isinstance(expr, m.Symbol):
        return values.get(expr, expr)
    return m.rebuild(expr, partial(_valued, values=values))
