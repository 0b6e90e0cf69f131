"""Matrix form: what an equation's author wrote, in the author's order.

A closed union of frozen nodes. Constructors validate shapes, never simplify: a
change inside a constructor cannot be shown in a proof. Every node knows its `shape`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any

from symjac.errors import BudgetError, ShapeError, UnsupportedError
from symjac.library.operations import OPERATIONS
from symjac.library.properties import SYMMETRIC
from symjac.library.row import Function
from symjac.library.row import Operation as OperationRow
from symjac.terms.kept import KeptHash
from symjac.terms.operations import required_shape
from symjac.terms.shape import SCALAR, Dim, Kind, Shape, Time, column, matrix, row


def matmul_shape(left: Shape, right: Shape) -> Shape | None:
    """Shape of a matrix product, or None if there is none.

    row @ column is a scalar (inner product), column @ row a matrix (outer product);
    column @ column is an error: a vector has order 1.
    """
    match left.kind, right.kind:
        case (Kind.ROW, Kind.COLUMN) if left.dims == right.dims:
            return SCALAR
        case (Kind.COLUMN, Kind.ROW):
            return matrix(left.dims[0], right.dims[0])
        case (Kind.ROW, Kind.MATRIX) if left.dims[0] == right.dims[0]:
            return row(right.dims[1])
        case (Kind.MATRIX, Kind.COLUMN) if left.dims[1] == right.dims[0]:
            return column(left.dims[0])
        case (Kind.MATRIX, Kind.MATRIX) if left.dims[1] == right.dims[0]:
            return matrix(left.dims[0], right.dims[1])
    return None


MAX_LENGTH = 64  # entries of a unit vector
MAX_DEPTH = 300  # nodes inside each other; the factors of a product count
MAX_FRAMES = 15  # of the stack, that any pass takes for one node inside another
sys.setrecursionlimit(max(sys.getrecursionlimit(), MAX_DEPTH * MAX_FRAMES))


class _Node(KeptHash):
    """Shape and depth are derived once; they take no part in equality.

    Raises:
        BudgetError: deeper than any pass can follow.
    """

    __slots__ = ("_depth",)
    _depth: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", self._derive_shape())
        inside = (getattr(part, "_depth", 0) for part in children(self))  # type: ignore[arg-type]
        depth = 1 + max(inside, default=0)
        if depth > MAX_DEPTH:
            raise BudgetError(
                f"a formula is nested more than {MAX_DEPTH} deep, counting the factors"
                " of a product",
                hint="name parts of it by definitions of their own",
            )
        object.__setattr__(self, "_depth", depth)
        hash(self)  # now, while those of its operands are known

    def _derive_shape(self) -> Shape:
        raise TypeError(f"{type(self).__name__} has no shape rule")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ShapeError(message)


@dataclass(frozen=True, slots=True)
class Symbol:
    """A named quantity at a time step, such as `W_in` or `x[t-1]`.

    `properties` are what is declared of it, sorted; `commutes with B` names the other.
    """

    name: str
    shape: Shape
    time: Time | None = None
    properties: tuple[str, ...] = ()

    @property
    def symmetric(self) -> bool:
        """Whether it is declared equal to its transpose."""
        return not SYMMETRIC.isdisjoint(self.properties)

    @property
    def differential_of(self) -> str:
        """The name X of which it is the differential dX; empty for other symbols."""
        return "".join(self.properties).partition("differential of ")[2]

    def later(self, steps: int) -> Symbol:
        """The symbol a number of steps after this one; itself if it has no step."""
        if self.time is None:
            return self
        return replace(self, time=self.time.later(steps))

    def shifted(self, old: Time, new: Time) -> Symbol:
        """The symbol when step `old` becomes `new`; itself at another letter's step."""
        if self.time is None or self.time.base != old.base:
            return self
        return replace(self, time=new.later(self.time.offset - old.offset))

    def __hash__(self) -> int:  # names tell nearly all apart; the rest costs more
        return hash(self.name)

    def __str__(self) -> str:
        return f"{self.name}[{self.time}]" if self.time else self.name


@dataclass(frozen=True, slots=True)
class Constant:
    """A value with every entry equal to `value`; scalar shape: the number itself."""

    value: Fraction
    shape: Shape


@dataclass(frozen=True, slots=True)
class Identity(_Node):
    """The identity matrix, `eye(n)`."""

    dim: Dim
    shape: Shape = field(init=False, compare=False, repr=False)

    def _derive_shape(self) -> Shape:
        return matrix(self.dim, self.dim)


@dataclass(frozen=True, slots=True)
class Add(_Node):
    """Sum of two or more terms of equal shape."""

    terms: tuple[MatrixExpr, ...]
    shape: Shape = field(init=False, compare=False, repr=False)

    def _derive_shape(self) -> Shape:
        first = self.terms[0].shape
        _require(all(t.shape == first for t in self.terms), "a sum needs equal shapes")
        return first


@dataclass(frozen=True, slots=True)
class Neg(_Node):
    """Negative."""

    arg: MatrixExpr
    shape: Shape = field(init=False, compare=False, repr=False)

    def _derive_shape(self) -> Shape:
        return self.arg.shape


@dataclass(frozen=True, slots=True)
class Scale(_Node):
    """Scalar times anything."""

    scalar: MatrixExpr
    arg: MatrixExpr
    shape: Shape = field(init=False, compare=False, repr=False)

    def _derive_shape(self) -> Shape:
        _require(self.scalar.shape == SCALAR, "a scalar multiple needs a scalar")
        return self.arg.shape


@dataclass(frozen=True, slots=True)
class Hadamard(_Node):
    """Elementwise product of equal shapes."""

    left: MatrixExpr
    right: MatrixExpr
    shape: Shape = field(init=False, compare=False, repr=False)

    def _derive_shape(self) -> Shape:
        is_equal = self.left.shape == self.right.shape
        _require(is_equal, "an elementwise product needs equal shapes")
        return self.left.shape


@dataclass(frozen=True, slots=True)
class MatMul(_Node):
    """Matrix product."""

    left: MatrixExpr
    right: MatrixExpr
    shape: Shape = field(init=False, compare=False, repr=False)

    def _derive_shape(self) -> Shape:
        shape = matmul_shape(self.left.shape, self.right.shape)
        if shape is None:
            raise ShapeError(f"no product of {self.left.shape} and {self.right.shape}")
        return shape


@dataclass(frozen=True, slots=True)
class Transpose(_Node):
    """Transpose; of a column vector, the row vector."""

    arg: MatrixExpr
    shape: Shape = field(init=False, compare=False, repr=False)

    def _derive_shape(self) -> Shape:
        return self.arg.shape.transposed


@dataclass(frozen=True, slots=True)
class Diag(_Node):
    """Diagonal matrix of a column vector."""

    arg: MatrixExpr
    shape: Shape = field(init=False, compare=False, repr=False)

    def _derive_shape(self) -> Shape:
        _require(self.arg.shape.kind is Kind.COLUMN, "diag needs a column vector")
        return matrix(self.arg.shape.dims[0], self.arg.shape.dims[0])


@dataclass(frozen=True, slots=True)
class Elementwise(_Node):
    """An elementwise function or one of its derivatives: `sigma''(x)` has order 2."""

    function: Function
    order: int
    arg: MatrixExpr
    shape: Shape = field(init=False, compare=False, repr=False)

    def _derive_shape(self) -> Shape:
        return self.arg.shape


@dataclass(frozen=True, slots=True)
class Power(_Node):
    """Elementwise power with a rational exponent."""

    base: MatrixExpr
    exponent: Fraction
    shape: Shape = field(init=False, compare=False, repr=False)

    def _derive_shape(self) -> Shape:
        return self.base.shape


@dataclass(frozen=True, slots=True)
class Quotient(_Node):
    """Division by a scalar, or elementwise division of equal shapes."""

    numerator: MatrixExpr
    denominator: MatrixExpr
    shape: Shape = field(init=False, compare=False, repr=False)

    def _derive_shape(self) -> Shape:
        fits = self.denominator.shape in (SCALAR, self.numerator.shape)
        _require(fits, "division needs a scalar divisor or equal shapes")
        return self.numerator.shape


@dataclass(frozen=True, slots=True)
class Operation(_Node):
    """A named operation of the table, such as `tr(A)` or `kron(A, B)`.

    `parameters` are integers or dimensions: the exponent of `matpow(A, 3)`.
    """

    name: str
    args: tuple[MatrixExpr, ...]
    parameters: tuple[Dim, ...] = ()
    shape: Shape = field(init=False, compare=False, repr=False)

    @property
    def row(self) -> OperationRow:
        """The operation's row of the table."""
        return OPERATIONS[self.name]

    def _derive_shape(self) -> Shape:
        shapes = tuple(arg.shape for arg in self.args)
        return required_shape(self.row, shapes, self.parameters)


def operation(name: str, *args: MatrixExpr) -> Operation:
    """A named operation without parameters."""
    return Operation(name, args)


MatrixExpr = (
    Symbol
    | Constant
    | Identity
    | Add
    | Neg
    | Scale
    | Hadamard
    | MatMul
    | Transpose
    | Diag
    | Elementwise
    | Power
    | Quotient
    | Operation
)
NODES = MatrixExpr.__args__


_FIELDS = {node: tuple(f.name for f in fields(node) if f.init) for node in NODES}
_LEAVES = (Symbol, Constant, Identity)


def children(expr: MatrixExpr) -> tuple[MatrixExpr, ...]:
    """Operands of a node, in the author's order."""
    if isinstance(expr, _LEAVES):
        return ()
    if isinstance(expr, Add):
        return expr.terms
    if isinstance(expr, Operation):
        return expr.args
    values = (getattr(expr, name) for name in _FIELDS[type(expr)])
    return tuple(value for value in values if isinstance(value, NODES))


def rebuild(
    expr: MatrixExpr, convert: Callable[[MatrixExpr], MatrixExpr]
) -> MatrixExpr:
    """The same node over converted operands."""
    if isinstance(expr, _LEAVES):
        return expr
    if isinstance(expr, Add):
        return Add(tuple(convert(term) for term in expr.terms))
    if isinstance(expr, Operation):
        args = tuple(convert(arg) for arg in expr.args)
        return Operation(expr.name, args, expr.parameters)
    values: list[Any] = [getattr(expr, name) for name in _FIELDS[type(expr)]]
    converted = [convert(v) if isinstance(v, NODES) else v for v in values]
    if converted == values:
        return expr
    make: Callable[..., MatrixExpr] = type(expr)
    return make(*converted)


def walk(expr: MatrixExpr) -> Iterator[MatrixExpr]:
    """All nodes, operators before operands."""
    todo = [expr]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(reversed(children(node)))


@lru_cache(maxsize=16_384)
def symbols(expr: MatrixExpr) -> tuple[Symbol, ...]:
    """Distinct symbols in order of first appearance."""
    return tuple(dict.fromkeys(n for n in walk(expr) if isinstance(n, Symbol)))


def map_symbols(
    expr: MatrixExpr, convert: Callable[[Symbol], MatrixExpr]
) -> MatrixExpr:
    """The expression with every symbol converted to something of the same shape."""
    if isinstance(expr, Symbol):
        return convert(expr)
    return rebuild(expr, lambda part: map_symbols(part, convert))


def substitute(expr: MatrixExpr, values: Mapping[Symbol, MatrixExpr]) -> MatrixExpr:
    """Put expressions for symbols of the same shape."""
    return map_symbols(expr, lambda symbol: values.get(symbol, symbol))


def shift(expr: MatrixExpr, old: Time, new: Time) -> MatrixExpr:
    """The expression when step `old` becomes `new`: with t made 5, x[t-1] is x[4]."""
    return map_symbols(expr, lambda symbol: symbol.shifted(old, new))


def product(left: MatrixExpr, right: MatrixExpr) -> MatrixExpr:
    """Matrix product with the factors of `right` appended one by one.

    (A @ B) @ C and A @ (B @ C) are equal; the first needs no parentheses.
    """
    if isinstance(right, MatMul):
        inner = matmul_shape(left.shape, right.left.shape)
        if inner is not None and inner != SCALAR:
            return product(product(left, right.left), right.right)
    return MatMul(left, right)


def transpose(expr: MatrixExpr) -> MatrixExpr:  # noqa: C901 - a table
    """The transpose with transposition pushed to the leaves: (A B)^T = B^T A^T."""
    match expr:
        case Transpose(arg):
            return arg
        case Identity() | Diag() | Symbol(symmetric=True):
            return expr
        case Operation() if is_symmetric(expr):
            return expr
        case Operation("kron", (left, right)):
            return Operation("kron", (transpose(left), transpose(right)))
        case Operation("commutation", _, (first, second)):
            return Operation("commutation", (), (second, first))
        case Quotient(above, below) if below.shape == SCALAR:
            return Quotient(transpose(above), below)
        case MatMul():
            return _transpose_product(expr)
        case Scale(scalar, arg):
            return Scale(scalar, transpose(arg))
        case Add() if any(isinstance(node, MatMul) for node in walk(expr)):
            return Transpose(expr)
        case Add() | Neg():
            return rebuild(expr, transpose)
        case Constant(value, shape):
            return Constant(value, shape.transposed)
    return expr if expr.shape == SCALAR else Transpose(expr)


def factors(expr: MatrixExpr) -> tuple[MatrixExpr, ...]:
    """Factors of a matrix product from the left, whatever its brackets."""
    found: list[MatrixExpr] = []
    todo = [expr]
    while todo:
        node = todo.pop()
        if isinstance(node, MatMul):
            todo += [node.right, node.left]
            continue
        found.append(node)
    return tuple(found)


def spine(expr: MatrixExpr) -> tuple[MatrixExpr, ...]:
    """Factors of a matrix product from the left; one in brackets stays whole."""
    found: list[MatrixExpr] = []
    while isinstance(expr, MatMul):
        found.append(expr.right)
        expr = expr.left
    return (expr, *reversed(found))


def join(parts: tuple[MatrixExpr, ...]) -> MatrixExpr:
    """The product of factors, from the left.

    Raises:
        ShapeError: neighbors do not fit.
    """
    return reduce(MatMul, parts)


def can_chain(chain: tuple[MatrixExpr, ...]) -> bool:
    """Whether no inner product stands among further factors."""
    shape = chain[0].shape
    for factor in chain[1:]:
        found = matmul_shape(shape, factor.shape)
        if found is None:
            return False
        shape = found
    return True


@lru_cache(maxsize=4096)
def is_symmetric(expr: MatrixExpr) -> bool:
    """Whether a form shows that it is its own transpose."""
    match expr:
        case Add(terms):
            return Counter(terms) == Counter(map(transpose, terms)) or all(
                map(is_symmetric, terms)
            )
        case Neg(arg) | Scale(_, arg) | Elementwise(arg=arg) | Power(arg):
            return is_symmetric(arg)
        case Hadamard(left, right):
            return is_symmetric(left) and is_symmetric(right)
        case Quotient(above, below) if below.shape == SCALAR:
            return is_symmetric(above)
        case Operation(args=args):
            return expr.row.symmetric or (expr.row.transposes and is_symmetric(args[0]))
        case MatMul():
            first, *middle, last = factors(expr)
            is_framed = first in (transpose(last), Transpose(last))
            return is_framed and (not middle or is_symmetric(join(tuple(middle))))
    return transpose(expr) == expr


def _scale_first(scalar: MatrixExpr, expr: MatrixExpr) -> MatrixExpr:
    """A scalar put on the first factor of a product."""
    if isinstance(expr, MatMul) and expr.shape != SCALAR:
        return MatMul(_scale_first(scalar, expr.left), expr.right)
    return Scale(scalar, expr)


def _transpose_product(expr: MatMul) -> MatrixExpr:
    """(A B C)^T = C^T B^T A^T, factor by factor from the left."""
    rest: MatrixExpr = expr
    turned: MatrixExpr | None = None
    while isinstance(rest, MatMul):
        factor = transpose(rest.right)
        turned = factor if turned is None else product(turned, factor)
        rest = rest.left
        if turned.shape == SCALAR:  # an inner product: it cannot be multiplied on
            return product(transpose(expr.right), transpose(expr.left))
    assert turned is not None
    if isinstance(rest, Scale):  # a number stays in front
        return _scale_first(rest.scalar, product(turned, transpose(rest.arg)))
    return product(turned, transpose(rest))


def cell(expr: MatrixExpr) -> MatrixExpr:
    """A block of one entry as the number that it is written as: `a * ones(1)` as a."""
    match expr:
        case Constant(value, shape) if shape.dims == (1,):
            return Constant(value, SCALAR)
        case Scale(scalar, Constant(Fraction(numerator=1, denominator=1), shape)) if (
            shape.dims == (1,)
        ):
            return scalar
    return expr


def unit(dim: Dim, place: int) -> MatrixExpr:
    """The unit vector with its one at `place`, counted from 1."""
    if not isinstance(dim, int):
        message = f"a fixed place in the symbolic dimension {dim}"
        raise UnsupportedError(message, hint=f"give it a number: dim {dim} = 3")
    if not 1 <= place <= dim or dim > MAX_LENGTH:
        raise ShapeError(f"no place {place} in {dim} entries (at most {MAX_LENGTH})")
    sizes = ((0, place - 1), (1, 1), (0, dim - place))
    parts = tuple(Constant(Fraction(v), column(size)) for v, size in sizes if size)
    return parts[0] if len(parts) == 1 else Operation("vstack", parts)
