"""The sections that explain the derivation: notation, component, chain rule, matrix."""

from __future__ import annotations

from collections.abc import Mapping

from symjac.calculus.lower import lower
from symjac.document import document as doc
from symjac.exposition.commands import history
from symjac.exposition.entries import at_entry, explicit, general, matrix_of, places
from symjac.exposition.steps import derivation_lines, lift_lines
from symjac.exposition.writing import reading
from symjac.jacobian import Jacobian, taken_names
from symjac.rewrite.rule import Context
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.terms.shape import Kind, Layout
from symjac.typeset import latex


def notation(
    jacobian: Jacobian, meanings: Mapping[str, str], remarks: tuple[str, ...] = ()
) -> doc.Section:
    """Symbols with kinds and dimensions, and what entries mean.

    Args:
        meanings: by name; without any, one line says what each name was taken for.
        remarks: how the source writes the same.
    """
    program = jacobian.program
    known = symbol_table(jacobian, meanings) if meanings else read_as(jacobian)
    blocks: list[doc.Block] = [known]
    blocks.append(doc.Paragraph(reading(jacobian)))
    blocks += [doc.Paragraph(doc.prose(remark)) for remark in remarks]
    weight = weight_of(jacobian)
    if weight is not None:
        blocks.append(doc.Paragraph(_weights(weight, jacobian)))
    if jacobian.free:
        delta = doc.Math(latex.factor_latex(ix.Delta(*_two_indices(jacobian))))
        held = (*doc.text(" "), *doc.say("notation_held")) if program.states else ()
        blocks.append(doc.Paragraph((*doc.say("notation_delta", delta=delta), *held)))
    if any(_has_blocks(node.written) for node in jacobian.unfolding.nodes.values()):
        identity, zero = doc.Math(latex.identity_latex()), doc.Math(r"\mathbf{0}")
        said = doc.say("notation_blocks", identity=identity, zero=zero)
        blocks.append(doc.Paragraph(said))
    return doc.Section("notation", doc.say("notation_title"), tuple(blocks))


def _has_blocks(body: m.MatrixExpr) -> bool:
    stacks = ("hstack", "vstack")
    return any(isinstance(n, m.Operation) and n.name in stacks for n in m.walk(body))


def symbol_table(jacobian: Jacobian, meanings: Mapping[str, str]) -> doc.Table:
    """The symbols with kinds, dimensions and meanings."""
    program = jacobian.program
    ordered = dict.fromkeys(symbol.name for symbol in program.symbols)
    rows = [_quantity_row(jacobian, name) for name in ordered]
    rows += [_function_row(name) for name in program.functions]
    names = (*ordered, *program.functions)
    pairs = zip(rows, names, strict=True)
    rows = [(*row, doc.text(meanings.get(name, ""))) for row, name in pairs]
    head = ("symbol", "kind", "shape", "meaning")
    return doc.Table(tuple(doc.say(f"notation_head_{h}") for h in head), tuple(rows))


def read_as(jacobian: Jacobian) -> doc.Paragraph:
    """What each name was taken for, by declaration or by convention, in one line."""
    program = jacobian.program
    names = (_read_as(program, name) for name in program.shapes)
    return doc.Paragraph(doc.say("reading", names=doc.join(names)))


def _read_as(program: Program, name: str) -> doc.Inline:
    meaning = program.quantities.get(name)
    if meaning is None:
        word = "kind_function" if name in program.functions else "kind_dimension"
        named = doc.math(latex.name_latex(name))
        return doc.say("reading_name", name=named, kind=doc.say(word))
    shape = meaning.shape
    shown = doc.math(latex.name_latex(name, bold=shape.kind is not Kind.SCALAR))
    size = (
        doc.math(latex.shape_latex(shape)) if shape.dims else doc.say("reading_number")
    )
    words = (word.replace("_", " ") for word in meaning.properties)
    kind = doc.join((size, *map(doc.text, words)), " ")
    return doc.say("reading_name", name=shown, kind=kind)


def _two_indices(jacobian: Jacobian) -> tuple[ix.Index, ix.Index]:
    free = jacobian.free
    return free[0], free[1] if len(free) > 1 else ix.Index("l", free[0].dim)


def _quantity_row(jacobian: Jacobian, name: str) -> tuple[doc.Inline, ...]:
    shape = jacobian.program.shape(name)
    bold = shape.kind is not Kind.SCALAR
    size = (
        doc.math(latex.dims_latex(shape.dims))
        if shape.dims
        else doc.say("shape_scalar")
    )
    same = (s for s in jacobian.program.symbols if s.name == name)
    kind = "kind_symmetric" if any(s.symmetric for s in same) else ""
    return (
        doc.math(latex.name_latex(name, bold=bold)),
        doc.say(kind) if kind else doc.text(doc.kind_word(shape.kind)),
        size,
    )


def _function_row(name: str) -> tuple[doc.Inline, ...]:
    return (doc.math(latex.name_latex(name)), doc.say("kind_function"), doc.text(""))


def _weights(weight: ix.Entry, jacobian: Jacobian) -> doc.Inline:
    assert isinstance(weight.matrix, m.Symbol)
    row, column = (doc.Math(latex.index_latex(i)) for i in weight.indices)
    return doc.say(
        "notation_weights",
        entry=doc.Math(latex.entry_latex(weight)),
        row=row,
        column=column,
        matrix=doc.Math(latex.symbol_latex(weight.matrix)),
    )


def weight_of(jacobian: Jacobian) -> ix.Entry | None:
    """The one matrix entry with both free indices, if there is one."""
    if len(jacobian.terms) != 1 or len(jacobian.free) != 2:
        return None
    (term,) = jacobian.terms
    found = [
        factor
        for factor in term.factors
        if isinstance(factor, ix.Entry) and factor.indices == jacobian.free
    ]
    square = jacobian.free[0].dim == jacobian.free[1].dim
    return found[0] if len(found) == 1 and square else None


def equation(
    jacobian: Jacobian, intro: doc.Inline, scalar: doc.Inline = ()
) -> doc.Section:
    """The equation in matrix form, then one component of it.

    Args:
        intro, scalar: what stands before the whole, and before a scalar's sums.
    """
    blocks: list[doc.Block] = [doc.Paragraph(intro)]
    for symbol, body in given(jacobian):
        left = latex.symbol_latex(symbol)
        for one in history(jacobian)[1:]:
            if symbol == one.of:
                blocks.append(doc.Paragraph(again(one)))
        blocks.append(doc.Display(f"{left} = {latex.matrix_latex(body)}"))
    nodes = [n for n in jacobian.unfolding.nodes.values() if not n.auxiliary]
    indices = {body.symbol: body.indices for body in jacobian.bodies}
    rules: dict[str, None] = {}
    for node in nodes:
        fresh = ix.IndexSupply(
            taken_names(jacobian.program) | {i.name for i in indices[node.symbol]}
        )
        lowered = lower(node.written, indices[node.symbol], Context(fresh))
        rules |= dict.fromkeys(doc.told(step.rule.title) for step in lowered.steps)
        entry = latex.entry_latex(ix.Entry(node.symbol, indices[node.symbol]))
        names = ", ".join(latex.index_latex(i) for i in indices[node.symbol])
        if names:
            blocks.append(
                doc.Paragraph(doc.say("equation_component", index=doc.Math(names)))
            )
        elif scalar:
            blocks.append(doc.Paragraph(scalar))
        blocks.append(doc.Display(f"{entry} = {latex.terms_latex(lowered.result)}"))
    if rules:
        blocks.append(doc.Paragraph(doc.say("equation_rules", rules=", ".join(rules))))
    return doc.Section(
        "equation", doc.say("equation_title"), (*blocks, *_names(jacobian))
    )


def again(jacobian: Jacobian) -> doc.Inline:
    """What a second derivative is the derivative of."""
    first = jacobian.first
    assert first is not None
    layout = Layout.DENOMINATOR if not first.of_indices else Layout.NUMERATOR
    return doc.say(
        "adhoc_second",
        derivative=doc.Math(latex.symbol_latex(jacobian.of)),
        whole=doc.Math(whole_derivative(first)),
        layout=doc.layout_word(layout),
    )


def given(jacobian: Jacobian) -> tuple[tuple[m.Symbol, m.MatrixExpr], ...]:
    """The author's definitions, and the derived quantity if it is not among them."""
    program = jacobian.program
    found = [(d.symbol, d.body) for d in program.definitions]
    names = {symbol.name for symbol, _ in found}
    chain = history(jacobian)
    found += [(one.of, one.body) for one in chain if one.of.name not in names]
    return tuple(found)


def _names(jacobian: Jacobian) -> tuple[doc.Block, ...]:
    lines = []
    for node, body in zip(
        jacobian.unfolding.nodes.values(), jacobian.bodies, strict=True
    ):
        if node.auxiliary:
            left = latex.entry_latex(ix.Entry(node.symbol, body.indices))
            lines.append(doc.Line(left, latex.terms_latex(body.terms), ""))
    if not lines:
        return ()
    return (doc.Paragraph(doc.say("equation_names")), doc.Align(tuple(lines)))


def derivative(jacobian: Jacobian) -> doc.Section:
    """Every local derivative with its rules, then the chain rule over them."""
    entry = derivative_entry(jacobian)
    blocks: list[doc.Block] = [
        doc.Paragraph(doc.say("derivative_intro", derivative=doc.Math(entry)))
    ]
    for found in jacobian.derivations:
        blocks.append(doc.Align(derivation_lines(found, latex.terms_latex)))
    names = ", ".join(latex.index_latex(i) for i in jacobian.free)
    blocks.append(doc.Paragraph(doc.say("derivative_result", indices=doc.Math(names))))
    blocks.append(doc.Display(f"{entry} = {latex.terms_latex(jacobian.terms)}"))
    return doc.Section("derivative", doc.say("derivative_title"), tuple(blocks))


def matrix(jacobian: Jacobian) -> doc.Section:
    """The Jacobian as a matrix for two, three and any number of components."""
    terms, free = jacobian.terms, jacobian.free
    whole = whole_derivative(jacobian)
    blocks: list[doc.Block] = []
    for layout in Layout:
        blocks.append(doc.Paragraph(doc.say(f"matrix_layout_{layout.value}")))
        blocks.append(doc.Display(f"{whole} = {_partials(jacobian, layout)}"))
    blocks += [
        doc.Paragraph(doc.say("matrix_intro")),
        doc.Display(f"{whole} = {explicit(terms, free, 2)}"),
        doc.Display(f"{whole} = {explicit(terms, free, 3)}"),
        doc.Paragraph(doc.say("matrix_general")),
        doc.Display(f"{whole} = {general(terms, free)}"),
        *_scaled(jacobian),
        doc.Paragraph(doc.say("matrix_lift")),
        doc.Align(lift_lines(jacobian, latex.terms_latex)),
        doc.Paragraph(doc.say("matrix_result")),
        doc.Display(f"{whole} = {jacobian.matrix(Layout.NUMERATOR).latex()}."),
    ]
    return doc.Section("matrix", doc.say("matrix_title"), tuple(blocks))


def _partials(jacobian: Jacobian, layout: Layout) -> str:
    """The matrix of all partial derivatives in a layout, with dots."""
    free = jacobian.free
    is_turned = layout is Layout.DENOMINATOR
    rows, columns = places(free[::-1] if is_turned else free)

    def entry(row: str, column: str) -> str:
        above, below = (column, row) if is_turned else (row, column)
        of, by = (
            latex.entry_at(s, n)
            for s, n in ((jacobian.of, above), (jacobian.wrt, below))
        )
        return latex.fraction(of, by)

    return matrix_of(entry, rows, columns)


def _scaled(jacobian: Jacobian) -> list[doc.Block]:
    """The same as weights times a diagonal matrix of slopes, where that is all."""
    weight = weight_of(jacobian)
    if weight is None:
        return []
    (term,), (row, column) = jacobian.terms, jacobian.free
    slopes = tuple(factor for factor in term.factors if factor != weight)
    if {index for f in slopes for index in ix.factor_indices(f)} != {column}:
        return []

    def entry(at: str, other: str) -> str:
        if at != other:
            return "0"
        shown = at_entry((ix.Term(factors=slopes),), (row, column), ("1", at))
        return latex.terms_latex(shown)

    weights = general((ix.Term(term.coefficient, (weight,)),), jacobian.free)
    product = f"{weights} {matrix_of(entry, *places((column, column)))}"
    return [doc.Paragraph(doc.say("matrix_product")), doc.Display(product)]


def whole_derivative(jacobian: Jacobian) -> str:
    """The derivative of the whole by the whole."""
    if jacobian.vec:
        return latex.fraction(stacked(jacobian.of), stacked(jacobian.wrt))
    above, below = latex.symbol_latex(jacobian.of), latex.symbol_latex(jacobian.wrt)
    return latex.fraction(above, below)


def derivative_in(jacobian: Jacobian, layout: Layout) -> str:
    """The derivative of the whole by the whole, as a layout writes it."""
    if jacobian.vec:
        return vec_derivative(jacobian, layout)
    return whole_derivative(jacobian)


def vec_derivative(jacobian: Jacobian, layout: Layout) -> str:
    """The derivative of vec of the whole by vec of the whole, in a layout."""
    above, below = stacked(jacobian.of), stacked(jacobian.wrt)
    if layout is Layout.NUMERATOR:
        return latex.fraction(above, latex.transposed(below))
    return latex.fraction(latex.transposed(above), below)


def stacked(symbol: m.Symbol) -> str:
    """A matrix under vec; a vector as it is."""
    shown = latex.symbol_latex(symbol)
    if symbol.shape.kind is not Kind.MATRIX:
        return shown
    return rf"\operatorname{{vec}}({shown})"


def derivative_entry(jacobian: Jacobian) -> str:
    """The derivative of one entry by one entry."""
    j = jacobian
    return latex.derivative_latex(j.of, j.of_indices, j.wrt, j.by_indices)


def is_matrix(jacobian: Jacobian) -> bool:
    """Whether the derivative is of a vector by a vector."""
    return len(jacobian.of_indices) == len(jacobian.by_indices) == 1
