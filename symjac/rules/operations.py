r"""Derivatives of the operations that an index form keeps as a whole.

    d inv(X)_{ij} / dX_{pq}    = -inv(X)_{ip} inv(X)_{qj}
    d det(X) / dX_{pq}         = det(X) inv(X)_{qp}
    d log|det X| / dX_{pq}     = inv(X)_{qp}
    d (X^k)_{ij} / dX_{pq}     = sum_{r<k} (X^r)_{ip} (X^(k-1-r))_{qj}
    d expm(s A)_{ij} / ds      = (A expm(s A))_{ij}
    d tr(expm X) / dX_{pq}     = expm(X)_{qp}
    d norm2(x) / dx_k          = x_k / norm2(x)        normF likewise
    d softmax(x)_j / dx_k      = softmax(x)_j (delta_{jk} - softmax(x)_k)
    d logsumexp(x) / dx_k      = softmax(x)_k
    d prod(x) / dx_k           = prod(x) / x_k         d max(x) / dx_k = hardmax(x)_k

Before: a `Partial` of one entry of the operation of one symbol, by an entry of it.
Source: Magnus and Neudecker, ch. 8; Petersen and Pedersen (2012), ch. 2.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from symjac.errors import UnsupportedError
from symjac.expr.index import (
    ONE,
    Delta,
    Entry,
    Factor,
    Index,
    Partial,
    Raise,
    Term,
    Terms,
    factor_indices,
    single,
    splice,
)
from symjac.expr.matrix import MatrixExpr, Operation, Scale, Symbol, operation, symbols
from symjac.expr.shape import SCALAR, column, matrix
from symjac.rewrite.rule import Context, Rule, RuleSet

Indices = tuple[Index, ...]
Formula = Callable[[Operation, Symbol, Indices, Indices], Terms]
RECIPROCAL = Fraction(-1)


def _over(factor: Factor) -> Raise:
    return Raise(single(factor), RECIPROCAL)


def _product(*factors: Factor, coefficient: int = 1) -> Terms:
    return (Term(Fraction(coefficient), factors),)


def inverse(node: Operation, arg: Symbol, of: Indices, by: Indices) -> Terms:
    """Differentiate X inv(X) = I."""
    (i, j), (p, q) = halves(of), halves(by)
    return _product(Entry(node, (*i, *p)), Entry(node, (*q, *j)), coefficient=-1)


def halves(indices: Indices) -> tuple[Indices, Indices]:
    """Row and column of a square matrix; index pairs over a product of dimensions."""
    middle = len(indices) // 2
    return indices[:middle], indices[middle:]


def determinant(node: Operation, arg: Symbol, of: Indices, by: Indices) -> Terms:
    """Jacobi's formula, where the matrix is invertible."""
    p, q = halves(by)
    return _product(Entry(node, ()), Entry(operation("inv", arg), (*q, *p)))


def log_determinant(node: Operation, arg: Symbol, of: Indices, by: Indices) -> Terms:
    """Jacobi's formula over the determinant."""
    p, q = halves(by)
    return _product(Entry(operation("inv", arg), (*q, *p)))


def matrix_power(node: Operation, arg: Symbol, of: Indices, by: Indices) -> Terms:
    """One factor is differentiated at a time."""
    (i, j), (p, q) = halves(of), halves(by)
    (exponent,) = node.parameters
    assert isinstance(exponent, int)
    if exponent >= 0:
        splits, sign = [(r, exponent - 1 - r) for r in range(exponent)], 1
    else:
        splits = [(-r, exponent - 1 + r) for r in range(1, 1 - exponent)]
        sign = -1
    return tuple(
        Term(Fraction(sign), (*power(arg, left, i, p), *power(arg, right, q, j)))
        for left, right in splits
    )


def power(
    arg: MatrixExpr, exponent: int, row: Indices, behind: Indices
) -> tuple[Factor, ...]:
    """An entry of a matrix power; of the matrix itself, or deltas."""
    if exponent == 0:
        return tuple(map(Delta, row, behind))
    whole: MatrixExpr = Operation("matpow", (arg,), (exponent,))
    if abs(exponent) == 1:
        whole = arg if exponent == 1 else operation("inv", arg)
    return (Entry(whole, (*row, *behind)),)


def norm(node: Operation, arg: Symbol, of: Indices, by: Indices) -> Terms:
    """The entry over the norm, where it is not zero."""
    return _product(Entry(arg, by), _over(Entry(node, ())))


def softmax(node: Operation, arg: Symbol, of: Indices, by: Indices) -> Terms:
    """Each probability, less its product with the one of the variable."""
    own, other = Entry(node, of), Entry(node, by)
    pairs = tuple(map(Delta, of, by))
    return (*_product(own, *pairs), *_product(own, other, coefficient=-1))


def logsumexp(node: Operation, arg: Symbol, of: Indices, by: Indices) -> Terms:
    """The softmax."""
    return _product(Entry(operation("softmax", arg), by))


def all_factors(node: Operation, arg: Symbol, of: Indices, by: Indices) -> Terms:
    """The product of the other entries, where none is zero."""
    return _product(Entry(node, ()), _over(Entry(arg, by)))


def largest(node: Operation, arg: Symbol, of: Indices, by: Indices) -> Terms:
    """1 at the largest entry, where it is the only one."""
    return _product(Entry(operation("hardmax", arg), by))


def constant(node: Operation, arg: Symbol, of: Indices, by: Indices) -> Terms:
    """Locally constant, where one entry is the largest."""
    return ()


FORMULAS: dict[str, Formula] = {
    "inv": inverse,
    "det": determinant,
    "logdet": log_determinant,
    "matpow": matrix_power,
    "norm2": norm,
    "normF": norm,
    "softmax": softmax,
    "logsumexp": logsumexp,
    "prod": all_factors,
    "max": largest,
    "hardmax": constant,
}


def _partial_of(term: Term) -> tuple[int, Operation, Indices, Entry] | None:
    """The first derivative that is to be taken of one entry of a kept operation."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, Partial) or len(factor.of) != 1:
            continue
        match factor.of[0]:
            case Term(
                coefficient=1,
                factors=(Entry(matrix=Operation() as node, indices=of),),
                bound=(),
            ):
                return place, node, of, factor.by
    return None


def partial_operation(term: Term, context: Context) -> Terms | None:
    """The derivative of a kept operation, from its formula."""
    if (found := _partial_of(term)) is None:
        return None
    place, node, of, by = found
    (arg,) = node.args or (None,)
    if node.name not in FORMULAS or arg != by.matrix or not isinstance(arg, Symbol):
        return None
    return splice(term, place, FORMULAS[node.name](node, arg, of, by.indices))


def partial_expm(term: Term, context: Context) -> Terms | None:
    """The matrix exponential of a multiple of a constant matrix; its trace."""
    if (found := _partial_of(term)) is None or found[1].name != "expm":
        return None
    place, node, at, by = found
    if by.matrix not in symbols(node):
        return None
    if len(at) != 2:
        raise UnsupportedError("expm of a matrix over products of dimensions")
    i, j = at
    match node.args[0]:
        case Scale(Symbol() as scalar, whole) if scalar == by.matrix:
            dummy = context.fresh.index(node.shape.dims[0])
            factors = (Entry(whole, (i, dummy)), Entry(node, (dummy, j)))
            return splice(term, place, (Term(ONE, factors, (dummy,)),))
        case Symbol() as arg if arg == by.matrix and i == j and i in term.bound:
            return _partial_trace(term, place, node, by)
    raise UnsupportedError(
        "the derivative of expm has no closed form (it is an integral), except of"
        " expm(s * A) by s for a constant A, and of tr(expm(X))"
    )


def _partial_trace(term: Term, place: int, node: Operation, by: Entry) -> Terms:
    """Sum over l of d expm(X)_{ll}: the trace is cyclic."""
    (partial,) = (f for n, f in enumerate(term.factors) if n == place)
    assert isinstance(partial, Partial)
    (index, _) = partial.of[0].factors[0].indices  # type: ignore[union-attr]
    p, q = by.indices
    others = (*term.factors[:place], *term.factors[place + 1 :])
    if any(index in factor_indices(f) for f in others):
        raise UnsupportedError("the derivative of a diagonal entry of expm")
    kept = tuple(b for b in term.bound if b != index)
    factors = (*term.factors[:place], Entry(node, (q, p)), *term.factors[place + 1 :])
    return (Term(term.coefficient, factors, kept),)


_I, _J = Index("i", "n"), Index("j", "n")
_P, _Q, _L = Index("p", "n"), Index("q", "n"), Index("l", "n")
_X, _A = Symbol("X", matrix("n", "n")), Symbol("A", matrix("n", "n"))
_V, _S = Symbol("x", column("n")), Symbol("s", SCALAR)
_INV = operation("inv", _X)
_EXPM = operation("expm", Scale(_S, _A))
_MAGNUS = "Magnus and Neudecker, ch. 8"

OPERATION_PARTIALS: RuleSet = (
    Rule(
        "partial_operation",
        "derivative of the operation",
        single(Partial(single(Entry(_INV, (_I, _J))), Entry(_X, (_P, _Q)))),
        _product(Entry(_INV, (_I, _P)), Entry(_INV, (_Q, _J)), coefficient=-1),
        partial_operation,
        _MAGNUS,
        Partial,
    ),
    Rule(
        "partial_expm",
        "derivative of the matrix exponential",
        single(Partial(single(Entry(_EXPM, (_I, _J))), Entry(_S, ()))),
        (Term(ONE, (Entry(_A, (_I, _L)), Entry(_EXPM, (_L, _J))), (_L,)),),
        partial_expm,
        "Higham (2008), Functions of Matrices, ch. 10",
        Partial,
    ),
)
