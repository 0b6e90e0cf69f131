"""What people type, read where it has one meaning: `x^T A x`, `2x`, `||v||^2`, `A^-1`.

    text ─ parse ─> statements with `Typed` nodes ─ kinds ─> text in the language

Which product, inverse or norm is meant is decided by the kinds of the operands, and by
nothing else. What has two meanings is refused, with both of them spelled out.
"""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import accumulate
from typing import NoReturn

from symjac.errors import ParseError, Source, SymjacError, UnsupportedError
from symjac.language.called import GREEK, RESERVED, instead, is_refused
from symjac.language.dims import find
from symjac.language.infer import Draft, Inference
from symjac.language.operations import is_operation
from symjac.language.parse import parse_formula, parse_text
from symjac.language.scope import Quantity, Scope, kind_by_name
from symjac.language.syntax import (
    Binary,
    Call,
    Definition,
    Edit,
    Equation,
    Name,
    Number,
    Syntax,
    Text,
    Typed,
    Unary,
    walk,
)
from symjac.library.functions import TABLE
from symjac.terms.shape import Kind

_S, _C, _R, _M = Kind.SCALAR, Kind.COLUMN, Kind.ROW, Kind.MATRIX
# {l} and {r} are factors as they stand, {0} and {1} in brackets where they need them,
# {i} is the text between brackets
ALONE = {
    ("||", _C): "norm2({i})",
    ("||2", _C): "norm2({i})",
    ("||1", _C): "norm1({i})",
    ("||F", _M): "normF({i})",
    ("|", _S): "abs({i})",
    ("^-1", _M): "inv({i})",
    ("^-T", _M): "inv({i}).T",
    ("^-1", _S): "{0}**-1",
}
SEVERAL = {  # what may be meant where nothing is read
    ("|", _C): ("norm2({i})", "abs({i})"),
    ("|", _M): ("det({i})", "abs({i})"),
    ("||", _M): ("normF({i})", "spectral_norm({i})"),
    ("^2", _C): ("{0}.T @ {0}", "{0}**2"),
    ("^2", _M): ("matpow({i}, 2)", "{0}**2"),
    ("^-1", _C): ("1 / {0}",),
    ("×", _C): ("cross({l}, {r})", "{0} * {1}", "{0} @ {1}.T"),
    ("×", _M): ("{l} @ {r}", "{l} * {r}"),
}
SIDES = ("{l} @ {r}", "{0}.T @ {1}", "{0} @ {1}.T", "{l} * {r}")
WHOLE = {"exp": "expm", "log": "logm", "sqrt": "sqrtm"}  # functions of whole matrices
NAMED = {
    "": "two factors side by side",
    "|": "bars",
    "^": "a power; in this language it is **, and of each entry",
    ".": "a method",
}


def corrected(source: Source, scope: Scope, *, is_formula: bool = False) -> str:
    """The text in symjac's language: as it stands, if it is in it already.

    A program that is one formula without a left side is given a name.

    Raises:
        ParseError: a part has two meanings; the help spells both.
    """
    text = parse_text(source)
    reader = Reader(scope, source, text)
    if is_typed(text, is_formula=is_formula):
        shown = reader.text(is_formula=is_formula)
    else:
        shown = source.text
        with suppress(SymjacError):  # which the checker finds, and says better
            reader.text(is_formula=is_formula)
    if reader.doubts:
        raise reader.doubts[0]
    return shown


def is_typed(text: Text, *, is_formula: bool) -> bool:
    """Whether anything in a text is spelled in another way than the language has it."""
    known = text.statements[:-1] if is_formula else text.statements
    has_equation = any(isinstance(statement, Equation) for statement in known)
    return bool(text.typed or text.edits or has_equation)


def require_strict(source: Source, scope: Scope, *, is_formula: bool = False) -> None:
    """Refuse what is not spelled as the language has it, and say how it is.

    Raises:
        ParseError: with the whole text as it should be in its help.
    """
    text = parse_text(source)
    if not is_typed(text, is_formula=is_formula):
        return
    shown = corrected(source, scope, is_formula=is_formula)
    spans = [n.span for n in text.typed] + [e.span for e in text.edits]
    at = min(spans, key=lambda span: span.start, default=text.statements[-1].span)
    signs = [node.sign for node in text.typed if node.span == at]
    message = "not a spelling of this language" if spans else "a formula without a name"
    if signs:
        message = NAMED.get(signs[-1][:1], message)
    raise ParseError(message, at, hint=f"write {shown.strip()}")


def whole_claim(source: Source) -> tuple[str | None, str | None, str]:
    """Of what, by what, and the formula, of `dL/dw = F` or `d(x[t])/d(x[t-1]) = F`."""
    plain = Source(source.name, source.text.replace("∂", "d"))
    text = parse_text(plain)
    last = text.statements[-1] if text.statements else None
    if not isinstance(last, Equation) or last.left is None:
        return None, None, source.text
    ends = last.left
    if len(text.statements) == 1 and isinstance(ends, Binary) and ends.operator == "/":
        of, wrt = _differential(ends.left), _differential(ends.right)
        if of and wrt:
            formula = plain.text[plain.text.index("=", ends.span.end) + 1 :]
            return of, wrt, formula.lstrip("= ").strip()
    hint = "write dL/dw = ..., or the formula alone"
    raise ParseError("the left side of a claim is a derivative", last.span, hint=hint)


def _differential(node: Syntax) -> str | None:
    """The x of dx or d(x)."""
    match node:
        case Name(name, time) if name[0] == "d" and len(name) > 1:
            return name[1:] if time is None else f"{name[1:]}[{time}]"
        case Call("d", 0, (inner,)):
            return inner.span.text
    return None


class Reader(Inference):
    """Kinds of what is typed, and its text in the language."""

    def __init__(self, scope: Scope, source: Source, parsed: Text) -> None:
        super().__init__(scope)
        self.source, self.parsed = source, parsed
        self.edits = list(parsed.edits)
        self.doubts: list[ParseError] = []
        self.is_loose = is_typed(parsed, is_formula=True)
        bodies = (
            s.body if isinstance(s, Definition) else s.right
            for s in parsed.statements
            if isinstance(s, Definition | Equation)
        )
        used = (node for body in bodies for node in walk(body))
        self.used = {node.name for node in used if isinstance(node, Name)}

    def text(self, *, is_formula: bool) -> str:
        """The whole text in the language."""
        statements = self.parsed.statements
        for statement in statements:
            self.scope.enter(statement)
        self.scope.settle()
        for statement in statements:
            if isinstance(statement, Definition):
                draft = self.infer(statement.body)
                found = Quantity(statement.name, draft.kind, draft.dims)
                self.scope.quantities.setdefault(statement.name, found)
            elif isinstance(statement, Equation):
                self.equation(statement, is_last=statement is statements[-1])
        for found in self.scope.quantities.values():  # not those in what was read
            found.uses = {span for span in found.uses if span.source is self.source}
        self.scope.check_doubts()
        last, end = statements[-1], len(self.source.text)
        if is_formula or not isinstance(last, Equation):
            return self.shown(0, end)
        name = next(n for n in ("f", "g", "y", "f_0") if n not in self.used)
        start = last.span.start
        return f"{self.shown(0, start)}{name} = {self.shown(start, end)}"

    def equation(self, node: Equation, *, is_last: bool) -> None:
        """A formula without a left side; a left side that is no name is refused."""
        self.infer(node.right)
        if node.left is not None:
            hint = None
            left, right = node.left, self.shown(node.right.span.start, node.span.end)
            match left:
                case Call(name, 0, (Name() as step,)):
                    hint = f"write {name}[{step.name}] for a step of time"
                case Binary("@", Name() as matrix, Name() as unknown):
                    hint = f"write {unknown.name} = inv({matrix.name}) @ {right}"
            message = "the left side of an equation is one name"
            raise ParseError(message, left.span, hint=hint)
        if not is_last:
            raise ParseError("a formula without a name", node.span)

    def shown(self, start: int, end: int) -> str:
        """A part of the text in the language."""
        within = [e for e in self.edits if start <= e.span.start and e.span.end <= end]
        parts, at = list[str](), start
        for edit in sorted(within, key=lambda e: (e.span.start, -e.span.end)):
            if edit.span.start >= at:
                parts += [self.source.text[at : edit.span.start], edit.text]
                at = edit.span.end
        return "".join((*parts, self.source.text[at:end]))

    def filled(self, form: str, node: Typed) -> str:
        """A spelling with the operands in place."""
        operands, places = node.operands, node.places
        raw = [self.shown(place.start, place.end) for place in places]
        closed = [
            text if place != one.span else _closed(text)
            for text, place, one in zip(raw, places, operands, strict=True)
        ]
        span = operands[0].span
        inner = self.shown(span.start, span.end)
        return form.format(*closed, l=raw[0], r=raw[-1], i=inner)

    def name(self, node: Name) -> Draft:
        """A quantity; what may be several letters, or a function, is refused."""
        word, start = node.name, node.span.start
        is_own = node.span.source is self.source and self.is_loose
        if not is_own or word in self.scope.quantities or node.time:
            return super().name(node)
        if word in TABLE or is_operation(word) or (len(word) > 1 and is_refused(word)):
            hint = f"write {word}(...)"
            raise ParseError(f"{word} needs brackets", node.span, hint=hint)
        is_greek = word.split("_")[0].lower() in GREEK
        if is_greek and word[0].isupper():
            hint = f"declare {word}: (n, n), or {word}: () for a number"
            raise ParseError(f"{word} may be a matrix", node.span, hint=hint)
        is_short = len(word) in (2, 3) and word.isalpha() and not is_greek
        is_mixed = not (word.islower() or word.isupper())
        is_behind = self.source.text[start - 1 : start].isdigit()
        if is_short and (is_mixed or is_behind or any(c in self.used for c in word)):
            self.split(node)
        return super().name(node)

    def split(self, node: Name) -> NoReturn:
        """Refuse a name that may be several letters, and spell both readings."""
        word, whole, at = node.name, self.source.text, node.span
        sides = f"{word[:-1]}^T" if word[1:] == "T" else " ".join(word)
        shape = "(n)" if kind_by_name(word) is _C else "(n, m)"
        shown = f"{whole[: at.start]}{sides}{whole[at.end :]}".strip()
        message = f"{word}: one name, or letters side by side?"
        hint = f"write {shown}, or declare {word}: {shape}"
        raise ParseError(message, node.span, hint=hint)

    def call(self, node: Call) -> Draft:
        """A call; of a letter that is a quantity it may be a product."""
        name = node.function
        is_product = self.is_loose and node.primes < 2 and self.is_quantity(node)
        if len(node.arguments) == 1 and is_product:
            self.infer(node.arguments[0])
            span = node.arguments[0].span
            inner = self.shown(span.start, span.end)
            head = f"{name}.T" if node.primes else name
            product = f"write {head} @ ({inner})"
            say = f"{product}, or say {name}: elementwise"
            message = f"{node.span.text}: a product, or a call?"
            hint = product if name in self.used else say
            raise ParseError(message, node.span, hint=hint)
        found = super().call(node)
        whole = WHOLE.get(node.function)
        is_said = node.primes or node.function in self.scope.said
        if whole and found.kind is _M and not is_said and _is_square(found):
            span = node.arguments[0].span
            inner = self.shown(span.start, span.end)
            hint = f"write {whole}({inner}), or say {node.function}: elementwise"
            self.doubt(f"{node.function} of a square matrix: the whole?", node, hint)
        return found

    def doubt(self, message: str, node: Syntax, hint: str) -> None:
        """Enter what is well formed, and likely to mean something else."""
        if node.span.source is self.source:
            self.doubts.append(ParseError(message, node.span, hint=hint))

    def sum(self, node: Binary) -> Draft:
        """A sum; of `h_t-1`, which may be a step of time, the one before is offered."""
        rest: Syntax = node
        while isinstance(rest, Binary) and rest.operator in "+-":
            step = re.search(r"(\w+)_([a-z])([+-])(\d+)$", rest.span.text)
            if step and isinstance(rest.right, Number):
                name, letter, sign, by = step.groups()
                apart = f"{name}_{letter} {sign} {by}"
                hint = f"write {name}[{letter}{sign}{by}], or {apart}"
                self.doubt(f"{step[0]}: a step of time, or a sum?", rest, hint)
            rest = rest.left
        return super().sum(node)

    def is_quantity(self, node: Call) -> bool:
        """Whether a name before brackets may be a factor."""
        name = node.function
        if name in TABLE or name in self.scope.functions or is_operation(name):
            return False
        is_capital = len(name) == 1 and name.isupper() and not is_refused(name)
        is_apart = node.span.text[len(name) :][:1].isspace() and name not in RESERVED
        return name in self.used or is_capital or is_apart

    def binary(self, node: Binary) -> Draft:
        """An operator; `1/2x` and `a/b c` are refused."""
        right = node.right
        if node.operator == "**":
            self.power_of_matrix(node)
        if node.operator != "/" or not (isinstance(right, Typed) and right.is_factor):
            return super().binary(node)
        leaves = (one for one in walk(right) if not isinstance(one, Typed))
        first = next(leaves)
        left, number = self.infer(node.left), self.number_hint(self.infer(first))
        with suppress(SymjacError):
            self.infer(right)
        above = self.shown(node.span.start, right.span.start).rstrip().removesuffix("/")
        whole = self.shown(right.span.start, right.span.end)
        below, rest = (self.shown(p.start, p.end) for p in right.places)
        is_scalar = _S in (left.kind, self.infer(right.operands[1]).kind)
        sign = "*" if is_scalar else "@"
        above = above.rstrip()
        hint = self.either(
            f"{above} / {whole}", f"{above} / {_closed(below)} {sign} {rest}"
        )
        raise ParseError("what stands below the bar?", right.span, hint=number or hint)

    def power_of_matrix(self, node: Binary) -> None:
        """`S**-1` is of each entry: of a square matrix the inverse may be meant."""
        base = self.infer(node.left)
        if base.kind is not _M or not isinstance(node.right, Unary | Number):
            return
        span, power = node.left.span, node.right.span.text
        inner = self.shown(span.start, span.end)
        factor = _closed(inner)
        if power == "-1":
            hint = f"write inv({inner}), or of each entry 1 / {factor}"
        elif power in ("2", "3") and _is_square(base):
            entries = " * ".join([factor] * int(power))
            hint = f"write matpow({inner}, {power}), or of each entry {entries}"
        else:
            return
        self.doubt("a power of a matrix is of each entry here", node, hint)

    def either(self, *texts: str) -> str | None:
        """The texts that are well formed, as what to write."""
        found = []
        for text in texts:
            with suppress(SymjacError):
                super().infer(parse_formula(Source("help", text))[1])
                found.append(text)
        return "write " + ", or ".join(found) if found else None

    def typed(self, node: Typed) -> Draft:
        """What was typed, by the kinds of its operands."""
        kinds = tuple(self.infer(operand).kind for operand in node.operands)
        if not node.sign:  # n x^T x: nothing but the letter makes n a vector
            self.scope.doubt(node.operands[0])
        text = (
            self.method(node, kinds)
            if node.sign[:1] == "."
            else self.plain(node, kinds)
        )
        if text is None:
            self.ask(node, kinds)
        text = f"({text})" if node.is_factor else text
        try:
            found = super().infer(parse_formula(Source("read as", text))[1])
        except SymjacError as error:
            message = f"{error.message}; read as {text}"
            raise type(error)(message, node.span, hint=error.hint) from None
        self.edits.append(Edit(node.span, text))
        return found

    def plain(self, node: Typed, kinds: tuple[Kind, ...]) -> str | None:
        """The spelling in the language, if only one is meant."""
        sign = node.sign
        if len(kinds) == 1:
            form = ALONE.get((sign, kinds[0]))
            if form is None and kinds == (_S,) and sign[1:].isdecimal():
                form = f"{{0}}**{sign[1:]}" if sign[0] == "^" else None
        elif _S in kinds:
            is_number = isinstance(node.operands[1], Number) and not sign
            form = None if is_number else "{l} * {r}"
        elif sign == "⊗":
            form = "kron({l}, {r})" if kinds == (_M, _M) else None
        elif sign == "·" and kinds == (_C, _C):
            form = "{0}.T @ {1}"
        else:
            is_unclear = sign == "×" or (kinds[0] is _C and kinds[1] is not _R)
            form = None if is_unclear else "{l} @ {r}"
        return None if form is None else self.filled(form, node)

    def method(self, node: Typed, kinds: tuple[Kind, ...]) -> str:
        """`A.t()`, `x.dot(y)`, `x.sum()`: as a call of the same name."""
        name = node.sign[1:]
        if name in ("dot", "matmul"):
            form = "{0}.T @ {1}" if kinds == (_C, _C) else "{0} @ {1}"
            return f"({self.filled(form, node)})"
        spans = [node.operands[0].span, *node.places[1:]]
        text = f"{name}({', '.join(self.shown(s.start, s.end) for s in spans)})"
        call = parse_formula(Source("read as", text))[1]
        if name in TABLE or is_operation(name):
            return text
        other = instead(call) if isinstance(call, Call) and is_refused(name) else None
        if other is None:
            raise UnsupportedError(f".{name}(...) is not supported", node.span)
        return _closed(other)

    def ask(self, node: Typed, kinds: tuple[Kind, ...]) -> NoReturn:
        """Refuse what has several meanings, and spell those that are well formed."""
        kind = _M if _M in kinds else _C
        sides = SIDES if len(kinds) == 2 else ()
        forms = SEVERAL.get((node.sign, kind), sides)
        hint = self.either(*(self.filled(form, node) for form in forms))
        shown = (
            f"{p.text} is a {k.value}" for p, k in zip(node.places, kinds, strict=True)
        )
        message = f"{node.span.text} has several meanings, or none; {', '.join(shown)}"
        raise ParseError(message, node.span, hint=hint)


def _closed(text: str) -> str:
    """A text as one factor, which takes a sign after it."""
    if text[:1] == "(" and text[-1:] == ")" and _is_whole(text[1:-1]):
        return text
    node = parse_formula(Source("part", text))[1]
    is_turned = isinstance(node, Unary) and node.operator == "T"
    return text if is_turned or isinstance(node, Name | Number | Call) else f"({text})"


def _is_whole(text: str) -> bool:
    """Whether no bracket is closed that stands outside."""
    depths = accumulate((c == "(") - (c == ")") for c in text)
    return all(depth >= 0 for depth in depths)


def _is_square(draft: Draft) -> bool:
    """Whether the dimensions are known to be equal."""
    return find(draft.dims[0]) == find(draft.dims[1])
