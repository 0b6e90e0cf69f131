"""The answer on one screen: why a transposed recurrent Jacobian is wrong, and whence.

It is given where every sentence of it holds: the derivative is one weight times the
slope of the sender, the claim is the transposed weights times these slopes, refuted
in both layouts, and right for a neighbouring recurrence with rows of the old state.
"""

from __future__ import annotations

from dataclasses import replace

from symjac.claims.adjudicate import Outcome, Verdict
from symjac.document import document as doc
from symjac.document.markup import Value, blocks
from symjac.exposition import sections
from symjac.exposition.case import Facts, SiblingCase
from symjac.exposition.entries import at_entry
from symjac.exposition.judgements import same_factors
from symjac.exposition.through_time import sentence, steps_said
from symjac.jacobian import Jacobian
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import Layout, Time
from symjac.typeset import latex

WEIGHTS, SLOPES = ((1, 2), (3, 4)), (1, 0)  # of the unit that is switched off


def answer(case: Facts) -> doc.Callout | None:
    """The box on top of a document, or None where it would not be true."""
    sibling = _sibling(case)
    weight = sections.weight_of(case.jacobian)
    if sibling is None or weight is None or not _is_transposed(case, weight):
        return None
    facts: dict[str, Value] = {
        **_edge(case, weight),
        **_table(case, sibling),
        **_tests(case, weight),
        **_spectrum(case, weight),
        "sibling": sibling.sibling.label,
        "keeps_bound": "yes" if same_factors(case) else "",
        "printed": doc.Math(case.claim.printed) if case.claim.printed else "",
        "layout_note": case.claim.layout_note,
    }
    remarks = tuple(doc.Paragraph(doc.prose(one)) for one in case.paper.remarks)
    shown = (*blocks("answer", facts), *remarks)
    return doc.Callout("wrong answer", doc.say("answer_title"), shown)


def meaning(case: Facts, layout: Layout) -> tuple[doc.Block, ...]:
    """What the claim in a layout would mean on the network, and when it is right."""
    weight = sections.weight_of(case.jacobian)
    if weight is None or not _is_transposed(case, weight):
        return ()
    jacobian, (row, column) = case.jacobian, case.jacobian.free
    (slope,) = (f for f in jacobian.terms[0].factors if isinstance(f, ix.Apply))
    assert isinstance(weight.matrix, m.Symbol)
    shown = {
        "of": latex.entry_latex(ix.Entry(jacobian.of, jacobian.of_indices)),
        "by": latex.entry_latex(ix.Entry(jacobian.wrt, jacobian.by_indices)),
        "row": latex.index_latex(row),
        "column": latex.index_latex(column),
        "state": latex.symbol_latex(jacobian.wrt),
        "weights": latex.symbol_latex(weight.matrix),
        "function": latex.function_latex(slope.function, slope.order - 1),
    }
    facts = {key: doc.Math(value) for key, value in shown.items()}
    keys = (f"claim_means_{layout.value}", f"claim_always_{layout.value}")
    return tuple(doc.Paragraph(doc.say(key, **facts)) for key in keys)


def _sibling(case: Facts) -> SiblingCase | None:
    """The first neighbouring recurrence whose claim is right with old-state rows."""
    for found in case.siblings if case.recurrence else ():
        judgement = found.moved.judgement
        if judgement is None:
            continue
        if judgement[Layout.DENOMINATOR].outcome is Outcome.PROVED:
            return found
    return None


def _is_transposed(case: Facts, weight: ix.Entry) -> bool:
    """Whether the claim is W_kj times the slope at k, or W_jk times that at j."""
    (term,), (row, column) = case.jacobian.terms, case.jacobian.free
    others = [f for f in term.factors if f != weight]
    if len(others) != 1 or not isinstance(others[0], ix.Apply) or not others[0].order:
        return False
    slope: ix.Factor = others[0]
    turned: ix.Factor = replace(weight, indices=(column, row))
    moved = ix.rename_factor(slope, {column: row})
    return all(
        verdict is not None
        and verdict.outcome is Outcome.REFUTED
        and _is_product(verdict, factors)
        for verdict, factors in (
            (case.verdict(Layout.NUMERATOR), {turned, slope}),
            (case.verdict(Layout.DENOMINATOR), {weight, moved}),
        )
    )


def _is_product(verdict: Verdict, factors: set[ix.Factor]) -> bool:
    terms = verdict.claimed_terms or ()
    return (
        len(terms) == 1
        and terms[0] == ix.Term(factors=terms[0].factors)
        and (set(terms[0].factors) == factors)
    )


def _edge(case: Facts, weight: ix.Entry) -> dict[str, Value]:
    """What one unit takes from another, and how fast that changes."""
    (term,), (row, column) = case.jacobian.terms, case.jacobian.free
    (slope,) = (f for f in term.factors if isinstance(f, ix.Apply))
    amount = (ix.Term(factors=(weight, replace(slope, order=slope.order - 1))),)
    read = {
        key: doc.Math(latex.terms_latex(verdict.claimed_terms or ()))
        for key, layout in (
            ("read_new", Layout.NUMERATOR),
            ("read_old", Layout.DENOMINATOR),
        )
        if (verdict := case.verdict(layout)) is not None
    }
    return {
        "sentence": sentence(case.claim.label),
        "row": doc.Math(latex.index_latex(row)),
        "column": doc.Math(latex.index_latex(column)),
        "amount": doc.Math(latex.terms_latex(amount)),
        "entry": doc.Math(sections.derivative_entry(case.jacobian)),
        "component": doc.Math(latex.terms_latex(case.jacobian.terms)),
        "here": doc.Math(latex.symbol_latex(case.jacobian.wrt)),
        **read,
    }


def _table(case: Facts, sibling: SiblingCase) -> dict[str, Value]:
    """Both recurrences in both layouts, and the claim, with one letter for slopes."""
    judgement = sibling.moved.judgement
    assert judgement is not None
    claim = _claim(case)
    facts: dict[str, Value] = {
        "claim": doc.Math(_short(case, claim)),
        "moved": doc.Math(judgement.claim.latex()),
        "short": doc.Math(latex.symbol_latex(_slopes_symbol(case))),
        "slopes": doc.Math(latex.matrix_latex(_diagonal(claim))),
        "other_slopes": doc.Math(latex.matrix_latex(_diagonal(judgement.claim.expr))),
    }
    for key, jacobian in (("main", case.jacobian), ("other", sibling.jacobian)):
        facts[key] = doc.Math(
            f"{latex.symbol_latex(jacobian.of)} = {latex.matrix_latex(_core(jacobian))}"
        )
        for rows, layout in (("new", Layout.NUMERATOR), ("old", Layout.DENOMINATOR)):
            shown = _short(case, jacobian.matrix(layout).expr)
            facts[f"{key}_{rows}"] = doc.Math(shown)
    return facts


def _claim(case: Facts) -> m.MatrixExpr:
    verdict = case.verdict(Layout.DENOMINATOR)
    assert verdict is not None
    return verdict.claim.expr


def _diagonal(expr: m.MatrixExpr) -> m.MatrixExpr:
    return next(part for part in m.walk(expr) if isinstance(part, m.Diag))


def _slopes_symbol(case: Facts) -> m.Symbol:
    name = case.jacobian.program.fresh("D", "S", "F")
    return m.Symbol(name, _diagonal(_claim(case)).shape)


def _short(case: Facts, expr: m.MatrixExpr) -> str:
    """A product with one letter for the diagonal matrix of slopes."""
    symbol = _slopes_symbol(case)
    found = (symbol if isinstance(f, m.Diag) else f for f in m.factors(expr))
    return latex.matrix_latex(m.join(tuple(found)))


def _core(jacobian: Jacobian) -> m.MatrixExpr:
    """The recurrence without the summands that do not depend on the earlier state."""
    values: dict[m.Symbol, m.MatrixExpr] = {}
    for defined in jacobian.program.definitions:
        body = m.substitute(defined.body, values)
        if isinstance(body, m.Add):
            kept = tuple(t for t in body.terms if jacobian.wrt in m.symbols(t))
            body = kept[0] if len(kept) == 1 else m.Add(kept) if kept else body
        values[defined.symbol] = body
    return values[jacobian.of]


def _tests(case: Facts, weight: ix.Entry) -> dict[str, Value]:
    """An edge is cut, and a unit is switched off; what the claim still has there."""
    jacobian, verdict = case.jacobian, case.verdict(Layout.NUMERATOR)
    assert verdict is not None
    assert isinstance(weight.matrix, m.Symbol)
    left_over = at_entry(verdict.claimed_terms or (), jacobian.free, ("1", "2"))
    off = [WEIGHTS[new][1] * SLOPES[new] for new in (0, 1)]
    matrix = latex.symbol_latex(weight.matrix)
    slopes = latex.symbol_latex(_slopes_symbol(case))
    point = r"\begin{pmatrix} 1 \\ -1 \end{pmatrix}"
    return {
        "no_weight": doc.Math(f"{latex.entry_at(weight.matrix, '12')} = 0"),
        "unit_1": doc.Math(latex.entry_at(jacobian.of, "1")),
        "unit_2": doc.Math(latex.entry_at(jacobian.wrt, "2")),
        "left_over": doc.Math(latex.terms_latex(left_over)),
        "point": doc.Math(f"{latex.symbol_latex(jacobian.wrt)} = {point}"),
        "dead": doc.Math(f"{slopes} = {_numbers(((SLOPES[0], 0), (0, SLOPES[1])))}"),
        "off_row": doc.Math(f"({off[0]}, {off[1]})"),
        "weights": doc.Math(f"{matrix} = {_numbers(WEIGHTS)}"),
    }


def _numbers(values: tuple[tuple[int, ...], ...]) -> str:
    rows = r" \\ ".join(" & ".join(map(str, row)) for row in values)
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"


def _spectrum(case: Facts, weight: ix.Entry) -> dict[str, Value]:
    """The products over time: the same factors, one of them at the wrong end.

    With M = D_s W^T D_(s+1) ... W^T D_(t-1) the products are M W^T and W^T M, and
    A B and B A have the same nonzero eigenvalues (Horn and Johnson, 1.3.22).
    """
    found = case.recurrence
    assert found is not None
    assert isinstance(weight.matrix, m.Symbol)
    matrix = latex.symbol_latex(weight.matrix)
    turned = latex.transposed_latex(weight.matrix)
    said, slopes = steps_said(found), _slopes_symbol(case)
    middle = latex.name_latex(case.jacobian.program.fresh("M", "P", "Q"), bold=True)
    first = Time(said["step"].content, 0)
    at = [
        latex.symbol_latex(replace(slopes, time=time))
        for time in (first, first.later(1), found.time.later(-1))
    ]
    chain = rf"{at[0]}\,{turned}\,{at[1]}\,\cdots\,{turned}\,{at[2]}"
    norms = (rf"\lVert {shown} \rVert_2" for shown in (turned, matrix))
    formulas = {
        "gram": rf"{turned}\,{matrix}",
        "gram_turned": rf"{matrix}\,{turned}",
        "norms_agree": " = ".join(norms),
        "true_product": rf"{middle}\,{turned}",
        "claimed_product": rf"{turned}\,{middle}",
        "middle": f"{middle} = {chain}",
        "spectrum_example": rf"{matrix} = {_numbers(((0, 2), (0, 0)))},"
        rf"\ {middle} = {_numbers(((1, 0), (0, 0)))}",
    }
    shown: dict[str, Value] = {k: doc.Math(v) for k, v in formulas.items()}
    return {**shown, "step": said["step"], "own": said["own"]}
