"""SymPy both ways: what SymPy 1.14 cannot differentiate, or gets wrong, is right here.

The oracle is complex steps of a NumPy function written by hand (`sympy_cases.py`).
Layouts: numerator [of, wrt], and (q, p) for a number by a (p, q) matrix; denominator is
the transpose.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symjac
from symjac.claims.adjudicate import Judgement
from symjac.equality.canonical import canonical
from symjac.errors import LiftError, ParseError, ShapeError, UnsupportedError
from symjac.jacobian import Formula, Jacobian
from symjac.sympy_bridge.read import formula_from_sympy, terms_from_sympy
from symjac.terms.index import Index
from symjac.terms.shape import Kind
from symjac.typeset.text import matrix_text
from tests.oracles import (
    Array,
    Values,
    agree,
    evaluate,
    generic,
    random_values,
    size,
    terms_value,
)
from tests.sympy_cases import (
    CASES,
    INDEXED,
    A,
    Case,
    M,
    R,
    U,
    W,
    X,
    a_,
    b,
    b_,
    eye,
    f,
    i,
    j,
    k,
    m,
    n,
    one,
    q,
    s,
    x,
    x_,
    y_,
)

ALL = [*CASES, *INDEXED]
BEYOND = {  # order 3 or 4: a component formula, but no matrix form
    "W f(x) wrt W",
    "inv(X)",
    "diag(x)",
    "diag(f(x)) W",
    "A**3",
    "A**-2 x",
    "diagonal",
    "#26946",
    "scaled rows and columns",
    "a trace beside indices",
}


def oracle(case: Case, values: Values, wrt: str) -> Array:
    """d vec(of) / d vec(wrt), both row by row, by complex steps."""
    base, columns = values[wrt], []
    for place in np.ndindex(base.shape):
        moved = base.astype(complex)
        moved[place] += 1e-30j
        columns.append(np.imag(np.ravel(case.value({**values, wrt: moved}))) / 1e-30)
    return np.array(columns).T


def by_component(jacobian: Jacobian, values: Values) -> Array:
    """The same from the component formula, entry by entry."""

    def sizes(indices: tuple[Index, ...]) -> list[int]:
        return [size(index.dim) for index in indices]

    rows, columns = sizes(jacobian.of_indices), sizes(jacobian.by_indices)
    return np.array(
        [
            [
                terms_value(
                    jacobian.terms,
                    dict(zip(jacobian.free, (*row, *column), strict=True)),
                    values,
                ).real
                for column in np.ndindex(*columns)
            ]
            for row in np.ndindex(*rows)
        ]
    )


def numerator(jacobian: Jacobian, truth: Array) -> Array:
    """The oracle's matrix in numerator layout."""
    if jacobian.wrt.shape.kind is Kind.MATRIX:
        return truth.reshape([size(d) for d in jacobian.wrt.shape.dims]).T
    if jacobian.of.shape.kind is Kind.MATRIX:
        return truth.reshape([size(d) for d in jacobian.of.shape.dims])
    return truth


def setting(case: Case) -> tuple[Jacobian, Values, Array]:
    jacobian = symjac.derive(case.expr, wrt=case.wrt)
    free = tuple(s for s in jacobian.program.symbols if s != jacobian.of)
    values = random_values(free, seed=3)
    for name, value in values.items():
        if value.shape == (3, 3):  # log det needs a positive determinant
            values[name] = value + 2 * np.eye(3)
    return jacobian, values, oracle(case, values, str(jacobian.wrt))


@pytest.mark.parametrize("case", ALL, ids=lambda c: c.title)
def test_what_is_read_has_the_value_of_the_sympy_expression(case: Case) -> None:
    jacobian, values, _ = setting(case)
    wanted = np.ravel(case.value(values))
    assert agree(np.ravel(evaluate(jacobian.body, values)), wanted, 1e-12)


@pytest.mark.parametrize("case", ALL, ids=lambda c: c.title)
def test_the_derivative_of_a_sympy_expression_is_right(case: Case) -> None:
    jacobian, values, truth = setting(case)
    found = by_component(jacobian, values)
    assert agree(found, truth, 1e-9)
    assert np.max(np.abs(truth)) > 1e-6  # never a silent zero
    assert not agree(2 * found, truth, 1e-9)


@pytest.mark.parametrize(
    "case", [c for c in ALL if c.title not in BEYOND], ids=lambda c: c.title
)
def test_both_layouts_are_right_and_survive_the_way_to_sympy_and_back(
    case: Case,
) -> None:
    jacobian, values, truth = setting(case)
    expected = numerator(jacobian, truth)
    for layout, wanted in (("numerator", expected), ("denominator", expected.T)):
        formula = jacobian.matrix(layout)
        assert agree(np.real(evaluate(formula.expr, values)), wanted, 1e-9)
        back = formula_from_sympy(formula.to_sympy(), jacobian.program)
        assert agree(np.real(evaluate(back, values)), wanted, 1e-9)


@pytest.mark.parametrize(
    "case", [c for c in ALL if c.title in BEYOND], ids=lambda c: c.title
)
def test_beyond_order_two_there_is_a_component_formula_but_no_matrix_form(
    case: Case,
) -> None:
    with pytest.raises(LiftError):
        symjac.derive(case.expr, wrt=case.wrt).matrix("numerator")


@pytest.mark.parametrize("case", ALL, ids=lambda c: c.title)
def test_the_component_formula_is_read_back_from_sympy(case: Case) -> None:
    jacobian = symjac.derive(case.expr, wrt=case.wrt)
    back = terms_from_sympy(jacobian.component, jacobian.program)
    assert canonical(back) == canonical(jacobian.terms)


@pytest.mark.parametrize("case", ALL, ids=lambda c: c.title)
def test_the_program_of_a_sympy_expression_is_also_text(case: Case) -> None:
    jacobian = symjac.derive(case.expr, wrt=case.wrt)
    program = symjac.parse(jacobian.program.source.text)
    again = symjac.derive(program, wrt=str(jacobian.wrt))
    assert canonical(again.terms) == canonical(jacobian.terms)


def outcomes(judgement: Judgement) -> tuple[str, ...]:
    return tuple(v.outcome.value for v in judgement.verdicts.values())


softmax = x.applyfunc(sp.exp) / (one * x.applyfunc(sp.exp))[0, 0]
LAYER = (W * x + b).applyfunc(f)


@pytest.mark.parametrize(
    ("expr", "wrt", "claim", "expected"),
    [
        (x.T * A * x, x, (A + A.T) * x, ("ill-typed", "proved")),
        (x.T * A * x, x, x.T * (A + A.T), ("proved", "ill-typed")),
        (x.T * A * x, x, 2 * A * x, ("ill-typed", "refuted")),
        (LAYER, x, LAYER.diff(x), ("refuted", "proved")),
        (W * x.applyfunc(f), x, (W * x.applyfunc(f)).diff(x), ("refuted", "proved")),
        (softmax, x, softmax.diff(x), ("refuted", "refuted")),  # SymPy is wrong
        (
            softmax,
            x,
            sp.DiagMatrix(softmax) - softmax * softmax.T,
            ("proved", "proved"),
        ),
        (sp.log(sp.Determinant(X)), X, X.inv().T, ("refuted", "proved")),
        (sp.log(sp.Determinant(X)), X, sp.ZeroMatrix(n, n), ("refuted", "refuted")),
        (sp.Trace(eye - A) ** 2, A, 2 * sp.Trace(A - eye) * eye, ("proved",) * 2),
        (M[1, 1], M, sp.ZeroMatrix(3, 3), ("refuted", "refuted")),
        (
            sp.Sum(a_[i, j] * x_[j], (j, 0, n - 1)),
            x_,
            a_[i, j],
            ("proved", "ill-typed"),
        ),
        (R * x, x, R, ("proved", "ill-typed")),
        (R * x, x, "R.T", ("ill-typed", "proved")),
    ],
)
def test_claims_from_sympy_are_judged(
    expr: sp.Expr, wrt: sp.Expr, claim: sp.Expr, expected: tuple[str, ...]
) -> None:
    assert outcomes(symjac.check(expr, wrt=wrt, claim=claim)) == expected


def test_sympy_names_and_claims_go_with_equations_in_text() -> None:
    program = symjac.parse("h[t] = tanh(S @ h[t-1])", shapes={"S": ("n", "n")})
    S, old = sp.MatrixSymbol("S", n, n), sp.MatrixSymbol("h[t-1]", n, 1)
    claim = sp.DiagMatrix((S * old).applyfunc(lambda t: 1 - sp.tanh(t) ** 2)) * S
    assert outcomes(symjac.check(program, wrt=old, claim=claim)) == (
        "proved",
        "refuted",
    )
    jacobian = symjac.derive(program, of=old.T * old, wrt=old)
    assert str(jacobian.matrix("denominator")) == "2 * h[t-1]"


def test_declared_properties_hold_for_claims_from_sympy() -> None:
    program = symjac.parse("S: (n, n) symmetric\ny = x.T @ S @ x")
    claim = 2 * sp.MatrixSymbol("S", n, n) * x
    judged = symjac.check(program, wrt=x, claim=claim)
    assert judged["denominator"].outcome.value == "proved"


FORMULAS = [
    "y = W @ sigma(x) + 2 * b / 3",
    "y = sigma''(W @ x) * (x.T @ b)",
    "y = x.T @ W @ x / norm2(b)",
    "y = sqrt(x) * relu(b) - sigmoid(x)**3",
    "y = tr(A @ A.T) * log(det(A)) + logdet(A)",
    "Y = diag(x) @ W + eye(n) - x @ b.T / 2",
    "y = softmax(x) - log_softmax(b)",
    "y = logsumexp(x) + cross_entropy(b, x) + mean(x) + dot(x, b)",
    "y = [W; A] @ x",
    "y = [W, b] @ [x; z]",
    "Y = kron(W, A) / normF(A)",
    "y = diagonal(inv(A) @ matpow(W, 3)) * ones(n)",
    "r: (1, n)\ny = r @ W - ones(n).T",
    "y = alpha * x**(1/2) / dim(n)",
    "y = exp(-cos(x)) * sin(b) + outer(x, b) @ x * sum(A)",
    "x[t] = W @ tanh(x[t-1]) + W_in @ u[t]",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_survive_the_way_to_sympy_and_back(text: str) -> None:
    program = symjac.parse(text)
    body = program.definitions[-1].body
    values = random_values(program.symbols, seed=5)
    there = Formula(body).to_sympy()
    back = formula_from_sympy(there, program)
    assert agree(evaluate(back, values), evaluate(body, values), 1e-12)


@pytest.mark.parametrize(
    ("expr", "message"),
    [
        (sp.Function("f")(x), "SymPy's f is applied to a whole matrix"),
        (sp.sin(X), "SymPy's sin is applied to a whole matrix"),
        (sp.Adjoint(X) * x, "SymPy's Adjoint is not in symjac's vocabulary"),
        (X**k, "a matrix power with the exponent k"),
        (q**k, "a symbolic exponent has no closed derivative here: k"),
        (sp.sec(q), "SymPy's sec is not in symjac's vocabulary"),
        (
            sp.polygamma(k, q),
            "SymPy's polygamma is a derivative of digamma of no known",
        ),
        (sp.besselj(0, q), "SymPy's besselj is not in symjac's vocabulary"),
        (q * sp.GoldenRatio, "SymPy's GoldenRatio is not in symjac's vocabulary"),
        (q + sp.I, "SymPy's ImaginaryUnit is not in symjac's vocabulary"),
        (sp.Function("f")(q, q), "SymPy's f is no function of one argument"),
        (sp.Function("det")(q), "'det' cannot name an elementwise function"),
        (sp.Derivative(sp.Trace(X), X), "SymPy's Derivative is a derivative that"),
        (sp.Integral(q, (q, 0, 1)), "SymPy's Integral is not in symjac's vocabulary"),
        (sp.Product(x[i, 0], (i, 0, n - 1)), "SymPy's Product is not in"),
        (sp.Piecewise((q, q > 0), (0, True)), "SymPy's Piecewise is not in"),
        (sp.exp(X) * sp.exp(A), "a scalar multiple needs a scalar"),
        (sp.log(sp.exp(X) + 1), "a sum needs equal shapes"),
        (sp.Piecewise((x_[i], i > 2), (0, True)), "SymPy's Piecewise is not in"),
        (sp.Piecewise((x_[i], i <= k), (a_[i, k], True)), "SymPy's Piecewise is not"),
        ("x + 1", "expected a SymPy expression, found str"),
        (sp.Matrix([1, 2]), "SymPy's ImmutableDenseMatrix is not supported"),
        (X[0, 0], "a fixed place in the symbolic dimension n"),
        (x_[i + 1], "SymPy's Add is no index, shifted ones are not supported"),
        (sp.Sum(x_[i], (i, 2, n)), "SymPy's Symbol does not start at 0 or 1"),
        (i * x_[i], "SymPy's Symbol is an index, used as a number"),
        (sp.IndexedBase("T")[i, j, s], "T[i, j, s] has order 3; the limit is 2"),
        (
            x_[i] * y_[j] * sp.IndexedBase("v")[s],
            "3 free indices, i, j, s: no matrix form",
        ),
        (sp.MatrixSymbol("x_{t}", n, 1), "the SymPy name 'x_{t}' is no name"),
        (sp.MatrixSymbol("tr", n, 1), "tr is the name of an operation or function"),
        (sp.MatrixSymbol("x", n * m, 1), "x has the compound dimension"),
        (q * sp.Symbol("q", positive=True), "SymPy's Symbol has the name of another"),
        (sp.Trace(X) * sp.MatrixSymbol("X", m, 1), "X is (m) and (n, n)"),
    ],
    ids=str,
)
def test_what_has_no_meaning_is_refused_by_its_name(
    expr: sp.Expr, message: str
) -> None:
    with pytest.raises((UnsupportedError, ShapeError, LiftError)) as caught:
        symjac.from_sympy(expr)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (sp.digamma(q), "digamma(q)"),
        (sp.polygamma(2, q), "digamma''(q)"),
        (sp.loggamma(q), "gammaln(q)"),
    ],
    ids=str,
)
def test_the_gamma_function_s_logarithm_and_its_derivatives_are_read(
    expr: sp.Expr, text: str
) -> None:
    jacobian = symjac.derive(expr, wrt=q)
    assert matrix_text(jacobian.program.definitions[-1].body) == text
    slope = jacobian.matrix("denominator").to_sympy()
    (symbol,) = slope.free_symbols
    assert slope == expr.diff(q).subs(q, symbol)


def test_exp_of_a_matrix_is_never_differentiated_to_zero() -> None:
    with pytest.raises(UnsupportedError, match="expm has no closed form"):
        symjac.derive(sp.exp(X), wrt=X)


def test_unknown_names_and_shapes_of_claims_are_errors() -> None:
    with pytest.raises(ParseError, match="unknown name U"):
        symjac.check(W * x, wrt=x, claim=U)
    with pytest.raises(ShapeError, match=r"W is \(n, n\) in the equations"):
        symjac.check(W * x, wrt=x, claim=sp.MatrixSymbol("W", n, 3))
    with pytest.raises(ParseError, match="unknown name g"):
        symjac.check(W * x, wrt=x, claim=(W * x).applyfunc(sp.Function("g")) * x.T)


def test_the_order_of_free_indices_can_be_given() -> None:
    plain = symjac.from_sympy(a_[i, j])
    turned = symjac.from_sympy(a_[i, j], indices=(j, i))
    equation = symjac.from_sympy(sp.Eq(b_[j, i], a_[i, j]))
    shown = [str(p.source.text.split("\n")[-1]) for p in (plain, turned, equation)]
    assert shown == ["y = A", "y = A.T", "B = A.T"]


def test_the_name_of_the_result_gives_way_to_the_expression_s_own() -> None:
    assert symjac.from_sympy(sp.MatrixSymbol("y", n, 1)).definitions[0].symbol.name == (
        "f"
    )
    assert str(symjac.from_sympy(W * x, name="out").definitions[0].symbol) == "out"


def test_the_name_of_the_result_is_none_that_is_asked_about() -> None:
    a, y = sp.symbols("a y")
    assert str(symjac.derive(sp.sin(a), wrt=y).matrix("numerator")) == "0"
    assert str(
        symjac.derive(a * sp.sin(y), wrt=sp.Symbol("f")).matrix("numerator")
    ) == ("0")
    column = sp.MatrixSymbol("y", n, 1)
    assert str(symjac.derive(sp.Trace(W), wrt=column).matrix("denominator")) == (
        "zeros(n)"
    )
    outcomes = [
        symjac.check(sp.sin(a), wrt=y, claim=claim)["numerator"].outcome.value
        for claim in ("0", "1")
    ]
    assert outcomes == ["proved", "refuted"]
    assert str(symjac.derive(sp.sin(a), wrt=a).matrix("numerator")) == "cos(a)"
    with pytest.raises(ParseError, match="unknown name y"):
        symjac.derive(sp.sin(a), wrt="y")
    with pytest.raises(ParseError, match="unknown name y"):
        symjac.check(sp.sin(a), wrt=a, claim=y)


@pytest.mark.parametrize(
    "build",
    [
        lambda plain: sp.Trace(W) * plain,
        lambda plain: sp.Trace(W) + sp.Trace(sp.MatrixSymbol("B", plain, plain)),
        lambda plain: sp.Sum(a_[i, i], (i, 0, plain - 1)) + plain,
    ],
)
def test_two_symbols_of_one_name_are_never_merged(build: Any) -> None:
    plain = sp.Symbol(str(n), positive=True)
    assert plain != n
    with pytest.raises(UnsupportedError, match="has the name of another symbol"):
        symjac.from_sympy(build(plain) + sp.Trace(sp.Identity(n)))
    assert symjac.from_sympy(build(n) + sp.Trace(sp.Identity(n)))
    a, other = sp.Symbol("a"), sp.Symbol("a", positive=True)
    with pytest.raises(UnsupportedError, match="has the name of another symbol"):
        symjac.derive(sp.sin(a), wrt=other)
    with pytest.raises(UnsupportedError, match="has the name of another symbol"):
        symjac.check(sp.sin(a), wrt=a, claim=sp.cos(other))


def test_a_diagonal_matrix_that_is_not_square_is_refused() -> None:
    D = sp.DiagonalMatrix(x)
    assert D.shape == (n, 1)  # so that Trace(D.T * D) is x[0]**2
    for expr in (
        sp.Trace(D.T * D),
        D.T * x,
        sp.DiagonalMatrix(sp.MatrixSymbol("M", n, 2)),
    ):
        with pytest.raises(UnsupportedError, match="not square") as caught:
            symjac.from_sympy(expr)
        assert "DiagMatrix(x)" in (caught.value.hint or "")
    square = symjac.check(sp.Trace(sp.DiagonalMatrix(W)), wrt=W, claim="eye(n)")
    assert square["denominator"].outcome.value == "proved"


@pytest.mark.parametrize("columns", [2, 3])
def test_the_diagonal_of_a_rectangular_matrix_is_refused(columns: int) -> None:
    m = sp.Symbol("m", integer=True)
    for shape in ((n, m), (n, columns), (columns + 2, columns)):
        with pytest.raises(UnsupportedError, match="diagonal of no square matrix"):
            symjac.from_sympy(sp.DiagonalOf(sp.MatrixSymbol("M", *shape)))


def test_text_is_checked_without_sympy() -> None:
    code = (
        "import sys, symjac\n"
        "p = symjac.parse('y = W @ x')\n"
        "symjac.check(p, wrt='x', claim='W')\n"
        "assert 'sympy.core' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_an_equation_over_time_is_a_recurrence() -> None:
    new, old, W_in = (
        sp.MatrixSymbol("x[t]", n, 1),
        sp.MatrixSymbol("x[t-1]", n, 1),
        sp.MatrixSymbol("W_in", n, m),
    )
    drive = W_in * sp.MatrixSymbol("u[t]", m, 1)
    equation = sp.Eq(new, W * old.applyfunc(f) + drive, evaluate=False)
    published = W.T * sp.DiagMatrix(old.applyfunc(f).diff(old) * sp.OneMatrix(n, 1))
    judged = symjac.check(equation, claim=published)
    assert outcomes(judged) == ("refuted", "refuted")
    assert str(judged["numerator"].derived) == "W @ diag(sigma'(x[t-1]))"


def test_an_index_is_no_number_anywhere() -> None:
    for expr in (
        sp.Trace(i * X) * x_[i],
        sp.Sum(sp.Trace(j * X) * x_[j], (j, 0, n - 1)),
    ):
        with pytest.raises(UnsupportedError, match="is an index, used as a number"):
            symjac.from_sympy(expr)


def test_one_name_bound_twice_and_free_is_kept_apart() -> None:
    inner = sp.Sum(x_[i], (i, 0, n - 1))
    expr = sp.Mul(inner, sp.Sum(y_[i], (i, 0, n - 1)), x_[i])
    found = symjac.derive(expr, wrt=y_)
    assert str(found.matrix("numerator")) == "sum(x) * x @ ones(n).T"


def test_what_is_not_known_of_an_index_is_an_error() -> None:
    with pytest.raises(ShapeError, match=r"the dimension of [ij] is not known"):
        symjac.check(x, wrt=x, claim=sp.KroneckerDelta(i, j))
    with pytest.raises(ParseError, match="unknown dimension p"):
        symjac.check(x, wrt=x, claim=sp.Identity(sp.Symbol("p")))
    with pytest.raises(UnsupportedError, match="counts from 0, but an index from 1"):
        symjac.from_sympy(sp.Sum(W[i, j] * x[j, 0], (j, 1, n)))
    declared = sp.KroneckerDelta(sp.Idx("i", n), sp.Idx("j", n))
    assert outcomes(symjac.check(x, wrt=x, claim=declared)) == ("proved", "proved")


@pytest.mark.parametrize("start", [0, 1])
def test_deltas_that_sympy_sifted_are_read(start: int) -> None:
    product = sp.Sum(a_[i, j] * sp.sin(x_[j]), (j, start, n - 1 + start))
    component = product.diff(x_[k]).doit()
    assert component.has(sp.Piecewise)
    claim = symjac.from_sympy(component).definitions[0].body
    assert claim == symjac.parse("A: (m, n)\ny = A @ diag(cos(x))").definitions[0].body
    judged = symjac.check(product, wrt=x_, claim=component.args[0][0])
    assert outcomes(judged) == ("proved", "ill-typed")
    chain = (x.T * sp.DiagMatrix(x) * x * b.T * x)[0, 0]
    assert chain.has(sp.Piecewise)
    again = symjac.derive(chain, wrt=b)
    assert str(again.matrix("denominator")) == "sum(x**3) * x"


@pytest.mark.parametrize("text", ["y = normF(A @ B)", "y = norm2(A @ b) * (A @ b)"])
def test_norms_are_read_back_as_norms(text: str) -> None:
    program = symjac.parse(text)
    jacobian = symjac.derive(program, wrt="A")
    back = terms_from_sympy(jacobian.component, program)
    assert canonical(back) == canonical(jacobian.terms)
    again = formula_from_sympy(Formula(jacobian.body).to_sympy(), program)
    assert Formula(again).expr == jacobian.body


def test_a_hessian_is_the_derivative_of_a_gradient_that_went_through_sympy() -> None:
    loss = (one * (W * x).applyfunc(f))[0, 0]
    gradient = symjac.derive(loss, wrt=x).matrix("denominator").to_sympy()
    case = Case(
        "Hessian",
        gradient,
        x,
        lambda v: v["W"].T @ generic(1, v["W"] @ v["x"], np),
    )
    jacobian, values, truth = setting(case)
    assert agree(by_component(jacobian, values), truth, 1e-9)
    hessian = jacobian.matrix("numerator")
    assert str(hessian) == "W.T @ diag(sigma''(W @ x)) @ W"
    assert agree(evaluate(hessian.expr, values), truth, 1e-9)


def test_a_root_of_another_trace_is_no_norm() -> None:
    expr = sp.sqrt(sp.Trace(2 * A * W * A.T))
    assert "norm" not in symjac.from_sympy(expr).source.text
    text = symjac.from_sympy(sp.sqrt(sp.Trace(A * W))).source.text
    assert text.endswith("y = tr(A @ W)**(1/2)")


def test_open_dimensions_take_no_name_that_is_in_use() -> None:
    expr = n * sp.Sum(a_[i, j] * x_[j], (j, 0, m - 1))
    assert symjac.from_sympy(expr).source.text.split("\n") == [
        "n: () positive",
        "A: (p, m)",
        "x: (m)",
        "y = n * (A @ x)",
    ]
