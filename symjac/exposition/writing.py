"""A document's notation: the letters of its indices, and how to read what it prints.

Every sentence here is about the notation in force, so none can contradict a formula.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from fractions import Fraction

from symjac.document import document as doc
from symjac.exposition.commands import history
from symjac.jacobian import Jacobian, taken_names
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import Kind, column, matrix
from symjac.typeset import latex
from symjac.typeset.notation import Notation, index_name, notation, written

STEPS = frozenset("st")  # what the argument through time calls steps


def written_for(
    jacobian: Jacobian,
    chosen: Notation | None = None,
    *,
    taken: frozenset[str] = frozenset(),
) -> AbstractContextManager[None]:
    """Print about a derivative, its free indices first in line for chosen letters.

    Args:
        chosen: the notation; None for the one in force.
        taken: what else an index may not be called.

    Raises:
        NotationError: an index would have the name of something else.
    """
    chain = history(jacobian)[::-1]
    own = [index.name for one in chain for index in one.free]
    named = {symbol.name for one in chain for symbol in (one.of, *one.unfolding.nodes)}
    known = taken_names(jacobian.program) | named | taken
    return written(chosen, own=own, taken=known)


def reading(jacobian: Jacobian, *, is_brief: bool = False) -> doc.Inline:
    """How letters, steps and components are to be told apart.

    Args:
        is_brief: say nothing of steps where they are superscripts.
    """
    weight = "bold" if notation().bold else "plain"
    timed = _timed(jacobian, is_brief=is_brief)
    if timed:
        return doc.join((doc.say(f"notation_{weight}"), timed, *marks(jacobian)), " ")
    return doc.join((doc.say(f"notation_{weight}_timeless"), *marks(jacobian)), " ")


def _timed(jacobian: Jacobian, *, is_brief: bool) -> doc.Inline:
    """How a step is printed, shown with the variable or another vector."""
    time, wrt = notation().time, jacobian.wrt
    others = () if time == "superscript" else jacobian.program.symbols
    shown = () if time == "superscript" and is_brief else (wrt, *others)
    timed = [symbol for symbol in shown if symbol.time is not None]
    vectors = [symbol for symbol in timed if symbol.shape.kind is Kind.COLUMN]
    if not vectors:
        is_said = not timed or time == "superscript"
        return () if is_said else doc.say(f"notation_step_{time}")
    symbol = vectors[0]
    free = jacobian.by_indices if symbol == wrt else jacobian.free
    index = ix.Index(free[0].name if free else "k", symbol.shape.dims[0])
    return doc.say(
        f"notation_time_{time}",
        entry=doc.Math(latex.entry_latex(ix.Entry(symbol, (index,)))),
        index=doc.Math(latex.index_latex(index)),
        vector=doc.Math(latex.name_latex(symbol.name, bold=True)),
        step=doc.Math(str(symbol.time)),
    )


def marks(jacobian: Jacobian) -> tuple[doc.Inline, ...]:
    """What signs mean that a document does not explain by default."""
    now, found = notation(), []
    if not now.bold:
        ones = doc.Math(latex.matrix_latex(m.Constant(Fraction(1), column("n"))))
        found.append(doc.say("notation_ones", ones=ones))
    if now.transpose != "top":
        square = m.Symbol(_name(jacobian, Kind.MATRIX, "A"), matrix("n", "m"))
        turned, whole = latex.transposed_latex(square), latex.symbol_latex(square)
        key = f"notation_transpose_{now.transpose}"
        found.append(doc.say(key, turned=doc.Math(turned), whole=doc.Math(whole)))
    if now.hadamard != "odot":
        name = latex.name_latex(_name(jacobian, Kind.COLUMN, "a"), bold=True)
        shown = doc.Math(f"{name} {latex.hadamard_sign()} {name}")
        power = doc.Math(f"{name}^{{{latex.hadamard_sign()} 2}}")
        found.append(doc.say("notation_hadamard", product=shown, power=power))
    return tuple(found)


def _name(jacobian: Jacobian, kind: Kind, other: str) -> str:
    """A name of the document's own for an example, if it has such a quantity."""
    own = (s.name for s in jacobian.program.symbols if s.shape.kind is kind)
    return next(own, other)


def units_renamed(expr: m.MatrixExpr, jacobian: Jacobian) -> m.MatrixExpr:
    """The unit vectors of `Jacobian.slice`, named by the indices as printed."""
    own, names = f"{jacobian.unit}_", (i.name for i in jacobian.by_indices)
    units = {own + name: own + index_name(name) for name in names}
    found = (s for s in m.symbols(expr) if s.name in units)
    return m.substitute(expr, {s: replace(s, name=units[s.name]) for s in found})
