"""Judge a claim about a derivative under each layout.

A verdict is proved (equal canonical forms, agreement at independent points), refuted
(an explicit counterexample), undecided, or ill-typed in that layout. Layout enters here
and in `lift` only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from functools import partial
from typing import Any, TypeVar

from symjac.claims.comparison import Comparison
from symjac.claims.condition import Condition, condition
from symjac.claims.counterexample import (
    Counterexample,
    find_counterexample,
    guard,
)
from symjac.claims.evaluate import is_transcendental
from symjac.claims.hypotheses import hypotheses
from symjac.derive import derive, read_formula
from symjac.errors import (
    BudgetError,
    ClaimError,
    LiftError,
    SoundnessError,
    Source,
    Span,
    UnsupportedError,
)
from symjac.expr.index import Fresh, Terms, check_scopes, scale
from symjac.expr.matrix import MatrixExpr, Symbol, symbols
from symjac.expr.shape import Layout, Shape, named_dims, same_size
from symjac.expr.text import matrix_text
from symjac.jacobian import Formula, Jacobian, taken_names
from symjac.language.check import Program
from symjac.rules.arrange import Arrangement
from symjac.rules.budget import limited
from symjac.rules.canonical import is_plainly_zero
from symjac.rules.contract import CONTRACT, UNFOLD
from symjac.rules.lower import lower
from symjac.rules.rule import Body, Context, run
from symjac.rules.zero import is_zero
from symjac.unfold import Unfolding

Answer = TypeVar("Answer")
FEW_STEPS = 20_000
MANY_STEPS = 100_000
FIRST = 6  # patterns to try before the long proofs


class Outcome(Enum):
    """What was found about a claim in one layout."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    ILL_TYPED = "ill-typed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one claim in one layout, with everything that supports it."""

    layout: Layout
    outcome: Outcome
    claim: Formula
    derived: Formula | None
    reason: str
    expected: Shape
    arrangement: Arrangement
    claimed_terms: Terms | None = None
    counterexample: Counterexample | None = None
    holds_iff: Condition | None = None
    hypotheses: tuple[str, ...] = ()
    points: int = 0
    derived_points: int = 0
    balls: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdicts of one claim, by layout name."""

    jacobian: Jacobian
    claim: Formula
    verdicts: dict[str, Verdict]

    def __getitem__(self, layout: str | Layout) -> Verdict:
        return self.verdicts[Layout(layout).value]

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        lines = [f"{name}: {v.outcome.value}" for name, v in self.verdicts.items()]
        return {"text/plain": "\n".join([f"claim {self.claim}", *lines])}


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
        program: from `parse`, or a SymPy expression.
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
    return judge(derive(program, of, wrt), claim, layouts)


def judge(
    jacobian: Jacobian, claim: str | Any, layouts: tuple[Layout, ...] = tuple(Layout)
) -> Judgement:
    """Judge a claim about a derivative that is there already."""
    expr = read_formula("claim", claim, jacobian.program)
    unfolding = extend(jacobian.unfolding, expr)
    if jacobian.first is not None:
        judge(jacobian.first, matrix_text(jacobian.body))
    both = [adjudicate(jacobian, expr, unfolding, layout=layout) for layout in Layout]
    if all(verdict.outcome is Outcome.ILL_TYPED for verdict in both):
        wanted = " or ".join(f"{v.expected} ({v.layout.value})" for v in both)
        raise ClaimError(
            f"the claim has shape {expr.shape}, the derivative {wanted}",
            Span(Source("claim", str(claim)), 0, len(str(claim))),
        )
    chosen = {v.layout.value: v for v in both if v.layout in layouts}
    return Judgement(jacobian, Formula(expr), chosen)


def extend(unfolding: Unfolding, claim: MatrixExpr) -> Unfolding:
    """Enter the definitions that a claim mentions."""
    wider = replace(
        unfolding,
        nodes=dict(unfolding.nodes),
        held=dict(unfolding.held),
        names=set(unfolding.names),
        dependent=set(unfolding.dependent),
    )
    for symbol in symbols(claim):
        wider.visit(symbol)
    return wider


def adjudicate(
    jacobian: Jacobian, claim: MatrixExpr, unfolding: Unfolding, *, layout: Layout
) -> Verdict:
    """The verdict under one layout."""
    target = jacobian.arrangement(layout=layout)
    comparison = compare(jacobian, claim, unfolding)
    verdict = Verdict(
        layout,
        Outcome.ILL_TYPED,
        Formula(claim),
        derived_formula(jacobian, layout),
        f"the claim has shape {claim.shape}, this layout needs {target.shape}",
        target.shape,
        target,
        balls=comparison.balls,
    )
    verdict = replace(verdict, derived_points=_guard_derived(verdict, comparison))
    if not same_size(claim.shape, target.shape):
        return verdict
    found = hypotheses(jacobian, unfolding, claim)
    claimed = claimed_entries(jacobian, claim, target)
    verdict = replace(verdict, claimed_terms=claimed, hypotheses=found)
    return _decide(jacobian, unfolding, verdict, comparison)


def claimed_entries(
    jacobian: Jacobian, claim: MatrixExpr, target: Arrangement
) -> Terms | None:
    """The claim's index form at the derivative's indices.

    None where its index pairs stand in another order: no form that can be compared.
    """
    if claim.shape.flat != target.shape.flat:
        return None
    context = Context(Fresh(taken_names(jacobian.program) | index_letters(target)))
    try:
        lowered = lower(claim, target.indices, context).result
    except UnsupportedError:
        return None
    return run("the claim's entries", lowered, CONTRACT, context).result


def _decide(
    jacobian: Jacobian, unfolding: Unfolding, verdict: Verdict, comparison: Comparison
) -> Verdict:
    """Proved, refuted or undecided: the cheapest certain answer first."""
    claim, claimed = verdict.claim.expr, verdict.claimed_terms
    search = partial(find_counterexample, comparison, claim, verdict.arrangement)
    equal = partial(is_equal, jacobian, claimed)
    equal_at_length = partial(is_equal_at_length, jacobian, claimed, unfolding)
    reasons: list[str] = []
    if within(FEW_STEPS, equal, reasons):
        return _proved(verdict, comparison, claim)
    example = within(MANY_STEPS, partial(search, patterns=FIRST), reasons)
    if example is None and within(MANY_STEPS, equal_at_length, reasons):
        return _proved(verdict, comparison, claim)
    example = example or within(MANY_STEPS, search, reasons)
    if example is not None:
        return _refuted(jacobian, verdict, example)
    reasons.append("not equal as canonical forms")
    reason = f"{reasons[0]}, and no counterexample was found"
    return replace(verdict, outcome=Outcome.UNDECIDED, reason=reason)


def within(steps: int, ask: Callable[[], Answer], reasons: list[str]) -> Answer | None:
    """The answer, or None with its reason where it takes more steps."""
    try:
        with limited(steps):
            return ask()
    except BudgetError as error:
        reasons.append(error.message)
        return None


def _refuted(jacobian: Jacobian, verdict: Verdict, example: Counterexample) -> Verdict:
    claimed = verdict.claimed_terms
    found = None
    if claimed is not None:
        found = condition(jacobian.terms, claimed, jacobian.free)
    return replace(
        verdict,
        outcome=Outcome.REFUTED,
        reason="counterexample",
        counterexample=example,
        holds_iff=found,
    )


def index_letters(target: Arrangement) -> frozenset[str]:
    """Names of the free indices, which bound ones must avoid."""
    return frozenset(index.name for index in target.indices)


def derived_formula(jacobian: Jacobian, layout: Layout) -> Formula | None:
    """The derived matrix form, or None where the index form has none."""
    try:
        return jacobian.matrix(layout)
    except LiftError:
        return None


def compare(jacobian: Jacobian, claim: MatrixExpr, unfolding: Unfolding) -> Comparison:
    """What the independent evaluation needs."""
    definitions = {node.symbol: node.written for node in unfolding.nodes.values()}
    naming = jacobian.program.naming
    dims = tuple(d for d in sorted_dims(jacobian.program) if d not in naming.fixed)
    used = (s for e in (*definitions.values(), claim) for s in symbols(e))
    return Comparison(
        jacobian.of,
        jacobian.wrt,
        jacobian.of_indices,
        jacobian.by_indices,
        definitions,
        dims,
        dict(naming.fixed),
        is_transcendental(*definitions.values(), claim),
        _relevant(jacobian, claim, tuple(dict.fromkeys(used)), definitions),
        jacobian.program.symbols,
    )


def sorted_dims(program: Program) -> tuple[str, ...]:
    """Named dimensions, those of the first definition first."""
    first = (
        d for s in program.symbols for dim in s.shape.dims for d in named_dims(dim)
    )
    rest = sorted(program.scope.dimensions)
    return tuple(dict.fromkeys((*first, *rest)))


def _relevant(
    jacobian: Jacobian,
    claim: MatrixExpr,
    used: tuple[Symbol, ...],
    definitions: dict[Symbol, MatrixExpr],
) -> tuple[Symbol, ...]:
    """Symbols that the derivative or the claim mentions, definitions followed."""
    formula = derived_formula(jacobian, Layout.NUMERATOR)
    seeds = [claim, formula.expr if formula else jacobian.body]
    needed: set[Symbol] = set()
    todo = [s for seed in seeds for s in symbols(seed)]
    while todo:
        symbol = todo.pop()
        if symbol not in needed:
            needed.add(symbol)
            if symbol in definitions and symbol != jacobian.wrt:
                todo.extend(symbols(definitions[symbol]))
    order = {symbol: place for place, symbol in enumerate(jacobian.program.symbols)}
    found = (symbol for symbol in used if symbol in needed)
    return tuple(sorted(found, key=lambda symbol: order.get(symbol, len(order))))


def is_equal(jacobian: Jacobian, claimed: Terms | None) -> bool:
    """Whether derivative and claim have one canonical form over the same names."""
    if claimed is None:
        return False
    return is_plainly_zero((*jacobian.terms, *scale(claimed, Fraction(-1))))


def is_equal_at_length(
    jacobian: Jacobian, claimed: Terms | None, unfolding: Unfolding
) -> bool:
    """Whether they are equal by all means, also with every definition written out."""
    if claimed is None:
        return False
    difference = (*jacobian.terms, *scale(claimed, Fraction(-1)))
    fresh = Fresh.beyond(difference)
    context = Context(fresh, bodies=written_bodies(jacobian, unfolding))
    written = run("names written out", difference, UNFOLD, context).result
    check_scopes(written)
    return is_plainly_zero(written) or is_zero(difference) or is_zero(written)


def written_bodies(jacobian: Jacobian, unfolding: Unfolding) -> dict[Symbol, Body]:
    """The author's definitions in index form."""
    bodies: dict[Symbol, Body] = {}
    for node in unfolding.nodes.values():
        if node.auxiliary or node.symbol == jacobian.wrt:
            continue
        fresh = Fresh(frozenset({"i", "j", "k"}))
        indices = tuple(fresh.index(dim) for dim in node.symbol.shape.flat)
        result = lower(node.written, indices, Context(fresh)).result
        bodies[node.symbol] = Body(node.symbol, indices, result, node.written)
    return bodies


def _guard_derived(verdict: Verdict, comparison: Comparison) -> int:
    if verdict.derived is None:
        return 0
    balls = comparison.balls or is_transcendental(verdict.derived.expr)
    wider = replace(comparison, balls=balls)
    points, agrees = guard(wider, verdict.derived.expr, verdict.arrangement)
    if not agrees:
        raise SoundnessError(
            f"the derived {verdict.derived} and the derivative at a point disagree"
        )
    return points


def _proved(verdict: Verdict, comparison: Comparison, claim: MatrixExpr) -> Verdict:
    points, agrees = guard(comparison, claim, verdict.arrangement)
    if not agrees:
        raise SoundnessError(f"{verdict.claim} was proved but fails at a point")
    if not points:
        reason = "equal canonical forms, but no point was found where both exist"
        return replace(verdict, outcome=Outcome.UNDECIDED, reason=reason)
    return replace(
        verdict,
        outcome=Outcome.PROVED,
        reason="equal canonical forms",
        points=points,
    )
