"""Properties that a declaration may state: one row for each.

`relations` are equations over A, `also` what no equation says; together they are the
property, and every array that is to have it is held against them. A relation's left
side is what comparisons replace by its right side.
Source: Horn and Johnson, Matrix Analysis, 0.9 and 2.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from symjac.library.row import MATRIX, SQUARE, VECTOR

SCALAR = "A: ()"
_ANY = (MATRIX, VECTOR, SCALAR)
SYMMETRY = "A = A.T"


class Also(Enum):
    """What is no equation."""

    NOTHING = ""
    POSITIVE = "positive entries"
    DEFINITE = "positive leading minors"
    INVERTIBLE = "an inverse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One row; `vanishes` says that entries may be zero on an open set.

    `weaker` are the properties that follow; `words` stand behind a name in a sentence.
    """

    name: str
    takes: tuple[str, ...] = (SQUARE,)
    words: str = ""
    relations: tuple[str, ...] = ()
    also: Also = Also.NOTHING
    vanishes: bool = False
    weaker: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()

    @property
    def is_symmetric(self) -> bool:
        """Whether it is equal to its transpose."""
        return SYMMETRY in self.relations


_ROWS = (
    Property(name="symmetric", relations=(SYMMETRY,)),
    Property(
        name="skew",
        relations=("A = -A.T",),
        vanishes=True,
        synonyms=("antisymmetric",),
    ),
    Property(
        name="diagonal",
        relations=(SYMMETRY, "A = diag(diagonal(A))"),
        vanishes=True,
        weaker=("symmetric",),
    ),
    Property(name="orthogonal", relations=("A.T @ A = eye(n)",)),
    Property(
        name="positive_definite",
        words="is symmetric and positive definite",
        relations=(SYMMETRY,),
        also=Also.DEFINITE,
        synonyms=("positive definite", "spd"),
    ),
    Property(name="invertible", also=Also.INVERTIBLE, synonyms=("nonsingular",)),
    Property(
        name="projection",
        words="is an orthogonal projection",
        relations=(SYMMETRY, "A @ A = A"),
        weaker=("symmetric",),
    ),
    Property(
        name="identity",
        words="is the identity",
        relations=(SYMMETRY, "A = eye(n)"),
        vanishes=True,
    ),
    Property(
        name="scalar",
        words="is a multiple of the identity",
        relations=(SYMMETRY, "dim(n) * A = tr(A) * eye(n)"),
        vanishes=True,
        weaker=("diagonal", "symmetric"),
    ),
    Property(
        name="orthonormal_columns",
        takes=(MATRIX,),
        words="has orthonormal columns",
        relations=("A.T @ A = eye(n)",),
        synonyms=("orthonormal columns",),
    ),
    Property(name="zero", takes=_ANY, relations=("A = 0 * A",), vanishes=True),
    Property(
        name="binary",
        takes=(MATRIX, VECTOR),
        words="has entries 0 and 1 only",
        relations=("A * A = A",),
        vanishes=True,
    ),
    Property(
        name="positive",
        takes=_ANY,
        words="has positive entries",
        also=Also.POSITIVE,
    ),
    Property(
        name="unit",
        takes=(VECTOR,),
        words="has norm 1",
        relations=("A.T @ A = 1",),
        synonyms=("unit vector",),
    ),
    Property(
        name="sums_to_one",
        takes=(VECTOR,),
        words="sums to 1",
        relations=("sum(A) = 1",),
    ),
    Property(
        name="one_hot",
        takes=(VECTOR,),
        words="is one-hot",
        relations=("A * A = A", "sum(A) = 1"),
        vanishes=True,
        weaker=("sums_to_one",),
        synonyms=("onehot", "one hot"),
    ),
    Property(
        name="probability",
        takes=(VECTOR,),
        words="has positive entries that add up to 1",
        relations=("sum(A) = 1",),
        also=Also.POSITIVE,
        weaker=("sums_to_one",),
        synonyms=("probability vector", "simplex"),
    ),
)

PROPERTIES = {row.name: row for row in _ROWS}
SYNONYMS = {word: row.name for row in _ROWS for word in row.synonyms}
SYMMETRIC = frozenset(row.name for row in _ROWS if row.is_symmetric)
VANISHING = frozenset(row.name for row in _ROWS if row.vanishes)
COMMUTES = "commutes with "  # and a name: a property of both matrices


def clause(name: str) -> str:
    """What stands behind a name in a sentence, such as `is skew`."""
    row = PROPERTIES.get(name)
    return (row.words or f"is {name}") if row else name
