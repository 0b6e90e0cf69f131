"""A proof document for a user's own equations: a derivation, or a claim judged.

No catalogue file stands behind it: title, conventions and the command that makes it
again come from the derivative itself. `fit` breaks what is too long for a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType

from symjac.claims.adjudicate import Judgement, derived_formula
from symjac.claims.conditions import hypotheses
from symjac.diagnosis.diagnose import Diagnosis
from symjac.diagnosis.under import under_hypotheses
from symjac.document import document as doc
from symjac.document.document import ROOM, fit, fit_callout
from symjac.document.templates import render_view
from symjac.errors import LiftError
from symjac.exposition import sections, verdicts
from symjac.exposition.commands import check_command, derive_command, history
from symjac.exposition.diagnosis import diagnosis_section
from symjac.exposition.entries import explicit, general
from symjac.exposition.steps import derivation_lines, key_lines, lift_lines, shortened
from symjac.exposition.writing import units_renamed, written_for
from symjac.jacobian import Formula, Jacobian
from symjac.library.properties import clause
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import Kind, Layout
from symjac.typeset import latex
from symjac.typeset.notation import Notation, written
from symjac.typeset.widths import width

Layouts = tuple[Layout, ...]
BOTH: Layouts = tuple(Layout)
NONE: Mapping[str, str] = MappingProxyType({})
MOST_STEPS = 40
MANY = 5
SIZES = (2, 3)


def derivation_page(
    jacobian: Jacobian,
    format: str,
    *,
    layouts: Layouts = BOTH,
    steps: bool = False,
    notation: Notation | None = None,
) -> str:
    """A derivative as a whole document.

    Args:
        format: `tex`, `md` or `html`.
        layouts: in which the matrix form is given.
        steps: every step, not only the ends of each local derivation.
        notation: how mathematics is written; the one in force if left out.
    """
    with written(notation):
        view = derivation_view(jacobian, layouts=layouts, steps=steps)
        return render_view(view, format, is_adhoc=True)


def judgement_page(
    judgement: Judgement,
    format: str,
    diagnosis: Diagnosis | None = None,
    *,
    notation: Notation | None = None,
) -> str:
    """A claim, its derivative and its verdicts; line by line up to MOST_STEPS steps.

    Args:
        format: `tex`, `md` or `html`.
        diagnosis: what would make the claim right, from `diagnose`.
        notation: how mathematics is written; the one in force if left out.
    """
    with written(notation):
        return render_view(judgement_view(judgement, diagnosis), format, is_adhoc=True)


def derivation_view(
    jacobian: Jacobian, *, layouts: Layouts = BOTH, steps: bool = False
) -> doc.ProofView:
    """What the templates need to show a derivative, in the notation in force."""
    again = derive_command(jacobian, layouts, steps=steps)
    with written_for(jacobian):
        parts = _derivation(jacobian, layouts, steps=steps)
        parts.append(_checked(jacobian, again))
        shown = (*result(jacobian, layouts), *under(jacobian, layouts))
        box = doc.Callout("note", doc.say("adhoc_result_title"), shown)
        return document(title_of(jacobian, "adhoc_derive_title"), box, parts)


def judgement_view(
    judgement: Judgement, diagnosis: Diagnosis | None = None
) -> doc.ProofView:
    """What the templates need to show a claim and its verdicts."""
    with written_for(judgement.jacobian):
        return _judged(judgement, diagnosis)


def _judged(judgement: Judgement, diagnosis: Diagnosis | None) -> doc.ProofView:
    jacobian, found = judgement.jacobian, tuple(judgement.verdicts.values())
    layouts = tuple(verdict.layout for verdict in found)
    parts = derivation_sections(jacobian, layouts)
    parts += judged_sections(judgement, diagnosis)
    is_right = any(one.outcome.value == "proved" for one in found)
    blocks: list[doc.Block] = [
        doc.Paragraph(doc.say("adhoc_claim")),
        doc.Display(equals(judgement)),
        doc.Paragraph(sentence(judgement)),
    ]
    blocks += result(jacobian, layouts)
    tone = "right" if is_right else "wrong"
    box = doc.Callout(tone, doc.say("verdict_title"), tuple(blocks))
    return document(title_of(jacobian, "adhoc_check_title"), box, parts)


def derivation_sections(
    jacobian: Jacobian, layouts: Layouts = BOTH, meanings: Mapping[str, str] = NONE
) -> list[doc.Section]:
    """From the notation to the matrix form; line by line up to MOST_STEPS steps."""
    is_short = len(jacobian.steps) <= MOST_STEPS
    return _derivation(jacobian, layouts, steps=is_short, meanings=meanings)


def judged_sections(
    judgement: Judgement,
    diagnosis: Diagnosis | None = None,
    more: tuple[doc.Inline, ...] = (),
) -> list[doc.Section]:
    """The claim in each layout, what would be right, and how all of it was checked.

    Args:
        diagnosis: of the same judgement.
        more: how else it was checked.
    """
    jacobian, found = judgement.jacobian, tuple(judgement.verdicts.values())
    parts = [verdicts.claim(jacobian, verdict) for verdict in found]
    remedies = diagnosis_section(jacobian, diagnosis) if diagnosis else None
    parts += [remedies] if remedies else []
    items = (*verdicts.checks(jacobian, found), *more)
    again = (
        doc.Paragraph(doc.say("adhoc_check_again")),
        doc.Code(check_command(judgement)),
    )
    parts.append(
        doc.Section("checked", doc.say("checked_title"), (doc.Items(items), *again))
    )
    return parts


def equals(judgement: Judgement) -> str:
    """The claimed equation, with a question mark."""
    whole = sections.whole_derivative(judgement.jacobian)
    return rf"{whole} \overset{{?}}{{=}} {judgement.claim.latex()}"


def document(
    title: doc.Inline, box: doc.Callout, parts: list[doc.Section]
) -> doc.ProofView:
    """A document whose formulas fit on its pages."""
    shown = tuple(map(fit, parts))
    return doc.ProofView(
        "adhoc", title, (), (), fit_callout(box), shown, doc.say("footer")
    )


def title_of(jacobian: Jacobian, key: str) -> doc.Inline:
    """What is differentiated, how many times, and by what."""
    chain = history(jacobian)
    ends = [(one.wrt, one.vec) for one in chain]
    ends = ends[:1] if len(set(ends)) == 1 else ends
    order = doc.plain(f"adhoc_derivative_{min(len(chain), 4)}")
    wrt = doc.join((_end(*end) for end in ends), f" {doc.plain('adhoc_and')} ")
    of = _end(chain[0].of, is_stacked=jacobian.vec)
    return doc.say(key, derivative=order, of=of, wrt=wrt)


def _end(symbol: m.Symbol, is_stacked: bool) -> doc.Inline:
    if is_stacked and symbol.shape.kind is Kind.MATRIX:
        return (doc.Math(sections.stacked(symbol), f"vec({symbol})"),)
    return (doc.Math(latex.symbol_latex(symbol), str(symbol)),)


def sentence(judgement: Judgement, key: str = "adhoc_verdict") -> doc.Inline:
    """The verdicts in words."""
    pairs = [
        doc.say(
            "adhoc_in_layout",
            verdict=doc.words()[f"word_{verdict.outcome.value}"],
            layout=doc.layout_word(verdict.layout),
        )
        for verdict in judgement.verdicts.values()
    ]
    return doc.say(key, verdicts=doc.join(pairs, f" {doc.plain('adhoc_and')} "))


def result(jacobian: Jacobian, layouts: Layouts = BOTH) -> list[doc.Block]:
    """The result in each layout, and in index form."""
    entry = sections.derivative_entry(jacobian)
    blocks: list[doc.Block] = [
        doc.Paragraph(_for_all(jacobian, "adhoc_component")),
        doc.Display(f"{entry} = {latex.terms_latex(jacobian.terms)}"),
    ]
    again = (doc.Paragraph(sections.again(one)) for one in history(jacobian)[1:])
    if not jacobian.free:
        return [*again, *blocks]
    forms = (*_matrix_forms(jacobian, layouts), *_other_forms(jacobian))
    return [*again, *forms, *blocks]


def under(jacobian: Jacobian, layouts: Layouts) -> Iterator[doc.Block]:
    """Shorter forms under a hypothesis that people mean, each proved."""
    for found in under_hypotheses(jacobian):
        for layout in layouts:
            name = doc.Math(latex.symbol_latex(found.symbol))
            words = doc.text(f" {clause(found.word)}")
            phrase, at = (name, *words), doc.layout_word(layout)
            yield doc.Paragraph(doc.say("adhoc_under", hypothesis=phrase, layout=at))
            whole = sections.derivative_in(jacobian, layout)
            yield doc.Display(f"{whole} = {found.formulas[layout].latex()}")


def _for_all(jacobian: Jacobian, key: str) -> doc.Inline:
    """A phrase that names the free indices, or its plain form without any."""
    if not jacobian.free:
        return doc.say(f"{key}_plain")
    names = ", ".join(latex.index_latex(i) for i in jacobian.free)
    return doc.say(key, indices=doc.Math(names))


def _matrix_forms(jacobian: Jacobian, layouts: Layouts) -> list[doc.Block]:
    reason = no_matrix_form(jacobian)
    if reason:
        return [doc.Paragraph(reason)]
    blocks: list[doc.Block] = []
    for layout in layouts:
        whole = sections.derivative_in(jacobian, layout)
        formula = jacobian.matrix(layout).latex()
        blocks.append(
            doc.Paragraph(doc.say("adhoc_layout_form", layout=doc.layout_word(layout)))
        )
        blocks.append(doc.Display(f"{whole} = {formula}"))
    return blocks


def no_matrix_form(jacobian: Jacobian) -> doc.Inline:
    """Why the derivative has no matrix form; empty if it has one."""
    if jacobian.order > 2 and not jacobian.vec:
        many = min(jacobian.order, MANY)
        return doc.say("adhoc_order", count=doc.plain(f"adhoc_count_{many}"))
    try:
        jacobian.matrix(Layout.NUMERATOR)
    except LiftError as error:
        return doc.say("adhoc_unlifted", reason=doc.told(error.message))
    return ()


def _derivation(
    jacobian: Jacobian,
    layouts: Layouts,
    *,
    steps: bool,
    meanings: Mapping[str, str] = NONE,
) -> list[doc.Section]:
    parts = [
        sections.notation(jacobian, meanings),
        sections.equation(jacobian, doc.say("adhoc_equation"), doc.say("adhoc_scalar")),
        _conventions(jacobian),
        _derivative(jacobian, steps=steps),
    ]
    if jacobian.free:
        parts.append(_matrix(jacobian, layouts, steps=steps))
    return parts


def _conventions(jacobian: Jacobian) -> doc.Section:
    """What is differentiated, what is held fixed, and what each layout means."""
    of, wrt = jacobian.of, jacobian.wrt
    ends = {
        "of": doc.Math(latex.symbol_latex(of)),
        "wrt": doc.Math(latex.symbol_latex(wrt)),
    }
    blocks = [
        doc.Paragraph(
            (*doc.say("adhoc_what", **ends), *doc.text(" "), *layouts_of(jacobian))
        )
    ]
    if jacobian.held:
        held = doc.join(
            doc.math(latex.symbol_latex(symbol)) for symbol in jacobian.held
        )
        blocks.append(doc.Paragraph(doc.say("adhoc_held", symbols=held)))
    return doc.Section("conventions", doc.say("adhoc_conventions_title"), tuple(blocks))


def layouts_of(jacobian: Jacobian) -> doc.Inline:
    """What each layout means for derivatives of these kinds."""
    if jacobian.vec:
        both = (doc.Math(sections.vec_derivative(jacobian, one)) for one in Layout)
        numerator, denominator = both
        return doc.say(
            "adhoc_layouts_vec", numerator=numerator, denominator=denominator
        )
    if jacobian.order > 2:
        return no_matrix_form(jacobian)
    if sections.is_matrix(jacobian):
        found = (verdicts.definition(jacobian, layout) for layout in Layout)
        return doc.join(found, " ")
    kinds = (_kind(jacobian.of), _kind(jacobian.wrt))
    entry = doc.Math(sections.derivative_entry(jacobian))
    indices = {
        f"index{n}": doc.Math(latex.index_latex(i)) for n, i in _numbered(jacobian)
    }
    return doc.say(f"adhoc_layouts_{'_'.join(kinds)}", entry=entry, **indices)


def _numbered(jacobian: Jacobian) -> list[tuple[int, ix.Index]]:
    return list(enumerate(jacobian.free, 1))


def _kind(symbol: m.Symbol) -> str:
    kind = symbol.shape.kind
    return "vector" if kind in (Kind.COLUMN, Kind.ROW) else kind.value


def _derivative(jacobian: Jacobian, *, steps: bool) -> doc.Section:
    """The derivation, line by line, with the rule at each."""
    entry = sections.derivative_entry(jacobian)
    found = jacobian.derivations
    key = "adhoc_intro_chain" if len(found) > 1 else "adhoc_intro"
    if not jacobian.free:
        key = "adhoc_intro_scalar"
    intro = doc.say(key, derivative=doc.Math(entry))
    if not found:
        intro = doc.say("adhoc_constant")
    elif not steps:
        intro = (*intro, *doc.text(" "), *doc.say("adhoc_key_lines"))
    blocks: list[doc.Block] = [doc.Paragraph(intro)]
    lines = derivation_lines if steps else key_lines
    shown = [lines(derivation, latex.terms_latex) for derivation in found]
    if any(r"\partial^{+}" in line.left for part in shown for line in part):
        blocks.append(doc.Paragraph(doc.say("adhoc_immediate")))
    blocks += [doc.Align(part) for part in shown]
    blocks.append(doc.Paragraph(_for_all(jacobian, "adhoc_so")))
    blocks.append(doc.Display(f"{entry} = {latex.terms_latex(jacobian.terms)}"))
    return doc.Section("derivative", doc.say("derivative_title"), tuple(blocks))


def _matrix(jacobian: Jacobian, layouts: Layouts, *, steps: bool) -> doc.Section:
    """Back to matrix form, by the rule named at each step."""
    title = doc.say("adhoc_matrix_title")
    forms = _matrix_forms(jacobian, layouts)
    if derived_formula(jacobian, Layout.NUMERATOR) is None:
        return doc.Section("matrix", title, (*forms, *_other_forms(jacobian)))
    lines = lift_lines(jacobian, latex.terms_latex)
    blocks = _explicit(jacobian) if sections.is_matrix(jacobian) else []
    if len(lines) > 1:
        shown = lines if steps else shortened(lines)
        blocks += [doc.Paragraph(doc.say("matrix_lift")), doc.Align(shown)]
    return doc.Section("matrix", title, (*blocks, *forms))


def _other_forms(jacobian: Jacobian) -> list[doc.Block]:
    """A derivative of higher order by slices and in vec form, where these exist."""
    blocks: list[doc.Block] = []
    if jacobian.order < 3 or jacobian.vec:
        return blocks
    one = latex.entry_latex(ix.Entry(jacobian.wrt, jacobian.by_indices))
    part = latex.fraction(latex.symbol_latex(jacobian.of), one)
    stacked = partial(jacobian.vec_matrix, Layout.NUMERATOR)
    ways: tuple[tuple[str, str, Callable[[], Formula]], ...] = (
        ("adhoc_slice", part, jacobian.slice),
        ("adhoc_vec", sections.vec_derivative(jacobian, Layout.NUMERATOR), stacked),
    )
    for key, left, form in ways:
        try:
            shown = latex.matrix_latex(units_renamed(form().expr, jacobian))
        except LiftError:
            continue
        blocks += [doc.Paragraph(doc.say(key)), doc.Display(f"{left} = {shown}")]
    return blocks


def _explicit(jacobian: Jacobian) -> list[doc.Block]:
    """The matrix entry by entry, as far as it fits on a line."""
    terms, free = jacobian.terms, jacobian.free
    if not terms or not all(isinstance(index.dim, str) for index in free):
        return []
    whole = sections.whole_derivative(jacobian)
    grids = [general(terms, free)]
    if free[0].dim == free[1].dim:
        grids = [*(explicit(terms, free, size) for size in SIZES), *grids]
    shown = [grid for grid in grids if width(f"{whole} = {grid}") <= ROOM]
    if not shown:
        return []
    row, column = (doc.Math(latex.index_latex(i)) for i in free)
    intro = doc.Paragraph(doc.say("adhoc_explicit", row=row, column=column))
    return [intro, *(doc.Display(f"{whole} = {grid}") for grid in shown)]


def _checked(jacobian: Jacobian, command: str) -> doc.Section:
    """Hypotheses, and the command that makes the page again."""
    found = hypotheses(jacobian.unfolding)
    items = [doc.say("checked_replay", steps=doc.counted(jacobian.replay()))]
    if found:
        items.append(
            doc.say("checked_hypotheses", hypotheses=", ".join(map(doc.told, found)))
        )
    else:
        items.append(doc.say("adhoc_no_hypotheses"))
    blocks = (
        doc.Items(tuple(items)),
        doc.Paragraph(doc.say("adhoc_again")),
        doc.Code(command),
    )
    return doc.Section("checked", doc.say("adhoc_checked_title"), blocks)
