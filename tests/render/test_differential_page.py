"""The differential style on the command line: text, LaTeX, JSON, refusals."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result

from symjac.cli import main

TRACE = "f: ()\nf = tr(X.T @ A @ X)"
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


def test_other_formats_are_refused() -> None:
    result = run(TRACE, "X", "--format", "md")
    assert result.exit_code == 2
    assert "the differential style has no format md" in result.output


def test_the_index_style_is_the_default() -> None:
    plain = CliRunner().invoke(main, ["derive", TRACE, "--wrt", "X"]).output
    chosen = (
        CliRunner()
        .invoke(main, ["derive", TRACE, "--wrt", "X", "--style", "index"])
        .output
    )
    assert plain == chosen
    assert "differential" not in plain
