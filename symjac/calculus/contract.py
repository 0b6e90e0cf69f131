r"""Contract: remove every delta on a bound index, cancel, and unfold names on request.

    sum_l delta_{lk} f_l = f_k        delta_{jj} = 1        a_l = (its definition)_l

Before: deltas anywhere. After `CONTRACT`: deltas on free indices only.
Terminates: every sift removes a delta; definitions are
acyclic; cancelling leaves out factors: reciprocals, powers of one base, an inverse.
Source: definition of the Kronecker delta.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from symjac.calculus.components import SELECT
from symjac.calculus.lower import component
from symjac.errors import SoundnessError
from symjac.library.functions import lookup
from symjac.rewrite.rule import Context, LoweredDefinition, Rule, RuleSet
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.exact import whole_power
from symjac.terms.shape import SCALAR, column, matrix


def _over(factor: ix.Factor) -> ix.Power:
    return ix.Power(ix.single(factor), Fraction(-1))


def _product(*factors: ix.Factor) -> ix.Terms:
    return (ix.Term(ix.ONE, factors),)


def cancel_reciprocal(term: ix.Term, context: Context) -> ix.Terms | None:
    """A number times its reciprocal is 1."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, ix.Power) or factor.exponent >= 0:
            continue
        if len(factor.base) != 1 or factor.exponent.denominator != 1:
            continue
        for other, same in enumerate(term.factors):
            if ix.single(same) == factor.base:
                return (_cancelled(term, place, other, factor),)
    return None


def _cancelled(term: ix.Term, place: int, other: int, factor: ix.Power) -> ix.Term:
    factors: list[ix.Factor] = []
    for number, kept in enumerate(term.factors):
        if number == place and factor.exponent != -1:
            factors.append(ix.Power(factor.base, factor.exponent + 1))
        elif number not in (place, other):
            factors.append(kept)
    return ix.Term(term.coefficient, tuple(factors), term.bound)


def power_of_power(term: ix.Term, context: Context) -> ix.Terms | None:
    """A power of a root, or of an integer power by an integer, has one exponent."""
    for place, factor in enumerate(term.factors):
        match factor:
            case ix.Power((ix.Term(1, (ix.Power(base, inner),), ()),), outer) if (
                inner.denominator % 2 == 0
                or inner.denominator == outer.denominator == 1
            ):
                return ix.splice(term, place, _raised(base, inner * outer))
    return None


def product_of_powers(term: ix.Term, context: Context) -> ix.Terms | None:
    """Two powers of one base are one power."""
    seen: dict[ix.Terms, int] = {}
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, ix.Power):
            continue
        if factor.base not in seen:
            seen[factor.base] = place
            continue
        first = term.factors[seen[factor.base]]
        assert isinstance(first, ix.Power)
        rest = (*term.factors[:place], *term.factors[place + 1 :])
        merged = _raised(factor.base, first.exponent + factor.exponent)
        shorter = ix.Term(term.coefficient, rest, term.bound)
        return ix.splice(shorter, seen[factor.base], merged)
    return None


def _raised(base: ix.Terms, exponent: Fraction) -> ix.Terms:
    if exponent == 0:
        return (ix.Term(),)
    return base if exponent == 1 else ix.single(ix.Power(base, exponent))


def number_in_power(term: ix.Term, context: Context) -> ix.Terms | None:
    """(c u)^k = c^k u^k for a number c and an integer k; 1^k = 1, 0^k = 0."""
    for place, factor in enumerate(term.factors):
        match factor:
            case ix.Power((), exponent) if exponent > 0:
                return ()
            case ix.Power((ix.Term(1, (), ()),), _):
                return ix.splice(term, place, (ix.Term(),))
            case ix.Power((ix.Term(number, factors, bound),), exponent) if (
                number not in (0, 1) and exponent.denominator == 1
            ):
                base = (ix.Term(ix.ONE, factors, bound),)
                power = _raised(base, exponent) if factors or bound else (ix.Term(),)
                raised = whole_power(number, exponent.numerator)
                scaled = replace(term, coefficient=term.coefficient * raised)
                return ix.splice(scaled, place, power)
    return None


def inverse_of_inverse(term: ix.Term, context: Context) -> ix.Terms | None:
    """inv(inv(A)) = A."""
    for place, factor in enumerate(term.factors):
        match factor:
            case ix.Entry(m.Operation("inv", (m.Operation("inv", (arg,)),)), indices):
                lowered = component(arg, indices, context)
                return ix.splice(term, place, lowered)
    return None


def matrix_beside_inverse(term: ix.Term, context: Context) -> ix.Terms | None:
    """sum_l A_{il} inv(A)_{lj} = delta_{ij}, and the other way round."""
    for place, factor in enumerate(term.factors):
        match factor:
            case ix.Entry(m.Operation("inv", (m.Symbol() as arg,)), (left, right)):
                found = _beside(term, place, arg, left, right)
                if found is not None:
                    return found
    return None


def _beside(
    term: ix.Term, place: int, arg: m.Symbol, left: ix.Index, right: ix.Index
) -> ix.Terms | None:
    for other, factor in enumerate(term.factors):
        match factor:
            case ix.Entry(matrix, (row, column)) if matrix == arg:
                pass
            case _:
                continue
        for shared, ends in (
            ((left, column), (row, right)),
            ((row, right), (column, left)),
        ):
            if shared[0] != shared[1] or shared[0] not in term.bound:
                continue
            rest = [f for n, f in enumerate(term.factors) if n not in (place, other)]
            if (
                any(shared[0] in ix.factor_indices(f) for f in rest)
                or ends[0] == shared[0]
            ):
                continue
            if ends[1] == shared[0]:
                continue
            bound = tuple(index for index in term.bound if index != shared[0])
            return (ix.Term(term.coefficient, (*rest, ix.Delta(*ends)), bound),)
    return None


_I, _COLUMN, _MIDDLE = ix.Index("i", "n"), ix.Index("j", "n"), ix.Index("l", "n")
_SQUARE, _S = m.Symbol("X", matrix("n", "n")), m.Symbol("s", SCALAR)
_INV = m.operation("inv", _SQUARE)
_C = ix.Entry(_S, ())
_ROOT = ix.Power(ix.single(_C), Fraction(1, 2))
CANCEL: RuleSet = (
    Rule(
        "inverse_of_inverse",
        "inverse of an inverse",
        ix.single(ix.Entry(m.operation("inv", _INV), (_I, _COLUMN))),
        ix.single(ix.Entry(_SQUARE, (_I, _COLUMN))),
        inverse_of_inverse,
        "definition of the inverse",
        m.Operation,
    ),
    Rule(
        "matrix_beside_inverse",
        "a matrix times its inverse",
        (
            ix.Term(
                ix.ONE,
                (ix.Entry(_SQUARE, (_I, _MIDDLE)), ix.Entry(_INV, (_MIDDLE, _COLUMN))),
                (_MIDDLE,),
            ),
        ),
        ix.single(ix.Delta(_I, _COLUMN)),
        matrix_beside_inverse,
        "definition of the inverse",
        m.Operation,
    ),
    Rule(
        "number_in_power",
        "power of a number",
        ix.single(ix.Power((ix.Term(Fraction(2), (_C,)),), Fraction(-3))),
        (ix.Term(Fraction(1, 8), (ix.Power(ix.single(_C), Fraction(-3)),)),),
        number_in_power,
        "arithmetic",
        ix.Power,
    ),
    Rule(
        "power_of_power",
        "power of a power",
        _product(ix.Power(ix.single(_ROOT), Fraction(-3))),
        _product(ix.Power(ix.single(_C), Fraction(-3, 2))),
        power_of_power,
        "arithmetic",
        ix.Power,
    ),
    Rule(
        "product_of_powers",
        "product of powers",
        _product(_ROOT, ix.Power(ix.single(_C), Fraction(-2))),
        _product(ix.Power(ix.single(_C), Fraction(-3, 2))),
        product_of_powers,
        "arithmetic",
        ix.Power,
    ),
    Rule(
        "cancel_reciprocal",
        "a number times its reciprocal is 1",
        _product(_C, _over(_C), ix.Apply(lookup("f"), 0, ix.single(_C))),
        _product(ix.Apply(lookup("f"), 0, ix.single(_C))),
        cancel_reciprocal,
        "arithmetic",
        ix.Power,
    ),
)


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
