r"""Least closed intervals that hold the values of elementwise functions and slopes.

    tanh in [-1, 1]      tanh' in [0, 1]       sigmoid in [0, 1]   sigmoid' in [0, 1/4]
    arctan in [-pi/2, pi/2]                    erf' in [0, 2/sqrt(pi)]

A function or order without known ends has no bound here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from symjac.lazy import lazy_import
from symjac.library.functions import TABLE, lookup

if TYPE_CHECKING:
    import sympy
else:
    sympy = lazy_import("sympy")


@dataclass(frozen=True, slots=True)
class Extent:
    """Infimum and supremum of a function, exact SymPy numbers, and how they are known.

    Example:
        >>> row = extent("sigmoid", 1)
        >>> row.low, row.high, row.reason
        (0, 1/4, 's (1 - s) for s in (0, 1), largest at s = 1/2')
    """

    low: Any
    high: Any
    reason: str

    @property
    def supremum(self) -> Any:
        """The supremum of the absolute value."""
        return max(abs(self.low), abs(self.high))


@cache
def extent(name: str, order: int) -> Extent | None:
    """The ends of a function's derivative of given order; None if they are not known.

    Example:
        >>> extent("erf", 1).supremum
        2/sqrt(pi)
        >>> extent("silu", 0) is None
        True
    """
    row = lookup(name)
    found = (row.range, row.slope_range)[order] if order < 2 else None
    if found is None:
        return None
    low, high, reason = found
    # rows of the library, no input from outside
    return Extent(sympy.sympify(low), sympy.sympify(high), reason)


def rows() -> tuple[tuple[str, int], ...]:
    """Functions and orders with known ends."""
    pairs = ((name, order) for name in TABLE for order in (0, 1))
    return tuple(pair for pair in pairs if extent(*pair))
