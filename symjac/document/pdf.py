"""PDF by LaTeX where it is installed, else by the `typst` package; always the same.

Both run in a temporary folder and see nothing else: LaTeX without shell and with file
access limited to that folder and its own installation, Typst with that folder as root.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from symjac.document import document as doc
from symjac.document.templates import render_view
from symjac.errors import OutputError, PackageError
from symjac.lazy import optional_import

ENGINES = ("latex", "typst")
PRINTED_BY = {"tex": "latex", "typ": "typst"}
SECONDS = 180  # a proof takes about 3
RUNS = 3  # of pdflatex: references, then page numbers
LINES = 4  # of an error
OPTIONS = ("-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error")
EPOCH = datetime(1980, 1, 1, tzinfo=UTC)
LIMITS = {
    "openin_any": "p",
    "openout_any": "p",
    "shell_escape": "f",
    "SOURCE_DATE_EPOCH": str(int(EPOCH.timestamp())),
    "FORCE_SOURCE_DATE": "1",
    "max_print_line": "1000",
}


def pdf_view(
    view: doc.ProofView, engine: str | None = None, *, is_adhoc: bool = False
) -> bytes:
    """A document as PDF, by LaTeX where there is one, else by Typst.

    Args:
        engine: `latex` or `typst`, to have that one.
        is_adhoc: as for `render_view`.

    Raises:
        OutputError: the first error of the engine, or too much time.
        PackageError: the engine is not installed.
    """
    chosen = engine_for(engine)
    format = next(name for name, one in PRINTED_BY.items() if one == chosen)
    source = render_view(view, format, is_adhoc=is_adhoc)
    return pdf_of(source, pictures(view, chosen), chosen)


def pictures(view: doc.ProofView, engine: str) -> Mapping[str, str | bytes]:
    """The files that a document includes, as the engine can read them."""
    plots = [b for s in view.sections for b in s.blocks if isinstance(b, doc.Plot)]
    if engine == "latex":
        return {f"{plot.file}.pdf": plot.pdf for plot in plots}
    return {f"{plot.file}.svg": plot.svg for plot in plots}


def engine_for(engine: str | None) -> str:
    """The engine asked for, or LaTeX where there is one, else Typst.

    Raises:
        OutputError: no engine of that name.
        PackageError: nothing that makes PDF is installed.
    """
    if engine is None:
        return "latex" if latex_program() else "typst"
    if engine not in ENGINES:
        raise OutputError(f"no engine {engine!r}", hint="known: latex, typst")
    return engine


def latex_program() -> str | None:
    """The path of latexmk or pdflatex."""
    if not shutil.which("pdflatex"):
        return None
    return shutil.which("latexmk") or shutil.which("pdflatex")


def pdf_of(source: str, pictures: Mapping[str, str | bytes], engine: str) -> bytes:
    """The PDF of a LaTeX or Typst source with the pictures that it includes.

    Raises:
        OutputError: the first error of the engine, or too much time.
        PackageError: the engine is not installed.
    """
    with tempfile.TemporaryDirectory(prefix="symjac-") as name:
        folder = Path(name)
        for file, content in pictures.items():
            whole = content if isinstance(content, bytes) else content.encode()
            (folder / file).write_bytes(whole)
        make = _latex if engine == "latex" else _typst
        return make(source, folder)


def _latex(source: str, folder: Path) -> bytes:
    program = latex_program()
    if program is None:
        raise PackageError(
            "this needs latexmk or pdflatex, which is not installed",
            hint="use --engine typst, or install TeX Live",
        )
    (folder / "proof.tex").write_text(source, "utf-8")
    is_latexmk = Path(program).stem == "latexmk"
    own = ["-norc", "-pdf"] if is_latexmk else []
    log, made = folder / "proof.log", folder / "proof.pdf"
    for _ in range(1 if is_latexmk else RUNS):
        code = _run([program, *own, *OPTIONS, "proof.tex"], folder)
        if code or not made.is_file():
            raise OutputError(f"LaTeX: {first_error(_text(log))}", hint=_HINT)
        if "Rerun to get" not in _text(log):
            break
    return made.read_bytes()


_HINT = "--engine typst makes PDF without LaTeX: pip install 'symjac[pdf]'"


def _text(path: Path) -> str:
    return path.read_text("utf-8", errors="replace") if path.is_file() else ""


def _run(command: list[str], folder: Path) -> int:
    """The exit code of a command; its whole process group ends with the time."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **LIMITS},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        raise OutputError(f"LaTeX took more than {SECONDS} seconds") from None
    finally:
        if process.poll() is None:
            _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process with its children, where the system has process groups."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


_PROMPTS = ("Type ", "See the", " ...", "or enter new", "Enter file name")


def first_error(log: str) -> str:
    """The first error of a LaTeX log with its place, without what follows from it."""
    lines = log.splitlines()
    start = next((n for n, line in enumerate(lines) if line.startswith("!")), None)
    if start is None:
        return "no PDF and no error in the log"
    shown = [lines[start]]
    for line in lines[start + 1 :]:
        if re.match(r"l\.\d+ ", line):
            return "\n".join([*shown[:LINES], line])
        if line.startswith("!"):
            break
        if line.strip() and not line.startswith(_PROMPTS):
            shown.append(line)
    return "\n".join(shown[:LINES])


def _typst(source: str, folder: Path) -> bytes:
    typst: Any = optional_import("typst", extra="pdf")
    path = folder / "proof.typ"
    path.write_text(source, "utf-8")
    try:
        made = typst.compile(
            path, root=folder, ignore_system_fonts=True, timestamp=EPOCH
        )
    except typst.TypstError as error:
        shown = (getattr(error, "diagnostic", "") or str(error)).strip()
        first, _, _ = shown.partition("\n\n")
        found = re.sub(r"─ \S*proof\.typ", "─ proof.typ", first)
        raise OutputError(f"Typst: {found}") from None
    return bytes(made)
