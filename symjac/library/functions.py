"""Elementwise functions: one row for each, with meaning and slope at u.

A function without a row is generic: smooth as needed, its derivatives new symbols.
Each end of a range is the exact infimum or supremum over the domain, reached or not; a
function without one has no known ends, such as silu. Slopes are meant away from kinks.
Source: Abramowitz and Stegun, 4.2 to 4.6, 7.1, 26.2; Glorot, Bordes and Bengio (2011)
for relu; Hendrycks and Gimpel (2016) for gelu.
"""

from __future__ import annotations

from typing import Any

from symjac.library.row import PRIMITIVE, Domain, Function, Kink, Parity

_TURN, _BEND, _JUMP = Kink.TURN, Kink.BEND, Kink.JUMP
_ODD, _EVEN = Parity.ODD, Parity.EVEN
_LIMITS = "increasing, with these limits"
_MONOTONE = "increasing, without limit"
_STEPS = "takes no other values"
_LOGISTIC = "the logistic function, increasing between its limits"
_CIRCLE = "a coordinate of the unit circle"
_FLAT_SLOPE = ("0", "0", "constant away from 0")
_REALS = ("-oo", "oo", _MONOTONE)
_DENSITY = ("0", "1/sqrt(2*pi)", "the normal density, largest at 0")
_BELL = ("0", "2/sqrt(pi)", "2 exp(-x^2) / sqrt(pi), largest at 0")


def _row(name: str, meaning: str, slope: str, **columns: Any) -> Function:
    latex = columns.pop("latex", rf"\operatorname{{{name}}}".replace("_", r"\_"))
    return Function(name, latex, meaning=meaning, slope=slope, **columns)


_ROWS = (
    _row(
        "tanh",
        "1 - 2 / (exp(2 * u) + 1)",
        "1 - tanh(u)**2",
        latex=r"\tanh",
        prime=True,
        parity=_ODD,
        at_zero=0,
        range=("-1", "1", _LIMITS),
        slope_range=("0", "1", "1 - tanh^2, largest at 0"),
        sympy="tanh",
    ),
    _row(
        "sigmoid",
        "1 / (1 + exp(-u))",
        "sigmoid(u) - sigmoid(u)**2",
        prime=True,
        positive=True,
        range=("0", "1", _LIMITS),
        slope_range=("0", "1/4", "s (1 - s) for s in (0, 1), largest at s = 1/2"),
        elsewhere=("logistic", "expit", "sigm"),
    ),
    _row(
        "relu",
        "u * step(u)",
        "step(u)",
        kink=_BEND,
        prime=True,
        at_zero=0,
        range=("0", "oo", "max(x, 0)"),
        slope_range=("0", "1", _STEPS),
    ),
    _row(
        "step",
        PRIMITIVE,
        "0",
        kink=_JUMP,
        exact=True,
        range=("0", "1", _STEPS),
        slope_range=_FLAT_SLOPE,
        elsewhere=("heaviside", "unitstep"),
    ),
    _row(
        "softplus",
        "log(1 + exp(u))",
        "sigmoid(u)",
        positive=True,
        range=("0", "oo", _MONOTONE),
        slope_range=("0", "1", _LOGISTIC),
    ),
    _row(
        "exp",
        PRIMITIVE,
        "exp(u)",
        latex=r"\exp",
        positive=True,
        at_zero=1,
        range=("0", "oo", _MONOTONE),
        slope_range=("0", "oo", _MONOTONE),
        also_of_matrices=True,
        sympy="exp",
    ),
    _row(
        "log",
        PRIMITIVE,
        "1 / u",
        latex=r"\log",
        domain=Domain.POSITIVE,
        range=_REALS,
        slope_range=("0", "oo", "1 / x for x > 0"),
        also_of_matrices=True,
        sympy="log",
        elsewhere=("ln", "loge"),
    ),
    _row(
        "sqrt",
        PRIMITIVE,
        "1/2 / sqrt(u)",
        domain=Domain.POSITIVE,
        range=("0", "oo", _MONOTONE),
        slope_range=("0", "oo", "1 / (2 sqrt(x)) for x > 0"),
        also_of_matrices=True,
        sympy="sqrt",
    ),
    _row(
        "sin",
        PRIMITIVE,
        "cos(u)",
        latex=r"\sin",
        parity=_ODD,
        at_zero=0,
        range=("-1", "1", _CIRCLE),
        slope_range=("-1", "1", f"cos, {_CIRCLE}"),
        also_of_matrices=True,
        sympy="sin",
    ),
    _row(
        "cos",
        PRIMITIVE,
        "-sin(u)",
        latex=r"\cos",
        parity=_EVEN,
        at_zero=1,
        range=("-1", "1", _CIRCLE),
        slope_range=("-1", "1", f"-sin, {_CIRCLE}"),
        also_of_matrices=True,
        sympy="cos",
    ),
    _row(
        "tan",
        "sin(u) / cos(u)",
        "1 + tan(u)**2",
        latex=r"\tan",
        domain=Domain.NO_POLE,
        prime=True,
        parity=_ODD,
        at_zero=0,
        range=("-oo", "oo", "poles"),
        slope_range=("1", "oo", "1 + tan^2"),
        also_of_matrices=True,
        sympy="tan",
    ),
    _row(
        "sinh",
        "(exp(u) - exp(-u)) / 2",
        "cosh(u)",
        latex=r"\sinh",
        parity=_ODD,
        at_zero=0,
        range=_REALS,
        slope_range=("1", "oo", "cosh"),
        also_of_matrices=True,
        sympy="sinh",
    ),
    _row(
        "cosh",
        "(exp(u) + exp(-u)) / 2",
        "sinh(u)",
        latex=r"\cosh",
        positive=True,
        parity=_EVEN,
        at_zero=1,
        range=("1", "oo", "smallest at 0"),
        slope_range=("-oo", "oo", "sinh"),
        also_of_matrices=True,
        sympy="cosh",
    ),
    _row(
        "abs",
        "u * sign(u)",
        "sign(u)",
        kink=_BEND,
        parity=_EVEN,
        at_zero=0,
        range=("0", "oo", "max(x, -x)"),
        slope_range=("-1", "1", _STEPS),
        sympy="Abs",
        elsewhere=("absolute", "fabs"),
    ),
    _row(
        "sign",
        "2 * step(u) - 1",
        "0",
        kink=_JUMP,
        parity=_ODD,
        at_zero=0,
        range=("-1", "1", _STEPS),
        slope_range=_FLAT_SLOPE,
        sympy="sign",
        elsewhere=("sgn", "signum"),
    ),
    _row(
        "arctan",
        PRIMITIVE,
        "1 / (1 + u**2)",
        latex=r"\arctan",
        parity=_ODD,
        at_zero=0,
        range=("-pi/2", "pi/2", _LIMITS),
        slope_range=("0", "1", "1 / (1 + x^2), largest at 0"),
        sympy="atan",
        elsewhere=("atan",),
    ),
    _row(
        "arcsin",
        "arctan(u / sqrt(1 - u**2))",
        "(1 - u**2)**(-1/2)",
        latex=r"\arcsin",
        domain=Domain.UNIT,
        parity=_ODD,
        at_zero=0,
        range=("-pi/2", "pi/2", "increasing on [-1, 1], with these ends"),
        slope_range=("1", "oo", "1 / sqrt(1 - x^2), smallest at 0"),
        sympy="asin",
        elsewhere=("asin",),
    ),
    _row(
        "arcsinh",
        "log(u + sqrt(1 + u**2))",
        "(1 + u**2)**(-1/2)",
        parity=_ODD,
        at_zero=0,
        range=_REALS,
        slope_range=("0", "1", "1 / sqrt(1 + x^2), largest at 0"),
        sympy="asinh",
        elsewhere=("asinh",),
    ),
    _row(
        "arctanh",
        "log((1 + u) / (1 - u)) / 2",
        "1 / (1 - u**2)",
        domain=Domain.UNIT,
        parity=_ODD,
        at_zero=0,
        range=_REALS,
        slope_range=("1", "oo", "1 / (1 - x^2), smallest at 0"),
        sympy="atanh",
        elsewhere=("atanh",),
    ),
    _row(
        "erf",
        PRIMITIVE,
        "erf_slope(u)",
        prime=True,
        parity=_ODD,
        at_zero=0,
        range=("-1", "1", _LIMITS),
        slope_range=_BELL,
        sympy="erf",
    ),
    _row(
        "erf_slope",
        "exp(-u**2) / sqrt(arctan(1))",
        "-2 * u * erf_slope(u)",
        prime=True,
        positive=True,
        parity=_EVEN,
        range=_BELL,
    ),
    _row(
        "normal_cdf",
        "(1 + erf(u / sqrt(2))) / 2",
        "normal_pdf(u)",
        prime=True,
        positive=True,
        range=("0", "1", _LIMITS),
        slope_range=_DENSITY,
    ),
    _row(
        "normal_pdf",
        "exp(-u**2 / 2) / sqrt(8 * arctan(1))",
        "-u * normal_pdf(u)",
        prime=True,
        positive=True,
        parity=_EVEN,
        range=_DENSITY,
    ),
    _row(
        "gelu",
        "u * normal_cdf(u)",
        "normal_cdf(u) + u * normal_pdf(u)",
        prime=True,
        at_zero=0,
        slope_range=(
            "(1 - erf(1))/2 - exp(-1)/sqrt(pi)",
            "(1 + erf(1))/2 + exp(-1)/sqrt(pi)",
            "its slope is (2 - x^2) times the normal density, zero at sqrt(2) and"
            " -sqrt(2)",
        ),
    ),
    _row(
        "silu",
        "u * sigmoid(u)",
        "sigmoid(u) + u * sigmoid(u) - u * sigmoid(u)**2",
        prime=True,
        at_zero=0,
        elsewhere=("swish",),
    ),
    _row(
        "log_sigmoid",
        "-log(1 + exp(-u))",
        "1 - sigmoid(u)",
        prime=True,
        range=("-oo", "0", "minus softplus of the negative"),
        slope_range=("0", "1", "one minus the logistic function"),
    ),
    _row(
        "elu",
        "u * step(u) + (exp(u) - 1) * (1 - step(u))",
        "step(u) + exp(u) - exp(u) * step(u)",
        kink=_TURN,
        prime=True,
        at_zero=0,
        range=("-1", "oo", _MONOTONE),
        slope_range=("0", "1", "exp(x) below 0 and 1 above"),
    ),
    _row(
        "leaky_relu",
        "u * (1/100 + 99/100 * step(u))",
        "1/100 + 99/100 * step(u)",
        kink=_BEND,
        prime=True,
        at_zero=0,
        range=_REALS,
        slope_range=("1/100", "1", _STEPS),
        doc="Slope 1/100 below 0, as in most libraries.",
    ),
    _row(
        "softsign",
        "u / (1 + abs(u))",
        "(1 + abs(u))**(-2)",
        kink=_TURN,
        prime=True,
        parity=_ODD,
        at_zero=0,
        range=("-1", "1", _LIMITS),
        slope_range=("0", "1", "1 / (1 + |x|)^2, largest at 0"),
    ),
    _row(
        "log1p",
        "log(1 + u)",
        "1 / (1 + u)",
        domain=Domain.ABOVE_MINUS_ONE,
        at_zero=0,
        range=_REALS,
        slope_range=("0", "oo", "1 / (1 + x) for x > -1"),
    ),
    _row(
        "expm1",
        "exp(u) - 1",
        "exp(u)",
        at_zero=0,
        range=("-1", "oo", _MONOTONE),
        slope_range=("0", "oo", _MONOTONE),
    ),
)

TABLE = {row.name: row for row in _ROWS}


def lookup(name: str, latex: str | None = None) -> Function:
    """The table's row for `name`, or a generic function."""
    return TABLE.get(name) or Function(name, latex or name)
