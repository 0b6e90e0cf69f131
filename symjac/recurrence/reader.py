"""Values of matrix forms at given arrays: shapes checked, vocabulary closed.

Matrix form in, arrays of float64 out. Only `numeric.py` uses it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, assert_never

from symjac.errors import NumericError, ShapeError, UnsupportedError
from symjac.language.meaning import definition
from symjac.library.functions import lookup
from symjac.library.row import Function
from symjac.recurrence.arrays import FAST, Array, elementwise, numpy, operation, size_of
from symjac.terms import matrix as m
from symjac.terms.shape import Compound, Dim, Kind

DEFAULT_FUNCTION = "tanh"


@dataclass(slots=True)
class Reader:
    """Values of symbols, functions for generic ones, and sizes of dimensions."""

    known: dict[str, Array]
    functions: dict[str, str]
    sizes: dict[str, int]

    def enter(self, symbol: m.Symbol, value: Any) -> None:
        """Take a value for a symbol.

        Raises:
            ShapeError: it does not fit the symbol's shape or what is known of sizes.
            NumericError: it is no array of finite numbers.
        """
        np = numpy()
        try:
            array = np.array(value, dtype=float)
        except (TypeError, ValueError):
            raise NumericError(f"{symbol} is no array of real numbers") from None
        dims = symbol.shape.dims
        if array.ndim != len(dims):
            raise ShapeError(
                f"{symbol} is {symbol.shape}, its value has shape {array.shape}",
                hint="a vector has one axis" if len(dims) == 1 else None,
            )
        for dim, size in zip(dims, array.shape, strict=True):
            if self.size_known(dim, size) != size:
                raise ShapeError(
                    f"{symbol} is {symbol.shape}, its value has shape {array.shape}",
                    known=", ".join(f"{k} = {v}" for k, v in self.sizes.items()),
                )
        if symbol.symmetric and not np.array_equal(array, array.T):
            raise NumericError(f"{symbol} is declared symmetric, its value is not")
        self.known[str(symbol)] = finite(str(symbol), array)

    def size_known(self, dim: Dim, size: int) -> int:
        """The size of a dimension; a name without one takes that of the value."""
        if isinstance(dim, str):
            return self.sizes.setdefault(dim, size)
        if isinstance(dim, Compound):
            return size
        return dim

    def define(self, symbol: m.Symbol, body: m.MatrixExpr) -> None:
        """Evaluate a definition.

        Raises:
            NumericError: the symbol has a value already, or one that it needs has none.
        """
        if str(symbol) in self.known:
            raise NumericError(f"{symbol} is given, but the equations define it")
        self.known[str(symbol)] = self.read(body)

    def read(self, expr: m.MatrixExpr) -> Array:
        """The value of a matrix form; an overflow is an error, not infinity."""
        np = numpy()
        try:
            with np.errstate(over="raise", divide="raise", invalid="raise"):
                value = np.asarray(self._value(expr), dtype=float)
        except FloatingPointError as error:
            raise NumericError(f"no finite value: {error}") from None
        except np.linalg.LinAlgError as error:
            raise NumericError(f"no value: {error}") from None
        except ValueError as error:  # compound dimensions are checked by NumPy alone
            raise ShapeError(f"values do not fit together: {error}") from None
        return finite("the result", value)

    def _value(self, expr: m.MatrixExpr) -> Array:  # noqa: C901 - exhaustive
        np = numpy()
        match expr:
            case m.Symbol():
                return self._symbol(expr)
            case m.Constant(value, shape):
                return np.full([self.size(dim) for dim in shape.dims], float(value))
            case m.Identity(dim):
                return np.eye(self.size(dim))
            case m.Transpose(arg):
                return self._value(arg).T
            case m.Diag(arg):
                return np.diag(self._value(arg))
            case m.Elementwise(function, order, arg):
                return elementwise(self.chosen(function), order, self._value(arg))
            case m.Operation():
                return self._operation(expr)
            case m.Add(terms):
                return sum(map(self._value, terms[1:]), self._value(terms[0]))
            case m.Neg(arg):
                return -self._value(arg)
            case m.Scale(left, right) | m.Hadamard(left, right):
                return self._value(left) * self._value(right)
            case m.MatMul(left, right):
                return self._product(left, right)
            case m.Power(base, exponent):
                return self._value(base) ** float(exponent)
            case m.Quotient(above, below):
                return self._value(above) / self._value(below)
        assert_never(expr)

    def _operation(self, expr: m.Operation) -> Array:
        """By its own row of arrays, or by what it means for its operands."""
        values = [self._value(arg) for arg in expr.args]
        if expr.name in FAST or not expr.row.is_defined:
            return operation(expr, values, self.size)
        letters = [m.Symbol(n, a.shape) for n, a in zip("ABC", expr.args, strict=False)]
        known = {str(s): v for s, v in zip(letters, values, strict=True)}
        inner = Reader(known, self.functions, self.sizes)
        return inner._value(definition(replace(expr, args=tuple(letters))))

    def _product(self, left: m.MatrixExpr, right: m.MatrixExpr) -> Array:
        """A vector has one axis, so only column times row is not NumPy's product."""
        one, two = self._value(left), self._value(right)
        return numpy().outer(one, two) if left.shape.kind is Kind.COLUMN else one @ two

    def _symbol(self, symbol: m.Symbol) -> Array:
        if str(symbol) not in self.known:
            raise NumericError(
                f"no value for {symbol}, which is {symbol.shape}",
                hint=f'give values["{symbol}"]',
            )
        return self.known[str(symbol)]

    def size(self, dim: Dim) -> int:
        """Size of a dimension."""
        return size_of(dim, self.sizes)

    def chosen(self, function: Function) -> Function:
        """The named function that stands for a generic one.

        Raises:
            UnsupportedError: the table has no function of that name.
        """
        if not function.is_generic:
            return function
        name = self.functions.get(function.name, DEFAULT_FUNCTION)
        found = lookup(name)
        if found.is_generic:
            raise UnsupportedError(f"no numbers for the function {name}")
        return found


def finite(name: str, array: Array) -> Array:
    """The same array.

    Raises:
        NumericError: an entry is infinite or no number.
    """
    if not numpy().isfinite(array).all():
        raise NumericError(f"{name} has entries that are not finite")
    return array
