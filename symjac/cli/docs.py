"""`symjac docs`: generated files written or verified."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from symjac.render.generate import SHOWN, compare_outputs, write_outputs
from symjac.render.picture import VERSION, can_draw


@click.command("docs")
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit 1 on drift."
)
def docs_command(only_check: bool) -> None:
    """Regenerate (or verify) output/ and the generated blocks of the documentation."""
    if not can_draw():
        note = f"left out {SHOWN}.svg, which needs typst {VERSION}"
        click.echo(f"{note}: pip install 'symjac[pdf]' typst=={VERSION}", err=True)
    if not only_check:
        for path in write_outputs(Path()):
            click.echo(f"wrote {path}")
        return
    stale = compare_outputs(Path())
    for message in stale:
        click.echo(message, err=True)
    sys.exit(1 if stale else 0)
