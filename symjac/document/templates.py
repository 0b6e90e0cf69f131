"""Templates filled from a document, ours and one's own; text is escaped on its way.

Templates of one's own see the same view and filters, in a sandbox: docs/templates.md.
"""

from __future__ import annotations

import hashlib
import importlib
import re
import traceback
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from symjac.document import document as doc
from symjac.document.document import fit_blocks, inline_width
from symjac.document.figures import svg, tikz
from symjac.document.figures import typst as typst_network
from symjac.document.typst import (
    LATEX_NAMES,
    typst_inline,
    typst_math,
    typst_right,
    typst_string,
    typst_text,
)
from symjac.errors import OutputError, Source, Span, TemplateError
from symjac.lazy import lazy_import
from symjac.typeset.widths import width

if TYPE_CHECKING:
    import jinja2
else:
    jinja2 = lazy_import("jinja2")

WRAP = 40  # characters
ARTICLE = 33.0  # em; the lines of LaTeX's article have 34.5
LEAST = 9.0  # em of a column whose text goes over several lines
COLUMN = 2.1  # em between columns, and to be safe
KATEX = Path(__file__).parent / "katex"
_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "-": "-{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
}


_UNKNOWN = frozenset("ĦħĸĿŀŉŦŧſ")  # to LaTeX's font encoding T1
_KNOWN = frozenset(map(chr, range(0xA0, 0x180))) - _UNKNOWN | frozenset("ȘșȚț–—‘’“”…€")
_IN_MATH = {c: rf"\ensuremath{{{name}}}" for c, name in LATEX_NAMES.items()}


def tex_escape(content: str) -> str:
    """Plain text for LaTeX; a letter that its fonts lack is named by its number."""
    return "".join(map(_tex_sign, unicodedata.normalize("NFC", doc.one_line(content))))


def _tex_sign(sign: str) -> str:
    if sign in _TEX or sign in _IN_MATH:
        return _TEX.get(sign) or _IN_MATH[sign]
    is_known = sign.isascii() or sign in _KNOWN
    return sign if is_known else f"[U+{ord(sign):04X}]"


def old_quotes(escaped: str, straight: str = "'") -> str:
    """The same for LaTeX's oldest font encoding, which has no straight quotes."""
    shown = escaped.replace(_TEX['"'], r"{\ttfamily\char34}")
    return shown.replace(_TEX["'"], straight)


_LIST = re.compile(  # what would begin a list or draw a line
    r"^(\s*\d+(?=[.)](?:\s|$))|\s*(?=[-+](?:\s|$)|--|=+\s*$))"
)


def markdown_escape(content: str) -> str:
    """Plain text for GitHub's Markdown."""
    safe = doc.one_line(content).replace("&", "&amp;")
    safe = safe.replace("<", "&lt;").replace(">", "&gt;")
    escaped = re.sub(r"([\\`*_{}\[\]#|$~])", r"\\\1", safe)
    return _LIST.sub(r"\1\\", escaped)


def address(target: str) -> str:
    """An address without the signs that end one in Markdown."""
    return quote(target, safe=":/?#[]@!$&'*+,;=%~")


def tex_inline(inline: doc.Inline) -> str:
    """Text and mathematics in a line, for LaTeX."""
    return "".join(
        f"${part.content}$" if isinstance(part, doc.Math) else tex_escape(part.content)
        for part in inline
    )


def markdown_inline(inline: doc.Inline) -> str:
    """Text and mathematics in a line, for GitHub's Markdown."""
    return "".join(
        markdown_math(part.content)
        if isinstance(part, doc.Math)
        else markdown_escape(part.content)
        for part in inline
    )


def markdown_math(latex: str) -> str:
    """Mathematics in a line, for GitHub's Markdown."""
    return f"$`{latex}`$"


def markdown_block(latex: str) -> str:
    """Mathematics apart, for GitHub's Markdown."""
    return f"```math\n{latex.strip()}\n```"


def markdown_mark(mark: doc.Mark) -> str:
    """A verdict in bold type, if it is the one that counts."""
    shown = markdown_escape(mark.content)
    return f"**{shown}**" if mark.is_main else shown


def markdown_image(block: doc.Network | doc.Plot) -> str:
    """The file of a picture, beside the document."""
    return f"{block.file}.svg" if isinstance(block, doc.Plot) else block.file


def plain_text(inline: doc.Inline) -> str:
    """Inline content as text, for titles."""
    return "".join(getattr(part, "plain", "") or part.content for part in inline)


def markdown_reason(reason: str) -> str:
    """Rules beside a line: text in mathematics, several lines where it is long."""
    lines: list[str] = []
    for title in reason.split(", "):
        if lines and len(f"{lines[-1]}, {title}") < WRAP:
            lines[-1] += f", {title}"
        else:
            lines = [*(f"{line.rstrip(',')}," for line in lines), title]
    shown = [rf"\text{{{line}}}" for line in lines]
    if len(shown) == 1:
        return shown[0]
    body = r" \\ ".join(shown)
    return rf"\begin{{array}}{{l}} {body} \end{{array}}"


def shrunk(line: doc.Line) -> str:
    """A right side for LaTeX; one that no break could shorten is made smaller."""
    if not line.most:
        return line.right
    inner = rf"$\displaystyle {line.right}$"
    return rf"\adjustbox{{max width={line.most:.1f}em}}{{{inner}}}"


_SIZES = {0.9: r"\small", 0.8: r"\footnotesize", 0.7: r"\scriptsize", 0.0: r"\tiny"}


def tex_size(block: doc.Align) -> str:
    """The size of type in which lines fit that no break could shorten, or nothing."""
    shares = [line.most / width(line.right) for line in block.lines if line.most]
    if not shares:
        return ""
    return next(name for share, name in _SIZES.items() if min(shares) >= share)


def tex_tabular(table: doc.Table) -> str:
    """The opening of a table for the lines of `article`, in type that makes it fit."""
    columns = zip(table.head, *table.rows, strict=True)
    widths = [max(map(inline_width, column)) + COLUMN for column in columns]
    places = "l" * len(widths) if len(widths) == 4 else "l" + "c" * (len(widths) - 1)
    room = ARTICLE - sum(widths[:-1]) - COLUMN
    size, rest = r"\small", room + ARTICLE * (1 / 0.9 - 1)
    if rest < min(LEAST, widths[-1]):
        size, rest = r"\footnotesize", room + ARTICLE * (1 / 0.8 - 1)
    if rest < widths[-1]:
        places = f"{places[:-1]}p{{{rest:.1f}em}}"
    return rf"{size}\begin{{tabular}}{{{places}}}"


def tex_code(content: str) -> str:
    """A command for LaTeX, which may break after signs."""
    return re.sub(r"(?<=[;,+*@)=])(?=\S)", r"\\allowbreak{}", tex_escape(content))


def render_view(
    view: doc.ProofView,
    format: str,
    name: str = "proof",
    *,
    is_adhoc: bool = False,
    shared: str | None = None,
    **extra: object,
) -> str:
    """A document in a format that a template prints.

    Args:
        format: `tex`, `md`, `html` or `typ`.
        name: of the template, before its format.
        is_adhoc: of equations of any length, which may need more room.
        shared: where the files of `shared_assets` are, seen from an HTML page that
            is not to have them inside; empty, or a folder with its slash.
        extra: what else this template needs.
    """
    assets = _assets(is_adhoc) if format == "html" and shared is None else {}
    template = environment(format).get_template(f"{name}.{format}.jinja")
    given = {"words": doc.words(), "allow_breaks": is_adhoc, "shared": shared}
    return str(template.render(view=view, **given, **assets, **extra))


def environment(
    format: str, folder: Path = doc.TEMPLATES, *, is_sandboxed: bool = False
) -> Any:
    """Jinja for one format: its delimiters, escapes, and an error for what is missing.

    Args:
        format: as for `render_view`.
        folder: where templates and what they include are found.
        is_sandboxed: for templates that symjac does not bring.
    """
    kind: Any = jinja2.Environment
    if is_sandboxed:
        kind = importlib.import_module("jinja2.sandbox").SandboxedEnvironment
    made = kind(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        autoescape=format == "html",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **(_DELIMITERS if format in ("tex", "typ") else {}),
    )
    made.filters |= FILTERS
    return made


def captioned_svg(network: doc.Network) -> str:
    """The network's SVG with its caption as title."""
    return svg(network, plain_text(network.caption))


FILTERS: dict[str, Callable[..., str]] = {
    "tex": tex_escape,
    "texinline": tex_inline,
    "ot1": old_quotes,
    "texcode": tex_code,
    "texsize": tex_size,
    "textabular": tex_tabular,
    "tikz": tikz,
    "shrunk": shrunk,
    "md": markdown_escape,
    "mdmath": markdown_math,
    "mdblock": markdown_block,
    "mdmark": markdown_mark,
    "mdimage": markdown_image,
    "mdinline": markdown_inline,
    "reason_md": markdown_reason,
    "address": address,
    "svg": captioned_svg,
    "plain": plain_text,
    "typinline": typst_inline,
    "typ": typst_text,
    "typmath": typst_math,
    "typright": typst_right,
    "typstring": typst_string,
    "typnetwork": typst_network,
}
_DELIMITERS = {
    "block_start_string": "<%",
    "block_end_string": "%>",
    "variable_start_string": "<<",
    "variable_end_string": ">>",
    "comment_start_string": "<#",
    "comment_end_string": "#>",
}


def _assets(is_adhoc: bool) -> dict[str, str]:
    styles = ["page.css", "adhoc.css"] if is_adhoc else ["page.css"]
    return {
        "katex_css": (KATEX / "katex.min.css").read_text("utf-8"),
        "katex_js": (KATEX / "katex.min.js").read_text("utf-8"),
        "page_css": "".join((doc.TEMPLATES / s).read_text("utf-8") for s in styles),
        "page_js": (doc.TEMPLATES / "page.js").read_text("utf-8"),
    }


def shared_assets() -> dict[str, str]:
    """What many pages share: one style sheet with its fonts, and one script."""
    parts = _assets(is_adhoc=True)
    gallery = (doc.TEMPLATES / "gallery.css").read_text("utf-8")
    style = parts["katex_css"], parts["page_css"], gallery
    script = parts["katex_js"], parts["page_js"]
    return {"page.css": "\n".join(style), "page.js": "\n".join(script)}


def render_blocks(
    blocks: tuple[doc.Block, ...],
    filters: Mapping[str, Callable[..., str]] | None = None,
) -> str:
    """Blocks as Markdown, without a heading.

    Args:
        blocks: what is shown.
        filters: of a Markdown other than GitHub's, by the names of FILTERS.
    """
    made = environment("md")
    made.filters |= filters or {}
    return str(made.get_template("excerpt.md.jinja").render(blocks=blocks))


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


FORMATS = ("tex", "md", "html", "typ")
MAX_BYTES = 1_000_000


def template_format(path: Path) -> str:
    """The format that a template's name says, such as `tex` for `mine.tex.jinja`.

    Raises:
        TemplateError: the name says none.
    """
    parts = path.name.split(".")
    if len(parts) < 3 or parts[-1] != "jinja" or parts[-2] not in FORMATS:
        known = ", ".join(f".{name}.jinja" for name in FORMATS)
        raise TemplateError(f"{path.name} is no template", hint=f"it ends in {known}")
    return parts[-2]


def render_with(path: Path, view: doc.ProofView) -> str:
    """A document by a template of one's own.

    Raises:
        TemplateError: malformed, or it asks for what the view has not, with the line.
        OutputError: the file cannot be read.
    """
    format = template_format(path)
    source = _read(path)
    made = environment(format, path.resolve().parent, is_sandboxed=True)
    try:
        return str(made.from_string(source.text).render(view=view, words=doc.words()))
    except Exception as error:  # whatever a template of one's own may raise
        raise _located(error, source) from None


def _read(path: Path) -> Source:
    try:
        content = path.read_bytes()
        if len(content) > MAX_BYTES:
            raise TemplateError(f"{path.name} has more than {MAX_BYTES} bytes")
        return Source(path.name, content.decode("utf-8"))
    except OSError as error:
        raise OutputError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise TemplateError(f"{path.name} is not UTF-8, byte {error.start}") from None


def _located(error: Exception, source: Source) -> TemplateError:
    """The error at its line of the template, which Jinja calls `<template>`."""
    message = getattr(error, "message", None) or str(error) or type(error).__name__
    name = getattr(error, "name", None)
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f.lineno for f in frames if f.filename in ("<template>", "<unknown>")]
    line = getattr(error, "lineno", None) if not lines else lines[-1]
    if name or line is None:
        return TemplateError(f"{name or source.name}: {message}")
    starts = source.text.splitlines(keepends=True)
    start = sum(map(len, starts[: line - 1]))
    width = len(starts[line - 1].rstrip()) if line <= len(starts) else 1
    return TemplateError(message, Span(source, start, start + max(width, 1)))
