r"""Differentials of the operations of linear algebra.

    d(A B) = dA B + A dB                    d(A * B) = dA * B + A * dB
    d tr A = tr dA                          d inv(A) = -inv(A) dA inv(A)
    d det A = det A tr(inv(A) dA)           d logdet A = tr(inv(A) dA)

Each function takes what stands under the d, and gives None where it does not apply.
Source: Magnus and Neudecker (2019), ch. 8; Petersen and Pedersen (2012), ch. 2.
"""

from __future__ import annotations

from symjac.expr.matrix import (
    Add,
    Diag,
    Elementwise,
    Hadamard,
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
from symjac.expr.products import join, spine
from symjac.expr.shape import SCALAR
from symjac.language.meaning import definition
from symjac.rules.differential import (
    LINEAR,
    d,
    is_live,
    zero,
)
from symjac.rules.differential_functions import number


def constant(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """What does not depend on the variable has no differential."""
    return None if is_live(expr, variable) else zero(expr.shape)


def constant_factor(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """Constant factors on either side stay."""
    match expr:
        case MatMul():
            return _between_constants(expr, variable)
        case Scale(left, right) | Hadamard(left, right):
            make = type(expr)
            if not is_live(left, variable):
                return make(left, d(right))
            return make(d(left), right) if not is_live(right, variable) else None
        case Quotient(above, below) if not is_live(below, variable):
            return Quotient(d(above), below)
    return None


def _between_constants(expr: MatMul, variable: Symbol) -> MatrixExpr | None:
    chain = spine(expr)
    live = [n for n, factor in enumerate(chain) if is_live(factor, variable)]
    first, last = live[0], live[-1] + 1
    if len(chain) == 1 or (first, last) == (0, len(chain)):
        return _between_two(expr, variable) if len(chain) == 1 else None
    middle = join(chain[first:last])
    if middle.shape == SCALAR:
        return None
    return join((*chain[:first], d(middle), *chain[last:]))


def _between_two(expr: MatMul, variable: Symbol) -> MatrixExpr | None:
    if not is_live(expr.left, variable):
        return MatMul(expr.left, d(expr.right))
    return None if is_live(expr.right, variable) else MatMul(d(expr.left), expr.right)


def negative(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """The sign stays."""
    return Neg(d(expr.arg)) if isinstance(expr, Neg) else None


def addition(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """Term by term."""
    if not isinstance(expr, Add):
        return None
    return Add(tuple(Neg(d(t.arg)) if isinstance(t, Neg) else d(t) for t in expr.terms))


def product(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """One factor at a time, in its place."""
    match expr:
        case MatMul():
            chain = spine(expr)
            if len(chain) == 1:
                chain = (expr.left, expr.right)
            places = range(len(chain))
            return Add(
                tuple(join((*chain[:n], d(chain[n]), *chain[n + 1 :])) for n in places)
            )
        case Scale(left, right) | Hadamard(left, right):
            make = type(expr)
            return Add((make(d(left), right), make(left, d(right))))
    return None


def transposition(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """The transpose of the differential."""
    return Transpose(d(expr.arg)) if isinstance(expr, Transpose) else None


def trace_of_power(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """The trace brings the powers on both sides of dA together."""
    match expr:
        case Operation("tr", (Operation("matpow", (arg,), (int(k),)),)) if k > 1:
            power = Operation("matpow", (arg,), (k - 1,)) if k > 2 else arg
            return number(k, operation("tr", MatMul(power, d(arg))))
        case Operation("tr", (Operation("expm", (arg,)),)):
            return operation("tr", MatMul(operation("expm", arg), d(arg)))
    return None


def linear_map(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """The differential of a linear map is the map of the differential."""
    match expr:
        case Operation(name, (arg,)) if name in LINEAR:
            return operation(name, d(arg))
        case Diag(arg):
            return Diag(d(arg))
    return None


def trace(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """The trace is linear."""
    match expr:
        case Operation("tr", (arg,)):
            return operation("tr", d(arg))
    return None


def inverse(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """From d(A inv(A)) = 0."""
    match expr:
        case Operation("inv", (arg,)):
            return Neg(MatMul(MatMul(expr, d(arg)), expr))
    return None


def determinant(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """Jacobi's formula, where A is invertible."""
    match expr:
        case Operation("det", (arg,)):
            return Scale(expr, _log_slope(arg))
    return None


def log_determinant(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """Jacobi's formula over the determinant."""
    match expr:
        case Operation("logdet", (arg,)):
            return _log_slope(arg)
    return None


def _log_slope(arg: MatrixExpr) -> MatrixExpr:
    return operation("tr", MatMul(operation("inv", arg), d(arg)))


def matrix_power(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """One factor at a time, between the powers that stay."""
    match expr:
        case Operation("matpow", _, (0,)):
            return zero(expr.shape)
        case Operation("matpow", (arg,), (int(k),)):
            pairs = [(r, k - 1 - r) for r in range(k)] if k > 0 else []
            pairs = pairs or [(-r, k - 1 + r) for r in range(1, 1 - k)]
            terms = [_powers_around(arg, *pair) for pair in pairs]
            signed = tuple(terms) if k > 0 else tuple(map(Neg, terms))
            return signed[0] if len(signed) == 1 else Add(signed)
    return None


def _powers_around(arg: MatrixExpr, before: int, behind: int) -> MatrixExpr:
    """A^before dA A^behind."""
    powers = {0: (), 1: (arg,), -1: (operation("inv", arg),)}
    left, right = (
        powers.get(k, (Operation("matpow", (arg,), (k,)),)) for k in (before, behind)
    )
    return join((*left, d(arg), *right))


def exponential(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """A constant commutes with the exponential of its multiples."""
    match expr:
        case Operation("expm", (Scale(scalar, arg),)) if not is_live(arg, variable):
            return Scale(d(scalar), MatMul(arg, expr))
    return None


def written_out(expr: MatrixExpr, variable: Symbol) -> MatrixExpr | None:
    """An operation that others express is written out."""
    match expr:
        case Operation() if expr.row.is_inlined:
            return d(definition(expr))
        case Elementwise(function, 0, Operation("softmax", (arg,))) if (
            function.name == "log"
        ):
            return d(definition(operation("log_softmax", arg)))
    return None
