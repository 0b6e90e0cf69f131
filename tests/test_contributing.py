"""CONTRIBUTING's recipes are carried out in a copy of the package."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / ".github" / "CONTRIBUTING.md"
RECIPES = {
    title: body
    for title, body in re.findall(
        r"^### (.+?)\n(.*?)(?=^### |\Z)",
        PAGE.read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
}
RUN = "import sys; from symjac.cli import main; main(prog_name='symjac')"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, and what stands in it."""

    language: str
    content: str


def blocks(text: str) -> list[Block]:
    found = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(*pair) for pair in found]


def patched(text: str, change: str) -> str:
    """A text after the parts of a diff, each of which fits in one place."""
    for part in re.split(r"^@@\n", change, flags=re.MULTILINE):
        lines = [line or " " for line in part.splitlines()]
        old = "".join(f"{line[1:]}\n" for line in lines if line[0] in " -")
        new = "".join(f"{line[1:]}\n" for line in lines if line[0] in " +")
        assert text.count(old) == 1, part
        text = text.replace(old, new)
    return text


def run(copy: Path, command: str) -> str:
    """What a command prints in the copy, to both streams."""
    assert command.startswith("symjac ")
    found = subprocess.run(
        [sys.executable, "-B", "-c", RUN, *shlex.split(command)[1:]],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return found.stdout


def consoles(block: Block) -> list[tuple[str, str]]:
    """The commands of a block, and what it says that they print."""
    shown = re.split(r"^\$ ", block.content, flags=re.MULTILINE)[1:]
    return [(command, out) for command, _, out in (s.partition("\n") for s in shown)]


def carry_out(copy: Path, block: Block) -> None:
    """Change or write the file that the first line names, or run the commands."""
    first, _, rest = block.content.partition("\n")
    match block.language:
        case "diff":
            path = copy / first.removeprefix("--- ")
            path.write_text(patched(path.read_text("utf-8"), rest), "utf-8")
        case "toml":
            path = copy / first.removeprefix("# ")
            assert path.parent.is_dir()
            assert not path.exists()
            path.write_text(rest, "utf-8")
        case "console":
            for command, expected in consoles(block):
                assert run(copy, command) == expected
        case language:
            pytest.fail(f"a block of {language} in a recipe")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    left_out = shutil.ignore_patterns("__pycache__")
    for folder in ("symjac", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=left_out)
    return tmp_path


def test_there_is_a_recipe_for_whatever_one_may_add() -> None:
    assert [*RECIPES] == [
        "An elementwise function",
        "A named operation",
        "A rule",
        "A recurrent cell",
        "A paper",
        "A claim for the gallery",
    ]


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_does_what_it_says(title: str, copy: Path) -> None:
    recipe = blocks(RECIPES[title])
    kinds = [block.language for block in recipe]
    assert "console" in kinds
    assert {"diff", "toml"} & {*kinds}
    for block in recipe:
        carry_out(copy, block)


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_s_commands_print_something_else_without_its_changes(
    title: str, copy: Path
) -> None:
    last = blocks(RECIPES[title])[-1]
    assert last.language == "console"
    assert any(run(copy, command) != expected for command, expected in consoles(last))


def test_a_diff_that_fits_nowhere_is_noticed() -> None:
    assert patched("a\nb\n", " a\n+c\n") == "a\nc\nb\n"
    assert patched("a\nb\n", "-a\n+c\n@@\n b\n+d\n") == "c\nb\nd\n"
    with pytest.raises(AssertionError):
        patched("a\na\n", " a\n+c\n")
    with pytest.raises(AssertionError):
        patched("a\nb\n", " c\n+d\n")
