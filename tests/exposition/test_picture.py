"""The README's picture: what it shows, that it is small, and the same each time."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

import symjac
from symjac.cli import main
from symjac.exposition import generate
from symjac.exposition import pictures as picture
from symjac.exposition.pictures import can_draw, compact, draw

typst = pytest.importorskip("typst")

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "output" / "pascanu2013.svg"
HREF = "{http://www.w3.org/1999/xlink}href"
SVG = "{http://www.w3.org/2000/svg}"
MOST = 400_000  # bytes
USE = '<use xlink:href="#gA1F" x="1.23456" y="0" fill="#000000"/>'


@pytest.fixture(scope="module")
def drawn() -> str:
    return draw(symjac.prove("pascanu2013").view)


def outlines(svg: str) -> Counter[tuple[str | None, ...]]:
    """The outline of each letter shown, and where; three decimals count."""
    tree = ElementTree.fromstring(svg)
    shapes = {
        symbol.get("id"): "".join(e.get("d", "") for e in symbol.iter())
        for symbol in tree.iter(f"{SVG}symbol")
    }
    found = [
        (shapes[(use.get(HREF) or "")[1:]], use.get("x"), use.get("fill"))
        for use in tree.iter(f"{SVG}use")
    ]
    return Counter((rounded(shape), rounded(x or ""), f) for shape, x, f in found)


def rounded(text: str) -> str:
    return re.sub(r"\d+\.\d+", lambda m: f"{round(float(m[0]), 3):g}", text)


def test_the_picture_is_small_and_needs_nothing_else(drawn: str) -> None:
    assert 50_000 < len(drawn.encode()) < MOST
    targets = re.findall(r'href="([^"]*)"', drawn)
    assert targets
    assert all(target.startswith("#") for target in targets)
    assert "<image" not in drawn


def test_the_same_bytes_are_drawn_twice(drawn: str) -> None:
    assert draw(symjac.prove("pascanu2013").view) == drawn


def test_the_committed_picture_is_well_formed() -> None:
    text = COMMITTED.read_text("utf-8")
    assert ElementTree.fromstring(text).tag == f"{SVG}svg"
    assert len(text.encode()) < MOST
    assert "../" not in text


def test_shorter_names_leave_every_letter_where_it_was() -> None:
    source = b'#set text(font: "New Computer Modern")\n$ sum_(l=1)^n W_(j l) x_l $ so'
    svg = typst.compile(source, format="svg", ignore_system_fonts=True).decode()
    before = outlines(svg.replace(' fill="#000000"', ""))
    assert sum(before.values()) > 8
    assert outlines(compact(svg)) == before
    assert len(compact(svg)) < len(svg)


def test_what_is_not_a_default_is_kept() -> None:
    assert compact(USE) == '<use xlink:href="#g0" x="1.235"/>'
    red = USE.replace("#000000", "#b3261e").replace('y="0"', 'y="10"')
    assert compact(red) == '<use xlink:href="#g0" x="1.235" y="10" fill="#b3261e"/>'
    spaces = '<svg xmlns="http://www.w3.org/2000/svg" width="12.5000pt">'
    assert compact(spaces) == spaces.replace("12.5000", "12.5")


def test_another_version_of_typst_is_told_and_draws_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(picture, "VERSION", "0.0.1")
    assert not can_draw()
    monkeypatch.setattr(generate, "names", lambda: ("pascanu2013",))
    monkeypatch.setattr(generate, "gallery_files", dict)
    files = generate.generated()
    assert "output/pascanu2013.html" in files
    assert "output/pascanu2013.svg" not in files


def test_docs_says_what_it_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "symjac" / "catalog").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(picture, "VERSION", "0.0.1")
    monkeypatch.setattr(generate, "generated", dict)
    found = CliRunner().invoke(main, ["docs"])
    assert found.exit_code == 0
    assert found.stderr.startswith("left out pascanu2013.svg, which needs typst")
