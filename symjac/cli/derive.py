"""`symjac derive`: a derivative in both layouts, with its steps."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from symjac.claims.adjudicate import derived_formula
from symjac.claims.conditions import hypotheses
from symjac.claims.differential import differential
from symjac.cli.latex import Asked, Task, latex_options, with_echo
from symjac.cli.notation import notation_options
from symjac.cli.options import (
    CELL,
    DOCUMENTS,
    ENGINE,
    FRAGMENT,
    LAYOUT,
    OF,
    OUTPUT,
    TEMPLATE,
    WRT,
    document_format,
    emit,
    variables,
)
from symjac.cli.screen import fitted, phase, screen, screen_options
from symjac.derive import derive
from symjac.diagnosis.under import under_hypotheses
from symjac.document.templates import render_blocks
from symjac.errors import LiftError
from symjac.exposition.adhoc import derivation_view
from symjac.exposition.commands import ends
from symjac.exposition.differential import differential_page
from symjac.exposition.differential_view import differential_view
from symjac.exposition.excerpt import derivation_excerpt, differential_excerpt
from symjac.exposition.steps import (
    derivation_latex,
    derivation_text,
    forms_text,
    jacobian_lines,
)
from symjac.exposition.way import Way, printed
from symjac.jacobian import Formula, Jacobian
from symjac.terms.shape import Layout
from symjac.typeset.text import Printer, terms_text


@click.command("derive")
@click.argument("equations", required=False)
@CELL
@OF
@WRT
@LAYOUT
@click.option("--expand", is_flag=True, help="Write definitions such as gates out.")
@click.option("--steps", is_flag=True, help="Print every step with its rule.")
@click.option(
    "--style",
    type=click.Choice(["index", "differential"]),
    default="index",
    help="How it is derived; by differentials, the steps are always printed.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "latex", "json", "excerpt", *DOCUMENTS]),
    default="text",
    help="md, tex, html, typ, pdf: a whole document; excerpt: Markdown for a page of"
    " yours; latex: only the formulas.",
)
@ENGINE
@FRAGMENT
@TEMPLATE
@OUTPUT
@notation_options
@latex_options
@screen_options
def derive_command(
    equations: str | None,
    cell: str | None,
    of: str | None,
    wrt: tuple[str, ...],
    layout: str | None,
    expand: bool,
    steps: bool,
    style: str,
    format_: str,
    engine: str | None,
    fragment: bool,
    template: Path | None,
    output: str | None,
    latex: bool,
    time: str,
    functions: str,
) -> None:
    """Derive d(of)/d(wrt) of EQUATIONS (text, @file, or - for standard input)."""
    task = Asked(equations, cell, of, wrt, None, latex, time, functions).task()
    jacobian = derived(task, expand=expand)
    layouts = [Layout(layout)] if layout else list(Layout)
    way = Way(engine, fragment, template)
    format_ = document_format(format_, way)
    show = screen().printer(output)
    if style == "differential":
        content = differential_as(jacobian, layouts, format_, way, show)
    elif format_ in DOCUMENTS or way.formats:
        view = derivation_view(jacobian, layouts=tuple(layouts), steps=steps)
        content = printed(view, format_, way, is_adhoc=True)
    else:
        content = derivation_as(jacobian, layouts, format_, show, steps=steps)
    emit(fitted(with_echo(content, format_, task), format_, output), output)


def derived(task: Task, *, expand: bool = False) -> Jacobian:
    """The derivative that a command is asked for."""
    with phase("deriving") as progress:
        found = derive(task.program, task.of, variables(task.wrt), expand=expand)
        local, steps = len(found.derivations), len(found.steps)
        progress.tell(f"{local} local derivatives, {steps} steps")
    return found


def differential_as(
    jacobian: Jacobian, layouts: list[Layout], format_: str, way: Way, show: Printer
) -> str | bytes:
    """The proof by differentials in one of the formats of `derive`."""
    proof = differential(jacobian)
    if format_ == "excerpt":
        return render_blocks(differential_excerpt(proof, layouts=tuple(layouts)))
    if format_ in DOCUMENTS or way.formats:
        view = differential_view(proof, tuple(layouts))
        return printed(view, format_, way, is_adhoc=True)
    return differential_page(proof, layouts, format_, show)


def derivation_as(
    jacobian: Jacobian,
    layouts: list[Layout],
    format_: str,
    show: Printer,
    *,
    steps: bool,
) -> str:
    """The derivative in one of the formats of `derive` that are no documents."""
    if format_ == "json":
        return json.dumps(derivative_json(jacobian, layouts, steps), indent=2)
    if format_ == "latex":
        return derivation_latex(jacobian, layouts, steps=steps)
    if format_ == "excerpt":
        shown = derivation_excerpt(jacobian, layouts=tuple(layouts), steps=steps)
        return render_blocks(shown)
    if screen().quiet:
        return "\n".join(forms_text(jacobian, layouts, show))
    return derivation_text(jacobian, layouts, steps=steps, show=show)


def derivative_json(
    jacobian: Jacobian, layouts: list[Layout], steps: bool
) -> dict[str, object]:
    """The derivative as one JSON object."""
    found = {layout.value: derived_formula(jacobian, layout) for layout in layouts}
    out: dict[str, object] = {
        **ends(jacobian),
        "layouts": {
            name: str(f) if f is not None else None for name, f in found.items()
        },
        "component": jacobian.component_text,
        "hypotheses": list(hypotheses(jacobian.unfolding)),
    }
    offered = {
        str(one): {at.value: str(one.formulas[at]) for at in layouts}
        for one in under_hypotheses(jacobian)
    }
    out |= {"under": offered} if offered else {}
    if jacobian.order > 2:
        out["slice"] = form_or_none(jacobian.slice)
        out["vec"] = form_or_none(partial(jacobian.vec_matrix, "numerator"))
    if steps:
        lines = jacobian_lines(jacobian, terms_text)
        out["steps"] = [
            {"of": line.left or None, "result": line.right, "rule": line.reason or None}
            for line in lines
        ]
    return out


def form_or_none(form: Callable[[], Formula]) -> str | None:
    """A matrix form as text, or None where there is none."""
    try:
        return str(form())
    except LiftError:
        return None
