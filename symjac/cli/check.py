"""`symjac check`: a claimed formula judged in each layout."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from symjac.claims.adjudicate import Judgement, Outcome, Verdict, judge, read_claim
from symjac.cli.conditions import unsaid, with_logistic
from symjac.cli.derive import derived
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
)
from symjac.cli.product import product_judgement, product_result
from symjac.cli.screen import fitted, phase, screen, screen_options
from symjac.diagnosis.diagnose import Diagnosis, diagnose, nearest
from symjac.document.templates import render_blocks
from symjac.errors import ClaimError, ParseError, ShapeError, UnsupportedError
from symjac.exposition.adhoc import judgement_view
from symjac.exposition.commands import ends
from symjac.exposition.diagnosis import diagnosis_json, diagnosis_text
from symjac.exposition.excerpt import judgement_excerpt
from symjac.exposition.record import example_record
from symjac.exposition.steps import judgement_text, verdict_text
from symjac.exposition.way import Way, printed
from symjac.jacobian import Jacobian
from symjac.terms.shape import Layout
from symjac.typeset.text import Printer

if TYPE_CHECKING:
    from symjac.latex_input.products import OverTime
    from symjac.recurrence.products import ProductJudgement


@click.command("check")
@click.argument("equations", required=False)
@CELL
@click.option("--claim", required=True, help="The formula (text, @file, or -).")
@OF
@WRT
@LAYOUT
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "excerpt", *DOCUMENTS]),
    default="text",
    help="md, tex, html, typ, pdf: a whole document; excerpt: Markdown for a page of"
    " yours.",
)
@ENGINE
@FRAGMENT
@TEMPLATE
@OUTPUT
@notation_options
@latex_options
@click.option(
    "--sigma",
    type=click.Choice(["generic", "logistic"]),
    default="generic",
    help="With --latex: which function sigma is.",
)
@screen_options
def check_command(
    equations: str | None,
    cell: str | None,
    claim: str,
    of: str | None,
    wrt: tuple[str, ...],
    layout: str | None,
    format_: str,
    engine: str | None,
    fragment: bool,
    template: Path | None,
    output: str | None,
    latex: bool,
    time: str,
    functions: str,
    sigma: str,
) -> None:
    """Judge a formula claimed for d(of)/d(wrt) of EQUATIONS, in each layout."""
    layouts = (Layout(layout),) if layout else tuple(Layout)
    asked = Asked(equations, cell, of, wrt, claim, latex, time, functions, sigma)
    way = Way(engine, fragment, template)
    format_ = document_format(format_, way)
    show = screen().printer(output)
    content: str | bytes
    task, found_ = read_and_judged(asked, layouts, format_)
    if found_ is not None:
        judgement = found_
        content = judgement_as(judgement, format_, way, show)
    elif task.product is not None:
        found = product_judgement(task, task.product, layouts, format_)
        judgement = found.judgement
        content = product_as(found, task, task.product, format_, show)
    emit(fitted(with_echo(content, format_, task), format_, output), output)
    sys.exit(exit_code(judgement))


def read_and_judged(
    asked: Asked, layouts: tuple[Layout, ...], format_: str
) -> tuple[Task, Judgement | None]:
    """The task as it is read, and the verdicts; no verdicts of a product over time.

    LaTeX that the strict reader refuses, or whose claim has no fitting shape as it
    reads it, is read by use.
    """
    try:
        task = asked.task()
        if task.product is not None:
            return task, None
        task = with_logistic(task) if asked.sigma == "logistic" else task
        found = judged(derived(task), task.claim or "", layouts)
        return task, unsaid(found, task) if asked.is_latex else found
    except (ParseError, ShapeError, UnsupportedError, ClaimError) as error:
        task = asked.by_use(error)
    task = with_logistic(task) if asked.sigma == "logistic" else task
    if task.once is None:
        found = unsaid(judged(derived(task), task.claim or "", layouts), task)
    else:
        found = judged_once(derived(task), task, task.once, format_ == "json")
    is_refuted = not any(v.outcome is Outcome.PROVED for v in found.verdicts.values())
    if task.fragile and is_refuted:
        message = f"refuted where {task.fragile[0]}; it may be another norm"
        raise UnsupportedError(message, hint="write the norm that is meant")
    return task, found


def judged_once(
    jacobian: Jacobian, task: Task, layout: Layout, is_doubled: bool
) -> Judgement:
    """The verdict on a claim in components: the same one under each layout."""
    found = judged(jacobian, task.claim or "", (layout,))
    (verdict,) = unsaid(found, task).verdicts.values()
    names = Layout if is_doubled else (layout,)
    both = {one.value: replace(verdict, layout=one) for one in names}
    return replace(found, verdicts=both)


def judged(jacobian: Jacobian, formula: str, layouts: tuple[Layout, ...]) -> Judgement:
    """The verdicts, or an error that says what is near, if no layout has the shape."""
    with phase("judging") as progress:
        try:
            found = judge(jacobian, read_claim(jacobian, formula), layouts)
        except ClaimError as error:
            error.hint = nearest(jacobian, formula)
            raise
        progress.tell("; ".join(map(verdict_text, found.verdicts.values())))
    return found


def judgement_as(
    judgement: Judgement, format_: str, way: Way, show: Printer
) -> str | bytes:
    """The verdicts and what would be right, in one of the formats of `check`."""
    if format_ == "excerpt":
        return render_blocks(judgement_excerpt(judgement))
    if format_ == "text" and screen().quiet:
        return "\n".join(map(verdict_text, judgement.verdicts.values()))
    with phase("diagnosing") as progress:
        diagnosis = diagnose(judgement, lambda tried: progress.tell(f"{tried} tried"))
    if format_ in DOCUMENTS or way.formats:
        view = judgement_view(judgement, diagnosis)
        return printed(view, format_, way, is_adhoc=True)
    return plainly(judgement, format_, diagnosis, show)


def product_as(
    found: ProductJudgement, task: Task, over: OverTime, format_: str, show: Printer
) -> str:
    """The verdicts on a product over time, and what would make its factor right."""
    judgement = found.judgement
    if format_ == "text" and screen().quiet:
        return "\n".join(map(verdict_text, judgement.verdicts.values()))
    shown = plainly(judgement, format_, diagnose(found.factor), show)
    return product_result(found, task, over, shown, format_)


def plainly(
    judgement: Judgement, format_: str, diagnosis: Diagnosis, show: Printer
) -> str:
    """The verdicts and what would be right, as text or JSON."""
    if format_ == "json":
        return json.dumps(judgement_json(judgement, diagnosis), indent=2)
    found = judgement_text(judgement, show), diagnosis_text(diagnosis, show)
    return "\n\n".join(found)


def exit_code(judgement: Judgement) -> int:
    """0 proved in a layout; else 3 if any is undecided; else 1."""
    outcomes = {verdict.outcome for verdict in judgement.verdicts.values()}
    if Outcome.PROVED in outcomes:
        return 0
    return 3 if Outcome.UNDECIDED in outcomes else 1


def judgement_json(judgement: Judgement, diagnosis: Diagnosis) -> dict[str, object]:
    """The verdicts as one JSON object; see docs/cli.md."""
    jacobian = judgement.jacobian
    return {
        **ends(jacobian),
        "component": jacobian.component_text,
        "layouts": {name: _verdict_json(v) for name, v in judgement.verdicts.items()},
        "diagnosis": diagnosis_json(diagnosis),
        "diagnosis_exhausted": diagnosis.is_exhausted,
    }


def _verdict_json(verdict: Verdict) -> dict[str, object]:
    example = verdict.counterexample
    return {
        "derived": str(verdict.derived) if verdict.derived is not None else None,
        "verdict": verdict.outcome.value,
        "reason": verdict.reason,
        "holds_iff": str(verdict.holds_iff) if verdict.holds_iff is not None else None,
        "hypotheses": list(verdict.hypotheses),
        "counterexample": None if example is None else example_record(example),
    }
