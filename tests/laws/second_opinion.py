"""What a program means, from its text alone: Python's grammar and NumPy's operators.

Programs are evaluated by Python itself, columns as n x 1 arrays. So the true derivative
(by complex steps, autograd, dual numbers, or SymPy's element path) shares neither rule
nor parser with symjac. Only results of symjac are walked node by node.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from types import ModuleType
from typing import Any

import autograd
import autograd.numpy
import numpy as np
import sympy
from hypothesis import reject

from symjac.expr.index import Apply, Delta, Entry, Factor, Index, Partial, Raise, Terms
from symjac.expr.matrix import (
    Add,
    Constant,
    Diag,
    Elementwise,
    Hadamard,
    Identity,
    MatMul,
    MatrixExpr,
    Neg,
    Power,
    Quotient,
    Scale,
    Symbol,
    Transpose,
)
from symjac.expr.shape import Kind as ShapeKind
from tests.laws.typed_programs import POSITIVE, QUANTITIES, SIZES, Drawn, Kind

Array = Any
Values = dict[str, Array]
STEP = 1e-40
_X = sympy.Symbol("x")
MEANINGS: dict[str, sympy.Expr] = {
    "f": sympy.sin(_X) + _X**2 / 3,
    "phi": sympy.cos(2 * _X) / 2 + _X**3 / 7,
    "tanh": sympy.tanh(_X),
    "sigmoid": 1 / (1 + sympy.exp(-_X)),
    "softplus": sympy.log(1 + sympy.exp(_X)),
    **{name: getattr(sympy, name)(_X) for name in "exp log sin cos tan".split()},
    **{name: getattr(sympy, name)(_X) for name in "sqrt sinh cosh".split()},
}
POLYNOMIALS = {
    "f": _X**3 / 5 + _X**2 / 2 - _X,
    "phi": _X**4 / 7 - _X**3 + 2 * _X,
}


class OutOfRangeError(FloatingPointError):
    """A value that floats or the domain of a function do not allow."""


@cache
def derivative_of(name: str, order: int, lib: ModuleType) -> Callable[[Array], Array]:
    """A smooth function's derivative, by SymPy."""
    found = sympy.diff(MEANINGS[name], _X, order)
    made: Callable[[Array], Array] = sympy.lambdify(_X, found, [lib.__dict__, "numpy"])
    return made


def kinked(name: str, order: int, x: Array) -> Array:
    """relu, step, abs, sign and their derivatives away from 0."""
    if np.any(np.abs(np.real(x)) < 1e-9):
        raise OutOfRangeError(f"{name} at 0")
    up = np.real(x) > 0
    table = {
        ("relu", 0): lambda: x * up,
        ("relu", 1): lambda: up + 0 * x,
        ("step", 0): lambda: up + 0 * x,
        ("abs", 0): lambda: x * (2 * up - 1),
        ("abs", 1): lambda: 2 * up - 1 + 0 * x,
        ("sign", 0): lambda: 2 * up - 1 + 0 * x,
    }
    return table.get((name, order), lambda: 0 * x)()


def function_value(name: str, order: int, x: Array, lib: ModuleType = np) -> Array:
    """The derivative of a function at an array, entry by entry."""
    if name not in MEANINGS:
        return kinked(name, order, x)
    if name in ("log", "sqrt") and np.any(np.real(x) <= 0):
        raise OutOfRangeError(f"{name} of a number that is not positive")
    return derivative_of(name, order, lib)(x) + 0 * x


@contextmanager
def within_float_range() -> Iterator[None]:
    """Discard an example whose numbers leave the range of floats."""
    try:
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            yield
    except FloatingPointError:
        reject()


# Programs, by Python's own grammar.


def mangled(text: str, shift: int = 0) -> str:
    """Names with time steps and primes as Python identifiers."""

    def timed(match: re.Match[str]) -> str:
        offset = int(match[2] or 0) + shift
        return f"{match[1]}__{abs(offset)}"

    text = re.sub(r"\b([A-Za-z]+)\[t([+-]\d+)?\]", timed, text)
    return re.sub(r"\b([a-z]+)('+)", lambda m: f"{m[1]}_{len(m[2])}", text)


def shape_of(kind: Kind, sizes: Mapping[str, int] = SIZES) -> tuple[int, int]:
    """Rows and columns of a kind's array."""
    dims = [sizes[d] for d in kind[1:]]
    if kind[0] == "m":
        return dims[0], dims[1]
    if kind[0] == "s":
        return 1, 1
    return (1, dims[0]) if kind[0] == "r" else (dims[0], 1)


def random_values(drawn: Drawn, seed: int, *, signed: bool = False) -> Values:
    """Values of every free quantity at the steps 0 to -2, by mangled name."""
    rng = np.random.default_rng(seed)
    kinds = QUANTITIES | {d.name: d.kind for d in drawn.definitions}
    values: Values = {}
    for name, kind in kinds.items():
        for suffix in ("", "__0", "__1", "__2", "__3"):
            low = 0.2 if name in POSITIVE and not signed else -1.3
            array = rng.uniform(low, 1.4, shape_of(kind))
            values[name + suffix] = (array + array.T) / 2 if name == "S" else array
    return values


def vocabulary(lib: ModuleType = np) -> dict[str, Any]:
    """The language's functions for Python's `eval`."""
    names: dict[str, Any] = {d: size for d, size in SIZES.items()}
    names["eye"] = np.eye
    names["ones"] = lambda *dims: np.ones((*dims, 1)[:2])
    names["diag"] = lambda v: np.eye(len(v)) * v
    for name in (*MEANINGS, "relu", "step", "abs", "sign"):
        for order in range(3):
            mark = f"_{order}" if order else ""
            names[name + mark] = _applied(name, order, lib)
    return names


def _applied(name: str, order: int, lib: ModuleType) -> Callable[[Array], Array]:
    return lambda x: function_value(name, order, x, lib)


def steps_of(drawn: Drawn) -> tuple[int, ...]:
    """Time shifts at which the definitions run, for the given variable."""
    return (-1, 0) if "[t-2]" in drawn.wrt else (0,)


def forward(drawn: Drawn, values: Values, names: dict[str, Any]) -> Values:
    """Values of all definitions, evaluated from their text."""
    known = {**names, **values}
    for shift in steps_of(drawn):
        for definition in drawn.definitions:
            target = mangled(definition.name + "[t]" * drawn.timed, shift)
            body = mangled(definition.body, shift)
            known[target] = eval(body, {"__builtins__": {}}, known)
    return known


def complex_step(drawn: Drawn, values: Values, names: dict[str, Any]) -> Array:
    """J[j, k] = d of_j / d wrt_k, entries in row-major order, by complex steps."""
    of, wrt = mangled(drawn.of), mangled(drawn.wrt)
    columns = []
    for place in np.ndindex(values[wrt].shape):
        moved = values[wrt].astype(complex)
        moved[place] += 1j * STEP
        known = forward(drawn, {**values, wrt: moved}, names)
        columns.append(np.imag(known[of] + 0j).ravel() / STEP)
    return np.array(columns).T


def autograd_jacobian(drawn: Drawn, values: Values) -> Array:
    """The same by HIPS autograd, in double precision."""
    of, wrt = mangled(drawn.of), mangled(drawn.wrt)
    names = vocabulary(autograd.numpy)

    def function(flat: Array) -> Array:
        moved = autograd.numpy.reshape(flat, values[wrt].shape)
        return autograd.numpy.ravel(forward(drawn, {**values, wrt: moved}, names)[of])

    return autograd.jacobian(function)(values[wrt].ravel())


# Exact rationals: dual numbers in object arrays.


@dataclass(frozen=True)
class Dual:
    """value + slope * e with e**2 = 0."""

    value: Fraction
    slope: Fraction = Fraction(0)

    def __add__(self, other: Any) -> Dual:
        right = dual(other)
        return Dual(self.value + right.value, self.slope + right.slope)

    def __mul__(self, other: Any) -> Dual:
        right = dual(other)
        slope = self.slope * right.value + self.value * right.slope
        return Dual(self.value * right.value, slope)

    def __truediv__(self, other: Any) -> Dual:
        right = dual(other)
        if right.value == 0:
            raise OutOfRangeError("division by zero")
        value = self.value / right.value
        return Dual(value, (self.slope - value * right.slope) / right.value)

    def __pow__(self, power: Any) -> Dual:
        if power < 0:
            return Dual(Fraction(1)) / self ** (-power)
        out = Dual(Fraction(1))
        for _ in range(int(power)):
            out = out * self
        return out

    def __neg__(self) -> Dual:
        return self * -1

    def __sub__(self, other: Any) -> Dual:
        return self + -dual(other)

    def __rsub__(self, other: Any) -> Dual:
        return dual(other) - self

    def __rtruediv__(self, other: Any) -> Dual:
        return dual(other) / self

    __radd__ = __add__
    __rmul__ = __mul__


def dual(value: Any) -> Dual:
    """A number as a dual number; decimals of the language are exact."""
    if isinstance(value, Dual):
        return value
    return Dual(Fraction(value).limit_denominator(1000))


def polynomial(name: str, order: int) -> Callable[[Array], Array]:
    """A generic function's derivative as an exact polynomial."""
    found = sympy.Poly(sympy.diff(POLYNOMIALS[name], _X, order), _X)
    numbers = [Fraction(int(c.p), int(c.q)) for c in found.all_coeffs()]

    def value(x: Any) -> Any:
        total = x * 0
        for number in numbers:
            total = total * x + number
        return total

    return value


def exact_vocabulary() -> dict[str, Any]:
    """The language's functions for object arrays of dual numbers or fractions."""
    names = vocabulary()
    names["eye"] = lambda n: np.eye(n, dtype=int).astype(object)
    names["ones"] = lambda *dims: np.ones((*dims, 1)[:2], dtype=int).astype(object)
    names["diag"] = lambda v: np.eye(len(v), dtype=int).astype(object) * v
    for name in POLYNOMIALS:
        for order in range(3):
            names[name + (f"_{order}" if order else "")] = polynomial(name, order)
    return names


def exact_values(drawn: Drawn, seed: int) -> Values:
    """Small rationals, none zero; no matrix but S symmetric."""
    rng = np.random.default_rng(seed)
    kinds = QUANTITIES | {d.name: d.kind for d in drawn.definitions}
    values: Values = {}
    for name, kind in kinds.items():
        for suffix in ("", "__0", "__1", "__2", "__3"):
            array = rng.integers(1, 9, shape_of(kind))
            whole = array + array.T if name == "S" else array
            entries = [Dual(Fraction(int(e), 3)) for e in whole.ravel()]
            values[name + suffix] = np.array(entries, object).reshape(whole.shape)
    return values


def exact_jacobian(drawn: Drawn, values: Values) -> Array:
    """The true derivative in exact rationals."""
    of, wrt = mangled(drawn.of), mangled(drawn.wrt)
    columns = []
    for place in np.ndindex(values[wrt].shape):
        moved = values[wrt].copy()
        moved[place] = Dual(moved[place].value, Fraction(1))
        known = forward(drawn, {**values, wrt: moved}, exact_vocabulary())
        columns.append([dual(entry).slope for entry in known[of].ravel()])
    return np.array(columns, object).T


# SymPy's element path at symbolic dimension.


@dataclass(frozen=True)
class Components:
    """An array as a formula for its entry, over symbolic dimensions.

    Every array has a row and a column index; a dimension of 1 ignores its index.
    """

    dims: tuple[Any, Any]
    entry: Callable[[Any, Any], Any]

    def _with(self, other: Any, join: Callable[[Any, Any], Any]) -> Components:
        if not isinstance(other, Components):
            return Components(self.dims, lambda i, j: join(self.entry(i, j), other))
        dims = self.dims if self.dims != (1, 1) else other.dims
        return Components(
            dims, lambda i, j: join(self.entry(i, j), other.entry(i, j))
        )

    def __add__(self, other: Any) -> Components:
        return self._with(other, lambda a, b: a + b)

    def __sub__(self, other: Any) -> Components:
        return self._with(other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Components:
        return self._with(other, lambda a, b: b - a)

    def __mul__(self, other: Any) -> Components:
        return self._with(other, lambda a, b: a * b)

    def __truediv__(self, other: Any) -> Components:
        return self._with(other, lambda a, b: a / b)

    def __rtruediv__(self, other: Any) -> Components:
        return self._with(other, lambda a, b: b / a)

    def __pow__(self, power: Any) -> Components:
        return self._with(power, lambda a, b: a**b)

    def __neg__(self) -> Components:
        return self * -1

    __radd__ = __add__
    __rmul__ = __mul__

    @property
    def T(self) -> Components:
        """The transpose."""
        return Components(self.dims[::-1], lambda i, j: self.entry(j, i))

    def __matmul__(self, other: Components) -> Components:
        middle = self.dims[1]

        def entry(i: Any, j: Any) -> Any:
            if middle == 1:
                return self.entry(i, 0) * other.entry(0, j)
            dummy = sympy.Idx(sympy.Dummy("l", integer=True), middle)
            summand = self.entry(i, dummy) * other.entry(dummy, j)
            return sympy.Sum(summand, (dummy, 0, middle - 1))

        return Components((self.dims[0], other.dims[1]), entry)


DIMS = {d: sympy.Symbol(d, integer=True, positive=True) for d in SIZES}


def symbolic(name: str, kind: Kind) -> Components:
    """A free quantity over symbolic dimensions."""
    base = sympy.IndexedBase(name)
    dims = [DIMS[d] for d in kind[1:]]
    if kind[0] == "s":
        return Components((1, 1), lambda i, j: base[0])
    if kind[0] == "c":
        return Components((dims[0], 1), lambda i, j: base[i])
    if kind[0] == "r":
        return Components((1, dims[0]), lambda i, j: base[j])
    return Components((dims[0], dims[1]), lambda i, j: base[i, j])


def sympy_vocabulary(drawn: Drawn) -> dict[str, Any]:
    """The language's functions, and all quantities, for `Components`."""
    names: dict[str, Any] = dict(DIMS)
    delta = sympy.KroneckerDelta
    names["eye"] = lambda n: Components((n, n), delta)
    names["ones"] = lambda n: Components((n, 1), lambda i, j: sympy.Integer(1))
    names["diag"] = lambda v: Components(
        (v.dims[0], v.dims[0]), lambda i, j: delta(i, j) * v.entry(i, 0)
    )
    for name, meaning in MEANINGS.items():
        for order in range(3):
            mark = f"_{order}" if order else ""
            names[name + mark] = _entrywise(sympy.diff(meaning, _X, order))
    kinds = QUANTITIES | {d.name: d.kind for d in drawn.definitions}
    for name, kind in kinds.items():
        for suffix in ("", "__0", "__1", "__2", "__3"):
            names[name + suffix] = symbolic(name + suffix, kind)
    return names


def _entrywise(meaning: sympy.Expr) -> Callable[[Components], Components]:
    return lambda c: Components(c.dims, lambda i, j: meaning.subs(_X, c.entry(i, j)))


def sympy_jacobian(drawn: Drawn, values: Values) -> Array:
    """SymPy differentiates one entry by one entry; then numbers are put in."""
    kinds = QUANTITIES | {d.name: d.kind for d in drawn.definitions}
    of, wrt = mangled(drawn.of), mangled(drawn.wrt)
    names = sympy_vocabulary(drawn)
    variable = names[wrt]
    found = forward(drawn, {}, names)[of]
    rows, columns = (_letters(c, letter) for c, letter in ((found, "a"), (variable, "b")))
    slope = found.entry(*rows).diff(variable.entry(*columns))
    rows_at = list(np.ndindex(shape_of(kinds[drawn.of.split("[")[0]])))
    columns_at = list(np.ndindex(values[wrt].shape))
    return np.array(
        [
            [_number(slope, (*rows, *columns), (*j, *k), values) for k in columns_at]
            for j in rows_at
        ]
    )


def _letters(found: Components, letter: str) -> tuple[Any, Any]:
    names = (f"{letter}1", f"{letter}2")
    pairs = zip(names, found.dims, strict=True)
    made = (0 if d == 1 else sympy.Idx(sympy.Symbol(n, integer=True), d) for n, d in pairs)
    first, second = made
    return first, second


def _number(
    slope: Any, letters: tuple[Any, ...], at: tuple[int, ...], values: Values
) -> float:
    places = {
        letter: sympy.Integer(place)
        for letter, place in zip(letters, at, strict=True)
        if letter != 0
    }
    dims = {DIMS[d]: sympy.Integer(size) for d, size in SIZES.items()}
    found = slope
    for old, new in {**places, **dims}.items():
        found = found.subs(old, new)
    found = found.doit()
    numbers = {}
    for leaf in found.atoms(sympy.Indexed):
        place = tuple(int(i) for i in leaf.indices)
        array = values[str(leaf.base)]
        flat = array if len(place) == 2 else array.ravel()
        numbers[leaf] = sympy.Float(float(flat[place if len(place) == 2 else place[0]]))
    return float(found.xreplace(numbers).doit())


# Results of symjac, node by node.


def symbol_name(symbol: Symbol) -> str:
    """The mangled name of a symbol."""
    return mangled(str(symbol))


def _constant(expr: Constant, exact: bool) -> Array:
    dims = [SIZES[d] if isinstance(d, str) else d for d in expr.shape.dims]
    shape = {
        ShapeKind.COLUMN: (*dims, 1),
        ShapeKind.ROW: (1, *dims),
        ShapeKind.SCALAR: (1, 1),
        ShapeKind.MATRIX: tuple(dims),
    }[expr.shape.kind]
    if exact:
        return np.full(shape, expr.value, dtype=object)
    return np.full(shape, float(expr.value))


def evaluate(  # noqa: C901 - exhaustive match
    expr: MatrixExpr, known: Values, *, exact: bool = False
) -> Array:
    """A matrix form over two-dimensional arrays."""

    def go(e: MatrixExpr) -> Array:
        return evaluate(e, known, exact=exact)

    match expr:
        case Symbol():
            return known[symbol_name(expr)]
        case Constant():
            return _constant(expr, exact)
        case Identity(dim):
            size = SIZES[dim] if isinstance(dim, str) else dim
            return np.eye(size, dtype=int).astype(object) if exact else np.eye(size)
        case Add(terms):
            total = go(terms[0])
            for term in terms[1:]:
                total = total + go(term)
            return total
        case Neg(arg):
            return -go(arg)
        case Transpose(arg):
            return go(arg).T
        case Diag(arg):
            return np.eye(len(go(arg)), dtype=int).astype(object if exact else float) * go(arg)
        case Elementwise(function, order, arg):
            if exact:
                return polynomial(function.name, order)(go(arg))
            return function_value(function.name, order, go(arg))
        case Power(base, exponent):
            power = int(exponent) if exponent.denominator == 1 else float(exponent)
            return raised(go(base), power)
        case Quotient(above, below):
            return go(above) / go(below)
        case Scale(left, right) | Hadamard(left, right):
            return go(left) * go(right)
        case MatMul(left, right):
            return go(left) @ go(right)


def raised(base: Array, power: float) -> Array:
    """An elementwise power; roots of negative numbers are out of range."""
    if not isinstance(power, int) and np.any(np.real(base) <= 0):
        raise OutOfRangeError("a root of a number that is not positive")
    return base**power if power >= 0 else 1 / base**-power


def terms_value(terms: Terms, at: dict[Index, int], known: Values) -> Any:
    """An index form at numbers, by summation over all values of all indices."""
    total = 0.0
    for term in terms:
        ranges = [range(SIZES[str(index.dim)]) for index in term.bound]
        for places in itertools.product(*ranges):
            inner = {**at, **dict(zip(term.bound, places, strict=True))}
            product: Any = float(term.coefficient)
            for factor in term.factors:
                product = product * _factor(factor, inner, known)
                if product == 0:
                    break
            total = total + product
    return total


def _factor(factor: Factor, at: dict[Index, int], known: Values) -> Any:
    match factor:
        case Delta(left, right):
            return float(at[left] == at[right])
        case Entry(matrix, indices):
            assert isinstance(matrix, Symbol)
            array = known[symbol_name(matrix)]
            places = [at[i] for i in indices]
            return array[tuple(places)] if len(places) == 2 else array.ravel()[[*places, 0][0]]
        case Apply(function, order, argument):
            inner = np.array(terms_value(argument, at, known))
            return function_value(function.name, order, inner)
        case Raise(base, exponent):
            power = int(exponent) if exponent.denominator == 1 else float(exponent)
            return raised(terms_value(base, at, known), power)
        case Partial():
            raise AssertionError("a derivative is left")


def component_values(
    terms: Terms, rows: tuple[Index, ...], columns: tuple[Index, ...], known: Values
) -> Array:
    """All entries of an index form: one row per place of `rows`."""
    places = [
        list(itertools.product(*(range(SIZES[str(i.dim)]) for i in indices)))
        for indices in (rows, columns)
    ]
    return np.array(
        [
            [
                terms_value(terms, dict(zip((*rows, *columns), (*j, *k), strict=True)), known)
                for k in places[1]
            ]
            for j in places[0]
        ]
    )


def distance(left: Array, right: Array) -> float:
    """Largest difference of entries, relative to the largest entry."""
    left, right = np.asarray(left), np.asarray(right)
    assert left.shape == right.shape, (left.shape, right.shape)
    scale = float(np.max(np.abs(right), initial=0.0)) or 1.0
    return float(np.max(np.abs(left - right), initial=0.0)) / scale
