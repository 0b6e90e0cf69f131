"""Every derivation that any test makes is replayed, where it is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import Context
from dataclasses import dataclass, field

import pytest

from symjac.errors import SoundnessError
from symjac.rewrite.rule import Derivation


@dataclass
class Replayed:
    """How many steps were replayed, and the messages of those that did not."""

    steps: int = 0
    failed: list[str] = field(default_factory=list)

    def replay(self, derivation: Derivation) -> None:
        """Outside the budgets and notations of whoever makes the derivation."""
        try:
            self.steps += Context().run(derivation.replay)
        except SoundnessError as error:
            self.failed.append(error.message)


@pytest.fixture(autouse=True)
def replayed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Replayed]:
    found = Replayed()
    chained = Derivation.__post_init__

    def replay(derivation: Derivation) -> None:
        chained(derivation)
        found.replay(derivation)

    monkeypatch.setattr(Derivation, "__post_init__", replay)
    yield found
    assert found.failed == []
