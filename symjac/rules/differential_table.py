"""The rules for differentials: name, title, smallest instance, source.

An earlier row goes first. Each smallest instance is over the row's variable.
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
from symjac.expr.shape import SCALAR, column, matrix
from symjac.library.row import Function
from symjac.rules.differential import (
    DifferentialRule,
    Rewrite,
    d,
    zero,
)
from symjac.rules.differential_functions import (
    TWO,
    all_factors,
    elementwise,
    largest,
    logsumexp,
    norm,
    power,
    quotient,
    softmax,
    squared_norm,
)
from symjac.rules.differential_rules import (
    addition,
    constant,
    constant_factor,
    determinant,
    exponential,
    inverse,
    linear_map,
    log_determinant,
    matrix_power,
    negative,
    product,
    trace,
    trace_of_power,
    transposition,
    written_out,
)

X, Y = Symbol("X", matrix("n", "n")), Symbol("Y", matrix("n", "n"))
A = Symbol("A", matrix("m", "n"))
_x, _a = Symbol("x", column("n")), Symbol("a", column("n"))
_u, _C = Symbol("u", SCALAR), Symbol("C", matrix("n", "n"))
_exp = operation("expm", Scale(_u, _C))
_f = Function("f", "f")
_ONE, _TWO = (Constant(Fraction(n), SCALAR) for n in (1, 2))
_BOOK = "Magnus and Neudecker (2019), ch. 8"
_COOKBOOK = "Petersen and Pedersen (2012), ch. 2"
_DEEP = "Goodfellow, Bengio, Courville (2016), 4.1"
_inv, _det, _norm = operation("inv", X), operation("det", X), operation("norm2", _x)
_soft = operation("softmax", _x)
_tr_inv = operation("tr", MatMul(_inv, d(X)))
_x_dx = MatMul(Transpose(_x), d(_x))
_dot = MatMul(Transpose(_soft), d(_x))
_square, _cube = (Operation("matpow", (X,), (k,)) for k in (2, 3))


def _row(
    title: str,
    rewrite: Rewrite,
    of: MatrixExpr,
    after: MatrixExpr,
    source: str = _BOOK,
    variable: Symbol = X,
) -> DifferentialRule:
    name = rewrite.__name__
    return DifferentialRule(name, title, d(of), after, rewrite, source, variable)


DIFFERENTIALS = (
    _row("constants vanish", constant, A, zero(A.shape)),
    _row("constant factor", constant_factor, MatMul(A, X), MatMul(A, d(X))),
    _row("sign", negative, Neg(X), Neg(d(X))),
    _row("differential of a sum", addition, Add((X, Y)), Add((d(X), d(Y)))),
    _row(
        "differential of a product",
        product,
        MatMul(X, Y),
        Add((MatMul(d(X), Y), MatMul(X, d(Y)))),
    ),
    _row("differential of a transpose", transposition, Transpose(X), Transpose(d(X))),
    _row(
        "differential of the trace of a power",
        trace_of_power,
        operation("tr", _cube),
        Scale(Constant(Fraction(3), SCALAR), operation("tr", MatMul(_square, d(X)))),
    ),
    _row("differential of a trace", trace, operation("tr", X), operation("tr", d(X))),
    _row(
        "differential of a linear map",
        linear_map,
        operation("sum", X),
        operation("sum", d(X)),
    ),
    _row(
        "differential of an inverse",
        inverse,
        _inv,
        Neg(MatMul(MatMul(_inv, d(X)), _inv)),
    ),
    _row("differential of a determinant", determinant, _det, Scale(_det, _tr_inv)),
    _row(
        "differential of a log-determinant",
        log_determinant,
        operation("logdet", X),
        _tr_inv,
    ),
    _row(
        "differential of a matrix power",
        matrix_power,
        _square,
        Add((MatMul(d(X), X), MatMul(X, d(X)))),
    ),
    _row(
        "differential of a matrix exponential",
        exponential,
        _exp,
        Scale(d(_u), MatMul(_C, _exp)),
        _COOKBOOK,
        _u,
    ),
    _row(
        "differential of a squared norm",
        squared_norm,
        Power(_norm, TWO),
        Scale(_TWO, _x_dx),
        variable=_x,
    ),
    _row("differential of a norm", norm, _norm, Quotient(_x_dx, _norm), variable=_x),
    _row(
        "differential of logsumexp",
        logsumexp,
        operation("logsumexp", _x),
        _dot,
        _DEEP,
        _x,
    ),
    _row(
        "differential of softmax",
        softmax,
        _soft,
        Add((Hadamard(_soft, d(_x)), Neg(Scale(_dot, _soft)))),
        _DEEP,
        _x,
    ),
    _row(
        "differential of a product of entries",
        all_factors,
        operation("prod", _x),
        Scale(
            operation("prod", _x),
            MatMul(Transpose(Quotient(Constant(ONE, _x.shape), _x)), d(_x)),
        ),
        _COOKBOOK,
        _x,
    ),
    _row(
        "differential of a maximum",
        largest,
        operation("max", _x),
        MatMul(Transpose(operation("hardmax", _x)), d(_x)),
        _DEEP,
        _x,
    ),
    _row(
        "definition of the operation",
        written_out,
        operation("dot", _a, _x),
        d(MatMul(Transpose(_a), _x)),
        "symjac/library/operations.py",
        _x,
    ),
    _row(
        "differential of a power",
        power,
        Power(_u, TWO),
        Scale(_TWO, Scale(_u, d(_u))),
        variable=_u,
    ),
    _row(
        "differential of a quotient",
        quotient,
        Quotient(X, _u),
        Add(
            (
                Quotient(d(X), _u),
                Neg(Scale(Quotient(d(_u), Power(_u, TWO)), X)),
            )
        ),
    ),
    _row(
        "differential of an elementwise function",
        elementwise,
        Elementwise(_f, 0, X),
        Hadamard(Elementwise(_f, 1, X), d(X)),
    ),
)
