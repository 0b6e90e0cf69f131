"""What bounds prove about products over time, on 1,000 instances per regime at once."""

from __future__ import annotations

import numpy as np
import pytest

from symjac.recurrence.bounds import bound, product_bound
from symjac.recurrence.compare import norm_of, survives, total_step
from symjac.recurrence.estimate import NORMS, Atom, Norm, SizeExpr, evaluate, size_text
from symjac.recurrence.theorems import (
    Direction,
    Silence,
    Theorem,
    exploding,
    spectral,
    vanishing,
)
from symjac.terms.matrix import Symbol
from tests.recurrence.instances import (
    CLAIM,
    COUNT,
    PAPER,
    RNG,
    SIZE,
    SLACK,
    STEPS,
    Array,
    cell_step,
    norms,
    sigmoid,
    stack,
    step,
)


def radii(matrices: Array) -> Array:
    return np.abs(np.linalg.eigvals(matrices)).max(axis=-1)


def products(weights: Array, gamma: float) -> list[Array]:
    """J_t ... J_1 for 1 to STEPS steps, J_i = W D_i with entries of D_i up to gamma."""
    total = np.broadcast_to(np.eye(SIZE), weights.shape)
    found = []
    for _ in range(STEPS):
        diagonal = gamma * RNG.uniform(-1, 1, (COUNT, 1, SIZE))
        total = (weights * diagonal) @ total
        found.append(total)
    return found


def theorem(found: Theorem | Silence) -> Theorem:
    assert isinstance(found, Theorem)
    return found


@pytest.mark.parametrize("norm", NORMS)
def test_a_bound_below_1_is_sufficient_for_vanishing(norm: str) -> None:
    found = bound(step(PAPER), norm)
    assert theorem(vanishing(found)).direction is Direction.SUFFICIENT
    gamma, weights = 0.25, stack()
    q = RNG.uniform(0, 1, COUNT)
    weights *= (q / gamma / norms(weights, norm))[:, None, None]
    rates = found.value({"W": 1.0}, {"gamma": gamma}) * norms(weights, norm)
    assert np.allclose(rates, q)
    for steps, total in enumerate(products(weights, gamma), start=1):
        assert (norms(total, norm) <= SLACK * rates**steps).all()
    far = products(1.5 * weights / q[:, None, None], gamma)[0]  # control: q = 3/2
    assert (norms(far, norm) > rates).any()


def test_the_conditions_are_those_of_the_paper() -> None:
    found = bound(step(PAPER))
    assert theorem(vanishing(found)).condition == "sigma_max(W) < 1 / gamma"
    needed = theorem(exploding(found))
    assert needed.condition == "sigma_max(W) > 1 / gamma"
    assert needed.direction is Direction.NECESSARY
    tanh = bound(step("h[t] = tanh(W @ h[t-1])"))
    assert theorem(vanishing(tanh)).condition == "sigma_max(W) < 1"
    logistic = bound(step("h[t] = sigmoid(W @ h[t-1])"), "1")
    assert theorem(vanishing(logistic)).condition == "||W||_1 < 4"
    assert "gamma > 0" in needed.hypotheses


def test_a_largest_singular_value_above_1_over_gamma_is_necessary_for_growth() -> None:
    gamma, weights = 0.5, stack()
    sigma = RNG.uniform(0.5, 8, COUNT)
    weights *= (sigma / norms(weights, "2"))[:, None, None]
    largest = np.max([norms(p, "2") for p in products(weights, gamma)], axis=0)
    grown = largest > SLACK
    assert grown.sum() > 100
    assert (sigma[grown] > 1 / gamma).all()
    assert (sigma[~grown] > 1 / gamma).any()  # control: it is not sufficient


def test_the_example_shows_that_the_necessary_condition_is_not_sufficient() -> None:
    for text in (PAPER, "h[t] = sigmoid(W @ h[t-1])"):
        found = bound(step(text))
        example = theorem(exploding(found)).example
        assert example is not None
        weights = np.array(example, dtype=float)
        sigma = float(norms(weights, "2"))
        assert found.value({"W": sigma}, {"gamma": 1.0}) > 1
        first, second = RNG.uniform(-1, 1, (2, 2))
        assert not (weights * first @ (weights * second)).any()


def test_at_equality_products_neither_vanish_nor_grow() -> None:
    gamma = 0.5
    weights = np.linalg.qr(stack())[0] / gamma
    total = np.broadcast_to(np.eye(SIZE), weights.shape)
    for _ in range(STEPS):
        total = (weights * gamma * RNG.choice((-1, 1), (COUNT, 1, SIZE))) @ total
    assert np.allclose(norms(total, "2"), 1)


def test_a_spectral_radius_below_1_decides_for_one_matrix() -> None:
    names = [t.name for t in spectral(step("W: (n, n); x[t] = W @ x[t-1] + b"))]
    assert names == [
        f"spectral {n}" for n in "vanishing exploding growth unbounded".split()
    ]
    weights = stack()
    weights /= radii(weights)[:, None, None]
    factor = RNG.uniform(0.5, 0.98, COUNT)[:, None, None]
    powers = np.linalg.matrix_power(factor * weights, 2048)
    assert norms(powers, "2").max() < 1e-6
    assert (norms(factor * weights, "2") > 1).any()  # the norm alone would not tell
    for norm in NORMS:
        for k in (1, 2, 5, 40):
            grown = norms(np.linalg.matrix_power(weights / factor, k), norm)
            assert (grown * SLACK >= factor[:, 0, 0] ** -k).all()
    powers = np.linalg.matrix_power(weights / factor, 512)  # control: rho > 1
    assert norms(powers, "2").min() > 1e3


def test_the_boundary_is_excluded_by_a_jordan_block() -> None:
    *_, found = spectral(step("W: (n, n); x[t] = W @ x[t-1]"))
    assert found.direction is Direction.NECESSARY
    assert found.condition == "rho(W) >= 1"
    assert found.example is not None
    block = np.array(found.example, dtype=float)
    assert radii(block) == pytest.approx(1)
    sizes = [float(norms(np.linalg.matrix_power(block, k), "2")) for k in (1, 10, 100)]
    assert sizes[0] < sizes[1] < sizes[2]
    assert sizes[2] > 50
    assert norms(np.linalg.matrix_power(np.eye(2), 100), "2") == 1  # rho = 1, bounded


def test_spectral_radii_do_not_decide_products_of_different_matrices() -> None:
    upper, lower = np.array([[0, 2], [0, 0]]), np.array([[0, 0], [2, 0]])
    assert radii(upper) == radii(lower) == 0
    assert norms(np.linalg.matrix_power(upper @ lower, 10), "2") > 1e6


def test_silence_where_the_bound_is_at_least_1() -> None:
    found = bound(cell_step("residual", "h"))
    assert isinstance(vanishing(found), Silence)
    assert isinstance(exploding(found), Silence)
    assert isinstance(vanishing(bound(cell_step("gru", "h"))), Silence)
    assert isinstance(vanishing(bound(step("W: (n, n) orthogonal; h[t] = tanh(W @ h[t-1])"), "F")), Silence)  # fmt: skip  # noqa: E501
    never = theorem(exploding(bound(cell_step("min_gru", "h"))))
    assert never.condition == "1 > 1"


def test_a_leaky_unit_vanishes_under_its_condition_only() -> None:
    found = bound(cell_step("leaky", "x"))
    condition = theorem(vanishing(found)).condition
    assert condition == "|1 - alpha| + |alpha| * ||W||_2 < 1"
    alpha = RNG.uniform(0.05, 1, COUNT)
    weights = stack()
    weights *= (RNG.uniform(0, 1, COUNT) / norms(weights, "2"))[:, None, None]
    rates = 1 - alpha + alpha * norms(weights, "2")
    assert (rates < 1).all()
    assert theorem(exploding(found)).example is None

    def after(weights: Array) -> Array:
        a, total = alpha[:, None, None], np.broadcast_to(np.eye(SIZE), weights.shape)
        for _ in range(STEPS):
            slopes = RNG.uniform(0, 1, (COUNT, SIZE, 1))
            total = ((1 - a) * np.eye(SIZE) + a * slopes * weights) @ total
        return norms(total, "2")

    assert (after(weights) <= SLACK * rates**STEPS).all()
    assert (after(weights * 20) > 1).any()  # control: outside the condition


# What survives a transposed claim


@pytest.mark.parametrize(
    ("norm", "expected"), list(zip(NORMS, (0, 1, 0, 1), strict=True))
)
def test_the_bound_survives_the_claim_in_the_2_and_frobenius_norm_only(
    norm: str, expected: int
) -> None:
    true, claimed = bound(step(PAPER), norm), bound(step(PAPER), norm, formula=CLAIM)
    found = survives(true, claimed)
    assert bool(found) == bool(expected)
    if expected:
        return
    assert found.example is not None
    weights = np.array(found.example, dtype=float)
    gamma = 1.0  # sigma' = gamma everywhere: the derivative is W itself
    other = {"1": "inf", "inf": "1"}[norm]
    limit = claimed.value(
        {f"||W||_{other}": float(norms(weights, other))}, {"gamma": gamma}
    )
    assert found.values == (float(norms(weights * gamma, norm)), limit)
    assert norms(weights * gamma, norm) > limit


def test_the_claimed_bound_fails_in_the_1_norm_for_random_matrices_too() -> None:
    weights, slopes = stack(), RNG.uniform(-1, 1, (COUNT, 1, SIZE))
    true = weights * slopes
    assert (norms(true, "1") <= SLACK * norms(weights, "1")).all()
    assert (norms(true, "1") > norms(weights, "inf")).any()
    for norm in ("2", "F"):
        assert (norms(true, norm) <= SLACK * norms(weights.swapaxes(1, 2), norm)).all()


def test_no_example_breaks_what_is_declared_of_the_matrix() -> None:
    symmetric = step("S: (n, n) symmetric; x[t] = S @ sigma(x[t-1])")
    turned = "S.T @ diag(sigma'(x[t-1]))"
    for norm in NORMS:
        assert survives(bound(symmetric, norm), bound(symmetric, norm, formula=turned))
    turned = "W.T @ diag(sigma'(x[t-1]))"
    for text in (
        "W: (n, n) orthogonal; x[t] = W @ sigma(x[t-1])",
        "dim n = 3; W: (n, n); x[t] = W @ sigma(x[t-1])",
        "W = A + B; x[t] = W @ sigma(x[t-1])",
    ):
        found = survives(bound(step(text), "1"), bound(step(text), "1", formula=turned))
        assert not found
        assert found.example is None
        assert theorem(exploding(bound(step(text), "1"))).example is None
        *_, last = spectral(step(text.replace("sigma(x[t-1])", "x[t-1]")))
        assert last.example is None
        assert "Jordan" not in str(last.proof)


def test_a_claim_with_another_factor_does_not_survive() -> None:
    claimed = bound(step(PAPER), formula="2 * W.T @ diag(sigma'(x[t-1]))")
    found = survives(bound(step(PAPER)), claimed)
    assert not found
    assert found.example is not None


@pytest.mark.parametrize("norm", NORMS)
def test_exact_norms_of_small_matrices_agree_with_numpy(norm: str) -> None:
    for matrix in RNG.integers(-9, 10, (100, 2, 2)):
        (a, b), (c, d) = matrix.tolist()
        assert norm_of(((a, b), (c, d)), norm) == pytest.approx(
            float(norms(matrix, norm))
        )


# The constant error carousel


def lstm_step(c: Array, h: Array, weights: Array) -> tuple[Array, Array]:
    f, i, o, g = (np.einsum("bjk,bk->bj", w, h) for w in weights)
    f, i, o = sigmoid(f), sigmoid(i), sigmoid(o)
    c = f * c + i * np.tanh(g)
    return c, o * np.tanh(c)


def test_the_carousel_is_bounded_by_1_with_the_other_state_held() -> None:
    held = bound(cell_step("lstm", "c"))
    over_time = product_bound(held)
    assert held.value() == 1
    assert "h[t-1] is held fixed" in held.hypotheses
    assert str(over_time) == "||product of d(c[i])/d(c[i-1])||_2 <= (1)^(t-k)"
    assert isinstance(vanishing(held), Silence)
    gates = sigmoid(RNG.normal(size=(STEPS, COUNT, SIZE), scale=4))
    assert np.prod(gates, axis=0).max() <= 1


def test_the_total_derivative_adds_what_its_bound_says() -> None:
    jacobian = cell_step("lstm", "c")
    total = total_step(jacobian)
    assert size_text(total.held.expr) == "1"
    assert total.unbounded == ("sup|c[t-1]|",)
    weights = RNG.normal(size=(4, COUNT, SIZE, SIZE), scale=2)
    c, o = RNG.uniform(-2, 2, (COUNT, SIZE)), RNG.uniform(0, 1, (COUNT, SIZE))
    found = np.empty((COUNT, SIZE, SIZE))
    for k in range(SIZE):  # central differences, h[t-1] = o tanh(c[t-1])
        e = 1e-6 * np.eye(SIZE)[k]
        up, down = (lstm_step(x, o * np.tanh(x), weights)[0] for x in (c + e, c - e))
        found[:, :, k] = (up - down) / 2e-6
    limit = _values(total.expr, weights, np.abs(c).max(axis=1))
    assert (norms(found, "2") <= limit * (1 + 1e-6)).all()
    assert (norms(found, "2") > 1).any()  # control: the held bound is not enough


def _values(expr: SizeExpr, weights: Array, state: Array) -> Array:
    """A bound for a stack of weights, in the order of `lstm_step`."""
    index = {name: n for n, name in enumerate(("U_f", "U_i", "U_o", "U_c"))}

    def at(n: int) -> float:
        def known(atom: Atom) -> float:
            if not isinstance(atom, Norm):
                return float(state[n])
            assert isinstance(atom.matrix, Symbol)
            return float(norms(weights[index[atom.matrix.name]][n], "2"))

        return float(evaluate(expr, known))

    return np.array([at(n) for n in range(COUNT)])


def test_a_residual_step_need_not_vanish_however_small_its_weights() -> None:
    found = bound(cell_step("residual", "h"))
    first, second = 1e-6 * stack(), 1e-6 * stack()
    total = np.broadcast_to(np.eye(SIZE), first.shape)
    for _ in range(STEPS):
        slopes = RNG.uniform(0, 1, (COUNT, SIZE, 1))
        total = (np.eye(SIZE) + second @ (slopes * first)) @ total
    assert norms(total, "2").min() > 0.99
    sizes = {
        "W_1": float(norms(first, "2").max()),
        "W_2": float(norms(second, "2").max()),
    }
    assert norms(total, "2").max() <= product_bound(found).value(
        STEPS, sizes, {"gamma": 1}
    )
