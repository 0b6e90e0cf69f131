"""The published claims: time of all verdicts, on one core, through the test's adapter.

The collection lies beside the repository, in ../shared. Each claim is parsed, derived
and judged in both layouts, once. Run from the repository's root: python -m bench.claims
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from bench.timing import milliseconds
from symjac.errors import UnsupportedError
from tests.test_published_claims import CLAIMS, Unsupported, judge

SLOWEST = 5


def outcome(case: dict[str, Any]) -> str:
    """What became of a claim."""
    try:
        return "undecided" if "undecided" in judge(case) else "decided"
    except (UnsupportedError, Unsupported):
        return "unsupported"


def timed(case: dict[str, Any], counts: Counter[str]) -> float:
    """Milliseconds for one claim; what became of it is counted."""
    return milliseconds(lambda: counts.update([outcome(case)]))


def main() -> None:
    if not CLAIMS.is_file():
        print(f"{CLAIMS} is not there: skipped")
        return
    cases = json.loads(CLAIMS.read_text("utf-8"))["cases"]
    outcome(cases[0])
    counts: Counter[str] = Counter()
    times = {case["id"]: timed(case, counts) for case in cases}
    shown = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    print(f"{len(cases)} claims ({shown}): {sum(times.values()) / 1e3:.2f} s")
    for name in sorted(times, key=lambda name: -times[name])[:SLOWEST]:
        print(f"  {name:40} {times[name]:8.0f} ms")


if __name__ == "__main__":
    main()
