r"""Vec form: a derivative of order 3 or 4 as one matrix, with Kronecker products.

    A_{r1 c1} B_{r2 c2} = (A kron B)_{(r1 r2),(c1 c2)}
    A_{r1 c2} B_{r2 c1} = ((A kron B) K)_{(r1 r2),(c1 c2)}        K commutation matrix
    M_{r2 r1} N_{c2 c1} = (vec(M) vec(N)^T)_{(r1 r2),(c1 c2)}
    M_{r2 r1} d_{r1 c1} d_{r2 c2} = diag(vec(M))_{(r1 r2),(c1 c2)}

Before: a term whose bound indices are reduced. An index pair over a product of
dimensions counts its first index slowest: for vec(Y) that is the column.
Source: Magnus and Neudecker, ch. 2 and 3; Henderson and Searle (1981).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from symjac.calculus.reduce import hadamard, scaled
from symjac.errors import LiftError
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.operations import times
from symjac.terms.shape import column

Indices = tuple[ix.Index, ...]
NO_FORM = "this index form has no matrix form with Kronecker products"


@dataclass(slots=True)
class Pieces:
    """The factors of one term by the indices that they connect."""

    scalar: m.MatrixExpr | None
    vectors: dict[ix.Index, m.MatrixExpr]
    edges: list[tuple[ix.Index, ix.Index, m.MatrixExpr]]


def pieces(term: ix.Term) -> Pieces:
    """Sort a reduced term's factors.

    Raises:
        LiftError: a factor that is no scalar, vector or matrix is left.
    """
    found = Pieces(None, {}, [])
    for factor in term.factors:
        left, right, expr = _edge(factor)
        if right is not None and left is not None:
            found.edges.append((left, right, expr))
        elif left is not None:
            before = found.vectors.get(left)
            found.vectors[left] = expr if before is None else hadamard(before, expr)
        else:
            known = found.scalar
            found.scalar = expr if known is None else hadamard(known, expr)
    if term.bound:
        raise LiftError(NO_FORM)
    return found


def _edge(factor: ix.Factor) -> tuple[ix.Index | None, ix.Index | None, m.MatrixExpr]:
    match factor:
        case ix.Delta(left, right):
            return left, right, m.Identity(left.dim)
        case ix.Entry(matrix, ()):
            return None, None, matrix
        case ix.Entry(matrix, (one,)):
            return one, None, matrix
        case ix.Entry(matrix, (one, two)) if one != two and matrix.shape.order == 2:
            return one, two, matrix
    raise LiftError(NO_FORM)


def kronecker(term: ix.Term, rows: Indices, columns: Indices) -> m.MatrixExpr:
    """The matrix of one reduced term, its number apart.

    Args:
        rows, columns: one or two free indices each, the slowest first.

    Raises:
        LiftError: the term has no such form.
    """
    found = pieces(term)
    if not rows or not columns:
        inner = _single(found, rows or columns)
        return inner if found.scalar is None else scaled(found.scalar, inner)
    before = _take_pair(found, rows)
    behind = _take_pair(found, columns)
    if not _crossing(found, rows, columns):
        inner = _outer(found, rows, columns, before, behind)
    else:
        inner = _kron(found, rows, columns)
        if before is not None:
            left = m.Diag(before)
            inner = left if _is_identity(inner) else m.product(left, inner)
        if behind is not None:
            inner = m.product(inner, m.Diag(behind))
    return inner if found.scalar is None else scaled(found.scalar, inner)


def _single(found: Pieces, pair: Indices) -> m.MatrixExpr:
    """A vector over one index pair."""
    whole = _take_pair(found, pair)
    vectors = [_vector(found, index) for index in pair if index in found.vectors]
    if found.edges or (whole is not None and vectors):
        raise LiftError(NO_FORM)
    return whole if whole is not None else _stacked(found, pair, vectors)


def _crossing(found: Pieces, rows: Indices, columns: Indices) -> bool:
    return any({a, b} & {*rows} and {a, b} & {*columns} for a, b, _ in found.edges)


def _take_pair(found: Pieces, pair: Indices) -> m.MatrixExpr | None:
    """Vec of the matrices that connect the two indices of one pair."""
    if len(pair) != 2:
        return None
    slow, fast = pair
    whole: m.MatrixExpr | None = None
    for edge in [e for e in found.edges if {e[0], e[1]} == {slow, fast}]:
        found.edges.remove(edge)
        matrix = edge[2] if edge[0] == fast else m.transpose(edge[2])
        whole = matrix if whole is None else hadamard(whole, matrix)
    return None if whole is None else m.Operation("vec", (whole,))


def _vector(found: Pieces, index: ix.Index) -> m.MatrixExpr:
    return found.vectors.pop(index, m.Constant(ix.ONE, column(index.dim)))


def _outer(
    found: Pieces,
    rows: Indices,
    columns: Indices,
    before: m.MatrixExpr | None,
    behind: m.MatrixExpr | None,
) -> m.MatrixExpr:
    """Rows and columns share no factor: an outer product."""
    sides = []
    for pair, whole in ((rows, before), (columns, behind)):
        vectors = [_vector(found, index) for index in pair if index in found.vectors]
        if whole is not None and vectors:
            raise LiftError(NO_FORM)
        sides.append(whole if whole is not None else _stacked(found, pair, vectors))
    if found.edges or found.vectors:
        raise LiftError(NO_FORM)
    left, right = sides
    return m.product(left, m.transpose(right))


def _stacked(found: Pieces, pair: Indices, vectors: list[m.MatrixExpr]) -> m.MatrixExpr:
    """The vector over an index pair from one over each index."""
    if len(vectors) != len(pair):
        raise LiftError(NO_FORM)
    if len(vectors) == 1:
        return vectors[0]
    return m.Operation("kron", tuple(vectors))


def _kron(found: Pieces, rows: Indices, columns: Indices) -> m.MatrixExpr:
    """A Kronecker product, with the commutation matrix where the indices cross."""
    straight = _operands(found, rows, columns)
    if straight is not None:
        return _combined(straight)
    crossed = _operands(found, rows, columns[::-1])
    if crossed is None or len(columns) != 2:
        raise LiftError(NO_FORM)
    slow, fast = columns
    turn = m.Operation("commutation", (), (fast.dim, slow.dim))
    whole = _combined(crossed)
    return turn if _is_identity(whole) else m.product(whole, turn)


def _operands(
    found: Pieces, rows: Indices, columns: Indices
) -> list[m.MatrixExpr] | None:
    """The left and the right operand, one for each place of the index pairs."""
    count = max(len(rows), len(columns))
    if len(rows) == len(columns):
        slots: list[tuple[Indices, Indices]] = [
            ((r,), (c,)) for r, c in zip(rows, columns, strict=True)
        ]
        return _fill(found, slots)
    for place in range(count):  # one index against a pair
        several = columns if len(columns) == 2 else rows
        single = rows if len(columns) == 2 else columns
        own: list[tuple[Indices, Indices]] = []
        for n, index in enumerate(several):
            pair = (index,)
            other = single if n == place else ()
            own.append((other, pair) if len(columns) == 2 else (pair, other))
        filled = _fill(found, own)
        if filled is not None:
            return filled
    return None


def _fill(
    found: Pieces, slots: list[tuple[Indices, Indices]]
) -> list[m.MatrixExpr] | None:
    edges, vectors = list(found.edges), dict(found.vectors)
    operands = []
    for row, across in slots:
        operand = _operand(edges, vectors, row, across)
        if operand is None:
            return None
        operands.append(operand)
    return None if edges or vectors else operands


def _operand(
    edges: list[tuple[ix.Index, ix.Index, m.MatrixExpr]],
    vectors: dict[ix.Index, m.MatrixExpr],
    row: Indices,
    across: Indices,
) -> m.MatrixExpr | None:
    if not row or not across:
        (index,) = (*row, *across)
        vector = vectors.pop(index, m.Constant(ix.ONE, column(index.dim)))
        return vector if row else m.transpose(vector)
    own = [e for e in edges if {e[0], e[1]} == {row[0], across[0]}]
    if not own:
        left, right = (
            vectors.pop(i, m.Constant(ix.ONE, column(i.dim)))
            for i in (row[0], across[0])
        )
        return m.product(left, m.transpose(right))
    whole: m.MatrixExpr | None = None
    for edge in own:
        edges.remove(edge)
        matrix = edge[2] if edge[0] == row[0] else m.transpose(edge[2])
        whole = matrix if whole is None else hadamard(whole, matrix)
    assert whole is not None
    if row[0] in vectors:
        whole = m.product(m.Diag(vectors.pop(row[0])), whole)
    if across[0] in vectors:
        whole = m.product(whole, m.Diag(vectors.pop(across[0])))
    return whole


def _combined(operands: list[m.MatrixExpr]) -> m.MatrixExpr:
    """The Kronecker product of one operand and more: it is associative."""
    return reduce(_pair, operands)


def _pair(left: m.MatrixExpr, right: m.MatrixExpr) -> m.MatrixExpr:
    if isinstance(left, m.Identity) and isinstance(right, m.Identity):
        return m.Identity(times(left.dim, right.dim))
    return m.Operation("kron", (left, right))


def _is_identity(expr: m.MatrixExpr) -> bool:
    return isinstance(expr, m.Identity)
