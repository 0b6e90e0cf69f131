r"""Intervals that hold every entry of a vector or scalar, at every step.

    z = sigmoid(u)                       z in [0, 1]
    1 - z                                [0, 1]
    z * a + (1 - z) * b, z in [0, 1]     the hull of the intervals of a and b
    h[t] = o[t] * tanh(c[t])             [-1, 1]

A state's interval is an invariant, found from the state 0 and then proved by induction:
if h[t-1] lies in it, so does h[t]. So it needs h[0] in the same interval: the range's
`needs` say so. A state that stays at 0 counts as unbounded. Ranges of other states are
derived with this one unbounded.
Source: Moore, Kearfott and Cloud, Introduction to Interval Analysis (2009), ch. 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from symjac.lazy import lazy_import
from symjac.library.functions import TABLE, lookup
from symjac.library.row import Function
from symjac.terms import matrix as m
from symjac.terms.program import Program

if TYPE_CHECKING:
    import sympy
else:
    sympy = lazy_import("sympy")


@dataclass(frozen=True, slots=True)
class Extent:
    """Infimum and supremum of a function, exact SymPy numbers, and how they are known.

    Example:
        >>> row = extent("sigmoid", 1)
        >>> row.low, row.high, row.reason
        (0, 1/4, 's (1 - s) for s in (0, 1), largest at s = 1/2')
    """

    low: Any
    high: Any
    reason: str

    @property
    def supremum(self) -> Any:
        """The supremum of the absolute value."""
        return max(abs(self.low), abs(self.high))


@cache
def extent(name: str, order: int) -> Extent | None:
    """The ends of a function's derivative of given order; None if they are not known.

    Example:
        >>> extent("erf", 1).supremum
        2/sqrt(pi)
        >>> extent("silu", 0) is None
        True
    """
    row = lookup(name)
    found = (row.range, row.slope_range)[order] if order < 2 else None
    if found is None:
        return None
    low, high, reason = found
    # rows of the library, no input from outside
    return Extent(sympy.sympify(low), sympy.sympify(high), reason)


def rows() -> tuple[tuple[str, int], ...]:
    """Functions and orders with known ends."""
    pairs = ((name, order) for name in TABLE for order in (0, 1))
    return tuple(pair for pair in pairs if extent(*pair))


Given = tuple[tuple[str, "Range"], ...]


@dataclass(frozen=True, slots=True)
class Range:
    """A closed interval with exact SymPy ends, and what must hold for it."""

    low: Any
    high: Any
    needs: tuple[str, ...] = ()

    @property
    def is_finite(self) -> bool:
        """Whether both ends are finite."""
        return bool(self.low.is_finite and self.high.is_finite)

    @property
    def size(self) -> Any:
        """The largest absolute value."""
        return max(abs(self.low), abs(self.high))

    def contains(self, other: Range) -> bool:
        """Whether the other interval is a subset."""
        return bool(self.low <= other.low and other.high <= self.high)

    def __str__(self) -> str:
        return f"[{self.low}, {self.high}]"


def make(low: Any, high: Any, *parts: Range) -> Range:
    """An interval that needs what its parts need."""
    needs = tuple(dict.fromkeys(need for part in parts for need in part.needs))
    return Range(
        sympy.sympify(low, strict=True), sympy.sympify(high, strict=True), needs
    )


def everything() -> Range:
    """The real line."""
    return make(-sympy.oo, sympy.oo)


def hull(*parts: Range) -> Range:
    """The least interval around several."""
    return make(min(p.low for p in parts), max(p.high for p in parts), *parts)


def add(*parts: Range) -> Range:
    """The interval of a sum."""
    return make(sum(p.low for p in parts), sum(p.high for p in parts), *parts)


def negate(part: Range) -> Range:
    """The interval of the negative."""
    return make(-part.high, -part.low, part)


def multiply(left: Range, right: Range) -> Range:
    """The interval of a product of independent factors; 0 times infinity is 0."""
    ends = [
        sympy.S.Zero if a == 0 or b == 0 else a * b
        for a in (left.low, left.high)
        for b in (right.low, right.high)
    ]
    return make(min(ends), max(ends), left, right)


def weighted(expr: m.Add) -> tuple[m.MatrixExpr, m.MatrixExpr, m.MatrixExpr] | None:
    """(w, a, b) for w * a + (1 - w) * b in either order; None for another sum."""
    if len(expr.terms) != 2:
        return None
    first, second = map(_splits, expr.terms)
    for w, a in first:
        for v, b in second:
            if is_complement(v, w):
                return w, a, b
            if is_complement(w, v):
                return v, b, a
    return None


def _splits(term: m.MatrixExpr) -> tuple[tuple[m.MatrixExpr, m.MatrixExpr], ...]:
    match term:
        case m.Hadamard(left, right):
            return (left, right), (right, left)
        case m.Scale(left, right):
            return ((left, right),)
    return ()


def is_complement(expr: m.MatrixExpr, weight: m.MatrixExpr) -> bool:
    """Whether an expression reads 1 - weight."""
    match expr:
        case m.Add((m.Constant(value), m.Neg(arg))):
            return bool(value == 1 and arg == weight)
    return False


@dataclass(frozen=True, slots=True)
class Ranges:
    """Intervals over a program's names, some of them `assumed`.

    Example:
        >>> from symjac.derive import parse
        >>> program = parse("h[t] = sigmoid(a[t]) * h[t-1] + 1/2 * tanh(b[t])")
        >>> found = Ranges(program, {})
        >>> print(found.of(program.definitions[0].body.terms[1]))
        [-1/2, 1/2]
        >>> found.of(program.definitions[0].symbol).is_finite
        False
    """

    program: Program
    assumed: Mapping[str, Range]
    found: dict[tuple[m.Symbol, Given], Range] = field(default_factory=dict)

    def of(self, expr: m.MatrixExpr, given: Given = ()) -> Range:  # noqa: C901 - a table
        """The interval of every entry of a vector or scalar."""
        match expr:
            case m.Symbol():
                return self.symbol(expr, given)
            case m.Constant(value):
                return make(value, value)
            case m.Add():
                return self.total(expr, given)
            case m.Neg(arg):
                return negate(self.of(arg, given))
            case m.Hadamard(left, right) | m.Scale(left, right):
                return multiply(self.of(left, given), self.of(right, given))
            case m.Transpose(arg):
                return self.of(arg, given)
            case m.Elementwise(function, order):
                return self.function(function, order)
            case m.Quotient(above, m.Constant(value)) if value:
                return multiply(self.of(above, given), make(1 / value, 1 / value))
            case m.Power(base, exponent) if exponent > 0 and exponent % 2 == 0:
                inner = self.of(base, given)
                return make(0, inner.size**exponent, inner)
            case m.Operation("softmax"):
                return make(0, 1)
        return everything()

    def total(self, expr: m.Add, given: Given) -> Range:
        """The interval of a sum; tighter for a weighted mean."""
        plain = add(*(self.of(term, given) for term in expr.terms))
        found = weighted(expr)
        if found is None:
            return plain
        weight, *parts = (self.of(part, given) for part in found)
        if not make(0, 1).contains(weight):
            return plain
        mean = hull(*parts)
        return make(max(mean.low, plain.low), min(mean.high, plain.high), weight, mean)

    def function(self, function: Function, order: int) -> Range:
        """The interval of an elementwise function, whatever its argument."""
        name = function.name + "'" * order
        if name in self.assumed:
            return self.assumed[name]
        row = extent(function.name, order)
        return everything() if row is None else make(row.low, row.high)

    def symbol(self, symbol: m.Symbol, given: Given) -> Range:
        """The interval of a name: assumed, declared, or of its definition."""
        known = dict(given).get(symbol.name) or self.assumed.get(symbol.name)
        if known is not None:
            return known
        if (symbol, given) not in self.found:
            self.found[symbol, given] = self.defined(symbol, given)
        return self.found[symbol, given]

    def defined(self, symbol: m.Symbol, given: Given) -> Range:
        """The interval of a name by its definition or declaration."""
        body = self.program.definition(symbol)
        if body is None:
            return _declared(symbol)
        if symbol.name in self.program.states:
            return self.state(symbol, body, given)
        return self.of(body, given)

    def state(self, symbol: m.Symbol, body: m.MatrixExpr, given: Given) -> Range:
        """An interval that a state does not leave, given that it starts in it."""
        others = tuple((name, everything()) for name, _ in given)

        def after(before: Range) -> Range:
            return self.of(body, ((symbol.name, before), *others))

        found = after(everything())
        if not found.is_finite:
            zero = make(0, 0)
            found = hull(zero, after(zero))
            is_proper = found.is_finite and found.low < found.high
            if not (is_proper and found.contains(after(found))):
                return everything()
        start = f"every entry of {symbol.name} lies in {found} at the first step"
        return Range(found.low, found.high, (*found.needs, start))


def _declared(symbol: m.Symbol) -> Range:
    if {"probability", "one_hot", "binary"} & set(symbol.properties):
        return make(0, 1)
    if "positive" in symbol.properties:
        return make(0, sympy.oo)
    return everything()
