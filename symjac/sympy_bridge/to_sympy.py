"""To SymPy and back: index forms as `Sum`, `Indexed` and `KroneckerDelta`.

Elementwise functions are `sympy.Function` subclasses whose `fdiff` is the next
derivative, never `Subs(Derivative(...))`. SymPy is loaded at the first use.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, assert_never

from symjac.calculus.differentiate import U, slope
from symjac.errors import UnsupportedError
from symjac.language.meaning import definition
from symjac.lazy import lazy_import
from symjac.library.row import Function
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Compound, Dim, Kind

if TYPE_CHECKING:
    import sympy
else:
    sympy = lazy_import("sympy")


def dim_to_sympy(dim: Dim) -> Any:
    """A dimension as a positive integer symbol, or the integer."""
    if isinstance(dim, int):
        return sympy.Integer(dim)
    if isinstance(dim, Compound):
        combine = sympy.Mul if dim.operator == "*" else sympy.Add
        return combine(*map(dim_to_sympy, dim.parts))
    return sympy.Symbol(dim, integer=True, positive=True)


@cache
def index_to_sympy(index: ix.Index) -> Any:
    """A component index, running from 0 to its dimension less 1 as in SymPy."""
    return sympy.Idx(index.name, dim_to_sympy(index.dim))


@cache
def function_to_sympy(function: Function, order: int) -> Any:
    """The class of an elementwise function's derivative of the given order."""
    if function.sympy and order == 0:
        return getattr(sympy, function.sympy)

    def fdiff(self: Any, argindex: int = 1) -> Any:
        """The next derivative at the same argument."""
        return apply_to_sympy(function, order + 1, self.args[0])

    members = {"fdiff": fdiff, "symjac_function": (function, order)}
    return type(function.name + "'" * order, (sympy.Function,), members)


def apply_to_sympy(function: Function, order: int, argument: Any) -> Any:
    """A function value; derivatives of named functions are written out."""
    if order == 0 or not (function.slope or function.sympy):
        return function_to_sympy(function, order)(argument)
    at = _symbol_to_sympy(U)
    if function.slope:
        written = terms_to_sympy(slope(function.name, order))
    else:
        written = function_to_sympy(function, 0)(at).diff(at, order)
    return written.xreplace({at: argument})


def entry_to_sympy(entry: ix.Entry) -> Any:
    """An entry of a symbol: `Indexed`, or a `Symbol` for a scalar."""
    if not isinstance(entry.matrix, m.Symbol):
        whole = matrix_to_sympy(entry.matrix)
        at = tuple(index_to_sympy(index) for index in entry.indices)
        if entry.matrix.shape.kind is Kind.ROW:
            at = (0, *at)
        return whole[(*at, 0)[:2]] if at else whole
    name = str(entry.matrix)
    if not entry.indices:
        return sympy.Symbol(name, real=True)
    shape = tuple(dim_to_sympy(dim) for dim in entry.matrix.shape.dims)
    base = sympy.IndexedBase(name, shape=shape, real=True)
    return base[tuple(index_to_sympy(index) for index in entry.indices)]


def factor_to_sympy(factor: ix.Factor) -> Any:
    """One factor of a term."""
    match factor:
        case ix.Entry():
            return entry_to_sympy(factor)
        case ix.Delta(left, right):
            return sympy.KroneckerDelta(index_to_sympy(left), index_to_sympy(right))
        case ix.Apply(function, order, argument):
            return apply_to_sympy(function, order, terms_to_sympy(argument))
        case ix.Power(base, exponent):
            return terms_to_sympy(base) ** sympy.Rational(str(exponent))
        case ix.Partial(of, by):
            return sympy.Derivative(terms_to_sympy(of), entry_to_sympy(by))
    assert_never(factor)


def term_to_sympy(term: ix.Term) -> Any:
    """One term, its bound indices as one `Sum`."""
    product = sympy.Mul(*(factor_to_sympy(factor) for factor in term.factors))
    if term.bound:
        ranges = ((index_to_sympy(i), 0, dim_to_sympy(i.dim) - 1) for i in term.bound)
        product = sympy.Sum(product, *ranges)
    return sympy.Rational(str(term.coefficient)) * product


def terms_to_sympy(terms: ix.Terms) -> Any:
    """An index form as a SymPy expression in its free indices."""
    return sympy.Add(*map(term_to_sympy, terms))


def _symbol_to_sympy(symbol: m.Symbol) -> Any:
    dims = [dim_to_sympy(dim) for dim in symbol.shape.dims]
    if not dims:
        return sympy.Symbol(str(symbol), real=True)
    if symbol.shape.kind is Kind.ROW:
        return sympy.MatrixSymbol(str(symbol), 1, dims[0])
    return sympy.MatrixSymbol(str(symbol), dims[0], dims[1] if len(dims) > 1 else 1)


def _constant_to_sympy(expr: m.Constant) -> Any:
    value = sympy.Rational(str(expr.value))
    if expr.shape == SCALAR:
        return value
    dims = [dim_to_sympy(dim) for dim in expr.shape.dims]
    ones = sympy.OneMatrix(dims[0], dims[1] if len(dims) > 1 else 1)
    return value * (ones.T if expr.shape.kind is Kind.ROW else ones)


def _elementwise_to_sympy(expr: m.Elementwise) -> Any:
    inner = matrix_to_sympy(expr.arg)
    if expr.shape == SCALAR:
        return apply_to_sympy(expr.function, expr.order, inner)
    x = sympy.Dummy("x", real=True)
    return inner.applyfunc(
        sympy.Lambda(x, apply_to_sympy(expr.function, expr.order, x))
    )


def matrix_to_sympy(expr: m.MatrixExpr) -> Any:  # noqa: C901 - exhaustive match
    """A matrix form as a SymPy matrix expression; vectors become n x 1 matrices."""
    match expr:
        case m.Symbol():
            return _symbol_to_sympy(expr)
        case m.Constant():
            return _constant_to_sympy(expr)
        case m.Identity(dim):
            return sympy.Identity(dim_to_sympy(dim))
        case m.Add(terms):
            total = matrix_to_sympy(terms[0])
            for term in terms[1:]:
                total = total + matrix_to_sympy(term)
            return total
        case m.Neg(arg):
            return -matrix_to_sympy(arg)
        case m.Transpose(arg):
            inner = matrix_to_sympy(arg)
            return inner if expr.shape == SCALAR else inner.T
        case m.Diag(arg):
            return sympy.DiagMatrix(matrix_to_sympy(arg))
        case m.Elementwise():
            return _elementwise_to_sympy(expr)
        case m.Operation():
            return _operation_to_sympy(expr)
        case m.Power() | m.Quotient() | m.Scale() | m.Hadamard() | m.MatMul():
            return _product_to_sympy(expr)
    assert_never(expr)


def _number(product: Any) -> Any:
    """The entry of a (1, 1) product, unexpanded: SymPy's `[0, 0]` writes sums."""
    if not isinstance(product, sympy.MatrixExpr):
        return product[0, 0]
    return sympy.matrices.expressions.matexpr.MatrixElement(product, 0, 0)


def _total(inner: Any) -> Any:
    """Sum of all entries."""
    left, right = sympy.OneMatrix(1, inner.rows), sympy.OneMatrix(inner.cols, 1)
    return _number(left * inner * right)


def _norm(inner: Any) -> Any:
    return sympy.sqrt(sympy.Trace(inner * inner.T))


def _selector(place: int, *parts: Dim) -> Any:
    """Block columns of the identity."""
    sizes = [dim_to_sympy(part) for part in parts]
    own = sizes[place - 1]
    blocks = [
        [sympy.Identity(own) if n == place else sympy.ZeroMatrix(size, own)]
        for n, size in enumerate(sizes, start=1)
    ]
    return sympy.BlockMatrix(blocks)


def _operation_to_sympy(expr: m.Operation) -> Any:
    """A named operation; one that SymPy has no form of raises."""
    row = expr.row
    table: dict[str, Callable[..., Any]] = {
        "sum": _total,
        "hstack": lambda *parts: sympy.BlockMatrix([list(parts)]),
        "vstack": lambda *parts: sympy.BlockMatrix([[part] for part in parts]),
        "selector": _selector,
        "dim": dim_to_sympy,
        **dict.fromkeys(("norm2", "normF"), _norm),
    }
    if row.is_defined and expr.name not in table:
        return matrix_to_sympy(definition(expr))
    if not row.sympy and expr.name not in table:
        raise UnsupportedError(f"SymPy has no form of {expr.name}")
    make = getattr(sympy, row.sympy) if row.sympy else table[expr.name]
    if row.is_number:
        return make
    return make(*map(matrix_to_sympy, expr.args), *expr.parameters)


def _product_to_sympy(
    expr: m.Power | m.Quotient | m.Scale | m.Hadamard | m.MatMul,
) -> Any:
    match expr:
        case m.Power(base, exponent):
            inner, power = matrix_to_sympy(base), sympy.Rational(str(exponent))
            if expr.shape == SCALAR:
                return inner**power
            return sympy.HadamardPower(inner, power)
        case m.Quotient(above, below):
            left, right = matrix_to_sympy(above), matrix_to_sympy(below)
            if below.shape == SCALAR:
                return left / right
            return sympy.HadamardProduct(left, sympy.HadamardPower(right, -1))
        case m.Scale(scalar, arg):
            return matrix_to_sympy(scalar) * matrix_to_sympy(arg)
        case m.Hadamard(left, right):
            return sympy.HadamardProduct(matrix_to_sympy(left), matrix_to_sympy(right))
        case m.MatMul(left, right):
            product = matrix_to_sympy(left) * matrix_to_sympy(right)
            return _number(product) if expr.shape == SCALAR else product
    assert_never(expr)
