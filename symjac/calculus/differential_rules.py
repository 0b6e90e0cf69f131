r"""Differentials of matrix forms, as rows; an earlier row goes first.

    d(A B) = dA B + A dB       d tr A = tr dA       d f(A) = f'(A) * dA

An operation's differential is the text of its row in the library. Code is what holds
for any number of factors or terms, for products of any kind, and for numbers in front.
Source: Magnus and Neudecker (2019), ch. 8; Petersen and Pedersen (2012), ch. 2.
"""

from __future__ import annotations

from fractions import Fraction

from symjac.calculus.differential import DifferentialRule, Rewrite, d, is_live, zero
from symjac.language.meaning import definition, instance, of_operation
from symjac.library.operations import OPERATIONS
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR

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
