"""Dual numbers: a value with its slopes by the variable's entries.

Source: Griewank and Walther (2008), ch. 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symjac.errors import BudgetError, SymjacError
from symjac.rewrite.budget import spend
from symjac.terms import exact

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
