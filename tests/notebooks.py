"""The notebooks of docs/examples, executed; `python -m tests.notebooks` saves them.

What differs from run to run or between versions of Jupyter is not kept.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
METADATA = {
    "kernelspec": {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


def executed(source: str) -> str:
    """A notebook's JSON text with its outputs as a kernel makes them now."""
    notebook = nbformat.reads(source, as_version=4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the kernel's transport
        nbclient.NotebookClient(notebook, timeout=120).execute()
    notebook.metadata = nbformat.from_dict(METADATA)
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id, cell.metadata = f"cell-{number}", nbformat.from_dict({})
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"


if __name__ == "__main__":
    for path in NOTEBOOKS:
        path.write_text(executed(path.read_text("utf-8")), "utf-8")
        print(f"wrote {path}")
