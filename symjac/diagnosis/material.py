"""What an edit may bring into a claim: parts of the derivative and the equations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from symjac.claims.adjudicate import derived_formula
from symjac.jacobian import Jacobian
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Layout

MOST_NODES = 24  # of a part
MOST_PARTS = 40

Moves = tuple[tuple[str, dict[m.Symbol, m.Symbol]], ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """Factors and terms of the derivative, values and definitions of the equations."""

    factors: tuple[m.MatrixExpr, ...]
    terms: tuple[m.MatrixExpr, ...]
    values: tuple[m.MatrixExpr, ...]
    known: tuple[m.Symbol, ...]
    definitions: dict[m.Symbol, m.MatrixExpr]

    def value(self, expr: m.MatrixExpr) -> m.MatrixExpr | None:
        """What the equations define a symbol by."""
        return self.definitions.get(expr) if isinstance(expr, m.Symbol) else None

    def steps(self, symbol: m.Symbol) -> Iterator[m.Symbol]:
        """The same quantity at the steps before and after."""
        for by in (-1, 1):
            moved = _moved(symbol, by)
            if moved is not None and (symbol.time or moved in self.known):
                yield moved

    def shifts(self, claim: m.MatrixExpr) -> Iterator[tuple[str, Moves]]:
        """One quantity, or all, moved by one step wherever they stand."""
        used = [s for s in m.symbols(claim) if _moved(s, 1) is not None]
        families = dict.fromkeys(map(_family, used))
        for family in families:
            yield family, _moves([s for s in used if _family(s) == family])
        if len(families) > 1:
            yield "everything", _moves(used)


def _moves(used: list[m.Symbol]) -> Moves:
    pairs = (("back", -1), ("on", 1))
    return tuple(
        (word, {s: new for s in used if (new := _moved(s, by)) is not None})
        for word, by in pairs
    )


def _family(symbol: m.Symbol) -> str:
    return symbol.name if symbol.time else symbol.name.rstrip("0123456789").rstrip("_")


def _moved(symbol: m.Symbol, by: int) -> m.Symbol | None:
    """A quantity some steps later: x[t+1] for x[t], h2 for h1."""
    if symbol.time is not None:
        return symbol.later(by)
    found = re.fullmatch(r"(.*?)(\d+)", symbol.name)
    if found is None or int(found[2]) + by < 0:
        return None
    return replace(symbol, name=f"{found[1]}{int(found[2]) + by}")


def material(jacobian: Jacobian) -> Parts:
    """The parts that a claim about a derivative may have lost or confused."""
    found = (derived_formula(jacobian, layout) for layout in Layout)
    derived = [formula.expr for formula in found if formula is not None]
    nodes = jacobian.unfolding.nodes.values()
    bodies = [node.written for node in nodes if not node.auxiliary]
    everything = [*derived, *bodies]
    named = [node.symbol for node in nodes if not node.auxiliary]
    known = [*named, *(s for expr in everything for s in m.symbols(expr))]
    return Parts(
        factors=_kept(part for expr in derived for part in _factors(expr)),
        terms=_kept(part for expr in everything for part in _terms(expr)),
        values=_kept((*known, *(v for expr in everything for v in _values(expr)))),
        known=tuple(dict.fromkeys(known)),
        definitions={node.symbol: node.written for node in nodes if not node.auxiliary},
    )


def _kept(parts: Iterable[m.MatrixExpr]) -> tuple[m.MatrixExpr, ...]:
    small = (part for part in parts if sum(1 for _ in m.walk(part)) <= MOST_NODES)
    return tuple(dict.fromkeys(small))[:MOST_PARTS]


def _factors(expr: m.MatrixExpr) -> Iterator[m.MatrixExpr]:
    """Factors of every product, and two neighbors at a time."""
    for node in m.walk(expr):
        match node:
            case m.MatMul(left, right):
                last = left.right if isinstance(left, m.MatMul) else left
                yield from (last, right)
                yield m.MatMul(last, right)
            case m.Hadamard(left, right):
                yield from (left, right)
            case m.Scale(scalar, arg):
                yield scalar
                yield from _scaled(scalar, m.spine(arg)[0])
            case m.Quotient(_, below):
                yield below
            case m.Diag():
                yield node


def _scaled(scalar: m.MatrixExpr, first: m.MatrixExpr) -> Iterator[m.MatrixExpr]:
    """A factor with its scalar, and with a number's opposite."""
    yield m.Scale(scalar, first)
    if isinstance(scalar, m.Constant):
        yield m.Scale(m.Constant(-scalar.value, SCALAR), first)


def _terms(expr: m.MatrixExpr) -> Iterator[m.MatrixExpr]:
    for node in m.walk(expr):
        if isinstance(node, m.Add):
            yield from node.terms


def _values(expr: m.MatrixExpr) -> Iterator[m.MatrixExpr]:
    """What functions are taken of, and what they give."""
    for node in m.walk(expr):
        if isinstance(node, m.Elementwise):
            yield node.arg
            yield node
        if isinstance(node, m.Constant) and node.shape == SCALAR:
            continue
        if isinstance(node, m.Diag):
            yield from m.children(node)
