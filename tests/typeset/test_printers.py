"""Signs, sizes and brackets, as a reader expects them; the text parses back."""

from __future__ import annotations

import pytest

import symjac
from symjac.terms.matrix import MatrixExpr
from symjac.terms.shape import SCALAR, Compound, column, matrix, row
from symjac.typeset.latex import matrix_latex, shape_latex, terms_latex
from symjac.typeset.text import matrix_text, terms_text

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
    ("formula", "text", "latex"),
    [
        ("2 - ones(n)", "2 - ones(n)", r"2 - 1_{n}"),
        ("ones(n) - 1", "1 - ones(n)", r"1 - 1_{n}"),
        ("ones(n) - 2", None, r"1_{n} - 2"),
        ("2 - 3 * ones(n)", "2 - 3 * ones(n)", r"2 - 3\,1_{n}"),
        ("1 - ones(n) - x", "1 - 1 - x", "1 - 1 - x"),
        ("ones(n)**2", "ones(n)**2", r"(1_{n})^{\odot 2}"),
        ("tanh(-2 + ones(n))", "tanh(-2 + ones(n))", r"\tanh(-2 + 1_{n})"),
        ("(2 - ones(n)) * x", "(2 - ones(n)) * x", r"(2 - 1_{n}) \odot x"),
        ("(2 - ones(n)).T", "(2 - ones(n)).T", r"(2 - 1_{n})^{\top}"),
        ("1 - ones(n).T", "1 - ones(n).T", r"1 - 1_{n}^{\top}"),
        ("norm2(2 - ones(n)) * x", None, r"\lVert 2 - 1_{n} \rVert_{2}\,x"),
        ("(2 + A) @ x", None, r"(2\,1_{n \times n} + A)\,x"),
        ("inv(2 * A - 1)", None, r"(2\,A - 1_{n \times n})^{-1}"),
        ("A * (1 - A)", None, r"A \odot (1_{n \times n} - A)"),
        ("1 / A", None, r"1_{n \times n} \oslash A"),
        ("A / B * A", None, r"(A \oslash B) \odot A"),
        ("A * B / A", None, r"(A \odot B) \oslash A"),
        ("A @ (A / B)", None, r"A\,(A \oslash B)"),
        ("1 / x.T", None, r"1_{n}^{\top} \oslash x^{\top}"),
        ("1 / x", None, r"\frac{1}{x}"),
        ("matpow(A.T, -1)", None, r"(A^{\top})^{-1}"),
        ("matpow(A, 12)", None, "A^{12}"),
        ("matpow(tanh(A), 2)", None, r"\operatorname{matpow}(\tanh(A), 2)"),
        ("dim(n) * (x * u)", None, r"n\,(x \odot u)"),
        ("tr(A) * B", None, r"(\operatorname{tr}(A))\,B"),
        ("2 * tr(A) * x @ u.T", None, r"(2\,\operatorname{tr}(A))\,x\,u^{\top}"),
        ("alpha * tr(A)", None, r"\alpha\,\operatorname{tr}(A)"),
    ],
)
def test_a_constant_shows_its_shape_unless_a_neighbour_does(
    formula: str, text: str | None, latex: str
) -> None:
    found = body(formula)
    shown = matrix_latex(found).replace(r"\mathbf{1}", "1")
    for letter, bold in BOLD.items():
        shown = shown.replace(bold, letter)
    assert shown.replace(r"\bigl", "").replace(r"\bigr", "") == latex
    assert matrix_text(found) == (text or formula)
    assert matrix_text(body(matrix_text(found))) == matrix_text(found)


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("x + -2 * u", r"x - 2\,u"),
        ("x - -2 * u", r"x + 2\,u"),
        ("-x.T @ u * x", r"-(x^{\top}\,u)\,x"),
        ("x * (-u)", r"x \odot (-u)"),
        ("A @ (-x / 2)", r"A\,\Bigl(-\frac{x}{2}\Bigr)"),
        ("kron(A, -B) @ vec(A)", r"(A \otimes (-B))\,\operatorname{vec}(A)"),
        ("alpha * (-2) * x", r"\alpha \cdot (-2)\,x"),
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


@pytest.mark.parametrize(
    ("formula", "slope"),
    [
        ("(x**2)**(1/3)", 2 / 3 * 1.7 ** (-1 / 3)),
        ("((x**3)**(1/2))**5", 15 / 2 * 1.7**6.5),
        ("1 / (x**(-3))**(1/2)", 3 / 2 * 1.7**0.5),
        ("norm2(x)**2 * x / x", 2 * 1.7),
        ("(norm2(x)**2)**(3/2) * x / x", 3 * 1.7**2),
    ],
)
def test_a_component_with_a_power_of_a_power_reads_as_python_reads_powers(
    formula: str, slope: float
) -> None:
    jacobian = symjac.derive(symjac.parse(f"x: (n); y = {formula}"), wrt="x")
    names = {"x": [1.7], "j": 0, "k": 0, "delta": {(0, 0): 1}, "norm2": lambda x: x[0]}
    assert eval(jacobian.component_text, names) == pytest.approx(slope)
    assert eval("(1.7**2)**(1/3)") != pytest.approx(eval("1.7**2**(1/3)"))
