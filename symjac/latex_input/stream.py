r"""Tokens with a place to read at, and what every part of the parser asks of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from symjac.errors import ParseError, Source, Span
from symjac.latex_input.lex import Token
from symjac.latex_input.scripts import Scripts
from symjac.latex_input.vocabulary import STYLES


class Stream:
    """Reads tokens `at` to `end`."""

    def __init__(
        self, source: Source, tokens: Sequence[Token], at: int, end: int
    ) -> None:
        self.source, self.tokens = source, tokens
        self.at, self.end = at, end
        self.depth = 0
        self.bars: list[str] = []
        self.scripts = Scripts(source, tokens)

    def peek(self, ahead: int = 0) -> str:
        """The text of a token, "" behind the end."""
        place = self.at + ahead
        return self.tokens[place].text if place < self.end else ""

    def span(self, first: int, last: int | None = None) -> Span:
        """From token `first` to before `last`, by default to here."""
        last = self.at if last is None else last
        start = self.tokens[first].start if first < len(self.tokens) else 0
        stop = self.tokens[max(first, last - 1)].end if self.tokens else 1
        return Span(self.source, start, stop)

    def here(self) -> Span:
        """The next token, or the end of the text."""
        if self.at < self.end:
            return self.span(self.at, self.at + 1)
        stop = self.tokens[self.end - 1].end if self.end else 0
        return Span(self.source, stop, stop + 1)

    def fail(self, message: str, at: Span | None = None, hint: str = "") -> NoReturn:
        """A located error."""
        raise ParseError(message, at or self.here(), hint=hint or None)

    def expect(self, text: str) -> None:
        """Pass over a token that has to stand here."""
        if self.peek() != text:
            found = self.peek() or "the end"
            self.fail(f"expected {text}, found {found}")
        self.at += 1

    def argument(self) -> tuple[int, int]:
        r"""The tokens of a script: a group, or what TeX takes without one."""
        sign = self.peek()
        self.at += 1
        if self.at >= self.end:
            self.fail(f"nothing follows {sign}")
        if self.peek() == "{":
            first = self.at
            self.at = self.closing(first) + 1
            return first + 1, self.at - 1
        first = self.at
        self.at += 1
        if self.tokens[first].text in STYLES and self.peek() == "{":
            self.at = self.closing(self.at) + 1
        elif self.tokens[first].kind == "digit" and self.is_digit():
            self.fail(
                f"TeX takes only {self.tokens[first].text} as the script here",
                self.span(first, self.at + 1),
                f"write {sign}{{...}}",
            )
        elif self.tokens[first].kind == "letter" and self.tokens[first].text != "T":
            self.check_brace(sign, first)
        return first, self.at

    def check_brace(self, sign: str, first: int) -> None:
        """Refuse `h_t-1`, printed as h_t - 1, with nothing but a brace lost."""
        following = self.tokens[self.at : min(self.at + 2, self.end)]
        is_joined = len(following) == 2 and not any(t.spaced for t in following)
        if is_joined and self.peek() in ("+", "-") and self.peek(1) == "1":
            text = self.tokens[first].text + self.peek() + self.peek(1)
            hint = f"write {sign}{{{text}}}, or leave a space"
            at = self.span(first, self.at + 2)
            self.fail(f"{text} may be the script", at, hint)

    def part(self) -> tuple[int, int]:
        r"""The tokens of a command's argument: a group or one token."""
        if self.peek() == "{":
            first = self.at
            self.at = self.closing(first) + 1
            return first + 1, self.at - 1
        if self.at >= self.end or self.tokens[self.at].kind == "command":
            self.fail("expected {")
        self.at += 1
        return self.at - 1, self.at

    def one(self) -> tuple[int, int]:
        """One token."""
        self.at += 1
        return self.at - 1, self.at

    def closing(self, first: int) -> int:
        """The token that closes the brace at `first`."""
        depth = 0
        for at in range(first, self.end):
            depth += {"{": 1, "}": -1}.get(self.tokens[at].text, 0)
            if depth == 0:
                return at
        self.fail("{ is never closed", self.span(first, first + 1))

    def is_digit(self) -> bool:
        """Whether a digit follows at once."""
        at = self.at
        return (
            at < self.end
            and self.tokens[at].kind == "digit"
            and not (self.tokens[at].spaced)
        )

    def is_point(self, before: str) -> bool:
        """Whether a decimal point with digits behind it stands here."""
        if self.peek() != "." or "." in before or self.at + 1 >= self.end:
            return False
        following = self.tokens[self.at + 1]
        return following.kind == "digit" and not following.spaced

    def is_joined(self, at: int) -> bool:
        """Whether a letter continues the word before it."""
        return self.tokens[at].kind == "letter" and not self.tokens[at].spaced
