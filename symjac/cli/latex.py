"""LaTeX on the command line: what was read is printed before what was found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from symjac import latex_input as reader
from symjac.cli.options import given, read_text
from symjac.derive import parse
from symjac.errors import (
    ParseError,
    ShapeError,
    Source,
    SymjacError,
    UnsupportedError,
)
from symjac.language.check import reopen
from symjac.language.scope import Scope
from symjac.language.typed import corrected, whole_claim
from symjac.terms.program import Program
from symjac.terms.shape import Layout

if TYPE_CHECKING:
    from symjac.latex_input import Reading
    from symjac.latex_input.products import OverTime

Echo = dict[str, str | list[str] | None]

_LATEX = click.option(
    "--latex", is_flag=True, help="EQUATIONS, --of, --wrt and --claim are LaTeX."
)
_TIME = click.option(
    "--time", default="", help="With --latex: letters that are time steps, as in t,k."
)
_FUNCTIONS = click.option(
    "--functions",
    default="",
    help="With --latex: names that are elementwise functions.",
)


def latex_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--latex` with what decides where the text alone does not."""
    return _LATEX(_TIME(_FUNCTIONS(command)))


@dataclass(frozen=True, slots=True)
class Task:
    """What a command is asked: the program, what by what, a claim, and the echo.

    With a `product` over time the claim is its factor. A claim in components is judged
    `once`, in the layout that its indices are written in; what is `fragile` was assumed
    and is no ground to refute a claim.
    """

    program: Program
    of: str | None
    wrt: tuple[str, ...]
    claim: str | None = None
    read: Echo | None = None
    product: OverTime | None = None
    once: Layout | None = None
    fragile: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What was written on the command line."""

    equations: str | None
    cell: str | None
    of: str | None
    wrt: tuple[str, ...]
    claim: str | None = None
    latex: bool = False
    time: str = ""
    functions: str = ""
    sigma: str = "generic"

    @property
    def is_latex(self) -> bool:
        """Whether it is LaTeX, said or plain to see."""
        return self.latex or "\\" in f"{self.equations}{self.claim}"

    def task(self) -> Task:
        """The task, read as LaTeX if that is asked for, or plain to see."""
        if self.cell is None and self.equations is not None and not self.latex:
            text = read_text(self.equations)
            claim = None if self.claim is None else read_text(self.claim)
            own = replace(self, equations=text, claim=claim)
            parts = (text, claim or "", self.of or "", *self.wrt)
            is_latex = any("\\" in part for part in parts)
            return own._from_latex() if is_latex else own._from_text(text)
        if self.latex:
            return self._from_latex()
        self._require_no_latex()
        program, of = given(self.equations, self.cell, self.of)
        claim = None if self.claim is None else read_text(self.claim).strip()
        return Task(program, of, self.wrt, claim)

    def _require_no_latex(self) -> None:
        if self.time or self.functions:
            raise click.UsageError("--time and --functions belong to --latex")

    def _from_text(self, text: str) -> Task:
        """What people type; what was read is shown where it is spelled otherwise."""
        self._require_no_latex()
        said = corrected(Source("equations", text), Scope())
        program, of, wrt, claim = parse(said), self.of, self.wrt, self.claim
        if claim is not None:
            left, by, formula = whole_claim(Source("claim", claim))
            known = reopen(program)
            claim = corrected(Source("claim", formula), known, is_formula=True).strip()
            of = _agreed("--of", of, left)
            wrt = (
                wrt
                if by is None
                else (_agreed("--wrt", ", ".join(wrt) or None, by) or "",)
            )
        is_changed = (said, claim) != (text, self.claim and self.claim.strip())
        echo = _echo(said.strip(), of, wrt, claim) if is_changed else None
        if echo is not None:
            echo["where"] = _assumed(program)
        return Task(program, of, wrt, claim, echo)

    def translated(self, source: str, name: str, program: Program | None) -> Reading:
        """One text in LaTeX."""
        return reader.translate(
            source,
            program=program,
            time=_words(self.time),
            functions=_words(self.functions),
            name=name,
        )

    def by_use(self, refusal: SymjacError) -> Task:
        """The task by use, where the strict reading refuses or has no such shape.

        Raises:
            SymjacError: the refusal, if there is no reading by use either; what does
                not fit, if there is one.
        """
        is_whole = self.cell is None and self.of is None and not self.wrt
        is_printed = self.is_latex and self.claim is not None and is_whole
        if not is_printed or self.time or self.functions:
            raise refusal
        text = None if self.equations is None else read_text(self.equations)
        try:
            found = reader.read_by_use(text, read_text(self.claim or ""))
        except SymjacError as error:
            is_unread = isinstance(refusal, ParseError | UnsupportedError)
            if is_unread and isinstance(error, ShapeError):
                raise ShapeError(error.message, error.span, known=error.known) from None
            raise (
                error if error.message.startswith("two readings") else refusal
            ) from None
        wrt = found.wrt
        shown = found.program.source.text
        echo = _echo(shown, found.of, wrt, found.claim, found.unjudged, found.notes)
        return Task(
            found.program,
            found.of,
            wrt,
            found.claim,
            echo,
            None,
            found.once,
            found.fragile,
        )

    def _from_latex(self) -> Task:
        claim = None if self.claim is None else read_text(self.claim)
        if self.equations is None and self.cell is None and claim is not None:
            return self._alone(claim)
        if self.equations is not None and self.cell is None:
            found = self._equations()
            text = corrected(Source("read as", found.text), Scope())
            found = replace(found, text=text)
            program, state = reader.program_of(found), None
        else:
            program, state = given(None, self.cell, None)
            text = program.source.text.strip()
        claimed = None if claim is None else self.translated(claim, "claim", program)
        by = tuple(self.translated(w, "--wrt", program) for w in self.wrt)
        given_of = (
            None if self.of is None else self.translated(self.of, "--of", program)
        )
        if claimed is not None and claimed.product is not None:
            return self._product(program, text, claimed)
        _require_one_step(claimed, given_of, *by)
        said = None if given_of is None else given_of.text
        of = _agreed("--of", said, None if claimed is None else claimed.of)
        wrt = tuple(reading.text for reading in by)
        if claimed is not None and claimed.wrt is not None:
            wrt = (_agreed("--wrt", ", ".join(wrt) or None, claimed.wrt) or "",)
        formula = None if claimed is None else claimed.text
        of = of or state
        echo = _echo(text, of, wrt, formula, () if not claimed else claimed.unjudged)
        return Task(program, of, wrt, formula, echo)

    def _product(self, program: Program, equations: str, found: Reading) -> Task:
        """A claim that a derivative over many steps is a product of one factor."""
        if self.of is not None or self.wrt:
            raise click.UsageError("a product over time says of what by what")
        wrt = (found.wrt or "",)
        echo = _echo(equations, found.of, wrt, found.text, found.unjudged)
        return Task(program, found.of, wrt, found.text, echo, found.product)

    def _equations(self) -> Reading:
        found = self.translated(read_text(self.equations or ""), "equations", None)
        if found.claim is not None:
            raise ParseError(
                "EQUATIONS is a claim", hint="leave EQUATIONS out, and give --claim"
            )
        return found

    def _alone(self, claim: str) -> Task:
        """A claim about an expression that stands in the claim itself."""
        if self.of is not None or self.wrt:
            raise click.UsageError("without EQUATIONS, the claim says of what by what")
        found = self.translated(claim, "claim", None)
        if found.equations is None or found.wrt is None:
            raise ParseError(
                "nothing defines what is differentiated",
                hint="give EQUATIONS, or a whole claim about an expression",
            )
        wrt = (found.wrt,)
        echo = _echo(found.equations, found.of, wrt, found.text, found.unjudged)
        return Task(reader.program_of(found), found.of, wrt, found.text, echo)


def _assumed(program: Program) -> str:
    """The shapes of all names, which their letters or their use decide."""
    known = ((name, q.shape) for name, q in program.quantities.items())
    return "; ".join(f"{name}: {shape}" for name, shape in known)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _agreed(option: str, said: str | None, claimed: str | None) -> str | None:
    """What an option and a whole claim say alike."""
    if said is not None and claimed is not None and said != claimed:
        raise ParseError(f"{option} says {said}, the claim says {claimed}")
    return claimed if said is None else said


def _require_one_step(*readings: Reading | None) -> None:
    """A claim at step i and a variable at step t would be taken for one step."""
    letters = {letter for found in readings if found for letter in found.letters}
    if len(letters) > 1:
        raise ParseError(f"different steps: {', '.join(sorted(letters))}")


def _echo(
    equations: str,
    of: str | None,
    wrt: tuple[str, ...],
    claim: str | None,
    unjudged: tuple[str, ...] = (),
    assumed: tuple[str, ...] = (),
) -> Echo:
    """What was read; what is not judged, and what was assumed, where there is any."""
    by = ", ".join(wrt) or None
    echo: Echo = {"equations": equations, "of": of, "wrt": by, "claim": claim}
    if unjudged:
        echo["unjudged"] = list(unjudged)
    return echo | ({"assumed": list(assumed)} if assumed else {})


def with_echo(content: str | bytes, format_: str, task: Task) -> str | bytes:
    """A result with what was read before it, in text and JSON."""
    if task.read is None or isinstance(content, bytes):
        return content
    if format_ not in ("text", "json"):
        return content
    if format_ == "json":
        return json.dumps({"read": task.read, **json.loads(content)}, indent=2)
    return f"{_shown(task.read, task.product)}\n\n{content}"


def _shown(read: Echo, product: OverTime | None) -> str:
    lines = str(read["equations"] or "").splitlines()
    if read["claim"] is not None:
        of, wrt = read["of"], read["wrt"]
        left = f"d({of})/d({wrt})" if of and wrt else "claim"
        over = "" if product is None else f"product over {product.steps} of "
        lines.append(f"{left} = {over}{read['claim']}")
    shown = [f"read as  {line}" for line in lines if line.strip()]
    if where := read.get("where"):
        shown.append(f"where    {where}")
    shown += [
        f"not judged  = {' '.join(one.split())}" for one in read.get("unjudged") or ()
    ]
    shown += [f"assumed  {' '.join(one.split())}" for one in read.get("assumed") or ()]
    return "\n".join(shown)
