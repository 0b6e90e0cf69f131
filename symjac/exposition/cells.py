"""Recurrent cells for a terminal and as JSON: the list, and one of them."""

from __future__ import annotations

import textwrap

from symjac.catalog.published import Cell, cell_names, load_cell

WIDTH = 88
BLANK = "\x1f"  # stands for a blank that is no place to break a line


def cells_text() -> str:
    """All cells, one per line: name, title, source."""
    cells = [load_cell(name) for name in cell_names()]
    widest = max(len(cell.name) for cell in cells)
    title = max(len(cell.title) for cell in cells)
    return "\n".join(
        f"{cell.name:<{widest}}  {cell.title:<{title}}  {cell.citation.short}"
        for cell in cells
    )


def cells_json() -> list[dict[str, object]]:
    """All cells: name, title, source."""
    return [
        {"name": cell.name, "title": cell.title, "source": cell.citation.short}
        for cell in map(load_cell, cell_names())
    ]


def cell_text(cell: Cell) -> str:
    """One cell: source, equations, states and shapes."""
    rows = [
        ("source", str(cell.citation)),
        ("note", cell.note),
        ("states", ", ".join(cell.states)),
        ("inputs", ", ".join(cell.inputs) or "none"),
        ("outputs", ", ".join(cell.outputs)),
        (
            "shapes",
            ", ".join(f"{n}: {whole(s)}" for n, s in cell.program.shapes.items()),
        ),
    ]
    lines = [f"{cell.name}: {cell.title}", ""]
    lines += [f"  {line}" for line in cell.equations.splitlines()]
    lines.append("")
    for label, text in rows:
        wrapped = textwrap.wrap(
            text, WIDTH, initial_indent=f"{label:<9}", subsequent_indent=" " * 9
        )
        lines += [line.replace(BLANK, " ") for line in wrapped]
    lines += ["", f"symjac derive --cell {cell.name}"]
    return "\n".join(lines)


def whole(shape: str) -> str:
    """A shape that no line break divides."""
    return shape.replace(" ", BLANK)


def cell_json(cell: Cell) -> dict[str, object]:
    """One cell as a JSON object; see docs/cells.md."""
    cited = cell.citation
    return {
        "name": cell.name,
        "title": cell.title,
        "citation": {
            "authors": list(cited.authors),
            "year": cited.year,
            "title": cited.title,
            "venue": cited.venue,
            "place": cited.place,
            "arxiv": cited.arxiv,
            "doi": cited.doi,
            "url": cited.url,
        },
        "equations": cell.equations.splitlines(),
        "states": list(cell.states),
        "inputs": list(cell.inputs),
        "outputs": list(cell.outputs),
        "shapes": cell.program.shapes,
        "note": cell.note,
    }
