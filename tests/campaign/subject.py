"""What the campaign asks of symjac, as text; and earlier faults, planted on purpose.

A fault changes a question or an answer in the way in which an old version did.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import symjac
from symjac.claims.adjudicate import judge, read_claim
from symjac.exposition.record import example_record

Change = Callable[[str], str]


def _same(text: str) -> str:
    return text


@dataclass(frozen=True)
class Answer:
    """A verdict, and the values that speak against the claim."""

    outcome: str
    example: dict[str, Any] | None = None
    reason: str = ""


@dataclass(frozen=True)
class Subject:
    """symjac, with changes of what it reads and of what it prints."""

    read: Change = _same  # of formulas that it is asked about
    equations: Change = _same
    printed: Change = _same
    example: Callable[[dict[str, Any]], dict[str, Any]] = lambda found: found
    answer: Callable[[Answer], Answer] = lambda found: found

    def jacobian(self, text: str, of: str, wrt: str) -> Any:
        return symjac.derive(symjac.parse(self.equations(text)), of=of, wrt=wrt)

    def form(self, jacobian: Any) -> str:
        return self.printed(str(jacobian.matrix("numerator")))

    def latex(self, jacobian: Any) -> str:
        return str(jacobian.matrix("numerator").latex())

    def verdict(self, jacobian: Any, claim: str, layout: str) -> Answer:
        formula = read_claim(jacobian, self.read(claim))
        return self._answer(judge(jacobian, formula)[layout], "counterexample")

    def equal(
        self, answer: str, reference: str, shapes: str, latex: bool | str = False
    ) -> Answer:
        found = symjac.equivalent(
            self.read(answer), reference, shapes=self.equations(shapes), latex=latex
        )
        return self._answer(found, "witness")

    def reprinted(self, formula: str, shapes: str) -> str:
        """A formula as symjac prints it."""
        found = symjac.equivalent(formula, formula, shapes=shapes)
        return self.printed(str(found.answer))

    def _answer(self, found: Any, name: str) -> Answer:
        point = getattr(found, name)
        if point is None:
            example = None
        elif name == "counterexample":
            example = self.example(example_record(point))
        else:
            sizes = dict(point.dimensions)
            values = dict(point.values)
            example = self.example(
                {
                    "dimensions": sizes,
                    "values": values,
                    "entry": list(point.entry),
                    "claimed": point.answer,
                    "derived": point.reference,
                }
            )
        return self.answer(Answer(found.outcome.value, example, found.reason))


def _without_functions(example: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in example["values"].items() if "(" not in k}
    return example | {"values": kept}


def _undeclared(text: str) -> str:
    """Properties of matrices and vectors are forgotten."""
    return re.sub(r"(: \([^)]*\)) [a-z ]+", r"\1", text)


def _replaced(old: str, new: str) -> Change:
    return lambda text: re.sub(old, new, text)


FAULTS = {
    "a step of a product over time is one too early": Subject(
        read=_replaced(r"\[([a-z])-1\]", r"[\1]")
    ),
    "what is declared is not held": Subject(equations=_undeclared),
    "brackets around a sum are lost": Subject(
        printed=_replaced(r"\((\w+) ([-+]) (\w+)\)", r"\1 \2 \3")
    ),
    "ones are printed as a number": Subject(printed=_replaced(r"ones\([^)]*\)", "1")),
    "values of generic functions are not listed": Subject(example=_without_functions),
    "a transpose is not read": Subject(read=_replaced(r"(?<=[A-Z])\.T", "")),
    "the sign of a slope is lost": Subject(read=_replaced(r"^-", "")),
}
