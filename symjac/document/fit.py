"""Make a document fit its page: break long formulas, turn wide tables into lists.

The equations of a user have any length, so nothing here is known beforehand. Widths
are in em.
"""

from __future__ import annotations

from dataclasses import replace

from symjac.document import document as doc
from symjac.typeset.widths import broken, width

ROOM = 40.0
IN_BOX = 37.5
IN_TEXT = 24.0
MOST_LEFT = 16.0
BESIDE = 31.0  # beyond that, a reason stands below its line
MOST_ROWS = 28
MOST_LINES = 60


def fit(section: doc.Section) -> doc.Section:
    """A section whose formulas fit on a page."""
    return replace(section, blocks=fit_blocks(section.blocks, ROOM))


def fit_callout(callout: doc.Callout) -> doc.Callout:
    """A box whose formulas fit in it."""
    return replace(callout, blocks=fit_blocks(callout.blocks, IN_BOX))


def fit_blocks(blocks: tuple[doc.Block, ...], room: float) -> tuple[doc.Block, ...]:
    """Blocks that fit into a width."""
    return tuple(new for block in blocks for new in _fit(block, room))


def _fit(block: doc.Block, room: float) -> tuple[doc.Block, ...]:
    match block:
        case doc.Display(latex):
            return _display(latex, room)
        case doc.Align(lines):
            return _aligned(lines, room)
        case doc.Paragraph(inline):
            return _paragraph(inline, room)
        case doc.Table():
            return _table(block, room)
        case _:
            return (block,)


def _display(latex: str, room: float) -> tuple[doc.Block, ...]:
    if width(latex) <= room:
        return (doc.Display(latex),)
    left, sign, right = latex.partition(" = ")
    line = doc.Line(left, right, "") if sign else doc.Line("", latex, "")
    return _aligned((line,), room)


def _aligned(lines: tuple[doc.Line, ...], room: float) -> tuple[doc.Align, ...]:
    """Lines that fit, in blocks that a typesetter can hold, all with one left edge."""
    fitted = fit_lines(lines, room)
    is_wide = extent(fitted) > BESIDE
    blocks: list[doc.Align] = []
    for start in range(0, len(fitted), MOST_LINES):
        part = list(fitted[start : start + MOST_LINES])
        if start and fitted[0].left:
            part[0] = replace(part[0], left=rf"\phantom{{{fitted[0].left}}}")
        blocks.append(doc.Align(tuple(part), is_long=True, is_wide=is_wide))
    return tuple(blocks)


def extent(lines: tuple[doc.Line, ...]) -> float:
    """The width of aligned lines without their reasons."""
    left = max((width(line.left) for line in lines), default=0.0)
    right = max((width(line.right) for line in lines), default=0.0)
    return left + width(" = ") + right


def fit_lines(lines: tuple[doc.Line, ...], room: float) -> tuple[doc.Line, ...]:
    """Lines whose right sides fit beside the widest left side."""
    left = max((width(line.left) for line in lines), default=0.0)
    if left > MOST_LEFT:
        lines = tuple(part for line in lines for part in _apart(line))
        left = 2.0
    rest = room - left - 1.3
    return tuple(part for line in lines for part in _pieces(line, rest))


def _apart(line: doc.Line) -> tuple[doc.Line, ...]:
    """A long left side on a line of its own."""
    if not line.left:
        return (line,)
    return (
        doc.Line("", line.left, "", ""),
        replace(line, left="", sign=rf"\quad {line.sign}"),
    )


def _pieces(line: doc.Line, room: float) -> tuple[doc.Line, ...]:
    first, *others = broken(line.right, room)
    lines = [replace(line, right=first.latex, reason="")]
    for piece in others:
        indent = rf"\hspace{{{piece.indent:.1f}em}}{{}}"
        lines.append(doc.Line("", piece.latex, "", indent))
    lines[-1] = replace(lines[-1], reason=line.reason)
    indents = (0.0, *(piece.indent for piece in others))
    return tuple(
        replace(one, most=room - by) if width(one.right) > room - by else one
        for one, by in zip(lines, indents, strict=True)
    )


def _paragraph(inline: doc.Inline, room: float) -> tuple[doc.Block, ...]:
    """A paragraph with its long formulas displayed."""
    blocks: list[doc.Block] = []
    current: list[doc.Part] = []
    for part in inline:
        if isinstance(part, doc.Math) and width(part.content) > IN_TEXT:
            blocks += [doc.Paragraph(tuple(current))] if current else []
            blocks += _display(part.content, room)
            current = []
        elif not current and blocks:
            current = [_after_display(part)]
        else:
            current.append(part)
    if any(part.content for part in current):
        blocks.append(doc.Paragraph(tuple(current)))
    return tuple(blocks)


def _after_display(part: doc.Part) -> doc.Part:
    """What goes on after a display: no stop or comma at the start of a line."""
    return doc.Text(part.content.lstrip(" .,")) if isinstance(part, doc.Text) else part


def _table(table: doc.Table, room: float) -> tuple[doc.Block, ...]:
    if len(table.head) == 3 and _table_width(table) > room:
        small = replace(table, rows=tuple(r for r in table.rows if not _is_grid(r)))
        return (small,) if _table_width(small) <= room else _listed(small, room)
    rows = table.rows
    return tuple(
        doc.Table(table.head, rows[start : start + MOST_ROWS])
        for start in range(0, len(rows), MOST_ROWS)
    )


def _table_width(table: doc.Table) -> float:
    columns = zip(table.head, *table.rows, strict=True)
    return sum(max(map(inline_width, column)) + 1.2 for column in columns)


def _is_grid(row: tuple[doc.Inline, ...]) -> bool:
    return any(r"\begin{pmatrix}" in part.content for cell in row for part in cell)


def _listed(table: doc.Table, room: float) -> tuple[doc.Block, ...]:
    """The first row, which is the general one: a line per cell, named by the head."""
    names = [rf"\text{{{inline[0].content}}}" for inline in table.head[1:]]
    label, *cells = table.rows[0]
    lines = tuple(
        doc.Line(name, "".join(part.content for part in cell), "")
        for name, cell in zip(names, cells, strict=True)
    )
    intro = doc.Paragraph((*label, doc.Text(doc.words()["row_colon"])))
    return intro, *_aligned(lines, room)


def inline_width(inline: doc.Inline) -> float:
    """The width of running text with formulas."""
    return sum(
        width(part.content) if isinstance(part, doc.Math) else 0.46 * len(part.content)
        for part in inline
    )
