"""Suprema of elementwise functions against a fine grid, values from NumPy alone."""

from __future__ import annotations

from math import erf
from typing import Any

import numpy as np
import pytest

from symjac.recurrence.ranges import extent, rows

Array = Any


def _grid(name: str) -> tuple[Array, Array]:
    """Arguments and steps of difference quotients, dense and far, away from kinks."""
    far = np.sinh(np.linspace(-7.2, 7.2, 4000))
    real = np.concatenate([np.linspace(-9, 9, 20000), far])
    unit = np.tanh(np.linspace(-9, 9, 20000))
    positive = np.logspace(-18, 18, 20000)
    match name:
        case "log" | "sqrt" | "log1mexp" | "digamma":
            return positive, 1e-6 * positive
        case "log1p":
            above = np.concatenate([np.logspace(-9, 18, 20000)])
            return above - 1, 1e-4 * above
        case "arcsin" | "arctanh":
            return unit, 1e-3 * (1 - np.abs(unit))
        case "logit":
            return (1 + unit) / 2, 1e-3 * (1 - np.abs(unit))
        case "tan":
            return unit * np.pi / 2, 1e-3 * (1 - np.abs(unit))
    return real, 1e-6 * np.maximum(np.abs(real), 1e-3)


def _sigmoid(x: Array) -> Array:
    return np.exp(-np.logaddexp(0, -x))


def _density(x: Array) -> Array:
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def _digamma(x: Array) -> Array:
    """Ten steps of the recurrence, then the asymptotic series."""
    far = x + 10
    series = np.log(far) - 1 / (2 * far) - 1 / (12 * far**2) + 1 / (120 * far**4)
    return series - sum(1 / (x + step) for step in range(10))


ERF = np.vectorize(erf)
BY_HAND: dict[str, Any] = {
    "sigmoid": _sigmoid,
    "relu": lambda x: np.maximum(x, 0),
    "step": lambda x: 1.0 * (x > 0),
    "softplus": lambda x: np.logaddexp(0, x),
    "erf": ERF,
    "erf_slope": lambda x: 2 * np.exp(-x * x) / np.sqrt(np.pi),
    "normal_cdf": lambda x: (1 + ERF(x / np.sqrt(2))) / 2,
    "normal_pdf": _density,
    "gelu": lambda x: x * (1 + ERF(x / np.sqrt(2))) / 2,
    "log_sigmoid": lambda x: -np.logaddexp(0, -x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "leaky_relu": lambda x: np.where(x > 0, x, x / 100),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "huber": lambda x: np.where(np.abs(x) < 1, x * x / 2, np.abs(x) - 0.5),
    "hardtanh": lambda x: np.clip(x, -1, 1),
    "logit": lambda x: np.log(x) - np.log1p(-x),
    "log1mexp": lambda x: np.log(-np.expm1(-x)),
    "digamma": _digamma,
}


def on_grid(name: str, order: int) -> Array:
    x, h = _grid(name)
    f = BY_HAND.get(name) or getattr(np, name)
    return (f(x + h) - f(x - h)) / (2 * h) if order else f(x)


def is_sharp(values: Array, low: float, high: float) -> bool:
    """Whether the values lie between the ends and come close to both."""
    ends = ((values.min(), low, -1), (values.max(), high, 1))
    for found, end, sign in ends:
        slack = abs(end) / 50 or 5e-3
        is_close = sign * found > 6 if np.isinf(end) else abs(found - end) < slack
        if not is_close or sign * found > sign * end + 1e-4:
            return False
    return True


@pytest.mark.parametrize(("name", "order"), rows())
def test_suprema_are_those_on_a_fine_grid(name: str, order: int) -> None:
    row = extent(name, order)
    assert row is not None
    assert row.reason
    values = on_grid(name, order)
    low, high = float(row.low), float(row.high)
    assert is_sharp(values, low, high)
    for end in (low, high):
        if np.isfinite(end) and end:  # control: an end off by a tenth, either way
            others = [
                (low * s, high) if end == low else (low, high * s) for s in (0.9, 1.1)
            ]
            assert not any(is_sharp(values, *pair) for pair in others)
