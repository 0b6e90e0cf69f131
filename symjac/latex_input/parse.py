r"""Tokens to the LaTeX syntax tree, by recursive descent of counted depth.

sum     = [sign] product { (+|-) product }
product = factor { [\cdot|\odot|\circ|\otimes|\times|*|/] factor }
factor  = base { _ script | ^ script | ' }
"""

from __future__ import annotations

from symjac.errors import BudgetError, Span, UnsupportedError
from symjac.language.syntax import literal
from symjac.latex_input import tree
from symjac.latex_input.stream import Stream
from symjac.latex_input.vocabulary import (
    ACCENTS,
    BOLD,
    BRACKETS,
    COMMANDS,
    FRACTIONS,
    GREEK,
    SCRIPT,
    STYLES,
    TEXT,
    UPRIGHT,
    known_word,
)

MAX_DEPTH = 40
OPERATORS = {
    r"\cdot": "cdot",
    r"\odot": "odot",
    r"\circ": "circ",
    r"\otimes": "otimes",
    r"\times": "times",
    r"\oslash": "oslash",
    "*": "star",
    "/": "slash",
}
BARS = {
    "|": ("|", False),
    r"\vert": (r"\vert", False),
    r"\lvert": (r"\rvert", False),
    r"\|": (r"\|", True),
    r"\Vert": (r"\Vert", True),
    r"\lVert": (r"\rVert", True),
}
_ENDS = frozenset({*BRACKETS.values(), *(end for end, _ in BARS.values())})
_STOPS = frozenset({"=", ",", ";", "&", r"\\", "+", "-"})
_MATRICES = ("bmatrix", "pmatrix", "matrix", "smallmatrix", "array")


class Parser(Stream):
    """Reads nodes from its tokens."""

    def inside(self, first: int, last: int) -> tree.Node:
        """The expression between two tokens, all of it."""
        inner = type(self)(self.source, self.tokens, first, last)
        inner.depth = self.depth
        node = inner.expression()
        inner.finish()
        return node

    def finish(self) -> None:
        """Nothing may be left over."""
        if self.at < self.end:
            self.fail(f"did not expect {self.peek()} here")

    def expression(self) -> tree.Node:
        """A sum of products."""
        first, terms = self.at, list[tuple[bool, tree.Node]]()
        while True:
            negative = self.peek() == "-"
            self.at += self.peek() in ("+", "-") and bool(self.peek())
            terms.append((negative, self.product()))
            if self.peek() not in ("+", "-") or not self.peek():
                break
        if len(terms) == 1 and not terms[0][0]:
            return terms[0][1]
        return tree.Total(tuple(terms), self.span(first))

    def product(self) -> tree.Node:
        """Factors with the signs between them."""
        first = self.at
        factors = [("", self.factor())]
        while self.at < self.end and not self.stops():
            operator = OPERATORS.get(self.peek(), "")
            self.at += bool(operator)
            if operator and (self.at >= self.end or self.stops()):
                self.fail("a factor is missing here")
            factors.append((operator, self.factor()))
        if len(factors) == 1:
            return factors[0][1]
        return tree.Product(tuple(factors), self.span(first))

    def stops(self) -> bool:
        """Whether the next token ends a product."""
        text = self.peek()
        if text in BARS:
            return self.closes_bars()
        block = text.startswith(r"\end ")
        return text in _STOPS or text in _ENDS or block

    def closes_bars(self) -> bool:
        """Whether the bar here closes the innermost open ones."""
        closer = self.bars[-1] if self.bars else ""
        return self.peek() + (self.peek(1) if closer == "||" else "") == closer

    def factor(self) -> tree.Node:
        """A factor; every recursion of the parser comes through here and is counted."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise BudgetError(
                f"the formula is nested more than {MAX_DEPTH} deep",
                self.here(),
                hint="name parts of it by equations of their own",
            )
        found = self.scripted()
        self.depth -= 1
        return found

    def scripted(self) -> tree.Node:
        """A base with what stands below and above it."""
        first = self.at
        base = self.base()
        end = self.at
        below: tuple[tree.Script, ...] | None = None
        above: list[tree.Script] = []
        raised = False
        while self.peek() in ("_", "^", "'"):
            sign, place = self.peek(), self.at
            if sign == "_":
                if below is not None:
                    self.fail("two subscripts")
                below = self.scripts.below(*self.argument())
                continue
            is_second = sign == "^" and raised and above[-1].mark is not tree.Mark.PRIME
            if is_second:
                self.fail("two superscripts", hint="brackets say what is meant")
            if sign == "'":
                above.extend(self.primes(place))
                continue
            above.extend(self.scripts.above(*self.argument()))
            raised = True
        if isinstance(base, tree.Name):
            return self.name(base, below or (), tuple(above), (first, end))
        return self.dressed(base, below or (), tuple(above), first)

    def primes(self, first: int) -> tuple[tree.Script, ...]:
        """`'` once or more."""
        while self.peek() == "'":
            self.at += 1
        return self.scripts.above(first, self.at)

    def name(
        self,
        base: tree.Name,
        below: tuple[tree.Script, ...],
        above: tuple[tree.Script, ...],
        place: tuple[int, int],
    ) -> tree.Node:
        """A name with its steps and labels; other marks are put on it."""
        first, end = place
        span = self.span(first)
        if _is_exponential(base, below, above):
            script = above[0]
            return tree.Exponential(self.inside(script.first, script.last), span)
        own = tuple(
            s
            for s in above
            if s.mark in (tree.Mark.STEP, tree.Mark.LABEL, tree.Mark.DIGITS)
        )
        end = max((end, *(s.last for s in (*below, *own))))
        end += end < self.at and self.tokens[end].text == "}"
        found = tree.Name(
            base.base,
            base.style,
            base.accents,
            (*base.below, *below),
            (*base.above, *own),
            self.span(first, end),
        )
        above = tuple(s for s in above if s not in own)
        return tree.Raised(found, above, span) if above else found

    def dressed(
        self,
        base: tree.Node,
        below: tuple[tree.Script, ...],
        above: tuple[tree.Script, ...],
        first: int,
    ) -> tree.Node:
        """A base that is no name, with its scripts."""
        span = self.span(first)
        if below and isinstance(base, tree.Bars):
            base, below = tree.Bars(base.double, base.body, below, span), ()
        if below:
            self.fail("a subscript of something that is no name", below[0].span)
        return tree.Raised(base, above, span) if above else base

    def base(self) -> tree.Node:
        """What scripts are put on."""
        first, text = self.at, self.peek()
        if self.at >= self.end:
            self.fail("expected a name, a number or a bracket, found the end")
        token = self.tokens[self.at]
        if token.kind == "digit":
            return self.number()
        if token.kind == "letter":
            return self.letters()
        if text in BRACKETS:
            return self.group()
        if text in BARS:
            return self.between_bars()
        if token.kind == "block":
            return self.blocks()
        if token.kind == "command":
            return self.command()
        return self.fail(f"did not expect {text} here", self.span(first, first + 1))

    def number(self) -> tree.Number:
        """Digits, with a decimal point if digits follow it."""
        first, text = self.at, self.peek()
        self.at += 1
        while self.is_digit() or self.is_point(text):
            text += self.peek()
            self.at += 1
        if self.peek() == "e" and self.peek(1) == "-" and self.peek(2).isdecimal():
            hint = r"write 10^{-3}, or leave a space before e"
            if not self.tokens[self.at].spaced:
                self.fail("1e-3 may be a number", self.span(first, self.at + 3), hint)
        span = self.span(first)
        return tree.Number(literal(text, span), span)

    def letters(self) -> tree.Node:
        """A letter, or a word that the tables know with a bracket behind it."""
        first, last = self.at, self.at + 1
        while last < self.end and self.is_joined(last):
            last += 1
        word = "".join(token.text for token in self.tokens[first:last])
        self.at = last
        if len(word) > 1 and known_word(word):
            if self.peek() not in ("(", "|", "^", r"\{", "["):
                at = self.span(first)
                self.fail(
                    f"{word} may be a function or letters side by side",
                    at,
                    rf"write \operatorname{{{word}}}(...)",
                )
            return tree.Name(word, "upright", (), (), (), self.span(first))
        for end in range(2 if word[0].isupper() else 1, len(word)):
            if known_word(word[end:]) and len(word) - end > 1 and self.peek() == "(":
                place = self.span(first + end)
                self.fail(
                    f"{word} ends like a function",
                    place,
                    rf"write \operatorname{{{word[end:]}}}(...), or leave a space",
                )
        self.at = first + 1
        return tree.Name(self.tokens[first].text, "", (), (), (), self.span(first))

    def group(self) -> tree.Node:
        """Brackets around one expression, or several apart by commas or semicolons."""
        first, opener = self.at, self.peek()
        self.at += 1
        outer, self.bars = self.bars, []
        items = [self.expression()]
        separator = self.peek() if self.peek() in (",", ";") else ""
        while separator and self.peek() == separator:
            self.at += 1
            items.append(self.expression())
        self.bars = outer
        closer = BRACKETS[opener]
        if self.peek() != closer:
            found = self.peek() or "the end"
            hint = "" if found != "=" else "an equation cannot stand in brackets"
            self.fail(f"expected {closer} for this {opener}, found {found}", None, hint)
        self.at += 1
        bracket = {r"\{": "(", r"\lbrace": "(", r"\lparen": "("}.get(opener, opener)
        if bracket == "{" and len(items) == 1:
            return self.braced(items[0], first)
        return tree.Group(bracket, tuple(items), separator, self.span(first))

    def braced(self, item: tree.Node, first: int) -> tree.Node:
        """What stands in braces: they are not printed, so they must not group."""
        if isinstance(item, tree.Total | tree.Product | tree.Big | tree.Derivative):
            hint = r"write \left( and \right) if they group"
            self.fail("braces around more than one thing", self.span(first), hint)
        scripted = isinstance(item, tree.Name) and (item.below or item.above)
        if scripted or isinstance(item, tree.Raised):
            return tree.Group("{", (item,), "", self.span(first))
        return item

    def between_bars(self) -> tree.Bars:
        """A norm, a determinant or an absolute value."""
        first, opener = self.at, self.peek()
        closer, double = BARS[opener]
        if self.peek() == self.peek(1) == "|" and not self.tokens[self.at + 1].spaced:
            closer, double = "||", True
        self.at += len(closer) if closer == "||" else 1
        self.bars.append(closer)
        body = self.expression()
        for bar in closer if closer == "||" else (closer,):
            self.expect(bar)
        self.bars.pop()
        return tree.Bars(double, body, (), self.span(first))

    def blocks(self) -> tree.Blocks:
        """Rows apart by a double backslash, their parts by &."""
        first, (_, name) = self.at, self.peek().split(" ", 1)
        if name not in _MATRICES[:-1] or not self.peek().startswith(r"\begin"):
            raise UnsupportedError(
                f"{self.peek()} is not supported", self.here(), hint="use bmatrix"
            )
        self.at += 1
        rows: list[tuple[tree.Node, ...]] = []
        row = [self.expression()]
        while self.peek() in ("&", r"\\"):
            is_new = self.peek() == r"\\"
            self.at += 1
            if is_new:
                rows.append(tuple(row))
                row = []
            if not (is_new and self.peek().startswith(r"\end")):
                row.append(self.expression())
        self.expect(rf"\end {name}")
        rows.extend([tuple(row)] if row else [])
        return tree.Blocks(tuple(rows), self.span(first))

    def command(self) -> tree.Node:  # noqa: C901 - one line for each command
        """What a backslash and a word mean."""
        first, text = self.at, self.peek()
        if text in FRACTIONS:
            return self.fraction()
        if text in (r"\sum", r"\prod"):
            return self.big()
        if text in (r"\partial", r"\nabla"):
            return self.gradient() if text == r"\nabla" else self.inline_partial()
        if text in STYLES:
            return self.styled()
        self.at += 1
        if text in GREEK:
            return tree.Name(GREEK[text], "", (), (), (), self.span(first))
        if text in COMMANDS:
            return tree.Name(COMMANDS[text], "command", (), (), (), self.span(first))
        if text == r"\sqrt":
            if self.peek() == "[":
                self.fail("only square roots are known", hint="write ^{1/3}")
            span = self.span(first)
            return tree.Root(
                self.inside(*self.part()),
                Span(self.source, span.start, self.span(first).end),
            )
        hint = r"see docs/latex.md for what is read"
        self.fail(f"{text} is not known", self.span(first), hint)

    def fraction(self) -> tree.Node:
        r"""A fraction, or a derivative if both parts start with a partial."""
        first = self.at
        self.at += 1
        above, below = self.part(), self.part()
        signs = [self.differential(*part) for part in (above, below)]
        if all(signs):
            start = above[0] + signs[0]
            by = self.inside(below[0] + signs[1], below[1])
            if start < above[1]:
                return tree.Derivative(
                    self.inside(start, above[1]), by, self.span(first)
                )
            of = self.operand()
            return tree.Derivative(of, by, self.span(first))
        starts = {self.tokens[at].text for at, end in (above, below) if at < end}
        if starts == {"D"} and above[1] - above[0] > 1 < below[1] - below[0]:
            hint = r"write \partial for a derivative; D y may stand in brackets"
            self.fail("D above and below may be a derivative", self.span(first), hint)
        if any(signs) and self.tokens[above[0]].text == r"\partial":
            self.fail("a partial above and none below", self.span(first))
        return tree.Ratio(self.inside(*above), self.inside(*below), self.span(first))

    def differential(self, first: int, last: int) -> int:
        r"""How many tokens a sign `d`, `\partial` or `\mathrm{d}` takes here."""
        texts = [token.text for token in self.tokens[first : min(last, first + 5)]]
        if texts[:1] in ([r"\partial"], ["d"]):
            return 1
        if texts[:1] == [r"\mathrm"] and texts[1:4] == ["{", "d", "}"]:
            return 4
        return 0

    def inline_partial(self) -> tree.Node:
        r"""`\partial y / \partial x`."""
        first = self.at
        self.at += 1
        of = self.factor()
        self.expect("/")
        self.expect(r"\partial")
        return tree.Derivative(of, self.factor(), self.span(first))

    def gradient(self) -> tree.Node:
        r"""`\nabla_x f`."""
        first = self.at
        self.at += 1
        if self.peek() != "_":
            hint = r"write \nabla_{x} f"
            self.fail("by what? the gradient has no subscript", None, hint)
        by = self.inside(*self.argument())
        return tree.Derivative(self.operand(), by, self.span(first))

    def operand(self) -> tree.Node | None:
        """What an operator is applied to: factors side by side."""
        if self.at >= self.end or self.stops():
            return None
        of = self.product()
        signs = (
            {sign for sign, _ in of.factors} if isinstance(of, tree.Product) else set()
        )
        if signs - {""}:
            self.fail("where does the operand end?", of.span, "use brackets")
        return of

    def big(self) -> tree.Node:
        r"""A sum or product sign: over what, and of the factors behind it."""
        first, sign = self.at, self.peek().removeprefix("\\")
        self.at += 1
        index = ""
        while self.peek() in ("_", "^"):
            mark = self.peek()
            part = self.argument()
            if part[0] < part[1]:
                index += f"{mark}{{{self.span(*part).text}}}"
        return tree.Big(sign, index, self.product(), self.span(first))

    def styled(self) -> tree.Node:
        r"""`\mathbf{x}`, `\mathrm{diag}`, `\tilde{c}`; a group without braces too."""
        first, text = self.at, self.peek()
        self.at += 1
        part = self.part() if self.peek() not in GREEK else self.one()
        if text in (r"\bf", r"\rm") and self.peek() != "}":
            self.fail(f"{text} is read over one letter", self.span(first))
        if text in UPRIGHT or text in SCRIPT:
            style = "text" if text in TEXT else "upright"
            return self.word(first, part, "cal" if text in SCRIPT else style)
        inner = self.inside(*part)
        if isinstance(inner, tree.Number) and text in BOLD:
            return tree.Name(str(inner.value), "bold", (), (), (), self.span(first))
        if not isinstance(inner, tree.Name):
            return self.bold_word(first, part, text)
        style = "bold" if text in BOLD else inner.style
        accents = (*inner.accents, ACCENTS[text]) if text in ACCENTS else inner.accents
        return tree.Name(
            inner.base, style, accents, inner.below, inner.above, self.span(first)
        )

    def bold_word(self, first: int, part: tuple[int, int], text: str) -> tree.Node:
        """Several letters in bold: a name of several letters."""
        if text not in BOLD:
            self.fail(f"{text} is read over one name only", self.span(first))
        return self.word(first, part, "bold")

    def word(self, first: int, part: tuple[int, int], style: str) -> tree.Node:
        r"""The letters of a word; `\_` joins two words."""
        inner = self.tokens[part[0] : part[1]]
        words = GREEK if len(inner) == 1 else {r"\_": "_"}
        text = "".join(words.get(t.text, t.text) for t in inner)
        apart = any(t.spaced for t in inner[1:])
        if not text.replace("_", "").isalnum() or not text.isascii() or apart:
            self.fail("expected a word here", self.span(first))
        if text.isdecimal():
            return tree.Name(
                text, "bold" if style == "bold" else style, (), (), (), self.span(first)
            )
        return tree.Name(text, style, (), (), (), self.span(first))


def _is_exponential(
    base: tree.Name, below: tuple[tree.Script, ...], above: tuple[tree.Script, ...]
) -> bool:
    """Whether `e` with a superscript is the exponential function."""
    if base.base != "e" or base.style not in ("", "upright") or below or base.accents:
        return False
    is_mark = any(
        s.mark in (tree.Mark.TRANSPOSE, tree.Mark.PRIME) or s.around for s in above
    )
    return len(above) == 1 and not is_mark
