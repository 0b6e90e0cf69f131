"""Every choice of notation, on formulas whose LaTeX is written out by hand."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

import symjac
from symjac.cli.notation import notation_options
from symjac.errors import NotationError
from symjac.exposition.adhoc import derivation_page
from symjac.terms.index import Entry, Index, Partial, Term, single
from symjac.terms.matrix import MatrixExpr, Symbol
from symjac.terms.shape import Time, column
from symjac.typeset.latex import entry_latex, fraction, matrix_latex, terms_latex
from symjac.typeset.notation import (
    LETTERS,
    Notation,
    index_name,
    notation,
    options,
    written,
)

DECLARED = "A, B: (n, n); "
STEP = "x[t] = W @ sigma(x[t-1]) + b"


def shown(formula: str, chosen: Notation) -> str:
    found: MatrixExpr = symjac.parse(f"{DECLARED}y[t] = {formula}").definitions[-1].body
    with written(chosen):
        return matrix_latex(found)


@pytest.mark.parametrize(
    ("chosen", "formula", "expected"),
    [
        (Notation(), "A @ x[t-1]", r"\mathbf{A}\,\mathbf{x}^{(t-1)}"),
        (Notation(bold=False), "A @ x[t-1]", r"A\,x^{(t-1)}"),
        (Notation(bold=False), "eye(n) @ u[t]", r"I_{n}\,u^{(t)}"),
        (Notation(bold=False), "A @ ones(n)", r"A\,\mathbf{1}_{n}"),
        (Notation(time="subscript"), "A @ x[t-1]", r"\mathbf{A}\,\mathbf{x}_{t-1}"),
        (Notation(time="plain"), "A @ x[t-1]", r"\mathbf{A}\,\mathbf{x}(t-1)"),
        (
            Notation(time="subscript"),
            "x_a[t-1] ** 2",
            r"\mathbf{x}_{a,t-1}^{\odot 2}",
        ),
        (
            Notation(time="plain"),
            "x[t-1] ** 2",
            r"\bigl(\mathbf{x}(t-1)\bigr)^{\odot 2}",
        ),
        (Notation(transpose="T"), "A.T @ u[t]", r"\mathbf{A}^{T}\,\mathbf{u}^{(t)}"),
        (Notation(transpose="prime"), "A.T @ u[t]", r"\mathbf{A}'\,\mathbf{u}^{(t)}"),
        (
            Notation(transpose="T"),
            "inv(A).T @ u[t]",
            r"\mathbf{A}^{-T}\,\mathbf{u}^{(t)}",
        ),
        (
            Notation(transpose="prime"),
            "inv(A).T @ u[t]",
            r"(\mathbf{A}^{-1})'\,\mathbf{u}^{(t)}",
        ),
        (
            Notation(transpose="prime", time="subscript"),
            "u[t] @ sigma'(x[t]).T @ u[t]",
            r"\mathbf{u}_{t}\,\bigl(\sigma'(\mathbf{x}_{t})\bigr)'\,\mathbf{u}_{t}",
        ),
        (
            Notation(transpose="prime", time="subscript"),
            "(u[t].T @ x[t]) * u[t]",
            r"(\mathbf{u}_{t}'\,\mathbf{x}_{t})\,\mathbf{u}_{t}",
        ),
        (
            Notation(transpose="prime"),
            "(u[t].T @ x[t]) * u[t]",
            r"\bigl(\bigl(\mathbf{u}^{(t)}\bigr)'\,\mathbf{x}^{(t)}\bigr)"
            r"\,\mathbf{u}^{(t)}",
        ),
        (
            Notation(hadamard="circ"),
            "b * c ** 3",
            r"\mathbf{b} \circ \mathbf{c}^{\circ 3}",
        ),
        (
            Notation(hadamard="circ"),
            "exp(A) @ b",
            r"\exp^{\circ}(\mathbf{A})\,\mathbf{b}",
        ),
    ],
)
def test_a_matrix_form_is_printed_in_the_notation_asked_for(
    chosen: Notation, formula: str, expected: str
) -> None:
    assert shown(formula, chosen) == expected


@pytest.mark.parametrize(
    ("time", "plain", "labeled"),
    [
        ("superscript", "x_{k}^{(t-1)}", "(x_{a})_{k}^{(t-1)}"),
        ("subscript", "x_{t-1,k}", "(x_{a,t-1})_{k}"),
        ("plain", "x_{k}(t-1)", "(x_{a})_{k}(t-1)"),
    ],
)
def test_a_step_and_a_component_cannot_be_confused(
    time: str, plain: str, labeled: str
) -> None:
    k = Index("k", "n")
    with written(Notation(time=time)):
        for name, expected in (("x", plain), ("x_a", labeled)):
            symbol = Symbol(name, column("n"), Time("t", -1))
            assert entry_latex(Entry(symbol, (k,))) == expected


def test_an_inline_derivative_has_brackets_beside_other_factors_only() -> None:
    k, j = Index("k", "n"), Index("j", "n")
    x, y = Symbol("x", column("n")), Symbol("y", column("n"))
    partial = Partial(single(Entry(y, (j,))), Entry(x, (k,)))
    with written(Notation(fractions="inline")):
        alone = terms_latex((Term(factors=(partial,)),))
        beside = terms_latex((Term(factors=(Entry(y, (j,)), partial)),))
        assert fraction("a", "b") == r"\partial a / \partial b"
    assert alone == r"\partial y_{j} / \partial x_{k}"
    assert beside == r"y_{j}\,(\partial y_{j} / \partial x_{k})"


def test_index_letters_are_a_permutation_whatever_is_chosen() -> None:
    for chosen in (
        ("i", "j"),
        ("k", "j"),
        ("l", "r", "j"),
        tuple(LETTERS[::-1]),
        ("z",),
    ):
        with written(Notation(indices=chosen), own=("j", "k")):
            letters = sorted({*LETTERS, *chosen, *"ijk"})
            printed = [index_name(letter) for letter in letters]
            assert sorted(printed) == letters
            assert index_name("j") == chosen[0]
            assert index_name("j_1") == f"{chosen[0]}_1"


def test_a_letter_with_another_meaning_is_refused() -> None:
    jacobian = symjac.derive(symjac.parse(STEP))
    for letter in ("t", "b", "n", "a"):  # a[t-1] is what symjac calls sigma(x[t-1])
        with pytest.raises(NotationError, match=f"the index {letter} would look like"):
            derivation_page(jacobian, "md", notation=Notation(indices=(letter,)))


@pytest.mark.parametrize(
    ("wrong", "known"),
    [
        ({"time": "above"}, "superscript, subscript, plain"),
        ({"transpose": "t"}, "top, T, prime"),
        ({"hadamard": "*"}, "odot, circ"),
        ({"fractions": "small"}, "displayed, inline"),
        ({"bold": "yes"}, "True or False"),
        ({"indices": ("ij",)}, "a to z"),
        ({"indices": ("i", "i")}, "a to z"),
        ({"indices": ("I",)}, "a to z"),
        ({"indices": tuple("abcdefghijklm")}, "a to z"),
    ],
)
def test_an_unknown_value_is_an_error_that_names_the_known_ones(
    wrong: dict[str, object], known: str
) -> None:
    with pytest.raises(NotationError) as error:
        Notation(**wrong)  # type: ignore[arg-type]
    assert known in (error.value.known or "")


def test_the_notation_ends_with_the_rendering_even_after_an_error() -> None:
    def fail() -> None:
        with written(Notation(bold=False)):
            assert notation() == Notation(bold=False)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert notation() == Notation()


def test_a_formula_takes_a_notation_and_forgets_it() -> None:
    formula = symjac.derive(symjac.parse(STEP)).matrix("denominator")
    assert formula.latex(
        notation=Notation(bold=False, time="subscript", transpose="T")
    ) == (r"\operatorname{diag}\bigl(\sigma'(x_{t-1})\bigr)\,W^{T}")
    assert formula.latex() == (
        r"\operatorname{diag}\bigl(\sigma'\bigl(\mathbf{x}^{(t-1)}\bigr)\bigr)"
        r"\,\mathbf{W}^{\top}"
    )


def test_options_of_the_command_line_name_the_same_notation() -> None:
    seen = []

    @click.command()
    @notation_options
    def command() -> None:
        seen.append(notation())

    for chosen in (
        Notation(),
        Notation(False, "plain", "prime", "circ", "inline", ("i", "j"), "en"),
        Notation(time="subscript", transpose="T"),
    ):
        assert CliRunner().invoke(command, options(chosen)).exit_code == 0
        assert seen[-1] == chosen
