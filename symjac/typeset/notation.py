r"""How mathematics is written: the choices of a lecturer, and the one now in force.

A `Notation` is an argument of everything that renders a document. In between stand
about a hundred calls of printers (`expr.latex`, `render.document.words`), each one a
leaf of an expression; they read it from a context variable instead, which `written`
binds for the time of one rendering, as `rules.budget` does it for steps. Nothing but
what is printed depends on it: no rule, no verdict and no text reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from types import MappingProxyType

from symjac.errors import NotationError

CHOICES = {
    "time": ("superscript", "subscript", "plain"),
    "transpose": ("top", "T", "prime"),
    "hadamard": ("odot", "circ"),
    "fractions": ("displayed", "inline"),
}
LETTERS = tuple("jkpqlrsvwgh")  # the engine's own, where no document gives others


@dataclass(frozen=True, slots=True)
class Notation:
    r"""One way to write mathematics; the default is that of symjac's own documents.

    Args:
        bold: whole vectors and matrices in bold type.
        time: a step as in `x^{(t-1)}`, `x_{t-1}` or `x(t-1)`.
        transpose: `A^{\top}`, `A^{T}` or `A'`.
        hadamard: the elementwise product as `\odot` or `\circ`.
        fractions: derivatives displayed, or inline as `\partial y / \partial x`.
        indices: letters for the component indices, first those of the
            result, then those of the variable, then those that are summed over
        language: of the words: a file of `templates/words`, or the path of a `.toml`.

    Raises:
        NotationError: a value that is not among those that are known.

    Example:
        >>> with written(Notation(indices=("i", "j")), own=("j", "k")):
        ...     index_name("j"), index_name("k"), index_name("i"), index_name("l")
        ('i', 'j', 'k', 'l')
    """

    bold: bool = True
    time: str = "superscript"
    transpose: str = "top"
    hadamard: str = "odot"
    fractions: str = "displayed"
    indices: tuple[str, ...] = ()
    language: str = "en"

    def __post_init__(self) -> None:
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise NotationError(
                    f"{name} is {getattr(self, name)!r}",
                    known=f"{name} is one of {', '.join(known)}",
                )
        if not isinstance(self.bold, bool):
            raise NotationError(f"bold is {self.bold!r}", known="bold is True or False")
        if not isinstance(self.language, str):
            raise NotationError(f"language is {self.language!r}", known="it is a name")
        object.__setattr__(self, "indices", _letters(self.indices))


def _letters(given: Iterable[str]) -> tuple[str, ...]:
    """Index letters, if they can be told apart.

    Raises:
        NotationError: not small letters, one twice, or more than there are.
    """
    known = f"up to {len(LETTERS)} different letters from a to z"
    letters = tuple(given)
    for letter in letters:
        is_letter = isinstance(letter, str) and letter.isascii() and letter.islower()
        if not is_letter or len(letter) != 1:
            raise NotationError(f"{letter!r} is no name of an index", known=known)
    if len({*letters}) < len(letters) or len(letters) > len(LETTERS):
        raise NotationError(f"indices are {','.join(letters)}", known=known)
    return letters


@dataclass(frozen=True, slots=True)
class _Writing:
    """The notation in force, and the letters that it prints for the engine's own."""

    notation: Notation
    letters: Mapping[str, str]


USUAL = Notation()
_DEFAULT = _Writing(USUAL, MappingProxyType({}))
_WRITING: ContextVar[_Writing] = ContextVar("writing", default=_DEFAULT)


def notation() -> Notation:
    """The notation in force."""
    return _WRITING.get().notation


def index_name(name: str) -> str:
    """What is printed for one of the engine's indices; `l_1` keeps its number."""
    stem, *number = name.split("_")
    return "_".join((_WRITING.get().letters.get(stem, stem), *number))


@contextmanager
def written(
    chosen: Notation | None = None,
    *,
    own: Iterable[str] = (),
    taken: Iterable[str] = (),
) -> Iterator[None]:
    """Print in a notation.

    Args:
        chosen: the notation; None for the one in force.
        own: the engine's letters in the order in which the chosen ones replace them.
        taken: what an index may not be called.

    Raises:
        NotationError: an index would have the name of something else.
    """
    now = notation() if chosen is None else chosen
    token = _WRITING.set(_Writing(now, _permutation(now.indices, own, {*taken})))
    try:
        yield
    finally:
        _WRITING.reset(token)


def _permutation(
    indices: tuple[str, ...], own: Iterable[str], taken: set[str]
) -> dict[str, str]:
    """One to one: a letter that is chosen for another gets one that became free."""
    for letter in indices:
        if letter in taken:
            raise NotationError(
                f"the index {letter} would look like another {letter} of the document",
                hint="choose other letters for the indices",
            )
    stems = (name.partition("_")[0] for name in own)
    mine = dict.fromkeys((*stems, *(c for c in LETTERS if c not in taken)))
    chosen = dict(zip(mine, indices, strict=False))
    moved = [letter for letter in indices if letter not in chosen]
    freed = [letter for letter in chosen if letter not in indices]
    return chosen | dict(zip(moved, freed, strict=True))


def options(chosen: Notation) -> list[str]:
    """The options of the command line that ask for a notation; none by default."""
    found = []
    for one in fields(Notation):
        value = getattr(chosen, one.name)
        if value == getattr(USUAL, one.name):
            continue
        if one.name == "bold":
            found.append("--plain")
        elif one.name == "time":
            found += ["--time-style", value]
        else:
            shown = ",".join(value) if isinstance(value, tuple) else value
            found += [f"--{one.name}", shown]
    return found
