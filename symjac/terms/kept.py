"""Nodes of formulas hash once, and compare without recursion: no depth is too much."""

from __future__ import annotations

from typing import Any


class KeptHash:
    """A frozen dataclass with slots, which keeps its hash from the first time on.

    The hash is no field, so that neither copies nor other processes see it.
    """

    __slots__ = ("_hash",)
    __match_args__: tuple[str, ...]
    _hash: int

    def __init_subclass__(cls) -> None:  # else a dataclass makes those of its own
        cls.__hash__ = KeptHash.__hash__  # type: ignore[method-assign]
        cls.__eq__ = KeptHash.__eq__  # type: ignore[method-assign]

    def __hash__(self) -> int:
        try:
            kept = self._hash
        except AttributeError:
            own = tuple(map(self.__getattribute__, self.__match_args__))
            kept = hash((type(self).__name__, own))
            object.__setattr__(self, "_hash", kept)
        return kept

    def __eq__(self, other: object) -> bool:
        todo: list[tuple[Any, Any]] = [(self, other)]
        while todo:
            one, two = todo.pop()
            if one is two:
                continue
            if type(one) is not type(two):
                return False
            if (parts := _parts(one)) is not None:
                others = _parts(two) or ()
                if len(parts) != len(others) or hash(one) != hash(two):
                    return False
                todo += zip(parts, others, strict=True)
            elif one != two:
                return False
        return True


def _parts(value: Any) -> tuple[Any, ...] | None:
    """What is compared part by part, if anything is."""
    if isinstance(value, KeptHash):
        return tuple(getattr(value, name) for name in value.__match_args__)
    return value if type(value) is tuple else None
