"""symjac: derive, explain, judge and print Jacobians of vector and matrix equations."""

from symjac.claims.adjudicate import check
from symjac.derive import derive, parse

__all__ = ["check", "derive", "parse"]
