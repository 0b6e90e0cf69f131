r"""The command line reads LaTeX, says what it read, and does what it always does."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from symjac.cli import main

STEP = r"\mathbf{x}_t = \mathbf{W}_{rec}\sigma(\mathbf{x}_{t-1}) + \mathbf{b}"
CLAIM = r"\frac{\partial x_i}{\partial x_{i-1}} = W_{rec}^T diag(\sigma'(x_{i-1}))"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_check_prints_what_it_read_first() -> None:
    result = run("check", "--latex", STEP, "--claim", CLAIM)
    assert result.exit_code == 1
    assert result.output.splitlines()[:3] == [
        "read as  x[t] = W_rec @ sigma(x[t-1]) + b",
        "read as  d(x[t])/d(x[t-1]) = W_rec.T @ diag(sigma'(x[t-1]))",
        "",
    ]


def test_check_puts_what_it_read_under_a_key_of_its_own() -> None:
    result = run("check", "--latex", STEP, "--claim", CLAIM, "--format", "json")
    found = json.loads(result.output)
    assert found["read"] == {
        "equations": "x[t] = W_rec @ sigma(x[t-1]) + b",
        "of": "x[t]",
        "wrt": "x[t-1]",
        "claim": "W_rec.T @ diag(sigma'(x[t-1]))",
    }
    assert found["layouts"]["numerator"]["verdict"] == "refuted"


def test_without_latex_nothing_is_said_of_reading() -> None:
    result = run("check", "y = A @ x", "--wrt", "x", "--claim", "A", "--format", "json")
    assert "read" not in json.loads(result.output)


def test_a_claim_about_an_expression_needs_no_equations() -> None:
    claim = r"\nabla_x x^T A x = (A + A^T) x"
    result = run("check", "--latex", "--claim", claim, "--layout", "denominator")
    assert result.exit_code == 0
    assert result.output.startswith("read as  f = x.T @ A @ x\n")


def test_a_claim_about_a_cell_of_the_catalogue() -> None:
    claim = r"\frac{\partial h_t}{\partial z_t} = \mathrm{diag}(h_{t-1})"
    result = run("check", "--latex", "--cell", "gru", "--claim", claim)
    assert result.exit_code in (0, 1, 3)
    assert "read as  d(h[t])/d(z[t]) = diag(h[t-1])" in result.output


def test_what_is_said_twice_has_to_agree() -> None:
    agreeing = run("check", "--latex", STEP, "--claim", CLAIM, "--wrt", "x_{i-1}")
    assert agreeing.exit_code == 1
    mixed = run("check", "--latex", STEP, "--claim", CLAIM, "--wrt", "x_{t-1}")
    assert mixed.exit_code == 2
    assert "different steps: i, t" in mixed.output
    differing = run("check", "--latex", STEP, "--claim", CLAIM, "--wrt", "b")
    assert differing.exit_code == 2
    assert "--wrt says b, the claim says x[t-1]" in differing.output
    other = run("check", "--latex", STEP, "--claim", CLAIM, "--of", "b")
    assert other.exit_code == 2
    assert "--of says b, the claim says x[t]" in other.output


def test_derive_reads_latex_too() -> None:
    result = run("derive", "--latex", "y = A x", "--wrt", r"\mathbf{x}")
    assert result.exit_code == 0
    assert "read as  y = A @ x" in result.output
    assert "numerator    A" in result.output


def test_letters_of_time_and_functions_can_be_said() -> None:
    result = run("derive", "--latex", "y_i = A x_i", "--time", "i", "--wrt", "x_i")
    assert "read as  y[i] = A @ x[i]" in result.output
    named = run(
        *("derive", "--latex", r"y = \mathrm{act}(A x)"),
        *("--functions", "act", "--wrt", "x"),
    )
    assert "read as  y = act(A @ x)" in named.output


def test_a_refusal_exits_with_two_and_shows_the_place() -> None:
    result = run("derive", "--latex", r"y = \tanh W x", "--wrt", "x")
    assert result.exit_code == 2
    assert "equations, line 1, column 5" in result.output
    assert "^^^^^" in result.output
    assert run("derive", "y = A @ x", "--wrt", "x", "--time", "t").exit_code == 2
    assert run("check", "--latex", "--claim", "A").exit_code == 2
    assert run("check", "--latex", CLAIM, "--claim", "A").exit_code == 2


FACTOR = r"diag(\sigma'(x_{i-1}))"
ENDS = r"\frac{\partial x_t}{\partial x_k} = "


def test_equation_5_of_pascanu_et_al_is_judged_as_it_is_printed() -> None:
    link = r"\prod_{t \geq i > k} \frac{\partial x_i}{\partial x_{i-1}}"
    claim = rf"{ENDS} {link} = \prod_{{t \geq i > k}} W_{{rec}}^T {FACTOR}"
    result = run("check", "--latex", STEP, "--claim", claim)
    assert result.exit_code == 1
    assert result.output.splitlines()[1:3] == [
        "read as  d(x[t])/d(x[k]) = product over t, ..., k+1 of"
        " W_rec.T @ diag(sigma'(x[t-1]))",
        f"not judged  = {link}",
    ]
    assert "denominator, in either order: refuted" in result.output


@pytest.mark.parametrize(
    ("over", "factor", "code", "order"),
    [
        (r"{t \ge i > k}", rf"W_{{rec}} {FACTOR}", 0, "latest_left"),
        (r"{i=t}^{k+1}", rf"W_{{rec}} {FACTOR}", 0, "latest_left"),
        (r"{i=k+1}^{t}", rf"W_{{rec}} {FACTOR}", 1, "latest_right"),
        (r"{i=k+1}^t", rf"{FACTOR} W_{{rec}}^T", 0, "latest_right"),
        (r"{k < i \leq t}", rf"{FACTOR} W_{{rec}}^T", 0, "latest_right"),
        (r"{t \geqslant i > k}", rf"{FACTOR} W_{{rec}}^T", 1, "latest_left"),
    ],
)
def test_the_printed_range_says_in_which_order_a_product_runs(
    over: str, factor: str, code: int, order: str
) -> None:
    claim = rf"{ENDS} \prod_{over} {factor}"
    result = run("check", "--latex", STEP, "--claim", claim, "--format", "json")
    assert result.exit_code == code
    found = json.loads(result.output)
    assert (found["of"], found["wrt"]) == ("x[t]", "x[k]")
    assert found["product"]["order"] == order
    printed = {
        layout: both[order]["verdict"]
        for layout, both in found["product"]["orders"].items()
    }
    assert printed == {name: v["verdict"] for name, v in found["layouts"].items()}


@pytest.mark.parametrize(
    ("at", "code"), [(r"x_{i-1}", 0), (r"x_{i}", 1), (r"x_{i-2}", 1)]
)
def test_a_product_over_equations_written_for_the_next_step(at: str, code: int) -> None:
    """x_t = W sigma(x_{t-1}) + b, so the slopes of step i are those at x_{i-1}."""
    claim = rf"{ENDS} \prod_{{t \geq i > k}} W \operatorname{{diag}}(\sigma'({at}))"
    result = run("check", "--latex", r"x_{t+1} = W \sigma(x_t) + b", "--claim", claim)
    assert result.exit_code == code


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        (rf"{ENDS} \prod_{{t > i \ge k}} {FACTOR}", "this \\prod is not read"),
        (rf"{ENDS} \prod_{{i=k}}^t {FACTOR}", "this \\prod is not read"),
        (rf"{ENDS} 2 \prod_{{t \ge i > k}} {FACTOR}", "stands alone"),
        (rf"{ENDS} \prod_{{t \ge j > k}} W_{{rec}} {FACTOR}", "step i in a product"),
        (rf"{ENDS} \prod_{{t \ge i > k}} diag(\sigma'(x_{{t-1}}))", "step t in"),
        (rf"{ENDS} \prod_{{n \ge i > k}} W_{{rec}}", "expected a state at step n"),
        (rf"{ENDS} \prod_{{t \ge i > k}} \nabla_x x_i", "a product of derivatives"),
    ],
)
def test_a_product_over_other_steps_is_refused(claim: str, message: str) -> None:
    result = run("check", "--latex", STEP, "--claim", claim)
    assert result.exit_code == 2
    assert message in result.output


def test_the_other_links_of_a_chain_are_said_not_to_be_judged() -> None:
    claim = r"\frac{\partial x^T a}{\partial x} = \frac{\partial a^T x}{\partial x} = a"
    result = run("check", "--latex", "--claim", claim, "--format", "json")
    assert result.exit_code == 0
    read = json.loads(result.output)["read"]
    assert read["claim"] == "a"
    assert read["unjudged"] == [r"\frac{\partial a^T x}{\partial x}"]


def test_a_claim_read_by_use_whose_shapes_do_not_fit_says_so() -> None:
    # A (A x - b): A is (n, m), what it multiplies has n entries
    result = CliRunner().invoke(
        main, ["check", "--latex", "--claim", r"\nabla f(x) = 2 A (A x - b)", "--", FIT]
    )
    assert result.exit_code == 2
    assert "(A x - b) is (n)" in result.output
    assert "no equation of their own" not in result.output


FIT = r"f(x) = \|A x - b\|^2"
