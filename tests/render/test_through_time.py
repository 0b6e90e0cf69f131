"""The second half of a proof: products and sums over time, judged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symjac.catalog.paper import load, read
from symjac.errors import CatalogError, Source
from symjac.expr.shape import Layout
from symjac.render import through_time
from symjac.render.case import build
from symjac.render.document import Inline, Section, Text

PAPER = load("pascanu2013")


def texts(section: Section | None) -> str:
    assert section is not None
    out: list[str] = []
    for block in section.blocks:
        parts: list[Inline] = [getattr(block, "inline", ())]
        parts += list(getattr(block, "items", ()))
        for inline in parts:
            out.append("".join(p.content for p in inline if isinstance(p, Text)))
    return "\n".join(out)


def test_the_double_sum_has_its_factors_in_the_order_of_the_chain_rule() -> None:
    # e_j P_jl S_lp: in numerator layout rows meet columns from the loss down
    assert through_time.names_in(through_time.ordered(Layout.NUMERATOR)) == [*"ePS"]
    assert through_time.names_in(through_time.ordered(Layout.DENOMINATOR)) == [*"SPe"]


@pytest.mark.parametrize(
    ("order", "right"),
    [
        ("loss state immediate", {Layout.NUMERATOR}),
        ("immediate state loss", {Layout.DENOMINATOR}),
        ("state loss immediate", set()),
    ],
)
def test_the_printed_order_is_judged_in_each_layout(
    order: str, right: set[Layout]
) -> None:
    labels = {**PAPER.through_time, "order": order}
    case = build(replace(PAPER, through_time=labels))
    found = through_time.order_as_printed(case)
    assert {layout for layout, is_right in found.items() if is_right} == right


def test_the_product_of_the_claimed_factors_is_judged_by_itself() -> None:
    found = texts(through_time.products(build(PAPER)))
    assert "wrong in numerator layout" in found
    assert "wrong in denominator layout" in found


def test_a_right_claim_has_a_right_product_and_nothing_to_correct() -> None:
    claim = replace(PAPER.claims[0], formula="W @ diag(sigma'(x[t-1]))")
    case = build(replace(PAPER, claims=(claim,)))
    found = texts(through_time.products(case))
    assert "right in numerator layout" in found
    assert through_time.corrected(case) is None


def test_a_paper_without_labels_has_no_section_on_sums() -> None:
    case = build(replace(PAPER, through_time={}))
    assert through_time.sums(case) is None


def test_an_order_that_names_no_factors_is_refused_with_its_place() -> None:
    text = PAPER.source.text.replace("loss state immediate", "loss state")
    with pytest.raises(CatalogError, match="order names loss, state and immediate"):
        read(Source("mine.toml", text), "mine")
