r"""Lower matrix form to index form: each matrix operator is one line of index notation.

    (A + B)_j = A_j + B_j        (A B)_{jk} = sum_l A_{jl} B_{lk}
    (A * B)_j = A_j B_j          diag(v)_{jk} = delta_{jk} v_j
    (A^T)_{jk} = A_{kj}          f(v)_j = f(v_j)

Before: one factor is an `Entry` of a matrix expression. After: entries of symbols only.
Terminates: every rewrite replaces an operator by entries of its operands.
Source: definitions of the operations; Golub and Van Loan, Matrix Computations, 1.1.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TypeVar

from symjac.calculus.components import COMPONENTS
from symjac.errors import UnsupportedError
from symjac.library.functions import lookup
from symjac.rewrite.rule import Context, Derivation, Rule, RuleSet, normal_form, run
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Kind, column, flatten, matrix

Node = TypeVar("Node")


def _seek(
    term: ix.Term, node: type[Node]
) -> tuple[int, Node, tuple[ix.Index, ...]] | None:
    for place, factor in enumerate(term.factors):
        if isinstance(factor, ix.Entry) and isinstance(factor.matrix, node):
            return place, factor.matrix, factor.indices
    return None


def lower_sum(term: ix.Term, context: Context) -> ix.Terms | None:
    """Component of a sum: the sum of the components."""
    if (found := _seek(term, m.Add)) is None:
        return None
    place, node, indices = found
    return tuple(
        part
        for t in node.terms
        for part in ix.splice(term, place, ix.single(ix.Entry(t, indices)))
    )


def lower_negative(term: ix.Term, context: Context) -> ix.Terms | None:
    """Component of a negative."""
    if (found := _seek(term, m.Neg)) is None:
        return None
    place, node, indices = found
    return ix.splice(
        term, place, ix.scale(ix.single(ix.Entry(node.arg, indices)), Fraction(-1))
    )


def lower_scale(term: ix.Term, context: Context) -> ix.Terms | None:
    """Component of a scalar multiple."""
    if (found := _seek(term, m.Scale)) is None:
        return None
    place, node, indices = found
    factors = (ix.Entry(node.scalar, ()), ix.Entry(node.arg, indices))
    return ix.splice(term, place, (ix.Term(ix.ONE, factors),))


def lower_hadamard(term: ix.Term, context: Context) -> ix.Terms | None:
    """Component of an elementwise product: the index is shared, not summed."""
    if (found := _seek(term, m.Hadamard)) is None:
        return None
    place, node, indices = found
    factors = (ix.Entry(node.left, indices), ix.Entry(node.right, indices))
    return ix.splice(term, place, (ix.Term(ix.ONE, factors),))


def lower_matmul(term: ix.Term, context: Context) -> ix.Terms | None:
    """Component of a matrix product: a sum over the adjacent index."""
    if (found := _seek(term, m.MatMul)) is None:
        return None
    place, node, indices = found
    left, right = node.left.shape, node.right.shape
    if left.kind is Kind.COLUMN:
        split = left.order
        outer = (
            ix.Entry(node.left, indices[:split]),
            ix.Entry(node.right, indices[split:]),
        )
        return ix.splice(term, place, (ix.Term(ix.ONE, outer),))
    if flatten(left.dims[-1:]) != flatten(right.dims[:1]):
        raise UnsupportedError(f"{left.dims[-1]} and {right.dims[0]} in another order")
    dummies = tuple(context.fresh.index(dim) for dim in flatten(left.dims[-1:]))
    split = left.order - len(dummies)
    factors = (
        ix.Entry(node.left, (*indices[:split], *dummies)),
        ix.Entry(node.right, (*dummies, *indices[split:])),
    )
    return ix.splice(term, place, (ix.Term(ix.ONE, factors, dummies),))


def lower_transpose(term: ix.Term, context: Context) -> ix.Terms | None:
    """Component of a transpose: the indices change places."""
    if (found := _seek(term, m.Transpose)) is None:
        return None
    place, node, indices = found
    rows = len(flatten(node.shape.dims[:1]))
    turned = (*indices[rows:], *indices[:rows])
    return ix.splice(term, place, ix.single(ix.Entry(node.arg, turned)))


def lower_diag(term: ix.Term, context: Context) -> ix.Terms | None:
    """Component of a diagonal matrix."""
    if (found := _seek(term, m.Diag)) is None:
        return None
    place, node, indices = found
    deltas, rows = _deltas(indices)
    return ix.splice(
        term, place, (ix.Term(ix.ONE, (*deltas, ix.Entry(node.arg, rows))),)
    )


def _deltas(
    indices: tuple[ix.Index, ...],
) -> tuple[tuple[ix.Delta, ...], tuple[ix.Index, ...]]:
    """Row and column agree; a pair agrees where both of its indices do."""
    half = len(indices) // 2
    rows, columns = indices[:half], indices[half:]
    return tuple(map(ix.Delta, rows, columns)), rows


def lower_identity(term: ix.Term, context: Context) -> ix.Terms | None:
    """Component of the identity matrix."""
    if (found := _seek(term, m.Identity)) is None:
        return None
    place, _, indices = found
    return ix.splice(term, place, (ix.Term(ix.ONE, _deltas(indices)[0]),))


def lower_constant(term: ix.Term, context: Context) -> ix.Terms | None:
    """A number, or an array with all entries equal."""
    if (found := _seek(term, m.Constant)) is None:
        return None
    place, node, _ = found
    return ix.splice(term, place, (ix.Term(node.value),)) if node.value else ()


def lower_elementwise(term: ix.Term, context: Context) -> ix.Terms | None:
    """Component of an elementwise function: the function of the component."""
    if (found := _seek(term, m.Elementwise)) is None:
        return None
    place, node, indices = found
    argument = ix.single(ix.Entry(node.arg, indices))
    return ix.splice(
        term, place, ix.single(ix.Apply(node.function, node.order, argument))
    )


def lower_power(term: ix.Term, context: Context) -> ix.Terms | None:
    """Component of an elementwise power."""
    if (found := _seek(term, m.Power)) is None:
        return None
    place, node, indices = found
    powers = _powers(node.base, indices, node.exponent)
    return ix.splice(term, place, (ix.Term(ix.ONE, powers),))


def lower_quotient(term: ix.Term, context: Context) -> ix.Terms | None:
    """Component of a quotient: by the same component, or by the scalar."""
    if (found := _seek(term, m.Quotient)) is None:
        return None
    place, node, indices = found
    below = () if node.denominator.shape == SCALAR else indices
    inverse = _powers(node.denominator, below, Fraction(-1))
    factors: tuple[ix.Factor, ...] = (ix.Entry(node.numerator, indices), *inverse)
    return ix.splice(term, place, (ix.Term(ix.ONE, factors),))


def _powers(
    base: m.MatrixExpr, indices: tuple[ix.Index, ...], exponent: Fraction
) -> tuple[ix.Power, ...]:
    """A power; of a product, the powers of its factors, if the exponent is whole."""
    match base:
        case m.Hadamard(left, right) if exponent.denominator == 1:
            return (
                *_powers(left, indices, exponent),
                *_powers(right, indices, exponent),
            )
        case m.Scale(scalar, arg) if exponent.denominator == 1:
            return (*_powers(scalar, (), exponent), *_powers(arg, indices, exponent))
    return (ix.Power(ix.single(ix.Entry(base, indices)), exponent),)


_J, _K, _L = ix.Index("j", "n"), ix.Index("k", "m"), ix.Index("l", "p")
_K2 = ix.Index("k", "n")
_A, _B = m.Symbol("A", matrix("n", "p")), m.Symbol("B", matrix("p", "m"))
_U, _V, _C = (
    m.Symbol("u", column("n")),
    m.Symbol("v", column("n")),
    m.Symbol("c", SCALAR),
)
_M = m.Symbol("A", matrix("m", "n"))
_F = lookup("f")
_DEFINITION = "definition of the operation"


def _row(
    name: str, title: str, node: m.MatrixExpr, at: tuple[ix.Index, ...], after: ix.Terms
) -> Rule:
    rewrite = globals()[name]
    before = ix.single(ix.Entry(node, at))
    return Rule(name, title, before, after, rewrite, _DEFINITION, type(node))


def _u(*indices: ix.Index) -> ix.Entry:
    return ix.Entry(_U, indices or (_J,))


def _v() -> ix.Entry:
    return ix.Entry(_V, (_J,))


LOWER: RuleSet = (
    *COMPONENTS,
    _row(
        "lower_sum",
        "component of a sum",
        m.Add((_U, _V)),
        (_J,),
        ix.single(_u()) + ix.single(_v()),
    ),
    _row(
        "lower_negative",
        "component of a negative",
        m.Neg(_U),
        (_J,),
        (ix.Term(Fraction(-1), (_u(),)),),
    ),
    _row(
        "lower_scale",
        "component of a scalar multiple",
        m.Scale(_C, _U),
        (_J,),
        (ix.Term(ix.ONE, (ix.Entry(_C, ()), _u())),),
    ),
    _row(
        "lower_hadamard",
        "component of an elementwise product",
        m.Hadamard(_U, _V),
        (_J,),
        (ix.Term(ix.ONE, (_u(), _v())),),
    ),
    _row(
        "lower_matmul",
        "component of a matrix product",
        m.MatMul(_A, _B),
        (_J, _K),
        (ix.Term(ix.ONE, (ix.Entry(_A, (_J, _L)), ix.Entry(_B, (_L, _K))), (_L,)),),
    ),
    _row(
        "lower_transpose",
        "component of a transpose",
        m.Transpose(_M),
        (_J, _K),
        ix.single(ix.Entry(_M, (_K, _J))),
    ),
    _row(
        "lower_diag",
        "component of a diagonal matrix",
        m.Diag(_U),
        (_J, _K2),
        (ix.Term(ix.ONE, (ix.Delta(_J, _K2), _u())),),
    ),
    _row(
        "lower_identity",
        "component of the identity",
        m.Identity("n"),
        (_J, _K2),
        ix.single(ix.Delta(_J, _K2)),
    ),
    _row(
        "lower_constant",
        "component of a constant",
        m.Constant(Fraction(2), column("n")),
        (_J,),
        (ix.Term(Fraction(2)),),
    ),
    _row(
        "lower_elementwise",
        "component of an elementwise function",
        m.Elementwise(_F, 0, _U),
        (_J,),
        ix.single(ix.Apply(_F, 0, ix.single(_u()))),
    ),
    _row(
        "lower_power",
        "component of an elementwise power",
        m.Power(_U, Fraction(2)),
        (_J,),
        ix.single(ix.Power(ix.single(_u()), Fraction(2))),
    ),
    _row(
        "lower_quotient",
        "component of a quotient",
        m.Quotient(_U, _V),
        (_J,),
        (ix.Term(ix.ONE, (_u(), ix.Power(ix.single(_v()), Fraction(-1)))),),
    ),
)


def lower(
    expr: m.MatrixExpr, indices: tuple[ix.Index, ...], context: Context
) -> Derivation:
    """The component of `expr` at `indices`, with its steps.

    Shapes: one index per order of `expr`; the result has these free indices.
    """
    derivation = run(
        "component form", ix.single(ix.Entry(expr, indices)), LOWER, context
    )
    check_lowered(derivation.result)
    return derivation


def component(
    expr: m.MatrixExpr, indices: tuple[ix.Index, ...], context: Context
) -> ix.Terms:
    """The component of `expr` at `indices`: what `lower` ends in."""
    result = normal_form(ix.single(ix.Entry(expr, indices)), LOWER, context)
    check_lowered(result)
    return result


def summands(expr: m.MatrixExpr) -> int:
    """How many terms a formula has, multiplied out as `lower` does it."""
    parts = map(summands, m.children(expr))
    match expr:
        case m.Add():
            return sum(parts)
        case m.Elementwise() | m.Operation() | m.Power():
            return 1
        case m.Quotient():
            return next(parts)
    return math.prod(parts)


def is_atomic(expr: m.MatrixExpr) -> bool:
    """Whether a lowered form may have entries of an expression."""
    if isinstance(expr, m.Operation):
        return expr.row.kept
    return isinstance(expr, m.Symbol)


def check_lowered(terms: ix.Terms) -> None:
    """Between the passes: entries are of symbols only, and no index was captured."""
    ix.check_scopes(terms)
    for term in terms:
        for factor in term.factors:
            if isinstance(factor, ix.Entry) and not is_atomic(factor.matrix):
                raise UnsupportedError(
                    f"no index form of {type(factor.matrix).__name__}"
                )
            for inner in ix.subforms(factor):
                check_lowered(inner)
