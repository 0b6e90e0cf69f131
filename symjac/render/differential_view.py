"""A proof by differentials as a document, in the same model as the other proofs."""

from __future__ import annotations

from symjac.claims.differential import Differential, DifferentialStep
from symjac.expr import latex
from symjac.expr.shape import Layout
from symjac.render import sections
from symjac.render.adhoc import document, layouts_of, title_of
from symjac.render.commands import differential_command
from symjac.render.document import (
    Align,
    Block,
    Callout,
    Code,
    Display,
    Inline,
    Items,
    Line,
    Math,
    Paragraph,
    ProofView,
    Section,
    counted,
    layout_word,
    plain,
    say,
    text,
    told,
)
from symjac.render.writing import reading, written_for

Layouts = tuple[Layout, ...]
Steps = list[DifferentialStep]


def differential_view(proof: Differential, layouts: Layouts) -> ProofView:
    """What the templates need to show a proof by differentials."""
    with written_for(proof.jacobian):
        return _view(proof, layouts)


def _view(proof: Differential, layouts: Layouts) -> ProofView:
    parts = [
        _notation(proof),
        _equation(proof),
        _derivation(proof),
        _identification(proof, layouts),
        _checked(proof, layouts),
    ]
    blocks = (*_forms(proof, layouts), Paragraph(say("diff_agrees")))
    box = Callout("note", say("adhoc_result_title"), blocks)
    return document(title_of(proof.jacobian, "diff_title"), box, parts)


def _forms(proof: Differential, layouts: Layouts) -> tuple[Block, ...]:
    """The derivative in each layout; of a number by a number, once."""
    whole = sections.whole_derivative(proof.jacobian)
    if not proof.jacobian.free:
        return (Display(f"{whole} = {proof.gradient.latex()}"),)
    blocks: list[Block] = []
    for layout in layouts:
        blocks.append(Paragraph(say("adhoc_layout_form", layout=layout_word(layout))))
        blocks.append(Display(f"{whole} = {proof.matrix(layout).latex()}"))
    return tuple(blocks)


def _notation(proof: Differential) -> Section:
    jacobian = proof.jacobian
    of, wrt = latex.symbol_latex(jacobian.of), latex.symbol_latex(jacobian.wrt)
    differentials = say(
        "diff_notation",
        of=Math(rf"\mathrm{{d}}{of}"),
        wrt=Math(rf"\mathrm{{d}}{wrt}"),
        variable=Math(wrt),
    )
    blocks = (
        sections.symbol_table(jacobian, {}),
        Paragraph(reading(jacobian, is_brief=True)),
        Paragraph(differentials),
    )
    return Section("notation", say("notation_title"), blocks)


def _equation(proof: Differential) -> Section:
    shown = (
        Display(f"{latex.symbol_latex(symbol)} = {latex.matrix_latex(body)}")
        for symbol, body in sections.given(proof.jacobian)
    )
    title = say("diff_equation_title")
    return Section("equation", title, (Paragraph(say("adhoc_equation")), *shown))


def _derivation(proof: Differential) -> Section:
    """Every line with its rule, up to the form that the derivative is read off from."""
    steps = [step for step in proof.steps if step.layout is None]
    has_names = len(sections.given(proof.jacobian)) > 1
    intro = say("diff_intro_names" if has_names else "diff_intro")
    blocks = (Paragraph(intro), Align(tuple(lines(steps))))
    return Section("differential", say("diff_derivation_title"), blocks)


def lines(steps: Steps) -> list[Line]:
    """Steps as lines; a left side that stays is not repeated."""
    before = [None, *(step.subject for step in steps)]
    return [
        Line(
            step.subject_latex() if step.subject != last else "",
            latex.matrix_latex(step.right),
            told(step.title),
        )
        for step, last in zip(steps, before, strict=False)
    ]


def _identification(proof: Differential, layouts: Layouts) -> Section:
    """What the first identification theorem says, and what it gives here."""
    jacobian = proof.jacobian
    kind = {0: "scalar", 1: "vector"}.get(jacobian.wrt.shape.order, "matrix")
    of, wrt = latex.symbol_latex(jacobian.of), latex.symbol_latex(jacobian.wrt)
    left, right = rf"\mathrm{{d}}{of}", rf"\mathrm{{d}}{wrt}"
    letter = {"scalar": "g", "vector": "g", "matrix": "G"}[kind]
    name = jacobian.program.fresh(letter)
    gradient = latex.name_latex(name, bold=kind != "scalar")
    turned = latex.transposed(gradient)
    form = {
        "scalar": rf"{left} = {gradient}\,{right}",
        "vector": rf"{left} = {turned}\,{right}",
        "matrix": rf"{left} = \operatorname{{tr}}({turned}\,{right})",
    }[kind]
    theorem = say(f"diff_theorem_{kind}", form=Math(form), gradient=Math(gradient))
    meaning: Inline = (*theorem, *text(" "), *layouts_of(jacobian))
    blocks = (Paragraph(meaning), *_forms(proof, layouts))
    return Section("identification", say("diff_identification_title"), blocks)


def _checked(proof: Differential, layouts: Layouts) -> Section:
    """How the result was proved, under what, and the command that makes the page."""
    jacobian, verdict = proof.jacobian, proof.verdict
    entry = sections.derivative_entry(jacobian)
    found = Display(f"{entry} = {latex.terms_latex(jacobian.terms)}")
    items = [say("checked_replay", steps=counted(proof.replay()))]
    if verdict.points:
        arithmetic = plain("checked_ball" if verdict.balls else "checked_rational")
        points = str(verdict.points)
        items.append(say("diff_points", points=points, arithmetic=arithmetic))
    if verdict.hypotheses:
        shown = ", ".join(map(told, verdict.hypotheses))
        items.append(say("checked_hypotheses", hypotheses=shown))
    else:
        items.append(say("adhoc_no_hypotheses"))
    again = Code(differential_command(jacobian, layouts))
    listed = (Items(tuple(items)), Paragraph(say("adhoc_again")), again)
    blocks = (Paragraph(say("diff_proved")), found, *listed)
    return Section("checked", say("checked_title"), blocks)
