"""Generated blocks of Markdown files: found, made again, compared.

A block stands between two comments, each on lines of its own:

    <!-- symjac: derive 'y = A @ x' --wrt x -->
    ... what the command printed; anything here is replaced ...
    <!-- /symjac -->

Everything outside of blocks stays byte for byte as it is. Comments inside of fenced
code are text. What a command prints is not this module's business: see `cli/docs.py`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from symjac.errors import ParseError, Source, Span, SymjacError

Run = Callable[[str], str]
FORM = "<!-- symjac: COMMAND -->"
CLOSE = "<!-- /symjac -->"
_START = re.compile(
    r"^[ \t]*(?:(?:>[ \t]?)*(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})"
    r"|(?P<comment><!--[ \t]*/?[ \t]*symjac\b))",
    re.MULTILINE,
)
_COMMENT = re.compile(r"^[ \t]*<!--[ \t]*/?[ \t]*symjac\b", re.MULTILINE)
_OPEN = re.compile(
    r"(?P<indent>[ \t]*)<!--\s*symjac:(?P<command>(?:(?!-->).)*)-->[ \t]*\r?$",
    re.MULTILINE | re.DOTALL,
)
_CLOSE = re.compile(r"[ \t]*<!--\s*/symjac\s*-->[ \t]*\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Generated:
    """One block: its command, and the range of characters that the command makes."""

    command: str
    indent: str
    opening: Span
    start: int
    end: int


def rewritten(source: Source, run: Run) -> str:
    """The text with every block made again.

    Args:
        run: what a block's command prints.

    Raises:
        ParseError: a block is malformed, with its place.
        SymjacError: a block's command failed; the message names the block's line.
    """
    parts, done = [], 0
    newline = "\r\n" if "\r\n" in source.text else "\n"
    for block in blocks(source):
        shown = [f"{block.indent}{line}".rstrip() for line in _lines(block, run)]
        generated = newline.join(["", *shown, "", ""])
        parts += [source.text[done : block.start], generated]
        done = block.end
    return "".join([*parts, source.text[done:]])


def _lines(block: Generated, run: Run) -> list[str]:
    try:
        shown = run(block.command)
    except SymjacError as error:
        place = f"{block.opening.source.name}, line {block.opening.line}"
        raise type(error)(
            f"{place}: {error.message}",
            error.span or block.opening,
            hint=error.hint,
            known=error.known,
        ) from None
    if _COMMENT.search(shown):
        raise ParseError("a block's output may not hold a block", block.opening)
    return shown.strip("\n").split("\n")


def blocks(source: Source) -> Iterator[Generated]:
    """The blocks of a text, in order.

    Raises:
        ParseError: a comment of symjac's that opens or closes no block.
    """
    at = 0
    while found := _START.search(source.text, at):
        if found["fence"]:
            at = _after_fence(source.text, found)
        else:
            block = _block(source, found)
            at = block.end + 1
            yield block


def _after_fence(text: str, found: re.Match[str]) -> int:
    closing = rf"^[ \t]*(?:>[ \t]?)*{found['fence']}{found['fence'][0]}*[ \t\r]*$"
    end = re.compile(closing, re.MULTILINE).search(text, found.end())
    return end.end() if end else len(text)


def _block(source: Source, found: re.Match[str]) -> Generated:
    line = _line(source, found.start("comment"))
    opening = _OPEN.match(source.text, found.start())
    if _CLOSE.match(source.text, found.start()):
        raise ParseError("no block is open here", line)
    if opening is None or "<!--" in opening["command"]:
        message = f"a block opens with {FORM} on lines of its own"
        raise ParseError(message, line)
    following = _COMMENT.search(source.text, opening.end())
    if following is None:
        raise ParseError(f"this block is not closed by {CLOSE}", line)
    if not _CLOSE.match(source.text, following.start()):
        hint = f"the block on line {line.line} is still open"
        place = _line(source, following.start())
        raise ParseError(f"expected {CLOSE} on a line of its own", place, hint=hint)
    start = opening.end() + 1
    span = Span(source, line.start, opening.end())
    command = opening["command"].strip()
    return Generated(command, opening["indent"], span, start, following.start())


def _line(source: Source, start: int) -> Span:
    end = source.text.find("\n", start)
    line = source.text[start : end if end >= 0 else None]
    return Span(source, start, start + len(line.rstrip()))


def dollars(markdown: str) -> str:
    """GitHub's formulas as Pandoc, Quarto and Jupyter read them: in dollar signs."""
    inline = re.sub(r"\$`([^`]*)`\$", r"$\1$", markdown)
    return re.sub(r"(?ms)^```math\n(.*?)^```$", r"$$\n\1$$", inline)


def difference(name: str, before: str, after: str) -> str:
    """A unified diff of a file as it is and as it should be."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), name, f"{name}, generated", lineterm=""
    )
    return "\n".join(lines)
