"""Properties that a declaration may state, such as `S: (n, n) symmetric`."""

from __future__ import annotations

from symjac.errors import ParseError, ShapeError, Span, UnsupportedError
from symjac.expr.properties import COMMUTES
from symjac.expr.shape import Kind

_SQUARE = (
    "symmetric skew diagonal orthogonal positive_definite invertible projection"
    " identity scalar"
).split()
_MATRIX = ["orthonormal_columns", "zero", "binary", "positive"]
_VECTOR = ["unit", "one_hot", "probability", "zero", "binary", "positive"]
_SYNONYMS = {
    "positive definite": "positive_definite",
    "spd": "positive_definite",
    "orthonormal columns": "orthonormal_columns",
    "unit vector": "unit",
    "onehot": "one_hot",
    "one hot": "one_hot",
    "probability vector": "probability",
    "simplex": "probability",
    "antisymmetric": "skew",
    "nonsingular": "invertible",
}
KNOWN = tuple(dict.fromkeys((*_SQUARE, *_MATRIX, *_VECTOR)))


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
        length = 2 if " ".join(rest[:2]) in _SYNONYMS else 1
        spelled = " ".join(rest[:length])
        found.add(_property(name, spelled, kind, dims, at))
        rest = rest[length:]
    return tuple(sorted(found))


def _property(
    name: str, word: str, kind: Kind, dims: tuple[str | int, ...], at: Span
) -> str:
    known = _SYNONYMS.get(word, word)
    if known not in KNOWN:
        message = f"property {word!r} of {name} is not supported"
        raise UnsupportedError(message, at, hint=f"known: {', '.join(KNOWN)}")
    if known in _SQUARE:
        _require_square(name, word, kind, dims, at)
    allowed = _MATRIX if kind is Kind.MATRIX else _VECTOR
    if kind is Kind.SCALAR and known not in ("positive", "zero"):
        raise ShapeError(f"{name} is declared {word} but is a number", at)
    if known not in _SQUARE and kind is not Kind.SCALAR and known not in allowed:
        raise ShapeError(f"{name} is declared {word} but is a {kind.value}", at)
    return known


def _require_square(
    name: str, word: str, kind: Kind, dims: tuple[str | int, ...], at: Span
) -> None:
    if kind is not Kind.MATRIX or dims[0] != dims[1]:
        raise ShapeError(f"{name} is declared {word} but not square", at)
