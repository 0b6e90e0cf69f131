r"""Take the differential of a matrix form, by named rules, and record every line.

    d tr(A X B) = tr(d(A X B)) = tr(A dX B)

A differential still to be taken is the node `d(A)`, in form of a function of A: it has
A's shape and prints as itself. It ends at the variable X, as the symbol dX.
Terminates: each rule leaves `d` of parts of what it was of, or of its definition.
Source: Magnus and Neudecker (2019), Matrix Differential Calculus, ch. 5, 8 and 9.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeGuard

from symjac.errors import BudgetError, UnsupportedError
from symjac.expr.matrix import (
    Add,
    Constant,
    Diag,
    Elementwise,
    Hadamard,
    MatMul,
    MatrixExpr,
    Neg,
    Operation,
    Quotient,
    Scale,
    Symbol,
    Transpose,
    children,
    rebuild,
    symbols,
    walk,
)
from symjac.expr.shape import Shape
from symjac.library.row import PRIMITIVE, Function

LINEAR = frozenset({"tr", "sum", "diagonal", "vec"})
MAX_NODES = 20_000
DIFFERENTIAL = Function("d", r"\mathrm{d}", meaning=PRIMITIVE)

Rewrite = Callable[[MatrixExpr, Symbol], MatrixExpr | None]


@dataclass(frozen=True, slots=True)
class DifferentialRule:
    """One named identity; `rewrite` gives None where it does not apply.

    `before` and `after` are the smallest instance, over `variable`: the same objects
    are tested and cited.
    """

    name: str
    title: str
    before: MatrixExpr
    after: MatrixExpr
    rewrite: Rewrite
    source: str
    variable: Symbol

    def instance(self) -> MatrixExpr | None:
        """The rewrite of the smallest instance; equal to `after`."""
        before = self.before
        return self.rewrite(before.arg if is_pending(before) else before, self.variable)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a derivation: a form of df, and the rule that led to it."""

    title: str
    expr: MatrixExpr


def d(expr: MatrixExpr) -> Elementwise:
    """The differential of an expression, still to be taken."""
    return Elementwise(DIFFERENTIAL, 0, expr)


def is_pending(expr: MatrixExpr) -> TypeGuard[Elementwise]:
    """Whether an expression is a differential still to be taken."""
    return isinstance(expr, Elementwise) and expr.function == DIFFERENTIAL


def is_live(expr: MatrixExpr, variable: Symbol) -> bool:
    """Whether an expression depends on the variable."""
    return variable in symbols(expr)


def differential_of(variable: Symbol, taken: frozenset[str] = frozenset()) -> Symbol:
    """The symbol dX of a variable X, under a name that the equations do not use."""
    name = "d" + variable.name
    while name in taken:
        name = "d" + name
    mark = f"differential of {variable.name}"
    return Symbol(name, variable.shape, variable.time, (mark,))


def take(
    expr: MatrixExpr, variable: Symbol, rules: tuple[DifferentialRule, ...], dx: Symbol
) -> tuple[Line, ...]:
    """The lines from d(f) to a form that is linear in dX.

    Each line applies one rule wherever it applies.

    Raises:
        UnsupportedError: an operation has no rule.
        BudgetError: more than MAX_NODES nodes.
    """
    current = settle(d(expr), variable, dx)
    lines: list[Line] = []
    while any(map(is_pending, walk(current))):
        rule = _first_rule(current, variable, rules)
        current = settle(_apply(current, variable, rules, rule), variable, dx)
        lines.append(Line(rule.title, current))
        if sum(1 for _ in walk(current)) > MAX_NODES:
            raise BudgetError(f"a differential of more than {MAX_NODES} nodes")
    return tuple(lines)


def _first_rule(
    expr: MatrixExpr, variable: Symbol, rules: tuple[DifferentialRule, ...]
) -> DifferentialRule:
    """The earliest row among those that the pending differentials need."""
    needed = [
        _rule(node.arg, variable, rules) for node in walk(expr) if is_pending(node)
    ]
    return min(needed, key=rules.index)


def _rule(
    arg: MatrixExpr, variable: Symbol, rules: tuple[DifferentialRule, ...]
) -> DifferentialRule:
    for rule in rules:
        if rule.rewrite(arg, variable) is not None:
            return rule
    raise UnsupportedError(
        f"{label(arg)} has no rule in the differential style",
        hint="the index style derives it",
    )


def label(expr: MatrixExpr) -> str:
    """What an operation is called in a message."""
    return expr.name if isinstance(expr, Operation) else type(expr).__name__.lower()


def _apply(
    expr: MatrixExpr,
    variable: Symbol,
    rules: tuple[DifferentialRule, ...],
    rule: DifferentialRule,
) -> MatrixExpr:
    if is_pending(expr):
        own = _rule(expr.arg, variable, rules)
        after = rule.rewrite(expr.arg, variable) if own is rule else None
        return expr if after is None else after
    return rebuild(expr, lambda child: _apply(child, variable, rules, rule))


def settle(expr: MatrixExpr, variable: Symbol, dx: Symbol) -> MatrixExpr:
    """Write d(X) as dX, and leave out what is zero."""
    if is_pending(expr):
        return dx if expr.arg == variable else expr
    whole = rebuild(expr, lambda child: settle(child, variable, dx))
    match whole:
        case Add(terms):
            return _sum(tuple(t for t in terms if not is_zero(t)), whole.shape)
        case Neg(Neg(arg)):
            return arg
        case MatMul() | Scale() | Hadamard() | Neg() | Transpose() | Diag():
            vanishes = any(map(is_zero, children(whole)))
        case Quotient(above, _):
            vanishes = is_zero(above)
        case Operation(name, (arg,)) if name in LINEAR:
            vanishes = is_zero(arg)
        case _:
            vanishes = False
    return zero(whole.shape) if vanishes else whole


def _sum(terms: tuple[MatrixExpr, ...], shape: Shape) -> MatrixExpr:
    if len(terms) > 1:
        return Add(terms)
    return terms[0] if terms else zero(shape)


def zero(shape: Shape) -> Constant:
    """Zero of a shape."""
    return Constant(Fraction(0), shape)


def is_zero(expr: MatrixExpr) -> bool:
    """Whether an expression is written as zero."""
    return isinstance(expr, Constant) and expr.value == 0
