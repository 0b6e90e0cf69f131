"""Infer the shape of a named operation, from its row of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from symjac.errors import ParseError, ShapeError, UnsupportedError
from symjac.expr.matrix import MatrixExpr, Operation
from symjac.expr.operations import OPERATIONS, Operands, fits, result_shape
from symjac.expr.shape import Kind, Shape
from symjac.language.dims import Naming, Size, unify
from symjac.language.syntax import Call, Number, Syntax, Unary

if TYPE_CHECKING:
    from symjac.language.infer import Draft

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


def result(
    name: str, node: Call, drafts: tuple[Draft, ...], parameters: Sizes
) -> tuple[Kind, Sizes]:
    """Kind and dimensions of an operation's result; unifies those of its operands.

    Raises:
        ParseError: another number of operands.
        ShapeError: the operands do not fit.
    """
    row = OPERATIONS[name]
    stacks = row.operands in (Operands.ROWWISE, Operands.COLUMNWISE)
    count = COUNTS.get(row.operands, len(drafts) if stacks else 1)
    if len(drafts) != count:
        message = f"{node.function} takes {row.operands.value}, not {len(drafts)}"
        raise ParseError(message, node.span)
    shapes = tuple(Shape(d.kind, d.dims) for d in drafts)  # type: ignore[arg-type]
    if not fits(row, shapes, unify):
        shown = ", ".join(draft.text for draft in drafts)
        message = f"{node.function} needs {row.operands.value}; {shown}"
        raise ShapeError(message, node.span)
    found = result_shape(row, shapes, parameters)
    return found.kind, found.dims


def builder(
    name: str, drafts: tuple[Draft, ...], parameters: Sizes
) -> Callable[[Naming], MatrixExpr]:
    """Builds the node once all dimensions are named."""

    def build(naming: Naming) -> MatrixExpr:
        args = tuple(draft.build(naming) for draft in drafts)
        return Operation(name, args, tuple(map(naming.resolve, parameters)))

    return build
