r"""Which forms have a name in the equations, or are a constant: by canonical form.

    softmax(z) is p,  sum(x) / n is m,  sum(q) is 1 for a one-hot q,  Q^T Q is I
    tanh'(z) is 1 - h^2 where h = tanh(z)

A name is proved for the form itself, so that it may be put in at any place.
Source: the definitions; the slopes of the library's functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

from symjac.equality.canonical import Canonical, matrix_key
from symjac.errors import SymjacError
from symjac.language.meaning import definition, instance
from symjac.library.functions import TABLE
from symjac.library.row import Kink
from symjac.rewrite.budget import limited
from symjac.shortest.length import length
from symjac.shortest.products import (
    ONE,
    ZERO,
    build,
    build_elementwise,
    split,
    summands,
    total,
)
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Kind, Shape, column

Key = tuple[Shape, Canonical]
Bodies = Mapping[m.Symbol, m.MatrixExpr]
MAX_STEPS = 2_000  # of one canonical form
MAX_INLINED = 40  # length of a form with definitions written out
FEW = 12  # length of a form with declared symbols among others


def key_of(expr: m.MatrixExpr) -> Key | None:
    """Equal for forms of one canonical form; None where that takes too long."""
    try:
        with limited(MAX_STEPS):
            return (expr.shape, matrix_key(expr))
    except SymjacError:
        return None


def inlined(expr: m.MatrixExpr, bodies: Bodies) -> m.MatrixExpr:
    """The form with definitions written out, as long as it stays short."""
    while any(symbol in bodies for symbol in m.symbols(expr)):
        if length(expr) > MAX_INLINED:
            break
        expr = m.substitute(expr, dict(bodies))
    return expr


def opposite(key: Key) -> Key:
    """The key of the negative."""
    return (key[0], Canonical((own, -size) for own, size in key[1]))


def has_jump(expr: m.MatrixExpr) -> bool:
    """Whether a form has no value at some points where equal ones have: sign(h)."""
    nodes = (node for node in m.walk(expr) if isinstance(node, m.Elementwise))
    return any(node.function.kink is Kink.JUMP for node in nodes)


def above(
    symbol: m.Symbol, body: m.MatrixExpr
) -> Iterator[tuple[m.MatrixExpr, m.MatrixExpr]]:
    """A definition names its body; y = u / s names u too, it is s y."""
    yield body, symbol
    match body:
        case m.Quotient(value, m.Symbol() as below) if not isinstance(
            value, m.Symbol | m.Constant
        ):
            product = m.Scale if below.shape == SCALAR else m.Hadamard
            yield value, product(below, symbol)


@dataclass(frozen=True)
class Names:
    """Names by the canonical forms of values; what was asked once is kept."""

    bodies: Bodies
    by_key: dict[Key, m.MatrixExpr] = field(default_factory=dict)
    outlines: set[tuple[Shape, frozenset[m.Symbol]]] = field(default_factory=set)
    bases: dict[m.Symbol, frozenset[m.Symbol]] = field(default_factory=dict)
    seen: dict[m.MatrixExpr, m.MatrixExpr | None] = field(default_factory=dict)

    @classmethod
    def of(cls, bodies: Bodies) -> Names:
        """Names for the values of these definitions."""
        bodies = {s: body for s, body in bodies.items() if not has_jump(body)}
        found = cls(bodies)
        for symbol, body in bodies.items():
            for value, name in above(symbol, body):
                found.enter(value, name)
        return found

    def enter(self, value: m.MatrixExpr, name: m.MatrixExpr) -> None:
        """Name a value, as it is written and with definitions written out."""
        self.outlines.add(self.outline(value))
        for form in dict.fromkeys((value, inlined(value, self.bodies))):
            if (key := key_of(form)) is not None:
                self.by_key.setdefault(key, name)

    def outline(self, expr: m.MatrixExpr) -> tuple[Shape, frozenset[m.Symbol]]:
        """Shape and quantities in the end, without which no name can fit."""
        own = (self.base(symbol) for symbol in m.symbols(expr))
        return expr.shape, frozenset().union(*own)

    def base(self, symbol: m.Symbol) -> frozenset[m.Symbol]:
        """The quantities by which a symbol is defined in the end."""
        if symbol not in self.bases:
            self.bases[symbol] = frozenset((symbol,))
            if symbol in self.bodies:
                inner = m.symbols(self.bodies[symbol])
                own = (self.base(other) for other in inner)
                self.bases[symbol] = frozenset().union(*own)
        return self.bases[symbol]

    def find(self, expr: m.MatrixExpr) -> m.MatrixExpr | None:
        """A name or a constant of equal value; a derivative by the value's name."""
        if expr not in self.seen:
            self.seen[expr] = self._find(expr)
        return self.seen[expr]

    def _find(self, expr: m.MatrixExpr) -> m.MatrixExpr | None:
        if isinstance(expr, m.Symbol | m.Constant | m.Identity):
            return None
        found = self.slope(expr)
        if expr.shape.dims == (3, 3):
            self.enter_cross_products(expr)
        if found is None and self.outline(expr) in self.outlines:
            found = self.by_value(expr)
        if found is None and may_be_constant(expr):
            found = self.constant(expr)
        return found

    def enter_cross_products(self, expr: m.MatrixExpr) -> None:
        """The matrix of a cross product by the name of its vector."""
        vectors = [s for s in m.symbols(expr) if s.shape == column(3)]
        for skew in (m.operation("skew", vector) for vector in vectors):
            if self.outline(skew) not in self.outlines:
                self.enter(definition(skew), skew)

    def by_value(self, expr: m.MatrixExpr) -> m.MatrixExpr | None:
        """The name of the form, or of its negative, by its canonical form."""
        for form in dict.fromkeys((expr, inlined(expr, self.bodies))):
            key = key_of(form)
            if key in self.by_key:
                return self.by_key[key]
            if key is not None and opposite(key) in self.by_key:
                return m.Neg(self.by_key[opposite(key)])
        return None

    def constant(self, expr: m.MatrixExpr) -> m.MatrixExpr | None:
        """0, 1, the identity, or a symbol inside, where declared properties say so."""
        key = key_of(expr)
        if key is None:
            return None
        if not key[1]:
            return m.Constant(ZERO, expr.shape)
        forms: list[m.MatrixExpr] = [m.Constant(ONE, expr.shape)]
        if expr.shape.kind is Kind.MATRIX and len({*expr.shape.dims}) == 1:
            forms.append(m.Identity(expr.shape.dims[0]))
        forms += [symbol for symbol in m.symbols(expr) if symbol.shape == expr.shape]
        return next((form for form in forms if key_of(form) == key), None)

    def slope(self, expr: m.MatrixExpr) -> m.MatrixExpr | None:
        """The derivative of a named function by its value, where that has a name.

        tanh'(z) = 1 - h^2, sigmoid'(z) = h (1 - h), exp'(z) = h.
        """
        if not isinstance(expr, m.Elementwise) or expr.order != 1:
            return None
        if expr.function.is_generic or not expr.function.slope:
            return None
        powers = own_powers(expr.function.name)
        if not powers:
            return None
        value = self.find(m.Elementwise(expr.function, 0, expr.arg))
        return None if value is None else polynomial(powers, value)


def may_be_constant(expr: m.MatrixExpr) -> bool:
    """Whether declared properties may make a form shorter, such as sum(q) or Q^T Q.

    Also f(x) + f(-x): a sum of functions of the same quantities.
    """
    own = m.symbols(expr)
    declared = [symbol for symbol in own if symbol.properties]
    if declared and (len(declared) == len(own) or length(expr) <= FEW):
        return True
    if not isinstance(expr, m.Add) or not own:
        return False
    has_function = any(isinstance(node, m.Elementwise) for node in m.walk(expr))
    return has_function and all(set(m.symbols(t)) == set(own) for t in expr.terms)


@cache
def own_powers(name: str) -> dict[Fraction, Fraction] | None:
    """The derivative as a polynomial in the function's value, power to coefficient."""
    u = m.Symbol("u", SCALAR)
    found: dict[Fraction, Fraction] = {}
    for part in summands(instance(TABLE[name].slope, {"u": u})):
        powers = dict(part.scalars)
        exponent = powers.pop(m.Elementwise(TABLE[name], 0, u), ZERO)
        if powers:
            return None
        found[exponent] = found.get(exponent, ZERO) + part.coefficient
    return found


def polynomial(powers: dict[Fraction, Fraction], value: m.MatrixExpr) -> m.MatrixExpr:
    """The polynomial of a value, its lowest power in front: v (1 - v)."""
    lowest = min(powers)
    shape = value.shape
    parts = [
        split(m.Scale(m.Constant(size, SCALAR), power_of(value, exponent - lowest)))
        for exponent, size in sorted(powers.items())
    ]
    rest = total(parts, shape)
    if lowest == 0:
        return rest
    if shape == SCALAR:
        return build(split(m.Scale(power_of(value, lowest), rest)))
    front = build_elementwise(((value, lowest),), shape)
    return front if rest == m.Constant(ONE, shape) else m.Hadamard(front, rest)


def power_of(value: m.MatrixExpr, exponent: Fraction) -> m.MatrixExpr:
    """A power; 1 for the power 0."""
    if exponent == 0:
        return m.Constant(ONE, value.shape)
    return value if exponent == 1 else m.Power(value, exponent)
