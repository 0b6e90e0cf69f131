"""Products over time are judged for all steps, and in both orders of their factors."""

from __future__ import annotations

import pytest

import symjac
from symjac.claims.adjudicate import Outcome
from symjac.language.check import Program
from symjac.recurrence.product_claims import Order, judge_product

LEFT, RIGHT = Order.LATEST_LEFT, Order.LATEST_RIGHT
PROVED, REFUTED = Outcome.PROVED, Outcome.REFUTED
SLOPES = "diag(sigma'(x[t-1]))"


@pytest.fixture
def step() -> Program:
    """Pascanu et al. (2013), equation (2)."""
    return symjac.parse("x[t] = W_rec @ sigma(x[t-1]) + W_in @ u[t] + b")


@pytest.mark.parametrize(
    ("factor", "numerator", "denominator"),
    [
        (f"W_rec @ {SLOPES}", {LEFT: PROVED, RIGHT: REFUTED}, {REFUTED}),
        (f"{SLOPES} @ W_rec.T", {REFUTED}, {LEFT: REFUTED, RIGHT: PROVED}),
        (f"W_rec.T @ {SLOPES}", {REFUTED}, {REFUTED}),
        (f"{SLOPES} @ W_rec", {REFUTED}, {REFUTED}),
    ],
)
def test_a_product_is_right_in_the_order_of_its_layout_only(
    step: Program,
    factor: str,
    numerator: dict[Order, Outcome] | set[Outcome],
    denominator: dict[Order, Outcome] | set[Outcome],
) -> None:
    found = judge_product(step, factor, LEFT)
    for layout, expected in (("numerator", numerator), ("denominator", denominator)):
        outcomes = {order: v.outcome for order, v in found.orders[layout].items()}
        if isinstance(expected, set):
            assert set(outcomes.values()) == expected
        else:
            assert outcomes == expected


def test_the_verdicts_are_those_of_the_printed_order(step: Program) -> None:
    factor = f"W_rec @ {SLOPES}"
    down, up = (judge_product(step, factor, order) for order in (LEFT, RIGHT))
    assert down.judgement["numerator"].outcome is PROVED
    assert up.judgement["numerator"].outcome is REFUTED
    assert down.depends_on_order


def test_a_condition_for_one_step_is_none_in_the_other_order(step: Program) -> None:
    found = judge_product(step, f"W_rec.T @ {SLOPES}", LEFT)
    assert "W_rec symmetric" in str(found.orders["numerator"][LEFT].holds_iff)
    assert found.orders["numerator"][RIGHT].holds_iff is None


def test_an_exchanged_order_is_refuted_by_two_steps_or_undecided() -> None:
    """diag(a) commutes at any two steps; that proves nothing of three."""
    program = symjac.parse("c[t] = a * c[t-1] + u[t]")
    found = judge_product(program, "diag(a)", LEFT).orders
    assert found["numerator"][LEFT].outcome is PROVED
    assert found["numerator"][RIGHT].outcome is Outcome.UNDECIDED
    assert found["denominator"][RIGHT].outcome is PROVED


def test_with_several_states_nothing_is_proved_or_refuted() -> None:
    program = symjac.parse("h[t] = tanh(W @ h[t-1])\nc[t] = f[t] * c[t-1] + V @ h[t-1]")
    found = judge_product(program, "diag(f[t])", LEFT, state="c")
    outcomes = {v.outcome for both in found.orders.values() for v in both.values()}
    assert outcomes == {Outcome.UNDECIDED}
    assert "several states" in found.orders["numerator"][LEFT].reason
