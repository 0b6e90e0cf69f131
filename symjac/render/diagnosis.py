"""A diagnosis for a terminal and as data."""

from __future__ import annotations

from symjac.claims.diagnose import Diagnosis, Remedy

COLUMN = 18


def diagnosis_text(diagnosis: Diagnosis) -> str:
    """The remedies, one below the other, and how far the search went."""
    if not diagnosis.tried:
        return ""
    out = ["what would make it right"]
    for remedy in diagnosis.remedies:
        first, *more = _lines(remedy)
        out.append(f"  {remedy.layout.value:<{COLUMN - 2}}{first}")
        out += [" " * COLUMN + line for line in more]
    if not diagnosis.remedies:
        out.append("  nothing that was tried")
    return "\n".join([*out, f"  tried           {extent(diagnosis)}"])


def _lines(remedy: Remedy) -> list[str]:
    equation = [] if remedy.equation is None else remedy.equation.splitlines()
    return [remedy.edit, str(remedy.formula), *equation]


def extent(diagnosis: Diagnosis) -> str:
    """How many formulas were tried, and whether the limit cut the search."""
    count = f"{diagnosis.tried} formulas and readings"
    return count if diagnosis.is_exhausted else f"{count}; stopped at the limit"


def diagnosis_json(diagnosis: Diagnosis) -> list[dict[str, object]]:
    """One object for each remedy, the nearest first."""
    return [
        {
            "edit": remedy.edit,
            "formula": str(remedy.formula),
            "layout": remedy.layout.value,
            "equation": remedy.equation,
            "distance": remedy.distance,
        }
        for remedy in diagnosis.remedies
    ]
