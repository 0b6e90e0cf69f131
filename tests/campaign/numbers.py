"""What functions and operations mean in numbers: nothing here comes from symjac.

Values are two-dimensional: a column is n x 1, a scalar 1 x 1. An entry a + ih stands
for a and its slope h, infinitely small: f(a + ih) = f(a) + i h f'(a).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from tests.operation_oracles import operation

Array = Any
Generic = Callable[[str, int, float], float]
X = sp.Symbol("x", real=True)
_LOGISTIC = 1 / (1 + sp.exp(-X))
_CDF = (1 + sp.erf(X / sp.sqrt(2))) / 2
SMOOTH = {
    "tanh": sp.tanh(X),
    "sigmoid": _LOGISTIC,
    "softplus": sp.log(1 + sp.exp(X)),
    "exp": sp.exp(X),
    "log": sp.log(X),
    "sqrt": sp.sqrt(X),
    "sin": sp.sin(X),
    "cos": sp.cos(X),
    "tan": sp.tan(X),
    "sinh": sp.sinh(X),
    "cosh": sp.cosh(X),
    "arctan": sp.atan(X),
    "arcsin": sp.asin(X),
    "arcsinh": sp.asinh(X),
    "arctanh": sp.atanh(X),
    "erf": sp.erf(X),
    "erf_slope": 2 * sp.exp(-(X**2)) / sp.sqrt(sp.pi),
    "normal_cdf": _CDF,
    "normal_pdf": sp.exp(-(X**2) / 2) / sp.sqrt(2 * sp.pi),
    "gelu": X * _CDF,
    "silu": X * _LOGISTIC,
    "log_sigmoid": -sp.log(1 + sp.exp(-X)),
    "log1p": sp.log(1 + X),
    "expm1": sp.exp(X) - 1,
    "mish": X * sp.tanh(sp.log(1 + sp.exp(X))),
    "logit": sp.log(X / (1 - X)),
    "log1mexp": sp.log(1 - sp.exp(-X)),
    "gammaln": sp.loggamma(X),
    "digamma": sp.digamma(X),
}
_ONE, _HALF = sp.Integer(1), sp.Rational(1, 2)
PIECES: dict[str, tuple[tuple[float, ...], tuple[Any, ...]]] = {
    "relu": ((0,), (0 * X, X)),
    "abs": ((0,), (-X, X)),
    "sign": ((0,), (-_ONE, _ONE)),
    "step": ((0,), (0 * X, _ONE)),
    "elu": ((0,), (sp.exp(X) - 1, X)),
    "leaky_relu": ((0,), (X / 100, X)),
    "softsign": ((0,), (X / (1 - X), X / (1 + X))),
    "huber": ((-1, 1), (-X - _HALF, X**2 / 2, X - _HALF)),
    "hardtanh": ((-1, 1), (-_ONE, X, _ONE)),
}
FUNCTIONS = SMOOTH.keys() | PIECES.keys()
SPECTRAL = frozenset(
    "logm sqrtm lambda_max eigenprojection spectral_norm nuclear_norm polar".split()
)
_BY_NUMBER = {
    "erf": np.vectorize(math.erf, otypes=[float]),
    "loggamma": np.vectorize(math.lgamma, otypes=[float]),
    "polygamma": np.vectorize(
        lambda n, x: float(mpmath.psi(int(n), x)), otypes=[float]
    ),
}


class Unreadable(Exception):
    """Text or values that the oracle does not understand: no evidence at all."""


@cache
def _slope(name: str, piece: int, order: int) -> Callable[[Array], Array]:
    meaning = SMOOTH[name] if name in SMOOTH else PIECES[name][1][piece]
    found = sp.diff(meaning, X, order) if order else meaning
    function: Callable[[Array], Array] = sp.lambdify(X, found, [_BY_NUMBER, "numpy"])
    return function


def _named(name: str, order: int, x: Array) -> Array:
    breaks = PIECES[name][0] if name in PIECES else ()
    found = np.full(x.shape, np.nan)
    piece = np.searchsorted(breaks, x)
    for number in range(len(breaks) + 1):
        inside = piece == number
        if inside.any():
            values = _slope(name, number, order)(x[inside])
            found[inside] = values + np.zeros(x[inside].shape)
    return found


def smooth_function(name: str, order: int, x: float) -> float:
    """Some smooth function for a name that nothing means, and its derivatives."""
    chance = random.Random(name)
    a, b, c = chance.uniform(0.6, 1.4), chance.uniform(-1, 1), chance.uniform(0.1, 0.5)
    wave = a**order * math.sin(a * x + b + order * math.pi / 2)
    return wave + {0: c * x * x + x / 3, 1: 2 * c * x + 1 / 3, 2: 2 * c}.get(order, 0.0)


def elementwise(name: str, order: int, z: Array, generic: Generic) -> Array:
    """A function's derivative at every entry."""
    x, slopes = np.real(z), np.imag(z)
    if name in FUNCTIONS:
        value, slope = _named(name, order, x), _named(name, order + 1, x)
        if name in PIECES:  # no slope at a kink
            slope = np.where(np.isin(x, PIECES[name][0]), np.nan, slope)
    else:
        value, slope = (
            np.vectorize(lambda at, k=k: generic(name, k, float(at)), otypes=[float])(x)
            for k in (order, order + 1)
        )
    return value + 1j * np.where(slopes == 0, 0, slope * slopes)


CONSTANTS: dict[str, Callable[..., Array]] = {
    "eye": lambda n: np.eye(n),
    "ones": lambda n, m=1: np.ones((n, m)),
    "zeros": lambda n, m=1: np.zeros((n, m)),
}
OF_SIZES = frozenset({*CONSTANTS, "dim", "commutation", "selector", "pi"})
ALIASES = {"trace": "tr", "norm": "norm2"}
_MATRIX_NAMES = {"norm2": "spectral_norm", "norm_2": "spectral_norm"}
OPERATIONS = frozenset(
    "tr sum diagonal vec kron clip inv det logdet matpow pinv sym skew cross expm"
    " norm1 norm2 normF dot outer row_sum col_sum row_mean col_mean row_logsumexp"
    " col_logsumexp row_softmax col_softmax row_max col_max row_hardmax tril triu"
    " cumsum mean var std prod max min hardmax logsumexp softmax log_softmax"
    " cross_entropy".split()
)


def of_sizes(name: str, sizes: list[int]) -> Array:
    """An array that its sizes define."""
    if name in CONSTANTS:
        return CONSTANTS[name](*sizes)
    node = SimpleNamespace(name=name, parameters=tuple(sizes))
    return operation(node, [], np, lambda size: int(size))  # type: ignore[arg-type]


def named_operation(name: str, args: list[Array]) -> Array:
    """An operation's value; spectral ones of real matrices only."""
    name = ALIASES.get(name, name)
    if name == "norm" or (name in ("norm2", "norm_2") and min(args[0].shape) > 1):
        name = "normF" if name == "norm" else "spectral_norm"
    if name in SPECTRAL and any(np.imag(arg).any() for arg in args):
        raise Unreadable(f"no infinitely small steps through {name}")
    if name == "matpow":
        base, exponent = args[0], int(np.real(args[1]).item())
        return np.linalg.matrix_power(base, exponent)
    node = SimpleNamespace(name=name, parameters=())
    found = operation(node, args, np, int)  # type: ignore[arg-type]
    return np.real(found) if name in SPECTRAL else found
