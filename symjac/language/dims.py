"""Dimensions solved by unification: unknown ones are bound, named ones are rigid."""

from __future__ import annotations

from dataclasses import dataclass, field

from symjac.expr.operations import plus, times
from symjac.expr.shape import Compound, Dim

AUTOMATIC = ("n", "m", "p", "q", "d", "r")


@dataclass(eq=False, slots=True)
class Unknown:
    """A dimension to be solved; `parent` leads to its representative."""

    label: str
    parent: Size | None = None

    def __str__(self) -> str:
        return self.label


Size = Unknown | str | int | Compound


def find(size: Size) -> Size:
    """The representative: an unsolved dimension, a name or an integer."""
    while isinstance(size, Unknown) and size.parent is not None:
        size = size.parent
    if isinstance(size, Compound):
        parts = tuple(map(find, size.parts))
        combined: Size = (times if size.operator == "*" else plus)(*parts)
        return combined
    return size


def unify(left: Size, right: Size) -> bool:
    """Make two dimensions equal; False if both are fixed and differ.

    No dimension is a sum or product of itself and others, such as n = n + m.
    """
    left, right = find(left), find(right)
    if left is right or left == right:
        return True
    if isinstance(left, Compound) and isinstance(right, Compound):
        return _unify_compounds(left, right)
    if isinstance(right, Unknown):
        left, right = right, left
    if not isinstance(left, Unknown) or left in _parts(right):
        return False
    left.parent = right
    return True


def _parts(size: Size) -> tuple[Size, ...]:
    """What a dimension is made of, itself included."""
    size = find(size)
    if not isinstance(size, Compound):
        return (size,)
    return tuple(one for part in size.parts for one in _parts(part))


def _unify_compounds(left: Compound, right: Compound) -> bool:
    """n*m and m*n are the same number; so are n+m and m+n."""
    if left.operator != right.operator or len(left.parts) != len(right.parts):
        return False
    parts = (*left.parts, *right.parts)
    if not any(isinstance(part, Unknown) for part in parts):
        return sorted(map(str, left.parts)) == sorted(map(str, right.parts))
    return all(unify(a, b) for a, b in zip(left.parts, right.parts, strict=True))


@dataclass(slots=True)
class Naming:
    """Gives every unsolved dimension a name that is not in use."""

    used: set[str]
    fixed: dict[str, int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    def resolve(self, size: Size) -> Dim:
        """Name or integer of a dimension."""
        root = find(size)
        if isinstance(root, int):
            return root
        if isinstance(root, Compound):
            parts = tuple(map(self.resolve, root.parts))
            combined: Dim = (times if root.operator == "*" else plus)(*parts)
            return combined
        if isinstance(root, str):
            return self.fixed.get(root, root)
        if id(root) not in self.names:
            self.names[id(root)] = self._next()
        return self.names[id(root)]

    def _next(self) -> str:
        count = 0
        while True:
            turn, place = divmod(count, len(AUTOMATIC))
            name = AUTOMATIC[place] + (f"_{turn}" if turn else "")
            if name not in self.used:
                self.used.add(name)
                return name
            count += 1
