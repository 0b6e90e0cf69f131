"""A claim judged: the verdict in one layout, with everything that supports it."""

from __future__ import annotations

from symjac.calculus.differentiate import slope
from symjac.claims.adjudicate import Outcome, Verdict, plain_form
from symjac.claims.conditions import Condition
from symjac.claims.counterexample import Counterexample
from symjac.document import document as doc
from symjac.exposition.entries import at_entry, explicit, general
from symjac.exposition.sections import derivative_entry, derivative_in, is_matrix
from symjac.jacobian import Jacobian
from symjac.library.row import Function
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import Layout
from symjac.typeset import latex
from symjac.typeset.latex import number


def claim(jacobian: Jacobian, verdict: Verdict) -> doc.Section:
    """The claim read in one layout, side by side with the truth."""
    layout = verdict.layout
    blocks: list[doc.Block] = []
    if is_matrix(jacobian):
        blocks.append(doc.Paragraph(definition(jacobian, layout)))
    if verdict.derived is not None:
        blocks.append(doc.Paragraph(doc.say("claim_right_formula")))
        left = derivative_in(jacobian, layout)
        blocks.append(doc.Display(f"{left} = {verdict.derived.latex()}."))
    blocks += _judged_blocks(jacobian, verdict)
    title = doc.say("claim_title", layout=doc.layout_word(layout))
    return doc.Section(f"claim-{layout.value}", title, tuple(blocks))


def definition(jacobian: Jacobian, layout: Layout) -> doc.Inline:
    """What a layout means, for a vector by a vector."""
    row, column = (doc.Math(latex.index_latex(i)) for i in jacobian.free)
    entry = doc.Math(derivative_entry(jacobian))
    return doc.say(
        f"claim_definition_{layout.value}", row=row, column=column, entry=entry
    )


def _judged_blocks(jacobian: Jacobian, verdict: Verdict) -> list[doc.Block]:
    beside = _beside(jacobian, verdict)
    match verdict.outcome:
        case Outcome.ILL_TYPED:
            return [doc.Paragraph(_ill_typed(verdict))]
        case Outcome.UNDECIDED:
            undecided = doc.say("claim_undecided", reason=doc.told(verdict.reason))
            return [*beside, doc.Paragraph(undecided)]
        case Outcome.PROVED:
            return [
                doc.Paragraph((*_reads(verdict), *doc.text(" "), *_proved(verdict)))
            ]
        case Outcome.REFUTED:
            return [*beside, *refutation(verdict)]


def _ill_typed(verdict: Verdict) -> doc.Inline:
    found, expected = verdict.claim.expr.shape, verdict.expected
    return doc.say(
        "claim_ill_typed",
        claim=doc.Math(verdict.claim.latex()),
        kind=doc.kind_word(found.kind),
        shape=doc.Math(latex.shape_latex(found)),
        expected_kind=doc.kind_word(expected.kind),
        expected=doc.Math(latex.shape_latex(expected)),
    )


def _reads(verdict: Verdict) -> doc.Inline:
    return doc.say("claim_reads", claim=doc.Math(verdict.claim.latex()))


def _proved(verdict: Verdict) -> doc.Inline:
    if verdict.hypotheses:
        shown = doc.say(
            "claim_proved", hypotheses=", ".join(map(doc.told, verdict.hypotheses))
        )
    else:
        shown = doc.say("claim_proved_plain")
    identities = _identities(verdict)
    if not identities:
        return shown
    tail = doc.say("claim_identity", identities=doc.join(map(doc.math, identities)))
    return (*shown, *doc.text(" "), *tail)


def _identities(verdict: Verdict) -> list[str]:
    """Table rows of the named functions whose derivatives the formulas contain."""
    derived = plain_form(verdict.jacobian, verdict.layout)
    formulas = [f for f in (derived, verdict.claim.expr) if f is not None]
    nodes = [n for f in formulas for n in m.walk(f) if isinstance(n, m.Elementwise)]
    found = dict.fromkeys(
        node.function for node in nodes if node.order and node.function.slope
    )
    return [_identity(function) for function in found]


def _identity(function: Function) -> str:
    """The slope of a named function, such as tanh' = 1 - tanh^2."""
    right = _without_argument(slope(function.name, 1))
    return f"{latex.function_latex(function, 1)} = {right or 0}"


def _without_argument(terms: ix.Terms) -> str:
    parts: list[str] = []
    for term in terms:
        size = abs(term.coefficient)
        shown = "" if size == 1 and term.factors else number(size)
        sign = (" - " if term.coefficient < 0 else " + ") if parts else ""
        lead = "-" if term.coefficient < 0 and not parts else sign
        parts.append(lead + shown + "".join(map(_bare, term.factors)))
    return "".join(parts)


def _bare(factor: ix.Factor) -> str:
    """A factor of a slope: x, a function without its argument, or a power."""
    match factor:
        case ix.Apply(function=function):
            return function.latex
        case ix.Power(base, exponent):
            inner = _without_argument(base)
            is_plain = len(base) == 1 and len(base[0].factors) == 1
            shown = inner if is_plain else f"({inner})"
            return f"{shown}^{{{number(exponent)}}}"
    return "x"


def _beside(jacobian: Jacobian, verdict: Verdict) -> list[doc.Block]:
    """The claim, and its entries beside the true ones if they have an index form."""
    if verdict.claimed_terms is None:
        return [doc.Paragraph(_reads(verdict))]
    intro = (*_reads(verdict), *doc.text(" "), *doc.say("claim_beside"))
    shown: list[doc.Block] = [doc.Paragraph(intro)]
    shown.append(_comparison(jacobian, verdict, verdict.claimed_terms))
    if is_matrix(jacobian) and jacobian.program.states:
        turned = verdict.layout is Layout.DENOMINATOR
        whole = general(verdict.claimed_terms, jacobian.free, transposed=turned)
        shown.append(doc.Paragraph(doc.say("claim_whole")))
        shown.append(doc.Display(f"{verdict.claim.latex()} = {whole}"))
    return shown


def refutation(verdict: Verdict) -> list[doc.Block]:
    """The counterexample, and when the claim holds all the same."""
    blocks: list[doc.Block] = []
    example = verdict.counterexample
    if example is not None:
        blocks.append(doc.Paragraph(counterexample(example)))
    if verdict.holds_iff is not None:
        blocks += condition(verdict.holds_iff)
    return blocks


def _comparison(jacobian: Jacobian, verdict: Verdict, claimed: ix.Terms) -> doc.Table:
    free, truth = jacobian.free, jacobian.terms
    names = doc.Math(", ".join(latex.index_latex(i) for i in free))
    rows: list[tuple[doc.Inline, ...]] = [
        (doc.say("row_general", indices=names), _cell(truth), _cell(claimed))
    ]
    if is_matrix(jacobian):
        row, column = (latex.index_latex(i) for i in free)
        for pair in (("1", "2"), (str(free[0].dim), "1")):
            at = doc.math(f"{row} = {pair[0]},\\ {column} = {pair[1]}")
            rows.append((at, _cell(truth, free, pair), _cell(claimed, free, pair)))
        swap = verdict.layout is Layout.DENOMINATOR
        if free[0].dim == free[1].dim:
            grids = (
                doc.math(explicit(t, free, 2, transposed=swap))
                for t in (truth, claimed)
            )
            rows.append((doc.say("row_matrix"), *grids))
    head = (doc.text(""), doc.say("head_truth"), doc.say("head_claim"))
    return doc.Table(head, tuple(rows))


def _cell(
    terms: ix.Terms, free: tuple[ix.Index, ...] = (), places: tuple[str, ...] = ()
) -> doc.Inline:
    shown = at_entry(terms, free, places) if places else terms
    return doc.math(latex.terms_latex(shown))


def counterexample(example: Counterexample) -> doc.Inline:
    """The counterexample in words, with what it gives on both sides."""
    blanks: dict[str, str | doc.Math | doc.Inline] = {
        "values": _values(example),
        "derived": doc.Math(_number(example.derived)),
        "claimed": doc.Math(_number(example.claimed)),
    }
    names = ("row", "column")[: len(example.entry)]
    blanks |= {n: str(at) for n, at in zip(names, example.entry, strict=True)}
    key = ("claim_counterexample_scalar", "claim_counterexample_vector")
    stem = [*key, "claim_counterexample"][len(example.entry)]
    return doc.say(stem if example.is_exact else f"{stem}_ball", **blanks)


def _number(shown: str) -> str:
    """An exact number, or decimals with their power of ten."""
    digits, mark, exponent = shown.partition("e")
    return rf"{digits} \cdot 10^{{{int(exponent)}}}" if mark else digits


def _values(example: Counterexample) -> doc.Inline:
    parts = [
        doc.math(f"{latex.symbol_latex(symbol)} = {_array(value)}")
        for symbol, value in example.symbols.items()
    ]
    parts += [
        doc.math(rf"{latex.function_latex(f, order)}({at}) = {value}")
        for (f, order, at), value in example.chosen.items()
    ]
    parts += [
        doc.math(f"{latex.dim_latex(name)} = {size}")
        for name, size in example.sizes.items()
    ]
    return doc.join(parts)


def _array(value: object) -> str:
    if not isinstance(value, list):
        return str(value)
    rows = [row if isinstance(row, list) else [row] for row in value]
    body = r" \\ ".join(" & ".join(map(str, row)) for row in rows)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def condition(found: Condition, key: str = "claim_iff") -> list[doc.Block]:
    """An exact condition, after the words of `key`."""
    common = r"\,".join(latex.factor_latex(f) for f in found.common)
    rest = latex.terms_latex(found.rest)
    if found.common and len(found.rest) > 1:
        rest = rf"\bigl({rest}\bigr)\,"
    names = doc.Math(", ".join(latex.index_latex(i) for i in found.indices))
    blocks: list[doc.Block] = [
        doc.Paragraph(doc.say(key)),
        doc.Display(f"{rest}{common} = 0"),
    ]
    tail = doc.say("claim_iff_everywhere", indices=names) if found.indices else ()
    reading = _reading(found, doc.Math(common))
    if tail and reading:
        tail = (*tail, *doc.text(", "))
    blocks.append(
        doc.Paragraph((*tail, *reading) if reading else (*tail, *doc.text(".")))
    )
    return blocks


def _reading(found: Condition, common: doc.Math) -> doc.Inline:
    if found.symmetric is not None:
        whole = doc.Math(latex.symbol_latex(found.symmetric))
        if not found.common:
            return doc.say("claim_iff_symmetric_plain", matrix=whole)
        return doc.say("claim_iff_symmetric", matrix=whole, common=common)
    if not found.common or not found.left or not found.right:
        return ()
    left, right = map(latex.terms_latex, (found.left, found.right))
    return doc.say(
        "claim_iff_wherever", equation=doc.Math(f"{left} = {right}"), common=common
    )


def checks(jacobian: Jacobian, found: tuple[Verdict, ...]) -> tuple[doc.Inline, ...]:
    """How verdicts were checked: steps, independent points, hypotheses."""
    points = min((v.derived_points for v in found), default=0)
    arithmetic = "checked_ball" if any(v.balls for v in found) else "checked_rational"
    items = [doc.say("checked_replay", steps=doc.counted(jacobian.replay()))]
    if points:
        shown = doc.plain(arithmetic)
        items.append(doc.say("checked_points", points=str(points), arithmetic=shown))
    items.append(doc.say("checked_refuted"))
    hypotheses = dict.fromkeys(doc.told(h) for v in found for h in v.hypotheses)
    if hypotheses:
        items.append(doc.say("checked_hypotheses", hypotheses=", ".join(hypotheses)))
    return tuple(items)
