"""Fragments: \\input in a minimal article, twice, without a warning or a clash."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import symjac
from symjac.catalog.paper import names
from symjac.document.templates import fragment
from symjac.exposition.adhoc import derivation_view, judgement_view

NEEDS_LATEX = pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="pdflatex is not there"
)
ARTICLE = r"""\documentclass{article}
\usepackage{amsmath}
\begin{document}
%s
See (\ref{symjac:pascanu2013:derivative:6}).
\end{document}
"""
TROUBLE = re.compile(r"(?m)^(?:!|Overfull|Underfull|.*Warning).*$")


def log_of(article: str, folder: Path) -> str:
    """The log after two runs."""
    (folder / "article.tex").write_text(article, "utf-8")
    command = "pdflatex -no-shell-escape -interaction=nonstopmode article".split()
    for _ in range(2):
        subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return (folder / "article.log").read_text("utf-8", errors="replace")


def fragments() -> dict[str, str]:
    """Those of all papers, and of two derivations of one's own."""
    found = {key: fragment(symjac.prove(key).view) for key in names()}
    gru = symjac.cell("gru")
    jacobian = symjac.derive(gru.program, str(gru.state))
    found["gru"] = fragment(derivation_view(jacobian, steps=True))
    judged = symjac.check(gru.program, str(gru.state), claim="diag(z[t])")
    found["claim"] = fragment(judgement_view(judged))
    return found


@NEEDS_LATEX
def test_an_article_with_all_fragments_compiles_without_a_warning(
    tmp_path: Path,
) -> None:
    for name, content in fragments().items():
        (tmp_path / f"{name}.tex").write_text(content, "utf-8")
    inputs = "\n".join(rf"\section{{{n}}}\input{{{n}}}" for n in fragments())
    assert TROUBLE.findall(log_of(ARTICLE % inputs, tmp_path)) == []


@NEEDS_LATEX
def test_the_check_of_the_log_notices_a_clash(tmp_path: Path) -> None:
    (tmp_path / "one.tex").write_text(fragments()["pascanu2013"], "utf-8")
    log = log_of(ARTICLE % r"\input{one}\input{one}", tmp_path)
    assert any("multiply" in line for line in TROUBLE.findall(log))


def test_labels_carry_the_key_and_meet_no_other_document_s() -> None:
    labels = {
        name: re.findall(r"\\label\{([^}]*)\}", content)
        for name, content in fragments().items()
    }
    every = [label for found in labels.values() for label in found]
    assert len(every) == len(set(every)) > 50
    for key in names():
        assert all(one.startswith(f"symjac:{key}:") for one in labels[key])


@pytest.mark.parametrize("key", names())
def test_a_fragment_has_no_preamble_and_only_commands_of_amsmath(key: str) -> None:
    content = fragment(symjac.prove(key).view)
    assert "\\documentclass" not in content
    body = re.sub(r"(?m)^%.*$", "", content)
    assert "\\usepackage" not in body
    for package in ("tcolorbox", "adjustbox", "tikz", "toprule", "includegraphics"):
        assert package not in body


def test_amssymb_is_asked_for_where_a_quoted_formula_needs_it() -> None:
    view = symjac.prove("pascanu2013").view
    assert "amssymb" not in fragment(view)
    program = symjac.parse("y = A @ x")
    other = judgement_view(symjac.check(program, wrt="x", claim="A"))
    assert "% Needs \\usepackage{amsmath}." in fragment(other)
