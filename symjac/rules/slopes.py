"""Derivatives of named functions as index forms, from the slopes in their rows.

tanh'(u) = 1 - tanh(u)^2        tanh''(u) = -2 tanh(u) (1 - tanh(u)^2)
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from symjac.expr.index import (
    ONE,
    Apply,
    Entry,
    Factor,
    Fresh,
    Raise,
    Term,
    Terms,
    single,
    subforms,
    with_subform,
)
from symjac.expr.matrix import Symbol
from symjac.expr.shape import SCALAR
from symjac.language.meaning import instance
from symjac.library.functions import TABLE
from symjac.rewrite.rule import Context
from symjac.rules.lower import lower

U = Symbol("u", SCALAR)
_U = single(Entry(U, ()))


@cache
def slope(name: str, order: int) -> Terms:
    """The derivative of given order of a named function, at the number u."""
    if order > 1:
        return _derivative(slope(name, order - 1))
    text = instance(TABLE[name].slope, {"u": U})
    return lower(text, (), Context(Fresh())).result


def slope_at(name: str, order: int, argument: Terms) -> Terms:
    """A named function's derivative at an index form."""
    return _put(slope(name, order), argument)


def _derivative(terms: Terms) -> Terms:
    """By u: one factor at a time."""
    return tuple(
        Term(
            term.coefficient * part.coefficient,
            (*term.factors[:place], *part.factors, *term.factors[place + 1 :]),
        )
        for term in terms
        for place, factor in enumerate(term.factors)
        for part in _of_factor(factor)
    )


def _of_factor(factor: Factor) -> Terms:
    match factor:
        case Apply(function, 0, inner) if function.slope:
            outer = slope_at(function.name, 1, inner)
        case Apply(function, order, inner):
            outer = single(Apply(function, order + 1, inner))
        case Raise(inner, exponent) if exponent != 1:
            lowered = inner if exponent == 2 else single(Raise(inner, exponent - 1))
            outer = tuple(
                replace(t, coefficient=exponent * t.coefficient) for t in lowered
            )
        case Raise(inner):
            outer = (Term(),)
        case _:
            return (Term(),)
    return tuple(
        Term(one.coefficient * two.coefficient, (*one.factors, *two.factors))
        for one in outer
        for two in _derivative(inner)
    )


def _put(terms: Terms, argument: Terms) -> Terms:
    """An index form in u at another."""
    if terms == _U:
        return argument
    return tuple(
        replace(term, factors=tuple(_put_in(f, argument) for f in term.factors))
        for term in terms
    )


def _put_in(factor: Factor, argument: Terms) -> Factor:
    if factor == _U[0].factors[0]:
        match argument:
            case (Term(1, (alone,), ()),):
                return alone
        return Raise(argument, ONE)
    for inner in subforms(factor):
        factor = with_subform(factor, _put(inner, argument))
    return factor
