r"""An answer or a reference in LaTeX is graded as what it means, and that is said."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import symjac
from symjac.claims.batch import graded
from symjac.claims.equivalent import equivalent
from symjac.cli import main
from symjac.errors import ClaimError, ParseError, SymjacError


@pytest.mark.parametrize(
    ("answer", "reference", "latex", "outcome"),
    [
        (r"B^\top A^\top", "(AB)^T", True, "proved"),
        (r"A^\top B^\top", "(AB)^T", True, "refuted"),
        (r"B^\top A^\top", "(A @ B).T", "answer", "proved"),
        ("(A @ B).T", r"B^\top A^\top", "reference", "proved"),
        (r"\mathbf{W}^T \mathbf{x}", "W^T x", True, "proved"),
        (r"\mathbf{W} \mathbf{x}", "W^T x", True, "refuted"),
        (r"W_{rec} h_{t-1}", "W_rec @ h[t-1]", "answer", "proved"),
        (r"2 x^\top A x", r"\sum_i x_i + x^T A x", True, "refuted"),
    ],
)
def test_formulas_in_latex_are_judged_as_those_in_text(
    answer: str, reference: str, latex: bool | str, outcome: str
) -> None:
    assert symjac.equivalent(answer, reference, latex=latex).outcome.value == outcome


def test_what_was_read_is_part_of_the_result() -> None:
    found = symjac.equivalent(r"x^T W_{rec}", "(W_rec.T @ x).T", latex="answer")
    assert found.read == {"answer": "x.T @ W_rec", "reference": "(W_rec.T @ x).T"}
    assert symjac.equivalent("x", "x").read is None


def test_a_shape_says_what_a_greek_letter_is_in_both_formulas() -> None:
    shapes = {"X": ("n", "m"), "beta": ("m",)}
    formulas = (r"(X\beta)^\top", r"\beta^T X^T")
    assert (
        symjac.equivalent(*formulas, shapes=shapes, latex=True).outcome.value
        == "proved"
    )
    said = symjac.equivalent(*formulas, shapes="X: (n, m); beta: (m)", latex=True)
    assert said.outcome.value == "proved"


def test_a_function_of_the_reference_is_one_in_the_answer() -> None:
    program = symjac.parse("h[t] = act(W @ h[t-1])")
    found = symjac.equivalent(
        r"\mathrm{diag}(\mathrm{act}'(W h_{i-1})) W",
        "diag(act'(W @ h[t-1])) @ W",
        program=program,
        latex="answer",
    )
    assert found.outcome.value == "proved"


@pytest.mark.parametrize(
    ("answer", "reference", "latex", "place"),
    [
        (r"h_t + \foo", "h_t", True, "answer"),
        ("h_t", r"h_t + \foo", True, "reference"),
        ("h @", r"h_t", "reference", "answer"),
        ("y = A x", "A @ x", "answer", "answer"),
        (r"x_{i-1}", "x[t-1]", "answer", "answer"),
        (r"X\beta", r"X\beta", True, "answer"),
    ],
)
def test_an_error_names_the_formula_it_stands_in(
    answer: str, reference: str, latex: bool | str, place: str
) -> None:
    with pytest.raises(SymjacError) as caught:
        symjac.equivalent(answer, reference, latex=latex)
    assert caught.value.span is not None
    assert caught.value.span.source.name == place
    assert caught.value.span.source.text == (answer if place == "answer" else reference)


def test_only_answer_and_reference_can_be_latex() -> None:
    with pytest.raises(ClaimError, match="'both'"):
        symjac.equivalent("x", "x", latex="both")


def test_the_command_says_what_it_read() -> None:
    words = ["grade", "--answer", r"W^\top x", "--reference", r"x^\top W"]
    result = CliRunner().invoke(main, [*words, "--latex"])
    assert result.exit_code == 1
    assert result.output.splitlines()[:3] == [
        "read as  answer: W.T @ x",
        "read as  reference: x.T @ W",
        "",
    ]
    mixed = ["grade", "--answer", r"W^\top x", "--reference", "W.T @ x"]
    shown = CliRunner().invoke(main, [*mixed, "--latex", "answer", "--format", "json"])
    assert shown.exit_code == 0
    assert json.loads(shown.output)["read"]["answer"] == "W.T @ x"


def test_lines_of_a_batch_say_which_formula_is_latex() -> None:
    tasks = [
        {"answer": r"W^\top", "reference": "W^T", "latex": True},
        {"answer": r"W^\top", "reference": "W.T", "latex": "answer"},
        {"answer": r"W^\top \foo", "reference": "W.T", "latex": "answer"},
        {"answer": "W", "reference": "W", "latex": "perhaps"},
        {"answer": "W", "reference": "W"},
    ]
    lines = [json.dumps(task).encode() for task in tasks]
    first, second, third, fourth, fifth = map(json.loads, graded(lines))
    assert first["outcome"] == second["outcome"] == "proved"
    assert first["read"] == {"answer": "W.T", "reference": "W.T"}
    assert (third["error"]["in"], third["error"]["column"]) == ("answer", 8)
    assert fourth["error"]["type"] == "ParseError"
    assert "read" not in fifth


@pytest.mark.parametrize(
    ("printed", "text", "outcome"),
    [
        ("x_1", "x[1]", "proved"),
        (r"x_1^\top x_{12}", "x[12].T @ x[1]", "proved"),
        (r"W_2 \tanh(x_1)", "W[2] @ tanh(x[1])", "proved"),
        ("x_{h,1}", "x_h[1]", "proved"),
        ("x_1 + x_2", "x[1] + x[t]", "refuted"),
        ("x_1", "x_1", "proved"),
    ],
)
def test_a_number_is_a_step_where_the_other_formula_shows_steps(
    printed: str, text: str, outcome: str
) -> None:
    assert equivalent(printed, text, latex="answer").outcome.value == outcome
    assert equivalent(text, printed, latex="reference").outcome.value == outcome


def test_a_number_that_may_be_a_step_or_a_label_is_refused() -> None:
    for printed in ("x_1", "x^{(1)}"):
        with pytest.raises(ParseError, match="x_1 is a name, and x has a time step"):
            equivalent(printed, "x[1] + x_1", latex="answer")
