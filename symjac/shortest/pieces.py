r"""Factors that summands share, and how a sum looks with them in front.

    A x + A^T x = (A + A^T) x          u * v - v = (u - 1) * v
    diag(u * v) A + diag(u * w) B = diag(u) (diag(v) A + diag(w) B)

Source: distributivity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from symjac.shortest.products import (
    ONE,
    ZERO,
    Chain,
    Product,
    build_elementwise,
    diagonal,
    elementwise,
    join,
    multiply,
    raise_to,
    split,
)
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR


@dataclass(frozen=True)
class Piece:
    """A common factor: its kind, what it is, and how summands look without it."""

    kind: str
    factor: m.MatrixExpr
    exponent: Fraction = ONE

    def without(self, part: Product) -> Product | None:
        """The summand without the factor, or None where it has it not."""
        chain = part.chain
        if self.kind == "number":
            return replace(part, coefficient=part.coefficient / self.exponent)
        if self.kind == "scalar":
            return self._without_scalar(part)
        rest: Chain | None = None
        match self.kind:
            case "all" if chain == (self.factor,) and part.scalars:
                rest = ()
            case "first" if len(chain) > 1 and chain[0] == self.factor:
                rest = chain[1:]
            case "last" if len(chain) > 1 and chain[-1] == self.factor:
                rest = chain[:-1]
            case "entry" | "diag" | "diag last" if chain:
                rest = self._without_entries(chain)
        return None if rest is None else replace(part, chain=rest)

    def _without_entries(self, chain: Chain) -> Chain | None:
        """The chain with some factors of a vector, or of a diagonal end, left out."""
        if self.kind == "entry":
            vector = without_entry(join(chain), self.factor)
            return None if vector is None else (vector,)
        end = chain[0] if self.kind == "diag" else chain[-1]
        vector = (
            without_entry(end.arg, self.factor) if isinstance(end, m.Diag) else None
        )
        if vector is None:
            return None
        both = (diagonal(vector),)
        rest = (*both, *chain[1:]) if self.kind == "diag" else (*chain[:-1], *both)
        return strip_identity(rest)

    def _without_scalar(self, part: Product) -> Product | None:
        own = dict(part.scalars).get(self.factor, ZERO)
        if own * self.exponent <= 0 or abs(own) < abs(self.exponent):
            return None
        rest = multiply(part.scalars, ((self.factor, -self.exponent),))
        return replace(part, scalars=rest)

    def around(self, inner: Product) -> Product | None:
        """The factor times the sum of what is left."""
        match self.kind:
            case "number":
                return replace(inner, coefficient=inner.coefficient * self.exponent)
            case "scalar":
                front = ((self.factor, self.exponent),)
                return replace(inner, scalars=multiply(front, inner.scalars))
            case "all":
                return replace(inner, chain=(self.factor,))
            case "first" | "diag":
                first = m.Diag(self.factor) if self.kind == "diag" else self.factor
                chain = (first, *inner.chain)
            case "last" | "diag last":
                last = m.Diag(self.factor) if self.kind != "last" else self.factor
                chain = (*inner.chain, last)
            case _:
                both = m.Hadamard(join(inner.chain), self.factor)
                size, scalars, powers = elementwise(both)
                shown = build_elementwise(powers, both.shape)
                return Product(
                    inner.coefficient * size,
                    multiply(inner.scalars, scalars),
                    (shown,),
                )
        if not inner.chain or not m.can_chain(chain):
            return None
        joined = split(join(chain))
        return Product(
            inner.coefficient * joined.coefficient,
            multiply(inner.scalars, joined.scalars),
            joined.chain,
        )


def strip_identity(chain: Chain) -> Chain:
    """The chain without identities, unless nothing else is left."""
    rest = tuple(f for f in chain if not isinstance(f, m.Identity))
    return rest or chain[:1]


def without_entry(expr: m.MatrixExpr, factor: m.MatrixExpr) -> m.MatrixExpr | None:
    """An elementwise product without some of its factors."""
    size, scalars, powers = elementwise(expr)
    own, wanted = dict(powers), elementwise(factor)[2]
    if scalars or size != 1 or any(own.get(base, ZERO) < e for base, e in wanted):
        return None
    return build_elementwise(multiply(powers, raise_to(wanted, -ONE)), expr.shape)


def in_common(one: m.MatrixExpr, two: m.MatrixExpr) -> m.MatrixExpr | None:
    """The factors that two elementwise products share."""
    other = dict(elementwise(two)[2])
    shared = tuple(
        (base, min(exponent, other[base]))
        for base, exponent in elementwise(one)[2]
        if other.get(base, ZERO) > 0 and exponent > 0
    )
    if not shared or isinstance(shared[0][0], m.Constant):
        return None
    return build_elementwise(shared, one.shape)


def pieces_of(part: Product) -> Iterator[Piece]:
    """Factors of one summand that others may share."""
    if len(part.chain) > 1:
        yield Piece("last", part.chain[-1])
        yield Piece("first", part.chain[0])
    if len(part.chain) == 1 and part.scalars:
        yield Piece("all", part.chain[0])
    for base, exponent in part.scalars:
        yield Piece("scalar", base, exponent)
    if abs(part.coefficient) != 1:
        yield Piece("number", m.Constant(ONE, SCALAR), abs(part.coefficient))
    if part.coefficient < 0:
        yield Piece("number", m.Constant(ONE, SCALAR), -abs(part.coefficient))


def shared_entries(one: Product, two: Product) -> Iterator[Piece]:
    """Elementwise factors that two summands share, in vectors or diagonals."""
    if not one.chain or not two.chain:
        return
    for place, kind in ((0, "diag"), (-1, "diag last")):
        left, right = one.chain[place], two.chain[place]
        if isinstance(left, m.Diag) and isinstance(right, m.Diag):
            shared = in_common(left.arg, right.arg)
            if shared is not None:
                yield Piece(kind, shared)
    if 1 in (len(one.chain), len(two.chain)):
        shared = in_common(join(one.chain), join(two.chain))
        if shared is not None and shared.shape != SCALAR:
            yield Piece("entry", shared)


def common_pieces(
    parts: list[Product],
) -> Iterator[tuple[Piece, list[Product], list[Product]]]:
    """Factors that two or more summands share: the largest groups first."""
    pieces = [piece for part in parts for piece in pieces_of(part)]
    for one, two in combinations(parts, 2):
        pieces += shared_entries(one, two)
    for piece in dict.fromkeys(pieces):
        if piece.kind == "number":
            if any(abs(p.coefficient) != abs(piece.exponent) for p in parts):
                continue
            if piece.exponent < 0 and any(p.coefficient > 0 for p in parts):
                continue
        cut = [(part, piece.without(part)) for part in parts]
        group = [inner for _, inner in cut if inner is not None]
        if len(group) > 1:
            yield piece, group, [part for part, inner in cut if inner is None]
