"""Under what conditions a verdict holds, read off the expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TypeGuard

from symjac.chain import Graph
from symjac.library.operations import OPERATIONS
from symjac.library.properties import clause
from symjac.library.row import Domain, Function
from symjac.terms import matrix as m


def hypotheses(unfolding: Graph, *others: m.MatrixExpr) -> tuple[str, ...]:
    """Conditions in plain words, each once, in order of appearance.

    Args:
        unfolding: the equations that are differentiated.
        others: formulas of which only the value is wanted, such as the claim.
    """
    written = (node.written for node in unfolding.nodes.values())
    found = of_formulas(*written, is_varied=unfolding.is_dependent)
    held = (f"{symbol} is held fixed" for symbol in unfolding.held)
    return tuple(dict.fromkeys((*found, *of_formulas(*others), *held)))


def of_formulas(
    *exprs: m.MatrixExpr, is_varied: Callable[[m.MatrixExpr], bool] = lambda expr: False
) -> tuple[str, ...]:
    """Under what conditions formulas have values, and derivatives where varied."""
    found = (text for expr in exprs for text in _of_formula(expr, is_varied))
    return tuple(dict.fromkeys(found))


def _of_formula(
    expr: m.MatrixExpr, is_varied: Callable[[m.MatrixExpr], bool]
) -> Iterator[str]:
    smooth = {id(node.base) for node in m.walk(expr) if is_smooth_power(node)}
    for node in m.walk(expr):
        yield from _of_value(node)
        if id(node) not in smooth and is_varied(node):
            yield from _of_slope(node)


def is_smooth_power(node: m.MatrixExpr) -> TypeGuard[m.Power]:
    """Whether a node is a power of a norm that is differentiable at 0 too."""
    match node:
        case m.Power(m.Operation(name="norm2" | "normF"), exponent):
            return exponent.denominator == 1 and exponent > 1
    return False


def _of_value(node: m.MatrixExpr) -> Iterator[str]:
    match node:
        case m.Elementwise(function, order):
            yield from _of_function(function, order)
        case m.Quotient(_, below) if m.symbols(below):
            yield "divisors are not zero"
        case m.Power(_, exponent):
            yield from _of_power(exponent)
        case m.Operation(name="matpow", parameters=(int(exponent),)) if exponent < 0:
            yield OPERATIONS["inv"].needs
        case m.Operation(row=row) if row.needs and row.is_partial:
            yield row.needs
        case m.Symbol(properties=found):
            yield from (f"{node} {clause(word)}" for word in found)


def _of_slope(node: m.MatrixExpr) -> Iterator[str]:
    match node:
        case m.Elementwise(function, order):
            yield from _smooth(function, order + 1)
            if not function.is_known_at_kinks(order + 1):
                yield function.off_kinks
        case m.Operation(row=row) if row.needs:
            yield row.needs


def _of_power(exponent: Fraction) -> Iterator[str]:
    if exponent < 0:
        yield "divisors are not zero"
    if exponent.denominator != 1:
        yield "bases of fractional powers are positive"


def _of_function(function: Function, order: int) -> Iterator[str]:
    yield from _smooth(function, order)
    if function.domain is not Domain.REAL:
        yield f"arguments of {function.name} are {function.domain.value}"
    if not function.is_known_at_kinks(order):
        yield function.off_kinks


def _smooth(function: Function, order: int) -> Iterator[str]:
    if function.is_generic and order:
        times = {1: "", 2: "twice "}.get(order, f"{order} times ")
        yield f"{function.name} is {times}differentiable"
