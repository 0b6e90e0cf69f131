"""Two formulas over one scope: what is inferred jointly, and what is kept apart."""

from __future__ import annotations

import pytest

from symjac.errors import ParseError, Source
from symjac.language.formulas import Formulas, check_formulas


def typed(reference: str, answer: str, shapes: str | None = None) -> Formulas:
    return check_formulas(
        Source("reference", reference), Source("answer", answer), shapes
    )


def test_one_name_has_one_shape_in_both() -> None:
    found = typed("W @ x", "W @ (x + y)")
    shapes = {symbol.name: str(symbol.shape) for symbol in found.program.symbols}
    assert shapes == {"W": "(n, m)", "x": "(m)", "y": "(m)"}
    assert found.narrowed is None


def test_a_dimension_that_the_answer_narrows_is_noticed() -> None:
    assert typed("X.T @ X", "X @ X").narrowed is not None
    assert typed("x", "sum(x) * ones(1)").narrowed is not None
    assert typed("X @ X", "X.T @ X").narrowed is None
    assert typed("X.T @ X", "X @ X", "X: (n, n)").narrowed is None
    assert typed("x + y", "y + x").narrowed is None


def test_open_results_are_taken_to_have_one_shape() -> None:
    found = typed("W", "W.T")
    assert found.reference.shape == found.answer.shape
    declared = typed("W", "W.T", "W: (n, m)")
    assert declared.reference.shape != declared.answer.shape


def test_definitions_before_a_formula_are_substituted_in_it_only() -> None:
    found = typed("D = diag(x); D @ v", "D = diag(2 * x); D @ v")
    names = [symbol.name for symbol in found.program.symbols]
    assert names == ["x", "v"]
    assert found.reference != found.answer
    visible = typed("D = diag(x); D @ v", "D @ v")
    assert visible.reference == visible.answer


@pytest.mark.parametrize(
    ("reference", "answer", "expected"),
    [  # the definitions of both, in order, written out by hand
        ("E = x; D = 2 * E; D", "E = D; E", "2 * x"),
        ("E = x; D = 2 * E; D", "E = 3 * x; E + D", "3 * x + 2 * x"),
        ("E = x; D = 2 * E; D", "F = E; E = 3 * x; F + E", "x + 3 * x"),
        ("E = x; D = 2 * E; D", "E = 3 * E; E", "3 * x"),
        ("E = x; D = E @ v.T; D", "E = x.T; D.T + v @ E", "(x @ v.T).T + v @ x.T"),
    ],
)
def test_definitions_hold_in_the_order_in_which_they_stand(
    reference: str, answer: str, expected: str
) -> None:
    found = typed(reference, answer).answer
    assert found == typed(reference, f"y = {expected}; y").answer


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        ("x", "E = 2 * E; E"),
        ("D @ v", "D = diag(x); D @ v"),
        ("x[t]", "x"),
        ("f(x)", "f"),
        ("x", "x[t] = y; x"),
    ],
)
def test_a_name_means_one_thing_in_both(reference: str, answer: str) -> None:
    with pytest.raises(ParseError):
        typed(reference, answer)
