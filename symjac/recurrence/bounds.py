r"""Norm bounds of one-step Jacobians, read off their matrix form.

    eye(n) + W_2 @ diag(sigma'(u)) @ W_1    ||.|| <= 1 + ||W_2|| gamma ||W_1||
    diag(f[t]), f[t] = sigmoid(...)         ||.|| <= 1

Each operator has its inequality (`estimate.py`), each entry its interval (`ranges.py`)
or the supremum of its function; what nothing bounds is kept under its name and said to
be unbounded. The bound holds at every step and for every input, so it holds for each
factor of a product over time.
Source: Horn and Johnson, Matrix Analysis (2013), 5.6; Pascanu, Mikolov and Bengio
(2013), 2.1, for W diag(sigma'(x)).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from symjac.derive import read_formula
from symjac.errors import UnsupportedError
from symjac.jacobian import Jacobian
from symjac.library.functions import TABLE
from symjac.recurrence.estimate import (
    Assumption,
    Atom,
    BoundStep,
    Norm,
    Reader,
    Size,
    SizeExpr,
    Times,
    atoms,
    check_norm,
    evaluate,
    least,
    size_latex,
    size_text,
)
from symjac.shown import Shown
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.terms.shape import Kind
from symjac.typeset.latex import name_latex
from symjac.typeset.text import matrix_text


@dataclass(frozen=True, slots=True, repr=False)
class Bound(Shown):
    """An upper bound on a norm of a matrix, at every step.

    `unbounded` are the sizes that nothing bounds: with one of them the bound says
    nothing until a number is assumed for it. `free` are the matrices that may be any:
    not defined, nothing declared, no fixed dimension.

    Example:
        >>> from symjac.derive import derive, parse
        >>> found = bound(derive(parse("x[t] = W @ sigma(x[t-1]) + b")))
        >>> print(found)
        ||W @ diag(sigma'(x[t-1]))||_2 <= ||W||_2 * gamma
        >>> found.value({"W": 3}, {"gamma": 0.25})
        0.75
        >>> found.hypotheses
        ("|sigma'(u)| <= gamma for every u",)
    """

    of: m.Symbol
    wrt: m.Symbol
    formula: m.MatrixExpr
    norm: str
    expr: SizeExpr
    steps: tuple[BoundStep, ...]
    hypotheses: tuple[str, ...]
    held: tuple[m.Symbol, ...]
    free: tuple[m.Symbol, ...]

    @property
    def factors(self) -> tuple[SizeExpr, ...]:
        """Factors of the bound."""
        return self.expr.factors if isinstance(self.expr, Times) else (self.expr,)

    @property
    def atoms(self) -> tuple[Atom, ...]:
        """Distinct norms and named sizes."""
        return atoms(self.expr)

    @property
    def unbounded(self) -> tuple[str, ...]:
        """Sizes that nothing bounds."""
        sizes = (a for a in self.atoms if isinstance(a, Size) and not a.bounded)
        return tuple(size.text for size in sizes)

    @property
    def least(self) -> float:
        """The least value that the bound can have, with every norm and size 0."""
        return float(least(self.expr))

    def value(
        self,
        norms: Mapping[str, float] | None = None,
        suprema: Mapping[str, float] | None = None,
    ) -> float:
        """The bound as a number; a size that nothing bounds counts as infinite.

        Args:
            norms: by the matrix's name in the bound's own norm, or by `||W||_inf`.
            suprema: by name, such as `gamma` or `|1 - alpha|`.

        Raises:
            UnsupportedError: a norm or size without a value.
        """
        given = {f"||{name}||_{self.norm}": value for name, value in _items(norms)}
        given |= {**dict(_items(norms)), **dict(_items(suprema))}

        def known(atom: Atom) -> float:
            text = size_text(atom)
            if text in given:
                return given[text]
            if isinstance(atom, Size) and not atom.bounded:
                return inf
            raise UnsupportedError(f"no value for {text}", known=", ".join(given))

        return float(evaluate(self.expr, known))

    def __str__(self) -> str:
        left = f"||{matrix_text(self.formula)}||_{self.norm}"
        return f"{left} <= {size_text(self.expr)}"

    def latex(self) -> str:
        """The inequality in LaTeX, for math mode."""
        left = size_latex(Norm(self.formula, self.norm))
        return rf"{left} \leq {size_latex(self.expr)}"


def _items(given: Mapping[str, float] | None) -> tuple[tuple[str, float], ...]:
    return tuple((given or {}).items())


def bound(
    jacobian: Jacobian,
    norm: str = "2",
    *,
    assume: Mapping[str, Assumption] | None = None,
    formula: str | m.MatrixExpr | None = None,
) -> Bound:
    """A bound on a norm of a Jacobian in numerator layout.

    Args:
        norm: `1`, `2`, `inf` (induced) or `F` (Frobenius).
        assume: bounds of entries by name of a quantity or function: a number M for
            at most M in absolute value, a pair for an interval, a text for a new name.
        formula: another formula to bound instead, such as a claimed one.

    Raises:
        UnsupportedError: another norm, or an assumption about nothing of that name.
        LiftError: the Jacobian has no matrix form.

    Example:
        >>> from symjac.derive import derive, parse
        >>> step = derive(parse("x[t] = W @ sigma(x[t-1]) + b"))
        >>> print(bound(step, "1", formula="W.T @ diag(sigma'(x[t-1]))"))
        ||W.T @ diag(sigma'(x[t-1]))||_1 <= ||W||_inf * gamma
    """
    norm = check_norm(norm)
    if formula is None:
        expr = jacobian.plain("numerator").expr
    else:
        expr = read_formula("formula", formula, jacobian.program)
    check_assumed(assume or {}, jacobian.program)
    reader = Reader(jacobian.program, dict(assume or {}), _gammas(expr, jacobian))
    found = reader.norm(expr, norm)
    other = (*_kinks(expr), *(f"{symbol} is held fixed" for symbol in jacobian.held))
    return Bound(
        of=jacobian.of,
        wrt=jacobian.wrt,
        formula=expr,
        norm=norm,
        expr=found,
        steps=tuple(reader.steps),
        hypotheses=tuple(dict.fromkeys((*reader.hypotheses, *other))),
        held=jacobian.held,
        free=free_matrices(expr, jacobian.program),
    )


def free_matrices(expr: m.MatrixExpr, program: Program) -> tuple[m.Symbol, ...]:
    """Matrices of which an expression holds for any value, of any size."""
    return tuple(
        symbol
        for symbol in m.symbols(expr)
        if symbol.shape.kind is Kind.MATRIX
        and not symbol.properties
        and program.definition(symbol) is None
        and all(isinstance(dim, str) for dim in symbol.shape.dims)
    )


@dataclass(frozen=True, slots=True)
class ProductBound:
    """A bound q on one step, raised to the number of steps.

    Where other states are held fixed, the product of the one-step Jacobians is not
    d x[t] / d x[k]; `left` then says what it is.
    """

    bound: Bound
    left: str
    steps: str
    hypotheses: tuple[str, ...]

    def value(
        self,
        steps: int,
        norms: Mapping[str, float] | None = None,
        suprema: Mapping[str, float] | None = None,
    ) -> float:
        """The bound for a number of steps; arguments as in `Bound.value`."""
        return self.bound.value(norms, suprema) ** steps

    def __str__(self) -> str:
        right = f"({size_text(self.bound.expr)})^({self.steps})"
        return f"||{self.left}||_{self.bound.norm} <= {right}"


def product_bound(found: Bound) -> ProductBound:
    """The bound on a product of one-step Jacobians, one factor for each step.

    Raises:
        UnsupportedError: not the Jacobian of a state by the same one, a step earlier.

    Example:
        >>> from symjac.derive import derive, parse
        >>> step = derive(parse("x[t] = W @ sigma(x[t-1]) + b"))
        >>> print(product_bound(bound(step)))
        ||d(x[t])/d(x[k])||_2 <= (||W||_2 * gamma)^(t-k)
    """
    own = found.of.time
    is_before = own is not None and found.wrt == found.of.later(-1)
    if own is None or not is_before:
        raise UnsupportedError(
            f"d({found.of})/d({found.wrt}) is not a state by itself one step earlier"
        )
    name, last = found.of.name, own.base or str(own)
    first = "j" if last == "k" else "k"
    left = f"d({name}[{last}])/d({name}[{first}])"
    if found.held:
        left = f"product of d({name}[i])/d({name}[i-1])"
    hypotheses = (*found.hypotheses, f"{last} > {first}")
    return ProductBound(found, left, f"{last}-{first}", hypotheses)


def check_assumed(assumed: Mapping[str, Assumption], program: Program) -> None:
    """Refuse assumptions that would have no effect, or could not be printed.

    Raises:
        UnsupportedError: an unknown name, or one of a matrix; a text that is no name.
    """
    for name, value in assumed.items():
        if isinstance(value, str) and not value.isidentifier():
            raise UnsupportedError(f"{value} is no name")
        function = name.rstrip("'")
        known = function in program.functions or function in TABLE
        if not known and name not in program.quantities:
            raise UnsupportedError(f"nothing is called {name}")
        if not known and program.shape(name).kind is Kind.MATRIX:
            hint = "a norm gets its value in `Bound.value`"
            raise UnsupportedError(f"{name} is a matrix", hint=hint)


def _kinks(expr: m.MatrixExpr) -> tuple[str, ...]:
    """Slopes are those away from kinks."""
    nodes = (node for node in m.walk(expr) if isinstance(node, m.Elementwise))
    bent = (
        n.function.off_kinks
        for n in nodes
        if n.order and not n.function.is_known_at_kinks(n.order)
    )
    return tuple(dict.fromkeys(bent))


def _gammas(expr: m.MatrixExpr, jacobian: Jacobian) -> dict[str, Size]:
    """Names for the suprema of generic slopes: gamma, or gamma_f where it is taken."""
    bodies = (expr, *(d.body for d in jacobian.program.definitions))
    nodes = [n for body in bodies for n in m.walk(body) if isinstance(n, m.Elementwise)]
    names = tuple(dict.fromkeys(n.function.name for n in nodes if _is_slope(n)))
    taken = "gamma" in jacobian.program.quantities
    shown = [f"gamma_{f}" if taken or len(names) > 1 else "gamma" for f in names]
    return {
        f: Size(name, name_latex(name)) for f, name in zip(names, shown, strict=True)
    }


def _is_slope(node: m.Elementwise) -> bool:
    return node.function.is_generic and node.order == 1
