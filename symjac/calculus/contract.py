r"""Contract: remove every delta on a bound index, and unfold names on request.

    sum_l delta_{lk} f_l = f_k        delta_{jj} = 1        a_l = (its definition)_l

Before: deltas anywhere. After `CONTRACT`: deltas on free indices only.
Terminates: every sift removes a delta; definitions are acyclic.
Source: definition of the Kronecker delta.
"""

from __future__ import annotations

from symjac.calculus.cancel import CANCEL
from symjac.calculus.components import SELECT
from symjac.errors import SoundnessError
from symjac.library.functions import lookup
from symjac.rewrite.rule import Context, LoweredDefinition, Rule, RuleSet
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import column, matrix


def delta_sift(term: ix.Term, context: Context) -> ix.Terms | None:
    """A sum against a delta keeps the one value where the indices agree."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, ix.Delta) or factor.left == factor.right:
            continue
        gone, kept = factor.left, factor.right
        if gone not in term.bound:
            gone, kept = kept, gone
        if gone not in term.bound:
            continue
        others = term.factors[:place] + term.factors[place + 1 :]
        names = {gone: kept}
        factors = tuple(
            ix.rename_factor(f, names) if ix.carries(f, gone) else f for f in others
        )
        bound = tuple(index for index in term.bound if index != gone)
        return (ix.Term(term.coefficient, factors, bound),)
    return None


def delta_same(term: ix.Term, context: Context) -> ix.Terms | None:
    """A delta with equal indices is 1."""
    for place, factor in enumerate(term.factors):
        if isinstance(factor, ix.Delta) and factor.left == factor.right:
            return ix.splice(term, place, (ix.Term(),))
    return None


def unfold_definition(term: ix.Term, context: Context) -> ix.Terms | None:
    """Write a named quantity out by its definition."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, ix.Entry) or not isinstance(factor.matrix, m.Symbol):
            continue
        if (body := context.bodies.get(factor.matrix)) is None:
            continue
        names = dict(zip(body.indices, factor.indices, strict=True))
        return ix.splice(term, place, ix.refresh(body.terms, context.fresh, names))
    return None


def unfold_inside(term: ix.Term, context: Context) -> ix.Terms | None:
    """Write a named quantity out inside an operation that is kept whole."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, ix.Entry) or not isinstance(
            factor.matrix, m.Operation
        ):
            continue
        found = (context.bodies.get(symbol) for symbol in m.symbols(factor.matrix))
        bodies = {b.symbol: b.written for b in found if b is not None and b.written}
        if bodies:
            written = ix.Entry(m.substitute(factor.matrix, bodies), factor.indices)
            return ix.splice(term, place, ix.single(written))
    return None


def check_contracted(terms: ix.Terms) -> None:
    """After the pass no delta stands on a bound index."""
    for term in terms:
        for factor in term.factors:
            if isinstance(factor, ix.Delta) and {factor.left, factor.right} & {
                *term.bound
            }:
                raise SoundnessError("a delta on a bound index was left")


_J, _K, _L = ix.Index("j", "m"), ix.Index("k", "n"), ix.Index("l", "n")
_A, _V = m.Symbol("A", matrix("m", "n")), m.Symbol("a", column("n"))
_X = m.Symbol("x", column("n"))
_SUM = m.Symbol("z", column("n"))
_MAX = ix.Entry(m.Operation("max", (_SUM,)), ())
_FX = ix.Apply(lookup("f"), 0, ix.single(ix.Entry(_X, (_K,))))

CONTRACT: RuleSet = (
    *CANCEL,
    *SELECT,
    Rule(
        "delta_sift",
        "Kronecker delta",
        (ix.Term(ix.ONE, (ix.Entry(_A, (_J, _L)), ix.Delta(_L, _K)), (_L,)),),
        ix.single(ix.Entry(_A, (_J, _K))),
        delta_sift,
        "definition of the Kronecker delta",
        ix.Delta,
    ),
    Rule(
        "delta_same",
        "Kronecker delta with equal indices",
        (ix.Term(ix.ONE, (ix.Entry(_V, (_K,)), ix.Delta(_K, _K))),),
        ix.single(ix.Entry(_V, (_K,))),
        delta_same,
        "definition of the Kronecker delta",
        ix.Delta,
    ),
)

UNFOLD: RuleSet = (
    Rule(
        "unfold_definition",
        "definition of a name",
        ix.single(ix.Entry(_V, (_K,))),
        ix.single(_FX),
        unfold_definition,
        "the equations",
        m.Symbol,
        Context(
            ix.IndexSupply(), bodies={_V: LoweredDefinition(_V, (_K,), ix.single(_FX))}
        ),
    ),
    Rule(
        "unfold_inside",
        "definition of a name",
        ix.single(_MAX),
        ix.single(ix.Entry(m.Operation("max", (_X,)), ())),
        unfold_inside,
        "the equations",
        m.Operation,
        Context(
            ix.IndexSupply(),
            bodies={
                _SUM: LoweredDefinition(_SUM, (_K,), ix.single(ix.Entry(_X, (_K,))), _X)
            },
        ),
    ),
)
