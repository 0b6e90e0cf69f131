"""What a command shows on a screen: signs, colors, progress, and how much it says.

Pipes and files get the same bytes everywhere: ASCII, no colors, no progress.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from shutil import get_terminal_size
from threading import Event, Thread
from time import perf_counter
from typing import Any, TextIO

import click

from symjac.typeset.text import ASCII, Printer
from symjac.typeset.unicode import UNICODE

AFTER, EVERY = 2.0, 0.2  # seconds until progress is shown, and between two looks
COLORS = {
    "proved": "green",
    "refuted": "red",
    "undecided": "yellow",
    "ill-typed": "yellow",
}
LABEL = re.compile(r" *(?:\S+ )*\S+ {2,}| +(?:= )?")
VERDICT = re.compile(rf"(?<=layout: )(?:{'|'.join(COLORS)})$", re.MULTILINE)


@dataclass(slots=True)
class Screen:
    """What was asked for; `unicode` is None where the terminal decides."""

    unicode: bool | None = None
    quiet: bool = False
    verbose: bool = False
    progress: bool = True

    def printer(self, output: str | None = None) -> Printer:
        """How formulas are printed, to a file if `output` names one."""
        is_unicode = self.unicode
        if is_unicode is None:
            is_unicode = output is None and reads_unicode(sys.stdout)
        return UNICODE if is_unicode else ASCII


def reads_unicode(stream: TextIO) -> bool:
    """Whether a stream is a terminal that takes UTF-8."""
    encoding = (stream.encoding or "").lower().replace("-", "")
    return stream.isatty() and encoding == "utf8"


def screen() -> Screen:
    """What was asked for in this run."""
    context = click.get_current_context(silent=True)
    return Screen() if context is None else _of(context)


def _of(context: click.Context) -> Screen:
    found: Screen = context.meta.setdefault(__name__, Screen())
    return found


def for_a_page(context: click.Context) -> None:
    """Let a command print for a page: no colors, and no progress of its own."""
    context.color = False
    _of(context).progress = False


def _keep(context: click.Context, option: click.Parameter, value: object) -> None:
    own = _of(context)
    setattr(own, option.name or "", value)
    if own.quiet and own.verbose:
        raise click.UsageError("--quiet or --verbose, not both")


def _color(context: click.Context, _: click.Parameter, value: bool | None) -> None:
    """Colors as asked for; else none where NO_COLOR is set, as no-color.org says."""
    context.color = False if value is None and os.environ.get("NO_COLOR") else value


Command = Callable[..., Any]


def voice_options(command: Command) -> Command:
    """`--quiet` and `--verbose`."""
    kept: dict[str, Any] = {"is_flag": True, "expose_value": False, "callback": _keep}
    quiet = click.option("--quiet", "-q", help="Only the result, or errors.", **kept)
    verbose = click.option(
        "--verbose", "-v", help="What is done and how long it takes.", **kept
    )
    return quiet(verbose(command))


def screen_options(command: Command) -> Command:
    """Signs and colors, and how much is said."""
    kept: dict[str, Any] = {"default": None, "expose_value": False}
    unicode = click.option(
        "--unicode/--ascii",
        callback=_keep,
        help="Signs of text; Unicode on a terminal, ASCII elsewhere.",
        **kept,
    )
    color = click.option(
        "--color/--no-color",
        callback=_color,
        help="Colors of verdicts; on a terminal, unless NO_COLOR is set.",
        **kept,
    )
    return unicode(color(voice_options(command)))


def colored(content: str) -> str:
    """Text with its verdicts colored; click drops colors where they do not belong."""
    return VERDICT.sub(lambda m: click.style(m[0], fg=COLORS[m[0]], bold=True), content)


def fitted(content: str | bytes, format_: str, output: str | None) -> str | bytes:
    """Text in the width of the terminal that shows it; anything else as it is."""
    if isinstance(content, bytes) or format_ != "text" or output is not None:
        return content
    if not sys.stdout.isatty():
        return content
    width = get_terminal_size().columns
    return "\n".join(line for one in content.split("\n") for line in fold(one, width))


def fold(line: str, width: int) -> list[str]:
    """A line in several ones: one for each summand, and more where that is too long.

    What goes on stands below where the line's text begins, behind its label.
    """
    if len(line) <= width:
        return [line]
    label = LABEL.match(line)
    indent = min(len(label[0]) if label else 0, width // 2)
    breaks = list(_breaks(line, indent))
    ends = [place for depth, is_inside, place in breaks if not (depth or is_inside)]
    ends = [place for place in ends if line[place - 1] not in ",;"]
    places = zip([indent - 1, *ends], [*ends, len(line)], strict=True)
    summands = [" " * indent + line[start + 1 : end] for start, end in places]
    summands[0] = line[:indent] + summands[0][indent:]
    return [row for one in summands for row in _filled(one, indent, width)]


def _filled(line: str, indent: int, width: int) -> list[str]:
    """Rows as long as the width allows, broken as far outside brackets as can be."""
    out = []
    while len(line) > width:
        breaks = list(_breaks(line, indent + 2))
        fits = [one for one in breaks if one[2] <= width] or breaks[:1]
        if not fits:
            break
        late = [one for one in fits if one[2] > (indent + width) // 2] or fits
        *_, place = min(late, key=lambda one: (one[0], one[1], -one[2]))
        out.append(line[:place])
        line = " " * (indent + 2) + line[place + 1 :]
    return [*out, line]


def _breaks(line: str, start: int) -> Iterator[tuple[int, bool, int]]:
    """Spaces: how deep in brackets, whether inside a term, and where."""
    depth = 0
    for place, sign in enumerate(line):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == " " and place > start and line[place - 1] != " ":
            is_inside = line[place - 1] not in ",;" and line[place + 1] not in "+-−["
            yield depth, is_inside, place


def said(message: str) -> None:
    """What a command did, on standard output, unless it is to be quiet."""
    if not screen().quiet:
        click.echo(message)


class Progress:
    """A line on a terminal about work that takes long; gone when the work is done."""

    def __init__(self, doing: str, stream: TextIO | None, after: float = AFTER) -> None:
        self.doing, self.stream, self.after = doing, stream or StringIO(), after
        self.told = ""
        self._start, self._done = perf_counter(), Event()
        self._thread = Thread(target=self._run, daemon=True)

    def tell(self, what: object) -> None:
        """Say how far the work has come, or what it gave."""
        self.told = str(what)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return perf_counter() - self._start

    def __enter__(self) -> Progress:
        own = screen()
        if own.progress and not own.quiet and self.stream.isatty():
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        width = 0
        while not self._done.wait(EVERY if width else self.after):
            line = f"{self.doing} ... {self.told or f'{self.seconds:.0f} s'}"
            width = max(width, len(line))
            self._write(f"\r{line:<{width}}")
        if width:
            self._write(f"\r{' ' * width}\r")

    def _write(self, shown: str) -> None:
        self.stream.write(shown)
        self.stream.flush()


@contextmanager
def phase(doing: str) -> Iterator[Progress]:
    """Work of a command: progress while it runs, and with --verbose what it gave."""
    with Progress(doing, sys.stderr) as progress:
        yield progress
    if screen().verbose:
        gave = f"{progress.told}, " if progress.told else ""
        click.echo(f"{doing}: {gave}{progress.seconds:.2f} s", err=True)
