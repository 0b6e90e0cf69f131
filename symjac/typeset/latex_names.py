"""Numbers, names and functions in LaTeX.

Names are letters, digits and underscores: what follows the first underscore is a label.
"""

from __future__ import annotations

from fractions import Fraction

from symjac.library.row import Function
from symjac.terms.shape import Compound, Dim, Kind, Shape
from symjac.typeset.notation import notation

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
