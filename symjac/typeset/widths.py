"""How wide a formula is about, and where it may be broken.

Widths are in em of the formula's own font, good to a tenth or so: enough to choose
breaks, and the LaTeX template still shrinks what is too wide all the same. The
input is what `expr.latex` prints, in which a sum's signs stand between spaces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

_TOKEN = re.compile(r"\\[a-zA-Z]+\*?|\\.|.", re.DOTALL)
_MATRIX = re.compile(r"\\begin\{[pb]matrix\}(.*?)\\end\{[pb]matrix\}", re.DOTALL)
_NAMED = "tanh sinh cosh coth sin cos tan exp log ln det max min arctan arcsin".split()
_COMMANDS = {
    **dict.fromkeys(r"\bigl \bigr \Bigl \Bigr \displaystyle".split(), 0.0),
    **dict.fromkeys(r"\mathit \mathrm \operatorname".split(), 0.0),
    **dict.fromkeys(r"\mathbf \boldsymbol".split(), 0.07),  # bold letters are wider
    **dict.fromkeys(r"\odot \circ \otimes \oslash \times \cdot".split(), 1.22),
    **{rf"\{name}": 0.52 * len(name) for name in _NAMED},
    r"\,": 0.17,
    r"\quad": 1.0,
    r"\top": 0.78,
    r"\prime": 0.3,
    r"\sum": 1.44,
    r"\cdots": 1.4,
    r"\lVert": 0.5,
    r"\rVert": 0.5,
}
_SIGNS = {"+": 1.22, "-": 1.22, "=": 1.33, "(": 0.45, ")": 0.45, ",": 0.44, "'": 0.3}
_SCRIPT = 0.72
STEP = 1.2
MOST_STEPS = 4


@dataclass(slots=True)
class _Reader:
    """Adds up widths, token by token."""

    tokens: list[str]
    place: int = 0
    fractions: int = 0

    def sequence(self) -> float:
        total = 0.0
        while self.place < len(self.tokens) and self.tokens[self.place] != "}":
            is_sum = self.tokens[self.place] == r"\sum"
            width, scripts = self.atom(), self.scripts()
            is_below = is_sum and not self.fractions
            total += max(width, scripts) if is_below else width + scripts
        return total

    def atom(self) -> float:
        token = self.tokens[self.place]
        self.place += 1
        if token == "{":
            inner = self.sequence()
            self.place += 1
            return inner
        if token in (r"\frac", r"\tfrac"):
            self.fractions += 1
            widest = max(self.argument(), self.argument()) + 0.24
            self.fractions -= 1
            return widest if token == r"\frac" else _SCRIPT * widest
        if len(token) > 1:
            return _COMMANDS.get(token, 0.6 if token.islower() else 0.75)
        return _character(token)

    def argument(self) -> float:
        return self.atom() if self.place < len(self.tokens) else 0.0

    def scripts(self) -> float:
        """The widest of the scripts that follow."""
        widest = 0.0
        while self.place < len(self.tokens) and self.tokens[self.place] in "_^":
            self.place += 1
            widest = max(widest, _SCRIPT * self.argument())
        return widest


def _character(token: str) -> float:
    if token.isspace():
        return 0.0
    if token in _SIGNS:
        return _SIGNS[token]
    if token.isupper():
        return 1.02 if token in "MW" else 0.78
    return 0.5 if token.isdigit() else 0.56


@lru_cache(maxsize=4096)
def width(latex: str) -> float:
    """The width of a displayed formula."""
    matrices = 0.0
    for found in _MATRIX.finditer(latex):
        rows = re.split(r"\\\\(?:\[\w+\])?", found[1])
        cells = [[width(cell) for cell in row.split("&")] for row in rows]
        columns = max(map(len, cells))
        widest = (
            max((row[n] for row in cells if n < len(row)), default=0.0)
            for n in range(columns)
        )
        matrices += sum(widest) + 0.9 * columns + 1.0
    tokens = _TOKEN.findall(_MATRIX.sub("", latex))
    return matrices + _Reader(tokens).sequence()


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a broken formula, and by how much it is indented."""

    latex: str
    indent: float


def broken(latex: str, room: float) -> tuple[Piece, ...]:
    """A formula in pieces of about `room` em or less.

    Sums break before their signs, products between factors, in brackets only where
    it cannot be avoided; fractions and matrices never.
    """
    tokens = _TOKEN.findall(latex)
    places = _places(tokens)
    pieces = []
    for start, end in _fill(tokens, places, 0, len(tokens), room):
        shown = "".join(tokens[start:end]).strip()
        if shown.startswith(r"\,"):
            shown = rf"\cdot {shown[2:].strip()}"
        pieces.append(Piece(shown, _indent(places, start)))
    return tuple(pieces)


def _indent(places: dict[int, int], start: int) -> float:
    """More for inner breaks; nothing for the first line."""
    return STEP * min(places[start] + 1, MOST_STEPS) if start in places else 0.0


_CLOSED = {"{": 1, r"\left": 1, r"\begin": 1, "}": -1, r"\right": -1, r"\end": -1}
_OPEN = {"(": 1, "[": 1, r"\lVert": 1, ")": -1, "]": -1, r"\rVert": -1}


def _places(tokens: list[str]) -> dict[int, int]:
    """Where a line may begin, with twice the depth, plus one between factors."""
    closed = opened = 0
    found: dict[int, int] = {}
    for place, token in enumerate(tokens):
        closed += _CLOSED.get(token, 0)
        if closed:
            continue
        opened += _OPEN.get(token, 0)
        if token in ("+", "-") and place and tokens[place - 1] == " ":
            found[place] = 2 * opened
        elif token in (r"\,", r"\odot", r"\circ", r"\otimes", r"\oslash") and place:
            found[place] = 2 * opened + 1
    return found


def _fill(
    tokens: list[str], places: dict[int, int], start: int, end: int, room: float
) -> list[tuple[int, int]]:
    """Spans of tokens, as few as possible, broken at the outermost places."""
    inner = [p for p in places if start < p < end]

    def fits(first: int, last: int) -> bool:
        return width("".join(tokens[first:last])) <= room - _indent(places, first)

    if not inner or fits(start, end):
        return [(start, end)]
    level = min(places[p] for p in inner)
    marks = [start, *(p for p in inner if places[p] == level), end]
    spans: list[tuple[int, int]] = []
    is_whole = False
    for left, right in pairwise(marks):
        can_join = is_whole or (spans and level % 2)
        if can_join and fits(spans[-1][0], right):
            spans[-1] = (spans[-1][0], right)
        else:
            found = _fill(tokens, places, left, right, room)
            is_whole = len(found) == 1
            spans += found
    return spans
