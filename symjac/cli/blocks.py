"""What the command of a generated block prints: some commands, and no files.

The line is split as a shell would, and run by symjac's own commands. What could read or
write a file is refused, because the page may be somebody else's.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex

import click
from click.core import ParameterSource

from symjac.cli.screen import for_a_page
from symjac.errors import ParseError
from symjac.exposition.library import tables
from symjac.hooks.markdown import dollars

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
