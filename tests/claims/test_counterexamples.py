"""Counterexamples that a reader can check: exact, plain, in the matrix's own places."""

from __future__ import annotations

from fractions import Fraction

import flint
import pytest

import symjac
from symjac.claims.counterexample import Counterexample
from symjac.claims.linear import whole_power
from symjac.claims.samples import is_readable, show
from symjac.exposition.adhoc import judgement_page

FORMATS = ("tex", "md", "html")


def example(
    equations: str, wrt: str, claim: str, layout: str = "numerator"
) -> Counterexample:
    found = symjac.check(symjac.parse(equations), wrt=wrt, claim=claim)[layout]
    assert found.counterexample is not None
    return found.counterexample


SQUARE = "A, X, B: (n, n); Y = A @ X @ B"


def test_the_entry_of_a_vec_form_is_a_row_and_a_column() -> None:
    # kron(B.T, A) against kron(B, A), each with blocks b A: the first row of the first
    # differs from the second's in the block of B.T[1, 2], that is, in column 3
    found = example(SQUARE, "vec(X)", "kron(B, A)")
    (a, b) = (found.values[name] for name in "AB")
    assert found.entry == (1, 3)
    assert found.derived == str(b[1][0] * a[0][0])
    assert found.claimed == str(b[0][1] * a[0][0])


@pytest.mark.parametrize("format", FORMATS)
def test_a_refuted_vec_form_has_a_page(format: str) -> None:
    judged = symjac.check(symjac.parse(SQUARE), wrt="vec(X)", claim="kron(B, A)")
    page = judgement_page(judged, format)
    assert "For example, with" in page
    assert "in row" in page


@pytest.mark.parametrize(
    ("equations", "wrt", "claim", "derived", "claimed"),
    [
        # exp(0) = 1: the derivative of exp(-x) is -1 there
        ("y = exp(-x)", "x", "diag(exp(x))", "-1", "1"),
        # inv([[1, 2], [3, 4]])[2, 1] = 3/2 and [1, 2] = 1
        ("f: (); f = logdet(X)", "X", "inv(X)", "3/2", "1"),
    ],
)
def test_numbers_are_exact_where_a_point_allows_it(
    equations: str, wrt: str, claim: str, derived: str, claimed: str
) -> None:
    found = example(equations, wrt, claim, "denominator")
    assert (found.derived, found.claimed) == (derived, claimed)
    assert found.is_exact


def test_a_norm_is_never_tried_at_zero() -> None:
    # at x = 0 the two sides would be 0 and 1, but there the norm has no derivative
    claim = "2 * x + ones(n) * exp(norm2(x))"
    found = example("x: (n); f: (); f = x.T @ x", "x", claim, "denominator")
    assert any(found.values["x"])


def test_numbers_too_small_to_see_are_avoided() -> None:
    claim = "W.T @ diag(1 - tanh(h[t-1])**2)"
    step = symjac.parse("h[t] = tanh(W @ h[t-1] + b)")
    for verdict in symjac.check(step, claim=claim).verdicts.values():
        assert verdict.counterexample is not None
        shown = (verdict.counterexample.derived, verdict.counterexample.claimed)
        assert all("e" not in one for one in shown)


def test_a_ball_around_zero_is_shown_as_rounded() -> None:
    around = flint.arb(0, 1e-30)
    assert show(around) == "0.000000"
    assert show(flint.arb("0.5")) == "1/2"
    assert show(flint.arb(2) ** 100 + 1).startswith("1.267651")
    assert show(Fraction(-1, 3)) == "-1/3"
    assert not is_readable(Fraction(1, 10**9), Fraction(1))
    assert not is_readable(Fraction(1), Fraction(101, 100))
    assert is_readable(Fraction(0), Fraction(1))


def test_a_ball_around_zero_has_certain_whole_powers() -> None:
    ball = flint.arb(0, 1e-30)
    for exponent, expected in ((0, 1), (1, 0), (2, 0), (5, 0)):
        assert whole_power(ball, exponent).contains(expected)
        assert whole_power(ball, exponent).rad() < 1e-20
    assert whole_power(flint.arb(2), -3).overlaps(flint.arb(1) / 8)
    assert not whole_power(flint.arb(2), -3).overlaps(flint.arb(1) / 4)
