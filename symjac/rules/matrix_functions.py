r"""Normal forms of inverse, determinant and log-determinant, on matrix forms.

    inv(A B) = inv(B) inv(A)   det(A B) = det(A) det(B)   logdet(A B) = logdet A + ...
    inv(A^T) = inv(A)^T        det(A^T) = det(A)          logdet(A^T) = logdet(A)
    inv(c A) = inv(A) / c      det(inv(A)) = 1 / det(A)   logdet(c A) = n log|c| + ...
    inv(diag(v)) = diag(1/v)     det(diag(v)) = prod(v)      inv(Q) = Q^T, Q orthogonal

The factors of a product have to be square. Each function returns None where no identity
applies. Used only where two forms are compared.
Source: Horn and Johnson, Matrix Analysis, 0.3 and 0.8; Magnus and Neudecker, ch. 1.
"""

from __future__ import annotations

from symjac.expr.index import ONE
from symjac.expr.matrix import (
    Add,
    Constant,
    Diag,
    Elementwise,
    Identity,
    MatMul,
    MatrixExpr,
    Neg,
    Operation,
    Quotient,
    Scale,
    Symbol,
    Transpose,
    operation,
)
from symjac.expr.shape import SCALAR, Kind, Shape
from symjac.library.functions import lookup


def _is_square(shape: Shape) -> bool:
    return shape.kind is Kind.MATRIX and shape.dims[0] == shape.dims[1]


def square_factors(expr: MatrixExpr) -> tuple[MatrixExpr, MatrixExpr] | None:
    """A product of two square matrices, where a chain can be cut into such."""
    chain: list[MatrixExpr] = []
    rest = expr
    while isinstance(rest, MatMul):
        chain.insert(0, rest.right)
        if _is_square(rest.left.shape):
            right = chain[0]
            for factor in chain[1:]:
                right = MatMul(right, factor)
            return rest.left, right
        rest = rest.left
    return None


def normal_inverse(node: Operation) -> MatrixExpr | None:  # noqa: C901 - a table
    """The inverse of a compound matrix by the inverses of its parts."""
    (arg,) = node.args
    if (factors := square_factors(arg)) is not None:
        left, right = factors
        return MatMul(operation("inv", right), operation("inv", left))
    match arg:
        case Transpose(inner):
            return Transpose(operation("inv", inner))
        case Identity():
            return arg
        case Neg(inner):
            return Neg(operation("inv", inner))
        case Scale(scalar, inner):
            return Quotient(operation("inv", inner), scalar)
        case Quotient(inner, scalar) if scalar.shape == SCALAR:
            return Scale(scalar, operation("inv", inner))
        case Diag(vector):
            return Diag(Quotient(Constant(ONE, vector.shape), vector))
        case Operation("inv", (inner,)):
            return inner
        case Operation("matpow"):
            return operation("inv", matpow(arg))
        case Operation("expm", (inner,)):
            return operation("expm", Neg(inner))
        case Operation("kron", (left, right)) if _is_square(left.shape):
            return Operation("kron", (operation("inv", left), operation("inv", right)))
        case Symbol(properties=found) if "orthogonal" in found:
            return Transpose(arg)
        case Symbol(properties=found) if "identity" in found:
            return arg
    return None


def normal_determinant(node: Operation) -> MatrixExpr | None:
    """The determinant of a compound matrix by those of its parts."""
    (arg,) = node.args
    if (factors := square_factors(arg)) is not None:
        left, right = factors
        return Scale(operation("det", left), operation("det", right))
    match arg:
        case Transpose(inner):
            return operation("det", inner)
        case Identity():
            return Constant(ONE, SCALAR)
        case Diag(vector):
            return operation("prod", vector)
        case Operation("inv", (inner,)):
            return Quotient(Constant(ONE, SCALAR), operation("det", inner))
        case Operation("matpow"):
            return operation("det", matpow(arg))
        case Operation("expm", (inner,)):
            return _apply("exp", operation("tr", inner))
    return None


def normal_log_determinant(  # noqa: C901 - a table
    node: Operation,
) -> MatrixExpr | None:
    """The log-determinant of a compound matrix by those of its parts."""
    (arg,) = node.args
    if (factors := square_factors(arg)) is not None:
        left, right = factors
        return Add((operation("logdet", left), operation("logdet", right)))
    match arg:
        case Transpose(inner) | Neg(inner):
            return operation("logdet", inner)
        case Identity():
            return Constant(ONE - 1, SCALAR)
        case Scale(scalar, inner):
            size = Operation("dim", (), arg.shape.dims[:1])
            logarithm = _apply("log", _apply("abs", scalar))
            return Add((Scale(size, logarithm), operation("logdet", inner)))
        case Diag(vector):
            return operation("sum", _apply("log", _apply("abs", vector)))
        case Operation("inv", (inner,)):
            return Neg(operation("logdet", inner))
        case Operation("matpow"):
            return operation("logdet", matpow(arg))
        case Operation("expm", (inner,)):
            return operation("tr", inner)
        case Symbol(properties=found) if "orthogonal" in found:
            return Constant(ONE - 1, SCALAR)
    return None


def _apply(name: str, arg: MatrixExpr) -> Elementwise:
    return Elementwise(lookup(name), 0, arg)


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


NORMAL_FORMS = {
    "matpow": matpow,
    "inv": normal_inverse,
    "det": normal_determinant,
    "logdet": normal_log_determinant,
}
