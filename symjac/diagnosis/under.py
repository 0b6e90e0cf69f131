"""Shorter forms of a derivative under hypotheses that people mean and do not write.

    sum(y) softmax(z) - y  ─ if y sums to 1 ─>  softmax(z) - y
    (A + A^T) x            ─ if A is symmetric ─>  2 A x

Each is proved equal to the derivative under its hypothesis, like a claim.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symjac.claims.adjudicate import Outcome, adjudicate, extend
from symjac.derive import with_declared
from symjac.errors import BudgetError, LiftError
from symjac.jacobian import Formula, Jacobian
from symjac.library.properties import clause
from symjac.rewrite.budget import limited
from symjac.shortest.length import length
from symjac.terms import matrix as m
from symjac.terms.shape import Layout

MOST_STEPS = 30_000
MUCH = 4 / 5  # of the general form's length: what is longer is not worth a hypothesis


@dataclass(frozen=True, slots=True)
class Under:
    """A property of one quantity, and the derivative where it holds."""

    symbol: m.Symbol
    word: str
    formulas: dict[Layout, Formula]

    def __str__(self) -> str:
        return f"{self.symbol} {clause(self.word)}"


def under_hypotheses(jacobian: Jacobian) -> tuple[Under, ...]:
    """The forms that are much shorter under one hypothesis, each proved."""
    try:
        with limited(MOST_STEPS):
            return tuple(_found(jacobian))
    except (BudgetError, LiftError):
        return ()


def _found(jacobian: Jacobian) -> Iterator[Under]:
    if jacobian.first is not None or jacobian.order > 2:
        return
    general = {layout: jacobian.matrix(layout).expr for layout in Layout}
    for symbol, word in _asked(general[Layout.NUMERATOR]):
        program = jacobian.program.with_properties({symbol.name: (word,)})
        known = with_declared(jacobian, program)
        formulas = {layout: known.matrix(layout) for layout in Layout}
        is_short = all(
            length(formulas[one].expr) <= MUCH * length(general[one]) for one in Layout
        )
        if is_short and all(
            _is_proved(known, one.expr, at) for at, one in formulas.items()
        ):
            yield Under(symbol, word, formulas)


def _asked(expr: m.MatrixExpr) -> Iterator[tuple[m.Symbol, str]]:
    """Vectors whose sum occurs, and matrices that occur beside their transpose."""
    nodes = tuple(m.walk(expr))
    turned = {n.arg for n in nodes if isinstance(n, m.Transpose)}
    for node in dict.fromkeys(nodes):
        match node:
            case m.Operation(name="sum", args=(m.Symbol(properties=()) as symbol,)):
                if len(symbol.shape.dims) == 1:
                    yield symbol, "sums_to_one"
            case m.Symbol(properties=()) if (
                node in turned and len(set(node.shape.dims)) == 1 < node.shape.order
            ):
                if nodes.count(node) > 1:
                    yield node, "symmetric"


def _is_proved(known: Jacobian, expr: m.MatrixExpr, layout: Layout) -> bool:
    wider = extend(known.unfolding, expr)
    return adjudicate(known, expr, wider, layout=layout).outcome is Outcome.PROVED
