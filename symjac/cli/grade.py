"""`symjac grade`: an answer against a reference, or a file of them."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import chain
from pathlib import Path
from typing import IO

import click

from symjac.claims.batch import as_json, digest, graded
from symjac.claims.decide import Outcome
from symjac.claims.equivalent import NAMES, Equivalence, equivalent
from symjac.cli.options import MAX_BYTES, read_text
from symjac.errors import OutputError, ParseError
from symjac.files import STANDARD_INPUT, Inputs, create, destination, is_standard_output
from symjac.lazy import is_installed

CODES = {
    Outcome.PROVED: 0,
    Outcome.REFUTED: 1,
    Outcome.ILL_TYPED: 1,
    Outcome.UNDECIDED: 3,
}
Records = tuple[IO[bytes], int, Iterator[bytes]]  # the stream, how many, lines to judge
START = 22  # bytes, up to the digest of the first record


@click.command("grade")
@click.option("--answer", help="The formula to judge (text, @file, or -).")
@click.option("--reference", help="The formula that it should equal.")
@click.option("--shapes", help="Declarations, such as 'W: (n, n) symmetric; x: (n)'.")
@click.option(
    "--latex",
    is_flag=False,
    flag_value="both",
    type=click.Choice(["both", *NAMES]),
    help="Which of both is LaTeX; alone, both are.",
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text"
)
@click.option("--batch", help="JSON lines, one task each; - for standard input.")
@click.option("--output", help="Where the records of --batch go; - is the default.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Processes of --batch; by default one per core with joblib, else one.",
)
@click.option("--resume", is_flag=True, help="Take up an interrupted --batch.")
def grade_command(
    answer: str | None,
    reference: str | None,
    shapes: str | None,
    latex: str | None,
    format_: str,
    batch: str | None,
    output: str | None,
    jobs: int | None,
    resume: bool,
) -> None:
    """Judge whether an answer equals a reference formula, transposes included."""
    if batch is not None:
        if answer or reference or shapes or latex:
            raise click.UsageError("--batch reads answers and references from its file")
        grade_batch(batch, output or "-", jobs or default_jobs(), resume=resume)
        return
    if answer is None or reference is None or output or jobs or resume:
        raise click.UsageError("give --answer and --reference alone, or --batch")
    declared = None if shapes is None else read_text(shapes)
    which = {None: False, "both": True}.get(latex, latex or False)
    found = equivalent(
        read_text(answer), read_text(reference), shapes=declared, latex=which
    )
    shown = json.dumps(as_json(found), indent=2) if format_ == "json" else text(found)
    click.echo(shown)
    sys.exit(CODES[found.outcome])


def text(found: Equivalence) -> str:
    """The verdict for a terminal."""
    words = found.outcome.value
    if found.is_transposed:
        words += ", equal up to a transpose"
    shapes = (f"{name}: {shape}" for name, shape in found.shapes.items())
    rows = {
        "answer": str(found.answer),
        "reference": str(found.reference),
        "verdict": words,
        "reason": "" if found.witness else found.reason,
        "witness": str(found.witness or ""),
        "holds iff": str(found.holds_iff or ""),
        "hypotheses": "; ".join(found.hypotheses),
        "shapes": "; ".join(shapes),
    }
    lines = [f"{name:<12} {row}" for name, row in rows.items() if row]
    echo = [f"read as  {name}: {line}" for name, line in (found.read or {}).items()]
    return "\n".join([*echo, *([""] if echo else []), *lines])


def default_jobs() -> int:
    """One process per core where joblib is there to run them."""
    return (os.cpu_count() or 1) if is_installed("joblib") else 1


def grade_batch(batch: str, output: str, jobs: int, *, resume: bool) -> None:
    """Judge all lines of a file; what is counted is told on standard error."""
    if resume and is_standard_output(output):
        raise click.UsageError("--resume needs --output")
    counts: Counter[str] = Counter()
    read = (STANDARD_INPUT, Path(batch))
    with _input(batch) as lines, _records(output, read, lines, resume=resume) as out:
        stream, done, rest = out
        with _progress(batch, done) as advance:
            for line in graded(rest, jobs=jobs, first=done + 1):
                _write(stream, line)
                counts[json.loads(line).get("outcome", "errors")] += 1
                advance(1)
    told = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    before = f"{done} from before, " if done else ""
    click.echo(f"{before}{told or 'nothing to judge'}", err=True)


@contextmanager
def _input(batch: str) -> Iterator[Iterator[bytes]]:
    try:
        stream = click.open_file(batch, "rb")
    except OSError as error:
        raise ParseError(f"cannot read {batch}: {error.strerror}") from None
    with stream:
        yield _lines(stream)


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Lines of bounded length: the rest of a longer one is passed over."""
    while line := stream.readline(MAX_BYTES):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_BYTES)
        yield line


def _write(stream: IO[bytes], line: str) -> None:
    """One whole record, so that an interrupted run loses none."""
    stream.write(f"{line}\n".encode())
    stream.flush()


@contextmanager
def _records(
    output: str, read: Inputs, lines: Iterator[bytes], *, resume: bool
) -> Iterator[Records]:
    """Where records go, and how many are there: to `.part`, renamed when all are.

    Raises:
        OutputError: the output is an input, or a file of something else.
    """
    if is_standard_output(output):
        yield sys.stdout.buffer, 0, lines
        return
    path = destination(Path(output), read)
    if path is None:
        with _unbuffered(output, resume=resume) as stream:
            yield stream, 0, lines
        return
    part = path.with_name(f"{path.name}.part")
    if destination(part, read) != part:
        raise OutputError(f"cannot write {part}: it is a link or a device")
    with _opened(path, part, lines, resume=resume) as out:
        try:
            yield out
            os.fsync(out[0].fileno())
        except OSError as error:
            message = f"cannot write a record: {error.strerror}"
            raise OutputError(message, hint="take it up with --resume") from None
    part.replace(path)


def _unbuffered(output: str, *, resume: bool) -> IO[bytes]:
    """A pipe or a device."""
    if resume:
        raise OutputError(f"--resume needs a file; {output} is none")
    return os.fdopen(os.open(output, os.O_WRONLY), "wb")


@contextmanager
def _opened(
    path: Path, part: Path, lines: Iterator[bytes], *, resume: bool
) -> Iterator[Records]:
    """The file of an interrupted or finished run after its last record, or a new one.

    Raises:
        OutputError: it cannot be written, or is there although nothing is resumed.
    """
    if part.exists() and not resume:
        hint = "continue with --resume, or delete it"
        raise OutputError(f"{part} is there from an interrupted run", hint=hint)
    try:
        _require_records(path)
        known = part if part.exists() else path
        kept = resume and known.exists()
        count, end, begun = _kept(known, lines) if kept else (0, 0, [])
        if known == path:
            with os.fdopen(create(part, path), "wb") as new:
                new.write(path.read_bytes() if kept else b"")
        stream = part.open("rb+")
    except OSError as error:
        raise OutputError(f"cannot write {part}: {error.strerror}") from None
    with stream:
        stream.seek(end)
        stream.truncate()
        yield stream, count, chain(begun, lines)


def _require_records(path: Path) -> None:
    """Records replace a file of records, and nothing else.

    Raises:
        OutputError: the file holds something else.
    """
    start = _head(1, b"")[:START]
    if path.exists():
        with path.open("rb") as stream:
            found = stream.read(START)
        if found != start[: len(found)]:
            raise OutputError(f"{path} is no file of records; name another")


def _kept(known: Path, lines: Iterator[bytes]) -> tuple[int, int, list[bytes]]:
    """How many whole records there are, their bytes, and a line that was begun.

    What follows the last one is cut off if it is the beginning of the next one.

    Raises:
        OutputError: the records are about other lines, or there are other things.
    """
    count, end = 0, 0
    with known.open("rb") as stream:
        for count, found in enumerate(stream, 1):
            line = next(lines, None)
            head, is_whole = _head(count, line or b""), found.endswith(b"\n")
            expected = head if is_whole else head[: len(found)]
            if line is None or found[: len(head)] != expected:
                message = f"record {count} of {known} is not about line {count}"
                hint = "delete it to start again"
                raise OutputError(f"{message} of the input", hint=hint)
            if not is_whole:
                return count - 1, end, [line]
            end += len(found)
    return count, end, []


def _head(number: int, line: bytes) -> bytes:
    """How the record of a line begins."""
    return json.dumps({"line": number, "digest": digest(line)}).encode()[:-1]


def _progress(batch: str, done: int) -> AbstractContextManager[Callable[[int], object]]:
    """A progress bar on a terminal, where the number of lines is known."""
    if batch == "-" or not (sys.stderr and sys.stderr.isatty()):
        return nullcontext(lambda count: None)
    with Path(batch).open("rb") as stream:
        total = sum(1 for _ in _lines(stream))
    return _bar(total, done)


@contextmanager
def _bar(total: int, done: int) -> Iterator[Callable[[int], None]]:
    with click.progressbar(length=total, label="graded", file=sys.stderr) as bar:
        bar.update(done)
        yield bar.update
