"""What norms say of a product over time, and what a wrong formula keeps of it."""

from __future__ import annotations

from symjac.errors import SymjacError
from symjac.expr import latex
from symjac.expr.matrix import Elementwise, MatrixExpr, walk
from symjac.expr.size import size_latex
from symjac.recurrence.bounds import Bound, bound
from symjac.recurrence.compare import Survival, survives
from symjac.recurrence.theorems import Theorem, exploding, vanishing
from symjac.render.case import Case
from symjac.render.document import (
    Block,
    Display,
    Inline,
    Items,
    Math,
    Paragraph,
    Section,
    Table,
    join,
    math,
    say,
    text,
    words,
)
from symjac.render.judgements import same_factors
from symjac.render.through_time import sentence, steps_said, whole_over_time

NORMS = {"2": "norm_2", "F": "norm_f", "1": "norm_1", "inf": "norm_inf"}
Integers = tuple[tuple[int, ...], ...]


def norms(case: Case) -> Section | None:
    """The bound over time, what follows from it, and what the claim keeps of it."""
    found, label = case.recurrence, case.paper.bound
    if found is None or label is None or case.main.judgement is None:
        return None
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
    blocks: list[Block] = [
        Paragraph(_slopes(whole.formula)),
        Display(whole.latex()),
        Paragraph(say("norms_product")),
        Display(rf"{norm} \leq \bigl({size}\bigr)^{{{lag.content}}}"),
        Items(tuple(_consequences(whole, lag))),
        Paragraph(_comparison(case, label)),
        _table(compared),
        Paragraph(_verdict(label, compared)),
    ]
    return Section("norms", say("norms_title"), tuple(blocks))


def _comparison(case: Case, label: str) -> Inline:
    found = say("norms_compare", label=sentence(label))
    if same_factors(case):
        found = (*found, *text(" "), *say("norms_turned"))
    return found


def _consequences(whole: Bound, lag: Math) -> list[Inline]:
    """Vanishing and exploding, each with its direction and no more."""
    size, items = size_latex(whole.expr), []
    for theorem, sign in ((vanishing(whole), "<"), (exploding(whole), ">")):
        if not isinstance(theorem, Theorem):
            items.append(text(theorem.reason))
            continue
        key = f"norms_{theorem.name}_{theorem.direction.value}"
        item = say(key, condition=Math(f"{size} {sign} 1"), lag=lag)
        if theorem.example is not None:
            example = Math(_matrix(theorem.example))
            item = (*item, *text(" "), *say("norms_counter", example=example))
        items.append(item)
    return items


def _matrix(values: Integers) -> str:
    rows = r" \\ ".join(" & ".join(map(str, row)) for row in values)
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"


def _table(compared: dict[str, Survival]) -> Table:
    head = tuple(say(f"norms_{key}") for key in ("norm", "true", "claimed", "example"))
    rows = [
        (
            text(words()[NORMS[norm]]),
            math(size_latex(one.true.expr)),
            math(size_latex(one.claimed.expr)),
            _example(one),
        )
        for norm, one in compared.items()
    ]
    return Table(head, tuple(rows))


def _example(one: Survival) -> Inline:
    if one.survives:
        return text(words()["norms_same"])
    if one.example is None or one.values is None:
        return text(words()["norms_differ"])
    true, claimed = (f"{value:g}" for value in one.values)
    shown = Math(_matrix(one.example))
    return say("norms_values", example=shown, true=Math(true), claimed=Math(claimed))


def _verdict(label: str, compared: dict[str, Survival]) -> Inline:
    """The bounds are about the 2-norm; what holds in others is said apart."""
    if not compared["2"].survives:
        return say("norms_lost", label=label)
    found = say("norms_kept", label=label)
    if compared["F"].survives:
        found = (*found, *text(" "), *say("norms_kept_f"))
    if not all(one.survives for one in compared.values()):
        found = (*found, *text(" "), *say("norms_kept_elsewhere"))
    return found


def _slopes(formula: MatrixExpr) -> Inline:
    """The hypothesis on the slopes of generic functions, if there are any."""
    functions = {
        node.function: None
        for node in walk(formula)
        if isinstance(node, Elementwise) and node.order and node.function.is_generic
    }
    if not functions:
        return say("norms_step")
    shown = (
        math(rf"\lvert {latex.function_latex(f, 1)}(u) \rvert \leq \gamma")
        for f in functions
    )
    return (*say("norms_slopes", slopes=join(shown)), *text(" "), *say("norms_step"))
