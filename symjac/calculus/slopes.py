"""Derivatives of named functions as index forms, from the slopes in their rows.

tanh'(u) = 1 - tanh(u)^2        tanh''(u) = -2 tanh(u) (1 - tanh(u)^2)
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from symjac.calculus.lower import lower
from symjac.language.meaning import instance
from symjac.library.functions import TABLE
from symjac.rewrite.rule import Context
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR

U = m.Symbol("u", SCALAR)
_U = ix.single(ix.Entry(U, ()))


@cache
def slope(name: str, order: int) -> ix.Terms:
    """The derivative of given order of a named function, at the number u."""
    if order > 1:
        return _derivative(slope(name, order - 1))
    text = instance(TABLE[name].slope, {"u": U})
    return lower(text, (), Context(ix.IndexSupply())).result


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
