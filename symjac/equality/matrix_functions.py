"""Inverse, determinant and log-determinant of compound matrices: rows on matrix forms.

The factors of a product have to be square. Used only where two forms are compared.
Source: Horn and Johnson, Matrix Analysis, 0.3 and 0.8; Magnus and Neudecker, ch. 1.
"""

from __future__ import annotations

from functools import cache, partial, reduce

from symjac.equality.rows import Identity
from symjac.language.meaning import definition
from symjac.rewrite.match import build, fits
from symjac.terms import matrix as m

_row = partial(Identity, source="Horn and Johnson, Matrix Analysis, 0.3 and 0.8")
_A, _AB, _CA = "A: (n, n)", "A, B: (n, n)", "A: (n, n); c: ()"
_V, _Q, _E = "v: (n)", "Q: (n, n) orthogonal", "E: (n, n) identity"
RELATIONS = (
    _row("inverse of a product", "inv(A @ B)", "inv(B) @ inv(A)", _AB),
    _row("inverse of a transpose", "inv(A.T)", "inv(A).T", _A),
    _row("inverse of the identity", "inv(eye(n))", "eye(n)", _A),
    _row("inverse of the identity", "inv(E)", "E", _E),
    _row("inverse of a negative", "inv(-A)", "-inv(A)", _A),
    _row("inverse of a multiple", "inv(c * A)", "inv(A) / c", _CA),
    _row("inverse of a multiple", "inv(A / c)", "c * inv(A)", _CA),
    _row("inverse of a diagonal matrix", "inv(diag(v))", "diag(1 / v)", _V),
    _row("inverse of an inverse", "inv(inv(A))", "A", _A),
    _row("inverse of an exponential", "inv(expm(A))", "expm(-A)", _A),
    _row(
        "inverse of a Kronecker product",
        "inv(kron(A, B))",
        "kron(inv(A), inv(B))",
        "A: (n, n); B: (m, m)",
    ),
    _row("inverse of an orthogonal matrix", "inv(Q)", "Q.T", _Q),
    _row("determinant of a product", "det(A @ B)", "det(A) * det(B)", _AB),
    _row("determinant of a transpose", "det(A.T)", "det(A)", _A),
    _row("determinant of the identity", "det(eye(n))", "1", _A),
    _row("determinant of a diagonal matrix", "det(diag(v))", "prod(v)", _V),
    _row("determinant of an inverse", "det(inv(A))", "1 / det(A)", _A),
    _row("determinant of an exponential", "det(expm(A))", "exp(tr(A))", _A),
    _row("log-determinant of a product", "logdet(A @ B)", "logdet(A) + logdet(B)", _AB),
    _row("log-determinant of a transpose", "logdet(A.T)", "logdet(A)", _A),
    _row("log-determinant of a negative", "logdet(-A)", "logdet(A)", _A),
    _row("log-determinant of the identity", "logdet(eye(n))", "0", _A),
    _row(
        "log-determinant of a multiple",
        "logdet(c * A)",
        "dim(n) * log(abs(c)) + logdet(A)",
        _CA,
    ),
    _row(
        "log-determinant of a diagonal matrix",
        "logdet(diag(v))",
        "sum(log(abs(v)))",
        _V,
    ),
    _row("log-determinant of an inverse", "logdet(inv(A))", "-logdet(A)", _A),
    _row("log-determinant of an exponential", "logdet(expm(A))", "tr(A)", _A),
    _row("log-determinant of an orthogonal matrix", "logdet(Q)", "0", _Q),
)
NAMES = frozenset(row.left.partition("(")[0] for row in RELATIONS)


@cache
def _relations(name: str, kind: str) -> tuple[Identity, ...]:
    """The rows of an operation on one kind of node."""
    of_name = (row for row in RELATIONS if row.left.startswith(f"{name}("))
    sides = ((row, m.children(row.formulas.reference)[0]) for row in of_name)
    return tuple(row for row, arg in sides if type(arg).__name__ == kind)


def simpler(node: m.Operation) -> m.MatrixExpr | None:
    """An operation on a compound matrix by those on its parts; others by their meaning.

    Powers are products.
    """
    match node:
        case m.Operation("matpow"):
            return matpow(node)
        case m.Operation(name) if name not in NAMES:
            return definition(node) if node.row.is_defined else None
        case m.Operation(name, (m.Operation("matpow") as power,)):
            return m.operation(name, matpow(power))
    for row in _relations(node.name, type(node.args[0]).__name__):
        if (found := fits(row.formulas.reference, node)) is not None:
            return build(row.formulas.answer, found)
    return None


def matpow(node: m.Operation) -> m.MatrixExpr:
    """A repeated product; of the inverse for a negative exponent."""
    (arg,) = node.args
    (exponent,) = node.parameters
    assert isinstance(exponent, int)
    factor = arg if exponent > 0 else m.operation("inv", arg)
    factors = (factor,) * abs(exponent) or (m.Identity(arg.shape.dims[0]),)
    return reduce(m.MatMul, factors)
