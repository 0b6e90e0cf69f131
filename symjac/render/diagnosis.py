"""A diagnosis for a terminal, as data, and as a section of a document."""

from __future__ import annotations

from symjac.claims.diagnose import Diagnosis, Remedy
from symjac.claims.edits.edit import WORDS, Part, Phrase, Primed
from symjac.expr import latex
from symjac.expr.latex_names import function_latex
from symjac.expr.text import ASCII, Printer
from symjac.jacobian import Jacobian
from symjac.render import sections
from symjac.render.document import (
    Block,
    Display,
    Inline,
    Math,
    Paragraph,
    Section,
    Text,
    filled,
    join,
    say,
    words,
)

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


def _lines(remedy: Remedy, show: Printer) -> list[str]:
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


def diagnosis_section(jacobian: Jacobian, diagnosis: Diagnosis) -> Section | None:
    """What would make the claim right; None if it was not diagnosed."""
    if not diagnosis.tried:
        return None
    blocks = [block for r in diagnosis.remedies for block in _remedy(jacobian, r)]
    key = "diagnosis_intro" if blocks else "diagnosis_nothing"
    key = key if diagnosis.is_exhausted else f"{key}_cut"
    intro = Paragraph(say(key, count=str(diagnosis.tried)))
    return Section("diagnosis", say("diagnosis_title"), (intro, *blocks))


def _remedy(jacobian: Jacobian, remedy: Remedy) -> list[Block]:
    shown = changes(remedy)
    said = say("diagnosis_remedy", layout=remedy.layout.value, changes=shown)
    whole = sections.derivative_in(jacobian, remedy.layout)
    blocks: list[Block] = [Paragraph((*said, Text(":")))]
    if remedy.body is not None:
        left = latex.symbol_latex(jacobian.of)
        blocks.append(Display(f"{left} = {latex.matrix_latex(remedy.body)}"))
    is_same = remedy.equation is not None and remedy.body is None
    if is_same:
        return [Paragraph((*said, Text(".")))]
    return [*blocks, Display(f"{whole} = {remedy.formula.latex()}")]


def changes(remedy: Remedy) -> Inline:
    """What is to be changed, as inline content."""
    return join((_phrase(change) for change in remedy.changes), "; ")


def _phrase(phrase: Phrase) -> Inline:
    """A change as inline content, its parts as mathematics."""
    template = words().get(f"edit_{phrase.kind}", WORDS[phrase.kind])
    parts = {str(n): _part(part) for n, part in enumerate(phrase.parts)}
    said = filled(template, parts)
    return (*said, Text(f" {phrase.where}")) if phrase.where else said


def _part(part: Part) -> str | Math:
    if isinstance(part, str):
        return part
    if isinstance(part, Primed):
        return Math(function_latex(part.function, part.order), str(part))
    return Math(latex.matrix_latex(part))
