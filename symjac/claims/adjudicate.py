"""Judge a claim about a derivative under each layout.

A verdict is proved (equal canonical forms, agreement at independent points), refuted
(an explicit counterexample), undecided, or ill-typed in that layout. Layout enters here
and in `lift` only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from symjac.calculus.lift import Arrangement
from symjac.chain import Graph
from symjac.claims.comparison import Comparison, relevant, sorted_dims
from symjac.claims.conditions import Condition, hypotheses
from symjac.claims.counterexample import Counterexample, guard
from symjac.claims.decide import Outcome as Outcome  # part of a verdict
from symjac.claims.decide import Question, decide, entries
from symjac.claims.equations import tied
from symjac.claims.evaluate import is_transcendental
from symjac.derive import as_program, derive, read_formula
from symjac.errors import (
    ClaimError,
    LiftError,
    SoundnessError,
    Source,
    Span,
    within_depth,
)
from symjac.jacobian import Formula, Jacobian
from symjac.shown import Judged, Shown
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.terms.shape import SCALAR, Layout, Shape, same_size


@dataclass(frozen=True, slots=True, repr=False)
class Verdict(Shown, Judged):
    """The judgement of one claim in one layout, with everything that supports it."""

    layout: Layout
    outcome: Outcome
    claim: Formula
    jacobian: Jacobian
    reason: str
    expected: Shape
    arrangement: Arrangement
    claimed_terms: ix.Terms | None = None
    counterexample: Counterexample | None = None
    holds_iff: Condition | None = None
    hypotheses: tuple[str, ...] = ()
    points: int = 0
    derived_points: int = 0
    balls: bool = False

    @property
    def derived(self) -> Formula | None:
        """The derived matrix form, or None where the index form has none."""
        return derived_formula(self.jacobian, self.layout)


@dataclass(frozen=True, slots=True, repr=False)
class Judgement(Shown, Judged):
    """The verdicts of one claim, by layout name."""

    jacobian: Jacobian
    claim: Formula
    verdicts: dict[str, Verdict]

    def __getitem__(self, layout: str | Layout) -> Verdict:
        return self.verdicts[Layout(layout).value]


@within_depth
def check(
    program: Program | Any,
    of: str | Any | None = None,
    wrt: str | Any | tuple[str | Any, ...] | None = None,
    *,
    claim: str | Any,
    layouts: tuple[Layout, ...] = tuple(Layout),
) -> Judgement:
    """Judge a formula claimed for d(of)/d(wrt) under each layout.

    Args:
        program: from `parse`, equations as text, or a SymPy expression.
        of, wrt: as for `derive`.
        claim: a formula, from SymPy or as text; in text, definitions of its own may
            stand before it, apart by `;`.
        layouts: which layouts to judge.

    Raises:
        ClaimError: the claim's shape fits neither layout.
        ParseError, ShapeError: the claim is not well formed over the equations' names.

    Example:
        >>> from symjac.derive import parse
        >>> step = parse("x[t] = W @ sigma(x[t-1]) + b")
        >>> verdicts = check(step, claim="W.T @ diag(sigma'(x[t-1]))")
        >>> [v.outcome.value for v in verdicts.verdicts.values()]
        ['refuted', 'refuted']
    """
    others = (of, claim) if not isinstance(claim, str) else (of,)
    program = as_program(program, wrt, *others)
    jacobian = derive(program, of, wrt)
    return judge(jacobian, read_claim(jacobian, claim), layouts)


def judge(
    jacobian: Jacobian, claim: m.MatrixExpr, layouts: tuple[Layout, ...] = tuple(Layout)
) -> Judgement:
    """Judge a claim about a derivative that is there already."""
    unfolding = extend(jacobian.unfolding, claim)
    if jacobian.first is not None:
        judge(jacobian.first, jacobian.body)
    both = [adjudicate(jacobian, claim, unfolding, layout=layout) for layout in Layout]
    chosen = {v.layout.value: v for v in both if v.layout in layouts}
    return Judgement(jacobian, Formula(claim), chosen)


def read_claim(jacobian: Jacobian, claim: str | Any) -> m.MatrixExpr:
    """A claimed formula: its 6 rows are the 3*2 of the derivative by a vec.

    Where the derivative is a number, a matrix with one entry is that entry.

    Raises:
        ClaimError: its shape fits neither layout.
    """
    shapes = {layout: jacobian.arrangement(layout=layout).shape for layout in Layout}
    expr = read_formula("claim", claim, jacobian.program, tuple(shapes.values()))
    is_entry = expr.shape != SCALAR and all(dim == 1 for dim in expr.shape.dims)
    if is_entry and SCALAR in shapes.values():
        return m.Operation("sum", (expr,))
    if not any(same_size(expr.shape, shape) for shape in shapes.values()):
        wanted = " or ".join(f"{s} ({layout.value})" for layout, s in shapes.items())
        raise ClaimError(
            f"the claim has shape {expr.shape}, the derivative {wanted}",
            Span(Source("claim", str(claim)), 0, len(str(claim))),
        )
    return expr


def extend(unfolding: Graph, claim: m.MatrixExpr) -> Graph:
    """Enter the definitions that a claim mentions."""
    wider = replace(
        unfolding,
        nodes=dict(unfolding.nodes),
        held=dict(unfolding.held),
        names=set(unfolding.names),
        dependent=set(unfolding.dependent),
    )
    for symbol in m.symbols(claim):
        wider.visit(symbol)
    return wider


def adjudicate(
    jacobian: Jacobian, claim: m.MatrixExpr, unfolding: Graph, *, layout: Layout
) -> Verdict:
    """The verdict under one layout."""
    target = jacobian.arrangement(layout=layout)
    comparison = compare(jacobian, claim, unfolding)
    verdict = Verdict(
        layout,
        Outcome.ILL_TYPED,
        Formula(claim),
        jacobian,
        f"the claim has shape {claim.shape}, this layout needs {target.shape}",
        target.shape,
        target,
        balls=comparison.balls,
    )
    derived = plain_form(jacobian, layout)
    points = _guard_derived(derived, target, comparison)
    verdict = replace(verdict, derived_points=points)
    if not same_size(claim.shape, target.shape):
        return verdict
    found = hypotheses(unfolding, claim, *comparison.above.values())
    claimed = entries(jacobian.program, claim, target)
    verdict = replace(verdict, claimed_terms=claimed, hypotheses=found)
    both = None if claimed is None else (jacobian.terms, claimed)
    question = Question(comparison, claim, target, lambda: both, derived)
    decision = decide(question)
    is_refuted = decision.outcome is Outcome.REFUTED
    return replace(
        verdict,
        outcome=decision.outcome,
        reason=decision.reason,
        counterexample=decision.counterexample,
        holds_iff=question.holds_iff() if is_refuted else None,
        points=decision.points,
    )


def derived_formula(jacobian: Jacobian, layout: Layout) -> Formula | None:
    """The matrix form of a derivative, or None where the index form has none."""
    try:
        return jacobian.matrix(layout)
    except LiftError:
        return None


def plain_form(jacobian: Jacobian, layout: Layout) -> m.MatrixExpr | None:
    """The matrix form as the reductions give it, or None."""
    try:
        return jacobian.plain(layout).expr
    except LiftError:
        return None


def compare(jacobian: Jacobian, claim: m.MatrixExpr, unfolding: Graph) -> Comparison:
    """What the independent evaluation needs."""
    program = jacobian.program
    nodes = [node for node in unfolding.nodes.values() if not node.auxiliary]
    own = {node.symbol: node.written for node in nodes}
    above = tied(program, (claim, *own.values(), jacobian.wrt), own)
    definitions = above | own
    formula = plain_form(jacobian, Layout.NUMERATOR)
    return Comparison(
        jacobian.of,
        jacobian.wrt,
        jacobian.of_indices,
        jacobian.by_indices,
        definitions,
        sorted_dims(program),
        dict(program.fixed),
        is_transcendental(*definitions.values(), claim),
        relevant(program, (claim, formula or jacobian.body), definitions),
        program.symbols,
        formula,
        frozenset(above),
    )


def _guard_derived(
    derived: m.MatrixExpr | None, target: Arrangement, comparison: Comparison
) -> int:
    if derived is None:
        return 0
    wider = replace(comparison, balls=comparison.balls or is_transcendental(derived))
    points, agrees = guard(wider, derived, target)
    if not agrees:
        raise SoundnessError(
            f"the derived {Formula(derived)} and the derivative at a point disagree"
        )
    return points
