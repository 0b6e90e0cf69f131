"""How long a formula is: its tokens, and one for each pair of brackets that groups."""

from __future__ import annotations

import re
from functools import lru_cache

from symjac.terms import matrix as m
from symjac.typeset.text import matrix_text

_TOKEN = re.compile(r"[A-Za-z_]\w*'*|\d+(?:\.\d+)?|\*\*|[^\s\w()\[\],]")
_GROUP = re.compile(r"(?<![\w'])\(")


@lru_cache(maxsize=8192)
def length(expr: m.MatrixExpr) -> int:
    """Names, numbers and signs, and brackets that are not those of a function.

    Example:
        >>> from symjac.terms.matrix import MatMul, Symbol, Transpose
        >>> from symjac.terms.shape import matrix
        >>> W = Symbol("W", matrix("n", "n"))
        >>> length(Transpose(MatMul(W, W)))
        6
    """
    text = matrix_text(expr)
    return len(_TOKEN.findall(text)) + len(_GROUP.findall(text))
