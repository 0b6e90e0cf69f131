"""The campaign finds what is planted, and covers the language."""

from __future__ import annotations

import pytest

from symjac.library.functions import TABLE
from symjac.library.operations import OPERATIONS
from tests.campaign.judge import Campaign, drawn_names
from tests.campaign.subject import FAULTS

BLOCKS = {"hstack", "vstack"}  # written in brackets
ONLY_PRINTED = {"selector", "commutation", "erf_slope"}
NAMELESS = {"pi"}  # no call
FIRST = {  # a seed at which a fault can be seen, found by trying
    "a step of a product over time is one too early": 271,
    "what is declared is not held": 2,
    "brackets around a sum are lost": 4,
    "ones are printed as a number": 8,
    "values of generic functions are not listed": 27,
    "a transpose is not read": 109,
    "the sign of a slope is lost": 1,
}


def test_programs_have_every_function_and_operation() -> None:
    drawn = set(drawn_names(range(2000)))
    every = TABLE.keys() | OPERATIONS.keys()
    assert every - drawn - BLOCKS - ONLY_PRINTED - NAMELESS == set()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_and_without_it_nothing(fault: str) -> None:
    planted, plain = Campaign(FAULTS[fault]), Campaign()
    for campaign in (planted, plain):
        campaign.run(FIRST[fault])
    assert planted.findings
    assert plain.findings == []
    assert plain.counts["claims"] > 0
