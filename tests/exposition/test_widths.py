"""Breaking long formulas: nothing is lost, and only where a reader expects it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import symjac
from symjac.document.document import (
    ROOM,
    Align,
    Display,
    Line,
    Math,
    Paragraph,
    Table,
    Text,
    fit_blocks,
)
from symjac.typeset.latex import terms_latex
from symjac.typeset.widths import broken, width
from tests.exposition.test_adhoc import GRU, NEEDS_TEX, PDFLATEX, derived

LONG = terms_latex(symjac.derive(symjac.parse(GRU)).terms)


def joined(latex: str, room: float) -> str:
    pieces = (piece.latex for piece in broken(latex, room))
    return re.sub(r"\\cdot |\\,|\s", "", "".join(pieces))


@pytest.mark.parametrize("room", [5.0, 15.0, 25.0, 35.0, 1000.0])
def test_the_pieces_make_up_the_formula(room: float) -> None:
    assert joined(LONG, room) == re.sub(r"\\,|\s", "", LONG)


@pytest.mark.parametrize("room", [20.0, 25.0, 35.0])
def test_the_pieces_keep_to_the_room(room: float) -> None:
    pieces = broken(LONG, room)
    assert len(pieces) > 3
    assert all(width(piece.latex) + piece.indent <= room + 1.4 for piece in pieces)


def test_a_short_formula_stays_whole() -> None:
    (piece,) = broken("a + b", 10.0)
    assert (piece.latex, piece.indent) == ("a + b", 0.0)


def test_sums_break_before_a_sign_and_outside_brackets_first() -> None:
    pieces = broken(r"a\,\bigl(b + c\bigr) + d\,\bigl(e - f\bigr)", 8.0)
    assert [p.latex for p in pieces] == [
        r"a\,\bigl(b + c\bigr)",
        r"+ d\,\bigl(e - f\bigr)",
    ]


def test_products_break_with_a_dot() -> None:
    pieces = broken(r"A\,B\,C\,D", 2.5)
    assert [p.latex for p in pieces][1].startswith(r"\cdot ")


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{a + b + c + d}{e + f + g + h}",
        r"\begin{pmatrix} a + b & c + d \\ e + f & g + h \end{pmatrix}",
        r"x^{a + b + c + d + e}",
    ],
)
def test_fractions_matrices_and_exponents_are_never_torn(latex: str) -> None:
    assert [piece.latex for piece in broken(latex, 1.0)] == [latex]


@NEEDS_TEX
def test_widths_are_those_of_latex_to_a_quarter(tmp_path: Path) -> None:
    formulas = [piece.latex for room in (12, 20, 30) for piece in broken(LONG, room)]
    lines = "".join(
        rf"\settowidth{{\q}}{{$\displaystyle {f}$}}\typeout{{Q \the\q}}" + "\n"
        for f in formulas
    )
    head = r"\documentclass[11pt]{article}\usepackage{amsmath}\newlength\q"
    text = f"{head}\\begin{{document}}\n{lines}\\end{{document}}\n"
    (tmp_path / "w.tex").write_text(text, "utf-8")
    done = subprocess.run(
        [str(PDFLATEX), "-interaction=nonstopmode", "w.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    found = [
        float(x) / 10.95 for x in re.findall(r"Q ([\d.]+)pt", done.stdout.decode())
    ]
    assert len(found) == len(formulas)
    for formula, real in zip(formulas, found, strict=True):
        if real > 8:
            assert 0.95 < width(formula) / real < 1.25, formula


def test_a_long_formula_in_a_sentence_is_displayed() -> None:
    sentence = Paragraph((Text("The claim is "), Math(LONG), Text(". It is long.")))
    before, shown, after = fit_blocks((sentence,), ROOM)
    assert before == Paragraph((Text("The claim is "),))
    assert isinstance(shown, Align)
    assert after == Paragraph((Text("It is long."),))


def test_a_short_display_is_left_alone() -> None:
    assert fit_blocks((Display("a = b"),), ROOM) == (Display("a = b"),)


def test_a_wide_comparison_becomes_named_lines() -> None:
    head = ((Text(""),), (Text("derivative"),), (Text("claim"),))
    row = ((Text("for all "), Math("j")), (Math(LONG),), (Math("W"),))
    intro, lines = fit_blocks((Table(head, (row,)),), ROOM)
    assert intro == Paragraph((Text("for all "), Math("j"), Text(":")))
    assert isinstance(lines, Align)
    lefts = [line.left for line in lines.lines if line.left]
    assert lefts == [r"\text{derivative}", r"\text{claim}"]


def test_a_long_table_goes_on_in_another() -> None:
    rows = tuple(((Math(f"x_{n}"),), (Text("scalar"),)) for n in range(60))
    parts = fit_blocks((Table(((Text("a"),), (Text("b"),)), rows),), ROOM)
    assert sum(len(p.rows) for p in parts if isinstance(p, Table)) == 60
    assert len(parts) == 3


def test_a_block_too_long_for_a_page_goes_on_at_the_same_left_edge() -> None:
    lines = (Line("y", "a", ""), *(Line("", f"a_{n}", "") for n in range(100)))
    first, second = fit_blocks((Align(lines),), ROOM)
    assert isinstance(first, Align)
    assert isinstance(second, Align)
    assert second.lines[0].left == r"\phantom{y}"
    assert len(first.lines) + len(second.lines) == 101


def test_reasons_stand_below_where_they_have_no_room_beside() -> None:
    short, long = (Align((Line("y", right, "a reason"),)) for right in ("a", LONG))
    assert [b.is_wide for b in fit_blocks((short,), ROOM) if isinstance(b, Align)] == [
        False
    ]
    assert all(b.is_wide for b in fit_blocks((long,), ROOM) if isinstance(b, Align))
    page = derived(GRU, "html")
    assert '<td class="why below">found above</td>' in page


def test_what_cannot_be_broken_is_marked_for_shrinking() -> None:
    wide = r"\frac{" + " + ".join("x" * 30) + "}{2}"
    (block,) = fit_blocks((Display(f"y = {wide}"),), ROOM)
    assert isinstance(block, Align)
    assert 0 < block.lines[0].most < ROOM
