"""The command line: exit codes, JSON, located errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from symjac.cli import main

STEP = "x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b"


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=given)


@pytest.mark.parametrize(
    ("claim", "layout", "code"),
    [
        ("W @ diag(sigma'(x[t-1]))", None, 0),
        ("W @ diag(sigma'(x[t-1]))", "numerator", 0),
        ("W @ diag(sigma'(x[t-1]))", "denominator", 1),
        ("W.T @ diag(sigma'(x[t-1]))", None, 1),
        ("W.T @ diag(sigma'(y[t-1]))", None, 2),
        ("u[t]", None, 2),
        (
            "W @ diag(sigma'(x[t-1])) * (1 + sin(2) - 2 * sin(1) * cos(1))",
            "numerator",
            3,
        ),
    ],
)
def test_exit_codes_of_check(claim: str, layout: str | None, code: int) -> None:
    chosen = ["--layout", layout] if layout else []
    assert run("check", STEP, "--claim", claim, *chosen).exit_code == code


def test_check_prints_the_contract_s_json() -> None:
    claim = "W.T @ diag(sigma'(x[t-1]))"
    found = json.loads(run("check", STEP, "--claim", claim, "--format", "json").output)
    contract = {"of", "wrt", "shapes", "component", "layouts", "diagnosis"}
    assert set(found) == contract | {"diagnosis_exhausted"}
    keys = {"edit", "formula", "layout", "equation", "distance"}
    assert all(set(remedy) == keys for remedy in found["diagnosis"])
    edits = {(one["layout"], one["formula"]) for one in found["diagnosis"]}
    assert ("numerator", "W @ diag(sigma'(x[t-1]))") in edits
    assert ("denominator", "diag(sigma'(x[t-1])) @ W.T") in edits
    assert (found["of"], found["wrt"]) == ("x[t]", "x[t-1]")
    assert found["component"] == "W[j,k] * sigma'(x[t-1][k])"
    verdict = found["layouts"]["numerator"]
    assert verdict["derived"] == "W @ diag(sigma'(x[t-1]))"
    assert verdict["verdict"] == "refuted"
    assert verdict["hypotheses"] == ["sigma is differentiable"]
    example = verdict["counterexample"]
    assert set(example) == {"dimensions", "values", "entry", "derived", "claimed"}
    assert example["entry"] == [1, 2]
    weights, slope = example["values"]["W"], example["values"]
    x = example["values"]["x[t-1]"]
    assert int(example["derived"]) == weights[0][1] * int(slope[f"sigma'({x[1]})"])
    assert int(example["claimed"]) == weights[1][0] * int(slope[f"sigma'({x[1]})"])


def test_equations_come_from_a_file_or_standard_input(tmp_path: Path) -> None:
    path = tmp_path / "step.txt"
    path.write_text(STEP)
    expected = run("derive", STEP).output
    assert run("derive", f"@{path}").output == expected
    assert run("derive", "-", given=STEP).output == expected
    assert "numerator    W @ diag(sigma'(x[t-1]))" in expected


def test_steps_name_their_rules() -> None:
    text = run("derive", STEP, "--steps").output
    for rule in ("linearity", "constant factor", "chain rule", "Kronecker delta"):
        assert f"[{rule}]" in text
    found = json.loads(run("derive", STEP, "--steps", "--format", "json").output)
    assert found["steps"][-1] == {
        "of": None,
        "result": "W[j,k] * sigma'(x[t-1][k])",
        "rule": "Kronecker delta",
    }
    assert (
        r"\begin{align*}" in run("derive", STEP, "--steps", "--format", "latex").output
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["derive", "y = A @ (x"],
        ["derive", "y = A @ x"],
        ["derive", "@/no/such/file"],
        ["derive", STEP, "--wrt", "q"],
        ["check", STEP, "--claim", "W @"],
        ["prove", "nobody"],
        ["prove", "/no/such/paper.toml"],
        ["prove", "pascanu2013", "--format", "docx"],
        ["prove", "pascanu2013", "--output", "/dev/null/x"],
        ["nonsense"],
    ],
)
def test_bad_input_exits_with_2_and_no_traceback(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert result.output.strip()


def test_prove_writes_the_chosen_formats(tmp_path: Path) -> None:
    result = run("prove", "cs224d2016", "--format", "md", "--output", str(tmp_path))
    assert result.exit_code == 0
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == ["cs224d2016-network.svg", "cs224d2016.md"]
    assert "numerator layout: refuted" in result.output


def test_docs_check_notices_a_stale_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "symjac" / "catalog").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("symjac.exposition.generate.gallery_files", dict)
    assert run("docs", "--check").exit_code == 1
    assert run("docs").exit_code == 0
    assert run("docs", "--check").exit_code == 0
    with (tmp_path / "output" / "pascanu2013.md").open("a") as stream:
        stream.write("x")
    result = run("docs", "--check")
    assert result.exit_code == 1
    assert "pascanu2013.md" in result.output


def test_docs_refuses_to_write_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("docs").exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_help_teaches_by_example() -> None:
    text = run("--help").output
    assert "symjac prove pascanu2013" in text
    assert "Exit codes" in text


def test_a_claim_of_the_wrong_shape_is_told_what_is_near() -> None:
    result = run("check", STEP, "--claim", "W @ sigma'(x[t-1])")
    assert result.exit_code == 2
    assert "ClaimError: the claim has shape (n)" in result.output
    assert "W @ diag(sigma'(x[t-1])) is right in numerator layout" in result.output


@pytest.mark.parametrize("formula", ["x^T A x", r"x^\top A x", "f(x) = x'A x"])
def test_a_formula_and_its_variable_are_enough(formula: str) -> None:
    result = run(formula, "x")
    assert result.exit_code == 0
    assert "read as  f = x.T @ A @ x\n" in result.output
    assert "denominator  (A + A.T) @ x" in result.output


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("x^T A x", "x", "(A + A^T) x"), 0),
        (("x^T A x", "x", "2 A x"), 1),
        (("x^T A x", "x", "--claim", "(A + A^T) x"), 0),
        (("f = x^T A x", "--claim", "df/dx = (A + A') x"), 0),
        (("x^T A x", "x", "a b"), 2),
        (("nonsense", "x"), 2),
    ],
)
def test_a_third_part_is_a_claim(arguments: tuple[str, ...], code: int) -> None:
    assert run(*arguments).exit_code == code


def test_what_was_typed_is_shown_with_the_shapes_it_got() -> None:
    lines = run("W x + b", "x").output.splitlines()
    assert lines[:2] == [
        "read as  f = W @ x + b",
        "where    W: (n, m); x: (m); b: (n); f: (n)",
    ]


def test_what_by_what_is_said_once() -> None:
    found = run("check", "y = W x", "--wrt", "W", "--claim", "dy/dx = W")
    assert found.exit_code == 2
    assert "--wrt says W, the claim says x" in found.output
