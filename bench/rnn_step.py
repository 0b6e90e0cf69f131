"""The RNN step, warm: symjac's lower to lifted matrix form against SymPy's `diff`.

SymPy differentiates the same component form over `Indexed` with `diff(...).doit()`, and
does not write it back as a matrix. The two alternate; printed are medians, first with
SymPy's memo of earlier results emptied before each run, then with it kept. A GRU step
follows for information. Run from the repository's root: python bench/rnn_step.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import sympy

import symjac

RUNS = 100
STEP = "x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b"
GRU = """
z[t] = sigmoid(W_z @ h[t-1] + U_z @ x[t] + b_z)
r[t] = sigmoid(W_r @ h[t-1] + U_r @ x[t] + b_r)
h[t] = (1 - z[t]) * h[t-1] + z[t] * tanh(W @ (r[t] * h[t-1]) + U @ x[t] + b)
"""


def milliseconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) * 1e3


def ours(text: str) -> Callable[[], object]:
    """Derive and lift; the program is parsed before."""
    program = symjac.parse(text)
    return lambda: symjac.derive(program).matrix("numerator")


def theirs() -> Callable[[], object]:
    """The component form of `STEP`, written in SymPy, differentiated by one entry."""
    n, m = sympy.symbols("n m", integer=True, positive=True)
    j, k, r, s = (
        sympy.Idx(name, size) for name, size in zip("jkrs", (n, n, n, m), strict=True)
    )
    w, w_in = sympy.IndexedBase("W"), sympy.IndexedBase("W_in")
    x, u, b = (sympy.IndexedBase(name) for name in "xub")
    sigma = sympy.Function("sigma")
    recurrent = sympy.Sum(w[j, r] * sigma(x[r]), (r, 0, n - 1))
    component = recurrent + sympy.Sum(w_in[j, s] * u[s], (s, 0, m - 1)) + b[j]
    return lambda: component.diff(x[k]).doit()


def compare(
    left: Callable[[], object], right: Callable[[], object], *, clear: bool
) -> tuple[float, float]:
    """Medians of both, alternating, after one run of each that is not counted."""
    pairs = []
    for _ in range(RUNS + 1):
        first = milliseconds(left)
        if clear:
            sympy.core.cache.clear_cache()
        pairs.append((first, milliseconds(right)))
    lefts, rights = zip(*pairs[1:], strict=True)
    return statistics.median(lefts), statistics.median(rights)


def main() -> None:
    step, sympy_step = ours(STEP), theirs()
    for clear in (True, False):
        left, right = compare(step, sympy_step, clear=clear)
        memo = "emptied" if clear else "kept"
        print(f"RNN step, SymPy's memo {memo}")
        print(f"  symjac: derive and lift  {left:8.3f} ms")
        print(f"  sympy: diff and doit     {right:8.3f} ms   ratio {right / left:.1f}")
    gru = ours(GRU)
    gru()
    median = statistics.median(milliseconds(gru) for _ in range(RUNS))
    print("GRU step, both gates functions of the state")
    print(f"  symjac: derive and lift  {median:8.3f} ms")


if __name__ == "__main__":
    main()
