"""Mathematics in Typst: all of it compiles, and shows the letters that LaTeX shows."""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings

import symjac
from symjac.catalog import published
from symjac.catalog.paper import names
from symjac.document.document import Math, Text
from symjac.document.typst import typst_inline, typst_math, typst_string, typst_text
from symjac.errors import ParseError, SymjacError
from symjac.exposition.adhoc import derivation_view
from tests.exposition.formulas import formulas, vocabulary
from tests.strategies import Drawn, programs

typst = pytest.importorskip("typst")

CELLS = sorted(
    p.stem for p in (Path(published.__file__).parent / "cells").glob("*.toml")
)
PAGE = '#set page(width: 90cm, height: 40cm)\n#set text(font: "New Computer Modern")\n'
NEEDS_LATEX = pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="pdflatex is not there"
)


@pytest.fixture(scope="module")
def printed() -> list[str]:
    """Every formula of every paper's proof and of every cell, and every command."""
    views = [symjac.prove(key).view for key in names()]
    for name in CELLS:
        found = symjac.cell(name)
        jacobian = symjac.derive(found.program, str(found.state))
        views.append(derivation_view(jacobian, steps=True))
    every = {formula for view in views for formula in formulas(view)}
    return sorted(every | set(vocabulary()))


def compiled(pages: list[str]) -> bytes:
    """A PDF with a page for each piece of markup; a warning is a failure."""
    source = PAGE + "\n#pagebreak()\n".join(pages)
    pdf, warnings = typst.compile_with_warnings(
        source.encode(), ignore_system_fonts=True
    )
    assert warnings == []
    return bytes(pdf)


def pages_of(pdf: bytes) -> list[str]:
    """What can be read on each page."""
    command = ["pdftotext", "-raw", "-", "-"]
    done = subprocess.run(command, input=pdf, capture_output=True, check=True)
    return done.stdout.decode().split("\f")[:-1]


def letters(text: str) -> Counter[str]:
    """Letters, digits and signs, whatever their style.

    TeX's font of large signs has its sum and its product in the places of X and Y; it
    overprints an equals sign with a stroke.
    """
    plain = unicodedata.normalize("NFKC", text).translate(
        str.maketrans("∑∏≠ϵϕ", "XY=εφ")
    )
    return Counter(re.findall(r"[A-Za-z0-9\u03b1-\u03c9∂∇∞⊤+−=<>≤≥⊙⊗×,]", plain))


def test_every_printed_formula_compiles(printed: list[str]) -> None:
    assert len(printed) > 1000
    pdf = compiled([f"$ {typst_math(formula)} $" for formula in printed])
    assert len(pages_of(pdf)) == len(printed)


@NEEDS_LATEX
def test_every_formula_shows_the_letters_that_latex_shows(
    printed: list[str], tmp_path: Path
) -> None:
    hidden = re.compile(r"\\phantom|\\Big[lr]? [^(]")  # large brackets read as letters
    some = [one for one in printed if not hidden.search(one) and len(one) < 300]
    assert len(some) > 1500
    body = "\n".join(rf"$\displaystyle {one}$\newpage" for one in some)
    (tmp_path / "all.tex").write_text(
        "\\documentclass{article}\\usepackage{amsmath,amssymb,lmodern}"
        "\\usepackage[paperwidth=90cm,paperheight=40cm]{geometry}"
        "\\usepackage[T1]{fontenc}\\pagestyle{empty}\\input{glyphtounicode}"
        f"\\pdfgentounicode=1\\begin{{document}}{body}\\end{{document}}",
        "utf-8",
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    theirs = pages_of((tmp_path / "all.pdf").read_bytes())
    ours = pages_of(compiled([f"$ {typst_math(one)} $" for one in some]))
    differ = [
        formula
        for formula, one, other in zip(some, ours, theirs, strict=True)
        if letters(one) != letters(other)
    ]
    assert differ == []


def test_the_comparison_notices_a_lost_letter() -> None:
    whole, lost = pages_of(compiled(["$W_(j l)$", "$W_(j)$"]))
    assert letters(whole) != letters(lost)


@settings(max_examples=25, deadline=None)
@given(programs())
def test_formulas_of_random_programs_compile(drawn: Drawn) -> None:
    try:
        jacobian = symjac.derive(symjac.parse(drawn.text), wrt=drawn.wrt)
    except SymjacError:
        return
    found = list(formulas(derivation_view(jacobian, steps=True)))
    assert compiled([f"$ {typst_math(one)} $" for one in found])


@pytest.mark.parametrize(
    "latex",
    [r"\unknown{x}", r"\input{x}", r"\begin{align}x\end{align}", "x}", "#x", "é"],
)
def test_what_is_outside_the_vocabulary_is_an_error(latex: str) -> None:
    with pytest.raises(ParseError):
        typst_math(latex)


@pytest.mark.parametrize(
    ("latex", "typst_markup"),
    [
        (r"\frac{a}{b}", "frac(a, b)"),
        (r"\mathbf{W}_{\mathrm{in}}", 'upright(bold(W))_(upright(i n))'),
        (r"\sigma''_{2}(x)", r"σ''_(2) \( x \)"),
        (r"x^{\prime}_{12}", "x'_(12)"),
        (r"a, b; c", "a comma b semi c"),
        (r"\begin{pmatrix} 1 & \\ 2 & 3 \end{pmatrix}",
         'display(mat(delim: "(", 1, ""; 2, 3))'),
        (r"\left\{ x \right.", r"lr(\{ x)"),
        (r"{}", '""'),
        (r"x \text{ if }y", 'x" if "y'),
    ],
)  # fmt: skip
def test_a_formula_is_written_as_typst_s_reference_has_it(
    latex: str, typst_markup: str
) -> None:
    assert typst_math(latex) == typst_markup


def test_signs_of_text_mean_themselves() -> None:
    text = "a*b_c `d` $e$ #f <g> @h \"i\" 'j' k-l 1. m/n -- ... [o] ~ \\ = https://p.q"
    (page,) = pages_of(compiled([typst_text(text)]))
    assert page.split() == text.split()
    (page,) = pages_of(compiled([f"#{typst_string(text)}"]))
    assert page.split() == text.split()


def test_a_line_of_text_and_mathematics_reads_on() -> None:
    line = (Text("Let "), Math(r"W_{jk}"), Text(" be 2."))
    assert typst_inline(line) == "Let $W_(j k)$ be 2\\."
