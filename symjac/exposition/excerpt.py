"""A derivative or a verdict without headings, to stand in a page of somebody else's.

The same blocks go into a page of Markdown, of Sphinx and of MkDocs; see `symjac.hooks`.
"""

from __future__ import annotations

from symjac.claims.adjudicate import Judgement, derived_formula
from symjac.claims.differential import Differential
from symjac.document import document as doc
from symjac.document.document import ROOM, fit_blocks
from symjac.document.templates import markdown_reason
from symjac.exposition import sections, verdicts
from symjac.exposition.adhoc import BOTH, derivation_view, equals, result, sentence
from symjac.exposition.differential_view import differential_view
from symjac.exposition.writing import written_for
from symjac.jacobian import Jacobian
from symjac.terms.shape import Layout
from symjac.typeset import latex

Blocks = tuple[doc.Block, ...]
Layouts = tuple[Layout, ...]


def derivation_excerpt(
    jacobian: Jacobian, *, layouts: Layouts = BOTH, steps: bool = False
) -> Blocks:
    """The equations and their derivative.

    Args:
        layouts: in which the matrix form is given.
        steps: every step with its rule, before the result.
    """
    with written_for(jacobian):
        shown = result(jacobian, layouts)
        if steps:
            view = derivation_view(jacobian, layouts=layouts, steps=True)
            shown = _sections(view, "derivative", "matrix")
        return fit_blocks((*_equations(jacobian), *shown), ROOM)


def differential_excerpt(proof: Differential, *, layouts: Layouts = BOTH) -> Blocks:
    """The equations and a proof by differentials."""
    view = differential_view(proof, layouts)
    shown = _sections(view, "differential", "identification")
    return fit_blocks((*_equations(proof.jacobian), *shown), ROOM)


def judgement_excerpt(judgement: Judgement, *, steps: bool = False) -> Blocks:
    """The equations, the claim, its verdicts, and what refutes it.

    Args:
        steps: the derivation with every step, too.
    """
    with written_for(judgement.jacobian):
        return _judged(judgement, steps=steps)


def _judged(judgement: Judgement, *, steps: bool) -> Blocks:
    jacobian, found = judgement.jacobian, tuple(judgement.verdicts.values())
    blocks: list[doc.Block] = [
        *_equations(jacobian),
        doc.Paragraph(doc.say("adhoc_claim" if len(found) > 1 else "excerpt_claim")),
        doc.Display(equals(judgement)),
        doc.Paragraph(sentence(judgement, "excerpt_verdict")),
    ]
    layouts = tuple(verdict.layout for verdict in found)
    if steps:
        view = derivation_view(jacobian, layouts=layouts, steps=True)
        blocks += _sections(view, "derivative", "matrix")
    else:
        blocks += result(jacobian, layouts)
    for verdict in found:
        if verdict.counterexample is not None:
            example = verdicts.counterexample(verdict.counterexample)
            layout = doc.say("excerpt_layout", layout=doc.layout_word(verdict.layout))
            blocks.append(doc.Paragraph((*layout, *doc.text(" "), *example)))
    return fit_blocks(tuple(blocks), ROOM)


def inline_derivative(jacobian: Jacobian, layout: Layout | None) -> doc.Math:
    """One formula for running text: in a layout, or for components without one."""
    formula = derived_formula(jacobian, layout) if layout else None
    if layout is None or formula is None:
        entry = sections.derivative_entry(jacobian)
        return doc.Math(f"{entry} = {latex.terms_latex(jacobian.terms)}")
    whole = sections.derivative_in(jacobian, layout)
    return doc.Math(f"{whole} = {formula.latex()}", str(formula))


def aligned(block: doc.Align) -> str:
    """A chain of equations with its rules, for one display."""
    rows: list[str] = []
    for line in block.lines:
        sign = line.sign if line.left or rows else ""
        reason = ""
        if line.reason and block.is_wide:
            reason = rf" \\ &\qquad\text{{{line.reason}}}"
        elif line.reason:
            reason = rf" &&\quad {markdown_reason(line.reason)}"
        rows.append(f"{line.left} &{sign}{line.right}{reason}")
    body = " \\\\\n".join(rows)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def _equations(jacobian: Jacobian) -> Blocks:
    shown = (
        doc.Display(f"{latex.symbol_latex(symbol)} = {latex.matrix_latex(body)}")
        for symbol, body in sections.given(jacobian)
    )
    return (*shown, sections.read_as(jacobian))


def _sections(view: doc.ProofView, *anchors: str) -> list[doc.Block]:
    return [b for part in view.sections if part.anchor in anchors for b in part.blocks]
