"""Slips: edits of a formula, what is changed in words, and the formula after each.

In products: transposes, the order of factors, factors lost or too many. In what is
evaluated: functions, arguments, numbers, terms, powers. Throughout: every transpose,
every prime, every time step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial, reduce
from itertools import combinations, permutations
from typing import Literal

from symjac.diagnosis.material import Parts
from symjac.errors import ShapeError
from symjac.library.row import Function
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Kind
from symjac.typeset.text import ASCII, Printer

WORDS = {
    "function": "right if {0} is the logistic function",
    "drop_transpose": "drop the transpose of {0}",
    "transpose": "transpose {0}",
    "swap": "swap the factors {0} and {1}",
    "reverse": "reverse the order of the factors",
    "move": "move {0} behind {1}",
    "move_front": "move {0} to the front",
    "drop_prime": "drop the prime of {0}",
    "add_prime": "write the derivative {1} in place of {0}",
    "shift": "write {1}, the same quantity at another step, in place of {0}",
    "argument": "evaluate {0} at {2} in place of {1}",
    "sign": "change the sign of {0}",
    "drop_factor": "drop the factor {0}",
    "drop_divisor": "drop the divisor {0}",
    "number": "write {1} in place of {0}",
    "double": "multiply {0} by 2",
    "halve": "divide {0} by 2",
    "drop_term": "drop the term {0}",
    "drop_function": "drop {0}, and keep its argument {1}",
    "brackets": "put brackets around {0}",
    "in_diag": "write diag({0}) in place of {0}",
    "no_diag": "write {0} in place of diag({0})",
    "to_product": "write the matrix product {0} in place of the elementwise one",
    "to_hadamard": "write the elementwise product {0} in place of the matrix product",
    "inverse": "invert {0}",
    "no_inverse": "drop the inverse of {0}",
    "power": "write the power {1} in place of {0}",
    "operands": "swap the operands of {0}",
    "symmetrize": "write {1} in place of {0}",
    "replace": "write {1} in place of {0}",
    "factor": "add the factor {0}",
    "divisor": "divide {1} by {0}",
    "term": "add the term {0}",
    "subtract": "subtract {1} from {0}",
    "every_transpose": "transpose every matrix",
    "no_transposes": "drop every transpose of a matrix",
    "every_prime": "write derivatives in place of values in every diag",
    "every_shift": "move {0} one step {1} everywhere",
    "exchange": "exchange {0} and {1}",
    "property": "right if {0} {1}",
    "properties": "right if {0} are {1}",
    "dimension": "right if {0} = 1",
    "held": "as printed, with {0} held fixed",
    "equation": "as printed, for another equation",
    "argument_of": "as printed, up to the argument of {0}, for another equation",
    "layout": "read it in {0} layout",
}


@dataclass(frozen=True, slots=True)
class Primed:
    """A function with its primes, such as sigma'."""

    function: Function
    order: int

    def __str__(self) -> str:
        return self.function.name + "'" * self.order


Part = m.MatrixExpr | Primed | str
Where = Literal["", "everywhere", "at one place"]
Change = tuple[str, tuple[Part, ...], Callable[[], m.MatrixExpr]]
Maker = Callable[[m.MatrixExpr, m.MatrixExpr | None, Parts], Iterator[Change]]


@dataclass(frozen=True, slots=True)
class Wording:
    """A change in words: its kind, and what it names.

    Parts are expressions, functions, or words. `where` is said of what occurs more than
    once.
    """

    kind: str
    parts: tuple[Part, ...] = ()
    where: Where = ""

    def __str__(self) -> str:
        """The change as an instruction."""
        return self.told(ASCII)

    def told(self, show: Printer) -> str:
        """The change as an instruction, its parts printed by `show`."""
        shown = (_shown(part, show) for part in self.parts)
        said = WORDS[self.kind].format(*shown)
        return f"{said} {self.where}" if self.where else said


def _shown(part: Part, show: Printer) -> str:
    if isinstance(part, Primed):
        return show.function(part.function, part.order)
    return show.words(part) if isinstance(part, str) else show.matrix(part)


@dataclass(frozen=True, slots=True)
class Edit:
    """Changes of a formula, and the formula after them."""

    phrases: tuple[Wording, ...]
    expr: m.MatrixExpr

    @property
    def kind(self) -> str:
        """The kind of the last change."""
        return self.phrases[-1].kind


def same(expr: m.MatrixExpr) -> m.MatrixExpr:
    """What is there already, as a change that needs no work."""
    return expr


def run_of(factors: tuple[m.MatrixExpr, ...]) -> Part:
    """Neighboring factors as one part, even if their product has no shape."""
    try:
        return reduce(m.MatMul, factors)
    except ShapeError:
        return " @ ".join(map(ASCII.operand, factors))


def whole_edits(claim: m.MatrixExpr, material: Parts) -> Iterator[Edit]:
    """Changes that belong together, made at once."""
    yield from _whole("no_transposes", (), claim, _undone)
    yield from _whole("every_transpose", (), claim, _turned)
    yield from _whole("every_prime", (), claim, partial(_primed, material=material))
    for name, moves in material.shifts(claim):
        for word, values in moves:
            yield from _whole(
                "every_shift", (name, word), claim, partial(_valued, values=values)
            )
    for left, right in combinations(m.symbols(claim), 2):
        if left.shape == right.shape:
            values = {left: right, right: left}
            both = (left, right)
            yield from _whole("exchange", both, claim, partial(_valued, values=values))


def _whole(
    kind: str,
    parts: tuple[Part, ...],
    claim: m.MatrixExpr,
    convert: Callable[[m.MatrixExpr], m.MatrixExpr],
) -> Iterator[Edit]:
    try:
        yield Edit((Wording(kind, parts),), convert(claim))
    except ShapeError:
        return


def _undone(expr: m.MatrixExpr) -> m.MatrixExpr:
    if isinstance(expr, m.Transpose) and expr.shape.kind is Kind.MATRIX:
        return _undone(expr.arg)
    return m.rebuild(expr, _undone)


def _turned(expr: m.MatrixExpr) -> m.MatrixExpr:
    if isinstance(expr, m.Transpose) and isinstance(expr.arg, m.Symbol):
        return expr.arg if expr.shape.kind is Kind.MATRIX else expr
    if isinstance(expr, m.Symbol) and expr.shape.kind is Kind.MATRIX:
        return m.transpose(expr)
    return m.rebuild(expr, _turned)


def _primed(expr: m.MatrixExpr, material: Parts) -> m.MatrixExpr:
    if isinstance(expr, m.Diag):
        is_named = isinstance(expr.arg, m.Symbol)
        value = material.value(expr.arg) if is_named else expr.arg
        if isinstance(value, m.Elementwise) and value.order == 0:
            return m.Diag(m.Elementwise(value.function, 1, value.arg))
    return m.rebuild(expr, partial(_primed, material=material))


def _valued(expr: m.MatrixExpr, values: dict[m.Symbol, m.Symbol]) -> m.MatrixExpr:
    if isinstance(expr, m.Symbol):
        return values.get(expr, expr)
    return m.rebuild(expr, partial(_valued, values=values))


def taken_apart(
    expr: m.MatrixExpr,
) -> tuple[tuple[m.MatrixExpr, ...], tuple[m.MatrixExpr, ...]]:
    """Scalars and matrix factors of a product, in order; a sign counts as -1."""
    scalars: list[m.MatrixExpr] = []
    matrices: list[m.MatrixExpr] = []
    todo = [expr]
    while todo:
        match todo.pop():
            case m.MatMul(left, right):
                todo += [right, left]
            case m.Scale(scalar, arg):
                scalars.append(scalar)
                todo.append(arg)
            case m.Neg(arg):
                scalars.append(m.Constant(Fraction(-1), SCALAR))
                todo.append(arg)
            case other:
                matrices.append(other)
    return tuple(scalars), tuple(matrices)


def joined(
    scalars: tuple[m.MatrixExpr, ...], matrices: tuple[m.MatrixExpr, ...]
) -> m.MatrixExpr:
    """A product of scalars and matrix factors.

    Raises:
        ShapeError: neighbors do not fit.
    """
    whole = reduce(m.MatMul, matrices)
    first = matrices[0]
    for scalar in reversed(scalars):
        is_minus = scalar == m.Constant(Fraction(-1), SCALAR)
        first = m.Neg(first) if is_minus else m.Scale(scalar, first)
    return reduce(m.MatMul, (first, *matrices[1:])) if scalars else whole


def _chain(node: m.MatrixExpr, parent: m.MatrixExpr | None) -> bool:
    """Whether a node is a whole matrix product, not part of one."""
    if isinstance(parent, m.MatMul | m.Scale | m.Neg) and not (
        isinstance(parent, m.Scale) and parent.scalar is node
    ):
        return False
    return len(taken_apart(node)[1]) > 1


def transposes(
    node: m.MatrixExpr, parent: m.MatrixExpr | None, _: Parts
) -> Iterator[Change]:
    """A transpose dropped or added."""
    if isinstance(node, m.Transpose):
        yield "drop_transpose", (node.arg,), partial(same, node.arg)
    elif _has_transpose(node) and not isinstance(parent, m.Transpose):
        yield "transpose", (node,), partial(m.transpose, node)


def _has_transpose(node: m.MatrixExpr) -> bool:
    if node.shape.order == 0 or isinstance(node, m.Identity | m.Diag | m.Constant):
        return False
    return not (isinstance(node, m.Symbol) and node.symmetric)


def orders(
    node: m.MatrixExpr, parent: m.MatrixExpr | None, _: Parts
) -> Iterator[Change]:
    """Factors swapped, moved, reversed; parts of a product transposed."""
    if not _chain(node, parent):
        return
    scalars, parts = taken_apart(node)
    count = len(parts)
    for i, j in combinations(range(count), 2):
        new = list(parts)
        new[i], new[j] = new[j], new[i]
        yield "swap", (parts[i], parts[j]), partial(joined, scalars, tuple(new))
    yield "reverse", (), partial(joined, scalars, parts[::-1])
    for i, j in permutations(range(count), 2):
        rest = parts[:i] + parts[i + 1 :]
        new = [*rest[:j], parts[i], *rest[j:]]
        kind = "move" if j else "move_front"
        behind = (parts[i], rest[j - 1]) if j else (parts[i],)
        yield kind, behind, partial(joined, scalars, tuple(new))
    for i, j in combinations(range(count + 1), 2):
        if 1 < j - i < count:
            yield (
                "transpose",
                (run_of(parts[i:j]),),
                partial(_turn, scalars, parts, i, j),
            )


def _turn(
    scalars: tuple[m.MatrixExpr, ...], parts: tuple[m.MatrixExpr, ...], i: int, j: int
) -> m.MatrixExpr:
    """A product with the factors from i to j transposed together."""
    turned = m.transpose(reduce(m.MatMul, parts[i:j]))
    return joined(scalars, (*parts[:i], *taken_apart(turned)[1], *parts[j:]))


def fewer_factors(
    node: m.MatrixExpr, parent: m.MatrixExpr | None, _: Parts
) -> Iterator[Change]:
    """A factor or a divisor dropped."""
    if _chain(node, parent):
        scalars, parts = taken_apart(node)
        for i, part in enumerate(parts):
            rest = parts[:i] + parts[i + 1 :]
            yield "drop_factor", (part,), partial(joined, scalars, rest)
    match node:
        case m.Hadamard(left, right):
            yield "drop_factor", (left,), partial(same, right)
            yield "drop_factor", (right,), partial(same, left)
        case m.Scale(scalar, arg):
            yield "drop_factor", (scalar,), partial(same, arg)
        case m.Quotient(above, below):
            yield "drop_divisor", (below,), partial(same, above)


def more_factors(
    node: m.MatrixExpr, parent: m.MatrixExpr | None, material: Parts
) -> Iterator[Change]:
    """A factor of the derivative added: between others, elementwise, or a scalar."""
    is_part = isinstance(parent, m.MatMul | m.Scale | m.Neg | m.Transpose)
    if is_part or isinstance(node, m.Constant):
        return
    scalars, parts = taken_apart(node)
    for new in material.factors:
        said = (new,)
        if new.shape == SCALAR:
            yield "factor", said, partial(m.Scale, new, node)
            yield "divisor", (*said, node), partial(m.Quotient, node, new)
            continue
        if new.shape == node.shape and new.shape.kind is not Kind.MATRIX:
            yield "factor", said, partial(m.Hadamard, new, node)
        for i in range(len(parts) + 1):
            whole = (*parts[:i], *taken_apart(new)[1], *parts[i:])
            more = (*taken_apart(new)[0], *scalars)
            yield "factor", said, partial(joined, more, whole)
        for i, j in combinations(range(len(parts) + 1), 2):
            yield "factor", said, partial(_weighted, new, scalars, parts, i, j)


def _weighted(
    new: m.MatrixExpr,
    scalars: tuple[m.MatrixExpr, ...],
    parts: tuple[m.MatrixExpr, ...],
    i: int,
    j: int,
) -> m.MatrixExpr:
    """A product with its factors from i to j weighted elementwise."""
    inner = m.Hadamard(new, reduce(m.MatMul, parts[i:j]))
    return joined(scalars, (*parts[:i], inner, *parts[j:]))


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
