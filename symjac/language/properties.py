"""Properties that a declaration may state, such as `S: (n, n) symmetric`."""

from __future__ import annotations

from symjac.errors import ParseError, ShapeError, Span, UnsupportedError
from symjac.library.properties import COMMUTES, PROPERTIES, SCALAR, SYNONYMS
from symjac.library.row import MATRIX, SQUARE, VECTOR
from symjac.terms.shape import Kind

_OF = {Kind.MATRIX: MATRIX, Kind.SCALAR: SCALAR}


def read_properties(
    name: str,
    kind: Kind,
    dims: tuple[str | int, ...],
    words: tuple[str, ...],
    at: Span,
) -> tuple[str, ...]:
    """The properties in a declaration's words, sorted, each by its own name.

    Raises:
        UnsupportedError: a word that names no property.
        ShapeError: a property of square matrices on something else.
    """
    found: set[str] = set()
    rest = list(words)
    while rest:
        if " ".join((*rest[:2], "")) == COMMUTES:
            if len(rest) < 3:
                raise ParseError("commutes with what? name a matrix", at)
            found.add(COMMUTES + rest[2])
            rest = rest[3:]
            _require_square(name, "commuting", kind, dims, at)
            continue
        length = 2 if " ".join(rest[:2]) in SYNONYMS else 1
        spelled = " ".join(rest[:length])
        found.add(_property(name, spelled, kind, dims, at))
        rest = rest[length:]
    return tuple(sorted(found))


def _property(
    name: str, word: str, kind: Kind, dims: tuple[str | int, ...], at: Span
) -> str:
    known = SYNONYMS.get(word, word)
    if known not in PROPERTIES:
        message = f"property {word!r} of {name} is not supported"
        raise UnsupportedError(message, at, hint=f"known: {', '.join(PROPERTIES)}")
    takes = PROPERTIES[known].takes
    if takes == (SQUARE,):
        _require_square(name, word, kind, dims, at)
    elif _OF.get(kind, VECTOR) not in takes:
        what = "number" if kind is Kind.SCALAR else kind.value
        raise ShapeError(f"{name} is declared {word} but is a {what}", at)
    return known


def _require_square(
    name: str, word: str, kind: Kind, dims: tuple[str | int, ...], at: Span
) -> None:
    if kind is not Kind.MATRIX or dims[0] != dims[1]:
        raise ShapeError(f"{name} is declared {word} but not square", at)
