"""Under what conditions a verdict holds, read off the expressions."""

from __future__ import annotations

from collections.abc import Iterator

from symjac.expr.functions import Domain
from symjac.expr.matrix import (
    Elementwise,
    MatrixExpr,
    Power,
    Quotient,
    Symbol,
    walk,
)
from symjac.jacobian import Jacobian
from symjac.unfold import Unfolding


def hypotheses(
    jacobian: Jacobian, unfolding: Unfolding, claim: MatrixExpr
) -> tuple[str, ...]:
    """Conditions in plain words, each once, in order of appearance."""
    written = [node.written for node in unfolding.nodes.values()]
    found = [text for expr in (*written, claim) for text in _of_nodes(expr)]
    found += [f"{symbol} is held fixed" for symbol in unfolding.held]
    return tuple(dict.fromkeys(found))


def _of_nodes(expr: MatrixExpr) -> Iterator[str]:
    for node in walk(expr):
        match node:
            case Elementwise():
                yield from _of_function(node)
            case Quotient():
                yield "divisors are not zero"
            case Power(exponent=exponent) if exponent < 0:
                yield "divisors are not zero"
            case Power(exponent=exponent) if exponent.denominator != 1:
                yield "bases of fractional powers are positive"
            case Symbol(symmetric=True):
                yield f"{node} is symmetric"
            case _:
                pass


def _of_function(node: Elementwise) -> Iterator[str]:
    function = node.function
    if function.is_generic:
        times = {0: "", 1: "", 2: "twice "}.get(node.order, f"{node.order} times ")
        yield f"{function.name} is {times}differentiable"
    if function.kink_at_zero:
        yield f"no argument of {function.name} is 0"
    if function.domain is not Domain.REAL:
        yield f"arguments of {function.name} are {function.domain.value}"
