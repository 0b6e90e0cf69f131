r"""Find the left side of an identity in a term, and put its right side there.

    pattern sum_l Q_{li} Q_{lj} in sum_l W_{la} W_{lb} v_b: Q is W, i is a, j is b

The variables of a pattern stand for matrices with its properties; a number among them,
for any index form. Bound indices of the pattern stand for bound indices that occur
nowhere else, so that leaving out their sum is sound. New indices come from the caller's
supply: whatever is put in is renamed by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce

from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import Dim, Shape

Same = Callable[[ix.Terms, ix.Terms], bool]
Symbols = Mapping[m.Symbol, m.MatrixExpr]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Factors to be found, the indices that they are summed over, and the variables."""

    factors: tuple[ix.Factor, ...]
    bound: tuple[ix.Index, ...] = ()
    variables: frozenset[m.Symbol] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    """What the names of a pattern stand for, and the places of its factors."""

    symbols: Symbols = field(default_factory=dict)
    forms: Mapping[m.Symbol, ix.Terms] = field(default_factory=dict)
    indices: Mapping[ix.Index, ix.Index] = field(default_factory=dict)
    used: tuple[int, ...] = ()


def matches(
    pattern: Pattern, term: ix.Term, same: Same, start: Match | None = None
) -> Iterator[Match]:
    """Ways to find the pattern among the factors; a power counts as so many factors.

    Args:
        same: whether two index forms are equal.
        start: what is known already, places that are taken included.
    """
    start = start or Match()
    for found in _found(pattern, pattern.factors, term, same, start):
        if _is_inside(pattern, term, found):
            yield found


def _found(
    pattern: Pattern,
    rest: tuple[ix.Factor, ...],
    term: ix.Term,
    same: Same,
    found: Match,
) -> Iterator[Match]:
    if not rest:
        yield found
        return
    for place, factor in enumerate(term.factors):
        if place in found.used and found.used.count(place) == _copies(factor):
            continue
        for extended in _unify(pattern, rest[0], _bare(factor), same, found):
            used = (*extended.used, place)
            known = Match(extended.symbols, extended.forms, extended.indices, used)
            yield from _found(pattern, rest[1:], term, same, known)


def _copies(factor: ix.Factor) -> int:
    """How many equal factors a factor is."""
    match factor:
        case ix.Power((ix.Term(1, (ix.Entry() | ix.Apply(),), ()),), exponent):
            return int(exponent) if exponent.denominator == 1 and exponent > 1 else 1
    return 1


def _bare(factor: ix.Factor) -> ix.Factor:
    if isinstance(factor, ix.Power) and _copies(factor) > 1:
        return factor.base[0].factors[0]
    return factor


def _unify(
    pattern: Pattern, own: ix.Factor, factor: ix.Factor, same: Same, found: Match
) -> Iterator[Match]:
    match own, factor:
        case ix.Apply(), ix.Apply():
            if (own.function, own.order) == (factor.function, factor.order):
                yield from _unify_forms(
                    pattern, own.argument, factor.argument, same, found
                )
        case ix.Entry(), ix.Entry() if len(own.indices) == len(factor.indices):
            known = _unify_matrices(pattern, own.matrix, factor.matrix, found.symbols)
            if known is not None:
                yield from _unify_indices(own, factor, known, found)


def _unify_forms(
    pattern: Pattern, own: ix.Terms, form: ix.Terms, same: Same, found: Match
) -> Iterator[Match]:
    """A number of the pattern, or one factor alone."""
    match own, form:
        case (ix.Term(1, (ix.Entry(m.Symbol() as number, ()),), ()),), _ if (
            number in pattern.variables
        ):
            if same(found.forms.get(number, form), form):
                yield replace(found, forms={number: form, **found.forms})
        case (ix.Term(1, (inner,), ()),), (ix.Term(1, (factor,), ()),):
            yield from _unify(pattern, inner, factor, same, found)


def _unify_indices(
    own: ix.Entry, entry: ix.Entry, symbols: Symbols, found: Match
) -> Iterator[Match]:
    """In the order of the entry's indices; of a symmetric matrix, in both orders."""
    turned = isinstance(entry.matrix, m.Symbol) and entry.matrix.symmetric
    both = turned and len({*entry.indices}) == 2
    for indices in (entry.indices, entry.indices[::-1]) if both else (entry.indices,):
        names = dict(found.indices)
        pairs = zip(own.indices, indices, strict=True)
        if all(names.setdefault(one, other) == other for one, other in pairs):
            yield Match(symbols, found.forms, names, found.used)


def _unify_matrices(
    pattern: Pattern, own: m.MatrixExpr, value: m.MatrixExpr, found: Symbols
) -> Symbols | None:
    match own, value:
        case m.Symbol(), _ if own in pattern.variables:
            has = value.properties if isinstance(value, m.Symbol) else ()
            fits = {*own.properties} <= {*has} and found.get(own, value) == value
            known: dict[Dim, Dim] = {}
            dims = zip(own.shape.dims, value.shape.dims, strict=False)
            fits = fits and all(_as_dim(one, dim, known) for one, dim in dims)
            return {**found, own: value} if fits else None
        case m.Operation(name, (inner,)), m.Operation(other, (arg,)) if name == other:
            return _unify_matrices(pattern, inner, arg, found)
    return found if own == value else None


def _is_inside(pattern: Pattern, term: ix.Term, found: Match) -> bool:
    """Whether the sums of the pattern are sums of the term over nothing else."""
    if not pattern.bound:
        return True
    gone = {found.indices[index] for index in pattern.bound}
    free = (i for own, i in found.indices.items() if own not in pattern.bound)
    forms = (
        i for form in found.forms.values() for t in form for i in ix.free_indices(t)
    )
    outside = (i for f in _outside(term, found.used) for i in ix.factor_indices(f))
    return (
        len(gone) == len(pattern.bound)
        and gone <= {*term.bound}
        and gone.isdisjoint((*free, *forms, *outside))
    )


def _outside(term: ix.Term, used: tuple[int, ...]) -> tuple[ix.Factor, ...]:
    """The factors that are not used; of a power, those that are left."""
    return tuple(
        _bare(factor) if place in used else factor
        for place, factor in enumerate(term.factors)
        for _ in range(_copies(factor) - used.count(place) if place in used else 1)
    )


def replaced(
    term: ix.Term, used: tuple[int, ...], gone: Iterable[ix.Index], new: ix.Terms
) -> ix.Terms:
    """The term with other factors in place of those used, not summed over `gone`."""
    rest, left_out = _outside(term, used), {*gone}
    bound = tuple(index for index in term.bound if index not in left_out)
    return tuple(
        ix.Term(term.coefficient * t.coefficient, rest + t.factors, bound + t.bound)
        for t in new
    )


def rewritten(
    term: ix.Term,
    pattern: Pattern,
    found: Match,
    right: ix.Terms,
    fresh: ix.IndexSupply,
) -> ix.Terms:
    """The term with the right side of an identity in place of the left one."""
    new = _filled(ix.refresh(right, fresh, found.indices), found, fresh)
    gone = (found.indices[index] for index in pattern.bound)
    return replaced(term, found.used, gone, new)


def _filled(terms: ix.Terms, found: Match, fresh: ix.IndexSupply) -> ix.Terms:
    """An index form with what the variables stand for in their places."""
    done: list[ix.Term] = []
    for term in terms:
        parts: ix.Terms = (ix.Term(term.coefficient, (), term.bound),)
        for factor in term.factors:
            parts = tuple(
                ix.Term(
                    part.coefficient * more.coefficient,
                    part.factors + more.factors,
                    part.bound + more.bound,
                )
                for part in parts
                for more in _filled_factor(factor, found, fresh)
            )
        done.extend(parts)
    return tuple(done)


def _filled_factor(factor: ix.Factor, found: Match, fresh: ix.IndexSupply) -> ix.Terms:
    match factor:
        case ix.Entry(m.Symbol() as number, ()) if number in found.forms:
            return ix.refresh(found.forms[number], fresh)
        case ix.Entry(matrix, indices):
            return ix.single(ix.Entry(m.substitute(matrix, found.symbols), indices))
    for inner in ix.subforms(factor):
        factor = ix.with_subform(factor, _filled(inner, found, fresh))
    return ix.single(factor)


@dataclass(frozen=True, slots=True)
class Fit:
    """What the symbols and the dimensions of a matrix form stand for."""

    symbols: Symbols = field(default_factory=dict)
    dims: Mapping[Dim, Dim] = field(default_factory=dict)


def fits(
    pattern: m.MatrixExpr, expr: m.MatrixExpr, found: Fit | None = None
) -> Fit | None:
    """How a matrix form is an instance of a pattern, all of whose symbols are free.

    A longer product is cut in two where both parts fit, the last factor first.
    """
    found = found or Fit()
    match pattern, expr:
        case m.Symbol(), _:
            return _as_symbol(pattern, expr, found)
        case m.MatMul(), m.MatMul():
            return _as_product(pattern, expr, found)
        case m.Constant(value), m.Constant(other):
            return (
                _as_shape(pattern.shape, expr.shape, found) if value == other else None
            )
    if type(pattern) is not type(expr) or _label(pattern) != _label(expr):
        return None
    for own, child in zip(m.children(pattern), m.children(expr), strict=True):
        if (part := fits(own, child, found)) is None:
            return None
        found = part
    return _as_shape(pattern.shape, expr.shape, found)


def _as_product(own: m.MatMul, expr: m.MatMul, found: Fit) -> Fit | None:
    for first, last in _cuts(expr):
        part = fits(own.left, first, found)
        if part and (whole := fits(own.right, last, part)):
            return whole
    return None


def _label(expr: m.MatrixExpr) -> tuple[object, ...]:
    """What has to be equal beside the operands."""
    match expr:
        case m.Operation(name, args, parameters):
            own = tuple(p for p in parameters if not isinstance(p, str))
            return (name, len(args), own)
        case m.Elementwise(function, order):
            return (function, order)
        case m.Power(_, exponent):
            return (exponent,)
        case m.Add(terms):
            return (len(terms),)
    return ()


def _as_symbol(own: m.Symbol, expr: m.MatrixExpr, found: Fit) -> Fit | None:
    has = expr.properties if isinstance(expr, m.Symbol) else ()
    if not {*own.properties} <= {*has} or found.symbols.get(own, expr) != expr:
        return None
    sized = _as_shape(own.shape, expr.shape, found)
    return sized and replace(sized, symbols={**sized.symbols, own: expr})


def _as_shape(own: Shape, shape: Shape, found: Fit) -> Fit | None:
    dims = dict(found.dims)
    pairs = zip(own.dims, shape.dims, strict=False)
    is_equal = own.kind is shape.kind and len(own.dims) == len(shape.dims)
    if is_equal and all(_as_dim(one, other, dims) for one, other in pairs):
        return replace(found, dims=dims)
    return None


def _as_dim(own: Dim, dim: Dim, known: dict[Dim, Dim]) -> bool:
    """A named dimension stands for any, always the same one; a number for itself."""
    return own == dim if isinstance(own, int) else known.setdefault(own, dim) == dim


def _cuts(expr: m.MatMul) -> Iterator[tuple[m.MatrixExpr, m.MatrixExpr]]:
    """A product as two, in every way that the order of its factors allows."""
    rest, chain = expr, [expr.right]
    yield rest.left, rest.right
    while isinstance(rest.left, m.MatMul):
        rest = rest.left
        chain.insert(0, rest.right)
        if m.matmul_shape(rest.left.shape, rest.right.shape) is not None:
            yield rest.left, reduce(m.MatMul, chain)


def build(expr: m.MatrixExpr, found: Fit) -> m.MatrixExpr:
    """A matrix form with what its symbols and dimensions stand for in their places."""
    match expr:
        case m.Symbol():
            return found.symbols[expr]
        case m.Constant(value, shape):
            dims = tuple(found.dims.get(dim, dim) for dim in shape.dims)
            return m.Constant(value, replace(shape, dims=dims))
        case m.Identity(dim):
            return m.Identity(found.dims.get(dim, dim))
        case m.Operation(name, args, parameters):
            own = tuple(found.dims.get(dim, dim) for dim in parameters)
            return m.Operation(name, tuple(build(arg, found) for arg in args), own)
    return m.rebuild(expr, lambda child: build(child, found))
