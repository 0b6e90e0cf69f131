"""The proof documents: what they must say, that they are valid, and byte for byte."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import symjac
from symjac.catalog.paper import load, names
from symjac.document.templates import markdown_escape, tex_escape
from symjac.errors import CatalogError, OutputError
from symjac.exposition.page import Proof

ROOT = Path(__file__).parents[2]
FORMATS = ("tex", "md", "html")


@pytest.fixture(scope="module")
def proof() -> Proof:
    return symjac.prove("pascanu2013")


def squeeze(text: str) -> str:
    """LaTeX without spacing commands and brackets' sizes."""
    return re.sub(r"\\,|\\bigl|\\bigr|\\Bigl|\\Bigr|\s|[{}]", "", text)


TRUTHS = [  # what the issue of the paper turns on, worked out by hand
    r"W_{jk}\,\sigma'\bigl(x_{k}^{(t-1)}\bigr)",
    r"W_{kj}\,\sigma'\bigl(x_{k}^{(t-1)}\bigr)",
    r"W_{jk}\,\sigma'\bigl(x_{j}^{(t-1)}\bigr)",
    r"\mathbf{W}\,\operatorname{diag}\bigl(\sigma'\bigl(\mathbf{x}^{(t-1)}\bigr)\bigr)",
    r"\operatorname{diag}\bigl(\sigma'\bigl(\mathbf{x}^{(t-1)}\bigr)\bigr)\,\mathbf{W}^{\top}",
    r"\sum_{l=1}^{n} W_{jl}\,\sigma\bigl(x_{l}^{(t-1)}\bigr)",
    r"\frac{\partial x_{j}^{(t)}}{\partial a_{l}^{(t-1)}}",
    r"\sum_{l=1}^{n} W_{jl}\,\sigma'\bigl(x_{l}^{(t-1)}\bigr)\,\delta_{lk}",
    r"\frac{\partial x_{1}^{(2)}}{\partial x_{2}^{(1)}}"
    r" = W_{12}\,\sigma'\bigl(x_{2}^{(1)}\bigr)",
    r"\bigl(W_{jk} - W_{kj}\bigr)",
    r"\lVert \mathbf{W} \rVert_{1}\,\gamma",
    r"\lVert \mathbf{W} \rVert_{\infty}\,\gamma",
]


@pytest.mark.parametrize("format", ["tex", "md"])
@pytest.mark.parametrize("truth", TRUTHS)
def test_the_proof_contains_each_step_of_the_argument(
    proof: Proof, format: str, truth: str
) -> None:
    assert squeeze(truth) in squeeze(proof.render(format))


@pytest.mark.parametrize("format", FORMATS)
def test_the_proof_names_rules_verdicts_and_the_sibling(
    proof: Proof, format: str
) -> None:
    text = proof.render(format)
    for phrase in (
        "chain rule",
        "Kronecker delta",
        "wrong in numerator layout and wrong in denominator layout",
        "footnote 1",
        "right in denominator layout",
        "equations (6) and (7)",
        "dual numbers",
    ):
        assert phrase in text


@pytest.mark.parametrize("key", names())
def test_committed_output_is_up_to_date(key: str) -> None:
    for name, content in symjac.prove(key).files().items():
        assert (ROOT / "output" / name).read_text("utf-8") == content, name


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_the_same_bytes_under_any_hash_seed_and_folder(
    seed: str, tmp_path: Path
) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "symjac", "prove", "pascanu2013", "--output", "o"]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    for made in (tmp_path / "o").iterdir():
        assert made.read_bytes() == (ROOT / "output" / made.name).read_bytes()


class Checker(HTMLParser):
    """Counts open elements and remembers addresses."""

    VOID = frozenset({"meta", "link", "br", "img", "input", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.mistakes: list[str] = []
        self.addresses: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.addresses += [v or "" for k, v in attrs if k in {"src", "href"}]
        self.anchors.add(found.get("id") or "")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        return

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.mistakes.append(tag)


def test_the_page_is_well_nested_and_asks_no_network(proof: Proof) -> None:
    checker = Checker()
    checker.feed(proof.render("html"))
    assert checker.mistakes == []
    assert checker.open == []
    own = {a[1:] for a in checker.addresses if a.startswith("#")}
    assert own <= checker.anchors
    page = re.sub(r"(?s)<script>.*?</script>", "", proof.render("html"))
    loaded = re.findall(r"<(?:link|script|img)[^>]*(?:href|src)=", page)
    assert loaded == []
    for address in checker.addresses:
        if not address.startswith(("#", "https://")):
            assert (ROOT / "output" / address).is_file(), address


def test_the_html_check_notices_a_missing_end_tag() -> None:
    checker = Checker()
    checker.feed("<p><b>x</p>")
    assert checker.mistakes


@pytest.mark.parametrize("key", names())
def test_braces_and_environments_match_in_latex(key: str) -> None:
    text = symjac.prove(key).render("tex")
    plain = re.sub(r"\\[{}]", "", text)
    assert plain.count("{") == plain.count("}")
    opened = re.findall(r"\\begin\{(\w+\*?)\}", text)
    closed = re.findall(r"\\end\{(\w+\*?)\}", text)
    assert sorted(opened) == sorted(closed)


@pytest.mark.parametrize("key", names())
def test_markdown_keeps_github_s_rules_for_mathematics(key: str) -> None:
    text = symjac.prove(key).render("md")
    assert text.count("```math") * 2 == len(re.findall(r"(?m)^```", text))
    outside = re.sub(r"(?s)```math.*?```", "", text)
    assert len(re.findall(r"\$`", outside)) == len(re.findall(r"`\$", outside))
    assert "$$" not in outside


def test_a_refuted_first_printing_is_reported_as_not_well_formed() -> None:
    text = symjac.prove("goodfellow2016").render("md")
    assert "in the first printing is not well formed" in text


HOSTILE = """
title = 'T <script>alert(1)</script> \\\\input{x} $x$ {{ 7*7 }} & % # _ ^ ~'
authors = ["A <b>B</b>", "C\\\\D"]
year = 2020
question = 'Is `rm` *right*? {% raw %} << 1 >>'

[equations]
label = "equation & <i>1</i> $"
text = "y_end = A_begin @ input_1"

[symbols]
A_begin = "<img src=x onerror=alert(1)> {{ view }}"

[[claims]]
label = "claim | `x` \\\\end{document}"
wrt = "input_1"
formula = "A_begin"
"""


def test_hostile_names_and_texts_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "hostile.toml"
    path.write_text(HOSTILE, "utf-8")
    found = symjac.prove(str(path))
    page, latex, text = (found.render(f) for f in ("html", "tex", "md"))
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page
    assert r"\input{x}" not in latex
    assert latex.count(r"\end{document}") == 1
    assert "49" not in page.split("katex_js")[0][:2000]
    assert "<b>" not in text
    assert "<script>" not in text


def test_escapes_leave_no_character_with_a_meaning() -> None:
    assert tex_escape("a_b%$&#{}~^\\") == (
        r"a\_b\%\$\&\#\{\}\textasciitilde{}\textasciicircum{}\textbackslash{}"
    )
    assert markdown_escape("<b>*a*_`|$") == r"&lt;b&gt;\*a\*\_\`\|\$"


BAD_PAPERS = [
    ("title = ", "not TOML"),
    (HOSTILE.replace("year = 2020", "year = 'x'"), "year must be an integer"),
    (HOSTILE.replace("question", "query"), "question is missing"),
    (HOSTILE + "\n[extra]\na = 1\n", "unknown key extra"),
    (HOSTILE.replace("A_begin @", "A_begin @@"), "found '@'"),
    (HOSTILE.replace('formula = "A_begin"', 'formula = "Q"'), "unknown name Q"),
    (HOSTILE + "printed = '\\input{x}'\n", "command \\input is not allowed"),
    (HOSTILE + "printed = 'x^^5cinput{x}'\n", "expected something in braces"),
    (HOSTILE + "printed = '\\end{document}'\n", "\\end has no place here"),
    (HOSTILE + "printed = '\\frac{a'\n", "braces do not match"),
    (HOSTILE.replace("A <b>B</b>", " "), "an author has a name"),
    (HOSTILE + "layout = 'upside down'\n", "layout must be one of"),
]


@pytest.mark.parametrize(("content", "message"), BAD_PAPERS)
def test_a_malformed_paper_gives_a_located_error(
    content: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(symjac.SymjacError) as caught:
        symjac.prove(str(path))
    assert message in caught.value.report()
    assert caught.value.span is not None


def test_an_unknown_or_unreadable_paper_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no paper 'nobody'"):
        load("nobody")
    with pytest.raises(CatalogError, match="cannot read"):
        load(str(tmp_path / "missing.toml"))
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(CatalogError, match="not UTF-8"):
        load(str(tmp_path / "binary.toml"))


def test_files_are_written_whole_or_not_at_all(tmp_path: Path, proof: Proof) -> None:
    (tmp_path / "pascanu2013.tex").write_text("mine")
    (tmp_path / "pascanu2013.html").mkdir()
    with pytest.raises(OutputError):
        proof.save(tmp_path)
    assert (tmp_path / "pascanu2013.tex").read_text() == "mine"
    names_left = sorted(path.name for path in tmp_path.iterdir())
    assert names_left == ["pascanu2013.html", "pascanu2013.tex"]


def test_a_file_in_the_folder_s_place_is_an_error(tmp_path: Path, proof: Proof) -> None:
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(OutputError):
        proof.save(tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "mine"
