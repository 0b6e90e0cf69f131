"""NumPy's meaning of the named operations, over two-dimensional arrays.

Nothing here differentiates; complex arguments pass through, for complex steps.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from symjac.terms.matrix import Operation
from symjac.terms.shape import Compound, Dim

Array = Any
Sizes = Callable[[Dim], int]


def _largest(x: Array) -> int:
    return int(np.argmax(np.real(x).ravel()))


def _hardmax(x: Array) -> Array:
    found = np.zeros(x.size)
    found[_largest(x)] = 1
    return found.reshape(x.shape)


def _softmax(x: Array, lib: ModuleType) -> Array:
    powers = lib.exp(x)
    return powers / lib.sum(powers)


def _scalar(value: Array, lib: ModuleType) -> Array:
    return lib.reshape(value, (1, 1))


def _expm(matrix: Array) -> Array:
    """Taylor series of the matrix over 2^10, squared ten times."""
    small, term = matrix / 2.0**10, np.eye(len(matrix)) + 0 * matrix
    whole = term
    for k in range(1, 18):
        term = term @ small / k
        whole = whole + term
    for _ in range(10):
        whole = whole @ whole
    return whole


def _abs(x: Array) -> Array:
    return np.where(np.real(x) < 0, -x, x)


def size_of(dim: Dim, sizes: Sizes) -> int:
    """Size of a dimension, compound ones too."""
    if not isinstance(dim, Compound):
        return sizes(dim)
    parts = [size_of(part, sizes) for part in dim.parts]
    return int(np.prod(parts)) if dim.operator == "*" else sum(parts)


def commutation(first: int, second: int) -> Array:
    """K with K vec(A) = vec(A^T) for A of shape (first, second), by that identity."""
    columns = []
    for place in range(first * second):
        vector = np.zeros(first * second)
        vector[place] = 1
        matrix = vector.reshape((first, second), order="F")
        columns.append(matrix.T.ravel(order="F"))
    return np.array(columns).T


def _sizes(node: Operation, sizes: Sizes) -> list[int]:
    return [size_of(p, sizes) for p in node.parameters]


def operation(
    node: Operation, args: list[Array], lib: ModuleType, sizes: Sizes
) -> Array:
    """The value of an operation."""
    x: Array = args[0] if args else None
    table: dict[str, Callable[[], Array]] = {
        "tr": lambda: _scalar(lib.trace(x), lib),
        "det": lambda: _scalar(lib.linalg.det(x), lib),
        "logdet": lambda: _scalar(lib.log(_abs(lib.linalg.det(x))), lib),
        "inv": lambda: lib.linalg.inv(x),
        "pinv": lambda: _pinv(x, lib),
        "logm": lambda: _function(x, np.log),
        "sqrtm": lambda: _function(x, np.sqrt),
        "lambda_max": lambda: _scalar(_largest_pair(x)[0], lib),
        "eigenprojection": lambda: _largest_pair(x)[1],
        "spectral_norm": lambda: _scalar(np.sqrt(_largest_pair(x.T @ x)[0]), lib),
        "nuclear_norm": lambda: _scalar(np.trace(_function(_gram(x), np.sqrt)), lib),
        "polar": lambda: _polar(x),
        "skew": lambda: _skew(x),
        "cross": lambda: _skew(x) @ args[1],
        "clip": lambda: _clip(x, args[1], args[2]),
        "pi": lambda: np.full((1, 1), np.pi),
        "sym": lambda: (x + x.T) / 2,
        "var": lambda: _scalar(lib.mean((x - lib.mean(x)) ** 2), lib),
        "std": lambda: _scalar(lib.sqrt(lib.mean((x - lib.mean(x)) ** 2)), lib),
        "row_sum": lambda: lib.sum(x, axis=1, keepdims=True),
        "col_sum": lambda: lib.sum(x, axis=0, keepdims=True).T,
        "row_mean": lambda: lib.mean(x, axis=1, keepdims=True),
        "col_mean": lambda: lib.mean(x, axis=0, keepdims=True).T,
        "row_logsumexp": lambda: lib.log(lib.sum(lib.exp(x), axis=1, keepdims=True)),
        "col_logsumexp": lambda: lib.log(lib.sum(lib.exp(x), axis=0, keepdims=True)).T,
        "row_max": lambda: _by_rows(lambda v: v[_largest(v)], x),
        "col_max": lambda: _by_rows(lambda v: v[_largest(v)], x.T),
        "row_hardmax": lambda: _by_rows(_hardmax, x),
        "tril": lambda: lib.tril(x),
        "triu": lambda: lib.triu(x),
        "cumsum": lambda: lib.cumsum(x).reshape(x.shape),
        "row_softmax": lambda: lib.exp(x) / lib.sum(lib.exp(x), axis=1, keepdims=True),
        "col_softmax": lambda: lib.exp(x) / lib.sum(lib.exp(x), axis=0, keepdims=True),
        "matpow": lambda: _power(x, node, lib),
        "expm": lambda: _expm(x),
        "norm1": lambda: _scalar(lib.sum(_abs(x)), lib),
        "norm2": lambda: _scalar(lib.sqrt(lib.sum(x * x)), lib),
        "normF": lambda: _scalar(lib.sqrt(lib.sum(x * x)), lib),
        "sum": lambda: _scalar(lib.sum(x), lib),
        "mean": lambda: _scalar(lib.mean(x), lib),
        "prod": lambda: _scalar(lib.prod(x), lib),
        "max": lambda: _scalar(x.ravel()[_largest(x)], lib),
        "min": lambda: _scalar(x.ravel()[_largest(-x)], lib),
        "hardmax": lambda: _hardmax(x),
        "logsumexp": lambda: _scalar(lib.log(lib.sum(lib.exp(x))), lib),
        "softmax": lambda: _softmax(x, lib),
        "log_softmax": lambda: lib.log(_softmax(x, lib)),
        "cross_entropy": lambda: _scalar(-lib.sum(x * lib.log(args[1])), lib),
        "dot": lambda: _scalar(lib.sum(x * args[1]), lib),
        "outer": lambda: x @ args[1].T,
        "diagonal": lambda: lib.diag(x).reshape((-1, 1)),
        "vec": lambda: lib.reshape(x.T, (-1, 1)),
        "kron": lambda: lib.kron(x, args[1]),
        "hstack": lambda: lib.concatenate(args, axis=1),
        "vstack": lambda: lib.concatenate(args, axis=0),
        "commutation": lambda: commutation(*_sizes(node, sizes)),
        "selector": lambda: _selector(*_sizes(node, sizes)),
        "dim": lambda: np.full((1, 1), float(_sizes(node, sizes)[0])),
    }
    return table[node.name]()


def _by_rows(function: Callable[[Array], Array], x: Array) -> Array:
    return np.array([function(line) for line in x]).reshape((len(x), -1))


def _pinv(x: Array, lib: ModuleType) -> Array:
    """Of full rank: NumPy's own takes no complex steps (it conjugates)."""
    if x.shape[0] >= x.shape[1]:
        return lib.linalg.inv(x.T @ x) @ x.T
    return x.T @ lib.linalg.inv(x @ x.T)


def _function(x: Array, function: Callable[[Array], Array]) -> Array:
    """A function of a matrix with different eigenvalues; complex steps pass."""
    values, vectors = np.linalg.eig(x)
    return vectors @ np.diag(function(values)) @ np.linalg.inv(vectors)


def _largest_pair(x: Array) -> tuple[Array, Array]:
    """The largest eigenvalue, and right times left eigenvector."""
    values, vectors = np.linalg.eig(x)
    place = int(np.argmax(np.real(values)))
    left = np.linalg.inv(vectors)
    return values[place], np.outer(vectors[:, place], left[place])


def _gram(x: Array) -> Array:
    return x.T @ x if x.shape[0] >= x.shape[1] else x @ x.T


def _polar(x: Array) -> Array:
    root = np.linalg.inv(_function(_gram(x), np.sqrt))
    return x @ root if x.shape[0] >= x.shape[1] else root @ x


def _skew(x: Array) -> Array:
    """Rows of cross products with the unit vectors."""
    a, b, c = x.ravel()
    zero = 0 * a
    return np.array([[zero, -c, b], [c, zero, -a], [-b, a, zero]])


def _clip(x: Array, low: Array, high: Array) -> Array:
    inside = np.where(np.real(x) < np.real(low), low, x)
    return np.where(np.real(inside) > np.real(high), high, inside)


def _selector(place: int, *parts: int) -> Array:
    blocks = [
        np.eye(parts[place - 1]) if n == place else np.zeros((p, parts[place - 1]))
        for n, p in enumerate(parts, start=1)
    ]
    return np.vstack(blocks)


def _power(x: Array, node: Operation, lib: ModuleType) -> Array:
    (exponent,) = node.parameters
    assert isinstance(exponent, int)
    base = x if exponent >= 0 else lib.linalg.inv(x)
    whole = np.eye(len(x))
    for _ in itertools.repeat(None, abs(exponent)):
        whole = whole @ base
    return whole
