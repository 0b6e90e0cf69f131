"""Pairs graded per second on one core, warm, and what quicker checkers get wrong.

The published claims, each against its correct formulas; the collection lies beside the
repository, in ../shared. symjac reads both texts, proves or refutes, and finds a
witness; what it kept of earlier pairs is dropped before each pass. The peers are given
formulas that are typed already, and do a lesser job:

  NumPy   float64 at three random points: agrees or not, no proof and no witness
  SymPy   whether `(answer - reference).doit()` is zero: no refutation

Figures are medians of passes in one run, in processor time of this one process. Run
from the repository's root: python -m bench.grade
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import process_time
from typing import Any

import numpy as np

from bench.timing import medians
from symjac.claims.decide import Outcome
from symjac.claims.equivalent import equivalent, read
from symjac.equality import canonical
from symjac.errors import SymjacError
from symjac.language import parse
from symjac.sympy_bridge.to_sympy import matrix_to_sympy
from symjac.terms.matrix import MatrixExpr, replace
from symjac.terms.program import Program
from tests.oracles import evaluate, random_values
from tests.test_published_claims import (
    CLAIMS,
    Translator,
    Unsupported,
    expression,
    functions,
    program,
)

PASSES = 5
POINTS = 3
CLOSE = 1e-9
SYMPY = "SymPy, (answer - reference).doit()"
EVERY = 10  # pairs of which SymPy gets one: it needs most of a second for each


@dataclass(frozen=True)
class Pair:
    """A claim and a correct formula, as text and typed, and whether they are equal."""

    program: Program
    answer: str
    reference: str
    exprs: tuple[MatrixExpr, MatrixExpr]
    truth: bool


Grade = Callable[[Pair], bool | None]


def pairs() -> list[Pair]:
    """All that are well typed and have equal shapes."""
    found = []
    for case in json.loads(CLAIMS.read_text("utf-8"))["cases"]:
        translate = Translator(functions(case))
        for layout, text in (case.get("correct") or {}).items():
            try:
                source = program(case, translate)
                answer = translate.show(expression(case["claim"]))
                reference = translate.show(expression(text))
                typed = read(answer, reference, program=source)
            except (SymjacError, SyntaxError, Unsupported):
                continue
            if typed.answer.shape == typed.reference.shape:
                exprs = written(source, typed.answer), written(source, typed.reference)
                truth = bool(case["truth"][layout])
                found.append(Pair(source, answer, reference, exprs, truth))
    return found


def written(source: Program, expr: MatrixExpr) -> MatrixExpr:
    """A formula with its program's definitions written out."""
    values: dict[Any, MatrixExpr] = {}
    for defined in source.definitions:
        values[defined.symbol] = replace(defined.body, values)
    return replace(expr, values)


def by_symjac(pair: Pair) -> bool | None:
    found = equivalent(pair.answer, pair.reference, program=pair.program)
    return {Outcome.PROVED: True, Outcome.REFUTED: False}.get(found.outcome)


def by_numpy(pair: Pair) -> bool | None:
    for seed in range(POINTS):
        values = random_values(pair.program.symbols, seed, signed=True)
        left, right = (np.asarray(evaluate(expr, values)) for expr in pair.exprs)
        if not np.allclose(left, right, rtol=CLOSE, atol=CLOSE):
            return False
    return True


def by_sympy(pair: Pair) -> bool | None:
    left, right = (matrix_to_sympy(expr) for expr in pair.exprs)
    difference = (left - right).doit()
    is_zero = getattr(difference, "is_ZeroMatrix", False) or difference == 0
    return True if is_zero else None


def graded(grade: Grade, given: list[Pair]) -> Counter[str]:
    """How many verdicts are right, wrong or missing."""
    counts: Counter[str] = Counter()
    for pair in given:
        try:
            with np.errstate(all="ignore"):
                found = grade(pair)
        except Exception:  # a peer that cannot say anything about a pair
            found = None
        known = "right" if found is pair.truth else "wrong"
        counts["none" if found is None else known] += 1
    return counts


def forget() -> None:
    """Drop the canonical forms kept of earlier passes."""
    parse._parse.cache_clear()
    canonical._canonical.cache_clear()
    canonical._matrix_key.cache_clear()


def main() -> None:
    if not CLAIMS.is_file():
        print(f"{CLAIMS} is not there: skipped")
        return
    given = pairs()
    graders: dict[str, Grade] = {
        "symjac, from text to proof or witness": by_symjac,
        "NumPy, float64 at three points": by_numpy,
        SYMPY: by_sympy,
    }
    chosen = {name: given for name in graders} | {SYMPY: given[::EVERY]}
    counts = {name: graded(grade, chosen[name]) for name, grade in graders.items()}
    runs = {n: partial(graded, grade, chosen[n]) for n, grade in graders.items()}
    found = medians(runs, runs=PASSES, before=forget, clock=process_time)
    each = {name: median / len(chosen[name]) for name, median in found.items()}
    base = next(iter(each.values()))
    print(f"{'pairs':>53} {'ms each':>8} {'ratio':>6} {'per s':>6}")
    for name, time in each.items():
        told = ", ".join(f"{n} {word}" for word, n in sorted(counts[name].items()))
        rates = f"{time:8.2f} {time / base:6.2f} {1e3 / time:6.0f}"
        print(f"  {name:45} {len(chosen[name]):5} {rates}   {told}")


if __name__ == "__main__":
    main()
