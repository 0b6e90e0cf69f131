"""The sections that judge: layouts, siblings, what survives, how it was checked."""

from __future__ import annotations

from fractions import Fraction

from symjac.claims.adjudicate import Outcome, Verdict, derived_formula
from symjac.claims.condition import Condition
from symjac.claims.counterexample import Counterexample
from symjac.expr import latex
from symjac.expr.index import Index, Terms
from symjac.expr.matrix import Elementwise, MatMul, MatrixExpr, Symbol, Transpose, walk
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
    Table,
    join,
    math,
    plain,
    say,
    text,
    words,
)
from symjac.render.entries import at_entry, explicit
from symjac.render.sections import whole_derivative


def claim(case: Case, layout: Layout) -> Section:
    """The claim read in one layout, side by side with the truth."""
    verdict = case.verdict(layout)
    assert verdict is not None
    blocks: list[Block] = []
    if case.is_matrix:
        blocks.append(Paragraph(_definition(case, layout)))
    formula = case.formula(layout)
    if formula is not None:
        blocks.append(Paragraph(say("claim_right_formula")))
        left = whole_derivative(case.jacobian)
        blocks.append(Display(f"{left} = {formula.latex()}."))
    blocks += _judged_blocks(case, verdict)
    title = say("claim_title", layout=layout.value)
    return Section(f"claim-{layout.value}", title, tuple(blocks))


def _definition(case: Case, layout: Layout) -> Inline:
    row, column = (Math(latex.index_latex(i)) for i in case.jacobian.free)
    entry = Math(case.derivative)
    return say(f"claim_definition_{layout.value}", row=row, column=column, entry=entry)


def _judged_blocks(case: Case, verdict: Verdict) -> list[Block]:
    match verdict.outcome:
        case Outcome.ILL_TYPED:
            shapes = {
                "shape": str(verdict.claim.expr.shape),
                "expected": str(verdict.expected),
            }
            return [Paragraph(say("claim_ill_typed", **shapes))]
        case Outcome.UNDECIDED:
            return [
                Paragraph((*_reads(verdict), *text(" "), *say("claim_beside"))),
                _comparison(case, verdict),
                Paragraph(say("claim_undecided", reason=verdict.reason)),
            ]
        case Outcome.PROVED:
            return [Paragraph((*_reads(verdict), *text(" "), *_proved(verdict)))]
        case Outcome.REFUTED:
            return _refuted(case, verdict)


def _reads(verdict: Verdict) -> Inline:
    return say("claim_reads", claim=Math(verdict.claim.latex()))


def _proved(verdict: Verdict) -> Inline:
    if verdict.hypotheses:
        shown = say("claim_proved", hypotheses=", ".join(verdict.hypotheses))
    else:
        shown = say("claim_proved_plain")
    identities = _identities(verdict)
    if not identities:
        return shown
    tail = say("claim_identity", identities=join(map(math, identities)))
    return (*shown, *text(" "), *tail)


def _identities(verdict: Verdict) -> list[str]:
    """Table rows of the named functions whose derivatives the formulas contain."""
    formulas = [f.expr for f in (verdict.derived, verdict.claim) if f is not None]
    nodes = [n for f in formulas for n in walk(f) if isinstance(n, Elementwise)]
    found = dict.fromkeys(
        node.function for node in nodes if node.order and not node.function.is_generic
    )
    return [latex.derivative_identity(function) for function in found]


def _refuted(case: Case, verdict: Verdict) -> list[Block]:
    reads = (*_reads(verdict), *text(" "), *say("claim_beside"))
    blocks: list[Block] = [Paragraph(reads), _comparison(case, verdict)]
    example = verdict.counterexample
    if example is not None:
        blocks.append(Paragraph(_counterexample(example)))
    if verdict.holds_iff is not None:
        blocks += _iff(verdict.holds_iff)
    return blocks


def _comparison(case: Case, verdict: Verdict) -> Table:
    free = case.jacobian.free
    truth, claimed = case.jacobian.terms, verdict.claimed_terms or ()
    names = Math(", ".join(latex.index_latex(i) for i in free))
    rows: list[tuple[Inline, ...]] = [
        (say("row_general", indices=names), _cell(truth), _cell(claimed))
    ]
    if case.is_matrix:
        row, column = (latex.index_latex(i) for i in free)
        label = say("row_example", pair=Math(f"{row} = 1,\\ {column} = 2"))
        pair = ("1", "2")
        rows.append((label, _cell(truth, free, pair), _cell(claimed, free, pair)))
        swap = verdict.layout is Layout.DENOMINATOR
        if free[0].dim == free[1].dim:
            grids = (
                math(explicit(t, free, 2, transposed=swap)) for t in (truth, claimed)
            )
            rows.append((say("row_matrix"), *grids))
    head = (text(""), say("head_truth"), say("head_claim"))
    return Table(head, tuple(rows))


def _cell(
    terms: Terms, free: tuple[Index, ...] = (), places: tuple[str, ...] = ()
) -> Inline:
    shown = at_entry(terms, free, places) if places else terms
    return math(latex.terms_latex(shown))


def _counterexample(example: Counterexample) -> Inline:
    derived, claimed = example.derived, example.claimed
    is_exact = "." not in derived + claimed
    blanks: dict[str, str | Math | Inline] = {
        "values": _values(example),
        "derived": Math(derived),
        "claimed": Math(claimed),
    }
    if not example.entry:
        return say("claim_counterexample_scalar", **blanks)
    blanks["row"] = str(example.entry[0])
    if len(example.entry) == 1:
        return say("claim_counterexample_vector", **blanks)
    blanks["column"] = str(example.entry[1])
    key = "claim_counterexample" if is_exact else "claim_counterexample_ball"
    return say(key, **blanks)


def _values(example: Counterexample) -> Inline:
    parts = [
        math(f"{symbol_name(symbol)} = {_array(value)}")
        for symbol, value in example.symbols.items()
    ]
    parts += [
        math(rf"{latex.function_latex(f, order)}({at}) = {value}")
        for (f, order, at), value in example.chosen.items()
    ]
    return join(parts)


def symbol_name(symbol: Symbol) -> str:
    """A symbol as it stands in running text."""
    return latex.symbol_latex(symbol)


def _array(value: object) -> str:
    if not isinstance(value, list):
        return str(value)
    rows = [row if isinstance(row, list) else [row] for row in value]
    body = r" \\ ".join(" & ".join(map(str, row)) for row in rows)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def _iff(found: Condition) -> list[Block]:
    common = r"\,".join(latex.factor_latex(f) for f in found.common)
    rest = latex.terms_latex(found.rest)
    if found.common and len(found.rest) > 1:
        rest = rf"\bigl({rest}\bigr)\,"
    names = Math(", ".join(latex.index_latex(i) for i in found.indices))
    blocks: list[Block] = [
        Paragraph(say("claim_iff")),
        Display(f"{rest}{common} = 0"),
    ]
    tail = say("claim_iff_everywhere", indices=names) if found.indices else ()
    reading = _reading(found, Math(common))
    if tail and reading:
        tail = (*tail, *text(", "))
    blocks.append(Paragraph((*tail, *reading) if reading else (*tail, *text("."))))
    return blocks


def _reading(found: Condition, common: Math) -> Inline:
    if found.symmetric is not None:
        whole = Math(latex.symbol_latex(found.symmetric))
        if not found.common:
            return say("claim_iff_symmetric_plain", matrix=whole)
        return say("claim_iff_symmetric", matrix=whole, common=common)
    if not found.common or not found.left or not found.right:
        return ()
    left, right = map(latex.terms_latex, (found.left, found.right))
    return say("claim_iff_wherever", equation=Math(f"{left} = {right}"), common=common)


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


def factors(expr: MatrixExpr) -> list[MatrixExpr]:
    """Factors of a matrix product, transposes taken off."""
    if isinstance(expr, MatMul):
        return [*factors(expr.left), *factors(expr.right)]
    return [expr.arg if isinstance(expr, Transpose) else expr]


def survives(case: Case) -> Section | None:
    """Which conclusions do not see the mistake."""
    if not _same_factors(case):
        return None
    return Section("survives", say("survives_title"), tuple(_norms(case)))


def product_over_time(case: Case) -> Section | None:
    """The order of the factors over two steps, in each layout."""
    if case.two_steps is None:
        return None
    return Section("product", say("product_title"), tuple(_product(case)))


def _same_factors(case: Case) -> bool:
    verdict, formula = case.verdict(Layout.NUMERATOR), case.formula(Layout.NUMERATOR)
    if verdict is None or formula is None or case.paper.bound is None:
        return False
    if case.main.word(Layout.NUMERATOR) != "word_refuted":
        return False
    true, claimed = (
        sorted(map(repr, factors(f.expr))) for f in (formula, verdict.claim)
    )
    return true == claimed


def _norms(case: Case) -> list[Block]:
    verdict, formula = case.verdict(Layout.NUMERATOR), case.formula(Layout.NUMERATOR)
    assert verdict is not None
    assert formula is not None
    assert case.paper.bound is not None
    shown = join(math(latex.matrix_latex(f)) for f in factors(formula.expr))
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
    name, turned = latex.symbol_latex(symbol), latex.symbol_latex(symbol, mark=r"\top")
    one = max(sum(map(abs, column)) for column in columns)
    infinity = max(sum(map(abs, row)) for row in value)
    bar = r"\lVert {} \rVert_1 = {}"
    return say(
        "survives_other",
        one=Math(bar.format(name, one)),
        turned=Math(bar.format(turned, infinity)),
    )


def _product(case: Case) -> list[Block]:
    two = case.two_steps
    assert two is not None
    left = whole_derivative(two)
    lines = [
        Line(left, two.matrix(layout).latex(), plain(f"survives_order_{layout.value}"))
        for layout in Layout
    ]
    intro = say(
        "survives_product",
        before=Math(latex.symbol_latex(two.wrt)),
        after=Math(latex.symbol_latex(two.of)),
    )
    return [Paragraph(intro), Align(tuple(lines))]


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


def checked(case: Case) -> Section:
    """How the verdict was checked, so that the page can be made again."""
    found = [v for v in map(case.verdict, Layout) if v is not None]
    points = min((v.derived_points for v in found), default=0)
    arithmetic = "checked_ball" if any(v.balls for v in found) else "checked_rational"
    steps = str(len(case.jacobian.steps))
    items = [
        say("checked_replay", steps=steps),
        say("checked_points", points=str(points), arithmetic=plain(arithmetic)),
        say("checked_refuted"),
    ]
    hypotheses = dict.fromkeys(h for v in found for h in v.hypotheses)
    if hypotheses:
        items.append(say("checked_hypotheses", hypotheses=", ".join(hypotheses)))
    items.append(say("checked_again", command=f"symjac prove {case.paper.key}"))
    return Section("checked", say("checked_title"), (Items(tuple(items)),))
