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

from symjac.language.meaning import definition
from symjac.library.functions import lookup
from symjac.rewrite.rule import Context, Rewrite, Rule, RuleSet
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import Dim, Kind, column, flatten, matrix

Indices = tuple[ix.Index, ...]
Found = tuple[int, m.Operation, Indices]


def seek(term: ix.Term, *names: str) -> Found | None:
    """The first entry of one of the named operations."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, ix.Entry):
            continue
        node = factor.matrix
        if isinstance(node, m.Operation) and node.name in names:
            return place, node, factor.indices
    return None


def lower_definition(term: ix.Term, context: Context) -> ix.Terms | None:
    """An operation that others define."""
    for place, factor in enumerate(term.factors):
        match factor:
            case ix.Entry(m.Operation() as node, indices) if node.row.is_inlined:
                return ix.splice(
                    term, place, ix.single(ix.Entry(definition(node), indices))
                )
    return None


def lower_trace(term: ix.Term, context: Context) -> ix.Terms | None:
    """The sum of the diagonal entries."""
    if (found := seek(term, "tr")) is None:
        return None
    place, node, _ = found
    sizes = flatten(node.args[0].shape.dims[:1])
    dummies = tuple(context.fresh.index(dim) for dim in sizes)
    entry = ix.Entry(node.args[0], (*dummies, *dummies))
    return ix.splice(term, place, (ix.Term(ix.ONE, (entry,), dummies),))


def lower_diagonal(term: ix.Term, context: Context) -> ix.Terms | None:
    """A diagonal entry."""
    if (found := seek(term, "diagonal")) is None:
        return None
    place, node, indices = found
    return ix.splice(
        term, place, ix.single(ix.Entry(node.args[0], (*indices, *indices)))
    )


def lower_total(term: ix.Term, context: Context) -> ix.Terms | None:
    """The sum of all entries."""
    if (found := seek(term, "sum")) is None:
        return None
    place, node, _ = found
    (arg,) = node.args
    dummies = tuple(context.fresh.index(dim) for dim in arg.shape.flat)
    return ix.splice(
        term, place, (ix.Term(ix.ONE, (ix.Entry(arg, dummies),), dummies),)
    )


def lower_dim(term: ix.Term, context: Context) -> ix.Terms | None:
    """A dimension that is a number; a product of dimensions, factor by factor."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, ix.Entry) or not isinstance(
            factor.matrix, m.Operation
        ):
            continue
        if factor.matrix.name != "dim":
            continue
        (dim,) = factor.matrix.parameters
        if isinstance(dim, str):
            continue
        return ix.splice(term, place, dimension(dim))
    return None


def dimension(dim: Dim) -> ix.Terms:
    """A dimension as an index form."""
    if isinstance(dim, int):
        return (ix.Term(Fraction(dim)),)
    if isinstance(dim, str):
        return ix.single(ix.Entry(m.Operation("dim", (), (dim,)), ()))
    if dim.operator == "*":
        factors = tuple(
            ix.Entry(m.Operation("dim", (), (part,)), ()) for part in dim.parts
        )
        return (ix.Term(ix.ONE, factors),)
    return tuple(term for part in dim.parts for term in dimension(part))


def lower_vec(term: ix.Term, context: Context) -> ix.Terms | None:
    """The columns of a matrix, one below the other: the column index counts slowest."""
    if (found := seek(term, "vec")) is None:
        return None
    place, node, indices = found
    dims = node.args[0].shape.dims
    across, down = flatten(dims[1:]), flatten(dims[:1])
    own = _spread((*across, *down), indices, context)
    turned = (*own[len(across) :], *own[: len(across)])
    return ix.splice(term, place, _summed(indices, ix.Entry(node.args[0], turned)))


def _spread(
    dims: tuple[Dim, ...], indices: tuple[ix.Index, ...], context: Context
) -> tuple[ix.Index, ...]:
    """The indices of a product of dimensions, with one more for each dimension 1."""
    rest = iter(indices)
    return tuple(context.fresh.index(1) if dim == 1 else next(rest) for dim in dims)


def _summed(free: tuple[ix.Index, ...], *factors: ix.Entry) -> ix.Terms:
    """A product, with a sum of one value over each index that is not among `free`."""
    used = (index for factor in factors for index in factor.indices)
    return (
        ix.Term(ix.ONE, factors, tuple(index for index in used if index not in free)),
    )


def lower_kron(term: ix.Term, context: Context) -> ix.Terms | None:
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
    first = ix.Entry(left, (*row_left, *column_left))
    second = ix.Entry(right, (*row_right, *column_right))
    return ix.splice(term, place, _summed(free, first, second))


def _rows_columns(expr: m.MatrixExpr) -> tuple[tuple[Dim, ...], tuple[Dim, ...]]:
    dims = expr.shape.dims
    match expr.shape.kind:
        case Kind.COLUMN:
            return flatten(dims), ()
        case Kind.ROW:
            return (), flatten(dims)
    return flatten(dims[:1]), flatten(dims[1:])


def lower_commutation(term: ix.Term, context: Context) -> ix.Terms | None:
    """The commutation matrix swaps the two indices of a pair."""
    if (found := seek(term, "commutation")) is None:
        return None
    place, node, indices = found
    first = len(flatten(node.parameters[:1]))
    half = len(indices) // 2
    rows, columns = indices[:half], indices[half:]
    turned = (*columns[half - first :], *columns[: half - first])
    pairs = zip(rows, turned, strict=True)
    deltas = tuple(ix.Delta(left, right) for left, right in pairs)
    return ix.splice(term, place, (ix.Term(ix.ONE, deltas),))


def lower_stack(term: ix.Term, context: Context) -> ix.Terms | None:
    """A block matrix: each block behind its block column of the identity."""
    if (found := seek(term, "hstack", "vstack")) is None:
        return None
    place, node, indices = found
    along = 0 if node.name == "vstack" else -1
    sizes = tuple(_stacked_size(node.name, arg) for arg in node.args)
    parts = []
    for number, (arg, size) in enumerate(zip(node.args, sizes, strict=True), start=1):
        where, around = _unit(number, sizes)
        selector = m.Operation("selector", (), (where, *around))
        one = size == 1  # one column of the identity, which is a vector
        own = tuple(context.fresh.index(dim) for dim in flatten((size,)))
        outer = ix.Entry(selector, (indices[along], *(() if one else own)))
        is_along = arg.shape.kind is (Kind.COLUMN if along == 0 else Kind.ROW)
        across = indices[1:] if along == 0 else indices[:-1]
        rest = (*own, *across) if along == 0 else (*across, *own)
        if (number_in := m.cell(arg)) is not arg:
            arg, own, rest = number_in, (), ()
        elif is_along:
            rest = own
        elif arg.shape.kind is not Kind.MATRIX:  # a vector that is one row or column
            own, rest = (), across
        parts.append(ix.Term(ix.ONE, (outer, ix.Entry(arg, rest)), own))
    return ix.splice(term, place, tuple(parts))


def _stacked_size(name: str, arg: m.MatrixExpr) -> Dim:
    if arg.shape.kind is Kind.MATRIX:
        return arg.shape.dims[0 if name == "vstack" else 1]
    along = Kind.COLUMN if name == "vstack" else Kind.ROW
    return arg.shape.dims[0] if arg.shape.kind is along else 1


def lower_elementwise_stack(term: ix.Term, context: Context) -> ix.Terms | None:
    """An elementwise function of a block matrix acts on each block."""
    for place, factor in enumerate(term.factors):
        if not isinstance(factor, ix.Entry) or not isinstance(
            factor.matrix, m.Elementwise
        ):
            continue
        node = factor.matrix
        inner = node.arg
        if not isinstance(inner, m.Operation) or inner.name not in ("hstack", "vstack"):
            continue
        args = tuple(
            m.Elementwise(node.function, node.order, arg) for arg in inner.args
        )
        changed = ix.Entry(m.Operation(inner.name, args), factor.indices)
        return ix.splice(term, place, ix.single(changed))
    return None


def _selector(factor: object) -> tuple[int, tuple[Dim, ...], Indices] | None:
    match factor:
        case ix.Entry(m.Operation("selector", _, (int() as place, *parts)), indices):
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


def selector_pair(term: ix.Term, context: Context) -> ix.Terms | None:
    """Blocks of the identity: equal ones select the same entry, others nothing.

    That is so for blocks of one partition: of 2+5 and 3+4 entries some are shared.
    """
    seen: list[tuple[ix.Index, int, tuple[Dim, ...], Indices]] = []
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
            deltas = tuple(map(ix.Delta, theirs, own))
            return ix.splice(term, place, (ix.Term(ix.ONE, deltas),))
        seen.append((row, number, parts, tuple(own)))
    return None


def selector_sum(term: ix.Term, context: Context) -> ix.Terms | None:
    """A column of the identity has one 1: its sum is 1."""
    for place, factor in enumerate(term.factors):
        if (found := _selector(factor)) is None:
            continue
        row = found[2][0]
        others = (f for i, f in enumerate(term.factors) if i != place)
        if row in term.bound and not any(row in ix.factor_indices(f) for f in others):
            kept = tuple(index for index in term.bound if index != row)
            rest = (*term.factors[:place], *term.factors[place + 1 :])
            return (ix.Term(term.coefficient, rest, kept),)
    return None


_J, _K, _L, _R = (
    ix.Index("j", "n"),
    ix.Index("k", "n"),
    ix.Index("l", "n"),
    ix.Index("r", "m"),
)
_I, _P = ix.Index("i", "m"), ix.Index("p", "m")
_A, _B = m.Symbol("A", matrix("n", "n")), m.Symbol("B", matrix("m", "m"))
_C = m.Symbol("C", matrix("n", "m"))
_V, _W = m.Symbol("v", column("n")), m.Symbol("w", column("m"))
_DEFINITION = "definition of the operation"
_STACK = m.Operation("vstack", (_V, _W))
_F = lookup("f")
_ROW = ix.Index("a", _STACK.shape.dims[0])
_S1, _S2 = (m.Operation("selector", (), (place, "n", "m")) for place in (1, 2))


def _row(
    rewrite: Rewrite, title: str, factors: tuple[ix.Factor, ...], after: ix.Terms
) -> Rule:
    name = getattr(rewrite, "__name__", "")
    before = (ix.Term(ix.ONE, factors),)
    return Rule(name, title, before, after, rewrite, _DEFINITION, m.Operation)


def _at(node: m.MatrixExpr, *indices: ix.Index) -> tuple[ix.Factor, ...]:
    return (ix.Entry(node, indices),)


COMPONENTS: RuleSet = (
    _row(
        lower_definition,
        "definition of the operation",
        _at(m.Operation("norm1", (_V,))),
        ix.single(ix.Entry(definition(m.Operation("norm1", (_V,))), ())),
    ),
    _row(
        lower_trace,
        "trace",
        _at(m.Operation("tr", (_A,))),
        (ix.Term(ix.ONE, _at(_A, _L, _L), (_L,)),),
    ),
    _row(
        lower_diagonal,
        "diagonal of a matrix",
        _at(m.Operation("diagonal", (_A,)), _J),
        ix.single(ix.Entry(_A, (_J, _J))),
    ),
    _row(
        lower_total,
        "sum of all entries",
        _at(m.Operation("sum", (_V,))),
        (ix.Term(ix.ONE, _at(_V, _L), (_L,)),),
    ),
    _row(
        lower_dim,
        "dimension",
        _at(m.Operation("dim", (), (3,))),
        (ix.Term(Fraction(3)),),
    ),
    _row(
        lower_vec,
        "component of vec",
        _at(m.Operation("vec", (_C,)), _I, _J),
        ix.single(ix.Entry(_C, (_J, _I))),
    ),
    _row(
        lower_kron,
        "component of a Kronecker product",
        _at(m.Operation("kron", (_A, _B)), _J, _I, _K, _P),
        (ix.Term(ix.ONE, (ix.Entry(_A, (_J, _K)), ix.Entry(_B, (_I, _P)))),),
    ),
    _row(
        lower_commutation,
        "component of the commutation matrix",
        _at(m.Operation("commutation", (), ("n", "m")), _J, _I, _P, _K),
        (ix.Term(ix.ONE, (ix.Delta(_J, _K), ix.Delta(_I, _P))),),
    ),
    _row(
        lower_stack,
        "component of a block matrix",
        _at(_STACK, _ROW),
        (
            ix.Term(ix.ONE, (ix.Entry(_S1, (_ROW, _L)), ix.Entry(_V, (_L,))), (_L,)),
            ix.Term(ix.ONE, (ix.Entry(_S2, (_ROW, _R)), ix.Entry(_W, (_R,))), (_R,)),
        ),
    ),
    replace(
        _row(
            lower_elementwise_stack,
            "elementwise function of a block matrix",
            _at(m.Elementwise(_F, 0, _STACK), _ROW),
            ix.single(
                ix.Entry(
                    m.Operation(
                        "vstack", (m.Elementwise(_F, 0, _V), m.Elementwise(_F, 0, _W))
                    ),
                    (_ROW,),
                )
            ),
        ),
        trigger=m.Elementwise,
    ),
)

SELECT: RuleSet = (
    _row(
        selector_pair,
        "blocks of the identity",
        (ix.Entry(_S1, (_ROW, _L)), ix.Entry(_S2, (_ROW, _R))),
        (),
    ),
    Rule(
        "selector_sum",
        "column of the identity",
        (ix.Term(ix.ONE, _at(_S1, _ROW, _L), (_ROW,)),),
        (ix.Term(ix.ONE),),
        selector_sum,
        _DEFINITION,
        m.Operation,
    ),
)
