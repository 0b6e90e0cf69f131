r"""What declared properties say about the factors of one term.

    zero 0    identity d_{ij}    scalar c d_{ij}   diagonal D_{ij} = d_{ij} D_{ii}
    skew S_{ij} = (S_{ij} - S_{ji}) / 2       orthogonal sum_l Q_{li} Q_{lj} = d_{ij}
    projection sum_l P_{il} P_{lj} = P_{ij}        unit sum_l x_l x_l = 1
    one-hot y_i y_j = d_{ij} y_i, sum_l y_l = 1    probability sum_l p_l = 1
    binary m m = m                                 commuting B A = A B

Symmetry is told by the order of an entry's indices in its key. Every function returns
None where it does not apply.
Source: Horn and Johnson, Matrix Analysis, 0.9 and 2.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain

from symjac.expr.index import (
    ONE,
    Delta,
    Entry,
    Factor,
    Index,
    Raise,
    Term,
    Terms,
    factor_indices,
    single,
    splice,
)
from symjac.expr.matrix import (
    Add,
    Identity,
    MatMul,
    MatrixExpr,
    Neg,
    Operation,
    Scale,
    Symbol,
    Transpose,
    children,
    symbols,
    transpose,
    walk,
)
from symjac.expr.properties import COMMUTES
from symjac.expr.shape import SCALAR

HALF = Fraction(1, 2)


def own(factor: Factor) -> tuple[Symbol, tuple[Index, ...]] | None:
    """Symbol and indices, for an entry of a symbol."""
    if isinstance(factor, Entry) and isinstance(factor.matrix, Symbol):
        return factor.matrix, factor.indices
    return None


def is_special(term: Term) -> bool:
    """Whether a factor is of a symbol with properties or a matrix exponential."""
    for factor in term.factors:
        match _power(factor)[0], factor:
            case (Symbol(properties=found), _), _ if found:
                return True
            case _, Entry(matrix=Operation(name="expm")):
                return True
    return False


def special_entry(term: Term) -> Terms | None:
    """Entries of zero, identity, scalar, diagonal and skew matrices."""
    for place, factor in enumerate(term.factors):
        found = own(factor)
        if found is None or not found[0].properties:
            continue
        parts = _special(*found)
        if parts is not None:
            return splice(term, place, parts)
    return None


def _special(symbol: Symbol, indices: tuple[Index, ...]) -> Terms | None:
    has = symbol.properties
    if "zero" in has:
        return ()
    if len(indices) != 2:
        return None
    row, column = indices
    if "identity" in has:
        return single(Delta(row, column))
    if "scalar" in has:
        multiple = Entry(Symbol(symbol.name, SCALAR, symbol.time), ())
        return (Term(ONE, (multiple, Delta(row, column))),)
    if "diagonal" in has and row != column:
        return (Term(ONE, (Delta(row, column), Entry(symbol, (row, row)))),)
    if "skew" in has:
        plain = replace(symbol, properties=tuple(p for p in has if p != "skew"))
        pair = (Entry(plain, (row, column)), Entry(plain, (column, row)))
        return (Term(HALF, pair[:1]), Term(-HALF, pair[1:]))
    return None


def _places(term: Term, index: Index) -> list[int]:
    return [i for i, f in enumerate(term.factors) if index in factor_indices(f)]


def _drop(term: Term, gone: tuple[int, ...], index: Index, new: Terms) -> Terms:
    """Put new factors in the place of some that a bound index connects."""
    bound = tuple(b for b in term.bound if b != index)
    kept = tuple(f for n, f in enumerate(term.factors) if n not in gone[1:])
    place = kept.index(term.factors[gone[0]])
    return splice(Term(term.coefficient, kept, bound), place, new)


def _pairs(term: Term) -> Iterator[tuple[Index, int, int]]:
    """Bound indices that exactly two factors share."""
    for index in term.bound:
        places = _places(term, index)
        if len(places) == 2:
            yield index, places[0], places[1]


def product_relation(term: Term) -> Terms | None:
    """Products of orthogonal matrices and of projections with themselves."""
    for index, first, second in _pairs(term):
        left, right = own(term.factors[first]), own(term.factors[second])
        if left is None or right is None or left[0] != right[0]:
            continue
        (symbol, a), (_, b) = left, right
        if len(a) != 2 or a.count(index) != 1 or b.count(index) != 1:
            continue
        rest = (a[1 - a.index(index)], b[1 - b.index(index)])
        sides = (a.index(index), b.index(index))
        parts = _self_product(symbol, sides, rest)
        if parts is not None:
            return _drop(term, (first, second), index, parts)
    return None


def _self_product(
    symbol: Symbol, sides: tuple[int, int], rest: tuple[Index, Index]
) -> Terms | None:
    has = symbol.properties
    if "projection" in has:
        return single(Entry(symbol, rest))
    if "orthogonal" in has and (symbol.symmetric or sides[0] == sides[1]):
        return single(Delta(*rest))
    if "orthonormal_columns" in has and sides == (0, 0):
        return single(Delta(*rest))
    return None


Square = tuple[MatrixExpr, tuple[Index, ...]]


def _products(term: Term) -> Iterator[tuple[Index, int, int, Square, Square]]:
    """Products of two square matrices over a bound index, the left one first."""
    for index, first, second in _pairs(term):
        left, right = _square(term.factors[first]), _square(term.factors[second])
        if left is None or right is None:
            continue
        if left[1][0] == index and right[1][1] == index:
            left, right = right, left
        if left[1][1] == index and right[1][0] == index and left[1][0] != index:
            yield index, first, second, left, right


def exponential_relation(term: Term) -> Terms | None:
    """expm(A) expm(B) = expm(A + B) where A and B commute."""
    for index, first, second, (one, a), (two, b) in _products(term):
        match one, two:
            case Operation("expm", (left,)), Operation("expm", (right,)) if commute(
                one, two
            ):
                total = Operation("expm", (Add((left, right)),))
                merged = single(Entry(total, (a[0], b[1])))
                return _drop(term, (first, second), index, merged)
    return None


def commuting_relation(term: Term) -> Terms | None:
    """A product of two commuting matrices, in the order of their names."""
    for index, first, second, (one, a), (two, b) in _products(term):
        if _name(one) <= _name(two) or not commute(one, two):
            continue
        cycle = _cycle(term, first)
        if cycle and not _has_anchor(term, cycle):
            return _sorted_trace(term, cycle)
        swapped = (Entry(two, (a[0], index)), Entry(one, (index, b[1])))
        factors = [f for n, f in enumerate(term.factors) if n not in (first, second)]
        return (replace(term, factors=(*factors, *swapped)),)
    return None


def _cycle(term: Term, first: int) -> list[int]:
    """The factors of a trace A_ij B_jk ... Z_li, in their order; else empty.

    In a trace two matrices that commute could go round for ever.
    """
    follows = {index: (one, two) for index, one, two in _pairs(term)}
    places = [first]
    while True:
        square = _square(term.factors[places[-1]])
        if square is None or square[1][1] not in follows:
            return []
        index = square[1][1]
        (place,) = (set(follows[index]) - {places[-1]}) or {places[-1]}
        following = _square(term.factors[place])
        if following is None or following[1][0] != index:
            return []
        if place == first:
            return places
        if place in places:
            return []
        places.append(place)


def _has_anchor(term: Term, cycle: list[int]) -> bool:
    """Whether some matrix of a trace commutes with none of the others."""
    squares = [s for n in cycle if (s := _square(term.factors[n])) is not None]
    matrices = [matrix for matrix, _ in squares]
    return any(
        all(one == two or not commute(one, two) for two in matrices) for one in matrices
    )


def _sorted_trace(term: Term, cycle: list[int]) -> Terms | None:
    """The trace of matrices that all commute, in the order of their names."""
    squares = [s for n in cycle if (s := _square(term.factors[n])) is not None]
    matrices = [matrix for matrix, _ in squares]
    if not all(commute(one, two) for one in matrices for two in matrices):
        return None
    ordered = sorted(matrices, key=_name)
    turns = [matrices[n:] + matrices[:n] for n in range(len(matrices))]
    if ordered in turns:
        return None
    new = [Entry(m, at) for m, (_, at) in zip(ordered, squares, strict=True)]
    factors = [f for n, f in enumerate(term.factors) if n not in cycle]
    return (replace(term, factors=(*factors, *new)),)


def _square(factor: Factor) -> Square | None:
    """An entry of a symbol or of a matrix exponential."""
    match factor:
        case Entry(Operation("expm", (arg,)), (row, column)) if _is_turned(arg):
            return Operation("expm", (transpose(arg),)), (column, row)
        case Entry(Symbol() | Operation(name="expm") as matrix, (row, column)):
            return matrix, (row, column)
    return None


def _is_turned(arg: MatrixExpr) -> bool:
    """Whether a matrix is simpler as the transpose of another."""
    before, after = (
        sum(isinstance(node, Transpose) for node in walk(expr))
        for expr in (arg, transpose(arg))
    )
    return after < before


def _name(matrix: MatrixExpr) -> tuple[bool, str]:
    if isinstance(matrix, Symbol):
        return False, matrix.name
    return True, " ".join(str(symbol) for symbol in symbols(matrix))


def commute(one: MatrixExpr, two: MatrixExpr) -> bool:
    """Whether two matrices are polynomials, or exponentials, of some that commute."""
    left, right = _generators(one), _generators(two)
    if left is None or right is None:
        return False
    return all(a == b or _is_declared(a, b) for a in left for b in right)


def _is_declared(one: Symbol, two: Symbol) -> bool:
    """Whether two symbols are declared to commute: at one step, if both have one."""
    words = (
        COMMUTES + two.name in one.properties,
        COMMUTES + one.name in two.properties,
    )
    return any(words) and (one.time is None or two.time is None or one.time == two.time)


def _generators(matrix: MatrixExpr) -> tuple[Symbol, ...] | None:
    """The matrices of which this is made by sums, products and exponentials."""
    match matrix:
        case Symbol():
            return (matrix,)
        case Identity():
            return ()
        case Scale(_, arg):
            return _generators(arg)
        case Add() | Neg() | MatMul() | Operation(name="expm" | "inv" | "matpow"):
            parts = [_generators(child) for child in children(matrix)]
            found = [part for part in parts if part is not None]
            return tuple(chain(*found)) if len(found) == len(parts) else None
    return None


def repeated_entry(term: Term) -> Terms | None:
    """Squares of entries that are 0 or 1, of unit vectors, and one-hot products."""
    for place, factor in enumerate(term.factors):
        base, power = _power(factor)
        if base is None:
            continue
        symbol, indices = base
        has = symbol.properties
        if power > 1 and ("binary" in has or "one_hot" in has):
            return splice(term, place, single(Entry(symbol, indices)))
        if power == 2 and "unit" in has and _is_alone(term, place, indices):
            bound = tuple(b for b in term.bound if b not in indices)
            return splice(replace(term, bound=bound), place, (Term(),))
        for other in range(place + 1, len(term.factors)):
            parts = _pair(term, place, other)
            if parts is not None:
                return parts
    return None


def _power(
    factor: Factor,
) -> tuple[tuple[Symbol, tuple[Index, ...]] | None, Fraction]:
    match factor:
        case Raise(base=(Term(coefficient=1, factors=(inner,), bound=()),), exponent=e):
            return own(inner), e
    return own(factor), ONE


def _is_alone(term: Term, place: int, indices: tuple[Index, ...]) -> bool:
    return all(i in term.bound and _places(term, i) == [place] for i in indices)


def _pair(term: Term, place: int, other: int) -> Terms | None:
    left, right = own(term.factors[place]), own(term.factors[other])
    if left is None or right is None or left[0] != right[0]:
        return None
    (symbol, a), (_, b) = left, right
    has = symbol.properties
    rest = tuple(f for n, f in enumerate(term.factors) if n != other)
    shorter = replace(term, factors=rest)
    if "one_hot" in has:
        parts = single(Entry(symbol, a)) if a == b else _one_hot(symbol, a, b)
        return splice(shorter, place, parts)
    if "binary" in has and a == b:
        return (shorter,)
    if "unit" in has and a == b and a[0] in term.bound:
        alone = sorted(_places(term, a[0])) == [place, other]
        if alone:
            bound = tuple(i for i in term.bound if i != a[0])
            return splice(replace(shorter, bound=bound), place, (Term(),))
    return None


def _one_hot(symbol: Symbol, a: tuple[Index, ...], b: tuple[Index, ...]) -> Terms:
    return (Term(ONE, (Delta(a[0], b[0]), Entry(symbol, a))),)


def total_one(term: Term) -> Terms | None:
    """The entries of one-hot and probability vectors add up to 1."""
    for place, factor in enumerate(term.factors):
        found = own(factor)
        if found is None or len(found[1]) != 1:
            continue
        symbol, (index,) = found
        if not {"one_hot", "probability"} & set(symbol.properties):
            continue
        if _is_alone(term, place, (index,)):
            bound = tuple(b for b in term.bound if b != index)
            return splice(replace(term, bound=bound), place, (Term(),))
    return None


Relation = Callable[[Term], Terms | None]
PROPERTIES: tuple[Relation, ...] = (
    special_entry,
    product_relation,
    exponential_relation,
    commuting_relation,
    repeated_entry,
    total_one,
)
