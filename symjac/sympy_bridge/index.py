"""SymPy index expressions, such as `Sum(A[i, j]*x[j], (j, 0, n-1))`, to index form.

Entries are `Indexed` or elements of matrix expressions; nothing is summed that has no
`Sum`. Every sum gets fresh indices, so that no name is captured.
Terminates: every call reads a smaller expression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from symjac.errors import ShapeError, UnsupportedError
from symjac.language.dims import Naming, Size, Unknown, find, unify
from symjac.language.parse import english
from symjac.lazy import lazy_import
from symjac.sympy_bridge.matrix import axes, pick
from symjac.sympy_bridge.names import (
    Names,
    exponent,
    function_call,
    number,
    read_name,
    refuse,
)
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Dim, Kind, column, matrix

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


MAX_PRODUCT = 2000
Places = Mapping[Any, ix.Index]


class IndexReader:
    """Reads one index expression.

    Args:
        names: what the symbols mean.
        sizes: its dimensions, solved.
        read: reads matrices, and numbers without indices.
        fresh: supplies bound indices.
    """

    def __init__(
        self,
        names: Names,
        sizes: Sizes,
        read: Callable[[Any], m.MatrixExpr],
        fresh: ix.IndexSupply,
    ) -> None:
        self.names = names
        self.sizes = sizes
        self.matrix = read
        self.fresh = fresh

    def read(self, expr: Any, at: Places) -> ix.Terms:
        """The index form; `at` has the indices that are in scope.

        Raises:
            UnsupportedError: a node that is not in the vocabulary, by its name.
        """
        if isinstance(expr, sympy.MatrixExpr):
            return self.number(expr)
        if expr.is_Rational or expr.is_Float:
            return (ix.Term(number(expr)),) if expr != 0 else ()
        if is_index(expr):
            return self.symbol(expr, at)
        if expr.is_Add:
            parts = expr.as_ordered_terms()
            return tuple(term for part in parts for term in self.read(part, at))
        if expr.is_Mul:
            return self.product(expr.as_ordered_factors(), at)
        if expr.is_Pow and (expr.is_number or type(expr.base) is sympy.Trace):
            return self.number(expr)
        if expr.is_Pow and expr.base is not sympy.E:
            base = self.read(expr.base, at)
            return ix.single(ix.Power(base, exponent(expr.exp)))
        return self.entry(expr, at)

    def number(self, expr: Any) -> ix.Terms:
        """A number without indices, such as a trace."""
        whole = self.matrix(expr)
        if whole.shape != SCALAR:
            refuse(expr, "is a matrix, used as a number")
        return ix.single(ix.Entry(whole, ()))

    def symbol(self, expr: Any, at: Places) -> ix.Terms:
        """A number by its name; an index is none."""
        if expr in at or isinstance(expr, sympy.Idx):
            refuse(expr, "is an index, used as a number")
        return self.number(expr)

    def product(self, factors: Any, at: Places) -> ix.Terms:
        """A product of sums, multiplied out."""
        done: ix.Terms = (ix.Term(ix.ONE),)
        for factor in factors:
            right = self.read(factor, at)
            if len(done) * len(right) > MAX_PRODUCT:
                raise UnsupportedError("the product has too many terms")
            done = tuple(
                ix.multiply(a, b) for a in done for b in ix.refresh(right, self.fresh)
            )
        return done

    def entry(self, expr: Any, at: Places) -> ix.Terms:
        """Entries, sums, deltas, function values, and numbers made of matrices."""
        if isinstance(expr, sympy.Indexed):
            return self.indexed(expr, at)
        if is_element(expr):
            parent, row, column_ = expr.args
            return self.element(self.matrix(parent), (row, column_), at)
        if isinstance(expr, sympy.Sum):
            return self.sum(expr, at)
        if isinstance(expr, sympy.KroneckerDelta):
            return self.delta(expr, at)
        if isinstance(expr, sympy.Piecewise):
            return self.piecewise(expr, at)
        if isinstance(expr, sympy.exp) and expr.args[0].is_Matrix:
            return self.number(expr)
        found = function_call(expr, self.names)
        if found is None or found[2].is_Matrix:
            return self.number(expr)
        function, order, argument = found
        return ix.single(ix.Apply(function, order, self.read(argument, at)))

    def indexed(self, expr: Any, at: Places) -> ix.Terms:
        """An entry of an `IndexedBase`."""
        text = str(expr.base.label)
        dims = self.sizes.bases[read_name(text)[0]]
        sizes = tuple(map(self.sizes.resolve, dims))
        if len(sizes) > 2:
            raise UnsupportedError(f"{expr} has order {len(sizes)}; the limit is 2")
        shape = column(*sizes) if len(sizes) == 1 else matrix(*sizes)
        symbol = self.names.quantity(text, shape)
        zero = sympy.S.Zero
        first, second = (*expr.indices, zero)[:2]
        if symbol.shape.kind is Kind.ROW:
            first, second = zero, first
        return self.element(symbol, (first, second), at)

    def element(
        self, whole: m.MatrixExpr, places: tuple[Any, Any], at: Places
    ) -> ix.Terms:
        """The entry of a matrix form at two places; fixed ones by unit vectors."""
        indices: list[ix.Index] = []
        for axis in axes(whole.shape, self.without_ones(whole, places, at)):
            place = places[axis]
            if place in at:
                indices.append(at[place])
                continue
            if 1 in self.sizes.starts:
                message = f"the fixed place {place} where indices start at 1"
                raise UnsupportedError(message)
            whole = pick(whole, axis, int(place))
        return ix.single(ix.Entry(whole, tuple(indices)))

    def without_ones(
        self, whole: m.MatrixExpr, places: tuple[Any, Any], at: Places
    ) -> tuple[Any, Any]:
        """Places where an index over 1 entry, along a vector's other side, is 0."""
        if whole.shape.kind is Kind.MATRIX:
            return places
        row, across = (
            sympy.S.Zero if place in at and at[place].dim == 1 else place
            for place in places
        )
        return row, across

    def sum(self, expr: Any, at: Places) -> ix.Terms:
        """A `Sum` over full ranges."""
        bound = {
            limit[0]: self.fresh.index(self.sizes.range(limit)) for limit in expr.limits
        }
        inner = self.read(expr.function, {**at, **bound})
        return tuple(
            ix.Term(t.coefficient, t.factors, (*t.bound, *bound.values()))
            for t in inner
        )

    def delta(self, expr: Any, at: Places) -> ix.Terms:
        """A `KroneckerDelta` of two indices."""
        left, right = expr.args[:2]
        if left not in at or right not in at:
            refuse(expr, "has a fixed place")
        return ix.single(ix.Delta(at[left], at[right]))

    def piecewise(self, expr: Any, at: Places) -> ix.Terms:
        """What SymPy makes of a sifted delta: a value where an index is in range."""
        inner, condition = expr.args[0]
        parts = condition.args if isinstance(condition, sympy.And) else (condition,)
        if not all(self.is_range(part, at) for part in parts):
            refuse(expr, "is not in symjac's vocabulary")
        return self.read(inner, at)

    def is_range(self, condition: Any, at: Places) -> bool:
        """Whether a condition says only that an index is within its range."""
        if not isinstance(condition, sympy.Le | sympy.Ge):
            return False
        start = max(self.sizes.starts, default=0)
        low, high = condition.lts, condition.gts
        if high in at:
            return bool(low == start)
        dims = at[low].dim if low in at else None
        return dims is not None and self.names.dim(high + 1 - start) == dims
