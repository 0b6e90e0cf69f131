"""The words of documents, one file for each language.

`templates/words/en.toml` is the one that all others follow: a language is a file with
the same keys and, in every phrase, no other blanks than there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from symjac.errors import NotationError

_INSIDE = Path(__file__).parent.parent / "templates"
_BESIDE = Path(__file__).parent.parent.parent / "templates"
TEMPLATES = _INSIDE if _INSIDE.is_dir() else _BESIDE
ENGLISH = "en"
SHOWN = 5  # keys in a message
MAX_BYTES = 1_000_000


def languages() -> tuple[str, ...]:
    """The languages that come with symjac."""
    return tuple(sorted(path.stem for path in (TEMPLATES / "words").glob("*.toml")))


def phrases(language: str) -> Mapping[str, str]:
    """The phrases of a language, or of a file whose path ends in `.toml`.

    Raises:
        NotationError: an unknown language, a file that cannot be read, keys that are
            missing or unknown, blanks that the English phrase does not have.
    """
    if language.endswith(".toml"):
        path = Path(language)
        try:
            return _checked(str(path), _read(path, path.stat().st_mtime_ns))
        except OSError as error:
            raise NotationError(f"cannot read {path}: {error.strerror}") from None
    if language not in languages():
        raise NotationError(
            f"no words of the language {language!r}",
            known=f"languages are {', '.join(languages())}",
            hint="or give the path of a .toml file; see docs/notation.md",
        )
    own = _own(language)
    return own if language == ENGLISH else _checked(language, own)


@cache
def _own(language: str) -> Mapping[str, str]:
    return _read(TEMPLATES / "words" / f"{language}.toml", 0)


@cache
def _read(path: Path, changed: int) -> Mapping[str, str]:
    """The phrases of a file, again if it has changed since."""
    if path.stat().st_size > MAX_BYTES:
        raise NotationError(f"{path} has more than {MAX_BYTES} bytes")
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NotationError(f"{path} is not TOML: {error}") from None
    wrong = [key for key, phrase in found.items() if not isinstance(phrase, str)]
    if wrong:
        raise NotationError(f"{path}: not a phrase: {_some(wrong)}")
    return MappingProxyType({k: " ".join(v.split()) for k, v in found.items()})


def _checked(name: str, found: Mapping[str, str]) -> Mapping[str, str]:
    """The same phrases, if they can stand for the English ones."""
    english = _own(ENGLISH)
    missing = [key for key in english if key not in found]
    unknown = [key for key in found if key not in english]
    strange = [
        key
        for key in found
        if key in english and not _blanks(found[key]) <= _blanks(english[key])
    ]
    unclosed = [key for key in found if found[key].count("$") % 2]
    for keys, what in (
        (missing, "has no phrase for"),
        (unknown, "has phrases that nothing asks for"),
        (strange, "has blanks that the English phrase has not, in"),
        (unclosed, "has mathematics that does not end, in"),
    ):
        if keys:
            raise NotationError(f"{name} {what}: {_some(keys)}")
    return found


def _blanks(phrase: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", phrase))


def _some(keys: list[str]) -> str:
    more = len(keys) - SHOWN
    return ", ".join(keys[:SHOWN]) + (f", and {more} more" if more > 0 else "")
