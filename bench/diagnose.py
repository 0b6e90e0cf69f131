"""Diagnoses of refuted published claims: how many, how long, and against a bare search.

    python -m bench.diagnose

The peer does the unsound half of the work: it only lists formulas near the claim and
counts them, judging none. Times are processor seconds.
"""

from __future__ import annotations

import statistics
import time

from symjac.diagnosis.diagnose import diagnose
from symjac.diagnosis.material import material
from symjac.diagnosis.neighbors import simple_edits
from symjac.errors import UnsupportedError
from tests.claims.test_diagnose import judged_case, refuted_cases


def main() -> None:
    times, peer, found, missing = [], [], 0, []
    for case in refuted_cases():
        try:
            judged = judged_case(case)
        except UnsupportedError:
            continue
        start = time.process_time()
        diagnosis = diagnose(judged)
        middle = time.process_time()
        list(simple_edits(judged.claim.expr, material(judged.jacobian)))
        times.append(middle - start)
        peer.append(time.process_time() - middle)
        found += bool(diagnosis.remedies)
        if not diagnosis.remedies:
            missing.append(case["id"])
    print(f"{found} of {len(times)} refuted claims have a diagnosis")
    print(f"median {statistics.median(times):.3f} s, longest {max(times):.2f} s")
    print(f"{sum(times) / sum(peer):.1f} times the bare list of simple edits")
    print("without:", ", ".join(missing))


if __name__ == "__main__":
    main()
