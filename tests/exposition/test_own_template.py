"""Templates of one's own: what they see is documented, and mistakes have a line."""

from __future__ import annotations

import dataclasses
import re
import shutil
from pathlib import Path

import pytest

import symjac
from symjac.document import document
from symjac.document.templates import FILTERS, MAX_BYTES, render_with
from symjac.errors import OutputError, SymjacError, TemplateError
from symjac.exposition.page import Proof
from symjac.exposition.way import Way

PAGE = (Path(__file__).parents[2] / "docs" / "templates.md").read_text("utf-8")


@pytest.fixture(scope="module")
def proof() -> Proof:
    return symjac.prove("pascanu2013")


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, "utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.md.jinja", "# {{ view.title | plain | md }}", "# On equation (5) of"),
        ("a.tex.jinja", "<< view.key | tex >> {{ x }} {#", "pascanu2013 {{ x }} {#"),
        ("a.typ.jinja", "= << view.title | typinline >>", "= On equation (5) of"),
        ("a.html.jinja", "<p>{{ '<' }}{{ words.title }}", "<p>&lt;"),
    ],
)
def test_a_template_is_filled_by_the_rules_of_its_format(
    proof: Proof, tmp_path: Path, name: str, content: str, expected: str
) -> None:
    found = render_with(written(tmp_path, name, content), proof.view)
    assert found.startswith(expected)


MISTAKES = {
    "{{ view.nothing }}": "has no attribute 'nothing'",
    "{{ unknown }}": "'unknown' is undefined",
    "{% for %}": "Expected an expression",
    "{{ view.title | nofilter }}": "No filter named 'nofilter'",
    "{{ 1 / 0 }}": "division by zero",
    "{{ ''.__class__.__mro__ }}": "is unsafe",
    "{{ view.__init__.__globals__ }}": "is unsafe",
    "{{ cycler.__init__.__globals__.os.popen('touch pwned') }}": "is unsafe",
    "{{ range(10 ** 9) | list }}": "Range too big",
    "{% include 'missing.md' %}": "missing.md",
    "{% include '../secret.md' %}": "secret.md",
}


@pytest.mark.parametrize(("mistake", "message"), MISTAKES.items())
def test_a_mistake_is_shown_at_its_line(
    proof: Proof, tmp_path: Path, mistake: str, message: str
) -> None:
    (tmp_path / "inner").mkdir()
    written(tmp_path, "secret.md", "secret")
    path = written(tmp_path / "inner", "a.md.jinja", f"one\n\n{mistake}\n")
    with pytest.raises(TemplateError) as caught:
        render_with(path, proof.view)
    assert message in caught.value.message
    span = caught.value.span
    assert span is None or (span.line, span.source.name) == (3, "a.md.jinja")
    assert span is not None or "include" in mistake
    assert list(tmp_path.rglob("pwned")) == []


@pytest.mark.parametrize("name", ["a.jinja", "a.tex", "tex.jinja", "a.docx.jinja"])
def test_a_name_without_a_format_is_an_error(
    proof: Proof, tmp_path: Path, name: str
) -> None:
    with pytest.raises(TemplateError, match="is no template"):
        render_with(written(tmp_path, name, "x"), proof.view)


def test_a_file_that_cannot_be_read_is_an_error(proof: Proof, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot read"):
        render_with(tmp_path / "missing.md.jinja", proof.view)
    (tmp_path / "a.md.jinja").write_bytes(b"\xff")
    with pytest.raises(TemplateError, match="not UTF-8"):
        render_with(tmp_path / "a.md.jinja", proof.view)
    large = written(tmp_path, "b.md.jinja", "x" * (MAX_BYTES + 1))
    with pytest.raises(TemplateError, match="more than"):
        render_with(large, proof.view)


def test_a_template_gives_only_its_format_and_pdf(proof: Proof, tmp_path: Path) -> None:
    typ = Way(template=written(tmp_path, "a.typ.jinja", "= << view.key | typ >>"))
    md = Way(template=written(tmp_path, "a.md.jinja", "x"))
    pdf = proof.printed("pdf", typ)
    assert isinstance(pdf, bytes)
    assert pdf.startswith(b"%PDF")
    for way, format in ((md, "pdf"), (md, "tex"), (md, "json"), (typ, "tex")):
        with pytest.raises(OutputError, match="this way of printing gives"):
            proof.printed(format, way)
    with pytest.raises(OutputError):
        proof.printed("tex", Way(is_fragment=True, template=md.template))


def test_every_field_of_the_view_is_documented_and_nothing_else() -> None:
    classes = [
        one
        for one in vars(document).values()
        if dataclasses.is_dataclass(one) and isinstance(one, type)
    ]
    expected = {
        (one.__name__, field.name)
        for one in classes
        for field in dataclasses.fields(one)
    }
    tables = re.findall(r"(?ms)^### `(\w+)`$(.*?)(?=^#|\Z)", PAGE)
    found = {
        (name, field)
        for name, table in tables
        for field in re.findall(r"(?m)^\| `(\w+)` \|", table)
    }
    assert found == expected


def test_every_kind_of_block_and_every_filter_is_documented() -> None:
    kinds = {
        one.kind
        for one in vars(document).values()
        if isinstance(getattr(one, "kind", 0), str)
    }
    assert all(f'`"{kind}"`' in PAGE for kind in kinds)
    table = PAGE.split("## Filters")[1]
    assert set(re.findall(r"(?m)^\| `(\w+)` \|", table)) == set(FILTERS)


def test_the_template_in_the_documentation_works(proof: Proof, tmp_path: Path) -> None:
    (content,) = re.findall(r"(?s)```latex\n(.*?)```", PAGE)
    path = written(tmp_path, "mine.tex.jinja", content)
    try:
        found = render_with(path, proof.view)
    except SymjacError as error:
        pytest.fail(error.report())
    assert r"\section{Notation}" in found
    if shutil.which("pdflatex"):
        pdf = proof.printed("pdf", Way(template=path))
        assert isinstance(pdf, bytes)
        assert len(pdf) > 50_000
