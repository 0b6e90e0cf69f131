"""The command lines that make a document again, in ASCII and quoted for a shell."""

from __future__ import annotations

import re
import shlex
import unicodedata

from symjac.claims.adjudicate import Judgement
from symjac.expr.shape import Layout
from symjac.expr.text import matrix_text
from symjac.jacobian import Jacobian

_SIGNS = {"ᵀ": ".T", "′": "'"}


def derive_command(
    jacobian: Jacobian, layouts: tuple[Layout, ...], *, steps: bool
) -> str:
    """The `symjac derive` that gives this derivative."""
    parts = ["symjac", "derive", *_arguments(jacobian), *_chosen(layouts)]
    return shlex.join([*parts, "--steps"] if steps else parts)


def check_command(judgement: Judgement) -> str:
    """The `symjac check` that gives these verdicts."""
    layouts = tuple(verdict.layout for verdict in judgement.verdicts.values())
    arguments = _arguments(judgement.jacobian)
    claim = ["--claim", str(judgement.claim)]
    return shlex.join(["symjac", "check", *arguments, *claim, *_chosen(layouts)])


def _arguments(jacobian: Jacobian) -> list[str]:
    of = jacobian.of
    defined = {d.symbol.name for d in jacobian.program.definitions}
    shown = str(of) if of.name in defined else matrix_text(jacobian.body)
    source = one_line(jacobian.program.source.text)
    wrt = f"vec({jacobian.wrt})" if jacobian.vec else str(jacobian.wrt)
    return [source, "--of", shown, "--wrt", wrt]


def _chosen(layouts: tuple[Layout, ...]) -> list[str]:
    return ["--layout", layouts[0].value] if len(layouts) == 1 else []


def one_line(source: str) -> str:
    """Equations on one line, without comments, Greek letters spelled out."""
    lines = (re.sub(r"#.*", "", line).strip() for line in source.splitlines())
    joined = "; ".join(line.rstrip("; ") for line in lines if line.strip("; "))
    return "".join(c if c.isascii() else _spelled(c) for c in joined)


def _spelled(character: str) -> str:
    if character in _SIGNS:
        return _SIGNS[character]
    *_, last = unicodedata.name(character).split()
    name = last.lower()
    return name.capitalize() if character.isupper() else name
