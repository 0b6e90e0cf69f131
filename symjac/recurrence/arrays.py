"""What functions and operations of the tables mean for arrays of float64.

A vector, column or row, has one axis; its shape in symjac says which of both it is.
Functions are evaluated entry by entry in ball arithmetic, from the one table that the
verdicts use, and rounded once: the same numbers on every machine.
Source: NumPy; Johansson (2017), "Arb"; Moler and Van Loan (2003) for expm.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from symjac.errors import NumericError, UnsupportedError
from symjac.language.values import derivative
from symjac.lazy import lazy_import, optional_import
from symjac.library.row import Function
from symjac.terms import matrix as m
from symjac.terms.operations import as_matrix
from symjac.terms.shape import Compound, Dim

if TYPE_CHECKING:
    import flint
else:
    flint = lazy_import("flint")

Array = Any  # numpy.ndarray of float64
Sizes = Callable[[Dim], int]
OWN = frozenset({"logdet", "norm2", "logsumexp", "softmax"})  # stable in floats
PRECISION = 128  # bits; a result is rounded to the 53 bits of float64
TAYLOR = 18  # terms: (1/2)^18 / 18! is far below the precision of float64


def numpy() -> Any:
    """NumPy, which the extra `plot` brings.

    Raises:
        PackageError: it is not installed.
    """
    return optional_import("numpy", extra="plot")


def elementwise(function: Function, order: int, x: Array) -> Array:
    """A named function's derivative of given order at every entry.

    Raises:
        NumericError: an entry outside the domain, or at a kink.
    """
    np = numpy()
    flint.ctx.prec = PRECISION
    values = [_value(function, order, float(entry)) for entry in x.flat]
    return np.array(values, dtype=float).reshape(x.shape)


def _value(function: Function, order: int, x: float) -> float:
    if x in function.kinks_at and not function.is_known_at_kinks(order):
        raise NumericError(f"{function.name} is not smooth at {x:g}")
    value = float(derivative(function, order, flint.arb(x)))
    if not math.isfinite(value):
        raise NumericError(f"{function.name} has no finite value at {x}")
    return value


def operation(node: m.Operation, args: list[Array], sizes: Sizes) -> Array:
    """The value of a primitive, and of what would overflow as it is defined.

    Raises:
        UnsupportedError: another operation.
    """
    for table in (_scalars, _vectors, _matrices):
        if node.name in (found := table(node, args, sizes)):
            return found[node.name]()
    raise UnsupportedError(f"no numbers for the operation {node.name}")


def _scalars(node: m.Operation, args: list[Array], sizes: Sizes) -> dict[str, Any]:
    np = numpy()
    return {
        "tr": lambda: np.trace(*args),
        "det": lambda: np.linalg.det(*args),
        "logdet": lambda: np.linalg.slogdet(*args)[1],
        "norm2": lambda: np.linalg.norm(*args),
        "sum": lambda: np.sum(*args),
        "prod": lambda: np.prod(*args),
        "max": lambda: np.max(*args),
        "logsumexp": lambda: _logsumexp(*args),
        "dim": lambda: float(sizes(node.parameters[0])),
    }


def _vectors(node: m.Operation, args: list[Array], sizes: Sizes) -> dict[str, Any]:
    np = numpy()
    return {
        "row_max": lambda: np.max(*args, axis=1),
        "row_hardmax": lambda: np.eye(args[0].shape[1])[np.argmax(*args, axis=1)],
        "tril": lambda: np.tril(*args),
        "hardmax": lambda: np.eye(len(*args))[np.argmax(*args)],
        "softmax": lambda: np.exp(args[0] - _logsumexp(*args)),
        "diagonal": lambda: np.diagonal(*args).copy(),
        "vec": lambda: args[0].ravel(order="F"),
    }


def _matrices(node: m.Operation, args: list[Array], sizes: Sizes) -> dict[str, Any]:
    np = numpy()

    def blocks(combine: Callable[[list[Array]], Array]) -> Array:
        pairs = zip(args, node.args, strict=True)
        whole = combine([a.reshape(_two_axes(e.shape, sizes)) for a, e in pairs])
        return whole.ravel() if len(node.shape.dims) == 1 else whole

    parameters = [sizes(dim) for dim in node.parameters]
    return {
        "inv": lambda: np.linalg.inv(*args),
        "pinv": lambda: np.linalg.pinv(*args),
        "matpow": lambda: np.linalg.matrix_power(args[0], node.parameters[0]),
        "expm": lambda: _expm(*args),
        "kron": lambda: blocks(lambda parts: np.kron(*parts)),
        "hstack": lambda: blocks(np.hstack),
        "vstack": lambda: blocks(np.vstack),
        "commutation": lambda: _commutation(*parameters),
        "selector": lambda: _selector(*parameters),
    }


def _two_axes(shape: Any, sizes: Sizes) -> tuple[int, int]:
    rows, columns = as_matrix(shape)
    return sizes(rows), sizes(columns)


def _logsumexp(x: Array) -> Array:
    np = numpy()
    largest = np.max(x)
    return largest + np.log(np.sum(np.exp(x - largest)))


def _expm(matrix: Array) -> Array:
    """Taylor's series of the matrix over a power of two, squared as often."""
    np = numpy()
    halvings = max(0, math.frexp(float(np.linalg.norm(matrix)))[1] + 1)
    small = matrix / 2.0**halvings
    whole = term = np.eye(len(matrix))
    for order in range(1, TAYLOR):
        term = term @ small / order
        whole = whole + term
    return np.linalg.matrix_power(whole, 2**halvings)


def _commutation(rows: int, columns: int) -> Array:
    """K with K vec(A) = vec(A^T) for A of shape (rows, columns)."""
    np = numpy()
    places = np.arange(rows * columns).reshape((rows, columns), order="F")
    return np.eye(rows * columns)[places.ravel()]


def _selector(place: int, *parts: int) -> Array:
    """The columns of the identity that belong to one block."""
    start = sum(parts[: place - 1])
    return numpy().eye(sum(parts))[:, start : start + parts[place - 1]]


def size_of(dim: Dim, known: dict[str, int]) -> int:
    """Size of a dimension, a compound one from its parts.

    Raises:
        NumericError: no value says how large it is.
    """
    if isinstance(dim, Compound):
        sizes = [size_of(part, known) for part in dim.parts]
        return math.prod(sizes) if dim.operator == "*" else sum(sizes)
    if isinstance(dim, int):
        return dim
    if dim not in known:
        raise NumericError(
            f"no value says how large the dimension {dim} is",
            hint=f"give sizes={{{dim!r}: ...}}",
        )
    return known[dim]
