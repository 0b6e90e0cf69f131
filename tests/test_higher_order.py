"""Derivatives of order 3 and 4, second derivatives, symmetric variables, new claims.

Expected formulas come from Magnus and Neudecker (2019) and the Matrix Cookbook (2012).
"""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import symjac
from symjac.cli import main
from symjac.errors import LiftError, UnsupportedError
from symjac.typeset import latex
from symjac.typeset.unicode import UNICODE

VEC_FORMS = [
    ("Y = A @ X @ B", "kron(B.T, A)"),  # Magnus and Neudecker, 2.4
    ("Y = X.T", "commutation(n, m)"),  # 3.7
    ("X: (n, n)\nY = inv(X)", "-kron(inv(X).T, inv(X))"),  # 9.14
    ("Y = X.T @ X", "(eye(m*m) + commutation(m, m)) @ kron(eye(m), X.T)"),  # 9.14
    ("y = X @ b", "kron(b.T, eye(n))"),
    ("Y = A * X", "diag(vec(A))"),
    ("Y = f(X)", "diag(vec(f'(X)))"),
    ("X: (n, n)\nY = X @ X", "kron(X.T, eye(n)) + kron(eye(n), X)"),
]


@pytest.mark.parametrize(("text", "formula"), VEC_FORMS)
def test_vec_forms_of_the_literature_are_proved(text: str, formula: str) -> None:
    program = symjac.parse(f"X: (n, m)\n{text}" if "X:" not in text else text)
    verdict = symjac.check(program, wrt="vec(X)", claim=formula)["numerator"]
    assert verdict.outcome.value == "proved", verdict.reason


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("Y = A @ X @ B", "kron(A, B.T)"),
        ("Y = X.T", "commutation(m, n)"),
        ("X: (n, n)\nY = inv(X)", "-kron(inv(X), inv(X).T)"),
        ("X: (n, n)\nY = X @ X", "kron(X, eye(n)) + kron(eye(n), X)"),
    ],
)
def test_a_wrong_order_of_a_kronecker_product_is_refuted(
    text: str, formula: str
) -> None:
    program = symjac.parse(f"X: (n, m)\n{text}" if "X:" not in text else text)
    verdict = symjac.check(program, wrt="vec(X)", claim=formula)["numerator"]
    assert verdict.outcome.value == "refuted"


@pytest.mark.parametrize(
    ("body", "right", "wrong"),
    [  # vec(K X) = (I kron K) vec(X) and vec(X K) = (K^T kron I) vec(X)
        ("kron(A, B) @ X", "kron(eye(m), kron(A, B))", "kron(eye(m), kron(B, A))"),
        ("X @ kron(A, B)", "kron(kron(A.T, B.T), eye(m))", "kron(kron(A, B), eye(m))"),
        (
            "kron(A @ B, B) @ X",
            "kron(eye(m), kron(A @ B, B))",
            "kron(eye(m), kron(B, B))",
        ),
    ],
)
def test_vec_of_a_product_with_a_kronecker_product(
    body: str, right: str, wrong: str
) -> None:
    program = symjac.parse(f"A, B: (n, n)\nY = {body}")
    for claim, outcome in ((right, "proved"), (wrong, "refuted")):
        verdict = symjac.check(program, wrt="vec(X)", claim=claim)["numerator"]
        assert verdict.outcome.value == outcome, verdict.reason


def test_an_order_4_derivative_is_shown_three_ways() -> None:
    jacobian = symjac.derive(symjac.parse("Y = A @ X @ B"), wrt="X")
    with pytest.raises(LiftError, match="order 4"):
        jacobian.matrix("numerator")
    rows, columns = jacobian.of_indices, jacobian.by_indices
    (i, j), (p, q) = ([x.name for x in pair] for pair in (rows, columns))
    assert jacobian.component_text == f"A[{i},{p}] * B[{q},{j}]"
    assert str(jacobian.slice()) == f"A @ e_{p} @ e_{q}.T @ B"
    assert str(jacobian.vec_matrix("numerator")) == "kron(B.T, A)"
    assert str(jacobian.vec_matrix("denominator")) == "kron(B, A.T)"


@pytest.mark.parametrize(
    ("own", "unit"), [("b", "e"), ("e_q", "u"), ("e_p", "u"), ("e_1", "u"), ("e", "u")]
)
@pytest.mark.parametrize("other", ["", "u_p: (n)\n", "u: ()\n"])
def test_unit_vectors_of_slices_have_names_of_their_own(
    own: str, unit: str, other: str
) -> None:
    """d(X b)/d X[p,q] = b_q e_p: the entry b[q], and the p-th unit vector."""
    text = f"{other}X: (n, m)\n{own}: (m)\ny = X @ {own}"
    jacobian = symjac.derive(symjac.parse(text), wrt="X")
    unit = "e_0" if unit == "u" and other else unit
    p, q = (index.name for index in jacobian.by_indices)
    expected = f"({own}.T @ {unit}_{q}) * {unit}_{p}"
    assert str(jacobian.slice()) == expected
    page = CliRunner().invoke(main, ["derive", text, "--wrt", "X", "--format", "md"])
    letter = unit if len(unit) == 1 else "e"
    label = "" if len(unit) == 1 else "0,"
    assert rf"\mathbf{{{letter}}}_{{{label}{p}}}" in page.output


def test_an_entry_of_a_matrix_called_delta_is_no_kronecker_delta() -> None:
    program = symjac.parse("delta: (n, n)\nx: (n)\ny = delta @ x + x")
    jacobian = symjac.derive(program, wrt="x")
    assert jacobian.component_text == "(delta)[j,k] + delta[j,k]"
    shown = latex.terms_latex(jacobian.terms)
    assert shown == r"(\boldsymbol{\delta})_{jk} + \delta_{jk}"
    printed = UNICODE.terms(jacobian.terms)
    assert len(set(printed.split(" + "))) == 2


def test_the_gradient_of_the_identification_theorem_has_a_free_name() -> None:
    text = "g: (n)\nx: (n)\ny = x.T @ g"
    arguments = ["derive", text, "--wrt", "x", "--style", "differential"]
    page = CliRunner().invoke(main, [*arguments, "--format", "md"]).output
    assert r"\mathrm{d}y = \mathbf{g}_{0}^{\top}" in page


def test_a_dimension_that_is_a_product_with_a_sum_keeps_its_brackets() -> None:
    program = symjac.parse("A: (n, n)\nB: (m, n)\nY = [A; zeros(m, n)]")
    jacobian = symjac.derive(program, wrt="B")
    assert str(jacobian.vec_matrix("numerator")) == "zeros(n*(n+m), n*m)"


HESSIANS = [
    ("A: (n, n)\ny = x.T @ A @ x", "A + A.T"),
    ("y = norm2(A @ x - b)**2", "2 * A.T @ A"),
    ("y = sum(f(W @ x))", "W.T @ diag(f''(W @ x)) @ W"),
    ("y = logsumexp(x)", "diag(softmax(x)) - softmax(x) @ softmax(x).T"),
    ("y = norm2(x)", "(eye(n) - x @ x.T / (x.T @ x)) / norm2(x)"),
    ("h = A @ x\ny = v.T @ tanh(h)", "A.T @ diag(v * tanh''(h)) @ A"),
]


@pytest.mark.parametrize(("text", "formula"), HESSIANS)
def test_hessians_of_the_literature_are_proved(text: str, formula: str) -> None:
    program = symjac.parse(f"x: (n)\n{text}")
    found = symjac.check(program, "y", ("x", "x"), claim=formula)
    assert [v.outcome.value for v in found.verdicts.values()] == ["proved", "proved"]


def test_a_mixed_second_derivative_has_the_first_variable_in_its_rows() -> None:
    program = symjac.parse("y = x.T @ A @ z")
    verdicts = symjac.check(program, "y", ("x", "z"), claim="A")
    assert verdicts["numerator"].outcome.value == "proved"
    assert verdicts["denominator"].outcome.value == "ill-typed"


def test_half_a_hessian_is_refuted() -> None:
    program = symjac.parse("A: (n, n)\ny = x.T @ A @ x")
    verdict = symjac.check(program, "y", ("x", "x"), claim="2 * A")["numerator"]
    assert verdict.outcome.value == "refuted"


def test_the_command_line_takes_two_variables_and_prints_the_third_way() -> None:
    equations = "A: (n, n); y = x.T @ A @ x"
    arguments = ["derive", equations, "--wrt", "x", "--wrt", "x"]
    assert "A + A.T" in CliRunner().invoke(main, arguments).output
    arguments = ["derive", "Y = A @ X @ B", "--wrt", "X", "--format", "json"]
    found = json.loads(CliRunner().invoke(main, arguments).output)
    assert found["layouts"] == {"numerator": None, "denominator": None}
    assert found["vec"] == "kron(B.T, A)"


def test_a_symmetric_variable_is_differentiated_without_constraint() -> None:
    """Matrix Cookbook, 2.8: d log det S = 2 inv(S) - inv(S) * I, within symmetric."""
    program = symjac.parse("S: (n, n) positive definite\ny = logdet(S)")
    jacobian = symjac.derive(program, wrt="S")
    assert str(jacobian.matrix("denominator")) == "inv(S)"
    within = symjac.parse(
        "S: (n, n) positive definite\nT: (n, n)\n"
        f"y = tr(T.T @ ({jacobian.within_symmetric()}))"
    )
    verdict = symjac.check(within, wrt="T", claim="2 * inv(S) - inv(S) * eye(n)")
    assert verdict["denominator"].outcome.value == "proved"


def test_no_closed_form_is_said_not_guessed() -> None:
    program = symjac.parse("X: (n, n)\nY = expm(X)")
    with pytest.raises(UnsupportedError, match="no closed form"):
        symjac.derive(program, wrt="X")


CLAIMS = [
    ("X: (n, n)\ny = tr(A @ inv(X) @ B)", "X", "-(inv(X) @ B @ A @ inv(X)).T", True),
    ("X: (n, n)\ny = tr(expm(X))", "X", "expm(X).T", True),
    ("X: (n, n)\ny = tr(expm(X))", "X", "X @ expm(X)", False),
    ("X: (n, n)\ny = det(matpow(X, 3))", "X", "3 * det(X)**3 * inv(X).T", True),
    ("X: (n, n)\ny = det(matpow(X, 3))", "X", "3 * det(X)**2 * inv(X).T", False),
    ("y = mean(x)", "x", "ones(n) / dim(n)", True),
    ("y = mean(x)", "x", "ones(n)", False),
    ("y = x / (ones(n).T @ ones(n))", "x", "eye(n)", False),
    ("y = x * (ones(n).T @ ones(n))**(-1)", "x", "eye(n) / dim(n)", True),
    ("Q: (m, n) orthonormal columns\ny = norm2(Q @ x)**2", "x", "2 * x", True),
    ("Q: (m, n)\ny = norm2(Q @ x)**2", "x", "2 * x", False),
    ("Q: (n, m) orthonormal columns\ny = norm2(Q.T @ x)**2", "x", "2 * x", False),
    ("P: (n, n) projection\ny = norm2(P @ x)**2", "x", "2 * P @ x", True),
    ("S: (n, n) skew\ny = x.T @ S @ x", "x", "zeros(n)", True),
    ("A: (n, n)\nB: (n, n) commutes with A\ny = A @ B @ x", "x", "B @ A", True),
    ("A: (n, n)\nB: (n, n)\ny = A @ B @ x", "x", "B @ A", False),
    ("p: (n) probability\ny = sum(p) * x", "x", "eye(n)", True),
    ("q: (n) one-hot\ny = (q @ q.T) @ x", "x", "diag(q)", True),
    ("y = relu(x) - relu(-x)", "x", "eye(n)", True),
    ("y = tanh(x)", "x", "diag(4 * sigmoid(2 * x) * (1 - sigmoid(2 * x)))", True),
    ("y = logdet(eye(n) + X @ X.T)", "X", "2 * X @ inv(eye(m) + X.T @ X)", True),
    ("y = [A, B] @ [x; z]", "x", "A", True),
    ("A, B: (m, n)\ny = [A, B] @ [x; x]", "x", "A", False),
    ("y = prod(x)", "x", "prod(x) * (1 / x)", True),
    ("y = max(x)", "x", "hardmax(x)", True),
    ("y = cross_entropy(t, softmax(x))", "x", "sum(t) * softmax(x) - t", True),
    ("t: (n) one-hot\ny = cross_entropy(t, softmax(x))", "x", "softmax(x) - t", True),
    ("y = cross_entropy(t, softmax(x))", "x", "softmax(x) - t", False),
]


@pytest.mark.parametrize(("text", "wrt", "claim", "truth"), CLAIMS)
def test_claims_about_operations_and_properties(
    text: str, wrt: str, claim: str, truth: bool
) -> None:
    text = text.replace("one-hot", "one_hot")
    lines = "" if "x: " in text or " x" not in text else "x: (n)\n"
    sizes = "X: (n, m)\n" if "X" in text and "X:" not in text else ""
    program = symjac.parse(f"{lines}{sizes}{text}")
    found = symjac.check(program, wrt=wrt, claim=claim).verdicts.values()
    outcomes = {v.outcome.value for v in found}
    assert ("proved" in outcomes) is truth, [v.reason for v in found]
    assert "undecided" not in outcomes
