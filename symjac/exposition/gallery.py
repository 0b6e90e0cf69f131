"""The gallery of published claims for a terminal and as JSON."""

from __future__ import annotations

import textwrap
from itertools import zip_longest

from symjac.catalog.paper import STATUS, load, names
from symjac.catalog.published import load_claim
from symjac.document import document as doc
from symjac.exposition.commands import variable_text
from symjac.exposition.diagnosis import diagnosis_text
from symjac.exposition.exhibit import Exhibit, exhibit, exhibits, paper_exhibits
from symjac.exposition.steps import judgement_text
from symjac.terms.shape import Layout

WIDTHS = (26, 26, 9, 11, 20)  # characters: 100 with two blanks between columns
HEAD = ("claim", "formula", "numerator", "denominator", "smallest change")


def gallery_text() -> str:
    """All claims as a table."""
    rows = [HEAD, tuple("-" * width for width in WIDTHS), *map(_cells, exhibits())]
    return "\n".join(map(_row, rows))


def _cells(one: Exhibit) -> tuple[str, ...]:
    place = f"{one.source}, {one.label}"
    if one.status != STATUS[0]:
        place += f" ({doc.plain(f'gallery_status_{one.status}')})"
    verdicts = (outcome(one, layout) for layout in Layout)
    return f"{one.key}\n{place}", one.formula, *verdicts, change(one)


def _row(cells: tuple[str, ...]) -> str:
    """Cells side by side, each wrapped to the width of its column."""
    columns = [_lines(*pair) for pair in zip(cells, WIDTHS, strict=True)]
    lines = (
        "  ".join(f"{part:<{width}}" for part, width in zip(line, WIDTHS, strict=True))
        for line in zip_longest(*columns, fillvalue="")
    )
    return "\n".join(map(str.rstrip, lines))


def _lines(cell: str, width: int) -> list[str]:
    """A cell's lines; those after its first paragraph are indented."""
    first, _, rest = cell.partition("\n")
    below = textwrap.wrap(rest, width, initial_indent="  ", subsequent_indent="  ")
    return [*textwrap.wrap(first, width), *below]


def outcome(one: Exhibit, layout: Layout) -> str:
    """The verdict in a layout as `check` calls it; `malformed` where it has none."""
    judgement = one.judged.judgement
    return "malformed" if judgement is None else judgement[layout].outcome.value


def change(one: Exhibit) -> str:
    """The smallest change that would make a claim right; empty if none was sought."""
    if one.remedy is None:
        is_tried = one.diagnosis is not None and one.diagnosis.tried
        return doc.plain("gallery_no_change") if is_tried else ""
    layout = one.remedy.layout.value
    where = "" if layout == one.stated else f" ({layout} layout)"
    return f"{one.remedy.edit}{where}"


def claim_json(one: Exhibit) -> dict[str, object]:
    """One claim in short; see docs/gallery.md."""
    return {
        "name": one.key,
        "source": one.source,
        "label": one.label,
        "of": str(one.jacobian.of),
        "wrt": variable_text(one.jacobian),
        "formula": one.formula,
        "stated_layout": one.stated,
        "status": one.status,
        **{layout.value: outcome(one, layout) for layout in Layout},
        "change": None if one.remedy is None else change(one),
    }


def named(name: str) -> tuple[Exhibit, ...]:
    """The claims of a paper with a proof of its own, or one published claim.

    Raises:
        CatalogError: unknown name, unreadable file, or a mistake in it, with its place.
    """
    return (
        paper_exhibits(load(name)) if name in names() else (exhibit(load_claim(name)),)
    )


def claim_text(name: str) -> str:
    """One published claim for a terminal: citation, equations, judgement, note."""
    return "\n\n".join(map(_claim_text, named(name)))


def _claim_text(one: Exhibit) -> str:
    lines = [f"{one.source}, {one.label}", *_wrapped(one.citation), ""]
    lines += [f"  {line}" for line in one.equations.splitlines()]
    if one.judged.judgement is None:
        lines += [
            "",
            f"claim        {one.formula}",
            f"malformed    {one.judged.message}",
        ]
    else:
        lines += ["", judgement_text(one.judged.judgement)]
    if one.diagnosis is not None and one.diagnosis.tried:
        lines += ["", diagnosis_text(one.diagnosis)]
    lines += ["", *_wrapped(one.note)] if one.note else []
    return "\n".join(lines)


def _wrapped(content: str) -> list[str]:
    return textwrap.wrap(content, sum(WIDTHS), break_on_hyphens=False)
