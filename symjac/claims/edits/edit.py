"""An edit of a formula: its kind, its words, the formula after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce

from symjac.claims.edits.material import Material
from symjac.errors import ShapeError
from symjac.expr.matrix import MatMul, MatrixExpr
from symjac.expr.text import matrix_text

WORDS = {
    "drop_transpose": "drop the transpose of {0}",
    "transpose": "transpose {0}",
    "swap": "swap the factors {0} and {1}",
    "reverse": "reverse the order of the factors",
    "move": "move {0} behind {1}",
    "move_front": "move {0} to the front",
    "drop_prime": "drop the prime of {0}",
    "add_prime": "write the derivative {1} in place of {0}",
    "shift": "write {1} in place of {0}, the same quantity at another step",
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
    "every_transpose": "transpose every matrix",
    "no_transposes": "drop every transpose",
    "every_prime": "write derivatives in place of values in every diag",
    "every_shift": "move {0} one step {1} everywhere",
    "exchange": "exchange {0} and {1}",
}
SIMPLE = frozenset(
    "drop_transpose transpose swap reverse drop_prime add_prime shift argument sign"
    " number double halve drop_factor drop_divisor drop_function drop_term brackets"
    " symmetrize no_transposes every_transpose every_prime every_shift exchange".split()
)
Change = tuple[str, tuple[str, ...], Callable[[], MatrixExpr]]
Maker = Callable[[MatrixExpr, MatrixExpr | None, Material], Iterator[Change]]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a formula: its kind, what it names, and the formula after it."""

    kind: str
    parts: tuple[str, ...]
    expr: MatrixExpr
    everywhere: bool = False
    before: str = ""

    def __str__(self) -> str:
        """The edit as an instruction, after another one if there is one."""
        said = WORDS[self.kind].format(*self.parts)
        said = f"{said} everywhere" if self.everywhere else said
        return f"{self.before}; {said}" if self.before else said


def same(expr: MatrixExpr) -> MatrixExpr:
    """What is there already, as a change that needs no work."""
    return expr


def named(*exprs: MatrixExpr) -> tuple[str, ...]:
    """Expressions as an edit's words name them."""
    return tuple(map(matrix_text, exprs))


def product_text(parts: tuple[MatrixExpr, ...]) -> tuple[str, ...]:
    """A product as an edit's words name it, even one without a shape."""
    try:
        return named(reduce(MatMul, parts))
    except ShapeError:
        return (" @ ".join(named(*parts)),)
