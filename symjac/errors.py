"""What can go wrong, and where: every error holds message, place and data apart.

Only the command line (and `SymjacError.report`) turns them into text for people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Source:
    """A text that was read: its name (for people) and its characters."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range of character offsets in a source."""

    source: Source
    start: int
    end: int

    @property
    def line(self) -> int:
        """One-based line number."""
        return self.source.text.count("\n", 0, self.start) + 1

    @property
    def column(self) -> int:
        """One-based column, in characters."""
        return self.start - (self.source.text.rfind("\n", 0, self.start) + 1) + 1

    @property
    def text(self) -> str:
        """The characters of the range."""
        return self.source.text[self.start : self.end]

    def excerpt(self, width: int = 100) -> str:
        """The line with a caret under the range, cut to `width` characters."""
        begin = self.source.text.rfind("\n", 0, self.start) + 1
        end = self.source.text.find("\n", begin)
        line = self.source.text[begin : end if end >= 0 else None]
        cut = max(0, self.start - begin - width // 2)
        shown = line[cut : cut + width].replace("\t", " ")
        offset = self.start - begin - cut
        length = max(1, min(self.end - self.start, len(shown) - offset))
        label = f"  {self.source.name}, line {self.line}, column {self.column}:  "
        return f"{label}{shown}\n{' ' * (len(label) + offset)}{'^' * length}"


class SymjacError(Exception):
    """Root of all errors that symjac raises on purpose.

    Args:
        message: what was expected and what was found, in one line.
        span: the place in the source, if there is one.
        hint: one next step, given only when it is certain.
        known: facts that help, such as the dimensions solved so far.
    """

    def __init__(
        self,
        message: str,
        span: Span | None = None,
        *,
        hint: str | None = None,
        known: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint
        self.known = known
        for note in (span and span.excerpt(), known and f"  known: {known}", hint):
            if note:
                self.add_note(note)

    def report(self) -> str:
        """The error for people: message, place with caret, known facts, next step."""
        lines = [f"{type(self).__name__}: {self.message}"]
        if self.span is not None:
            lines.append(self.span.excerpt())
        if self.known:
            lines.append(f"  known: {self.known}")
        if self.hint:
            lines.append(f"  {self.hint}")
        return "\n".join(lines)


class ParseError(SymjacError):
    """The text is not in symjac's language."""


class ShapeError(SymjacError):
    """An operation was given operands whose shapes do not fit."""


class UnsupportedError(SymjacError):
    """Meaningful, but not (yet) within symjac's vocabulary."""


class LiftError(SymjacError):
    """The index form is right but has no matrix form."""


class BudgetError(SymjacError):
    """A counted limit (characters, nodes, terms, steps) was passed."""


class ClaimError(SymjacError):
    """A claim cannot be compared with the derivative at all."""


class CatalogError(SymjacError):
    """A paper's data file is missing, malformed or incomplete."""


class OutputError(SymjacError):
    """A file could not be written; nothing that was there has changed."""


class NotationError(SymjacError):
    """A way to write mathematics, or a language, that is not known or not clear."""


class TemplateError(SymjacError):
    """A template of one's own is malformed, or asks for what a document has not."""


class NumericError(SymjacError):
    """A number is missing, superfluous, or not finite where it has to be."""


class PackageError(SymjacError):
    """An optional package is not installed; the hint names the extra that brings it."""


class InternalError(SymjacError):
    """A bug in symjac: to be reported, never a verdict."""


class SoundnessError(InternalError):
    """Two independent computations disagree: a bug in symjac, never a verdict."""


def as_error(error: BaseException) -> SymjacError:
    """What went wrong as one of symjac's errors; what is none of them is a bug."""
    match error:
        case SymjacError():
            return error
        case RecursionError():
            hint = "name parts of it by definitions of their own"
            return BudgetError("nested more deeply than can be followed", hint=hint)
        case MemoryError():
            return BudgetError("more memory than there is")
    return InternalError(f"internal error: {type(error).__name__}: {error}")


def within_depth(
    function: Callable[Arguments, Result],
) -> Callable[Arguments, Result]:
    """The function, ending in a BudgetError where Python's stack ends."""

    @wraps(function)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except RecursionError as error:
            raise as_error(error) from None

    return call


def error_json(error: SymjacError) -> dict[str, Any]:
    """An error in JSON's types."""
    found: dict[str, Any] = {"type": type(error).__name__, "message": error.message}
    if error.span is not None:
        found["in"] = error.span.source.name
        found["column"] = error.span.column
    if error.hint:
        found["hint"] = error.hint
    return found
