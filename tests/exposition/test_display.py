"""Results in notebooks: the same in Jupyter and marimo, readable, and only text."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import bs4
import html5lib
import pytest
from markdown_it import MarkdownIt

import symjac
from symjac.exposition.cards import card
from symjac.exposition.display import GROUNDS, WHITE, escape
from symjac.recurrence.bounds import bound
from symjac.recurrence.products import product_over_time
from symjac.recurrence.sums import forward, gradient
from symjac.recurrence.theorems import exploding, vanishing
from symjac.shown import Shown
from tests.exposition.hostile import HOSTILE, PLAIN, proof
from tests.exposition.test_injection import shown_in, skeleton

STEP = symjac.parse("x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b")
JACOBIAN = symjac.derive(STEP)
CLAIM = "W.T @ diag(sigma'(x[t-1]))"
JUDGEMENT = symjac.check(STEP, claim=CLAIM)
RNN = STEP.recurrence()
FORM = symjac.derive(symjac.parse("f = x.T @ A @ x"), wrt="x")
RESULTS: dict[str, Shown] = {
    "formula": JACOBIAN.matrix("numerator"),
    "jacobian": JACOBIAN,
    "third order": symjac.derive(symjac.parse("Y = A @ X @ B"), wrt="X"),
    "judgement": JUDGEMENT,
    "proved": symjac.check(STEP, claim="W @ diag(sigma'(x[t-1]))"),
    "verdict": JUDGEMENT["numerator"],
    "diagnosis": symjac.diagnose(JUDGEMENT),
    "nothing to diagnose": symjac.diagnose(symjac.check(STEP, claim="W")),
    "equal": symjac.equivalent("(A @ B).T", "B.T @ A.T"),
    "unequal": symjac.equivalent("A @ B", "(A @ B).T"),
    "differential": symjac.differential(FORM),
    "gradients": symjac.gradients(symjac.parse("h = f(W @ x + b); L = v.T @ h")),
    "proof": symjac.prove("pascanu2013"),
    "product": product_over_time(RNN, "denominator"),
    "gradient": gradient(RNN, "W", "denominator"),
    "forward": forward(RNN, "W", "numerator"),
    "bound": bound(JACOBIAN),
    "vanishing": vanishing(bound(JACOBIAN)),
    "exploding": exploding(bound(JACOBIAN)),
}
MARKDOWN = MarkdownIt("commonmark").enable("table")


def markdown(name: str) -> str:
    return RESULTS[name]._repr_mimebundle_()["text/markdown"]


def page(name: str) -> bs4.BeautifulSoup:
    return bs4.BeautifulSoup(MARKDOWN.render(markdown(name)), "html5lib")


@pytest.mark.parametrize("name", RESULTS)
def test_a_notebook_has_one_rich_kind_of_content_to_choose(name: str) -> None:
    shown = RESULTS[name]._repr_mimebundle_(include=None, exclude=None)
    assert list(shown) == ["text/plain", "text/markdown"]
    assert all(content.strip() for content in shown.values())
    assert shown == RESULTS[name]._repr_mimebundle_()


@pytest.mark.parametrize("name", RESULTS)
def test_every_fold_opens_and_closes_where_it_should(name: str) -> None:
    rendered = MARKDOWN.render(markdown(name))
    html5lib.HTMLParser(strict=True).parseFragment(rendered)
    folds = page(name).find_all("details")
    assert all(fold.find("summary", recursive=False) for fold in folds)
    assert len(folds) == len(card(RESULTS[name]).sections)


def test_the_parser_notices_a_fold_that_stays_open() -> None:
    with pytest.raises(html5lib.html5parser.ParseError):
        html5lib.HTMLParser(strict=True).parseFragment("<details><summary>a</details>")


@pytest.mark.parametrize("name", RESULTS)
def test_displayed_formulas_stand_between_pairs_of_dollar_signs(name: str) -> None:
    lines = markdown(name).splitlines()
    signs = [number for number, line in enumerate(lines) if line == "$$"]
    assert len(signs) % 2 == 0
    for start, end in list(pairwise(signs))[::2]:
        assert "" not in lines[start:end]
        assert "$" not in "".join(lines[start + 1 : end])


def test_the_steps_and_their_rules_fold_open() -> None:
    found = markdown("jacobian")
    head, *folds = found.split("<details>")
    assert r"\mathbf{W}\,\operatorname{diag}" in head
    (steps,) = [fold for fold in folds if "derivative of one component" in fold]
    for step in JACOBIAN.steps:
        assert step.rule.title in steps or step.rule.title in head


def test_a_judgement_says_at_once_what_is_wrong_and_what_would_be_right() -> None:
    head, *folds = markdown("judgement").split("<details>")
    assert head.count("refuted") == 2
    assert "drop the transpose of" in head
    (numerator,) = [f for f in folds if "<summary>The claim in numerator" in f]
    assert r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}" in numerator
    assert "is symmetric wherever" in numerator
    head, *_ = markdown("proved").split("<details>")
    assert "Hypotheses: σ is differentiable." in head


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("judgement", ["✗ refuted in numerator layout", "✗ refuted in denominator"]),
        ("proved", ["✓ proved in numerator layout", "✗ refuted in denominator"]),
        ("equal", ["✓ proved"]),
        ("unequal", ["✗ refuted", "The answer's transpose equals the reference"]),
        ("proof", ["✗ refuted in numerator layout", "✗ refuted in denominator"]),
    ],
)
def test_a_verdict_is_read_out_in_words(name: str, said: list[str]) -> None:
    text = " ".join(page(name).get_text().split())
    assert [part for part in said if part not in text] == []


def luminance(color: str) -> float:
    """Relative luminance, by WCAG 2.1."""
    parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_verdicts_can_be_read_on_light_and_dark_pages() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    for tone, ground in GROUNDS.items():
        assert contrast(WHITE, ground) >= 4.5, tone
    styles = [tag["style"] for tag in page("judgement").find_all("span", style=True)]
    assert styles
    assert all("color:" in s and "background-color:" in s for s in styles)


@pytest.mark.parametrize("name", RESULTS)
def test_marimo_typesets_the_same(name: str) -> None:
    marimo = pytest.importorskip("marimo")
    shown = marimo.as_html(RESULTS[name]).text
    found = bs4.BeautifulSoup(shown, "html5lib")
    assert len(found.find_all("details")) == len(card(RESULTS[name]).sections)
    asked = markdown(name)
    displayed = sum(line == "$$" for line in asked.splitlines()) // 2
    inline = re.findall(r"\$[^$]+\$", re.sub(r"\$\$.*?\$\$", "", asked, flags=re.S))
    assert len(found.find_all("marimo-tex")) == displayed + len(inline)


def test_texts_of_a_paper_stay_text(tmp_path: Path) -> None:
    def rendered(texts: dict[str, str]) -> list[tuple[str, tuple[str, ...]]]:
        shown = proof(texts, tmp_path)._repr_mimebundle_()["text/markdown"]
        pages.append(MARKDOWN.render(shown))
        return [tag for tag in skeleton(pages[-1]) if tag != ("span", ())]

    pages: list[str] = []
    assert rendered(HOSTILE) == rendered(PLAIN)
    assert shown_in(bs4.BeautifulSoup(pages[0], "html5lib").get_text()) == []


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_delimiter_of_mathematics_comes_from_a_text(text: str) -> None:
    pieces = re.split(r"</?span>", escape(text))
    assert not any(
        sign in html.unescape(piece) and len(html.unescape(piece)) > 1
        for piece in pieces
        for sign in "$\\"
    )
    shown = html.unescape("".join(pieces))
    assert shown.split() == text.split()


def test_displays_are_loaded_when_a_notebook_asks() -> None:
    code = (
        "import sys, symjac\n"
        "found = symjac.derive(symjac.parse('y = A @ x'), wrt='x')\n"
        "assert 'symjac.exposition.cards' not in sys.modules\n"
        "assert found._repr_mimebundle_()\n"
        "assert 'symjac.exposition.cards' in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
