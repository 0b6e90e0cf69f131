"""The GRU and the LSTM step of `bench.cells` in SymPy's and in tensorgrad's own terms.

SymPy: one component over `Indexed` and `Sum`, differentiated by one entry of h[t-1].
tensorgrad: tensors with named edges. Neither writes the result back as a matrix.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import sympy

from bench.timing import Call

N, M = sympy.symbols("n m", integer=True, positive=True)
ROW, COLUMN = sympy.Idx("j", N), sympy.Idx("k", N)
STATE, CELL, INPUT = (sympy.IndexedBase(name) for name in "hcx")
Function = Callable[[Any], Any]


def sympy_sigmoid(value: Any) -> Any:
    """The sigmoid written out: SymPy 1.14 has no function of that name."""
    return 1 / (1 + sympy.exp(-value))


def sympy_affine(gate: str, row: Any, vector: Function) -> Any:
    """Entry `row` of W v + U x + b, with sums of their own for every gate."""
    w, u, b = (sympy.IndexedBase(f"{name}_{gate}") for name in "WUb")
    r, s = sympy.Idx(f"r_{gate}", N), sympy.Idx(f"s_{gate}", M)
    recurrent = sympy.Sum(w[row, r] * vector(r), (r, 0, N - 1))
    return recurrent + sympy.Sum(u[row, s] * INPUT[s], (s, 0, M - 1)) + b[row]


def sympy_state(index: Any) -> Any:
    """One entry of h[t-1]."""
    return STATE[index]


def sympy_gru(sigmoid: Function) -> Call:
    """One entry of the GRU step, differentiated by one entry of the state."""

    def kept(index: Any) -> Any:
        return sigmoid(sympy_affine("r", index, sympy_state)) * STATE[index]

    z = sigmoid(sympy_affine("z", ROW, sympy_state))
    candidate = sympy.tanh(sympy_affine("h", ROW, kept))
    component = (1 - z) * STATE[ROW] + z * candidate
    return lambda: component.diff(STATE[COLUMN]).doit()


def sympy_lstm(sigmoid: Function) -> Call:
    """One entry of the LSTM step, differentiated by one entry of the state."""
    f, i, o = (sigmoid(sympy_affine(gate, ROW, sympy_state)) for gate in "fio")
    g = sympy.tanh(sympy_affine("g", ROW, sympy_state))
    component = o * sympy.tanh(f * CELL[ROW] + i * g)
    return lambda: component.diff(STATE[COLUMN]).doit()


def load_tensorgrad() -> ModuleType | None:
    """The peer with the modules used here, or None if it is not installed."""
    try:
        importlib.import_module("tensorgrad.compiler.runtime")
        return importlib.import_module("tensorgrad")
    except ImportError:
        return None


def tensorgrad_affine(tg: Any, gate: str, vector: Any) -> Any:
    """W v + U x + b over the edge `a`."""
    w = tg.Variable(f"W_{gate}", i=N, a=N)
    u = tg.Variable(f"U_{gate}", i=N, b=M)
    x, b = tg.Variable("x", b=M), tg.Variable(f"b_{gate}", a=N)
    return (w @ vector).rename(i="a") + (u @ x).rename(i="a") + b


def tensorgrad_gru(tg: Any) -> Any:
    """The GRU step's derivative by the state, still to be taken."""
    state = tg.Variable("h", a=N)
    z, r = (tg.functions.sigmoid(tensorgrad_affine(tg, q, state)) for q in "zr")
    candidate = tg.functions.tanh(tensorgrad_affine(tg, "h", r * state))
    return tg.Derivative((1 - z) * state + z * candidate, state)


def tensorgrad_lstm(tg: Any) -> Any:
    """The LSTM step's derivative by the state, still to be taken."""
    state, cell = tg.Variable("h", a=N), tg.Variable("c", a=N)
    f, i, o = (tg.functions.sigmoid(tensorgrad_affine(tg, q, state)) for q in "fio")
    g = tg.functions.tanh(tensorgrad_affine(tg, "g", state))
    return tg.Derivative(o * tg.functions.tanh(f * cell + i * g), state)


def tensorgrad_calls(tg: Any, derivative: Any) -> dict[str, Call]:
    """Its simplifier for readers, and the memoised normaliser of its compiler.

    The normaliser's memo lives in its arguments, so every call starts with none.
    """
    preset = tg.compiler.runtime.normalize_args
    return {
        "tensorgrad: compiler's normaliser": lambda: derivative.simplify(preset()),
        "tensorgrad: full_simplify": derivative.full_simplify,
    }
