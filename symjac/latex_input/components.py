r"""Sums and products over components: `\sum_i y_i \log \hat{y}_i`.

Every vector in them carries the index, so that what stands side by side is multiplied
component by component, and the whole is `sum(...)` or `prod(...)` of one vector.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from symjac.errors import Span
from symjac.latex_input import pieces, tree
from symjac.latex_input.calls import applied, head
from symjac.latex_input.evidence import key
from symjac.latex_input.names import Names
from symjac.latex_input.pieces import COLUMN, SCALAR, Piece, refuse
from symjac.latex_input.sizes import length
from symjac.latex_input.spelling import base_text
from symjac.library.operations import OPERATIONS
from symjac.terms.shape import Kind
from symjac.typeset.text import PRODUCT, UNARY

_INDEX = re.compile(r"_\{([a-z])(?:=1\}\^\{([A-Za-z](?:_\w+)?))?\}\Z")
Limits = dict[str, str | None]
HINT = r"sums run over the components of vectors, as in \sum_i x_i y_i"


def over_components(
    node: tree.Big, names: Names, limits: Limits, plainly: Callable[[tree.Node], Piece]
) -> Piece:
    """A sum or product of the components of a vector."""
    found = _INDEX.match("".join(node.index.split()))
    if found is None:
        hint = HINT
        if node.sign == "prod":
            hint = "for a product over time claim one factor; see docs/latex.md"
        refuse(rf"this \{node.sign} is not read", node.span, hint)
    letter, limit = found.groups()
    if letter == "t" or letter in names.steps.letters:
        hint = "another letter numbers components"
        refuse(f"a sum over {letter} may be one over time", node.span, hint)
    components = _Components(names, limits, plainly, letter, limit)
    piece = components.write(node.body)
    if piece.kind is not COLUMN:
        refuse(f"nothing here carries the index {letter}", node.span, HINT)
    if not components.is_sure:
        hint = f"declare the shape of {components.indexed[0]}"
        message = f"{letter} may number components, or whole vectors"
        refuse(message, node.span, hint)
    return Piece(f"{node.sign}({piece.text})", SCALAR, node.span)


@dataclass(slots=True)
class _Components:
    """Writes one component of an expression, as the vector of all of them."""

    names: Names
    limits: Limits
    plainly: Callable[[tree.Node], Piece]
    letter: str
    limit: str | None
    indexed: list[str] = field(default_factory=list)
    is_sure: bool = False

    def write(self, node: tree.Node) -> Piece:  # noqa: C901 - one line for each node
        match node:
            case tree.Number():
                return self.plainly(node)
            case tree.Name():
                return self.name(node)
            case tree.Raised(base, above, span) if all(
                s.mark is tree.Mark.POWER for s in above
            ):
                return pieces.raised(self.write(base), above[0].value, span)
            case tree.Group(_, (inner_node,), _, span):
                return replace(self.write(inner_node), span=span)
            case tree.Total(terms, span):
                return pieces.added([(n, self.write(term)) for n, term in terms], span)
            case tree.Product():
                return self.product(node)
            case tree.Ratio(above, below, span):
                return self.joined("/", self.write(above), self.write(below), span)
            case tree.Exponential(inner_node, span):
                return applied(head("exp", (), span), [self.write(inner_node)], span)
            case tree.Root(inner_node, span):
                return applied(head("sqrt", (), span), [self.write(inner_node)], span)
            case tree.Bars(False, inner_node, (), span):
                return applied(head("abs", (), span), [self.write(inner_node)], span)
        refuse("in a sum over components", node.span, HINT)

    def name(self, node: tree.Name) -> Piece:
        """A vector with the index, or a number without."""
        last = node.below[-1] if node.below else None
        is_indexed = (
            last is not None and last.mark is tree.Mark.STEP and not last.offset
        )
        if is_indexed and last is not None and last.text == self.letter:
            plain = replace(node, below=node.below[:-1])
            if plain.base == "e" and not {"e", base_text(plain)} & self.names.declared:
                hint = "declare the shape of e, or rename it"
                refuse(f"{node.span.text} may be a unit vector", node.span, hint)
            piece = self.plainly(plain)
            self.see(plain, piece)
            self.check_limit(piece, node.span)
            wanted = COLUMN
        else:
            piece, wanted = self.plainly(node), SCALAR
        if piece.kind is not wanted:
            refuse(f"{piece.described} in a sum over {self.letter}", node.span, HINT)
        return piece

    def see(self, name: tree.Name, piece: Piece) -> None:
        """A vector that stands without the index somewhere has components."""
        names = self.names
        text = piece.text.split("[")[0]
        self.indexed.append(text)
        if name.style == "bold":
            hint = "components are printed plain"
            message = f"{name.span.text} may be one of several vectors"
            refuse(message, name.span, hint)
        used = text in names.declared or key(name) in names.evidence.plain
        self.is_sure = self.is_sure or used

    def check_limit(self, piece: Piece, at: Span) -> None:
        """A sum up to n runs over vectors of length n."""
        name = piece.text.split("[")[0]
        before = self.limits.setdefault(name, self.limit)
        if self.limit is not None and before != self.limit:
            hint = "leave the limits out for sums over all components"
            message = f"sums up to {before or 'the end'} and up to {self.limit}"
            refuse(message, at, hint)
        size = length(self.names, name)
        if self.limit is not None and size is not None and size != self.limit:
            refuse(
                f"a sum up to {self.limit} over a vector of length {size}",
                at,
                "leave the limits out for a sum over all components",
            )

    def joined(self, sign: str, left: Piece, right: Piece, at: Span) -> Piece:
        """Two factors, component by component."""
        kind: Kind = COLUMN if COLUMN in (left.kind, right.kind) else SCALAR
        text = f"{left.within(PRODUCT)} {sign} {right.within(UNARY)}"
        return Piece(text, kind, at, PRODUCT, left.literal and right.literal)

    def product(self, node: tree.Product) -> Piece:
        """Factors side by side, functions with their arguments."""
        rest = list(node.factors)
        result: Piece | None = None
        while rest:
            sign, factor = rest.pop(0)
            if sign not in ("", "cdot", "times"):
                refuse(f"{sign} in a sum", factor.span, HINT)
            piece = self.factor(factor, rest)
            if result is None:
                result = piece
                continue
            if piece.literal:
                refuse("a number behind a factor", piece.span, HINT)
            result = self.joined("*", result, piece, node.span)
        assert result is not None
        return result

    def factor(self, node: tree.Node, rest: list[tuple[str, tree.Node]]) -> Piece:
        """One factor; an elementwise function takes what follows it."""
        name = tree.unmarked(node)
        if not isinstance(name, tree.Name):
            return self.write(node)
        above = tree.marks_of(node)
        names = self.names
        following = rest[0][1] if rest and not rest[0][0] else None
        marks = tree.marks_of(following)
        following = tree.unmarked(following)
        is_bracket = isinstance(following, tree.Group) and following.bracket in "(["
        if marks and is_bracket and names.calls(name, above):
            hint = f"write ({name.span.text}(...))^2"
            refuse("a mark behind a call in a sum", marks[0].span, hint)
        if not names.is_function(name) and not (
            is_bracket and names.calls(name, above)
        ):
            return self.write(node)
        function = names.function(name)
        is_name = isinstance(following, tree.Name) and not marks
        bare = not is_bracket and len(rest) == 1 and is_name
        if function in OPERATIONS or function == "diag" or not (is_bracket or bare):
            refuse(f"{function} in a sum", name.span, HINT)
        _, argument = rest.pop(0)
        at = Span(name.span.source, name.span.start, argument.span.end)
        return applied(head(function, above, name.span), [self.write(argument)], at)
