"""A proof by differentials as a document, in the same model as the other proofs."""

from __future__ import annotations

from symjac.claims.differential import Differential, DifferentialStep
from symjac.document import document as doc
from symjac.exposition import sections
from symjac.exposition.adhoc import document, layouts_of, title_of
from symjac.exposition.commands import differential_command
from symjac.exposition.writing import reading, written_for
from symjac.terms.shape import Layout
from symjac.typeset import latex

Layouts = tuple[Layout, ...]
Steps = list[DifferentialStep]


def differential_view(proof: Differential, layouts: Layouts) -> doc.ProofView:
    """What the templates need to show a proof by differentials."""
    with written_for(proof.jacobian):
        return _view(proof, layouts)


def _view(proof: Differential, layouts: Layouts) -> doc.ProofView:
    parts = [
        _notation(proof),
        _equation(proof),
        _derivation(proof),
        _identification(proof, layouts),
        _checked(proof, layouts),
    ]
    blocks = (*_forms(proof, layouts), doc.Paragraph(doc.say("diff_agrees")))
    box = doc.Callout("note", doc.say("adhoc_result_title"), blocks)
    return document(title_of(proof.jacobian, "diff_title"), box, parts)


def _forms(proof: Differential, layouts: Layouts) -> tuple[doc.Block, ...]:
    """The derivative in each layout; of a number by a number, once."""
    whole = sections.whole_derivative(proof.jacobian)
    if not proof.jacobian.free:
        return (doc.Display(f"{whole} = {proof.gradient.latex()}"),)
    blocks: list[doc.Block] = []
    for layout in layouts:
        blocks.append(
            doc.Paragraph(doc.say("adhoc_layout_form", layout=doc.layout_word(layout)))
        )
        blocks.append(doc.Display(f"{whole} = {proof.matrix(layout).latex()}"))
    return tuple(blocks)


def _notation(proof: Differential) -> doc.Section:
    jacobian = proof.jacobian
    of, wrt = latex.symbol_latex(jacobian.of), latex.symbol_latex(jacobian.wrt)
    differentials = doc.say(
        "diff_notation",
        of=doc.Math(rf"\mathrm{{d}}{of}"),
        wrt=doc.Math(rf"\mathrm{{d}}{wrt}"),
        variable=doc.Math(wrt),
    )
    blocks = (
        sections.read_as(jacobian),
        doc.Paragraph(reading(jacobian, is_brief=True)),
        doc.Paragraph(differentials),
    )
    return doc.Section("notation", doc.say("notation_title"), blocks)


def _equation(proof: Differential) -> doc.Section:
    shown = (
        doc.Display(f"{latex.symbol_latex(symbol)} = {latex.matrix_latex(body)}")
        for symbol, body in sections.given(proof.jacobian)
    )
    title = doc.say("diff_equation_title")
    return doc.Section(
        "equation", title, (doc.Paragraph(doc.say("adhoc_equation")), *shown)
    )


def _derivation(proof: Differential) -> doc.Section:
    """Every line with its rule, up to the form that the derivative is read off from."""
    steps = [step for step in proof.steps if step.layout is None]
    has_names = len(sections.given(proof.jacobian)) > 1
    intro = doc.say("diff_intro_names" if has_names else "diff_intro")
    blocks = (doc.Paragraph(intro), doc.Align(tuple(lines(steps))))
    return doc.Section("differential", doc.say("diff_derivation_title"), blocks)


def lines(steps: Steps) -> list[doc.Line]:
    """Steps as lines; a left side that stays is not repeated."""
    before = [None, *(step.subject for step in steps)]
    return [
        doc.Line(
            step.subject_latex() if step.subject != last else "",
            latex.matrix_latex(step.right),
            doc.told(step.title),
        )
        for step, last in zip(steps, before, strict=False)
    ]


def _identification(proof: Differential, layouts: Layouts) -> doc.Section:
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
    theorem = doc.say(
        f"diff_theorem_{kind}", form=doc.Math(form), gradient=doc.Math(gradient)
    )
    meaning: doc.Inline = (*theorem, *doc.text(" "), *layouts_of(jacobian))
    blocks = (doc.Paragraph(meaning), *_forms(proof, layouts))
    return doc.Section("identification", doc.say("diff_identification_title"), blocks)


def _checked(proof: Differential, layouts: Layouts) -> doc.Section:
    """How the result was proved, under what, and the command that makes the page."""
    jacobian, verdict = proof.jacobian, proof.verdict
    entry = sections.derivative_entry(jacobian)
    found = doc.Display(f"{entry} = {latex.terms_latex(jacobian.terms)}")
    items = [doc.say("checked_replay", steps=doc.counted(proof.replay()))]
    if verdict.points:
        arithmetic = doc.plain("checked_ball" if verdict.balls else "checked_rational")
        points = str(verdict.points)
        items.append(doc.say("diff_points", points=points, arithmetic=arithmetic))
    if verdict.hypotheses:
        shown = ", ".join(map(doc.told, verdict.hypotheses))
        items.append(doc.say("checked_hypotheses", hypotheses=shown))
    else:
        items.append(doc.say("adhoc_no_hypotheses"))
    again = doc.Code(differential_command(jacobian, layouts))
    listed = (doc.Items(tuple(items)), doc.Paragraph(doc.say("adhoc_again")), again)
    blocks = (doc.Paragraph(doc.say("diff_proved")), found, *listed)
    return doc.Section("checked", doc.say("checked_title"), blocks)
