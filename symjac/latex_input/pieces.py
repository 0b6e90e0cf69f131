"""Pieces of symjac's text with their kind, and how they combine.

A product without a sign means what its kinds allow: a scalar multiple or the matrix
product. Where they allow nothing, or more than one thing, there is an error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NoReturn

from symjac.errors import ShapeError, Span, UnsupportedError
from symjac.terms.shape import Kind
from symjac.typeset.text import ATOM, POWER, PRODUCT, SUM, UNARY

SCALAR, COLUMN, ROW, MATRIX = Kind.SCALAR, Kind.COLUMN, Kind.ROW, Kind.MATRIX
_PRODUCTS = {
    (MATRIX, MATRIX): MATRIX,
    (MATRIX, COLUMN): COLUMN,
    (ROW, MATRIX): ROW,
    (ROW, COLUMN): SCALAR,
    (COLUMN, ROW): MATRIX,
}
_WORDS = {SCALAR: "a number", COLUMN: "a column", ROW: "a row", MATRIX: "a matrix"}


@dataclass(frozen=True, slots=True)
class Piece:
    """Text in symjac's language, its kind, and how tightly it binds.

    `call` is the function that it is a call of, `inner` its argument. `is_assumed` if
    nothing but the letter says that it is a number or a vector.
    """

    text: str
    kind: Kind
    span: Span
    level: int = ATOM
    literal: bool = False
    call: str = ""
    inner: str = ""
    is_assumed: bool = False

    def within(self, least: int) -> str:
        """The text, in brackets where it binds less than `least`."""
        return self.text if self.level >= least else f"({self.text})"

    @property
    def described(self) -> str:
        """Source and kind, for errors."""
        source = " ".join(self.span.text.split())
        return f"{source if len(source) < 40 else 'it'} is {_WORDS[self.kind]}"


def refuse(message: str, at: Span, hint: str) -> NoReturn:
    """A located refusal."""
    raise UnsupportedError(message, at, hint=hint)


def multiplied(left: Piece, right: Piece, sign: str, at: Span) -> Piece:
    r"""Two factors side by side, or with `\cdot`, `\times` or `*` between them."""
    scalars = SCALAR in (left.kind, right.kind)
    if right.is_assumed and right.kind is SCALAR and left.kind is not SCALAR:
        raise UnsupportedError(
            f"{right.span.text} may be a vector",
            right.span,
            hint=f"declare its shape, such as {right.text}: (), or write it first",
        )
    if sign in ("times", "star") and not scalars:
        shown = {"times": r"\times", "star": "*"}[sign]
        raise UnsupportedError(
            f"{shown} between {left.described}, {right.described}",
            at,
            hint=r"write \odot for the elementwise product",
        )
    if scalars:
        kind = right.kind if left.kind is SCALAR else left.kind
        text = f"{left.within(PRODUCT)} * {right.within(UNARY)}"
        literal = left.literal and right.literal
        return Piece(text, kind, at, PRODUCT, literal)
    found = _PRODUCTS.get((left.kind, right.kind))
    if found is None:
        raise ShapeError(
            f"no product: {left.described}, {right.described}",
            at,
            hint=_product_hint(left, right),
        )
    return Piece(f"{left.within(PRODUCT)} @ {right.within(UNARY)}", found, at, PRODUCT)


def _product_hint(left: Piece, right: Piece) -> str:
    if left.kind is right.kind is COLUMN:
        return (
            r"write x^\top y for a number, x y^\top for a matrix, x \odot y for the"
            " elementwise product, or declare a number, such as a: ()"
        )
    return r"a transpose may be missing, or a shape may have to be declared"


def divided(left: Piece, right: Piece, at: Span) -> Piece:
    """A quotient: by a number, or of two columns component by component."""
    if right.is_assumed and right.kind is COLUMN:
        raise UnsupportedError(
            f"division by {right.span.text}, which may be a number",
            right.span,
            hint=f"declare its shape, such as {right.text}: ()",
        )
    by_component = right.kind is COLUMN and (left.literal or left.kind is COLUMN)
    if right.kind is not SCALAR and not by_component:
        raise ShapeError(
            f"no quotient: {left.described}, {right.described}",
            at,
            hint=r"write ^{-1} for the inverse, \oslash for the elementwise quotient",
        )
    kind = right.kind if left.literal else left.kind
    return _quotient(left, right, kind, at)


def _quotient(left: Piece, right: Piece, kind: Kind, at: Span) -> Piece:
    text = f"{left.within(PRODUCT)} / {right.within(UNARY)}"
    return Piece(text, kind, at, PRODUCT, left.literal and right.literal)


def elementwise(left: Piece, right: Piece, sign: str, at: Span) -> Piece:
    r"""`\odot`, `\circ` or `\oslash` between two operands of one shape."""
    if left.kind is not right.kind or left.kind is SCALAR:
        raise ShapeError(
            f"no elementwise product: {left.described}, {right.described}", at
        )
    if sign == "oslash":
        return _quotient(left, right, left.kind, at)
    text = f"{left.within(PRODUCT)} * {right.within(UNARY)}"
    return Piece(text, left.kind, at, PRODUCT)


def kronecker(left: Piece, right: Piece, at: Span) -> Piece:
    r"""`\otimes` between a matrix and what is no number."""
    kinds = {left.kind, right.kind}
    if MATRIX not in kinds or SCALAR in kinds:
        raise UnsupportedError(
            f"\\otimes between {left.described}, {right.described}",
            at,
            hint=r"papers mean x y^\top, x \odot y or the Kronecker product: write"
            r" the one that is meant, the last as \operatorname{kron}(x, y)",
        )
    return Piece(f"kron({left.text}, {right.text})", MATRIX, at)


def added(
    terms: list[tuple[bool, Piece]], at: Span, *, is_elementwise: bool = False
) -> Piece:
    """A sum; a number is added to every component of a column."""
    whole = next((p for _, p in terms if not p.literal), None)
    kind = SCALAR if whole is None else whole.kind
    for _, piece in terms:
        if whole is not None and not piece.literal and piece.kind is not kind:
            raise ShapeError(
                f"no sum: {whole.described}, {piece.described}",
                at,
                hint=r"a number is added to each component as \alpha \mathbf{1}_n",
            )
        if piece.literal and kind is MATRIX and not is_elementwise:
            raise ShapeError(
                f"{piece.described} in a sum of matrices",
                piece.span,
                hint=r"write \mathbf{I}_n, or \mathbf{1}_{n \times m} for ones",
            )
    text = ""
    for negative, piece in terms:
        sign = "-" if negative else ""
        if text:
            sign = " - " if negative else " + "
        text += sign + piece.within(PRODUCT)
    level = SUM if len(terms) > 1 else UNARY
    if len(terms) == 1 and terms[0][1].level < UNARY:
        level = PRODUCT
    return Piece(text, kind, at, level, whole is None)


def raised(piece: Piece, value: Fraction, at: Span) -> Piece:
    """A power of each component."""
    shown = str(value) if value.denominator == 1 else f"({value})"
    text = f"{piece.within(ATOM)}**{shown}"
    return Piece(text, piece.kind, at, POWER, piece.literal)


def transposed(piece: Piece, at: Span) -> Piece:
    """A transpose; of a number only if it is no literal."""
    if piece.literal:
        hint = r"write \mathbf{1}_n^\top for a row of ones"
        raise UnsupportedError("a number with a transpose", at, hint=hint)
    if piece.is_assumed and piece.kind is SCALAR:
        hint = f"declare the shape of {piece.text}"
        raise UnsupportedError(f"the transpose of {piece.text}", at, hint=hint)
    kind = {COLUMN: ROW, ROW: COLUMN}.get(piece.kind, piece.kind)
    return Piece(f"{piece.within(ATOM)}.T", kind, at)


def inverted(piece: Piece, at: Span) -> Piece:
    """`^{-1}`: the inverse of a matrix, or one divided by a number."""
    if piece.kind is MATRIX:
        return Piece(f"inv({piece.text})", MATRIX, at)
    if piece.kind is not SCALAR:
        raise ShapeError(
            f"no inverse: {piece.described}",
            at,
            hint=r"write ^{\odot -1} for one divided by each component",
        )
    return replace(piece, text=f"1 / {piece.within(UNARY)}", span=at, level=PRODUCT)


def check_function(piece: Piece, sign: str, following: Piece) -> None:
    r"""Refuse `\sigma W x`: the function of W x, or a number times it."""
    is_letter = piece.is_assumed and piece.text in ("sigma", "phi", "psi")
    if is_letter and not sign and following.kind is not SCALAR:
        shown = piece.span.text
        hint = f"write {shown}(...), or declare {piece.text}: ()"
        refuse(f"{shown} may be a function or a number", piece.span, hint)
