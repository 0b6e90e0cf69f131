r"""Bounds compared: of a claimed formula and the true one, of a held and a total step.

    ||W^T D||_2 <= ||W||_2 gamma             the bound of W D: it survives the claim
    ||W^T D||_1 <= ||W||_inf gamma           not that of W D, which has ||W||_1

    d c[t] / d c[t-1] = diag(f[t])           with h[t-1] held fixed: norm at most 1
    total: + (d c[t] / d h[t-1]) (d h[t-1] / d c[t-1])

Source: Horn and Johnson, Matrix Analysis (2013), 5.6; Hochreiter and Schmidhuber
(1997), 3.2, on the constant error carousel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from symjac.derive import derive_symbol
from symjac.errors import UnsupportedError
from symjac.jacobian import Jacobian
from symjac.recurrence.bounds import Bound, bound
from symjac.recurrence.estimate import (
    Assumption,
    Atom,
    Norm,
    SizeExpr,
    evaluate,
    is_same,
    plus,
    size_text,
    times,
)
from symjac.recurrence.theorems import Integers, first_matrix


@dataclass(frozen=True, slots=True)
class Survival:
    """Whether a claimed formula has the same bound as the true one.

    If not, `example` is a matrix of small integers at which the bounds differ; `values`
    are the two numbers there, the true one first, with every named size 1. There is
    none if a matrix may not be any: it has a declared property or a definition.
    """

    true: Bound
    claimed: Bound
    example: Integers | None = None
    values: tuple[float, float] | None = None

    @property
    def survives(self) -> bool:
        """Whether the two bounds are the same expression."""
        return is_same(self.true.expr, self.claimed.expr)

    def __bool__(self) -> bool:
        return self.survives

    def __str__(self) -> str:
        if self.survives:
            return f"the bound {size_text(self.true.expr)} holds for both formulas"
        pair = f"{size_text(self.true.expr)}, not {size_text(self.claimed.expr)}"
        if self.values is None:
            return pair
        true, claimed = self.values
        matrix = [list(row) for row in self.example or ()]
        return f"{pair}: for {matrix} it is {true:g}, not {claimed:g}"


def survives(true: Bound, claimed: Bound) -> Survival:
    """Whether the claimed formula leads to the same bound in the same norm.

    Raises:
        UnsupportedError: bounds in two norms.

    Example:
        >>> from symjac.derive import derive, parse
        >>> step = derive(parse("x[t] = W @ sigma(x[t-1]) + b"))
        >>> claim = "W.T @ diag(sigma'(x[t-1]))"
        >>> print(survives(bound(step), bound(step, formula=claim)))
        the bound ||W||_2 * gamma holds for both formulas
        >>> print(survives(bound(step, "1"), bound(step, "1", formula=claim)))
        ||W||_1 * gamma, not ||W||_inf * gamma: for [[0, 1], [0, 1]] it is 2, not 1
    """
    if true.norm != claimed.norm:
        raise UnsupportedError(f"bounds in two norms: {true.norm} and {claimed.norm}")
    norms = [atom for atom in (*true.atoms, *claimed.atoms) if isinstance(atom, Norm)]
    is_free = all(norm.matrix in (*true.free, *claimed.free) for norm in norms)
    if is_same(true.expr, claimed.expr) or not is_free:
        return Survival(true, claimed)

    def values(w: Integers) -> tuple[float, float]:
        return _at(true.expr, w), _at(claimed.expr, w)

    example = first_matrix(lambda w: values(w)[0] > values(w)[1])
    example = example or first_matrix(lambda w: values(w)[0] != values(w)[1])
    return Survival(true, claimed, example, values(example) if example else None)


def _at(expr: SizeExpr, w: Integers) -> float:
    """A bound with w for every matrix and 1 for every named size."""

    def known(atom: Atom) -> float:
        return norm_of(w, atom.kind) if isinstance(atom, Norm) else 1

    return float(evaluate(expr, known))


def norm_of(w: Integers, kind: str) -> float:
    """A norm of a 2 x 2 matrix.

    Source: sigma_max^2 is the larger root of s^2 - ||W||_F^2 s + det(W)^2.

    Example:
        >>> norm_of(((1, 2), (3, 4)), "1"), norm_of(((0, 2), (0, 0)), "2")
        (6, 2.0)
    """
    (a, b), (c, d) = w
    square = a * a + b * b + c * c + d * d
    match kind:
        case "1":
            return max(abs(a) + abs(c), abs(b) + abs(d))
        case "inf":
            return max(abs(a) + abs(b), abs(c) + abs(d))
        case "F":
            return sqrt(square)
    root = sqrt(square**2 - 4 * (a * d - b * c) ** 2)
    return sqrt((square + root) / 2)


@dataclass(frozen=True, slots=True)
class TotalStep:
    """One step of a state, with another state of the step before not held fixed.

    `held` bounds d c[t] / d c[t-1] with h[t-1] fixed, `through` d c[t] / d h[t-1], and
    `back` d h[t-1] / d c[t-1]. The total derivative holds the steps before t-1 fixed.
    """

    held: Bound
    through: Bound
    back: Bound

    @property
    def added(self) -> SizeExpr:
        """The bound of what the total derivative adds."""
        return times(self.through.expr, self.back.expr)

    @property
    def expr(self) -> SizeExpr:
        """The bound of the total derivative."""
        return plus(self.held.expr, self.added)

    @property
    def unbounded(self) -> tuple[str, ...]:
        """Sizes that nothing bounds."""
        bounds = (self.held, self.through, self.back)
        return tuple(dict.fromkeys(text for b in bounds for text in b.unbounded))

    def __str__(self) -> str:
        other, norm = self.through.wrt, self.held.norm
        left = f"||d({self.held.of})/d({self.held.wrt})||_{norm}"
        return (
            f"{left} <= {size_text(self.held.expr)} with {other} held fixed,"
            f" <= {size_text(self.expr)} in total"
        )


def total_step(
    jacobian: Jacobian,
    norm: str = "2",
    *,
    assume: Mapping[str, Assumption] | None = None,
) -> TotalStep:
    '''Bounds of one step with the one other state held fixed, and of the total step.

    Raises:
        UnsupportedError: no other state, or several.

    Example:
        >>> from symjac.derive import derive, parse
        >>> step = derive(parse("""
        ... c[t] = c[t-1] + tanh(U @ h[t-1] + b)
        ... h[t] = tanh(c[t])
        ... """), of="c[t]")
        >>> found = total_step(step)
        >>> size_text(found.held.expr), size_text(found.expr)
        ('1', '1 + ||U||_2')
    '''
    if len(jacobian.held) != 1:
        names = ", ".join(map(str, jacobian.held)) or "nothing"
        raise UnsupportedError(f"one state held fixed is needed; held: {names}")
    program, (other,) = jacobian.program, jacobian.held
    through = derive_symbol(program, jacobian.of, other)
    back = derive_symbol(program, other, jacobian.wrt)
    held, *rest = (
        bound(step, norm, assume=assume) for step in (jacobian, through, back)
    )
    return TotalStep(held, *rest)
