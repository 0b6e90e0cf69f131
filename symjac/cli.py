"""The command line: `symjac prove`, `derive`, `check`, `cells`, `docs`.

Exit codes: 0 done, or claim proved in a requested layout; 1 refuted; 2 invalid input;
3 undecided.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from symjac import __version__
from symjac.catalog.cell import load_cell
from symjac.claims.adjudicate import Judgement, Outcome, Verdict, check, derived_formula
from symjac.claims.differential import differential
from symjac.derive import derive, parse
from symjac.errors import LiftError, ParseError, SymjacError
from symjac.expr.shape import Layout
from symjac.expr.text import terms_text
from symjac.jacobian import Formula, Jacobian
from symjac.language.check import Program
from symjac.render.adhoc import derivation_page, judgement_page
from symjac.render.cells import cell_json, cell_text, cells_json, cells_text
from symjac.render.commands import ends
from symjac.render.differential import differential_page
from symjac.render.generate import compare_outputs, write_outputs
from symjac.render.page import FORMATS, prove, write_all
from symjac.render.steps import (
    derivation_latex,
    derivation_text,
    jacobian_lines,
    judgement_text,
)

DOCUMENTS = ("md", "tex", "html")
MAX_BYTES = 1_000_000
LAYOUT = click.option(
    "--layout",
    type=click.Choice([layout.value for layout in Layout]),
    default=None,
    help="One layout; both if left out.",
)
CELL = click.option(
    "--cell", default=None, help="A cell of `symjac cells` in place of EQUATIONS."
)
OF = click.option(
    "--of",
    default=None,
    help="A name or expression; the last definition, a cell's first state.",
)
OUTPUT = click.option(
    "--output", default=None, help="A file, written whole; else standard output."
)
WRT = click.option(
    "--wrt",
    multiple=True,
    help="A name, or vec(X) for vec form; the same state one step earlier. Twice for a"
    " second derivative.",
)


class Group(click.Group):
    """Prints symjac's own errors as text and exits with 2."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; no traceback for an error in the input."""
        try:
            return super().invoke(ctx)
        except SymjacError as error:
            click.echo(error.report(), err=True)
            ctx.exit(2)


HELP = """Derive, explain and judge derivatives of vector and matrix equations.

\b
A paper of the catalogue, as a proof in LaTeX, Markdown and HTML:
  symjac prove pascanu2013
A derivative, with its steps:
  symjac derive 'x[t] = W @ sigma(x[t-1]) + b' --steps
A recurrent cell of the catalogue, such as a GRU or an LSTM:
  symjac cells; symjac derive --cell gru
A formula that you doubt, under both layouts:
  symjac check 'x[t] = W @ sigma(x[t-1]) + b' --claim "W.T @ diag(sigma'(x[t-1]))"

\b
Equations: one per line or apart by ';'. @ product, * elementwise or scalar, .T
transpose, diag(v), sigma'(x) derivative of an elementwise function, x[t-1] time.
Upper case: matrix; lower case: column vector; Greek: scalar; `A: (n, m)` declares.

\b
Exit codes: 0 done or proved, 1 refuted, 2 invalid input, 3 undecided.
"""


@click.group(
    cls=Group, help=HELP, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="symjac")
def main() -> None:
    """Group of all commands."""


def read_text(argument: str) -> str:
    """An argument's text: itself, `@file`, or `-` for standard input."""
    try:
        if argument == "-":
            return _decoded(sys.stdin.buffer.read(MAX_BYTES + 1), "standard input")
        if argument.startswith("@"):
            with Path(argument[1:]).open("rb") as stream:
                return _decoded(stream.read(MAX_BYTES + 1), argument[1:])
    except OSError as error:
        raise ParseError(f"cannot read {argument[1:]}: {error.strerror}") from None
    return argument


def _decoded(content: bytes, name: str) -> str:
    if len(content) > MAX_BYTES:
        raise ParseError(f"{name} has more than {MAX_BYTES} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError(f"{name} is not UTF-8 text, byte {error.start}") from None


def variables(wrt: tuple[str, ...]) -> str | tuple[str, ...] | None:
    """What `--wrt` gives the API: nothing, a name, or several."""
    return wrt if len(wrt) > 1 else next(iter(wrt), None)


def given(
    equations: str | None, cell: str | None, of: str | None
) -> tuple[Program, str | None]:
    """The program of EQUATIONS or of `--cell`, and what to differentiate."""
    if (equations is None) == (cell is None):
        raise click.UsageError("give either EQUATIONS or --cell, and not both")
    if equations is not None:
        return parse(read_text(equations)), of
    found = load_cell(cell or "")
    return found.program, str(found.state) if of is None else of


@main.command("derive")
@click.argument("equations", required=False)
@CELL
@OF
@WRT
@LAYOUT
@click.option("--expand", is_flag=True, help="Write definitions such as gates out.")
@click.option("--steps", is_flag=True, help="Print every step with its rule.")
@click.option(
    "--style",
    type=click.Choice(["index", "differential"]),
    default="index",
    help="How it is derived; by differentials, the steps are always printed.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "latex", "json", *DOCUMENTS]),
    default="text",
    help="md, tex, html: a whole document; latex: only the formulas.",
)
@OUTPUT
def derive_command(
    equations: str | None,
    cell: str | None,
    of: str | None,
    wrt: tuple[str, ...],
    layout: str | None,
    expand: bool,
    steps: bool,
    style: str,
    format_: str,
    output: str | None,
) -> None:
    """Derive d(of)/d(wrt) of EQUATIONS (text, @file, or - for standard input)."""
    program, of = given(equations, cell, of)
    jacobian = derive(program, of, variables(wrt), expand=expand)
    layouts = [Layout(layout)] if layout else list(Layout)
    if style == "differential":
        proof = differential(jacobian)
        emit(differential_page(proof, layouts, format_), output)
        return
    emit(derivation_as(jacobian, layouts, format_, steps=steps), output)


def derivation_as(
    jacobian: Jacobian, layouts: list[Layout], format_: str, *, steps: bool
) -> str:
    """The derivative in one of the formats of `derive`."""
    if format_ == "json":
        return json.dumps(derivative_json(jacobian, layouts, steps), indent=2)
    if format_ == "latex":
        return derivation_latex(jacobian, layouts, steps=steps)
    if format_ == "text":
        return derivation_text(jacobian, layouts, steps=steps)
    return derivation_page(jacobian, format_, layouts=tuple(layouts), steps=steps)


def emit(content: str, output: str | None) -> None:
    """Print a result, or write it to a file, whole or not at all."""
    content = content.rstrip("\n") + "\n"
    if output is None:
        click.echo(content, nl=False)
        return
    path = Path(output)
    write_all(path.parent, {path.name: content})
    click.echo(f"wrote {path}")


def derivative_json(
    jacobian: Jacobian, layouts: list[Layout], steps: bool
) -> dict[str, object]:
    """The derivative as one JSON object."""
    found = {layout.value: derived_formula(jacobian, layout) for layout in layouts}
    out: dict[str, object] = {
        **ends(jacobian),
        "component": jacobian.component_text,
        "layouts": {
            name: str(f) if f is not None else None for name, f in found.items()
        },
    }
    if jacobian.order > 2:
        out["slice"] = form_or_none(jacobian.slice)
        out["vec"] = form_or_none(partial(jacobian.vec_matrix, "numerator"))
    if steps:
        lines = jacobian_lines(jacobian, terms_text)
        out["steps"] = [
            {"of": line.left or None, "result": line.right, "rule": line.reason or None}
            for line in lines
        ]
    return out


def form_or_none(form: Callable[[], Formula]) -> str | None:
    """A matrix form as text, or None where there is none."""
    try:
        return str(form())
    except LiftError:
        return None


@main.command("check")
@click.argument("equations", required=False)
@CELL
@click.option("--claim", required=True, help="The formula (text, @file, or -).")
@OF
@WRT
@LAYOUT
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", *DOCUMENTS]),
    default="text",
    help="md, tex, html: a whole document.",
)
@OUTPUT
def check_command(
    equations: str | None,
    cell: str | None,
    claim: str,
    of: str | None,
    wrt: tuple[str, ...],
    layout: str | None,
    format_: str,
    output: str | None,
) -> None:
    """Judge a formula claimed for d(of)/d(wrt) of EQUATIONS, in each layout."""
    layouts = (Layout(layout),) if layout else tuple(Layout)
    program, of = given(equations, cell, of)
    formula = read_text(claim).strip()
    judgement = check(program, of, variables(wrt), claim=formula, layouts=layouts)
    emit(judgement_as(judgement, format_), output)
    sys.exit(exit_code(judgement))


def judgement_as(judgement: Judgement, format_: str) -> str:
    """The verdicts in one of the formats of `check`."""
    if format_ == "json":
        return json.dumps(judgement_json(judgement), indent=2)
    if format_ == "text":
        return judgement_text(judgement)
    return judgement_page(judgement, format_)


def exit_code(judgement: Judgement) -> int:
    """0 proved in a layout; else 3 if any is undecided; else 1."""
    outcomes = {verdict.outcome for verdict in judgement.verdicts.values()}
    if Outcome.PROVED in outcomes:
        return 0
    return 3 if Outcome.UNDECIDED in outcomes else 1


def judgement_json(judgement: Judgement) -> dict[str, object]:
    """The verdicts as one JSON object; see docs/cli.md."""
    jacobian = judgement.jacobian
    return {
        **ends(jacobian),
        "component": jacobian.component_text,
        "layouts": {name: _verdict_json(v) for name, v in judgement.verdicts.items()},
        "diagnosis": [],
    }


def _verdict_json(verdict: Verdict) -> dict[str, object]:
    example = verdict.counterexample
    return {
        "derived": str(verdict.derived) if verdict.derived is not None else None,
        "verdict": verdict.outcome.value,
        "reason": verdict.reason,
        "holds_iff": str(verdict.holds_iff) if verdict.holds_iff is not None else None,
        "hypotheses": list(verdict.hypotheses),
        "counterexample": None
        if example is None
        else {
            "dimensions": example.dimensions,
            "values": example.values | example.functions,
            "entry": list(example.entry),
            "derived": example.derived,
            "claimed": example.claimed,
        },
    }


@main.command("prove")
@click.argument("paper")
@click.option("--format", "formats", default=",".join(FORMATS), show_default=True)
@click.option(
    "--output", default="output", show_default=True, help="Folder to write to."
)
@click.option(
    "--plots", is_flag=True, help="Draw products over time; needs symjac[plot]."
)
def prove_command(paper: str, formats: str, output: str, plots: bool) -> None:
    """Derive, judge and print the claim of PAPER: a catalogue key or a .toml file."""
    chosen = tuple(dict.fromkeys(name.strip() for name in formats.split(",")))
    unknown = [name for name in chosen if name not in FORMATS]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r}; known: {', '.join(FORMATS)}")
    proof = prove(paper, plots=plots)
    for path in proof.save(output, chosen):
        click.echo(f"wrote {path}")
    click.echo(proof.summary)


@main.command("cells")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def cells_command(name: str | None, as_json: bool) -> None:
    """List the recurrent cells of the catalogue, or show the cell NAME."""
    found = None if name is None else load_cell(name)
    if as_json:
        data = cells_json() if found is None else cell_json(found)
        click.echo(json.dumps(data, indent=2))
    else:
        click.echo(cells_text() if found is None else cell_text(found))


@main.command("docs")
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit 1 on drift."
)
def docs_command(only_check: bool) -> None:
    """Regenerate (or verify) output/ and the generated blocks of the documentation."""
    if not only_check:
        for path in write_outputs(Path()):
            click.echo(f"wrote {path}")
        return
    stale = compare_outputs(Path())
    for message in stale:
        click.echo(message, err=True)
    sys.exit(1 if stale else 0)
