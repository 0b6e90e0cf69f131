"""A published claim's data file: what is printed where, and how it is to be read.

The gallery shows them all; docs/gallery.md describes the format. No verdict stands in
a file: verdicts are computed. Every mistake is a `CatalogError` with its place.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from symjac.catalog.paper import LAYOUTS
from symjac.catalog.table import Citation, Table, read_citation, read_source, read_table
from symjac.errors import CatalogError, Source

FOLDER = Path(__file__).parent / "claims"
CHECKED = ("text", "secondary")
TOPICS = (
    "recurrent networks",
    "layers and losses",
    "vectors",
    "matrices",
    "traces",
    "determinants",
)


@dataclass(frozen=True, slots=True)
class PublishedClaim:
    """A formula for a derivative as a source prints it.

    Args:
        key: name of the file, and of its page.
        argument: what `symjac gallery` is given for it: its key, or the path of a file.
        label: what the source calls it, such as `equation (81)`.
        printed: the formula in LaTeX, as printed.
        formula: the same in symjac's language, over the names of `equations`.
        layout: what the source states or implies; `layout_note` says how.
        checked: `text` if the source itself was read, `secondary` if a quotation.
        note: what follows for the work that prints it.
    """

    key: str
    argument: str
    source: Source
    topic: str
    label: str
    citation: Citation
    question: str
    equations: str
    of: str | None
    wrt: str | None
    printed: str
    formula: str
    layout: str
    layout_note: str
    checked: str
    note: str
    symbols: Mapping[str, str]


def claim_names() -> tuple[str, ...]:
    """Names of the published claims that symjac brings."""
    return tuple(sorted((path.stem for path in FOLDER.glob("*.toml")), key=_natural))


def _natural(name: str) -> list[str | int]:
    """What `eq_9` and `eq_10` are sorted by, numbers as numbers."""
    return [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", name)]


def load_claim(name: str) -> PublishedClaim:
    """A published claim by its name, or a `.toml` file by its path.

    Raises:
        CatalogError: unknown name, unreadable file, or a mistake in it, with its place.

    Example:
        >>> claim = load_claim("matrix_cookbook_81")
        >>> claim.citation.short, claim.label
        ('Petersen and Pedersen (2012)', 'equation (81)')
    """
    if name.endswith(".toml"):
        path = Path(name)
    elif name in claim_names():
        path = FOLDER / f"{name}.toml"
    else:
        close = difflib.get_close_matches(name.lower(), claim_names(), n=3)
        meant = f"did you mean {' or '.join(close)}? " if close else ""
        raise CatalogError(
            f"no claim {name!r} in the gallery",
            hint=f"{meant}symjac gallery lists all",
        )
    return replace(read_claim(read_source(path), path.stem), argument=name)


def read_claim(source: Source, key: str) -> PublishedClaim:
    """A published claim from the text of its file."""
    table = read_table(source)
    cited = Table(source, table.take("citation", dict), "citation")
    claim = PublishedClaim(
        key=key,
        argument=key,
        source=source,
        topic=_one_of(table, "topic", TOPICS),
        label=table.text("label"),
        citation=read_citation(cited, is_thread=True),
        question=table.text("question"),
        equations=table.text("equations").strip(),
        of=table.text("of", None),
        wrt=table.text("wrt", None),
        printed=table.printed("printed"),
        formula=table.text("formula").strip(),
        layout=_one_of(table, "layout", LAYOUTS),
        layout_note=table.text("layout_note"),
        checked=_one_of(table, "checked", CHECKED),
        note=table.text("note"),
        symbols=table.mapping("symbols"),
    )
    table.finish()
    if not re.fullmatch(r"[a-z0-9][a-z0-9_]*", key):
        raise CatalogError(f"{key!r} is no name for a page: a-z, 0-9 and _ are")
    return claim


def _one_of(table: Table, key: str, allowed: tuple[str, ...]) -> str:
    value: str = table.text(key)
    if value not in allowed:
        raise table.error(f"{key} must be one of {', '.join(allowed)}", key)
    return value
