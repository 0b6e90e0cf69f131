"""Numbers of elementwise functions and their derivatives, from what they mean.

A derivative is a coefficient of the Taylor series of the meaning: nothing here knows a
derivative formula. Numbers are exact rationals (FLINT's fmpq) or balls (arb).
Source: Griewank and Walther (2008), ch. 13; Johansson (2017), "Arb".
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from symjac.language.meaning import parsed
from symjac.language.syntax import Binary, Call, Name, Number, Syntax, Unary
from symjac.lazy import lazy_import
from symjac.library.functions import lookup
from symjac.library.row import Meaning

if TYPE_CHECKING:
    import flint
else:
    flint = lazy_import("flint")

Value = Any  # a rational, a ball, or a series of either
PRIMITIVES = {
    "exp": "exp",
    "log": "log",
    "sqrt": "sqrt",
    "sin": "sin",
    "cos": "cos",
    "arctan": "atan",
    "erf": "erf",
    "gammaln": "lgamma",
}
_OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def derivative(function: Meaning, order: int, x: Value) -> Value:
    """A named function's derivative of given order at a number.

    The caller keeps away from kinks and stays in the domain.
    """
    value = _compiled(function.name)
    if order == 0:
        return value(x)
    flint.ctx.cap = order + 1
    series = flint.fmpq_series if isinstance(x, flint.fmpq) else flint.arb_series
    found = series([x, 1], prec=order + 1)
    coefficients = _as_series(value(found), series, order + 1).coeffs()
    rest = order + 1 - len(coefficients)
    return (*coefficients, *[x * 0] * rest)[order] * math.factorial(order)


def _as_series(found: Value, series: Any, length: int) -> Any:
    is_constant = isinstance(found, flint.fmpq | flint.arb | int)
    return series([found], prec=length) if is_constant else found


@cache
def is_exact(function: Meaning) -> bool:
    """Whether rational arguments give rational values."""
    if not function.is_defined:
        return function.exact or function.is_generic
    names = _called(parsed(function.meaning))
    return all(is_exact(lookup(name)) for name in names)


def _called(node: Syntax) -> set[str]:
    """The functions in a formula."""
    match node:
        case Unary(operand=inner):
            return _called(inner)
        case Binary(left=left, right=right):
            return _called(left) | _called(right)
        case Call(function=name, arguments=(inner,)):
            return {name} | _called(inner)
    return set()


@cache
def _compiled(name: str) -> Callable[[Value], Value]:
    """A function of numbers and series, from its row."""
    row = lookup(name)
    if row.is_defined:
        return _formula(parsed(row.meaning))
    if name in _OWN:
        return _OWN[name]
    method = PRIMITIVES[name]
    return lambda x: getattr(_inexact(x), method)()


def _step(x: Value) -> Value:
    head = x if isinstance(x, flint.fmpq | flint.arb) else x[0]
    return x * 0 + (1 if head > 0 else 0)


def _digamma(x: Value) -> Value:
    """The derivative of the logarithm of gamma."""
    head = _inexact(x)
    if isinstance(head, flint.arb):
        return head.digamma()
    length = flint.ctx.cap
    flint.ctx.cap = length + 1
    found = flint.arb_series([head[0], 1], prec=length + 1).lgamma().derivative()
    flint.ctx.cap = length
    rest = [0, *head.coeffs()[1:]]  # not head - head[0]: a ball less itself is not 0
    return found(flint.arb_series(rest, prec=length))


_OWN = {"step": _step, "digamma": _digamma}


def _inexact(x: Value) -> Value:
    return flint.arb(x) if isinstance(x, flint.fmpq) else x


def _formula(node: Syntax) -> Callable[[Value], Value]:
    match node:
        case Number(value):
            number = flint.fmpq(value.numerator, value.denominator)
            return lambda _: number
        case Name():
            return lambda x: x
        case Unary(operand=operand):
            inner = _formula(operand)
            return lambda x: -inner(x)
        case Binary("**", base, exponent):
            inner, power = _formula(base), int(_formula(exponent)(0))
            return lambda x: inner(x) ** power
        case Binary(sign, left, right):
            combine, one, two = _OPERATORS[sign], _formula(left), _formula(right)
            return lambda x: combine(one(x), two(x))
        case Call(function=name, arguments=(argument,)):
            outer, inner = _compiled(name), _formula(argument)
            return lambda x: outer(inner(x))
    raise AssertionError(node)
