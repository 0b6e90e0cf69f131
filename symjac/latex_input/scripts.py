r"""What stands below and above a name: `_{rec}`, `_{t-1}`, `^{(t)\top}`, `^{-1}`.

Tokens become marks; whether a letter is a time step is decided in `steps.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import takewhile

from symjac.errors import Source, Span
from symjac.language.syntax import literal
from symjac.latex_input import tree
from symjac.latex_input.lex import Token
from symjac.latex_input.vocabulary import BRACKETS, FRACTIONS, GREEK, UPRIGHT

_TIMES_SIGNS = frozenset({r"\odot", r"\circ"})
_T_COMMANDS = frozenset({r"\top", r"\intercal"})
_BARE = (tree.Mark.STEP, tree.Mark.LABEL, tree.Mark.DIGITS, tree.Mark.INVERSE)


class Scripts:
    """Reads the tokens of one subscript or superscript."""

    def __init__(self, source: Source, tokens: Sequence[Token]) -> None:
        self.source, self.tokens = source, tokens

    def _script(
        self, mark: tree.Mark, first: int, last: int, text: str = ""
    ) -> tree.Script:
        span = Span(self.source, self.tokens[first].start, self.tokens[last - 1].end)
        return tree.Script(mark, text or span.text, span, first, last)

    def below(self, first: int, last: int) -> tuple[tree.Script, ...]:
        """The parts of a subscript, apart by commas."""
        out, start = [], first
        for at in range(first, last + 1):
            if at == last or self.tokens[at].text == ",":
                out.append(self._part(start, at))
                start = at + 1
        return tuple(out)

    def _part(self, first: int, last: int) -> tree.Script:
        if first >= last:
            return self._script(tree.Mark.OTHER, max(0, first - 1), max(1, last))
        text = self.tokens[first].text
        if text in BRACKETS and self._closes(first) == last - 1 and text != "{":
            return self._around(first, last)
        return self._word(first, last)

    def _closes(self, first: int) -> int:
        opener = self.tokens[first].text
        closer, depth = BRACKETS[opener], 0
        for at in range(first, len(self.tokens)):
            text = self.tokens[at].text
            depth += (text == opener) - (text == closer)
            if depth == 0:
                return at
        return -1

    def _around(self, first: int, last: int) -> tree.Script:
        inner = self._word(first + 1, last - 1)
        span = Span(self.source, self.tokens[first].start, self.tokens[last - 1].end)
        bracket = self.tokens[first].text
        return replace(inner, span=span, first=first, last=last, around=bracket)

    def _word(self, first: int, last: int) -> tree.Script:
        """A step, a number, a label, or something else."""
        if first >= last:
            return self._script(tree.Mark.OTHER, max(0, first - 1), max(1, last))
        part = self.tokens[first:last]
        texts = [token.text for token in part]
        if texts[0] in UPRIGHT:
            return self._upright(first, last)
        if all(token.kind == "digit" for token in part):
            return self._script(tree.Mark.DIGITS, first, last, "".join(texts))
        if part[0].kind == "letter" or texts[0] in GREEK:
            return self._letters(first, last)
        return self._script(tree.Mark.OTHER, first, last)

    def _upright(self, first: int, last: int) -> tree.Script:
        end = first + 1
        if end < last and self.tokens[end].text == "{":
            end, inside = self._closes(end), self.tokens[end + 1 : last - 1]
        elif self.tokens[first].text == r"\rm":
            end, inside = last - 1, self.tokens[end:last]
        else:
            inside = self.tokens[end : end + 1]
        text = "".join(token.text for token in inside)
        together = not any(token.spaced for token in inside[1:])
        is_word = end == last - 1 and text.isascii() and text.isalnum() and together
        if not is_word:
            return self._script(tree.Mark.OTHER, first, last)
        return replace(self._script(tree.Mark.LABEL, first, last, text), upright=True)

    def _letters(self, first: int, last: int) -> tree.Script:
        part = self.tokens[first:last]
        name = GREEK.get(part[0].text, part[0].text)
        rest = [token.text for token in part[1:]]
        if not rest:
            return self._script(tree.Mark.STEP, first, last, name)
        if rest[0] in "+-" and len(rest) > 1 and "".join(rest[1:]).isdecimal():
            step = self._script(tree.Mark.STEP, first, last, name)
            return replace(step, offset=int(literal("".join(rest), step.span)))
        plain = all(token.kind in ("letter", "digit") for token in part)
        if plain and not any(token.spaced for token in part[1:]):
            return self._script(tree.Mark.LABEL, first, last)
        return self._script(tree.Mark.OTHER, first, last)

    def above(self, first: int, last: int) -> tuple[tree.Script, ...]:
        """The parts of a superscript; one part `OTHER` if it has no known form."""
        out: list[tree.Script] = []
        at = first
        while at < last:
            found = self._next(at, last)
            bare = found.mark in _BARE and not found.around
            again = found.mark in {script.mark for script in out}
            if found.mark is tree.Mark.OTHER or again or (bare and out):
                return (self._script(tree.Mark.OTHER, first, last),)
            out.append(found)
            at = found.last
        return tuple(out) or (self._script(tree.Mark.OTHER, max(0, first - 1), first),)

    def _next(self, at: int, last: int) -> tree.Script:
        text = self.tokens[at].text
        transposed = self._transpose(at, last)
        if transposed:
            return self._script(tree.Mark.TRANSPOSE, at, transposed)
        if text in (r"\prime", "'"):
            same = list(
                takewhile(lambda t: t.text in (r"\prime", "'"), self.tokens[at:last])
            )
            found = self._script(tree.Mark.PRIME, at, at + len(same))
            return replace(found, value=Fraction(len(same)))
        if text in ("(", "[", r"\langle"):
            end = self._closes(at) + 1
            return self._around(at, end) if 0 < end <= last else self._other(at, last)
        if text in _TIMES_SIGNS:
            value = self._number(at + 1, last)
            alone = at + 1 == last
            if value is None and not alone:
                return self._other(at, last)
            found = self._script(tree.Mark.ELEMENTWISE, at, last)
            return replace(found, value=Fraction(0) if value is None else value)
        return self._sign_or_word(at, last)

    def _other(self, at: int, last: int) -> tree.Script:
        return self._script(tree.Mark.OTHER, at, last)

    def _transpose(self, at: int, last: int) -> int:
        """The place behind a transpose mark, 0 if there is none."""
        text = self.tokens[at].text
        if text in _T_COMMANDS or text == "T":
            return at + 1
        rest = [token.text for token in self.tokens[at + 1 : at + 4]]
        if text in UPRIGHT:
            if rest[:1] == ["T"] and at + 2 <= last:
                return at + 2
            if rest == ["{", "T", "}"] and at + 4 <= last:
                return at + 4
        return 0

    def _sign_or_word(self, at: int, last: int) -> tree.Script:
        if self.tokens[at].text == "-" and at + 1 < last:
            end = self._transpose(at + 1, last)
            if end:
                return self._script(tree.Mark.INVERSE_TRANSPOSE, at, end)
            if [t.text for t in self.tokens[at + 1 : last]] == ["1"]:
                return self._script(tree.Mark.INVERSE, at, last)
        value = self._number(at, last)
        if value is not None:
            return replace(self._script(tree.Mark.POWER, at, last), value=value)
        return self._word(at, last)

    def _number(self, at: int, last: int) -> Fraction | None:
        r"""`2`, `-2`, `1/2`, `\tfrac{1}{2}`, `\\tfrac12`, `0.5`."""
        texts = [token.text for token in self.tokens[at:last]]
        sign = -1 if texts[:1] == ["-"] else 1
        texts = texts[1:] if sign < 0 else texts
        if texts[:1] and texts[0] in FRACTIONS:
            inner = "".join(texts[1:])
            if inner.startswith("{") and inner.endswith("}"):
                above, _, below = inner[1:-1].partition("}{")
            else:
                above, below = inner[:1], inner[1:]
                below = below if len(below) == 1 else ""
        else:
            above, slash, below = "".join(texts).partition("/")
            below = below if slash else "1"
        plain = above.replace(".", "", 1)
        short = len(above) < 10 > len(below)
        if not (plain.isdecimal() and below.isdecimal() and short and int(below)):
            return None
        if above.startswith(".") or above.endswith("."):
            return None
        return sign * Fraction(above) / int(below)
