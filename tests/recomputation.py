"""Counterexamples recomputed from what is printed, by NumPy and complex steps.

Nothing of symjac evaluates or differentiates here: its parser gives the formulas, the
JSON record of a counterexample gives every number.
"""

from __future__ import annotations

import re
from collections import defaultdict
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from symjac.claims.adjudicate import Judgement
from symjac.errors import Source
from symjac.exposition.record import example_record
from symjac.jacobian import Jacobian
from symjac.language.check import check_formula
from symjac.terms.matrix import MatrixExpr, Symbol, symbols
from symjac.terms.program import Program
from symjac.terms.shape import Compound, Dim, Kind
from tests import oracles
from tests.operation_oracles import size_of

Record = dict[str, Any]
Array = Any
STEP = 1e-40
CHOSEN = re.compile(r"(\w+)('*)\((.*)\)")
NOWHERE = 0.123  # for a value that is not printed; whatever needs it comes out wrong
CLOSE = 1e-4  # numbers are printed with seven digits


class Missing(Exception):
    """A value that is neither printed nor computed by an equation."""


def number(text: Any) -> float:
    return float(Fraction(str(text)))


def array(value: Any, kind: Kind) -> Array:
    """A printed value as a two-dimensional array."""
    found = np.vectorize(number, otypes=[float])(np.array(value, dtype=object))
    if kind is Kind.MATRIX:
        return found
    return found.reshape((1, -1) if kind is Kind.ROW else (-1, 1))


def chosen(record: Record) -> list[tuple[str, int, float, float]]:
    found = []
    for name, value in record["values"].items():
        if (match := CHOSEN.fullmatch(name)) is not None:
            function, primes, at = match.groups()
            found.append((function, len(primes), number(at), number(value)))
    return found


class Numbers:
    """Values of symbols and of generic functions at one printed point.

    `lenient` gives some value to what is not printed: a derivative may be defined by
    equations with terms that do not matter for it.
    """

    def __init__(self, program: Program, record: Record, *, lenient: bool = False):
        self.program, self.record, self.lenient = program, record, lenient
        self.table = chosen(record)
        self.sizes: dict[str, int] = dict(record["dimensions"])
        if lenient:
            self.sizes = defaultdict(lambda: 3, self.sizes)

    def size(self, dim: Dim) -> int:
        if isinstance(dim, Compound):
            return size_of(dim, self.size)
        return dim if isinstance(dim, int) else self.sizes[dim]

    def position(self, dims: tuple[Dim, ...], place: tuple[int, ...]) -> int:
        """Where an entry stands, row by row."""
        sizes = [self.size(dim) for dim in dims]
        at = [n - 1 for n in place]
        return int(np.ravel_multi_index(at, sizes)) if sizes else 0

    def symbol(self, symbol: Symbol, known: dict[str, Array]) -> Array:
        """A value: printed, or by the symbol's equation."""
        if str(symbol) not in known:
            known[str(symbol)] = self._value(symbol, known)
        return known[str(symbol)]

    def _value(self, symbol: Symbol, known: dict[str, Array]) -> Array:
        if str(symbol) in self.record["values"]:
            return array(self.record["values"][str(symbol)], symbol.shape.kind)
        body = self.program.definition(symbol)
        if body is None or self.is_before(symbol):
            return self.some(symbol, len(known))
        return self.formula(body, known)

    def is_before(self, symbol: Symbol) -> bool:
        """Whether a state is one before all that is printed."""
        names = [n for n in self.record["values"] if "[" in n]
        offsets = [parsed(name, self.program).time for name in names]
        steps = [time.offset for time in offsets if time is not None]
        if symbol.time is None or symbol.name not in self.program.states:
            return False
        return symbol.time.offset < min(steps, default=0)

    def some(self, symbol: Symbol, seed: int) -> Array:
        """A value that is not printed."""
        if not self.lenient:
            raise Missing(str(symbol))
        shape = [*map(self.size, symbol.shape.dims), 1, 1][:2]
        found = np.random.default_rng(seed).uniform(0.2, 1.4, shape)
        return found.T if symbol.shape.kind is Kind.ROW else found

    def formula(self, expr: MatrixExpr, known: dict[str, Array]) -> Array:
        """A formula's value, with all names computed that it mentions."""
        values = {str(one): self.symbol(one, known) for one in symbols(expr)}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(oracles, "SIZES", self.sizes)
            patch.setattr(oracles, "function_value", self.function)
            with np.errstate(over="ignore"):  # exp of a very negative number is 0
                return oracles.evaluate(expr, values)

    def function(self, node: Any, x: Array, lib: ModuleType) -> Array:
        function, order = node.function, node.order
        if not function.is_generic:
            return oracles.named(function.name, order, x, lib)

        def at(one: complex) -> complex:
            value, slope = (
                self.lookup(function.name, n, one.real) for n in (order, order + 1)
            )
            return complex(value, slope * one.imag)

        return np.vectorize(at, otypes=[complex])(np.asarray(x, dtype=complex))

    def lookup(self, name: str, order: int, x: float) -> float:
        near = [
            (abs(x - at), value)
            for known, degree, at, value in self.table
            if (known, degree) == (name, order) and close(x, at)
        ]
        return min(near)[1] if near else NOWHERE


def close(left: float, right: float) -> bool:
    return abs(left - right) <= CLOSE * max(1.0, abs(right))


def parsed(name: str, program: Program) -> Symbol:
    symbol = check_formula(Source("shown", name), program)
    assert isinstance(symbol, Symbol)
    return symbol


def slope(jacobian: Jacobian, record: Record, component: tuple[int, ...]) -> float:
    """One entry's derivative by one entry, by a complex step."""
    numbers = Numbers(jacobian.program, record, lenient=True)
    of, wrt = jacobian.of, jacobian.wrt
    strict = Numbers(jacobian.program, record)
    base: dict[str, Array] = {}
    for one in (wrt, *jacobian.held):
        try:
            base[str(one)] = strict.symbol(one, {})
        except Missing:
            base[str(one)] = numbers.some(one, len(base))
    split = len(of.shape.flat)
    row = numbers.position(of.shape.flat, component[:split])
    column = numbers.position(wrt.shape.flat, component[split:])
    moved = base[str(wrt)].astype(complex)
    moved[np.unravel_index(column, moved.shape)] += 1j * STEP
    found = numbers.formula(jacobian.body, {**base, str(wrt): moved})
    return float(np.imag(found.ravel()[row]) / STEP)


def check_equations(program: Program, record: Record) -> int:
    """Each given equation holds whose sides are known; how many there are."""
    numbers, count = Numbers(program, record), 0
    for name, value in record["values"].items():
        if CHOSEN.fullmatch(name) is not None:
            continue
        symbol = parsed(name, program)
        body = program.definition(symbol)
        try:
            right = None if body is None else numbers.formula(body, {})
        except Missing:
            continue
        if right is not None:
            left = array(value, symbol.shape.kind)
            assert np.allclose(left, np.real(right), rtol=CLOSE, atol=CLOSE), name
            count += 1
    return count


def check_record(
    jacobian: Jacobian, claim: MatrixExpr, record: Record, component: tuple[int, ...]
) -> int:
    """Recompute both numbers of a counterexample; the number of equations checked."""
    value = np.real(Numbers(jacobian.program, record).formula(claim, {}))
    place = tuple(n - 1 for n in record["entry"])
    claimed = value[place] if len(place) == 2 else value.ravel()[(*place, 0)[0]]
    assert close(float(claimed), number(record["claimed"])), "claimed"
    derived = slope(jacobian, record, component)
    assert close(derived, number(record["derived"])), "derived"
    return check_equations(jacobian.program, record)


def check_judgement(judgement: Judgement) -> int:
    """Recompute every counterexample of a judgement."""
    count = 0
    for verdict in judgement.verdicts.values():
        if (example := verdict.counterexample) is not None:
            record = example_record(example)
            claim = verdict.claim.expr
            count += check_record(judgement.jacobian, claim, record, example.component)
    return count
