"""Under what hypotheses a verdict holds, and when a refuted claim does hold.

The first are read off the expressions; the second is the difference of the two index
forms, factored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeGuard

from symjac.chain import Graph
from symjac.equality.canonical import Key, add_like_terms, factor_key
from symjac.library.operations import OPERATIONS
from symjac.library.properties import clause
from symjac.library.row import Domain, Function
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.typeset.text import ASCII, Printer


@dataclass(frozen=True, slots=True)
class Condition:
    """common * rest = 0 for all values of the free indices.

    `left` and `right` are the two sides of the equation that is left where `common` is
    not zero; `symmetric` is the matrix whose symmetry it says, if it says that.
    """

    common: tuple[ix.Factor, ...]
    rest: ix.Terms
    left: ix.Terms
    right: ix.Terms
    indices: tuple[ix.Index, ...]
    symmetric: m.Symbol | None

    def __str__(self) -> str:
        return self.told(ASCII)

    def told(self, show: Printer) -> str:
        """The condition in words and formulas."""
        rest = show.terms(self.rest)
        if self.common and len(self.rest) > 1:
            rest = f"({rest})"
        is_one = self.rest == (ix.Term(),)
        parts = ([] if is_one else [rest]) + [show.factor(f) for f in self.common]
        names = ", ".join(index.name for index in self.indices)
        everywhere = f" for all {names}" if names else ""
        text = f"{show.times.join(parts) or '1'} = 0{everywhere}"
        if self.symmetric is not None:
            text += f", that is, {show.symbol(self.symmetric)} symmetric"
            if self.common:
                common = show.times.join(map(show.factor, self.common))
                text += f" wherever {common} {show.unequal} 0"
        return text


def condition(
    derived: ix.Terms, claimed: ix.Terms, indices: tuple[ix.Index, ...]
) -> Condition:
    """The exact condition under which two index forms agree.

    Args:
        derived, claimed: over the same free `indices`.
    """
    difference = add_like_terms((*derived, *ix.scale(claimed, Fraction(-1))))
    if difference and difference[0].coefficient < 0:
        difference = ix.scale(difference, Fraction(-1))
    common = _common(difference)
    rest = add_like_terms(tuple(_divide(term, common) for term in difference))
    left = tuple(t for t in rest if t.coefficient > 0)
    right = ix.scale(tuple(t for t in rest if t.coefficient < 0), Fraction(-1))
    return Condition(common, rest, left, right, indices, _symmetric(left, right))


def _common(terms: ix.Terms) -> tuple[ix.Factor, ...]:
    if not terms or any(term.bound for term in terms):
        return ()
    shared = []
    others = [[factor_key(f) for f in term.factors] for term in terms[1:]]
    for factor in terms[0].factors:
        key = factor_key(factor)
        if all(key in keys for keys in others):
            shared.append(factor)
            for keys in others:
                keys.remove(key)
    return tuple(shared)


def _divide(term: ix.Term, common: tuple[ix.Factor, ...]) -> ix.Term:
    gone: list[Key] = [factor_key(factor) for factor in common]
    kept = []
    for factor in term.factors:
        key = factor_key(factor)
        if key in gone:
            gone.remove(key)
        else:
            kept.append(factor)
    return replace(term, factors=tuple(kept))


def _symmetric(left: ix.Terms, right: ix.Terms) -> m.Symbol | None:
    match left, right:
        case (
            (
                ix.Term(
                    coefficient=a,
                    factors=(ix.Entry(matrix=x, indices=(i, j)),),
                    bound=(),
                ),
            ),
            (
                ix.Term(
                    coefficient=b,
                    factors=(ix.Entry(matrix=y, indices=(r, s)),),
                    bound=(),
                ),
            ),
        ) if a == b and x == y and (i, j) == (s, r) and isinstance(x, m.Symbol):
            return x
    return None


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
