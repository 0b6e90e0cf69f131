"""Make a document fit its page: break long formulas, turn wide tables into lists.

The equations of a user have any length, so nothing here is known beforehand. Widths
are in em.
"""

from __future__ import annotations

from dataclasses import replace

from symjac.render.document import (
    Align,
    Block,
    Callout,
    Display,
    Inline,
    Line,
    Math,
    Paragraph,
    Part,
    Section,
    Table,
    Text,
    words,
)
from symjac.render.widths import broken, width

ROOM = 40.0
IN_BOX = 37.5
IN_TEXT = 24.0
MOST_LEFT = 16.0
BESIDE = 31.0  # beyond that, a reason stands below its line
MOST_ROWS = 28
MOST_LINES = 60


def fit(section: Section) -> Section:
    """A section whose formulas fit on a page."""
    return replace(section, blocks=fit_blocks(section.blocks, ROOM))


def fit_callout(callout: Callout) -> Callout:
    """A box whose formulas fit in it."""
    return replace(callout, blocks=fit_blocks(callout.blocks, IN_BOX))


def fit_blocks(blocks: tuple[Block, ...], room: float) -> tuple[Block, ...]:
    """Blocks that fit into a width."""
    return tuple(new for block in blocks for new in _fit(block, room))


def _fit(block: Block, room: float) -> tuple[Block, ...]:
    match block:
        case Display(latex):
            return _display(latex, room)
        case Align(lines):
            return _aligned(lines, room)
        case Paragraph(inline):
            return _paragraph(inline, room)
        case Table():
            return _table(block, room)
        case _:
            return (block,)


def _display(latex: str, room: float) -> tuple[Block, ...]:
    if width(latex) <= room:
        return (Display(latex),)
    left, sign, right = latex.partition(" = ")
    line = Line(left, right, "") if sign else Line("", latex, "")
    return _aligned((line,), room)


def _aligned(lines: tuple[Line, ...], room: float) -> tuple[Align, ...]:
    """Lines that fit, in blocks that a typesetter can hold, all with one left edge."""
    fitted = fit_lines(lines, room)
    is_wide = extent(fitted) > BESIDE
    blocks: list[Align] = []
    for start in range(0, len(fitted), MOST_LINES):
        part = list(fitted[start : start + MOST_LINES])
        if start and fitted[0].left:
            part[0] = replace(part[0], left=rf"\phantom{{{fitted[0].left}}}")
        blocks.append(Align(tuple(part), is_long=True, is_wide=is_wide))
    return tuple(blocks)


def extent(lines: tuple[Line, ...]) -> float:
    """The width of aligned lines without their reasons."""
    left = max((width(line.left) for line in lines), default=0.0)
    right = max((width(line.right) for line in lines), default=0.0)
    return left + width(" = ") + right


def fit_lines(lines: tuple[Line, ...], room: float) -> tuple[Line, ...]:
    """Lines whose right sides fit beside the widest left side."""
    left = max((width(line.left) for line in lines), default=0.0)
    if left > MOST_LEFT:
        lines = tuple(part for line in lines for part in _apart(line))
        left = 2.0
    rest = room - left - 1.3
    return tuple(part for line in lines for part in _pieces(line, rest))


def _apart(line: Line) -> tuple[Line, ...]:
    """A long left side on a line of its own."""
    if not line.left:
        return (line,)
    return (
        Line("", line.left, "", ""),
        replace(line, left="", sign=rf"\quad {line.sign}"),
    )


def _pieces(line: Line, room: float) -> tuple[Line, ...]:
    first, *others = broken(line.right, room)
    lines = [replace(line, right=first.latex, reason="")]
    for piece in others:
        indent = rf"\hspace{{{piece.indent:.1f}em}}{{}}"
        lines.append(Line("", piece.latex, "", indent))
    lines[-1] = replace(lines[-1], reason=line.reason)
    indents = (0.0, *(piece.indent for piece in others))
    return tuple(
        replace(one, most=room - by) if width(one.right) > room - by else one
        for one, by in zip(lines, indents, strict=True)
    )


def _paragraph(inline: Inline, room: float) -> tuple[Block, ...]:
    """A paragraph with its long formulas displayed."""
    blocks: list[Block] = []
    current: list[Part] = []
    for part in inline:
        if isinstance(part, Math) and width(part.content) > IN_TEXT:
            blocks += [Paragraph(tuple(current))] if current else []
            blocks += _display(part.content, room)
            current = []
        elif not current and blocks:
            current = [_after_display(part)]
        else:
            current.append(part)
    if any(part.content for part in current):
        blocks.append(Paragraph(tuple(current)))
    return tuple(blocks)


def _after_display(part: Part) -> Part:
    """What goes on after a display: no stop or comma at the start of a line."""
    return Text(part.content.lstrip(" .,")) if isinstance(part, Text) else part


def _table(table: Table, room: float) -> tuple[Block, ...]:
    if len(table.head) == 3 and _table_width(table) > room:
        small = replace(table, rows=tuple(r for r in table.rows if not _is_grid(r)))
        return (small,) if _table_width(small) <= room else _listed(small, room)
    rows = table.rows
    return tuple(
        Table(table.head, rows[start : start + MOST_ROWS])
        for start in range(0, len(rows), MOST_ROWS)
    )


def _table_width(table: Table) -> float:
    columns = zip(table.head, *table.rows, strict=True)
    return sum(max(map(inline_width, column)) + 1.2 for column in columns)


def _is_grid(row: tuple[Inline, ...]) -> bool:
    return any(r"\begin{pmatrix}" in part.content for cell in row for part in cell)


def _listed(table: Table, room: float) -> tuple[Block, ...]:
    """The first row, which is the general one: a line per cell, named by the head."""
    names = [rf"\text{{{inline[0].content}}}" for inline in table.head[1:]]
    label, *cells = table.rows[0]
    lines = tuple(
        Line(name, "".join(part.content for part in cell), "")
        for name, cell in zip(names, cells, strict=True)
    )
    intro = Paragraph((*label, Text(words()["row_colon"])))
    return intro, *_aligned(lines, room)


def inline_width(inline: Inline) -> float:
    """The width of running text with formulas."""
    return sum(
        width(part.content) if isinstance(part, Math) else 0.46 * len(part.content)
        for part in inline
    )
