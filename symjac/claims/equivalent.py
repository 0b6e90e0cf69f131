"""Whether an answer equals a reference, two formulas over the same names.

The same proofs, points and counterexamples as for claims about derivatives decide it
(`decide`). A transpose counts: W and W.T are two answers, and where only a transpose
stands between them, that is said. Equal means: wherever both are defined.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from symjac import latex_input as reader
from symjac.calculus.lift import Arrangement
from symjac.chain import Graph, first_step
from symjac.claims.comparison import Comparison, relevant, sorted_dims
from symjac.claims.conditions import Condition, of_formulas
from symjac.claims.counterexample import Counterexample
from symjac.claims.decide import Decision, Outcome, Question, decide, entries
from symjac.claims.equations import Equations, tied
from symjac.claims.evaluate import is_transcendental
from symjac.derive import new_symbol, read_formula
from symjac.errors import ClaimError, Source, within_depth
from symjac.jacobian import Formula, taken_names
from symjac.language.formulas import Formulas, Shapes, check_formulas
from symjac.shown import Judged, Shown
from symjac.sympy_bridge.read import program_of_sympy
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.terms.shape import SCALAR, Shape, same_size

NAMES = ("answer", "reference")
NO_VARIABLE = m.Symbol("", SCALAR)


@dataclass(frozen=True, slots=True)
class Witness:
    """Values at which two formulas differ, one entry, and the two numbers there.

    `entry` is the position (row, column), counted from 1; one number for a vector, none
    for a scalar. Values chosen for generic functions are listed like `sigma(2)`.
    """

    dimensions: dict[str, int]
    values: dict[str, Any]
    entry: tuple[int, ...]
    answer: str
    reference: str
    sizes: dict[str, int] = field(default_factory=dict)  # those that no value shows

    def __str__(self) -> str:
        place = ", ".join(map(str, self.entry))
        at = f"entry ({place})" if place else "the value"
        known = (self.values | self.sizes).items()
        values = ", ".join(f"{name} = {value}" for name, value in known)
        where = f"for {values}: " if values else ""
        return f"{where}{at} is {self.answer}, the reference has {self.reference}"


@dataclass(frozen=True, repr=False)
class Equivalence(Shown, Judged):
    """What was found about an answer, with everything that supports it.

    `is_transposed` says that the answer is not the reference but its transpose; None
    where that is undecided. `shapes` are those under which it was judged; `points` is
    the number of points at which a proof was checked; `read` says how formulas in LaTeX
    were understood, in symjac's language.
    """

    outcome: Outcome
    reason: str
    answer: Formula
    reference: Formula
    shapes: dict[str, Shape]
    hypotheses: tuple[str, ...] = ()
    is_transposed: bool | None = False
    witness: Witness | None = None
    points: int = 0
    question: Question | None = field(default=None, repr=False, compare=False)
    read: dict[str, str] | None = None

    @cached_property
    def holds_iff(self) -> Condition | None:
        """The exact condition for equality where it is refuted, if it has one."""
        is_refuted = self.outcome is Outcome.REFUTED and self.question is not None
        return self.question.holds_iff() if self.question and is_refuted else None

    def __str__(self) -> str:
        if self.is_transposed:
            return f"{self.outcome.value}: equal up to a transpose"
        return f"{self.outcome.value}: {self.witness or self.reason}"


@within_depth
def equivalent(
    answer: str | Any,
    reference: str | Any,
    *,
    shapes: Shapes | None = None,
    program: Program | None = None,
    latex: bool | str = False,
) -> Equivalence:
    """Whether two formulas are equal, wherever both are defined.

    Args:
        answer, reference: text in symjac's language, or from SymPy. Definitions may
            stand before a formula, apart by `;`; an answer may use the reference's.
        shapes: names to sizes, such as `{"W": ("n", "m")}`, or declarations as text,
            `"S: (n, n) symmetric; x: (n)"`. What is not declared is inferred from both
            formulas jointly.
        program: equations whose names the formulas use, in place of shapes.
        latex: True if both are LaTeX, "answer" or "reference" if one is.

    Raises:
        ParseError, ShapeError, UnsupportedError: a formula is not well formed.
        ClaimError: both shapes and a program are given.

    Example:
        >>> equivalent("(A @ B).T", "B.T @ A.T").outcome.value
        'proved'
        >>> found = equivalent("W.T", "W")
        >>> found.outcome.value, found.is_transposed
        ('refuted', True)
        >>> print(found.witness)
        for W = [[1, 2], [3, 4]]: entry (1, 2) is 3, the reference has 2
    """
    written = _from_latex(answer, reference, shapes, program, latex)
    if written is not None:
        answer, reference = (written.texts[name] for name in NAMES)
    formulas = read(answer, reference, shapes, program)
    found = judged(formulas)
    if written is not None:
        written.check(formulas.program)
        found = replace(found, read=dict(written.texts))
    unclear = unclear_shapes(formulas, found)
    if unclear is None:
        return found
    return replace(found, outcome=Outcome.UNDECIDED, reason=unclear, witness=None)


def unclear_shapes(formulas: Formulas, found: Equivalence) -> str | None:
    """Why a verdict says little about what was meant: shapes that nobody declared."""
    if found.outcome is Outcome.PROVED and formulas.narrowed:
        name, shape = formulas.narrowed
        return (
            f"equal where {name} is {found.shapes[name]}, but by the reference alone it"
            f" is {shape}: give its shape"
        )
    if found.outcome is Outcome.REFUTED and formulas.untied:
        return f"nothing says what has the size {formulas.untied}: give the shapes"
    return None


def _from_latex(
    answer: str | Any,
    reference: str | Any,
    shapes: Shapes | None,
    program: Program | None,
    latex: bool | str,
) -> reader.Written | None:
    """The formulas in symjac's language, where one is LaTeX."""
    if latex is False:
        return None
    which = frozenset(NAMES if latex is True else (latex,))
    if not which <= set(NAMES):
        raise ClaimError(f"latex is {latex!r}; known: True, False, {', '.join(NAMES)}")
    formulas = dict(zip(NAMES, (answer, reference), strict=True))
    if not all(isinstance(text, str) for text in formulas.values()):
        raise ClaimError("SymPy's expressions are not LaTeX", hint="give both as text")
    if program is not None and shapes:
        raise ClaimError("the program has its own shapes; give one of both")
    return reader.read_formulas(formulas, which, shapes, program)


def read(
    answer: str | Any,
    reference: str | Any,
    shapes: Shapes | None = None,
    program: Program | None = None,
) -> Formulas:
    """Both formulas, typed over the same names."""
    if program is not None and shapes:
        raise ClaimError("the program has its own shapes; give one of both")
    others = [one for one in (reference, answer) if not isinstance(one, str)]
    if program is None and not others:
        sources = Source("reference", reference), Source("answer", answer)
        return check_formulas(*sources, shapes)
    if program is None:
        if shapes:
            raise ClaimError("SymPy's expressions have their own shapes")
        program = program_of_sympy(*others)
    first = read_formula("reference", reference, program)
    second = read_formula("answer", answer, program, (first.shape,))
    return Formulas(program, first, second)


def judged(formulas: Formulas) -> Equivalence:
    """The verdict on typed formulas."""
    answer, reference = formulas.answer, formulas.reference
    equations = given(formulas)
    found = Equivalence(
        Outcome.ILL_TYPED,
        f"the answer has shape {answer.shape}, the reference {reference.shape}",
        Formula(answer),
        Formula(reference),
        {symbol.name: symbol.shape for symbol in formulas.program.symbols},
    )
    if same_size(answer.shape, reference.shape):
        question = ask(formulas, answer, equations)
        found = _with(decide(question), found, question)
    if found.outcome is Outcome.PROVED:
        return found
    return replace(found, is_transposed=is_transposed(formulas, equations))


def given(formulas: Formulas) -> Equations:
    """The equations behind the formulas, from the earliest step that they mention.

    An equation holds at that step too; the states before it are free.
    """
    both = (formulas.reference, formulas.answer)
    used = [symbol for formula in both for symbol in m.symbols(formula)]
    first = first_step(formulas.program, used)
    unfolding = Graph(formulas.program, NO_VARIABLE, first, first)
    for symbol in used:
        unfolding.visit(symbol)
    own = {node.symbol: node.written for node in unfolding.nodes.values()}
    return tied(formulas.program, (*both, *own.values()), own) | own


def is_transposed(formulas: Formulas, equations: Equations) -> bool | None:
    """Whether the answer's transpose equals the reference; None if undecided."""
    answer, shape = formulas.answer, formulas.reference.shape
    if answer.shape == SCALAR or not same_size(answer.shape.transposed, shape):
        return False
    question = ask(formulas, m.Transpose(answer), equations)
    decision = decide(question, readable=False)
    known = {Outcome.PROVED: True, Outcome.REFUTED: False}
    return known.get(decision.outcome)


def ask(formulas: Formulas, answer: m.MatrixExpr, equations: Equations) -> Question:
    """The question whether a formula of the reference's shape equals it."""
    program, reference = formulas.program, formulas.reference
    fresh = ix.IndexSupply(taken_names(program))
    shape = reference.shape
    target = Arrangement(tuple(map(fresh.index, shape.flat)), shape)

    def sides() -> tuple[ix.Terms, ix.Terms] | None:
        own = entries(program, reference, target)
        other = entries(program, answer, target)
        return None if own is None or other is None else (own, other)

    comparison = compare(formulas, answer, target, equations)
    return Question(comparison, answer, target, sides)


def compare(
    formulas: Formulas, answer: m.MatrixExpr, target: Arrangement, equations: Equations
) -> Comparison:
    """What the independent evaluation needs: values, no derivative."""
    program, reference = formulas.program, formulas.reference
    of = new_symbol(program, reference)
    return Comparison(
        of,
        None,
        target.indices,
        (),
        equations | {of: reference},
        sorted_dims(program),
        dict(program.fixed),
        is_transcendental(*equations.values(), reference, answer),
        relevant(program, (reference, answer), equations),
        program.symbols,
        reference,
    )


def _with(decision: Decision, found: Equivalence, question: Question) -> Equivalence:
    example = decision.counterexample
    exprs = (*question.comparison.definitions.values(), found.answer.expr)
    return replace(
        found,
        outcome=decision.outcome,
        reason=decision.reason,
        hypotheses=of_formulas(*exprs),
        witness=None if example is None else witness(example),
        question=question,
        points=decision.points,
    )


def witness(example: Counterexample) -> Witness:
    """A counterexample in terms of answer and reference."""
    return Witness(
        example.dimensions,
        example.values | example.functions,
        example.entry,
        answer=example.claimed,
        reference=example.derived,
        sizes=example.sizes,
    )
