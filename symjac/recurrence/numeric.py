"""Numbers for a recurrence: its states step by step, matrix forms at them, weights.

Values are float64 arrays, keyed as the equations write them: `"W"`, `"x[0]"`. A vector
has one axis; its shape in symjac says whether it is a column or a row. Functions are
evaluated in ball arithmetic, from the one table that the verdicts use, and rounded
once. The vocabulary is closed, and nothing is ever evaluated as Python. NumPy comes
with the extra `plot`.
Source: NumPy; Johansson (2017), "Arb".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, assert_never

from symjac.claims.evaluate import Point
from symjac.claims.linear import PointError
from symjac.errors import NumericError, ShapeError, UnsupportedError
from symjac.language.meaning import definition
from symjac.language.values import derivative
from symjac.lazy import lazy_import, optional_import
from symjac.library.functions import lookup
from symjac.library.row import Function
from symjac.terms import matrix as m
from symjac.terms.operations import as_matrix
from symjac.terms.program import Defined, Program
from symjac.terms.shape import Compound, Dim, Kind, Shape, Time

if TYPE_CHECKING:
    import flint
else:
    flint = lazy_import("flint")

Array = Any  # numpy.ndarray of float64
Sizes = Callable[[Dim], int]
PRECISION = 128  # bits; a result is rounded to the 53 bits of float64


def numpy() -> Any:
    """NumPy, which the extra `plot` brings.

    Raises:
        PackageError: it is not installed.
    """
    return optional_import("numpy", extra="plot")


def elementwise(function: Function, order: int, x: Array) -> Array:
    """A named function's derivative of given order at every entry.

    Raises:
        NumericError: an entry outside the domain, or at a kink.
    """
    np = numpy()
    flint.ctx.prec = PRECISION
    values = [_value(function, order, float(entry)) for entry in x.flat]
    return np.array(values, dtype=float).reshape(x.shape)


def _value(function: Function, order: int, x: float) -> float:
    if x in function.kinks_at and not function.is_known_at_kinks(order):
        raise NumericError(f"{function.name} is not smooth at {x:g}")
    value = float(derivative(function, order, flint.arb(x)))
    if not math.isfinite(value):
        raise NumericError(f"{function.name} has no finite value at {x}")
    return value


def operation(node: m.Operation, args: list[Array], sizes: Sizes) -> Array:
    """The value of an operation: by NumPy what is `FAST`, else as the verdicts see it.

    Raises:
        NumericError: it has no value, as the inverse of a singular matrix.
    """
    if node.name in FAST:
        return FAST[node.name](numpy(), node, args, sizes)
    symbols = tuple(
        m.Symbol(f"x_{place}", Shape(arg.shape.kind, value.shape))
        for place, (arg, value) in enumerate(zip(node.args, args, strict=True))
    )
    values = dict(zip(symbols, args, strict=True))
    point = Point(
        {}, lambda s, at: Fraction(float(values[s][at])), _none, None, {}, True
    )
    whole = m.Operation(node.name, symbols, tuple(map(sizes, node.parameters)))
    found = numpy().empty([sizes(dim) for dim in node.shape.dims])
    try:
        for at in numpy().ndindex(found.shape):
            found[at] = float(point.jet(whole, at).value)
    except PointError as error:
        raise NumericError(f"no value: {error.message}") from None
    return found


def _none(order: int, count: int) -> Fraction:
    raise AssertionError("no generic function is in a row")


def _blocks(np: Any, node: m.Operation, args: list[Array], sizes: Sizes) -> Array:
    pairs = zip(args, node.args, strict=True)
    parts = [value.reshape(_two_axes(arg.shape, sizes)) for value, arg in pairs]
    whole = getattr(np, node.name)(parts)
    return whole.ravel() if len(node.shape.dims) == 1 else whole


def _two_axes(shape: Any, sizes: Sizes) -> tuple[int, int]:
    rows, columns = as_matrix(shape)
    return sizes(rows), sizes(columns)


def _logsumexp(x: Array) -> Array:
    np = numpy()
    largest = np.max(x)
    return largest + np.log(np.sum(np.exp(x - largest)))


def _selector(place: int, *parts: int) -> Array:
    """The columns of the identity that belong to one block."""
    start = sum(parts[: place - 1])
    return numpy().eye(sum(parts))[:, start : start + parts[place - 1]]


FAST: dict[str, Callable[..., Array]] = {  # what large arrays need, or would overflow
    "sum": lambda np, node, args, sizes: np.sum(*args),
    "dim": lambda np, node, args, sizes: float(sizes(node.parameters[0])),
    "inv": lambda np, node, args, sizes: np.linalg.inv(*args),
    "logdet": lambda np, node, args, sizes: np.linalg.slogdet(*args)[1],
    "norm2": lambda np, node, args, sizes: np.linalg.norm(*args),
    "logsumexp": lambda np, node, args, sizes: _logsumexp(*args),
    "softmax": lambda np, node, args, sizes: np.exp(args[0] - _logsumexp(*args)),
    "hstack": _blocks,
    "vstack": _blocks,
    "selector": lambda np, node, args, sizes: _selector(*map(sizes, node.parameters)),
}


def size_of(dim: Dim, known: dict[str, int]) -> int:
    """Size of a dimension, a compound one from its parts.

    Raises:
        NumericError: no value says how large it is.
    """
    if isinstance(dim, Compound):
        sizes = [size_of(part, known) for part in dim.parts]
        return math.prod(sizes) if dim.operator == "*" else sum(sizes)
    if isinstance(dim, int):
        return dim
    if dim not in known:
        raise NumericError(
            f"no value says how large the dimension {dim} is",
            hint=f"give sizes={{{dim!r}: ...}}",
        )
    return known[dim]


DEFAULT_FUNCTION = "tanh"


@dataclass(slots=True)
class Reader:
    """Values of symbols, functions for generic ones, and sizes of dimensions."""

    known: dict[str, Array]
    functions: dict[str, str]
    sizes: dict[str, int]

    def enter(self, symbol: m.Symbol, value: Any) -> None:
        """Take a value for a symbol.

        Raises:
            ShapeError: it does not fit the symbol's shape or what is known of sizes.
            NumericError: it is no array of finite numbers.
        """
        np = numpy()
        try:
            array = np.array(value, dtype=float)
        except (TypeError, ValueError):
            raise NumericError(f"{symbol} is no array of real numbers") from None
        dims = symbol.shape.dims
        if array.ndim != len(dims):
            raise ShapeError(
                f"{symbol} is {symbol.shape}, its value has shape {array.shape}",
                hint="a vector has one axis" if len(dims) == 1 else None,
            )
        for dim, size in zip(dims, array.shape, strict=True):
            if self.size_known(dim, size) != size:
                raise ShapeError(
                    f"{symbol} is {symbol.shape}, its value has shape {array.shape}",
                    known=", ".join(f"{k} = {v}" for k, v in self.sizes.items()),
                )
        if symbol.symmetric and not np.array_equal(array, array.T):
            raise NumericError(f"{symbol} is declared symmetric, its value is not")
        self.known[str(symbol)] = finite(str(symbol), array)

    def size_known(self, dim: Dim, size: int) -> int:
        """The size of a dimension; a name without one takes that of the value."""
        if isinstance(dim, str):
            return self.sizes.setdefault(dim, size)
        if isinstance(dim, Compound):
            return size
        return dim

    def define(self, symbol: m.Symbol, body: m.MatrixExpr) -> None:
        """Evaluate a definition.

        Raises:
            NumericError: the symbol has a value already, or one that it needs has none.
        """
        if str(symbol) in self.known:
            raise NumericError(f"{symbol} is given, but the equations define it")
        self.known[str(symbol)] = self.read(body)

    def read(self, expr: m.MatrixExpr) -> Array:
        """The value of a matrix form; an overflow is an error, not infinity."""
        np = numpy()
        try:
            with np.errstate(over="raise", divide="raise", invalid="raise"):
                value = np.asarray(self._value(expr), dtype=float)
        except FloatingPointError as error:
            raise NumericError(f"no finite value: {error}") from None
        except np.linalg.LinAlgError as error:
            raise NumericError(f"no value: {error}") from None
        except ValueError as error:  # compound dimensions are checked by NumPy alone
            raise ShapeError(f"values do not fit together: {error}") from None
        return finite("the result", value)

    def _value(self, expr: m.MatrixExpr) -> Array:  # noqa: C901 - exhaustive
        np = numpy()
        match expr:
            case m.Symbol():
                return self._symbol(expr)
            case m.Constant(value, shape):
                return np.full([self.size(dim) for dim in shape.dims], float(value))
            case m.Identity(dim):
                return np.eye(self.size(dim))
            case m.Transpose(arg):
                return self._value(arg).T
            case m.Diag(arg):
                return np.diag(self._value(arg))
            case m.Elementwise(function, order, arg):
                return elementwise(self.chosen(function), order, self._value(arg))
            case m.Operation():
                return self._operation(expr)
            case m.Add(terms):
                return sum(map(self._value, terms[1:]), self._value(terms[0]))
            case m.Neg(arg):
                return -self._value(arg)
            case m.Scale(left, right) | m.Hadamard(left, right):
                return self._value(left) * self._value(right)
            case m.MatMul(left, right):
                return self._product(left, right)
            case m.Power(base, exponent):
                return self._value(base) ** float(exponent)
            case m.Quotient(above, below):
                return self._value(above) / self._value(below)
        assert_never(expr)

    def _operation(self, expr: m.Operation) -> Array:
        """By its own row of arrays, or by what it means for its operands."""
        values = [self._value(arg) for arg in expr.args]
        if expr.name in FAST or not expr.row.is_defined:
            return operation(expr, values, self.size)
        letters = [m.Symbol(n, a.shape) for n, a in zip("ABC", expr.args, strict=False)]
        known = {str(s): v for s, v in zip(letters, values, strict=True)}
        inner = Reader(known, self.functions, self.sizes)
        return inner._value(definition(replace(expr, args=tuple(letters))))

    def _product(self, left: m.MatrixExpr, right: m.MatrixExpr) -> Array:
        """A vector has one axis, so only column times row is not NumPy's product."""
        one, two = self._value(left), self._value(right)
        return numpy().outer(one, two) if left.shape.kind is Kind.COLUMN else one @ two

    def _symbol(self, symbol: m.Symbol) -> Array:
        if str(symbol) not in self.known:
            raise NumericError(
                f"no value for {symbol}, which is {symbol.shape}",
                hint=f'give values["{symbol}"]',
            )
        return self.known[str(symbol)]

    def size(self, dim: Dim) -> int:
        """Size of a dimension."""
        return size_of(dim, self.sizes)

    def chosen(self, function: Function) -> Function:
        """The named function that stands for a generic one.

        Raises:
            UnsupportedError: the table has no function of that name.
        """
        if not function.is_generic:
            return function
        name = self.functions.get(function.name, DEFAULT_FUNCTION)
        found = lookup(name)
        if found.is_generic:
            raise UnsupportedError(f"no numbers for the function {name}")
        return found


def finite(name: str, array: Array) -> Array:
    """The same array.

    Raises:
        NumericError: an entry is infinite or no number.
    """
    if not numpy().isfinite(array).all():
        raise NumericError(f"{name} has entries that are not finite")
    return array


Values = Mapping[str, Any]
Functions = Mapping[str, str]


def trajectory(
    program: Program,
    values: Values,
    *,
    steps: int,
    functions: Functions | None = None,
) -> dict[str, Array]:
    r"""The states of a recurrence: its definitions evaluated step by step.

    $x^{(s)} = F(x^{(s-1)}, u^{(s)})$ for $s = 1, \dots, T$

    Shapes: as in the program; a vector has one axis.

    Args:
        program: equations whose definitions have a time step; the latest of them is
            evaluated at steps 1 to T. One without a step is evaluated once, before.
        values: weights by name, initial states such as `"x[0]"`, inputs one by one as
            `"u[1]"`, or all at once as `"u[t]"`: one row for each step t. Declared
            properties other than symmetry are not checked.
        steps: T, in steps.
        functions: a named function for each generic one; tanh by default.

    Returns:
        The given values and the computed ones, keyed as `"x[3]"`.

    Raises:
        NumericError: a value is missing, unknown, computed as well, or not finite.
        ShapeError: a value does not fit the shape that the equations give it.
        UnsupportedError: no definition has a time step, or one has a fixed step.

    Example:
        >>> import symjac
        >>> program = symjac.parse("x[t] = 1/2 * x[t-1] + u[t]")
        >>> found = trajectory(program, {"x[0]": [4], "u[t]": [[0], [1]]}, steps=2)
        >>> found["x[2]"].tolist()
        [2.0]
    """
    clock = _clock(program)
    given = clock.spread(program, values, steps)
    reader = Reader({}, dict(functions or {}), {})
    for symbol in _leaves(program, clock, steps):
        if str(symbol) in given:
            reader.enter(symbol, given.pop(str(symbol)))
    if given:
        raise NumericError(
            f"{min(given)} is no value that the equations take over {steps} steps",
            hint=_expected(program),
        )
    for defined in program.definitions:
        if defined.symbol.time is None:
            reader.define(defined.symbol, defined.body)
    for step in range(1, steps + 1):
        for defined in clock.timed(program):
            now = step - clock.latest
            symbol = _numbered(defined.symbol, clock.base, now)
            reader.define(symbol, at_step(defined.body, clock.base, now))
    return reader.known


def evaluate(
    expr: m.MatrixExpr,
    values: Values,
    *,
    functions: Functions | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Array:
    """The value of a matrix form, such as `jacobian.matrix("numerator").expr`.

    Shapes: those of the form; a vector has one axis, a scalar none.

    Args:
        expr: a matrix form; `at_step` moves one to a step of a trajectory.
        values: a value for each symbol, keyed as it prints: `"W"`, `"x[t-1]"`.
        functions: a named function for each generic one; tanh by default.
        sizes: of dimensions that no value has.

    Raises:
        NumericError: a value is missing or not finite; a singular matrix is inverted.
        ShapeError: a value does not fit its symbol.

    Example:
        >>> import symjac
        >>> program = symjac.parse("y = A @ x")
        >>> jacobian = symjac.derive(program, wrt="x")
        >>> evaluate(jacobian.matrix("denominator").expr, {"A": [[1, 2], [3, 4]]})
        array([[1., 3.],
               [2., 4.]])
    """
    reader = Reader({}, dict(functions or {}), dict(sizes or {}))
    for symbol in m.symbols(expr):
        if str(symbol) in values:
            reader.enter(symbol, values[str(symbol)])
    return reader.read(expr)


def at_step(expr: m.MatrixExpr, base: str | None, step: int) -> m.MatrixExpr:
    """The same form with every time such as `t-1` made the number `step - 1`.

    Example:
        >>> import symjac
        >>> (defined,) = symjac.parse("x[t] = 2 * x[t-1]").definitions
        >>> print(symjac.typeset.text.matrix_text(at_step(defined.body, "t", 5)))
        2 * x[4]
    """
    return m.shift(expr, Time(base, 0), Time(None, step))


def _numbered(symbol: m.Symbol, base: str | None, step: int) -> m.Symbol:
    return symbol.shifted(Time(base, 0), Time(None, step))


def scaled_weights(
    size: int,
    *,
    seed: int,
    radius: float | None = None,
    sigma_max: float | None = None,
    decimals: int = 4,
) -> Array:
    """A random square matrix of given spectral radius or largest singular value.

    The raw stream of PCG64, which NumPy keeps stable, gives entries uniform in
    (-1, 1); they are scaled, and rounded so that machines agree on them.

    Shapes: (size, size).

    Args:
        seed: of the stream.
        radius: the largest absolute eigenvalue, met up to the rounding.
        sigma_max: or the largest singular value, the 2-norm.
        decimals: of the entries.

    Raises:
        NumericError: not exactly one of `radius` and `sigma_max` is given.

    Example:
        >>> scaled_weights(2, sigma_max=1, seed=1, decimals=2).shape
        (2, 2)
    """
    np = numpy()
    if (radius is None) == (sigma_max is None):
        raise NumericError("weights are scaled by radius or by sigma_max, one of them")
    raw = uniform((size, size), seed=seed)
    if radius is not None:
        factor = radius / np.abs(np.linalg.eigvals(raw)).max()
    else:
        factor = sigma_max / np.linalg.norm(raw, 2)
    return np.round(raw * factor, decimals)


def uniform(shape: tuple[int, ...], *, seed: int, decimals: int = 4) -> Array:
    """Numbers uniform in (-1, 1), rounded, from the raw stream of PCG64.

    Args:
        shape: axes of the array.
        seed: of the stream.
        decimals: of the numbers.
    """
    np = numpy()
    raw = np.random.PCG64(seed).random_raw(int(np.prod(shape)))
    return np.round((raw >> 11) * 2.0**-52 - 1, decimals).reshape(shape)


@dataclass(frozen=True, slots=True)
class Clock:
    """The letter of a program's time steps, and the latest offset it defines."""

    base: str | None
    latest: int

    def timed(self, program: Program) -> Iterable[Defined]:
        """Definitions that hold at every step."""
        return (d for d in program.definitions if d.symbol.time is not None)

    def spread(self, program: Program, values: Values, steps: int) -> dict[str, Any]:
        """The values with series such as `u[t]` written as `u[1]`, `u[2]`, ...

        Raises:
            ShapeError: a series has not one row for each step.
        """
        given = dict(values)
        for symbol in program.symbols:
            if (
                symbol.time is None
                or symbol.time.base is None
                or str(symbol) not in given
            ):
                continue
            rows = list(given.pop(str(symbol)))
            if len(rows) != steps:
                raise ShapeError(
                    f"{symbol} needs a row for each of {steps} steps, not {len(rows)}"
                )
            for step, row in enumerate(rows, start=1):
                given[str(_numbered(symbol, self.base, step - self.latest))] = row
        return given


def _clock(program: Program) -> Clock:
    times = [d.symbol.time for d in program.definitions if d.symbol.time is not None]
    bases = {time.base for time in times}
    if len(bases) != 1 or None in bases:
        found = ", ".join(str(d.symbol) for d in program.definitions)
        raise UnsupportedError(
            f"no recurrence over one time such as t: the equations define {found}"
        )
    return Clock(times[0].base, max(time.offset for time in times))


def _leaves(program: Program, clock: Clock, steps: int) -> dict[m.Symbol, None]:
    """What may be given: weights, and timed symbols at all steps."""
    found: dict[m.Symbol, None] = {}
    for symbol in program.symbols:
        for step in range(1, steps + 1):
            found[_numbered(symbol, clock.base, step - clock.latest)] = None
    return found


def _expected(program: Program) -> str:
    defined = {d.symbol for d in program.definitions}
    names = (str(s) for s in program.symbols if s not in defined)
    return f"the equations use {', '.join(names)}"
