"""SymPy expressions to programs, formulas and index forms.

    MatrixExpr ─ matrix ─> matrix form          ─┐
    Indexed    ─ index ─> index form ─ lift ─> ──┴─> Program, as if it were written

Shapes: an expression with free indices is a vector or a matrix over them, the first
index its row. Layout plays no part.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from symjac.calculus.contract import CONTRACT
from symjac.calculus.lift import Arrangement, lift
from symjac.calculus.lower import LOWER
from symjac.errors import LiftError, Source, Span, UnsupportedError
from symjac.language.parse import english
from symjac.language.written_out import functions
from symjac.lazy import lazy_import
from symjac.rewrite.rule import Context, run
from symjac.sympy_bridge.index import (
    IndexReader,
    Sizes,
    index_name,
    is_index,
    open_indices,
)
from symjac.sympy_bridge.matrix import Reader
from symjac.sympy_bridge.names import Names, as_sympy, read_name, refuse
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.program import Defined, Meaning, Program, is_earlier
from symjac.terms.shape import SCALAR, column, matrix
from symjac.typeset.text import matrix_text

if TYPE_CHECKING:
    import sympy
else:
    sympy = lazy_import("sympy")

SHORT = ("y", "f", "g")


def from_sympy(
    expr: Any,
    name: str = "y",
    indices: tuple[Any, ...] | None = None,
    *,
    by: tuple[Any, ...] = (),
    beside: tuple[Any, ...] = (),
) -> Program:
    """The program with one definition, `name` = the expression.

    Args:
        expr: a SymPy matrix expression, a number made of matrices, an expression in
            `Indexed` entries, or an equation `Eq(y, ...)` or `Eq(y[i], ...)`.
        name: what it is called; another name if the expression uses it.
        indices: the order of the free indices; by default sorted by name.
        by: SymPy symbols that are quantities, even where the expression has none.
        beside: what else is asked; the result never gets a name that occurs in it.

    Raises:
        UnsupportedError: a node, by its name, that symjac has no meaning for. It is
            never treated as constant.
        ShapeError: dimensions that do not fit.
        LiftError: an index form that has no matrix form.

    Example:
        >>> import sympy
        >>> A, x = sympy.MatrixSymbol("A", 3, 2), sympy.MatrixSymbol("x", 2, 1)
        >>> print(from_sympy((A * x).applyfunc(sympy.tanh)).source.text)
        A: (3, 2)
        x: (2)
        y = tanh(A @ x)
    """
    expr = as_sympy(expr)
    if isinstance(expr, sympy.Equality):
        left, expr = expr.args
        name = str(getattr(left, "base", left))
        indices = getattr(left, "indices", indices)
        by = beside = ()
    names = Names()
    body = read(expr, names, indices)
    for one in (*by, *beside):
        names.taken |= _names_in(one)
        for symbol in getattr(one, "free_symbols", ()):
            if english(str(symbol)) in names.claimed:
                names.own(symbol)
    for one in by:
        if isinstance(one, sympy.MatrixSymbol) or type(one) is sympy.Symbol:
            read(one, names, None)
    return program(body, names, name)


def _names_in(one: Any) -> set[str]:
    if isinstance(one, str):
        return set(re.findall(r"\w+", english(one)))
    free = getattr(one, "free_symbols", ())
    return {english(str(getattr(symbol, "name", symbol))) for symbol in free}


def formula_from_sympy(expr: Any, known: Program) -> m.MatrixExpr:
    """A SymPy expression over a program's names, in matrix form.

    Raises:
        ParseError: a name that the program does not know.
        ShapeError: a name with another shape than in the program.
    """
    expr = as_sympy(expr)
    if isinstance(expr, sympy.IndexedBase):
        name = read_name(str(expr.label))[0]
        return Names(known).quantity(str(expr.label), known.shape(name))
    return read(expr, Names(known), None)


def program_of_sympy(*exprs: Any) -> Program:
    """A program without definitions: the names of several expressions, read jointly.

    Raises:
        UnsupportedError, ShapeError, LiftError: as for `from_sympy`.
    """
    names = Names()
    bodies = [read(as_sympy(expr), names, None) for expr in exprs]
    found = tuple(dict.fromkeys(s for body in bodies for s in m.symbols(body)))
    source = Source("SymPy expression", "; ".join(map(matrix_text, bodies)))
    return _program(source, (), found, names)


def name_from_sympy(expr: Any) -> str:
    """The name of a quantity: of a symbol, a base, or the base of an entry."""
    if isinstance(expr, str):
        return expr
    if isinstance(expr, sympy.Indexed):
        expr = expr.base
    if isinstance(expr, sympy.IndexedBase):
        return str(expr.label)
    if isinstance(expr, sympy.MatrixSymbol | sympy.Symbol):
        return str(expr.name)
    refuse(expr, "is no name to differentiate by")


def terms_from_sympy(expr: Any, known: Program | None = None) -> ix.Terms:
    """The index form of an index expression; its free indices keep their names.

    The inverse of `Jacobian.component`, up to canonical form.

    Args:
        known: the program whose names the expression uses, for their properties.

    Example:
        >>> import sympy
        >>> from symjac.typeset.text import terms_text
        >>> A, x = sympy.IndexedBase("A"), sympy.IndexedBase("x")
        >>> i, j, n = sympy.symbols("i j n")
        >>> terms_text(terms_from_sympy(sympy.Sum(A[i, j] * x[j], (j, 0, n - 1))))
        'sum[l](A[i,l] * x[l])'
    """
    expr = as_sympy(expr)
    names = Names(known)
    names.see(expr)
    return _indexed(expr, names, open_indices(expr))[0]


def read(expr: Any, names: Names, indices: tuple[Any, ...] | None) -> m.MatrixExpr:
    """The matrix form of an expression of either kind."""
    if isinstance(expr, sympy.MatrixBase):
        refuse(expr, "is not supported", "write it with MatrixSymbol or BlockMatrix")
    names.see(expr)
    free = open_indices(expr) if isinstance(expr, sympy.Expr) else ()
    if not free and not expr.has(sympy.Indexed):
        return _reader(names).read(expr)
    order = free if indices is None else tuple(indices)
    if sorted(map(str, order)) != sorted(map(str, free)):
        raise UnsupportedError(f"the free indices are {free}, not {order}")
    return _lifted(*_indexed(expr, names, order))


def _reader(names: Names) -> Reader:
    def closed(expr: Any) -> m.MatrixExpr:
        """A number in index notation, in matrix form."""
        free = open_indices(expr)
        if free:
            refuse(expr, f"has a free index inside a matrix, {free[0]}")
        return _lifted(*_indexed(expr, names, ()))

    return Reader(names, closed)


def _indexed(
    expr: Any, names: Names, order: tuple[Any, ...]
) -> tuple[ix.Terms, tuple[ix.Index, ...]]:
    """The contracted index form and its free indices in order."""
    if len({index_name(index) for index in order}) != len(order):
        raise UnsupportedError(f"two free indices of one name: {order}")
    sizes = Sizes(names)
    sizes.solve(expr)
    at = {i: ix.Index(index_name(i), sizes.resolve(sizes.free[i])) for i in order}
    taken = frozenset(s.name for s in expr.free_symbols if is_index(s))
    fresh = ix.IndexSupply(taken | {index.name for index in at.values()})
    reader = IndexReader(names, sizes, _reader(names).read, fresh)
    terms = reader.read(expr, at)
    lowered = run("entries", terms, LOWER, Context(fresh)).result
    contracted = run("sums", lowered, CONTRACT, Context(fresh)).result
    return ix.tidy(contracted, taken), tuple(at.values())


def _lifted(terms: ix.Terms, free: tuple[ix.Index, ...]) -> m.MatrixExpr:
    if len(free) > 2:
        shown = ", ".join(index.name for index in free)
        raise LiftError(f"{len(free)} free indices, {shown}: no matrix form")
    dims = [index.dim for index in free]
    shape = SCALAR if not dims else column(*dims) if len(dims) == 1 else matrix(*dims)
    target = Arrangement(free, shape)
    return lift(terms, target, Context(ix.IndexSupply()), collected=False).expr


def program(body: m.MatrixExpr, names: Names, name: str) -> Program:
    """A program with one definition."""
    found = tuple(dict.fromkeys((*m.symbols(body), *names.symbols.values())))
    own = _own_symbol(body, names, name)
    lines = [_declaration(s) for s in dict.fromkeys(timeless(s) for s in found)]
    text = "\n".join([*functions(body), *lines, f"{own} = {matrix_text(body)}"])
    source = Source("SymPy expression", text)
    start = len(text) - len(text.rsplit("\n", 1)[-1])
    at = Span(source, start, len(text))
    defined = Defined(own, body, at)
    return _program(source, (defined,), (own, *found), names)


def _own_symbol(body: m.MatrixExpr, names: Names, name: str) -> m.Symbol:
    """What is defined: under its name if that is free, or a later step of a state."""
    stem, time = read_name(name)
    if time is not None:
        own = m.Symbol(stem, body.shape, time)
        if all(is_earlier(s.time, time) for s in m.symbols(body) if s.name == stem):
            return names.quantity(name, body.shape)
        raise UnsupportedError(f"{own} is defined by itself or by a later step")
    used = {*(s.name for s in m.symbols(body)), *names.functions, *names.dimensions}
    used |= names.taken
    candidates = (stem, *SHORT, *(f"y_{n}" for n in range(len(used) + 1)))
    return m.Symbol(next(c for c in candidates if c not in used), body.shape)


def timeless(symbol: m.Symbol) -> m.Symbol:
    """The symbol without its time step."""
    return m.Symbol(symbol.name, symbol.shape, None, symbol.properties)


def _declaration(symbol: m.Symbol) -> str:
    return " ".join((f"{symbol.name}: {symbol.shape}", *symbol.properties))


def _program(
    source: Source,
    definitions: tuple[Defined, ...],
    found: tuple[m.Symbol, ...],
    names: Names,
) -> Program:
    every = (*found, *(defined.symbol for defined in definitions))
    return Program(
        source,
        definitions,
        found,
        {s.name: Meaning(s.shape, s.properties, s.time is not None) for s in every},
        tuple(sorted(names.functions)),
        frozenset(names.dimensions),
        bases=frozenset(s.time.base for s in found if s.time and s.time.base),
    )
