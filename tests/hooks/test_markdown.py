"""Generated blocks of Markdown: what is replaced, what stays, what is refused."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from symjac.cli import main
from symjac.errors import ParseError, Source
from symjac.exposition.generate import pages
from symjac.hooks.markdown import blocks, rewritten

ROOT = Path(__file__).parents[2]

OPEN = "<!-- symjac: derive 'y = A @ x' --wrt x --layout denominator -->"
CLOSE = "<!-- /symjac -->"
PAGE = f"# A book\n\nText \u2028 with  \n{OPEN}\nold\n{CLOSE}\n\nMore, no newline"
TRANSPOSED = r"\frac{\partial \mathbf{y}}{\partial \mathbf{x}} = \mathbf{A}^{\top}"


def echo(command: str) -> str:
    return f"ran {command}\n"


def docs(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["docs", *map(str, arguments)])


def test_a_block_becomes_what_its_command_prints_and_the_rest_stays() -> None:
    text = f"a\r\n{OPEN}\r\nold\r\nolder\r\n{CLOSE}\r\nb"
    new = rewritten(Source("page", text), lambda _: "one\n\ntwo\n")
    assert new == f"a\r\n{OPEN}\r\n\r\none\r\n\r\ntwo\r\n\r\n{CLOSE}\r\nb"


def test_a_block_keeps_its_indentation() -> None:
    text = f"- item\n\n  {OPEN}\n  {CLOSE}\n"
    new = rewritten(Source("page", text), lambda _: "one\n\ntwo\n")
    assert new == f"- item\n\n  {OPEN}\n\n  one\n\n  two\n\n  {CLOSE}\n"


def test_a_command_may_go_over_several_lines() -> None:
    text = f"<!-- symjac: derive 'y = x'\n     --wrt x -->\n{CLOSE}\n"
    (block,) = blocks(Source("page", text))
    assert block.command.split() == ["derive", "'y", "=", "x'", "--wrt", "x"]


@pytest.mark.parametrize(
    ("opening", "closing"),
    [("```md", "```"), ("~~~~", "~~~~"), ("> ````", "> ````"), ("```", "````")],
)
def test_a_comment_in_fenced_code_is_text(opening: str, closing: str) -> None:
    text = f"{opening}\n<!-- symjac derive -->\n{closing}\n{OPEN}\n{CLOSE}\n"
    assert len(list(blocks(Source("page", text)))) == 1


def test_a_comment_within_a_line_is_text() -> None:
    assert list(blocks(Source("page", f"Write `{OPEN}` and `{CLOSE}`.\n"))) == []


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (f"\n{OPEN}\n", 2, "not closed"),
        (f"\n\n{CLOSE}\n", 3, "no block is open"),
        (f"{OPEN}\n{OPEN}\n{CLOSE}\n", 2, "expected <!-- /symjac -->"),
        (f"<!-- symjac derive 'y = x' -->\n{CLOSE}\n", 1, "opens with"),
        (f"<!-- symjac: derive 'y = x'\n{CLOSE}\n", 1, "opens with"),
        (f"{OPEN} and more\n{CLOSE}\n", 1, "opens with"),
        (f"{OPEN}\n{CLOSE} and more\n", 2, "line of its own"),
    ],
)
def test_a_malformed_block_is_an_error_with_its_line(
    text: str, line: int, message: str
) -> None:
    with pytest.raises(ParseError, match=message) as caught:
        rewritten(Source("page", text), echo)
    assert caught.value.span is not None
    assert caught.value.span.line == line


def test_a_page_is_written_once_and_then_found_up_to_date(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_bytes(PAGE.encode())
    page.chmod(0o600)
    stale = docs("--check", page)
    assert stale.exit_code == 1
    assert f"+{TRANSPOSED}" in stale.stdout
    assert "-old" in stale.stdout
    assert page.read_bytes() == PAGE.encode()
    assert docs(page).stdout == f"wrote {page}\n"
    text = page.read_bytes().decode()
    assert f"```math\n{TRANSPOSED}\n```" in text
    assert text.startswith(PAGE.split("old")[0])
    assert text.endswith("\n\nMore, no newline")
    assert page.stat().st_mode & 0o777 == 0o600
    assert (docs("--check", page).exit_code, docs(page).stdout) == (0, "")


def test_no_file_is_written_if_one_has_an_error(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.md", tmp_path / "bad.md"
    good.write_text(PAGE, "utf-8")
    bad.write_text(f"Text\n{OPEN}\n", "utf-8")
    result = docs(good, bad)
    assert result.exit_code == 2
    assert f"{bad}, line 2, column 1" in result.stderr
    assert good.read_text("utf-8") == PAGE


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("derive @/etc/hostname", "reads no files"),
        ("derive -", "reads no files"),
        ("check 'y = x' --claim @secret", "reads no files"),
        ("derive 'y = x' --wrt @secret", "reads no files"),
        ("derive --cell mine.toml", "reads no files"),
        ("cells mine.toml", "reads no files"),
        ("derive 'y = x' --wrt x --output out.md", "has no --output"),
        ("derive 'y = x' --wrt x --format html", "has no --format html"),
        ("prove pascanu2013", "cannot run 'prove'"),
        ("docs", "cannot run 'docs'"),
        ("sh -c ls", "cannot run 'sh'"),
        ("derive --help", "has no --help"),
        ("derive 'y = x", "no closing quotation"),
        ("derive 'y = x' --nonsense", "No such option"),
        ("derive", "give either EQUATIONS or --cell"),
        ("", "this is no command"),
        ("derive 'y = A @' --wrt x", "line 3"),
    ],
)
def test_a_block_runs_nothing_but_what_is_harmless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    text = f"\n\n<!-- symjac: {command} -->\n{CLOSE}\n"
    page.write_text(text, "utf-8")
    result = docs(page)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "page.md, line 3" in result.stderr
    assert message in result.stderr
    assert page.read_text("utf-8") == text
    assert list(tmp_path.iterdir()) == [page]


@pytest.mark.parametrize(
    ("options", "fence"),
    [
        ("--format text", "```text\n"),
        ("--format json", "```json\n{"),
        ("--format latex", "```latex\n\\["),
        ("--format console", "```console\n$ symjac derive 'y = A @ x' --wrt x\n"),
    ],
)
def test_other_formats_stand_in_a_fence(
    tmp_path: Path, options: str, fence: str
) -> None:
    page = tmp_path / "page.md"
    text = f"<!-- symjac: derive 'y = A @ x' --wrt x {options} -->\n{CLOSE}\n"
    page.write_text(text, "utf-8")
    docs(page)
    assert fence in page.read_text("utf-8")


def test_formulas_may_stand_in_dollar_signs(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    text = f"<!-- symjac: derive 'y = A @ x' --wrt x --format dollars -->\n{CLOSE}\n"
    page.write_text(text, "utf-8")
    docs(page)
    shown = page.read_text("utf-8")
    assert f"\n$$\n{TRANSPOSED}\n$$\n" in shown
    assert "for all $j, k$:" in shown
    assert "`" not in shown


def test_a_missing_file_and_one_that_is_not_text_are_errors(tmp_path: Path) -> None:
    assert docs(tmp_path / "none.md").exit_code == 2
    (tmp_path / "binary.md").write_bytes(b"\xff\xfe")
    assert "not UTF-8" in docs(tmp_path / "binary.md").stderr


def test_without_files_docs_is_for_symjac_s_own_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = docs()
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])


BLOCKS = (f"{OPEN}\nold\n```\n{CLOSE}", f"  {OPEN}\n  {CLOSE}")
TEXTS = (
    "text",
    "",
    "é",
    f"```md\n{OPEN}\n```",
    f"~~~~\n```\n{CLOSE}\n~~~~",
    "> ```\n> ```",
)


@given(st.lists(st.sampled_from(BLOCKS + TEXTS)), st.sampled_from(["\n", "\r\n"]))
def test_what_is_outside_of_blocks_stays_and_twice_is_once(
    pieces: list[str], newline: str
) -> None:
    source = Source("page", "\n".join(pieces).replace("\n", newline))
    new = Source("page", rewritten(source, echo))
    found = [block.command for block in blocks(new)]
    assert found == ["derive 'y = A @ x' --wrt x --layout denominator"] * sum(
        piece in BLOCKS for piece in pieces
    )
    assert rewritten(new, echo) == new.text
    assert outside(new) == outside(source)


def outside(source: Source) -> str:
    parts, done = [], 0
    for block in blocks(source):
        parts.append(source.text[done : block.start])
        done = block.end
    return "".join([*parts, source.text[done:]])


def test_the_pre_commit_hook_runs_docs_on_markdown_files(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    name, *arguments = hook["entry"].split()
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (hook["language"], name in scripts["scripts"]) == ("python", True)
    page = tmp_path / "page.md"
    page.write_text(PAGE, "utf-8")
    assert re.search(hook["files"], str(page))
    assert not re.search(hook["files"], "page.mdx")
    run = CliRunner().invoke(main, [*arguments, str(page)])
    assert (run.exit_code, "out of date" in run.stderr) == (1, True)
    docs(page)
    assert CliRunner().invoke(main, [*arguments, str(page)]).exit_code == 0


def test_the_repository_s_own_pages_hold_blocks_that_are_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    found = {
        path.name: len(list(blocks(Source(path.name, path.read_text("utf-8")))))
        for path in pages(Path())
    }
    assert found["README.md"] == 1
    assert sum(count > 0 for count in found.values()) >= 3


def test_a_block_may_be_written_in_latex(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    command = r"derive --latex 'y = A x' --wrt x --layout denominator"
    page.write_text(f"<!-- symjac: {command} -->\n{CLOSE}\n", "utf-8")
    assert docs(page).exit_code == 0
    assert TRANSPOSED in page.read_text("utf-8")
