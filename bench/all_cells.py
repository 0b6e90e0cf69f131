"""Every one-step Jacobian of every cell of the catalogue, once, after the import.

For each pair of states, d(state)/d(state one step earlier): parsed, derived, and lifted
in both layouts; then the same with all gates written out. Each is done once, cold. Run
from the repository's root: python -m bench.all_cells
"""

from __future__ import annotations

from bench.timing import milliseconds
from symjac.catalog.published import Cell, cell_names, load_cell
from symjac.derive import derive
from symjac.terms.shape import Layout

SLOWEST = 5


def blocks(cell: Cell, *, expand: bool) -> None:
    """All blocks of one cell's Jacobian."""
    for of in cell.states:
        for by in cell.states:
            pair = str(cell.at(of)), str(cell.at(by, -1))
            jacobian = derive(cell.program, *pair, expand=expand)
            for layout in Layout:
                str(jacobian.matrix(layout.value))


def timed(name: str, *, expand: bool) -> float:
    """Milliseconds for one cell, its file read and parsed if it was not before."""
    return milliseconds(lambda: blocks(load_cell(name), expand=expand))


def main() -> None:
    names = cell_names()
    count = sum(len(load_cell(name).states) ** 2 for name in names)
    for expand in (False, True):
        times = {name: timed(name, expand=expand) for name in names}
        shown = "gates written out" if expand else "gates by name"
        total = sum(times.values()) / 1e3
        print(f"{len(names)} cells, {count} blocks, {shown}: {total:.2f} s")
        for name in sorted(times, key=lambda name: -times[name])[:SLOWEST]:
            print(f"  {name:40} {times[name]:8.1f} ms")


if __name__ == "__main__":
    main()
