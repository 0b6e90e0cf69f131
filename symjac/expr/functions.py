"""Elementwise functions: one row per function, read by every pass.

A row holds name, LaTeX, first derivative, numeric value, domain and smoothness. The
derivative is data: a sum of monomials in functions of the same argument, so that
tanh' = 1 - tanh^2 is `((1, ()), (-1, (("tanh", 2),)))`; `x` names the argument itself.
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

Number = Any  # Fraction, or a ball (flint.arb): both have + - * / ** and comparisons


@dataclass(frozen=True, slots=True)
class Monomial:
    """coefficient * product of f(x)^power, with f named in `powers`."""

    coefficient: Fraction
    powers: tuple[tuple[str, int], ...] = ()


class Domain(Enum):
    """Where a function is defined, as a condition on its argument."""

    REAL = "every real number"
    POSITIVE = "positive"


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


def _m(coefficient: int | Fraction, **powers: int) -> Monomial:
    return Monomial(Fraction(coefficient), tuple(powers.items()))


def ball_tanh(x: Number) -> Number:
    """Tanh x."""
    return x.tanh()


def ball_sigmoid(x: Number) -> Number:
    """1 / (1 + exp(-x))."""
    return 1 / (1 + (-x).exp())


def ball_softplus(x: Number) -> Number:
    """log(1 + exp x)."""
    return (1 + x.exp()).log()


def ball_exp(x: Number) -> Number:
    """Exp x."""
    return x.exp()


def ball_log(x: Number) -> Number:
    """Natural logarithm."""
    return x.log()


def ball_sqrt(x: Number) -> Number:
    """Positive square root."""
    return x.sqrt()


def ball_sin(x: Number) -> Number:
    """Sin x."""
    return x.sin()


def ball_cos(x: Number) -> Number:
    """Cos x."""
    return x.cos()


def ball_sinh(x: Number) -> Number:
    """Sinh x."""
    return x.sinh()


def ball_cosh(x: Number) -> Number:
    """Cosh x."""
    return x.cosh()


def ball_tan(x: Number) -> Number:
    """Tan x."""
    return x.tan()


def exact_relu(x: Number) -> Number:
    """max(x, 0); the caller keeps away from the kink."""
    return x if x > 0 else x * 0


def exact_step(x: Number) -> Number:
    """Heaviside step: 1 for x > 0, 0 for x < 0; undefined at 0 here."""
    return x * 0 + (1 if x > 0 else 0)


def exact_abs(x: Number) -> Number:
    """Absolute value."""
    return x if x > 0 else -x


def exact_sign(x: Number) -> Number:
    """Sign: 1 for x > 0, -1 for x < 0; undefined at 0 here."""
    return x * 0 + (1 if x > 0 else -1)


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
        zero_at_zero=True,
        exact=True,
    ),
)

TABLE = {row.name: row for row in _ROWS}


def lookup(name: str, latex: str | None = None) -> Function:
    """The table's row for `name`, or a generic function."""
    return TABLE.get(name) or Function(name, latex or name)


def _times(left: Monomial, right: Monomial) -> Monomial:
    powers = dict(left.powers)
    for name, power in right.powers:
        powers[name] = powers.get(name, 0) + power
    kept = tuple((name, power) for name, power in powers.items() if power)
    return Monomial(left.coefficient * right.coefficient, kept)


def _differentiate(monomial: Monomial) -> tuple[Monomial, ...]:
    out: list[Monomial] = []
    for name, power in monomial.powers:
        lowered = _times(monomial, Monomial(Fraction(power), ((name, -1),)))
        inner = (Monomial(Fraction(1)),) if name == "x" else TABLE[name].derivative
        out.extend(_times(lowered, factor) for factor in inner or ())
    return tuple(out)


@cache
def derivative(name: str, order: int) -> tuple[Monomial, ...]:
    """The derivative of given order of a named function, as a sum of monomials.

    Example:
        >>> [str(m.coefficient) for m in derivative("tanh", 1)]
        ['1', '-1']
    """
    if order == 0:
        return (Monomial(Fraction(1), ((name, 1),)),)
    return tuple(
        part
        for monomial in derivative(name, order - 1)
        for part in _differentiate(monomial)
    )
