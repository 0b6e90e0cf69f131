"""Dimensions solved by unification: unknown ones are bound, named ones are rigid."""

from __future__ import annotations

from dataclasses import dataclass, field

from symjac.expr.shape import Dim

AUTOMATIC = ("n", "m", "p", "q", "d", "r")


@dataclass(eq=False, slots=True)
class Unknown:
    """A dimension to be solved; `parent` leads to its representative."""

    label: str
    parent: Size | None = None


Size = Unknown | str | int


def find(size: Size) -> Size:
    """The representative: an unsolved dimension, a name or an integer."""
    while isinstance(size, Unknown) and size.parent is not None:
        size = size.parent
    return size


def unify(left: Size, right: Size) -> bool:
    """Make two dimensions equal; False if both are fixed and differ."""
    left, right = find(left), find(right)
    if left is right or left == right:
        return True
    if isinstance(right, Unknown):
        right.parent = left
        return True
    if isinstance(left, Unknown):
        left.parent = right
        return True
    return False


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
