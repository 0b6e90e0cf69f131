"""Dimensions that are printed, and those that program or declarations know."""

from __future__ import annotations

import re

from symjac.errors import Source
from symjac.language.check import check_formula
from symjac.latex_input.names import Names
from symjac.terms.shape import Compound

_FACTOR = r"(?:\w+|\(\w+(?:\+\w+)+\))"
_TERM = rf"{_FACTOR}(?:\*{_FACTOR})*"
_SIZE = re.compile(rf"{_TERM}(?:\+{_TERM})*")


def size_text(printed: str) -> str:
    r"""A dimension in symjac's language: `n\,m` is a product."""
    found = printed.replace("*", "?").replace(r"\,", "*")
    return found.translate(str.maketrans("", "", "{} "))


def is_size_text(text: str) -> bool:
    """Whether a text is a name, a number, or sums and products of such."""
    return _SIZE.fullmatch(text) is not None


def length(names: Names, name: str) -> str | None:
    """The declared or solved length of a vector."""
    if names.program is not None:
        return str(names.program.shape(name).dims[0])
    sizes = names.shapes.get(name)
    return str(sizes[0]) if sizes else None


def rows(names: Names, formula: str) -> str | None:
    """The number of rows of a matrix over the program's names."""
    if names.program is None:
        return None
    found = check_formula(Source("read as", formula), names.program)
    dim = found.shape.dims[0]
    return None if isinstance(dim, Compound) else str(dim)
