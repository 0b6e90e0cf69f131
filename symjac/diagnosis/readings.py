"""Neighboring questions for which a claim may be right as it is printed.

    a property such as W symmetric     one dimension equal to 1
    sigma the logistic function
    quantities held fixed              the function inside or outside the matrix product

Each is a derivative of its own; whether the claim holds for it, the engine says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from symjac.claims.adjudicate import derived_formula
from symjac.derive import derive, derive_body, with_declared
from symjac.diagnosis.slips import Part, Primed, Wording
from symjac.errors import Source, SymjacError
from symjac.jacobian import Jacobian
from symjac.language.check import check, check_formula
from symjac.language.written_out import inline, printed
from symjac.library.functions import lookup
from symjac.library.properties import clause
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.terms.shape import Kind, Layout
from symjac.typeset.text import matrix_text

PLAIN_WORDS = ("symmetric", "orthogonal", "diagonal")
LOGISTIC = "sigmoid"
SPECIAL_WORDS = ("skew", "projection", "scalar", "unit")


@dataclass(frozen=True, slots=True)
class Reinterpretation:
    """A neighboring question: its derivative, and the claim in its names.

    `equation` is what is assumed, or what stands in place of the given equation, whose
    new right side is `body` and whose function's argument is `inner`. If something
    is assumed, `program` declares it.
    """

    phrase: Wording
    jacobian: Jacobian
    claim: m.MatrixExpr
    equation: str
    assumed: tuple[str, str] = ("", "")
    body: m.MatrixExpr | None = None
    inner: m.MatrixExpr | None = None
    program: Program | None = None

    def question(self) -> Jacobian:
        """The derivative of the neighboring question."""
        known = self.jacobian
        return known if self.program is None else with_declared(known, self.program)

    @property
    def is_special(self) -> bool:
        """Whether it is of interest only where nothing else was found."""
        return self.phrase.kind == "dimension" or self.assumed[1] in SPECIAL_WORDS


def readings(jacobian: Jacobian, claim: m.MatrixExpr) -> Iterator[Reinterpretation]:
    """Neighboring questions, the weakest change first."""
    if jacobian.first is not None:
        return
    yield from moved(jacobian, claim)
    yield from held(jacobian, claim)
    yield from functions(jacobian, claim)
    yield from properties(jacobian, claim)
    yield from dimensions(jacobian, claim)


def properties(jacobian: Jacobian, claim: m.MatrixExpr) -> Iterator[Reinterpretation]:
    """One quantity, or all square matrices, with a property."""
    formula = derived_formula(jacobian, Layout.NUMERATOR)
    used = (*m.symbols(claim), *(m.symbols(formula.expr) if formula else ()))
    defined = {d.symbol.name for d in jacobian.program.definitions}
    plain = [
        s for s in dict.fromkeys(used) if s.name not in defined and not s.properties
    ]
    for symbol in plain:
        for word in words_for(symbol):
            yield _with(jacobian, claim, (symbol,), word)
    square = tuple(s for s in plain if "symmetric" in words_for(s))
    if len(square) > 1:
        yield _with(jacobian, claim, square, "symmetric")


def words_for(symbol: m.Symbol) -> tuple[str, ...]:
    """Properties that a quantity of this shape may have."""
    shape = symbol.shape
    if shape.kind is Kind.MATRIX and shape.dims[0] == shape.dims[1]:
        return (*PLAIN_WORDS, *SPECIAL_WORDS[:-1])
    is_vector = shape.kind is Kind.COLUMN and symbol.time is None
    return ("sums_to_one", "unit") if is_vector else ()


def functions(jacobian: Jacobian, claim: m.MatrixExpr) -> Iterator[Reinterpretation]:
    """One generic function read as the logistic one, its usual meaning in a loss."""
    program = jacobian.program
    for name in program.functions:
        put = partial(_logistic, name=name)
        bodies = (replace(d, body=put(d.body)) for d in program.definitions)
        known = replace(program, definitions=tuple(bodies))
        found = _derived(jacobian, known, put(jacobian.body))
        if found is not None:
            said = Wording("function", (Primed(lookup(name), 0),))
            written = f"write {LOGISTIC} in place of {name}"
            yield Reinterpretation(said, found, put(claim), written)


def _logistic(expr: m.MatrixExpr, name: str) -> m.MatrixExpr:
    if isinstance(expr, m.Elementwise) and expr.function.name == name:
        inner = _logistic(expr.arg, name)
        return m.Elementwise(lookup(LOGISTIC), expr.order, inner)
    return m.rebuild(expr, partial(_logistic, name=name))


def _with(
    jacobian: Jacobian, claim: m.MatrixExpr, chosen: tuple[m.Symbol, ...], word: str
) -> Reinterpretation:
    words = {symbol.name: (word,) for symbol in chosen}
    program = jacobian.program.with_properties(words)
    names = ", ".join(symbol.name for symbol in chosen)
    if len(chosen) == 1:
        phrase = Wording("property", (*chosen, clause(word)))
    else:
        phrase = Wording("properties", (names, word))
    return Reinterpretation(
        phrase,
        jacobian,
        program.declared(claim),
        "\n".join(f"{s.name}: {s.shape} {word}" for s in chosen),
        assumed=(names, word),
        program=program,
    )


def dimensions(jacobian: Jacobian, claim: m.MatrixExpr) -> Iterator[Reinterpretation]:
    """One named dimension equal to 1."""
    text = printed(jacobian.program, jacobian.program.definitions).text
    defined = {d.symbol for d in jacobian.program.definitions}
    if jacobian.of not in defined:
        text += f"\n{jacobian.of} = {matrix_text(jacobian.body)}"
    wrt = f"vec({jacobian.wrt})" if jacobian.vec else str(jacobian.wrt)
    names = [d for s in m.symbols(claim) for d in s.shape.dims if isinstance(d, str)]
    for name in dict.fromkeys(names):
        try:
            program = check(Source("equations", f"{text}\ndim {name} = 1"))
            expr = check_formula(Source("claim", matrix_text(claim)), program)
            found = derive(program, str(jacobian.of), wrt)
        except SymjacError:
            continue
        yield Reinterpretation(
            Wording("dimension", (name,)), found, expr, f"dim {name} = 1"
        )


def held(jacobian: Jacobian, claim: m.MatrixExpr) -> Iterator[Reinterpretation]:
    """The derivative through some definitions only: what lies between is held fixed."""
    unfolding = jacobian.unfolding
    between = [
        node.symbol
        for node in unfolding.nodes.values()
        if not node.auxiliary
        and node.symbol in unfolding.dependent
        and node.symbol != jacobian.of
    ]
    inside = [_named_in(node.written, between) for node in unfolding.nodes.values()]
    groups = dict.fromkeys((*((symbol,) for symbol in between), *inside, ()))
    del groups[()]
    for group in groups:
        program = _without(jacobian.program, group)
        found = _derived(jacobian, program, jacobian.body)
        if found is not None:
            names = ", ".join(map(str, group))
            parts: tuple[Part, ...] = group if len(group) == 1 else (names,)
            held_fixed = f"{names} held fixed"
            yield Reinterpretation(Wording("held", parts), found, claim, held_fixed)


def _named_in(body: m.MatrixExpr, between: list[m.Symbol]) -> tuple[m.Symbol, ...]:
    used = m.symbols(body)
    return tuple(symbol for symbol in between if symbol in used)


def _without(program: Program, gone: tuple[m.Symbol, ...]) -> Program:
    names = {symbol.name for symbol in gone}
    kept = tuple(d for d in program.definitions if d.symbol.name not in names)
    return replace(program, definitions=kept)


def moved(jacobian: Jacobian, claim: m.MatrixExpr) -> Iterator[Reinterpretation]:
    """The equation with its function inside, in place of outside, the matrix product.

    W f(x) + r and f(W x + r): the state after, or before, the nonlinearity.
    """
    whole = inline(jacobian.body, jacobian.program)
    bodies = dict.fromkeys((jacobian.body, whole))
    pairs = (pair for one in bodies for pair in (*_inside(one), *_outside(one)))
    for body, inner in pairs:
        program = _redefined(jacobian, body)
        found = _derived(jacobian, program, body)
        if found is not None:
            equation = f"{jacobian.of} = {matrix_text(body)}"
            phrase = Wording("equation")
            yield Reinterpretation(
                phrase, found, claim, equation, body=body, inner=inner
            )


def _inside(body: m.MatrixExpr) -> Iterator[tuple[m.MatrixExpr, m.MatrixExpr]]:
    """f(W x + r) for W f(x) + r, with its argument."""
    terms = body.terms if isinstance(body, m.Add) else (body,)
    for place, term in enumerate(terms):
        match term:
            case m.MatMul(left, m.Elementwise(function, 0, arg)) if (
                left.shape.dims == (*body.shape.dims, *arg.shape.dims)
                and body.shape == arg.shape
            ):
                parts = (*terms[:place], m.MatMul(left, arg), *terms[place + 1 :])
                inner = parts[0] if len(parts) == 1 else m.Add(parts)
                yield m.Elementwise(function, 0, inner), inner


def _outside(body: m.MatrixExpr) -> Iterator[tuple[m.MatrixExpr, m.MatrixExpr]]:
    """W f(x) + r for f(W x + r), with its argument."""
    if not (isinstance(body, m.Elementwise) and body.order == 0):
        return
    terms = body.arg.terms if isinstance(body.arg, m.Add) else (body.arg,)
    for place, term in enumerate(terms):
        match term:
            case m.MatMul(left, m.Symbol() as arg) if arg.shape == body.shape:
                new = m.MatMul(left, m.Elementwise(body.function, 0, arg))
                parts = (*terms[:place], new, *terms[place + 1 :])
                yield parts[0] if len(parts) == 1 else m.Add(parts), arg


def _redefined(jacobian: Jacobian, body: m.MatrixExpr) -> Program:
    definitions = tuple(
        replace(d, body=body) if d.symbol == jacobian.of else d
        for d in jacobian.program.definitions
    )
    return replace(jacobian.program, definitions=definitions)


def _derived(
    jacobian: Jacobian, program: Program, body: m.MatrixExpr
) -> Jacobian | None:
    try:
        return derive_body(
            program,
            jacobian.of,
            body,
            jacobian.wrt,
            vec=jacobian.vec,
            since=jacobian.unfolding.since,
        )
    except SymjacError:
        return None
