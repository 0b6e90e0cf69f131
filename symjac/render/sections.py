"""The sections that explain the derivation: notation, component, chain rule, matrix."""

from __future__ import annotations

from symjac.expr import latex
from symjac.expr.index import Delta, Entry, Fresh, Index
from symjac.expr.matrix import Symbol
from symjac.expr.shape import Kind, Layout
from symjac.jacobian import Jacobian, taken_names
from symjac.render.case import Case
from symjac.render.document import (
    Align,
    Block,
    Display,
    Inline,
    Line,
    Math,
    Paragraph,
    Section,
    Table,
    math,
    say,
    text,
)
from symjac.render.entries import explicit, general
from symjac.render.steps import derivation_lines, lift_lines
from symjac.rules.lower import lower
from symjac.rules.rule import Context


def notation(case: Case) -> Section:
    """Symbols with kinds and dimensions, and what entries mean."""
    program = case.jacobian.program
    ordered = dict.fromkeys(symbol.name for symbol in program.symbols)
    rows = [_quantity_row(case, name) for name in ordered]
    rows += [_function_row(case, name) for name in program.scope.functions]
    head = ("symbol", "kind", "shape", "meaning")
    table = Table(tuple(say(f"notation_head_{h}") for h in head), tuple(rows))
    blocks: list[Block] = [table, Paragraph(_entries(case.jacobian))]
    weight = weight_of(case.jacobian)
    if weight is not None:
        blocks.append(Paragraph(_weights(weight, case.jacobian)))
    delta = Delta(*_two_indices(case.jacobian))
    blocks.append(
        Paragraph(say("notation_delta", delta=Math(latex.factor_latex(delta))))
    )
    return Section("notation", say("notation_title"), tuple(blocks))


def _two_indices(jacobian: Jacobian) -> tuple[Index, Index]:
    free = jacobian.free
    return free[0], free[1] if len(free) > 1 else Index("l", free[0].dim)


def _quantity_row(case: Case, name: str) -> tuple[Inline, ...]:
    shape = case.jacobian.program.shape(name)
    bold = shape.kind is not Kind.SCALAR
    dims = [latex.name_latex(str(d)) for d in shape.dims]
    size = math(r" \times ".join(dims)) if dims else say("shape_scalar")
    meaning = text(case.paper.symbols.get(name, ""))
    return (
        math(latex.name_latex(name, bold=bold)),
        text(shape.kind.value),
        size,
        meaning,
    )


def _function_row(case: Case, name: str) -> tuple[Inline, ...]:
    meaning = text(case.paper.symbols.get(name, ""))
    return (math(latex.name_latex(name)), say("kind_function"), text(""), meaning)


def _entries(jacobian: Jacobian) -> Inline:
    wrt = jacobian.wrt
    if wrt.shape.kind is not Kind.COLUMN or wrt.time is None:
        return say("notation_entries_plain")
    (index,) = jacobian.by_indices
    return say(
        "notation_entries",
        entry=Math(latex.entry_latex(Entry(wrt, (index,)))),
        index=Math(latex.index_latex(index)),
        vector=Math(latex.name_latex(wrt.name, bold=True)),
        step=Math(str(wrt.time)),
    )


def _weights(weight: Entry, jacobian: Jacobian) -> Inline:
    assert isinstance(weight.matrix, Symbol)
    row, column = (Math(latex.index_latex(i)) for i in weight.indices)
    return say(
        "notation_weights",
        entry=Math(latex.entry_latex(weight)),
        row=row,
        column=column,
        matrix=Math(latex.symbol_latex(weight.matrix)),
    )


def weight_of(jacobian: Jacobian) -> Entry | None:
    """The one matrix entry with both free indices, if there is one."""
    if len(jacobian.terms) != 1 or len(jacobian.free) != 2:
        return None
    (term,) = jacobian.terms
    found = [
        factor
        for factor in term.factors
        if isinstance(factor, Entry) and factor.indices == jacobian.free
    ]
    square = jacobian.free[0].dim == jacobian.free[1].dim
    return found[0] if len(found) == 1 and square else None


def equation(case: Case) -> Section:
    """The equation in matrix form, then one component of it."""
    jacobian = case.jacobian
    blocks: list[Block] = []
    for defined in jacobian.program.definitions:
        left = latex.symbol_latex(defined.symbol)
        blocks.append(Display(f"{left} = {latex.matrix_latex(defined.body)}"))
    intro = say("equation_matrix", label=case.paper.equations.label)
    blocks.insert(0, Paragraph(intro))
    nodes = [n for n in jacobian.unfolding.nodes.values() if not n.auxiliary]
    indices = {body.symbol: body.indices for body in jacobian.bodies}
    rules: dict[str, None] = {}
    for node in nodes:
        fresh = Fresh(
            taken_names(jacobian.program) | {i.name for i in indices[node.symbol]}
        )
        lowered = lower(node.written, indices[node.symbol], Context(fresh))
        rules |= dict.fromkeys(step.rule.title for step in lowered.steps)
        entry = latex.entry_latex(Entry(node.symbol, indices[node.symbol]))
        names = ", ".join(latex.index_latex(i) for i in indices[node.symbol])
        if names:
            blocks.append(Paragraph(say("equation_component", index=Math(names))))
        blocks.append(Display(f"{entry} = {latex.terms_latex(lowered.result)}"))
    blocks.append(Paragraph(say("equation_rules", rules=", ".join(rules))))
    return Section("equation", say("equation_title"), (*blocks, *_names(jacobian)))


def _names(jacobian: Jacobian) -> tuple[Block, ...]:
    lines = []
    for node, body in zip(
        jacobian.unfolding.nodes.values(), jacobian.bodies, strict=True
    ):
        if node.auxiliary:
            left = latex.entry_latex(Entry(node.symbol, body.indices))
            lines.append(Line(left, latex.terms_latex(body.terms), ""))
    if not lines:
        return ()
    return (Paragraph(say("equation_names")), Align(tuple(lines)))


def derivative(case: Case) -> Section:
    """Every local derivative with its rules, then the chain rule over them."""
    jacobian = case.jacobian
    blocks: list[Block] = [
        Paragraph(say("derivative_intro", derivative=Math(case.derivative)))
    ]
    for found in jacobian.derivations:
        blocks.append(Align(derivation_lines(found, latex.terms_latex)))
    names = ", ".join(latex.index_latex(i) for i in jacobian.free)
    blocks.append(Paragraph(say("derivative_result", indices=Math(names))))
    blocks.append(Display(f"{case.derivative} = {latex.terms_latex(jacobian.terms)}"))
    return Section("derivative", say("derivative_title"), tuple(blocks))


def matrix(case: Case) -> Section:
    """The Jacobian as a matrix for two, three and any number of components."""
    jacobian = case.jacobian
    row, column = (Math(latex.index_latex(i)) for i in jacobian.free)
    of, by = (_entry(s, i) for s, i in _ends(jacobian))
    intro = say("matrix_intro", row=row, column=column, of=Math(of), by=Math(by))
    terms, free = jacobian.terms, jacobian.free
    whole = whole_derivative(jacobian)
    blocks: list[Block] = [
        Paragraph(intro),
        Display(f"{whole} = {explicit(terms, free, 2)}"),
        Display(f"{whole} = {explicit(terms, free, 3)}"),
        Paragraph(say("matrix_general")),
        Display(f"{whole} = {general(terms, free)}"),
        Paragraph(say("matrix_lift")),
        Align(lift_lines(jacobian, latex.terms_latex)),
        Paragraph(say("matrix_result")),
        Display(f"{whole} = {jacobian.matrix(Layout.NUMERATOR).latex()}."),
    ]
    return Section("matrix", say("matrix_title"), tuple(blocks))


def _ends(jacobian: Jacobian) -> tuple[tuple[Symbol, tuple[Index, ...]], ...]:
    return (jacobian.of, jacobian.of_indices), (jacobian.wrt, jacobian.by_indices)


def _entry(symbol: Symbol, indices: tuple[Index, ...]) -> str:
    return latex.entry_latex(Entry(symbol, indices))


def whole_derivative(jacobian: Jacobian) -> str:
    """The derivative of the whole by the whole."""
    above, below = latex.symbol_latex(jacobian.of), latex.symbol_latex(jacobian.wrt)
    return latex.fraction(above, below)
