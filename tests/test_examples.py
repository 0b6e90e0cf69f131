"""The notebooks of docs/examples hold the outputs that a kernel makes now."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks import NOTEBOOKS, executed, nbformat


def test_there_are_three_notebooks() -> None:
    names = {path.stem for path in NOTEBOOKS}
    assert names == {"founding_proof", "check_a_claim", "vanishing_gradients"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_what_its_cells_give(path: Path) -> None:
    source = path.read_text("utf-8")
    assert executed(source) == source, "run python -m tests.notebooks"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_valid_and_every_result_is_typeset(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [output for cell in cells for output in cell.outputs]
    assert not any(output.output_type == "error" for output in outputs)
    data = [output.get("data", {}) for output in outputs]
    typeset = [one["text/markdown"] for one in data if "text/markdown" in one]
    assert sum("$$" in one for one in typeset) >= 3


def test_the_comparison_notices_another_output() -> None:
    (path,) = [path for path in NOTEBOOKS if path.stem == "check_a_claim"]
    source = path.read_text("utf-8")
    changed = source.replace("✗ refuted", "✓ proved")
    assert changed != source
    assert executed(changed) != changed
