"""Plain forms: equal ones by hand, different ones, and changes modulo a prime."""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from symjac.catalog.published import cell_names, load_cell
from symjac.claims.adjudicate import Outcome, judge, read_claim
from symjac.derive import derive, parse
from symjac.equality import plain
from symjac.equality.plain import Plain, PlainForms, is_same
from symjac.errors import BudgetError, LiftError, ShapeError, Source
from symjac.jacobian import Jacobian
from symjac.language.check import check_formula
from symjac.library.functions import TABLE
from symjac.terms.index import ONE
from symjac.terms.matrix import (
    Add,
    Diag,
    Elementwise,
    Hadamard,
    MatMul,
    MatrixExpr,
    Neg,
    Power,
    Scale,
    Transpose,
    children,
    rebuild,
)
from symjac.terms.shape import Kind, Layout
from tests.residues import NoValueError, Residues
from tests.strategies import DECLARATIONS, Drawn, expressions, programs

PROGRAM = parse(
    "A, B: (n, n)\nC: (m, n)\nS: (n, n) symmetric\nu, v: (n)\na, b: ()\nd: (m)\n"
    "z = A @ u\nw = sigma(z)\ny = B @ w"
)
DEFINED = {d.symbol: d.body for d in PROGRAM.definitions}


def read(text: str) -> MatrixExpr:
    return check_formula(Source("formula", text), PROGRAM)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("(A @ B) @ u", "A @ (B @ u)"),
        ("(A @ B).T", "B.T @ A.T"),
        ("a * A @ (b * u)", "b * (a * (A @ u))"),
        ("A + B - A", "B"),
        ("u * v * u", "v * u**2"),
        ("diag(u) @ A @ v", "u * (A @ v)"),
        ("A @ diag(u) @ diag(v)", "A @ diag(v * u)"),
        ("eye(n) - diag(u)", "diag(1 - u)"),
        ("A @ diag(tanh'(u))", "A @ diag(1 - tanh(u)**2)"),
        ("diag(sigmoid'(u))", "diag(sigmoid(u) * (1 - sigmoid(u)))"),
        ("u.T @ A @ v", "v.T @ A.T @ u"),
        ("(u.T @ v) * u", "u * (v.T @ u)"),
        ("S.T @ u", "S @ u"),
        ("u / v * v", "u"),
        ("(u @ d.T).T", "d @ u.T"),
        ("2 * A + 2 * B", "2 * (B + A)"),
        ("(2 * u)**3", "8 * u**3"),
        ("-(A @ -u)", "A @ u"),
        ("A @ eye(n) @ u", "A @ u"),
        ("sigmoid'(u)", "sigmoid(u) - sigmoid(u)**2"),
        ("u * v - u * w", "u * (v - w)"),
        ("a * b - b**2", "(a - b) * b"),
    ],
)
def test_formulas_that_are_equal_without_multiplying_out(one: str, two: str) -> None:
    assert is_same(read(one), read(two))
    assert is_same(Transpose(read(one)), Transpose(read(two)))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("A @ B", "B @ A"),
        ("A.T", "A"),
        ("A @ u", "A.T @ u"),
        ("u @ v.T", "v @ u.T"),
        ("u.T @ A @ v", "u.T @ A.T @ v"),
        ("tanh(u)", "sigmoid(u)"),
        ("sigma'(u)", "sigma(u)"),
        ("u**2", "u**3"),
        ("u / v", "v / u"),
        ("u + v", "u - v"),
        ("sum(exp(zeros(n)))", "sum(exp(zeros(m)))"),
        ("sum(u / u)", "sum(d / d)"),
        ("ones(n) @ u.T", "u @ ones(n).T"),
        ("2 * A + B", "A + 2 * B"),
        ("exp(2 * u)", "2 * exp(u)"),
        ("a * u", "b * u"),
        ("A @ diag(u)", "diag(u) @ A"),
        ("u * v - u * w", "u * (w - v)"),
        ("u * v + w", "u * (v + w)"),
        ("a * u + b * v", "a * (u + v)"),
    ],
)
def test_formulas_that_are_not_equal(one: str, two: str) -> None:
    assert not is_same(read(one), read(two))


def test_a_row_is_not_a_column() -> None:
    assert not is_same(read("u"), read("u.T"))


def test_definitions_are_opened_on_demand() -> None:
    closed, opened = read("B @ diag(sigma'(z))"), read("B @ diag(sigma'(A @ u))")
    assert not is_same(closed, opened)
    assert is_same(closed, opened, DEFINED)
    assert is_same(read("y"), read("B @ sigma(A @ u)"), DEFINED)
    assert not is_same(read("y"), read("B @ sigma(A.T @ u)"), DEFINED)


@pytest.mark.parametrize(
    "name", [n for n, f in TABLE.items() if f.slope not in ("", "0")]
)
@pytest.mark.parametrize("argument", ["a", "u", "u.T", "A"])
def test_every_slope_has_a_plain_form(name: str, argument: str) -> None:
    function, inner = TABLE[name], read(argument)
    slope = Elementwise(function, 1, inner)
    assert is_same(slope, Elementwise(function, 1, inner))
    assert not is_same(slope, Neg(slope))


def changed(expr: MatrixExpr) -> Iterator[MatrixExpr]:
    """The expression with one slip anywhere in it, or one change that is none."""
    yield from slips(expr)
    for place, part in enumerate(children(expr)):
        for other in changed(part):
            parts = iter((*children(expr)[:place], other, *children(expr)[place + 1 :]))
            try:
                yield rebuild(expr, lambda _, parts=parts: next(parts))  # type: ignore[misc]
            except ShapeError:
                continue


def slips(expr: MatrixExpr) -> Iterator[MatrixExpr]:
    makers: dict[type, Callable[[Any], list[Callable[[], MatrixExpr]]]] = {
        MatMul: lambda e: [
            lambda: MatMul(e.right, e.left),
            lambda: Transpose(MatMul(Transpose(e.right), Transpose(e.left))),
            lambda: MatMul(Transpose(e.left), e.right),
            lambda: MatMul(Neg(e.left), Neg(e.right)),
            lambda: e.left,
        ],
        Add: lambda e: [
            lambda: Add(e.terms[::-1]),
            lambda: Add((*e.terms[:-1], Neg(e.terms[-1]))),
        ],
        Hadamard: lambda e: [
            lambda: Hadamard(e.right, e.left),
            lambda: MatMul(Diag(e.left), e.right),
            lambda: Hadamard(e.left, e.left),
        ],
        Scale: lambda e: [lambda: e.arg, lambda: Scale(e.scalar, Neg(Neg(e.arg)))],
        Diag: lambda e: [lambda: Transpose(e), lambda: Neg(Diag(Neg(e.arg)))],
        Power: lambda e: [lambda: e.base, lambda: Hadamard(e, e)],
        Transpose: lambda e: [lambda: e.arg],
    }
    if type(expr) not in makers:
        return
    for make in makers[type(expr)](expr):
        try:
            yield make()
        except ShapeError:
            continue


def draws(examples: int) -> Callable[[Any], Any]:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],  # no shrinking: a planted fault is to be found only
        suppress_health_check=list(HealthCheck),
    )


def agree(one: MatrixExpr, two: MatrixExpr) -> bool | None:
    """Whether two forms agree at points; None where neither has a value."""
    found = None
    for seed in range(8):
        try:
            point = Residues(seed)
            if point.values(one) != point.values(two):
                return False
            found = True
        except NoValueError:
            continue
    return found


FOUND: Counter[tuple[bool, bool | None]] = Counter()


@given(st.data(), st.sampled_from(("n", "m", "s", "nn", "mn", "row")))
@draws(80)
def test_formulas_with_one_plain_form_have_equal_values(
    data: st.DataObject, kind: str
) -> None:
    text = data.draw(expressions(kind, 3))
    whole = parse(f"{DECLARATIONS}\nout = {text}").definitions[-1].body
    for other in list(changed(whole))[:40]:
        same, equal = is_same(whole, other), agree(whole, other)
        FOUND[same, equal] += 1
        assert not (same and equal is False), f"{whole} | {other}"


def test_the_random_changes_include_equal_and_different_ones() -> None:
    test_formulas_with_one_plain_form_have_equal_values()
    assert FOUND[True, True] > 100
    assert FOUND[False, False] > 100


def without_transposes(self: PlainForms, expr: MatrixExpr, _: bool = False) -> Plain:
    return ORIGINAL(self, expr, False)


def commuting(self: PlainForms, *part: Any) -> int:
    name, *rest = part
    return NUMBER(self, name, *(sorted(rest) if name == "chain" else rest))


ORIGINAL, NUMBER = PlainForms.form, PlainForms.number


@pytest.mark.parametrize(
    ("owner", "name", "fault"),
    [
        (PlainForms, "form", without_transposes),
        (PlainForms, "number", commuting),
        (Plain, "times", lambda one, two: Plain(abs(one[0] * two[0]), *two[1:])),
        (plain, "merged", lambda powers: tuple(sorted({(b, ONE) for b, _ in powers}))),
    ],
)
def test_a_planted_fault_is_found(
    owner: Any, name: str, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, name, fault)
    with pytest.raises(AssertionError, match=r" \| "):
        test_formulas_with_one_plain_form_have_equal_values()


def test_the_oracle_is_exact_where_floating_point_is_not() -> None:
    program = parse("C: (m, n)\nout = 0.3 - (0.3 - C) - C")
    assert {*Residues(1).values(program.definitions[-1].body)} == {(0, 0, 0)}


def check_printed(jacobian: Jacobian) -> None:
    """What is printed reads back with the plain form of what was derived."""
    for form in [jacobian.matrix(layout) for layout in Layout]:
        source = Source("claim", str(form))
        again = check_formula(source, jacobian.program, (form.expr.shape,))
        assert is_same(again, form.expr)
        if form.expr.shape.kind is Kind.MATRIX:
            assert is_same(Transpose(again), Transpose(form.expr))


@given(programs())
@draws(60)
def test_a_printed_derivative_has_the_plain_form_of_the_derived_one(
    drawn: Drawn,
) -> None:
    with contextlib.suppress(LiftError, BudgetError, ShapeError):
        check_printed(derive(parse(drawn.text), wrt=drawn.wrt))


CELLS = {name: load_cell(name) for name in cell_names()}


@pytest.mark.parametrize("name", CELLS)
def test_a_cells_derivatives_are_proved_from_their_own_text(name: str) -> None:
    cell = CELLS[name]
    for of, by in itertools.product(cell.states, repeat=2):
        jacobian = derive(cell.program, str(cell.at(of)), str(cell.at(by, -1)))
        with contextlib.suppress(LiftError):
            printed = {layout: str(jacobian.matrix(layout)) for layout in Layout}
            for layout, text in printed.items():
                again = read_claim(jacobian, text)
                (verdict,) = judge(jacobian, again, (layout,)).verdicts.values()
                assert verdict.outcome is Outcome.PROVED
