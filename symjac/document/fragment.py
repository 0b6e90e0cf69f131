r"""A document as a LaTeX snippet to \input in one's own paper: amsmath, no preamble.

Pictures are left out, and formulas broken for the text width of `article`. Labels start
with `symjac:` and the document's key, so that those of two proofs do not meet.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from symjac.document import document as doc
from symjac.document.fit import fit_blocks
from symjac.document.templates import ARTICLE, render_view


def fragment(view: doc.ProofView) -> str:
    """The snippet of a document."""
    key = view.key if view.key != "adhoc" else _digest(view)
    shown = replace(
        view,
        key=key,
        verdict=replace(view.verdict, blocks=fit_blocks(view.verdict.blocks, ARTICLE)),
        sections=tuple(map(_section, filter(_is_text, view.sections))),
    )
    needs_symbols = re.search(r"\b(mathbb|intercal)\b", repr(shown)) is not None
    return render_view(shown, "tex", "fragment", needs_symbols=needs_symbols)


def _digest(view: doc.ProofView) -> str:
    """A key for a document that has no name: the same for the same content."""
    return hashlib.sha256(repr(view).encode()).hexdigest()[:8]


def _is_text(section: doc.Section) -> bool:
    """Whether a section is about more than its picture."""
    return not any(isinstance(block, doc.Network) for block in section.blocks)


def _section(section: doc.Section) -> doc.Section:
    kept = tuple(block for block in section.blocks if not isinstance(block, doc.Plot))
    return replace(section, blocks=fit_blocks(kept, ARTICLE))
