r"""From d(f) to df = tr(G^T dX), and the derivative read off: df/dX = G.

    df = tr(G^T dX)   for every dX   gives   df/dX = G, denominator layout
    df = g^T dx       for every dx   gives   df/dx = g, denominator layout

The transposes are the derivatives in numerator layout.
Source: Magnus and Neudecker (2019), ch. 9, first identification theorem.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import pairwise
from math import prod

from symjac.errors import BudgetError, SoundnessError
from symjac.expr.index import ONE
from symjac.expr.matrix import (
    Add,
    Constant,
    Identity,
    MatMul,
    MatrixExpr,
    Neg,
    Operation,
    Quotient,
    Scale,
    Symbol,
    Transpose,
    operation,
    rebuild,
    transpose,
)
from symjac.expr.products import factors, join
from symjac.expr.shape import SCALAR, Kind
from symjac.expr.text import matrix_text
from symjac.rules.differential import (
    DifferentialRule,
    Line,
    d,
    is_live,
    settle,
    take,
    zero,
)
from symjac.rules.differential_rules import DIFFERENTIALS
from symjac.rules.gather import Product, build, gather, split
from symjac.rules.trace_forms import (
    MOVES,
    Summand,
    Summands,
    multiply,
    no_rule,
    spread,
    with_live_core,
    without_inner,
)

MAX_LINES = 1_000


@dataclass(frozen=True, slots=True)
class Identified:
    """The lines for df, the last of them tr(G^T dX), and G in denominator layout."""

    lines: tuple[Line, ...]
    gradient: MatrixExpr

    def __post_init__(self) -> None:
        for one, two in pairwise(self.lines):
            if _shown(two.again.args[0]) != one.expr:
                raise SoundnessError(f"{two.title} does not chain")

    def replay(self) -> int:
        """Take each step again, at its places; the number of steps.

        Raises:
            SoundnessError: a line is not what its step gives.
        """
        for line in self.lines:
            if line.again() != line.expr:
                raise SoundnessError(f"{line.title} does not replay")
        return len(self.lines)


def identify(body: MatrixExpr, variable: Symbol, dx: Symbol) -> Identified:
    """Take the differential of a scalar, and read the derivative off.

    Raises:
        UnsupportedError: an operation has no rule in this style.
        BudgetError: too many nodes or lines.
    """
    lines = list(take(body, variable, DIFFERENTIALS, dx))
    current = lines[-1].expr if lines else settle(d(body), variable, dx)
    if current == zero(SCALAR):
        return Identified(tuple(lines), zero(variable.shape))
    summands = _live(spread(current, dx), dx)
    _record(lines, "linearity", partial(linear, current, dx))
    while (found := _next(summands, dx)) is not None:
        rule, places = found
        _record(lines, rule.title, partial(moved, summands, places, rule, dx))
        summands = _moved(summands, places, rule, dx)
        if len(lines) > MAX_LINES:
            raise BudgetError(f"a differential of more than {MAX_LINES} lines")
    _record(lines, "collect", partial(collected, summands, variable, dx))
    return Identified(tuple(lines), collect(summands, variable, dx))


def _live(summands: Summands, dx: Symbol) -> Summands:
    return tuple(with_live_core(summand, dx) for summand in summands)


def _record(lines: list[Line], title: str, again: partial[MatrixExpr]) -> None:
    """A line, unless it prints as the one before."""
    expr = again()
    if not lines or lines[-1].expr != expr:
        lines.append(Line(title, expr, again))


def _shown(form: MatrixExpr | Summands) -> MatrixExpr:
    """A form of df, of summands their sum."""
    if not isinstance(form, tuple):
        return form
    parts = tuple(
        build(Product(s.coefficient, s.scalars, (s.core,), s.divisors)) for s in form
    )
    return parts[0] if len(parts) == 1 else Add(parts)


def linear(expr: MatrixExpr, dx: Symbol) -> MatrixExpr:
    """A form with its sums multiplied out and its scalars in front."""
    return _shown(_live(spread(expr, dx), dx))


def _next(
    summands: Summands, dx: Symbol
) -> tuple[DifferentialRule, frozenset[int]] | None:
    """The earliest rule that a summand needs, and the summands that need it."""
    needed = [_move(s.core, dx) for s in summands]
    rules = [rule for rule in needed if rule is not None]
    if not rules:
        return None
    chosen = min(rules, key=MOVES.index)
    return chosen, frozenset(n for n, rule in enumerate(needed) if rule is chosen)


def moved(
    summands: Summands, places: frozenset[int], rule: DifferentialRule, dx: Symbol
) -> MatrixExpr:
    """The sum after a rule was applied to some of its summands.

    Raises:
        SoundnessError: the rule does not apply to one of them.
    """
    return _shown(_moved(summands, places, rule, dx))


def _moved(
    summands: Summands, places: frozenset[int], rule: DifferentialRule, dx: Symbol
) -> Summands:
    out: list[Summand] = []
    for number, summand in enumerate(summands):
        if number not in places:
            out.append(summand)
            continue
        if (core := rule.rewrite(summand.core, dx)) is None:
            raise SoundnessError(f"{rule.title} does not apply to summand {number}")
        out += (_inside(summand, part) for part in _live(spread(core, dx), dx))
    return tuple(out)


def _inside(summand: Summand, part: Summand) -> Summand:
    """A part of a summand's core with what stands around it."""
    return Summand(
        summand.coefficient * part.coefficient,
        (*summand.scalars, *part.scalars),
        part.core,
        (*summand.divisors, *part.divisors),
    )


def _move(core: MatrixExpr, dx: Symbol) -> DifferentialRule | None:
    if is_final(core, dx):
        return None
    for rule in MOVES:
        if rule.rewrite(core, dx) is not None:
            return rule
    while isinstance(core, MatMul):
        core = next(f for f in factors(core) if is_live(f, dx))
    raise no_rule(core)


def is_final(core: MatrixExpr, dx: Symbol) -> bool:
    """Whether a core is dx itself, p^T dx or tr(P dX)."""
    match core:
        case Operation("tr", (arg,)):
            return factors(arg)[-1] == dx
        case MatMul(_, right):
            return right in (dx, Transpose(dx)) and core.shape == SCALAR
    return core == dx


def collected(summands: Summands, variable: Symbol, dx: Symbol) -> MatrixExpr:
    """Df by its factor of dX."""
    return identified(collect(summands, variable, dx), dx)


def collect(summands: Summands, variable: Symbol, dx: Symbol) -> MatrixExpr:
    """The factor of dX, as a matrix of the variable's shape."""
    merged: dict[str, Product] = {}
    for summand in summands:
        product = _reduced(_product(summand, dx))
        key = repr((product.around, tuple(map(matrix_text, product.chain))))
        size = merged[key].coefficient if key in merged else Fraction(0)
        merged[key] = replace(product, coefficient=size + product.coefficient)
    kept = [p for p in merged.values() if p.coefficient]
    if not kept:
        return zero(variable.shape)
    return build(kept[0]) if len(kept) == 1 else gather(tuple(map(_outside, kept)))


def _outside(product: Product) -> MatrixExpr:
    """The product with its numbers and scalars outermost, where `split` finds them."""
    whole = join(product.chain)
    for scalar in reversed(product.scalars):
        whole = Scale(scalar, whole)
    for divisor in product.divisors:
        whole = Quotient(whole, divisor)
    size = abs(product.coefficient)
    whole = whole if size == 1 else Scale(Constant(size, SCALAR), whole)
    return Neg(whole) if product.coefficient < 0 else whole


def _product(summand: Summand, dx: Symbol) -> Product:
    """The factor of dX in a summand: numbers and scalars apart from the matrices."""
    scalars, weight = summand.scalars, _weight(summand.core, dx)
    if summand.core == dx and dx.shape == SCALAR and scalars:
        *others, weight = scalars
        scalars = tuple(others)
    pieces = (weight,) if weight.shape == SCALAR else factors(weight)
    parts = [split(piece) for piece in pieces]
    inner, chain = without_inner(tuple(f for p in parts for f in p.chain))
    if weight.shape == SCALAR:
        inner, chain = (), (join(parts[0].chain),)
    below = tuple(divisor for p in parts for divisor in p.divisors)
    size = prod((p.coefficient for p in parts), start=summand.coefficient)
    found = Product(size, (), chain, (*summand.divisors, *below))
    for scalar in (*scalars, *(s for p in parts for s in p.scalars), *inner):
        found = _with_scalar(found, scalar)
    return found


def _with_scalar(found: Product, scalar: MatrixExpr) -> Product:
    part = split(scalar)
    negatives = sum(isinstance(factor, Neg) for factor in part.chain)
    size = part.coefficient * (-1) ** negatives
    plain = tuple(f.arg if isinstance(f, Neg) else f for f in part.chain)
    own: tuple[MatrixExpr, ...] = (join(plain),)
    if isinstance(own[0], Constant):
        size, own = size * own[0].value, ()
    return replace(
        found,
        coefficient=found.coefficient * size,
        scalars=(*found.scalars, *part.scalars, *own),
        divisors=(*found.divisors, *part.divisors),
    )


def _reduced(product: Product) -> Product:
    """Without the scalars that stand above and below."""
    scalars, divisors = list(product.scalars), list(product.divisors)
    for scalar in product.scalars:
        if scalar in divisors:
            scalars.remove(scalar)
            divisors.remove(scalar)
    return replace(product, scalars=tuple(scalars), divisors=tuple(divisors))


def _weight(core: MatrixExpr, dx: Symbol) -> MatrixExpr:
    """What dX is multiplied by, turned to dX's shape."""
    match core:
        case Operation("tr", (arg,)):
            before = tuple(f for f in factors(arg)[:-1] if not isinstance(f, Identity))
            if not before:
                return Identity(dx.shape.dims[0])
            return transpose(multiply(before))
        case MatMul(left, _):
            return left if dx.shape.kind is Kind.ROW else transpose(left)
    return Constant(ONE, SCALAR)


def identified(gradient: MatrixExpr, dx: Symbol) -> MatrixExpr:
    """tr(G^T dX), g^T dx, g dx^T for a row, or g dx for a number."""
    match dx.shape.kind:
        case Kind.SCALAR:
            return dx if gradient == Constant(ONE, SCALAR) else Scale(gradient, dx)
        case Kind.ROW:
            return MatMul(gradient, Transpose(dx))
        case Kind.COLUMN:
            return MatMul(_turned(gradient), dx)
    return operation("tr", MatMul(_turned(gradient), dx))


def _turned(gradient: MatrixExpr) -> MatrixExpr:
    return gradient.arg if isinstance(gradient, Transpose) else Transpose(gradient)


def transposed(gradient: MatrixExpr) -> MatrixExpr:
    """The derivative in numerator layout; a scalar stays in front of a product."""
    match gradient:
        case Add() | Neg():
            return rebuild(gradient, transposed)
        case MatMul():
            first, *rest = factors(gradient)
            if not isinstance(first, Scale):
                return transpose(gradient)
            front, *behind = factors(transpose(multiply((first.arg, *rest))))
            return multiply((Scale(first.scalar, front), *behind))
    return transpose(gradient)
