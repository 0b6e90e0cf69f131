"""Nested depth, warm: time and length of the derivative of h_L by x against L.

    h_1 = tanh(W @ x), h_2 = tanh(W @ h_1), ..., h_L = tanh(W @ h_(L-1))

A doubling of L should double both; the last lines fit a power of L by least squares to
the upper half. Run from the repository's root: python -m bench.depth
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

import symjac
from bench.timing import medians

RUNS = 9
DEPTHS = (1, 2, 4, 8, 16, 32, 64)
FITTED = 4
HEAD = (
    f"{'L':>4} {'derive':>9} {'lift':>9} {'both':>9} {'ratio':>6} {'length':>7} ratio"
)


@dataclass(frozen=True, slots=True)
class Row:
    """Milliseconds, and characters of component and matrix form together."""

    depth: int
    derive: float
    lift: float
    length: int

    @property
    def both(self) -> float:
        """From a program to the matrix form."""
        return self.derive + self.lift


def nested(depth: int) -> str:
    """The program."""
    later = (f"h_{n} = tanh(W @ h_{n - 1})" for n in range(2, depth + 1))
    return "\n".join(("h_1 = tanh(W @ x)", *later))


def measure(depth: int) -> Row:
    """One depth."""
    program = symjac.parse(nested(depth))
    jacobian = symjac.derive(program, wrt="x")
    calls = {
        "derive": lambda: symjac.derive(program, wrt="x"),
        "lift": lambda: jacobian.matrix("numerator"),
    }
    found = medians(calls, runs=RUNS)
    length = len(jacobian.component_text) + len(str(jacobian.matrix("numerator")))
    return Row(depth, found["derive"], found["lift"], length)


def exponent(depths: list[int], values: list[float]) -> float:
    """The slope p of value ~ depth**p, by least squares on logarithms."""
    logs = [math.log(v) for v in values]
    return statistics.linear_regression([math.log(d) for d in depths], logs).slope


def ratio(after: float, before: float | None) -> str:
    return f"{after / before:6.2f}" if before else "      "


def main() -> None:
    print(HEAD)
    rows: list[Row] = []
    for depth in DEPTHS:
        row, last = measure(depth), rows[-1] if rows else None
        rows.append(row)
        times = f"{row.derive:9.2f} {row.lift:9.2f} {row.both:9.2f}"
        slower = ratio(row.both, last.both if last else None)
        longer = ratio(row.length, last.length if last else None)
        print(f"{depth:4} {times} {slower} {row.length:7}{longer}")
    upper = rows[-FITTED:]
    depths = [row.depth for row in upper]
    print(f"times grow as L**{exponent(depths, [row.both for row in upper]):.2f}")
    print(f"lengths grow as L**{exponent(depths, [row.length for row in upper]):.2f}")


if __name__ == "__main__":
    main()
