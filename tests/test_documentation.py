"""README and docs: every example runs, and the Quick start has its two blocks."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from symjac.catalog.paper import read
from symjac.cli import main
from symjac.errors import Source

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))


class Fenced(doctest.DocTestParser):
    """Examples end where the fence of their code does."""

    def parse(
        self, string: str, name: str = "<string>"
    ) -> list[str | doctest.Example]:
        return super().parse(re.sub(r"(?m)^ *```.*$", "", string), name)


def run_examples(path: Path) -> doctest.TestResults:
    return doctest.testfile(str(path), module_relative=False, parser=Fenced())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_examples_in_the_docs_run(path: Path) -> None:
    assert run_examples(path).failed == 0


def test_examples_in_the_readme_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = run_examples(ROOT / "README.md")
    assert (found.failed, found.attempted > 5) == (0, True)
    assert (tmp_path / "output" / "pascanu2013.html").is_file()


def test_the_readme_s_console_example_is_what_the_program_prints() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    (block,) = re.findall(r"```console\n\$ symjac (.*?)```", readme, re.DOTALL)
    command, expected = block.split("\n", 1)
    result = CliRunner().invoke(main, shlex.split(command))
    assert result.output == expected


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


def test_links_between_pages_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *PAGES):
        for target in re.findall(r"\]\(([^)#:*]+\.\w+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), (page.name, target)
