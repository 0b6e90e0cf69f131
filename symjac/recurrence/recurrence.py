r"""A recurrence as an object: its states, inputs, parameters, and the map of one step.

    s[t] = F(s[t-1], u[t]; theta)

The one-step Jacobian has one block for every pair of states. A block is total through
the other quantities of the step, such as gates, and holds the other states of the step
before fixed. Source: Pascanu, Mikolov and Bengio (2013), section 1.1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce

from symjac.derive import derive_symbol
from symjac.errors import Span, UnsupportedError
from symjac.jacobian import Formula, Jacobian
from symjac.shown import recurrence_of
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.terms.shape import Layout, Time


@dataclass(frozen=True, slots=True, repr=False)
class Recurrence:
    """States at their own step, inputs, and parameters of a recurrence.

    Example:
        >>> from symjac.derive import parse
        >>> found = recurrence(parse("x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b"))
        >>> [str(s) for s in (*found.states, *found.inputs, *found.parameters)]
        ['x[t]', 'u[t]', 'W', 'W_in', 'b']
        >>> print(found.jacobian().matrix("numerator"))
        W @ diag(sigma'(x[t-1]))
    """

    program: Program
    states: tuple[m.Symbol, ...]
    inputs: tuple[m.Symbol, ...]
    parameters: tuple[m.Symbol, ...]

    def __repr__(self) -> str:
        return repr(self.program)

    def state(self, name: str | None = None) -> m.Symbol:
        """A state at its own step; the first one if None.

        Raises:
            UnsupportedError: no state has that name.
        """
        if name is None:
            return self.states[0]
        return _named(self.program, self.states, name, "state")

    @property
    def time(self) -> Time:
        """The step at which the states stand."""
        time = self.states[0].time
        assert time is not None  # a state is defined at a step
        return time

    def later(self, expr: m.MatrixExpr, steps: int) -> m.MatrixExpr:
        """An expression a number of steps later; what has no step of time stays."""
        return m.shift(expr, self.time, self.time.later(steps))

    def at(self, time: Time | None) -> Recurrence:
        """The same recurrence with its states at another step.

        Raises:
            UnsupportedError: a step that its own cannot be compared with.
        """
        own = self.time
        if time is None or time.base != own.base:
            raise self.error(f"{time} is no step of {self.states[0]}")
        steps = time.offset - own.offset
        states, inputs = (
            tuple(symbol.later(steps) for symbol in found)
            for found in (self.states, self.inputs)
        )
        return replace(self, states=states, inputs=inputs)

    def parameter(self, name: str) -> m.Symbol:
        """A parameter.

        Raises:
            UnsupportedError: no parameter has that name.
        """
        return _named(self.program, self.parameters, name, "parameter")

    def error(self, message: str) -> UnsupportedError:
        """An error about the equations."""
        return _error(self.program, message)

    def jacobian(
        self, of: str | None = None, wrt: str | None = None, steps: int = 1
    ) -> Jacobian:
        """The derivative of a state by a state `steps` earlier; by default by itself.

        More than one step is derived as a whole, factor by factor through the chain
        rule, not as a product: see `products.py` for that.
        """
        earlier = self.state(wrt or of).later(-steps)
        return derive_symbol(self.program, self.state(of), earlier)

    def immediate(self, parameter: str, of: str | None = None) -> Jacobian:
        """The immediate derivative of a state by a parameter: earlier states fixed.

        The paper writes it with a plus, in its equation (4).
        """
        symbol = self.parameter(parameter)
        return derive_symbol(self.program, self.state(of), symbol)

    def blocks(self) -> dict[tuple[str, str], Jacobian]:
        """The one-step Jacobians of all states by all states one step earlier."""
        names = [state.name for state in self.states]
        return {(of, wrt): self.jacobian(of, wrt) for of in names for wrt in names}

    def block_jacobian(self, layout: str | Layout) -> Formula:
        """The one-step Jacobian of all states, stacked in their order, as one matrix.

        Numerator layout: a row of blocks for each state, a column for each state one
        step earlier; denominator layout: its transpose.
        """
        chosen = Layout(layout)
        blocks = {pair: j.plain(chosen).expr for pair, j in self.blocks().items()}
        names = [state.name for state in self.states]
        if chosen is Layout.NUMERATOR:
            lines = [[blocks[of, wrt] for wrt in names] for of in names]
        else:
            lines = [[blocks[of, wrt] for of in names] for wrt in names]
        rows = [stack("hstack", line) for line in lines]
        return Formula(stack("vstack", rows))


def stack(name: str, parts: list[m.MatrixExpr]) -> m.MatrixExpr:
    """Blocks side by side (`hstack`) or below each other (`vstack`)."""
    return reduce(lambda left, right: m.Operation(name, (left, right)), parts)


@recurrence_of.register
def recurrence(program: Program, first: str | None = None) -> Recurrence:
    """The recurrence that a program defines.

    Args:
        program: equations in which a defined name is used one step earlier.
        first: the state to put first; by default in the order of the definitions.

    Raises:
        UnsupportedError: no state; `first` is none; or a state more than one step back.
    """
    defined = [definition.symbol for definition in program.definitions]
    states = [symbol for symbol in defined if symbol.name in program.states]
    if not states:
        raise _error(program, "no defined name is used one step earlier: no state")
    for definition in program.definitions:
        for symbol in m.symbols(definition.body):
            if symbol.name in program.states:
                _check_lag(program, symbol, definition.symbol)
    states = _at_one_step(program, states)
    used = dict.fromkeys(s for d in program.definitions for s in m.symbols(d.body))
    if first is not None:
        states.sort(key=lambda symbol: symbol.name != first)
        _named(program, tuple(states), first, "state")
    names = {symbol.name for symbol in defined}
    free = [symbol for symbol in used if symbol.name not in names]
    inputs = tuple(symbol for symbol in free if symbol.time is not None)
    parameters = tuple(symbol for symbol in free if symbol.time is None)
    return Recurrence(program, tuple(states), inputs, parameters)


def _check_lag(program: Program, used: m.Symbol, by: m.Symbol) -> None:
    """The states of a step are made of those of the step before, and of no others."""
    own, time = by.time, used.time
    if own is None or time is None:
        return
    if time.base != own.base or not -1 <= time.offset - own.offset <= 0:
        raise _error(program, f"{used} is not a state of the step before {by}")


def _at_one_step(program: Program, states: list[m.Symbol]) -> list[m.Symbol]:
    """The states of one step, that of the first, wherever the equations are written.

    Raises:
        UnsupportedError: their steps cannot be compared.
    """
    time = states[0].time
    if len({state.time.base for state in states if state.time}) > 1:
        raise _error(program, "the states are defined at steps of different letters")
    return [replace(state, time=time) for state in states]


def _named(
    program: Program, found: tuple[m.Symbol, ...], name: str, kind: str
) -> m.Symbol:
    for symbol in found:
        if symbol.name == name:
            return symbol
    known = ", ".join(symbol.name for symbol in found)
    raise _error(program, f"{name} is no {kind}; known: {known or 'none'}")


def _error(program: Program, message: str) -> UnsupportedError:
    return UnsupportedError(message, Span(program.source, 0, 1))
