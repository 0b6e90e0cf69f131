"""What the tests of bounds share: equations, stacks of matrices and their norms."""

from __future__ import annotations

from typing import Any

import numpy as np

import symjac
from symjac.catalog.published import load_cell
from symjac.jacobian import Jacobian

Array = Any
COUNT, SIZE, STEPS = 1000, 4, 12
SLACK = 1 + 1e-9  # relative, for rounding
RNG = np.random.default_rng(7)
PAPER = "x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b"
CLAIM = "W.T @ diag(sigma'(x[t-1]))"


def step(text: str, of: str | None = None, wrt: str | None = None) -> Jacobian:
    return symjac.derive(symjac.parse(text), of=of, wrt=wrt)


def cell_step(name: str, state: str) -> Jacobian:
    cell = load_cell(name)
    return symjac.derive(cell.program, of=str(cell.at(state)))


def norms(matrices: Array, kind: str) -> Array:
    """Norms of a stack of matrices."""
    orders: dict[str, Any] = {"1": 1, "2": 2, "inf": np.inf, "F": "fro"}
    order = orders[kind]
    return np.linalg.norm(matrices, ord=order, axis=(-2, -1))


def stack() -> Array:
    """Random square matrices, one for each instance."""
    return RNG.normal(size=(COUNT, SIZE, SIZE))


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x))."""
    return np.exp(-np.logaddexp(0, -x))
