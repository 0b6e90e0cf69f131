"""Named operations: one row each, read by the language, the printers and every pass.

A row holds name, LaTeX, and what operands it takes. What an operation means is said
by its definition (`rules/definitions.py`) or its component (`rules/components.py`);
how a kept one is differentiated, in `rules/operations.py`.
Source: Petersen and Pedersen (2012), The Matrix Cookbook; Magnus and Neudecker (2019).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from operator import eq
from typing import Any

from symjac.expr.shape import (
    SCALAR,
    Compound,
    Dim,
    Kind,
    Shape,
    column,
    matrix,
)


class Operands(Enum):
    """What an operation takes."""

    SQUARE = "one square matrix"
    MATRIX = "one matrix"
    VECTOR = "one vector"
    ANY = "one vector or matrix"
    VECTORS = "two vectors of equal length"
    MATRICES = "two matrices"
    COLUMNS = "two column vectors"
    COLUMNWISE = "parts with equal numbers of columns"
    ROWWISE = "parts with equal numbers of rows"
    NONE = "dimensions"


class Result(Enum):
    """What an operation gives."""

    SCALAR = "a number"
    SAME = "the operand's shape"
    DIAGONAL = "a vector as long as the matrix has rows"
    OUTER = "a matrix"
    VEC = "the columns, one below the other"
    KRON = "products of the dimensions"
    STACKED = "sums of the dimensions"
    COMMUTATION = "a square matrix"
    SELECTOR = "block columns of the identity"


@dataclass(frozen=True, slots=True)
class OperationRow:
    """One row: name, LaTeX with `{0}`, `{1}` for operands, operands and result.

    `kept` marks an operation that an index form keeps as a whole, with a derivative
    rule of its own; the others are written out in components.
    """

    name: str
    latex: str
    operands: Operands
    result: Result
    kept: bool = False
    parameters: int = 0


def _f(name: str) -> str:
    return rf"\operatorname{{{name}}}({{0}})"


_O, _R = Operands, Result
_ROWS = (
    OperationRow("tr", _f("tr"), _O.SQUARE, _R.SCALAR),
    OperationRow("det", r"\det({0})", _O.SQUARE, _R.SCALAR, kept=True),
    OperationRow(
        "logdet", r"\log\lvert\det({0})\rvert", _O.SQUARE, _R.SCALAR, kept=True
    ),
    OperationRow("inv", r"{0}^{{-1}}", _O.SQUARE, _R.SAME, kept=True),
    OperationRow("matpow", r"{0}^{{{1}}}", _O.SQUARE, _R.SAME, kept=True, parameters=1),
    OperationRow("expm", _f("expm"), _O.SQUARE, _R.SAME, kept=True),
    OperationRow("norm1", r"\lVert {0} \rVert_{{1}}", _O.VECTOR, _R.SCALAR),
    OperationRow("norm2", r"\lVert {0} \rVert_{{2}}", _O.VECTOR, _R.SCALAR, kept=True),
    OperationRow(
        "normF", r"\lVert {0} \rVert_{{\mathrm{{F}}}}", _O.MATRIX, _R.SCALAR, kept=True
    ),
    OperationRow("sum", _f("sum"), _O.ANY, _R.SCALAR),
    OperationRow("mean", _f("mean"), _O.ANY, _R.SCALAR),
    OperationRow("prod", _f("prod"), _O.VECTOR, _R.SCALAR, kept=True),
    OperationRow("max", r"\max({0})", _O.VECTOR, _R.SCALAR, kept=True),
    OperationRow("min", r"\min({0})", _O.VECTOR, _R.SCALAR),
    OperationRow("hardmax", _f("hardmax"), _O.VECTOR, _R.SAME, kept=True),
    OperationRow("logsumexp", _f("logsumexp"), _O.VECTOR, _R.SCALAR, kept=True),
    OperationRow("softmax", _f("softmax"), _O.VECTOR, _R.SAME, kept=True),
    OperationRow("log_softmax", _f("log\\_softmax"), _O.VECTOR, _R.SAME),
    OperationRow(
        "cross_entropy",
        r"\operatorname{{cross\_entropy}}({0}, {1})",
        _O.VECTORS,
        _R.SCALAR,
    ),
    OperationRow("dot", r"\langle {0}, {1} \rangle", _O.VECTORS, _R.SCALAR),
    OperationRow("outer", r"\operatorname{{outer}}({0}, {1})", _O.COLUMNS, _R.OUTER),
    OperationRow("diagonal", _f("diagonal"), _O.SQUARE, _R.DIAGONAL),
    OperationRow("vec", _f("vec"), _O.MATRIX, _R.VEC),
    OperationRow("kron", r"{0} \otimes {1}", _O.MATRICES, _R.KRON),
    OperationRow("hstack", "", _O.ROWWISE, _R.STACKED),
    OperationRow("vstack", "", _O.COLUMNWISE, _R.STACKED),
    OperationRow(
        "commutation", r"\mathbf{{K}}_{{{0}{1}}}", _O.NONE, _R.COMMUTATION, parameters=2
    ),
    OperationRow("selector", "", _O.NONE, _R.SELECTOR),
    OperationRow("dim", "{0}", _O.NONE, _R.SCALAR, parameters=1),
)

OPERATIONS = {row.name: row for row in _ROWS}


Same = Callable[[Any, Any], bool]
_VECTORS = (Kind.COLUMN, Kind.ROW)


def fits(row: OperationRow, shapes: tuple[Shape, ...], same: Same = eq) -> bool:
    """Whether operands of these shapes are what the operation takes.

    Args:
        same: tells whether two dimensions agree; while types are inferred, it makes
            them agree where it can.
    """
    kinds = {shape.kind for shape in shapes}
    first = shapes[0].dims if shapes else ()
    match row.operands:
        case Operands.SQUARE:
            return kinds == {Kind.MATRIX} and same(*first)
        case Operands.MATRIX:
            return kinds == {Kind.MATRIX}
        case Operands.VECTOR:
            return kinds <= {*_VECTORS}
        case Operands.VECTORS:
            alike = len(kinds) == 1 and kinds <= {*_VECTORS}
            return alike and same(first[0], shapes[1].dims[0])
        case Operands.COLUMNS:
            return kinds == {Kind.COLUMN}
        case Operands.ANY | Operands.MATRICES | Operands.NONE:
            return Kind.SCALAR not in kinds
        case Operands.ROWWISE | Operands.COLUMNWISE:
            return Kind.SCALAR not in kinds and _stacks(row.operands, shapes, same)


def _stacks(operands: Operands, shapes: tuple[Shape, ...], same: Same) -> bool:
    shared = 0 if operands is Operands.ROWWISE else 1
    sizes = [as_matrix(shape)[shared] for shape in shapes]
    return all(same(sizes[0], size) for size in sizes[1:])


def as_matrix(shape: Shape) -> tuple[Dim, Dim]:
    """Rows and columns, one column for a column vector."""
    match shape.kind:
        case Kind.COLUMN:
            return shape.dims[0], 1
        case Kind.ROW:
            return 1, shape.dims[0]
        case Kind.SCALAR:
            return 1, 1
    return shape.dims[0], shape.dims[1]


def times(*dims: Any) -> Any:
    """A product of dimensions, the slowest first; factors 1 are left out."""
    parts: list[Any] = []
    for dim in dims:
        is_product = isinstance(dim, Compound) and dim.operator == "*"
        parts.extend(dim.parts if is_product else (dim,))
    kept = tuple(part for part in parts if part != 1)
    if not kept:
        return 1
    return kept[0] if len(kept) == 1 else Compound("*", kept)


def plus(*dims: Any) -> Any:
    """A sum of dimensions."""
    parts: list[Any] = []
    for dim in dims:
        is_sum = isinstance(dim, Compound) and dim.operator == "+"
        parts.extend(dim.parts if is_sum else (dim,))
    if all(isinstance(part, int) for part in parts):
        return sum(parts)
    return parts[0] if len(parts) == 1 else Compound("+", tuple(parts))


def result_shape(
    row: OperationRow, shapes: tuple[Shape, ...], parameters: tuple[Any, ...]
) -> Shape:
    """Shape of the result for operands that fit."""
    match row.result:
        case Result.SCALAR:
            return SCALAR
        case Result.SAME:
            return shapes[0]
        case Result.OUTER:
            return matrix(shapes[0].dims[0], shapes[1].dims[0])
        case Result.KRON:
            return _kron_shape(*shapes)
        case Result.STACKED:
            return _stacked_shape(row, shapes)
        case Result.COMMUTATION:
            first, second = parameters
            return matrix(times(first, second), times(second, first))
        case Result.SELECTOR:
            place, *parts = parameters
            return matrix(plus(*parts), parts[place - 1])
    first = shapes[0].dims
    return column(times(*first[::-1]) if row.result is Result.VEC else first[0])


def _kron_shape(left: Shape, right: Shape) -> Shape:
    rows, columns = (
        times(a, b) for a, b in zip(as_matrix(left), as_matrix(right), strict=True)
    )
    if left.kind is right.kind is Kind.COLUMN:
        return column(rows)
    if left.kind is right.kind is Kind.ROW:
        return Shape(Kind.ROW, (columns,))
    return matrix(rows, columns)


def _stacked_shape(row: OperationRow, shapes: tuple[Shape, ...]) -> Shape:
    pairs = [as_matrix(shape) for shape in shapes]
    if row.operands is Operands.COLUMNWISE:
        rows = plus(*(pair[0] for pair in pairs))
        if all(shape.kind is Kind.COLUMN for shape in shapes):
            return column(rows)
        return matrix(rows, pairs[0][1])
    columns = plus(*(pair[1] for pair in pairs))
    if all(shape.kind is Kind.ROW for shape in shapes):
        return Shape(Kind.ROW, (columns,))
    return matrix(pairs[0][0], columns)
