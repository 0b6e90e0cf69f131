"""What a shell completes: keys of the catalogues; symjac is asked by click's script."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

from symjac.catalog.paper import names
from symjac.catalog.published import cell_names, claim_names

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def keys(known: Callable[[], Iterable[str]], *, files: bool = False) -> Complete:
    """Completes names that are known, and where none fits, files if they may be."""

    def complete(
        _: click.Context, __: click.Parameter, start: str
    ) -> list[CompletionItem]:
        found = [CompletionItem(name) for name in known() if name.startswith(start)]
        return found or ([CompletionItem(start, type="file")] if files else [])

    return complete


PAPERS = keys(names, files=True)
CELLS = keys(cell_names, files=True)
CLAIMS = keys(claim_names)
