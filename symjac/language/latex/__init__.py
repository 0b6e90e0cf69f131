r"""LaTeX as printed in papers, read strictly into symjac's own language."""

from symjac.language.latex.read import Reading, translate

__all__ = ["Reading", "translate"]
