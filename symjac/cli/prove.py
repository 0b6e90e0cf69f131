"""`symjac prove`: a paper of the catalogue as a proof."""

from __future__ import annotations

import click

from symjac.render.page import FORMATS, prove


@click.command("prove")
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
