"""Whatever goes wrong in a command ends in one message, and a code of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

import pytest
from click.testing import CliRunner

from symjac.claims.batch import CHUNK, record
from symjac.cli import derive as derive_module
from symjac.cli import edge, main
from symjac.errors import SoundnessError

DERIVE = ["derive", "y = A @ x", "--wrt", "x"]
COMMANDS = [
    DERIVE,
    ["check", "y = A @ x", "--wrt", "x", "--claim", "2 * A"],
    ["grade", "--answer", "x", "--reference", "2 * x"],
    ["cells"],
    ["--help"],
]
SYMJAC = [sys.executable, "-m", "symjac"]
ROOT = Path(__file__).parents[1]


def started(
    arguments: list[str], stdout: IO[bytes] | int = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*SYMJAC, *arguments],
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_a_full_disk_is_no_verdict(command: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        process = started(command, stdout=full)
        _, said = process.communicate()
    assert process.returncode == edge.INTERNAL
    assert said.count(b"\n") == 1
    assert b"No space left" in said


def test_records_for_a_full_disk_are_no_verdict() -> None:
    with Path("/dev/full").open("wb") as full:
        process = started(["grade", "--batch", "-", "--jobs", "1"], stdout=full)
        _, said = process.communicate(b'{"answer": "x", "reference": "x"}\n')
    assert process.returncode == edge.INTERNAL
    assert b"Traceback" not in said


def test_a_reader_that_goes_away_is_no_verdict() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as stream:
        process = started(DERIVE, stdout=stream)
        _, said = process.communicate()
    assert process.returncode == edge.INTERNAL
    assert said.count(b"\n") == 1
    assert b"Broken pipe" in said


@pytest.mark.parametrize(
    ("closed", "code", "words"),
    [(">&-", 70, "it is closed"), ("2>&-", 0, ""), ("<&-", 0, "")],
)
def test_closed_streams(closed: str, code: int, words: str) -> None:
    command = f"{sys.executable} -m symjac derive 'y = A @ x' --wrt x {closed}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, shell=True, capture_output=True, text=True, env=environment
    )
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupt_has_its_own_code() -> None:
    process = started(["grade", "--batch", "-", "--jobs", "1"])
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(CHUNK * b'{"answer": "x", "reference": "x"}\n')
    process.stdin.flush()
    assert process.stdout.readline()  # it is at work
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == edge.INTERRUPTED
    assert b"Traceback" not in said


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (ZeroDivisionError("broken\nover lines"), 70, "ZeroDivisionError: broken over"),
        (SoundnessError("two answers"), 70, "two answers"),
        (RecursionError("deep"), 2, "nested more deeply"),
        (MemoryError(), 2, "more memory"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (FileNotFoundError(2, "No such file", "lost"), 70, "lost"),
        (SystemExit(3), 3, ""),
    ],
    ids=lambda part: type(part).__name__,
)
@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_fault_inside(
    fault: BaseException,
    code: int,
    words: str,
    format_: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(derive_module, "derive", broken)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    result = CliRunner().invoke(main, [*DERIVE, "--format", format_])
    assert result.exit_code == code
    assert "Traceback" not in result.output
    said = result.stderr
    if format_ == "json" and words:
        assert result.stderr == ""
        said = json.loads(result.stdout)["error"]["message"]
    assert words in said
    if code == edge.INTERNAL:
        (kept,) = tmp_path.iterdir()
        assert str(kept) in said
        assert "Traceback" in kept.read_text("utf-8")
    assert len(said.splitlines()) <= 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["derive", "y = A @", "--format", "json"],
        ["derive", "--format=json"],
        ["check", "y = x", "--wrt", "x", "--claim", "A", "--format", "json"],
        ["check", "y = x", "--format", "json"],
        ["grade", "--answer", "x @ x", "--reference", "x", "--format", "json"],
        ["derive", "y = x", "--bogus", "--format", "json"],
        ["nonsense", "--format", "json"],
        ["cells", "nonsense", "--json"],
        ["gallery", "nonsense", "--json"],
        ["prove", "nonsense", "--format", "json"],
    ],
)
def test_errors_are_json_where_json_is_asked_for(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)
    plain = [a for a in arguments if a not in ("--format", "json", "--format=json")]
    assert result.exit_code == 2
    assert result.stderr == ""
    error = json.loads(result.stdout)["error"]
    assert error["type"].endswith(("Error", "Command", "Option", "Parameter"))
    assert error["message"]
    if "--json" not in arguments:
        assert CliRunner().invoke(main, plain).exit_code == 2


@pytest.mark.parametrize("number", ["1e999", "-1e999", "Infinity", "NaN", "[1e400]"])
def test_a_batch_is_strict_json_both_ways(number: str) -> None:
    line = f'{{"id": {number}, "answer": "x", "reference": "x"}}'
    found = record(1, line.encode())
    assert found["error"]["type"] == "ParseError"
    assert json.loads(json.dumps(found, allow_nan=False))
    fine = record(1, b'{"id": 1e99, "answer": "x", "reference": "x"}')
    assert fine["id"] == 1e99
