"""Templates of documents: order and conditions in Jinja, read as blocks of the model.

    a paragraph            blank lines end it
    $$ ... $$              a display
    | a | b |              a table, its first line the head
    - ...                  an item of a list

Every value that a template prints is kept beside the text and put back after the text
is read: whatever it holds, it is never markup. `say.key` is a phrase of the words, its
blanks filled from the facts of the document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from symjac.document import document as doc
from symjac.lazy import lazy_import

if TYPE_CHECKING:
    import jinja2
else:
    jinja2 = lazy_import("jinja2")

Value = str | doc.Math | doc.Inline
_KEPT = re.compile("(\x02\\d+\x03)")


@dataclass(frozen=True, slots=True)
class _Values:
    """The values that a template printed, by the numbers that stand for them."""

    found: list[Value] = field(default_factory=list)

    def keep(self, value: Value) -> str:
        self.found.append(value)
        return f"\x02{len(self.found) - 1}\x03"

    def inline(self, text: str) -> doc.Inline:
        parts: list[doc.Part] = []
        for piece in _KEPT.split(" ".join(text.split())):
            if not piece.startswith("\x02"):
                parts += doc.text(piece) if piece else ()
                continue
            value = self.found[int(piece[1:-1])]
            parts += value if isinstance(value, tuple) else doc.parts_of(value)
        return tuple(parts)


class _Phrases:
    """The phrases of the language in force, filled from a document's facts."""

    def __init__(self, facts: Mapping[str, Value]) -> None:
        self.facts = facts

    def __getattr__(self, key: str) -> doc.Inline:
        return doc.say(key, **self.facts)


def blocks(template: str, facts: Mapping[str, Value]) -> tuple[doc.Block, ...]:
    """The blocks of a document's template, filled with facts.

    Args:
        template: its name in `templates/`, without `.jinja`.
        facts: text, mathematics and inline content, by name.
    """
    values = _Values()
    source = jinja2.Environment(
        loader=jinja2.FileSystemLoader(doc.TEMPLATES),
        undefined=jinja2.StrictUndefined,
        finalize=values.keep,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    ).get_template(f"{template}.jinja")
    shown = source.render({**facts, "say": _Phrases(facts)})
    return tuple(_block(p, values) for p in re.split(r"\n\s*\n", shown.strip()))


def _block(text: str, values: _Values) -> doc.Block:
    lines = text.strip().splitlines()
    if text.startswith("$$"):
        inner = values.inline(text.strip().strip("$"))
        return doc.Display("".join(part.content for part in inner))
    if text.startswith("|"):
        head, *rows = (
            tuple(values.inline(cell) for cell in line.strip("| ").split("|"))
            for line in lines
        )
        return doc.Table(((), *head) if lines[0].startswith("|  |") else head, (*rows,))
    if text.startswith("- "):
        return doc.Items(
            tuple(values.inline(line.removeprefix("- ")) for line in lines)
        )
    return doc.Paragraph(values.inline(text))
