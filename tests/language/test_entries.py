"""Entries and slices by literal places, numbers among blocks, vec of a vector."""

from __future__ import annotations

import numpy as np
import pytest

import symjac
from symjac.errors import Source, SymjacError
from symjac.language.check import check_formula
from symjac.latex_input import translate
from symjac.terms.matrix import MatrixExpr
from symjac.terms.program import Program
from symjac.typeset.latex import matrix_latex
from symjac.typeset.text import matrix_text
from tests.laws.test_derivatives import by_component, definitions
from tests.oracles import agree, complex_step, evaluate, forward, random_values

PROGRAMS = [  # equations and variable
    ("t: (); x: (2); y = [cos(t), -sin(t); sin(t), cos(t)] @ x", "t"),
    ("t: (); x: (2); y = [cos(t), -sin(t); sin(t), cos(t)] @ x", "x"),
    ("a: (); y = [a, 1; 0, a**2]", "a"),
    ("a, b: (); x: (3); y = tanh([a; x; 2; b])", "x"),
    ("a, b: (); x: (3); y = [a; x; 2; b] * [x; a; b; 1]", "a"),
    ("A: (2, 2); b, c: (2); d: (); z: (3); y = [A, b; c.T, d] @ z", "d"),
    ("A: (2, 2); b, c: (2); d: (); z: (3); y = [A, b; c.T, d] @ z", "c"),
    ("c: (3); a: (); y = [c.T, a].T", "c"),
    ("x: (3); y = x[[1]]", "x"),
    ("x: (3); y = x[[2]] * x", "x"),
    ("x: (3); y = [x[[1]] * x[[2]]; x[[3]]**2]", "x"),
    ("A: (2, 3); y = A[[2, 1]]**2", "A"),
    ("A: (2, 3); x: (3); y = A[[1, :]] @ x", "A"),
    ("A: (2, 3); b: (2); y = A[[:, 2]] * b", "A"),
    ("W: (3, 3); h: (3); y = (W @ tanh(h))[[2]]", "h"),
    ("x: (3); y = vec(x) * x", "x"),
]


@pytest.mark.parametrize(("equations", "wrt"), PROGRAMS)
def test_derivatives_agree_with_complex_steps(equations: str, wrt: str) -> None:
    jacobian = symjac.derive(symjac.parse(equations), wrt=wrt)
    values = random_values(jacobian.program.symbols, seed=3, signed=True)
    known = forward(definitions(jacobian), values)
    truth = complex_step(definitions(jacobian), jacobian.of, jacobian.wrt, values)
    found = by_component(jacobian, known)
    assert agree(found, truth)
    assert not agree(found + 1, truth)  # the oracle sees an error


@pytest.mark.parametrize(("equations", "wrt"), PROGRAMS)
def test_what_is_printed_reads_back(equations: str, wrt: str) -> None:
    program = symjac.parse(equations)
    body = program.definitions[-1].body
    assert check_formula_text(program, matrix_text(body)) == body
    again = translate(matrix_latex(body), program=program).text
    values = random_values(program.symbols, seed=4, signed=True)
    read = check_formula_text(program, again)
    assert agree(evaluate(read, values), evaluate(body, values))


def check_formula_text(program: Program, text: str) -> MatrixExpr:
    return check_formula(Source("printed", text), program)


def test_values_are_those_of_numpy() -> None:
    program = symjac.parse("A: (2, 3); x: (3); t: (); y = A @ x")
    A, x = np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([[7.0], [8], [9]])
    values = {"A": A, "x": x, "t": np.array([[0.5]])}
    for text, value in (
        ("x[[2]]", 8),
        ("x.T[[3]]", 9),
        ("A[[2, 3]]", 6),
        ("A[[2, :]]", A[1:2]),
        ("A[[:, 3]]", A[:, 2:]),
        ("A.T[[3, 1]]", 3),
        ("[t, 1; x[[1]], 0]", [[0.5, 1], [7, 0]]),
        ("[1; t; x]", [[1], [0.5], [7], [8], [9]]),
        ("vec(x)", x),
    ):
        found = evaluate(check_formula_text(program, text), values)
        assert np.array_equal(found, np.array(value, ndmin=2)), text


PAIR = "x: (3); y = [x[[1]] * x[[2]]; x[[3]]]"
CLAIMS = [
    (PAIR, "[x[[2]], x[[1]], 0; 0, 0, 1]", "proved"),
    (PAIR, "[x[[2]], x[[1]], 0; 0, 1, 1]", "refuted"),
    ("x: (3); y = x[[1]]", "[1, 0, 0]", "proved"),
    ("x: (3); y = x[[1]]", "[0, 1, 0]", "refuted"),
    ("x: (n); y = vec(x)", "eye(n)", "proved"),
]


@pytest.mark.parametrize(("equations", "claim", "outcome"), CLAIMS)
def test_claims_about_entries_are_judged(
    equations: str, claim: str, outcome: str
) -> None:
    found = symjac.check(symjac.parse(equations), wrt="x", claim=claim)
    assert found["numerator"].outcome.value == outcome


@pytest.mark.parametrize(
    ("equations", "message"),
    [
        ("x: (3); y = x[[4]]", "there is no place 4"),
        ("x: (3); y = x[[0]]", "there is no place 0"),
        ("y = x[[1]]", "a length that is a number"),
        ("x: (n); y = x[[1]]", "a length that is a number"),
        ("X: (2, 3); y = vec(X)[[2]]", "a length that is a number"),
        ("A: (2, 3); y = A[[1]]", "one place for each dimension"),
        ("A: (2, 3); y = A[[:, :]]", "one place for each dimension"),
        ("a: (); y = a[[1]]", "one place for each dimension"),
        ("a: (); y = [x, a]", "a number in a block beside others"),
        ("a: (); y = [A; a]", "a number in a block beside others"),
        ("x: (3); y = x[[i]]", "expected"),
    ],
)
def test_what_is_no_entry_is_refused(equations: str, message: str) -> None:
    with pytest.raises(SymjacError, match=message) as caught:
        symjac.parse(equations)
    assert caught.value.span is not None


def test_a_rotation_is_read_from_latex() -> None:
    latex = (
        r"y = \begin{bmatrix} \cos(\theta) & -\sin(\theta) \\ \sin(\theta) &"
        r" \cos(\theta) \end{bmatrix} x"
    )
    text = "y = [[cos(theta), -sin(theta)]; [sin(theta), cos(theta)]] @ x"
    assert translate(latex).text == text
