"""Pictures: their section, read off the numbers, and how a proof begins as SVG."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

from symjac.document import document as doc
from symjac.document import plots
from symjac.document.templates import render_view
from symjac.errors import OutputError, UnsupportedError
from symjac.exposition.case import Facts
from symjac.lazy import optional_import
from symjac.library.functions import lookup
from symjac.recurrence.numeric import Array
from symjac.recurrence.study import (
    NOISE,
    Decay,
    Entries,
    Question,
    Setting,
    decay,
    entries,
)
from symjac.terms.shape import Layout, Time
from symjac.typeset import latex

VERSION = "0.15.2"  # of the package typst
SECTIONS = slice(1, 3)  # the equation, and its derivative
HEIGHTS = range(16, 40)  # cm, until everything fits on one page
PAPER = """width: 33cm, height: %dcm, margin: (x: 1.3cm, top: 1.1cm, bottom: 0.9cm),
  columns: 2, background: rect(width: 100%%, height: 100%%, stroke: 1pt + luma(75%%))"""
_DEFAULTS = (' y="0"', ' fill="#000000"', ' fill-rule="nonzero"')


def can_draw() -> bool:
    """Whether the version of Typst is there that draws the committed bytes."""
    try:
        return version("typst") == VERSION
    except PackageNotFoundError:
        return False


def draw(view: doc.ProofView) -> str:
    """The first sections of a proof beside its verdict, as SVG.

    Raises:
        PackageError: Typst is not installed.
        OutputError: the sections are too long for a picture.
    """
    typst = optional_import("typst", extra="pdf")
    excerpt = replace(view, sections=view.sections[SECTIONS])
    for height in HEIGHTS:
        source = render_view(excerpt, "typ", paper=PAPER % height).encode()
        made = typst.compile(source, format="svg", ignore_system_fonts=True)
        if isinstance(made, bytes):
            return compact(made.decode()) + "\n"
    raise OutputError("the proof's first sections are too long for a picture")


def compact(svg: str) -> str:
    """Typst's SVG with short names, three decimals, and no attribute at its default.

    Example:
        >>> compact('<use href="#gA0" x="1.23456" y="0" fill="#000000"/>')
        '<use href="#g0" x="1.235"/>'
    """
    names: dict[str, str] = {}

    def renamed(match: re.Match[str]) -> str:
        return match[1] + names.setdefault(match[2], f"g{len(names)}")

    shown = re.sub(r'((?:href="#|id=")(?=g))(g[0-9A-F]+)', renamed, svg)
    shown = re.sub(r"-?\d+\.\d{3,}", _rounded, shown)
    return re.sub(r"<use [^>]*>", _without_defaults, shown)


def _rounded(match: re.Match[str]) -> str:
    return f"{float(match[0]):.3f}".rstrip("0").rstrip(".")


def _without_defaults(match: re.Match[str]) -> str:
    shown = match[0]
    for default in _DEFAULTS:
        shown = shown.replace(default, "")
    return shown


SMALL, LARGE = (Setting(size=24, steps=20, sigma_max=s, seed=6) for s in (0.9, 4.0))
CELLS = Setting(size=3, steps=1, sigma_max=1.5, seed=17, decimals=1)
SMALL_SHARE = 1e-3  # of the largest singular value; what is below counts as lost


def pictures(case: Facts) -> doc.Section:
    """Norms, singular values and entries of the true and the claimed derivative.

    Raises:
        UnsupportedError: the derivative is not one weight matrix times slopes.
        PackageError: Matplotlib is not installed.
    """
    judgement = case.main.judgement
    if judgement is None:
        raise UnsupportedError("no pictures of a claim that is not well formed")
    is_denominator = case.claim.layout == Layout.DENOMINATOR.value
    layout = Layout.DENOMINATOR if is_denominator else Layout.NUMERATOR
    question = Question(case.jacobian, judgement.claim.expr, layout)
    regimes = (decay(question, SMALL), decay(question, LARGE))
    blocks: list[doc.Block] = [
        doc.Paragraph(_intro(question, regimes)),
        _norms(case, question, regimes),
        doc.Paragraph(_norms_seen(question, regimes)),
        _spectra(case, question, regimes),
        doc.Paragraph(_spectra_seen(question, regimes)),
        *_entries(case, question),
    ]
    return doc.Section("pictures", doc.say("pictures_title"), tuple(blocks))


def number(value: float) -> doc.Math:
    """Two significant digits, with a power of ten where the number is far from 1."""
    mantissa, exponent = f"{value:.1e}".split("e")
    if -3 < int(exponent) < 3:
        return doc.Math(f"{float(f'{value:.2g}'):g}")
    times = "" if mantissa == "1.0" else rf"{mantissa} \times "
    return doc.Math(
        rf"{{{times}10^{{{int(exponent)}}}}}"
    )  # braces: no line break inside


def _weight(question: Question) -> str:
    return latex.symbol_latex(question.weight)


def _norm(question: Question, value: float) -> doc.Math:
    return doc.Math(rf"\lVert {_weight(question)} \rVert_2 = {value:.2g}")


def _derivative(question: Question) -> str:
    of = question.jacobian.of
    later, earlier = (replace(of, time=Time(letter, 0)) for letter in "tk")
    above, below = latex.symbol_latex(later), latex.symbol_latex(earlier)
    return rf"\partial {above} / \partial {below}"


def _intro(question: Question, regimes: tuple[Decay, ...]) -> doc.Inline:
    side = "left" if question.layout is Layout.NUMERATOR else "right"
    parts = [
        doc.say(
            "pictures_intro",
            size=str(SMALL.size),
            seed=str(SMALL.seed),
            weight=doc.Math(_weight(question)),
            norms=doc.join(
                ((_norm(question, r.norm),) for r in regimes),
                f" {doc.plain('adhoc_and')} ",
            ),
            layout=doc.layout_word(question.layout),
            side=doc.words()[f"pictures_{side}"],
        )
    ]
    function = question.slopes.function
    if function.is_generic:
        chosen = doc.Math(latex.function_latex(lookup(SMALL.function), 0))
        symbol = doc.Math(latex.function_latex(function, 0))
        parts.append(doc.say("pictures_function", chosen=chosen, generic=symbol))
        gamma = doc.Math(rf"\gamma = {regimes[0].slope:g}")
        parts.append(doc.say("pictures_slope", gamma=gamma))
    return doc.join(parts, " ")


def _labels(question: Question) -> plots.Labels:
    return plots.Labels(_weight(question), _derivative(question))


def _plot(
    case: Facts, key: str, picture: plots.Picture, **values: doc.Math
) -> doc.Plot:
    return doc.Plot(
        f"{case.paper.key}-{key}",
        picture.svg,
        picture.pdf,
        doc.say(f"pictures_{key}_caption", **values),
        doc.plain(f"pictures_{key}_alt"),
    )


def _norms(case: Facts, question: Question, regimes: tuple[Decay, ...]) -> doc.Plot:
    name, title = f"{case.paper.key}-norms", doc.plain("pictures_norms_alt")
    picture = plots.norms(regimes, _labels(question), name, title)
    derivative = doc.Math(rf"\lVert {_derivative(question)} \rVert_2")
    return _plot(case, "norms", picture, derivative=derivative)


def _norms_seen(question: Question, regimes: tuple[Decay, ...]) -> doc.Inline:
    seen = [
        doc.say(
            "pictures_norms_seen",
            norm=_norm(question, one.norm),
            steps=str(SMALL.steps),
            truth=number(one.truth[-1]),
            claim=number(one.claim[-1]),
            bound=number(one.bound[-1]),
        )
        for one in regimes
    ]
    is_within = all(
        claim <= bound
        for one in regimes
        for claim, bound in _pairs(one.claim, one.bound)
    )
    for one in regimes:
        if one.bound[-1] > 1:
            share = number(one.truth[-1] / one.bound[-1])
            seen.append(doc.say("pictures_allows", share=share))
    seen.append(doc.say("pictures_within" if is_within else "pictures_passes"))
    ratio = max(
        max(truth / claim, claim / truth)
        for one in regimes
        for truth, claim in _pairs(one.truth, one.claim)
    )
    seen.append(doc.say("pictures_ratio", ratio=number(ratio)))
    return doc.join(seen, " ")


def _pairs(
    left: tuple[float, ...], right: tuple[float, ...]
) -> list[tuple[float, float]]:
    return list(zip(left, right, strict=True))


def _spectra(case: Facts, question: Question, regimes: tuple[Decay, ...]) -> doc.Plot:
    name, title = f"{case.paper.key}-spectra", doc.plain("pictures_spectra_alt")
    picture = plots.spectra(regimes, _labels(question), name, title)
    return _plot(case, "spectra", picture, derivative=doc.Math(_derivative(question)))


def _spectra_seen(question: Question, regimes: tuple[Decay, ...]) -> doc.Inline:
    seen = []
    for one in regimes:
        last = one.spectra[-1]
        kept = sum(value > SMALL_SHARE * last[0] for value in last)
        seen.append(
            doc.say(
                "pictures_spectra_seen",
                norm=_norm(question, one.norm),
                steps=str(SMALL.steps),
                kept=str(kept),
                size=str(SMALL.size),
                share=number(SMALL_SHARE),
            )
        )
    if any(len(s) < SMALL.size for one in regimes for s in one.spectra):
        seen.append(doc.say("pictures_noise", share=number(NOISE)))
    return doc.join(seen, " ")


def _entries(case: Facts, question: Question) -> list[doc.Block]:
    found = entries(question, CELLS)
    name, title = f"{case.paper.key}-entries", doc.plain("pictures_entries_alt")
    truth, claim = (latex.matrix_latex(f) for f in (question.truth, question.claim))
    shown = (("true", truth), ("claimed", claim))
    left, right = (f"{doc.plain(f'plot_{k}')}\n{plots.mathtext(v)}" for k, v in shown)
    of, wrt = question.jacobian.of, question.jacobian.wrt
    if question.layout is Layout.DENOMINATOR:
        of, wrt = wrt, of
    rows, columns = (
        doc.plain("plot_component", of=plots.mathtext(latex.symbol_latex(end)))
        for end in (of, wrt)
    )
    picture = plots.heat_map(
        found, (left, right, doc.plain("plot_difference")), (rows, columns), name, title
    )
    values = rf"{_weight(question)} = {_array(found.weights)}, \qquad "
    values += f"{latex.matrix_latex(question.slopes)} = {_array(found.slopes)}"
    return [
        doc.Paragraph(doc.say("pictures_values")),
        doc.Display(values),
        _plot(case, "entries", picture),
        doc.Paragraph(_entries_seen(found)),
    ]


def _array(array: Array) -> str:
    rows = [row if array.ndim == 2 else [row] for row in array]
    inner = r" \\ ".join(" & ".join(f"{x:.4g}" for x in row) for row in rows)
    return rf"\begin{{pmatrix}} {inner} \end{{pmatrix}}"


def _entries_seen(found: Entries) -> doc.Inline:
    gap = abs(found.claim - found.truth)
    row, column = divmod(int(gap.argmax()), len(gap))
    seen = doc.say(
        "pictures_entries_seen",
        different=str(int((gap > 0).sum())),
        all=str(gap.size),
        most=doc.Math(f"{gap.max():.2f}"),
        row=str(row + 1),
        column=str(column + 1),
    )
    if gap.any() and not gap.diagonal().any():
        return doc.join((seen, doc.say("pictures_diagonal")), " ")
    return seen
