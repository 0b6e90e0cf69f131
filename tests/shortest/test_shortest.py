"""The shortest proved form: what papers and courses print, by hand, and its proof."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

import symjac
from symjac import Layout
from symjac.errors import LiftError
from symjac.shortest.length import length
from symjac.shortest.proof import is_same
from symjac.terms.matrix import MatrixExpr, Symbol, Transpose, rebuild
from tests.strategies import Drawn, programs

LSTM = """f[t] = sigmoid(W_f @ x[t] + U_f @ h[t-1] + b_f)
i[t] = sigmoid(W_i @ x[t] + U_i @ h[t-1] + b_i)
o[t] = sigmoid(W_o @ x[t] + U_o @ h[t-1] + b_o)
g[t] = tanh(W_c @ x[t] + U_c @ h[t-1] + b_c)
c[t] = f[t] * c[t-1] + i[t] * g[t]
h[t] = o[t] * tanh(c[t])"""
GRU = """z[t] = sigmoid(W_z @ h[t-1] + U_z @ x[t] + b_z)
r[t] = sigmoid(W_r @ h[t-1] + U_r @ x[t] + b_r)
g[t] = tanh(W @ (r[t] * h[t-1]) + U @ x[t] + b)
h[t] = (1 - z[t]) * h[t-1] + z[t] * g[t]"""
NETWORK = """h = tanh(W_1 @ x + b_1); z = W_2 @ h + b_2
p = softmax(z); q: (m) one_hot; L = cross_entropy(q, p)"""
NORMAL = """x, mu: (n); S: (n, n) spd
L = -1/2 * logdet(S) - 1/2 * (x - mu).T @ inv(S) @ (x - mu)"""
LOGISTIC = """w, x: (n); y: (); p = sigmoid(w.T @ x)
L = -y * log(p) - (1 - y) * log(1 - p)"""

# equations, variable, layout, the form in which the source prints it
PRINTED = (
    (LOGISTIC, "w", "denominator", "(p - y) * x"),  # Bishop (2006), 4.91
    ("p, q: (n) positive; L = sum(p * log(p / q))", "q", "denominator", "-p / q"),
    # Goodfellow, Bengio and Courville (2016), 6.5
    (NETWORK, "W_2", "denominator", "(p - q) @ h.T"),
    (NETWORK, "b_2", "denominator", "p - q"),
    (NETWORK, "h", "denominator", "W_2.T @ (p - q)"),
    # Bishop (2006), 2.3.4, with the two terms over one factor 1/2
    (NORMAL, "mu", "denominator", "inv(S) @ (x - mu)"),
    (
        NORMAL,
        "S",
        "denominator",
        "1/2 * (inv(S) @ (x - mu) @ (x - mu).T @ inv(S) - inv(S))",
    ),
    # Petersen and Pedersen (2012), 108, 129 and 57
    ("X: (n, n); y = tr(matpow(X, 3))", "X", "numerator", "3 * X @ X"),
    ("x, a: (n); y = norm2(x - a)", "x", "denominator", "(x - a) / norm2(x - a)"),
    ("a: (); X: (n, n); y = logdet(a * X)", "X", "numerator", "inv(X)"),
    ("Q: (n, n) orthogonal; y = norm2(Q @ x)**2", "x", "denominator", "2 * x"),
    ("z: (n); y = relu(z) - relu(-z)", "z", "numerator", "eye(n)"),
    # Olah (2015) by hand: the output gate, then all that enters the cell's state
    (
        LSTM,
        None,
        "numerator",
        "diag(tanh(c[t]) * o[t] * (1 - o[t])) @ U_o + diag(o[t] * tanh'(c[t])) @ "
        "(diag(i[t] * (1 - g[t]**2)) @ U_c + diag(g[t] * i[t] * (1 - i[t])) @ U_i"
        " + diag(c[t-1] * f[t] * (1 - f[t])) @ U_f)",
    ),
    (
        GRU,
        None,
        "denominator",
        "diag(1 - z[t]) + W_z.T @ diag((g[t] - h[t-1]) * z[t] * (1 - z[t]))"
        " + (diag(r[t]) + W_r.T @ diag(h[t-1] * r[t] * (1 - r[t]))) @ W.T"
        " @ diag(z[t] * (1 - g[t]**2))",
    ),
)


@pytest.mark.parametrize(("text", "wrt", "layout", "printed"), PRINTED)
def test_a_derivative_is_written_as_its_source_prints_it(
    text: str, wrt: str | None, layout: str, printed: str
) -> None:
    jacobian = symjac.derive(symjac.parse(text), wrt=wrt)
    assert str(jacobian.matrix(layout)) == printed


@pytest.mark.parametrize(("text", "wrt", "layout", "printed"), PRINTED)
def test_the_form_is_judged_right_as_a_claim(
    text: str, wrt: str | None, layout: str, printed: str
) -> None:
    verdicts = symjac.check(symjac.parse(text), wrt=wrt, claim=printed)
    assert verdicts[layout].outcome.value == "proved"


def test_a_name_is_used_for_its_own_value_only() -> None:
    text = "h = tanh(V @ x); k = tanh(V @ x + b); y = A @ tanh(V @ x + b)"
    jacobian = symjac.derive(symjac.parse(text), wrt="x")
    assert str(jacobian.matrix("numerator")) == "A @ diag(1 - k**2) @ V"


def test_a_value_with_a_jump_names_nothing() -> None:
    """sign(relu(z)) is step(z), but sign(0) has no value where z is negative."""
    text = "h = relu(z); d = sign(h) * v; y = relu(z) * v"
    jacobian = symjac.derive(symjac.parse(f"z, v: (n); {text}"), wrt="z")
    assert "d" not in {s.name for s in used(jacobian.matrix("numerator").expr)}


def used(expr: MatrixExpr) -> set[Symbol]:
    found: set[Symbol] = set()

    def visit(node: MatrixExpr) -> MatrixExpr:
        if isinstance(node, Symbol):
            found.add(node)
            return node
        return rebuild(node, visit)

    visit(expr)
    return found


def test_the_derived_form_stays_as_it_is() -> None:
    jacobian = symjac.derive(symjac.parse(LOGISTIC), wrt="w")
    assert "sigmoid'" in str(jacobian.plain("denominator"))


@settings(max_examples=30, deadline=None)
@given(programs())
def test_a_form_is_never_longer_and_its_layouts_are_transposes(drawn: Drawn) -> None:
    jacobian = symjac.derive(symjac.parse(drawn.text), "out", drawn.wrt)
    try:
        plain = [jacobian.plain(layout).expr for layout in Layout]
    except LiftError:
        return
    short = [jacobian.matrix(layout).expr for layout in Layout]
    assert sum(map(length, short)) <= sum(map(length, plain))
    bodies = jacobian.named_values()
    assert is_same(short[0], Transpose(short[1]), bodies)


@pytest.mark.parametrize("layout", ["numerator", "denominator"])
@pytest.mark.parametrize(("text", "wrt"), [(LSTM, None), (GRU, None), (NETWORK, "h")])
def test_the_proof_refuses_a_planted_transpose_and_a_sign(
    text: str, wrt: str | None, layout: str
) -> None:
    jacobian = symjac.derive(symjac.parse(text), wrt=wrt)
    plain = jacobian.plain(layout).expr
    short = jacobian.matrix(layout).expr
    bodies = jacobian.named_values()
    assert is_same(plain, short, bodies)
    for changed in mutations(short):
        assert not is_same(plain, changed, bodies), changed


def mutations(expr: MatrixExpr) -> list[MatrixExpr]:
    """The form with one weight transposed, and with one gate's value for another's."""
    found = []
    for symbol in sorted(used(expr), key=str):
        if symbol.name.startswith(("U_", "W")):
            square = symbol.shape.dims[0] == symbol.shape.dims[-1]
            if square:
                found.append(put(expr, symbol, Transpose(symbol)))
    shapes = {s.shape: s for s in used(expr)}
    for symbol in used(expr):
        other = shapes[symbol.shape]
        if other != symbol:
            found.append(put(expr, symbol, other))
    assert found
    return found


def put(expr: MatrixExpr, symbol: Symbol, value: MatrixExpr) -> MatrixExpr:
    if expr == symbol:
        return value
    if isinstance(expr, Symbol):
        return expr
    return rebuild(expr, lambda child: put(child, symbol, value))
