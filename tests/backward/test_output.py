"""Gradients as they are asked for and printed: names, refusals, formats."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

import symjac
from symjac.cli import main
from tests.backward.test_gradients import NETWORK, OVER_TIME, RECURRENT, STATIC

NAMES = "W_1,b_1,W_2,b_2"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["gradients", *arguments])


def lines(source: str, *wrt: str) -> dict[str, str]:
    found = symjac.gradients(symjac.parse(source), wrt=wrt or None)
    return dict(line.text().split(" = ", 1) for line in (*found.first, *found.lines))


def test_a_network_has_the_lines_of_the_textbooks() -> None:
    """Nielsen (2015), Neural Networks and Deep Learning, (BP1) to (BP4)."""
    found = lines(NETWORK, *NAMES.split(","))
    assert found.pop("delta_z").endswith("p_hat - y")
    assert list(found.items()) == [
        ("a", "W_1 @ x + b_1"),
        ("dL/dW_2", "delta_z @ h.T"),
        ("dL/db_2", "delta_z"),
        ("delta_h", "W_2.T @ delta_z"),
        ("delta_a", "delta_h * (1 - h**2)"),
        ("dL/dW_1", "delta_a @ x.T"),
        ("dL/db_1", "delta_a"),
    ]


def test_a_recurrence_has_the_recursion_of_backpropagation_through_time() -> None:
    """Goodfellow, Bengio and Courville (2016), Deep Learning, (10.20) to (10.28)."""
    found = lines(RECURRENT)
    assert found["E"] == "sum[t](L[t])"
    assert found["delta_h[t]"] == "V.T @ delta_z_L[t] + W.T @ delta_z_h[t+1]"
    assert found["delta_z_h[t]"] == "delta_h[t] * (1 - h[t]**2)"
    assert found["dE/dW"] == "sum[t](delta_z_h[t] @ h[t-1].T)"
    assert found["dE/dV"] == "sum[t](delta_z_L[t] @ h[t].T)"
    assert "dE/dx[t]" not in found
    asked = lines(RECURRENT, "x[t]", "h[t-1]")
    assert asked["dE/dx[t]"] == "U.T @ delta_z[t]"
    assert "delta_h[t]" in asked


def test_layer_norm_in_terms_of_its_result() -> None:
    found = lines("""
        c = x - sum(x) / dim(n) * ones(n)
        s = norm2(c); u = c / s; L = g.T @ u
        """)
    assert found["delta_u"] == "g"
    assert found["delta_c"] == "delta_u / s - (delta_u.T @ c) * c / s**3"


@pytest.mark.parametrize(
    ("source", "name", "formula"),
    [
        ("z = A @ x; p = sigmoid(z); L = w.T @ p", "delta_z", "delta_p * (p - p**2)"),
        ("Z = A @ X; P = exp(Z); L = sum(P * P)", "Delta_Z", "Delta_P * P"),
        ("Z = A @ X; P = relu(Z); L = sum(P * P)", "Delta_Z", "Delta_P * relu'(Z)"),
        ("z = A @ x; p = f(z); L = w.T @ p", "delta_z", "delta_p * f'(z)"),
    ],
)
def test_a_slope_is_written_by_the_value_where_that_has_a_name(
    source: str, name: str, formula: str
) -> None:
    written = lines(source)[name]
    program = symjac.parse(f"{source}; {adjoint_of(name)}")
    found = symjac.equivalent(written, formula, program=program)
    assert found.outcome is symjac.Outcome.PROVED
    assert ("'(" in written) == ("'(" in formula)


def adjoint_of(name: str) -> str:
    """The adjoint that a formula uses, as a definition."""
    return "Delta_P = 2 * P" if name == "Delta_Z" else "delta_p = w"


def test_new_names_are_none_of_the_equations() -> None:
    found = lines("delta_z: (n); z = W @ x + delta_z; E = tanh(z); s = w.T @ E")
    assert found["bar_z"] == "delta_E * (1 - E**2)"
    assert found["ds/ddelta_z"] == "bar_z"
    over_time = lines("E: (n, n); h[t] = tanh(E @ h[t-1]); L[t] = sum(h[t])")
    assert over_time["J"] == "sum[t](L[t])"


@pytest.mark.parametrize(
    ("source", "wrt", "message"),
    [
        ("z = A @ x; h = tanh(z)", [], "gradients are of a scalar; h is (n)"),
        ("z = A @ x; w = B @ x; L = sum(z)", ["B"], "L does not depend on B"),
        ("z = A @ x; L = sum(z)", ["vec(A)"], "not vec"),
        ("h[t] = tanh(W @ h[t-1]); L = sum(h[t])", [], "L has no step"),
        ("h[3] = tanh(W @ h[2]); L[3] = sum(h[3])", [], "a step such as t"),
        ("u[t] = W @ x[t]; h[t] = tanh(u[t+1]); L[t] = sum(h[t])", [], "at a later"),
        ("h[t] = W @ h[t-1]; L[t] = sum(h[t] * h[t-1])", [], "of another step"),
        ("L: (); h[t] = W @ h[t-1]; L[t] = L[t-1] + sum(h[t])", [], "another step"),
        ("h[t] = W @ h[t-1]; L[t] = sum(h[t] * h[0])", [], "cannot be compared"),
        ("M = W @ V; h[t] = M @ h[t-1]; L[t] = sum(W @ h[t])", [], "and without one"),
    ],
)
def test_what_has_no_gradients_is_refused(
    source: str, wrt: list[str], message: str
) -> None:
    with pytest.raises(symjac.SymjacError) as refusal:
        symjac.gradients(symjac.parse(source), wrt=wrt or None)
    assert message in refusal.value.message


def test_a_result_may_be_an_expression_and_a_variable_may_be_defined() -> None:
    program = symjac.parse("z = A @ x; h = tanh(z)")
    found = symjac.gradients(program, of="sum(h) + sum(z)", wrt=["z"])
    (line,) = found.lines
    same = symjac.equivalent(str(found["z"]), "2 - h**2", program=program)
    assert (line.subject, same.outcome) == ("delta_z", symjac.Outcome.PROVED)


def test_declared_symmetry_is_said_not_used() -> None:
    found = symjac.gradients(symjac.parse("S: (n, n) symmetric; L = x.T @ S @ x"))
    assert str(found["S"]) == "x @ x.T"
    assert found.notes == ("S is declared symmetric; its gradient is unconstrained",)


@pytest.mark.parametrize("source", [*STATIC.values(), *OVER_TIME.values()])
def test_text_and_latex_have_every_line_and_nothing_twice(source: str) -> None:
    found = symjac.gradients(symjac.parse(source))
    text = run(source).output.splitlines()
    latex = run(source, "--format", "latex").output
    for line in (*found.first, *found.lines):
        assert text.count(line.text()) == 1
        assert f"{line.subject_latex()} &= {line.latex()}" in latex


@pytest.mark.parametrize("format_", ["md", "tex", "html", "typ"])
@pytest.mark.parametrize("source", [STATIC["batch"], RECURRENT])
def test_a_document_says_how_every_line_is_derived(source: str, format_: str) -> None:
    done = run(source, "--format", format_)
    assert done.exit_code == 0, done.output
    lines = symjac.gradients(symjac.parse(source)).lines
    assert done.output.count("the derivative with respect to") == len(lines)
    if format_ in ("md", "tex"):
        assert all(done.output.count(line.subject_latex()) > 1 for line in lines)


def test_json_says_what_the_page_of_the_docs_says() -> None:
    found = json.loads(run(RECURRENT, "--format", "json").output)
    assert set(found) == {"of", "total", "first", "lines", "hypotheses", "notes"}
    assert (found["of"], found["total"]) == ("L[t]", "E")
    common = {"name", "formula", "latex", "sum_over", "shape"}
    assert all(set(line) == common for line in found["first"])
    assert all(set(line) == common | {"wrt", "is_adjoint"} for line in found["lines"])
    last = {line["wrt"]: line for line in found["lines"]}["b"]
    assert (last["name"], last["sum_over"], last["is_adjoint"]) == ("dE/db", "t", False)


def test_names_are_given_apart_by_commas_or_one_by_one() -> None:
    apart = [part for name in NAMES.split(",") for part in ("--wrt", name)]
    assert run(NETWORK, "--wrt", NAMES).output == run(NETWORK, *apart).output
    assert "dL/dx" not in run(NETWORK, "--wrt", NAMES).output
    assert "dL/dx" in run(NETWORK).output


def test_the_command_on_a_page_gives_the_page_again() -> None:
    page = run(NETWORK, "--wrt", NAMES, "--format", "md").output
    assert f"--of L --wrt {NAMES}" in page.replace("W_2,b_2", "W_2,b_2")


def test_what_is_refused_on_the_command_line_has_code_2() -> None:
    done = run("z = A @ x")
    assert done.exit_code == 2
    assert "gradients are of a scalar" in done.output
