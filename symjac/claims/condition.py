"""When a refuted claim does hold: the difference of the two index forms, factored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from symjac.equality.canonical import Key, add_like_terms, factor_key
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.typeset.text import ASCII, Printer


@dataclass(frozen=True, slots=True)
class Condition:
    """common * rest = 0 for all values of the free indices.

    `left` and `right` are the two sides of the equation that is left where `common` is
    not zero; `symmetric` is the matrix whose symmetry it says, if it says that.
    """

    common: tuple[ix.Factor, ...]
    rest: ix.Terms
    left: ix.Terms
    right: ix.Terms
    indices: tuple[ix.Index, ...]
    symmetric: m.Symbol | None

    def __str__(self) -> str:
        return self.told(ASCII)

    def told(self, show: Printer) -> str:
        """The condition in words and formulas."""
        rest = show.terms(self.rest)
        if self.common and len(self.rest) > 1:
            rest = f"({rest})"
        is_one = self.rest == (ix.Term(),)
        parts = ([] if is_one else [rest]) + [show.factor(f) for f in self.common]
        names = ", ".join(index.name for index in self.indices)
        everywhere = f" for all {names}" if names else ""
        text = f"{show.times.join(parts) or '1'} = 0{everywhere}"
        if self.symmetric is not None:
            text += f", that is, {show.symbol(self.symmetric)} symmetric"
            if self.common:
                common = show.times.join(map(show.factor, self.common))
                text += f" wherever {common} {show.unequal} 0"
        return text


def condition(
    derived: ix.Terms, claimed: ix.Terms, indices: tuple[ix.Index, ...]
) -> Condition:
    """The exact condition under which two index forms agree.

    Args:
        derived, claimed: over the same free `indices`.
    """
    difference = add_like_terms((*derived, *ix.scale(claimed, Fraction(-1))))
    if difference and difference[0].coefficient < 0:
        difference = ix.scale(difference, Fraction(-1))
    common = _common(difference)
    rest = add_like_terms(tuple(_divide(term, common) for term in difference))
    left = tuple(t for t in rest if t.coefficient > 0)
    right = ix.scale(tuple(t for t in rest if t.coefficient < 0), Fraction(-1))
    return Condition(common, rest, left, right, indices, _symmetric(left, right))


def _common(terms: ix.Terms) -> tuple[ix.Factor, ...]:
    if not terms or any(term.bound for term in terms):
        return ()
    shared = []
    others = [[factor_key(f) for f in term.factors] for term in terms[1:]]
    for factor in terms[0].factors:
        key = factor_key(factor)
        if all(key in keys for keys in others):
            shared.append(factor)
            for keys in others:
                keys.remove(key)
    return tuple(shared)


def _divide(term: ix.Term, common: tuple[ix.Factor, ...]) -> ix.Term:
    gone: list[Key] = [factor_key(factor) for factor in common]
    kept = []
    for factor in term.factors:
        key = factor_key(factor)
        if key in gone:
            gone.remove(key)
        else:
            kept.append(factor)
    return replace(term, factors=tuple(kept))


def _symmetric(left: ix.Terms, right: ix.Terms) -> m.Symbol | None:
    match left, right:
        case (
            (
                ix.Term(
                    coefficient=a,
                    factors=(ix.Entry(matrix=x, indices=(i, j)),),
                    bound=(),
                ),
            ),
            (
                ix.Term(
                    coefficient=b,
                    factors=(ix.Entry(matrix=y, indices=(r, s)),),
                    bound=(),
                ),
            ),
        ) if a == b and x == y and (i, j) == (s, r) and isinstance(x, m.Symbol):
            return x
    return None
