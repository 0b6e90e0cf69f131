r"""Contract: remove every delta on a bound index, and unfold names on request.

    sum_l delta_{lk} f_l = f_k        delta_{jj} = 1        a_l = (its definition)_l

Before: deltas anywhere. After `CONTRACT`: deltas on free indices only.
Terminates: every sift removes a delta; definitions are acyclic.
Source: definition of the Kronecker delta.
"""

from __future__ import annotations

from symjac.errors import SoundnessError
from symjac.expr.index import (
    ONE,
    Apply,
    Delta,
    Entry,
    Fresh,
    Index,
    Term,
    Terms,
    carries,
    refresh,
    rename_factor,
    single,
    splice,
)
from symjac.expr.matrix import Operation, Symbol, substitute, symbols
from symjac.expr.shape import column, matrix
from symjac.library.functions import lookup
from symjac.rewrite.rule import Body, Context, Rule, RuleSet
from symjac.rules.cancel import CANCEL
from symjac.rules.components import SELECT


def delta_sift(term: Term, context: Context) -> Terms | None:
    """A sum against a delta keeps the one value where the indices agree."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, Delta) or factor.left == factor.right:
            continue
        gone, kept = factor.left, factor.right
        if gone not in term.bound:
            gone, kept = kept, gone
        if gone not in term.bound:
            continue
        others = term.factors[:place] + term.factors[place + 1 :]
        names = {gone: kept}
        factors = tuple(
            rename_factor(f, names) if carries(f, gone) else f for f in others
        )
        bound = tuple(index for index in term.bound if index != gone)
        return (Term(term.coefficient, factors, bound),)
    return None


def delta_same(term: Term, context: Context) -> Terms | None:
    """A delta with equal indices is 1."""
    for place, factor in enumerate(term.factors):
        if isinstance(factor, Delta) and factor.left == factor.right:
            return splice(term, place, (Term(),))
    return None


def unfold_definition(term: Term, context: Context) -> Terms | None:
    """Write a named quantity out by its definition."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, Entry) or not isinstance(factor.matrix, Symbol):
            continue
        if (body := context.bodies.get(factor.matrix)) is None:
            continue
        names = dict(zip(body.indices, factor.indices, strict=True))
        return splice(term, place, refresh(body.terms, context.fresh, names))
    return None


def unfold_inside(term: Term, context: Context) -> Terms | None:
    """Write a named quantity out inside an operation that is kept whole."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, Entry) or not isinstance(factor.matrix, Operation):
            continue
        found = (context.bodies.get(symbol) for symbol in symbols(factor.matrix))
        bodies = {b.symbol: b.written for b in found if b is not None and b.written}
        if bodies:
            written = Entry(substitute(factor.matrix, bodies), factor.indices)
            return splice(term, place, single(written))
    return None


def check_contracted(terms: Terms) -> None:
    """After the pass no delta stands on a bound index."""
    for term in terms:
        for factor in term.factors:
            if isinstance(factor, Delta) and {factor.left, factor.right} & {
                *term.bound
            }:
                raise SoundnessError("a delta on a bound index was left")


_J, _K, _L = Index("j", "m"), Index("k", "n"), Index("l", "n")
_A, _V = Symbol("A", matrix("m", "n")), Symbol("a", column("n"))
_X = Symbol("x", column("n"))
_SUM = Symbol("z", column("n"))
_MAX = Entry(Operation("max", (_SUM,)), ())
_FX = Apply(lookup("f"), 0, single(Entry(_X, (_K,))))

CONTRACT: RuleSet = (
    *CANCEL,
    *SELECT,
    Rule(
        "delta_sift",
        "Kronecker delta",
        (Term(ONE, (Entry(_A, (_J, _L)), Delta(_L, _K)), (_L,)),),
        single(Entry(_A, (_J, _K))),
        delta_sift,
        "definition of the Kronecker delta",
        Delta,
    ),
    Rule(
        "delta_same",
        "Kronecker delta with equal indices",
        (Term(ONE, (Entry(_V, (_K,)), Delta(_K, _K))),),
        single(Entry(_V, (_K,))),
        delta_same,
        "definition of the Kronecker delta",
        Delta,
    ),
)

UNFOLD: RuleSet = (
    Rule(
        "unfold_definition",
        "definition of a name",
        single(Entry(_V, (_K,))),
        single(_FX),
        unfold_definition,
        "the equations",
        Symbol,
        Context(Fresh(), bodies={_V: Body(_V, (_K,), single(_FX))}),
    ),
    Rule(
        "unfold_inside",
        "definition of a name",
        single(_MAX),
        single(Entry(Operation("max", (_X,)), ())),
        unfold_inside,
        "the equations",
        Operation,
        Context(
            Fresh(), bodies={_SUM: Body(_SUM, (_K,), single(Entry(_X, (_K,))), _X)}
        ),
    ),
)
