"""A claim judged: the verdict in one layout, with everything that supports it."""

from __future__ import annotations

from symjac.claims.adjudicate import Outcome, Verdict
from symjac.claims.condition import Condition
from symjac.claims.counterexample import Counterexample
from symjac.expr import latex
from symjac.expr.index import Apply, Factor, Index, Raise, Terms
from symjac.expr.latex_names import number
from symjac.expr.matrix import Elementwise, walk
from symjac.expr.shape import Layout
from symjac.jacobian import Jacobian
from symjac.library.row import Function
from symjac.render.document import (
    Block,
    Display,
    Inline,
    Math,
    Paragraph,
    Section,
    Table,
    counted,
    join,
    kind_word,
    layout_word,
    math,
    plain,
    say,
    text,
    told,
)
from symjac.render.entries import at_entry, explicit
from symjac.render.sections import derivative_entry, derivative_in, is_matrix
from symjac.rules.slopes import slope


def claim(jacobian: Jacobian, verdict: Verdict) -> Section:
    """The claim read in one layout, side by side with the truth."""
    layout = verdict.layout
    blocks: list[Block] = []
    if is_matrix(jacobian):
        blocks.append(Paragraph(definition(jacobian, layout)))
    if verdict.derived is not None:
        blocks.append(Paragraph(say("claim_right_formula")))
        left = derivative_in(jacobian, layout)
        blocks.append(Display(f"{left} = {verdict.derived.latex()}."))
    blocks += _judged_blocks(jacobian, verdict)
    title = say("claim_title", layout=layout_word(layout))
    return Section(f"claim-{layout.value}", title, tuple(blocks))


def definition(jacobian: Jacobian, layout: Layout) -> Inline:
    """What a layout means, for a vector by a vector."""
    row, column = (Math(latex.index_latex(i)) for i in jacobian.free)
    entry = Math(derivative_entry(jacobian))
    return say(f"claim_definition_{layout.value}", row=row, column=column, entry=entry)


def _judged_blocks(jacobian: Jacobian, verdict: Verdict) -> list[Block]:
    beside = _beside(jacobian, verdict)
    match verdict.outcome:
        case Outcome.ILL_TYPED:
            return [Paragraph(_ill_typed(verdict))]
        case Outcome.UNDECIDED:
            undecided = say("claim_undecided", reason=told(verdict.reason))
            return [*beside, Paragraph(undecided)]
        case Outcome.PROVED:
            return [Paragraph((*_reads(verdict), *text(" "), *_proved(verdict)))]
        case Outcome.REFUTED:
            return [*beside, *refutation(verdict)]


def _ill_typed(verdict: Verdict) -> Inline:
    found, expected = verdict.claim.expr.shape, verdict.expected
    return say(
        "claim_ill_typed",
        claim=Math(verdict.claim.latex()),
        kind=kind_word(found.kind),
        shape=Math(latex.shape_latex(found)),
        expected_kind=kind_word(expected.kind),
        expected=Math(latex.shape_latex(expected)),
    )


def _reads(verdict: Verdict) -> Inline:
    return say("claim_reads", claim=Math(verdict.claim.latex()))


def _proved(verdict: Verdict) -> Inline:
    if verdict.hypotheses:
        shown = say("claim_proved", hypotheses=", ".join(map(told, verdict.hypotheses)))
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
        node.function for node in nodes if node.order and node.function.slope
    )
    return [_identity(function) for function in found]


def _identity(function: Function) -> str:
    """The slope of a named function, such as tanh' = 1 - tanh^2."""
    right = _without_argument(slope(function.name, 1))
    return f"{latex.function_latex(function, 1)} = {right or 0}"


def _without_argument(terms: Terms) -> str:
    parts: list[str] = []
    for term in terms:
        size = abs(term.coefficient)
        shown = "" if size == 1 and term.factors else number(size)
        sign = (" - " if term.coefficient < 0 else " + ") if parts else ""
        lead = "-" if term.coefficient < 0 and not parts else sign
        parts.append(lead + shown + "".join(map(_bare, term.factors)))
    return "".join(parts)


def _bare(factor: Factor) -> str:
    """A factor of a slope: x, a function without its argument, or a power."""
    match factor:
        case Apply(function=function):
            return function.latex
        case Raise(base, exponent):
            inner = _without_argument(base)
            is_plain = len(base) == 1 and len(base[0].factors) == 1
            shown = inner if is_plain else f"({inner})"
            return f"{shown}^{{{number(exponent)}}}"
    return "x"


def _beside(jacobian: Jacobian, verdict: Verdict) -> list[Block]:
    """The claim, and its entries beside the true ones if they have an index form."""
    if verdict.claimed_terms is None:
        return [Paragraph(_reads(verdict))]
    intro = (*_reads(verdict), *text(" "), *say("claim_beside"))
    return [Paragraph(intro), _comparison(jacobian, verdict, verdict.claimed_terms)]


def refutation(verdict: Verdict) -> list[Block]:
    """The counterexample, and when the claim holds all the same."""
    blocks: list[Block] = []
    example = verdict.counterexample
    if example is not None:
        blocks.append(Paragraph(counterexample(example)))
    if verdict.holds_iff is not None:
        blocks += condition(verdict.holds_iff)
    return blocks


def _comparison(jacobian: Jacobian, verdict: Verdict, claimed: Terms) -> Table:
    free, truth = jacobian.free, jacobian.terms
    names = Math(", ".join(latex.index_latex(i) for i in free))
    rows: list[tuple[Inline, ...]] = [
        (say("row_general", indices=names), _cell(truth), _cell(claimed))
    ]
    if is_matrix(jacobian):
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


def counterexample(example: Counterexample) -> Inline:
    """The counterexample in words, with what it gives on both sides."""
    blanks: dict[str, str | Math | Inline] = {
        "values": _values(example),
        "derived": Math(_number(example.derived)),
        "claimed": Math(_number(example.claimed)),
    }
    names = ("row", "column")[: len(example.entry)]
    blanks |= {n: str(at) for n, at in zip(names, example.entry, strict=True)}
    key = ("claim_counterexample_scalar", "claim_counterexample_vector")
    stem = [*key, "claim_counterexample"][len(example.entry)]
    return say(stem if example.is_exact else f"{stem}_ball", **blanks)


def _number(shown: str) -> str:
    """An exact number, or decimals with their power of ten."""
    digits, mark, exponent = shown.partition("e")
    return rf"{digits} \cdot 10^{{{int(exponent)}}}" if mark else digits


def _values(example: Counterexample) -> Inline:
    parts = [
        math(f"{latex.symbol_latex(symbol)} = {_array(value)}")
        for symbol, value in example.symbols.items()
    ]
    parts += [
        math(rf"{latex.function_latex(f, order)}({at}) = {value}")
        for (f, order, at), value in example.chosen.items()
    ]
    parts += [
        math(f"{latex.dim_latex(name)} = {size}")
        for name, size in example.sizes.items()
    ]
    return join(parts)


def _array(value: object) -> str:
    if not isinstance(value, list):
        return str(value)
    rows = [row if isinstance(row, list) else [row] for row in value]
    body = r" \\ ".join(" & ".join(map(str, row)) for row in rows)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def condition(found: Condition, key: str = "claim_iff") -> list[Block]:
    """An exact condition, after the words of `key`."""
    common = r"\,".join(latex.factor_latex(f) for f in found.common)
    rest = latex.terms_latex(found.rest)
    if found.common and len(found.rest) > 1:
        rest = rf"\bigl({rest}\bigr)\,"
    names = Math(", ".join(latex.index_latex(i) for i in found.indices))
    blocks: list[Block] = [
        Paragraph(say(key)),
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


def checks(jacobian: Jacobian, found: tuple[Verdict, ...]) -> tuple[Inline, ...]:
    """How verdicts were checked: steps, independent points, hypotheses."""
    points = min((v.derived_points for v in found), default=0)
    arithmetic = "checked_ball" if any(v.balls for v in found) else "checked_rational"
    items = [say("checked_replay", steps=counted(jacobian.replay()))]
    if points:
        shown = plain(arithmetic)
        items.append(say("checked_points", points=str(points), arithmetic=shown))
    items.append(say("checked_refuted"))
    hypotheses = dict.fromkeys(told(h) for v in found for h in v.hypotheses)
    if hypotheses:
        items.append(say("checked_hypotheses", hypotheses=", ".join(hypotheses)))
    return tuple(items)
