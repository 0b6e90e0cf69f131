"""How the names of a text are used: before brackets, alone, with primes or powers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from symjac.latex_input import tree

Key = tuple[str, ...]


@dataclass(slots=True)
class Evidence:
    """How names are used in a text: before brackets, alone, with primes."""

    before: set[Key] = field(default_factory=set)
    before_name: set[Key] = field(default_factory=set)
    alone: set[Key] = field(default_factory=set)
    primed: set[Key] = field(default_factory=set)
    letters: set[str] = field(default_factory=set)
    labels: dict[Key, set[str]] = field(default_factory=dict)
    lone: set[str] = field(default_factory=set)
    powers: dict[Key, set[Fraction]] = field(default_factory=dict)
    plain: set[Key] = field(default_factory=set)
    bare: set[Key] = field(default_factory=set)

    def see(self, nodes: Iterable[tree.Node]) -> None:
        """Enter everything that is written."""
        for root in nodes:
            called: set[int] = set()
            raised: set[int] = set()
            operated: set[int] = set()
            for node in tree.walk(root):
                if isinstance(node, tree.Raised):
                    self._raised(node, raised, operated)
                if isinstance(node, tree.Product):
                    self._product(node, called)
                if isinstance(node, tree.Name) and id(node) not in called:
                    self.alone.add(key(node))
                if isinstance(node, tree.Name):
                    self._name(node)
                    self.plain |= set() if id(node) in raised else {key(node)}
                    self.bare |= set() if id(node) in operated else {key(node)}
                if isinstance(node, tree.Exponential):
                    self.primed.add(("e",))

    def _product(self, node: tree.Product, called: set[int]) -> None:
        for (_, left), (sign, right) in pairwise(node.factors):
            name = tree.unmarked(left)
            inner = tree.unmarked(right)
            is_bracket = isinstance(inner, tree.Group) and inner.bracket in "(["
            if sign or not is_bracket or not isinstance(name, tree.Name):
                continue
            called.add(id(name))
            self.before.add(key(name))
            marks = tree.marks_of(left)
            if not marks and _is_argument(inner):
                self.before_name.add(key(name))
            if is_operated(marks):
                self.alone.add(key(name))
            if any(script.mark is tree.Mark.PRIME for script in marks):
                self.primed.add(key(name))

    def _raised(self, node: tree.Raised, raised: set[int], operated: set[int]) -> None:
        operated.add(id(node.base))
        powers = {s.value for s in node.above if s.mark is tree.Mark.POWER}
        if powers and isinstance(node.base, tree.Name):
            raised.add(id(node.base))
            self.powers.setdefault(key(node.base), set()).update(powers)

    def _name(self, name: tree.Name) -> None:
        self.letters.add(name.base)
        own = self.labels.setdefault((name.base, *name.accents), set())
        scripts = [s for s in (*name.below, *name.above) if not s.offset]
        own.update(s.text for s in scripts)
        self.lone.update(s.text for s in scripts if s.mark is tree.Mark.STEP)


def key(name: tree.Name) -> Key:
    """A name with everything on it, time included."""
    scripts = (*name.below, *name.above)
    return (name.base, *name.accents, *(f"{s.text}{s.offset:+d}" for s in scripts))


def _is_argument(node: tree.Node | None) -> bool:
    """Whether brackets hold one name, as those of a function do, not of a product."""
    return isinstance(node, tree.Group) and isinstance(node.items[0], tree.Name)


def is_operated(above: tuple[tree.Script, ...]) -> bool:
    """Whether what stands above is put on quantities only."""
    marks = (tree.Mark.TRANSPOSE, tree.Mark.INVERSE_TRANSPOSE)
    return any(script.mark in marks for script in above)
