"""Where the indices of a derivative stand in its matrix: layout enters here.

Source: Magnus and Neudecker, ch. 9; Minka (2000), Old and New Matrix Algebra.
"""

from __future__ import annotations

from dataclasses import dataclass

from symjac.terms import index as ix
from symjac.terms.operations import times
from symjac.terms.shape import SCALAR, Layout, Shape, column, flatten, matrix
from symjac.terms.shape import row as row_shape

Indices = tuple[ix.Index, ...]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The free indices in matrix order, and the shape of the whole."""

    indices: Indices
    shape: Shape


def arrange(
    of: tuple[Indices, ...],
    by: tuple[Indices, ...],
    *,
    layout: Layout,
    row: bool = False,
) -> Arrangement | None:
    """Where a derivative's indices stand under a layout; None beyond order 2.

    Numerator: the indices of the differentiated quantity are the rows, those of the
    variable the columns; a scalar by a matrix (p, q) has shape (q, p).
    Denominator: the transpose.

    Args:
        of, by: one group of indices for each dimension; a product of dimensions has
            several in its group.
        row: whether the variable is a row vector: a matrix (1, n), so that a scalar's
            derivative in denominator layout is a row.

    Source: Magnus and Neudecker, ch. 9; Minka (2000), Old and New Matrix Algebra.
    """
    if len(of) + len(by) > 2:
        return None
    swap = len(by) == 2
    rows, columns = (by[1:], by[:1]) if swap else (of[:2], by)
    if len(of) == 2:
        rows, columns = of[:1], of[1:]
    if row and not of:
        rows, columns = columns, rows
    if layout is Layout.DENOMINATOR:
        rows, columns = columns, rows
    down = tuple(index for group in rows for index in group)
    across = tuple(index for group in columns for index in group)
    return Arrangement((*down, *across), _grouped(down, across))


def groups(shape: Shape, indices: Indices) -> tuple[Indices, ...]:
    """The indices of each dimension."""
    found, rest = [], indices
    for dim in shape.dims:
        count = len(flatten((dim,)))
        found.append(rest[:count])
        rest = rest[count:]
    return tuple(found)


def arrange_vec(of: Indices, by: Indices, *, layout: Layout) -> Arrangement:
    """Where the indices of d vec(Y) / d vec(X)^T stand; denominator: its transpose.

    Args:
        of, by: in the order of vec, the slowest first.
    """
    rows, columns = of, by
    if layout is Layout.DENOMINATOR:
        rows, columns = columns, rows
    return Arrangement((*rows, *columns), _grouped(rows, columns))


def _grouped(rows: Indices, columns: Indices) -> Shape:
    down, across = (times(*(i.dim for i in group)) for group in (rows, columns))
    if rows and columns:
        return matrix(down, across)
    if rows:
        return column(down)
    return row_shape(across) if columns else SCALAR
