"""Cases that other tools get wrong, refuse or print unreadably; SymPy's are apart.

Sources: tensorgrad 0.3.0, cadabra2 2.6.0, matrixcalculus.org, DiffMatic.jl, MATLAB,
Symbolics.jl issues 498 and 987. Expected formulas are written by hand, as proved
claims; every one is also compared with complex steps.
"""

from __future__ import annotations

import pytest

import symjac
from symjac.terms.index import all_bound
from tests.oracles import agree, complex_step, evaluate, forward, random_values

GRU = """
z = sigmoid(A @ h + B @ x)
r = sigmoid(C @ h + E @ x)
y = (1 - z) * h + z * tanh(W @ (r * h))
"""
GRU_STEP = (
    "diag(1 - z) + diag(tanh(W @ (r * h)) - h) @ diag(z * (1 - z)) @ A"
    " + diag(z) @ diag(1 - tanh(W @ (r * h))**2) @ W"
    " @ (diag(r) + diag(h * r * (1 - r)) @ C)"
)
CASES = [
    # tensorgrad prints index form only, captures indices, or loses a transpose
    ("y = W @ tanh(x) + U @ u + b", "x", "W @ diag(1 - tanh(x)**2)", "numerator"),
    (
        "y = sigma(W @ x + U @ u + b)",
        "x",
        "diag(sigma'(W@x + U@u + b)) @ W",
        "numerator",
    ),
    (
        "W: (n, n)\ny = sigma(W @ sigma(W @ x))",
        "x",
        "diag(sigma'(W @ sigma(W @ x))) @ W @ diag(sigma'(W @ x)) @ W",
        "numerator",
    ),
    ("z: (n)\nr: (n)\ny = z*h + (1-z)*tanh(W @ (r*h))", "h", None, "numerator"),
    (GRU, "h", GRU_STEP, "numerator"),
    (
        "y = softmax(x)",
        "x",
        "diag(softmax(x)) - softmax(x) @ softmax(x).T",
        "numerator",
    ),
    ("y = tr(A @ X @ B)", "X", "B @ A", "numerator"),
    ("y = tr(A @ X @ B)", "X", "(B @ A).T", "denominator"),
    ("X: (n, n)\ny = logdet(X)", "X", "inv(X).T", "denominator"),
    ("y = norm2(A @ x - b)**2", "x", "2 * A.T @ (A @ x - b)", "denominator"),
    # cadabra2: 0, a corrupted index, or "Triple index"
    ("y = W @ sigma(x)", "x", "W @ diag(sigma'(x))", "numerator"),
    ("y = tanh(W @ x)", "x", "diag(1 - tanh(W @ x)**2) @ W", "numerator"),
    ("y: ()\ny = f(x.T @ x)", "x", "2 * f'(x.T @ x) * x", "denominator"),
    ("y = W @ (z * h)", "h", "W @ diag(z)", "numerator"),
    ("y = z * h + c", "h", "diag(z)", "numerator"),
    # matrixcalculus.org's own examples; one layout, stated
    ("A: (n, n)\ny = 1/2 * x.T @ A @ x", "x", "1/2 * (A + A.T) @ x", "denominator"),
    (
        "C: (m, m)\nX: (n, m)\ny = tr(A @ X.T @ B @ X @ C)",
        "X",
        "B.T @ X @ A.T @ C.T + B @ X @ C @ A",
        "denominator",
    ),
    ("X: (n, n)\ny = log(det(inv(X))**2) / 2", "X", "-inv(X).T", "denominator"),
    (
        "y = sum(log(exp(-v * (X @ w)) + ones(n)))",
        "w",
        "-X.T @ (v * exp(-v * (X @ w)) / (exp(-v * (X @ w)) + 1))",
        "denominator",
    ),
    # DiffMatic.jl, Symbolics.jl (zero), MATLAB (unevaluated)
    ("y = sin(A @ x + v)", "x", "diag(cos(A @ x + v)) @ A", "numerator"),
    ("q: (n) positive\ny = sum(q * log(q))", "q", "log(q) + 1", "denominator"),
    ("y = r.T @ (x + c)", "x", "r", "denominator"),
]


@pytest.mark.parametrize(("text", "wrt", "formula", "layout"), CASES)
def test_symjac_gets_the_case_right_in_a_stated_layout(
    text: str, wrt: str, formula: str | None, layout: str
) -> None:
    program = symjac.parse(text)
    jacobian = symjac.derive(program, "y", wrt)
    if formula is not None:
        verdict = symjac.check(program, "y", wrt, claim=formula)[layout]
        assert verdict.outcome.value == "proved", verdict.reason
    pairs = [(d.symbol, d.body) for d in program.definitions]
    values = random_values(tuple(dict.fromkeys((*program.symbols, jacobian.wrt))), 3)
    known = forward(pairs, values)
    slopes = complex_step(pairs, jacobian.of, jacobian.wrt, values)
    found = evaluate(jacobian.matrix("denominator").expr, known)
    assert agree(found.ravel(), slopes.T.ravel(), 1e-9)


@pytest.mark.parametrize(("text", "wrt", "formula", "layout"), CASES)
def test_no_index_is_bound_twice_in_one_component(
    text: str, wrt: str, formula: str | None, layout: str
) -> None:
    """tensorgrad reuses a bound index inside and outside of a function's argument."""
    jacobian = symjac.derive(symjac.parse(text), "y", wrt)
    free = {index.name for index in jacobian.free}
    for term in jacobian.terms:
        outside = {index.name for index in term.bound}
        inside = [index.name for index in all_bound((term,))]
        assert not free & set(inside)
        assert len(inside) == len(set(inside)), jacobian.component_text
        assert outside <= set(inside)


def test_a_hessian_keeps_its_transpose() -> None:
    """tensorgrad prints `A + A`."""
    program = symjac.parse("A: (n, n)\ny = x.T @ A @ x")
    hessian = symjac.derive(program, "y", ("x", "x"))
    assert str(hessian.matrix("numerator")) == "A + A.T"


def test_tensors_that_others_cannot_display_have_three_forms() -> None:
    """matrixcalculus.org: "Cannot display this 3rd/4th order tensor"."""
    third = symjac.derive(symjac.parse("y = W @ tanh(x)"), "y", "W")
    assert third.component_text == "delta[j,p] * tanh(x[q])"
    assert str(third.vec_matrix("numerator")) == "kron(tanh(x).T, eye(n))"
    fourth = symjac.derive(symjac.parse("Y = inv(X)"), "Y", "X")
    assert fourth.component_text == "-inv(X)[i,p] * inv(X)[q,j]"
    assert str(fourth.slice()) == "-inv(X) @ e_p @ e_q.T @ inv(X)"
    assert str(fourth.vec_matrix("numerator")) == "-kron(inv(X).T, inv(X))"


def test_a_row_by_a_column_has_a_layout() -> None:
    """matrixcalculus.org: "Cannot display this 2nd order tensor"."""
    jacobian = symjac.derive(symjac.parse("y = x.T @ A"), "y", "x")
    assert str(jacobian.matrix("numerator")) == "A.T"
    assert str(jacobian.matrix("denominator")) == "A"
