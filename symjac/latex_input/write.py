r"""The LaTeX syntax tree to symjac's text: one method for each kind of node.

Of factors side by side, functions take arguments, and kinds say what is multiplied.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from itertools import pairwise

from symjac.errors import BudgetError, ParseError, ShapeError, Span, UnsupportedError
from symjac.latex_input import pieces, tree
from symjac.latex_input.calls import applied, barred, head, normed
from symjac.latex_input.components import over_components
from symjac.latex_input.names import Names
from symjac.latex_input.pieces import (
    COLUMN,
    MATRIX,
    ROW,
    SCALAR,
    Piece,
    check_function,
    refuse,
)
from symjac.latex_input.sizes import is_size_text, rows, size_text
from symjac.latex_input.vocabulary import INVERSE
from symjac.terms.shape import Kind
from symjac.typeset.text import ATOM, PRODUCT

PRINTED_SPACE = re.compile(r"\\(?:[,;:> ]|q?quad)|~")
UNKNOWN = "?"  # the dimension of an identity matrix, until a term beside it tells
MAX_CHAIN = 4
CONSTANTS = ("I", "0", "1")
INFIX = frozenset({"odot", "circ", "otimes", "oslash"})
Factors = Sequence[tuple[str, tree.Node]]


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

    def whole(self, node: tree.Node) -> Piece:
        """A whole formula, with every identity matrix of a known dimension."""
        piece = self.fitting(node)
        if UNKNOWN in piece.text and self.unsized is not None:
            refuse(
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

    def fitting(self, node: tree.Node) -> Piece:
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

    def attempt(self, node: tree.Node, pairs: str) -> Piece | None:
        """A formula with columns put together one way; None where it does not fit."""
        self.pairs = pairs
        try:
            return self.write(node)
        except ShapeError:
            return None
        finally:
            self.pairs = None

    def write(self, node: tree.Node, *, is_elementwise: bool = False) -> Piece:
        """The text of a node.

        Args:
            is_elementwise: the node is an operand of an elementwise product, where a
                number added to a matrix can only mean every component.
        """
        match node:
            case tree.Number(value, span):
                level = ATOM if value.denominator == 1 else PRODUCT
                return Piece(str(value), SCALAR, span, level, True)
            case tree.Name():
                return self.name(node)
            case tree.Raised():
                return self.raised(node)
            case tree.Group():
                return self.group(node, is_elementwise=is_elementwise)
            case tree.Total(terms, span):
                signed = [(negative, self.write(term)) for negative, term in terms]
                signed = self.sized(signed)
                return pieces.added(signed, span, is_elementwise=is_elementwise)
            case tree.Product(factors, span):
                return self.product(factors, span)
        return self.special(node)

    def special(self, node: tree.Node) -> Piece:
        """Nodes with a sign of their own."""
        match node:
            case tree.Bars(double, body, below, span):
                return (normed if double else barred)(self.write(body), below, span)
            case tree.Ratio(above, below, span):
                return pieces.divided(self.write(above), self.write(below), span)
            case tree.Root(body, span):
                return self.apply("sqrt", body, span)
            case tree.Exponential(exponent, span):
                return self.exponential(exponent, span)
            case tree.Blocks(rows, span):
                return self.stacked(rows, span)
            case tree.Derivative(span=span):
                refuse(
                    "a derivative within a formula",
                    span,
                    "write what it is, or claim each factor by itself",
                )
            case tree.Big():
                return over_components(node, self.names, self.limits, self.write)
        raise AssertionError(node)

    def name(self, node: tree.Name) -> Piece:
        r"""A quantity, or a constant such as `\mathbf{I}_n`."""
        constant = self.constant(node) or self.commutation(node)
        if constant is not None:
            return constant
        if self.is_dimension(node):
            return Piece(f"dim({node.base})", SCALAR, node.span)
        found = self.names.reference(node)
        return Piece(found.text, found.kind, node.span, is_assumed=found.is_assumed)

    def constant(self, node: tree.Name) -> Piece | None:
        r"""`\mathbf{I}_n`, `\mathbf{1}_{n}`, `\mathbf{0}_{n \times m}`."""
        if node.base in ("0", "1"):
            sizes = self.sizes(node)
            kind = COLUMN if len(sizes) == 1 else MATRIX
            word = "ones" if node.base == "1" else "zeros"
            return Piece(f"{word}({', '.join(sizes)})", kind, node.span)
        if node.base.isdecimal():
            refuse(f"{node.span.text} in bold", node.span, r"write 2 \mathbf{1}_n")
        if not self.is_identity(node):
            return None
        if not node.below:
            self.unsized = node.span
            return Piece(f"eye({UNKNOWN})", MATRIX, node.span)
        sizes = self.sizes(node)
        if len(sizes) != 1:
            raise ParseError("the identity takes one dimension", node.span)
        return Piece(f"eye({sizes[0]})", MATRIX, node.span)

    def commutation(self, node: tree.Name) -> Piece | None:
        r"""`\mathbf{K}_{n,m}` over a program that has no K of its own."""
        program, sizes = self.names.program, [s.span.text for s in node.below]
        is_plain = node.base == "K" and node.style == "bold" and len(sizes) == 2
        if program is None or not is_plain or node.above or node.accents:
            return None
        taken = any(name.partition("_")[0] == "K" for name in self.names.declared)
        if taken or not all(map(self.is_size, node.below)):
            return None
        text = f"commutation({', '.join(map(size_text, sizes))})"
        return Piece(text, MATRIX, node.span)

    def is_identity(self, node: tree.Name) -> bool:
        """Whether `I` is the identity: with a dimension below it, and no name."""
        if node.base != "I" or node.style == "cal" or node.accents or node.above:
            return False
        if any(n == "I" or n.startswith("I_") for n in self.names.declared):
            return False
        return not node.below or (len(node.below) == 1 and self.is_size(node.below[0]))

    def is_dimension(self, node: tree.Name) -> bool:
        """Whether a letter is a dimension that was declared, and nothing else."""
        plain = not (node.accents or node.below or node.above or node.style)
        program = self.names.program
        automatic = program.automatic if program else frozenset()
        known = self.names.sizes - self.names.declared - self.names.functions
        return plain and node.base in known - automatic

    def is_size(self, script: tree.Script) -> bool:
        """Whether a subscript is a dimension."""
        names = re.findall(r"[A-Za-z]\w*", size_text(script.span.text))
        is_digit = script.mark is tree.Mark.DIGITS
        return is_digit or (bool(names) and all(map(self.is_length, names)))

    def is_length(self, text: str) -> bool:
        """Whether a name is, or may be, a dimension."""
        return text in self.names.sizes or text in set("nmpqdrkN")

    def sizes(self, node: tree.Name) -> list[str]:
        r"""The dimensions below a constant, `n` or `n \times m`."""
        if len(node.below) != 1 or node.above:
            refuse(
                f"{node.span.text} without its dimensions",
                node.span,
                rf"write \mathbf{{{node.base}}}_n or \mathbf{{{node.base}}}_"
                r"{n \times m}",
            )
        shown = node.below[0].span.text.split(r"\times")
        found = list(map(size_text, shown))
        if len(found) > 2 or not all(map(is_size_text, found)):
            raise ParseError("expected dimensions", node.below[0].span)
        return found

    def raised(self, node: tree.Raised) -> Piece:
        """Transposes, inverses and powers, one after the other."""
        if isinstance(node.base, tree.Name) and self.names.is_function(node.base):
            self.names.fail_function(node.base, node.base.base)
        self.check_digit(node)
        self.check_e(node)
        piece = self.write(node.base)
        is_known = piece.kind is SCALAR and not piece.is_assumed
        is_power = is_known and node.above[0].mark is tree.Mark.TRANSPOSE
        if is_power and isinstance(node.base, tree.Name):
            refuse("a number with ^T", node.span, "leave the transpose off")
        return self.scripts(piece, node.above)

    def scripts(self, piece: Piece, above: tuple[tree.Script, ...]) -> Piece:
        """A piece with everything that stands above it."""
        for script in above:
            piece = self.script(piece, script)
        return piece

    def script(self, piece: Piece, script: tree.Script) -> Piece:
        """A piece with one mark above it."""
        at = _closed(Span(piece.span.source, piece.span.start, script.span.end))
        match script.mark:
            case tree.Mark.TRANSPOSE:
                return pieces.transposed(piece, at)
            case tree.Mark.INVERSE:
                return pieces.inverted(piece, at)
            case tree.Mark.INVERSE_TRANSPOSE if piece.kind is MATRIX:
                return pieces.transposed(pieces.inverted(piece, at), at)
            case tree.Mark.POWER:
                return self.power(piece, script, at)
            case tree.Mark.ELEMENTWISE if script.value:
                return pieces.raised(piece, script.value, at)
            case tree.Mark.PRIME:
                refuse("a prime on what is no function", at, "write ^T or f'(x)")
        refuse(
            f"^{{{script.span.text}}} is not understood here",
            script.span,
            r"known are ^T, ^{-1}, ^2, ^{\odot 2}, ^{(t)}, and primes on functions",
        )

    def power(self, piece: Piece, script: tree.Script, at: Span) -> Piece:
        """A power: of a matrix its product with itself, else of each component."""
        value = script.value
        if value in (0, 1) and not piece.literal:
            refuse(f"^{value} is no power", at, "write ^{(1)} for a label")
        if piece.kind is SCALAR or (piece.kind is COLUMN and value > 0):
            return pieces.raised(piece, script.value, at)
        is_whole = value.denominator == 1 and abs(value) > 1
        if piece.kind is MATRIX and is_whole and piece.call in ("", "diag", INVERSE):
            return Piece(f"matpow({piece.text}, {value})", MATRIX, at)
        refuse(
            f"^{{{script.span.text}}}; {piece.described}",
            at,
            rf"write ^{{\odot {value}}} for the power of each component",
        )

    def check_digit(self, node: tree.Raised) -> None:
        """Refuse `W^2` beside `W^3` and never `W` alone: layers, or powers."""
        powers = [s for s in node.above if s.mark is tree.Mark.POWER]
        if not powers or not isinstance(node.base, tree.Name):
            return
        if len(self.names.powers(node.base)) > 1:
            refuse(
                f"^{powers[0].span.text} may be a power or a label",
                node.span,
                "write ^{(2)} for a label; give a power's base a name of its own",
            )

    def exponential(self, exponent: tree.Node, at: Span) -> Piece:
        """`e^{-x}`, but not `e^2`, nor a power of an e that is declared."""
        if "e" in self.names.declared or isinstance(exponent, tree.Number):
            refuse("e may be a quantity here", at, r"write \exp(...), or (e)^2")
        return self.apply("exp", exponent, at)

    def check_e(self, node: tree.Raised) -> None:
        """Refuse `e^T`: a transposed vector, or exp(T)."""
        name, mark = node.base, node.above[0]
        if not isinstance(name, tree.Name) or name.base != "e" or mark.span.text != "T":
            return
        known = self.names.declared | {k[0] for k in self.names.evidence.bare}
        if not name.below and not name.accents and "e" not in known:
            refuse("e^T", node.span, r"write e^\top, or \exp(T)")

    def group(self, node: tree.Group, *, is_elementwise: bool = False) -> Piece:
        """Brackets: they group, or put parts together."""
        if len(node.items) == 1:
            self.check_spaces(node)
            if node.bracket == r"\langle":
                hint = r"write \operatorname{mean}(x), or other brackets"
                refuse("angle brackets around one thing: a mean?", node.span, hint)
            inner = self.write(node.items[0], is_elementwise=is_elementwise)
            return replace(inner, span=node.span)
        if node.bracket == r"\langle" and len(node.items) == 2:
            left, right = map(self.write, node.items)
            return Piece(f"dot({left.text}, {right.text})", SCALAR, node.span)
        if node.bracket == "[" and node.separator == ";":
            return self.stacked(tuple((item,) for item in node.items), node.span)
        if node.bracket == "[":
            return self.beside(node)
        refuse(
            "several expressions in brackets",
            node.span,
            r"write \begin{bmatrix} a \\ b \end{bmatrix} for one below the other",
        )

    def check_spaces(self, node: tree.Group) -> None:
        r"""Refuse `[A \; B]`, which may be blocks side by side."""
        product = node.items[0]
        if node.bracket != "[" or not isinstance(product, tree.Product):
            return
        for (_, left), (sign, right) in pairwise(product.factors):
            between = node.span.source.text[left.span.end : right.span.start]
            names = isinstance(left, tree.Name) and isinstance(right, tree.Name)
            if names and not sign and PRINTED_SPACE.search(between):
                hint = "write [A, B] for blocks, (A B) for the product"
                refuse("blocks, or a product?", node.span, hint)

    def beside(self, node: tree.Group) -> Piece:
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

    def stacked(self, rows: tuple[tuple[tree.Node, ...], ...], at: Span) -> Piece:
        """Rows of blocks, one below the other."""
        found = [
            self.joined([self.write(item) for item in row], ", ", ROW, at)
            for row in rows
        ]
        return self.joined(found, "; ", COLUMN, at)

    def joined(self, parts: list[Piece], sign: str, long: Kind, at: Span) -> Piece:
        """Blocks with one sign between them."""
        if len(parts) == 1:
            return parts[0]
        alike = all(part.kind in (long, SCALAR) for part in parts)
        kind = long if alike else MATRIX
        return Piece(f"[{sign.join(part.text for part in parts)}]", kind, at)

    def apply(self, function: str, argument: tree.Node, at: Span) -> Piece:
        """A function that is printed as a sign or an exponent."""
        return applied(head(function, (), at), [self.write(argument)], at)

    def product(self, factors: Factors, at: Span) -> Piece:
        r"""Factors side by side bind first; then `\\odot` and its like."""
        parts: list[tuple[str, list[tuple[str, tree.Node]]]] = []
        for sign, node in factors:
            if sign in INFIX or not parts:
                parts.append((sign, []))
                sign = ""
            parts[-1][1].append((sign, node))
        signs = {sign.replace("circ", "odot") for sign, _ in parts[1:]}
        if len(signs) > 1:
            refuse("different product signs", at, "brackets say what is meant")
        inner = bool(signs)
        self.check_operands([part for _, part in parts], signs, factors)
        written = [(s, self.beside_each_other(part, inner)) for s, part in parts]

        def combine(left: Piece, item: tuple[str, Piece]) -> Piece:
            sign, right = item
            span = Span(at.source, left.span.start, right.span.end)
            if sign == "otimes":
                return pieces.kronecker(left, right, span)
            return pieces.elementwise(left, right, sign, span)

        if signs == {"otimes"}:
            lengths = [len(part) for _, part in parts]
            self.check_kronecker([piece for _, piece in written], lengths, at)
        return reduce(combine, written[1:], written[0][1])

    def check_kronecker(
        self, written: list[Piece], lengths: list[int], at: Span
    ) -> None:
        r"""Refuse `A \otimes B \otimes C` and `A \otimes B x`."""
        if len(written) > 2:
            refuse("two signs \\otimes", at, "brackets say what is meant")
        for piece, length in zip(written, lengths, strict=True):
            if length > 1 and piece.level == PRODUCT and " @ " in piece.text:
                refuse("a product beside \\otimes", piece.span, "write brackets")

    def check_operands(
        self,
        parts: list[list[tuple[str, tree.Node]]],
        signs: set[str],
        factors: Factors,
    ) -> None:
        r"""`\tanh z \odot y` and `f \circ g` may mean two things."""
        for part in parts[:-1]:
            if len(part) > 1 and not part[-1][0] and _bracket(part[-1][1]) is None:
                head_ = part[-2][1]
                name = tree.unmarked(head_)
                if isinstance(name, tree.Name) and self.names.is_function(name):
                    refuse(
                        "where does the argument end?",
                        part[-1][1].span,
                        f"write {name.span.text}(...)",
                    )
        if all(sign != "circ" for sign, _ in factors):
            return
        for _, node in factors:
            if self.names.is_letter(node):
                refuse(
                    f"\\circ beside {node.span.text}, which may be a function",
                    node.span,
                    r"write \odot, or declare the shape",
                )

    def beside_each_other(self, factors: Factors, is_elementwise: bool) -> Piece:
        """A product without elementwise signs: functions first, then left to right."""
        rest = list(factors)
        result: Piece | None = None
        ended = ""
        self.check_differential(factors)
        self.check_indices(factors)
        while rest:
            sign, piece = self.next_factor(rest, is_elementwise)
            if result is None:
                result = first = last = piece
                continue
            check_function(last, sign, piece)
            last = piece
            span = Span(piece.span.source, result.span.start, piece.span.end)
            if ended:
                refuse(
                    f"what follows {ended}?", piece.span, "brackets say what is meant"
                )
            if piece.literal and not sign:
                refuse("a number behind a factor", piece.span, r"write \cdot")
            if sign == "slash":
                ended = "/"
                result = pieces.divided(result, piece, span)
            else:
                result = pieces.multiplied(result, piece, sign, span)
        assert result is not None
        if result.kind is ROW and first.kind is SCALAR and first.is_assumed:
            message = f"{first.span.text} may be a vector"
            hint = f"declare the shape of {first.text}"
            refuse(message, first.span, hint)  # such as delta x^T
        return result

    def check_differential(self, factors: Factors) -> None:
        r"""A letter `d` or `\delta` before another factor may be a differential."""
        for (_, node), (sign, _) in pairwise(factors):
            if (
                sign
                or not isinstance(node, tree.Name)
                or node.base in self.names.declared
            ):
                continue
            is_letter = node.base in ("d", "delta") and node.style != "bold"
            if is_letter and not (node.below or node.above or node.accents):
                hint = f"declare {node.base}"
                message = f"{node.span.text} may be a differential"
                refuse(message, node.span, hint)

    def check_indices(self, factors: Factors) -> None:
        """Refuse `A_{ab} x_b`: a letter that two factors share is summed over."""
        for (_, left), (_, right) in pairwise(factors):
            for one, other in ((left, right), (right, left)):
                shared = _shared(one, other, self.names.steps.letters)
                if shared is not None:
                    message = f"{shared.text} may be component indices"
                    hint = rf"a label is \mathrm{{{shared.text}}}"
                    refuse(message, shared.span, hint)

    def next_factor(
        self, rest: list[tuple[str, tree.Node]], is_elementwise: bool
    ) -> tuple[str, Piece]:
        """The first factor, a function with its argument; removed from `rest`."""
        sign, node = rest.pop(0)
        name = tree.unmarked(node)
        if not isinstance(name, tree.Name):
            return sign, self.write(node, is_elementwise=is_elementwise)
        if name.base in CONSTANTS and self.constant(name) is not None:
            return sign, self.write(node)
        above = tree.marks_of(node)
        following = rest[0] if rest else ("", None)
        bracket = _bracket(following[1]) if not following[0] else None
        if bracket is None and not self.names.is_function(name):
            return sign, self.write(node)
        is_factor = self.is_dimension(name) or self.commutation(name) is not None
        if bracket is not None and (is_factor or not self.names.calls(name, above)):
            return sign, self.write(node)
        return sign, self.call(name, above, bracket, rest)

    def call(
        self,
        name: tree.Name,
        above: tuple[tree.Script, ...],
        bracket: tree.Group | None,
        rest: list[tuple[str, tree.Node]],
    ) -> Piece:
        """A function of what follows it."""
        function = head(self.names.function(name), above, name.span)
        if not rest or rest[0][0]:
            self.names.fail_function(name, function.name)
        _, node = rest.pop(0)
        at = Span(name.span.source, name.span.start, node.span.end)
        if bracket is None:
            return applied(function, [self.bare(name, function.name, node, rest)], at)
        items = bracket.items
        if bracket.separator == ";":
            raise ParseError("expected , between arguments", bracket.span)
        if function.name == "tr":
            self.check_trace(node, rest, at)
        inner = Span(at.source, at.start, bracket.span.end)
        piece = applied(function, [self.write(item) for item in items], inner)
        if piece.kind is MATRIX:
            self.names.of_matrices.add(function.name)
        is_turned = all(
            script.mark is tree.Mark.TRANSPOSE for script in tree.marks_of(node)
        )
        is_clear = not tree.marks_of(node) or (is_turned and piece.call == "log")
        if not is_clear and piece.call in ("log", "logdet"):
            refuse("a logarithm, or what it is of, raised?", at, "write brackets")
        return self.scripts(piece, tree.marks_of(node))

    def check_trace(self, node: tree.Node, rest: Factors, at: Span) -> None:
        """In `tr(A) B` and `tr(A)^2`, the trace may be of everything."""
        more = [("", factor) for sign, factor in rest if sign != "slash"]
        is_matrix = more and self.beside_each_other(more, False).kind is MATRIX
        if is_matrix or isinstance(node, tree.Raised):
            refuse("of what is the trace?", at, r"write \operatorname{tr}(A B)")

    def bare(
        self,
        name: tree.Name,
        function: str,
        node: tree.Node,
        rest: list[tuple[str, tree.Node]],
    ) -> Piece:
        """An argument without brackets: one name and nothing behind it."""
        span = Span(name.span.source, name.span.start, node.span.end)
        hint = f"write {name.span.text}(...)"
        inner = tree.unmarked(node)
        if isinstance(inner, tree.Name) and self.names.is_function(inner):
            above = tree.marks_of(node)
            following = _bracket(rest[0][1]) if rest and not rest[0][0] else None
            self.chain += 1
            if self.chain > MAX_CHAIN:
                raise BudgetError(
                    f"more than {MAX_CHAIN} functions without brackets", span
                )
            piece = self.call(inner, above, following, rest)
            self.chain -= 1
            if rest and piece.call != "det":
                refuse(f"where does the argument of {function} end?", span, hint)
            return piece
        is_followed = rest and not rest[0][0] and isinstance(rest[0][1], tree.Bars)
        is_whole = isinstance(node, tree.Bars) and not (
            function == "log" and is_followed
        )
        if rest and not is_whole:
            refuse(f"where does the argument of {function} end?", span, hint)
        marks = tree.marks_of(node)
        simple = isinstance(
            inner,
            tree.Name | tree.Number | tree.Bars | tree.Ratio | tree.Blocks | tree.Group,
        )
        allowed = {tree.Mark.TRANSPOSE}
        if function in ("tr", "det", "logdet"):
            allowed |= {tree.Mark.INVERSE, tree.Mark.INVERSE_TRANSPOSE}
        if not simple or any(script.mark not in allowed for script in marks):
            refuse(f"where does the argument of {function} end?", span, hint)
        return self.write(node)


def _closed(span: Span) -> Span:
    """A place with the braces closed that are open at its end."""
    end, text = span.end, span.source.text
    missing = span.text.count("{") - span.text.count("}")
    while missing > 0 and text[end : end + 1] == "}":
        end, missing = end + 1, missing - 1
    return replace(span, end=end)


def _shared(
    one: tree.Node, other: tree.Node, times: frozenset[str]
) -> tree.Script | None:
    """A label of several letters with one that is the subscript of another name."""
    if not (isinstance(one, tree.Name) and isinstance(other, tree.Name)):
        return None
    if other.base in CONSTANTS:
        return None
    lone = {s.text for s in other.below if s.mark is tree.Mark.STEP} - times
    words = (s for s in one.below if s.mark is tree.Mark.LABEL and not s.upright)
    return next((word for word in words if lone & set(word.text)), None)


def _bracket(node: tree.Node | None) -> tree.Group | None:
    """The brackets that hold a function's argument."""
    inner = tree.unmarked(node)
    if not isinstance(inner, tree.Group) or inner.bracket not in "([":
        return None
    return None if inner.bracket == "[" and inner.separator else inner
