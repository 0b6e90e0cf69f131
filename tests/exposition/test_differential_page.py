"""The differential style on the command line: every format, documents, refusals."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from symjac.cli import main
from tests.exposition.test_adhoc import (
    FORMATS,
    NEEDS_TEX,
    assert_latex,
    assert_markdown,
    visible,
    warnings_of,
)
from tests.exposition.test_proofs import squeeze

TRACE = "f: ()\nf = tr(X.T @ A @ X)"
CORPUS = (
    (TRACE, "X"),
    ("alpha: (); f: (); f = tr(alpha * A @ B)", "alpha"),
    ("f: (); f = logdet(A @ X @ B + C)", "X"),
    ("z = W @ x + b; f: (); f = norm2(tanh(z) - y)**2", "x"),
    ("f: (); f = a.T @ inv(A @ X @ B + C @ X @ D) @ b + tr(E @ X @ F @ X.T)", "X"),
)
TEXT = """f
    = tr(X.T @ A @ X)    [definition]
df
    = tr(d(X.T @ A @ X))    [differential of a trace]
    = tr(d(X.T) @ A @ X + X.T @ d(A) @ X + X.T @ A @ dX)    [differential of a product]
    = tr(d(X.T) @ A @ X + X.T @ A @ dX)    [constants vanish]
    = tr(dX.T @ A @ X + X.T @ A @ dX)    [differential of a transpose]
    = tr(dX.T @ A @ X) + tr(X.T @ A @ dX)    [linearity]
    = tr(A @ X @ dX.T) + tr(X.T @ A @ dX)    [the trace is cyclic]
    = tr(X.T @ A.T @ dX) + tr(X.T @ A @ dX)    [a matrix and its transpose have one trace]
    = tr(((A + A.T) @ X).T @ dX)    [collect]
df/dX
    = (A + A.T) @ X    [first identification theorem, denominator layout]
"""  # noqa: E501


def run(equations: str, wrt: str, *arguments: str) -> Result:
    style = ["--style", "differential"]
    return CliRunner().invoke(
        main, ["derive", equations, "--wrt", wrt, *style, *arguments]
    )


def test_text_shows_every_line_with_its_rule() -> None:
    found = run(TRACE, "X", "--layout", "denominator").output
    assert found.startswith(TEXT)
    last = found.removeprefix(TEXT)
    assert last.startswith("proved equal to the derivative in index notation")
    assert "numerator" not in found
    both = run(TRACE, "X").output
    assert "= X.T @ (A.T + A)    [first identification theorem, numerator" in both


def test_the_hypotheses_of_the_result_are_printed() -> None:
    found = run("f: ()\nf = a.T @ sigma(X @ b)", "X").output
    assert found.splitlines()[-1].endswith("where sigma is differentiable")


def test_latex_is_one_display_with_the_rules_as_text() -> None:
    found = run(TRACE, "X", "--format", "latex").output
    assert found.startswith("\\begin{align*}\nf &= ")
    assert found.endswith("\\end{align*}\n")
    assert r"\mathrm{d}f &= " in found
    assert (
        r"\operatorname{tr}(\mathbf{X}^{\top}\,\mathbf{A}\,\mathrm{d}\mathbf{X})"
        in (found)
    )
    assert r"\frac{\partial f}{\partial \mathbf{X}} &= " in found
    assert r"&&\text{first identification theorem, numerator layout}" in found


def test_json_holds_steps_layouts_and_verdict() -> None:
    found = json.loads(run(TRACE, "X", "--format", "json").output)
    assert (found["of"], found["wrt"], found["style"]) == ("f", "X", "differential")
    assert found["verdict"] == "proved"
    assert found["layouts"]["denominator"] == "(A + A.T) @ X"
    assert found["layouts"]["numerator"] == "X.T @ (A.T + A)"
    assert found["steps"][0]["of"] == "f"
    assert found["steps"][1] == {
        "of": "df",
        "result": "tr(d(X.T @ A @ X))",
        "rule": "differential of a trace",
    }


def test_what_has_no_rule_is_an_error_and_no_traceback() -> None:
    for equations in ("f: ()\nf = sum(kron(X, A))", "Y = A @ X @ B"):
        result = run(equations, "X")
        assert result.exit_code == 2
        assert result.output.startswith("UnsupportedError: ")


@pytest.mark.parametrize("format", FORMATS)
def test_a_document_shows_differential_theorem_and_both_layouts(format: str) -> None:
    text = visible(run(TRACE, "X", "--format", format).output, format)
    for truth in (  # d tr(X'AX) = tr(X'(A + A') dX), worked out by hand
        r"\mathrm{d}(\mathbf{X}^{\top})\,\mathbf{A}\,\mathbf{X}",
        r"\mathrm{d}f = \operatorname{tr}(\mathbf{G}^{\top}\,\mathrm{d}\mathbf{X})",
        r"\frac{\partial f}{\partial \mathbf{X}} ="
        r" (\mathbf{A} + \mathbf{A}^{\top})\,\mathbf{X}",
    ):
        assert squeeze(truth) in squeeze(text)
    for phrase in (
        "by differentials",
        "The first identification theorem",
        "the trace is cyclic",
        "judged like any claim",
        "To derive it again:",
    ):
        assert phrase in text


def test_a_document_of_one_layout_names_it_in_its_command() -> None:
    text = run(TRACE, "X", "--layout", "denominator", "--format", "md").output
    assert "In denominator layout:" in text
    assert "In numerator layout:" not in text
    assert "--layout denominator --style differential" in text


@pytest.mark.parametrize(("equations", "wrt"), CORPUS)
def test_the_command_on_a_document_prints_it_again(equations: str, wrt: str) -> None:
    text = run(equations, wrt, "--format", "md").output
    assert_markdown(text)
    found = re.search(r"(?m)^symjac (derive .*)$", text)
    assert found
    again = CliRunner().invoke(main, [*shlex.split(found[1]), "--format", "md"])
    assert again.output == text


@NEEDS_TEX
@pytest.mark.parametrize(("equations", "wrt"), CORPUS)
def test_a_document_builds_without_a_warning(
    equations: str, wrt: str, tmp_path: Path
) -> None:
    text = run(equations, wrt, "--format", "tex").output
    assert_latex(text)
    assert warnings_of(text, tmp_path) == []


def test_the_index_style_is_the_default() -> None:
    plain = CliRunner().invoke(main, ["derive", TRACE, "--wrt", "X"]).output
    chosen = (
        CliRunner()
        .invoke(main, ["derive", TRACE, "--wrt", "X", "--style", "index"])
        .output
    )
    assert plain == chosen
    assert "differential" not in plain
