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
_SIZES = re.compile(r"\(([^()]*)\)")


def fits(row: Operation, shapes: tuple[Shape, ...], same: Same = eq) -> bool:
    """Whether operands of these shapes are what the operation takes.

    Args:
        same: tells whether two dimensions agree; while types are inferred, it makes
            them agree where it can.
    """
    kinds = {shape.kind for shape in shapes}
    if row.takes == rows.NONE:
        return not shapes
    if row.takes == rows.COLUMNS:
        return kinds == {Kind.COLUMN}
    if row.takes == rows.MATRICES:
        return Kind.SCALAR not in kinds
    if row.is_stack:
        shared = 0 if row.takes == rows.ROWWISE else 1
        sizes = [as_matrix(shape)[shared] for shape in shapes]
        alike = all(same(sizes[0], size) for size in sizes[1:])
        return Kind.SCALAR not in kinds and alike
    found: dict[str, Any] = {}
    for declared, shape in zip(_declared(row.takes), shapes, strict=True):
        own = [v for v in _variants(declared) if len(v) == len(shape.dims)]
        pairs = zip(*own, shape.dims, strict=True) if own else ()
        both = [(found.setdefault(name, _size(name, dim)), dim) for name, dim in pairs]
        if not own or not all(same(one, other) for one, other in both):
            return False
    return len(kinds) == 1 or ";" in row.takes


def _size(letter: str, dim: Any) -> Any:
    """What a letter of a declaration stands for at first; a number is itself."""
    return int(letter) if letter.isdigit() else dim


def _variants(declared: str) -> list[list[str]]:
    """The shapes that a declaration allows, each as the letters of its dimensions."""
    texts = _SIZES.findall(declared)
    return [text.split(", ") if text else [] for text in texts]


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
        variants = _variants(declared)
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
    return rows.operand_count(row.takes) if row.takes else 0


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
        sizes |= {text: int(text) for text in texts if text.isdigit()}
        dims = [times(*map(sizes.__getitem__, text.split("*"))) for text in texts]
    if len(dims) == 1:
        return Shape(Kind.COLUMN, tuple(dims))
    if kinds == {Kind.COLUMN} and row.takes in (rows.MATRICES, rows.COLUMNWISE):
        return Shape(Kind.COLUMN, (dims[0],))
    if kinds == {Kind.ROW} and row.takes in (rows.MATRICES, rows.ROWWISE):
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
