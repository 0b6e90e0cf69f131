"""Dimensions solved by unification: unknown ones are bound, named ones are rigid."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from symjac.terms.operations import plus, times
from symjac.terms.shape import Compound, Dim, count

AUTOMATIC = ("n", "m", "p", "q", "d", "r")
MAX_PRIME = 3  # up to here no number is a product


@dataclass(eq=False, slots=True)
class Unknown:
    """A dimension to be solved; `parent` leads to its representative.

    One with a `value` is a number that was written: nothing is left to solve but
    how it counts, since 6 entries may be the 3*2 of a vec.
    """

    label: str
    parent: Size | None = None
    value: int | None = None

    def __str__(self) -> str:
        return self.label


Size = Unknown | str | int | Compound


def literal(value: int) -> Size:
    """A dimension that is a number; a product, as long as nothing says otherwise."""
    return Unknown(str(value), value=value) if value > MAX_PRIME else value


def number(size: Size) -> int | None:
    """How many entries a dimension has, if that is a number."""
    size = find(size)
    return size.value if isinstance(size, Unknown) else count(size)


def plain(size: Size) -> Any:
    """A dimension with its numbers as numbers; what is open stays so."""
    size = find(size)
    if isinstance(size, Compound):
        return Compound(size.operator, tuple(map(plain, size.parts)))
    return size if number(size) is None else number(size)


def find(size: Size) -> Size:
    """The representative: an unsolved dimension, a name or an integer."""
    while isinstance(size, Unknown) and size.parent is not None:
        size = size.parent
    if isinstance(size, Compound):
        parts = map(find, size.parts)
        if size.operator == "*":
            product: Size = times(*parts)
            return product
        total: Size = plus(*(p if (n := _value(p)) is None else n for p in parts))
        return total
    return size


def _value(size: Size) -> int | None:
    return size.value if isinstance(size, Unknown) else None


def unify(left: Size, right: Size) -> bool:
    """Make two dimensions equal; False if both are fixed and differ.

    No dimension is a sum or product of itself and others, such as n = n + m. A number
    that was written takes the form of what it equals: 6 is 3*2 beside vec(X).
    """
    left, right = find(left), find(right)
    if left is right or left == right:
        return True
    is_open = isinstance(left, Unknown) and left.value is None
    if isinstance(right, Unknown) and not (right.value and is_open):
        left, right = right, left
    if isinstance(left, Unknown) and left.value in (None, number(right)):
        if left in _parts(right):
            return False
        left.parent = right
        return True
    if isinstance(left, Compound) and isinstance(right, Compound):
        return _unify_compounds(left, right)
    return False


def _parts(size: Size) -> tuple[Size, ...]:
    """What a dimension is made of, itself included."""
    size = find(size)
    if not isinstance(size, Compound):
        return (size,)
    return tuple(one for part in size.parts for one in _parts(part))


def _unify_compounds(left: Compound, right: Compound) -> bool:
    """Part by part; n*m and m*n are one number of entries, counted in other orders."""
    if left.operator != right.operator or len(left.parts) != len(right.parts):
        return False
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
        if root.value is not None:
            return root.value
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
