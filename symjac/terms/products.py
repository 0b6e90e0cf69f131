"""Matrix products as what they are: factors in a row."""

from __future__ import annotations

from functools import reduce

from symjac.terms import matrix as m


def factors(expr: m.MatrixExpr) -> tuple[m.MatrixExpr, ...]:
    """Factors of a matrix product from the left, whatever its brackets."""
    found: list[m.MatrixExpr] = []
    todo = [expr]
    while todo:
        node = todo.pop()
        if isinstance(node, m.MatMul):
            todo += [node.right, node.left]
            continue
        found.append(node)
    return tuple(found)


def spine(expr: m.MatrixExpr) -> tuple[m.MatrixExpr, ...]:
    """Factors of a matrix product from the left; one in brackets stays whole."""
    found: list[m.MatrixExpr] = []
    while isinstance(expr, m.MatMul):
        found.append(expr.right)
        expr = expr.left
    return (expr, *reversed(found))


def join(parts: tuple[m.MatrixExpr, ...]) -> m.MatrixExpr:
    """The product of factors, from the left.

    Raises:
        ShapeError: neighbors do not fit.
    """
    return reduce(m.MatMul, parts)
