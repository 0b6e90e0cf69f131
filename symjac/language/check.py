"""Statements to a typed Program: names resolved, dimensions solved.

A definition with a time step is a rule for every step: `x[t] = ...` also defines
`x[t+1]`. A state variable is a name that some definition uses from an earlier step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from symjac.errors import ParseError, ShapeError, Source, Span
from symjac.expr.matrix import MatrixExpr, Symbol, rebuild, symbols
from symjac.expr.properties import COMMUTES
from symjac.expr.shape import Shape, Time
from symjac.language.dims import Naming, unify
from symjac.language.infer import Draft, Inference
from symjac.language.parse import parse_formula, parse_statements
from symjac.language.scope import Quantity, Scope, size_text
from symjac.language.syntax import (
    Declaration,
    Definition,
    FixedDimension,
    Statement,
)
from symjac.shown import recurrence_of


@dataclass(frozen=True, slots=True)
class Defined:
    """A definition in matrix form."""

    symbol: Symbol
    body: MatrixExpr
    span: Span


@dataclass(frozen=True, slots=True)
class Program:
    """Definitions in order, with everything that later expressions may refer to."""

    source: Source
    definitions: tuple[Defined, ...]
    symbols: tuple[Symbol, ...]
    scope: Scope
    naming: Naming

    @property
    def states(self) -> frozenset[str]:
        """Defined names that some definition uses from an earlier step."""
        earlier = {
            used.name
            for defined in self.definitions
            for used in symbols(defined.body)
            if is_earlier(used.time, defined.symbol.time)
        }
        return frozenset(earlier & {d.symbol.name for d in self.definitions})

    def recurrence(self, first: str | None = None) -> Any:
        """The `Recurrence` that the equations define, with one state put first.

        Raises:
            UnsupportedError: the equations have no state, or none of that name.
        """
        return recurrence_of(self, first)

    def shape(self, name: str) -> Shape:
        """The solved shape of a name."""
        return _solved(self.scope.quantities[name], self.naming)

    def definition(self, symbol: Symbol) -> MatrixExpr | None:
        """The body of `symbol`, moved to its time step; None if it is free."""
        for defined in self.definitions:
            if defined.symbol.name == symbol.name:
                return at_time(defined, symbol.time)
        return None

    def definition_time(self, symbol: Symbol) -> Time | None:
        """The time step at which the equations define a name."""
        for defined in self.definitions:
            if defined.symbol.name == symbol.name:
                return defined.symbol.time
        return None


def is_earlier(time: Time | None, other: Time | None) -> bool:
    """Whether `time` is a step before `other`; False where they cannot be compared."""
    if time is None or other is None or time.base != other.base:
        return False
    return time.offset < other.offset


def at_time(defined: Defined, time: Time | None) -> MatrixExpr:
    """The body of a definition with its time step moved to `time`."""
    own = defined.symbol.time
    if own is None or time is None or own == time:
        return defined.body
    shift = time.offset - own.offset

    def move(expr: MatrixExpr) -> MatrixExpr:
        if not isinstance(expr, Symbol):
            return rebuild(expr, move)
        if expr.time is None or expr.time.base != own.base:
            return expr
        return replace(expr, time=Time(time.base, expr.time.offset + shift))

    return move(defined.body)


def enter(statement: Statement, scope: Scope) -> None:
    """Enter a declaration or a fixed dimension."""
    if isinstance(statement, FixedDimension):
        if statement.value < 1:
            raise ShapeError(f"dimension {statement.name} is 0", statement.span)
        scope.fixed[statement.name] = statement.value
        scope.dimensions.add(statement.name)
    if isinstance(statement, Declaration):
        for name in statement.names:
            scope.declare(name, statement.sizes, statement.properties, statement.span)


def _define(
    node: Definition, scope: Scope, defined: dict[str, Span], *, anew: bool = False
) -> Draft:
    """Enter a definition; one made anew replaces a quantity that its body may use."""
    if node.name in defined:
        raise ParseError(f"{node.name} is defined twice", node.span)
    defined[node.name] = node.span
    known = None if anew else scope.quantities.get(node.name)
    if known is not None and known.properties:
        raise ParseError(
            f"{node.name} is declared {known.properties[0].replace('_', ' ')}, but its"
            " definition says what it is",
            node.span,
            hint="declare properties of the symbols in the definition",
        )
    draft = Inference(scope).infer(node.body)
    if anew:
        del scope.quantities[node.name]
    timed = node.time is not None
    if node.name not in scope.quantities:
        scope.quantities[node.name] = Quantity(node.name, draft.kind, draft.dims)
    quantity = scope.use(node.name, timed, node.span)
    scope.see(node.time, node.span)
    fits = quantity.kind is draft.kind and all(
        unify(a, b) for a, b in zip(quantity.dims, draft.dims, strict=True)
    )
    if not fits:
        is_shape = size_text(quantity.kind, quantity.dims)
        found = size_text(draft.kind, draft.dims)
        raise ShapeError(
            f"{node.name} is {is_shape}, its definition {found}",
            node.span,
            hint=None if quantity.declared else f"declare the shape of {node.name}",
            known=scope.solved(),
        )
    return draft


def check_partners(scope: Scope, at: Span) -> None:
    """A matrix commutes with a matrix of the same shape."""
    for quantity in scope.quantities.values():
        for word in quantity.properties:
            if not word.startswith(COMMUTES):
                continue
            other = scope.quantities.get(word.removeprefix(COMMUTES))
            if other is None or not all(map(unify, other.dims, quantity.dims)):
                message = f"{quantity.name} {word}: no matrix of the same shape"
                raise ShapeError(message, at, known=scope.solved())


def _check_cycles(definitions: tuple[Defined, ...]) -> None:
    seen: set[str] = set()
    names = {d.symbol.name for d in definitions}
    for defined in definitions:
        for used in symbols(defined.body):
            own = defined.symbol
            if used.name not in names or is_earlier(used.time, own.time):
                continue
            if used.name not in seen:
                raise ParseError(
                    f"{used} is used before its definition, or in a circle",
                    defined.span,
                )
        seen.add(defined.symbol.name)


def check(
    source: Source, shapes: dict[str, tuple[str | int, ...]] | None = None
) -> Program:
    """Parse and type a program.

    Args:
        source: the equations.
        shapes: declarations given apart from the text, name to sizes.

    Raises:
        ParseError, ShapeError, UnsupportedError, BudgetError: each with its place.
    """
    statements = parse_statements(source)
    scope = Scope()
    for name, sizes in (shapes or {}).items():
        scope.declare(name, tuple(sizes), (), Span(source, 0, 0))
    for statement in statements:
        enter(statement, scope)
    scope.settle()
    defined: dict[str, Span] = {}
    nodes = [s for s in statements if isinstance(s, Definition)]
    if not nodes:
        raise ParseError(
            "no definition found; write one such as y = A @ x", Span(source, 0, 1)
        )
    drafts = [_define(node, scope, defined) for node in nodes]
    check_partners(scope, nodes[0].span)
    naming = Naming(set(scope.dimensions), scope.fixed)
    definitions = []
    for node, draft in zip(nodes, drafts, strict=True):
        shape = _solved(scope.quantities[node.name], naming)
        symbol = Symbol(node.name, shape, node.time)
        definitions.append(Defined(symbol, draft.build(naming), node.span))
    _check_cycles(tuple(definitions))
    for quantity in scope.quantities.values():
        _solved(quantity, naming)
    scope.closed = True
    scope.dimensions |= naming.used
    used = (s for d in definitions for s in (d.symbol, *symbols(d.body)))
    return Program(
        source, tuple(definitions), tuple(dict.fromkeys(used)), scope, naming
    )


def _solved(quantity: Quantity, naming: Naming) -> Shape:
    return Shape(quantity.kind, tuple(naming.resolve(d) for d in quantity.dims))


def check_formula(
    source: Source, program: Program, shapes: tuple[Shape, ...] = ()
) -> MatrixExpr:
    """Type an expression over a program's names; local definitions are substituted.

    Dimensions that the program left open are already named, hence rigid: a claim
    cannot change what the equations mean.

    Args:
        shapes: those that it may have; its numbers count as the first that fits does.
    """
    scope = _local(program.scope)
    _harden(scope, program.naming)
    draft = infer_formula(source, scope)[0]
    for shape in shapes:
        if shape.kind is draft.kind and all(map(unify, draft.dims, shape.dims)):
            break
    return draft.build(program.naming)


Locals = tuple[tuple[Quantity, Draft, Span], ...]


def infer_formula(
    source: Source, scope: Scope, known: Locals = ()
) -> tuple[Draft, Locals]:
    """The draft of an expression, and the definitions that are substituted in it.

    They hold in the order in which they stand, those known from elsewhere first; one
    before the expression may replace one of these for what comes after it.
    """
    nodes, body = parse_formula(source)
    found = [*known]
    inherited = {quantity.name for quantity, _, _ in known}
    at: dict[str, Span] = {}
    for node in nodes:
        if not isinstance(node, Definition) or node.time is not None:
            raise ParseError("only definitions may stand before a formula", node.span)
        anew = node.name in inherited and node.name not in at
        if node.name in scope.quantities and node.name not in at and not anew:
            raise ParseError(f"{node.name} is defined by the equations", node.span)
        draft = _define(node, scope, at, anew=anew)
        found.append((scope.quantities[node.name], draft, node.span))
    whole = Inference(scope).infer(body)

    def build(naming: Naming) -> MatrixExpr:
        values: dict[Symbol, MatrixExpr] = {}
        for quantity, draft, span in found:
            symbol = Symbol(quantity.name, _solved(quantity, naming))
            value = _substitute(draft.build(naming), values)
            if symbol in symbols(value):
                raise ParseError(f"{symbol} is used in its own definition", span)
            values[symbol] = value
        return _substitute(whole.build(naming), values)

    return replace(whole, build=build), tuple(found)


def _substitute(expr: MatrixExpr, values: dict[Symbol, MatrixExpr]) -> MatrixExpr:
    if isinstance(expr, Symbol):
        return values.get(expr, expr)
    return rebuild(expr, lambda child: _substitute(child, values))


def _local(scope: Scope) -> Scope:
    return replace(
        scope,
        quantities={n: replace(q) for n, q in scope.quantities.items()},
        functions=dict(scope.functions),
    )


def _harden(scope: Scope, naming: Naming) -> None:
    for quantity in scope.quantities.values():
        quantity.dims = tuple(naming.resolve(d) for d in quantity.dims)


def default_wrt(symbol: Symbol) -> Symbol | None:
    """The same state one step earlier."""
    if symbol.time is None:
        return None
    return replace(symbol, time=symbol.time.later(-1))
