"""The given equations that hold at every point, also those that no derivative uses.

A derivative by z is one of a function of z; its value is wanted where z = W x, if that
is given. A state at the earliest step that is mentioned is an initial value: it is free
unless its equation stays within the steps that are mentioned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from symjac.chain import MAX_DEFINITIONS
from symjac.claims.comparison import mentioned
from symjac.errors import BudgetError
from symjac.terms import matrix as m
from symjac.terms.program import Program, is_earlier

Equations = dict[m.Symbol, m.MatrixExpr]


def tied(
    program: Program,
    exprs: Iterable[m.MatrixExpr],
    known: Mapping[m.Symbol, m.MatrixExpr],
) -> Equations:
    """Equations beside the known ones for what formulas mention, operands first.

    Raises:
        BudgetError: they are too many.
    """
    formulas = tuple(exprs)
    found: Equations = {}
    while True:
        names = mentioned(formulas, {**known, **found})
        new = {
            symbol: body
            for symbol in names - known.keys() - found.keys()
            if (body := program.definition(symbol)) is not None
            and _holds(program, symbol, names)
        }
        if not new:
            ordered = sorted(found, key=lambda symbol: _place(program, symbol))
            return {symbol: found[symbol] for symbol in ordered}
        found |= new
        if len(found) > MAX_DEFINITIONS:
            raise BudgetError(f"more than {MAX_DEFINITIONS} definitions to unfold")


def _place(program: Program, symbol: m.Symbol) -> tuple[int, int]:
    """Step by step, and in each step in the order of the equations."""
    offset = symbol.time.offset if symbol.time else 0
    names = [defined.symbol.name for defined in program.definitions]
    return offset, names.index(symbol.name)


def _holds(program: Program, symbol: m.Symbol, names: set[m.Symbol]) -> bool:
    """Whether a quantity is certainly computed by its equation, not a first value."""
    return symbol.name not in program.states or all(
        source.time is None
        or any(source.time == n.time or is_earlier(n.time, source.time) for n in names)
        for source in _sources(program, symbol)
    )


def _sources(program: Program, symbol: m.Symbol) -> set[m.Symbol]:
    """What a state is computed from, intermediate quantities written out."""
    found: set[m.Symbol] = set()
    todo = [symbol]
    while todo:
        one = todo.pop()
        is_open = one == symbol or one.name not in program.states
        body = program.definition(one) if is_open else None
        new = [] if body is None else [s for s in m.symbols(body) if s not in found]
        found.update(new)
        todo += new
    return found
