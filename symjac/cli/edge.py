"""The edge of the command line: whatever goes wrong ends in a message and a code.

Codes: 2 for input that is wrong or asks for too much, 70 for a fault inside or a stream
that cannot be written, 130 for an interrupt: never a code that is a verdict.
"""

from __future__ import annotations

import errno
import json
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise, takewhile
from typing import IO, Any

import click

from symjac import __version__
from symjac.errors import InternalError, as_error, error_json

INVALID, INTERNAL, INTERRUPTED = 2, 70, 130
LONGEST = 200  # characters of a fault's own message
ARGUMENTS = f"{__name__}.arguments"


class Group(click.Group):
    """Commands whose every error is a `Failed`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep what was asked, which says how an error is to be shown."""
        ctx.meta[ARGUMENTS] = tuple(args)
        with edge(tuple(args)):
            return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A command; without one, a formula, its variable, and perhaps a claim."""
        is_formula = args[0] not in self.commands and not re.fullmatch(
            r"[\w-]+", args[0]
        )
        return super().resolve_command(ctx, front_door(args) if is_formula else args)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        with edge(ctx.meta[ARGUMENTS]):
            return super().invoke(ctx)


def front_door(args: list[str]) -> list[str]:
    """`symjac 'x^T A x' x 'claim'` as `check`, without a claim as `derive`."""
    formula, rest = args[0], args[1:]
    given = list(takewhile(lambda arg: not arg.startswith("-"), rest))[:2]
    named = [
        part for pair in zip(("--wrt", "--claim"), given, strict=False) for part in pair
    ]
    options = [*named, *rest[len(given) :]]
    is_claim = any(arg == "--claim" or arg.startswith("--claim=") for arg in options)
    return ["check" if is_claim else "derive", formula, *options]


@contextmanager
def edge(arguments: tuple[str, ...]) -> Iterator[None]:
    """Turn whatever goes wrong into `Failed`; see that what was printed has arrived."""
    try:
        if sys.stdout is None:
            raise OSError(errno.EBADF, "it is closed")
        try:
            yield
        finally:
            sys.stdout.flush()
    except (SystemExit, click.exceptions.Exit):
        raise
    except BaseException as error:
        raise Failed(error, is_json(arguments)) from error


def is_json(arguments: tuple[str, ...]) -> bool:
    """Whether a command line asks for JSON."""
    named = "--json" in arguments or "--format=json" in arguments
    return named or ("--format", "json") in pairwise(arguments)


class Failed(click.ClickException):
    """An error with its exit code and what is said about it."""

    def __init__(self, error: BaseException, as_json: bool) -> None:
        self.error, self.as_json = error, as_json
        self.is_stream = isinstance(error, OSError) and error.filename is None
        self.exit_code, self.found = described(error)  # type: ignore[misc]
        super().__init__(self.found["message"])

    def show(self, file: IO[Any] | None = None) -> None:
        """Say it: as JSON on standard output if that is asked for and can be done."""
        with suppress(OSError):
            if self.as_json and not self.is_stream:
                click.echo(json.dumps({"error": self.found}, indent=2))
            elif isinstance(self.error, click.ClickException):
                self.error.show(file)
            else:
                click.echo(self.text(), file=file or sys.stderr, err=True)
        if self.is_stream:  # Python writes what is left of it at the end
            with suppress(OSError, ValueError, AttributeError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def text(self) -> str:
        """The error for people."""
        if self.exit_code == INVALID:
            return as_error(self.error).report()
        return f"symjac: {self.message}"


def described(error: BaseException) -> tuple[int, dict[str, Any]]:
    """The exit code of an error, and the error in JSON's types."""
    name = type(error).__name__
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return INTERRUPTED, {"type": name, "message": "interrupted"}
    if isinstance(error, click.ClickException):
        return error.exit_code, {"type": name, "message": error.format_message()}
    if isinstance(error, OSError) and error.filename is None:
        message = f"cannot write standard output: {error.strerror}"
        return INTERNAL, {"type": name, "message": message}
    known = as_error(error)
    found = error_json(known)
    if not isinstance(known, InternalError):
        return INVALID, found
    shown = " ".join(known.message.split())[:LONGEST]
    kept = _kept(error)
    report = f"; please report it to symjac's authors with {kept}" if kept else ""
    return INTERNAL, found | {"message": f"{shown}{report}"}


def _kept(error: BaseException) -> str | None:
    """A file with everything that is known about a fault, where one can be written."""
    try:
        handle, path = tempfile.mkstemp(prefix="symjac-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as stream:
            stream.write(f"symjac {__version__}, Python {sys.version}\n{sys.argv}\n\n")
            stream.writelines(traceback.format_exception(error))
    except OSError:
        return None
    return path
