"""A picture of how a proof begins: verdict, equation, derivation; one SVG, by Typst.

Letters are outlines, so that it looks the same everywhere. The same version of Typst
draws the same bytes; another may not, so `symjac docs` draws with one version only.
"""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

from symjac.document import document as doc
from symjac.document.templates import render_view
from symjac.errors import OutputError
from symjac.lazy import optional_import

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
