"""Identities that people write: true ones are proved, false siblings never.

Each from its definition: piecewise functions where they are smooth, softplus, logit
(Abramowitz and Stegun, 4.1); determinants, inverses, powers (Horn and Johnson, Matrix
Analysis, 0.7, 0.8, 2.4); the pseudoinverse (Penrose, 1955).
"""

from __future__ import annotations

import pytest

import symjac

SQUARES, MATRIX = "A: (n, n)", "A: (n, m)"
PAIR, TWO, THREE = "A: (n, n); u, v: (n)", "A: (2, 2)", "A: (3, 3)"
TRIANGLE = "X: (n, n)"
LEMMA = "1 + v.T @ inv(A) @ u"
CASES = [  # left, right, right with a mistake, declarations
    ("relu(x) - relu(-x)", "x", "abs(x)", ""),
    ("abs(relu(x))", "relu(x)", "x", ""),
    ("relu(relu(x))", "relu(x)", "relu(-x)", ""),
    ("relu(abs(x))", "abs(x)", "relu(x)", ""),
    ("tanh(relu(x))", "relu(tanh(x))", "tanh(x)", ""),
    ("exp(-abs(x))", "step(x) * exp(-x) + (1 - step(x)) * exp(x)", "exp(x)", ""),
    ("elu(x)", "relu(x) + exp(-relu(-x)) - 1", "relu(x) - exp(-relu(-x)) + 1", ""),
    (
        "sigmoid(abs(x))",
        "step(x) * sigmoid(x) + step(-x) * sigmoid(-x)",
        "sigmoid(x)",
        "",
    ),
    ("silu(x)", "x * exp(x) / (1 + exp(x))", "x / (1 + exp(x))", ""),
    ("softplus(x)", "log(1 + exp(x))", "log(1 + exp(-x))", ""),
    (
        "softplus(x)",
        "relu(x) + log1p(exp(-abs(x)))",
        "relu(x) + log1p(exp(abs(x)))",
        "",
    ),
    ("softplus(x) - softplus(-x)", "x", "-x", ""),
    ("log(exp(x) + exp(2 * x))", "x + softplus(x)", "x + softplus(-x)", ""),
    ("log_sigmoid(x)", "log(sigmoid(x))", "log(1 - sigmoid(x))", ""),
    (
        "mish(x)",
        "x * ((1 + exp(x))**2 - 1) / ((1 + exp(x))**2 + 1)",
        "x * ((1 + exp(x))**2 + 1) / ((1 + exp(x))**2 - 1)",
        "",
    ),
    ("logit(x)", "log(x) - log(1 - x)", "log(x) + log(1 - x)", ""),
    ("logit(sigmoid(x))", "x", "-x", ""),
    ("arctanh(x)", "(log(1 + x) - log(1 - x)) / 2", "log(1 + x) - log(1 - x)", ""),
    ("det(Q)**2", "1", "-1", "Q: (n, n) orthogonal"),
    ("det(Q @ A @ Q.T)", "det(A)", "-det(A)", "Q: (n, n) orthogonal; A: (n, n)"),
    ("expm(S) @ expm(S).T", "eye(n)", "expm(S)", "S: (n, n) skew"),
    ("expm(A - A.T).T @ expm(A - A.T)", "eye(n)", "expm(2 * A)", SQUARES),
    ("tril(X)", "tril(ones(n, n)) * X", "triu(ones(n, n)) * X", TRIANGLE),
    ("tril(tril(X) - X)", "zeros(n, n)", "-X", TRIANGLE),
    ("tril(A * B)", "tril(A) * tril(B)", "tril(A) * triu(B)", "A, B: (n, n)"),
    ("A @ pinv(A) @ A", "A", "pinv(A).T", MATRIX),
    ("A.T @ A @ pinv(A)", "A.T", "pinv(A)", MATRIX),
    ("pinv(2 * A)", "pinv(A) / 2", "2 * pinv(A)", MATRIX),
    ("sqrtm(K) @ sqrtm(K)", "K", "inv(K)", "K: (n, n) positive definite"),
    ("det(eye(n) + u @ v.T)", "1 + v.T @ u", "1 - v.T @ u", "u, v: (n)"),
    ("det(A + u @ v.T)", f"det(A) * ({LEMMA})", f"det(A) + {LEMMA}", PAIR),
    (
        "inv(A + u @ v.T)",
        f"inv(A) - inv(A) @ u @ v.T @ inv(A) / ({LEMMA})",
        f"inv(A) + inv(A) @ u @ v.T @ inv(A) / ({LEMMA})",
        PAIR,
    ),
    ("matpow(A, 2)", "tr(A) * A - det(A) * eye(2)", "tr(A) * A + det(A) * eye(2)", TWO),
    ("det(A)", "(tr(A)**2 - tr(A @ A)) / 2", "(tr(A)**2 + tr(A @ A)) / 2", TWO),
    ("det(A) * inv(A)", "tr(A) * eye(2) - A", "tr(A) * eye(2) + A", TWO),
    (
        "A @ A @ A",
        "tr(A) * A @ A - (tr(A)**2 - tr(A @ A)) / 2 * A + det(A) * eye(3)",
        "tr(A) * A @ A - (tr(A)**2 - tr(A @ A)) / 2 * A - det(A) * eye(3)",
        THREE,
    ),
]


@pytest.mark.parametrize(("left", "right", "false", "shapes"), CASES)
def test_a_true_one_is_proved_and_a_false_sibling_is_refuted(
    left: str, right: str, false: str, shapes: str
) -> None:
    declared = shapes or None
    assert symjac.equivalent(left, right, shapes=declared).outcome.value == "proved"
    assert symjac.equivalent(left, false, shapes=declared).outcome.value != "proved"
    assert symjac.equivalent(false, left, shapes=declared).outcome.value != "proved"


@pytest.mark.parametrize("size", ["n", "3"])
def test_what_holds_at_one_order_is_not_proved_at_another(size: str) -> None:
    shapes = f"A: ({size}, {size})"
    found = symjac.equivalent("det(A)", "(tr(A)**2 - tr(A @ A)) / 2", shapes=shapes)
    assert found.outcome.value == "refuted"
    square = symjac.equivalent(
        "A @ A", f"tr(A) * A - det(A) * eye({size})", shapes=shapes
    )
    assert square.outcome.value == "refuted"


def test_cases_need_one_sign_at_every_place() -> None:
    """A step of a bound index is no case: its entries have signs of their own."""
    claim = "step(sum(x)) * sum(abs(x))"
    assert (
        symjac.equivalent("sum(relu(x))", claim, shapes="x: (n)").outcome.value
        == "refuted"
    )
    zero = symjac.equivalent("step(x) * abs(x)", "x", shapes="x: (n) zero")
    assert zero.outcome.value != "refuted"


def test_digamma_of_an_inexact_number_has_a_derivative() -> None:
    claim = "diag(digamma'(exp(x)) * exp(x))"
    assert (
        symjac.check("y = digamma(exp(x))", wrt="x", claim=claim)[
            "numerator"
        ].outcome.value
        == "proved"
    )
