r"""A summand as what it is made of: a number, powers of scalars, a chain of factors.

    -2 (x^T A y) A x / ||x||^2   is   -2 . {x^T A y: 1, ||x||: -2} . (A, x)

Elementwise products are taken apart in the same way: numbers and scalars to the front,
equal factors into powers. Nothing is multiplied out.
Source: arithmetic of fractions; associativity of the matrix product.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache, reduce

from symjac.library.functions import lookup
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Kind, Shape
from symjac.typeset.text import matrix_text

ZERO, ONE, HALF = Fraction(0), Fraction(1), Fraction(1, 2)
Powers = tuple[tuple[m.MatrixExpr, Fraction], ...]
Chain = tuple[m.MatrixExpr, ...]
Parts = tuple[Fraction, Powers, Powers]  # number, scalars, factors of equal shape


@dataclass(frozen=True)
class Product:
    """coefficient * powers of scalars * chain of matrix factors (none for a number)."""

    coefficient: Fraction = ONE
    scalars: Powers = ()
    chain: Chain = ()

    @property
    def opposite(self) -> Product:
        """The product with the other sign."""
        return replace(self, coefficient=-self.coefficient)

    @property
    def order(self) -> tuple[bool, int, str]:
        """For a choice that does not depend on how a sum was written."""
        is_number = all(isinstance(f, m.Constant) for f in self.chain)
        text = matrix_text(build(replace(self, coefficient=abs(self.coefficient))))
        return not is_number or bool(self.scalars), len(text), text

    @property
    def unsigned(self) -> tuple[Powers, Chain]:
        """What two summands that can be added up have in common."""
        return tuple(sorted(self.scalars, key=repr)), self.chain


def multiply(*powers: Powers) -> Powers:
    """Powers with equal bases put together, in order of first appearance."""
    found: dict[m.MatrixExpr, Fraction] = {}
    for base, exponent in (pair for part in powers for pair in part):
        found[base] = found.get(base, Fraction(0)) + exponent
    return tuple((base, exponent) for base, exponent in found.items() if exponent)


def raise_to(powers: Powers, exponent: Fraction) -> Powers:
    """Each power to a power."""
    return tuple((base, own * exponent) for base, own in powers)


@lru_cache(maxsize=8192)
def split(expr: m.MatrixExpr) -> Product:  # noqa: C901 - a table of the nodes
    """A summand taken apart."""
    match expr:
        case m.Neg(arg):
            return split(arg).opposite
        case m.Constant(value, shape) if value:
            ones = () if shape == SCALAR else (m.Constant(ONE, shape),)
            return Product(value, (), ones)
        case m.Scale(scalar, arg):
            front, inner = split(scalar), split(arg)
            size = front.coefficient * inner.coefficient
            return Product(size, multiply(front.scalars, inner.scalars), inner.chain)
        case m.Quotient(above, below) if below.shape == SCALAR:
            inner, over = split(above), split(below)
            scalars = multiply(inner.scalars, raise_to(over.scalars, -ONE))
            return Product(inner.coefficient / over.coefficient, scalars, inner.chain)
        case m.Power() | m.Elementwise() if expr.shape == SCALAR:
            return split_power(expr)
        case m.MatMul():
            return split_chain(expr)
        case m.Operation("inv", (arg,)):
            return split_inverse(expr, arg)
        case m.Operation(args=(arg,)) if count := times(expr):
            return Product(ONE, (), (arg,) * count)
        case m.Transpose(m.Operation(args=(arg,)) as inner_) if count := times(inner_):
            return Product(ONE, (), (m.Transpose(arg),) * count)
        case m.Transpose(m.Operation("inv", (arg,)) as inverse):
            inner = split_inverse(inverse, arg)
            return replace(inner, chain=tuple(map(m.Transpose, inner.chain)))
        case m.Hadamard() | m.Quotient() | m.Power():
            size, scalars, powers = elementwise(expr)
            return Product(size, scalars, (build_elementwise(powers, expr.shape),))
        case m.Diag(arg):
            inner = split(arg)
            return replace(inner, chain=(diagonal(join(inner.chain)),))
    sign, whole = orient(expr) if isinstance(expr, m.Add) else (ONE, expr)
    if expr.shape == SCALAR:
        return Product(sign, ((whole, ONE),))
    return Product(sign, (), (whole,))


def times(expr: m.Operation) -> int:
    """How often a matrix stands in its power; 0 for what is no such power."""
    match expr:
        case m.Operation("matpow", _, (int() as exponent,)) if exponent > 0:
            return exponent
    return 0


def orient(expr: m.Add) -> tuple[Fraction, m.MatrixExpr]:
    """A sum or its negative, so that the two have one form: its least part is plus."""
    parts = [split(term) for term in expr.terms]
    least = min(parts, key=lambda part: part.order)
    if least.coefficient > 0:
        return ONE, expr
    return -ONE, positive_first([part.opposite for part in parts])


def positive_first(parts: list[Product]) -> m.MatrixExpr:
    """A sum that starts with a summand without a sign, if it has one."""
    ordered = sorted(parts, key=lambda part: part.coefficient < 0)
    return m.Add(tuple(map(build, ordered)))


def split_inverse(expr: m.MatrixExpr, arg: m.MatrixExpr) -> Product:
    """inv(c A) = inv(A) / c."""
    inner = split(arg)
    if len(inner.chain) != 1 or (inner.coefficient == 1 and not inner.scalars):
        return Product(ONE, (), (expr,))
    inverse = m.Operation("inv", inner.chain)
    return Product(1 / inner.coefficient, raise_to(inner.scalars, -ONE), (inverse,))


def diagonal(vector: m.MatrixExpr) -> m.MatrixExpr:
    """diag(v); the identity for ones."""
    if isinstance(vector, m.Constant) and vector.value == 1:
        return m.Identity(vector.shape.dims[0])
    return m.Diag(vector)


def split_power(expr: m.Power | m.Elementwise) -> Product:
    """A power of a scalar; a root of a positive one is a power too."""
    match expr:
        case m.Elementwise(function, 0, base) if function.name == "sqrt":
            return Product(ONE, ((base, HALF),))
        case m.Power(base, exponent) if exponent.denominator == 1:
            inner = split(base)
            if inner.coefficient:
                powers = raise_to(inner.scalars, exponent)
                return Product(inner.coefficient ** int(exponent), powers)
        case m.Power(base, exponent):
            return Product(ONE, ((base, exponent),))
    return Product(ONE, ((expr, ONE),))


def split_chain(expr: m.MatrixExpr, *, whole: bool = False) -> Product:
    """A matrix product: numbers and scalars in front, brackets left out.

    Args:
        whole: whether an inner product keeps its factors as a chain.
    """
    size = ONE
    scalars: Powers = ()
    chain: list[m.MatrixExpr] = []
    todo = [expr]
    while todo:
        node = todo.pop()
        if isinstance(node, m.MatMul) and (node.shape != SCALAR or node is expr):
            todo += [node.right, node.left]
            continue
        part = split(node)
        size *= part.coefficient
        scalars = multiply(scalars, part.scalars)
        chain += part.chain
    joined = simplify_chain(tuple(chain))
    if expr.shape == SCALAR and not whole:
        inner = ((join(joined), ONE),) if joined else ()
        return Product(size, multiply(scalars, inner))
    return Product(size, scalars, joined)


def simplify_chain(chain: Chain) -> Chain:
    """Identities and a matrix beside its inverse left out, diagonals together."""
    found: list[m.MatrixExpr] = []
    for factor in chain:
        last = found[-1] if found else None
        if isinstance(factor, m.Identity) and found:
            continue
        if isinstance(last, m.Identity):
            found[-1] = factor
        elif last is not None and is_inverse(last, factor):
            found[-1] = m.Identity(last.shape.dims[0])
        elif isinstance(last, m.Diag) and isinstance(factor, m.Diag):
            found[-1] = m.Diag(hadamard(last.arg, factor.arg))
        elif isinstance(last, m.Diag) and factor.shape.kind is Kind.COLUMN:
            found[-1] = hadamard(last.arg, factor)
        else:
            found.append(factor)
    if len(found) > 1 and isinstance(found[-1], m.Identity):
        found.pop()
    return tuple(found)


def is_inverse(one: m.MatrixExpr, two: m.MatrixExpr) -> bool:
    """Whether one is written as the inverse of the other."""
    for inverse, other in ((one, two), (two, one)):
        match inverse:
            case m.Operation("inv", (matrix,)) if matrix == other:
                return True
            case m.Transpose(m.Operation("inv", (matrix,))) if (
                m.Transpose(matrix) == other
            ):
                return True
    return False


def hadamard(left: m.MatrixExpr, right: m.MatrixExpr) -> m.MatrixExpr:
    """An elementwise product with equal factors taken together."""
    return build(split(m.Hadamard(left, right)))


@lru_cache(maxsize=8192)
def elementwise(expr: m.MatrixExpr) -> Parts:  # noqa: C901 - a table of the nodes
    """Number, scalars and powers of factors of equal shape."""
    match expr:
        case m.Neg(arg):
            size, scalars, powers = elementwise(arg)
            return -size, scalars, powers
        case m.Constant(value) if value:
            return value, (), ()
        case m.Scale(scalar, arg):
            front = split(scalar)
            size, scalars, powers = elementwise(arg)
            joined = multiply(front.scalars, scalars)
            return front.coefficient * size, joined, powers
        case m.Hadamard(left, right):
            return _times(elementwise(left), elementwise(right), ONE)
        case m.Quotient(above, below) if below.shape == SCALAR:
            over = split(below)
            divisor = (over.coefficient, over.scalars, ())
            return _times(elementwise(above), divisor, -ONE)
        case m.Quotient(above, below):
            return _times(elementwise(above), elementwise(below), -ONE)
        case m.Power(base, exponent) if exponent.denominator == 1:
            return _times((ONE, (), ()), elementwise(base), exponent)
        case m.Power(base, exponent):
            return ONE, (), ((base, exponent),)
        case m.Elementwise(function, 0, base) if function.name == "sqrt":
            return ONE, (), (root(base),)
    return ONE, (), ((expr, ONE),)


def root(base: m.MatrixExpr) -> tuple[m.MatrixExpr, Fraction]:
    """A square root as a power; that of a square is the absolute value."""
    match base:
        case m.Power(inner, exponent) if exponent == 2:
            return m.Elementwise(lookup("abs"), 0, inner), ONE
    return base, HALF


def _times(one: Parts, two: Parts, exponent: Fraction) -> Parts:
    return (
        one[0] * two[0] ** int(exponent),
        multiply(one[1], raise_to(two[1], exponent)),
        multiply(one[2], raise_to(two[2], exponent)),
    )


def power(base: m.MatrixExpr, exponent: Fraction) -> m.MatrixExpr:
    """A power as it is written: a root, a square."""
    if exponent == 1:
        return base
    if exponent == HALF:
        return m.Elementwise(lookup("sqrt"), 0, base)
    match base:
        case m.Power(inner, own) if own.denominator == exponent.denominator == 1:
            return power(inner, own * exponent)
    return m.Power(base, exponent)


def build_elementwise(powers: Powers, shape: Shape) -> m.MatrixExpr:
    """Factors multiplied entry by entry; those with negative powers below."""
    powers = signs(powers)
    above = [power(base, exponent) for base, exponent in powers if exponent > 0]
    below = [power(base, -exponent) for base, exponent in powers if exponent < 0]
    top = reduce(m.Hadamard, above) if above else m.Constant(ONE, shape)
    for divisor in [reduce(m.Hadamard, below)] if below else []:
        top = m.Quotient(top, divisor)
    return top


def signs(powers: Powers) -> Powers:
    """U / |u| = sign(u)."""
    found = dict(powers)
    for base, exponent in powers:
        match base:
            case m.Elementwise(function, 0, inner) if (
                function.name == "abs" and exponent == -1 and found.get(inner) == 1
            ):
                sign = m.Elementwise(lookup("sign"), 0, inner)
                rest = tuple(pair for pair in powers if pair[0] not in (base, inner))
                return ((sign, ONE), *rest)
    return powers


def join(chain: Chain) -> m.MatrixExpr:
    """The product of factors from the left; powers of a square matrix as such."""
    return reduce(m.MatMul, runs(chain))


def runs(chain: Iterable[m.MatrixExpr]) -> Chain:
    """Three and more equal factors in a row as a power, two transposed ones too."""
    found: list[m.MatrixExpr] = []
    count = 0
    for factor in (*(f for part in chain for f in flat(part)), None):
        if found and count and factor == found[-1]:
            count += 1
            continue
        if count > 1:
            found[-1:] = _power_of(found[-1], count)
        if factor is not None:
            found.append(factor)
        count = 1
    return tuple(found)


def flat(factor: m.MatrixExpr) -> Chain:
    """The factors of a matrix product without its brackets."""
    if isinstance(factor, m.MatMul) and factor.shape != SCALAR:
        return (*flat(factor.left), *flat(factor.right))
    return (factor,)


def _power_of(factor: m.MatrixExpr, count: int) -> Chain:
    match factor:
        case m.Transpose(arg):
            return (m.Transpose(m.Operation("matpow", (arg,), (count,))),)
        case m.Operation("inv", (m.Symbol() as arg,)):
            return (m.Operation("matpow", (arg,), (-count,)),)
    if count == 2:
        return (factor, factor)
    return (m.Operation("matpow", (factor,), (count,)),)


def build(product: Product) -> m.MatrixExpr:
    """A summand again: sign, number, scalars, chain, divisors."""
    if product.coefficient < 0:
        product = absorbed(product)
    size = abs(product.coefficient)
    above = [power(base, e) for base, e in product.scalars if e > 0]
    below = [power(base, -e) for base, e in product.scalars if e < 0]
    is_number = not product.chain
    if size.denominator != 1 and below and size.numerator == 1:
        below.insert(0, m.Constant(Fraction(size.denominator), SCALAR))
        size = ONE
    if size != 1 or (is_number and not above):
        above.insert(0, m.Constant(size, SCALAR))
    expr: m.MatrixExpr
    if is_number:
        expr = reduce(m.Scale, above)
    else:
        first, *rest = runs(product.chain)
        if above:
            first = _scaled(reduce(m.Scale, above), first)
        expr = reduce(m.MatMul, rest, first)
    if below:
        expr = m.Quotient(expr, reduce(m.Scale, below))
    return m.Neg(expr) if product.coefficient < 0 else expr


def absorbed(product: Product) -> Product:
    """A minus sign taken into a difference: -(x - y) is y - x."""
    for place, factor in enumerate(product.chain):
        if isinstance(factor, m.Add) and has_minus(factor):
            chain = (
                *product.chain[:place],
                negated(factor),
                *product.chain[place + 1 :],
            )
            return replace(product.opposite, chain=chain)
    for place, (base, exponent) in enumerate(product.scalars):
        if isinstance(base, m.Add) and has_minus(base) and exponent in (1, -1):
            pair = ((negated(base), exponent),)
            scalars = product.scalars[:place] + pair + product.scalars[place + 1 :]
            return replace(product.opposite, scalars=scalars)
    return product


def has_minus(expr: m.Add) -> bool:
    """Whether a summand is negative, so that the opposite starts without a sign."""
    return any(split(term).coefficient < 0 for term in expr.terms)


def negated(expr: m.Add) -> m.MatrixExpr:
    """The opposite of a sum, positive summands first."""
    return positive_first([split(term).opposite for term in expr.terms])


def _scaled(scalar: m.MatrixExpr, expr: m.MatrixExpr) -> m.MatrixExpr:
    """A scalar times the first factor; times ones it is that constant."""
    match scalar, expr:
        case m.Constant(value), m.Constant(own, shape):
            return m.Constant(value * own, shape)
    return m.Scale(scalar, expr)


def summands(expr: m.MatrixExpr) -> tuple[Product, ...]:
    """The terms of a sum, those of sums inside it too."""
    match expr:
        case m.Add(terms):
            return tuple(part for term in terms for part in summands(term))
        case m.Neg(arg):
            return tuple(part.opposite for part in summands(arg))
    return (split(expr),)


def total(parts: Iterable[Product], shape: Shape) -> m.MatrixExpr:
    """The sum of products; zeros for none."""
    built = tuple(map(build, parts))
    if not built:
        return m.Constant(Fraction(0), shape)
    return built[0] if len(built) == 1 else m.Add(built)
