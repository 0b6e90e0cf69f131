"""Any program goes to SymPy and back: definitions, and component formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import HealthCheck, assume, given, settings

import symjac
from symjac.equality.canonical import canonical
from symjac.errors import UnsupportedError
from symjac.jacobian import Formula
from symjac.sympy_bridge.read import formula_from_sympy, terms_from_sympy
from tests.oracles import agree, evaluate, forward, random_values
from tests.strategies import Drawn, programs

QUICK = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def there(convert: Callable[[], Any]) -> Any:
    """SymPy's form, where it has one."""
    try:
        return convert()
    except UnsupportedError as error:
        assume("SymPy has no form" not in error.message)
        raise


@QUICK
@given(programs())
def test_definitions_survive_the_way_to_sympy_and_back(drawn: Drawn) -> None:
    program = symjac.parse(drawn.text)
    pairs = [(d.symbol, d.body) for d in program.definitions]
    values = forward(pairs, random_values(program.symbols, seed=11))
    body = program.definitions[-1].body
    back = formula_from_sympy(there(Formula(body).to_sympy), program)
    with np.errstate(all="ignore"):
        assert agree(evaluate(back, values), evaluate(body, values), 1e-9)


@QUICK
@given(programs(depth=2))
def test_component_formulas_are_read_back_from_sympy(drawn: Drawn) -> None:
    jacobian = symjac.derive(symjac.parse(drawn.text), wrt=drawn.wrt)
    component = there(lambda: jacobian.component)
    back = terms_from_sympy(component, jacobian.program)
    assert canonical(back) == canonical(jacobian.terms)
