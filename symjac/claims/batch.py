"""Many answers: JSON lines in, JSON lines out, one for one and in order.

A line is judged by itself: one that is malformed, or that takes its process down, gives
an error record and nothing else is lost. Each record holds the digest of its line, so
that a run can be taken up where it stopped, and only over the same input.
"""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NoReturn

from symjac.claims.equivalent import NAMES, Equivalence, equivalent
from symjac.errors import ParseError, as_error, error_json
from symjac.lazy import optional_import

CHUNK = 16  # lines that one process judges in a row
LONGEST = 40  # characters of a number that is shown
DIGITS = 16  # of a line's digest
KEYS = frozenset({"id", "answer", "reference", "shapes", "latex"})
Line = tuple[int, bytes]
Judge = Callable[[list[Line]], list[str]]
Record = dict[str, Any]


def digest(line: bytes) -> str:
    """What tells one input line from another."""
    return hashlib.sha256(line.strip()).hexdigest()[:DIGITS]


def judged(lines: list[Line]) -> list[str]:
    """The records of some lines, as JSON."""
    return [json.dumps(record(*line), allow_nan=False) for line in lines]


def record(number: int, line: bytes) -> Record:
    """What is found about one line, or its error."""
    head: Record = {"line": number, "digest": digest(line)}
    try:
        task = read(line)
        head |= {"id": task.get("id")}
        found = equivalent(
            task["answer"],
            task["reference"],
            shapes=task.get("shapes"),
            latex=task.get("latex", False),
        )
        return head | as_json(found)
    except Exception as error:  # a bug in symjac must not cost the other lines
        return head | {"error": error_json(as_error(error))}


def read(line: bytes) -> Record:
    """One task: answer, reference, and perhaps id, shapes, latex.

    Raises:
        ParseError: not such an object.
    """
    try:
        task = json.loads(
            line.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_refuse,
            parse_float=_finite,
        )
    except (ValueError, RecursionError) as error:
        raise ParseError(f"the line is not JSON in UTF-8: {error}") from None
    if not isinstance(task, dict):
        raise ParseError("the line is not a JSON object")
    if unknown := sorted(task.keys() - KEYS):
        hint = f"known: {', '.join(sorted(KEYS))}; an id may hold anything"
        raise ParseError(f"unknown key {unknown[0]!r}", hint=hint)
    for key in ("answer", "reference"):
        if not isinstance(task.get(key), str):
            raise ParseError(f"{key!r} is not a text")
    latex = task.get("latex", False)
    if not isinstance(latex, bool) and latex not in NAMES:
        raise ParseError('\'latex\' is not true, false, "answer" or "reference"')
    _check_shapes(task.get("shapes"))
    return task


def _once(pairs: list[tuple[str, Any]]) -> Record:
    """An object with every key once: of two, nothing says which one is meant."""
    counts = Counter(key for key, _ in pairs)
    if twice := [key for key, count in counts.items() if count > 1]:
        raise ValueError(f"the key {twice[0][:LONGEST]!r} stands there twice")
    return dict(pairs)


def _refuse(number: str) -> NoReturn:
    """NaN and Infinity are not JSON, and 1e999 is read as one."""
    raise ValueError(f"{number[:LONGEST]} is no finite number")


def _finite(text: str) -> float:
    """A number that can be written again."""
    value = float(text)
    return value if math.isfinite(value) else _refuse(text)


def _check_shapes(shapes: Any) -> None:
    """Names to lists of sizes, or declarations as text."""
    if shapes is None or isinstance(shapes, str):
        return
    are_lists = isinstance(shapes, dict) and all(
        isinstance(sizes, list) and all(type(size) in (str, int) for size in sizes)
        for sizes in shapes.values()
    )
    if not are_lists:
        hint = 'such as {"W": ["n", "m"], "x": ["m"]} or "W: (n, m); x: (m)"'
        raise ParseError("'shapes' are not names with lists of sizes", hint=hint)


def as_json(found: Equivalence) -> Record:
    """A verdict in JSON's types."""
    witness = found.witness
    echo: Record = {} if found.read is None else {"read": found.read}
    return echo | {
        "outcome": found.outcome.value,
        "is_transposed": found.is_transposed,
        "reason": found.reason,
        "witness": witness
        and {
            "dimensions": witness.dimensions,
            "values": witness.values,
            "entry": list(witness.entry),
            "answer": witness.answer,
            "reference": witness.reference,
        },
        "hypotheses": list(found.hypotheses),
        "shapes": {name: str(shape) for name, shape in found.shapes.items()},
    }


def graded(
    lines: Iterable[bytes], *, jobs: int = 1, first: int = 1, judge: Judge = judged
) -> Iterator[str]:
    """The records of all lines, in order, as each chunk is done.

    Args:
        lines: read as they are needed: neither they nor the records are all kept.
        jobs: processes; with more than one, joblib is needed.
        first: the number of the first line.
        judge: what a process does with a chunk.

    Raises:
        PackageError: joblib is not installed.
    """
    chunks = Chunks(enumerate(lines, first))
    if jobs == 1:
        return (found for chunk in chunks for found in judge(chunk))
    return _in_parallel(chunks, jobs, judge)


class Chunks:
    """Lines in chunks; those handed out and not yet judged are kept.

    joblib asks for the next one from threads of its own.
    """

    def __init__(self, lines: Iterator[Line]) -> None:
        self.lines = lines
        self.pending: deque[list[Line]] = deque()
        self.lock = threading.Lock()

    def __iter__(self) -> Iterator[list[Line]]:
        while chunk := list(islice(self.lines, CHUNK)):
            yield chunk

    def handed_out(self) -> Iterator[list[Line]]:
        """What is pending from before, then the rest."""
        yield from tuple(self.pending)
        while True:
            with self.lock:
                chunk = list(islice(self.lines, CHUNK))
                if not chunk:
                    return
                self.pending.append(chunk)
            yield chunk


def _in_parallel(chunks: Chunks, jobs: int, judge: Judge) -> Iterator[str]:
    joblib = optional_import("joblib", extra="grade")
    while True:
        run = joblib.Parallel(n_jobs=jobs, return_as="generator", batch_size=1)
        tasks = (joblib.delayed(judge)(chunk) for chunk in chunks.handed_out())
        try:
            for found in run(tasks):
                chunks.pending.popleft()
                yield from found
            return
        except (
            joblib.externals.loky.BrokenProcessPool
        ):  # by some line of the chunks handed out
            if not chunks.pending:
                raise
            for line in chunks.pending.popleft():
                yield _by_itself(line, judge, joblib)


def _by_itself(line: Line, judge: Judge, joblib: Any) -> str:
    """The record of one line, judged in a process of its own."""
    try:
        ((found,),) = joblib.Parallel(n_jobs=2)([joblib.delayed(judge)([line])])
        return str(found)
    except joblib.externals.loky.BrokenProcessPool:
        number, content = line
        message = "the process that judged this line was terminated"
        error = {"type": "BudgetError", "message": message}
        failed = {"line": number, "digest": digest(content), "error": error}
        return json.dumps(failed)
