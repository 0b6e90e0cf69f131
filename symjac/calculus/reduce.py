r"""Reductions of one term's graph, used by `lift`: each is one identity of its table.

Indices are vertices, order-2 factors edges, order-1 factors weights on a vertex.
Every function returns None where its pattern does not occur.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from symjac.rewrite.rule import Context
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, column

Indices = tuple[ix.Index, ...]


def _order(factor: ix.Factor) -> int:
    return len(factor.indices) if isinstance(factor, ix.Entry) else -1


def without(
    term: ix.Term, gone: tuple[int, ...], new: tuple[ix.Factor, ...]
) -> ix.Term:
    """Replace the first of some factors by new ones and drop the others."""
    factors: list[ix.Factor] = []
    for place, factor in enumerate(term.factors):
        if place == gone[0]:
            factors.extend(new)
        elif place not in gone:
            factors.append(factor)
    return ix.Term(term.coefficient, tuple(factors), term.bound)


def _drop_bound(term: ix.Term, index: ix.Index) -> ix.Term:
    bound = tuple(b for b in term.bound if b != index)
    return ix.Term(term.coefficient, term.factors, bound)


def _places(term: ix.Term) -> Iterator[tuple[ix.Index, list[int]]]:
    """The bound indices, each with the places of the factors that carry it."""
    if not term.bound:
        return
    found: dict[ix.Index, list[int]] = {index: [] for index in term.bound}
    for place, factor in enumerate(term.factors):
        own = (
            factor.indices
            if isinstance(factor, ix.Entry)
            else ix.factor_indices(factor)
        )
        for index in own:
            places = found.get(index)
            if places is not None and place not in places[-1:]:
                places.append(place)
    yield from found.items()


def _oriented(
    factor: ix.Factor, first: ix.Index
) -> tuple[m.MatrixExpr, ix.Index] | None:
    """An order-2 factor entered by `first`: its matrix and its other index."""
    if not isinstance(factor, ix.Entry) or len(factor.indices) != 2:
        return None
    left, right = factor.indices
    if left == right:
        return None
    if left == first:
        return factor.matrix, right
    return m.transpose(factor.matrix), left


def _is_edge(factor: ix.Factor) -> bool:
    return isinstance(factor, ix.Entry) and len(set(factor.indices)) == 2


def _ending(factor: ix.Factor, last: ix.Index) -> tuple[m.MatrixExpr, ix.Index] | None:
    """An order-2 factor left by `last`: its matrix and its other index."""
    if not isinstance(factor, ix.Entry) or not _is_edge(factor):
        return None
    if factor.indices[1] == last:
        return factor.matrix, factor.indices[0]
    return m.transpose(factor.matrix), factor.indices[1]


def hadamard(left: m.MatrixExpr, right: m.MatrixExpr) -> m.MatrixExpr:
    """Product of scalars, or elementwise product, with powers and quotients merged."""
    if is_reciprocal(left) and not is_reciprocal(right):
        left, right = right, left
    if isinstance(right, m.Quotient) and is_reciprocal(right):
        below = right.denominator
        if isinstance(left, m.Quotient) and left.denominator.shape == below.shape:
            return m.Quotient(left.numerator, hadamard(left.denominator, below))
        return m.Quotient(left, below)
    if (powers := _merged(left, right)) is not None:
        return powers
    return (m.Scale if left.shape == SCALAR else m.Hadamard)(left, right)


def _merged(left: m.MatrixExpr, right: m.MatrixExpr) -> m.MatrixExpr | None:
    """Powers of one base; looks into the last factor of a product of scalars."""
    (base, first), (same, second) = _power(left), _power(right)
    if base == same:
        return m.Power(base, first + second)
    if isinstance(left, m.Scale | m.Hadamard):
        rest, last = (
            (left.scalar, left.arg)
            if isinstance(left, m.Scale)
            else (left.left, left.right)
        )
        if rest.shape == right.shape and (inner := _merged(last, right)) is not None:
            return (m.Scale if rest.shape == SCALAR else m.Hadamard)(rest, inner)
    return None


def _power(expr: m.MatrixExpr) -> tuple[m.MatrixExpr, Fraction]:
    return (expr.base, expr.exponent) if isinstance(expr, m.Power) else (expr, ix.ONE)


def is_reciprocal(expr: m.MatrixExpr) -> bool:
    """Whether an expression is 1 over another."""
    return isinstance(expr, m.Quotient) and expr.numerator == m.Constant(
        ix.ONE, expr.shape
    )


def scaled(scalar: m.MatrixExpr, rest: m.MatrixExpr) -> m.MatrixExpr:
    """A scalar multiple; a quotient where the scalar is one."""
    match scalar:
        case m.Quotient(above, below) if above == m.Constant(ix.ONE, SCALAR):
            return m.Quotient(rest, below)
        case m.Quotient(above, below):
            return m.Quotient(m.Scale(above, rest), below)
    return m.Scale(scalar, rest)


def lift_weight(term: ix.Term, context: Context) -> ix.Terms | None:
    """Two scalars, or two vectors on one index: one elementwise product."""
    seen: dict[Indices, int] = {}
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, ix.Entry) or len(factor.indices) > 1:
            continue
        if factor.indices not in seen:
            seen[factor.indices] = place
            continue
        first = seen[factor.indices]
        before = term.factors[first]
        assert isinstance(before, ix.Entry)
        merged = ix.Entry(hadamard(before.matrix, factor.matrix), factor.indices)
        return (without(term, (first, place), (merged,)),)
    return None


def lift_parallel(term: ix.Term, context: Context) -> ix.Terms | None:
    """Two matrices on the same pair of indices: their elementwise product."""
    seen: dict[frozenset[ix.Index], int] = {}
    bound = set(term.bound)
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, ix.Entry) or len(factor.indices) != 2:
            continue
        if bound.issuperset(factor.indices):  # a trace, by `lift_series`
            continue
        key = frozenset(factor.indices)
        if len(key) != 2:
            continue
        if key not in seen:
            seen[key] = place
            continue
        first = term.factors[seen[key]]
        assert isinstance(first, ix.Entry)
        entered = _oriented(factor, first.indices[0])
        assert entered is not None
        merged = ix.Entry(m.Hadamard(first.matrix, entered[0]), first.indices)
        return (without(term, (seen[key], place), (merged,)),)
    return None


def lift_dot(term: ix.Term, context: Context) -> ix.Terms | None:
    """A bound index on vectors only: an inner product."""
    for index, places in _places(term):
        if len(places) > 1 or any(_order(term.factors[p]) != 1 for p in places):
            continue
        value = _inner_product(term.factors[places[0]] if places else None, index)
        rest = _drop_bound(term, index)
        if not places:
            factors = (ix.Entry(value, ()), *rest.factors)
            return (ix.Term(rest.coefficient, factors, rest.bound),)
        return (without(rest, (places[0],), (ix.Entry(value, ()),)),)
    return None


def _inner_product(factor: ix.Factor | None, index: ix.Index) -> m.MatrixExpr:
    if factor is None:
        return m.Operation("dim", (), (index.dim,))
    assert isinstance(factor, ix.Entry)
    match factor.matrix:
        case m.Hadamard(left, right):
            return m.product(m.transpose(left), right)
        case m.Operation("diagonal", (matrix,)):
            return m.Operation("tr", (matrix,))
        case m.Power(base, exponent) if exponent == 2:
            return m.product(m.transpose(base), base)
    return m.Operation("sum", (factor.matrix,))


def lift_loop(term: ix.Term, context: Context) -> ix.Terms | None:
    """A matrix with one index twice: the vector of its diagonal."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, ix.Entry) or len(factor.indices) != 2:
            continue
        row, across = factor.indices
        if row == across:
            entry = ix.Entry(m.Operation("diagonal", (factor.matrix,)), (row,))
            return (without(term, (place,), (entry,)),)
    return None


def lift_pendant(term: ix.Term, context: Context) -> ix.Terms | None:
    """A bound index with one edge: matrix times vector."""
    for index, places in _places(term):
        edges = [p for p in places if _is_edge(term.factors[p])]
        weights = [p for p in places if _order(term.factors[p]) == 1]
        if len(edges) != 1 or len(weights) + 1 != len(places) or len(weights) > 1:
            continue
        leaving = _ending(term.factors[edges[0]], index)
        assert leaving is not None
        vector: m.MatrixExpr = m.Constant(ix.ONE, column(index.dim))
        if weights:
            weight = term.factors[weights[0]]
            assert isinstance(weight, ix.Entry)
            vector = weight.matrix
        lifted = ix.Entry(m.product(leaving[0], vector), (leaving[1],))
        rest = _drop_bound(term, index)
        return (without(rest, (edges[0], *weights), (lifted,)),)
    return None


def lift_series(term: ix.Term, context: Context) -> ix.Terms | None:
    """A bound index with two edges: matrix product, its weight between as diag."""
    for index, places in _places(term):
        edges = [p for p in places if _is_edge(term.factors[p])]
        weights = [p for p in places if _order(term.factors[p]) == 1]
        if len(edges) != 2 or len(weights) + 2 != len(places) or len(weights) > 1:
            continue
        first = _ending(term.factors[edges[0]], index)
        second = _oriented(term.factors[edges[1]], index)
        assert first is not None
        assert second is not None
        left = first[0]
        if weights:
            weight = term.factors[weights[0]]
            assert isinstance(weight, ix.Entry)
            left = m.product(left, m.Diag(weight.matrix))
        lifted = ix.Entry(m.product(left, second[0]), (first[1], second[1]))
        return (without(_drop_bound(term, index), (*edges, *weights), (lifted,)),)
    return None


def _vector(term: ix.Term, index: ix.Index) -> m.MatrixExpr | None:
    for factor in term.factors:
        if isinstance(factor, ix.Entry) and factor.indices == (index,):
            return factor.matrix
    return None


def lift_delta(term: ix.Term, context: Context) -> ix.Terms | None:
    """A delta on two free indices: a diagonal matrix of the weights."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, ix.Delta) or term.bound:
            continue
        left, right = factor.left, factor.right
        others = [f for i, f in enumerate(term.factors) if i != place]
        on_delta = [f for f in others if set(ix.factor_indices(f)) & {left, right}]
        if any(_order(f) != 1 for f in on_delta):
            return None
        vectors = [f.matrix for f in on_delta if isinstance(f, ix.Entry)]
        whole: m.MatrixExpr = m.Identity(left.dim)
        if vectors:
            weight = vectors[0]
            for vector in vectors[1:]:
                weight = hadamard(weight, vector)
            whole = m.Diag(weight)
        kept = tuple(f for f in others if f not in on_delta)
        return (ix.Term(term.coefficient, (*kept, ix.Entry(whole, (left, right)))),)
    return None


def lift_scaling(term: ix.Term, context: Context) -> ix.Terms | None:
    """A matrix with weights on its free indices: diag before or behind it."""
    if term.bound:
        return None
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, ix.Entry) or len(set(factor.indices)) != 2:
            continue
        (left, right), whole = factor.indices, factor.matrix
        before, behind = _vector(term, left), _vector(term, right)
        if before is None and behind is None:
            return None
        if before is not None:
            whole = m.product(m.Diag(before), whole)
        if behind is not None:
            whole = m.product(whole, m.Diag(behind))
        ends = ((left,), (right,))
        gone = [
            n
            for n, f in enumerate(term.factors)
            if isinstance(f, ix.Entry) and f.indices in ends
        ]
        return (without(term, (place, *gone), (ix.Entry(whole, (left, right)),)),)
    return None


def lift_outer(term: ix.Term, context: Context) -> ix.Terms | None:
    """Two vectors on two free indices: an outer product."""
    vectors = [i for i, f in enumerate(term.factors) if _order(f) == 1]
    if term.bound or len(vectors) != 2 or any(_order(f) == 2 for f in term.factors):
        return None
    first, second = (term.factors[i] for i in vectors)
    assert isinstance(first, ix.Entry)
    assert isinstance(second, ix.Entry)
    outer = m.product(first.matrix, m.transpose(second.matrix))
    pair = (*first.indices, *second.indices)
    return (without(term, tuple(vectors), (ix.Entry(outer, pair),)),)


def lift_scalar(term: ix.Term, context: Context) -> ix.Terms | None:
    """A scalar factor in front of the rest."""
    if term.bound or len(term.factors) != 2:
        return None
    scalars = [i for i, f in enumerate(term.factors) if _order(f) == 0]
    if len(scalars) != 1:
        return None
    scalar, rest = term.factors[scalars[0]], term.factors[1 - scalars[0]]
    if not isinstance(scalar, ix.Entry) or not isinstance(rest, ix.Entry):
        return None
    whole = ix.Entry(scaled(scalar.matrix, rest.matrix), rest.indices)
    return (ix.Term(term.coefficient, (whole,)),)
