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

from symjac.calculus.differential import (
    DIFFERENTIALS,
    DifferentialRule,
    Line,
    d,
    is_live,
    settle,
    take,
    zero,
)
from symjac.calculus.gather import Product, build, factor_common, split
from symjac.calculus.trace_forms import (
    MOVES,
    Summand,
    Summands,
    multiply,
    no_rule,
    spread,
    with_live_core,
    without_inner,
)
from symjac.errors import BudgetError, SoundnessError
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Kind
from symjac.typeset.text import matrix_text

MAX_LINES = 1_000


@dataclass(frozen=True, slots=True)
class Identified:
    """The lines for df, the last of them tr(G^T dX), and G in denominator layout."""

    lines: tuple[Line, ...]
    gradient: m.MatrixExpr

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


def identify(body: m.MatrixExpr, variable: m.Symbol, dx: m.Symbol) -> Identified:
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


def _live(summands: Summands, dx: m.Symbol) -> Summands:
    return tuple(with_live_core(summand, dx) for summand in summands)


def _record(lines: list[Line], title: str, again: partial[m.MatrixExpr]) -> None:
    """A line, unless it prints as the one before."""
    expr = again()
    if not lines or lines[-1].expr != expr:
        lines.append(Line(title, expr, again))


def _shown(form: m.MatrixExpr | Summands) -> m.MatrixExpr:
    """A form of df, of summands their sum."""
    if not isinstance(form, tuple):
        return form
    parts = tuple(
        build(Product(s.coefficient, s.scalars, (s.core,), s.divisors)) for s in form
    )
    return parts[0] if len(parts) == 1 else m.Add(parts)


def linear(expr: m.MatrixExpr, dx: m.Symbol) -> m.MatrixExpr:
    """A form with its sums multiplied out and its scalars in front."""
    return _shown(_live(spread(expr, dx), dx))


def _next(
    summands: Summands, dx: m.Symbol
) -> tuple[DifferentialRule, frozenset[int]] | None:
    """The earliest rule that a summand needs, and the summands that need it."""
    needed = [_move(s.core, dx) for s in summands]
    rules = [rule for rule in needed if rule is not None]
    if not rules:
        return None
    chosen = min(rules, key=MOVES.index)
    return chosen, frozenset(n for n, rule in enumerate(needed) if rule is chosen)


def moved(
    summands: Summands, places: frozenset[int], rule: DifferentialRule, dx: m.Symbol
) -> m.MatrixExpr:
    """The sum after a rule was applied to some of its summands.

    Raises:
        SoundnessError: the rule does not apply to one of them.
    """
    return _shown(_moved(summands, places, rule, dx))


def _moved(
    summands: Summands, places: frozenset[int], rule: DifferentialRule, dx: m.Symbol
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


def _move(core: m.MatrixExpr, dx: m.Symbol) -> DifferentialRule | None:
    if is_final(core, dx):
        return None
    for rule in MOVES:
        if rule.rewrite(core, dx) is not None:
            return rule
    while isinstance(core, m.MatMul):
        core = next(f for f in m.factors(core) if is_live(f, dx))
    raise no_rule(core)


def is_final(core: m.MatrixExpr, dx: m.Symbol) -> bool:
    """Whether a core is dx itself, p^T dx or tr(P dX)."""
    match core:
        case m.Operation("tr", (arg,)):
            return m.factors(arg)[-1] == dx
        case m.MatMul(_, right):
            return right in (dx, m.Transpose(dx)) and core.shape == SCALAR
    return core == dx


def collected(summands: Summands, variable: m.Symbol, dx: m.Symbol) -> m.MatrixExpr:
    """Df by its factor of dX."""
    return identified(collect(summands, variable, dx), dx)


def collect(summands: Summands, variable: m.Symbol, dx: m.Symbol) -> m.MatrixExpr:
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
    return (
        build(kept[0]) if len(kept) == 1 else factor_common(tuple(map(_outside, kept)))
    )


def _outside(product: Product) -> m.MatrixExpr:
    """The product with its numbers and scalars outermost, where `split` finds them."""
    whole = m.join(product.chain)
    for scalar in reversed(product.scalars):
        whole = m.Scale(scalar, whole)
    for divisor in product.divisors:
        whole = m.Quotient(whole, divisor)
    size = abs(product.coefficient)
    whole = whole if size == 1 else m.Scale(m.Constant(size, SCALAR), whole)
    return m.Neg(whole) if product.coefficient < 0 else whole


def _product(summand: Summand, dx: m.Symbol) -> Product:
    """The factor of dX in a summand: numbers and scalars apart from the matrices."""
    scalars, weight = summand.scalars, _weight(summand.core, dx)
    if summand.core == dx and dx.shape == SCALAR and scalars:
        *others, weight = scalars
        scalars = tuple(others)
    pieces = (weight,) if weight.shape == SCALAR else m.factors(weight)
    parts = [split(piece) for piece in pieces]
    inner, chain = without_inner(tuple(f for p in parts for f in p.chain))
    if weight.shape == SCALAR:
        inner, chain = (), (m.join(parts[0].chain),)
    below = tuple(divisor for p in parts for divisor in p.divisors)
    size = prod((p.coefficient for p in parts), start=summand.coefficient)
    found = Product(size, (), chain, (*summand.divisors, *below))
    for scalar in (*scalars, *(s for p in parts for s in p.scalars), *inner):
        found = _with_scalar(found, scalar)
    return found


def _with_scalar(found: Product, scalar: m.MatrixExpr) -> Product:
    part = split(scalar)
    negatives = sum(isinstance(factor, m.Neg) for factor in part.chain)
    size = part.coefficient * (-1) ** negatives
    plain = tuple(f.arg if isinstance(f, m.Neg) else f for f in part.chain)
    own: tuple[m.MatrixExpr, ...] = (m.join(plain),)
    if isinstance(own[0], m.Constant):
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


def _weight(core: m.MatrixExpr, dx: m.Symbol) -> m.MatrixExpr:
    """What dX is multiplied by, turned to dX's shape."""
    match core:
        case m.Operation("tr", (arg,)):
            before = tuple(
                f for f in m.factors(arg)[:-1] if not isinstance(f, m.Identity)
            )
            if not before:
                return m.Identity(dx.shape.dims[0])
            return m.transpose(multiply(before))
        case m.MatMul(left, _):
            return left if dx.shape.kind is Kind.ROW else m.transpose(left)
    return m.Constant(ix.ONE, SCALAR)


def identified(gradient: m.MatrixExpr, dx: m.Symbol) -> m.MatrixExpr:
    """tr(G^T dX), g^T dx, g dx^T for a row, or g dx for a number."""
    match dx.shape.kind:
        case Kind.SCALAR:
            return (
                dx if gradient == m.Constant(ix.ONE, SCALAR) else m.Scale(gradient, dx)
            )
        case Kind.ROW:
            return m.MatMul(gradient, m.Transpose(dx))
        case Kind.COLUMN:
            return m.MatMul(_turned(gradient), dx)
    return m.operation("tr", m.MatMul(_turned(gradient), dx))


def _turned(gradient: m.MatrixExpr) -> m.MatrixExpr:
    return gradient.arg if isinstance(gradient, m.Transpose) else m.Transpose(gradient)


def transposed(gradient: m.MatrixExpr) -> m.MatrixExpr:
    """The derivative in numerator layout; a scalar stays in front of a product."""
    match gradient:
        case m.Add() | m.Neg():
            return m.rebuild(gradient, transposed)
        case m.MatMul():
            first, *rest = m.factors(gradient)
            if not isinstance(first, m.Scale):
                return m.transpose(gradient)
            front, *behind = m.factors(m.transpose(multiply((first.arg, *rest))))
            return multiply((m.Scale(first.scalar, front), *behind))
    return m.transpose(gradient)
