"""Documents by a template of one's own: Jinja in a sandbox, mistakes with their line.

The format is what stands before `.jinja` in the file's name. docs/templates.md lists
what a template sees.
"""

from __future__ import annotations

import traceback
from pathlib import Path

from symjac.document import document as doc
from symjac.document.templates import environment
from symjac.errors import OutputError, Source, Span, TemplateError

FORMATS = ("tex", "md", "html", "typ")
MAX_BYTES = 1_000_000


def template_format(path: Path) -> str:
    """The format that a template's name says, such as `tex` for `mine.tex.jinja`.

    Raises:
        TemplateError: the name says none.
    """
    parts = path.name.split(".")
    if len(parts) < 3 or parts[-1] != "jinja" or parts[-2] not in FORMATS:
        known = ", ".join(f".{name}.jinja" for name in FORMATS)
        raise TemplateError(f"{path.name} is no template", hint=f"it ends in {known}")
    return parts[-2]


def render_with(path: Path, view: doc.ProofView) -> str:
    """A document by a template of one's own.

    Raises:
        TemplateError: malformed, or it asks for what the view has not, with the line.
        OutputError: the file cannot be read.
    """
    format = template_format(path)
    source = _read(path)
    made = environment(format, path.resolve().parent, is_sandboxed=True)
    try:
        return str(made.from_string(source.text).render(view=view, words=doc.words()))
    except Exception as error:  # whatever a template of one's own may raise
        raise _located(error, source) from None


def _read(path: Path) -> Source:
    try:
        content = path.read_bytes()
        if len(content) > MAX_BYTES:
            raise TemplateError(f"{path.name} has more than {MAX_BYTES} bytes")
        return Source(path.name, content.decode("utf-8"))
    except OSError as error:
        raise OutputError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise TemplateError(f"{path.name} is not UTF-8, byte {error.start}") from None


def _located(error: Exception, source: Source) -> TemplateError:
    """The error at its line of the template, which Jinja calls `<template>`."""
    message = getattr(error, "message", None) or str(error) or type(error).__name__
    name = getattr(error, "name", None)
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f.lineno for f in frames if f.filename in ("<template>", "<unknown>")]
    line = getattr(error, "lineno", None) if not lines else lines[-1]
    if name or line is None:
        return TemplateError(f"{name or source.name}: {message}")
    starts = source.text.splitlines(keepends=True)
    start = sum(map(len, starts[: line - 1]))
    width = len(starts[line - 1].rstrip()) if line <= len(starts) else 1
    return TemplateError(message, Span(source, start, start + max(width, 1)))
