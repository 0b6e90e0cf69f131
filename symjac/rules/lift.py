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
    alike,
    factor_indices,
    free_indices,
    rename,
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
    Operation,
    Power,
    Quotient,
    Scale,
    Symbol,
    Transpose,
    transpose,
)
from symjac.expr.shape import (
    SCALAR,
    Kind,
    Shape,
    column,
    flatten,
    matrix,
)
from symjac.library.functions import lookup
from symjac.rewrite.rule import Context, Derivation, Rewrite, Rule, RuleSet, run
from symjac.rules.arrange import Arrangement
from symjac.rules.gather import gather
from symjac.rules.kronecker import kronecker
from symjac.rules.reduce import (
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


def lift_function(term: Term, context: Context) -> Terms | None:
    """A function of an index form: the function of its matrix form."""
    for place, factor in enumerate(term.factors):
        if isinstance(factor, Apply):
            lifted, free = _lift_inside(factor.argument, context)
            outer = Elementwise(factor.function, factor.order, lifted)
            return (without(term, (place,), (Entry(outer, free),)),)
    return None


def lift_power(term: Term, context: Context) -> Terms | None:
    """A power of an index form: the power of its matrix form."""
    for place, factor in enumerate(term.factors):
        if isinstance(factor, Raise):
            lifted, free = _lift_inside(factor.base, context)
            entry = Entry(power(lifted, factor.exponent), free)
            return (without(term, (place,), (entry,)),)
    return None


def _lift_inside(inner: Terms, context: Context) -> tuple[MatrixExpr, Indices]:
    free = tuple(dict.fromkeys(i for t in inner for i in free_indices(t)))
    if len(free) > 2:
        raise LiftError("a function of three indices has no matrix form")
    return _lift_argument(inner, free, context), free


def power(base: MatrixExpr, exponent: Fraction) -> MatrixExpr:
    """An elementwise power, written as a quotient for a reciprocal."""
    if exponent < 0:
        return Quotient(Constant(ONE, base.shape), power(base, -exponent))
    if exponent == 1:
        return base
    match base:
        case MatMul(Transpose(left), right) if (
            left == right and left.shape.kind is Kind.COLUMN and _is_root(exponent)
        ):
            return power(Operation("norm2", (left,)), exponent * 2)
    if exponent == HALF:
        return Elementwise(lookup("sqrt"), 0, base)
    return Power(base, exponent)


def _is_root(exponent: Fraction) -> bool:
    return exponent.denominator == 2


def lift_softmax(term: Term, context: Context) -> Terms | None:
    """An exponential over the sum of all exponentials: the softmax."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, Raise) or factor.exponent.denominator != 1:
            continue
        if (total := _sum_of_exponentials(factor)) is None:
            continue
        for other, above in enumerate(term.factors):
            free = factor_indices(above)
            if not isinstance(above, Apply) or len(free) != 1:
                continue
            renamed = rename(single(above), {free[0]: total[1]})
            if not alike(renamed, single(total[0])):
                continue
            lifted = _lift_argument(above.argument, free, context)
            entry = Entry(Operation("softmax", (lifted,)), free)
            return (_divided(term, place, other, entry, factor),)
    return None


def _lift_argument(inner: Terms, free: Indices, context: Context) -> MatrixExpr:
    target = Arrangement(free, _shape_of(free))
    return lift(inner, target, context, collected=False).expr


def _sum_of_exponentials(factor: Raise) -> tuple[Apply, Index] | None:
    match factor:
        case Raise((Term(1, (Apply(order=0) as inner,), (index,)),), exponent) if (
            inner.function.name == "exp" and exponent < 0
        ):
            return inner, index
    return None


def _divided(term: Term, place: int, other: int, new: Factor, over: Raise) -> Term:
    """The term with one exponential and one power of the sum taken out."""
    factors = list(term.factors)
    factors[other] = new
    if over.exponent == -1:
        del factors[place]
    else:
        factors[place] = Raise(over.base, over.exponent + 1)
    return Term(term.coefficient, tuple(factors), term.bound)


HALF = Fraction(1, 2)


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
    for factor in term.factors:
        if isinstance(factor, Entry) and factor.matrix.shape.flat != (
            factor.matrix.shape.dims
        ):
            raise LiftError("a quantity over index pairs has no matrix form here")
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
    return _with_number(term.coefficient, expr)


def _with_number(value: Fraction, expr: MatrixExpr) -> MatrixExpr:
    size = abs(value)
    if size != 1:
        expr = Scale(Constant(size, SCALAR), expr)
    return Neg(expr) if value < 0 else expr


def lift(
    terms: Terms, target: Arrangement, context: Context, *, collected: bool = True
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
    expr: MatrixExpr
    if not parts:
        expr = Constant(Fraction(0), _upright(target.shape))
    elif collected:
        expr = gather(parts)
    else:
        expr = parts[0] if len(parts) == 1 else Add(parts)
    if target.shape.kind is Kind.ROW:
        expr = transpose(expr)
    return Lifted(expr, derivation)


def _upright(shape: Shape) -> Shape:
    return shape.transposed if shape.kind is Kind.ROW else shape


def _assemble_pairs(term: Term, target: Arrangement) -> MatrixExpr:
    """A term over index pairs, as a Kronecker product."""
    shape = _upright(target.shape)
    count = len(flatten(shape.dims[:1]))
    rows, columns = target.indices[:count], target.indices[count:]
    return _with_number(term.coefficient, kronecker(term, rows, columns))


_J, _K, _L = Index("j", "m"), Index("k", "n"), Index("l", "n")
_K2 = Index("k", "m")
_A, _B = Symbol("A", matrix("m", "n")), Symbol("B", matrix("n", "n"))
_S = Symbol("S", matrix("m", "m"))
_W = Symbol("w", column("m"))
_U, _V = Symbol("u", column("m")), Symbol("v", column("n"))
_C = Entry(Symbol("c", SCALAR), ())
_AJL, _AJK, _BLK = Entry(_A, (_J, _L)), Entry(_A, (_J, _K)), Entry(_B, (_L, _K))
_WJ = Entry(_W, (_J,))
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


_EXP = Apply(lookup("exp"), 0, single(_UJ))
_JL = Index("l", "m")
_TOTAL = Apply(lookup("exp"), 0, single(Entry(_U, (_JL,))))

LIFT: RuleSet = (
    _row(
        lift_softmax,
        "softmax",
        (_EXP, Raise((Term(ONE, (_TOTAL,), (_JL,)),), Fraction(-1))),
        _entry(Operation("softmax", (_U,)), _J),
    ),
    _row(
        lift_function,
        "elementwise function",
        (Apply(_F, 1, single(_UJ)),),
        _entry(Elementwise(_F, 1, _U), _J),
    ),
    _row(
        lift_power,
        "elementwise power",
        (Raise(single(_UJ), Fraction(2)),),
        _entry(Power(_U, Fraction(2)), _J),
    ),
    _row(lift_weight, "scaling", (_UJ, _WJ), _entry(Hadamard(_U, _W), _J)),
    _row(
        lift_parallel,
        "elementwise product",
        (_AJK, _AJK),
        _entry(Hadamard(_A, _A), _J, _K),
    ),
    _row(
        lift_loop,
        "diagonal of a matrix",
        (Entry(_S, (_J, _J)),),
        _entry(Operation("diagonal", (_S,)), _J),
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
