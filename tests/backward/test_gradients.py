"""Gradients in backward order: against complex steps, against derive, and by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

import symjac
from symjac.backward.gradients import GradientLine, Gradients
from symjac.terms.matrix import MatrixExpr, Neg, Symbol, Transpose, substitute, symbols
from symjac.terms.program import Program
from symjac.terms.shape import Kind, Shape
from tests.oracles import Values, evaluate, size

NETWORK = """
W_1: (n, m); W_2: (p, n); y: (p) one_hot
h = tanh(W_1 @ x + b_1)
z = W_2 @ h + b_2
p_hat = softmax(z)
L = cross_entropy(y, p_hat)
"""
RECURRENT = """
V: (p, n); U: (n, m)
h[t] = tanh(W @ h[t-1] + U @ x[t] + b)
L[t] = norm2(V @ h[t] + c - y[t])**2 / 2
"""
STATIC = {
    "network": NETWORK,
    "batch": """
        X: (n, m); W: (m, p); V: (p, q); Y: (n, q)
        H = relu(X @ W + ones(n) @ b.T)
        R = H @ V + ones(n) @ c.T - Y
        L = sum(R**2) / 2
        """,
    "rows": "x: (1, m); W: (m, n); h = tanh(x @ W + b.T); L = h @ v",
    "residual": """
        W: (n, n)
        h = x + tanh(W @ x + b); g = h + sigmoid(V @ h + c); L = norm2(g - y)**2 / 2
        """,
    "tied": "W: (n, m); h = sigmoid(W @ x + b); r = W.T @ h + c - x; L = r.T @ r / 2",
    "logistic": """
        x: (n); y: (); z = w.T @ x + beta; pi = sigmoid(z)
        L = -(y * log(pi) + (1 - y) * log(1 - pi))
        """,
    "attention": """
        X: (n, m); A: (m, p); B: (m, p); T: (n, n)
        Q = X @ A; K = X @ B; S = Q @ K.T; L = tr(tanh(S) @ T)
        """,
    "one step of several": """
        V: (p, n); z[t] = V @ x[t] + b; L[t] = norm2(tanh(z[t]) - y[t])**2
        """,
    "generic": "W: (n, n); z = W @ x; h = sigma(z) * z; L = h.T @ A @ h",
}
OVER_TIME = {
    "recurrent": RECURRENT,
    "two lags": """
        V: (p, n); W: (n, n)
        h[t] = tanh(W @ h[t-1] + A @ h[t-2] + b); L[t] = sum(V @ h[t]) * (w.T @ h[t])
        """,
    "gated": """
        W: (n, n); C: (n, n)
        z[t] = sigmoid(W @ h[t-1] + b); g[t] = tanh(C @ h[t-1] + d)
        h[t] = (1 - z[t]) * h[t-1] + z[t] * g[t]
        L[t] = norm2(h[t] - y[t])**2 / 2
        """,
    "parameters of parameters": """
        A: (n, p); M = A @ A.T; h[t] = tanh(M @ h[t-1] + x[t]); L[t] = v.T @ h[t]
        """,
    "an earlier result": """
        W: (n, m); g[t] = tanh(W @ x[t]); h[t] = B @ g[t-1] + g[t] * b
        L[t] = v.T @ h[t]
        """,
}
STEPS = range(1, 5)
BEYOND = 2  # steps after the last: the equations go on, the loss does not


def value(shape: Shape, generator: np.random.Generator) -> Any:
    dims = [size(dim) for dim in shape.dims]
    two = {Kind.COLUMN: [*dims, 1], Kind.ROW: [1, *dims], Kind.SCALAR: [1, 1]}
    return generator.normal(size=two.get(shape.kind, dims))


def given(program: Program, steps: range = range(1)) -> Values:
    """Values of what the equations do not define, and of states before the first."""
    generator = np.random.default_rng(0)
    defined = {d.symbol.name for d in program.definitions}
    found: Values = {}
    for symbol in program.symbols:
        if symbol.time is None:
            if symbol.name not in defined:
                found[str(symbol)] = value(symbol.shape, generator)
            continue
        last = 1 if symbol.name in defined else steps.stop + BEYOND
        for step in range(-2, last):
            found[at(symbol, step)] = value(symbol.shape, generator)
    if "y" in found and program.quantities["y"].properties == ("one_hot",):
        found["y"] = np.eye(len(found["y"]))[:, :1]
    return found


def at(symbol: Symbol, step: int) -> str:
    """The symbol when t is a number."""
    return f"{symbol.name}[{step + symbol.time.offset}]" if symbol.time else str(symbol)


def read(expr: MatrixExpr, values: Values, step: int) -> Any:
    names = {str(s): values[at(s, step)] for s in symbols(expr)}
    return evaluate(expr, names)


def forward(program: Program, values: Values, steps: range) -> Values:
    """All that the equations define, step by step."""
    found = dict(values)
    for step in steps:
        for definition in program.definitions:
            found[at(definition.symbol, step)] = read(definition.body, found, step)
    return found


def slopes(found: Gradients, values: Values, name: str) -> Any:
    """The gradient of the loss of all steps by complex steps, entry by entry."""
    base, steps = values[name], steps_of(found)
    slope = np.zeros(base.shape)
    for place in np.ndindex(*base.shape):
        moved = base.astype(complex)
        moved[place] += 1e-30j
        after = forward(found.program, {**values, name: moved}, steps)
        slope[place] = sum(after[at(found.of, step)].item().imag for step in steps)
    return slope / 1e-30


def steps_of(found: Gradients) -> range:
    return range(1) if found.of == found.total else STEPS


def backward(found: Gradients, values: Values) -> dict[str, Any]:
    """The gradients, from nothing but the printed lines in their order."""
    steps = steps_of(found)
    further = range(steps.start, steps.stop + BEYOND) if len(steps) > 1 else steps
    known = forward(found.program, values, further)
    for step, line in product(further, found.first):
        if not line.over:
            known[at(line.left, step)] = read(line.expr, known, step)
    for step, line in product(further[len(steps) :], found.lines):
        if not line.over and not line.is_ratio:
            known[at(line.left, step)] = np.zeros_like(known[at(line.by, step)])
    gradients: dict[str, Any] = {}
    for step, line in product(reversed(steps), found.lines):
        now = read(line.expr, known, step)
        name = at(line.left, step)
        now = now + gradients.get(line.subject, 0) if line.over else now
        gradients[line.subject] = now
        known.update({} if line.is_ratio else {name: now})
    return gradients


def differences(found: Gradients) -> dict[str, float]:
    """How far each gradient by a given quantity is from complex steps."""
    values = given(found.program, steps_of(found))
    gradients = backward(found, values)
    out = {}
    for line in found.lines:
        if line.is_ratio and not line.by.time:
            name = str(line.by)
            true = slopes(found, values, name)
            mine = gradients[line.subject]
            assert mine.shape == true.shape
            out[name] = float(np.abs(mine - true).max() / (1 + np.abs(true).max()))
    return out


@pytest.mark.parametrize("source", [*STATIC.values(), *OVER_TIME.values()])
def test_the_lines_in_their_order_give_what_complex_steps_give(source: str) -> None:
    found = differences(symjac.gradients(symjac.parse(source)))
    assert found
    assert max(found.values()) < 1e-9, found


def planted(found: Gradients) -> Iterator[Gradients]:
    """The lines with one mistake each: a sign, or a transpose lost."""
    for place, line in enumerate(found.lines):
        for wrong in mistakes(line):
            lines = (*found.lines[:place], wrong, *found.lines[place + 1 :])
            yield replace(found, lines=lines)


def mistakes(line: GradientLine) -> Iterator[GradientLine]:
    yield replace(line, expr=Neg(line.expr))
    square = [
        s
        for s in symbols(line.expr)
        if s.shape.kind is Kind.MATRIX and len({*s.shape.dims}) == 1
    ]
    for symbol in square:
        turned = substitute(line.expr, {symbol: Transpose(symbol)})
        yield replace(line, expr=turned)


@pytest.mark.parametrize("source", [STATIC["residual"], RECURRENT])
def test_the_oracle_notices_a_sign_and_a_transpose(source: str) -> None:
    wrong = list(planted(symjac.gradients(symjac.parse(source))))
    assert len(wrong) > len(symjac.gradients(symjac.parse(source)).lines)
    for one in wrong:
        assert max(differences(one).values()) > 1e-6, str(one)


def closed(found: Gradients) -> Iterator[tuple[Symbol, MatrixExpr]]:
    """Each gradient with adjoints and new names written out."""
    values = {line.left: line.expr for line in found.first}
    for line in found.lines:
        whole = substitute(line.expr, values)
        if line.is_ratio:
            yield line.by, whole
        else:
            values[line.left] = whole


@pytest.mark.parametrize("name", ["network", "rows", "tied", "attention", "generic"])
def test_with_adjoints_written_out_a_gradient_is_proved_to_be_the_derivative(
    name: str,
) -> None:
    program = symjac.parse(STATIC[name])
    found = symjac.gradients(program)
    for by, formula in closed(found):
        text = str(symjac.jacobian.Formula(formula))
        verdict = symjac.check(program, wrt=str(by), claim=text)["denominator"]
        assert verdict.outcome is symjac.Outcome.PROVED, (str(by), text, verdict.reason)


@pytest.mark.parametrize("source", [*STATIC.values(), *OVER_TIME.values()])
def test_every_line_is_a_derivation_that_replays(source: str) -> None:
    found = symjac.gradients(symjac.parse(source))
    assert found.replay() >= len(found.lines)
    assert all(line.jacobian for line in found.lines)
