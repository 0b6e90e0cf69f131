"""One paper's claim with everything computed for it: what the sections read."""

from __future__ import annotations

from dataclasses import dataclass

from symjac.catalog.paper import Claim, Paper, Sibling
from symjac.claims.adjudicate import (
    Judgement,
    Verdict,
    derived_formula,
    judge,
    read_claim,
)
from symjac.derive import derive, parse
from symjac.errors import ClaimError, LiftError, ShapeError, Source, UnsupportedError
from symjac.jacobian import Formula, Jacobian
from symjac.language.check import check as check_program
from symjac.recurrence.recurrence import Recurrence, recurrence
from symjac.terms.shape import Kind, Layout


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim's verdicts, or why it is not well formed."""

    label: str
    judgement: Judgement | None
    message: str = ""

    def word(self, layout: Layout) -> str:
        """The key of the word for the verdict in a layout."""
        if self.judgement is None:
            return "word_error"
        return f"word_{self.judgement[layout].outcome.value}"


@dataclass(frozen=True, slots=True)
class SiblingCase:
    """A neighbouring equation: the claim as printed, and with its argument moved."""

    sibling: Sibling
    jacobian: Jacobian
    printed: Judged
    moved: Judged


@dataclass(frozen=True, slots=True)
class Facts:
    """A paper's first claim, its other claims, variants and siblings, all judged."""

    paper: Paper
    claim: Claim
    jacobian: Jacobian
    main: Judged
    others: tuple[Judged, ...]
    variants: tuple[tuple[str, Judged], ...]
    siblings: tuple[SiblingCase, ...]
    recurrence: Recurrence | None

    def verdict(self, layout: Layout) -> Verdict | None:
        """The main claim's verdict in a layout."""
        return None if self.main.judgement is None else self.main.judgement[layout]

    def formula(self, layout: Layout) -> Formula | None:
        """The derived matrix form."""
        return derived_formula(self.jacobian, layout)


def judged(label: str, jacobian: Jacobian, formula: str) -> Judged:
    """Judge a formula; one that is not well formed is a finding, not an error."""
    try:
        return Judged(label, judge(jacobian, read_claim(jacobian, formula)))
    except (ShapeError, ClaimError) as error:
        return Judged(label, None, error.message)


def build(paper: Paper) -> Facts:
    """Derive and judge everything in a paper's file.

    Raises:
        SymjacError: the equations or a claim cannot be read, with the place.
    """
    claim = paper.claims[0]
    name = f"{paper.source.name}, {paper.equations.label}"
    program = check_program(Source(name, paper.equations.text))
    jacobian = derive(program, claim.of, claim.wrt)
    main = judged(claim.label, jacobian, claim.formula)
    others = tuple(
        judged(c.label, derive(program, c.of, c.wrt), c.formula)
        for c in paper.claims[1:]
    )
    variants = tuple(
        (
            v.label,
            judged(v.label, derive(parse(v.text), claim.of, claim.wrt), claim.formula),
        )
        for v in paper.variants
    )
    siblings = tuple(_sibling(s, claim) for s in paper.siblings)
    return Facts(
        paper, claim, jacobian, main, others, variants, siblings, _recurrence(jacobian)
    )


def _sibling(sibling: Sibling, claim: Claim) -> SiblingCase:
    jacobian = derive(parse(sibling.text), sibling.of, sibling.wrt)
    return SiblingCase(
        sibling,
        jacobian,
        judged(sibling.label, jacobian, sibling.as_printed or claim.formula),
        judged(sibling.label, jacobian, sibling.formula),
    )


def _recurrence(jacobian: Jacobian) -> Recurrence | None:
    """The recurrence of one state vector that the claim is about, if it has one."""
    of, wrt = jacobian.of, jacobian.wrt
    if of.name != wrt.name or of.time is None or wrt.time is None:
        return None
    if of.time.offset - wrt.time.offset != 1 or of.shape.kind is not Kind.COLUMN:
        return None
    try:
        found = recurrence(jacobian.program, of.name).at(of.time)
        found.jacobian().plain(Layout.NUMERATOR)
    except (LiftError, UnsupportedError):
        return None
    return found if len(found.states) == 1 else None
