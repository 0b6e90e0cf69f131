"""Products and sums over time of every cell against derivatives of the unrolled cell.

The oracle unrolls the equations over the steps and differentiates them by complex
steps: it knows nothing of one-step Jacobians, of their order, or of deltas.
"""

from __future__ import annotations

import numpy as np
import pytest

import symjac
from symjac.catalog.published import cell_names, load_cell
from symjac.errors import UnsupportedError
from symjac.jacobian import Formula
from symjac.recurrence.products import product_over_time
from symjac.recurrence.recurrence import Recurrence, recurrence
from symjac.recurrence.sums import forward as forward_rule
from symjac.recurrence.sums import gradient
from symjac.terms.matrix import Add, MatMul, MatrixExpr, Symbol, Transpose, map_symbols
from symjac.terms.program import Program
from symjac.terms.shape import SCALAR, Kind
from tests.oracles import (
    Array,
    Definitions,
    Values,
    agree,
    autograd_jacobian,
    complex_step,
    evaluate,
    forward,
    random_values,
)

STEPS = range(1, 9)
TOLERANCE = 1e-10
RNN = "x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b"
VECTOR_CELLS = [
    name
    for name in cell_names()
    if all(
        s.shape.kind is Kind.COLUMN for s in recurrence(load_cell(name).program).states
    )
]
LOSS = f"q: (m)\n{RNN}\nE[t] = cross_entropy(q[t], softmax(V @ x[t]))"


def later(expr: MatrixExpr, steps: int) -> MatrixExpr:
    return map_symbols(expr, lambda symbol: symbol.later(steps))


def unrolled(program: Program, steps: int) -> Definitions:
    """The definitions at steps t-(steps-1), ..., t, one after the other."""
    return [
        (d.symbol.later(-back), later(d.body, -back))
        for back in reversed(range(steps))
        for d in program.definitions
    ]


def start(found: Recurrence, steps: int, seed: int) -> tuple[Definitions, Values]:
    """The unrolled equations, and random values of all that they do not define."""
    program = found.program
    free = [
        s for s in program.symbols if s not in {d.symbol for d in program.definitions}
    ]
    states = {state.name for state in found.states}
    symbols: dict[Symbol, None] = {s.later(-steps): None for s in found.states}
    for symbol in free:
        if symbol.name in states:
            continue
        symbols |= {symbol.later(-back): None for back in range(steps + 1)}
    values = random_values(tuple(symbols), seed, signed=True)
    scale = {s.name for s in found.parameters}
    for name in scale & set(
        values
    ):  # so that no product of eight steps over- or underflows
        values[name] = 0.7 * values[name]
    return unrolled(program, steps), values


def stacked(
    found: Recurrence, steps: int, definitions: Definitions, values: Values
) -> Array:
    """d of all states by all states `steps` earlier, by complex steps."""
    return np.block(
        [
            [
                complex_step(definitions, of, wrt.later(-steps), values)
                for wrt in found.states
            ]
            for of in found.states
        ]
    )


@pytest.mark.parametrize("name", VECTOR_CELLS)
@pytest.mark.parametrize("steps", STEPS)
def test_a_product_over_time_is_the_derivative_of_the_unrolled_cell(
    name: str, steps: int
) -> None:
    found = recurrence(load_cell(name).program)
    definitions, values = start(found, steps, seed=steps)
    truth = stacked(found, steps, definitions, values)
    known = forward(definitions, values)
    for layout, wanted in (("numerator", truth), ("denominator", truth.T)):
        formula = product_over_time(found, layout).unrolled(steps)
        assert agree(evaluate(formula.expr, known), wanted, TOLERANCE, floor=0.0)


STAGGERED = """
h[t+1] = tanh(A @ h[t] + B @ c[t])
c[t] = tanh(C @ c[t-1] + D @ h[t])
"""


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_equations_written_for_different_steps_make_states_of_one_step(
    steps: int,
) -> None:
    program = symjac.parse(STAGGERED)
    found = recurrence(program)
    assert [str(state) for state in found.states] == ["h[t+1]", "c[t+1]"]
    values = random_values(
        (*(state.later(-steps) for state in found.states), *found.parameters), seed=3
    )
    definitions = []
    for step in range(2 - steps, 2):
        for defined in program.definitions:
            assert defined.symbol.time is not None
            by = step - defined.symbol.time.offset
            definitions.append((defined.symbol.later(by), later(defined.body, by)))
    truth = stacked(found, steps, definitions, values)
    formula = product_over_time(found, "numerator").unrolled(steps)
    known = forward(definitions, values)
    assert agree(evaluate(formula.expr, known), truth, TOLERANCE, floor=0.0)


def test_a_state_of_two_steps_before_is_refused_wherever_it_is_defined() -> None:
    with pytest.raises(UnsupportedError, match=r"c\[t-1\] is not a state of the step"):
        recurrence(symjac.parse("h[t+1] = A @ h[t] + c[t-1]; c[t] = C @ c[t-1]"))


@pytest.mark.parametrize("name", VECTOR_CELLS)
def test_the_oracle_catches_factors_in_the_other_order(name: str) -> None:
    found = recurrence(load_cell(name).program)
    definitions, values = start(found, 3, seed=1)
    truth = stacked(found, 3, definitions, values)
    known = forward(definitions, values)
    product = product_over_time(found, "numerator")
    factors = [evaluate(later(product.factor.expr, -back), known) for back in range(3)]
    reversed_order = factors[2] @ factors[1] @ factors[0]
    same = agree(reversed_order, truth, TOLERANCE, floor=0.0)
    assert same == is_commutative(factors)


def is_commutative(factors: list[Array]) -> bool:
    """Whether the order does not matter, as for diagonal factors."""
    pairs = [(a, b) for a in factors for b in factors]
    return all(agree(a @ b, b @ a, TOLERANCE, floor=0.0) for a, b in pairs)


def test_the_order_is_lifted_from_the_chain_rule() -> None:
    found = recurrence(symjac.parse(RNN))
    numerator, denominator = (
        product_over_time(found, layout) for layout in ("numerator", "denominator")
    )
    assert str(Formula(numerator.chain.expr)) == "J @ P"
    assert str(Formula(denominator.chain.expr)) == "P @ J"
    assert numerator.is_latest_first
    assert not denominator.is_latest_first
    assert r"\mathbf{J}^{(t)}\,\mathbf{J}^{(t-1)}\,\cdots" in numerator.latex()
    with pytest.raises(ValueError, match="0 steps"):
        numerator.unrolled(0)


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("layout", ["numerator", "denominator"])
def test_a_product_equals_the_derivative_over_all_steps_at_once(
    layout: str, steps: int
) -> None:
    found = recurrence(symjac.parse(RNN))
    product = product_over_time(found, layout)
    whole = found.jacobian(steps=steps)
    claim = str(product.unrolled(steps))
    judged = symjac.check(
        found.program, "x[t]", str(found.state().later(-steps)), claim=claim
    )
    assert judged[layout].outcome.value == "proved"
    assert str(whole.matrix(layout)) == claim


@pytest.mark.parametrize("layout", ["numerator", "denominator"])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_product_of_the_papers_factors_is_refuted(layout: str, steps: int) -> None:
    product = product_over_time(recurrence(symjac.parse(RNN)), layout)
    judged = product.judge("W.T @ diag(sigma'(x[t-1]))", steps)
    assert judged[layout].outcome.value == "refuted"
    assert judged[layout].counterexample is not None
    right = {"numerator": "W @ diag(sigma'(x[t-1]))"}
    right["denominator"] = "diag(sigma'(x[t-1])) @ W.T"
    assert product.judge(right[layout], steps)[layout].outcome.value == "proved"


def dot(weight: Symbol, state: Symbol) -> MatrixExpr:
    return MatMul(Transpose(weight), state)


def weight_of(state: Symbol, back: int) -> Symbol:
    return Symbol(f"v_{state.name}", state.shape, state.later(-back).time)


def total_loss(
    found: Recurrence, steps: int, values: Values
) -> tuple[Definitions, Symbol]:
    """E = the sum of v[t] . s[t] over steps and states, with random v."""
    rng = np.random.default_rng(7)
    terms: list[MatrixExpr] = []
    for state in found.states:
        for back in range(steps):
            weight = weight_of(state, back)
            shape = values[str(state.later(-steps))].shape
            values[str(weight)] = rng.normal(size=shape)
            terms.append(dot(weight, state.later(-back)))
    body = terms[0] if len(terms) == 1 else Add(tuple(terms))
    total = Symbol("E_total", SCALAR)
    return [*unrolled(found.program, steps), (total, body)], total


def backpropagated(
    found: Recurrence, parameter: str, layout: str, steps: int, known: Values
) -> Array:
    """The gradient by the derived recursion, run backwards from zero."""
    rule = gradient(found, parameter, layout)
    values = dict(known)

    def laid_out(column: Array) -> Array:
        return column.T if layout == "numerator" else column

    for state, delta, source in zip(
        found.states, rule.deltas, rule.sources, strict=True
    ):
        values[str(delta.later(1))] = laid_out(0 * np.real(values[str(state)]))
        assert isinstance(source.expr, Symbol)
        for back in range(steps):
            weight = values[str(weight_of(state, back))]
            values[str(source.expr.later(-back))] = laid_out(weight)
    for name in [name for name in values if "[t]" in name]:
        # beyond the last step nothing comes back, but the formula names its gates
        values.setdefault(name.replace("[t]", "[t+1]"), values[name])
    total: Array | float = 0.0
    for back in range(steps):
        for delta, backward in zip(rule.deltas, rule.backward, strict=True):
            expr = later(backward.expr, -back)
            values[str(delta.later(-back))] = evaluate(expr, values)
        total = total + evaluate(later(rule.summand.expr, -back), values)
    return np.asarray(total)


GRADIENTS: list[tuple[str, str | None]] = [
    *((name, None) for name in VECTOR_CELLS),  # by the first parameter
    ("gru", "U_r"),
    ("lstm", "U_f"),
    ("lstm", "b_i"),
]


@pytest.mark.parametrize(("name", "parameter"), GRADIENTS)
@pytest.mark.parametrize("steps", STEPS)
def test_a_gradient_by_backpropagation_is_that_of_the_unrolled_loss(
    name: str, parameter: str | None, steps: int
) -> None:
    found = recurrence(load_cell(name).program)
    symbol = found.parameter(parameter or found.parameters[0].name)
    _, values = start(found, steps, seed=steps)
    definitions, total = total_loss(found, steps, values)
    truth = complex_step(definitions, total, symbol, values)
    if steps <= 2:
        again = autograd_jacobian(definitions, total, symbol, values)
        assert agree(again, truth, 1e-9, floor=0.0)
    shape = values[str(symbol)].shape
    wanted = truth.reshape(shape)
    known = forward(definitions, values)
    for layout in ("numerator", "denominator"):
        got = backpropagated(found, symbol.name, layout, steps, known)
        expected = wanted.T if layout == "numerator" else wanted
        assert agree(got, expected, TOLERANCE, floor=0.0)
        if np.any(expected):  # relus may all be switched off
            assert not agree(2 * got, expected, TOLERANCE, floor=0.0)


def test_the_recursion_of_the_founding_recurrence_is_the_textbooks() -> None:
    found = recurrence(symjac.parse(RNN))
    assert str(gradient(found, "W", "denominator")) == (
        "dE/dW = sum[t](delta[t] @ sigma(x[t-1]).T)\n"
        "delta[t] = e[t] + (W.T @ delta[t+1]) * sigma'(x[t])"
    )
    assert str(gradient(found, "b", "numerator")) == (
        "dE/db = sum[t](delta[t])\n"
        "delta[t] = e[t] + delta[t+1] @ W @ diag(sigma'(x[t]))"
    )


def test_a_loss_of_the_equations_gives_its_own_sources() -> None:
    found = recurrence(symjac.parse(LOSS))
    by_state = gradient(found, "W", "denominator", "E")
    assert str(by_state.sources[0]) == "V.T @ (sum(q[t]) * softmax(V @ x[t]) - q[t])"
    by_output = gradient(found, "V", "denominator", "E")
    assert str(by_output).startswith(
        "dE/dV = sum[t]((sum(q[t]) * softmax(V @ x[t]) - q[t]) @ x[t].T)\n"
    )


def test_a_loss_of_earlier_states_is_refused() -> None:
    found = recurrence(symjac.parse(f"{RNN}\nE[t] = x[t].T @ x[t-1]"))
    with pytest.raises(UnsupportedError, match="a state of the past"):
        gradient(found, "W", "denominator", "E")
    with pytest.raises(UnsupportedError, match="L is not defined"):
        gradient(found, "W", "denominator", "L")


@pytest.mark.parametrize("steps", [1, 2, 4])
@pytest.mark.parametrize("layout", ["numerator", "denominator"])
def test_the_double_sum_of_one_loss_adds_up_and_truncation_leaves_terms_out(
    layout: str, steps: int
) -> None:
    found = recurrence(symjac.parse(RNN))
    _, values = start(found, steps, seed=3)
    rng = np.random.default_rng(1)
    weight = rng.normal(size=values[f"x[t-{steps}]"].shape)
    values["v[t]"] = weight
    state = found.state()
    total = Symbol("E_total", SCALAR)
    body = dot(Symbol("v", state.shape, state.time), state)
    definitions = [*unrolled(found.program, steps), (total, body)]
    truth = complex_step(definitions, total, found.parameter("W"), values)
    wanted = truth.reshape(values["W"].shape)
    known = forward(definitions, values)
    known["e[t]"] = weight.T if layout == "numerator" else weight
    rule = gradient(found, "W", layout)
    parts = [np.real(evaluate(f.expr, known)) for f in rule.truncated(steps)]
    expected = wanted.T if layout == "numerator" else wanted
    assert agree(sum(parts), expected, TOLERANCE, floor=0.0)
    if steps > 1:
        assert not agree(sum(parts[:-1]), expected, TOLERANCE, floor=0.0)


@pytest.mark.parametrize("name", ["preactivation", "lstm", "gru"])
@pytest.mark.parametrize("layout", ["numerator", "denominator"])
def test_the_forward_recursion_gives_the_derivative_by_a_parameter(
    name: str, layout: str
) -> None:
    found = recurrence(load_cell(name).program)
    parameter = found.parameters[1].name
    steps = 3
    definitions, values = start(found, steps, seed=2)
    symbol = found.parameter(parameter)
    truth = np.vstack(
        [complex_step(definitions, s, symbol, values) for s in found.states]
    )
    order = np.arange(truth.shape[1]).reshape(values[parameter].shape).ravel(order="F")
    truth = truth[:, order]  # vec stacks columns
    rule = forward_rule(found, parameter, layout)
    known = forward(definitions, values)
    wanted = truth if layout == "numerator" else truth.T
    known[str(rule.sensitivity.later(-steps))] = np.zeros(wanted.shape)
    for back in reversed(range(steps)):
        at = rule.sensitivity.later(-back)
        known[str(at)] = evaluate(later(rule.rule.expr, -back), known)
    assert agree(known[str(rule.sensitivity)], wanted, TOLERANCE, floor=0.0)


def test_equations_without_a_state_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="no state"):
        recurrence(symjac.parse("y = A @ x"))
    with pytest.raises(UnsupportedError, match="is not a state of the step before"):
        recurrence(symjac.parse("x[t] = A @ x[t-1] + B @ x[t-2]"))
    with pytest.raises(UnsupportedError, match="z is no state; known: x"):
        symjac.parse(RNN).recurrence("z")


def test_a_program_gives_its_recurrence() -> None:
    found = symjac.cell("lstm").program.recurrence("h")
    assert [str(s) for s in found.states] == ["h[t]", "c[t]"]
    assert [s.name for s in found.inputs] == ["x"]
    assert {"W_f", "U_f", "b_f"} <= {s.name for s in found.parameters}
    assert set(found.blocks()) == {(a, b) for a in "hc" for b in "hc"}


@pytest.mark.parametrize(
    ("text", "product", "sum_over"),
    [
        ("x[s] = W @ x[s-1]", "J[s] @ J[s-1] @ ... @ J[k+1], J[s] = W", "s"),
        ("x[k] = W @ x[k-1]", "J[k] @ J[k-1] @ ... @ J[s+1], J[k] = W", "k"),
        ("x[t+1] = W @ x[t]", "J[t+1] @ J[t] @ ... @ J[k+1], J[t+1] = W", "t"),
        ("x[t-1] = W @ x[t-2]", "J[t-1] @ J[t-2] @ ... @ J[k+1], J[t-1] = W", "t"),
        ("x[J] = W @ x[J-1]", "D[J] @ D[J-1] @ ... @ D[k+1], D[J] = W", "J"),
        ("x[t] = J @ x[t-1]", "D[t] @ D[t-1] @ ... @ D[k+1], D[t] = J", "t"),
        (
            "k: (n); x[t] = W @ x[t-1] + k",
            "J[t] @ J[t-1] @ ... @ J[s+1], J[t] = W",
            "t",
        ),
        ("k, s: (n); x[t] = W @ x[t-1] + k * s", None, "t"),
    ],
)
def test_letters_of_products_and_sums_mean_nothing_else(
    text: str, product: str | None, sum_over: str
) -> None:
    program = symjac.parse(text)
    found = program.recurrence()
    printed = str(product_over_time(found, "numerator"))
    assert printed == (product or "J[t] @ J[t-1] @ ... @ J[r+1], J[t] = W")
    weight = found.parameters[0].name
    rule = gradient(found, weight, "denominator")
    assert f"/d{weight} = sum[{sum_over}](" in str(rule)
    assert rf"\sum_{{{sum_over}}}" in rule.latex()
    new = {
        rule.loss,
        *(s.name for s in rule.deltas),
        str(forward_rule(found, weight, "numerator").sensitivity.name),
    }
    assert not new & program.names


def test_names_of_losses_and_deltas_are_not_those_of_the_equations() -> None:
    """By hand: delta[t] = e[t] + (D' applied to the next), E is a weight here."""
    program = symjac.parse("delta, e, S: (n); x[t] = E @ x[t-1] + delta * e * S")
    found = program.recurrence()
    assert str(gradient(found, "E", "denominator")) == (
        "dL/dE = sum[t](delta_0[t] @ x[t-1].T)\n"
        "delta_0[t] = e_0[t] + E.T @ delta_0[t+1]"
    )


def test_equations_at_one_step_have_a_product_and_no_sum() -> None:
    found = symjac.parse("x[3] = W @ x[2]").recurrence()
    shown = product_over_time(found, "numerator")
    assert str(shown) == "J[3] @ J[2] @ ... @ J[k+1], J[3] = W"
    with pytest.raises(UnsupportedError, match="a step such as t"):
        gradient(found, "W", "numerator")
