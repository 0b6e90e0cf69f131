"""Dual numbers, a value with its slopes, and linear algebra over them.

Elimination, determinants, eigenvalues, matrix exponentials: nothing here knows a
derivative formula.
Source: Griewank and Walther (2008), ch. 3; Golub and Van Loan, 3.2 (elimination);
Johansson (2017), "Arb".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from symjac.errors import BudgetError, SymjacError
from symjac.lazy import lazy_import
from symjac.library.row import Meaning
from symjac.rewrite.budget import spend
from symjac.terms import exact
from symjac.terms import matrix as m
from symjac.terms.shape import Dim

if TYPE_CHECKING:
    import flint
else:
    flint = lazy_import("flint")

SLOPE = 0.1  # of a step

Place = tuple[int, ...]
Number = Any


class PointError(SymjacError):
    """A function is undefined, or not differentiable, at this point."""


class TooLarge(PointError):
    """A number at this point is too long."""


@dataclass(frozen=True, slots=True)
class Jet:
    """A value with its derivatives by the variable's entries, zeros left out."""

    value: Number
    slopes: dict[Place, Number]


def combine(parts: list[tuple[Number, Jet]], value: Number) -> Jet:
    """A number whose slopes are weighted sums of others' slopes."""
    if isinstance(value, Fraction) and exact.bits(value) > exact.MAX_BITS:
        raise TooLarge(exact.TOO_LARGE)
    slopes: dict[Place, Number] = {}
    sloping = [part for part in parts if part[1].slopes]
    spend(SLOPE * (1 + sum(len(jet.slopes) for _, jet in sloping)))
    for weight, jet in sloping:
        for place, slope in jet.slopes.items():
            slopes[place] = slopes.get(place, 0) + weight * slope
    return Jet(value, slopes)


def times(left: Jet, right: Jet) -> Jet:
    """Product."""
    if not (left.slopes or right.slopes):
        return combine([], left.value * right.value)
    return combine([(right.value, left), (left.value, right)], left.value * right.value)


def power(base: Jet, exponent: Fraction, number: Callable[[Fraction], Number]) -> Jet:
    """A rational power.

    Raises:
        PointError: zero to a negative power, or a root of a number not positive.
    """
    if exponent < 0 and not base.value != 0:
        raise PointError("division by zero")
    if exponent.denominator != 1:
        if not base.value > 0:
            raise PointError("a root of a number that is not positive")
        value = base.value ** number(exponent)
        return combine([(number(exponent) * value / base.value, base)], value)
    whole = int(exponent)
    slope = whole * whole_power(base.value, whole - 1) if whole not in (0, 1) else whole
    return combine([(slope, base)], whole_power(base.value, whole))


def whole_power(base: Number, exponent: int) -> Number:
    """A whole power; of a ball by multiplication, which is certain around zero too."""
    if isinstance(base, Fraction | int):
        try:
            return exact.whole_power(Fraction(base), exponent)
        except BudgetError as error:
            raise TooLarge(error.message) from None
    if exponent < 0:
        return 1 / whole_power(base, -exponent)
    result, square = base * 0 + 1, base
    while exponent:
        if exponent % 2:
            result = result * square
        square, exponent = square * square, exponent // 2
    return result


Rows = list[list[Jet]]


class Entries(Protocol):
    """What an operation needs of a point: entries of operands, sizes, functions."""

    balls: bool

    def jet(self, expr: m.MatrixExpr, at: Place) -> Jet:
        """Value and slopes of one entry."""

    def size(self, dim: Dim) -> int:
        """Size of a dimension."""

    def number(self, value: Fraction) -> Number:
        """A rational in the point's arithmetic."""

    def elementwise(self, function: Meaning, order: int, inner: Jet) -> Jet:
        """An elementwise function of a dual number."""


def total(point: Entries, jets: list[Jet]) -> Jet:
    """Sum of dual numbers."""
    start = point.number(Fraction(0))
    return combine([(1, jet) for jet in jets], sum((j.value for j in jets), start))


def constant(point: Entries, value: int | Fraction) -> Jet:
    """A number with no slopes."""
    return Jet(point.number(Fraction(value)), {})


def eliminate(point: Entries, matrix: Rows) -> tuple[Rows, Jet]:
    """Inverse and determinant by Gauss-Jordan elimination.

    Raises:
        PointError: no pivot is certainly different from zero.
    """
    size = len(matrix)
    work = [
        [*line, *(constant(point, int(i == j)) for j in range(size))]
        for i, line in enumerate(matrix)
    ]
    determinant = constant(point, 1)
    for column in range(size):
        pivot = next((r for r in range(column, size) if work[r][column].value != 0), -1)
        if pivot < 0:
            raise PointError("a singular matrix")
        if pivot != column:
            work[column], work[pivot] = work[pivot], work[column]
            determinant = times(constant(point, -1), determinant)
        head = work[column][column]
        determinant = times(determinant, head)
        over = power(head, Fraction(-1), point.number)
        work[column] = [times(over, jet) for jet in work[column]]
        for other in range(size):
            factor = work[other][column]
            if other != column:
                work[other] = [
                    minus(jet, times(factor, own))
                    for jet, own in zip(work[other], work[column], strict=True)
                ]
    return [line[size:] for line in work], determinant


def minus(left: Jet, right: Jet) -> Jet:
    """Difference of dual numbers."""
    return combine([(1, left), (-1, right)], left.value - right.value)


def product(point: Entries, left: Rows, right: Rows) -> Rows:
    """Matrix product."""
    columns = list(zip(*right, strict=True))
    return [
        [
            total(point, [times(a, b) for a, b in zip(line, c, strict=True)])
            for c in columns
        ]
        for line in left
    ]


def expansion(point: Entries, matrix: Rows) -> Jet:
    """Determinant by expansion along the first row: no pivots, singular or not."""
    if len(matrix) == 1:
        return matrix[0][0]
    if len(matrix) > 4:
        return eliminate(point, matrix)[1]
    parts = []
    for column, head in enumerate(matrix[0]):
        minor = [[*line[:column], *line[column + 1 :]] for line in matrix[1:]]
        sign = constant(point, -1 if column % 2 else 1)
        parts.append(times(sign, times(head, expansion(point, minor))))
    return total(point, parts)


def eigen(point: Entries, matrix: Rows) -> list[tuple[Jet, Rows]]:
    """Simple eigenvalues of a symmetric matrix, ascending, with their projections.

    A projection is the adjugate of x I - M over its trace, at the eigenvalue x; the
    slopes of x are those of one step of Newton's method for det(x I - M) = 0.

    Raises:
        PointError: eigenvalues that cannot be told apart.
    """
    size = len(matrix)
    try:
        values = flint.acb_mat([[j.value for j in line] for line in matrix]).eig()
    except ValueError:
        raise PointError("eigenvalues that cannot be told apart") from None
    found = []
    for value in sorted((v.real for v in values), key=lambda v: float(v.mid())):
        rest = _shifted(point, matrix, Jet(value, {}))
        slope = total(point, [_minor(point, rest, i, i) for i in range(size)]).value
        step = power(Jet(slope, {}), Fraction(-1), point.number)
        root = minus(Jet(value, {}), times(step, expansion(point, rest)))
        root = Jet(value, root.slopes)
        rest = _shifted(point, matrix, root)
        cofactors = [
            [_minor(point, rest, j, i) for j in range(size)] for i in range(size)
        ]
        trace = total(point, [cofactors[i][i] for i in range(size)])
        over = power(trace, Fraction(-1), point.number)
        found.append((root, [[times(over, jet) for jet in line] for line in cofactors]))
    return found


def _shifted(point: Entries, matrix: Rows, value: Jet) -> Rows:
    """The matrix x I - M."""
    zero = constant(point, 0)
    return [
        [minus(value if i == j else zero, jet) for j, jet in enumerate(line)]
        for i, line in enumerate(matrix)
    ]


def _minor(point: Entries, matrix: Rows, row: int, column: int) -> Jet:
    """The cofactor of one entry."""
    sign = constant(point, -1 if (row + column) % 2 else 1)
    if len(matrix) == 1:
        return sign
    left = [
        [*line[:column], *line[column + 1 :]]
        for i, line in enumerate(matrix)
        if i != row
    ]
    return times(sign, expansion(point, left))


def exponential(values: list[list[Number]]) -> list[list[Number]]:
    """Matrix exponential of a matrix of balls."""
    found = flint.arb_mat(values).exp()
    size = len(values)
    return [[found[i, j] for j in range(size)] for i in range(size)]
