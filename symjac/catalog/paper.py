"""A paper's data file: its dataclasses, its loader and its validation.

A file of one's own works like those beside this module; docs/catalog.md describes the
format. Every mistake is a `CatalogError` with file, line and column.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symjac.errors import BudgetError, CatalogError, Source, Span

FOLDER = Path(__file__).parent
MAX_BYTES = 200_000
LAYOUTS = ("numerator", "denominator", "unstated")
MATH_COMMANDS = frozenset(
    (
        "frac tfrac dfrac partial mathbf mathrm mathit mathcal mathbb boldsymbol"
        " operatorname text sigma tanh exp log sin cos theta gamma eta alpha"
        " beta delta epsilon lambda mu nu phi psi rho tau omega xi zeta chi"
        " kappa pi Sigma Theta Gamma Delta Lambda Phi Psi Omega Pi prod sum leq"
        " geq neq le ge ne lt gt forall left right nabla top intercal prime odot"
        " circ otimes times cdot cdots ldots dots vdots ddots qquad quad in to"
        " infty bigl bigr Bigl Bigr big Big lVert rVert Vert lvert rvert vert"
        " hat bar tilde vec sqrt begin end max min det tr diag mid approx equiv"
        " ell"
    ).split()
)


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
    layout_note: str


@dataclass(frozen=True, slots=True)
class Sibling:
    """A neighbouring equation for which the claim might be right."""

    label: str
    text: str
    of: str | None
    wrt: str | None
    formula: str
    as_printed: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """An equation quoted as printed, for reference."""

    label: str
    printed: str


@dataclass(frozen=True, slots=True)
class Paper:
    """One published work: citation, equations, claims."""

    key: str
    source: Source
    title: str
    authors: tuple[str, ...]
    year: int
    venue: str
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
    bound: str | None


class _Table:
    """One TOML table, read key by key; what is left over is a mistake."""

    def __init__(self, source: Source, data: Any, path: str) -> None:
        self.source, self.path = source, path
        if not isinstance(data, dict):
            raise self.error(f"{path or 'the file'} must be a table", path)
        self.data: dict[str, Any] = dict(data)

    def error(self, message: str, key: str) -> CatalogError:
        """An error at the line that names the key."""
        last = re.escape(key.split(".")[-1])
        pattern = rf"(?m)^\s*(\[+[^\]\n]*\b)?{last}\b"
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

    def printed(self, key: str, default: Any = ...) -> Any:
        """Mathematics in LaTeX, limited to commands that cannot do harm."""
        value = self.text(key, default)
        if value is not None:
            self.check_math(value, key)
        return value

    def check_math(self, value: str, key: str) -> None:
        """Refuse unknown commands, unbalanced braces and characters with a meaning."""
        for command in re.findall(r"\\([A-Za-z]+)", value):
            if command not in MATH_COMMANDS:
                raise self.error(f"{key}: command \\{command} is not allowed", key)
        if re.search(r"[$%#~`\"\n]|\\(?![A-Za-z,;!:|\\ {}])", value):
            raise self.error(f"{key}: a character that mathematics does not need", key)
        depth = 0
        for character in re.sub(r"\\[{}]", "", value):
            depth += (character == "{") - (character == "}")
            if depth < 0:
                break
        if depth:
            raise self.error(f"{key}: braces do not match", key)

    def tables(self, key: str) -> list[_Table]:
        """A list of tables."""
        where = f"{self.path}.{key}" if self.path else key
        values = self.take(key, list, [])
        return [_Table(self.source, value, where) for value in values]

    def finish(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self.data:
            where = f"{self.path}.{key}" if self.path else key
            raise self.error(f"unknown key {where}", key)


def names() -> tuple[str, ...]:
    """Keys of the papers that symjac brings."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def load(key: str) -> Paper:
    """A paper of the catalogue by its key, or a `.toml` file by its path.

    Raises:
        CatalogError: unknown key, unreadable file, or a mistake in it, with its place.
    """
    if key.endswith(".toml"):
        path = Path(key)
    elif key in names():
        path = FOLDER / f"{key}.toml"
    else:
        known = ", ".join(names())
        raise CatalogError(
            f"no paper {key!r} in the catalogue",
            hint=f"known: {known}; or give a .toml file",
        )
    return read(Source(path.name, _content(path)), path.stem)


def _content(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BudgetError(f"{path} has more than {MAX_BYTES} bytes")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CatalogError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise CatalogError(f"{path} is not UTF-8 text, byte {error.start}") from None


def read(source: Source, key: str) -> Paper:
    """A paper from the text of its file."""
    try:
        data = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogError(
            f"not TOML: {error}", _toml_place(source, str(error))
        ) from None
    table = _Table(source, data, "")
    main = _Table(source, table.take("equations", dict), "equations")
    equations = _equations(main, ("label", "text"))
    variants = tuple(_equations(t, ("label", "text")) for t in main.tables("variants"))
    main.finish()
    bound = table.take("bound", dict, None)
    paper = Paper(
        key=key,
        source=source,
        title=table.text("title"),
        authors=table.texts("authors"),
        year=table.take("year", int),
        venue=table.text("venue", ""),
        arxiv=table.text("arxiv", None),
        url=table.text("url", None),
        versions=table.texts("versions"),
        question=table.text("question"),
        equations=equations,
        variants=variants,
        symbols=_symbols(table),
        claims=tuple(map(_claim, table.tables("claims"))),
        siblings=tuple(map(_sibling, table.tables("siblings"))),
        quoted=tuple(map(_quoted, table.tables("quoted"))),
        bound=_Table(source, bound, "bound").text("label") if bound else None,
    )
    table.finish()
    if not paper.claims:
        raise CatalogError("a paper needs at least one [[claims]]", Span(source, 0, 1))
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", key):
        raise CatalogError(f"{key!r} is no file name that output files can have")
    return paper


def _toml_place(source: Source, message: str) -> Span:
    found = re.search(r"line (\d+), column (\d+)", message)
    if found is None:
        return Span(source, len(source.text), len(source.text) + 1)
    lines = source.text.splitlines(keepends=True)
    start = sum(map(len, lines[: int(found[1]) - 1])) + int(found[2]) - 1
    return Span(source, start, start + 1)


def _equations(table: _Table, keys: tuple[str, ...]) -> Equations:
    label, text = (table.text(key) for key in keys)
    return Equations(label, text, table.printed("printed", None))


def _symbols(table: _Table) -> Mapping[str, str]:
    values = table.take("symbols", dict, {})
    if not all(isinstance(value, str) for value in values.values()):
        raise table.error("symbols must be texts", "symbols")
    return dict(values)


def _claim(table: _Table) -> Claim:
    layout = table.text("layout", "unstated")
    if layout not in LAYOUTS:
        raise table.error(f"layout must be one of {', '.join(LAYOUTS)}", "layout")
    claim = Claim(
        table.text("label"),
        table.text("of", None),
        table.text("wrt", None),
        table.text("formula"),
        table.printed("printed", None),
        layout,
        table.text("layout_note", ""),
    )
    table.finish()
    return claim


def _sibling(table: _Table) -> Sibling:
    sibling = Sibling(
        table.text("label"),
        table.text("text"),
        table.text("of", None),
        table.text("wrt", None),
        table.text("formula"),
        table.text("as_printed", None),
        table.text("note", ""),
    )
    table.finish()
    return sibling


def _quoted(table: _Table) -> Quoted:
    quoted = Quoted(table.text("label"), table.printed("printed"))
    table.finish()
    return quoted
