"""Pictures of numbers, drawn with Matplotlib, which the extra `plot` brings.

A picture is the same file at every run: no dates, no versions, no user's settings, and
text as outlines, because an SVG that names Computer Modern falls back to fonts of other
widths wherever it is not installed. Matplotlib keeps each text as a comment. Fonts in
PDF are of type 3: as TrueType, Matplotlib's own fonts are embedded with warnings.
Curves differ in line and marker, not only in color; signs are written, not only shown.

Units: inches for sizes, points for fonts; a picture is as wide as the text on A4.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from typing import Any

from symjac.document import document as doc
from symjac.lazy import optional_import
from symjac.recurrence.study import Decay, Entries

WIDTH = 6.2
STYLE = {
    "font.family": "serif",
    "font.serif": ["cmr10"],
    "font.size": 9,
    "axes.titlesize": 9,
    "legend.fontsize": 9,
    "mathtext.fontset": "cm",
    "axes.unicode_minus": False,
    "axes.formatter.use_mathtext": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
    "svg.fonttype": "path",
    "svg.hashsalt": "symjac",
    "pdf.fonttype": 3,
}
BLACK, BLUE, RED = "#000000", "#0072b2", "#b34700"
METADATA = {
    "svg": dict.fromkeys(("Date", "Creator", "Format", "Type")),
    "pdf": dict.fromkeys(("CreationDate", "Creator", "Producer")),
}
FLUID = "max-width:100%;height:auto"  # on a narrow page
TICKS = 7  # most of them on an axis; left open, SVG and PDF would differ
LAG = "$t - k$"
LEVELS = 11  # steps of the color scale; the one in the middle is around zero


@dataclass(frozen=True, slots=True)
class Picture:
    """One drawing in both formats."""

    svg: str
    pdf: bytes


@dataclass(frozen=True, slots=True)
class Labels:
    """LaTeX of the weights, and of a later state's derivative by an earlier one."""

    weight: str
    derivative: str


def mathtext(latex: str) -> str:
    """LaTeX as far as Matplotlib typesets it: no sizes of brackets, no operators."""
    plain = re.sub(r"\\[bB]ig[lr]?", "", latex)
    plain = plain.replace(r"\operatorname", r"\mathrm")
    return f"${plain}$"


def norms(regimes: Sequence[Decay], labels: Labels, name: str, title: str) -> Picture:
    """Norms of the products, true and claimed, and their bound, against the lag.

    Args:
        regimes: one panel each.
        labels: what the curves are of.
        name: of the file, and of the SVG's own names.
        title: for those who cannot see it.
    """

    def draw(figure: Any) -> None:
        panels = _panels(figure, regimes, labels)
        for axes, one in zip(panels, regimes, strict=True):
            lags = range(len(one.truth))
            bound = rf"$(\Vert {labels.weight} \Vert_2\,\gamma)^{{t-k}}$"
            axes.plot(
                lags,
                one.bound,
                color=BLACK,
                ls=":",
                label=doc.plain("plot_bound", bound=bound),
            )
            axes.plot(
                lags,
                one.truth,
                color=BLUE,
                marker="o",
                markevery=2,
                label=doc.plain("plot_true_product"),
            )
            axes.plot(
                lags,
                one.claim,
                color=RED,
                ls="--",
                marker="s",
                mfc="white",
                markevery=(1, 2),
                label=doc.plain("plot_claimed_product"),
            )
        norm = rf"$\Vert\, {labels.derivative} \,\Vert_2$"
        panels[0].set_ylabel(doc.plain("plot_no_unit", quantity=norm))
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=3)

    return _picture(draw, 2.5, name, title)


def spectra(regimes: Sequence[Decay], labels: Labels, name: str, title: str) -> Picture:
    """Singular values of the true product against the lag, some of them by rank.

    Args:
        regimes: one panel each.
        labels: what the curves are of.
        name: of the file, and of the SVG's own names.
        title: for those who cannot see it.
    """

    def draw(figure: Any) -> None:
        panels = _panels(figure, regimes, labels)
        for axes, one in zip(panels, regimes, strict=True):
            for rank in range(len(one.spectra[0])):
                lines = [
                    (n, s[rank]) for n, s in enumerate(one.spectra) if len(s) > rank
                ]
                _curve(axes, lines, rank + 1)
        panels[0].set_ylabel(doc.plain("plot_singular_value"))
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=len(RANKS))

    return _picture(draw, 2.6, name, title)


RANKS = {1: ("-", "o"), 2: ("--", "s"), 4: ("-.", "^"), 8: (":", "D"), 16: ("-", "x")}


def _curve(axes: Any, points: list[tuple[int, float]], rank: int) -> None:
    lags, values = zip(*points, strict=True)
    if rank not in RANKS:
        axes.plot(lags, values, color="#c4c4c4", lw=0.5, zorder=1)
        return
    line, marker = RANKS[rank]
    label = rf"$\sigma_{{{rank}}}$"
    style = {"color": BLACK, "ls": line, "marker": marker, "mfc": "white"}
    axes.plot(lags, values, label=label, markevery=2, **style)


def _panels(figure: Any, regimes: Sequence[Decay], labels: Labels) -> list[Any]:
    panels = list(figure.subplots(1, len(regimes)))
    for axes, one in zip(panels, regimes, strict=True):
        sign = "<" if one.norm * one.slope < 1 else ">"
        product = rf"\Vert {labels.weight} \Vert_2\,\gamma = {one.norm * one.slope:.2g}"
        axes.set_title(rf"${product} {sign} 1$")
        axes.set_yscale("log")
        axes.yaxis.get_major_locator().set_params(numticks=TICKS)
        axes.set_xlabel(doc.plain("plot_lag", lag=LAG))
        axes.set_xlim(0, len(one.truth) - 1)
        axes.grid(visible=True, which="major", color="#e4e4e4", lw=0.5)
        axes.xaxis.get_major_locator().set_params(integer=True)
    return panels


def heat_map(
    found: Entries,
    heads: tuple[str, str, str],
    axes: tuple[str, str],
    name: str,
    title: str,
) -> Picture:
    """Entries of truth, claim and difference on one scale, the numbers in the cells.

    Args:
        found: one step's matrices.
        heads: what stands above each of the three.
        axes: what the rows and the columns count.
        name: of the file, and of the SVG's own names.
        title: for those who cannot see it.
    """
    matrices = (found.truth, found.claim, found.claim - found.truth)
    top = max(float(abs(m).max()) for m in matrices)
    edges = [top * (2 * n / LEVELS - 1) for n in range(LEVELS + 1)]
    ticks = (-top, 0.0, top)

    def draw(figure: Any) -> None:
        colors = optional_import("matplotlib.colors", extra="plot")
        cm = optional_import("matplotlib.cm", extra="plot")
        scale = cm.ScalarMappable(colors.BoundaryNorm(edges, 256), "RdBu_r")
        panels = list(figure.subplots(1, 3))
        for panel, matrix, head in zip(panels, matrices, heads, strict=True):
            panel.set_title(head)
            panel.set_xlabel(axes[1])
            _cells(panel, matrix, scale)
        panels[0].set_ylabel(axes[0])
        bar = figure.colorbar(scale, ax=panels, shrink=0.72, aspect=14, ticks=ticks)
        bar.minorticks_off()
        bar.set_label(doc.plain("plot_entry"))
        bar.set_ticklabels([signed(tick) for tick in ticks])

    return _picture(draw, 2.4, name, title)


def signed(value: float) -> str:
    """A number with its sign, which greyscale would hide."""
    return f"${value:+.2f}$" if round(value, 2) else "$0$"


def _cells(axes: Any, matrix: Any, scale: Any) -> None:
    patches = optional_import("matplotlib.patches", extra="plot")
    rows, columns = matrix.shape
    for (row, column), value in _numbered(matrix):
        color = scale.to_rgba(value)
        cell = patches.Rectangle((column, row), 1, 1, fc=color, ec="#808080", lw=0.5)
        axes.add_patch(cell)
        light = 0.3 * color[0] + 0.59 * color[1] + 0.11 * color[2] > 0.5
        ink = "black" if light else "white"
        place = (column + 0.5, row + 0.5)
        axes.text(*place, signed(value), ha="center", va="center", color=ink, size=8)
    axes.set(xlim=(0, columns), ylim=(rows, 0), aspect="equal")
    axes.set_xticks([n + 0.5 for n in range(columns)], range(1, columns + 1))
    axes.set_yticks([n + 0.5 for n in range(rows)], range(1, rows + 1))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _numbered(matrix: Any) -> list[tuple[tuple[int, int], float]]:
    return [
        ((row, column), float(value))
        for row, values in enumerate(matrix)
        for column, value in enumerate(values)
    ]


def _picture(draw: Any, height: float, name: str, title: str) -> Picture:
    """Draw once for each format, under our settings alone."""
    style = optional_import("matplotlib.style", extra="plot")
    figures = optional_import("matplotlib.figure", extra="plot")
    files: dict[str, bytes] = {}
    with style.context(["default", STYLE]):
        for kind, metadata in METADATA.items():
            figure = figures.Figure((WIDTH, height), layout="constrained")
            draw(figure)
            stream = BytesIO()
            figure.savefig(stream, format=kind, metadata=metadata)
            files[kind] = stream.getvalue()
    return Picture(_own_names(files["svg"].decode(), name, title), files["pdf"])


def _own_names(svg: str, name: str, title: str) -> str:
    """An SVG that can stand in a page: its names and its style are its own."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r'(\bid="|url\(#|href="#)', rf"\1{name}-", body)
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    body = body.replace("*{stroke", f"#{name} *{{stroke")
    label = escape(title, quote=True)
    start = f'<svg id="{name}" role="img" aria-label="{label}" style="{FLUID}"'
    return body.replace("<svg", start, 1)
