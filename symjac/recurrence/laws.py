r"""The inequalities that a bound is made of, each with its source.

For the norms induced by the 1-, 2- and infinity-norm, and the Frobenius norm F:

    ||A B|| <= ||A|| ||B||        ||A + B|| <= ||A|| + ||B||      ||c A|| = |c| ||A||
    ||A^T||_2 = ||A||_2           ||A^T||_F = ||A||_F             ||A^T||_1 = ||A||_inf
    ||diag(d)||_p = max|d|        ||A diag(d)||_F <= ||A||_F max|d|
    |f(u)| <= sup|f|              |f'(u)| <= sup|f'|

Source: Horn and Johnson, Matrix Analysis (2013), 5.6.
"""

from __future__ import annotations

from dataclasses import dataclass

from symjac.errors import UnsupportedError
from symjac.recurrence.size import SizeExpr, size_text
from symjac.terms import matrix as m
from symjac.typeset.text import matrix_text

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
