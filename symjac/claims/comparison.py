"""What a claim is compared with at a point: a derivative by its definition, or a value.

Both come from `evaluate`, never from the symbolic derivation that they are compared
with.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial

from symjac.calculus.lift import Arrangement
from symjac.claims.evaluate import Point, require_small
from symjac.claims.linear import Jet, Number, Place
from symjac.claims.samples import Pattern, generic_value, pattern, sample
from symjac.library.properties import COMMUTES
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.terms.shape import Dim, Shape, flatten, named_dims

MOST_PLACES, FEW_PLACES = 10_000, 64


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared: the definition of the derivative, not its formula.

    Without a variable, the value of `of` itself.
    """

    of: m.Symbol
    wrt: m.Symbol | None
    of_indices: tuple[ix.Index, ...]
    by_indices: tuple[ix.Index, ...]
    definitions: dict[m.Symbol, m.MatrixExpr]
    dims: tuple[str, ...]
    fixed: dict[str, int]
    balls: bool
    relevant: tuple[m.Symbol, ...]
    known: tuple[m.Symbol, ...] = ()
    formula: m.MatrixExpr | None = (
        None  # what was derived, for what is shown of a point
    )
    held: frozenset[m.Symbol] = frozenset()  # defined, but not varied with the variable

    @property
    def above(self) -> dict[m.Symbol, m.MatrixExpr]:
        """The definitions of what is held, operands first."""
        return {s: body for s, body in self.definitions.items() if s in self.held}

    def declared(self, program: Program) -> Comparison:
        """The same comparison with what a program declares of its symbols."""
        definitions = {
            program.symbol(symbol): program.declared(body)
            for symbol, body in self.definitions.items()
        }
        return replace(
            self,
            of=program.symbol(self.of),
            wrt=None if self.wrt is None else program.symbol(self.wrt),
            definitions=definitions,
            relevant=tuple(map(program.symbol, self.relevant)),
            known=tuple(map(program.symbol, self.known)),
            formula=self.formula and program.declared(self.formula),
            held=frozenset(map(program.symbol, self.held)),
        )

    @property
    def ends(self) -> tuple[m.Symbol, ...]:
        """What is differentiated, and by what."""
        return (self.of,) if self.wrt is None else (self.of, self.wrt)

    def point(
        self,
        sizes: tuple[int, ...],
        values: Pattern | int,
        *,
        cap: int | None = None,
    ) -> Point:
        """A point with given sizes of the named dimensions and a pattern of values.

        Args:
            values: a pattern, or the number of one.
        """
        dims = dict(zip(self.dims, itertools.cycle(sizes), strict=False)) | self.fixed
        number = values if isinstance(values, int) else 0
        chosen = pattern(values) if isinstance(values, int) else values
        sampled = Sampled(self, chosen)
        point = Point(
            dims,
            sampled,
            partial(generic_value, number),
            None,
            self.definitions,
            self.balls,
            cap=cap,
        )
        sampled.size = point.size
        return point if self.wrt is None else point.varied(self.wrt, self.held)

    def places(self, point: Point) -> Iterator[dict[ix.Index, int]]:
        """All entries, those off the diagonal first; of very many, a few all over."""
        free = tuple(dict.fromkeys((*self.of_indices, *self.by_indices)))
        sizes = [point.size(index.dim) for index in free]
        if math.prod(sizes) > MOST_PLACES:
            tuples = [
                tuple(((2 * i + 1) * n + i) % size for i, size in enumerate(sizes))
                for n in range(FEW_PLACES)
            ]
        else:
            tuples = sorted(
                itertools.product(*map(range, sizes)),
                key=lambda at: (len(set(at)) < len(at), at),
            )
        for at in tuples:
            yield dict(zip(free, at, strict=True))

    def truth(self, point: Point, at: dict[ix.Index, int]) -> Number:
        """The true derivative of one entry by one entry, or the entry's value."""
        jet: Jet = point.jet(self.of, gather(point, self.of.shape, self.of_indices, at))
        if self.wrt is None:
            return jet.value
        zero = point.number(Fraction(0))
        return jet.slopes.get(gather(point, self.wrt.shape, self.by_indices, at), zero)


@dataclass(slots=True)
class Sampled:
    """Values of symbols by a pattern, with the properties declared of them."""

    comparison: Comparison
    pattern: Pattern
    size: Callable[[Dim], int] = field(default=lambda dim: 0)
    ranks: dict[m.Symbol, int] = field(default_factory=dict)
    arrays: dict[m.Symbol, dict[Place, Fraction]] = field(default_factory=dict)
    ties: bool | None = None  # whether anything is declared to commute, once known

    def __call__(self, symbol: m.Symbol, at: Place) -> Fraction:
        """One entry of a symbol."""
        if self.ties is None:
            self.ties = any(map(commuting_with, self.comparison.known))
        if self.ties:
            symbol = self.tied(symbol)
        if not symbol.properties:
            return self.raw(symbol, at)
        if symbol not in self.arrays:
            require_small((symbol,), self.size)
            sizes = tuple(map(self.size, symbol.shape.dims))
            self.arrays[symbol] = sample(
                symbol,
                sizes,
                lambda place: self.raw(symbol, place),
                lambda place: self.partner(symbol, place),
            )
        return self.arrays[symbol][at]

    def raw(self, symbol: m.Symbol, at: Place) -> Fraction:
        """The pattern's value of one entry."""
        if not self.ranks:
            self.ranks.update({s: n for n, s in enumerate(self.comparison.relevant)})
        rank = self.ranks.setdefault(symbol, len(self.ranks))
        position = 0
        for dim, place in zip(symbol.shape.dims, at, strict=True):
            position = position * self.size(dim) + place
        return self.pattern(rank, position)

    def tied(self, symbol: m.Symbol) -> m.Symbol:
        """The first of two that commute is free; of more, each is a polynomial."""
        group = self.commuting(symbol)
        if len(group) > 2 and symbol.shape.order == 2:
            words = (*symbol.properties, COMMUTES + group[0])
            return replace(symbol, properties=tuple(dict.fromkeys(words)))
        if group[0] != symbol.name:
            return symbol
        free = (p for p in symbol.properties if not p.startswith(COMMUTES))
        return replace(symbol, properties=tuple(free))

    def partner(self, symbol: m.Symbol, at: Place) -> Fraction:
        """An entry of the matrix of which those that commute are polynomials."""
        group = self.commuting(symbol)
        known = (s for s in self.comparison.known if s.name == group[0])
        if len(group) == 2 and (first := next(known, None)):
            return self(first, at)
        return self.raw(m.Symbol(" ".join(group), symbol.shape), at)

    def commuting(self, symbol: m.Symbol) -> tuple[str, ...]:
        """Names tied by declarations to commute; first, one that declares nothing."""
        declared = {s.name: commuting_with(s) for s in self.comparison.known}
        group = {symbol.name, *commuting_with(symbol)}
        for _ in declared:
            for name, others in declared.items():
                if others and not group.isdisjoint({name, *others}):
                    group |= {name, *others}
        return tuple(sorted(group, key=lambda n: (bool(declared.get(n)), n)))


def commuting_with(symbol: m.Symbol) -> set[str]:
    """The names that a symbol is declared to commute with."""
    words = (w for w in symbol.properties if w.startswith(COMMUTES))
    names = {word.removeprefix(COMMUTES) for word in words}
    return names - {symbol.name}


def sorted_dims(program: Program) -> tuple[str, ...]:
    """Named dimensions that are open, those of the first definition first."""
    first = (
        d for s in program.symbols for dim in s.shape.dims for d in named_dims(dim)
    )
    names = dict.fromkeys((*first, *sorted(program.dimensions)))
    return tuple(name for name in names if name not in program.fixed)


def mentioned(
    exprs: Iterable[m.MatrixExpr], definitions: Mapping[m.Symbol, m.MatrixExpr]
) -> set[m.Symbol]:
    """Symbols that formulas mention, definitions followed."""
    found: set[m.Symbol] = set()
    todo = [symbol for expr in exprs for symbol in m.symbols(expr)]
    while todo:
        symbol = todo.pop()
        if symbol not in found:
            found.add(symbol)
            todo.extend(m.symbols(definitions[symbol]) if symbol in definitions else ())
    return found


def relevant(
    program: Program,
    exprs: Iterable[m.MatrixExpr],
    definitions: Mapping[m.Symbol, m.MatrixExpr],
) -> tuple[m.Symbol, ...]:
    """Symbols that formulas mention, definitions followed, in the equations' order."""
    order = {symbol: place for place, symbol in enumerate(program.symbols)}
    found = mentioned(exprs, definitions)
    return tuple(sorted(found, key=lambda s: (order.get(s, len(order)), str(s))))


def gather(
    point: Point, shape: Shape, indices: tuple[ix.Index, ...], at: dict[ix.Index, int]
) -> Place:
    """Position in a shape: index pairs over a product of dimensions become one."""
    place: list[int] = []
    rest = list(indices)
    for dim in shape.dims:
        position = 0
        for part in flatten((dim,)):
            position = position * point.size(part) + at[rest.pop(0)]
        place.append(position)
    return tuple(place)


def matrix_entry(
    point: Point, claim: m.MatrixExpr, target: Arrangement, at: dict[ix.Index, int]
) -> Number:
    """One entry of a matrix form under an arrangement."""
    return point.jet(claim, gather(point, target.shape, target.indices, at)).value
