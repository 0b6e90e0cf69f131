"""The document model: sections of blocks, and how they are made to fit a page.

Text and mathematics never mix: text is plain and is escaped by each template for its
own format, mathematics is LaTeX from `typeset.latex` or checked by the catalogue. The
words stand in `templates/words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from symjac.document.language import TEMPLATES as TEMPLATES
from symjac.document.language import phrases, translated
from symjac.terms.shape import Kind, Layout
from symjac.typeset.notation import notation
from symjac.typeset.widths import broken, width

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
    is_compared = all(isinstance(p, Text) for cell in table.head for p in cell)
    if len(table.head) == 3 and is_compared and _table_width(table) > room:
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


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text."""

    kind: ClassVar[str] = "text"
    content: str


@dataclass(frozen=True, slots=True)
class Math:
    """LaTeX for inline mathematics; `plain` replaces it where nothing is typeset."""

    kind: ClassVar[str] = "math"
    content: str
    plain: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A link: to an address, or to a page beside this one, named without its suffix."""

    kind: ClassVar[str] = "link"
    content: str
    target: str
    is_page: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A verdict in a word, with its tone: `right`, `wrong` or `open`.

    `is_main`: the one that counts, where a source says how it is to be read.
    """

    kind: ClassVar[str] = "mark"
    content: str
    tone: str
    is_main: bool = True


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that a reader who skims should see."""

    kind: ClassVar[str] = "strong"
    content: str


Part = Text | Math | Link | Mark | Strong
Inline = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    kind: ClassVar[str] = "paragraph"
    inline: Inline


@dataclass(frozen=True, slots=True)
class Display:
    """One displayed formula."""

    kind: ClassVar[str] = "display"
    latex: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a derivation: left side (may be empty), right side, reason.

    `sign` stands before the right side, except in a first line without left side.
    `most` is the width in em to which the right side has to be shrunk, or 0.
    """

    left: str
    right: str
    reason: str
    sign: str = "= "
    most: float = 0.0


@dataclass(frozen=True, slots=True)
class Align:
    """A chain of equations, each with the rule that justifies it.

    `is_long`: may go over to the next page, and reasons stand at the margin.
    `is_wide`: leaves no room for reasons beside the lines.
    """

    kind: ClassVar[str] = "align"
    lines: tuple[Line, ...]
    is_long: bool = False
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Cells of inline content under a head."""

    kind: ClassVar[str] = "table"
    head: tuple[Inline, ...]
    rows: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A bulleted list."""

    kind: ClassVar[str] = "items"
    items: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A command to type, word for word."""

    kind: ClassVar[str] = "code"
    content: str


@dataclass(frozen=True, slots=True)
class Callout:
    """A box: tone `verdict`, `wrong`, `right` or `note`."""

    kind: ClassVar[str] = "callout"
    tone: str
    title: Inline
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """One weight of the network: from unit `source` to unit `target`, from 1."""

    target: int
    source: int
    weight: str
    truth: str
    readings: tuple[tuple[Inline, str], ...]


@dataclass(frozen=True, slots=True)
class Network:
    """Units of two time steps and the weights between them."""

    kind: ClassVar[str] = "network"
    before: tuple[str, ...]
    after: tuple[str, ...]
    times: tuple[str, str]
    edges: tuple[Edge, ...]
    highlighted: tuple[int, int]
    caption: Inline
    jacobian: str
    hint: Inline
    file: str
    step: str = "step"


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing of numbers, in both formats; `alt` is for those who cannot see it."""

    kind: ClassVar[str] = "plot"
    file: str
    svg: str
    pdf: bytes
    caption: Inline
    alt: str


Block = Paragraph | Display | Align | Table | Items | Code | Callout | Network | Plot


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of the document; in an appendix, what answers another question."""

    anchor: str
    title: Inline
    blocks: tuple[Block, ...]
    is_appendix: bool = False


@dataclass(frozen=True, slots=True)
class ProofView:
    """All that a template sees."""

    key: str
    title: Inline
    question: Inline
    citation: Inline
    verdict: Callout
    sections: tuple[Section, ...]
    footer: Inline


def words() -> Mapping[str, str]:
    """The phrases of the language in force.

    Raises:
        NotationError: an unknown language, or a file that is not complete.
    """
    return phrases(notation().language)


def say(key: str, **values: str | Math | Inline) -> Inline:
    """A phrase with its blanks filled; `$...$` in a phrase is mathematics.

    A value is text, mathematics, or inline content; it is never read as markup.
    """
    return filled(words()[key], values)


def filled(phrase: str, values: Mapping[str, str | Math | Inline]) -> Inline:
    """A phrase from elsewhere with its blanks filled, as by `say`."""
    pieces = re.split(r"(\$[^$]*\$|\*[^*]+\*|\{\w+\})", phrase)
    return tuple(part for piece in pieces for part in _piece(piece, values))


def _piece(piece: str, values: Mapping[str, str | Math | Inline]) -> Inline:
    match piece[:1]:
        case "":
            return ()
        case "$":
            return math(piece[1:-1])
        case "*":
            return (Strong(piece[1:-1]),)
        case "{":
            return parts_of(values[piece[1:-1]])
    return text(piece)


def prose(written: str) -> Inline:
    """A sentence of a data file: `$...$` is mathematics that its reader has checked."""
    pieces = re.split(r"(\$[^$]*\$)", written)
    return tuple(part for piece in pieces for part in _prose(piece))


def _prose(piece: str) -> Inline:
    return math(piece[1:-1]) if piece[:1] == "$" else text(piece) if piece else ()


def parts_of(value: str | Math | Inline) -> Inline:
    """A value as inline content; a string is text."""
    if isinstance(value, tuple):
        return value
    return (value if isinstance(value, Math) else Text(value),)


def one_line(content: str) -> str:
    """Text with single spaces only, so that no line can begin or end in it."""
    return re.sub(r"[\s\x85\u2028\u2029]+", " ", content)


def plain(key: str, **values: str) -> str:
    """A phrase without mathematics, as text."""
    return words()[key].format(**values)


def told(english: str) -> str:
    """What the engine says in English, such as the title of a rule, in words.

    A sentence that no pattern of the words knows stays as it is.
    """
    return translated(english, words())


def layout_word(layout: Layout) -> str:
    """The name of a layout."""
    return plain(f"layout_{layout.value}")


def kind_word(kind: Kind) -> str:
    """The name of a kind of value."""
    return plain(f"kind_{kind.name.lower()}")


def counted(steps: int) -> str:
    """A number of steps in words, one or many."""
    return plain("one_step" if steps == 1 else "many_steps", count=str(steps))


def join(parts: Iterable[Inline], separator: str = ", ") -> Inline:
    """Inline contents one after the other."""
    out: list[Part] = []
    for part in parts:
        if out:
            out.append(Text(separator))
        out.extend(part)
    return tuple(out)


def text(content: str) -> Inline:
    """Plain text as inline content."""
    return (Text(content),)


def math(latex: str) -> Inline:
    """One formula as inline content."""
    return (Math(latex),)
