"""All gradients of a scalar as plain text, LaTeX, JSON or a document."""

from __future__ import annotations

from symjac.backward.gradients import GradientLine, Gradients, Line
from symjac.document import document as doc
from symjac.exposition.adhoc import document
from symjac.exposition.commands import gradients_command
from symjac.exposition.sections import derivative_entry
from symjac.exposition.writing import written_for
from symjac.typeset import latex
from symjac.typeset.notation import USUAL, written
from symjac.typeset.text import ASCII, Printer, matrix_text


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


def gradients_view(found: Gradients) -> doc.ProofView:
    """What the templates need to show all gradients, in the notation in force."""
    of = doc.Math(latex.symbol_latex(found.total), str(found.total))
    shown: list[doc.Block] = [doc.Paragraph(doc.say("gradients_shape"))]
    shown += aligned(found.first, "gradients_first")
    shown += aligned(found.lines, "gradients_lines")
    box = doc.Callout("note", doc.say("adhoc_result_title"), tuple(shown))
    parts = [_equations(found), _derivations(found), _checked(found)]
    return document(doc.say("gradients_title", of=of), box, parts)


def aligned(lines: tuple[Line, ...], key: str) -> list[doc.Block]:
    """Lines under each other, behind a sentence."""
    rows = tuple(doc.Line(line.subject_latex(), line.latex(), "") for line in lines)
    return [doc.Paragraph(doc.say(key)), doc.Align(rows)] if rows else []


def _equations(found: Gradients) -> doc.Section:
    given = {d.symbol: d.body for d in found.program.definitions}
    given.setdefault(found.of, found.body)
    rows = (Line(symbol, body) for symbol, body in given.items())
    shown = aligned(tuple(rows), "adhoc_equation")
    return doc.Section("equations", doc.say("gradients_equations_title"), tuple(shown))


def _derivations(found: Gradients) -> doc.Section:
    """Each line in index notation, with the rules that lead to it."""
    blocks: list[doc.Block] = [doc.Paragraph(doc.say("gradients_rule"))]
    if found.total != found.of:
        blocks.append(doc.Paragraph(doc.say("gradients_over_time")))
    for line in found.lines:
        blocks += _derivation(line)
    return doc.Section(
        "derivations", doc.say("gradients_derivations_title"), tuple(blocks)
    )


def _derivation(line: GradientLine) -> list[doc.Block]:
    """What is differentiated by what, what one entry is, and by which rules."""
    jacobian = line.jacobian
    of, by = latex.symbol_latex(jacobian.of), latex.symbol_latex(line.by)
    intro = doc.say(
        "gradients_line", by=doc.Math(by), line=doc.Math(line.subject_latex())
    )
    titles = dict.fromkeys(doc.told(step.rule.title) for step in jacobian.steps)
    with written_for(jacobian):
        rows = (
            doc.Line(of, latex.matrix_latex(jacobian.body), ""),
            doc.Line(
                derivative_entry(jacobian),
                latex.terms_latex(jacobian.terms),
                ", ".join(titles),
            ),
        )
    return [doc.Paragraph(intro), doc.Align(rows)]


def _checked(found: Gradients) -> doc.Section:
    items: list[doc.Inline] = [
        doc.say("checked_replay", steps=doc.counted(found.replay()))
    ]
    if found.hypotheses:
        said = ", ".join(map(doc.told, found.hypotheses))
        items.append(doc.say("checked_hypotheses", hypotheses=said))
    items += [doc.text(f"{doc.told(note)}.") for note in found.notes]
    again = (doc.Paragraph(doc.say("adhoc_again")), doc.Code(gradients_command(found)))
    return doc.Section(
        "checked", doc.say("checked_title"), (doc.Items(tuple(items)), *again)
    )
