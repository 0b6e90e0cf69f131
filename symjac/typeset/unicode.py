"""Formulas for a terminal, in Unicode: Wᵀ, σ′(xₖ⁽ᵗ⁻¹⁾), Σₗ Wⱼₗ hₗ, u ⊙ v.

The structure is `text`'s; only signs differ. This is for reading: what Unicode has no
sign for, and what two readers could read in two ways, stays as in symjac's language.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from symjac.library.row import Function
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Dim, Time
from symjac.typeset.text import ATOM, UNARY, Printer, is_atom, precedence, signed

_GREEK = (
    "alpha beta gamma epsilon zeta eta theta iota kappa lambda mu nu xi pi rho"
    " sigma tau upsilon phi chi psi omega"
).split()
GREEK = {
    spelled: unicodedata.lookup(f"GREEK {size} LETTER {name.replace('bd', 'd')}")
    for name in _GREEK
    for spelled, size in ((name, "SMALL"), (name.capitalize(), "CAPITAL"))
}
del GREEK["Sigma"]  # would be read as a sum, as delta would as Kronecker's
SUPERSCRIPT = str.maketrans(
    dict(zip("0123456789+-()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾", strict=True))
    | dict(zip("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True))
)
RAISED = frozenset(SUPERSCRIPT.values())
SUBSCRIPT = str.maketrans(
    dict(zip("0123456789aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
)
VULGAR = {
    Fraction(unicodedata.numeric(sign)).limit_denominator(9): sign for sign in "½⅓⅔¼¾"
}
_NAME = re.compile(r"[^\W\d_]+(?=\b|_)")


def raised(shown: str) -> str | None:
    """Text as a superscript, if Unicode has all of its signs."""
    found = shown.translate(SUPERSCRIPT)
    return found if all(ord(c) in SUPERSCRIPT for c in shown) else None


def lowered(shown: str) -> str | None:
    """Text as a subscript, if Unicode has all of its signs."""
    found = shown.translate(SUBSCRIPT)
    return found if all(ord(c) in SUBSCRIPT for c in shown) else None


def spelled(name: str) -> str:
    """A name with its Greek parts as letters: σ_1 for `sigma_1`."""
    return "_".join(GREEK.get(part, part) for part in name.split("_"))


def time_mark(time: Time | None) -> str:
    """A time step: x⁽ᵗ⁻¹⁾, or in brackets where Unicode lacks a letter."""
    return "" if time is None else raised(f"({time})") or f"[{time}]"


def coefficient(value: Fraction) -> str:
    """A number before a product; a fraction in one sign or in brackets."""
    if value.denominator == 1:
        return str(value)
    return VULGAR.get(value, f"({value})")


class Unicode(Printer):
    """Formulas as a reader would write them on paper."""

    times, unequal, is_aligned = " ", "≠", True

    def number(self, value: Fraction) -> str:
        """An exact number."""
        sign, size = ("-", -value) if value < 0 else ("", value)
        return sign + VULGAR.get(size, str(size))

    def symbol(self, symbol: m.Symbol) -> str:
        """A whole quantity."""
        return spelled(symbol.name) + time_mark(symbol.time)

    def function(self, function: Function, order: int) -> str:
        """A function's name with its primes."""
        return spelled(function.name) + "′" * order

    def identity(self, dim: Dim) -> str:
        """An identity matrix."""
        below = lowered(str(dim))
        return f"I{below}" if below else super().identity(dim)

    def transpose(self, arg: m.MatrixExpr) -> str:
        """A transpose."""
        is_raised = isinstance(arg, m.Operation) and arg.name in ("inv", "matpow")
        shown = self.matrix(arg)
        is_closed = precedence(arg) >= ATOM and not is_raised
        return f"{shown if is_closed else f'({shown})'}ᵀ"

    def power(self, expr: m.Power) -> str:
        """A number's power; an elementwise one as in symjac's language."""
        above = raised(str(expr.exponent))
        if above is None or expr.shape != SCALAR:
            return super().power(expr)
        return self._base(expr.base) + above

    def _base(self, base: m.MatrixExpr) -> str:
        """What a superscript is put on: in brackets if it has one already."""
        is_plain = isinstance(base, m.Symbol) and base.time is None
        shown = self.matrix(base)
        return shown if is_plain else f"({shown})"

    def product(self, expr: m.Scale | m.Hadamard | m.MatMul) -> str:
        """A product of two factors."""
        match expr:
            case m.Hadamard(left, right):
                return f"{self._first(left, m.MatMul)} ⊙ {self._second(right)}"
            case m.MatMul(left, right):
                first = self._first(left, m.Hadamard | m.Quotient)
            case m.Scale(left, right):
                first = self._scalar(left)
        return beside(first, self._second(right))

    def _scalar(self, left: m.MatrixExpr) -> str:
        """A number before what it multiplies, or another scalar."""
        negative, size = signed(left)
        if isinstance(size, m.Constant):
            return ("-" if negative else "") + coefficient(size.value)
        return self._first(left, m.MatMul | m.Quotient | m.Hadamard)

    def _second(self, right: m.MatrixExpr) -> str:
        shown = self._wrap(right, UNARY)
        return f"({shown})" if shown.startswith("-") else shown

    def operation(self, expr: m.Operation) -> str:
        """A named operation; inverses and powers as exponents, norms in bars."""
        if expr.name == "inv":
            return self._base(expr.args[0]) + "⁻¹"
        if expr.name == "matpow" and (above := raised(str(expr.parameters[0]))):
            return self._base(expr.args[0]) + above
        if expr.name in ("norm1", "norm2"):
            return f"‖{self.matrix(expr.args[0])}‖{lowered(expr.name[-1])}"
        return super().operation(expr)

    def entry(self, factor: ix.Entry) -> str:
        """An entry: Wⱼₖ, xₖ⁽ᵗ⁻¹⁾, and W_rec[j,k] where the name has a label."""
        symbol, found = factor.matrix, factor.indices
        below = lowered("".join(index.name for index in found))
        is_short = all(len(index.name) == 1 for index in found)
        if (
            isinstance(symbol, m.Symbol)
            and below
            and is_short
            and "_" not in symbol.name
        ):
            return spelled(symbol.name) + below + time_mark(symbol.time)
        return super().entry(factor)

    def indices(self, found: tuple[ix.Index, ...]) -> str:
        """Component indices in brackets."""
        return f"[{','.join(spelled(index.name) for index in found)}]"

    def delta(self, found: tuple[ix.Index, ...]) -> str:
        """A Kronecker delta."""
        below = lowered("".join(index.name for index in found))
        is_short = all(len(index.name) == 1 for index in found)
        return f"δ{below}" if below and is_short else f"δ{self.indices(found)}"

    def raised(self, base: ix.Terms, exponent: Fraction) -> str:
        """A power of a component."""
        above = raised(str(exponent))
        if above is None:
            return super().raised(base, exponent)
        inner = self.terms(base)
        is_plain = is_atom(base) and RAISED.isdisjoint(inner)
        return (inner if is_plain else f"({inner})") + above

    def partial(self, found: ix.Partial) -> str:
        """A derivative that is still to be taken."""
        mark = "∂⁺" if found.immediate else "∂"
        of = self.terms(found.of)
        is_entry = is_atom(found.of) and isinstance(found.of[0].factors[0], ix.Entry)
        return f"{mark}{of if is_entry else f'({of})'}/{mark}{self.entry(found.by)}"

    def term(self, term: ix.Term) -> str:
        """One term without its sign: Σₗ Wⱼₗ hₗ."""
        size = abs(term.coefficient)
        parts = [self.factor(factor) for factor in term.factors]
        between = " · " if any(isinstance(f, ix.Partial) for f in term.factors) else " "
        if size != 1 or not parts:
            parts.insert(0, coefficient(size) if parts else self.number(size))
        sums = "".join(f"Σ{self._below(index)} " for index in term.bound)
        return sums + between.join(parts)

    def _below(self, index: ix.Index) -> str:
        return lowered(index.name) or f"[{index.name}]"

    def words(self, said: str) -> str:
        """A sentence with Greek letters and signs in place of their names."""
        shown = _NAME.sub(lambda found: GREEK.get(found[0], found[0]), said)
        for ascii, sign in (("<=", "≤"), (">=", "≥"), ("!=", "≠"), ("->", "→")):
            shown = shown.replace(ascii, sign)
        return re.sub(r"(?<=\w)'+(?=\()", lambda found: "′" * len(found[0]), shown)


def beside(first: str, second: str) -> str:
    """Two factors: apart by a space, or by a dot before a number."""
    return f"{first} · {second}" if second[0].isdigit() else f"{first} {second}"


UNICODE = Unicode()
