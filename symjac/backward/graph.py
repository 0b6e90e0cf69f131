"""The definitions that a result is computed by, and who uses what.

In one step, or over time: where an equation uses what another one defines at an earlier
step, the graph holds one step t of each, and a use from `lag` steps before is one of
the user at step t + lag.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from symjac.chain import MAX_DEFINITIONS
from symjac.errors import BudgetError, UnsupportedError
from symjac.language.meaning import instance
from symjac.terms import matrix as m
from symjac.terms.program import Program, free_name
from symjac.terms.shape import Kind, Time

LINEAR = ("sum", "tr", "vec", "diagonal", "vstack", "hstack")
LETTERS = ("z", "a", "s")


@dataclass(frozen=True, slots=True)
class Use:
    """A definition that uses a quantity, at the step of the use."""

    symbol: m.Symbol
    body: m.MatrixExpr


@dataclass(slots=True)
class Graph:
    """Bodies by what they define, operands first; `steps` is the step t over time.

    `written` are all of them, also those that are written out in others.
    """

    program: Program
    root: m.Symbol
    steps: Time | None = None
    bodies: dict[m.Symbol, m.MatrixExpr] = field(default_factory=dict)
    named: dict[m.Symbol, m.MatrixExpr] = field(default_factory=dict)
    written: dict[m.Symbol, m.MatrixExpr] = field(default_factory=dict)
    wanted: tuple[m.Symbol, ...] = ()
    active: set[m.Symbol] = field(default_factory=set)

    def at_home(self, symbol: m.Symbol) -> m.Symbol:
        """The symbol at the one step that the graph holds."""
        own = symbol.time
        if self.steps is None or own is None or own.base != self.steps.base:
            return symbol
        return replace(symbol, time=self.steps)

    def enter(self, symbol: m.Symbol, body: m.MatrixExpr) -> None:
        """Enter a definition after what it uses at its own step."""
        waiting = [(symbol, body)]
        opened: set[m.Symbol] = set()
        while waiting:
            current, written = waiting[-1]
            opened.add(current)
            inner = [
                (home, found)
                for home in self.used_here(current, written)
                if home not in opened and (found := self.program.definition(home))
            ]
            if inner:
                waiting.append(inner[0])
                continue
            waiting.pop()
            self.bodies[current] = written
            if len(self.bodies) > MAX_DEFINITIONS:
                raise BudgetError(f"more than {MAX_DEFINITIONS} definitions")

    def used_here(self, symbol: m.Symbol, body: m.MatrixExpr) -> list[m.Symbol]:
        """What a body uses at the step of what it defines."""
        for used in m.symbols(body):
            if self.program.definition(used) and not is_comparable(used, symbol):
                message = f"time steps {used.time} and {symbol.time} cannot be compared"
                raise UnsupportedError(message)
        return [used for used in m.symbols(body) if not lag_of(used, symbol)]

    def enter_earlier(self) -> None:
        """Enter what is used from earlier steps only."""
        while missing := [
            (home, body)
            for home in map(self.at_home, self.used())
            if home not in self.bodies and (body := self.program.definition(home))
        ]:
            self.enter(*missing[0])

    def used(self) -> tuple[m.Symbol, ...]:
        """Everything that is used, as it is written, in order of appearance."""
        found = (used for body in self.bodies.values() for used in m.symbols(body))
        return tuple(dict.fromkeys(found))

    def uses(self, of: m.Symbol) -> tuple[Use, ...]:
        """The definitions that use a quantity, the latest of one step first."""
        found: dict[Use, None] = {}
        for symbol, body in reversed(self.bodies.items()):
            for used in m.symbols(body):
                if self.at_home(used) == of:
                    found[self.use(symbol, body, lag_of(used, symbol))] = None
        return tuple(found)

    def use(self, symbol: m.Symbol, body: m.MatrixExpr, lag: int) -> Use:
        """A definition, some steps later."""
        if not lag or symbol.time is None:
            return Use(symbol, body)
        later = symbol.later(lag)
        assert later.time is not None  # as its own
        return Use(later, m.shift(body, symbol.time, later.time))

    def want(self, wanted: Iterable[m.Symbol]) -> None:
        """Find what depends on some quantities, through earlier steps too."""
        self.wanted = tuple(wanted)
        self.active = {*self.wanted}
        before = 0
        while before < len(self.active):
            before = len(self.active)
            self.active |= {s for s, b in self.bodies.items() if self.operands(b)}

    def operands(self, body: m.MatrixExpr) -> list[m.Symbol]:
        """What a body uses of all that depends on the wanted quantities."""
        homes = dict.fromkeys(map(self.at_home, m.symbols(body)))
        return [home for home in homes if home in self.active]

    def name_arguments(self) -> None:
        """Name compound arguments that several quantities act through.

        `z` if there is one, else `z_f` for the argument in the definition of `f`.
        """
        given = self.bodies
        for is_alone in (False, True):
            self.bodies, self.named = {}, {}
            for symbol, body in given.items():
                self.bodies[symbol] = self.arguments(body, symbol, is_alone)
            if len(self.named) > 1:
                break
        names = {body: symbol for symbol, body in self.named.items()}
        for symbol, body in self.bodies.items():
            inner = m.rebuild(body, partial(with_names, names=names))
            is_new = symbol in self.named
            self.bodies[symbol] = inner if is_new else with_names(body, names)
        self.written = self.bodies

    def arguments(
        self, expr: m.MatrixExpr, by: m.Symbol, is_alone: bool
    ) -> m.MatrixExpr:
        """The expression with names for arguments, those inside first."""
        expr = m.rebuild(expr, lambda part: self.arguments(part, by, is_alone))
        is_linear = isinstance(expr, m.Operation) and expr.name in LINEAR
        if is_linear or not isinstance(expr, m.Elementwise | m.Power | m.Operation):
            return expr
        return m.rebuild(expr, lambda part: self.name_of(part, by, is_alone))

    def name_of(self, part: m.MatrixExpr, by: m.Symbol, is_alone: bool) -> m.MatrixExpr:
        """A name for an argument; itself where one quantity acts, or a function is."""
        if isinstance(part, m.Elementwise | m.Power | m.Operation | m.Symbol):
            return part
        if len(self.operands(part)) < 2:
            return part
        for symbol, body in self.bodies.items():
            if body == part:
                return symbol
        is_matrix = part.shape.kind is Kind.MATRIX
        stem, _, label = by.name.partition("_")
        ending = "" if is_alone else f"_{label or stem}"
        letters = [f"{one.upper() if is_matrix else one}{ending}" for one in LETTERS]
        taken = {*self.program.names, *self.program.bases, *self.names()}
        symbol = m.Symbol(free_name(taken, *letters), part.shape, by.time)
        self.bodies[symbol] = self.named[symbol] = part
        self.active.add(symbol)
        return symbol

    def names(self) -> set[str]:
        """What the graph itself calls something."""
        return {self.root.name, *(symbol.name for symbol in self.bodies)}

    def without(self, symbol: m.Symbol) -> Graph:
        """The graph in which a definition is written out where it is used."""
        own = {symbol: self.bodies[symbol]}
        rest = {
            other: m.substitute(body, own)
            for other, body in self.bodies.items()
            if other != symbol
        }
        return replace(self, bodies=rest)


def with_names(
    expr: m.MatrixExpr, names: Mapping[m.MatrixExpr, m.Symbol]
) -> m.MatrixExpr:
    """The formula with names for values, and slopes by them: 1 - h^2 for tanh'(a)."""
    if expr in names:
        return names[expr]
    if isinstance(expr, m.Elementwise) and expr.order == 1 and expr.function.slope:
        value = m.Elementwise(expr.function, 0, expr.arg)
        slope = instance(expr.function.slope, {"u": expr.arg})
        if value in names and value in m.walk(slope):
            return with_names(slope, {value: names[value]})
    return m.rebuild(expr, lambda part: with_names(part, names))


def lag_of(used: m.Symbol, by: m.Symbol) -> int:
    """How many steps before that of a definition a symbol in its body is."""
    if used.time is None or by.time is None or not is_comparable(used, by):
        return 0
    return by.time.offset - used.time.offset


def is_comparable(one: m.Symbol, two: m.Symbol) -> bool:
    """Whether two symbols are at steps of one letter, or one at none."""
    return one.time is None or two.time is None or one.time.base == two.time.base


def graph_of(program: Program, root: m.Symbol, body: m.MatrixExpr) -> Graph:
    """The graph of a result; over time where an equation reaches an earlier step.

    Raises:
        UnsupportedError: over time, the result has no step or is used by an equation,
            or an equation uses what is defined at a later step.
    """
    found = Graph(program, root)
    found.enter(root, body)
    lags = dict(_lags(found))
    if not lags:
        return found
    if root.time is None:
        step = next(iter(lags))
        message = f"{root} has no step, and {step} is of an earlier step"
        hint = f"give the loss a step, such as {root.name}[t]"
        raise UnsupportedError(message, hint=hint)
    if root.time.base is None:
        raise UnsupportedError("a sum over time needs equations at a step such as t")
    found.steps = root.time
    found.enter_earlier()
    for used, lag in _lags(found):
        if lag < 0:
            raise UnsupportedError(f"{used} is defined at a later step than its use")
    if any(lag_of(used, root) for used in m.symbols(body)):
        raise UnsupportedError(f"{root} uses what is of another step")
    if root in map(found.at_home, found.used()):
        raise UnsupportedError(f"{root} is used by the equations, it is no loss")
    return found


def _lags(graph: Graph) -> Iterator[tuple[m.Symbol, int]]:
    """What is defined at another step than that of its use."""
    for symbol, body in graph.bodies.items():
        for used in m.symbols(body):
            lag = lag_of(used, symbol)
            if lag and graph.program.definition(used) is not None:
                yield used, lag
