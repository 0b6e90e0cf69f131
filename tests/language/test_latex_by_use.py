r"""Claims as they are printed, read by use: the verdict is that of complex steps.

Each case has the printed equations and claim, a sibling that is false, and all three
written a second time by hand in NumPy. What is differentiated is differentiated by
complex steps at explicit sizes; the printed claim is right where it agrees.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from symjac.cli import main
from symjac.errors import ParseError, SymjacError
from symjac.latex_input import read_by_use

STEP = 1e-30
Point = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A printed claim, a false sibling, and the same by hand.

    `value` is differentiated by the entries of `by`; `claim` and `false` have the shape
    of the variable for a number, else the indices of the variable last. `layouts` are
    those in which the printed claim has the shape.
    """

    equations: str
    printed: str
    sibling: str
    by: str
    value: Callable[[Point], Any]
    claim: Callable[[Point], Any]
    false: Callable[[Point], Any]
    layouts: tuple[str, ...] = ("denominator",)


def softplus(x: Any) -> Any:
    return np.log(1 + np.exp(x))


def logistic(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


BOTH = ("numerator", "denominator")
CASES = {
    "numbers in lower case": Case(
        "Q = 3a^3 - b^2",
        r"\frac{\partial Q}{\partial a} = 9a^2",
        r"\frac{\partial Q}{\partial a} = 9a^3",
        "a",
        lambda p: 3 * p["a"] ** 3 - p["b"] ** 2,
        lambda p: 9 * p["a"] ** 2,
        lambda p: 9 * p["a"] ** 3,
        BOTH,
    ),
    "functions with arguments as names": Case(
        r"J(\mathbf{w}, \lambda) = \|\mathbf{X}\mathbf{w} - \mathbf{y}\|_2^2"
        r" + \lambda \mathbf{w}^T\mathbf{w}",
        r"\nabla_{\mathbf{w}} J(\mathbf{w}, \lambda) ="
        r" 2\mathbf{X}^T(\mathbf{X}\mathbf{w} - \mathbf{y}) + 2\lambda\mathbf{w} = 0",
        r"\nabla_{\mathbf{w}} J(\mathbf{w}, \lambda) ="
        r" 2\mathbf{X}^T(\mathbf{X}\mathbf{w} - \mathbf{y}) + \lambda\mathbf{w} = 0",
        "w",
        lambda p: ((p["X"] @ p["w"] - p["y"]) ** 2).sum() + p["l"] * p["w"] @ p["w"],
        lambda p: 2 * p["X"].T @ (p["X"] @ p["w"] - p["y"]) + 2 * p["l"] * p["w"],
        lambda p: 2 * p["X"].T @ (p["X"] @ p["w"] - p["y"]) + p["l"] * p["w"],
    ),
    "Greek matrices and vectors": Case(
        r"M &= \Sigma^{-1} \cr z &= \mu - x \cr f &= z^T M z \cr",
        r"\frac{\partial f}{\partial \mu} &= (\Sigma^{-1} + \Sigma^{-T})\,(\mu - x)",
        r"\frac{\partial f}{\partial \mu} &= 3 \Sigma^{-T}\,(\mu - x) \cr",
        "mu",
        lambda p: (p["mu"] - p["D"][0]) @ np.linalg.inv(p["S"]) @ (p["mu"] - p["D"][0]),
        lambda p: (
            (np.linalg.inv(p["S"]) + np.linalg.inv(p["S"]).T) @ (p["mu"] - p["D"][0])
        ),
        lambda p: 3 * np.linalg.inv(p["S"]).T @ (p["mu"] - p["D"][0]),
    ),
    "decorations and a gradient without a subscript": Case(
        r"F(\vec{x}) = {\lVert A \vec{x} - b \rVert}_2^2",
        r"\nabla{F} = \underbrace{2}_{\text{two}} A^t(Ax-b)",
        r"\nabla{F} = \underbrace{2}_{\text{two}} A^t(Ax+b)",
        "x",
        lambda p: ((p["X"] @ p["x"] - p["y"]) ** 2).sum(),
        lambda p: 2 * p["X"].T @ (p["X"] @ p["x"] - p["y"]),
        lambda p: 2 * p["X"].T @ (p["X"] @ p["x"] + p["y"]),
    ),
    "several letters in bold, and a step that was left out": Case(
        "",
        r"\frac{\partial \mathbf{y}^T\mathbf{Ax}}{\partial \mathbf{x}} = ? \\"
        r" = \mathbf{A}^T\mathbf{y}",
        r"\frac{\partial \mathbf{y}^T\mathbf{Ax}}{\partial \mathbf{x}} = ? \\"
        r" = \mathbf{A}^T\mathbf{y} + \mathbf{x}",
        "x",
        lambda p: p["y"] @ p["X"] @ p["x"],
        lambda p: p["X"].T @ p["y"],
        lambda p: p["X"].T @ p["y"] + p["x"],
    ),
    "a gradient from above": Case(
        r"\boldsymbol{o}^{(t)} = \boldsymbol{c} + \boldsymbol{V}\boldsymbol{h}^{(t)}",
        r"\nabla_{\boldsymbol{h}^{(\tau)}} L ="
        r" \boldsymbol{V}^\top \nabla_{\boldsymbol{o}^{(\tau)}} L.",
        r"\nabla_{\boldsymbol{h}^{(\tau)}} L ="
        r" -\boldsymbol{V}^\top \nabla_{\boldsymbol{o}^{(\tau)}} L.",
        "x",
        lambda p: p["y"] @ (p["m"] + p["X"] @ p["x"]),
        lambda p: p["X"].T @ p["y"],
        lambda p: -p["X"].T @ p["y"],
    ),
    "a sum over repeated indices": Case(
        "",
        r"\frac{d}{dx_k}x_ia_{ij}x_j = [\mathbf{A} + \mathbf{A}^\top]_{ki}x_i.",
        r"\frac{d}{dx_k}x_ia_{ij}x_j = 2[\mathbf{A}]_{ki}x_i.",
        "mu",
        lambda p: p["mu"] @ p["S"] @ p["mu"],
        lambda p: (p["S"] + p["S"].T) @ p["mu"],
        lambda p: 2 * p["S"] @ p["mu"],
        BOTH,
    ),
    "a matrix by its components": Case(
        "",
        r"\frac{\partial (\ln(|X|))}{\partial X_{i,j}} = (X^{-1})_{j,i}",
        r"\frac{\partial (\ln(|X|))}{\partial X_{i,j}} = (X^{-1})_{i,j}",
        "S",
        lambda p: np.log(np.linalg.det(p["S"])),
        lambda p: np.linalg.inv(p["S"]).T,
        lambda p: np.linalg.inv(p["S"]),
        BOTH,
    ),
    "equations and a claim in components": Case(
        r"y_i = \sum_j W_{ij} \tanh(x_j)",
        r"\frac{\partial y_i}{\partial x_j} = W_{ij} (1 - \tanh^2(x_j))",
        r"\frac{\partial y_i}{\partial x_j} = W_{ij} (1 - \tanh(x_j))",
        "x",
        lambda p: p["X"] @ np.tanh(p["x"]),
        lambda p: p["X"] * (1 - np.tanh(p["x"]) ** 2),
        lambda p: p["X"] * (1 - np.tanh(p["x"])),
        BOTH,
    ),
    "a delta": Case(
        r"y_i = \sum_k x_k^2 x_i",
        r"\frac{\partial y_i}{\partial x_j} = 2 x_j x_i + \delta_{ij} \sum_k x_k^2",
        r"\frac{\partial y_i}{\partial x_j} = 2 x_j x_i + \sum_k x_k^2",
        "x",
        lambda p: (p["x"] ** 2).sum() * p["x"],
        lambda p: (
            2 * np.outer(p["x"], p["x"]) + (p["x"] ** 2).sum() * np.eye(len(p["x"]))
        ),
        lambda p: 2 * np.outer(p["x"], p["x"]) + (p["x"] ** 2).sum(),
        BOTH,
    ),
    "samples": Case(
        r"g\left(\mathbf{w}\right) = \frac{1}{P}\sum_{p=1}^{P}"
        r" \text{log}\left(1 + e^{-y_p \mathring{\mathbf{x}}_{p}^{T}\mathbf{w}}\right)",
        r"\nabla g(\mathbf{w}) = -\frac{1}{P}\sum_{p=1}^{P}"
        r" \frac{y_p \mathbf{x}_p}{1 + e^{y_p \mathbf{x}_p^T \mathbf{w}}}",
        r"\nabla g(\mathbf{w}) = -\frac{1}{P}\sum_{p=1}^{P}"
        r" \frac{\mathbf{x}_p}{1 + e^{y_p \mathbf{x}_p^T \mathbf{w}}}",
        "w",
        lambda p: softplus(-p["y"] * (p["X"] @ p["w"])).mean(),
        lambda p: (
            -p["X"].T @ (p["y"] * logistic(-p["y"] * (p["X"] @ p["w"]))) / len(p["y"])
        ),
        lambda p: -p["X"].T @ logistic(-p["y"] * (p["X"] @ p["w"])) / len(p["y"]),
    ),
    "samples whose parameter carries the other index": Case(
        r"Q(\vec{\mu}) = \sum_{i=1}^N \sum_{k=1}^K r_{ik} (\vec{x}_i - \vec{\mu}_k)^T"
        r" \vec{\Sigma}_k^{-1} (\vec{x}_i - \vec{\mu}_k)",
        r"\frac{\partial Q}{\partial \vec{\mu}_k} = -\sum_{i=1}^N r_{ik}"
        r" (\vec{\Sigma}_k^{-1} + \vec{\Sigma}_k^{-T}) (\vec{x}_i - \vec{\mu}_k)",
        r"\frac{\partial Q}{\partial \vec{\mu}_k} = \sum_{i=1}^N r_{ik}"
        r" (\vec{\Sigma}_k^{-1} + \vec{\Sigma}_k^{-T}) (\vec{x}_i - \vec{\mu}_k)",
        "mu",
        lambda p: np.einsum(
            "i,ia,ab,ib",
            p["y"],
            p["D"] - p["mu"],
            np.linalg.inv(p["S"]),
            p["D"] - p["mu"],
        ),
        lambda p: (
            -(np.linalg.inv(p["S"]) + np.linalg.inv(p["S"]).T)
            @ (p["D"] - p["mu"]).T
            @ p["y"]
        ),
        lambda p: (
            (np.linalg.inv(p["S"]) + np.linalg.inv(p["S"]).T)
            @ (p["D"] - p["mu"]).T
            @ p["y"]
        ),
    ),
    "the inner product by a colon": Case(
        r"\phi = X : A X",
        r"\frac{\partial \phi}{\partial X} = (A + A^T) X",
        r"\frac{\partial \phi}{\partial X} = 2 A X",
        "E",
        lambda p: np.sum(p["E"] * (p["S"] @ p["E"])),
        lambda p: (p["S"] + p["S"].T) @ p["E"],
        lambda p: 2 * p["S"] @ p["E"],
    ),
    "a trace without brackets, and a sign delta": Case(
        "",
        r"\frac{\delta}{\delta X} {\rm Tr} XAX^\top = X(A + A^\top)",
        r"\frac{\delta}{\delta X} {\rm Tr} XAX^\top = 2 X A",
        "D",
        lambda p: np.trace(p["D"] @ p["S"] @ p["D"].T),
        lambda p: p["D"] @ (p["S"] + p["S"].T),
        lambda p: 2 * p["D"] @ p["S"],
    ),
}


def point() -> Point:
    random = np.random.default_rng(3)
    square = random.normal(size=(3, 3)) + 4 * np.eye(3)
    return {
        "a": random.normal(),
        "b": random.normal(),
        "l": random.normal(),
        "S": square,
        "X": random.normal(size=(4, 2)),
        "D": random.normal(size=(4, 3)),
        "E": random.normal(size=(3, 2)),
        "x": random.normal(size=2),
        "w": random.normal(size=2),
        "y": random.normal(size=4),
        "m": random.normal(size=4),
        "mu": random.normal(size=3),
    }


def derivative(value: Callable[[Point], Any], by: str, at: Point) -> Any:
    """By complex steps; the variable's indices stand last."""
    whole = np.asarray(at[by], dtype=complex)
    columns = []
    for place in np.ndindex(whole.shape):
        moved = whole.copy()
        moved[place] += STEP * 1j
        columns.append(np.imag(value({**at, by: moved})) / STEP)
    found = np.stack(columns, -1)
    return found.reshape(found.shape[:-1] + whole.shape)


def check(equations: str, claim: str, *options: str) -> Result:
    text = ("--", equations) if equations else ()
    arguments = ("check", "--latex", "--format", "json", *options)
    return CliRunner().invoke(main, [*arguments, f"--claim={claim}", *text])


def verdicts(equations: str, claim: str) -> dict[str, str]:
    result = check(equations, claim)
    assert result.exit_code in (0, 1, 3), result.output
    found = json.loads(result.output)
    assert found["read"]["assumed"]
    return {name: one["verdict"] for name, one in found["layouts"].items()}


@pytest.mark.parametrize("name", CASES)
def test_a_printed_claim_is_judged_as_complex_steps_say(name: str) -> None:
    case, at = CASES[name], point()
    exact = derivative(case.value, case.by, at)
    assert np.allclose(exact, case.claim(at))
    assert not np.allclose(exact, case.false(at))
    found = verdicts(case.equations, case.printed)
    assert {found[layout] for layout in case.layouts} == {"proved"}
    other = verdicts(case.equations, case.sibling)
    assert {other[layout] for layout in case.layouts} == {"refuted"}


@pytest.mark.parametrize("name", CASES)
def test_the_echo_declares_every_name(name: str) -> None:
    case = CASES[name]
    found = read_by_use(case.equations or None, case.printed)
    lines = found.program.source.text.splitlines()
    said = {line.split(":")[0] for line in lines if ": (" in line}
    defined = {str(d.symbol) for d in found.program.definitions}
    assert said | defined == set(found.program.quantities)


def test_sigma_may_be_the_logistic_function() -> None:
    equations = r"a = \sigma(z), z = \mathbf{w}^T\mathbf{x}, L(a) = -\log(a)"
    claim = r"\frac{\partial L}{\partial z} = a - 1"
    found = json.loads(check(equations, claim).output)["layouts"]["numerator"]
    assert found["verdict"] == "undecided"
    assert found["reason"].startswith("right if sigma is the logistic function")
    said = check(equations, claim, "--sigma", "logistic")
    assert said.exit_code == 0
    wrong = claim.replace("a - 1", "1 - a")
    assert check(equations, wrong, "--sigma", "logistic").exit_code == 1
    assert check(equations, wrong).exit_code == 1


def test_a_scatter_matrix_may_be_symmetric() -> None:
    claim = r"\frac{\partial \mathbf{w}^T\mathbf{S}_b\mathbf{w}}{\partial \mathbf{w}} ="
    result = check("", rf"{claim} 2\mathbf{{S}}_b\mathbf{{w}}")
    found = json.loads(result.output)["layouts"]["denominator"]
    assert (result.exit_code, found["reason"]) == (3, "right if S_b is symmetric")
    assert check("", rf"{claim} 3\mathbf{{S}}_b\mathbf{{w}}").exit_code == 1


REFUSED = {
    r"\frac{\partial J}{\partial b} = \sum_i \frac{\partial J}{\partial z_i}": "",
    r"\frac{\partial y_i}{\partial x_j} = W_{ik}": r"y_i = \sum_j W_{ij} x_j",
    r"\nabla_x f = g(y)": "f = x^T x",
    r"\frac{\partial f}{\partial x} = A^T B^T": "f = A x; h = B x",
    r"\frac{\partial f}{\partial x_i} = \sum_i x_i": "f = x^T x",
    r"\frac{\partial f}{\partial X} = A \otimes B^T": "f = A X B",
    r"\nabla h = 2x": "f(x) = x^T x",
    r"\nabla f = 2x": "f(x, y) = x^T x + y^T y",
    r"\frac{\partial f}{\partial x} = 2x, \frac{\partial f}{\partial y} = 2y": (
        "f(x, y) = x^T x + y^T y"
    ),
    r"\frac{\partial L}{\partial X} = X": r"Y = X^2 \\ Z = L X",
}


MAY_BE_TWO_THINGS = [
    r"\lvert A \rvert_F x",
    r"a^{bc} + x",
    r"\lambda^{rt} x",
    r"f^{(2)}(x)",
    r"\log(\alpha)^2 x",
    r"\frac{1}{2\pi} x",
    r"\frac{Dy}{Dx} x",
    r"\left[A \; B\right] x",
    r"e_1^T x",
    r"\langle x \rangle",
    r"\mathrm{A} x + A x",
    r"\sigma W x",
    r"v + \mathbf{v}^T x",
]


@pytest.mark.parametrize("body", MAY_BE_TWO_THINGS)
@pytest.mark.parametrize("claim", ["1", "x", "A", "x^T", r"\alpha"])
def test_no_kind_makes_two_meanings_one(body: str, claim: str) -> None:
    with pytest.raises(SymjacError):
        read_by_use(f"y = {body}", rf"\frac{{\partial y}}{{\partial x}} = {claim}")


@pytest.mark.parametrize("claim", REFUSED)
def test_what_is_not_said_is_refused(claim: str) -> None:
    result = check(REFUSED[claim], claim)
    assert result.exit_code == 2
    assert result.output.strip()


def test_a_norm_that_may_be_another_is_no_ground_to_refute() -> None:
    claim = r"\frac{d}{dv_{ab}} \|\mathbf{X} - \mathbf{V}\|_2^{2} = "
    assert check("", claim + r"-2[\mathbf{X} - \mathbf{V}]_{ab}").exit_code == 0
    assert check("", claim + r"2[\mathbf{X} - \mathbf{V}]_{ab}").exit_code == 2


def test_two_claims_in_one_display_are_two() -> None:
    claim = r"\frac{\partial f}{\partial x} = 2x\;, \frac{\partial f}{\partial y} = 2y"
    with pytest.raises(ParseError, match="more than one claim"):
        read_by_use(r"f = x^2 + y^2", claim)


def test_two_readings_are_an_error() -> None:
    with pytest.raises(ParseError, match="two readings"):
        read_by_use(
            r"f = \mathbf{x}^T \mathbf{A} \lambda \mu + \mathbf{x}^T\mathbf{x}",
            r"\nabla_{\mathbf{x}} f = \mathbf{A} \lambda \mu + 2\mathbf{x}",
        )
    with pytest.raises(SymjacError):
        read_by_use("y = A x", "A")
