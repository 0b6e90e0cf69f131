"""The sections that judge: layouts, siblings, the source, how it was checked."""

from __future__ import annotations

import shlex

from symjac.claims.adjudicate import derived_formula
from symjac.document import document as doc
from symjac.exposition.case import Facts, Judged, SiblingCase
from symjac.exposition.verdicts import checks
from symjac.terms import matrix as m
from symjac.terms.shape import Layout
from symjac.typeset import latex
from symjac.typeset.notation import notation, options


def siblings(case: Facts) -> doc.Section:
    """Neighbouring equations for which the claim is right, and what changes."""
    blocks: list[doc.Block] = []
    for found in case.siblings:
        blocks += _sibling(case, found)
    return doc.Section("sibling", doc.say("sibling_title"), tuple(blocks))


def _sibling(case: Facts, found: SiblingCase) -> list[doc.Block]:
    blocks: list[doc.Block] = [
        doc.Paragraph(doc.say("sibling_intro", label=found.sibling.label))
    ]
    for defined in found.jacobian.program.definitions:
        left = latex.symbol_latex(defined.symbol)
        blocks.append(doc.Display(f"{left} = {latex.matrix_latex(defined.body)}"))
    if found.sibling.note:
        blocks.append(doc.Paragraph(doc.text(found.sibling.note)))
    for key, one in (
        ("sibling_as_printed", found.printed),
        ("sibling_moved", found.moved),
    ):
        blocks.append(doc.Paragraph(_verdict_words(key, one)))
    change = _change(case, found)
    return [*blocks, doc.Paragraph(change)] if change else blocks


def _change(case: Facts, found: SiblingCase) -> doc.Inline:
    """How the argument of the derivative differs between the two equations."""
    ends = []
    for jacobian in (case.jacobian, found.jacobian):
        formula = derived_formula(jacobian, Layout.NUMERATOR)
        nodes = m.walk(formula.expr) if formula else ()
        ends.append({n for n in nodes if isinstance(n, m.Elementwise) and n.order})
    if any(len(nodes) != 1 for nodes in ends) or ends[0] == ends[1]:
        return ()
    (here,), (there,) = ends
    return doc.say(
        "sibling_change",
        function=doc.Math(latex.function_latex(there.function, there.order)),
        here=doc.Math(latex.matrix_latex(here.arg)),
        there=doc.Math(latex.matrix_latex(there.arg)),
    )


def _verdict_words(key: str, one: Judged) -> doc.Inline:
    claim = (
        doc.Math(one.judgement.claim.latex())
        if one.judgement is not None
        else doc.Math("")
    )
    return doc.say(
        key,
        claim=claim,
        numerator=doc.words()[one.word(Layout.NUMERATOR)],
        denominator=doc.words()[one.word(Layout.DENOMINATOR)],
    )


def turned_factors(expr: m.MatrixExpr) -> list[m.MatrixExpr]:
    """Factors of a matrix product, transposes taken off."""
    return [one.arg if isinstance(one, m.Transpose) else one for one in m.factors(expr)]


def same_factors(case: Facts) -> bool:
    """Whether the claim is wrong by transposes and the order of its factors only."""
    verdict, formula = case.verdict(Layout.NUMERATOR), case.formula(Layout.NUMERATOR)
    if verdict is None or formula is None or case.paper.bound is None:
        return False
    if case.main.word(Layout.NUMERATOR) != "word_refuted":
        return False
    true, claimed = (
        sorted(map(repr, turned_factors(f.expr))) for f in (formula, verdict.claim)
    )
    return true == claimed


def quoted(case: Facts) -> doc.Section | None:
    """The source: its versions, where it is found, and its equations as printed."""
    paper, blocks = case.paper, list[doc.Block]()
    items = [doc.text(f"{version}.") for version in paper.versions]
    items += [
        (doc.Link(label, target, is_page="://" not in target),)
        for label, target in paper.links.items()
    ]
    if items:
        blocks.append(doc.Items(tuple(items)))
    if paper.quoted:
        blocks.append(doc.Paragraph(doc.say("quoted_intro")))
    for one in paper.quoted:
        blocks.append(doc.Align((doc.Line("", one.printed, one.label),)))
    title = doc.say("quoted_title")
    return doc.Section("quoted", title, tuple(blocks)) if blocks else None


def variants(case: Facts) -> doc.Section:
    """Other printed forms of the equations, and claims in other printings."""
    items = []
    for label, one in case.variants:
        verdict_words = {
            layout.value: doc.words()[one.word(layout)] for layout in Layout
        }
        items.append(doc.say("variants_text", label=label, **verdict_words))
    for one in case.others:
        if one.judgement is None:
            items.append(
                doc.say("not_well_formed", label=one.label, message=one.message)
            )
        else:
            shown = {layout.value: doc.words()[one.word(layout)] for layout in Layout}
            items.append(doc.say("variants_text", label=one.label, **shown))
    return doc.Section(
        "variants", doc.say("variants_title"), (doc.Items(tuple(items)),)
    )


def checked(case: Facts, *, plots: bool) -> doc.Section:
    """How the verdict was checked, so that the page can be made again."""
    found = tuple(v for v in map(case.verdict, Layout) if v is not None)
    parts = ["symjac", "prove", case.paper.argument, *(["--plots"] if plots else [])]
    command = shlex.join([*parts, *options(notation())])
    again = doc.say("checked_again", command=command)
    items = (*checks(case.jacobian, found), again)
    return doc.Section("checked", doc.say("checked_title"), (doc.Items(items),))
