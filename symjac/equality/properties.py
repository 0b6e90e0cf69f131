r"""What declared properties say about the factors of one term, as rows.

Behind them inverses, determinants and log-determinants of compound matrices: rows on
matrix forms, used only where two forms are compared.

Code is what holds for arrays of any order (zero), changes the symbol (scalar multiples,
skew matrices), or puts the factors of longer products in order (matrices that commute).
Symmetry is told by the order of an entry's indices in its key.
Source: Horn and Johnson, Matrix Analysis, 0.9 and 2.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache, partial, reduce
from itertools import chain

from symjac.equality.identities import PRODUCTS, Identity, distinct
from symjac.language.meaning import definition
from symjac.library.properties import COMMUTES, SYMMETRY
from symjac.library.properties import PROPERTIES as DECLARED
from symjac.library.properties import SCALAR as NUMBER
from symjac.rewrite.match import build, fits, replaced
from symjac.rewrite.rule import Context
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR

_relation = partial(Identity, source="Horn and Johnson, Matrix Analysis, 0.3 and 0.8")
_A, _AB, _CA = "A: (n, n)", "A, B: (n, n)", "A: (n, n); c: ()"
_V, _Q, _E = "v: (n)", "Q: (n, n) orthogonal", "E: (n, n) identity"
RELATIONS = (
    _relation("inverse of a product", "inv(A @ B)", "inv(B) @ inv(A)", _AB),
    _relation("inverse of a transpose", "inv(A.T)", "inv(A).T", _A),
    _relation("inverse of the identity", "inv(eye(n))", "eye(n)", _A),
    _relation("inverse of the identity", "inv(E)", "E", _E),
    _relation("inverse of a negative", "inv(-A)", "-inv(A)", _A),
    _relation("inverse of a multiple", "inv(c * A)", "inv(A) / c", _CA),
    _relation("inverse of a multiple", "inv(A / c)", "c * inv(A)", _CA),
    _relation("inverse of a diagonal matrix", "inv(diag(v))", "diag(1 / v)", _V),
    _relation("inverse of an inverse", "inv(inv(A))", "A", _A),
    _relation("inverse of an exponential", "inv(expm(A))", "expm(-A)", _A),
    _relation(
        "inverse of a Kronecker product",
        "inv(kron(A, B))",
        "kron(inv(A), inv(B))",
        "A: (n, n); B: (m, m)",
    ),
    _relation("inverse of an orthogonal matrix", "inv(Q)", "Q.T", _Q),
    _relation("determinant of a product", "det(A @ B)", "det(A) * det(B)", _AB),
    _relation("determinant of a transpose", "det(A.T)", "det(A)", _A),
    _relation("determinant of the identity", "det(eye(n))", "1", _A),
    _relation("determinant of a diagonal matrix", "det(diag(v))", "prod(v)", _V),
    _relation("determinant of an inverse", "det(inv(A))", "1 / det(A)", _A),
    _relation("determinant of an exponential", "det(expm(A))", "exp(tr(A))", _A),
    _relation(
        "log-determinant of a product", "logdet(A @ B)", "logdet(A) + logdet(B)", _AB
    ),
    _relation("log-determinant of a transpose", "logdet(A.T)", "logdet(A)", _A),
    _relation("log-determinant of a negative", "logdet(-A)", "logdet(A)", _A),
    _relation("log-determinant of the identity", "logdet(eye(n))", "0", _A),
    _relation(
        "log-determinant of a multiple",
        "logdet(c * A)",
        "dim(n) * log(abs(c)) + logdet(A)",
        _CA,
    ),
    _relation(
        "log-determinant of a diagonal matrix",
        "logdet(diag(v))",
        "sum(log(abs(v)))",
        _V,
    ),
    _relation("log-determinant of an inverse", "logdet(inv(A))", "-logdet(A)", _A),
    _relation("log-determinant of an exponential", "logdet(expm(A))", "tr(A)", _A),
    _relation("log-determinant of an orthogonal matrix", "logdet(Q)", "0", _Q),
)
NAMES = frozenset(row.left.partition("(")[0] for row in RELATIONS)


@cache
def _relations(name: str, kind: str) -> tuple[Identity, ...]:
    """The rows of an operation on one kind of node."""
    of_name = (row for row in RELATIONS if row.left.startswith(f"{name}("))
    sides = ((row, m.children(row.formulas.reference)[0]) for row in of_name)
    return tuple(row for row, arg in sides if type(arg).__name__ == kind)


def simpler(node: m.Operation) -> m.MatrixExpr | None:
    """An operation on a compound matrix by those on its parts; others by their meaning.

    Powers are products.
    """
    match node:
        case m.Operation("matpow"):
            return matpow(node)
        case m.Operation(name) if name not in NAMES:
            return definition(node) if node.row.is_defined else None
        case m.Operation(name, (m.Operation("matpow") as power,)):
            return m.operation(name, matpow(power))
    for row in _relations(node.name, type(node.args[0]).__name__):
        if (found := fits(row.formulas.reference, node)) is not None:
            return build(row.formulas.answer, found)
    return None


def matpow(node: m.Operation) -> m.MatrixExpr:
    """A repeated product; of the inverse for a negative exponent."""
    (arg,) = node.args
    (exponent,) = node.parameters
    assert isinstance(exponent, int)
    factor = arg if exponent > 0 else m.operation("inv", arg)
    factors = (factor,) * abs(exponent) or (m.Identity(arg.shape.dims[0]),)
    return reduce(m.MatMul, factors)


HALF = Fraction(1, 2)


def keys(term: ix.Term) -> set[str]:
    """What may make a row apply: declared properties, names of functions."""
    found: set[str] = set()
    for factor in term.factors:
        match _base(factor):
            case ix.Entry(m.Symbol(properties=words)):
                found.update(word.partition(" ")[0] for word in words)
            case ix.Entry(m.Operation(name=name)):
                found.add(name)
            case ix.Apply(function=function):
                found.add(function.name)
    return found


def _base(factor: ix.Factor) -> ix.Factor:
    """What a power is of."""
    match factor:
        case ix.Power((ix.Term(1, (inner,), ()),)):
            return inner
    return factor


def zero(term: ix.Term, context: Context) -> ix.Terms | None:
    """An entry of zero."""
    return () if any("zero" in _properties(factor) for factor in term.factors) else None


def scalar(term: ix.Term, context: Context) -> ix.Terms | None:
    """A multiple of the identity: the number is a symbol of its name."""
    for place, factor in enumerate(term.factors):
        match factor:
            case ix.Entry(m.Symbol(name, _, time, has), (row, column)) if (
                "scalar" in has
            ):
                multiple = ix.Entry(m.Symbol(name, SCALAR, time), ())
                return ix.splice(
                    term, place, (ix.Term(ix.ONE, (multiple, ix.Delta(row, column))),)
                )
    return None


def skew(term: ix.Term, context: Context) -> ix.Terms | None:
    """Half the difference of an entry and its mirror image, of a plain symbol."""
    for place, factor in enumerate(term.factors):
        match factor:
            case ix.Entry(m.Symbol(properties=has) as matrix, (row, column)) if (
                "skew" in has
            ):
                plain = replace(matrix, properties=tuple(p for p in has if p != "skew"))
                pair = (ix.Entry(plain, (row, column)), ix.Entry(plain, (column, row)))
                halves = (ix.Term(HALF, pair[:1]), ix.Term(-HALF, pair[1:]))
                return ix.splice(term, place, halves)
    return None


def _properties(factor: ix.Factor) -> tuple[str, ...]:
    match factor:
        case ix.Entry(m.Symbol(properties=has)):
            return has
    return ()


def _places(term: ix.Term, index: ix.Index) -> list[int]:
    return [i for i, f in enumerate(term.factors) if index in ix.factor_indices(f)]


def _pairs(term: ix.Term) -> Iterator[tuple[ix.Index, int, int]]:
    """Bound indices that exactly two factors share."""
    for index in term.bound:
        places = _places(term, index)
        if len(places) == 2:
            yield index, places[0], places[1]


Square = tuple[m.MatrixExpr, tuple[ix.Index, ...]]


def _products(term: ix.Term) -> Iterator[tuple[ix.Index, int, int, Square, Square]]:
    """Products of two square matrices over a bound index, the left one first."""
    for index, first, second in _pairs(term):
        left, right = _square(term.factors[first]), _square(term.factors[second])
        if left is None or right is None:
            continue
        if left[1][0] == index and right[1][1] == index:
            left, right = right, left
        (row, before), (behind, column) = left[1], right[1]
        if before == index == behind and index not in (row, column):
            yield index, first, second, left, right


def exponentials(term: ix.Term, context: Context) -> ix.Terms | None:
    """expm(A) expm(B) = expm(A + B) where A and B commute."""
    for index, first, second, (one, a), (two, b) in _products(term):
        match one, two:
            case m.Operation("expm", (left,)), m.Operation("expm", (right,)) if commute(
                one, two
            ):
                total = m.Operation("expm", (m.Add((left, right)),))
                merged = ix.single(ix.Entry(total, (a[0], b[1])))
                return replaced(term, (first, second), (index,), merged)
    return None


def commuting(term: ix.Term, context: Context) -> ix.Terms | None:
    """A product of two commuting matrices, in the order of their names."""
    for index, first, second, (one, a), (two, b) in _products(term):
        if _name(one) <= _name(two) or not commute(one, two):
            continue
        cycle = _cycle(term, first)
        if cycle and not _has_anchor(term, cycle):
            return _sorted_trace(term, cycle)
        swapped = (ix.Entry(two, (a[0], index)), ix.Entry(one, (index, b[1])))
        factors = [f for n, f in enumerate(term.factors) if n not in (first, second)]
        return (replace(term, factors=(*factors, *swapped)),)
    return None


def _cycle(term: ix.Term, first: int) -> list[int]:
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


def _has_anchor(term: ix.Term, cycle: list[int]) -> bool:
    """Whether some matrix of a trace commutes with none of the others."""
    squares = [s for n in cycle if (s := _square(term.factors[n])) is not None]
    matrices = [matrix for matrix, _ in squares]
    return any(
        all(one == two or not commute(one, two) for two in matrices) for one in matrices
    )


def _sorted_trace(term: ix.Term, cycle: list[int]) -> ix.Terms | None:
    """The trace of matrices that all commute, in the order of their names."""
    squares = [s for n in cycle if (s := _square(term.factors[n])) is not None]
    matrices = [matrix for matrix, _ in squares]
    if not all(commute(one, two) for one in matrices for two in matrices):
        return None
    ordered = sorted(matrices, key=_name)
    turns = [matrices[n:] + matrices[:n] for n in range(len(matrices))]
    if ordered in turns:
        return None
    new = [ix.Entry(m, at) for m, (_, at) in zip(ordered, squares, strict=True)]
    factors = [f for n, f in enumerate(term.factors) if n not in cycle]
    return (replace(term, factors=(*factors, *new)),)


def _square(factor: ix.Factor) -> Square | None:
    """An entry of a symbol or of a matrix exponential."""
    match factor:
        case ix.Entry(m.Operation("expm", (arg,)), (row, column)) if _is_turned(arg):
            return m.Operation("expm", (m.transpose(arg),)), (column, row)
        case ix.Entry(m.Symbol() | m.Operation(name="expm") as matrix, (row, column)):
            return matrix, (row, column)
    return None


def _is_turned(arg: m.MatrixExpr) -> bool:
    """Whether a matrix is simpler as the transpose of another."""
    before, after = (
        sum(isinstance(node, m.Transpose) for node in m.walk(expr))
        for expr in (arg, m.transpose(arg))
    )
    return after < before


def _name(matrix: m.MatrixExpr) -> tuple[bool, str]:
    if isinstance(matrix, m.Symbol):
        return False, matrix.name
    return True, " ".join(str(symbol) for symbol in m.symbols(matrix))


def commute(one: m.MatrixExpr, two: m.MatrixExpr) -> bool:
    """Whether two matrices are polynomials, or exponentials, of some that commute."""
    left, right = _generators(one), _generators(two)
    if left is None or right is None:
        return False
    return all(a == b or _is_declared(a, b) for a in left for b in right)


def _is_declared(one: m.Symbol, two: m.Symbol) -> bool:
    """Whether two symbols are declared to commute: at one step, if both have one."""
    words = (
        COMMUTES + two.name in one.properties,
        COMMUTES + one.name in two.properties,
    )
    return any(words) and (one.time is None or two.time is None or one.time == two.time)


def _generators(matrix: m.MatrixExpr) -> tuple[m.Symbol, ...] | None:
    """The matrices of which this is made by sums, products and exponentials."""
    match matrix:
        case m.Symbol():
            return (matrix,)
        case m.Identity():
            return ()
        case m.Scale(_, arg):
            return _generators(arg)
        case (
            m.Add() | m.Neg() | m.MatMul() | m.Operation(name="expm" | "inv" | "matpow")
        ):
            parts = [_generators(child) for child in m.children(matrix)]
            found = [part for part in parts if part is not None]
            return tuple(chain(*found)) if len(found) == len(parts) else None
    return None


_row = partial(Identity, source="Horn and Johnson, Matrix Analysis, 0.9 and 2.1")
_TIE = "matrices that commute"
_PAIR = "A: (n, n); B: (n, n) commutes with A"
FAMILIES = {"zero": zero, "scalar": scalar, "skew": skew}
PROPERTIES = (
    *(
        _row(row.name, left, right, f"{takes} {row.name}", family=family, where=where)
        for row in DECLARED.values()
        for family in (FAMILIES.get(row.name),)
        for left, right in (relation.split(" = ") for relation in row.relations)
        for where in (distinct if "diag(" in right else None,)
        for takes in row.takes
        if f"{left} = {right}" != SYMMETRY and takes != NUMBER
    ),
    _row("orthogonal rows", "Q @ Q.T", "eye(n)", "Q: (n, n) orthogonal"),
    _row(_TIE, "expm(A) @ expm(B)", "expm(A + B)", _PAIR, family=exponentials),
    _row(_TIE, "expm(A) @ A", "A @ expm(A)", "A: (n, n)", family=commuting),
    _row(_TIE, "B @ A", "A @ B", _PAIR, family=commuting),
    _row("one entry is not 0", "y @ y.T", "diag(y)", "y: (n) one_hot", where=distinct),
)


def _key(row: Identity) -> str:
    """A function that occurs on the left; else the property of the last symbol."""
    name = row.left.partition("(")[0]
    word = row.declared.rpartition(")")[2].partition(" with")[0]
    return name if name in ("expm", "step", "cos") else word.strip()


WHOLE = tuple((_key(row), row) for row in (*PROPERTIES, *PRODUCTS))
