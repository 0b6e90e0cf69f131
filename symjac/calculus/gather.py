r"""Collect a sum of matrix products: common factors, numbers and signs in front.

    A x + A^T x = (A + A^T) x        2 A^T A x - 2 A^T b = 2 A^T (A x - b)
    diag(u) W + diag(v) W = diag(u + v) W

The order of the summands does not depend on how the sum was written.
Source: distributivity; a sum is collected only where that makes it shorter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, column
from symjac.typeset.text import matrix_text

Chain = tuple[m.MatrixExpr, ...]


@dataclass(frozen=True)
class Product:
    """coefficient * scalars * chain of matrix factors / divisors."""

    coefficient: Fraction
    scalars: Chain
    chain: Chain
    divisors: Chain

    @cached_property
    def around(self) -> tuple[object, ...]:
        """What has to agree for two products to be collected, sizes apart."""
        return (sorted(map(matrix_text, self.scalars)), self.divisors)

    @cached_property
    def text(self) -> str:
        """The product without its number."""
        if all(isinstance(factor, m.Constant) for factor in self.chain):
            return "1"
        return matrix_text(build(replace(self, coefficient=ix.ONE)))


def split(expr: m.MatrixExpr) -> Product:
    """A summand as coefficient, scalars, matrix factors and divisors."""
    match expr:
        case m.Neg(arg):
            inner = split(arg)
            return replace(inner, coefficient=-inner.coefficient)
        case m.Scale(m.Constant(value), arg):
            inner = split(arg)
            return replace(inner, coefficient=value * inner.coefficient)
        case m.Scale(scalar, arg):
            inner, front = split(arg), split(scalar)
            if front.chain and len(front.chain) == 1 and not front.divisors:
                scalars = (*front.scalars, *front.chain, *inner.scalars)
                size = front.coefficient * inner.coefficient
                return replace(inner, coefficient=size, scalars=scalars)
            return replace(inner, scalars=(scalar, *inner.scalars))
        case m.Quotient(above, below) if below.shape == SCALAR:
            inner = split(above)
            return replace(inner, divisors=(*inner.divisors, below))
    return Product(ix.ONE, (), m.spine(expr), ())


def build(product: Product) -> m.MatrixExpr:
    """A summand again: number, scalars, factors, divisors."""
    first, *rest = product.chain
    size = abs(product.coefficient)
    scalars = product.scalars
    if size != 1:
        scalars = (m.Constant(size, SCALAR), *scalars)
    if scalars:
        front = scalars[0]
        for scalar in scalars[1:]:
            front = m.Scale(front, scalar)
        first = m.Scale(front, first)
    expr = m.join((first, *rest))
    for divisor in product.divisors:
        expr = m.Quotient(expr, divisor)
    return m.Neg(expr) if product.coefficient < 0 else expr


def factor_common(parts: tuple[m.MatrixExpr, ...]) -> m.MatrixExpr:
    """A sum with common factors collected.

    Args:
        parts: summands of equal shape.
    """
    products = [_without_inverses(split(part)) for part in parts]
    products = ordered(_merge_diagonals(products))
    if (merged := _merge(products)) is None:
        return total(products)
    plain = total(products)
    while merged is not None:
        products = ordered(merged)
        merged = _merge(products)
    found = total(list(map(_without_inverses, products)))
    return found if len(matrix_text(found)) < len(matrix_text(plain)) else plain


def _without_inverses(product: Product) -> Product:
    """A product in which no matrix stands beside its inverse."""
    chain: list[m.MatrixExpr] = []
    for factor in product.chain:
        if chain and _is_inverse(chain[-1], factor):
            chain.pop()
        elif not isinstance(factor, m.Identity):
            chain.append(factor)
    rest = tuple(chain) or (m.Identity(product.chain[0].shape.dims[0]),)
    return replace(product, chain=rest)


def _is_inverse(one: m.MatrixExpr, two: m.MatrixExpr) -> bool:
    """Whether one is written as the inverse of the other."""
    for inverse, other in ((one, two), (two, one)):
        match inverse:
            case m.Operation("inv", (matrix,)) if _same_sum(matrix, other):
                return True
            case m.Transpose(m.Operation("inv", (matrix,))) if _same_sum(
                matrix, m.transpose(other)
            ):
                return True
    return False


def _same_sum(one: m.MatrixExpr, two: m.MatrixExpr) -> bool:
    """Equality, whatever the order of summands."""
    if isinstance(one, m.Add) and isinstance(two, m.Add):
        return sorted(map(matrix_text, one.terms)) == sorted(
            map(matrix_text, two.terms)
        )
    return one == two


def _merge_diagonals(products: list[Product]) -> list[Product]:
    """I - diag(z) = diag(1 - z), I - c I = (1 - c) I."""
    vectors, rest = [], []
    for product in products:
        vector = _diagonal(product)
        rest.append(product) if vector is None else vectors.append(vector)
    if len(vectors) < 2:
        return products
    if all(isinstance(vector.chain[0], m.Constant) for vector in vectors):
        size = factor_common(tuple(build(_without_ones(vector)) for vector in vectors))
        identity = m.Identity(vectors[0].chain[0].shape.dims[0])
        return [*rest, Product(ix.ONE, (size,), (identity,), ())]
    whole = m.Diag(factor_common(tuple(map(build, vectors))))
    return [*rest, Product(ix.ONE, (), (whole,), ())]


def _without_ones(product: Product) -> Product:
    """The scalar c of c * ones(n)."""
    if product.scalars:
        *scalars, last = product.scalars
        return replace(product, scalars=tuple(scalars), chain=(last,))
    size = abs(product.coefficient)
    sign = product.coefficient / size
    return replace(product, coefficient=sign, chain=(m.Constant(size, SCALAR),))


def _diagonal(product: Product) -> Product | None:
    """The diagonal of a diagonal summand."""
    match product.chain:
        case (m.Diag(vector),):
            return replace(product, chain=(vector,))
        case (m.Identity(dim),):
            return replace(product, chain=(m.Constant(ix.ONE, column(dim)),))
    return None


def ordered(products: list[Product]) -> list[Product]:
    """Positive summands first, then by length and text."""

    def key(product: Product) -> tuple[bool, int, str]:
        text = product.text
        return product.coefficient < 0, len(text), text

    return sorted(products, key=key) if len(products) > 1 else products


def total(products: list[Product]) -> m.MatrixExpr:
    """The sum; a common number stands in front."""
    size = abs(products[0].coefficient)
    common = all(abs(p.coefficient) == size for p in products) and size != 1
    if common and len(products) > 1:
        smaller = [replace(p, coefficient=p.coefficient / size) for p in products]
        whole = m.Add(tuple(map(build, smaller)))
        return m.Scale(m.Constant(size, SCALAR), whole)
    parts = tuple(map(build, products))
    return parts[0] if len(parts) == 1 else m.Add(parts)


def _merge(products: list[Product]) -> list[Product] | None:
    """Merge the largest group with a common last, or first, factor."""
    if len(products) < 2:
        return None
    if (elementwise := _merge_elementwise(products)) is not None:
        return elementwise
    best = _largest_group(products)
    if best is None:
        return None
    group, end = best
    rest = [p for p in products if not any(p is member for member in group)]
    return [*rest, _factored(group, end)]


def _largest_group(products: list[Product]) -> tuple[list[Product], int] | None:
    """Products with the same last (-1) or first (0) factor."""
    best: tuple[list[Product], int] | None = None
    for end in (-1, 0):
        groups: dict[str, list[Product]] = {}
        for product in products:
            cut = product.chain[:-1] if end else product.chain[1:]
            if cut and m.can_chain(cut):
                name = matrix_text(product.chain[end])
                groups.setdefault(name, []).append(product)
        for group in groups.values():
            if len(group) > 1 and (best is None or len(group) > len(best[0])):
                best = (group, end)
    return best


def _factored(group: list[Product], end: int) -> Product:
    cut: Callable[[Chain], Chain] = (lambda c: c[:-1]) if end else (lambda c: c[1:])
    shared = group[0].chain[end]
    size = abs(group[0].coefficient)
    if any(abs(p.coefficient) != size for p in group):
        size = ix.ONE
    first = group[0]
    if any(p.around != first.around for p in group):
        first = replace(first, scalars=(), divisors=())
        inner = [replace(p, chain=cut(p.chain)) for p in ordered(group)]
    else:
        inner = [Product(p.coefficient, (), cut(p.chain), ()) for p in ordered(group)]
    inner = [replace(p, coefficient=p.coefficient / size) for p in inner]
    sign = ix.ONE
    if all(p.coefficient < 0 for p in inner):
        inner = [replace(p, coefficient=-p.coefficient) for p in inner]
        sign = -ix.ONE
    whole = _sum_of_diagonals(inner) or factor_common(tuple(map(build, inner)))
    pieces = m.spine(whole)
    chain = (*pieces, shared) if end else (shared, *pieces)
    if not m.can_chain(chain):
        chain = (whole, shared) if end else (shared, whole)
    return Product(sign * size, first.scalars, chain, first.divisors)


def _elementwise(expr: m.MatrixExpr) -> Chain:
    """Factors of an elementwise product."""
    if isinstance(expr, m.Hadamard):
        return (*_elementwise(expr.left), *_elementwise(expr.right))
    return (expr,)


def _merge_elementwise(products: list[Product]) -> list[Product] | None:
    """U * v - v = (u - 1) * v, for vectors and matrices."""
    groups: dict[str, list[Product]] = {}
    single = [p for p in products if len(p.chain) == 1]
    if len(single) < 2 or single[0].chain[0].shape == SCALAR:
        return None
    for product in single:
        around = product.around
        for factor in dict.fromkeys(_elementwise(product.chain[0])):
            groups.setdefault(f"{around}|{matrix_text(factor)}", []).append(product)
    for name, group in groups.items():
        if len(group) < 2:
            continue
        shared = next(
            factor
            for factor in _elementwise(group[0].chain[0])
            if name == f"{group[0].around}|{matrix_text(factor)}"
        )
        if isinstance(shared, m.Constant):
            continue
        rest = [p for p in products if not any(p is member for member in group)]
        return [*rest, _with_common(group, shared)]
    return None


def _with_common(group: list[Product], shared: m.MatrixExpr) -> Product:
    inner = []
    for product in group:
        pieces = list(_elementwise(product.chain[0]))
        pieces.remove(shared)
        whole: m.MatrixExpr = m.Constant(ix.ONE, shared.shape)
        for number, piece in enumerate(pieces):
            whole = m.Hadamard(whole, piece) if number else piece
        inner.append(Product(product.coefficient, (), (whole,), ()))
    factor_sum = factor_common(tuple(map(build, ordered(inner))))
    chain = (m.Hadamard(factor_sum, shared),)
    return Product(ix.ONE, group[0].scalars, chain, group[0].divisors)


def _sum_of_diagonals(inner: list[Product]) -> m.MatrixExpr | None:
    """diag(u) + diag(v) = diag(u + v)."""
    vectors = []
    for product in inner:
        match product:
            case Product(coefficient, (), (m.Diag(vector),), ()):
                vectors.append(Product(coefficient, (), (vector,), ()))
            case _:
                return None
    return m.Diag(factor_common(tuple(map(build, vectors))))
