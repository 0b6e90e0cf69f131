"""What the names of a SymPy expression mean: quantities, dimensions, functions.

A `MatrixSymbol` of shape (n, 1) is a column vector, (1, n) a row vector, (1, 1) a
number; a `Symbol` is a number, or a dimension if some shape mentions it. Every symbol
stands for something real, whatever SymPy assumes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from symjac.errors import ParseError, ShapeError, Source, Span, UnsupportedError
from symjac.language.called import RESERVED, is_refused
from symjac.language.check import reopen
from symjac.language.parse import english
from symjac.language.syntax import literal
from symjac.lazy import lazy_import
from symjac.library.functions import TABLE, lookup
from symjac.library.row import Function
from symjac.terms import matrix as m
from symjac.terms.operations import plus, times
from symjac.terms.program import Program
from symjac.terms.shape import (
    SCALAR,
    Compound,
    Dim,
    Kind,
    Shape,
    Time,
    column,
    matrix,
    named_dims,
    row,
)

if TYPE_CHECKING:
    import sympy
else:
    sympy = lazy_import("sympy")

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_TIMED = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"(\[((?P<base>[A-Za-z][A-Za-z0-9_]*)(?P<offset>[+-][0-9]+)?|(?P<step>[0-9]+))\])?"
)
MAX_EXPONENT = 64


def refuse(expr: Any, why: str, hint: str | None = None) -> NoReturn:
    """Raise for a node that symjac has no meaning for; it is never a constant."""
    name = type(expr).__name__
    raise UnsupportedError(f"SymPy's {name} {why}: {expr}", hint=hint)


def as_sympy(expr: Any) -> Any:
    """A SymPy object; text is never evaluated."""
    try:
        return sympy.sympify(expr, strict=True)
    except sympy.SympifyError:
        kind = type(expr).__name__
        message = f"expected a SymPy expression, found {kind}"
        hint = "for text, use symjac.parse" if isinstance(expr, str) else None
        raise UnsupportedError(message, hint=hint) from None


def read_name(text: str) -> tuple[str, Time | None]:
    """A quantity's name and its time step, as in `x[t-1]`."""
    found = _TIMED.fullmatch(english(text))
    if found is None:
        message = f"the SymPy name {text!r} is no name in symjac's language"
        raise UnsupportedError(message, hint="rename it, for instance to W_1 or x[t-1]")
    if found["step"]:
        return found["name"], Time(None, int(literal(found["step"])))
    if found["base"]:
        return found["name"], Time(found["base"], int(literal(found["offset"] or "0")))
    return found["name"], None


def number(expr: Any) -> Fraction:
    """An exact number; a decimal means what is written, as in the language."""
    if expr.is_Rational:
        return Fraction(int(expr.p), int(expr.q))
    if not expr.is_finite:
        refuse(expr, "is not a number")
    return Fraction(str(expr))


def exponent(expr: Any) -> Fraction:
    """A literal exponent."""
    if not (expr.is_Rational or expr.is_Float):
        message = f"a symbolic exponent has no closed derivative here: {expr}"
        raise UnsupportedError(message, hint="write exp(a * log(x)) for a number x > 0")
    value = number(expr)
    if max(abs(value.numerator), value.denominator) > MAX_EXPONENT:
        raise UnsupportedError(f"an exponent beyond {MAX_EXPONENT}: {expr}")
    return value


def constant(value: Fraction | int, shape: Shape = SCALAR) -> m.Constant:
    """A number, or a value with every entry equal to it."""
    return m.Constant(Fraction(value), shape)


def dimension(expr: Any) -> Dim:
    """A dimension: a name, a positive integer, or a sum or product of them."""
    expr = sympy.sympify(expr, strict=True)
    if expr.is_Integer and expr > 0:
        return int(expr)
    if expr.is_Symbol and _NAME.fullmatch(english(expr.name)):
        return english(expr.name)
    if expr.is_Add and all(part.is_number is False for part in expr.args):
        total: Dim = plus(*map(dimension, expr.args))
        return total
    if expr.is_Mul:
        whole: Dim = times(*map(dimension, expr.args))
        return whole
    if expr.is_Pow and expr.exp.is_Integer and 0 < expr.exp < 8:
        power: Dim = times(*[dimension(expr.base)] * int(expr.exp))
        return power
    raise UnsupportedError(f"{expr} is no dimension")


def shape_of(down: Dim, across: Dim) -> Shape:
    """The shape of a SymPy matrix of that size: vectors have order 1."""
    if down == across == 1:
        return SCALAR
    if across == 1:
        return column(down)
    return row(across) if down == 1 else matrix(down, across)


def dimension_symbols(expr: Any) -> Iterator[Any]:
    """Symbols that some shape or range mentions."""
    sizes: list[Any] = []
    for node in sympy.preorder_traversal(expr):
        if isinstance(node, sympy.MatrixExpr):  # a length that is not known is None
            sizes.extend(size for size in node.shape if size is not None)
        elif isinstance(node, sympy.IndexedBase):
            sizes.extend(node.shape or ())
        elif isinstance(node, sympy.Idx):
            sizes.extend(end for end in (node.lower, node.upper) if end is not None)
        elif isinstance(node, sympy.Sum):
            sizes.extend(end for limit in node.limits for end in limit[1:])
    for size in sizes:
        yield from sympy.sympify(size, strict=True).free_symbols


@dataclass(slots=True)
class Names:
    """The names met so far; over a program, only its own names are known."""

    program: Program | None = None
    dimensions: set[str] = field(default_factory=set)
    symbols: dict[str, m.Symbol] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    claimed: dict[str, Any] = field(default_factory=dict)
    indices: set[Any] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)

    def claim(self, symbol: Any) -> None:
        """Let one name belong to one SymPy symbol, and an index be no number."""
        if symbol in self.indices:
            refuse(symbol, "is an index, used as a number")
        self.own(symbol)

    def own(self, symbol: Any) -> None:
        """Let one name belong to one SymPy symbol, that of a dimension too."""
        if self.claimed.setdefault(english(symbol.name), symbol) != symbol:
            refuse(symbol, "has the name of another symbol")

    def shape(self, expr: Any) -> Shape:
        """The shape of a SymPy matrix."""
        rows, columns = expr.shape
        return shape_of(self.dim(rows), self.dim(columns))

    def see(self, expr: Any) -> None:
        """Enter the dimensions that an expression's shapes mention, and all names."""
        self.taken |= {english(str(getattr(s, "name", s))) for s in expr.free_symbols}
        sizes = tuple(dimension_symbols(expr))
        for size in sizes:
            self.own(size)
        found = {english(s.name) for s in sizes}
        if self.program is None:
            self.dimensions |= found
            return
        self.dimensions |= self.program.dimensions
        for name in sorted(found - self.dimensions):
            known = ", ".join(sorted(self.dimensions))
            raise ParseError(f"unknown dimension {name}", known=known)

    def dim(self, expr: Any) -> Dim:
        """A dimension; over a program, with its fixed ones in place."""
        found = dimension(expr)
        if self.program is None:
            self.dimensions.update(named_dims(found))
        return self.settled(found)

    def settled(self, dim: Dim) -> Dim:
        """A dimension with the program's fixed ones in place."""
        return dim if self.program is None else self.program.settled(dim)

    def quantity(self, text: str, shape: Shape, positive: bool = False) -> m.Symbol:
        """The quantity of that name.

        Raises:
            ShapeError: it has another shape elsewhere.
            ParseError: the program has no such name.
        """
        name, time = read_name(text)
        shape = Shape(shape.kind, tuple(map(self.settled, shape.dims)))
        if self.program is not None:
            return self._known(self.program, name, shape, time)
        if name in RESERVED or name in self.functions:
            raise UnsupportedError(f"{name} is the name of an operation or function")
        if any(isinstance(dim, Compound) for dim in shape.dims):
            message = f"{name} has the compound dimension {shape}"
            raise UnsupportedError(message, hint="write it as blocks, or rename it")
        symbol = m.Symbol(name, shape, time, ("positive",) if positive else ())
        for other in self.symbols.values():
            if other.name == name and other.shape != shape:
                raise ShapeError(f"{name} is {other.shape} and {shape}")
            if other.name == name and (other.time is None) != (time is None):
                message = f"{name} is used with and without a time step"
                raise UnsupportedError(message)
        return self.symbols.setdefault(str(symbol), symbol)

    def _known(
        self, program: Program, name: str, shape: Shape, time: Time | None
    ) -> m.Symbol:
        scope = reopen(program)
        at = Span(Source("SymPy expression", name), 0, len(name))
        if name not in scope.quantities:
            raise scope.unknown(name, at)
        own, quantity = program.shape(name), scope.quantities[name]
        is_entry = {own.kind, shape.kind} == {Kind.ROW, Kind.COLUMN}
        is_single = shape == SCALAR and all(dim == 1 for dim in own.dims)
        fits = own == shape or is_single or (is_entry and own.dims == shape.dims)
        if not fits:
            raise ShapeError(f"{name} is {own} in the equations, {shape} here", at)
        if quantity.timed is not (time is not None) and quantity.timed is not None:
            form = f"{name}[t]" if quantity.timed else name
            raise ParseError(f"the equations write {form}", at)
        scope.see(time, at)
        return m.Symbol(name, own, time, quantity.properties)

    def function(self, text: str) -> tuple[Function, int]:
        """An undefined function by its name, and its order if it ends in primes.

        A name of the table, such as `sigmoid`, means the table's function.
        """
        name = english(text.rstrip("'"))
        if not _NAME.fullmatch(name) or is_refused(name) or name in self.symbols:
            raise UnsupportedError(f"{text!r} cannot name an elementwise function")
        if name not in TABLE:
            if self.program is not None:
                at = Span(Source("SymPy expression", name), 0, len(name))
                reopen(self.program).elementwise(name, at)
            self.functions.add(name)
        return lookup(name), len(text) - len(text.rstrip("'"))


@cache
def named_functions() -> dict[Any, str]:
    """SymPy's classes for the functions of symjac's table."""
    named = (row for row in TABLE.values() if row.sympy)
    return {getattr(sympy, row.sympy): row.name for row in named} | {
        sympy.Heaviside: "step",
        sympy.polygamma: "digamma",  # its first argument is an order
    }


Call = tuple[Function, int, Any]


def function_call(expr: Any, names: Names) -> Call | None:
    """Function, order of derivative and argument; None if it is no function value.

    Read are undefined functions, those of the table, symjac's own classes, and SymPy's
    ways to write a derivative: `Derivative(f(d), d)` and `Subs(Derivative(...))`.
    """
    kind = type(expr)
    own = getattr(kind, "symjac_function", None)
    if own is not None:
        function, order = own
        found, _ = names.function(function.name)
        return found, order, expr.args[0]
    if kind in named_functions():
        return _named_call(expr)
    if expr.is_Pow and expr.base is sympy.E:
        return lookup("exp"), 0, expr.exp
    if isinstance(expr, sympy.Max) and len(expr.args) == 2 and 0 in expr.args:
        return lookup("relu"), 0, next(arg for arg in expr.args if arg != 0)
    if isinstance(expr, sympy.core.function.AppliedUndef):
        if len(expr.args) != 1:
            refuse(expr, "is no function of one argument")
        function, order = names.function(kind.__name__)
        return function, order, expr.args[0]
    if kind in (sympy.Derivative, sympy.Subs):
        return _derivative_call(expr, names)
    return None


def _named_call(expr: Any) -> Call:
    function = lookup(named_functions()[type(expr)])
    if not isinstance(expr, sympy.polygamma):
        return function, 0, expr.args[0]
    order, argument = expr.args
    if not order.is_Integer:
        refuse(expr, "is a derivative of digamma of no known order")
    return function, int(order), argument


def _derivative_call(expr: Any, names: Names) -> Call:
    inner, value = expr, None
    if isinstance(expr, sympy.Subs):
        (variable, *more), inner = expr.variables, expr.expr
        value = expr.point[0]
        if more or not isinstance(inner, sympy.Derivative):
            refuse(expr, "is no value of a derivative")
    else:
        variable = expr.variables[0]
    at_variable = {*inner.variables, *inner.expr.args} == {variable}
    if not at_variable or not inner.expr.is_Function:
        refuse(expr, "is a derivative that is not taken")
    found = function_call(inner.expr, names)
    if found is None:
        refuse(expr, "is a derivative that is not taken")
    function, order, argument = found
    order += len(inner.variables)
    return function, order, argument if value is None else value
