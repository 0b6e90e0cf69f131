"""`symjac docs`: generated files and generated blocks, written or verified."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

from symjac.cli.blocks import block_output
from symjac.cli.options import read_file
from symjac.cli.screen import phase, said, voice_options
from symjac.errors import Source
from symjac.exposition.generate import SHOWN, compare_outputs, pages, write_outputs
from symjac.exposition.picture import VERSION, can_draw
from symjac.files import write_all
from symjac.hooks.markdown import difference, rewritten


@click.command("docs")
@click.argument("files", nargs=-1)
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit 1 on drift."
)
@voice_options
@click.pass_context
def docs_command(
    context: click.Context, files: tuple[str, ...], only_check: bool
) -> None:
    """Regenerate (or verify) the generated blocks of Markdown FILES.

    A block stands between <!-- symjac: COMMAND --> and <!-- /symjac -->. Without FILES:
    output/ and every page of symjac's own repository.
    """
    group = context.find_root().command
    assert isinstance(group, click.Group)
    root = Path()
    paths = list(map(Path, files)) or pages(root)
    texts = {path: read_file(path) for path in paths}
    run = partial(block_output, group)
    with phase("running blocks"):
        new = {p: rewritten(Source(str(p), t), run) for p, t in texts.items()}
    changed = {path: text for path, text in new.items() if text != texts[path]}
    if not files and not can_draw():
        note = f"left out {SHOWN}.svg, which needs typst {VERSION}"
        click.echo(f"{note}: pip install typst=={VERSION}", err=True)
    if not only_check:
        with phase("writing"):
            written = () if files else write_outputs(root)
            written += write_all(Path(), {str(p): t for p, t in changed.items()})
        for path in written:
            said(f"wrote {path}")
        return
    with phase("comparing"):
        stale = [] if files else compare_outputs(root)
    for path, text in changed.items():
        click.echo(difference(str(path), texts[path], text))
        stale.append(f"{path} is out of date; run symjac docs {path}")
    for message in stale:
        click.echo(message, err=True)
    sys.exit(1 if stale else 0)
