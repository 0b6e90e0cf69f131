"""Random programs over the whole language, mutated formulas, rewritten formulas.

A template's first word says what it gives: s a number, letters the dimensions, equal
letters equal ones. In it {ab} is some formula of that shape, {ab#1} one that may stand
twice, <a> a dimension, and {P}, {S} a positive definite or symmetric matrix.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from tests.campaign.numbers import FUNCTIONS
from tests.campaign.reading import Tree, below, put

SIZES = ({"n": 3, "m": 2, "p": 4, "3": 3}, {"n": 2, "m": 3, "p": 5, "3": 3})
SAFE = {  # arguments within the domain
    "log": "1/2 + ({0})**2",
    "sqrt": "1/2 + ({0})**2",
    "gammaln": "1/2 + ({0})**2",
    "digamma": "1/2 + ({0})**2",
    "log1mexp": "1/2 + ({0})**2",
    "log1p": "({0})**2",
    "logit": "sigmoid({0})",
    "arcsin": "tanh({0}) / 2",
    "arctanh": "tanh({0}) / 2",
}
GENERIC = ("sigma", "phi", "g", "sigma'", "tanh'")
TEMPLATES = tuple(
    line.split(maxsplit=1)
    for line in """
s {a}.T @ {a}
s {a}.T @ {ab} @ {b}
s sum({ab})
s mean({ab})
s mean({a})
s tr({aa})
s {s} * {s}
s {s} - {s}
s {s} + {s}
s norm2({a})
s norm2({a})**2
s normF({ab})
s norm1({a})
s logsumexp({a})
s max({a})
s min({a})
s prod({a})
s var({a})
s std({a})
s dot({a}, {a})
s cross_entropy({a}, softmax({a}))
s det({aa})
s logdet({aa})
s dim(<a>) * {s}
s pi * {s}
s lambda_max({aa#1} + {aa#1}.T)
s spectral_norm({ab})
s nuclear_norm({ab})
s clip({s}, -1/3, 1/2)
s vec({ab}).T @ kron({b}, {a})
s tr(logm({P}) @ {nn})
s -({s})
a {ab} @ {b}
a {ab} @ {b}
a {ba}.T @ {b}
a {a} * {a}
a {a} + {a}
a {a} - {a}
a 1 - {a}
a {s} * {a}
a {a} / (2 + exp({a}))
a {a}**2
a {a}**3
a (1 + {a}**2)**(-1/2)
a softmax({a})
a log_softmax({a})
a hardmax({a}) * {a}
a diagonal({aa})
a row_sum({ab})
a col_sum({ba})
a row_mean({ab})
a col_mean({ba})
a row_logsumexp({ab})
a col_logsumexp({ba})
a row_max({ab})
a col_max({ba})
a cumsum({a})
a clip({a}, -1/2, 2/3)
a -({a})
a cross({a}, {a})
a skew({a}) @ {a}
ab {ac} @ {cb}
ab {ab} + {ab}
ab {ab} - {ab}
ab {ba}.T
ab {ab} * {ab}
ab {s} * {ab}
ab {a} @ {b}.T
ab outer({a}, {b})
ab diag({a}) @ {ab}
ab row_softmax({ab})
ab col_softmax({ab})
ab row_hardmax({ab}) * {ab}
ab tril({ab})
ab triu({ab})
ab pinv({ba})
ab polar({ab})
ab clip({ab}, -1/2, 2/3)
ab [{a}, {ab}] @ [{b}.T; eye(<b>)]
aa inv({aa})
aa matpow({aa}, 2)
aa matpow({aa}, -1)
aa expm({aa})
aa sym({aa})
aa diag({a})
aa eye(<a>) - {a} @ {a}.T
aa sqrtm({P}) @ {aa}
aa eigenprojection({S}) @ {aa}
""".strip().splitlines()
)
LEAVES = {
    (): ("alpha", "beta"),
    ("n",): ("a", "b"),
    ("m",): ("c", "d"),
    ("p",): ("w",),
    ("3",): ("l_1", "l_2"),
    ("n", "n"): ("A", "S", "K"),
    ("n", "m"): ("B",),
    ("m", "n"): ("C",),
    ("m", "m"): ("D",),
    ("p", "n"): ("F",),
    ("n", "p"): ("R",),
}
SHAPES = {name: shape for shape, names in LEAVES.items() for name in names}
WORDS = {
    "A": (
        *("symmetric skew diagonal orthogonal positive_definite invertible").split(),
        *("projection positive binary scalar identity zero").split(),
    ),
    "D": ("diagonal", "orthogonal", "symmetric", "positive_definite", "skew"),
    "a": ("unit", "positive", "probability", "one_hot", "binary"),
    "b": ("positive", "zero"),
    "alpha": ("positive",),
    "R": ("positive", "binary", "zero"),
    "F": ("orthonormal_columns", "positive"),
}
ALWAYS = {"S": "symmetric", "K": "positive_definite"}


@dataclass(frozen=True)
class Drawn:
    """A program: declarations and equations, and what to differentiate."""

    declared: tuple[str, ...]
    equations: tuple[str, ...]
    shapes: dict[str, tuple[str, ...]]
    words: dict[str, str]
    of: str
    wrt: str
    letter: str = "t"
    step: int | None = None

    @property
    def text(self) -> str:
        return "\n".join((*self.declared, *self.equations))


class Drawer:
    """Draws formulas of given shapes."""

    def __init__(self, chance: random.Random, *, spectral: bool) -> None:
        self.chance = chance
        self.names = {shape: list(names) for shape, names in LEAVES.items()}
        words = "logm sqrtm lambda_max eigenproj spectral_ nuclear polar(".split()
        self.templates = [
            (gives, text)
            for gives, text in TEMPLATES
            if spectral or not any(word in text for word in words)
        ]

    def formula(self, shape: tuple[str, ...], depth: int) -> str:
        known = self.names.get(shape, [])
        if known and (depth <= 0 or self.chance.random() < 0.15):
            return self.chance.choice(known)
        if depth <= 0:
            constant = f"({self.chance.choice(('2', '1/2', '1'))} - ones({{}}))"
            return constant.format(", ".join(shape)) if shape else "2/3"
        if self.chance.random() < 0.25:
            name = self.chance.choice((*sorted(FUNCTIONS), *GENERIC, *GENERIC))
            if name == "erf_slope":
                name = "erf"
            inner = self.formula(shape, depth - 1)
            return f"{name}({SAFE.get(name, '{0}').format(inner)})"
        fitting = [(g, t) for g, t in self.templates if _fits(g, shape, t)]
        return self.filled(*self.chance.choice(fitting), shape, depth - 1)

    def filled(self, gives: str, text: str, shape: tuple[str, ...], depth: int) -> str:
        """A template with formulas in its places."""
        dims = dict(zip(gives, shape, strict=False)) if gives != "s" else {}
        dims |= {x: self.chance.choice("nmpnmpnmp3") for x in "abc" if x not in dims}
        dims["n"] = "n"
        again: dict[str, str] = {}

        def part(match: re.Match[str]) -> str:
            letters, _, tag = match[1].partition("#")
            if letters in ("P", "S"):
                return {"P": "K", "S": "S"}[letters]
            if tag and tag in again:
                return again[tag]
            own = () if letters == "s" else tuple(dims[x] for x in letters)
            found = self.formula(own, depth)
            is_plain = re.fullmatch(r"[\w'.]+(\[[^]]*\])?|\w+'*\([^()]*\)", found)
            found = found if is_plain else f"({found})"
            again[tag] = found
            return found

        named = re.sub(r"<(\w)>", lambda m: dims[m[1]], text)
        return re.sub(r"\{([^}]*)\}", part, named)


def _fits(gives: str, shape: tuple[str, ...], text: str) -> bool:
    if gives == "s":
        return not shape
    if len(gives) != len(shape) or (gives == "aa" and shape[0] != shape[1]):
        return False
    if "{P}" in text or "{S}" in text:
        return shape[0] == "n"
    if "cross(" in text or "skew(" in text:
        return shape[0] == "3"
    return True


def at(letter: str, step: int) -> str:
    return f"[{letter}{step:+d}]" if step else f"[{letter}]"


def program(seed: int) -> Drawn:
    """One to four equations, with or without time."""
    chance = random.Random(seed)
    drawer = Drawer(chance, spectral=chance.random() < 0.2)
    words = dict(ALWAYS)
    for name in WORDS:
        if chance.random() < 0.2:
            words[name] = chance.choice(WORDS[name])
    drawn = _timed if chance.random() < 0.4 else _plain
    return drawn(chance, drawer, words)


def _plain(chance: random.Random, drawer: Drawer, words: dict[str, str]) -> Drawn:
    shapes, equations = dict(SHAPES), []
    for name in ("f", "q", "r")[: chance.randrange(3)]:
        shape = chance.choice([("n",), ("m",), (), ("p",), ("3",)])
        equations.append(f"{name} = {drawer.formula(shape, 2)}")
        shapes[name] = shape
        drawer.names.setdefault(shape, []).extend([name] * 3)
    shape = chance.choice([(), (), ("n",), ("m",), ("p",), ("m", "n"), ("3",)])
    of = "y" if len(shape) < 2 else "Y"
    equations.append(f"{of} = {drawer.formula(shape, 3)}")
    return _finished(chance, shapes | {of: shape}, equations, words, of, None)


def _timed(chance: random.Random, drawer: Drawer, words: dict[str, str]) -> Drawn:
    letter, step = chance.choice("ts"), chance.choice([0, 0, 1, -1])
    shapes, equations = dict(SHAPES), []
    inputs = {"u": ("n",), "v": ("m",), "gamma": ()}
    states = {"h": ("n",), "z": ("m",)} if chance.random() < 0.5 else {"h": ("n",)}
    for name, shape in (inputs | states).items():
        shapes[name] = shape
        now = step if name in inputs else step - 1
        drawer.names[shape].append(name + at(letter, now))
    if chance.random() < 0.5:
        shape = chance.choice([("n",), ("m",), ()])
        shapes["f"] = shape
        equations.append(f"f{at(letter, step)} = {drawer.formula(shape, 2)}")
        drawer.names[shape].extend([f"f{at(letter, step)}"] * 3)
    for name, shape in states.items():
        body = drawer.formula(shape, 3)
        equations.append(f"{name}{at(letter, step)} = {body}")
        drawer.names[shape].append(name + at(letter, step))
    of = chance.choice(list(states)) + at(letter, step + chance.choice([0, 0, 1]))
    return _finished(chance, shapes, equations, words, of, (letter, step))


def _finished(
    chance: random.Random,
    shapes: dict[str, tuple[str, ...]],
    equations: list[str],
    words: dict[str, str],
    of: str,
    time: tuple[str, int] | None,
) -> Drawn:
    used = set(re.findall(r"[A-Za-z_]\w*", " ".join(equations)))
    own = {line.split("[")[0].split(" ")[0] for line in equations}
    declared = tuple(
        f"{name}: ({', '.join(shape)}) {words.get(name, '').replace('_', ' ')}".strip()
        for name, shape in shapes.items()
        if name in used
    )
    free = [n for n in used & shapes.keys() - own if n not in ("u", "v", "gamma")]
    choices = sorted(free)
    letter, step = time or ("t", 0)
    if time:
        choices += [n + at(letter, step) for n in ("u", "v", "gamma") if n in used]
        choices += [n + at(letter, step - 1) for n in ("h", "z") if n in own] * 3
    else:
        choices += sorted(own - {of})
    wrt = chance.choice(choices or ["alpha"])
    known = {name: word for name, word in words.items() if name in used}
    return Drawn(
        declared,
        tuple(equations),
        shapes,
        known,
        of,
        wrt,
        letter,
        None if time is None else step,
    )


MUTATIONS: tuple[tuple[str, str], ...] = (
    (r"\.T", ""),
    (r"\b[A-Z](?:\[[^\]]*\])?(?!\.T|\w|\[)", r"\g<0>.T"),
    (r"(?<= )\+(?= )", "-"),
    (r"(?<= )-(?= )", "+"),
    (r"(?<=\w)'(?=\()", ""),
    (r"(?<![\w.'])(sigma|phi|g|tanh)(?=\()", r"\g<0>'"),
    (r"(?<![\w.])2(?![\w.])", "3"),
    (r"\ba\b", "b"),
    (r"\bc\b", "d"),
    (r"\balpha\b", "beta"),
    (r"\bA\b", "S"),
    (r"\bsigma\b", "phi"),
    (r"\btril\b", "triu"),
    (r"\bmax\b", "min"),
    (r"\bsoftmax\b", "log_softmax"),
    (r"\brelu\b", "abs"),
    (r"\bstep\b", "sign"),
    (r"\[([a-z])\]", r"[\g<1>-1]"),
    (r"\[([a-z])-1\]", r"[\g<1>]"),
    (r"^.*$", r"-(\g<0>)"),
    (r"^.*$", r"2 * (\g<0>)"),
)


def mutated(formula: str, chance: random.Random) -> str:
    """One change, which may or may not change what the formula says."""
    places = [
        (match, new) for old, new in MUTATIONS for match in re.finditer(old, formula)
    ]
    match, new = chance.choice(places)
    return formula[: match.start()] + match.expand(new) + formula[match.end() :]


ONE: Tree = ("number", "1")


def _call(name: str, *args: Tree) -> Tree:
    return ("call", name, args)


def _rewrites(tree: Tree) -> list[Tree]:  # noqa: C901 - a table
    """What may be equal to a tree: the oracle decides."""
    found: list[Tree] = [("neg", ("neg", tree))]
    match tree:
        case ("T", (("+" | "-" | "*") as sign, x, y)):
            found += [(sign, ("T", x), ("T", y)), tree[1]]
        case ("T", ("@", x, y)):
            found += [("@", ("T", y), ("T", x))]
        case ("T", ("call", "inv" | "pinv" | "expm" as name, (x,))):
            found += [_call(name, ("T", x))]
        case ("@", x, (("+" | "-") as sign, y, z)):
            found += [(sign, ("@", x, y), ("@", x, z)), ("@", tree[2], x)]
        case ("@", (("+" | "-") as sign, x, y), z):
            found += [(sign, ("@", x, z), ("@", y, z))]
        case ("@", x, y):
            found += [("T", ("@", ("T", y), ("T", x))), ("@", y, x), ("*", x, y)]
        case ("*", x, y):
            found += [("*", y, x), ("@", _call("diag", x), y)]
        case ("+", x, y):
            found += [("+", y, x), ("-", x, ("neg", y))]
        case ("-", x, y):
            found += [("neg", ("-", y, x)), ("+", x, y)]
        case ("**", x, y):
            found += [("*", x, x), ("**", ("neg", x), y), ("*", x, ("*", x, x))]
        case ("number", _):
            found += [("/", ("*", ("number", "2"), tree), ("number", "2"))]
        case ("call", name, (x,)):
            found += _of_call(name, x)
        case ("name", str(name), None) if len(SHAPES.get(name, ())) == 2:
            found += [("T", tree), _call("diag", _call("diagonal", tree))]
        case ("name", str(name), None) if name in SHAPES:
            found += [("*", tree, tree), _call("abs", tree)]
    return found


def _of_call(name: str, x: Tree) -> list[Tree]:
    two: Tree = ("number", "2")
    neg: Tree = ("neg", x)
    own = _call(name, x)
    exp, step = _call("exp", x), _call("step", x)
    table: dict[str, list[Tree]] = {
        "tr": [_call("tr", ("T", x)), _call("sum", _call("diagonal", x))],
        "sum": [_call("sum", ("T", x)), _call("sum", _call("row_sum", x))],
        "inv": [("T", x), _call("matpow", x, ("neg", ONE)), _call("pinv", x)],
        "pinv": [("@", _call("inv", ("@", ("T", x), x)), ("T", x)), ("T", x)],
        "sigmoid": [
            ("-", ONE, _call(name, neg)),
            ("/", exp, ("+", ONE, exp)),
            ("/", ("+", ONE, _call("tanh", ("/", x, two))), two),
        ],
        "relu": [
            ("*", x, step),
            ("/", ("+", x, _call("abs", x)), two),
            _call(name, own),
        ],
        "abs": [
            ("-", ("*", two, _call("relu", x)), x),
            x,
            _call("sqrt", ("**", x, two)),
        ],
        "softplus": [("+", x, _call(name, neg)), _call("log", ("+", ONE, exp))],
        "silu": [
            ("*", x, _call("sigmoid", x)),
            ("/", x, ("+", ONE, _call("exp", neg))),
        ],
        "mish": [("*", x, _call("tanh", _call("softplus", x)))],
        "elu": [
            (
                "-",
                ("+", _call("relu", x), _call("exp", ("neg", _call("relu", neg)))),
                ONE,
            )
        ],
        "log_sigmoid": [
            ("neg", _call("softplus", neg)),
            _call("log", _call("sigmoid", x)),
        ],
        "logit": [("-", _call("log", x), _call("log", ("-", ONE, x)))],
        "tanh": [("-", ("*", two, _call("sigmoid", ("*", two, x))), ONE)],
        "softmax": [
            ("/", exp, _call("sum", exp)),
            _call("exp", _call("log_softmax", x)),
        ],
        "logsumexp": [_call("log", _call("sum", exp))],
        "norm2": [_call("sqrt", ("@", ("T", x), x))],
        "normF": [_call("sqrt", _call("tr", ("@", ("T", x), x)))],
        "max": [("@", ("T", _call("hardmax", x)), x), ("neg", _call("min", neg))],
        "diagonal": [_call("diagonal", ("T", x))],
        "tril": [("T", _call("triu", ("T", x))), ("-", x, _call("triu", x))],
        "expm": [_call("inv", _call("expm", neg)), _call("exp", x)],
        "sym": [("/", ("+", x, ("T", x)), two)],
        "det": [_call("det", ("T", x)), ("/", ONE, _call("det", _call("inv", x)))],
        "logdet": [_call("logdet", neg), ("neg", _call("logdet", _call("inv", x)))],
        "huber": [_call(name, neg)],
        "cumsum": [("neg", _call(name, neg))],
        "log1p": [_call("log", ("+", ONE, x))],
        "expm1": [("-", exp, ONE)],
    }
    odd = [("neg", _call(name, neg)), _call(name, neg)]
    return [*table.get(name, []), *odd]


def rewritten(tree: Tree, chance: random.Random) -> Tree:
    """A formula with one part replaced."""
    path, part = chance.choice(list(below(tree)))
    return put(tree, path, chance.choice(_rewrites(part)))
