"""A reader of symjac's language: text to nested tuples, back, and to numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from tests.campaign.numbers import (
    OF_SIZES,
    OPERATIONS,
    SPECTRAL,
    Array,
    Generic,
    Unreadable,
    elementwise,
    named_operation,
    of_sizes,
    smooth_function,
)

Tree = tuple[Any, ...]
TOKEN = re.compile(
    r"\s*(?:(\d+\.\d*|\.\d+|\d+)|([^\W\d]\w*'*)|(\*\*|\.T|[-+*/@(),;\[\]]))"
)


def _tokens(text: str) -> list[tuple[str, str, int, int]]:
    found, at, text = [], 0, text.rstrip()
    while at < len(text):
        if (match := TOKEN.match(text, at)) is None:
            raise Unreadable(text[at:])
        kind = ("number", "name", "sign")[(match.lastindex or 1) - 1]
        start = match.start(match.lastindex or 1)
        found.append((kind, text[start : match.end()], start, match.end()))
        at = match.end()
    return [*found, ("end", "", len(text), len(text))]


class _Reader:
    """Recursive descent, one method per level of precedence."""

    def __init__(self, text: str) -> None:
        self.tokens, self.at = _tokens(text), 0

    @property
    def sign(self) -> str:
        kind, text, _, _ = self.tokens[self.at]
        return text if kind == "sign" else ""

    def take(self) -> tuple[str, str]:
        kind, text, _, _ = self.tokens[self.at]
        self.at += 1
        return kind, text

    def expect(self, sign: str) -> None:
        if self.take()[1] != sign:
            raise Unreadable(f"no {sign}")

    def is_next_to_last(self) -> bool:
        """Whether no space stands before the token."""
        return self.tokens[self.at][2] == self.tokens[self.at - 1][3]

    def whole(self) -> Tree:
        found = self.sum()
        if self.tokens[self.at][0] != "end":
            raise Unreadable("more text")
        return found

    def _left(self, signs: str, below: Callable[[], Tree]) -> Tree:
        found = below()
        while self.sign and self.sign in signs:
            found = (self.take()[1], found, below())
        return found

    def sum(self) -> Tree:
        return self._left("+-", self.product)

    def product(self) -> Tree:
        return self._left("*/@", self.signed)

    def signed(self) -> Tree:
        if self.sign == "-":
            self.take()
            return ("neg", self.signed())
        base = self.transposed()
        if self.sign == "**":
            self.take()
            return ("**", base, self.signed())
        return base

    def transposed(self) -> Tree:
        found = self.atom()
        while self.sign == ".T":
            self.take()
            found = ("T", found)
        return found

    def atom(self) -> Tree:
        kind, text = self.take()
        if kind == "number":
            return ("number", text)
        if text == "(":
            found = self.sum()
            self.expect(")")
            return found
        if text == "[":
            return ("block", self._rows())
        if kind != "name":
            raise Unreadable(text)
        if self.sign == "(" and self.is_next_to_last():
            self.take()
            return ("call", text, self._listed())
        step = self._step() if self.sign == "[" and self.is_next_to_last() else None
        return ("name", text, step)

    def _listed(self) -> tuple[Tree, ...]:
        if self.sign == ")":
            self.take()
            return ()
        found = [self.sum()]
        while self.sign == ",":
            self.take()
            found.append(self.sum())
        self.expect(")")
        return tuple(found)

    def _rows(self) -> tuple[tuple[Tree, ...], ...]:
        rows = [[self.sum()]]
        while (sign := self.take()[1]) != "]":
            if sign == ",":
                rows[-1].append(self.sum())
            elif sign == ";":
                rows.append([self.sum()])
            else:
                raise Unreadable("a block")
        return tuple(map(tuple, rows))

    def _step(self) -> str:
        self.expect("[")
        parts = []
        while (token := self.take())[1] != "]":
            if token[0] == "end":
                raise Unreadable("a step")
            parts.append(token[1])
        return "".join(parts)


@cache
def read(text: str) -> Tree:
    """The syntax tree of a formula."""
    return _Reader(text).whole()


def written(tree: Tree) -> str:
    """A tree as text, with all brackets."""
    match tree:
        case ("number", text):
            return str(text)
        case ("name", name, step):
            return name if step is None else f"{name}[{step}]"
        case ("neg", inner):
            return f"(-{written(inner)})"
        case ("T", inner):
            return f"({written(inner)}).T"
        case ("call", name, args):
            return f"{name}({', '.join(map(written, args))})"
        case ("block", rows):
            return f"[{'; '.join(', '.join(map(written, row)) for row in rows)}]"
        case (sign, left, right):
            return f"({written(left)} {sign} {written(right)})"
    raise Unreadable(str(tree))


def below(tree: Tree) -> Iterator[tuple[tuple[int, ...], Tree]]:
    """Every tree in a tree, with its path."""
    if tree and isinstance(tree[0], str):
        yield (), tree
    for place, part in enumerate(tree):
        if isinstance(part, tuple):
            yield from (((place, *path), found) for path, found in below(part))


def put(tree: Tree, path: tuple[int, ...], new: Tree) -> Tree:
    """A tree with the part at a path replaced."""
    if not path:
        return new
    first, *rest = path
    inner = put(tree[first], tuple(rest), new)
    return (*tree[:first], inner, *tree[first + 1 :])


@dataclass
class Scope:
    """What names, dimensions and generic functions are."""

    value: Callable[[str, str | None], Array]
    sizes: dict[str, int]
    generic: Generic = field(default=smooth_function)


def evaluate(tree: Tree, scope: Scope) -> Array:
    """A formula's value; Unreadable where the shapes do not fit."""
    match tree:
        case ("number", text):
            return np.full((1, 1), float(text))
        case ("name", name, step):
            return scope.value(name, step)
        case ("neg", inner):
            return -evaluate(inner, scope)
        case ("T", inner):
            return evaluate(inner, scope).T
        case ("block", rows):
            return _block([[evaluate(part, scope) for part in row] for row in rows])
        case ("call", name, args):
            return _called(name, args, scope)
        case (sign, left, right):
            return _combined(sign, evaluate(left, scope), evaluate(right, scope))
    raise Unreadable(str(tree))


def _block(rows: list[list[Array]]) -> Array:
    try:
        return np.concatenate([np.concatenate(row, axis=1) for row in rows])
    except ValueError as error:
        raise Unreadable(str(error)) from None


def _combined(sign: str, left: Array, right: Array) -> Array:
    if sign == "@":
        if 1 in (left.size, right.size):
            return left * right
        if left.shape[1] != right.shape[0]:
            raise Unreadable("@")
        return left @ right
    if sign == "**":
        if right.size != 1:
            raise Unreadable("**")
        return _power(left, complex(right.item()).real)
    if left.shape != right.shape and 1 not in (left.size, right.size):
        raise Unreadable(sign)
    operators = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}
    return operators[sign](left, right)


def _power(base: Array, exponent: float) -> Array:
    if exponent.is_integer():
        whole = base ** abs(int(exponent))
        return whole if exponent >= 0 else 1 / whole
    x = np.real(base)
    slope = exponent * x ** (exponent - 1)
    return x**exponent + 1j * np.where(np.imag(base) == 0, 0, np.imag(base) * slope)


def _called(name: str, args: tuple[Tree, ...], scope: Scope) -> Array:
    plain = name.rstrip("'")
    if plain in OF_SIZES:
        return of_sizes(plain, [_size(arg, scope) for arg in args])
    values = [evaluate(arg, scope) for arg in args]
    if plain == "diag":
        return np.diag(values[0].ravel())
    if plain in OPERATIONS | SPECTRAL | {"norm", "norm_2", "trace"}:
        return _chained(plain, values, scope)
    if len(values) != 1:
        raise Unreadable(name)
    return elementwise(plain, len(name) - len(plain), values[0], scope.generic)


def _chained(name: str, values: list[Array], scope: Scope) -> Array:
    """An operation; logarithms and roots of what may be complex are taken by slopes."""
    of_value = {"norm2": "sqrt", "normF": "sqrt", "std": "sqrt", "logdet": "log"}
    if name in of_value and not (name == "norm2" and min(values[0].shape) > 1):
        x = values[0]
        centered = x - np.mean(x)
        inner = {
            "norm2": lambda: np.sum(x * x),
            "normF": lambda: np.sum(x * x),
            "std": lambda: np.mean(centered * centered),
            "logdet": lambda: np.linalg.det(x) * np.sign(np.real(np.linalg.det(x))),
        }[name]()
        whole = np.full((1, 1), inner)
        return elementwise(of_value[name], 0, whole, scope.generic)
    try:
        return named_operation(name, values)
    except (ValueError, np.linalg.LinAlgError, IndexError) as error:
        raise Unreadable(f"{name}: {error}") from None


def _size(tree: Tree, scope: Scope) -> int:
    match tree:
        case ("number", text):
            return int(text)
        case ("name", name, None) if name in scope.sizes:
            return scope.sizes[name]
        case ("*", left, right):
            return _size(left, scope) * _size(right, scope)
        case ("+", left, right):
            return _size(left, scope) + _size(right, scope)
    raise Unreadable("a dimension")
