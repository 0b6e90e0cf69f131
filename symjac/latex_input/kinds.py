"""Kinds of names: what a letter suggests, what its use allows, and what else costs.

Use decides before any convention by letter; where several readings fit, the one that
keeps most conventions is taken, and two that keep as many are an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from symjac.language.called import GREEK
from symjac.language.dims import Size
from symjac.latex_input.facts import Facts
from symjac.latex_input.values import COLUMN, MATRIX, ROW, SCALAR, TRANSPOSED, Value
from symjac.terms.shape import Kind

Choices = tuple[tuple[Kind, int], ...]
_TWO = ((MATRIX, 0),)


def choices(text: str, facts: Facts) -> Choices:
    """The kinds that a name may have, the likeliest first, with what each costs."""
    if text.startswith("G_") or text == "I":
        return ((MATRIX, 0), (COLUMN, 2))
    order = facts.order.get(text, 0)
    stem = text.split("_")[0]
    is_greek = stem.lower() in GREEK
    is_upper = stem[:1].isupper()
    if order:
        return _indexed(order, is_upper or text in facts.stacked)
    if is_upper:
        return _upper(text, facts)
    if text in facts.bold:
        return ((COLUMN, 0), (ROW, 3)) + (((MATRIX, 3),) if is_greek else ())
    if text in facts.turned:
        return ((COLUMN, 0), (ROW, 3), (MATRIX, 3))
    if is_greek or not facts.has_matrices:
        return ((SCALAR, 0), (COLUMN, 1), (MATRIX, 3))
    return ((COLUMN, 0), (SCALAR, 1), (ROW, 3))


def _indexed(order: int, is_stacked: bool) -> Choices:
    if order > 1:
        return _TWO
    if is_stacked:
        return ((MATRIX, 0), (COLUMN, 2))
    return ((COLUMN, 0), (MATRIX, 2))


def _upper(text: str, facts: Facts) -> Choices:
    if text in facts.bold:
        return ((MATRIX, 0), (COLUMN, 4))
    if text in facts.turned:
        return ((MATRIX, 0), (COLUMN, 3))
    is_matrix = text[0] in "ABGHMUVWXYZ"  # seldom numbers
    return ((MATRIX, 0), (SCALAR, 4 if is_matrix else 1), (COLUMN, 3))


@dataclass(slots=True)
class Kinds:
    """One assignment of kinds: `chosen` where it departs from the likeliest.

    `asked` has every name whose kind was needed; `extra` what else costs.
    """

    chosen: Mapping[str, Kind] = field(default_factory=dict)
    asked: dict[str, Choices] = field(default_factory=dict)
    extra: int = 0

    def mixed(self) -> int:
        """How many columns stand beside rows, where a text writes vectors as rows."""
        if ROW not in self.chosen.values():
            return 0
        vectors = (text for text, known in self.asked.items() if (ROW, 3) in known)
        return sum(self.chosen.get(text, COLUMN) is COLUMN for text in vectors)

    def of(self, text: str, facts: Facts) -> Kind:
        """The kind of a name."""
        known = self.asked.setdefault(text, choices(text, facts))
        return self.chosen.get(text, known[0][0])

    def gradient(self, text: str, whole: Value) -> tuple[Kind, tuple[Size, ...]]:
        """The shape of an upstream gradient: that of its variable, or the transpose."""
        other = TRANSPOSED.get(whole.kind)
        options: Choices = ((whole.kind, 0),) + (((other, 2),) if other else ())
        self.asked.setdefault(text, options)
        return self.chosen.get(text, whole.kind), whole.dims
