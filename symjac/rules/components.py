r"""Components of named operations, as rows of the lowering pass.

    tr(A) = sum_l A_{ll}             diagonal(A)_j = A_{jj}      sum(x) = sum_l x_l
    vec(A)_{(k,j)} = A_{jk}          kron(A, B)_{(i,k),(j,l)} = A_{ij} B_{kl}
    K_{(i,j),(k,l)} = delta_{il} delta_{jk}
    [A; B]_{aj} = sum_l S1_{al} A_{lj} + sum_l S2_{al} B_{lj}

An index over a product of dimensions is a pair, the first counting slowest; S1 and S2
are block columns of the identity.
Source: Magnus and Neudecker, ch. 2 and 3.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from symjac.expr.index import (
    ONE,
    Delta,
    Entry,
    Factor,
    Index,
    Term,
    Terms,
    factor_indices,
    single,
    splice,
)
from symjac.expr.matrix import Elementwise, MatrixExpr, Operation, Symbol, cell
from symjac.expr.shape import Dim, Kind, column, flatten, matrix
from symjac.language.meaning import definition
from symjac.library.functions import lookup
from symjac.rewrite.rule import Context, Rewrite, Rule, RuleSet

Indices = tuple[Index, ...]
Found = tuple[int, Operation, Indices]


def seek(term: Term, *names: str) -> Found | None:
    """The first entry of one of the named operations."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, Entry):
            continue
        node = factor.matrix
        if isinstance(node, Operation) and node.name in names:
            return place, node, factor.indices
    return None


def lower_definition(term: Term, context: Context) -> Terms | None:
    """An operation that others define."""
    for place, factor in enumerate(term.factors):
        match factor:
            case Entry(Operation() as node, indices) if node.row.is_inlined:
                return splice(term, place, single(Entry(definition(node), indices)))
    return None


def lower_trace(term: Term, context: Context) -> Terms | None:
    """The sum of the diagonal entries."""
    if (found := seek(term, "tr")) is None:
        return None
    place, node, _ = found
    sizes = flatten(node.args[0].shape.dims[:1])
    dummies = tuple(context.fresh.index(dim) for dim in sizes)
    entry = Entry(node.args[0], (*dummies, *dummies))
    return splice(term, place, (Term(ONE, (entry,), dummies),))


def lower_diagonal(term: Term, context: Context) -> Terms | None:
    """A diagonal entry."""
    if (found := seek(term, "diagonal")) is None:
        return None
    place, node, indices = found
    return splice(term, place, single(Entry(node.args[0], (*indices, *indices))))


def lower_total(term: Term, context: Context) -> Terms | None:
    """The sum of all entries."""
    if (found := seek(term, "sum")) is None:
        return None
    place, node, _ = found
    (arg,) = node.args
    dummies = tuple(context.fresh.index(dim) for dim in arg.shape.flat)
    return splice(term, place, (Term(ONE, (Entry(arg, dummies),), dummies),))


def lower_dim(term: Term, context: Context) -> Terms | None:
    """A dimension that is a number; a product of dimensions, factor by factor."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, Entry) or not isinstance(factor.matrix, Operation):
            continue
        if factor.matrix.name != "dim":
            continue
        (dim,) = factor.matrix.parameters
        if isinstance(dim, str):
            continue
        return splice(term, place, dimension(dim))
    return None


def dimension(dim: Dim) -> Terms:
    """A dimension as an index form."""
    if isinstance(dim, int):
        return (Term(Fraction(dim)),)
    if isinstance(dim, str):
        return single(Entry(Operation("dim", (), (dim,)), ()))
    if dim.operator == "*":
        factors = tuple(Entry(Operation("dim", (), (part,)), ()) for part in dim.parts)
        return (Term(ONE, factors),)
    return tuple(term for part in dim.parts for term in dimension(part))


def lower_vec(term: Term, context: Context) -> Terms | None:
    """The columns of a matrix, one below the other: the column index counts slowest."""
    if (found := seek(term, "vec")) is None:
        return None
    place, node, indices = found
    dims = node.args[0].shape.dims
    across, down = flatten(dims[1:]), flatten(dims[:1])
    own = _spread((*across, *down), indices, context)
    turned = (*own[len(across) :], *own[: len(across)])
    return splice(term, place, _summed(indices, Entry(node.args[0], turned)))


def _spread(
    dims: tuple[Dim, ...], indices: tuple[Index, ...], context: Context
) -> tuple[Index, ...]:
    """The indices of a product of dimensions, with one more for each dimension 1."""
    rest = iter(indices)
    return tuple(context.fresh.index(1) if dim == 1 else next(rest) for dim in dims)


def _summed(free: tuple[Index, ...], *factors: Entry) -> Terms:
    """A product, with a sum of one value over each index that is not among `free`."""
    used = (index for factor in factors for index in factor.indices)
    return (Term(ONE, factors, tuple(index for index in used if index not in free)),)


def lower_kron(term: Term, context: Context) -> Terms | None:
    """A Kronecker product: index pairs, those of the left operand counting slowest."""
    if (found := seek(term, "kron")) is None:
        return None
    place, node, indices = found
    left, right = node.args
    rows, columns = zip(_rows_columns(left), _rows_columns(right), strict=True)
    free, pieces = indices, []
    for above, below in (rows, columns):
        axis = (*above, *below)
        live = sum(dim != 1 for dim in axis)
        own = _spread(axis, indices[:live], context)
        indices = indices[live or min(len(axis), 1) :]
        pieces.append((own[: len(above)], own[len(above) :]))
    (row_left, row_right), (column_left, column_right) = pieces
    first = Entry(left, (*row_left, *column_left))
    second = Entry(right, (*row_right, *column_right))
    return splice(term, place, _summed(free, first, second))


def _rows_columns(expr: MatrixExpr) -> tuple[tuple[Dim, ...], tuple[Dim, ...]]:
    dims = expr.shape.dims
    match expr.shape.kind:
        case Kind.COLUMN:
            return flatten(dims), ()
        case Kind.ROW:
            return (), flatten(dims)
    return flatten(dims[:1]), flatten(dims[1:])


def lower_commutation(term: Term, context: Context) -> Terms | None:
    """The commutation matrix swaps the two indices of a pair."""
    if (found := seek(term, "commutation")) is None:
        return None
    place, node, indices = found
    first = len(flatten(node.parameters[:1]))
    half = len(indices) // 2
    rows, columns = indices[:half], indices[half:]
    turned = (*columns[half - first :], *columns[: half - first])
    pairs = zip(rows, turned, strict=True)
    deltas = tuple(Delta(left, right) for left, right in pairs)
    return splice(term, place, (Term(ONE, deltas),))


def lower_stack(term: Term, context: Context) -> Terms | None:
    """A block matrix: each block behind its block column of the identity."""
    if (found := seek(term, "hstack", "vstack")) is None:
        return None
    place, node, indices = found
    along = 0 if node.name == "vstack" else -1
    sizes = tuple(_stacked_size(node.name, arg) for arg in node.args)
    parts = []
    for number, (arg, size) in enumerate(zip(node.args, sizes, strict=True), start=1):
        where, around = _unit(number, sizes)
        selector = Operation("selector", (), (where, *around))
        one = size == 1  # one column of the identity, which is a vector
        own = tuple(context.fresh.index(dim) for dim in flatten((size,)))
        outer = Entry(selector, (indices[along], *(() if one else own)))
        is_along = arg.shape.kind is (Kind.COLUMN if along == 0 else Kind.ROW)
        across = indices[1:] if along == 0 else indices[:-1]
        rest = (*own, *across) if along == 0 else (*across, *own)
        if (number_in := cell(arg)) is not arg:
            arg, own, rest = number_in, (), ()
        elif is_along:
            rest = own
        elif arg.shape.kind is not Kind.MATRIX:  # a vector that is one row or column
            own, rest = (), across
        parts.append(Term(ONE, (outer, Entry(arg, rest)), own))
    return splice(term, place, tuple(parts))


def _stacked_size(name: str, arg: MatrixExpr) -> Dim:
    if arg.shape.kind is Kind.MATRIX:
        return arg.shape.dims[0 if name == "vstack" else 1]
    along = Kind.COLUMN if name == "vstack" else Kind.ROW
    return arg.shape.dims[0] if arg.shape.kind is along else 1


def lower_elementwise_stack(term: Term, context: Context) -> Terms | None:
    """An elementwise function of a block matrix acts on each block."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, Entry) or not isinstance(factor.matrix, Elementwise):
            continue
        node = factor.matrix
        inner = node.arg
        if not isinstance(inner, Operation) or inner.name not in ("hstack", "vstack"):
            continue
        args = tuple(Elementwise(node.function, node.order, arg) for arg in inner.args)
        changed = Entry(Operation(inner.name, args), factor.indices)
        return splice(term, place, single(changed))
    return None


def _selector(factor: object) -> tuple[int, tuple[Dim, ...], Indices] | None:
    match factor:
        case Entry(Operation("selector", _, (int() as place, *parts)), indices):
            return place, tuple(parts), indices
    return None


def _same(
    number: int, parts: tuple[Dim, ...], other: int, others: tuple[Dim, ...]
) -> bool | None:
    """Whether two blocks are one, or share no entry; None if they share some."""
    if parts == others:
        return number == other
    first, second = _range(number, parts), _range(other, others)
    if first is None or second is None:
        return None
    if first == second:
        return True
    return False if not {*first} & {*second} else None


def _range(number: int, parts: tuple[Dim, ...]) -> range | None:
    """The places of a block, if they are numbers."""
    counts = [part for part in parts[:number] if isinstance(part, int)]
    if len(counts) < number:
        return None
    return range(sum(counts[:-1]), sum(counts))


def _unit(number: int, sizes: tuple[Dim, ...]) -> tuple[int, tuple[Dim, ...]]:
    """A unit vector by its place alone, whatever stands around it."""
    counts = [size for size in sizes if isinstance(size, int)]
    if len(counts) < len(sizes) or sizes[number - 1] != 1:
        return number, sizes
    before, after = sum(counts[: number - 1]), sum(counts[number:])
    return 2 if before else 1, tuple(size for size in (before, 1, after) if size)


def selector_pair(term: Term, context: Context) -> Terms | None:
    """Blocks of the identity: equal ones select the same entry, others nothing.

    That is so for blocks of one partition: of 2+5 and 3+4 entries some are shared.
    """
    seen: list[tuple[Index, int, tuple[Dim, ...], Indices]] = []
    for place, factor in enumerate(term.factors):
        if (found := _selector(factor)) is None:
            continue
        number, parts, (row, *own) = found
        for other_row, other, others, theirs in seen:
            same = _same(number, parts, other, others) if other_row == row else None
            if same is None:
                continue
            if not same:
                return ()
            deltas = tuple(map(Delta, theirs, own))
            return splice(term, place, (Term(ONE, deltas),))
        seen.append((row, number, parts, tuple(own)))
    return None


def selector_sum(term: Term, context: Context) -> Terms | None:
    """A column of the identity has one 1: its sum is 1."""
    for place, factor in enumerate(term.factors):
        if (found := _selector(factor)) is None:
            continue
        row = found[2][0]
        others = (f for i, f in enumerate(term.factors) if i != place)
        if row in term.bound and not any(row in factor_indices(f) for f in others):
            kept = tuple(index for index in term.bound if index != row)
            rest = (*term.factors[:place], *term.factors[place + 1 :])
            return (Term(term.coefficient, rest, kept),)
    return None


_J, _K, _L, _R = Index("j", "n"), Index("k", "n"), Index("l", "n"), Index("r", "m")
_I, _P = Index("i", "m"), Index("p", "m")
_A, _B = Symbol("A", matrix("n", "n")), Symbol("B", matrix("m", "m"))
_C = Symbol("C", matrix("n", "m"))
_V, _W = Symbol("v", column("n")), Symbol("w", column("m"))
_DEFINITION = "definition of the operation"
_STACK = Operation("vstack", (_V, _W))
_F = lookup("f")
_ROW = Index("a", _STACK.shape.dims[0])
_S1, _S2 = (Operation("selector", (), (place, "n", "m")) for place in (1, 2))


def _row(
    rewrite: Rewrite, title: str, factors: tuple[Factor, ...], after: Terms
) -> Rule:
    name = getattr(rewrite, "__name__", "")
    before = (Term(ONE, factors),)
    return Rule(name, title, before, after, rewrite, _DEFINITION, Operation)


def _at(node: MatrixExpr, *indices: Index) -> tuple[Factor, ...]:
    return (Entry(node, indices),)


COMPONENTS: RuleSet = (
    _row(
        lower_definition,
        "definition of the operation",
        _at(Operation("norm1", (_V,))),
        single(Entry(definition(Operation("norm1", (_V,))), ())),
    ),
    _row(
        lower_trace,
        "trace",
        _at(Operation("tr", (_A,))),
        (Term(ONE, _at(_A, _L, _L), (_L,)),),
    ),
    _row(
        lower_diagonal,
        "diagonal of a matrix",
        _at(Operation("diagonal", (_A,)), _J),
        single(Entry(_A, (_J, _J))),
    ),
    _row(
        lower_total,
        "sum of all entries",
        _at(Operation("sum", (_V,))),
        (Term(ONE, _at(_V, _L), (_L,)),),
    ),
    _row(
        lower_dim,
        "dimension",
        _at(Operation("dim", (), (3,))),
        (Term(Fraction(3)),),
    ),
    _row(
        lower_vec,
        "component of vec",
        _at(Operation("vec", (_C,)), _I, _J),
        single(Entry(_C, (_J, _I))),
    ),
    _row(
        lower_kron,
        "component of a Kronecker product",
        _at(Operation("kron", (_A, _B)), _J, _I, _K, _P),
        (Term(ONE, (Entry(_A, (_J, _K)), Entry(_B, (_I, _P)))),),
    ),
    _row(
        lower_commutation,
        "component of the commutation matrix",
        _at(Operation("commutation", (), ("n", "m")), _J, _I, _P, _K),
        (Term(ONE, (Delta(_J, _K), Delta(_I, _P))),),
    ),
    _row(
        lower_stack,
        "component of a block matrix",
        _at(_STACK, _ROW),
        (
            Term(ONE, (Entry(_S1, (_ROW, _L)), Entry(_V, (_L,))), (_L,)),
            Term(ONE, (Entry(_S2, (_ROW, _R)), Entry(_W, (_R,))), (_R,)),
        ),
    ),
    replace(
        _row(
            lower_elementwise_stack,
            "elementwise function of a block matrix",
            _at(Elementwise(_F, 0, _STACK), _ROW),
            single(
                Entry(
                    Operation(
                        "vstack", (Elementwise(_F, 0, _V), Elementwise(_F, 0, _W))
                    ),
                    (_ROW,),
                )
            ),
        ),
        trigger=Elementwise,
    ),
)

SELECT: RuleSet = (
    _row(
        selector_pair,
        "blocks of the identity",
        (Entry(_S1, (_ROW, _L)), Entry(_S2, (_ROW, _R))),
        (),
    ),
    Rule(
        "selector_sum",
        "column of the identity",
        (Term(ONE, _at(_S1, _ROW, _L), (_ROW,)),),
        (Term(ONE),),
        selector_sum,
        _DEFINITION,
        Operation,
    ),
)
