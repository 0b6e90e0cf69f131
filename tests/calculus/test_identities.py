"""The rows that decide `proved`: each holds exactly, fires, and leads to one form."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from random import Random

import numpy as np
import pytest

from symjac.calculus.lower import lower
from symjac.claims.comparison import Comparison
from symjac.claims.equivalent import ask, given
from symjac.claims.linear import Number, Place, PointError
from symjac.claims.samples import pattern, sample
from symjac.equality import expand, properties
from symjac.equality.canonical import canonical, expander, keyed
from symjac.equality.expand import Expander
from symjac.equality.identities import (
    IN_EXPONENTIALS,
    NESTED,
    PRODUCTS,
    ROOTS,
    VALUES,
    Identity,
)
from symjac.equality.properties import LATE, LATE_PRODUCTS, PROPERTIES, RELATIONS
from symjac.errors import Source
from symjac.exposition.generate import identities_page
from symjac.language.formulas import Formulas, check_formulas
from symjac.library.properties import COMMUTES
from symjac.rewrite.match import Pattern, build, fits, matches
from symjac.rewrite.rule import Context
from symjac.terms.index import (
    ONE,
    Index,
    IndexSupply,
    Term,
    Terms,
    alike,
    entry_symbols,
    free_indices,
    refresh,
)
from symjac.terms.matrix import Add, Constant, MatrixExpr, Neg, Symbol
from tests.oracles import Array, Values, named, size, terms_value

IN_INDEX_FORM = (*VALUES, *NESTED, *PRODUCTS, *ROOTS, *IN_EXPONENTIALS, *PROPERTIES)
ON_NODES = (*RELATIONS, *LATE)
ROWS = (*IN_INDEX_FORM, *LATE_PRODUCTS, *ON_NODES)
SIZES, PATTERNS, ENOUGH = ((2, 3), (3, 2), (3, 4)), range(14), 3


def name(row: Identity) -> str:
    return f"{row.left} = {row.right}"


def differences(formulas: Formulas, answer: MatrixExpr) -> Iterator[bool]:
    """At each exact point where both sides have values: whether they differ."""
    question = ask(formulas, answer, given(formulas))
    for sizes, number in itertools.product(SIZES, PATTERNS):
        try:
            yield differ(question.comparison, formulas, answer, sizes, number)
        except PointError:  # no such array, or outside a domain
            continue


def differ(
    comparison: Comparison,
    formulas: Formulas,
    answer: MatrixExpr,
    sizes: tuple[int, ...],
    number: int,
) -> bool:
    """Whether some entry differs for certain."""
    point = comparison.point(sizes, pattern(number))
    shape = formulas.reference.shape
    places = itertools.product(*(range(point.size(dim)) for dim in shape.dims))
    pairs = (
        (point.jet(formulas.reference, at).value, point.jet(answer, at).value)
        for at in places
    )
    return any([is_apart(one, other) for one, other in pairs])


def is_apart(one: Number, other: Number) -> bool:
    """Balls that overlap may be equal; rationals are, or are not."""
    return bool(one != other)


def wrong(row: Identity) -> MatrixExpr:
    """The right side with its sign turned; beside zero, one more."""
    right = row.formulas.answer
    if row.right.startswith("0"):
        return Add((right, Constant(ONE, right.shape)))
    return Neg(right)


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_both_sides_agree_exactly_and_a_turned_sign_does_not(row: Identity) -> None:
    formulas = row.formulas
    assert row.title
    assert row.source
    agreed = list(differences(formulas, formulas.answer))
    assert not any(agreed)
    assert len(agreed) >= ENOUGH
    assert any(differences(formulas, wrong(row)))


def test_every_row_stands_on_the_page_of_identities() -> None:
    page = identities_page()
    for row in ROWS:
        cells = f"| {row.title} | `{row.left}` | `{row.right}` |"
        assert cells in page
    assert "| `cos(u) * cos(u)` | `1 + sin(u)**2` |" not in page


@pytest.mark.parametrize("row", [*IN_INDEX_FORM, *LATE_PRODUCTS], ids=name)
def test_a_row_rewrites_its_left_side_to_its_right_side(row: Identity) -> None:
    (before,) = row.rule.before
    engine = expander(row.rule.before)
    after = row.rule.rewrite(before, engine.context)
    assert after is not None
    if row.title not in ("scalar", "skew"):  # they rename the symbol
        assert canonical(after) == canonical(row.rule.after)


@pytest.mark.parametrize("row", ON_NODES, ids=name)
def test_a_relation_rewrites_its_left_side_to_its_right_side(row: Identity) -> None:
    found = fits(row.formulas.reference, row.formulas.reference)
    assert found is not None
    assert build(row.formulas.answer, found) == row.formulas.answer


def has_oracle(row: Identity) -> bool:
    """Whether NumPy's side of the tests knows the function."""
    try:
        named(row.left.partition("(")[0], 0, np.array(0.5), np)
    except KeyError:
        return False
    return True


SQUARE = "A, B, C: (n, n); v, w: (n)"
TIED = "A: (n, n); B: (n, n) commutes with A"
CASES = (
    *((row.left, row.declared) for row in (*NESTED, *PRODUCTS, *ROOTS)),
    *(
        (row.left, row.declared.replace("(m, n)", "(n, m)"))  # no fewer rows
        for row in PROPERTIES
        if row.title != "scalar"
    ),
    *((row.left, row.declared) for row in VALUES if has_oracle(row)),
    ("v.T @ Q.T @ (Q @ w) + tr(Q @ Q.T)", "Q: (n, n) orthogonal; v, w: (n)"),
    ("Q.T @ Q @ Q.T", "Q: (n, n) orthogonal symmetric"),
    ("diagonal(Q @ diag(v)) * diagonal(Q.T)", "Q: (n, n) orthogonal; v: (n)"),
    ("P @ A @ P @ P + P.T", "P: (n, n) projection; A: (n, n)"),
    ("D @ A @ D - D * D", "D: (n, n) diagonal; A: (n, n)"),
    ("S @ v + S.T @ v + v.T @ S @ v * v", "S: (n, n) skew; v: (n)"),
    ("(y * v).T @ y + sum(y * y)", "y: (n) one_hot; v: (n)"),
    ("x.T @ x * v + (x * x * v).T @ v * v", "x: (n) unit; v: (n)"),
    ("M * M * A + M", "M: (n, n) binary; A: (n, n)"),
    ("sum(p) * v - p * v", "p: (n) probability; v: (n)"),
    ("B @ A @ B + expm(A) @ B", TIED),
    ("A @ diagonal(B) + B @ diagonal(A)", TIED),
    ("expm(A) @ diagonal(expm(B))", TIED),
    ("A @ diagonal(B @ inv(A @ B + C))", SQUARE),
    ("(A + 2 * B) @ inv(A + 2 * B) @ v + inv(2 * A - B) @ B @ v", SQUARE),
    ("inv(A @ B) @ A @ inv(B.T) @ v * det(A @ B)", SQUARE),
    ("logdet(2 * A) + logdet(inv(A.T)) + tr(A @ inv(A))", SQUARE),
    ("relu(v) * step(v) + abs(-v) + sqrt(v) * cos(w)**3", SQUARE),
    ("exp(v + w) * exp(-v) + log(exp(v) * cosh(w)) - tanh(-v)", SQUARE),
    ("softmax(v - w) + logsumexp(v) * v / norm2(w)", SQUARE),
    ("matpow(A, 2) @ inv(matpow(A, 3)) @ w", SQUARE),
)


def form(text: str, shapes: str) -> Terms:
    expr = check_formulas(Source("case", text), Source("case", text), shapes).reference
    at = tuple(Index(f"at{n}", dim) for n, dim in enumerate(expr.shape.flat))
    return lower(expr, at, Context(IndexSupply())).result


Rewrites = list[tuple[Term, Terms]]


def rewrites(terms: Terms, monkeypatch: pytest.MonkeyPatch) -> Rewrites:
    """Every rewrite of a term on the way to the normal form."""
    found: Rewrites = []
    once = Expander.once

    def recorded(self: Expander, term: Term) -> Terms | None:
        parts = once(self, term)
        if parts is not None:
            found.append((term, parts))
        return parts

    with monkeypatch.context() as patched:
        patched.setattr(Expander, "once", recorded)
        expander(terms).normalize(terms)
    return found


def values_of(forms: Rewrites) -> Values:
    """Small rationals with the declared properties, one array for each name."""
    both = ((term, *parts) for term, parts in forms)
    known = dict.fromkeys(s for form in both for s in entry_symbols(form))
    return {
        symbol.name: array(symbol)
        for symbol in sorted(known, key=lambda s: (s.shape.order, len(s.properties)))
    }


def raw(name: str, at: Place) -> Fraction:
    """An entry of the plain symbol of a name."""
    rank = sum(map(ord, name))
    return pattern(5)(rank, 7 * sum(at) + (at or (0,))[0]) / 6


def array(symbol: Symbol) -> Array:
    """An array with the properties of a symbol; a number, as its first entry."""
    sizes = tuple(map(size, symbol.shape.dims))
    ties = [w for w in symbol.properties if w.startswith(COMMUTES)]
    partner = ties[0].removeprefix(COMMUTES) if ties else symbol.name
    entries = sample(symbol, sizes, partial(raw, symbol.name), partial(raw, partner))
    whole = np.zeros((*sizes, 1, 1)[:2])
    for at, value in entries.items():
        whole[(*at, 0, 0)[:2]] = float(value)
    return whole


def changed(forms: Rewrites) -> list[tuple[Term, Terms]]:
    """Rewrites after which a term has another value."""
    values = values_of(forms)
    found = []
    for term, parts in forms:
        free = dict.fromkeys(
            (*free_indices(term), *(i for t in parts for i in free_indices(t)))
        )
        for places in itertools.product(*(range(size(i.dim)) for i in free)):
            at = dict(zip(free, places, strict=True))
            one, other = (terms_value(f, at, values) for f in ((term,), parts))
            if not abs(one - other) <= 1e-8 * max(1, abs(one)):
                found.append((term, parts))
                break
    return found


@pytest.mark.parametrize(("text", "shapes"), CASES)
def test_every_rewrite_on_the_way_keeps_the_value(
    text: str, shapes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = rewrites(form(text, shapes), monkeypatch)
    assert changed(found) == []
    planted = [(term, (*parts, Term())) for term, parts in found]
    assert changed(planted) == planted


def shuffled(terms: Terms, seed: int) -> Terms:
    """The same sum: other orders of terms and factors, other names of what is bound."""
    rng = Random(seed)
    fresh = IndexSupply(frozenset({"l", "r"}), count=40 + seed)
    done = []
    for term in rng.sample(refresh(terms, fresh), len(terms)):
        factors = tuple(rng.sample(term.factors, len(term.factors)))
        bound = tuple(rng.sample(term.bound, len(term.bound)))
        done.append(Term(term.coefficient, factors, bound))
    return tuple(done)


@pytest.mark.parametrize(("text", "shapes"), CASES)
def test_the_canonical_form_does_not_depend_on_the_order_of_anything(
    text: str, shapes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = form(text, shapes)
    expected = canonical(terms)
    for seed in range(3):
        assert canonical(shuffled(terms, seed)) == expected
        rows = tuple(Random(seed).sample(properties.WHOLE, len(properties.WHOLE)))
        with monkeypatch.context() as patched:
            patched.setattr(expand, "WHOLE", rows)
            assert keyed(expander(terms).expand(shuffled(terms, seed)), {}) == expected


@pytest.mark.parametrize(
    ("left", "right", "shapes"),
    [
        ("A @ diagonal(B)", "B @ diagonal(A)", "A: (n, n); B: (n, n) commutes with A"),
        ("A @ diagonal(B @ inv(A @ B + C))", "diagonal(B @ inv(A @ B + C))", SQUARE),
        ("expm(A) @ diagonal(expm(B))", "diagonal(expm(A + B))", TIED),
        ("Q @ diagonal(Q)", "ones(n)", "Q: (n, n) orthogonal"),
        ("P @ diagonal(P)", "diagonal(P)", "P: (n, n) projection"),
    ],
)
def test_a_diagonal_is_no_factor_of_a_product(
    left: str, right: str, shapes: str
) -> None:
    one, other = form(left, shapes), form(right, shapes)
    assert canonical(one) != canonical(other)
    normal = expander(one).normalize(one)
    assert {i.name for t in normal for i in free_indices(t)} == {"at0"}


def test_a_pattern_takes_no_index_that_stands_elsewhere() -> None:
    (pattern_term,) = form("Q.T @ Q", "Q: (n, n)")
    variables = frozenset(entry_symbols((pattern_term,)))
    own = Pattern(pattern_term.factors, pattern_term.bound, variables)
    for text, times in (
        ("tr(Q.T @ Q)", 2),
        ("sum(Q @ Q.T)", 0),
        ("v.T @ Q.T @ Q @ v", 2),
        ("sum(Q.T @ (v * (Q @ v)))", 0),
        ("v.T @ diagonal(Q)", 0),
        ("diagonal(Q).T @ diagonal(Q)", 0),
    ):
        (term,) = form(text, "Q: (n, n); v: (n)")
        assert len(list(matches(own, term, alike))) == times, text
