r"""Factors side by side: functions take arguments, kinds say what is multiplied."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING

from symjac.errors import BudgetError, ParseError, Span
from symjac.expr.text import PRODUCT
from symjac.language.latex import pieces
from symjac.language.latex.calls import applied, head
from symjac.language.latex.pieces import MATRIX, ROW, SCALAR, Piece
from symjac.language.latex.tree import (
    Bars,
    Blocks,
    Group,
    Mark,
    Name,
    Node,
    Number,
    Raised,
    Ratio,
    Script,
    marks_of,
    unmarked,
)

if TYPE_CHECKING:
    from symjac.language.latex.write import Writer

MAX_CHAIN = 4
CONSTANTS = ("I", "0", "1")
INFIX = frozenset({"odot", "circ", "otimes", "oslash"})
Factors = Sequence[tuple[str, Node]]


def product(writer: Writer, factors: Factors, at: Span) -> Piece:
    r"""Factors side by side bind first; then `\\odot` and its like."""
    parts: list[tuple[str, list[tuple[str, Node]]]] = []
    for sign, node in factors:
        if sign in INFIX or not parts:
            parts.append((sign, []))
            sign = ""
        parts[-1][1].append((sign, node))
    signs = {sign.replace("circ", "odot") for sign, _ in parts[1:]}
    if len(signs) > 1:
        writer.refuse("different product signs", at, "brackets say what is meant")
    inner = bool(signs)
    check_operands(writer, [part for _, part in parts], signs, factors)
    written = [(s, beside_each_other(writer, part, inner)) for s, part in parts]

    def combine(left: Piece, item: tuple[str, Piece]) -> Piece:
        sign, right = item
        span = Span(at.source, left.span.start, right.span.end)
        if sign == "otimes":
            return pieces.kronecker(left, right, span)
        return pieces.elementwise(left, right, sign, span)

    if signs == {"otimes"}:
        lengths = [len(part) for _, part in parts]
        check_kronecker(writer, [piece for _, piece in written], lengths, at)
    return reduce(combine, written[1:], written[0][1])


def check_kronecker(
    writer: Writer, written: list[Piece], lengths: list[int], at: Span
) -> None:
    r"""Refuse `A \otimes B \otimes C` and `A \otimes B x`."""
    if len(written) > 2:
        writer.refuse("two signs \\otimes", at, "brackets say what is meant")
    for piece, length in zip(written, lengths, strict=True):
        if length > 1 and piece.level == PRODUCT and " @ " in piece.text:
            writer.refuse("a product beside \\otimes", piece.span, "write brackets")


def check_operands(
    writer: Writer,
    parts: list[list[tuple[str, Node]]],
    signs: set[str],
    factors: Factors,
) -> None:
    r"""`\tanh z \odot y` and `f \circ g` may mean two things."""
    for part in parts[:-1]:
        if len(part) > 1 and not part[-1][0] and _bracket(part[-1][1]) is None:
            head_ = part[-2][1]
            name = unmarked(head_)
            if isinstance(name, Name) and writer.names.is_function(name):
                writer.refuse(
                    "where does the argument end?",
                    part[-1][1].span,
                    f"write {name.span.text}(...)",
                )
    if all(sign != "circ" for sign, _ in factors):
        return
    for _, node in factors:
        if writer.names.is_letter(node):
            writer.refuse(
                f"\\circ beside {node.span.text}, which may be a function",
                node.span,
                r"write \odot, or declare the shape",
            )


def beside_each_other(writer: Writer, factors: Factors, is_elementwise: bool) -> Piece:
    """A product without elementwise signs: functions first, then left to right."""
    rest = list(factors)
    result: Piece | None = None
    ended = ""
    check_differential(writer, factors)
    check_indices(writer, factors)
    while rest:
        sign, piece = next_factor(writer, rest, is_elementwise)
        if result is None:
            result = first = piece
            continue
        span = Span(piece.span.source, result.span.start, piece.span.end)
        if ended:
            writer.refuse(
                f"what follows {ended}?", piece.span, "brackets say what is meant"
            )
        if piece.literal and not sign:
            writer.refuse("a number behind a factor", piece.span, r"write \cdot")
        if sign == "slash":
            ended = "/"
            result = pieces.divided(result, piece, span)
        else:
            result = pieces.multiplied(result, piece, sign, span)
    assert result is not None
    if result.kind is ROW and first.kind is SCALAR and first.is_assumed:
        message = f"{first.span.text} may be a vector"
        hint = f"declare the shape of {first.text}"
        writer.refuse(message, first.span, hint)  # such as delta x^T
    return result


def check_differential(writer: Writer, factors: Factors) -> None:
    r"""A letter `d` or `\delta` before another factor may be a differential."""
    for (_, node), (sign, _) in pairwise(factors):
        if sign or not isinstance(node, Name) or node.base in writer.names.declared:
            continue
        is_letter = node.base in ("d", "delta") and node.style != "bold"
        if is_letter and not (node.below or node.above or node.accents):
            hint = f"declare {node.base}"
            message = f"{node.span.text} may be a differential"
            writer.refuse(message, node.span, hint)


def check_indices(writer: Writer, factors: Factors) -> None:
    """Refuse `A_{ab} x_b`: a letter that two factors share is summed over."""
    for (_, left), (_, right) in pairwise(factors):
        for one, other in ((left, right), (right, left)):
            shared = _shared(one, other, writer.names.steps.letters)
            if shared is not None:
                message = f"{shared.text} may be component indices"
                hint = rf"a label is \mathrm{{{shared.text}}}"
                writer.refuse(message, shared.span, hint)


def _shared(one: Node, other: Node, times: frozenset[str]) -> Script | None:
    """A label of several letters with one that is the subscript of another name."""
    if not (isinstance(one, Name) and isinstance(other, Name)):
        return None
    if other.base in CONSTANTS:
        return None
    lone = {s.text for s in other.below if s.mark is Mark.STEP} - times
    words = (s for s in one.below if s.mark is Mark.LABEL and not s.upright)
    return next((word for word in words if lone & set(word.text)), None)


def next_factor(
    writer: Writer, rest: list[tuple[str, Node]], is_elementwise: bool
) -> tuple[str, Piece]:
    """The first factor, a function with its argument; removed from `rest`."""
    sign, node = rest.pop(0)
    name = unmarked(node)
    if not isinstance(name, Name):
        return sign, writer.write(node, is_elementwise=is_elementwise)
    if name.base in CONSTANTS and writer.constant(name) is not None:
        return sign, writer.write(node)
    above = marks_of(node)
    following = rest[0] if rest else ("", None)
    bracket = _bracket(following[1]) if not following[0] else None
    if bracket is None and not writer.names.is_function(name):
        return sign, writer.write(node)
    if bracket is not None and not writer.names.calls(name, above):
        return sign, writer.write(node)
    return sign, call(writer, name, above, bracket, rest)


def call(
    writer: Writer,
    name: Name,
    above: tuple[Script, ...],
    bracket: Group | None,
    rest: list[tuple[str, Node]],
) -> Piece:
    """A function of what follows it."""
    function = head(writer.names.function(name), above, name.span)
    if not rest or rest[0][0]:
        writer.names.fail_function(name, function.name)
    _, node = rest.pop(0)
    at = Span(name.span.source, name.span.start, node.span.end)
    if bracket is None:
        return applied(function, [bare(writer, name, function.name, node, rest)], at)
    items = bracket.items
    if bracket.separator == ";":
        raise ParseError("expected , between arguments", bracket.span)
    if function.name == "tr":
        check_trace(writer, node, rest, at)
    inner = Span(at.source, at.start, bracket.span.end)
    piece = applied(function, [writer.write(item) for item in items], inner)
    if isinstance(node, Raised) and piece.call in ("log", "logdet"):
        writer.refuse("a logarithm, or what it is of, raised?", at, "write brackets")
    return writer.scripts(piece, marks_of(node))


def check_trace(writer: Writer, node: Node, rest: Factors, at: Span) -> None:
    """In `tr(A) B` and `tr(A)^2`, the trace may be of everything."""
    more = [("", factor) for sign, factor in rest if sign != "slash"]
    is_matrix = more and beside_each_other(writer, more, False).kind is MATRIX
    if is_matrix or isinstance(node, Raised):
        writer.refuse("of what is the trace?", at, r"write \operatorname{tr}(A B)")


def bare(
    writer: Writer, name: Name, function: str, node: Node, rest: list[tuple[str, Node]]
) -> Piece:
    """An argument without brackets: one name and nothing behind it."""
    span = Span(name.span.source, name.span.start, node.span.end)
    hint = f"write {name.span.text}(...)"
    inner = unmarked(node)
    if isinstance(inner, Name) and writer.names.is_function(inner):
        above = marks_of(node)
        following = _bracket(rest[0][1]) if rest and not rest[0][0] else None
        writer.chain += 1
        if writer.chain > MAX_CHAIN:
            raise BudgetError(f"more than {MAX_CHAIN} functions without brackets", span)
        piece = call(writer, inner, above, following, rest)
        writer.chain -= 1
        if rest and piece.call != "det":
            writer.refuse(f"where does the argument of {function} end?", span, hint)
        return piece
    is_followed = rest and not rest[0][0] and isinstance(rest[0][1], Bars)
    is_whole = isinstance(node, Bars) and not (function == "log" and is_followed)
    if rest and not is_whole:
        writer.refuse(f"where does the argument of {function} end?", span, hint)
    marks = marks_of(node)
    simple = isinstance(inner, Name | Number | Bars | Ratio | Blocks | Group)
    allowed = {Mark.TRANSPOSE}
    if function in ("tr", "det", "logdet"):
        allowed |= {Mark.INVERSE, Mark.INVERSE_TRANSPOSE}
    if not simple or any(script.mark not in allowed for script in marks):
        writer.refuse(f"where does the argument of {function} end?", span, hint)
    return writer.write(node)


def _bracket(node: Node | None) -> Group | None:
    """The brackets that hold a function's argument."""
    inner = unmarked(node)
    if not isinstance(inner, Group) or inner.bracket not in "([":
        return None
    return None if inner.bracket == "[" and inner.separator else inner
