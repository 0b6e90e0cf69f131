"""Templates filled, files written: whole or not at all."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from symjac.catalog.paper import load
from symjac.errors import OutputError
from symjac.lazy import lazy_import
from symjac.render.case import Case, build
from symjac.render.document import (
    TEMPLATES,
    Block,
    Inline,
    Line,
    Network,
    Plot,
    ProofView,
    words,
)
from symjac.render.figures import svg, tikz
from symjac.render.view import proof_view

if TYPE_CHECKING:
    import jinja2
else:
    jinja2 = lazy_import("jinja2")

Files = Mapping[str, str | bytes]
FORMATS = ("tex", "md", "html")
WRAP = 40  # characters
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


def tex_escape(content: str) -> str:
    """Plain text for LaTeX."""
    escaped = "".join(_TEX.get(c, c) for c in content)
    return "".join(c if ord(c) < 0x250 or c in "–—’“”" else "?" for c in escaped)


def markdown_escape(content: str) -> str:
    """Plain text for GitHub's Markdown."""
    safe = content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]#|$~])", r"\\\1", safe)


def address(target: str) -> str:
    """An address without the signs that end one in Markdown."""
    return quote(target, safe=":/?#[]@!$&'*+,;=%~")


def plain_text(inline: Inline) -> str:
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


def shrunk(line: Line) -> str:
    """A right side for LaTeX; one that no break could shorten is made smaller."""
    if not line.most:
        return line.right
    inner = rf"$\displaystyle {line.right}$"
    return rf"\adjustbox{{max width={line.most:.1f}em}}{{{inner}}}"


def tex_code(content: str) -> str:
    """A command for LaTeX, which may break after signs."""
    return re.sub(r"(?<=[;,+*@)=])(?=\S)", r"\\allowbreak{}", tex_escape(content))


@dataclass(frozen=True, slots=True)
class Proof:
    """A paper's claim derived, judged and ready to print."""

    case: Case
    view: ProofView

    @property
    def key(self) -> str:
        """Name of the paper's data file, and of the output files."""
        return self.case.paper.key

    def render(self, format: str) -> str:
        """The document as LaTeX (`tex`), GitHub Markdown (`md`) or one HTML page."""
        return render_view(self.view, format)

    def files(self, formats: Iterable[str] = FORMATS) -> Files:
        """File names and contents; Markdown and LaTeX come with their figures."""
        out: dict[str, str | bytes] = {}
        for one in formats:
            out[f"{self.key}.{one}"] = self.render(one)
            if one == "md":
                out |= {n.file: captioned_svg(n) + "\n" for n in self.networks}
                out |= {f"{p.file}.svg": p.svg for p in self.plots}
            if one == "tex":
                out |= {f"{p.file}.pdf": p.pdf for p in self.plots}
        return out

    @property
    def summary(self) -> str:
        """The verdicts in one line each."""
        label, main = self.case.claim.label, self.case.main
        if main.judgement is None:
            return f"{label}: not well formed: {main.message}"
        verdicts = main.judgement.verdicts.items()
        return "\n".join(
            f"{label}, {name} layout: {v.outcome.value}" for name, v in verdicts
        )

    @property
    def networks(self) -> tuple[Network, ...]:
        """The pictures of networks in the document."""
        return tuple(block for block in self.blocks if isinstance(block, Network))

    @property
    def plots(self) -> tuple[Plot, ...]:
        """The pictures of numbers in the document."""
        return tuple(block for block in self.blocks if isinstance(block, Plot))

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks of all sections."""
        return tuple(b for section in self.view.sections for b in section.blocks)

    def save(
        self, folder: str | Path, formats: Iterable[str] = FORMATS
    ) -> tuple[Path, ...]:
        """Write the document's files into a folder, each whole or not at all.

        Raises:
            OutputError: the folder cannot be written; existing files are unchanged.
        """
        return write_all(Path(folder), self.files(formats))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        shown = self.render("md")
        return {"text/plain": shown, "text/markdown": shown}


def render_view(
    view: ProofView, format: str, *, is_adhoc: bool = False, shared: str | None = None
) -> str:
    """A document as LaTeX (`tex`), GitHub Markdown (`md`) or one HTML page.

    Args:
        is_adhoc: of equations of any length, which may need more room.
        shared: where the files of `shared_assets` are, seen from an HTML page that
            is not to have them inside; empty, or a folder with its slash.
    """
    assets = _assets(is_adhoc) if format == "html" and shared is None else {}
    template = _environment(format).get_template(f"proof.{format}.jinja")
    shown = template.render(
        view=view, words=words(), allow_breaks=is_adhoc, shared=shared, **assets
    )
    return str(shown)


def render_blocks(blocks: tuple[Block, ...]) -> str:
    """Blocks as GitHub Markdown, without a heading."""
    template = _environment("md").get_template("excerpt.md.jinja")
    return str(template.render(blocks=blocks))


def _environment(format: str) -> Any:
    delimiters: dict[str, Any] = _TEX_DELIMITERS if format == "tex" else {}
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=format == "html",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **delimiters,
    )
    environment.filters |= {
        "tex": tex_escape,
        "md": markdown_escape,
        "tikz": tikz,
        "texcode": tex_code,
        "shrunk": shrunk,
        "plain": plain_text,
        "reason_md": markdown_reason,
        "address": address,
    }
    environment.filters["svg"] = captioned_svg
    return environment


def captioned_svg(network: Network) -> str:
    """The network's SVG with its caption as title."""
    return svg(network, plain_text(network.caption))


_TEX_DELIMITERS = {
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
        "page_css": "".join((TEMPLATES / s).read_text("utf-8") for s in styles),
        "page_js": (TEMPLATES / "page.js").read_text("utf-8"),
    }


def shared_assets() -> Files:
    """What many pages share: one style sheet with its fonts, and one script."""
    parts = _assets(is_adhoc=True)
    gallery = (TEMPLATES / "gallery.css").read_text("utf-8")
    style = parts["katex_css"], parts["page_css"], gallery
    script = parts["katex_js"], parts["page_js"]
    return {"page.css": "\n".join(style), "page.js": "\n".join(script)}


def prove(paper: str, *, plots: bool = False) -> Proof:
    """Derive, judge and prepare the proof document of a paper.

    Args:
        paper: a key of the catalogue such as `"pascanu2013"`, or a `.toml` path.
        plots: draw the products over time; needs the extra `plot`.

    Raises:
        CatalogError: the file is missing or malformed, with the place.
        SymjacError: the equations or the claim cannot be read, with the place.
        PackageError: plots without Matplotlib.
        UnsupportedError: plots of what is no product of one-step Jacobians.
    """
    case = build(load(paper))
    return Proof(case, proof_view(case, plots=plots))


def encoded(content: str | bytes) -> bytes:
    """A file's bytes; text is UTF-8."""
    return content if isinstance(content, bytes) else content.encode()


def write_all(folder: Path, files: Files) -> tuple[Path, ...]:
    """Write files next to their places first, then move them there.

    Raises:
        OutputError: with nothing changed.
    """
    prepared: list[tuple[str, Path]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            target = folder / name
            if target.is_dir():
                raise IsADirectoryError(21, "is a folder", str(target))
            target.parent.mkdir(exist_ok=True)
            handle, temporary = tempfile.mkstemp(
                dir=target.parent, prefix=f".{target.name}."
            )
            prepared.append((temporary, target))
            with os.fdopen(handle, "wb") as stream:
                stream.write(encoded(content))
            Path(temporary).chmod(0o644)
        for temporary, target in prepared:
            Path(temporary).replace(target)
    except OSError as error:
        raise OutputError(f"cannot write to {folder}: {error.strerror}") from None
    finally:
        for temporary, _ in prepared:
            Path(temporary).unlink(missing_ok=True)
    return tuple(target for _, target in prepared)


def write_in_place(texts: Mapping[Path, str]) -> tuple[Path, ...]:
    """Write files that are there already, each whole or not at all, with their mode."""
    for path, text in texts.items():
        target = path.resolve()
        mode = target.stat().st_mode
        write_all(target.parent, {target.name: text})
        target.chmod(mode)
    return tuple(texts)
