r"""What declared properties say about the factors of one term, as rows.

Behind them inverses, determinants and log-determinants of compound matrices: rows on
matrix forms, used only where two forms are compared.

Code is what holds for arrays of any order (zero), changes the symbol (scalar multiples,
skew matrices), or puts the factors of longer products in order (matrices that commute).
Symmetry is told by the order of an entry's indices in its key.
Source: Horn and Johnson, Matrix Analysis, 0.9 and 2.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache, partial, reduce
from itertools import chain, product

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
_UV, _K = "u, v: (n)", "K: (n, n) positive_definite"
_M, _R = "A: (n, m)", "Q: (n, m) orthonormal_columns"
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
    _relation("pseudoinverse of a transpose", "pinv(A.T)", "pinv(A).T", _M),
    _relation("pseudoinverse of a negative", "pinv(-A)", "-pinv(A)", _M),
    _relation(
        "pseudoinverse of a multiple", "pinv(c * A)", "pinv(A) / c", f"{_M}; c: ()"
    ),
    _relation("pseudoinverse of a pseudoinverse", "pinv(pinv(A))", "A", _M),
    _relation("pseudoinverse of orthonormal columns", "pinv(Q)", "Q.T", _R),
    _relation("pseudoinverse of an orthogonal matrix", "pinv(Q)", "Q.T", _Q),
    _relation(
        "pseudoinverse of what is invertible", "pinv(A)", "inv(A)", f"{_A} invertible"
    ),
    _relation("exponential of a logarithm", "expm(logm(K))", "K", _K),
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
_SQUARES, _INVERSE = "(tr(A)**2 - tr(A @ A)) / 2", "1 + v.T @ inv(A) @ u"
_CUBES = "(tr(A)**3 - 3 * tr(A) * tr(A @ A) + 2 * tr(A @ A @ A)) / 6"
_LEMMA, _TWO = f"{_A}; {_UV}", "A: (2, 2)"
LATE = (  # only where nothing else helps: they make sums of products
    _relation("determinant lemma", "det(eye(n) + u @ v.T)", "1 + v.T @ u", _UV),
    _relation(
        "determinant lemma", "det(A + u @ v.T)", f"det(A) * ({_INVERSE})", _LEMMA
    ),
    _relation(
        "determinant lemma",
        "logdet(A + u @ v.T)",
        f"logdet(A) + log(abs({_INVERSE}))",
        _LEMMA,
    ),
    _relation("determinant of order 2", "det(A)", _SQUARES, _TWO),
    _relation(
        "determinant of order 3",
        "det(A)",
        _CUBES,
        "A: (3, 3)",
    ),
    _relation(
        "inverse of order 2", "inv(A)", f"(tr(A) * eye(2) - A) / ({_SQUARES})", _TWO
    ),
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
        case m.Operation("tril", (arg,)) if not isinstance(arg, m.Constant):
            ones = m.Constant(Fraction(1), arg.shape)
            return m.Hadamard(m.operation("tril", ones), arg)
        case m.Operation(name) if name not in NAMES:
            return definition(node) if node.row.is_defined else None
        case m.Operation(name, (m.Operation("matpow") as power,)):
            return m.operation(name, matpow(power))
    for row in _relations(node.name, type(node.args[0]).__name__):
        if (found := fits(row.formulas.reference, node)) is not None:
            return build(row.formulas.answer, found)
    return None


def lately(node: m.Operation) -> m.MatrixExpr | None:
    """An operation by a row that lengthens forms; a sum in either order."""
    args = [node.args[0]] if node.args else []
    match args:
        case [m.Add((one, two))]:
            args.append(m.Add((two, one)))
    for row, arg in product(LATE, args):
        turned = replace(node, args=(arg,))
        if (found := fits(row.formulas.reference, turned)) is not None:
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


def triangle(term: ix.Term, context: Context) -> ix.Terms | None:
    """Entries of a triangle of ones are 0 or 1; on the diagonal they are 1."""
    seen: set[ix.Factor] = set()
    for place, factor in enumerate(term.factors):
        is_divided = isinstance(factor, ix.Power) and factor.exponent < 0
        match entry := factor if is_divided else _base(factor):
            case ix.Entry(m.Operation("tril", (m.Constant(),)), (row, column)):
                rest = term.factors[:place] + term.factors[place + 1 :]
                if row == column or entry in seen:
                    return (replace(term, factors=rest),)
                if entry != factor:
                    return (replace(term, factors=(*rest, entry)),)
                seen.add(entry)
    return None


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
        if (left[1][0] == index) == (right[1][0] == index):
            left, right = _turned(left, right)
        if left[1][0] == index and right[1][1] == index:
            left, right = right, left
        (row, before), (behind, column) = left[1], right[1]
        if before == index == behind and index not in (row, column):
            yield index, first, second, left, right


def _turned(left: Square, right: Square) -> tuple[Square, Square]:
    """expm(S) of a skew S is the transpose of expm(-S): one of two the other way."""
    for one, other, is_left in ((right, left, False), (left, right, True)):
        match one:
            case m.Operation("expm", (arg,)), (row, column) if is_skew(arg):
                turned = m.Operation("expm", (m.Neg(arg),)), (column, row)
                return (turned, other) if is_left else (other, turned)
    return left, right


def is_skew(expr: m.MatrixExpr) -> bool:
    """Whether a matrix is seen to be minus its transpose."""
    match expr:
        case m.Symbol(properties=has):
            return "skew" in has
        case m.Neg(arg) | m.Scale(_, arg):
            return is_skew(arg)
        case m.Add((one, m.Neg(two))) if two == m.transpose(one):
            return True
        case m.Add(terms):
            return all(map(is_skew, terms))
    return False


def exponentials(term: ix.Term, context: Context) -> ix.Terms | None:
    """expm(A) expm(B) = expm(A + B) where A and B commute."""
    for index, first, second, (one, a), (two, b) in _products(term):
        match one, two:
            case m.Operation("expm", (left,)), m.Operation("expm", (right,)) if (
                m.Neg(left) == right or m.Neg(right) == left or commute(one, two)
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
    _row("orthogonal", "det(Q) * det(Q)", "1", "Q: (n, n) orthogonal"),
    *(
        _row("Moore-Penrose inverse", left, right, "A: (n, m)", source="Penrose (1955)")
        for left, right in (
            ("A @ pinv(A) @ A", "A"),
            ("pinv(A) @ A @ pinv(A)", "pinv(A)"),
            ("A.T @ A @ pinv(A)", "A.T"),
            ("pinv(A) @ A @ A.T", "A.T"),
        )
    ),
    _row("sqrtm", "sqrtm(K) @ sqrtm(K)", "K", "K: (n, n) positive_definite"),
    *(
        _row("triangle of ones", left, right, "X: (n, n)", family=triangle)
        for left, right in (
            ("tril(ones(n, n)) * tril(ones(n, n))", "tril(ones(n, n))"),
            ("diagonal(tril(ones(n, n)))", "ones(n)"),
        )
    ),
)


KEYED = frozenset("expm step cos det pinv sqrtm tril".split())


def _key(row: Identity) -> str:
    """A function that occurs on the left; else the property of the last symbol."""
    word = row.declared.rpartition(")")[2].partition(" with")[0]
    calls = re.findall(r"(\w+)\(", row.left)
    named = [name for name in calls if name in KEYED]
    return named[0] if named else word.strip()


_CAYLEY = partial(_row, where=distinct)
LATE_PRODUCTS = (
    _CAYLEY("Cayley and Hamilton", "A @ A", f"tr(A) * A - {_SQUARES} * eye(2)", _TWO),
    _CAYLEY(
        "Cayley and Hamilton",
        "A @ A @ A",
        f"tr(A) * A @ A - {_SQUARES} * A + {_CUBES} * eye(3)",
        "A: (3, 3)",
    ),
)
LATELY = (*LATE, *LATE_PRODUCTS)
WHOLE = tuple((_key(row), row) for row in (*PROPERTIES, *PRODUCTS))
