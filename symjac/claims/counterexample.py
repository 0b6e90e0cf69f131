"""Explicit points at which a claim and the true derivative can be told apart.

Dimensions are small, values small integers. The derivative at the point
comes from `evaluate`, never from the symbolic derivation that it is compared with.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symjac.claims.comparison import Comparison, gather, matrix_entry
from symjac.claims.evaluate import Point, require_few
from symjac.claims.jet import Number, Place, PointError
from symjac.claims.numbers import Pattern, is_readable, pattern, plain, show, show_apart
from symjac.errors import BudgetError
from symjac.expr.index import Index
from symjac.expr.matrix import MatrixExpr, Operation, Symbol, walk
from symjac.expr.shape import Dim, flatten
from symjac.library.functions import lookup
from symjac.library.row import Function
from symjac.rules.arrange import Arrangement

SIZES = ((2, 1, 3, 4, 5), (2, 3, 4, 5, 6), (3, 2, 4, 5, 6))
GUARD_SIZES = ((2, 3, 4, 5, 6), (3, 2, 5, 4, 6))
PATTERNS = 24
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
    symbols: dict[Symbol, Any]
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
    def functions(self) -> dict[str, str]:
        """Chosen values of generic functions' derivatives, such as `sigma'(1)`."""
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
    comparison: Comparison, claim: MatrixExpr, target: Arrangement
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


def _sizes(comparison: Comparison, claim: MatrixExpr) -> Iterator[int]:
    """Fixed dimensions that occur."""
    exprs = (claim, *comparison.ends, *comparison.definitions.values())
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
            still = _prepared(point, claim)
            for at in comparison.places(point):
                claimed = matrix_entry(still, claim, target, at)
                if not agree(comparison.truth(point, at), claimed):
                    return count, False
        except PointError:
            continue
        except BudgetError:
            break
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
    readable: bool = True,
) -> Counterexample | None:
    """The first point at which the claim is certainly wrong, or a readable one."""
    points = itertools.product(SIZES, map(pattern, range(patterns)))
    examples = (_example_at(comparison, *at, claim, target) for at in points)
    found = next(filter(None, examples), None)
    if found is None or found.is_clear or not readable:
        return found
    try:
        return _clearer(comparison, claim, target, _few(found, examples))
    except BudgetError:
        return found


def at_first_glance(
    comparison: Comparison, claim: MatrixExpr, target: Arrangement
) -> Counterexample | None:
    """A counterexample at the very first point."""
    return _example_at(comparison, SIZES[0], pattern(0), claim, target)


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
    claim: MatrixExpr,
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


def _excludes_zero(comparison: Comparison, claim: MatrixExpr) -> bool:
    """Whether an operation has a value but, by hypothesis, no derivative at zero."""
    exprs = (claim, *comparison.definitions.values())
    nodes = (node for expr in exprs for node in walk(expr))
    return any(isinstance(n, Operation) and n.row.bent_at_zero for n in nodes)


def _origins(comparison: Comparison) -> Iterator[Pattern]:
    """Patterns where vectors or numbers are zero: exp(0) is exact."""
    relevant = comparison.relevant

    def zero_where(is_zero: Callable[[Symbol], bool]) -> Pattern:
        ranks = {rank for rank, symbol in enumerate(relevant) if is_zero(symbol)}
        return lambda rank, place: Fraction(0 if rank in ranks else rank + place + 1)

    yield zero_where(lambda symbol: symbol == comparison.wrt)
    yield zero_where(lambda symbol: symbol.shape.order == 1)
    yield zero_where(lambda symbol: symbol.shape.order < 2)


def _example_at(
    comparison: Comparison,
    sizes: tuple[int, ...],
    values: Pattern,
    claim: MatrixExpr,
    target: Arrangement,
) -> Counterexample | None:
    try:
        return _differs_at(comparison, comparison.point(sizes, values), claim, target)
    except PointError:
        return None


def _differs_at(
    comparison: Comparison, point: Point, claim: MatrixExpr, target: Arrangement
) -> Counterexample | None:
    still = _prepared(point, claim)
    for at in comparison.places(point):
        truth = comparison.truth(point, at)
        claimed = matrix_entry(still, claim, target, at)
        if differ(truth, claimed):
            return _example(comparison, point, target, at, (truth, claimed))
    return None


def _prepared(point: Point, claim: MatrixExpr) -> Point:
    """The point without a variable, with everything evaluated that is compared."""
    point.prepare()
    still = point.still()
    if still is not point:
        still.prepare()
    still.warm(claim)
    return still


def _example(
    comparison: Comparison,
    point: Point,
    target: Arrangement,
    at: dict[Index, int],
    values: tuple[Number, Number],
) -> Counterexample:
    used = [s for s in comparison.relevant if s not in comparison.definitions]
    sizes = (d for s in (*comparison.ends, *used) for d in s.shape.dims)
    dims = dict.fromkeys(dim for dim in sizes if isinstance(dim, str))
    chosen = {
        (lookup(function.name), order, show(x)): show(value)
        for function, order, x, value in point.table
        if order or comparison.wrt is None
    }
    components = (*comparison.of_indices, *comparison.by_indices)
    return Counterexample(
        {dim: point.size(dim) for dim in dims},
        {symbol: _array(point, symbol) for symbol in used},
        chosen,
        tuple(n + 1 for n in gather(point, target.shape, target.indices, at)),
        tuple(at[i] + 1 for i in components),
        *show_apart(*values),
        is_readable(*values),
    )


def _array(point: Point, symbol: Symbol) -> Any:
    def nested(dims: tuple[Dim, ...], at: Place) -> Any:
        if not dims:
            return plain(point.value(symbol, at))
        return [nested(dims[1:], (*at, i)) for i in range(point.size(dims[0]))]

    require_few(math.prod(map(point.size, symbol.shape.dims)))
    return nested(symbol.shape.dims, ())
