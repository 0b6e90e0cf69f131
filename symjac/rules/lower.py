r"""Lower matrix form to index form: each matrix operator is one line of index notation.

    (A + B)_j = A_j + B_j        (A B)_{jk} = sum_l A_{jl} B_{lk}
    (A * B)_j = A_j B_j          diag(v)_{jk} = delta_{jk} v_j
    (A^T)_{jk} = A_{kj}          f(v)_j = f(v_j)

Before: one factor is an `Entry` of a matrix expression. After: entries of symbols only.
Terminates: every rewrite replaces an operator by entries of its operands.
Source: definitions of the operations; Golub and Van Loan, Matrix Computations, 1.1.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TypeVar

from symjac.errors import UnsupportedError
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
    check_scopes,
    scale,
    single,
    splice,
    subforms,
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
from symjac.expr.shape import SCALAR, Kind, column, flatten, matrix
from symjac.library.functions import lookup
from symjac.rewrite.rule import Context, Derivation, Rule, RuleSet, run
from symjac.rules.components import COMPONENTS

Node = TypeVar("Node")


def _seek(term: Term, node: type[Node]) -> tuple[int, Node, tuple[Index, ...]] | None:
    for place, factor in enumerate(term.factors):
        if isinstance(factor, Entry) and isinstance(factor.matrix, node):
            return place, factor.matrix, factor.indices
    return None


def lower_sum(term: Term, context: Context) -> Terms | None:
    """Component of a sum: the sum of the components."""
    if (found := _seek(term, Add)) is None:
        return None
    place, node, indices = found
    return tuple(
        part
        for t in node.terms
        for part in splice(term, place, single(Entry(t, indices)))
    )


def lower_negative(term: Term, context: Context) -> Terms | None:
    """Component of a negative."""
    if (found := _seek(term, Neg)) is None:
        return None
    place, node, indices = found
    return splice(term, place, scale(single(Entry(node.arg, indices)), Fraction(-1)))


def lower_scale(term: Term, context: Context) -> Terms | None:
    """Component of a scalar multiple."""
    if (found := _seek(term, Scale)) is None:
        return None
    place, node, indices = found
    factors = (Entry(node.scalar, ()), Entry(node.arg, indices))
    return splice(term, place, (Term(ONE, factors),))


def lower_hadamard(term: Term, context: Context) -> Terms | None:
    """Component of an elementwise product: the index is shared, not summed."""
    if (found := _seek(term, Hadamard)) is None:
        return None
    place, node, indices = found
    factors = (Entry(node.left, indices), Entry(node.right, indices))
    return splice(term, place, (Term(ONE, factors),))


def lower_matmul(term: Term, context: Context) -> Terms | None:
    """Component of a matrix product: a sum over the adjacent index."""
    if (found := _seek(term, MatMul)) is None:
        return None
    place, node, indices = found
    left, right = node.left.shape, node.right.shape
    if left.kind is Kind.COLUMN:
        split = left.order
        outer = (Entry(node.left, indices[:split]), Entry(node.right, indices[split:]))
        return splice(term, place, (Term(ONE, outer),))
    if flatten(left.dims[-1:]) != flatten(right.dims[:1]):
        raise UnsupportedError(f"{left.dims[-1]} and {right.dims[0]} in another order")
    dummies = tuple(context.fresh.index(dim) for dim in flatten(left.dims[-1:]))
    split = left.order - len(dummies)
    factors = (
        Entry(node.left, (*indices[:split], *dummies)),
        Entry(node.right, (*dummies, *indices[split:])),
    )
    return splice(term, place, (Term(ONE, factors, dummies),))


def lower_transpose(term: Term, context: Context) -> Terms | None:
    """Component of a transpose: the indices change places."""
    if (found := _seek(term, Transpose)) is None:
        return None
    place, node, indices = found
    rows = len(flatten(node.shape.dims[:1]))
    turned = (*indices[rows:], *indices[:rows])
    return splice(term, place, single(Entry(node.arg, turned)))


def lower_diag(term: Term, context: Context) -> Terms | None:
    """Component of a diagonal matrix."""
    if (found := _seek(term, Diag)) is None:
        return None
    place, node, indices = found
    deltas, rows = _deltas(indices)
    return splice(term, place, (Term(ONE, (*deltas, Entry(node.arg, rows))),))


def _deltas(indices: tuple[Index, ...]) -> tuple[tuple[Delta, ...], tuple[Index, ...]]:
    """Row and column agree; a pair agrees where both of its indices do."""
    half = len(indices) // 2
    rows, columns = indices[:half], indices[half:]
    return tuple(map(Delta, rows, columns)), rows


def lower_identity(term: Term, context: Context) -> Terms | None:
    """Component of the identity matrix."""
    if (found := _seek(term, Identity)) is None:
        return None
    place, _, indices = found
    return splice(term, place, (Term(ONE, _deltas(indices)[0]),))


def lower_constant(term: Term, context: Context) -> Terms | None:
    """A number, or an array with all entries equal."""
    if (found := _seek(term, Constant)) is None:
        return None
    place, node, _ = found
    return splice(term, place, (Term(node.value),)) if node.value else ()


def lower_elementwise(term: Term, context: Context) -> Terms | None:
    """Component of an elementwise function: the function of the component."""
    if (found := _seek(term, Elementwise)) is None:
        return None
    place, node, indices = found
    argument = single(Entry(node.arg, indices))
    return splice(term, place, single(Apply(node.function, node.order, argument)))


def lower_power(term: Term, context: Context) -> Terms | None:
    """Component of an elementwise power."""
    if (found := _seek(term, Power)) is None:
        return None
    place, node, indices = found
    powers = _powers(node.base, indices, node.exponent)
    return splice(term, place, (Term(ONE, powers),))


def lower_quotient(term: Term, context: Context) -> Terms | None:
    """Component of a quotient: by the same component, or by the scalar."""
    if (found := _seek(term, Quotient)) is None:
        return None
    place, node, indices = found
    below = () if node.denominator.shape == SCALAR else indices
    inverse = _powers(node.denominator, below, Fraction(-1))
    factors: tuple[Factor, ...] = (Entry(node.numerator, indices), *inverse)
    return splice(term, place, (Term(ONE, factors),))


def _powers(
    base: MatrixExpr, indices: tuple[Index, ...], exponent: Fraction
) -> tuple[Raise, ...]:
    """A power; of a product, the powers of its factors, if the exponent is whole."""
    match base:
        case Hadamard(left, right) if exponent.denominator == 1:
            return (
                *_powers(left, indices, exponent),
                *_powers(right, indices, exponent),
            )
        case Scale(scalar, arg) if exponent.denominator == 1:
            return (*_powers(scalar, (), exponent), *_powers(arg, indices, exponent))
    return (Raise(single(Entry(base, indices)), exponent),)


_J, _K, _L = Index("j", "n"), Index("k", "m"), Index("l", "p")
_K2 = Index("k", "n")
_A, _B = Symbol("A", matrix("n", "p")), Symbol("B", matrix("p", "m"))
_U, _V, _C = Symbol("u", column("n")), Symbol("v", column("n")), Symbol("c", SCALAR)
_M = Symbol("A", matrix("m", "n"))
_F = lookup("f")
_DEFINITION = "definition of the operation"


def _row(
    name: str, title: str, node: MatrixExpr, at: tuple[Index, ...], after: Terms
) -> Rule:
    rewrite = globals()[name]
    before = single(Entry(node, at))
    return Rule(name, title, before, after, rewrite, _DEFINITION, type(node))


def _u(*indices: Index) -> Entry:
    return Entry(_U, indices or (_J,))


def _v() -> Entry:
    return Entry(_V, (_J,))


LOWER: RuleSet = (
    *COMPONENTS,
    _row(
        "lower_sum",
        "component of a sum",
        Add((_U, _V)),
        (_J,),
        single(_u()) + single(_v()),
    ),
    _row(
        "lower_negative",
        "component of a negative",
        Neg(_U),
        (_J,),
        (Term(Fraction(-1), (_u(),)),),
    ),
    _row(
        "lower_scale",
        "component of a scalar multiple",
        Scale(_C, _U),
        (_J,),
        (Term(ONE, (Entry(_C, ()), _u())),),
    ),
    _row(
        "lower_hadamard",
        "component of an elementwise product",
        Hadamard(_U, _V),
        (_J,),
        (Term(ONE, (_u(), _v())),),
    ),
    _row(
        "lower_matmul",
        "component of a matrix product",
        MatMul(_A, _B),
        (_J, _K),
        (Term(ONE, (Entry(_A, (_J, _L)), Entry(_B, (_L, _K))), (_L,)),),
    ),
    _row(
        "lower_transpose",
        "component of a transpose",
        Transpose(_M),
        (_J, _K),
        single(Entry(_M, (_K, _J))),
    ),
    _row(
        "lower_diag",
        "component of a diagonal matrix",
        Diag(_U),
        (_J, _K2),
        (Term(ONE, (Delta(_J, _K2), _u())),),
    ),
    _row(
        "lower_identity",
        "component of the identity",
        Identity("n"),
        (_J, _K2),
        single(Delta(_J, _K2)),
    ),
    _row(
        "lower_constant",
        "component of a constant",
        Constant(Fraction(2), column("n")),
        (_J,),
        (Term(Fraction(2)),),
    ),
    _row(
        "lower_elementwise",
        "component of an elementwise function",
        Elementwise(_F, 0, _U),
        (_J,),
        single(Apply(_F, 0, single(_u()))),
    ),
    _row(
        "lower_power",
        "component of an elementwise power",
        Power(_U, Fraction(2)),
        (_J,),
        single(Raise(single(_u()), Fraction(2))),
    ),
    _row(
        "lower_quotient",
        "component of a quotient",
        Quotient(_U, _V),
        (_J,),
        (Term(ONE, (_u(), Raise(single(_v()), Fraction(-1)))),),
    ),
)


def lower(expr: MatrixExpr, indices: tuple[Index, ...], context: Context) -> Derivation:
    """The component of `expr` at `indices`, with its steps.

    Shapes: one index per order of `expr`; the result has these free indices.
    """
    derivation = run("component form", single(Entry(expr, indices)), LOWER, context)
    check_lowered(derivation.result)
    return derivation


def is_atomic(expr: MatrixExpr) -> bool:
    """Whether a lowered form may have entries of an expression."""
    if isinstance(expr, Operation):
        return expr.row.kept or expr.name in ("selector", "dim")
    return isinstance(expr, Symbol)


def check_lowered(terms: Terms) -> None:
    """Between the passes: entries are of symbols only, and no index was captured."""
    check_scopes(terms)
    for term in terms:
        for factor in term.factors:
            if isinstance(factor, Entry) and not is_atomic(factor.matrix):
                raise UnsupportedError(
                    f"no index form of {type(factor.matrix).__name__}"
                )
            for inner in subforms(factor):
                check_lowered(inner)
