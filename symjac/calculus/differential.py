r"""Differentials of matrix forms, as rows; an earlier row goes first.

    d(A B) = dA B + A dB       d tr A = tr dA       d f(A) = f'(A) * dA

An operation's differential is the text of its row in the library. Code is what holds
for any number of factors or terms, for products of any kind, and for numbers in front.
Source: Magnus and Neudecker (2019), ch. 8; Petersen and Pedersen (2012), ch. 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from itertools import count
from typing import TypeGuard

from symjac.errors import BudgetError, SoundnessError, Source, UnsupportedError
from symjac.language.formulas import check_formulas, shapes_of
from symjac.language.meaning import definition, instance, of_operation
from symjac.library.operations import OPERATIONS
from symjac.library.row import PRIMITIVE, Function
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Shape

VARY = "Xxu"  # what the instances of rules vary
MAX_NODES = 20_000
DIFFERENTIAL = Function("d", r"\mathrm{d}", meaning=PRIMITIVE)

Path = tuple[int, ...]
Rewrite = Callable[[m.MatrixExpr, m.Symbol], m.MatrixExpr | None]


@dataclass(frozen=True)
class DifferentialRule:
    """One named identity of matrix forms; `rewrite` gives None where it does not apply.

    The two formulas are the smallest instance, over `variable`: the first declared name
    of `VARY`, or a differential such as dX. In them `d(A)` is still to be taken.
    """

    title: str
    left: str
    right: str
    declared: str
    rewrite: Rewrite
    source: str

    @cached_property
    def sides(self) -> tuple[m.MatrixExpr, m.MatrixExpr]:
        """Both formulas, typed; nothing is read before it is needed."""
        one, other = (Source(self.title, text) for text in (self.left, self.right))
        found = check_formulas(one, other, self.declared)
        return _marked(found.reference), _marked(found.answer)

    @cached_property
    def variable(self) -> m.Symbol:
        """What varies."""
        shapes = shapes_of(self.declared)
        name = next((n for n in shapes if n[0] == "d"), "")
        if name:
            return differential_of(m.Symbol(name[1:], shapes[name]))
        return next(m.Symbol(n, shapes[n]) for n in VARY if n in shapes)

    @property
    def instance(self) -> m.MatrixExpr | None:
        """The rewrite of the left formula; equal to the right one."""
        return self.rewrite(self.sides[0], self.variable)


def _marked(expr: m.MatrixExpr) -> m.MatrixExpr:
    """A row's formula with its differentials, taken or still to be."""
    match expr:
        case m.Symbol(name, shape) if name[0] == "d":
            return differential_of(m.Symbol(name[1:], shape))
        case m.Elementwise(Function(name="d"), 0, arg):
            return d(_marked(arg))
    return m.rebuild(expr, _marked)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a derivation: a form of df, and how the one before led to it.

    `again` is that step: what it does, to what, at which places, by which rule.
    """

    title: str
    expr: m.MatrixExpr
    again: partial[m.MatrixExpr]


def d(expr: m.MatrixExpr) -> m.Elementwise:
    """The differential of an expression, still to be taken."""
    return m.Elementwise(DIFFERENTIAL, 0, expr)


def is_pending(expr: m.MatrixExpr) -> TypeGuard[m.Elementwise]:
    """Whether an expression is a differential still to be taken."""
    return isinstance(expr, m.Elementwise) and expr.function == DIFFERENTIAL


def is_live(expr: m.MatrixExpr, variable: m.Symbol) -> bool:
    """Whether an expression depends on the variable."""
    return variable in m.symbols(expr)


def differential_of(
    variable: m.Symbol, taken: frozenset[str] = frozenset()
) -> m.Symbol:
    """The symbol dX of a variable X, under a name that the equations do not use."""
    name = "d" + variable.name
    while name in taken:
        name = "d" + name
    mark = f"differential of {variable.name}"
    return m.Symbol(name, variable.shape, variable.time, (mark,))


def take(
    expr: m.MatrixExpr,
    variable: m.Symbol,
    rules: tuple[DifferentialRule, ...],
    dx: m.Symbol,
) -> tuple[Line, ...]:
    """The lines from d(f) to a form that is linear in dX.

    Each line applies one rule wherever it applies.

    Raises:
        UnsupportedError: an operation has no rule.
        BudgetError: more than MAX_NODES nodes.
    """
    current = settle(d(expr), variable, dx)
    lines: list[Line] = []
    while needed := {p: _rule(a, variable, rules) for p, a in _pending(current)}:
        rule = min(needed.values(), key=rules.index)
        places = frozenset(place for place, own in needed.items() if own is rule)
        again = partial(taken, current, places, rule, variable, dx)
        current = again()
        lines.append(Line(rule.title, current, again))
        if sum(1 for _ in m.walk(current)) > MAX_NODES:
            raise BudgetError(f"a differential of more than {MAX_NODES} nodes")
    return tuple(lines)


def _pending(
    expr: m.MatrixExpr, place: Path = ()
) -> Iterator[tuple[Path, m.MatrixExpr]]:
    """What differentials are still to be taken of, and where they stand."""
    if is_pending(expr):
        yield place, expr.arg
        return
    for number, child in enumerate(m.children(expr)):
        yield from _pending(child, (*place, number))


def taken(
    expr: m.MatrixExpr,
    places: frozenset[Path],
    rule: DifferentialRule,
    variable: m.Symbol,
    dx: m.Symbol,
) -> m.MatrixExpr:
    """A form after one rule was applied to the differentials at some places.

    Raises:
        SoundnessError: the rule does not apply there.
    """

    def put(node: m.MatrixExpr, place: Path) -> m.MatrixExpr:
        if place in places:
            after = rule.rewrite(node.arg, variable) if is_pending(node) else None
            if after is None:
                raise SoundnessError(f"{rule.title} does not apply at {place}")
            return after
        number = count()
        return m.rebuild(node, lambda child: put(child, (*place, next(number))))

    return settle(put(expr, ()), variable, dx)


def _rule(
    arg: m.MatrixExpr, variable: m.Symbol, rules: tuple[DifferentialRule, ...]
) -> DifferentialRule:
    for rule in rules:
        if rule.rewrite(arg, variable) is not None:
            return rule
    raise UnsupportedError(
        f"{label(arg)} has no rule in the differential style",
        hint="the index style derives it",
    )


def label(expr: m.MatrixExpr) -> str:
    """What an operation is called in a message."""
    return expr.name if isinstance(expr, m.Operation) else type(expr).__name__.lower()


def settle(expr: m.MatrixExpr, variable: m.Symbol, dx: m.Symbol) -> m.MatrixExpr:
    """Write d(X) as dX, and leave out what is zero."""
    if is_pending(expr):
        return dx if expr.arg == variable else expr
    whole = m.rebuild(expr, lambda child: settle(child, variable, dx))
    match whole:
        case m.Add(terms):
            return _sum(tuple(t for t in terms if not is_zero(t)), whole.shape)
        case m.Neg(m.Neg(arg)) | m.Transpose(m.Transpose(arg)):
            return arg
        case m.MatMul() | m.Scale() | m.Hadamard() | m.Neg() | m.Transpose() | m.Diag():
            vanishes = any(map(is_zero, m.children(whole)))
        case m.Quotient(above, _):
            vanishes = is_zero(above)
        case m.Operation(args=(arg,)) if whole.row.is_linear:
            vanishes = is_zero(arg)
        case _:
            vanishes = False
    return zero(whole.shape) if vanishes else whole


def _sum(terms: tuple[m.MatrixExpr, ...], shape: Shape) -> m.MatrixExpr:
    if len(terms) > 1:
        return m.Add(terms)
    return terms[0] if terms else zero(shape)


def zero(shape: Shape) -> m.Constant:
    """Zero of a shape."""
    return m.Constant(Fraction(0), shape)


def is_zero(expr: m.MatrixExpr) -> bool:
    """Whether an expression is written as zero."""
    return isinstance(expr, m.Constant) and expr.value == 0


TWO = Fraction(2)


def constant(expr: m.MatrixExpr, variable: m.Symbol) -> m.MatrixExpr | None:
    """What does not depend on the variable has no differential."""
    return None if is_live(expr, variable) else zero(expr.shape)


def constant_factor(expr: m.MatrixExpr, variable: m.Symbol) -> m.MatrixExpr | None:
    """Constant factors on either side stay."""
    match expr:
        case m.MatMul():
            chain = m.spine(expr)
            live = [n for n, factor in enumerate(chain) if is_live(factor, variable)]
            first, last = live[0], live[-1] + 1
            middle = m.join(chain[first:last])
            if middle.shape == SCALAR or (first, last) == (0, len(chain)):
                return None
            return m.join((*chain[:first], d(middle), *chain[last:]))
        case m.Scale(left, right) | m.Hadamard(left, right):
            make = type(expr)
            if not is_live(left, variable):
                return make(left, d(right))
            return make(d(left), right) if not is_live(right, variable) else None
        case m.Quotient(above, below) if not is_live(below, variable):
            return m.Quotient(d(above), below)
    return None


def term_by_term(expr: m.MatrixExpr, variable: m.Symbol) -> m.MatrixExpr | None:
    """Of a sum; the signs stay."""
    if not isinstance(expr, m.Add):
        return None
    return m.Add(
        tuple(m.Neg(d(t.arg)) if isinstance(t, m.Neg) else d(t) for t in expr.terms)
    )


def product(expr: m.MatrixExpr, variable: m.Symbol) -> m.MatrixExpr | None:
    """One factor at a time, in its place."""
    match expr:
        case m.MatMul():
            chain = m.spine(expr)
            places = range(len(chain))
            return m.Add(
                tuple(
                    m.join((*chain[:n], d(chain[n]), *chain[n + 1 :])) for n in places
                )
            )
        case m.Scale(left, right) | m.Hadamard(left, right):
            make = type(expr)
            return m.Add((make(d(left), right), make(left, d(right))))
    return None


def inside(*kinds: type[m.MatrixExpr]) -> Rewrite:
    """Of a sign, a transpose, a diagonal matrix: that of the differential."""

    def linear(expr: m.MatrixExpr, variable: m.Symbol) -> m.MatrixExpr | None:
        return m.rebuild(expr, d) if isinstance(expr, kinds) else None

    return linear


def by_row(expr: m.MatrixExpr, variable: m.Symbol) -> m.MatrixExpr | None:
    """An operation by its row in the library."""
    match expr:
        case m.Operation(args=args) if expr.row.differential:
            taken = zip(("dA", "dB"), map(d, args), strict=False)
            return of_operation(expr, expr.row.differential, **dict(taken))
    return None


def linear_map(expr: m.MatrixExpr, variable: m.Symbol) -> m.MatrixExpr | None:
    """The differential of a linear map is the map of the differential."""
    if isinstance(expr, m.Operation):
        return by_row(expr, variable) if expr.row.is_linear else None
    return m.Diag(d(expr.arg)) if isinstance(expr, m.Diag) else None


def trace_of_power(expr: m.MatrixExpr, variable: m.Symbol) -> m.MatrixExpr | None:
    """The trace brings the powers on both sides of dA together."""
    match expr:
        case m.Operation("tr", (m.Operation("matpow", (arg,), (int(k),)),)) if k > 1:
            power = m.Operation("matpow", (arg,), (k - 1,)) if k > 2 else arg
            return number(k, m.operation("tr", m.MatMul(power, d(arg))))
        case m.Operation("tr", (m.Operation(args=(arg,)) as function,)) if (
            function.row.traced
        ):
            slope = of_operation(function, function.row.traced)
            return m.operation("tr", m.MatMul(slope, d(arg)))
    return None


def matrix_power(expr: m.MatrixExpr, variable: m.Symbol) -> m.MatrixExpr | None:
    """One factor at a time, between the powers that stay."""
    match expr:
        case m.Operation("matpow", _, (0,)):
            return zero(expr.shape)
        case m.Operation("matpow", (arg,), (int(k),)):
            pairs = [(r, k - 1 - r) for r in range(k)] if k > 0 else []
            pairs = pairs or [(-r, k - 1 + r) for r in range(1, 1 - k)]
            terms = [_powers_around(arg, *pair) for pair in pairs]
            signed = tuple(terms) if k > 0 else tuple(map(m.Neg, terms))
            return signed[0] if len(signed) == 1 else m.Add(signed)
    return None


def _powers_around(arg: m.MatrixExpr, before: int, behind: int) -> m.MatrixExpr:
    """A^before dA A^behind."""
    powers = {0: (), 1: (arg,), -1: (m.operation("inv", arg),)}
    left, right = (
        powers.get(k, (m.Operation("matpow", (arg,), (k,)),)) for k in (before, behind)
    )
    return m.join((*left, d(arg), *right))


def exponential(expr: m.MatrixExpr, variable: m.Symbol) -> m.MatrixExpr | None:
    """A constant commutes with the exponential of its multiples."""
    match expr:
        case m.Operation("expm", (m.Scale(scalar, arg),)) if not is_live(arg, variable):
            return m.Scale(d(scalar), m.MatMul(arg, expr))
    return None


def squared_norm(expr: m.MatrixExpr, variable: m.Symbol) -> m.MatrixExpr | None:
    """The square of a norm is smooth everywhere: its own norm cancels."""
    match expr:
        case m.Power(m.Operation() as norm, exponent) if exponent == 2:
            match by_row(norm, variable):
                case m.Quotient(above, below) if below == norm:
                    return number(2, above)
    return None


def written_out(expr: m.MatrixExpr, variable: m.Symbol) -> m.MatrixExpr | None:
    """An operation that others express is written out."""
    match expr:
        case m.Operation() if expr.row.is_inlined:
            return d(definition(expr))
        case m.Elementwise(function, 0, m.Operation("softmax", (arg,))) if (
            function.name == "log"
        ):
            return d(definition(m.operation("log_softmax", arg)))
    return None


def times(left: m.MatrixExpr, right: m.MatrixExpr) -> m.MatrixExpr:
    """A scalar multiple or an elementwise product, whichever the shapes allow."""
    return m.Scale(left, right) if left.shape == SCALAR else m.Hadamard(left, right)


def number(value: Fraction | int, expr: m.MatrixExpr) -> m.MatrixExpr:
    """A number times an expression; 1 is left out."""
    return expr if value == 1 else m.Scale(m.Constant(Fraction(value), SCALAR), expr)


def power(expr: m.MatrixExpr, variable: m.Symbol) -> m.MatrixExpr | None:
    """Entry by entry."""
    match expr:
        case m.Power(base, exponent) if exponent in (0, 1):
            return d(base) if exponent else zero(expr.shape)
        case m.Power(base, exponent):
            slope = base if exponent == 2 else m.Power(base, exponent - 1)
            return number(exponent, times(slope, d(base)))
    return None


def quotient(expr: m.MatrixExpr, variable: m.Symbol) -> m.MatrixExpr | None:
    """By a scalar, or entry by entry."""
    match expr:
        case m.Quotient(above, below) if below.shape == SCALAR:
            part: m.MatrixExpr = m.Scale(
                m.Quotient(d(below), m.Power(below, TWO)), above
            )
        case m.Quotient(above, below):
            part = m.Hadamard(m.Quotient(above, m.Power(below, TWO)), d(below))
        case _:
            return None
    return m.Add((m.Quotient(d(above), below), m.Neg(part)))


def elementwise(expr: m.MatrixExpr, variable: m.Symbol) -> m.MatrixExpr | None:
    """The slope at each entry."""
    if not isinstance(expr, m.Elementwise):
        return None
    row = expr.function
    if row.is_generic or row.prime or expr.order:
        return times(m.Elementwise(row, expr.order + 1, expr.arg), d(expr.arg))
    return _times_d(instance(row.slope, {"u": expr.arg}), expr.arg)


def _times_d(slope: m.MatrixExpr, arg: m.MatrixExpr) -> m.MatrixExpr:
    """A slope times the differential of the argument, signs and numbers in front."""
    match slope:
        case m.Constant(value=Fraction(numerator=0)):
            return zero(arg.shape)
        case m.Neg(inner):
            return m.Neg(_times_d(inner, arg))
        case m.Scale(m.Constant() as size, inner):
            return m.Scale(size, _times_d(inner, arg))
    return times(slope, d(arg))


_COOKBOOK = "Petersen and Pedersen (2012), ch. 2"
_MATRICES, _VECTORS = "A: (m, n); X, Y: (n, n)", "a, x: (n)"


def _row(
    title: str,
    rewrite: Rewrite,
    left: str,
    right: str,
    declared: str = _MATRICES,
    source: str = "Magnus and Neudecker (2019), ch. 8",
) -> DifferentialRule:
    return DifferentialRule(title, left, right, declared, rewrite, source)


def _of(
    title: str, left: str, right: str, declared: str = _MATRICES
) -> DifferentialRule:
    """An operation by its row in the library, of which `right` is an instance."""
    name = left.partition("(")[0]

    def named(expr: m.MatrixExpr, variable: m.Symbol) -> m.MatrixExpr | None:
        is_own = isinstance(expr, m.Operation) and expr.name == name
        return by_row(expr, variable) if is_own else None

    return _row(title, named, left, right, declared, OPERATIONS[name].source)


_TRACE = "tr(inv(X) @ d(X))"
DIFFERENTIALS = (
    _row("constants vanish", constant, "A", "zeros(m, n)"),
    _row("constant factor", constant_factor, "A @ X", "A @ d(X)"),
    _row("sign", inside(m.Neg), "-X", "-d(X)"),
    _row("differential of a sum", term_by_term, "X + Y", "d(X) + d(Y)"),
    _row("differential of a product", product, "X @ Y", "d(X) @ Y + X @ d(Y)"),
    _row("differential of a transpose", inside(m.Transpose), "X.T", "d(X).T"),
    _row(
        "differential of the trace of a power",
        trace_of_power,
        "tr(matpow(X, 3))",
        "3 * tr(matpow(X, 2) @ d(X))",
    ),
    _of("differential of a trace", "tr(X)", "tr(d(X))"),
    _row("differential of a linear map", linear_map, "sum(X)", "sum(d(X))"),
    _of("differential of an inverse", "inv(X)", "-(inv(X) @ d(X) @ inv(X))"),
    _of("differential of a determinant", "det(X)", f"det(X) * {_TRACE}"),
    _of("differential of a log-determinant", "logdet(X)", _TRACE),
    _row(
        "differential of a matrix power",
        matrix_power,
        "matpow(X, 2)",
        "d(X) @ X + X @ d(X)",
    ),
    _row(
        "differential of a matrix exponential",
        exponential,
        "expm(u * C)",
        "d(u) * (C @ expm(u * C))",
        "C: (n, n); u: ()",
        _COOKBOOK,
    ),
    _row(
        "differential of a squared norm",
        squared_norm,
        "norm2(x)**2",
        "2 * (x.T @ d(x))",
        _VECTORS,
    ),
    _of("differential of a norm", "norm2(x)", "x.T @ d(x) / norm2(x)", _VECTORS),
    _of("differential of a norm", "normF(X)", "tr(X.T @ d(X)) / normF(X)"),
    _of("differential of logsumexp", "logsumexp(x)", "softmax(x).T @ d(x)", _VECTORS),
    _of(
        "differential of softmax",
        "softmax(x)",
        "softmax(x) * d(x) - (softmax(x).T @ d(x)) * softmax(x)",
        _VECTORS,
    ),
    _of(
        "differential of a product of entries",
        "prod(x)",
        "prod(x) * ((1 / x).T @ d(x))",
        _VECTORS,
    ),
    _of("differential of a maximum", "max(x)", "hardmax(x).T @ d(x)", _VECTORS),
    _of("differential of a maximum", "hardmax(x)", "0 * d(x)", _VECTORS),
    _row(
        "definition of the operation",
        written_out,
        "dot(a, x)",
        "d(a.T @ x)",
        _VECTORS,
        "the table of operations",
    ),
    _row("differential of a power", power, "u**2", "2 * (u * d(u))", "u: ()"),
    _row(
        "differential of a quotient",
        quotient,
        "X / u",
        "d(X) / u - (d(u) / u**2) * X",
        "X: (n, n); u: ()",
    ),
    _row(
        "differential of an elementwise function", elementwise, "f(X)", "f'(X) * d(X)"
    ),
    _row(
        "differential of the operation",
        by_row,
        "kron(A, X)",
        "kron(d(A), X) + kron(A, d(X))",
    ),
)
