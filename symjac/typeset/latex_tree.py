"""Read LaTeX mathematics of a closed vocabulary into a tree, or say what is wrong.

The vocabulary is what `latex.py` prints and what a paper's file may quote. Everything
else is an error, so that every format shows a formula or none does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

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
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL)
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
    reader = _Reader(latex)
    found = reader.group()
    if reader.token == "}":
        raise reader.error("braces do not match")
    if reader.token:
        raise reader.error(f"{reader.token} has no place here")
    return found


class _Reader:
    """Recursive descent over tokens."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.place = 0
        self.depth = 0
        self.mark = ""  # the last script's

    @property
    def token(self) -> str:
        """The token at the place, or nothing at the end."""
        found = _TOKEN.match(self.latex, self.place)
        return found[0] if found else ""

    def error(self, message: str) -> ParseError:
        source = Source("formula", self.latex)
        return ParseError(message, Span(source, self.place, self.place + 1))

    def take(self, pattern: re.Pattern[str] | None = None) -> str:
        """The next token, or what matches a pattern here."""
        found = (pattern or _TOKEN).match(self.latex, self.place)
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
