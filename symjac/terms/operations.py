"""Operands and results of named operations, from the declarations in their rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import eq
from typing import Any

from symjac.errors import ShapeError
from symjac.library import row as rows
from symjac.library.row import Operation
from symjac.terms.shape import SCALAR, Compound, Dim, Kind, Shape

Same = Callable[[Any, Any], bool]
_VECTORS = (Kind.COLUMN, Kind.ROW)
_SIZES = re.compile(r"\(([^()]*)\)")


def fits(row: Operation, shapes: tuple[Shape, ...], same: Same = eq) -> bool:
    """Whether operands of these shapes are what the operation takes.

    Args:
        same: tells whether two dimensions agree; while types are inferred, it makes
            them agree where it can.
    """
    kinds = {shape.kind for shape in shapes}
    first = shapes[0].dims if shapes else ()
    match row.takes:
        case rows.SQUARE:
            return kinds == {Kind.MATRIX} and same(*first)
        case rows.MATRIX:
            return kinds == {Kind.MATRIX}
        case rows.VECTOR:
            return kinds <= {*_VECTORS}
        case rows.VECTORS:
            alike = len(kinds) == 1 and kinds <= {*_VECTORS}
            return alike and same(first[0], shapes[1].dims[0])
        case rows.COLUMNS:
            return kinds == {Kind.COLUMN}
    shared = {rows.ROWWISE: 0, rows.COLUMNWISE: 1}.get(row.takes)
    if Kind.SCALAR in kinds or shared is None:
        return Kind.SCALAR not in kinds
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


def sizes_of(
    row: Operation, shapes: Sequence[Shape], parameters: Sequence[Any] = ()
) -> dict[str, Any]:
    """What the letters of dimensions in a row stand for, such as m and n."""
    found = dict(zip("mn", parameters, strict=False))
    for declared, shape in zip(_declared(row.takes), shapes, strict=False):
        variants = [text.split(", ") for text in _SIZES.findall(declared)]
        own = next((v for v in variants if len(v) == len(shape.dims)), variants[-1])
        dims = shape.dims if len(own) == len(shape.dims) else as_matrix(shape)
        found |= dict(zip(own, dims, strict=True))
    return found


def _declared(takes: str) -> list[str]:
    """One declaration for each operand."""
    parts = takes.split("; ")
    return [part for part in parts for _ in part.partition(":")[0].split(",")]


def count(row: Operation) -> int:
    """How many operands an operation takes that takes a fixed number."""
    return len(_declared(row.takes)) if row.takes else 0


def _block_column(place: int, *parts: Any) -> Shape:
    """Shape of block columns of the identity; one column alone is a vector."""
    own, whole = parts[place - 1], plus(*parts)
    if own == 1:
        return Shape(Kind.COLUMN, (whole,))
    return Shape(Kind.MATRIX, (whole, own))


def result_shape(
    row: Operation, shapes: tuple[Shape, ...], parameters: tuple[Any, ...]
) -> Shape:
    """Shape of the result for operands that fit."""
    if row.gives == rows.NUMBER:
        return SCALAR
    if row.gives == rows.SAME:
        return shapes[0]
    if row.gives == rows.BLOCK:
        return _block_column(*parameters)
    kinds = {shape.kind for shape in shapes}
    if row.is_stack:
        dims = _stacked(row, [as_matrix(shape) for shape in shapes])
    else:
        sizes = sizes_of(row, shapes, parameters)
        texts = row.gives.strip("()").split(", ")
        dims = [times(*map(sizes.__getitem__, text.split("*"))) for text in texts]
    if len(dims) == 1:
        return Shape(Kind.COLUMN, tuple(dims))
    if kinds == {Kind.COLUMN} and row.takes not in (rows.ROWWISE, rows.COLUMNS):
        return Shape(Kind.COLUMN, (dims[0],))
    if kinds == {Kind.ROW} and row.takes != rows.COLUMNWISE:
        return Shape(Kind.ROW, (dims[1],))
    return Shape(Kind.MATRIX, tuple(dims))


def required_shape(
    row: Operation, shapes: tuple[Shape, ...], parameters: tuple[Any, ...]
) -> Shape:
    """Shape of the result.

    Raises:
        ShapeError: the operands do not fit.
    """
    if not fits(row, shapes):
        raise ShapeError(f"{row.name} needs {rows.TAKES[row.takes]}")
    return result_shape(row, shapes, parameters)


def _stacked(row: Operation, pairs: list[tuple[Dim, Dim]]) -> list[Dim]:
    if row.takes == rows.COLUMNWISE:
        return [plus(*(pair[0] for pair in pairs)), pairs[0][1]]
    return [pairs[0][0], plus(*(pair[1] for pair in pairs))]
