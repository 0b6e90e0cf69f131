"""The command lines that make a document again, in ASCII and quoted for a shell."""

from __future__ import annotations

import re
import shlex
import unicodedata

from symjac.backward.gradients import Gradients
from symjac.claims.adjudicate import Judgement
from symjac.jacobian import Jacobian
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.terms.shape import Layout
from symjac.typeset.notation import notation, options
from symjac.typeset.text import matrix_text

_SIGNS = {"ᵀ": ".T", "′": "'"}


def derive_command(
    jacobian: Jacobian, layouts: tuple[Layout, ...], *, steps: bool
) -> str:
    """The `symjac derive` that gives this derivative."""
    parts = ["symjac", "derive", *_arguments(jacobian), *_chosen(layouts)]
    parts += options(notation())
    return shlex.join([*parts, "--steps"] if steps else parts)


def differential_command(jacobian: Jacobian, layouts: tuple[Layout, ...]) -> str:
    """The `symjac derive` that gives this derivative by differentials."""
    style = ["--style", "differential", *options(notation())]
    return shlex.join(
        ["symjac", "derive", *_arguments(jacobian), *_chosen(layouts), *style]
    )


def check_command(judgement: Judgement) -> str:
    """The `symjac check` that gives these verdicts."""
    layouts = tuple(verdict.layout for verdict in judgement.verdicts.values())
    arguments = _arguments(judgement.jacobian)
    claim = ["--claim", str(judgement.claim)]
    more = [*_chosen(layouts), *options(notation())]
    return shlex.join(["symjac", "check", *arguments, *claim, *more])


def gradients_command(found: Gradients) -> str:
    """The `symjac gradients` that gives these lines."""
    of = _named(found.program, found.of, found.body)
    source, by = one_line(found.program.source.text), ",".join(map(str, found.wrt))
    parts = ["symjac", "gradients", source, "--of", of, "--wrt", by]
    return shlex.join([*parts, *options(notation())])


def _arguments(jacobian: Jacobian) -> list[str]:
    chain = history(jacobian)
    shown = _named(jacobian.program, chain[0].of, chain[0].body)
    source = one_line(jacobian.program.source.text)
    variables = [part for one in chain for part in ("--wrt", variable_text(one))]
    return [source, "--of", shown, *variables]


def _named(program: Program, of: m.Symbol, body: m.MatrixExpr) -> str:
    """A name that the equations define, else what it stands for."""
    defined = {d.symbol.name for d in program.definitions}
    return str(of) if of.name in defined else matrix_text(body)


def history(jacobian: Jacobian) -> tuple[Jacobian, ...]:
    """A derivative after those that it differentiates again, the first one first."""
    before = () if jacobian.first is None else history(jacobian.first)
    return (*before, jacobian)


def variable_text(jacobian: Jacobian) -> str:
    """The variable as `--wrt` takes it: a name, or `vec(X)`."""
    return f"vec({jacobian.wrt})" if jacobian.vec else str(jacobian.wrt)


def ends(jacobian: Jacobian) -> dict[str, object]:
    """What is differentiated by what, and how its names are read, for JSON.

    `first` is there where a derivative is differentiated.
    """
    found: dict[str, object] = {
        "of": str(jacobian.of),
        "wrt": variable_text(jacobian),
        "shapes": jacobian.program.shapes,
    }
    if jacobian.first is not None:
        body = matrix_text(jacobian.body)
        found["first"] = {**ends(jacobian.first), "formula": body}
    return found


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
