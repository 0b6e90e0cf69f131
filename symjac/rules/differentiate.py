r"""Differentiate index forms: linearity, product rule, chain rule, deltas.

    d(f + g) = df + dg           d(c f) = c df           d(f g) = df g + f dg
    d f(u) = f'(u) du            d u^p = p u^(p-1) du    dx_l / dx_k = delta_{lk}
    dy_j/dx_k = sum over definitions v of sum_l  dy_j/dv_l  dv_l/dx_k

Before: a `Partial` around a lowered form. After: no `Partial`.
Terminates: every rewrite moves a `Partial` to a smaller form or removes it.
Source: Spivak, Calculus on Manifolds, ch. 2.
"""

from __future__ import annotations

from fractions import Fraction

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
    all_bound,
    entry_symbols,
    refresh,
    single,
    splice,
)
from symjac.expr.matrix import MatrixExpr, Symbol
from symjac.expr.shape import SCALAR, column
from symjac.library.functions import lookup
from symjac.rewrite.rule import Context, Known, Link, Rule, RuleSet
from symjac.rules.operations import OPERATION_PARTIALS
from symjac.rules.slopes import slope, slope_at


def _first_partial(term: Term) -> tuple[int, Partial] | None:
    for place, factor in enumerate(term.factors):
        if isinstance(factor, Partial):
            return place, factor
    return None


def depends(terms: Terms, symbol: MatrixExpr) -> bool:
    """Whether an entry of `symbol` occurs anywhere, function arguments included."""
    return any(found == symbol for found in entry_symbols(terms))


def _alone(partial: Partial) -> Factor | None:
    """The one factor of a form that is nothing but this factor."""
    if len(partial.of) != 1:
        return None
    (term,) = partial.of
    if term.bound or len(term.factors) != 1 or term.coefficient != ONE:
        return None
    return term.factors[0]


def _dependent(term: Term, by: Entry) -> list[int]:
    return [i for i, f in enumerate(term.factors) if depends(single(f), by.matrix)]


def _wrap(term: Term, place: int, by: Entry) -> Term:
    wrapped = Partial(single(term.factors[place]), by)
    factors = (*term.factors[:place], wrapped, *term.factors[place + 1 :])
    return Term(term.coefficient, factors, term.bound)


def partial_sum(term: Term, context: Context) -> Terms | None:
    """The derivative of a sum is the sum of the derivatives."""
    if (found := _first_partial(term)) is None or len(found[1].of) == 1:
        return None
    place, partial = found
    parts = (Term(ONE, (Partial((t,), partial.by),)) for t in partial.of)
    return splice(term, place, tuple(parts))


def partial_constant(term: Term, context: Context) -> Terms | None:
    """The derivative of a term that does not contain the variable is zero."""
    if (found := _first_partial(term)) is None:
        return None
    return None if depends(found[1].of, found[1].by.matrix) else ()


def partial_factor(term: Term, context: Context) -> Terms | None:
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
    return splice(term, place, (_wrap(inner, dependent[0], partial.by),))


def partial_product(term: Term, context: Context) -> Terms | None:
    """Product rule: one factor is differentiated at a time."""
    if (found := _first_partial(term)) is None or len(found[1].of) != 1:
        return None
    place, partial = found
    (inner,) = partial.of
    dependent = _dependent(inner, partial.by)
    if len(dependent) < 2:
        return None
    return splice(term, place, tuple(_wrap(inner, i, partial.by) for i in dependent))


def partial_elementwise(term: Term, context: Context) -> Terms | None:
    """Chain rule through an elementwise function."""
    if (found := _first_partial(term)) is None:
        return None
    place, partial = found
    inner = _alone(partial)
    if not isinstance(inner, Apply):
        return None
    outer = Apply(inner.function, inner.order + 1, inner.argument)
    rest = Partial(refresh(inner.argument, context.fresh), partial.by)
    return splice(term, place, (Term(ONE, (outer, rest)),))


def partial_power(term: Term, context: Context) -> Terms | None:
    """Chain rule through a power."""
    if (found := _first_partial(term)) is None:
        return None
    place, partial = found
    inner = _alone(partial)
    if not isinstance(inner, Raise):
        return None
    rest = Partial(refresh(inner.base, context.fresh), partial.by)
    if inner.exponent == 2:
        power: Terms = inner.base
    else:
        power = single(Raise(inner.base, inner.exponent - 1))
    parts = tuple(
        Term(inner.exponent * p.coefficient, (*p.factors, rest), p.bound) for p in power
    )
    return splice(term, place, parts)


def partial_entry(term: Term, context: Context) -> Terms | None:
    """An entry by an entry of the same quantity: 1 where the indices agree, else 0."""
    if (found := _first_partial(term)) is None:
        return None
    place, partial = found
    inner = _alone(partial)
    if not isinstance(inner, Entry) or inner.matrix != partial.by.matrix:
        return None
    pairs = zip(inner.indices, partial.by.indices, strict=True)
    deltas = tuple(Delta(left, right) for left, right in pairs)
    return splice(term, place, (Term(ONE, deltas),))


def named_derivative(term: Term, context: Context) -> Terms | None:
    """The derivative of a named function, where it has a name of its own."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, Apply) or not factor.order:
            continue
        function = factor.function
        if not function.slope:
            continue
        if slope(function.name, factor.order) and function.prime:
            continue
        found = slope_at(function.name, factor.order, factor.argument)
        return splice(term, place, found)
    return None


def chain_rule(term: Term, context: Context) -> Terms | None:
    """Chain rule over the definitions that the equation uses directly."""
    if (found := _first_partial(term)) is None or not context.links:
        return None
    place, partial = found
    inner = _alone(partial)
    if not isinstance(inner, Entry) or _known(partial, context) is not None:
        return None
    parts = []
    for link in context.links:
        if link.symbol == partial.by.matrix:
            parts.append(Term(ONE, (Partial(partial.of, partial.by, link.immediate),)))
            continue
        middle = Entry(link.symbol, link.indices)
        outer = Partial(partial.of, middle, link.immediate)
        rest = Partial(single(middle), partial.by)
        parts.append(Term(ONE, (outer, rest), link.indices))
    return splice(term, place, tuple(parts))


def _known(partial: Partial, context: Context) -> tuple[Known, Entry] | None:
    inner = _alone(partial)
    if not isinstance(inner, Entry):
        return None
    if not isinstance(of := inner.matrix, Symbol):
        return None
    if not isinstance(by := partial.by.matrix, Symbol):
        return None
    known = context.known.get((of, by, partial.immediate))
    return None if known is None else (known, inner)


def known_jacobian(term: Term, context: Context) -> Terms | None:
    """Insert a derivative found above."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, Partial):
            continue
        if (match := _known(factor, context)) is None:
            continue
        known, inner = match
        actual = (*inner.indices, *factor.by.indices)
        if known.indices == actual and known.bound.isdisjoint(all_bound((term,))):
            return splice(term, place, known.terms)
        names = dict(zip(known.indices, actual, strict=True))
        return splice(term, place, refresh(known.terms, context.fresh, names))
    return None


_J, _K, _L = Index("j", "m"), Index("k", "n"), Index("l", "n")
_X, _Y, _A = (
    Symbol("x", column("n")),
    Symbol("y", column("m")),
    Symbol("a", column("n")),
)
_C, _T = Symbol("c", SCALAR), Symbol("s", SCALAR)
_F = lookup("f")
_XL, _XK, _AL = Entry(_X, (_L,)), Entry(_X, (_K,)), Entry(_A, (_L,))
_YJ, _CE = Entry(_Y, (_J,)), Entry(_C, ())
_SPIVAK = "Spivak, Calculus on Manifolds, theorem 2-3"
_FX, _SIN = Apply(_F, 0, single(_XL)), Apply(lookup("exp"), 1, single(_XL))


def _d(terms: Terms, by: Entry = _XK) -> Terms:
    return single(Partial(terms, by))


def _term(*factors: Factor, bound: tuple[Index, ...] = ()) -> Terms:
    return (Term(ONE, factors, bound),)


PARTIALS: RuleSet = (
    *OPERATION_PARTIALS,
    Rule(
        "named_derivative",
        "derivative of a named function",
        single(_SIN),
        single(Apply(lookup("exp"), 0, single(_XL))),
        named_derivative,
        "Abramowitz and Stegun, 4.2 to 4.5",
        Apply,
    ),
    Rule(
        "partial_sum",
        "linearity",
        _d(single(_XL) + single(_AL)),
        _d(single(_XL)) + _d(single(_AL)),
        partial_sum,
        _SPIVAK,
        Partial,
    ),
    Rule(
        "partial_constant",
        "constant term",
        _d(single(_AL)),
        (),
        partial_constant,
        _SPIVAK,
        Partial,
    ),
    Rule(
        "partial_product",
        "product rule",
        _d(_term(_FX, _XL)),
        _term(Partial(single(_FX), _XK), _XL) + _term(_FX, Partial(single(_XL), _XK)),
        partial_product,
        _SPIVAK,
        Partial,
    ),
    Rule(
        "partial_factor",
        "constant factor",
        _d(_term(_CE, _XL)),
        _term(_CE, Partial(single(_XL), _XK)),
        partial_factor,
        _SPIVAK,
        Partial,
    ),
    Rule(
        "partial_elementwise",
        "derivative of an elementwise function",
        _d(single(_FX)),
        _term(Apply(_F, 1, single(_XL)), Partial(single(_XL), _XK)),
        partial_elementwise,
        "Spivak, Calculus on Manifolds, theorem 2-2",
        Partial,
    ),
    Rule(
        "partial_power",
        "power rule",
        _d(single(Raise(single(_XL), Fraction(3)))),
        (
            Term(
                Fraction(3),
                (Raise(single(_XL), Fraction(2)), Partial(single(_XL), _XK)),
            ),
        ),
        partial_power,
        "Spivak, Calculus on Manifolds, theorem 2-2",
        Partial,
    ),
    Rule(
        "partial_entry",
        "independent entries",
        _d(single(_XL)),
        single(Delta(_L, _K)),
        partial_entry,
        "definition of the partial derivative",
        Partial,
    ),
)

_CHAIN = _d(single(_YJ))
_MIDDLE = _term(Partial(single(_YJ), _AL), Partial(single(_AL), _XK), bound=(_L,))

CHAIN: RuleSet = (
    Rule(
        "chain_rule",
        "chain rule",
        _CHAIN,
        _MIDDLE,
        chain_rule,
        "Spivak, Calculus on Manifolds, theorem 2-9",
        Partial,
        Context(Fresh(), (Link(_A, (_L,)),)),
    ),
    Rule(
        "known_jacobian",
        "derivatives found above",
        _d(single(_AL)),
        _term(Apply(_F, 1, single(_XL)), Delta(_L, _K)),
        known_jacobian,
        "this derivation",
        Partial,
        Context(
            Fresh(),
            known={
                (_A, _X, False): Known(
                    (_L, _K), _term(Apply(_F, 1, single(_XL)), Delta(_L, _K))
                ),
            },
        ),
    ),
)
