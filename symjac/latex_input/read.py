r"""LaTeX to symjac's own language: equations, a formula, or a whole claim.

    source ─ lex, statements, parse ─> LaTeX tree ─ steps, names ─ write ─> text

The text is what was understood; the ordinary parser and checker do the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from symjac.errors import ParseError, SoundnessError, Source, Span, UnsupportedError
from symjac.language.called import RESERVED, is_said
from symjac.language.check import check
from symjac.language.syntax import literal
from symjac.latex_input import tree
from symjac.latex_input.evidence import Evidence
from symjac.latex_input.names import Names
from symjac.latex_input.pieces import Piece
from symjac.latex_input.products import (
    OverTime,
    check_alone,
    check_ends,
    check_letter,
    range_of,
)
from symjac.latex_input.statements import Equation, Membership, Statement, statements
from symjac.latex_input.steps import find_steps
from symjac.latex_input.write import Writer
from symjac.library.functions import TABLE
from symjac.terms.program import Program
from symjac.terms.shape import Kind

Shapes = Mapping[str, tuple[str | int, ...]]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of names beforehand: by declarations, by the caller, elsewhere.

    `beside` has the names of a text beside this one; `time` are letters that the caller
    says are time.
    """

    shapes: Shapes = field(default_factory=dict)
    beside: Program | None = None
    time: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reading:
    r"""What was understood, in symjac's language.

    `text` has the equations, or the formula; for a whole claim
    `\frac{\partial Y}{\partial X} = F`, `of` is Y, `wrt` is X, and `claim` and `text`
    are F. A claim about an expression that stands alone defines it in `equations`.
    Of a chain of equalities the last formula is the claim; the others are `unjudged`,
    as printed. A product over time has its factor in `text` and more in `product`.
    `kinds` says as what each name was read, `letters` which letters are time.
    """

    text: str
    of: str | None = None
    wrt: str | None = None
    claim: str | None = None
    equations: str | None = None
    unjudged: tuple[str, ...] = ()
    product: OverTime | None = None
    kinds: Mapping[str, Kind] = field(default_factory=dict, compare=False, repr=False)
    letters: frozenset[str] = field(default=frozenset(), compare=False, repr=False)

    def __str__(self) -> str:
        return self.text


def translate(
    source: str,
    *,
    shapes: Shapes | None = None,
    program: Program | None = None,
    time: Iterable[str] = (),
    functions: Iterable[str] = (),
    name: str = "latex",
) -> Reading:
    r"""Read LaTeX; nothing is guessed, and nothing that is printed is left out.

    Args:
        source: equations, a formula, or a claim, with or without signs around it.
        shapes: declared shapes, by symjac's names.
        program: the equations that a formula or claim belongs to.
        time: letters that are time steps, where the text alone does not show it.
        functions: names of elementwise functions that the text does not show to be.
        name: how errors call the source.

    Raises:
        ParseError, ShapeError, UnsupportedError, BudgetError: each with its place.

    Example:
        >>> print(translate(r"h_t = \tanh(W h_{t-1} + U x_t + b)"))
        h[t] = tanh(W @ h[t-1] + U @ x[t] + b)
    """
    place = Source(name, source)
    written = statements(place)
    if program is not None and len(written) == 1:
        over_time = _over_time(written[0], program, time, functions)
        if over_time is not None:
            return over_time
    found = tuple(sorted(written, key=lambda s: isinstance(s, Equation)))
    known = Known(shapes or {}, time=frozenset(time), functions=frozenset(functions))
    writer = Writer(names_of(found, known, program))
    reading = _read(found, writer, program)
    letters = writer.names.steps.letters
    unjudged = tuple(
        span.text for s in found if isinstance(s, Equation) for span in s.between
    )
    return replace(
        reading, unjudged=unjudged, kinds=writer.names.kinds, letters=letters
    )


def _over_time(
    found: Statement, program: Program, time: Iterable[str], functions: Iterable[str]
) -> Reading | None:
    """A claim that a derivative over many steps is a product; None for all others."""
    if not isinstance(found, Equation):
        return None
    claim, product = tree.unwrapped(found.left), tree.unwrapped(found.right)
    if not isinstance(claim, tree.Derivative) or claim.of is None:
        return None
    if not isinstance(product, tree.Big) or product.sign != "prod":
        check_alone(found.right)
        return None
    over = range_of(product)
    check_ends(claim, over, program)
    check_letter(product.body, over, program)

    def read(node: tree.Node, step: str) -> str:
        known = Known(time=frozenset((*time, step)), functions=frozenset(functions))
        names = names_of((Equation(None, node, node.span),), known, program)
        return Writer(names).whole(node).text

    of, by = read(claim.of, over.top), read(claim.by, over.low)
    if of != by:
        raise ParseError(f"a product over time of {of} by {by}", claim.span)
    factor = read(product.body, over.at)
    name, _, step = of.rstrip("]").partition("[")
    unjudged = tuple(span.text for span in found.between)
    ordered = OverTime(step, over.low, over.is_latest_first)
    wrt = f"{name}[{over.low}]"
    return Reading(factor, of, wrt, unjudged=unjudged, product=ordered)


def _read(
    found: tuple[Statement, ...], writer: Writer, program: Program | None
) -> Reading:
    equations = [s for s in found if isinstance(s, Equation)]
    claims = [s for s in equations if _is_claim(s, program)]
    if claims:
        return _claim(found, claims[0], writer, program)
    if len(found) == 1 and equations and equations[0].left is None:
        text = writer.whole(equations[0].right).text
        return Reading("; ".join((*_functions(writer.names, text), text)))
    if program is not None:
        at = found[0].span
        raise ParseError("expected one formula or claim", at)
    text = "\n".join(_line(s, writer) for s in found)
    return Reading("\n".join((*_functions(writer.names, text), text)))


def _functions(names: Names, text: str) -> tuple[str, ...]:
    """Declarations of what was said to be elementwise, where the text needs them."""
    own = names.program.functions if names.program else ()
    used = sorted({*re.findall(r"(\w+)'*\(", text)} & names.functions - {*own})
    needed = [f for f in used if is_said(f, of_matrix=f in names.of_matrices)]
    return (f"{', '.join(needed)}: elementwise",) if needed else ()


def program_of(
    reading: Reading, shapes: dict[str, tuple[str | int, ...]] | None = None
) -> Program:
    """The program of the equations that were read, by the ordinary checker.

    Raises:
        ParseError: a claim about names that nothing defines.
        ShapeError: the shapes do not fit.
        SoundnessError: a product was read for other kinds than the checker finds.
    """
    text = reading.text if reading.claim is None else reading.equations
    if text is None:
        raise ParseError("nothing defines what the claim differentiates")
    program = check(Source("read as", text), shapes)
    for name, kind in reading.kinds.items():
        known = program.quantities.get(name)
        own = known.shape.kind if known else kind
        if own is not kind:
            message = f"{name} was read as a {kind.value}, and is a {own.value}"
            raise SoundnessError(message)
    return program


def names_of(
    found: tuple[Statement, ...], known: Known, program: Program | None
) -> Names:
    """The names of all that is written, told together."""
    nodes: list[tree.Node] = []
    for statement in found:
        if isinstance(statement, Membership):
            nodes.extend(statement.names)
        else:
            nodes.extend(n for n in (statement.left, statement.right) if n is not None)
    closed = program or known.beside
    letters = closed.bases if closed else frozenset[str]()
    steps = find_steps(nodes, known.time, letters, program is not None)
    evidence = Evidence()
    evidence.see(nodes)
    names = Names(steps, evidence, known.shapes, program, known.functions)
    if known.beside is not None:
        names.know(known.beside)
    return names


def _is_claim(equation: Equation, program: Program | None) -> bool:
    left = equation.left
    if isinstance(left, tree.Name) and program is not None:
        return left.base in ("J", "D") and not program.quantities.get(left.base)
    return isinstance(tree.unwrapped(left), tree.Derivative)


def _claim(
    found: tuple[Statement, ...],
    equation: Equation,
    writer: Writer,
    program: Program | None,
) -> Reading:
    others = [s for s in found if s is not equation]
    if any(isinstance(s, Equation) for s in others):
        at = next(s.span for s in others if isinstance(s, Equation))
        raise ParseError("a claim and an equation", at, hint="give them apart")
    declared = [_line(s, writer) for s in others]
    left = tree.unwrapped(equation.left)
    if not isinstance(left, tree.Derivative):
        formula = writer.whole(equation.right).text
        return Reading(formula, None, None, formula)
    if left.of is None:
        hint = r"write \frac{\partial y}{\partial x} = ..."
        raise ParseError("the derivative of what?", left.span, hint=hint)
    of = writer.whole(left.of)
    known = set(writer.names.spelled)
    wrt = _variable(left.by, writer)
    is_name = isinstance(tree.unwrapped(left.of), tree.Name)
    if program is None and not is_name and wrt.split("[")[0] not in known:
        raise ParseError(f"{wrt} does not stand in {of.text}", left.span)
    formula = writer.whole(equation.right).text
    if is_name or program is not None:
        return Reading(formula, of.text, wrt, formula)
    _check_defined(of, formula)
    new = _new_name(writer.names)
    lines = [*declared, f"{new} = {of.text}"]
    return Reading(formula, new, wrt, formula, "\n".join(lines))


def _check_defined(of: Piece, formula: str) -> None:
    """A claim about f(x) that does not mention f' is about an f of another place."""
    for name in re.findall(r"([A-Za-z_]\w*)'*\(", of.text):
        is_known = name in RESERVED or name in TABLE
        if not is_known and not re.search(rf"\b{name}'", formula):
            hint = f"write what {name} is; a claim for any {name} has {name}'"
            raise UnsupportedError(f"nothing says what {name} is", of.span, hint=hint)


def _variable(node: tree.Node, writer: Writer) -> str:
    inner = tree.unwrapped(node)
    if not isinstance(inner, tree.Name):
        raise UnsupportedError(
            "the derivative by something that is no name",
            node.span,
            hint="leave a transpose off: the claim is judged in both layouts",
        )
    return writer.write(inner).text


def _new_name(names: Names) -> str:
    """A name for an expression that no equation names."""
    used = {*names.kinds, *names.functions, *names.spelled}
    return next(n for n in ("f", "g", "y", "f_0", "g_0", "y_0") if n not in used)


def _line(statement: Statement, writer: Writer) -> str:
    """One line of a program."""
    if isinstance(statement, Membership):
        return _declaration(statement, writer)
    left = statement.left
    if left is None:
        raise ParseError("expected an equation", statement.span)
    if not isinstance(left, tree.Name):
        raise ParseError(
            "the left side of an equation is one name",
            left.span,
            hint="write the equation of one name, such as y = A x",
        )
    body = writer.whole(statement.right)
    names = writer.names
    text, _ = names.split(left)
    known = names.kinds.get(text)
    names.kinds[text] = body.kind if known is None else known
    names.declared.add(text)
    found = names.reference(left)
    if found.kind is not body.kind:
        raise ParseError(
            f"{text} is {found.kind.value} elsewhere, its equation {body.kind.value}",
            Span(statement.span.source, left.span.start, statement.span.end),
            hint=f"declare the shape of {text}",
        )
    return f"{found.text} = {body.text}"


def _declaration(statement: Membership, writer: Writer) -> str:
    names = writer.names
    spelled = []
    for name in statement.names:
        text, _ = names.split(name)
        sizes = tuple(
            int(literal(s, name.span)) if s.isdecimal() else s for s in statement.sizes
        )
        names.declare(text, sizes, name.span)
        names.reference(name)
        spelled.append(text)
    return f"{', '.join(spelled)}: ({', '.join(statement.sizes)})"
