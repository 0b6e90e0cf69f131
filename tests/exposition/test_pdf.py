"""PDF by either engine: what it shows, the same bytes, and errors in one line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import symjac
from symjac.document import pdf
from symjac.document.pdf import engine_for, first_error, pdf_of, pdf_view
from symjac.errors import OutputError, PackageError
from symjac.exposition.adhoc import derivation_view
from symjac.exposition.page import Proof
from symjac.exposition.way import Way

NEEDS_LATEX = pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="pdflatex is not there"
)
ENGINES = [pytest.param("latex", marks=NEEDS_LATEX), "typst"]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def proof() -> Proof:
    return symjac.prove("pascanu2013")


def made(proof: Proof, engine: str) -> bytes:
    found = proof.printed("pdf", Way(engine=engine))
    assert isinstance(found, bytes)
    return found


def text_of(content: bytes) -> str:
    command = ["pdftotext", "-raw", "-", "-"]
    done = subprocess.run(command, input=content, capture_output=True, check=True)
    return done.stdout.decode()


def headings(text: str) -> list[str]:
    return re.findall(r"(?m)^(?:\d+|[A-Z]) [A-Z][a-z].*$", text.replace("\f", "\n"))


@NEEDS_LATEX
def test_both_engines_print_the_same_sections_in_the_same_order(proof: Proof) -> None:
    ours, theirs = (headings(text_of(made(proof, one))) for one in ("typst", "latex"))
    assert len(ours) >= len(proof.view.sections) > 10
    assert ours == theirs


@NEEDS_LATEX
def test_both_engines_print_the_same_words(proof: Proof) -> None:
    def words(engine: str) -> list[str]:
        joined = text_of(made(proof, engine)).replace("-\n", "")
        return sorted(re.findall(r"\b[a-z]{4,}\b", joined))

    ours, theirs = words("typst"), words("latex")
    assert len(ours) > 500
    missing = [w for w in set(ours) | set(theirs) if ours.count(w) != theirs.count(w)]
    assert len(missing) < 10  # words that one engine broke at a hyphen of their own


@pytest.mark.parametrize("engine", ENGINES)
def test_the_bytes_are_the_same_at_another_time_and_place(
    proof: Proof, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made(proof, engine)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.sleep(1.1)  # dates in PDF count seconds
    code = (
        "import sys, symjac; from symjac.exposition.way import Way;"
        f"way = Way(engine={engine!r});"
        "sys.stdout.buffer.write(symjac.prove('pascanu2013').printed('pdf', way))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=True,
    )
    assert done.stdout == first
    assert b"/tmp" not in first


@NEEDS_LATEX
def test_the_first_error_of_latex_is_shown_alone() -> None:
    source = "\\documentclass{article}\n\\begin{document}\n\\nothing\n\\nomore\n"
    with pytest.raises(OutputError) as caught:
        pdf_of(source, {}, "latex")
    shown = "LaTeX: ! Undefined control sequence.\nl.3 \\nothing"
    assert caught.value.message == shown
    assert "--engine typst" in (caught.value.hint or "")


def test_the_first_error_of_typst_is_shown_alone() -> None:
    with pytest.raises(OutputError) as caught:
        pdf_of("= A\n#nothing()\n#nomore()\n", {}, "typst")
    assert "unknown variable: nothing" in caught.value.message
    assert "proof.typ:2:1" in caught.value.message
    assert "nomore" not in caught.value.message


def test_what_follows_from_an_error_is_left_out() -> None:
    log = "noise\n! Missing $ inserted.\n<inserted text> \nl.7 a_b\nType X\n! Next\n"
    found = first_error(log)
    assert found.startswith("! Missing $ inserted.")
    assert found.endswith("l.7 a_b")
    assert first_error("all well") == "no PDF and no error in the log"


@NEEDS_LATEX
@pytest.mark.parametrize(
    "harm",
    [
        r"\immediate\write18{touch pwned}",
        r"\immediate\openout3=../pwned \immediate\write3{x}",
        r"\input{/etc/passwd}",
        r"\newread\r \openin\r=/etc/passwd \read\r to\x \ifeof\r\stop\fi \typeout{\x}",
    ],
)
def test_latex_reaches_no_shell_and_no_file_outside_its_folder(
    harm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    source = f"\\documentclass{{article}}\\begin{{document}}a{harm}\\end{{document}}"
    try:
        shown = text_of(pdf_of(source, {}, "latex"))
    except OutputError as error:
        shown = error.message
    assert "root:" not in shown
    assert list(tmp_path.rglob("pwned*")) == []


def test_typst_reaches_no_file_outside_its_folder() -> None:
    with pytest.raises(OutputError):
        pdf_of('#read("/../../etc/passwd")', {}, "typst")
    with pytest.raises(OutputError):
        pdf_of('#read("/etc/passwd")', {}, "typst")


@NEEDS_LATEX
def test_a_run_without_end_is_ended_with_its_children(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pdf, "SECONDS", 1)
    source = r"\documentclass{article}\begin{document}\loop\iftrue\repeat\end{document}"
    with pytest.raises(OutputError, match="took more than 1 seconds"):
        pdf_of(source, {}, "latex")


def test_latex_comes_first_where_it_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    assert engine_for(None) == "latex"
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert engine_for(None) == "typst"
    assert engine_for("latex") == "latex"
    with pytest.raises(PackageError, match="latexmk or pdflatex"):
        pdf_of("", {}, "latex")
    with pytest.raises(OutputError, match="no engine 'word'"):
        engine_for("word")


@NEEDS_LATEX
def test_pdflatex_alone_gives_the_same_text(
    proof: Proof, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = text_of(made(proof, "latex"))
    found = shutil.which("pdflatex")
    monkeypatch.setattr(pdf, "latex_program", lambda: found)
    assert text_of(made(proof, "latex")) == whole


def test_without_any_engine_the_hint_is_one_command(
    monkeypatch: pytest.MonkeyPatch, proof: Proof
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(PackageError) as caught:
        proof.printed("pdf")
    assert caught.value.hint == "pip install 'symjac[pdf]'"


MARGIN, WIDTH, OVERHANG = 73.7, 595.3, 4.0  # points; stops and hyphens hang out


def outside(content: bytes) -> list[str]:
    """Words that stand in the margins."""
    command = ["pdftotext", "-bbox", "-", "-"]
    done = subprocess.run(command, input=content, capture_output=True, check=True)
    words = re.findall(
        r'xMin="([\d.-]+)" yMin="[\d.-]+" xMax="([\d.-]+)"[^>]*>(.*?)</word>',
        done.stdout.decode(),
    )
    assert words
    return [
        word
        for left, right, word in words
        if float(left) < MARGIN - OVERHANG or float(right) > WIDTH - MARGIN + OVERHANG
    ]


@pytest.mark.parametrize("name", ["gru", "lstm_peephole", "layer_norm", "residual"])
def test_long_formulas_and_reasons_stay_within_the_margins(name: str) -> None:
    found = symjac.cell(name)
    jacobian = symjac.derive(found.program, str(found.state))
    for steps in (True, False):
        view = derivation_view(jacobian, steps=steps)
        assert outside(pdf_view(view, "typst", is_adhoc=True)) == []


def test_the_check_of_the_margins_notices_a_wide_line() -> None:
    source = '#set page(paper: "a4")\n#box(width: 18cm)[a #h(1fr) b]\n'
    assert outside(pdf_of(source, {}, "typst")) == ["b"]
