"""A program in numbers: values of its definitions, and derivatives by small steps."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from tests.campaign.numbers import SPECTRAL, Array, Generic, Unreadable, smooth_function
from tests.campaign.reading import Scope, Tree, below, evaluate, read

Sizes = dict[str, int]
Key = tuple[str, int | None]
TINY, SMALL = 1e-40, 1e-4


def offset(step: str | None) -> int | None:
    """How far a step t+k is from t."""
    if step is None:
        return None
    if (match := re.fullmatch(r"[a-z]([-+]\d+)?", step)) is None:
        raise Unreadable(step)
    return int(match[1] or 0)


def close(left: Array, right: Array, tolerance: float = 1e-7) -> bool:
    """Equal shapes, and entries equal relative to the largest."""
    if left.shape != right.shape:
        return False
    scale = 1 + max(np.max(np.abs(a), initial=0.0) for a in (left, right))
    return bool(np.all(np.abs(left - right) <= tolerance * scale))


PROPERTIES: dict[str, Any] = {
    "symmetric": lambda v: v + v.T,
    "skew": lambda v: v - v.T,
    "diagonal": lambda v: np.diag(np.diag(v)),
    "orthogonal": lambda v: np.linalg.qr(v)[0] * np.sign(v[:1]),
    "orthonormal_columns": lambda v: np.linalg.qr(v)[0],
    "positive_definite": lambda v: v @ v.T + np.eye(len(v)),
    "invertible": lambda v: v,
    "projection": lambda v: np.linalg.qr(v)[0][:, :2] @ np.linalg.qr(v)[0][:, :2].T,
    "identity": lambda v: np.eye(len(v)),
    "scalar": lambda v: v[0, 0] * np.eye(len(v)),
    "zero": lambda v: 0 * v,
    "binary": lambda v: (v > 0) * 1.0,
    "positive": lambda v: np.abs(v) + 0.1,
    "unit": lambda v: v / np.linalg.norm(v),
    "one_hot": lambda v: (v == np.max(v)) * 1.0,
    "probability": lambda v: (np.abs(v) + 0.1) / np.sum(np.abs(v) + 0.1),
}


def holds(word: str, v: Array) -> bool:
    """Whether a value has a property."""
    n = np.eye(len(v))
    tests: dict[str, Callable[[], bool]] = {
        "symmetric": lambda: close(v, v.T),
        "skew": lambda: close(v, -v.T),
        "diagonal": lambda: close(v, np.diag(np.diag(v))),
        "orthogonal": lambda: close(v @ v.T, n),
        "orthonormal_columns": lambda: close(v.T @ v, np.eye(v.shape[1])),
        "positive_definite": lambda: (
            close(v, v.T) and bool(np.all(np.linalg.eigvalsh(v) > 0))
        ),
        "invertible": lambda: abs(np.linalg.det(v)) > 1e-12,
        "projection": lambda: close(v @ v, v) and close(v, v.T),
        "identity": lambda: close(v, n),
        "scalar": lambda: close(v, v[0, 0] * n),
        "zero": lambda: not v.any(),
        "binary": lambda: bool(np.all((v == 0) | (v == 1))),
        "positive": lambda: bool(np.all(v > 0)),
        "unit": lambda: close(v.T @ v, np.eye(1)),
        "one_hot": lambda: sorted(v.ravel()) == [0] * (v.size - 1) + [1],
        "probability": lambda: bool(np.all(v > 0)) and abs(v.sum() - 1) < 1e-4,
    }
    return tests[word]()


@dataclass
class Model:
    """Equations as text, with the sizes of everything.

    `lines` are name, step and right side; at steps up to `low` states are given.
    """

    equations: tuple[str, ...]
    shapes: dict[str, tuple[str, ...]]
    sizes: Sizes
    words: Mapping[str, str] = field(default_factory=dict)
    low: int = -1

    @cached_property
    def definitions(self) -> dict[str, tuple[int | None, Tree]]:
        found = {}
        for line in self.equations:
            left, right = line.split(" = ", 1)
            _, name, step = read(left)
            found[name] = offset(step), read(right)
        return found

    @cached_property
    def states(self) -> frozenset[str]:
        """What some equation uses at an earlier step than its own."""
        found = set()
        for own, tree in self.definitions.values():
            for name, step in names(tree):
                is_before = step is not None and (offset(step) or 0) < (own or 0)
                found |= {name} & self.definitions.keys() if is_before else set()
        return frozenset(found)

    @cached_property
    def recurrent(self) -> frozenset[str]:
        """What needs a state of an earlier step, if only through others."""
        found = set[str]()
        for _ in self.definitions:
            for name, (own, tree) in self.definitions.items():
                for used, step in names(tree):
                    is_early = step is not None and (offset(step) or 0) < (own or 0)
                    if used in found or (is_early and used in self.states):
                        found.add(name)
        return frozenset(found)

    @cached_property
    def is_spectral(self) -> bool:
        parts = [t for _, tree in self.definitions.values() for _, t in below(tree)]
        return any(t[0] == "call" and t[1] in SPECTRAL for t in parts)


def names(tree: Tree) -> set[tuple[str, str | None]]:
    return {(t[1], t[2]) for _, t in below(tree) if t[0] == "name"}


class Numbers:
    """Values at one point: given, drawn by a seed, or by an equation."""

    def __init__(
        self,
        model: Model,
        seed: int,
        given: Mapping[Key, Array] | None = None,
        generic: Generic = smooth_function,
    ) -> None:
        self.model, self.seed, self.generic = model, seed, generic
        self.given = dict(given or {})
        self.fixed: dict[Key, Array] = {}
        self.known: dict[Key, Array] = {}

    def leaf(self, key: Key) -> Array:
        if key not in self.given:
            name = key[0]
            if name not in self.model.shapes:
                raise Unreadable(f"no value of {name}")
            shape = [*(self.model.sizes[d] for d in self.model.shapes[name]), 1, 1][:2]
            chance = np.random.default_rng([self.seed, zlib.crc32(repr(key).encode())])
            value = chance.uniform(-1.2, 1.2, shape)
            if shape[0] == shape[1] > 1:
                value = value + 1.5 * np.eye(shape[0])
            word = self.model.words.get(name, "")
            self.given[key] = PROPERTIES[word](value) if word else value
        return self.given[key]

    def value(self, name: str, step: int | None) -> Array:
        key = (name, step)
        if key in self.fixed:
            return self.fixed[key]
        if key not in self.known:
            self.known[key] = self._value(name, step)
        return self.known[key]

    def _value(self, name: str, step: int | None) -> Array:
        model = self.model
        if name not in model.definitions:
            return self.leaf((name, step))
        is_free = name in model.states and (step or 0) <= model.low
        if is_free and name in model.recurrent:
            return self.leaf((name, step))
        own, tree = model.definitions[name]
        return self.formula(tree, (step or 0) - (own or 0))

    def formula(self, tree: Tree, shift: int = 0) -> Array:
        """A formula's value, all steps later by a shift."""

        def value(name: str, step: str | None) -> Array:
            at = offset(step)
            return self.value(name, None if at is None else at + shift)

        return evaluate(tree, Scope(value, self.model.sizes, self.generic))

    def real(self, text: str) -> Array:
        """A printed formula's value."""
        found = self.formula(read(text))
        if np.imag(found).any() or not np.isfinite(np.real(found)).all():
            raise Unreadable("outside of the domain")
        return np.real(found)

    def slopes(self, of: str, wrt: str, held: Mapping[Key, Array]) -> Array:
        """Derivatives of entries by entries, both by columns: (of, wrt)."""
        _, name, step = read(wrt)
        key = (name, offset(step))
        base = np.real(self.value(*key))
        self.real(of)
        columns = []
        for place in np.ndindex(base.T.shape):
            at = place[::-1]
            columns.append(self._slope(of, key, base, at, held).ravel(order="F"))
        self.fixed, self.known = {}, {}
        found = np.array(columns).T
        if not np.isfinite(found).all():
            raise Unreadable("no derivative")
        return found

    def _slope(
        self,
        of: str,
        key: Key,
        base: Array,
        at: tuple[int, ...],
        held: Mapping[Key, Array],
    ) -> Array:
        def moved(by: complex) -> Array:
            point = base.astype(complex)
            point[at] += by
            self.known, self.fixed = {}, {**held, key: point}
            return self.formula(read(of))

        if not self.model.is_spectral:
            return np.imag(moved(1j * TINY)) / TINY
        near, far = (np.real(moved(h) - moved(-h)) for h in (SMALL, 2 * SMALL))
        return (8 * near - far) / (12 * SMALL)


def held(numbers: Numbers, wrt: str) -> dict[Key, Array]:
    """What a derivative holds fixed: all other states up to the variable's step."""
    _, name, step = read(wrt)
    model, at = numbers.model, offset(step)
    before = model.low if at is None or name not in model.definitions else at
    others = model.states - {name} if name in model.definitions else model.states
    return {(state, before): numbers.value(state, before) for state in others}


def numerator(slopes: Array, of: tuple[int, ...], wrt: tuple[int, ...]) -> Array | None:
    """Numerator layout; None where there is no matrix form."""
    if len(of) + len(wrt) > 2:
        return None
    if len(wrt) == 2:
        return slopes.reshape(wrt, order="F").T
    if len(of) == 2:
        return slopes.reshape(of, order="F")
    return slopes
