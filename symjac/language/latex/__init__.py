r"""LaTeX as printed in papers, read strictly into symjac's own language.

Loaded at first use: whoever writes symjac's language does not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symjac.lazy import lazy_import

if TYPE_CHECKING:
    from symjac.language.latex.read import Reading as Reading
    from symjac.language.latex.read import program_of as program_of
    from symjac.language.latex.read import translate as translate

_read = lazy_import("symjac.language.latex.read")


def __getattr__(name: str) -> Any:
    if name in ("Reading", "program_of", "translate"):
        return getattr(_read, name)
    raise AttributeError(name)
