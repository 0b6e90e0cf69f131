"""`symjac docs`: generated files written or verified."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from symjac.cli.screen import phase, said, voice_options
from symjac.render.generate import compare_outputs, write_outputs


@click.command("docs")
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit 1 on drift."
)
@voice_options
def docs_command(only_check: bool) -> None:
    """Regenerate (or verify) output/ and the generated blocks of the documentation."""
    if not only_check:
        with phase("writing"):
            paths = write_outputs(Path())
        for path in paths:
            said(f"wrote {path}")
        return
    with phase("comparing"):
        stale = compare_outputs(Path())
    for message in stale:
        click.echo(message, err=True)
    sys.exit(1 if stale else 0)
