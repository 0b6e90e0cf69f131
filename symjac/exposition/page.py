"""Proofs of papers: derived, judged, and written in every format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from symjac.catalog.paper import load
from symjac.document import document as doc
from symjac.document.templates import captioned_svg, plain_text, render_view
from symjac.exposition.case import Facts, build
from symjac.exposition.notebook import notebook
from symjac.exposition.record import record
from symjac.exposition.view import proof_view
from symjac.exposition.way import PLAIN, Way, printed
from symjac.exposition.writing import STEPS, written_for
from symjac.files import Files, write_all
from symjac.shown import Shown
from symjac.typeset.notation import USUAL, Notation, written
from symjac.typeset.notation import notation as in_force

FORMATS = ("tex", "md", "html")
DATA = ("json", "ipynb")
ALL_FORMATS = (*FORMATS, "typ", "pdf", *DATA)


@dataclass(frozen=True, slots=True, repr=False)
class Proof(Shown):
    """A paper's claim derived, judged and ready to print in a notation."""

    case: Facts
    view: doc.ProofView
    notation: Notation = USUAL
    has_plots: bool = False

    def written(self, notation: Notation | None) -> Proof:
        """The same proof in another notation; None for the one that it has.

        Raises:
            NotationError: a letter for an index has another meaning here.
        """
        if notation is None or notation == self.notation:
            return self
        return proof_of(self.case, notation, plots=self.has_plots)

    @property
    def key(self) -> str:
        """Name of the paper's data file, and of the output files."""
        return self.case.paper.key

    def render(self, format: str, *, notation: Notation | None = None) -> str:
        """The document as text in one of the formats, except `pdf`.

        `tex`, `typ` and `md` are documents, `html` is one page, `json` is the whole
        derivation as data, `ipynb` a notebook that derives it again. Data and notebook
        are in the default notation, as what the notebook prints when it runs.
        """
        shown = self.written(notation)
        with written(shown.notation):
            if format not in DATA:
                return render_view(shown.view, format)
        with written(Notation(language=shown.notation.language)):
            if format == "json":
                return record(self.case)
            return notebook(self.case, plain_text(shown.view.title))

    def printed(self, format: str, way: Way = PLAIN) -> str | bytes:
        """The document in one of ALL_FORMATS, where bytes are a PDF.

        Raises:
            OutputError: not to be had in this way, or the PDF engine's first error.
            TemplateError: a template of one's own is malformed, with the line.
            PackageError: nothing that makes PDF is installed.
        """
        if format in DATA and not way.formats:
            return self.render(format)
        with written(self.notation):
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
    def networks(self) -> tuple[doc.Network, ...]:
        """The pictures of networks in the document."""
        return tuple(block for block in self.blocks if isinstance(block, doc.Network))

    @property
    def plots(self) -> tuple[doc.Plot, ...]:
        """The pictures of numbers in the document."""
        return tuple(block for block in self.blocks if isinstance(block, doc.Plot))

    @property
    def blocks(self) -> tuple[doc.Block, ...]:
        """The blocks of all sections."""
        return tuple(b for section in self.view.sections for b in section.blocks)

    def save(
        self,
        folder: str | Path,
        formats: Iterable[str] = FORMATS,
        way: Way = PLAIN,
        *,
        notation: Notation | None = None,
    ) -> tuple[Path, ...]:
        """Write the document's files into a folder, each whole or not at all.

        Raises:
            OutputError: the folder cannot be written; existing files are unchanged.
            NotationError: a letter for an index has another meaning here.
        """
        return write_all(Path(folder), self.written(notation).files(formats, way))


def prove(
    paper: str, *, plots: bool = False, notation: Notation | None = None
) -> Proof:
    """Derive, judge and prepare the proof document of a paper.

    Args:
        paper: a key of the catalogue such as `"pascanu2013"`, or a `.toml` path.
        plots: draw the products over time; needs the extra `plot`.
        notation: how mathematics is written, and in which language the words are.

    Raises:
        NotationError: an unknown language, or a letter that has another meaning here.
        CatalogError: the file is missing or malformed, with the place.
        SymjacError: the equations or the claim cannot be read, with the place.
        PackageError: plots without Matplotlib.
        UnsupportedError: plots of what is no product of one-step Jacobians.
    """
    return proof_of(build(load(paper)), notation or in_force(), plots=plots)


def proof_of(case: Facts, notation: Notation, *, plots: bool) -> Proof:
    """The proof of a case that is built, in a notation."""
    with written_for(case.jacobian, notation, taken=STEPS):
        view = proof_view(case, plots=plots)
    return Proof(case, view, notation, plots)
