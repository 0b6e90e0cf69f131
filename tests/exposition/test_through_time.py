"""The second half of a proof: products and sums over time, judged."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from symjac.catalog.paper import load, read
from symjac.document.document import Align, Display, Inline, Math, Section, Text
from symjac.errors import CatalogError, Source
from symjac.exposition import through_time
from symjac.exposition.case import Facts, build
from symjac.terms.shape import Layout

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


def written_at(letter: str, shift: int = 0) -> Facts:
    """The paper with its equations at another step, such as x[s] or x[t+1]."""

    def step(found: re.Match[str]) -> str:
        offset = int(found[1] or 0) + shift
        if letter.isdecimal():
            return f"[{int(letter) + offset}]"
        return f"[{letter}{offset:+d}]" if offset else f"[{letter}]"

    text = re.sub(r"\[t([+-]\d+)?\]", step, PAPER.source.text)
    return build(read(Source("mine", text), "mine"))


def formulas(section: Section | None) -> str:
    """All mathematics of a section, in the order in which it stands."""
    assert section is not None
    out: list[str] = []
    for block in section.blocks:
        if isinstance(block, Display):
            out.append(block.latex)
        if isinstance(block, Align):
            out += (f"{line.left} {line.right}" for line in block.lines)
        inline = getattr(block, "inline", ())
        out += (part.content for part in inline if isinstance(part, Math))
    return "\n".join(out)


@pytest.mark.parametrize("letter", ["s", "k", "l", "j", "r", "T", "J"])
def test_no_letter_of_the_argument_through_time_is_taken_by_the_equations(
    letter: str,
) -> None:
    case = written_at(letter)
    for section in (through_time.products(case), through_time.sums(case)):
        found = formulas(section)
        assert not re.search(r"(?<![A-Za-z\\])t(?![A-Za-z])", found)
        assert letter not in re.findall(r"x_\{(\w+)\}", found)
        assert letter not in re.findall(r"\\sum_\{(\w+)=1\}\^\{n\}", found)
        ends = re.findall(r"\\mathbf\{x\}\^\{\((\w)\)\}", found)
        assert len(set(ends)) == 2


@pytest.mark.parametrize("letter", ["s", "k", "l", "j"])
def test_the_chain_rule_has_three_different_indices(letter: str) -> None:
    found = formulas(through_time.products(written_at(letter))).splitlines()
    rule = next(line for line in found if r"\sum_" in line)
    first, over, last = (
        re.search(pattern, rule)
        for pattern in (r"x_\{(\w)\}", r"\\sum_\{(\w)=", r".*x_\{(\w)\}")
    )
    assert first is not None
    assert over is not None
    assert last is not None
    assert len({first[1], over[1], last[1], letter}) == 4


def test_equations_at_the_next_step_or_at_a_number_name_steps_plainly() -> None:
    later = formulas(through_time.products(written_at("t", 1)))
    assert r"\mathbf{J}^{(t+1)}\,\mathbf{J}^{(t)}\,\cdots\,\mathbf{J}^{(s+1)}" in later
    fixed = written_at("3")
    found = formulas(through_time.products(fixed))
    assert r"\mathbf{J}^{(3)}\,\mathbf{J}^{(2)}\,\cdots\,\mathbf{J}^{(s+1)}" in found
    assert "None" not in found + later
    assert through_time.sums(fixed) is None


def test_the_product_of_a_claim_for_step_t_is_judged_at_step_t() -> None:
    """The equations are written for t+1: x[t] = W sigma(x[t-1]) + ... all the same."""
    text = PAPER.source.text.replace(
        'text = "x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b"',
        'text = "x[t+1] = W @ sigma(x[t]) + W_in @ u[t+1] + b"',
    )
    text = text.replace('formula = "W.T @ diag', 'formula = "W @ diag', 1)
    found = texts(through_time.products(build(read(Source("mine", text), "mine"))))
    assert "right in numerator layout" in found
    assert "wrong in denominator layout" in found
