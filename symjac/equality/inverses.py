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

from symjac.rewrite.match import Match, Pattern, matches, replaced
from symjac.terms import index as ix
from symjac.terms import matrix as m

Normal = Callable[[m.MatrixExpr, ix.Index, ix.Index], ix.Terms]


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A matrix M = c T + R that may stand next to its inverse, at numbered indices.

    `inner` is the index that it shares with the inverse, `outer` the other one.
    """

    pattern: Pattern
    scalar: ix.Terms
    rest: ix.Terms
    inner: ix.Index
    outer: ix.Index

    @property
    def is_usable(self) -> bool:
        """T has both indices, does not recur in R, and c vanishes almost nowhere."""
        indices = {i for f in self.pattern.factors for i in ix.factor_indices(f)}
        return (
            {self.inner, self.outer} <= indices
            and all(_is_generic(f) for t in self.scalar for f in t.factors)
            and not any(map(self.recurs, self.rest))
        )

    def recurs(self, term: ix.Term) -> bool:
        """Whether T stands in a term of R, so that eliminating it would not end."""
        start = Match(indices={self.inner: self.inner})
        factors = replace(self.pattern, bound=())
        return any(True for _ in matches(factors, term, ix.alike, start))

    @property
    def reciprocal(self) -> tuple[Fraction, tuple[ix.Factor, ...]]:
        """1 / c: its number and its other factors."""
        if len(self.scalar) > 1:
            return ix.ONE, (ix.Power(self.scalar, -ix.ONE),)
        (only,) = self.scalar
        factors = tuple(ix.Power(ix.single(factor), -ix.ONE) for factor in only.factors)
        return 1 / only.coefficient, factors


def _tensor(term: ix.Term) -> Pattern:
    """The factors of a term that have indices, and what is summed over."""
    return Pattern(tuple(f for f in term.factors if ix.factor_indices(f)), term.bound)


def _scalar(term: ix.Term) -> ix.Term:
    factors = tuple(f for f in term.factors if not ix.factor_indices(f))
    return ix.Term(term.coefficient, factors)


def inverse_relation(
    term: ix.Term, fresh: ix.IndexSupply, normal: Normal
) -> ix.Terms | None:
    """Eliminate the leading term of a matrix next to its inverse."""
    for place, factor in enumerate(term.factors):
        match factor:
            case ix.Entry(matrix=m.Operation("inv", (arg,)), indices=at) if (
                at[0] != at[1]
            ):
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
    arg: m.MatrixExpr, side: int, fresh: ix.IndexSupply, normal: Normal
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
    term: ix.Term, place: int, near: Neighbor, side: int, fresh: ix.IndexSupply
) -> ix.Terms | None:
    entry = term.factors[place]
    assert isinstance(entry, ix.Entry)
    shared, far = entry.indices[side], entry.indices[1 - side]
    start = Match(indices={near.inner: shared}, used=(place,))
    for found in matches(near.pattern, term, ix.alike, start):
        outer = found.indices[near.outer]
        gone = (shared, *(found.indices[index] for index in near.pattern.bound))
        if far in gone or not _is_between(term, found, shared):
            continue
        between = fresh.index(near.inner.dim)
        names = {near.outer: outer, near.inner: between}
        remainder = ix.refresh(near.rest, fresh, names)
        at = (between, far) if side == 0 else (far, between)
        behind = ix.Entry(entry.matrix, at)
        number, divided = near.reciprocal
        new = (
            ix.Term(number, (*divided, ix.Delta(outer, far))),
            *(
                ix.Term(
                    -number * t.coefficient,
                    (*divided, *t.factors, behind),
                    (*t.bound, between),
                )
                for t in remainder
            ),
        )
        return replaced(term, found.used, gone, new)
    return None


def _is_between(term: ix.Term, found: Match, shared: ix.Index) -> bool:
    """Whether nothing but the inverse and its neighbor has the index they share."""
    outside = (f for n, f in enumerate(term.factors) if n not in found.used)
    seen = {index for factor in outside for index in ix.factor_indices(factor)}
    inner = [*found.indices.values()]
    return shared not in seen and len({*inner}) == len(inner)


def _weight(term: ix.Term) -> tuple[int, int, str]:
    deltas = sum(isinstance(factor, ix.Delta) for factor in term.factors)
    return (-deltas, len(term.factors), str(term.coefficient))


def _is_generic(factor: ix.Factor) -> bool:
    """A symbol, or a power of one: zero only on a set without interior."""
    match factor:
        case ix.Entry(m.Symbol(properties=found), ()):
            return "zero" not in found
        case ix.Power((ix.Term(_, (inner,), ()),), exponent):
            return exponent.denominator == 1 and _is_generic(inner)
    return False
