"""A derivation's steps as lines of equations, and as plain text or LaTeX."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise

from symjac.claims.adjudicate import Judgement, Verdict, derived_formula
from symjac.claims.conditions import hypotheses
from symjac.claims.counterexample import Counterexample
from symjac.diagnosis.under import under_hypotheses
from symjac.document import document as doc
from symjac.errors import LiftError
from symjac.exposition.commands import history
from symjac.exposition.writing import written_for
from symjac.jacobian import Formula, Jacobian
from symjac.library.properties import clause
from symjac.rewrite.rule import Derivation
from symjac.terms import index as ix
from symjac.terms.shape import Layout
from symjac.typeset import latex
from symjac.typeset.notation import USUAL, written
from symjac.typeset.text import ASCII, Printer

Show = Callable[[ix.Terms], str]
COLUMN = 60  # signs; longer lines push their reasons out
_TOGETHER = {
    ("partial_sum", "partial_constant"),
    ("partial_constant", "partial_constant"),
    ("partial_constant", "partial_factor"),
    ("known_jacobian", "known_jacobian"),
    ("unfold_definition", "unfold_definition"),
    ("unfold_definition", "unfold_inside"),
    ("unfold_inside", "unfold_definition"),
    ("unfold_inside", "unfold_inside"),
    ("delta_sift", "delta_sift"),
}


def derivation_lines(derivation: Derivation, show: Show) -> tuple[doc.Line, ...]:
    """A derivation's steps as lines; those that share one name all their rules."""
    names = friendly_names(derivation)
    lines: list[doc.Line] = []
    if derivation.start != derivation.subject:
        is_taken = any(
            isinstance(f, ix.Partial) for t in derivation.start for f in t.factors
        )
        reason = doc.plain("reason_definition" if is_taken else "reason_above")
        lines.append(doc.Line("", show(ix.rename(derivation.start, names)), reason))
    steps, titles = derivation.steps, list[str]()
    for step, following in zip(steps, (*steps[1:], None), strict=True):
        titles.append(doc.told(step.rule.title))
        if not following or (step.rule.name, following.rule.name) not in _TOGETHER:
            shown = show(ix.rename(step.after, names))
            lines.append(doc.Line("", shown, _listed(titles)))
            titles = []
    if not lines:
        lines = [doc.Line("", show(ix.rename(derivation.result, names)), "")]
    first = doc.Line(show(derivation.subject), lines[0].right, lines[0].reason)
    return (first, *lines[1:])


def key_lines(derivation: Derivation, show: Show) -> tuple[doc.Line, ...]:
    """Where a derivation starts and where it ends, with the rules in between."""
    return shortened(derivation_lines(derivation, show))


def shortened(lines: tuple[doc.Line, ...]) -> tuple[doc.Line, ...]:
    """The first and the last line, with the reasons of all but the first."""
    if len(lines) < 3:
        return lines
    reasons = [line.reason for line in lines[1:]]
    return lines[0], replace(lines[-1], reason=_listed(reasons))


def _listed(titles: list[str]) -> str:
    each = [part for title in titles for part in title.split(", ")]
    return ", ".join(dict.fromkeys(each))


def friendly_names(derivation: Derivation) -> dict[ix.Index, ix.Index]:
    """Short names for numbered bound indices, the same in every line."""
    forms = [derivation.start, *(step.after for step in derivation.steps)]
    numbered = [i for form in forms for i in ix.all_bound(form) if "_" in i.name]
    used = frozenset(name for form in forms for name in ix.index_names(form))
    symbols = frozenset(s.name for form in forms for s in ix.entry_symbols(form))
    supply = ix.IndexSupply(used | symbols | frozenset(str(i.dim) for i in numbered))
    return {index: supply.index(index.dim) for index in dict.fromkeys(numbered)}


def lift_lines(jacobian: Jacobian, show: Show) -> tuple[doc.Line, ...]:
    """The reductions that lead from the index form to the matrix form."""
    lifted = jacobian.lifted(layout=Layout.NUMERATOR)
    by = ix.Entry(jacobian.wrt, jacobian.by_indices)
    subject = ix.single(
        ix.Partial(ix.single(ix.Entry(jacobian.of, jacobian.of_indices)), by)
    )
    lines = [doc.Line(show(subject), show(lifted.derivation.start), "")]
    for step in lifted.derivation.steps:
        lines.append(doc.Line("", show(step.after), doc.told(step.rule.title)))
    is_scalar = not jacobian.of_indices  # which has the variable's entries
    layout = Layout.DENOMINATOR if is_scalar else Layout.NUMERATOR
    indices = jacobian.arrangement(layout=layout).indices
    plain, short = (form(layout).expr for form in (jacobian.plain, jacobian.matrix))
    if len(lifted.derivation.result) > 1 and not jacobian.vec:
        gathered = show(ix.single(ix.Entry(plain, indices)))
        lines.append(doc.Line("", gathered, doc.plain("reason_gathered")))
    if short != plain:
        entry = show(ix.single(ix.Entry(short, indices)))
        lines.append(doc.Line("", entry, doc.plain("reason_shortest")))
    return tuple(lines)


def jacobian_lines(jacobian: Jacobian, show: Show) -> tuple[doc.Line, ...]:
    """All derivations of a derivative, one after the other, in English."""
    each = jacobian.derivations
    with written(USUAL):
        return tuple(line for one in each for line in derivation_lines(one, show))


def derivation_text(
    jacobian: Jacobian, layouts: list[Layout], *, steps: bool, show: Printer = ASCII
) -> str:
    """The derivative for a terminal, in English whatever the notation."""
    with written(USUAL):
        return _text(jacobian, layouts, steps=steps, show=show)


def _text(
    jacobian: Jacobian, layouts: list[Layout], *, steps: bool, show: Printer
) -> str:
    out = _steps_text(jacobian, show) if steps else []
    out.append(f"reading      {reading_text(jacobian, show)}")
    for before, one in pairwise(history(jacobian)):
        ends = (show.symbol(end) for end in (one.of, before.of, before.wrt))
        taken = "{} = d({})/d({})".format(*ends)
        out.append(f"first        {taken} = {show.matrix(one.body)}")
    *forms, component = forms_text(jacobian, layouts, show)
    out += [*forms, *_under_text(jacobian, layouts, show), component]
    if jacobian.order > 2 and not jacobian.vec:
        out += higher_order_text(jacobian, show)
    out += [f"held fixed   {show.symbol(symbol)}" for symbol in jacobian.held]
    if jacobian.wrt.symmetric:
        out += symmetric_text(jacobian, show)
    if found := hypotheses(jacobian.unfolding):
        out.append(f"hypotheses   {'; '.join(map(show.words, found))}")
    return "\n".join(out)


def reading_text(jacobian: Jacobian, show: Printer = ASCII) -> str:
    """What each name was taken for, by declaration or by convention."""
    found = jacobian.program.shapes.items()
    return ", ".join(f"{show.words(name)}: {shape}" for name, shape in found)


def _steps_text(jacobian: Jacobian, show: Printer) -> list[str]:
    """Each local derivation, an empty line after each."""
    out: list[str] = []
    for found in jacobian.derivations:
        lines = derivation_lines(found, show.terms)
        width = max(len(line.right) for line in lines) if show.is_aligned else 0
        out += [_text_line(line, min(width, COLUMN)) for line in lines]
        out.append("")
    return out


def forms_text(
    jacobian: Jacobian, layouts: list[Layout], show: Printer = ASCII
) -> list[str]:
    """Each layout's matrix form and the component, a line each."""
    out = []
    for layout in layouts:
        found = derived_formula(jacobian, layout)
        shown = show.matrix(found.expr) if found else "no matrix form"
        out.append(f"{layout.value:<12} {shown}")
    return [*out, f"component    {show.terms(jacobian.terms)}"]


def _under_text(jacobian: Jacobian, layouts: list[Layout], show: Printer) -> list[str]:
    """Shorter forms under a hypothesis that people mean, each proved."""
    out = []
    for found in under_hypotheses(jacobian):
        out.append(f"if {show.symbol(found.symbol)} {clause(found.word)}")
        forms = ((one, found.formulas[one].expr) for one in layouts)
        out += [f"  {one.value:<13}{show.matrix(expr)}" for one, expr in forms]
    return out


def symmetric_text(jacobian: Jacobian, show: Printer = ASCII) -> list[str]:
    """That this derivative is the unconstrained one; the one within the symmetric."""
    name = show.symbol(jacobian.wrt)
    out = [
        f"note         {name} is declared symmetric; this derivative is unconstrained"
    ]
    if jacobian.of.shape.order == 0:
        within = show.matrix(jacobian.within_symmetric().expr)
        out.append(f"             within symmetric {name}: {within}")
    return out


def higher_order_text(jacobian: Jacobian, show: Printer = ASCII) -> list[str]:
    """A derivative of order 3 or 4 by slices and in vec form, where these exist."""
    of, wrt = show.symbol(jacobian.of), show.symbol(jacobian.wrt)
    entry = show.entry(ix.Entry(jacobian.wrt, jacobian.by_indices))
    ways: dict[str, Callable[[], Formula]] = {
        f"d({of})/d({entry})": jacobian.slice,
        f"d vec({of})/d vec({wrt}).T": partial(jacobian.vec_matrix, "numerator"),
    }
    out = []
    for name, form in ways.items():
        try:
            out.append(f"{name} = {show.matrix(form().expr)}")
        except LiftError:
            out.append(f"{name}: no matrix form")
    return out


def _text_line(line: doc.Line, width: int) -> str:
    """A line and the one with its left side; reasons below each other from `width`."""
    left = f"{line.left}\n" if line.left else ""
    right = f"{line.right:<{width}}    [{line.reason}]" if line.reason else line.right
    return f"{left}    = {right}"


def derivation_latex(jacobian: Jacobian, layouts: list[Layout], *, steps: bool) -> str:
    """The derivative as LaTeX displays, in the notation in force."""
    with written_for(jacobian):
        return _displays(jacobian, layouts, steps=steps)


def _displays(jacobian: Jacobian, layouts: list[Layout], *, steps: bool) -> str:
    out = []
    if steps:
        for found in jacobian.derivations:
            lines = derivation_lines(found, latex.terms_latex)
            body = " \\\\\n".join(_latex_line(line) for line in lines)
            out.append(f"\\begin{{align*}}\n{body}\n\\end{{align*}}")
    above, below = latex.symbol_latex(jacobian.of), latex.symbol_latex(jacobian.wrt)
    whole = latex.fraction(above, below)
    for layout in layouts:
        formula = derived_formula(jacobian, layout)
        if formula is not None:
            said = doc.plain("latex_layout", layout=doc.layout_word(layout))
            tail = rf"\qquad\text{{{said}}}"
            out.append(f"\\[ {whole} = {formula.latex()} {tail} \\]")
    if len(out) < len(layouts):
        left = latex.derivative_latex(
            jacobian.of, jacobian.of_indices, jacobian.wrt, jacobian.by_indices
        )
        out.append(f"\\[ {left} = {latex.terms_latex(jacobian.terms)} \\]")
    return "\n".join(out)


def _latex_line(line: doc.Line) -> str:
    reason = rf" &&\text{{{line.reason}}}" if line.reason else ""
    return f"{line.left} &= {line.right}{reason}"


def judgement_text(judgement: Judgement, show: Printer = ASCII) -> str:
    """The verdicts for a terminal."""
    jacobian = judgement.jacobian
    out = [
        f"reading      {reading_text(jacobian, show)}",
        f"claim        {show.matrix(judgement.claim.expr)}",
    ]
    for verdict in judgement.verdicts.values():
        out += ["", verdict_text(verdict), *_support_text(verdict, show)]
    return "\n".join([*out, "", f"component    {show.terms(jacobian.terms)}"])


def verdict_text(verdict: Verdict) -> str:
    """One verdict in a line."""
    return f"{verdict.layout.value} layout: {verdict.outcome.value}"


def _support_text(verdict: Verdict, show: Printer) -> list[str]:
    """What a verdict rests on, indented."""
    out = []
    if verdict.derived is not None:
        out.append(f"  derived         {show.matrix(verdict.derived.expr)}")
    if verdict.counterexample is not None:
        out += _example_text(verdict.counterexample, show)
    elif verdict.reason:
        out.append(f"  reason          {verdict.reason}")
    if verdict.holds_iff is not None:
        out.append(f"  holds iff       {verdict.holds_iff.told(show)}")
    if verdict.hypotheses:
        names = "; ".join(map(show.words, verdict.hypotheses))
        out.append(f"  hypotheses      {names}")
    return out


def _example_text(example: Counterexample, show: Printer) -> list[str]:
    chosen = example.chosen.items()
    values = {show.symbol(s): value for s, value in example.symbols.items()}
    values |= {f"{show.function(f, n)}({at})": value for (f, n, at), value in chosen}
    values |= example.sizes
    shown = ", ".join(f"{name} = {value}" for name, value in values.items())
    place = ", ".join(map(str, example.entry))
    at = f"entry ({place})" if place else "value"
    return [
        f"  counterexample  {shown}",
        f"  {at:<15} derived {example.derived}, claimed {example.claimed}",
    ]
