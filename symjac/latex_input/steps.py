r"""Which letters are time: decided by what stands in the whole text, never by one name.

A letter is a time step if the caller says so, if the program's time has that letter, if
it stands somewhere with a number added or taken away (`x_{i-1}`), or if it is `t`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from symjac.errors import ParseError, Span
from symjac.latex_input import tree

INDEX = frozenset("ijklmnpq")
HINT = "say time=('{0}',), or --time {0}, if it is a step; a label is \\mathrm{{{0}}}"


@dataclass(frozen=True, slots=True)
class Steps:
    """The letters of time, those that stand as bare superscripts, and a new name.

    `names` are the names (without scripts) that stand with a step somewhere.
    """

    letters: frozenset[str]
    raised: frozenset[str]
    renamed: dict[str, str]
    names: frozenset[tuple[str, ...]]
    explicit: frozenset[str]

    def text(self, script: tree.Script) -> str:
        """A step in symjac's language."""
        letter = self.renamed.get(script.text, script.text)
        return f"[{letter}{script.offset:+d}]" if script.offset else f"[{letter}]"


def _scripts(nodes: Iterable[tree.Node]) -> list[tuple[tree.Name, tree.Script, bool]]:
    """Every step-like script with its name, and whether it stands above."""
    names = [n for node in nodes for n in tree.walk(node) if isinstance(n, tree.Name)]
    return [
        (name, script, above)
        for name in names
        for above, scripts in ((False, name.below), (True, name.above))
        for script in scripts
        if script.mark is tree.Mark.STEP
    ]


def stem(name: tree.Name) -> tuple[str, ...]:
    """A name without what stands below and above it."""
    labels = (s.text for s in (*name.below, *name.above) if s.mark is tree.Mark.LABEL)
    return (name.base, *name.accents, *labels)


def find_steps(
    nodes: Iterable[tree.Node],
    explicit: Iterable[str],
    bases: frozenset[str],
    is_closed: bool,
) -> Steps:
    """The time letters of a text.

    Args:
        nodes: all that is written.
        explicit: letters that the caller says are time.
        bases: the letters of the program that the text belongs to, or of a text beside.
        is_closed: whether there is such a program.

    Raises:
        ParseError: two letters are time, and the caller does not say so.
    """
    nodes = tuple(nodes)
    found = _scripts(nodes)
    dummies = _dummies(nodes)
    said = frozenset(explicit)
    moved = {s.text: s.span for _, s, _ in found if s.offset}
    seen = {s.text: s.span for _, s, _ in found}
    letters = {
        letter
        for letter in seen
        if letter in said or letter in bases or letter in moved or letter == "t"
    } - dummies
    renamed: dict[str, str] = {}
    if is_closed:
        renamed = _renamed({n: seen[n] for n in sorted(letters)}, bases)
    elif len((letters | bases) - said) > (0 if letters & said else 1) and letters:
        extra = sorted(letters - said - bases)[-1]
        names = ", ".join(sorted(letters | bases))
        raise ParseError(
            f"more than one letter looks like time: {names}",
            seen[extra],
            hint=HINT.format(extra),
        )
    above = {s.text for _, s, up in found if up and not s.around and s.offset}
    above -= {s.text for _, s, up in found if not up or s.around}
    timed = {stem(name) for name, s, _ in found if s.text in letters}
    return Steps(
        frozenset(letters),
        frozenset(above | said),
        renamed,
        frozenset(timed),
        said,
    )


def _dummies(nodes: tuple[tree.Node, ...]) -> set[str]:
    """The letters that sums run over."""
    bigs = (n for node in nodes for n in tree.walk(node) if isinstance(n, tree.Big))
    return {big.index[2:3] for big in bigs}


def _renamed(letters: dict[str, Span], bases: frozenset[str]) -> dict[str, str]:
    """A claim at step i over equations at step t is moved to step t."""
    foreign = [letter for letter in letters if letter not in bases]
    if not foreign:
        return {}
    at = letters[foreign[0]]
    if not bases:
        raise ParseError(f"the equations have no time, but {foreign[0]} is a step", at)
    if len(letters) > 1 or len(bases) > 1:
        known = ", ".join(sorted(bases))
        raise ParseError(
            f"two letters for time: {', '.join(letters)}",
            at,
            known=f"time is {known} in the equations",
            hint="a derivative runs over one step, or a number of steps that is given",
        )
    return {foreign[0]: next(iter(bases))}
