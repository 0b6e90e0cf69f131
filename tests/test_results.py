"""Results at the prompt: text for people, no truth value, errors with their place."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

import symjac

STEP = "x[t] = W @ sigma(x[t-1]) + b"


def results() -> dict[str, Any]:
    jacobian = symjac.derive(STEP)
    judgement = symjac.check(STEP, claim="W.T @ diag(sigma'(x[t-1]))")
    return {
        "program": symjac.parse(STEP),
        "jacobian": jacobian,
        "formula": jacobian.matrix("numerator"),
        "judgement": judgement,
        "verdict": judgement["numerator"],
        "diagnosis": symjac.diagnose(judgement),
        "equivalence": symjac.equivalent("x.T @ y", "dot(y, x)"),
        "gradients": symjac.gradients("L = norm2(W @ x - y)**2", wrt=["W"]),
        "differential": symjac.differential(symjac.derive("y = x.T @ A @ x", wrt="x")),
        "proof": symjac.prove("pascanu2013"),
        "recurrence": symjac.parse(STEP).recurrence(),
    }


@pytest.mark.parametrize("name", sorted(results()))
def test_a_result_is_written_for_people(name: str) -> None:
    shown = repr(results()[name])
    assert "Symbol(" not in shown
    assert len(shown) < 10_000
    assert all(len(line) < 200 for line in shown.splitlines())


def test_the_text_holds_the_formula() -> None:
    assert "W @ diag(sigma'(x[t-1]))" in repr(results()["jacobian"])
    assert "refuted" in repr(results()["judgement"])


@pytest.mark.parametrize("name", ["judgement", "verdict", "equivalence"])
def test_what_may_be_undecided_is_neither_true_nor_false(name: str) -> None:
    with pytest.raises(ValueError, match=r"outcome with symjac\.Outcome\.PROVED"):
        bool(results()[name])


def test_equations_may_be_given_as_text() -> None:
    given, parsed = symjac.derive("y = W @ x", wrt="x"), symjac.parse("y = W @ x")
    assert given == symjac.derive(parsed, wrt="x")
    (judged,) = {v.outcome for v in symjac.check(STEP, claim="W").verdicts.values()}
    assert judged is symjac.Outcome.REFUTED


def test_the_trace_of_an_error_shows_its_place_and_the_next_step() -> None:
    with pytest.raises(symjac.SymjacError) as caught:
        symjac.derive("y = W @ xx\nz = W @", wrt="x")
    shown = "".join(traceback.format_exception(caught.value))
    assert "equations, line 2, column 8:  z = W @" in shown
    with pytest.raises(symjac.SymjacError) as caught:
        symjac.derive("y = cross_entropi(x, z)", wrt="x")
    assert caught.value.hint
    assert caught.value.hint in "".join(traceback.format_exception(caught.value))


def test_completion_offers_what_is_public() -> None:
    assert [n for n in dir(symjac) if not n.startswith("_")] == sorted(symjac.__all__)
