"""A derivative or a verdict without headings, to stand in a page of somebody else's.

The same blocks go into a page of Markdown, of Sphinx and of MkDocs; see `symjac.hooks`.
"""

from __future__ import annotations

from symjac.claims.adjudicate import Judgement, derived_formula
from symjac.claims.differential import Differential
from symjac.expr import latex
from symjac.expr.shape import Layout
from symjac.jacobian import Jacobian
from symjac.render import sections, verdicts
from symjac.render.adhoc import BOTH, derivation_view, equals, result, sentence
from symjac.render.differential_view import differential_view
from symjac.render.document import (
    Align,
    Block,
    Display,
    Math,
    Paragraph,
    ProofView,
    say,
    text,
)
from symjac.render.fit import ROOM, fit_blocks
from symjac.render.templates import markdown_reason

Blocks = tuple[Block, ...]
Layouts = tuple[Layout, ...]


def derivation_excerpt(
    jacobian: Jacobian, *, layouts: Layouts = BOTH, steps: bool = False
) -> Blocks:
    """The equations and their derivative.

    Args:
        layouts: in which the matrix form is given.
        steps: every step with its rule, before the result.
    """
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
    jacobian, found = judgement.jacobian, tuple(judgement.verdicts.values())
    blocks: list[Block] = [
        *_equations(jacobian),
        Paragraph(say("adhoc_claim" if len(found) > 1 else "excerpt_claim")),
        Display(equals(judgement)),
        Paragraph(sentence(judgement, "excerpt_verdict")),
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
            layout = say("excerpt_layout", layout=verdict.layout.value)
            blocks.append(Paragraph((*layout, *text(" "), *example)))
    return fit_blocks(tuple(blocks), ROOM)


def inline_derivative(jacobian: Jacobian, layout: Layout | None) -> Math:
    """One formula for running text: in a layout, or for components without one."""
    formula = derived_formula(jacobian, layout) if layout else None
    if layout is None or formula is None:
        entry = sections.derivative_entry(jacobian)
        return Math(f"{entry} = {latex.terms_latex(jacobian.terms)}")
    whole = sections.derivative_in(jacobian, layout)
    return Math(f"{whole} = {formula.latex()}", str(formula))


def aligned(block: Align) -> str:
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
    return tuple(
        Display(f"{latex.symbol_latex(symbol)} = {latex.matrix_latex(body)}")
        for symbol, body in sections.given(jacobian)
    )


def _sections(view: ProofView, *anchors: str) -> list[Block]:
    return [b for part in view.sections if part.anchor in anchors for b in part.blocks]
