"""`symjac docs`: generated files and generated blocks, written or verified."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sys
from functools import partial
from pathlib import Path

import click
from click.core import ParameterSource

from symjac.cli.options import read_file
from symjac.cli.screen import for_a_page, phase, said, voice_options
from symjac.errors import ParseError, Source
from symjac.exposition.generate import (
    SHOWN,
    compare_outputs,
    pages,
    tables,
    write_outputs,
)
from symjac.exposition.pictures import VERSION, can_draw
from symjac.files import write_all
from symjac.hooks.markdown import difference, dollars, rewritten

COMMANDS = ("derive", "check", "grade", "cells", "gallery")
EXCERPTS = ("derive", "check")
NOTATION = " bold time_style transpose hadamard fractions indices"
OPTIONS = {
    "derive": "equations cell of wrt layout expand steps style format_"
    " latex time functions" + NOTATION,
    "check": "equations cell claim of wrt layout format_ latex time functions"
    + NOTATION,
    "grade": "answer reference shapes format_",
    "cells": "name as_json",
    "gallery": "name as_json",
}
FORMATS = ("excerpt", "dollars", "text", "console", "latex", "json")
OWN = {"console": "text", "dollars": "excerpt", "": "excerpt"}  # by what is printed
_OWN = re.compile(r"\s+--format(?:\s+|=)(console|dollars)(?!\S)")


def block_output(group: click.Group, line: str) -> str:
    """Markdown for a block: an excerpt, or another format in a fence.

    Args:
        group: the commands.
        line: a command without `symjac`, such as `derive 'y = A @ x' --wrt x`, or a
            table of the library, such as `library operations`.

    Raises:
        ParseError: no such command, or one that a block may not run.
        SymjacError: what the command itself raises.
    """
    place, _, name = line.strip().partition(" ")
    if place == "library" and name in (found := tables()):
        return found[name]
    own = "".join(_OWN.findall(line)[:1])
    command = _OWN.sub("", line)
    context = _context(group, command)
    format_ = _format(context, OWN[own])
    shown = _printed(context)
    if format_ == "excerpt":
        return dollars(shown) if own == "dollars" else shown
    if own == "console":
        return f"```console\n$ symjac {' '.join(command.split())}\n{shown}```\n"
    return f"```{format_}\n{shown}```\n"


def _format(context: click.Context, default: str) -> str:
    """What is printed; where the command line has a default of its own, another."""
    if context.info_name not in EXCERPTS:
        is_json = context.params.get("format_") == "json"
        return "json" if is_json or context.params.get("as_json") else "text"
    if context.get_parameter_source("format_") is ParameterSource.DEFAULT:
        context.params["format_"] = default
    chosen = str(context.params["format_"])
    if chosen not in FORMATS:
        hint = f"known: {', '.join(FORMATS)}"
        raise ParseError(f"a block has no --format {chosen}", hint=hint)
    return chosen


def _context(group: click.Group, line: str) -> click.Context:
    """The command with its arguments read and found harmless."""
    try:
        name, *arguments = shlex.split(line)
        command = group.commands[name] if name in COMMANDS else None
        if command is None:
            hint = f"known: {', '.join(n for n in COMMANDS if n in group.commands)}"
            raise ParseError(f"a block cannot run {name!r}", hint=hint)
        with contextlib.redirect_stdout(io.StringIO()):
            context = command.make_context(name, arguments)
    except (ValueError, KeyError) as error:
        raise ParseError(f"this is no command: {str(error).lower()}") from None
    except click.UsageError as error:
        raise ParseError(error.format_message().rstrip(".")) from None
    except click.exceptions.Exit:
        raise ParseError("a block has no --help") from None
    for key in context.params:
        if context.get_parameter_source(key) is ParameterSource.COMMANDLINE:
            _require_harmless(name, key, context.params[key])
    for_a_page(context)
    return context


def _require_harmless(command: str, key: str, value: object) -> None:
    option = key.rstrip("_")
    if key not in OPTIONS[command].split():
        raise ParseError(f"a block of {command} has no --{option}")
    for part in value if isinstance(value, tuple) else (value,):
        if part == "-" or str(part).startswith("@") or str(part).endswith(".toml"):
            raise ParseError(f"a block reads no files: {part!r}")


def _printed(context: click.Context) -> str:
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
            context.command.invoke(context)
    except click.UsageError as error:
        raise ParseError(error.format_message().rstrip(".")) from None
    return out.getvalue()


@click.command("docs")
@click.argument("files", nargs=-1)
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit 1 on drift."
)
@voice_options
@click.pass_context
def docs_command(
    context: click.Context, files: tuple[str, ...], only_check: bool
) -> None:
    """Regenerate (or verify) the generated blocks of Markdown FILES.

    A block stands between <!-- symjac: COMMAND --> and <!-- /symjac -->. Without FILES:
    output/ and every page of symjac's own repository.
    """
    group = context.find_root().command
    assert isinstance(group, click.Group)
    root = Path()
    paths = list(map(Path, files)) or pages(root)
    texts = {path: read_file(path) for path in paths}
    run = partial(block_output, group)
    with phase("running blocks"):
        new = {p: rewritten(Source(str(p), t), run) for p, t in texts.items()}
    changed = {path: text for path, text in new.items() if text != texts[path]}
    if not files and not can_draw():
        note = f"left out {SHOWN}.svg, which needs typst {VERSION}"
        click.echo(f"{note}: pip install typst=={VERSION}", err=True)
    if not only_check:
        with phase("writing"):
            written = () if files else write_outputs(root)
            written += write_all(Path(), {str(p): t for p, t in changed.items()})
        for path in written:
            said(f"wrote {path}")
        return
    with phase("comparing"):
        stale = [] if files else compare_outputs(root)
    for path, text in changed.items():
        click.echo(difference(str(path), texts[path], text))
        stale.append(f"{path} is out of date; run symjac docs {path}")
    for message in stale:
        click.echo(message, err=True)
    sys.exit(1 if stale else 0)
