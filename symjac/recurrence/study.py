r"""A claimed one-step Jacobian against the true one, over many steps, in numbers.

    P_0 = 1,   P_s = J_s P_{s-1} in numerator layout (latest leftmost), or
    P_s = P_{s-1} J_s in denominator layout;   ||J_s|| <= ||W|| gamma

Source: Pascanu, Mikolov and Bengio (2013), equations (5) to (7).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from symjac.errors import NumericError, SoundnessError, UnsupportedError
from symjac.jacobian import Jacobian
from symjac.recurrence.numeric import (
    Array,
    Functions,
    at_step,
    evaluate,
    numpy,
    scaled_weights,
    trajectory,
    uniform,
)
from symjac.recurrence.ranges import extent
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.terms.shape import Dim, Kind, Layout
from symjac.typeset import text

OTHER_SIZE = 2  # of dimensions other than the state's
OTHER_SCALE = 0.5  # inputs, input weights and biases are uniform in (-0.5, 0.5)
NOISE = 1e-12  # singular values below this share of the largest are rounding errors
ROUNDING = 1e-9  # relative; a norm may pass its bound by so much
DIGITS = 6  # significant ones, so that machines agree


@dataclass(frozen=True, slots=True)
class Setting:
    """How large, how long, and at which seed; `function` stands for generic ones."""

    size: int
    steps: int
    sigma_max: float
    seed: int
    function: str = "tanh"
    decimals: int = 4


@dataclass(frozen=True, slots=True)
class Decay:
    """Norms for each number of steps from 0 on, and the true singular values.

    `norm` is the 2-norm of the weights, `slope` the bound gamma of the function's
    derivative; singular values that are rounding errors are left out.
    """

    norm: float
    slope: float
    truth: tuple[float, ...]
    claim: tuple[float, ...]
    bound: tuple[float, ...]
    spectra: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """One step's Jacobian, the claimed one, and the values they stand for."""

    weights: Array
    slopes: Array
    truth: Array
    claim: Array


@dataclass(frozen=True, slots=True)
class Question:
    """A derivative of a state by the state one step earlier, and what is claimed.

    Raises:
        UnsupportedError: it is not a product of one weight matrix and one diagonal of
            the slopes of a function, transposed or not, in either order.
    """

    jacobian: Jacobian
    claim: m.MatrixExpr
    layout: Layout

    @property
    def truth(self) -> m.MatrixExpr:
        """The derived matrix form."""
        return self.jacobian.plain(self.layout).expr

    @property
    def weight(self) -> m.Symbol:
        """The one weight matrix of the derivative."""
        return self._factors()[0]

    @property
    def slopes(self) -> m.Elementwise:
        """The one vector of slopes of the derivative."""
        return self._factors()[1]

    def _factors(self) -> tuple[m.Symbol, m.Elementwise]:
        found = [_bare(factor) for factor in m.factors(self.truth)]
        weights = [f for f in found if isinstance(f, m.Symbol)]
        slopes = [f for f in found if isinstance(f, m.Elementwise)]
        is_step = self.jacobian.of.shape.kind is Kind.COLUMN and (
            self.jacobian.of.name == self.jacobian.wrt.name
        )
        if not (is_step and len(found) == 2 and len(weights) == len(slopes) == 1):
            raise UnsupportedError(
                f"no pictures of d({self.jacobian.of})/d({self.jacobian.wrt}): it is"
                " not one weight matrix times the diagonal matrix of slopes"
            )
        return weights[0], slopes[0]


def _bare(factor: m.MatrixExpr) -> m.MatrixExpr:
    """A factor without transpose or diag."""
    return factor.arg if isinstance(factor, m.Transpose | m.Diag) else factor


def decay(question: Question, setting: Setting) -> Decay:
    r"""Norms of the products over 0 to T steps, true and claimed, and their bound.

    $\lVert \partial x^{(t)} / \partial x^{(k)} \rVert_2$ for $k = 0$

    Raises:
        UnsupportedError: see `Question`; or the function's largest slope is not known.
        SoundnessError: a true norm passes its bound.
    """
    np = numpy()
    known = chosen_values(question, setting)
    forms = (question.truth, question.claim)
    truth, claim = (products(question, form, known, setting) for form in forms)
    norm = float(np.linalg.norm(known[str(question.weight)], 2))
    slope = largest_slope(question, setting)
    norms = [float(np.linalg.norm(one, 2)) for one in truth]
    bound = [(norm * slope) ** lag for lag in range(setting.steps + 1)]
    if any(one > top * (1 + ROUNDING) for one, top in zip(norms, bound, strict=True)):
        raise SoundnessError("the norm of the true product passes its bound")
    return Decay(
        norm,
        slope,
        rounded(norms),
        rounded(float(np.linalg.norm(one, 2)) for one in claim),
        rounded(bound),
        tuple(spectrum(one) for one in truth),
    )


def rounded(values: Iterable[float]) -> tuple[float, ...]:
    """Numbers to six significant digits."""
    return tuple(float(f"{x:.{DIGITS}g}") for x in values)


def spectrum(matrix: Array) -> tuple[float, ...]:
    """Singular values in falling order, without those that are rounding errors."""
    found = numpy().linalg.svd(matrix, compute_uv=False)
    return rounded(x for x in found if x > NOISE * found[0])


def entries(question: Question, setting: Setting) -> Entries:
    """The Jacobian of the last step and the claimed one, entry by entry."""
    known = chosen_values(question, setting)
    read = partial(_at, question, known, setting.steps, setting)
    return Entries(
        known[str(question.weight)],
        read(question.slopes),
        read(question.truth),
        read(question.claim),
    )


def products(
    question: Question, form: m.MatrixExpr, known: dict[str, Array], setting: Setting
) -> list[Array]:
    """The products over 0, 1, ..., T steps from step 0 on."""
    found = [numpy().eye(setting.size)]
    for step in range(1, setting.steps + 1):
        factor = _at(question, known, step, setting, form)
        latest_left = question.layout is Layout.NUMERATOR
        found.append(factor @ found[-1] if latest_left else found[-1] @ factor)
    return found


def _at(
    question: Question,
    known: dict[str, Array],
    step: int,
    setting: Setting,
    form: m.MatrixExpr,
) -> Array:
    """A form at the step that takes the state to `step`."""
    time = question.jacobian.of.time
    assert time is not None
    placed = at_step(form, time.base, step - time.offset)
    return evaluate(placed, known, functions=_functions(question, setting))


def _functions(question: Question, setting: Setting) -> Functions:
    names = question.jacobian.program.functions
    return dict.fromkeys(names, setting.function)


def largest_slope(question: Question, setting: Setting) -> float:
    """Gamma, the supremum of the absolute slope of the function.

    Raises:
        UnsupportedError: it is not known.
    """
    function = question.slopes.function
    name = setting.function if function.is_generic else function.name
    found = extent(name, question.slopes.order)
    if found is None or not found.supremum.is_finite:
        shown = text.matrix_text(question.slopes)
        raise UnsupportedError(f"no bound is known for the slopes {shown}")
    return float(found.supremum)


def chosen_values(question: Question, setting: Setting) -> dict[str, Array]:
    """Seeded values of everything over the steps.

    Raises:
        UnsupportedError: a symbol has declared properties, which random values lack.
    """
    program, weight = question.jacobian.program, question.weight
    values: dict[str, Array] = {
        str(weight): scaled_weights(
            setting.size,
            sigma_max=setting.sigma_max,
            seed=setting.seed,
            decimals=setting.decimals,
        )
    }
    defined = {d.symbol for d in program.definitions}
    for rank, symbol in enumerate(program.symbols):
        if symbol.properties:
            raise UnsupportedError(
                f"no random values for {symbol}, which is {symbol.properties[0]}"
            )
        if symbol in defined or symbol == weight:
            continue
        shape = tuple(_size(dim, question, setting) for dim in symbol.shape.dims)
        key, shape = _series(program, symbol, shape, setting.steps)
        seed = 1000 * setting.seed + rank
        values[key] = uniform(shape, seed=seed) * OTHER_SCALE
    functions = _functions(question, setting)
    return trajectory(program, values, steps=setting.steps, functions=functions)


def _series(
    program: Program, symbol: m.Symbol, shape: tuple[int, ...], steps: int
) -> tuple[str, tuple[int, ...]]:
    """The key of a symbol's values: a start for a state, a row a step for an input."""
    if symbol.name in program.states:
        return f"{symbol.name}[0]", shape
    return str(symbol), shape if symbol.time is None else (steps, *shape)


def _size(dim: Dim, question: Question, setting: Setting) -> int:
    if dim in question.jacobian.of.shape.dims:
        return setting.size
    if isinstance(dim, int):
        return dim
    if isinstance(dim, str):
        return OTHER_SIZE
    raise NumericError(f"no size is chosen for the dimension {dim}")
