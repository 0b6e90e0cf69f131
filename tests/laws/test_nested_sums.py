"""Sums inside functions inside functions: equal canonical forms are equal numbers.

A transpose is put on, or taken off, one matrix somewhere in a nest of products and
functions. The two forms may have one canonical form only where the numbers agree.
"""

from __future__ import annotations

from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from symjac import derive, parse
from symjac.equality.canonical import canonical

FUNCTIONS = {"tanh": np.tanh, "sin": np.sin, "f": lambda v: np.sin(v) + v**2 / 3}


def nest(rng: Random, depth: int) -> str:
    """A vector in A, B, x, w."""
    if depth == 0:
        return rng.choice("xxw")
    inner, other = nest(rng, depth - 1), nest(rng, rng.randrange(depth))
    return rng.choice(
        [
            f"({rng.choice(['A', 'B', 'A.T', 'B.T'])} @ {inner})",
            f"({rng.choice(['A', 'B', 'A.T', 'B.T'])} @ {inner})",
            f"{rng.choice([*FUNCTIONS])}({inner})",
            f"({inner} * {other})",
            f"({inner} + {other})",
            f"(({inner}.T @ {other}) * x)",
        ]
    )


def turned(text: str, rng: Random) -> str:
    """The same with one matrix transposed."""
    places = [n for n, letter in enumerate(text) if letter in "AB"]
    if not places:
        return text
    at = rng.choice(places) + 1
    return text[:at] + (text[at + 2 :] if text[at:][:2] == ".T" else f".T{text[at:]}")


def number(text: str, seed: int) -> float:
    rng = np.random.default_rng(seed)
    names = {"A": (3, 3), "B": (3, 3), "x": (3, 1), "w": (3, 1)}
    values = {name: 0.6 * rng.normal(size=shape) for name, shape in names.items()}
    return float(np.sum(eval(text, {**values, **FUNCTIONS})))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.integers(3, 6))
def test_nested_sums_are_equal_only_where_the_numbers_are(
    seed: int, depth: int
) -> None:
    rng = Random(seed)
    text = nest(rng, depth)
    other = turned(text, rng)
    first, second = (
        derive(
            parse(f"A, B: (n, n)\nx, w: (n)\ny = alpha * sum({one})"), wrt="alpha"
        ).terms
        for one in (text, other)
    )
    same = all(
        np.isclose(number(text, k), number(other, k), rtol=1e-9, atol=1e-12)
        for k in range(3)
    )
    assert same or canonical(first) != canonical(second), (text, other)
