"""Values and slopes of named operations over explicit entries, from their meaning.

Matrices are eliminated with dual numbers (Gauss-Jordan), exponentials come from Arb's
matrix exponential of a block matrix: nothing here knows a derivative formula.
Source: Griewank and Walther (2008), ch. 3; Higham (2008), theorem 3.6 (block form).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symjac.claims.linear import (
    Entries,
    Jet,
    Number,
    Place,
    PointError,
    Rows,
    constant,
    eigen,
    eliminate,
    expansion,
    exponential,
    power,
    product,
    times,
    total,
)
from symjac.lazy import lazy_import
from symjac.library.functions import lookup
from symjac.terms import matrix as m
from symjac.terms.operations import as_matrix
from symjac.terms.shape import Kind, Shape

if TYPE_CHECKING:
    import flint
else:
    flint = lazy_import("flint")

Array = dict[Place, Jet]


def sizes(point: Entries, shape: Shape) -> tuple[int, ...]:
    """Sizes of a shape's dimensions."""
    return tuple(point.size(dim) for dim in shape.dims)


def entries(point: Entries, expr: m.MatrixExpr) -> list[Jet]:
    """All entries of an operand, row by row."""
    ranges = map(range, sizes(point, expr.shape))
    return [point.jet(expr, at) for at in itertools.product(*ranges)]


def rows(point: Entries, expr: m.MatrixExpr) -> Rows:
    """A matrix operand."""
    height, width = sizes(point, expr.shape)
    return [[point.jet(expr, (i, j)) for j in range(width)] for i in range(height)]


def array(point: Entries, node: m.Operation) -> Array:
    """All entries of an operation's result."""
    return _TABLE[node.name](point, node)


def _scalar(jet: Jet) -> Array:
    return {(): jet}


def _matrix(found: Rows) -> Array:
    return {(i, j): jet for i, line in enumerate(found) for j, jet in enumerate(line)}


def _vector(node: m.Operation, jets: list[Jet]) -> Array:
    return {(i,): jet for i, jet in enumerate(jets)}


def _inv(point: Entries, node: m.Operation) -> Array:
    return _matrix(eliminate(point, rows(point, node.args[0]))[0])


def _pinv(point: Entries, node: m.Operation) -> Array:
    """Of full rank: by the inverse of the smaller Gram matrix."""
    tall, gram, is_wide = _grams(point, node)
    found = product(point, tall, eliminate(point, gram)[0])
    return _matrix(found if is_wide else [list(c) for c in zip(*found, strict=True)])


def _det(point: Entries, node: m.Operation) -> Array:
    found = expansion(point, rows(point, node.args[0]))
    if found.slopes and not found.value != 0:
        raise PointError("a singular matrix: its determinant is not differentiated")
    return _scalar(found)


def _matpow(point: Entries, node: m.Operation) -> Array:
    (exponent,) = node.parameters
    assert isinstance(exponent, int)
    matrix = rows(point, node.args[0])
    if exponent < 0:
        matrix = eliminate(point, matrix)[0]
    size = len(matrix)
    whole = [[constant(point, int(i == j)) for j in range(size)] for i in range(size)]
    for _ in range(abs(exponent)):
        whole = product(point, whole, matrix)
    return _matrix(whole)


def _expm(point: Entries, node: m.Operation) -> Array:
    """exp([[A, E], [0, A]]) holds the derivative in direction E above the diagonal."""
    matrix = rows(point, node.args[0])
    size = len(matrix)
    places = sorted({place for line in matrix for jet in line for place in jet.slopes})
    zero = point.number(Fraction(0))
    values = [[jet.value for jet in line] for line in matrix]
    plain = exponential(values)
    slopes: dict[tuple[int, int], dict[Place, Number]] = {}
    for place in places:
        turn = [[jet.slopes.get(place, zero) for jet in line] for line in matrix]
        upper = [[*a, *e] for a, e in zip(values, turn, strict=True)]
        lower = [[*([zero] * size), *a] for a in values]
        block = exponential([*upper, *lower])
        for i, j in itertools.product(range(size), repeat=2):
            slopes.setdefault((i, j), {})[place] = block[i][size + j]
    return {
        (i, j): Jet(plain[i][j], slopes.get((i, j), {}))
        for i, j in itertools.product(range(size), repeat=2)
    }


def _of_eigenvalues(
    point: Entries, matrix: Rows, function: Callable[[Jet], Jet]
) -> Rows:
    """f(M) of a symmetric matrix: the sum of f(x) times the projection."""
    parts = [
        [[times(function(value), jet) for jet in line] for line in projection]
        for value, projection in eigen(point, matrix)
    ]
    return [
        [total(point, list(jets)) for jets in zip(*lines, strict=True)]
        for lines in zip(*parts, strict=True)
    ]


def _root(point: Entries, exponent: Fraction) -> Callable[[Jet], Jet]:
    return lambda value: power(value, exponent, point.number)


def _logm(point: Entries, node: m.Operation) -> Array:
    def log(value: Jet) -> Jet:
        return point.elementwise(lookup("log"), 0, value)

    return _matrix(_of_eigenvalues(point, rows(point, node.args[0]), log))


def _sqrtm(point: Entries, node: m.Operation) -> Array:
    root = _root(point, Fraction(1, 2))
    return _matrix(_of_eigenvalues(point, rows(point, node.args[0]), root))


def _largest_pair(point: Entries, node: m.Operation) -> tuple[Jet, Rows]:
    pairs = eigen(point, rows(point, node.args[0]))
    return pairs[_largest([value for value, _ in pairs])]


def _lambda_max(point: Entries, node: m.Operation) -> Array:
    return _scalar(_largest_pair(point, node)[0])


def _eigenprojection(point: Entries, node: m.Operation) -> Array:
    return _matrix(_largest_pair(point, node)[1])


def _grams(point: Entries, node: m.Operation) -> tuple[Rows, Rows, bool]:
    """The taller of the matrix and its transpose, its Gram matrix, if it was turned."""
    matrix = rows(point, node.args[0])
    turned = [list(column) for column in zip(*matrix, strict=True)]
    is_wide = len(matrix) < len(turned)
    tall, wide = (turned, matrix) if is_wide else (matrix, turned)
    return tall, product(point, wide, tall), is_wide


def _nuclear_norm(point: Entries, node: m.Operation) -> Array:
    root = _root(point, Fraction(1, 2))
    values = [root(value) for value, _ in eigen(point, _grams(point, node)[1])]
    return _scalar(total(point, values))


def _polar(point: Entries, node: m.Operation) -> Array:
    tall, gram, is_wide = _grams(point, node)
    inverse = _of_eigenvalues(point, gram, _root(point, Fraction(-1, 2)))
    found = product(point, tall, inverse)
    return _matrix([list(c) for c in zip(*found, strict=True)] if is_wide else found)


def _pi(point: Entries, node: m.Operation) -> Array:
    return _scalar(Jet(flint.arb.pi(), {}))


def _trace(point: Entries, node: m.Operation) -> Array:
    (arg,) = node.args
    size = point.size(arg.shape.dims[0])
    return _scalar(total(point, [point.jet(arg, (i, i)) for i in range(size)]))


def _diagonal(point: Entries, node: m.Operation) -> Array:
    (arg,) = node.args
    size = point.size(arg.shape.dims[0])
    return _vector(node, [point.jet(arg, (i, i)) for i in range(size)])


def _sum(point: Entries, node: m.Operation) -> Array:
    return _scalar(total(point, entries(point, node.args[0])))


def _prod(point: Entries, node: m.Operation) -> Array:
    whole = constant(point, 1)
    for jet in entries(point, node.args[0]):
        whole = times(whole, jet)
    if whole.slopes and not whole.value != 0:
        raise PointError("a product with a zero entry is not differentiated")
    return _scalar(whole)


def _largest(jets: list[Jet]) -> int:
    """Position of the entry that is certainly the largest."""
    for place, jet in enumerate(jets):
        others = (o.value for n, o in enumerate(jets) if n != place)
        if all(jet.value > other for other in others):
            return place
    raise PointError("two largest entries")


def _max(point: Entries, node: m.Operation) -> Array:
    jets = entries(point, node.args[0])
    return _scalar(jets[_largest(jets)])


def _hardmax(point: Entries, node: m.Operation) -> Array:
    jets = entries(point, node.args[0])
    place = _largest(jets)
    found = [constant(point, int(n == place)) for n in range(len(jets))]
    return _vector(node, found)


def _row_max(point: Entries, node: m.Operation) -> Array:
    lines = rows(point, node.args[0])
    return _vector(node, [line[_largest(line)] for line in lines])


def _row_hardmax(point: Entries, node: m.Operation) -> Array:
    lines = rows(point, node.args[0])
    places = map(_largest, lines)
    return _matrix(
        [
            [constant(point, int(n == place)) for n in range(len(line))]
            for place, line in zip(places, lines, strict=True)
        ]
    )


def _tril(point: Entries, node: m.Operation) -> Array:
    lines = _matrix(rows(point, node.args[0]))
    return {
        (i, j): jet if j <= i else constant(point, 0) for (i, j), jet in lines.items()
    }


def _vec(point: Entries, node: m.Operation) -> Array:
    columns = zip(*rows(point, node.args[0]), strict=True)
    return _vector(node, [jet for column in columns for jet in column])


def _upright(point: Entries, expr: m.MatrixExpr) -> Rows:
    """Any operand as a matrix."""
    height, width = (point.size(dim) for dim in as_matrix(expr.shape))
    jets = entries(point, expr)
    return [jets[i * width : (i + 1) * width] for i in range(height)]


def _like(node: m.Operation, found: Rows) -> Array:
    """A matrix as the kind that the operation gives."""
    if node.shape.kind is Kind.MATRIX:
        return _matrix(found)
    return _vector(node, [jet for line in found for jet in line])


def _kron(point: Entries, node: m.Operation) -> Array:
    left, right = (_upright(point, arg) for arg in node.args)
    found = [
        [times(a, b) for a in upper for b in lower] for upper in left for lower in right
    ]
    return _like(node, found)


def _hstack(point: Entries, node: m.Operation) -> Array:
    parts = [_upright(point, arg) for arg in node.args]
    found = [
        [jet for line in lines for jet in line] for lines in zip(*parts, strict=True)
    ]
    return _like(node, found)


def _vstack(point: Entries, node: m.Operation) -> Array:
    return _like(node, [line for arg in node.args for line in _upright(point, arg)])


def _commutation(point: Entries, node: m.Operation) -> Array:
    """Row (i, j) has its 1 in column (j, i)."""
    first, second = (point.size(dim) for dim in node.parameters)
    found: Array = {}
    for i, j, k, s in itertools.product(
        range(first), range(second), range(second), range(first)
    ):
        at = (i * second + j, k * first + s)
        found[at] = constant(point, int((i, j) == (s, k)))
    return found


def _selector(point: Entries, node: m.Operation) -> Array:
    place, *parts = node.parameters
    assert isinstance(place, int)
    counts = [point.size(part) for part in parts]
    start = sum(counts[: place - 1])
    if node.shape.kind is Kind.COLUMN:
        return {(i,): constant(point, int(i == start)) for i in range(sum(counts))}
    pairs = itertools.product(range(sum(counts)), range(counts[place - 1]))
    return {(i, j): constant(point, int(i == start + j)) for i, j in pairs}


def _dim(point: Entries, node: m.Operation) -> Array:
    return _scalar(constant(point, point.size(node.parameters[0])))


_TABLE: dict[str, Callable[[Any, m.Operation], Array]] = {
    "tr": _trace,
    "det": _det,
    "inv": _inv,
    "pinv": _pinv,
    "matpow": _matpow,
    "expm": _expm,
    "logm": _logm,
    "sqrtm": _sqrtm,
    "lambda_max": _lambda_max,
    "eigenprojection": _eigenprojection,
    "nuclear_norm": _nuclear_norm,
    "polar": _polar,
    "pi": _pi,
    "sum": _sum,
    "prod": _prod,
    "max": _max,
    "hardmax": _hardmax,
    "row_max": _row_max,
    "row_hardmax": _row_hardmax,
    "tril": _tril,
    "diagonal": _diagonal,
    "vec": _vec,
    "kron": _kron,
    "hstack": _hstack,
    "vstack": _vstack,
    "commutation": _commutation,
    "selector": _selector,
    "dim": _dim,
}
