"""What the scripts share: warm medians of functions that alternate, in milliseconds.

Every script runs by itself from the repository's root, such as `python -m bench.cells`.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping

Call = Callable[[], object]
Clock = Callable[[], float]


def milliseconds(function: Call, clock: Clock = time.perf_counter) -> float:
    """Time of one call."""
    start = clock()
    function()
    return (clock() - start) * 1e3


def nothing() -> None:
    """What precedes a run by default."""


def medians(
    functions: Mapping[str, Call],
    *,
    runs: int,
    before: Call = nothing,
    clock: Clock = time.perf_counter,
) -> dict[str, float]:
    """Medians by name; the functions alternate, and the first round does not count.

    `before` runs before every call, untimed. What lives after the first round is taken
    out of the collector's sight, so that nobody pays for a peer's large modules.
    """
    times: dict[str, list[float]] = {name: [] for name in functions}
    for counted in range(runs + 1):
        for name, function in functions.items():
            before()
            elapsed = milliseconds(function, clock)
            if counted:
                times[name].append(elapsed)
        if not counted:
            gc.collect()
            gc.freeze()
    gc.unfreeze()
    return {name: statistics.median(values) for name, values in times.items()}


def show(title: str, found: Mapping[str, float]) -> None:
    """A table of medians, each with its ratio to the first row."""
    base = next(iter(found.values()))
    print(f"{title:52} {'ms':>9} {'ratio':>7}")
    for name, median in found.items():
        print(f"  {name:50} {median:9.2f} {median / base:7.1f}")
