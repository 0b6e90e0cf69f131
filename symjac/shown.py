"""How results show themselves in Jupyter, VS Code and marimo; loaded when they do."""

from __future__ import annotations

from symjac.lazy import lazy_import

notebooks = lazy_import("symjac.render.display")


class Shown:
    """A result that a notebook displays: typeset, with steps that fold open.

    What is shown, `symjac.render.cards` says for each class.
    """

    __slots__ = ()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        bundle: dict[str, str] = notebooks.bundle(self)
        return bundle

    def _mime_(self) -> tuple[str, str]:
        """What marimo asks for: a kind of content, and the content."""
        shown: tuple[str, str] = notebooks.for_marimo(self)
        return shown
