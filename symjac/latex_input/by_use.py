r"""A printed claim with its equations, read by use where the strict reader refuses.

    equations, claim ─ loose ─> trees ─ facts ─> kinds, the likeliest first
      ─ meaning ─> drafts ─> text of symjac's language, with every shape declared

Nothing is guessed unseen: the echo declares the shape of every name. Of a chain the
last formula is the claim; a claim in components has no layout and is judged once.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count

from symjac.errors import (
    ParseError,
    ShapeError,
    Source,
    SymjacError,
    UnsupportedError,
)
from symjac.language.check import check
from symjac.language.dims import Naming, Unknown, find, unify
from symjac.language.infer import Draft
from symjac.language.scope import Quantity
from symjac.latex_input import tree, values
from symjac.latex_input.facts import Facts, find_facts
from symjac.latex_input.kinds import Kinds
from symjac.latex_input.lex import Token
from symjac.latex_input.loose import big_letters, cut, parsed, span_of, undecorated
from symjac.latex_input.meaning import Meaning, arguments, upstream
from symjac.latex_input.statements import cut_equations, cut_rows
from symjac.latex_input.values import Value
from symjac.terms.program import Program
from symjac.terms.shape import Kind, Layout, Shape
from symjac.typeset.text import matrix_text

MAX_ATTEMPTS = 120
MOST_COST = 5


@dataclass(frozen=True, slots=True)
class Equation:
    """A printed definition: its head, the arguments of the head, and its body.

    Of `y = a = b` the last formula that reads is the body; the others are `unread`.
    """

    head: tree.Name
    arguments: tree.Group | None
    body: tree.Node
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed, with the links of the chain that are not judged."""

    subject: tree.Derivative
    right: tree.Node
    unjudged: tuple[str, ...]
    earlier: Claim | None = None


@dataclass(frozen=True, slots=True)
class ByUse:
    """What was read: a program, the claim in its language, and what was assumed.

    `once` is the layout whose rows and columns a claim in components has.
    """

    program: Program
    of: str
    wrt: tuple[str, ...]
    claim: str
    once: Layout | None = None
    unjudged: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fragile: tuple[str, ...] = ()


def read_by_use(equations: str | None, claim: str) -> ByUse:
    """The task that equations and a claim in LaTeX are.

    Raises:
        ParseError, ShapeError, UnsupportedError, BudgetError: no reading, or two.
    """
    lines = [] if equations is None else read_equations(Source("equations", equations))
    printed = read_claim(Source("claim", claim))
    nodes = [n for e in lines for n in (e.head, e.body)]
    subject = printed.subject
    asked = [subject, printed.right]
    facts = find_facts(nodes, [n for n in asked if n is not None], subject)
    task = Task(tuple(lines), printed, facts)
    while True:
        try:
            return task.finished(task.search())
        except SymjacError:
            if printed.earlier is None or not task.is_unread(printed.right):
                raise
        printed = printed.earlier
        task = Task(tuple(lines), printed, facts)


def read_equations(source: Source) -> list[Equation]:
    """The definitions of a text."""
    out = []
    for row in cut_rows(tuple(undecorated(source))):
        for part in cut_equations(row):
            links = cut(part, ("=",))
            if len(links) < 2 or not links[0]:
                raise ParseError("expected an equation", span_of(source, part))
            head, given = _head(parsed(source, _trimmed(links[0])))
            place, body = last_parsed(source, links[1:])
            others = [link for n, link in enumerate(links[1:]) if n != place and link]
            unread = tuple(span_of(source, link).text for link in others)
            out.append(Equation(head, given, body, unread))
    return out


def last_parsed(source: Source, links: list[list[Token]]) -> tuple[int, tree.Node]:
    """The last link that is a formula, and which one it is."""
    first: SymjacError | None = None
    for place in reversed(range(len(links))):
        try:
            return place, parsed(source, _trimmed(links[place]))
        except SymjacError as error:
            first = first or error
    raise first or ParseError("nothing is written here")


def _trimmed(part: list[Token]) -> list[Token]:
    """Without what belongs to the sentence around a formula."""
    while part and part[-1].text in (".", ",", ":", "&"):
        part = part[:-1]
    while part and part[0].text in ("&", ","):
        part = part[1:]
    return part


def _head(node: tree.Node) -> tuple[tree.Name, tree.Group | None]:
    """`f`, `f(x)` or `y_i`."""
    if isinstance(node, tree.Name):
        return node, None
    if isinstance(node, tree.Product) and len(node.factors) == 2:
        name, group = node.factors[0][1], node.factors[1][1]
        if isinstance(name, tree.Name) and isinstance(group, tree.Group):
            return name, group
    raise ParseError("the left side of an equation is a name", node.span)


def read_claim(source: Source) -> Claim:
    """The chain of a claim: its derivative, its last formula, and the links between."""
    rows = cut_rows(tuple(undecorated(source)))
    if not rows:
        raise ParseError("nothing is written here")
    parts = [part for row in rows for part in cut(row, ("=",))]
    flat = [[replace(token, after_line=False) for token in row] for row in rows]
    claims = [part for row in flat for part in cut_equations(row)]
    if len(claims) > 1:
        hint = "give one claim at a time"
        raise ParseError("more than one claim", span_of(source, claims[1]), hint=hint)
    links = [_trimmed(part) for part in parts]
    links = [link for link in links if link]
    is_zero = len(links) > 2 and [t.text for t in links[-1]] == ["0"]
    judged = links[:-1] if is_zero else links
    for place, link in enumerate(judged[:2]):
        subject = _subject(source, link)
        if subject is not None and place + 1 < len(judged):
            break
    else:
        raise ParseError("expected a derivative on the left", span_of(source, links[0]))
    return _last_claim(source, subject, links[place + 1 :], len(judged) - place - 1)


def _last_claim(
    source: Source, subject: tree.Derivative, links: list[list[Token]], count_: int
) -> Claim:
    """The claim that a derivative is the last of `count_` links that is a formula."""
    place, right = last_parsed(source, links[:count_])
    others = (link for n, link in enumerate(links) if n != place)
    texts = tuple(span_of(source, link).text for link in others)
    earlier = None
    with suppress(SymjacError):
        earlier = _last_claim(source, subject, links, place) if place else None
    return Claim(subject, right, texts, earlier)


def _subject(source: Source, link: list[Token]) -> tree.Derivative | None:
    """The derivative that a link is; None if it is something else."""
    node = tree.unwrapped(parsed(source, link))
    if isinstance(node, tree.Derivative):
        return node
    if not isinstance(node, tree.Product):
        return None
    (_, first), *rest = node.factors
    name, marks = tree.unmarked(first), tree.marks_of(first)
    if not isinstance(name, tree.Name) or not rest or any(s for s, _ in rest):
        return None
    if isinstance(first, tree.Name) and first.base == "d" and not first.below:
        of = rest[0][1] if len(rest) == 1 else tree.Product(tuple(rest), node.span)
        return tree.Derivative(of, tree.NOTHING, node.span)
    if len(rest) == 1 and [s.mark for s in marks] == [tree.Mark.PRIME]:
        of = tree.Product((("", name), *rest), node.span)
        return tree.Derivative(of, tree.NOTHING, node.span, marks[0].value == 2)
    return None


@dataclass(frozen=True, slots=True)
class Read:
    """One reading: its kinds, its definitions, what is differentiated by what."""

    meaning: Meaning
    drafts: tuple[tuple[str, Draft], ...]
    of: str
    of_letters: str
    by: str
    by_letters: str
    right: Value
    twice: bool
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """Equations and a claim, read under one assignment of kinds after another."""

    equations: tuple[Equation, ...]
    claim: Claim
    facts: Facts
    errors: list[SymjacError] = field(default_factory=list)

    def search(self) -> dict[str, Kind]:
        """The assignment that keeps most conventions."""
        order = count()
        waiting: list[tuple[int, int, dict[str, Kind]]] = [(0, next(order), {})]
        seen, found = {frozenset[tuple[str, Kind]]()}, list[Read]()
        for _ in range(MAX_ATTEMPTS):
            if not waiting or (found and waiting[0][0] > found[0].cost):
                break
            cost, _, chosen = heapq.heappop(waiting)
            kinds = Kinds(chosen)
            read = self.attempt(kinds, cost)
            if read is not None:
                found = sorted([*found, read], key=lambda r: r.cost)
            if read is not None and read.cost == cost:
                continue
            for more, other in _neighbors(kinds, cost):
                key = frozenset(other.items())
                if key not in seen and more <= MOST_COST:
                    seen.add(key)
                    heapq.heappush(waiting, (more, next(order), other))
        return dict(self.best(found).meaning.kinds.chosen)

    def is_unread(self, right: tree.Node) -> bool:
        """Whether the claimed formula has words or functions that nothing explains."""
        at = right.span
        inside = [
            e
            for e in self.errors
            if e.span
            and e.span.source == at.source
            and at.start <= e.span.start < at.end
        ]
        return bool(inside) and not any(isinstance(e, ShapeError) for e in inside)

    def best(self, found: list[Read]) -> Read:
        """The one reading of least cost.

        Raises:
            ParseError: there are two. Else the first error, if there is none.
        """
        if not found:
            raise self.errors[0]
        least = [read for read in found if read.cost == found[0].cost]
        if len(least) > 1:
            shown = " or ".join(sorted({_differing(r, least) for r in least}))
            raise ParseError(f"two readings: {shown}", self.claim.subject.span)
        return least[0]

    def attempt(self, kinds: Kinds, cost: int) -> Read | None:
        """The reading under an assignment of kinds; None where it does not fit."""
        try:
            read = self.read(kinds, is_rigid=False)
            check_kinds(read)
        except ParseError as error:  # no kinds mend what is not understood
            self.errors.insert(0, error)
            raise
        except (ShapeError, UnsupportedError) as error:
            self.errors.append(error)
            return None
        return replace(read, cost=cost + kinds.extra + kinds.mixed())

    def read(self, kinds: Kinds, *, is_rigid: bool) -> Read:
        """All values under an assignment of kinds."""
        meaning = Meaning(kinds, facts=self.facts)
        meaning.losses = self.losses()
        drafts = [self.define(e, meaning) for e in self.ordered()]
        of, of_letters, extra = self.subject(meaning)
        drafts += extra
        by, by_letters = self.variable(meaning, of)
        if is_rigid:
            _harden(meaning, drafts)
        meaning.closed = True
        check_bound(self.claim.right, of_letters + by_letters)
        right = meaning.value(self.claim.right)
        right = einstein(meaning, self.claim.right, right, of_letters + by_letters)
        return Read(
            meaning,
            tuple(drafts),
            of,
            of_letters,
            by,
            by_letters,
            right,
            self.claim.subject.twice,
        )

    def losses(self) -> dict[str, list[tree.Name]]:
        """What nothing defines and the claim has gradients of, and by what."""
        heads = {self.facts.spelled(e.head)[0] for e in self.equations}
        found: dict[str, list[tree.Name]] = {}
        for node in tree.walk(self.claim.right):
            pair = upstream(node) if isinstance(node, tree.Derivative) else None
            if (
                pair is not None
                and (text := self.facts.spelled(pair[0])[0]) not in heads
            ):
                found.setdefault(text, []).append(pair[1])
        return found

    def ordered(self) -> list[Equation]:
        """Definitions before what uses them, else in the order of the text."""
        heads = [self.facts.spelled(e.head)[0] for e in self.equations]
        out: list[Equation] = []
        left = list(zip(heads, self.equations, strict=True))
        while left:
            waiting = {head for head, _ in left}
            free = [(h, e) for h, e in left if not self.names(e.body) & waiting - {h}]
            for item in (free or left)[:1]:
                left.remove(item)
                out.append(item[1])
        return out

    def names(self, node: tree.Node) -> set[str]:
        """The names in a formula."""
        found = (n for n in tree.walk(node) if isinstance(n, tree.Name))
        return {self.facts.spelled(name)[0] for name in found}

    def define(self, equation: Equation, meaning: Meaning) -> tuple[str, Draft]:
        """The draft of a definition, entered under its name."""
        text, letters, _ = self.facts.spelled(equation.head)
        if text in meaning.scope.quantities:
            raise ParseError(
                f"{text} is defined twice or after its use", equation.head.span
            )
        value = meaning.value(equation.body)
        value = einstein(meaning, equation.body, value, letters)
        if set(letters) != set(value.letters):
            raise ParseError("the sides have different indices", equation.head.span)
        draft = (
            values.at_letters(value, letters, meaning.dims) if letters else value.draft
        )
        meaning.scope.quantities[text] = Quantity(text, draft.kind, draft.dims)
        if equation.arguments is not None:
            shown = arguments(equation.arguments, self.facts)
            if shown is None:
                raise ParseError("expected names as arguments", equation.arguments.span)
            meaning.heads[text] = shown
        for letter in letters:
            meaning.dims.pop(letter, None)
        return text, draft

    def subject(self, meaning: Meaning) -> tuple[str, str, list[tuple[str, Draft]]]:
        """What is differentiated: a name with its letters, or a formula, named anew."""
        of = self.claim.subject.of
        if of is None:
            raise ParseError("the derivative of what?", self.claim.subject.span)
        name = _named(tree.unwrapped(of))
        if name is not None:
            text, letters, _ = self.facts.spelled(name)
            if text in meaning.scope.quantities:
                return text, letters, []
            if text in meaning.losses:
                draft = meaning.inner_product(text, name.span).draft
                meaning.scope.quantities[text] = Quantity(text, draft.kind, draft.dims)
                return text, letters, [(text, draft)]
        value = meaning.value(of)
        value = einstein(meaning, of, value, "")
        if value.letters:
            raise ParseError("an index that nothing binds", of.span)
        used = meaning.scope.quantities
        text = next(n for n in ("f", "g", "y", "f_0", "g_0") if n not in used)
        meaning.scope.quantities[text] = Quantity(text, value.kind, value.dims)
        return text, "", [(text, value.draft)]

    def variable(self, meaning: Meaning, of: str) -> tuple[str, str]:
        """By what: a name with its letters; the only argument where it is not said."""
        by = tree.unwrapped(self.claim.subject.by)
        if by == tree.NOTHING:
            return self.argument(meaning, of), ""
        by = tree.unmarked(by) if isinstance(by, tree.Raised) else by
        if not isinstance(by, tree.Name):
            raise UnsupportedError("a derivative by no name", self.claim.subject.span)
        text, letters, _ = self.facts.spelled(by)
        if text not in meaning.scope.quantities:
            raise ParseError(
                f"{text} does not stand in what is differentiated", by.span
            )
        for dim, letter in zip(
            meaning.scope.quantities[text].dims, letters, strict=False
        ):
            unify(dim, meaning.letter(letter))
        return text, letters

    def argument(self, meaning: Meaning, of: str) -> str:
        """The only argument of what is differentiated."""
        product = self.claim.subject.of
        shown = meaning.heads.get(of, ())
        if isinstance(product, tree.Product) and not shown:
            shown = arguments(product.factors[-1][1], self.facts) or ()
        if len(shown) != 1 or shown[0] not in meaning.scope.quantities:
            raise ParseError("by what? nothing says it", self.claim.subject.span)
        return shown[0]

    def finished(self, chosen: dict[str, Kind]) -> ByUse:
        """The reading as text, its claim over dimensions that are solved."""
        kinds = Kinds(chosen)
        read = self.read(kinds, is_rigid=True)
        check_kinds(read)
        fit_sizes(read)
        meaning, subject = read.meaning, self.claim.subject
        naming = _naming(meaning)
        drafts = dict(read.drafts)
        lines = [f"{n} = {matrix_text(d.build(naming))}" for n, d in drafts.items()]
        formula, once = claimed(read, naming)
        shapes = {
            n: Shape(q.kind, tuple(map(naming.resolve, q.dims)))
            for n, q in meaning.scope.quantities.items()
            if n not in drafts
        }
        said = [f"{n}: {shape}" for n, shape in shapes.items()]
        program = check(Source("read as", "\n".join((*said, *lines))))
        wrt = (read.by, read.by) if subject.twice else (read.by,)
        if once is not None and len(read.of_letters + read.by_letters) > 2:
            wrt = (f"vec({read.by})",)
        notes = ["kinds and sizes are those that fit", *meaning.upstream.values()]
        notes += meaning.assumed
        unread = (u for e in self.equations for u in e.unread)
        notes += [f"not read: {' '.join(text.split())}" for text in unread]
        if once is not None:
            notes.append("in components: one verdict, no layout")
        unjudged = self.claim.unjudged
        return ByUse(
            program,
            read.of,
            wrt,
            formula,
            once,
            unjudged,
            tuple(notes),
            tuple(meaning.assumed),
        )


def _differing(read: Read, others: list[Read]) -> str:
    """The kinds of a reading that not all others have."""

    def kinds(one: Read) -> set[tuple[str, str]]:
        found = one.meaning.scope.quantities.items()
        return {(name, q.kind.value) for name, q in found}

    common = set.intersection(*map(kinds, others))
    return ", ".join(f"{n} a {k}" for n, k in sorted(kinds(read) - common))


def _neighbors(kinds: Kinds, cost: int) -> Iterator[tuple[int, dict[str, Kind]]]:
    """Assignments that differ in one more name."""
    for text, options in kinds.asked.items():
        if text in kinds.chosen:
            continue
        for kind, more in options[1:]:
            is_next = kind is Kind.ROW and Kind.ROW in kinds.chosen.values()
            yield cost + (0 if is_next else more), {**kinds.chosen, text: kind}


def fit_sizes(read: Read) -> None:
    """The sizes that a claim leaves open, such as that of I, are the derivative's."""
    quantities, right = read.meaning.scope.quantities, read.right
    of, by = quantities[read.of].dims, quantities[read.by].dims
    for wanted in ((*of, *by[::-1]), (*by, *of[::-1])):
        pairs = list(zip(map(find, right.dims), map(find, wanted), strict=False))
        if len(wanted) == len(right.dims) and all(
            isinstance(own, Unknown) or own == other for own, other in pairs
        ):
            for own, other in pairs:
                unify(own, other)
            return


def check_bound(right: tree.Node, letters: str) -> None:
    """No index of the left side is summed over on the right.

    Raises:
        ParseError: one is.
    """
    for node in tree.walk(right):
        if isinstance(node, tree.Big) and (
            both := set(letters) & set(big_letters(node.index))
        ):
            message = f"{min(both)} is an index on the left, and summed over"
            raise ParseError(message, node.span)


def check_kinds(read: Read) -> None:
    """The claim has the kind of the derivative in a layout, whatever its sizes.

    Raises:
        ShapeError: it has not.
    """
    right, span = read.right, read.right.draft.span
    quantities = read.meaning.scope.quantities
    of = quantities[read.of].kind
    by = quantities[read.by].kind
    if read.by_letters or read.of_letters:
        orders = [len(q.dims) for q in (quantities[read.by],)]
        if right.kind is not Kind.SCALAR or orders != [len(read.by_letters)]:
            raise ShapeError("a claim in components of a formula with none", span)
        return
    if right.letters:
        raise ParseError("an index on the right only", span)
    vectors = {Kind.COLUMN, Kind.ROW}
    if of is Kind.SCALAR:
        same = {by} if by is Kind.SCALAR else vectors if by in vectors else {by}
    elif by is Kind.SCALAR:
        same = vectors if of in vectors else {of}
    else:
        same = {Kind.MATRIX}
    if read.twice:
        same = {Kind.SCALAR if by is Kind.SCALAR else Kind.MATRIX}
    if read.right.kind not in same:
        raise ShapeError("the claim has another kind than the derivative", span)


def _named(node: tree.Node | None) -> tree.Name | None:
    """A name, with or without its arguments."""
    if isinstance(node, tree.Product) and len(node.factors) == 2:
        second = node.factors[1][1]
        node = node.factors[0][1] if isinstance(second, tree.Group) else None
    return node if isinstance(node, tree.Name) else None


def einstein(meaning: Meaning, node: tree.Node, value: Value, free: str) -> Value:
    """A product with a letter on two names that nothing binds is summed over it."""
    loose = sorted(value.letters - set(free))
    if not loose:
        return value
    if isinstance(node, tree.Total):
        parts = [
            (n, einstein(meaning, part, meaning.value(part), free))
            for n, part in node.terms
        ]
        return meaning.total(parts, node.span)
    for letter in loose:
        names = [n for n in tree.walk(node) if isinstance(n, tree.Name | tree.Indexed)]
        shown = sum(
            letter in s.text
            for n in names
            for s in (*n.below, *getattr(n, "above", ()))
        )
        if shown != 2:
            raise ParseError(f"nothing binds the index {letter}", node.span)
        value = values.summed(value, letter, meaning.letter(letter), node.span)
    return value


def _naming(meaning: Meaning) -> Naming:
    taken = {*meaning.scope.dimensions, *meaning.scope.quantities}
    return Naming(taken)


def _harden(meaning: Meaning, drafts: list[tuple[str, Draft]]) -> None:
    """Name all dimensions, so that a claim cannot narrow what equations say."""
    naming = _naming(meaning)
    for quantity in meaning.scope.quantities.values():
        for dim in quantity.dims:
            unify(dim, naming.resolve(dim))
    for _, draft in drafts:
        for dim in draft.dims:
            unify(dim, naming.resolve(dim))
    meaning.scope.dimensions |= naming.used - set(meaning.scope.quantities)


def claimed(read: Read, naming: Naming) -> tuple[str, Layout | None]:
    """The claim as text; in components, the matrix of all of them and its layout."""
    letters = read.of_letters + read.by_letters
    if not letters:
        return matrix_text(read.right.draft.build(naming)), None
    is_scalar = not read.of_letters
    layout = Layout.DENOMINATOR if is_scalar else Layout.NUMERATOR
    dims = read.meaning.dims
    if len(letters) > 2:
        form = values.vec_form(
            read.right, read.of_letters, read.by_letters, dims, naming
        )
        return matrix_text(form), layout
    draft = values.at_letters(read.right, letters, dims)
    return matrix_text(draft.build(naming)), layout
