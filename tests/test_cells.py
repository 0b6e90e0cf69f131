"""The catalogue of recurrent cells: every one-step Jacobian, loader and commands."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import symjac
from symjac.catalog.paper import load
from symjac.catalog.published import Cell, cell_names, load_cell, read_cell
from symjac.cli import main
from symjac.errors import BudgetError, CatalogError, Source
from symjac.jacobian import Jacobian
from symjac.language.written_out import MAX_NODES, inline_definitions
from symjac.terms.matrix import Symbol
from symjac.terms.matrix import symbols as symbols_of
from symjac.terms.program import Program
from tests.oracles import (
    Array,
    Values,
    agree,
    autograd_jacobian,
    complex_step,
    evaluate,
    forward,
    random_values,
)

SEEDS = (1, 2, 3)
TOLERANCE = 1e-10
SYMMETRIC = {"hopfield"}
CELLS = {name: load_cell(name) for name in cell_names()}
BLOCKS = [(n, a, b) for n, c in CELLS.items() for a in c.states for b in c.states]
WRITTEN_OUT = [  # layer norm has 5,000 signs, and each of its steps is replayed
    pytest.param(*b, marks=pytest.mark.long) if b[0] == "layer_norm" else b
    for b in BLOCKS
]
DOCS = Path(__file__).parents[1] / "docs" / "cells.md"

GRU = """
title = "a gated unit"
states = ["h"]
inputs = ["x"]
outputs = ["h"]
equations = "h[t] = tanh(W @ h[t-1] + U @ x[t])"
[citation]
authors = ["A. One", "B. Two"]
year = 2020
title = "On units"
venue = "a journal"
"""


def block(cell: Cell, of: str, by: str, *, expand: bool = False) -> Jacobian:
    of_symbol, by_symbol = cell.at(of), cell.at(by, -1)
    return symjac.derive(cell.program, str(of_symbol), str(by_symbol), expand=expand)


def points(program: Program) -> Iterator[Values]:
    """Random signed entries for every symbol; all dimensions differ, none is 1."""
    for seed in SEEDS:
        yield random_values(program.symbols, seed, signed=True)


def slopes(program: Program, of: Symbol, wrt: Symbol, values: Values) -> Array:
    """By autograd on the cell's own equations; by complex steps the same."""
    definitions = [(d.symbol, d.body) for d in program.definitions]
    found = autograd_jacobian(definitions, of, wrt, values)
    stepped = complex_step(definitions, of, wrt, values)
    assert agree(found, stepped, TOLERANCE, floor=0.0)
    return found


def derived(program: Program, jacobian: Jacobian, layout: str, values: Values) -> Array:
    definitions = [(d.symbol, d.body) for d in program.definitions]
    known = forward(definitions, values)
    return evaluate(jacobian.matrix(layout).expr, known)


@pytest.mark.parametrize(("name", "of", "by"), BLOCKS)
def test_every_block_agrees_with_autodiff_in_both_layouts(
    name: str, of: str, by: str
) -> None:
    program = CELLS[name].program
    jacobian = block(CELLS[name], of, by)
    for values in points(program):
        truth = slopes(program, jacobian.of, jacobian.wrt, values)
        found = derived(program, jacobian, "numerator", values)
        assert agree(found, truth, TOLERANCE, floor=0.0)
        found = derived(program, jacobian, "denominator", values)
        assert agree(found, truth.T, TOLERANCE, floor=0.0)


@pytest.mark.parametrize(("name", "of", "by"), BLOCKS)
def test_the_oracle_catches_a_flipped_sign_and_a_transpose(
    name: str, of: str, by: str
) -> None:
    program = CELLS[name].program
    jacobian = block(CELLS[name], of, by)
    is_diagonal = re.fullmatch(r"(diag|eye)\(.*\)", str(jacobian.matrix("numerator")))
    for values in points(program):
        truth = slopes(program, jacobian.of, jacobian.wrt, values)
        found = derived(program, jacobian, "numerator", values)
        assert not agree(-found, truth, TOLERANCE, floor=0.0)
        if not is_diagonal and name not in SYMMETRIC:
            assert not agree(found.T, truth, TOLERANCE, floor=0.0)


@pytest.mark.parametrize(
    ("name", "printed", "misprinted"),
    [
        ("gru", "z[t] * h[t-1] + (1 - z[t])", "(1 - z[t]) * h[t-1] + z[t]"),
        ("gru_reset_after", "r[t] * (U @ h[t-1] + d)", "U @ (r[t] * h[t-1]) + d"),
        ("lstm_peephole", "p_o * c[t]", "p_o * c[t-1]"),
        ("antisymmetric", "W - W.T", "W + W.T"),
    ],
)
def test_the_oracle_catches_a_misprinted_equation(
    name: str, printed: str, misprinted: str
) -> None:
    cell = CELLS[name]
    assert printed in cell.equations
    other = symjac.parse(cell.equations.replace(printed, misprinted))
    state = cell.states[0]
    jacobian = symjac.derive(other, str(cell.at(state)), str(cell.at(state, -1)))
    (values, *_) = points(cell.program)
    truth = slopes(cell.program, jacobian.of, jacobian.wrt, values)
    found = derived(other, jacobian, "numerator", values)
    assert not agree(found, truth, 1e-3, floor=0.0)


@pytest.mark.parametrize(("name", "of", "by"), WRITTEN_OUT)
def test_written_out_blocks_name_no_gates_and_agree(
    name: str, of: str, by: str
) -> None:
    cell = CELLS[name]
    jacobian = block(cell, of, by, expand=True)
    matrix = jacobian.matrix("numerator")
    gates = {d.symbol.name for d in cell.program.definitions} - set(cell.states)
    assert not {s.name for s in symbols_of(matrix.expr)} & gates
    (values, *_) = points(cell.program)
    truth = slopes(cell.program, jacobian.of, jacobian.wrt, values)
    found = derived(cell.program, jacobian, "numerator", values)
    assert agree(found, truth, TOLERANCE, floor=0.0)


def test_gates_keep_their_names_unless_they_are_written_out() -> None:
    lstm = CELLS["lstm"]
    assert str(block(lstm, "c", "c").matrix("numerator")) == "diag(f[t])"
    written = str(block(lstm, "c", "c", expand=True).matrix("numerator"))
    assert written == "diag(sigmoid(W_f @ x[t] + U_f @ h[t-1] + b_f))"
    assert str(block(lstm, "h", "c").matrix("numerator")) == (
        "diag(o[t] * tanh'(c[t]) * f[t])"
    )
    assert str(block(CELLS["lstm_1997"], "c", "c").matrix("numerator")) == "eye(n)"
    gru = symjac.derive(CELLS["gru"].program)
    assert str(gru.matrix("numerator")).startswith("diag(z[t]) + ")
    whole = symjac.derive(CELLS["gru"].program, "sum(z[t])", "h[t-1]", expand=True)
    assert "z[t]" not in whole.component_text


def test_the_variable_is_never_written_out() -> None:
    gru = CELLS["gru"].program
    by_gate = symjac.derive(gru, "h[t]", "z[t]", expand=True)
    assert str(by_gate.matrix("numerator")).startswith("diag(h[t-1] - tanh(")


def test_written_out_equations_parse_to_the_same_derivative() -> None:
    jacobian = block(CELLS["gru"], "h", "h", expand=True)
    again = symjac.parse(jacobian.program.source.text)
    assert again.definitions[-1].body == jacobian.program.definitions[-1].body
    found = symjac.derive(again, "h[t]", "h[t-1]")
    assert str(found.plain("numerator")) == str(jacobian.plain("numerator"))


def test_writing_out_is_counted() -> None:
    lines = ["a_0 = tanh(x)", *(f"a_{n} = a_{n - 1} * a_{n - 1}" for n in range(1, 40))]
    with pytest.raises(BudgetError, match=f"more than {MAX_NODES} nodes") as error:
        inline_definitions(symjac.parse("\n".join(lines)))
    assert error.value.span is not None


@pytest.mark.parametrize("name", CELLS)
def test_every_cell_is_complete_and_its_dimensions_differ(name: str) -> None:
    cell = CELLS[name]
    known = {symbol.name: symbol for symbol in cell.program.symbols}
    assert set(cell.states) == cell.program.states
    assert {*cell.states, *cell.inputs, *cell.outputs} <= set(known)
    for used in cell.inputs:
        if known[used].shape.dims:
            assert known[used].shape != known[cell.states[0]].shape
    assert cell.title
    assert cell.note.endswith(".")
    assert "  " not in str(cell.citation)
    assert cell.citation.title in str(cell.citation)


def test_papers_of_the_catalogue_are_cited_alike() -> None:

    paper = load("pascanu2013")
    for name in ("preactivation", "postactivation"):
        cited = CELLS[name].citation
        assert (cited.authors, cited.title) == (paper.authors, paper.title)
        assert (cited.year, cited.arxiv) == (paper.year, paper.arxiv)


def test_a_cell_of_the_package_is_public() -> None:
    cell = symjac.cell("gru")
    assert cell == CELLS["gru"]
    assert cell.program is cell.program
    assert (str(cell.state), str(cell.at("h", -1))) == ("h[t]", "h[t-1]")


@pytest.mark.parametrize(
    ("old", "new", "message", "line"),
    [
        ("[citation]", "[cited]", "citation is missing", 1),
        ('states = ["h"]', "states = []", "at least one state", 3),
        ('states = ["h"]', 'states = ["x"]', "x is no state", 3),
        ('inputs = ["x"]', 'inputs = ["h"]', "h is no input", 4),
        ('outputs = ["h"]', 'outputs = ["y"]', "y is no output", 5),
        ("year = 2020", 'year = "2020"', "citation.year must be an integer", 9),
        ("year = 2020", 'year = 2020\ndoi = "here"', "'here' is malformed", 10),
        ("year = 2020", "year = 2020\nmonth = 5", "unknown key citation.month", 10),
        ("tanh(W", "tanh((W", "expected", 1),
        ("title =", "title", "not TOML", 2),
    ],
)
def test_mistakes_in_a_file_have_a_place(
    old: str, new: str, message: str, line: int
) -> None:
    source = Source("mine.toml", GRU.replace(old, new, 1))
    with pytest.raises(symjac.SymjacError, match=re.escape(message)) as error:
        _ = read_cell(source, "mine").program
    assert error.value.span is not None
    assert error.value.span.line == line
    assert "mine.toml" in error.value.report()


def test_a_state_that_the_file_does_not_name_is_a_mistake() -> None:
    text = GRU.replace("U @ x[t])", "c[t-1]); c[t] = h[t]").replace('["x"]', "[]")
    with pytest.raises(CatalogError, match="states lacks c"):
        _ = read_cell(Source("mine.toml", text), "mine").program


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_cells_are_listed_and_shown() -> None:
    lines = run("cells").output.splitlines()
    assert [line.split()[0] for line in lines] == list(CELLS)
    listed = json.loads(run("cells", "--json").output)
    assert [row["name"] for row in listed] == list(CELLS)
    assert set(listed[0]) == {"name", "title", "source"}
    shown = run("cells", "gru").output
    for line in CELLS["gru"].equations.splitlines():
        assert f"  {line}\n" in shown
    assert "symjac derive --cell gru" in shown
    data = json.loads(run("cells", "lstm", "--json").output)
    assert data["states"] == ["h", "c"]
    assert data["shapes"]["W_f"] == "(n, m)"
    assert data["citation"]["doi"] == "10.1162/089976600300015015"
    assert "\n".join(data["equations"]) == CELLS["lstm"].equations


def test_derive_takes_a_cell_and_its_first_state() -> None:
    default = run("derive", "--cell", "lstm")
    asked = ["--of", "h[t]", "--wrt", "h[t-1]"]
    assert default.exit_code == 0
    assert default.output == run("derive", "--cell", "lstm", *asked).output
    assert default.output == run("derive", CELLS["lstm"].equations, *asked).output
    found = json.loads(
        run("derive", "--cell", "lstm", "--wrt", "c[t-1]", "--format", "json").output
    )
    assert (found["of"], found["wrt"]) == ("h[t]", "c[t-1]")
    assert found["layouts"]["numerator"] == "diag(o[t] * tanh'(c[t]) * f[t])"
    written = run("derive", "--cell", "min_gru", "--expand").output
    assert "diag(1 - sigmoid(W_z @ x[t] + b_z))" in written


def test_check_takes_a_cell() -> None:
    claim = "W_rec.T @ diag(sigma'(x[t-1]))"
    assert run("check", "--cell", "preactivation", "--claim", claim).exit_code == 1
    assert run("check", "--cell", "min_gru", "--claim", "diag(1 - z[t])").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cells", "gruu"], "did you mean gru"),
        (["derive", "--cell", "gruu"], "no cell 'gruu' in the catalogue"),
        (["cells", "perceptron"], "known: antisymmetric, "),
        (["cells", "/no/such/cell.toml"], "cannot read"),
        (["derive"], "give either EQUATIONS or --cell"),
        (["derive", "y = x", "--cell", "gru"], "give either EQUATIONS or --cell"),
        (["check", "--claim", "x"], "give either EQUATIONS or --cell"),
        (["derive", "--cell", "lstm", "--of", "y[t]"], "unknown name y"),
    ],
)
def test_bad_input_exits_with_2_and_says_what_to_do(
    arguments: list[str], message: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output


def test_a_file_of_one_s_own_is_a_cell(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GRU)
    assert "mine: a gated unit" in run("cells", str(path)).output
    found = run("derive", "--cell", str(path), "--layout", "numerator").output
    assert "diag(tanh'(W @ h[t-1] + U @ x[t])) @ W" in found


def test_the_page_lists_every_cell_once() -> None:
    page = DOCS.read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (.* \(\d+\)) \|$", page, re.MULTILINE)
    expected = [(c.name, c.title, c.citation.short) for c in CELLS.values()]
    assert rows == expected


def test_the_page_s_console_examples_are_what_the_program_prints() -> None:
    found = re.findall(r"```console\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    examples = "".join(found).split("$ symjac ")[1:]
    assert len(examples) == 2
    for command, expected in (example.split("\n", 1) for example in examples):
        assert run(*shlex.split(command)).output == expected


def test_points_leave_no_transpose_hidden() -> None:
    (values, *_) = points(CELLS["gru"].program)
    assert values["W_z"].shape == (3, 2)
    assert not np.allclose(values["U_z"], values["U_z"].T)
