"""LaTeX mathematics read into a tree; how wide it is about, and where it may be broken.

The tree has a closed vocabulary: what is not in it is said to be wrong.

Widths are in em of the formula's own font, good to a tenth or so: enough to choose
breaks, and the LaTeX template still shrinks what is too wide all the same. The
input is what `typeset.latex` prints, in which a sum's signs stand between spaces.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from symjac.errors import ParseError, Source, Span

CHARACTERS = frozenset("+-=<>()[]|/*.,:;!?")
SIGNS = frozenset(
    (
        "partial alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu"
        " xi pi rho sigma tau upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi"
        " Sigma Upsilon Phi Psi Omega prod sum leq geq neq le ge ne forall nabla top"
        " intercal prime odot circ otimes oslash times cdot cdots ldots dots vdots"
        " ddots in to infty vert Vert lvert rvert lVert rVert langle rangle mid"
        " approx equiv ell tanh sinh cosh coth sin cos tan exp log"
        " ln det max min arctan arcsin quad qquad , ; : ! | { } _"
    ).split()
) | {" "}
STYLES = frozenset("mathbf mathrm mathit mathcal mathbb boldsymbol".split())
ARGUMENTS = {
    **dict.fromkeys(STYLES, 1),
    **dict.fromkeys("hat bar tilde vec sqrt phantom".split(), 1),
    **dict.fromkeys("frac tfrac dfrac overset".split(), 2),
}
WORDS = {
    "text": r"[A-Za-z0-9 .,:;!?()'/+=*-]*",
    "operatorname": r"(?:[A-Za-z0-9]|\\_)+",
}
SIZES = frozenset("bigl bigr big Bigl Bigr Big".split())
DELIMITERS = frozenset("( ) [ ] | . / \\| \\{ \\}".split()) | {
    rf"\{name}" for name in "vert Vert lvert rvert lVert rVert langle rangle".split()
}
GRIDS = frozenset(
    "matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix cases aligned".split()
)
MAX_DEPTH = 100
_GREEDY = frozenset(
    {*ARGUMENTS, *WORDS, *SIZES, "left", "begin", "hspace", "displaystyle"}
)
_ENDS = ("}", "&", r"\\", r"\right", r"\end")
_LATEX_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL)
_ROW_END = re.compile(r"\\\\(?:\[\d{1,2}pt\]|(?![\[*]))", re.ASCII)
_LENGTH = re.compile(r"\{\d{1,2}(?:\.\d)?em\}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sign:
    r"""One character, or a command that stands for one, such as `\sigma`."""

    latex: str


@dataclass(frozen=True, slots=True)
class Sized:
    r"""A bracket or bar of a given size, such as `\bigl(`."""

    size: str
    sign: str


@dataclass(frozen=True, slots=True)
class Words:
    r"""Upright letters: `\operatorname` or `\text`."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Horizontal space in em."""

    em: str


@dataclass(frozen=True, slots=True)
class Call:
    """A command with arguments, such as a fraction or a style."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Formulas side by side."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """A base with what stands below, above, and its primes."""

    base: Node
    below: Node | None = None
    above: Node | None = None
    primes: int = 0


@dataclass(frozen=True, slots=True)
class Fence:
    """A formula between brackets that grow with it."""

    left: str
    inner: Group
    right: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A matrix, a distinction of cases, or aligned lines."""

    name: str
    rows: tuple[tuple[Group, ...], ...]


Node = Sign | Sized | Words | Gap | Call | Group | Script | Fence | Grid


def read_latex(latex: str) -> Group:
    """The tree of a formula.

    Raises:
        ParseError: a command or character outside the vocabulary, or bad nesting.
    """
    reader = _TreeReader(latex)
    found = reader.group()
    if reader.token == "}":
        raise reader.error("braces do not match")
    if reader.token:
        raise reader.error(f"{reader.token} has no place here")
    return found


class _TreeReader:
    """Recursive descent over tokens."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.place = 0
        self.depth = 0
        self.mark = ""  # the last script's

    @property
    def token(self) -> str:
        """The token at the place, or nothing at the end."""
        found = _LATEX_TOKEN.match(self.latex, self.place)
        return found[0] if found else ""

    def error(self, message: str) -> ParseError:
        source = Source("formula", self.latex)
        return ParseError(message, Span(source, self.place, self.place + 1))

    def take(self, pattern: re.Pattern[str] | None = None) -> str:
        """The next token, or what matches a pattern here."""
        found = (pattern or _LATEX_TOKEN).match(self.latex, self.place)
        if found is None:
            raise self.error("unexpected end" if pattern is None else "not allowed")
        self.place = found.end()
        return found[0]

    def spaces(self) -> None:
        while self.token == " ":
            self.take()

    def expect(self, token: str) -> None:
        if self.token != token:
            is_brace = token == "}"
            raise self.error("braces do not match" if is_brace else f"no {token}")
        self.take()

    def group(self) -> Group:
        """Nodes up to a token that ends a group or a cell, which is left."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(f"nested more than {MAX_DEPTH} deep")
        items: list[Node] = []
        self.spaces()
        while self.token and self.token not in _ENDS:
            if self.token in ("^", "_", "'"):
                items.append(self.script(items.pop() if items else Group(())))
            else:
                items.append(self.node())
            self.spaces()
        self.depth -= 1
        return Group(tuple(items))

    def script(self, base: Node) -> Script:
        """What is below, above and primed, each once; `'` is a superscript to TeX."""
        old = base if isinstance(base, Script) else Script(base)
        last, self.mark = self.mark, ""
        mark = self.take()
        if mark == "'":
            if old.above is not None or (old.primes and last != "'"):
                raise self.error("a prime after a superscript")
            self.mark = mark
            return Script(old.base, old.below, None, old.primes + 1)
        self.spaces()
        inner = self.argument()
        self.mark = mark
        if mark == "_" and old.below is None:
            return Script(old.base, inner, old.above, old.primes)
        if mark == "^" and old.above is None and (not old.primes or last == "'"):
            return Script(old.base, old.below, inner, old.primes)
        raise self.error("two scripts at one place")

    def argument(self) -> Node:
        """One group, character or sign: what TeX takes without braces."""
        self.spaces()
        if self.token == "{":
            return self.braced()
        if self.token[1:] in _GREEDY:
            raise self.error("put braces around it")
        if self.token in ("^", "_", "'", "}", "&", r"\\", ""):
            raise self.error("expected something in braces")
        return self.node()

    def braced(self) -> Group:
        self.expect("{")
        found = self.group()
        self.expect("}")
        return found

    def node(self) -> Node:
        """One node without its scripts."""
        token = self.token
        if token == "{":
            return self.braced()
        if not token.startswith("\\"):
            if token not in CHARACTERS and not (token.isascii() and token.isalnum()):
                raise self.error(f"character {token!r} is not allowed")
            return Sign(self.take())
        name = token[1:]
        if name in SIGNS:
            return Sign(self.take())
        if name in ARGUMENTS:
            self.take()
            self.spaces()
            if name == "sqrt" and self.token == "[":
                raise self.error("a root with a degree is not allowed")
            return Call(name, tuple(self.argument() for _ in range(ARGUMENTS[name])))
        return self.other(name)

    def other(self, name: str) -> Node:
        """A command that reads its arguments in its own way."""
        ways: dict[str, Callable[[str], Node]] = {
            **dict.fromkeys(WORDS, self.words),
            **dict.fromkeys(SIZES, self.sized),
            "hspace": self.gap,
            "displaystyle": self.switch,
            "left": self.fence,
            "begin": self.grid,
        }
        if name not in ways:
            raise self.error(f"command \\{name} is not allowed")
        self.take()
        return ways[name](name)

    def words(self, name: str) -> Words:
        self.expect("{")
        found = self.take(re.compile(WORDS[name], re.ASCII))
        self.expect("}")
        return Words(name, found.replace(r"\_", "_"))

    def sized(self, name: str) -> Sized:
        return Sized(name, self.delimiter())

    def switch(self, name: str) -> Call:
        """A style for all that follows in the group."""
        return Call(name, (self.group(),))

    def gap(self, _name: str) -> Gap:
        return Gap(self.take(_LENGTH)[1:-3])

    def delimiter(self) -> str:
        self.spaces()
        if self.token not in DELIMITERS:
            raise self.error("expected a bracket or bar")
        return self.take()

    def fence(self, _name: str) -> Fence:
        left = self.delimiter()
        inner = self.group()
        self.expect(r"\right")
        return Fence(left, inner, self.delimiter())

    def grid(self, _name: str) -> Grid:
        name = self.environment()
        rows: list[tuple[Group, ...]] = [()]
        while True:
            rows[-1] = (*rows[-1], self.group())
            if self.token == "&":
                self.take()
            elif self.token == r"\\":
                self.take(_ROW_END)
                rows.append(())
            else:
                break
        self.expect(r"\end")
        if self.environment() != name:
            raise self.error(f"expected \\end{{{name}}}")
        return Grid(name, tuple(rows))

    def environment(self) -> str:
        self.expect("{")
        name = self.take(re.compile("[A-Za-z]*"))
        self.expect("}")
        if name not in GRIDS:
            raise self.error(f"environment {name!r} is not allowed")
        return name


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
