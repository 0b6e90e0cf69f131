"""The gallery: its table, its pages, and what they say about each claim."""

from __future__ import annotations

import json
import re
import shlex
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import symjac
from symjac.catalog.paper import names
from symjac.catalog.published import claim_names, load_claim, read_claim
from symjac.cli import main
from symjac.document.templates import address
from symjac.errors import Source
from symjac.exposition import generate
from symjac.exposition.exhibit import Exhibit, exhibits
from symjac.exposition.gallery import change
from symjac.exposition.gallery_pages import gallery_files
from symjac.exposition.generate import compare_outputs
from tests.exposition.test_browser import NEEDS_BROWSER, dom_of
from tests.exposition.test_proofs import Checker

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "output"
MOST_BYTES = 3_000_000


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return {name: str(content) for name, content in gallery_files().items()}


@pytest.fixture(scope="module")
def shown() -> dict[str, Exhibit]:
    return {one.key: one for one in exhibits() if one.key not in names()}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_committed_pages_are_up_to_date(files: dict[str, str]) -> None:
    for name, content in files.items():
        assert (OUTPUT / name).read_text("utf-8") == content, name
    assert {f"gallery/{p.name}" for p in (OUTPUT / "gallery").iterdir()} <= set(files)


def test_all_pages_together_stay_small(files: dict[str, str]) -> None:
    assert sum(len(content.encode()) for content in files.values()) < MOST_BYTES


def test_every_claim_has_its_pages(files: dict[str, str]) -> None:
    for name in claim_names():
        for format in ("md", "html"):
            assert f"gallery/{name}.{format}" in files


def test_pages_are_well_nested_and_their_links_lead_somewhere(
    files: dict[str, str],
) -> None:
    for name, content in files.items():
        if not name.endswith(".html"):
            continue
        checker = Checker()
        checker.feed(content)
        assert (checker.mistakes, checker.open) == ([], []), name
        for target in checker.addresses:
            if target.startswith("#"):
                assert target[1:] in checker.anchors, (name, target)
            elif not target.startswith("https://"):
                assert (OUTPUT / name).parent.joinpath(target).is_file(), (name, target)


def test_nothing_but_a_citation_leads_to_the_network(files: dict[str, str]) -> None:
    for name, content in files.items():
        if name.endswith(".html"):
            loaded = re.findall(
                r'<(?:link|script|img)[^>]*(?:href|src)="(.*?)"', content
            )
            assert loaded, name
            assert not any(":" in address for address in loaded), name


def test_markdown_keeps_github_s_rules_and_its_links_lead_somewhere(
    files: dict[str, str],
) -> None:
    for name, content in files.items():
        if not name.endswith(".md"):
            continue
        assert len(re.findall(r"(?m)^```(math|sh)$", content)) * 2 == len(
            re.findall(r"(?m)^```", content)
        ), name
        outside = re.sub(r"(?s)```(math|sh).*?```", "", content)
        assert len(re.findall(r"\$`", outside)) == len(re.findall(r"`\$", outside))
        for row in re.findall(r"(?m)^\|.*$", outside):
            assert row.count("|") - row.count(r"\|") in {4, 5, 6}, (name, row)
        for target in re.findall(r"\]\(([^)]+)\)", outside):
            if not target.startswith("https://"):
                assert (OUTPUT / name).parent.joinpath(target).is_file(), (name, target)


@pytest.mark.parametrize("name", claim_names())
def test_a_page_quotes_its_source_and_says_what_follows(
    name: str, files: dict[str, str]
) -> None:
    claim = load_claim(name)
    page = unescape(files[f"gallery/{name}.html"])
    text = files[f"gallery/{name}.md"]
    for part in (claim.question, claim.layout_note, claim.note, claim.citation.title):
        assert part in page
    printed = re.sub(r"[\s&{}]|\\\\|\\quad", "", claim.printed)
    pieces = re.split(r"=|\+|\*", printed)
    squeezed = re.sub(r"[\s&{}]|\\\\|\\quad", "", text)
    assert all(piece in squeezed for piece in pieces)
    if claim.citation.url:
        assert f"({address(claim.citation.url)})" in text


def test_the_box_is_red_where_the_source_s_own_layout_refutes(
    shown: dict[str, Exhibit], files: dict[str, str]
) -> None:
    for name, one in shown.items():
        box = re.search(r'class="callout (\w+)"', files[f"gallery/{name}.html"])
        assert box is not None
        assert (box[1] == "right") == one.is_right


def test_a_claim_counts_as_right_in_the_layout_of_its_source_only(
    shown: dict[str, Exhibit],
) -> None:
    assert shown["mml_5_104"].is_right  # stated: numerator, and right there
    assert shown["gru_cross_validated_556070"].is_right  # unstated, right in one
    assert not shown["hessian_2143052"].is_right
    assert not shown["clark_5"].is_right


ASKED = {  # their authors ask whether it is so, in so many words
    "bilinear_4291445",
    "hessian_2143052",
    "least_squares_question",
    "trace_2170842",
    "trace_xbxta",
    "trace_xtaxb",
}


def test_a_question_is_answered_and_never_counted_as_a_wrong_claim(
    shown: dict[str, Exhibit], files: dict[str, str]
) -> None:
    assert {name for name, one in shown.items() if one.status == "asked"} == ASKED
    for name in ASKED:
        page = files[f"gallery/{name}.html"]
        assert "This is a question, not a claim" in page
        assert 'class="callout wrong"' not in page
    rows = re.findall(r"(?s)<tr>.*?</tr>", files["gallery.html"])
    asked = [row for row in rows if "(a question)" in row]
    assert len(asked) == len(ASKED)
    assert not any("mark wrong" in row for row in asked)
    assert any("mark wrong" in row for row in rows)


def test_the_counts_are_those_of_the_table(files: dict[str, str]) -> None:
    said = re.search(
        r"(\d+) formulas .*? (\d+) are right .*? Of the other (\d+), (\d+) are asserted"
        r" by their sources, (\d+) were corrected since, and (\d+) are questions",
        files["gallery.md"],
    )
    assert said is not None
    count, right, rest, asserted, corrected, asked = map(int, said.groups())
    assert count == len(exhibits()) == right + rest
    assert rest == asserted + corrected + asked
    assert (asserted, asked) == (5, len(ASKED))


def test_what_was_corrected_says_so_with_a_note(shown: dict[str, Exhibit]) -> None:
    for name, one in shown.items():
        claim = load_claim(name)
        assert (one.status == "asserted") == (claim.status_note == "")
    text = (ROOT / "symjac/catalog/claims/clark_5.toml").read_text("utf-8")
    text = re.sub(r"(?m)^status_note.*$", "", text)
    with pytest.raises(symjac.SymjacError, match="status_note"):
        read_claim(Source("clark_5.toml", text), "clark_5")


CHANGES = {  # worked out by hand: what a reader would write on the margin
    "mml_7_8_draft": "multiply Q @ x by 2",
    "trace_xtaxb": "right if B is symmetric",
    "trace_xbxta": "right if A is symmetric",
    "matrix_cookbook_127": "right if A is symmetric",
    "matrix_cookbook_81": "",
    "clark_5": "",
}


@pytest.mark.parametrize(("name", "edit"), CHANGES.items())
def test_the_smallest_change_is_the_one_by_hand(
    name: str, edit: str, shown: dict[str, Exhibit]
) -> None:
    found = change(shown[name])
    assert found.startswith(edit)
    assert bool(found) == bool(edit)


def test_every_change_leads_to_a_formula_on_the_page(
    shown: dict[str, Exhibit], files: dict[str, str]
) -> None:
    squeezed = {n: re.sub(r"[\s&{}]|\\\\", "", t) for n, t in files.items()}
    found = [(n, r) for n, one in shown.items() for r in _remedies(one)]
    assert len(found) > 10
    for name, formula in found:
        start = re.sub(r"[\s{}]", "", formula)[:20]
        assert start in squeezed[f"gallery/{name}.md"], name


def _remedies(one: Exhibit) -> list[str]:
    found = () if one.diagnosis is None else one.diagnosis.remedies
    return [remedy.formula.latex() for remedy in found]


def test_the_table_fits_a_terminal_and_names_every_claim() -> None:
    result = run("gallery")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert max(map(len, lines)) <= 100
    starts = {line.split()[0] for line in lines if not line.startswith(" ")}
    assert set(claim_names()) | set(names()) <= starts


def test_json_has_one_object_for_each_claim() -> None:
    result = run("gallery", "--json")
    found = json.loads(result.output)
    assert {one["name"] for one in found} == set(claim_names()) | set(names())
    pascanu = next(one for one in found if one["name"] == "pascanu2013")
    assert (pascanu["numerator"], pascanu["denominator"]) == ("refuted", "refuted")


def test_json_of_one_claim_holds_its_judgement() -> None:
    (one,) = json.loads(run("gallery", "mml_5_104", "--json").output)
    assert one["judgement"]["layouts"]["numerator"]["verdict"] == "proved"
    assert one["stated_layout"] == "numerator"
    (malformed,) = json.loads(run("gallery", "clark_5", "--json").output)
    assert malformed["judgement"] is None
    assert "product of two column vectors" in malformed["message"]


def test_a_claim_is_shown_with_its_source_and_diagnosis() -> None:
    result = run("gallery", "cs224n_2017_notes5")
    assert result.exit_code == 0
    for part in ("Mohammadi et al. (2017)", "refuted", "what would make it right"):
        assert part in result.output
    both = run("gallery", "goodfellow2016").output
    assert both.count("Goodfellow et al. (2016)") == 2


def test_a_file_of_one_s_own_is_shown_and_its_page_written(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "gallery.md").read_text("utf-8")
    (text,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    mine, target = tmp_path / "mine.toml", tmp_path / "mine.html"
    mine.write_text(text, "utf-8")
    assert "numerator layout: proved" in run("gallery", str(mine)).output
    result = run("gallery", str(mine), "--format", "html", "--output", str(target))
    assert result.exit_code == 0
    assert "katex" in target.read_text("utf-8")


def test_the_example_in_the_docs_is_what_the_program_prints() -> None:
    page = (ROOT / "docs" / "gallery.md").read_text("utf-8")
    (block,) = re.findall(r"```console\n\$ symjac (.*?)```", page, re.DOTALL)
    command, expected = block.split("\n", 1)
    assert run(*shlex.split(command)).output == expected


def test_an_unknown_name_exits_with_a_hint() -> None:
    result = run("gallery", "clark_3")
    assert result.exit_code == 2
    assert "did you mean" in result.stderr


@pytest.mark.parametrize(
    "arguments", [["--format", "md"], ["x", "--json", "--format", "md"]]
)
def test_a_page_needs_a_name_and_no_json(arguments: list[str]) -> None:
    assert run("gallery", *arguments).exit_code == 2


HOSTILE = """
topic = "vectors"
label = "`x` | <b>1</b> $"
question = "Is <script>alert(1)</script> [text](http://x.y) *right*?"
equations = "y = A @ x"
wrt = "x"
printed = 'A'
formula = "A"
layout = "unstated"
layout_note = "None | `rm` <img src=x>."
checked = "text"
note = "Nothing <b>at all</b>."
[citation]
title = "T <i>t</i>"
venue = "V"
url = "https://x.y/a)b<script>"
"""


def test_hostile_texts_stay_text(tmp_path: Path) -> None:
    mine = tmp_path / "hostile.toml"
    mine.write_text(HOSTILE, "utf-8")
    page = run("gallery", str(mine), "--format", "html").output
    text = run("gallery", str(mine), "--format", "md").output
    for mark in ("<script>alert(1)", "<b>", "<img src=x", "<i>t"):
        assert mark not in page
        assert mark not in text
    assert "https://x.y/a%29b%3Cscript%3E" in text
    assert r"\[text\](http" in text


def test_a_page_left_over_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "symjac" / "catalog").mkdir(parents=True)
    (tmp_path / "output" / "gallery").mkdir(parents=True)
    (tmp_path / "output" / "gallery" / "old.md").write_text("old", "utf-8")
    (tmp_path / "output" / "new.md").write_text("new", "utf-8")
    monkeypatch.setattr(generate, "generated", lambda: {"output/new.md": "new"})
    (message,) = compare_outputs(tmp_path)
    assert message.endswith("old.md is generated by nothing")


@NEEDS_BROWSER
@pytest.mark.parametrize(
    "page", ["gallery", "gallery/clark_5", "gallery/matrix_cookbook_127"]
)
def test_the_formulas_of_a_page_are_typeset(page: str, tmp_path: Path) -> None:
    dom = dom_of(OUTPUT / f"{page}.html", tmp_path / "profile")
    assert "katex-error" not in dom
    assert "cc0000" not in dom
    assert dom.count('class="katex"') > 20
