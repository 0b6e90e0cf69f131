"""What would make a refuted claim right: by hand, and against numbers for others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symjac
from symjac.diagnosis.diagnose import Diagnosis, diagnose
from symjac.diagnosis.material import material
from symjac.diagnosis.neighbors import other_edits, simple_edits
from symjac.diagnosis.slips import WORDS
from symjac.errors import UnsupportedError
from symjac.jacobian import Jacobian
from symjac.terms.matrix import MatrixExpr
from symjac.terms.matrix import symbols as symbols_of
from symjac.terms.shape import Kind, Layout, Shape
from tests import oracles
from tests import test_published_claims as published
from tests.oracles import agree, complex_step, evaluate, forward, random_values

STEP = "x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b"
SIBLING = "h[t] = sigma(W @ h[t-1] + U @ x[t] + b)"
CLAIM = "W.T @ diag(sigma'(x[t-1]))"


def diagnosis(
    equations: str, claim: str, wrt: str | None = None, of: str | None = None
) -> Diagnosis:
    return diagnose(symjac.check(symjac.parse(equations), of, wrt, claim=claim))


def test_the_paper_s_claim_has_the_three_remedies_of_the_founding_case() -> None:
    remedies = diagnosis(STEP, CLAIM).remedies
    by_formula = {(r.layout.value, str(r.formula)): r for r in remedies}
    right = by_formula["numerator", "W @ diag(sigma'(x[t-1]))"]
    assert (right.edit, right.distance) == ("drop the transpose of W", 1)
    swapped = by_formula["denominator", "diag(sigma'(x[t-1])) @ W.T"]
    assert swapped.edit.startswith("swap the factors")
    (other,) = [r for r in remedies if r.equation and r.equation.startswith("x[t]")]
    assert other.equation == "x[t] = sigma(W @ x[t-1] + W_in @ u[t] + b)"
    assert other.layout is Layout.DENOMINATOR
    inner = "W @ x[t-1] + W_in @ u[t] + b"
    assert str(other.formula) == f"W.T @ diag(sigma'({inner}))"
    assert "argument of sigma'" in other.edit


SLIPS = [  # equations, wrt, claim, layout, the right formula by hand
    (STEP, None, "diag(sigma'(x[t-1])) @ W", "numerator", "W @ diag(sigma'(x[t-1]))"),
    (STEP, None, "W @ diag(sigma(x[t-1]))", "numerator", "W @ diag(sigma'(x[t-1]))"),
    (STEP, None, "W @ diag(sigma''(x[t-1]))", "numerator", "W @ diag(sigma'(x[t-1]))"),
    (STEP, None, "W @ diag(sigma'(x[t]))", "numerator", "W @ diag(sigma'(x[t-1]))"),
    (STEP, None, "-W @ diag(sigma'(x[t-1]))", "numerator", "W @ diag(sigma'(x[t-1]))"),
    (STEP, None, "W", "numerator", "W @ diag(sigma'(x[t-1]))"),
    (
        SIBLING,
        None,
        "diag(sigma'(h[t-1])) @ W",
        "numerator",
        "diag(sigma'(W @ h[t-1] + U @ x[t] + b)) @ W",
    ),
    ("y = x.T @ x", "x", "x", "denominator", "2 * x"),
    ("y = x.T @ B @ x", "x", "B @ x", "denominator", "B @ x + B.T @ x"),
    ("y = x.T @ B @ x", "x", "2 * B @ x", "denominator", "(B + B.T) @ x"),
    ("y = tr(A @ X)", "X", "A.T * 2", "denominator", "A.T"),
    ("y = det(X)", "X", "inv(X).T", "denominator", "det(X) * inv(X).T"),
    ("y = norm2(x)", "x", "x", "denominator", "x / norm2(x)"),
    ("y = x * x", "x", "diag(x)", "numerator", "2 * diag(x)"),
    ("A: (n, n)\ny = u * (A @ x)", "x", "A @ diag(u)", "numerator", "diag(u) @ A"),
    ("y = tanh(A @ x)", "x", "diag(1 - y) @ A", "numerator", "diag(1 - y**2) @ A"),
    ("Y = inv(A + theta * E)", "theta", "-Y @ Y @ E", "numerator", "-Y @ E @ Y"),
    ("y = (u * x).T @ x", "x", "u * x", "denominator", "2 * (u * x)"),
    ("y = sum(exp(x))", "x", "x", "denominator", "exp(x)"),
]


@pytest.mark.parametrize(("equations", "wrt", "claim", "layout", "right"), SLIPS)
def test_a_slip_is_mended_as_by_hand(
    equations: str, wrt: str | None, claim: str, layout: str, right: str
) -> None:
    program = symjac.parse(equations)
    judged = symjac.check(program, wrt=wrt, claim=claim)
    formula = symjac.check(program, wrt=wrt, claim=right).claim.expr
    near = [r for r in diagnose(judged).remedies if r.equation is None]
    assert layout in {remedy.layout.value for remedy in near}
    for remedy in near:
        if remedy.layout.value == layout:
            assert agree_somewhere(judged.jacobian, remedy.formula.expr, formula)


def test_a_result_that_is_a_matrix_for_one_dimension_is_diagnosed() -> None:
    """For m = 1 the factor ones(1, n) is a row, and u.T times a number stays a row."""
    equations = "x: (n); u: (m); out = u.T @ ((1/2 - ones(m, n)) @ x)"
    found = diagnosis(equations, "ones(n, m) @ u", "x").remedies
    assert {str(r.formula) for r in found} == {"-1/2 * (ones(n, m) @ u)"}


def agree_somewhere(jacobian: Jacobian, left: MatrixExpr, right: MatrixExpr) -> bool:
    """Whether two formulas have one value at a random point."""
    program = jacobian.program
    used = (*program.symbols, jacobian.wrt, *symbols_of(left), *symbols_of(right))
    values = random_values(tuple(dict.fromkeys(used)), 5)
    known = forward([(d.symbol, d.body) for d in program.definitions], values)
    return agree(evaluate(left, known), evaluate(right, known), 1e-9)


def test_a_forgotten_path_is_said_to_be_held_fixed() -> None:
    equations = f"{SIBLING}\nE = e.T @ h[t]"
    claim = "(sigma'(W @ h[t-1] + U @ x[t] + b) * e) @ h[t-1].T"
    direct = diagnose(symjac.check(symjac.parse(equations), "E", "W", claim=claim))
    assert direct.remedies == ()
    two = "h1 = sigma(W @ h0)\nh2 = sigma(W @ h1)"
    partial = diagnosis(f"{two}\nE = e.T @ h2", "(sigma'(W @ h1) * e) @ h1.T", "W")
    held = [r for r in partial.remedies if r.equation == "h1 held fixed"]
    assert [r.layout.value for r in held] == ["denominator"]


def test_a_property_that_makes_the_claim_right_is_named() -> None:
    remedies = diagnosis(STEP, CLAIM).remedies
    assert ("right if W is symmetric", "W: (n, n) symmetric") in {
        (r.edit, r.equation) for r in remedies
    }
    orthogonal = diagnosis("y = logdet(X)", "X", "X").remedies
    assert "X: (n, n) orthogonal" in {r.equation for r in orthogonal}


def test_only_where_nothing_else_helps_one_dimension_is_made_one() -> None:
    claim = "diag(softmax(x) * (1 - softmax(x)))"
    (first, *_) = diagnosis("y = softmax(x)", claim, "x").remedies
    assert first.equation == "dim n = 1"
    assert not any("dim" in (r.equation or "") for r in diagnosis(STEP, CLAIM).remedies)


def test_a_claim_that_is_right_in_the_other_layout_is_told_so() -> None:
    program = symjac.parse("y = A @ x\nA: (n, n)")
    judged = symjac.check(program, wrt="x", claim="A.T", layouts=(Layout.NUMERATOR,))
    (first, *_) = diagnose(judged).remedies
    assert (first.layout, first.distance) == (Layout.DENOMINATOR, 0)


def test_nothing_is_diagnosed_of_a_claim_that_is_proved() -> None:
    judged = symjac.check(symjac.parse("y = A @ x"), wrt="x", claim="A")
    assert diagnose(judged) == Diagnosis((), 0, is_exhausted=True)


def test_the_search_says_when_the_limit_cut_it(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = "diag(softmax(x))"
    whole = diagnosis("y = softmax(x)", claim, "x")
    monkeypatch.setattr("symjac.diagnosis.diagnose.MOST_EDITS", 3)
    monkeypatch.setattr("symjac.diagnosis.diagnose.MOST_PAIRS", 3)
    cut = diagnosis("y = softmax(x)", claim, "x")
    assert not cut.is_exhausted
    assert cut.tried < whole.tried


@pytest.mark.parametrize("most", [1, 150, 400])
def test_running_out_of_operations_costs_no_verdict(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    judged = symjac.check(symjac.parse(STEP), claim="W.T @ W @ W + W")
    monkeypatch.setattr("symjac.claims.evaluate.MAX_OPERATIONS", most)
    assert not diagnose(judged).is_exhausted


def test_an_edit_can_be_said_and_changes_the_formula() -> None:
    equations = "S: (n, n)\ny = a.T @ inv(S) @ (tanh(x) * x) / norm2(a) - sum(x**2)"
    jacobian = symjac.derive(symjac.parse(equations), "y", "x")
    parts = material(jacobian)
    simple = list(simple_edits(jacobian.body, parts))
    made = [*simple, *other_edits(jacobian.body, parts)]
    assert {"transpose", "sign", "drop_divisor", "drop_term", "power"} <= {
        edit.kind for edit in made
    }
    assert all(WORDS[e.kind].split()[0] in str(e.phrases[-1]) for e in made)
    assert jacobian.body not in [edit.expr for edit in made]
    assert len({edit.expr for edit in simple}) == len(simple)


SAID = [  # equations, variable, claim, what is to be done to it
    (
        "y = softmax(x)",
        "x",
        "softmax(x) @ softmax(x).T",
        "subtract softmax(x) @ softmax(x).T from diag(softmax(x))",
    ),
    (
        "h1 = sigma(W @ h0)\ny = e.T @ W @ h1",
        "h0",
        "W @ (sigma'(W @ h0) * (W.T @ e))",
        "transpose W at one place",
    ),
]


@pytest.mark.parametrize(("equations", "wrt", "claim", "said"), SAID)
def test_the_words_say_what_was_done(
    equations: str, wrt: str, claim: str, said: str
) -> None:
    found = [
        r.edit for r in diagnosis(equations, claim, wrt).remedies if not r.equation
    ]
    assert set(found) == {said}


# against numbers


def arranged(slopes: Any, jacobian: Jacobian, layout: Layout) -> Any:
    """Complex-step slopes, row-major over both ends, as the layout's matrix."""
    of, wrt = jacobian.of.shape, jacobian.wrt.shape
    if jacobian.vec:
        slopes = slopes[columns_first(of)][:, columns_first(wrt)]
    elif wrt.kind is Kind.MATRIX:
        slopes = slopes.reshape(tuple(map(oracles.size, wrt.dims))).T
    elif of.kind is Kind.MATRIX:
        slopes = slopes.reshape(tuple(map(oracles.size, of.dims)))
    return slopes if layout is Layout.NUMERATOR else slopes.T


def columns_first(shape: Shape) -> Any:
    """Where the entries of vec stand in row-major order."""
    sizes = tuple(map(oracles.size, shape.dims))
    return np.arange(int(np.prod(sizes))).reshape(sizes).ravel(order="F")


def holds(jacobian: Jacobian, formula: MatrixExpr, layout: Layout) -> bool:
    """Whether a formula is the derivative at a random point, by complex steps."""
    program = jacobian.program
    used = dict.fromkeys((*program.symbols, jacobian.wrt, *symbols_of(formula)))
    values = random_values(tuple(used), 7)
    definitions = [(d.symbol, d.body) for d in program.definitions]
    slopes = complex_step(definitions, jacobian.of, jacobian.wrt, values)
    claimed = evaluate(formula, forward(definitions, values))
    return agree(claimed, arranged(slopes, jacobian, layout), 1e-8)


def test_the_numbers_tell_a_right_formula_from_a_wrong_one() -> None:
    jacobian = symjac.derive(symjac.parse("W: (n, n)\nx = W @ sigma(y)"), "x", "y")
    for formula, layout, expected in (
        ("W @ diag(sigma'(y))", Layout.NUMERATOR, True),
        ("diag(sigma'(y)) @ W.T", Layout.DENOMINATOR, True),
        ("W.T @ diag(sigma'(y))", Layout.NUMERATOR, False),
        ("W.T @ diag(sigma'(y))", Layout.DENOMINATOR, False),
    ):
        claim = symjac.check(jacobian.program, "x", "y", claim=formula).claim.expr
        assert holds(jacobian, claim, layout) is expected


def refuted_cases() -> list[dict[str, Any]]:
    """Refuted published claims over variables without properties."""
    if not published.CLAIMS.is_file():
        return []
    cases = json.loads(Path(published.CLAIMS).read_text("utf-8"))["cases"]
    return [
        case
        for case in cases
        if case["truth"]["expect"] == "verdict"
        and not (case["truth"].get("numerator") or case["truth"].get("denominator"))
        and case.get("claim")
    ]


def judged_case(case: dict[str, Any]) -> Any:
    translate = published.Translator(published.functions(case))
    source = published.program(case, translate)
    wrt = published.escaped(case["wrt"])
    wrt = f"vec({wrt})" if case.get("wrt_as") == "vec" else wrt
    claim = translate.show(published.expression(case["claim"]))
    return symjac.check(source, "out_", wrt, claim=claim)


@pytest.mark.skipif(
    not published.CLAIMS.is_file(), reason=f"{published.CLAIMS} is not there"
)
def test_remedies_of_published_errors_hold_in_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = {"o": 3, "k": 4, "r": 2, "d": 3, "N": 4, "q": 5, "l": 2, "s": 3}
    monkeypatch.setattr(oracles, "SIZES", {**sizes, **oracles.SIZES})
    counted = diagnosed = compared = 0
    for case in refuted_cases()[::4]:
        try:
            judged = judged_case(case)
        except UnsupportedError:
            continue
        remedies = diagnose(judged).remedies
        counted += 1
        diagnosed += bool(remedies)
        if case.get("assume"):
            continue
        for remedy in remedies:
            if remedy.equation is None:
                compared += 1
                formula = remedy.formula.expr
                assert holds(judged.jacobian, formula, remedy.layout), case["id"]
    print({"claims": counted, "diagnosed": diagnosed, "compared": compared})
    assert diagnosed >= 0.9 * counted
    assert compared >= 20
