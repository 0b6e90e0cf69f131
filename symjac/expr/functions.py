"""Elementwise functions: one row per function, read by every pass.

A row holds name, LaTeX, first derivative, numeric value, domain and smoothness. The
derivative is data: a sum of monomials in functions of the same argument, so that
tanh' = 1 - tanh^2 is `((1, ()), (-1, (("tanh", 2),)))`; `x` names the argument itself,
and `BASES` has polynomials of it, such as 1 + x^2.
A function without a row is generic: smooth as needed, its derivatives new symbols.
Source: Abramowitz and Stegun, 4.2, 4.3, 4.5; Glorot, Bordes and Bengio (2011) for relu.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any

from symjac.expr.values import (
    ball_asin,
    ball_asinh,
    ball_atan,
    ball_atanh,
    ball_cos,
    ball_cosh,
    ball_elu,
    ball_erf,
    ball_erf_slope,
    ball_exp,
    ball_expm1,
    ball_gelu,
    ball_log,
    ball_log1p,
    ball_log_sigmoid,
    ball_normal_cdf,
    ball_normal_pdf,
    ball_sigmoid,
    ball_silu,
    ball_sin,
    ball_sinh,
    ball_softplus,
    ball_sqrt,
    ball_tan,
    ball_tanh,
    exact_abs,
    exact_leaky_relu,
    exact_relu,
    exact_sign,
    exact_softsign,
    exact_step,
)

Number = Any  # Fraction, or a ball (flint.arb): both have + - * / ** and comparisons


@dataclass(frozen=True, slots=True)
class Monomial:
    """coefficient * product of f(x)^power, with f named in `powers`."""

    coefficient: Fraction
    powers: tuple[tuple[str, Fraction], ...] = ()


class Domain(Enum):
    """Where a function is defined, as a condition on its argument."""

    REAL = "every real number"
    POSITIVE = "positive"
    UNIT = "between -1 and 1"
    ABOVE_MINUS_ONE = "greater than -1"


@dataclass(frozen=True, slots=True)
class Function:
    """One row of the table; `derivative` is None for a generic function."""

    name: str
    latex: str
    derivative: tuple[Monomial, ...] | None = None
    value: Callable[[Number], Number] | None = None
    domain: Domain = Domain.REAL
    kink_at_zero: bool = False
    exact: bool = False
    keep_prime: bool = False
    zero_at_zero: bool = False

    @property
    def is_generic(self) -> bool:
        """Whether nothing but smoothness is known of the function."""
        return self.derivative is None


def _m(coefficient: int | Fraction, **powers: int | Fraction) -> Monomial:
    found = tuple((name, Fraction(power)) for name, power in powers.items())
    return Monomial(Fraction(coefficient), found)


BASES: dict[str, tuple[Monomial, ...]] = {
    "one_plus_square": (_m(1), _m(1, x=2)),
    "one_minus_square": (_m(1), _m(-1, x=2)),
    "one_plus": (_m(1), _m(1, x=1)),
    "one_plus_abs": (_m(1), _m(1, abs=1)),
}
HALF = Fraction(1, 2)
SLOPE = Fraction(1, 100)  # of leaky_relu below 0, as in most libraries


_NAMED = r"\operatorname{%s}"


def _named(
    name: str, value: Callable[[Number], Number], *derivative: Monomial
) -> Function:
    """A smooth function whose derivative keeps its prime."""
    latex = _NAMED % name.replace("_", r"\_")
    return Function(name, latex, derivative, value, keep_prime=True)


_ROWS = (
    Function("tanh", r"\tanh", (_m(1), _m(-1, tanh=2)), ball_tanh, keep_prime=True),
    Function(
        "sigmoid",
        r"\operatorname{sigmoid}",
        (_m(1, sigmoid=1), _m(-1, sigmoid=2)),
        ball_sigmoid,
        keep_prime=True,
    ),
    Function(
        "relu",
        r"\operatorname{relu}",
        (_m(1, step=1),),
        exact_relu,
        kink_at_zero=True,
        zero_at_zero=True,
        exact=True,
        keep_prime=True,
    ),
    Function(
        "step",
        r"\operatorname{step}",
        (),
        exact_step,
        kink_at_zero=True,
        exact=True,
    ),
    Function(
        "softplus", r"\operatorname{softplus}", (_m(1, sigmoid=1),), ball_softplus
    ),
    Function("exp", r"\exp", (_m(1, exp=1),), ball_exp),
    Function("log", r"\log", (_m(1, x=-1),), ball_log, Domain.POSITIVE),
    Function(
        "sqrt",
        r"\operatorname{sqrt}",
        (_m(Fraction(1, 2), sqrt=-1),),
        ball_sqrt,
        Domain.POSITIVE,
    ),
    Function("sin", r"\sin", (_m(1, cos=1),), ball_sin),
    Function("cos", r"\cos", (_m(-1, sin=1),), ball_cos),
    Function("tan", r"\tan", (_m(1), _m(1, tan=2)), ball_tan, keep_prime=True),
    Function("sinh", r"\sinh", (_m(1, cosh=1),), ball_sinh),
    Function("cosh", r"\cosh", (_m(1, sinh=1),), ball_cosh),
    Function(
        "abs",
        r"\operatorname{abs}",
        (_m(1, sign=1),),
        exact_abs,
        kink_at_zero=True,
        zero_at_zero=True,
        exact=True,
    ),
    Function(
        "sign",
        r"\operatorname{sign}",
        (),
        exact_sign,
        kink_at_zero=True,
        exact=True,
    ),
)

_MORE = (
    Function("arctan", r"\arctan", (_m(1, one_plus_square=-1),), ball_atan),
    Function(
        "arcsin",
        r"\arcsin",
        (_m(1, one_minus_square=-HALF),),
        ball_asin,
        Domain.UNIT,
    ),
    Function(
        "arcsinh", _NAMED % "arcsinh", (_m(1, one_plus_square=-HALF),), ball_asinh
    ),
    Function(
        "arctanh",
        _NAMED % "arctanh",
        (_m(1, one_minus_square=-1),),
        ball_atanh,
        Domain.UNIT,
    ),
    _named("erf", ball_erf, _m(1, erf_slope=1)),
    _named("erf_slope", ball_erf_slope, _m(-2, x=1, erf_slope=1)),
    _named("normal_cdf", ball_normal_cdf, _m(1, normal_pdf=1)),
    _named("normal_pdf", ball_normal_pdf, _m(-1, x=1, normal_pdf=1)),
    _named("gelu", ball_gelu, _m(1, normal_cdf=1), _m(1, x=1, normal_pdf=1)),
    _named(
        "silu",
        ball_silu,
        _m(1, sigmoid=1),
        _m(1, x=1, sigmoid=1),
        _m(-1, x=1, sigmoid=2),
    ),
    _named("log_sigmoid", ball_log_sigmoid, _m(1), _m(-1, sigmoid=1)),
    Function(
        "elu",
        _NAMED % "elu",
        (_m(1, step=1), _m(1, exp=1), _m(-1, exp=1, step=1)),
        ball_elu,
        kink_at_zero=True,
        keep_prime=True,
        zero_at_zero=True,
    ),
    Function(
        "leaky_relu",
        _NAMED % r"leaky\_relu",
        (_m(SLOPE), _m(1 - SLOPE, step=1)),
        exact_leaky_relu,
        kink_at_zero=True,
        exact=True,
        keep_prime=True,
        zero_at_zero=True,
    ),
    Function(
        "softsign",
        _NAMED % "softsign",
        (_m(1, one_plus_abs=-2),),
        exact_softsign,
        kink_at_zero=True,
        exact=True,
        keep_prime=True,
        zero_at_zero=True,
    ),
    Function(
        "log1p",
        _NAMED % "log1p",
        (_m(1, one_plus=-1),),
        ball_log1p,
        Domain.ABOVE_MINUS_ONE,
    ),
    Function("expm1", _NAMED % "expm1", (_m(1, exp=1),), ball_expm1),
)

TABLE = {row.name: row for row in (*_ROWS, *_MORE)}
# of a square matrix, these also name a function that is not elementwise
ALSO_OF_MATRICES = frozenset("exp log sqrt sin cos tan sinh cosh".split())


def lookup(name: str, latex: str | None = None) -> Function:
    """The table's row for `name`, or a generic function."""
    return TABLE.get(name) or Function(name, latex or name)


def _times(left: Monomial, right: Monomial) -> Monomial:
    powers = dict(left.powers)
    for name, power in right.powers:
        powers[name] = powers.get(name, Fraction(0)) + power
    kept = tuple((name, power) for name, power in powers.items() if power)
    return Monomial(left.coefficient * right.coefficient, kept)


def _differentiate(monomial: Monomial) -> tuple[Monomial, ...]:
    out: list[Monomial] = []
    for name, power in monomial.powers:
        lowered = _times(monomial, Monomial(power, ((name, Fraction(-1)),)))
        out.extend(_times(lowered, factor) for factor in _slope(name))
    return tuple(out)


def _slope(name: str) -> tuple[Monomial, ...]:
    """The derivative of what a monomial's power may name."""
    if name == "x":
        return (Monomial(Fraction(1)),)
    if name in BASES:
        return tuple(part for term in BASES[name] for part in _differentiate(term))
    return TABLE[name].derivative or ()


@cache
def derivative(name: str, order: int) -> tuple[Monomial, ...]:
    """The derivative of given order of a named function, as a sum of monomials.

    Example:
        >>> [str(m.coefficient) for m in derivative("tanh", 1)]
        ['1', '-1']
    """
    if order == 0:
        return (Monomial(Fraction(1), ((name, Fraction(1)),)),)
    return tuple(
        part
        for monomial in derivative(name, order - 1)
        for part in _differentiate(monomial)
    )
