"""Slips in what is evaluated: functions, arguments, numbers, terms, powers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial, reduce

from symjac.claims.edits.edit import Change, Primed, run_of, same
from symjac.claims.edits.material import Material
from symjac.claims.edits.products import joined, taken_apart
from symjac.expr.matrix import (
    Add,
    Constant,
    Diag,
    Elementwise,
    Hadamard,
    MatMul,
    MatrixExpr,
    Neg,
    Operation,
    Power,
    Scale,
    Symbol,
    transpose,
)
from symjac.expr.shape import SCALAR, Kind

TWO, HALF = Fraction(2), Fraction(1, 2)


def primes(
    node: MatrixExpr, parent: MatrixExpr | None, material: Material
) -> Iterator[Change]:
    """A prime dropped or added; the derivative in place of a named value."""
    match node:
        case Elementwise(function, order, arg):
            if order:
                fewer = Elementwise(function, order - 1, arg)
                yield "drop_prime", (node,), partial(same, fewer)
            more = Elementwise(function, order + 1, arg)
            yield "add_prime", (node, more), partial(same, more)
        case Symbol() if isinstance(value := material.value(node), Elementwise):
            more = Elementwise(value.function, value.order + 1, value.arg)
            yield "add_prime", (node, more), partial(same, more)


def arguments(
    node: MatrixExpr, parent: MatrixExpr | None, material: Material
) -> Iterator[Change]:
    """A function evaluated elsewhere, a quantity taken at another step."""
    if isinstance(node, Elementwise):
        name = Primed(node.function, node.order)
        for new in material.values:
            if new.shape == node.shape and new != node.arg:
                said = (name, node.arg, new)
                make = partial(Elementwise, node.function, node.order, new)
                yield "argument", said, make
        if not node.order:
            yield "drop_function", (name, node.arg), partial(same, node.arg)
    if isinstance(node, Symbol):
        for new in material.steps(node):
            yield "shift", (node, new), partial(same, new)


def others(
    node: MatrixExpr, parent: MatrixExpr | None, material: Material
) -> Iterator[Change]:
    """Another quantity of the same shape in place of one."""
    if isinstance(node, Symbol | Constant) or node.shape.kind is Kind.COLUMN:
        for new in material.values:
            if new.shape == node.shape and new != node:
                yield "replace", (node, new), partial(same, new)


def numbers(
    node: MatrixExpr, parent: MatrixExpr | None, _: Material
) -> Iterator[Change]:
    """Signs, and factors 2, of the whole and of each term."""
    match node:
        case Neg(arg):
            yield "sign", (arg,), partial(same, arg)
        case Constant(value, shape) if value:
            for new in {-value, value * 2, value / 2} - {Fraction(1)}:
                make = partial(Constant, new, shape)
                yield "number", (str(value), str(new)), make
    if parent is None or isinstance(parent, Add):
        if not isinstance(node, Neg):
            yield "sign", (node,), partial(Neg, node)
        twice, half = Constant(TWO, SCALAR), Constant(HALF, SCALAR)
        yield "double", (node,), partial(Scale, twice, node)
        yield "halve", (node,), partial(Scale, half, node)


def fewer_terms(
    node: MatrixExpr, parent: MatrixExpr | None, _: Material
) -> Iterator[Change]:
    """A term dropped; brackets around a sum that a product should reach."""
    if not isinstance(node, Add):
        return
    terms = node.terms
    for i, term in enumerate(terms):
        yield "drop_term", (term,), partial(_sum, (*terms[:i], *terms[i + 1 :]))
    for i, last in enumerate(terms):
        rest = terms[:i] + terms[i + 1 :]
        for kind, before, after in _splits(last):
            inner = Add((*rest, before)) if before.shape == node.shape else before
            yield "brackets", (inner,), partial(_bracketed, kind, rest, before, after)


def _splits(
    node: MatrixExpr,
) -> Iterator[tuple[type[MatMul] | type[Hadamard], MatrixExpr, MatrixExpr]]:
    """A product cut in two, once for each place, with the kind of product."""
    if isinstance(node, MatMul):
        scalars, parts = taken_apart(node)
        for i in range(1, len(parts)):
            yield MatMul, joined(scalars, parts[:i]), reduce(MatMul, parts[i:])
    after: MatrixExpr | None = None
    while isinstance(node, Hadamard):
        after = node.right if after is None else Hadamard(node.right, after)
        node = node.left
        yield Hadamard, node, after


def _bracketed(
    kind: type[MatMul] | type[Hadamard],
    terms: tuple[MatrixExpr, ...],
    before: MatrixExpr,
    after: MatrixExpr,
) -> MatrixExpr:
    """(a + b) c for a + b c."""
    return kind(Add((*terms, before)), after)


def more_terms(
    node: MatrixExpr, parent: MatrixExpr | None, material: Material
) -> Iterator[Change]:
    """A term of the derivative or the equations added, or subtracted from."""
    if isinstance(parent, Add | Neg) or isinstance(node, Constant):
        return
    for new in material.terms:
        if new.shape == node.shape and new not in _terms(node):
            said = (new,)
            yield "term", said, partial(_sum, (*_terms(node), new))
            less = (new, *map(Neg, _terms(node)))
            yield "subtract", (new, node), partial(_sum, less)


def _terms(node: MatrixExpr) -> tuple[MatrixExpr, ...]:
    return node.terms if isinstance(node, Add) else (node,)


def _sum(terms: tuple[MatrixExpr, ...]) -> MatrixExpr:
    return terms[0] if len(terms) == 1 else Add(terms)


def products(
    node: MatrixExpr, parent: MatrixExpr | None, _: Material
) -> Iterator[Change]:
    """A matrix product in place of an elementwise one, and the other way round."""
    match node:
        case Hadamard(left, right):
            for a, b in ((left, right), (transpose(left), right), (right, left)):
                yield "to_product", (run_of((a, b)),), partial(MatMul, a, b)
        case MatMul(left, right) if left.shape == right.shape:
            new = Hadamard(left, right)
            yield "to_hadamard", (new,), partial(same, new)


def powers(
    node: MatrixExpr, parent: MatrixExpr | None, _: Material
) -> Iterator[Change]:
    """An exponent one larger, one smaller, or of the other sign."""
    match node:
        case Operation("matpow", args, (int(exponent),)):
            for new in (exponent - 1, exponent + 1):
                make = partial(Operation, "matpow", args, (new,))
                yield "power", (str(exponent), str(new)), make
        case Power(base, exponent):
            for value in (exponent - 1, exponent + 1, -exponent):
                shown = (str(exponent), str(value))
                yield "power", shown, partial(Power, base, value)


def operations(
    node: MatrixExpr, parent: MatrixExpr | None, _: Material
) -> Iterator[Change]:
    """A diag or an inverse added or dropped, the operands of an operation swapped."""
    match node:
        case Diag(arg):
            yield "no_diag", (arg,), partial(same, arg)
        case Operation("inv", (arg,)):
            yield "no_inverse", (arg,), partial(same, arg)
        case Operation(name, (left, right), parameters):
            make = partial(Operation, name, (right, left), parameters)
            yield "operands", (node,), make
    if node.shape.kind is Kind.COLUMN:
        yield "in_diag", (node,), partial(Diag, node)
    if _is_square(node) and isinstance(node, Symbol | Add):
        yield "inverse", (node,), partial(Operation, "inv", (node,))


def symmetrized(
    node: MatrixExpr, parent: MatrixExpr | None, _: Material
) -> Iterator[Change]:
    """M + M^T in place of 2 M, or the mean of both in place of M."""
    match node:
        case Scale(Constant(value), arg) if value in (2, -2) and _is_square(arg):
            whole: MatrixExpr = Add((arg, transpose(arg)))
            whole = Neg(whole) if value < 0 else whole
            yield "symmetrize", (node, whole), partial(same, whole)
    if _is_square(node) and isinstance(node, Symbol | Operation):
        half = Constant(HALF, SCALAR)
        whole = Scale(half, Add((node, transpose(node))))
        yield "symmetrize", (node, whole), partial(same, whole)


def _is_square(node: MatrixExpr) -> bool:
    shape = node.shape
    return shape.kind is Kind.MATRIX and shape.dims[0] == shape.dims[1]
