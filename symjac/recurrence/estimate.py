r"""Upper bounds of matrix forms: their sizes, the laws, and the walk that applies them.

A size is a sum or product of norms, named sizes and numbers; each law has its source.

Norms of matrices come from `matrix`, sizes of entries of vectors and scalars from
`largest`. A matrix or number without a time step is a constant: it keeps its name. What
changes over time is bounded by its interval, by a supremum or by an assumption; what is
left is named as unbounded, never dropped.
Source: Horn and Johnson, Matrix Analysis (2013), 5.6.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any, assert_never

from symjac.errors import UnsupportedError
from symjac.lazy import lazy_import
from symjac.library.row import Function
from symjac.recurrence.ranges import Range, Ranges, extent, make
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.terms.shape import SCALAR, Kind, Shape
from symjac.typeset.latex import dim_latex, matrix_latex, name_latex
from symjac.typeset.text import matrix_text

if TYPE_CHECKING:
    import sympy
else:
    sympy = lazy_import("sympy")


@dataclass(frozen=True, slots=True)
class Number:
    """An exact SymPy number, at least 0."""

    value: Any


@dataclass(frozen=True, slots=True)
class Norm:
    """A norm of a matrix that does not change over time: `kind` is 1, 2, inf or F."""

    matrix: m.MatrixExpr
    kind: str


@dataclass(frozen=True, slots=True)
class Size:
    """A named number, such as gamma = sup|sigma'|: at least `least`, maybe infinite."""

    text: str
    latex: str
    bounded: bool = True
    least: int = 0


@dataclass(frozen=True, slots=True)
class Plus:
    """A sum."""

    terms: tuple[SizeExpr, ...]


@dataclass(frozen=True, slots=True)
class Times:
    """A product."""

    factors: tuple[SizeExpr, ...]


SizeExpr = Number | Norm | Size | Plus | Times
Atom = Norm | Size


def number(value: Any) -> Number:
    """A number from anything exact that SymPy knows."""
    return Number(sympy.sympify(value, strict=True))


def plus(*terms: SizeExpr) -> SizeExpr:
    """The sum: numbers in front, nested sums merged, equal terms counted."""
    total: dict[tuple[SizeExpr, ...], Any] = {(): sympy.S.Zero}
    for part in (t for term in terms for t in _parts(term, Plus)):
        coefficient, others = _split(part)
        total[others] = total.get(others, 0) + coefficient
    kept = [times(Number(c), *others) for others, c in total.items() if c != 0]
    if len(kept) > 1:
        return Plus(tuple(kept))
    return kept[0] if kept else Number(sympy.S.Zero)


def _split(expr: SizeExpr) -> tuple[Any, tuple[SizeExpr, ...]]:
    """The number in a product, and its other factors."""
    parts = _parts(expr, Times)
    numbers = (f.value for f in parts if isinstance(f, Number))
    others = tuple(f for f in parts if not isinstance(f, Number))
    return prod(numbers, start=sympy.S.One), others


def times(*factors: SizeExpr) -> SizeExpr:
    """The product, numbers multiplied up in front and nested products merged."""
    total, others = _split(Times(tuple(f for t in factors for f in _parts(t, Times))))
    if total == 0 or not others:
        return Number(total)
    kept = (*((Number(total),) if total != 1 else ()), *others)
    return kept[0] if len(kept) == 1 else Times(kept)


def _parts(expr: SizeExpr, operator: type[Plus] | type[Times]) -> tuple[SizeExpr, ...]:
    match expr:
        case Plus(parts) | Times(parts) if isinstance(expr, operator):
            return parts
    return (expr,)


def atoms(expr: SizeExpr) -> tuple[Atom, ...]:
    """Distinct norms and named sizes, in order of first appearance."""
    return tuple(dict.fromkeys(_atoms(expr)))


def _atoms(expr: SizeExpr) -> Iterator[Atom]:
    match expr:
        case Number():
            return
        case Norm() | Size():
            yield expr
        case Plus(parts) | Times(parts):
            for part in parts:
                yield from _atoms(part)
        case _:
            assert_never(expr)


def evaluate(expr: SizeExpr, known: Callable[[Atom], Any]) -> Any:
    """The value of an expression: exact where the values of its atoms are.

    Source: 0 times an unbounded size is 0, as in measure theory.
    """
    match expr:
        case Number(value):
            return value
        case Norm() | Size():
            return known(expr)
        case Plus(terms):
            return sum(evaluate(term, known) for term in terms)
        case Times(factors):
            values = [evaluate(factor, known) for factor in factors]
            return 0 if any(value == 0 for value in values) else prod(values)
    assert_never(expr)


def least(expr: SizeExpr) -> Any:
    """The least value that an expression can have."""
    return evaluate(expr, lambda a: a.least if isinstance(a, Size) else 0)


def is_same(left: SizeExpr, right: SizeExpr) -> bool:
    """Whether two expressions are equal up to the order of terms and factors."""
    return bool(_key(left) == _key(right))


def _key(expr: SizeExpr) -> Any:
    match expr:
        case Plus(parts) | Times(parts):
            counted = Counter(_key(part) for part in parts)
            return type(expr), frozenset(counted.items())
        case Number() | Norm() | Size():
            return expr
    assert_never(expr)


def _is_sum(expr: SizeExpr) -> bool:
    """Whether a factor needs brackets: a sum, or an exact number that is one."""
    return isinstance(expr, Plus) or (isinstance(expr, Number) and expr.value.is_Add)


def size_text(expr: SizeExpr) -> str:
    r"""A bound in plain text.

    Example:
        >>> gamma = Size("gamma", r"\gamma")
        >>> size_text(times(gamma, plus(number(1), gamma)))
        'gamma * (1 + gamma)'
    """
    match expr:
        case Number(value):
            return str(value)
        case Norm(matrix, kind):
            return f"||{matrix_text(matrix)}||_{kind}"
        case Size(text):
            return text
        case Plus(terms):
            return " + ".join(map(size_text, terms))
        case Times(factors):
            return " * ".join(
                f"({size_text(f)})" if _is_sum(f) else size_text(f) for f in factors
            )
    assert_never(expr)


_KINDS = {"inf": r"\infty", "F": r"\mathrm{F}"}


def size_latex(expr: SizeExpr) -> str:
    """A bound in LaTeX, for math mode."""
    match expr:
        case Number(value):
            return str(sympy.latex(value))
        case Norm(matrix, kind):
            below = _KINDS.get(kind, kind)
            return rf"\lVert {matrix_latex(matrix)} \rVert_{{{below}}}"
        case Size(latex=latex):
            return latex
        case Plus(terms):
            return " + ".join(map(size_latex, terms))
        case Times(factors):
            return r"\,".join(
                rf"\bigl({size_latex(f)}\bigr)" if _is_sum(f) else size_latex(f)
                for f in factors
            )
    assert_never(expr)


NORMS = ("1", "2", "inf", "F")
DUAL = {"1": "inf", "inf": "1", "2": "2", "F": "F"}
ENTRIES = "entries"


def check_norm(norm: str) -> str:
    """The norm's own name.

    Raises:
        UnsupportedError: a norm for which the inequalities are not known.
    """
    if norm not in NORMS:
        known = ", ".join(NORMS)
        raise UnsupportedError(f"no norm {norm!r}", hint=f"norms: {known}")
    return norm


@dataclass(frozen=True, slots=True)
class Law:
    """One inequality between norms or between sizes of entries."""

    name: str
    statement: str
    source: str = "Horn and Johnson, Matrix Analysis, 5.6"


_RANGE = "the entries' interval"
LAWS = {
    law.name: law
    for law in (
        Law("submultiplicative", "||A B|| <= ||A|| ||B||"),
        Law(
            "stretch",
            "||A D||_F <= ||A||_F ||D||_2",
            "row by row: |D^T a| <= ||D||_2 |a|",
        ),
        Law("triangle", "||A + B|| <= ||A|| + ||B||"),
        Law("homogeneous", "||c A|| = |c| ||A||"),
        Law(
            "transpose",
            "||A^T||_2 = ||A||_2, ||A^T||_F = ||A||_F; if A^T = A or -A, in any norm",
        ),
        Law("transpose_dual", "||A^T||_1 = ||A||_inf"),
        Law("diagonal", "||diag(d)||_p = max|d| for p = 1, 2, inf"),
        Law("diagonal_frobenius", "||diag(d)||_F <= sqrt(n) max|d|"),
        Law("identity", "||eye(n)||_p = 1, ||eye(n)||_F = sqrt(n)"),
        Law("orthogonal", "||Q||_2 = 1, ||Q||_F = sqrt(n)"),
        Law("blocks", "||[eye(n); 0]||_p = 1, ||[eye(n); 0]||_F = sqrt(n)"),
        Law("zero", "||0|| = 0"),
        Law("constant", "a number that does not change over time"),
        Law("unbounded", "nothing bounds it", "no rule applies"),
        Law("range", "|d_i| <= max(-low, high) for d_i in [low, high]", _RANGE),
        Law("supremum", "|f(u)| <= sup|f|", "the table of functions"),
        Law("generic", "|f'(u)| <= gamma", "hypothesis on the generic function"),
        Law("assumed", "|d_i| <= the bound assumed by name", "hypothesis"),
        Law("definition", "a gate is what defines it", "the equations"),
        Law("entries_product", "|a_i b_i| <= |a_i| |b_i|", "the absolute value"),
        Law("entries_sum", "|a_i + b_i| <= |a_i| + |b_i|", "the absolute value"),
        Law("matrix_vector", "|(A v)_i| <= ||A||_inf max|v|"),
    )
}


@dataclass(frozen=True, slots=True)
class BoundStep:
    """One application of a law: the size of `left` is at most `right`.

    `kind` is a norm, or `entries` for the largest absolute value of an entry; `note`
    says how an interval or a supremum is known.
    """

    law: Law
    left: m.MatrixExpr
    kind: str
    right: SizeExpr
    note: str = ""

    def __str__(self) -> str:
        inner = matrix_text(self.left)
        left = f"max|{inner}|" if self.kind == ENTRIES else f"||{inner}||_{self.kind}"
        why = f"{self.law.name}: {self.note}" if self.note else self.law.name
        return f"{left} <= {size_text(self.right)}  ({why})"


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
