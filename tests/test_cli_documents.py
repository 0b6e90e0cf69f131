"""The command line's documents: to standard output or, whole, to a file."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import symjac
from symjac.cli import main
from symjac.exposition.adhoc import derivation_page, judgement_page

STEP = "x[t] = W @ sigma(x[t-1]) + b"
RIGHT, WRONG = "W @ diag(sigma'(x[t-1]))", "W.T @ diag(sigma'(x[t-1]))"
STARTS = {
    "tex": "% templates/proof.tex.jinja",
    "md": "<!-- templates/proof.md.jinja",
    "html": "<!doctype html>",
}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.mark.parametrize("format", STARTS)
def test_derive_prints_a_whole_document(format: str) -> None:
    result = run("derive", STEP, "--steps", "--format", format)
    assert result.exit_code == 0
    assert result.output.lstrip().startswith(STARTS[format])
    expected = derivation_page(symjac.derive(symjac.parse(STEP)), format, steps=True)
    assert result.output == expected.rstrip("\n") + "\n"


@pytest.mark.parametrize("format", STARTS)
@pytest.mark.parametrize(("claim", "code"), [(RIGHT, 0), (WRONG, 1)])
def test_check_prints_a_document_and_keeps_its_exit_code(
    format: str, claim: str, code: int
) -> None:
    result = run("check", STEP, "--claim", claim, "--format", format)
    assert result.exit_code == code
    found = symjac.check(symjac.parse(STEP), claim=claim)
    page = judgement_page(found, format, symjac.diagnose(found))
    assert result.output == page.rstrip("\n") + "\n"


def test_one_layout_of_check_is_judged_alone() -> None:
    chosen = ["--layout", "denominator", "--format", "md"]
    text = run("check", STEP, "--claim", WRONG, *chosen).output
    assert "the claim is wrong in denominator layout." in text
    assert "The claim in numerator layout" not in text


@pytest.mark.parametrize("format", ["text", "latex", "json", *STARTS])
def test_output_writes_what_would_be_printed(format: str, tmp_path: Path) -> None:
    printed = run("derive", STEP, "--format", format).output
    path = tmp_path / "new" / "page"
    result = run("derive", STEP, "--format", format, "--output", str(path))
    assert (result.exit_code, result.output) == (0, f"wrote {path}\n")
    assert path.read_text("utf-8") == printed
    assert [p.name for p in path.parent.iterdir()] == ["page"]


def test_check_writes_json_to_a_file_and_keeps_its_exit_code(tmp_path: Path) -> None:
    path = tmp_path / "verdict.json"
    arguments = ["--claim", WRONG, "--format", "json", "--output", str(path)]
    assert run("check", STEP, *arguments).exit_code == 1
    assert json.loads(path.read_text("utf-8"))["of"] == "x[t]"


def test_a_file_that_cannot_be_written_leaves_everything_as_it_was(
    tmp_path: Path,
) -> None:
    (tmp_path / "page.md").mkdir()
    (tmp_path / "taken").write_text("mine")
    for path in (tmp_path / "page.md", tmp_path / "taken" / "page.md"):
        result = run("derive", STEP, "--format", "md", "--output", str(path))
        assert result.exit_code == 2
        assert "Traceback" not in result.output
    assert sorted(p.name for p in tmp_path.iterdir()) == ["page.md", "taken"]
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.parametrize("command", [["derive"], ["check", "--claim", "W"]])
def test_bad_input_writes_no_file(command: list[str], tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    result = run(*command, "y = A @ (x", "--format", "md", "--output", str(path))
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_json_names_what_is_differentiated_as_the_command_takes_it() -> None:
    run = CliRunner().invoke
    stacked = ["Y = A @ X @ B", "--wrt", "vec(X)", "--format", "json"]
    assert json.loads(run(main, ["derive", *stacked]).output)["wrt"] == "vec(X)"
    twice = ["y = x.T @ A @ x", "--wrt", "x", "--wrt", "x", "--format", "json"]
    for command in (["derive", *twice], ["check", *twice, "--claim", "A + A.T"]):
        found = json.loads(run(main, command).output)
        assert (found["of"], found["wrt"]) == ("g", "x")
        shapes = {"A": "(n, n)", "x": "(n)", "y": "()"}
        assert found["first"].pop("shapes") == shapes
        first = {"of": "y", "wrt": "x", "formula": "(A + A.T) @ x"}
        assert found["first"] == first


def test_text_shows_what_is_differentiated_again() -> None:
    arguments = ["derive", "y = x.T @ A @ x", "--wrt", "x", "--wrt", "x"]
    shown = CliRunner().invoke(main, arguments).output
    assert "first        g = d(y)/d(x) = (A + A.T) @ x" in shown


@pytest.mark.parametrize("command", [["derive"], ["check", "--claim", RIGHT]])
def test_typst_and_pdf_are_documents_too(command: list[str], tmp_path: Path) -> None:
    pytest.importorskip("typst")
    arguments = [*command, STEP, "--output"]
    for name, start in (("a.typ", b"// templates/proof.typ"), ("a.pdf", b"%PDF-")):
        chosen = ["--format", name[2:], "--engine", "typst"]
        result = run(*arguments, str(tmp_path / name), *chosen)
        assert result.exit_code == 0, result.output
        assert (tmp_path / name).read_bytes().startswith(start)


def test_a_pdf_goes_to_standard_output_as_it_is() -> None:
    pytest.importorskip("typst")
    result = run("derive", STEP, "--format", "pdf", "--engine", "typst")
    assert result.stdout_bytes.startswith(b"%PDF-")
    assert result.stdout_bytes.rstrip().endswith(b"%%EOF")


def test_a_differential_proof_is_a_pdf_too() -> None:
    pytest.importorskip("typst")
    arguments = ["y = x.T @ A @ x", "--wrt", "x", "--style", "differential"]
    result = run("derive", *arguments, "--format", "pdf", "--engine", "typst")
    assert result.stdout_bytes.startswith(b"%PDF-")


@pytest.mark.parametrize("command", [["derive"], ["check", "--claim", RIGHT]])
def test_a_fragment_needs_no_format(command: list[str]) -> None:
    result = run(*command, STEP, "--fragment")
    assert result.output.startswith("% templates/fragment.tex.jinja")
    refused = run(*command, STEP, "--fragment", "--format", "md")
    assert refused.exit_code == 2
    assert "this way of printing gives tex, not md" in refused.output


def test_a_template_of_one_s_own_decides_the_format(tmp_path: Path) -> None:
    path = tmp_path / "mine.md.jinja"
    path.write_text("# {{ view.title | mdinline }}\n")
    result = run("derive", STEP, "--template", str(path))
    assert result.output.startswith("# The derivative of")
    proved = run(
        *("prove", "pascanu2013", "--template", str(path), "--output", str(tmp_path))
    )
    assert proved.exit_code == 0
    made = (tmp_path / "pascanu2013.md").read_text("utf-8")
    assert made == "# On equation (5) of Pascanu, Mikolov and Bengio (2013)\n"


def test_a_mistake_in_a_template_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mine.md.jinja"
    path.write_text("one\n{{ view.nothing }}\n")
    arguments = ["--template", str(path), "--output", str(tmp_path / "out")]
    for command in (["prove", "pascanu2013"], ["derive", STEP]):
        result = run(*command, *arguments)
        assert result.exit_code == 2
        assert "mine.md.jinja, line 2" in result.output
        assert not (tmp_path / "out").exists()


def test_prove_writes_the_formats_asked_for(tmp_path: Path) -> None:
    pytest.importorskip("typst")
    arguments = ["--format", "typ,json,ipynb,pdf", "--engine", "typst"]
    result = run("prove", "cs224d2016", *arguments, "--output", str(tmp_path))
    assert result.exit_code == 0
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [
        ".ipynb",
        ".json",
        ".pdf",
        ".typ",
    ]
    fragment = run("prove", "cs224d2016", "--fragment", "--output", str(tmp_path))
    assert fragment.exit_code == 0
    assert (tmp_path / "cs224d2016-fragment.tex").is_file()
    unknown = run("prove", "cs224d2016", "--format", "docx", "--output", str(tmp_path))
    assert unknown.exit_code == 2
    assert "'docx'; known: tex, md, html, typ, pdf, json, ipynb" in unknown.output


@pytest.mark.parametrize(
    ("start", "file", "made"),
    [
        (["prove"], "symjac/catalog/pascanu2013.toml", "output/mine.md"),
        (["gallery"], "symjac/catalog/claims/clark_5.toml", None),
    ],
)
def test_the_command_printed_for_a_file_makes_the_same_page_again(
    start: list[str],
    file: str,
    made: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = Path(file).read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my papers").mkdir()
    (tmp_path / "my papers/mine.toml").write_text(text, "utf-8")

    def page(*arguments: str) -> str:
        result = run(*arguments, "--format", "md")
        assert result.exit_code == 0, result.output
        return result.output if made is None else Path(made).read_text("utf-8")

    first = page(*start, "my papers/mine.toml")
    found = re.search(r"symjac (?:prove|gallery) .*", first)
    assert found is not None
    assert page(*shlex.split(found[0])[1:]) == first
