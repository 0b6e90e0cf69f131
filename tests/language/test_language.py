"""Kinds, dimensions, precedence, time and spelling, against hand-made expectations."""

from __future__ import annotations

from fractions import Fraction

import pytest

import symjac
from symjac.errors import BudgetError, ParseError, Source, SymjacError
from symjac.language.check import check_formula
from symjac.terms.matrix import Constant, Elementwise, MatrixExpr, Neg, Power, symbols
from symjac.typeset.text import matrix_text
from tests.oracles import agree, evaluate, random_values


def body(text: str) -> MatrixExpr:
    return symjac.parse(f"y = {text}").definitions[-1].body


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("y = A @ x", {"y": "(n)", "A": "(n, m)", "x": "(m)"}),
        ("y = x.T @ v", {"y": "()", "x": "(n)", "v": "(n)"}),
        ("Y = x @ v.T", {"Y": "(n, m)"}),
        ("y = alpha * x", {"alpha": "()"}),
        ("y = A @ B @ x", {"A": "(n, m)", "B": "(m, p)", "x": "(p)"}),
        ("y = diag(v) @ x", {"v": "(n)", "x": "(n)"}),
        ("A: (k, k)\ny = A @ x", {"y": "(k)", "x": "(k)"}),
        ("dim k = 3\nA: (k, 2)\ny = A @ x", {"y": "(3)", "x": "(2)"}),
        ("r: (1, n)\ny = r @ x", {"r": "(1, n)", "x": "(n)", "y": "()"}),
    ],
)
def test_kinds_and_dimensions_are_inferred(text: str, shapes: dict[str, str]) -> None:
    found = {s.name: str(s.shape) for s in symjac.parse(text).symbols}
    assert found | shapes == found


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("-x**2", "-(x**2)"),
        ("x - v - w", "(x - v) - w"),
        ("2 * x * v", "(2 * x) * v"),
        ("A @ x * v", "(A @ x) * v"),
        ("A.T @ x", "(A.T) @ x"),
        ("-x * v", "(-x) * v"),
        ("x**2 * v", "(x**2) * v"),
        ("2**-1 * x", "1/2 * x"),
        ("0.1 * x", "1/10 * x"),
        ("1 - x", "(1 - x)"),
    ],
)
def test_precedence_is_numpy_s(text: str, same: str) -> None:
    program = symjac.parse(f"x, v, w: (n)\nA: (n, n)\ny = {text}\nz = {same}")
    left, right = (d.body for d in program.definitions)
    values = random_values(program.symbols, seed=3)
    assert agree(evaluate(left, values), evaluate(right, values))


def test_unary_minus_binds_looser_than_a_power() -> None:
    found = body("-x**2")
    assert isinstance(found, Neg)
    assert isinstance(found.arg, Power)


def test_greek_letters_are_their_names() -> None:
    left, right = symjac.parse("y = σ'(x) * β"), symjac.parse("y = sigma'(x) * beta")
    assert left.definitions[0].body == right.definitions[0].body
    for text in ("y = λ * x", "y = lambda * x"):
        assert [s.name for s in symbols(body(text[4:]))] == ["lambda", "x"]
        assert symbols(body(text[4:]))[0].shape.order == 0
    with pytest.raises(ParseError):  # a letter of its own, not another sigma
        body("ς * x + σ * x")


def test_primes_count_derivatives() -> None:
    found = body("f'''(x)")
    assert isinstance(found, Elementwise)
    assert found.order == 3


def test_numbers_are_exact() -> None:
    program = symjac.parse("y = 0.1 * x")
    number = check_formula(Source("number", "0.1 + 0.2"), program)
    assert number == Constant(Fraction(3, 10), number.shape)


def test_comments_semicolons_and_blank_lines_separate_statements() -> None:
    program = symjac.parse("# two\n\nz = A @ x; y = f(z) # done\n")
    assert [d.symbol.name for d in program.definitions] == ["z", "y"]


@pytest.mark.parametrize(
    "text",
    [
        "A @ (x * v)",
        "(A @ x) * v",
        "x * (v * x)",
        "A @ (B @ x)",
        "1 / x",
        "x / v",
        "(x / 2)**2",
        "x**(-1/2)",
        "alpha * (A @ x)",
        "-2 * x",
        "2 * (x @ v.T) @ x",
        "1 - f''(x)",
    ],
)
def test_printed_text_reads_back_as_the_same_expression(text: str) -> None:
    declared = "x, v: (n)\nA, B: (n, n)\nalpha: ()\n"
    program = symjac.parse(f"{declared}y = {text} + 0 * (A @ B @ x) * alpha")
    first = check_formula(Source("text", text), program)
    assert check_formula(Source("again", matrix_text(first)), program) == first


def test_a_definition_with_time_holds_at_every_step() -> None:
    program = symjac.parse("x[t] = W @ sigma(x[t-1])")
    jacobian = symjac.derive(program, "x[t+1]", "x[t]")
    assert str(jacobian.matrix("numerator")) == "W @ diag(sigma'(x[t]))"
    jacobian = symjac.derive(program, "x[3]", "x[1]")
    assert str(jacobian.matrix("numerator")) == (
        "W @ diag(sigma'(x[2])) @ W @ diag(sigma'(x[1]))"
    )


def test_an_output_of_the_variable_s_own_step_is_followed() -> None:
    program = symjac.parse("h[t] = tanh(W @ h[t-1])\no[t] = V @ h[t]")
    jacobian = symjac.derive(program, "o[t]", "h[t]")
    assert str(jacobian.matrix("numerator")) == "V"


def test_a_parameter_s_derivative_holds_earlier_states_fixed() -> None:
    program = symjac.parse("h[t] = W @ h[t-1] + b")
    jacobian = symjac.derive(program, "h[t]", "b")
    assert str(jacobian.matrix("numerator")) == "eye(n)"
    assert [str(symbol) for symbol in jacobian.held] == ["h[t-1]"]


def test_a_scalar_s_derivative_by_a_row_vector_is_a_row_in_denominator_layout() -> None:
    program = symjac.parse("r: (1, n)\ny = r @ x")
    jacobian = symjac.derive(program, wrt="r")
    assert str(jacobian.matrix("denominator")) == "x.T"
    assert str(jacobian.matrix("numerator")) == "x"


def test_a_fixed_dimension_is_a_number_in_declarations_too() -> None:
    for text in (
        "dim n = 2; A: (n, n)\ny = A.T @ ones(n)",
        "A: (n, n); dim n = 2\ny = A.T @ ones(2)",
    ):
        assert str(symjac.parse(text).shape("A")) == "(2, 2)"


LONG = "1" * 31


@pytest.mark.parametrize(
    "text",
    [
        f"y[t] = x[t-{LONG}]",
        f"y[t] = x[t+{LONG}]",
        f"y = x[{LONG}]",
        f"x: ({LONG}); y = x",
        f"dim n = {LONG}; x: (n); y = x",
        f"y = {LONG} * x",
        f"x: (n); y = ones({LONG}) + x",
    ],
)
def test_a_number_beyond_the_limit_is_refused_and_never_cut(text: str) -> None:
    with pytest.raises(BudgetError, match="more than 30 digits"):
        symjac.parse(text)


def test_a_number_of_many_digits_is_read_to_its_end() -> None:
    number = LONG[1:]
    program = symjac.parse(f"dim n = {number}; x: (n); y[t] = x[t-{number}] + z[t]")
    assert str(program.symbols[1]) == f"x[t-{number}]"
    assert program.fixed["n"] == int(number)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("softmax(A, axis=1)", "row_softmax(A)"),
        ("sum(A, axis=0)", "col_sum(A)"),
        ("max(A, axis=-1)", "row_max(A)"),
        ("logsumexp(A + B, axis=-2)", "col_logsumexp(A + B)"),
    ],
)
def test_an_axis_is_numpy_s(text: str, same: str) -> None:
    shapes = "A, B: (n, m);"
    bodies = [
        symjac.parse(f"{shapes} Y = {t}").definitions[0].body for t in (text, same)
    ]
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sum(A, axis=2)", "axis is 0 or 1"),
        ("sum(x, axis=0)", "col_sum needs one matrix"),
        ("cumsum(A, axis=1)", "cumsum with an axis"),
        ("sin(A, axis=1)", "sin with an axis"),
        ("f(x, axis=1)", "f with an axis"),
    ],
)
def test_an_axis_without_an_operation_is_refused(text: str, message: str) -> None:
    with pytest.raises(SymjacError) as caught:
        symjac.parse(f"A: (n, m); x: (n); Y = {text}")
    assert message in caught.value.message
