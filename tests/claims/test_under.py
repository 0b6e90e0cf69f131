"""Hypotheses that people mean: offered, said in a diagnosis, and proved."""

from __future__ import annotations

import pytest

import symjac
from symjac.claims.adjudicate import Outcome
from symjac.diagnosis.diagnose import diagnose
from symjac.diagnosis.under import under_hypotheses
from symjac.terms.shape import Layout

CROSS_ENTROPY = "L = -sum(y * log(softmax(z)))"


@pytest.mark.parametrize(
    ("text", "wrt", "words", "declared", "expected"),
    [
        (CROSS_ENTROPY, "z", "y sums to 1", "y: (n) sums_to_one", "softmax(z) - y"),
        (
            "L = cross_entropy(t, softmax(W @ x))",
            "W",
            "t sums to 1",
            "t: (n) sums_to_one",
            "(softmax(W @ x) - t) @ x.T",
        ),
        ("L = x.T @ A @ x", "x", "A is symmetric", "A: (n, n) symmetric", "2 * A @ x"),
    ],
)
def test_a_short_form_is_offered_with_its_hypothesis(
    text: str, wrt: str, words: str, declared: str, expected: str
) -> None:
    (found,) = under_hypotheses(symjac.derive(text, wrt=wrt))
    assert str(found) == words
    offered = str(found.formulas[Layout.DENOMINATOR])
    for claim in (offered, expected):
        judged = symjac.check(f"{declared}; {text}", wrt=wrt, claim=claim)
        assert judged["denominator"].outcome is Outcome.PROVED
        free = symjac.check(text, wrt=wrt, claim=claim)  # the control: not without it
        assert free["denominator"].outcome is Outcome.REFUTED


@pytest.mark.parametrize(
    ("text", "wrt"),
    [
        ("y = A @ x", "x"),
        ("h = tanh(W @ x)", "x"),
        ("y: (n) one_hot; L = -sum(y * log(softmax(z)))", "z"),
        ("A: (n, n) symmetric; L = x.T @ A @ x", "x"),
    ],
)
def test_nothing_is_offered_where_nothing_is_gained(text: str, wrt: str) -> None:
    assert under_hypotheses(symjac.derive(text, wrt=wrt)) == ()


@pytest.mark.parametrize(
    ("text", "wrt", "claim", "words"),
    [
        (CROSS_ENTROPY, "z", "softmax(z) - y", "right if y sums to 1"),
        ("L = x.T @ A @ x", "x", "2 * A @ x", "right if A is symmetric"),
        (
            "L = log(sigma(w.T @ x))",
            "w",
            "(1 - sigma(w.T @ x)) * x",
            "right if sigma is the logistic function",
        ),
        (
            "y = phi(W @ x)",
            "x",
            "diag(phi(W @ x) * (1 - phi(W @ x))) @ W",
            "right if phi is the logistic function",
        ),
    ],
)
def test_the_diagnosis_says_what_the_author_means(
    text: str, wrt: str, claim: str, words: str
) -> None:
    found = diagnose(symjac.check(text, wrt=wrt, claim=claim))
    assert words in {remedy.edit for remedy in found.remedies}


def test_a_wrong_claim_is_not_right_for_the_logistic_function() -> None:
    judged = symjac.check("L = log(sigma(w.T @ x))", wrt="w", claim="17 * x")
    assert all("logistic" not in one.edit for one in diagnose(judged).remedies)


def test_a_square_of_a_norm_is_smooth_everywhere() -> None:
    judged = symjac.check("L = norm2(r)**2", wrt="r", claim="2 * r")
    assert judged["denominator"].hypotheses == ()
