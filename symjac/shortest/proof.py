"""Whether a short form equals the derived one: by the engine's canonical forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from symjac.calculus.lower import component
from symjac.equality.canonical import is_plainly_zero, is_zero
from symjac.errors import SymjacError
from symjac.rewrite.budget import limited
from symjac.rewrite.rule import Context
from symjac.terms import index as ix
from symjac.terms import matrix as m

MAX_STEPS = 20_000


def is_same(
    one: m.MatrixExpr, two: m.MatrixExpr, bodies: Mapping[m.Symbol, m.MatrixExpr]
) -> bool:
    """Whether two forms are equal for all values that satisfy the definitions.

    First with every name as it stands; then definitions are opened one level at a
    time, which proves the more and costs the more.
    """
    difference: m.MatrixExpr = m.Add((one, m.Neg(two)))
    levels = [difference]
    while any(symbol in bodies for symbol in m.symbols(levels[-1])):
        if is_zero_form(levels[-1], is_plainly_zero):
            return True
        levels.append(m.substitute(levels[-1], dict(bodies)))
    return is_zero_form(levels[-1], is_plainly_zero) or any(
        is_zero_form(level, is_zero)
        for level in dict.fromkeys((difference, levels[-1]))
    )


def is_zero_form(expr: m.MatrixExpr, ask: Callable[[ix.Terms], bool]) -> bool:
    """Whether a matrix form is proved to be zero, within the budget."""
    indices = tuple(ix.Index(f"#{n}", dim) for n, dim in enumerate(expr.shape.flat))
    try:
        with limited(MAX_STEPS):
            return ask(component(expr, indices, Context(ix.IndexSupply())))
    except SymjacError:
        return False
