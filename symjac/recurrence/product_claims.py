r"""Claims that the Jacobian over many steps is a product of one claimed factor.

    dx^{(t)}/dx^{(k)} = \prod_{t >= i > k} F^{(i)}   for all t > k

For t = k + 1 the product is one factor: a factor that is refuted refutes the claim. A
factor that is the one-step Jacobian of a layout proves it in that layout's order, by
induction (`products.py`). In the other order it is refuted if two steps refute it, and
undecided otherwise: two steps that agree prove nothing of three.

A condition under which one step holds is one for all steps in the layout's order only.
In which order a printed \prod multiplies is a convention, so both are judged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from symjac.claims.adjudicate import Judgement, Outcome, Verdict, judge, read_claim
from symjac.derive import derive_symbol, named, read_formula
from symjac.recurrence.products import product_over_time
from symjac.recurrence.recurrence import Recurrence, recurrence
from symjac.terms.program import Program
from symjac.terms.shape import Layout


class Order(StrEnum):
    """Where the factor of the latest step stands."""

    LATEST_LEFT = "latest step on the left"
    LATEST_RIGHT = "latest step on the right"


@dataclass(frozen=True, slots=True)
class ProductJudgement:
    """The verdicts on a product over time, by layout and by order of its factors.

    `factor` is the judgement of the claimed factor as a one-step Jacobian; `order` is
    the one that was printed.
    """

    factor: Judgement
    order: Order
    orders: dict[str, dict[Order, Verdict]]

    @property
    def judgement(self) -> Judgement:
        """The verdicts in the order that was printed."""
        printed = {layout: both[self.order] for layout, both in self.orders.items()}
        return replace(self.factor, verdicts=printed)

    @property
    def depends_on_order(self) -> bool:
        """Whether the other order has another verdict in some layout."""
        return any(
            len({verdict.outcome for verdict in both.values()}) > 1
            for both in self.orders.values()
        )


def judge_product(
    program: Program,
    factor: str,
    order: Order,
    layouts: tuple[Layout, ...] = tuple(Layout),
    *,
    state: str | None = None,
) -> ProductJudgement:
    """Judge that dx[t]/dx[k] is the product of a factor, given at step t.

    Args:
        state: x[t]; by default the first state, at the step of its equation.

    Raises:
        UnsupportedError: the program is no recurrence, or has no such state.
        ClaimError, ParseError, ShapeError: the factor is not well formed.

    Example:
        >>> from symjac.derive import parse
        >>> step = parse("x[t] = W @ sigma(x[t-1]) + b")
        >>> found = judge_product(step, "W @ diag(sigma'(x[t-1]))", Order.LATEST_LEFT)
        >>> {name: v.outcome.value for name, v in found.judgement.verdicts.items()}
        {'numerator': 'proved', 'denominator': 'refuted'}
        >>> found.orders["numerator"][Order.LATEST_RIGHT].outcome.value
        'refuted'
    """
    if state is None:
        own = recurrence(program).state()
    else:
        own, _ = named(program, read_formula("of", state, program))
    found = recurrence(program, own.name).at(own.time)
    jacobian = derive_symbol(program, own, own.later(-1))
    one = judge(jacobian, read_claim(jacobian, factor), layouts)
    orders = {
        layout.value: {
            each: _in_order(found, factor, one[layout], each) for each in Order
        }
        for layout in layouts
    }
    return ProductJudgement(one, order, orders)


def _in_order(found: Recurrence, factor: str, one: Verdict, order: Order) -> Verdict:
    """The verdict on the product, given that on its factor."""
    if len(found.states) > 1:
        names = ", ".join(state.name for state in found.states)
        reason = f"with several states ({names}) the product is one of their blocks"
        return _undecided(one, reason)
    product = product_over_time(found, one.layout)
    is_own_order = product.is_latest_first is (order is Order.LATEST_LEFT)
    if one.outcome is not Outcome.PROVED:
        holds_iff = one.holds_iff if is_own_order else None
        return replace(one, reason=f"for one step: {one.reason}", holds_iff=holds_iff)
    if is_own_order:
        reason = f"for one step: {one.reason}; for any number of steps by induction"
        return replace(one, reason=reason)
    two = product.judge(factor, steps=2, is_exchanged=True)[one.layout]
    if two.outcome is Outcome.REFUTED:
        return replace(two, reason=f"for two steps: {two.reason}", holds_iff=None)
    reason = "the factors are right; in this order no more than two steps are shown"
    return _undecided(two, reason)


def _undecided(verdict: Verdict, reason: str) -> Verdict:
    return replace(
        verdict,
        outcome=Outcome.UNDECIDED,
        reason=reason,
        counterexample=None,
        holds_iff=None,
    )
