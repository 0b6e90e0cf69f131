"""`symjac prove`: a paper of the catalogue as a proof."""

from __future__ import annotations

from pathlib import Path

import click

from symjac.cli.complete import PAPERS
from symjac.cli.notation import notation_options
from symjac.cli.options import ENGINE, FRAGMENT, TEMPLATE, emit, inputs
from symjac.cli.screen import phase, said, voice_options
from symjac.exposition.page import ALL_FORMATS, FORMATS, prove
from symjac.exposition.way import Way
from symjac.files import Files, write_all


@click.command("prove")
@click.argument("paper", shell_complete=PAPERS)
@click.option(
    "--format",
    "formats",
    default=None,
    help=f"Of {','.join(ALL_FORMATS)}; by default {','.join(FORMATS)}.",
)
@ENGINE
@FRAGMENT
@TEMPLATE
@click.option(
    "--output",
    default="output",
    show_default=True,
    help="Folder to write to; - for standard output.",
)
@click.option(
    "--plots", is_flag=True, help="Draw products over time; needs symjac[plot]."
)
@notation_options
@voice_options
def prove_command(
    paper: str,
    formats: str | None,
    engine: str | None,
    fragment: bool,
    template: Path | None,
    output: str,
    plots: bool,
) -> None:
    """Derive, judge and print the claim of PAPER: a catalogue key or a .toml file."""
    way = Way(engine, fragment, template)
    chosen = chosen_formats(formats, way)
    with phase("proving") as progress:
        proof = prove(paper, plots=plots)
        progress.tell(f"{len(proof.case.jacobian.steps)} steps")
    with phase("writing"):
        files = proof.files(chosen, way)
        if output == "-":
            emit(only(files), None)
            return
        written = write_all(Path(output), files, inputs())
    for path in written:
        said(f"wrote {path}")
    said(proof.summary)


def only(files: Files) -> str | bytes:
    """The one file of a proof that goes to standard output."""
    if len(files) != 1:
        names = ", ".join(files)
        raise click.UsageError(f"--output - takes one file, these are {names}")
    return next(iter(files.values()))


def chosen_formats(formats: str | None, way: Way) -> tuple[str, ...]:
    """The formats asked for, or what this way of printing gives."""
    if formats is None:
        return FORMATS if way.format is None else (way.format,)
    chosen = tuple(dict.fromkeys(name.strip() for name in formats.split(",")))
    unknown = [name for name in chosen if name not in ALL_FORMATS]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r}; known: {', '.join(ALL_FORMATS)}")
    return chosen
