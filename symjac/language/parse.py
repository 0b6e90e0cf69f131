"""Text to syntax tree. Bottom-up and counted: no input can exhaust the stack.

Names keep their spelling, except that a Greek letter becomes its English name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, UnexpectedInput, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedToken, VisitError
from lark.tree import Meta
from lark.visitors import Transformer_NonRecursive

from symjac.errors import (
    BudgetError,
    ParseError,
    Source,
    Span,
    SymjacError,
    UnsupportedError,
)
from symjac.language.syntax import (
    ENTRY,
    WHOLE,
    Binary,
    Call,
    Declaration,
    Definition,
    FixedDimension,
    FunctionDeclaration,
    Name,
    Number,
    Statement,
    Syntax,
    Unary,
    literal,
)
from symjac.library.operations import BY_NAME
from symjac.terms.shape import Time

MAX_CHARACTERS = 100_000
MAX_DEPTH = 100
MAX_PRIMES = 8

_OPERATORS = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "matmul": "@",
    "power": "**",
}


def english(name: str) -> str:
    """A name with its Greek letters spelled out: `σ_1` becomes `sigma_1`."""
    if name.isascii():
        return name
    return "".join(c if c.isascii() else _letter(c) for c in name)


def _letter(character: str) -> str:
    words = unicodedata.name(character).split()
    spelled = words[-1].lower().replace("lamda", "lambda")
    return spelled.capitalize() if "CAPITAL" in words else spelled


class _Builder(Transformer_NonRecursive[Token, Any]):
    """Bottom-up: every method gets finished children and the place in the text."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source

    def span(self, meta: Meta) -> Span:
        if meta.empty:
            return Span(self.source, 0, 0)
        return Span(self.source, meta.start_pos, meta.end_pos)

    def deeper(self, span: Span, *operands: Syntax) -> int:
        depth = 1 + max((operand.depth for operand in operands), default=0)
        if depth > MAX_DEPTH:
            raise BudgetError(
                f"the expression is nested more than {MAX_DEPTH} deep",
                span,
                hint="name parts of it by definitions of their own",
            )
        return depth

    @v_args(meta=True)
    def number(self, meta: Meta, parts: list[Token]) -> Number:
        span = self.span(meta)
        return Number(literal(parts[0], span), span)

    @v_args(meta=True)
    def time(self, meta: Meta, parts: list[Token]) -> Time:
        base = None if parts[0].type == "INT" else english(str(parts[0]))
        offset = "".join(parts if base is None else parts[1:]) or "0"
        return Time(base, int(literal(offset, self.span(meta))))

    @v_args(meta=True)
    def name(self, meta: Meta, parts: list[Any]) -> Name:
        time = parts[1] if len(parts) > 1 else None
        return Name(english(str(parts[0])), time, self.span(meta))

    def unary(self, operator: str, meta: Meta, operand: Syntax) -> Unary:
        span = self.span(meta)
        return Unary(operator, operand, span, self.deeper(span, operand))

    @v_args(meta=True)
    def negative(self, meta: Meta, parts: list[Syntax]) -> Unary:
        return self.unary("neg", meta, parts[0])

    def positive(self, parts: list[Syntax]) -> Syntax:
        return parts[0]

    @v_args(meta=True)
    def transposed(self, meta: Meta, parts: list[Any]) -> Unary:
        return self.unary("T", meta, parts[0])

    @v_args(meta=True)
    def call(self, meta: Meta, parts: list[Any]) -> Call:
        span = self.span(meta)
        name, primes, arguments = parts
        if arguments and isinstance(arguments[-1], str):
            written, name = name, f"{arguments.pop()}_{name}"
            if name not in BY_NAME:
                raise UnsupportedError(f"{written} with an axis", span)
        if primes > MAX_PRIMES:
            raise BudgetError(f"a function has more than {MAX_PRIMES} primes", span)
        depth = self.deeper(span, *arguments)
        return Call(english(str(name)), primes, tuple(arguments), span, depth)

    @v_args(meta=True)
    def axis(self, meta: Meta, parts: list[Token]) -> str:
        """NumPy's axis 1 is within each row, 0 within each column."""
        names = {"0": "col", "1": "row", "-1": "row", "-2": "col"}
        if (written := "".join(parts)) not in names:
            raise ParseError("axis is 0 or 1", self.span(meta))
        return names[written]

    def named(self, function: str, meta: Meta, arguments: list[Syntax]) -> Call:
        span = self.span(meta)
        depth = self.deeper(span, *arguments)
        return Call(function, 0, tuple(arguments), span, depth)

    @v_args(meta=True)
    def size(self, meta: Meta, parts: list[Any]) -> Call:
        return self.named("dim", meta, parts[0])

    @v_args(meta=True)
    def beside(self, meta: Meta, parts: list[Syntax]) -> Call:
        return self.named("hstack", meta, parts)

    @v_args(meta=True)
    def below(self, meta: Meta, parts: list[Syntax]) -> Call:
        return self.named("vstack", meta, parts)

    @v_args(meta=True)
    def whole(self, meta: Meta, parts: list[Token]) -> Name:
        return Name(WHOLE, None, self.span(meta))

    @v_args(meta=True)
    def entry(self, meta: Meta, parts: list[Syntax]) -> Call:
        return self.named(ENTRY, meta, parts)

    def primes(self, parts: list[Token]) -> int:
        return len(parts[0]) if parts else 0

    def arguments(self, parts: list[Syntax]) -> list[Syntax]:
        return parts

    @v_args(meta=True)
    def definition(self, meta: Meta, parts: list[Any]) -> Definition:
        name, *time, body = parts
        when = time[0] if time else None
        return Definition(english(str(name)), when, body, self.span(meta))

    @v_args(meta=True)
    def declaration(self, meta: Meta, parts: list[Any]) -> Declaration:
        *names, sizes, properties = parts
        spelled = tuple(english(str(name)) for name in names)
        return Declaration(spelled, sizes, properties, self.span(meta))

    @v_args(meta=True)
    def functions(self, meta: Meta, parts: list[Token]) -> FunctionDeclaration:
        names = tuple(english(str(name)) for name in parts)
        return FunctionDeclaration(names, self.span(meta))

    @v_args(meta=True)
    def shape(self, meta: Meta, parts: list[Token]) -> tuple[str | int, ...]:
        at = self.span(meta)
        return tuple(
            int(literal(p, at)) if p.type == "INT" else english(str(p)) for p in parts
        )

    def properties(self, parts: list[Token]) -> tuple[str, ...]:
        return tuple(map(str, parts))

    @v_args(meta=True)
    def fixed(self, meta: Meta, parts: list[Token]) -> FixedDimension:
        span = self.span(meta)
        value = int(literal(parts[1], span))
        return FixedDimension(english(str(parts[0])), value, span)

    def program(self, parts: list[Statement]) -> tuple[Statement, ...]:
        return tuple(parts)

    def formula(self, parts: list[Any]) -> tuple[tuple[Statement, ...], Syntax]:
        return tuple(parts[:-1]), parts[-1]


def _binary(operator: str) -> Callable[..., Any]:
    def build(self: _Builder, meta: Meta, parts: list[Syntax]) -> Binary:
        left, right = parts
        span = self.span(meta)
        chain = operator in "+-" and isinstance(left, Binary) and left.operator in "+-"
        if chain:
            depth = max(left.depth, self.deeper(span, right))
        else:
            depth = self.deeper(span, left, right)
        return Binary(operator, left, right, span, depth)

    return v_args(meta=True)(build)


for _name, _operator in _OPERATORS.items():
    setattr(_Builder, _name, _binary(_operator))

_LARK = Lark(
    (Path(__file__).parent / "grammar.lark").read_text(encoding="utf-8"),
    parser="lalr",
    start=["program", "formula"],
    propagate_positions=True,
    maybe_placeholders=False,
)

_WORDS = {
    "NAME": "a name",
    "INT": "a number",
    "DECIMAL": "a number",
    "LPAR": "'('",
    "RPAR": "')'",
    "RSQB": "']'",
    "LSQB": "'['",
    "MINUS": "'-'",
    "PLUS": "'+'",
    "EQUAL": "'='",
    "COLON": "':'",
    "COMMA": "','",
    "$END": "the end",
    "_NEWLINE": "a new line",
    "STAR": "'*'",
}


def _expected(names: set[str]) -> str:
    known = [
        _WORDS[n] for n in sorted(names) if n in _WORDS and _WORDS[n] not in ("'+'",)
    ]
    return " or ".join(dict.fromkeys(known)) or "an operator"


def _syntax_error(error: UnexpectedInput, source: Source) -> ParseError:
    end = len(source.text.rstrip())
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        start = error.token.start_pos or 0
        found = repr(str(error.token)) if str(error.token) != "\n" else "a new line"
        message = (
            f"expected {_expected(error.accepts or error.expected)}, found {found}"
        )
        return ParseError(message, Span(source, start, start + len(str(error.token))))
    if isinstance(error, UnexpectedCharacters):
        at = error.pos_in_stream or 0
        found = source.text[at : at + 1]
        return ParseError(f"unexpected character {found!r}", Span(source, at, at + 1))
    accepts = error.accepts if isinstance(error, UnexpectedToken) else set()
    message = f"expected {_expected(accepts or set())}, found the end"
    return ParseError(message, Span(source, end, end + 1))


@lru_cache(maxsize=256)  # many answers have one reference
def _parse(source: Source, start: str) -> Any:
    if len(source.text) > MAX_CHARACTERS:
        raise BudgetError(
            f"{source.name} has {len(source.text)} characters; the limit is"
            f" {MAX_CHARACTERS}"
        )
    try:
        return _Builder(source).transform(_LARK.parse(source.text, start=start))
    except UnexpectedInput as error:
        raise _syntax_error(error, source) from None
    except VisitError as error:
        if isinstance(error.orig_exc, SymjacError):
            raise error.orig_exc from None
        raise


def parse_statements(source: Source) -> tuple[Statement, ...]:
    """Parse a program: definitions, declarations and fixed dimensions.

    Raises:
        ParseError: not in the language, with the place.
        BudgetError: longer or deeper than the limits.
    """
    statements: tuple[Statement, ...] = _parse(source, "program")
    return statements


def parse_formula(source: Source) -> tuple[tuple[Statement, ...], Syntax]:
    """Parse one expression, after definitions of its own if it needs any."""
    formula: tuple[tuple[Statement, ...], Syntax] = _parse(source, "formula")
    return formula
