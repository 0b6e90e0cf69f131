"""How a document is printed: whole or as a fragment, by which template and engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from symjac.document import document as doc
from symjac.document.pdf import PRINTED_BY, pdf_of, pdf_view, pictures
from symjac.document.templates import (
    fragment,
    render_view,
    render_with,
    template_format,
)
from symjac.errors import OutputError


@dataclass(frozen=True, slots=True)
class Way:
    r"""How to print.

    `engine` makes PDF: `latex` or `typst`, by default the first that is installed.
    `is_fragment` asks for LaTeX to \input. `template` is a template of one's own.
    """

    engine: str | None = None
    is_fragment: bool = False
    template: Path | None = None

    @property
    def format(self) -> str | None:
        """The format that a fragment or a template has, else None.

        Raises:
            OutputError: both are asked for.
            TemplateError: the template's name says no format.
        """
        if self.template is None:
            return "tex" if self.is_fragment else None
        if self.is_fragment:
            raise OutputError("a fragment has its own template")
        return template_format(self.template)

    @property
    def formats(self) -> tuple[str, ...]:
        """What can be printed in this way; empty for everything."""
        format = self.format
        if format is None:
            return ()
        can_be_pdf = self.template is not None and format in PRINTED_BY
        return (format, "pdf") if can_be_pdf else (format,)


PLAIN = Way()


def printed(
    view: doc.ProofView, format: str, way: Way = PLAIN, *, is_adhoc: bool = False
) -> str | bytes:
    """A document in a format: `tex`, `md`, `html`, `typ` or `pdf`.

    Raises:
        OutputError: not to be had in this way, or the PDF engine's first error.
        TemplateError: a template of one's own is malformed, with the line.
        PackageError: nothing that makes PDF is installed.
    """
    if way.formats and format not in way.formats:
        known = " or ".join(way.formats)
        raise OutputError(f"this way of printing gives {known}, not {format}")
    if way.template is not None:
        source = render_with(way.template, view)
        if format != "pdf":
            return source
        engine = PRINTED_BY[template_format(way.template)]
        return pdf_of(source, pictures(view, engine), engine)
    if way.is_fragment:
        return fragment(view)
    if format == "pdf":
        return pdf_view(view, way.engine, is_adhoc=is_adhoc)
    return render_view(view, format, is_adhoc=is_adhoc)
