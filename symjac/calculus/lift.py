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

from symjac.calculus.gather import factor_common
from symjac.calculus.kronecker import kronecker
from symjac.calculus.reduce import (
    Indices,
    lift_delta,
    lift_dot,
    lift_loop,
    lift_outer,
    lift_parallel,
    lift_pendant,
    lift_scalar,
    lift_scaling,
    lift_series,
    lift_weight,
    without,
)
from symjac.errors import LiftError
from symjac.library.functions import lookup
from symjac.rewrite.rule import Context, Derivation, Rewrite, Rule, RuleSet, run
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.operations import times
from symjac.terms.shape import SCALAR, Kind, Layout, Shape, column, flatten, matrix
from symjac.terms.shape import row as row_shape


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The free indices in matrix order, and the shape of the whole."""

    indices: Indices
    shape: Shape


def arrange(
    of: tuple[Indices, ...],
    by: tuple[Indices, ...],
    *,
    layout: Layout,
    row: bool = False,
) -> Arrangement | None:
    """Where a derivative's indices stand under a layout; None beyond order 2.

    Numerator: the indices of the differentiated quantity are the rows, those of the
    variable the columns; a scalar by a matrix (p, q) has shape (q, p).
    Denominator: the transpose.

    Args:
        of, by: one group of indices for each dimension; a product of dimensions has
            several in its group.
        row: whether the variable is a row vector: a matrix (1, n), so that a scalar's
            derivative in denominator layout is a row.

    Source: Magnus and Neudecker, ch. 9; Minka (2000), Old and New Matrix Algebra.
    """
    if len(of) + len(by) > 2:
        return None
    swap = len(by) == 2
    rows, columns = (by[1:], by[:1]) if swap else (of[:2], by)
    if len(of) == 2:
        rows, columns = of[:1], of[1:]
    if row and not of:
        rows, columns = columns, rows
    if layout is Layout.DENOMINATOR:
        rows, columns = columns, rows
    down = tuple(index for group in rows for index in group)
    across = tuple(index for group in columns for index in group)
    return Arrangement((*down, *across), _grouped(down, across))


def groups(shape: Shape, indices: Indices) -> tuple[Indices, ...]:
    """The indices of each dimension."""
    found, rest = [], indices
    for dim in shape.dims:
        count = len(flatten((dim,)))
        found.append(rest[:count])
        rest = rest[count:]
    return tuple(found)


def arrange_vec(of: Indices, by: Indices, *, layout: Layout) -> Arrangement:
    """Where the indices of d vec(Y) / d vec(X)^T stand; denominator: its transpose.

    Args:
        of, by: in the order of vec, the slowest first.
    """
    rows, columns = of, by
    if layout is Layout.DENOMINATOR:
        rows, columns = columns, rows
    return Arrangement((*rows, *columns), _grouped(rows, columns))


def _grouped(rows: Indices, columns: Indices) -> Shape:
    down, across = (times(*(i.dim for i in group)) for group in (rows, columns))
    if rows and columns:
        return matrix(down, across)
    if rows:
        return column(down)
    return row_shape(across) if columns else SCALAR


def lift_function(term: ix.Term, context: Context) -> ix.Terms | None:
    """A function of an index form: the function of its matrix form."""
    for place, factor in enumerate(term.factors):
        if isinstance(factor, ix.Apply):
            lifted, free = _lift_inside(factor.argument, context)
            outer = m.Elementwise(factor.function, factor.order, lifted)
            return (without(term, (place,), (ix.Entry(outer, free),)),)
    return None


def lift_power(term: ix.Term, context: Context) -> ix.Terms | None:
    """A power of an index form: the power of its matrix form."""
    for place, factor in enumerate(term.factors):
        if isinstance(factor, ix.Power):
            lifted, free = _lift_inside(factor.base, context)
            entry = ix.Entry(power(lifted, factor.exponent), free)
            return (without(term, (place,), (entry,)),)
    return None


def _lift_inside(inner: ix.Terms, context: Context) -> tuple[m.MatrixExpr, Indices]:
    free = tuple(dict.fromkeys(i for t in inner for i in ix.free_indices(t)))
    if len(free) > 2:
        raise LiftError("a function of three indices has no matrix form")
    return _lift_argument(inner, free, context), free


def power(base: m.MatrixExpr, exponent: Fraction) -> m.MatrixExpr:
    """An elementwise power, written as a quotient for a reciprocal."""
    if exponent < 0:
        return m.Quotient(m.Constant(ix.ONE, base.shape), power(base, -exponent))
    if exponent == 1:
        return base
    match base:
        case m.MatMul(m.Transpose(left), right) if (
            left == right and left.shape.kind is Kind.COLUMN and _is_root(exponent)
        ):
            return power(m.Operation("norm2", (left,)), exponent * 2)
    if exponent == HALF:
        return m.Elementwise(lookup("sqrt"), 0, base)
    return m.Power(base, exponent)


def _is_root(exponent: Fraction) -> bool:
    return exponent.denominator == 2


def lift_softmax(term: ix.Term, context: Context) -> ix.Terms | None:
    """An exponential over the sum of all exponentials: the softmax."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, ix.Power) or factor.exponent.denominator != 1:
            continue
        if (total := _sum_of_exponentials(factor)) is None:
            continue
        for other, above in enumerate(term.factors):
            free = ix.factor_indices(above)
            if not isinstance(above, ix.Apply) or len(free) != 1:
                continue
            renamed = ix.rename(ix.single(above), {free[0]: total[1]})
            if not ix.alike(renamed, ix.single(total[0])):
                continue
            lifted = _lift_argument(above.argument, free, context)
            entry = ix.Entry(m.Operation("softmax", (lifted,)), free)
            return (_divided(term, place, other, entry, factor),)
    return None


def _lift_argument(inner: ix.Terms, free: Indices, context: Context) -> m.MatrixExpr:
    target = Arrangement(free, _shape_of(free))
    return lift(inner, target, context, collected=False).expr


def _sum_of_exponentials(factor: ix.Power) -> tuple[ix.Apply, ix.Index] | None:
    match factor:
        case ix.Power(
            (ix.Term(1, (ix.Apply(order=0) as inner,), (index,)),), exponent
        ) if inner.function.name == "exp" and exponent < 0:
            return inner, index
    return None


def _divided(
    term: ix.Term, place: int, other: int, new: ix.Factor, over: ix.Power
) -> ix.Term:
    """The term with one exponential and one power of the sum taken out."""
    factors = list(term.factors)
    factors[other] = new
    if over.exponent == -1:
        del factors[place]
    else:
        factors[place] = ix.Power(over.base, over.exponent + 1)
    return ix.Term(term.coefficient, tuple(factors), term.bound)


HALF = Fraction(1, 2)


def _shape_of(indices: Indices) -> Shape:
    dims = [index.dim for index in indices]
    if len(dims) == 2:
        return matrix(*dims)
    return column(dims[0]) if dims else SCALAR


@dataclass(frozen=True, slots=True)
class Lifted:
    """A matrix form and the reductions that led to it."""

    expr: m.MatrixExpr
    derivation: Derivation


def _complete(term: ix.Term, free: Indices) -> ix.Term:
    """A term that does not mention a free index is constant along it."""
    for factor in term.factors:
        if isinstance(factor, ix.Entry) and factor.matrix.shape.flat != (
            factor.matrix.shape.dims
        ):
            raise LiftError("a quantity over index pairs has no matrix form here")
    present = ix.free_indices(term)
    ones = tuple(
        ix.Entry(m.Constant(ix.ONE, column(i.dim)), (i,))
        for i in free
        if i not in present
    )
    if not term.factors and not term.bound:
        return term
    upright = tuple(map(_as_column, term.factors))
    return ix.Term(term.coefficient, upright + ones, term.bound)


def _as_column(factor: ix.Factor) -> ix.Factor:
    if isinstance(factor, ix.Entry) and factor.matrix.shape.kind is Kind.ROW:
        return ix.Entry(m.transpose(factor.matrix), factor.indices)
    return factor


def _assemble(term: ix.Term, target: Arrangement) -> m.MatrixExpr:
    free = target.indices
    if not term.factors and not term.bound:
        return m.Constant(term.coefficient, _shape_of(free))
    factor = term.factors[0] if len(term.factors) == 1 else None
    if term.bound or not isinstance(factor, ix.Entry):
        raise LiftError(
            "this index form has no matrix form: after all reductions more than one"
            " factor is left in a term"
        )
    if sorted(i.name for i in factor.indices) != sorted(i.name for i in free):
        raise LiftError("an index stands twice on one matrix: no matrix form yet")
    expr = factor.matrix if factor.indices == free else m.transpose(factor.matrix)
    return _with_number(term.coefficient, expr)


def _with_number(value: Fraction, expr: m.MatrixExpr) -> m.MatrixExpr:
    size = abs(value)
    if size != 1:
        expr = m.Scale(m.Constant(size, SCALAR), expr)
    return m.Neg(expr) if value < 0 else expr


def lift(
    terms: ix.Terms, target: Arrangement, context: Context, *, collected: bool = True
) -> Lifted:
    """The matrix whose entry at `target.indices` is the index form.

    Args:
        terms: contracted index form, free indices within `target.indices`.
        target: row and column index and the shape, from `arrange`.
        collected: whether to collect common factors; arguments of functions stay in
            their author's order.

    Raises:
        LiftError: the index form has no matrix form.
    """
    start = tuple(_complete(term, target.indices) for term in terms)
    derivation = run("matrix form", start, LIFT, context, nested=False)
    place = _assemble if target.shape.flat == target.shape.dims else _assemble_pairs
    parts = tuple(place(term, target) for term in derivation.result)
    expr: m.MatrixExpr
    if not parts:
        expr = m.Constant(Fraction(0), _upright(target.shape))
    elif collected:
        expr = factor_common(parts)
    else:
        expr = parts[0] if len(parts) == 1 else m.Add(parts)
    if target.shape.kind is Kind.ROW:
        expr = m.transpose(expr)
    return Lifted(expr, derivation)


def _upright(shape: Shape) -> Shape:
    return shape.transposed if shape.kind is Kind.ROW else shape


def _assemble_pairs(term: ix.Term, target: Arrangement) -> m.MatrixExpr:
    """A term over index pairs, as a Kronecker product."""
    shape = _upright(target.shape)
    count = len(flatten(shape.dims[:1]))
    rows, columns = target.indices[:count], target.indices[count:]
    return _with_number(term.coefficient, kronecker(term, rows, columns))


_J, _K, _L = ix.Index("j", "m"), ix.Index("k", "n"), ix.Index("l", "n")
_K2 = ix.Index("k", "m")
_A, _B = m.Symbol("A", matrix("m", "n")), m.Symbol("B", matrix("n", "n"))
_S = m.Symbol("S", matrix("m", "m"))
_W = m.Symbol("w", column("m"))
_U, _V = m.Symbol("u", column("m")), m.Symbol("v", column("n"))
_C = ix.Entry(m.Symbol("c", SCALAR), ())
_AJL, _AJK, _BLK = (
    ix.Entry(_A, (_J, _L)),
    ix.Entry(_A, (_J, _K)),
    ix.Entry(_B, (_L, _K)),
)
_WJ = ix.Entry(_W, (_J,))
_UJ, _VL, _VK = ix.Entry(_U, (_J,)), ix.Entry(_V, (_L,)), ix.Entry(_V, (_K,))
_F = lookup("f")


def _entry(expr: m.MatrixExpr, *indices: ix.Index) -> ix.Terms:
    return ix.single(ix.Entry(expr, indices))


def _row(
    rewrite: Rewrite,
    title: str,
    factors: tuple[ix.Factor, ...],
    after: ix.Terms,
    bound: Indices = (),
) -> Rule:
    before = (ix.Term(ix.ONE, factors, bound),)
    name = getattr(rewrite, "__name__", "")
    return Rule(name, title, before, after, rewrite, "definition of the operation")


_EXP = ix.Apply(lookup("exp"), 0, ix.single(_UJ))
_JL = ix.Index("l", "m")
_TOTAL = ix.Apply(lookup("exp"), 0, ix.single(ix.Entry(_U, (_JL,))))

LIFT: RuleSet = (
    _row(
        lift_softmax,
        "softmax",
        (_EXP, ix.Power((ix.Term(ix.ONE, (_TOTAL,), (_JL,)),), Fraction(-1))),
        _entry(m.Operation("softmax", (_U,)), _J),
    ),
    _row(
        lift_function,
        "elementwise function",
        (ix.Apply(_F, 1, ix.single(_UJ)),),
        _entry(m.Elementwise(_F, 1, _U), _J),
    ),
    _row(
        lift_power,
        "elementwise power",
        (ix.Power(ix.single(_UJ), Fraction(2)),),
        _entry(m.Power(_U, Fraction(2)), _J),
    ),
    _row(lift_weight, "scaling", (_UJ, _WJ), _entry(m.Hadamard(_U, _W), _J)),
    _row(
        lift_parallel,
        "elementwise product",
        (_AJK, _AJK),
        _entry(m.Hadamard(_A, _A), _J, _K),
    ),
    _row(
        lift_loop,
        "diagonal of a matrix",
        (ix.Entry(_S, (_J, _J)),),
        _entry(m.Operation("diagonal", (_S,)), _J),
    ),
    _row(
        lift_dot,
        "inner product",
        (ix.Entry(m.Hadamard(_V, _V), (_L,)),),
        _entry(m.MatMul(m.transpose(_V), _V)),
        (_L,),
    ),
    _row(
        lift_series,
        "matrix product",
        (_AJL, _VL, _BLK),
        _entry(m.MatMul(m.MatMul(_A, m.Diag(_V)), _B), _J, _K),
        (_L,),
    ),
    _row(
        lift_pendant,
        "matrix times vector",
        (_AJL, _VL),
        _entry(m.MatMul(_A, _V), _J),
        (_L,),
    ),
    _row(
        lift_delta,
        "diagonal matrix",
        (_UJ, ix.Delta(_J, _K2)),
        _entry(m.Diag(_U), _J, _K2),
    ),
    _row(
        lift_scaling,
        "a diagonal matrix scales rows or columns",
        (_UJ, _AJK, _VK),
        _entry(m.MatMul(m.MatMul(m.Diag(_U), _A), m.Diag(_V)), _J, _K),
    ),
    _row(
        lift_outer,
        "outer product",
        (_UJ, _VK),
        _entry(m.MatMul(_U, m.transpose(_V)), _J, _K),
    ),
    _row(lift_scalar, "scalar multiple", (_C, _UJ), _entry(m.Scale(_C.matrix, _U), _J)),
)
