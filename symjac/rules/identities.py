r"""Identities of elementwise functions and of powers, for comparing two forms.

    f(-u) = -f(u), odd f      f(-u) = f(u), even f      sigmoid(-u) = 1 - sigmoid(u)
    relu(u) = u step(u)       abs(u) = u sign(u)        sign(u) = 2 step(u) - 1
    step(-u) = 1 - step(u)    step(c u) = step(u), c > 0
    exp(u + v) = exp(u) exp(v)                          log(exp(u)) = u, exp(log(u)) = u
    cos(u)^2 = 1 - sin(u)^2   sqrt(u) = u^(1/2)         (u^2)^(1/2) = abs(u)

and, in exponential form, tanh, sigmoid, sinh and cosh as quotients of exponentials.
They hold wherever both sides are differentiable.
Source: Abramowitz and Stegun, 4.2, 4.3, 4.5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from symjac.expr.index import (
    ONE,
    Apply,
    Delta,
    Entry,
    Factor,
    Fresh,
    Index,
    Raise,
    Term,
    Terms,
    factor_indices,
    refresh,
    scale,
    single,
    subforms,
    with_subform,
)
from symjac.expr.matrix import Operation, Symbol, symbols
from symjac.library.functions import lookup
from symjac.library.operations import OPERATIONS
from symjac.library.row import Kink, Parity

Same = Callable[[Terms, Terms], bool]
TWO = Fraction(2)
HALF = Fraction(1, 2)


def _number(value: Fraction | int) -> Terms:
    return (Term(Fraction(value)),) if value else ()


def apply(name: str, argument: Terms) -> Factor:
    """A named function of an index form."""
    return Apply(lookup(name), 0, argument)


def normal_apply(factor: Apply, fresh: Fresh) -> Terms | None:
    """The normal form of a function value, or None if it has it already.

    Args:
        factor: of order 0, its argument expanded.
    """
    name, argument = factor.function.name, factor.argument
    if factor.function.is_generic or factor.order:
        return None
    if not argument and factor.function.at_zero is not None:
        return _number(factor.function.at_zero)
    rewritten = _rewritten(name, argument, fresh)
    if rewritten is not None:
        return rewritten
    if name in ("exp", "log"):
        return _exponential(name, argument)
    return _parity(name, argument)


def _rewritten(name: str, argument: Terms, fresh: Fresh) -> Terms | None:
    """Functions that others express."""
    match name:
        case "sqrt":
            return single(Raise(argument, HALF))
        case "relu":
            step = apply("step", refresh(argument, fresh))
            return tuple(replace(t, factors=(*t.factors, step)) for t in argument)
        case "abs":
            sign = apply("sign", refresh(argument, fresh))
            return tuple(replace(t, factors=(*t.factors, sign)) for t in argument)
        case "sign" if is_generic(argument):
            return (Term(TWO, (apply("step", argument),)), Term(-ONE))
    return None


def sign_of_relu(factor: Apply) -> Terms | None:
    """sign(relu(u)) = step(u), also where relu(u) is 0."""
    if (factor.function.name, factor.order) != ("sign", 0):
        return None
    match factor.argument:
        case (Term(1, (Apply(inner, 0, argument),), ()),) if inner.name == "relu":
            return single(apply("step", argument))
    return None


def _parity(name: str, argument: Terms) -> Terms | None:
    """The argument's first term gets a positive coefficient."""
    if not argument:
        return None
    first = argument[0].coefficient
    size = abs(first)
    if name in ("step", "sign") and positive(argument):
        return _number(1)
    if name == "step" and size != 1:
        return single(apply(name, scale(argument, 1 / size)))
    if first > 0:
        return None
    turned = single(apply(name, scale(argument, -ONE)))
    parity = lookup(name).parity
    if parity is not Parity.NONE:
        return turned if parity is Parity.EVEN else scale(turned, -ONE)
    if name == "sigmoid" or (name == "step" and is_generic(argument)):
        return (Term(), *scale(turned, -ONE))
    return None


_VANISHING = frozenset("zero identity scalar diagonal skew binary one_hot".split())


def is_generic(terms: Terms) -> bool:
    """Whether a form can vanish on a set without interior only.

    Not so where it has a factor that is zero on an open set, such as step(x), or an
    entry that is zero by a declared property.
    """
    return bool(terms) and all(
        _is_analytic(factor) for term in terms for factor in term.factors
    )


def _is_analytic(factor: Factor) -> bool:
    match factor:
        case Delta():
            return False
        case Entry(Symbol(properties=found)):
            return _VANISHING.isdisjoint(found)
        case Entry(Operation(name=name, args=args)):
            used = [s for arg in args for s in symbols(arg)]
            return not OPERATIONS[name].flat and all(
                _VANISHING.isdisjoint(s.properties) for s in used
            )
        case Apply(function=function) if function.is_generic:
            return False
        case Apply(function=function) if function.kink is not Kink.NONE:
            return False
    return all(
        _is_analytic(f) for form in subforms(factor) for t in form for f in t.factors
    )


def _exponential(name: str, argument: Terms) -> Terms | None:
    if name == "exp" and len(argument) > 1:
        return (Term(ONE, tuple(apply("exp", (t,)) for t in argument)),)
    if len(argument) != 1:
        return None
    (term,) = argument
    if name == "exp":
        return _exp_of_log(term)
    match term:
        case Term(1, (Raise(base, exponent),), ()) if _is_odd(exponent):
            return (Term(exponent, (apply("log", base),)),)
    if term.bound or not term.factors or not all(map(is_positive, term.factors)):
        return None
    if term.coefficient != ONE:
        return None
    parts = [_log_of(factor) for factor in term.factors]
    if len(parts) == 1 and parts[0] is None:
        return None
    return tuple(
        t
        for part, factor in zip(parts, term.factors, strict=True)
        for t in (part or single(apply("log", single(factor))))
    )


def _is_odd(exponent: Fraction) -> bool:
    """Whether u^k > 0 says that u > 0, so that log(u^k) = k log(u)."""
    return exponent.denominator == 1 and exponent.numerator % 2 == 1


def _exp_of_log(term: Term) -> Terms | None:
    if term.bound or len(term.factors) != 1:
        return None
    (inner,) = term.factors
    if isinstance(inner, Apply) and (inner.function.name, inner.order) == ("log", 0):
        return single(Raise(inner.argument, term.coefficient))
    return None


def _log_of(factor: Factor) -> Terms | None:
    """Log of a positive factor, where that is simpler."""
    match factor:
        case Apply(function, 0, argument) if function.name == "exp":
            return argument
        case Raise(base, exponent):
            even = exponent.denominator == 1 and exponent.numerator % 2 == 0
            inner = single(apply("abs", base)) if even else base
            return (Term(exponent, (apply("log", inner),)),)
    return None


def is_positive(factor: Factor) -> bool:
    """Whether a factor is positive at every point where it exists."""
    match factor:
        case Apply(function, 0, _):
            return function.positive
        case Entry(Symbol(properties=found)):
            return "positive" in found
        case Raise(base, exponent):
            if exponent.denominator == 1 and exponent.numerator % 2 == 0:
                return is_generic(base)
            return exponent.denominator % 2 == 0 or positive(base)
    return False


def positive(terms: Terms) -> bool:
    """Whether an index form is a sum of positive products."""
    return bool(terms) and all(
        term.coefficient > 0
        and all(
            is_positive(factor) or (times % 2 == 0 and _is_analytic(factor))
            for factor, times in Counter(term.factors).items()
        )
        for term in terms
    )


def repeated_function(term: Term, same: Same) -> Terms | None:
    """Powers of step, and even powers of cos."""
    found: list[tuple[Apply, list[int]]] = []
    for place, factor in enumerate(term.factors):
        value, times = _power_of_function(factor)
        if value is None:
            continue
        for before, places in found:
            if before.function == value.function and same(
                before.argument, value.argument
            ):
                places.extend([place] * times)
                break
        else:
            found.append((value, [place] * times))
    for value, places in found:
        if len(places) >= 2:
            return _reduced(term, value.function.name, value.argument, places)
    return None


def _power_of_function(factor: Factor) -> tuple[Apply | None, int]:
    match factor:
        case Apply(order=0):
            value, exponent = factor, ONE
        case Raise((Term(1, (Apply(order=0) as value,), ()),), exponent):
            pass
        case _:
            return None, 0
    if value.function.name not in ("step", "cos") or exponent.denominator != 1:
        return None, 0
    return value, max(int(exponent), 0)


def _reduced(term: Term, name: str, argument: Terms, places: list[int]) -> Terms:
    rest = tuple(f for n, f in enumerate(term.factors) if n not in places)
    value = apply(name, argument)
    if name == "step":
        return (replace(term, factors=(*rest, value)),)
    kept = (value,) * (len(places) - 2)
    square = Raise(single(apply("sin", argument)), TWO)
    return (
        replace(term, factors=(*rest, *kept)),
        replace(term, coefficient=-term.coefficient, factors=(*rest, *kept, square)),
    )


def root_of_square(factor: Raise, fresh: Fresh, same: Same) -> Terms | None:
    """(u^2)^(1/2) = abs(u), for the square of one term."""
    if factor.exponent.denominator != 2 or len(factor.base) != 1:
        return None
    (term,) = factor.base
    if term.coefficient != ONE:
        return None
    match term.factors, _parts(term):
        case _, (one, two) if same((one,), (two,)):
            inner: Terms = (one,)
        case (Raise(inner, exponent),), _ if exponent == 2 and not term.bound:
            pass
        case _:
            return None
    power = factor.exponent * 2
    absolute = single(apply("abs", refresh(inner, fresh)))
    return absolute if power == 1 else single(Raise(absolute, power))


def _parts(term: Term) -> list[Term]:
    """The factors of a term, together where they share a summed index."""
    parts: list[tuple[set[Index], list[Factor]]] = []
    for factor in term.factors:
        own = set(factor_indices(factor)) & set(term.bound)
        near = [part for part in parts if not own.isdisjoint(part[0])]
        merged = (own.union(*(p[0] for p in near)), [f for p in near for f in p[1]])
        parts = [part for part in parts if part not in near]
        parts.append((merged[0], [*merged[1], factor]))
    return [
        Term(ONE, tuple(factors), tuple(i for i in term.bound if i in own))
        for own, factors in parts
    ]


def in_exponentials(terms: Terms) -> Terms:
    """tanh, sigmoid, sinh and cosh as quotients of exponentials, at every depth."""
    done: list[Term] = []
    for term in terms:
        factors = tuple(map(_in_exponentials, term.factors))
        done.append(replace(term, factors=factors))
    return tuple(done)


def _in_exponentials(factor: Factor) -> Factor:
    for inner in subforms(factor):
        factor = with_subform(factor, in_exponentials(inner))
    if not isinstance(factor, Apply) or factor.order:
        return factor
    u = factor.argument
    double, minus = scale(u, TWO), scale(u, -ONE)
    match factor.function.name:
        case "tanh":
            over = Raise((Term(ONE, (apply("exp", double),)), Term()), -ONE)
            return Raise((Term(), Term(-TWO, (over,))), ONE)
        case "sigmoid":
            return Raise((Term(), Term(ONE, (apply("exp", minus),))), -ONE)
        case "sinh" | "cosh" as name:
            sign = HALF if name == "cosh" else -HALF
            up, down = apply("exp", u), apply("exp", minus)
            return Raise((Term(HALF, (up,)), Term(sign, (down,))), ONE)
    return factor
