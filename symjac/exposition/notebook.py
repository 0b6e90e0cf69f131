"""A proof as a Jupyter notebook that derives and judges everything again.

Texts of a paper enter code only as Python's own string literals, and Markdown escaped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from symjac.catalog.paper import Paper
from symjac.claims.adjudicate import derived_formula
from symjac.document import document as doc
from symjac.document.templates import markdown_escape
from symjac.exposition.case import Facts, Judged
from symjac.exposition.commands import variable_text
from symjac.exposition.steps import derivation_lines
from symjac.jacobian import Jacobian
from symjac.rewrite.rule import Derivation
from symjac.terms.shape import Layout
from symjac.typeset import latex, text

METADATA = {
    "kernelspec": {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


@dataclass(frozen=True, slots=True)
class Steps:
    """A derivation's steps, typeset in a notebook."""

    derivation: Derivation

    def __str__(self) -> str:
        lines = derivation_lines(self.derivation, text.terms_text)
        return "\n".join(f"{x.left}\n    = {x.right}    [{x.reason}]" for x in lines)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        lines = derivation_lines(self.derivation, latex.terms_latex)
        rows = [
            rf"{line.left} &= {line.right} &&\text{{{line.reason}}}" for line in lines
        ]
        body = " \\\\\n".join(rows)
        shown = f"$$\\begin{{aligned}}\n{body}\n\\end{{aligned}}$$"
        return {"text/plain": str(self), "text/latex": shown}


def notebook(case: Facts, title: str) -> str:
    """The notebook's JSON text, without outputs; the same bytes each time."""
    cells = [
        _cell(n, kind, source)
        for n, (kind, source) in enumerate(_contents(case, title), start=1)
    ]
    whole = {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _cell(number: int, kind: str, source: str) -> dict[str, Any]:
    cell = {
        "cell_type": kind,
        "id": f"cell-{number}",
        "metadata": {},
        "source": source.splitlines(keepends=True),
    }
    return (
        cell if kind == "markdown" else {**cell, "execution_count": None, "outputs": []}
    )


Contents = Iterator[tuple[str, str]]


def _contents(case: Facts, title: str) -> Contents:
    paper = case.paper
    yield "markdown", _heading(paper, title)
    yield "code", "import symjac\nfrom symjac.exposition.notebook import Steps"
    yield from _study(paper.equations.label, paper.equations.text, case.jacobian)
    yield from _judged(case.main, case.claim.formula, case.jacobian)
    for one in case.siblings:
        sibling, printed = one.sibling, one.sibling.as_printed or case.claim.formula
        yield from _study(sibling.label, sibling.text, one.jacobian)
        yield from _judged(one.printed, printed, one.jacobian)
        if sibling.formula != printed:
            yield from _judged(one.moved, sibling.formula, one.jacobian)


def _heading(paper: Paper, title: str) -> str:
    cited = f"{', '.join(paper.authors)} ({paper.year}). {paper.title}. {paper.venue}"
    parts = (paper.question, cited, doc.plain("notebook_intro"))
    return "\n\n".join((f"# {markdown_escape(title)}", *map(markdown_escape, parts)))


def _section(key: str, mark: str = "##", **values: str) -> tuple[str, str]:
    escaped = {name: markdown_escape(value) for name, value in values.items()}
    return "markdown", f"{mark} {doc.plain(key, **escaped)}"


def _study(label: str, equations: str, jacobian: Jacobian) -> Contents:
    """Equations read and differentiated, each local derivation, both matrix forms."""
    yield _section("notebook_equations", label=label)
    shapes = "{str(one): str(one.shape) for one in program.symbols}"
    yield "code", f"program = symjac.parse({_literal(equations)})\n{shapes}"
    yield _section("notebook_derivative", "###")
    yield "code", f"jacobian = symjac.derive(program, {_ends(jacobian)})\njacobian"
    for place, derivation in enumerate(jacobian.derivations):
        yield _section("notebook_local", "####", title=derivation.title)
        yield "code", f"Steps(jacobian.derivations[{place}])"
    forms = [one for one in Layout if derived_formula(jacobian, one) is not None]
    if forms:
        yield _section("notebook_matrix", "###")
    for layout in forms:
        yield "code", f"jacobian.matrix({layout.value!r})"


def _literal(content: str) -> str:
    """A Python string, several lines under each other."""
    lines = content.strip("\n").splitlines(keepends=True)
    if len(lines) < 2:
        return repr("".join(lines))
    return "(\n" + "".join(f"    {line!r}\n" for line in lines) + ")"


def _ends(jacobian: Jacobian) -> str:
    return f"of={str(jacobian.of)!r}, wrt={variable_text(jacobian)!r}"


def _judged(found: Judged, formula: str, jacobian: Jacobian) -> Contents:
    """A claim judged, its outcomes asserted, and what refutes it."""
    yield _section("notebook_claim", "###")
    asked = f"symjac.check(\n    program, {_ends(jacobian)},\n    claim={formula!r}\n)"
    if found.judgement is None:
        inner = f"judgement = {asked}".replace("\n", "\n    ")
        caught = "except symjac.SymjacError as error:\n    print(error.report())"
        yield "code", f"try:\n    {inner}\n{caught}"
        return
    outcomes = {n: v.outcome.value for n, v in found.judgement.verdicts.items()}
    taken = "{name: v.outcome.value for name, v in judgement.verdicts.items()}"
    checked = f"outcomes = {taken}\nassert outcomes == {outcomes}\noutcomes"
    yield "code", f"judgement = {asked}\n{checked}"
    for name, verdict in found.judgement.verdicts.items():
        if verdict.counterexample is not None:
            yield _section("notebook_example", "####", layout=name)
            shown = "(example.values | example.functions, example.entry,"
            values = f"{shown}\n example.derived, example.claimed)"
            yield "code", f"example = judgement[{name!r}].counterexample\n{values}"
