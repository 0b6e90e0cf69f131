"""Data files in TOML: a table read key by key, every mistake with its place; citations.

Papers and recurrent cells are read by it; what is left over in a file is a mistake.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from symjac.errors import BudgetError, CatalogError, ParseError, Source, Span
from symjac.typeset.widths import read_latex

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MAX_BYTES = 200_000
MANY = 99  # names are not listed in a message
Row = TypeVar("Row", bound="DataclassInstance")

Prose = tuple[str, ...]  # sentences, in which `$...$` is mathematics


class Table:
    """One TOML table, read key by key; what is left over is a mistake."""

    def __init__(self, source: Source, data: Any, path: str) -> None:
        self.source, self.path = source, path
        if not isinstance(data, dict):
            raise self.error(f"{path or 'the file'} must be a table", path)
        self.data: dict[str, Any] = dict(data)

    def error(self, message: str, key: str) -> CatalogError:
        """An error at the line that names the key."""
        last = re.escape(key.split(".")[-1])
        pattern = rf"(?m)^[ \t]*(\[+[^\]\n]*\b)?{last}\b"
        found = re.search(pattern, self.source.text) if key else None
        span = Span(self.source, *(found.span() if found else (0, 1)))
        return CatalogError(message, span)

    def take(self, key: str, kind: type, default: Any = ...) -> Any:
        """The value of a key, checked for its type; required without a default."""
        where = f"{self.path}.{key}" if self.path else key
        if key not in self.data:
            if default is ...:
                raise self.error(f"{where} is missing", self.path)
            return default
        value = self.data.pop(key)
        if not isinstance(value, kind) or isinstance(value, bool):
            names = {str: "text", int: "an integer", list: "a list", dict: "a table"}
            raise self.error(f"{where} must be {names[kind]}, not {value!r}", key)
        return value

    def text(self, key: str, default: Any = ...) -> Any:
        """A text without control characters."""
        value = self.take(key, str, default)
        if isinstance(value, str) and re.search(r"[\x00-\x08\x0b-\x1f\x7f]", value):
            raise self.error(f"{key} holds a control character", key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        values = self.take(key, list, [])
        if not all(isinstance(value, str) for value in values):
            raise self.error(f"{key} must be a list of texts", key)
        return tuple(values)

    def prose(self, key: str) -> Prose:
        """A list of texts in which `$...$` is mathematics."""
        values = self.texts(key)
        for value in values:
            _, *pairs = value.split("$")
            if len(pairs) % 2:
                raise self.error(f"{key}: a $ has no partner", key)
            for latex in pairs[::2]:
                self.check_math(latex, key)
        return values

    def mapping(self, key: str) -> dict[str, str]:
        """A table of texts by name."""
        values = self.take(key, dict, {})
        if not all(isinstance(value, str) for value in values.values()):
            raise self.error(f"{key} must be texts", key)
        return dict(values)

    def printed(self, key: str, default: Any = ...) -> Any:
        """Mathematics in LaTeX, limited to commands that cannot do harm."""
        value = self.text(key, default)
        if value is not None:
            self.check_math(value, key)
        return value

    def check_math(self, value: str, key: str) -> None:
        """Refuse what not every format can show; see `typeset.widths`."""
        try:
            read_latex(value)
        except ParseError as error:
            raise self.error(f"{key}: {error.message}", key) from None

    def tables(self, key: str) -> list[Table]:
        """A list of tables."""
        where = f"{self.path}.{key}" if self.path else key
        values = self.take(key, list, [])
        return [Table(self.source, value, where) for value in values]

    def one_of(self, key: str, allowed: tuple[str, ...], default: Any = ...) -> str:
        """One of some words."""
        value: str = self.text(key, default)
        if value not in allowed:
            raise self.error(f"{key} must be one of {', '.join(allowed)}", key)
        return value

    def row(self, kind: type[Row], **known: Any) -> Row:
        """The whole table as an entry: each key by its field, whose type it has.

        Args:
            known: fields with values of their own.
        """
        read = {
            "str": self.text,
            "str | None": self.text,
            "int": lambda key, *_: self.take(key, int),
            "tuple[str, ...]": lambda key, *_: self.texts(key),
            "Prose": lambda key, *_: self.prose(key),
            "Mapping[str, str]": lambda key, *_: self.mapping(key),
        }
        for own in fields(kind):
            if own.name not in known:
                default = None if "None" in str(own.type) else own.default
                given = () if default is MISSING else (default,)
                by = self.printed if own.name == "printed" else read[str(own.type)]
                known[own.name] = by(own.name, *given)
        self.finish()
        return kind(**known)

    def finish(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self.data:
            where = f"{self.path}.{key}" if self.path else key
            raise self.error(f"unknown key {where}", key)


def read_source(path: Path) -> Source:
    """The text of a file.

    Raises:
        CatalogError: it cannot be read, or is not UTF-8.
        BudgetError: it is larger than the limit.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BudgetError(f"{path} has more than {MAX_BYTES} bytes")
        return Source(path.name, path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise CatalogError(f"{path} is not UTF-8 text, byte {error.start}") from None


def names_in(folder: Path) -> tuple[str, ...]:
    """Names of the files in a folder, numbers in them by size."""
    return tuple(sorted((path.stem for path in folder.glob("*.toml")), key=_natural))


def _natural(name: str) -> list[str | int]:
    """What `eq_9` and `eq_10` are sorted by, numbers as numbers."""
    return [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", name)]


def find(name: str, folder: Path, what: str, lists: str = "") -> Path:
    """The file of an entry by its name, or a `.toml` file by its path.

    Args:
        what: such as `paper 'x' in the catalogue`, for the message.
        lists: what lists all of them, if they are many.

    Raises:
        CatalogError: no such name.
    """
    known = names_in(folder)
    if name.endswith(".toml"):
        return Path(name)
    if name in known:
        return folder / f"{name}.toml"
    close = difflib.get_close_matches(name.lower(), known, n=3)
    meant = f"did you mean {' or '.join(close)}? " if close else ""
    if not lists or not (close or len(known) > MANY):
        lists = f"known: {', '.join(known)}; or give a .toml file"
    raise CatalogError(f"no {what}", hint=meant + lists)


def read_table(source: Source) -> Table:
    """The whole file as one table.

    Raises:
        CatalogError: not TOML, with the place.
    """
    try:
        data = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogError(
            f"not TOML: {error}", _toml_place(source, str(error))
        ) from None
    return Table(source, data, "")


def _toml_place(source: Source, message: str) -> Span:
    found = re.search(r"line (\d+), column (\d+)", message)
    if found is None:
        return Span(source, len(source.text), len(source.text) + 1)
    lines = source.text.splitlines(keepends=True)
    start = sum(map(len, lines[: int(found[1]) - 1])) + int(found[2]) - 1
    return Span(source, start, start + 1)


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
    citation = table.row(
        Citation,
        year=table.take("year", int, *([None] if is_thread else [])),
        arxiv=_matched(table, "arxiv", r"\d{4}\.\d{4,5}"),
        doi=_matched(table, "doi", r"10\.\d{4,9}/\S+"),
        url=_matched(table, "url", r"https?://\S+"),
    )
    if not citation.authors and not is_thread:
        raise table.error("citation.authors is missing or empty", "citation")
    return citation


def _matched(table: Table, key: str, pattern: str) -> str | None:
    value: str | None = table.text(key, None)
    if value is not None and not re.fullmatch(pattern, value):
        raise table.error(f"citation.{key} {value!r} is malformed", key)
    return value
