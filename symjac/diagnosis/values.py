"""Slips in what is evaluated: functions, arguments, numbers, terms, powers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial, reduce

from symjac.diagnosis.edit import Change, Primed, run_of, same
from symjac.diagnosis.material import Parts
from symjac.diagnosis.products import joined, taken_apart
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Kind

TWO, HALF = Fraction(2), Fraction(1, 2)


def primes(
    node: m.MatrixExpr, parent: m.MatrixExpr | None, material: Parts
) -> Iterator[Change]:
    """A prime dropped or added; the derivative in place of a named value."""
    match node:
        case m.Elementwise(function, order, arg):
            if order:
                fewer = m.Elementwise(function, order - 1, arg)
                yield "drop_prime", (node,), partial(same, fewer)
            more = m.Elementwise(function, order + 1, arg)
            yield "add_prime", (node, more), partial(same, more)
        case m.Symbol() if isinstance(value := material.value(node), m.Elementwise):
            more = m.Elementwise(value.function, value.order + 1, value.arg)
            yield "add_prime", (node, more), partial(same, more)


def arguments(
    node: m.MatrixExpr, parent: m.MatrixExpr | None, material: Parts
) -> Iterator[Change]:
    """A function evaluated elsewhere, a quantity taken at another step."""
    if isinstance(node, m.Elementwise):
        name = Primed(node.function, node.order)
        for new in material.values:
            if new.shape == node.shape and new != node.arg:
                said = (name, node.arg, new)
                make = partial(m.Elementwise, node.function, node.order, new)
                yield "argument", said, make
        if not node.order:
            yield "drop_function", (name, node.arg), partial(same, node.arg)
    if isinstance(node, m.Symbol):
        for new in material.steps(node):
            yield "shift", (node, new), partial(same, new)


def others(
    node: m.MatrixExpr, parent: m.MatrixExpr | None, material: Parts
) -> Iterator[Change]:
    """Another quantity of the same shape in place of one."""
    if isinstance(node, m.Symbol | m.Constant) or node.shape.kind is Kind.COLUMN:
        for new in material.values:
            if new.shape == node.shape and new != node:
                yield "replace", (node, new), partial(same, new)


def numbers(
    node: m.MatrixExpr, parent: m.MatrixExpr | None, _: Parts
) -> Iterator[Change]:
    """Signs, and factors 2, of the whole and of each term."""
    match node:
        case m.Neg(arg):
            yield "sign", (arg,), partial(same, arg)
        case m.Constant(value, shape) if value:
            for new in {-value, value * 2, value / 2} - {Fraction(1)}:
                make = partial(m.Constant, new, shape)
                yield "number", (str(value), str(new)), make
    if parent is None or isinstance(parent, m.Add):
        if not isinstance(node, m.Neg):
            yield "sign", (node,), partial(m.Neg, node)
        twice, half = m.Constant(TWO, SCALAR), m.Constant(HALF, SCALAR)
        yield "double", (node,), partial(m.Scale, twice, node)
        yield "halve", (node,), partial(m.Scale, half, node)


def fewer_terms(
    node: m.MatrixExpr, parent: m.MatrixExpr | None, _: Parts
) -> Iterator[Change]:
    """A term dropped; brackets around a sum that a product should reach."""
    if not isinstance(node, m.Add):
        return
    terms = node.terms
    for i, term in enumerate(terms):
        yield "drop_term", (term,), partial(_sum, (*terms[:i], *terms[i + 1 :]))
    for i, last in enumerate(terms):
        rest = terms[:i] + terms[i + 1 :]
        for kind, before, after in _splits(last):
            inner = m.Add((*rest, before)) if before.shape == node.shape else before
            yield "brackets", (inner,), partial(_bracketed, kind, rest, before, after)


def _splits(
    node: m.MatrixExpr,
) -> Iterator[tuple[type[m.MatMul] | type[m.Hadamard], m.MatrixExpr, m.MatrixExpr]]:
    """A product cut in two, once for each place, with the kind of product."""
    if isinstance(node, m.MatMul):
        scalars, parts = taken_apart(node)
        for i in range(1, len(parts)):
            yield m.MatMul, joined(scalars, parts[:i]), reduce(m.MatMul, parts[i:])
    after: m.MatrixExpr | None = None
    while isinstance(node, m.Hadamard):
        after = node.right if after is None else m.Hadamard(node.right, after)
        node = node.left
        yield m.Hadamard, node, after


def _bracketed(
    kind: type[m.MatMul] | type[m.Hadamard],
    terms: tuple[m.MatrixExpr, ...],
    before: m.MatrixExpr,
    after: m.MatrixExpr,
) -> m.MatrixExpr:
    """(a + b) c for a + b c."""
    return kind(m.Add((*terms, before)), after)


def more_terms(
    node: m.MatrixExpr, parent: m.MatrixExpr | None, material: Parts
) -> Iterator[Change]:
    """A term of the derivative or the equations added, or subtracted from."""
    if isinstance(parent, m.Add | m.Neg) or isinstance(node, m.Constant):
        return
    for new in material.terms:
        if new.shape == node.shape and new not in _terms(node):
            said = (new,)
            yield "term", said, partial(_sum, (*_terms(node), new))
            less = (new, *map(m.Neg, _terms(node)))
            yield "subtract", (new, node), partial(_sum, less)


def _terms(node: m.MatrixExpr) -> tuple[m.MatrixExpr, ...]:
    return node.terms if isinstance(node, m.Add) else (node,)


def _sum(terms: tuple[m.MatrixExpr, ...]) -> m.MatrixExpr:
    return terms[0] if len(terms) == 1 else m.Add(terms)


def products(
    node: m.MatrixExpr, parent: m.MatrixExpr | None, _: Parts
) -> Iterator[Change]:
    """A matrix product in place of an elementwise one, and the other way round."""
    match node:
        case m.Hadamard(left, right):
            for a, b in ((left, right), (m.transpose(left), right), (right, left)):
                yield "to_product", (run_of((a, b)),), partial(m.MatMul, a, b)
        case m.MatMul(left, right) if left.shape == right.shape:
            new = m.Hadamard(left, right)
            yield "to_hadamard", (new,), partial(same, new)


def powers(
    node: m.MatrixExpr, parent: m.MatrixExpr | None, _: Parts
) -> Iterator[Change]:
    """An exponent one larger, one smaller, or of the other sign."""
    match node:
        case m.Operation("matpow", args, (int(exponent),)):
            for new in (exponent - 1, exponent + 1):
                make = partial(m.Operation, "matpow", args, (new,))
                yield "power", (str(exponent), str(new)), make
        case m.Power(base, exponent):
            for value in (exponent - 1, exponent + 1, -exponent):
                shown = (str(exponent), str(value))
                yield "power", shown, partial(m.Power, base, value)


def operations(
    node: m.MatrixExpr, parent: m.MatrixExpr | None, _: Parts
) -> Iterator[Change]:
    """A diag or an inverse added or dropped, the operands of an operation swapped."""
    match node:
        case m.Diag(arg):
            yield "no_diag", (arg,), partial(same, arg)
        case m.Operation("inv", (arg,)):
            yield "no_inverse", (arg,), partial(same, arg)
        case m.Operation(name, (left, right), parameters):
            make = partial(m.Operation, name, (right, left), parameters)
            yield "operands", (node,), make
    if node.shape.kind is Kind.COLUMN:
        yield "in_diag", (node,), partial(m.Diag, node)
    if _is_square(node) and isinstance(node, m.Symbol | m.Add):
        yield "inverse", (node,), partial(m.Operation, "inv", (node,))


def symmetrized(
    node: m.MatrixExpr, parent: m.MatrixExpr | None, _: Parts
) -> Iterator[Change]:
    """M + M^T in place of 2 M, or the mean of both in place of M."""
    match node:
        case m.Scale(m.Constant(value), arg) if value in (2, -2) and _is_square(arg):
            whole: m.MatrixExpr = m.Add((arg, m.transpose(arg)))
            whole = m.Neg(whole) if value < 0 else whole
            yield "symmetrize", (node, whole), partial(same, whole)
    if _is_square(node) and isinstance(node, m.Symbol | m.Operation):
        half = m.Constant(HALF, SCALAR)
        whole = m.Scale(half, m.Add((node, m.transpose(node))))
        yield "symmetrize", (node, whole), partial(same, whole)


def _is_square(node: m.MatrixExpr) -> bool:
    shape = node.shape
    return shape.kind is Kind.MATRIX and shape.dims[0] == shape.dims[1]
