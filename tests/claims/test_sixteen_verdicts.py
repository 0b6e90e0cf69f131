"""The table at the top of the design, and what supports each verdict."""

from __future__ import annotations

from fractions import Fraction

import pytest

import symjac
from symjac.claims.adjudicate import Judgement
from symjac.errors import ClaimError, ShapeError
from symjac.terms.program import Program

TABLE = {  # formula: (verdicts for A, verdicts for B), numerator then denominator
    "W @ D": (("proved", "refuted"), ("refuted", "refuted")),
    "D @ W": (("refuted", "refuted"), ("proved", "refuted")),
    "W.T @ D": (("refuted", "refuted"), ("refuted", "proved")),
    "D @ W.T": (("refuted", "proved"), ("refuted", "refuted")),
}


def outcomes(judgement: Judgement) -> tuple[str, ...]:
    return tuple(v.outcome.value for v in judgement.verdicts.values())


@pytest.mark.parametrize("function", ["sigma", "tanh", "sigmoid"])
@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("formula", TABLE)
def test_the_sixteen_verdicts(function: str, wrapped: bool, formula: str) -> None:
    source = f"{function}(u[t])" if wrapped else "u[t]"
    drive = f"W_in @ {source} + b"
    first = symjac.parse(f"x[t] = W @ {function}(x[t-1]) + {drive}")
    second = symjac.parse(f"h[t] = {function}(W @ h[t-1] + {drive})")
    claims = (
        f"D = diag({function}'(x[t-1])); {formula}",
        f"D = diag({function}'(W @ h[t-1] + {drive})); {formula}",
    )
    for program, claim, expected in zip(
        (first, second), claims, TABLE[formula], strict=True
    ):
        assert outcomes(symjac.check(program, claim=claim)) == expected


def step() -> Program:
    return symjac.parse("x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b")


def test_the_condition_of_the_paper_s_claim_is_read_off() -> None:
    judgement = symjac.check(step(), claim="W.T @ diag(sigma'(x[t-1]))")
    assert str(judgement["numerator"].holds_iff) == (
        "(W[j,k] - W[k,j]) * sigma'(x[t-1][k]) = 0 for all j, k,"
        " that is, W symmetric wherever sigma'(x[t-1][k]) != 0"
    )
    assert str(judgement["denominator"].holds_iff) == (
        "(sigma'(x[t-1][k]) - sigma'(x[t-1][j])) * W[j,k] = 0 for all j, k"
    )


def test_the_counterexample_holds_by_hand() -> None:
    example = symjac.check(step(), claim="W.T @ diag(sigma'(x[t-1]))")[
        "numerator"
    ].counterexample
    assert example is not None
    weights, state = example.values["W"], example.values["x[t-1]"]
    slope = [Fraction(example.functions[f"sigma'({x})"]) for x in state]
    row, column = (place - 1 for place in example.entry)
    assert Fraction(example.derived) == weights[row][column] * slope[column]
    assert Fraction(example.claimed) == weights[column][row] * slope[column]
    assert example.derived != example.claimed


def test_with_a_symmetric_matrix_the_claim_is_proved_in_numerator_layout() -> None:
    program = symjac.parse("W: (n, n) symmetric\nx[t] = W @ sigma(x[t-1]) + b")
    judgement = symjac.check(program, claim="W.T @ diag(sigma'(x[t-1]))")
    assert outcomes(judgement) == ("proved", "refuted")
    assert "W is symmetric" in judgement["numerator"].hypotheses


@pytest.mark.parametrize(
    "claim",
    [
        "W.T @ diag(1 - h[t]**2)",
        "W.T @ diag(tanh'(W @ h[t-1] + b))",
        "(diag(1 - h[t] * h[t]) @ W).T",
        "W.T - W.T @ diag(h[t]**2)",
    ],
)
def test_identities_of_the_function_table_prove_claims(claim: str) -> None:
    program = symjac.parse("h[t] = tanh(W @ h[t-1] + b)")
    assert symjac.check(program, claim=claim)["denominator"].outcome.value == "proved"


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        ("sigmoid", "h * (1 - h)"),
        ("relu", "step(A @ x)"),
        ("softplus", "sigmoid(A @ x)"),
        ("exp", "h"),
        ("sin", "cos(A @ x)"),
        ("sqrt", "1/2 / h"),
        ("log", "1 / (A @ x)"),
    ],
)
def test_named_derivatives_are_those_of_the_books(function: str, slope: str) -> None:
    program = symjac.parse(f"h = {function}(A @ x)")
    judgement = symjac.check(program, wrt="x", claim=f"diag({slope}) @ A")
    assert judgement["numerator"].outcome.value == "proved"


def test_a_true_identity_outside_the_table_is_undecided() -> None:
    program = symjac.parse("y = A @ x")
    claim = "A * (1 + sin(2 * alpha) - 2 * sin(alpha) * cos(alpha))"
    program = symjac.parse("alpha: ()\nbeta: ()\ny = A @ x + 0 * alpha * v")
    verdict = symjac.check(program, wrt="x", claim=claim)["numerator"]
    assert verdict.outcome.value == "undecided"
    assert verdict.reason


def test_the_deep_learning_book_s_gradient() -> None:
    program = symjac.parse(
        "h[t] = tanh(b + W @ h[t-1] + U @ x[t])\n"
        "o[t] = c + V @ h[t]\n"
        "L = g.T @ h[t+1] + q.T @ o[t]"
    )
    claim = "W.T @ diag(1 - h[t+1]**2) @ g + V.T @ q"
    judgement = symjac.check(program, wrt="h[t]", claim=claim)
    assert outcomes(judgement) == ("ill-typed", "proved")
    with pytest.raises(ShapeError):
        symjac.check(program, wrt="h[t]", claim="W.T @ g @ diag(1 - h[t+1]**2)")


def test_a_claim_of_impossible_shape_is_an_error_with_the_shapes() -> None:
    with pytest.raises(ClaimError, match=r"shape \(n\), the derivative \(n, n\)"):
        symjac.check(step(), claim="x[t]")


def test_a_non_square_claim_is_ill_typed_in_one_layout_only() -> None:
    program = symjac.parse("y = A @ x")
    assert outcomes(symjac.check(program, wrt="x", claim="A")) == (
        "proved",
        "ill-typed",
    )
    assert outcomes(symjac.check(program, wrt="x", claim="A.T")) == (
        "ill-typed",
        "proved",
    )


def test_bound_indices_are_never_captured() -> None:
    program = symjac.parse("h = f(W @ f(W @ f(W @ x)))")
    slope = "f'(W @ f(W @ f(W @ x)))", "f'(W @ f(W @ x))", "f'(W @ x)"
    chain = " @ ".join(f"diag({part}) @ W" for part in slope)
    judgement = symjac.check(program, wrt="x", claim=chain)
    assert outcomes(judgement) == ("proved", "refuted")


def test_two_steps_have_the_latest_factor_leftmost_in_numerator_layout() -> None:
    jacobian = symjac.derive(step(), "x[t]", "x[t-2]")
    assert str(jacobian.matrix("numerator")) == (
        "W @ diag(sigma'(x[t-1])) @ W @ diag(sigma'(x[t-2]))"
    )
    assert str(jacobian.matrix("denominator")) == (
        "diag(sigma'(x[t-2])) @ W.T @ diag(sigma'(x[t-1])) @ W.T"
    )


def test_other_states_of_the_earlier_step_are_held_fixed_and_named() -> None:
    program = symjac.parse(
        "f[t] = sigmoid(W_f @ h[t-1] + b_f)\nc[t] = f[t] * c[t-1]\nh[t] = tanh(c[t])"
    )
    judgement = symjac.check(program, "c[t]", "c[t-1]", claim="diag(f[t])")
    assert outcomes(judgement) == ("proved", "proved")
    assert "h[t-1] is held fixed" in judgement["numerator"].hypotheses
