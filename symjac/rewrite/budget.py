"""How many steps a comparison may take, counted alike on every machine.

A comparison that runs out is undecided. What is kept from before costs what it cost
when it was worked out, so that the answer does not depend on earlier questions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from symjac.errors import BudgetError


@dataclass(slots=True)
class Work:
    """Steps taken, and how many may be."""

    limit: float
    spent: float = 0


_WORK: ContextVar[Work | None] = ContextVar("work", default=None)


def spend(steps: float) -> None:
    """Count steps.

    Raises:
        BudgetError: beyond the limit.
    """
    if (work := _WORK.get()) is None:
        return
    work.spent += steps
    if work.spent > work.limit:
        raise BudgetError("too many steps")


@contextmanager
def limited(limit: float = float("inf")) -> Iterator[Work]:
    """Count apart, within a limit and within what is left outside.

    Steps of an attempt that fails count outside; those of one that succeeds are for
    the caller to spend, each time that its result is used.
    """
    outer = _WORK.get()
    work = Work(limit if outer is None else min(limit, outer.limit - outer.spent))
    token = _WORK.set(work)
    try:
        yield work
    except BudgetError:
        if outer is not None:
            outer.spent += work.spent
        raise
    finally:
        _WORK.reset(token)
