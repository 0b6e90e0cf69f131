"""Signs, sizes and brackets, as a reader expects them; the text parses back."""

from __future__ import annotations

import pytest

import symjac
from symjac.expr.latex import matrix_latex, shape_latex, terms_latex
from symjac.expr.matrix import MatrixExpr
from symjac.expr.shape import SCALAR, Compound, column, matrix, row
from symjac.expr.text import matrix_text, terms_text

DECLARED = "A, B: (n, n); x, u: (n); alpha: (); "
BOLD = {letter: rf"\mathbf{{{letter}}}" for letter in "ABxu"}


def body(formula: str) -> MatrixExpr:
    return symjac.parse(f"{DECLARED}y = {formula}").definitions[-1].body


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("x + -2 * u", "x - 2 * u"),
        ("x - -2 * u", "x + 2 * u"),
        ("x - (-u)", "x + u"),
        ("x + (-A @ u)", "x - A @ u"),
        ("x - (u - x)", "x - (u - x)"),
        ("x - -(u + x)", "x + (u + x)"),
        ("-(-x)", "-(-x)"),
        ("x / (-u)", "x / -u"),
        ("alpha * (-2) * x", "alpha * (-2) * x"),
        ("x.T @ u * x", "(x.T @ u) * x"),
        ("x * u @ x.T", "(x * u) @ x.T"),
        ("-x / u @ x.T", "-(x / u) @ x.T"),
        ("2 * A @ x", "2 * A @ x"),
    ],
)
def test_text_has_one_sign_and_the_brackets_that_a_reader_needs(
    formula: str, shown: str
) -> None:
    assert matrix_text(body(formula)) == shown
    assert matrix_text(body(shown)) == shown


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("x + -2 * u", r"x - 2\,u"),
        ("x - -2 * u", r"x + 2\,u"),
        ("-x.T @ u * x", r"-(x^{\top}\,u)\,x"),
        ("x * (-u)", r"x \odot (-u)"),
        ("A @ (-x / 2)", r"A\,\Bigl(-\frac{x}{2}\Bigr)"),
        ("kron(A, -B) @ vec(A)", r"(A \otimes (-B))\,\operatorname{vec}(A)"),
        ("alpha * (-2) * x", r"\alpha\,(-2)\,x"),
        ("2 * alpha * x", r"2\,\alpha\,x"),
        (
            "softmax(x) @ softmax(u).T @ x",
            r"\operatorname{softmax}(x)\,\operatorname{softmax}(u)^{\top}\,x",
        ),
        ("norm2(x)**2 * x", r"\lVert x \rVert_{2}^{2}\,x"),
    ],
)
def test_latex_has_one_sign_and_brackets_after_an_operator(
    formula: str, shown: str
) -> None:
    found = matrix_latex(body(formula))
    for letter, bold in BOLD.items():
        found = found.replace(bold, letter)
    assert found.replace(r"\bigl", "").replace(r"\bigr", "") == shown


def test_a_dimension_as_a_number_has_latex() -> None:
    program = symjac.parse("x: (n)\ny = sum(x) / dim(n)")
    shown = matrix_latex(program.definitions[-1].body)
    assert shown == r"\frac{\operatorname{sum}(\mathbf{x})}{n}"


def test_an_entry_of_a_named_operation_has_no_brackets_around_it() -> None:
    step = symjac.derive(symjac.parse("y = softmax(x)"), wrt="x")
    softmax = r"\operatorname{softmax}(\mathbf{x})"
    assert terms_latex(step.terms) == (
        rf"{softmax}_{{j}}\,\delta_{{jk}} - {softmax}_{{j}}\,{softmax}_{{k}}"
    )


def test_negative_powers_are_all_fractions() -> None:
    step = symjac.derive(symjac.parse("y = x / norm2(x)"), wrt="x")
    norm = r"\lVert \mathbf{x} \rVert_{2}"
    assert terms_latex(step.terms) == (
        rf"\delta_{{jk}}\,\frac{{1}}{{{norm}}}"
        rf" - x_{{j}}\,\frac{{1}}{{{norm}^{{3}}}}\,x_{{k}}"
    )


def test_a_number_to_a_power_has_no_brackets() -> None:
    found = symjac.derive(symjac.parse("f: (); f = x.T @ x / 2"), wrt="x")
    first = terms_text(found.steps[0].before)
    assert first == "d(sum[l](x[l] * x[l] * 2**(-1)))/d(x[k])"


def test_sizes_are_products_and_sums_of_letters() -> None:
    product, total = Compound("*", ("n", "m")), Compound("+", ("n", "m"))
    assert shape_latex(SCALAR) == r"1 \times 1"
    assert shape_latex(column("n")) == r"n \times 1"
    assert shape_latex(row(total)) == r"1 \times (n + m)"
    assert shape_latex(matrix(product, total)) == r"n\,m \times (n + m)"
    assert shape_latex(matrix(Compound("*", ("p", total)), 2)) == (
        r"p\,(n + m) \times 2"
    )


def test_an_identity_of_a_compound_size_is_printed_by_its_parts() -> None:
    zero = symjac.parse("Y = kron(A, B) @ eye(n * m); A: (n, n); B: (m, m)")
    found = matrix_latex(zero.definitions[-1].body)
    assert r"\mathbf{I}_{n\,m}" in found


def test_bars_grow_with_blocks_and_fractions() -> None:
    found = matrix_latex(body("norm2([A; B] @ x) * x"))
    assert found.startswith(r"\left\lVert \begin{bmatrix}")
    assert r"\right\rVert_{2}" in found
    assert r"\left" not in matrix_latex(body("norm2(A @ x) * x"))
