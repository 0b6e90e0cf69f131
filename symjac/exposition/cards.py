"""What a notebook shows of each result: first what was found, the rest folded away.

The folded sections are those of the documents (`adhoc`, `verdicts`, `diagnosis`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

from symjac.backward.gradients import Gradients
from symjac.claims.adjudicate import Judgement, Outcome, Verdict
from symjac.claims.differential import Differential
from symjac.claims.equivalent import Equivalence
from symjac.diagnosis.diagnose import Correction, Diagnosis, diagnose
from symjac.document import document as doc
from symjac.document.document import ROOM, fit_blocks
from symjac.exposition.adhoc import derivation_view, equals, judgement_view
from symjac.exposition.diagnosis import changes, diagnosis_text
from symjac.exposition.differential import differential_page
from symjac.exposition.differential_view import differential_view
from symjac.exposition.gradients import gradients_text, gradients_view
from symjac.exposition.page import Proof
from symjac.exposition.steps import derivation_text, judgement_text
from symjac.exposition.verdicts import condition, refutation
from symjac.jacobian import Formula, Jacobian
from symjac.recurrence.bounds import Bound
from symjac.recurrence.products import TransitionProduct
from symjac.recurrence.sums import Forward, Gradient
from symjac.recurrence.theorems import Silence, Theorem
from symjac.terms.shape import Layout
from symjac.typeset import latex
from symjac.typeset.unicode import UNICODE

TONES = {Outcome.PROVED: "right", Outcome.REFUTED: "wrong"}
Blocks = tuple[doc.Block, ...]
Sections = tuple[doc.Section, ...]
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
    return Card(str(found), (doc.Display(found.latex()),))


@card.register
def _jacobian(found: Jacobian) -> Card:
    view = derivation_view(found, steps=True)
    said = derivation_text(found, BOTH, steps=False)
    return Card(said, view.verdict.blocks, view.sections)


@card.register
def _judgement(found: Judgement) -> Card:
    diagnosis, verdicts = diagnose(found), tuple(found.verdicts.values())
    blocks: list[doc.Block] = [
        doc.Display(equals(found)),
        doc.Items(tuple(map(_verdict_line, verdicts))),
        *_under(verdicts),
        *_nearest(diagnosis),
    ]
    said = f"{judgement_text(found)}\n\n{diagnosis_text(diagnosis)}".rstrip()
    parts = judgement_view(found, diagnosis).sections
    first = sorted(parts, key=lambda part: not part.anchor.startswith(JUDGED))
    return Card(said, fit_blocks(tuple(blocks), ROOM), tuple(first))


def mark(outcome: Outcome) -> doc.Mark:
    """A verdict in a word with its tone."""
    return doc.Mark(outcome.value, TONES.get(outcome, "open"))


def _verdict_line(verdict: Verdict) -> doc.Inline:
    """A verdict, and the right formula where it is another one."""
    said: doc.Inline = (
        mark(verdict.outcome),
        *doc.text(" "),
        *doc.say("notebook_in_layout", layout=verdict.layout.value),
    )
    if verdict.outcome is Outcome.PROVED or verdict.derived is None:
        return (*said, *doc.text("."))
    return (
        *said,
        *doc.text("; "),
        *doc.say("notebook_right", formula=_math(verdict.derived)),
    )


def _under(found: tuple[Verdict, ...]) -> list[doc.Block]:
    """The hypotheses of what is proved."""
    proved = (v for v in found if v.outcome is Outcome.PROVED)
    names = tuple(dict.fromkeys(h for v in proved for h in v.hypotheses))
    return [doc.Paragraph(_hypotheses(names))] if names else []


def _hypotheses(names: tuple[str, ...]) -> doc.Inline:
    said = UNICODE.words(", ".join(names))
    return doc.say("checked_hypotheses", hypotheses=said)


def _math(formula: Formula) -> doc.Math:
    return doc.Math(formula.latex(), str(formula))


@card.register
def _verdict(found: Verdict) -> Card:
    lines = doc.Items((_verdict_line(found),))
    claim = doc.Display(found.claim.latex())
    blocks = (claim, lines, *_under((found,)), *refutation(found))
    said = f"{found.layout.value} layout: {found.outcome.value}; {found.reason}"
    return fitted(said, blocks)


@card.register
def _diagnosis(found: Diagnosis) -> Card:
    key = "diagnosis_intro" if found.remedies else "diagnosis_nothing"
    key = key if found.is_exhausted else f"{key}_cut"
    intro = doc.Paragraph(doc.say(key, count=str(found.tried)))
    if not found.tried:
        intro = doc.Paragraph(doc.say("notebook_undiagnosed"))
    said = diagnosis_text(found) or doc.plain("notebook_undiagnosed")
    return fitted(said, (intro, *_remedies(found.remedies)))


def _nearest(found: Diagnosis) -> list[doc.Block]:
    """The remedies that are told at once."""
    shown = _remedies(found.remedies[:MOST_REMEDIES])
    return [doc.Paragraph(doc.say("notebook_remedies")), *shown] if shown else []


def _remedies(found: tuple[Correction, ...]) -> list[doc.Block]:
    """Changes with the formulas that they lead to."""
    lines = []
    for remedy in found:
        said = doc.say(
            "diagnosis_remedy", layout=remedy.layout.value, changes=changes(remedy)
        )
        if remedy.equation is None:
            said = (*said, *doc.text(": "), _math(remedy.formula))
        lines.append((*said, *doc.text(".")))
    return [doc.Items(tuple(lines))] if lines else []


@card.register
def _equivalence(found: Equivalence) -> Card:
    sign = {Outcome.PROVED: "=", Outcome.REFUTED: r"\neq"}
    between = sign.get(found.outcome, r"\overset{?}{=}")
    shown = f"{found.answer.latex()} {between} {found.reference.latex()}"
    said: list[doc.Inline] = [(mark(found.outcome), *doc.text(" "), *_reason(found))]
    if found.is_transposed:
        said.append(doc.say("notebook_transposed"))
    if found.outcome is Outcome.PROVED and found.hypotheses:
        said.append(_hypotheses(found.hypotheses))
    blocks: list[doc.Block] = [doc.Display(shown), *map(doc.Paragraph, said)]
    if found.holds_iff is not None:
        blocks += condition(found.holds_iff, "notebook_equal_iff")
    return fitted(str(found), tuple(blocks))


def _reason(found: Equivalence) -> doc.Inline:
    return doc.text(str(found.witness or found.reason) + ".")


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
    heads: list[doc.Block] = [doc.Paragraph(inline) for inline in top if inline]
    judgement = found.case.main.judgement
    if judgement is not None:
        heads.append(doc.Items(tuple(map(_verdict_line, judgement.verdicts.values()))))
    return Card(found.summary, (*heads, *view.verdict.blocks), view.sections)


@card.register
def _product(found: TransitionProduct) -> Card:
    whole = doc.say("notebook_product", layout=found.layout.value)
    return fitted(str(found), (doc.Paragraph(whole), doc.Display(found.latex())))


@card.register
def _gradient(found: Gradient) -> Card:
    said = doc.Paragraph(doc.say("notebook_gradient", layout=found.layout.value))
    deltas = (
        doc.Display(f"{latex.symbol_latex(delta)} = {rule.latex()}")
        for delta, rule in zip(found.deltas, found.backward, strict=True)
    )
    return fitted(str(found), (said, doc.Display(found.latex()), *deltas))


@card.register
def _forward(found: Forward) -> Card:
    left = latex.symbol_latex(found.sensitivity)
    return fitted(str(found), (doc.Display(f"{left} = {found.rule.latex()}"),))


@card.register
def _bound(found: Bound) -> Card:
    blocks: list[doc.Block] = [doc.Display(found.latex())]
    if found.hypotheses:
        blocks.append(doc.Paragraph(_hypotheses(found.hypotheses)))
    return fitted(str(found), tuple(blocks))


@card.register
def _theorem(found: Theorem) -> Card:
    blocks = (_sentence(str(found)), doc.Paragraph(_hypotheses(found.hypotheses)))
    lines = (f"{step.statement}: {step.reason}" for step in found.proof)
    steps = doc.Items(tuple(doc.text(UNICODE.words(line)) for line in lines))
    proof = doc.Section("proof", doc.say("notebook_proof"), (steps,))
    return Card(str(found), blocks, (proof,))


@card.register
def _silence(found: Silence) -> Card:
    return Card(str(found), (_sentence(str(found)),))


def _sentence(said: str) -> doc.Paragraph:
    return doc.Paragraph(doc.text(f"{UNICODE.words(said)}."))
