"""Upper bounds as expressions: sums and products of norms, named sizes and numbers.

A closed union of frozen nodes; every value is at least 0, so a sum or product grows
with each of its parts. `plus` and `times` collect numbers, the constructors do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, assert_never

from symjac.lazy import lazy_import
from symjac.terms import matrix as m
from symjac.typeset.latex import matrix_latex
from symjac.typeset.text import matrix_text

if TYPE_CHECKING:
    import sympy
else:
    sympy = lazy_import("sympy")


@dataclass(frozen=True, slots=True)
class Number:
    """An exact SymPy number, at least 0."""

    value: Any


@dataclass(frozen=True, slots=True)
class Norm:
    """A norm of a matrix that does not change over time: `kind` is 1, 2, inf or F."""

    matrix: m.MatrixExpr
    kind: str


@dataclass(frozen=True, slots=True)
class Size:
    """A named number, such as gamma = sup|sigma'|: at least `least`, maybe infinite."""

    text: str
    latex: str
    bounded: bool = True
    least: int = 0


@dataclass(frozen=True, slots=True)
class Plus:
    """A sum."""

    terms: tuple[SizeExpr, ...]


@dataclass(frozen=True, slots=True)
class Times:
    """A product."""

    factors: tuple[SizeExpr, ...]


SizeExpr = Number | Norm | Size | Plus | Times
Atom = Norm | Size


def number(value: Any) -> Number:
    """A number from anything exact that SymPy knows."""
    return Number(sympy.sympify(value, strict=True))


def plus(*terms: SizeExpr) -> SizeExpr:
    """The sum: numbers in front, nested sums merged, equal terms counted."""
    total: dict[tuple[SizeExpr, ...], Any] = {(): sympy.S.Zero}
    for part in (t for term in terms for t in _parts(term, Plus)):
        coefficient, others = _split(part)
        total[others] = total.get(others, 0) + coefficient
    kept = [times(Number(c), *others) for others, c in total.items() if c != 0]
    if len(kept) > 1:
        return Plus(tuple(kept))
    return kept[0] if kept else Number(sympy.S.Zero)


def _split(expr: SizeExpr) -> tuple[Any, tuple[SizeExpr, ...]]:
    """The number in a product, and its other factors."""
    parts = _parts(expr, Times)
    numbers = (f.value for f in parts if isinstance(f, Number))
    others = tuple(f for f in parts if not isinstance(f, Number))
    return prod(numbers, start=sympy.S.One), others


def times(*factors: SizeExpr) -> SizeExpr:
    """The product, numbers multiplied up in front and nested products merged."""
    total, others = _split(Times(tuple(f for t in factors for f in _parts(t, Times))))
    if total == 0 or not others:
        return Number(total)
    kept = (*((Number(total),) if total != 1 else ()), *others)
    return kept[0] if len(kept) == 1 else Times(kept)


def _parts(expr: SizeExpr, operator: type[Plus] | type[Times]) -> tuple[SizeExpr, ...]:
    match expr:
        case Plus(parts) | Times(parts) if isinstance(expr, operator):
            return parts
    return (expr,)


def atoms(expr: SizeExpr) -> tuple[Atom, ...]:
    """Distinct norms and named sizes, in order of first appearance."""
    return tuple(dict.fromkeys(_atoms(expr)))


def _atoms(expr: SizeExpr) -> Iterator[Atom]:
    match expr:
        case Number():
            return
        case Norm() | Size():
            yield expr
        case Plus(parts) | Times(parts):
            for part in parts:
                yield from _atoms(part)
        case _:
            assert_never(expr)


def evaluate(expr: SizeExpr, known: Callable[[Atom], Any]) -> Any:
    """The value of an expression: exact where the values of its atoms are.

    Source: 0 times an unbounded size is 0, as in measure theory.
    """
    match expr:
        case Number(value):
            return value
        case Norm() | Size():
            return known(expr)
        case Plus(terms):
            return sum(evaluate(term, known) for term in terms)
        case Times(factors):
            values = [evaluate(factor, known) for factor in factors]
            return 0 if any(value == 0 for value in values) else prod(values)
    assert_never(expr)


def least(expr: SizeExpr) -> Any:
    """The least value that an expression can have."""
    return evaluate(expr, lambda a: a.least if isinstance(a, Size) else 0)


def is_same(left: SizeExpr, right: SizeExpr) -> bool:
    """Whether two expressions are equal up to the order of terms and factors."""
    return bool(_key(left) == _key(right))


def _key(expr: SizeExpr) -> Any:
    match expr:
        case Plus(parts) | Times(parts):
            counted = Counter(_key(part) for part in parts)
            return type(expr), frozenset(counted.items())
        case Number() | Norm() | Size():
            return expr
    assert_never(expr)


def _is_sum(expr: SizeExpr) -> bool:
    """Whether a factor needs brackets: a sum, or an exact number that is one."""
    return isinstance(expr, Plus) or (isinstance(expr, Number) and expr.value.is_Add)


def size_text(expr: SizeExpr) -> str:
    r"""A bound in plain text.

    Example:
        >>> gamma = Size("gamma", r"\gamma")
        >>> size_text(times(gamma, plus(number(1), gamma)))
        'gamma * (1 + gamma)'
    """
    match expr:
        case Number(value):
            return str(value)
        case Norm(matrix, kind):
            return f"||{matrix_text(matrix)}||_{kind}"
        case Size(text):
            return text
        case Plus(terms):
            return " + ".join(map(size_text, terms))
        case Times(factors):
            return " * ".join(
                f"({size_text(f)})" if _is_sum(f) else size_text(f) for f in factors
            )
    assert_never(expr)


_KINDS = {"inf": r"\infty", "F": r"\mathrm{F}"}


def size_latex(expr: SizeExpr) -> str:
    """A bound in LaTeX, for math mode."""
    match expr:
        case Number(value):
            return str(sympy.latex(value))
        case Norm(matrix, kind):
            below = _KINDS.get(kind, kind)
            return rf"\lVert {matrix_latex(matrix)} \rVert_{{{below}}}"
        case Size(latex=latex):
            return latex
        case Plus(terms):
            return " + ".join(map(size_latex, terms))
        case Times(factors):
            return r"\,".join(
                rf"\bigl({size_latex(f)}\bigr)" if _is_sum(f) else size_latex(f)
                for f in factors
            )
    assert_never(expr)
