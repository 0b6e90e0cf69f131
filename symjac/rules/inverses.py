r"""A matrix next to its inverse, in index form: sum_l M_{il} inv(M)_{lj} = delta_{ij}.

For a sum M = c T + R the term T next to inv(M) is eliminated,

    sum_l T_{il} inv(M)_{lj} = (delta_{ij} - sum_l R_{il} inv(M)_{lj}) / c,

and likewise on the other side. T is the term with the most factors, so that the
elimination ends; c may be a sum over scalars, zero only on a set without interior.
Source: the same elimination as in Helton, Stankus and Wavrik (1998).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
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
    alike,
    factor_indices,
    refresh,
    single,
)
from symjac.expr.matrix import MatrixExpr, Operation, Symbol
from symjac.rewrite.match import Match, Pattern, matches, replaced

Normal = Callable[[MatrixExpr, Index, Index], Terms]


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A matrix M = c T + R that may stand next to its inverse, at numbered indices.

    `inner` is the index that it shares with the inverse, `outer` the other one.
    """

    pattern: Pattern
    scalar: Terms
    rest: Terms
    inner: Index
    outer: Index

    @property
    def is_usable(self) -> bool:
        """T has both indices, does not recur in R, and c vanishes almost nowhere."""
        indices = {i for f in self.pattern.factors for i in factor_indices(f)}
        return (
            {self.inner, self.outer} <= indices
            and all(_is_generic(f) for t in self.scalar for f in t.factors)
            and not any(map(self.recurs, self.rest))
        )

    def recurs(self, term: Term) -> bool:
        """Whether T stands in a term of R, so that eliminating it would not end."""
        start = Match(indices={self.inner: self.inner})
        factors = replace(self.pattern, bound=())
        return any(True for _ in matches(factors, term, alike, start))

    @property
    def reciprocal(self) -> tuple[Fraction, tuple[Factor, ...]]:
        """1 / c: its number and its other factors."""
        if len(self.scalar) > 1:
            return ONE, (Raise(self.scalar, -ONE),)
        (only,) = self.scalar
        factors = tuple(Raise(single(factor), -ONE) for factor in only.factors)
        return 1 / only.coefficient, factors


def _tensor(term: Term) -> Pattern:
    """The factors of a term that have indices, and what is summed over."""
    return Pattern(tuple(f for f in term.factors if factor_indices(f)), term.bound)


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
    found = Neighbor(leading, scalar, rest, inner, outer)
    return found if found.is_usable else None


def _eliminate(
    term: Term, place: int, near: Neighbor, side: int, fresh: Fresh
) -> Terms | None:
    entry = term.factors[place]
    assert isinstance(entry, Entry)
    shared, far = entry.indices[side], entry.indices[1 - side]
    start = Match(indices={near.inner: shared}, used=(place,))
    for found in matches(near.pattern, term, alike, start):
        outer = found.indices[near.outer]
        gone = (shared, *(found.indices[index] for index in near.pattern.bound))
        if far in gone or not _is_between(term, found, shared):
            continue
        between = fresh.index(near.inner.dim)
        names = {near.outer: outer, near.inner: between}
        remainder = refresh(near.rest, fresh, names)
        at = (between, far) if side == 0 else (far, between)
        behind = Entry(entry.matrix, at)
        number, divided = near.reciprocal
        new = (
            Term(number, (*divided, Delta(outer, far))),
            *(
                Term(
                    -number * t.coefficient,
                    (*divided, *t.factors, behind),
                    (*t.bound, between),
                )
                for t in remainder
            ),
        )
        return replaced(term, found.used, gone, new)
    return None


def _is_between(term: Term, found: Match, shared: Index) -> bool:
    """Whether nothing but the inverse and its neighbor has the index they share."""
    outside = (f for n, f in enumerate(term.factors) if n not in found.used)
    seen = {index for factor in outside for index in factor_indices(factor)}
    inner = [*found.indices.values()]
    return shared not in seen and len({*inner}) == len(inner)


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
