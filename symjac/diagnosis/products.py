"""Slips in products: transposes, the order of factors, factors lost or too many."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial, reduce
from itertools import combinations, permutations

from symjac.diagnosis.edit import Change, run_of, same
from symjac.diagnosis.material import Parts
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Kind


def taken_apart(
    expr: m.MatrixExpr,
) -> tuple[tuple[m.MatrixExpr, ...], tuple[m.MatrixExpr, ...]]:
    """Scalars and matrix factors of a product, in order; a sign counts as -1."""
    scalars: list[m.MatrixExpr] = []
    matrices: list[m.MatrixExpr] = []
    todo = [expr]
    while todo:
        match todo.pop():
            case m.MatMul(left, right):
                todo += [right, left]
            case m.Scale(scalar, arg):
                scalars.append(scalar)
                todo.append(arg)
            case m.Neg(arg):
                scalars.append(m.Constant(Fraction(-1), SCALAR))
                todo.append(arg)
            case other:
                matrices.append(other)
    return tuple(scalars), tuple(matrices)


def joined(
    scalars: tuple[m.MatrixExpr, ...], matrices: tuple[m.MatrixExpr, ...]
) -> m.MatrixExpr:
    """A product of scalars and matrix factors.

    Raises:
        ShapeError: neighbors do not fit.
    """
    whole = reduce(m.MatMul, matrices)
    first = matrices[0]
    for scalar in reversed(scalars):
        is_minus = scalar == m.Constant(Fraction(-1), SCALAR)
        first = m.Neg(first) if is_minus else m.Scale(scalar, first)
    return reduce(m.MatMul, (first, *matrices[1:])) if scalars else whole


def _chain(node: m.MatrixExpr, parent: m.MatrixExpr | None) -> bool:
    """Whether a node is a whole matrix product, not part of one."""
    if isinstance(parent, m.MatMul | m.Scale | m.Neg) and not (
        isinstance(parent, m.Scale) and parent.scalar is node
    ):
        return False
    return len(taken_apart(node)[1]) > 1


def transposes(
    node: m.MatrixExpr, parent: m.MatrixExpr | None, _: Parts
) -> Iterator[Change]:
    """A transpose dropped or added."""
    if isinstance(node, m.Transpose):
        yield "drop_transpose", (node.arg,), partial(same, node.arg)
    elif _has_transpose(node) and not isinstance(parent, m.Transpose):
        yield "transpose", (node,), partial(m.transpose, node)


def _has_transpose(node: m.MatrixExpr) -> bool:
    if node.shape.order == 0 or isinstance(node, m.Identity | m.Diag | m.Constant):
        return False
    return not (isinstance(node, m.Symbol) and node.symmetric)


def orders(
    node: m.MatrixExpr, parent: m.MatrixExpr | None, _: Parts
) -> Iterator[Change]:
    """Factors swapped, moved, reversed; parts of a product transposed."""
    if not _chain(node, parent):
        return
    scalars, parts = taken_apart(node)
    count = len(parts)
    for i, j in combinations(range(count), 2):
        new = list(parts)
        new[i], new[j] = new[j], new[i]
        yield "swap", (parts[i], parts[j]), partial(joined, scalars, tuple(new))
    yield "reverse", (), partial(joined, scalars, parts[::-1])
    for i, j in permutations(range(count), 2):
        rest = parts[:i] + parts[i + 1 :]
        new = [*rest[:j], parts[i], *rest[j:]]
        kind = "move" if j else "move_front"
        behind = (parts[i], rest[j - 1]) if j else (parts[i],)
        yield kind, behind, partial(joined, scalars, tuple(new))
    for i, j in combinations(range(count + 1), 2):
        if 1 < j - i < count:
            yield (
                "transpose",
                (run_of(parts[i:j]),),
                partial(_turn, scalars, parts, i, j),
            )


def _turn(
    scalars: tuple[m.MatrixExpr, ...], parts: tuple[m.MatrixExpr, ...], i: int, j: int
) -> m.MatrixExpr:
    """A product with the factors from i to j transposed together."""
    turned = m.transpose(reduce(m.MatMul, parts[i:j]))
    return joined(scalars, (*parts[:i], *taken_apart(turned)[1], *parts[j:]))


def fewer_factors(
    node: m.MatrixExpr, parent: m.MatrixExpr | None, _: Parts
) -> Iterator[Change]:
    """A factor or a divisor dropped."""
    if _chain(node, parent):
        scalars, parts = taken_apart(node)
        for i, part in enumerate(parts):
            rest = parts[:i] + parts[i + 1 :]
            yield "drop_factor", (part,), partial(joined, scalars, rest)
    match node:
        case m.Hadamard(left, right):
            yield "drop_factor", (left,), partial(same, right)
            yield "drop_factor", (right,), partial(same, left)
        case m.Scale(scalar, arg):
            yield "drop_factor", (scalar,), partial(same, arg)
        case m.Quotient(above, below):
            yield "drop_divisor", (below,), partial(same, above)


def more_factors(
    node: m.MatrixExpr, parent: m.MatrixExpr | None, material: Parts
) -> Iterator[Change]:
    """A factor of the derivative added: between others, elementwise, or a scalar."""
    is_part = isinstance(parent, m.MatMul | m.Scale | m.Neg | m.Transpose)
    if is_part or isinstance(node, m.Constant):
        return
    scalars, parts = taken_apart(node)
    for new in material.factors:
        said = (new,)
        if new.shape == SCALAR:
            yield "factor", said, partial(m.Scale, new, node)
            yield "divisor", (*said, node), partial(m.Quotient, node, new)
            continue
        if new.shape == node.shape and new.shape.kind is not Kind.MATRIX:
            yield "factor", said, partial(m.Hadamard, new, node)
        for i in range(len(parts) + 1):
            whole = (*parts[:i], *taken_apart(new)[1], *parts[i:])
            more = (*taken_apart(new)[0], *scalars)
            yield "factor", said, partial(joined, more, whole)
        for i, j in combinations(range(len(parts) + 1), 2):
            yield "factor", said, partial(_weighted, new, scalars, parts, i, j)


def _weighted(
    new: m.MatrixExpr,
    scalars: tuple[m.MatrixExpr, ...],
    parts: tuple[m.MatrixExpr, ...],
    i: int,
    j: int,
) -> m.MatrixExpr:
    """A product with its factors from i to j weighted elementwise."""
    inner = m.Hadamard(new, reduce(m.MatMul, parts[i:j]))
    return joined(scalars, (*parts[:i], inner, *parts[j:]))
