"""Slips made throughout a formula: every transpose, every prime, every time step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations

from symjac.claims.edits.edit import Edit, Part, Phrase
from symjac.claims.edits.material import Material
from symjac.errors import ShapeError
from symjac.expr.matrix import (
    Diag,
    Elementwise,
    MatrixExpr,
    Symbol,
    Transpose,
    rebuild,
    symbols,
    transpose,
)
from symjac.expr.shape import Kind


def whole_edits(claim: MatrixExpr, material: Material) -> Iterator[Edit]:
    """Changes that belong together, made at once."""
    yield from _whole("no_transposes", (), claim, _undone)
    yield from _whole("every_transpose", (), claim, _turned)
    yield from _whole("every_prime", (), claim, partial(_primed, material=material))
    for name, moves in material.shifts(claim):
        for word, values in moves:
            yield from _whole(
                "every_shift", (name, word), claim, partial(_valued, values=values)
            )
    for left, right in combinations(symbols(claim), 2):
        if left.shape == right.shape:
            values = {left: right, right: left}
            both = (left, right)
            yield from _whole("exchange", both, claim, partial(_valued, values=values))


def _whole(
    kind: str,
    parts: tuple[Part, ...],
    claim: MatrixExpr,
    convert: Callable[[MatrixExpr], MatrixExpr],
) -> Iterator[Edit]:
    try:
        yield Edit((Phrase(kind, parts),), convert(claim))
    except ShapeError:
        return


def _undone(expr: MatrixExpr) -> MatrixExpr:
    if isinstance(expr, Transpose) and expr.shape.kind is Kind.MATRIX:
        return _undone(expr.arg)
    return rebuild(expr, _undone)


def _turned(expr: MatrixExpr) -> MatrixExpr:
    if isinstance(expr, Transpose) and isinstance(expr.arg, Symbol):
        return expr.arg if expr.shape.kind is Kind.MATRIX else expr
    if isinstance(expr, Symbol) and expr.shape.kind is Kind.MATRIX:
        return transpose(expr)
    return rebuild(expr, _turned)


def _primed(expr: MatrixExpr, material: Material) -> MatrixExpr:
    if isinstance(expr, Diag):
        is_named = isinstance(expr.arg, Symbol)
        value = material.value(expr.arg) if is_named else expr.arg
        if isinstance(value, Elementwise) and value.order == 0:
            return Diag(Elementwise(value.function, 1, value.arg))
    return rebuild(expr, partial(_primed, material=material))


def _valued(expr: MatrixExpr, values: dict[Symbol, Symbol]) -> MatrixExpr:
    if isinstance(expr, Symbol):
        return values.get(expr, expr)
    return rebuild(expr, partial(_valued, values=values))
