r"""The LaTeX tree to values: one method for each kind of node, kinds as assumed.

Every name has a kind from `Kinds`; where nodes do not fit, a `ShapeError` says so, and
`by_use` tries the next kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

from symjac.errors import ParseError, ShapeError, Span
from symjac.language.dims import Size, Unknown, unify
from symjac.language.infer import Draft
from symjac.language.scope import Quantity, unknowns
from symjac.language.syntax import Name, Number
from symjac.latex_input import tree, values
from symjac.latex_input.arithmetic import TRACE, Arithmetic, drafted, refuse
from symjac.latex_input.calls import MATRIX_NORMS, NORMS
from symjac.latex_input.facts import Facts
from symjac.latex_input.loose import big_letters, big_top, is_read, script_letters
from symjac.latex_input.spelling import TRANSPOSES
from symjac.latex_input.values import COLUMN, MATRIX, ROW, SCALAR, Value
from symjac.latex_input.vocabulary import GENERIC, known_word
from symjac.latex_input.write import PRINTED_SPACE
from symjac.terms import matrix as m

INFIX = frozenset({"odot", "circ", "star", "otimes", "oslash", "colon"})
Factors = list[tuple[str, tree.Node]]


@dataclass(slots=True)
class Meaning(Arithmetic):
    """Values of the nodes of one text."""

    facts: Facts = field(default_factory=Facts)
    dims: dict[str, Size] = field(default_factory=dict)
    upstream: dict[str, str] = field(default_factory=dict)
    heads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    losses: dict[str, list[tree.Name]] = field(default_factory=dict)
    closed: bool = False
    assumed: list[str] = field(default_factory=list)

    def value(self, node: tree.Node) -> Value:
        """The value of a node."""
        match node:
            case tree.Number(number, span):
                return self.plain(Number(number, span))
            case tree.Name():
                return self.name(node)
            case tree.Raised():
                return self.marked(self.value(node.base), node.above)
            case tree.Group(_, (inner,), _, span):
                check_brackets(node)
                return respanned(self.value(inner), span)
            case tree.Total(terms, span):
                return self.total([(n, self.value(t)) for n, t in terms], span)
            case tree.Product(factors, span):
                return self.product(list(factors), span)
            case tree.Ratio(above, below, span):
                return self.divided(self.value(above), self.value(below), span)
        return self.special(node)

    def special(self, node: tree.Node) -> Value:
        """Nodes with a sign of their own."""
        match node:
            case tree.Indexed(base, below, span):
                return self.indexed(self.value(base), below, span)
            case tree.Bars():
                return self.bars(node)
            case tree.Root(body, span) | tree.Exponential(body, span):
                name = "sqrt" if isinstance(node, tree.Root) else "exp"
                return self.call(name, self.value(body), span=span)
            case tree.Big():
                return self.big(node)
            case tree.Derivative():
                return self.upstream_gradient(node)
            case tree.Blocks(rows, span):
                return self.blocks(rows, span)
            case tree.Group(bracket, items, ";", span) if bracket == "[":
                return self.blocks(tuple((i,) for i in items), span)
        return refuse("this is not read", node.span)

    def blocks(self, rows: Sequence[tuple[tree.Node, ...]], span: Span) -> Value:
        """A matrix or a vector by its entries or blocks."""
        parts = []
        for row in rows:
            cells = [self.value(item) for item in row]
            parts.append(self.call_all("hstack", cells, span))
        return self.call_all("vstack", parts, span)

    # names

    def name(self, node: tree.Name) -> Value:
        """A quantity, its entries at letters, or a constant."""
        text, letters, turned = self.facts.spelled(node)
        if node.base == "delta" and len(letters) == 2 and text == "delta":
            left, right = map(self.letter, letters)
            unify(left, right)
            return values.delta(letters[0], letters[1], node.span)
        check_name(node, text)
        constant = self.constant(node, text)
        if constant is not None:
            return constant
        if self.is_function(node):
            raise ParseError(f"{text} is a function without brackets", node.span)
        if text in self.losses and text not in self.scope.quantities:
            return self.inner_product(text, node.span)
        found = self.quantity(node, text, letters)
        return (
            values.transposed(found, node.span)
            if turned and found.letters
            else (self.turned(found, node.span) if turned else found)
        )

    def constant(self, node: tree.Name, text: str) -> Value | None:
        """The identity, a vector of ones, a dimension."""
        if node.base == "1" and not (node.below or node.above):
            size = Unknown("ones")
            return drafted(
                COLUMN, (size,), node.span, lambda s: m.Constant(Fraction(1), s)
            )
        if text in self.scope.quantities:
            return None
        if text == "I" and self.kinds.of("I", self.facts) is MATRIX:
            size = Unknown("eye")
            return drafted(
                MATRIX, (size, size), node.span, lambda s: m.Identity(s.dims[0])
            )
        if text in self.facts.tops:
            self.scope.dimensions.add(text)
            return Value(
                Draft(
                    SCALAR,
                    (),
                    lambda n: m.Operation("dim", (), (n.resolve(text),)),
                    node.span,
                )
            )
        return None

    def quantity(self, node: tree.Name, text: str, letters: str) -> Value:
        """A name, known or new, at its letters."""
        if text not in self.scope.quantities:
            if self.closed:
                raise ParseError(f"nothing says what {node.span.text} is", node.span)
            kind = self.kinds.of(text, self.facts)
            self.scope.quantities[text] = Quantity(text, kind, unknowns(text, kind))
        whole = self.plain(Name(text, None, node.span))
        return self.at(whole, letters, node.span)

    def at(self, whole: Value, letters: str, span: Span) -> Value:
        """A value at letters; `r.` is a row, as a row, and `.j` a column."""
        if "." in letters:
            if whole.kind is not MATRIX:
                raise ShapeError("a row or column of what is no matrix", span)
            if letters[0] == ".":
                return self.at(self.turned(whole, span), letters[1], span)
            return values.transposed(self.at(whole, letters[0], span), span)
        if len(letters) > len(whole.dims):
            raise ShapeError(f"{span.text} has more indices than dimensions", span)
        for dim, letter in zip(whole.dims, letters, strict=False):
            if not unify(dim, self.letter(letter)):
                raise ShapeError(f"{letter} runs over two dimensions", span)
        if len(set(letters)) < len(letters):
            refuse("one index twice on one name", span)
        return values.entry(whole, letters, span) if letters else whole

    def letter(self, letter: str) -> Size:
        """The dimension that a letter runs over."""
        return self.dims.setdefault(letter, Unknown(f"range of {letter}"))

    def indexed(
        self, whole: Value, below: tuple[tree.Script, ...], span: Span
    ) -> Value:
        """Brackets at component indices, such as `[A B]_{ij}`."""
        letters = "".join(map(script_letters, below))
        if not letters or not set(letters) <= self.facts.index:
            refuse("a subscript of something that is no name", span)
        return self.at(whole, letters, span)

    # marks

    def bars(self, node: tree.Bars) -> Value:
        """A norm, a determinant, an absolute value."""
        inner = self.value(node.body)
        mark = node.below[0].text if node.below else ""
        if node.below and not node.double:
            refuse("single bars with a subscript", node.span)
        if not node.double:
            if inner.kind is MATRIX:
                return self.call("det", inner, span=node.span)
            if inner.kind is not SCALAR:
                raise ShapeError("single bars around a vector", node.span)
            return self.call("abs", inner, span=node.span)
        is_matrix = inner.kind is MATRIX
        names = MATRIX_NORMS if is_matrix else {}
        if inner.kind in (COLUMN, ROW):
            names = NORMS
        if is_matrix and mark in ("", "2"):
            self.assumed.append(f"{node.span.text} is the Frobenius norm")
            names = {mark: MATRIX_NORMS["F"]}
        if mark not in names:
            raise ShapeError("this norm is not known", node.span)
        return self.call(names[mark], inner, span=node.span)

    # sums

    def big(self, node: tree.Big) -> Value:
        """A sum over letters."""
        letters = big_letters(node.index)
        if node.sign == "prod" or not is_read(node.index) or not letters:
            refuse(f"this \\{node.sign} is not read", node.span)
        if set(letters) <= self.facts.fixed:
            return self.value(node.body)
        before = {letter: self.dims.pop(letter, None) for letter in letters}
        top = big_top(node.index)
        if top is not None and len(letters) == 1:
            self.scope.dimensions.add(top)
            self.dims[letters] = top
        value = self.value(node.body)
        for letter in letters:
            if letter not in value.letters:
                refuse(f"nothing here carries the index {letter}", node.span)
            value = values.summed(value, letter, self.dims.pop(letter), node.span)
            if before[letter] is not None:
                self.dims[letter] = before[letter]  # type: ignore[assignment]
        return respanned(value, node.span)

    # products

    def product(self, factors: Factors, span: Span) -> Value:
        """Factors side by side bind first; then signs of elementwise products."""
        parts: list[tuple[str, Factors]] = []
        for sign, node in factors:
            if sign in INFIX or not parts:
                parts.append((sign, []))
                sign = ""
            parts[-1][1].append((sign, node))
        found = [(sign, self.side_by_side(list(part), span)) for sign, part in parts]
        result = found[0][1]
        for sign, right in found[1:]:
            result = self.infix(sign, result, right, span)
        return result

    def side_by_side(self, factors: Factors, span: Span) -> Value:
        """A product without elementwise signs, from left to right."""
        result: Value | None = None
        while factors:
            sign, node = factors.pop(0)
            value = self.factor(node, factors)
            if result is None:
                result = value
            elif sign == "slash":
                result = self.divided(result, value, span)
            else:
                result = self.times(sign, result, value, span)
        assert result is not None
        return respanned(result, span)

    # functions

    def is_function(self, name: tree.Name) -> bool:
        """Whether a name is a function wherever it stands."""
        is_word = name.style in ("upright", "text") and known_word(name.base)
        return name.style == "command" or bool(is_word)

    def factor(self, node: tree.Node, rest: Factors) -> Value:
        """The first factor, a function with its argument, taken from the rest."""
        name, above = tree.unmarked(node), tree.marks_of(node)
        following = rest[0] if rest and not rest[0][0] else None
        bracket = tree.unmarked(following[1]) if following else None
        if not isinstance(bracket, tree.Group) or bracket.bracket not in "([":
            bracket = None
        if not isinstance(name, tree.Name):
            return self.value(node)
        text, _, _ = self.facts.spelled(name)
        if bracket is not None and self.takes(text, bracket, name):
            rest.pop(0)
            marks = tree.marks_of(following[1]) if following else ()
            return self.marked(self.marked(self.name(name), above), marks)
        is_letter = name.base in GENERIC and not name.accents
        is_letter = is_letter and text not in self.scope.quantities
        if self.is_function(name) or (bracket is not None and is_letter):
            return self.function(name, above, bracket, rest)
        if is_letter and not above and rest and not rest[0][0]:
            refuse(f"{name.span.text} may be a function or a number", name.span)
        if bracket is not None and len(bracket.items) > 1:
            refuse(f"what function is {name.span.text}?", name.span)
        if bracket is not None and self.is_unknown_call(text, bracket):
            refuse(f"{name.span.text}(...) may be a function or a product", name.span)
        return self.value(node)

    def is_unknown_call(self, text: str, bracket: tree.Group) -> bool:
        """Whether brackets hold one name, as those of a function do."""
        inner = tree.unwrapped(bracket)
        return isinstance(inner, tree.Name) and not tree.marks_of(bracket)

    def takes(self, text: str, bracket: tree.Group, name: tree.Name) -> bool:
        """Whether brackets hold the arguments of a quantity that has some."""
        shown = arguments(bracket, self.facts)
        if text in self.heads:
            if shown == self.heads[text] or not self.heads[text]:
                return True
            refuse(f"{name.span.text} of other arguments", bracket.span)
        return text in self.losses and shown is not None

    def function(
        self,
        name: tree.Name,
        above: tuple[tree.Script, ...],
        bracket: tree.Group | None,
        rest: Factors,
    ) -> Value:
        """A function of the brackets behind it, or of what follows."""
        word = (
            (known_word(name.base) or name.base)
            if self.is_function(name)
            else (self.facts.spelled(name)[0])
        )
        check_name(name, word)
        if not rest or rest[0][0]:
            raise ParseError(f"{word} is a function without brackets", name.span)
        primes = sum(int(s.value) for s in above if s.mark is tree.Mark.PRIME)
        powers = tuple(s for s in above if s.mark is not tree.Mark.PRIME)
        marks: tuple[tree.Script, ...] = ()
        if bracket is not None:
            marks = tree.marks_of(rest.pop(0)[1])
            argument = self.value(replace(bracket, span=bracket.span))
            if word == "log" and marks:
                refuse("a logarithm, or what it is of, raised?", name.span)
            if word == TRACE and any(not s for s, _ in rest):
                refuse("of what is the trace?", name.span)
        else:
            argument = self.bare(word, rest)
        return self.marked(self.applied(word, argument, primes, name, marks), powers)

    def bare(self, word: str, rest: Factors) -> Value:
        """An argument without brackets: all that follows a trace, else one factor."""
        if word in (TRACE, "det"):
            taken: Factors = []
            while rest and not rest[0][0]:
                taken.append(rest.pop(0))
            if word == "det" and len(taken) > 1:
                refuse("where does the argument of det end?", taken[1][1].span)
            return self.side_by_side(taken, taken[0][1].span)
        argument = self.factor(rest.pop(0)[1], rest)
        if rest and not rest[0][0]:
            refuse(f"where does the argument of {word} end?", rest[0][1].span)
        return argument

    def applied(
        self,
        word: str,
        argument: Value,
        primes: int,
        name: tree.Name,
        marks: tuple[tree.Script, ...],
    ) -> Value:
        """A function's value; the logarithm of a determinant is one operation."""
        source = name.span.source
        span = Span(
            source, name.span.start, max(name.span.end, argument.draft.span.end)
        )
        inner = _determinant(argument)
        if word == "log" and inner is not None and not marks:
            return self.call("logdet", Value(inner), span=span)
        found = self.call(word, argument, span=span, primes=primes)
        if word == "det":
            found = replace(found, draft=Determinant.of(found.draft, argument.draft))
        return self.marked(found, marks)

    # what stands for a gradient

    def upstream_gradient(self, node: tree.Derivative) -> Value:
        r"""`\partial L / \partial Y` on the right: a constant of Y's shape."""
        pair = upstream(node)
        text = "" if pair is None else self.facts.spelled(pair[0])[0]
        if pair is None or text not in self.losses:
            refuse("a derivative within a formula", node.span)
        name, letters, _ = self.facts.spelled(pair[1])
        new, _ = self.gradient(text, name, node.span)
        return self.at(self.plain(Name(new, None, node.span)), letters, node.span)

    def gradient(self, loss: str, name: str, span: Span) -> tuple[str, Value]:
        """The constant that stands for an upstream gradient, and its variable."""
        if name not in self.scope.quantities:
            raise ParseError(f"nothing says what {name} is", span)
        whole, new = self.plain(Name(name, None, span)), f"G_{name}"
        self.upstream[new] = f"{new} is the gradient of {loss} by {name}, held constant"
        if new not in self.scope.quantities:
            kind, dims = self.kinds.gradient(new, whole)
            self.scope.quantities[new] = Quantity(new, kind, dims)
        return new, whole

    def inner_product(self, loss: str, span: Span) -> Value:
        """A loss that nothing defines: its gradients times what they are by."""
        parts: list[tuple[bool, Value]] = []
        for name in dict.fromkeys(self.facts.spelled(n)[0] for n in self.losses[loss]):
            new, whole = self.gradient(loss, name, span)
            gradient = self.plain(Name(new, None, span))
            if gradient.kind is not whole.kind:
                gradient = self.turned(gradient, span)
            parts.append((False, self.inner(gradient, whole, span)))
        return self.total(parts, span)


def check_name(node: tree.Name, text: str) -> None:
    """Refuse what may be a power, a derivative, a unit vector or a number."""
    for script in node.above:
        is_word = script.mark is tree.Mark.LABEL and not script.upright
        is_bare = is_word and not script.around and script.text not in TRANSPOSES
        if is_bare and script.text.islower():
            refuse(f"^{script.text} may be a power or a label", script.span)
        if script.mark is tree.Mark.DIGITS and node.base in GENERIC:
            refuse(f"{node.span.text} may be a derivative", node.span)
    if node.base == "e" and node.below and node.below[0].mark is tree.Mark.DIGITS:
        refuse(f"{node.span.text} may be a unit vector", node.span)
    if text == "pi":
        refuse(f"{node.span.text} may be the number", node.span)


def check_brackets(node: tree.Group) -> None:
    """Refuse a mean, and blocks side by side."""
    if node.bracket == r"\langle":
        refuse("angle brackets around one thing: a mean?", node.span)
    inner = node.items[0]
    if node.bracket != "[" or not isinstance(inner, tree.Product):
        return
    for (_, left), (sign, right) in pairwise(inner.factors):
        between = node.span.source.text[left.span.end : right.span.start]
        names = isinstance(left, tree.Name) and isinstance(right, tree.Name)
        if names and not sign and PRINTED_SPACE.search(between):
            refuse("blocks, or a product?", node.span)


def upstream(node: tree.Derivative) -> tuple[tree.Name, tree.Name] | None:
    """The names in a derivative of one name, with or without arguments, by another."""
    of, by = tree.unwrapped(node.of), tree.unwrapped(node.by)
    if isinstance(of, tree.Product) and len(of.factors) == 2:
        second = of.factors[1][1]
        of = of.factors[0][1] if isinstance(second, tree.Group) else None
    if node.twice or not isinstance(of, tree.Name) or not isinstance(by, tree.Name):
        return None
    return of, by


@dataclass(frozen=True, slots=True)
class Determinant(Draft):
    """The draft of a determinant, which knows of what."""

    inside: Draft | None = None

    @classmethod
    def of(cls, draft: Draft, inside: Draft) -> Determinant:
        """A determinant's draft with the matrix that it is of."""
        return cls(draft.kind, draft.dims, draft.build, draft.span, inside=inside)


def _determinant(value: Value) -> Draft | None:
    return value.draft.inside if isinstance(value.draft, Determinant) else None


def arguments(bracket: tree.Node, facts: Facts) -> tuple[str, ...] | None:
    """The names in brackets; None if there is anything else."""
    if not isinstance(bracket, tree.Group):
        return None
    inner = [tree.unwrapped(item) for item in bracket.items]
    if not all(isinstance(item, tree.Name) for item in inner):
        return None
    return tuple(
        facts.spelled(item)[0] for item in inner if isinstance(item, tree.Name)
    )


def respanned(value: Value, span: Span) -> Value:
    """A value at another place."""
    return replace(value, draft=replace(value.draft, span=span))
