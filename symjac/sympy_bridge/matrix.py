"""SymPy matrix expressions, numbers and functions of entries, to matrix form.

The vocabulary is closed: a class that has no row here raises, whatever it inherits
from. Products of SymPy's (1, 1) matrices are scalar multiples here.
Source: SymPy 1.14, sympy.matrices.expressions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, reduce
from typing import TYPE_CHECKING, Any

from symjac.errors import ShapeError, UnsupportedError
from symjac.language.meaning import turned
from symjac.language.operations import MAX_POWER
from symjac.language.parse import english
from symjac.lazy import lazy_import
from symjac.library.functions import lookup
from symjac.library.operations import NUMBERS
from symjac.sympy_bridge.names import (
    Names,
    constant,
    exponent,
    function_call,
    number,
    refuse,
)
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Kind, Shape, column

if TYPE_CHECKING:
    import sympy
else:
    sympy = lazy_import("sympy")


@dataclass(frozen=True, slots=True)
class Place:
    """A function's variable and the matrix form that stands for it, if any."""

    variable: Any = None
    value: m.MatrixExpr | None = None

    @property
    def shape(self) -> Shape:
        """Shape of what is read."""
        return SCALAR if self.value is None else self.value.shape

    def is_in(self, expr: Any) -> bool:
        """Whether an expression depends on the variable."""
        return self.variable is not None and self.variable in expr.free_symbols


class Scalars:
    """Reads numbers, over one set of names.

    Args:
        names: what the symbols mean.
        other: reads what is no arithmetic: traces, determinants, sums, matrices.
    """

    def __init__(self, names: Names, other: Callable[[Any], m.MatrixExpr]) -> None:
        self.names = names
        self.other = other

    def read(self, expr: Any, at: Place) -> m.MatrixExpr:
        """A number; with a variable, the same for every entry of its value."""
        if at.value is not None and expr == at.variable:
            return at.value
        if at.value is not None and not at.is_in(expr):
            return self.broadcast(self.read(expr, Place()), at.shape)
        if isinstance(expr, sympy.MatrixExpr):
            return self.rest(expr, at)
        return self.arithmetic(expr, at)

    def arithmetic(self, expr: Any, at: Place) -> m.MatrixExpr:
        """Numbers, symbols, sums, products and powers."""
        if expr.is_Rational or expr.is_Float:
            return constant(number(expr))
        if expr is sympy.E:
            return m.Elementwise(lookup("exp"), 0, constant(1))
        if (name := str(expr)) in NUMBERS and expr is getattr(sympy, name):
            return m.operation(name)
        if type(expr) in (sympy.Symbol, sympy.Dummy):
            return self.symbol(expr)
        if expr.is_Add:
            return m.Add(tuple(self.read(part, at) for part in expr.as_ordered_terms()))
        if expr.is_Mul:
            return self.product(expr, at)
        if expr.is_Pow and expr.base is not sympy.E:
            return self.power(expr, at)
        return self.function(expr, at)

    def broadcast(self, value: m.MatrixExpr, shape: Shape) -> m.MatrixExpr:
        """A number in every entry."""
        if shape == SCALAR:
            return value
        if isinstance(value, m.Constant):
            return constant(value.value, shape)
        return m.Scale(value, constant(1, shape))

    def symbol(self, expr: Any) -> m.MatrixExpr:
        """A number by its name, or the size of a dimension."""
        self.names.claim(expr)
        if english(expr.name) in self.names.dimensions:
            return m.Operation("dim", (), (self.names.dim(expr),))
        return self.names.quantity(expr.name, SCALAR, expr.is_positive is True)

    def product(self, expr: Any, at: Place) -> m.MatrixExpr:
        """A `Mul`: its number, the factors above, over those below."""
        value, rest = expr.as_coeff_Mul()
        factors = rest.as_ordered_factors()
        above = [f for f in factors if not _is_below(f)]
        below = [_reciprocal(f) for f in factors if _is_below(f)]
        product = self.factors(above, at)
        size = abs(number(value))
        if product is None:
            product = constant(size, at.shape)
        elif size != 1:
            product = m.Scale(constant(size), product)
        under = self.factors(below, at)
        if under is not None:
            product = m.Quotient(product, under)
        return m.Neg(product) if value < 0 else product

    def factors(self, factors: list[Any], at: Place) -> m.MatrixExpr | None:
        """The product of factors: numbers scale, the others multiply entry by entry."""
        if not factors:
            return None
        if at.shape == SCALAR:
            return reduce(m.Scale, [self.read(factor, at) for factor in factors])
        own = [self.read(f, at) for f in factors if at.is_in(f)]
        numbers = [self.read(f, Place()) for f in factors if not at.is_in(f)]
        product = reduce(m.Hadamard, own) if own else constant(1, at.shape)
        return reduce(lambda done, part: m.Scale(part, done), numbers, product)

    def power(self, expr: Any, at: Place) -> m.MatrixExpr:
        """A power with a literal exponent."""
        value = exponent(expr.exp)
        norm = self.norm(expr.base) if value.denominator == 2 else None
        base = norm or self.entries(expr.base, at)
        value = value if norm is None else 2 * value
        if value < 0:
            return m.Quotient(constant(1, base.shape), _raised(base, -value))
        return _raised(base, value)

    def norm(self, square: Any) -> m.MatrixExpr | None:
        """The norm whose square is `Trace(A*A.T)`."""
        factors = square.arg.args if type(square) is sympy.Trace else ()
        if not factors or type(square.arg) is not sympy.MatMul or len(factors) % 2:
            return None
        if not all(isinstance(factor, sympy.MatrixExpr) for factor in factors):
            return None
        half = len(factors) // 2
        if [f.T for f in factors[:half]] != list(reversed(factors[half:])):
            return None
        inner = self.other(sympy.MatMul(*factors[:half]).doit(deep=False))
        if inner.shape == SCALAR:
            return None
        is_matrix = inner.shape.kind is Kind.MATRIX
        return m.Operation("normF" if is_matrix else "norm2", (inner,))

    def function(self, expr: Any, at: Place) -> m.MatrixExpr:
        """A function's value, or what is no arithmetic."""
        inner: Any = expr.args[0] if expr.args else None
        takes_matrix = isinstance(inner, sympy.MatrixExpr) and inner.shape != (1, 1)
        if expr.is_Function and takes_matrix and type(expr) is not sympy.exp:
            hint = "write x.applyfunc(f) for a function of every entry"
            refuse(expr, "is applied to a whole matrix", hint)
        if type(expr) is sympy.log and _is_size_of_determinant(inner):
            return m.Operation("logdet", (self.other(inner.args[0].arg),))
        found = None if takes_matrix else function_call(expr, self.names)
        if found is None:
            return self.rest(expr, at)
        function, order, argument = found
        return m.Elementwise(function, order, self.entries(argument, at))

    def entries(self, expr: Any, at: Place) -> m.MatrixExpr:
        """An argument or base: a number where a number is read, never a matrix."""
        found = self.read(expr, at)
        if found.shape != at.shape:
            refuse(expr, "is a matrix, used as a number")
        return found

    def rest(self, expr: Any, at: Place) -> m.MatrixExpr:
        """What is no arithmetic; it may not depend on a function's variable."""
        if at.is_in(expr):
            refuse(expr, "cannot be applied entry by entry")
        return self.other(expr)


def _raised(base: m.MatrixExpr, value: Fraction) -> m.MatrixExpr:
    if isinstance(base, m.Constant) and value.denominator != 1:
        return _root(base, value)
    return base if value == 1 else m.Power(base, value)


def _root(base: m.Constant, value: Fraction) -> m.MatrixExpr:
    """The square root of a number, which the language writes as a function."""
    if value.denominator != 2 or base.value < 0:
        message = f"a number's power with the exponent {value}: {base.value}**{value}"
        raise UnsupportedError(message)
    root = m.Elementwise(lookup("sqrt"), 0, base)
    return root if value.numerator == 1 else m.Power(root, Fraction(value.numerator))


def _is_below(factor: Any) -> bool:
    is_power = factor.is_Pow and factor.base is not sympy.E
    return bool(is_power and factor.exp.is_Rational and factor.exp < 0)


def _reciprocal(factor: Any) -> Any:
    return sympy.Pow(factor.base, -factor.exp)


def _is_size_of_determinant(expr: Any) -> bool:
    if type(expr) is not sympy.Abs or type(expr.args[0]) is not sympy.Determinant:
        return False
    return bool(expr.args[0].arg.shape != (1, 1))


Row = Callable[["Reader", Any], m.MatrixExpr]


class Reader:
    """Reads SymPy expressions without free indices, over one set of names.

    Args:
        names: what the symbols mean.
        closed: reads an expression in index notation, such as a `Sum`.
    """

    def __init__(self, names: Names, closed: Callable[[Any], m.MatrixExpr]) -> None:
        self.names = names
        self.closed = closed
        self.scalars = Scalars(names, self.quantity_of)

    def read(self, expr: Any) -> m.MatrixExpr:
        """A matrix, vector or number in matrix form.

        Raises:
            UnsupportedError: a node that is not in the table, by its name.
        """
        row = matrix_rows().get(type(expr)) or LATE.get(_class_path(expr))
        if row is None and not isinstance(expr, sympy.MatrixExpr):
            return self.scalars.read(expr, Place())
        if row is None:
            refuse(expr, "is not in symjac's vocabulary")
        return row(self, expr)

    def quantity_of(self, expr: Any) -> m.MatrixExpr:
        """A number that is made of matrices or of indices."""
        if isinstance(expr, sympy.MatrixExpr):
            return self.read(expr)
        if type(expr) is sympy.Trace:
            inner = self.read(expr.arg)
            return inner if inner.shape == SCALAR else m.Operation("tr", (inner,))
        if type(expr) is sympy.Determinant:
            inner = self.read(expr.arg)
            return inner if inner.shape == SCALAR else m.Operation("det", (inner,))
        if type(expr) is sympy.exp:
            return self.exponential(expr.args[0])
        if type(expr) is sympy.matrices.expressions.matexpr.MatrixElement:
            return self.element(expr)
        if type(expr) in (sympy.Sum, sympy.KroneckerDelta, sympy.Indexed):
            return self.closed(expr)
        refuse(expr, "is not in symjac's vocabulary")

    def exponential(self, arg: Any) -> m.MatrixExpr:
        """The matrix exponential: SymPy writes `exp(X)`."""
        inner = self.read(arg)
        return m.Operation("expm", (inner,))

    def element(self, expr: Any) -> m.MatrixExpr:
        """`X[1, 2]`; places count from 0."""
        parent, i, j = expr.args
        if not (i.is_Integer and j.is_Integer):
            return self.closed(expr)
        return entry_at(self.read(parent), (int(i), int(j)))


def _class_path(expr: Any) -> str:
    """Where a class is defined; SymPy loads some modules only when they are used."""
    return f"{type(expr).__module__}.{type(expr).__name__}"


def entry_at(expr: m.MatrixExpr, places: tuple[int, int]) -> m.MatrixExpr:
    """The entry at a fixed place."""
    for axis in axes(expr.shape, places):
        expr = pick(expr, axis, places[axis])
    return expr


def axes(shape: Shape, places: tuple[Any, Any]) -> tuple[int, ...]:
    """Which of SymPy's two places are component indices: one for a vector."""
    kept = {
        Kind.SCALAR: (),
        Kind.COLUMN: (0,),
        Kind.ROW: (1,),
        Kind.MATRIX: (0, 1),
    }[shape.kind]
    if any(places[axis] != 0 for axis in (0, 1) if axis not in kept):
        raise ShapeError(f"no entry {places} of {shape}")
    if shape.flat != shape.dims:
        raise UnsupportedError(f"an entry of a quantity over index pairs, {shape}")
    return kept


def pick(expr: m.MatrixExpr, axis: int, place: int) -> m.MatrixExpr:
    """The row (axis 0) or column (axis 1) at a fixed place, by a unit vector."""
    if axis == 0:
        return m.MatMul(turned(m.unit(expr.shape.dims[0], place + 1)), expr)
    return m.MatMul(expr, m.unit(expr.shape.dims[-1], place + 1))


def multiply(left: m.MatrixExpr, right: m.MatrixExpr) -> m.MatrixExpr:
    """A matrix product; of a number, a scalar multiple."""
    if right.shape == SCALAR != left.shape:
        left, right = right, left
    return m.Scale(left, right) if left.shape == SCALAR else m.MatMul(left, right)


def read_symbol(reader: Reader, expr: Any) -> m.MatrixExpr:
    """A `MatrixSymbol`; of shape (1, 1), the number that it holds."""
    shape = reader.names.shape(expr)
    symbol = reader.names.quantity(expr.name, shape)
    return symbol if shape != SCALAR else entry_at(symbol, (0, 0))


def read_sum(reader: Reader, expr: Any) -> m.MatrixExpr:
    """A `MatAdd`."""
    return m.Add(tuple(map(reader.read, expr.args)))


def read_product(reader: Reader, expr: Any) -> m.MatrixExpr:
    """A `MatMul` with its coefficient."""
    coefficient, factors = expr.as_coeff_matrices()
    product = reduce(multiply, map(reader.read, factors))
    if coefficient == 1:
        return product
    if coefficient == -1:
        return m.Neg(product)
    return m.Scale(reader.read(coefficient), product)


def read_transpose(reader: Reader, expr: Any) -> m.MatrixExpr:
    """A `Transpose`."""
    return turned(reader.read(expr.arg))


def read_power(reader: Reader, expr: Any) -> m.MatrixExpr:
    """A `MatPow` or `Inverse`: a repeated matrix product."""
    base, power = reader.read(expr.base), expr.exp
    if base.shape == SCALAR:
        return m.Power(base, exponent(power))
    if not power.is_Integer:
        message = f"a matrix power with the exponent {power}"
        hint = "a symbolic power has no closed derivative of fixed length"
        raise UnsupportedError(message, hint=hint)
    if power == -1:
        return m.Operation("inv", (base,))
    if abs(power) > MAX_POWER:
        raise UnsupportedError(f"a matrix power beyond {MAX_POWER}: {power}")
    return m.Operation("matpow", (base,), (int(power),))


def read_hadamard(reader: Reader, expr: Any) -> m.MatrixExpr:
    """A `HadamardProduct`."""
    return reduce(m.Hadamard, map(reader.read, expr.args))


def read_hadamard_power(reader: Reader, expr: Any) -> m.MatrixExpr:
    """A `HadamardPower` with a number as its exponent."""
    return m.Power(reader.read(expr.base), exponent(expr.exp))


def read_diag(reader: Reader, expr: Any) -> m.MatrixExpr:
    """A `DiagMatrix` of a vector, in a square matrix."""
    inner = reader.read(expr.args[0])
    if inner.shape.kind is Kind.MATRIX:
        inner = _diagonal_of(expr, inner)
    if inner.shape == SCALAR:
        return inner
    return m.Diag(turned(inner) if inner.shape.kind is Kind.ROW else inner)


def read_diagonal_matrix(reader: Reader, expr: Any) -> m.MatrixExpr:
    """A `DiagonalMatrix`: a square matrix's diagonal part.

    Of a column it is the column with all but its first entry 0, as SymPy keeps shapes.
    """
    if expr.arg.shape[0] != expr.arg.shape[1]:
        hint = "DiagMatrix(x) is the square matrix with a vector on its diagonal"
        refuse(expr, "keeps a shape that is not square", hint)
    return read_diag(reader, expr)


def read_diagonal(reader: Reader, expr: Any) -> m.MatrixExpr:
    """A `DiagonalOf` a square matrix, as a column vector."""
    return _diagonal_of(expr, reader.read(expr.arg))


def _diagonal_of(expr: Any, inner: m.MatrixExpr) -> m.MatrixExpr:
    if inner.shape == SCALAR:
        return inner
    if inner.shape.kind is not Kind.MATRIX or len({*inner.shape.dims}) == 2:
        refuse(expr, "is the diagonal of no square matrix")
    return m.Operation("diagonal", (inner,))


def read_applied(reader: Reader, expr: Any) -> m.MatrixExpr:
    """An `ElementwiseApplyFunction`: `x.applyfunc(f)`."""
    place = Place(expr.function.variables[0], reader.read(expr.expr))
    return reader.scalars.read(expr.function.expr, place)


def read_permuted(reader: Reader, expr: Any) -> m.MatrixExpr:
    """A `PermuteDims` of a matrix: SymPy's other way to write a transpose."""
    if expr.permutation.array_form != [1, 0]:
        refuse(expr, "has more than two axes")
    return turned(reader.read(expr.expr))


def read_identity(reader: Reader, expr: Any) -> m.MatrixExpr:
    """An `Identity`."""
    dim = reader.names.dim(expr.args[0])
    return constant(1) if dim == 1 else m.Identity(dim)


def read_constant(reader: Reader, expr: Any) -> m.MatrixExpr:
    """A `OneMatrix` or `ZeroMatrix`."""
    value = Fraction(int(type(expr) is sympy.OneMatrix))
    return constant(value, reader.names.shape(expr))


def read_kronecker(reader: Reader, expr: Any) -> m.MatrixExpr:
    """A `KroneckerProduct`."""

    def kron(left: m.MatrixExpr, right: m.MatrixExpr) -> m.MatrixExpr:
        if SCALAR in (left.shape, right.shape):
            return multiply(left, right)
        return m.Operation("kron", (left, right))

    return reduce(kron, map(reader.read, expr.args))


def read_blocks(reader: Reader, expr: Any) -> m.MatrixExpr:
    """A `BlockMatrix`: its rows side by side, then one below the other."""
    table = expr.blocks
    one = column(1) if table.cols == 1 else column(1).transposed
    blocks = [
        [_block(reader.read(table[i, j]), one) for j in range(table.cols)]
        for i in range(table.rows)
    ]
    rows = [_stack("hstack", parts) for parts in blocks]
    return _stack("vstack", rows)


def _stack(name: str, parts: list[m.MatrixExpr]) -> m.MatrixExpr:
    return parts[0] if len(parts) == 1 else m.Operation(name, tuple(parts))


def _block(block: m.MatrixExpr, one: Shape) -> m.MatrixExpr:
    """A block; a number as a vector of one entry."""
    if block.shape != SCALAR:
        return block
    if isinstance(block, m.Constant):
        return constant(block.value, one)
    return m.Scale(block, constant(1, one))


@cache
def matrix_rows() -> dict[Any, Row]:
    """Every class of matrix expression that is read, by its exact type."""
    return {
        sympy.MatrixSymbol: read_symbol,
        sympy.MatAdd: read_sum,
        sympy.MatMul: read_product,
        sympy.Transpose: read_transpose,
        sympy.MatPow: read_power,
        sympy.Inverse: read_power,
        sympy.HadamardProduct: read_hadamard,
        sympy.HadamardPower: read_hadamard_power,
        sympy.DiagMatrix: read_diag,
        sympy.DiagonalMatrix: read_diagonal_matrix,
        sympy.DiagonalOf: read_diagonal,
        sympy.Identity: read_identity,
        sympy.OneMatrix: read_constant,
        sympy.ZeroMatrix: read_constant,
        sympy.KroneckerProduct: read_kronecker,
        sympy.BlockMatrix: read_blocks,
    }


LATE: dict[str, Row] = {
    "sympy.matrices.expressions.applyfunc.ElementwiseApplyFunction": read_applied,
    "sympy.tensor.array.expressions.array_expressions.PermuteDims": read_permuted,
}
