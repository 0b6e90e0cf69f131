r"""Values of printed formulas: a draft of the language, or entries that carry letters.

`x_i^\top w` has the letter i. Once a sum or a claim binds all its letters, a value is
lifted to a matrix form, which is a draft as any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce

from symjac.calculus.contract import CONTRACT
from symjac.calculus.lift import Arrangement, lift
from symjac.calculus.reduce import Indices
from symjac.errors import LiftError, Span, UnsupportedError
from symjac.language.dims import Naming, Size
from symjac.language.infer import Draft
from symjac.library.functions import lookup
from symjac.rewrite.rule import Context, run
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.operations import times
from symjac.terms.shape import Kind, Shape, matrix

SCALAR, COLUMN, ROW, MATRIX = Kind.SCALAR, Kind.COLUMN, Kind.ROW, Kind.MATRIX
TRANSPOSED = {ROW: COLUMN, COLUMN: ROW}
PRODUCTS = {
    (MATRIX, MATRIX): MATRIX,
    (MATRIX, COLUMN): COLUMN,
    (ROW, MATRIX): ROW,
    (ROW, COLUMN): SCALAR,
    (COLUMN, ROW): MATRIX,
}


@dataclass(frozen=True, slots=True)
class Env:
    """What is known once dimensions are solved: their names, and indices of letters."""

    naming: Naming
    letters: Mapping[str, ix.Index] = field(default_factory=dict)
    fresh: ix.IndexSupply = field(default_factory=ix.IndexSupply)

    def indices(self, dims: tuple[Size, ...]) -> Indices:
        """New indices, one for each dimension."""
        return tuple(self.fresh.index(self.naming.resolve(dim)) for dim in dims)


Entries = Callable[[Env, Indices], ix.Terms]


@dataclass(frozen=True, slots=True)
class Value:
    """What a node means: `draft` has its kind and dimensions.

    With letters, `terms` are its entries at the indices of its own axes, and the draft
    builds nothing.
    """

    draft: Draft
    letters: frozenset[str] = frozenset()
    terms: Entries | None = None

    @property
    def kind(self) -> Kind:
        """Its kind, for each value of its letters."""
        return self.draft.kind

    @property
    def dims(self) -> tuple[Size, ...]:
        """Its dimensions, for each value of its letters."""
        return self.draft.dims

    def entries(self, env: Env, axes: Indices) -> ix.Terms:
        """Its entries as an index form."""
        if self.terms is not None:
            return self.terms(env, axes)
        if self.draft.literal is not None:
            return (ix.Term(self.draft.literal),)
        return ix.single(ix.Entry(self.draft.build(env.naming), axes))


def lettered(
    kind: Kind,
    dims: tuple[Size, ...],
    letters: frozenset[str],
    terms: Entries,
    span: Span,
) -> Value:
    """A value with letters; without any, the draft of its matrix form."""
    if letters:
        return Value(Draft(kind, dims, _unbuilt, span), letters, terms)

    def build(naming: Naming) -> m.MatrixExpr:
        env = Env(naming)
        axes = env.indices(dims)
        return lifted(terms(env, axes), Shape(kind, tuple(i.dim for i in axes)), axes)

    def checked(naming: Naming) -> m.MatrixExpr:
        try:
            return build(naming)
        except LiftError as error:
            raise UnsupportedError(error.message, span) from None

    return Value(Draft(kind, dims, checked, span))


def _unbuilt(_: Naming) -> m.MatrixExpr:
    raise AssertionError("a value with letters has no matrix form")


def lifted(terms: ix.Terms, shape: Shape, axes: Indices) -> m.MatrixExpr:
    """The matrix form of an index form, its deltas sifted."""
    context = Context(ix.IndexSupply(frozenset(ix.index_names(terms))))
    found = run("contract", terms, CONTRACT, context).result
    return lift(found, Arrangement(axes, shape), context).expr


def multiplied(*parts: ix.Terms) -> ix.Terms:
    """The product of index forms whose bound indices are distinct."""
    return tuple(
        reduce(
            lambda done, terms: [ix.multiply(a, b) for a in done for b in terms],
            parts,
            [ix.Term()],
        )
    )


def product(left: Value, right: Value, kind: Kind, span: Span) -> Value:
    """The product of two values as their kinds say, entry by entry."""
    letters = left.letters | right.letters
    if (
        SCALAR in (left.kind, right.kind)
        or kind is left.kind is right.kind is not MATRIX
    ):
        dims = right.dims if left.kind is SCALAR else left.dims

        def terms(env: Env, axes: Indices) -> ix.Terms:
            one = left.entries(env, axes if left.kind is not SCALAR else ())
            return multiplied(
                one, right.entries(env, axes if right.kind is not SCALAR else ())
            )

        return lettered(kind, dims, letters, terms, span)
    keep = len(left.dims) - 1
    if (left.kind, right.kind) == (COLUMN, ROW):
        outer = (*left.dims, *right.dims)

        def each(env: Env, axes: Indices) -> ix.Terms:
            return multiplied(left.entries(env, axes[:1]), right.entries(env, axes[1:]))

        return lettered(kind, outer, letters, each, span)
    inner = left.dims[-1:]

    def summed(env: Env, axes: Indices) -> ix.Terms:
        bound = env.indices(inner)
        one = left.entries(env, (*axes[:keep], *bound))
        return bind(multiplied(one, right.entries(env, (*bound, *axes[keep:]))), bound)

    return lettered(kind, (*left.dims[:-1], *right.dims[1:]), letters, summed, span)


def hadamard(left: Value, right: Value, span: Span) -> Value:
    """The product entry by entry."""

    def terms(env: Env, axes: Indices) -> ix.Terms:
        return multiplied(left.entries(env, axes), right.entries(env, axes))

    return lettered(left.kind, left.dims, left.letters | right.letters, terms, span)


def bind(terms: ix.Terms, bound: Indices) -> ix.Terms:
    """The sum of an index form over indices."""
    return tuple(replace(term, bound=(*term.bound, *bound)) for term in terms)


def total(signed: list[tuple[bool, Value]], span: Span) -> Value:
    """A sum of values of one kind; numbers stand beside numbers of any letters."""
    first = next((v for _, v in signed if v.draft.literal is None), signed[0][1])
    letters = frozenset[str]().union(*(v.letters for _, v in signed))

    def terms(env: Env, axes: Indices) -> ix.Terms:
        parts = [
            term
            for negative, value in signed
            for term in ix.scale(
                value.entries(env, axes), Fraction(-1 if negative else 1)
            )
        ]
        return packed(tuple(parts), (*(env.letters[c] for c in sorted(letters)), *axes))

    return lettered(first.kind, first.dims, letters, terms, span)


def packed(terms: ix.Terms, free: Indices) -> ix.Terms:
    """A sum as one entry of its matrix form, so that products keep it in brackets."""
    if len(terms) < 2 or len(free) > 2 or len(set(free)) < len(free):
        return terms
    kinds = (SCALAR, COLUMN, MATRIX)
    shape = Shape(kinds[len(free)], tuple(i.dim for i in free))
    try:
        return ix.single(ix.Entry(lifted(terms, shape, free), free))
    except LiftError:
        return terms


def transposed(value: Value, span: Span) -> Value:
    """The transpose."""
    kind = TRANSPOSED.get(value.kind, value.kind)

    def terms(env: Env, axes: Indices) -> ix.Terms:
        return value.entries(env, axes[::-1])

    return lettered(kind, value.dims[::-1], value.letters, terms, span)


def applied(function: str, order: int, value: Value, span: Span) -> Value:
    """An elementwise function."""
    row = lookup(function)

    def terms(env: Env, axes: Indices) -> ix.Terms:
        return ix.single(ix.Apply(row, order, value.entries(env, axes)))

    return lettered(value.kind, value.dims, value.letters, terms, span)


def raised(value: Value, exponent: Fraction, span: Span) -> Value:
    """A power of each entry."""

    def terms(env: Env, axes: Indices) -> ix.Terms:
        return ix.single(ix.Power(value.entries(env, axes), exponent))

    return lettered(value.kind, value.dims, value.letters, terms, span)


def entry(value: Value, letters: str, span: Span) -> Value:
    """A vector or matrix at letters: a number, or a row of a matrix, upright."""
    count = len(letters)
    kind = (SCALAR, COLUMN)[len(value.dims) - count]

    def terms(env: Env, axes: Indices) -> ix.Terms:
        return value.entries(env, (*(env.letters[c] for c in letters), *axes))

    return lettered(
        kind, value.dims[count:], value.letters | frozenset(letters), terms, span
    )


def delta(left: str, right: str, span: Span) -> Value:
    """Kronecker's delta."""

    def terms(env: Env, _: Indices) -> ix.Terms:
        return ix.single(ix.Delta(env.letters[left], env.letters[right]))

    return lettered(SCALAR, (), frozenset(left + right), terms, span)


def summed(value: Value, letter: str, dim: Size, span: Span) -> Value:
    """The sum over a letter."""

    def terms(env: Env, axes: Indices) -> ix.Terms:
        (index,) = env.indices((dim,))
        inner = Env(env.naming, {**env.letters, letter: index}, env.fresh)
        return bind(value.entries(inner, axes), (index,))

    return lettered(value.kind, value.dims, value.letters - {letter}, terms, span)


def vec_form(
    value: Value, of: str, by: str, dims: Mapping[str, Size], naming: Naming
) -> m.MatrixExpr:
    """The derivative of vec(Y) by vec(X) whose components a value is."""
    down, across = of[::-1], by[::-1]
    free = Env(naming).indices(tuple(dims[letter] for letter in down + across))
    env = Env(naming, dict(zip(down + across, free, strict=True)))
    env.fresh.count = len(free)
    sizes = [i.dim for i in free]
    shape = matrix(times(*sizes[: len(of)]), times(*sizes[len(of) :]))
    try:
        return lifted(value.entries(env, ()), shape, free)
    except LiftError as error:
        raise UnsupportedError(error.message, value.draft.span) from None


def at_letters(value: Value, letters: str, dims: Mapping[str, Size]) -> Draft:
    """The matrix whose entries at letters, and at its own axes, a value is."""
    kinds = (SCALAR, COLUMN, MATRIX)
    sizes = (*(dims[letter] for letter in letters), *value.dims)
    if len(sizes) > 2:
        raise UnsupportedError("more than two indices", value.draft.span)

    def build(naming: Naming) -> m.MatrixExpr:
        env = Env(naming)
        free = env.indices(sizes)
        env = Env(naming, dict(zip(letters, free, strict=False)), env.fresh)
        shape = Shape(kinds[len(free)], tuple(i.dim for i in free))
        terms = value.entries(env, free[len(letters) :])
        try:
            return lifted(terms, shape, free)
        except LiftError as error:
            raise UnsupportedError(error.message, value.draft.span) from None

    return Draft(kinds[len(sizes)], sizes, build, value.draft.span)
