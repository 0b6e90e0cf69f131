"""The syntax tree: what was written, and where. No names are resolved here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from symjac.errors import BudgetError, Span
from symjac.terms.shape import Time

MAX_DIGITS = 30


def literal(digits: str, span: Span | None = None) -> Fraction:
    """The value of a literal, with or without a sign or a decimal point.

    Raises:
        BudgetError: more than MAX_DIGITS digits.
    """
    if len(digits.lstrip("+-")) > MAX_DIGITS:
        raise BudgetError(f"a number has more than {MAX_DIGITS} digits", span)
    return Fraction(digits)


@dataclass(frozen=True, slots=True)
class Number:
    """A literal number, exact."""

    value: Fraction
    span: Span
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Name:
    """A quantity, with its time step if one stands in brackets."""

    name: str
    time: Time | None
    span: Span
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x` or `x.T`, operator `neg` or `T`."""

    operator: str
    operand: Syntax
    span: Span
    depth: int


@dataclass(frozen=True, slots=True)
class Binary:
    """`+ - * / @ **` between two operands."""

    operator: str
    left: Syntax
    right: Syntax
    span: Span
    depth: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function in call position with its primes."""

    function: str
    primes: int
    arguments: tuple[Syntax, ...]
    span: Span
    depth: int


@dataclass(frozen=True, slots=True)
class Typed:
    """What people type, and the language says in another way: `W x`, `A^-1`, `|x|`.

    `places` are the operands with the brackets around them, `span` is the whole;
    it needs brackets of its own where `is_factor`.
    """

    sign: str
    operands: tuple[Syntax, ...]
    places: tuple[Span, ...]
    span: Span
    depth: int
    is_factor: bool = False


ENTRY = "[["  # the function of `A[[1, :]]`, whose second argument is the name WHOLE
WHOLE = ":"
Syntax = Number | Name | Unary | Binary | Call | Typed


def walk(node: Syntax) -> Iterator[Syntax]:
    """A node and all below it."""
    stack = [node]
    while stack:
        found = stack.pop()
        yield found
        match found:
            case Unary():
                stack.append(found.operand)
            case Binary():
                stack += [found.right, found.left]
            case Call():
                stack += found.arguments[::-1]
            case Typed():
                stack += found.operands[::-1]


@dataclass(frozen=True, slots=True)
class Edit:
    """A part of a text that has another spelling in the language."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Definition:
    """`x[t] = expression`."""

    name: str
    time: Time | None
    body: Syntax
    span: Span


@dataclass(frozen=True, slots=True)
class Equation:
    """`left = right` whose left side is no name, or `right` alone: what people type."""

    left: Syntax | None
    right: Syntax
    span: Span


@dataclass(frozen=True, slots=True)
class Declaration:
    """`A, B: (n, m) symmetric`; sizes are names or integers."""

    names: tuple[str, ...]
    sizes: tuple[str | int, ...]
    properties: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class FunctionDeclaration:
    """`f, g: elementwise`."""

    names: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class FixedDimension:
    """`dim n = 1`."""

    name: str
    value: int
    span: Span


Statement = Definition | Declaration | FunctionDeclaration | FixedDimension | Equation


@dataclass(frozen=True, slots=True)
class Text:
    """A parsed text: its statements, and what is not spelled as the language has it."""

    statements: tuple[Statement, ...]
    typed: tuple[Typed, ...] = ()
    edits: tuple[Edit, ...] = ()
