r"""What a command means: fractions, derivatives, styles, sums and products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symjac.errors import Span
from symjac.language.latex.tree import (
    Big,
    Derivative,
    Name,
    Node,
    Number,
    Product,
    Ratio,
    Root,
)
from symjac.language.latex.vocabulary import (
    ACCENTS,
    BOLD,
    COMMANDS,
    FRACTIONS,
    GREEK,
    SCRIPT,
    STYLES,
    TEXT,
    UPRIGHT,
)

if TYPE_CHECKING:
    from symjac.language.latex.parse import Parser


def command(parser: Parser) -> Node:  # noqa: C901 - one line for each command
    """What a backslash and a word mean."""
    first, text = parser.at, parser.peek()
    if text in FRACTIONS:
        return fraction(parser)
    if text in (r"\sum", r"\prod"):
        return big(parser)
    if text in (r"\partial", r"\nabla"):
        return gradient(parser) if text == r"\nabla" else inline_partial(parser)
    if text in STYLES:
        return styled(parser)
    parser.at += 1
    if text in GREEK:
        return Name(GREEK[text], "", (), (), (), parser.span(first))
    if text in COMMANDS:
        return Name(COMMANDS[text], "command", (), (), (), parser.span(first))
    if text == r"\sqrt":
        if parser.peek() == "[":
            parser.fail("only square roots are known", hint="write ^{1/3}")
        span = parser.span(first)
        return Root(
            parser.inside(*parser.part()),
            Span(parser.source, span.start, parser.span(first).end),
        )
    hint = r"see docs/latex.md for what is read"
    parser.fail(f"{text} is not known", parser.span(first), hint)


def fraction(parser: Parser) -> Node:
    r"""A fraction, or a derivative if both parts start with a partial."""
    first = parser.at
    parser.at += 1
    above, below = parser.part(), parser.part()
    signs = [differential(parser, *part) for part in (above, below)]
    if all(signs):
        start = above[0] + signs[0]
        by = parser.inside(below[0] + signs[1], below[1])
        if start < above[1]:
            return Derivative(parser.inside(start, above[1]), by, parser.span(first))
        of = operand(parser)
        return Derivative(of, by, parser.span(first))
    starts = {parser.tokens[at].text for at, end in (above, below) if at < end}
    if starts == {"D"} and above[1] - above[0] > 1 < below[1] - below[0]:
        hint = r"write \partial for a derivative; D y may stand in brackets"
        parser.fail("D above and below may be a derivative", parser.span(first), hint)
    if any(signs) and parser.tokens[above[0]].text == r"\partial":
        parser.fail("a partial above and none below", parser.span(first))
    return Ratio(parser.inside(*above), parser.inside(*below), parser.span(first))


def differential(parser: Parser, first: int, last: int) -> int:
    r"""How many tokens a sign `d`, `\partial` or `\mathrm{d}` takes here."""
    texts = [token.text for token in parser.tokens[first : min(last, first + 5)]]
    if texts[:1] in ([r"\partial"], ["d"]):
        return 1
    if texts[:1] == [r"\mathrm"] and texts[1:4] == ["{", "d", "}"]:
        return 4
    return 0


def inline_partial(parser: Parser) -> Node:
    r"""`\partial y / \partial x`."""
    first = parser.at
    parser.at += 1
    of = parser.factor()
    parser.expect("/")
    parser.expect(r"\partial")
    return Derivative(of, parser.factor(), parser.span(first))


def gradient(parser: Parser) -> Node:
    r"""`\nabla_x f`."""
    first = parser.at
    parser.at += 1
    if parser.peek() != "_":
        hint = r"write \nabla_{x} f"
        parser.fail("by what? the gradient has no subscript", None, hint)
    by = parser.inside(*parser.argument())
    return Derivative(operand(parser), by, parser.span(first))


def operand(parser: Parser) -> Node | None:
    """What an operator is applied to: factors side by side."""
    if parser.at >= parser.end or parser.stops():
        return None
    of = parser.product()
    signs = {sign for sign, _ in of.factors} if isinstance(of, Product) else set()
    if signs - {""}:
        parser.fail("where does the operand end?", of.span, "use brackets")
    return of


def big(parser: Parser) -> Node:
    r"""A sum or product sign: over what, and of the factors behind it."""
    first, sign = parser.at, parser.peek().removeprefix("\\")
    parser.at += 1
    index = ""
    while parser.peek() in ("_", "^"):
        mark = parser.peek()
        part = parser.argument()
        if part[0] < part[1]:
            index += f"{mark}{{{parser.span(*part).text}}}"
    return Big(sign, index, parser.product(), parser.span(first))


def styled(parser: Parser) -> Node:
    r"""`\mathbf{x}`, `\mathrm{diag}`, `\tilde{c}`; a group without braces too."""
    first, text = parser.at, parser.peek()
    parser.at += 1
    part = parser.part() if parser.peek() not in GREEK else parser.one()
    if text in (r"\bf", r"\rm") and parser.peek() != "}":
        parser.fail(f"{text} is read over one letter", parser.span(first))
    if text in UPRIGHT or text in SCRIPT:
        style = "text" if text in TEXT else "upright"
        return word(parser, first, part, "cal" if text in SCRIPT else style)
    inner = parser.inside(*part)
    if isinstance(inner, Number) and text in BOLD:
        return Name(str(inner.value), "bold", (), (), (), parser.span(first))
    if not isinstance(inner, Name):
        return bold_word(parser, first, part, text)
    style = "bold" if text in BOLD else inner.style
    accents = (*inner.accents, ACCENTS[text]) if text in ACCENTS else inner.accents
    return Name(
        inner.base, style, accents, inner.below, inner.above, parser.span(first)
    )


def bold_word(parser: Parser, first: int, part: tuple[int, int], text: str) -> Node:
    """Several letters in bold: a name of several letters."""
    if text not in BOLD:
        parser.fail(f"{text} is read over one name only", parser.span(first))
    return word(parser, first, part, "bold")


def word(parser: Parser, first: int, part: tuple[int, int], style: str) -> Node:
    r"""The letters of a word; `\_` joins two words."""
    inner = parser.tokens[part[0] : part[1]]
    text = "".join("_" if t.text == r"\_" else t.text for t in inner)
    apart = any(t.spaced for t in inner[1:])
    if not text.replace("_", "").isalnum() or not text.isascii() or apart:
        parser.fail("expected a word here", parser.span(first))
    if text.isdecimal():
        return Name(
            text, "bold" if style == "bold" else style, (), (), (), parser.span(first)
        )
    return Name(text, style, (), (), (), parser.span(first))
