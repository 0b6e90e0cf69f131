"""Cancel in one term: reciprocals, powers of one base, a matrix beside its inverse.

Terminates: every rule removes a factor.
Source: arithmetic; definition of the inverse.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from symjac.calculus.lower import lower
from symjac.library.functions import lookup
from symjac.rewrite.rule import Context, Rule, RuleSet
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.exact import whole_power
from symjac.terms.shape import SCALAR, matrix


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
                lowered = lower(arg, indices, context).result
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


_I, _J, _L = ix.Index("i", "n"), ix.Index("j", "n"), ix.Index("l", "n")
_X, _S = m.Symbol("X", matrix("n", "n")), m.Symbol("s", SCALAR)
_INV = m.operation("inv", _X)
_C = ix.Entry(_S, ())
_ROOT = ix.Power(ix.single(_C), Fraction(1, 2))
CANCEL: RuleSet = (
    Rule(
        "inverse_of_inverse",
        "inverse of an inverse",
        ix.single(ix.Entry(m.operation("inv", _INV), (_I, _J))),
        ix.single(ix.Entry(_X, (_I, _J))),
        inverse_of_inverse,
        "definition of the inverse",
        m.Operation,
    ),
    Rule(
        "matrix_beside_inverse",
        "a matrix times its inverse",
        (ix.Term(ix.ONE, (ix.Entry(_X, (_I, _L)), ix.Entry(_INV, (_L, _J))), (_L,)),),
        ix.single(ix.Delta(_I, _J)),
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
