"""A proof by differentials as plain text, LaTeX, JSON or a document."""

from __future__ import annotations

import json

from symjac.claims.differential import Differential, DifferentialStep
from symjac.document import document as doc
from symjac.document.templates import render_view
from symjac.exposition.commands import ends
from symjac.exposition.differential_view import differential_view
from symjac.terms.shape import Layout
from symjac.typeset.latex import matrix_latex
from symjac.typeset.notation import Notation, written
from symjac.typeset.text import ASCII, Printer, matrix_text

Steps = list[DifferentialStep]


def differential_page(
    proof: Differential,
    layouts: list[Layout],
    format_: str = "text",
    show: Printer = ASCII,
    *,
    notation: Notation | None = None,
) -> str:
    """The proof as `text`, `latex` or `json`, or as a document: `tex`, `md`, `html`.

    Args:
        layouts: which layouts to read the derivative off in.
        notation: how mathematics is written; the one in force if left out.
    """
    with written(notation):
        return _page(proof, layouts, format_, show)


def _page(
    proof: Differential, layouts: list[Layout], format_: str, show: Printer
) -> str:
    chosen = [step for step in proof.steps if step.layout in (None, *layouts)]
    if format_ == "json":
        return json.dumps(differential_json(proof, layouts, chosen), indent=2)
    if format_ == "latex":
        return steps_latex(chosen)
    if format_ == "text":
        return "\n".join([steps_text(chosen, show), *conclusion(proof)])
    view = differential_view(proof, tuple(layouts))
    return render_view(view, format_, is_adhoc=True)


def steps_text(steps: Steps, show: Printer = ASCII) -> str:
    """The steps for a terminal; a left side that stays is not repeated."""
    lines: list[str] = []
    for step, is_new in _with_news(steps):
        lines += [show.words(step.subject)] if is_new else []
        lines.append(f"    = {show.matrix(step.right)}    [{step.title}]")
    return "\n".join(lines)


def _with_news(steps: Steps) -> list[tuple[DifferentialStep, bool]]:
    """Each step, and whether its left side is another one than before."""
    before = [None, *(step.subject for step in steps)]
    return [
        (step, step.subject != last or step.layout is not None)
        for step, last in zip(steps, before, strict=False)
    ]


def conclusion(proof: Differential) -> list[str]:
    """That the result was proved equal to the derivative, and under what."""
    under = "; ".join(proof.verdict.hypotheses)
    found = "proved equal to the derivative in index notation"
    return [found + (f", where {under}" if under else "")]


def steps_latex(steps: Steps) -> str:
    """The steps as one LaTeX display."""
    lines = [
        f"{step.subject_latex() if is_new else ''} &= {matrix_latex(step.right)}"
        rf" &&\text{{{doc.told(step.title)}}}"
        for step, is_new in _with_news(steps)
    ]
    body = " \\\\\n".join(lines)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def differential_json(
    proof: Differential, layouts: list[Layout], steps: Steps
) -> dict[str, object]:
    """The proof as one JSON object; see docs/cli.md."""
    jacobian = proof.jacobian
    return {
        **ends(jacobian),
        "style": "differential",
        "component": jacobian.component_text,
        "layouts": {layout.value: str(proof.matrix(layout)) for layout in layouts},
        "verdict": proof.verdict.outcome.value,
        "hypotheses": list(proof.verdict.hypotheses),
        "steps": [
            {"of": step.subject, "result": matrix_text(step.right), "rule": step.title}
            for step in steps
        ],
    }
