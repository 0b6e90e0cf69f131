r"""Derivatives of the operations that an index form keeps as a whole.

    d (X^k)_{ij} / dX_{pq}     = sum_{r<k} (X^r)_{ip} (X^(k-1-r))_{qj}
    d expm(s A)_{ij} / ds      = (A expm(s A))_{ij}
    d tr(expm X) / dX_{pq}     = expm(X)_{qp}

These are written here; any other one follows from the differential in the row,
as d inv(X)_{ij} / dX_{pq} = -inv(X)_{ip} inv(X)_{qj} does from -inv(X) dX inv(X).
Before: a `Partial` of one entry of the operation of one symbol, by an entry of it.
Source: Magnus and Neudecker, ch. 8; Petersen and Pedersen (2012), ch. 2.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

from symjac.errors import UnsupportedError
from symjac.expr.index import (
    ONE,
    Delta,
    Entry,
    Factor,
    Fresh,
    Index,
    Partial,
    Term,
    Terms,
    factor_indices,
    refresh,
    single,
    splice,
    subforms,
    with_subform,
)
from symjac.expr.matrix import (
    MatrixExpr,
    Operation,
    Scale,
    Symbol,
    operation,
    substitute,
    symbols,
)
from symjac.expr.shape import SCALAR, Kind, Shape, column, flatten, matrix
from symjac.language.meaning import of_operation
from symjac.rewrite.rule import Context, Known, Rule, RuleSet, run
from symjac.rules.contract import CONTRACT
from symjac.rules.lower import LOWER

Indices = tuple[Index, ...]


def from_differential(node: Operation, of: Indices, by: Indices) -> Terms:
    """The derivative of one entry, from the row's differential: dA is all deltas."""
    change = Symbol("dA", node.args[0].shape, properties=("differential of A",))
    written = of_operation(node, node.row.differential, dA=change)
    context = Context(Fresh(frozenset(i.name for i in (*of, *by))))
    terms = run("component form", single(Entry(written, of)), LOWER, context).result
    put = tuple(_with_deltas(term, change, by) for term in terms)
    found = run("contraction", put, CONTRACT, context).result
    return tuple(_in_order(term, of) for term in found)


def _in_order(term: Term, of: Indices) -> Term:
    """Factors with the entry's own indices go first, as one writes them."""

    def rank(factor: Factor) -> int:
        own = [of.index(i) for i in factor_indices(factor) if i in of]
        return min(own, default=len(of))

    return replace(term, factors=tuple(sorted(term.factors, key=rank)))


def _with_deltas(term: Term, change: Symbol, by: Indices) -> Term:
    """A term linear in dA by one entry of A."""
    factors: list[Factor] = []
    for factor in term.factors:
        if isinstance(factor, Entry) and factor.matrix == change:
            factors.extend(map(Delta, factor.indices, by))
        else:
            factors.append(factor)
    return replace(term, factors=tuple(factors))


@cache
def known_derivative(name: str, shape: Shape) -> Known:
    """The derivative of an operation of the symbol A, at indices of its own."""
    node = operation(name, Symbol("A", shape))
    dims = (*flatten(node.shape.dims), *flatten(shape.dims))
    indices = tuple(Index(f"i{n}", dim) for n, dim in enumerate(dims))
    order = node.shape.order
    found = from_differential(node, indices[:order], indices[order:])
    return Known(indices, found)


def _at(known: Known, arg: Symbol, indices: Indices, fresh: Fresh) -> Terms:
    names = dict(zip(known.indices, indices, strict=True))
    upright = Symbol("A", _upright(arg.shape))
    return tuple(
        replace(term, factors=tuple(_of(f, upright, arg) for f in term.factors))
        for term in refresh(known.terms, fresh, names)
    )


def _of(factor: Factor, old: Symbol, new: Symbol) -> Factor:
    """A factor with one symbol in place of another, a row in place of a column too."""
    if isinstance(factor, Entry):
        return Entry(substitute(factor.matrix, {old: new}), factor.indices)
    for inner in subforms(factor):
        terms = (
            replace(t, factors=tuple(_of(f, old, new) for f in t.factors))
            for t in inner
        )
        factor = with_subform(factor, tuple(terms))
    return factor


def _upright(shape: Shape) -> Shape:
    return column(*shape.dims) if shape.kind is Kind.ROW else shape


def halves(indices: Indices) -> tuple[Indices, Indices]:
    """Row and column of a square matrix; index pairs over a product of dimensions."""
    middle = len(indices) // 2
    return indices[:middle], indices[middle:]


def matrix_power(node: Operation, arg: Symbol, of: Indices, by: Indices) -> Terms:
    """One factor is differentiated at a time."""
    (i, j), (p, q) = halves(of), halves(by)
    (exponent,) = node.parameters
    assert isinstance(exponent, int)
    if exponent >= 0:
        splits, sign = [(r, exponent - 1 - r) for r in range(exponent)], 1
    else:
        splits = [(-r, exponent - 1 + r) for r in range(1, 1 - exponent)]
        sign = -1
    return tuple(
        Term(Fraction(sign), (*power(arg, left, i, p), *power(arg, right, q, j)))
        for left, right in splits
    )


def power(
    arg: MatrixExpr, exponent: int, row: Indices, behind: Indices
) -> tuple[Factor, ...]:
    """An entry of a matrix power; of the matrix itself, or deltas."""
    if exponent == 0:
        return tuple(map(Delta, row, behind))
    whole: MatrixExpr = Operation("matpow", (arg,), (exponent,))
    if abs(exponent) == 1:
        whole = arg if exponent == 1 else operation("inv", arg)
    return (Entry(whole, (*row, *behind)),)


def _partial_of(term: Term) -> tuple[int, Operation, Indices, Entry] | None:
    """The first derivative that is to be taken of one entry of a kept operation."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, Partial) or len(factor.of) != 1:
            continue
        match factor.of[0]:
            case Term(
                coefficient=1,
                factors=(Entry(matrix=Operation() as node, indices=of),),
                bound=(),
            ):
                return place, node, of, factor.by
    return None


def partial_operation(term: Term, context: Context) -> Terms | None:
    """The derivative of a kept operation, from its formula."""
    if (found := _partial_of(term)) is None:
        return None
    place, node, of, by = found
    (arg,) = node.args or (None,)
    if arg != by.matrix or not isinstance(arg, Symbol):
        return None
    if node.row.differential:
        known = known_derivative(node.name, _upright(arg.shape))
        terms = _at(known, arg, (*of, *by.indices), context.fresh)
    elif node.parameters:
        terms = matrix_power(node, arg, of, by.indices)
    else:
        return None
    return splice(term, place, terms)


def partial_expm(term: Term, context: Context) -> Terms | None:
    """The matrix exponential of a multiple of a constant matrix; its trace."""
    if (found := _partial_of(term)) is None or found[1].name != "expm":
        return None
    place, node, at, by = found
    if by.matrix not in symbols(node):
        return None
    if len(at) != 2:
        raise UnsupportedError("expm of a matrix over products of dimensions")
    i, j = at
    match node.args[0]:
        case Scale(Symbol() as scalar, whole) if scalar == by.matrix:
            dummy = context.fresh.index(node.shape.dims[0])
            factors = (Entry(whole, (i, dummy)), Entry(node, (dummy, j)))
            return splice(term, place, (Term(ONE, factors, (dummy,)),))
        case Symbol() as arg if arg == by.matrix and i == j and i in term.bound:
            return _partial_trace(term, place, node, by)
    raise UnsupportedError(
        "the derivative of expm has no closed form (it is an integral), except of"
        " expm(s * A) by s for a constant A, and of tr(expm(X))"
    )


def _partial_trace(term: Term, place: int, node: Operation, by: Entry) -> Terms:
    """Sum over l of d expm(X)_{ll}: the trace is cyclic."""
    (partial,) = (f for n, f in enumerate(term.factors) if n == place)
    assert isinstance(partial, Partial)
    (index, _) = partial.of[0].factors[0].indices  # type: ignore[union-attr]
    p, q = by.indices
    others = (*term.factors[:place], *term.factors[place + 1 :])
    if any(index in factor_indices(f) for f in others):
        raise UnsupportedError("the derivative of a diagonal entry of expm")
    kept = tuple(b for b in term.bound if b != index)
    factors = (*term.factors[:place], Entry(node, (q, p)), *term.factors[place + 1 :])
    return (Term(term.coefficient, factors, kept),)


_I, _J = Index("i", "n"), Index("j", "n")
_P, _Q, _L = Index("p", "n"), Index("q", "n"), Index("l", "n")
_X, _A = Symbol("X", matrix("n", "n")), Symbol("A", matrix("n", "n"))
_V, _S = Symbol("x", column("n")), Symbol("s", SCALAR)
_INV = operation("inv", _X)
_EXPM = operation("expm", Scale(_S, _A))
_MAGNUS = "Magnus and Neudecker, ch. 8"

OPERATION_PARTIALS: RuleSet = (
    Rule(
        "partial_operation",
        "derivative of the operation",
        single(Partial(single(Entry(_INV, (_I, _J))), Entry(_X, (_P, _Q)))),
        (Term(Fraction(-1), (Entry(_INV, (_I, _P)), Entry(_INV, (_Q, _J)))),),
        partial_operation,
        _MAGNUS,
        Partial,
    ),
    Rule(
        "partial_expm",
        "derivative of the matrix exponential",
        single(Partial(single(Entry(_EXPM, (_I, _J))), Entry(_S, ()))),
        (Term(ONE, (Entry(_A, (_I, _L)), Entry(_EXPM, (_L, _J))), (_L,)),),
        partial_expm,
        "Higham (2008), Functions of Matrices, ch. 10",
        Partial,
    ),
)
