"""What names mean: kinds by convention or declaration, shared dimensions."""

from __future__ import annotations

from dataclasses import dataclass, field

from symjac.errors import ParseError, ShapeError, Span, UnsupportedError
from symjac.language.called import GREEK, RESERVED, declared, is_refused, is_said
from symjac.language.dims import Size, Unknown, find, literal, unify
from symjac.language.properties import read_properties
from symjac.language.syntax import (
    Binary,
    Call,
    Declaration,
    FixedDimension,
    FunctionDeclaration,
    Name,
    Number,
    Statement,
    Syntax,
    Typed,
    Unary,
)
from symjac.library.functions import TABLE
from symjac.library.operations import NUMBERS
from symjac.terms.shape import ORDER, Kind, Time

SIZES = frozenset("dkmnBDKMNT")  # letters of numbers as much as of vectors
COUNTS = frozenset("nN")  # those that count samples


def unclear(name: str) -> str | None:
    """What to write for a name that is a quantity only where it is declared."""
    stem, _, label = name.partition("_")
    if stem == "I" and (len(label) < 2 or label.isdigit()):
        declared = f"declare {name}: (n, n) if it is another one"
        return f"the identity matrix is eye({label or 'n'}); {declared}"
    return None


@dataclass(slots=True)
class Quantity:
    """One name: its kind, its dimensions, and how it is used."""

    name: str
    kind: Kind
    dims: tuple[Size, ...]
    declared: bool = False
    properties: tuple[str, ...] = ()
    timed: bool | None = None
    uses: set[Span] = field(default_factory=set)  # where its kind is a convention
    doubts: set[Span] = field(default_factory=set)  # those where a number may be meant


def lone(node: Syntax) -> Name | None:
    """The one name of an expression that may be a number, such as n in 2 / sqrt(n)."""
    match node:
        case Name(time=None):
            return node
        case (
            Unary(operator="neg", operand=inner)
            | Call(function="sqrt", arguments=(inner,))
        ):
            return lone(inner)
        case Binary(left=Number(), right=inner) | Binary(left=inner, right=Number()):
            return lone(inner)
        case Typed(sign="", operands=(Number(), inner)):
            return lone(inner)
    return None


def kind_by_name(name: str) -> Kind:
    """Upper-case Latin: matrix; lower-case Latin: column vector; Greek: scalar."""
    stem = name.split("_")[0].rstrip("0123456789")
    if stem.lower() in GREEK and (stem.islower() or stem.istitle()):
        return Kind.SCALAR
    return Kind.MATRIX if name[0].isupper() else Kind.COLUMN


def unknowns(name: str, kind: Kind) -> tuple[Unknown, ...]:
    """Fresh dimensions for a quantity."""
    labels = ("rows", "cols") if kind is Kind.MATRIX else ("len",)
    return tuple(Unknown(f"{label}({name})") for label in labels[: ORDER[kind]])


@dataclass(slots=True)
class Scope:
    """All names of a program; `closed` once a claim may no longer add any."""

    quantities: dict[str, Quantity] = field(default_factory=dict)
    functions: list[str] = field(default_factory=list)
    dimensions: set[str] = field(default_factory=set)
    fixed: dict[str, int] = field(default_factory=dict)
    bases: set[str | None] = field(default_factory=set)
    closed: bool = False
    fixed_at: dict[str, Span] = field(default_factory=dict)
    numbers: set[str] = field(default_factory=set)  # names that stood for one
    automatic: frozenset[str] = frozenset()  # dimensions that nobody named
    said: set[str] = field(default_factory=set)  # known functions, said to be by entry

    def enter(self, statement: Statement) -> None:
        """Enter a declaration or a fixed dimension."""
        match statement:
            case FixedDimension():
                self.fix(statement.name, statement.value, statement.span)
            case FunctionDeclaration():
                for name in statement.names:
                    self.elementwise(name, statement.span)
            case Declaration(names, sizes, properties, span):
                for name in names:
                    self.declare(name, sizes, properties, span)

    def declare(
        self,
        name: str,
        sizes: tuple[str | int, ...],
        properties: tuple[str, ...],
        at: Span,
    ) -> None:
        """Enter a declaration such as `S: (n, n) symmetric`."""
        if name in RESERVED:
            raise ParseError(f"{name} is a reserved name", at)
        if name in self.numbers or self._knows(name):
            raise ParseError(f"{name} is declared twice or after its use", at)
        kind, dims = _declared_shape(name, sizes, at)
        declared = read_properties(name, kind, dims, properties, at)
        self.dimensions.update(s for s in sizes if isinstance(s, str))
        self.quantities[name] = Quantity(name, kind, dims, True, declared)

    def fix(self, name: str, value: int, at: Span) -> None:
        """Enter a fixed dimension such as `dim n = 3`."""
        if value < 1:
            raise ShapeError(f"dimension {name} is 0", at)
        if self.fixed.setdefault(name, value) != value:
            raise ParseError(f"{name} is {self.fixed[name]} already", at)
        self.fixed_at[name] = at

    def check_fixed(self) -> None:
        """Every fixed dimension is the size of something."""
        for name, at in self.fixed_at.items():
            if name not in self.dimensions:
                hint = f"name it where it is one, as in x: ({name})"
                raise ParseError(f"nothing has the size {name}", at, hint=hint)

    def settle(self) -> None:
        """Put numbers for the dimensions that `dim n = 3` fixes, wherever it stands.

        A property of square matrices is one of equal dimensions: they count alike.
        """
        for quantity in self.quantities.values():
            quantity.dims = tuple(map(self.settled, quantity.dims))
            if quantity.properties and quantity.kind is Kind.MATRIX:
                unify(*quantity.dims)

    def settled(self, dim: Size) -> Size:
        """A dimension with its number in place, if it has one."""
        fixed = self.fixed.get(dim, dim) if isinstance(dim, str) else dim
        return literal(fixed) if isinstance(fixed, int) else fixed

    def use(self, name: str, timed: bool, at: Span) -> Quantity:
        """The quantity behind a name, entered by convention at its first use."""
        if name in RESERVED:
            raise ParseError(f"{name} is a reserved name", at)
        if name in self.functions:
            raise ParseError(f"{name} is a function; it needs an argument", at)
        found = self.quantities.get(name)
        if found is None:
            if self.closed or (unclear(name) and not timed):
                raise self.unknown(name, at)
            kind = kind_by_name(name)
            found = Quantity(name, kind, unknowns(name, kind))
            found.uses.add(at)
            self.quantities[name] = found
        elif found.uses:
            found.uses.add(at)
        if found.timed is None:
            found.timed = timed
        elif found.timed is not timed:
            form = f"{name}[t]" if found.timed else name
            raise ParseError(
                f"{name} is used with and without a time step", at, hint=f"write {form}"
            )
        return found

    def doubt(self, node: Syntax, *, of: frozenset[str] = SIZES) -> None:
        """Note that a name, in a place where numbers stand, may be one.

        Args:
            of: for which letters; all if empty.
        """
        name = lone(node)
        found = self.quantities.get(name.name) if name else None
        if name and found and (not of or name.name.split("_")[0] in of):
            found.doubts |= found.uses & {name.span}

    def check_doubts(self) -> None:
        """Refuse a name that nothing but a letter makes a vector or a matrix."""
        for name, found in self.quantities.items():
            if found.doubts and found.doubts == found.uses:
                kind = "matrix" if found.kind is Kind.MATRIX else "vector"
                shape = "(n, m)" if found.kind is Kind.MATRIX else "(n)"
                hint = f"declare {name}: () for a number, or {name}: {shape}"
                at = min(found.doubts, key=lambda span: span.start)
                message = f"{name} may be a number or a {kind}"
                raise ParseError(message, at, hint=hint)

    def is_dimension(self, node: Name) -> bool:
        """Whether a name stands for a dimension that a declaration names."""
        named = self.dimensions - self.automatic
        return node.name in named and not node.time and not self._knows(node.name)

    def see(self, time: Time | None, at: Span) -> None:
        """Enter a time step; a claim may not bring a time variable of its own."""
        if time is None:
            return
        if self.closed and time.base is not None and time.base not in self.bases:
            known = ", ".join(sorted(base for base in self.bases if base))
            raise ParseError(f"unknown time step {time}", at, known=f"time is {known}")
        self.bases.add(time.base)

    def unknown(self, name: str, at: Span) -> ParseError:
        """The error for a name that the equations do not have."""
        names = ", ".join(sorted({*self.quantities, *self.functions}))
        hint = unclear(name)
        return ParseError(f"unknown name {name}", at, known=names, hint=hint)

    def elementwise(self, name: str, at: Span) -> None:
        """Enter a declaration such as `gate: elementwise`."""
        if name in TABLE:
            self.said.add(name)
            return
        if name in RESERVED:
            raise ParseError(f"{name} is a reserved name", at)
        if name in self.quantities:
            raise ParseError(f"{name} is a quantity, not a function", at)
        if self.closed and name not in self.functions:
            raise self.unknown(name, at)
        if name not in self.functions:
            self.functions.append(name)

    def _knows(self, name: str) -> bool:
        return name in self.quantities or name in self.functions

    def is_number(self, node: Name) -> bool:
        """Whether a name stands for a number of the table, such as `pi`."""
        if node.name not in NUMBERS or node.time or self._knows(node.name):
            return False
        self.numbers.add(node.name)
        return True

    def is_refused(self, name: str) -> bool:
        """Whether a name in call position reads like something else, and is no own."""
        return name not in self.functions and is_refused(name)

    def call(self, node: Call, kind: Kind) -> None:
        """Enter a generic function by its use; only while the scope is open."""
        name, at = node.function, node.span
        if name == "sqrt":
            self.doubt(node.arguments[0])
        if name in TABLE or name in self.functions:
            return
        if name in self.quantities:
            raise ParseError(f"{name} is a quantity, not a function", at)
        if self.closed:
            raise self.unknown(name, at)
        if is_said(name, of_matrix=kind is Kind.MATRIX) and not node.primes:
            message = f"{name} of a matrix may be a function of the whole matrix"
            raise UnsupportedError(message, at, hint=declared(name))
        self.functions.append(name)

    def solved(self) -> str:
        """The dimensions solved so far, for error messages."""
        return ", ".join(
            f"{q.name} is {size_text(q.kind, q.dims)}" for q in self.quantities.values()
        )


def _declared_shape(
    name: str, sizes: tuple[str | int, ...], at: Span
) -> tuple[Kind, tuple[str | int, ...]]:
    if len(sizes) > 2:
        raise UnsupportedError(f"{name} has order {len(sizes)}; the limit is 2", at)
    if any(isinstance(size, int) and size < 1 for size in sizes):
        raise ShapeError(f"a dimension of {name} is less than 1", at)
    if len(sizes) == 2 and sizes[0] == 1 != sizes[1]:
        return Kind.ROW, sizes[1:]
    return (Kind.SCALAR, Kind.COLUMN, Kind.MATRIX)[len(sizes)], sizes


def size_text(kind: Kind, dims: tuple[Size, ...]) -> str:
    """A shape for people; unsolved dimensions read like `rows(W)`."""
    roots = [find(d) for d in dims]
    texts = [d.label if isinstance(d, Unknown) else str(d) for d in roots]
    if kind is Kind.ROW:
        texts.insert(0, "1")
    return f"({', '.join(texts)})"
