"""From a paper to a `ProofView`: the order of the argument, and the verdict."""

from __future__ import annotations

from dataclasses import replace

from symjac.claims.adjudicate import Verdict, derived_formula
from symjac.claims.diagnose import diagnose
from symjac.expr import latex
from symjac.expr.index import Entry, Term, Terms, map_matrices
from symjac.expr.matrix import MatrixExpr, Symbol, shift
from symjac.expr.notation import notation
from symjac.expr.shape import Layout, Time
from symjac.jacobian import Jacobian
from symjac.render import judgements, sections, through_time
from symjac.render.case import Case, Judged
from symjac.render.diagnosis import diagnosis_section
from symjac.render.document import (
    Block,
    Callout,
    Display,
    Edge,
    Inline,
    Math,
    Network,
    Paragraph,
    ProofView,
    Section,
    layout_word,
    plain,
    say,
    text,
    words,
)
from symjac.render.entries import at_entry
from symjac.render.norms import norms
from symjac.render.pictures import pictures
from symjac.render.verdicts import claim


def proof_view(case: Case, *, plots: bool = False) -> ProofView:
    """Everything the templates need, in the order of the argument.

    Args:
        case: the claim, judged.
        plots: add the section of pictures.
    """
    paper = case.paper
    authors = names(paper.authors)
    citation = say("citation", authors=authors, year=str(paper.year), title=paper.title)
    if paper.venue:
        citation = (*citation, *text(f" {paper.venue}."))
    if paper.arxiv:
        citation = (*citation, *text(" "), *say("arxiv", arxiv=paper.arxiv))
    for version in paper.versions:
        citation = (*citation, *text(f" {version}."))
    short = names(tuple(author.split()[-1] for author in paper.authors))
    title = say("title", label=case.claim.label, authors=short, year=str(paper.year))
    return ProofView(
        paper.key,
        title,
        text(paper.question),
        citation,
        verdict(case),
        tuple(_sections(case, plots=plots)),
        say("footer"),
    )


def names(authors: tuple[str, ...]) -> str:
    """Authors in running text."""
    if len(authors) < 2:
        return "".join(authors)
    return f"{', '.join(authors[:-1])} {plain('adhoc_and')} {authors[-1]}"


def _sections(case: Case, *, plots: bool) -> list[Section]:
    jacobian = case.jacobian
    intro = say("equation_matrix", label=case.paper.equations.label)
    found: list[Section | None] = [
        sections.notation(jacobian, case.paper.symbols),
        sections.equation(jacobian, intro),
        sections.derivative(jacobian),
    ]
    if sections.is_matrix(jacobian):
        picture = network(case)
        found += [picture, sections.matrix(jacobian)]
    if case.main.judgement is not None:
        judgement = case.main.judgement
        found += [claim(jacobian, judgement[layout]) for layout in Layout]
        found.append(diagnosis_section(jacobian, diagnose(judgement)))
    if case.siblings:
        found.append(judgements.siblings(case))
    found += [through_time.products(case), through_time.sums(case)]
    found.append(norms(case) or judgements.survives(case))
    if plots:
        found.append(pictures(case))
    found.append(through_time.corrected(case))
    if case.variants or case.others:
        found.append(judgements.variants(case))
    if case.paper.quoted:
        found.append(judgements.quoted(case))
    found.append(judgements.checked(case, plots=plots))
    return [section for section in found if section is not None]


def verdict(case: Case) -> Callout:
    """The verdict in two sentences, after the claim as it is printed."""
    blocks: list[Block] = []
    if case.claim.printed:
        blocks += [Paragraph(say("quoted_as")), Display(case.claim.printed)]
    label, main, jacobian = case.claim.label, case.main, case.jacobian
    sentence = (*judgement_in_words(label, main), *text(" "), *truth(jacobian))
    blocks.append(Paragraph(sentence))
    if case.claim.layout_note:
        blocks.append(
            Paragraph((*text(case.claim.layout_note), *stated(case.claim.layout, main)))
        )
    tone = "right" if "word_proved" in outcomes(main) else "wrong"
    return Callout(tone, say("verdict_title"), tuple(blocks))


def stated(stated_layout: str, main: Judged) -> Inline:
    """The verdict in the layout that the source itself uses."""
    layouts = [layout for layout in Layout if layout.value == stated_layout]
    return tuple(
        part
        for layout in layouts
        for part in (
            *text(" "),
            *say(
                "stated_layout",
                layout=layout_word(layout),
                verdict=words()[main.word(layout)],
            ),
        )
    )


def outcomes(main: Judged) -> tuple[str, str]:
    """The keys of the words for the two verdicts."""
    return main.word(Layout.NUMERATOR), main.word(Layout.DENOMINATOR)


def judgement_in_words(label: str, main: Judged) -> Inline:
    """The verdicts in one sentence."""
    label = label[0].upper() + label[1:]
    first, second = outcomes(main)
    if first == second == "word_refuted":
        return say("both_refuted", label=label)
    if first == second == "word_proved":
        return say("both_proved", label=label)
    if main.judgement is None:
        return say("not_well_formed", label=label, message=main.message)
    return say("mixed", label=label, first=words()[first], second=words()[second])


def truth(jacobian: Jacobian) -> Inline:
    """The derivative, as matrices where it has such a form."""
    found = [derived_formula(jacobian, layout) for layout in Layout]
    if found[0] is None or found[1] is None:
        component = latex.terms_latex(jacobian.terms)
        return say(
            "truth_component",
            component=Math(f"{sections.derivative_entry(jacobian)} = {component}"),
        )
    one, two = (Math(formula.latex()) for formula in found if formula is not None)
    return say("truth_two", numerator=one, denominator=two)


def network(case: Case) -> Section | None:
    """The picture for two units, where there is one weight per pair of units."""
    jacobian = case.jacobian
    weight = sections.weight_of(jacobian)
    of, wrt = jacobian.of, jacobian.wrt
    if weight is None or of.time is None or wrt.time is None:
        return None
    assert isinstance(weight.matrix, Symbol)
    edges = tuple(
        _edge(case, weight.matrix, target, source)
        for target in (1, 2)
        for source in (1, 2)
    )
    before, after = str(wrt.time), str(of.time)
    lit = latex.entry_at(weight.matrix, "12")
    steps = {"before": Math(before), "after": Math(after)}
    picture = Network(
        _units(wrt),
        _units(of),
        (before, after),
        edges,
        (1, 2),
        say("network_caption", weight=Math(lit), **steps),
        sections.whole_derivative(jacobian),
        say("network_hint"),
        f"{case.paper.key}-network.svg",
        plain("network_step"),
    )
    row, column = (Math(latex.index_latex(i)) for i in jacobian.free)
    carried = Math(latex.entry_latex(weight))
    intro = say("network_intro", source=column, target=row, weight=carried, **steps)
    blocks: list[Block] = [Paragraph(intro), picture]
    if of.time.base is not None:
        blocks += _sentence(case)
    blocks.append(Paragraph(say("network_conclusion")))
    return Section("network", say("network_title"), tuple(blocks))


def _units(symbol: Symbol) -> tuple[str, ...]:
    """Labels that fit into a circle; which step it is stands below in any case."""
    if notation().time == "plain":
        symbol = replace(symbol, time=None)
    return tuple(latex.entry_at(symbol, str(n)) for n in (1, 2))


def _edge(case: Case, matrix: Symbol, target: int, source: int) -> Edge:
    places = (str(target), str(source))
    free = case.jacobian.free
    truth = latex.terms_latex(at_entry(case.jacobian.terms, free, places))
    readings = []
    for found in map(case.verdict, Layout):
        if found is not None and found.claimed_terms:
            shown = latex.terms_latex(at_entry(found.claimed_terms, free, places))
            readings.append((_reading_label(case, found), shown))
    weight = latex.entry_at(matrix, "".join(places))
    return Edge(target, source, weight, truth, tuple(readings))


def _reading_label(case: Case, found: Verdict) -> Inline:
    return say(
        "network_claim", label=case.claim.label, layout=layout_word(found.layout)
    )


def _sentence(case: Case) -> list[Block]:
    jacobian = case.jacobian
    time = jacobian.of.time
    assert time is not None
    assert time.base is not None

    def second(expr: MatrixExpr) -> MatrixExpr:
        return shift(expr, Time(time.base, 0), Time(None, 2))

    def numbered(terms: Terms) -> str:
        placed = at_entry(terms, jacobian.free, ("1", "2"))
        return latex.terms_latex(map_matrices(placed, second))

    ends = []
    for symbol, indices in (
        (jacobian.of, jacobian.of_indices),
        (jacobian.wrt, jacobian.by_indices),
    ):
        form: Terms = (Term(factors=(Entry(symbol, indices),)),)
        place = "1" if symbol == jacobian.of else "2"
        ends.append(
            latex.terms_latex(map_matrices(at_entry(form, indices, (place,)), second))
        )
    left = latex.fraction(*ends)
    sentence = say("network_sentence", step=Math(f"{time.base} = 2"))
    return [Paragraph(sentence), Display(f"{left} = {numbered(jacobian.terms)}.")]
