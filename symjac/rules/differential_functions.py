r"""Differentials of functions of entries: powers, quotients, norms, softmax.

    d f(A) = f'(A) * dA                     d (A / s) = dA / s - (ds / s^2) A
    d norm2(x) = x^T dx / norm2(x)          d normF(A)^2 = 2 tr(A^T dA)
    d softmax(x) = s * dx - (s^T dx) s      d logsumexp(x) = softmax(x)^T dx
    d prod(x) = prod(x) (1 / x)^T dx        d max(x) = hardmax(x)^T dx

Each function takes what stands under the d, and gives None where it does not apply.
Source: Magnus and Neudecker (2019), ch. 8; Goodfellow, Bengio, Courville (2016), 4.1.
"""

from __future__ import annotations

from fractions import Fraction

from symjac.expr.index import ONE
from symjac.expr.matrix import (
    Add,
    Constant,
    Elementwise,
    Hadamard,
    MatMul,
    MatrixExpr,
    Neg,
    Operation,
    Power,
    Quotient,
    Scale,
    Symbol,
    Transpose,
    operation,
)
from symjac.expr.shape import SCALAR, Kind
from symjac.language.meaning import instance
from symjac.rules.differential import (
    d,
    zero,
)

TWO = Fraction(2)


def times(left: MatrixExpr, right: MatrixExpr) -> MatrixExpr:
    """A scalar multiple or an elementwise product, whichever the shapes allow."""
    if left.shape == SCALAR:
        return Scale(left, right)
    return Hadamard(left, right)


def inner(left: MatrixExpr, right: MatrixExpr) -> MatrixExpr:
    """The inner product of two forms of equal shape: tr(A^T B), or a^T b."""
    match left.shape.kind:
        case Kind.SCALAR:
            return Scale(left, right)
        case Kind.COLUMN:
            return MatMul(Transpose(left), right)
        case Kind.ROW:
            return MatMul(left, Transpose(right))
    return operation("tr", MatMul(Transpose(left), right))


def number(value: Fraction | int, expr: MatrixExpr) -> MatrixExpr:
    """A number times an expression; 1 is left out."""
    return expr if value == 1 else Scale(Constant(Fraction(value), SCALAR), expr)


def _raised(base: MatrixExpr, exponent: Fraction) -> MatrixExpr:
    if exponent == -1:
        return Quotient(Constant(ONE, base.shape), base)
    return base if exponent == 1 else Power(base, exponent)


def squared_norm(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """The square of a norm is smooth everywhere."""
    match expr:
        case Power(Operation("norm2" | "normF", (arg,)), exponent) if exponent == 2:
            return number(2, inner(arg, d(arg)))
    return None


def norm(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """Where the norm is not zero."""
    match expr:
        case Operation("norm2" | "normF", (arg,)):
            return Quotient(inner(arg, d(arg)), expr)
    return None


def logsumexp(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """The weights are the softmax."""
    match expr:
        case Operation("logsumexp", (arg,)):
            return inner(operation("softmax", arg), d(arg))
    return None


def softmax(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """Each probability grows as its own argument does beyond the mean."""
    match expr:
        case Operation("softmax", (arg,)):
            mean = inner(expr, d(arg))
            return Add((Hadamard(expr, d(arg)), Neg(Scale(mean, expr))))
    return None


def all_factors(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """The product of the entries, where none is zero."""
    match expr:
        case Operation("prod", (arg,)):
            return Scale(expr, inner(_raised(arg, -ONE), d(arg)))
    return None


def largest(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """The differential of the largest entry, where it is the only one."""
    match expr:
        case Operation("max", (arg,)):
            return inner(operation("hardmax", arg), d(arg))
        case Operation("hardmax"):
            return zero(expr.shape)
    return None


def power(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """Entry by entry."""
    if not isinstance(expr, Power):
        return None
    base, exponent = expr.base, expr.exponent
    if exponent == 0:
        return zero(expr.shape)
    if exponent == 1:
        return d(base)
    return number(exponent, times(_raised(base, exponent - 1), d(base)))


def quotient(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """By a scalar, or entry by entry."""
    if not isinstance(expr, Quotient):
        return None
    above, below = expr.numerator, expr.denominator
    square = Power(below, TWO)
    if below.shape == SCALAR:
        second: MatrixExpr = Scale(Quotient(d(below), square), above)
    else:
        second = Hadamard(Quotient(above, square), d(below))
    return Add((Quotient(d(above), below), Neg(second)))


def elementwise(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """The slope at each entry."""
    if not isinstance(expr, Elementwise):
        return None
    row = expr.function
    if row.is_generic or row.prime or expr.order:
        return times(Elementwise(row, expr.order + 1, expr.arg), d(expr.arg))
    return _times_d(instance(row.slope, {"u": expr.arg}), expr.arg)


def _times_d(slope: MatrixExpr, arg: MatrixExpr) -> MatrixExpr:
    """A slope times the differential of the argument, signs and numbers in front."""
    match slope:
        case Constant(value=Fraction(numerator=0)):
            return zero(arg.shape)
        case Neg(inner):
            return Neg(_times_d(inner, arg))
        case Scale(Constant() as size, inner):
            return Scale(size, _times_d(inner, arg))
    return times(slope, d(arg))
