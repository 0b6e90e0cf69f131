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

from symjac.errors import NotationError, ParseError
from symjac.typeset.widths import read_latex

_INSIDE = Path(__file__).parent.parent / "templates"
_BESIDE = Path(__file__).parent.parent.parent / "templates"
TEMPLATES = _INSIDE if _INSIDE.is_dir() else _BESIDE
USUAL = "en"
SHOWN = 5  # keys in a message
MAX_BYTES = 1_000_000
_SIGNS = frozenset('\\{}%#&~^_<>`"') | frozenset(map(chr, range(32)))


def languages() -> tuple[str, ...]:
    """The languages that come with symjac."""
    return tuple(sorted(path.stem for path in (TEMPLATES / "words").glob("*.toml")))


def phrases(language: str) -> Mapping[str, str]:
    """The phrases of a language, or of a file whose path ends in `.toml`.

    Raises:
        NotationError: an unknown language, a file that cannot be read, keys that are
            missing or unknown, blanks that the English phrase does not have.
    """
    if language == USUAL:
        return english()
    path = Path(language)
    if path.suffix != ".toml":
        if language not in languages():
            raise NotationError(
                f"no words of the language {language!r}",
                known=f"languages are {', '.join(languages())}",
                hint="or give the path of a .toml file; see docs/notation.md",
            )
        path = TEMPLATES / "words" / f"{language}.toml"
    try:
        return _checked(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise NotationError(f"cannot read {path}: {error.strerror}") from None


@cache
def english() -> Mapping[str, str]:
    """The phrases that all others follow."""
    return _read(TEMPLATES / "words" / f"{USUAL}.toml")


def _read(path: Path) -> Mapping[str, str]:
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


@cache
def _checked(path: Path, changed: int) -> Mapping[str, str]:
    """The phrases of a file that can stand for the English ones; read if it changed."""
    found, usual = _read(path), english()
    missing = [key for key in usual if key not in found]
    unknown = [key for key in found if key not in usual]
    strange = [
        key
        for key in found
        if key in usual and not _blanks(found[key]) <= _blanks(usual[key])
    ]
    unsafe = [
        k for k, phrase in found.items() if not _is_safe(phrase, usual.get(k, ""))
    ]
    for keys, what in (
        (missing, "has no phrase for"),
        (unknown, "has phrases that nothing asks for"),
        (strange, "has blanks that the English phrase has not, in"),
        (unsafe, "has signs that not every format can show, in"),
    ):
        if keys:
            raise NotationError(f"{path} {what}: {_some(keys)}")
    return found


def translated(sentence: str, own: Mapping[str, str]) -> str:
    """A sentence of the engine, found by its English pattern, in words of one's own."""
    for key, pattern in _patterns() if own is not english() else ():
        if own[key] != english()[key] and (found := pattern.fullmatch(sentence)):
            return own[key].format(**found.groupdict())
    return sentence


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What the engine says; sentences without blanks first."""
    found = [(k, v) for k, v in english().items() if k.startswith("engine_")]
    found.sort(key=lambda pair: "{" in pair[1])
    return tuple(
        (key, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(phrase))))
        for key, phrase in found
    )


def _is_safe(phrase: str, usual: str) -> bool:
    r"""Whether no more in a phrase than in the English one means something to TeX.

    Mathematics between dollars is what `typeset.widths` reads, and stands only where
    the English phrase has some.
    """
    text, *pairs = phrase.split("$")
    if pairs and "$" not in usual:
        return False
    try:
        for latex in pairs[::2]:
            read_latex(latex)
    except ParseError:
        return False
    text = re.sub(r"\{\w+\}", "", "".join((text, *pairs[1::2])))
    return len(pairs) % 2 == 0 and not set(text) & _SIGNS - set(usual)


def _blanks(phrase: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", re.sub(r"\$[^$]*\$", "", phrase)))


def _some(keys: list[str]) -> str:
    more = len(keys) - SHOWN
    return ", ".join(keys[:SHOWN]) + (f", and {more} more" if more > 0 else "")
