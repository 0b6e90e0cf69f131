"""Definitions written out: gates replaced by what they stand for.

    program ─> the same program whose definitions name symbols and states only

A state keeps its name: written out, it would never end.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from symjac.errors import BudgetError, Source
from symjac.language.called import is_said
from symjac.terms import matrix as m
from symjac.terms.program import Defined, Program
from symjac.terms.shape import Compound, Kind
from symjac.typeset.text import matrix_text

MAX_NODES = 5_000


def inline_definitions(program: Program, kept: Collection[str] = ()) -> Program:
    """The program with definitions substituted into those that use them.

    Args:
        kept: names that stay, besides the states.

    Raises:
        BudgetError: a body would have more than MAX_NODES nodes.
    """
    sizes: dict[str, int] = {}
    gates: dict[str, Defined] = {}
    definitions = []
    for defined in program.definitions:
        name = defined.symbol.name
        sizes[name] = _size(defined, sizes)
        new = replace(defined, body=_substituted(defined.body, gates))
        definitions.append(new)
        if name not in program.states and name not in kept:
            gates[name] = new
    known = tuple(definitions)
    return replace(program, definitions=known, source=printed(program, known))


def inline(
    expr: m.MatrixExpr, program: Program, kept: Collection[str] = ()
) -> m.MatrixExpr:
    """An expression over a program that is written out, written out itself."""
    gates = {
        defined.symbol.name: defined
        for defined in program.definitions
        if defined.symbol.name not in program.states and defined.symbol.name not in kept
    }
    return _substituted(expr, gates)


def _substituted(expr: m.MatrixExpr, gates: dict[str, Defined]) -> m.MatrixExpr:
    def convert(symbol: m.Symbol) -> m.MatrixExpr:
        defined = gates.get(symbol.name)
        return symbol if defined is None else defined.at(symbol.time)

    return m.map_symbols(expr, convert)


def _size(defined: Defined, sizes: dict[str, int]) -> int:
    """Nodes of a body, each gate counted as what it stands for."""
    size = sum(
        sizes.get(node.name, 1) if isinstance(node, m.Symbol) else 1
        for node in m.walk(defined.body)
    )
    if size > MAX_NODES:
        message = f"{defined.symbol} written out has more than {MAX_NODES} nodes"
        raise BudgetError(message, defined.span)
    return size


def printed(program: Program, definitions: tuple[Defined, ...]) -> Source:
    """The equations as text, with the shapes of what they do not define."""
    defined = {d.symbol.name for d in definitions}
    shapes = {
        s.name: " ".join((f"{s.name}: {s.shape}", *s.properties))
        for s in program.symbols
        if not any(isinstance(dim, Compound) for dim in s.shape.dims)
        and s.name not in defined
    }
    lines = [f"{d.symbol} = {matrix_text(d.body)}" for d in definitions]
    said = functions(*(d.body for d in definitions))
    text = "\n".join((*said, *shapes.values(), *lines))
    return Source(f"{program.source.name}, written out", text)


def functions(*bodies: m.MatrixExpr) -> tuple[str, ...]:
    """The declaration of the functions that the language would refuse without it."""
    names = {
        node.function.name
        for body in bodies
        for node in m.walk(body)
        if isinstance(node, m.Elementwise) and node.function.is_generic
        if is_said(node.function.name, of_matrix=node.shape.kind is Kind.MATRIX)
    }
    return (f"{', '.join(sorted(names))}: elementwise",) if names else ()
