"""Matrix products as what they are: factors in a row."""

from __future__ import annotations

from functools import reduce

from symjac.expr.matrix import MatMul, MatrixExpr


def factors(expr: MatrixExpr) -> tuple[MatrixExpr, ...]:
    """Factors of a matrix product from the left, whatever its brackets."""
    found: list[MatrixExpr] = []
    todo = [expr]
    while todo:
        node = todo.pop()
        if isinstance(node, MatMul):
            todo += [node.right, node.left]
            continue
        found.append(node)
    return tuple(found)


def spine(expr: MatrixExpr) -> tuple[MatrixExpr, ...]:
    """Factors of a matrix product from the left; one in brackets stays whole."""
    found: list[MatrixExpr] = []
    while isinstance(expr, MatMul):
        found.append(expr.right)
        expr = expr.left
    return (expr, *reversed(found))


def join(parts: tuple[MatrixExpr, ...]) -> MatrixExpr:
    """The product of factors, from the left.

    Raises:
        ShapeError: neighbors do not fit.
    """
    return reduce(MatMul, parts)
