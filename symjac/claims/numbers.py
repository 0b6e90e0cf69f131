"""Numbers of counterexamples: patterns of values to try, and how numbers are shown."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from symjac.claims.jet import Number
from symjac.terms.exact import bounded

FRACTIONS = range(8, 14)  # patterns of small fractions, for functions on (-1, 1)
PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53)
SPANS = ((7, -3), (3, -1), (9, 1))  # how many whole numbers, and the least
BELOW_ZERO = 1  # the patterns of fractions where generic functions are negative
SIGNED = 7  # the span of the pattern with both signs and no zero
READABLE_GAP = 0.05
READABLE = (0.001, 1e6)  # the range of numbers whose first digits say enough
BITS = 24  # longer binary fractions are shown as decimals
DIGITS = range(7, 36, 7)  # how many are tried to tell numbers apart
ROUNDED = 5e-7  # what rounds to 0.000000
Pattern = Callable[[int, int], Fraction]


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
    span, low = SPANS[number % len(SPANS)]
    unit = Fraction(1, 16) if number in FRACTIONS else Fraction(1)

    def scattered(rank: int, position: int) -> Fraction:
        state = (position + 1) * 7919 + number * 104729 + rank * 1299709
        for _ in range(3):
            state = (state * 1103515245 + 12345) % 2**31
        value = low + (state >> 16) % span
        return (value or span) * unit if span == SIGNED else value * unit

    return scattered


def generic_value(number: int, order: int, count: int) -> Fraction:
    """The new value of a generic function, or of its derivative of given order.

    Primes, all different; with fractions, a function has values on (0, 1) or (-1, 0),
    so that it may stand under a logarithm, also its difference from 1.
    """
    if order == 0 and number in FRACTIONS:
        size = Fraction(count + 1, count + 2)
        return -size if number % len(SPANS) == BELOW_ZERO else size
    first = {1: 0, 0: 5, 2: 9}.get(order, 11 + order)
    turn, place = divmod(first + count, len(PRIMES))
    return Fraction(PRIMES[place] + 60 * turn)


def plain(value: Fraction) -> int | str:
    """An integer, or a rational as text."""
    return int(value) if value.denominator == 1 else str(value)


def is_readable(derived: Number, claimed: Number) -> bool:
    """Whether a reader sees at once that two numbers differ."""
    low, high = READABLE
    is_plain = all(
        one == 0 or (abs(one) > low and abs(one) < high) for one in (derived, claimed)
    )
    return is_plain and bool(abs(derived - claimed) > READABLE_GAP)


def show_apart(left: Number, right: Number) -> tuple[str, str]:
    """Two different numbers for people, with as many digits as tell them apart."""
    for digits in DIGITS:
        texts = show(left, digits), show(right, digits)
        if texts[0] != texts[1]:
            break
    return texts


def show(value: Number, digits: int = DIGITS.start) -> str:
    """A number for people: exact, or some certain digits of a ball."""
    if isinstance(value, Fraction | int):
        return str(bounded(Fraction(value)))
    short = exact(value)
    if short is not None:
        return str(short)
    if abs(value) < ROUNDED and value.contains(0):
        return "0.000000"
    return str(value.str(digits, radius=False))


def exact(ball: Number) -> Fraction | None:
    """A rational, or the short binary fraction that a ball without radius is."""
    if isinstance(ball, Fraction | int):
        return Fraction(ball)
    if not ball.is_exact():
        return None
    mantissa, exponent = map(int, ball.mid().man_exp())
    if abs(exponent) > BITS or abs(mantissa).bit_length() > BITS:
        return None
    return mantissa * Fraction(2) ** exponent
