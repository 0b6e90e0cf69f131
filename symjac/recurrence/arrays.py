"""What functions and operations of the tables mean for arrays of float64.

A vector, column or row, has one axis; its shape in symjac says which of both it is.
Functions are evaluated entry by entry in ball arithmetic, from the one table that the
verdicts use, and rounded once: the same numbers on every machine.
Source: NumPy; Johansson (2017), "Arb".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symjac.claims.evaluate import Point
from symjac.claims.jet import PointError
from symjac.errors import NumericError
from symjac.language.values import derivative
from symjac.lazy import lazy_import, optional_import
from symjac.library.row import Function
from symjac.terms import matrix as m
from symjac.terms.operations import as_matrix
from symjac.terms.shape import Compound, Dim, Shape

if TYPE_CHECKING:
    import flint
else:
    flint = lazy_import("flint")

Array = Any  # numpy.ndarray of float64
Sizes = Callable[[Dim], int]
PRECISION = 128  # bits; a result is rounded to the 53 bits of float64


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
    """The value of an operation: by NumPy what is `FAST`, else as the verdicts see it.

    Raises:
        NumericError: it has no value, as the inverse of a singular matrix.
    """
    if node.name in FAST:
        return FAST[node.name](numpy(), node, args, sizes)
    symbols = tuple(
        m.Symbol(f"x_{place}", Shape(arg.shape.kind, value.shape))
        for place, (arg, value) in enumerate(zip(node.args, args, strict=True))
    )
    values = dict(zip(symbols, args, strict=True))
    point = Point(
        {}, lambda s, at: Fraction(float(values[s][at])), _none, None, {}, True
    )
    whole = m.Operation(node.name, symbols, tuple(map(sizes, node.parameters)))
    found = numpy().empty([sizes(dim) for dim in node.shape.dims])
    try:
        for at in numpy().ndindex(found.shape):
            found[at] = float(point.jet(whole, at).value)
    except PointError as error:
        raise NumericError(f"no value: {error.message}") from None
    return found


def _none(order: int, count: int) -> Fraction:
    raise AssertionError("no generic function is in a row")


def _blocks(np: Any, node: m.Operation, args: list[Array], sizes: Sizes) -> Array:
    pairs = zip(args, node.args, strict=True)
    parts = [value.reshape(_two_axes(arg.shape, sizes)) for value, arg in pairs]
    whole = getattr(np, node.name)(parts)
    return whole.ravel() if len(node.shape.dims) == 1 else whole


def _two_axes(shape: Any, sizes: Sizes) -> tuple[int, int]:
    rows, columns = as_matrix(shape)
    return sizes(rows), sizes(columns)


def _logsumexp(x: Array) -> Array:
    np = numpy()
    largest = np.max(x)
    return largest + np.log(np.sum(np.exp(x - largest)))


def _selector(place: int, *parts: int) -> Array:
    """The columns of the identity that belong to one block."""
    start = sum(parts[: place - 1])
    return numpy().eye(sum(parts))[:, start : start + parts[place - 1]]


FAST: dict[str, Callable[..., Array]] = {  # what large arrays need, or would overflow
    "sum": lambda np, node, args, sizes: np.sum(*args),
    "dim": lambda np, node, args, sizes: float(sizes(node.parameters[0])),
    "inv": lambda np, node, args, sizes: np.linalg.inv(*args),
    "logdet": lambda np, node, args, sizes: np.linalg.slogdet(*args)[1],
    "norm2": lambda np, node, args, sizes: np.linalg.norm(*args),
    "logsumexp": lambda np, node, args, sizes: _logsumexp(*args),
    "softmax": lambda np, node, args, sizes: np.exp(args[0] - _logsumexp(*args)),
    "hstack": _blocks,
    "vstack": _blocks,
    "selector": lambda np, node, args, sizes: _selector(*map(sizes, node.parameters)),
}


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
