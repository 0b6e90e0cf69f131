"""What a derivative holds fixed, against simulations that perturb one quantity.

A quantity is perturbed where the equations compute it, and all that follows feels it.
Where it is a state, the other states of its step keep their values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest

import symjac
from symjac.claims.adjudicate import judge, read_claim
from symjac.errors import UnsupportedError
from symjac.terms.program import Program
from tests.oracles import Array, Values, agree, evaluate, size

At = Callable[[str, int], Array]
TINY = 1e-30
RANDOM = np.random.default_rng(11)
WEIGHTS = {
    name: RANDOM.normal(size=(size("n"), size("m" if name in "UY" else "n")))
    for name in "VWUY"
}
STEPS = range(-6, 5)  # t is 0; earlier ones are the past


@dataclass(frozen=True)
class System:
    """Equations, one for each function that computes a quantity at a step."""

    equations: tuple[str, ...]
    functions: dict[str, Callable[[At, Values], Array]]
    states: frozenset[str] = frozenset("x")
    variables: str = "xu"

    def text(self, shifts: tuple[int, ...]) -> str:
        """Each equation written some steps later."""
        pairs = zip(self.equations, shifts, strict=False)
        return "; ".join(_later(equation, by) for equation, by in pairs)


def _later(equation: str, by: int) -> str:
    def move(found: re.Match[str]) -> str:
        offset = int(found[1] or 0) + by
        return f"[t{offset:+d}]" if offset else "[t]"

    return re.sub(r"\[t([+-]\d+)?\]", move, equation)


tanh = np.tanh
SYSTEMS = {
    "input": System(
        ("x[t] = tanh(W @ x[t-1] + U @ u[t])",),
        {"x": lambda at, p: tanh(p["W"] @ at("x", -1) + p["U"] @ at("u", 0))},
    ),
    "input used again a step later": System(
        ("x[t] = tanh(W @ x[t-1] + U @ u[t] + Y @ u[t-1])",),
        {
            "x": lambda at, p: tanh(
                p["W"] @ at("x", -1) + p["U"] @ at("u", 0) + p["Y"] @ at("u", -1)
            )
        },
    ),
    "input of the next step": System(
        ("y[t] = tanh(U @ u[t+1])", "x[t] = tanh(W @ x[t-1] + y[t])"),
        {
            "y": lambda at, p: tanh(p["U"] @ at("u", 1)),
            "x": lambda at, p: tanh(p["W"] @ at("x", -1) + at("y", 0)),
        },
        variables="xyu",
    ),
    "gate": System(
        ("z[t] = tanh(V @ x[t-1])", "x[t] = tanh(W @ x[t-1]) + z[t] * x[t-1]"),
        {
            "z": lambda at, p: tanh(p["V"] @ at("x", -1)),
            "x": lambda at, p: tanh(p["W"] @ at("x", -1)) + at("z", 0) * at("x", -1),
        },
        variables="xz",
    ),
    "gate that stays": System(
        ("z[t] = tanh(V @ x[t-1])", "x[t] = tanh(W @ x[t-1]) + z[t] * z[t-1]"),
        {
            "z": lambda at, p: tanh(p["V"] @ at("x", -1)),
            "x": lambda at, p: tanh(p["W"] @ at("x", -1)) + at("z", 0) * at("z", -1),
        },
        states=frozenset("xz"),
        variables="xz",
    ),
    "two states": System(
        ("c[t] = tanh(W @ h[t-1]) + c[t-1] * x[t]", "h[t] = tanh(V @ c[t] + U @ u[t])"),
        {
            "c": lambda at, p: tanh(p["W"] @ at("h", -1)) + at("c", -1) * at("x", 0),
            "h": lambda at, p: tanh(p["V"] @ at("c", 0) + p["U"] @ at("u", 0)),
        },
        states=frozenset("ch"),
        variables="chxu",
    ),
    "output": System(
        ("x[t] = tanh(W @ x[t-1] + U @ u[t])", "y[t] = tanh(V @ x[t])"),
        {
            "x": lambda at, p: tanh(p["W"] @ at("x", -1) + p["U"] @ at("u", 0)),
            "y": lambda at, p: tanh(p["V"] @ at("x", 0)),
        },
    ),
}
SHAPES: dict[str, tuple[str | int, ...]] = {
    name: ("n", "m" if name in "UY" else "n") for name in WEIGHTS
}
VECTORS = {name: "m" if name == "u" else "n" for name in "uxyzch"}
START = {
    (name, step): RANDOM.normal(size=(size(dim), 1))
    for name, dim in VECTORS.items()
    for step in STEPS
}


def simulated(
    system: System,
    bump: Array | None = None,
    variable: str = "",
    *,
    holds: bool = True,
    first: Values | None = None,
) -> dict[tuple[str, int], Array]:
    """Every quantity at every step, with a bump in a variable at step 0.

    Where it `holds`, other states keep their values; `first` has weights of step 1.
    """
    known = dict(START)
    if bump is not None and variable not in system.functions:
        known[variable, 0] = known[variable, 0] + bump
    for step in STEPS[2:-1]:

        def at(name: str, lag: int, step: int = step) -> Array:
            return known[name, step + lag]

        weights = WEIGHTS | (first if first and step == 1 else {})
        for name, function in system.functions.items():
            known[name, step] = function(at, weights)
            if bump is None or step != 0:
                continue
            if name == variable:
                known[name, 0] = known[name, 0] + bump
            elif holds and {name, variable} <= system.states:
                known[name, 0] = simulated(system)[name, 0]
    return known


def truth(
    system: System, of: tuple[str, int], variable: str, *, holds: bool = True
) -> Array:
    """By complex steps."""
    columns = []
    for place in range(len(START[variable, 0])):
        bump = np.zeros(START[variable, 0].shape, dtype=complex)
        bump[place] = 1j * TINY
        columns.append(
            simulated(system, bump, variable, holds=holds)[of].imag.ravel() / TINY
        )
    return np.array(columns).T


def named(system: System) -> Values:
    """The simulated values under the names of the language."""
    return WEIGHTS | {
        f"{name}[t{step:+d}]" if step else f"{name}[t]": value
        for (name, step), value in simulated(system).items()
    }


def program_of(system: System, shifts: tuple[int, ...]) -> Program:
    text = system.text(shifts)
    known = {name: s for name, s in SHAPES.items() if re.search(rf"\b{name}\b", text)}
    return symjac.parse(text, known)


def cases() -> Iterator[tuple[str, str, int, str]]:
    for name, system in SYSTEMS.items():
        for of in system.functions:
            for variable in system.variables:
                for step in (-1, 0, 1, 2):
                    both = {of, variable} <= system.states
                    if step > 0 or (step == 0 and not both):
                        yield name, of, step, variable


@pytest.mark.parametrize("shifts", [(0, 0), (1, 1), (2, 0), (-1, 1)])
@pytest.mark.parametrize(("name", "of", "step", "variable"), list(cases()))
def test_a_derivative_is_total_through_what_the_equations_compute(
    name: str, of: str, step: int, variable: str, shifts: tuple[int, ...]
) -> None:
    system = SYSTEMS[name]
    program = program_of(system, shifts)
    at = f"[t{step:+d}]" if step else "[t]"
    jacobian = symjac.derive(program, of=of + at, wrt=f"{variable}[t]")
    expected = truth(system, (of, step), variable)
    found = jacobian.matrix("numerator").expr
    assert agree(evaluate(found, named(system)), expected, 1e-9, floor=0.0)


def test_the_simulation_would_catch_a_state_that_is_not_held() -> None:
    system = SYSTEMS["two states"]
    held, total = (truth(system, ("h", 1), "c", holds=h) for h in (True, False))
    assert np.abs(held - total).max() > 0.01


@pytest.mark.parametrize("shift", [-1, 0, 1, 2])
@pytest.mark.parametrize(
    ("name", "of"), [("input", "x"), ("output", "y"), ("gate", "x")]
)
def test_by_a_parameter_all_before_the_step_of_the_result_is_held(
    name: str, of: str, shift: int
) -> None:
    """The weights of step 1 alone are perturbed, wherever the equations are written."""
    system = SYSTEMS[name]
    columns = []
    for place in np.ndindex(WEIGHTS["W"].shape):
        moved = WEIGHTS["W"].astype(complex)
        moved[place] += 1j * TINY
        found = simulated(system, first={"W": moved})
        columns.append(found[of, 1].imag.ravel() / TINY)
    program = program_of(system, (shift, shift))
    jacobian = symjac.derive(program, of=f"{of}[t+1]", wrt="W")
    flat = np.array(columns).T  # row-major; vec stacks columns
    n = size("n")
    order = [row * n + column for column in range(n) for row in range(n)]
    value = evaluate(jacobian.vec_matrix("numerator").expr, named(system))
    assert agree(value, flat[:, order], 1e-9, floor=0.0)
    assert [str(symbol) for symbol in jacobian.held] == ["x[t]"]


@pytest.mark.parametrize(
    ("text", "of", "wrt", "held"),
    [
        ("x[t] = W @ x[t-1] + U @ u[t]", "x[t+1]", "u[t]", ["x[t-1]"]),
        ("x[t+1] = W @ x[t] + U @ u[t]", "x[t+1]", "u[t]", ["x[t-1]"]),
        ("c[t] = W @ h[t-1] + c[t-1]; h[t] = tanh(c[t])", "h[t]", "c[t-1]", ["h[t-1]"]),
        ("c[t] = W @ h[t-1] + c[t-1]; h[t] = tanh(c[t])", "c[t+1]", "h[t]", ["c[t]"]),
        ("h[t] = tanh(W @ h[t-1]); L = h[t].T @ h[t-1]", "L", "W", ["h[t-2]"]),
        ("y = tanh(W @ x)", "y", "W", []),
    ],
)
def test_what_is_held_fixed_is_listed(
    text: str, of: str, wrt: str, held: list[str]
) -> None:
    jacobian = symjac.derive(symjac.parse(text), of=of, wrt=wrt)
    assert [str(symbol) for symbol in jacobian.held] == held


def test_claims_are_judged_by_the_total_derivative() -> None:
    program = symjac.parse("z[t] = V @ x[t-1]; x[t] = W @ x[t-1] + z[t]")
    for claim, outcome in (("W + V", "proved"), ("W", "refuted"), ("V", "refuted")):
        found = symjac.check(program, of="x[t+1]", wrt="z[t]", claim=claim)
        assert found["numerator"].outcome.value == outcome


def test_a_second_derivative_holds_what_the_first_one_held() -> None:
    """By hand: E[t] is the sum over j of (W.T a)_j exp(x[t-1] + b)_j."""
    program = symjac.parse("b: (n); x[t] = W @ exp(x[t-1] + b); E[t] = a.T @ x[t]")
    found = symjac.derive(program, of="E[t]", wrt=("b", "b"))
    claim = "diag((W.T @ a) * exp(x[t-1] + b))"
    assert judge(found, read_claim(found, claim))["numerator"].outcome.value == "proved"
    assert [str(symbol) for symbol in found.held] == ["x[t-1]"]


def test_steps_that_cannot_be_compared_are_refused() -> None:
    program = symjac.parse("x[t] = W @ x[t-1]; y[t] = x[t] - x[0]")
    for wrt in ("W", "x[t-1]"):
        with pytest.raises(UnsupportedError, match="cannot be compared"):
            symjac.derive(program, of="y[t]", wrt=wrt)
