"""How named operations are spelled, and what they take beside expressions."""

from __future__ import annotations

from symjac.errors import UnsupportedError
from symjac.expr.operations import OPERATIONS, Operands
from symjac.expr.shape import Kind
from symjac.language.dims import Size
from symjac.language.syntax import Number, Syntax, Unary

ALIASES = {"trace": "tr"}
MAX_POWER = 16
SIGNATURES = {
    "matpow": "a square matrix and a literal integer",
    "dim": "one dimension",
    "commutation": "two dimensions",
}
COUNTS = {
    Operands.VECTORS: 2,
    Operands.MATRICES: 2,
    Operands.COLUMNS: 2,
    Operands.NONE: 0,
}
Sizes = tuple[Size, ...]


def operation_name(name: str, kinds: tuple[Kind, ...]) -> str | None:
    """The table's name of an operation: `norm` means norm2 of a vector."""
    if name == "norm":
        return "normF" if kinds == (Kind.MATRIX,) else "norm2"
    name = ALIASES.get(name, name)
    return name if name in OPERATIONS else None


def is_operation(name: str) -> bool:
    """Whether a name in call position is one of the table's operations."""
    return name in OPERATIONS or name in ALIASES or name == "norm"


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
