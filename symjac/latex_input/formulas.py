r"""Two formulas that are compared, one or both of them in LaTeX.

What a letter means is decided by both together: a time step, a function or a kind that
one of them shows holds for the other too. Printed style is not compared between them:
`\mathbf{x}` in one is the `x` of the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from symjac.errors import ParseError, SoundnessError, Source
from symjac.language.formulas import Shapes, check_formulas, shapes_of
from symjac.latex_input import tree
from symjac.latex_input.read import Known, names_of
from symjac.latex_input.statements import Equation, Statement, statements
from symjac.latex_input.write import Writer
from symjac.terms.program import Program
from symjac.terms.shape import Kind, Shape


@dataclass(frozen=True, slots=True)
class Written:
    """The formulas in symjac's language, by name, and as what each name was read."""

    texts: Mapping[str, str]
    kinds: Mapping[str, Kind] = field(repr=False)

    def check(self, program: Program) -> None:
        """Make sure that a product was read for the kinds that the checker finds.

        Raises:
            SoundnessError: it was not.
        """
        for name, kind in self.kinds.items():
            known = program.quantities.get(name)
            own = known.shape.kind if known else kind
            if own is not kind:
                message = f"{name} was read as a {kind.value}, is a {own.value}"
                raise SoundnessError(message)


def read_formulas(
    formulas: Mapping[str, str],
    latex: frozenset[str],
    shapes: Shapes | None = None,
    program: Program | None = None,
) -> Written:
    r"""Formulas by name in symjac's language; `latex` names those to be translated.

    Raises:
        ParseError, ShapeError, UnsupportedError, BudgetError: each with its place in
            the formula that is named.

    Example:
        >>> both = {"answer": r"x^\top W_{rec}", "reference": "(W_rec.T @ x).T"}
        >>> print(read_formulas(both, frozenset({"answer"})).texts["answer"])
        x.T @ W_rec
    """
    found = {name: _formula(Source(name, formulas[name])) for name in sorted(latex)}
    plain = [Source(n, text) for n, text in formulas.items() if n not in latex]
    known = Known() if program is not None else _known(plain, shapes)
    names = names_of(tuple(found.values()), known, program)
    texts = dict(formulas)
    for name, statement in found.items():
        names.spelled.clear()
        texts[name] = Writer(names).whole(statement.right).text
    return Written(texts, names.kinds)


def _formula(source: Source) -> Equation:
    """The one formula of a text."""
    found: tuple[Statement, ...] = statements(source)
    left: tree.Node | None = None
    for statement in found:
        left = statement.left if isinstance(statement, Equation) else None
        if len(found) > 1 or not isinstance(statement, Equation) or left is not None:
            hint = "leave out what stands before =" if left is not None else None
            raise ParseError("expected one formula alone", statement.span, hint=hint)
    assert isinstance(found[0], Equation)
    return found[0]


def _known(plain: list[Source], shapes: Shapes | None) -> Known:
    """What declarations and a formula in symjac's language say of names."""
    declared = shapes_of(shapes)
    sizes = {name: _sizes(shape) for name, shape in declared.items()}
    if not plain:
        return Known(sizes)
    return Known(sizes, check_formulas(plain[0], plain[0], shapes).program)


def _sizes(shape: Shape) -> tuple[str | int, ...]:
    sizes = tuple(d if isinstance(d, int) else str(d) for d in shape.dims)
    return (1, *sizes) if shape.kind is Kind.ROW and len(sizes) == 1 else sizes
