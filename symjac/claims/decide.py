"""Whether two formulas agree: proved, refuted by a point, or undecided.

The one place where that is decided, for claims about derivatives (`adjudicate`) and for
answers against a reference (`equivalent`). Each gives a `Question`: two index forms to
prove equal, and the comparison at points that has the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cached_property, partial
from typing import TypeVar

from symjac.calculus.contract import CONTRACT, UNFOLD
from symjac.calculus.lift import Arrangement
from symjac.calculus.lower import component, summands
from symjac.claims.comparison import Comparison
from symjac.claims.conditions import Condition, condition
from symjac.claims.counterexample import (
    Counterexample,
    at_first_glance,
    find_counterexample,
    guard,
)
from symjac.equality import plain
from symjac.equality.canonical import is_plainly_zero, is_zero
from symjac.errors import BudgetError, SoundnessError, UnsupportedError
from symjac.jacobian import taken_names
from symjac.rewrite.budget import limited
from symjac.rewrite.rule import MAX_TERMS, Context, LoweredDefinition, run
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.typeset.text import matrix_text

Answer = TypeVar("Answer")
FEW_STEPS = 20_000
MANY_STEPS = 100_000
FIRST = 6  # patterns to try before the long proofs
FIRST_FOR_VALUES = 2  # after a first glance


class Outcome(Enum):
    """What was found about a claim in one layout, or about an answer."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    ILL_TYPED = "ill-typed"


@dataclass(frozen=True)
class Question:
    """A claim, and what it has to equal: as index form, and at points.

    `sides` gives both index forms over the free indices of `target`, or None where
    there are none that can be compared.
    """

    comparison: Comparison
    claim: m.MatrixExpr
    target: Arrangement
    sides: Callable[[], tuple[ix.Terms, ix.Terms] | None]
    wanted: m.MatrixExpr | None = None  # what it has to equal as a matrix form

    @cached_property
    def both(self) -> tuple[ix.Terms, ix.Terms] | None:
        """Both index forms, worked out once, and only where a proof needs them."""
        return self.sides()

    @property
    def difference(self) -> ix.Terms | None:
        """What is zero if they are equal."""
        if self.both is None:
            return None
        return (*self.both[0], *ix.scale(self.both[1], Fraction(-1)))

    def is_equal_as_it_stands(self) -> bool:
        """Whether both matrix forms agree without multiplying anything out.

        First with names as they are, then with every definition written out once.
        """
        levels: tuple[dict[m.Symbol, m.MatrixExpr], ...]
        levels = ({}, self.comparison.definitions)
        return self.wanted is not None and any(
            plain.is_same(self.claim, self.wanted, level) for level in levels
        )

    def is_equal(self) -> bool:
        """Whether both have one canonical form over the same names."""
        if self.both is not None and self.both[0] == self.both[1]:
            return True
        difference = self.difference
        return difference is not None and is_plainly_zero(difference)

    def is_equal_at_length(self) -> bool:
        """Whether they are equal by all means, also with definitions written out."""
        if self.difference is None:
            return False
        above, every = self.comparison.above, self.comparison.definitions
        own = {s: body for s, body in every.items() if s not in above}
        forms = [self.difference, in_full(self.difference, own)]
        if above:
            forms.append(in_full(self.difference, every))
        return any(map(is_plainly_zero, forms[1:])) or any(map(is_zero, forms))

    def holds_iff(self) -> Condition | None:
        """The exact condition for equality; None without index forms.

        In the equations' names, unless it is shorter with those above the variable
        written out.
        """
        if self.both is None:
            return None
        free = (*self.comparison.of_indices, *self.comparison.by_indices)
        plain = condition(*self.both, free)
        full = within(FEW_STEPS, partial(self.holds_in_full, free), [])
        return min(plain, full or plain, key=_length)

    def holds_in_full(self, free: tuple[ix.Index, ...]) -> Condition | None:
        """The condition with the equations above the variable written out."""
        above = self.comparison.above
        if self.both is None or not above:
            return None
        derived, claimed = (in_full(side, above) for side in self.both)
        return condition(derived, claimed, free)


def _length(found: Condition) -> tuple[int, int]:
    """How much a condition says: terms, and different names in them."""
    return len(found.rest), len({*ix.entry_symbols(found.rest)})


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome with its evidence: a counterexample, or points of agreement."""

    outcome: Outcome
    reason: str
    counterexample: Counterexample | None = None
    points: int = 0


def decide(question: Question, *, readable: bool = True) -> Decision:
    """Proved, refuted or undecided: the cheapest certain answer first.

    Args:
        readable: whether a counterexample is for people: then a simple one is sought.
    """
    parts = (question.comparison, question.claim, question.target)
    search = partial(find_counterexample, *parts, readable=readable)
    reasons: list[str] = []
    if within(FEW_STEPS, question.is_equal_as_it_stands, []):
        return _proved(question)
    first = FIRST if question.comparison.wrt else FIRST_FOR_VALUES
    glance = within(FEW_STEPS, partial(at_first_glance, *parts), reasons)
    if glance is not None and (glance.is_clear or not readable):
        return Decision(Outcome.REFUTED, "counterexample", glance)
    if glance is None and within(FEW_STEPS, question.is_equal, reasons):
        return _proved(question)
    example = within(MANY_STEPS, partial(search, patterns=first), reasons) or glance
    if example is None and within(MANY_STEPS, question.is_equal_at_length, reasons):
        return _proved(question)
    example = example or within(MANY_STEPS, search, reasons)
    if example is not None:
        return Decision(Outcome.REFUTED, "counterexample", example)
    reasons.append("not equal as canonical forms")
    reason = f"{reasons[0]}, and no counterexample was found"
    return Decision(Outcome.UNDECIDED, reason)


def within(steps: int, ask: Callable[[], Answer], reasons: list[str]) -> Answer | None:
    """The answer, or None with its reason where it takes more steps."""
    try:
        with limited(steps):
            return ask()
    except BudgetError as error:
        reasons.append(error.message)
        return None


def _proved(question: Question) -> Decision:
    points, agrees = guard(question.comparison, question.claim, question.target)
    if not agrees:
        claim = matrix_text(question.claim)
        raise SoundnessError(f"{claim} was proved but fails at a point")
    if not points:
        reason = (
            "equal canonical forms, but no point was found where both can be evaluated"
        )
        return Decision(Outcome.UNDECIDED, reason)
    return Decision(Outcome.PROVED, "equal canonical forms", points=points)


def entries(
    program: Program, expr: m.MatrixExpr, target: Arrangement
) -> ix.Terms | None:
    """A formula's index form at given free indices.

    None where its index pairs stand in another order, an operation has no index form,
    or it is too long: nothing that can be compared.
    """
    if expr.shape.flat != target.shape.flat or summands(expr) > MAX_TERMS:
        return None
    letters = frozenset(index.name for index in target.indices)  # bound ones avoid them
    context = Context(ix.IndexSupply(taken_names(program) | letters))
    try:
        lowered = component(expr, target.indices, context)
        return run("the claim's entries", lowered, CONTRACT, context).result
    except (UnsupportedError, BudgetError):
        return None


def in_full(terms: ix.Terms, definitions: Mapping[m.Symbol, m.MatrixExpr]) -> ix.Terms:
    """An index form with definitions written out."""
    context = Context(ix.IndexSupply.beyond(terms), bodies=written(definitions))
    whole = run("names written out", terms, UNFOLD, context).result
    ix.check_scopes(whole)
    return whole


def written(
    definitions: Mapping[m.Symbol, m.MatrixExpr],
) -> dict[m.Symbol, LoweredDefinition]:
    """Definitions in index form; one whose operations have none is not written out."""
    bodies: dict[m.Symbol, LoweredDefinition] = {}
    for symbol, body in definitions.items():
        fresh = ix.IndexSupply(frozenset({"i", "j", "k"}))
        indices = tuple(fresh.index(dim) for dim in symbol.shape.flat)
        try:
            result = component(body, indices, Context(fresh))
        except UnsupportedError:
            continue
        bodies[symbol] = LoweredDefinition(symbol, indices, result, body)
    return bodies
