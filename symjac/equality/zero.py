"""Whether an index form is zero for all values, by all means that there are.

Beyond the canonical form: functions in exponentials, denominators multiplied up,
products with a matrix whose inverse stands there, a common factor left out. Each step
leads to forms that are zero only if the first one is; failing proves nothing.
Source: arithmetic of fractions; design, section 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain

from symjac.calculus.lower import lower
from symjac.equality.canonical import Canonical, canonical, expander, keyed
from symjac.equality.expand import Expander
from symjac.equality.identities import in_exponentials
from symjac.errors import BudgetError
from symjac.rewrite.match import Match, Pattern, matches, replaced
from symjac.rewrite.rule import Context
from symjac.terms import index as ix
from symjac.terms import matrix as m

MAX_CLEARINGS = 6
MAX_DEPTH = 3
MAX_ATTEMPT = 2_000
MAX_ATTEMPT_TERMS = 250


def strong_expander(terms: ix.Terms) -> Expander:
    """An expander with the smaller budget of one attempt among several."""
    found = expander(terms)
    return replace(found, most_rewrites=MAX_ATTEMPT, most_terms=MAX_ATTEMPT_TERMS)


def is_zero(terms: ix.Terms, depth: int = 0) -> bool:
    """Whether an index form is zero for all values, by all means.

    Tried in turn: its canonical form; with tanh, sigmoid, sinh, cosh in exponentials;
    with denominators multiplied up, which are not zero where the form exists;
    multiplied by a matrix whose inverse stands at a free index; and without a factor
    that all terms share.
    """
    try:
        current = strong_expander(terms).normalize(terms)
        if not keyed(current, {}) or _is_cleared(current):
            return True
        one = ((form,) for form in without_inverse(current))
        others = chain(one, without_common_factor(current))
        return depth < MAX_DEPTH and any(
            all(is_zero(form, depth + 1) for form in forms) for forms in others
        )
    except BudgetError:
        return False


def _is_cleared(current: ix.Terms) -> bool:
    """Whether the form is zero over a common denominator."""
    for _ in range(MAX_CLEARINGS):
        before = current
        current = in_exponentials(current, Context(ix.IndexSupply.beyond(current)))
        if current != before:
            current = strong_expander(current).normalize(current)
            if not keyed(current, {}):
                return True
        cleared = clear_denominator(current)
        if cleared is None:
            return False
        current = strong_expander(cleared).normalize(cleared)
        if not keyed(current, {}):
            return True
    return False


def without_inverse(terms: ix.Terms) -> Iterator[ix.Terms]:
    """The form times a matrix M whose inverse stands at a free index, summed over it.

    M is invertible where the form exists, so the product is zero only if the form is.
    """
    done: set[tuple[m.MatrixExpr, int, ix.Index]] = set()
    for term in terms:
        for factor in term.factors:
            match factor:
                case ix.Entry(matrix=m.Operation("inv", (arg,)), indices=at):
                    pass
                case _:
                    continue
            for side, index in enumerate(at):
                if index in term.bound or (arg, side, index) in done:
                    continue
                done.add((arg, side, index))
                yield _times_matrix(terms, arg, side, index)


def without_common_factor(terms: ix.Terms) -> Iterator[tuple[ix.Terms, ...]]:
    """Forms r_l and q such that the form is sum_l F_l r_l + q: zero if they are."""
    first = terms[0] if terms else ix.Term()
    for factor in dict.fromkeys(first.factors):
        if not isinstance(factor, ix.Entry) or {*first.bound}.isdisjoint(
            factor.indices
        ):
            continue
        fresh = ix.IndexSupply.beyond(terms)
        opened = {i: fresh.index(i.dim) for i in factor.indices if i in first.bound}
        at = tuple(opened.get(index, index) for index in factor.indices)
        shared = ix.Entry(factor.matrix, at)
        parts = [_without(term, shared, {*opened.values()}) for term in terms]
        inside = tuple(part for part in parts if part is not None)
        pairs = zip(terms, parts, strict=True)
        rest = tuple(term for term, part in pairs if part is None)
        if len(inside) > 1 or not rest:
            yield (inside, rest) if rest else (inside,)


def _without(term: ix.Term, shared: ix.Entry, opened: set[ix.Index]) -> ix.Term | None:
    """The rest of a term beside a factor whose bound indices are `opened`."""
    fixed = {index: index for index in shared.indices if index not in opened}
    for found in matches(Pattern((shared,)), term, ix.alike, Match(indices=fixed)):
        names = {found.indices[index]: index for index in opened}
        if len(names) == len(opened) and {*names} <= {*term.bound}:
            (rest,) = replaced(term, found.used, names, (ix.Term(),))
            return ix.rename((rest,), names)[0]
    return None


def _times_matrix(
    terms: ix.Terms, arg: m.MatrixExpr, side: int, index: ix.Index
) -> ix.Terms:
    fresh = ix.IndexSupply.beyond(terms)
    shared = fresh.index(index.dim)
    at = (index, shared) if side == 0 else (shared, index)
    lowered = lower(arg, at, Context(fresh)).result
    moved = ix.rename(terms, {index: shared})
    return tuple(
        ix.Term(
            left.coefficient * right.coefficient,
            (*left.factors, *right.factors),
            (*left.bound, *right.bound, shared),
        )
        for right in moved
        for left in ix.refresh(lowered, fresh)
    )


def clear_denominator(terms: ix.Terms) -> ix.Terms | None:
    """Multiply by the first denominator that is a sum, to its largest power."""
    base = next((f.base for t in terms for f in _denominators(t)), None)
    if base is None:
        return None
    key = canonical(base)
    power = max(_power_below(t, key) for t in terms)
    fresh = ix.IndexSupply.beyond(terms)
    out = []
    for term in terms:
        rest = tuple(f for f in term.factors if not _is_below(f, key))
        raised = ix.Power(base, power - _power_below(term, key))
        factor = ix.refresh(ix.single(raised), fresh)[0].factors
        out.append(replace(term, factors=(*rest, *factor)))
    return tuple(out)


def _denominators(term: ix.Term) -> Iterator[ix.Power]:
    for factor in term.factors:
        if not isinstance(factor, ix.Power) or factor.exponent >= 0:
            continue
        is_sum = len(factor.base) > 1 or any(part.bound for part in factor.base)
        if is_sum and not set(ix.factor_indices(factor)) & set(term.bound):
            yield factor


def _is_below(factor: ix.Factor, key: Canonical) -> bool:
    is_power = isinstance(factor, ix.Power) and factor.exponent < 0
    return is_power and isinstance(factor, ix.Power) and canonical(factor.base) == key


def _power_below(term: ix.Term, key: Canonical) -> Fraction:
    below = (f.exponent for f in _denominators(term) if _is_below(f, key))
    return -sum(below, Fraction(0))
