r"""Definitions: operations that are written in terms of others.

    mean(x) = sum(x) / n              norm1(x) = sum(|x|)        outer(a, b) = a b^T
    norm2(x) = (x^T x)^(1/2)          normF(X) = tr(X^T X)^(1/2) dot(a, b) = a^T b
    logsumexp(x) = log(sum(exp(x)))   softmax(x) = exp(x) / sum(exp(x))
    min(x) = -max(-x)                 log_softmax(x) = x - logsumexp(x) 1
    cross_entropy(y, p) = -sum(y * log(p))

An operation that an index form keeps as a whole (norm2, softmax, ...) is written out
only where two forms are compared.
Source: Goodfellow, Bengio, Courville (2016), 3.13, 4.1; Golub and Van Loan, 2.2, 2.3.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from symjac.expr.functions import lookup
from symjac.expr.index import ONE
from symjac.expr.matrix import (
    Add,
    Constant,
    Elementwise,
    Hadamard,
    Identity,
    MatMul,
    MatrixExpr,
    Neg,
    Operation,
    Power,
    Quotient,
    Scale,
    Transpose,
)
from symjac.expr.shape import Kind

HALF = Fraction(1, 2)


def operation(name: str, *args: MatrixExpr) -> Operation:
    """A named operation without parameters."""
    return Operation(name, args)


def _apply(name: str, arg: MatrixExpr) -> Elementwise:
    return Elementwise(lookup(name), 0, arg)


def mean(node: Operation) -> MatrixExpr:
    """The sum over the number of entries."""
    (arg,) = node.args
    size: MatrixExpr = Operation("dim", (), arg.shape.dims[:1])
    if len(arg.shape.dims) == 2:
        size = Scale(size, Operation("dim", (), arg.shape.dims[1:]))
    return Quotient(operation("sum", arg), size)


def norm1(node: Operation) -> MatrixExpr:
    """Sum of absolute values."""
    return operation("sum", _apply("abs", node.args[0]))


def minimum(node: Operation) -> MatrixExpr:
    """The negative of the largest negative."""
    return Neg(operation("max", Neg(node.args[0])))


def log_softmax(node: Operation) -> MatrixExpr:
    """Each entry less the logsumexp of all."""
    (arg,) = node.args
    ones = Constant(ONE, arg.shape)
    return Add((arg, Neg(Scale(operation("logsumexp", arg), ones))))


def cross_entropy(node: Operation) -> MatrixExpr:
    """Of a target y and a prediction p."""
    target, predicted = node.args
    return Neg(operation("sum", Hadamard(target, _apply("log", predicted))))


def dot(node: Operation) -> MatrixExpr:
    """Inner product."""
    left, right = (as_column(arg) for arg in node.args)
    return MatMul(turned(left), right)


def outer(node: Operation) -> MatrixExpr:
    """Outer product."""
    left, right = node.args
    return MatMul(left, turned(right))


def turned(expr: MatrixExpr) -> MatrixExpr:
    """The transpose as it is written.

    No declared symmetry is used: the entries of a variable are independent, so
    u^T M w and (M u)^T w have different derivatives by M.
    """
    return expr.arg if isinstance(expr, Transpose) else Transpose(expr)


def as_column(arg: MatrixExpr) -> MatrixExpr:
    """A row vector turned upright."""
    return turned(arg) if arg.shape.kind is Kind.ROW else arg


def norm2(node: Operation) -> MatrixExpr:
    """Root of the sum of squares."""
    arg = as_column(node.args[0])
    return Power(MatMul(turned(arg), arg), HALF)


def norm_frobenius(node: Operation) -> MatrixExpr:
    """Root of the sum of all squared entries."""
    (arg,) = node.args
    return Power(operation("sum", Power(arg, Fraction(2))), HALF)


def logsumexp(node: Operation) -> MatrixExpr:
    """Logarithm of the sum of exponentials."""
    return _apply("log", operation("sum", _apply("exp", node.args[0])))


def softmax(node: Operation) -> MatrixExpr:
    """Exponentials over their sum."""
    powers = _apply("exp", node.args[0])
    return Quotient(powers, operation("sum", powers))


def matpow(node: Operation) -> MatrixExpr:
    """A repeated product; of the inverse for a negative exponent."""
    (arg,) = node.args
    (exponent,) = node.parameters
    assert isinstance(exponent, int)
    if exponent == 0:
        return Identity(arg.shape.dims[0])
    factor = arg if exponent > 0 else operation("inv", arg)
    whole = factor
    for _ in range(abs(exponent) - 1):
        whole = MatMul(whole, factor)
    return whole


Define = Callable[[Operation], MatrixExpr]
DEFINITIONS: dict[str, Define] = {
    "mean": mean,
    "norm1": norm1,
    "min": minimum,
    "log_softmax": log_softmax,
    "cross_entropy": cross_entropy,
    "dot": dot,
    "outer": outer,
}
KEPT_DEFINITIONS: dict[str, Define] = {
    "norm2": norm2,
    "normF": norm_frobenius,
    "logsumexp": logsumexp,
    "softmax": softmax,
    "matpow": matpow,
}
