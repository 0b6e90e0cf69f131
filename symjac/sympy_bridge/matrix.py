"""SymPy matrix expressions, and numbers made of them, to matrix form.

The vocabulary is closed: a class that has no row here raises, whatever it inherits
from. Products of SymPy's (1, 1) matrices are scalar multiples here.
Source: SymPy 1.14, sympy.matrices.expressions.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache, reduce
from typing import TYPE_CHECKING, Any

from symjac.errors import ShapeError, UnsupportedError
from symjac.language.meaning import turned
from symjac.language.operations import MAX_POWER
from symjac.lazy import lazy_import
from symjac.sympy_bridge.names import Names, constant, exponent, refuse
from symjac.sympy_bridge.scalar import Place, Scalars
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Kind, Shape, column

if TYPE_CHECKING:
    import sympy
else:
    sympy = lazy_import("sympy")

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
