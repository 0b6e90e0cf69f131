r"""What norm bounds and spectral radii prove about products of one-step Jacobians.

With J_i = d x[i] / d x[i-1] and ||J_i|| <= q at every step:

    q < 1   =>  ||J_t ... J_(k+1)|| <= q^(t-k) -> 0         (sufficient for vanishing)
    unbounded products  =>  q > 1                           (necessary for exploding)

At q = 1 all products have norm at most 1: they do not explode, and need not vanish
either. So the strict inequality is right in both statements, and neither can be turned
round: for W = [[0, 0], [2, 0]] the bound is 2 and W^2 = 0.

If J_i = W at every step, the spectral radius rho decides:

    W^k -> 0              <=>  rho(W) < 1
    ||W^k|| >= c r^k with c > 0, r > 1, for all k   <=>  rho(W) > 1
    ||W^k|| unbounded      =>  rho(W) >= 1, and rho(W) = 1 is possible (Jordan blocks)

Source: Pascanu, Mikolov and Bengio (2013), 2.1; Bengio, Simard and Frasconi (1994);
Horn and Johnson, Matrix Analysis (2013), 5.6.9, 5.6.12, 5.6.14.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from symjac.errors import UnsupportedError
from symjac.jacobian import Jacobian
from symjac.recurrence.bounds import Bound, ProductBound, free_matrices, product_bound
from symjac.recurrence.estimate import (
    NORMS,
    Norm,
    Number,
    Plus,
    Size,
    SizeExpr,
    evaluate,
    is_timed,
    number,
    size_text,
    times,
)
from symjac.shown import Shown
from symjac.terms import matrix as m
from symjac.terms.shape import Kind
from symjac.typeset.text import matrix_text

Integers = tuple[tuple[int, int], tuple[int, int]]
LARGEST = 9  # of the integers in examples
HORN = "Horn and Johnson, Matrix Analysis, {}"
PASCANU = "Pascanu, Mikolov and Bengio (2013), section 2.1"


class Direction(StrEnum):
    """What a theorem's condition is for its conclusion."""

    SUFFICIENT = "sufficient"
    NECESSARY = "necessary"
    EQUIVALENT = "equivalent"


@dataclass(frozen=True, slots=True)
class ProofStep:
    """A statement and why it holds."""

    statement: str
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class Theorem(Shown):
    """Under the hypotheses, `condition` is sufficient or necessary for `conclusion`.

    `norms` are those in which the statement holds; `example` is a matrix of small
    integers that shows why the converse, or the case of equality, is excluded.
    """

    name: str
    hypotheses: tuple[str, ...]
    condition: str
    conclusion: str
    direction: Direction
    norms: tuple[str, ...]
    proof: tuple[ProofStep, ...]
    source: str
    example: Integers | None = None

    def __str__(self) -> str:
        return f"{self.condition} is {self.direction} for: {self.conclusion}"


@dataclass(frozen=True, slots=True, repr=False)
class Silence(Shown):
    """A conclusion that does not follow from a bound, and why not."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"nothing follows about {self.name}: {self.reason}"


def vanishing(bound: Bound) -> Theorem | Silence:
    """When the products over time vanish, as far as the bound tells.

    Example:
        >>> from symjac.derive import derive, parse
        >>> from symjac.recurrence.bounds import bound
        >>> found = vanishing(bound(derive(parse("x[t] = W @ sigma(x[t-1]) + b"))))
        >>> print(found.condition, found.direction)
        sigma_max(W) < 1 / gamma sufficient
        >>> print(vanishing(bound(derive(parse("h[t] = h[t-1] + W @ tanh(h[t-1])")))))
        nothing follows about vanishing: the bound is at least 1 whatever the weights
    """
    over_time = product_bound(bound)
    if reason := _silent(bound):
        return Silence("vanishing", reason)
    q, steps = size_text(bound.expr), over_time.steps
    return Theorem(
        name="vanishing",
        hypotheses=(*over_time.hypotheses, *_positive(bound)),
        condition=condition(bound, "<"),
        conclusion=f"{_shown(over_time)} -> 0 as {steps} -> oo",
        direction=Direction.SUFFICIENT,
        norms=(bound.norm,),
        proof=(
            *_one_step(bound),
            ProofStep(str(over_time), "submultiplicative, once for each step"),
            ProofStep(f"({q})^({steps}) -> 0", "a geometric sequence with ratio < 1"),
        ),
        source=PASCANU,
    )


def exploding(bound: Bound) -> Theorem | Silence:
    """What must hold if the norms of the products over time are unbounded.

    The theorem's example has a bound above 1, yet products of two steps are 0, whatever
    the diagonal factors: the condition is necessary, not sufficient.

    Example:
        >>> from symjac.derive import derive, parse
        >>> from symjac.recurrence.bounds import bound
        >>> found = exploding(bound(derive(parse("x[t] = W @ sigma(x[t-1]) + b"))))
        >>> print(found.condition, found.direction, found.example)
        sigma_max(W) > 1 / gamma necessary ((0, 0), (2, 0))
    """
    over_time = product_bound(bound)
    never = isinstance(bound.expr, Number) and bound.expr.value <= 1
    if not never and (reason := _silent(bound)):
        return Silence("exploding", reason)
    opposite = condition(bound, "<=")
    return Theorem(
        name="exploding",
        hypotheses=(*over_time.hypotheses, *_positive(bound)),
        condition=condition(bound, ">"),
        conclusion=f"{_shown(over_time)} is unbounded in {over_time.steps}",
        direction=Direction.NECESSARY,
        norms=(bound.norm,),
        proof=(
            *_one_step(bound),
            ProofStep(str(over_time), "submultiplicative, once for each step"),
            ProofStep(f"{opposite}: all products have norm at most 1", "1^k = 1"),
            ProofStep("so unbounded products exclude it", "contraposition"),
        ),
        source=PASCANU,
        example=_vanishing_example(bound),
    )


def _shown(over_time: ProductBound) -> str:
    return f"||{over_time.left}||_{over_time.bound.norm}"


def condition(bound: Bound, relation: str) -> str:
    """`bound < 1`, solved for the norm of a matrix if just one factor is a norm."""
    norm = single_norm(bound)
    if norm is None:
        return f"{size_text(bound.expr)} {relation} 1"
    rest = [factor for factor in bound.factors if factor != norm]
    return f"{_norm_text(norm)} {relation} {_reciprocal(rest)}"


def single_norm(bound: Bound) -> Norm | None:
    """The one norm of a bound that is a product of it, sizes and a number."""
    norms = [factor for factor in bound.factors if isinstance(factor, Norm)]
    is_plain = not any(isinstance(factor, Plus) for factor in bound.factors)
    return norms[0] if len(norms) == 1 and is_plain else None


def _positive(bound: Bound) -> tuple[str, ...]:
    """The sizes that the condition divides by are not 0."""
    if single_norm(bound) is None:
        return ()
    sizes = (factor for factor in bound.factors if isinstance(factor, Size))
    return tuple(f"{size.text} > 0" for size in sizes)


def _norm_text(norm: Norm) -> str:
    return (
        f"sigma_max({matrix_text(norm.matrix)})"
        if norm.kind == "2"
        else size_text(norm)
    )


def _reciprocal(factors: list[SizeExpr]) -> str:
    """1 over a product, its number in the numerator."""
    numbers = times(*(f for f in factors if isinstance(f, Number)))
    assert isinstance(numbers, Number)
    above = size_text(number(1 / numbers.value))
    below = [f for f in factors if not isinstance(f, Number)]
    if not below:
        return above
    shown = size_text(times(*below))
    return f"{above} / ({shown})" if len(below) > 1 else f"{above} / {shown}"


def _one_step(bound: Bound) -> tuple[ProofStep, ...]:
    return tuple(ProofStep(str(step), step.law.statement) for step in bound.steps)


def _silent(bound: Bound) -> str:
    """Why nothing follows from a bound."""
    if bound.unbounded:
        return f"nothing bounds {', '.join(bound.unbounded)}"
    return "the bound is at least 1 whatever the weights" if bound.least >= 1 else ""


def spectral(jacobian: Jacobian) -> tuple[Theorem, ...]:
    """What the spectral radius decides if the one-step Jacobian is a constant matrix.

    The example of the last theorem has spectral radius 1 and powers I + k N: they grow,
    though no eigenvalue exceeds 1. There is none if the matrix may not be any.

    Raises:
        UnsupportedError: the Jacobian changes from step to step.

    Example:
        >>> from symjac.derive import derive, parse
        >>> for found in spectral(derive(parse("W: (n, n); x[t] = W @ x[t-1] + b"))):
        ...     print(found)
        rho(W) < 1 is equivalent for: W^k -> 0 as k -> oo
        rho(W) > 1 is sufficient for: ||W^k|| -> oo as k -> oo
        rho(W) > 1 is equivalent for: ||W^k|| >= c r^k, c > 0, r > 1, for all k
        rho(W) >= 1 is necessary for: ||W^k|| is unbounded in k
    """
    expr = jacobian.plain("numerator").expr
    if is_timed(expr) or expr.shape.kind is not Kind.MATRIX:
        raise UnsupportedError(
            f"d({jacobian.of})/d({jacobian.wrt}) is not one matrix at every step",
            hint="the spectral radius does not bound products of different matrices",
        )
    name = matrix_text(expr)
    held = (f"{symbol} is held fixed" for symbol in jacobian.held)
    given = (f"every step has the Jacobian {name}", *held)
    power = f"{name}^k" if isinstance(expr, m.Symbol) else f"({name})^k"
    is_free = expr in free_matrices(expr, jacobian.program)
    return _spectral(f"rho({name})", power, given, is_free=is_free)


def _spectral(
    rho: str, power: str, given: tuple[str, ...], *, is_free: bool
) -> tuple[Theorem, ...]:
    size = f"||{power}||"
    below = ProofStep(f"{size} >= rho({power}) = {rho}^k", HORN.format("5.6.9"))
    limit = ProofStep(f"{size}^(1/k) -> {rho}", HORN.format("5.6.14 (Gelfand)"))
    vanish = ProofStep(f"{rho} < 1 <=> {power} -> 0", HORN.format("5.6.12"))
    converges = f"{power} -> 0 as k -> oo"
    tends, grows = (
        f"{size} -> oo as k -> oo",
        f"{size} >= c r^k, c > 0, r > 1, for all k",
    )
    jordan = ProofStep(
        f"{rho} = 1 is possible: I + N with N^2 = 0, N != 0, has powers I + k N",
        "binomial theorem; a Jordan block to the eigenvalue 1",
    )
    rows = (
        ("vanishing", "< 1", converges, Direction.EQUIVALENT, (vanish,), "5.6.12"),
        ("exploding", "> 1", tends, Direction.SUFFICIENT, (below,), "5.6.9"),
        ("growth", "> 1", grows, Direction.EQUIVALENT, (below, limit), "5.6.14"),
        (
            "unbounded",
            ">= 1",
            f"{size} is unbounded in k",
            Direction.NECESSARY,
            (vanish, *((jordan,) if is_free else ())),
            "5.6.12",
        ),
    )
    return tuple(
        Theorem(
            name=f"spectral {word}",
            hypotheses=given,
            condition=f"{rho} {relation}",
            conclusion=conclusion,
            direction=direction,
            norms=NORMS,
            proof=proof,
            source=HORN.format(place),
            example=first_matrix(_is_unipotent) if jordan in proof else None,
        )
        for word, relation, conclusion, direction, proof, place in rows
    )


def first_matrix(holds: Callable[[Integers], bool]) -> Integers | None:
    """The first 2 x 2 matrix of small integers, smallest sum first, that satisfies."""
    entries = sorted(product(range(LARGEST + 1), repeat=4), key=sum)
    matrices = (((a, b), (c, d)) for a, b, c, d in entries)
    return next((w for w in matrices if holds(w)), None)


def _vanishing_example(bound: Bound) -> Integers | None:
    """A matrix with a bound above 1 whose products vanish, other sizes being 1."""
    norm = single_norm(bound)
    if norm is None or norm.matrix not in bound.free:
        return None
    return first_matrix(lambda w: _is_nilpotent(w) and _is_above_one(w, bound))


def _is_nilpotent(w: Integers) -> bool:
    """Whether D W E W = 0 for all diagonal D and E: W is strictly triangular."""
    (a, b), (c, d) = w
    return a == d == 0 and b * c == 0


def _is_above_one(w: Integers, bound: Bound) -> bool:
    """Whether the bound exceeds 1; a single entry is the norm, whichever it is."""
    size = sum(map(sum, w))
    return bool(evaluate(bound.expr, lambda a: size if isinstance(a, Norm) else 1) > 1)


def _is_unipotent(w: Integers) -> bool:
    """Whether W = I + N with N^2 = 0 and N not 0."""
    (a, b), (c, d) = w
    n = a - 1, b, c, d - 1
    square = n[0] ** 2 + b * c, b * (n[0] + n[3]), c * (n[0] + n[3]), n[3] ** 2 + b * c
    return any(n) and not any(square)
