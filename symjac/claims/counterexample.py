"""Explicit points at which a claim and the true derivative can be told apart.

Dimensions are small, values small integers. The derivative at the point
comes from `evaluate`, never from the symbolic derivation that it is compared with.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from symjac.claims.evaluate import Point
from symjac.claims.jet import Jet, Number, Place, PointError
from symjac.claims.samples import COMMUTES, sample
from symjac.errors import BudgetError
from symjac.expr.functions import Function
from symjac.expr.index import Index
from symjac.expr.matrix import MatrixExpr, Symbol, walk
from symjac.expr.shape import Dim, Shape, flatten
from symjac.rules.arrange import Arrangement

PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53)
SIZES = ((2, 1, 3, 4, 5), (2, 3, 4, 5, 6), (3, 2, 4, 5, 6))
GUARD_SIZES = ((2, 3, 4, 5, 6), (3, 2, 5, 4, 6))
PATTERNS = 24
FRACTIONS = range(8, 14)  # patterns of small fractions, for functions on (-1, 1)
GUARD_CAP = 7  # larger fixed dimensions are checked at this size
READABLE_GAP = Fraction(1, 20)
SIGNED = 7  # the span of the pattern with both signs and no zero
Pattern = Callable[[int, int], Fraction]


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A point, one entry of the matrix there, and the two values that differ.

    `entry` is the position (row, column) in the layout's matrix, counted from 1.
    `component` is the position (j, k) in index form, the same for both layouts.
    """

    dimensions: dict[str, int]
    symbols: dict[Symbol, Any]
    chosen: dict[tuple[Function, int, str], str]
    entry: tuple[int, ...]
    component: tuple[int, ...]
    derived: str
    claimed: str

    @property
    def values(self) -> dict[str, Any]:
        """Values of the symbols by name: numbers, lists, lists of rows."""
        return {str(symbol): value for symbol, value in self.symbols.items()}

    @property
    def functions(self) -> dict[str, str]:
        """Chosen values of generic functions' derivatives, such as `sigma'(1)`."""
        return {
            f"{function.name}{chr(39) * order}({at})": value
            for (function, order, at), value in self.chosen.items()
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared: the definition of the derivative, not its formula."""

    of: Symbol
    wrt: Symbol
    of_indices: tuple[Index, ...]
    by_indices: tuple[Index, ...]
    definitions: dict[Symbol, MatrixExpr]
    dims: tuple[str, ...]
    fixed: dict[str, int]
    balls: bool
    relevant: tuple[Symbol, ...]
    known: tuple[Symbol, ...] = ()

    def point(
        self, sizes: tuple[int, ...], pattern: Pattern, *, cap: int | None = None
    ) -> Point:
        """A point with given sizes of the named dimensions and a pattern of values."""
        dims = dict(zip(self.dims, itertools.cycle(sizes), strict=False)) | self.fixed
        values = Sampled(self, pattern)

        def free_value(order: int, count: int) -> Fraction:
            first = {1: 0, 0: 5, 2: 9}.get(order, 11 + order)
            turn, place = divmod(first + count, len(PRIMES))
            return Fraction(PRIMES[place] + 60 * turn)

        point = Point(
            dims,
            values,
            free_value,
            self.wrt,
            self.definitions,
            self.balls,
            cap=cap,
        )
        values.size = point.size
        return point

    def places(self, point: Point) -> Iterator[dict[Index, int]]:
        """All entries, those off the diagonal first."""
        free = tuple(dict.fromkeys((*self.of_indices, *self.by_indices)))
        ranges = [range(point.size(index.dim)) for index in free]
        tuples = sorted(
            itertools.product(*ranges), key=lambda at: (len(set(at)) < len(at), at)
        )
        for at in tuples:
            yield dict(zip(free, at, strict=True))

    def truth(self, point: Point, at: dict[Index, int]) -> Number:
        """The true derivative of one entry by one entry."""
        jet: Jet = point.jet(self.of, gather(point, self.of.shape, self.of_indices, at))
        zero = point.number(Fraction(0))
        return jet.slopes.get(gather(point, self.wrt.shape, self.by_indices, at), zero)


@dataclass(slots=True)
class Sampled:
    """Values of symbols by a pattern, with the properties declared of them."""

    comparison: Comparison
    pattern: Pattern
    size: Callable[[Dim], int] = field(default=lambda dim: 0)
    ranks: dict[Symbol, int] = field(default_factory=dict)
    arrays: dict[Symbol, dict[Place, Fraction]] = field(default_factory=dict)

    def __call__(self, symbol: Symbol, at: Place) -> Fraction:
        """One entry of a symbol."""
        if any(map(commuting_with, self.comparison.known)):
            symbol = self.tied(symbol)
        if not symbol.properties:
            return self.raw(symbol, at)
        if symbol not in self.arrays:
            sizes = tuple(map(self.size, symbol.shape.dims))
            self.arrays[symbol] = sample(
                symbol,
                sizes,
                lambda place: self.raw(symbol, place),
                lambda place: self.partner(symbol, place),
            )
        return self.arrays[symbol][at]

    def raw(self, symbol: Symbol, at: Place) -> Fraction:
        """The pattern's value of one entry."""
        if not self.ranks:
            self.ranks.update({s: n for n, s in enumerate(self.comparison.relevant)})
        rank = self.ranks.setdefault(symbol, len(self.ranks))
        position = 0
        for dim, place in zip(symbol.shape.dims, at, strict=True):
            position = position * self.size(dim) + place
        return self.pattern(rank, position)

    def tied(self, symbol: Symbol) -> Symbol:
        """The first of two that commute is free; of more, each is a polynomial."""
        group = self.commuting(symbol)
        if len(group) > 2 and symbol.shape.order == 2:
            words = (*symbol.properties, COMMUTES + group[0])
            return replace(symbol, properties=tuple(dict.fromkeys(words)))
        if group[0] != symbol.name:
            return symbol
        free = (p for p in symbol.properties if not p.startswith(COMMUTES))
        return replace(symbol, properties=tuple(free))

    def partner(self, symbol: Symbol, at: Place) -> Fraction:
        """An entry of the matrix of which those that commute are polynomials."""
        group = self.commuting(symbol)
        known = (s for s in self.comparison.known if s.name == group[0])
        if len(group) == 2 and (first := next(known, None)):
            return self(first, at)
        return self.raw(Symbol(" ".join(group), symbol.shape), at)

    def commuting(self, symbol: Symbol) -> tuple[str, ...]:
        """Names tied by declarations to commute; first, one that declares nothing."""
        declared = {s.name: commuting_with(s) for s in self.comparison.known}
        group = {symbol.name, *commuting_with(symbol)}
        for _ in declared:
            for name, others in declared.items():
                if others and not group.isdisjoint({name, *others}):
                    group |= {name, *others}
        return tuple(sorted(group, key=lambda n: (bool(declared.get(n)), n)))


def commuting_with(symbol: Symbol) -> set[str]:
    """The names that a symbol is declared to commute with."""
    words = (w for w in symbol.properties if w.startswith(COMMUTES))
    names = {word.removeprefix(COMMUTES) for word in words}
    return names - {symbol.name}


def gather(
    point: Point, shape: Shape, indices: tuple[Index, ...], at: dict[Index, int]
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


def differ(left: Number, right: Number) -> bool:
    """Whether two numbers are certainly different."""
    return bool(left != right)


def agree(left: Number, right: Number) -> bool:
    """Whether two numbers may be equal; for rationals, whether they are."""
    if isinstance(left, Fraction | int) and isinstance(right, Fraction | int):
        return left == right
    ball, other = (left, right) if hasattr(left, "overlaps") else (right, left)
    return bool((ball - other).contains(0))


def pattern(number: int) -> Pattern:
    """The n-th pattern of values: counting, small cycles, then pseudo-random ones.

    A pattern maps the rank of a symbol and the position of an entry to a value, so
    that different symbols have different values.
    """
    if number == 0:
        return lambda rank, position: Fraction(rank + position + 1)
    cycle = (1, -1, 2, 0, -2, 3)
    if number == 1:
        return lambda rank, position: Fraction(cycle[(2 * rank + position) % 6])
    span, low = ((7, -3), (3, -1), (9, 1))[number % 3]
    unit = Fraction(1, 16) if number in FRACTIONS else Fraction(1)

    def scattered(rank: int, position: int) -> Fraction:
        state = (position + 1) * 7919 + number * 104729 + rank * 1299709
        for _ in range(3):
            state = (state * 1103515245 + 12345) % 2**31
        value = low + (state >> 16) % span
        return (value or span) * unit if span == SIGNED else value * unit

    return scattered


def matrix_entry(
    point: Point, claim: MatrixExpr, target: Arrangement, at: dict[Index, int]
) -> Number:
    """One entry of a matrix form under an arrangement."""
    return point.jet(claim, gather(point, target.shape, target.indices, at)).value


def guard(
    comparison: Comparison, claim: MatrixExpr, target: Arrangement
) -> tuple[int, bool]:
    """Compare a formula with the truth at a few points.

    Returns:
        The number of points where both exist, and whether they agree at all of them.
    """
    count, agrees = _guard(comparison, claim, target, GUARD_CAP)
    if agrees or all(size <= GUARD_CAP for size in _sizes(comparison, claim)):
        return count, agrees
    try:  # a formula may hold for the true size of a fixed dimension only
        return _guard(comparison, claim, target, None)
    except BudgetError:
        return 0, True


def _sizes(comparison: Comparison, claim: MatrixExpr) -> Iterator[int]:
    """Fixed dimensions that occur."""
    exprs = (claim, comparison.of, comparison.wrt, *comparison.definitions.values())
    for expr in exprs:
        for node in walk(expr):
            yield from (d for d in flatten(node.shape.dims) if isinstance(d, int))


def _guard(
    comparison: Comparison, claim: MatrixExpr, target: Arrangement, cap: int | None
) -> tuple[int, bool]:
    count = 0
    for sizes, number in itertools.product(GUARD_SIZES, range(2, 12)):
        point = comparison.point(sizes, pattern(number), cap=cap)
        try:
            point.prepare()
            still = point.still()
            still.prepare()
            still.warm(claim)
            for at in comparison.places(point):
                claimed = matrix_entry(still, claim, target, at)
                if not agree(comparison.truth(point, at), claimed):
                    return count, False
        except PointError:
            continue
        count += 1
        if count == 3:
            break
    return count, True


def find_counterexample(
    comparison: Comparison,
    claim: MatrixExpr,
    target: Arrangement,
    *,
    patterns: int = PATTERNS,
) -> Counterexample | None:
    """The first readable point at which the claim is certainly wrong."""
    spare: Counterexample | None = None
    for sizes, number in itertools.product(SIZES, range(patterns)):
        point = comparison.point(sizes, pattern(number))
        try:
            found = _differs_at(comparison, point, claim, target)
        except PointError:
            continue
        if found is None:
            continue
        example, is_readable = found
        if is_readable:
            return example
        spare = spare or example
    return spare


def _differs_at(
    comparison: Comparison, point: Point, claim: MatrixExpr, target: Arrangement
) -> tuple[Counterexample, bool] | None:
    point.prepare()
    still = point.still()
    still.prepare()
    still.warm(claim)
    for at in comparison.places(point):
        truth = comparison.truth(point, at)
        claimed = matrix_entry(still, claim, target, at)
        if differ(truth, claimed):
            gap = abs(truth - claimed) > point.number(READABLE_GAP)
            return _example(comparison, point, target, at, (truth, claimed)), bool(gap)
    return None


def _example(
    comparison: Comparison,
    point: Point,
    target: Arrangement,
    at: dict[Index, int],
    values: tuple[Number, Number],
) -> Counterexample:
    used = [s for s in comparison.relevant if s not in comparison.definitions]
    sizes = (d for s in (comparison.of, comparison.wrt, *used) for d in s.shape.dims)
    dims = dict.fromkeys(dim for dim in sizes if isinstance(dim, str))
    chosen = {
        (function, order, show(x)): show(value)
        for function, order, x, value in point.table
        if order
    }
    components = (*comparison.of_indices, *comparison.by_indices)
    return Counterexample(
        {dim: point.size(dim) for dim in dims},
        {symbol: _array(point, symbol) for symbol in used},
        chosen,
        tuple(at[i] + 1 for i in target.indices),
        tuple(at[i] + 1 for i in components),
        show(values[0]),
        show(values[1]),
    )


def _array(point: Point, symbol: Symbol) -> Any:
    def nested(dims: tuple[Dim, ...], at: Place) -> Any:
        if not dims:
            return plain(point.value(symbol, at))
        return [nested(dims[1:], (*at, i)) for i in range(point.size(dims[0]))]

    return nested(symbol.shape.dims, ())


def plain(value: Fraction) -> int | str:
    """An integer, or a rational as text."""
    return int(value) if value.denominator == 1 else str(value)


def show(value: Number) -> str:
    """A number for people: exact, or seven certain digits of a ball."""
    if isinstance(value, Fraction | int):
        return str(value)
    return str(value.str(7, radius=False))
