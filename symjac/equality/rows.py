"""A rule as two formulas in symjac's own language: matched, printed, tested, cited.

    Identity("Pythagoras", "cos(u) * cos(u)", "1 - sin(u)**2")

The names of `declared` stand for matrices with these properties; a number among them,
for any index form. Where a rule is a family (sums of any length, orders of factors that
commute), its rewrite is code and the two formulas are an instance of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from symjac.calculus.contract import CONTRACT
from symjac.calculus.lower import LOWER
from symjac.errors import Source
from symjac.language.formulas import Formulas, check_formulas
from symjac.rewrite.match import Match, Pattern, matches, rewritten
from symjac.rewrite.rule import Context, Rewrite, Rule, run
from symjac.terms import index as ix
from symjac.terms import matrix as m

Guard = Callable[[Match], bool]


@dataclass(frozen=True)
class Identity:
    """`left` equals `right` for all values of what is declared; left is replaced.

    `where` is a condition on what was found beyond the properties that are declared.
    """

    title: str
    left: str
    right: str
    declared: str = "u: ()"
    source: str = "Abramowitz and Stegun, 4.2 to 4.5"
    where: Guard | None = None
    family: Rewrite | None = None

    @cached_property
    def formulas(self) -> Formulas:
        """Both sides, typed; nothing is read before it is needed."""
        left, right = (Source(self.title, text) for text in (self.left, self.right))
        return check_formulas(left, right, self.declared)

    @cached_property
    def rule(self) -> Rule:
        """The rule in index form; its instance is the two formulas."""
        left, right = self.formulas.reference, self.formulas.answer
        at = tuple(ix.Index(f"{n}", dim) for n, dim in enumerate(left.shape.flat))
        before = _lowered(left, at)
        after = _lowered(right, at[: right.shape.order])
        rewrite = self.family or _rewrite(before, after, self)
        return Rule(self.title, self.title, before, after, rewrite, self.source)


def _lowered(expr: m.MatrixExpr, at: tuple[ix.Index, ...]) -> ix.Terms:
    context = Context(ix.IndexSupply())
    entry = run("component form", ix.single(ix.Entry(expr, at)), LOWER, context).result
    return run("component form", entry, CONTRACT, context).result


def _rewrite(before: ix.Terms, after: ix.Terms, row: Identity) -> Rewrite:
    (left,) = before
    variables = frozenset(m.symbols(row.formulas.reference))
    pattern = Pattern(left.factors, left.bound, variables)
    if left.coefficient != 1 or any(ix.all_bound(after)):
        raise ValueError(f"{row.left} = {row.right} is no row")

    def rewrite(term: ix.Term, context: Context) -> ix.Terms | None:
        for found in matches(pattern, term, context.same):
            if row.where is None or row.where(found):
                return rewritten(term, pattern, found, after, context.fresh)
        return None

    return rewrite


def distinct(found: Match) -> bool:
    """Different indices stand at different places: else nothing would change."""
    return len({*found.indices.values()}) == len(found.indices)


def by_key(
    rows: Iterable[Identity], key: Callable[[Identity], str]
) -> Mapping[str, tuple[Identity, ...]]:
    """Rows by what has to occur, in their order; of one family, its first."""
    found: dict[str, tuple[Identity, ...]] = {}
    for row in rows:
        before = found.get(key(row), ())
        if row.family is None or all(r.family is not row.family for r in before):
            found[key(row)] = (*before, row)
    return found
