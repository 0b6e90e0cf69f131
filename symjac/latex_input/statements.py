r"""A text in LaTeX cut into statements: equations, declarations, one formula.

Statements stand apart by `\\`, `;`, or a comma or new line before another equation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from symjac.errors import ParseError, Source, Span
from symjac.latex_input import tree
from symjac.latex_input.lex import Token, tokens
from symjac.latex_input.parse import Parser
from symjac.latex_input.vocabulary import BRACKETS, known_word

_CLOSERS = frozenset(BRACKETS.values())
MAX_STATEMENTS = 200
_OPEN = ("=", "+", "-")  # a new line behind these ends nothing


@dataclass(frozen=True, slots=True)
class Equation:
    """`left = right`; `left` is None for a formula alone.

    In a chain `left = a = b = right`, which only a claim may be, `between` says where a
    and b stand.
    """

    left: tree.Node | None
    right: tree.Node
    span: Span
    between: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Membership:
    r"""`W, U \in \mathbb{R}^{n \times m}`."""

    names: tuple[tree.Name, ...]
    sizes: tuple[str, ...]
    span: Span


Statement = Equation | Membership


def statements(source: Source) -> tuple[Statement, ...]:
    """All statements of a text, in order.

    Raises:
        ParseError, UnsupportedError, BudgetError: each with its place.
    """
    parts = [part for row in cut_rows(tokens(source)) for part in cut_equations(row)]
    if not parts:
        raise ParseError("nothing is written here", Span(source, 0, 1))
    if len(parts) > MAX_STATEMENTS:
        at = Span(source, parts[-1][0].start, parts[-1][-1].end)
        raise ParseError(f"more than {MAX_STATEMENTS} statements", at)
    return tuple(_statement(source, part) for part in parts)


def _depths(row: list[Token]) -> list[int]:
    """How many brackets are open at each token."""
    out, depth = [], 0
    for token in row:
        opens = token.text in BRACKETS or token.text.startswith(r"\begin ")
        closes = token.text in _CLOSERS or token.text.startswith(r"\end ")
        depth = max(0, depth - closes)
        out.append(depth)
        depth += opens
    return out


def cut_rows(all_tokens: tuple[Token, ...]) -> list[list[Token]]:
    r"""Cut at `\\` and `;`; a row that starts with a sign continues the one before."""
    rows: list[list[Token]] = [[]]
    for token, depth in zip(all_tokens, _depths(list(all_tokens)), strict=True):
        if depth == 0 and token.text in (r"\\", ";"):
            rows.append([])
        elif depth == 0 and token.text == "&":
            continue
        else:
            rows[-1].append(token)
    joined: list[list[Token]] = []
    for row in rows:
        starts = row[0].text if row else ""
        if joined and starts in ("+", "-", "=", r"\odot", r"\cdot", r"\times"):
            joined[-1].extend(row)
        elif row:
            joined.append(row)
    return joined


def cut_equations(row: list[Token]) -> list[list[Token]]:
    """Cut where a comma or a new line stands before another equation."""
    depths = _depths(row)
    signs = [
        n
        for n, token in enumerate(row)
        if depths[n] == 0 and token.text in ("=", r"\in")
    ]
    cuts = [0]
    for before, sign in pairwise(signs):
        between = range(before + 1, sign)
        commas = [n + 1 for n in between if depths[n] == 0 and row[n].text == ","]
        lines = [
            n
            for n in between
            if depths[n] == 0 and row[n].after_line and row[n - 1].text not in _OPEN
        ]
        own = [n for n in commas if row[before].text == "="] or commas
        places = own or lines
        if places and row[sign].text == r"\in":
            cuts.append(places[0])
        elif places:
            cuts.append(places[-1])
    cuts.append(len(row))
    parts = (row[a:b] for a, b in pairwise(cuts))
    return [kept for part in parts if (kept := _without_end(part))]


def _without_end(part: list[Token]) -> list[Token]:
    """A full stop or comma at the end belongs to the sentence around the equation."""
    while part and part[-1].text in (".", ","):
        part = part[:-1]
    return part


def _statement(source: Source, part: list[Token]) -> Statement:
    part = [replace(token, after_line=False) for token in part]
    depths = _depths(part)
    signs = [n for n, t in enumerate(part) if depths[n] == 0 and t.text == "="]
    members = [n for n, t in enumerate(part) if depths[n] == 0 and t.text == r"\in"]
    span = Span(source, part[0].start, part[-1].end)
    if members and not signs:
        return _membership(source, part, members[0], span)
    if not signs:
        return Equation(None, _whole(source, part, 0, len(part)), span)
    sign = signs[0]
    end = sign - 1 if sign and part[sign - 1].text == ":" else sign
    left = _whole(source, part, 0, end)
    if len(signs) > 1 and not isinstance(tree.unwrapped(left), tree.Derivative):
        at = Span(source, part[signs[1]].start, part[signs[1]].end)
        hint = r"one = for each statement; write \\ between equations"
        raise ParseError("a second = in one equation", at, hint=hint)
    between = tuple(_between(source, part, a, b) for a, b in pairwise(signs))
    right = _whole(source, part, signs[-1] + 1, len(part))
    return Equation(left, right, span, between)


def _between(source: Source, part: list[Token], sign: int, following: int) -> Span:
    """A link of a chain: one formula, and no condition or second equation."""
    span = Span(source, part[sign].end, part[following].start)
    link = _whole(source, part, sign + 1, following)
    words = (
        n for n in tree.walk(link) if isinstance(n, tree.Name) and n.style == "text"
    )
    word = next((n for n in words if not known_word(n.base)), None)
    if word is not None or r"\quad" in span.text or r"\qquad" in span.text:
        hint = "give the claim alone"
        raise ParseError("a chain, or two statements?", span, hint=hint)
    return Span(source, part[sign + 1].start, part[following - 1].end)


def _whole(source: Source, part: list[Token], first: int, last: int) -> tree.Node:
    parser = Parser(source, part, first, last)
    node = parser.expression()
    parser.finish()
    return node


def _membership(source: Source, part: list[Token], at: int, span: Span) -> Membership:
    names: list[tree.Name] = []
    parser = Parser(source, part, 0, at)
    while parser.at < at:
        node = parser.factor()
        if not isinstance(node, tree.Name):
            raise ParseError("expected a name before \\in", node.span)
        names.append(node)
        if parser.at < at:
            parser.expect(",")
    return Membership(tuple(names), _sizes(source, part[at + 1 :], span), span)


def _sizes(source: Source, part: list[Token], span: Span) -> tuple[str, ...]:
    r"""The dimensions in `\mathbb{R}^{n \times m}`."""
    texts = [token.text for token in part]
    hint = r"write \in \mathbb{R}, \mathbb{R}^{n} or \mathbb{R}^{n \times m}"
    for field in ([r"\mathbb", "{", "R", "}"], [r"\mathbb", "R"], [r"\R"]):
        if texts[: len(field)] == field:
            break
    else:
        raise ParseError("expected the real numbers", span, hint=hint)
    above = texts[len(field) :]
    if not above:
        return ()
    if above[0] != "^" or len(above) < 2:
        raise ParseError("expected ^ and dimensions", span, hint=hint)
    inner = above[1:]
    inner = inner[1:-1] if inner[0] == "{" and inner[-1] == "}" else inner
    sizes = " ".join(inner).split(r"\times")
    found = tuple(_size(size.split(), span, hint) for size in sizes)
    if len(found) > 2:
        raise ParseError("more than two dimensions", span, hint=hint)
    return found[:1] if found[1:] == ("1",) else found


def _size(texts: list[str], span: Span, hint: str) -> str:
    """A dimension: a letter with or without a subscript, or a number."""
    joined = "".join(texts)
    if joined.isdecimal():
        return joined
    name = "".join(t for t in texts if t not in "{}")
    words = name.split("_")
    is_name = len(words) < 3 and all(w.isalnum() and w.isascii() for w in words)
    if not is_name or len(words[0]) != 1 or name[0].isdigit():
        raise ParseError(f"{joined or 'nothing'} is no dimension", span, hint=hint)
    return name
