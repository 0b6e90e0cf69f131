"""Generated files of the repository: `output/`, written or compared byte by byte."""

from __future__ import annotations

from pathlib import Path

from symjac.catalog.paper import names
from symjac.errors import OutputError
from symjac.render.page import encoded, prove, write_all

OUTPUT = "output"


def generated() -> dict[str, str | bytes]:
    """Every generated file by its name in `output/`."""
    files: dict[str, str | bytes] = {}
    for key in names():
        files |= prove(key).files()
    return files


def write_outputs(root: Path) -> tuple[Path, ...]:
    """Regenerate `output/` below the repository's root."""
    require_repository(root)
    return write_all(root / OUTPUT, generated())


def compare_outputs(root: Path) -> list[str]:
    """One message for each generated file that is missing or differs."""
    require_repository(root)
    stale = []
    for name, content in generated().items():
        path = root / OUTPUT / name
        if not path.is_file():
            stale.append(f"{path} is missing; run symjac docs")
        elif path.read_bytes() != encoded(content):
            stale.append(f"{path} is out of date; run symjac docs")
    return stale


def pages(root: Path) -> list[Path]:
    """The Markdown pages of the repository, which may hold generated blocks."""
    require_repository(root)
    return [*root.glob("README.md"), *sorted((root / "docs").rglob("*.md"))]


def require_repository(root: Path) -> None:
    """Refuse to write anywhere but into symjac's own repository."""
    if not (root / "symjac" / "catalog").is_dir():
        hint = "or name Markdown files: symjac docs README.md"
        message = "symjac docs without files runs in the root of symjac's repository"
        raise OutputError(message, hint=hint)
