"""Numbers for a recurrence: its states step by step, matrix forms at them, weights.

Values are float64 arrays, keyed as the equations write them: `"W"`, `"x[0]"`. A vector
has one axis. Matrix form in, arrays out; the vocabulary is closed, and nothing is ever
evaluated as Python. NumPy comes with the extra `plot`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from symjac.errors import NumericError, ShapeError, UnsupportedError
from symjac.recurrence.arrays import Array, numpy
from symjac.recurrence.reader import Reader
from symjac.terms import matrix as m
from symjac.terms.program import Defined, Program
from symjac.terms.shape import Time

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
