"""Print matrix form and index form in LaTeX; mathematics is typeset nowhere else.

Bold upright letters are whole vectors and matrices, italic ones are their entries; time
is a superscript in parentheses, component indices are subscripts: unless the notation
in force says otherwise (`latex_names.py`, `latex_symbols.py`). The output uses
only commands that both amsmath and KaTeX know. Names are letters, digits, underscores.
"""

from __future__ import annotations

import re
from fractions import Fraction
from types import UnionType
from typing import assert_never

from symjac.library.row import Function
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Kind
from symjac.typeset.latex_names import (
    dim_latex,
    dims_latex,
    function_latex,
    name_latex,
    number,
    shape_latex,
)
from symjac.typeset.latex_symbols import (
    at_step,
    beside,
    brackets,
    entry_at,
    fraction,
    hadamard_sign,
    index_latex,
    indices_latex,
    is_primed,
    is_tall,
    ratio,
    symbol_latex,
    takes_superscript,
    transposed,
    transposed_latex,
)
from symjac.typeset.notation import notation
from symjac.typeset.text import (
    ATOM,
    PRODUCT,
    UNARY,
    is_like_delta,
    joined,
    numbers,
    precedence,
    selector_blocks,
    signed,
)

__all__ = [  # what printers need is found in one place
    "at_step", "beside", "derivative_latex", "dim_latex",
    "dims_latex", "entry_at", "entry_latex", "factor_latex", "fraction",
    "function_latex", "hadamard_sign", "identity_latex", "index_latex",
    "matrix_latex", "name_latex", "ratio", "shape_latex", "symbol_latex",
    "term_latex", "terms_latex", "transposed", "transposed_latex",
]  # fmt: skip


def entry_latex(entry: ix.Entry) -> str:
    """An entry such as W_{jl} or x_k^{(t-1)}."""
    below = indices_latex(entry.indices)
    if isinstance(entry.matrix, m.Symbol) and not is_like_delta(entry):
        return entry_at(entry.matrix, below)
    shown = _bracketed(entry.matrix, not _is_closed(entry.matrix))
    return f"{shown}_{{{below}}}" if below else shown


def _is_closed(expr: m.MatrixExpr) -> bool:
    """Whether it prints with brackets, bars or a name and brackets around it."""
    return isinstance(expr, m.Operation) and expr.row.is_closed


def derivative_latex(
    of: m.Symbol,
    rows: tuple[ix.Index, ...],
    by: m.Symbol,
    columns: tuple[ix.Index, ...],
) -> str:
    """The derivative of one entry by one entry, as a fraction."""
    return fraction(entry_latex(ix.Entry(of, rows)), entry_latex(ix.Entry(by, columns)))


def _is_single(terms: ix.Terms) -> bool:
    return len(terms) == 1 and terms[0].coefficient == 1 and not terms[0].bound


def _partial(factor: ix.Partial) -> str:
    mark = "^{+}" if factor.immediate else ""
    below = entry_latex(factor.by)
    if _is_single(factor.of) and len(factor.of[0].factors) == 1:
        (inner,) = factor.of[0].factors
        if isinstance(inner, ix.Entry):
            return fraction(entry_latex(inner), below, mark=mark)
    of = brackets(terms_latex(factor.of))
    if notation().fractions == "inline":
        return fraction(of, below, mark=mark)
    return ratio(rf"\partial{mark}", rf"\partial{mark} {below}") + of


def factor_latex(factor: ix.Factor) -> str:
    """One factor of a term."""
    match factor:
        case ix.Entry():
            return entry_latex(factor)
        case ix.Delta(left, right):
            return rf"\delta_{{{indices_latex((left, right))}}}"
        case ix.Apply(function, order, argument):
            return function_latex(function, order) + brackets(terms_latex(argument))
        case ix.Power(base, exponent):
            return _raised(base, exponent)
        case ix.Partial():
            return _partial(factor)
    assert_never(factor)


def _raised(base: ix.Terms, exponent: Fraction) -> str:
    inner = terms_latex(base)
    plain = _is_single(base) and len(base[0].factors) == 1 and "^" not in inner
    plain = plain and " / " not in inner
    if exponent < 0:
        below = inner if exponent == -1 else _raised(base, -exponent)
        return rf"\frac{{1}}{{{below}}}"
    shown = inner if plain and "(" not in inner else brackets(inner)
    return f"{shown}^{{{number(exponent)}}}"


def term_latex(term: ix.Term) -> str:
    """One term without its sign."""
    sums = "".join(
        rf"\sum_{{{index_latex(i)}=1}}^{{{dim_latex(i.dim)}}} " for i in term.bound
    )
    size = abs(term.coefficient)
    factors = [factor_latex(factor) for factor in term.factors]
    if size != 1 or len(factors) > 1:
        pairs = zip(factors, term.factors, strict=True)
        factors = [beside(f) if isinstance(g, ix.Partial) else f for f, g in pairs]
    if size != 1 or not factors:
        sums = number(size) + (r"\," if factors else "") + sums
    return sums + r"\,".join(factors)


def terms_latex(terms: ix.Terms) -> str:
    """An index form."""
    return joined((t.coefficient < 0, term_latex(t)) for t in terms) or "0"


def _bracketed(expr: m.MatrixExpr, is_loose: bool = True) -> str:
    inner = matrix_latex(expr)
    return brackets(inner) if is_loose else inner


def _wrap(expr: m.MatrixExpr, least: int) -> str:
    return _bracketed(expr, precedence(expr) < least)


def _constant(expr: m.Constant) -> str:
    if expr.shape == SCALAR:
        return number(expr.value)
    below = dims_latex(expr.shape.dims)
    is_zero = expr.value == 0
    shown = rf"\mathbf{{{0 if is_zero else 1}}}_{{{below}}}"
    size = "" if is_zero or expr.value == 1 else number(expr.value) + r"\,"
    return size + (transposed(shown) if expr.shape.kind is Kind.ROW else shown)


def _sum(expr: m.Add) -> str:
    # beside a matrix, a number would be read as that multiple of the identity
    plain = {} if expr.shape.kind is Kind.MATRIX else numbers(expr)
    return joined(
        (negative, number(plain[n]) if n in plain else _wrap(term, PRODUCT))
        for n, (negative, term) in enumerate(map(signed, expr.terms))
    )


def _transpose(arg: m.MatrixExpr) -> str:
    if isinstance(arg, m.Symbol):
        return transposed_latex(arg)
    if isinstance(arg, m.Operation) and arg.name == "inv":
        return transposed(_atom(arg.args[0]), inverse=True)
    if isinstance(arg, m.Operation) and _is_closed(arg) and not is_primed():
        return transposed(matrix_latex(arg))
    if isinstance(arg, m.Operation | m.Transpose) or is_primed():
        return transposed(_bracketed(arg))
    return transposed(_wrap(arg, ATOM))


def _power(expr: m.Power) -> str:
    exponent = number(expr.exponent)
    base = expr.base
    is_norm = isinstance(base, m.Operation) and base.name.startswith("norm")
    inner = matrix_latex(base) if is_norm else _atom(base)
    if expr.shape == SCALAR:
        return f"{inner}^{{{exponent}}}"
    return rf"{inner}^{{{hadamard_sign()} {exponent}}}"


def matrix_latex(expr: m.MatrixExpr) -> str:  # noqa: C901 - exhaustive match
    """A matrix form, for math mode."""
    match expr:
        case m.Symbol():
            return symbol_latex(expr)
        case m.Constant():
            return _constant(expr)
        case m.Identity(dim):
            return f"{identity_latex()}_{{{dim_latex(dim)}}}"
        case m.Add():
            return _sum(expr)
        case m.Neg(arg):
            return "-" + _apart(_wrap(arg, PRODUCT))
        case m.Quotient() | m.Scale() | m.MatMul() | m.Hadamard() if signed(expr)[0]:
            return "-" + _wrap(signed(expr)[1], PRODUCT)
        case m.Transpose(arg):
            return _transpose(arg)
        case m.Diag(arg):
            return r"\operatorname{diag}" + brackets(matrix_latex(arg))
        case m.Elementwise(function, order, arg):
            return _head(function, order, arg) + brackets(matrix_latex(arg))
        case m.Operation():
            return _operation(expr)
        case m.Power():
            return _power(expr)
        case m.Quotient(above, below) if _is_slashed(expr):
            is_product = isinstance(above, m.Hadamard)
            first = _bracketed(above) if is_product else _hadamard(above)
            return rf"{first} \oslash {_apart(_hadamard(below))}"
        case m.Quotient(above, below):
            return rf"\frac{{{_above(above, below)}}}{{{matrix_latex(below)}}}"
        case m.Scale(left, right):
            return _scale(left, right)
        case m.MatMul(left, right):
            return _next_to(_juxtaposed(left, m.MatMul | m.Scale), _juxtaposed(right))
        case m.Hadamard(left, right):
            sign = hadamard_sign()
            return f"{_hadamard(left)} {sign} {_apart(_hadamard(right))}"
    assert_never(expr)


def identity_latex() -> str:
    """The letter of identity matrices."""
    return name_latex("I", bold=True)


def _head(function: Function, order: int, arg: m.MatrixExpr) -> str:
    """A function before its argument; exp of a matrix is marked as elementwise."""
    is_unclear = arg.shape.kind is Kind.MATRIX and function.also_of_matrices
    return function_latex(function, order) + (
        f"^{{{hadamard_sign()}}}" if is_unclear else ""
    )


def _apart(shown: str) -> str:
    """A right factor; a sign in front gets brackets."""
    return brackets(shown) if shown.startswith("-") else shown


def _scale(left: m.MatrixExpr, right: m.MatrixExpr) -> str:
    is_flat = isinstance(left, m.Scale) and not isinstance(left.arg, m.MatMul)
    above = matrix_latex(left) if is_flat else _juxtaposed(left)
    if _has_trace(left) and right.shape != SCALAR:
        above = brackets(above)  # else it may be the trace of everything behind it
    return _next_to(above, _juxtaposed(right, m.MatMul | m.Scale))


def _next_to(left: str, right: str) -> str:
    """Two factors: apart by a space, or by a dot before a number."""
    is_number = re.match(r"\d|\\tfrac|-(\d+|\\tfrac{\d+}{\d+})$", right)
    return left + (r" \cdot " if is_number else r"\,") + _apart(right)


def _has_trace(expr: m.MatrixExpr) -> bool:
    """Whether a trace is one of the numbers that are multiplied."""
    if isinstance(expr, m.Scale):
        return _has_trace(expr.scalar) or _has_trace(expr.arg)
    return isinstance(expr, m.Operation) and expr.name == "tr"


LONG = 200  # characters of LaTeX


def _operation(expr: m.Operation) -> str:
    if expr.row.is_stack:
        inner = expr.row.latex.join(matrix_latex(m.cell(arg)) for arg in expr.args)
        return rf"\begin{{bmatrix}} {inner} \end{{bmatrix}}"
    if expr.name == "selector":
        return matrix_latex(selector_blocks(expr))
    if expr.name in _OWN:
        return _OWN[expr.name](expr)
    parameters = [dim_latex(p) for p in expr.parameters]
    shown = [matrix_latex(arg) for arg in expr.args]
    if _is_doubted(expr):
        return r"\operatorname{matpow}" + brackets(f"{shown[0]}, {parameters[0]}")
    if expr.row.latex.startswith("{0}^"):
        shown = [_atom(expr.args[0])]
    elif expr.row.latex.endswith("({0})"):
        return expr.row.latex.removesuffix("({0})").format() + brackets(shown[0])
    found = expr.row.latex.format(*shown, *parameters)
    if expr.name.startswith("norm") and is_tall(shown[0]) and len(shown[0]) < LONG:
        # no line may break between growing bars
        found = found.replace(r"\lVert", r"\left\lVert", 1)
        bars = found.rindex(r"\rVert")
        found = rf"{found[:bars]}\right{found[bars:]}"
    return found


def _is_doubted(expr: m.Operation) -> bool:
    """Whether it is the power of a call: of its entries, to some papers."""
    is_call = any(isinstance(a, m.Elementwise) or _is_closed(a) for a in expr.args)
    return expr.name == "matpow" and is_call


def _commutation(expr: m.Operation) -> str:
    below = ",".join(map(dim_latex, expr.parameters))
    return f"{name_latex('K', bold=True)}_{{{below}}}"


def _kron(expr: m.Operation) -> str:
    if expr.shape.kind is not Kind.MATRIX:  # of two vectors, papers mean x y^T too
        inner = ", ".join(map(matrix_latex, expr.args))
        return r"\operatorname{kron}" + brackets(inner)
    first, *others = map(_kron_operand, expr.args)
    return r" \otimes ".join((first, *map(_apart, others)))


_OWN = {"commutation": _commutation, "kron": _kron}


def _atom(expr: m.MatrixExpr) -> str:
    """An expression that a superscript is put on."""
    return _bracketed(
        expr, not (isinstance(expr, m.Symbol) and takes_superscript(expr))
    )


def _kron_operand(expr: m.MatrixExpr) -> str:
    is_kron = isinstance(expr, m.Operation) and expr.name == "kron"
    return _bracketed(expr, is_kron or precedence(expr) < UNARY)


def _is_slashed(expr: m.MatrixExpr) -> bool:
    """Whether it is an elementwise quotient that a fraction bar does not tell."""
    is_quotient = isinstance(expr, m.Quotient) and expr.denominator.shape != SCALAR
    return is_quotient and expr.shape.kind is not Kind.COLUMN


def _above(above: m.MatrixExpr, below: m.MatrixExpr) -> str:
    if isinstance(above, m.Constant) and above.shape == below.shape:
        return number(above.value)
    return matrix_latex(above)


def _juxtaposed(operand: m.MatrixExpr, chain: type | UnionType = m.Symbol) -> str:
    """A factor beside others; a product in it needs brackets unless it is `chain`."""
    loose = m.Hadamard | m.Scale | m.MatMul | m.Add | m.Neg
    is_loose = isinstance(operand, loose) and not isinstance(operand, chain)
    is_infix = isinstance(operand, m.Operation) and operand.name == "kron"
    return _bracketed(operand, is_loose or is_infix or _is_slashed(operand))


def _hadamard(operand: m.MatrixExpr) -> str:
    is_loose = isinstance(operand, m.MatMul | m.Scale | m.Add | m.Neg) or _is_slashed(
        operand
    )
    return _bracketed(operand, is_loose or precedence(operand) < PRODUCT)
