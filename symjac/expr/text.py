"""Print matrix form and index form as text; matrix form parses back."""

from __future__ import annotations

from fractions import Fraction
from types import UnionType
from typing import assert_never

from symjac.expr.index import (
    Apply,
    Delta,
    Entry,
    Factor,
    Partial,
    Raise,
    Term,
    Terms,
)
from symjac.expr.matrix import (
    Add,
    Constant,
    Diag,
    Elementwise,
    Hadamard,
    Identity,
    MatMul,
    MatrixExpr,
    Neg,
    Operation,
    Power,
    Quotient,
    Scale,
    Symbol,
    Transpose,
)
from symjac.expr.shape import SCALAR, Kind

ONE = Fraction(1)
SUM, PRODUCT, UNARY, POWER, ATOM = range(5)


def number(value: Fraction) -> str:
    """An exact number as `3` or `1/2`."""
    return str(value)


def precedence(expr: MatrixExpr) -> int:
    """How tightly the outermost operator binds."""
    match expr:
        case Add():
            return SUM
        case Neg(arg):
            return min(UNARY, precedence(arg))
        case Scale() | Hadamard() | MatMul() | Quotient():
            return PRODUCT
        case Constant(value, shape):
            if shape != SCALAR:
                return ATOM
            return PRODUCT if value < 0 or value.denominator != 1 else ATOM
        case Power():
            return POWER
        case Symbol() | Identity() | Transpose() | Diag() | Elementwise() | Operation():
            return ATOM
    assert_never(expr)


def _wrap(expr: MatrixExpr, least: int) -> str:
    text = matrix_text(expr)
    return text if precedence(expr) >= least else f"({text})"


def _constant(expr: Constant) -> str:
    if expr.shape == SCALAR:
        return number(expr.value)
    dims = ", ".join(map(str, expr.shape.dims))
    name = "zeros" if expr.value == 0 else "ones"
    plain = f"{name}({dims})" + (".T" if expr.shape.kind is Kind.ROW else "")
    return plain if expr.value in (0, 1) else f"({number(expr.value)} * {plain})"


def signed(expr: MatrixExpr) -> tuple[bool, MatrixExpr]:
    """Whether an expression is negative at its left end, and its opposite if it is."""
    match expr:
        case Neg(arg):
            negative, inner = signed(arg)
            return not negative, inner
        case Constant(value, shape) if value < 0:
            return True, Constant(-value, shape)
        case Scale(left, right) | Hadamard(left, right) | MatMul(left, right):
            negative, inner = signed(left)
            if negative and isinstance(expr, Scale) and inner == Constant(ONE, SCALAR):
                return True, right
            return (True, type(expr)(inner, right)) if negative else (False, expr)
        case Quotient(above, below):
            negative, inner = signed(above)
            return (True, Quotient(inner, below)) if negative else (False, expr)
    return False, expr


def _sum(expr: Add) -> str:
    broadcast = not all(isinstance(t, Constant) for t in expr.terms)
    out = ""
    for term in expr.terms:
        negative, shown = signed(term)
        if isinstance(shown, Constant) and broadcast:
            text = number(shown.value)
        else:
            text = _wrap(shown, PRODUCT)
        sign = ("-" if negative else "") if not out else (" - " if negative else " + ")
        out += sign + text
    return out


def _numerator(expr: Quotient) -> str:
    above, below = expr.numerator, expr.denominator
    broadcast = above.shape == below.shape and not isinstance(below, Constant)
    if isinstance(above, Constant) and broadcast:
        return _wrap(Constant(above.value, SCALAR), PRODUCT)
    return _wrap(above, PRODUCT)


def matrix_text(expr: MatrixExpr) -> str:  # noqa: C901 - exhaustive match
    """A matrix form in symjac's language.

    Example:
        >>> from symjac.expr.shape import matrix
        >>> W = Symbol("W", matrix("n", "n"))
        >>> matrix_text(Transpose(MatMul(W, W)))
        '(W @ W).T'
    """
    match expr:
        case Symbol():
            return str(expr)
        case Constant():
            return _constant(expr)
        case Identity(dim):
            return f"eye({dim})"
        case Add():
            return _sum(expr)
        case Neg(arg):
            inner = matrix_text(arg)
            is_bare = precedence(arg) >= PRODUCT and not signed(arg)[0]
            return f"-{inner}" if is_bare else f"-({inner})"
        case Transpose(arg):
            return f"{_wrap(arg, ATOM)}.T"
        case Diag(arg):
            return f"diag({matrix_text(arg)})"
        case Elementwise(function, order, arg):
            return f"{function.name}{chr(39) * order}({matrix_text(arg)})"
        case Operation():
            return _operation(expr)
        case Power(base, exponent):
            return f"{_wrap(base, ATOM)}**{_exponent(exponent)}"
        case Quotient():
            return f"{_numerator(expr)} / {_wrap(expr.denominator, UNARY)}"
        case Scale(left, right) | Hadamard(left, right):
            return f"{_first(left, MatMul)} * {_wrap(right, UNARY)}"
        case MatMul(left, right):
            return f"{_first(left, Hadamard | Quotient)} @ {_wrap(right, UNARY)}"
    assert_never(expr)


def _first(expr: MatrixExpr, other: type | UnionType) -> str:
    """A left factor; a product of another kind gets brackets that a reader needs."""
    negative, inner = signed(expr)
    if not isinstance(inner, other):
        return _wrap(expr, PRODUCT)
    return ("-" if negative else "") + f"({matrix_text(inner)})"


def _operation(expr: Operation) -> str:
    shown = [matrix_text(arg) for arg in expr.args]
    if expr.name == "hstack":
        return f"[{', '.join(shown)}]"
    if expr.name == "vstack":
        return f"[{'; '.join(shown)}]"
    if expr.name == "selector":
        return _selector(expr)
    return f"{expr.name}({', '.join((*shown, *map(str, expr.parameters)))})"


def _selector(expr: Operation) -> str:
    """Block columns of the identity, such as `[eye(n); zeros(m, n)]`."""
    place, *parts = expr.parameters
    own = expr.shape.dims[1]
    blocks = [
        f"eye({own})" if n == place else f"zeros({part}, {own})"
        for n, part in enumerate(parts, start=1)
    ]
    return f"[{'; '.join(blocks)}]"


def _exponent(value: Fraction) -> str:
    return number(value) if value.denominator == 1 and value >= 0 else f"({value})"


def entry_text(factor: Entry) -> str:
    """An entry such as `W[j,l]` or `x[t-1][k]`."""
    name = matrix_text(factor.matrix)
    if precedence(factor.matrix) < ATOM:
        name = f"({name})"
    if not factor.indices:
        return name
    return f"{name}[{','.join(i.name for i in factor.indices)}]"


def factor_text(factor: Factor) -> str:
    """One factor of a term."""
    match factor:
        case Entry():
            return entry_text(factor)
        case Delta(left, right):
            return f"delta[{left.name},{right.name}]"
        case Apply(function, order, argument):
            return f"{function.name}{chr(39) * order}({terms_text(argument)})"
        case Raise(base, exponent):
            inner = terms_text(base)
            inner = inner if _is_atom(base) else f"({inner})"
            return f"{inner}**{_exponent(exponent)}"
        case Partial(of, by, immediate):
            mark = "d+" if immediate else "d"
            return f"{mark}({terms_text(of)})/{mark}({entry_text(by)})"
    assert_never(factor)


def _is_atom(base: Terms) -> bool:
    """One factor, or one natural number."""
    if len(base) != 1 or base[0].bound:
        return False
    size, factors = base[0].coefficient, base[0].factors
    is_natural = size.denominator == 1 and size > 0
    return (size == 1 and len(factors) == 1) or (is_natural and not factors)


def term_text(term: Term) -> str:
    """One term without its sign: `sum[l](W[j,l] * h[l])`."""
    size = abs(term.coefficient)
    parts = [factor_text(factor) for factor in term.factors]
    if size != 1 or not parts:
        parts.insert(0, number(size) if size.denominator == 1 else f"({number(size)})")
    product = " * ".join(parts)
    if not term.bound:
        return product
    return f"sum[{','.join(i.name for i in term.bound)}]({product})"


def terms_text(terms: Terms) -> str:
    """An index form, such as `W[j,k] * sigma'(x[t-1][k])`."""
    out = ""
    for term in terms:
        negative = term.coefficient < 0
        sign = ("-" if negative else "") if not out else (" - " if negative else " + ")
        out += sign + term_text(term)
    return out or "0"
