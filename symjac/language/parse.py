"""Text to syntax tree. Bottom-up and counted: no input can exhaust the stack.

Names keep their spelling, except that a Greek letter becomes its English name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
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
    Edit,
    Equation,
    FixedDimension,
    FunctionDeclaration,
    Name,
    Number,
    Statement,
    Syntax,
    Text,
    Typed,
    Unary,
    literal,
)
from symjac.library.operations import BY_NAME
from symjac.terms import matrix as m
from symjac.terms.shape import Time

MAX_CHARACTERS = 100_000
MAX_PRIMES = 8
MAX_SHIFT = 20  # decimal places of a number such as 1e-3

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

    def __init__(self, source: Source, steps: frozenset[str]) -> None:
        super().__init__()
        self.source = source
        self.steps = steps
        self.typed: list[Typed] = []
        self.edits: list[Edit] = []
        self.outer: dict[int, tuple[Span, Syntax]] = {}  # of nodes in brackets

    def span(self, meta: Meta) -> Span:
        if meta.empty:
            return Span(self.source, 0, 0)
        return Span(self.source, meta.start_pos, meta.end_pos)

    def deeper(self, span: Span, *operands: Syntax) -> int:
        depth = 1 + max((operand.depth for operand in operands), default=0)
        if depth > m.MAX_DEPTH:
            raise BudgetError(
                f"the expression is nested more than {m.MAX_DEPTH} deep",
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
    def name(self, meta: Meta, parts: list[Any]) -> Name | Call:
        name, *time = parts
        stem, _, label = str(name).rpartition("_")
        if label in self.steps and stem and not time:
            return self.marked(self.span(meta), f"{stem}_", f"{{{label}}}")
        return Name(english(str(name)), time[0] if time else None, self.span(meta))

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

    def edit(self, span: Span, text: str) -> None:
        """Enter another spelling, which means the same whatever the kinds are."""
        self.edits.append(Edit(span, text))

    @v_args(meta=True)
    def bracketed(self, meta: Meta, parts: list[Syntax]) -> Syntax:
        self.outer[id(parts[0])] = self.span(meta), parts[0]
        return parts[0]

    def said(self, sign: str, meta: Meta, *operands: Syntax) -> Typed:
        span = self.span(meta)
        places = tuple(self.outer.get(id(n), (n.span,))[0] for n in operands)
        node = Typed(sign, operands, places, span, self.deeper(span, *operands))
        self.typed.append(node)
        return node

    def factor(self, node: Syntax) -> Syntax:
        """A right factor: `W x` needs brackets there."""
        if not isinstance(node, Typed) or node.sign or id(node) in self.outer:
            return node
        found = replace(node, is_factor=True)
        self.typed = [found if one is node else one for one in self.typed]
        return found

    def _reach(self, meta: Meta, token: Token) -> Span:
        """The place of a sign behind its operand."""
        return Span(self.source, token.start_pos or 0, meta.end_pos)

    @v_args(meta=True)
    def side(self, meta: Meta, parts: list[Syntax]) -> Typed:
        return self.said("", meta, *parts)

    @v_args(meta=True)
    def times(self, meta: Meta, parts: list[Any]) -> Typed:
        left, sign, right = parts
        return self.said(str(sign), meta, left, self.factor(right))

    @v_args(meta=True)
    def turned(self, meta: Meta, parts: list[Any]) -> Unary:
        self.edit(self._reach(meta, parts[1]), ".T")
        return self.unary("T", meta, parts[0])

    @v_args(meta=True)
    def raised(self, meta: Meta, parts: list[Any]) -> Typed:
        above = unicodedata.normalize("NFKC", str(parts[1])).replace("\u2212", "-")
        return self.said("^" + above.strip("^{()}"), meta, parts[0])

    @v_args(meta=True)
    def method(self, meta: Meta, parts: list[Any]) -> Typed:
        operand, name, arguments = parts
        return self.said(str(name), meta, operand, *arguments)

    @v_args(meta=True)
    def norm(self, meta: Meta, parts: list[Any]) -> Typed:
        label = "".join(map(str, parts[3:])) if len(parts) > 3 else ""
        below = unicodedata.normalize("NFKC", label).strip("_{}")
        sign = "||" if len(parts[0]) == len(parts[2]) else "|"
        return self.said(f"{sign}{below}", meta, parts[1])

    @v_args(meta=True)
    def bars(self, meta: Meta, parts: list[Syntax]) -> Typed:
        return self.said("|", meta, parts[0])

    @v_args(meta=True)
    def respelled(self, meta: Meta, parts: list[Token]) -> Number:
        """`1e-3`, `1/2 x` and one half in one sign, exact."""
        span, written = self.span(meta), str(parts[0])
        mantissa, _, exponent = written.lower().partition("e")
        if len(exponent) > 3 or abs(int(exponent or 0)) > MAX_SHIFT:
            raise BudgetError("a number has too large an exponent", span)
        above, _, below = written.partition("/")
        if below:
            if not (divisor := literal(below.strip(), span)):
                raise ParseError("division by zero", span)
            value = literal(above.strip(), span) / divisor
        elif exponent:
            value = literal(mantissa, span) * Fraction(10) ** int(exponent)
        else:
            value = Fraction(unicodedata.numeric(written)).limit_denominator(9)
        self.edit(span, str(value) if value.denominator == 1 else f"({value})")
        return Number(value, span)

    @v_args(meta=True)
    def labelled(self, meta: Meta, parts: list[Any]) -> Name | Call:
        return self.marked(self.span(meta), str(parts[0]), str(parts[1]))

    def marked(self, span: Span, base: str, mark: str) -> Name | Call:
        """`x_{t-1}`, and what a terminal prints below and above a name."""
        below = unicodedata.normalize("NFKC", mark).replace("\u2212", "-")
        inner = below.strip("{}()").replace(" ", "")
        step = re.fullmatch(r"([A-Za-z])([+-]\d+)?", inner)
        is_raised, is_braced = mark[0] == "⁽", mark[0] == "{"
        if is_braced and not base.endswith("_"):
            raise ParseError("braces after a name", span, hint="write ( and )")
        if base == "I" and not is_raised:
            self.edit(span, f"eye({inner})")
            size = Name(inner, None, span)
            return Call("eye", 0, (size,), span, self.deeper(span, size))
        base = base.removesuffix("_") if is_braced else base
        if step and (is_raised or step[2] or inner in self.steps):
            self.edit(span, f"{base}[{inner}]")
            return Name(english(base), Time(step[1], int(step[2] or 0)), span)
        if not inner.isalnum():
            raise ParseError(f"{span.text} is no name and no time step", span)
        self.edit(span, f"{base}_{inner}")
        return Name(f"{english(base)}_{inner}", None, span)

    @v_args(meta=True)
    def of_module(self, meta: Meta, parts: list[Any]) -> Syntax:
        start = parts[0].start_pos or 0
        self.edit(Span(self.source, start, start + len(parts[0])), "")
        node: Syntax = parts[1]
        return node

    @v_args(meta=True)
    def call(self, meta: Meta, parts: list[Any]) -> Call:
        span = self.span(meta)
        name, arguments = parts[0], parts[-1]
        primes = len(parts[1]) if len(parts) > 2 else 0
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

    def arguments(self, parts: list[Syntax]) -> list[Syntax]:
        return parts

    @v_args(meta=True)
    def equation(self, meta: Meta, parts: list[Any]) -> Definition | Equation:
        """`y = A @ x`; of `f(x) = ...` only the name of f is kept."""
        left, sign, right = parts
        span = self.span(meta)
        if sign != "=":
            start = sign.start_pos or 0
            self.edit(Span(self.source, start, start + len(sign)), "=")
        if isinstance(left, Call) and self.is_function_of(left):
            self.edit(left.span, left.function)
            return Definition(left.function, None, right, span)
        if not isinstance(left, Name) or id(left) in self.outer:
            return Equation(left, right, span)
        return Definition(left.name, left.time, right, span)

    def is_function_of(self, left: Call) -> bool:
        """Whether the left side is such as f(x), and f is called nowhere."""
        names = all(isinstance(a, Name) and not a.time for a in left.arguments)
        is_called = re.findall(rf"\b{left.function}\s*\(", self.source.text)
        return names and not left.primes and len(is_called) == 1

    @v_args(meta=True)
    def alone(self, meta: Meta, parts: list[Syntax]) -> Equation:
        return Equation(None, parts[0], self.span(meta))

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

    def program(self, parts: list[Statement]) -> Text:
        return Text(tuple(parts), tuple(self.typed), tuple(self.edits))


def _binary(operator: str) -> Callable[..., Any]:
    def build(self: _Builder, meta: Meta, parts: list[Syntax]) -> Binary:
        left, right = parts
        span = self.span(meta)
        if operator in "*/@":
            right = self.factor(right)
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
    start="program",
    propagate_positions=True,
    maybe_placeholders=False,
)
_SAME = str.maketrans("−∗⊙∘’", "-***'")  # signs with one meaning, of one character
_BARS = {"||": "⟪⟫", "‖": "⟪⟫", "|": "⟨⟩"}


def _plain(source: Source) -> str:
    """The text with its bars told apart, opening and closing, in as many characters."""
    opened: list[str] = []

    def turned(found: re.Match[str]) -> str:
        kind, at = _BARS[found[0]], found.start()
        is_closing = opened[-1:] == [kind]
        if is_closing:
            opened.pop()
        elif kind in opened:
            message = "bars inside bars, or one without its partner"
            raise ParseError(message, Span(source, at, found.end()))
        else:
            opened.append(kind)
        return kind[is_closing] * len(found[0])

    return re.sub(r"\|\|?|‖", turned, source.text).translate(_SAME)


def _expected(names: set[str]) -> str:
    """What may come next, in words: an operand or an operator, and what closes."""
    words = {"RPAR": "')'", "RSQB": "']'", "COLON": "':'", "EQUAL": "'='"}
    closers = [words[name] for name in ("RPAR", "RSQB") if name in names]
    if "STAR" in names:
        return " or ".join(["an operator", *closers])
    if "NAME" in names:
        return " or ".join(["a name, a number or '('", *closers])
    found = [words.get(name, "a number") for name in sorted(names)]
    return " or ".join(dict.fromkeys(found)) or "an operator"


_SIGNS = {
    "^": "a power is **, for one number alone: x**3",
    "{": "braces stand in LaTeX only; brackets are ( and )",
    "\\": "this looks like LaTeX: add --latex, or symjac.parse_latex in Python",
    "%": "a comment starts with #",
    "<": "a condition has no place in an equation",
    ">": "a condition has no place in an equation",
}


def _syntax_error(error: UnexpectedInput, source: Source) -> ParseError:
    end = len(source.text.rstrip())
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        start = error.token.start_pos or 0
        found = source.text[start : start + len(str(error.token))]
        shown = repr(found) if found != "\n" else "a new line"
        expected = _expected(error.accepts or error.expected)
        message = f"expected {expected}, found {shown}"
        return ParseError(message, Span(source, start, start + len(found)))
    if isinstance(error, UnexpectedCharacters):
        at = error.pos_in_stream or 0
        found = source.text[at : at + 1]
        message = f"unexpected character {found!r}"
        return ParseError(message, Span(source, at, at + 1), hint=_SIGNS.get(found))
    accepts = error.accepts if isinstance(error, UnexpectedToken) else set()
    closers = {"RPAR", "RSQB"} & (accepts or set())
    message = f"expected {_expected(closers or accepts or set())}, found the end"
    return ParseError(message, Span(source, end, end + 1))


@lru_cache(maxsize=256)  # many answers have one reference
def parse_text(source: Source) -> Text:
    """Parse a text: its statements, and what people type that has another spelling.

    Raises:
        ParseError: not in the language, with the place.
        BudgetError: longer or deeper than the limits.
    """
    if len(source.text) > MAX_CHARACTERS:
        raise BudgetError(
            f"{source.name} has {len(source.text)} characters; the limit is"
            f" {MAX_CHARACTERS}"
        )
    try:
        tree = _LARK.parse(_plain(source))
        marked = tree.iter_subtrees() if "{" in source.text else ()
        marks = (m for t in marked for m in t.children if isinstance(m, Token))
        steps = frozenset(str(mark)[1] for mark in marks if mark.type == "STEP")
        text: Text = _Builder(source, steps).transform(tree)
    except UnexpectedInput as error:
        raise _syntax_error(error, source) from None
    except VisitError as error:
        if isinstance(error.orig_exc, SymjacError):
            raise error.orig_exc from None
        raise
    return text


def parse_statements(source: Source) -> tuple[Statement, ...]:
    """Parse a program: definitions, declarations and fixed dimensions."""
    return parse_text(source).statements


def parse_formula(source: Source) -> tuple[tuple[Statement, ...], Syntax]:
    """Parse one expression, after definitions of its own if it needs any."""
    statements = parse_text(source).statements
    last = statements[-1] if statements else None
    if not isinstance(last, Equation) or last.left is not None:
        end = len(source.text.rstrip())
        raise ParseError(
            "expected a formula", last.span if last else Span(source, end, end + 1)
        )
    return statements[:-1], last.right
