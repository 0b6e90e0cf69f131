"""What printed mathematics leaves unsaid: sigma may be logistic, S symmetric.

A claim that is false for every sigma, or for a general S, may be right for the one that
its author means. Then it is not refuted: what would make it right is the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from symjac.claims.adjudicate import Judgement, Outcome, judge, read_claim
from symjac.cli.derive import derived
from symjac.cli.latex import Task
from symjac.errors import SymjacError
from symjac.language.check import check
from symjac.language.written_out import printed
from symjac.terms.program import Program
from symjac.terms.shape import Kind

_SIGMA = re.compile(r"\bsigma(?='*\()")
_SYMMETRIC = re.compile(r"(?:S|Sigma|Q|H|K|P|Lambda)(?:_\w+)?\Z")  # as in scatter


def with_logistic(task: Task) -> Task:
    """The task where sigma is the logistic function."""
    text = _SIGMA.sub("sigmoid", _text(task.program))
    claim = None if task.claim is None else _SIGMA.sub("sigmoid", task.claim)
    return replace(task, program=_program(text, task.program), claim=claim)


def unsaid(judgement: Judgement, task: Task) -> Judgement:
    """The verdicts, where a refuted one that a condition mends is undecided."""
    verdicts = dict(judgement.verdicts)
    if not any(v.outcome is Outcome.REFUTED for v in verdicts.values()):
        return judgement
    if any(v.outcome is Outcome.PROVED for v in verdicts.values()):
        return judgement
    for condition, other in _variants(task):
        try:
            jacobian = derived(other)
            found = judge(jacobian, read_claim(jacobian, other.claim or ""))
        except SymjacError:
            continue
        for name, verdict in judgement.verdicts.items():
            outcome = found.verdicts[name].outcome
            is_open = outcome in (Outcome.PROVED, Outcome.UNDECIDED)
            if verdict.outcome is Outcome.REFUTED and is_open:
                word = "right" if outcome is Outcome.PROVED else "perhaps right"
                verdicts[name] = replace(
                    verdict,
                    outcome=Outcome.UNDECIDED,
                    reason=f"{word} if {condition}",
                    counterexample=None,
                    holds_iff=None,
                )
        if verdicts != judgement.verdicts:
            break
    return replace(judgement, verdicts=verdicts)


def _variants(task: Task) -> Iterator[tuple[str, Task]]:
    """The conditions that are worth a trial, and the task under each."""
    text = _text(task.program)
    if _SIGMA.search(text):
        yield "sigma is the logistic function (--sigma logistic)", with_logistic(task)
    names = [
        name
        for name, q in task.program.quantities.items()
        if q.shape.kind is Kind.MATRIX and not q.properties
        if len(set(q.shape.dims)) == 1 and _SYMMETRIC.match(name)
        if re.search(rf"^{name}: ", text, re.M)
    ]
    if names:
        pattern = re.compile(rf"^((?:{'|'.join(names)}): .*)$", re.M)
        changed = pattern.sub(r"\1 symmetric", text)
        verb = "is" if len(names) == 1 else "are"
        condition = f"{' and '.join(names)} {verb} symmetric"
        yield condition, replace(task, program=_program(changed, task.program))


def _text(program: Program) -> str:
    """The equations with the shape of every name."""
    return printed(program, program.definitions).text


def _program(text: str, program: Program) -> Program:
    return check(replace(program.source, text=text))
