"""The command line: `symjac prove`, `derive`, `check`, `docs`.

Exit codes: 0 done, or claim proved in a requested layout; 1 refuted; 2 invalid input;
3 undecided.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from symjac import __version__
from symjac.claims.adjudicate import Judgement, Outcome, Verdict, check, derived_formula
from symjac.claims.differential import differential
from symjac.derive import derive, parse
from symjac.errors import ParseError, SymjacError
from symjac.expr.shape import Layout
from symjac.expr.text import terms_text
from symjac.jacobian import Jacobian
from symjac.render.differential import differential_page
from symjac.render.generate import compare_outputs, write_outputs
from symjac.render.page import FORMATS, prove
from symjac.render.steps import (
    derivation_latex,
    derivation_text,
    jacobian_lines,
    judgement_text,
)

MAX_BYTES = 1_000_000
LAYOUT = click.option(
    "--layout",
    type=click.Choice([layout.value for layout in Layout]),
    default=None,
    help="One layout; both if left out.",
)
OF = click.option(
    "--of", default=None, help="A name or expression; the last definition."
)
WRT = click.option(
    "--wrt", default=None, help="A name; the same state one step earlier."
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


@main.command("derive")
@click.argument("equations")
@OF
@WRT
@LAYOUT
@click.option("--steps", is_flag=True, help="Print every step with its rule.")
@click.option(
    "--style",
    type=click.Choice(["index", "differential"]),
    default="index",
    help="How it is derived; by differentials, the steps are always printed.",
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "latex", "json"]), default="text"
)
def derive_command(
    equations: str,
    of: str | None,
    wrt: str | None,
    layout: str | None,
    steps: bool,
    style: str,
    format_: str,
) -> None:
    """Derive d(of)/d(wrt) of EQUATIONS (text, @file, or - for standard input)."""
    jacobian = derive(parse(read_text(equations)), of, wrt)
    layouts = [Layout(layout)] if layout else list(Layout)
    if style == "differential":
        click.echo(differential_page(differential(jacobian), layouts, format_))
    elif format_ == "json":
        click.echo(json.dumps(derivative_json(jacobian, layouts, steps), indent=2))
    elif format_ == "latex":
        click.echo(derivation_latex(jacobian, layouts, steps=steps))
    else:
        click.echo(derivation_text(jacobian, layouts, steps=steps))


def derivative_json(
    jacobian: Jacobian, layouts: list[Layout], steps: bool
) -> dict[str, object]:
    """The derivative as one JSON object."""
    found = {layout.value: derived_formula(jacobian, layout) for layout in layouts}
    out: dict[str, object] = {
        "of": str(jacobian.of),
        "wrt": str(jacobian.wrt),
        "component": jacobian.component_text,
        "layouts": {
            name: str(f) if f is not None else None for name, f in found.items()
        },
    }
    if steps:
        lines = jacobian_lines(jacobian, terms_text)
        out["steps"] = [
            {"of": line.left or None, "result": line.right, "rule": line.reason or None}
            for line in lines
        ]
    return out


@main.command("check")
@click.argument("equations")
@click.option("--claim", required=True, help="The formula (text, @file, or -).")
@OF
@WRT
@LAYOUT
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text"
)
def check_command(
    equations: str,
    claim: str,
    of: str | None,
    wrt: str | None,
    layout: str | None,
    format_: str,
) -> None:
    """Judge a formula claimed for d(of)/d(wrt) of EQUATIONS, in each layout."""
    layouts = (Layout(layout),) if layout else tuple(Layout)
    program = parse(read_text(equations))
    judgement = check(program, of, wrt, claim=read_text(claim).strip(), layouts=layouts)
    if format_ == "json":
        click.echo(json.dumps(judgement_json(judgement), indent=2))
    else:
        click.echo(judgement_text(judgement))
    sys.exit(exit_code(judgement))


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
        "of": str(jacobian.of),
        "wrt": str(jacobian.wrt),
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
def prove_command(paper: str, formats: str, output: str) -> None:
    """Derive, judge and print the claim of PAPER: a catalogue key or a .toml file."""
    chosen = tuple(dict.fromkeys(name.strip() for name in formats.split(",")))
    unknown = [name for name in chosen if name not in FORMATS]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r}; known: {', '.join(FORMATS)}")
    proof = prove(paper)
    for path in proof.save(output, chosen):
        click.echo(f"wrote {path}")
    click.echo(proof.summary)


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
