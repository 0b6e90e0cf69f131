"""`symjac gradients`: all gradients of a scalar, in the order of the backward pass."""

from __future__ import annotations

import json
from pathlib import Path

import click

from symjac.backward.gradients import Gradients, gradients
from symjac.cli.latex import Asked, latex_options, with_echo
from symjac.cli.notation import notation_options
from symjac.cli.options import (
    CELL,
    DOCUMENTS,
    ENGINE,
    FRAGMENT,
    OF,
    OUTPUT,
    TEMPLATE,
    document_format,
    emit,
)
from symjac.cli.screen import phase, screen, screen_options
from symjac.exposition.gradients import (
    gradients_json,
    gradients_latex,
    gradients_text,
    gradients_view,
)
from symjac.exposition.way import Way, printed
from symjac.typeset.text import Printer


@click.command("gradients")
@click.argument("equations", required=False)
@CELL
@OF
@click.option(
    "--wrt",
    multiple=True,
    help="Names, apart by commas; all that the equations do not define.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "latex", "json", *DOCUMENTS]),
    default="text",
    help="md, tex, html, typ, pdf: a whole document; latex: only the lines.",
)
@ENGINE
@FRAGMENT
@TEMPLATE
@OUTPUT
@notation_options
@latex_options
@screen_options
def gradients_command(
    equations: str | None,
    cell: str | None,
    of: str | None,
    wrt: tuple[str, ...],
    format_: str,
    engine: str | None,
    fragment: bool,
    template: Path | None,
    output: str | None,
    latex: bool,
    time: str,
    functions: str,
) -> None:
    """All gradients of a scalar of EQUATIONS (text, @file, or - for standard input).

    Each is shaped like its variable; adjoints are named once and used again. Over time
    the loss is summed over its steps.
    """
    names = tuple(name for one in wrt for name in one.split(","))
    task = Asked(equations, cell, of, names, None, latex, time, functions).task()
    with phase("deriving") as progress:
        found = gradients(task.program, task.of, task.wrt or None)
        progress.tell(f"{len(found.lines)} lines")
    way = Way(engine, fragment, template)
    format_ = document_format(format_, way)
    if format_ in DOCUMENTS or way.formats:
        content = printed(gradients_view(found), format_, way, is_adhoc=True)
    else:
        content = gradients_as(found, format_, screen().printer(output))
    emit(with_echo(content, format_, task), output)


def gradients_as(found: Gradients, format_: str, show: Printer) -> str:
    """The lines in one of the formats that are no documents."""
    if format_ == "json":
        return json.dumps(gradients_json(found), indent=2)
    return gradients_latex(found) if format_ == "latex" else gradients_text(found, show)
