"""The pipeline: one equation from typed program to component formula, with every step.

    program, of, wrt ─ unfold ─> short definitions ─ lower ─> index form
      ─ differentiate, one local Jacobian per definition ─ chain rule ─ contract ─>
      component formula ─ lift(layout), in `Jacobian.matrix` ─> matrix form

Read `derive` first: everything else in the package serves one of its lines.
"""

from __future__ import annotations

from dataclasses import replace

from symjac.chain import Chain, lower_body, name_indices, passes
from symjac.errors import ParseError, Source, Span, UnsupportedError
from symjac.expr.index import Terms, check_scopes, tidy
from symjac.expr.matrix import MatrixExpr, Symbol
from symjac.expr.shape import Layout
from symjac.jacobian import Jacobian, taken_names
from symjac.language.check import Program, check, check_formula, default_wrt
from symjac.rules.canonical import collect
from symjac.rules.contract import CONTRACT, UNFOLD
from symjac.rules.rule import Context, Derivation
from symjac.unfold import unfold


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


def derive(
    program: Program,
    of: str | None = None,
    wrt: str | tuple[str, ...] | None = None,
) -> Jacobian:
    r"""The derivative of `of` with respect to `wrt`, total through the definitions.

    $\\partial y_j / \\partial x_k$ in index form: no layout plays a part.

    Args:
        program: from `parse`.
        of: a name or an expression over the definitions; the last definition if None.
        wrt: a name; if None, the same state one step earlier. Two names give the
            second derivative: of the gradient (denominator layout) for a scalar, of
            the Jacobian (numerator layout) for a vector. `vec(X)` asks for vec form.

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
    first, *more = wrt if isinstance(wrt, tuple) else (wrt,)
    target, body, variable, vec = resolve(program, of, first)
    jacobian = derive_body(program, target, body, variable, vec=vec)
    for name in more:
        jacobian = derive_again(jacobian, name)
    return jacobian


def derive_again(first: Jacobian, wrt: str | None) -> Jacobian:
    """The derivative of a derivative, such as a Hessian.

    Raises:
        LiftError: the first derivative has no matrix form.
    """
    is_scalar = first.of.shape.order == 0
    layout = Layout.DENOMINATOR if is_scalar else Layout.NUMERATOR
    body = first.matrix(layout).expr
    letters = ("g", "d") if is_scalar else ("J", "D")
    target = new_symbol(first.program, body, letters)
    variable, vec = resolve_wrt(first.program, first.of, wrt)
    second = derive_body(first.program, target, body, variable, vec=vec)
    return replace(second, first=first)


def derive_body(
    program: Program,
    target: Symbol,
    body: MatrixExpr,
    variable: Symbol,
    *,
    vec: bool = False,
) -> Jacobian:
    """The derivative of `target`, defined by `body`: the pipeline itself."""
    unfolding = unfold(program, target, body, variable)
    names, fresh = name_indices(unfolding, target, variable, taken_names(program))
    context = Context(fresh)
    nodes = unfolding.nodes.values()
    bodies = tuple(lower_body(node, names, context) for node in nodes)
    chain = Chain(unfolding, names, context)
    for node, lowered in zip(nodes, bodies, strict=True):
        chain.differentiate(node, lowered)
    pairs = zip(nodes, bodies, strict=True)
    auxiliary = {node.symbol: body for node, body in pairs if node.auxiliary}
    result = write_out(chain, target, replace(context, bodies=auxiliary))
    check_scopes(result.result)
    return Jacobian(
        program=program,
        of=target,
        body=body,
        wrt=variable,
        of_indices=names[target],
        by_indices=names[variable],
        terms=tidy(collect(result.result), taken_names(program)),
        derivations=(*chain.derivations, *((result,) if result.steps else ())),
        unfolding=unfolding,
        bodies=bodies,
        vec=vec,
    )


def write_out(chain: Chain, of: Symbol, context: Context) -> Derivation:
    """The total derivative with symjac's own names replaced by what they stand for."""
    wrt = chain.unfolding.wrt
    known = chain.known.get((of, wrt, False))
    total: Terms = () if known is None else known.terms
    subject = chain.subject(of, wrt)
    return passes(
        f"d({of})/d({wrt})", total, subject, UNFOLD, CONTRACT, context=context
    )


def resolve(
    program: Program, of: str | None, wrt: str | None
) -> tuple[Symbol, MatrixExpr, Symbol, bool]:
    """What to differentiate, its body, the variable, and whether in vec form."""
    target, body = resolve_of(program, of)
    variable, vec = resolve_wrt(program, target, wrt)
    if target == variable:
        target = new_symbol(program, variable)
        body = variable
    return target, body, variable, vec


def new_symbol(
    program: Program, expr: MatrixExpr, letters: tuple[str, ...] = ("y", "f", "g")
) -> Symbol:
    """A name for an expression that the equations do not name."""
    used = {*program.scope.quantities, *program.scope.functions}
    numbered = (f"{letters[0]}_{n}" for n in range(len(used) + 1))
    names = (name for name in (*letters, *numbered) if name not in used)
    return Symbol(next(names), expr.shape)


def resolve_of(program: Program, of: str | None) -> tuple[Symbol, MatrixExpr]:
    """What to differentiate: a defined name, or an expression under a new name."""
    if of is None:
        last = program.definitions[-1]
        return last.symbol, last.body
    expr = check_formula(Source("of", of), program)
    if isinstance(expr, Symbol):
        return expr, program.definition(expr) or expr
    return new_symbol(program, expr), expr


def resolve_wrt(program: Program, of: Symbol, wrt: str | None) -> tuple[Symbol, bool]:
    """The variable, by default the state one step earlier; `vec(X)` for vec form."""
    if wrt is None:
        variable = default_wrt(of)
        if variable is None:
            span = Span(program.source, 0, 1)
            raise ParseError(
                f"no variable given for d({of})/d(?)", span, hint="give wrt"
            )
        return variable, False
    source = Source("wrt", wrt)
    inner = wrt.strip()
    vec = inner.startswith("vec(") and inner.endswith(")")
    if vec:
        source = Source("wrt", inner[len("vec(") : -1])
    found = check_formula(source, program)
    if isinstance(found, Symbol):
        return found, vec
    at = Span(source, 0, len(source.text))
    raise UnsupportedError("wrt takes one name, or vec of one", at)
