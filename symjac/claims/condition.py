"""When a refuted claim does hold: the difference of the two index forms, factored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from symjac.expr.index import Entry, Factor, Index, Term, Terms, scale
from symjac.expr.matrix import Symbol
from symjac.expr.text import ASCII, Printer
from symjac.rules.canonical import Key, collect, factor_key


@dataclass(frozen=True, slots=True)
class Condition:
    """common * rest = 0 for all values of the free indices.

    `left` and `right` are the two sides of the equation that is left where `common` is
    not zero; `symmetric` is the matrix whose symmetry it says, if it says that.
    """

    common: tuple[Factor, ...]
    rest: Terms
    left: Terms
    right: Terms
    indices: tuple[Index, ...]
    symmetric: Symbol | None

    def __str__(self) -> str:
        return self.told(ASCII)

    def told(self, show: Printer) -> str:
        """The condition in words and formulas."""
        rest = show.terms(self.rest)
        if self.common and len(self.rest) > 1:
            rest = f"({rest})"
        is_one = self.rest == (Term(),)
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


def condition(derived: Terms, claimed: Terms, indices: tuple[Index, ...]) -> Condition:
    """The exact condition under which two index forms agree.

    Args:
        derived, claimed: over the same free `indices`.
    """
    difference = collect((*derived, *scale(claimed, Fraction(-1))))
    if difference and difference[0].coefficient < 0:
        difference = scale(difference, Fraction(-1))
    common = _common(difference)
    rest = collect(tuple(_divide(term, common) for term in difference))
    left = tuple(t for t in rest if t.coefficient > 0)
    right = scale(tuple(t for t in rest if t.coefficient < 0), Fraction(-1))
    return Condition(common, rest, left, right, indices, _symmetric(left, right))


def _common(terms: Terms) -> tuple[Factor, ...]:
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


def _divide(term: Term, common: tuple[Factor, ...]) -> Term:
    gone: list[Key] = [factor_key(factor) for factor in common]
    kept = []
    for factor in term.factors:
        key = factor_key(factor)
        if key in gone:
            gone.remove(key)
        else:
            kept.append(factor)
    return replace(term, factors=tuple(kept))


def _symmetric(left: Terms, right: Terms) -> Symbol | None:
    match left, right:
        case (
            (
                Term(
                    coefficient=a, factors=(Entry(matrix=x, indices=(i, j)),), bound=()
                ),
            ),
            (
                Term(
                    coefficient=b, factors=(Entry(matrix=y, indices=(r, s)),), bound=()
                ),
            ),
        ) if a == b and x == y and (i, j) == (s, r) and isinstance(x, Symbol):
            return x
    return None
