"""Fenced blocks for `pymdownx.superfences`, as in MkDocs and Zensical.

In `mkdocs.yml`, which both read:

    markdown_extensions:
      - pymdownx.arithmatex:
          generic: true
      - pymdownx.superfences:
          custom_fences:
            - name: symjac-derive
              class: symjac
              format: !!python/name:symjac.hooks.fences.derive
              validator: !!python/name:symjac.hooks.fences.every_option
            - name: symjac-check
              class: symjac
              format: !!python/name:symjac.hooks.fences.check
              validator: !!python/name:symjac.hooks.fences.every_option

Mathematics comes out as arithmatex's generic HTML, for KaTeX or MathJax. An error, or a
verdict that is not the expected one, stops the build.
"""

from __future__ import annotations

from html import escape
from typing import Any

from pymdownx.superfences import SuperFencesException

from symjac.document import document as doc
from symjac.errors import SymjacError
from symjac.exposition.excerpt import Blocks, aligned
from symjac.hooks.request import CHECK, DERIVE, request, unexpected

Options = dict[str, str]


def derive(
    source: str, language: str, css_class: str, options: Options, md: Any, **_: Any
) -> str:
    """The derivative of the equations between the fences."""
    try:
        return _page(request(source, options, DERIVE).derivation(), css_class)
    except SymjacError as error:
        raise SuperFencesException(error.report()) from error


def check(
    source: str, language: str, css_class: str, options: Options, md: Any, **_: Any
) -> str:
    """The option `claim`, judged for the equations between the fences."""
    try:
        asked = request(source, options, CHECK)
        judgement = asked.judgement()
        complaint = unexpected(judgement, options.get("expect", ""))
        shown = _page(asked.verdicts(judgement), css_class)
    except SymjacError as error:
        raise SuperFencesException(error.report()) from error
    if complaint:
        raise SuperFencesException(complaint)
    return shown


def every_option(
    language: str, inputs: Options, options: Options, attrs: Options, md: Any
) -> bool:
    """Take all options: a mistake is an error here, and no block of code there."""
    options.update(inputs)
    return True


def _page(blocks: Blocks, css_class: str) -> str:
    body = "\n".join(map(_html, blocks))
    return f'<div class="{escape(css_class)}">\n{body}\n</div>'


def _html(block: doc.Block) -> str:
    match block:
        case doc.Paragraph(inline):
            return f"<p>{_inline(inline)}</p>"
        case doc.Display(latex):
            return _display(latex)
        case doc.Align():
            return _display(aligned(block))
    raise TypeError(f"an excerpt holds no {block.kind}")


def _display(latex: str) -> str:
    return f'<div class="arithmatex">\\[\n{escape(latex, quote=False)}\n\\]</div>'


def _inline(parts: doc.Inline) -> str:
    return "".join(
        f'<span class="arithmatex">\\({escape(part.content, quote=False)}\\)</span>'
        if isinstance(part, doc.Math)
        else escape(part.content, quote=False)
        for part in parts
    )
