"""Many answers: one record per line, in order, whatever a line holds."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from symjac.claims import batch
from symjac.claims.batch import CHUNK, Line, digest, graded, judged, record

SAME = {"answer": "x + x", "reference": "2 * x"}
OTHER = {"answer": "W.T", "reference": "W"}
CRASH = b"crash"


def line(task: Any) -> bytes:
    return json.dumps(task).encode() + b"\n"


def tasks(count: int) -> list[bytes]:
    """Every third answer is wrong."""
    return [line({**(SAME if n % 3 else OTHER), "id": n}) for n in range(count)]


def fragile(lines: list[Line]) -> list[str]:
    """Judges like `judged`, but dies of one line."""
    if any(content.strip() == CRASH for _, content in lines):
        os._exit(1)
    return judged(lines)


def numbered(records: Iterator[str]) -> list[dict[str, Any]]:
    return [json.loads(found) for found in records]


@pytest.mark.parametrize("jobs", [1, 2])
def test_records_come_in_the_order_of_the_lines(jobs: int) -> None:
    count = 3 * CHUNK + 1
    found = numbered(graded(tasks(count), jobs=jobs))
    assert [one["line"] for one in found] == list(range(1, count + 1))
    assert [one["id"] for one in found] == list(range(count))
    outcomes = ["proved" if n % 3 else "refuted" for n in range(count)]
    assert [one["outcome"] for one in found] == outcomes


def test_a_record_says_what_was_found() -> None:
    found = record(7, line({**OTHER, "id": "a"}))
    assert (found["line"], found["id"], found["outcome"]) == (7, "a", "refuted")
    assert found["is_transposed"] is True
    assert found["witness"]["values"] == {"W": [[1, 2], [3, 4]]}
    assert (found["witness"]["answer"], found["witness"]["reference"]) == ("3", "2")
    assert found["shapes"] == {"W": "(n, n)"}


def test_shapes_are_lists_of_sizes_or_declarations() -> None:
    sizes = record(1, line({**OTHER, "shapes": {"W": ["n", "m"]}}))
    assert (sizes["outcome"], sizes["is_transposed"]) == ("ill-typed", True)
    words = record(1, line({**OTHER, "shapes": "W: (n, n) symmetric"}))
    assert (words["outcome"], words["hypotheses"]) == ("proved", ["W is symmetric"])


MALFORMED = [
    b"",
    b"\n",
    b"not json\n",
    b"[1, 2]\n",
    b'"text"\n',
    b"{\n",
    b"\xff\xfe\n",
    b'{"id": NaN, "answer": "x", "reference": "x"}\n',
    b"[" * 100_000,
    b'{"answer": "x", "answer": "y", "reference": "x"}\n',
    b'{"id": {"a": 1, "a": 2}, "answer": "x", "reference": "x"}\n',
    line({"answer": "x"}),
    line({"answer": 1, "reference": "x"}),
    line({**SAME, "shape": {}}),
    line({**SAME, "shapes": []}),
    line({**SAME, "shapes": {"x": "n"}}),
    line({**SAME, "shapes": {"x": [True]}}),
    line({**SAME, "shapes": {"x": ["n", "n", "n"]}}),
    line({**SAME, "shapes": {"x": [0]}}),
    line({**SAME, "shapes": {"x y": ["n"]}}),
    line({**SAME, "shapes": {"x": ["n m"]}}),
    line({**SAME, "shapes": {"\u0000": ["n"]}}),
    line({**SAME, "latex": 1}),
    line({"answer": "x @", "reference": "x"}),
    line({"answer": "x\u0000", "reference": "x"}),
    line({"answer": "\ud800", "reference": "x"}),
    line({"answer": "(" * 5000, "reference": "x"}),
    line({"answer": "", "reference": ""}),
]


@pytest.mark.parametrize("content", MALFORMED)
def test_a_malformed_line_gives_an_error_record(content: bytes) -> None:
    found = record(3, content)
    assert found["line"] == 3
    assert found["error"]["message"]
    assert "internal" not in found["error"]["message"]
    assert "outcome" not in found


def test_a_malformed_line_loses_no_other() -> None:
    lines = [*tasks(2), b"{\n", *tasks(2)]
    found = numbered(graded(lines))
    assert ["error" in one for one in found] == [False, False, True, False, False]


def test_an_error_says_where_it_is() -> None:
    error = record(1, line({"answer": "x @ x", "reference": "x"}))["error"]
    assert (error["type"], error["in"], error["column"]) == ("ShapeError", "answer", 1)
    assert error["hint"]


def test_a_bug_costs_one_record_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("broken")

    monkeypatch.setattr(batch, "equivalent", broken)
    found = record(1, line(SAME))
    assert found["error"]["message"] == "internal error: ZeroDivisionError: broken"


def test_a_line_that_kills_its_process_gives_an_error_record() -> None:
    lines = tasks(2 * CHUNK + 5)
    lines[CHUNK + 3] = CRASH
    found = numbered(graded(lines, jobs=2, judge=fragile))
    assert [one["line"] for one in found] == list(range(1, len(lines) + 1))
    failed = [one["line"] for one in found if "error" in one]
    assert failed == [CHUNK + 4]
    assert "terminated" in found[CHUNK + 3]["error"]["message"]


def test_lines_are_read_as_they_are_needed() -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield line(SAME)

    found = graded(endless())
    assert json.loads(next(found))["outcome"] == "proved"
    assert taken <= CHUNK


def test_the_digest_is_that_of_the_line_without_its_end() -> None:
    assert digest(b"a\n") == digest(b"a\r\n") == digest(b"a")
    assert digest(b"a") != digest(b"b")
