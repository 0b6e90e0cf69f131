r"""Matrix forms in LaTeX as different authors print them, apart from symjac's own.

The printer shares no code with symjac's: it brackets what a reader could doubt.
"""

from __future__ import annotations

from dataclasses import dataclass

from symjac.terms.matrix import (
    Add,
    Constant,
    Diag,
    Elementwise,
    Hadamard,
    Identity,
    MatMul,
    MatrixExpr,
    Neg,
    Operation,
    Power,
    Quotient,
    Scale,
    Symbol,
    Transpose,
)
from symjac.terms.shape import SCALAR, Kind

GREEK = ("alpha", "beta", "phi", "sigma")
COMMANDS = {
    **{name: rf"\{name}" for name in ("tanh", "exp", "sin", "cos", "log")},
    "arctan": r"\arctan",
}


@dataclass(frozen=True)
class Dialect:
    """One author's habits."""

    name: str
    bold: str = ""
    transpose: str = r"^T"
    time_above: bool = False
    hadamard: str = r"\odot"
    word: str = r"\operatorname{%s}"
    left: str = "("
    right: str = ")"
    product: str = " "
    prime: str = "'"
    label: str = "%s"
    fraction: str = r"\frac"


DIALECTS = (
    Dialect("plain"),
    Dialect(
        "bold",
        bold=r"\mathbf{%s}",
        transpose=r"^{\top}",
        time_above=True,
        left=r"\left(",
        right=r"\right)",
        label=r"\mathrm{%s}",
    ),
    Dialect(
        "course",
        transpose=r"^\intercal",
        hadamard=r"\circ",
        word=r"\mathrm{%s}",
        product=r" \cdot ",
        prime=r"^{\prime}",
        fraction=r"\dfrac",
    ),
    Dialect(
        "book",
        bold=r"\boldsymbol{%s}",
        transpose=r"^{\mathsf T}",
        word=r"\text{%s}",
        left=r"\bigl(",
        right=r"\bigr)",
        product=r"\,",
        label=r"\text{%s}",
    ),
    Dialect(
        "thread",
        transpose=r"^{T}",
        time_above=True,
        word="%s",
        left=r"\left [",
        right=r"\right ]",
        product=r"\!\cdot\!",
        fraction=r"\tfrac",
    ),
)


class Printer:
    """Prints in one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self.d = dialect

    def brackets(self, inner: str) -> str:
        return f"{self.d.left}{inner}{self.d.right}"

    def round(self, inner: str) -> str:
        return f"({inner})"

    def symbol(self, symbol: Symbol, mark: str = "") -> str:
        stem, *labels = symbol.name.split("_")
        shown = rf"\{stem}" if stem in GREEK else stem
        if self.d.bold and symbol.shape.kind is not Kind.SCALAR:
            shown = self.d.bold % shown
        below = [self.d.label % label for label in labels]
        above = ""
        if symbol.time is not None:
            offset = symbol.time.offset
            step = f"{symbol.time.base}{offset:+d}" if offset else str(symbol.time)
            if self.d.time_above:
                above = f"({step})"
            else:
                below.append(step)
        shown += f"_{{{','.join(below)}}}" if below else ""
        if above and mark:
            return f"{shown}^{{{above}{mark.removeprefix('^').strip('{}')}}}"
        return shown + (f"^{{{above}}}" if above else mark)

    def number(self, value: object) -> str:
        above, _, below = str(value).partition("/")
        if not below:
            return above
        sign = "-" if above.startswith("-") else ""
        return f"{sign}{self.d.fraction}{{{above.lstrip('-')}}}{{{below}}}"

    def constant(self, expr: Constant) -> str:
        if expr.shape == SCALAR:
            return self.number(expr.value)
        below = r" \times ".join(map(str, expr.shape.dims))
        base = rf"\mathbf{{{0 if expr.value == 0 else 1}}}_{{{below}}}"
        if expr.shape.kind is Kind.ROW:
            base += r"^{\top}"
        scale = "" if expr.value in (0, 1) else self.number(expr.value) + " "
        return scale + base

    def factor(self, expr: MatrixExpr) -> str:
        """An operand that binds as tightly as a name."""
        shown = self.show(expr)
        tight = Symbol | Identity | Diag | Elementwise
        if isinstance(expr, tight) or (
            isinstance(expr, Constant) and expr.shape == SCALAR and expr.value >= 0
        ):
            return shown
        return self.brackets(shown)

    def term(self, expr: MatrixExpr) -> str:
        shown = self.show(expr)
        loose = isinstance(expr, Add | Neg) or shown.startswith("-")
        return self.brackets(shown) if loose else shown

    def add(self, expr: Add) -> str:
        spread = not all(isinstance(term, Constant) for term in expr.terms)
        shown = []
        for term in expr.terms:
            if (
                isinstance(term, Constant)
                and spread
                and term.shape.kind is not Kind.MATRIX
            ):
                text = self.number(term.value)
                shown.append(self.brackets(text) if text.startswith("-") else text)
            elif isinstance(term, Neg) and shown:
                shown[-1] += f" - {self.term(term.arg)}"
            else:
                shown.append(self.term(term))
        return " + ".join(shown)

    def show(self, expr: MatrixExpr) -> str:  # noqa: C901 - a table
        match expr:
            case Symbol():
                return self.symbol(expr)
            case Constant():
                return self.constant(expr)
            case Identity(dim):
                return f"I_{{{dim}}}"
            case Add():
                return self.add(expr)
            case Neg(arg):
                return f"-{self.factor(arg)}"
            case Transpose(Symbol() as inner):
                return self.symbol(inner, self.d.transpose)
            case Transpose(arg):
                return self.brackets(self.show(arg)) + self.d.transpose
            case Diag(arg):
                return self.d.word % "diag" + self.brackets(self.show(arg))
            case Elementwise():
                return self.apply(expr)
            case Operation():
                return self.operation(expr)
            case Power(base, exponent):
                odot = "" if expr.shape == SCALAR else r"\odot "
                return f"{self.brackets(self.show(base))}^{{{odot}{exponent}}}"
            case Quotient(above, below) if below.shape.kind in (Kind.ROW, Kind.MATRIX):
                return rf"{self.factor(above)} \oslash {self.factor(below)}"
            case Quotient(above, below):
                top = (
                    self.number(above.value)
                    if isinstance(above, Constant) and above.shape == below.shape
                    else self.show(above)
                )
                return rf"\frac{{{top}}}{{{self.show(below)}}}"
            case Scale(left, right) | MatMul(left, right):
                return f"{self.factor(left)}{self.d.product}{self.factor(right)}"
            case Hadamard(left, right):
                sign = self.d.hadamard if expr.shape != SCALAR else self.d.product
                return f"{self.factor(left)} {sign} {self.factor(right)}"
        raise AssertionError(expr)

    def apply(self, expr: Elementwise) -> str:
        name = expr.function.name
        if name in GREEK:
            head = rf"\{name}"
        elif len(name) == 1:
            head = name
        else:
            head = COMMANDS.get(name) or self.d.word % name
        head += self.d.prime * expr.order
        if expr.shape.kind is Kind.MATRIX and name in ("exp", "sin", "cos"):
            head += r"^{\odot}"
        return head + self.brackets(self.show(expr.arg))

    def operation(self, expr: Operation) -> str:  # noqa: C901 - a table
        shown = [self.show(arg) for arg in expr.args]
        match expr.name:
            case "inv":
                return f"{self.round(shown[0])}^{{-1}}"
            case "matpow":
                return f"{self.round(shown[0])}^{{{expr.parameters[0]}}}"
            case "dim":
                return str(expr.parameters[0])
            case "norm2":
                return rf"\left\| {shown[0]} \right\|"
            case "norm1":
                return rf"\| {shown[0]} \|_1"
            case "normF":
                return rf"\lVert {shown[0]} \rVert_F"
            case "det":
                return rf"\left| {shown[0]} \right|"
            case "logdet":
                return rf"\log\left|{self.round(shown[0])}\right|"
            case "dot":
                return rf"\langle {shown[0]}, {shown[1]} \rangle"
            case "kron" if expr.shape.kind is Kind.MATRIX:
                left, right = map(self.factor, expr.args)
                return rf"{left} \otimes {right}"
            case "hstack":
                return rf"\begin{{pmatrix}} {' & '.join(shown)} \end{{pmatrix}}"
            case "vstack":
                return f"[{'; '.join(shown)}]"
        word = expr.name.replace("_", r"\_")
        style = self.d.word if "_" not in expr.name else r"\operatorname{%s}"
        return f"{style % word}({', '.join(shown)})"
