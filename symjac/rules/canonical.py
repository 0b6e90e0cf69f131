"""Canonical form: two index forms with the same one are equal for all values.

Products are multiplied out, deltas sifted, derivatives of named functions replaced by
their table rows, bound indices numbered independently of names and order, equal terms
collected. Different canonical forms prove nothing.
Source: design, section 4; bound indices as in Portugal (1999), "Algorithmic
simplification of tensor expressions".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import islice, permutations, product
from typing import Any, assert_never

from symjac.errors import BudgetError, UnsupportedError
from symjac.expr.functions import derivative
from symjac.expr.index import (
    ONE,
    Apply,
    Delta,
    Entry,
    Factor,
    Fresh,
    Index,
    Partial,
    Raise,
    Term,
    Terms,
    factor_indices,
    refresh,
    rename_factor,
    single,
    splice,
)
from symjac.expr.matrix import Symbol
from symjac.rules.contract import CONTRACT
from symjac.rules.differentiate import monomial_terms
from symjac.rules.rule import Context, find

MAX_TERMS = 4_000
MAX_ORDERINGS = 720
Key = tuple[Any, ...]
Canonical = tuple[tuple[Key, Fraction], ...]
Names = Mapping[Index, str]


def expand(terms: Terms, fresh: Fresh) -> Terms:
    """Multiply out integer powers, write out named derivatives, sift deltas."""
    done: list[Term] = []
    todo = list(reversed(terms))
    while todo:
        term = todo.pop()
        parts = _expand_once(term, fresh)
        if parts is None:
            done.append(term)
        else:
            todo.extend(reversed(parts))
        if len(done) + len(todo) > MAX_TERMS:
            raise BudgetError(f"more than {MAX_TERMS} terms in the canonical form")
    return tuple(done)


def _expand_once(term: Term, fresh: Fresh) -> Terms | None:
    if term.coefficient == 0:
        return ()
    for place, factor in enumerate(term.factors):
        parts = _expand_factor(factor, fresh)
        if parts is not None:
            return splice(term, place, parts)
    found = find((term,), CONTRACT, Context(fresh), nested=False)
    return found[2] if found is not None else _merge_delta(term)


def _merge_delta(term: Term) -> Terms | None:
    """Where a delta says that two free indices agree, write one for both."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, Delta):
            continue
        kept, gone = sorted((factor.left, factor.right), key=lambda i: i.name)
        others = term.factors[:place] + term.factors[place + 1 :]
        if not any(gone in factor_indices(other) for other in others):
            continue
        merged = tuple(rename_factor(other, {gone: kept}) for other in others)
        factors = (*merged[:place], factor, *merged[place:])
        return (replace(term, factors=factors),)
    return None


def _expand_factor(factor: Factor, fresh: Fresh) -> Terms | None:
    if isinstance(factor, Apply) and factor.order and not factor.function.is_generic:
        monomials = derivative(factor.function.name, factor.order)
        return refresh(monomial_terms(monomials, factor.argument), fresh)
    if isinstance(factor, Raise):
        return _expand_raise(factor, fresh)
    return None


def _expand_raise(factor: Raise, fresh: Fresh) -> Terms | None:
    exponent = factor.exponent
    if exponent == 0:
        return (Term(),)
    if exponent.denominator != 1:
        return None
    if exponent > 0 and _is_one_sum(factor.base):
        return None
    if exponent > 0 and not _is_atom(factor.base):
        rest = Raise(factor.base, exponent - 1)
        return tuple(
            Term(
                t.coefficient,
                (*t.factors, *refreshed.factors),
                t.bound + refreshed.bound,
            )
            for t in factor.base
            for refreshed in refresh(single(rest), fresh)
        )
    if len(factor.base) == 1 and not _is_atom(factor.base):
        (term,) = factor.base
        if term.coefficient == 0:
            return None
        parts = _components(term)
        if len(parts) > 1 or not term.bound or term.coefficient != ONE:
            powers = tuple(Raise((part,), exponent) for part in parts)
            return (Term(term.coefficient ** int(exponent), powers),)
    return None


def _is_one_sum(terms: Terms) -> bool:
    """Whether a form is one sum that is no product: its powers need no expansion."""
    if len(terms) != 1 or terms[0].coefficient != ONE or not terms[0].bound:
        return False
    bare = {i for f in terms[0].factors for i in factor_indices(f)}
    return len(_components(terms[0])) == 1 and set(terms[0].bound) <= bare


def _components(term: Term) -> list[Term]:
    """Factors that share no bound index: the sum of their product is a product."""
    groups: list[tuple[set[Index], list[Factor]]] = []
    for factor in term.factors:
        links = set(factor_indices(factor)) & set(term.bound)
        joined: list[Factor] = []
        for group in [g for g in groups if g[0] & links]:
            groups.remove(group)
            links |= group[0]
            joined += group[1]
        groups.append((links, [*joined, factor]))
    return [
        Term(ONE, tuple(factors), tuple(i for i in term.bound if i in links))
        for links, factors in groups
    ]


def _is_atom(terms: Terms) -> bool:
    return (
        len(terms) == 1
        and terms[0].coefficient == ONE
        and not terms[0].bound
        and len(terms[0].factors) == 1
        and not isinstance(terms[0].factors[0], Raise)
    )


def canonical(terms: Terms, names: Names | None = None) -> Canonical:
    """The canonical form: sorted (key, coefficient) pairs, empty for zero.

    Args:
        terms: lowered and differentiated index form.
        names: the names of free indices; by default their own.

    Raises:
        BudgetError: more than MAX_TERMS terms.
    """
    collected: dict[Key, Fraction] = {}
    for term in expand(terms, Fresh.beyond(terms)):
        key = _term_key(term, dict(names or {}))
        collected[key] = collected.get(key, Fraction(0)) + term.coefficient
    kept = ((key, value) for key, value in collected.items() if value)
    return tuple(sorted(kept, key=repr))


def collect(terms: Terms) -> Terms:
    """Add up terms that differ in their coefficient only; drop those that cancel."""
    if len(terms) < 2:
        return tuple(term for term in terms if term.coefficient)
    kept: dict[Key, Term] = {}
    for term, key in zip(terms, _distinct(terms), strict=True):
        before = kept[key].coefficient if key in kept else Fraction(0)
        kept[key] = replace(kept.get(key, term), coefficient=before + term.coefficient)
    return tuple(term for term in kept.values() if term.coefficient)


def _distinct(terms: Terms) -> list[Key]:
    """Keys that are equal where the terms' are; short where the factors differ."""
    outlines = [_outline(term) for term in terms]
    seen = Counter(outlines)
    return [
        (outline,) if None not in seen and seen[outline] == 1 else _term_key(term, {})
        for term, outline in zip(terms, outlines, strict=True)
    ]


def _outline(term: Term) -> Key | None:
    """The names in a term's key, or None where powers may cancel some of them."""
    names: list[str] = []
    for factor in term.factors:
        match factor:
            case Entry(Symbol(name)):
                names.append(name)
            case Delta():
                names.append("delta")
            case Apply(function, order):
                names.append(f"{function.name}{order}")
            case _:
                return None
    return tuple(sorted(names))


def factor_key(factor: Factor) -> Key:
    """Equal for factors that are equal up to the names of their bound indices."""
    return _factor_key(factor, {})


def _term_key(term: Term, names: Names) -> Key:
    """Powers of the term's independent parts: factors, and sums over bound indices."""
    powers: dict[Key, Fraction] = {}
    for part in _components(term):
        if part.bound:
            key: Key = ("sum", _bound_key(part, names))
            exponent = ONE
        else:
            key, exponent = _factor_key(part.factors[0], names)
        powers[key] = powers.get(key, Fraction(0)) + exponent
    used = {index for factor in term.factors for index in factor_indices(factor)}
    for index in term.bound:
        if index not in used:
            bare: Key = ("dimension", str(index.dim))
            powers[bare] = powers.get(bare, Fraction(0)) + 1
    return tuple(sorted(((k, e) for k, e in powers.items() if e), key=repr))


def _bound_key(term: Term, names: Names) -> Key:
    """The least key over the orderings of the bound indices."""
    return min(
        (_numbered_key(term, names, ordering) for ordering in _orderings(term, names)),
        key=repr,
    )


def _numbered_key(term: Term, names: Names, ordering: tuple[Index, ...]) -> Key:
    numbered = {index: f"#{len(names)}.{n}" for n, index in enumerate(ordering)}
    powers: dict[Key, Fraction] = {}
    for factor in term.factors:
        key, exponent = _factor_key(factor, {**names, **numbered})
        powers[key] = powers.get(key, Fraction(0)) + exponent
    kept = sorted(((k, e) for k, e in powers.items() if e), key=repr)
    return (tuple(str(index.dim) for index in ordering), tuple(kept))


def _factor_key(factor: Factor, names: Names) -> tuple[Key, Fraction]:
    match factor:
        case Entry():
            return _entry_key(factor, names), ONE
        case Delta(left, right):
            ends = sorted((_name(left, names), _name(right, names)))
            return ("delta", *ends), ONE
        case Apply(function, order, argument):
            return ("apply", function.name, order, canonical(argument, names)), ONE
        case Raise(base, exponent):
            return _power_key(base, exponent, names)
        case Partial():
            raise UnsupportedError("a derivative is still to be taken")
    assert_never(factor)


def _power_key(base: Terms, exponent: Fraction, names: Names) -> tuple[Key, Fraction]:
    form = canonical(base, names)
    if exponent.denominator != 1:
        return ("power", form, exponent), ONE
    match form:
        case ((((key, power),), coefficient),) if coefficient == 1:
            return key, power * exponent
    return ("group", form), exponent


def _entry_key(factor: Entry, names: Names) -> Key:
    if not isinstance(factor.matrix, Symbol):
        raise UnsupportedError("a matrix expression is still to be lowered")
    at = [_name(index, names) for index in factor.indices]
    if factor.matrix.symmetric:
        at.sort()
    return ("entry", str(factor.matrix), *at)


def _name(index: Index, names: Names) -> str:
    return names.get(index, index.name)


def _orderings(term: Term, names: Names) -> Iterator[tuple[Index, ...]]:
    """Orderings of the bound indices, grouped by what can be told without names."""
    colours = _colours(term, names)
    groups: dict[int, list[Index]] = {}
    for index in sorted(term.bound, key=lambda i: colours[i]):
        groups.setdefault(colours[index], []).append(index)
    choices = product(*(permutations(group) for group in groups.values()))
    for choice in islice(choices, MAX_ORDERINGS):
        yield tuple(index for group in choice for index in group)


def _colours(term: Term, names: Names) -> dict[Index, int]:
    """Colour refinement: bound indices differ where their neighbours differ.

    Source: Weisfeiler and Leman (1968).
    """
    near = {i: [f for f in term.factors if i in factor_indices(f)] for i in term.bound}
    colours = dict.fromkeys(term.bound, 0)
    while True:
        seen = {index: _seen(index, near[index], colours, names) for index in near}
        ranks = {text: rank for rank, text in enumerate(sorted(set(seen.values())))}
        refined = {index: ranks[seen[index]] for index in near}
        if len(ranks) == len(set(colours.values())) or len(ranks) == len(near):
            return refined
        colours = refined


def _seen(
    index: Index, factors: list[Factor], colours: dict[Index, int], names: Names
) -> str:
    masked = {i: f"?{colour}" for i, colour in colours.items()} | {index: "!"}
    keys = sorted(repr(_factor_key(factor, {**names, **masked})) for factor in factors)
    return f"{colours[index]}|{index.dim}|{keys}"
