r"""The walk over a matrix form that bounds it, one law for every operator.

Norms of matrices come from `matrix`, sizes of entries of vectors and scalars from
`largest`. A matrix or number without a time step is a constant: it keeps its name. What
changes over time is bounded by its interval, by a supremum or by an assumption; what is
left is named as unbounded, never dropped.
Source: Horn and Johnson, Matrix Analysis (2013), 5.6.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symjac.library.row import Function
from symjac.recurrence.extent import extent
from symjac.recurrence.laws import DUAL, ENTRIES, LAWS, BoundStep
from symjac.recurrence.ranges import Range, Ranges, make
from symjac.recurrence.size import (
    Norm,
    Size,
    SizeExpr,
    number,
    plus,
    size_latex,
    size_text,
    times,
)
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.terms.shape import SCALAR, Kind, Shape
from symjac.typeset.latex import matrix_latex
from symjac.typeset.latex_names import dim_latex, name_latex
from symjac.typeset.text import matrix_text

Assumption = Any  # a name, a number M for |d_i| <= M, or a pair of numbers
Found = tuple[str, SizeExpr]  # name of the law, bound
ONE = m.Constant(Fraction(1), SCALAR)


def is_timed(expr: m.MatrixExpr) -> bool:
    """Whether an expression may change from step to step."""
    return any(symbol.time is not None for symbol in m.symbols(expr))


def is_even(expr: m.MatrixExpr) -> bool:
    """Whether a matrix is its transpose up to sign, so that norms agree on both."""
    return isinstance(expr, m.Symbol) and (expr.symmetric or "skew" in expr.properties)


def columns(shape: Shape) -> Size:
    """The square root of the number of columns."""
    dim = shape.dims[-1]
    return Size(f"sqrt({dim})", rf"\sqrt{{{dim_latex(dim)}}}", least=1)


def named(expr: m.MatrixExpr) -> Size:
    """The size of a constant: |alpha| of a scalar, max|a| of a vector."""
    sign, shown = ("", "") if expr.shape == SCALAR else ("max", r"\max")
    inner = matrix_latex(expr)
    latex = rf"{shown}\lvert {inner} \rvert"
    return Size(f"{sign}|{matrix_text(expr)}|", latex)


def _is_stretch(expr: m.MatrixExpr) -> bool:
    """Whether the 2-norm of a factor is known, up to a scalar, from its kind alone."""
    if isinstance(expr, m.Scale | m.Neg):
        return _is_stretch(expr.arg)
    is_block = isinstance(expr, m.Operation) and expr.name == "selector"
    is_orthogonal = isinstance(expr, m.Symbol) and "orthogonal" in expr.properties
    return isinstance(expr, m.Diag | m.Identity) or is_block or is_orthogonal


@dataclass(slots=True)
class Reader:
    """Bounds over a program's names; records each inequality as it is used."""

    program: Program
    assume: dict[str, Assumption]
    gammas: dict[str, Size]
    steps: list[BoundStep] = field(default_factory=list)
    hypotheses: list[str] = field(default_factory=list)
    ranges: Ranges = field(init=False)

    def __post_init__(self) -> None:
        self.ranges = Ranges(self.program, {**self.assumed_ranges()})

    def assumed_ranges(self) -> dict[str, Range]:
        """The assumptions that give an interval."""
        found = {}
        for name, value in self.assume.items():
            if not isinstance(value, str):
                low, high = value if isinstance(value, tuple) else (-value, value)
                interval = make(low, high)
                need = f"every entry of {name} lies in {interval}"
                found[name] = Range(interval.low, interval.high, (need,))
        return found

    def norm(self, expr: m.MatrixExpr, kind: str) -> SizeExpr:
        """A bound on a norm of a matrix."""
        if expr.shape == SCALAR:
            return self.entries(expr)
        law, found = self.matrix(expr, kind)
        self.steps.append(BoundStep(LAWS[law], expr, kind, found))
        return found

    def matrix(self, expr: m.MatrixExpr, kind: str) -> Found:  # noqa: C901 - a table
        """The law for the outermost operator of a matrix, and what it gives."""
        if expr.shape.kind is not Kind.MATRIX:
            return self.opaque(expr, kind)
        match expr:
            case m.Add(terms):
                return "triangle", plus(*(self.norm(term, kind) for term in terms))
            case m.Neg(arg):
                return "homogeneous", self.norm(arg, kind)
            case m.Scale(scalar, arg):
                return "homogeneous", times(self.entries(scalar), self.norm(arg, kind))
            case m.Quotient(arg, scalar) if scalar.shape == SCALAR:
                inverse = m.Quotient(ONE, scalar)
                return "homogeneous", times(self.entries(inverse), self.norm(arg, kind))
            case m.Transpose(arg):
                other = kind if is_even(arg) else DUAL[kind]
                law = "transpose" if other == kind else "transpose_dual"
                return law, self.norm(arg, other)
            case m.MatMul():
                return self.product(expr, kind)
            case m.Constant(value) if value == 0:
                return "zero", number(0)
        return self.stretch(expr, kind) or self.opaque(expr, kind)

    def stretch(self, expr: m.MatrixExpr, kind: str) -> Found | None:
        """Matrices that stretch no vector by more than a number."""
        factor = columns(expr.shape) if kind == "F" else number(1)
        match expr:
            case m.Diag(arg):
                law = "diagonal_frobenius" if kind == "F" else "diagonal"
                return law, times(factor, self.entries(arg))
            case m.Identity():
                return "identity", factor
            case m.Symbol(properties=words) if "orthogonal" in words and kind in "2F":
                return "orthogonal", factor
            case m.Operation("selector"):
                return "blocks", factor
        return None

    def product(self, expr: m.MatMul, kind: str) -> Found:
        """A product; in the Frobenius norm, diagonal factors count by their 2-norm."""
        parts = m.factors(expr)
        if any(f.shape.kind is not Kind.MATRIX for f in parts):
            return self.opaque(expr, kind)
        if kind != "F":
            return "submultiplicative", times(*(self.norm(f, kind) for f in parts))
        kinds = ["2" if _is_stretch(f) else "F" for f in parts]
        if "F" not in kinds:
            kinds[-1] = "F"
        law = "stretch" if "2" in kinds else "submultiplicative"
        return law, times(*map(self.norm, parts, kinds))

    def opaque(self, expr: m.MatrixExpr, kind: str) -> Found:
        """The norm itself: a number, unless the matrix changes over time."""
        found = Norm(expr, kind)
        if not is_timed(expr):
            return "constant", found
        sup = Size(
            f"sup{size_text(found)}", rf"\sup {size_latex(found)}", bounded=False
        )
        return "unbounded", sup

    def entries(self, expr: m.MatrixExpr) -> SizeExpr:
        """A bound on the absolute value of every entry of a vector or scalar."""
        law, found = self.largest(expr)
        self.steps.append(
            BoundStep(LAWS[law], expr, ENTRIES, found, self.note(law, expr))
        )
        return found

    def note(self, law: str, expr: m.MatrixExpr) -> str:
        """How the interval or supremum used is known."""
        if law == "range":
            return f"in {self.ranges.of(expr)}"
        if law == "supremum" and isinstance(expr, m.Elementwise):
            row = extent(expr.function.name, expr.order)
            return row.reason if row else ""
        return ""

    def largest(self, expr: m.MatrixExpr) -> Found:
        """The law for a vector or scalar, and what it gives."""
        if not is_timed(expr) and expr.shape == SCALAR and m.symbols(expr):
            return "constant", named(expr)
        interval = self.ranges.of(expr)
        if not interval.is_finite:
            return self.structural(expr)
        self.hypotheses.extend(interval.needs)
        is_function = isinstance(expr, m.Elementwise) and not interval.needs
        return "supremum" if is_function else "range", number(interval.size)

    def structural(self, expr: m.MatrixExpr) -> Found:
        """A bound of entries from those of the operands."""
        match expr:
            case m.Symbol():
                return self.symbol(expr)
            case m.Elementwise(function, order):
                return self.function(expr, function, order)
            case m.Hadamard(left, right) | m.Scale(left, right):
                return "entries_product", times(self.entries(left), self.entries(right))
            case m.Neg(arg) | m.Transpose(arg):
                return "homogeneous", self.entries(arg)
            case m.Add(terms) if is_timed(expr):
                return "entries_sum", plus(*map(self.entries, terms))
            case m.MatMul(left, right) if right.shape.kind is Kind.COLUMN:
                if left.shape.kind is Kind.MATRIX:
                    sizes = self.norm(left, "inf"), self.entries(right)
                    return "matrix_vector", times(*sizes)
        return self.unknown(expr)

    def symbol(self, symbol: m.Symbol) -> Found:
        """A name: assumed, constant, or bounded by its definition unless a state."""
        name = self.assume.get(symbol.name)
        if isinstance(name, str):
            return self.assumed(symbol.name, f"every entry of {symbol.name}", name)
        body = self.program.definition(symbol)
        is_gate = symbol.time is not None and symbol.name not in self.program.states
        if body is not None and is_gate:
            return "definition", self.entries(body)
        return self.unknown(symbol)

    def function(self, expr: m.MatrixExpr, function: Function, order: int) -> Found:
        """The supremum of an elementwise function, whatever its argument."""
        text = function.name + "'" * order
        name = self.assume.get(text)
        if isinstance(name, str):
            return self.assumed(text, f"{text}(u)", name)
        if order == 1 and function.name in self.gammas:
            gamma = self.gammas[function.name]
            self.hypotheses.append(f"|{text}(u)| <= {gamma.text} for every u")
            return "generic", gamma
        return self.unknown(expr)

    def assumed(self, key: str, what: str, name: str) -> Found:
        """A size assumed by name."""
        self.hypotheses.append(f"|{what}| <= {name}")
        return "assumed", Size(name, name_latex(name))

    def unknown(self, expr: m.MatrixExpr) -> Found:
        """Entries without a bound: a constant, or a supremum that may be infinite."""
        if is_timed(expr):
            shown = rf"\sup\lvert {matrix_latex(expr)} \rvert"
            return "unbounded", Size(f"sup|{matrix_text(expr)}|", shown, bounded=False)
        return "constant", named(expr)
