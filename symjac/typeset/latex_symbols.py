r"""Quantities, indices and signs in LaTeX, as the notation in force writes them.

| | superscript | subscript | plain |
| --- | --- | --- | --- |
| whole | `\mathbf{x}^{(t-1)}` | `\mathbf{x}_{t-1}` | `\mathbf{x}(t-1)` |
| component | `x_{k}^{(t-1)}` | `x_{t-1,k}` | `x_{k}(t-1)` |
| labeled | `(x_{1})_{k}^{(t)}` | `(x_{1,t})_{k}` | `(x_{1})_{k}(t)` |
"""

from __future__ import annotations

from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import Kind, Time
from symjac.typeset.latex_names import name_latex
from symjac.typeset.notation import index_name, notation

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
