"""Statements to a typed Program: names resolved, dimensions solved."""

from __future__ import annotations

from dataclasses import replace

from symjac.errors import ParseError, ShapeError, Source, Span
from symjac.language.dims import Naming, unify
from symjac.language.infer import Draft, Inference
from symjac.language.parse import parse_formula, parse_statements
from symjac.language.scope import Quantity, Scope, size_text
from symjac.language.syntax import Definition, FunctionDeclaration
from symjac.language.typed import require_strict
from symjac.library.properties import COMMUTES
from symjac.terms import matrix as m
from symjac.terms.program import Defined, Meaning, Program, is_earlier
from symjac.terms.shape import Shape


def _define(
    node: Definition, scope: Scope, defined: dict[str, Span], *, anew: bool = False
) -> Draft:
    """Enter a definition; one made anew replaces a quantity that its body may use."""
    if node.name in defined:
        raise ParseError(f"{node.name} is defined twice", node.span)
    defined[node.name] = node.span
    if node.name in scope.numbers:
        raise ParseError(f"{node.name} stood for the number before", node.span)
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
        for used in m.symbols(defined.body):
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
    scope = Scope()
    for name, sizes in (shapes or {}).items():
        scope.declare(name, tuple(sizes), (), Span(source, 0, 0))
    require_strict(source, scope)
    statements = parse_statements(source)
    for statement in statements:
        scope.enter(statement)
    scope.settle()
    defined: dict[str, Span] = {}
    nodes = [s for s in statements if isinstance(s, Definition)]
    if not nodes:
        raise ParseError(
            "no definition found; write one such as y = A @ x", Span(source, 0, 1)
        )
    drafts = [_define(node, scope, defined) for node in nodes]
    check_partners(scope, nodes[0].span)
    scope.check_fixed()
    naming = Naming(set(scope.dimensions), scope.fixed)
    definitions = []
    for node, draft in zip(nodes, drafts, strict=True):
        shape = _solved(scope.quantities[node.name], naming)
        symbol = m.Symbol(node.name, shape, node.time)
        definitions.append(Defined(symbol, draft.build(naming), node.span))
    _check_cycles(tuple(definitions))
    for quantity in scope.quantities.values():
        _solved(quantity, naming)
    used = (s for d in definitions for s in (d.symbol, *m.symbols(d.body)))
    found = tuple(dict.fromkeys(used))
    return close(source, tuple(definitions), found, scope, naming)


def close(
    source: Source,
    definitions: tuple[Defined, ...],
    found: tuple[m.Symbol, ...],
    scope: Scope,
    naming: Naming,
) -> Program:
    """The program of what was found, once all its dimensions are named."""
    scope.check_doubts()
    dimensions = frozenset(scope.dimensions | naming.used)
    quantities = {
        name: Meaning(_solved(quantity, naming), quantity.properties, quantity.timed)
        for name, quantity in scope.quantities.items()
    }
    return Program(
        source,
        definitions,
        found,
        quantities,
        tuple(scope.functions),
        dimensions,
        dict(scope.fixed),
        frozenset(naming.names.values()),
        frozenset(base for base in scope.bases if base),
    )


def reopen(program: Program) -> Scope:
    """A program's names, for an expression over them that may add none."""
    quantities = {
        name: Quantity(name, q.shape.kind, q.shape.dims, True, q.properties, q.timed)
        for name, q in program.quantities.items()
    }
    return Scope(
        quantities,
        list(program.functions),
        set(program.dimensions),
        dict(program.fixed),
        {*program.bases},
        closed=True,
        automatic=program.automatic,
    )


def _solved(quantity: Quantity, naming: Naming) -> Shape:
    return Shape(quantity.kind, tuple(naming.resolve(d) for d in quantity.dims))


def check_formula(
    source: Source, program: Program, shapes: tuple[Shape, ...] = ()
) -> m.MatrixExpr:
    """Type an expression over a program's names; local definitions are substituted.

    Dimensions that the program left open are already named, hence rigid: a claim
    cannot change what the equations mean.

    Args:
        shapes: those that it may have; its numbers count as the first that fits does.
    """
    scope = reopen(program)
    draft = infer_formula(source, scope)[0]
    for shape in shapes:
        if shape.kind is draft.kind and all(map(unify, draft.dims, shape.dims)):
            break
    return draft.build(Naming(set(scope.dimensions), scope.fixed))


Locals = tuple[tuple[Quantity, Draft, Span], ...]


def infer_formula(
    source: Source, scope: Scope, known: Locals = ()
) -> tuple[Draft, Locals]:
    """The draft of an expression, and the definitions that are substituted in it.

    They hold in the order in which they stand, those known from elsewhere first; one
    before the expression may replace one of these for what comes after it.
    """
    require_strict(source, scope, is_formula=True)
    nodes, body = parse_formula(source)
    found = [*known]
    inherited = {quantity.name for quantity, _, _ in known}
    at: dict[str, Span] = {}
    for node in nodes:
        if isinstance(node, FunctionDeclaration):
            scope.enter(node)
            continue
        if not isinstance(node, Definition) or node.time is not None:
            raise ParseError("only definitions may stand before a formula", node.span)
        anew = node.name in inherited and node.name not in at
        if node.name in scope.quantities and node.name not in at and not anew:
            raise ParseError(f"{node.name} is defined by the equations", node.span)
        draft = _define(node, scope, at, anew=anew)
        found.append((scope.quantities[node.name], draft, node.span))
    whole = Inference(scope).infer(body)

    def build(naming: Naming) -> m.MatrixExpr:
        values: dict[m.Symbol, m.MatrixExpr] = {}
        for quantity, draft, span in found:
            symbol = m.Symbol(quantity.name, _solved(quantity, naming))
            value = m.substitute(draft.build(naming), values)
            if symbol in m.symbols(value):
                raise ParseError(f"{symbol} is used in its own definition", span)
            values[symbol] = value
        return m.substitute(whole.build(naming), values)

    return replace(whole, build=build), tuple(found)


def default_wrt(symbol: m.Symbol) -> m.Symbol | None:
    """The same state one step earlier."""
    if symbol.time is None:
        return None
    return symbol.later(-1)
