"""Explicit points at which a claim and the true derivative can be told apart.

Dimensions are small, values small integers. The derivative at the point
comes from `evaluate`, never from the symbolic derivation that it is compared with.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symjac.calculus.lift import Arrangement
from symjac.claims.comparison import Comparison, gather, matrix_entry
from symjac.claims.evaluate import Chosen, Point, is_transcendental, require_few
from symjac.claims.linear import Number, Place, PointError
from symjac.claims.samples import (
    DIGITS,
    Pattern,
    exact,
    is_readable,
    plain,
    show,
    show_apart,
)
from symjac.errors import BudgetError
from symjac.library.functions import lookup
from symjac.library.row import Function
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import flatten, named_dims

SIZES = ((2, 1, 3, 4, 5), (2, 3, 4, 5, 6), (3, 2, 4, 5, 6))
GUARD_SIZES = ((2, 3, 4, 5, 6), (3, 2, 5, 4, 6))
OTHER_SIZES = tuple(itertools.permutations((5, 4, 3, 2)))  # for ranks: large ones first
PATTERNS = 24
PATTERNS_OF_OTHERS = 4
ENOUGH = 3  # points of agreement
NARROW, NARROW_PART = 2.0**-64, 2.0**-20  # the widest ball that may count as equal
MORE = 6  # points looked at for a more readable one
GUARD_CAP = 7  # larger fixed dimensions are checked at this size


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A point, one entry of the matrix there, and the two values that differ.

    `entry` is the position (row, column) in the layout's matrix, counted from 1; in vec
    form too.
    `component` is the position (j, k) in index form, the same for both layouts.
    """

    dimensions: dict[str, int]
    symbols: dict[m.Symbol, Any]
    chosen: dict[tuple[Function, int, str], str]
    entry: tuple[int, ...]
    component: tuple[int, ...]
    derived: str
    claimed: str
    is_readable: bool = True

    @property
    def is_exact(self) -> bool:
        """Whether both numbers are printed exactly, not as decimals."""
        return not any("." in one or "e" in one for one in (self.derived, self.claimed))

    @property
    def is_clear(self) -> bool:
        """Whether a reader needs no better one."""
        return self.is_readable and self.is_exact

    @property
    def values(self) -> dict[str, Any]:
        """The symbols' values by name, as numbers, lists, or lists of rows."""
        return {str(symbol): value for symbol, value in self.symbols.items()}

    @property
    def sizes(self) -> dict[str, int]:
        """The dimensions that no value shows, as `n`, or `dim(n)` beside a value n."""
        shown = {dim for symbol in self.symbols for dim in symbol.shape.dims}
        names = {symbol.name for symbol in self.symbols}
        hidden = (item for item in self.dimensions.items() if item[0] not in shown)
        return {f"dim({n})" if n in names else n: size for n, size in hidden}

    @property
    def functions(self) -> dict[str, str]:
        """The values chosen for functions and their slopes, such as `sigma'(1)`."""
        return {
            f"{function.name}{chr(39) * order}({at})": value
            for (function, order, at), value in self.chosen.items()
        }


def differ(left: Number, right: Number) -> bool:
    """Whether two numbers are certainly different."""
    return bool(left != right)


def agree(left: Number, right: Number) -> bool:
    """Whether two numbers may be equal; for rationals, whether they are.

    Raises:
        PointError: the balls are too wide to tell, so that the point says nothing.
    """
    if isinstance(left, Fraction | int) and isinstance(right, Fraction | int):
        return left == right
    ball, other = (left, right) if hasattr(left, "overlaps") else (right, left)
    gap = ball - other
    if not gap.contains(0):
        return False
    width = gap.rad()
    if not (width <= NARROW or width <= NARROW_PART * abs(ball)):
        raise PointError("the numbers are not certain enough")
    return True


def guard(
    comparison: Comparison, claim: m.MatrixExpr, target: Arrangement
) -> tuple[int, bool]:
    """Compare a formula with the truth at a few points.

    Returns:
        The number of points where both exist, and whether they agree at all of them.
    """
    count, agrees = _guard(comparison, claim, target, GUARD_CAP)
    if agrees or all(size <= GUARD_CAP for size in _sizes(comparison, claim)):
        return count, agrees
    # a formula may hold for the true size of a fixed dimension only
    return _guard(comparison, claim, target, None)


def _sizes(comparison: Comparison, claim: m.MatrixExpr) -> Iterator[int]:
    """Fixed dimensions that occur."""
    exprs = (claim, *comparison.ends, *comparison.definitions.values())
    for expr in exprs:
        for node in m.walk(expr):
            yield from (d for d in flatten(node.shape.dims) if isinstance(d, int))


def _guard(
    comparison: Comparison, claim: m.MatrixExpr, target: Arrangement, cap: int | None
) -> tuple[int, bool]:
    count = 0
    try:
        for point in points(comparison, claim, GUARD_SIZES, range(2, 12), cap=cap):
            agrees = _agrees_at(comparison, point, claim, target)
            if agrees is False:
                return count, False
            count += agrees is True
            if count == ENOUGH:
                break
    except BudgetError:
        pass
    return count, True


def _agrees_at(
    comparison: Comparison, point: Point, claim: m.MatrixExpr, target: Arrangement
) -> bool | None:
    """Whether both agree at a point; None where that cannot be told."""
    try:
        return all(
            agree(
                comparison.truth(point, at),
                matrix_entry(point.still(), claim, target, at),
            )
            for at in comparison.places(point)
        )
    except PointError:
        return None


def points(
    comparison: Comparison,
    claim: m.MatrixExpr,
    sizes: Iterable[tuple[int, ...]],
    numbers: Iterable[int],
    *,
    cap: int | None = None,
    more: bool = True,
) -> Iterator[Point]:
    """Points where all that is compared exists; for want of any, of more sizes."""
    several, found = tuple(numbers), False
    for one, number in itertools.product(sizes, several):
        try:
            point = _prepared(comparison.point(one, number, cap=cap), claim)
        except PointError:
            continue
        found = True
        yield point
    if not found and more:
        others, few = other_sizes(comparison), several[:PATTERNS_OF_OTHERS]
        yield from points(comparison, claim, others, few, cap=cap, more=False)


def other_sizes(comparison: Comparison) -> Iterable[tuple[int, ...]]:
    """Sizes in every order, for matrices that need one larger than another."""
    return dict.fromkeys(one[: len(comparison.dims)] for one in OTHER_SIZES)


def find_counterexample(
    comparison: Comparison,
    claim: m.MatrixExpr,
    target: Arrangement,
    *,
    patterns: int = PATTERNS,
    readable: bool = True,
) -> Counterexample | None:
    """The first point at which the claim is certainly wrong, or a readable one."""
    known = points(comparison, claim, SIZES, range(patterns))
    examples = (_differs_at(comparison, point, claim, target) for point in known)
    found = next(filter(None, examples), None)
    if found is None or found.is_clear or not readable:
        return found
    try:
        return _clearer(comparison, claim, target, _few(found, examples))
    except BudgetError:
        return found


def at_first_glance(
    comparison: Comparison, claim: m.MatrixExpr, target: Arrangement
) -> Counterexample | None:
    """A counterexample at the very first point."""
    return _example_at(comparison, SIZES[0], 0, claim, target)


def _few(
    found: Counterexample, examples: Iterator[Counterexample | None]
) -> list[Counterexample]:
    """An example and those of the next few points, up to the first readable one."""
    several = [found]
    more = filter(None, itertools.islice(examples, MORE))
    while not several[-1].is_readable and (one := next(more, None)):
        several.append(one)
    return several


def _clearer(
    comparison: Comparison,
    claim: m.MatrixExpr,
    target: Arrangement,
    found: list[Counterexample],
) -> Counterexample:
    """The first readable one of several, or an exact one at the origin."""
    best = next((one for one in found if one.is_readable), found[0])
    if best.is_exact or _excludes_zero(comparison, claim):
        return best
    origins = _origins(comparison)
    examples = (_example_at(comparison, SIZES[0], o, claim, target) for o in origins)
    return next((one for one in examples if one and one.is_exact), best)


def _excludes_zero(comparison: Comparison, claim: m.MatrixExpr) -> bool:
    """Whether an operation has a value but, by hypothesis, no derivative at zero."""
    exprs = (claim, *comparison.definitions.values())
    nodes = (node for expr in exprs for node in m.walk(expr))
    return any(isinstance(n, m.Operation) and n.row.bent_at_zero for n in nodes)


def _origins(comparison: Comparison) -> Iterator[Pattern]:
    """Patterns where vectors or numbers are zero: exp(0) is exact."""
    relevant = comparison.relevant

    def zero_where(is_zero: Callable[[m.Symbol], bool]) -> Pattern:
        ranks = {rank for rank, symbol in enumerate(relevant) if is_zero(symbol)}
        return lambda rank, place: Fraction(0 if rank in ranks else rank + place + 1)

    yield zero_where(lambda symbol: symbol == comparison.wrt)
    yield zero_where(lambda symbol: symbol.shape.order == 1)
    yield zero_where(lambda symbol: symbol.shape.order < 2)


def _example_at(
    comparison: Comparison,
    sizes: tuple[int, ...],
    values: Pattern | int,
    claim: m.MatrixExpr,
    target: Arrangement,
) -> Counterexample | None:
    try:
        point = _prepared(comparison.point(sizes, values), claim)
    except PointError:
        return None
    return _differs_at(comparison, point, claim, target)


def _differs_at(
    comparison: Comparison, point: Point, claim: m.MatrixExpr, target: Arrangement
) -> Counterexample | None:
    try:
        for at in comparison.places(point):
            truth = comparison.truth(point, at)
            claimed = matrix_entry(point.still(), claim, target, at)
            if differ(truth, claimed):
                return _example(comparison, point, claim, target, at, (truth, claimed))
    except PointError:
        return None
    return None


def _prepared(point: Point, claim: m.MatrixExpr) -> Point:
    """The point, with everything evaluated that is compared."""
    point.prepare()
    point.still().warm(claim)
    return point


def _example(
    comparison: Comparison,
    point: Point,
    claim: m.MatrixExpr,
    target: Arrangement,
    at: dict[ix.Index, int],
    values: tuple[Number, Number],
) -> Counterexample:
    components = (*comparison.of_indices, *comparison.by_indices)
    symbols = {s: _array(point, s) for s in comparison.relevant}
    shown = {s: value for s, value in symbols.items() if value is not None}
    return Counterexample(
        {dim: point.size(dim) for dim in _dims(comparison, claim, shown)},
        shown,
        _chosen(_read(comparison, claim, point)),
        tuple(n + 1 for n in gather(point, target.shape, target.indices, at)),
        tuple(at[i] + 1 for i in components),
        *show_apart(*values),
        is_readable(*values),
    )


def _dims(
    comparison: Comparison, claim: m.MatrixExpr, shown: Iterable[m.Symbol]
) -> dict[str, None]:
    """Dimensions of what is shown, of both formulas and of the names in them."""
    used = (comparison.definitions.get(s, s) for s in comparison.relevant)
    formulas = (comparison.formula or comparison.definitions[comparison.of],)
    exprs = (*comparison.ends, *shown, claim, *formulas, *used)
    nodes = (node for expr in exprs for node in m.walk(expr))
    dims = (
        dim
        for node in nodes
        for dim in (*node.shape.dims, *getattr(node, "parameters", ()))
    )
    return dict.fromkeys(name for dim in dims for name in named_dims(dim))


def _chosen(read: list[Chosen]) -> dict[tuple[Function, int, str], str]:
    """Chosen values by function, order and argument, no two arguments shown alike."""
    for digits in DIGITS:
        found = {
            (lookup(function.name), order, show(x, digits)): show(value)
            for function, order, x, value in read
        }
        if len(found) == len(read):
            break
    return found


def _read(comparison: Comparison, claim: m.MatrixExpr, point: Point) -> list[Chosen]:
    """The chosen values of generic functions that both formulas need."""
    formula = comparison.formula
    if formula is None or (not point.balls and is_transcendental(formula)):
        return point.table
    fresh = point.still().renewed()
    try:
        for symbol, body in comparison.definitions.items():
            if symbol in comparison.relevant:
                fresh.warm(body)
        fresh.warm(formula)
        fresh.warm(claim)
    except PointError:
        return point.table
    places = range(len(point.table)) if fresh.waiting else sorted(fresh.read)
    return [point.table[place] for place in places]


def _array(point: Point, symbol: m.Symbol) -> Any:
    """The values of a free symbol or of the variable; None where they are not exact."""
    if symbol in point.definitions and symbol != point.wrt:
        return None
    require_few(math.prod(map(point.size, symbol.shape.dims)))
    ranges = [range(point.size(dim)) for dim in symbol.shape.dims]
    places = list(itertools.product(*ranges))
    if symbol in point.definitions:
        found = [exact(point.still().jet(symbol, at).value) for at in places]
    else:
        found = [point.value(symbol, at) for at in places]
    known = [plain(value) for value in found if value is not None]
    if len(known) < len(places):
        return None
    values = dict(zip(places, known, strict=True))

    def nested(at: Place) -> Any:
        if len(at) == len(ranges):
            return values[at]
        return [nested((*at, i)) for i in ranges[len(at)]]

    return nested(())
