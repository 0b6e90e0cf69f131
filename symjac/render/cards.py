"""What a notebook shows of each result: first what was found, the rest folded away.

The folded sections are those of the documents (`adhoc`, `verdicts`, `diagnosis`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

from symjac.backward.gradients import Gradients
from symjac.claims.adjudicate import Judgement, Outcome, Verdict
from symjac.claims.diagnose import Diagnosis, Remedy, diagnose
from symjac.claims.differential import Differential
from symjac.claims.equivalent import Equivalence
from symjac.expr import latex
from symjac.expr.shape import Layout
from symjac.expr.unicode import UNICODE
from symjac.jacobian import Formula, Jacobian
from symjac.recurrence.bounds import Bound
from symjac.recurrence.products import Product
from symjac.recurrence.sums import Forward, Gradient
from symjac.recurrence.theorems import Silence, Theorem
from symjac.render.adhoc import derivation_view, equals, judgement_view
from symjac.render.diagnosis import changes, diagnosis_text
from symjac.render.differential import differential_page
from symjac.render.differential_view import differential_view
from symjac.render.document import (
    Block,
    Display,
    Inline,
    Items,
    Mark,
    Math,
    Paragraph,
    Section,
    plain,
    say,
    text,
)
from symjac.render.fit import ROOM, fit_blocks
from symjac.render.gradients import gradients_text, gradients_view
from symjac.render.page import Proof
from symjac.render.steps import derivation_text, judgement_text
from symjac.render.verdicts import condition, refutation

TONES = {Outcome.PROVED: "right", Outcome.REFUTED: "wrong"}
Blocks = tuple[Block, ...]
Sections = tuple[Section, ...]
BOTH = list(Layout)
MOST_REMEDIES = 2
JUDGED = ("claim", "diagnosis")  # what stands before the derivation


@dataclass(frozen=True, slots=True)
class Card:
    """What is seen at once, what folds open, and the same for a terminal."""

    plain: str
    blocks: Blocks
    sections: Sections = ()


def fitted(plain: str, blocks: Blocks) -> Card:
    """A card whose long formulas are broken."""
    return Card(plain, fit_blocks(blocks, ROOM))


@singledispatch
def card(result: object) -> Card:
    """How a result is shown; one function below for each class."""
    raise TypeError(f"no card for {type(result).__name__}")


@card.register
def _formula(found: Formula) -> Card:
    return Card(str(found), (Display(found.latex()),))


@card.register
def _jacobian(found: Jacobian) -> Card:
    view = derivation_view(found, steps=True)
    said = derivation_text(found, BOTH, steps=False)
    return Card(said, view.verdict.blocks, view.sections)


@card.register
def _judgement(found: Judgement) -> Card:
    diagnosis, verdicts = diagnose(found), tuple(found.verdicts.values())
    blocks: list[Block] = [
        Display(equals(found)),
        Items(tuple(map(_verdict_line, verdicts))),
        *_under(verdicts),
        *_nearest(diagnosis),
    ]
    said = f"{judgement_text(found)}\n\n{diagnosis_text(diagnosis)}".rstrip()
    parts = judgement_view(found, diagnosis).sections
    first = sorted(parts, key=lambda part: not part.anchor.startswith(JUDGED))
    return Card(said, fit_blocks(tuple(blocks), ROOM), tuple(first))


def mark(outcome: Outcome) -> Mark:
    """A verdict in a word with its tone."""
    return Mark(outcome.value, TONES.get(outcome, "open"))


def _verdict_line(verdict: Verdict) -> Inline:
    """A verdict, and the right formula where it is another one."""
    said: Inline = (
        mark(verdict.outcome),
        *text(" "),
        *say("notebook_in_layout", layout=verdict.layout.value),
    )
    if verdict.outcome is Outcome.PROVED or verdict.derived is None:
        return (*said, *text("."))
    return (*said, *text("; "), *say("notebook_right", formula=_math(verdict.derived)))


def _under(found: tuple[Verdict, ...]) -> list[Block]:
    """The hypotheses of what is proved."""
    proved = (v for v in found if v.outcome is Outcome.PROVED)
    names = tuple(dict.fromkeys(h for v in proved for h in v.hypotheses))
    return [Paragraph(_hypotheses(names))] if names else []


def _hypotheses(names: tuple[str, ...]) -> Inline:
    said = UNICODE.words(", ".join(names))
    return say("checked_hypotheses", hypotheses=said)


def _math(formula: Formula) -> Math:
    return Math(formula.latex(), str(formula))


@card.register
def _verdict(found: Verdict) -> Card:
    lines = Items((_verdict_line(found),))
    claim = Display(found.claim.latex())
    blocks = (claim, lines, *_under((found,)), *refutation(found))
    said = f"{found.layout.value} layout: {found.outcome.value}; {found.reason}"
    return fitted(said, blocks)


@card.register
def _diagnosis(found: Diagnosis) -> Card:
    key = "diagnosis_intro" if found.remedies else "diagnosis_nothing"
    key = key if found.is_exhausted else f"{key}_cut"
    intro = Paragraph(say(key, count=str(found.tried)))
    if not found.tried:
        intro = Paragraph(say("notebook_undiagnosed"))
    said = diagnosis_text(found) or plain("notebook_undiagnosed")
    return fitted(said, (intro, *_remedies(found.remedies)))


def _nearest(found: Diagnosis) -> list[Block]:
    """The remedies that are told at once."""
    shown = _remedies(found.remedies[:MOST_REMEDIES])
    return [Paragraph(say("notebook_remedies")), *shown] if shown else []


def _remedies(found: tuple[Remedy, ...]) -> list[Block]:
    """Changes with the formulas that they lead to."""
    lines = []
    for remedy in found:
        said = say(
            "diagnosis_remedy", layout=remedy.layout.value, changes=changes(remedy)
        )
        if remedy.equation is None:
            said = (*said, *text(": "), _math(remedy.formula))
        lines.append((*said, *text(".")))
    return [Items(tuple(lines))] if lines else []


@card.register
def _equivalence(found: Equivalence) -> Card:
    sign = {Outcome.PROVED: "=", Outcome.REFUTED: r"\neq"}
    between = sign.get(found.outcome, r"\overset{?}{=}")
    shown = f"{found.answer.latex()} {between} {found.reference.latex()}"
    said: list[Inline] = [(mark(found.outcome), *text(" "), *_reason(found))]
    if found.is_transposed:
        said.append(say("notebook_transposed"))
    if found.outcome is Outcome.PROVED and found.hypotheses:
        said.append(_hypotheses(found.hypotheses))
    blocks: list[Block] = [Display(shown), *map(Paragraph, said)]
    if found.holds_iff is not None:
        blocks += condition(found.holds_iff, "notebook_equal_iff")
    return fitted(str(found), tuple(blocks))


def _reason(found: Equivalence) -> Inline:
    return text(str(found.witness or found.reason) + ".")


@card.register
def _differential(found: Differential) -> Card:
    view = differential_view(found, tuple(Layout))
    said = differential_page(found, BOTH)
    return Card(said, view.verdict.blocks, view.sections)


@card.register
def _gradients(found: Gradients) -> Card:
    view = gradients_view(found)
    return Card(gradients_text(found), view.verdict.blocks, view.sections)


@card.register
def _proof(found: Proof) -> Card:
    view = found.view
    top = [view.title, view.question, view.citation]
    heads: list[Block] = [Paragraph(inline) for inline in top if inline]
    judgement = found.case.main.judgement
    if judgement is not None:
        heads.append(Items(tuple(map(_verdict_line, judgement.verdicts.values()))))
    return Card(found.summary, (*heads, *view.verdict.blocks), view.sections)


@card.register
def _product(found: Product) -> Card:
    whole = say("notebook_product", layout=found.layout.value)
    return fitted(str(found), (Paragraph(whole), Display(found.latex())))


@card.register
def _gradient(found: Gradient) -> Card:
    said = Paragraph(say("notebook_gradient", layout=found.layout.value))
    deltas = (
        Display(f"{latex.symbol_latex(delta)} = {rule.latex()}")
        for delta, rule in zip(found.deltas, found.backward, strict=True)
    )
    return fitted(str(found), (said, Display(found.latex()), *deltas))


@card.register
def _forward(found: Forward) -> Card:
    left = latex.symbol_latex(found.sensitivity)
    return fitted(str(found), (Display(f"{left} = {found.rule.latex()}"),))


@card.register
def _bound(found: Bound) -> Card:
    blocks: list[Block] = [Display(found.latex())]
    if found.hypotheses:
        blocks.append(Paragraph(_hypotheses(found.hypotheses)))
    return fitted(str(found), tuple(blocks))


@card.register
def _theorem(found: Theorem) -> Card:
    blocks = (_sentence(str(found)), Paragraph(_hypotheses(found.hypotheses)))
    lines = (f"{step.statement}: {step.reason}" for step in found.proof)
    steps = Items(tuple(text(UNICODE.words(line)) for line in lines))
    proof = Section("proof", say("notebook_proof"), (steps,))
    return Card(str(found), blocks, (proof,))


@card.register
def _silence(found: Silence) -> Card:
    return Card(str(found), (_sentence(str(found)),))


def _sentence(said: str) -> Paragraph:
    return Paragraph(text(f"{UNICODE.words(said)}."))
