"""Letters that stand for numbers as often as for vectors are never guessed."""

from __future__ import annotations

import pytest

import symjac
from symjac.errors import ParseError


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("s = 1 / n * sum(x)", "n"),
        ("s = sum(x) / n", "n"),
        ("s = sum(x) / (2 * n)", "n"),
        ("s = sqrt(d) * sum(x)", "d"),
        ("P = Q @ K.T / sqrt(d)", "d"),
        ("P = Q @ K.T / sqrt(d_k)", "d_k"),
        ("L = -n / 2 * logdet(S)", "n"),
        ("L = n * logdet(S)", "n"),
        ("L = 1 / N * norm2(y)**2", "N"),
        ("L = 1 / batch * sum(x)", "batch"),
        ("g = A.T @ (A @ w - y) / m", "m"),
        ("y = x / sqrt(d)", "d"),
        ("s[t] = 1 / n * sum(x[t])", "n"),
    ],
)
def test_a_letter_that_may_be_a_number_is_refused(text: str, name: str) -> None:
    with pytest.raises(ParseError, match=f"^{name} may be a number or a ") as caught:
        symjac.parse(text)
    assert caught.value.hint is not None
    assert f"declare {name}: ()" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "name", "shape"),
    [
        ("n: (); s = 1 / n * sum(x)", "n", "()"),
        ("d: (p); y = x / d", "d", "(p)"),
        ("y = diag(d) @ x; z = 1 / d", "d", "(n)"),
        ("y = 1 / x", "x", "(n)"),
        ("L = sum(p * log(p / q))", "q", "(n)"),
        ("n = W @ x; y = x_1 / n", "n", "(n)"),
        ("W: (n, n); n[t] = tanh(W @ n[t-1]) / n[t-1]", "n", "(n)"),
        ("y = x / sum(x) * sum(v)", "x", "(n)"),
    ],
)
def test_what_says_that_it_is_a_vector_keeps_it_one(
    text: str, name: str, shape: str
) -> None:
    assert symjac.parse(text).shapes[name] == shape


def test_a_declared_dimension_is_read_as_its_number() -> None:
    program = symjac.parse("X: (n, m); g = X.T @ (X @ w - y) / n")
    written = symjac.parse("X: (n, m); g = X.T @ (X @ w - y) / dim(n)")
    assert program.definitions[0].body == written.definitions[0].body
    assert program.shapes["n"] == "dimension"


def test_a_dimension_that_nobody_named_is_no_number_of_a_claim() -> None:
    derived = symjac.derive("s = sum(x)", wrt="x")
    assert derived.program.shapes["x"] == "(n)"
    with pytest.raises(ParseError, match="unknown name n"):
        symjac.check("s = sum(x)", wrt="x", claim="ones(n) / n")


def test_formulas_that_are_compared_guess_no_letter_either() -> None:
    with pytest.raises(ParseError, match="n may be a number or a vector"):
        symjac.equivalent("1 / n * sum(x)", "sum(x) / n")
