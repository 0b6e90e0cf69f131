"""Results in a notebook: Markdown with mathematics, HTML only to fold and to color.

Markdown is the one kind of rich output whose mathematics JupyterLab, VS Code, Colab,
GitHub and nbconvert all typeset. They drop style sheets: colors stand in the elements,
each on a ground of its own, so that they can be read on light and dark pages.
"""

from __future__ import annotations

import html
import importlib
import re
from base64 import b64encode
from collections.abc import Callable

from symjac.document import document as doc
from symjac.document.templates import captioned_svg, plain_text, render_blocks
from symjac.exposition.cards import Card, card

WHITE = "#ffffff"
GROUNDS = {"right": "#1b6e3c", "wrong": "#b3261e", "open": "#5a6069"}  # by tone
SIGN = re.compile(  # all but letters, and what begins a list or draws a line
    r"[^\w\s.,;:'()/=+-]|_|^[-+=]|(?<=^ )[-+=]"
)
NUMBERED = re.compile(r"^( ?\d+)([.)])")
SIGNS = {"right": "✓", "wrong": "✗", "open": "–"}


def bundle(result: object) -> dict[str, str]:
    """A result as a notebook takes it: plain text, and Markdown."""
    found = card(result)
    return {"text/plain": found.plain, "text/markdown": markdown(found)}


def markdown(found: Card) -> str:
    """A card whose sections fold open."""
    return "\n\n".join((body(found.blocks), *map(_folded, found.sections)))


def _folded(section: doc.Section) -> str:
    return f"<details>\n{summary(section)}\n\n{body(section.blocks)}\n\n</details>"


def summary(section: doc.Section) -> str:
    """The line on which a section folds open."""
    return f"<summary>{html.escape(plain_text(section.title))}</summary>"


def for_marimo(result: object) -> tuple[str, str]:
    """A result as marimo takes it: its Markdown knows no sections that fold open."""
    marimo = importlib.import_module("marimo")  # which has asked, so it is there
    found = card(result)
    parts = [marimo.md(body(found.blocks)).text]
    parts += [
        f"<details>{summary(section)}{marimo.md(body(section.blocks)).text}</details>"
        for section in found.sections
    ]
    return "text/html", "\n".join(parts)


def body(blocks: tuple[doc.Block, ...]) -> str:
    """Blocks in a notebook's Markdown."""
    return render_blocks(blocks, FILTERS).strip()


def escape(content: str) -> str:
    """Plain text: signs by their numbers mean nothing to any kind of Markdown."""
    signs = SIGN.sub(_numbered, doc.one_line(content))
    return NUMBERED.sub(lambda found: f"{found[1]}&#{ord(found[2])};", signs)


def _numbered(found: re.Match[str]) -> str:
    """A sign by its number; alone in an element if MathJax looks for it in a page."""
    number = f"&#{ord(found[0])};"
    return f"<span>{number}</span>" if found[0] in "$\\" else number


def inline_math(latex: str) -> str:
    """Mathematics in a line."""
    return f"${latex.strip()}$"


def display_math(latex: str) -> str:
    """Mathematics apart."""
    return f"$$\n{latex.strip()}\n$$"


def badge(mark: doc.Mark) -> str:
    """A verdict: a sign and a word, white on its tone's ground."""
    style = f"color:{WHITE};background-color:{GROUNDS[mark.tone]}"
    shape = "padding:1px 7px;border-radius:4px"
    shown = f"{SIGNS[mark.tone]} {escape(mark.content)}"
    return f'<span style="{style};{shape}">{shown}</span>'


def picture(block: doc.Network | doc.Plot) -> str:
    """A picture's address, which holds the picture."""
    svg = block.svg if isinstance(block, doc.Plot) else captioned_svg(block)
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


FILTERS: dict[str, Callable[..., str]] = {
    "md": escape,
    "mdmath": inline_math,
    "mdblock": display_math,
    "mdmark": badge,
    "mdimage": picture,
}
