r"""All gradients of a scalar at once, in the order of the backward pass.

With the adjoint delta_v = dL/dv of a quantity v, shaped like v (denominator layout),

    delta_v = d/dv  sum over definitions u = f(v, ...) of <delta_u, f(v, ...)>,

the delta_u and all other quantities held fixed; <,> is the sum over all entries, and
dL/dL = 1. Each line is one derivation by the engine. Over time L is summed over its
steps, and a use at step t + 1 has its adjoint of step t + 1.

A definition that one other uses is written out there where more cancels than by putting
one line into the other: softmax in cross-entropy, p - y.

Source: Griewank and Walther (2008), Evaluating Derivatives, 3.2 and 3.3; Rumelhart,
Hinton and Williams (1986); Werbos (1990) through time.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any

from symjac.backward.graph import Graph, Use, graph_of, with_names
from symjac.claims.conditions import of_formulas
from symjac.derive import as_program, derive_body, named, read_formula, read_variable
from symjac.errors import UnsupportedError
from symjac.jacobian import Formula, Jacobian
from symjac.shown import Shown
from symjac.terms import matrix as m
from symjac.terms.program import Defined, Meaning, Program, free_name
from symjac.terms.shape import SCALAR, Kind, Layout
from symjac.typeset.latex import fraction, matrix_latex, symbol_latex
from symjac.typeset.text import ASCII, Printer

FIXED = frozenset({"one_hot", "binary"})  # has no derivatives: what cannot vary


@dataclass(frozen=True, slots=True)
class Line:
    """A name for a formula, summed over steps if `over` is their letter."""

    left: m.Symbol
    expr: m.MatrixExpr
    over: str = ""

    @property
    def subject(self) -> str:
        """The left side as text, `delta_z` or `dL/dW`."""
        return str(self.left)

    def text(self, show: Printer = ASCII) -> str:
        """The line for a terminal."""
        right = show.matrix(self.expr)
        right = f"sum[{self.over}]({right})" if self.over else right
        return f"{show.words(self.subject)} = {right}"

    def subject_latex(self) -> str:
        """The left side in LaTeX."""
        return symbol_latex(self.left)

    def latex(self) -> str:
        """The right side in LaTeX."""
        right = matrix_latex(self.expr)
        return rf"\sum_{{{self.over}}} \Bigl({right}\Bigr)" if self.over else right


@dataclass(frozen=True, slots=True)
class GradientLine(Line):
    """The gradient by `by`: an adjoint such as `delta_z`, or a ratio, d(left)/d(by)."""

    _: KW_ONLY
    by: m.Symbol
    is_ratio: bool
    jacobian: Jacobian

    @property
    def subject(self) -> str:
        """The left side as text, `delta_z` or `dL/dW`."""
        return f"d{self.left}/d{self.by}" if self.is_ratio else str(self.left)

    def subject_latex(self) -> str:
        """The left side in LaTeX."""
        left = symbol_latex(self.left)
        return fraction(left, symbol_latex(self.by)) if self.is_ratio else left


@dataclass(frozen=True, slots=True, repr=False)
class Gradients(Shown):
    """All gradients of a scalar, each line after those that it uses.

    `total` is what is differentiated: the result `of`, or over time the sum E of its
    steps. `first` names what the lines use: arguments without a name, and E. As an
    adjoint is the gradient by what it is named for, `found["z"]` is that of `delta_z`.
    """

    program: Program
    of: m.Symbol
    body: m.MatrixExpr
    wrt: tuple[m.Symbol, ...]
    total: m.Symbol
    first: tuple[Line, ...]
    lines: tuple[GradientLine, ...]
    hypotheses: tuple[str, ...]

    def __getitem__(self, name: str) -> Formula:
        return Formula({str(line.by): line.expr for line in self.lines}[name])

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known beside the hypotheses."""
        found = [
            f"{one} is declared symmetric; its gradient is unconstrained"
            for one in self.wrt
            if one.symmetric
        ]
        if self.total != self.of:
            found.append("adjoints behind the last step are zero")
        return tuple(found)

    def replay(self) -> int:
        """Apply every step of every line again; the number of steps."""
        return sum(line.jacobian.replay() for line in self.lines)

    def __str__(self) -> str:
        return "\n".join(line.text() for line in (*self.first, *self.lines))


def gradients(
    program: Program | Any,
    of: str | Any | None = None,
    wrt: list[str | Any] | tuple[str | Any, ...] | None = None,
) -> Gradients:
    """All gradients of a scalar, in the order of the backward pass.

    Each is shaped like its variable: denominator layout. Through a recurrence the loss
    is summed over its steps, and adjoints of step t come from those of step t + 1.

    Args:
        program: from `parse`, or a SymPy expression.
        of: a scalar that the equations define; the last definition if None.
        wrt: names; if None, all that the equations do not define: but what is declared
            one_hot or binary, and over time the inputs of a step.

    Raises:
        UnsupportedError: no scalar, or it does not depend on a variable.
        LiftError: a gradient without a matrix form.

    Example:
        >>> from symjac.derive import parse
        >>> text = "z = W @ h + b; p = softmax(z); L = cross_entropy(y, p)"
        >>> print(gradients(parse(f"y: (n) one_hot; {text}"), wrt=["W", "b"]))
        delta_z = p - y
        dL/dW = delta_z @ h.T
        dL/db = delta_z
    """
    chosen = None if wrt is None else tuple(wrt)
    program = as_program(program, chosen or (), of)
    formula = None if of is None else read_formula("of", of, program)
    root, body = named(program, formula)
    if root.shape != SCALAR:
        raise UnsupportedError(f"gradients are of a scalar; {root} is {root.shape}")
    graph = graph_of(program, root, body)
    graph.want(wanted_of(graph, chosen))
    graph.name_arguments()
    found = backward_pass(graph)
    under = of_formulas(*graph.bodies.values(), is_varied=found.is_varied)
    found.run()
    first = [Line(symbol, body) for symbol, body in graph.named.items()]
    if graph.steps is not None:
        first.append(Line(found.total, root, str(graph.steps)))
    lines = tuple(found.lines.values())
    return Gradients(
        program, root, body, graph.wanted, found.total, tuple(first), lines, under
    )


def wanted_of(graph: Graph, wrt: tuple[Any, ...] | None) -> tuple[m.Symbol, ...]:
    """The variables, each one on which the result depends."""
    used = tuple(dict.fromkeys(map(graph.at_home, graph.used())))
    if wrt is None:
        free = (one for one in used if one not in graph.bodies)
        own = (one for one in free if FIXED.isdisjoint(one.properties))
        return tuple(one for one in own if graph.steps is None or one.time is None)
    found = [read_variable(graph.program, graph.root, by) for by in wrt]
    for variable in found:
        if variable.vec:
            raise UnsupportedError("gradients are shaped like the variable, not vec")
        if graph.at_home(variable.symbol) not in used:
            raise UnsupportedError(f"{graph.root} does not depend on {variable.symbol}")
    return tuple(dict.fromkeys(graph.at_home(one.symbol) for one in found))


@dataclass(slots=True)
class Pass:
    """The backward pass: the graph, and the lines so far."""

    graph: Graph
    total: m.Symbol
    scalar: m.Symbol
    adjoints: dict[m.Symbol, m.Symbol]
    lines: dict[m.Symbol, GradientLine] = field(default_factory=dict)
    known: dict[tuple[m.Symbol, m.MatrixExpr], GradientLine] = field(
        default_factory=dict
    )

    def run(self) -> None:
        """Enter the lines, each after those that it uses."""
        done: set[m.Symbol] = set()
        for symbol in [one for one in reversed(self.graph.bodies) if self.acts(one)]:
            operands = self.graph.operands(self.graph.bodies[symbol])
            if symbol != self.graph.root and not self.is_merged(symbol, operands):
                self.lines[symbol] = self.line(symbol)
            done.add(symbol)
            for used in operands:
                if used not in self.graph.bodies and self.users(used) <= done:
                    self.lines[used] = self.line(used)

    def acts(self, symbol: m.Symbol) -> bool:
        """Whether a definition depends on a wanted quantity, or is one."""
        return symbol in self.graph.active

    def is_varied(self, expr: m.MatrixExpr) -> bool:
        """Whether an expression depends on a wanted quantity."""
        return bool(self.graph.operands(expr))

    def users(self, used: m.Symbol) -> set[m.Symbol]:
        """The definitions that use a quantity, at home."""
        return {self.graph.at_home(use.symbol) for use in self.graph.uses(used)}

    def is_merged(self, symbol: m.Symbol, operands: list[m.Symbol]) -> bool:
        """Write a definition out in the one that uses it, where more cancels so."""
        uses = self.graph.uses(symbol)
        if symbol in self.graph.wanted or len(uses) > 1 or not operands:
            return False
        if uses[0].symbol not in self.graph.bodies:  # a later step
            return False
        whole = self.line(symbol).expr
        if m.symbols(whole) and symbol not in m.symbols(whole):  # nothing can cancel
            return False
        merged = replace(self, graph=self.graph.without(symbol))
        own = {self.adjoints[symbol]: whole}
        apart = sum(size(m.substitute(self.line(v).expr, own)) for v in operands)
        if sum(size(merged.line(v).expr) for v in operands) >= apart:
            return False
        self.graph = merged.graph
        return True

    def line(self, by: m.Symbol) -> GradientLine:
        """The gradient by one quantity, from what uses it.

        Raises:
            UnsupportedError: used by each step of a recurrence, and beside it.
        """
        graph, uses = self.graph, self.graph.uses(by)
        over, own = "", {use.symbol.time is not None for use in uses}
        if graph.steps is not None and graph.at_home(by).time != graph.steps:
            if len(own) > 1:
                message = f"{by} is used by equations with a step and without one"
                raise UnsupportedError(message)
            over = str(graph.steps) if True in own else ""
        parts = tuple(map(self.inner, uses))
        whole = m.Add(parts) if len(parts) > 1 else parts[0]
        if (by, whole) not in self.known:
            found = self.derivative(whole, by)
            expr = with_names(shaped_like(by, found), self.names())
            left = self.adjoints.get(by, self.total)
            is_ratio = by not in self.adjoints
            self.known[by, whole] = GradientLine(
                left, expr, over, by=by, is_ratio=is_ratio, jacobian=found
            )
        return self.known[by, whole]

    def inner(self, use: Use) -> m.MatrixExpr:
        """The inner product of a definition's adjoint with its body."""
        home = self.graph.at_home(use.symbol)
        if home == self.graph.root:
            return use.body
        adjoint = replace(self.adjoints[home], time=use.symbol.time)
        match home.shape.kind:
            case Kind.SCALAR:
                return m.Scale(adjoint, use.body)
            case Kind.COLUMN:
                return m.MatMul(m.Transpose(adjoint), use.body)
            case Kind.ROW:
                return m.MatMul(adjoint, m.Transpose(use.body))
        return m.operation("tr", m.MatMul(m.Transpose(adjoint), use.body))

    def derivative(self, whole: m.MatrixExpr, by: m.Symbol) -> Jacobian:
        """By the engine, all names opaque; the result may use them."""
        program = self.graph.program
        names = {
            one.name: Meaning(one.shape, (), one.time is not None)
            for one in (self.scalar, *self.graph.named, *self.adjoints.values())
        }
        alone = replace(
            program,
            definitions=(Defined(self.scalar, whole, program.definitions[0].span),),
            quantities={**program.quantities, **names},
        )
        return derive_body(alone, self.scalar, whole, by)

    def names(self) -> dict[m.MatrixExpr, m.Symbol]:
        """What values are called at the steps of the graph, and one step beside."""
        lags = (0,) if self.graph.steps is None else (0, -1, 1)
        uses = (
            self.graph.use(symbol, body, lag)
            for lag in lags
            for symbol, body in self.graph.written.items()
        )
        return {use.body: use.symbol for use in uses}


def shaped_like(by: m.Symbol, found: Jacobian) -> m.MatrixExpr:
    """The matrix form with the shape of the variable."""
    one, two = (found.matrix(layout).expr for layout in reversed(Layout))
    return pushed(one if one.shape == by.shape else two)


def pushed(expr: m.MatrixExpr) -> m.MatrixExpr:
    """An elementwise formula as a row: (a * b).T is a.T * b.T."""
    match expr:
        case m.Transpose(m.Hadamard() | m.Elementwise() | m.Power() as inner):
            return m.rebuild(inner, lambda part: pushed(m.transpose(part)))
    return expr


def size(expr: m.MatrixExpr) -> int:
    """How many names, numbers and functions stand in a formula."""
    structure = (m.Add, m.Neg, m.Scale, m.Hadamard, m.MatMul, m.Transpose)
    return sum(1 for node in m.walk(expr) if not isinstance(node, structure))


def backward_pass(graph: Graph) -> Pass:
    """The pass before its first line, with names for its adjoints."""
    program = graph.program
    taken = {*program.names, *program.bases, *graph.names()}

    def fresh(*letters: str) -> str:
        taken.add(found := free_name(taken, *letters))
        return found

    total = graph.root
    if graph.steps is not None:
        total = m.Symbol(fresh("E", "J", "loss"), SCALAR)
    scalar, adjoints = (
        m.Symbol(fresh("s", "f", "g"), SCALAR),
        dict[m.Symbol, m.Symbol](),
    )
    for symbol in graph.bodies:
        letter = "Delta" if symbol.shape.kind is Kind.MATRIX else "delta"
        name = fresh(f"{letter}_{symbol.name}", f"bar_{symbol.name}")
        adjoints[symbol] = replace(symbol, name=name, properties=())
    return Pass(graph, total, scalar, adjoints)
