"""All gradients of a scalar as plain text, LaTeX, JSON or a document."""

from __future__ import annotations

from symjac.backward.gradients import GradientLine, Gradients, Line
from symjac.expr import latex
from symjac.expr.notation import USUAL, written
from symjac.expr.text import ASCII, Printer, matrix_text
from symjac.render.adhoc import document
from symjac.render.commands import gradients_command
from symjac.render.document import (
    Align,
    Block,
    Callout,
    Code,
    Inline,
    Items,
    Math,
    Paragraph,
    ProofView,
    Section,
    counted,
    say,
    text,
    told,
)
from symjac.render.document import Line as Row
from symjac.render.sections import derivative_entry
from symjac.render.writing import written_for


def gradients_text(found: Gradients, show: Printer = ASCII) -> str:
    """The lines for a terminal, those that name arguments first."""
    with written(USUAL):
        parts: list[list[str]] = [[line.text(show) for line in found.first]]
        parts.append([line.text(show) for line in found.lines])
        under = show.words("; ".join(found.hypotheses))
        parts.append([f"hypotheses   {under}"] if under else [])
        parts[-1] += [f"note         {show.words(note)}" for note in found.notes]
    return "\n\n".join("\n".join(part) for part in parts if part)


def gradients_latex(found: Gradients) -> str:
    """The lines as one LaTeX display."""
    lines = (*found.first, *found.lines)
    body = " \\\\\n".join(f"{one.subject_latex()} &= {one.latex()}" for one in lines)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def gradients_json(found: Gradients) -> dict[str, object]:
    """The lines as one JSON object; see docs/gradients.md."""
    return {
        "of": str(found.of),
        "total": str(found.total),
        "first": [_line_json(line) for line in found.first],
        "lines": [_line_json(line) for line in found.lines],
        "hypotheses": list(found.hypotheses),
        "notes": list(found.notes),
    }


def _line_json(line: Line) -> dict[str, object]:
    own: dict[str, object] = {
        "name": line.subject,
        "formula": matrix_text(line.expr),
        "latex": latex.matrix_latex(line.expr),
        "sum_over": line.over or None,
        "shape": [str(dim) for dim in line.expr.shape.dims],
    }
    if isinstance(line, GradientLine):
        own |= {"wrt": str(line.by), "is_adjoint": not line.is_ratio}
    return own


def gradients_view(found: Gradients) -> ProofView:
    """What the templates need to show all gradients, in the notation in force."""
    of = Math(latex.symbol_latex(found.total), str(found.total))
    shown: list[Block] = [Paragraph(say("gradients_shape"))]
    shown += aligned(found.first, "gradients_first")
    shown += aligned(found.lines, "gradients_lines")
    box = Callout("note", say("adhoc_result_title"), tuple(shown))
    parts = [_equations(found), _derivations(found), _checked(found)]
    return document(say("gradients_title", of=of), box, parts)


def aligned(lines: tuple[Line, ...], key: str) -> list[Block]:
    """Lines under each other, behind a sentence."""
    rows = tuple(Row(line.subject_latex(), line.latex(), "") for line in lines)
    return [Paragraph(say(key)), Align(rows)] if rows else []


def _equations(found: Gradients) -> Section:
    given = {d.symbol: d.body for d in found.program.definitions}
    given.setdefault(found.of, found.body)
    rows = (Line(symbol, body) for symbol, body in given.items())
    shown = aligned(tuple(rows), "adhoc_equation")
    return Section("equations", say("gradients_equations_title"), tuple(shown))


def _derivations(found: Gradients) -> Section:
    """Each line in index notation, with the rules that lead to it."""
    blocks: list[Block] = [Paragraph(say("gradients_rule"))]
    if found.total != found.of:
        blocks.append(Paragraph(say("gradients_over_time")))
    for line in found.lines:
        blocks += _derivation(line)
    return Section("derivations", say("gradients_derivations_title"), tuple(blocks))


def _derivation(line: GradientLine) -> list[Block]:
    """What is differentiated by what, what one entry is, and by which rules."""
    jacobian = line.jacobian
    of, by = latex.symbol_latex(jacobian.of), latex.symbol_latex(line.by)
    intro = say("gradients_line", by=Math(by), line=Math(line.subject_latex()))
    titles = dict.fromkeys(told(step.rule.title) for step in jacobian.steps)
    with written_for(jacobian):
        rows = (
            Row(of, latex.matrix_latex(jacobian.body), ""),
            Row(
                derivative_entry(jacobian),
                latex.terms_latex(jacobian.terms),
                ", ".join(titles),
            ),
        )
    return [Paragraph(intro), Align(rows)]


def _checked(found: Gradients) -> Section:
    items: list[Inline] = [say("checked_replay", steps=counted(found.replay()))]
    if found.hypotheses:
        said = ", ".join(map(told, found.hypotheses))
        items.append(say("checked_hypotheses", hypotheses=said))
    items += [text(f"{told(note)}.") for note in found.notes]
    again = (Paragraph(say("adhoc_again")), Code(gradients_command(found)))
    return Section("checked", say("checked_title"), (Items(tuple(items)), *again))
