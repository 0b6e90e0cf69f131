"""Cancel in one term: reciprocals, powers of one base, a matrix beside its inverse.

Terminates: every rule removes a factor.
Source: arithmetic; definition of the inverse.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from symjac.expr.exact import whole_power
from symjac.expr.index import (
    ONE,
    Apply,
    Delta,
    Entry,
    Factor,
    Index,
    Raise,
    Term,
    Terms,
    factor_indices,
    single,
    splice,
)
from symjac.expr.matrix import Operation, Symbol, operation
from symjac.expr.shape import SCALAR, matrix
from symjac.library.functions import lookup
from symjac.rewrite.rule import Context, Rule, RuleSet
from symjac.rules.lower import lower


def _over(factor: Factor) -> Raise:
    return Raise(single(factor), Fraction(-1))


def _product(*factors: Factor) -> Terms:
    return (Term(ONE, factors),)


def cancel_reciprocal(term: Term, context: Context) -> Terms | None:
    """A number times its reciprocal is 1."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, Raise) or factor.exponent >= 0:
            continue
        if len(factor.base) != 1 or factor.exponent.denominator != 1:
            continue
        for other, same in enumerate(term.factors):
            if single(same) == factor.base:
                return (_cancelled(term, place, other, factor),)
    return None


def _cancelled(term: Term, place: int, other: int, factor: Raise) -> Term:
    factors: list[Factor] = []
    for number, kept in enumerate(term.factors):
        if number == place and factor.exponent != -1:
            factors.append(Raise(factor.base, factor.exponent + 1))
        elif number not in (place, other):
            factors.append(kept)
    return Term(term.coefficient, tuple(factors), term.bound)


def power_of_power(term: Term, context: Context) -> Terms | None:
    """A power of a root, or of an integer power by an integer, has one exponent."""
    for place, factor in enumerate(term.factors):
        match factor:
            case Raise((Term(1, (Raise(base, inner),), ()),), outer) if (
                inner.denominator % 2 == 0
                or inner.denominator == outer.denominator == 1
            ):
                return splice(term, place, _raised(base, inner * outer))
    return None


def product_of_powers(term: Term, context: Context) -> Terms | None:
    """Two powers of one base are one power."""
    seen: dict[Terms, int] = {}
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, Raise):
            continue
        if factor.base not in seen:
            seen[factor.base] = place
            continue
        first = term.factors[seen[factor.base]]
        assert isinstance(first, Raise)
        rest = (*term.factors[:place], *term.factors[place + 1 :])
        merged = _raised(factor.base, first.exponent + factor.exponent)
        shorter = Term(term.coefficient, rest, term.bound)
        return splice(shorter, seen[factor.base], merged)
    return None


def _raised(base: Terms, exponent: Fraction) -> Terms:
    if exponent == 0:
        return (Term(),)
    return base if exponent == 1 else single(Raise(base, exponent))


def number_in_power(term: Term, context: Context) -> Terms | None:
    """(c u)^k = c^k u^k for a number c and an integer k; 1^k = 1, 0^k = 0."""
    for place, factor in enumerate(term.factors):
        match factor:
            case Raise((), exponent) if exponent > 0:
                return ()
            case Raise((Term(1, (), ()),), _):
                return splice(term, place, (Term(),))
            case Raise((Term(number, factors, bound),), exponent) if (
                number not in (0, 1) and exponent.denominator == 1
            ):
                base = (Term(ONE, factors, bound),)
                power = _raised(base, exponent) if factors or bound else (Term(),)
                raised = whole_power(number, exponent.numerator)
                scaled = replace(term, coefficient=term.coefficient * raised)
                return splice(scaled, place, power)
    return None


def inverse_of_inverse(term: Term, context: Context) -> Terms | None:
    """inv(inv(A)) = A."""
    for place, factor in enumerate(term.factors):
        match factor:
            case Entry(Operation("inv", (Operation("inv", (arg,)),)), indices):
                lowered = lower(arg, indices, context).result
                return splice(term, place, lowered)
    return None


def matrix_beside_inverse(term: Term, context: Context) -> Terms | None:
    """sum_l A_{il} inv(A)_{lj} = delta_{ij}, and the other way round."""
    for place, factor in enumerate(term.factors):
        match factor:
            case Entry(Operation("inv", (Symbol() as arg,)), (left, right)):
                found = _beside(term, place, arg, left, right)
                if found is not None:
                    return found
    return None


def _beside(
    term: Term, place: int, arg: Symbol, left: Index, right: Index
) -> Terms | None:
    for other, factor in enumerate(term.factors):
        match factor:
            case Entry(matrix, (row, column)) if matrix == arg:
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
                any(shared[0] in factor_indices(f) for f in rest)
                or ends[0] == shared[0]
            ):
                continue
            if ends[1] == shared[0]:
                continue
            bound = tuple(index for index in term.bound if index != shared[0])
            return (Term(term.coefficient, (*rest, Delta(*ends)), bound),)
    return None


_I, _J, _L = Index("i", "n"), Index("j", "n"), Index("l", "n")
_X, _S = Symbol("X", matrix("n", "n")), Symbol("s", SCALAR)
_INV = operation("inv", _X)
_C = Entry(_S, ())
_ROOT = Raise(single(_C), Fraction(1, 2))
CANCEL: RuleSet = (
    Rule(
        "inverse_of_inverse",
        "inverse of an inverse",
        single(Entry(operation("inv", _INV), (_I, _J))),
        single(Entry(_X, (_I, _J))),
        inverse_of_inverse,
        "definition of the inverse",
        Operation,
    ),
    Rule(
        "matrix_beside_inverse",
        "a matrix times its inverse",
        (Term(ONE, (Entry(_X, (_I, _L)), Entry(_INV, (_L, _J))), (_L,)),),
        single(Delta(_I, _J)),
        matrix_beside_inverse,
        "definition of the inverse",
        Operation,
    ),
    Rule(
        "number_in_power",
        "power of a number",
        single(Raise((Term(Fraction(2), (_C,)),), Fraction(-3))),
        (Term(Fraction(1, 8), (Raise(single(_C), Fraction(-3)),)),),
        number_in_power,
        "arithmetic",
        Raise,
    ),
    Rule(
        "power_of_power",
        "power of a power",
        _product(Raise(single(_ROOT), Fraction(-3))),
        _product(Raise(single(_C), Fraction(-3, 2))),
        power_of_power,
        "arithmetic",
        Raise,
    ),
    Rule(
        "product_of_powers",
        "product of powers",
        _product(_ROOT, Raise(single(_C), Fraction(-2))),
        _product(Raise(single(_C), Fraction(-3, 2))),
        product_of_powers,
        "arithmetic",
        Raise,
    ),
    Rule(
        "cancel_reciprocal",
        "a number times its reciprocal is 1",
        _product(_C, _over(_C), Apply(lookup("f"), 0, single(_C))),
        _product(Apply(lookup("f"), 0, single(_C))),
        cancel_reciprocal,
        "arithmetic",
        Raise,
    ),
)
