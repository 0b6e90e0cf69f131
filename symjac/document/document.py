"""The document model: sections of blocks, in which text and mathematics never mix.

Text is plain and is escaped by each template for its own format; mathematics is LaTeX
from `expr.latex` or checked by the catalogue. The words stand in `templates/words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from symjac.document.language import TEMPLATES as TEMPLATES
from symjac.document.language import phrases, translated
from symjac.terms.shape import Kind, Layout
from symjac.typeset.notation import notation


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


Part = Text | Math | Link | Mark
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
    """A titled part of the document."""

    anchor: str
    title: Inline
    blocks: tuple[Block, ...]


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
    parts: list[Part] = []
    for piece in re.split(r"(\$[^$]*\$|\{\w+\})", phrase):
        if piece.startswith("$"):
            parts.append(Math(piece[1:-1]))
        elif piece.startswith("{"):
            value = values[piece[1:-1]]
            parts.extend(value if isinstance(value, tuple) else (_inline(value),))
        elif piece:
            parts.append(Text(piece))
    return tuple(parts)


def one_line(content: str) -> str:
    """Text with single spaces only, so that no line can begin or end in it."""
    return re.sub(r"[\s\x85\u2028\u2029]+", " ", content)


def _inline(value: str | Math) -> Text | Math:
    return value if isinstance(value, Math) else Text(value)


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
