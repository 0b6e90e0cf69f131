r"""Differentiate index forms: linearity, product rule, chain rule, deltas.

    d(f + g) = df + dg           d(c f) = c df           d(f g) = df g + f dg
    d f(u) = f'(u) du            d u^p = p u^(p-1) du    dx_l / dx_k = delta_{lk}
    dy_j/dx_k = sum over definitions v of sum_l  dy_j/dv_l  dv_l/dx_k

Before: a `Partial` around a lowered form. After: no `Partial`.
Terminates: every rewrite moves a `Partial` to a smaller form or removes it.
Source: Spivak, Calculus on Manifolds, ch. 2.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

from symjac.calculus.lower import component
from symjac.calculus.operations import OPERATION_PARTIALS
from symjac.language.meaning import instance
from symjac.library.functions import TABLE, lookup
from symjac.rewrite.rule import Context, Dependence, LocalJacobian, Rule, RuleSet
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, column

U = m.Symbol("u", SCALAR)
_U = ix.single(ix.Entry(U, ()))


@cache
def slope(name: str, order: int) -> ix.Terms:
    """The derivative of given order of a named function, at the number u."""
    if order > 1:
        return _derivative(slope(name, order - 1))
    text = instance(TABLE[name].slope, {"u": U})
    return component(text, (), Context(ix.IndexSupply()))


def slope_at(name: str, order: int, argument: ix.Terms) -> ix.Terms:
    """A named function's derivative at an index form."""
    return _put(slope(name, order), argument)


def _derivative(terms: ix.Terms) -> ix.Terms:
    """By u: one factor at a time."""
    return tuple(
        ix.Term(
            term.coefficient * part.coefficient,
            (*term.factors[:place], *part.factors, *term.factors[place + 1 :]),
        )
        for term in terms
        for place, factor in enumerate(term.factors)
        for part in _of_factor(factor)
    )


def _of_factor(factor: ix.Factor) -> ix.Terms:
    match factor:
        case ix.Apply(function, 0, inner) if function.slope:
            outer = slope_at(function.name, 1, inner)
        case ix.Apply(function, order, inner):
            outer = ix.single(ix.Apply(function, order + 1, inner))
        case ix.Power(inner, exponent) if exponent != 1:
            lowered = (
                inner if exponent == 2 else ix.single(ix.Power(inner, exponent - 1))
            )
            outer = tuple(
                replace(t, coefficient=exponent * t.coefficient) for t in lowered
            )
        case ix.Power(inner):
            outer = (ix.Term(),)
        case _:
            return (ix.Term(),)
    return tuple(
        ix.Term(one.coefficient * two.coefficient, (*one.factors, *two.factors))
        for one in outer
        for two in _derivative(inner)
    )


def _put(terms: ix.Terms, argument: ix.Terms) -> ix.Terms:
    """An index form in u at another."""
    if terms == _U:
        return argument
    return tuple(
        replace(term, factors=tuple(_put_in(f, argument) for f in term.factors))
        for term in terms
    )


def _put_in(factor: ix.Factor, argument: ix.Terms) -> ix.Factor:
    if factor == _U[0].factors[0]:
        match argument:
            case (ix.Term(1, (alone,), ()),):
                return alone
        return ix.Power(argument, ix.ONE)
    for inner in ix.subforms(factor):
        factor = ix.with_subform(factor, _put(inner, argument))
    return factor


def _first_partial(term: ix.Term) -> tuple[int, ix.Partial] | None:
    for place, factor in enumerate(term.factors):
        if isinstance(factor, ix.Partial):
            return place, factor
    return None


def depends(terms: ix.Terms, symbol: m.MatrixExpr) -> bool:
    """Whether an entry of `symbol` occurs anywhere, function arguments included."""
    return any(found == symbol for found in ix.entry_symbols(terms))


def _alone(partial: ix.Partial) -> ix.Factor | None:
    """The one factor of a form that is nothing but this factor."""
    if len(partial.of) != 1:
        return None
    (term,) = partial.of
    if term.bound or len(term.factors) != 1 or term.coefficient != ix.ONE:
        return None
    return term.factors[0]


def _dependent(term: ix.Term, by: ix.Entry) -> list[int]:
    return [i for i, f in enumerate(term.factors) if depends(ix.single(f), by.matrix)]


def _wrap(term: ix.Term, place: int, by: ix.Entry) -> ix.Term:
    wrapped = ix.Partial(ix.single(term.factors[place]), by)
    factors = (*term.factors[:place], wrapped, *term.factors[place + 1 :])
    return ix.Term(term.coefficient, factors, term.bound)


def partial_sum(term: ix.Term, context: Context) -> ix.Terms | None:
    """The derivative of a sum is the sum of the derivatives."""
    if (found := _first_partial(term)) is None or len(found[1].of) == 1:
        return None
    place, partial = found
    parts = (ix.Term(ix.ONE, (ix.Partial((t,), partial.by),)) for t in partial.of)
    return ix.splice(term, place, tuple(parts))


def partial_constant(term: ix.Term, context: Context) -> ix.Terms | None:
    """The derivative of a term that does not contain the variable is zero."""
    if (found := _first_partial(term)) is None:
        return None
    return None if depends(found[1].of, found[1].by.matrix) else ()


def partial_factor(term: ix.Term, context: Context) -> ix.Terms | None:
    """Constant factors and sums stand in front of the derivative."""
    if (found := _first_partial(term)) is None or len(found[1].of) != 1:
        return None
    place, partial = found
    if _alone(partial) is not None:
        return None
    (inner,) = partial.of
    dependent = _dependent(inner, partial.by)
    if len(dependent) != 1:
        return None
    return ix.splice(term, place, (_wrap(inner, dependent[0], partial.by),))


def partial_product(term: ix.Term, context: Context) -> ix.Terms | None:
    """Product rule: one factor is differentiated at a time."""
    if (found := _first_partial(term)) is None or len(found[1].of) != 1:
        return None
    place, partial = found
    (inner,) = partial.of
    dependent = _dependent(inner, partial.by)
    if len(dependent) < 2:
        return None
    return ix.splice(term, place, tuple(_wrap(inner, i, partial.by) for i in dependent))


def partial_elementwise(term: ix.Term, context: Context) -> ix.Terms | None:
    """Chain rule through an elementwise function."""
    if (found := _first_partial(term)) is None:
        return None
    place, partial = found
    inner = _alone(partial)
    if not isinstance(inner, ix.Apply):
        return None
    outer = ix.Apply(inner.function, inner.order + 1, inner.argument)
    rest = ix.Partial(ix.refresh(inner.argument, context.fresh), partial.by)
    return ix.splice(term, place, (ix.Term(ix.ONE, (outer, rest)),))


def partial_power(term: ix.Term, context: Context) -> ix.Terms | None:
    """Chain rule through a power."""
    if (found := _first_partial(term)) is None:
        return None
    place, partial = found
    inner = _alone(partial)
    if not isinstance(inner, ix.Power):
        return None
    rest = ix.Partial(ix.refresh(inner.base, context.fresh), partial.by)
    if inner.exponent == 2:
        power: ix.Terms = inner.base
    else:
        power = ix.single(ix.Power(inner.base, inner.exponent - 1))
    parts = tuple(
        ix.Term(inner.exponent * p.coefficient, (*p.factors, rest), p.bound)
        for p in power
    )
    return ix.splice(term, place, parts)


def partial_entry(term: ix.Term, context: Context) -> ix.Terms | None:
    """An entry by an entry of the same quantity: 1 where the indices agree, else 0."""
    if (found := _first_partial(term)) is None:
        return None
    place, partial = found
    inner = _alone(partial)
    if not isinstance(inner, ix.Entry) or inner.matrix != partial.by.matrix:
        return None
    pairs = zip(inner.indices, partial.by.indices, strict=True)
    deltas = tuple(ix.Delta(left, right) for left, right in pairs)
    return ix.splice(term, place, (ix.Term(ix.ONE, deltas),))


def named_derivative(term: ix.Term, context: Context) -> ix.Terms | None:
    """The derivative of a named function, where it has a name of its own."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, ix.Apply) or not factor.order:
            continue
        function = factor.function
        if not function.slope:
            continue
        if slope(function.name, factor.order) and function.prime:
            continue
        found = slope_at(function.name, factor.order, factor.argument)
        return ix.splice(term, place, found)
    return None


def chain_rule(term: ix.Term, context: Context) -> ix.Terms | None:
    """Chain rule over the definitions that the equation uses directly."""
    if (found := _first_partial(term)) is None or not context.links:
        return None
    place, partial = found
    inner = _alone(partial)
    if not isinstance(inner, ix.Entry) or _known(partial, context) is not None:
        return None
    parts = []
    for link in context.links:
        if link.symbol == partial.by.matrix:
            parts.append(
                ix.Term(ix.ONE, (ix.Partial(partial.of, partial.by, link.immediate),))
            )
            continue
        middle = ix.Entry(link.symbol, link.indices)
        outer = ix.Partial(partial.of, middle, link.immediate)
        rest = ix.Partial(ix.single(middle), partial.by)
        parts.append(ix.Term(ix.ONE, (outer, rest), link.indices))
    return ix.splice(term, place, tuple(parts))


def _known(
    partial: ix.Partial, context: Context
) -> tuple[LocalJacobian, ix.Entry] | None:
    inner = _alone(partial)
    if not isinstance(inner, ix.Entry):
        return None
    if not isinstance(of := inner.matrix, m.Symbol):
        return None
    if not isinstance(by := partial.by.matrix, m.Symbol):
        return None
    known = context.known.get((of, by, partial.immediate))
    return None if known is None else (known, inner)


def known_jacobian(term: ix.Term, context: Context) -> ix.Terms | None:
    """Insert a derivative found above."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, ix.Partial):
            continue
        if (match := _known(factor, context)) is None:
            continue
        known, inner = match
        actual = (*inner.indices, *factor.by.indices)
        if known.indices == actual and known.bound.isdisjoint(ix.all_bound((term,))):
            return ix.splice(term, place, known.terms)
        names = dict(zip(known.indices, actual, strict=True))
        return ix.splice(term, place, ix.refresh(known.terms, context.fresh, names))
    return None


_J, _K, _L = ix.Index("j", "m"), ix.Index("k", "n"), ix.Index("l", "n")
_X, _Y, _A = (
    m.Symbol("x", column("n")),
    m.Symbol("y", column("m")),
    m.Symbol("a", column("n")),
)
_C, _T = m.Symbol("c", SCALAR), m.Symbol("s", SCALAR)
_F = lookup("f")
_XL, _XK, _AL = ix.Entry(_X, (_L,)), ix.Entry(_X, (_K,)), ix.Entry(_A, (_L,))
_YJ, _CE = ix.Entry(_Y, (_J,)), ix.Entry(_C, ())
_SPIVAK = "Spivak, Calculus on Manifolds, theorem 2-3"
_FX, _SIN = ix.Apply(_F, 0, ix.single(_XL)), ix.Apply(lookup("exp"), 1, ix.single(_XL))


def _d(terms: ix.Terms, by: ix.Entry = _XK) -> ix.Terms:
    return ix.single(ix.Partial(terms, by))


def _term(*factors: ix.Factor, bound: tuple[ix.Index, ...] = ()) -> ix.Terms:
    return (ix.Term(ix.ONE, factors, bound),)


PARTIALS: RuleSet = (
    *OPERATION_PARTIALS,
    Rule(
        "named_derivative",
        "derivative of a named function",
        ix.single(_SIN),
        ix.single(ix.Apply(lookup("exp"), 0, ix.single(_XL))),
        named_derivative,
        "Abramowitz and Stegun, 4.2 to 4.5",
        ix.Apply,
    ),
    Rule(
        "partial_sum",
        "linearity",
        _d(ix.single(_XL) + ix.single(_AL)),
        _d(ix.single(_XL)) + _d(ix.single(_AL)),
        partial_sum,
        _SPIVAK,
        ix.Partial,
    ),
    Rule(
        "partial_constant",
        "constant term",
        _d(ix.single(_AL)),
        (),
        partial_constant,
        _SPIVAK,
        ix.Partial,
    ),
    Rule(
        "partial_product",
        "product rule",
        _d(_term(_FX, _XL)),
        _term(ix.Partial(ix.single(_FX), _XK), _XL)
        + _term(_FX, ix.Partial(ix.single(_XL), _XK)),
        partial_product,
        _SPIVAK,
        ix.Partial,
    ),
    Rule(
        "partial_factor",
        "constant factor",
        _d(_term(_CE, _XL)),
        _term(_CE, ix.Partial(ix.single(_XL), _XK)),
        partial_factor,
        _SPIVAK,
        ix.Partial,
    ),
    Rule(
        "partial_elementwise",
        "derivative of an elementwise function",
        _d(ix.single(_FX)),
        _term(ix.Apply(_F, 1, ix.single(_XL)), ix.Partial(ix.single(_XL), _XK)),
        partial_elementwise,
        "Spivak, Calculus on Manifolds, theorem 2-2",
        ix.Partial,
    ),
    Rule(
        "partial_power",
        "power rule",
        _d(ix.single(ix.Power(ix.single(_XL), Fraction(3)))),
        (
            ix.Term(
                Fraction(3),
                (
                    ix.Power(ix.single(_XL), Fraction(2)),
                    ix.Partial(ix.single(_XL), _XK),
                ),
            ),
        ),
        partial_power,
        "Spivak, Calculus on Manifolds, theorem 2-2",
        ix.Partial,
    ),
    Rule(
        "partial_entry",
        "independent entries",
        _d(ix.single(_XL)),
        ix.single(ix.Delta(_L, _K)),
        partial_entry,
        "definition of the partial derivative",
        ix.Partial,
    ),
)

_CHAIN = _d(ix.single(_YJ))
_MIDDLE = _term(
    ix.Partial(ix.single(_YJ), _AL), ix.Partial(ix.single(_AL), _XK), bound=(_L,)
)

CHAIN: RuleSet = (
    Rule(
        "chain_rule",
        "chain rule",
        _CHAIN,
        _MIDDLE,
        chain_rule,
        "Spivak, Calculus on Manifolds, theorem 2-9",
        ix.Partial,
        Context(ix.IndexSupply(), (Dependence(_A, (_L,)),)),
    ),
    Rule(
        "known_jacobian",
        "derivatives found above",
        _d(ix.single(_AL)),
        _term(ix.Apply(_F, 1, ix.single(_XL)), ix.Delta(_L, _K)),
        known_jacobian,
        "this derivation",
        ix.Partial,
        Context(
            ix.IndexSupply(),
            known={
                (_A, _X, False): LocalJacobian(
                    (_L, _K), _term(ix.Apply(_F, 1, ix.single(_XL)), ix.Delta(_L, _K))
                ),
            },
        ),
    ),
)
