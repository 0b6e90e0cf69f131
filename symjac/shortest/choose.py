"""The form that is shown: the shortest that the engine proves, in both layouts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from symjac.shortest.length import length
from symjac.shortest.names import Names
from symjac.shortest.proof import is_same
from symjac.shortest.shorten import Pair, Shortener, shortest, transposed, upright
from symjac.terms import matrix as m

SHORT = 12  # tokens and brackets of both layouts: nobody writes it shorter
ENOUGH = 24  # what is longer is worth a second search
LONG = 1_000  # what is longer stays as it is derived


def choose(plain: Pair, bodies: Mapping[m.Symbol, m.MatrixExpr]) -> Pair:
    """The shortest proved forms for numerator and denominator layout.

    One is the transpose of the other, summand by summand in one order.

    Args:
        plain: the forms that the reductions give.
        bodies: the definitions that hold, by the names that they give to values.
    """
    if not SHORT < pair_length(plain) <= LONG:
        return plain
    names = Names.of(bodies)
    found = sorted({pair: None for pair in pairs(plain, names)}, key=pair_length)
    folder = Shortener(names)
    folded = tuple(map(folder.fold, plain))
    for pair in found:
        if pair_length(pair) >= pair_length(plain):
            break
        if all(is_same(*both, bodies) for both in zip(folded, pair, strict=True)):
            return pair
    return plain


def pair_length(pair: Pair) -> int:
    """Both layouts count alike."""
    return length(pair[0]) + length(pair[1])


def pairs(plain: Pair, names: Names) -> Iterator[Pair]:
    """Candidates: from either layout, by common right and by common left factors."""
    best = pair_length(plain)
    for end in ("last", "first"):
        for pair in from_layouts(plain, names, end):
            best = min(best, pair_length(pair))
            yield pair
        if best <= ENOUGH:
            break


def from_layouts(plain: Pair, names: Names, end: str) -> Iterator[Pair]:
    """The forms of one layout with their transposes."""
    one = upright(shortest(plain[0], names, end), names)
    yield one, transposed(one, names)
    two = upright(shortest(plain[1], names, end), names)
    yield transposed(two, names), two
