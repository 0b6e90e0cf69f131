"""What results ask of rooms above them, which register their answers here."""

from __future__ import annotations

from functools import singledispatch
from typing import Any


@singledispatch
def bundle(result: object) -> dict[str, str]:
    """A result as Jupyter and VS Code take it: kinds of content, and the content."""
    raise NotImplementedError(type(result).__name__)


@singledispatch
def plain(result: object) -> str:
    """A result as text for people."""
    raise NotImplementedError(type(result).__name__)


@singledispatch
def for_marimo(result: object) -> tuple[str, str]:
    """A result as marimo takes it: a kind of content, and the content."""
    raise NotImplementedError(type(result).__name__)


@singledispatch
def recurrence_of(program: object, first: str | None) -> Any:
    """The recurrence that a program defines, with one state put first."""
    raise NotImplementedError(type(program).__name__)


class Judged:
    """What has an outcome, which is one of several and not true or false."""

    __slots__ = ()

    def __bool__(self) -> bool:
        kind = type(self).__name__
        raise ValueError(
            f"{kind} is neither true nor false: it may be undecided, and differ by "
            "layout; compare its outcome with symjac.Outcome.PROVED"
        )


class Shown:
    """A result that a notebook displays: typeset, with steps that fold open."""

    __slots__ = ()

    def __repr__(self) -> str:
        return plain(self)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle(self)

    def _mime_(self) -> tuple[str, str]:
        return for_marimo(self)
