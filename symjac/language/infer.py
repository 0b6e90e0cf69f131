"""Infer kind and dimensions of every expression, then build its matrix form.

Kinds are known bottom-up; dimensions are solved by unification, so the matrix form can
only be built at the end: each `Draft` holds its kind, its dimensions and its builder.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import NoReturn, assert_never

from symjac.errors import (
    ParseError,
    ShapeError,
    Source,
    Span,
    SymjacError,
    UnsupportedError,
)
from symjac.language.called import CONSTANTS, declared, instead
from symjac.language.dims import Naming, Size, find, number, plain, unify
from symjac.language.operations import (
    SIGNATURES,
    Sizes,
    exponent,
    is_operation,
    operation_name,
)
from symjac.language.parse import parse_formula
from symjac.language.scope import COUNTS, Scope, size_text
from symjac.language.syntax import (
    ENTRY,
    Binary,
    Call,
    Name,
    Number,
    Syntax,
    Typed,
    Unary,
)
from symjac.library.functions import lookup
from symjac.library.operations import OPERATIONS
from symjac.library.row import SYMMETRIC, TAKES, Operation
from symjac.terms import matrix as m
from symjac.terms.exact import bounded, whole_power
from symjac.terms.operations import count, fits, plus, result_shape, times
from symjac.terms.shape import SCALAR, Kind, Shape, size_of

MAX_EXPONENT = 64
MAX_NESTED_EXPONENT = 4_096  # of powers of powers
Build = Callable[[Naming], m.MatrixExpr]


@dataclass(frozen=True, slots=True)
class Draft:
    """An expression whose kind is known and whose dimensions are being solved."""

    kind: Kind
    dims: tuple[Size, ...]
    build: Build
    span: Span
    literal: Fraction | None = None
    exponent: Fraction = Fraction(1)

    @property
    def text(self) -> str:
        """Source and shape, for error messages."""
        source = self.span.text
        name = source if len(source) < 40 else "it"
        return f"{name} is {size_text(self.kind, self.dims)}"


def literal(value: Fraction, span: Span) -> Draft:
    """A number, exact."""
    bounded(value, span)
    return Draft(Kind.SCALAR, (), lambda _: m.Constant(value, SCALAR), span, value)


def _shape(draft: Draft, naming: Naming) -> Shape:
    return Shape(draft.kind, tuple(naming.resolve(d) for d in draft.dims))


class Inference:
    """Drafts for one program, over one scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def fail(self, message: str, span: Span, hint: str | None = None) -> NoReturn:
        """Raise a located shape error with the dimensions solved so far."""
        raise ShapeError(message, span, hint=hint, known=self.scope.solved())

    def same(self, left: Draft, right: Draft, span: Span, operation: str) -> None:
        """Require equal kinds and unify the dimensions."""
        fits = left.kind is right.kind and all(
            unify(a, b) for a, b in zip(left.dims, right.dims, strict=True)
        )
        if not fits:
            hint = None
            if Kind.SCALAR in (left.kind, right.kind):
                hint = "only a literal number broadcasts; write alpha * ones(n)"
            self.reordered(left.dims, right.dims, span)
            hint = (
                hint
                if left.kind is right.kind
                else self.number_hint(left, right) or hint
            )
            message = f"{operation} needs equal shapes; {left.text}, {right.text}"
            self.fail(message, span, hint)

    def number_hint(self, *drafts: Draft) -> str | None:
        """How to declare a number, if one small letter is a vector by its name."""
        texts = (d.span.text for d in drafts if d.kind is Kind.COLUMN)
        letters = {
            letter
            for text in texts
            if "@" not in text
            for letter in re.findall(r"(?<!\w)[a-z](?![\w\[(])", text)
        }
        found = [self.scope.quantities.get(letter) for letter in letters]
        if len(found) != 1 or found[0] is None or found[0].declared:
            return None
        name = found[0].name
        return f"if {name} is a number, declare {name}: ()"

    def reordered(
        self, left: tuple[Size, ...], right: tuple[Size, ...], span: Span
    ) -> None:
        """Refuse n*m beside m*n for what it is: one size, counted in two orders."""
        for one, other in zip(left, right, strict=False):
            a, b = plain(one), plain(other)
            if a != b and size_of(a) == size_of(b):
                message = f"{a} and {b} are one size, but their entries are counted"
                raise UnsupportedError(f"{message} in different orders", span)

    def infer(self, node: Syntax) -> Draft:
        """The draft of a syntax node."""
        match node:
            case Number(value, span):
                return literal(value, span)
            case Name():
                return self.name(node)
            case Unary():
                return self.unary(node)
            case Binary(operator="+" | "-"):
                return self.sum(node)
            case Binary():
                return self.binary(node)
            case Call():
                return self.call(node)
            case Typed():
                return self.typed(node)
        assert_never(node)

    def typed(self, node: Typed) -> Draft:
        """What people type is no part of the language; `typed.Reader` reads it."""
        raise ParseError("not a spelling of this language", node.span)

    def name(self, node: Name) -> Draft:
        """A quantity, or a number of the table such as `pi`."""
        if self.scope.is_number(node):
            return Draft(Kind.SCALAR, (), lambda _: m.operation(node.name), node.span)
        if self.scope.is_dimension(node):
            return self.operation(Call("dim", 0, (node,), node.span, node.depth + 1))
        quantity = self.scope.use(node.name, node.time is not None, node.span)
        self.scope.see(node.time, node.span)
        kind, dims, properties = quantity.kind, quantity.dims, quantity.properties

        def build(naming: Naming) -> m.MatrixExpr:
            shape = Shape(kind, tuple(naming.resolve(d) for d in dims))
            return m.Symbol(node.name, shape, node.time, properties)

        return Draft(kind, dims, build, node.span)

    def unary(self, node: Unary) -> Draft:
        """Negative or transpose."""
        inner = self.infer(node.operand)
        if inner.literal is not None:
            return literal(
                inner.literal if node.operator == "T" else -inner.literal, node.span
            )
        if node.operator == "neg":
            return Draft(
                inner.kind, inner.dims, lambda n: m.Neg(inner.build(n)), node.span
            )
        swap = {Kind.COLUMN: Kind.ROW, Kind.ROW: Kind.COLUMN}
        kind = swap.get(inner.kind, inner.kind)
        return Draft(
            kind, inner.dims[::-1], lambda n: m.Transpose(inner.build(n)), node.span
        )

    def sum(self, node: Binary) -> Draft:
        """A chain of + and -; literal numbers broadcast to the others' shape."""
        parts: list[tuple[int, Syntax]] = []
        rest: Syntax = node
        while isinstance(rest, Binary) and rest.operator in "+-":
            parts.append((-1 if rest.operator == "-" else 1, rest.right))
            rest = rest.left
        parts.append((1, rest))
        signed = [(sign, self.infer(part)) for sign, part in reversed(parts)]
        if all(draft.literal is not None for _, draft in signed):
            total = Fraction(0)
            for sign, draft in signed:
                total += sign * (draft.literal or 0)
            return literal(total, node.span)
        whole = next(draft for _, draft in signed if draft.literal is None)
        for _, draft in signed:
            if draft.literal is None and draft is not whole:
                self.same(whole, draft, node.span, "a sum")
        return Draft(whole.kind, whole.dims, _sum_builder(signed, whole), node.span)

    def binary(self, node: Binary) -> Draft:
        """Products, quotients and powers."""
        is_e = isinstance(node.left, Name) and str(node.left.name) == "e"
        if node.operator == "**" and is_e and "e" not in self.scope.quantities:
            hint = "write exp(...), or declare e: (n)"
            raise ParseError("e may be Euler's number", node.left.span, hint=hint)
        left, right = self.infer(node.left), self.infer(node.right)
        if node.operator == "**":
            return self.power(left, right, node.span)
        if node.operator == "@" and _is_inner_product(node, left, right):
            return self.multiply(left, right, node.span)
        if node.operator == "@":
            return self.matmul(left, right, node.span)
        if left.literal is not None and right.literal is not None:
            return self.arithmetic(
                node.operator, left.literal, right.literal, node.span
            )
        if node.operator == "*":
            self.doubt_factors(node, left, right)
            return self.multiply(left, right, node.span)
        self.scope.doubt(node.right)
        return self.divide(left, right, node.span)

    def arithmetic(
        self, operator: str, left: Fraction, right: Fraction, at: Span
    ) -> Draft:
        """Numbers are folded exactly."""
        if operator == "*":
            return literal(left * right, at)
        if right == 0:
            raise ParseError("division by zero", at)
        return literal(left / right, at)

    def doubt_factors(self, node: Binary, left: Draft, right: Draft) -> None:
        """Beside a factor that is a number, n or 1 / n may be one too."""
        pairs = ((left, node.right), (right, node.left))
        for known, other in pairs:
            if known.kind is Kind.SCALAR and known.literal is None:
                of = COUNTS if isinstance(other, Name) else frozenset[str]()
                self.scope.doubt(other, of=of)

    def multiply(self, left: Draft, right: Draft, span: Span) -> Draft:
        """Scalar multiple or elementwise product."""
        if right.kind is Kind.SCALAR and left.kind is not Kind.SCALAR:
            left, right = right, left
        if left.kind is Kind.SCALAR:

            def scaled(naming: Naming) -> m.MatrixExpr:
                return m.Scale(left.build(naming), right.build(naming))

            return Draft(right.kind, right.dims, scaled, span)
        kinds = {left.kind, right.kind}
        if len(kinds) == 2:
            message = f"* is elementwise; {left.text}, {right.text}"
            hint = "for a product write @"
            if kinds == {Kind.MATRIX, Kind.COLUMN}:
                hint += "; to scale rows, diag(v) @ A"
            self.fail(message, span, hint)
        self.same(left, right, span, "an elementwise product")
        return Draft(
            left.kind,
            left.dims,
            lambda n: m.Hadamard(left.build(n), right.build(n)),
            span,
        )

    def divide(self, left: Draft, right: Draft, span: Span) -> Draft:
        """By a scalar, or elementwise."""
        if right.literal == 0:
            raise ParseError("division by zero", span)
        if left.literal is not None and right.kind is not Kind.SCALAR:
            value = left.literal

            def reciprocal(naming: Naming) -> m.MatrixExpr:
                below = right.build(naming)
                return m.Quotient(m.Constant(value, below.shape), below)

            return Draft(right.kind, right.dims, reciprocal, span)
        if right.kind is not Kind.SCALAR:
            if left.kind is not right.kind:
                self.scope.check_doubts()
            self.same(left, right, span, "an elementwise quotient")
        return Draft(
            left.kind,
            left.dims,
            lambda n: m.Quotient(left.build(n), right.build(n)),
            span,
        )

    def power(self, base: Draft, exponent: Draft, span: Span) -> Draft:
        """Elementwise power with a literal exponent."""
        value = exponent.literal
        if value is None:
            raise UnsupportedError(
                "an exponent is a literal number; write exp(a * log(x))", exponent.span
            )
        if abs(value.numerator) > MAX_EXPONENT or value.denominator > MAX_EXPONENT:
            raise UnsupportedError(f"an exponent beyond {MAX_EXPONENT}", exponent.span)
        if base.literal is not None and not (
            base.literal > 0 and value.denominator > 1
        ):
            if value.denominator != 1 or (base.literal == 0 and value < 0):
                raise ParseError("a root needs a positive number", span)
            return literal(whole_power(base.literal, int(value), span), span)
        whole = base.exponent * value
        if max(abs(whole.numerator), whole.denominator) > MAX_NESTED_EXPONENT:
            message = f"powers of powers: an exponent beyond {MAX_NESTED_EXPONENT}"
            raise UnsupportedError(
                message, span, hint="write a letter for the inner power"
            )

        def build(naming: Naming) -> m.MatrixExpr:
            return m.Power(base.build(naming), value)

        return Draft(base.kind, base.dims, build, span, exponent=whole)

    def matmul(self, left: Draft, right: Draft, span: Span) -> Draft:
        """The matrix product; columns have order 1, so `x @ y` is an error."""
        if Kind.SCALAR in (left.kind, right.kind):
            message = f"@ is the matrix product; {left.text}, {right.text}"
            self.fail(message, span, "for a scalar multiple write *")
        x, y = left.span.text, right.span.text
        if left.kind is right.kind is Kind.COLUMN:
            message = f"a product of two column vectors; {left.text}, {right.text}"
            self.fail(message, span, f"{x}.T @ {y} is a number, {x} @ {y}.T a matrix")
        dims: tuple[Size, ...] = (*left.dims[:-1], *right.dims[1:])
        fits = right.kind is not Kind.ROW and unify(left.dims[-1], right.dims[0])
        if left.kind is Kind.COLUMN and right.kind is Kind.ROW:
            dims, fits = (*left.dims, *right.dims), True
        elif left.kind is Kind.COLUMN:
            fits = False
        if not fits:
            self.reordered(left.dims[-1:], right.dims[:1], span)
            message = f"@ needs equal inner dimensions; {left.text}, {right.text}"
            turned = left.kind is Kind.MATRIX and find(left.dims[0]) == find(
                right.dims[0]
            )
            self.fail(message, span, f"{x}.T @ {y} is well shaped" if turned else None)
        kind = (Kind.SCALAR, Kind.COLUMN, Kind.MATRIX)[len(dims)]
        if kind is Kind.COLUMN and left.kind is Kind.ROW:
            kind = Kind.ROW
        return Draft(
            kind, dims, lambda n: m.MatMul(left.build(n), right.build(n)), span
        )

    def call(self, node: Call) -> Draft:
        """diag, eye, ones, zeros, a named operation, or an elementwise function."""
        if node.function in CONSTANTS:
            return self.constant(node)
        if is_operation(node.function):
            return self.operation(node)
        if node.function == ENTRY:
            return self.entry(node)
        if node.function != "diag" and self.scope.is_refused(node.function):
            self.refuse(node)
        if len(node.arguments) != 1:
            message = f"{node.function} takes one argument, not {len(node.arguments)}"
            raise ParseError(message, node.span)
        inner = self.infer(node.arguments[0])
        if node.function == "diag":
            return self.diag(inner, node)
        self.scope.call(node, inner.kind)
        function, order = lookup(node.function), node.primes

        def build(naming: Naming) -> m.MatrixExpr:
            return m.Elementwise(function, order, inner.build(naming))

        return Draft(inner.kind, inner.dims, build, node.span)

    def refuse(self, node: Call) -> NoReturn:
        """Refuse a name, and say what to write if that is well formed."""
        hint = declared(node.function)
        if (text := instead(node)) is not None:
            with suppress(SymjacError):
                self.infer(parse_formula(Source("hint", text))[1])
                hint = f"write {text}"
        message = f"{node.function} is not supported"
        raise UnsupportedError(message, node.span, hint=hint)

    def operation(self, node: Call) -> Draft:
        """A named operation of the table, such as `tr(A)` or `matpow(A, 3)`."""
        if node.primes:
            raise ParseError(f"{node.function} is no elementwise function", node.span)
        operands, parameters = node.arguments, tuple[Size, ...]()
        if node.function == "matpow" and len(operands) == 2:
            parameters = (exponent(operands[1]),)
            operands = operands[:1]
        if node.function in ("dim", "commutation"):
            parameters = tuple(map(self.size, operands))
            operands = ()
        drafts = tuple(map(self.infer, operands))
        if node.function == "vec" and [d.kind for d in drafts] == [Kind.COLUMN]:
            return drafts[0]  # one column, below which none stands
        if node.function in ("hstack", "vstack"):
            drafts = self.cells(drafts, node)
        name = operation_name(node.function, tuple(d.kind for d in drafts))
        if len(parameters) != OPERATIONS[name].parameters:
            raise ParseError(f"{name} takes {SIGNATURES[name]}", node.span)
        kind, dims = _result(name, node, drafts, parameters)

        def build(naming: Naming) -> m.MatrixExpr:
            args = tuple(draft.build(naming) for draft in drafts)
            self.require_symmetry(OPERATIONS[name], args, drafts)
            return m.Operation(name, args, tuple(map(naming.resolve, parameters)))

        return Draft(kind, dims, build, node.span)

    def require_symmetry(
        self, row: Operation, args: tuple[m.MatrixExpr, ...], drafts: tuple[Draft, ...]
    ) -> None:
        """Refuse a matrix that does not show its symmetry where a row asks for it."""
        if row.takes == SYMMETRIC and not m.is_symmetric(args[0]):
            text = drafts[0].span.text
            hint = f"write {row.name}(sym({text})), or declare a symmetric matrix"
            message = f"{row.name} needs a symmetric matrix; {text} may be another one"
            raise ShapeError(message, drafts[0].span, hint=hint)

    def cells(self, drafts: tuple[Draft, ...], node: Call) -> tuple[Draft, ...]:
        """Blocks; numbers among them are vectors of one entry, beside others alike."""
        kind = Kind.ROW if node.function == "hstack" else Kind.COLUMN
        if all(draft.kind is not Kind.SCALAR for draft in drafts):
            return drafts
        for draft in drafts:
            if draft.kind not in (Kind.SCALAR, kind):
                self.fail(f"a number in a block beside others; {draft.text}", node.span)
        one = Shape(kind, (1,))

        def single(draft: Draft) -> Draft:
            def build(naming: Naming) -> m.MatrixExpr:
                if draft.literal is not None:
                    return m.Constant(draft.literal, one)
                return m.Scale(draft.build(naming), m.Constant(Fraction(1), one))

            return Draft(kind, (1,), build, draft.span)

        return tuple(single(d) if d.kind is Kind.SCALAR else d for d in drafts)

    def entry(self, node: Call) -> Draft:
        """`x[[1]]`, `A[[1, 2]]`, a row `A[[1, :]]`, a column `A[[:, 2]]`."""
        inner, places = self.infer(node.arguments[0]), node.arguments[1:]
        if len(places) != len(inner.dims) or all(isinstance(p, Name) for p in places):
            message = f"an entry has one place for each dimension; {inner.text}"
            self.fail(message, node.span)
        fixed = [int(p.value) if isinstance(p, Number) else None for p in places]
        for place, dim in zip(fixed, inner.dims, strict=True):
            length = number(dim)
            if place is not None and (length is None or not unify(dim, length)):
                message = f"an entry needs a length that is a number; {inner.text}"
                raise UnsupportedError(message, node.span, hint="declare it: x: (3)")
            if place is not None and length is not None and not 1 <= place <= length:
                self.fail(f"there is no place {place}; {inner.text}", node.span)

        def build(naming: Naming) -> m.MatrixExpr:
            expr = inner.build(naming)
            dims = expr.shape.dims
            if fixed[0] is not None and inner.kind is not Kind.ROW:
                expr = m.MatMul(m.Transpose(m.unit(dims[0], fixed[0])), expr)
            if fixed[-1] is not None and inner.kind is not Kind.COLUMN:
                expr = m.MatMul(expr, m.unit(dims[-1], fixed[-1]))
            return expr

        left = tuple(d for d, p in zip(inner.dims, fixed, strict=True) if p is None)
        kind = (
            Kind.SCALAR if not left else Kind.ROW if fixed[-1] is None else Kind.COLUMN
        )
        return Draft(kind, left, build, node.span)

    def diag(self, inner: Draft, node: Call) -> Draft:
        """The diagonal matrix of a column vector."""
        if inner.kind is not Kind.COLUMN or node.primes:
            self.fail(f"diag needs a column vector; {inner.text}", node.span)
        dims = (inner.dims[0], inner.dims[0])
        return Draft(Kind.MATRIX, dims, lambda n: m.Diag(inner.build(n)), node.span)

    def constant(self, node: Call) -> Draft:
        """eye(n), ones(n), ones(n, m), zeros(n), zeros(n, m)."""
        sizes = tuple(self.size(argument) for argument in node.arguments)
        limits = (1, 1) if node.function == "eye" else (1, 2)
        if node.primes or not limits[0] <= len(sizes) <= limits[1]:
            raise ParseError(f"{node.function} takes dimensions", node.span)
        if node.function == "eye":
            dims = (*sizes, *sizes)
            return Draft(
                Kind.MATRIX, dims, lambda n: m.Identity(n.resolve(sizes[0])), node.span
            )
        kind = Kind.COLUMN if len(sizes) == 1 else Kind.MATRIX
        if len(sizes) == 2 and sizes[0] == 1 != sizes[1]:
            kind, sizes = Kind.ROW, sizes[1:]
        value = Fraction(1 if node.function == "ones" else 0)

        def build(naming: Naming) -> m.MatrixExpr:
            return m.Constant(value, Shape(kind, tuple(map(naming.resolve, sizes))))

        return Draft(kind, sizes, build, node.span)

    def size(self, node: Syntax) -> Size:
        """A dimension: its name or a positive integer."""
        if isinstance(node, Number) and node.value.denominator == 1 and node.value > 0:
            return self.scope.settled(int(node.value))
        if isinstance(node, Name) and node.time is None:
            if self.scope.closed and node.name not in self.scope.dimensions:
                known = ", ".join(sorted(self.scope.dimensions))
                raise ParseError(
                    f"unknown dimension {node.name}", node.span, known=known
                )
            self.scope.dimensions.add(node.name)
            return self.scope.settled(node.name)
        if isinstance(node, Binary) and node.operator in "+*":
            combine = times if node.operator == "*" else plus
            size: Size = combine(self.size(node.left), self.size(node.right))
            return size
        raise ParseError(
            "expected a dimension: a name or a positive integer", node.span
        )


def _is_inner_product(node: Binary, left: Draft, right: Draft) -> bool:
    """Whether a factor of `a.T @ b @ c.T` is a number: then the product scales."""
    pairs = ((node.left, left), (node.right, right))
    return any(
        isinstance(side, Binary) and side.operator == "@" and draft.kind is Kind.SCALAR
        for side, draft in pairs
    )


def _sum_builder(signed: list[tuple[int, Draft]], whole: Draft) -> Build:
    def build(naming: Naming) -> m.MatrixExpr:
        terms: list[m.MatrixExpr] = []
        for sign, draft in signed:
            if draft.literal is None:
                term = draft.build(naming)
            else:
                term = m.Constant(draft.literal, _shape(whole, naming))
            terms.append(term if sign > 0 else m.Neg(term))
        return m.Add(tuple(terms))

    return build


def _result(
    name: str, node: Call, drafts: tuple[Draft, ...], parameters: Sizes
) -> tuple[Kind, Sizes]:
    """Kind and dimensions of an operation's result; unifies those of its operands.

    Raises:
        ParseError: another number of operands.
        ShapeError: the operands do not fit.
    """
    row = OPERATIONS[name]
    words = TAKES[row.takes]
    if not row.is_stack and len(drafts) != count(row):
        message = f"{node.function} takes {words}, not {len(drafts)}"
        raise ParseError(message, node.span)
    shapes = tuple(Shape(d.kind, d.dims) for d in drafts)  # type: ignore[arg-type]
    if not fits(row, shapes, unify):
        shown = ", ".join(draft.text for draft in drafts)
        message = f"{node.function} needs {words}; {shown}"
        by_rows = f"row_{node.function}"
        is_matrix = [d.kind for d in drafts] == [Kind.MATRIX] and by_rows in OPERATIONS
        hint = f"write {by_rows}({drafts[0].span.text})" if is_matrix else None
        raise ShapeError(message, node.span, hint=hint)
    found = result_shape(row, shapes, parameters)
    return found.kind, found.dims
