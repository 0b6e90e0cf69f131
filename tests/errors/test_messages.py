"""Bad input: one clear, located message each."""

from __future__ import annotations

import pytest

import symjac
from symjac.errors import (
    BudgetError,
    ClaimError,
    ParseError,
    ShapeError,
    SymjacError,
    UnsupportedError,
)

STEP = "x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b"

BAD_EQUATIONS = [
    ("y = (A @ x", ParseError, "expected ')', found the end", 11),
    ("y = A @ x)", ParseError, "found ')'", 10),
    ("y = A $ x", ParseError, "unexpected character '$'", 7),
    ("y = A @@ x", ParseError, "found '@'", 8),
    ("", ParseError, "no definition found", 1),
    ("A: (n, m)\ny = A @ A", ShapeError, "@ needs equal inner dimensions", 5),
    ("y = x @ v", ShapeError, "a product of two column vectors", 5),
    ("alpha: ()\ny = x + alpha", ShapeError, "a sum needs equal shapes", 5),
    ("y = A * x", ShapeError, "* is elementwise", 5),
    ("y = svd(A)", UnsupportedError, "svd is not supported", 5),
    ("y = LogDet(A)", UnsupportedError, "write logdet", 5),
    ("y = ln(x)", UnsupportedError, "write log", 5),
    ("y = I_n @ x", ParseError, "the identity matrix is eye(n)", 5),
    ("y = I_3 @ x", ParseError, "the identity matrix is eye(3)", 5),
    ("y = pi * x; pi = x.T @ x", ParseError, "pi stood for the number before", 13),
    ("y = e**2 * x", ParseError, "e may be Euler's number", 5),
    ("dim n = 2; dim n = 3; x: (n); y = x", ParseError, "n is 2 already", 12),
    ("y = x + z; dim n = 2", ParseError, "nothing has the size n", 12),
    ("y = ReLU(x)", UnsupportedError, "write relu", 5),
    ("y = sec(x)", UnsupportedError, "sec is not supported", 5),
    ("Y = A + I", ParseError, "the identity matrix is eye(n)", 9),
    ("Y = [A, B] - A", ShapeError, "a sum needs equal shapes", 5),
    ("Y = kron(A, B) - A", ShapeError, "a sum needs equal shapes", 5),
    ("A = [A, B]", ShapeError, "A is (rows(A), cols(A))", 1),
    ("y = \u03a2 @ x", ParseError, "unexpected character '\\u03a2'", 5),
    ("A: (n, m)\ny = tr(A)", ShapeError, "tr needs one square matrix", 5),
    ("y = tr(A, A)", ParseError, "tr takes one square matrix, not 2", 5),
    ("y = matpow(A, k)", UnsupportedError, "is a literal integer", 15),
    ("y = matpow(A)", ParseError, "matpow takes a square matrix", 5),
    ("y = softmax'(x)", ParseError, "no elementwise function", 5),
    ("y = x**alpha", UnsupportedError, "an exponent is a literal number", 8),
    ("y = x / 0", ParseError, "division by zero", 5),
    ("y = diag(A)", ShapeError, "diag needs a column vector", 5),
    ("diag = A @ x", ParseError, "diag is a reserved name", 1),
    ("y = A @ x\ny = x", ParseError, "y is defined twice", 1),
    ("y = z\nz = y", ParseError, "used before its definition", 1),
    ("S: (n, m) symmetric\ny = S @ x", ShapeError, "symmetric but not square", 1),
    ("S: (n, n) lucky\ny = S @ x", UnsupportedError, "property 'lucky'", 1),
    ("y = sigma", ParseError, "no variable", 1),
    ("y = x[t] + x", ParseError, "with and without a time step", 12),
    ("y = f(x, v)", ParseError, "f takes one argument, not 2", 5),
    ("y = x''", ParseError, 'unexpected character "\'"', 6),
    ("y = A @ \x00x", ParseError, "unexpected character", 9),
]


@pytest.mark.parametrize(("text", "kind", "message", "column"), BAD_EQUATIONS)
def test_bad_equations_give_one_located_error(
    text: str, kind: type[SymjacError], message: str, column: int
) -> None:
    with pytest.raises(kind) as caught:
        symjac.derive(symjac.parse(text))
    assert message in caught.value.report()
    assert caught.value.span is not None
    assert caught.value.span.column == column


BAD_CLAIMS = [
    ("Q @ diag(sigma'(x[t-1]))", ParseError, "unknown name Q"),
    ("W @ diag(phi'(x[t-1]))", ParseError, "unknown name phi"),
    ("W_in", ClaimError, "the claim has shape (n, m)"),
    ("W @ diag(sigma'(x[s]))", ParseError, "unknown time step s"),
    ("eye(k)", ParseError, "unknown dimension k"),
    ("W @ diag(sigma'(x))", ParseError, "with and without a time step"),
    ("W.T @", ParseError, "found the end"),
    ("W = eye(n); W", ParseError, "W is defined by the equations"),
    ("inv(W_in)", ShapeError, "inv needs one square matrix"),
]


@pytest.mark.parametrize(("claim", "kind", "message"), BAD_CLAIMS)
def test_bad_claims_give_one_located_error(
    claim: str, kind: type[SymjacError], message: str
) -> None:
    with pytest.raises(kind) as caught:
        symjac.check(symjac.parse(STEP), claim=claim)
    assert message in caught.value.message
    assert caught.value.span is not None
    assert caught.value.span.source.name == "claim"


@pytest.mark.parametrize(
    "text",
    [
        "y = " + "f(" * 10_000 + "x" + ")" * 10_000,
        "y = x" + ".T" * 10_000,
        "y = " + "-" * 10_000 + "x",
        "y = f" + "'" * 10_000 + "(x)",
        "y = " + "A @ " * 10_000 + "x",
        "y = " + "1" * 10_000 + " * x",
        "y = x + " + "x" * 10_000_000,
        "y = x**999999999999",
    ],
    ids=[
        "calls",
        "transposes",
        "signs",
        "primes",
        "products",
        "digits",
        "10MB",
        "power",
    ],
)
def test_oversized_input_is_refused_by_count(text: str) -> None:
    with pytest.raises((BudgetError, UnsupportedError)):
        symjac.parse(text)


def test_ten_thousand_brackets_around_a_name_are_that_name() -> None:
    program = symjac.parse("y = A @ " + "(" * 10_000 + "x" + ")" * 10_000)
    assert str(symjac.derive(program, wrt="x").matrix("numerator")) == "A"


def test_a_report_shows_place_dimensions_and_next_step() -> None:
    with pytest.raises(ShapeError) as caught:
        symjac.parse("W: (n, m)\nh: (n)\ny = W @ h", {})
    assert caught.value.report() == (
        "ShapeError: @ needs equal inner dimensions; W is (n, m), h is (n)\n"
        "  equations, line 3, column 5:  y = W @ h\n"
        "                                    ^^^^^\n"
        "  known: W is (n, m), h is (n)\n"
        "  W.T @ h is well shaped"
    )


@pytest.mark.parametrize(
    "name",
    ["class", "import", "lambda", "None", "end", "input", "n", "T", "d", "j", "l"],
)
def test_names_that_mean_something_elsewhere_are_only_names(name: str) -> None:
    program = symjac.parse(f"{name}: (p)\ny = A @ {name}")
    jacobian = symjac.derive(program, wrt=name)
    assert str(jacobian.matrix("numerator")) == "A"
    assert symjac.check(program, wrt=name, claim="A")["numerator"].outcome.value == (
        "proved"
    )
