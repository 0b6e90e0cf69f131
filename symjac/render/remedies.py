"""A diagnosis as a section of a document: what would make a refuted claim right."""

from __future__ import annotations

from symjac.claims.diagnose import Diagnosis, Remedy
from symjac.jacobian import Jacobian
from symjac.render.document import Block, Code, Display, Paragraph, Section, say, text
from symjac.render.sections import derivative_in


def remedies(jacobian: Jacobian, diagnosis: Diagnosis) -> Section:
    """The smallest changes, each with the formula that it leads to."""
    blocks: list[Block] = []
    if diagnosis.remedies:
        blocks.append(Paragraph(say("remedies_intro")))
    for remedy in diagnosis.remedies:
        blocks += _remedy(jacobian, remedy)
    key = "remedies_tried" if diagnosis.is_exhausted else "remedies_stopped"
    key = key if diagnosis.remedies else f"{key}_none"
    blocks.append(Paragraph(say(key, count=str(diagnosis.tried))))
    return Section("remedies", say("remedies_title"), tuple(blocks))


def _remedy(jacobian: Jacobian, remedy: Remedy) -> list[Block]:
    told = say("remedies_one", layout=remedy.layout.value, edit=remedy.edit)
    if remedy.equation is not None:
        key = "remedies_assume" if " = " not in remedy.equation else "remedies_equation"
        told = (*told, *text(" "), *say(key))
    blocks: list[Block] = [Paragraph(told)]
    if remedy.equation is not None:
        blocks.append(Code(remedy.equation))
    left = derivative_in(jacobian, remedy.layout)
    return [*blocks, Display(f"{left} = {remedy.formula.latex()}")]
