"""The sections that judge: layouts, siblings, what survives, how it was checked."""

from __future__ import annotations

import shlex
from fractions import Fraction

from symjac.claims.adjudicate import derived_formula
from symjac.claims.counterexample import Counterexample
from symjac.expr import latex
from symjac.expr.matrix import Elementwise, MatrixExpr, Symbol, Transpose, walk
from symjac.expr.notation import notation, options
from symjac.expr.products import factors
from symjac.expr.shape import Layout
from symjac.render.case import Case, Judged, SiblingCase
from symjac.render.document import (
    Align,
    Block,
    Display,
    Inline,
    Items,
    Line,
    Math,
    Paragraph,
    Section,
    join,
    math,
    say,
    text,
    words,
)
from symjac.render.verdicts import checks


def siblings(case: Case) -> Section:
    """Neighbouring equations for which the claim is right, and what changes."""
    blocks: list[Block] = []
    for found in case.siblings:
        blocks += _sibling(case, found)
    return Section("sibling", say("sibling_title"), tuple(blocks))


def _sibling(case: Case, found: SiblingCase) -> list[Block]:
    blocks: list[Block] = [Paragraph(say("sibling_intro", label=found.sibling.label))]
    for defined in found.jacobian.program.definitions:
        left = latex.symbol_latex(defined.symbol)
        blocks.append(Display(f"{left} = {latex.matrix_latex(defined.body)}"))
    if found.sibling.note:
        blocks.append(Paragraph(text(found.sibling.note)))
    for key, one in (
        ("sibling_as_printed", found.printed),
        ("sibling_moved", found.moved),
    ):
        blocks.append(Paragraph(_verdict_words(key, one)))
    change = _change(case, found)
    return [*blocks, Paragraph(change)] if change else blocks


def _change(case: Case, found: SiblingCase) -> Inline:
    """How the argument of the derivative differs between the two equations."""
    ends = []
    for jacobian in (case.jacobian, found.jacobian):
        formula = derived_formula(jacobian, Layout.NUMERATOR)
        nodes = walk(formula.expr) if formula else ()
        ends.append({n for n in nodes if isinstance(n, Elementwise) and n.order})
    if any(len(nodes) != 1 for nodes in ends) or ends[0] == ends[1]:
        return ()
    (here,), (there,) = ends
    return say(
        "sibling_change",
        function=Math(latex.function_latex(there.function, there.order)),
        here=Math(latex.matrix_latex(here.arg)),
        there=Math(latex.matrix_latex(there.arg)),
    )


def _verdict_words(key: str, one: Judged) -> Inline:
    claim = Math(one.judgement.claim.latex()) if one.judgement else Math("")
    return say(
        key,
        claim=claim,
        numerator=words()[one.word(Layout.NUMERATOR)],
        denominator=words()[one.word(Layout.DENOMINATOR)],
    )


def turned_factors(expr: MatrixExpr) -> list[MatrixExpr]:
    """Factors of a matrix product, transposes taken off."""
    return [one.arg if isinstance(one, Transpose) else one for one in factors(expr)]


def survives(case: Case) -> Section | None:
    """Which conclusions do not see the mistake."""
    if not same_factors(case):
        return None
    return Section("survives", say("survives_title"), tuple(_norms(case)))


def same_factors(case: Case) -> bool:
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


def _norms(case: Case) -> list[Block]:
    verdict, formula = case.verdict(Layout.NUMERATOR), case.formula(Layout.NUMERATOR)
    assert verdict is not None
    assert formula is not None
    assert case.paper.bound is not None
    shown = join(math(latex.matrix_latex(f)) for f in turned_factors(formula.expr))
    blocks: list[Block] = [
        Paragraph(say("survives_norm", factors=shown, label=case.paper.bound))
    ]
    turned = [n.arg for n in walk(verdict.claim.expr) if isinstance(n, Transpose)]
    example = verdict.counterexample
    if example is not None and turned and isinstance(turned[0], Symbol):
        blocks.append(Paragraph(_other_norms(turned[0], example)))
    return blocks


def _other_norms(symbol: Symbol, example: Counterexample) -> Inline:
    value = [[Fraction(str(x)) for x in row] for row in example.symbols[symbol]]
    columns = [list(column) for column in zip(*value, strict=True)]
    name, turned = latex.symbol_latex(symbol), latex.transposed_latex(symbol)
    one = max(sum(map(abs, column)) for column in columns)
    infinity = max(sum(map(abs, row)) for row in value)
    bar = r"\lVert {} \rVert_1 = {}"
    return say(
        "survives_other",
        one=Math(bar.format(name, one)),
        turned=Math(bar.format(turned, infinity)),
    )


def quoted(case: Case) -> Section:
    """Equations of the source, as printed."""
    blocks: list[Block] = [Paragraph(say("quoted_intro"))]
    for one in case.paper.quoted:
        blocks.append(Align((Line("", one.printed, one.label),)))
    return Section("quoted", say("quoted_title"), tuple(blocks))


def variants(case: Case) -> Section:
    """Other printed forms of the equations, and claims in other printings."""
    items = []
    for label, one in case.variants:
        verdict_words = {layout.value: words()[one.word(layout)] for layout in Layout}
        items.append(say("variants_text", label=label, **verdict_words))
    for one in case.others:
        if one.judgement is None:
            items.append(say("not_well_formed", label=one.label, message=one.message))
        else:
            shown = {layout.value: words()[one.word(layout)] for layout in Layout}
            items.append(say("variants_text", label=one.label, **shown))
    return Section("variants", say("variants_title"), (Items(tuple(items)),))


def checked(case: Case, *, plots: bool) -> Section:
    """How the verdict was checked, so that the page can be made again."""
    found = tuple(v for v in map(case.verdict, Layout) if v is not None)
    parts = ["symjac", "prove", case.paper.argument, *(["--plots"] if plots else [])]
    command = shlex.join([*parts, *options(notation())])
    again = say("checked_again", command=command)
    items = (*checks(case.jacobian, found), again)
    return Section("checked", say("checked_title"), (Items(items),))
