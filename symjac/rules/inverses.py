r"""A matrix next to its inverse, in index form: sum_l M_{il} inv(M)_{lj} = delta_{ij}.

For a sum M = c T + R the term T next to inv(M) is eliminated,

    sum_l T_{il} inv(M)_{lj} = (delta_{ij} - sum_l R_{il} inv(M)_{lj}) / c,

and likewise on the other side. T is the term with the most factors, so that the
elimination ends; c may be a sum over scalars, zero only on a set without interior.
Source: the same elimination as in Helton, Stankus and Wavrik (1998).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from symjac.expr.index import (
    ONE,
    Delta,
    Entry,
    Factor,
    Fresh,
    Index,
    Raise,
    Term,
    Terms,
    factor_indices,
    refresh,
    rename,
    single,
)
from symjac.expr.matrix import MatrixExpr, Operation, Symbol

Normal = Callable[[MatrixExpr, Index, Index], Terms]
Binding = dict[Index, Index]


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A matrix M = c T + R that may stand next to its inverse, at numbered indices.

    `inner` is the index that it shares with the inverse, `outer` the other one.
    """

    pattern: tuple[Factor, ...]
    summed: tuple[Index, ...]
    scalar: Terms
    rest: Terms
    inner: Index
    outer: Index

    @property
    def is_usable(self) -> bool:
        """T has both indices, does not recur in R, and c vanishes almost nowhere."""
        indices = {index for f in self.pattern for index in factor_indices(f)}
        return (
            {self.inner, self.outer} <= indices
            and all(_is_generic(f) for t in self.scalar for f in t.factors)
            and not any(map(self.recurs, self.rest))
        )

    def recurs(self, term: Term) -> bool:
        """Whether T stands in a term of R, so that eliminating it would not end."""
        places = list(range(len(term.factors)))
        found = _matches(term, places, self.pattern, {self.inner: self.inner})
        return any(found)

    @property
    def reciprocal(self) -> tuple[Fraction, tuple[Factor, ...]]:
        """1 / c: its number and its other factors."""
        if len(self.scalar) > 1:
            return ONE, (Raise(self.scalar, -ONE),)
        (only,) = self.scalar
        factors = tuple(Raise(single(factor), -ONE) for factor in only.factors)
        return 1 / only.coefficient, factors


def _tensor(term: Term) -> tuple[tuple[Factor, ...], tuple[Index, ...]]:
    """The factors of a term that have indices, and what is summed over."""
    return tuple(f for f in term.factors if factor_indices(f)), term.bound


def _scalar(term: Term) -> Term:
    factors = tuple(f for f in term.factors if not factor_indices(f))
    return Term(term.coefficient, factors)


def inverse_relation(term: Term, fresh: Fresh, normal: Normal) -> Terms | None:
    """Eliminate the leading term of a matrix next to its inverse."""
    for place, factor in enumerate(term.factors):
        match factor:
            case Entry(matrix=Operation("inv", (arg,)), indices=at) if at[0] != at[1]:
                sides = [side for side in (0, 1) if at[side] in term.bound]
            case _:
                continue
        for side in sides:
            near = _neighbor(arg, side, fresh, normal)
            if near is None:
                continue
            found = _eliminate(term, place, near, side, fresh)
            if found is not None:
                return found
    return None


def _neighbor(
    arg: MatrixExpr, side: int, fresh: Fresh, normal: Normal
) -> Neighbor | None:
    """Before its inverse (side 0) the shared index is the matrix's column."""
    dim = arg.shape.dims[0]
    row, column = fresh.index(dim), fresh.index(dim)
    terms = normal(arg, row, column)
    if not terms:
        return None
    leading = _tensor(max(terms, key=_weight))
    scalar = tuple(_scalar(term) for term in terms if _tensor(term) == leading)
    rest = tuple(term for term in terms if _tensor(term) != leading)
    inner, outer = (column, row) if side == 0 else (row, column)
    found = Neighbor(*leading, scalar, rest, inner, outer)
    return found if found.is_usable else None


def _eliminate(
    term: Term, place: int, near: Neighbor, side: int, fresh: Fresh
) -> Terms | None:
    entry = term.factors[place]
    assert isinstance(entry, Entry)
    shared, far = entry.indices[side], entry.indices[1 - side]
    others = [n for n in range(len(term.factors)) if n != place]
    for binding, used in _matches(term, others, near.pattern, {near.inner: shared}):
        if not _is_inside(term, place, used, binding, near.summed, shared):
            continue
        outer = binding[near.outer]
        between = fresh.index(near.inner.dim)
        names = {near.outer: outer, near.inner: between}
        remainder = refresh(rename(near.rest, names), fresh)
        at = (between, far) if side == 0 else (far, between)
        behind = Entry(entry.matrix, at)
        new = (
            Term(ONE, (Delta(outer, far),)),
            *(
                Term(-t.coefficient, (*t.factors, behind), (*t.bound, between))
                for t in remainder
            ),
        )
        gone = {shared, *(binding[index] for index in near.summed)}
        return _replaced(term, (place, *used), gone, near, new)
    return None


def _weight(term: Term) -> tuple[int, int, str]:
    deltas = sum(isinstance(factor, Delta) for factor in term.factors)
    return (-deltas, len(term.factors), str(term.coefficient))


def _is_generic(factor: Factor) -> bool:
    """A symbol, or a power of one: zero only on a set without interior."""
    match factor:
        case Entry(Symbol(properties=found), ()):
            return "zero" not in found
        case Raise((Term(_, (inner,), ()),), exponent):
            return exponent.denominator == 1 and _is_generic(inner)
    return False


def _matches(
    term: Term, places: list[int], pattern: tuple[Factor, ...], binding: Binding
) -> Iterator[tuple[Binding, tuple[int, ...]]]:
    """Ways to find the pattern among the factors, index by index."""
    if not pattern:
        yield binding, ()
        return
    first, *rest = pattern
    for place in places:
        for extended in _unify(first, term.factors[place], binding):
            remaining = [n for n in places if n != place]
            for full, used in _matches(term, remaining, tuple(rest), extended):
                yield full, (place, *used)


def _unify(pattern: Factor, factor: Factor, binding: Binding) -> Iterator[Binding]:
    if not isinstance(pattern, Entry) or not isinstance(factor, Entry):
        return
    if pattern.matrix != factor.matrix:
        return
    orders = [factor.indices]
    is_symbol = isinstance(pattern.matrix, Symbol)
    if is_symbol and len(factor.indices) == 2 and _symmetric(pattern.matrix):
        orders.append(factor.indices[::-1])
    for indices in orders:
        extended = dict(binding)
        pairs = zip(pattern.indices, indices, strict=True)
        if all(extended.setdefault(own, other) == other for own, other in pairs):
            yield extended


def _symmetric(expr: MatrixExpr) -> bool:
    return isinstance(expr, Symbol) and expr.symmetric


def _is_inside(
    term: Term,
    place: int,
    used: tuple[int, ...],
    binding: Binding,
    summed: tuple[Index, ...],
    shared: Index,
) -> bool:
    """The indices that the pattern sums over are summed over here, and only there."""
    inner = [binding[index] for index in summed]
    if len(set(inner)) != len(inner) or len(set(binding.values())) != len(binding):
        return False
    outside = [f for n, f in enumerate(term.factors) if n not in (place, *used)]
    seen = {index for factor in outside for index in factor_indices(factor)}
    return all(i in term.bound and i not in seen for i in (*inner, shared))


def _replaced(
    term: Term, places: tuple[int, ...], gone: set[Index], near: Neighbor, new: Terms
) -> Terms:
    bound = tuple(index for index in term.bound if index not in gone)
    number, divided = near.reciprocal
    kept = tuple(f for n, f in enumerate(term.factors) if n not in places)
    coefficient = term.coefficient * number
    return tuple(
        Term(
            coefficient * part.coefficient,
            (*kept, *divided, *part.factors),
            (*bound, *part.bound),
        )
        for part in new
    )
