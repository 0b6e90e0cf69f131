"""symjac: derive, explain, judge and print Jacobians of vector and matrix equations."""

from symjac.backward.gradients import gradients
from symjac.catalog.published import load_cell as cell
from symjac.claims.adjudicate import Outcome, check
from symjac.claims.differential import differential
from symjac.claims.equivalent import equivalent
from symjac.derive import derive, parse, parse_latex
from symjac.diagnosis.diagnose import diagnose
from symjac.errors import SymjacError
from symjac.exposition.page import prove
from symjac.sympy_bridge.read import from_sympy
from symjac.terms.shape import Layout
from symjac.typeset.notation import Notation

__version__ = "0.1.0"

__all__ = [
    "Layout",
    "Notation",
    "Outcome",
    "SymjacError",
    "cell",
    "check",
    "derive",
    "diagnose",
    "differential",
    "equivalent",
    "from_sympy",
    "gradients",
    "parse",
    "parse_latex",
    "prove",
]


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
