"""Every derivation that any test makes is replayed, where it is made.

A test that needs a package that only `test-all` installs is skipped without it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any

import pytest

from symjac.calculus.identification import Identified
from symjac.errors import PackageError, SoundnessError
from symjac.rewrite.rule import Derivation


@dataclass
class Replayed:
    """How many steps were replayed, and the messages of those that did not."""

    steps: int = 0
    failed: list[str] = field(default_factory=list)

    def replay(self, derivation: Derivation | Identified) -> None:
        """Outside the budgets and notations of whoever makes the derivation."""
        try:
            self.steps += Context().run(derivation.replay)
        except SoundnessError as error:
            self.failed.append(error.message)


Made = Derivation | Identified


def replaying(
    chained: Callable[[Any], None], found: Replayed
) -> Callable[[Made], None]:
    """The check of a kind of derivation, and then its replay."""

    def check(derivation: Made) -> None:
        chained(derivation)
        found.replay(derivation)

    return check


@pytest.fixture(autouse=True)
def replayed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Replayed]:
    found = Replayed()
    for kind in (Derivation, Identified):
        monkeypatch.setattr(kind, "__post_init__", replaying(kind.__post_init__, found))
    yield found
    assert found.failed == []


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Generator[None, object, object]:
    try:
        return (yield)
    except PackageError as error:
        pytest.skip(error.message)
