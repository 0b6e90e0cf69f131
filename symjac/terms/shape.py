"""Dimensions, kinds, shapes, time steps and layouts.

A vector has order 1: it is never an (n, 1) array inside the engine.
Source: design conventions; Magnus and Neudecker, Matrix Differential Calculus, ch. 9.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from math import prod
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class Compound:
    """A dimension made of others: `n*m` of a vec or Kronecker product, `n+m` of blocks.

    In a product the first factor counts slowest, as the row blocks of a Kronecker
    product do: position = i * m + j. So n*m and m*n are one size (`same_size`), but
    n+m and m+n are one dimension.
    """

    operator: str
    parts: tuple[Any, ...]  # dimensions; while types are inferred, unknown ones too

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Compound) or self.operator != other.operator:
            return False
        if self.operator == "*" or len(self.parts) != len(other.parts):
            return self.parts == other.parts
        return sorted(map(str, self.parts)) == sorted(map(str, other.parts))

    def __hash__(self) -> int:
        return hash((self.operator, *sorted(map(str, self.parts))))

    def __str__(self) -> str:
        return self.operator.join(
            f"({p})" if self._is_sum(p) else str(p) for p in self.parts
        )

    def _is_sum(self, part: Any) -> bool:
        """Whether a factor is a sum."""
        is_compound = isinstance(part, Compound) and part.operator == "+"
        return is_compound and self.operator == "*"


Dim = str | int | Compound


def flatten(dims: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """Dimensions of the component indices: a product has one for each factor."""
    if not any(isinstance(dim, Compound) for dim in dims):
        return dims
    flat: list[Dim] = []
    for dim in dims:
        if isinstance(dim, Compound) and dim.operator == "*":
            flat.extend(flatten(dim.parts))
        else:
            flat.append(dim)
    return tuple(flat)


def named_dims(dim: Dim) -> tuple[str, ...]:
    """Names in a dimension."""
    if isinstance(dim, Compound):
        return tuple(name for part in dim.parts for name in named_dims(part))
    return (dim,) if isinstance(dim, str) else ()


def count(dim: Dim) -> int | None:
    """How many entries a dimension has, if it is made of numbers alone."""
    if not isinstance(dim, Compound):
        return dim if isinstance(dim, int) else None
    counts = [count(part) for part in dim.parts]
    known = [number for number in counts if number is not None]
    if len(known) < len(counts):
        return None
    return prod(known) if dim.operator == "*" else sum(known)


def size_of(dim: Dim) -> tuple[Any, ...]:
    """A product or sum whatever its order: its number, and its other parts sorted."""
    parts = flatten((dim,)) if count(dim) is None else (count(dim) or 0,)
    numbers = prod(part for part in parts if isinstance(part, int))
    return numbers, sorted(str(part) for part in parts if not isinstance(part, int))


class Kind(StrEnum):
    """The four kinds of value that an equation can have."""

    __hash__ = str.__hash__  # Enum's own hash runs in Python, once per use of a symbol

    SCALAR = "scalar"
    COLUMN = "column vector"
    ROW = "row vector"
    MATRIX = "matrix"


ORDER = {Kind.SCALAR: 0, Kind.COLUMN: 1, Kind.ROW: 1, Kind.MATRIX: 2}


@dataclass(frozen=True, slots=True)
class Shape:
    """Kind and dimensions of a value: `()`, `(n)`, `(1, n)` for a row, `(n, m)`."""

    kind: Kind
    dims: tuple[Dim, ...] = ()

    def __post_init__(self) -> None:
        if len(self.dims) != ORDER[self.kind]:
            raise ValueError(f"{self.kind.value} with dimensions {self.dims}")

    @property
    def order(self) -> int:
        """Number of component indices."""
        return len(flatten(self.dims))

    @property
    def flat(self) -> tuple[Dim, ...]:
        """Dimensions of the component indices."""
        return flatten(self.dims)

    @property
    def transposed(self) -> Shape:
        """Shape of the transpose."""
        swap = {Kind.COLUMN: Kind.ROW, Kind.ROW: Kind.COLUMN}
        return Shape(swap.get(self.kind, self.kind), self.dims[::-1])

    def __str__(self) -> str:
        inner = ", ".join(map(str, self.dims))
        return f"(1, {inner})" if self.kind is Kind.ROW else f"({inner})"


def same_size(left: Shape, right: Shape) -> bool:
    """Whether kinds and sizes agree: n*m and m*n are one size, 3*2 and 6 too."""
    return left.kind is right.kind and all(
        size_of(a) == size_of(b) for a, b in zip(left.dims, right.dims, strict=True)
    )


SCALAR = Shape(Kind.SCALAR)


def column(dim: Dim) -> Shape:
    """Shape of a column vector of length `dim`."""
    return Shape(Kind.COLUMN, (dim,))


def row(dim: Dim) -> Shape:
    """Shape of a row vector of length `dim`."""
    return Shape(Kind.ROW, (dim,))


def matrix(rows: Dim, columns: Dim) -> Shape:
    """Shape of a matrix."""
    return Shape(Kind.MATRIX, (rows, columns))


@dataclass(frozen=True, slots=True)
class Time:
    """A time step such as `t-1` (base `t`, offset -1) or `3` (no base)."""

    base: str | None
    offset: int

    def later(self, steps: int) -> Time:
        """The time step that lies a number of steps after this one."""
        return Time(self.base, self.offset + steps)

    def __str__(self) -> str:
        if self.base is None:
            return str(self.offset)
        return self.base if self.offset == 0 else f"{self.base}{self.offset:+d}"


class Layout(Enum):
    """Where the derivative's two families of indices stand.

    Numerator: entry [j, k] of dy/dx is the partial of y_j by x_k. Denominator: its
    transpose.
    """

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"

    @property
    def other(self) -> Layout:
        """The opposite layout."""
        if self is Layout.NUMERATOR:
            return Layout.DENOMINATOR
        return Layout.NUMERATOR
