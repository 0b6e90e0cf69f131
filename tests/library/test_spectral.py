"""Eigenvalues, functions of symmetric matrices, cross products, bounds, and pi.

The expected results are in Magnus (1985), Higham (2008) and Watson (1992); slips of
them are refuted.
"""

from __future__ import annotations

import pytest
import sympy

import symjac
from symjac.claims.decide import Outcome
from symjac.errors import ParseError, ShapeError, UnsupportedError
from symjac.latex_input import translate

PROVED = [
    ("S: (n, n) symmetric; y = lambda_max(S)", "S", "eigenprojection(S)"),
    ("y = lambda_max(X.T @ X)", "X", "2 * X @ eigenprojection(X.T @ X)"),
    ("y = norm_2(X)", "X", "X @ eigenprojection(X.T @ X) / spectral_norm(X)"),
    ("y = norm_2(X)**2", "X", "2 * X @ eigenprojection(X.T @ X)"),
    ("y = nuclear_norm(A @ X)", "X", "A.T @ polar(A @ X)"),
    ("S: (n, n) symmetric; y = tr(expm(S))", "S", "expm(S)"),
    ("S: (n, n) symmetric; y = tr(logm(S))", "S", "inv(S)"),
    ("S: (n, n) symmetric; y = tr(sqrtm(S))", "S", "inv(sqrtm(S)) / 2"),
    ("y = tr(logm(eye(n) + A @ A.T))", "A", "2 * inv(eye(n) + A @ A.T) @ A"),
    ("a, b: (3); y = cross(a, b)", "a", "skew(b)"),
    ("a, b: (3); y = cross(a, b)", "b", "-skew(a)"),
    ("a, b, c: (3); y = c.T @ cross(a, b)", "a", "cross(b, c)"),
    ("r: (); y = pi * r**2", "r", "2 * pi * r"),
    ("y = clip(x, -1, 2)", "x", "diag(relu'(x + 1) - relu'(x - 2))"),
]
SLIPS = [
    ("y = lambda_max(X.T @ X)", "X", "X @ eigenprojection(X.T @ X)"),
    ("y = norm_2(X)", "X", "X @ eigenprojection(X.T @ X)"),
    ("y = nuclear_norm(X)", "X", "X / nuclear_norm(X)"),
    ("S: (n, n) symmetric; y = tr(logm(S))", "S", "inv(S) @ inv(S)"),
    ("S: (n, n) symmetric; y = tr(sqrtm(S))", "S", "inv(sqrtm(S))"),
    ("a, b: (3); y = cross(a, b)", "a", "skew(a)"),
    ("r: (); y = pi * r**2", "r", "22/7 * 2 * r"),
    ("y = clip(x, -1, 2)", "x", "diag(relu'(x + 1) + relu'(x - 2))"),
]


def outcome(text: str, wrt: str, claim: str) -> Outcome:
    verdicts = symjac.check(symjac.parse(text), wrt=wrt, claim=claim)
    return verdicts["denominator"].outcome


@pytest.mark.parametrize(("text", "wrt", "claim"), PROVED)
def test_what_the_literature_says_is_proved(text: str, wrt: str, claim: str) -> None:
    assert outcome(text, wrt, claim) is Outcome.PROVED


@pytest.mark.parametrize(("text", "wrt", "claim"), SLIPS)
def test_a_slip_of_it_is_refuted(text: str, wrt: str, claim: str) -> None:
    assert outcome(text, wrt, claim) is Outcome.REFUTED


RESOLVENT = "(inv(lambda_max({0}) * eye(n) - {0} + {1}) - {1})"


def test_second_derivatives_of_the_largest_eigenvalue() -> None:
    """By the diagonal: 2 P * R, for the projection P and the reduced resolvent R."""
    of, projection = "sym(A) + diag(x)", "eigenprojection(sym(A) + diag(x))"
    program = symjac.parse(f"x: (n); A: (n, n); y = lambda_max({of})")
    resolvent = RESOLVENT.format(f"({of})", projection)
    for size, expected in ((2, Outcome.PROVED), (1, Outcome.REFUTED)):
        claim = f"{size} * {projection} * {resolvent}"
        found = symjac.check(program, "y", ("x", "x"), claim=claim)
        assert found["numerator"].outcome is expected


@pytest.mark.parametrize("name", ["lambda_max", "logm", "sqrtm", "eigenprojection"])
def test_a_matrix_that_does_not_show_its_symmetry_is_refused(name: str) -> None:
    with pytest.raises(ShapeError, match="needs a symmetric matrix"):
        symjac.parse(
            f"y = tr(A @ {name}(A))" if name != "lambda_max" else f"y = {name}(A)"
        )
    for shown in ("sym(A)", "A + A.T", "A @ A.T", "2 * (B.T @ (A + A.T) @ B)"):
        assert symjac.parse(f"Y = alpha * {name}({shown})")


def test_pi_is_a_number_unless_it_is_a_quantity() -> None:
    assert (
        str(
            symjac.derive(symjac.parse("r: (); y = pi * r"), wrt="r").matrix(
                "numerator"
            )
        )
        == "pi"
    )
    declared = symjac.parse("pi: (); y = pi**2")
    assert str(symjac.derive(declared, wrt="pi").matrix("numerator")) == "2 * pi"
    with pytest.raises(ParseError, match="stood for the number before"):
        symjac.parse("y = pi * x; pi = x.T @ x")
    with pytest.raises(UnsupportedError, match="wrt takes one name"):
        symjac.derive(symjac.parse("y = pi * x"), wrt="pi")


def test_pi_in_latex_is_upright() -> None:
    assert translate(r"y = 2 \mathrm{\pi} x").text == "y = 2 * pi * x"
    with pytest.raises(ParseError, match="may be the number"):
        translate(r"y = 2 \pi x")


def test_norms_of_matrices_are_read_from_latex() -> None:
    with pytest.raises(UnsupportedError, match="this norm"):  # weight decay means normF
        translate(r"y = \|X\|_2^2")
    assert translate(r"y = \|X\|_*").text == "y = nuclear_norm(X)"


def test_pi_is_sympy_s() -> None:
    r = sympy.Symbol("r")
    found = symjac.derive(sympy.pi * r**2, wrt=r).matrix("numerator")
    assert str(found) == "2 * pi * r"
    back = found.to_sympy()
    assert back.subs(dict.fromkeys(back.free_symbols, 3)) == 6 * sympy.pi
