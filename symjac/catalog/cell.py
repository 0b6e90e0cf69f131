"""Recurrent cells as data: published equations, their states and their source.

A file of one's own works like those in `cells/`; docs/cells.md describes the format.
Every mistake is a `CatalogError`, or an error of the language, with its place.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from symjac.catalog.table import Table, read_source, read_table
from symjac.errors import CatalogError, Source
from symjac.expr.matrix import Symbol, symbols
from symjac.expr.shape import Time
from symjac.language.check import Program, check

FOLDER = Path(__file__).parent / "cells"


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a cell was published; `place` names the equations there."""

    authors: tuple[str, ...]
    year: int
    title: str
    venue: str
    place: str | None
    arxiv: str | None
    doi: str | None
    url: str | None

    @property
    def short(self) -> str:
        """Such as `Cho et al. (2014)`; two authors are both named."""
        names = [author.split()[-1] for author in self.authors]
        shown = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
        return f"{shown} ({self.year})"

    def __str__(self) -> str:
        ids = {"arXiv": self.arxiv, "doi": self.doi, "": self.url}
        found = (f"{label} {value}".strip() for label, value in ids.items() if value)
        parts = [f"{', '.join(self.authors)} ({self.year}). {self.title}"]
        parts += ["; ".join(filter(None, (self.venue, self.place))), ", ".join(found)]
        return ". ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Cell:
    """One recurrent cell: `equations` in symjac's language, and what they are about.

    Example:
        >>> print(load_cell("postactivation").equations)
        x[t] = sigma(W_rec @ x[t-1] + W_in @ u[t] + b)
    """

    name: str
    source: Source
    title: str
    citation: Citation
    equations: str
    states: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    note: str

    @property
    def program(self) -> Program:
        """The typed program, parsed at the first use.

        Raises:
            CatalogError: states, inputs or outputs that the equations do not have.
        """
        return _program(self)

    @property
    def state(self) -> Symbol:
        """The first state at its own step."""
        return self.at(self.states[0])

    def at(self, state: str, steps: int = 0) -> Symbol:
        """A state, `steps` after its own step: -1 is the one before."""
        (found,) = (
            defined.symbol
            for defined in self.program.definitions
            if defined.symbol.name == state
        )
        assert found.time is not None
        time = Time(found.time.base, found.time.offset + steps)
        return Symbol(found.name, found.shape, time, found.properties)


def cell_names() -> tuple[str, ...]:
    """Names of the cells that symjac brings."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def load_cell(name: str) -> Cell:
    """A cell of the catalogue by its name, or a `.toml` file by its path.

    Raises:
        CatalogError: unknown name, unreadable file, or a mistake in it, with its place.

    Example:
        >>> lstm = load_cell("lstm")
        >>> lstm.states, lstm.citation.short
        (('h', 'c'), 'Gers et al. (2000)')
    """
    if name.endswith(".toml"):
        path = Path(name)
    elif name in cell_names():
        path = FOLDER / f"{name}.toml"
    else:
        raise CatalogError(f"no cell {name!r} in the catalogue", hint=_meant(name))
    return read_cell(read_source(path), path.stem)


def _meant(name: str) -> str:
    close = difflib.get_close_matches(name.lower(), cell_names(), n=3)
    if close:
        return f"did you mean {' or '.join(close)}? symjac cells lists all"
    return f"known: {', '.join(cell_names())}; or give a .toml file"


def read_cell(source: Source, name: str) -> Cell:
    """A cell from the text of its file."""
    table = read_table(source)
    cited = Table(source, table.take("citation", dict), "citation")
    cell = Cell(
        name=name,
        source=source,
        title=table.text("title"),
        citation=_citation(cited),
        equations=table.text("equations").strip(),
        states=table.texts("states"),
        inputs=table.texts("inputs"),
        outputs=table.texts("outputs"),
        note=table.text("note", ""),
    )
    table.finish()
    if not cell.states:
        raise table.error("a cell needs at least one state", "states")
    return cell


def _citation(table: Table) -> Citation:
    citation = Citation(
        authors=table.texts("authors"),
        year=table.take("year", int),
        title=table.text("title"),
        venue=table.text("venue"),
        place=table.text("place", None),
        arxiv=_matched(table, "arxiv", r"\d{4}\.\d{4,5}"),
        doi=_matched(table, "doi", r"10\.\d{4,9}/\S+"),
        url=_matched(table, "url", r"https?://\S+"),
    )
    table.finish()
    if not citation.authors:
        raise table.error("citation.authors is missing or empty", "citation")
    return citation


def _matched(table: Table, key: str, pattern: str) -> str | None:
    value: str | None = table.text(key, None)
    if value is not None and not re.fullmatch(pattern, value):
        raise table.error(f"citation.{key} {value!r} is malformed", key)
    return value


@cache
def _program(cell: Cell) -> Program:
    program = check(Source(f"{cell.source.name}, equations", cell.equations))
    table = read_table(cell.source)
    defined = {d.symbol.name: d.symbol for d in program.definitions}
    timed = {name for name, symbol in defined.items() if symbol.time is not None}
    used = {s.name for d in program.definitions for s in symbols(d.body) if s.time}
    allowed = {
        "states": (program.states & timed, "is no state: defined, and used earlier"),
        "inputs": (used - set(defined), "is no input: used at a step, not defined"),
        "outputs": (timed, "is no output: defined at a step"),
    }
    for key, (names, message) in allowed.items():
        for name in getattr(cell, key):
            if name not in names:
                raise table.error(f"{key}: {name} {message}", key)
    if missing := program.states - set(cell.states):
        raise table.error(f"states lacks {', '.join(sorted(missing))}", "states")
    return program
