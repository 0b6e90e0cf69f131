"""What a row of the library holds, in symjac's own language wherever that can say it.

A row is text: nothing is parsed before it is needed. `Meaning` is the part that the
second opinion on a verdict may read; the derivatives, relations and LaTeX stand in the
classes built on it, so that no derivative formula can prove itself.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from enum import Enum
from typing import Any

PRIMITIVE = "primitive"  # as meaning: the evaluators know the value by the name

# what an operation takes: declarations, with the words for them in messages
SQUARE = "A: (n, n)"
MATRIX = "A: (m, n)"
VECTOR = "A: (n)"
ANY = "A: (n) or (m, n)"
VECTORS = "A, B: (n)"
COLUMNS = "A: (m, 1); B: (n, 1)"
MATRICES = "A: (m, n); B: (p, q)"
ROWWISE = "A, ...: (m, _)"
COLUMNWISE = "A, ...: (_, n)"
SYMMETRIC = "A: (n, n) symmetric"
THREE = "A: (3)"
THREES = "A, B: (3)"
BOUNDED = "A: () or (n) or (m, n); B: (); C: ()"
NONE = ""
TAKES = {
    SYMMETRIC: "one symmetric matrix",
    THREE: "one vector of three entries",
    THREES: "two vectors of three entries",
    BOUNDED: "a quantity and two numbers",
    SQUARE: "one square matrix",
    MATRIX: "one matrix",
    VECTOR: "one vector",
    ANY: "one vector or matrix",
    VECTORS: "two vectors of equal length",
    COLUMNS: "two column vectors",
    MATRICES: "two matrices",
    ROWWISE: "parts with equal numbers of rows",
    COLUMNWISE: "parts with equal numbers of columns",
    NONE: "dimensions",
}
SAME = "as A"
NUMBER = "()"
BLOCK = "block columns of the identity"


class Domain(Enum):
    """Where a function is defined, as a condition on its argument."""

    REAL = "every real number"
    POSITIVE = "positive"
    UNIT = "between -1 and 1"
    PROBABILITY = "between 0 and 1"
    ABOVE_MINUS_ONE = "greater than -1"
    NO_POLE = "no odd multiples of pi / 2"


class Kink(Enum):
    """How a function fails to be smooth where it has a kink, mostly at 0."""

    NONE = "smooth"
    TURN = "differentiable once"
    BEND = "continuous, without a derivative"
    JUMP = "without a value"


class Parity(Enum):
    """What a function makes of a negative argument."""

    NONE = "neither"
    ODD = "f(-u) = -f(u)"
    EVEN = "f(-u) = f(u)"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Meaning:
    """What a name means, without any derivative.

    `meaning` is text over the operands that `takes` declares; it is `PRIMITIVE` where
    evaluators know the value by the name, and empty for a generic function. `exact`
    says that rational operands give rational values; `where` is text of what is not
    negative wherever there is a value.
    """

    name: str
    _: KW_ONLY
    meaning: str = ""
    takes: str = "u: ()"
    gives: str = NUMBER
    parameters: int = 0
    where: str = ""
    domain: Domain = Domain.REAL
    kink: Kink = Kink.NONE
    kinks_at: tuple[int, ...] = (0,)
    exact: bool = False

    def __eq__(self, other: object) -> bool:
        """Whether the names mean the same: a name has one row, or none."""
        if type(other) is not type(self):
            return NotImplemented
        return (self.name, self.is_generic) == (other.name, other.is_generic)

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    @property
    def is_generic(self) -> bool:
        """Whether nothing but smoothness is known."""
        return not self.meaning

    @property
    def is_defined(self) -> bool:
        """Whether others express it."""
        return self.meaning not in ("", PRIMITIVE)

    def is_known_at_kinks(self, order: int) -> bool:
        """Whether the derivative of given order has a value at every kink."""
        most = {Kink.TURN: 1, Kink.BEND: 0, Kink.JUMP: -1}
        return self.kink is Kink.NONE or order <= most[self.kink]

    @property
    def off_kinks(self) -> str:
        """The hypothesis that no argument is at a kink."""
        places = " or ".join(map(str, self.kinks_at))
        return f"no argument of {self.name} is {places}"


Ends = tuple[str, str, str]  # infimum, supremum, how they are known


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Function(Meaning):
    """An elementwise function; `slope` is its derivative at u, in the language.

    Without a slope, derivatives have no other form than f', f''. `prime` marks one that
    prints as f', `positive` a function without zeros and negative values, `expanded`
    one that comparisons replace by its meaning. One with a kink may vanish on an open
    set, so that no identity divides by it. Names of `elsewhere` are refused.
    """

    latex: str = ""
    _: KW_ONLY
    slope: str = ""
    prime: bool = False
    positive: bool = False
    expanded: bool = False
    parity: Parity = Parity.NONE
    at_zero: int | None = None
    range: Ends | None = None
    slope_range: Ends | None = None
    also_of_matrices: bool = False
    sympy: str = ""
    elsewhere: tuple[str, ...] = ()
    doc: str = ""
    source: str = "Abramowitz and Stegun, 4.2 to 4.6"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Operation(Meaning):
    r"""A named operation, such as `tr(A)`.

    `differential` is text over the operands and dA, dB: the index rule and the lines of
    the differential style follow from it. `kept` marks an operation that an index form
    keeps as a whole; the others are written out in components. `needs` is the
    hypothesis under which it has a derivative, and a value at all if it `is_partial`;
    `bent_at_zero` says that it has a value but none at zero; `flat`, that its entries
    vanish on an open set. `transposes` says that it may change places with the
    transpose, `symmetric` that its result is its own transpose; `traced` is f' with
    d tr f(A) = tr(f'(A) dA). `aliases` are read, names of `elsewhere` are refused with
    a hint.
    """

    latex: str = ""
    _: KW_ONLY
    differential: str = ""
    traced: str = ""
    kept: bool = False
    transposes: bool = False
    symmetric: bool = False
    needs: str = ""
    is_partial: bool = False
    bent_at_zero: bool = False
    flat: bool = False
    sympy: str = ""
    aliases: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    doc: str = ""
    source: str = "Magnus and Neudecker (2019), ch. 8"

    @property
    def is_inlined(self) -> bool:
        """Whether index forms are of what it means."""
        return self.is_defined and not self.kept

    @property
    def is_linear(self) -> bool:
        """Whether its differential is the operation of the differential."""
        return self.differential == f"{self.name}(dA)"

    @property
    def is_blind(self) -> bool:
        """Whether it is a number, the same of a transpose."""
        is_unary = self.takes != NONE and operand_count(self.takes) == 1
        return is_unary and self.gives == NUMBER

    @property
    def is_turned_inside(self) -> bool:
        """Whether its transpose is the operation of the transpose."""
        is_vector = (self.takes, self.gives) == (VECTOR, SAME)
        return not self.is_blind and (self.transposes or is_vector)

    @property
    def order(self) -> int:
        """How many dimensions the result has."""
        if self.gives == BLOCK:
            return 2
        return self.gives.count(",") + 1 if self.gives != NUMBER else 0

    @property
    def is_closed(self) -> bool:
        """Whether it prints with brackets, bars or a name and brackets around it."""
        return not self.latex.startswith(("{0}", r"\mathbf"))

    @property
    def is_number(self) -> bool:
        """Whether it is a constant, which its name alone stands for."""
        return (self.takes, self.gives, self.parameters) == (NONE, NUMBER, 0)

    @property
    def is_stack(self) -> bool:
        """Whether it puts blocks beside or below each other."""
        return self.takes in (ROWWISE, COLUMNWISE)


def operand_count(takes: str) -> int:
    """How many operands a declaration names."""
    return sum(part.partition(":")[0].count(",") + 1 for part in takes.split("; "))


def operation(name: str, takes: str, meaning: str, **columns: Any) -> Operation:
    """A row, printed by its name where no other LaTeX is given."""
    spelled = name.replace("_", r"\_")
    operands = ", ".join(f"{{{n}}}" for n in range(operand_count(takes)))
    own = rf"\operatorname{{{{{spelled}}}}}({operands})"
    latex = columns.pop("latex", own)
    return Operation(name, latex, takes=takes, meaning=meaning, **columns)
