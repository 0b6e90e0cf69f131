"""What a derivation gives: the component formula, its matrix forms, and every step."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from symjac.calculus.contract import CONTRACT
from symjac.calculus.lift import Arrangement, Lifted, arrange, arrange_vec, groups, lift
from symjac.chain import Graph
from symjac.errors import LiftError, within_depth
from symjac.rewrite.rule import Context, Derivation, LoweredDefinition, Step, run
from symjac.shortest.choose import choose
from symjac.shown import Shown
from symjac.sympy_bridge import to_sympy
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.program import Program, free_name
from symjac.terms.shape import Kind, Layout, Shape, column, flatten
from symjac.typeset import latex, text
from symjac.typeset.notation import Notation, written

Indices = tuple[ix.Index, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Formula(Shown):
    """A result in matrix form; its text parses back to an equal formula."""

    expr: m.MatrixExpr

    @within_depth
    def __str__(self) -> str:
        return text.matrix_text(self.expr)

    @within_depth
    def latex(self, *, notation: Notation | None = None) -> str:
        """The formula in LaTeX, for math mode; by default in the notation in force."""
        with written(notation) if notation else nullcontext():
            return latex.matrix_latex(self.expr)

    @within_depth
    def to_sympy(self) -> Any:
        """The formula as a SymPy matrix expression."""
        return to_sympy.matrix_to_sympy(self.expr)


@dataclass(frozen=True, slots=True, repr=False)
class Jacobian(Shown):
    """A derivative: component formula, matrix form in either layout, and every step.

    Shapes: `of_indices` and `by_indices` have one index per order of `of` and `wrt`.
    `first` is the derivative that this one differentiates again, if it does; `expanded`
    says that definitions are written out.
    """

    program: Program
    of: m.Symbol
    body: m.MatrixExpr
    wrt: m.Symbol
    of_indices: Indices
    by_indices: Indices
    terms: ix.Terms
    derivations: tuple[Derivation, ...]
    unfolding: Graph
    bodies: tuple[LoweredDefinition, ...]
    vec: bool = False
    first: Jacobian | None = None
    expanded: bool = False
    forms: dict[Layout, m.MatrixExpr] = field(
        default_factory=dict, init=False, compare=False
    )

    @property
    def indices(self) -> tuple[Any, ...]:
        """The component's free indices, as SymPy's."""
        return tuple(map(to_sympy.index_to_sympy, self.free))

    @property
    def component(self) -> Any:
        """The component formula, a SymPy expression in `indices`."""
        return to_sympy.terms_to_sympy(self.terms)

    @property
    @within_depth
    def component_text(self) -> str:
        """The component formula in plain text, such as `W[j,k] * sigma'(x[t-1][k])`."""
        return text.terms_text(self.terms)

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps in order, over all local derivations."""
        return tuple(step for d in self.derivations for step in d.steps)

    def replay(self) -> int:
        """Apply the rule of every step again at its place; the number of steps.

        Raises:
            SoundnessError: a step is not what its rule gives there.
        """
        return sum(derivation.replay() for derivation in self.derivations)

    @property
    def free(self) -> Indices:
        """The component formula's free indices: those of `of`, then those of `wrt`."""
        return (*self.of_indices, *self.by_indices)

    @property
    def held(self) -> tuple[m.Symbol, ...]:
        """Quantities of earlier steps that the derivative holds fixed."""
        return tuple(self.unfolding.held)

    def arrangement(self, *, layout: Layout) -> Arrangement:
        """Row and column of the matrix form.

        Raises:
            LiftError: the derivative has order 3 or 4, so it has no layout.
        """
        if self.vec:
            return self.vec_arrangement(layout=layout)
        is_row = self.wrt.shape.kind is Kind.ROW
        of = groups(self.of.shape, self.of_indices)
        by = groups(self.wrt.shape, self.by_indices)
        found = arrange(of, by, layout=layout, row=is_row)
        if found is None:
            order = len(self.of_indices) + len(self.by_indices)
            raise LiftError(
                f"d({self.of})/d({self.wrt}) has order {order}: no matrix form in a"
                f" layout; ask for the derivative by vec({self.wrt})"
            )
        return found

    def vec_arrangement(self, *, layout: Layout) -> Arrangement:
        """Row and column of d vec(of) / d vec(wrt)^T."""
        of = stacked(self.of.shape, self.of_indices)
        by = stacked(self.wrt.shape, self.by_indices)
        return arrange_vec(of, by, layout=layout)

    def lifted(self, *, layout: Layout) -> Lifted:
        """The matrix form with the reductions that led to it."""
        target = self.arrangement(layout=layout)
        return self.lifted_to(target)

    @within_depth
    def lifted_to(self, target: Arrangement) -> Lifted:
        """The matrix form with given rows and columns."""
        terms = summed_over_ones(self.terms, self.free, target.indices)
        return lift(terms, target, Context(ix.IndexSupply()))

    def plain(self, layout: str | Layout) -> Formula:
        """The matrix form under a layout as the reductions give it."""
        return Formula(self.lifted(layout=Layout(layout)).expr)

    @within_depth
    def matrix(self, layout: str | Layout) -> Formula:
        """The matrix form under a layout, `"numerator"` or `"denominator"`.

        It is the shortest found that is proved equal to `plain(layout)` wherever the
        equations hold: values carry the names that the equations give them, and one
        layout is the transpose of the other, term by term.

        Raises:
            LiftError: the derivative has no matrix form.

        Example:
            >>> from symjac.derive import derive, parse
            >>> loss = parse("p = sigmoid(w.T @ x); L: (); L = log(1 - p)")
            >>> print(derive(loss, wrt="w").matrix("denominator"))
            -p * x
        """
        if not self.forms:
            one, two = (self.plain(own).expr for own in Layout)
            pair = choose((one, two), self.named_values())
            self.forms.update(zip(Layout, pair, strict=True))
        return Formula(self.forms[Layout(layout)])

    def named_values(self) -> dict[m.Symbol, m.MatrixExpr]:
        """The definitions that hold, but those of what is derived or written out."""
        if self.expanded:
            return {}
        found = {d.symbol: d.body for d in self.program.definitions}
        nodes = self.unfolding.nodes.values()
        found |= {node.symbol: node.written for node in nodes if not node.auxiliary}
        known: Jacobian | None = self
        while known is not None:
            found.pop(known.of, None)
            known = known.first
        return found

    @property
    def order(self) -> int:
        """Number of free indices; from 3 on there is no matrix form in a layout."""
        return len(self.free)

    def vec_matrix(self, layout: str | Layout) -> Formula:
        """The matrix d vec(of) / d vec(wrt)^T, or its transpose in denominator layout.

        Raises:
            LiftError: the index form has no form with Kronecker products.
        """
        found = self.vec_arrangement(layout=Layout(layout))
        return Formula(self.lifted_to(found).expr)

    def within_symmetric(self) -> Formula:
        """A scalar's gradient within the symmetric matrices: G + G^T - diag of G.

        Each entry off the diagonal counts for itself and its mirror image.
        Source: Petersen and Pedersen (2012), 2.8.

        Raises:
            LiftError: the derivative is not one of a scalar by a square matrix.
        """
        if self.of.shape.order or len(self.by_indices) != 2:
            raise LiftError("within symmetric matrices: of a scalar by a matrix only")
        whole = self.lifted(layout=Layout.DENOMINATOR).expr
        doubled = m.Diag(m.Operation("diagonal", (whole,)))
        return Formula(m.Add((whole, m.transpose(whole), m.Neg(doubled))))

    @property
    def unit(self) -> str:
        """The letter of unit vectors, `e` unless a quantity has such a name."""
        names = taken_names(self.program)
        return free_name(names | {name.rpartition("_")[0] for name in names}, "e", "u")

    def slice(self) -> Formula:
        """d(of) / d(one entry of wrt), shaped like `of`, by unit vectors `e_p`, `e_q`.

        They have another letter where a quantity has such a name.

        Raises:
            LiftError: the index form has no such form.
        """
        fresh, stem = ix.IndexSupply.beyond(self.terms), self.unit
        bound = {index: fresh.index(index.dim) for index in self.by_indices}
        units = tuple(
            ix.Entry(
                m.Symbol(f"{stem}_{index.name}", column(index.dim)), (bound[index],)
            )
            for index in self.by_indices
        )
        sliced = tuple(
            ix.Term(t.coefficient, (*t.factors, *units), (*t.bound, *bound.values()))
            for t in ix.rename(self.terms, bound)
        )
        sifted = run("slice", sliced, CONTRACT, Context(fresh)).result
        whole = Arrangement(self.of_indices, self.of.shape)
        return Formula(lift(sifted, whole, Context(fresh)).expr)


def stacked(shape: Shape, indices: Indices) -> Indices:
    """The indices of vec: those of the columns count slowest.

    One over a dimension 1 has one value and takes no place.
    """
    rows = len(flatten(shape.dims[:1]))
    turned = (*indices[rows:], *indices[:rows])
    return tuple(index for index in turned if index.dim != 1)


def summed_over_ones(terms: ix.Terms, free: Indices, target: Indices) -> ix.Terms:
    """The same terms with a sum of one value over each index that has no place."""
    ones = {*free} - {*target}
    return tuple(
        ix.Term(t.coefficient, t.factors, (*t.bound, *(i for i in own if i in ones)))
        for t in terms
        for own in (ix.free_indices(t),)
    )


def taken_names(program: Program) -> frozenset[str]:
    """Names that the reader knows as something else than an index."""
    return program.names | program.bases
