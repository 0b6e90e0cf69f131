"""What people type: read where it has one meaning, refused with true help elsewhere."""

from __future__ import annotations

import re

import pytest

import symjac
from symjac.errors import ParseError, ShapeError, Source, SymjacError
from symjac.language.scope import Scope
from symjac.language.typed import corrected, whole_claim


def read(text: str) -> str:
    return corrected(Source("text", text), Scope())


READ = [
    ("x^T A x", "f = x.T @ A @ x"),
    ("y = W x", "y = W @ x"),
    ("f = x'A x", "f = x.T @ A @ x"),
    ("x^T(A x)", "f = x.T @ (A @ x)"),
    ("2x^T A x", "f = 2 * x.T @ A @ x"),
    ("1/2 x^T A x", "f = (1/2) * x.T @ A @ x"),
    ("f = ||y - X w||^2", "f = norm2(y - X @ w)**2"),
    ("f = ‖y - X w‖₂²", "f = norm2(y - X @ w)**2"),
    ("||X||_F^2", "f = normF(X)**2"),
    ("|alpha| x", "f = abs(alpha) * x"),
    ("y = a · b", "y = a.T @ b"),
    ("y = A · b", "y = A @ b"),
    ("A^-1 b", "f = inv(A) @ b"),
    ("A⁻¹ b", "f = inv(A) @ b"),
    ("A^{-T} b", "f = inv(A).T @ b"),
    ("(A + B)^-1 c", "f = inv(A + B) @ c"),
    ("x / alpha^-1", "f = x / alpha**-1"),
    ("-alpha^2 x", "f = -alpha**2 * x"),
    ("h_t = tanh(W h_{t-1} + U x_t)", "h[t] = tanh(W @ h[t-1] + U @ x[t])"),
    ("y = W x⁽ᵗ⁻¹⁾", "y = W @ x[t-1]"),
    ("y = np.tanh(W @ x)", "y = tanh(W @ x)"),
    ("torch.relu(x)", "f = relu(x)"),
    ("F.relu(F.T)", "f = relu(F.T)"),
    ("A.t() x", "f = A.T @ x"),
    ("x.dot(y)", "f = (x.T @ y)"),
    ("A.dot(x).dot(y)", "f = ((A @ x).T @ y)"),
    ("y == W @ x", "y = W @ x"),
    ("f(x) = x^T A x", "f = x.T @ A @ x"),
    ("f = 1e-3 x", "f = (1/1000) * x"),
    ("y = ½ W x", "y = (1/2) * W @ x"),
    ("z * W x", "f = z * (W @ x)"),
    ("W_T x", "f = W_T @ x"),
    ("sigma'(x) y^T", "f = sigma'(x) @ y.T"),
    ("xT: (n); y = xT alpha", "xT: (n); y = xT * alpha"),
    ("S: (n, n) symmetric; x^T S x", "S: (n, n) symmetric; f = x.T @ S @ x"),
]


@pytest.mark.parametrize(("text", "meant"), READ)
def test_what_has_one_meaning_is_read(text: str, meant: str) -> None:
    assert read(text) == meant
    assert read(meant) == meant
    assert symjac.parse(meant)


@pytest.mark.parametrize(("text", "meant"), READ)
def test_in_python_the_help_has_the_corrected_text(text: str, meant: str) -> None:
    with pytest.raises(ParseError) as caught:
        symjac.parse(text)
    assert caught.value.hint == f"write {meant}"
    assert caught.value.span is not None


def assert_true(offered: str) -> None:
    """What is offered can be typed: with the letters declared, where it has some."""
    declared = "a: (); " if offered == "2a x" else ""
    assert symjac.parse(read(declared + offered))


REFUSED = [  # with what the help offers
    ("1/2x", ["1 / (2 * x)", "1 / 2 * x"]),
    ("a b", ["a.T @ b", "a @ b.T", "a * b"]),
    ("|x|", ["norm2(x)", "abs(x)"]),
    ("|A|", ["det(A)", "abs(A)"]),
    ("||A||", ["normF(A)", "spectral_norm(A)"]),
    ("x^2", ["x.T @ x", "x**2"]),
    ("A^2", ["matpow(A, 2)", "A**2"]),
    ("x^-1", ["1 / x"]),
    ("a × b", ["cross(a, b)", "a * b", "a @ b.T"]),
    ("A × B", ["A @ B", "A * B"]),
    ("2 3 x", ["2 * 3"]),
    ("W(x + b) y", ["W @ (x + b)"]),
    ("x'(A)x", ["x.T @ (A)"]),
    ("A @ x = b", ["x = inv(A) @ b"]),
    ("x'Ax", ["x'A x"]),
    ("xT A x", ["x^T A x"]),
    ("2ax", ["2a x"]),
    ("y - 2 Xw", ["y - 2 X w"]),
]


@pytest.mark.parametrize(("text", "offered"), REFUSED)
def test_what_has_several_is_refused_with_true_help(
    text: str, offered: list[str]
) -> None:
    with pytest.raises(SymjacError) as caught:
        read(text)
    hint = caught.value.hint or ""
    written = re.sub(r", or (say|declare) .*", "", hint.removeprefix("write "))
    assert written.split(", or ") == offered
    for one in offered:
        assert_true(one)


DOUBTED = [
    ("y = S**-1", ["inv(S)", "1 / S"]),
    ("S: (n, n); y = (S + S)**2", ["matpow(S + S, 2)", "(S + S) * (S + S)"]),
    ("S: (n, n) symmetric; f = tr(exp(S))", ["expm(S)"]),
    ("Y = log(A @ A.T)", ["logm(A @ A.T)"]),
    ("Y = sqrt(A.T @ A) W", ["sqrtm(A.T @ A)"]),
    ("y = W h_t-1 + b", ["h[t-1]", "h_t - 1"]),
    ("y = W @ h_t-1", ["h[t-1]", "h_t - 1"]),
]


@pytest.mark.parametrize(("text", "offered"), DOUBTED)
def test_what_is_likely_to_mean_something_else_is_asked(
    text: str, offered: list[str]
) -> None:
    with pytest.raises(ParseError) as caught:
        read(text)
    hint = re.sub(r", or say .*", "", (caught.value.hint or "").removeprefix("write "))
    assert re.split(r", or (?:of each entry )?", hint) == offered
    declared = text[: text.index(";") + 1] if ";" in text else ""
    for one in offered:
        assert symjac.parse(f"{declared} y = {one}")


@pytest.mark.parametrize(
    "text",
    [
        "y = x**-1",
        "y = x**2",
        "Y = A**2",
        "y = W @ h_t - 1",
        "y = exp(A) @ x",
        "exp: elementwise; S: (n, n); Y = exp(S)",
        "S: (n, n); Y = exp'(S)",
    ],
)
def test_no_question_is_asked_where_the_meaning_is_plain(text: str) -> None:
    assert read(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1/n X^T X", "if n is a number, declare n: ()"),
        ("x^2y", "unexpected character"),
        ("sin x", "sin needs brackets"),
        ("log det S x", "log needs brackets"),
        ("x^T Σ x", "Sigma may be a matrix"),
        ("y = A x (1/2)", "a product, or a call?"),
        ("||x| + y||", "bars"),
        ("|x", "expected"),
        ("\\mathbf x", "unexpected character"),
        ("f(x) = x^T f(y)", "the left side of an equation is one name"),
        ("x^T y\nx^T z", "a formula without a name"),
        ("y = 1/0 x", "division by zero"),
        ("1e999999 x", "too large"),
        ("x.fft() y", "not supported"),
        ("x{i} y", "braces"),
    ],
)
def test_what_is_no_formula_is_refused_with_its_reason(text: str, said: str) -> None:
    with pytest.raises(SymjacError) as caught:
        read(text)
    assert said in caught.value.report()


@pytest.mark.parametrize(
    "text",
    [
        "y = sigma'(x)",
        "y = x**2",
        "y = f(x)",
        "y = -x**2 / z",
        "W_T: (n, n); y = W_T @ x",
        "x[t] = W @ x[t-1]",
        "y = x_t + x",
        "y = softmax(A, axis=1) @ x",
        "dim n = 3; x: (n); y = [x; x]",
    ],
)
def test_the_language_itself_stays_as_it_is(text: str) -> None:
    assert read(text) == text


def test_a_small_letter_that_may_be_a_number_is_named() -> None:
    with pytest.raises(ParseError) as caught:
        read("softmax(Q K^T / sqrt(d)) V")
    assert caught.value.hint == "declare d: () for a number, or d: (n)"


def test_a_softmax_of_a_matrix_is_offered_by_rows() -> None:
    with pytest.raises(ShapeError) as caught:
        symjac.parse("Y = softmax(Q @ K.T) @ V")
    assert caught.value.hint == "write row_softmax(Q @ K.T)"
    assert symjac.parse("Y = row_softmax(Q @ K.T) @ V")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dL/dw = A x", ("L", "w", "A x")),
        ("∂L/∂w = 2 w", ("L", "w", "2 w")),
        ("d(x[t])/d(x[t-1]) = W", ("x[t]", "x[t-1]", "W")),
        ("dx[t]/dx[t-1] == W", ("x[t]", "x[t-1]", "W")),
        ("W.T @ x", (None, None, "W.T @ x")),
    ],
)
def test_a_claim_may_say_of_what_by_what(text: str, found: tuple[str, ...]) -> None:
    assert whole_claim(Source("claim", text)) == found


@pytest.mark.parametrize("text", ["L/w = A x", "a + b = c", "dL/w = x"])
def test_a_left_side_that_is_no_derivative_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="left side of a claim"):
        whole_claim(Source("claim", text))


@pytest.mark.parametrize(
    "text", ["f = n x^T x", "f = 2 n x^T x", "L = m v^T w", "f = d x'x"]
)
def test_a_letter_that_may_count_is_no_vector_by_itself(text: str) -> None:
    with pytest.raises(ParseError, match="may be a number or a vector") as caught:
        read(text)
    name = text.removeprefix("f = 2 ")[0] if "2" in text else text[4]
    assert caught.value.hint == f"declare {name}: () for a number, or {name}: (n)"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("n: (); f = n x^T x", "n: (); f = n * x.T @ x"),
        ("n: (p); F = n x^T", "n: (p); F = n @ x.T"),
        ("f = d^T x; Y = d x^T", "f = d.T @ x; Y = d @ x.T"),
        ("Y = g h^T", "Y = g @ h.T"),
    ],
)
def test_a_letter_that_something_else_makes_a_vector_is_one(
    text: str, meant: str
) -> None:
    assert read(text) == meant
