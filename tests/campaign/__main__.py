"""`python -m tests.campaign --hours 1 --seed 1`: look for a wrong verdict."""

from __future__ import annotations

import argparse
import json
import sys
import time
from itertools import count
from pathlib import Path

from tests.campaign.judge import Campaign


def main() -> int:
    """Run seeds until the time is over; 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="tests.campaign", description=__doc__)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--undecided", type=Path, help="list true ones there")
    chosen = parser.parse_args()
    campaign, end = Campaign(), time.monotonic() + 3600 * chosen.hours
    seed = chosen.seed
    for seed in count(chosen.seed):
        before = len(campaign.findings)
        campaign.run(seed)
        for finding in campaign.findings[before:]:
            print(f"seed {seed}", *finding, sep="\n  ", flush=True)
        if time.monotonic() > end:
            break
    figures = {"first": chosen.seed, "last": seed, **sorted_counts(campaign)}
    print(json.dumps(figures, indent=2))
    if chosen.undecided is not None:
        lines = "".join(json.dumps(row) + "\n" for row in campaign.undecided)
        chosen.undecided.write_text(lines, "utf-8")
    return 1 if campaign.findings else 0


def sorted_counts(campaign: Campaign) -> dict[str, int]:
    return dict(sorted(campaign.counts.items()))


if __name__ == "__main__":
    sys.exit(main())
