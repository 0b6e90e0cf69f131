"""Dimensions of an index expression's indices and bases, solved before it is read.

A range (j, 0, n-1) or (j, 1, n) runs over a dimension n; an `IndexedBase` without a
shape takes the dimensions of its indices. What stays open gets a name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from symjac.errors import ShapeError
from symjac.language.dims import Naming, Size, Unknown, find, unify
from symjac.language.parse import english
from symjac.lazy import lazy_import
from symjac.sympy_bridge.names import Names, read_name, refuse
from symjac.terms.shape import Dim

if TYPE_CHECKING:
    import sympy
else:
    sympy = lazy_import("sympy")

Scope = Mapping[Any, Size]


def is_index(expr: Any) -> bool:
    """Whether something can name an index."""
    return isinstance(expr, sympy.Idx | sympy.Symbol)


def is_element(expr: Any) -> bool:
    """Whether it is an entry of a matrix expression, `X[i, j]`."""
    return type(expr) is sympy.matrices.expressions.matexpr.MatrixElement


def index_name(index: Any) -> str:
    """The printed name of an index."""
    return english(str(index.label if isinstance(index, sympy.Idx) else index.name))


def open_indices(expr: Any) -> tuple[Any, ...]:
    """Indices that the expression does not sum over, sorted by name."""
    found = dict.fromkeys(_open_indices(expr, frozenset()))
    return tuple(sorted(found, key=index_name))


def _open_indices(expr: Any, bound: frozenset[Any]) -> Iterator[Any]:
    if isinstance(expr, sympy.Sum):
        bound |= {limit[0] for limit in expr.limits}
    places: tuple[Any, ...] = ()
    if isinstance(expr, sympy.Indexed):
        places = expr.indices
    elif is_element(expr):
        places = expr.args[1:]
    elif isinstance(expr, sympy.KroneckerDelta):
        places = expr.args[:2]
    yield from (place for place in places if is_index(place) and place not in bound)
    if not places and not isinstance(expr, sympy.MatrixExpr):
        for arg in expr.args:
            yield from _open_indices(arg, bound)


@dataclass(slots=True)
class Sizes:
    """Dimensions of the free indices and of the bases of one expression."""

    names: Names
    free: dict[Any, Size] = field(default_factory=dict)
    bases: dict[str, tuple[Size, ...]] = field(default_factory=dict)
    starts: set[int] = field(default_factory=set)
    naming: Naming | None = None

    def solve(self, expr: Any) -> None:
        """Solve all dimensions.

        Raises:
            ShapeError: an index runs over two dimensions.
        """
        self.names.indices |= {v for s in expr.atoms(sympy.Sum) for v in s.variables}
        for index in open_indices(expr):
            self.names.indices.add(index)
            self.free[index] = self.own_range(index) or Unknown(index_name(index))
        self.visit(expr, self.free)
        self.naming = Naming(self.names.dimensions | self.names.taken)

    def resolve(self, size: Size) -> Dim:
        """The name or number of a dimension."""
        assert self.naming is not None
        size = find(size)
        if isinstance(size, Unknown) and self.names.program is not None:
            hint = "declare it, as in Idx('i', n)"
            raise ShapeError(f"the dimension of {size.label} is not known", hint=hint)
        dim = self.naming.resolve(size)
        if isinstance(dim, str):
            self.names.dimensions.add(dim)
        return dim

    def own_range(self, index: Any) -> Dim | None:
        """The dimension that an `Idx` is declared over."""
        if not isinstance(index, sympy.Idx) or index.upper is None:
            return None
        return self.range((index, index.lower, index.upper))

    def range(self, limit: Any) -> Dim:
        """The dimension of a full range, from 0 to n-1 or from 1 to n."""
        index, low, high = (*limit, None, None)[:3]
        if low not in (0, 1) or high is None:
            refuse(index, "does not start at 0 or 1")
        self.starts.add(int(low))
        if len(self.starts) == 2:
            refuse(index, "starts at another number than the other indices")
        return self.names.dim(sympy.expand(high - low + 1))

    def visit(self, expr: Any, scope: Scope) -> None:
        """Make the dimensions agree at every entry, delta and range."""
        if isinstance(expr, sympy.Sum):
            ranges = {limit[0]: self.range(limit) for limit in expr.limits}
            scope = {**scope, **ranges}
        if isinstance(expr, sympy.Indexed):
            self.agree(expr, expr.indices, self.base(expr), scope)
        elif is_element(expr):
            self.visit_element(expr, scope)
        elif isinstance(expr, sympy.KroneckerDelta):
            left, right = (scope.get(i, Unknown("place")) for i in expr.args[:2])
            self.same(expr, left, right)
        elif isinstance(expr, sympy.Piecewise):
            self.visit_piecewise(expr, scope)
        elif not isinstance(expr, sympy.MatrixExpr):
            for arg in expr.args:
                self.visit(arg, scope)

    def visit_piecewise(self, expr: Any, scope: Scope) -> None:
        """Take the ranges in its condition; only its first value is read."""
        inner, condition = expr.args[0]
        for index, size in self.condition_ranges(condition, scope):
            self.same(expr, scope[index], size)
        self.visit(inner, scope)

    def visit_element(self, expr: Any, scope: Scope) -> None:
        """Make the dimensions agree at an entry of a matrix expression."""
        if 1 in self.starts:
            refuse(expr, "counts from 0, but an index from 1")
        shape = tuple(map(self.names.dim, expr.args[0].shape))
        self.agree(expr, expr.args[1:], shape, scope)

    def condition_ranges(
        self, condition: Any, scope: Scope
    ) -> Iterator[tuple[Any, Dim]]:
        """Ranges in a condition such as (k >= 0) & (k <= n - 1), as SymPy sifts."""
        parts = condition.args if isinstance(condition, sympy.And) else (condition,)
        bounds = [p for p in parts if isinstance(p, sympy.Le | sympy.Ge)]
        low = {p.gts: p.lts for p in bounds if p.gts in scope}
        for part in bounds:
            if part.lts in scope and part.gts not in scope:
                start = low.get(part.lts, max(self.starts, default=0))
                yield part.lts, self.range((part.lts, start, part.gts))

    def base(self, expr: Any) -> tuple[Size, ...]:
        """The dimensions of an `Indexed`'s base."""
        name = read_name(str(expr.base.label))[0]
        if name not in self.bases:
            program, declared = self.names.program, expr.base.shape
            sizes: tuple[Size, ...] = tuple(map(self.names.dim, declared or ()))
            if program is not None and name in program.quantities:
                sizes = program.shape(name).flat
            elif declared is None:
                sizes = tuple(Unknown(name) for _ in expr.indices)
            self.bases[name] = sizes
        if len(self.bases[name]) != len(expr.indices):
            raise ShapeError(f"{expr} has {len(expr.indices)} indices")
        return self.bases[name]

    def agree(
        self, expr: Any, indices: Any, sizes: tuple[Size, ...], scope: Scope
    ) -> None:
        """Each index runs over the dimension of its place."""
        for index, size in zip(indices, sizes, strict=True):
            if index in scope:
                self.same(expr, scope[index], size)
            elif is_index(index):
                refuse(index, "is not bound here")
            elif not index.is_Integer:
                refuse(index, "is no index, shifted ones are not supported")

    def same(self, expr: Any, left: Size, right: Size) -> None:
        """Two dimensions agree."""
        if not unify(left, right):
            raise ShapeError(f"in {expr} an index runs over {left} and over {right}")
