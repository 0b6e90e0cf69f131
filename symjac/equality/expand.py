"""Multiply out one index form and apply every identity that makes terms comparable.

Named derivatives, kept operations and powers are written out, deltas sifted, function
identities, declared properties and inverses used: a matrix next to its inverse is
sum_l M_{il} inv(M)_{lj} = delta_{ij}. Before: a lowered form. After: a sum
of terms to which nothing applies. Terminates: each identity leads down one order (see
its table); all the same the number of rewrites is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from symjac.calculus.components import dimension
from symjac.calculus.contract import CONTRACT
from symjac.calculus.differentiate import slope_at
from symjac.calculus.lower import LOWER
from symjac.equality.identities import FUNCTIONS, NESTED, ROOTS, Identity
from symjac.equality.properties import WHOLE, keys, simpler
from symjac.errors import BudgetError
from symjac.rewrite.budget import spend
from symjac.rewrite.match import Match, Pattern, matches, replaced
from symjac.rewrite.rule import Context, find, run
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.exact import bounded, whole_power

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


MAX_TERMS = 4_000
MAX_REWRITES = 60_000
MAX_PRODUCTS = 256  # of a power of a sum; beyond, it is compared as it stands
Key = tuple[Any, ...]
ALONE = "1"  # the one index of a dimension 1


@dataclass(slots=True)
class Expander:
    """Expands index forms; `key` tells terms that are equal up to coefficients."""

    fresh: ix.IndexSupply
    key: Callable[[ix.Term], Key]
    context: Context = field(init=False)
    normal: set[ix.Terms] = field(default_factory=set)
    rewrites: int = 0
    most_rewrites: int = MAX_REWRITES
    most_terms: int = MAX_TERMS

    def __post_init__(self) -> None:
        self.context = Context(self.fresh, same=self.same)

    def expand(self, terms: ix.Terms) -> ix.Terms:
        """The expanded form; terms that cancel are left."""
        done: list[ix.Term] = []
        todo = list(reversed(terms))
        while todo:
            term = todo.pop()
            parts = self.once(term)
            if parts is None:
                done.append(term)
            else:
                todo.extend(reversed(parts))
            self.rewrites += 1
            bounded(term.coefficient)
            spend(len(term.factors))
            many = len(done) + len(todo) > self.most_terms
            if many or self.rewrites > self.most_rewrites:
                raise BudgetError("too many terms in the canonical form")
        return tuple(done)

    def normalize(self, terms: ix.Terms) -> ix.Terms:
        """Expanded, equal terms added up, in the order of their keys."""
        if terms in self.normal:
            return terms
        kept: dict[Key, ix.Term] = {}
        for term in self.expand(terms):
            key = self.key(term)
            before = kept[key].coefficient if key in kept else Fraction(0)
            total = before + term.coefficient
            kept[key] = replace(kept.get(key, term), coefficient=total)
        ordered = sorted((repr(key), n, t) for n, (key, t) in enumerate(kept.items()))
        result = tuple(term for _, _, term in ordered if term.coefficient)
        self.normal.add(result)
        return result

    def once(self, term: ix.Term) -> ix.Terms | None:
        """One rewrite of a term, or None."""
        if term.coefficient == 0:
            return ()
        for place, factor in enumerate(term.factors):
            if (normal := self.inside(factor)) is not None:
                return ix.splice(term, place, normal)
            parts = self.factor(factor)
            if parts is not None:
                return ix.splice(term, place, ix.refresh(parts, self.fresh))
        parts = bare_index(term) or unit_dimension(term)
        if parts is not None:
            return parts
        found = find((term,), CONTRACT, Context(self.fresh), nested=False)
        if found is not None:
            return found[2]
        return self.whole(term)

    def inside(self, factor: ix.Factor) -> ix.Terms | None:
        """A factor around the normal form of its argument."""
        is_sign = isinstance(factor, ix.Apply) and factor.function.name == "sign"
        if is_sign and (parts := self.first(NESTED, ix.single(factor)[0])) is not None:
            return parts
        for inner in ix.subforms(factor):
            normal = self.normalize(inner)
            if normal != inner:
                return ix.single(ix.with_subform(factor, normal))
        return None

    def whole(self, term: ix.Term) -> ix.Terms | None:
        """Identities that concern several factors."""
        if (merged := merge_delta(term)) is not None:
            return merged
        own = keys(term)
        known = (row for key, row in WHOLE if key in own)
        if (parts := self.first(known, term)) is not None:
            return parts
        if (parts := self.merge_powers(term)) is not None:
            return parts
        return inverse_relation(term, self.fresh, self.argument_terms)

    def first(self, rows: Iterable[Identity], term: ix.Term) -> ix.Terms | None:
        """The rewrite by the first row that applies."""
        for row in rows:
            if (parts := row.rule.rewrite(term, self.context)) is not None:
                return parts
        return None

    def argument_terms(
        self, expr: m.MatrixExpr, row: ix.Index, column: ix.Index
    ) -> ix.Terms:
        """The normal form of a matrix expression's entry."""
        return self.normalize(self.lowered(expr, (row, column)))

    def is_zero_matrix(self, expr: m.MatrixExpr) -> bool:
        """Whether every entry is zero: asked at two indices that differ."""
        row, column = (self.fresh.index(dim) for dim in expr.shape.dims)
        return not self.argument_terms(expr, row, column)

    def lowered(self, expr: m.MatrixExpr, indices: tuple[ix.Index, ...]) -> ix.Terms:
        """Entries of symbols and kept operations only."""
        start = ix.single(ix.Entry(expr, indices))
        return run("component form", start, LOWER, Context(self.fresh)).result

    def factor(self, factor: ix.Factor) -> ix.Terms | None:
        """A factor that others express; its inner form is normal."""
        match factor:
            case ix.Apply(function, order, argument) if order and function.slope:
                return slope_at(function.name, order, argument)
            case ix.Apply(function, 0) if function.name in FUNCTIONS:
                return self.first(FUNCTIONS[function.name], ix.single(factor)[0])
            case ix.Power():
                root = self.first(ROOTS, ix.single(factor)[0])
                return root or expand_raise(factor, self.fresh)
            case ix.Entry(matrix=m.Operation() as node, indices=at):
                return self.operation(node, at)
        return None

    def operation(self, node: m.Operation, at: tuple[ix.Index, ...]) -> ix.Terms | None:
        """Kept operations by their definitions; inverses and determinants of parts."""
        if node.name in ("inv", "det") and node.args[0].shape.dims == (1, 1):
            power = Fraction(-1) if node.name == "inv" else ix.ONE
            only = (ix.Index(ALONE, 1), ix.Index(ALONE, 1))
            return ix.single(ix.Power(self.lowered(node.args[0], only), power))
        if node.name == "expm" and self.is_zero_matrix(node.args[0]):
            return ix.single(ix.Delta(*at))
        parts = simpler(node)
        return None if parts is None else self.lowered(parts, at)

    def form_key(self, terms: ix.Terms) -> Key:
        """Equal for equal normal forms, whatever their bound indices are called."""
        return tuple((self.key(t), t.coefficient) for t in terms)

    def same(self, one: ix.Terms, two: ix.Terms) -> bool:
        """Whether two normal forms are equal."""
        return one == two or self.form_key(one) == self.form_key(two)

    def merge_powers(self, term: ix.Term) -> ix.Terms | None:
        """Two powers of one sum or function value: one power."""
        if not any(isinstance(factor, ix.Power) for factor in term.factors):
            return None
        seen: dict[Key, int] = {}
        for place, factor in enumerate(term.factors):
            if not isinstance(factor, ix.Power | ix.Apply):
                continue
            base, exponent = _as_power(factor)
            key = self.form_key(base)
            if key not in seen:
                seen[key] = place
                continue
            first, before = _as_power(term.factors[seen[key]])
            if exponent == before == 1:
                continue
            factors = list(term.factors)
            factors[seen[key]] = ix.Power(first, before + exponent)
            del factors[place]
            return (replace(term, factors=tuple(factors)),)
        return None


def _as_power(factor: ix.Factor) -> tuple[ix.Terms, Fraction]:
    """Base and exponent."""
    if isinstance(factor, ix.Power):
        return factor.base, factor.exponent
    return ix.single(factor), ix.ONE


def merge_delta(term: ix.Term) -> ix.Terms | None:
    """Where a delta says that two free indices agree, write one for both."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, ix.Delta):
            continue
        kept, gone = sorted((factor.left, factor.right), key=lambda i: i.name)
        others = term.factors[:place] + term.factors[place + 1 :]
        if not any(gone in ix.factor_indices(other) for other in others):
            continue
        merged = tuple(ix.rename_factor(other, {gone: kept}) for other in others)
        factors = (*merged[:place], factor, *merged[place:])
        return (replace(term, factors=factors),)
    return None


def bare_index(term: ix.Term) -> ix.Terms | None:
    """A sum over an index that no factor has: as many times as its dimension."""
    if not term.bound:
        return None
    used = {index for factor in term.factors for index in ix.factor_indices(factor)}
    for index in term.bound:
        if index not in used:
            bound = tuple(b for b in term.bound if b != index)
            rest = replace(term, bound=bound)
            parts = dimension(index.dim)
            return tuple(
                ix.Term(
                    rest.coefficient * p.coefficient, (*rest.factors, *p.factors), bound
                )
                for p in parts
            )
    return None


def unit_dimension(term: ix.Term) -> ix.Terms | None:
    """Over a dimension 1 there is one index, and no sum."""
    indices = {i for f in term.factors for i in ix.factor_indices(f)} | set(term.bound)
    names = {i: ix.Index(ALONE, 1) for i in indices if i.dim == 1 and i.name != ALONE}
    if not names:
        return None
    bound = tuple(index for index in term.bound if index not in names)
    return ix.rename((replace(term, bound=bound),), names)


def expand_raise(factor: ix.Power, fresh: ix.IndexSupply) -> ix.Terms | None:
    """Integer powers of sums and of products; the base is expanded."""
    exponent, base = factor.exponent, factor.base
    if exponent == 0:
        return (ix.Term(),)
    if exponent == 1:
        return base
    if not base:
        return () if exponent > 0 else None
    if exponent.denominator != 1:
        return _root_of_number(factor)
    if len(base) == 1:
        return _power_of_product(base[0], exponent)
    if exponent < 0 or len(base) ** exponent > MAX_PRODUCTS:
        return None
    rest = ix.Power(base, exponent - 1)
    return tuple(
        ix.Term(t.coefficient, (*t.factors, *again.factors), t.bound + again.bound)
        for t in base
        for again in ix.refresh(ix.single(rest), fresh)
    )


def _root_of_number(factor: ix.Power) -> ix.Terms | None:
    """A root of a positive number times the rest is the product of their roots."""
    (term, *more) = factor.base
    number, exponent = term.coefficient, factor.exponent
    if more or number <= 0:
        return None
    if number == ix.ONE:
        return None if term.factors or term.bound else (ix.Term(),)
    rest = replace(term, coefficient=ix.ONE)
    powers = (ix.Power((rest,), exponent),) if term.factors or term.bound else ()
    root = exact_root(number, exponent.denominator)
    if root is not None:
        return (ix.Term(whole_power(root, exponent.numerator), powers),)
    return (
        (ix.Term(ix.ONE, (ix.Power((ix.Term(number),), exponent), *powers)),)
        if powers
        else None
    )


def exact_root(number: Fraction, degree: int) -> Fraction | None:
    """The root of a positive number, if it is rational."""
    parts = []
    for part in (number.numerator, number.denominator):
        near = round(part ** (1 / degree)) if part < 2**50 else 0
        if near**degree != part:
            return None
        parts.append(near)
    return Fraction(*parts)


def _power_of_product(term: ix.Term, exponent: Fraction) -> ix.Terms | None:
    if term.coefficient == 0:
        return None
    parts = ix.components(term)
    is_atom = len(parts) == 1 and term.coefficient == ix.ONE
    if is_atom and (term.bound or not isinstance(term.factors[0], ix.Power)):
        return None
    powers = tuple(_raised(part, exponent) for part in parts)
    return (ix.Term(whole_power(term.coefficient, int(exponent)), powers),)


def _raised(part: ix.Term, exponent: Fraction) -> ix.Factor:
    """A power of a power of one factor has one exponent."""
    match part:
        case ix.Term(1, (ix.Power(base, inner),), ()) if (
            inner.denominator == 1 or exponent.denominator == 1
        ):
            return ix.Power(base, inner * exponent)
    return ix.Power((part,), exponent)
