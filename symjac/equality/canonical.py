"""Canonical form: two index forms with the same one are equal for all values.

Products are multiplied out, deltas sifted, derivatives of named functions replaced by
their table rows, bound indices numbered independently of names and order, equal terms
collected. Different canonical forms prove nothing; whether a form is zero for all
values is asked by all means that there are, common factors and divisors among them.
Source: design, section 4; bound indices as in Portugal (1999), "Algorithmic
simplification of tensor expressions".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cached_property, lru_cache
from hashlib import blake2b
from itertools import chain, islice, permutations, product
from math import factorial, prod
from typing import Any, assert_never

from symjac.calculus.lower import component, is_atomic
from symjac.equality.expand import Expander
from symjac.equality.identities import in_exponentials, is_generic
from symjac.equality.properties import LATE_PRODUCTS, lately
from symjac.errors import BudgetError, UnsupportedError
from symjac.rewrite.budget import limited, spend
from symjac.rewrite.match import Match, Pattern, matches, replaced
from symjac.rewrite.rule import Context
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import flatten

MAX_ORDERINGS = 720
FEW_ORDERINGS = 6  # so many are tried without telling the indices apart
LONG = 400  # characters; a longer form is ordered by its digest
Key = tuple[Any, ...]
Names = Mapping[ix.Index, str]


class Canonical(tuple[tuple[Key, Fraction], ...]):
    """Sorted (key, coefficient) pairs, empty for zero.

    It stands in the keys of others, so it works out its hash and its text once.
    """

    @cached_property
    def _hash(self) -> int:
        return super().__hash__()

    @cached_property
    def _text(self) -> str:
        text = super().__repr__()
        return text if len(text) < LONG else blake2b(text.encode()).hexdigest()

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return self._text


def canonical(terms: ix.Terms, names: Names | None = None) -> Canonical:
    """The canonical form.

    Args:
        terms: lowered and differentiated index form.
        names: the names of free indices; by default their own.

    Raises:
        BudgetError: too many terms or steps.
    """
    own: tuple[tuple[ix.Index, str], ...] = ()
    if names:
        free = dict.fromkeys(i for term in terms for i in ix.free_indices(term))
        own = tuple((i, names[i]) for i in free if i in names)
    found, steps = _canonical(terms, own)
    spend(steps)
    return found


@lru_cache(maxsize=8192)
def _canonical(
    terms: ix.Terms, names: tuple[tuple[ix.Index, str], ...]
) -> tuple[Canonical, float]:
    """The form and its steps: one nested in others is asked for at every level."""
    with limited() as work:
        return keyed(expander(terms).expand(terms), dict(names)), work.spent


def expander(terms: ix.Terms) -> Expander:
    """An expander whose new indices avoid those of an index form."""
    return Expander(ix.IndexSupply.beyond(terms), lambda term: _term_key(term, {}))


def keyed(terms: ix.Terms, names: Names) -> Canonical:
    """Keys and coefficients of an expanded form, sorted."""
    collected: dict[Key, Fraction] = {}
    for term in terms:
        key = _term_key(term, names)
        collected[key] = collected.get(key, Fraction(0)) + term.coefficient
    kept = ((key, value) for key, value in collected.items() if value)
    return Canonical(sorted(kept, key=repr))


def is_plainly_zero(terms: ix.Terms) -> bool:
    """Whether an index form has the canonical form of zero."""
    return not canonical(terms)


def add_like_terms(terms: ix.Terms) -> ix.Terms:
    """Add up terms that differ in their coefficient only; drop those that cancel."""
    if len(terms) < 2:
        return tuple(term for term in terms if term.coefficient)
    kept: dict[Key, ix.Term] = {}
    for term, key in zip(terms, _distinct(terms), strict=True):
        before = kept[key].coefficient if key in kept else Fraction(0)
        kept[key] = replace(kept.get(key, term), coefficient=before + term.coefficient)
    return tuple(term for term in kept.values() if term.coefficient)


def _distinct(terms: ix.Terms) -> list[Key]:
    """Keys that are equal where the terms' are; short where the factors differ."""
    outlines = [_outline(term) for term in terms]
    seen = Counter(outlines)
    return [
        (outline,) if None not in seen and seen[outline] == 1 else _term_key(term, {})
        for term, outline in zip(terms, outlines, strict=True)
    ]


def _outline(term: ix.Term) -> Key | None:
    """The names in a term's key, or None where powers may cancel some of them."""
    names: list[str] = []
    for factor in term.factors:
        match factor:
            case ix.Entry(m.Symbol(name)):
                names.append(name)
            case ix.Delta():
                names.append("delta")
            case ix.Apply(function, order):
                names.append(f"{function.name}{order}")
            case _:
                return None
    return tuple(sorted(names))


def factor_key(factor: ix.Factor) -> Key:
    """Equal for factors that are equal up to the names of their bound indices."""
    return _factor_key(factor, {})


def _term_key(term: ix.Term, names: Names) -> Key:
    """Powers of the term's independent parts: factors, and sums over bound indices."""
    powers: dict[Key, Fraction] = {}
    for part in ix.components(term):
        if part.bound:
            key: Key = ("sum", _bound_key(part, names))
            exponent = ix.ONE
        else:
            key, exponent = _factor_key(part.factors[0], names)
        powers[key] = powers.get(key, Fraction(0)) + exponent
    used = {index for factor in term.factors for index in ix.factor_indices(factor)}
    for index in term.bound:
        if index not in used:
            bare: Key = ("dimension", str(index.dim))
            powers[bare] = powers.get(bare, Fraction(0)) + 1
    return tuple(sorted(((k, e) for k, e in powers.items() if e), key=repr))


def _bound_key(term: ix.Term, names: Names) -> Key:
    """The least key over the orderings of the bound indices."""
    return min(
        (_numbered_key(term, names, ordering) for ordering in _orderings(term, names)),
        key=repr,
    )


def _numbered_key(term: ix.Term, names: Names, ordering: tuple[ix.Index, ...]) -> Key:
    depth = _depth(names)
    spend(len(term.factors))
    numbered = {index: f"#{depth}.{n}" for n, index in enumerate(ordering)}
    powers: dict[Key, Fraction] = {}
    for factor in term.factors:
        key, exponent = _factor_key(factor, {**names, **numbered})
        powers[key] = powers.get(key, Fraction(0)) + exponent
    kept = sorted(((k, e) for k, e in powers.items() if e), key=repr)
    return (tuple(str(index.dim) for index in ordering), tuple(kept))


def _depth(names: Names) -> int:
    """How many sums stand around: a number is never given twice in one scope."""
    given = (name[1:].split(".")[0] for name in names.values() if name[:1] == "#")
    return max((int(depth) + 1 for depth in given if depth.isdecimal()), default=0)


def _factor_key(factor: ix.Factor, names: Names) -> tuple[Key, Fraction]:
    match factor:
        case ix.Entry():
            return _entry_key(factor, names), ix.ONE
        case ix.Delta(left, right):
            ends = sorted((_name(left, names), _name(right, names)))
            return ("delta", *ends), ix.ONE
        case ix.Apply(function, 0, (ix.Term() as term,)) if function.name == "exp":
            plain = (replace(term, coefficient=ix.ONE),)
            return ("exp", canonical(plain, names)), term.coefficient
        case ix.Apply(function, order, argument):
            return ("apply", function.name, order, canonical(argument, names)), ix.ONE
        case ix.Power(base, exponent):
            return _power_key(base, exponent, names)
        case ix.Partial():
            raise UnsupportedError("a derivative is still to be taken")
    assert_never(factor)


def _power_key(
    base: ix.Terms, exponent: Fraction, names: Names
) -> tuple[Key, Fraction]:
    form = canonical(base, names)
    match form:
        case ((((key, power),), coefficient),) if coefficient == 1 and (
            exponent.denominator == 1 or power == 1 or key[0] == "exp"
        ):
            return key, power * exponent
    return ("group", form), exponent


def _entry_key(factor: ix.Entry, names: Names) -> Key:
    at = tuple(_name(index, names) for index in factor.indices)
    node = factor.matrix
    rows = len(flatten(node.shape.dims[:1]))
    turned_at = (*at[rows:], *at[:rows])
    if isinstance(node, m.Symbol):
        return ("entry", str(node), *(min(at, turned_at) if node.symmetric else at))
    if not isinstance(node, m.Operation) or not is_atomic(node):
        raise UnsupportedError("a matrix expression is still to be lowered")
    if node.name == "dim":
        return ("dimension", str(node.parameters[0]))
    args = tuple(matrix_key(arg) for arg in node.args)
    turned = matrix_key(m.transpose(node.args[0])) if node.row.transposes else None
    if turned is not None and repr(turned) < repr(args[0]):
        args, at = (turned,), turned_at
    elif (turned,) == args or node.row.symmetric:
        at = min(at, turned_at)
    return ("operation", node.name, node.parameters, args, *at)


def matrix_key(expr: m.MatrixExpr) -> Canonical:
    """The canonical form of a matrix expression, at numbered indices."""
    found, steps = _matrix_key(expr)
    spend(steps)
    return found


@lru_cache(maxsize=4096)
def _matrix_key(expr: m.MatrixExpr) -> tuple[Canonical, float]:
    indices = tuple(ix.Index(f"#{n}", dim) for n, dim in enumerate(expr.shape.flat))
    with limited() as work:
        found = canonical(component(expr, indices, Context(ix.IndexSupply())))
    return found, work.spent


def _name(index: ix.Index, names: Names) -> str:
    return names.get(index, index.name)


def _orderings(term: ix.Term, names: Names) -> Iterator[tuple[ix.Index, ...]]:
    """Orderings of the bound indices that have to be tried for the least key."""
    return islice(_leaves(term, names, dict.fromkeys(term.bound, 0)), MAX_ORDERINGS)


def _leaves(
    term: ix.Term, names: Names, colours: dict[ix.Index, int]
) -> Iterator[tuple[ix.Index, ...]]:
    """Orderings by colour; where many have one colour, each in turn gets its own.

    Then its neighbours can be told apart too: a ring of n has 2n orderings, not n!.
    Source: McKay and Piperno (2014), Practical graph isomorphism II.
    """
    colours = _colours(term, names, colours)
    groups: dict[int, list[ix.Index]] = {}
    for index in sorted(term.bound, key=lambda i: colours[i]):
        groups.setdefault(colours[index], []).append(index)
    if prod(factorial(len(group)) for group in groups.values()) <= FEW_ORDERINGS:
        for choice in product(*map(permutations, groups.values())):
            yield tuple(index for group in choice for index in group)
        return
    alike = next(group for group in groups.values() if len(group) > 1)
    for chosen in alike:
        spend(len(term.factors))
        apart = {i: 2 * colour + (i != chosen) for i, colour in colours.items()}
        yield from _leaves(term, names, apart)


def _colours(
    term: ix.Term, names: Names, colours: dict[ix.Index, int]
) -> dict[ix.Index, int]:
    """Colour refinement: bound indices differ where their neighbours differ.

    Source: Weisfeiler and Leman (1968).
    """
    near = {
        i: [f for f in term.factors if i in ix.factor_indices(f)] for i in term.bound
    }
    while True:
        seen = {index: _seen(index, near[index], colours, names) for index in near}
        ranks = {text: rank for rank, text in enumerate(sorted(set(seen.values())))}
        refined = {index: ranks[seen[index]] for index in near}
        if len(ranks) == len(set(colours.values())) or len(ranks) == len(near):
            return refined
        colours = refined


def _seen(
    index: ix.Index,
    factors: list[ix.Factor],
    colours: dict[ix.Index, int],
    names: Names,
) -> str:
    masked = {i: f"?{colour}" for i, colour in colours.items()} | {index: "!"}
    keys = sorted(repr(_factor_key(factor, {**names, **masked})) for factor in factors)
    return f"{colours[index]:06}|{index.dim}|{keys}"


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
    multiplied by a matrix whose inverse stands at a free index; without a factor that
    all terms share; and where the argument of a step is positive, and where negative.
    """
    try:
        current = strong_expander(terms).normalize(terms)
        if not keyed(current, {}) or _is_cleared(current):
            return True
        one = ((form,) for form in without_inverse(current))
        others = chain(
            one, without_common_factor(current), by_cases(current), written_out(current)
        )
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


def written_out(terms: ix.Terms) -> Iterator[tuple[ix.Terms]]:
    """The form with operations by the rows that lengthen it, if there are any."""
    work = strong_expander(terms)

    def inside(factor: ix.Factor) -> ix.Factor:
        for inner in ix.subforms(factor):
            factor = ix.with_subform(factor, mapped(inner, inside))
        match factor:
            case ix.Entry(m.Operation() as node, at) if found := lately(node):
                return ix.Power(work.lowered(found, at), ix.ONE)
        return factor

    found = work.normalize(mapped(terms, inside))
    parts = (work.first(LATE_PRODUCTS, term) or (term,) for term in found)
    if (longer := tuple(chain.from_iterable(parts))) != terms:
        yield (longer,)


def mapped(terms: ix.Terms, change: Callable[[ix.Factor], ix.Factor]) -> ix.Terms:
    """An index form with every factor changed."""
    return tuple(replace(t, factors=tuple(map(change, t.factors))) for t in terms)


def by_cases(terms: ix.Terms) -> Iterator[tuple[ix.Terms, ix.Terms]]:
    """The form where some u in step(u) is positive, and where it is negative.

    Only u that has no bound index, and vanishes on a set without interior only.
    """
    plain = in_exponentials(terms, Context(ix.IndexSupply.beyond(terms)))
    if plain != terms:
        plain = strong_expander(plain).normalize(plain)
    free = {index for term in plain for index in ix.free_indices(term)}
    for argument in _step_arguments(plain):
        used = {i for t in argument for i in ix.free_indices(t)}
        if used <= free and is_generic(argument):
            yield _where(plain, argument, ix.ONE), _where(plain, argument, ix.ONE * 0)
            return


def _step_arguments(terms: ix.Terms) -> Iterator[ix.Terms]:
    """What steps are of, at every depth; the innermost first."""
    for factor in (f for term in terms for f in term.factors):
        for inner in ix.subforms(factor):
            yield from _step_arguments(inner)
        if isinstance(factor, ix.Apply) and factor.function.name == "step":
            yield factor.argument


def _where(terms: ix.Terms, argument: ix.Terms, value: Fraction) -> ix.Terms:
    """The form where step(argument) is 0 or 1, also where that leads to it again."""
    for _ in range(MAX_DEPTH):
        before = terms
        terms = _assumed(terms, argument, value)
        terms = strong_expander(terms).normalize(terms)
        if terms == before:
            break
    return terms


def _assumed(terms: ix.Terms, argument: ix.Terms, value: Fraction) -> ix.Terms:
    def inside(factor: ix.Factor) -> ix.Factor:
        for inner in ix.subforms(factor):
            factor = ix.with_subform(factor, _assumed(inner, argument, value))
        is_step = isinstance(factor, ix.Apply) and factor.function.name == "step"
        if is_step and ix.subforms(factor) == (argument,):
            return ix.Power((ix.Term(value),) if value else (), ix.ONE)
        return factor

    return mapped(terms, inside)


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
    lowered = component(arg, at, Context(fresh))
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
