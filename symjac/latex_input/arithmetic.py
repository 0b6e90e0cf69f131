r"""Sums, products, powers and calls of values, as their kinds say.

Without letters they are the language's own, typed by its own inference; with letters
they are entries. Where kinds do not fit, a `ShapeError` says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NoReturn, cast

from symjac.errors import ShapeError, Span, UnsupportedError
from symjac.language.dims import Size, unify
from symjac.language.infer import Draft, Inference
from symjac.language.operations import is_operation
from symjac.language.scope import Scope
from symjac.language.syntax import Binary, Call, Number, Syntax, Unary
from symjac.latex_input import tree, values
from symjac.latex_input.kinds import Kinds
from symjac.latex_input.spelling import TRANSPOSES
from symjac.latex_input.values import COLUMN, MATRIX, PRODUCTS, ROW, SCALAR, Value
from symjac.latex_input.vocabulary import INVERSE
from symjac.terms import matrix as m
from symjac.terms.shape import Kind, Shape

_LETTER = re.compile(r"(?<![A-Za-z\\])[A-Z]|\\Theta")
_WEIGHTS = frozenset({"W", "V", "U", r"\Theta"})
TRACE = "tr"
_TURNED_POWER = re.compile(r"(-?\d+)(?:T|\\top|\\mathrm\{?T\}?)\Z")


@dataclass(frozen=True, slots=True)
class Given:
    """A draft in the place of a syntax node."""

    draft: Draft
    depth: int = 1

    @property
    def span(self) -> Span:
        """Where it was printed."""
        return self.draft.span


def given(value: Value) -> Syntax:
    """A value as an operand of the language's inference."""
    return cast(Syntax, Given(value.draft))


class Typed(Inference):
    """The language's inference, where operands may be drafts already."""

    def infer(self, node: Syntax) -> Draft:
        """The draft of a node."""
        known: object = node
        return known.draft if isinstance(known, Given) else super().infer(node)


def drafted(
    kind: Kind,
    dims: tuple[Size, ...],
    span: Span,
    make: Callable[[Shape], m.MatrixExpr],
) -> Value:
    """A constant of a kind whose dimensions are open."""
    return Value(
        Draft(
            kind, dims, lambda n: make(Shape(kind, tuple(map(n.resolve, dims)))), span
        )
    )


def refuse(message: str, at: Span) -> NoReturn:
    """A located refusal."""
    raise UnsupportedError(message, at)


@dataclass(slots=True)
class Arithmetic:
    """Operations on the values of one text, under one assignment of kinds."""

    kinds: Kinds
    scope: Scope = field(default_factory=Scope)

    @property
    def typed(self) -> Typed:
        """The language's inference over the names so far."""
        return Typed(self.scope)

    def plain(self, node: Syntax) -> Value:
        """A node of the language as a value."""
        return Value(self.typed.infer(node))

    def call(
        self, function: str, *operands: Value, span: Span, primes: int = 0
    ) -> Value:
        """A call of the language's functions."""
        shown = tuple(map(given, operands))
        if any(v.letters for v in operands):
            (value,) = operands
            if is_operation(function):
                refuse(f"{function} of what carries an index", span)
            return values.applied(function, primes, value, span)
        return self.plain(Call(function, primes, shown, span, 1))

    def binary(self, operator: str, left: Value, right: Value, span: Span) -> Value:
        """An operation of the language on values without letters."""
        return self.plain(Binary(operator, given(left), given(right), span, 1))

    def call_all(self, function: str, parts: list[Value], span: Span) -> Value:
        """Blocks beside or below each other."""
        if any(part.letters for part in parts):
            refuse("blocks that carry an index", span)
        return parts[0] if len(parts) == 1 else self.call(function, *parts, span=span)

    def marked(self, value: Value, above: tuple[tree.Script, ...]) -> Value:
        """A value with what stands above it."""
        for script in above:
            value = self.mark(value, script)
        return value

    def mark(self, value: Value, script: tree.Script) -> Value:
        """A value with one mark above it."""
        start = value.draft.span
        span = Span(start.source, start.start, max(start.end, script.span.end))
        match script.mark:
            case tree.Mark.TRANSPOSE:
                return self.turned(value, span)
            case tree.Mark.INVERSE:
                return self.power(value, Fraction(-1), span)
            case tree.Mark.INVERSE_TRANSPOSE:
                return self.turned(self.power(value, Fraction(-1), span), span)
            case tree.Mark.POWER:
                return self.power(value, script.value, span)
            case tree.Mark.ELEMENTWISE if script.value:
                return self.powered(value, script.value, span)
        found = _TURNED_POWER.match("".join(script.span.text.strip("{}").split()))
        if found:
            return self.turned(self.power(value, Fraction(found[1]), span), span)
        if script.text in TRANSPOSES and not script.around:
            return self.turned(value, span)
        return refuse(f"^{{{script.span.text}}} is not understood here", script.span)

    def turned(self, value: Value, span: Span) -> Value:
        """The transpose; of a number, it is a kind that does not fit."""
        if value.kind is SCALAR and not value.letters:
            raise ShapeError("the transpose of a number", span)
        if value.letters:
            return values.transposed(value, span)
        return self.plain(Unary("T", given(value), span, 1))

    def power(self, value: Value, exponent: Fraction, span: Span) -> Value:
        """A power: of a square matrix by products, else of each component."""
        if value.kind is not MATRIX:
            if value.kind is ROW or (value.kind is COLUMN and exponent < 0):
                raise ShapeError("the power of a row", span)
            return self.powered(value, exponent, span)
        if value.letters or exponent.denominator != 1:
            refuse("this power of a matrix", span)
        inverse = self.call(INVERSE, value, span=span) if exponent < 0 else value
        size = abs(int(exponent))
        if size == 1:
            return inverse
        operands = given(inverse), Number(Fraction(size), span)
        return self.plain(Call("matpow", 0, operands, span, 1))

    def powered(self, value: Value, exponent: Fraction, span: Span) -> Value:
        """A power of each component."""
        if value.letters:
            return values.raised(value, exponent, span)
        number = abs(exponent)
        power = self.plain(Binary("**", given(value), Number(number, span), span, 1))
        if exponent > 0:
            return power
        return self.binary("/", self.plain(Number(Fraction(1), span)), power, span)

    def total(self, signed: list[tuple[bool, Value]], span: Span) -> Value:
        """A sum; a number beside a vector stands in each component."""
        kinds = {v.kind for _, v in signed if v.draft.literal is None}
        if SCALAR in kinds and len(kinds) > 1:
            signed = self.broadcast(signed, span)
            kinds = {v.kind for _, v in signed if v.draft.literal is None}
        if kinds in ({MATRIX, COLUMN}, {MATRIX, ROW}):
            signed = [(n, self.repeated(v, signed, span)) for n, v in signed]
        elif len(kinds) > 1:
            raise ShapeError("a sum of different kinds", span)
        if any(v.letters for _, v in signed):
            self.check_sum(signed, span)
            return values.total(signed, span)
        (negative, first), *rest = signed
        found = Unary("neg", given(first), span, 1) if negative else given(first)
        for negative, value in rest:
            found = Binary("-" if negative else "+", found, given(value), span, 1)
        return self.plain(found)

    def check_sum(self, signed: list[tuple[bool, Value]], span: Span) -> None:
        """Terms with letters have one shape; a number stands beside numbers."""
        whole = next(v for _, v in signed if v.draft.literal is None)
        for _, value in signed:
            if value.draft.literal is None:
                self.typed.same(whole.draft, value.draft, span, "a sum")
            elif whole.kind is not SCALAR:
                raise ShapeError("a number beside a vector with an index", span)

    def repeated(
        self, value: Value, signed: list[tuple[bool, Value]], span: Span
    ) -> Value:
        """A bias in each row of `X W`, whose samples are rows, or column of `W X`."""
        whole = next(v for _, v in signed if v.kind is MATRIX)
        if value.kind is MATRIX or value.letters or whole.letters:
            return value
        self.kinds.extra += 2
        shown = _LETTER.findall(whole.draft.span.text)
        ends = [letter in _WEIGHTS for letter in (shown or ["?"])]
        if value.kind is COLUMN and ends[0] == ends[-1]:
            raise ShapeError("a vector added to each row, or to each column?", span)
        is_row = value.kind is ROW or ends[-1]
        size = whole.dims[0 if is_row else 1]
        ones = drafted(COLUMN, (size,), span, lambda s: m.Constant(Fraction(1), s))
        if not is_row:
            return self.binary("@", value, self.turned(ones, span), span)
        row = value if value.kind is ROW else self.turned(value, span)
        return self.binary("@", ones, row, span)

    def broadcast(
        self, signed: list[tuple[bool, Value]], span: Span
    ) -> list[tuple[bool, Value]]:
        """Numbers as vectors of that number; it costs, for it may be misread."""
        whole = next(v for _, v in signed if v.kind is not SCALAR)
        if any(v.letters for _, v in signed):
            raise ShapeError("a number beside a vector", span)
        self.kinds.extra += 2
        ones = drafted(
            whole.kind, whole.dims, span, lambda s: m.Constant(Fraction(1), s)
        )
        return [
            (n, self.binary("*", v, ones, span) if v.kind is SCALAR else v)
            for n, v in signed
        ]

    def infix(self, sign: str, left: Value, right: Value, span: Span) -> Value:
        r"""`\odot`, `*`, `\circ`, `\otimes`, `:` between two values."""
        if SCALAR in (left.kind, right.kind) and sign in ("star", "otimes"):
            return self.times("", left, right, span)
        if sign == "otimes" and MATRIX in (left.kind, right.kind):
            return self.call("kron", left, right, span=span)
        if left.kind is not right.kind or left.kind is SCALAR or sign == "otimes":
            raise ShapeError("no elementwise product", span)
        if sign == "colon":
            return self.inner(left, right, span)
        if sign == "oslash":
            return self.divided(left, right, span)
        return self.hadamard(left, right, span)

    def inner(self, left: Value, right: Value, span: Span) -> Value:
        """The sum of the products of all components."""
        if left.kind is SCALAR:
            return self.binary("*", left, right, span)
        turned = self.turned(left, span)
        if left.kind is ROW:
            return self.binary("@", left, self.turned(right, span), span)
        found = self.binary("@", turned, right, span)
        return self.call(TRACE, found, span=span) if left.kind is MATRIX else found

    def hadamard(self, left: Value, right: Value, span: Span) -> Value:
        """The product of each component."""
        if not (left.letters or right.letters):
            return self.binary("*", left, right, span)
        self.typed.same(left.draft, right.draft, span, "an elementwise product")
        return values.hadamard(left, right, span)

    def times(self, sign: str, left: Value, right: Value, span: Span) -> Value:
        """Two factors as their kinds say."""
        kinds = left.kind, right.kind
        if kinds == (COLUMN, COLUMN) and sign == "cdot":
            left = (
                self.turned(left, span)
                if not left.letters
                else (values.transposed(left, span))
            )
            kinds = ROW, COLUMN
        kind: Kind | None
        if SCALAR in kinds:
            kind = kinds[1] if kinds[0] is SCALAR else kinds[0]
        else:
            kind = PRODUCTS.get(kinds) if sign != "times" else None
        if kind is None:
            raise ShapeError("no product of these kinds", span)
        if not (left.letters or right.letters):
            return self.binary("*" if SCALAR in kinds else "@", left, right, span)
        outer = kinds == (COLUMN, ROW)
        if (
            SCALAR not in kinds
            and not outer
            and not unify(left.dims[-1], right.dims[0])
        ):
            raise ShapeError("unequal inner dimensions", span)
        return values.product(left, right, kind, span)

    def divided(self, left: Value, right: Value, span: Span) -> Value:
        """A quotient by a number, or of two vectors entry by entry."""
        if right.kind is MATRIX or (right.kind is not SCALAR and left.kind is MATRIX):
            raise ShapeError("a quotient by a matrix", span)
        if not (left.letters or right.letters):
            return self.binary("/", left, right, span)
        if right.kind is not SCALAR:
            raise ShapeError("a quotient by a vector", span)
        inverse = values.raised(right, Fraction(-1), span)
        return self.times(
            "",
            left,
            inverse
            if right.letters
            else self.binary("/", self.plain(Number(Fraction(1), span)), right, span),
            span,
        )
