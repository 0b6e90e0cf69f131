"""Trajectories and values of Jacobians against NumPy's own meaning of the equations."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

import symjac
from symjac.catalog.published import cell_names
from symjac.errors import NumericError, ShapeError, SymjacError, UnsupportedError
from symjac.recurrence.numeric import (
    at_step,
    evaluate,
    scaled_weights,
    trajectory,
    uniform,
)
from symjac.terms.matrix import symbols
from symjac.terms.program import Program
from symjac.terms.shape import Time
from tests.oracles import (
    Values,
    agree,
    autograd_jacobian,
    complex_step,
    forward,
    random_values,
)

STEPS = 3
RNN = "x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b"


def named(name: str) -> Program:
    """A cell with tanh for each function that its source leaves open."""
    program = symjac.cell(name).program
    text = symjac.cell(name).equations
    for function in program.functions:
        text = re.sub(rf"\b{function}('*)\(", r"tanh\1(", text)
    return symjac.parse(text)


def definitions(program: Program) -> list[Any]:
    return [(d.symbol, d.body) for d in program.definitions]


def oracle_values(program: Program) -> Values:
    """Random values of what the equations leave open, at the oracle's sizes."""
    defined = {d.symbol for d in program.definitions}
    free = tuple(s for s in program.symbols if s not in defined)
    values = random_values(free, seed=5, signed=True)
    for symbol in free:
        if symbol.symmetric:
            values[str(symbol)] += values[str(symbol)].T
    return values


def flat(program: Program, values: Values) -> Values:
    """Vectors with one axis, scalars with none."""
    orders = {str(s): len(s.shape.dims) for s in program.symbols}
    return {
        n: a.reshape(a.shape if orders[n] == 2 else (a.size,) * orders[n])
        for n, a in values.items()
    }


@pytest.mark.parametrize("name", cell_names())
def test_a_trajectory_takes_the_steps_that_numpy_takes(name: str) -> None:
    program = named(name)
    values = oracle_values(program)
    given = {
        key: np.array([value] * STEPS) if key.endswith("[t]") else value
        for key, value in flat(program, values).items()
    }
    for state in program.states:
        given[f"{state}[0]"] = given.pop(f"{state}[t-1]")
    found = trajectory(program, given, steps=STEPS)
    known = values
    for step in range(1, STEPS + 1):
        known = forward(definitions(program), known)
        for state in program.states:
            here = known[f"{state}[t]"]
            assert agree(found[f"{state}[{step}]"].ravel(), here.ravel()), (state, step)
            known[f"{state}[t-1]"] = here


@pytest.mark.parametrize("name", cell_names())
def test_a_jacobian_at_values_is_what_complex_steps_and_autograd_give(
    name: str,
) -> None:
    program = named(name)
    state = symjac.cell(name).at(symjac.cell(name).states[0])
    before = symjac.cell(name).at(state.name, -1)
    jacobian = symjac.derive(program, str(state), str(before))
    values = oracle_values(program)
    known = flat(program, forward(definitions(program), values))
    found = evaluate(jacobian.plain("numerator").expr, known)
    arguments = definitions(program), state, before, values
    assert agree(found, complex_step(*arguments))
    assert agree(found, autograd_jacobian(*arguments), 1e-8)


def test_the_oracle_catches_a_transposed_weight() -> None:
    program = symjac.parse(RNN.replace("sigma", "tanh"))
    values = oracle_values(program)
    state, before = (symjac.derive(program).of, symjac.derive(program).wrt)
    truth = complex_step(definitions(program), state, before, values)
    given = flat(program, values)
    for formula, is_right in (("W", True), ("W.T", False)):
        check = symjac.check(program, claim=f"{formula} @ diag(tanh'(x[t-1]))")
        found = evaluate(check.claim.expr, given)
        assert agree(found, truth) is is_right


def test_a_generic_function_is_the_chosen_one() -> None:
    jacobian = symjac.derive(symjac.parse("y = diag(sigma(x)) @ x"), wrt="x")
    expr = jacobian.matrix("numerator").expr
    x = np.array([0.3, -1.2])
    tanh = np.diag(np.tanh(x) + x / np.cosh(x) ** 2)
    assert agree(evaluate(expr, {"x": x}), tanh)
    e = np.exp(x)
    exp = np.diag(e + x * e)
    assert agree(evaluate(expr, {"x": x}, functions={"sigma": "exp"}), exp)
    with pytest.raises(UnsupportedError, match="no numbers for the function rho"):
        evaluate(expr, {"x": x}, functions={"sigma": "rho"})


OPERATIONS = {
    "tr(A @ A) * x": "np.trace(A @ A) * x",
    "det(A) * x + logdet(A) * x": "(d(A) + np.log(abs(d(A)))) * x",
    "inv(A) @ x": "np.linalg.solve(A, x)",
    "matpow(A, 3) @ x": "A @ A @ A @ x",
    "expm(A / 4) @ x": "sum(np.linalg.matrix_power(A / 4, k) @ x / math.factorial(k)"
    " for k in range(40))",
    "(norm1(x) + norm2(x) + normF(A)) * x": "(abs(x).sum() + (x @ x)**.5"
    " + (A * A).sum()**.5) * x",
    "(sum(x) + mean(x) + prod(x) + max(x) + min(x)) * x": "(x.sum() + x.sum() / 3"
    " + x[0] * x[1] * x[2] + max(x) + min(x)) * x",
    "softmax(x) + log_softmax(x) + hardmax(x)": "s(x) + np.log(s(x)) + (x == max(x))",
    "logsumexp(x) * x": "np.log(np.exp(x).sum()) * x",
    "cross_entropy(softmax(v), softmax(x)) * x": "-(s(v) @ np.log(s(x))) * x",
    "outer(x, v) @ x + x @ v.T @ x": "2 * x * (v @ x)",
    "dot(x, v) * x + (x.T @ v) * x": "2 * x * (v @ x)",
    "diagonal(A) / x - x**3": "A.diagonal() / x - x**3",
    "kron(A, x.T) @ vec(x @ v.T)": "np.kron(A, x[None]) @ np.outer(x, v).ravel('F')",
    "commutation(n, n) @ vec(A)": "A.ravel()",
    "[[A, x @ v.T]; [x.T, v.T]] @ [x; v]": "np.r_[A @ x + x * (v @ v), x @ x + v @ v]",
    "dim(n) * (-x) + eye(n) @ v": "-3 * x + v",
}


@pytest.mark.parametrize("formula", OPERATIONS)
def test_an_operation_means_what_numpy_says(formula: str) -> None:
    program = symjac.parse(f"A: (n, n); x: (n); v: (n)\ny = {formula}")
    values = {
        "A": uniform((3, 3), seed=1) + 2 * np.eye(3),
        "x": np.array([0.5, -1.25, 2.0]),
        "v": np.array([1.5, 0.75, -0.5]),
    }

    def softmax(x: Any) -> Any:
        return np.exp(x) / np.exp(x).sum()

    names = {**values, "np": np, "s": softmax, "d": np.linalg.det, "math": math}
    expected = eval(OPERATIONS[formula], names)
    assert agree(evaluate(program.definitions[0].body, values), expected)


GIVEN: Values = {
    "W": [[0.5, 0.0], [1.0, 0.5]],
    "W_in": [[1.0], [0.0]],
    "b": [0.0, 0.0],
    "x[0]": [0.1, 0.2],
    "u[t]": [[1.0], [0.0]],
}


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"b": None}, NumericError, "no value for b, which is (n)"),
        ({"x[0]": None}, NumericError, "no value for x[0]"),
        ({"u[t]": None, "u[1]": [1.0]}, NumericError, "no value for u[2]"),
        ({"u[t]": [[1.0]]}, ShapeError, "u[t] needs a row for each of 2 steps, not 1"),
        ({"V": 1}, NumericError, "V is no value that the equations take"),
        ({"u[9]": [1.0]}, NumericError, "u[9] is no value"),
        ({"x[1]": [0, 0]}, NumericError, "x[1] is given, but the equations define it"),
        ({"b": [[0], [0]]}, ShapeError, "b is (n), its value has shape (2, 1)"),
        ({"b": [0, 0, 0]}, ShapeError, "b is (n), its value has shape (3,)"),
        ({"b": ["one", "two"]}, NumericError, "b is no array of real numbers"),
        ({"b": [0, float("inf")]}, NumericError, "b has entries that are not finite"),
    ],
)
def test_values_that_do_not_fit_are_named(
    changes: dict[str, Any], error: type[SymjacError], message: str
) -> None:
    values = {k: v for k, v in {**GIVEN, **changes}.items() if v is not None}
    with pytest.raises(error, match=re.escape(message)):
        trajectory(symjac.parse(RNN), values, steps=2)


@pytest.mark.parametrize(
    ("formula", "x", "message"),
    [
        ("log(x)", -1.0, "log has no finite value at -1.0"),
        ("relu'(x)", 0.0, "relu is not smooth at 0"),
        ("exp(x) * exp(x)", 600.0, "no finite value: overflow"),
        ("1 / x", 0.0, "no finite value: divide"),
        ("inv(x @ x.T) @ x", 0.0, "no value: Singular matrix"),
    ],
)
def test_a_value_that_is_not_finite_is_an_error(
    formula: str, x: float, message: str
) -> None:
    body = symjac.parse(f"x: (n)\ny = {formula}").definitions[0].body
    with pytest.raises(NumericError, match=message):
        evaluate(body, {"x": [x, x]})


def test_a_value_against_a_declared_symmetry_is_refused() -> None:
    body = symjac.parse("S: (n, n) symmetric\ny = S @ x").definitions[0].body
    with pytest.raises(NumericError, match="S is declared symmetric"):
        evaluate(body, {"S": [[1, 2], [3, 4]], "x": [1, 1]})


def test_a_dimension_without_a_value_has_to_be_given() -> None:
    body = symjac.parse("Y = eye(n)").definitions[0].body
    assert evaluate(body, {}, sizes={"n": 2}).tolist() == [[1, 0], [0, 1]]
    with pytest.raises(NumericError, match="how large the dimension n is"):
        evaluate(body, {})


def test_equations_without_time_are_no_recurrence() -> None:
    with pytest.raises(UnsupportedError, match="no recurrence over one time"):
        trajectory(symjac.parse("y = A @ x"), {}, steps=1)


def test_a_recurrence_written_one_step_later_starts_at_0_too() -> None:
    values = {"W": [[2.0]], "x[0]": [3.0]}
    for text in ("x[t] = W @ x[t-1]", "x[t+1] = W @ x[t]"):
        found = trajectory(symjac.parse(text), values, steps=3)
        assert found["x[3]"].tolist() == [24.0], text


def test_a_form_is_moved_to_a_step() -> None:
    jacobian = symjac.derive(symjac.parse(RNN))
    moved = at_step(jacobian.matrix("numerator").expr, "t", 4)
    times = {s.time for s in symbols(moved)}
    assert times == {None, Time(None, 3)}


def test_weights_are_scaled_and_the_same_every_time() -> None:
    by_norm = scaled_weights(5, sigma_max=0.9, seed=7)
    by_radius = scaled_weights(5, radius=1.5, seed=7)
    assert np.linalg.norm(by_norm, 2) == pytest.approx(0.9, abs=1e-3)
    assert abs(np.linalg.eigvals(by_radius)).max() == pytest.approx(1.5, abs=1e-3)
    assert np.array_equal(by_norm, scaled_weights(5, sigma_max=0.9, seed=7))
    assert not np.array_equal(by_norm, by_norm.T)
    assert not np.array_equal(by_norm, scaled_weights(5, sigma_max=0.9, seed=8))
    for wrong in ({}, {"radius": 1.0, "sigma_max": 1.0}):
        with pytest.raises(NumericError, match="one of them"):
            scaled_weights(2, seed=1, **wrong)  # type: ignore[arg-type]
