r"""A second proof of a scalar's derivative, by differentials: df = tr(G^T dX).

The result is judged like any claim: G has to be proved equal to the derivative that
was found in index notation, or there is no proof.
Source: Magnus and Neudecker (2019), Matrix Differential Calculus, ch. 5, 8 and 9.
"""

from __future__ import annotations

from dataclasses import dataclass

from symjac.calculus.differential import MAX_NODES, differential_of
from symjac.calculus.identification import Identified, identify, transposed
from symjac.claims.adjudicate import Outcome, Verdict, adjudicate, extend
from symjac.errors import BudgetError, SoundnessError, Source, UnsupportedError
from symjac.jacobian import Formula, Jacobian, taken_names
from symjac.language.check import check_formula
from symjac.shown import Shown
from symjac.terms import matrix as m
from symjac.terms.shape import SCALAR, Layout
from symjac.typeset.latex import fraction, matrix_latex, symbol_latex
from symjac.typeset.text import matrix_text

IDENTIFICATION = "first identification theorem"


@dataclass(frozen=True, slots=True)
class DifferentialStep:
    """One line of the proof: the symbols on the left, a form, and the rule's title.

    `over` and `layout` are set where the left side is a derivative: f over X.
    """

    left: m.Symbol
    right: m.MatrixExpr
    title: str
    over: m.Symbol | None = None

    layout: Layout | None = None

    @property
    def subject(self) -> str:
        """The left side as text: `f`, `df` or `df/dX`."""
        return f"d{self.left}/d{self.over}" if self.over else str(self.left)

    def __str__(self) -> str:
        return f"{self.subject} = {matrix_text(self.right)}"

    def subject_latex(self) -> str:
        """The left side in LaTeX."""
        left = symbol_latex(self.left)
        return fraction(left, symbol_latex(self.over)) if self.over else left

    def latex(self) -> str:
        """The line in LaTeX, for math mode."""
        return f"{self.subject_latex()} = {matrix_latex(self.right)}"


@dataclass(frozen=True, slots=True, repr=False)
class Differential(Shown):
    """The proof: its steps, and the derivative that it ends with, judged."""

    jacobian: Jacobian
    steps: tuple[DifferentialStep, ...]
    gradient: Formula
    verdict: Verdict
    identified: Identified

    def replay(self) -> int:
        """Take the step of every line again, at its places; the number of steps.

        Raises:
            SoundnessError: a line is not what its step gives.
        """
        return self.identified.replay()

    def matrix(self, layout: str | Layout) -> Formula:
        """The derivative as read off: G in denominator layout, or its transpose."""
        if Layout(layout) is Layout.DENOMINATOR:
            return self.gradient
        return Formula(transposed(self.gradient.expr))


def differential(jacobian: Jacobian) -> Differential:
    r"""Derive a scalar's derivative once more, by differentials.

    Raises:
        UnsupportedError: not a scalar's derivative, or an operation has no rule here.
        SoundnessError: the result is not the derivative.
        UnsupportedError: it could not be proved equal to the derivative.

    Example:
        >>> from symjac.derive import derive, parse
        >>> proof = differential(derive(parse("f: ()\nf = tr(A @ X @ B)"), wrt="X"))
        >>> print(proof.steps[-3])
        df = tr((A.T @ B.T).T @ dX)
        >>> print(proof.gradient, proof.verdict.outcome.value)
        A.T @ B.T proved
    """
    if jacobian.of.shape != SCALAR or jacobian.vec or jacobian.first:
        message = f"the differential style needs a scalar and a name; {jacobian.of}"
        raise UnsupportedError(f"{message} is {jacobian.of.shape}")
    taken = taken_names(jacobian.program)
    body, written = substituted(jacobian)
    found = identify(body, jacobian.wrt, differential_of(jacobian.wrt, taken))
    gradient = Formula(found.gradient)
    left = differential_of(jacobian.of, taken)
    steps = [DifferentialStep(jacobian.of, jacobian.body, "definition")]
    if written:
        steps.append(DifferentialStep(jacobian.of, body, "names written out"))
    steps += [DifferentialStep(left, line.expr, line.title) for line in found.lines]
    for layout in (Layout.DENOMINATOR, Layout.NUMERATOR):
        is_own = layout is Layout.DENOMINATOR
        shown = found.gradient if is_own else transposed(found.gradient)
        title = f"{IDENTIFICATION}, {layout.value} layout"
        steps.append(DifferentialStep(jacobian.of, shown, title, jacobian.wrt, layout))
    verdict = proved(jacobian, gradient)
    return Differential(jacobian, tuple(steps), gradient, verdict, found)


def substituted(jacobian: Jacobian) -> tuple[m.MatrixExpr, bool]:
    """The body with every name that depends on the variable written out.

    Raises:
        BudgetError: written out, it has more than MAX_NODES nodes.
    """
    unfolding = jacobian.unfolding
    values: dict[m.Symbol, m.MatrixExpr] = {}
    sizes: dict[m.MatrixExpr, int] = {}
    bodies = [
        (node.symbol, node.written)
        for node in unfolding.nodes.values()
        if not node.auxiliary and node.symbol in unfolding.dependent
    ]
    for symbol, body in (*bodies, (jacobian.of, jacobian.body)):
        sizes[symbol] = sum(sizes.get(node, 1) for node in m.walk(body))
        if sizes[symbol] > MAX_NODES:
            raise BudgetError(f"{symbol} written out has more than {MAX_NODES} nodes")
        values[symbol] = m.substitute(body, values)
    return values[jacobian.of], any(s in values for s in m.symbols(jacobian.body))


def proved(jacobian: Jacobian, gradient: Formula) -> Verdict:
    """The verdict on the result, which has to be `proved`."""
    claim = check_formula(Source("differential", str(gradient)), jacobian.program)
    unfolding = extend(jacobian.unfolding, claim)
    verdict = adjudicate(jacobian, claim, unfolding, layout=Layout.DENOMINATOR)
    if verdict.outcome is not Outcome.PROVED:
        refuted = verdict.outcome is Outcome.REFUTED
        raise (SoundnessError if refuted else UnsupportedError)(
            f"the differential gives {gradient}, the derivative is {verdict.derived}:"
            f" {verdict.outcome.value}, {verdict.reason}"
        )
    return verdict
