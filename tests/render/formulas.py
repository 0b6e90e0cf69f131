"""All the LaTeX that documents hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from symjac.render.document import Align, Display, Edge, Line, Math, Network


def formulas(part: object) -> Iterator[str]:
    """The formulas in a document or in a part of one, as a typesetter gets them."""
    match part:
        case Math(content):
            yield content
        case Display(latex):
            yield latex
        case Align(lines):
            yield from (one for line in lines for one in _sides(line))
        case Network():
            yield from (*part.before, *part.after, *part.times, part.jacobian)
            yield from (x for e in part.edges for x in _edge(e))
        case tuple():
            yield from (one for item in part for one in formulas(item))
        case _ if dataclasses.is_dataclass(part):
            for field in dataclasses.fields(part):
                yield from formulas(getattr(part, field.name))


def _sides(line: Line) -> tuple[str, ...]:
    return tuple(one for one in (line.left, line.sign + line.right) if one)


def _edge(edge: Edge) -> tuple[str, ...]:
    return (edge.weight, edge.truth, *(formula for _, formula in edge.readings))
