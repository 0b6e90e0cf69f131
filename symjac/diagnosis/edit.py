"""An edit of a formula: what is changed, in words, and the formula after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Literal

from symjac.diagnosis.material import Parts
from symjac.errors import ShapeError
from symjac.library.row import Function
from symjac.terms import matrix as m
from symjac.typeset.text import ASCII, Printer

WORDS = {
    "drop_transpose": "drop the transpose of {0}",
    "transpose": "transpose {0}",
    "swap": "swap the factors {0} and {1}",
    "reverse": "reverse the order of the factors",
    "move": "move {0} behind {1}",
    "move_front": "move {0} to the front",
    "drop_prime": "drop the prime of {0}",
    "add_prime": "write the derivative {1} in place of {0}",
    "shift": "write {1}, the same quantity at another step, in place of {0}",
    "argument": "evaluate {0} at {2} in place of {1}",
    "sign": "change the sign of {0}",
    "drop_factor": "drop the factor {0}",
    "drop_divisor": "drop the divisor {0}",
    "number": "write {1} in place of {0}",
    "double": "multiply {0} by 2",
    "halve": "divide {0} by 2",
    "drop_term": "drop the term {0}",
    "drop_function": "drop {0}, and keep its argument {1}",
    "brackets": "put brackets around {0}",
    "in_diag": "write diag({0}) in place of {0}",
    "no_diag": "write {0} in place of diag({0})",
    "to_product": "write the matrix product {0} in place of the elementwise one",
    "to_hadamard": "write the elementwise product {0} in place of the matrix product",
    "inverse": "invert {0}",
    "no_inverse": "drop the inverse of {0}",
    "power": "write the power {1} in place of {0}",
    "operands": "swap the operands of {0}",
    "symmetrize": "write {1} in place of {0}",
    "replace": "write {1} in place of {0}",
    "factor": "add the factor {0}",
    "divisor": "divide {1} by {0}",
    "term": "add the term {0}",
    "subtract": "subtract {1} from {0}",
    "every_transpose": "transpose every matrix",
    "no_transposes": "drop every transpose of a matrix",
    "every_prime": "write derivatives in place of values in every diag",
    "every_shift": "move {0} one step {1} everywhere",
    "exchange": "exchange {0} and {1}",
    "property": "as printed, if {0} {1}",
    "properties": "as printed, if {0} are {1}",
    "dimension": "as printed, if {0} = 1",
    "held": "as printed, with {0} held fixed",
    "equation": "as printed, for another equation",
    "argument_of": "as printed, up to the argument of {0}, for another equation",
    "layout": "read it in {0} layout",
}


@dataclass(frozen=True, slots=True)
class Primed:
    """A function with its primes, such as sigma'."""

    function: Function
    order: int

    def __str__(self) -> str:
        return self.function.name + "'" * self.order


Part = m.MatrixExpr | Primed | str
Where = Literal["", "everywhere", "at one place"]
Change = tuple[str, tuple[Part, ...], Callable[[], m.MatrixExpr]]
Maker = Callable[[m.MatrixExpr, m.MatrixExpr | None, Parts], Iterator[Change]]


@dataclass(frozen=True, slots=True)
class Wording:
    """A change in words: its kind, and what it names.

    Parts are expressions, functions, or words. `where` is said of what occurs more than
    once.
    """

    kind: str
    parts: tuple[Part, ...] = ()
    where: Where = ""

    def __str__(self) -> str:
        """The change as an instruction."""
        return self.told(ASCII)

    def told(self, show: Printer) -> str:
        """The change as an instruction, its parts printed by `show`."""
        shown = (_shown(part, show) for part in self.parts)
        said = WORDS[self.kind].format(*shown)
        return f"{said} {self.where}" if self.where else said


def _shown(part: Part, show: Printer) -> str:
    if isinstance(part, Primed):
        return show.function(part.function, part.order)
    return show.words(part) if isinstance(part, str) else show.matrix(part)


@dataclass(frozen=True, slots=True)
class Edit:
    """Changes of a formula, and the formula after them."""

    phrases: tuple[Wording, ...]
    expr: m.MatrixExpr

    @property
    def kind(self) -> str:
        """The kind of the last change."""
        return self.phrases[-1].kind


def same(expr: m.MatrixExpr) -> m.MatrixExpr:
    """What is there already, as a change that needs no work."""
    return expr


def run_of(factors: tuple[m.MatrixExpr, ...]) -> Part:
    """Neighboring factors as one part, even if their product has no shape."""
    try:
        return reduce(m.MatMul, factors)
    except ShapeError:
        return " @ ".join(map(ASCII.operand, factors))
