"""The chain rule over the definitions: one local Jacobian per name, then the total.

    dy_j/dx_k = sum over names v that y uses of sum_l  dy_j/dv_l  dv_l/dx_k

A derivative is total through everything that the equations compute from the variable,
at its own step and later. Two things are held fixed:

    by a state, such as c[t]: the other states of that step, and of every earlier one
    by a parameter: all of the steps before the first that the result mentions

Every elementwise function of the variable gets a name: its value `a`, its compound
argument `z`. So the chain rule has one local Jacobian per name, each of one operation.

Each local Jacobian is derived once, so the cost grows with the number of definitions.
Source: Spivak, Calculus on Manifolds, theorem 2-9; Griewank and Walther (2008), ch. 3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from symjac.calculus.contract import CONTRACT, check_contracted
from symjac.calculus.differentiate import CHAIN, PARTIALS
from symjac.calculus.lower import LOWER, component
from symjac.errors import BudgetError, UnsupportedError
from symjac.language.meaning import definition
from symjac.rewrite.rule import (
    Context,
    Dependence,
    Derivation,
    LocalJacobian,
    LoweredDefinition,
    Pair,
    RuleSet,
    Step,
    run,
)
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.terms.shape import Dim, Kind, Time

MAX_DEFINITIONS = 1_000  # one inside the other: two frames of the stack each


@dataclass(frozen=True, slots=True)
class Node:
    """One definition on the way from the variable to the result.

    `auxiliary` marks a name that symjac introduced; `written` is the author's body.
    """

    symbol: m.Symbol
    body: m.MatrixExpr
    written: m.MatrixExpr
    auxiliary: bool = False


@dataclass(slots=True)
class Graph:
    """Definitions reachable from `of`, operands first.

    `since` is the first step that what is differentiated mentions, `first` the earliest
    one whose equations count; they are None until a step is mentioned. Where the
    variable is a state, `coordinates` are the names of all states.
    """

    program: Program
    wrt: m.Symbol
    since: Time | None = None
    first: Time | None = None
    coordinates: frozenset[str] = frozenset()
    nodes: dict[m.Symbol, Node] = field(default_factory=dict)
    held: dict[m.Symbol, None] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    dependent: set[m.Symbol] = field(default_factory=set)

    def visit(self, symbol: m.Symbol, depth: int = 0) -> None:
        """Enter a symbol and what it is defined by."""
        if symbol == self.wrt:
            self.dependent.add(symbol)
            return
        if symbol in self.nodes or symbol in self.held:
            return
        body = self.program.definition(symbol)
        if body is None:
            return
        if not self.is_downstream(symbol):
            self.held[symbol] = None
            return
        self.enter(symbol, body, depth)

    def enter(self, symbol: m.Symbol, written: m.MatrixExpr, depth: int = 0) -> None:
        """Enter a definition with the given body."""
        if depth > MAX_DEFINITIONS or len(self.nodes) > MAX_DEFINITIONS:
            raise BudgetError(f"more than {MAX_DEFINITIONS} definitions to unfold")
        for used in m.symbols(written):
            self.visit(used, depth + 1)
        body = self.shorten(written, symbol.time, whole=True)
        self.nodes[symbol] = Node(symbol, body, written)
        if self.is_dependent(body):
            self.dependent.add(symbol)

    def is_downstream(self, symbol: m.Symbol) -> bool:
        """Whether the equations of a defined quantity count, or it is held fixed."""
        time, own = symbol.time, self.wrt.time
        if time is None:
            return True
        first = self.first = self.first or time
        if time.base != first.base:
            raise UnsupportedError(f"time steps {time} and {first} cannot be compared")
        if own is not None and symbol.name in self.coordinates:
            return time.offset > own.offset
        return time.offset >= first.offset

    def is_dependent(self, expr: m.MatrixExpr) -> bool:
        """Whether an expression depends on the variable."""
        return any(symbol in self.dependent for symbol in m.symbols(expr))

    def shorten(
        self, expr: m.MatrixExpr, time: Time | None, *, whole: bool
    ) -> m.MatrixExpr:
        """Name every elementwise function of the variable inside `expr`."""
        if isinstance(expr, m.Operation) and self.is_dependent(expr):
            if expr.row.is_inlined:
                return self.shorten(definition(expr), time, whole=whole)
            if expr.row.kept:
                return self.shorten_operation(expr, time)
        if not isinstance(expr, m.Elementwise):
            return m.rebuild(expr, lambda e: self.shorten(e, time, whole=False))
        if not self.is_dependent(expr):
            return expr
        argument = self.shorten(expr.arg, time, whole=False)
        if not isinstance(argument, m.Symbol):
            argument = self.name("z", argument, expr.arg, time)
        short = m.Elementwise(expr.function, expr.order, argument)
        return short if whole else self.name("a", short, expr, argument.time)

    def shorten_operation(self, expr: m.Operation, time: Time | None) -> m.MatrixExpr:
        """Name the compound argument of an operation that is kept as a whole."""
        (arg,) = expr.args
        inner = self.shorten(arg, time, whole=False)
        if isinstance(inner, m.Symbol):
            return m.Operation(expr.name, (inner,), expr.parameters)
        match inner, arg:
            case m.Scale(scalar, whole), m.Scale(written) if (
                expr.name == "expm" and not self.is_dependent(whole)
            ):
                if not isinstance(scalar, m.Symbol):
                    scalar = self.name("z", scalar, written, time)
                return m.Operation(expr.name, (m.Scale(scalar, whole),))
        named = self.name("z", inner, arg, time)
        return m.Operation(expr.name, (named,), expr.parameters)

    def name(
        self, letter: str, body: m.MatrixExpr, written: m.MatrixExpr, time: Time | None
    ) -> m.Symbol:
        """A new symbol for a subexpression; the same one for the same body."""
        for node in self.nodes.values():
            if node.auxiliary and node.body == body:
                return node.symbol
        letter = letter.upper() if body.shape.kind is Kind.MATRIX else letter
        count = 0
        while (chosen := letter + (f"_{count}" if count else "")) in self.names:
            count += 1
        self.names.add(chosen)
        symbol = m.Symbol(chosen, body.shape, time)
        self.nodes[symbol] = Node(symbol, body, written, auxiliary=True)
        self.dependent.add(symbol)
        return symbol


def unfold(
    program: Program,
    of: m.Symbol,
    body: m.MatrixExpr,
    wrt: m.Symbol,
    since: Time | None = None,
) -> Graph:
    """The definitions between `wrt` and `of`, operands first; `of` is the last.

    `since` is the step to start from where `of` is itself a derivative.
    """
    since = since or first_step(program, (of,) if of.time else m.symbols(body))
    first, coordinates = since, frozenset[str]()
    if wrt.time is not None:
        first = wrt.time.later(-look_ahead(program, wrt.name))
        coordinates = program.states if wrt.name in program.states else coordinates
    names = {*program.names, of.name}
    unfolding = Graph(program, wrt, since, first, coordinates, names=names)
    unfolding.enter(of, body)
    return unfolding


def first_step(program: Program, used: Iterable[m.Symbol]) -> Time | None:
    """The earliest step among symbols, and in the definitions that have no step."""
    seen, times = set[m.Symbol](), []
    waiting = list(used)
    while waiting:
        symbol = waiting.pop()
        if symbol in seen:
            continue
        seen.add(symbol)
        if symbol.time is not None:
            times.append(symbol.time)
        elif body := program.definition(symbol):
            waiting += m.symbols(body)
    return min(times, key=lambda time: time.offset, default=None)


def look_ahead(program: Program, name: str) -> int:
    """How many steps before its own a quantity may act: `y[t] = W @ u[t+1]` is one."""
    used = {d.symbol: m.symbols(d.body) for d in program.definitions}
    if not any(_ahead(symbol, by) for by in used for symbol in used[by]):
        return 0
    acted = {name}
    for _ in used:
        acted |= {by.name for by in used if any(s.name in acted for s in used[by])}
    return sum(
        max((_ahead(s, by) for s in used[by] if s.name in acted), default=0)
        for by in used
    )


def _ahead(used: m.Symbol, by: m.Symbol) -> int:
    """How many steps after that of a definition a symbol stands in it."""
    if used.time is None or by.time is None or used.time.base != by.time.base:
        return 0
    return max(0, used.time.offset - by.time.offset)


Indices = tuple[ix.Index, ...]
ROWS = ("j", "i", "e", "c", "j_1", "j_2")
MATRIX_ROWS = ("i", "j", "e", "c", "j_1", "j_2", "j_3", "j_4")
COLUMNS = ("k", "q", "d", "z", "k_1", "k_2")
MATRIX_COLUMNS = ("p", "q", "a", "b", "d", "z", "k_1", "k_2")


def name_indices(
    unfolding: Graph, of: m.Symbol, wrt: m.Symbol, taken: frozenset[str]
) -> tuple[dict[m.Symbol, Indices], ix.IndexSupply]:
    """One fixed tuple of indices per quantity, and a supply that avoids them all."""

    def pick(letters: tuple[str, ...], dims: tuple[Dim, ...]) -> Indices:
        free = [c for c in letters if c not in taken]
        if len(dims) == 2:  # two letters that belong together, where there are such
            pairs = zip(letters[::2], letters[1::2], strict=True)
            free = [c for pair in pairs if not taken & {*pair} for c in pair] or free
        free = free[: len(dims)]
        return tuple(ix.Index(name, dim) for name, dim in zip(free, dims, strict=True))

    rows = MATRIX_ROWS if of.shape.order >= 2 else ROWS
    columns = MATRIX_COLUMNS if wrt.shape.order == 2 else COLUMNS
    names = {of: pick(rows, of.shape.flat), wrt: pick(columns, wrt.shape.flat)}
    fresh = ix.IndexSupply(
        taken | {i.name for indices in names.values() for i in indices}
    )
    for symbol in unfolding.nodes:
        if symbol not in names:
            names[symbol] = tuple(fresh.index(dim) for dim in symbol.shape.flat)
    return names, fresh


def lower_body(
    node: Node, names: dict[m.Symbol, Indices], context: Context
) -> LoweredDefinition:
    """A definition in index form."""
    indices = names[node.symbol]
    lowered = component(node.body, indices, context)
    return LoweredDefinition(node.symbol, indices, lowered, node.written)


def passes(
    title: str,
    start: ix.Terms,
    subject: ix.Terms,
    *stages: RuleSet,
    context: Context,
    nested: bool = True,
) -> Derivation:
    """Several rule sets one after the other, as one derivation.

    Args:
        nested: whether all but `PARTIALS` rewrite inside function arguments too.
    """
    steps: list[Step] = []
    current = start
    for rules in stages:
        inside = nested and rules is not PARTIALS
        part = run(title, current, rules, context, nested=inside)
        steps.extend(part.steps)
        current = part.result
    return Derivation(title, start, tuple(steps), context, subject)


@dataclass(slots=True)
class Chain:
    """Differentiates one definition after the other, operands first."""

    unfolding: Graph
    names: dict[m.Symbol, Indices]
    context: Context
    derivations: list[Derivation] = field(default_factory=list)
    known: dict[Pair, LocalJacobian] = field(default_factory=dict)
    uses: dict[m.Symbol, list[m.Symbol]] = field(default_factory=dict)

    def differentiate(self, node: Node, body: LoweredDefinition) -> None:
        """Local Jacobians of one definition, then its total derivative."""
        uses = [s for s in m.symbols(node.body) if s in self.unfolding.dependent]
        self.uses[node.symbol] = uses
        links = tuple(
            Dependence(v, self.names[v], self.is_immediate(v, uses)) for v in uses
        )
        for link in links:
            self.local(node, body, link)
        wrt = self.unfolding.wrt
        if links and not (len(links) == 1 and links[0].symbol == wrt):
            self.total(node, wrt, links)

    def is_immediate(self, symbol: m.Symbol, uses: list[m.Symbol]) -> bool:
        """Whether another used name depends on `symbol` too."""
        return any(self.reaches(u, symbol) for u in uses if u != symbol)

    def reaches(self, start: m.Symbol, goal: m.Symbol) -> bool:
        """Whether `goal` is used by the definition of `start`, directly or not."""
        seen: set[m.Symbol] = set()
        todo = [start]
        while todo:
            symbol = todo.pop()
            if symbol == goal:
                return True
            if symbol not in seen:
                seen.add(symbol)
                todo.extend(self.uses.get(symbol, ()))
        return False

    def subject(self, of: m.Symbol, by: m.Symbol, immediate: bool = False) -> ix.Terms:
        """The derivative of one entry by one entry, still to be taken."""
        entry = ix.Entry(by, self.names[by])
        return ix.single(
            ix.Partial(ix.single(ix.Entry(of, self.names[of])), entry, immediate)
        )

    def record(
        self, of: m.Symbol, by: m.Symbol, immediate: bool, derivation: Derivation
    ) -> None:
        """Keep a derivation and its result."""
        check_contracted(derivation.result)
        indices = (*self.names[of], *self.names[by])
        self.derivations.append(derivation)
        self.known[of, by, immediate] = LocalJacobian(indices, derivation.result)

    def local(self, node: Node, body: LoweredDefinition, link: Dependence) -> None:
        """The partial derivative of one definition by one name that it uses."""
        subject = self.subject(node.symbol, link.symbol, link.immediate)
        start = ix.single(ix.Partial(body.terms, ix.Entry(link.symbol, link.indices)))
        title = f"d({node.symbol})/d({link.symbol})"
        found = passes(
            title, start, subject, PARTIALS, LOWER, CONTRACT, context=self.context
        )
        self.record(node.symbol, link.symbol, link.immediate, found)

    def total(self, node: Node, wrt: m.Symbol, links: tuple[Dependence, ...]) -> None:
        """The total derivative, by the chain rule over `links`.

        Function arguments come from local Jacobians, where they were contracted.
        """
        subject = self.subject(node.symbol, wrt)
        used = [(node.symbol, link.symbol, link.immediate) for link in links]
        used += [(link.symbol, wrt, False) for link in links]
        known = {pair: self.known[pair] for pair in used if pair in self.known}
        context = replace(self.context, links=links, known=known)
        title = f"d({node.symbol})/d({wrt})"
        found = passes(
            title, subject, subject, CHAIN, CONTRACT, context=context, nested=False
        )
        self.record(node.symbol, wrt, False, found)
