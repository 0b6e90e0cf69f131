r"""The LaTeX tree of what the strict parser refuses, for claims that are read by use.

Decorations are left out; `\nabla f`, `f'`, `\partial_x f` and `\partial^2` are
derivatives; braces may group, and what is no name may have subscripts.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from symjac.errors import Source, Span
from symjac.latex_input import tree
from symjac.latex_input.lex import Token, tokens
from symjac.latex_input.parse import Parser
from symjac.latex_input.vocabulary import (
    BOLD,
    BRACKETS,
    GREEK,
    known_word,
)

_CLOSERS = frozenset(BRACKETS.values())
_DROPPED = frozenset(
    r"\pause \because \therefore \large \Large \small \normalsize \footnotesize"
    r" \tiny \mathstrut \strut \allowbreak \centering"
    r" \mathring \boxed \cancel \bcancel \fbox".split()
)
_NOTES = frozenset(r"\color \overset \underset \textcolor \stackrel".split())
_BRACES = frozenset({r"\underbrace", r"\overbrace"})
_SAME = {r"\cfrac": r"\frac", r"\cr": r"\\", r"\ast": "*", r"\lbrack": "["}
_BIG = re.compile(
    r"(?:_\{(?P<at>[a-z](?:,?[a-z])?)(?:=1)?\})?(?:\^\{(?P<top>[A-Za-z](?:_\w+)?)\})?\Z"
)


def _end_of(part: list[Token], at: int) -> int:
    """The place behind the group or token at `at`."""
    if at < len(part) and part[at].text == "{":
        depth = 0
        for place in range(at, len(part)):
            depth += {"{": 1, "}": -1}.get(part[place].text, 0)
            if depth == 0:
                return place + 1
    return at + 1


def _drop_argument(waiting: list[Token]) -> None:
    """Leave out an argument, and braces around nothing but =."""
    del waiting[: _end_of(waiting, 0)]
    if [t.text for t in waiting[:3]] == ["{", "=", "}"]:
        del waiting[2], waiting[0]


def _drop_note(waiting: list[Token]) -> None:
    """Leave out what stands below or above a brace."""
    end = _end_of(waiting, 0)
    if end < len(waiting) and waiting[end].text in "_^":
        del waiting[end : _end_of(waiting, end + 1)]


def undecorated(source: Source) -> list[Token]:
    r"""The tokens without decorations; `\Rightarrow` ends what is read."""
    out: list[Token] = []
    waiting = list(tokens(source))
    while waiting:
        token = waiting.pop(0)
        text = token.text
        if text in (r"\Rightarrow", r"\implies", r"\Longrightarrow"):
            break
        if text in _NOTES:
            _drop_argument(waiting)
        elif text in _BRACES:
            _drop_note(waiting)
        elif text == r"\rm" and out and out[-1].text == "{":
            out[-1] = replace(out[-1], kind="command", text=r"\mathrm")
            out.append(replace(token, kind="sign", text="{"))
        elif text in "_^" and [t.text for t in waiting[:2]] == ["{", "}"]:
            del waiting[:2]
        elif text not in _DROPPED:
            out.append(replace(token, text=_SAME.get(text, text)))
    return out


def depths(part: list[Token]) -> list[int]:
    """How many brackets are open at each token."""
    out, depth = [], 0
    for token in part:
        opens = token.text in BRACKETS or token.text.startswith(r"\begin ")
        closes = token.text in _CLOSERS or token.text.startswith(r"\end ")
        depth = max(0, depth - closes)
        out.append(depth)
        depth += opens
    return out


class Loose(Parser):
    """Reads nodes; what they mean is decided by use."""

    def braced(self, item: tree.Node, first: int) -> tree.Node:
        """Braces group where they hold more than a name."""
        if isinstance(item, tree.Name) and not (item.below or item.above):
            return item
        return tree.Group("(", (item,), "", self.span(first))

    def dressed(
        self,
        base: tree.Node,
        below: tuple[tree.Script, ...],
        above: tuple[tree.Script, ...],
        first: int,
    ) -> tree.Node:
        """A base that is no name: brackets with component indices."""
        span = self.span(first)
        inner = tree.unwrapped(base)
        if below and isinstance(inner, tree.Bars):
            base, below = tree.Bars(inner.double, inner.body, below, span), ()
        node = tree.Raised(base, above, span) if above else base
        return tree.Indexed(node, below, span) if below else node

    def letters(self) -> tree.Node:
        """Letters of a word that stand apart, as in `s g n(x)`, are that word."""
        first = last = self.at
        while last < self.end and self.tokens[last].kind == "letter":
            last += 1
        word = "".join(token.text for token in self.tokens[first:last])
        follows = last < self.end and self.tokens[last].text in ("(", "^", "{")
        is_word = len(word) > 2 and follows and known_word(word) is not None
        self.at = last if is_word else first + 1
        text = word if is_word else self.tokens[first].text
        return tree.Name(text, "upright" * is_word, (), (), (), self.span(first))

    def check_brace(self, sign: str, first: int) -> None:
        r"""`\alpha_l-1` is what TeX prints; a step `h_t-1` is still refused."""
        if self.tokens[first].text == "t":
            super().check_brace(sign, first)

    def group(self) -> tree.Node:
        """Brackets; a list of arguments may have commas and semicolons."""
        first, opener = self.at, self.peek()
        self.at += 1
        outer, self.bars = self.bars, []
        items, separator = [self.expression()], ""
        while self.peek() in (",", ";") and self.at < self.end:
            separator = separator or self.peek()
            self.at += 1
            items.append(self.expression())
        self.bars = outer
        self.expect(BRACKETS[opener])
        bracket = {r"\{": "(", r"\lbrace": "(", r"\lparen": "("}.get(opener, opener)
        if bracket == "{" and len(items) == 1:
            return self.braced(items[0], first)
        return tree.Group(bracket, tuple(items), separator, self.span(first))

    def product(self) -> tree.Node:
        """Factors; `A : B` is the inner product of what stands on its sides."""
        first = self.at
        left = super().product()
        if self.peek() != ":" or self.at + 1 >= self.end:
            return left
        self.at += 1
        right = super().product()
        return tree.Product((("", left), ("colon", right)), self.span(first))

    def stops(self) -> bool:
        """Whether the next token ends a product."""
        return self.peek() == ":" or super().stops()

    def command(self) -> tree.Node:
        """What a backslash and a word mean."""
        first, text = self.at, self.peek()
        if text == r"\vec":
            self.at += 1
            inner = self.inside(*self.part_or_command())
            return self.bold(inner, first)
        if text in BOLD | {r"\textbf"}:
            self.at += 1
            return self.bold(self.inside(*self.part_or_command()), first)
        if text == r"\mathcal":
            self.at += 1
            inner = self.inside(*self.part())
            if isinstance(inner, tree.Name):
                return replace(inner, span=self.span(first))
        return super().command()

    def part_or_command(self) -> tuple[int, int]:
        """An argument: a group, a letter or a command such as a Greek letter."""
        return self.one() if self.peek() in GREEK else self.part()

    def bold(self, node: tree.Node, first: int) -> tree.Node:
        """The names of a node in bold."""
        span = self.span(first)
        match node:
            case tree.Name():
                return replace(node, style="bold", span=span)
            case tree.Number(value):
                return tree.Name(str(value), "bold", (), (), (), span)
            case tree.Raised(base):
                return replace(node, base=self.bold(base, first))
            case tree.Product(factors):
                inner = tuple((sign, self.bold(f, first)) for sign, f in factors)
                return tree.Group("(", (replace(node, factors=inner),), "", span)
            case tree.Total(terms):
                parts = tuple((sign, self.bold(t, first)) for sign, t in terms)
                return tree.Group("(", (replace(node, terms=parts),), "", span)
            case tree.Group(_, items):
                return replace(node, items=tuple(self.bold(i, first) for i in items))
        return node

    def differential(self, first: int, last: int) -> int:
        r"""How many tokens a sign `d`, `\partial`, `\delta` or `d^2` takes here."""
        count = super().differential(first, last)
        texts = [t.text for t in self.tokens[first : min(last, first + 9)]]
        if not count and texts[:1] == [r"\delta"]:
            count = 1
        if count and texts[count : count + 2] == ["^", "2"]:
            return count + 2
        if count and texts[count : count + 4] == ["^", "{", "2", "}"]:
            return count + 4
        return count

    def fraction(self) -> tree.Node:
        """A fraction or a derivative, the second one too."""
        first = self.at
        self.at += 1
        above, below = self.part_of_fraction(), self.part_of_fraction()
        signs = [self.differential(*part) for part in (above, below)]
        starts = {self.tokens[at].text for at, end in (above, below) if at < end}
        if starts == {"D"} and above[1] - above[0] > 1 < below[1] - below[0]:
            self.fail("D above and below may be a derivative", self.span(first))
        if not all(signs):
            return tree.Ratio(
                self.inside(*above), self.inside(*below), self.span(first)
            )
        start = above[0] + signs[0]
        by, twice = self.variable(below[0] + signs[1], below[1])
        of = self.inside(start, above[1]) if start < above[1] else self.operand()
        return tree.Derivative(of, by, self.span(first), twice)

    def part_of_fraction(self) -> tuple[int, int]:
        """A group, or one token."""
        return self.part() if self.peek() == "{" else self.one()

    def variable(self, first: int, last: int) -> tuple[tree.Node, bool]:
        r"""By what: `x`, `x^2` of a second derivative, `x \partial x^T`."""
        inner = type(self)(self.source, self.tokens, first, last)
        node, twice = inner.factor(), False
        if inner.at < last and (sign := self.differential(inner.at, last)):
            inner.at += sign
            other, twice = tree.unmarked(inner.factor()), True
            same = _text(other) == _text(tree.unmarked(node))
            if not same:
                self.fail("a derivative by two variables")
        inner.finish()
        if isinstance(node, tree.Raised) and node.above[0].value == 2:
            node, twice = node.base, True
        return node, twice

    def inline_partial(self) -> tree.Node:
        r"""`\partial_x f` and `\partial y / \partial x`."""
        if self.peek(1) != "_":
            return super().inline_partial()
        first = self.at
        self.at += 1
        by = self.inside(*self.argument())
        return tree.Derivative(self.operand(), by, self.span(first))

    def gradient(self) -> tree.Node:
        r"""`\nabla_x f`, `\nabla f`, `\nabla^2 f`."""
        by: tree.Node = tree.NOTHING
        first, twice = self.at, False
        self.at += 1
        while self.peek() in ("_", "^"):
            sign = self.peek()
            part = self.argument()
            if sign == "_":
                by = self.inside(*part)
            elif self.span(*part).text.strip("{} ") == "2":
                twice = True
            else:
                self.fail("expected ^2", self.span(*part))
        return tree.Derivative(self.operand(), by, self.span(first), twice)

    def operand(self) -> tree.Node | None:
        """What an operator is applied to: all factors up to the next sum or =."""
        return None if self.at >= self.end or self.stops() else self.product()

    def big(self) -> tree.Node:
        r"""A sum: of the factors behind it, and of terms that carry its letter."""
        first, sign = self.at, self.peek().removeprefix("\\")
        self.at += 1
        index = ""
        while self.peek() in ("_", "^"):
            mark, part = self.peek(), self.argument()
            if part[0] < part[1]:
                shown = "".join(t.text for t in self.tokens[part[0] : part[1]])
                index += f"{mark}{{{shown}}}"
        terms = [(False, self.product())]
        letters = set(big_letters(index))
        while self.peek() in ("+", "-") and self.at < self.end:
            before, negative = self.at, self.peek() == "-"
            self.at += 1
            term = self.product()
            if not letters & free_letters(term):
                self.at = before
                break
            terms.append((negative, term))
        span = self.span(first)
        body = terms[0][1] if len(terms) == 1 else tree.Total(tuple(terms), span)
        return tree.Big(sign, index, body, span)


def big_letters(index: str) -> str:
    """The letters that a sum runs over, "" where it does not say."""
    found = _BIG.match(index)
    return (found["at"] or "").replace(",", "") if found else ""


def big_top(index: str) -> str | None:
    """Up to what a sum runs."""
    found = _BIG.match(index)
    return found["top"] if found else None


def is_read(index: str) -> bool:
    """Whether the limits of a sum are understood."""
    return _BIG.match(index) is not None


def script_letters(script: tree.Script) -> str:
    """The letters of a subscript that may be indices: `i`, `ij`."""
    is_letters = script.mark in (tree.Mark.STEP, tree.Mark.LABEL)
    is_plain = is_letters and not script.upright and not script.offset
    text = script.text
    if not is_plain or len(text) > 2 or not text.isalpha() or not text.islower():
        return ""
    return text


def free_letters(node: tree.Node) -> set[str]:
    """The letters of subscripts in a node that none of its own sums binds."""
    found: set[str] = set()
    match node:
        case tree.Name(below=below, above=above):
            scripts = (*below, *above)
        case tree.Indexed(below=below):
            scripts = below
        case _:
            scripts = ()
    for script in scripts:
        found.update(script_letters(script))
    for part in tree.children(node):
        found |= free_letters(part)
    return found - set(big_letters(node.index)) if isinstance(node, tree.Big) else found


def _text(node: tree.Node | None) -> str:
    return "" if node is None else "".join(re.findall(r"\w", node.span.text))


def parsed(source: Source, part: list[Token]) -> tree.Node:
    """The tree of all tokens of a part."""
    parser = Loose(source, part, 0, len(part))
    node = parser.expression()
    parser.finish()
    return node


def cut(part: list[Token], signs: tuple[str, ...]) -> list[list[Token]]:
    """The parts of a line between signs that stand in no bracket."""
    deep = depths(part)
    cuts = [n for n, t in enumerate(part) if deep[n] == 0 and t.text in signs]
    ends = [-1, *cuts, len(part)]
    return [part[a + 1 : b] for a, b in pairwise(ends)]


def span_of(source: Source, part: list[Token]) -> Span:
    """Where a part stands."""
    return Span(source, part[0].start, part[-1].end) if part else Span(source, 0, 1)
