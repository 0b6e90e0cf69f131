"""On a terminal: Unicode, colors, progress; elsewhere the same bytes everywhere."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import click
import pytest
from click.shell_completion import BashComplete, ShellComplete
from click.testing import CliRunner, Result

from symjac.cli import main
from symjac.cli.docs import block_output
from symjac.cli.screen import Progress, Screen, colored, fold, reads_unicode

STEP = "x[t] = W @ sigma(x[t-1]) + b"
CHECK = ("check", STEP, "--claim", "W.T @ diag(sigma'(x[t-1]))")
RED = "\x1b[31m\x1b[1mrefuted\x1b[0m"


@pytest.fixture(autouse=True)
def no_color_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)


def run(*arguments: str, color: bool = False, **env: str) -> Result:
    return CliRunner(env=env).invoke(main, list(arguments), color=color)


class Terminal(io.StringIO):
    """A terminal that counts what is written."""

    encoding = "UTF-8"

    def __init__(self) -> None:
        super().__init__()
        self.drawn = Event()

    def isatty(self) -> bool:
        return True

    def write(self, shown: str) -> int:
        self.drawn.set()
        return super().write(shown)


def test_a_pipe_gets_ascii_without_colors() -> None:
    for arguments in (CHECK, ("derive", STEP, "--steps")):
        shown = run(*arguments).stdout
        assert shown.isascii()
        assert "\x1b" not in shown


def test_unicode_is_the_default_on_a_terminal_that_takes_it_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal()
    assert reads_unicode(terminal)
    monkeypatch.setattr("sys.stdout", terminal)
    assert type(Screen().printer()).__name__ == "Unicode"
    assert type(Screen().printer("file.txt")).__name__ == "Printer"
    assert type(Screen(unicode=False).printer()).__name__ == "Printer"
    latin = Terminal()
    latin.encoding = "latin-1"
    assert not reads_unicode(latin)
    assert not reads_unicode(io.StringIO())


def test_unicode_can_be_asked_for_anywhere(tmp_path: Path) -> None:
    shown = run("derive", STEP, "--unicode").stdout
    assert shown.splitlines() == [
        "reading      W: (n, n), x: (n), b: (n), σ: elementwise",
        "numerator    W diag(σ′(x⁽ᵗ⁻¹⁾))",
        "denominator  diag(σ′(x⁽ᵗ⁻¹⁾)) Wᵀ",
        "component    Wⱼₖ σ′(xₖ⁽ᵗ⁻¹⁾)",
        "hypotheses   σ is differentiable",
    ]
    path = tmp_path / "out.txt"
    run("derive", STEP, "--unicode", "--output", str(path))
    assert path.read_text("utf-8") == shown
    assert run("derive", STEP, "--ascii").stdout.isascii()


def test_reasons_stand_below_each_other() -> None:
    shown = run("derive", STEP, "--steps", "--unicode").stdout
    for derivation in shown.split("\n\n"):
        told = (line for line in derivation.splitlines() if "    [" in line)
        columns = {line.index("[") for line in told}
        assert len(columns) <= 1
    assert "[Kronecker delta]" in shown


def test_a_check_in_unicode_says_the_same() -> None:
    shown = run(*CHECK, "--unicode").stdout
    assert "holds iff       (Wⱼₖ - Wₖⱼ) σ′(xₖ⁽ᵗ⁻¹⁾) = 0 for all j, k" in shown
    assert "W symmetric wherever σ′(xₖ⁽ᵗ⁻¹⁾) ≠ 0" in shown
    assert "hypotheses      σ is differentiable" in shown
    assert "swap the factors Wᵀ and diag(σ′(x⁽ᵗ⁻¹⁾))" in shown
    assert "σ′(2) = 2" in shown


def test_verdicts_are_colored_words_on_a_terminal() -> None:
    shown = run(*CHECK, color=True).stdout
    assert shown.count(RED) == 2
    assert re.sub(r"\x1b\[\d+m", "", shown) == run(*CHECK).stdout
    right = ("check", STEP, "--claim", "W @ diag(sigma'(x[t-1]))")
    assert "\x1b[32m\x1b[1mproved\x1b[0m" in run(*right, color=True).stdout


def test_no_color_takes_the_colors_away_and_an_option_wins() -> None:
    assert "\x1b" not in run(*CHECK, "--no-color", color=True).stdout
    assert RED in run(*CHECK, "--color", NO_COLOR="1").stdout
    assert RED in run(*CHECK, "--color").stdout


def test_no_color_of_the_environment_is_heard() -> None:
    def found(**env: str) -> bool | None:
        kept: list[bool | None] = []

        @click.pass_context
        def look(context: click.Context) -> None:
            kept.append(context.color)

        with CliRunner(env=env).isolation():
            context = main.make_context("symjac", list(CHECK))
            (command,) = [main.get_command(context, "check")]
            assert command is not None
            with command.make_context("check", list(CHECK[1:]), parent=context) as own:
                own.invoke(look)
        return kept[0]

    assert found(NO_COLOR="1") is False
    assert found(NO_COLOR="") is None
    assert found() is None


def test_only_the_verdict_of_a_layout_is_colored() -> None:
    assert colored("numerator layout: refuted") == f"numerator layout: {RED}"
    assert "\x1b" not in colored("  reason          refuted by itself")
    assert "\x1b" not in colored("a layout: refuted one")


def test_colors_never_reach_a_file(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    run(*CHECK, "--color", "--output", str(path), color=True)
    assert path.read_text("utf-8") == run(*CHECK).stdout


def test_a_block_of_a_page_has_no_colors() -> None:
    line = 'check "y = A @ x" --wrt x --claim A --quiet --format text'
    shown = block_output(main, f"{line} --color")
    assert shown == block_output(main, line)
    assert "numerator layout: proved\n" in shown
    assert "Aⱼₖ" in block_output(
        main, 'derive "y = A @ x" --wrt x --format text --unicode'
    )


def test_quiet_gives_only_the_result(tmp_path: Path) -> None:
    done = run(*CHECK, "--quiet")
    assert done.stdout == "numerator layout: refuted\ndenominator layout: refuted\n"
    assert (done.stderr, done.exit_code) == ("", 1)
    lines = run("derive", STEP, "--steps", "-q").stdout.splitlines()
    heads = [line.split()[0] for line in lines]
    assert heads == ["numerator", "denominator", "component"]
    path = str(tmp_path / "out.txt")
    assert run("derive", STEP, "-q", "--output", path).stdout == ""
    wanted = ("--format", "md", "--output", str(tmp_path))
    proof = run("prove", "pascanu2013", "-q", *wanted)
    assert (proof.output, proof.exit_code) == ("", 0)
    assert (tmp_path / "pascanu2013.md").is_file()


def test_quiet_still_tells_errors() -> None:
    done = run("derive", "y = A @", "--quiet")
    assert done.exit_code == 2
    assert "ParseError" in done.stderr


def test_verbose_tells_what_is_done_on_standard_error() -> None:
    done = run(*CHECK, "--verbose")
    assert done.stdout == run(*CHECK).stdout
    phases = [line.split(":")[0] for line in done.stderr.splitlines()]
    assert phases == ["deriving", "judging", "diagnosing"]
    assert "3 local derivatives, 11 steps" in done.stderr
    assert re.search(r"diagnosing: \d+ tried, \d+\.\d\d s", done.stderr)


def test_quiet_and_verbose_exclude_each_other() -> None:
    done = run(*CHECK, "--quiet", "--verbose")
    assert done.exit_code == 2
    assert "not both" in done.stderr


def test_progress_is_a_line_that_goes_away() -> None:
    terminal = Terminal()
    with Progress("diagnosing", terminal, after=0) as progress:
        progress.tell("1200 tried")
        assert terminal.drawn.wait(10)
    assert "diagnosing ... " in terminal.getvalue()
    assert "\n" not in terminal.getvalue()
    *_, last = terminal.getvalue().split("\r")[:-1]
    assert last.strip() == ""


def test_progress_says_how_far_the_work_is() -> None:
    terminal = Terminal()
    progress = Progress("diagnosing", terminal, after=0)
    progress.tell("1200 tried")
    with progress:
        assert terminal.drawn.wait(10)
    assert "diagnosing ... 1200 tried" in terminal.getvalue()


def test_short_work_and_pipes_show_no_progress() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    with Progress("deriving", terminal, after=1000):
        pass
    with Progress("deriving", pipe, after=0) as progress:
        progress.tell("much")
    assert terminal.getvalue() == pipe.getvalue() == ""


def completed(*words: str) -> Iterator[str]:
    *before, start = words
    shell = ShellComplete(main, {}, "symjac", "_SYMJAC_COMPLETE")
    yield from (item.value for item in shell.get_completions(list(before), start))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("prove", "pas"), ["pascanu2013"]),
        (("gallery", "minka"), ["minka_xtx"]),
        (("cells", "gru_r"), ["gru_reset_after"]),
        (("derive", "--cell", "lstm_p"), ["lstm_peephole"]),
        (("check", "--layout", "den"), ["denominator"]),
        (("deri",), ["derive"]),
        (("check", "--no-c"), ["--no-color"]),
    ],
)
def test_a_shell_completes(words: tuple[str, ...], expected: list[str]) -> None:
    assert list(completed(*words)) == expected


def test_files_are_completed_where_no_key_fits() -> None:
    shell = ShellComplete(main, {}, "symjac", "_SYMJAC_COMPLETE")
    (item,) = shell.get_completions(["prove"], "./my")
    assert (item.value, item.type) == ("./my", "file")
    assert shell.get_completions(["gallery"], "./my") == []


def test_the_script_for_bash_asks_symjac() -> None:
    script = BashComplete(main, {}, "symjac", "_SYMJAC_COMPLETE").source_vars()
    assert script["complete_var"] == "_SYMJAC_COMPLETE"
    done = CliRunner(env={"_SYMJAC_COMPLETE": "zsh_source"}).invoke(
        main, [], prog_name="symjac"
    )
    assert "#compdef symjac" in done.output


def test_a_long_line_has_one_row_for_each_summand_below_its_text() -> None:
    line = "numerator    diag(z) + diag((h - g) * q) @ U + diag(1 - z) @ (A + B)"
    assert fold(line, 80) == [line]
    assert fold(line, 40) == [
        "numerator    diag(z)",
        "             + diag((h - g) * q) @ U",
        "             + diag(1 - z) @ (A + B)",
    ]


@pytest.mark.parametrize("width", [33, 48, 79, 200])
def test_folding_changes_nothing_but_where_lines_end(width: int) -> None:
    shown = run("derive", "--cell", "gru").output
    for line in shown.splitlines():
        rows = fold(line, width)
        assert "".join(rows).replace(" ", "") == line.replace(" ", "")
        assert all(len(row) <= width or " " not in row.strip()[2:] for row in rows)


def test_pipes_get_lines_that_are_not_folded() -> None:
    shown = run("derive", "--cell", "gru", COLUMNS="40").output
    assert max(map(len, shown.splitlines())) > 300


def test_the_reading_comes_first_and_the_component_last() -> None:
    shown = run("derive", "S: (n, n) symmetric; L = x.T @ S @ x / n", "--wrt", "x")
    labels = [line.split()[0] for line in shown.output.splitlines()]
    forms = ["numerator", "denominator", "component"]
    assert labels == ["reading", *forms, "hypotheses"]
    first = shown.output.splitlines()[0]
    for read in ("S: (n, n) symmetric", "x: (n)", "L: ()", "n: dimension"):
        assert read in first
