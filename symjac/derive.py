"""The pipeline: one equation from typed program to component formula, with every step.

    program, of, wrt ─ unfold ─> short definitions ─ lower ─> index form
      ─ differentiate, one local Jacobian per definition ─ chain rule ─ contract ─>
      component formula ─ lift(layout), in `Jacobian.matrix` ─> matrix form

Read `derive` first: everything else in the package serves one of its lines.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from symjac import latex_input as latex
from symjac.calculus.contract import CONTRACT, UNFOLD
from symjac.chain import Chain, lower_body, name_indices, passes, unfold
from symjac.equality.canonical import add_like_terms
from symjac.errors import ParseError, Source, Span, UnsupportedError, within_depth
from symjac.jacobian import Jacobian, taken_names
from symjac.language.check import check, check_formula, default_wrt
from symjac.language.written_out import inline, inline_definitions
from symjac.rewrite.rule import Context, Derivation
from symjac.sympy_bridge.read import formula_from_sympy, from_sympy, name_from_sympy
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.terms.shape import Layout, Shape, Time


@within_depth
def parse(
    source: str, shapes: dict[str, tuple[str | int, ...]] | None = None
) -> Program:
    """Read equations: one definition or declaration per line.

    Args:
        source: the equations in symjac's language.
        shapes: declarations given apart, such as `{"W": ("n", "n")}`.

    Raises:
        ParseError, ShapeError, UnsupportedError, BudgetError: each with its place.

    Example:
        >>> program = parse("y = A @ x")
        >>> [str(s.shape) for s in program.symbols]
        ['(n)', '(n, m)', '(m)']
    """
    return check(Source("equations", source), shapes)


@within_depth
def parse_latex(
    source: str,
    shapes: dict[str, tuple[str | int, ...]] | None = None,
    *,
    time: Iterable[str] = (),
    functions: Iterable[str] = (),
) -> Program:
    r"""Read equations in LaTeX, as printed in papers; strictly, see docs/latex.md.

    Args:
        source: equations, apart by a double backslash or a new line.
        shapes: declared shapes, by symjac's names.
        time: letters that are time steps, where the text alone does not show it.
        functions: elementwise functions, where the text alone does not show it.

    Raises:
        ParseError, ShapeError, UnsupportedError, BudgetError: each with its place.

    Example:
        >>> program = parse_latex(r"\mathbf{h}_t = \tanh(W_{hh} \mathbf{h}_{t-1} + b)")
        >>> print(program.source.text)
        h[t] = tanh(W_hh @ h[t-1] + b)
    """
    reading = latex.translate(source, shapes=shapes, time=time, functions=functions)
    return latex.program_of(reading, shapes)


@within_depth
def derive(
    program: Program | Any,
    of: str | Any | None = None,
    wrt: str | Any | tuple[str | Any, ...] | None = None,
    *,
    expand: bool = False,
) -> Jacobian:
    r"""The derivative of `of` with respect to `wrt`, total through the definitions.

    $\partial y_j / \partial x_k$ in index form: no layout plays a part.

    Args:
        program: from `parse`, equations as text, or a SymPy expression (see
            `from_sympy`).
        of: a name or an expression over the definitions, as text or from SymPy; the
            last definition if None.
        wrt: a name or a SymPy symbol; if None, the same state one step earlier. Two
            give the second derivative: of the gradient (denominator layout) for a
            scalar, of the Jacobian (numerator layout) for a vector. `vec(X)` asks for
            vec form.
        expand: write definitions out, except of states and of `wrt`, so that the result
            names no gates.

    Raises:
        ParseError, ShapeError, UnsupportedError: each with its place.

    Example:
        >>> step = derive(parse("x[t] = W @ sigma(x[t-1]) + b"))
        >>> step.component_text
        "W[j,k] * sigma'(x[t-1][k])"
        >>> print(step.matrix("numerator"))
        W @ diag(sigma'(x[t-1]))
        >>> hessian = derive(parse("y = x.T @ A @ x"), wrt=("x", "x"))
        >>> print(hessian.matrix("numerator"))
        A + A.T
    """
    program = as_program(program, wrt, of)
    formula = None if of is None else read_formula("of", of, program)
    target, body = named(program, formula)
    wrts = wrt if isinstance(wrt, tuple) else (wrt,)
    variables = [read_variable(program, target, by) for by in wrts]
    return derive_by(program, target, body, *variables, expand=expand)


@dataclass(frozen=True, slots=True)
class Variable:
    """What is differentiated by, and whether in vec form."""

    symbol: m.Symbol
    vec: bool = False


def derive_by(
    program: Program,
    target: m.Symbol,
    body: m.MatrixExpr,
    first: Variable,
    *more: Variable,
    expand: bool = False,
) -> Jacobian:
    """The derivative of `target`, defined by `body`; of its derivative by `more`."""
    if target == first.symbol:
        target, body = new_symbol(program, target), target
    if expand:
        kept = {variable.symbol.name for variable in (first, *more)}
        program = inline_definitions(program, kept)
        body = inline(body, program, kept)
    jacobian = derive_body(program, target, body, first.symbol, vec=first.vec)
    for variable in more:
        later = {variable.symbol.name for variable in more}
        jacobian = derive_again(jacobian, variable, later)
    return replace(jacobian, expanded=expand)


def derive_symbol(program: Program, of: m.Symbol, wrt: m.Symbol) -> Jacobian:
    """The derivative of a quantity of the program by another one."""
    return derive_by(program, *named(program, of), Variable(wrt))


def as_program(program: Program | Any, wrt: Any, *beside: Any) -> Program:
    """The equations; those of a SymPy expression leave the names asked about alone."""
    if isinstance(program, Program):
        return program
    if isinstance(program, str):
        return parse(program)
    by = wrt if isinstance(wrt, tuple) else (wrt,)
    return from_sympy(program, by=by, beside=beside)


def derive_again(
    first: Jacobian, variable: Variable, later: Collection[str]
) -> Jacobian:
    """The derivative of a derivative, such as a Hessian.

    What is differentiated again must not use what is declared of `later` variables:
    their entries are independent, so 2 S and S + S^T have different derivatives by S.

    Raises:
        LiftError: the first derivative has no matrix form.
    """
    is_scalar = first.of.shape.order == 0
    layout = Layout.DENOMINATOR if is_scalar else Layout.NUMERATOR
    plain = with_declared(first, first.program.without_properties(later))
    body = first.program.declared(plain.plain(layout).expr)
    is_vector = is_scalar and first.wrt.shape.order < 2
    letters = ("g", "d") if is_vector else ("G", "D") if is_scalar else ("J", "D")
    target = new_symbol(first.program, body, letters)
    since, by = first.unfolding.since, variable.symbol
    second = derive_body(first.program, target, body, by, vec=variable.vec, since=since)
    return replace(second, first=first)


def with_declared(known: Jacobian, program: Program) -> Jacobian:
    """The same derivative where `program` says what is declared of its names."""
    if program.quantities == known.program.quantities:
        return known
    of, wrt = map(program.symbol, (known.of, known.wrt))
    body, since = program.declared(known.body), known.unfolding.since
    return derive_body(program, of, body, wrt, vec=known.vec, since=since)


def derive_body(
    program: Program,
    target: m.Symbol,
    body: m.MatrixExpr,
    variable: m.Symbol,
    *,
    vec: bool = False,
    since: Time | None = None,
) -> Jacobian:
    """The derivative of `target`, defined by `body`: the pipeline itself."""
    unfolding = unfold(program, target, body, variable, since)
    names, fresh = name_indices(unfolding, target, variable, taken_names(program))
    context = Context(fresh)
    nodes = unfolding.nodes.values()
    bodies = tuple(lower_body(node, names, context) for node in nodes)
    chain = Chain(unfolding, names, context)
    for node, lowered in zip(nodes, bodies, strict=True):
        chain.differentiate(node, lowered)
    pairs = zip(nodes, bodies, strict=True)
    auxiliary = {node.symbol: body for node, body in pairs if node.auxiliary}
    result = inline_auxiliary(chain, target, replace(context, bodies=auxiliary))
    ix.check_scopes(result.result)
    return Jacobian(
        program=program,
        of=target,
        body=body,
        wrt=variable,
        of_indices=names[target],
        by_indices=names[variable],
        terms=ix.tidy(add_like_terms(result.result), taken_names(program)),
        derivations=(*chain.derivations, *((result,) if result.steps else ())),
        unfolding=unfolding,
        bodies=bodies,
        vec=vec,
    )


def inline_auxiliary(chain: Chain, of: m.Symbol, context: Context) -> Derivation:
    """The total derivative with symjac's own names replaced by what they stand for."""
    wrt = chain.unfolding.wrt
    known = chain.known.get((of, wrt, False))
    total: ix.Terms = () if known is None else known.terms
    subject = chain.subject(of, wrt)
    return passes(
        f"d({of})/d({wrt})", total, subject, UNFOLD, CONTRACT, context=context
    )


def new_symbol(
    program: Program, expr: m.MatrixExpr, letters: tuple[str, ...] = ("y", "f", "g")
) -> m.Symbol:
    """A name for an expression that the equations do not name."""
    return m.Symbol(program.fresh(*letters), expr.shape)


def named(program: Program, expr: m.MatrixExpr | None) -> tuple[m.Symbol, m.MatrixExpr]:
    """A name with its body: of the last definition, or a new one of an expression."""
    if expr is None:
        last = program.definitions[-1]
        return last.symbol, last.body
    if isinstance(expr, m.Symbol):
        return expr, program.definition(expr) or expr
    return new_symbol(program, expr), expr


def read_formula(
    label: str, formula: str | Any, program: Program, shapes: tuple[Shape, ...] = ()
) -> m.MatrixExpr:
    """An expression over a program's names, from text or from SymPy."""
    if isinstance(formula, str):
        return check_formula(Source(label, formula), program, shapes)
    return formula_from_sympy(formula, program)


def read_variable(program: Program, of: m.Symbol, by: str | Any | None) -> Variable:
    """The variable, by default the state one step earlier; `vec(X)` for vec form."""
    if by is None:
        variable = default_wrt(of)
        if variable is None:
            span = Span(program.source, 0, 1)
            raise ParseError(
                f"no variable given for d({of})/d(?)", span, hint="give wrt"
            )
        return Variable(variable)
    wrt = name_from_sympy(by)
    source = Source("wrt", wrt)
    inner = wrt.strip()
    vec = inner.startswith("vec(") and inner.endswith(")")
    if vec:
        source = Source("wrt", inner[len("vec(") : -1])
    found = check_formula(source, program)
    if isinstance(found, m.Symbol):
        return Variable(found, vec)
    at = Span(source, 0, len(source.text))
    raise UnsupportedError("wrt takes one name, or vec of one", at)
