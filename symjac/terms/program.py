"""A typed program: its definitions, and what its names mean. It never changes.

    definitions in order ─ names: shape, properties, with or without time ─ dimensions

A definition with a time step is a rule for every step: `x[t] = ...` also defines
`x[t+1]`. A state variable is a name that some definition uses from an earlier step.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from symjac.errors import Source, Span
from symjac.library.properties import COMMUTES
from symjac.shown import recurrence_of
from symjac.terms import matrix as m
from symjac.terms.operations import plus, times
from symjac.terms.shape import Compound, Dim, Shape, Time


@dataclass(frozen=True, slots=True)
class Defined:
    """A definition in matrix form."""

    symbol: m.Symbol
    body: m.MatrixExpr
    span: Span

    def at(self, time: Time | None) -> m.MatrixExpr:
        """The body with the definition's time step moved to `time`."""
        own = self.symbol.time
        if own is None or time is None or own == time:
            return self.body
        return m.shift(self.body, own, time)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name means; `timed` is None where it is declared and not used."""

    shape: Shape
    properties: tuple[str, ...] = ()
    timed: bool | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Program:
    """Definitions in order, with everything that later expressions may refer to.

    `dimensions` are all named ones: some of them are `fixed` to a number, some are
    `automatic`, named by symjac. `bases` are the letters of time.
    """

    source: Source
    definitions: tuple[Defined, ...]
    symbols: tuple[m.Symbol, ...]
    quantities: Mapping[str, Meaning]
    functions: tuple[str, ...] = ()
    dimensions: frozenset[str] = frozenset()
    fixed: Mapping[str, int] = field(default_factory=dict)
    automatic: frozenset[str] = frozenset()
    bases: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return self.source.text

    @property
    def names(self) -> frozenset[str]:
        """All names that mean something: quantities, functions and dimensions."""
        return frozenset({*self.quantities, *self.functions, *self.dimensions})

    def fresh(self, *letters: str) -> str:
        """The first of some letters that means nothing, else the first one numbered."""
        return free_name(self.names | self.bases, *letters)

    @property
    def shapes(self) -> dict[str, str]:
        """What every name was taken for, as a declaration says it.

        A dimension is among them where it stands for its number.
        """
        bodies = (node for d in self.definitions for node in m.walk(d.body))
        sizes = (n.parameters for n in bodies if isinstance(n, m.Operation))
        numbers = {str(dim) for found in sizes for dim in found if dim in self.names}
        found = {
            name: " ".join((str(meaning.shape), *meaning.properties))
            for name, meaning in self.quantities.items()
        }
        found |= dict.fromkeys(self.functions, "elementwise")
        return found | dict.fromkeys(sorted(numbers), "dimension")

    @property
    def states(self) -> frozenset[str]:
        """Defined names that some definition uses from an earlier step."""
        earlier = {
            used.name
            for defined in self.definitions
            for used in m.symbols(defined.body)
            if is_earlier(used.time, defined.symbol.time)
        }
        return frozenset(earlier & {d.symbol.name for d in self.definitions})

    def recurrence(self, first: str | None = None) -> Any:
        """The `Recurrence` that the equations define, with one state put first.

        Raises:
            UnsupportedError: the equations have no state, or none of that name.
        """
        return recurrence_of(self, first)

    def symbol(self, symbol: m.Symbol) -> m.Symbol:
        """A symbol with what this program declares of its name."""
        meaning = self.quantities.get(symbol.name)
        if meaning is None or meaning.properties == symbol.properties:
            return symbol
        return replace(symbol, properties=meaning.properties)

    def declared(self, expr: m.MatrixExpr) -> m.MatrixExpr:
        """An expression with what this program declares of its symbols."""
        return m.map_symbols(expr, self.symbol)

    def with_properties(self, words: Mapping[str, tuple[str, ...]]) -> Program:
        """The program that declares `words` of these names, and all else as before."""
        names = {
            name: replace(meaning, properties=words.get(name, meaning.properties))
            for name, meaning in self.quantities.items()
        }
        new = replace(self, quantities=names)
        definitions = (replace(d, body=new.declared(d.body)) for d in self.definitions)
        found = tuple(map(new.symbol, self.symbols))
        return replace(new, definitions=tuple(definitions), symbols=found)

    def without_properties(self, chosen: Collection[str]) -> Program:
        """The program in which nothing is declared of some names, nor beside them."""
        words: dict[str, tuple[str, ...]] = dict.fromkeys(chosen, ())
        partners = {COMMUTES + name for name in chosen}
        for name, meaning in self.quantities.items():
            others = tuple(w for w in meaning.properties if w not in partners)
            words.setdefault(name, others)
        return self.with_properties(words)

    def shape(self, name: str) -> Shape:
        """The shape of a name."""
        return self.quantities[name].shape

    def settled(self, dim: Dim) -> Dim:
        """A dimension with numbers for those that are fixed."""
        if isinstance(dim, Compound):
            parts = tuple(map(self.settled, dim.parts))
            joined: Dim = (times if dim.operator == "*" else plus)(*parts)
            return joined
        return self.fixed.get(dim, dim) if isinstance(dim, str) else dim

    def definition(self, symbol: m.Symbol) -> m.MatrixExpr | None:
        """The body of `symbol`, moved to its time step; None if it is free."""
        for defined in self.definitions:
            if defined.symbol.name == symbol.name:
                return defined.at(symbol.time)
        return None


def free_name(taken: Collection[str], *letters: str) -> str:
    """The first of some letters that is not taken, else the first one numbered."""
    numbered = (f"{letters[0]}_{n}" for n in range(len(taken) + 1))
    return next(name for name in (*letters, *numbered) if name not in taken)


def is_earlier(time: Time | None, other: Time | None) -> bool:
    """Whether `time` is a step before `other`; False where they cannot be compared."""
    if time is None or other is None or time.base != other.base:
        return False
    return time.offset < other.offset
