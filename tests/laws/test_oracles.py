"""Every oracle catches the error that is planted for it, and they agree otherwise."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

import symjac
from symjac.jacobian import Jacobian
from tests.oracles import (
    Array,
    Definitions,
    agree,
    autograd_jacobian,
    complex_step,
    evaluate,
    forward,
    random_values,
)

STEPS = [
    ("x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b", "W", "W.T"),
    ("h[t] = sigma(W @ h[t-1] + W_in @ u[t] + b)", "W", "W.T"),
    ("h[t] = tanh(W @ h[t-1] + W_in @ u[t] + b)", "tanh'", "tanh"),
    ("h[t] = z[t] * 0 + f(W @ (r * h[t-1]))", "W", "W.T"),
    (
        "z[t] = sigmoid(A @ h[t-1] + E @ y[t])\n"
        "h[t] = (1 - z[t]) * h[t-1] + z[t] * tanh(W @ h[t-1])",
        "W",
        "W.T",
    ),
]


def setting(
    text: str,
) -> tuple[Jacobian, Definitions, dict[str, Array]]:
    program = symjac.parse(f"{text}" if "z[t] * 0" not in text else f"z[t] = v\n{text}")
    jacobian = symjac.derive(program)
    pairs = [(d.symbol, d.body) for d in program.definitions]
    return jacobian, pairs, random_values(program.symbols, seed=7)


@pytest.mark.parametrize(("text", "old", "new"), STEPS)
def test_complex_steps_and_autograd_agree_with_the_formula_and_catch_a_planted_error(
    text: str, old: str, new: str
) -> None:
    jacobian, pairs, values = setting(text)
    known = forward(pairs, values)
    formula = jacobian.matrix("numerator")
    right = evaluate(formula.expr, known)
    planted = symjac.check(
        jacobian.program, claim=str(formula).replace(old, new, 1)
    ).claim.expr
    wrong = evaluate(planted, known)
    for oracle in (complex_step, autograd_jacobian):
        truth = oracle(pairs, jacobian.of, jacobian.wrt, values)
        assert agree(right, truth)
        assert not agree(wrong, truth)
        assert not agree(-right, truth)


def explicit(component: sympy.Expr, places: dict[str, int], n: int) -> sympy.Expr:
    """A component formula at numbers, its sums written out."""
    size = {symbol: n for symbol in component.free_symbols if symbol.name == "n"}
    found = component.subs(size)
    for name, place in places.items():
        found = found.subs(sympy.Idx(name, n), place)
    return found.doit()


@pytest.mark.parametrize(
    ("text", "planted"),
    [
        ("y = W @ f(x) + b", "diag(f'(x)) @ W"),
        ("y = f(W @ x)", "W @ diag(f'(W @ x))"),
        ("y = x.T @ W @ x", "2 * x.T @ W"),
        ("y = (v.T @ x) * f(x)", "f(x) @ v.T"),
    ],
)
def test_sympy_s_element_path_agrees_and_catches_a_planted_error(
    text: str, planted: str
) -> None:
    """SymPy differentiates explicit components; nothing of symjac's rules is used."""
    jacobian = symjac.derive(symjac.parse(f"W: (n, n)\n{text}"), wrt="x")
    n = 2
    w = sympy.Matrix(n, n, lambda i, j: sympy.Symbol(f"w{i}{j}"))
    x, b, v = (
        sympy.Matrix(n, 1, lambda i, _, s=s: sympy.Symbol(f"{s}{i}")) for s in "xbv"
    )
    f = sympy.Function("f")
    written = {
        "y = W @ f(x) + b": w * x.applyfunc(f) + b,
        "y = f(W @ x)": (w * x).applyfunc(f),
        "y = x.T @ W @ x": x.T * w * x,
        "y = (v.T @ x) * f(x)": (v.T * x)[0] * x.applyfunc(f),
    }[text]
    rng = np.random.default_rng(5)
    numbers = {s: float(rng.uniform(0.2, 1)) for m in (w, x, b, v) for s in m}
    values = {
        name: np.array(m.subs(numbers).tolist(), dtype=float)
        for name, m in (("W", w), ("x", x), ("b", b), ("v", v))
    }
    z = sympy.Symbol("z")
    truth = np.array(
        [
            [
                float(
                    row.diff(x[k])
                    .replace(f, sympy.Lambda(z, sympy.sin(z) + z**2 / 3))
                    .doit()
                    .subs(numbers)
                )
                for k in range(n)
            ]
            for row in written
        ]
    )
    found = evaluate(jacobian.matrix("numerator").expr, values)
    assert agree(found.reshape(truth.shape), truth, 1e-9)
    wrong = symjac.check(jacobian.program, wrt="x", claim=planted).claim.expr
    assert not agree(evaluate(wrong, values).reshape(truth.shape), truth, 1e-9)


def test_the_component_is_a_sympy_expression_in_the_indices() -> None:
    jacobian = symjac.derive(symjac.parse("y = W @ f(x)"), wrt="x")
    j, k = jacobian.indices
    assert j in jacobian.component.free_symbols
    assert k in jacobian.component.free_symbols
    assert jacobian.component.has(sympy.IndexedBase("W", real=True).func)
    second = symjac.derive(symjac.parse("y = f(x)"), wrt="x").component
    assert second.has(sympy.KroneckerDelta)


def test_named_functions_become_sympy_s_own() -> None:
    jacobian = symjac.derive(symjac.parse("y = tanh(alpha)"), wrt="alpha")
    alpha = sympy.Symbol("alpha", real=True)
    difference = jacobian.component - sympy.tanh(alpha).diff(alpha)
    assert sympy.simplify(difference) == 0


def test_a_matrix_form_becomes_a_sympy_matrix_expression() -> None:
    program = symjac.parse("A: (2, 2)\nx: (2)\ny = A @ (A @ x)")
    found = symjac.derive(program, wrt="x").matrix("denominator").to_sympy()
    a = sympy.MatrixSymbol("A", 2, 2)
    assert found.as_explicit() == (a.T * a.T).as_explicit()
