"""A paper's data file: its dataclasses, its loader and its validation.

A file of one's own works like those beside this module; docs/catalog.md describes the
format. Every mistake is a `CatalogError` with file, line and column.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from symjac.catalog.table import Prose, Table, find, names_in, read_source, read_table
from symjac.errors import CatalogError, Source, Span

FOLDER = Path(__file__).parent
STATUS = ("asserted", "corrected", "asked")
LAYOUTS = ("numerator", "denominator", "unstated")


@dataclass(frozen=True, slots=True)
class Equations:
    """The equations in symjac's language, and as the source prints them."""

    label: str
    text: str
    printed: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A published formula and the layout that its source states or implies."""

    label: str
    of: str | None
    wrt: str | None
    formula: str
    printed: str | None
    layout: str
    layout_note: str = ""
    status: str = STATUS[0]
    status_note: str = ""


@dataclass(frozen=True, slots=True)
class Sibling:
    """A neighbouring equation for which the claim might be right."""

    label: str
    text: str
    of: str | None
    wrt: str | None
    formula: str
    as_printed: str | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Quoted:
    """An equation quoted as printed, for reference."""

    label: str
    printed: str


@dataclass(frozen=True, slots=True)
class Bound:
    """Equations that bound a norm of the derivative, and what is to be said of them."""

    label: str
    remarks: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One published work: citation, equations, claims.

    `argument` is what `symjac prove` is given for it: its key, or the path of a file.
    """

    key: str
    argument: str
    source: Source
    title: str
    authors: tuple[str, ...]
    year: int
    venue: str = ""
    arxiv: str | None
    url: str | None
    versions: tuple[str, ...]
    question: str
    equations: Equations
    variants: tuple[Equations, ...]
    symbols: Mapping[str, str]
    claims: tuple[Claim, ...]
    siblings: tuple[Sibling, ...]
    quoted: tuple[Quoted, ...]
    bound: Bound | None
    through_time: Mapping[str, str]
    notation: Prose
    remarks: Prose
    links: Mapping[str, str]


def names() -> tuple[str, ...]:
    """Keys of the papers that symjac brings."""
    return names_in(FOLDER)


def load(key: str) -> Paper:
    """A paper of the catalogue by its key, or a `.toml` file by its path.

    Raises:
        CatalogError: unknown key, unreadable file, or a mistake in it, with its place.
    """
    path = find(key, FOLDER, f"paper {key!r} in the catalogue")
    return replace(read(read_source(path), path.stem), argument=key)


def read(source: Source, key: str) -> Paper:
    """A paper from the text of its file."""
    table = read_table(source)
    main = Table(source, table.take("equations", dict), "equations")
    variants = tuple(t.row(Equations) for t in main.tables("variants"))
    bound = table.take("bound", dict, None)
    through_time = table.take("through_time", dict, None)
    paper = table.row(
        Paper,
        key=key,
        argument=key,
        source=source,
        equations=main.row(Equations),
        variants=variants,
        claims=tuple(map(_claim, table.tables("claims"))),
        siblings=tuple(t.row(Sibling) for t in table.tables("siblings")),
        quoted=tuple(t.row(Quoted) for t in table.tables("quoted")),
        bound=Table(source, bound, "bound").row(Bound) if bound else None,
        through_time=_through_time(source, through_time) if through_time else {},
    )
    if not all(author.strip() for author in paper.authors):
        raise table.error("an author has a name", "authors")
    if not paper.claims:
        raise CatalogError("a paper needs at least one [[claims]]", Span(source, 0, 1))
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", key):
        raise CatalogError(f"{key!r} is no file name that output files can have")
    return paper


def _claim(table: Table) -> Claim:
    layout = table.one_of("layout", LAYOUTS, "unstated")
    status = table.one_of("status", STATUS, STATUS[0])
    return table.row(Claim, layout=layout, status=status)


def _through_time(source: Source, found: dict[str, object]) -> Mapping[str, str]:
    """Labels of the sums over time, and the order in which the factors are printed."""
    table = Table(source, found, "through_time")
    words = {key: table.text(key) for key in ("sum", "double_sum", "order")}
    if sorted(words["order"].split()) != ["immediate", "loss", "state"]:
        raise table.error("order names loss, state and immediate, as printed", "order")
    table.finish()
    return words
