"""What a book asks for: a derivative or a judgement, from options that are all text.

Sphinx and Markdown give the same options, each in its own spelling. Nothing is read
from files, and `expect` says which verdict the book relies on.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from symjac.catalog.published import cell_names, load_cell
from symjac.claims.adjudicate import Judgement, Outcome, check
from symjac.derive import derive, parse
from symjac.errors import CatalogError, ParseError
from symjac.exposition.excerpt import Blocks, derivation_excerpt, judgement_excerpt
from symjac.jacobian import Jacobian
from symjac.terms.program import Program
from symjac.terms.shape import Layout

FLAGS = ("steps", "expand")
DERIVE = ("of", "wrt", "layout", "cell", *FLAGS)
CHECK = ("of", "wrt", "layout", "cell", "steps", "claim", "expect")
LAYOUTS = tuple(layout.value for layout in Layout)
OUTCOMES = tuple(outcome.value for outcome in Outcome)


@dataclass(frozen=True, slots=True)
class Request:
    """A derivative of equations or of a cell; with a claim, a judgement of it."""

    equations: str
    options: Mapping[str, str]

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """The layout that is asked for, or both."""
        name = self.options.get("layout")
        return tuple(Layout) if name is None else (Layout(name),)

    @property
    def wrt(self) -> str | tuple[str, ...] | None:
        """A variable, or several apart by commas."""
        names = tuple(part.strip() for part in self.options.get("wrt", "").split(","))
        return names if len(names) > 1 else names[0] or None

    def program(self) -> tuple[Program, str | None]:
        """The equations, and what of them to differentiate."""
        cell, of = self.options.get("cell"), self.options.get("of")
        if (cell is None) == (not self.equations.strip()):
            raise ParseError("give either equations or a cell, and not both")
        if cell is None:
            return parse(self.equations), of
        if cell not in cell_names():
            raise CatalogError(f"no cell {cell!r}", hint="symjac cells lists all")
        found = load_cell(cell)
        return found.program, str(found.state) if of is None else of

    def jacobian(self) -> Jacobian:
        """The derivative."""
        program, of = self.program()
        return derive(program, of, self.wrt, expand="expand" in self.options)

    def judgement(self) -> Judgement:
        """The verdicts on the claim."""
        if "claim" not in self.options:
            raise ParseError("a check needs a claim")
        claim = self.options["claim"]
        program, of = self.program()
        return check(program, of, self.wrt, claim=claim, layouts=self.layouts)

    def derivation(self) -> Blocks:
        """The derivative for a page."""
        steps = "steps" in self.options
        return derivation_excerpt(self.jacobian(), layouts=self.layouts, steps=steps)

    def verdicts(self, judgement: Judgement) -> Blocks:
        """The verdicts for a page."""
        return judgement_excerpt(judgement, steps="steps" in self.options)


def from_line(line: str, known: tuple[str, ...]) -> Request:
    """A request written like a command: `'y = A @ x' --wrt x --layout numerator`.

    Raises:
        ParseError: quotes that do not match, or an option that is not known.
    """
    try:
        words = iter(shlex.split(line))
    except ValueError as error:
        raise ParseError(f"cannot read {line}: {str(error).lower()}") from None
    equations: list[str] = []
    options: dict[str, str] = {}
    for word in words:
        if not word.startswith("--"):
            equations.append(word)
            continue
        name, sign, value = word[2:].partition("=")
        if not sign and name not in FLAGS:
            value = next(words, "")
        options[name] = value
    if len(equations) > 1:
        raise ParseError("the equations need quotes around them", hint=f"'{line}'")
    return request("".join(equations), options, known)


def request(
    equations: str, options: Mapping[str, str], known: tuple[str, ...]
) -> Request:
    """A request whose options are all known, and its layout, too."""
    for name, value in options.items():
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1) or list(known)
            raise ParseError(f"no option {name!r}", hint=f"known: {', '.join(close)}")
        if not value.strip() and name not in FLAGS:
            raise ParseError(f"the option {name!r} needs a value")
    layout = options.get("layout", LAYOUTS[0])
    if layout not in LAYOUTS:
        raise ParseError(f"no layout {layout!r}", hint=f"known: {', '.join(LAYOUTS)}")
    return Request(equations, options)


def overall(judgement: Judgement) -> Outcome:
    """Proved in some layout; else undecided if any is; else not true in any."""
    outcomes = [verdict.outcome for verdict in judgement.verdicts.values()]
    for outcome in (Outcome.PROVED, Outcome.UNDECIDED, Outcome.REFUTED):
        if outcome in outcomes:
            return outcome
    return Outcome.ILL_TYPED


def unexpected(judgement: Judgement, expect: str) -> str:
    """What is wrong where the verdict is not the one that the book relies on.

    Args:
        expect: an outcome, or `numerator: refuted, denominator: proved`.

    Raises:
        ParseError: no such outcome or layout.
    """
    for part in expect.split(",") if expect else ():
        layout, sign, outcome = (piece.strip() for piece in part.rpartition(":"))
        if outcome not in OUTCOMES:
            hint = f"known: {', '.join(OUTCOMES)}"
            raise ParseError(f"no verdict {outcome!r}", hint=hint)
        if sign and layout not in judgement.verdicts:
            raise ParseError(f"{layout!r} is no layout that is judged here")
        found = judgement.verdicts[layout].outcome if sign else overall(judgement)
        if found.value != outcome:
            at = f" in {layout} layout" if sign else ""
            claim = f"the claim {judgement.claim} is {found.value}{at}"
            return f"{claim}, and not {outcome} as expected"
    return ""
