"""Recurrent cells and published claims as data, with their sources.

A file of one's own works like those in `cells/` and `claims/`; docs/cells.md and
docs/gallery.md describe the formats. No verdict stands in a file: it is computed.
Every mistake is a `CatalogError`, or an error of the language, with its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from symjac.catalog.paper import LAYOUTS, STATUS
from symjac.catalog.table import (
    Citation,
    Table,
    find,
    names_in,
    read_citation,
    read_source,
    read_table,
)
from symjac.errors import CatalogError, Source
from symjac.language.check import check
from symjac.terms import matrix as m
from symjac.terms.program import Program

CLAIMS = Path(__file__).parent / "claims"
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
        status: of the claim: asserted, corrected since, or a question that was asked.
        status_note: who corrected it and when, or what was asked.
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
    status: str = STATUS[0]
    status_note: str = ""


def claim_names() -> tuple[str, ...]:
    """Names of the published claims that symjac brings."""
    return names_in(CLAIMS)


def load_claim(name: str) -> PublishedClaim:
    """A published claim by its name, or a `.toml` file by its path.

    Raises:
        CatalogError: unknown name, unreadable file, or a mistake in it, with its place.

    Example:
        >>> claim = load_claim("matrix_cookbook_81")
        >>> claim.citation.short, claim.label
        ('Petersen and Pedersen (2012)', 'equation (81)')
    """
    what = f"claim {name!r} in the gallery"
    path = find(name, CLAIMS, what, "symjac gallery lists all")
    return replace(read_claim(read_source(path), path.stem), argument=name)


def read_claim(source: Source, key: str) -> PublishedClaim:
    """A published claim from the text of its file."""
    table = read_table(source)
    cited = Table(source, table.take("citation", dict), "citation")
    claim = table.row(
        PublishedClaim,
        key=key,
        argument=key,
        source=source,
        citation=read_citation(cited, is_thread=True),
        topic=table.one_of("topic", TOPICS),
        equations=table.text("equations").strip(),
        formula=table.text("formula").strip(),
        layout=table.one_of("layout", LAYOUTS),
        checked=table.one_of("checked", CHECKED),
        status=table.one_of("status", STATUS, STATUS[0]),
    )
    if claim.status != STATUS[0] and not claim.status_note:
        raise table.error("status_note says who, when or what", "status")
    if not re.fullmatch(r"[a-z0-9][a-z0-9_]*", key):
        raise CatalogError(f"{key!r} is no name for a page: a-z, 0-9 and _ are")
    return claim


FOLDER = Path(__file__).parent / "cells"


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
    note: str = ""

    @property
    def program(self) -> Program:
        """The typed program, parsed at the first use.

        Raises:
            CatalogError: states, inputs or outputs that the equations do not have.
        """
        return _program(self)

    @property
    def state(self) -> m.Symbol:
        """The first state at its own step."""
        return self.at(self.states[0])

    def at(self, state: str, steps: int = 0) -> m.Symbol:
        """A state, `steps` after its own step: -1 is the one before."""
        (found,) = (
            defined.symbol
            for defined in self.program.definitions
            if defined.symbol.name == state
        )
        assert found.time is not None
        time = found.time.later(steps)
        return m.Symbol(found.name, found.shape, time, found.properties)


def cell_names() -> tuple[str, ...]:
    """Names of the cells that symjac brings."""
    return names_in(FOLDER)


def load_cell(name: str) -> Cell:
    """A cell of the catalogue by its name, or a `.toml` file by its path.

    Raises:
        CatalogError: unknown name, unreadable file, or a mistake in it, with its place.

    Example:
        >>> lstm = load_cell("lstm")
        >>> lstm.states, lstm.citation.short
        (('h', 'c'), 'Gers et al. (2000)')
    """
    path = find(
        name, FOLDER, f"cell {name!r} in the catalogue", "symjac cells lists all"
    )
    return read_cell(read_source(path), path.stem)


def read_cell(source: Source, name: str) -> Cell:
    """A cell from the text of its file."""
    table = read_table(source)
    cited = Table(source, table.take("citation", dict), "citation")
    cell = table.row(
        Cell,
        name=name,
        source=source,
        citation=read_citation(cited),
        equations=table.text("equations").strip(),
    )
    if not cell.states:
        raise table.error("a cell needs at least one state", "states")
    return cell


@cache
def _program(cell: Cell) -> Program:
    program = check(Source(f"{cell.source.name}, equations", cell.equations))
    table = read_table(cell.source)
    defined = {d.symbol.name: d.symbol for d in program.definitions}
    timed = {name for name, symbol in defined.items() if symbol.time is not None}
    used = {s.name for d in program.definitions for s in m.symbols(d.body) if s.time}
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
