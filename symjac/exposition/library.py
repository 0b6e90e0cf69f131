"""The library's rows as Markdown tables, for the manual."""

from __future__ import annotations

import re

from symjac.library.functions import TABLE
from symjac.library.operations import OPERATIONS
from symjac.library.row import PRIMITIVE, Domain, Function, Kink, Meaning, Operation

_LETTERS = re.compile(r"\b[A-Z]\b(?=[,:])")


def tables() -> dict[str, str]:
    """Tables by name."""
    return {
        "operations": _table(
            ("operation", "what it is", "meaning", "differential", "needs"),
            [_operation(row) for row in OPERATIONS.values() if row.latex],
        ),
        "functions": _table(
            ("function", "meaning", "slope", "defined for"),
            [_function(row) for row in TABLE.values()],
        ),
    }


def _table(head: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
    whole = [head, ("---",) * len(head), *lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in whole)


def _operation(row: Operation) -> tuple[str, ...]:
    letters = _LETTERS.findall(row.takes) or ["n", "m"][: row.parameters]
    own = (*letters, "k") if row.takes and row.parameters else letters
    call = f"{row.name}({', '.join(own)}{', ...' if row.is_stack else ''})"
    also = "".join(f", `{alias}`" for alias in row.aliases)
    call = row.name if row.is_number else call
    traced = f"of `tr({call})`: `tr({row.traced} @ dA)`"
    slope = traced if row.traced else _code(row.differential)
    return f"`{call}`{also}", row.doc, _meaning(row), slope, row.needs


def _function(row: Function) -> tuple[str, ...]:
    bent = {Kink.JUMP: ", not at ", Kink.BEND: ", no slope at "}.get(row.kink, "")
    kink = bent and bent + " or ".join(map(str, row.kinks_at))
    where = ("" if row.domain is Domain.REAL else row.domain.value) + kink
    meaning = f"{_meaning(row)} {row.doc}".strip()
    return f"`{row.name}(u)`", meaning, _code(row.slope), where.lstrip(", ")


def _meaning(row: Meaning) -> str:
    return "" if row.meaning == PRIMITIVE else _code(row.meaning)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
