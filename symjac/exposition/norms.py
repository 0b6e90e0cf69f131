"""What norms say of a product over time, and what a wrong formula keeps of it."""

from __future__ import annotations

from symjac.document import document as doc
from symjac.errors import SymjacError
from symjac.exposition.case import Facts
from symjac.exposition.judgements import same_factors
from symjac.exposition.through_time import sentence, steps_said, whole_over_time
from symjac.recurrence.bounds import Bound, bound
from symjac.recurrence.compare import Survival, survives
from symjac.recurrence.estimate import size_latex
from symjac.recurrence.theorems import Theorem, exploding, vanishing
from symjac.terms import matrix as m
from symjac.typeset import latex

NORMS = {"2": "norm_2", "F": "norm_f", "1": "norm_1", "inf": "norm_inf"}
Integers = tuple[tuple[int, ...], ...]


def norms(case: Facts) -> doc.Section | None:
    """The bound over time, what follows from it, and what the claim keeps of it."""
    found, stated = case.recurrence, case.paper.bound
    if found is None or stated is None or case.main.judgement is None:
        return None
    label = stated.label
    try:
        true = {norm: bound(case.jacobian, norm) for norm in NORMS}
        claimed = {
            norm: bound(case.jacobian, norm, formula=case.claim.formula)
            for norm in NORMS
        }
    except SymjacError:
        return None
    compared = {norm: survives(true[norm], claimed[norm]) for norm in NORMS}
    whole, first = true["2"], whole_over_time(found)
    lag = steps_said(found)["lag"]
    norm = rf"\Bigl\lVert {first} \Bigr\rVert_{{2}}"
    size = size_latex(whole.expr)
    blocks: list[doc.Block] = [
        doc.Paragraph(_slopes(whole.formula)),
        doc.Display(whole.latex()),
        doc.Paragraph(doc.say("norms_product")),
        doc.Display(rf"{norm} \leq \bigl({size}\bigr)^{{{lag.content}}}"),
        doc.Items(tuple(_consequences(whole, lag))),
        doc.Paragraph(_comparison(case, label)),
        _table(compared),
        doc.Paragraph(_verdict(label, compared)),
        *(doc.Paragraph(doc.prose(remark)) for remark in stated.remarks),
    ]
    return doc.Section("norms", doc.say("norms_title"), tuple(blocks))


def _comparison(case: Facts, label: str) -> doc.Inline:
    found = doc.say("norms_compare", label=sentence(label))
    if same_factors(case):
        found = (*found, *doc.text(" "), *doc.say("norms_turned"))
    return found


def _consequences(whole: Bound, lag: doc.Math) -> list[doc.Inline]:
    """Vanishing and exploding, each with its direction and no more."""
    size, items = size_latex(whole.expr), list[doc.Inline]()
    sizes = doc.say("norms_unit") if r"\gamma" in size else ()
    for theorem, sign in ((vanishing(whole), "<"), (exploding(whole), ">")):
        if not isinstance(theorem, Theorem):
            items.append(doc.text(theorem.reason))
            continue
        key = f"norms_{theorem.name}_{theorem.direction.value}"
        item = doc.say(key, condition=doc.Math(f"{size} {sign} 1"), lag=lag)
        if theorem.example is not None:
            example = doc.Math(_matrix(theorem.example))
            item = (
                *item,
                *doc.text(" "),
                *doc.say("norms_counter", example=example, sizes=sizes),
            )
        items.append(item)
    return items


def _matrix(values: Integers) -> str:
    rows = r" \\ ".join(" & ".join(map(str, row)) for row in values)
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"


def _table(compared: dict[str, Survival]) -> doc.Table:
    head = tuple(
        doc.say(f"norms_{key}") for key in ("norm", "true", "claimed", "example")
    )
    rows = [
        (
            doc.text(doc.words()[NORMS[norm]]),
            doc.math(size_latex(one.true.expr)),
            doc.math(size_latex(one.claimed.expr)),
            _example(one),
        )
        for norm, one in compared.items()
    ]
    return doc.Table(head, tuple(rows))


def _example(one: Survival) -> doc.Inline:
    if one.survives:
        return doc.text(doc.words()["norms_same"])
    if one.example is None or one.values is None:
        return doc.text(doc.words()["norms_differ"])
    true, claimed = (f"{value:g}" for value in one.values)
    shown = doc.Math(_matrix(one.example))
    return doc.say(
        "norms_values", example=shown, true=doc.Math(true), claimed=doc.Math(claimed)
    )


def _verdict(label: str, compared: dict[str, Survival]) -> doc.Inline:
    """The bounds are about the 2-norm; what holds in others is said apart."""
    if not compared["2"].survives:
        return doc.say("norms_lost", label=label)
    found = doc.say("norms_kept", label=label)
    if compared["F"].survives:
        found = (*found, *doc.text(" "), *doc.say("norms_kept_f"))
    if not all(one.survives for one in compared.values()):
        found = (*found, *doc.text(" "), *doc.say("norms_kept_elsewhere"))
    return found


def _slopes(formula: m.MatrixExpr) -> doc.Inline:
    """The hypothesis on the slopes of generic functions, if there are any."""
    functions = {
        node.function: None
        for node in m.walk(formula)
        if isinstance(node, m.Elementwise) and node.order and node.function.is_generic
    }
    if not functions:
        return doc.say("norms_step")
    shown = (
        doc.math(rf"\lvert {latex.function_latex(f, 1)}(u) \rvert \leq \gamma")
        for f in functions
    )
    return (
        *doc.say("norms_slopes", slopes=doc.join(shown)),
        *doc.text(" "),
        *doc.say("norms_step"),
    )
