"""The documentation site, built by `sphinx-build -W -n docs build/site`.

Nothing is fetched, neither when it is built nor when it is read: KaTeX is the copy that
symjac packs. It writes MathML beside what it draws, for screen readers.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from symjac import __version__

project = "symjac"
author = "The symjac developers"
copyright = author
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_click",
    "symjac.hooks.sphinx",
]
myst_fence_as_directive = ["math"]
myst_heading_anchors = 3
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_numpy_docstring = False
default_role = "code"
smartquotes = False  # commands stand in running text, too
nitpick_ignore_regex = [("py:.*", "(sympy|click|collections|pathlib)\\..*")]

html_theme = "furo"
html_title = "symjac"
html_math_renderer = "katex"
html_static_path = ["_static", "../symjac/document/katex"]
html_css_files = ["katex.min.css", "site.css"]
html_js_files = [
    ("katex.min.js", {"defer": "defer"}),
    ("site.js", {"defer": "defer"}),
]
html_copy_source = False
html_show_sphinx = False

OUTPUT = Path(__file__).parent.parent / "output"
FENCED = r"^(?P<indent> *)(?P<fence>`{3,}|~{3,}).*?^(?P=indent)(?P=fence)`*$"
CODE = r"(?<!`)``(?!`).+?(?<!`)``(?!`)"
FORMULA = r"\$`(?P<formula>[^`]+)`\$"
PROOF = r"\[(?P<text>[^\]]+)\]\(\.\./output/(?P<proof>[\w/-]+)\.md\)"
GITHUB = re.compile(f"{FENCED}|{CODE}|{FORMULA}|{PROOF}", re.MULTILINE | re.DOTALL)


def from_github(app: Sphinx, page: str, source: list[str]) -> None:
    """GitHub's formulas as roles, its proofs as pages of the site; all pages listed."""
    source[0] = GITHUB.sub(_sphinx, source[0])
    if page == "index":
        source[0] = _contents(source[0], app.env.found_docs - {page})


def _contents(source: str, pages: set[str]) -> str:
    """The table of contents: no page that is not there, and none left out."""
    listed = set(re.findall(r"^\w+$", source, re.MULTILINE))
    for missing in listed - pages:
        source = re.sub(rf"^{missing}\n", "", source, flags=re.MULTILINE)
    return source.replace("%OTHER-PAGES", "\n".join(sorted(pages - listed)))


def _sphinx(found: re.Match[str]) -> str:
    if found["formula"]:
        return f"{{math}}`{found['formula']}`"
    if found["proof"]:
        return f'<a href="output/{found["proof"]}.html">{found["text"]}</a>'
    return found[0]


def formulas_of_docstrings(
    app: Sphinx, what: str, name: str, obj: object, options: Any, lines: list[str]
) -> None:
    """`$...$` in a docstring is mathematics, as everywhere."""
    lines[:] = [re.sub(r"\$([^$]+)\$", r":math:`\1`", line) for line in lines]


def dashes(app: Sphinx, page: nodes.document) -> None:
    """Dashes between words; options such as `--steps` keep their hyphens."""
    for text in list(page.findall(nodes.Text)):
        if " -- " in text and not isinstance(text.parent, nodes.literal_block):
            text.parent.replace(text, nodes.Text(text.replace(" -- ", " – ")))


def copy_proofs(app: Sphinx, error: Exception | None) -> None:
    """The proofs' own pages, into the site."""
    if error is None and app.builder.format == "html":
        pages = shutil.ignore_patterns("*.md", "*.tex", "*.typ")
        shutil.copytree(OUTPUT, app.outdir / "output", ignore=pages, dirs_exist_ok=True)


def inline_formula(translator: Any, node: nodes.math) -> None:
    """LaTeX for `site.js` to typeset."""
    translator.body.append(translator.starttag(node, "span", "", CLASS="math"))
    translator.body.append(f"{translator.encode(node.astext())}</span>")
    raise nodes.SkipNode


def displayed_formula(translator: Any, node: nodes.math_block) -> None:
    """The same for a display."""
    translator.body.append(translator.starttag(node, "div", "", CLASS="math"))
    translator.body.append(f"{translator.encode(node.astext())}</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """What this site adds to Sphinx."""
    app.connect("source-read", from_github)
    app.connect("autodoc-process-docstring", formulas_of_docstrings)
    app.connect("doctree-read", dashes)
    app.connect("build-finished", copy_proofs)
    app.add_html_math_renderer(
        "katex", (inline_formula, None), (displayed_formula, None)
    )
