"""Formulas one edit away from a claim: what a slip of the pen could have changed.

    claim, material ─ places, makers ─> edits, the most telling first

An edit says nothing about truth: `diagnose` asks the engine about each. A maker looks
at one node and says what could stand there instead; constructors refuse what has no
shape.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from symjac.diagnosis.material import Parts
from symjac.diagnosis.slips import (
    Edit,
    Maker,
    Where,
    Wording,
    arguments,
    fewer_factors,
    fewer_terms,
    more_factors,
    more_terms,
    numbers,
    operations,
    orders,
    others,
    powers,
    primes,
    products,
    symmetrized,
    transposes,
    whole_edits,
)
from symjac.errors import ShapeError
from symjac.terms import matrix as m

Path = tuple[int, ...]
Place = tuple[Path, m.MatrixExpr, m.MatrixExpr | None]
SIMPLE: tuple[Maker, ...] = (
    transposes,
    orders,
    primes,
    arguments,
    numbers,
    fewer_factors,
    fewer_terms,
    symmetrized,
)
OTHER: tuple[Maker, ...] = (
    products,
    powers,
    operations,
    more_factors,
    others,
    more_terms,
)


def simple_edits(claim: m.MatrixExpr, material: Parts) -> Iterator[Edit]:
    """Slips that need nothing new: what is there turned, moved, primed or dropped."""
    made = _made(claim, material, SIMPLE)
    return _once(claim, chain(made, whole_edits(claim, material)))


def other_edits(claim: m.MatrixExpr, material: Parts) -> Iterator[Edit]:
    """Another operation, or a part of the derivative or the equations brought in."""
    return _once(claim, _made(claim, material, OTHER))


def _made(
    claim: m.MatrixExpr, material: Parts, makers: tuple[Maker, ...]
) -> Iterator[Edit]:
    places = tuple(_places(claim))
    counts = Counter(node for _, node, _ in places)
    for maker in makers:
        yield from _at_places(claim, places, counts, maker, material)
        yield from _everywhere(claim, counts, maker, material)


def _once(claim: m.MatrixExpr, made: Iterator[Edit]) -> Iterator[Edit]:
    seen = {claim}
    for edit in made:
        if edit.expr not in seen:
            seen.add(edit.expr)
            yield edit


def _places(expr: m.MatrixExpr) -> Iterator[Place]:
    """Every node with its path and its parent, operators before operands."""
    todo: list[Place] = [((), expr, None)]
    while todo:
        path, node, parent = todo.pop()
        yield path, node, parent
        parts = [((*path, n), part, node) for n, part in enumerate(m.children(node))]
        todo.extend(reversed(parts))


def _at_places(
    claim: m.MatrixExpr,
    places: tuple[Place, ...],
    counts: Counter[m.MatrixExpr],
    maker: Maker,
    material: Parts,
) -> Iterator[Edit]:
    for path, node, parent in places:
        where: Where = "at one place" if counts[node] > 1 else ""
        for kind, parts, make in maker(node, parent, material):
            try:
                yield Edit((Wording(kind, parts, where),), _put(claim, path, make()))
            except ShapeError:
                continue


def _everywhere(
    claim: m.MatrixExpr, counts: Counter[m.MatrixExpr], maker: Maker, material: Parts
) -> Iterator[Edit]:
    """The same change at every place of what occurs more than once."""
    for node, count in counts.items():
        if count < 2:
            continue
        for kind, parts, make in maker(node, None, material):
            try:
                new = _substituted(claim, node, make())
                yield Edit((Wording(kind, parts, "everywhere"),), new)
            except ShapeError:
                continue


def _put(expr: m.MatrixExpr, path: Path, new: m.MatrixExpr) -> m.MatrixExpr:
    """The expression with `new` at a path; the other parts are the same objects."""
    if not path:
        return new
    parts = iter(range(len(m.children(expr))))

    def convert(part: m.MatrixExpr) -> m.MatrixExpr:
        return _put(part, path[1:], new) if next(parts) == path[0] else part

    return m.rebuild(expr, convert)


def _substituted(
    expr: m.MatrixExpr, old: m.MatrixExpr, new: m.MatrixExpr
) -> m.MatrixExpr:
    if expr == old:
        return new
    return m.rebuild(expr, lambda part: _substituted(part, old, new))
