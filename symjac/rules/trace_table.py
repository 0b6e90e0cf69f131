"""The rules that bring a form linear in dX to tr(G^T dX): named rows.

An earlier row goes first. Each smallest instance is over the differential in the row.
"""

from __future__ import annotations

from symjac.expr.matrix import (
    Diag,
    Hadamard,
    MatMul,
    MatrixExpr,
    Operation,
    Scale,
    Symbol,
    Transpose,
    operation,
)
from symjac.expr.shape import column, matrix
from symjac.rules.differential import (
    DifferentialRule,
    Rewrite,
    differential_of,
)
from symjac.rules.trace_forms import (
    associative,
    inner_diag,
    inner_diagonal,
    inner_hadamard,
    scalar_trace,
    scalar_transpose,
    sum_of_product,
    trace_cyclic,
    trace_diag,
    trace_hadamard,
    trace_of_outer,
    trace_transpose,
)

_X, _Y = Symbol("X", matrix("n", "m")), Symbol("Y", matrix("m", "n"))
_S = Symbol("S", matrix("n", "n"))
_x, _a = Symbol("x", column("n")), Symbol("a", column("n"))
_b = Symbol("b", column("m"))
_dX, _dY, _dS, _dx = map(differential_of, (_X, _Y, _S, _x))
_A, _B = Symbol("A", matrix("m", "n")), Symbol("B", matrix("n", "m"))
_BOOK = "Magnus and Neudecker (2019), 1.10"


def _row(
    title: str,
    rewrite: Rewrite,
    before: MatrixExpr,
    after: MatrixExpr,
    dx: Symbol,
    source: str = _BOOK,
) -> DifferentialRule:
    return DifferentialRule(rewrite.__name__, title, before, after, rewrite, source, dx)


def _inner(left: MatrixExpr, right: MatrixExpr) -> MatMul:
    return MatMul(Transpose(left), right)


def _trace(left: MatrixExpr, right: MatrixExpr) -> Operation:
    return operation("tr", MatMul(left, right))


MOVES = (
    _row(
        "associativity",
        associative,
        MatMul(MatMul(Transpose(_a), MatMul(_a, Transpose(_a))), _dx),
        Scale(_inner(_a, _a), _inner(_a, _dx)),
        _dx,
    ),
    _row(
        "a sum is an inner product",
        sum_of_product,
        operation("sum", Hadamard(_B, _dX)),
        _trace(Transpose(_B), _dX),
        _dX,
    ),
    _row(
        "a scalar equals its transpose",
        scalar_transpose,
        _inner(_dx, _a),
        _inner(_a, _dx),
        _dx,
    ),
    _row(
        "elementwise factor to the other side",
        inner_hadamard,
        _inner(_a, Hadamard(_x, _dx)),
        _inner(Hadamard(_a, _x), _dx),
        _dx,
    ),
    _row(
        "diagonal matrix between vectors",
        inner_diag,
        MatMul(MatMul(Transpose(_a), Diag(_dx)), _x),
        _inner(Hadamard(_a, _x), _dx),
        _dx,
    ),
    _row(
        "inner product with a diagonal or a vec",
        inner_diagonal,
        _inner(_a, operation("diagonal", _dS)),
        _trace(Diag(_a), _dS),
        _dS,
    ),
    _row(
        "a scalar is its own trace, and the trace is cyclic",
        scalar_trace,
        MatMul(MatMul(Transpose(_a), _dX), _b),
        operation("tr", MatMul(MatMul(_b, Transpose(_a)), _dX)),
        _dX,
    ),
    _row(
        "trace of an outer product",
        trace_of_outer,
        _trace(_dx, Transpose(_a)),
        _inner(_a, _dx),
        _dx,
    ),
    _row("the trace is cyclic", trace_cyclic, _trace(_dX, _A), _trace(_A, _dX), _dX),
    _row(
        "a matrix and its transpose have one trace",
        trace_transpose,
        _trace(_B, Transpose(_dX)),
        _trace(Transpose(_B), _dX),
        _dX,
    ),
    _row(
        "elementwise factor to the other side of the trace",
        trace_hadamard,
        _trace(Transpose(_B), Hadamard(_X, _dX)),
        _trace(Transpose(Hadamard(_B, _X)), _dX),
        _dX,
    ),
    _row(
        "trace with a diagonal matrix",
        trace_diag,
        _trace(_S, Diag(_dx)),
        _inner(operation("diagonal", _S), _dx),
        _dx,
    ),
)
