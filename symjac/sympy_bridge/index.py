"""SymPy index expressions, such as `Sum(A[i, j]*x[j], (j, 0, n-1))`, to index form.

Entries are `Indexed` or elements of matrix expressions; nothing is summed that has no
`Sum`. Every sum gets fresh indices, so that no name is captured.
Terminates: every call reads a smaller expression.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from symjac.errors import UnsupportedError
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
from symjac.sympy_bridge.sizes import Sizes, is_element, is_index
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Kind, column, matrix

if TYPE_CHECKING:
    import sympy
else:
    sympy = lazy_import("sympy")

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
