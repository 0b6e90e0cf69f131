r"""Lift index form to matrix form: each term is a graph that is reduced to one entry.

Indices are vertices, order-2 factors edges, order-1 factors weights on a vertex:

    scalar    c x_j = (c x)_j                      weight   u_j v_j = (u * v)_j
    series    sum_l A_{jl} B_{lk} = (A B)_{jk}     pendant  sum_l A_{jl} v_l = (A v)_j
    dot       sum_l u_l v_l = u^T v                parallel A_{jk} B_{jk} = (A*B)_{jk}
    scaling   u_j A_{jk} v_k      = (diag(u) A diag(v))_{jk}
    outer     u_j v_k = (u v^T)_{jk}               delta    u_j d_{jk} = diag(u)_{jk}

Entering a matrix by its second index transposes it: transposes are derived, never a
special case. Layout only says which free index is the row (`arrange`).
Terminates: every reduction removes a factor or a bound index.
Source: Laue, Mitterreiter, Giesen (2020), section on conversion to matrix notation.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from symjac.errors import LiftError
from symjac.expr.functions import lookup
from symjac.expr.index import (
    ONE,
    Apply,
    Delta,
    Entry,
    Factor,
    Index,
    Raise,
    Term,
    Terms,
    free_indices,
    single,
)
from symjac.expr.matrix import (
    Add,
    Constant,
    Diag,
    Elementwise,
    Hadamard,
    MatMul,
    MatrixExpr,
    Neg,
    Power,
    Quotient,
    Scale,
    Symbol,
    transpose,
)
from symjac.expr.shape import SCALAR, Kind, Layout, Shape, column, matrix, row
from symjac.rules.reduce import (
    Indices,
    lift_delta,
    lift_dot,
    lift_outer,
    lift_parallel,
    lift_pendant,
    lift_scalar,
    lift_scaling,
    lift_series,
    lift_weight,
    without,
)
from symjac.rules.rule import Context, Derivation, Rewrite, Rule, RuleSet, run


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The free indices in matrix order, and the shape of the whole."""

    indices: Indices
    shape: Shape


def arrange(of: Indices, by: Indices, *, layout: Layout) -> Arrangement | None:
    """Where a derivative's indices stand under a layout; None beyond order 2.

    Numerator: the indices of the differentiated quantity are the rows, those of the
    variable the columns, and a scalar by a matrix (p, q) has shape (q, p).
    Denominator: the transpose.

    Source: Magnus and Neudecker, ch. 9; Minka (2000), Old and New Matrix Algebra.
    """
    if len(of) + len(by) > 2:
        return None
    swap = len(by) == 2
    rows, columns = (by[1:], by[:1]) if swap else (of[:2], by)
    if len(of) == 2:
        rows, columns = of[:1], of[1:]
    if layout is Layout.DENOMINATOR:
        rows, columns = columns, rows
    if rows and columns:
        return Arrangement((*rows, *columns), matrix(rows[0].dim, columns[0].dim))
    if rows:
        return Arrangement(rows, column(rows[0].dim))
    if columns:
        return Arrangement(columns, row(columns[0].dim))
    return Arrangement((), SCALAR)


def lift_function(term: Term, context: Context) -> Terms | None:
    """A function or power of an index form: the function of its matrix form."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, Apply | Raise):
            continue
        inner = factor.argument if isinstance(factor, Apply) else factor.base
        free = tuple(dict.fromkeys(i for t in inner for i in free_indices(t)))
        if len(free) > 2:
            return None
        lifted = lift(inner, Arrangement(free, _shape_of(free)), context).expr
        outer: MatrixExpr
        if isinstance(factor, Apply):
            outer = Elementwise(factor.function, factor.order, lifted)
        else:
            outer = power(lifted, factor.exponent)
        return (without(term, (place,), (Entry(outer, free),)),)
    return None


def power(base: MatrixExpr, exponent: Fraction) -> MatrixExpr:
    """An elementwise power, written as a quotient for a reciprocal."""
    if exponent == -1:
        return Quotient(Constant(ONE, base.shape), base)
    return Power(base, exponent)


def _shape_of(indices: Indices) -> Shape:
    dims = [index.dim for index in indices]
    if len(dims) == 2:
        return matrix(*dims)
    return column(dims[0]) if dims else SCALAR


@dataclass(frozen=True, slots=True)
class Lifted:
    """A matrix form and the reductions that led to it."""

    expr: MatrixExpr
    derivation: Derivation


def _complete(term: Term, free: Indices) -> Term:
    """A term that does not mention a free index is constant along it."""
    present = free_indices(term)
    ones = tuple(
        Entry(Constant(ONE, column(i.dim)), (i,)) for i in free if i not in present
    )
    if not term.factors and not term.bound:
        return term
    upright = tuple(map(_as_column, term.factors))
    return Term(term.coefficient, upright + ones, term.bound)


def _as_column(factor: Factor) -> Factor:
    if isinstance(factor, Entry) and factor.matrix.shape.kind is Kind.ROW:
        return Entry(transpose(factor.matrix), factor.indices)
    return factor


def _assemble(term: Term, target: Arrangement) -> MatrixExpr:
    free = target.indices
    if not term.factors and not term.bound:
        return Constant(term.coefficient, _shape_of(free))
    factor = term.factors[0] if len(term.factors) == 1 else None
    if term.bound or not isinstance(factor, Entry):
        raise LiftError(
            "this index form has no matrix form: after all reductions more than one"
            " factor is left in a term"
        )
    if sorted(i.name for i in factor.indices) != sorted(i.name for i in free):
        raise LiftError("an index stands twice on one matrix: no matrix form yet")
    expr = factor.matrix if factor.indices == free else transpose(factor.matrix)
    if term.coefficient == ONE:
        return expr
    if term.coefficient == -ONE:
        return Neg(expr)
    return Scale(Constant(term.coefficient, SCALAR), expr)


def lift(terms: Terms, target: Arrangement, context: Context) -> Lifted:
    """The matrix whose entry at `target.indices` is the index form.

    Args:
        terms: contracted index form, free indices within `target.indices`.
        target: row and column index and the shape, from `arrange`.

    Raises:
        LiftError: the index form has no matrix form.
    """
    start = tuple(_complete(term, target.indices) for term in terms)
    derivation = run("matrix form", start, LIFT, context, nested=False)
    parts = tuple(_assemble(term, target) for term in derivation.result)
    expr: MatrixExpr
    if not parts:
        expr = Constant(Fraction(0), _shape_of(target.indices))
    else:
        expr = parts[0] if len(parts) == 1 else Add(parts)
    if target.shape.kind is Kind.ROW:
        expr = transpose(expr)
    return Lifted(expr, derivation)


_J, _K, _L = Index("j", "m"), Index("k", "n"), Index("l", "n")
_K2 = Index("k", "m")
_A, _B = Symbol("A", matrix("m", "n")), Symbol("B", matrix("n", "n"))
_U, _V = Symbol("u", column("m")), Symbol("v", column("n"))
_C = Entry(Symbol("c", SCALAR), ())
_AJL, _AJK, _BLK = Entry(_A, (_J, _L)), Entry(_A, (_J, _K)), Entry(_B, (_L, _K))
_UJ, _VL, _VK = Entry(_U, (_J,)), Entry(_V, (_L,)), Entry(_V, (_K,))
_F = lookup("f")


def _entry(expr: MatrixExpr, *indices: Index) -> Terms:
    return single(Entry(expr, indices))


def _row(
    rewrite: Rewrite,
    title: str,
    factors: tuple[Factor, ...],
    after: Terms,
    bound: Indices = (),
) -> Rule:
    before = (Term(ONE, factors, bound),)
    name = getattr(rewrite, "__name__", "")
    return Rule(name, title, before, after, rewrite, "definition of the operation")


LIFT: RuleSet = (
    _row(
        lift_function,
        "elementwise function",
        (Apply(_F, 1, single(_UJ)),),
        _entry(Elementwise(_F, 1, _U), _J),
    ),
    _row(lift_weight, "scaling", (_UJ, _UJ), _entry(Hadamard(_U, _U), _J)),
    _row(
        lift_parallel,
        "elementwise product",
        (_AJK, _AJK),
        _entry(Hadamard(_A, _A), _J, _K),
    ),
    _row(
        lift_dot,
        "inner product",
        (Entry(Hadamard(_V, _V), (_L,)),),
        _entry(MatMul(transpose(_V), _V)),
        (_L,),
    ),
    _row(
        lift_series,
        "matrix product",
        (_AJL, _VL, _BLK),
        _entry(MatMul(MatMul(_A, Diag(_V)), _B), _J, _K),
        (_L,),
    ),
    _row(
        lift_pendant,
        "matrix times vector",
        (_AJL, _VL),
        _entry(MatMul(_A, _V), _J),
        (_L,),
    ),
    _row(
        lift_delta,
        "diagonal matrix",
        (_UJ, Delta(_J, _K2)),
        _entry(Diag(_U), _J, _K2),
    ),
    _row(
        lift_scaling,
        "rows and columns scaled by diagonal matrices",
        (_UJ, _AJK, _VK),
        _entry(MatMul(MatMul(Diag(_U), _A), Diag(_V)), _J, _K),
    ),
    _row(
        lift_outer,
        "outer product",
        (_UJ, _VK),
        _entry(MatMul(_U, transpose(_V)), _J, _K),
    ),
    _row(lift_scalar, "scalar multiple", (_C, _UJ), _entry(Scale(_C.matrix, _U), _J)),
)
