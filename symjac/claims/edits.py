"""Formulas one edit away from a claim: what a slip of the pen could have changed.

    claim, material ─ places, makers ─> edits, the most telling first

An edit says nothing about truth: `diagnose` asks the engine about each. A maker looks
at one node and says what could stand there instead; constructors refuse what has no
shape.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial, reduce
from itertools import chain, combinations, permutations

from symjac.claims.material import Material
from symjac.errors import ShapeError
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
    children,
    rebuild,
    transpose,
)
from symjac.expr.shape import SCALAR, Kind
from symjac.expr.text import matrix_text

WORDS = {
    "drop_transpose": "drop the transpose of {0}",
    "transpose": "transpose {0}",
    "swap": "swap the factors {0} and {1}",
    "reverse": "reverse the order of the factors",
    "move": "move {0} behind {1}",
    "move_front": "move {0} to the front",
    "drop_prime": "drop the prime of {0}",
    "add_prime": "write the derivative {1} in place of {0}",
    "shift": "write {1} in place of {0}, the same quantity at another step",
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
    "every_transpose": "transpose every matrix",
    "no_transposes": "drop every transpose",
    "every_prime": "write derivatives in place of values in every diag",
    "every_shift": "move {0} one step {1} everywhere",
    "exchange": "exchange {0} and {1}",
}
SIMPLE = frozenset(
    "drop_transpose transpose swap reverse drop_prime add_prime shift argument sign"
    " number double halve drop_factor drop_divisor drop_function drop_term brackets"
    " symmetrize no_transposes every_transpose every_prime every_shift exchange".split()
)
TWO, HALF = Fraction(2), Fraction(1, 2)
Path = tuple[int, ...]
Change = tuple[str, tuple[str, ...], Callable[[], MatrixExpr]]
Maker = Callable[[MatrixExpr, MatrixExpr | None, Material], Iterator[Change]]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a formula: its kind, what it names, and the formula after it."""

    kind: str
    parts: tuple[str, ...]
    expr: MatrixExpr
    everywhere: bool = False
    before: str = ""

    def __str__(self) -> str:
        """The edit as an instruction, after another one if there is one."""
        said = WORDS[self.kind].format(*self.parts)
        said = f"{said} everywhere" if self.everywhere else said
        return f"{self.before}; {said}" if self.before else said


def edits(claim: MatrixExpr, material: Material) -> Iterator[Edit]:
    """Formulas one edit away, each once, in the order of `MAKERS`."""
    places = tuple(_places(claim))
    counts = Counter(node for _, node, _ in places)
    seen = {claim}
    for maker in MAKERS:
        changes = chain(
            _at_places(claim, places, maker, material),
            _everywhere(claim, counts, maker, material),
        )
        for edit in changes:
            if edit.expr not in seen:
                seen.add(edit.expr)
                yield edit
    for edit in _of_the_whole(claim, material):
        if edit.expr not in seen:
            seen.add(edit.expr)
            yield edit


Place = tuple[Path, MatrixExpr, MatrixExpr | None]


def _places(expr: MatrixExpr) -> Iterator[Place]:
    """Every node with its path and its parent, operators before operands."""
    todo: list[Place] = [((), expr, None)]
    while todo:
        path, node, parent = todo.pop()
        yield path, node, parent
        parts = [((*path, n), part, node) for n, part in enumerate(children(node))]
        todo.extend(reversed(parts))


def _at_places(
    claim: MatrixExpr, places: tuple[Place, ...], maker: Maker, material: Material
) -> Iterator[Edit]:
    for path, node, parent in places:
        for kind, parts, make in maker(node, parent, material):
            try:
                yield Edit(kind, parts, _put(claim, path, make()))
            except ShapeError:
                continue


def _everywhere(
    claim: MatrixExpr, counts: Counter[MatrixExpr], maker: Maker, material: Material
) -> Iterator[Edit]:
    """The same change at every place of what occurs more than once."""
    for node, count in counts.items():
        if count < 2:
            continue
        for kind, parts, make in maker(node, None, material):
            try:
                new = _substituted(claim, node, make())
                yield Edit(kind, parts, new, everywhere=True)
            except ShapeError:
                continue


def _put(expr: MatrixExpr, path: Path, new: MatrixExpr) -> MatrixExpr:
    """The expression with `new` at a path; the other parts are the same objects."""
    if not path:
        return new
    parts = iter(range(len(children(expr))))

    def convert(part: MatrixExpr) -> MatrixExpr:
        return _put(part, path[1:], new) if next(parts) == path[0] else part

    return rebuild(expr, convert)


def _substituted(expr: MatrixExpr, old: MatrixExpr, new: MatrixExpr) -> MatrixExpr:
    if expr == old:
        return new
    return rebuild(expr, lambda part: _substituted(part, old, new))


# products


def factors(expr: MatrixExpr) -> tuple[tuple[MatrixExpr, ...], tuple[MatrixExpr, ...]]:
    """Scalars and matrix factors of a product, in order; a sign counts as -1."""
    scalars: list[MatrixExpr] = []
    matrices: list[MatrixExpr] = []
    todo = [expr]
    while todo:
        match todo.pop():
            case MatMul(left, right):
                todo += [right, left]
            case Scale(scalar, arg):
                scalars.append(scalar)
                todo.append(arg)
            case Neg(arg):
                scalars.append(Constant(Fraction(-1), SCALAR))
                todo.append(arg)
            case other:
                matrices.append(other)
    return tuple(scalars), tuple(matrices)


def joined(
    scalars: tuple[MatrixExpr, ...], matrices: tuple[MatrixExpr, ...]
) -> MatrixExpr:
    """A product of scalars and matrix factors.

    Raises:
        ShapeError: neighbors do not fit.
    """
    whole = reduce(MatMul, matrices)
    first = matrices[0]
    for scalar in reversed(scalars):
        is_minus = scalar == Constant(Fraction(-1), SCALAR)
        first = Neg(first) if is_minus else Scale(scalar, first)
    return reduce(MatMul, (first, *matrices[1:])) if scalars else whole


def _chain(node: MatrixExpr, parent: MatrixExpr | None) -> bool:
    """Whether a node is a whole matrix product, not part of one."""
    if isinstance(parent, MatMul | Scale | Neg) and not (
        isinstance(parent, Scale) and parent.scalar is node
    ):
        return False
    return len(factors(node)[1]) > 1


def _transposes(
    node: MatrixExpr, parent: MatrixExpr | None, _: Material
) -> Iterator[Change]:
    if isinstance(node, Transpose):
        yield "drop_transpose", _named(node.arg), partial(_same, node.arg)
    elif _has_transpose(node) and not isinstance(parent, Transpose):
        yield "transpose", _named(node), partial(transpose, node)


def _has_transpose(node: MatrixExpr) -> bool:
    if node.shape.order == 0 or isinstance(node, Identity | Diag | Constant):
        return False
    return not (isinstance(node, Symbol) and node.symmetric)


def _orders(
    node: MatrixExpr, parent: MatrixExpr | None, _: Material
) -> Iterator[Change]:
    """Factors swapped, moved, reversed; parts of a product transposed."""
    if not _chain(node, parent):
        return
    scalars, parts = factors(node)
    count = len(parts)
    for i, j in combinations(range(count), 2):
        new = list(parts)
        new[i], new[j] = new[j], new[i]
        yield "swap", _named(parts[i], parts[j]), partial(joined, scalars, tuple(new))
    yield "reverse", (), partial(joined, scalars, parts[::-1])
    for i, j in permutations(range(count), 2):
        rest = parts[:i] + parts[i + 1 :]
        new = [*rest[:j], parts[i], *rest[j:]]
        kind = "move" if j else "move_front"
        behind = _named(parts[i], rest[j - 1]) if j else _named(parts[i])
        yield kind, behind, partial(joined, scalars, tuple(new))
    for i, j in combinations(range(count + 1), 2):
        if 1 < j - i < count:
            yield (
                "transpose",
                _product(parts[i:j]),
                partial(_turn, scalars, parts, i, j),
            )


def _turn(
    scalars: tuple[MatrixExpr, ...], parts: tuple[MatrixExpr, ...], i: int, j: int
) -> MatrixExpr:
    """A product with the factors from i to j transposed together."""
    turned = transpose(reduce(MatMul, parts[i:j]))
    return joined(scalars, (*parts[:i], *factors(turned)[1], *parts[j:]))


def _fewer_factors(
    node: MatrixExpr, parent: MatrixExpr | None, _: Material
) -> Iterator[Change]:
    if _chain(node, parent):
        scalars, parts = factors(node)
        for i, part in enumerate(parts):
            rest = parts[:i] + parts[i + 1 :]
            yield "drop_factor", _named(part), partial(joined, scalars, rest)
    match node:
        case Hadamard(left, right):
            yield "drop_factor", _named(left), partial(_same, right)
            yield "drop_factor", _named(right), partial(_same, left)
        case Scale(scalar, arg):
            yield "drop_factor", _named(scalar), partial(_same, arg)
        case Quotient(above, below):
            yield "drop_divisor", _named(below), partial(_same, above)


def _more_factors(
    node: MatrixExpr, parent: MatrixExpr | None, material: Material
) -> Iterator[Change]:
    """A factor of the derivative added: between others, elementwise, or a scalar."""
    is_part = isinstance(parent, MatMul | Scale | Neg | Transpose)
    if is_part or isinstance(node, Constant):
        return
    scalars, parts = factors(node)
    for new in material.factors:
        said = _named(new)
        if new.shape == SCALAR:
            yield "factor", said, partial(Scale, new, node)
            yield "divisor", (*said, matrix_text(node)), partial(Quotient, node, new)
            continue
        if new.shape == node.shape and new.shape.kind is not Kind.MATRIX:
            yield "factor", said, partial(Hadamard, new, node)
        for i in range(len(parts) + 1):
            whole = (*parts[:i], *factors(new)[1], *parts[i:])
            more = (*factors(new)[0], *scalars)
            yield "factor", said, partial(joined, more, whole)
        for i, j in combinations(range(len(parts) + 1), 2):
            yield "factor", said, partial(_weighted, new, scalars, parts, i, j)


def _weighted(
    new: MatrixExpr,
    scalars: tuple[MatrixExpr, ...],
    parts: tuple[MatrixExpr, ...],
    i: int,
    j: int,
) -> MatrixExpr:
    """A product with its factors from i to j weighted elementwise."""
    inner = Hadamard(new, reduce(MatMul, parts[i:j]))
    return joined(scalars, (*parts[:i], inner, *parts[j:]))


# functions and arguments


def _primes(
    node: MatrixExpr, parent: MatrixExpr | None, material: Material
) -> Iterator[Change]:
    match node:
        case Elementwise(function, order, arg):
            if order:
                fewer = Elementwise(function, order - 1, arg)
                yield "drop_prime", _named(node), partial(_same, fewer)
            more = Elementwise(function, order + 1, arg)
            yield "add_prime", _named(node, more), partial(_same, more)
        case Symbol() if isinstance(value := material.value(node), Elementwise):
            more = Elementwise(value.function, value.order + 1, value.arg)
            yield "add_prime", _named(node, more), partial(_same, more)


def _arguments(
    node: MatrixExpr, parent: MatrixExpr | None, material: Material
) -> Iterator[Change]:
    """A function evaluated elsewhere, a quantity taken at another step."""
    if isinstance(node, Elementwise):
        name = node.function.name + "'" * node.order
        for new in material.values:
            if new.shape == node.shape and new != node.arg:
                said = (name, *_named(node.arg, new))
                make = partial(Elementwise, node.function, node.order, new)
                yield "argument", said, make
        if not node.order:
            said = (node.function.name, matrix_text(node.arg))
            yield "drop_function", said, partial(_same, node.arg)
    if isinstance(node, Symbol):
        for new in material.steps(node):
            yield "shift", _named(node, new), partial(_same, new)


def _others(
    node: MatrixExpr, parent: MatrixExpr | None, material: Material
) -> Iterator[Change]:
    """Another quantity of the same shape in place of one."""
    if isinstance(node, Symbol | Constant) or node.shape.kind is Kind.COLUMN:
        for new in material.values:
            if new.shape == node.shape and new != node:
                yield "replace", _named(node, new), partial(_same, new)


# numbers and sums


def _numbers(
    node: MatrixExpr, parent: MatrixExpr | None, _: Material
) -> Iterator[Change]:
    """Signs, and factors 2, of the whole and of each term."""
    match node:
        case Neg(arg):
            yield "sign", _named(arg), partial(_same, arg)
        case Constant(value, shape) if value:
            for new in {-value, value * 2, value / 2} - {Fraction(1)}:
                make = partial(Constant, new, shape)
                yield "number", (str(value), str(new)), make
    if parent is None or isinstance(parent, Add):
        if not isinstance(node, Neg):
            yield "sign", _named(node), partial(Neg, node)
        twice, half = Constant(TWO, SCALAR), Constant(HALF, SCALAR)
        yield "double", _named(node), partial(Scale, twice, node)
        yield "halve", _named(node), partial(Scale, half, node)


def _fewer_terms(
    node: MatrixExpr, parent: MatrixExpr | None, _: Material
) -> Iterator[Change]:
    """A term dropped; brackets around a sum that a product should reach."""
    if not isinstance(node, Add):
        return
    terms = node.terms
    for i, term in enumerate(terms):
        yield "drop_term", _named(term), partial(_sum, (*terms[:i], *terms[i + 1 :]))
    for i, last in enumerate(terms):
        rest = terms[:i] + terms[i + 1 :]
        for kind, before, after in _splits(last):
            said = " + ".join(_named(*rest, before))
            yield "brackets", (said,), partial(_bracketed, kind, rest, before, after)


def _splits(
    node: MatrixExpr,
) -> Iterator[tuple[type[MatMul] | type[Hadamard], MatrixExpr, MatrixExpr]]:
    """A product cut in two, once for each place, with the kind of product."""
    if isinstance(node, MatMul):
        scalars, parts = factors(node)
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


def _more_terms(
    node: MatrixExpr, parent: MatrixExpr | None, material: Material
) -> Iterator[Change]:
    if isinstance(parent, Add | Neg) or isinstance(node, Constant):
        return
    for new in material.terms:
        if new.shape == node.shape and new != node:
            said = _named(new)
            yield "term", said, partial(_sum, (*_terms(node), new))
            yield "term", said, partial(_sum, (new, *map(Neg, _terms(node))))


def _terms(node: MatrixExpr) -> tuple[MatrixExpr, ...]:
    return node.terms if isinstance(node, Add) else (node,)


def _sum(terms: tuple[MatrixExpr, ...]) -> MatrixExpr:
    return terms[0] if len(terms) == 1 else Add(terms)


# other operations


def _products(
    node: MatrixExpr, parent: MatrixExpr | None, _: Material
) -> Iterator[Change]:
    """A matrix product in place of an elementwise one, and the other way round."""
    match node:
        case Hadamard(left, right):
            for a, b in ((left, right), (transpose(left), right), (right, left)):
                yield "to_product", _product((a, b)), partial(MatMul, a, b)
        case MatMul(left, right) if left.shape == right.shape:
            said = f"{matrix_text(left)} * {matrix_text(right)}"
            yield "to_hadamard", (said,), partial(Hadamard, left, right)


def _powers(
    node: MatrixExpr, parent: MatrixExpr | None, _: Material
) -> Iterator[Change]:
    match node:
        case Operation("matpow", args, (int(exponent),)):
            for new in (exponent - 1, exponent + 1):
                make = partial(Operation, "matpow", args, (new,))
                yield "power", (str(exponent), str(new)), make
        case Power(base, exponent):
            for value in (exponent - 1, exponent + 1, -exponent):
                shown = (str(exponent), str(value))
                yield "power", shown, partial(Power, base, value)


def _operations(
    node: MatrixExpr, parent: MatrixExpr | None, _: Material
) -> Iterator[Change]:
    """A diag or an inverse added or dropped, the operands of an operation swapped."""
    match node:
        case Diag(arg):
            yield "no_diag", _named(arg), partial(_same, arg)
        case Operation("inv", (arg,)):
            yield "no_inverse", _named(arg), partial(_same, arg)
        case Operation(name, (left, right), parameters):
            make = partial(Operation, name, (right, left), parameters)
            yield "operands", _named(node), make
    if node.shape.kind is Kind.COLUMN:
        yield "in_diag", _named(node), partial(Diag, node)
    if _is_square(node) and isinstance(node, Symbol | Add):
        yield "inverse", _named(node), partial(Operation, "inv", (node,))


def _symmetrized(
    node: MatrixExpr, parent: MatrixExpr | None, _: Material
) -> Iterator[Change]:
    """M + M^T in place of 2 M, or the mean of both in place of M."""
    match node:
        case Scale(Constant(value), arg) if value in (2, -2) and _is_square(arg):
            whole: MatrixExpr = Add((arg, transpose(arg)))
            whole = Neg(whole) if value < 0 else whole
            yield "symmetrize", _named(node, whole), partial(_same, whole)
    if _is_square(node) and isinstance(node, Symbol | Operation):
        half = Constant(HALF, SCALAR)
        whole = Scale(half, Add((node, transpose(node))))
        yield "symmetrize", _named(node, whole), partial(_same, whole)


def _is_square(node: MatrixExpr) -> bool:
    shape = node.shape
    return shape.kind is Kind.MATRIX and shape.dims[0] == shape.dims[1]


MAKERS: tuple[Maker, ...] = (
    _transposes,
    _orders,
    _primes,
    _arguments,
    _numbers,
    _fewer_factors,
    _fewer_terms,
    _symmetrized,
    _products,
    _powers,
    _operations,
    _more_factors,
    _others,
    _more_terms,
)


# the whole formula


def _of_the_whole(claim: MatrixExpr, material: Material) -> Iterator[Edit]:
    """Changes that belong together, made at once."""
    yield from _whole("no_transposes", (), claim, _undone)
    yield from _whole("every_transpose", (), claim, _turned)
    yield from _whole("every_prime", (), claim, partial(_primed, material=material))
    for name, moves in material.shifts(claim):
        for word, values in moves:
            yield from _whole(
                "every_shift", (name, word), claim, partial(_valued, values=values)
            )
    known = [node for _, node, _ in _places(claim) if isinstance(node, Symbol)]
    for left, right in combinations(dict.fromkeys(known), 2):
        if left.shape == right.shape:
            values = {left: right, right: left}
            both = _named(left, right)
            yield from _whole("exchange", both, claim, partial(_valued, values=values))


def _whole(
    kind: str,
    parts: tuple[str, ...],
    claim: MatrixExpr,
    convert: Callable[[MatrixExpr], MatrixExpr],
) -> Iterator[Edit]:
    try:
        yield Edit(kind, parts, convert(claim))
    except ShapeError:
        return


def _undone(expr: MatrixExpr) -> MatrixExpr:
    if isinstance(expr, Transpose) and expr.shape.kind is Kind.MATRIX:
        return _undone(expr.arg)
    return rebuild(expr, _undone)


def _turned(expr: MatrixExpr) -> MatrixExpr:
    if isinstance(expr, Transpose) and isinstance(expr.arg, Symbol):
        return expr.arg if expr.shape.kind is Kind.MATRIX else expr
    if isinstance(expr, Symbol) and expr.shape.kind is Kind.MATRIX:
        return transpose(expr)
    return rebuild(expr, _turned)


def _primed(expr: MatrixExpr, material: Material) -> MatrixExpr:
    if isinstance(expr, Diag):
        is_named = isinstance(expr.arg, Symbol)
        value = material.value(expr.arg) if is_named else expr.arg
        if isinstance(value, Elementwise) and value.order == 0:
            return Diag(Elementwise(value.function, 1, value.arg))
    return rebuild(expr, partial(_primed, material=material))


def _valued(expr: MatrixExpr, values: dict[Symbol, Symbol]) -> MatrixExpr:
    if isinstance(expr, Symbol):
        return values.get(expr, expr)
    return rebuild(expr, partial(_valued, values=values))


def _same(expr: MatrixExpr) -> MatrixExpr:
    return expr


def _named(*exprs: MatrixExpr) -> tuple[str, ...]:
    return tuple(map(matrix_text, exprs))


def _product(parts: tuple[MatrixExpr, ...]) -> tuple[str, ...]:
    try:
        return _named(reduce(MatMul, parts))
    except ShapeError:
        return (" @ ".join(_named(*parts)),)
