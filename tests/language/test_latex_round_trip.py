"""LaTeX that symjac and five authors print for random programs reads back the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import symjac
from symjac.errors import Source, SymjacError, UnsupportedError
from symjac.language.check import check, check_formula
from symjac.latex_input import translate
from symjac.terms.program import Program
from symjac.terms.shape import Compound
from symjac.typeset.latex import matrix_latex, symbol_latex
from symjac.typeset.notation import Notation, written
from tests.latex_dialects import DIALECTS, Dialect, Printer
from tests.oracles import Values, agree, evaluate, forward, random_values
from tests.strategies import DECLARATIONS, Drawn, programs

# what is refused although symjac prints it: x \circ f(x) may be a composition
DOUBTED = (r"\circ beside",)
# authors also print (tanh(A))^2 for a power of a matrix; to others it is of its entries
DOUBTED_OF_AUTHORS = ("^{2};", "^{-2};", *DOUBTED)
SHAPES: dict[str, tuple[str | int, ...]] = {
    name.strip(): tuple(size.strip() for size in sizes.split(",") if size.strip())
    for line in DECLARATIONS.strip().splitlines()
    for names, sizes in [line.rstrip(")").split(": (")]
    for name in names.split(",")
}
# a prime on a quantity and x(t-1) may mean other things, and are refused
READABLE = [
    Notation(bold, time, transpose, hadamard, fractions)
    for bold in (True, False)
    for time in ("superscript", "subscript")
    for transpose in ("top", "T")
    for hadamard in ("odot", "circ")
    for fractions in ("displayed", "inline")
]
CELL_FILES = Path(symjac.__file__).parent / "catalog" / "cells"
RENAMED = {"B": "W_rec", "C": "W_in", "out": "o", "v": "v_1"}
TIMED = {"x": "x[t-1]", "u": "u[t]", "h": "h[t]", "z": "z[t]", "o": "o[t]"}


def renamed(text: str, names: dict[str, str]) -> str:
    return re.sub(r"\b[A-Za-z]\w*\b", lambda m: names.get(m[0], m[0]), text)


def values_of(program: Program, seed: int = 3) -> Values:
    pairs = [(d.symbol, d.body) for d in program.definitions]
    random = random_values(program.symbols, seed=seed)
    return forward(pairs, {k: v.astype(complex) for k, v in random.items()})


def unless_doubted(
    printed: str, doubted: tuple[str, ...] = DOUBTED, **context: Any
) -> str | None:
    """What is read; None for what papers mean something else by."""
    try:
        return translate(printed, **context).text
    except UnsupportedError as error:
        if not any(doubt in error.message for doubt in doubted):
            raise
        return None


def assert_equal_meaning(left: Program, right: Program) -> None:
    assert [str(d.symbol) for d in left.definitions] == [
        str(d.symbol) for d in right.definitions
    ]
    if [d.body for d in left.definitions] == [d.body for d in right.definitions]:
        return
    assert {s: s.shape for s in left.symbols} == {s: s.shape for s in right.symbols}
    with np.errstate(all="ignore"):
        one, two = values_of(left), values_of(right)
    for key, value in two.items():
        assert agree(np.nan_to_num(one[key]), np.nan_to_num(value), 1e-8), key


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=60)
@given(programs(), st.sampled_from(READABLE))
def test_symjac_s_own_latex_reads_back_to_the_same_expression(
    drawn: Drawn, chosen: Notation
) -> None:
    program = symjac.parse(drawn.text)
    for defined in program.definitions:
        with written(chosen):
            printed = matrix_latex(defined.body)
        text = unless_doubted(printed, program=program)
        if text is None:
            continue
        found = check_formula(Source("read as", text), program)
        if found != defined.body:
            known = values_of(program)
            assert agree(
                np.nan_to_num(evaluate(found, known)),
                np.nan_to_num(evaluate(defined.body, known)),
                1e-8,
            )


def recurrent(text: str) -> str:
    """The drawn definitions with labels in their names, and with time."""
    lines = text.removeprefix(DECLARATIONS).strip().splitlines()
    names = {
        n: TIMED.get(RENAMED.get(n, n), RENAMED.get(n, n)) for n in (*RENAMED, *TIMED)
    }
    return "\n".join(renamed(line, names) for line in lines)


SHAPES_RENAMED = {RENAMED.get(name, name): sizes for name, sizes in SHAPES.items()}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.name)
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=40)
@given(drawn=programs(), data=st.data())
def test_a_program_printed_in_a_dialect_reads_back_the_same(
    dialect: Dialect, drawn: Drawn, data: st.DataObject
) -> None:
    text = recurrent(drawn.text)
    program = check(Source("drawn", text), SHAPES_RENAMED)
    show = Printer(dialect)
    separator = data.draw(st.sampled_from((r" \\ ", "\n", r" \\" + "\n", " ; ")))
    printed = separator.join(
        f"{show.symbol(d.symbol)} = {show.show(d.body)}" for d in program.definitions
    )
    found = unless_doubted(printed, DOUBTED_OF_AUTHORS, shapes=SHAPES_RENAMED)
    assume(found is not None)
    assert found is not None
    assert_equal_meaning(check(Source("read as", found), SHAPES_RENAMED), program)


@pytest.mark.parametrize(
    "chosen", [Notation(time="plain"), Notation(transpose="prime")]
)
def test_a_notation_with_two_meanings_is_refused_and_never_misread(
    chosen: Notation,
) -> None:
    program = symjac.parse("x[t] = W @ x[t-1]; y[t] = W.T @ x[t-1]")
    with written(chosen):
        printed = matrix_latex(program.definitions[1].body)
    with pytest.raises(SymjacError):
        translate(printed, program=program)


def test_the_comparison_of_programs_notices_a_planted_error() -> None:
    right = check(Source("p", "y = W_rec @ x + b"), {"W_rec": ("n", "n")})
    for wrong in ("y = W_rec.T @ x + b", "y = W_rec @ x - b"):
        with pytest.raises(AssertionError):
            assert_equal_meaning(
                check(Source("p", wrong), {"W_rec": ("n", "n")}), right
            )


@pytest.mark.parametrize("chosen", READABLE)
@pytest.mark.parametrize(
    "shown", ["x[t-1]", "W_rec", "b_1", "alpha", "net", "h_tilde[t]"]
)
def test_symjac_s_own_names_read_back(shown: str, chosen: Notation) -> None:
    program = symjac.parse(
        "alpha: ()\ny[t] = alpha * W_rec @ x[t-1] + b_1 + net + h_tilde[t] + x[t]"
    )
    symbol = check_formula(Source("name", shown), program)
    with written(chosen):
        printed = symbol_latex(symbol)  # type: ignore[arg-type]
    assert translate(printed, program=program).text == shown


CELLS = sorted(path.stem for path in CELL_FILES.glob("*.toml"))


@pytest.mark.parametrize(
    "chosen", [Notation(), Notation(time="subscript", transpose="T")]
)
@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_of_the_catalogue_reads_back(cell: str, chosen: Notation) -> None:
    program = symjac.cell(cell).program
    shapes = {
        name: program.shape(name).dims
        for name in program.quantities
        if not any(isinstance(dim, Compound) for dim in program.shape(name).dims)
    }
    with written(chosen):
        printed = r" \\ ".join(
            f"{symbol_latex(d.symbol)} = {matrix_latex(d.body)}"
            for d in program.definitions
        )
    functions = tuple(program.functions)
    found = symjac.parse_latex(printed, shapes, functions=functions)  # type: ignore[arg-type]
    plain = program.without_properties(program.quantities)
    expected = [d.body for d in plain.definitions]
    assert [d.body for d in found.definitions] == expected


def test_the_drawn_programs_are_seldom_refused() -> None:
    refused = 0
    for formula in ("x @ x.T @ v", "softmax(A @ x)", "inv(A / 5 + 4 * eye(n)) @ x"):
        program = symjac.parse(f"{DECLARATIONS}out = {formula}")
        for dialect in DIALECTS:
            shown = Printer(dialect).show(program.definitions[0].body)
            try:
                translate(shown, program=program)
            except SymjacError:
                refused += 1
    assert refused == 0
