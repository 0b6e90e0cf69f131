"""How named operations are spelled, and what they take beside expressions."""

from __future__ import annotations

from symjac.errors import UnsupportedError
from symjac.language.dims import Size
from symjac.language.syntax import Number, Syntax, Unary
from symjac.library.operations import BY_NAME
from symjac.library.row import MATRIX
from symjac.terms.shape import Kind

MAX_POWER = 16
SIGNATURES = {
    "matpow": "a square matrix and a literal integer",
    "dim": "one dimension",
    "commutation": "two dimensions",
}
Sizes = tuple[Size, ...]


def operation_name(name: str, kinds: tuple[Kind, ...]) -> str:
    """The table's name of an operation: `norm` means norm2 of a vector."""
    rows = BY_NAME[name]
    is_matrix = kinds == (Kind.MATRIX,)
    fitting = (row for row in rows if (row.takes == MATRIX) == is_matrix)
    return next(fitting, rows[0]).name


def is_operation(name: str) -> bool:
    """Whether a name in call position is one of the table's operations."""
    return name in BY_NAME


def exponent(node: Syntax) -> int:
    """The literal integer of `matpow(A, 3)`."""
    negative = isinstance(node, Unary) and node.operator == "neg"
    number = node.operand if isinstance(node, Unary) and negative else node
    if not isinstance(number, Number) or number.value.denominator != 1:
        message = "the exponent of matpow is a literal integer"
        hint = "a symbolic power has no closed derivative of fixed length"
        raise UnsupportedError(message, node.span, hint=hint)
    value = -int(number.value) if negative else int(number.value)
    if abs(value) > MAX_POWER:
        raise UnsupportedError(f"matpow beyond {MAX_POWER}", node.span)
    return value
