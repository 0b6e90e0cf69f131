r"""From a form linear in dX to df = tr(G^T dX), summand by summand.

    a^T Y b = tr(b a^T Y)            tr(P Y Q) = tr(Q P Y)        tr(P Y^T) = tr(P^T Y)
    tr(P (C * Y)) = tr((P^T * C)^T Y)                  sum(C * Y) = tr(C^T Y)
    tr(P diag(y)) = diagonal(P)^T y                    p^T diagonal(Y) = tr(diag(p) Y)
    p^T (c * y) = (p * c)^T y                          y^T p = p^T y

A summand is a number, scalars, a core and divisors; only the core holds dX, once.
Terminates: each rule brings dX nearer to the end, or out of one operation around it.
Source: Magnus and Neudecker (2019), 1.10 and ch. 9; Minka (2000), section 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from symjac.calculus.differential import DifferentialRule, Rewrite, is_live, label
from symjac.errors import UnsupportedError
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Kind

Chain = tuple[m.MatrixExpr, ...]


@dataclass(frozen=True, slots=True)
class Summand:
    """coefficient * scalars * core / divisors."""

    coefficient: Fraction
    scalars: Chain
    core: m.MatrixExpr
    divisors: Chain = ()


Summands = tuple[Summand, ...]


def spread(expr: m.MatrixExpr, dx: m.Symbol) -> Summands:
    """Multiply out the sums and draw out the scalars on the way to dX.

    Raises:
        UnsupportedError: dX stands in an operation that no rule takes it out of.
    """
    if not is_live(expr, dx) or expr == dx:
        return (Summand(ix.ONE, (), expr),)
    match expr:
        case m.Add(terms):
            return tuple(part for term in terms for part in spread(term, dx))
        case m.Neg(arg):
            inner = spread(arg, dx)
            return tuple(replace(s, coefficient=-s.coefficient) for s in inner)
        case m.Scale(scalar, arg):
            return _scaled(scalar, arg, dx)
        case m.Quotient(above, below) if below.shape == SCALAR:
            inner = spread(above, dx)
            return tuple(replace(s, divisors=(*s.divisors, below)) for s in inner)
    return _through(expr, dx)


def _scaled(scalar: m.MatrixExpr, arg: m.MatrixExpr, dx: m.Symbol) -> Summands:
    match scalar:
        case m.Constant(value):
            inner = spread(arg, dx)
            return tuple(replace(s, coefficient=value * s.coefficient) for s in inner)
        case m.Scale(first, second):
            return spread(m.Scale(first, m.Scale(second, arg)), dx)
        case m.Quotient(m.Constant(value), below) if value == 1:
            return spread(m.Quotient(arg, below), dx)
    return tuple(
        Summand(
            left.coefficient * right.coefficient,
            (*left.scalars, left.core, *right.scalars),
            right.core,
            (*left.divisors, *right.divisors),
        )
        for left in spread(scalar, dx)
        for right in spread(arg, dx)
    )


def _through(expr: m.MatrixExpr, dx: m.Symbol) -> Summands:
    """Through a linear map: it is applied to each core."""
    match expr:
        case m.MatMul(left, right) | m.Hadamard(left, right):
            live = left if is_live(left, dx) else right
        case m.Quotient(live) | m.Transpose(live) | m.Diag(live):
            pass
        case m.Operation(args=(live,)) if expr.row.is_linear:
            pass
        case _:
            raise no_rule(expr)

    def put(core: m.MatrixExpr) -> m.MatrixExpr:
        return _joined(m.rebuild(expr, lambda child: core if child is live else child))

    return tuple(replace(s, core=put(s.core)) for s in spread(live, dx))


def _joined(expr: m.MatrixExpr) -> m.MatrixExpr:
    """A matrix product without brackets, an elementwise one without ones."""
    match expr:
        case m.MatMul(left, right):
            return m.product(left, right)
        case m.Hadamard(other, m.Constant(value)) if value == 1:
            return other
        case m.Hadamard(m.Constant(value), other) if value == 1:
            return other
    return expr


def no_rule(expr: m.MatrixExpr) -> UnsupportedError:
    """An operation that keeps dX inside."""
    message = f"{label(expr)} has no rule that takes dX out of it"
    return UnsupportedError(message, hint="the index style derives it")


def with_live_core(summand: Summand, dx: m.Symbol) -> Summand:
    """The scalar that holds dX becomes the core."""
    if is_live(summand.core, dx):
        return summand
    live = next(s for s in summand.scalars if is_live(s, dx))
    rest = tuple(s for s in summand.scalars if s is not live)
    if isinstance(summand.core, m.Constant):
        size = summand.coefficient * summand.core.value
        return Summand(size, rest, live, summand.divisors)
    return Summand(summand.coefficient, (*rest, summand.core), live, summand.divisors)


def multiply(chain: Chain) -> m.MatrixExpr:
    """The product of factors; an inner product before more factors is a scalar."""
    whole = chain[0]
    for place, factor in enumerate(chain[1:], 1):
        if whole.shape == SCALAR:
            return m.Scale(whole, multiply(chain[place:]))
        whole = m.MatMul(whole, factor)
    return whole


def without_inner(chain: Chain) -> tuple[Chain, Chain]:
    """The inner products inside a chain, and the chain without them."""
    scalars: list[m.MatrixExpr] = []
    kept: list[m.MatrixExpr] = []
    for factor in chain:
        rows = [n for n, own in enumerate(kept) if own.shape.kind is Kind.ROW]
        kept.append(factor)
        if (
            rows
            and factor.shape.kind is Kind.COLUMN
            and len(kept) - rows[-1] < len(chain)
        ):
            scalars.append(multiply(tuple(kept[rows[-1] :])))
            del kept[rows[-1] :]
    return tuple(scalars), tuple(kept)


def upright(row: m.MatrixExpr) -> m.MatrixExpr:
    """A row vector as a column."""
    match row:
        case m.Hadamard(left, right):
            return m.Hadamard(upright(left), upright(right))
        case m.Quotient(above, below) if below.shape != SCALAR:
            return m.Quotient(upright(above), upright(below))
    return m.transpose(row)


def _split(chain: Chain, dx: m.Symbol) -> tuple[Chain, m.MatrixExpr, Chain]:
    """Factors before the one that holds dX, that factor, and factors behind it."""
    place = next(n for n, factor in enumerate(chain) if is_live(factor, dx))
    return chain[:place], chain[place], chain[place + 1 :]


Pair = tuple[m.MatrixExpr, m.MatrixExpr]


def _row_and_column(core: m.MatrixExpr, dx: m.Symbol) -> Pair | None:
    """`p^T @ y` with dX in the column y, which stands last."""
    if not isinstance(core, m.MatMul) or not is_live(core.right, dx):
        return None
    if core.shape != SCALAR or isinstance(core.right, m.MatMul):
        return None
    return core.left, core.right


def _trace(core: m.MatrixExpr) -> m.MatrixExpr | None:
    match core:
        case m.Operation("tr", (arg,)):
            return arg
    return None


def _last(core: m.MatrixExpr, dx: m.Symbol) -> Pair | None:
    """`tr(P @ Y)` with dX in Y, which stands last; without P, the identity."""
    arg = _trace(core)
    if arg is None:
        return None
    before, live, behind = _split(m.factors(arg), dx)
    if behind or live.shape.kind is not Kind.MATRIX:
        return None
    return multiply(before) if before else m.Identity(live.shape.dims[0]), live


def _entrywise(left: m.MatrixExpr, live: m.MatrixExpr, dx: m.Symbol) -> Pair | None:
    """P * C and Y for an elementwise factor C * Y or Y / C."""
    match live:
        case m.Hadamard(first, second) if is_live(second, dx):
            return _joined(m.Hadamard(left, first)), second
        case m.Hadamard(first, second):
            return _joined(m.Hadamard(left, second)), first
        case m.Quotient(above, below):
            return m.Quotient(left, below), above
    return None


def associative(core: m.MatrixExpr, dx: m.Symbol) -> m.MatrixExpr | None:
    """A product of two inner products is a product of two numbers."""
    found = multiply(m.factors(core))
    return found if isinstance(found, m.Scale) else None


def sum_of_product(core: m.MatrixExpr, dx: m.Symbol) -> m.MatrixExpr | None:
    """A sum is an inner product, with ones if there is nothing else."""
    match core:
        case m.Operation("sum", (arg,)):
            pair = _entrywise(m.Constant(ix.ONE, arg.shape), arg, dx)
        case _:
            return None
    weight, live = pair or (m.Constant(ix.ONE, arg.shape), arg)
    match live.shape.kind:
        case Kind.MATRIX:
            return m.operation("tr", m.MatMul(m.transpose(weight), live))
        case Kind.ROW:
            return m.MatMul(live, m.transpose(weight))
    return m.MatMul(m.transpose(weight), live)


def scalar_transpose(core: m.MatrixExpr, dx: m.Symbol) -> m.MatrixExpr | None:
    """A scalar equals its transpose."""
    chain = m.factors(core)
    if len(chain) < 2:
        return None
    if is_live(chain[0], dx) and chain[0].shape.kind is Kind.ROW:
        return m.MatMul(m.transpose(multiply(chain[1:])), upright(chain[0]))
    match chain[-1]:
        case m.Transpose(arg) if arg != dx and is_live(arg, dx):
            return m.MatMul(arg, m.transpose(multiply(chain[:-1])))
    return None


def inner_hadamard(core: m.MatrixExpr, dx: m.Symbol) -> m.MatrixExpr | None:
    """The constant factor goes to the other side."""
    pair = _row_and_column(core, dx)
    if pair is None:
        return None
    found = _entrywise(m.transpose(pair[0]), pair[1], dx)
    return None if found is None else m.MatMul(m.transpose(found[0]), found[1])


def inner_diag(core: m.MatrixExpr, dx: m.Symbol) -> m.MatrixExpr | None:
    """A diagonal matrix between two vectors."""
    if not isinstance(core, m.MatMul):
        return None
    before, live, behind = _split(m.factors(core), dx)
    if not isinstance(live, m.Diag):
        return None
    weight = m.Hadamard(m.transpose(multiply(before)), multiply(behind))
    return m.MatMul(m.Transpose(weight), live.arg)


def inner_diagonal(core: m.MatrixExpr, dx: m.Symbol) -> m.MatrixExpr | None:
    """The diagonal meets a vector as its diagonal matrix; vec meets vec as a trace."""
    pair = _row_and_column(core, dx)
    match pair:
        case (m.Constant(value), m.Operation("vec", (arg,))):
            return m.operation(
                "tr", m.MatMul(m.transpose(m.Constant(value, arg.shape)), arg)
            )
        case (left, m.Operation("diagonal", (arg,))):
            return m.operation("tr", m.MatMul(m.Diag(m.transpose(left)), arg))
        case (m.Transpose(m.Operation("vec", (weight,))), m.Operation("vec", (arg,))):
            return m.operation("tr", m.MatMul(m.transpose(weight), arg))
    return None


def scalar_trace(core: m.MatrixExpr, dx: m.Symbol) -> m.MatrixExpr | None:
    """A number is the trace of the 1 by 1 matrix that holds it."""
    if not isinstance(core, m.MatMul):
        return None
    before, live, behind = _split(m.factors(core), dx)
    if live.shape.kind is not Kind.MATRIX:
        return None
    return m.operation("tr", multiply((*behind, *before, live)))


def trace_of_outer(core: m.MatrixExpr, dx: m.Symbol) -> m.MatrixExpr | None:
    """The trace of an outer product is an inner product."""
    arg = _trace(core)
    if arg is None:
        return None
    before, live, behind = _split(m.factors(arg), dx)
    if live.shape.kind is Kind.COLUMN:
        return m.MatMul(multiply((*behind, *before)), live)
    if live.shape.kind is Kind.ROW:
        return m.MatMul(live, multiply((*behind, *before)))
    return None


def trace_cyclic(core: m.MatrixExpr, dx: m.Symbol) -> m.MatrixExpr | None:
    """The factors behind dX go to the front."""
    arg = _trace(core)
    if arg is None:
        return None
    before, live, behind = _split(m.factors(arg), dx)
    return m.operation("tr", multiply((*behind, *before, live))) if behind else None


def trace_transpose(core: m.MatrixExpr, dx: m.Symbol) -> m.MatrixExpr | None:
    """A matrix and its transpose have one trace."""
    match _last(core, dx):
        case (m.Identity(), m.Transpose(arg)):
            return m.operation("tr", arg)
        case (left, m.Transpose(arg)):
            return m.operation("tr", m.MatMul(m.transpose(left), arg))
    return None


def trace_hadamard(core: m.MatrixExpr, dx: m.Symbol) -> m.MatrixExpr | None:
    """The constant factor goes to the other side."""
    pair = _last(core, dx)
    if pair is None:
        return None
    found = _entrywise(m.transpose(pair[0]), pair[1], dx)
    return found and m.operation("tr", m.MatMul(m.Transpose(found[0]), found[1]))


def trace_diag(core: m.MatrixExpr, dx: m.Symbol) -> m.MatrixExpr | None:
    """Only the diagonal of the other factor counts."""
    match _last(core, dx):
        case (m.Identity(), m.Diag(arg)):
            return m.operation("sum", arg)
        case (left, m.Diag(arg)):
            return m.MatMul(m.Transpose(m.operation("diagonal", left)), arg)
    return None


_BOOK = "Magnus and Neudecker (2019), 1.10"
_DX, _Dx, _DS = "B: (n, m); X, dX: (n, m)", "a, x, dx: (n)", "S, dS: (n, n); a: (n)"


def _row(
    title: str, rewrite: Rewrite, left: str, right: str, declared: str
) -> DifferentialRule:
    return DifferentialRule(title, left, right, declared, rewrite, _BOOK)


MOVES = (
    _row(
        "associativity",
        associative,
        "a.T @ (a @ a.T) @ dx",
        "(a.T @ a) * (a.T @ dx)",
        _Dx,
    ),
    _row(
        "a sum is an inner product",
        sum_of_product,
        "sum(B * dX)",
        "tr(B.T @ dX)",
        _DX,
    ),
    _row(
        "a scalar equals its transpose", scalar_transpose, "dx.T @ a", "a.T @ dx", _Dx
    ),
    _row(
        "elementwise factor to the other side",
        inner_hadamard,
        "a.T @ (x * dx)",
        "(a * x).T @ dx",
        _Dx,
    ),
    _row(
        "diagonal matrix between vectors",
        inner_diag,
        "a.T @ diag(dx) @ x",
        "(a * x).T @ dx",
        _Dx,
    ),
    _row(
        "inner product with a diagonal or a vec",
        inner_diagonal,
        "a.T @ diagonal(dS)",
        "tr(diag(a) @ dS)",
        _DS,
    ),
    _row(
        "a scalar is its own trace, and the trace is cyclic",
        scalar_trace,
        "a.T @ dS @ b",
        "tr(b @ a.T @ dS)",
        "dS: (n, n); a, b: (n)",
    ),
    _row(
        "trace of an outer product",
        trace_of_outer,
        "tr(dx @ a.T)",
        "a.T @ dx",
        _Dx,
    ),
    _row("the trace is cyclic", trace_cyclic, "tr(dS @ S)", "tr(S @ dS)", _DS),
    _row(
        "a matrix and its transpose have one trace",
        trace_transpose,
        "tr(B @ dX.T)",
        "tr(B.T @ dX)",
        "B, dX: (n, n)",
    ),
    _row(
        "elementwise factor to the other side of the trace",
        trace_hadamard,
        "tr(B.T @ (X * dX))",
        "tr((B * X).T @ dX)",
        _DX,
    ),
    _row(
        "trace with a diagonal matrix",
        trace_diag,
        "tr(S @ diag(dx))",
        "diagonal(S).T @ dx",
        "S: (n, n); dx: (n)",
    ),
)
