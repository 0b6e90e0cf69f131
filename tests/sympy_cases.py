"""Expressions that SymPy 1.14 cannot differentiate, or gets wrong, with their values.

The values are written out by hand in NumPy: no rule of symjac or SymPy takes part.
Source: SymPy's issues by their numbers, and runs of SymPy 1.14.0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp
from sympy.tensor.array.expressions import PermuteDims

from tests.oracles import Array, Values, generic

n, m, p = sp.symbols("n m p", integer=True, positive=True)
k = sp.Symbol("k", integer=True)
W, U, A, B, X, E, V = (sp.MatrixSymbol(name, n, n) for name in "WUABXEV")
R = sp.MatrixSymbol("R", m, n)
M = sp.MatrixSymbol("M", 3, 3)
x, u, b, h, z, r = (sp.MatrixSymbol(name, n, 1) for name in "xubhzr")
y = sp.MatrixSymbol("c", m, 1)
q = sp.Symbol("q")
f = sp.Function("sigma")
one = sp.OneMatrix(1, n)
eye = sp.Identity(n)
had = sp.HadamardProduct
log, exp, sin, sqrt, Trace, Det = (
    sp.log,
    sp.exp,
    sp.sin,
    sp.sqrt,
    sp.Trace,
    sp.Determinant,
)


def sigmoid(matrix: sp.MatrixExpr) -> sp.MatrixExpr:
    return matrix.applyfunc(lambda t: 1 / (1 + exp(-t)))


def tanh(matrix: sp.MatrixExpr) -> sp.MatrixExpr:
    return matrix.applyfunc(sp.tanh)


def gen(a: Array) -> Array:
    return generic(0, a, np)


def sig(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


def gru(h: Array, z: Array, r: Array, w: Array) -> Array:
    return z * h + (1 - z) * np.tanh(w @ (r * h))


def dg(a: Array) -> Array:
    return np.diag(a.ravel())


def total(a: Array) -> Array:
    return np.sum(a)


def root(a: Array) -> Array:
    return np.sqrt(np.sum(a * a))


@dataclass(frozen=True)
class Case:
    """An expression, its variable, and its value in NumPy by hand."""

    title: str
    expr: sp.Expr
    wrt: sp.Expr
    value: Callable[[Values], Array]


gates = (sigmoid(A * h), sigmoid(B * h))
GRU = had(z, h) + had(sp.OneMatrix(n, 1) - z, tanh(W * had(r, h)))
GRU_FULL = had(gates[0], h) + had(
    sp.OneMatrix(n, 1) - gates[0], tanh(W * had(gates[1], h))
)
inv = np.linalg.inv
det = np.linalg.det
CASES = [
    Case(
        "W f(x)+U u+b",
        W * x.applyfunc(f) + U * u + b,
        x,
        lambda v: v["W"] @ gen(v["x"]) + v["U"] @ v["u"] + v["b"],
    ),
    Case(
        "f(W x+U u+b)",
        (W * x + U * u + b).applyfunc(f),
        x,
        lambda v: gen(v["W"] @ v["x"] + v["U"] @ v["u"] + v["b"]),
    ),
    Case(
        "f(W f(W x))",
        (W * (W * x).applyfunc(f)).applyfunc(f),
        x,
        lambda v: gen(v["W"] @ gen(v["W"] @ v["x"])),
    ),
    Case(
        "W f(W f(x))",
        W * (W * x.applyfunc(f)).applyfunc(f),
        x,
        lambda v: v["W"] @ gen(v["W"] @ gen(v["x"])),
    ),
    Case("GRU, constant gates", GRU, h, lambda v: gru(v["h"], v["z"], v["r"], v["W"])),
    Case("W(r*h)", W * had(r, h), h, lambda v: v["W"] @ (v["r"] * v["h"])),
    Case(
        "z*tanh(W h)",
        had(z, tanh(W * h)),
        h,
        lambda v: v["z"] * np.tanh(v["W"] @ v["h"]),
    ),
    Case(
        "full GRU",
        GRU_FULL,
        h,
        lambda v: gru(v["h"], sig(v["A"] @ v["h"]), sig(v["B"] @ v["h"]), v["W"]),
    ),
    Case(
        "softmax by inv()",
        x.applyfunc(exp) * (one * x.applyfunc(exp)).inv(),
        x,
        lambda v: np.exp(v["x"]) / total(np.exp(v["x"])),
    ),
    Case(
        "softmax by [0,0]",
        x.applyfunc(exp) / (one * x.applyfunc(exp))[0, 0],
        x,
        lambda v: np.exp(v["x"]) / total(np.exp(v["x"])),
    ),
    Case(
        "log(1'exp x)",
        log((one * x.applyfunc(exp))[0, 0]),
        x,
        lambda v: np.log(total(np.exp(v["x"]))),
    ),
    Case("x'A x", x.T * A * x, x, lambda v: v["x"].T @ v["A"] @ v["x"]),
    Case(
        "tr(A X B)", Trace(A * X * B), X, lambda v: np.trace(v["A"] @ v["X"] @ v["B"])
    ),
    Case("log det X", log(Det(X)), X, lambda v: np.log(det(v["X"]))),
    Case("det X", Det(X), X, lambda v: det(v["X"])),
    Case(
        "least squares",
        (A * x - b).T * (A * x - b),
        x,
        lambda v: total((v["A"] @ v["x"] - v["b"]) ** 2),
    ),
    Case("W f(x) wrt W", W * x.applyfunc(f), W, lambda v: v["W"] @ gen(v["x"])),
    Case("inv(X)", X.inv(), X, lambda v: inv(v["X"])),
    Case("diag(x)", sp.DiagMatrix(x), x, lambda v: dg(v["x"])),
    Case(
        "diag(f(x)) W",
        sp.DiagMatrix(x.applyfunc(f)) * W,
        x,
        lambda v: dg(gen(v["x"])) @ v["W"],
    ),
    Case("x/|x|", x / sqrt((x.T * x)[0, 0]), x, lambda v: v["x"] / root(v["x"])),
    Case(
        "sin(x'A x)",
        sin((x.T * A * x)[0, 0]),
        x,
        lambda v: np.sin(v["x"].T @ v["A"] @ v["x"]),
    ),
    Case("exp(x'x)", exp((x.T * x)[0]), x, lambda v: np.exp(total(v["x"] ** 2))),
    Case("|x|", sqrt((x.T * x)[0, 0]), x, lambda v: root(v["x"])),
    Case("x' wrt x", x.T, x, lambda v: v["x"].T),
    Case("x wrt x", x, x, lambda v: v["x"]),
    Case("A**3", A**3, A, lambda v: v["A"] @ v["A"] @ v["A"]),
    Case("A**-2 x", A**-2 * x, A, lambda v: inv(v["A"]) @ inv(v["A"]) @ v["x"]),
    Case("#26561", Trace(E) + 1, E, lambda v: np.trace(v["E"]) + 1),
    Case(
        "#26585",
        Trace((U * V - A).T * (U * V - A)) + Trace(U.T * U),
        U,
        lambda v: total((v["U"] @ v["V"] - v["A"]) ** 2) + total(v["U"] ** 2),
    ),
    Case(
        "#27406",
        Trace(A.T * A) + Trace(B.T * B),
        A,
        lambda v: total(v["A"] ** 2) + total(v["B"] ** 2),
    ),
    Case(
        "#30527",
        Trace(eye - A) ** 2,
        A,
        lambda v: np.trace(np.eye(3) - v["A"]) ** 2,
    ),
    Case("#17229", M[1, 1], M, lambda v: v["M"][1, 1]),
    Case("#28615", sqrt(Trace(A * A.T)), A, lambda v: root(v["A"])),
    Case("#23364", (q * A) * (q * A), q, lambda v: v["q"] ** 2 * (v["A"] @ v["A"])),
    Case(
        "#21597",
        (u - W * u.applyfunc(f)).T,
        u,
        lambda v: (v["u"] - v["W"] @ gen(v["u"])).T,
    ),
    Case(
        "#23423",
        (y - R * x).T * (y - R * x),
        R,
        lambda v: total((v["c"] - v["R"] @ v["x"]) ** 2),
    ),
    Case("#26946", PermuteDims(X, (1, 0)), X, lambda v: v["X"].T),
    Case(
        "R f(x), not square",
        (R * x).applyfunc(f),
        x,
        lambda v: gen(v["R"] @ v["x"]),
    ),
    Case("kron", sp.KroneckerProduct(x, u), x, lambda v: np.kron(v["x"], v["u"])),
    Case(
        "blocks",
        sp.BlockMatrix([[R], [W]]) * x,
        x,
        lambda v: np.vstack([v["R"], v["W"]]) @ v["x"],
    ),
    Case(
        "diagonal", sp.DiagonalOf(W * W), W, lambda v: np.diag(v["W"] @ v["W"])[:, None]
    ),
    Case(
        "powers and quotients",
        sp.HadamardPower(x, sp.Rational(3, 2)) * q / (2 * n),
        x,
        lambda v: v["q"] * v["x"] ** 1.5 / 6,
    ),
    Case(
        "explicit sizes",
        exp((sp.MatrixSymbol("d", 3, 1).T * sp.MatrixSymbol("d", 3, 1))[0, 0]),
        sp.MatrixSymbol("d", 3, 1),
        lambda v: np.exp(total(v["d"] ** 2)),
    ),
    Case(
        "SymPy's own derivative of f(W x), once more",
        (W * x).applyfunc(f).diff(x) * u,
        u,
        lambda v: v["W"].T @ (generic(1, v["W"] @ v["x"], np) * v["u"]),
    ),
]

i, j, s = sp.symbols("i j s", integer=True)
a_, b_, x_, y_ = (sp.IndexedBase(name) for name in ("A", "B", "x", "w"))
INDEXED = [
    Case(
        "A x",
        sp.Sum(a_[i, j] * x_[j], (j, 0, n - 1)),
        x_,
        lambda v: v["A"] @ v["x"],
    ),
    Case(
        "A x, from 1",
        sp.Sum(a_[i, j] * x_[j], (j, 1, n)),
        x_,
        lambda v: v["A"] @ v["x"],
    ),
    Case(
        "one layer in another; the same bound name twice",
        sp.Sum(a_[i, j] * f(sp.Sum(b_[j, s] * x_[s], (s, 0, m - 1))), (j, 0, n - 1)),
        x_,
        lambda v: v["A"] @ gen(v["B"] @ v["x"]),
    ),
    Case(
        "softmax",
        exp(x_[i]) / sp.Sum(exp(x_[j]), (j, 0, n - 1)),
        x_,
        lambda v: np.exp(v["x"]) / total(np.exp(v["x"])),
    ),
    Case(
        "quadratic form",
        sin(sp.Sum(x_[i] * a_[i, j] * x_[j], (i, 0, n - 1), (j, 0, n - 1))),
        x_,
        lambda v: np.sin(v["x"].T @ v["A"] @ v["x"]),
    ),
    Case(
        "delta and powers",
        sp.Sum(sp.KroneckerDelta(i, j) * x_[j] ** 3 / 2, (j, 0, n - 1)) * y_[i],
        x_,
        lambda v: v["x"] ** 3 / 2 * v["w"],
    ),
    Case(
        "scaled rows and columns",
        x_[i] * a_[i, j] * y_[j],
        a_,
        lambda v: v["x"] * v["A"] * v["w"].T,
    ),
    Case(
        "elements of matrices",
        sp.Sum(W[i, j] * sp.tanh(x[j, 0]), (j, 0, n - 1)),
        x,
        lambda v: v["W"] @ np.tanh(v["x"]),
    ),
    Case(
        "a trace beside indices",
        sp.Sum(W[i, j] * x[j, 0], (j, 0, n - 1)) * Trace(W),
        W,
        lambda v: v["W"] @ v["x"] * np.trace(v["W"]),
    ),
]
