"""symjac: derive, explain, judge and print Jacobians of vector and matrix equations."""

from symjac.derive import derive, parse

__all__ = ["derive", "parse"]
