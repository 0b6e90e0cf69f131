"""The argument through time: products, sums, and the equations of a source about them.

The order of the factors is lifted from the chain rule in index form, for the product
over time and for the double sum alike; nothing here knows it beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from symjac.calculus.lift import Arrangement, lift
from symjac.claims.adjudicate import Outcome
from symjac.document import document as doc
from symjac.exposition.case import Facts
from symjac.exposition.verdicts import counterexample
from symjac.jacobian import taken_names
from symjac.recurrence.products import (
    EARLIER,
    TransitionProduct,
    one_step_latex,
    one_step_name,
    product_over_time,
)
from symjac.recurrence.recurrence import Recurrence
from symjac.recurrence.sums import gradient
from symjac.rewrite.rule import Context
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import Kind, Layout, Time, column, matrix, row
from symjac.typeset import latex

THETA = r"\theta"
FACTORS = {"loss": "e", "state": "P", "immediate": "S"}
STEPS = 2  # over which the product of the claimed factors is judged


def products(case: Facts) -> doc.Section | None:
    """The Jacobian over many steps: the order of its factors; the claimed product."""
    found = case.recurrence
    if found is None:
        return None
    name = latex.name_latex(one_step_name(found), bold=True)
    blocks: list[doc.Block] = [
        doc.Paragraph(doc.say("product_chain", **steps_said(found))),
        doc.Display(_chain_rule(found)),
        doc.Paragraph(doc.say("product_order", jacobian=doc.Math(name))),
        doc.Align(tuple(_steps(found))),
        doc.Paragraph(doc.say("product_induction", **steps_said(found))),
        doc.Align(tuple(_whole(found))),
        doc.Paragraph(doc.say("product_two", **_ends(found))),
        doc.Align(tuple(_unrolled(found))),
    ]
    if case.main.judgement is not None:
        blocks += _judged(case, found)
    return doc.Section("product", doc.say("product_title"), tuple(blocks))


def _products(found: Recurrence) -> list[TransitionProduct]:
    return [product_over_time(found, layout) for layout in Layout]


def _earlier(found: Recurrence) -> str:
    """A letter for an earlier step."""
    return found.program.fresh(*EARLIER)


def steps_said(found: Recurrence) -> dict[str, doc.Math]:
    """The step of the states, an earlier one, and what is said of both."""
    own, first = str(found.time), _earlier(found)
    said = {
        "own": own,
        "before": str(found.time.later(-1)),
        "step": first,
        "next": f"{own} = {first}+1",
        "lag": f"{own}-{first}",
        "later": f"{own} > {first}",
    }
    return {key: doc.Math(value) for key, value in said.items()}


def _first(found: Recurrence) -> m.Symbol:
    """The state at an earlier step."""
    return replace(found.state(), time=Time(_earlier(found), 0))


def _indices(found: Recurrence) -> tuple[ix.Index, ix.Index, ix.Index]:
    """Indices of the state that are no letters of time, and nothing else."""
    dim = found.state().shape.dims[0]
    used = taken_names(found.program) | {_earlier(found)}
    known = dict.fromkeys((*"jkl", *ix.INDEX_NAMES))
    letters = [letter for letter in known if letter not in used]
    j, k, mid = (ix.Index(letter, dim) for letter in letters[:3])
    return j, k, mid


def _chain_rule(found: Recurrence) -> str:
    """The chain rule between components of a late, the last, and a first step."""
    state = found.state()
    dim = state.shape.dims[0]
    j, k, mid = _indices(found)
    before, first = state.later(-1), _first(found)
    left = latex.derivative_latex(state, (j,), first, (k,))
    one = latex.derivative_latex(state, (j,), before, (mid,))
    rest = latex.derivative_latex(before, (mid,), first, (k,))
    size = latex.dim_latex(dim)
    sign = rf"\sum_{{{latex.index_latex(mid)}=1}}^{{{size}}}"
    return rf"{left} = {sign} {latex.beside(one)}\,{latex.beside(rest)}"


def _steps(found: Recurrence) -> list[doc.Line]:
    """The chain rule under each layout: where the factor of the latest step stands."""
    lines = []
    before, first = found.state().later(-1), _first(found)
    names = {
        "J": _one_step(found),
        "P": latex.beside(latex.fraction(*map(latex.symbol_latex, (before, first)))),
    }
    whole = whole_over_time(found)
    for product in _products(found):
        expr = product.chain.expr
        assert isinstance(expr, m.MatMul)
        sides = (s.name for s in (expr.left, expr.right) if isinstance(s, m.Symbol))
        reason = doc.plain(f"product_order_in_{product.layout.value}")
        lines.append(doc.Line(whole, r"\,".join(names[s] for s in sides), reason))
    return lines


def whole_over_time(found: Recurrence) -> str:
    """The derivative of the state by the one at an earlier step, as a fraction."""
    ends = (found.state(), _first(found))
    return latex.fraction(*map(latex.symbol_latex, ends))


def _whole(found: Recurrence) -> list[doc.Line]:
    """The product over all steps, with dots, and the one-step Jacobian."""
    whole = whole_over_time(found)
    lines = []
    for product in _products(found):
        reason = doc.plain(f"product_in_{product.layout.value}")
        lines.append(doc.Line(whole, product.dotted("s"), reason))
        factor = latex.matrix_latex(product.factor.expr)
        lines.append(doc.Line(_one_step(found), factor, ""))
    return lines


def _ends(found: Recurrence) -> dict[str, doc.Math]:
    state = found.state()
    return {
        "before": doc.Math(latex.symbol_latex(state.later(-STEPS))),
        "after": doc.Math(latex.symbol_latex(state)),
    }


def _unrolled(found: Recurrence) -> list[doc.Line]:
    state = found.state()
    left = latex.fraction(*map(latex.symbol_latex, (state, state.later(-STEPS))))
    return [
        doc.Line(
            left,
            product.unrolled(STEPS).latex(),
            doc.plain(f"product_in_{product.layout.value}"),
        )
        for product in _products(found)
    ]


def _judged(case: Facts, found: Recurrence) -> list[doc.Block]:
    """The verdict on the product of the claimed factors, entry by entry."""
    items = []
    for product in _products(found):
        one_step = case.verdict(product.layout)
        if one_step is None or one_step.outcome is Outcome.ILL_TYPED:
            continue
        verdict = product.judge(case.claim.formula, STEPS)[product.layout]
        layout = doc.plain(f"name_{product.layout.value}")
        word = doc.words()[f"word_{verdict.outcome.value}"]
        if (example := verdict.counterexample) is None:
            items.append(doc.say("product_verdict", layout=layout, word=word))
            continue
        shown = counterexample(example)
        items.append(
            doc.say("product_refuted", layout=layout, word=word, example=shown)
        )
    return [
        doc.Paragraph(doc.say("product_claim", steps=str(STEPS))),
        doc.Items(tuple(items)),
    ]


def sums(case: Facts) -> doc.Section | None:
    """The gradient as a double sum, its order, and backpropagation through time."""
    found, labels = case.recurrence, case.paper.through_time
    if found is None or not labels or found.time.base is None:
        return None
    found = found.at(Time(found.time.base, 0))
    said = steps_said(found)
    weight = next(p for p in found.parameters if p.shape.kind is Kind.MATRIX)
    blocks: list[doc.Block] = [
        doc.Paragraph(doc.say("sums_linear", label=sentence(labels["sum"]))),
        doc.Paragraph(
            doc.say("sums_double", label=sentence(labels["double_sum"]), **said)
        ),
        doc.Display(_double_sum(found)),
        doc.Paragraph(doc.say("sums_order", label=labels["double_sum"])),
        doc.Align(tuple(_summand(found, layout) for layout in Layout)),
        doc.Paragraph(_order_verdict(case)),
        doc.Paragraph(
            doc.say("sums_immediate", weight=doc.Math(latex.symbol_latex(weight)))
        ),
        doc.Display(_immediate(found, weight)),
        doc.Paragraph(_delta(found)),
        doc.Align(tuple(_recursions(found, weight))),
        doc.Paragraph(doc.say("sums_gradients")),
        doc.Align(tuple(_gradients(found))),
        doc.Paragraph(doc.say("sums_truncated", **said)),
    ]
    return doc.Section("sums", doc.say("sums_title"), tuple(blocks))


def _delta(found: Recurrence) -> doc.Inline:
    """What the recursion runs over, as `gradient` names it."""
    dim, fresh = found.state().shape.dims[0], found.program.fresh
    delta, loss = (
        m.Symbol(fresh(name), column(dim), found.time) for name in ("delta", "e")
    )
    end = replace(delta, time=Time(_last(found), 1))
    return doc.say(
        "sums_delta",
        delta=doc.Math(latex.symbol_latex(delta)),
        loss=doc.Math(latex.symbol_latex(loss)),
        name=doc.Math(latex.symbol_latex(replace(delta, time=None))),
        last=doc.Math(f"{latex.symbol_latex(end)} = 0"),
        **steps_said(found),
    )


def _last(found: Recurrence) -> str:
    """A letter for the last step."""
    return found.program.fresh("T", "N", "L")


def _loss(found: Recurrence) -> str:
    return rf"\mathcal{{E}}_{{{found.time}}}"


def sentence(label: str) -> str:
    """A label at the start of a sentence."""
    return label[:1].upper() + label[1:]


def _double_sum(found: Recurrence) -> str:
    state = found.state()
    dim = state.shape.dims[0]
    j, _, mid = _indices(found)
    first = _first(found)
    at_j = latex.entry_latex(ix.Entry(state, (j,)))
    at_l = latex.entry_latex(ix.Entry(first, (mid,)))
    between = latex.derivative_latex(state, (j,), first, (mid,))
    size = latex.dim_latex(dim)
    sums = " ".join(
        rf"\sum_{{{latex.index_latex(index)}=1}}^{{{size}}}" for index in (j, mid)
    )
    immediate = _immediate_fraction(at_l, THETA)
    chain = (latex.fraction(_loss(found), at_j), between, immediate)
    left = latex.fraction(_loss(found), THETA)
    return f"{left} = {_over(found)} {sums} {_product(chain)}"


def _over(found: Recurrence) -> str:
    """The sum over all steps up to that of the states."""
    return rf"\sum_{{{_earlier(found)} \leq {found.time}}}"


def ordered(layout: Layout) -> m.MatrixExpr:
    """sum_j sum_l e_j P_{jl} S_{lp} for a vector theta, lifted under a layout."""
    j, mid, p = ix.Index("j", "n"), ix.Index("l", "n"), ix.Index("p", "m")
    swap = layout is Layout.DENOMINATOR
    loss = m.Symbol("e", column("n") if swap else row("n"))
    state = m.Symbol("P", matrix("n", "n"))
    immediate = m.Symbol("S", matrix("m", "n") if swap else matrix("n", "m"))

    def entry(symbol: m.Symbol, above: ix.Index, below: ix.Index) -> ix.Entry:
        return ix.Entry(symbol, (below, above) if swap else (above, below))

    factors = (ix.Entry(loss, (j,)), entry(state, j, mid), entry(immediate, mid, p))
    terms: ix.Terms = (ix.Term(ix.ONE, factors, (j, mid)),)
    target = Arrangement((p,), column("m") if swap else row("m"))
    return lift(terms, target, Context(ix.IndexSupply.beyond(terms))).expr


def names_in(expr: m.MatrixExpr) -> list[str]:
    """The factors of a product of symbols."""
    if isinstance(expr, m.MatMul):
        return [*names_in(expr.left), *names_in(expr.right)]
    return [expr.name] if isinstance(expr, m.Symbol) else ["?"]


def _summand(found: Recurrence, layout: Layout) -> doc.Line:
    state, first = (latex.symbol_latex(s) for s in (found.state(), _first(found)))
    shown = {
        "e": latex.fraction(_loss(found), state),
        "P": latex.fraction(state, first),
        "S": _immediate_fraction(first, THETA),
    }
    order = _product(shown[name] for name in names_in(ordered(layout)))
    reason = doc.plain(f"product_in_{layout.value}")
    loss, over = latex.fraction(_loss(found), THETA), _over(found)
    return doc.Line(loss, f"{over} {order}", reason)


def _immediate_fraction(above: str, below: str) -> str:
    """An immediate derivative, with the plus of the source's notation."""
    return latex.ratio(rf"\partial^{{+}} {above}", rf"\partial {below}")


def _product(derivatives: Iterable[str]) -> str:
    return r"\,".join(map(latex.beside, derivatives))


def _one_step(found: Recurrence) -> str:
    return one_step_latex(found, found.time)


def _order_verdict(case: Facts) -> doc.Inline:
    """Whether the factors stand as printed in each layout."""
    found = {
        layout.value: doc.words()["word_proved" if is_right else "word_refuted"]
        for layout, is_right in order_as_printed(case).items()
    }
    return doc.say("sums_verdict", label=case.paper.through_time["double_sum"], **found)


def order_as_printed(case: Facts) -> dict[Layout, bool]:
    """Whether the source's double sum has its factors in the order of each layout."""
    printed = [FACTORS[word] for word in case.paper.through_time["order"].split()]
    return {layout: names_in(ordered(layout)) == printed for layout in Layout}


def _immediate(found: Recurrence, weight: m.Symbol) -> str:
    """The immediate derivative of one component by one weight."""
    jacobian = found.immediate(weight.name)
    above, below = (
        latex.entry_latex(ix.Entry(symbol, indices))
        for symbol, indices in (
            (jacobian.of, jacobian.of_indices),
            (jacobian.wrt, jacobian.by_indices),
        )
    )
    left = _immediate_fraction(above, below)
    return f"{left} = {latex.terms_latex(jacobian.terms)}"


def _recursions(found: Recurrence, weight: m.Symbol) -> list[doc.Line]:
    lines = []
    for layout in Layout:
        rule = gradient(found, weight.name, layout)
        for delta, backward in zip(rule.deltas, rule.backward, strict=True):
            reason = doc.plain(f"product_in_{layout.value}")
            lines.append(doc.Line(latex.symbol_latex(delta), backward.latex(), reason))
    return lines


def _gradients(found: Recurrence) -> list[doc.Line]:
    """The gradient by every parameter, as a sum of what each step adds."""
    lines = []
    for layout in Layout:
        for parameter in found.parameters:
            rule = gradient(found, parameter.name, layout)
            left = latex.fraction(r"\mathcal{E}", latex.symbol_latex(parameter))
            over = rf"\sum_{{{found.time}=1}}^{{{_last(found)}}}"
            right = f"{over} {rule.summand.latex()}"
            lines.append(doc.Line(left, right, doc.plain(f"product_in_{layout.value}")))
    return lines


def corrected(case: Facts) -> doc.Section | None:
    """What the source would print with the derived formula in place of the claim."""
    found, labels = case.recurrence, case.paper.through_time
    verdicts = [case.verdict(layout) for layout in Layout]
    is_wrong = all(v is not None and v.outcome is Outcome.REFUTED for v in verdicts)
    if found is None or not labels or not is_wrong:
        return None
    right = (layout for layout, is_right in order_as_printed(case).items() if is_right)
    layout = next(right, Layout.NUMERATOR)
    product = product_over_time(found, layout)
    whole = whole_over_time(found)
    factor = product.factor.latex()
    blocks: list[doc.Block] = [
        doc.Paragraph(
            doc.say(
                "corrected_claim",
                label=sentence(case.claim.label),
                layout=doc.plain(f"name_{layout.value}"),
                sums=labels["double_sum"],
            )
        ),
        doc.Display(
            rf"{whole} = {product.dotted('s')},\qquad"
            rf" {_one_step(found)} = {factor}"
        ),
    ]
    if (bound := case.paper.bound) is not None:
        blocks.append(
            doc.Paragraph(doc.say("corrected_bound", label=sentence(bound.label)))
        )
    both = f"{labels['sum']} {doc.plain('adhoc_and')} {labels['double_sum']}"
    blocks.append(doc.Paragraph(doc.say("corrected_sums", label=sentence(both))))
    return doc.Section("corrected", doc.say("corrected_title"), tuple(blocks))
