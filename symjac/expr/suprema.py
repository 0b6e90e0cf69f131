r"""Least closed intervals that hold the values of elementwise functions and slopes.

    tanh in [-1, 1]      tanh' in [0, 1]       sigmoid in [0, 1]   sigmoid' in [0, 1/4]
    arctan in [-pi/2, pi/2]                    erf' in [0, 2/sqrt(pi)]

Each end is the exact supremum or infimum over the domain, reached or not, and each row
says how it is known. A function or order without a row has no known ends: silu and the
minimum of gelu solve transcendental equations. Slopes are meant away from kinks.
Source: Abramowitz and Stegun, 4.2 to 4.5, 7.1, 26.2; Hendrycks and Gimpel (2016), gelu.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from symjac.lazy import lazy_import

if TYPE_CHECKING:
    import sympy
else:
    sympy = lazy_import("sympy")


@dataclass(frozen=True, slots=True)
class Extent:
    """Infimum and supremum of a function, exact SymPy numbers, and how they are known.

    Example:
        >>> row = extent("sigmoid", 1)
        >>> row.low, row.high, row.reason
        (0, 1/4, 's (1 - s) for s in (0, 1), largest at s = 1/2')
    """

    low: Any
    high: Any
    reason: str

    @property
    def supremum(self) -> Any:
        """The supremum of the absolute value."""
        return max(abs(self.low), abs(self.high))


_LIMITS = "increasing, with these limits"
_MONOTONE = "increasing, without limit"
_STEPS = "takes no other values"
_LOGISTIC = "the logistic function, increasing between its limits"

# name, order of the derivative, infimum, supremum, how it is known
_ROWS = (
    ("tanh", 0, "-1", "1", _LIMITS),
    ("tanh", 1, "0", "1", "1 - tanh^2, largest at 0"),
    ("sigmoid", 0, "0", "1", _LIMITS),
    ("sigmoid", 1, "0", "1/4", "s (1 - s) for s in (0, 1), largest at s = 1/2"),
    ("relu", 0, "0", "oo", "max(x, 0)"),
    ("relu", 1, "0", "1", _STEPS),
    ("step", 0, "0", "1", _STEPS),
    ("step", 1, "0", "0", "constant away from 0"),
    ("softplus", 0, "0", "oo", _MONOTONE),
    ("softplus", 1, "0", "1", _LOGISTIC),
    ("exp", 0, "0", "oo", _MONOTONE),
    ("exp", 1, "0", "oo", _MONOTONE),
    ("expm1", 0, "-1", "oo", _MONOTONE),
    ("expm1", 1, "0", "oo", _MONOTONE),
    ("log", 0, "-oo", "oo", _MONOTONE),
    ("log", 1, "0", "oo", "1 / x for x > 0"),
    ("log1p", 0, "-oo", "oo", _MONOTONE),
    ("log1p", 1, "0", "oo", "1 / (1 + x) for x > -1"),
    ("sqrt", 0, "0", "oo", _MONOTONE),
    ("sqrt", 1, "0", "oo", "1 / (2 sqrt(x)) for x > 0"),
    ("sin", 0, "-1", "1", "a coordinate of the unit circle"),
    ("sin", 1, "-1", "1", "cos, a coordinate of the unit circle"),
    ("cos", 0, "-1", "1", "a coordinate of the unit circle"),
    ("cos", 1, "-1", "1", "-sin, a coordinate of the unit circle"),
    ("tan", 0, "-oo", "oo", "poles"),
    ("tan", 1, "1", "oo", "1 + tan^2"),
    ("sinh", 0, "-oo", "oo", _MONOTONE),
    ("sinh", 1, "1", "oo", "cosh"),
    ("cosh", 0, "1", "oo", "smallest at 0"),
    ("cosh", 1, "-oo", "oo", "sinh"),
    ("abs", 0, "0", "oo", "max(x, -x)"),
    ("abs", 1, "-1", "1", _STEPS),
    ("sign", 0, "-1", "1", _STEPS),
    ("sign", 1, "0", "0", "constant away from 0"),
    ("arctan", 0, "-pi/2", "pi/2", _LIMITS),
    ("arctan", 1, "0", "1", "1 / (1 + x^2), largest at 0"),
    ("arcsin", 0, "-pi/2", "pi/2", "increasing on [-1, 1], with these ends"),
    ("arcsin", 1, "1", "oo", "1 / sqrt(1 - x^2), smallest at 0"),
    ("arcsinh", 0, "-oo", "oo", _MONOTONE),
    ("arcsinh", 1, "0", "1", "1 / sqrt(1 + x^2), largest at 0"),
    ("arctanh", 0, "-oo", "oo", _MONOTONE),
    ("arctanh", 1, "1", "oo", "1 / (1 - x^2), smallest at 0"),
    ("erf", 0, "-1", "1", _LIMITS),
    ("erf", 1, "0", "2/sqrt(pi)", "2 exp(-x^2) / sqrt(pi), largest at 0"),
    ("erf_slope", 0, "0", "2/sqrt(pi)", "2 exp(-x^2) / sqrt(pi), largest at 0"),
    ("normal_cdf", 0, "0", "1", _LIMITS),
    ("normal_cdf", 1, "0", "1/sqrt(2*pi)", "the normal density, largest at 0"),
    ("normal_pdf", 0, "0", "1/sqrt(2*pi)", "the normal density, largest at 0"),
    (
        "gelu",
        1,
        "(1 - erf(1))/2 - exp(-1)/sqrt(pi)",
        "(1 + erf(1))/2 + exp(-1)/sqrt(pi)",
        "its slope is (2 - x^2) times the normal density, zero at sqrt(2) and -sqrt(2)",
    ),
    ("log_sigmoid", 0, "-oo", "0", "minus softplus of the negative"),
    ("log_sigmoid", 1, "0", "1", "one minus the logistic function"),
    ("elu", 0, "-1", "oo", _MONOTONE),
    ("elu", 1, "0", "1", "exp(x) below 0 and 1 above"),
    ("leaky_relu", 0, "-oo", "oo", _MONOTONE),
    ("leaky_relu", 1, "1/100", "1", _STEPS),
    ("softsign", 0, "-1", "1", _LIMITS),
    ("softsign", 1, "0", "1", "1 / (1 + |x|)^2, largest at 0"),
)


@cache
def _table() -> dict[tuple[str, int], Extent]:
    read = sympy.sympify  # the rows above, no input from outside
    return {
        (name, order): Extent(read(low), read(high), reason)
        for name, order, low, high, reason in _ROWS
    }


def extent(name: str, order: int) -> Extent | None:
    """The row of a function's derivative of given order; None if nothing is known.

    Example:
        >>> extent("erf", 1).supremum
        2/sqrt(pi)
        >>> extent("silu", 0) is None
        True
    """
    return _table().get((name, order))


def rows() -> tuple[tuple[str, int], ...]:
    """Functions and orders with a row."""
    return tuple((name, order) for name, order, *_ in _ROWS)
