"""A proof as a notebook: valid, the same each time, and it runs from top to bottom."""

from __future__ import annotations

import warnings

import pytest

import symjac
from symjac.catalog.paper import names
from symjac.derive import parse
from symjac.exposition.notebook import Steps

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")


def run(source: str) -> dict[str, object]:
    """The names that the code cells define."""
    space: dict[str, object] = {}
    for cell in nbformat.reads(source, as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, cell.id, "exec"), space)
    return space


@pytest.mark.parametrize("key", names())
def test_a_notebook_is_valid_and_holds_no_outputs(key: str) -> None:
    source = symjac.prove(key).render("ipynb")
    assert source == symjac.prove(key).render("ipynb")
    notebook = nbformat.reads(source, as_version=4)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert not any(cell.get("outputs") for cell in notebook.cells)


@pytest.mark.parametrize("key", names())
def test_the_cells_of_a_notebook_run(key: str) -> None:
    space = run(symjac.prove(key).render("ipynb"))
    assert {"program", "jacobian", "judgement", "outcomes"} <= set(space)


def test_a_kernel_shows_steps_matrices_and_the_counterexample() -> None:
    source = symjac.prove("pascanu2013").render("ipynb")
    notebook = nbformat.reads(source, as_version=4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the kernel's transport
        nbclient.NotebookClient(notebook, timeout=120).execute()
    shown = [
        output.get("data", {})
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    ]
    kinds = ("text/latex", "text/markdown")
    typeset = "".join(data.get(kind, "") for data in shown for kind in kinds)
    assert r"\sum_{l=1}^{n} W_{jl}" in typeset
    assert r"\text{Kronecker delta}" in typeset
    assert r"\mathbf{W}\,\operatorname{diag}" in typeset
    printed = "".join(data.get("text/plain", "") for data in shown)
    assert "{'numerator': 'refuted', 'denominator': 'refuted'}" in printed
    assert "'W': [[1, 2], [3, 4]]" in printed


def test_a_wrong_verdict_would_stop_the_notebook() -> None:
    source = (
        symjac.prove("pascanu2013").render("ipynb").replace("'refuted'", "'proved'")
    )
    with pytest.raises(AssertionError):
        run(source)


def test_every_step_of_a_derivation_is_shown_with_its_rule() -> None:
    jacobian = symjac.derive(parse("y = A @ tanh(x)"), wrt="x")
    for derivation in jacobian.derivations:
        bundle = Steps(derivation)._repr_mimebundle_()
        for step in derivation.steps[-1:]:
            assert rf"\text{{{step.rule.title}}}" in bundle["text/latex"]
            assert f"[{step.rule.title}]" in bundle["text/plain"]
