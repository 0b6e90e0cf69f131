"""Every printed formula reads back to what it prints, as text and in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner
from hypothesis import given

import symjac
from symjac.claims.adjudicate import Outcome
from symjac.cli import main
from symjac.diagnosis.slips import run_of
from symjac.errors import LiftError, Source
from symjac.jacobian import Formula, Jacobian
from symjac.language.check import check_formula
from symjac.latex_input import translate
from symjac.terms.matrix import MatMul, MatrixExpr, symbols
from symjac.terms.program import Program
from symjac.typeset.latex import matrix_latex
from symjac.typeset.text import matrix_text
from tests.laws.test_derivatives import QUICK, derived, within_float_range
from tests.oracles import Values, agree, evaluate, random_values
from tests.strategies import DECLARATIONS, Drawn, programs

Printers = tuple[Callable[[MatrixExpr], str], Callable[[MatrixExpr], str]]
PRINTERS: Printers = (matrix_text, matrix_latex)


def read(printed: str, program: Program, is_latex: bool) -> MatrixExpr:
    text = translate(printed, program=program).text if is_latex else printed
    return check_formula(Source("printed", text), program)


def with_units(program: Program, expr: MatrixExpr) -> Program:
    """The program with the unit vectors of a slice, as somebody would declare them."""
    own = {str(symbol) for symbol in program.symbols}
    new = [s for s in symbols(expr) if str(s) not in own]
    lines = (f"{s}: {s.shape}\n" for s in new)
    return symjac.parse("".join(lines) + program.source.text) if new else program


def values_at(program: Program, expr: MatrixExpr) -> Values:
    found = dict.fromkeys((*program.symbols, *symbols(expr)))
    return random_values(tuple(found), seed=5)


def assert_reads_back(
    expr: MatrixExpr, program: Program, printers: Printers = PRINTERS
) -> None:
    program = with_units(program, expr)
    for is_latex, show in enumerate(printers):
        printed = show(expr)
        found = read(printed, program, bool(is_latex))
        if found == expr:
            continue
        assert found.shape == expr.shape, printed
        values = values_at(program, expr)
        with within_float_range():
            left, right = evaluate(found, values), evaluate(expr, values)
            assert agree(left, right, 1e-8), printed


def forms(jacobian: Jacobian) -> Iterator[Formula]:
    """The matrix forms that a derivative has, slices and vec form among them."""
    ways: tuple[Callable[[], Formula], ...] = (
        lambda: jacobian.matrix("numerator"),
        lambda: jacobian.matrix("denominator"),
        lambda: jacobian.vec_matrix("numerator"),
        jacobian.slice,
    )
    for way in ways:
        try:
            yield way()
        except LiftError:
            continue


@QUICK
@given(programs())
def test_definitions_and_derivatives_read_back_as_text_and_in_latex(
    drawn: Drawn,
) -> None:
    jacobian = derived(drawn)
    for defined in jacobian.program.definitions:
        assert_reads_back(defined.body, jacobian.program)
    for form in forms(jacobian):
        assert_reads_back(form.expr, jacobian.program)


KINDS = (
    *("2 + A", "1 - A", "inv(2 * A - ones(n, n))", "(2 - ones(n, p)) @ ones(p)"),
    *("1 / A", "A / B", "A / B * B", "A @ (A / B)", "-(A / B)", "kron(A / B, E)"),
    *("matpow(A.T, -1)", "matpow(A, -2)", "matpow(tanh(A), 2)", "matpow(A @ B, 3)"),
    *("ones(n)**2 * x", "zeros(n)**2 * x", "(3 - ones(n))**(1/2) * x", "2**(1/2) * x"),
    *("dim(n) * (x * v)", "dim(n)**(-1/2) * x", "alpha * dim(n) * (x * v)"),
    *("1 - ones(n)", "ones(n).T - 1", "tanh(2 - ones(n))", "norm2(2 - ones(n)) * x"),
    *("x / (1 + ones(n))", "(1 - ones(n)) / x", "2 / x.T", "x**(-2)", "A**(1/2)"),
    *("[ones(n, n), A]", "[A; 1 - E.T]", "[x; 1 - ones(m)]", "[x; y]"),
    *("tr(A) * B", "2 * tr(A) * tr(B) * A", "tr(A)**2 * x", "tr(A) * x @ v.T"),
    *("log(softmax(x)).T", "eye(n) - 1", "commutation(n, m)", "eye(n * m)"),
    *("zeros(n * m, n)", "ones(n + m)", "kron(A, eye(m))", "kron(2 + A, E)"),
    *("(A.T).T @ x", "(A + 1).T", "x.T @ v * w", "alpha * (-2) * x", "max(1 - x) * x"),
)


@pytest.mark.parametrize("formula", KINDS)
def test_the_kinds_that_once_lost_their_meaning_read_back(formula: str) -> None:
    program = symjac.parse(f"{DECLARATIONS}out = {formula}")
    assert_reads_back(program.definitions[-1].body, program)
    for wrt in ("x", "A", "alpha"):
        for form in forms(symjac.derive(program, wrt=wrt)):
            assert_reads_back(form.expr, program)


@pytest.mark.parametrize("formula", KINDS)
def test_a_printed_derivative_reads_back_as_a_claim_that_is_proved(
    formula: str,
) -> None:
    text = f"{DECLARATIONS}out = {formula}"
    program = symjac.parse(text)
    arguments = ["derive", text, "--wrt", "x", "--format", "latex"]
    page = CliRunner().invoke(main, arguments).output
    if "no matrix form" in page or program.definitions[-1].symbol.shape.order > 1:
        return
    lines = re.findall(r"\\\[ (.*) \\qquad\\text{\((\w+) layout\)} \\\]", page)
    assert len(lines) == 2
    for line, layout in lines:
        found = translate(line, program=program)
        assert (found.of, found.wrt) == ("out", "x")
        verdict = symjac.check(program, claim=found.claim, wrt="x")[layout]
        assert verdict.outcome is Outcome.PROVED, line


@pytest.mark.parametrize(
    ("body", "claim"),
    [
        ("v.T @ ((1/2 - ones(n, n)) @ x)", "ones(n, n) @ v"),
        ("y.T @ ((3 - ones(m, n)) * C) @ x", "C.T @ y"),
        ("norm2(2 - ones(n)) * x.T @ v", "v"),
        ("(1 + A) @ (2 - ones(n, n)) @ x", "(1 + A).T @ (2 - ones(n, n))"),
        ("(x.T @ v)**2 * (2 - ones(n))", "(2 - ones(n)) @ v.T"),
    ],
)
def test_remedies_and_the_parts_that_they_name_read_back(body: str, claim: str) -> None:
    program = symjac.parse(f"{DECLARATIONS}out = {body}")
    remedies = symjac.diagnose(symjac.check(program, wrt="x", claim=claim)).remedies
    assert remedies
    for remedy in (r for r in remedies if r.equation is None):
        assert_reads_back(remedy.formula.expr, program)
        again = symjac.check(program, wrt="x", claim=str(remedy.formula))
        assert again[remedy.layout].outcome is Outcome.PROVED
        for part in (p for change in remedy.changes for p in change.parts):
            if isinstance(part, MatrixExpr):
                assert_reads_back(part, program)


def test_neighboring_factors_without_a_product_keep_their_brackets() -> None:
    program = symjac.parse(f"{DECLARATIONS}out = (A + B) @ x")
    product = program.definitions[-1].body
    assert isinstance(product, MatMul)
    assert run_of((product.right, product.left)) == "x @ (A + B)"


def test_a_shape_that_is_dropped_is_noticed() -> None:
    """Negative control: printers that write a number for ones, and drop brackets."""
    program = symjac.parse(f"{DECLARATIONS}out = norm2(2 - ones(n)) * x")
    planted: tuple[Printers, ...] = (
        (lambda e: matrix_text(e).replace("ones(n)", "1"), matrix_latex),
        (matrix_text, lambda e: matrix_latex(e).replace(r"\mathbf{1}_{n}", "1")),
    )
    for printers in planted:
        with pytest.raises((AssertionError, symjac.errors.SymjacError)):
            assert_reads_back(program.definitions[-1].body, program, printers)
