r"""Products over time in a whole claim: `\prod_{t \geq i > k} F_i` for dx_t/dx_k.

What is printed says which factor stands first: `t \geq i > k` runs down, so that the
latest step is on the left; `k < i \leq t` and `i=k+1}^{t}` run up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from symjac.errors import ParseError, Span
from symjac.latex_input import tree
from symjac.terms.program import Program

_LEAST, _MOST = (rf"\s*\\{name}(?:q|qslant)?(?![A-Za-z])\s*" for name in ("ge", "le"))
_RANGES = {
    rf"_{{(?P<top>\w){_LEAST}(?P<at>\w)\s*(?:>|\\gt\b)\s*(?P<low>\w)}}": True,
    rf"_{{(?P<low>\w)\s*(?:<|\\lt\b)\s*(?P<at>\w){_MOST}(?P<top>\w)}}": False,
    r"_{(?P<at>\w)\s*=\s*(?P<low>\w)\s*\+\s*1}\^{(?P<top>\w)}": False,
    r"_{(?P<at>\w)\s*=\s*(?P<top>\w)}\^{(?P<low>\w)\s*\+\s*1}": True,
}


@dataclass(frozen=True, slots=True)
class OverTime:
    """A claimed product of factors at the equations' own step, and its order.

    `step` is the letter of that step, `earlier` that of the earlier one;
    `is_latest_first` if what is printed runs from the latest step down.
    """

    step: str
    earlier: str
    is_latest_first: bool

    @property
    def steps(self) -> str:
        """The steps in the order that is printed."""
        ends = [self.step, f"{self.earlier}+1"]
        return ", ..., ".join(ends if self.is_latest_first else reversed(ends))


@dataclass(frozen=True, slots=True)
class Range:
    r"""The letters of `t \geq i > k`, and whether they are printed downwards."""

    top: str
    at: str
    low: str
    is_latest_first: bool


def find_range(product: tree.Big) -> Range | None:
    """What a product over time runs over; None if it is none."""
    for pattern, is_down in _RANGES.items():
        found = re.fullmatch(pattern, product.index.strip())
        if product.sign == "prod" and found and len({*found.groups()}) == 3:
            return Range(found["top"], found["at"], found["low"], is_down)
    return None


def range_of(product: tree.Big) -> Range:
    """What a product over time runs over.

    Raises:
        ParseError: over something else than the steps after k up to t.
    """
    found = find_range(product)
    if found is None:
        hint = r"a product over time is \prod_{t \geq i > k} or \prod_{i=k+1}^{t}"
        raise ParseError(r"this \prod is not read", product.span, hint=hint)
    return found


def check_alone(node: tree.Node) -> None:
    """A product over time is a whole formula.

    Raises:
        ParseError: it is a part of one.
    """
    for part in tree.walk(node):
        if isinstance(part, tree.Big) and find_range(part):
            hint = "such as a claim, with nothing beside it"
            raise ParseError("a product over time stands alone", part.span, hint=hint)


def check_ends(claim: tree.Derivative, over: Range, program: Program) -> None:
    """The derivative runs from the first to the last step of the product.

    Raises:
        ParseError: another one does.
    """
    for node, letter in ((claim.of, over.top), (claim.by, over.low)):
        if node is None or _step(node) != letter:
            at = claim.span if node is None else node.span
            raise ParseError(
                f"expected a state at step {letter}, as in the product", at
            )
    if over.low in program.bases - {over.top}:
        raise ParseError(f"{over.low} is the step of the equations", claim.by.span)


def check_letter(body: tree.Node, over: Range, program: Program) -> None:
    """A factor stands at its own step, and at no other.

    Raises:
        ParseError: it has another step, or is a derivative.
    """
    others = {over.top, over.low, "t", *program.bases}
    for node in tree.walk(body):
        if isinstance(node, tree.Derivative):
            hint = "the chain rule says so of every recurrence: write what it is"
            raise ParseError("a product of derivatives", node.span, hint=hint)
        if isinstance(node, tree.Name):
            for script in (*node.below, *node.above):
                is_step = script.text in others or script.offset
                if is_step and script.text != over.at:
                    raise _wrong_step(script.text, over.at, script.span)


def _wrong_step(found: str, wanted: str, at: Span) -> ParseError:
    return ParseError(f"step {found} in a product over {wanted}", at)


def _step(node: tree.Node) -> str | None:
    """The letter of a name's only step; None if it has another form."""
    if not isinstance(node, tree.Name):
        return None
    steps = [s for s in (*node.below, *node.above) if s.mark is tree.Mark.STEP]
    return steps[0].text if len(steps) == 1 and not steps[0].offset else None
