"""Entries of index forms at numbers, and explicit matrices of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from symjac.terms import index as ix
from symjac.typeset.latex import terms_latex

Indices = tuple[ix.Index, ...]


def at_entry(terms: ix.Terms, free: Indices, places: tuple[str, ...]) -> ix.Terms:
    """The index form at chosen places, such as `("1", "2")` or `("1", "n")`.

    Different places mean different numbers, so deltas between them are decided.
    """
    names = {i: ix.Index(p, i.dim) for i, p in zip(free, places, strict=True)}
    return tuple(
        t for term in ix.rename(terms, names) if (t := _decide(term)) is not None
    )


def _decide(term: ix.Term) -> ix.Term | None:
    kept = []
    for factor in term.factors:
        if isinstance(factor, ix.Delta):
            if factor.left.name != factor.right.name:
                return None
        else:
            kept.append(factor)
    return replace(term, factors=tuple(kept))


def matrix_of(
    entry: Callable[[str, str], str], rows: list[str], columns: list[str]
) -> str:
    """A LaTeX matrix; `...` stands for dots."""
    dots = {(True, True): r"\ddots", (True, False): r"\vdots", (False, True): r"\cdots"}
    lines = []
    for row in rows:
        cells = [
            dots[row == "...", column == "..."]
            if "..." in (row, column)
            else entry(row, column)
            for column in columns
        ]
        lines.append(" & ".join(cells))
    body = r" \\[6pt] ".join(lines)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def explicit(
    terms: ix.Terms, free: Indices, size: int, *, transposed: bool = False
) -> str:
    """The matrix of a form with two free indices, of given size."""
    places = [str(n + 1) for n in range(size)]
    return _grid(terms, free, places, places, transposed=transposed)


def general(terms: ix.Terms, free: Indices, *, transposed: bool = False) -> str:
    """The matrix with dots, for symbolic dimensions."""
    rows, columns = places(free[::-1] if transposed else free)
    return _grid(terms, free, rows, columns, transposed=transposed)


def places(free: Indices) -> tuple[list[str], list[str]]:
    """Rows and columns of a matrix with dots."""
    first, second = (["1", "2", "...", str(index.dim)] for index in free)
    return first, second


def _grid(
    terms: ix.Terms,
    free: Indices,
    rows: list[str],
    columns: list[str],
    *,
    transposed: bool,
) -> str:
    def entry(row: str, column: str) -> str:
        places = (column, row) if transposed else (row, column)
        return terms_latex(at_entry(terms, free, places))

    return matrix_of(entry, rows, columns)
