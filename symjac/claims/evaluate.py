"""Values and derivatives of matrix forms at a point, entry by entry.

This is the second opinion on every verdict: forward-mode differentiation over explicit
entries, from the meaning of the operators alone. It shares no rule with the derivation.
Numbers are exact rationals; with transcendental functions they are balls (Arb), whose
comparisons are certain. Values and derivatives of a generic function are free at
distinct arguments, so a table of chosen rationals stands for them.
Source: Griewank and Walther (2008), ch. 3; Johansson (2017), "Arb".
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, assert_never

from symjac.claims.linear import (
    SLOPE,
    Jet,
    Number,
    Place,
    PointError,
    combine,
    power,
    times,
)
from symjac.claims.operations import array
from symjac.errors import BudgetError
from symjac.language.meaning import definition, of_operation
from symjac.language.values import derivative, is_exact
from symjac.lazy import lazy_import
from symjac.library.row import Domain, Kink, Meaning
from symjac.rewrite.budget import spend
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Compound, Dim, Kind

if TYPE_CHECKING:
    import flint
else:
    flint = lazy_import("flint")

PRECISION = 128
Chosen = tuple[Meaning, int, Number, Fraction]  # a generic function's value somewhere
MAX_OPERATIONS = 300_000
MOST_AT_ONCE = 30_000  # operations; more are done when they are asked for
MOST_WAITING = 100  # nodes that wait for that, so that no recursion runs deep


def is_transcendental(*exprs: m.MatrixExpr) -> bool:
    """Whether rational arithmetic cannot evaluate an expression."""
    for expr in exprs:
        for node in m.walk(expr):
            if isinstance(node, m.Power) and node.exponent.denominator != 1:
                return True
            if isinstance(node, m.Elementwise) and not is_exact(node.function):
                return True
            if isinstance(node, m.Operation) and not _is_exact(node):
                return True
    return False


def require_few(operations: int) -> None:
    """Refuse what takes too many operations.

    Raises:
        BudgetError: beyond the limit of a point.
    """
    if operations > MAX_OPERATIONS:
        raise BudgetError(f"more than {MAX_OPERATIONS} operations at a point")


def require_small(exprs: Iterable[m.MatrixExpr], size: Callable[[Dim], int]) -> None:
    """Refuse eliminations and the like that take too many operations.

    Raises:
        BudgetError: before they begin.
    """
    for expr in exprs:
        sizes = tuple(map(size, expr.shape.dims))
        require_few(math.prod(sizes) * max(sizes) if len(sizes) == 2 else 0)


def _is_exact(node: m.Operation) -> bool:
    row: Meaning = node.row
    return not is_transcendental(definition(node)) if row.is_defined else row.exact


@dataclass(slots=True)
class Point:
    """Values of symbols at chosen dimensions, and of generic functions at arguments.

    Args:
        dims: size of every named dimension.
        value: entry of a symbol, a rational.
        free_value: the n-th new value of a generic derivative of given order.
        wrt: the variable, if any; its entries have slope 1 by themselves.
        definitions: symbols that stand for other expressions.
        balls: whether numbers are balls.
        table: chosen values of generic functions; `read`: the places that were used.
        base: the same point without a variable, values only; None if it is that.
        held: symbols that have their value there, and no slope by others.
    """

    dims: dict[str, int]
    value: Callable[[m.Symbol, Place], Fraction]
    free_value: Callable[[int, int], Fraction]
    wrt: m.Symbol | None
    definitions: dict[m.Symbol, m.MatrixExpr]
    balls: bool = False
    table: list[Chosen] = field(default_factory=list)
    read: set[int] = field(default_factory=set)
    cache: dict[tuple[m.MatrixExpr | int, Place], Jet] = field(default_factory=dict)
    kept: dict[int, m.MatrixExpr] = field(default_factory=dict)
    arrays: dict[int, dict[Place, Jet]] = field(default_factory=dict)
    warmed: set[m.MatrixExpr | int] = field(default_factory=set)
    operations: int = 0
    waiting: int = 0
    cap: int | None = None
    base: Point | None = None
    held: frozenset[m.Symbol] = frozenset()

    def size(self, dim: Dim) -> int:
        """Size of a dimension, at most `cap`: equal dimensions stay equal."""
        if isinstance(dim, Compound):
            sizes = map(self.size, dim.parts)
            return math.prod(sizes) if dim.operator == "*" else sum(sizes)
        size = dim if isinstance(dim, int) else self.dims[dim]
        return size if self.cap is None else min(size, self.cap)

    def number(self, value: Fraction) -> Number:
        """A rational in the point's arithmetic."""
        if not self.balls:
            return value
        flint.ctx.prec = PRECISION
        return flint.arb(flint.fmpq(value.numerator, value.denominator))

    def jet(self, expr: m.MatrixExpr, at: Place) -> Jet:
        """Value and slopes of one entry."""
        key = (expr if isinstance(expr, m.Symbol) else id(expr), at)
        if key not in self.cache:
            self.kept[id(expr)] = expr
            self.operations += 1
            require_few(self.operations)
            self.cache[key] = self._jet(expr, at)
        return self.cache[key]

    def warm(self, expr: m.MatrixExpr) -> None:
        """Evaluate operands before operators, so that no recursion runs deep.

        What is large is evaluated entry by entry, when asked for.

        Raises:
            BudgetError: too much waits already, and this is too large.
        """
        ordered = [expr]
        for node in ordered:
            ordered.extend(m.children(node))
        keyed = (
            (n if isinstance(n, m.Symbol) else id(n), n) for n in reversed(ordered)
        )
        new = {key: node for key, node in keyed if key not in self.warmed}
        sizes = {k: tuple(map(self.size, n.shape.dims)) for k, n in new.items()}
        count = sum(math.prod(sizes[key]) * self.inner(new[key]) for key in new)
        if count > MOST_AT_ONCE and self.waiting + len(new) <= MOST_WAITING:
            self.waiting += len(new)
            return
        require_few(self.operations + count)
        for key, node in new.items():
            for at in itertools.product(*map(range, sizes[key])):
                self.jet(node, at)
            self.kept[id(node)] = node
            self.warmed.add(key)

    def inner(self, expr: m.MatrixExpr) -> int:
        """How many products an entry is the sum of; at least 1."""
        if not isinstance(expr, m.MatMul) or expr.left.shape.kind is Kind.COLUMN:
            return 1
        return self.size(expr.left.shape.dims[-1])

    def _jet(self, expr: m.MatrixExpr, at: Place) -> Jet:  # noqa: C901 - exhaustive
        match expr:
            case m.Symbol():
                return self._symbol(expr, at)
            case m.Constant(value, _):
                return Jet(self.number(value), {})
            case m.Identity():
                return Jet(self.number(Fraction(int(at[0] == at[1]))), {})
            case m.Transpose(arg):
                return self.jet(arg, at[::-1])
            case m.Diag(arg):
                if at[0] != at[1]:
                    return Jet(self.number(Fraction(0)), {})
                return self.jet(arg, at[:1])
            case m.Elementwise(function, order, arg):
                return self.elementwise(function, order, self.jet(arg, at))
            case m.Operation():
                return self._operation(expr)[at]
            case (
                m.Add()
                | m.Neg()
                | m.Scale()
                | m.Hadamard()
                | m.MatMul()
                | m.Power()
                | m.Quotient()
            ):
                return self._arithmetic(expr, at)
        assert_never(expr)

    def _operation(self, expr: m.Operation) -> dict[Place, Jet]:
        if id(expr) not in self.arrays:
            require_small(expr.args, self.size)
            self.kept[id(expr)] = expr
            self.arrays[id(expr)] = self._array(expr)
        return self.arrays[id(expr)]

    def _array(self, expr: m.Operation) -> dict[Place, Jet]:
        """All entries: of what an operation means, or of a primitive."""
        row: Meaning = expr.row
        if row.where and not self.jet(of_operation(expr, row.where), ()).value >= 0:
            raise PointError(f"{row.name} has no value here")
        if not row.is_defined:
            return array(self, expr)
        body = definition(expr)
        self.warm(body)
        places = itertools.product(*(range(self.size(d)) for d in expr.shape.dims))
        return {at: self.jet(body, at) for at in places}

    def _symbol(self, symbol: m.Symbol, at: Place) -> Jet:
        spend(SLOPE)
        if self.base is not None and symbol in self.held:
            slopes = {at: self.number(Fraction(1))} if symbol == self.wrt else {}
            return Jet(self.base.jet(symbol, at).value, slopes)
        if symbol in self.definitions:
            return self.jet(self.definitions[symbol], at)
        return Jet(self.number(self.value(symbol, at)), {})

    def _arithmetic(
        self,
        expr: m.Add | m.Neg | m.Scale | m.Hadamard | m.MatMul | m.Power | m.Quotient,
        at: Place,
    ) -> Jet:
        match expr:
            case m.Add(terms):
                jets = [self.jet(term, at) for term in terms]
                return combine([(1, j) for j in jets], sum(j.value for j in jets))
            case m.Neg(arg):
                inner = self.jet(arg, at)
                return combine([(-1, inner)], -inner.value)
            case m.Scale(scalar, arg):
                return times(self.jet(scalar, ()), self.jet(arg, at))
            case m.Hadamard(left, right):
                return times(self.jet(left, at), self.jet(right, at))
            case m.MatMul():
                return self._matmul(expr, at)
            case m.Power(base, exponent):
                return power(self.jet(base, at), exponent, self.number)
            case m.Quotient(above, below):
                place = () if below.shape == SCALAR else at
                inverse = power(self.jet(below, place), Fraction(-1), self.number)
                return times(self.jet(above, at), inverse)
        assert_never(expr)

    def _matmul(self, expr: m.MatMul, at: Place) -> Jet:
        left, _right = expr.left.shape, expr.right.shape
        if left.kind is Kind.COLUMN:
            return times(self.jet(expr.left, at[:1]), self.jet(expr.right, at[1:]))
        split = len(left.dims) - 1
        require_few(3 * self.size(left.dims[-1]))  # two entries and their product
        products = [
            times(
                self.jet(expr.left, (*at[:split], middle)),
                self.jet(expr.right, (middle, *at[split:])),
            )
            for middle in range(self.size(left.dims[-1]))
        ]
        return combine([(1, p) for p in products], sum(p.value for p in products))

    def elementwise(self, function: Meaning, order: int, inner: Jet) -> Jet:
        """An elementwise function's derivative at a dual number."""
        value = self.function(function, order, inner.value)
        if not inner.slopes:
            return Jet(value, {})
        return combine(
            [(self.function(function, order + 1, inner.value), inner)], value
        )

    def function(self, function: Meaning, order: int, x: Number) -> Number:
        """Value of an elementwise function's derivative of given order."""
        if function.is_generic:
            return self._generic(function, order, x)
        if not _inside(function.domain, x):
            raise PointError(f"{function.name} at a number outside its domain")
        known = function.is_known_at_kinks(order)
        for kink in function.kinks_at if function.kink is not Kink.NONE else ():
            if not (x != kink or (known and x == kink)):
                raise PointError(f"{function.name} is not differentiable at {kink}")
        if self.balls:
            return derivative(function, order, x)
        value = derivative(function, order, flint.fmpq(x.numerator, x.denominator))
        return Fraction(int(value.p), int(value.q))

    def renewed(self) -> Point:
        """The same point, where nothing is evaluated yet."""
        new = Point(self.dims, self.value, self.free_value, None, self.definitions)
        return replace(new, balls=self.balls, table=self.table, cap=self.cap)

    def varied(self, wrt: m.Symbol, held: frozenset[m.Symbol]) -> Point:
        """The same point with slopes by a variable, all else in `held` kept fixed."""
        return replace(self.renewed(), wrt=wrt, base=self, held=held | {wrt})

    def still(self) -> Point:
        """The same point without a variable: values only."""
        return self if self.base is None else self.base

    def prepare(self) -> None:
        """Evaluate the definitions operands first, so that no recursion runs deep."""
        if self.base is not None:
            self.base.prepare()
        for symbol, body in self.definitions.items():
            if symbol in self.held:
                continue
            waiting = self.waiting
            self.warm(body)
            if self.waiting == waiting:
                self.warm(symbol)

    def _generic(self, function: Meaning, order: int, x: Number) -> Number:
        """A chosen value; arguments that may be equal get equal values.

        Equal values at two different arguments are as good a choice as any, so this
        keeps the point consistent either way.
        """
        places = [
            place
            for place, (known_function, known_order, known, _) in enumerate(self.table)
            if (known_function, known_order) == (function, order)
            and _may_equal(known, x)
        ]
        if len({self.table[place][-1] for place in places}) > 1:
            raise PointError("arguments that cannot be told apart")
        if not places:
            count = sum(known_order == order for _, known_order, _, _ in self.table)
            places = [len(self.table)]
            self.table.append((function, order, x, self.free_value(order, count)))
        self.read.update(places)
        return self.number(self.table[places[0]][-1])


def _inside(domain: Domain, x: Number) -> bool:
    """Whether a number is certainly in a function's domain."""
    match domain:
        case Domain.POSITIVE:
            return bool(x > 0)
        case Domain.UNIT:
            return bool(x > -1 and x < 1)
        case Domain.PROBABILITY:
            return bool(x > 0 and x < 1)
        case Domain.ABOVE_MINUS_ONE:
            return bool(x > -1)
        case Domain.NO_POLE:
            return bool(x.cos() != 0)
    return True


def _may_equal(left: Number, right: Number) -> bool:
    return bool(left == right if isinstance(left, Fraction) else left.overlaps(right))
