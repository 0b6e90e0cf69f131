"""A claimed product over time, as `symjac check` prints it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from symjac.claims.adjudicate import Verdict
from symjac.cli.latex import Task
from symjac.recurrence.products import Order, ProductJudgement, judge_product
from symjac.terms.shape import Layout

if TYPE_CHECKING:
    from symjac.latex_input.products import OverTime


def product_judgement(
    task: Task, over: OverTime, layouts: tuple[Layout, ...], format_: str
) -> ProductJudgement:
    """The verdicts on a product over time.

    Raises:
        UsageError: a document of a product.
    """
    if format_ not in ("text", "json"):
        raise click.UsageError("a product over time is printed as text or json")
    order = Order.LATEST_LEFT if over.is_latest_first else Order.LATEST_RIGHT
    return judge_product(task.program, task.claim or "", order, layouts, state=task.of)


def product_result(
    found: ProductJudgement, task: Task, over: OverTime, shown: str, format_: str
) -> str:
    """The verdicts in the order that was printed, as `shown`, and those in both."""
    if format_ == "text":
        return f"{shown.rstrip()}\n\n{text(found, over)}"
    ends = {"of": task.of, "wrt": ", ".join(task.wrt)}
    both = json.loads(shown) | ends | {"product": as_json(found, over)}
    return json.dumps(both, indent=2)


def text(found: ProductJudgement, over: OverTime) -> str:
    """The verdicts in both orders, for a terminal."""
    lines = [
        f"product      over {over.steps}: {found.order}, as printed; the verdicts above"
        " are those in this order"
    ]
    for layout, both in found.orders.items():
        lines += _in_layout(layout, both)
    if found.depends_on_order:
        lines.append("  the verdict depends on the order, which is a convention")
    return "\n".join(lines)


def _in_layout(layout: str, both: dict[Order, Verdict]) -> list[str]:
    said = {f"{v.outcome.value}, {v.reason}": order for order, v in both.items()}
    if len(said) == 1:
        return [f"  {layout}, in either order: {next(iter(said))}"]
    return [f"  {layout}, {order}: {words}" for words, order in said.items()]


def as_json(found: ProductJudgement, over: OverTime) -> dict[str, Any]:
    """The verdicts in both orders."""
    orders = {
        layout: {
            _KEYS[order]: {"verdict": v.outcome.value, "reason": v.reason}
            for order, v in both.items()
        }
        for layout, both in found.orders.items()
    }
    return {"over": over.steps, "order": _KEYS[found.order], "orders": orders}


_KEYS = {Order.LATEST_LEFT: "latest_left", Order.LATEST_RIGHT: "latest_right"}
