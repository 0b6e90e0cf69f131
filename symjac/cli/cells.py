"""`symjac cells`: the recurrent cells of the catalogue."""

from __future__ import annotations

import json

import click

from symjac.catalog.cell import load_cell
from symjac.cli.complete import CELLS
from symjac.exposition.cells import cell_json, cell_text, cells_json, cells_text


@click.command("cells")
@click.argument("name", required=False, shell_complete=CELLS)
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def cells_command(name: str | None, as_json: bool) -> None:
    """List the recurrent cells of the catalogue, or show the cell NAME."""
    found = None if name is None else load_cell(name)
    if as_json:
        data = cells_json() if found is None else cell_json(found)
        click.echo(json.dumps(data, indent=2))
    else:
        click.echo(cells_text() if found is None else cell_text(found))
