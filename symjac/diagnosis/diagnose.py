"""What happened to a refuted claim: the smallest changes that make it true.

    judgement ─ edits, readings ─> neighboring formulas and questions
      ─ sieve, at one point ─> a few ─ adjudicate ─> remedies

Every remedy is proved by the engine; the sieve only saves time. Nothing is concluded
from a formula's looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import islice

from symjac.calculus.lift import Arrangement
from symjac.chain import Graph
from symjac.claims.adjudicate import Judgement, Outcome, adjudicate, compare, extend
from symjac.claims.comparison import Comparison, matrix_entry
from symjac.claims.counterexample import GUARD_CAP, GUARD_SIZES, agree, other_sizes
from symjac.claims.evaluate import Point
from symjac.claims.linear import Number, PointError, TooLarge
from symjac.claims.samples import Pattern, pattern
from symjac.derive import read_formula
from symjac.diagnosis.material import material
from symjac.diagnosis.neighbors import other_edits, simple_edits
from symjac.diagnosis.readings import Reinterpretation, readings
from symjac.diagnosis.slips import WORDS, Edit, Primed, Wording
from symjac.errors import BudgetError, LiftError
from symjac.jacobian import Formula, Jacobian
from symjac.library.properties import PROPERTIES
from symjac.rewrite.budget import limited
from symjac.shown import Shown
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.terms.shape import Layout, same_size
from symjac.typeset.text import ASCII, Printer

POSITIVE, SIGNED = (14, 17, 2, 5), (15, 18, 12, 3, 6, 14)  # patterns of values
MOST_EDITS = 4_000
MOST_PAIRS = 10_000
MOST_STEPS = 30_000
MOST_SHOWN = 2  # edits of one kind in one layout
Sample = tuple[Point, list[tuple[dict[ix.Index, int], Number]]]
RANK = {kind: rank for rank, kind in enumerate(WORDS)}


@dataclass(frozen=True, slots=True)
class Correction:
    """A change after which the claim is proved.

    `equation` is what has to be assumed or written in place of the given equations;
    None if they stay as they are; `body` is an equation's new right side. `distance`
    counts changes of formula and equations.
    """

    changes: tuple[Wording, ...]
    formula: Formula
    layout: Layout
    equation: str | None = None
    distance: int = 1
    body: m.MatrixExpr | None = None

    @property
    def edit(self) -> str:
        """The changes as instructions."""
        return self.told(ASCII)

    def told(self, show: Printer) -> str:
        """The changes as instructions, their parts printed by `show`."""
        return "; ".join(change.told(show) for change in self.changes)


@dataclass(frozen=True, slots=True, repr=False)
class Diagnosis(Shown):
    """Remedies, the nearest first, and how far the search went.

    `is_exhausted` says that every formula up to the distance of the first remedy, or
    one edit away if there is none, has been tried.
    """

    remedies: tuple[Correction, ...]
    tried: int
    is_exhausted: bool


def diagnose(judgement: Judgement, told: Callable[[int], object] = int) -> Diagnosis:
    """The smallest changes that make a refuted claim true, each proved.

    Nothing is to be diagnosed where the claim is proved in one of the judged layouts.

    Args:
        judgement: of the claim.
        told: is called with the number of formulas tried so far.

    Example:
        >>> from symjac.claims.adjudicate import check
        >>> from symjac.derive import parse
        >>> step = parse("x[t] = W @ sigma(x[t-1]) + b")
        >>> found = diagnose(check(step, claim="W.T @ diag(sigma'(x[t-1]))"))
        >>> for remedy in found.remedies[:2]:
        ...     print(f"{remedy.layout.value}: {remedy.edit}")
        numerator: drop the transpose of W
        denominator: swap the factors W.T and diag(sigma'(x[t-1]))
        >>> print(found.remedies[0].formula)
        W @ diag(sigma'(x[t-1]))
    """
    outcomes = {v.outcome for v in judgement.verdicts.values()}
    if Outcome.PROVED in outcomes or Outcome.REFUTED not in outcomes:
        return Diagnosis((), 0, is_exhausted=True)
    layouts = tuple(v.layout for v in judgement.verdicts.values())
    return Search(judgement.jacobian, judgement.claim.expr, layouts, told).run()


def nearest(jacobian: Jacobian, claim: str) -> str | None:
    """What to write in place of a claim whose shape fits no layout, if that is near."""
    expr = read_formula("claim", claim, jacobian.program)
    found = Search(jacobian, expr, tuple(Layout)).run().remedies
    if not found or found[0].equation is not None:
        return None
    first = found[0]
    return f"{first.formula} is right in {first.layout.value} layout: {first.edit}"


@dataclass(slots=True)
class Sieve:
    """The derivative at two points: what differs from it there is certainly wrong."""

    target: Arrangement
    points: list[Sample]
    is_spent: bool = False  # the limit of operations at a point was met

    def passes(self, expr: m.MatrixExpr) -> bool:
        """Whether a formula may be the derivative."""
        if not same_size(expr.shape, self.target.shape):
            return False
        try:
            return all(
                agree(truth, matrix_entry(still, expr, self.target, at))
                for still, truths in self.points
                for at, truth in truths
            )
        except (PointError, BudgetError) as error:
            self.is_spent |= isinstance(error, TooLarge | BudgetError)
            return False


def sieve(comparison: Comparison, target: Arrangement) -> Sieve | None:
    """Two points at which the derivative exists, one of them with negative values."""
    found = (
        sample(comparison, sizes, numbers)
        for sizes, numbers in zip(GUARD_SIZES, (POSITIVE, SIGNED), strict=True)
    )
    points = [point for point in found if point is not None]
    if not points:
        others = (sample(comparison, one, SIGNED) for one in other_sizes(comparison))
        points = [point for point in islice(filter(None, others), 1)]
    return Sieve(target, points) if points else None


def sample(
    comparison: Comparison, sizes: tuple[int, ...], numbers: tuple[int, ...]
) -> Sample | None:
    """The first point of some patterns at which the derivative exists, with its value.

    Values are near zero, where functions such as tanh still tell arguments apart.
    """
    for number in numbers:
        point = comparison.point(sizes, partial(_small, pattern(number)), cap=GUARD_CAP)
        try:
            point.prepare()
            places = list(comparison.places(point))
            truths = [(at, comparison.truth(point, at)) for at in places]
        except (PointError, BudgetError):
            continue
        return point.still(), truths
    return None


def _small(values: Pattern, rank: int, place: int) -> Fraction:
    return values(rank, place) / 8


class Search:
    """One claim's neighborhood, searched in order of distance and counted."""

    def __init__(
        self,
        jacobian: Jacobian,
        claim: m.MatrixExpr,
        layouts: tuple[Layout, ...],
        told: Callable[[int], object] = int,
    ) -> None:
        self.jacobian, self.claim = jacobian, claim
        self.layouts, self.told = layouts, told
        self.material = material(jacobian)
        self.tried = 0
        self.is_exhausted = True

    def run(self) -> Diagnosis:
        """What is found within the limit of steps."""
        found: list[Correction] = []
        try:
            with limited(MOST_STEPS):
                self._search(found)
        except BudgetError:
            self.is_exhausted = False
        remedies = tuple(sorted(found, key=lambda one: one.distance))
        return Diagnosis(remedies, self.tried, self.is_exhausted)

    def _search(self, found: list[Correction]) -> None:
        """Single edits, neighboring questions, then pairs of simple edits."""
        found += self._as_printed()
        found += self._single()
        found += self._readings(special=False)
        if not found:
            found += self._readings(special=True)
        if not found:
            found += self._pairs()

    def _as_printed(self) -> Iterator[Correction]:
        """The same formula in a layout that was not asked for."""
        for layout in Layout:
            if layout not in self.layouts and self._is_proved(
                self.jacobian, self.claim, layout
            ):
                said = (Wording("layout", (layout.value,)),)
                yield Correction(said, Formula(self.claim), layout, distance=0)

    def _single(self) -> list[Correction]:
        """Simple edits; where none of them helps, all others."""
        found = self._among(simple_edits(self.claim, self.material), MOST_EDITS, 1)
        return found or self._among(
            other_edits(self.claim, self.material), MOST_EDITS, 1
        )

    def _among(
        self, made: Iterator[Edit], most: int, distance: int
    ) -> list[Correction]:
        tries = list(islice(made, most + 1))
        self._count(tries, most)
        return [
            Correction(edit.phrases, Formula(edit.expr), layout, distance=distance)
            for layout in self.layouts
            for edit in self._proved(tries, layout)
        ]

    def _count(self, tries: list[Edit], most: int) -> None:
        self.is_exhausted &= len(tries) <= most
        del tries[most:]
        self.tried += len(tries)
        self.told(self.tried)

    def _proved(self, tries: list[Edit], layout: Layout) -> list[Edit]:
        """The edits that the engine proves, all of one kind."""
        known = self._sieve(self.jacobian, layout, self.claim)
        if known is None:
            return []
        passed = [edit for edit in tries if known.passes(edit.expr)]
        self.is_exhausted &= not known.is_spent
        passed.sort(key=lambda edit: (RANK[edit.kind], len(str(Formula(edit.expr)))))
        found: list[Edit] = []
        for edit in passed:
            if found and (found[0].kind != edit.kind or len(found) == MOST_SHOWN):
                break
            if self._is_proved(self.jacobian, edit.expr, layout):
                found.append(edit)
        return found

    def _sieve(
        self,
        jacobian: Jacobian,
        layout: Layout,
        claim: m.MatrixExpr,
        program: Program | None = None,
    ) -> Sieve | None:
        try:
            target = jacobian.arrangement(layout=layout)
        except LiftError:
            return None
        known = compare(jacobian, claim, self._unfolding(jacobian, claim))
        found = sieve(known.declared(program) if program else known, target)
        if found is None and program is None:  # no point is within the limits
            self.is_exhausted = False
        return found

    def _unfolding(self, jacobian: Jacobian, claim: m.MatrixExpr) -> Graph:
        """Every definition that a neighboring formula may mention."""
        unfolding = extend(jacobian.unfolding, claim)
        same = jacobian.program is self.jacobian.program  # else sizes may differ
        for value in self.material.known if same else ():
            unfolding = extend(unfolding, value)
        return unfolding

    def _is_proved(
        self, jacobian: Jacobian, claim: m.MatrixExpr, layout: Layout
    ) -> bool:
        unfolding = extend(jacobian.unfolding, claim)
        try:
            verdict = adjudicate(jacobian, claim, unfolding, layout=layout)
        except BudgetError:
            self.is_exhausted = False
            return False
        return verdict.outcome is Outcome.PROVED

    def _readings(self, *, special: bool) -> list[Correction]:
        """Neighboring questions that the claim answers as printed."""
        found: list[Correction] = []
        settled: set[tuple[str, str]] = set()
        for reading in readings(self.jacobian, self.claim):
            if reading.is_special != special or is_implied(reading, settled):
                continue
            answers = [self._remedy(reading, layout) for layout in self.layouts]
            found += filter(None, answers)
            if any(answers):
                settled.add(reading.assumed)
        return found

    def _remedy(self, reading: Reinterpretation, layout: Layout) -> Correction | None:
        """The claim, or the claim with its functions' arguments moved, proved."""
        known = self._sieve(reading.jacobian, layout, reading.claim, reading.program)
        if known is None:
            return None
        for said, expr in forms(reading):
            self.tried += 1
            self.told(self.tried)
            if known.passes(expr) and self._is_proved(reading.question(), expr, layout):
                distance = 1 if expr == reading.claim else 2
                return Correction(
                    (said,),
                    Formula(expr),
                    layout,
                    reading.equation,
                    distance,
                    reading.body,
                )
        return None

    def _pairs(self) -> list[Correction]:
        """Two simple edits, as many as the limit allows."""
        return self._among(self._both(), MOST_PAIRS, 2)

    def _both(self) -> Iterator[Edit]:
        simple = list(simple_edits(self.claim, self.material))
        seen = {self.claim, *(edit.expr for edit in simple)}
        for first in simple:
            for second in simple_edits(first.expr, self.material):
                if second.expr not in seen:
                    seen.add(second.expr)
                    yield Edit((*first.phrases, *second.phrases), second.expr)


def is_implied(reading: Reinterpretation, settled: set[tuple[str, str]]) -> bool:
    """Whether a weaker assumption has been found to be enough already."""
    names, own = reading.assumed
    words = (own, *(PROPERTIES[own].weaker if own in PROPERTIES else ()))
    every = (names, *names.split(", "))
    return bool(own) and any((n, word) in settled for n in every for word in words)


def forms(reading: Reinterpretation) -> Iterator[tuple[Wording, m.MatrixExpr]]:
    """The claim as printed; for a moved function, also with its argument moved."""
    yield reading.phrase, reading.claim
    if reading.inner is None:
        return
    new = with_arguments(reading.claim, reading.inner)
    for node in m.walk(reading.claim):
        if new != reading.claim and isinstance(node, m.Elementwise) and node.order:
            yield Wording("argument_of", (Primed(node.function, node.order),)), new
            return


def with_arguments(expr: m.MatrixExpr, new: m.MatrixExpr) -> m.MatrixExpr:
    """A formula with derivatives of functions evaluated at another argument."""
    if isinstance(expr, m.Elementwise) and expr.order and expr.shape == new.shape:
        return m.Elementwise(expr.function, expr.order, new)
    return m.rebuild(expr, partial(with_arguments, new=new))
