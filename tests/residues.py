"""Values of matrix forms modulo a prime: exact, so that equal formulas agree.

Functions and named operations have values drawn by their arguments, so that nothing is
assumed of them but the slopes in `function`, written by hand. Two formulas that differ
as polynomials in all that agree at a point with probability below 2^-50.
Source: Schwartz (1980), "Fast probabilistic algorithms for verification of identities".
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from symjac.library.functions import lookup
from symjac.terms import matrix as m
from symjac.terms.shape import Dim, Kind, Shape
from tests.oracles import size

PRIME = 2**61 - 1
Rows = tuple[tuple[int, ...], ...]


class NoValueError(Exception):
    """No value modulo the prime: a root, or a reciprocal of zero."""


def sides(shape: Shape) -> tuple[int, int]:
    """Rows and columns."""
    dims: list[Dim] = [*shape.dims, 1, 1]
    found = (size(dims[0]), size(dims[1]))
    return found[::-1] if shape.kind is Kind.ROW else found


def entrywise(at: Callable[[int, int], int], shape: Shape) -> Rows:
    """A matrix by its entries."""
    rows, columns = sides(shape)
    return tuple(tuple(at(i, j) % PRIME for j in range(columns)) for i in range(rows))


def power(base: int, exponent: Fraction) -> int:
    """A power; a root is the one of both that a table would choose."""
    if exponent < 0:
        if base == 0:
            raise NoValueError
        return power(pow(base, -1, PRIME), -exponent)
    if exponent.denominator == 1:
        return pow(base, exponent.numerator, PRIME)
    root = pow(base, (PRIME + 1) // 4, PRIME)
    if exponent.denominator != 2 or root * root % PRIME != base:
        raise NoValueError
    return pow(min(root, PRIME - root), exponent.numerator, PRIME)


@dataclass
class Residues:
    """One point: what is drawn depends on what is asked for, and on nothing else."""

    seed: int

    def draw(self, *what: object) -> int:
        """One value for each question."""
        return random.Random(repr((self.seed, *what))).randrange(PRIME)

    def function(self, name: str, order: int, x: int) -> int:
        """A function's value, or what its slope is known to be."""
        f = self.draw(name, 0, x)
        slopes: dict[str, Callable[[], int]] = {
            "tanh": lambda: 1 - f * f,
            "sigmoid": lambda: f * (1 - f),
            "exp": lambda: f,
            "sin": lambda: self.draw("cos", 0, x),
            "cos": lambda: -self.draw("sin", 0, x),
            "softplus": lambda: self.draw("sigmoid", 0, x),
        }
        if order == 1 and name in slopes:
            return slopes[name]()
        if order > 1 and not lookup(name).is_generic:
            raise NoValueError
        return self.draw(name, order, x)

    def values(self, expr: m.MatrixExpr) -> Rows:  # noqa: C901 - a table
        """All entries of a matrix form."""
        shape, of = expr.shape, self.values
        match expr:
            case m.Symbol():
                mirror = expr.symmetric
                return entrywise(
                    lambda i, j: self.draw(
                        str(expr), *((min(i, j), max(i, j)) if mirror else (i, j))
                    ),
                    shape,
                )
            case m.Constant(value, _):
                number = value.numerator * pow(value.denominator, -1, PRIME)
                return entrywise(lambda i, j: number, shape)
            case m.Identity():
                return entrywise(lambda i, j: i == j, shape)
            case m.Neg(arg):
                a = of(arg)
                return entrywise(lambda i, j: -a[i][j], shape)
            case m.Scale(scalar, arg):
                s, a = of(scalar)[0][0], of(arg)
                return entrywise(lambda i, j: s * a[i][j], shape)
            case m.Transpose(arg):
                a = of(arg)
                return entrywise(lambda i, j: a[j][i], shape)
            case m.Diag(arg):
                a = of(arg)
                return entrywise(lambda i, j: a[i][0] if i == j else 0, shape)
            case m.Add(terms):
                parts = [of(term) for term in terms]
                return entrywise(lambda i, j: sum(p[i][j] for p in parts), shape)
            case m.Hadamard(left, right):
                a, b = of(left), of(right)
                return entrywise(lambda i, j: a[i][j] * b[i][j], shape)
            case m.Power(base, exponent):
                a = of(base)
                return entrywise(lambda i, j: power(a[i][j], exponent), shape)
            case m.Quotient(above, below):
                a, b, minus = of(above), of(below), Fraction(-1)
                whole = below.shape == shape
                return entrywise(
                    lambda i, j: a[i][j] * power(b[i][j] if whole else b[0][0], minus),
                    shape,
                )
            case m.MatMul(left, right):
                a, b = of(left), of(right)
                inner = range(len(b))
                return entrywise(
                    lambda i, j: sum(a[i][k] * b[k][j] for k in inner), shape
                )
            case m.Elementwise(function, order, arg):
                a = of(arg)
                return entrywise(
                    lambda i, j: self.function(function.name, order, a[i][j]), shape
                )
            case m.Operation(name, args, parameters):
                inside = [of(arg) for arg in args]
                return entrywise(
                    lambda i, j: self.draw(name, parameters, inside, i, j), shape
                )
        raise TypeError(type(expr).__name__)
