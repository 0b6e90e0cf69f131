"""The answer on top of the founding proof: its sentences recomputed, or not given."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import symjac
from symjac.catalog.paper import load
from symjac.document import document as doc
from symjac.document.markup import blocks
from symjac.exposition.answer import answer
from symjac.exposition.case import build
from symjac.typeset.notation import Notation, written

PAPER = load("pascanu2013")
PAGE = symjac.prove("pascanu2013").render("md")
ANSWER = PAGE[PAGE.index("## The answer") : PAGE.index("## Notation")]


def matrices(text: str) -> list[np.ndarray]:
    """All matrices of whole numbers in a text."""
    found = re.findall(r"\\begin\{pmatrix\} ([-\d &\\]+) \\end\{pmatrix\}", text)
    return [
        np.array([[int(x) for x in row.split("&")] for row in one.split(r"\\")])
        for one in found
    ]


def test_a_unit_that_is_off_has_a_row_in_the_claim_but_none_in_the_derivative() -> None:
    point, slopes, weights = matrices(ANSWER)[:3]
    assert np.array_equal(np.diag((point.ravel() > 0).astype(int)), slopes)
    assert not (slopes @ weights.T)[1].any()
    shown = re.search(r"row in the claim is \$`\((\d), (\d)\)`\$", ANSWER)
    assert shown is not None
    assert list((weights.T @ slopes)[1]) == [int(shown[1]), int(shown[2])]
    assert any((weights.T @ slopes)[1])


def test_a_cut_edge_leaves_the_claim_its_number_but_not_the_derivative() -> None:
    weights, slopes = np.array([[1.0, 0.0], [3.0, 4.0]]), np.diag([5.0, 7.0])
    assert (weights @ slopes)[0, 1] == 0
    assert (weights.T @ slopes)[0, 1] == weights[1, 0] * slopes[1, 1] != 0
    assert r"W_{21}\,\sigma'\bigl(x_{2}^{(t-1)}\bigr)" in ANSWER


def test_over_time_one_factor_stands_at_the_wrong_end_and_eigenvalues_are_right() -> (
    None
):
    source = np.random.default_rng(3)
    weights = source.normal(size=(4, 4))
    slopes = [np.diag(source.uniform(0.2, 1, 4)) for _ in range(5)]
    middle = slopes[0]
    for one in slopes[1:]:
        middle = middle @ weights.T @ one
    true, claimed = np.eye(4), np.eye(4)
    for one in slopes:
        true, claimed = true @ one @ weights.T, claimed @ weights.T @ one
    assert np.allclose(true, middle @ weights.T)
    assert np.allclose(claimed, weights.T @ middle)
    assert not np.allclose(true, claimed)
    assert np.allclose(np.poly(true), np.poly(claimed))
    weights, middle = matrices(ANSWER)[-2:]
    norms = [np.linalg.norm(a, 2) for a in (middle @ weights.T, weights.T @ middle)]
    assert norms == [0, 2]
    assert "they are 0 and 2" in ANSWER


def test_the_printed_numbers_refute_a_condition_on_the_largest_eigenvalue() -> None:
    start = PAGE.index("They do not follow from a bound on the largest eigenvalue")
    weights, jacobian = matrices(PAGE[start:])[:2]
    state = np.array([0, np.arctanh(0.5)])
    bias = np.array([-4, 4 + np.arctanh(0.5)])
    assert np.allclose(weights @ np.tanh(state) + bias, state)
    assert np.array_equal(weights @ weights, np.zeros((2, 2)))  # all eigenvalues 0
    slopes = 1 - np.tanh(state) ** 2
    assert np.allclose(slopes, [1, 3 / 4])
    assert np.allclose(weights @ np.diag(slopes), jacobian)
    assert np.array_equal(jacobian @ jacobian, 2 * jacobian)


@pytest.mark.parametrize(
    "formula",
    ["W @ diag(sigma'(x[t-1]))", "W.T", "2 * W.T @ diag(sigma'(x[t-1]))"],
)
def test_another_claim_has_no_such_answer(formula: str) -> None:
    claim = replace(PAPER.claims[0], formula=formula)
    assert answer(build(replace(PAPER, claims=(claim,)))) is None
    assert answer(build(PAPER)) is not None


def test_without_a_neighbour_nobody_says_where_the_transpose_comes_from() -> None:
    assert answer(build(replace(PAPER, siblings=()))) is None


@pytest.mark.parametrize("format", ["tex", "md", "html", "typ"])
@pytest.mark.parametrize("key", ["pascanu2013", "cs224d2016"])
def test_every_format_begins_with_the_answer(key: str, format: str) -> None:
    text = symjac.prove(key).render(format)
    assert 0 < text.index("What survives.") < text.index("Notation")


def test_the_answer_follows_the_notation_in_force() -> None:
    with written(Notation(time="subscript", transpose="T")):
        found = answer(build(PAPER))
    assert found is not None
    assert r"\mathbf{W}^{T}" in repr(found).replace("\\\\", "\\")


def test_values_of_a_template_are_never_markup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "known.jinja").write_text(
        "Known as {{ name }}.\n\n| a | {{ name }} |\n"
    )
    monkeypatch.setattr(doc, "TEMPLATES", tmp_path)
    hostile = "$$ x $$\n\n| a | # \x02 0 \x020\x03 {{ 7 * 7 }}\n\n- b *c* $d$"
    paragraph, table = blocks("known", {"name": hostile})
    assert paragraph == doc.Paragraph(
        (*doc.text("Known as "), *doc.text(hostile), *doc.text("."))
    )
    assert table == doc.Table((doc.text("a"), doc.text(hostile)), ())


def test_a_sentence_of_a_data_file_may_hold_checked_mathematics_only(
    tmp_path: Path,
) -> None:
    text = (Path(symjac.__file__).parent / "catalog" / "pascanu2013.toml").read_text(
        "utf-8"
    )
    for bad in (r"$\\input{x}$", "one $ alone"):
        path = tmp_path / "mine.toml"
        path.write_text(
            text.replace("remarks = [", f'remarks = [\n  "{bad}",', 1), "utf-8"
        )
        with pytest.raises(symjac.SymjacError, match="remarks"):
            symjac.prove(str(path))
