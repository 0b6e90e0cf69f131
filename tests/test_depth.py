"""Deep programs: derived, their own answer proved, wrong ones refuted, all counted."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import symjac
from symjac.claims.adjudicate import Outcome
from symjac.cli import main
from symjac.errors import BudgetError
from symjac.terms.matrix import MAX_DEPTH


def layers(count: int, body: str) -> str:
    """A network: each layer of the one before, `{0}`."""
    before = ("x", *(f"x_{n}" for n in range(1, count)))
    lines = (f"x_{n} = {body.format(x)}" for n, x in enumerate(before, 1))
    return "\n".join(("W: (n, n)", *lines))


def outcomes(program: str, wrt: object, claim: str) -> list[str]:
    judged = symjac.check(symjac.parse(program), wrt=wrt, claim=claim)
    return [verdict.outcome.value for verdict in judged.verdicts.values()]


@pytest.mark.parametrize("function", ["tanh", "sigmoid"])
def test_64_layers_have_the_product_that_the_chain_rule_says(function: str) -> None:
    names = ["x", *(f"x_{n}" for n in range(1, 64))]
    right = " @ ".join(f"W @ diag({function}'({x}))" for x in reversed(names))
    wrong = right.removesuffix(f"W @ diag({function}'(x))") + (
        f"W.T @ diag({function}'(x))"
    )
    program = layers(64, f"W @ {function}({{0}})")
    assert outcomes(program, "x", right) == ["proved", "refuted"]
    assert outcomes(program, "x", wrong) == ["refuted", "refuted"]


SLOPES = {
    "tanh": "1 - tanh({0})**2",
    "sigmoid": "sigmoid({0}) * (1 - sigmoid({0}))",
    "relu": "relu'({0})",
    "sigma": "sigma'({0})",
}


@pytest.mark.parametrize("function", SLOPES)
@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("W", ["proved", "refuted"]),
        ("W.T", ["refuted", "refuted"]),
        ("-W", ["refuted", "refuted"]),
    ],
)
def test_12_layers_with_slopes_written_out(
    function: str, last: str, expected: list[str]
) -> None:
    names = ["x", *(f"x_{n}" for n in range(1, 12))]
    factors = [
        f"diag({SLOPES[function].format(f'W @ {x}')}) @ {last if x == 'x' else 'W'}"
        for x in reversed(names)
    ]
    program = layers(12, f"{function}(W @ {{0}})")
    assert outcomes(program, "x", " @ ".join(f"({f})" for f in factors)) == expected


DEEP = {
    "loss of three layers": (
        "a = tanh(A @ x)\nb = sigmoid(B @ a)\nc = C @ b\nE = (c - y).T @ (c - y)",
        "x",
    ),
    "Hessian of a loss of three layers": (
        "a = tanh(A @ x)\nb = sigmoid(B @ a)\nc = C @ b\nE = (c - y).T @ (c - y)",
        ("x", "x"),
    ),
    "LSTM over two steps": (
        "U_f, U_i, U_o, U_g: (n, n)\nb_f, b_i, b_o, b_g: (n)\n"
        "f[t] = sigmoid(U_f @ h[t-1] + b_f)\ni[t] = sigmoid(U_i @ h[t-1] + b_i)\n"
        "o[t] = sigmoid(U_o @ h[t-1] + b_o)\ng[t] = tanh(U_g @ h[t-1] + b_g)\n"
        "c[t] = f[t] * c[t-1] + i[t] * g[t]\nh[t] = o[t] * tanh(c[t])\ny = h[2]",
        "h[0]",
    ),
}


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize("layout", ["numerator", "denominator"])
def test_what_is_printed_is_proved(name: str, layout: str) -> None:
    program, wrt = DEEP[name]
    jacobian = symjac.derive(symjac.parse(program), wrt=wrt)
    claim = str(jacobian.matrix(layout))
    judged = symjac.check(symjac.parse(program), wrt=wrt, claim=claim)
    assert judged[layout].outcome is Outcome.PROVED


@pytest.mark.parametrize("count", [128, 250])
def test_a_long_chain_is_derived(count: int) -> None:
    jacobian = symjac.derive(symjac.parse(layers(count, "W @ tanh({0})")), wrt="x")
    assert jacobian.component_text.count("tanh'(") == count


def test_a_chain_of_1000_numbers_is_derived_in_full() -> None:
    program = symjac.parse("x: (n)\n" + layers(999, "2 * {0}"))
    assert str(symjac.derive(program, wrt="x").matrix("numerator")) == (
        f"{2**999} * eye(n)"
    )


def test_what_is_too_deep_ends_in_a_counted_error() -> None:
    program = symjac.parse(layers(2_000, "2 * {0}"))
    with pytest.raises(BudgetError, match="more than 1000 definitions"):
        symjac.derive(program, wrt="x")
    jacobian = symjac.derive(symjac.parse(layers(200, "W @ tanh({0})")), wrt="x")
    with pytest.raises(BudgetError, match=f"more than {MAX_DEPTH} deep"):
        jacobian.matrix("numerator")


def test_the_command_line_counts_too() -> None:
    for count in (2_000, 10_000):
        arguments = ["derive", layers(count, "W @ {0}"), "--wrt", "x"]
        result = CliRunner().invoke(main, [*arguments, "--format", "json"])
        assert result.exit_code == 2
        assert "more than" in result.output or "limit" in result.output
        assert "error" in json.loads(result.stdout)
