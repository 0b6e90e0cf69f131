"""The syntax tree: what was written, and where. No names are resolved here."""

from __future__ import annotations

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


ENTRY = "[["  # the function of `A[[1, :]]`, whose second argument is the name WHOLE
WHOLE = ":"
Syntax = Number | Name | Unary | Binary | Call


@dataclass(frozen=True, slots=True)
class Definition:
    """`x[t] = expression`."""

    name: str
    time: Time | None
    body: Syntax
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


Statement = Definition | Declaration | FunctionDeclaration | FixedDimension
