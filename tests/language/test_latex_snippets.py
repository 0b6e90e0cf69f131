"""Formulas as printed in papers, books, courses and threads: read right, or refused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symjac.errors import Source, SymjacError
from symjac.language.check import check, check_formula
from symjac.latex_input import Reading, translate
from symjac.terms.matrix import symbols
from symjac.terms.program import Program
from tests import oracles

SNIPPETS = tomllib.loads(
    (Path(__file__).parent / "latex_snippets.toml").read_text("utf-8")
)["snippet"]
READ = [s for s in SNIPPETS if "refused" not in s]
REFUSED = [s for s in SNIPPETS if "refused" in s]
Snippet = dict[str, Any]


def name(snippet: Snippet) -> str:
    return str(snippet["work"])


def shapes(snippet: Snippet) -> dict[str, tuple[str | int, ...]]:
    return {k: tuple(v) for k, v in snippet.get("shapes", {}).items()}


def program_of(snippet: Snippet) -> Program | None:
    text = snippet.get("program")
    return None if text is None else check(Source("program", text))


def reading(snippet: Snippet) -> Reading:
    return translate(
        snippet["latex"], shapes=shapes(snippet), program=program_of(snippet)
    )


@pytest.fixture(autouse=True)
def sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """All dimensions differ, so that no transpose is hidden."""
    for size, dim in enumerate("drkK", start=6):
        monkeypatch.setitem(oracles.SIZES, dim, size)


def values(program: Program) -> oracles.Values:
    pairs = [(d.symbol, d.body) for d in program.definitions]
    random = oracles.random_values(program.symbols, seed=5)
    return oracles.forward(pairs, {k: v.astype(complex) for k, v in random.items()})


def as_program(text: str, snippet: Snippet) -> Program:
    return check(Source("text", text), shapes(snippet))


def assert_same_equations(found: str, expected: str, snippet: Snippet) -> None:
    left, right = as_program(found, snippet), as_program(expected, snippet)
    assert {str(s): s.shape for s in left.symbols} == {
        str(s): s.shape for s in right.symbols
    }
    known, truth = values(left), values(right)
    assert known.keys() == truth.keys()
    for key in truth:
        assert oracles.agree(known[key], truth[key]), key


def assert_same_formula(found: str, expected: str, program: Program) -> None:
    left, right = (check_formula(Source("f", t), program) for t in (found, expected))
    assert left.shape == right.shape
    known = values(program)
    steps = {s: s for s in program.symbols}
    for expr in (left, right):
        for symbol in symbols(expr):
            if symbol not in steps and str(symbol) not in known:
                known.update(oracles.random_values((symbol,), seed=9))
    assert oracles.agree(oracles.evaluate(left, known), oracles.evaluate(right, known))


def test_there_are_at_least_280_snippets_of_which_most_are_read() -> None:
    assert len(SNIPPETS) >= 280
    assert len({name(s) for s in SNIPPETS}) == len(SNIPPETS)
    assert len(READ) >= 100


@pytest.mark.parametrize("snippet", READ, ids=name)
def test_a_printed_formula_is_read_as_it_is_meant(snippet: Snippet) -> None:
    found = reading(snippet)
    assert (found.of, found.wrt) == (snippet.get("of"), snippet.get("wrt"))
    assert list(found.unjudged) == snippet.get("unjudged", [])
    assert (found.product and found.product.steps) == snippet.get("product")
    if "equations" in snippet:
        assert found.equations is not None
        assert_same_equations(found.equations, snippet["equations"], snippet)
        program = as_program(snippet["equations"], snippet)
        assert_same_formula(found.text, snippet["text"], program)
    elif "program" in snippet:
        program = check(Source("program", snippet["program"]))
        assert_same_formula(found.text, snippet["text"], program)
    elif "=" in snippet["text"]:
        assert_same_equations(found.text, snippet["text"], snippet)
    else:
        left, right = (f"f_0 = {text}" for text in (found.text, snippet["text"]))
        assert_same_equations(left, right, snippet)


@pytest.mark.parametrize("snippet", REFUSED, ids=name)
def test_what_is_not_read_is_refused_at_its_place(snippet: Snippet) -> None:
    with pytest.raises(SymjacError) as caught:
        reading(snippet)
    error = caught.value
    assert snippet["refused"] in error.message
    assert error.span is not None
    assert error.span.source.text == snippet["latex"]
    assert 0 <= error.span.start < error.span.end <= len(snippet["latex"]) + 1


def test_the_comparison_notices_a_lost_transpose_and_an_exchanged_product() -> None:
    program = check(Source("p", "A: (n, n); B: (n, n); y = A @ B @ x"))
    for wrong in ("A.T @ B", "B @ A", "A * B"):
        with pytest.raises(AssertionError):
            assert_same_formula(wrong, "A @ B", program)
    with pytest.raises(AssertionError):
        assert_same_equations("y = A @ x", "y = A.T @ x", {})
    assert np.isfinite(values(program)["y"]).all()
