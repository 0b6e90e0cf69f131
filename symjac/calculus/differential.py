r"""Take the differential of a matrix form, by named rules, and record every line.

    d tr(A X B) = tr(d(A X B)) = tr(A dX B)

A differential still to be taken is the node `d(A)`, in form of a function of A: it has
A's shape and prints as itself. It ends at the variable X, as the symbol dX.
Terminates: each rule leaves `d` of parts of what it was of, or of its definition.
Source: Magnus and Neudecker (2019), Matrix Differential Calculus, ch. 5, 8 and 9.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from itertools import count
from typing import TypeGuard

from symjac.errors import BudgetError, SoundnessError, Source, UnsupportedError
from symjac.language.formulas import check_formulas, shapes_of
from symjac.library.row import PRIMITIVE, Function
from symjac.terms import matrix as m
from symjac.terms.shape import Shape

VARY = "Xxu"  # what the instances of rules vary
MAX_NODES = 20_000
DIFFERENTIAL = Function("d", r"\mathrm{d}", meaning=PRIMITIVE)

Path = tuple[int, ...]
Rewrite = Callable[[m.MatrixExpr, m.Symbol], m.MatrixExpr | None]


@dataclass(frozen=True)
class DifferentialRule:
    """One named identity of matrix forms; `rewrite` gives None where it does not apply.

    The two formulas are the smallest instance, over `variable`: the first declared name
    of `VARY`, or a differential such as dX. In them `d(A)` is still to be taken.
    """

    title: str
    left: str
    right: str
    declared: str
    rewrite: Rewrite
    source: str

    @cached_property
    def sides(self) -> tuple[m.MatrixExpr, m.MatrixExpr]:
        """Both formulas, typed; nothing is read before it is needed."""
        one, other = (Source(self.title, text) for text in (self.left, self.right))
        found = check_formulas(one, other, self.declared)
        return _marked(found.reference), _marked(found.answer)

    @cached_property
    def variable(self) -> m.Symbol:
        """What varies."""
        shapes = shapes_of(self.declared)
        name = next((n for n in shapes if n[0] == "d"), "")
        if name:
            return differential_of(m.Symbol(name[1:], shapes[name]))
        return next(m.Symbol(n, shapes[n]) for n in VARY if n in shapes)

    @property
    def instance(self) -> m.MatrixExpr | None:
        """The rewrite of the left formula; equal to the right one."""
        return self.rewrite(self.sides[0], self.variable)


def _marked(expr: m.MatrixExpr) -> m.MatrixExpr:
    """A row's formula with its differentials, taken or still to be."""
    match expr:
        case m.Symbol(name, shape) if name[0] == "d":
            return differential_of(m.Symbol(name[1:], shape))
        case m.Elementwise(Function(name="d"), 0, arg):
            return d(_marked(arg))
    return m.rebuild(expr, _marked)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a derivation: a form of df, and how the one before led to it.

    `again` is that step: what it does, to what, at which places, by which rule.
    """

    title: str
    expr: m.MatrixExpr
    again: partial[m.MatrixExpr]


def d(expr: m.MatrixExpr) -> m.Elementwise:
    """The differential of an expression, still to be taken."""
    return m.Elementwise(DIFFERENTIAL, 0, expr)


def is_pending(expr: m.MatrixExpr) -> TypeGuard[m.Elementwise]:
    """Whether an expression is a differential still to be taken."""
    return isinstance(expr, m.Elementwise) and expr.function == DIFFERENTIAL


def is_live(expr: m.MatrixExpr, variable: m.Symbol) -> bool:
    """Whether an expression depends on the variable."""
    return variable in m.symbols(expr)


def differential_of(
    variable: m.Symbol, taken: frozenset[str] = frozenset()
) -> m.Symbol:
    """The symbol dX of a variable X, under a name that the equations do not use."""
    name = "d" + variable.name
    while name in taken:
        name = "d" + name
    mark = f"differential of {variable.name}"
    return m.Symbol(name, variable.shape, variable.time, (mark,))


def take(
    expr: m.MatrixExpr,
    variable: m.Symbol,
    rules: tuple[DifferentialRule, ...],
    dx: m.Symbol,
) -> tuple[Line, ...]:
    """The lines from d(f) to a form that is linear in dX.

    Each line applies one rule wherever it applies.

    Raises:
        UnsupportedError: an operation has no rule.
        BudgetError: more than MAX_NODES nodes.
    """
    current = settle(d(expr), variable, dx)
    lines: list[Line] = []
    while needed := {p: _rule(a, variable, rules) for p, a in _pending(current)}:
        rule = min(needed.values(), key=rules.index)
        places = frozenset(place for place, own in needed.items() if own is rule)
        again = partial(taken, current, places, rule, variable, dx)
        current = again()
        lines.append(Line(rule.title, current, again))
        if sum(1 for _ in m.walk(current)) > MAX_NODES:
            raise BudgetError(f"a differential of more than {MAX_NODES} nodes")
    return tuple(lines)


def _pending(
    expr: m.MatrixExpr, place: Path = ()
) -> Iterator[tuple[Path, m.MatrixExpr]]:
    """What differentials are still to be taken of, and where they stand."""
    if is_pending(expr):
        yield place, expr.arg
        return
    for number, child in enumerate(m.children(expr)):
        yield from _pending(child, (*place, number))


def taken(
    expr: m.MatrixExpr,
    places: frozenset[Path],
    rule: DifferentialRule,
    variable: m.Symbol,
    dx: m.Symbol,
) -> m.MatrixExpr:
    """A form after one rule was applied to the differentials at some places.

    Raises:
        SoundnessError: the rule does not apply there.
    """

    def put(node: m.MatrixExpr, place: Path) -> m.MatrixExpr:
        if place in places:
            after = rule.rewrite(node.arg, variable) if is_pending(node) else None
            if after is None:
                raise SoundnessError(f"{rule.title} does not apply at {place}")
            return after
        number = count()
        return m.rebuild(node, lambda child: put(child, (*place, next(number))))

    return settle(put(expr, ()), variable, dx)


def _rule(
    arg: m.MatrixExpr, variable: m.Symbol, rules: tuple[DifferentialRule, ...]
) -> DifferentialRule:
    for rule in rules:
        if rule.rewrite(arg, variable) is not None:
            return rule
    raise UnsupportedError(
        f"{label(arg)} has no rule in the differential style",
        hint="the index style derives it",
    )


def label(expr: m.MatrixExpr) -> str:
    """What an operation is called in a message."""
    return expr.name if isinstance(expr, m.Operation) else type(expr).__name__.lower()


def settle(expr: m.MatrixExpr, variable: m.Symbol, dx: m.Symbol) -> m.MatrixExpr:
    """Write d(X) as dX, and leave out what is zero."""
    if is_pending(expr):
        return dx if expr.arg == variable else expr
    whole = m.rebuild(expr, lambda child: settle(child, variable, dx))
    match whole:
        case m.Add(terms):
            return _sum(tuple(t for t in terms if not is_zero(t)), whole.shape)
        case m.Neg(m.Neg(arg)) | m.Transpose(m.Transpose(arg)):
            return arg
        case m.MatMul() | m.Scale() | m.Hadamard() | m.Neg() | m.Transpose() | m.Diag():
            vanishes = any(map(is_zero, m.children(whole)))
        case m.Quotient(above, _):
            vanishes = is_zero(above)
        case m.Operation(args=(arg,)) if whole.row.is_linear:
            vanishes = is_zero(arg)
        case _:
            vanishes = False
    return zero(whole.shape) if vanishes else whole


def _sum(terms: tuple[m.MatrixExpr, ...], shape: Shape) -> m.MatrixExpr:
    if len(terms) > 1:
        return m.Add(terms)
    return terms[0] if terms else zero(shape)


def zero(shape: Shape) -> m.Constant:
    """Zero of a shape."""
    return m.Constant(Fraction(0), shape)


def is_zero(expr: m.MatrixExpr) -> bool:
    """Whether an expression is written as zero."""
    return isinstance(expr, m.Constant) and expr.value == 0
