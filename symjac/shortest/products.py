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

from symjac.expr.matrix import (
    Add,
    Constant,
    Diag,
    Elementwise,
    Hadamard,
    Identity,
    MatMul,
    MatrixExpr,
    Neg,
    Operation,
    Power,
    Quotient,
    Scale,
    Symbol,
    Transpose,
    matmul_shape,
)
from symjac.expr.shape import SCALAR, Kind, Shape
from symjac.expr.text import matrix_text
from symjac.library.functions import lookup

ZERO, ONE, HALF = Fraction(0), Fraction(1), Fraction(1, 2)
Powers = tuple[tuple[MatrixExpr, Fraction], ...]
Chain = tuple[MatrixExpr, ...]
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
        is_number = all(isinstance(f, Constant) for f in self.chain)
        text = matrix_text(build(replace(self, coefficient=abs(self.coefficient))))
        return not is_number or bool(self.scalars), len(text), text

    @property
    def unsigned(self) -> tuple[Powers, Chain]:
        """What two summands that can be added up have in common."""
        return tuple(sorted(self.scalars, key=repr)), self.chain


def multiply(*powers: Powers) -> Powers:
    """Powers with equal bases put together, in order of first appearance."""
    found: dict[MatrixExpr, Fraction] = {}
    for base, exponent in (pair for part in powers for pair in part):
        found[base] = found.get(base, Fraction(0)) + exponent
    return tuple((base, exponent) for base, exponent in found.items() if exponent)


def raise_to(powers: Powers, exponent: Fraction) -> Powers:
    """Each power to a power."""
    return tuple((base, own * exponent) for base, own in powers)


@lru_cache(maxsize=8192)
def split(expr: MatrixExpr) -> Product:  # noqa: C901 - a table of the nodes
    """A summand taken apart."""
    match expr:
        case Neg(arg):
            return split(arg).opposite
        case Constant(value, shape) if value:
            ones = () if shape == SCALAR else (Constant(ONE, shape),)
            return Product(value, (), ones)
        case Scale(scalar, arg):
            front, inner = split(scalar), split(arg)
            size = front.coefficient * inner.coefficient
            return Product(size, multiply(front.scalars, inner.scalars), inner.chain)
        case Quotient(above, below) if below.shape == SCALAR:
            inner, over = split(above), split(below)
            scalars = multiply(inner.scalars, raise_to(over.scalars, -ONE))
            return Product(inner.coefficient / over.coefficient, scalars, inner.chain)
        case Power() | Elementwise() if expr.shape == SCALAR:
            return split_power(expr)
        case MatMul():
            return split_chain(expr)
        case Operation("inv", (arg,)):
            return split_inverse(expr, arg)
        case Operation(args=(arg,)) if count := times(expr):
            return Product(ONE, (), (arg,) * count)
        case Transpose(Operation(args=(arg,)) as inner_) if count := times(inner_):
            return Product(ONE, (), (Transpose(arg),) * count)
        case Transpose(Operation("inv", (arg,)) as inverse):
            inner = split_inverse(inverse, arg)
            return replace(inner, chain=tuple(map(Transpose, inner.chain)))
        case Hadamard() | Quotient() | Power():
            size, scalars, powers = elementwise(expr)
            return Product(size, scalars, (build_elementwise(powers, expr.shape),))
        case Diag(arg):
            inner = split(arg)
            return replace(inner, chain=(diagonal(join(inner.chain)),))
    sign, whole = orient(expr) if isinstance(expr, Add) else (ONE, expr)
    if expr.shape == SCALAR:
        return Product(sign, ((whole, ONE),))
    return Product(sign, (), (whole,))


def times(expr: Operation) -> int:
    """How often a matrix stands in its power; 0 for what is no such power."""
    match expr:
        case Operation("matpow", _, (int() as exponent,)) if exponent > 0:
            return exponent
    return 0


def orient(expr: Add) -> tuple[Fraction, MatrixExpr]:
    """A sum or its negative, so that the two have one form: its least part is plus."""
    parts = [split(term) for term in expr.terms]
    least = min(parts, key=lambda part: part.order)
    if least.coefficient > 0:
        return ONE, expr
    return -ONE, positive_first([part.opposite for part in parts])


def positive_first(parts: list[Product]) -> MatrixExpr:
    """A sum that starts with a summand without a sign, if it has one."""
    ordered = sorted(parts, key=lambda part: part.coefficient < 0)
    return Add(tuple(map(build, ordered)))


def split_inverse(expr: MatrixExpr, arg: MatrixExpr) -> Product:
    """inv(c A) = inv(A) / c."""
    inner = split(arg)
    if len(inner.chain) != 1 or (inner.coefficient == 1 and not inner.scalars):
        return Product(ONE, (), (expr,))
    inverse = Operation("inv", inner.chain)
    return Product(1 / inner.coefficient, raise_to(inner.scalars, -ONE), (inverse,))


def diagonal(vector: MatrixExpr) -> MatrixExpr:
    """diag(v); the identity for ones."""
    if isinstance(vector, Constant) and vector.value == 1:
        return Identity(vector.shape.dims[0])
    return Diag(vector)


def split_power(expr: Power | Elementwise) -> Product:
    """A power of a scalar; a root of a positive one is a power too."""
    match expr:
        case Elementwise(function, 0, base) if function.name == "sqrt":
            return Product(ONE, ((base, HALF),))
        case Power(base, exponent) if exponent.denominator == 1:
            inner = split(base)
            if inner.coefficient:
                powers = raise_to(inner.scalars, exponent)
                return Product(inner.coefficient ** int(exponent), powers)
        case Power(base, exponent):
            return Product(ONE, ((base, exponent),))
    return Product(ONE, ((expr, ONE),))


def split_chain(expr: MatrixExpr, *, whole: bool = False) -> Product:
    """A matrix product: numbers and scalars in front, brackets left out.

    Args:
        whole: whether an inner product keeps its factors as a chain.
    """
    size = ONE
    scalars: Powers = ()
    chain: list[MatrixExpr] = []
    todo = [expr]
    while todo:
        node = todo.pop()
        if isinstance(node, MatMul) and (node.shape != SCALAR or node is expr):
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
    found: list[MatrixExpr] = []
    for factor in chain:
        last = found[-1] if found else None
        if isinstance(factor, Identity) and found:
            continue
        if isinstance(last, Identity):
            found[-1] = factor
        elif last is not None and is_inverse(last, factor):
            found[-1] = Identity(last.shape.dims[0])
        elif isinstance(last, Diag) and isinstance(factor, Diag):
            found[-1] = Diag(hadamard(last.arg, factor.arg))
        elif isinstance(last, Diag) and factor.shape.kind is Kind.COLUMN:
            found[-1] = hadamard(last.arg, factor)
        else:
            found.append(factor)
    if len(found) > 1 and isinstance(found[-1], Identity):
        found.pop()
    return tuple(found)


def is_inverse(one: MatrixExpr, two: MatrixExpr) -> bool:
    """Whether one is written as the inverse of the other."""
    for inverse, other in ((one, two), (two, one)):
        match inverse:
            case Operation("inv", (matrix,)) if matrix == other:
                return True
            case Transpose(Operation("inv", (matrix,))) if Transpose(matrix) == other:
                return True
    return False


def hadamard(left: MatrixExpr, right: MatrixExpr) -> MatrixExpr:
    """An elementwise product with equal factors taken together."""
    return build(split(Hadamard(left, right)))


@lru_cache(maxsize=8192)
def elementwise(expr: MatrixExpr) -> Parts:  # noqa: C901 - a table of the nodes
    """Number, scalars and powers of factors of equal shape."""
    match expr:
        case Neg(arg):
            size, scalars, powers = elementwise(arg)
            return -size, scalars, powers
        case Constant(value) if value:
            return value, (), ()
        case Scale(scalar, arg):
            front = split(scalar)
            size, scalars, powers = elementwise(arg)
            joined = multiply(front.scalars, scalars)
            return front.coefficient * size, joined, powers
        case Hadamard(left, right):
            return _times(elementwise(left), elementwise(right), ONE)
        case Quotient(above, below) if below.shape == SCALAR:
            over = split(below)
            divisor = (over.coefficient, over.scalars, ())
            return _times(elementwise(above), divisor, -ONE)
        case Quotient(above, below):
            return _times(elementwise(above), elementwise(below), -ONE)
        case Power(base, exponent) if exponent.denominator == 1:
            return _times((ONE, (), ()), elementwise(base), exponent)
        case Power(base, exponent):
            return ONE, (), ((base, exponent),)
        case Elementwise(function, 0, base) if function.name == "sqrt":
            return ONE, (), (root(base),)
    return ONE, (), ((expr, ONE),)


def root(base: MatrixExpr) -> tuple[MatrixExpr, Fraction]:
    """A square root as a power; that of a square is the absolute value."""
    match base:
        case Power(inner, exponent) if exponent == 2:
            return Elementwise(lookup("abs"), 0, inner), ONE
    return base, HALF


def _times(one: Parts, two: Parts, exponent: Fraction) -> Parts:
    return (
        one[0] * two[0] ** int(exponent),
        multiply(one[1], raise_to(two[1], exponent)),
        multiply(one[2], raise_to(two[2], exponent)),
    )


def power(base: MatrixExpr, exponent: Fraction) -> MatrixExpr:
    """A power as it is written: a root, a square."""
    if exponent == 1:
        return base
    if exponent == HALF:
        return Elementwise(lookup("sqrt"), 0, base)
    match base:
        case Power(inner, own) if own.denominator == exponent.denominator == 1:
            return power(inner, own * exponent)
    return Power(base, exponent)


def build_elementwise(powers: Powers, shape: Shape) -> MatrixExpr:
    """Factors multiplied entry by entry; those with negative powers below."""
    powers = signs(powers)
    above = [power(base, exponent) for base, exponent in powers if exponent > 0]
    below = [power(base, -exponent) for base, exponent in powers if exponent < 0]
    top = reduce(Hadamard, above) if above else Constant(ONE, shape)
    for divisor in [reduce(Hadamard, below)] if below else []:
        top = Quotient(top, divisor)
    return top


def signs(powers: Powers) -> Powers:
    """U / |u| = sign(u)."""
    found = dict(powers)
    for base, exponent in powers:
        match base:
            case Elementwise(function, 0, inner) if (
                function.name == "abs" and exponent == -1 and found.get(inner) == 1
            ):
                sign = Elementwise(lookup("sign"), 0, inner)
                rest = tuple(pair for pair in powers if pair[0] not in (base, inner))
                return ((sign, ONE), *rest)
    return powers


def join(chain: Chain) -> MatrixExpr:
    """The product of factors from the left; powers of a square matrix as such."""
    return reduce(MatMul, runs(chain))


def runs(chain: Iterable[MatrixExpr]) -> Chain:
    """Three and more equal factors in a row as a power, two transposed ones too."""
    found: list[MatrixExpr] = []
    count = 0
    for factor in (*chain, None):
        if found and count and factor == found[-1]:
            count += 1
            continue
        if count > 1:
            found[-1:] = _power_of(found[-1], count)
        if factor is not None:
            found.append(factor)
        count = 1
    return tuple(found)


def _power_of(factor: MatrixExpr, count: int) -> Chain:
    match factor:
        case Transpose(arg):
            return (Transpose(Operation("matpow", (arg,), (count,))),)
        case Operation("inv", (Symbol() as arg,)):
            return (Operation("matpow", (arg,), (-count,)),)
    if count == 2:
        return (factor, factor)
    return (Operation("matpow", (factor,), (count,)),)


def build(product: Product) -> MatrixExpr:
    """A summand again: sign, number, scalars, chain, divisors."""
    if product.coefficient < 0:
        product = absorbed(product)
    size = abs(product.coefficient)
    above = [power(base, e) for base, e in product.scalars if e > 0]
    below = [power(base, -e) for base, e in product.scalars if e < 0]
    is_number = not product.chain
    if size.denominator != 1 and below and size.numerator == 1:
        below.insert(0, Constant(Fraction(size.denominator), SCALAR))
        size = ONE
    if size != 1 or (is_number and not above):
        above.insert(0, Constant(size, SCALAR))
    expr: MatrixExpr
    if is_number:
        expr = reduce(Scale, above)
    else:
        first, *rest = runs(product.chain)
        if above:
            first = _scaled(reduce(Scale, above), first)
        expr = reduce(MatMul, rest, first)
    if below:
        expr = Quotient(expr, reduce(Scale, below))
    return Neg(expr) if product.coefficient < 0 else expr


def absorbed(product: Product) -> Product:
    """A minus sign taken into a difference: -(x - y) is y - x."""
    for place, factor in enumerate(product.chain):
        if isinstance(factor, Add) and has_minus(factor):
            chain = (
                *product.chain[:place],
                negated(factor),
                *product.chain[place + 1 :],
            )
            return replace(product.opposite, chain=chain)
    for place, (base, exponent) in enumerate(product.scalars):
        if isinstance(base, Add) and has_minus(base) and exponent in (1, -1):
            pair = ((negated(base), exponent),)
            scalars = product.scalars[:place] + pair + product.scalars[place + 1 :]
            return replace(product.opposite, scalars=scalars)
    return product


def has_minus(expr: Add) -> bool:
    """Whether a summand is negative, so that the opposite starts without a sign."""
    return any(split(term).coefficient < 0 for term in expr.terms)


def negated(expr: Add) -> MatrixExpr:
    """The opposite of a sum, positive summands first."""
    return positive_first([split(term).opposite for term in expr.terms])


def _scaled(scalar: MatrixExpr, expr: MatrixExpr) -> MatrixExpr:
    """A scalar times the first factor; times ones it is that constant."""
    match scalar, expr:
        case Constant(value), Constant(own, shape):
            return Constant(value * own, shape)
    return Scale(scalar, expr)


def can_chain(chain: Chain) -> bool:
    """Whether no inner product stands among further factors."""
    shape = chain[0].shape
    for factor in chain[1:]:
        found = matmul_shape(shape, factor.shape)
        if found is None:
            return False
        shape = found
    return True


def summands(expr: MatrixExpr) -> tuple[Product, ...]:
    """The terms of a sum, those of sums inside it too."""
    match expr:
        case Add(terms):
            return tuple(part for term in terms for part in summands(term))
        case Neg(arg):
            return tuple(part.opposite for part in summands(arg))
    return (split(expr),)


def total(parts: Iterable[Product], shape: Shape) -> MatrixExpr:
    """The sum of products; zeros for none."""
    built = tuple(map(build, parts))
    if not built:
        return Constant(Fraction(0), shape)
    return built[0] if len(built) == 1 else Add(built)
