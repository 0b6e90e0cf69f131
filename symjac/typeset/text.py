"""Print matrix form and index form as text; matrix form parses back."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from types import UnionType
from typing import assert_never

from symjac.library.row import Function
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Dim, Kind, column, matrix

ONE = Fraction(1)
SUM, PRODUCT, UNARY, POWER, ATOM = range(5)


def number(value: Fraction) -> str:
    """An exact number as `3` or `1/2`."""
    return str(value)


def precedence(expr: m.MatrixExpr) -> int:
    """How tightly the outermost operator binds."""
    match expr:
        case m.Add():
            return SUM
        case m.Neg(arg):
            return min(UNARY, precedence(arg))
        case m.Scale() | m.Hadamard() | m.MatMul() | m.Quotient():
            return PRODUCT
        case m.Constant(value, shape):
            if shape != SCALAR:
                return ATOM
            return PRODUCT if value < 0 or value.denominator != 1 else ATOM
        case m.Power():
            return POWER
        case (
            m.Symbol()
            | m.Identity()
            | m.Transpose()
            | m.Diag()
            | m.Elementwise()
            | m.Operation()
        ):
            return ATOM
    assert_never(expr)


def signed(expr: m.MatrixExpr) -> tuple[bool, m.MatrixExpr]:
    """Whether an expression is negative at its left end, and its opposite if it is."""
    match expr:
        case m.Neg(arg):
            negative, inner = signed(arg)
            return not negative, inner
        case m.Constant(value, shape) if value < 0:
            return True, m.Constant(-value, shape)
        case m.Scale(left, right) | m.Hadamard(left, right) | m.MatMul(left, right):
            negative, inner = signed(left)
            if (
                negative
                and isinstance(expr, m.Scale)
                and inner == m.Constant(ONE, SCALAR)
            ):
                return True, right
            return (True, type(expr)(inner, right)) if negative else (False, expr)
        case m.Quotient(above, below):
            negative, inner = signed(above)
            return (True, m.Quotient(inner, below)) if negative else (False, expr)
    return False, expr


def joined(terms: Iterable[tuple[bool, str]]) -> str:
    """Printed terms, each with whether it is negative: `-a + b`."""
    shown = "".join((" - " if negative else " + ") + term for negative, term in terms)
    return shown.removeprefix(" + ").replace(" - ", "-", shown.startswith(" - "))


def numbers(expr: m.Add) -> dict[int, Fraction]:
    """The terms of a sum that are printed as a mere number, by their places.

    A number has the shape of what it is added to; where every term is a constant, one
    of them says its shape.
    """
    shown = [signed(term)[1] for term in expr.terms]
    sizes = {n: c.value for n, c in enumerate(shown) if isinstance(c, m.Constant)}
    if len(sizes) == len(shown) and expr.shape != SCALAR:
        del sizes[max(sizes, key=lambda n: (sizes[n] == 1, n))]
    return sizes


def selector_blocks(expr: m.Operation) -> m.Operation:
    """Block columns of the identity as blocks, such as `[eye(n); zeros(m, n)]`."""
    place, *parts = expr.parameters
    own = parts[int(str(place)) - 1]
    shapes = [column(part) if own == 1 else matrix(part, own) for part in parts]
    one = m.Constant(Fraction(1), column(1)) if own == 1 else m.Identity(own)
    blocks = (
        one if n == place else m.Constant(Fraction(0), shape)
        for n, shape in enumerate(shapes, start=1)
    )
    return m.Operation("vstack", tuple(blocks))


def _exponent(value: Fraction) -> str:
    return number(value) if value.denominator == 1 and value >= 0 else f"({value})"


def is_like_delta(factor: ix.Entry) -> bool:
    """Whether it is an entry of a matrix called delta, in print Kronecker's delta."""
    is_delta = isinstance(factor.matrix, m.Symbol) and factor.matrix.name == "delta"
    return is_delta and len(factor.indices) == 2


def is_atom(base: ix.Terms) -> bool:
    """One factor that is no power, or one natural number."""
    if len(base) != 1 or base[0].bound:
        return False
    size, factors = base[0].coefficient, base[0].factors
    if not factors:
        return size.denominator == 1 and size > 0
    return size == 1 and len(factors) == 1 and not isinstance(factors[0], ix.Power)


class Printer:
    """Formulas in symjac's language; `unicode` prints the same structure otherwise."""

    times, unequal, is_aligned = " * ", "!=", False

    def number(self, value: Fraction) -> str:
        """An exact number."""
        return number(value)

    def _wrap(self, expr: m.MatrixExpr, least: int) -> str:
        text = self.matrix(expr)
        return text if precedence(expr) >= least else f"({text})"

    def operand(self, expr: m.MatrixExpr) -> str:
        """A factor of a product."""
        return self._wrap(expr, UNARY)

    def _constant(self, expr: m.Constant) -> str:
        if expr.shape == SCALAR:
            return self.number(expr.value)
        dims = ", ".join(map(str, expr.shape.dims))
        name = "zeros" if expr.value == 0 else "ones"
        plain = f"{name}({dims})" + (".T" if expr.shape.kind is Kind.ROW else "")
        return plain if expr.value in (0, 1) else f"({number(expr.value)} * {plain})"

    def _sum(self, expr: m.Add) -> str:
        plain = numbers(expr)
        return joined(
            (negative, self.number(plain[n]) if n in plain else self._wrap(t, PRODUCT))
            for n, (negative, t) in enumerate(map(signed, expr.terms))
        )

    def _numerator(self, expr: m.Quotient) -> str:
        above, below = expr.numerator, expr.denominator
        broadcast = above.shape == below.shape and not isinstance(below, m.Constant)
        if isinstance(above, m.Constant) and broadcast:
            return self._wrap(m.Constant(above.value, SCALAR), PRODUCT)
        return self._wrap(above, PRODUCT)

    def matrix(self, expr: m.MatrixExpr) -> str:  # noqa: C901 - exhaustive match
        """A matrix form."""
        match expr:
            case m.Symbol():
                return self.symbol(expr)
            case m.Constant():
                return self._constant(expr)
            case m.Identity(dim):
                return self.identity(dim)
            case m.Add():
                return self._sum(expr)
            case m.Neg(arg):
                inner = self.matrix(arg)
                is_bare = precedence(arg) >= PRODUCT and not signed(arg)[0]
                return f"-{inner}" if is_bare else f"-({inner})"
            case m.Transpose(arg):
                return self.transpose(arg)
            case m.Diag(arg):
                return f"diag({self.matrix(arg)})"
            case m.Elementwise(function, order, arg):
                return f"{self.function(function, order)}({self.matrix(arg)})"
            case m.Operation():
                return self.operation(expr)
            case m.Power():
                return self.power(expr)
            case m.Quotient():
                below = self._wrap(expr.denominator, UNARY)
                return f"{self._numerator(expr)} / {below}"
            case m.Scale() | m.Hadamard() | m.MatMul():
                return self.product(expr)
        assert_never(expr)

    def symbol(self, symbol: m.Symbol) -> str:
        """A whole quantity."""
        return str(symbol)

    def function(self, function: Function, order: int) -> str:
        """A function's name with its primes."""
        return function.name + "'" * order

    def identity(self, dim: Dim) -> str:
        """An identity matrix."""
        return f"eye({dim})"

    def transpose(self, arg: m.MatrixExpr) -> str:
        """A transpose."""
        return f"{self._wrap(arg, ATOM)}.T"

    def power(self, expr: m.Power) -> str:
        """An elementwise power."""
        return f"{self._wrap(expr.base, ATOM)}**{_exponent(expr.exponent)}"

    def product(self, expr: m.Scale | m.Hadamard | m.MatMul) -> str:
        """A product of two factors."""
        match expr:
            case m.MatMul(left, right):
                first = self._first(left, m.Hadamard | m.Quotient)
                return f"{first} @ {self._wrap(right, UNARY)}"
            case m.Scale(left, right) | m.Hadamard(left, right):
                return f"{self._first(left, m.MatMul)} * {self._wrap(right, UNARY)}"
        assert_never(expr)

    def _first(self, expr: m.MatrixExpr, other: type | UnionType) -> str:
        """A left factor; a product of another kind in brackets, for a reader."""
        negative, inner = signed(expr)
        if not isinstance(inner, other):
            return self._wrap(expr, PRODUCT)
        return ("-" if negative else "") + f"({self.matrix(inner)})"

    def operation(self, expr: m.Operation) -> str:
        """A named operation."""
        args = map(m.cell, expr.args) if expr.row.is_stack else expr.args
        shown = [self.matrix(arg) for arg in args]
        if expr.name == "hstack":
            return f"[{', '.join(shown)}]"
        if expr.name == "vstack":
            return f"[{'; '.join(shown)}]"
        if expr.name == "selector":
            return self.matrix(selector_blocks(expr))
        inner = ", ".join((*shown, *map(str, expr.parameters)))
        return expr.name if expr.row.is_number else f"{expr.name}({inner})"

    def entry(self, factor: ix.Entry) -> str:
        """An entry such as `W[j,l]` or `x[t-1][k]`."""
        name = self.matrix(factor.matrix)
        if precedence(factor.matrix) < ATOM or is_like_delta(factor):
            name = f"({name})"
        if not factor.indices:
            return name
        return name + self.indices(factor.indices)

    def indices(self, found: tuple[ix.Index, ...]) -> str:
        """Component indices behind a name."""
        return f"[{','.join(i.name for i in found)}]"

    def raised(self, base: ix.Terms, exponent: Fraction) -> str:
        """A power of a component."""
        inner = self.terms(base)
        inner = inner if is_atom(base) else f"({inner})"
        return f"{inner}**{_exponent(exponent)}"

    def partial(self, found: ix.Partial) -> str:
        """A derivative that is still to be taken."""
        mark = "d+" if found.immediate else "d"
        return f"{mark}({self.terms(found.of)})/{mark}({self.entry(found.by)})"

    def factor(self, factor: ix.Factor) -> str:
        """One factor of a term."""
        match factor:
            case ix.Entry():
                return self.entry(factor)
            case ix.Delta(left, right):
                return self.delta((left, right))
            case ix.Apply(function, order, argument):
                return f"{self.function(function, order)}({self.terms(argument)})"
            case ix.Power(base, exponent):
                return self.raised(base, exponent)
            case ix.Partial():
                return self.partial(factor)
        assert_never(factor)

    def delta(self, found: tuple[ix.Index, ...]) -> str:
        """A Kronecker delta."""
        return f"delta{self.indices(found)}"

    def words(self, said: str) -> str:
        """A sentence that names quantities."""
        return said

    def term(self, term: ix.Term) -> str:
        """One term without its sign: `sum[l](W[j,l] * h[l])`.

        A sum over an index that no factor carries is a multiple: `dim(p) * x[j]`.
        """
        size = abs(term.coefficient)
        bound = [i for i in term.bound if any(ix.carries(f, i) for f in term.factors)]
        counts = [self.count(i.dim) for i in term.bound if i not in bound]
        parts = counts + [self.factor(factor) for factor in term.factors]
        if size != 1 or not parts:
            parts.insert(
                0, number(size) if size.denominator == 1 else f"({number(size)})"
            )
        product = self.times.join(parts)
        if not bound:
            return product
        return f"sum[{','.join(i.name for i in bound)}]({product})"

    def count(self, dim: Dim) -> str:
        """A dimension as a number."""
        return str(dim) if isinstance(dim, int) else f"dim({dim})"

    def terms(self, terms: ix.Terms) -> str:
        """An index form, such as `W[j,k] * sigma'(x[t-1][k])`."""
        return joined((t.coefficient < 0, self.term(t)) for t in terms) or "0"


ASCII = Printer()


def matrix_text(expr: m.MatrixExpr) -> str:
    """A matrix form in symjac's language.

    Example:
        >>> from symjac.terms.shape import matrix
        >>> W = m.Symbol("W", matrix("n", "n"))
        >>> matrix_text(m.Transpose(m.MatMul(W, W)))
        '(W @ W).T'
    """
    return ASCII.matrix(expr)


def terms_text(terms: ix.Terms) -> str:
    """An index form, such as `W[j,k] * sigma'(x[t-1][k])`."""
    return ASCII.terms(terms)
