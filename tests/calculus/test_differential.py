"""The differential style: every rule and every line against complex steps."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from symjac.calculus.differential import (
    DIFFERENTIALS,
    DifferentialRule,
    d,
    differential_of,
    is_pending,
)
from symjac.calculus.identification import Identified, identify
from symjac.calculus.trace_forms import MOVES
from symjac.claims import differential as module
from symjac.claims.adjudicate import Outcome, judge, read_claim
from symjac.claims.differential import Differential, differential, substituted
from symjac.derive import derive, parse
from symjac.errors import BudgetError, SoundnessError, UnsupportedError
from symjac.jacobian import Jacobian
from symjac.terms.matrix import (
    Constant,
    MatrixExpr,
    Neg,
    Symbol,
    rebuild,
    symbols,
    walk,
)
from symjac.typeset.text import matrix_text
from tests.oracles import Array, Values, agree, evaluate, random_values
from tests.strategies import Drawn, programs

STEP = 1e-30
RULES = (*DIFFERENTIALS, *MOVES)
MOVING = ("X", "Y", "x", "u")  # what the smallest instances vary
QUICK = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
LONG = settings(QUICK, max_examples=5_000, derandomize=False)


def value(expr: MatrixExpr, values: Values, directions: Values) -> Array:
    """A form with each differential taken along the directions, by a complex step."""
    known = {**values, **{f"d{name}": way for name, way in directions.items()}}

    def settle(node: MatrixExpr) -> MatrixExpr:
        if not is_pending(node):
            return rebuild(node, settle)
        moved = {
            name: array + 1j * STEP * directions[name] if name in directions else array
            for name, array in values.items()
        }
        found = np.imag(evaluate(node.arg, moved) + 0j) / STEP
        name = f"taken {len(known)}"
        known[name] = np.broadcast_to(found, np.shape(evaluate(node.arg, values)))
        return Symbol(name, node.shape)

    return evaluate(settle(expr), known)


def of_rule(rule: DifferentialRule) -> tuple[Values, Values]:
    found = {*symbols(rule.sides[0]), *symbols(rule.sides[1]), rule.variable}
    plain = tuple(s for s in found if not s.differential_of)
    ordered = tuple(sorted(plain, key=str))
    moved = tuple(s for s in ordered if s.name in MOVING)
    differentials = tuple(sorted((s for s in found if s.differential_of), key=str))
    values = random_values(ordered, 1) | random_values(differentials, 2)
    return values, random_values(moved, 3) if rule in DIFFERENTIALS else {}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.left)
def test_a_rule_s_smallest_instance_is_its_own_example(rule: DifferentialRule) -> None:
    assert rule.instance == rule.sides[1]
    assert rule.title
    assert rule.source


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.left)
def test_both_sides_of_a_rule_agree_in_numbers(rule: DifferentialRule) -> None:
    values, directions = of_rule(rule)
    before, after = rule.sides
    left = value(d(before) if rule in DIFFERENTIALS else before, values, directions)
    assert agree(left, value(after, values, directions)), rule.title
    is_flat = rule.left in ("A", "hardmax(x)")
    planted = Constant(Fraction(1), after.shape) if is_flat else Neg(after)
    assert not agree(left, value(planted, values, directions))


def prove(text: str, wrt: str) -> Differential:
    return differential(derive(parse(text), "f", wrt))


BOOK = (  # Magnus and Neudecker, ch. 9; Matrix Cookbook, 2.1 to 2.5; Goodfellow, 6.5
    ("tr(A @ X @ B)", "X", "A.T @ B.T"),
    ("tr(A @ X.T @ B)", "X", "B @ A"),
    ("tr(X.T @ A @ X)", "X", "A @ X + A.T @ X"),
    ("tr(X @ A @ X.T)", "X", "X @ A.T + X @ A"),
    ("tr(matpow(X, 3))", "X", "3 * matpow(X, 2).T"),
    ("tr(X @ X @ X)", "X", "3 * (X @ X).T"),
    ("tr(A @ inv(X) @ B)", "X", "-(inv(X) @ B @ A @ inv(X)).T"),
    ("tr(expm(X))", "X", "expm(X).T"),
    ("logdet(X)", "X", "inv(X).T"),
    ("log(det(X))", "X", "inv(X).T"),
    ("det(X)", "X", "det(X) * inv(X).T"),
    ("det(A @ X @ B)", "X", "det(A @ X @ B) * inv(X).T"),
    ("logdet(X.T @ X)", "X", "2 * X @ inv(X.T @ X)"),
    ("normF(A @ X - B)**2", "X", "2 * A.T @ (A @ X - B)"),
    ("normF(X)", "X", "X / normF(X)"),
    ("a.T @ X @ b", "X", "a @ b.T"),
    ("a.T @ X.T @ X @ b", "X", "X @ (a @ b.T + b @ a.T)"),
    ("a.T @ inv(X) @ b", "X", "-inv(X).T @ a @ b.T @ inv(X).T"),
    ("x.T @ A @ x", "x", "(A + A.T) @ x"),
    ("norm2(A @ x - b)**2", "x", "2 * A.T @ (A @ x - b)"),
    ("norm2(x - a)", "x", "(x - a) / norm2(x - a)"),
    ("a.T @ x / norm2(x)", "x", "a / norm2(x) - a.T @ x * x / norm2(x)**3"),
    ("logsumexp(A @ x)", "x", "A.T @ softmax(A @ x)"),
    ("cross_entropy(p, softmax(W @ x))", "W", "(sum(p) * softmax(W @ x) - p) @ x.T"),
    ("sum(tanh(X))", "X", "1 - tanh(X)**2"),
    ("tr(A * X)", "X", "diag(diagonal(A))"),
    ("a.T @ diagonal(X @ B)", "X", "diag(a) @ B.T"),
    ("b.T @ diag(x) @ a", "x", "a * b"),
    ("tr(diag(x) @ A)", "x", "diagonal(A)"),
    ("sum(X)**2 / 2", "X", "sum(X) * ones(n, n)"),
    ("mean(X * X)", "X", "2 * X / (dim(n) * dim(n))"),
    ("prod(x)", "x", "prod(x) * (1 / x)"),
    ("max(A @ x)", "x", "A.T @ hardmax(A @ x)"),
    ("sum(softmax(x) * a)", "x", "softmax(x) * (a - a.T @ softmax(x) * ones(n))"),
    ("vec(X).T @ vec(A @ X)", "X", "(A + A.T) @ X"),
    (
        "tr(A @ inv(alpha * B + A))",
        "alpha",
        "-tr(A @ inv(alpha * B + A) @ B @ inv(alpha * B + A))",
    ),
    ("a.T @ expm(alpha * A) @ b", "alpha", "a.T @ A @ expm(alpha * A) @ b"),
    ("r @ A @ r.T", "r", "r @ (A + A.T)"),
    ("norm1(x)", "x", "sign(x)"),
    ("sum(arctan(X))", "X", "1 / (1 + X**2)"),
    ("sum(arcsinh(x))", "x", "(1 + x**2)**(-1/2)"),
    (
        "dot(a, x) * sum(sqrt(x))",
        "x",
        "sum(sqrt(x)) * a + a.T @ x * (1 / (2 * sqrt(x)))",
    ),
    ("tr(A @ X @ A.T) - tr(A @ X @ A.T)", "X", "zeros(n, n)"),
    ("sum(x / (1 + x))", "x", "1 / (1 + x)**2"),
    ("sum(A @ x @ (b + a).T)", "x", "A.T @ ones(n) * sum(a + b)"),
)
DECLARED = "A, B, X: (n, n); W: (m, n); p: (m); a, b, x: (n); r: (1, n); alpha, f: ()\n"


@pytest.mark.parametrize(("equation", "wrt", "book"), BOOK)
def test_results_of_the_books_are_found_and_proved(
    equation: str, wrt: str, book: str
) -> None:
    proof = prove(f"{DECLARED}f = {equation}", wrt)
    assert proof.verdict.outcome is Outcome.PROVED
    verdict = judge(proof.jacobian, read_claim(proof.jacobian, book))["denominator"]
    assert verdict.outcome is Outcome.PROVED
    values = random_values(tuple(proof.jacobian.program.symbols), 4)
    formula = evaluate(verdict.claim.expr, values)
    assert agree(evaluate(proof.gradient.expr, values), formula)
    numerator = judge(
        proof.jacobian, read_claim(proof.jacobian, str(proof.matrix("numerator")))
    )["numerator"]
    assert numerator.outcome is Outcome.PROVED


NETWORK = """f: ()
h = tanh(V @ x + c)
z = W @ h + b
f = norm2(z - y)**2"""
LOSS = "f: ()\nz = W @ relu(V @ x + c) + b\nf = cross_entropy(y, softmax(z))"
RECURRENT = "f: ()\nh[t] = tanh(W @ h[t-1] + b)\nf = a.T @ h[t]"


@pytest.mark.parametrize(
    ("text", "wrt"),
    [
        (NETWORK, "W"),
        (NETWORK, "V"),
        (NETWORK, "c"),
        (NETWORK, "x"),
        (LOSS, "V"),
        (LOSS, "W"),
        (RECURRENT, "W"),
        (RECURRENT, "h[t-1]"),
        *((f"{DECLARED}f = {equation}", wrt) for equation, wrt, _ in BOOK),
    ],
)
def test_each_line_equals_the_one_before_in_numbers(text: str, wrt: str) -> None:
    proof = prove(text, wrt)
    assert broken(proof) == []


def broken(proof: Differential, *, planted: int | None = None) -> list[str]:
    """Lines whose value is not the directional derivative of f."""
    body, _ = substituted(proof.jacobian)
    lines = [
        Neg(step.right) if place == planted else step.right
        for place, step in enumerate(proof.steps)
        if step.left.differential_of
    ]
    gradient = proof.gradient.expr
    return wrong_lines(body, proof.jacobian.wrt, lines, gradient)


def wrong_lines(
    body: MatrixExpr, wrt: Symbol, lines: list[MatrixExpr], gradient: MatrixExpr
) -> list[str]:
    values = random_values(symbols(body), 5) | random_values((wrt,), 6)
    (way,) = random_values((wrt,), 7).values()
    moved = {**values, str(wrt): values[str(wrt)] + 1j * STEP * way}
    truth = np.imag(evaluate(body, moved) + 0j) / STEP
    known = {str(wrt): way}
    found = [
        matrix_text(line)
        for line in lines
        if not agree(value(line, values, known), truth, 1e-9)
    ]
    slopes = evaluate(gradient, values)
    is_right = agree(np.sum(slopes * way).reshape(1, 1), truth, 1e-9)
    return found if is_right else [*found, matrix_text(gradient)]


def test_the_check_of_lines_notices_a_planted_sign() -> None:
    proof = prove(NETWORK, "W")
    for place in range(2, len(proof.steps) - 2):
        negative = matrix_text(Neg(proof.steps[place].right))
        assert broken(proof, planted=place) == [negative]


def test_names_are_written_out_where_the_definition_uses_them() -> None:
    steps = prove(NETWORK, "W").steps
    assert [step.title for step in steps[:2]] == ["definition", "names written out"]
    assert str(steps[1]) == "f = norm2((W @ h + b) - y)**2"
    assert (
        prove(NETWORK, "V").steps[1].right
        == substituted(prove(NETWORK, "V").jacobian)[0]
    )


@pytest.mark.parametrize(
    ("equation", "wrt", "message"),
    [
        ("sum(kron(X, A))", "X", "kron has no rule that takes dX out of it"),
        ("sum([X; A])", "X", "vstack has no rule in the differential style"),
        ("sum([X, A])", "X", "hstack has no rule in the differential style"),
        ("sum(tanh(vec(A @ X)))", "X", "vec has no rule that takes dX out of it"),
    ],
)
def test_an_operation_without_a_rule_is_refused_by_name(
    equation: str, wrt: str, message: str
) -> None:
    with pytest.raises(UnsupportedError, match=message):
        prove(f"{DECLARED}f = {equation}", wrt)


def test_only_scalars_have_this_style() -> None:
    with pytest.raises(UnsupportedError, match="needs a scalar"):
        differential(derive(parse("y = A @ x"), wrt="x"))
    with pytest.raises(UnsupportedError, match="needs a scalar"):
        differential(derive(parse("f: ()\nf = tr(X)"), wrt="vec(X)"))


def test_a_result_that_is_not_proved_is_never_returned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def wrong(body: MatrixExpr, variable: Symbol, dx: Symbol) -> Identified:
        found = identify(body, variable, dx)
        return Identified(found.lines, Neg(found.gradient))

    monkeypatch.setattr(module, "identify", wrong)
    with pytest.raises(SoundnessError, match="refuted"):
        prove("f: ()\nf = tr(A @ X)", "X")


def test_a_budget_ends_a_differential_that_grows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("symjac.calculus.differential.MAX_NODES", 10)
    with pytest.raises(BudgetError, match="more than 10 nodes"):
        prove("f: ()\nf = tr(A @ X @ B @ X.T)", "X")


def test_a_budget_ends_names_that_grow_when_written_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_NODES", 10)
    with pytest.raises(BudgetError, match="f written out has more than 10 nodes"):
        prove("f: ()\nh = A @ x\nf = (h + h).T @ (h + h)", "x")


def test_every_rule_fires_somewhere() -> None:
    extra = (
        "sum(A @ x * (a @ b.T @ x))",
        "a.T @ (x @ x.T) @ (b @ a.T) @ x",
        "-tr(A @ diag(x) @ B) + sum(A @ matpow(diag(x), 2))",
        "norm2(x) * (x.T @ x)**(1/2)",
        "sum(diag(x) / (2 + A)) / sum(x)",
        "tr(x @ a.T)",
        "a.T @ (b @ x.T) @ (x @ a.T) @ x",
        "exp(-x.T @ A @ x / 2)",
        "tr(A.T @ (B * (x @ a.T)))",
    )
    cases = [*((e, w) for e, w, _ in BOOK), *((e, "x") for e in extra)]
    fired: set[str] = set()
    for equation, wrt in cases:
        proof = prove(f"{DECLARED}f = {equation}", wrt)
        assert broken(proof) == []
        fired |= {step.title for step in proof.steps}
    left = {rule.title for rule in RULES} - fired
    assert left == {"differential of the operation"}  # of kron, which nothing takes out


def test_the_differential_has_a_name_of_its_own() -> None:
    proof = prove("f: ()\ndX: (n, n)\nf = tr(dX @ X)", "X")
    assert str(proof.steps[1]) == "df = tr(d(dX @ X))"
    assert str(proof.steps[2]) == "df = tr(dX @ ddX)"
    assert proof.steps[2].latex().endswith(r"\mathbf{dX}\,\mathrm{d}\mathbf{X})")
    assert str(proof.gradient) == "dX.T"


def test_latex_writes_an_upright_d() -> None:
    (line,) = (
        step
        for step in prove("f: ()\nf = tr(X.T @ A)", "X").steps
        if step.title == "differential of a transpose"
    )
    assert line.latex() == (
        r"\mathrm{d}f = \operatorname{tr}"
        r"\bigl((\mathrm{d}\mathbf{X})^{\top}\,\mathbf{A}\bigr)"
    )


def scalar_of(drawn: Drawn, wrt: str) -> Jacobian:
    program = parse(drawn.text)
    is_scalar = program.definitions[-1].symbol.shape.order == 0
    return derive(program, "out" if is_scalar else "sum(out * cos(out))", wrt)


def check_random(drawn: Drawn, wrt: str) -> None:
    try:
        jacobian = scalar_of(drawn, wrt)
        body, _ = substituted(jacobian)
        found = identify(body, jacobian.wrt, differential_of(jacobian.wrt))
    except (UnsupportedError, BudgetError):  # refused, and never silently
        reject()
    assert not any(map(is_pending, walk(found.gradient)))
    lines = [line.expr for line in found.lines]
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(evaluate(found.gradient, known_values(jacobian, body))).all():
            assert wrong_lines(body, jacobian.wrt, lines, found.gradient) == []


def known_values(jacobian: Jacobian, body: MatrixExpr) -> Values:
    return random_values(symbols(body), 5) | random_values((jacobian.wrt,), 6)


VARIABLES = st.sampled_from(("A", "B", "C", "x", "y", "alpha"))


@QUICK
@given(programs(), VARIABLES)
def test_every_line_of_a_random_program_agrees_with_complex_steps(
    drawn: Drawn, wrt: str
) -> None:
    check_random(drawn, wrt)


@pytest.mark.long
@LONG
@given(programs(depth=4), VARIABLES)
def test_five_thousand_random_programs_agree_with_complex_steps(
    drawn: Drawn, wrt: str
) -> None:
    check_random(drawn, wrt)
