"""One seed of the campaign: a program, its claims, and what the oracle says of them."""

from __future__ import annotations

import random
import re
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

import symjac
from tests.campaign import draw
from tests.campaign.model import (
    Key,
    Model,
    Numbers,
    close,
    held,
    holds,
    numerator,
    offset,
)
from tests.campaign.numbers import Array, Unreadable
from tests.campaign.reading import below, read, written
from tests.campaign.subject import Answer, Subject

POINTS = 4
LAYOUTS = ("numerator", "denominator")
CHOSEN = re.compile(r"(\w+?)('*)\((.*)\)")
LOOSE, NEAR = 1e-3, 1e-5
BROKEN = (
    *(Unreadable, np.linalg.LinAlgError, ArithmeticError, ValueError, KeyError),
    *(IndexError, TypeError),
)


@dataclass
class Campaign:
    """What was counted and what was found, over many seeds."""

    subject: Subject = field(default_factory=Subject)
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[str, ...]] = field(default_factory=list)
    undecided: list[tuple[str, ...]] = field(default_factory=list)

    def find(self, kind: str, *about: object) -> None:
        self.counts[f"finding: {kind}"] += 1
        self.findings.append((kind, *map(str, about)))

    def run(self, seed: int) -> None:
        """One seed: a program with claims, or formulas that may be equal."""
        chance = random.Random(f"{seed} claims")
        with np.errstate(all="ignore"):
            kind = _derivative if seed % 2 else _equality
            try:
                kind(self, draw.program(seed), chance)
            except symjac.SymjacError as error:
                self.counts[f"refused: {type(error).__name__}"] += 1
            except Exception:
                self.find("crash", seed, traceback.format_exc(limit=-3))

    def judged(
        self, answer: Answer, truth: str, *about: object, seen: bool = False
    ) -> None:
        """A verdict beside what the oracle says.

        `seen`: the two numbers of its counterexample were found again, so that what
        is equal at random points is not at that one.
        """
        self.counts[f"{truth}: {answer.outcome}"] += 1
        wrong = {"proved": "different", "refuted": "equal", "ill-typed": "equal"}
        if answer.outcome == "proved" and truth == "mixed":
            truth = "different"
        if wrong.get(answer.outcome) == truth and not seen:
            self.find(f"{answer.outcome} though {truth}", *about, answer.example)
        if answer.outcome == "undecided" and truth == "equal":
            self.undecided.append((answer.reason, *map(str, about)))


def _model(drawn: draw.Drawn, seed: int, *formulas: str) -> Model:
    """The program in numbers; states are given before all that formulas mention."""
    low = -1
    if drawn.step is not None:
        steps = [
            int(match[1] or 0)
            for text in formulas
            for match in re.finditer(rf"\[{drawn.letter}([-+]\d+)?\]", text)
        ]
        low = min([drawn.step - 1, *steps])
    return Model(drawn.equations, drawn.shapes, sizes(seed), drawn.words, low)


def _truth(drawn: draw.Drawn, claim: str, layout: str) -> str:
    """Equal, different or mixed, at some points; unknown where the oracle fails."""
    found = []
    for seed in range(POINTS):
        model = _model(drawn, seed, claim)
        numbers = Numbers(model, seed)
        try:
            slopes = _numerator(numbers, drawn)
            right = slopes if layout == "numerator" else slopes.T
            value = numbers.real(claim)
        except BROKEN as error:
            return f"unknown, {type(error).__name__}"
        found.append(close(value, right, NEAR if model.is_spectral else 1e-8))
    return _summary(found)


def _summary(found: list[bool]) -> str:
    return "equal" if all(found) else "mixed" if any(found) else "different"


def _numerator(numbers: Numbers, drawn: draw.Drawn) -> Array:
    fixed = held(numbers, drawn.wrt) if drawn.step is not None else {}
    if drawn.step is not None and offset(read(drawn.wrt)[2]) is None:
        before = (offset(read(drawn.of)[2]) or 0) - 1
        fixed = {(s, before): numbers.value(s, before) for s in numbers.model.states}
    slopes = numbers.slopes(drawn.of, drawn.wrt, fixed)
    shapes = [_sizes(numbers.model, text) for text in (drawn.of, drawn.wrt)]
    found = numerator(slopes, *shapes)
    if found is None:
        raise Unreadable("no matrix form")
    return found


def _sizes(model: Model, text: str) -> tuple[int, ...]:
    return tuple(model.sizes[d] for d in model.shapes[read(text)[1]])


def _derivative(campaign: Campaign, drawn: draw.Drawn, chance: random.Random) -> None:
    subject, counts = campaign.subject, campaign.counts
    jacobian = subject.jacobian(drawn.text, drawn.of, drawn.wrt)
    counts["programs"] += 1
    form = subject.form(jacobian)
    truth = _truth(drawn, form, "numerator")
    counts[f"derived forms {truth}"] += 1
    about = (drawn.text, drawn.of, drawn.wrt)
    if truth in ("different", "mixed"):
        campaign.find("derived form", *about, form)
    claims = [(form, "numerator"), (f"({form}).T", "denominator")]
    for _ in range(3):
        changed = draw.mutated(form, chance)
        claims.append((changed, "numerator"))
    for _ in range(2):
        tree = read(form)
        for _ in range(chance.choice((1, 1, 2))):
            tree = draw.rewritten(tree, chance)
        claims.append((written(tree), "numerator"))
    for claim, layout in claims:
        truth = _truth(drawn, claim, layout)
        try:
            answer = subject.verdict(jacobian, claim, layout)
        except symjac.SymjacError as error:
            counts[f"claims refused: {type(error).__name__}"] += 1
            continue
        counts["claims"] += 1
        seen = _recompute(campaign, drawn, claim, layout, answer.example)
        campaign.judged(answer, truth, *about, layout, claim, seen=seen)


def _equality(campaign: Campaign, drawn: draw.Drawn, chance: random.Random) -> None:
    """A formula of the program against itself rewritten, printed, and in LaTeX."""
    text = drawn.equations[-1].split(" = ", 1)[1]
    text = re.sub(r"\[[ts]([-+]\d+)?\]", "", text)
    if re.search(r"\b[fqrz]\b", text):
        return
    shapes = _declarations(drawn, text)
    models = [Model((), drawn.shapes, sizes(n), drawn.words) for n in range(POINTS)]
    values = _values(models, text)
    if values is None:
        campaign.counts["formulas unknown"] += 1
        return
    subject = campaign.subject
    printed = subject.reprinted(text, shapes)
    if (again := _values(models, printed)) is not None:
        campaign.counts["formulas printed"] += 1
        if _summary(list(map(close, values, again))) != "equal":
            campaign.find("printed text", text, printed)
    if "dim(" not in text:  # a letter of LaTeX is no dimension unless it is declared
        _in_latex(campaign, text, shapes)
    for _ in range(5):
        tree = read(text)
        for _ in range(chance.choice((1, 1, 2, 3))):
            tree = draw.rewritten(tree, chance)
        _one_equality(campaign, models, written(tree), text, shapes, values)


def _declarations(drawn: draw.Drawn, text: str) -> str:
    """What is declared of the names in a formula."""
    found = []
    for name in sorted(set(re.findall(r"\w+", text)) & drawn.shapes.keys()):
        shape = ", ".join(drawn.shapes[name])
        word = drawn.words.get(name, "").replace("_", " ")
        found.append(f"{name}: ({shape}) {word}".strip())
    return "; ".join(found)


def _in_latex(campaign: Campaign, text: str, shapes: str) -> None:
    found = symjac.equivalent(text, text, shapes=shapes)
    latex = str(found.answer.latex())
    try:
        answer = campaign.subject.equal(latex, text, shapes, "answer")
    except symjac.SymjacError:
        campaign.counts["LaTeX refused"] += 1
        return
    campaign.counts["LaTeX read"] += 1
    campaign.judged(answer, "equal", "LaTeX", text, latex, shapes)


def sizes(seed: int) -> dict[str, int]:
    """Dimensions differ from each other, and from point to point."""
    return draw.SIZES[seed % len(draw.SIZES)]


def _values(models: list[Model], text: str) -> list[Array] | None:
    try:
        return [Numbers(model, n).real(text) for n, model in enumerate(models)]
    except BROKEN:
        return None


def _one_equality(
    campaign: Campaign,
    models: list[Model],
    answer: str,
    text: str,
    shapes: str,
    values: list[Array],
) -> None:
    other = _values(models, answer)
    try:
        found = campaign.subject.equal(answer, text, shapes)
    except symjac.SymjacError as error:
        campaign.counts[f"answers refused: {type(error).__name__}"] += 1
        return
    campaign.counts["claims"] += 1
    truth = "unknown"
    if other is not None:
        truth = _summary(list(map(close, other, values)))
    about, seen = (answer, text, shapes), False
    if (point := _point(campaign, models[0], found.example, about)) is not None:
        seen = _agree(campaign, point, answer, text, about)
    campaign.judged(found, truth, *about, seen=seen)


def _point(
    campaign: Campaign, model: Model, example: dict[str, Any] | None, about: Any
) -> _Point | None:
    """The point of a counterexample; None without one."""
    if example is None:
        return None
    point = _Point(model, example)
    for (name, _), value in point.given.items():
        word = model.words.get(name)
        if word and not holds(word, value):
            campaign.find("property", name, word, value, *about)
    return point


class _Point:
    """A printed counterexample, its values and sizes."""

    def __init__(self, model: Model, example: dict[str, Any]) -> None:
        self.example = example
        self.needed: set[str] = set()
        self.table: dict[tuple[str, int], list[tuple[float, float]]] = {}
        given: dict[Key, Array] = {}
        own = {n: int(k) for n, k in example["dimensions"].items()}
        for name, value in example["values"].items():
            if (match := CHOSEN.fullmatch(name)) is not None:
                key = (match[1], len(match[2]))
                pair = (_number(match[3]), _number(value))
                self.table.setdefault(key, []).append(pair)
                continue
            _, plain, step = read(name)
            given[plain, offset(step)] = _array(value)
        steps = [at for name, at in given if at is not None and name in model.states]
        low = min([model.low, *steps])
        point = replace(model, sizes={**model.sizes, **own}, low=low)
        self.given = given
        self.numbers = Numbers(point, 0, given, self.generic)

    def generic(self, name: str, order: int, x: float) -> float:
        for at, value in self.table.get((name, order), ()):
            if abs(at - x) <= NEAR * (1 + abs(at)):
                return value
        self.needed.add(name)
        return random.Random(f"{name} {order} {x:.5f}").uniform(-3, 3)

    def entry(self, value: Array) -> float:
        at = tuple(n - 1 for n in self.example["entry"])
        if len(at) == 2:
            return float(value[at])
        return float(value.ravel()[at[0] if at else 0])


def _number(text: object) -> float:
    return float(Fraction(str(text)))


def _array(value: Any) -> Array:
    found = np.vectorize(_number, otypes=[float])(np.array(value, dtype=object))
    return found if found.ndim == 2 else found.reshape((-1, 1))


def _agree(
    campaign: Campaign, point: _Point, claim: str, other: str | Array, about: Any
) -> bool:
    """Whether both printed numbers are those at the printed point."""
    example = point.example
    try:
        claimed = point.entry(point.numbers.real(claim))
        right = point.numbers.real(other) if isinstance(other, str) else other
        derived = point.entry(right)
        printed = _number(example["claimed"]), _number(example["derived"])
    except BROKEN as error:
        campaign.counts[f"examples unknown, {type(error).__name__}"] += 1
        return False
    pairs = zip((claimed, derived), printed, strict=True)
    if all(abs(a - b) <= LOOSE * (1 + abs(b)) for a, b in pairs):
        campaign.counts["counterexamples recomputed"] += 1
        return True
    unlisted = " with unlisted values" if point.needed else ""
    campaign.find(f"counterexample{unlisted}", *about, example, claimed, derived)
    return False


def _recompute(
    campaign: Campaign,
    drawn: draw.Drawn,
    claim: str,
    layout: str,
    example: dict[str, Any] | None,
) -> bool:
    model = _model(drawn, 0, claim)
    about = (drawn.text, drawn.of, drawn.wrt, layout, claim)
    point = _point(campaign, model, example, about)
    if point is None:
        return False
    try:
        slopes = _numerator(point.numbers, drawn)
    except BROKEN as error:
        campaign.counts[f"examples unknown, {type(error).__name__}"] += 1
        return False
    right = slopes if layout == "numerator" else slopes.T
    return _agree(campaign, point, claim, right, about)


def drawn_names(seeds: range) -> Iterator[str]:
    """The functions and operations in programs of these seeds."""
    for seed in seeds:
        for line in draw.program(seed).equations:
            for _, tree in below(read(line.split(" = ", 1)[1])):
                if tree[0] == "call":
                    yield tree[1].rstrip("'")
