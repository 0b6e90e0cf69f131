"""Claims made to break the judge; each row's truth is worked out by hand.

A row is (equations, variable, layout, claim). Where a claim is true the judge may fail
to prove it only if the row stands in `NOT_REFUTED`; where it is false, it is refuted.
"""

from __future__ import annotations

import pytest

import symjac
from symjac.claims.adjudicate import Judgement
from symjac.errors import ParseError
from tests.recomputation import check_judgement

Row = tuple[str, str, str, str]
N, D = "numerator", "denominator"

TRUE: list[Row] = [
    # roots and logarithms: log(x^2) = 2 log|x|
    ("x: (n)\ny = alpha * exp(log(x**2)/2)", "alpha", N, "abs(x)"),
    ("y = sqrt(x * x)", "x", N, "diag(sign(x))"),
    ("x: (n) positive\ny = sqrt(x**2)", "x", N, "eye(n)"),
    ("y = log(x**2)", "x", N, "2 * diag(1/x)"),
    ("y = log(exp(x))", "x", N, "eye(n)"),
    ("y = exp(2 * log(x))", "x", N, "2 * diag(x)"),
    # steps
    ("y = relu(-x)", "x", N, "diag(step(x)) - eye(n)"),
    ("y = relu(2 * x)", "x", N, "2 * diag(step(x))"),
    ("y = relu(x) * relu(-x)", "x", N, "zeros(n, n)"),
    ("y = abs(x) - relu(x) - relu(-x)", "x", N, "zeros(n, n)"),
    ("x: (n)\ny = alpha * sign(x)", "alpha", N, "2 * step(x) - 1"),
    ("x: (n)\ny = alpha * sign(x)**2", "alpha", N, "ones(n)"),
    ("A: (m, n)\nx: (n)\ny = alpha * sign(A @ x)**2", "alpha", N, "ones(m)"),
    ("A: (m, n)\ny = relu(A @ x)**2", "x", N, "2 * diag(relu(A @ x)) @ A"),
    ("A: (m, n)\ny = sum(relu(1 - A@x)**2) / 2", "x", D, "-A.T @ relu(1 - A@x)"),
    ("A: (m, n)\ny = sum(abs(A @ x)**2)", "x", D, "2 * A.T @ A @ x"),
    ("A: (m, n)\nx: (n)\ny = alpha * cos(A@x)**2", "alpha", N, "1 - sin(A@x)**2"),
    ("a, x: (n)\ny = alpha * sqrt(a.T@x * a.T@x)", "alpha", N, "abs(a.T @ x)"),
    ("A: (n, m)\nY = alpha * (A.T @ A)**(1/2)", "alpha", N, "(A.T @ A)**(1/2)"),
    ("x: (n)\ny = alpha * log(1 / x)", "alpha", N, "-log(x)"),
    ("x: (n)\ny = alpha * (4 * x)**(3/2)", "alpha", N, "8 * sqrt(x) * x"),
    ("x: (n)\ny = alpha * (2 * x)**(1/2)", "alpha", N, "sqrt(2) * sqrt(x)"),
    # matrix exponentials
    ("A: (n, n)\nY = alpha * expm(A) @ expm(-A)", "alpha", N, "eye(n)"),
    ("A: (n, n)\nY = alpha * inv(expm(A))", "alpha", N, "expm(-A)"),
    ("A: (n, n)\ny = alpha * det(expm(A))", "alpha", N, "exp(tr(A))"),
    ("A: (n, n)\nY = alpha * expm(A) @ A @ expm(-A)", "alpha", N, "A"),
    (
        "A: (n, n) commutes with B\nB: (n, n)\nY = alpha * expm(A) @ expm(B)",
        "alpha",
        N,
        "expm(A + B)",
    ),
    ("A: (n, n) orthogonal symmetric\nY = alpha * A @ A", "alpha", N, "eye(n)"),
    # traces of matrices that commute
    ("A: (n, n)\ny = tr(expm(alpha * A))", "alpha", N, "tr(A @ expm(alpha * A))"),
    ("A: (n, n)\ny = alpha * tr(A @ A @ expm(A))", "alpha", N, "tr(A @ expm(A) @ A)"),
    (
        "A: (n, n) commutes with B\nB, X: (n, n)\ny = alpha * tr(A @ B @ X @ A @ B)",
        "alpha",
        N,
        "tr(X @ B @ B @ A @ A)",
    ),
    # sizes that are numbers, sums and products
    ("x: (n)\ny = x / (ones(n).T @ ones(n))", "x", N, "eye(n) / dim(n)"),
    ("x: (9)\ny = mean(x)", "x", D, "ones(9) / 9"),
    ("dim n = 9\ny = alpha * tr(eye(n))", "alpha", N, "9"),
    ("X: (n, m)\ny = mean(X)", "X", D, "ones(n, m) / (dim(n) * dim(m))"),
    (
        "X: (n, m)\ny = alpha * (tr(eye(n)) * tr(eye(m)) + sum(0 * X))",
        "alpha",
        N,
        "tr(kron(eye(n), eye(m)))",
    ),
    ("S, R: (n, n)\ny = alpha * tr(kron(S, R))", "alpha", N, "tr(S) * tr(R)"),
    (
        "S, R: (n, n)\ny = alpha * diagonal(kron(S, R))",
        "alpha",
        N,
        "diagonal(kron(S, R))",
    ),
    ("X: (n, n)\ny = logdet(kron(X, eye(m)))", "X", D, "dim(m) * inv(X).T"),
    ("A: (m, n)\ny = alpha * vec(A)", "alpha", N, "vec(A)"),
    # declared properties
    ("Q: (n, m) orthonormal_columns\ny = (Q@x).T @ (Q@x)", "x", D, "2 * x"),
    ("Q: (n, n) orthogonal\nX: (n, n)\ny = tr(inv(Q) @ X)", "X", D, "Q"),
    ("P: (n, n) projection\ny = (P@x).T @ (P@x)", "x", D, "2 * P @ x"),
    ("u: (n) unit\nx: (n)\ny = (u.T @ x) * u", "x", N, "u @ u.T"),
    ("u: (n) unit\nx: (n)\ny = norm2(u) * x", "x", N, "eye(n)"),
    ("x: (n) unit\ny = norm2(x)", "x", D, "x"),
    ("p: (n) probability\nx: (n)\ny = sum(p) * x", "x", N, "eye(n)"),
    ("p: (n) one_hot\nx: (n)\ny = sum(p * p) * x", "x", N, "eye(n)"),
    ("p: (n) one_hot\nx: (n)\ny = (p @ p.T) @ x", "x", N, "diag(p)"),
    ("M: (n, m) binary\nX: (n, m)\ny = normF(M * X)**2", "X", D, "2 * M * X"),
    ("S: (n, n) skew\ny = x.T @ S @ x", "x", D, "zeros(n)"),
    ("S: (n, n) skew\ny = x.T @ S @ S @ x", "x", D, "2 * S @ S @ x"),
    ("A: (n, n) commutes with B\nB: (n, n)\ny = A @ B @ x", "x", N, "B @ A"),
    (
        "S: (n, n) commutes with T\nT: (n, n) commutes with S\ny = alpha * (S @ T)",
        "alpha",
        N,
        "T @ S",
    ),
    (
        "A: (n, n) commutes with B commutes with C\nB, C: (n, n)\n"
        "y = alpha * (A @ C @ B)",
        "alpha",
        N,
        "C @ B @ A",
    ),
    ("A: (n, n) commutes with B\ny = alpha * (A @ expm(B))", "alpha", N, "expm(B) @ A"),
    ("A: (n, n)\nX = expm(alpha * A)", "alpha", N, "expm(alpha * A) @ A"),
    ("A: (n, n)\ny = expm(alpha*A.T) @ x", "alpha", N, "expm(alpha*A.T) @ A.T @ x"),
    # a variable that is declared symmetric still has independent entries
    ("M: (m, m) symmetric\nu, w: (m)\nf = dot(M @ u, w)", "M", N, "u @ w.T"),
    ("M: (m, m) diagonal\nu, w: (m)\nf = w.T @ M @ u", "M", N, "u @ w.T"),
    # inverses and determinants
    ("S: (n, n)\ny = alpha * (inv(beta*S + S) @ S)", "alpha", N, "eye(n)/(beta + 1)"),
    (
        "S: (n, n)\ny = alpha * (inv(beta*S + gamma*S) @ S)",
        "alpha",
        N,
        "eye(n) / (beta + gamma)",
    ),
    ("X: (n, n)\ny = det(2 * X)", "X", D, "det(2 * X) * inv(X).T"),
    ("X: (n, n)\ny = det(X.T @ X)", "X", D, "2 * det(X)**2 * inv(X).T"),
    ("X: (n, m)\ny = det(X.T@X)", "X", D, "2 * det(X.T@X) * X @ inv(X.T@X)"),
    ("X: (n, n)\ny = logdet(X @ X)", "X", D, "2 * inv(X).T"),
    ("X, B: (n, n)\ny = tr(inv(X) @ B)", "X", D, "-(inv(X) @ B @ inv(X)).T"),
    ("X, A: (n, n)\ny = logdet(inv(A + X))", "X", D, "-inv(A + X).T"),
    ("X, A: (n, n)\ny = det(inv(A @ X))", "X", D, "-det(inv(A @ X)) * inv(X).T"),
    ("X, A: (n, n)\ny = tr(inv(inv(A + X)))", "X", D, "eye(n)"),
    # dimensions that are 1
    ("A: (n, 1)\nY = A @ B", "vec(A)", N, "kron(B.T, eye(n))"),
    ("dim m = 1\nA: (n, m)\nY = A.T", "vec(A)", N, "eye(n)"),
    ("A: (n, 1)\ny = alpha * vec(A)", "alpha", N, "A @ ones(1)"),
    ("A: (n, 1)\nB: (m, n)\nY = alpha * kron(A, B)", "alpha", N, "kron(A, B)"),
    (
        "x: (1, n)\nb: (1, 1)\ny = [x, b] @ a",
        "x",
        N,
        "ones(1) @ a.T @ [eye(n); zeros(1, n)]",
    ),
    # logistic regression: a sum over examples with one common factor
    (
        "X: (m, n)\nt: (m)\n"
        "y = -(t.T @ log(sigmoid(X@w)) + (1 - t).T @ log(1 - sigmoid(X@w)))",
        "w",
        D,
        "X.T @ (sigmoid(X@w) - t)",
    ),
    ("X: (m, n)\ny = sum(log(1 + exp(X@w)))", "w", D, "X.T @ sigmoid(X@w)"),
    ("X: (m, n)\ny = sum(log(cosh(X@w)))", "w", D, "X.T @ tanh(X@w)"),
    ("X: (m, n)\ny = (X@w).T @ log(X@w) - sum(X@w)", "w", D, "X.T @ log(X@w)"),
    (
        "V: (m, n)\nq: (m) one_hot\ny = softmax(V@h)\nL = cross_entropy(q, y)",
        "h",
        D,
        "V.T @ (y - q)",
    ),
    ("t: (n) one_hot\ny = -log(t.T @ softmax(z))", "z", D, "softmax(z) - t"),
    (
        "S: (n, n) symmetric\nw: (n)\ny = sum(log(cosh(S @ w)))",
        "w",
        D,
        "S @ tanh(S @ w)",
    ),
    (
        "X: (n, n)\nw: (n)\ny = sum(log(cosh(X@w))) + sum(log(cosh(X.T@w)))",
        "w",
        D,
        "X.T @ tanh(X@w) + X @ tanh(X.T@w)",
    ),
    ("X: (m, n)\nw: (n)\nb: (m)\ny = relu(w * w)", "w", N, "2 * diag(w)"),
    # long rings of one matrix
    (
        f"A: (n, n)\ny = alpha * tr({' @ '.join(['A'] * 12)})",
        "alpha",
        N,
        f"tr(({' @ '.join(['A'] * 12)}).T)",
    ),
    (
        f"A, B: (n, n)\ny = alpha * tr({' @ '.join(['A', 'B'] * 5)})",
        "alpha",
        N,
        f"tr({' @ '.join(['B', 'A'] * 5)})",
    ),
    # powers too high to be multiplied out
    ("y = (1 + x)**20", "x", N, "20 * diag((1 + x)**19)"),
    ("y = (a.T@x + b.T@x)**12", "x", D, "12 * (a.T@x + b.T@x)**11 * (a + b)"),
    # softmax
    ("y = softmax(x + 3)", "x", N, "diag(softmax(x)) - softmax(x) @ softmax(x).T"),
    ("y = log_softmax(x)", "x", N, "eye(n) - ones(n) @ softmax(x).T"),
    ("y = prod(x)", "x", D, "prod(x) * (1 / x)"),
    ("x: (n)\nz: (m)\ny = norm2([x; z])", "x", D, "x / norm2([x; z])"),
    ("X: (n, m)\na: (n)\nb: (m)\ny = vec(X).T @ kron(b, a)", "X", D, "a @ b.T"),
]

NOT_REFUTED: list[Row] = [
    ("x: (n)\ny = alpha * inv(x @ ones(n).T)", "alpha", N, "inv(ones(n) @ x.T).T"),
]

UNDEFINED: list[Row] = [  # step(0) or sign(0), on an open set
    ("x: (n)\ny = alpha * sign(step(x) * x)**2", "alpha", N, "ones(n)"),
    (
        "x: (n)\ny = alpha * (step(2*relu(x)) + step(-2*relu(x)))",
        "alpha",
        N,
        "ones(n)",
    ),
]

FALSE: list[Row] = [
    ("x: (n)\ny = alpha * exp(log(x**2)/2)", "alpha", N, "x"),  # |x|
    ("x: (n)\ny = alpha * exp(log(x**4)/4)", "alpha", N, "x"),
    ("x: (n)\ny = alpha * exp(-log(x**2)/2)", "alpha", N, "1 / x"),
    ("y = alpha * exp(log(beta**2)/2)", "alpha", N, "beta"),
    ("X: (n, n)\ny = alpha * exp(log(tr(X)**2)/2)", "alpha", N, "tr(X)"),
    ("X: (n, n)\ny = alpha * exp(log(det(X)**2)/2)", "alpha", N, "det(X)"),
    ("y = sqrt(x**2)", "x", N, "eye(n)"),
    ("D: (n, n) positive\ny = alpha * inv(D)", "alpha", N, "inv(D).T"),
    ("a, x: (n)\ny = alpha * sqrt((a.T @ x)**2)", "alpha", N, "a.T @ x"),
    ("x: (n)\ny = alpha * (2 * x)**(1/2)", "alpha", N, "2 * sqrt(x)"),
    ("A, B: (n, n)\nY = alpha * expm(A) @ expm(B)", "alpha", N, "expm(A + B)"),
    (
        "X: (m, n)\nt: (m)\n"
        "y = -(t.T @ log(sigmoid(X@w)) + (1 - t).T @ log(1 - sigmoid(X@w)))",
        "w",
        D,
        "X.T @ (t - sigmoid(X@w))",
    ),
    ("X: (n, n)\ny = sum(log(cosh(X@w)))", "w", D, "X @ tanh(X@w)"),
    (
        "V: (m, n)\nq: (m) probability\ny = softmax(V@h)\nL = cross_entropy(q, y)",
        "h",
        D,
        "V.T @ (q - y)",
    ),
    ("y = (1 + x)**20", "x", N, "20 * diag((1 + x)**18)"),
    # sums inside functions inside functions
    (  # numbers too large to be told apart
        "A, B: (n, n)\nx: (n)\ny = alpha * sum(exp(exp(100 * B @ exp(A @ x))))",
        "alpha",
        N,
        "sum(exp(exp(100 * B @ exp(A.T @ x))))",
    ),
    (
        "A, B: (n, n)\nx: (n)\ny = alpha * sum(f(B @ g(A @ x)))",
        "alpha",
        N,
        "sum(f(B @ g(A.T @ x)))",
    ),
    (
        "A, B: (n, n)\nx: (n)\ny = sum(tanh(B @ tanh(A @ x)))",
        "x",
        D,
        "A.T @ (tanh'(A@x) * (B.T @ tanh'(B @ tanh(A.T @ x))))",
    ),
    ("S: (n, n) skew\ny = alpha * tr(expm(S))", "alpha", N, "dim(n)"),
    ("S: (n, n) symmetric\nw: (n)\ny = sum(log(cosh(S @ w)))", "w", D, "S @ S @ w"),
    (
        "A, B: (n, n)\ny = alpha * tr(A @ A @ B @ A @ B @ B)",
        "alpha",
        N,
        "tr(A @ A @ B @ B @ A @ B)",
    ),
    (
        "S: (n, n) symmetric\ny = alpha * tr(matpow(S, 10))",
        "alpha",
        N,
        "tr(matpow(S, 10)) + 1",
    ),
    ("A: (n, n)\ny = alpha * diagonal(expm(A - A.T))", "alpha", N, "ones(n)"),
    ("A: (n, n) orthogonal\nY = alpha * A @ A", "alpha", N, "eye(n)"),
    ("A, B, X: (n, n)\ny = alpha * tr(A @ B @ X)", "alpha", N, "tr(B @ A @ X)"),
    ("x: (n)\ny = mean(x) * mean(x)", "x", D, "2 * mean(x) * ones(n)"),
    ("X: (n, m)\ny = mean(X)", "X", D, "ones(n, m) / dim(n)"),
    ("Q: (n, m) orthonormal_columns\ny = x.T @ Q @ Q.T @ x", "x", D, "2 * x"),
    ("P: (n, n) projection\ny = (P@x).T @ (P@x)", "x", D, "2 * x"),
    ("p: (n) probability\nx: (n)\ny = sum(p * p) * x", "x", N, "eye(n)"),
    ("p: (n) one_hot\nx: (n)\ny = (p @ p.T) @ x", "x", N, "eye(n)"),
    ("S: (n, n) skew\ny = x.T @ S @ S @ x", "x", D, "zeros(n)"),
    ("A, B: (n, n)\ny = A @ B @ x", "x", N, "B @ A"),
    (
        "S: (n, n) commutes with T\nT: (n, n) commutes with S\nR: (n, n)\n"
        "y = alpha * (S @ R)",
        "alpha",
        N,
        "R @ S",
    ),
    ("A: (n, n) commutes with A\ny = alpha * (A @ A.T)", "alpha", N, "A.T @ A"),
    ("A: (n, n)\ny = expm(alpha*A.T) @ x", "alpha", N, "expm(alpha*A.T) @ A @ x"),
    (
        "A, B: (n, n)\ny = expm(alpha*A) @ B @ x",
        "alpha",
        N,
        "A @ B @ expm(alpha*A) @ x",
    ),
    ("M: (m, m) symmetric\nu, w: (m)\nf = dot(M @ u, w)", "M", D, "u @ w.T"),
    ("X: (n, n)\ny = det(2 * X)", "X", D, "2 * det(X) * inv(X).T"),
    ("X, B: (n, n)\ny = tr(inv(X) @ B)", "X", D, "-inv(X) @ B @ inv(X)"),
    ("y = max(x)", "x", D, "ones(n)"),
    ("X: (n, n)\nY = X.T", "vec(X)", N, "eye(n*n)"),
    ("A, B: (n, 1)\nY = alpha * kron(A, B)", "alpha", N, "kron(B, A)"),
    ("x: (1, n)\nb: (1, 1)\ny = [x, b] @ a", "x", N, "ones(1) @ ones(n).T"),
    ("A, X, B: (n, n)\nY = A @ X @ B", "vec(X)", N, "kron(A, B.T)"),
]


def judged(row: Row) -> Judgement:
    text, variable, _, claim = row
    return symjac.check(symjac.parse(text), wrt=variable, claim=claim)


def outcome(row: Row) -> str:
    return judged(row)[row[2]].outcome.value


@pytest.mark.parametrize("row", TRUE, ids=lambda row: row[0].splitlines()[-1])
def test_a_true_claim_is_proved(row: Row) -> None:
    assert outcome(row) == "proved"


@pytest.mark.parametrize("row", NOT_REFUTED, ids=lambda row: row[3])
def test_a_true_claim_is_never_refuted(row: Row) -> None:
    assert outcome(row) in ("proved", "undecided")


@pytest.mark.parametrize("row", UNDEFINED, ids=lambda row: row[3])
def test_a_claim_that_hangs_on_a_convention_is_undecided(row: Row) -> None:
    assert outcome(row) == "undecided"


@pytest.mark.parametrize("row", FALSE, ids=lambda row: row[0].splitlines()[-1])
def test_a_false_claim_is_refuted(row: Row) -> None:
    found = judged(row)
    assert found[row[2]].outcome.value == "refuted"
    check_judgement(found)


def test_a_definition_cannot_be_declared_orthogonal() -> None:
    with pytest.raises(ParseError, match="D is declared orthogonal"):
        symjac.parse("A: (n, n)\nD: (n, n) orthogonal\nD = A\ny = D.T @ D @ x")


@pytest.mark.parametrize(
    ("body", "component"),
    [
        ("tr(S @ S)", "2 * delta[j,p] * delta[i,q]"),  # gradient 2 S.T, not 2 S
        ("logdet(S)", "-inv(S)[j,p] * inv(S)[q,i]"),  # gradient inv(S).T
    ],
)
def test_a_second_derivative_ignores_declared_symmetry(
    body: str, component: str
) -> None:
    declared = symjac.parse(f"S: (n, n) symmetric\nf = {body}")
    free = symjac.parse(f"S: (n, n)\nf = {body}")
    texts = [
        symjac.derive(program, wrt=("S", "S")).component_text
        for program in (declared, free)
    ]
    assert texts == [component, component]


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("X, A: (n, n)\ny = logdet(inv(A + X))", "-inv(A + X).T"),
        ("X: (n, n)\ny = det(inv(X.T))", "-det(inv(X)) * inv(X).T"),
        ("X, A: (n, n)\ny = tr(inv(inv(A + X)))", "eye(n)"),
        ("x: (n)\ny = x.T @ x / 2", "x"),
        ("X: (n, m)\ny = sum(X * X) / 2", "X"),
    ],
)
def test_a_result_is_printed_without_what_cancels(text: str, formula: str) -> None:
    jacobian = symjac.derive(symjac.parse(text), wrt=text[0])
    assert str(jacobian.matrix("denominator")) == formula


def test_sums_deep_in_functions_are_not_taken_for_each_other() -> None:
    program = symjac.parse(
        "A, B: (n, n)\nx: (n)\n"
        "y = alpha * (sum(f(B @ g(A @ x))) - sum(f(B @ g(A.T @ x))))"
    )
    formula = str(symjac.derive(program, wrt="alpha").matrix("numerator"))
    assert formula == "sum(f(B @ g(A @ x))) - sum(f(B @ g(A.T @ x)))"
