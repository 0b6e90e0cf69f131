"""`symjac gallery`: published claims, judged; `symjac cells`: recurrent cells."""

from __future__ import annotations

import json

import click

from symjac.catalog.published import load_cell
from symjac.cli.check import judgement_json
from symjac.cli.complete import CELLS, CLAIMS
from symjac.cli.notation import notation_options
from symjac.cli.options import DOCUMENTS, OUTPUT, emit
from symjac.cli.screen import phase, voice_options
from symjac.exposition.cells import cell_json, cell_text, cells_json, cells_text
from symjac.exposition.exhibit import exhibits
from symjac.exposition.gallery import claim_json, claim_text, gallery_text, named
from symjac.exposition.gallery_pages import claim_view
from symjac.exposition.way import printed


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


@click.command("gallery")
@click.argument("name", required=False, shell_complete=CLAIMS)
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(DOCUMENTS),
    default=None,
    help="The page of NAME as one document.",
)
@OUTPUT
@notation_options
@voice_options
def gallery_command(
    name: str | None, as_json: bool, format_: str | None, output: str | None
) -> None:
    """List published claims with their verdicts, or show the claim NAME."""
    if format_ is not None and (name is None or as_json):
        raise click.UsageError("--format shows one claim: give its NAME, no --json")
    with phase("judging"):
        content = gallery_as(name, format_, as_json=as_json)
    emit(content, output)


def gallery_as(name: str | None, format_: str | None, *, as_json: bool) -> str | bytes:
    """All claims, or one, in the format asked for."""
    if name is not None and format_ is not None:
        return printed(claim_view(name), format_, is_adhoc=True)
    if as_json:
        return json.dumps(claims_json(name), indent=2)
    return gallery_text() if name is None else claim_text(name)


def claims_json(name: str | None) -> list[dict[str, object]]:
    """All claims in short, or those of a name with everything that was found."""
    if name is None:
        return [claim_json(one) for one in exhibits()]
    found = []
    for one in named(name):
        judgement, diagnosis = one.judged.judgement, one.diagnosis
        more: dict[str, object] = {
            "citation": one.citation,
            "equations": one.equations.splitlines(),
            "printed": one.printed,
            "note": one.note,
            "message": one.judged.message or None,
            "judgement": None,
        }
        if judgement is not None and diagnosis is not None:
            more["judgement"] = judgement_json(judgement, diagnosis)
        found.append({**claim_json(one), **more})
    return found
