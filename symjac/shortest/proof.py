"""Whether a short form equals the derived one: by the engine's canonical forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from symjac.errors import SymjacError
from symjac.expr.index import Fresh, Index, Terms
from symjac.expr.matrix import Add, MatrixExpr, Neg, Symbol, substitute, symbols
from symjac.rewrite.budget import limited
from symjac.rewrite.rule import Context
from symjac.rules.canonical import is_plainly_zero
from symjac.rules.lower import lower
from symjac.rules.zero import is_zero

MAX_STEPS = 20_000


def is_same(
    one: MatrixExpr, two: MatrixExpr, bodies: Mapping[Symbol, MatrixExpr]
) -> bool:
    """Whether two forms are equal for all values that satisfy the definitions.

    First with every name as it stands; then definitions are opened one level at a
    time, which proves the more and costs the more.
    """
    difference: MatrixExpr = Add((one, Neg(two)))
    levels = [difference]
    while any(symbol in bodies for symbol in symbols(levels[-1])):
        if is_zero_form(levels[-1], is_plainly_zero):
            return True
        levels.append(substitute(levels[-1], dict(bodies)))
    return is_zero_form(levels[-1], is_plainly_zero) or any(
        is_zero_form(level, is_zero)
        for level in dict.fromkeys((difference, levels[-1]))
    )


def is_zero_form(expr: MatrixExpr, ask: Callable[[Terms], bool]) -> bool:
    """Whether a matrix form is proved to be zero, within the budget."""
    indices = tuple(Index(f"#{n}", dim) for n, dim in enumerate(expr.shape.flat))
    try:
        with limited(MAX_STEPS):
            return ask(lower(expr, indices, Context(Fresh())).result)
    except SymjacError:
        return False
