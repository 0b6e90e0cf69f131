"""Print matrix form and index form in LaTeX; mathematics is typeset nowhere else.

Bold upright letters are whole vectors and matrices, italic ones are their entries; time
is a superscript in parentheses, component indices are subscripts: unless the notation
in force says otherwise. The output uses only commands that both amsmath and KaTeX
know. Names are letters, digits, underscores.
"""

from __future__ import annotations

import re
from fractions import Fraction
from types import UnionType
from typing import assert_never

from symjac.library.row import Function
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Compound, Dim, Kind, Shape, Time
from symjac.typeset.notation import index_name, notation
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

GREEK_LETTERS = frozenset(
    (
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu"
        " xi pi rho sigma tau upsilon phi chi psi omega Gamma Delta Theta Lambda"
        " Xi Pi Sigma Upsilon Phi Psi Omega"
    ).split()
)


def number(value: Fraction) -> str:
    """An exact number."""
    if value.denominator == 1:
        return str(value)
    sign = "-" if value < 0 else ""
    return rf"{sign}\tfrac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def _letters(stem: str, style: str) -> str:
    if stem in GREEK_LETTERS:
        return rf"\boldsymbol{{\{stem}}}" if style == "mathbf" else rf"\{stem}"
    if len(stem) == 1 and style == "mathit":
        return stem
    return rf"\{style}{{{stem}}}"


def _label(parts: list[str]) -> str:
    shown = (p if len(p) < 2 or p.isdigit() else rf"\mathrm{{{p}}}" for p in parts)
    greek = (
        rf"\{p}" if p in GREEK_LETTERS else s for p, s in zip(parts, shown, strict=True)
    )
    return ",".join(p or r"\_" for p in greek)


def name_latex(name: str, *, bold: bool = False) -> str:
    """A name: stem and label, `W_in` as W with subscript in.

    Args:
        bold: of a whole vector or matrix, if the notation in force has them bold.
    """
    stem, *parts = name.split("_")
    letters = _letters(stem, "mathbf" if bold and notation().bold else "mathit")
    return f"{letters}_{{{_label(parts)}}}" if parts else letters


def dim_latex(dim: Dim) -> str:
    """A dimension: `n m` for a product, `n + m` for a sum."""
    if not isinstance(dim, Compound):
        return str(dim) if isinstance(dim, int) else name_latex(dim)
    parts = [dim_latex(part) for part in dim.parts]
    if dim.operator == "+":
        return " + ".join(parts)
    return r"\,".join(map(_factor, dim.parts, parts))


def _factor(dim: Dim, shown: str) -> str:
    """A dimension beside others, a sum in brackets."""
    is_sum = isinstance(dim, Compound) and dim.operator == "+"
    return f"({shown})" if is_sum else shown


def dims_latex(dims: tuple[Dim, ...]) -> str:
    """Dimensions with times signs."""
    if len(dims) == 1:
        return dim_latex(dims[0])
    return r" \times ".join(_factor(dim, dim_latex(dim)) for dim in dims)


def shape_latex(shape: Shape) -> str:
    """Rows and columns: 1 for what a vector or scalar has only one of."""
    rows: tuple[Dim, ...] = (1,) if shape.kind in (Kind.ROW, Kind.SCALAR) else ()
    columns: tuple[Dim, ...] = (1,) if shape.kind in (Kind.COLUMN, Kind.SCALAR) else ()
    return dims_latex((*rows, *shape.dims, *columns))


def function_latex(function: Function, order: int) -> str:
    """A function's name with its primes."""
    primes = "'" * order
    if not function.is_generic:
        return function.latex + primes
    stem, *parts = function.name.split("_")
    if len(stem) > 1 and stem not in GREEK_LETTERS:
        return rf"\operatorname{{{stem}}}{primes}" + (
            f"_{{{_label(parts)}}}" if parts else ""
        )
    label = f"_{{{_label(parts)}}}" if parts else ""
    return _letters(stem, "mathit") + label + primes


_MARKS = {"top": r"\top", "T": "T", "prime": r"\prime"}


def brackets(inner: str) -> str:
    """Brackets as large as what they are around."""
    if is_tall(inner):
        return rf"\Bigl({inner}\Bigr)"
    return rf"\bigl({inner}\bigr)" if "(" in inner else f"({inner})"


def is_tall(inner: str) -> bool:
    """Whether it is higher than a line."""
    return any(part in inner for part in (r"\sum", r"\frac{", r"\begin{"))


def hadamard_sign() -> str:
    """The sign of the elementwise product, also for powers and functions."""
    return rf"\{notation().hadamard}"


def is_primed() -> bool:
    """Whether a prime is the transpose: then only a name goes without brackets."""
    return notation().transpose == "prime"


def transposed(shown: str, *, inverse: bool = False) -> str:
    """The transpose of what can take a superscript, or of its inverse."""
    if is_primed():
        return rf"({shown}^{{-1}})'" if inverse else f"{shown}'"
    return rf"{shown}^{{{'-' if inverse else ''}{_MARKS[notation().transpose]}}}"


def at_step(name: str, time: Time | str | None, *, mark: str = "") -> str:
    """A printed name at a time step, with a mark above it."""
    if time is None:
        return name + (f"^{{{mark}}}" if mark else "")
    match notation().time:
        case "subscript":
            is_labeled = "_{" in name
            below = f"{name[:-1]},{time}}}" if is_labeled else f"{name}_{{{time}}}"
            return below + (f"^{{{mark}}}" if mark else "")
        case "plain":
            return f"{name}({time})" + (f"^{{{mark}}}" if mark else "")
    return f"{name}^{{({time}){mark}}}"


def takes_superscript(symbol: m.Symbol) -> bool:
    """Whether nothing stands above or behind a symbol."""
    return symbol.time is None or notation().time == "subscript"


def symbol_latex(symbol: m.Symbol) -> str:
    """A whole quantity."""
    return at_step(_name(symbol), symbol.time)


def _name(symbol: m.Symbol) -> str:
    bold = symbol.shape.kind is not Kind.SCALAR
    of = symbol.differential_of
    return (r"\mathrm{d}" if of else "") + name_latex(of or symbol.name, bold=bold)


def transposed_latex(symbol: m.Symbol) -> str:
    """A whole quantity, transposed."""
    if symbol.differential_of:
        return transposed(f"({symbol_latex(symbol)})")
    if is_primed():
        shown = symbol_latex(symbol)
        return f"{shown}'" if takes_superscript(symbol) else f"{brackets(shown)}'"
    return at_step(_name(symbol), symbol.time, mark=_MARKS[notation().transpose])


def index_latex(index: ix.Index) -> str:
    """A component index."""
    return name_latex(index_name(index.name))


def indices_latex(indices: tuple[ix.Index, ...]) -> str:
    """Several indices, apart where one of them is long."""
    shown = [index_latex(index) for index in indices]
    return (",".join if any(len(i.name) > 1 for i in indices) else "".join)(shown)


def entry_at(symbol: m.Symbol, below: str) -> str:
    """An entry of a symbol at given subscript text, such as `12` or `jk`."""
    name, time = name_latex(symbol.name), symbol.time
    if not below:
        return at_step(name, time)
    is_labeled, is_below = "_" in symbol.name, notation().time == "subscript"
    if is_below and time is not None:
        if is_labeled:
            return f"({at_step(name, time)})_{{{below}}}"
        return f"{name}_{{{time},{below}}}"
    return at_step(
        f"({name})_{{{below}}}" if is_labeled else f"{name}_{{{below}}}", time
    )


def ratio(above: str, below: str) -> str:
    """A derivative as a fraction, displayed or inline."""
    if notation().fractions == "inline":
        return f"{above} / {below}"
    return rf"\frac{{{above}}}{{{below}}}"


def fraction(above: str, below: str, *, mark: str = "") -> str:
    """A fraction of two partials."""
    return ratio(rf"\partial{mark} {above}", rf"\partial{mark} {below}")


def beside(derivative: str) -> str:
    """A derivative as one factor of several."""
    return brackets(derivative) if notation().fractions == "inline" else derivative


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
