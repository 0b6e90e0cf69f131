"""The RNN step, warm: symjac's lower to lifted matrix form against SymPy's `diff`.

SymPy differentiates the same component form over `Indexed` with `diff(...).doit()`, and
does not write it back as a matrix. The two alternate; printed are medians, first with
SymPy's memo of earlier results emptied before each run, then with it kept. Gated cells:
bench.cells. Run from the repository's root: python -m bench.rnn_step
"""

from __future__ import annotations

import sympy

from bench.cells import ours
from bench.peers import COLUMN, INPUT, ROW, M, N
from bench.timing import Call, medians, show

RUNS = 100
STEP = "x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b"


def theirs() -> Call:
    """The component form of `STEP`, written in SymPy, differentiated by one entry."""
    r, s = sympy.Idx("r", N), sympy.Idx("s", M)
    w, w_in, u, b = (sympy.IndexedBase(name) for name in ("W", "W_in", "u", "b"))
    sigma = sympy.Function("sigma")
    recurrent = sympy.Sum(w[ROW, r] * sigma(INPUT[r]), (r, 0, N - 1))
    component = recurrent + sympy.Sum(w_in[ROW, s] * u[s], (s, 0, M - 1)) + b[ROW]
    return lambda: component.diff(INPUT[COLUMN]).doit()


def main() -> None:
    calls = {"symjac: derive and lift": ours(STEP), "sympy: diff and doit": theirs()}
    emptied = medians(calls, runs=RUNS, before=sympy.core.cache.clear_cache)
    show("RNN step, SymPy's memo emptied", emptied)
    show("RNN step, SymPy's memo kept", medians(calls, runs=RUNS))


if __name__ == "__main__":
    main()
