"""Plain form: two matrix forms with the same one are equal for all values.

Products and powers are not multiplied out, and functions are opaque, so that it is
linear in the size of a formula and of the definitions that are written out. It knows

    (A B) C = A (B C)      (A B)^T = B^T A^T      c A = A c        A + B = B + A
    u * v = v * u          u * u = u^2            u^T A v = v^T A^T u
    diag(u) v = u * v      diag(u) diag(v) = diag(u * v)
    f'(u) = the slope of f at u                   diag(u) + diag(v) = diag(u + v)

Different plain forms prove nothing: what is multiplied out is for `canonical`.
Source: definitions of the operations; Filliatre and Conchon (2006), "Type-safe modular
hash-consing".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple, assert_never

from symjac.language.meaning import instance
from symjac.rewrite.budget import spend
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.exact import bounded, whole_power
from symjac.terms.shape import SCALAR, Kind, Shape

MAX_EXPONENT = 64  # of whole powers that are worked out
NONE = -1  # the body of a scalar: it has scalars only
Powers = tuple[tuple[int, Fraction], ...]


class Plain(NamedTuple):
    """A number, powers of scalars, and a matrix or column, by the numbers of parts."""

    coefficient: Fraction = ix.ONE
    scalars: Powers = ()
    body: int = NONE

    def times(self, other: Plain) -> Plain:
        """The multiple of `other` by this scalar."""
        scalars = merged((*self.scalars, *other.scalars))
        number = bounded(self.coefficient * other.coefficient)
        return Plain(number, scalars, other.body)


def inverse(powers: Powers) -> Powers:
    """The reciprocal."""
    return tuple((base, -exponent) for base, exponent in powers)


def shared(several: list[Powers]) -> Powers:
    """The powers that divide all."""
    least = dict(several[0])
    for powers in several[1:]:
        own = dict(powers)
        least = {b: min(e, own[b]) for b, e in least.items() if b in own}
    return tuple(sorted((b, e) for b, e in least.items() if e > 0))


Atom = tuple[m.MatrixExpr, bool]  # a factor of a product, and whether it is transposed


def merged(powers: Iterable[tuple[int, Fraction]]) -> Powers:
    """Powers of one base as one."""
    found: dict[int, Fraction] = {}
    for base, exponent in powers:
        found[base] = found.get(base, Fraction(0)) + exponent
    return tuple(sorted((base, e) for base, e in found.items() if e))


@dataclass(slots=True)
class PlainForms:
    """Plain forms over one table of numbered parts; a row vector has its column's.

    Args:
        opened: names that are written out, operands first.
    """

    opened: Mapping[m.Symbol, m.MatrixExpr] = field(default_factory=dict)
    numbers: dict[Any, int] = field(default_factory=dict)
    parts: list[Any] = field(default_factory=list)
    known: dict[Atom, Plain] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for symbol in self.opened:  # in their order, so that no recursion runs deep
            self.form(symbol)

    def number(self, *part: Any) -> int:
        """The number of a part: equal ones have one."""
        if part not in self.numbers:
            self.numbers[part] = len(self.parts)
            self.parts.append(part)
        return self.numbers[part]

    def whole(self, form: Plain) -> int:
        """The number of a form inside another."""
        match form:
            case Plain(1, (), body) if body != NONE:
                return body
            case Plain(1, ((base, Fraction(numerator=1, denominator=1)),), -1):
                return base
        return self.number("form", form)

    def form(self, expr: m.MatrixExpr, turned: bool = False) -> Plain:
        """The plain form of an expression; of a matrix, on demand its transpose's."""
        turned = turned and expr.shape.kind is Kind.MATRIX
        if (expr, turned) not in self.known:
            spend(1)
            found = self.worked_out(expr, turned)
            if found.coefficient == 0:
                found = Plain(Fraction(0))
            self.known[expr, turned] = found
        return self.known[expr, turned]

    def worked_out(self, expr: m.MatrixExpr, turned: bool) -> Plain:  # noqa: C901 - table
        """One case for each operator."""
        match expr:
            case m.Symbol():
                if expr in self.opened:
                    return self.form(self.opened[expr], turned)
                is_turned = turned and not expr.symmetric
                return self.atom(expr.shape, "symbol", expr, is_turned)
            case m.Constant(value, shape):
                return Plain(value, (), self.ones(shape, turned))
            case m.Identity(dim):
                return Plain(body=self.number("diag", self.number("ones", (dim,))))
            case m.Neg(arg):
                return Plain(-ix.ONE).times(self.form(arg, turned))
            case m.Scale(scalar, arg):
                return self.form(scalar).times(self.form(arg, turned))
            case m.Transpose(arg):
                return self.form(arg, not turned)
            case m.Diag(arg):
                inner = self.form(arg)
                return inner._replace(body=self.number("diag", inner.body))
            case m.Add(terms):
                ones = self.ones(expr.shape, turned)
                return self.total([self.form(term, turned) for term in terms], ones)
            case m.Hadamard(left, right):
                parts = (self.form(left, turned), self.form(right, turned))
                return self.entrywise(*parts, self.ones(expr.shape, turned))
            case m.Power(base, exponent):
                return self.power(self.form(base, turned), exponent, expr, turned)
            case m.Quotient(above, below):
                first = self.form(above, turned)
                inverse = self.power(self.form(below, turned), -ix.ONE, below, turned)
                return self.divided(first, inverse, self.ones(below.shape, turned))
            case m.MatMul():
                return self.product(expr, turned)
            case m.Elementwise():
                return self.elementwise(expr, turned)
            case m.Operation(name, args, parameters):
                inside = tuple((arg.shape, self.form(arg)) for arg in args)
                found = (name, parameters, inside, expr.shape.kind, turned)
                return self.atom(expr.shape, "operation", *found)
        assert_never(expr)

    def atom(self, shape: Shape, *part: Any) -> Plain:
        """A form of one part."""
        found = self.number(*part)
        return (
            Plain(scalars=((found, ix.ONE),)) if shape == SCALAR else Plain(body=found)
        )

    def ones(self, shape: Shape, turned: bool) -> int:
        """The matrix or column of ones; of a scalar there is none."""
        dims = shape.dims[::-1] if turned else shape.dims
        return NONE if shape == SCALAR else self.number("ones", dims)

    def powers(self, body: int, exponent: Fraction = ix.ONE) -> Powers:
        """An entrywise product as powers."""
        match self.parts[body] if body != NONE else ("ones", ()):
            case ("ones", _):
                return ()
            case ("powers", *inner):
                return tuple((base, own * exponent) for base, own in inner)
        return ((body, exponent),)

    def joined(self, powers: Powers, ones: int) -> int:
        """An entrywise product as a part."""
        match powers:
            case ():
                return ones
            case ((base, exponent),) if exponent == 1:
                return base
        return self.number("powers", *powers)

    def entrywise(self, left: Plain, right: Plain, ones: int) -> Plain:
        """An entrywise product."""
        scalar = Plain(*left[:2]).times(Plain(*right[:2]))
        if ones == NONE or not scalar.coefficient:
            return scalar
        powers = merged((*self.powers(left.body), *self.powers(right.body)))
        return scalar._replace(body=self.joined(powers, ones))

    def divided(self, above: Plain, inverse: Plain, ones: int) -> Plain:
        """A quotient by a scalar, or entry by entry."""
        if ones == NONE:
            return inverse.times(above)
        return self.entrywise(above, inverse, ones)

    def power(
        self, base: Plain, exponent: Fraction, expr: m.MatrixExpr, turned: bool
    ) -> Plain:
        """A whole power factor by factor; any other one as it stands."""
        ones = self.ones(expr.shape, turned)
        is_whole = exponent.denominator == 1 and abs(exponent) <= MAX_EXPONENT
        if not is_whole or not base.coefficient:
            opaque: Powers = ((self.whole(base), exponent),)
            if ones == NONE:
                return Plain(scalars=opaque)
            return Plain(body=self.joined(opaque, ones))
        number = whole_power(base.coefficient, int(exponent))
        scalars = tuple((b, e * exponent) for b, e in base.scalars if exponent)
        if ones == NONE:
            return Plain(number, scalars)
        powers = self.powers(base.body, exponent) if exponent else ()
        return Plain(number, scalars, self.joined(powers, ones))

    def elementwise(self, expr: m.Elementwise, turned: bool) -> Plain:
        """A function as it stands; a first derivative by the function's slope."""
        function, order = expr.function, expr.order
        if order == 1 and not function.is_generic and function.slope:
            return self.form(instance(function.slope, {"u": expr.arg}), turned)
        inner, ones = self.form(expr.arg, turned), self.ones(expr.shape, turned)
        return self.atom(expr.shape, "function", function.name, order, inner, ones)

    def total(self, terms: list[Plain], ones: int) -> Plain:
        """A sum of different parts; what all of them share stands in front."""
        found: dict[Plain, Fraction] = {}
        for term in terms:
            for item in self.summands(term):
                key = item._replace(coefficient=ix.ONE)
                found[key] = found.get(key, Fraction(0)) + item.coefficient
        items = [key._replace(coefficient=n) for key, n in sorted(found.items()) if n]
        diagonal = [item for item in items if self.is_diag(item.body)]
        if len(diagonal) > 1:
            others = [item for item in items if item not in diagonal]
            return self.total([self.diagonal(diagonal, ones), *others], ones)
        if len(items) < 2:
            return items[0] if items else Plain(Fraction(0))
        return self.factored(items, ones)

    def diagonal(self, items: list[Plain], ones: int) -> Plain:
        """diag(u) + diag(v) = diag(u + v)."""
        vectors = [item._replace(body=self.parts[item.body][1]) for item in items]
        column = self.number("ones", self.parts[ones][1][:1])
        whole = self.total(vectors, column)
        return whole._replace(body=self.number("diag", whole.body))

    def factored(self, items: list[Plain], ones: int) -> Plain:
        """What is shared in front: u * v - u * w = u * (v - w), the first one plain."""
        number = items[0].coefficient
        scalars = shared([item.scalars for item in items])
        entries: Powers = ()
        if ones != NONE:
            entries = shared([self.powers(item.body) for item in items])
        rest = tuple(
            Plain(
                item.coefficient / number,
                merged((*item.scalars, *inverse(scalars))),
                self.joined(merged((*self.powers(item.body), *inverse(entries))), ones),
            )
            for item in items
        )
        inner = self.number("sum", tuple(sorted(rest)))
        if ones == NONE:
            return Plain(number, merged((*scalars, (inner, ix.ONE))))
        body = self.joined(merged((*entries, (inner, ix.ONE))), ones)
        return Plain(number, scalars, body)

    def is_diag(self, body: int) -> bool:
        """Whether a part is a diagonal matrix."""
        return body != NONE and self.parts[body][0] == "diag"

    def summands(self, term: Plain) -> list[Plain]:
        """The terms of a sum; another term alone; nothing of zero."""
        if not term.coefficient:
            return []
        match term:
            case Plain(_, ((base, Fraction(numerator=1, denominator=1)),), -1):
                place = base
            case Plain(_, (), body) if body != NONE:
                place = body
            case _:
                return [term]
        match self.parts[place]:
            case ("sum", items):
                return [Plain(term.coefficient).times(item) for item in items]
        return [term]

    def product(self, expr: m.MatMul, turned: bool) -> Plain:
        """A matrix product, cut where a vector ends: scalars, columns and a chain."""
        scalar, atoms = self.factors(expr, turned)
        if not scalar.coefficient:
            return scalar
        bodies: list[int] = []
        for segment in self.segments(atoms):
            part = self.segment(segment)
            scalar = scalar.times(part._replace(body=NONE))
            bodies += [part.body] if part.body != NONE else []
        match bodies:
            case []:
                return scalar
            case [body]:
                return scalar._replace(body=body)
        return scalar._replace(body=self.number("outer", *bodies))

    def segments(self, atoms: list[Atom]) -> list[list[Atom]]:
        """The factors, cut before each row and after each column."""
        found: list[list[Atom]] = [[]]
        for atom in atoms:
            kind = self.kind(atom)
            if kind is Kind.ROW:
                found.append([])
            found[-1].append(atom)
            if kind is Kind.COLUMN:
                found.append([])
        return [segment for segment in found if segment]

    def kind(self, atom: Atom) -> Kind:
        """Whether a factor is a row, a column or a matrix."""
        shape = atom[0].shape
        return (shape.transposed if atom[1] else shape).kind

    def factors(self, expr: m.MatrixExpr, turned: bool) -> tuple[Plain, list[Atom]]:
        """The factors of a product from the left, and the scalars before them."""
        scalar, done, todo = Plain(), list[Atom](), [(expr, turned)]
        while todo:
            node, back = todo.pop()
            match node:
                case m.MatMul(left, right):
                    pair = [(right, back), (left, back)]
                    todo += pair[::-1] if back else pair
                case m.Transpose(arg):
                    todo.append((arg, not back))
                case m.Neg(arg):
                    scalar = Plain(-ix.ONE).times(scalar)
                    todo.append((arg, back))
                case m.Scale(front, arg):
                    scalar = self.form(front).times(scalar)
                    todo.append((arg, back))
                case m.Quotient(arg, below) if below.shape == SCALAR:
                    scalar = self.power(self.form(below), -ix.ONE, below, False).times(
                        scalar
                    )
                    todo.append((arg, back))
                case m.Symbol() if node in self.opened and node.shape.order == 2:
                    todo.append((self.opened[node], back))
                case _:
                    done.append((node, back))
        return scalar, done

    def segment(self, atoms: list[Atom]) -> Plain:
        """Matrices in a row, with a vector at one end or both."""
        first, last = self.kind(atoms[0]), self.kind(atoms[-1])
        if last is Kind.COLUMN and first is Kind.ROW:
            one = self.applied(atoms[1:])
            two = self.applied(_turned(atoms[:-1]))
            ends = (self.form(atoms[0][0]), self.form(atoms[-1][0]))
            scalar = one._replace(body=NONE).times(ends[0]._replace(body=NONE))
            pairs = ((ends[0].body, one.body), (ends[1].body, two.body))
            if not scalar.coefficient:
                return Plain(Fraction(0))
            inner = self.number("dot", *min(pairs))
            return scalar.times(Plain(scalars=((inner, ix.ONE),)))
        if last is Kind.COLUMN:
            return self.applied(atoms)
        return self.applied(_turned(atoms)) if first is Kind.ROW else self.chain(atoms)

    def applied(self, atoms: list[Atom]) -> Plain:
        """Matrices one after the other applied to a column."""
        *matrices, (last, _) = atoms
        found = self.form(last)
        for matrix, turned in reversed(matrices):
            now = self.form(matrix, turned)
            scalar = Plain(*now[:2]).times(Plain(*found[:2]))
            if not scalar.coefficient:
                return Plain(Fraction(0))
            if self.is_diag(now.body):
                body = self.scaled(self.parts[now.body][1], found.body, matrix)
            else:
                body = self.number("applied", now.body, found.body)
            found = scalar._replace(body=body)
        return found

    def scaled(self, one: int, two: int, matrix: m.MatrixExpr) -> int:
        """The entrywise product of two columns, as long as a square matrix."""
        powers = merged((*self.powers(one), *self.powers(two)))
        return self.joined(powers, self.number("ones", matrix.shape.dims[:1]))

    def chain(self, atoms: list[Atom]) -> Plain:
        """A product of matrices, diagonal ones that stand together as one."""
        scalar, row = Plain(), list[int]()
        for matrix, turned in atoms:
            now = self.form(matrix, turned)
            scalar = scalar.times(Plain(*now[:2]))
            if not scalar.coefficient:
                return scalar
            if row and self.is_diag(now.body) and self.is_diag(row[-1]):
                one, two = self.parts[row.pop()][1], self.parts[now.body][1]
                row.append(self.number("diag", self.scaled(one, two, matrix)))
            else:
                row.append(now.body)
        kept = [n for n in row if not self.is_identity(n)] or row[:1]
        body = kept[0] if len(kept) == 1 else self.number("chain", *kept)
        return scalar._replace(body=body)

    def is_identity(self, body: int) -> bool:
        """Whether a part is an identity matrix."""
        return self.is_diag(body) and not self.powers(self.parts[body][1])


def _turned(atoms: list[Atom]) -> list[Atom]:
    """The transpose of a product."""
    return [(expr, not turned) for expr, turned in reversed(atoms)]


def is_same(
    one: m.MatrixExpr,
    two: m.MatrixExpr,
    opened: Mapping[m.Symbol, m.MatrixExpr] | None = None,
) -> bool:
    """Whether two formulas of one shape have one plain form."""
    forms = PlainForms(opened or {})
    return one.shape == two.shape and forms.form(one) == forms.form(two)
