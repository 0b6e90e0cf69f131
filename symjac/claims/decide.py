"""Whether two formulas agree: proved, refuted by a point, or undecided.

The one place where that is decided, for claims about derivatives (`adjudicate`) and for
answers against a reference (`equivalent`). Each gives a `Question`: two index forms to
prove equal, and the comparison at points that has the last word.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cached_property, partial
from typing import TypeVar

from symjac.claims.comparison import Comparison
from symjac.claims.condition import Condition, condition
from symjac.claims.counterexample import (
    Counterexample,
    at_first_glance,
    find_counterexample,
    guard,
)
from symjac.errors import BudgetError, SoundnessError, UnsupportedError
from symjac.expr.index import Fresh, Terms, check_scopes, scale
from symjac.expr.matrix import MatrixExpr, Symbol
from symjac.expr.program import Program
from symjac.expr.text import matrix_text
from symjac.jacobian import taken_names
from symjac.rewrite.budget import limited
from symjac.rewrite.rule import Body, Context, run
from symjac.rules.arrange import Arrangement
from symjac.rules.canonical import is_plainly_zero
from symjac.rules.contract import CONTRACT, UNFOLD
from symjac.rules.lower import lower
from symjac.rules.zero import is_zero
from symjac.unfold import Unfolding

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
    claim: MatrixExpr
    target: Arrangement
    unfolding: Unfolding
    sides: Callable[[], tuple[Terms, Terms] | None]

    @cached_property
    def both(self) -> tuple[Terms, Terms] | None:
        """Both index forms, worked out once, and only where a proof needs them."""
        return self.sides()

    @property
    def difference(self) -> Terms | None:
        """What is zero if they are equal."""
        if self.both is None:
            return None
        return (*self.both[0], *scale(self.both[1], Fraction(-1)))

    def is_equal(self) -> bool:
        """Whether both have one canonical form over the same names."""
        if self.both is not None and self.both[0] == self.both[1]:
            return True
        difference = self.difference
        return difference is not None and is_plainly_zero(difference)

    def is_equal_at_length(self) -> bool:
        """Whether they are equal by all means, also with definitions written out."""
        difference = self.difference
        if difference is None:
            return False
        context = Context(Fresh.beyond(difference), bodies=written(self.unfolding))
        whole = run("names written out", difference, UNFOLD, context).result
        check_scopes(whole)
        return is_plainly_zero(whole) or is_zero(difference) or is_zero(whole)

    def holds_iff(self) -> Condition | None:
        """The exact condition for equality; None without index forms."""
        if self.both is None:
            return None
        comparison = self.comparison
        free = (*comparison.of_indices, *comparison.by_indices)
        return condition(*self.both, free)


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
    glance, first = None, FIRST
    if question.comparison.wrt is None:  # a value is cheap, unlike a derivative
        first = FIRST_FOR_VALUES
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


def entries(program: Program, expr: MatrixExpr, target: Arrangement) -> Terms | None:
    """A formula's index form at given free indices.

    None where its index pairs stand in another order, or an operation has no index
    form: nothing that can be compared.
    """
    if expr.shape.flat != target.shape.flat:
        return None
    letters = frozenset(index.name for index in target.indices)  # bound ones avoid them
    context = Context(Fresh(taken_names(program) | letters))
    try:
        lowered = lower(expr, target.indices, context).result
    except UnsupportedError:
        return None
    return run("the claim's entries", lowered, CONTRACT, context).result


def written(unfolding: Unfolding) -> dict[Symbol, Body]:
    """The author's definitions in index form."""
    bodies: dict[Symbol, Body] = {}
    for node in unfolding.nodes.values():
        if node.auxiliary or node.symbol == unfolding.wrt:
            continue
        fresh = Fresh(frozenset({"i", "j", "k"}))
        indices = tuple(fresh.index(dim) for dim in node.symbol.shape.flat)
        result = lower(node.written, indices, Context(fresh)).result
        bodies[node.symbol] = Body(node.symbol, indices, result, node.written)
    return bodies
