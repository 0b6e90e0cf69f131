"""What the page says of norms: what is proved, and no more."""

from __future__ import annotations

from dataclasses import replace

from symjac.catalog.paper import load
from symjac.document.document import Inline, Items, Paragraph, Section, Table, Text
from symjac.exposition.case import build
from symjac.exposition.norms import norms

PAPER = load("pascanu2013")


def plain(inline: Inline) -> str:
    return "".join(part.content for part in inline if isinstance(part, Text))


def section(formula: str | None = None) -> Section:
    claim = PAPER.claims[0]
    if formula is not None:
        claim = replace(claim, formula=formula)
    found = norms(build(replace(PAPER, claims=(claim,))))
    assert found is not None
    return found


def rows(found: Section) -> dict[str, tuple[str, str, str]]:
    (table,) = (block for block in found.blocks if isinstance(block, Table))
    return {
        plain(name): (true[0].content, claimed[0].content, plain(example))
        for name, true, claimed, example in table.rows
    }


def test_a_transpose_exchanges_the_1_norm_and_the_infinity_norm() -> None:
    found = rows(section())
    assert found["2-norm"][2] == found["Frobenius norm"][2] == "—"
    true, claimed, _ = found["1-norm"]
    assert (claimed, true) == found["∞-norm"][:2]
    assert true != claimed


def test_the_right_formula_keeps_every_bound() -> None:
    found = rows(section("W @ diag(sigma'(x[t-1]))"))
    assert {example for _, _, example in found.values()} == {"—"}


def test_each_condition_is_given_in_one_direction_only() -> None:
    (items,) = (block for block in section().blocks if isinstance(block, Items))
    vanishing, exploding = map(plain, items.items)
    assert "sufficient" in vanishing
    assert "necessary" not in vanishing
    assert "necessary" in exploding
    assert "not sufficient" in exploding


def test_a_claim_with_a_lost_factor_has_another_bound() -> None:
    found = section("W.T")
    said = [
        plain(block.inline) for block in found.blocks if isinstance(block, Paragraph)
    ]
    assert any(
        "hold for the claimed formula, not for the derivative" in s for s in said
    )
