"""Whether a short form equals the derived one: by the engine's canonical forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice

from symjac.calculus.lower import component, summands
from symjac.equality import plain
from symjac.equality.canonical import is_plainly_zero, is_zero
from symjac.errors import SymjacError
from symjac.rewrite.budget import limited
from symjac.rewrite.rule import Context
from symjac.terms import index as ix
from symjac.terms import matrix as m

MAX_STEPS = 20_000
MAX_NODES = 2_000  # of a form whose products are multiplied out
MAX_SUMMANDS = 500  # that this gives


def is_same(
    one: m.MatrixExpr, two: m.MatrixExpr, bodies: Mapping[m.Symbol, m.MatrixExpr]
) -> bool:
    """Whether two forms are equal for all values that satisfy the definitions.

    As they stand, by what is linear in their size; then multiplied out, with every name
    as it stands and with definitions opened one level at a time, which proves the more
    and costs the more.
    """
    if plainly_same(one, two, bodies):
        return True
    difference: m.MatrixExpr = m.Add((one, m.Neg(two)))
    levels = [difference]
    while any(symbol in bodies for symbol in m.symbols(levels[-1])):
        if is_large(levels[-1]):
            return False
        if is_zero_form(levels[-1], is_plainly_zero):
            return True
        levels.append(m.substitute(levels[-1], dict(bodies)))
    if is_large(levels[-1]):
        return False
    return is_zero_form(levels[-1], is_plainly_zero) or any(
        is_zero_form(level, is_zero)
        for level in dict.fromkeys((difference, levels[-1]))
    )


def plainly_same(
    one: m.MatrixExpr, two: m.MatrixExpr, bodies: Mapping[m.Symbol, m.MatrixExpr]
) -> bool:
    """Whether both have one plain form, by name or written out."""
    try:
        with limited(MAX_STEPS):
            return any(plain.is_same(one, two, opened) for opened in ({}, bodies))
    except SymjacError:
        return False


def is_large(expr: m.MatrixExpr) -> bool:
    """Whether a form is too long to be multiplied out."""
    nodes = sum(1 for _ in islice(m.walk(expr), MAX_NODES + 1))
    return nodes > MAX_NODES or summands(expr) > MAX_SUMMANDS


def is_zero_form(expr: m.MatrixExpr, ask: Callable[[ix.Terms], bool]) -> bool:
    """Whether a matrix form is proved to be zero, within the budget."""
    indices = tuple(ix.Index(f"#{n}", dim) for n, dim in enumerate(expr.shape.flat))
    try:
        with limited(MAX_STEPS):
            return ask(component(expr, indices, Context(ix.IndexSupply())))
    except SymjacError:
        return False
