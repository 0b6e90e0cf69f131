"""Steps are counted alike, whatever was asked before."""

from __future__ import annotations

import pytest

import symjac
from symjac.equality.canonical import _canonical, _matrix_key, canonical
from symjac.errors import BudgetError
from symjac.rewrite.budget import limited, spend

FORM = "A, X: (n, n)\ny = logdet(A @ X @ A + X) * tr(inv(X @ A) @ A)"


def steps_of(text: str) -> float:
    terms = symjac.derive(symjac.parse(text), wrt="X").terms
    with limited() as work:
        canonical(terms)
    return work.spent


def test_a_form_costs_the_same_when_it_was_asked_before() -> None:
    _canonical.cache_clear()
    _matrix_key.cache_clear()
    cold = steps_of(FORM)
    _canonical.cache_clear()  # only the keys of matrices are kept
    partly = steps_of(FORM)
    warm = steps_of(FORM)
    assert cold > 0
    assert cold == partly == warm


def test_steps_of_a_failed_attempt_count_outside() -> None:
    with limited(100) as outer:
        with pytest.raises(BudgetError), limited(10):
            spend(11)
        assert outer.spent == 11
        with pytest.raises(BudgetError):
            spend(90)


def test_an_inner_limit_is_within_what_is_left() -> None:
    with limited(10):
        spend(8)
        with pytest.raises(BudgetError), limited(1_000):
            spend(3)
