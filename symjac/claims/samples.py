r"""Exact values at points: patterns, what has declared properties, how they are shown.

    orthogonal (I - S)(I + S)^{-1}          positive definite L L^T + I
    projection I - v v^T / v^T v            unit: by stereographic projection
    commuting with B: a polynomial in B     probability: positive, over their sum

Every array is checked against every property before it is used.
Source: Golub and Van Loan, 5.1 and problem 5.1.8 (Cayley transform).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product

from symjac.claims.evaluate import Point
from symjac.claims.linear import Jet, Number, Place, PointError, eliminate, expansion
from symjac.language.meaning import instance
from symjac.library.properties import COMMUTES, PROPERTIES, Also
from symjac.terms import matrix as m
from symjac.terms.exact import bounded
from symjac.terms.shape import Dim, Kind, Shape

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


Raw = Callable[[Place], Fraction]
Values = dict[Place, Fraction]
Matrix = list[list[Fraction]]
ZERO, ONE = Fraction(0), Fraction(1)


def sample(symbol: m.Symbol, sizes: tuple[int, ...], raw: Raw, other: Raw) -> Values:
    """All entries of a symbol.

    Args:
        sizes: sizes of its dimensions.
        raw: entries without properties.
        other: entries of the matrix that it is declared to commute with.

    Raises:
        PointError: no such array was found for these entries.
    """
    places = list(product(*map(range, sizes)))
    values = _make(symbol, sizes, places, raw, other)
    for word in symbol.properties:
        if not holds(word, sizes, values, other):
            raise PointError(f"no value of {symbol} that is {word}")
    return values


def _make(
    symbol: m.Symbol, sizes: tuple[int, ...], places: list[Place], raw: Raw, other: Raw
) -> Values:
    words = symbol.properties
    entry = _entrywise(words, sizes)
    if entry is not None:
        return {at: entry(at, raw) for at in places}
    if len(sizes) == 2:
        return _flat(_matrix(words, sizes, raw, other))
    return _vector(words, sizes[0] if sizes else 1, places, raw)


def _entrywise(
    words: tuple[str, ...], sizes: tuple[int, ...]
) -> Callable[[Place, Raw], Fraction] | None:
    """Properties that each entry has by itself."""
    if "zero" in words or "binary" in words:
        size = 1 if "zero" in words else 2
        return lambda at, raw: Fraction(int(raw(at)) % size)
    if "identity" in words:
        return lambda at, raw: Fraction(int(at[0] == at[1]))
    if "scalar" in words:
        return lambda at, raw: raw((0, 0)) if at[0] == at[1] else ZERO
    if "diagonal" in words:
        return lambda at, raw: raw(at) if at[0] == at[1] else ZERO
    if words == ("symmetric",):
        return lambda at, raw: raw((min(at), max(at)))
    if words == ("skew",):
        return _skew_entry
    if words in (("positive",), ("positive", "symmetric")):
        return lambda at, raw: _positive(raw, at, sort="symmetric" in words)
    return None


def _positive(raw: Raw, at: Place, *, sort: bool) -> Fraction:
    place = (min(at), max(at)) if sort else at
    return abs(raw(place)) or ONE


def _skew_entry(at: Place, raw: Raw) -> Fraction:
    if at[0] == at[1]:
        return ZERO
    return raw(at) if at[0] < at[1] else -raw((at[1], at[0]))


def _matrix(
    words: tuple[str, ...], sizes: tuple[int, ...], raw: Raw, other: Raw
) -> Matrix:
    height, width = sizes
    plain = [[raw((i, j)) for j in range(width)] for i in range(height)]
    if any(word.startswith(COMMUTES) for word in words):
        partner = [[other((i, j)) for j in range(width)] for i in range(height)]
        square = multiply(partner, partner)
        shift = raw((0, 0))
        return _entries(
            sizes,
            lambda i, j: square[i][j] + 2 * partner[i][j] + (shift if i == j else ZERO),
        )
    if "positive_definite" in words:
        lower = _entries(sizes, lambda i, j: plain[i][j] if j <= i else ZERO)
        gram = multiply(lower, turned(lower))
        return _entries(sizes, lambda i, j: gram[i][j] + int(i == j))
    if "projection" in words or {"orthogonal", "symmetric"} <= set(words):
        times = 1 if "projection" in words else 2
        return _reflection([raw((i, 0)) for i in range(height)], times)
    if "orthogonal" in words or "orthonormal_columns" in words:
        return [line[:width] for line in _cayley(max(sizes), raw)[:height]]
    return plain


def _entries(sizes: tuple[int, ...], at: Callable[[int, int], Fraction]) -> Matrix:
    return [[at(i, j) for j in range(sizes[1])] for i in range(sizes[0])]


def _reflection(vector: list[Fraction], times: int) -> Matrix:
    """I - times * v v^T / v^T v; the identity of size 1."""
    size = len(vector)
    square = sum(v * v for v in vector)
    if not square or size == 1:
        return _entries((size, size), lambda i, j: Fraction(int(i == j)))
    return _entries(
        (size, size), lambda i, j: int(i == j) - times * vector[i] * vector[j] / square
    )


def _cayley(size: int, raw: Raw) -> Matrix:
    skew = _entries((size, size), lambda i, j: _skew_entry((i, j), raw))
    minus = _entries((size, size), lambda i, j: int(i == j) - skew[i][j])
    plus = _entries((size, size), lambda i, j: int(i == j) + skew[i][j])
    return multiply(minus, inverse(plus))


def multiply(left: Matrix, right: Matrix) -> Matrix:
    """Matrix product."""
    columns = turned(right)
    return [
        [sum((a * b for a, b in zip(line, c, strict=True)), ZERO) for c in columns]
        for line in left
    ]


def turned(matrix: Matrix) -> Matrix:
    """Transpose."""
    return [list(column) for column in zip(*matrix, strict=True)]


def inverse(matrix: Matrix) -> Matrix:
    """Inverse by elimination.

    Raises:
        PointError: the matrix is singular.
    """
    found, _ = eliminate(_EXACT, [[Jet(v, {}) for v in line] for line in matrix])
    return [[jet.value for jet in line] for line in found]


def _flat(matrix: Matrix) -> Values:
    return {(i, j): v for i, line in enumerate(matrix) for j, v in enumerate(line)}


def _vector(words: tuple[str, ...], size: int, places: list[Place], raw: Raw) -> Values:
    values = [raw(at) for at in places]
    if "unit" in words:
        chosen = values[:-1]
        square = sum((v * v for v in chosen), ZERO)
        values = [*(2 * v / (square + 1) for v in chosen), (square - 1) / (square + 1)]
    if "one_hot" in words:
        place = int(values[0]) % size
        values = [Fraction(int(n == place)) for n in range(size)]
    if "sums_to_one" in words:
        total = sum(values)
        values = [v / total if total else Fraction(1, size) for v in values]
    if "probability" in words:
        positive = [abs(v) + 1 for v in values]
        values = [v / sum(positive) for v in positive]
    return dict(zip(places, values, strict=True))


def holds(word: str, sizes: tuple[int, ...], values: Values, other: Raw) -> bool:
    """Whether the array has a property: its equations hold, and what is none."""
    dims: dict[str, Dim] = dict(
        zip("mn" if len(sizes) == 2 else "n", sizes, strict=False)
    )
    shape = Shape((Kind.SCALAR, Kind.COLUMN, Kind.MATRIX)[len(sizes)], sizes)
    own, partner = m.Symbol("A", shape), m.Symbol("B", shape)
    operands: dict[str, m.MatrixExpr] = {"A": own, "B": partner}
    point = Point(
        {}, lambda s, at: values[at] if s == own else other(at), _none, None, {}
    )
    commutes = word.startswith(COMMUTES)
    relations = ("A @ B = B @ A",) if commutes else PROPERTIES[word].relations
    for relation in relations:
        left, right = (instance(side, operands, dims) for side in relation.split(" = "))
        for at in product(*(range(dim) for dim in _ints(left))):
            if point.jet(left, at).value != point.jet(right, at).value:
                return False
    return commutes or _also(PROPERTIES[word].also, sizes, values)


def _none(order: int, count: int) -> Fraction:
    raise AssertionError("no generic functions in relations")


_EXACT = Point({}, lambda symbol, at: ZERO, _none, None, {})


def _ints(expr: m.MatrixExpr) -> tuple[int, ...]:
    return tuple(dim for dim in expr.shape.dims if isinstance(dim, int))


def _also(also: Also, sizes: tuple[int, ...], values: Values) -> bool:
    if also is Also.POSITIVE:
        return min(values.values()) > 0
    if also is Also.NOTHING:
        return True
    matrix = [[values[i, j] for j in range(sizes[1])] for i in range(sizes[0])]
    return _minors(matrix) if also is Also.DEFINITE else bool(inverse(matrix))


def _minors(matrix: Matrix) -> bool:
    """Whether all leading minors are positive (Sylvester)."""
    jets = [[Jet(v, {}) for v in line] for line in matrix]
    corners = (
        [line[:size] for line in jets[:size]] for size in range(1, len(jets) + 1)
    )
    return all(expansion(_EXACT, corner).value > 0 for corner in corners)
