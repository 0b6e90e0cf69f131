"""Every row of the library is walked: it parses, has a shape, prints, and is true.

Values come from NumPy and SymPy, slopes from difference quotients and complex steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

import symjac
from symjac.calculus import differentiate
from symjac.calculus import operations as rules
from symjac.claims.evaluate import Point
from symjac.claims.linear import PointError
from symjac.claims.samples import holds
from symjac.document.typst import typst_math
from symjac.errors import Source
from symjac.language.check import check
from symjac.language.meaning import definition, instance, of_operation, parsed
from symjac.language.syntax import Binary, Call, Syntax, Unary
from symjac.latex_input import translate
from symjac.library import row as rows
from symjac.library.functions import TABLE
from symjac.library.operations import OPERATIONS
from symjac.library.properties import PROPERTIES
from symjac.library.row import Domain, Function, Kink, Meaning, Parity
from symjac.recurrence.numeric import elementwise
from symjac.terms.index import Entry, Power
from symjac.terms.matrix import (
    Elementwise,
    MatrixExpr,
    Operation,
    Symbol,
    Transpose,
    symbols,
)
from symjac.terms.shape import SCALAR, Kind, Shape, matrix
from symjac.typeset.latex import matrix_latex
from symjac.typeset.text import matrix_text
from symjac.typeset.unicode import UNICODE
from tests.oracles import SIZES, complex_step, evaluate, random_values, terms_value

Array = Any
INSIDE = (Fraction(1, 3), Fraction(-2, 5), Fraction(3, 4), Fraction(-7, 8))
POINTS = (*INSIDE, Fraction(8, 5), Fraction(-7, 5))
ERF = np.vectorize(math.erf)
NUMPY: dict[str, Callable[[Array], Array]] = {  # where NumPy has no such name
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.maximum(x, 0),
    "step": lambda x: np.heaviside(x, 0.5),
    "softplus": lambda x: np.logaddexp(0, x),
    "erf": ERF,
    "erf_slope": lambda x: 2 / math.sqrt(math.pi) * np.exp(-x * x),
    "normal_cdf": lambda x: (1 + ERF(x / math.sqrt(2))) / 2,
    "normal_pdf": lambda x: np.exp(-x * x / 2) / math.sqrt(2 * math.pi),
    "gelu": lambda x: x * (1 + ERF(x / math.sqrt(2))) / 2,
    "silu": lambda x: x / (1 + np.exp(-x)),
    "log_sigmoid": lambda x: -np.logaddexp(0, -x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "leaky_relu": lambda x: np.where(x > 0, x, x / 100),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "huber": lambda x: np.where(np.abs(x) < 1, x * x / 2, np.abs(x) - 0.5),
    "hardtanh": lambda x: np.clip(x, -1, 1),
    "mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
    "logit": lambda x: np.log(x / (1 - x)),
    "log1mexp": lambda x: np.log(-np.expm1(-x)),
    "gammaln": np.vectorize(math.lgamma),
    "digamma": lambda x: np.array([float(sympy.digamma(v)) for v in x.ravel()]),
}
SLOPING = [name for name, row in TABLE.items() if row.slope not in ("", "0")]
DIFFERENTIALS = [name for name, row in OPERATIONS.items() if row.differential]
NO_LATEX = {"selector", "commutation", "dim"}  # print as I_n, K_mn, n: refused
KINDS = {
    rows.SQUARE: ((Kind.MATRIX, ("n", "n")),),
    rows.MATRIX: ((Kind.MATRIX, ("m", "n")),),
    rows.VECTOR: ((Kind.COLUMN, ("n",)),),
    rows.ANY: ((Kind.MATRIX, ("m", "n")),),
    rows.VECTORS: ((Kind.COLUMN, ("n",)), (Kind.COLUMN, ("n",))),
    rows.COLUMNS: ((Kind.COLUMN, ("m",)), (Kind.COLUMN, ("n",))),
    rows.MATRICES: ((Kind.MATRIX, ("m", "n")), (Kind.MATRIX, ("p", "q"))),
    rows.ROWWISE: ((Kind.MATRIX, ("m", "n")), (Kind.MATRIX, ("m", "p"))),
    rows.COLUMNWISE: ((Kind.MATRIX, ("m", "n")), (Kind.MATRIX, ("p", "n"))),
    rows.SYMMETRIC: ((Kind.MATRIX, ("n", "n")),),
    rows.THREE: ((Kind.COLUMN, (3,)),),
    rows.THREES: ((Kind.COLUMN, (3,)), (Kind.COLUMN, (3,))),
    rows.BOUNDED: ((Kind.COLUMN, ("n",)), (Kind.SCALAR, ()), (Kind.SCALAR, ())),
    rows.NONE: (),
}
PARAMETERS: dict[str, tuple[str | int, ...]] = {
    "matpow": (3,),
    "dim": ("n",),
    "commutation": ("m", "n"),
    "selector": (2, "m", "n"),
}


def points(row: Meaning) -> list[Fraction]:
    if row.domain is Domain.REAL:
        return list(POINTS)
    return [x for x in INSIDE if x > 0]


def numeric(name: str) -> Callable[[Array], Array]:
    found: Callable[[Array], Array] = NUMPY.get(name) or getattr(np, name)
    return found


def value(name: str, order: int, x: Fraction) -> float:
    return float(elementwise(TABLE[name], order, np.array([float(x)]))[0])


def node(name: str, letters: Sequence[str] = "ABC") -> Operation:
    takes = OPERATIONS[name].takes
    shapes = (Shape(*pair) for pair in KINDS[takes])
    has = ("positive_definite",) if takes == rows.SYMMETRIC else ()
    pairs = zip(letters, shapes, strict=False)
    args = tuple(Symbol(n, s, properties=has) for n, s in pairs)
    return Operation(name, args, PARAMETERS.get(name, ()))


def called(syntax: Syntax) -> Iterator[str]:
    match syntax:
        case Unary(operand=inner):
            yield from called(inner)
        case Binary(left=left, right=right):
            yield from (*called(left), *called(right))
        case Call(function=name, arguments=arguments):
            yield name
            yield from (n for argument in arguments for n in called(argument))


@pytest.mark.parametrize("name", TABLE)
def test_a_function_s_meaning_is_numpy_s(name: str) -> None:
    for x in points(TABLE[name]):
        expected = float(numeric(name)(np.array([float(x)]))[0])
        assert value(name, 0, x) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", TABLE)
def test_a_function_s_series_is_its_difference_quotient(name: str) -> None:
    f, h = numeric(name), 1e-5
    for x in points(TABLE[name]):
        at = float(x) + np.array([-2, -1, 1, 2]) * h
        expected = float(f(at) @ np.array([1, -8, 8, -1])) / (12 * h)
        assert value(name, 1, x) == pytest.approx(expected, rel=1e-8, abs=1e-9)


def slope_is_true(name: str) -> bool:
    """Whether a row's slope is the derivative of its meaning, to order 3."""
    u = Symbol("u", SCALAR)
    for order in (1, 2, 3) if TABLE[name].slope else ():
        written = differentiate.slope(name, order)
        for x in points(TABLE[name]):
            found = terms_by_values(written, u, x)
            if not math.isclose(found, value(name, order, x), abs_tol=1e-9):
                return False
    return True


def terms_by_values(terms: Any, u: Symbol, x: Fraction) -> float:
    """An index form in u, its functions by their own meaning."""
    total = 0.0
    for term in terms:
        product = float(term.coefficient)
        for factor in term.factors:
            match factor:
                case Entry():
                    product *= float(x)
                case Power(base, exponent):
                    product *= terms_by_values(base, u, x) ** float(exponent)
                case _:
                    inner = terms_by_values(factor.argument, u, x)
                    name = factor.function.name
                    product *= value(name, factor.order, Fraction(inner))
        total += product
    return total


@pytest.mark.parametrize("name", TABLE)
def test_a_function_s_slope_is_the_derivative_of_its_meaning(name: str) -> None:
    assert slope_is_true(name)


@contextmanager
def changed(table: dict[str, Any], row: Function | rows.Operation) -> Iterator[None]:
    """Another row in the place of one."""
    before = table[row.name]
    caches = (differentiate.slope, rules.known_derivative)
    table[row.name] = row
    for cached in caches:
        cached.cache_clear()
    try:
        yield
    finally:
        table[row.name] = before
        for cached in caches:
            cached.cache_clear()


@pytest.mark.parametrize(
    "name", [n for n, r in TABLE.items() if r.slope not in ("", "0")]
)
def test_a_flipped_sign_of_a_slope_is_caught(name: str) -> None:
    row = TABLE[name]
    with changed(TABLE, replace(row, slope=f"-({row.slope})")):
        assert not slope_is_true(name)


@pytest.mark.parametrize("name", TABLE)
def test_parity_value_at_zero_and_sign_are_those_of_the_meaning(name: str) -> None:
    row = TABLE[name]
    f = numeric(name)
    x = np.array([0.3, 0.7])
    if row.domain is Domain.REAL or row.parity is not Parity.NONE:
        is_odd = np.allclose(f(-x), -f(x), rtol=1e-12)
        is_even = np.allclose(f(-x), f(x), rtol=1e-12)
        assert is_odd == (row.parity is Parity.ODD)
        assert is_even == (row.parity is Parity.EVEN)
    if row.at_zero is not None:
        assert f(np.array([0.0]))[0] == pytest.approx(row.at_zero, abs=1e-15)
    if row.positive:
        assert (f(np.linspace(-8, 8, 4001)) > 0).all()


@pytest.mark.parametrize("name", TABLE)
def test_what_is_made_of_a_kink_says_so(name: str) -> None:
    row = TABLE[name]
    inner = set(called(parsed(row.meaning))) if row.is_defined else set()
    bent = any(TABLE[n].kink is not Kink.NONE for n in inner)
    assert bent == (row.kink is not Kink.NONE) or not row.is_defined
    if row.kink is Kink.BEND:
        assert row.at_zero is not None


@pytest.mark.parametrize("name", [n for n, r in TABLE.items() if r.sympy])
def test_sympy_s_function_is_the_same(name: str) -> None:
    f = getattr(sympy, TABLE[name].sympy)
    for x in points(TABLE[name]):
        expected = float(f(sympy.Rational(x.numerator, x.denominator)).evalf(20))
        assert value(name, 0, x) == pytest.approx(expected, rel=1e-12)


def reads_back(expr: MatrixExpr) -> bool:
    """Whether its LaTeX is read as the same expression, and its text as well."""
    sizes: dict[str, tuple[str | int, ...]] = {
        str(s): tuple(d if isinstance(d, int) else str(d) for d in s.shape.dims)
        for s in symbols(expr)
    }
    read = translate(f"y = {matrix_latex(expr)}", shapes=sizes).text
    for text in (read, f"y = {matrix_text(expr)}"):
        if check(Source("row", text), sizes).definitions[-1].body != expr:
            return False
    return bool(UNICODE.matrix(expr)) and bool(typst_math(matrix_latex(expr)))


@pytest.mark.parametrize("name", TABLE)
def test_a_function_prints_and_reads_back(name: str) -> None:
    expr = Elementwise(TABLE[name], 0, Symbol("v", Shape(Kind.COLUMN, ("n",))))
    assert reads_back(expr)


@pytest.mark.parametrize("name", [n for n in OPERATIONS if n not in NO_LATEX])
def test_an_operation_prints_and_reads_back(name: str) -> None:
    row = OPERATIONS[name]
    kinds = KINDS[row.takes]
    letters = ["x", "alpha", "beta"] if row.takes == rows.BOUNDED else ["A", "B"]
    if kinds and {kind for kind, _ in kinds} == {Kind.COLUMN}:
        letters = ["x", "z"]
    expr = node(name, letters)
    if row.takes == rows.SYMMETRIC:
        plain = Symbol("A", expr.args[0].shape)
        expr = Operation(name, (Operation("sym", (plain,)),))
    assert reads_back(expr)


@pytest.mark.parametrize("name", [n for n, r in OPERATIONS.items() if r.is_defined])
def test_a_meaning_has_the_shape_and_the_value_that_numpy_gives(name: str) -> None:
    expr = node(name)
    written = definition(expr)
    assert written.shape == expr.shape
    values = random_values(expr.args, seed=4)  # type: ignore[arg-type]
    assert np.allclose(evaluate(written, values), evaluate(expr, values))


def point_at(values: dict[str, Array]) -> Point:
    """A point in ball arithmetic."""

    def entry(symbol: Symbol, at: tuple[int, ...]) -> Fraction:
        return Fraction(str(values[str(symbol)][(*at, 0, 0)[:2]]))

    return Point(dict(SIZES), entry, lambda *_: Fraction(0), None, {}, balls=True)


def test_bounds_in_the_wrong_order_have_no_value() -> None:
    bounds = {"B": np.array([[1.5]]), "C": np.array([[1.0]])}
    point = point_at({"A": np.array([[1.0], [2.0], [3.0]]), **bounds})
    with pytest.raises(PointError, match="clip has no value"):
        point.jet(node("clip"), (0,))


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_second_opinion_s_value_is_numpy_s(name: str) -> None:
    expr = node(name)
    values = random_values(expr.args, seed=5)  # type: ignore[arg-type]
    if OPERATIONS[name].where:  # the upper bound above the lower one
        values["C"] = values["B"] + 1
    rounded: dict[str, Array] = {
        letter: np.round(array, 3) for letter, array in values.items()
    }
    point = point_at(rounded)
    sizes = [point.size(dim) for dim in expr.shape.dims]
    expected = evaluate(expr, rounded).reshape(sizes)
    for at in np.ndindex(*sizes):
        assert float(point.jet(expr, at).value) == pytest.approx(expected[at], rel=1e-9)


def is_that_of_the_transpose(name: str, arg: Symbol) -> bool:
    """Whether the transpose of the result is the operation of the transpose."""
    parameters = node(name).parameters
    straight, turned = (
        Operation(name, (one,), parameters) for one in (arg, Transpose(arg))
    )
    values = random_values((arg,), seed=8)
    return np.allclose(evaluate(turned, values), evaluate(straight, values).T)


@pytest.mark.parametrize(
    "name", [n for n, r in OPERATIONS.items() if r.is_blind or r.is_turned_inside]
)
def test_a_transpose_changes_places_with_the_operation(name: str) -> None:
    (arg,) = node(name).args
    assert isinstance(arg, Symbol)
    assert is_that_of_the_transpose(name, arg)


@pytest.mark.parametrize("name", ["row_softmax", "row_hardmax", "tril"])
def test_a_transpose_does_not_change_places_with_rows_and_triangles(name: str) -> None:
    row = OPERATIONS[name]
    assert {row.is_blind, row.is_turned_inside} == {False}
    assert not is_that_of_the_transpose(name, Symbol("A", matrix("n", "n")))


def is_one(row: rows.Operation) -> bool:
    """Whether a kept operation has a derivative, itself or its trace."""
    has = row.differential or row.parameters or row.traced
    is_unary = row.takes != rows.NONE and rows.operand_count(row.takes) == 1
    return row.kept and bool(has) and is_unary


def differential_is_true(name: str) -> bool:
    """Whether the index rule of a row is NumPy's derivative of the operation."""
    expr = node(name)
    values = random_values(expr.args, seed=6)  # type: ignore[arg-type]
    result = Symbol("y", expr.shape)
    for letter, arg in zip("AB", expr.args, strict=False):
        assert isinstance(arg, Symbol)
        changes = {
            f"d{n}": Symbol(f"d{n}", a.shape)
            for n, a in zip("AB", expr.args, strict=False)
        }
        written = of_operation(expr, OPERATIONS[name].differential, **changes)
        if written.shape != expr.shape:
            return False
        expected = complex_step([(result, expr)], result, arg, values)
        base = values[letter]
        for column, place in enumerate(np.ndindex(base.shape)):
            moved = {f"d{n}": np.zeros(values[n].shape) for n in values}
            moved[f"d{letter}"][place] = 1
            found = evaluate(written, values | moved).ravel()
            if not np.allclose(found, expected[:, column], atol=1e-9):
                return False
    return True


@pytest.mark.parametrize("name", DIFFERENTIALS)
def test_a_differential_is_numpy_s_derivative(name: str) -> None:
    assert differential_is_true(name)


@pytest.mark.parametrize(
    "name", [n for n in DIFFERENTIALS if not OPERATIONS[n].differential.startswith("0")]
)
def test_a_flipped_sign_of_a_differential_is_caught(name: str) -> None:
    row = OPERATIONS[name]
    with changed(OPERATIONS, replace(row, differential=f"-({row.differential})")):
        assert not differential_is_true(name)


# functions of a matrix have no closed derivative, but their traces have
@pytest.mark.parametrize("name", [n for n, r in OPERATIONS.items() if is_one(r)])
def test_a_kept_operation_s_index_rule_is_numpy_s_derivative(name: str) -> None:
    expr = node(name)
    (arg,) = expr.args
    assert isinstance(arg, Symbol)
    if OPERATIONS[name].traced:
        expr = Operation("tr", (expr,))
    sizes = ", ".join(map(str, arg.shape.dims))
    declared = " ".join((f"A: ({sizes})", *arg.properties))
    program = symjac.parse(f"{declared}; y = {matrix_text(expr)}")
    jacobian = symjac.derive(program, wrt="A")
    values = random_values((arg,), seed=7)
    result = Symbol("y", expr.shape)
    expected = complex_step([(result, expr)], result, arg, values)
    free = jacobian.free
    ranges = [range(SIZES[str(i.dim)]) for i in free]
    found = [
        terms_value(jacobian.terms, dict(zip(free, at, strict=True)), values).real
        for at in np.ndindex(*map(len, ranges))
    ]
    assert np.allclose(np.array(found).reshape(expected.shape), expected, atol=1e-9)


def test_slopes_are_no_part_of_what_the_second_opinion_may_read() -> None:
    columns = {field for field in Meaning.__slots__ if not field.startswith("__")}
    hidden = {"slope", "differential", "latex", "range", "slope_range", "parity"}
    assert columns.isdisjoint(hidden)
    assert hidden <= {*Function.__slots__, *rows.Operation.__slots__}


def test_a_slope_s_text_takes_the_shape_of_its_argument() -> None:
    u = Symbol("v", Shape(Kind.COLUMN, ("n",)))
    for row in TABLE.values():
        if row.slope not in ("", "0"):
            assert instance(row.slope, {"u": u}).shape == u.shape


def has(name: str, entries: list[list[int]]) -> bool:
    """Whether a matrix has a property, as points are held to it."""
    values: dict[tuple[int, ...], Fraction] = {
        (i, j): Fraction(x) for i, row in enumerate(entries) for j, x in enumerate(row)
    }
    size = (len(entries), len(entries[0]))
    return holds(name, size, values, lambda _: Fraction(0))


YES = {
    "symmetric": [[1, 2], [2, 3]],
    "skew": [[0, 2], [-2, 0]],
    "diagonal": [[1, 0], [0, 3]],
    "orthogonal": [[0, -1], [1, 0]],
    "positive_definite": [[2, -1], [-1, 2]],
    "invertible": [[1, 2], [0, 3]],
    "projection": [[1, 0], [0, 0]],
    "identity": [[1, 0], [0, 1]],
    "scalar": [[2, 0], [0, 2]],
    "orthonormal_columns": [[1, 0], [0, 1], [0, 0]],
    "zero": [[0, 0], [0, 0]],
    "binary": [[0, 1], [1, 1]],
    "positive": [[1, 2], [3, 4]],
}
NO = {
    "symmetric": [[1, 2], [3, 3]],
    "skew": [[1, 2], [-2, 0]],
    "diagonal": [[1, 1], [1, 3]],
    "orthogonal": [[0, 2], [1, 0]],
    "positive_definite": [[1, 2], [2, 1]],
    "invertible": [[1, 2], [2, 4]],
    "projection": [[1, 1], [0, 0]],
    "identity": [[1, 0], [0, -1]],
    "scalar": [[2, 0], [0, 3]],
    "orthonormal_columns": [[1, 1], [0, 1], [0, 0]],
    "zero": [[0, 0], [1, 0]],
    "binary": [[0, 1], [-1, 1]],
    "positive": [[1, 2], [3, 0]],
}


@pytest.mark.parametrize("name", YES)
def test_a_property_is_told_from_what_is_nearly_one(name: str) -> None:
    if name == "invertible":
        with pytest.raises(PointError):
            has(name, NO[name])
    else:
        assert not has(name, NO[name])
    assert has(name, YES[name])


def test_every_property_of_matrices_has_such_a_pair() -> None:
    of_matrices = {
        name
        for name, row in PROPERTIES.items()
        if rows.MATRIX in row.takes or rows.SQUARE in row.takes
    }
    assert of_matrices == YES.keys() == NO.keys()
