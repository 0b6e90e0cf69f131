"""Random well-typed programs, as text that symjac and Python both can read.

Every dimension has a size of its own and no matrix but `S` is symmetric. Parentheses
stand only where Python's grammar needs them, so the parser's precedence is tried too.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

QUICK = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
LONG = settings(QUICK, max_examples=20_000, derandomize=False)

Kind = tuple[str, ...]  # ("s",), ("c", d), ("r", d) or ("m", d, e)
Text = tuple[str, int]  # a formula and how tightly its outermost operator binds
SUM, PRODUCT, UNARY, POWER, ATOM = range(5)

SIZES = {"n": 3, "m": 2, "p": 4}
QUANTITIES: dict[str, Kind] = {
    "A": ("m", "n", "n"),
    "B": ("m", "n", "n"),
    "S": ("m", "n", "n"),
    "C": ("m", "m", "n"),
    "E": ("m", "n", "p"),
    "G": ("m", "p", "m"),
    "x": ("c", "n"),
    "v": ("c", "n"),
    "w": ("c", "n"),
    "l": ("c", "n"),
    "y": ("c", "m"),
    "j": ("c", "m"),
    "z": ("c", "p"),
    "r": ("r", "n"),
    "alpha": ("s",),
    "beta": ("s",),
}
POSITIVE = ("x", "v", "y", "z", "alpha")
TIMED = ("x", "v", "w", "l", "y", "j", "z", "alpha")
DEFINED = ("h", "q", "d", "o")
GENERIC = ("f", "phi")
NAMED = ("tanh", "sigmoid", "softplus", "exp", "sin", "cos", "sinh", "cosh", "tan")
KINKED = ("relu", "abs", "sign", "step")


@dataclass(frozen=True)
class Definition:
    """One equation: the name without its time step, its kind, the right-hand side."""

    name: str
    kind: Kind
    body: str


@dataclass(frozen=True)
class Drawn:
    """A program and what to differentiate by what."""

    definitions: tuple[Definition, ...]
    timed: bool
    of: str
    wrt: str

    @property
    def text(self) -> str:
        """The program in symjac's language."""
        kinds = QUANTITIES | {d.name: d.kind for d in self.definitions}
        lines = [declaration(name, kind) for name, kind in kinds.items()]
        step = "[t]" if self.timed else ""
        lines += [f"{d.name}{step} = {d.body}" for d in self.definitions]
        return "\n".join(lines)


def declaration(name: str, kind: Kind) -> str:
    sizes = {"s": "()", "c": "({})", "r": "(1, {})", "m": "({}, {})"}[kind[0]]
    mark = " symmetric" if name == "S" else ""
    return f"{name}: {sizes.format(*kind[1:])}{mark}"


def wrapped(text: Text, least: int) -> str:
    return text[0] if text[1] >= least else f"({text[0]})"


def transposed(kind: Kind) -> Kind:
    swap = {"c": "r", "r": "c"}
    return (swap.get(kind[0], kind[0]), *kind[:0:-1])


@dataclass(frozen=True)
class Expressions:
    """Draws formulas over some names.

    `leaves` are (text, kind) pairs. Without `transcendental` only generic functions
    occur, so that rational arithmetic can evaluate the formula.
    """

    draw: st.DrawFn
    leaves: tuple[tuple[str, Kind], ...]
    transcendental: bool = True

    def pick(self, *options: str) -> str:
        return self.draw(st.sampled_from(options))

    def chance(self, percent: int) -> bool:
        return self.draw(st.integers(0, 99)) < percent

    def leaf(self, kind: Kind) -> Text:
        found = [(name, ATOM) for name, k in self.leaves if k == kind]
        if kind[0] in "crm":
            turned = transposed(kind)
            found += [(f"{n}.T", ATOM) for n, k in self.leaves if k == turned]
        if kind[0] == "m" and kind[1] == kind[2]:
            found += [(f"eye({kind[1]})", ATOM)]
        if kind[0] == "c":
            found += [(f"ones({kind[1]})", ATOM)]
        if not found:
            return self.outer(kind, 0)
        return self.draw(st.sampled_from(found))

    def expression(self, kind: Kind, depth: int) -> Text:
        if depth == 0 or self.chance(12):
            return self.leaf(kind)
        options = ["sum", "sum", "scale", "product", "product", "product", "apply"]
        options += ["apply", "hadamard", "power", "literal", "number", "quotient"]
        options += ["negative", "reciprocal", "turn", "root"]
        form = self.pick(*options)
        method = getattr(self, form)
        found: Text = method(kind, depth - 1)
        return found

    def sum(self, kind: Kind, depth: int) -> Text:
        out = wrapped(self.expression(kind, depth), SUM)
        for _ in range(self.draw(st.integers(1, 2))):
            sign = self.pick("+", "-")
            out += f" {sign} {wrapped(self.expression(kind, depth), PRODUCT)}"
        return out, SUM

    def literal(self, kind: Kind, depth: int) -> Text:
        inner, number = self.expression(kind, depth), self.pick("1", "2", "1/2", "0.3")
        if self.chance(50):
            return f"{number} - {wrapped(inner, PRODUCT)}", SUM
        return f"{wrapped(inner, SUM)} {self.pick('+', '-')} {number}", SUM

    def number(self, kind: Kind, depth: int) -> Text:
        inner, number = self.expression(kind, depth), self.pick("2", "-3", "1/4")
        if self.chance(70):
            return f"{number} * {wrapped(inner, UNARY)}", PRODUCT
        below = self.pick("2", "3", "0.5")
        return f"{wrapped(inner, PRODUCT)} / {below}", PRODUCT

    def negative(self, kind: Kind, depth: int) -> Text:
        return f"-{wrapped(self.expression(kind, depth), UNARY)}", UNARY

    def scale(self, kind: Kind, depth: int) -> Text:
        scalar, inner = self.expression(("s",), depth), self.expression(kind, depth)
        left, right = (scalar, inner) if self.chance(60) else (inner, scalar)
        return f"{wrapped(left, PRODUCT)} * {wrapped(right, UNARY)}", PRODUCT

    def hadamard(self, kind: Kind, depth: int) -> Text:
        left, right = self.expression(kind, depth), self.expression(kind, depth)
        return f"{wrapped(left, PRODUCT)} * {wrapped(right, UNARY)}", PRODUCT

    def positive(self, kind: Kind, depth: int) -> Text:
        """A formula with positive entries."""
        bare = [n for n, k in self.leaves if k == kind and n.split("[")[0] in POSITIVE]
        if bare and self.chance(40):
            return self.pick(*bare), ATOM
        inner = self.expression(kind, depth)
        if self.transcendental and self.chance(50):
            return f"2 + exp({inner[0]})", SUM
        return f"1 + {wrapped(inner, ATOM)}**2", SUM

    def quotient(self, kind: Kind, depth: int) -> Text:
        below = self.positive(("s",) if self.chance(40) else kind, depth)
        above = self.expression(kind, depth)
        return f"{wrapped(above, PRODUCT)} / {wrapped(below, UNARY)}", PRODUCT

    def reciprocal(self, kind: Kind, depth: int) -> Text:
        below = self.positive(kind, depth)
        if self.chance(50):
            return f"{wrapped(below, ATOM)}**(-{self.pick('1', '2')})", POWER
        return f"{self.pick('1', '2')} / {wrapped(below, UNARY)}", PRODUCT

    def root(self, kind: Kind, depth: int) -> Text:
        inner = self.positive(kind, depth)
        if not self.transcendental:
            return f"{wrapped(inner, ATOM)}**2", POWER
        if self.chance(30):
            exponent = self.pick("(1/2)", "(3/2)", "(-1/2)")
            return f"{wrapped(inner, ATOM)}**{exponent}", POWER
        prime = self.pick("", "", "", "'")
        return f"{self.pick('log', 'sqrt')}{prime}({inner[0]})", ATOM

    def power(self, kind: Kind, depth: int) -> Text:
        inner = self.expression(kind, depth)
        return f"{wrapped(inner, ATOM)}**{self.pick('2', '3')}", POWER

    def apply(self, kind: Kind, depth: int) -> Text:
        names = GENERIC + GENERIC + ((NAMED + KINKED) if self.transcendental else ())
        name, prime = self.pick(*names), self.pick("", "", "", "", "'", "'", "''")
        return f"{name}{prime}({self.expression(kind, depth)[0]})", ATOM

    def turn(self, kind: Kind, depth: int) -> Text:
        if kind == ("s",):
            return self.product(kind, depth)
        inner = self.expression(transposed(kind), depth)
        return f"{wrapped(inner, ATOM)}.T", ATOM

    def product(self, kind: Kind, depth: int) -> Text:
        middle = self.pick(*SIZES)
        match kind:
            case ("s",):
                left, right = ("r", middle), ("c", middle)
            case ("c", d):
                left, right = ("m", d, middle), ("c", middle)
            case ("r", d):
                left, right = ("r", middle), ("m", middle, d)
            case (_, d, e):
                if d == e and self.chance(30):
                    return f"diag({self.expression(('c', d), depth)[0]})", ATOM
                if self.chance(30):
                    return self.outer(kind, depth)
                left, right = ("m", d, middle), ("m", middle, e)
        return self.joined(left, right, depth)

    def outer(self, kind: Kind, depth: int) -> Text:
        return self.joined(("c", kind[1]), ("r", kind[2]), depth)

    def joined(self, left: Kind, right: Kind, depth: int) -> Text:
        first, second = self.expression(left, depth), self.expression(right, depth)
        return f"{wrapped(first, PRODUCT)} @ {wrapped(second, UNARY)}", PRODUCT


KINDS: tuple[Kind, ...] = (
    *(("c", "n"), ("c", "n"), ("c", "m"), ("c", "p"), ("s",), ("s",)),
    *(("r", "n"), ("m", "m", "n"), ("m", "n", "n")),
)


def leaves(
    own: tuple[tuple[str, Kind], ...], all_defined: tuple[tuple[str, Kind], ...], timed: bool
) -> tuple[tuple[str, Kind], ...]:
    """What a body may use: `own` are the definitions before it."""
    if not timed:
        return (*QUANTITIES.items(), *own, *own)
    steps = [(f"{name}[t-1]", QUANTITIES[name]) for name in TIMED]
    steps += [(f"{name}[t]", QUANTITIES[name]) for name in ("y", "j")]
    steps += [(f"{name}[t]", kind) for name, kind in (*own, *own)]
    steps += [(f"{name}[t-1]", kind) for name, kind in all_defined]
    untimed = [(n, k) for n, k in QUANTITIES.items() if n not in TIMED]
    return (*untimed, *steps)


@st.composite
def programs(
    draw: st.DrawFn, depth: int = 3, transcendental: bool = True, timed: bool | None = None
) -> Drawn:
    """One to four definitions, each of which may use those before it."""
    is_timed = draw(st.booleans()) if timed is None else timed
    count = draw(st.sampled_from((1, 1, 2, 3, 4)))
    names = DEFINED[:count]
    kinds = [draw(st.sampled_from(KINDS)) for _ in names]
    pairs = tuple(zip(names, kinds, strict=True))
    found = []
    for place, (name, kind) in enumerate(pairs):
        usable = leaves(pairs[:place], pairs, is_timed)
        size = depth if count == 1 else max(1, depth - 1)
        body, _ = Expressions(draw, usable, transcendental).expression(kind, size)
        found.append(Definition(name, kind, body))
    choices = ["x", "x", "v", "y", "z", "l", "alpha", "A", "C", "beta", "w"]
    if not is_timed:
        return Drawn(tuple(found), False, names[-1], draw(st.sampled_from(choices)))
    columns = [n for n, k in pairs if k[0] != "r"]
    choices = [f"{n}[t-1]" if n in TIMED else n for n in choices]
    choices += [f"{n}[t-1]" for n in columns] * 2
    choices += [f"{n}[t-2]" for n in columns]
    return Drawn(tuple(found), True, f"{names[-1]}[t]", draw(st.sampled_from(choices)))
