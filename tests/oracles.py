"""Independent oracles: NumPy's meaning of matrix forms, complex steps, autograd, SymPy.

None of them uses a rule of symjac: matrix forms are evaluated by NumPy's own operators.
Generic functions become f(x) = sin(x) + x**2/3, whose derivatives are written by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np

from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import Compound, Dim, Kind
from tests.operation_oracles import operation, size_of

Array = Any
Values = dict[str, Array]
SIZES = {"n": 3, "m": 2, "p": 4, "q": 5}


def sigmoid(x: Array, np: ModuleType) -> Array:
    return 1 / (1 + np.exp(-x))


def _positive(x: Array) -> Array:
    return np.real(x) > 0


def _cut(x: Array) -> Array:
    return np.where(
        _positive(x - 1), 1 + 0 * x, np.where(_positive(-x - 1), -1 + 0 * x, x)
    )


def named(name: str, order: int, x: Array, np: ModuleType) -> Array:
    """Named functions and their derivatives, written by hand."""
    s = sigmoid(x, np)
    table: dict[tuple[str, int], Callable[[], Array]] = {
        ("tanh", 0): lambda: np.tanh(x),
        ("tanh", 1): lambda: 1 / np.cosh(x) ** 2,
        ("tanh", 2): lambda: -2 * np.tanh(x) / np.cosh(x) ** 2,
        ("sigmoid", 0): lambda: s,
        ("sigmoid", 1): lambda: np.exp(-x) / (1 + np.exp(-x)) ** 2,
        ("softplus", 0): lambda: np.log(1 + np.exp(x)),
        ("softplus", 1): lambda: s,
        ("exp", 0): lambda: np.exp(x),
        ("exp", 1): lambda: np.exp(x),
        ("sin", 0): lambda: np.sin(x),
        ("sin", 1): lambda: np.cos(x),
        ("cos", 0): lambda: np.cos(x),
        ("cos", 1): lambda: -np.sin(x),
        ("relu", 0): lambda: x * _positive(x),
        ("relu", 1): lambda: _positive(x) + 0 * x,
        ("step", 0): lambda: _positive(x) + 0 * x,
        ("log", 0): lambda: np.log(x),
        ("log", 1): lambda: 1 / x,
        ("arctan", 0): lambda: np.arctan(x),
        ("arctan", 1): lambda: 1 / (1 + x * x),
        ("arcsinh", 0): lambda: np.arcsinh(x),
        ("hardtanh", 0): lambda: _cut(x),
        ("mish", 1): lambda: (
            np.tanh(np.log(1 + np.exp(x))) + x * s / np.cosh(np.log(1 + np.exp(x))) ** 2
        ),
        ("huber", 1): lambda: _cut(x),
        ("huber", 0): lambda: _cut(x) * (x - _cut(x) / 2),
        ("silu", 0): lambda: x * s,
        ("silu", 1): lambda: s + x * s * (1 - s),
        ("elu", 0): lambda: np.where(_positive(x), x, np.exp(x) - 1),
        ("elu", 1): lambda: np.where(_positive(x), 1 + 0 * x, np.exp(x)),
        ("leaky_relu", 0): lambda: np.where(_positive(x), x, x / 100),
        ("leaky_relu", 1): lambda: np.where(_positive(x), 1 + 0 * x, 0.01 + 0 * x),
        ("abs", 0): lambda: np.where(_positive(x), x, -x),
        ("sign", 0): lambda: _positive(x) - _positive(-x) * 1.0 + 0 * x,
        ("tan", 0): lambda: np.tan(x),
        ("tan", 1): lambda: 1 / np.cos(x) ** 2,
        ("sinh", 0): lambda: np.sinh(x),
        ("cosh", 0): lambda: np.cosh(x),
        ("log1p", 0): lambda: np.log(1 + x),
        ("expm1", 0): lambda: np.exp(x) - 1,
        ("softsign", 0): lambda: x / (1 + np.where(_positive(x), x, -x)),
        ("softsign", 1): lambda: 1 / (1 + np.where(_positive(x), x, -x)) ** 2,
        ("arctanh", 0): lambda: np.log((1 + x) / (1 - x)) / 2,
        ("arcsin", 0): lambda: np.arcsin(x),
        ("mish", 0): lambda: x * np.tanh(np.log(1 + np.exp(x))),
        ("logit", 0): lambda: np.log(x / (1 - x)),
        ("log1mexp", 0): lambda: np.log(1 - np.exp(-x)),
        ("sqrt", 0): lambda: np.sqrt(x),
        ("sqrt", 1): lambda: 0.5 / np.sqrt(x),
    }
    return table[name, order]()


def generic(order: int, x: Array, np: ModuleType) -> Array:
    """The n-th derivative of sin(x) + x**2/3."""
    polynomial = {0: x**2 / 3, 1: 2 * x / 3, 2: 2 / 3}.get(order, 0)
    return np.sin(x + order * np.pi / 2) + polynomial


def function_value(node: m.Elementwise | ix.Apply, x: Array, np: ModuleType) -> Array:
    if node.function.is_generic:
        return generic(node.order, x, np)
    return named(node.function.name, node.order, x, np)


def size(dim: Dim) -> int:
    if isinstance(dim, Compound):
        return size_of(dim, size)
    return dim if isinstance(dim, int) else SIZES[dim]


def _constant(expr: m.Constant) -> Array:
    dims = [size(dim) for dim in expr.shape.dims]
    shape = {Kind.COLUMN: [*dims, 1], Kind.ROW: [1, *dims], Kind.SCALAR: [1, 1]}
    return float(expr.value) * np.ones(shape.get(expr.shape.kind, dims))


def evaluate(  # noqa: C901 - exhaustive match
    expr: m.MatrixExpr, values: Values, lib: ModuleType = np
) -> Array:
    """A matrix form over two-dimensional arrays; columns are n x 1."""

    def go(e: m.MatrixExpr) -> Array:
        return evaluate(e, values, lib)

    match expr:
        case m.Symbol():
            return values[str(expr)]
        case m.Constant():
            return _constant(expr)
        case m.Identity(dim):
            return np.eye(size(dim))
        case m.Add(terms):
            total = go(terms[0])
            for term in terms[1:]:
                total = total + go(term)
            return total
        case m.Neg(arg):
            return -go(arg)
        case m.Transpose(arg):
            return go(arg).T
        case m.Diag(arg):
            return np.eye(len(go(arg))) * go(arg)
        case m.Elementwise(arg=arg):
            return function_value(expr, go(arg), lib)
        case m.Operation(args=args):
            return operation(expr, [go(arg) for arg in args], lib, size)
        case m.Power(base, exponent):
            return go(base) ** float(exponent)
        case m.Quotient(above, below):
            return go(above) / go(below)
        case m.Scale(left, right) | m.Hadamard(left, right):
            return go(left) * go(right)
        case m.MatMul(left, right):
            return go(left) @ go(right)


def _factor(factor: ix.Factor, at: dict[ix.Index, int], values: Values) -> complex:
    match factor:
        case ix.Delta(left, right):
            return float(at[left] == at[right])
        case ix.Entry(matrix, indices):
            place = tuple(at[i] for i in indices)  # n*m entries have two indices
            array = evaluate(matrix, values).reshape([*map(size, matrix.shape.flat)])
            return complex(array[place])
        case ix.Apply(argument=argument):
            return complex(
                function_value(factor, terms_value(argument, at, values), np)
            )
        case ix.Power(base, exponent):
            return terms_value(base, at, values) ** float(exponent)
        case ix.Partial():
            raise AssertionError("a derivative is left")


def terms_value(terms: ix.Terms, at: dict[ix.Index, int], values: Values) -> complex:
    """An index form at numbers, by brute-force summation."""
    total = 0j
    for term in terms:
        places: list[dict[ix.Index, int]] = [{}]
        for index in term.bound:
            places = [{**p, index: n} for p in places for n in range(size(index.dim))]
        for place in places:
            product = complex(term.coefficient)
            for factor in term.factors:
                product *= _factor(factor, {**at, **place}, values)
            total += product
    return total


def random_values(
    symbols: tuple[m.Symbol, ...], seed: int, *, signed: bool = False
) -> Values:
    """Random entries of size 0.2 to 1.4, positive or signed; none symmetric unsaid."""
    rng = np.random.default_rng(seed)
    values: Values = {}
    for symbol in symbols:
        dims = [size(dim) for dim in symbol.shape.dims]
        shape = (*dims, 1, 1)[:2]
        if symbol.shape.kind is Kind.ROW:
            shape = (1, *dims)
        values[str(symbol)] = rng.uniform(0.2, 1.4, shape)
        if signed:
            values[str(symbol)] *= rng.choice((-1.0, 1.0), shape)
        if "positive_definite" in symbol.properties:
            values[str(symbol)] @= values[str(symbol)].T
    return values


Definitions = list[tuple[m.Symbol, m.MatrixExpr]]


def forward(definitions: Definitions, values: Values, lib: ModuleType = np) -> Values:
    """Values of the definitions, in order."""
    known = dict(values)
    for symbol, body in definitions:
        known[str(symbol)] = evaluate(body, known, lib)
    return known


def complex_step(
    definitions: Definitions, of: m.Symbol, wrt: m.Symbol, values: Values
) -> Array:
    """J[j, k] = d of_j / d wrt_k, entries in row-major order, by complex steps."""
    step = 1e-30
    columns = []
    base = values[str(wrt)]
    for place in np.ndindex(base.shape):
        moved = base.astype(complex)
        moved[place] += 1j * step
        known = forward(definitions, {**values, str(wrt): moved})
        columns.append(np.imag(known[str(of)]).ravel() / step)
    return np.array(columns).T


def autograd_jacobian(
    definitions: Definitions, of: m.Symbol, wrt: m.Symbol, values: Values
) -> Array:
    """The same by HIPS autograd."""
    import autograd
    import autograd.numpy as lib

    def function(flat: Array) -> Array:
        moved = flat.reshape(values[str(wrt)].shape)
        return forward(definitions, {**values, str(wrt): moved}, lib)[str(of)].ravel()

    return autograd.jacobian(function)(values[str(wrt)].ravel())


def agree(
    left: Array, right: Array, tolerance: float = 1e-10, floor: float = 1.0
) -> bool:
    """Equal shapes, and entries equal up to a tolerance relative to the largest."""
    left, right = np.asarray(left), np.asarray(right)
    if left.shape != right.shape:
        return False
    scale = max(floor, float(np.max(np.abs(right), initial=0.0)))
    return bool(np.max(np.abs(left - right), initial=0.0) <= tolerance * scale)


def exact(value: Fraction | int) -> Fraction:
    """An exact number."""
    return Fraction(value)
