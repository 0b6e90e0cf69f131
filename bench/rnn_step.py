"""The RNN step, warm: symjac's lower to lifted matrix form against SymPy's `diff`.

SymPy differentiates the same component form over `Indexed` with `diff(...).doit()`, and
does not write it back as a matrix. Run: python bench/rnn_step.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import sympy

import symjac

RUNS = 200


def median_ms(function: Callable[[], object], *, clear: bool) -> float:
    """Median time; SymPy's memo of earlier results is emptied first if `clear`."""
    function()
    times = []
    for _ in range(RUNS):
        if clear:
            sympy.core.cache.clear_cache()
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def main() -> None:
    program = symjac.parse("x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b")

    def ours() -> object:
        return symjac.derive(program).matrix("numerator")

    n, m = sympy.symbols("n m", integer=True, positive=True)
    j, k, r, s = (
        sympy.Idx(name, size) for name, size in zip("jkrs", (n, n, n, m), strict=True)
    )
    w, w_in = sympy.IndexedBase("W"), sympy.IndexedBase("W_in")
    x, u, b = (sympy.IndexedBase(name) for name in "xub")
    sigma = sympy.Function("sigma")
    recurrent = sympy.Sum(w[j, r] * sigma(x[r]), (r, 0, n - 1))
    component = recurrent + sympy.Sum(w_in[j, s] * u[s], (s, 0, m - 1)) + b[j]

    def theirs() -> object:
        return component.diff(x[k]).doit()

    left = median_ms(ours, clear=False)
    print(f"symjac: derive and lift          {left:7.3f} ms")
    for clear in (True, False):
        right = median_ms(theirs, clear=clear)
        memo = "memo emptied" if clear else "memo kept   "
        print(f"sympy: diff, doit ({memo})  {right:7.3f} ms   ratio {right / left:.1f}")


if __name__ == "__main__":
    main()
