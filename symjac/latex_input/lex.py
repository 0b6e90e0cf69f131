r"""LaTeX source to tokens, each with its place; only layout is left out.

What is left out is listed here, by name: spaces, sizes of brackets, numbers of
equations, and the signs around a formula. Everything else becomes a token.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from symjac.errors import BudgetError, ParseError, Source, Span

MAX_CHARACTERS = 20_000
SPACES = frozenset(
    r"\, \; \: \! \> \quad \qquad \displaystyle \textstyle \scriptstyle"
    r" \limits \nolimits \nonumber \notag \hfill \noindent \hspace".split()
) | {"\\ ", "\\\n", "~"}
SIZES = frozenset(
    r"\left \right \big \Big \bigg \Bigg \bigl \bigr \Bigl \Bigr \biggl \biggr"
    r" \Biggl \Biggr \bigm \Bigm".split()
)
WITH_ARGUMENT = frozenset({r"\label", r"\tag", r"\hspace", r"\vspace"})
AROUND = frozenset({"$", r"\[", r"\]", r"\(", r"\)"})
ENVIRONMENTS = frozenset(
    "equation align aligned gather gathered split multline eqnarray".split()
)
_TOKEN = re.compile(
    r"(?P<space>\s+|%[^\n]*)|(?P<command>\\(?:[A-Za-z]+\*?|.|\n))|(?P<letter>[A-Za-z])"
    r"|(?P<digit>[0-9])|(?P<sign>[^\s])"
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `spaced` if white space stands before it, `after_line` a new line."""

    kind: str
    text: str
    start: int
    end: int
    spaced: bool = False
    after_line: bool = False


def tokens(source: Source) -> tuple[Token, ...]:
    """All tokens that carry meaning.

    Raises:
        BudgetError: longer than the limit.
        ParseError: a character that mathematics in LaTeX does not have.
    """
    if len(source.text) > MAX_CHARACTERS:
        found = f"{source.name} has {len(source.text)} characters"
        raise BudgetError(f"{found}; the limit is {MAX_CHARACTERS}")
    return _without_layout(_raw(source), source)


def _raw(source: Source) -> list[Token]:
    out: list[Token] = []
    spaced = after_line = False
    for match in _TOKEN.finditer(source.text):
        kind, text = str(match.lastgroup), match.group()
        if kind == "space":
            spaced, after_line = True, after_line or "\n" in text
            continue
        if kind == "sign" and not text.isascii():
            at = Span(source, match.start(), match.end())
            hint = r"write it as a LaTeX command, such as \sigma or ^\top"
            raise ParseError(f"unexpected character {text!r}", at, hint=hint)
        token = Token(kind, text, match.start(), match.end(), spaced, after_line)
        out.append(token)
        spaced = after_line = False
    return out


def _argument(raw: list[Token], at: int, source: Source) -> tuple[str, int]:
    """The text of a group in braces, and the place behind it."""
    if at >= len(raw) or raw[at].text != "{":
        place = raw[at - 1]
        raise ParseError("expected {", Span(source, place.start, place.end))
    depth, end = 0, at
    while end < len(raw):
        depth += {"{": 1, "}": -1}.get(raw[end].text, 0)
        end += 1
        if depth == 0:
            return source.text[raw[at].end : raw[end - 1].start].strip(), end
    raise ParseError("{ is never closed", Span(source, raw[at].start, raw[at].end))


def _without_layout(raw: list[Token], source: Source) -> tuple[Token, ...]:
    out: list[Token] = []
    at, line = 0, False
    while at < len(raw):
        token = raw[at]
        line = line or token.after_line
        if token.text in (r"\begin", r"\end"):
            name, end = _argument(raw, at + 1, source)
            if name.rstrip("*") not in ENVIRONMENTS:
                text = f"{token.text} {name.rstrip('*')}"
                stop = raw[end - 1].end
                out.append(Token("block", text, token.start, stop, True, line))
                line = False
            at = end
        elif token.text in WITH_ARGUMENT:
            _, at = _argument(raw, at + 1, source)
        elif token.text in SPACES or token.text in SIZES or token.text in AROUND:
            at = _after_layout(raw, at, source)
        else:
            spaced = at == 0 or token.spaced or raw[at - 1].text in SPACES
            out.append(
                Token(token.kind, token.text, token.start, token.end, spaced, line)
            )
            line = False
            at += 1
    return tuple(out)


def _after_layout(raw: list[Token], at: int, source: Source) -> int:
    r"""The place behind a layout token; `\left.` has no bracket and is refused."""
    token = raw[at]
    if token.text in SIZES:
        following = raw[at + 1].text if at + 1 < len(raw) else ""
        if following == ".":
            place = Span(source, token.start, raw[at + 1].end)
            raise ParseError(f"{token.text}. is a bracket that is not shown", place)
    return at + 1
