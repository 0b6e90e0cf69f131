"""Norm bounds: every inequality of every cell at random points, with controls.

The numbers come from NumPy alone: norms, and the oracle's evaluation of matrix forms.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
import sympy

import symjac
from symjac.catalog.published import cell_names, load_cell
from symjac.errors import UnsupportedError
from symjac.recurrence.bounds import Bound, bound, product_bound
from symjac.recurrence.compare import survives, total_step
from symjac.recurrence.estimate import (
    ENTRIES,
    LAWS,
    NORMS,
    Atom,
    BoundStep,
    SizeExpr,
    evaluate,
    size_latex,
    size_text,
)
from symjac.recurrence.ranges import Ranges, extent, make
from symjac.recurrence.theorems import spectral
from symjac.terms.matrix import Symbol
from symjac.terms.program import Program
from symjac.terms.shape import Time
from tests import oracles
from tests.recurrence.instances import (
    CLAIM,
    COUNT,
    PAPER,
    RNG,
    SLACK,
    STEPS,
    Array,
    cell_step,
    norms,
    step,
)


def test_a_function_without_exact_ends_has_no_row() -> None:
    assert extent("silu", 1) is None
    assert extent("gelu", 0) is None
    found = bound(step("x[t] = W @ silu(x[t-1])"))
    assert found.unbounded


@pytest.mark.parametrize(
    ("text", "norm", "expected"),
    [
        (PAPER, "2", "||W||_2 * gamma"),
        (PAPER, "1", "||W||_1 * gamma"),
        (PAPER, "F", "||W||_F * gamma"),
        ("x[t] = W.T @ f(x[t-1])", "1", "||W||_inf * gamma"),
        ("x[t] = W.T @ f(x[t-1])", "2", "||W||_2 * gamma"),
        ("h[t] = tanh(W @ h[t-1])", "2", "||W||_2"),
        ("h[t] = sigmoid(W @ h[t-1])", "inf", "1/4 * ||W||_inf"),
        ("h[t] = erf(W @ h[t-1])", "2", "2/sqrt(pi) * ||W||_2"),
        ("W: (n, n) orthogonal; h[t] = tanh(W @ h[t-1])", "2", "1"),
        ("W: (n, n) orthogonal; h[t] = tanh(W @ h[t-1])", "1", "||W||_1"),
        ("W: (n, n) orthogonal; h[t] = tanh(W @ h[t-1])", "F", "sqrt(n)"),
        ("h[t] = 3 * h[t-1]", "2", "3"),
        ("h[t] = -h[t-1] / 2", "2", "1/2"),
        ("W: (n, n); h[t] = (W - W.T) @ h[t-1]", "2", "2 * ||W||_2"),
        ("h[t] = h[t-1] / tau", "2", "|1 / tau|"),
        ("h[t] = h[t-1] * v", "2", "max|v|"),
        ("h[t] = h[t-1] * x[t]", "2", "sup|x[t]|"),
        ("h[t] = h[t-1] * (tanh(x[t]) - 3)", "2", "4"),
        ("h[t] = h[t-1] * (U @ tanh(x[t]))", "2", "||U||_inf"),
        ("h[t] = A @ f(h[t-1]) + B @ g(h[t-1])", "2",
         "||A||_2 * gamma_f + ||B||_2 * gamma_g"),
    ],
)  # fmt: skip
def test_bounds_read_as_by_hand(text: str, norm: str, expected: str) -> None:
    assert size_text(bound(step(text), norm).expr) == expected


@pytest.mark.parametrize(
    ("name", "state", "expected"),
    [
        ("gru", "h", "1 + 1/2 * ||U_z||_2 + ||U||_2 * (1 + 1/4 * ||U_r||_2)"),
        ("leaky", "x", "|1 - alpha| + |alpha| * ||W||_2"),
        ("residual", "h", "1 + ||W_2||_2 * gamma * ||W_1||_2"),
        ("lstm", "c", "1"),
        ("irnn", "h", "||W||_2"),
    ],
)
def test_cells_have_the_bounds_found_by_hand(
    name: str, state: str, expected: str
) -> None:
    cell = load_cell(name)
    for expand in (False, True):
        jacobian = symjac.derive(cell.program, of=str(cell.at(state)), expand=expand)
        assert size_text(bound(jacobian).expr) == expected


def test_a_bound_has_factors_a_value_and_latex() -> None:
    found = bound(step(PAPER))
    assert [size_text(factor) for factor in found.factors] == ["||W||_2", "gamma"]
    assert found.value({"W": 3}, {"gamma": 0.5}) == 1.5
    assert found.value({"||W||_2": 3}, {"gamma": 0.5}) == 1.5
    assert found.latex().endswith(r"\lVert \mathbf{W} \rVert_{2}\,\gamma")
    assert product_bound(found).value(3, {"W": 4}, {"gamma": 0.5}) == 8
    with pytest.raises(UnsupportedError, match="no value for gamma"):
        found.value({"W": 3})


def test_steps_say_how_a_number_is_known() -> None:
    shown = [str(s) for s in bound(cell_step("min_gru", "h")).steps]
    assert shown == [
        "max|1 - z[t]| <= 1  (range: in [0, 1])",
        "||diag(1 - z[t])||_2 <= 1  (diagonal)",
    ]
    first, *_ = bound(step("h[t] = sigmoid(W @ h[t-1])")).steps
    assert "(supremum: s (1 - s) for s in (0, 1), largest at s = 1/2)" in str(first)


def test_an_older_state_is_held_fixed_and_said_to_be() -> None:
    found = bound(step("x[t] = A @ tanh(x[t-1]) + B @ x[t-2]"))
    assert "x[t-2] is held fixed" in found.hypotheses
    assert product_bound(found).left == "product of d(x[i])/d(x[i-1])"


def test_slopes_at_kinks_are_excluded() -> None:
    assert bound(cell_step("irnn", "h")).hypotheses == ("no argument of relu is 0",)


def test_what_nothing_bounds_is_named_and_infinite_unless_assumed() -> None:
    jacobian = cell_step("lstm", "h")
    found = bound(jacobian)
    weights = dict.fromkeys(("U_o", "U_c", "U_i", "U_f"), 1.0)
    assert found.unbounded == ("sup|c[t-1]|",)
    assert found.value(weights) == np.inf
    assert found.value(weights | {"U_f": 0.0}) == 1.5
    numbered = bound(jacobian, assume={"c": 2})
    assert not numbered.unbounded
    assert numbered.value(weights) == 2
    assert "every entry of c lies in [-2, 2]" in numbered.hypotheses
    named = bound(jacobian, assume={"c": "kappa"})
    assert named.value(weights, {"kappa": 2}) == 2
    assert "|every entry of c| <= kappa" in named.hypotheses


def test_mistaken_questions_are_refused() -> None:
    jacobian = step(PAPER)
    with pytest.raises(UnsupportedError, match="no norm"):
        bound(jacobian, "3")
    with pytest.raises(UnsupportedError, match="nothing is called y"):
        bound(jacobian, assume={"y": 1})
    with pytest.raises(UnsupportedError, match="W is a matrix"):
        bound(jacobian, assume={"W": 1})
    with pytest.raises(UnsupportedError, match="one step earlier"):
        product_bound(bound(step(PAPER, wrt="u[t]")))
    with pytest.raises(UnsupportedError, match="one step earlier"):
        product_bound(bound(step("x[2] = W @ tanh(x[1])", of="x[3]", wrt="x[1]")))
    with pytest.raises(UnsupportedError, match="two norms"):
        survives(bound(jacobian), bound(jacobian, "1"))
    with pytest.raises(UnsupportedError, match="one state held fixed"):
        total_step(jacobian)
    with pytest.raises(UnsupportedError, match="not one matrix at every step"):
        spectral(jacobian)


# Every inequality of every bound, at random points


def point(program: Program, seed: int) -> dict[str, Array]:
    values = oracles.random_values(program.symbols, seed, signed=True)
    for symbol in program.symbols:
        if symbol.name in program.states and symbol.name != "c":
            values[str(symbol)] /= 1.5  # inside [-1, 1], where the invariants start
        if "orthogonal" in symbol.properties:
            values[str(symbol)] = np.linalg.qr(values[str(symbol)])[0]
    return oracles.forward([(d.symbol, d.body) for d in program.definitions], values)


def size_at(found: BoundStep, values: dict[str, Array]) -> float:
    """The left side of an inequality as a number."""
    array = oracles.evaluate(found.left, values)
    return float(
        np.abs(array).max() if found.kind == ENTRIES else norms(array, found.kind)
    )


def failing(steps: tuple[BoundStep, ...], values: dict[str, Array]) -> list[BoundStep]:
    """Inequalities that do not hold at a point; named sizes are those at the point."""
    leaves = ("constant", "unbounded", "generic")
    known = {
        size_text(s.right): size_at(s, values) for s in steps if s.law.name in leaves
    }

    def at(atom: Atom) -> float:
        text = size_text(atom)
        return np.sqrt(oracles.SIZES[text[5:-1]]) if "sqrt" in text else known[text]

    return [
        s for s in steps
        if size_at(s, values) > SLACK * float(evaluate(s.right, at))
    ]  # fmt: skip


# layer_norm: its formula is long; every one of its laws occurs in other cells
STATES = [
    (n, s) for n in cell_names() if n != "layer_norm" for s in load_cell(n).states
]


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(("name", "state"), STATES)
def test_every_inequality_of_a_cell_holds_at_random_points(
    name: str, state: str, norm: str
) -> None:
    found = bound(cell_step(name, state), norm)
    for seed in range(4):
        values = point(load_cell(name).program, seed)
        assert failing(found.steps, values) == []


def test_the_point_check_catches_a_bound_in_the_wrong_norm() -> None:
    claimed = bound(step("W: (n, n)\n" + PAPER), "1", formula=CLAIM)
    true = bound(step("W: (n, n)\n" + PAPER), "1")
    program = symjac.parse(PAPER)
    wrong = [
        BoundStep(
            s.law, s.left, s.kind, claimed.expr if s == true.steps[-1] else s.right
        )
        for s in true.steps
    ]
    extra = [s for s in claimed.steps if s.law.name == "constant"]
    caught = [failing((*wrong, *extra), point(program, seed)) for seed in range(20)]
    assert any(caught)
    assert not any(failing(true.steps, point(program, seed)) for seed in range(20))


# What is printed


def as_number(printed: str, found: Bound, show: Callable[[SizeExpr], str]) -> float:
    """A printed bound, read as arithmetic, with 2, 3, ... for its norms and sizes."""
    names = {show(atom): f"({n})" for n, atom in enumerate(found.atoms, start=2)}
    for name in sorted(names, key=len, reverse=True):
        printed = printed.replace(name, names[name])
    for pattern, text in (
        (r"\\bigl|\\bigr|\\left|\\right", ""),
        (r"\\operatorname{(\w+)}{(.*?)}", r"\1\2"),
        (r"\\sqrt{(.*?)}", r"sqrt(\1)"),
        (r"\\frac{(.*?)}{([^{}]*)}", r"((\1)/(\2))"),
        (r"\\pi", "pi"),
        (r"\be\b(?!\^)", "E "),
        (r"\\,|(?<=E) (?= *sqrt)", "*"),
    ):
        printed = re.sub(pattern, text, printed)
    return float(sympy.sympify(printed))


SUMS = ("x[t] = W @ gelu(x[t-1])", "h[t] = sin(U @ h[t-1]) * erf(U @ h[t-1])")
PRINTED = [*SUMS, *STATES]


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("of", PRINTED)
def test_a_printed_bound_reads_back_to_its_value(
    of: str | tuple[str, str], norm: str
) -> None:
    found = bound(step(of) if isinstance(of, str) else cell_step(*of), norm)
    values = {atom: n for n, atom in enumerate(found.atoms, start=2)}
    expected = pytest.approx(float(evaluate(found.expr, lambda a: values[a])))
    for show in (size_text, size_latex):
        assert as_number(show(found.expr), found, show) == expected


@pytest.mark.parametrize(("text", "size"), [(SUMS[0], 1.1289), (SUMS[1], 2.1284)])
def test_the_number_in_a_bound_stands_in_brackets(text: str, size: float) -> None:
    """sup|gelu'| = Phi(sqrt 2) + sqrt 2 phi(sqrt 2), 1 + 2/sqrt(pi); times 10."""
    found = bound(step(text))
    weight = str(found.formula.left if "gelu" in text else found.formula.right)  # type: ignore[union-attr]
    assert found.value({weight: 10}) == pytest.approx(10 * size, abs=1e-3)
    shown = size_text(found.expr)
    assert as_number(shown, found, size_text) == pytest.approx(2 * size, abs=1e-3)
    unbracketed = shown.removeprefix("(").replace(") * ", " * ")
    assert as_number(unbracketed, found, size_text) < 2 * size - 0.5  # control
    assert f"({shown})^(t-k)" in str(product_bound(found))


def test_a_size_is_assumed_by_a_name_alone() -> None:
    with pytest.raises(UnsupportedError, match=r"a \+ b is no name"):
        bound(cell_step("lstm", "h"), assume={"c": "a + b"})


def test_every_law_is_used_by_some_bound() -> None:
    texts = (
        "h[t] = W.T @ h[t-1] / 2 + 0 * A @ h[t-1]",
        "dim n = 2; W: (n, m); h[t] = (W @ v[t]) * h[t-1]",
        "Q: (n, n) orthogonal; h[t] = Q @ (f(x[t]) * tanh(h[t-1]))",
        "g[t] = x[t] + y[t]; h[t] = g[t] * h[t-1]",
    )
    found = [bound(step(text), norm) for text in texts for norm in NORMS]
    found += [bound(cell_step(n, s), norm) for n, s in STATES for norm in NORMS]
    found += [bound(cell_step("lstm", "h"), assume={"c": "kappa"})]
    used = {s.law.name for b in found for s in b.steps}
    assert set(LAWS) - used <= {"zero"}


# Intervals


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("h[t] = sigmoid(a[t]) * h[t-1] + (1 - sigmoid(a[t])) * tanh(b[t])", "[-1, 1]"),
        ("h[t] = (1 - sigmoid(a[t])) * h[t-1] + sigmoid(a[t]) * sin(b[t])", "[-1, 1]"),
        ("h[t] = sigmoid(a[t]) * tanh(W @ h[t-1])", "[-1, 1]"),
        ("h[t] = arctan(W @ h[t-1])", "[-pi/2, pi/2]"),
        ("h[t] = 1/2 * sigmoid(W @ h[t-1]) * h[t-1] + 1/2 * tanh(a[t])", None),
        ("h[t] = sigmoid(a[t]) * h[t-1] + sigmoid(a[t]) * tanh(b[t])", None),
        ("h[t] = tanh(a[t]) * h[t-1] + (1 - tanh(a[t])) * tanh(b[t])", None),
        ("h[t] = sigmoid(a[t]) * h[t-1] + (1 - sigmoid(c[t])) * tanh(b[t])", None),
        ("h[t] = relu(W @ h[t-1])", None),
        ("h[t] = h[t-1] ** 2 / 3", None),
        ("h[t] = h[t-1] + tanh(W @ h[t-1])", None),
    ],
)
def test_states_have_the_intervals_that_are_invariant(
    text: str, expected: str | None
) -> None:
    program = symjac.parse(text)
    state = Symbol("h", program.shape("h"), Time("t", -1))
    found = Ranges(program, {}).of(state)
    assert str(found) == (expected or "[-oo, oo]")
    assert bool(found.needs) == (expected is not None)


def test_a_leaky_state_is_bounded_if_its_rate_is_between_0_and_1() -> None:
    program = load_cell("leaky").program
    state = Symbol("x", program.shape("x"), Time("t", -1))
    assert not Ranges(program, {}).of(state).is_finite
    assert str(Ranges(program, {"alpha": make(0, 1)}).of(state)) == "[-1, 1]"
    assert not Ranges(program, {"alpha": make(0, 2)}).of(state).is_finite


def test_a_gru_stays_in_its_interval_only_if_it_starts_there() -> None:
    z, g = RNG.uniform(0, 1, (2, STEPS, COUNT))
    inside = RNG.uniform(-1, 1, COUNT)
    for n in range(STEPS):
        inside = z[n] * inside + (1 - z[n]) * (2 * g[n] - 1)
        assert np.abs(inside).max() <= SLACK
    assert (z[0] * 3 + (1 - z[0]) * (2 * g[0] - 1) > 1).any()  # control: from 3


def test_bounds_print_in_notebooks() -> None:
    found = bound(step(PAPER))
    assert set(found._repr_mimebundle_()) == {"text/plain", "text/markdown"}


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("x[3] = W @ x[2]", "||d(x[3])/d(x[k])||_2 <= (||W||_2)^(3-k)"),
        ("x[k] = W @ x[k-1]", "||d(x[k])/d(x[j])||_2 <= (||W||_2)^(k-j)"),
        ("x[t+1] = W @ x[t]", "||d(x[t])/d(x[k])||_2 <= (||W||_2)^(t-k)"),
    ],
)
def test_a_bound_over_time_names_the_steps_of_the_equations(
    text: str, printed: str
) -> None:
    assert str(product_bound(bound(step(text)))) == printed
