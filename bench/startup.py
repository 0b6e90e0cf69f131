"""Whole processes: symjac's commands against `import sympy`, alternating, median of 10.

Run from the repository's root: python bench/startup.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time

RUNS = 10
EQUATION = "x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b"


def seconds(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], capture_output=True, check=False)
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        claim = "W.T @ diag(sigma'(x[t-1]))"
        commands = {
            "import sympy": ["-c", "import sympy"],
            "import symjac": ["-c", "import symjac"],
            "symjac check": ["-m", "symjac", "check", EQUATION, "--claim", claim],
            "symjac prove": [
                "-m",
                "symjac",
                "prove",
                "pascanu2013",
                "--output",
                folder,
            ],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(RUNS + 1):
            for name, arguments in commands.items():
                times[name].append(seconds(arguments))
    medians = {name: statistics.median(values[1:]) for name, values in times.items()}
    for name, median in medians.items():
        ratio = median / medians["import sympy"]
        print(f"{name:14} median {median * 1e3:6.0f} ms   {ratio:.2f} x import sympy")


if __name__ == "__main__":
    main()
