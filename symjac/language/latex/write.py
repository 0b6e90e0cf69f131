r"""The LaTeX syntax tree to symjac's text: one method for each kind of node."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import NoReturn

from symjac.errors import ParseError, ShapeError, Span, UnsupportedError
from symjac.expr.text import ATOM, PRODUCT
from symjac.language.latex import pieces
from symjac.language.latex.calls import applied, barred, head, normed
from symjac.language.latex.components import over_components
from symjac.language.latex.factors import product
from symjac.language.latex.names import Names
from symjac.language.latex.pieces import COLUMN, MATRIX, ROW, SCALAR, Piece
from symjac.language.latex.sizes import rows
from symjac.language.latex.tree import (
    Bars,
    Big,
    Blocks,
    Derivative,
    Exponential,
    Group,
    Mark,
    Name,
    Node,
    Number,
    Product,
    Raised,
    Ratio,
    Root,
    Script,
    Total,
)

_PRINTED_SPACE = re.compile(r"\\(?:[,;:> ]|q?quad)|~")
UNKNOWN = "?"  # the dimension of an identity matrix, until a term beside it tells


class PairError(UnsupportedError):
    """Two columns in `[h, x]`: side by side, or one below the other."""


class Writer:
    """Writes nodes of one text, over its names."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.pairs: str | None = None
        self.chain = 0
        self.unsized: Span | None = None
        self.limits: dict[str, str | None] = {}

    def whole(self, node: Node) -> Piece:
        """A whole formula, with every identity matrix of a known dimension."""
        piece = self.fitting(node)
        if UNKNOWN in piece.text and self.unsized is not None:
            self.refuse(
                "the identity without its dimension",
                self.unsized,
                r"write \mathbf{I}_n with a dimension of the equations, or declare I",
            )
        return piece

    def sized(self, terms: list[tuple[bool, Piece]]) -> list[tuple[bool, Piece]]:
        """Terms with the identity as large as a term beside it."""
        plain = [p for _, p in terms if p.kind is MATRIX and UNKNOWN not in p.text]
        if len(plain) == len(terms) or not plain:
            return terms
        size = rows(self.names, plain[0].text)
        if size is None:
            return terms
        return [(n, replace(p, text=p.text.replace(UNKNOWN, size))) for n, p in terms]

    def fitting(self, node: Node) -> Piece:
        """A formula; `[h, x]` of columns is read where one way alone fits."""
        try:
            return self.write(node)
        except PairError as error:
            found = [self.attempt(node, sign) for sign in (", ", "; ")]
            fitting = [piece for piece in found if piece is not None]
            if len(fitting) != 1:
                raise UnsupportedError(
                    error.message, error.span, hint=error.hint
                ) from None
            return fitting[0]

    def attempt(self, node: Node, pairs: str) -> Piece | None:
        """A formula with columns put together one way; None where it does not fit."""
        self.pairs = pairs
        try:
            return self.write(node)
        except ShapeError:
            return None
        finally:
            self.pairs = None

    def write(self, node: Node, *, is_elementwise: bool = False) -> Piece:
        """The text of a node.

        Args:
            is_elementwise: the node is an operand of an elementwise product, where a
                number added to a matrix can only mean every component.
        """
        match node:
            case Number(value, span):
                level = ATOM if value.denominator == 1 else PRODUCT
                return Piece(str(value), SCALAR, span, level, True)
            case Name():
                return self.name(node)
            case Raised():
                return self.raised(node)
            case Group():
                return self.group(node, is_elementwise=is_elementwise)
            case Total(terms, span):
                signed = [(negative, self.write(term)) for negative, term in terms]
                signed = self.sized(signed)
                return pieces.added(signed, span, is_elementwise=is_elementwise)
            case Product(factors, span):
                return product(self, factors, span)
        return self.special(node)

    def special(self, node: Node) -> Piece:
        """Nodes with a sign of their own."""
        match node:
            case Bars(double, body, below, span):
                return (normed if double else barred)(self.write(body), below, span)
            case Ratio(above, below, span):
                return pieces.divided(self.write(above), self.write(below), span)
            case Root(body, span):
                return self.apply("sqrt", body, span)
            case Exponential(exponent, span):
                return self.exponential(exponent, span)
            case Blocks(rows, span):
                return self.stacked(rows, span)
            case Derivative(span=span):
                self.refuse(
                    "a derivative within a formula",
                    span,
                    "write what it is, or claim each factor by itself",
                )
            case Big():
                return over_components(self, node)
        raise AssertionError(node)

    def refuse(self, message: str, at: Span, hint: str) -> NoReturn:
        """A located refusal."""
        raise UnsupportedError(message, at, hint=hint)

    def name(self, node: Name) -> Piece:
        r"""A quantity, or a constant such as `\mathbf{I}_n`."""
        constant = self.constant(node)
        if constant is not None:
            return constant
        if self.is_dimension(node):
            return Piece(f"dim({node.base})", SCALAR, node.span)
        found = self.names.reference(node)
        return Piece(found.text, found.kind, node.span, is_assumed=found.is_assumed)

    def constant(self, node: Name) -> Piece | None:
        r"""`\mathbf{I}_n`, `\mathbf{1}_{n}`, `\mathbf{0}_{n \times m}`."""
        if node.base in ("0", "1"):
            sizes = self.sizes(node)
            kind = COLUMN if len(sizes) == 1 else MATRIX
            word = "ones" if node.base == "1" else "zeros"
            return Piece(f"{word}({', '.join(sizes)})", kind, node.span)
        if node.base.isdecimal():
            self.refuse(f"{node.span.text} in bold", node.span, r"write 2 \mathbf{1}_n")
        if not self.is_identity(node):
            return None
        if not node.below:
            self.unsized = node.span
            return Piece(f"eye({UNKNOWN})", MATRIX, node.span)
        sizes = self.sizes(node)
        if len(sizes) != 1:
            raise ParseError("the identity takes one dimension", node.span)
        return Piece(f"eye({sizes[0]})", MATRIX, node.span)

    def is_identity(self, node: Name) -> bool:
        """Whether `I` is the identity: with a dimension below it, and no name."""
        if node.base != "I" or node.style == "cal" or node.accents or node.above:
            return False
        known = self.names.declared
        if any(name == "I" or name.startswith("I_") for name in known):
            return False
        below = node.below
        return not below or (len(below) == 1 and self.is_size(below[0]))

    def is_dimension(self, node: Name) -> bool:
        """Whether a letter is a dimension that was declared, and nothing else."""
        plain = not (node.accents or node.below or node.above or node.style)
        program = self.names.program
        automatic = set() if program is None else set(program.naming.names.values())
        known = self.names.sizes - self.names.declared - automatic
        return plain and node.base in known

    def is_size(self, script: Script) -> bool:
        """Whether a subscript is a dimension."""
        text = "".join(script.span.text.split())
        is_digit = script.mark is Mark.DIGITS
        return is_digit or text in self.names.sizes or text in set("nmpqdrkN")

    def sizes(self, node: Name) -> list[str]:
        r"""The dimensions below a constant, `n` or `n \times m`."""
        if len(node.below) != 1 or node.above:
            self.refuse(
                f"{node.span.text} without its dimensions",
                node.span,
                rf"write \mathbf{{{node.base}}}_n or \mathbf{{{node.base}}}_"
                r"{n \times m}",
            )
        shown = node.below[0].span.text.split(r"\times")
        found = [size.translate(str.maketrans("", "", "{} ")) for size in shown]
        if len(found) > 2 or not all(s.replace("_", "").isalnum() for s in found):
            raise ParseError("expected dimensions", node.below[0].span)
        return found

    def raised(self, node: Raised) -> Piece:
        """Transposes, inverses and powers, one after the other."""
        if isinstance(node.base, Name) and self.names.is_function(node.base):
            self.names.fail_function(node.base, node.base.base)
        self.check_digit(node)
        self.check_e(node)
        piece = self.write(node.base)
        is_known = piece.kind is SCALAR and not piece.is_assumed
        is_power = is_known and node.above[0].mark is Mark.TRANSPOSE
        if is_power and isinstance(node.base, Name):
            self.refuse("a number with ^T", node.span, "leave the transpose off")
        return self.scripts(piece, node.above)

    def scripts(self, piece: Piece, above: tuple[Script, ...]) -> Piece:
        """A piece with everything that stands above it."""
        for script in above:
            piece = self.script(piece, script)
        return piece

    def script(self, piece: Piece, script: Script) -> Piece:
        """A piece with one mark above it."""
        at = _closed(Span(piece.span.source, piece.span.start, script.span.end))
        match script.mark:
            case Mark.TRANSPOSE:
                return pieces.transposed(piece, at)
            case Mark.INVERSE:
                return pieces.inverted(piece, at)
            case Mark.INVERSE_TRANSPOSE if piece.kind is MATRIX:
                return pieces.transposed(pieces.inverted(piece, at), at)
            case Mark.POWER:
                return self.power(piece, script, at)
            case Mark.ELEMENTWISE if script.value:
                return pieces.raised(piece, script.value, at)
            case Mark.PRIME:
                self.refuse("a prime on what is no function", at, "write ^T or f'(x)")
        self.refuse(
            f"^{{{script.span.text}}} is not understood here",
            script.span,
            r"known are ^T, ^{-1}, ^2, ^{\odot 2}, ^{(t)}, and primes on functions",
        )

    def power(self, piece: Piece, script: Script, at: Span) -> Piece:
        """A power: of a matrix its product with itself, else of each component."""
        value = script.value
        if value in (0, 1) and not piece.literal:
            self.refuse(f"^{value} is no power", at, "write ^{(1)} for a label")
        if piece.kind is SCALAR:
            return pieces.raised(piece, script.value, at)
        if piece.kind is COLUMN and value > 0:
            return pieces.raised(piece, script.value, at)
        is_whole = value.denominator == 1 and abs(value) > 1
        if piece.kind is MATRIX and is_whole and piece.call in ("", "diag", "inv"):
            return Piece(f"matpow({piece.text}, {value})", MATRIX, at)
        self.refuse(
            f"^{{{script.span.text}}}; {piece.described}",
            at,
            rf"write ^{{\odot {value}}} for the power of each component",
        )

    def check_digit(self, node: Raised) -> None:
        """Refuse `W^2` beside `W^3` and never `W` alone: layers, or powers."""
        powers = [s for s in node.above if s.mark is Mark.POWER]
        if not powers or not isinstance(node.base, Name):
            return
        if len(self.names.powers(node.base)) > 1:
            self.refuse(
                f"^{powers[0].span.text} may be a power or a label",
                node.span,
                "write ^{(2)} for a label; give a power's base a name of its own",
            )

    def exponential(self, exponent: Node, at: Span) -> Piece:
        """`e^{-x}`, but not `e^2`, nor a power of an e that is declared."""
        if "e" in self.names.declared or isinstance(exponent, Number):
            self.refuse("e may be a quantity here", at, r"write \exp(...), or (e)^2")
        return self.apply("exp", exponent, at)

    def check_e(self, node: Raised) -> None:
        """Refuse `e^T`: a transposed vector, or exp(T)."""
        name, mark = node.base, node.above[0]
        if not isinstance(name, Name) or name.base != "e" or mark.span.text != "T":
            return
        known = self.names.declared | {k[0] for k in self.names.evidence.bare}
        if not name.below and not name.accents and "e" not in known:
            self.refuse("e^T", node.span, r"write e^\top, or \exp(T)")

    def group(self, node: Group, *, is_elementwise: bool = False) -> Piece:
        """Brackets: they group, or put parts together."""
        if len(node.items) == 1:
            self.check_spaces(node)
            inner = self.write(node.items[0], is_elementwise=is_elementwise)
            return Piece(
                inner.text,
                inner.kind,
                node.span,
                inner.level,
                inner.literal,
                inner.call,
                inner.inner,
                inner.is_assumed,
            )
        if node.bracket == r"\langle" and len(node.items) == 2:
            left, right = map(self.write, node.items)
            return Piece(f"dot({left.text}, {right.text})", SCALAR, node.span)
        if node.bracket == "[" and node.separator == ";":
            return self.stacked(tuple((item,) for item in node.items), node.span)
        if node.bracket == "[":
            return self.beside(node)
        self.refuse(
            "several expressions in brackets",
            node.span,
            r"write \begin{bmatrix} a \\ b \end{bmatrix} for one below the other",
        )

    def check_spaces(self, node: Group) -> None:
        r"""Refuse `[A \; B]`, which may be blocks side by side."""
        product = node.items[0]
        if node.bracket != "[" or not isinstance(product, Product):
            return
        for (_, left), (sign, right) in pairwise(product.factors):
            between = node.span.source.text[left.span.end : right.span.start]
            names = isinstance(left, Name) and isinstance(right, Name)
            if names and not sign and _PRINTED_SPACE.search(between):
                hint = "write [A, B] for blocks, (A B) for the product"
                self.refuse("blocks, or a product?", node.span, hint)

    def beside(self, node: Group) -> Piece:
        """`[A, B]`: matrices side by side; of two columns it may mean either."""
        parts = [self.write(item) for item in node.items]
        if all(part.kind is COLUMN for part in parts) and self.pairs is None:
            raise PairError(
                "vectors apart by a comma may stand beside or below each other",
                node.span,
                hint="write [a; b] for one below the other",
            )
        if all(part.kind is COLUMN for part in parts) and self.pairs == "; ":
            return self.joined(parts, "; ", COLUMN, node.span)
        return self.joined(parts, ", ", ROW, node.span)

    def stacked(self, rows: tuple[tuple[Node, ...], ...], at: Span) -> Piece:
        """Rows of blocks, one below the other."""
        found = [
            self.joined([self.write(item) for item in row], ", ", ROW, at)
            for row in rows
        ]
        return self.joined(found, "; ", COLUMN, at)

    def joined(self, parts: list[Piece], sign: str, long: object, at: Span) -> Piece:
        """Blocks with one sign between them."""
        if len(parts) == 1:
            return parts[0]
        for part in parts:
            if part.kind is SCALAR:
                hint = "a vector is one name; its components are not read"
                self.refuse("a number in a block", part.span, hint)
        alike = all(part.kind is long for part in parts)
        kind = parts[0].kind if alike else MATRIX
        return Piece(f"[{sign.join(part.text for part in parts)}]", kind, at)

    def apply(self, function: str, argument: Node, at: Span) -> Piece:
        """A function that is printed as a sign or an exponent."""
        return applied(head(function, (), at), [self.write(argument)], at)


def _closed(span: Span) -> Span:
    """A place with the braces closed that are open at its end."""
    end, text = span.end, span.source.text
    missing = span.text.count("{") - span.text.count("}")
    while missing > 0 and text[end : end + 1] == "}":
        end, missing = end + 1, missing - 1
    return replace(span, end=end)
