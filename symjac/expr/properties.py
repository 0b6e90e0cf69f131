"""Words for the properties that a symbol may be declared to have."""

from __future__ import annotations

COMMUTES = "commutes with "  # and a name: a property of both matrices
SYMMETRIC = frozenset(
    "symmetric diagonal positive_definite projection identity scalar".split()
)
