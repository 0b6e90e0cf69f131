"""Index form: a sum of terms, one scalar equation for every value of its free indices.

A term is a coefficient, ordered factors, and bound indices that it sums over. Sums are
always explicit, because a Hadamard product needs an index three times. Layout plays no
part here. The vocabulary is closed: a pass that meets anything else raises, it never
treats the unknown as constant.
Source: Laue, Mitterreiter, Giesen (2020), "A Simple and Efficient Tensor Calculus".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import assert_never

from symjac.errors import SoundnessError
from symjac.library.row import Function
from symjac.terms import matrix as m
from symjac.terms.kept import KeptHash
from symjac.terms.shape import Dim

ONE = Fraction(1)
INDEX_NAMES = ("l", "r", "s", "v", "w", "g", "h")


@dataclass(frozen=True, slots=True)
class Index:
    """A component index and the dimension that it runs over, 1..dim."""

    name: str
    dim: Dim

    def __hash__(self) -> int:  # names tell nearly all apart; the pair costs more
        return hash(self.name)


@dataclass(frozen=True, slots=True)
class Delta(KeptHash):
    """Kronecker delta: 1 where the indices agree, else 0."""

    left: Index
    right: Index


@dataclass(frozen=True, slots=True)
class Entry(KeptHash):
    """One entry of a matrix expression; in a lowered form, of a symbol."""

    matrix: m.MatrixExpr
    indices: tuple[Index, ...]

    def __post_init__(self) -> None:
        if len(self.indices) != self.matrix.shape.order:
            raise ValueError(f"{len(self.indices)} indices for {self.matrix.shape}")


@dataclass(frozen=True, slots=True)
class Apply(KeptHash):
    """An elementwise function, or its derivative, at one index form."""

    function: Function
    order: int
    argument: Terms


@dataclass(frozen=True, slots=True)
class Power(KeptHash):
    """A rational power of one index form."""

    base: Terms
    exponent: Fraction


@dataclass(frozen=True, slots=True)
class Partial(KeptHash):
    """A derivative that is still to be taken, of an index form by one entry.

    `immediate` marks the partial derivative that holds every other definition fixed,
    where it differs from the total one.
    """

    of: Terms
    by: Entry
    immediate: bool = False


Factor = Delta | Entry | Apply | Power | Partial


@dataclass(frozen=True, slots=True)
class Term(KeptHash):
    """coefficient * sum over `bound` of the product of `factors`."""

    coefficient: Fraction = ONE
    factors: tuple[Factor, ...] = ()
    bound: tuple[Index, ...] = ()


Terms = tuple[Term, ...]


@dataclass(slots=True)
class IndexSupply:
    """Supplies indices that occur nowhere else in one derivation.

    `taken` holds the names that the reader already connects with something else. None
    of them is numbered (r_1 is printed like a component of r) while letters are left.
    """

    taken: frozenset[str] = frozenset()
    count: int = field(default=0)

    @classmethod
    def beyond(cls, *forms: Terms) -> IndexSupply:
        """A supply that avoids every index of the given forms."""
        return cls(frozenset(name for form in forms for name in index_names(form)))

    def index(self, dim: Dim) -> Index:
        """A new index over `dim`."""
        while True:
            turn, place = divmod(self.count, len(INDEX_NAMES))
            self.count += 1
            stem = INDEX_NAMES[place]
            name = stem + (f"_{turn}" if turn else "")
            is_read = turn and stem in self.taken and {*INDEX_NAMES} - self.taken
            if name not in self.taken and not is_read:
                return Index(name, dim)


def subforms(factor: Factor) -> tuple[Terms, ...]:
    """Index forms inside a factor."""
    match factor:
        case Delta() | Entry():
            return ()
        case Apply(argument=inner) | Power(base=inner) | Partial(of=inner):
            return (inner,)
    assert_never(factor)


def with_subform(factor: Factor, inner: Terms) -> Factor:
    """The same factor around another index form."""
    match factor:
        case Apply():
            return Apply(factor.function, factor.order, inner)
        case Power():
            return Power(inner, factor.exponent)
        case Partial():
            return Partial(inner, factor.by, factor.immediate)
        case Delta() | Entry():
            return factor
    assert_never(factor)


def map_matrices(
    terms: Terms, convert: Callable[[m.MatrixExpr], m.MatrixExpr]
) -> Terms:
    """The index form with what its entries are of converted."""

    def entry(old: Entry) -> Entry:
        return Entry(convert(old.matrix), old.indices)

    def factor(old: Factor) -> Factor:
        for inner in subforms(old):
            old = with_subform(old, map_matrices(inner, convert))
        match old:
            case Entry():
                return entry(old)
            case Partial(of, by, immediate):
                return Partial(of, entry(by), immediate)
        return old

    return tuple(
        Term(t.coefficient, tuple(map(factor, t.factors)), t.bound) for t in terms
    )


def own_indices(factor: Factor) -> tuple[Index, ...]:
    """Indices that stand on the factor itself."""
    match factor:
        case Delta(left, right):
            return (left, right)
        case Entry(indices=indices):
            return indices
        case Partial(by=by):
            return by.indices
        case Apply() | Power():
            return ()
    assert_never(factor)


def factor_indices(factor: Factor) -> tuple[Index, ...]:
    """Free indices of a factor, in order of appearance."""
    if isinstance(factor, Entry) and len(factor.indices) < 2:
        return factor.indices
    inner = (i for form in subforms(factor) for t in form for i in free_indices(t))
    return tuple(dict.fromkeys((*inner, *own_indices(factor))))


def carries(factor: Factor, index: Index) -> bool:
    """Whether an index occurs anywhere in a factor."""
    return index in own_indices(factor) or any(
        carries(inner, index)
        for form in subforms(factor)
        for term in form
        for inner in term.factors
    )


def free_indices(term: Term) -> tuple[Index, ...]:
    """Indices that the term does not sum over."""
    seen = dict.fromkeys(i for f in term.factors for i in factor_indices(f))
    return tuple(index for index in seen if index not in term.bound)


def components(term: Term) -> list[Term]:
    """Factors that share no bound index: the sum of their product is a product.

    Every bound index has to occur in some factor.
    """
    groups: list[tuple[set[Index], list[Factor]]] = []
    for factor in term.factors:
        links = set(factor_indices(factor)) & set(term.bound)
        joined: list[Factor] = []
        for group in [g for g in groups if g[0] & links]:
            groups.remove(group)
            links |= group[0]
            joined += group[1]
        groups.append((links, [*joined, factor]))
    return [
        Term(ONE, tuple(factors), tuple(i for i in term.bound if i in links))
        for links, factors in groups
    ]


def rename_factor(factor: Factor, names: Mapping[Index, Index]) -> Factor:
    """Rename free indices; bound ones are distinct from all others by construction."""
    match factor:
        case Delta(left, right):
            return Delta(names.get(left, left), names.get(right, right))
        case Entry(matrix, indices):
            if names.keys().isdisjoint(indices):
                return factor
            return Entry(matrix, tuple(names.get(i, i) for i in indices))
        case Partial(of, by, immediate):
            entry = Entry(by.matrix, tuple(names.get(i, i) for i in by.indices))
            return Partial(rename(of, names), entry, immediate)
        case Apply() | Power():
            (inner,) = subforms(factor)
            return with_subform(factor, rename(inner, names))
    assert_never(factor)


def rename(terms: Terms, names: Mapping[Index, Index]) -> Terms:
    """Rename indices, bound ones included, throughout an index form."""
    return tuple(
        Term(
            term.coefficient,
            tuple(rename_factor(factor, names) for factor in term.factors),
            tuple(names.get(index, index) for index in term.bound),
        )
        for term in terms
    )


def all_bound(terms: Terms) -> Iterator[Index]:
    """Every bound index, those inside function arguments included."""
    for term in terms:
        yield from term.bound
        for factor in term.factors:
            for inner in subforms(factor):
                yield from all_bound(inner)


def index_names(terms: Terms) -> Iterator[str]:
    """Names of all indices, free and bound, at every depth."""
    for term in terms:
        yield from (index.name for index in term.bound)
        for factor in term.factors:
            yield from (index.name for index in own_indices(factor))
            for inner in subforms(factor):
                yield from index_names(inner)


def refresh(
    terms: Terms, fresh: IndexSupply, names: Mapping[Index, Index] | None = None
) -> Terms:
    """A copy whose bound indices are all new, so that nothing can be captured.

    `names` renames free indices in the same stroke: done one after the other, a new
    bound index could meet a free one that is still to be renamed.
    """
    bound = {index: fresh.index(index.dim) for index in all_bound(terms)}
    return rename(terms, {**bound, **(names or {})})


def alike(one: Terms, two: Terms) -> bool:
    """Whether two index forms are equal up to the names of their bound indices."""
    return one == two or _numbered(one, 0) == _numbered(two, 0)


def _numbered(terms: Terms, depth: int) -> Terms:
    """Bound indices named by how many are bound around them."""
    done = []
    for term in terms:
        names = {i: Index(f"#{depth + n}", i.dim) for n, i in enumerate(term.bound)}
        (own,) = rename((term,), names)
        inside = depth + len(names)
        factors = tuple(_numbered_inside(factor, inside) for factor in own.factors)
        done.append(Term(own.coefficient, factors, own.bound))
    return tuple(done)


def _numbered_inside(factor: Factor, depth: int) -> Factor:
    for inner in subforms(factor):
        factor = with_subform(factor, _numbered(inner, depth))
    return factor


def check_scopes(terms: Terms, outer: frozenset[Index] = frozenset()) -> None:
    """No bound index occurs again in its scope: else an index was captured."""
    for term in terms:
        inside = outer | set(term.bound)
        if len(inside) != len(outer) + len(term.bound):
            raise SoundnessError("an index is bound twice in one scope")
        for factor in term.factors:
            for inner in subforms(factor):
                check_scopes(inner, inside)


def multiply(left: Term, right: Term) -> Term:
    """Product of two terms whose bound indices are distinct."""
    return Term(
        times(left.coefficient, right.coefficient),
        left.factors + right.factors,
        left.bound + right.bound,
    )


def times(left: Fraction, right: Fraction) -> Fraction:
    """Product of two coefficients; nearly all of them are `ONE` itself."""
    if left is ONE:
        return right
    return left if right is ONE else left * right


def scale(terms: Terms, coefficient: Fraction) -> Terms:
    """Multiply every term by a number."""
    return tuple(Term(coefficient * t.coefficient, t.factors, t.bound) for t in terms)


def splice(term: Term, place: int, inner: Terms) -> Terms:
    """Put a sum in the place of one factor and multiply out, keeping the order."""
    return tuple(
        Term(
            times(term.coefficient, part.coefficient),
            term.factors[:place] + part.factors + term.factors[place + 1 :],
            term.bound + part.bound,
        )
        for part in inner
    )


def single(factor: Factor) -> Terms:
    """The index form of one factor alone."""
    return (Term(ONE, (factor,)),)


def entry_symbols(terms: Terms) -> Iterator[m.Symbol]:
    """Symbols of all entries, with repetition, in order of appearance."""
    for term in terms:
        for factor in term.factors:
            if isinstance(factor, Entry):
                yield from m.symbols(factor.matrix)
            for inner in subforms(factor):
                yield from entry_symbols(inner)


def tidy(terms: Terms, taken: frozenset[str]) -> Terms:
    """Rename bound indices to the first names that are not taken, term by term."""
    shown: list[Term] = []
    for term in terms:
        fresh = IndexSupply(taken | {index.name for index in free_indices(term)})
        shown.extend(refresh((term,), fresh))
    return tuple(shown)
