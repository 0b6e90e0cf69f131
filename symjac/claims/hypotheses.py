"""Under what conditions a verdict holds, read off the expressions."""

from __future__ import annotations

from collections.abc import Iterator

from symjac.expr.matrix import (
    Elementwise,
    MatrixExpr,
    Operation,
    Power,
    Quotient,
    Symbol,
    walk,
)
from symjac.jacobian import Jacobian
from symjac.library.row import Domain, Kink
from symjac.unfold import Unfolding

WORDS = {
    "positive_definite": "is symmetric and positive definite",
    "orthonormal_columns": "has orthonormal columns",
    "projection": "is an orthogonal projection",
    "identity": "is the identity",
    "scalar": "is a multiple of the identity",
    "zero": "is zero",
    "one_hot": "is one-hot",
    "probability": "has positive entries that add up to 1",
    "unit": "has norm 1",
    "binary": "has entries 0 and 1 only",
    "positive": "has positive entries",
} | {
    word: f"is {word}"
    for word in ("symmetric", "skew", "diagonal", "orthogonal", "invertible")
}


def hypotheses(
    jacobian: Jacobian, unfolding: Unfolding, claim: MatrixExpr
) -> tuple[str, ...]:
    """Conditions in plain words, each once, in order of appearance."""
    written = [node.written for node in unfolding.nodes.values()]
    found = of_formulas(*written, claim, smooth=1)
    held = (f"{symbol} is held fixed" for symbol in unfolding.held)
    return (*found, *held)


def of_formulas(*exprs: MatrixExpr, smooth: int) -> tuple[str, ...]:
    """Under what conditions formulas have values, and `smooth` derivatives."""
    found = (text for expr in exprs for text in _of_nodes(expr, smooth))
    return tuple(dict.fromkeys(found))


def _of_nodes(expr: MatrixExpr, smooth: int) -> Iterator[str]:
    for node in walk(expr):
        match node:
            case Elementwise():
                yield from _of_function(node, smooth)
            case Quotient():
                yield "divisors are not zero"
            case Power(exponent=exponent) if exponent < 0:
                yield "divisors are not zero"
            case Power(exponent=exponent) if exponent.denominator != 1:
                yield "bases of fractional powers are positive"
            case Operation() if node.row.needs:
                yield node.row.needs
            case Symbol(properties=found):
                yield from (f"{node} {WORDS.get(word, word)}" for word in found)
            case _:
                pass


def _of_function(node: Elementwise, smooth: int) -> Iterator[str]:
    function, order = node.function, max(node.order, smooth)
    if function.is_generic and order:
        times = {1: "", 2: "twice "}.get(order, f"{order} times ")
        yield f"{function.name} is {times}differentiable"
    if function.kink is not Kink.NONE:
        yield f"no argument of {function.name} is 0"
    if function.domain is not Domain.REAL:
        yield f"arguments of {function.name} are {function.domain.value}"
