"""Gated cells, warm: symjac's lower to lifted matrix form against two peers.

The full GRU and LSTM step with all gates functions of h[t-1], differentiated by it.
Each program or expression is built before; ratios are to symjac in the same table. The
sigmoid is written out for SymPy, or left as an undefined function, which is quicker and
leaves `Subs` in the result. Run from the repository's root: python -m bench.cells
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

import sympy

import symjac
from bench import peers
from bench.timing import Call, medians, show

RUNS = 9
GRU = """
z[t] = sigmoid(W_z @ h[t-1] + U_z @ x[t] + b_z)
r[t] = sigmoid(W_r @ h[t-1] + U_r @ x[t] + b_r)
h[t] = (1 - z[t]) * h[t-1] + z[t] * tanh(W @ (r[t] * h[t-1]) + U @ x[t] + b)
"""
LSTM = """
f[t] = sigmoid(W_f @ h[t-1] + U_f @ x[t] + b_f)
i[t] = sigmoid(W_i @ h[t-1] + U_i @ x[t] + b_i)
o[t] = sigmoid(W_o @ h[t-1] + U_o @ x[t] + b_o)
g[t] = tanh(W_g @ h[t-1] + U_g @ x[t] + b_g)
c[t] = f[t] * c[t-1] + i[t] * g[t]
h[t] = o[t] * tanh(c[t])
"""
Differentiate = Callable[[peers.Function], Call]


def ours(text: str) -> Call:
    """Derive and lift; the program is parsed before."""
    program = symjac.parse(text)
    return lambda: symjac.derive(program).matrix("numerator")


def against_sympy(name: str, text: str, theirs: Differentiate) -> None:
    """Both sigmoids, with SymPy's memo of earlier results emptied and kept."""
    calls = {
        "symjac: derive and lift": ours(text),
        "sympy: diff and doit, sigmoid undefined": theirs(sympy.Function("sigmoid")),
        "sympy: diff and doit, sigmoid written out": theirs(peers.sympy_sigmoid),
    }
    found = medians(calls, runs=RUNS, before=sympy.core.cache.clear_cache)
    show(f"{name} step, SymPy's memo emptied", found)
    show(f"{name} step, SymPy's memo kept", medians(calls, runs=RUNS))


def against_tensorgrad() -> None:
    """Both cells, if the peer is installed."""
    tg = peers.load_tensorgrad()
    if tg is None:
        print("tensorgrad is not installed (pip install 'tensorgrad==0.3.*'): skipped")
        return
    steps = {"GRU": (GRU, peers.tensorgrad_gru), "LSTM": (LSTM, peers.tensorgrad_lstm)}
    for name, (text, theirs) in steps.items():
        calls = {"symjac: derive and lift": ours(text)}
        calls |= peers.tensorgrad_calls(tg, theirs(tg))
        found = medians(calls, runs=RUNS)
        show(f"{name} step, tensorgrad {version('tensorgrad')}", found)


def main() -> None:
    against_sympy("GRU", GRU, peers.sympy_gru)
    against_sympy("LSTM", LSTM, peers.sympy_lstm)
    against_tensorgrad()


if __name__ == "__main__":
    main()
