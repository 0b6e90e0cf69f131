r"""Identities: two formulas in symjac's own language; those of functions and powers.

    Identity("Pythagoras", "cos(u) * cos(u)", "1 - sin(u)**2")

The names of `declared` stand for matrices with these properties; a number among them,
for any index form. A row is matched, printed, tested and cited. What holds for sums and
products of any length, for every odd or even function, or for a number in front is
code, and its row is an instance. They hold wherever both sides are differentiable.
Source: Abramowitz and Stegun, 4.2, 4.3, 4.5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from symjac.calculus.contract import CONTRACT
from symjac.calculus.lower import LOWER
from symjac.errors import Source
from symjac.language.formulas import Formulas, check_formulas
from symjac.library.functions import TABLE, lookup
from symjac.library.operations import OPERATIONS
from symjac.library.properties import VANISHING
from symjac.library.row import Domain, Kink, Parity
from symjac.rewrite.match import Match, Pattern, matches, rewritten
from symjac.rewrite.rule import Context, Rewrite, Rule, run
from symjac.terms import index as ix
from symjac.terms import matrix as m

Guard = Callable[[Match], bool]


@dataclass(frozen=True)
class Identity:
    """`left` equals `right` for all values of what is declared; left is replaced.

    `where` is a condition on what was found beyond the properties that are declared.
    """

    title: str
    left: str
    right: str
    declared: str = "u: ()"
    source: str = "Abramowitz and Stegun, 4.2 to 4.5"
    where: Guard | None = None
    family: Rewrite | None = None

    @cached_property
    def formulas(self) -> Formulas:
        """Both sides, typed; nothing is read before it is needed."""
        left, right = (Source(self.title, text) for text in (self.left, self.right))
        return check_formulas(left, right, self.declared)

    @cached_property
    def rule(self) -> Rule:
        """The rule in index form; its instance is the two formulas."""
        left, right = self.formulas.reference, self.formulas.answer
        at = tuple(ix.Index(f"{n}", dim) for n, dim in enumerate(left.shape.flat))
        before = _lowered(left, at)
        after = _lowered(right, at[: right.shape.order])
        rewrite = self.family or _rewrite(before, after, self)
        return Rule(self.title, self.title, before, after, rewrite, self.source)


def _lowered(expr: m.MatrixExpr, at: tuple[ix.Index, ...]) -> ix.Terms:
    context = Context(ix.IndexSupply())
    entry = run("component form", ix.single(ix.Entry(expr, at)), LOWER, context).result
    return run("component form", entry, CONTRACT, context).result


def _rewrite(before: ix.Terms, after: ix.Terms, row: Identity) -> Rewrite:
    (left,) = before
    variables = frozenset(m.symbols(row.formulas.reference))
    pattern = Pattern(left.factors, left.bound, variables)
    if left.coefficient != 1:
        raise ValueError(f"{row.left} = {row.right} is no row")

    def rewrite(term: ix.Term, context: Context) -> ix.Terms | None:
        for found in matches(pattern, term, context.same):
            if row.where is None or row.where(found):
                return rewritten(term, pattern, found, after, context.fresh)
        return None

    return rewrite


def distinct(found: Match) -> bool:
    """Different indices stand at different places: else nothing would change."""
    return len({*found.indices.values()}) == len(found.indices)


def by_key(
    rows: Iterable[Identity], key: Callable[[Identity], str]
) -> Mapping[str, tuple[Identity, ...]]:
    """Rows by what has to occur, in their order; of one family, its first."""
    found: dict[str, tuple[Identity, ...]] = {}
    for row in rows:
        before = found.get(key(row), ())
        if row.family is None or all(r.family is not row.family for r in before):
            found[key(row)] = (*before, row)
    return found


TWO, POSITIVE = "u, v: ()", "u: (); v: () positive"


def _number(value: Fraction | int) -> ix.Terms:
    return (ix.Term(Fraction(value)),) if value else ()


def apply(name: str, argument: ix.Terms) -> ix.Factor:
    """A named function of an index form."""
    return ix.Apply(lookup(name), 0, argument)


def at_zero(term: ix.Term, context: Context) -> ix.Terms | None:
    """The value at zero."""
    name, argument = _function(term)
    return None if argument else _number(TABLE[name].at_zero or 0)


def _function(term: ix.Term) -> tuple[str, ix.Terms]:
    """Name and argument of the function that is a term's only factor."""
    (factor,) = term.factors
    assert isinstance(factor, ix.Apply)
    return factor.function.name, factor.argument


def parity(term: ix.Term, context: Context) -> ix.Terms | None:
    """The argument's first term gets a positive coefficient."""
    name, argument = _function(term)
    if not argument:
        return None
    if name in ("step", "sign") and (simple := _sign_of(name, argument)) is not None:
        return simple
    if argument[0].coefficient > 0:
        return None
    turned = ix.single(apply(name, ix.scale(argument, -ix.ONE)))
    parity = lookup(name).parity
    if parity is not Parity.NONE:
        return turned if parity is Parity.EVEN else ix.scale(turned, -ix.ONE)
    if name == "softplus":
        return (*turned, *argument)
    if name == "sigmoid" or (name == "step" and is_generic(argument)):
        return (ix.Term(), *ix.scale(turned, -ix.ONE))
    return None


def _sign_of(name: str, argument: ix.Terms) -> ix.Terms | None:
    """Step or sign of what is positive, of a multiple, of what increases."""
    if positive(argument):
        return _number(1)
    if name == "sign":
        return None
    if (inner := _through_zero(argument)) is not None:
        return ix.single(apply(name, inner))
    size = abs(argument[0].coefficient)
    return None if size == 1 else ix.single(apply(name, ix.scale(argument, 1 / size)))


def _through_zero(argument: ix.Terms) -> ix.Terms | None:
    """Of a multiple of f(u), the multiple of u: f increases, and f(0) = 0."""
    match argument:
        case (ix.Term(number, (ix.Apply(inner, 0, own),), ()),) if (
            inner.at_zero == 0
            and inner.kink is Kink.NONE
            and inner.domain is not Domain.NO_POLE
            and inner.slope_range is not None
            and inner.slope_range[0] in ("0", "1")
        ):
            return ix.scale(own, number)
    return None


def is_generic(terms: ix.Terms) -> bool:
    """Whether a form can vanish on a set without interior only.

    Not so where it has a factor that is zero on an open set, such as step(x), or an
    entry that is zero by a declared property.
    """
    return bool(terms) and all(
        _is_analytic(factor) for term in terms for factor in term.factors
    )


def _is_analytic(factor: ix.Factor) -> bool:
    match factor:
        case ix.Delta():
            return False
        case ix.Entry(m.Symbol(properties=found)):
            return VANISHING.isdisjoint(found)
        case ix.Entry(m.Operation(name=name, args=args)):
            used = [s for arg in args for s in m.symbols(arg)]
            return not OPERATIONS[name].flat and all(
                VANISHING.isdisjoint(s.properties) for s in used
            )
        case ix.Apply(function=function) if function.is_generic:
            return False
        case ix.Apply(function=function) if function.kink is not Kink.NONE:
            return False
    return all(
        _is_analytic(f) for form in ix.subforms(factor) for t in form for f in t.factors
    )


def exponential(term: ix.Term, context: Context) -> ix.Terms | None:
    """Of a sum, the product; of a multiple of a logarithm or softplus, a power."""
    _, argument = _function(term)
    if len(argument) > 1:
        return (ix.Term(ix.ONE, tuple(apply("exp", (t,)) for t in argument)),)
    match argument:
        case (ix.Term(number, (ix.Apply(inner, 0, base),), ()),) if inner.name == "log":
            return ix.single(ix.Power(base, number))
        case (ix.Term(number, (ix.Apply(inner, 0, base),), ()),) if (
            inner.name == "softplus"
        ):
            one_more = (ix.Term(), *ix.single(apply("exp", base)))
            return ix.single(ix.Power(one_more, number))
    return None


def logarithm(term: ix.Term, context: Context) -> ix.Terms | None:
    """Of a product of positive factors, the sum; of a power, the multiple.

    Of two exponentials, softplus: log(exp(u) + exp(v)) = u + softplus(v - u).
    """
    match argument := _function(term)[1]:
        case (ix.Term() as one, ix.Term() as two):
            return _log_of_two(one, two)
        case (ix.Term(number, (*_, ix.Power()), ()),) if (
            number > 0 and (odds := _odds(argument[0], context)) is not None
        ):
            over, below = (ix.single(apply("log", part)) for part in odds)
            return (*over, *ix.scale(below, -ix.ONE))
        case (ix.Term(1, (ix.Power(base, exponent),), ()),) if _is_odd(exponent):
            return (ix.Term(exponent, (apply("log", base),)),)
        case (ix.Term(1, factors, ()),) if factors and all(map(is_positive, factors)):
            parts = [_log_of(factor) for factor in factors]
        case _:
            return None
    if len(parts) == 1 and parts[0] is None:
        return None
    return tuple(
        t
        for part, factor in zip(parts, argument[0].factors, strict=True)
        for t in (part or ix.single(apply("log", ix.single(factor))))
    )


def _log_of_two(one: ix.Term, two: ix.Term) -> ix.Terms | None:
    """log(exp(u) + exp(v)), log(1 - sigmoid(u))."""
    first, second = _exponent(one), _exponent(two)
    if first is not None and second is not None:
        rest = (*second, *ix.scale(first, -ix.ONE))
        return (*first, *ix.single(apply("softplus", rest)))
    for known, other in ((first, two), (second, one)):
        match known, other:
            case (), ix.Term(-1, (ix.Apply(inner, 0, u),), ()) if (
                inner.name == "sigmoid"
            ):
                return ix.scale(ix.single(apply("softplus", u)), -ix.ONE)
    return None


def _exponent(term: ix.Term) -> ix.Terms | None:
    """The u of exp(u), for a product of powers of exponentials."""
    if term.coefficient != 1 or term.bound:
        return None
    found: list[ix.Term] = []
    for factor in term.factors:
        match factor:
            case ix.Apply(inner, 0, u) if inner.name == "exp":
                found += u
            case ix.Power((ix.Term(1, (ix.Apply(inner, 0, u),), ()),), power) if (
                inner.name == "exp"
            ):
                found += ix.scale(u, power)
            case _:
                return None
    return tuple(found)


def _odds(term: ix.Term, context: Context) -> tuple[ix.Terms, ix.Terms] | None:
    """Parts of u / (a - b u) for positive a and b: both positive if the whole is."""
    for place, factor in enumerate(term.factors):
        rest = term.factors[:place] + term.factors[place + 1 :]
        match factor:
            case ix.Power((ix.Term() as one, ix.Term() as two), exponent) if (
                exponent == -1
            ):
                number, other = (two, one) if one.factors else (one, two)
                above = replace(term, factors=rest)
                is_less = other.coefficient < 0 < number.coefficient
                plain = (replace(t, coefficient=ix.ONE) for t in (above, other))
                if (
                    is_less
                    and not number.factors
                    and not number.bound
                    and context.same(*((t,) for t in plain))
                ):
                    return (above,), factor.base
    return None


def _is_odd(exponent: Fraction) -> bool:
    """Whether u^k > 0 says that u > 0, so that log(u^k) = k log(u)."""
    return exponent.denominator == 1 and exponent.numerator % 2 == 1


def _log_of(factor: ix.Factor) -> ix.Terms | None:
    """Log of a positive factor, where that is simpler."""
    match factor:
        case ix.Apply(function, 0, argument) if function.name == "exp":
            return argument
        case ix.Power(base, exponent):
            even = exponent.denominator == 1 and exponent.numerator % 2 == 0
            inner = ix.single(apply("abs", base)) if even else base
            return (ix.Term(exponent, (apply("log", inner),)),)
    return None


def is_positive(factor: ix.Factor) -> bool:
    """Whether a factor is positive at every point where it exists."""
    match factor:
        case ix.Apply(function, 0, _):
            return function.positive
        case ix.Entry(m.Symbol(properties=found)):
            return "positive" in found
        case ix.Power(base, exponent):
            if exponent.denominator == 1 and exponent.numerator % 2 == 0:
                return is_generic(base)
            return exponent.denominator % 2 == 0 or positive(base)
    return False


def positive(terms: ix.Terms) -> bool:
    """Whether an index form is a sum of positive products."""
    return bool(terms) and all(
        term.coefficient > 0
        and all(
            is_positive(factor) or (times % 2 == 0 and _is_analytic(factor))
            for factor, times in Counter(term.factors).items()
        )
        for term in terms
    )


def root_of_square(term: ix.Term, context: Context) -> ix.Terms | None:
    """(u^2)^(1/2) = abs(u), for the square of one term."""
    (factor,) = term.factors
    if not isinstance(factor, ix.Power) or factor.exponent.denominator != 2:
        return None
    match factor.base:
        case (ix.Term(1, (ix.Power(inner, exponent),), ()),) if exponent == 2:
            pass
        case (ix.Term(1) as product,):
            parts = ix.components(product)
            if len(parts) != 2 or not context.same(*((part,) for part in parts)):
                return None
            inner = (parts[0],)
        case _:
            return None
    absolute = ix.single(apply("abs", ix.refresh(inner, context.fresh)))
    power = factor.exponent * 2
    return absolute if power == 1 else ix.single(ix.Power(absolute, power))


def in_exponentials(terms: ix.Terms, context: Context) -> ix.Terms:
    """tanh, sigmoid, sinh, cosh, elu and others by their meaning, at every depth."""
    return tuple(
        replace(t, factors=tuple(_in_exponentials(f, context) for f in t.factors))
        for t in terms
    )


def _in_exponentials(factor: ix.Factor, context: Context) -> ix.Factor:
    for inner in ix.subforms(factor):
        factor = ix.with_subform(factor, in_exponentials(inner, context))
    if isinstance(factor, ix.Apply) and factor.order == 0:
        for row in EXPONENTIALS.get(factor.function.name, ()):
            parts = row.rule.rewrite(ix.Term(ix.ONE, (factor,)), context)
            assert parts is not None
            return ix.Power(parts, ix.ONE)
    return factor


def generic(found: Match) -> bool:
    """The numbers of a row vanish on a set without interior only."""
    return all(map(is_generic, found.forms.values()))


def _name(row: Identity) -> str:
    return row.left.partition("(")[0]


def _meaning(name: str, where: Guard | None = None) -> Identity:
    """What a function means in terms of others, by its row."""
    return Identity(
        f"meaning of {name}", f"{name}(u)", TABLE[name].meaning, where=where
    )


NESTED = (Identity("sign of relu", "sign(relu(u))", "step(u)"),)
PRODUCTS = (
    Identity("step is 0 or 1", "step(u) * step(u)", "step(u)"),
    Identity("Pythagoras", "cos(u) * cos(u)", "1 - sin(u)**2"),
)
ROOTS = (
    Identity("root of a square", "(u * u)**(1/2)", "abs(u)", family=root_of_square),
)
_SMOOTH = [row for row in TABLE.values() if row.kink is not Kink.JUMP]
_ODD = [row.name for row in TABLE.values() if row.parity is Parity.ODD]
_EVEN = [row.name for row in TABLE.values() if row.parity is Parity.EVEN]
VALUES = (
    *(
        Identity("value at 0", f"{row.name}(0 * u)", f"{row.at_zero}", family=at_zero)
        for row in _SMOOTH
        if row.at_zero is not None
    ),
    Identity("root", "sqrt(u)", "u**(1/2)"),
    *(_meaning(row.name) for row in TABLE.values() if row.expanded),
    _meaning("sign", where=generic),
    Identity("exp of a sum", "exp(u + v)", "exp(u) * exp(v)", TWO, family=exponential),
    Identity("exp of log", "exp(2 * log(u))", "u**2", family=exponential),
    Identity("log of a power", "log(u**3)", "3 * log(u)", family=logarithm),
    Identity("log of a square", "log(u**2)", "2 * log(abs(u))", family=logarithm),
    Identity(
        "log of a product", "log(exp(u) * v)", "u + log(v)", POSITIVE, family=logarithm
    ),
    *(
        Identity("odd function", f"{name}(-u)", f"-{name}(u)", family=parity)
        for name in _ODD
    ),
    *(
        Identity("even function", f"{name}(-u)", f"{name}(u)", family=parity)
        for name in _EVEN
    ),
    Identity(
        "log of two exponentials",
        "log(exp(u) + exp(v))",
        "u + softplus(v - u)",
        TWO,
        family=logarithm,
    ),
    Identity(
        "log of odds", "log(u / (1 - u))", "log(u) - log(1 - u)", family=logarithm
    ),
    Identity(
        "log of 1 - sigmoid", "log(1 - sigmoid(u))", "-softplus(u)", family=logarithm
    ),
    Identity("log of sigmoid", "log(sigmoid(u))", "u - softplus(u)"),
    Identity("log-sigmoid", "log_sigmoid(u)", "u - softplus(u)"),
    Identity(
        "exp of softplus", "exp(2 * softplus(u))", "(1 + exp(u))**2", family=exponential
    ),
    Identity(
        "softplus of a negative", "softplus(-u)", "softplus(u) - u", family=parity
    ),
    Identity("inverse of tanh", "arctanh(u)", "(log(1 + u) - log(1 - u)) / 2"),
    Identity("step of what increases", "step(tanh(u))", "step(u)", family=parity),
    Identity("sigmoid of a negative", "sigmoid(-u)", "1 - sigmoid(u)", family=parity),
    Identity("step of a negative", "step(-u)", "1 - step(u)", family=parity),
    Identity("step of a multiple", "step(3 * u)", "step(u)", family=parity),
    Identity("step of what is positive", "step(exp(u))", "1", family=parity),
    Identity("sign of what is positive", "sign(exp(u))", "1", family=parity),
)
FUNCTIONS = by_key(VALUES, _name)
IN_EXPONENTIALS = tuple(
    map(_meaning, ("tanh", "sigmoid", "sinh", "cosh", "elu", "leaky_relu", "softsign"))
)
EXPONENTIALS = by_key(IN_EXPONENTIALS, _name)
