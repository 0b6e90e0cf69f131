"""Templates filled, files written: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from symjac.catalog.paper import load
from symjac.errors import OutputError
from symjac.render.case import Case, build
from symjac.render.document import Block, Network, Plot, ProofView
from symjac.render.notebook import notebook
from symjac.render.record import record
from symjac.render.templates import captioned_svg, plain_text, render_view
from symjac.render.view import proof_view
from symjac.render.way import PLAIN, Way, printed
from symjac.shown import Shown

Files = Mapping[str, str | bytes]
FORMATS = ("tex", "md", "html")
DATA = ("json", "ipynb")
ALL_FORMATS = (*FORMATS, "typ", "pdf", *DATA)


@dataclass(frozen=True, slots=True)
class Proof(Shown):
    """A paper's claim derived, judged and ready to print."""

    case: Case
    view: ProofView

    @property
    def key(self) -> str:
        """Name of the paper's data file, and of the output files."""
        return self.case.paper.key

    def render(self, format: str) -> str:
        """The document as text in one of the formats, except `pdf`.

        `tex`, `typ` and `md` are documents, `html` is one page, `json` is the whole
        derivation as data, `ipynb` a notebook that derives it again.
        """
        if format == "json":
            return record(self.case)
        if format == "ipynb":
            return notebook(self.case, plain_text(self.view.title))
        return render_view(self.view, format)

    def printed(self, format: str, way: Way = PLAIN) -> str | bytes:
        """The document in one of ALL_FORMATS, where bytes are a PDF.

        Raises:
            OutputError: not to be had in this way, or the PDF engine's first error.
            TemplateError: a template of one's own is malformed, with the line.
            PackageError: nothing that makes PDF is installed.
        """
        if format in DATA and not way.formats:
            return self.render(format)
        return printed(self.view, format, way)

    def files(self, formats: Iterable[str] = FORMATS, way: Way = PLAIN) -> Files:
        """File names and contents; those that include figures come with them."""
        out: dict[str, str | bytes] = {}
        stem = f"{self.key}-fragment" if way.is_fragment else self.key
        for one in formats:
            out[f"{stem}.{one}"] = self.printed(one, way)
            if one == "md":
                out |= {n.file: captioned_svg(n) + "\n" for n in self.networks}
            if one in ("md", "typ"):
                out |= {f"{p.file}.svg": p.svg for p in self.plots}
            if one == "tex" and not way.is_fragment:
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
        self,
        folder: str | Path,
        formats: Iterable[str] = FORMATS,
        way: Way = PLAIN,
    ) -> tuple[Path, ...]:
        """Write the document's files into a folder, each whole or not at all.

        Raises:
            OutputError: the folder cannot be written; existing files are unchanged.
        """
        return write_all(Path(folder), self.files(formats, way))


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
