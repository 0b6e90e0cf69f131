"""Exact numbers of bounded size: powers of powers end in an error, not in the memory.

The bound counts bits, so that the answer is the same on every machine; numbers within
it can be printed.
"""

from __future__ import annotations

from fractions import Fraction

from symjac.errors import BudgetError, Span

MAX_BITS = 8_192
TOO_LARGE = f"an exact number of more than {MAX_BITS} bits"
HINT = "write a letter in its place"


def bits(value: Fraction | int) -> int:
    """The length of a rational: of its numerator and its denominator together."""
    return value.numerator.bit_length() + value.denominator.bit_length() - 1


def bounded(value: Fraction, span: Span | None = None) -> Fraction:
    """The number itself.

    Raises:
        BudgetError: it is too large, at its place.
    """
    if bits(value) > MAX_BITS:
        raise BudgetError(TOO_LARGE, span, hint=HINT)
    return value


def whole_power(base: Fraction, exponent: int, span: Span | None = None) -> Fraction:
    """A power that is refused before it is worked out where it is too large."""
    if abs(base.numerator) == base.denominator == 1:
        return base ** (exponent % 2)
    if bits(base) * abs(exponent) > MAX_BITS + abs(exponent):
        raise BudgetError(TOO_LARGE, span, hint=HINT)
    return bounded(base**exponent, span)
