"""All the LaTeX that documents hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from symjac.document.document import Align, Display, Edge, Line, Math, Network
from symjac.typeset.widths import ARGUMENTS, DELIMITERS, GRIDS, SIGNS, SIZES


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


def vocabulary() -> Iterator[str]:
    """A formula for each command that may stand in a formula."""
    yield from (f"\\{sign} x" for sign in sorted(SIGNS))
    yield from (f"\\{name}{'{X}' * count}" for name, count in ARGUMENTS.items())
    for name in sorted(GRIDS):
        yield rf"\begin{{{name}}} a & b \\[2pt] c & d \end{{{name}}}"
    for sign in sorted(DELIMITERS):
        yield rf"\left{sign} x \right{sign}"
        if sign != ".":
            yield from (rf"\{size} {sign} x" for size in sorted(SIZES))
    yield r"\displaystyle x \frac{a}{b}"
    yield r"\text{a b, c: d!}\operatorname{a\_b} x\hspace{1.2em}{} x'^{3}_{2}"
    yield "a + b - c = d < e > f ( g ) [ h ] | i / j * k . l , m : n ; o ! p ?"
