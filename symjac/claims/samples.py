r"""Exact values of symbols that have the properties declared of them.

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
from symjac.claims.jet import Jet, Place, PointError
from symjac.claims.linear import eliminate, expansion
from symjac.language.meaning import instance
from symjac.library.properties import COMMUTES, PROPERTIES, Also
from symjac.terms import matrix as m
from symjac.terms.shape import Dim, Kind, Shape

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
