"""From a paper to a `ProofView`: the order of the argument, and the verdict."""

from __future__ import annotations

from dataclasses import replace

from symjac.claims.adjudicate import Verdict, derived_formula
from symjac.diagnosis.diagnose import diagnose
from symjac.document import document as doc
from symjac.exposition import judgements, sections, through_time
from symjac.exposition.answer import answer, meaning
from symjac.exposition.case import Facts, Judged
from symjac.exposition.diagnosis import diagnosis_section
from symjac.exposition.entries import at_entry
from symjac.exposition.norms import norms
from symjac.exposition.pictures import pictures
from symjac.exposition.verdicts import claim
from symjac.jacobian import Jacobian
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import Layout, Time
from symjac.typeset import latex
from symjac.typeset.notation import notation


def proof_view(case: Facts, *, plots: bool = False) -> doc.ProofView:
    """Everything the templates need, in the order of the argument.

    Args:
        case: the claim, judged.
        plots: add the section of pictures.
    """
    paper = case.paper
    authors = names(paper.authors)
    citation = doc.say(
        "citation", authors=authors, year=str(paper.year), title=paper.title
    )
    if paper.venue:
        citation = (*citation, *doc.text(f" {paper.venue}."))
    if paper.arxiv:
        citation = (*citation, *doc.text(" "), *doc.say("arxiv", arxiv=paper.arxiv))
    short = names(tuple(author.split()[-1] for author in paper.authors))
    title = doc.say(
        "title", label=case.claim.label, authors=short, year=str(paper.year)
    )
    return doc.ProofView(
        paper.key,
        title,
        doc.text(paper.question),
        citation,
        answer(case) or verdict(case),
        (*_sections(case), *_appendix(case, plots=plots)),
        doc.say("footer"),
    )


def names(authors: tuple[str, ...]) -> str:
    """Authors in running text."""
    if len(authors) < 2:
        return "".join(authors)
    return f"{', '.join(authors[:-1])} {doc.plain('adhoc_and')} {authors[-1]}"


def _sections(case: Facts) -> list[doc.Section]:
    """The derivation, and the claim beside it."""
    jacobian = case.jacobian
    intro = doc.say("equation_matrix", label=case.paper.equations.label)
    found: list[doc.Section | None] = [
        sections.notation(jacobian, case.paper.symbols, case.paper.notation),
        sections.equation(jacobian, intro),
        sections.derivative(jacobian),
    ]
    if sections.is_matrix(jacobian):
        found += [network(case), sections.matrix(jacobian)]
    if case.main.judgement is not None:
        judgement = case.main.judgement
        for layout in Layout:
            section = claim(jacobian, judgement[layout])
            said = (*section.blocks, *meaning(case, layout))
            found.append(replace(section, blocks=said))
        found.append(diagnosis_section(jacobian, diagnose(judgement)))
    if case.siblings:
        found.append(judgements.siblings(case))
    found.append(through_time.corrected(case))
    return [section for section in found if section is not None]


def _appendix(case: Facts, *, plots: bool) -> list[doc.Section]:
    """What the source concludes, its printed forms, and how all was checked."""
    found: list[doc.Section | None] = [
        through_time.products(case),
        through_time.sums(case),
        norms(case),
        pictures(case) if plots else None,
        judgements.variants(case) if case.variants or case.others else None,
        judgements.quoted(case),
    ]
    found.append(judgements.checked(case, plots=plots))
    return [replace(one, is_appendix=True) for one in found if one is not None]


def verdict(case: Facts) -> doc.Callout:
    """The verdict in two sentences, after the claim as it is printed."""
    blocks: list[doc.Block] = []
    if case.claim.printed:
        blocks += [doc.Paragraph(doc.say("quoted_as")), doc.Display(case.claim.printed)]
    label, main, jacobian = case.claim.label, case.main, case.jacobian
    sentence = (*judgement_in_words(label, main), *doc.text(" "), *truth(jacobian))
    blocks.append(doc.Paragraph(sentence))
    if case.claim.layout_note:
        blocks.append(
            doc.Paragraph(
                (*doc.text(case.claim.layout_note), *stated(case.claim.layout, main))
            )
        )
    tone = "right" if "word_proved" in outcomes(main) else "wrong"
    return doc.Callout(tone, doc.say("verdict_title"), tuple(blocks))


def stated(stated_layout: str, main: Judged) -> doc.Inline:
    """The verdict in the layout that the source itself uses."""
    layouts = [layout for layout in Layout if layout.value == stated_layout]
    return tuple(
        part
        for layout in layouts
        for part in (
            *doc.text(" "),
            *doc.say(
                "stated_layout",
                layout=doc.layout_word(layout),
                verdict=doc.words()[main.word(layout)],
            ),
        )
    )


def outcomes(main: Judged) -> tuple[str, str]:
    """The keys of the words for the two verdicts."""
    return main.word(Layout.NUMERATOR), main.word(Layout.DENOMINATOR)


def judgement_in_words(label: str, main: Judged) -> doc.Inline:
    """The verdicts in one sentence."""
    label = label[0].upper() + label[1:]
    first, second = outcomes(main)
    if first == second == "word_refuted":
        return doc.say("both_refuted", label=label)
    if first == second == "word_proved":
        return doc.say("both_proved", label=label)
    if main.judgement is None:
        return doc.say("not_well_formed", label=label, message=main.message)
    return doc.say(
        "mixed", label=label, first=doc.words()[first], second=doc.words()[second]
    )


def truth(jacobian: Jacobian) -> doc.Inline:
    """The derivative, as matrices where it has such a form."""
    found = [derived_formula(jacobian, layout) for layout in Layout]
    if found[0] is None or found[1] is None:
        component = latex.terms_latex(jacobian.terms)
        return doc.say(
            "truth_component",
            component=doc.Math(f"{sections.derivative_entry(jacobian)} = {component}"),
        )
    one, two = (doc.Math(formula.latex()) for formula in found if formula is not None)
    return doc.say("truth_two", numerator=one, denominator=two)


def network(case: Facts) -> doc.Section | None:
    """The picture for two units, where there is one weight per pair of units."""
    jacobian = case.jacobian
    weight = sections.weight_of(jacobian)
    of, wrt = jacobian.of, jacobian.wrt
    if weight is None or of.time is None or wrt.time is None:
        return None
    assert isinstance(weight.matrix, m.Symbol)
    edges = tuple(
        _edge(case, weight.matrix, target, source)
        for target in (1, 2)
        for source in (1, 2)
    )
    before, after = str(wrt.time), str(of.time)
    lit = latex.entry_at(weight.matrix, "12")
    steps = {"before": doc.Math(before), "after": doc.Math(after)}
    picture = doc.Network(
        _units(wrt),
        _units(of),
        (before, after),
        edges,
        (1, 2),
        doc.say("network_caption", weight=doc.Math(lit), **steps),
        sections.whole_derivative(jacobian),
        doc.say("network_hint"),
        f"{case.paper.key}-network.svg",
        doc.plain("network_step"),
    )
    row, column = (doc.Math(latex.index_latex(i)) for i in jacobian.free)
    carried = doc.Math(latex.entry_latex(weight))
    intro = doc.say("network_intro", source=column, target=row, weight=carried, **steps)
    blocks: list[doc.Block] = [doc.Paragraph(intro), picture]
    if of.time.base is not None:
        blocks += _sentence(case)
    blocks.append(doc.Paragraph(doc.say("network_conclusion")))
    return doc.Section("network", doc.say("network_title"), tuple(blocks))


def _units(symbol: m.Symbol) -> tuple[str, ...]:
    """Labels that fit into a circle; which step it is stands below in any case."""
    if notation().time == "plain":
        symbol = replace(symbol, time=None)
    return tuple(latex.entry_at(symbol, str(n)) for n in (1, 2))


def _edge(case: Facts, matrix: m.Symbol, target: int, source: int) -> doc.Edge:
    places = (str(target), str(source))
    free = case.jacobian.free
    truth = latex.terms_latex(at_entry(case.jacobian.terms, free, places))
    readings = []
    for found in map(case.verdict, Layout):
        if found is not None and found.claimed_terms:
            shown = latex.terms_latex(at_entry(found.claimed_terms, free, places))
            readings.append((_reading_label(case, found), shown))
    weight = latex.entry_at(matrix, "".join(places))
    return doc.Edge(target, source, weight, truth, tuple(readings))


def _reading_label(case: Facts, found: Verdict) -> doc.Inline:
    return doc.say(
        "network_claim", label=case.claim.label, layout=doc.layout_word(found.layout)
    )


def _sentence(case: Facts) -> list[doc.Block]:
    jacobian = case.jacobian
    time = jacobian.of.time
    assert time is not None
    assert time.base is not None

    def second(expr: m.MatrixExpr) -> m.MatrixExpr:
        return m.shift(expr, Time(time.base, 0), Time(None, 2))

    def numbered(terms: ix.Terms) -> str:
        placed = at_entry(terms, jacobian.free, ("1", "2"))
        return latex.terms_latex(ix.map_matrices(placed, second))

    ends = []
    for symbol, indices in (
        (jacobian.of, jacobian.of_indices),
        (jacobian.wrt, jacobian.by_indices),
    ):
        form: ix.Terms = (ix.Term(factors=(ix.Entry(symbol, indices),)),)
        place = "1" if symbol == jacobian.of else "2"
        ends.append(
            latex.terms_latex(
                ix.map_matrices(at_entry(form, indices, (place,)), second)
            )
        )
    left = latex.fraction(*ends)
    sentence = doc.say("network_sentence", step=doc.Math(f"{time.base} = 2"))
    return [
        doc.Paragraph(sentence),
        doc.Display(f"{left} = {numbered(jacobian.terms)}."),
    ]
