r"""LaTeX as printed in papers, read strictly into symjac's own language.

Loaded at first use: whoever writes symjac's language does not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symjac.lazy import lazy_import

if TYPE_CHECKING:
    from symjac.latex_input.by_use import ByUse as ByUse
    from symjac.latex_input.by_use import read_by_use as read_by_use
    from symjac.latex_input.formulas import Written as Written
    from symjac.latex_input.formulas import read_formulas as read_formulas
    from symjac.latex_input.read import Reading as Reading
    from symjac.latex_input.read import program_of as program_of
    from symjac.latex_input.read import translate as translate

_read = lazy_import("symjac.latex_input.read")
_by_use = lazy_import("symjac.latex_input.by_use")
_formulas = lazy_import("symjac.latex_input.formulas")


def __getattr__(name: str) -> Any:
    if name in ("Reading", "program_of", "translate"):
        return getattr(_read, name)
    if name in ("ByUse", "read_by_use"):
        return getattr(_by_use, name)
    if name in ("Written", "read_formulas"):
        return getattr(_formulas, name)
    raise AttributeError(name)
