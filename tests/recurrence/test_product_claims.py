"""Products over time are judged for all steps, and in both orders of their factors."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import symjac
from symjac.claims.adjudicate import Outcome
from symjac.latex_input.read import translate
from symjac.recurrence.products import Order, judge_product
from symjac.terms.program import Program

LEFT, RIGHT = Order.LATEST_LEFT, Order.LATEST_RIGHT
PROVED, REFUTED = Outcome.PROVED, Outcome.REFUTED
SLOPES = "diag(sigma'(x[t-1]))"

Array = npt.NDArray[Any]


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
    found = judge_product(program, "diag(f[t])", LEFT, state="c[t]")
    outcomes = {v.outcome for both in found.orders.values() for v in both.values()}
    assert outcomes == {Outcome.UNDECIDED}
    assert "several states" in found.orders["numerator"][LEFT].reason


STEPS = 3  # t - k
BASE = 5  # the value of t
READ = -1  # which weights the state of a step is made of
RANDOM = np.random.default_rng(7)
WEIGHTS = RANDOM.normal(size=(12, 3, 3))
START = RANDOM.normal(size=3)


def simulated(start: Array) -> dict[int, Array]:
    """x[i] = W[i + READ] tanh(x[i-1]), from step k to step t."""
    found = {BASE - STEPS: start}
    for i in range(BASE - STEPS + 1, BASE + 1):
        found[i] = np.matmul(WEIGHTS[i + READ], np.tanh(found[i - 1]))
    return found


def jacobian() -> Array:
    """dx[t]/dx[k] by complex steps, numerator layout."""
    ends = [simulated(START + 1e-30j * unit)[BASE] for unit in np.eye(3)]
    return np.array([end.imag / 1e-30 for end in ends]).T


def claimed(read: int, at: int, *, is_turned: bool, is_latest_left: bool) -> Array:
    """The product over i of W[i + read] D(x[i + at]), or of its transpose."""
    known, factors = simulated(START), []
    for i in range(BASE, BASE - STEPS, -1):
        slopes = np.diag(1 - np.tanh(known[i + at]) ** 2)
        factor = WEIGHTS[i + read] @ slopes
        factors.append(factor.T if is_turned else factor)
    product: Array = np.linalg.multi_dot(factors if is_latest_left else factors[::-1])
    return product


def plus(letter: str, offset: int) -> str:
    return f"{letter}{offset:+d}" if offset else letter


@pytest.mark.parametrize("is_latest_left", [True, False])
@pytest.mark.parametrize("is_turned", [False, True])
@pytest.mark.parametrize(("read", "at"), [(READ, -1), (0, -1), (-2, -1), (READ, 0)])
@pytest.mark.parametrize(
    ("shift", "letters"), [(-1, "tjk"), (0, "tik"), (1, "tik"), (1, "Tsr"), (2, "nml")]
)
def test_a_factor_belongs_to_the_step_of_its_state(
    shift: int,
    letters: str,
    read: int,
    at: int,
    is_turned: bool,
    is_latest_left: bool,
) -> None:
    """Judged as three simulated steps say, wherever the equation is written."""
    (top, i, low) = tuple(letters)
    own, before = plus("t", shift), plus("t", shift - 1)
    equation = rf"x_{{{own}}} = W_{{{plus('t', shift + READ)}}} \tanh(x_{{{before}}})"
    weight = f"W_{{{plus(i, read)}}}"
    slopes = rf"\operatorname{{diag}}(1 - \tanh^2(x_{{{plus(i, at)}}}))"
    factor = rf"{slopes} {weight}^\top" if is_turned else f"{weight} {slopes}"
    over = rf"{top} \geq {i} > {low}" if is_latest_left else rf"{low} < {i} \leq {top}"
    claim = (
        rf"\frac{{\partial x_{top}}}{{\partial x_{low}}} = \prod_{{{over}}} {factor}"
    )
    program = symjac.parse_latex(equation)
    reading = translate(claim, program=program)
    assert reading.product is not None
    assert reading.product.is_latest_first is is_latest_left
    order = LEFT if is_latest_left else RIGHT
    found = judge_product(program, reading.text, order, state=reading.of).judgement
    product = claimed(read, at, is_turned=is_turned, is_latest_left=is_latest_left)
    true = jacobian()
    for layout, wanted in (("numerator", true), ("denominator", true.T)):
        expected = PROVED if np.allclose(product, wanted) else REFUTED
        assert found[layout].outcome is expected


@pytest.mark.parametrize("step", ["t", "k", "n"])
def test_a_proof_for_any_number_of_steps_names_no_letter_of_its_own(step: str) -> None:
    program = symjac.parse(f"h[{step}] = tanh(W @ h[{step}-1])")
    factor = f"diag(1 - h[{step}]**2) @ W"
    found = judge_product(program, factor, Order.LATEST_LEFT)
    reason = found.judgement.verdicts["numerator"].reason
    assert "any number of steps" in reason
    assert " t " not in reason
    assert " k " not in reason
