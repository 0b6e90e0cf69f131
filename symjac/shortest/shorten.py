r"""The shortest of the forms that equal a derivative, as people write it.

Bottom up: each operand is shortened first; then the node itself is compared with the
names that the equations give to equal values, with its transpose written once outside,
with its summands collected and common factors in front. A form is taken only where it
has fewer signs; the number of forms looked at is counted. The result is a proposal:
`choose` takes it only if the engine proves it equal.
Source: distributivity, associativity; tokens are counted as in text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from itertools import combinations

from symjac.shortest.length import length
from symjac.shortest.names import Names
from symjac.shortest.pieces import Piece, common_pieces
from symjac.shortest.products import (
    ONE,
    Chain,
    Product,
    build,
    join,
    multiply,
    raise_to,
    split,
    split_chain,
    summands,
    total,
)
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Kind

MAX_FORMS = 4_000
MAX_PIECES = 6
MAX_NAMED = 5  # factors of a product that a name is looked for
WORTH = 1.2  # so much longer may a transpose be that shows its factors in place
ZERO = Fraction(0)


@dataclass
class Shortener:
    """One search: names, what is known of forms, and how many were looked at."""

    names: Names
    prefer: str = "last"
    done: dict[m.MatrixExpr, m.MatrixExpr] = field(default_factory=dict)
    turned: dict[m.MatrixExpr, m.MatrixExpr] = field(default_factory=dict)
    costs: dict[m.MatrixExpr, int] = field(default_factory=dict)
    forms: int = 0

    def cost(self, expr: m.MatrixExpr) -> int:
        """Tokens, counted once for each form."""
        if expr not in self.costs:
            self.forms += 1
            self.costs[expr] = length(expr)
        return self.costs[expr]

    def best(self, *forms: m.MatrixExpr | None) -> m.MatrixExpr:
        """The shortest; the first of those of equal length."""
        return min((f for f in forms if f is not None), key=self.cost)

    def short(self, expr: m.MatrixExpr) -> m.MatrixExpr:
        """The shortest form that is found."""
        if expr in self.done:
            return self.done[expr]
        self.done[expr] = expr
        found = self.node(self.operands(expr))
        while self.forms < MAX_FORMS:
            again = self.done.get(found) or self.node(found)
            if self.cost(again) >= self.cost(found):
                break
            found = again
        self.done[expr] = self.done[found] = found
        return found

    def fold(self, expr: m.MatrixExpr) -> m.MatrixExpr:
        """The form with names for values, and nothing else changed."""
        whole = m.rebuild(expr, self.fold)
        return self.named(whole) or whole

    def operands(self, expr: m.MatrixExpr) -> m.MatrixExpr:
        """The node over short operands; those of a product are all its factors."""
        if isinstance(expr, m.MatMul):
            chain = tuple(self.short(factor) for factor in chain_of(expr))
            if m.can_chain(chain[:-1]) and multiplied(chain[:-1]).shape != SCALAR:
                return multiplied(chain)
        return m.rebuild(expr, self.short)

    def node(self, expr: m.MatrixExpr) -> m.MatrixExpr:
        """The shortest of the forms of one node over short operands."""
        if isinstance(expr, m.Symbol | m.Constant | m.Identity):
            return expr
        named = self.named(expr)
        if named is not None:
            return named
        candidates: list[m.MatrixExpr | None] = [expr]
        match expr:
            case m.Transpose(arg):
                candidates.append(self.flip(arg))
            case m.Add():
                candidates.insert(0, self.sum(expr))
            case m.Operation():
                candidates.append(self.operation(expr))
            case _:
                candidates.append(self.product(expr))
        found = self.best(*candidates)
        is_turned = any(isinstance(child, m.Transpose) for child in m.walk(found))
        if is_turned and found.shape != SCALAR and not isinstance(found, m.Transpose):
            found = self.best(found, self.outside(found))
        return found

    def outside(self, expr: m.MatrixExpr) -> m.MatrixExpr:
        """The transpose written once, around the form."""
        inner = self.flip(expr)
        return inner.arg if isinstance(inner, m.Transpose) else m.Transpose(inner)

    def named(self, expr: m.MatrixExpr) -> m.MatrixExpr | None:
        """A name with the same value or its transpose, or a constant."""
        if self.forms > MAX_FORMS:
            return None
        found = self.names.find(expr)
        if found is None and expr.shape != SCALAR and self.names.bodies:
            turned = self.names.find(self.flip(expr))
            found = None if turned is None else self.flip(turned)
        return found

    def flip(self, expr: m.MatrixExpr) -> m.MatrixExpr:
        """The shortest form of the transpose of a short form."""
        if expr not in self.turned:
            found = self._flip(expr)
            self.turned[expr] = found
            self.turned.setdefault(found, expr)
        return self.turned[expr]

    def _flip(self, expr: m.MatrixExpr) -> m.MatrixExpr:  # noqa: C901 - a table
        plain = m.Transpose(expr)
        match expr:
            case m.Transpose(arg):
                return arg
            case m.Symbol(symmetric=True) | m.Identity() | m.Diag():
                return expr
            case m.Constant(value, shape):
                return m.Constant(value, shape.transposed)
            case m.Hadamard(left, right) if expr.shape.kind is Kind.COLUMN:
                scaled = (self.scaled_row(left, right), self.scaled_row(right, left))
                return self.best(plain, m.rebuild(expr, self.flip), *scaled)
            case m.Neg() | m.Add() | m.Hadamard() | m.Power():
                return self.best(plain, m.rebuild(expr, self.flip))
            case m.Elementwise(function, order, arg):
                return self.best(plain, m.Elementwise(function, order, self.flip(arg)))
            case m.Scale(scalar, arg):
                return self.best(plain, m.Scale(scalar, self.flip(arg)))
            case m.Quotient(above, below):
                below = below if below.shape == SCALAR else self.flip(below)
                return self.best(plain, m.Quotient(self.flip(above), below))
            case m.MatMul():
                return self.best(plain, self.flip_chain(expr))
            case m.Operation(args=(arg,)) if expr.row.is_turned_inside:
                return self.best(plain, replace_arg(expr, self.flip(arg)))
        return expr if expr.shape == SCALAR else m.transpose(expr)

    def scaled_row(self, vector: m.MatrixExpr, by: m.MatrixExpr) -> m.MatrixExpr | None:
        """(A v * u)^T = v^T A^T diag(u)."""
        row = self.flip(vector)
        return m.MatMul(row, m.Diag(by)) if isinstance(row, m.MatMul) else None

    def flip_chain(self, expr: m.MatMul) -> m.MatrixExpr | None:
        """(A B C)^T = C^T B^T A^T."""
        product = split(expr)
        if not product.chain or not m.can_chain(product.chain):
            return None
        turned = tuple(self.flip(factor) for factor in reversed(product.chain))
        if not m.can_chain(turned):
            return None
        return build(replace(product, chain=turned))

    def operation(self, expr: m.Operation) -> m.MatrixExpr | None:
        """Numbers out of an inverse and a trace; no transpose where it is not seen."""
        if len(expr.args) != 1:
            return None
        (arg,) = expr.args
        if expr.row.is_blind and arg.shape != SCALAR:
            return replace_arg(expr, self.best(arg, self.flip(arg)))
        if expr.name == "inv":
            inner = split(arg)
            if len(inner.chain) == 1 and (inner.coefficient != 1 or inner.scalars):
                over = tuple((base, -e) for base, e in inner.scalars)
                inverse = replace_arg(expr, inner.chain[0])
                return build(Product(1 / inner.coefficient, over, (inverse,)))
        return None

    def product(self, expr: m.MatrixExpr) -> m.MatrixExpr | None:
        """The factors collected; parts of the chain that have a name, by it."""
        found = split(expr)
        if not found.coefficient or any(is_zero(f) for f in found.chain):
            return m.Constant(ZERO, expr.shape)
        found = self.folded_scalars(found)
        forms = [build(found), *self.inner_products(found)]
        for chain in self.shorter_chains(found.chain):
            forms.append(build(replace(found, chain=chain)))
        return self.best(*forms)

    def folded_scalars(self, found: Product) -> Product:
        """sum(x) / n by the name of the mean: two scalars that have one together."""
        for (one, e), (two, f) in combinations(found.scalars, 2):
            if abs(e) < 1 or abs(f) < 1:
                continue
            pair = ((one, e / abs(e)), (two, f / abs(f)))
            for sign in (ONE, -ONE):
                name = self.named(build(Product(ONE, raise_to(pair, sign))))
                if name is not None and isinstance(name, m.Symbol):
                    rest = raise_to(pair, -ONE)
                    scalars = multiply(((name, sign),), found.scalars, rest)
                    return self.folded_scalars(replace(found, scalars=scalars))
        return found

    def inner_products(self, found: Product) -> Iterator[m.MatrixExpr]:
        """u^T A v = v^T A^T u, its neighbors by their names."""
        for place, (base, exponent) in enumerate(found.scalars):
            if not isinstance(base, m.MatMul):
                continue
            inner = split_chain(base, whole=True)
            chain = inner.chain
            if inner != Product(chain=chain) or len(chain) < 2:
                continue
            turned = tuple(self.flip(factor) for factor in reversed(chain))
            for form in (
                turned,
                *self.shorter_chains(chain),
                *self.shorter_chains(turned),
            ):
                new = ((join(form), exponent),)
                scalars = (*found.scalars[:place], *new, *found.scalars[place + 1 :])
                yield build(replace(found, scalars=scalars))

    def shorter_chains(self, chain: Chain) -> Iterator[Chain]:
        """The chain with neighbors that have a name together, as that name."""
        if len(chain) > 2:
            for start in range(len(chain)):
                for end in range(start + 2, min(len(chain), start + MAX_NAMED) + 1):
                    if end - start == len(chain):
                        break
                    part = chain[start:end]
                    if not m.can_chain(part) or join(part).shape == SCALAR:
                        continue
                    name = self.named(join(part))
                    if name is not None:
                        yield split(join((*chain[:start], name, *chain[end:]))).chain
        yield from self.elementwise_inside(chain)
        yield from self.transposed_inside(chain)

    def elementwise_inside(self, chain: Chain) -> Iterator[Chain]:
        """diag(u) A v = u * (A v) and u^T diag(v) A = (u * v)^T A."""
        match chain:
            case (m.Diag(vector), _, *_) if chain[-1].shape.kind is Kind.COLUMN:
                yield (m.Hadamard(vector, join(chain[1:])),)
            case (first, m.Diag(vector), *rest) if first.shape.kind is Kind.ROW:
                both = m.Hadamard(self.flip(first), vector)
                yield (m.Transpose(build(split(both))), *rest)

    def transposed_inside(self, chain: Chain) -> Iterator[Chain]:
        """A^T B^T C = (B A)^T C."""
        for start in range(len(chain) - 1):
            for end in range(len(chain), start + 1, -1):
                part = chain[start:end]
                if all(isinstance(f, m.Transpose) for f in part) and m.can_chain(part):
                    inner = tuple(self.flip(f) for f in reversed(part))
                    if m.can_chain(inner) and len(part) < len(chain):
                        yield (
                            *chain[:start],
                            m.Transpose(build(split(join(inner)))),
                            *chain[end:],
                        )
                        break

    def sum(self, expr: m.Add) -> m.MatrixExpr:
        """Summands collected, named parts by name, common factors in front."""
        parts = collected(tuple(map(self.folded_scalars, summands(expr))))
        parts = [p for p in parts if not any(is_zero(f) for f in p.chain)]
        found = total(parts, expr.shape)
        if len(parts) < 2:
            return found
        named = self.folded(parts, expr)
        if named is not None:
            return self.best(named, found)
        pieces = sorted(common_pieces(parts), key=self.saving, reverse=True)
        for piece, group, rest in pieces[:MAX_PIECES]:
            if piece.kind.startswith("diag") and self.saving((piece, group, rest)) < 14:
                continue
            inner = self.short(total(group, build(group[0]).shape))
            whole = piece.around(split(inner))
            if whole is None:
                continue
            shown = total([*rest, whole], expr.shape)
            if self.cost(shown) <= self.cost(found):
                return shown
        return found

    def saving(self, group: tuple[Piece, list[Product], list[Product]]) -> int:
        """Tokens that need not be repeated."""
        piece, inner, _ = group
        size = self.cost(piece.factor) + 2 * piece.kind.startswith("diag")
        return 2 * size * (len(inner) - 1) + piece.kind.startswith(self.prefer)

    def folded(self, parts: list[Product], expr: m.Add) -> m.MatrixExpr | None:
        """Summands that are those of a definition, by its name."""
        for symbol, body in self.names.bodies.items():
            for form in (body, self.flip(body)):
                if not isinstance(form, m.Add) or form.shape != expr.shape:
                    continue
                wanted = collected(summands(form))
                if len(wanted) >= len(parts) and len(wanted) != len(parts):
                    continue
                rest = taken_out(parts, wanted)
                if rest is None:
                    continue
                sign, left = rest
                name: m.MatrixExpr = symbol if form is body else self.flip(symbol)
                own = split(name)
                return total(
                    [replace(own, coefficient=own.coefficient * sign), *left],
                    expr.shape,
                )
        return None


def chain_of(expr: m.MatMul) -> Chain:
    """Factors of a matrix product, brackets left out; inner products stay whole."""
    found: list[m.MatrixExpr] = []
    todo: list[m.MatrixExpr] = [expr.right, expr.left]
    while todo:
        node = todo.pop()
        if isinstance(node, m.MatMul) and node.shape != SCALAR:
            todo += [node.right, node.left]
        else:
            found.append(node)
    return tuple(found)


def multiplied(chain: Chain) -> m.MatrixExpr:
    """The product of factors from the left."""
    return reduce(m.MatMul, chain)


def taken_out(
    parts: list[Product], wanted: list[Product]
) -> tuple[Fraction, list[Product]] | None:
    """What is left without the wanted summands, and their common number."""
    own = {p.unsigned: p for p in parts}
    sizes = set()
    for part in wanted:
        found = own.pop(part.unsigned, None)
        if found is None:
            return None
        sizes.add(found.coefficient / part.coefficient)
    return (sizes.pop(), list(own.values())) if len(sizes) == 1 else None


def is_zero(expr: m.MatrixExpr) -> bool:
    """Whether a form is written as zero."""
    return isinstance(expr, m.Constant) and expr.value == 0


def replace_arg(expr: m.Operation, arg: m.MatrixExpr) -> m.Operation:
    """The same operation of another operand."""
    return m.Operation(expr.name, (arg,), expr.parameters)


def collected(parts: tuple[Product, ...]) -> list[Product]:
    """Summands that differ in their number only, added up."""
    found: dict[object, Product] = {}
    for part in parts:
        before = found.get(part.unsigned)
        size = part.coefficient + (before.coefficient if before else 0)
        found[part.unsigned] = replace(before or part, coefficient=size)
    return [part for part in found.values() if part.coefficient]


Pair = tuple[m.MatrixExpr, m.MatrixExpr]  # numerator and denominator layout


def shortest(expr: m.MatrixExpr, names: Names, end: str) -> m.MatrixExpr:
    """The shortest form that is found; common factors at the `end` are tried first."""
    return Shortener(names, end).short(expr)


def transposed(expr: m.MatrixExpr, names: Names) -> m.MatrixExpr:
    """The transpose of a short form, summand by summand where that costs little."""
    found = Shortener(names).flip(expr)
    inner = inside_out(expr, names)
    return inner if length(inner) <= WORTH * length(found) else found


def inside_out(expr: m.MatrixExpr, names: Names) -> m.MatrixExpr:
    """The transpose with every factor in its place, in the order of the summands."""
    if expr.shape == SCALAR:
        return expr
    match expr:
        case m.Add() | m.Neg():
            return m.rebuild(expr, lambda part: inside_out(part, names))
        case m.MatMul():
            product = split(expr)
            turned = tuple(inside_out(f, names) for f in reversed(product.chain))
            if turned and m.can_chain(turned):
                return build(replace(product, chain=turned))
    return Shortener(names).flip(expr)


def upright(expr: m.MatrixExpr, names: Names) -> m.MatrixExpr:
    """A form without a transpose around it, where that costs little."""
    if not isinstance(expr, m.Transpose):
        return expr
    inner = inside_out(expr.arg, names)
    return inner if length(inner) <= WORTH * length(expr) else expr
