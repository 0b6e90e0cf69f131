"""Two formulas over names of their own: kinds and dimensions inferred jointly.

W in the answer is the W of the reference. The dimensions that the reference would have
by itself are kept, so that an answer cannot narrow what the reference says unseen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from symjac.errors import ParseError, Source, Span
from symjac.language.check import check_partners, close, infer_formula
from symjac.language.dims import Naming, unify
from symjac.language.infer import Draft
from symjac.language.parse import english, parse_statements
from symjac.language.scope import Scope
from symjac.language.syntax import Definition
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.terms.shape import Dim, Shape, count, named_dims

_NAME = re.compile(  # as in grammar.lark
    r"[A-Za-zΑ-ΡΣ-Ωα-ρσ-ω][A-Za-z0-9_Α-ΡΣ-Ωα-ρσ-ω]*"
)
Sizes = tuple[str | int, ...]
Shapes = Mapping[str, Sizes] | str


@dataclass(frozen=True, slots=True)
class Formulas:
    """Two typed formulas, the program of their names, and what the first takes alone.

    `narrowed` names a quantity that the answer gives fewer shapes than the reference
    does, with its shape by the reference alone. `untied` names a dimension that is the
    size of no quantity, where quantities with sizes that nobody named may have it.
    """

    program: Program
    reference: m.MatrixExpr
    answer: m.MatrixExpr
    narrowed: tuple[str, Shape] | None = None
    untied: str | None = None


def declared(shapes: Shapes | None) -> Scope:
    """A scope with declarations: names to sizes, or text such as `W: (n, n)`.

    Raises:
        ParseError: not a declaration, or one given twice.
    """
    scope = Scope()
    if isinstance(shapes, str):
        for statement in parse_statements(Source("shapes", shapes)):
            if isinstance(statement, Definition):
                raise ParseError("shapes take declarations only", statement.span)
            scope.enter(statement)
    else:
        for name, sizes in (shapes or {}).items():
            at = Span(Source("shapes", name), 0, len(name))
            named = tuple(s if isinstance(s, int) else _name(s) for s in sizes)
            scope.declare(_name(name), named, (), at)
    scope.settle()
    return scope


def shapes_of(shapes: Shapes | None) -> dict[str, Shape]:
    """What declarations say, by name."""
    return _solved(declared(shapes))


def _name(text: str) -> str:
    """A name as the language spells it.

    Raises:
        ParseError: it is not one.
    """
    if not _NAME.fullmatch(text):
        at = Span(Source("shapes", text), 0, len(text))
        raise ParseError(f"{text!r} is no name", at)
    return english(text)


def check_formulas(
    reference: Source, answer: Source, shapes: Shapes | None = None
) -> Formulas:
    """Type two formulas jointly; where nothing is declared, they have one shape.

    Raises:
        ParseError, ShapeError, UnsupportedError, BudgetError: each with its place.
    """
    scope = declared(shapes)
    first, known = infer_formula(reference, scope)
    local = {quantity.name for quantity, _, _ in known}
    alone = {n: s for n, s in _solved(scope).items() if n not in local}
    second, _ = infer_formula(answer, scope, known)
    check_partners(scope, second.span)
    _unify_results(first, second)
    scope.check_fixed()
    naming = Naming(set(scope.dimensions), scope.fixed)
    both = first.build(naming), second.build(naming)
    narrowed = _narrowed(alone, _solved(scope))
    found = tuple(dict.fromkeys(s for expr in both for s in m.symbols(expr)))
    untied = _untied(scope, naming)
    program = close(reference, (), found, scope, naming)
    return Formulas(program, *both, narrowed, untied)


def _untied(scope: Scope, naming: Naming) -> str | None:
    """The first named dimension that no quantity has, if some have unnamed ones."""
    dims = (dim for quantity in scope.quantities.values() for dim in quantity.dims)
    sizes = {name for dim in dims for name in named_dims(naming.resolve(dim))}
    loose = scope.dimensions - sizes - scope.fixed.keys()
    return min(loose, default=None) if sizes - scope.dimensions else None


def _unify_results(first: Draft, second: Draft) -> None:
    """Let open dimensions of the results agree, of a row and a column too."""
    if len(first.dims) == len(second.dims):
        for one, other in zip(first.dims, second.dims, strict=True):
            unify(one, other)


def _solved(scope: Scope) -> dict[str, Shape]:
    """Shapes by name as far as they are known."""
    naming = Naming(set(scope.dimensions), dict(scope.fixed))
    return {
        quantity.name: Shape(quantity.kind, tuple(map(naming.resolve, quantity.dims)))
        for quantity in scope.quantities.values()
    }


def _narrowed(
    alone: Mapping[str, Shape], jointly: Mapping[str, Shape]
) -> tuple[str, Shape] | None:
    """The first quantity with a dimension that two shared or that became a number."""
    became: dict[Dim, Dim] = {}
    for name, shape in alone.items():
        for dim, now in zip(shape.dims, jointly[name].dims, strict=True):
            if count(dim) is not None:  # 6 is no other number as 3*2
                continue
            is_new = dim not in became
            if became.setdefault(dim, now) != now or type(dim) is not type(now):
                return name, shape
            if is_new and list(became.values()).count(now) > 1:
                return name, shape
    return None
