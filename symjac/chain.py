"""The chain rule over the definitions: one local Jacobian per name, then the total.

    dy_j/dx_k = sum over names v that y uses of sum_l  dy_j/dv_l  dv_l/dx_k

Each local Jacobian is derived once, so the cost grows with the number of definitions.
Source: Spivak, Calculus on Manifolds, theorem 2-9; Griewank and Walther (2008), ch. 3.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from symjac.calculus.contract import CONTRACT, check_contracted
from symjac.calculus.differentiate import CHAIN, PARTIALS
from symjac.calculus.lower import LOWER, lower
from symjac.rewrite.rule import (
    Context,
    Dependence,
    Derivation,
    LocalJacobian,
    LoweredDefinition,
    Pair,
    RuleSet,
    Step,
    run,
)
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.shape import Dim
from symjac.unfold import Graph, Node

Indices = tuple[ix.Index, ...]
ROWS = ("j", "i", "e", "c", "j_1", "j_2")
MATRIX_ROWS = ("i", "j", "e", "c", "j_1", "j_2", "j_3", "j_4")
COLUMNS = ("k", "q", "d", "z", "k_1", "k_2")
MATRIX_COLUMNS = ("p", "q", "a", "b", "d", "z", "k_1", "k_2")


def name_indices(
    unfolding: Graph, of: m.Symbol, wrt: m.Symbol, taken: frozenset[str]
) -> tuple[dict[m.Symbol, Indices], ix.IndexSupply]:
    """One fixed tuple of indices per quantity, and a supply that avoids them all."""

    def pick(letters: tuple[str, ...], dims: tuple[Dim, ...]) -> Indices:
        free = [c for c in letters if c not in taken]
        if len(dims) == 2:  # two letters that belong together, where there are such
            pairs = zip(letters[::2], letters[1::2], strict=True)
            free = [c for pair in pairs if not taken & {*pair} for c in pair] or free
        free = free[: len(dims)]
        return tuple(ix.Index(name, dim) for name, dim in zip(free, dims, strict=True))

    rows = MATRIX_ROWS if of.shape.order >= 2 else ROWS
    columns = MATRIX_COLUMNS if wrt.shape.order == 2 else COLUMNS
    names = {of: pick(rows, of.shape.flat), wrt: pick(columns, wrt.shape.flat)}
    fresh = ix.IndexSupply(
        taken | {i.name for indices in names.values() for i in indices}
    )
    for symbol in unfolding.nodes:
        if symbol not in names:
            names[symbol] = tuple(fresh.index(dim) for dim in symbol.shape.flat)
    return names, fresh


def lower_body(
    node: Node, names: dict[m.Symbol, Indices], context: Context
) -> LoweredDefinition:
    """A definition in index form."""
    indices = names[node.symbol]
    lowered = lower(node.body, indices, context).result
    return LoweredDefinition(node.symbol, indices, lowered, node.written)


def passes(
    title: str,
    start: ix.Terms,
    subject: ix.Terms,
    *stages: RuleSet,
    context: Context,
    nested: bool = True,
) -> Derivation:
    """Several rule sets one after the other, as one derivation.

    Args:
        nested: whether all but `PARTIALS` rewrite inside function arguments too.
    """
    steps: list[Step] = []
    current = start
    for rules in stages:
        inside = nested and rules is not PARTIALS
        part = run(title, current, rules, context, nested=inside)
        steps.extend(part.steps)
        current = part.result
    return Derivation(title, start, tuple(steps), context, subject)


@dataclass(slots=True)
class Chain:
    """Differentiates one definition after the other, operands first."""

    unfolding: Graph
    names: dict[m.Symbol, Indices]
    context: Context
    derivations: list[Derivation] = field(default_factory=list)
    known: dict[Pair, LocalJacobian] = field(default_factory=dict)
    uses: dict[m.Symbol, list[m.Symbol]] = field(default_factory=dict)

    def differentiate(self, node: Node, body: LoweredDefinition) -> None:
        """Local Jacobians of one definition, then its total derivative."""
        uses = [s for s in m.symbols(node.body) if s in self.unfolding.dependent]
        self.uses[node.symbol] = uses
        links = tuple(
            Dependence(v, self.names[v], self.is_immediate(v, uses)) for v in uses
        )
        for link in links:
            self.local(node, body, link)
        wrt = self.unfolding.wrt
        if links and not (len(links) == 1 and links[0].symbol == wrt):
            self.total(node, wrt, links)

    def is_immediate(self, symbol: m.Symbol, uses: list[m.Symbol]) -> bool:
        """Whether another used name depends on `symbol` too."""
        return any(self.reaches(u, symbol) for u in uses if u != symbol)

    def reaches(self, start: m.Symbol, goal: m.Symbol) -> bool:
        """Whether `goal` is used by the definition of `start`, directly or not."""
        seen: set[m.Symbol] = set()
        todo = [start]
        while todo:
            symbol = todo.pop()
            if symbol == goal:
                return True
            if symbol not in seen:
                seen.add(symbol)
                todo.extend(self.uses.get(symbol, ()))
        return False

    def subject(self, of: m.Symbol, by: m.Symbol, immediate: bool = False) -> ix.Terms:
        """The derivative of one entry by one entry, still to be taken."""
        entry = ix.Entry(by, self.names[by])
        return ix.single(
            ix.Partial(ix.single(ix.Entry(of, self.names[of])), entry, immediate)
        )

    def record(
        self, of: m.Symbol, by: m.Symbol, immediate: bool, derivation: Derivation
    ) -> None:
        """Keep a derivation and its result."""
        check_contracted(derivation.result)
        indices = (*self.names[of], *self.names[by])
        self.derivations.append(derivation)
        self.known[of, by, immediate] = LocalJacobian(indices, derivation.result)

    def local(self, node: Node, body: LoweredDefinition, link: Dependence) -> None:
        """The partial derivative of one definition by one name that it uses."""
        subject = self.subject(node.symbol, link.symbol, link.immediate)
        start = ix.single(ix.Partial(body.terms, ix.Entry(link.symbol, link.indices)))
        title = f"d({node.symbol})/d({link.symbol})"
        found = passes(
            title, start, subject, PARTIALS, LOWER, CONTRACT, context=self.context
        )
        self.record(node.symbol, link.symbol, link.immediate, found)

    def total(self, node: Node, wrt: m.Symbol, links: tuple[Dependence, ...]) -> None:
        """The total derivative, by the chain rule over `links`.

        Function arguments come from local Jacobians, where they were contracted.
        """
        subject = self.subject(node.symbol, wrt)
        used = [(node.symbol, link.symbol, link.immediate) for link in links]
        used += [(link.symbol, wrt, False) for link in links]
        known = {pair: self.known[pair] for pair in used if pair in self.known}
        context = replace(self.context, links=links, known=known)
        title = f"d({node.symbol})/d({wrt})"
        found = passes(
            title, subject, subject, CHAIN, CONTRACT, context=context, nested=False
        )
        self.record(node.symbol, wrt, False, found)
