r"""Products over time: the Jacobian of a state by one of many steps earlier.

    dx^{(t)}/dx^{(k)} = J^{(t)} J^{(t-1)} ... J^{(k+1)}    numerator layout
    dx^{(t)}/dx^{(k)} = J^{(k+1)} ... J^{(t-1)} J^{(t)}    denominator layout

with J^{(i)} the one-step Jacobian at step i in the same layout. The order is lifted
from the chain rule in index form, and follows for all t > k by induction on t - k.
Source: Pascanu, Mikolov and Bengio (2013), equation (5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import reduce

from symjac.calculus.lift import Arrangement, Lifted, lift
from symjac.claims.adjudicate import Judgement, Outcome, Verdict, judge, read_claim
from symjac.derive import derive_symbol, named, read_formula
from symjac.jacobian import Formula
from symjac.recurrence.recurrence import Recurrence, recurrence
from symjac.rewrite.rule import Context
from symjac.shown import Shown
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.terms.shape import Layout, Time, matrix
from symjac.typeset.latex import at_step, matrix_latex, name_latex
from symjac.typeset.text import matrix_text

EARLIER = ("s", "r", "q", "k")  # letters for an earlier step


@dataclass(frozen=True, slots=True, repr=False)
class TransitionProduct(Shown):
    """The Jacobian of the states over many steps, as a product of one-step Jacobians.

    `factor` is the one-step Jacobian at the recurrence's own step t; several states are
    stacked. The cost of a product does not depend on the number of steps.

    Example:
        >>> from symjac.derive import parse
        >>> from symjac.recurrence.recurrence import recurrence
        >>> found = recurrence(parse("x[t] = W @ sigma(x[t-1]) + b"))
        >>> print(product_over_time(found, "numerator"))
        J[t] @ J[t-1] @ ... @ J[k+1], J[t] = W @ diag(sigma'(x[t-1]))
        >>> print(product_over_time(found, "denominator"))
        J[k+1] @ ... @ J[t-1] @ J[t], J[t] = diag(sigma'(x[t-1])) @ W.T
    """

    recurrence: Recurrence
    layout: Layout
    factor: Formula

    @property
    def chain(self) -> Lifted:
        """The step of the induction: one more factor J before, or behind, the rest P.

        The chain rule dx_j/dx_k = sum_l J_{jl} P_{lk}, lifted under the layout.
        """
        dim = self.factor.expr.shape.dims[0]
        j, k, mid = (ix.Index(name, dim) for name in "jkl")
        latest, rest = (m.Symbol(name, matrix(dim, dim)) for name in "JP")
        swap = self.layout is Layout.DENOMINATOR

        def entry(symbol: m.Symbol, row: ix.Index, column: ix.Index) -> ix.Entry:
            return ix.Entry(symbol, (column, row) if swap else (row, column))

        terms = (ix.Term(ix.ONE, (entry(latest, j, mid), entry(rest, mid, k)), (mid,)),)
        target = Arrangement((k, j) if swap else (j, k), matrix(dim, dim))
        return lift(terms, target, Context(ix.IndexSupply.beyond(terms)))

    @property
    def is_latest_first(self) -> bool:
        """Whether the factor of the latest step stands on the left."""
        found = self.chain.expr
        assert isinstance(found, m.MatMul)
        return isinstance(found.left, m.Symbol) and found.left.name == "J"

    def unrolled(self, steps: int) -> Formula:
        """The product over a given number of steps t - k, written out.

        Raises:
            ValueError: fewer than one step.
        """
        return Formula(self.repeated(self.factor.expr, steps))

    def repeated(
        self, factor: m.MatrixExpr, steps: int, *, is_exchanged: bool = False
    ) -> m.MatrixExpr:
        """A one-step formula at `steps` steps, multiplied in this layout's order.

        Args:
            is_exchanged: in the other order.

        Raises:
            ValueError: fewer than one step.
        """
        if steps < 1:
            raise ValueError(f"{steps} steps")
        factors = [self.recurrence.later(factor, -n) for n in range(steps)]
        if self.is_latest_first is is_exchanged:
            factors.reverse()
        return reduce(m.product, factors)

    def judge(
        self, claim: str, steps: int = 2, *, is_exchanged: bool = False
    ) -> Judgement:
        """Judge the product of a claimed one-step formula, for a number of steps.

        The factors stand in this layout's order, or in the other one if it
        `is_exchanged`; the verdict is this layout's too.
        """
        factor = read_formula("claim", claim, self.recurrence.program)
        jacobian = self.recurrence.jacobian(steps=steps)
        product = self.repeated(factor, steps, is_exchanged=is_exchanged)
        return judge(jacobian, product, (self.layout,))

    def __str__(self) -> str:
        name = one_step_name(self.recurrence)
        own, before, last = (f"{name}[{step}]" for step in self._ends("k"))
        ends = [own, before, "...", last]
        if not self.is_latest_first:
            ends.reverse()
        return f"{' @ '.join(ends)}, {own} = {matrix_text(self.factor.expr)}"

    def _ends(self, first: str) -> tuple[Time, Time, str]:
        """The last step, the one before, and the first one after another step."""
        time, letters = self.recurrence.time, (first, *EARLIER)
        return time, time.later(-1), f"{self.recurrence.program.fresh(*letters)}+1"

    def dotted(self, first: str = "k") -> str:
        """The product in LaTeX, with dots between its ends: from step `first` on."""
        steps = self._ends(first)
        own, before, last = (one_step_latex(self.recurrence, step) for step in steps)
        ends = [own, before, r"\cdots", last]
        return r"\,".join(ends if self.is_latest_first else reversed(ends))

    def latex(self) -> str:
        """The product and its one-step Jacobian, in LaTeX for math mode."""
        factor, found = matrix_latex(self.factor.expr), self.recurrence
        return rf"{self.dotted()},\quad {one_step_latex(found, found.time)} = {factor}"


def one_step_name(recurrence: Recurrence) -> str:
    """What the one-step Jacobian is called: J, if nothing else is."""
    return recurrence.program.fresh("J", "D", "F")


def one_step_latex(recurrence: Recurrence, step: Time | str) -> str:
    """The one-step Jacobian at a step, in LaTeX."""
    return at_step(name_latex(one_step_name(recurrence), bold=True), step)


def product_over_time(
    recurrence: Recurrence, layout: str | Layout
) -> TransitionProduct:
    """The Jacobian of the states at step t by those at step k < t, under a layout."""
    chosen = Layout(layout)
    return TransitionProduct(recurrence, chosen, recurrence.block_jacobian(chosen))


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
