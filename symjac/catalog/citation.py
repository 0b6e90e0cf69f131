"""Where something was published: recurrent cells and published claims cite with it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symjac.catalog.table import Table


@dataclass(frozen=True, slots=True)
class Citation:
    """Where something was published; `place` says where in the work it stands.

    A question thread has no year and no authors, only a title.
    """

    authors: tuple[str, ...]
    year: int | None
    title: str
    venue: str
    place: str | None
    arxiv: str | None
    doi: str | None
    url: str | None

    @property
    def short(self) -> str:
        """Such as `Cho et al. (2014)`; two authors are both named.

        Without authors, the venue stands for them.
        """
        if not self.authors:
            return self.venue if self.year is None else f"{self.venue} ({self.year})"
        return cited_in_short(self.authors, self.year)

    def __str__(self) -> str:
        ids = {"arXiv": self.arxiv, "doi": self.doi, "": self.url}
        found = (f"{label} {value}".strip() for label, value in ids.items() if value)
        year = None if self.year is None else f"({self.year})"
        by = " ".join(filter(None, (", ".join(self.authors), year)))
        parts = [by, self.title.rstrip(".")]
        parts += ["; ".join(filter(None, (self.venue, self.place))), ", ".join(found)]
        return ". ".join(part for part in parts if part)


def cited_in_short(authors: tuple[str, ...], year: int | None) -> str:
    """Last names and the year."""
    names = [author.split()[-1] for author in authors]
    shown = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return shown if year is None else f"{shown} ({year})"


def read_citation(table: Table, *, is_thread: bool = False) -> Citation:
    """A citation from its table.

    Args:
        table: read to its end.
        is_thread: year and authors may be left out.

    Raises:
        CatalogError: something is missing or malformed, with its place.
    """
    citation = Citation(
        authors=table.texts("authors"),
        year=table.take("year", int, *([None] if is_thread else [])),
        title=table.text("title"),
        venue=table.text("venue"),
        place=table.text("place", None),
        arxiv=_matched(table, "arxiv", r"\d{4}\.\d{4,5}"),
        doi=_matched(table, "doi", r"10\.\d{4,9}/\S+"),
        url=_matched(table, "url", r"https?://\S+"),
    )
    table.finish()
    if not citation.authors and not is_thread:
        raise table.error("citation.authors is missing or empty", "citation")
    return citation


def _matched(table: Table, key: str, pattern: str) -> str | None:
    value: str | None = table.text(key, None)
    if value is not None and not re.fullmatch(pattern, value):
        raise table.error(f"citation.{key} {value!r} is malformed", key)
    return value
