"""Texts with every format's signs stay text in every format, and run nothing."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import bs4
import pytest
from markdown_it import MarkdownIt

from symjac.document.templates import markdown_escape, tex_escape
from symjac.document.typst import typst_text
from symjac.exposition.page import Proof
from symjac.exposition.way import Way
from tests.exposition.hostile import HOSTILE, PLAIN, proof

NEEDS_LATEX = pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="pdflatex is not there"
)
ENGINES = [pytest.param("latex", marks=NEEDS_LATEX), "typst"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def hostile(folder: Path) -> Proof:
    return proof(HOSTILE, folder)


@pytest.fixture(scope="module")
def plain(folder: Path) -> Proof:
    return proof(PLAIN, folder)


@pytest.fixture(autouse=True)
def nothing_is_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    assert list(tmp_path.rglob("pwned")) == []


def squeezed(content: str) -> str:
    """Text without white space, and without the hyphens of broken words."""
    return re.sub(r"[\s\u00ad\u200b\u2010-]+", "", content.replace("’", "'"))


def shown_in(content: str) -> list[str]:
    """The names of the hostile texts that some content does not show."""
    found = squeezed(content)
    return [name for name, text in HOSTILE.items() if squeezed(text) not in found]


def text_of(pdf: bytes) -> str:
    """What can be read in a PDF."""
    command = ["pdftotext", "-raw", "-", "-"]
    done = subprocess.run(command, input=pdf, capture_output=True, check=True)
    text = done.stdout.decode()
    return re.sub(r"\n\d+\n\f", "\n", text)  # page numbers


def skeleton(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """Elements and their attributes' names, in order."""
    soup = bs4.BeautifulSoup(html, "html5lib")
    return [(tag.name, tuple(sorted(tag.attrs))) for tag in soup.find_all(True)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_pdf_shows_every_text_as_it_is(hostile: Proof, engine: str) -> None:
    pdf = hostile.printed("pdf", Way(engine=engine))
    assert isinstance(pdf, bytes)
    assert shown_in(text_of(pdf)) == []


@NEEDS_LATEX
def test_a_fragment_shows_every_text_as_it_is(hostile: Proof, tmp_path: Path) -> None:
    content = hostile.printed("tex", Way(is_fragment=True))
    (tmp_path / "fragment.tex").write_text(str(content), "utf-8")
    (tmp_path / "paper.tex").write_text(
        "\\documentclass{article}\\usepackage[T1]{fontenc}"
        "\\usepackage{lmodern,amsmath}\n"
        "\\begin{document}\\input{fragment}\\end{document}\n"
    )
    command = "pdflatex -no-shell-escape -interaction=nonstopmode -halt-on-error paper"
    subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=True)
    text = text_of((tmp_path / "paper.pdf").read_bytes())
    places = ("shell", "dash", "list", "lines", "letters", "term")  # it has no citation
    assert set(shown_in(text)).isdisjoint(places)


def test_the_page_has_the_same_elements_whatever_the_texts(
    hostile: Proof, plain: Proof
) -> None:
    page = hostile.render("html")
    assert skeleton(page) == skeleton(plain.render("html"))
    soup = bs4.BeautifulSoup(page, "html5lib")
    for code in soup.find_all(("script", "style")):
        code.decompose()
    assert shown_in(soup.get_text()) == []


def test_markdown_has_the_same_structure_whatever_the_texts(
    hostile: Proof, plain: Proof
) -> None:
    made = MarkdownIt("commonmark").enable("table")
    page = made.render(hostile.render("md"))
    assert skeleton(page) == skeleton(made.render(plain.render("md")))
    assert shown_in(bs4.BeautifulSoup(page, "html5lib").get_text()) == []


def test_json_holds_the_texts_themselves(hostile: Proof) -> None:
    found = json.loads(hostile.render("json"))
    assert found["citation"]["authors"] == list(HOSTILE.values())
    assert found["claims"][1]["label"] == HOSTILE["python"]


def test_a_notebook_s_code_is_the_same_whatever_the_texts(
    hostile: Proof, plain: Proof
) -> None:
    nbformat = pytest.importorskip("nbformat")

    def code(one: Proof) -> list[str]:
        cells = nbformat.reads(one.render("ipynb"), 4).cells
        return [ast.dump(ast.parse(c.source)) for c in cells if c.cell_type == "code"]

    assert code(hostile) == code(plain)
    made = MarkdownIt("commonmark")
    cells = nbformat.reads(hostile.render("ipynb"), 4).cells
    shown = [made.render(c.source) for c in cells if c.cell_type == "markdown"]
    assert not any(re.search(r"<(script|img|b|a)\b", one) for one in shown)
    assert squeezed(HOSTILE["markdown"]) in squeezed(
        bs4.BeautifulSoup("".join(shown), "html5lib").get_text()
    )


def test_equations_enter_a_notebook_only_as_a_string(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    texts = HOSTILE | {"shell": "x"}
    source = proof(texts, tmp_path).render("ipynb")
    for cell in nbformat.reads(source, 4).cells:
        if cell.cell_type == "code":
            called = [
                n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Call)
            ]
            names = {ast.unparse(node.func) for node in called}
            known = {"symjac.parse", "symjac.derive", "symjac.check", "Steps", "str"}
            known |= {"jacobian.matrix", "judgement.verdicts.items"}
            assert names <= known


def test_the_checks_notice_text_that_is_not_escaped() -> None:
    raw = HOSTILE["html"]
    assert skeleton(f"<p>{raw}</p>") != skeleton("<p>plain words</p>")
    made = MarkdownIt("commonmark")
    assert skeleton(made.render(HOSTILE["dash"])) != skeleton(made.render("plain"))
    assert "tex" in shown_in("nothing of it")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_an_escaped_text_is_one_line(text: str) -> None:
    for escape in (tex_escape, markdown_escape, typst_text):
        assert "\n" not in escape(text)


def test_a_letter_that_latex_has_not_is_named_and_not_dropped() -> None:
    assert tex_escape("陈 ſ é σ") == r"[U+9648] [U+017F] é \ensuremath{\sigma}"
