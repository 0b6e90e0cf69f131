"""What an edit may bring into a claim: parts of the derivative and the equations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from symjac.claims.adjudicate import derived_formula
from symjac.expr.matrix import (
    Add,
    Constant,
    Diag,
    Elementwise,
    Hadamard,
    MatMul,
    MatrixExpr,
    Quotient,
    Scale,
    Symbol,
    children,
    symbols,
    walk,
)
from symjac.expr.products import spine
from symjac.expr.shape import SCALAR, Layout
from symjac.jacobian import Jacobian

MOST_NODES = 24  # of a part
MOST_PARTS = 40

Moves = tuple[tuple[str, dict[Symbol, Symbol]], ...]


@dataclass(frozen=True, slots=True)
class Material:
    """Factors and terms of the derivative, values and definitions of the equations."""

    factors: tuple[MatrixExpr, ...]
    terms: tuple[MatrixExpr, ...]
    values: tuple[MatrixExpr, ...]
    known: tuple[Symbol, ...]
    definitions: dict[Symbol, MatrixExpr]

    def value(self, expr: MatrixExpr) -> MatrixExpr | None:
        """What the equations define a symbol by."""
        return self.definitions.get(expr) if isinstance(expr, Symbol) else None

    def steps(self, symbol: Symbol) -> Iterator[Symbol]:
        """The same quantity at the steps before and after."""
        for by in (-1, 1):
            moved = _moved(symbol, by)
            if moved is not None and (symbol.time or moved in self.known):
                yield moved

    def shifts(self, claim: MatrixExpr) -> Iterator[tuple[str, Moves]]:
        """One quantity, or all, moved by one step wherever they stand."""
        used = [s for s in symbols(claim) if _moved(s, 1) is not None]
        families = dict.fromkeys(map(_family, used))
        for family in families:
            yield family, _moves([s for s in used if _family(s) == family])
        if len(families) > 1:
            yield "everything", _moves(used)


def _moves(used: list[Symbol]) -> Moves:
    pairs = (("back", -1), ("on", 1))
    return tuple(
        (word, {s: new for s in used if (new := _moved(s, by)) is not None})
        for word, by in pairs
    )


def _family(symbol: Symbol) -> str:
    return symbol.name if symbol.time else symbol.name.rstrip("0123456789").rstrip("_")


def _moved(symbol: Symbol, by: int) -> Symbol | None:
    """A quantity some steps later: x[t+1] for x[t], h2 for h1."""
    if symbol.time is not None:
        return symbol.later(by)
    found = re.fullmatch(r"(.*?)(\d+)", symbol.name)
    if found is None or int(found[2]) + by < 0:
        return None
    return replace(symbol, name=f"{found[1]}{int(found[2]) + by}")


def material(jacobian: Jacobian) -> Material:
    """The parts that a claim about a derivative may have lost or confused."""
    found = (derived_formula(jacobian, layout) for layout in Layout)
    derived = [formula.expr for formula in found if formula is not None]
    nodes = jacobian.unfolding.nodes.values()
    bodies = [node.written for node in nodes if not node.auxiliary]
    everything = [*derived, *bodies]
    named = [node.symbol for node in nodes if not node.auxiliary]
    known = [*named, *(s for expr in everything for s in symbols(expr))]
    return Material(
        factors=_kept(part for expr in derived for part in _factors(expr)),
        terms=_kept(part for expr in everything for part in _terms(expr)),
        values=_kept((*known, *(v for expr in everything for v in _values(expr)))),
        known=tuple(dict.fromkeys(known)),
        definitions={node.symbol: node.written for node in nodes if not node.auxiliary},
    )


def _kept(parts: Iterable[MatrixExpr]) -> tuple[MatrixExpr, ...]:
    small = (part for part in parts if sum(1 for _ in walk(part)) <= MOST_NODES)
    return tuple(dict.fromkeys(small))[:MOST_PARTS]


def _factors(expr: MatrixExpr) -> Iterator[MatrixExpr]:
    """Factors of every product, and two neighbors at a time."""
    for node in walk(expr):
        match node:
            case MatMul(left, right):
                last = left.right if isinstance(left, MatMul) else left
                yield from (last, right)
                yield MatMul(last, right)
            case Hadamard(left, right):
                yield from (left, right)
            case Scale(scalar, arg):
                yield scalar
                yield from _scaled(scalar, spine(arg)[0])
            case Quotient(_, below):
                yield below
            case Diag():
                yield node


def _scaled(scalar: MatrixExpr, first: MatrixExpr) -> Iterator[MatrixExpr]:
    """A factor with its scalar, and with a number's opposite."""
    yield Scale(scalar, first)
    if isinstance(scalar, Constant):
        yield Scale(Constant(-scalar.value, SCALAR), first)


def _terms(expr: MatrixExpr) -> Iterator[MatrixExpr]:
    for node in walk(expr):
        if isinstance(node, Add):
            yield from node.terms


def _values(expr: MatrixExpr) -> Iterator[MatrixExpr]:
    """What functions are taken of, and what they give."""
    for node in walk(expr):
        if isinstance(node, Elementwise):
            yield node.arg
            yield node
        if isinstance(node, Constant) and node.shape == SCALAR:
            continue
        if isinstance(node, Diag):
            yield from children(node)
