"""The LaTeX syntax tree: what was printed, and where. Nothing has a meaning yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from symjac.errors import Source, Span


class Mark(Enum):
    """What a subscript or superscript looks like."""

    STEP = "a letter, with a number added or taken away"
    LABEL = "a word"
    DIGITS = "a number"
    TRANSPOSE = "transposed"
    INVERSE = "inverse"
    INVERSE_TRANSPOSE = "inverse, transposed"
    POWER = "power"
    ELEMENTWISE = "elementwise"
    PRIME = "primes"
    OTHER = "anything else"


@dataclass(frozen=True, slots=True)
class Script:
    """One part of a subscript or superscript.

    `around` is the bracket it stands in: "", "(" or "["; `upright` words are never
    components. The tokens from `first` to `last` are what was printed.
    """

    mark: Mark
    text: str
    span: Span
    first: int
    last: int
    offset: int = 0
    value: Fraction = Fraction(0)
    around: str = ""
    upright: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A number, exact."""

    value: Fraction
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    r"""A letter or word: `x`, `\mathbf{W}_{rec}`, `\tilde{c}_t`, `\operatorname{tr}`.

    `style` is "", "bold", "upright", "cal" or "command" (for `\tanh`).
    """

    base: str
    style: str
    accents: tuple[str, ...]
    below: tuple[Script, ...]
    above: tuple[Script, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Raised:
    """Anything with superscripts that are no part of its name."""

    base: Node
    above: tuple[Script, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Indexed:
    """Anything but a name with subscripts, such as `[A B]_{ij}`."""

    base: Node
    below: tuple[Script, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Group:
    """In brackets: one expression, or several apart by `,` or `;`."""

    bracket: str
    items: tuple[Node, ...]
    separator: str
    span: Span


@dataclass(frozen=True, slots=True)
class Bars:
    """In single or double bars, with the subscript of a norm."""

    double: bool
    body: Node
    below: tuple[Script, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Ratio:
    """A fraction."""

    above: Node
    below: Node
    span: Span


@dataclass(frozen=True, slots=True)
class Root:
    """A square root."""

    body: Node
    span: Span


@dataclass(frozen=True, slots=True)
class Exponential:
    """`e` with a superscript that is no mark of its own."""

    exponent: Node
    span: Span


@dataclass(frozen=True, slots=True)
class Blocks:
    """The rows of a matrix in brackets."""

    rows: tuple[tuple[Node, ...], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Derivative:
    """A quotient of two partials, or a gradient; `of` is None for an operator.

    `by` is NOTHING where nothing says it, as in `f'(x)`; `twice` for a second one.
    """

    of: Node | None
    by: Node
    span: Span
    twice: bool = False


@dataclass(frozen=True, slots=True)
class Big:
    """A sum or product sign with what it runs over and what it is taken of."""

    sign: str
    index: str
    body: Node
    span: Span


@dataclass(frozen=True, slots=True)
class Total:
    """Terms, each with whether it is subtracted."""

    terms: tuple[tuple[bool, Node], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Product:
    """Factors, each with the sign before it; "" where nothing stands between."""

    factors: tuple[tuple[str, Node], ...]
    span: Span


Node = (
    Number
    | Name
    | Raised
    | Indexed
    | Group
    | Bars
    | Ratio
    | Root
    | Exponential
    | Blocks
    | Derivative
    | Big
    | Total
    | Product
)


NOTHING = Group("", (), "", Span(Source("", ""), 0, 0))


def children(node: Node) -> tuple[Node, ...]:  # noqa: C901 - exhaustive match
    """The direct parts of a node."""
    match node:
        case Number() | Name():
            return ()
        case Raised(base) | Indexed(base):
            return (base,)
        case Group(_, items):
            return items
        case Bars(_, body) | Root(body) | Exponential(body) | Big(_, _, body):
            return (body,)
        case Ratio(above, below):
            return above, below
        case Blocks(rows):
            return tuple(item for row in rows for item in row)
        case Derivative(of, by):
            return (by,) if of is None else (of, by)
        case Total(terms):
            return tuple(term for _, term in terms)
        case Product(factors):
            return tuple(factor for _, factor in factors)


def walk(node: Node) -> Iterator[Node]:
    """All nodes, a node before its parts."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(reversed(children(found)))


def unwrapped(node: Node | None) -> Node | None:
    """What stands in brackets that hold one thing."""
    while isinstance(node, Group) and len(node.items) == 1:
        node = node.items[0]
    return node


def unmarked(node: Node | None) -> Node | None:
    """A node without what stands above it."""
    return node.base if isinstance(node, Raised) else node


def marks_of(node: Node | None) -> tuple[Script, ...]:
    """What stands above a node."""
    return node.above if isinstance(node, Raised) else ()
