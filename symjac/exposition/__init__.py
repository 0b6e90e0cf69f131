"""Results as documents; what notebooks show of them is loaded when they ask."""

from symjac import shown
from symjac.lazy import lazy_import

_display = lazy_import("symjac.exposition.display")


@shown.bundle.register
def _bundle(result: shown.Shown) -> dict[str, str]:
    found: dict[str, str] = _display.bundle(result)
    return found


@shown.plain.register
def _plain(result: shown.Shown) -> str:
    found: str = _display.card(result).plain
    return found


@shown.for_marimo.register
def _for_marimo(result: shown.Shown) -> tuple[str, str]:
    found: tuple[str, str] = _display.for_marimo(result)
    return found
