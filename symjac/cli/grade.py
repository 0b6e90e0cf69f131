"""`symjac grade`: an answer against a reference, or a file of them."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import IO

import click

from symjac.claims.batch import as_json, digest, graded
from symjac.claims.decide import Outcome
from symjac.claims.equivalent import NAMES, Equivalence, equivalent
from symjac.cli.options import MAX_BYTES, read_text
from symjac.errors import OutputError, ParseError
from symjac.lazy import is_installed

CODES = {
    Outcome.PROVED: 0,
    Outcome.REFUTED: 1,
    Outcome.ILL_TYPED: 1,
    Outcome.UNDECIDED: 3,
}


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
    if resume and output == "-":
        raise click.UsageError("--resume needs --output")
    counts: Counter[str] = Counter()
    _check_output(batch, output)
    with _input(batch) as lines, _records(output, lines, resume=resume) as out:
        stream, done = out
        with _progress(batch, done) as advance:
            for line in graded(lines, jobs=jobs, first=done + 1):
                _write(stream, line)
                counts[json.loads(line).get("outcome", "errors")] += 1
                advance(1)
    told = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    before = f"{done} from before, " if done else ""
    click.echo(f"{before}{told or 'nothing to judge'}", err=True)


def _check_output(batch: str, output: str) -> None:
    """Records replace a file of records, and nothing else.

    Raises:
        OutputError: the output is a folder, or the input.
    """
    path = Path(output)
    if path.is_dir():
        raise OutputError(f"cannot write {output}: it is a folder")
    if path.exists() and Path(batch).exists() and path.samefile(batch):
        raise OutputError(f"{output} is the input; name another file for the records")


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
    try:
        stream.write(f"{line}\n".encode())
        stream.flush()
    except OSError as error:
        raise OutputError(f"cannot write a record: {error.strerror}") from None


@contextmanager
def _records(
    output: str, lines: Iterator[bytes], *, resume: bool
) -> Iterator[tuple[IO[bytes], int]]:
    """Where records go, and how many are there: to `.part`, renamed when all are."""
    if output == "-":
        yield sys.stdout.buffer, 0
        return
    path = Path(output)
    part = Path(f"{output}.part")
    with _opened(path, part, resume=resume) as stream:
        yield stream, _kept(stream, lines, part)
    part.replace(path)


def _opened(path: Path, part: Path, *, resume: bool) -> IO[bytes]:
    """The file of an interrupted or finished run, or a new one.

    Raises:
        OutputError: it cannot be written, or is there although nothing is resumed.
    """
    if part.exists() and not resume:
        hint = "continue with --resume, or delete it"
        raise OutputError(f"{part} is there from an interrupted run", hint=hint)
    try:
        if resume and path.exists() and not part.exists():
            shutil.copyfile(path, part)
        return part.open("ab+")
    except OSError as error:
        raise OutputError(f"cannot write {part}: {error.strerror}") from None


def _kept(stream: IO[bytes], lines: Iterator[bytes], part: Path) -> int:
    """Cut what follows the last whole record; pass over the lines of the others.

    Raises:
        OutputError: the records are about other lines.
    """
    stream.seek(0)
    count, end = 0, 0
    for found in stream:
        if not found.endswith(b"\n"):
            break
        line = next(lines, None)
        count += 1
        if line is None or not _is_about(found, count, line):
            message = f"record {count} of {part} is not about line {count} of the input"
            raise OutputError(message, hint="delete it to start again")
        end += len(found)
    stream.truncate(end)
    return count


def _is_about(found: bytes, number: int, line: bytes) -> bool:
    try:
        known = json.loads(found)
    except ValueError:
        return False
    own = {"line": number, "digest": digest(line)}
    return isinstance(known, dict) and own.items() <= known.items()


def _progress(batch: str, done: int) -> AbstractContextManager[Callable[[int], object]]:
    """A progress bar on a terminal, where the number of lines is known."""
    if batch == "-" or not sys.stderr.isatty():
        return nullcontext(lambda count: None)
    with Path(batch).open("rb") as stream:
        total = sum(1 for _ in _lines(stream))
    return _bar(total, done)


@contextmanager
def _bar(total: int, done: int) -> Iterator[Callable[[int], None]]:
    with click.progressbar(length=total, label="graded", file=sys.stderr) as bar:
        bar.update(done)
        yield bar.update
