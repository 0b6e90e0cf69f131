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

from symjac.calculus.contract import CONTRACT
from symjac.calculus.lower import LOWER
from symjac.errors import UnsupportedError
from symjac.language.meaning import of_operation
from symjac.rewrite.rule import Context, LocalJacobian, Rule, RuleSet, run
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Kind, Shape, column, flatten, matrix

Indices = tuple[ix.Index, ...]


def from_differential(node: m.Operation, of: Indices, by: Indices) -> ix.Terms:
    """The derivative of one entry, from the row's differential: dA is all deltas."""
    change = m.Symbol("dA", node.args[0].shape, properties=("differential of A",))
    written = of_operation(node, node.row.differential, dA=change)
    context = Context(ix.IndexSupply(frozenset(i.name for i in (*of, *by))))
    terms = run(
        "component form", ix.single(ix.Entry(written, of)), LOWER, context
    ).result
    put = tuple(_with_deltas(term, change, by) for term in terms)
    found = run("contraction", put, CONTRACT, context).result
    return tuple(_in_order(term, of) for term in found)


def _in_order(term: ix.Term, of: Indices) -> ix.Term:
    """Factors with the entry's own indices go first, as one writes them."""

    def rank(factor: ix.Factor) -> int:
        own = [of.index(i) for i in ix.factor_indices(factor) if i in of]
        return min(own, default=len(of))

    return replace(term, factors=tuple(sorted(term.factors, key=rank)))


def _with_deltas(term: ix.Term, change: m.Symbol, by: Indices) -> ix.Term:
    """A term linear in dA by one entry of A."""
    factors: list[ix.Factor] = []
    for factor in term.factors:
        if isinstance(factor, ix.Entry) and factor.matrix == change:
            factors.extend(map(ix.Delta, factor.indices, by))
        else:
            factors.append(factor)
    return replace(term, factors=tuple(factors))


@cache
def known_derivative(name: str, shape: Shape) -> LocalJacobian:
    """The derivative of an operation of the symbol A, at indices of its own."""
    node = m.operation(name, m.Symbol("A", shape))
    dims = (*flatten(node.shape.dims), *flatten(shape.dims))
    indices = tuple(ix.Index(f"i{n}", dim) for n, dim in enumerate(dims))
    order = node.shape.order
    found = from_differential(node, indices[:order], indices[order:])
    return LocalJacobian(indices, found)


def _at(
    known: LocalJacobian, arg: m.Symbol, indices: Indices, fresh: ix.IndexSupply
) -> ix.Terms:
    names = dict(zip(known.indices, indices, strict=True))
    upright = m.Symbol("A", _upright(arg.shape))
    return tuple(
        replace(term, factors=tuple(_of(f, upright, arg) for f in term.factors))
        for term in ix.refresh(known.terms, fresh, names)
    )


def _of(factor: ix.Factor, old: m.Symbol, new: m.Symbol) -> ix.Factor:
    """A factor with one symbol in place of another, a row in place of a column too."""
    if isinstance(factor, ix.Entry):
        return ix.Entry(m.substitute(factor.matrix, {old: new}), factor.indices)
    for inner in ix.subforms(factor):
        terms = (
            replace(t, factors=tuple(_of(f, old, new) for f in t.factors))
            for t in inner
        )
        factor = ix.with_subform(factor, tuple(terms))
    return factor


def _upright(shape: Shape) -> Shape:
    return column(*shape.dims) if shape.kind is Kind.ROW else shape


def halves(indices: Indices) -> tuple[Indices, Indices]:
    """Row and column of a square matrix; index pairs over a product of dimensions."""
    middle = len(indices) // 2
    return indices[:middle], indices[middle:]


def matrix_power(
    node: m.Operation, arg: m.Symbol, of: Indices, by: Indices
) -> ix.Terms:
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
        ix.Term(Fraction(sign), (*power(arg, left, i, p), *power(arg, right, q, j)))
        for left, right in splits
    )


def power(
    arg: m.MatrixExpr, exponent: int, row: Indices, behind: Indices
) -> tuple[ix.Factor, ...]:
    """An entry of a matrix power; of the matrix itself, or deltas."""
    if exponent == 0:
        return tuple(map(ix.Delta, row, behind))
    whole: m.MatrixExpr = m.Operation("matpow", (arg,), (exponent,))
    if abs(exponent) == 1:
        whole = arg if exponent == 1 else m.operation("inv", arg)
    return (ix.Entry(whole, (*row, *behind)),)


def _partial_of(term: ix.Term) -> tuple[int, m.Operation, Indices, ix.Entry] | None:
    """The first derivative that is to be taken of one entry of a kept operation."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, ix.Partial) or len(factor.of) != 1:
            continue
        match factor.of[0]:
            case ix.Term(
                coefficient=1,
                factors=(ix.Entry(matrix=m.Operation() as node, indices=of),),
                bound=(),
            ):
                return place, node, of, factor.by
    return None


def partial_operation(term: ix.Term, context: Context) -> ix.Terms | None:
    """The derivative of a kept operation, from its formula."""
    if (found := _partial_of(term)) is None:
        return None
    place, node, of, by = found
    (arg,) = node.args or (None,)
    if arg != by.matrix or not isinstance(arg, m.Symbol):
        return None
    if node.row.differential:
        known = known_derivative(node.name, _upright(arg.shape))
        terms = _at(known, arg, (*of, *by.indices), context.fresh)
    elif node.parameters:
        terms = matrix_power(node, arg, of, by.indices)
    else:
        return None
    return ix.splice(term, place, terms)


def partial_expm(term: ix.Term, context: Context) -> ix.Terms | None:
    """The matrix exponential of a multiple of a constant matrix."""
    if (found := _function_of(term)) is None:
        return None
    place, node, at, by = found
    match node.args:
        case (m.Scale(m.Symbol() as scalar, whole),) if scalar == by.matrix:
            dummy = context.fresh.index(node.shape.dims[0])
            factors = (ix.Entry(whole, (at[0], dummy)), ix.Entry(node, (dummy, at[1])))
            return ix.splice(term, place, (ix.Term(ix.ONE, factors, (dummy,)),))
    message = f"the derivative of {node.name} has no closed form"
    also = f"; that of tr({node.name}(X)) has one" if node.row.traced else ""
    scaled = ", and of expm(s * A) by s for a constant A" if node.name == "expm" else ""
    raise UnsupportedError(message + also + scaled)


def _function_of(term: ix.Term) -> tuple[int, m.Operation, Indices, ix.Entry] | None:
    """The first derivative of a function of a matrix that has no closed form."""
    if (found := _partial_of(term)) is None:
        return None
    _, node, at, by = found
    if node.row.differential or node.parameters or by.matrix not in m.symbols(node):
        return None
    if len(at) != 2:
        message = f"{node.name} of a matrix over products of dimensions"
        raise UnsupportedError(message)
    return found


def partial_trace(term: ix.Term, context: Context) -> ix.Terms | None:
    """Sum over l of d f(X)_{ll}: the trace is cyclic."""
    if (found := _function_of(term)) is None:
        return None
    place, node, (index, last), by = found
    others = (*term.factors[:place], *term.factors[place + 1 :])
    is_trace = index == last and index in term.bound and node.args == (by.matrix,)
    if not is_trace or any(index in ix.factor_indices(f) for f in others):
        return None
    slope = of_operation(node, node.row.traced)
    rest = replace(term, bound=tuple(b for b in term.bound if b != index))
    return ix.splice(rest, place, ix.single(ix.Entry(slope, by.indices[::-1])))


_I, _J = ix.Index("i", "n"), ix.Index("j", "n")
_P, _Q, _L = ix.Index("p", "n"), ix.Index("q", "n"), ix.Index("l", "n")
_X, _A = m.Symbol("X", matrix("n", "n")), m.Symbol("A", matrix("n", "n"))
_V, _S = m.Symbol("x", column("n")), m.Symbol("s", SCALAR)
_INV = m.operation("inv", _X)
_EXPM = m.operation("expm", m.Scale(_S, _A))
_TRACED = ix.Entry(m.operation("expm", _X), (_I, _I))
_MAGNUS = "Magnus and Neudecker, ch. 8"

OPERATION_PARTIALS: RuleSet = (
    Rule(
        "partial_operation",
        "derivative of the operation",
        ix.single(
            ix.Partial(ix.single(ix.Entry(_INV, (_I, _J))), ix.Entry(_X, (_P, _Q)))
        ),
        (ix.Term(Fraction(-1), (ix.Entry(_INV, (_I, _P)), ix.Entry(_INV, (_Q, _J)))),),
        partial_operation,
        _MAGNUS,
        ix.Partial,
    ),
    Rule(
        "partial_trace",
        "derivative of the trace of a matrix function",
        (
            ix.Term(
                ix.ONE, (ix.Partial(ix.single(_TRACED), ix.Entry(_X, (_P, _Q))),), (_I,)
            ),
        ),
        ix.single(ix.Entry(m.operation("expm", _X), (_Q, _P))),
        partial_trace,
        "Higham (2008), Functions of Matrices, theorem 3.5",
        ix.Partial,
    ),
    Rule(
        "partial_expm",
        "derivative of the matrix exponential",
        ix.single(ix.Partial(ix.single(ix.Entry(_EXPM, (_I, _J))), ix.Entry(_S, ()))),
        (ix.Term(ix.ONE, (ix.Entry(_A, (_I, _L)), ix.Entry(_EXPM, (_L, _J))), (_L,)),),
        partial_expm,
        "Higham (2008), Functions of Matrices, ch. 10",
        ix.Partial,
    ),
)
