r"""Words and commands: the tables of functions and operations, read backwards."""

from __future__ import annotations

import re

from symjac.library.functions import TABLE
from symjac.library.operations import BY_NAME, OPERATIONS
from symjac.library.row import NONE
from symjac.typeset.latex import GREEK_LETTERS

BRACKETS = {
    "(": ")",
    "[": "]",
    "{": "}",
    r"\{": r"\}",
    r"\lbrace": r"\rbrace",
    r"\lparen": r"\rparen",
    r"\langle": r"\rangle",
}
FRACTIONS = frozenset({r"\frac", r"\dfrac", r"\tfrac"})
BOLD = frozenset(r"\mathbf \boldsymbol \bm \pmb \bold \bf \mathbfit".split())
UPRIGHT = frozenset(
    r"\mathrm \text \textrm \mathsf \mathtt \operatorname \operatorname* \mathop"
    r" \textnormal \mbox \textbf \textit \mathit \rm".split()
)
TEXT = frozenset(r"\text \mbox \textrm \textnormal \textbf \textit".split())
SCRIPT = frozenset({r"\mathcal", r"\mathscr", r"\mathfrak"})
ACCENTS = {
    **{rf"\{name}": name for name in ("hat", "tilde", "bar", "check", "breve")},
    r"\widehat": "hat",
    r"\widetilde": "tilde",
    r"\overline": "bar",
}
GREEK = {
    **{rf"\{name}": name for name in GREEK_LETTERS},
    **{
        rf"\var{name}": name
        for name in ("epsilon", "theta", "kappa", "rho", "sigma", "phi", "pi")
    },
    r"\ell": "ell",
}
STYLES = BOLD | UPRIGHT | SCRIPT | frozenset(ACCENTS)
INVERSE = "inv"
BY_HAND = {
    r"\ln": "log",
    r"\tr": "tr",
    r"\Tr": "tr",
    r"\trace": "tr",
    r"\diag": "diag",
    r"\Diag": "diag",
    r"\vect": "vec",
    r"\softmax": "softmax",
    r"\sigmoid": "sigmoid",
    r"\relu": "relu",
    r"\ReLU": "relu",
}
_SPELLED = re.compile(r"(\\[A-Za-z]+)(?:\(\{0\}\))?\Z")


def _commands() -> dict[str, str]:
    r"""`\tanh`, `\det` and their like, from the tables' own LaTeX."""
    rows = [(row.name, row.latex) for row in TABLE.values()]
    rows += [(row.name, row.latex) for row in OPERATIONS.values()]
    found = ((name, _SPELLED.match(latex)) for name, latex in rows)
    return {m.group(1): name for name, m in found if m} | BY_HAND


COMMANDS = _commands()
WORDS = (
    {
        name.lower().replace("_", ""): name
        for name in (*TABLE, *OPERATIONS, "diag", "sech")
    }
    | {word: rows[0].name for word, rows in BY_NAME.items() if len(rows) == 1}
    | {"ln": "log", "sgn": "sign"}
)
# symjac's own constructors are no words of mathematics
for _row in OPERATIONS.values():
    if _row.is_stack or _row.takes == NONE:
        WORDS.pop(_row.name)
OTHERS = frozenset({"Var", "Std"})  # of a random variable, not of given entries
GENERIC = frozenset({"f", "g", "sigma", "phi", "psi"})


def known_word(word: str) -> str | None:
    """The table's name of a function or operation, however it is capitalized."""
    return None if word in OTHERS else WORDS.get(word.lower().replace("_", ""))
