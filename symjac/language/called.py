"""Names in call position: what is refused, and what to write in its place.

A generic function acts on each entry. So a name that reads like a known function or
operation is refused, however it is spelled, and so is a word that nobody has said to be
elementwise where its argument is a matrix: most such words are matrix functions.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

from symjac.language.parse import english
from symjac.language.syntax import Call, Name, Number
from symjac.library.functions import TABLE
from symjac.library.names import AFFIXES, INSTEAD, NOT_YET
from symjac.library.operations import BY_NAME, OPERATIONS

GREEK = frozenset(english(chr(c)) for c in range(0x3B1, 0x3CA))
CONSTANTS = ("eye", "ones", "zeros")
RESERVED = frozenset({"diag", *CONSTANTS, *BY_NAME})
SHORT, CLOSE = 5, 0.88  # shorter names have too many neighbors


def _squeezed(name: str) -> str:
    """A name without case and underscores; one letter stays what it is."""
    return name if len(name) == 1 else name.lower().replace("_", "")


_OWN = {_squeezed(name): name for name in sorted(RESERVED | TABLE.keys())}
_INSTEAD = {
    **{name: f"{f.name}({{0}})" for f in TABLE.values() for name in f.elsewhere},
    **{name: f"{o.name}({{0}})" for o in OPERATIONS.values() for name in o.elsewhere},
    **{name: text for text, names in INSTEAD.items() for name in names.split()},
}
_KNOWN = {**_OWN, **dict.fromkeys(NOT_YET, ""), **_INSTEAD}
_AFFIX = re.compile(rf"(?:{'|'.join(AFFIXES)})*(\w+?)(?:{'|'.join(AFFIXES)}|\d)*")


def meant(name: str) -> str | None:
    """What a spelling means or reads like; None if it is a name of its own."""
    squeezed = _squeezed(name)
    if squeezed in _KNOWN or len(squeezed) == 1:
        return squeezed if squeezed in _KNOWN else None
    bare = _AFFIX.fullmatch(squeezed)
    if bare and len(bare[1]) > 2 and bare[1] in _KNOWN:
        return bare[1]
    close = (
        [] if len(squeezed) <= SHORT else get_close_matches(squeezed, _KNOWN, 1, CLOSE)
    )
    return close[0] if close else None


def is_refused(name: str) -> bool:
    """Whether a name in call position means something that is no generic function.

    Spelling does not matter: `Tr`, `log_det` and `ReLU` are no generic functions.
    """
    return name not in TABLE and meant(name) is not None


def is_word(name: str) -> bool:
    """Whether a name is a word: no letter, Latin or Greek, with or without a label."""
    stem = name.split("_")[0].rstrip("0123456789")
    return len(stem) > 1 and stem.lower() not in GREEK


def is_said(name: str, *, of_matrix: bool) -> bool:
    """Whether a name is a function of each entry only where that is declared."""
    return is_refused(name) or (of_matrix and name not in TABLE and is_word(name))


def instead(node: Call) -> str | None:
    """The text that says what a refused call seems to mean."""
    known = meant(node.function) or ""
    shown = ", ".join(argument.span.text for argument in node.arguments)
    if known in _OWN:
        is_spelling = bool(
            get_close_matches(_squeezed(node.function), [known], 1, CLOSE)
        )
        return f"{_OWN[known]}({shown})" if is_spelling else None
    pattern = _INSTEAD.get(known, "")
    places = set(re.findall(r"\{(\d)\}", pattern))
    if places != {str(place) for place in range(len(node.arguments))}:
        return None
    for place, argument in enumerate(node.arguments):
        hole, text = f"{{{place}}}", argument.span.text
        pattern = pattern.replace(f"({hole})", f"({text})")
        is_atom = isinstance(argument, Name | Number | Call)
        pattern = pattern.replace(hole, text if is_atom else f"({text})")
    return pattern


def declared(name: str) -> str:
    """How to say that a name is a function of each entry."""
    return f"if {name} acts on each entry, say so first: {name}: elementwise"
