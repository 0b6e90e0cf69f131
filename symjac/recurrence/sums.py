r"""Sums over time: the gradient of a loss by a parameter, and its recursions in O(T).

For E = sum_t E_t(s^{(t)}), with immediate derivatives marked by a plus,

    dE/dtheta = sum_t sum_{k<=t} sum_{jl} dE_t/ds_j^{(t)} ds_j^{(t)}/ds_l^{(k)}
                                          d+s_l^{(k)}/dtheta
              = sum_k sum_l delta_l^{(k)} d+s_l^{(k)}/dtheta,
    delta_l^{(k)} = dE_k/ds_l^{(k)} + sum_j delta_j^{(k+1)} ds_j^{(k+1)}/ds_l^{(k)},

where delta^{(k)} = sum_{t>=k} dE_t/ds^{(k)} collects what the later losses send back.
Backpropagation through time runs this recursion backwards from delta^{(T+1)} = 0;
truncated, it starts anew for each loss and stops after a number of steps. Real-time
recurrent learning carries S = ds/dtheta forwards instead:

    S_{jp}^{(t)} = sum_l ds_j^{(t)}/ds_l^{(t-1)} S_{lp}^{(t-1)} + d+s_j^{(t)}/dtheta_p.

Source: Pascanu, Mikolov and Bengio (2013), equations (3) and (4); Werbos (1990);
Williams and Zipser (1989); Williams and Peng (1990) for truncation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from symjac.calculus.contract import CONTRACT
from symjac.calculus.lift import arrange, groups, lift
from symjac.derive import derive_symbol
from symjac.jacobian import Formula, Jacobian
from symjac.recurrence.products import product_over_time
from symjac.recurrence.recurrence import Recurrence, stack
from symjac.rewrite.rule import Context, run
from symjac.shown import Shown
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.terms.shape import SCALAR, Kind, Layout, row
from symjac.typeset.latex import name_latex, symbol_latex
from symjac.typeset.text import matrix_text


@dataclass(frozen=True, slots=True, repr=False)
class Gradient(Shown):
    """The gradient of a loss by a parameter, as a sum over time.

    `summand` is what step t adds; `returned` what the deltas of step t send back to the
    states of step t-1, and `sources` what the loss of step t adds there. In numerator
    layout the deltas are rows, in denominator layout columns.

    Example:
        >>> from symjac.derive import parse
        >>> from symjac.recurrence.recurrence import recurrence
        >>> found = recurrence(parse("x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b"))
        >>> print(gradient(found, "W", "denominator"))
        dE/dW = sum[t](delta[t] @ sigma(x[t-1]).T)
        delta[t] = e[t] + (W.T @ delta[t+1]) * sigma'(x[t])
    """

    recurrence: Recurrence
    parameter: m.Symbol
    layout: Layout
    summand: Formula
    direct: Formula | None
    deltas: tuple[m.Symbol, ...]
    sources: tuple[Formula, ...]
    returned: tuple[Formula, ...]

    @property
    def loss(self) -> str:
        """What the loss of all steps is called: E, if no part of the recurrence is."""
        found = self.recurrence
        parts = (*found.states, *found.inputs, *found.parameters)
        taken = {part.name for part in parts}
        return next(name for name in ("E", "L", "C", "loss") if name not in taken)

    @property
    def backward(self) -> tuple[Formula, ...]:
        """The recursion for each delta of step t from those of step t+1."""
        pairs = zip(self.sources, self.returned, strict=True)
        return tuple(
            _sum(source.expr, self.recurrence.later(back.expr, 1))
            for source, back in pairs
        )

    def through(self, lag: int) -> Formula:
        """What the loss of step t adds through step t - lag: one term of the sum.

        Raises:
            ValueError: a negative lag.
        """
        if lag < 0:
            raise ValueError(f"a lag of {lag} steps")
        current = [source.expr for source in self.sources]
        for step in range(lag):
            named = dict(
                zip((d.later(-step) for d in self.deltas), current, strict=True)
            )
            current = [
                m.substitute(self.recurrence.later(back.expr, -step), named)
                for back in self.returned
            ]
        at = (delta.later(-lag) for delta in self.deltas)
        summand = self.recurrence.later(self.summand.expr, -lag)
        return Formula(m.substitute(summand, dict(zip(at, current, strict=True))))

    def truncated(self, steps: int) -> tuple[Formula, ...]:
        """What the loss of step t adds through its last `steps` steps, latest first.

        Truncated backpropagation adds these and leaves out all earlier ones.
        """
        return tuple(self.through(lag) for lag in range(steps))

    def latex(self) -> str:
        """The sum over time, in LaTeX for math mode."""
        parts = (self.direct, self.summand)
        summand = _sum(*(part.expr for part in parts if part is not None)).latex()
        loss, by = name_latex(self.loss), symbol_latex(self.parameter)
        left = rf"\frac{{\partial {loss}}}{{\partial {by}}}"
        return rf"{left} = \sum_{{{self.recurrence.time.base}}} \Bigl({summand}\Bigr)"

    def __str__(self) -> str:
        summand = matrix_text(self.summand.expr)
        if self.direct is not None:
            summand = str(_sum(self.direct.expr, self.summand.expr))
        left = f"d{self.loss}/d{self.parameter}"
        lines = [f"{left} = sum[{self.recurrence.time.base}]({summand})"]
        pairs = zip(self.deltas, self.backward, strict=True)
        return "\n".join((*lines, *(f"{delta} = {rule}" for delta, rule in pairs)))


def gradient(
    recurrence: Recurrence,
    parameter: str,
    layout: str | Layout,
    loss: str | None = None,
) -> Gradient:
    """The gradient of E = sum_t E_t by a parameter of a recurrence.

    Args:
        recurrence: of states at step t.
        parameter: the name of a quantity without a time step.
        layout: of every derivative in the result.
        loss: the name of a scalar E[t] that the equations define from the states of
            step t; if None, `e[t]` stands for the derivative of E_t by the state.

    Raises:
        UnsupportedError: no such parameter; a loss that uses earlier states; equations
            at a step that is a number.
        LiftError: a derivative without a matrix form.
    """
    chosen = Layout(layout)
    symbol = recurrence.parameter(parameter)
    if recurrence.time.base is None:
        raise recurrence.error("a sum over time needs equations at a step such as t")
    states = recurrence.states
    deltas = tuple(_beside(recurrence, state, "delta", chosen) for state in states)
    immediate = [recurrence.immediate(parameter, state.name) for state in states]
    summand = _weighted(deltas, immediate, chosen)
    returned = []
    for state in states:
        blocks = [recurrence.jacobian(of.name, state.name) for of in states]
        returned.append(_returned(deltas, blocks, chosen))
    direct = None
    if loss is None:
        free = (_beside(recurrence, state, "e", chosen) for state in states)
        sources = tuple(map(Formula, free))
    else:
        held = _with_states_held(recurrence, loss)
        own = loss_at(recurrence, loss)
        sources = tuple(
            derive_symbol(held, own, state).plain(chosen) for state in states
        )
        by_parameter = derive_symbol(held, own, symbol)
        direct = by_parameter.plain(chosen) if by_parameter.terms else None
    return Gradient(
        recurrence, symbol, chosen, summand, direct, deltas, sources, tuple(returned)
    )


def _sum(*parts: m.MatrixExpr) -> Formula:
    live = [part for part in parts if not _is_zero(part)]
    if len(live) < 2:
        return Formula(live[0] if live else parts[0])
    terms = [
        t for part in live for t in (part.terms if isinstance(part, m.Add) else (part,))
    ]
    return Formula(m.Add(tuple(terms)))


def _is_zero(expr: m.MatrixExpr) -> bool:
    return isinstance(expr, m.Constant) and expr.value == 0


def _beside(
    recurrence: Recurrence, state: m.Symbol, letter: str, layout: Layout
) -> m.Symbol:
    """A symbol for the derivative of a scalar by a state, shaped as the layout says."""
    name = letter if len(recurrence.states) == 1 else f"{letter}_{state.name}"
    name, shape = recurrence.program.fresh(name), state.shape
    if layout is Layout.NUMERATOR:
        shape = shape.transposed
    return m.Symbol(name, shape, state.time)


def _returned(
    deltas: tuple[m.Symbol, ...], blocks: list[Jacobian], layout: Layout
) -> Formula:
    """What the deltas send back to one state of the step before.

    A row of numerator layout is multiplied by the Jacobian from the right, as its order
    over time says; a column is lifted, so that diag(d) v reads d * v.
    """
    is_row = all(delta.shape.kind is Kind.ROW for delta in deltas)
    if layout is Layout.DENOMINATOR or not is_row:
        return _weighted(deltas, blocks, layout)
    parts = [block.plain(layout).expr for block in blocks]
    products = (
        m.product(delta, part)
        for delta, part in zip(deltas, parts, strict=True)
        if not _is_zero(part)
    )
    zero = m.Constant(Fraction(0), row(blocks[0].wrt.shape.dims[0]))
    return _sum(zero, *products)


def _weighted(
    deltas: tuple[m.Symbol, ...], jacobians: list[Jacobian], layout: Layout
) -> Formula:
    """sum_r sum_l delta_l^r dr_l/dtheta, a scalar's derivative under a layout."""
    terms: list[ix.Term] = []
    for delta, jacobian in zip(deltas, jacobians, strict=True):
        at = jacobian.of_indices
        entry = ix.Entry(delta, at[::-1] if layout is Layout.NUMERATOR else at)
        terms.extend(
            ix.Term(t.coefficient, (entry, *t.factors), (*t.bound, *at))
            for t in jacobian.terms
        )
    first = jacobians[0]
    context = Context(
        ix.IndexSupply.beyond(tuple(terms), *(j.terms for j in jacobians))
    )
    contracted = run("sum over components", tuple(terms), CONTRACT, context).result
    by = groups(first.wrt.shape, first.by_indices)
    is_row = first.wrt.shape.kind is Kind.ROW
    target = arrange((), by, layout=layout, row=is_row)
    assert target is not None  # one quantity has at most two groups of indices
    return Formula(lift(contracted, target, context).expr)


def loss_at(recurrence: Recurrence, loss: str) -> m.Symbol:
    """The loss of the recurrence's own step, such as `E[t]`."""
    return m.Symbol(loss, SCALAR, recurrence.time)


def _with_states_held(recurrence: Recurrence, loss: str) -> Program:
    """The program in which the states of every step are free.

    Raises:
        UnsupportedError: the loss is not defined, or uses states of the step before.
    """
    program = recurrence.program
    names = {state.name for state in recurrence.states}
    kept = tuple(d for d in program.definitions if d.symbol.name not in names)
    held = replace(program, definitions=kept)
    if loss not in {d.symbol.name for d in kept}:
        raise recurrence.error(f"{loss} is not defined by the equations")
    for state in recurrence.states:
        past = state.later(-1)
        if derive_symbol(held, loss_at(recurrence, loss), past).terms:
            raise recurrence.error(f"{loss} uses {past}, a state of the past")
    return held


@dataclass(frozen=True, slots=True, repr=False)
class Forward(Shown):
    """Real-time recurrent learning: S = ds/dvec(theta)^T carried forwards.

    `rule` is S at step t from S at step t-1, in a layout; all states are stacked.
    """

    parameter: m.Symbol
    sensitivity: m.Symbol
    rule: Formula

    def __str__(self) -> str:
        return f"{self.sensitivity} = {self.rule}"


def forward(recurrence: Recurrence, parameter: str, layout: str | Layout) -> Forward:
    """The forward recursion for the derivative of the states by a parameter.

    Raises:
        UnsupportedError: no such parameter.
        LiftError: an immediate derivative without a form in vec.
    """
    chosen = Layout(layout)
    symbol = recurrence.parameter(parameter)
    immediate = [
        recurrence.immediate(parameter, state.name).vec_matrix(chosen).expr
        for state in recurrence.states
    ]
    whole = stack("vstack" if chosen is Layout.NUMERATOR else "hstack", immediate)
    name = recurrence.program.fresh("S")
    sensitivity = m.Symbol(name, whole.shape, recurrence.time)
    chain = product_over_time(recurrence, chosen)
    before: m.MatrixExpr = sensitivity.later(-1)
    step = chain.factor.expr
    carried = (step, before) if chain.is_latest_first else (before, step)
    return Forward(symbol, sensitivity, _sum(m.product(*carried), whole))
