"""README and docs: every example runs, and the Quick start has its two blocks."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

import symjac
from symjac.catalog.paper import read
from symjac.cli import main
from symjac.errors import Source
from symjac.hooks.markdown import blocks

ROOT = Path(__file__).parents[1]
LAYOUTS = ("numerator", "denominator")
PAGES = sorted((ROOT / "docs").rglob("*.md"))


class Fenced(doctest.DocTestParser):
    """Examples end where the fence of their code does."""

    def parse(self, string: str, name: str = "<string>") -> list[str | doctest.Example]:
        return super().parse(re.sub(r"(?m)^ *```.*$", "", string), name)


def run_examples(path: Path) -> doctest.TestResults:
    return doctest.testfile(str(path), module_relative=False, parser=Fenced())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_examples_in_the_docs_run(path: Path) -> None:
    if path.name == "formats.md":
        pytest.importorskip("typst")
    assert run_examples(path).failed == 0


def test_examples_in_the_readme_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = run_examples(ROOT / "README.md")
    assert (found.failed, found.attempted > 5) == (0, True)
    assert (tmp_path / "output" / "pascanu2013.html").is_file()


def consoles() -> list[tuple[str, str]]:
    """Checks and gradients, and what the pages say that they print."""
    texts = [path.read_text("utf-8") for path in (ROOT / "README.md", *PAGES)]
    found = [
        re.findall(r"```console\n\$ symjac ((?:check|gradients) .*?)```", t, re.DOTALL)
        for t in texts
    ]
    return [tuple(block.split("\n", 1)) for blocks in found for block in blocks]


@pytest.mark.parametrize(("command", "expected"), consoles())
def test_a_console_example_is_what_the_program_prints(
    command: str, expected: str
) -> None:
    assert CliRunner().invoke(main, shlex.split(command)).output == expected


FORMULAS = {
    "W D": "W @ diag(sigma'({}))",
    "D W": "diag(sigma'({})) @ W",
    "Wᵀ D": "W.T @ diag(sigma'({}))",
    "D Wᵀ": "diag(sigma'({})) @ W.T",
}
EQUATIONS = (
    ("x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b", "x[t-1]"),
    ("h[t] = sigma(W @ h[t-1] + U @ x[t] + b)", "W @ h[t-1] + U @ x[t] + b"),
)


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_verdicts_on_top_of_the_readme_are_true(formula: str) -> None:
    top = (ROOT / "README.md").read_text("utf-8").split("## Quick start")[0]
    plain = top.replace("*", "").replace(", as printed", "")
    (row,) = re.findall(rf"^\| {re.escape(formula)} \| (.*) \|$", plain, re.MULTILINE)
    for said, (equation, place) in zip(row.split(" | "), EQUATIONS, strict=True):
        claim = FORMULAS[formula].format(place)
        found = symjac.check(symjac.parse(equation), claim=claim)
        outcomes = {name: found[name].outcome.value for name in LAYOUTS}
        right = [name for name in LAYOUTS if outcomes[name] == "proved"]
        assert said == (f"{right[0]} layout" if right else "neither")
        assert sorted(outcomes.values())[-1] == "refuted"


def test_a_command_in_a_sentence_of_the_readme_runs() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    found = re.findall(r"`symjac ((?:derive|gallery|cells)\b[^`]*)`", readme)
    assert len(found) >= 3
    for command in found:
        shown = CliRunner().invoke(main, shlex.split(command))
        assert (shown.exit_code, command) == (0, command)


def test_the_readme_shows_a_console_example() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "```console\n$ symjac check" in readme


def test_quick_start_has_exactly_two_shell_blocks() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    section = readme.split("## Quick start")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert len(blocks) == 2
    assert "symjac prove pascanu2013" in blocks[0]
    assert "pytest" in blocks[1]


def test_the_example_paper_in_the_docs_is_valid() -> None:
    page = (ROOT / "docs" / "catalog.md").read_text("utf-8")
    (text,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert read(Source("example.toml", text), "example").claims[0].wrt == "x"


EXAMPLES = {  # languages of examples that have tests of their own, by page
    "books.md": {"md", "rst", "toml", "yaml"},
    "catalog.md": {"toml"},
    "formats.md": {"latex"},
    "gallery.md": {"toml"},
    "latex.md": {"latex"},
    "templates.md": {"latex"},
}
FENCE = re.compile(r"^(`{3,})([^\n`]*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


def written(path: Path) -> str:
    """A page without what its blocks generate."""
    text = path.read_text("utf-8")
    for block in reversed(list(blocks(Source(path.name, text)))):
        text = text[: block.start] + text[block.end :]
    return text


def fences(path: Path) -> list[tuple[str, str]]:
    """Language and content of the fences outside of generated blocks."""
    found = FENCE.findall(written(path))
    return [(language.strip(), content) for _, language, content in found]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_code_and_formulas_in_the_docs_are_run_or_generated(path: Path) -> None:
    # Each kind of fence has a test; others are not allowed.
    known = {"python", "sh", "console", "text"} | EXAMPLES.get(path.name, set())
    for language, content in fences(path):
        assert language in known or language.startswith("{"), language
        assert language != "python" or content.startswith(">>> ")
    prose = FENCE.sub("", written(path))
    assert ">>> " not in prose, "examples stand in a fence, as GitHub needs"
    assert "$" not in re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", prose, flags=re.S)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_console_examples_show_what_is_printed(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for language, content in fences(path):
        if language == "toml":
            (tmp_path / "layer.toml").write_text(content, "utf-8")
    consoles = "".join(
        content for language, content in fences(path) if language == "console"
    )
    for example in re.split(r"^\$ symjac ", consoles, flags=re.MULTILINE)[1:]:
        command, expected = example.split("\n", 1)
        assert CliRunner().invoke(main, shlex.split(command)).output == expected


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_commands_in_the_docs_work(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shell = [content for language, content in fences(path) if language == "sh"]
    for line in "".join(shell).splitlines():
        name, *arguments = shlex.split(line)
        assert name in {"symjac", "pip"}
        if name == "symjac":
            result = CliRunner().invoke(main, arguments)
            needs_file = any(re.search(r"\.(toml|jinja|jsonl)$", a) for a in arguments)
            assert result.exit_code in ({2} if needs_file else {0, 1}), line
            assert "No such option" not in result.output, line


def test_links_between_pages_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / ".github" / "CONTRIBUTING.md", *PAGES):
        for target in re.findall(r"\]\(([^)#:*\s]+\.\w+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), (page.name, target)
