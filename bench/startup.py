"""Whole processes: symjac's commands against `import sympy`, alternating, median of 10.

Prints figures and asserts none; a command that fails is an error. The first round does
not count; it leaves bytecode behind, as an installation does.
Run from the repository's root: python -m bench.startup
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

RUNS = 10
BASE = "import sympy"
EQUATION = "x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b"
CLAIM = "W.T @ diag(sigma'(x[t-1]))"
REFUTED = 1
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def commands(folder: str) -> dict[str, tuple[list[str], int]]:
    """Arguments of Python and the expected exit code, by name."""
    symjac = ["-m", "symjac"]
    check = ["check", EQUATION, "--of", "x[t]", "--wrt", "x[t-1]", "--claim", CLAIM]
    prove = ["prove", "pascanu2013", "--output", folder]
    return {
        BASE: (["-c", BASE], 0),
        "import symjac": (["-c", "import symjac"], 0),
        "symjac check": ([*symjac, *check], REFUTED),
        "symjac prove": ([*symjac, *prove], 0),
    }


def seconds(arguments: list[str], expected: int) -> float:
    start = time.perf_counter()
    command = [sys.executable, *arguments]
    done = subprocess.run(command, capture_output=True, env=ENVIRONMENT)
    elapsed = time.perf_counter() - start
    if done.returncode != expected:
        sys.exit(f"{arguments} exits with {done.returncode}\n{done.stderr.decode()}")
    return elapsed


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        chosen = commands(folder)
        times: dict[str, list[float]] = {name: [] for name in chosen}
        for _ in range(RUNS + 1):
            for name, command in chosen.items():
                times[name].append(seconds(*command))
    medians = {name: statistics.median(values[1:]) for name, values in times.items()}
    for name, median in medians.items():
        ratio = median / medians[BASE]
        print(f"{name:14} median {median * 1e3:6.0f} ms   {ratio:.2f} x {BASE}")


if __name__ == "__main__":
    main()
