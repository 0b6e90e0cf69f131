"""A diagnosis for a terminal, as data, and as a section of a document."""

from __future__ import annotations

from symjac.diagnosis.diagnose import Correction, Diagnosis
from symjac.diagnosis.slips import Part, Primed, Wording
from symjac.document import document as doc
from symjac.exposition import sections
from symjac.jacobian import Jacobian
from symjac.typeset import latex
from symjac.typeset.latex import function_latex
from symjac.typeset.text import ASCII, Printer

COLUMN = 18


def diagnosis_text(diagnosis: Diagnosis, show: Printer = ASCII) -> str:
    """The remedies, one below the other, and how far the search went."""
    if not diagnosis.tried:
        return ""
    out = ["what would make it right"]
    for remedy in diagnosis.remedies:
        first, *more = _lines(remedy, show)
        out.append(f"  {remedy.layout.value:<{COLUMN - 2}}{first}")
        out += [" " * COLUMN + line for line in more]
    if not diagnosis.remedies:
        out.append("  nothing that was tried")
    return "\n".join([*out, f"  tried           {extent(diagnosis)}"])


def _lines(remedy: Correction, show: Printer) -> list[str]:
    equation = [] if remedy.equation is None else remedy.equation.splitlines()
    return [remedy.told(show), show.matrix(remedy.formula.expr), *equation]


def extent(diagnosis: Diagnosis) -> str:
    """How many formulas were tried, and whether the limit cut the search."""
    count = f"{diagnosis.tried} formulas and readings"
    return count if diagnosis.is_exhausted else f"{count}; stopped at the limit"


def diagnosis_json(diagnosis: Diagnosis) -> list[dict[str, object]]:
    """One object for each remedy, the nearest first."""
    return [
        {
            "edit": remedy.edit,
            "formula": str(remedy.formula),
            "layout": remedy.layout.value,
            "equation": remedy.equation,
            "distance": remedy.distance,
        }
        for remedy in diagnosis.remedies
    ]


def diagnosis_section(jacobian: Jacobian, diagnosis: Diagnosis) -> doc.Section | None:
    """What would make the claim right; None if it was not diagnosed."""
    if not diagnosis.tried:
        return None
    blocks = [block for r in diagnosis.remedies for block in _remedy(jacobian, r)]
    key = "diagnosis_intro" if blocks else "diagnosis_nothing"
    key = key if diagnosis.is_exhausted else f"{key}_cut"
    intro = doc.Paragraph(doc.say(key, count=str(diagnosis.tried)))
    return doc.Section("diagnosis", doc.say("diagnosis_title"), (intro, *blocks))


def _remedy(jacobian: Jacobian, remedy: Correction) -> list[doc.Block]:
    shown = changes(remedy)
    said = doc.say(
        "diagnosis_remedy", layout=doc.layout_word(remedy.layout), changes=shown
    )
    whole = sections.derivative_in(jacobian, remedy.layout)
    blocks: list[doc.Block] = [doc.Paragraph((*said, doc.Text(":")))]
    if remedy.body is not None:
        left = latex.symbol_latex(jacobian.of)
        blocks.append(doc.Display(f"{left} = {latex.matrix_latex(remedy.body)}"))
    is_same = remedy.equation is not None and remedy.body is None
    if is_same:
        return [doc.Paragraph((*said, doc.Text(".")))]
    return [*blocks, doc.Display(f"{whole} = {remedy.formula.latex()}")]


def changes(remedy: Correction) -> doc.Inline:
    """What is to be changed, as inline content."""
    return doc.join((_phrase(change) for change in remedy.changes), "; ")


def _phrase(phrase: Wording) -> doc.Inline:
    """A change as inline content, its parts as mathematics."""
    template = doc.words()[f"edit_{phrase.kind}"]
    parts = {str(n): _part(part) for n, part in enumerate(phrase.parts)}
    said = doc.filled(template, parts)
    if not phrase.where:
        return said
    return doc.say(f"edit_{phrase.where.replace(' ', '_')}", change=said)


def _part(part: Part) -> str | doc.Math:
    if isinstance(part, str):
        return doc.told(part)
    if isinstance(part, Primed):
        return doc.Math(function_latex(part.function, part.order), str(part))
    return doc.Math(latex.matrix_latex(part))
