"""SymPy numbers, and functions applied entry by entry, to matrix form.

One walk reads both: `log(det(X)) + 1` is read for itself, `d**2 + 1` of
`x.applyfunc(Lambda(d, d**2 + 1))` with the vector x in the place of d, where numbers
broadcast and products are elementwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any

from symjac.errors import UnsupportedError
from symjac.language.parse import english
from symjac.lazy import lazy_import
from symjac.library.functions import lookup
from symjac.sympy_bridge.names import (
    Names,
    constant,
    exponent,
    function_call,
    number,
    refuse,
)
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Kind, Shape

if TYPE_CHECKING:
    import sympy
else:
    sympy = lazy_import("sympy")


@dataclass(frozen=True, slots=True)
class Place:
    """A function's variable and the matrix form that stands for it, if any."""

    variable: Any = None
    value: m.MatrixExpr | None = None

    @property
    def shape(self) -> Shape:
        """Shape of what is read."""
        return SCALAR if self.value is None else self.value.shape

    def is_in(self, expr: Any) -> bool:
        """Whether an expression depends on the variable."""
        return self.variable is not None and self.variable in expr.free_symbols


class Scalars:
    """Reads numbers, over one set of names.

    Args:
        names: what the symbols mean.
        other: reads what is no arithmetic: traces, determinants, sums, matrices.
    """

    def __init__(self, names: Names, other: Callable[[Any], m.MatrixExpr]) -> None:
        self.names = names
        self.other = other

    def read(self, expr: Any, at: Place) -> m.MatrixExpr:
        """A number; with a variable, the same for every entry of its value."""
        if at.value is not None and expr == at.variable:
            return at.value
        if at.value is not None and not at.is_in(expr):
            return self.broadcast(self.read(expr, Place()), at.shape)
        if isinstance(expr, sympy.MatrixExpr):
            return self.rest(expr, at)
        return self.arithmetic(expr, at)

    def arithmetic(self, expr: Any, at: Place) -> m.MatrixExpr:
        """Numbers, symbols, sums, products and powers."""
        if expr.is_Rational or expr.is_Float:
            return constant(number(expr))
        if expr is sympy.E:
            return m.Elementwise(lookup("exp"), 0, constant(1))
        if type(expr) in (sympy.Symbol, sympy.Dummy):
            return self.symbol(expr)
        if expr.is_Add:
            return m.Add(tuple(self.read(part, at) for part in expr.as_ordered_terms()))
        if expr.is_Mul:
            return self.product(expr, at)
        if expr.is_Pow and expr.base is not sympy.E:
            return self.power(expr, at)
        return self.function(expr, at)

    def broadcast(self, value: m.MatrixExpr, shape: Shape) -> m.MatrixExpr:
        """A number in every entry."""
        if shape == SCALAR:
            return value
        if isinstance(value, m.Constant):
            return constant(value.value, shape)
        return m.Scale(value, constant(1, shape))

    def symbol(self, expr: Any) -> m.MatrixExpr:
        """A number by its name, or the size of a dimension."""
        self.names.claim(expr)
        if english(expr.name) in self.names.dimensions:
            return m.Operation("dim", (), (self.names.dim(expr),))
        return self.names.quantity(expr.name, SCALAR, expr.is_positive is True)

    def product(self, expr: Any, at: Place) -> m.MatrixExpr:
        """A `Mul`: its number, the factors above, over those below."""
        value, rest = expr.as_coeff_Mul()
        factors = rest.as_ordered_factors()
        above = [f for f in factors if not _is_below(f)]
        below = [_reciprocal(f) for f in factors if _is_below(f)]
        product = self.factors(above, at)
        size = abs(number(value))
        if product is None:
            product = constant(size, at.shape)
        elif size != 1:
            product = m.Scale(constant(size), product)
        under = self.factors(below, at)
        if under is not None:
            product = m.Quotient(product, under)
        return m.Neg(product) if value < 0 else product

    def factors(self, factors: list[Any], at: Place) -> m.MatrixExpr | None:
        """The product of factors: numbers scale, the others multiply entry by entry."""
        if not factors:
            return None
        if at.shape == SCALAR:
            return reduce(m.Scale, [self.read(factor, at) for factor in factors])
        own = [self.read(f, at) for f in factors if at.is_in(f)]
        numbers = [self.read(f, Place()) for f in factors if not at.is_in(f)]
        product = reduce(m.Hadamard, own) if own else constant(1, at.shape)
        return reduce(lambda done, part: m.Scale(part, done), numbers, product)

    def power(self, expr: Any, at: Place) -> m.MatrixExpr:
        """A power with a literal exponent."""
        value = exponent(expr.exp)
        norm = self.norm(expr.base) if value.denominator == 2 else None
        base = norm or self.entries(expr.base, at)
        value = value if norm is None else 2 * value
        if value < 0:
            return m.Quotient(constant(1, base.shape), _raised(base, -value))
        return _raised(base, value)

    def norm(self, square: Any) -> m.MatrixExpr | None:
        """The norm whose square is `Trace(A*A.T)`."""
        factors = square.arg.args if type(square) is sympy.Trace else ()
        if not factors or type(square.arg) is not sympy.MatMul or len(factors) % 2:
            return None
        if not all(isinstance(factor, sympy.MatrixExpr) for factor in factors):
            return None
        half = len(factors) // 2
        if [f.T for f in factors[:half]] != list(reversed(factors[half:])):
            return None
        inner = self.other(sympy.MatMul(*factors[:half]).doit(deep=False))
        if inner.shape == SCALAR:
            return None
        is_matrix = inner.shape.kind is Kind.MATRIX
        return m.Operation("normF" if is_matrix else "norm2", (inner,))

    def function(self, expr: Any, at: Place) -> m.MatrixExpr:
        """A function's value, or what is no arithmetic."""
        inner: Any = expr.args[0] if expr.args else None
        takes_matrix = isinstance(inner, sympy.MatrixExpr) and inner.shape != (1, 1)
        if expr.is_Function and takes_matrix and type(expr) is not sympy.exp:
            hint = "write x.applyfunc(f) for a function of every entry"
            refuse(expr, "is applied to a whole matrix", hint)
        if type(expr) is sympy.log and _is_size_of_determinant(inner):
            return m.Operation("logdet", (self.other(inner.args[0].arg),))
        found = None if takes_matrix else function_call(expr, self.names)
        if found is None:
            return self.rest(expr, at)
        function, order, argument = found
        return m.Elementwise(function, order, self.entries(argument, at))

    def entries(self, expr: Any, at: Place) -> m.MatrixExpr:
        """An argument or base: a number where a number is read, never a matrix."""
        found = self.read(expr, at)
        if found.shape != at.shape:
            refuse(expr, "is a matrix, used as a number")
        return found

    def rest(self, expr: Any, at: Place) -> m.MatrixExpr:
        """What is no arithmetic; it may not depend on a function's variable."""
        if at.is_in(expr):
            refuse(expr, "cannot be applied entry by entry")
        return self.other(expr)


def _raised(base: m.MatrixExpr, value: Fraction) -> m.MatrixExpr:
    if isinstance(base, m.Constant) and value.denominator != 1:
        return _root(base, value)
    return base if value == 1 else m.Power(base, value)


def _root(base: m.Constant, value: Fraction) -> m.MatrixExpr:
    """The square root of a number, which the language writes as a function."""
    if value.denominator != 2 or base.value < 0:
        message = f"a number's power with the exponent {value}: {base.value}**{value}"
        raise UnsupportedError(message)
    root = m.Elementwise(lookup("sqrt"), 0, base)
    return root if value.numerator == 1 else m.Power(root, Fraction(value.numerator))


def _is_below(factor: Any) -> bool:
    is_power = factor.is_Pow and factor.base is not sympy.E
    return bool(is_power and factor.exp.is_Rational and factor.exp < 0)


def _reciprocal(factor: Any) -> Any:
    return sympy.Pow(factor.base, -factor.exp)


def _is_size_of_determinant(expr: Any) -> bool:
    if type(expr) is not sympy.Abs or type(expr.args[0]) is not sympy.Determinant:
        return False
    return bool(expr.args[0].arg.shape != (1, 1))
