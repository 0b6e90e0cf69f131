"""What the commands share: options, reading their input, writing their output."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from symjac.catalog.published import load_cell
from symjac.cli.complete import CELLS
from symjac.cli.screen import colored, said
from symjac.derive import parse
from symjac.document.pdf import ENGINES
from symjac.errors import ParseError
from symjac.exposition.way import Way
from symjac.files import STANDARD_INPUT, is_standard_output, write_all
from symjac.terms.program import Program
from symjac.terms.shape import Layout

DOCUMENTS = ("md", "tex", "html", "typ", "pdf")
MAX_BYTES = 1_000_000
LAYOUT = click.option(
    "--layout",
    type=click.Choice([layout.value for layout in Layout]),
    default=None,
    help="One layout; both if left out.",
)
CELL = click.option(
    "--cell",
    default=None,
    shell_complete=CELLS,
    help="A cell of `symjac cells` in place of EQUATIONS.",
)
OF = click.option(
    "--of",
    default=None,
    help="A name or expression; the last definition, a cell's first state.",
)
OUTPUT = click.option(
    "--output",
    default=None,
    callback=lambda _, __, value: None if is_standard_output(value) else value,
    help="A file, written whole; - for standard output, which is the default.",
)
WRT = click.option(
    "--wrt",
    multiple=True,
    help="A name, or vec(X) for vec form; the same state one step earlier. Twice for a"
    " second derivative.",
)
ENGINE = click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=None,
    help="What makes PDF; LaTeX if it is installed, else Typst.",
)
FRAGMENT = click.option(
    "--fragment", is_flag=True, help="LaTeX to \\input in a paper of one's own."
)
TEMPLATE = click.option(
    "--template",
    type=click.Path(path_type=Path),
    default=None,
    help="A template of one's own, such as mine.tex.jinja; see docs/templates.md.",
)


def document_format(asked: str, way: Way) -> str:
    """The format of a document, where `text` is what nobody asked for."""
    return way.format or asked if asked == "text" else asked


def read_text(argument: str) -> str:
    """An argument's text: itself, `@file`, or `-` for standard input."""
    if argument == "-":
        if sys.stdin is None:
            raise ParseError("standard input is closed")
        return _decoded(sys.stdin.buffer.read(MAX_BYTES + 1), "standard input")
    if argument.startswith("@"):
        return read_file(Path(argument[1:]))
    return argument


def read_file(path: Path) -> str:
    """The text of a file of at most MAX_BYTES bytes."""
    try:
        with path.open("rb") as stream:
            return _decoded(stream.read(MAX_BYTES + 1), str(path))
    except OSError as error:
        raise ParseError(f"cannot read {path}: {error.strerror}") from None


def _decoded(content: bytes, name: str) -> str:
    if len(content) > MAX_BYTES:
        raise ParseError(f"{name} has more than {MAX_BYTES} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError(f"{name} is not UTF-8 text, byte {error.start}") from None


def variables(wrt: tuple[str, ...]) -> str | tuple[str, ...] | None:
    """What `--wrt` gives the API: nothing, a name, or several."""
    return wrt if len(wrt) > 1 else next(iter(wrt), None)


def given(
    equations: str | None, cell: str | None, of: str | None
) -> tuple[Program, str | None]:
    """The program of EQUATIONS or of `--cell`, and what to differentiate."""
    if (equations is None) == (cell is None):
        raise click.UsageError("give either EQUATIONS or --cell, and not both")
    if equations is not None:
        return parse(read_text(equations)), of
    found = load_cell(cell or "")
    return found.program, str(found.state) if of is None else of


def emit(content: str | bytes, output: str | None) -> None:
    """Print a result, or write it to a file, whole or not at all."""
    if isinstance(content, str):
        content = content.rstrip("\n") + "\n"
    elif output is None and sys.stdout.isatty():
        raise click.UsageError("a PDF needs --output FILE")
    if output is None:
        shown = colored(content) if isinstance(content, str) else content
        click.echo(shown, nl=False)
        return
    path = Path(output)
    write_all(path.parent, {path.name: content}, inputs())
    said(f"wrote {path}")


def inputs() -> tuple[Path | int, ...]:
    """What the command reads: standard input, and every file that it is given."""
    given = click.get_current_context().params
    values = (given[key] for key in given if key != "output")
    parts = (p for v in values for p in (v if isinstance(v, tuple) else (v,)))
    names = (
        str(part).removeprefix("@")
        for part in parts
        if isinstance(part, Path) or re.match(r"@|.*\.toml$", str(part), re.DOTALL)
    )
    return STANDARD_INPUT, *map(Path, names)
