"""Names in call position: generic functions, and what is never taken for one."""

from __future__ import annotations

import pytest

import symjac
from symjac.errors import ParseError, SymjacError, UnsupportedError
from symjac.language.called import is_refused
from symjac.library.functions import TABLE
from symjac.library.names import INSTEAD, NOT_YET
from symjac.library.operations import BY_NAME

OF_A_MATRIX = (
    "pseudoinverse pinverse ginv moore_penrose eigenvalues eigh eigvals svd"
    " svdvals singular_values transp trans T t symm herm adjoint conj lndet matexp"
    " frob nuclear lambda_min rowsoftmax softmax_rows"
    " batchSum rownorm Softmax soft_max softmaxx dropout argmax E Var Cov act gate"
).split()
SAME = [  # a refused call and the text that it is told to be, by definition
    ("transp(A)", "A.T"),
    ("T(A @ B)", "(A @ B).T"),
    ("adjoint(A)", "A.T"),
    ("symm(A)", "sym(A)"),
    ("lndet(A)", "logdet(A)"),
    ("matexp(A)", "expm(A)"),
    ("matrix_power(A, 3)", "matpow(A, 3)"),
    ("matmul(A, B)", "A @ B"),
    ("frob(A)", "normF(A)"),
    ("pinverse(A)", "pinv(A)"),
    ("KL(x, z)", "sum(x * log(x / z))"),
    ("mse(x + z, z)", "mean(((x + z) - z) ** 2)"),
    ("entropy(x)", "-sum(x * log(x))"),
    ("pow(x, 3)", "x ** 3"),
    ("ln(x)", "log(x)"),
    ("Relu(x)", "relu(x)"),
    ("sofmax(x)", "softmax(x)"),
]
SHAPES = "A, B: (n, n); x, z: (n); "


@pytest.mark.parametrize("name", OF_A_MATRIX)
def test_no_word_over_a_matrix_is_a_generic_function_unless_it_is_declared(
    name: str,
) -> None:
    with pytest.raises(UnsupportedError) as caught:
        symjac.parse(f"{SHAPES} Y = {name}(A)")
    assert caught.value.span is not None
    assert caught.value.span.text == f"{name}(A)"
    assert caught.value.hint
    with pytest.raises(UnsupportedError):
        symjac.equivalent(f"{name}(A)", "A.T", shapes="A: (n, n)")
    declared = symjac.parse(f"{name}: elementwise; {SHAPES} Y = {name}(A)")
    by_entry = symjac.derive(declared, wrt="vec(A)").matrix("numerator")
    assert str(by_entry) == f"diag(vec({name}'(A)))"


@pytest.mark.parametrize(("call", "text"), SAME)
def test_a_refused_call_is_told_the_text_that_says_the_same(
    call: str, text: str
) -> None:
    with pytest.raises(UnsupportedError) as caught:
        symjac.parse(f"{SHAPES} Y = {call}")
    assert caught.value.hint == f"write {text}"
    assert symjac.parse(f"{SHAPES} Y = {text}")


def test_every_text_that_is_offered_parses_or_is_not_offered() -> None:
    for text, names in INSTEAD.items():
        for name in names.split():
            for argument in ("x", "A", "2 * x"):
                more = "".join(f", {argument}" for n in "12" if f"{{{n}}}" in text)
                with pytest.raises(UnsupportedError) as caught:
                    symjac.parse(f"{SHAPES} Y = {name}({argument}{more})")
                hint = caught.value.hint or ""
                if hint.startswith("write "):
                    assert symjac.parse(f"{SHAPES} Y = {hint.removeprefix('write ')}")
                else:
                    assert hint.endswith(f"{name}: elementwise")


def test_no_name_is_both_known_and_refused() -> None:
    listed = [name for names in INSTEAD.values() for name in names.split()]
    assert len(listed) == len({*listed})
    known = {name.lower().replace("_", "") for name in (*TABLE, *BY_NAME)}
    assert not known & {*listed, *NOT_YET}
    assert not NOT_YET & {*listed}


@pytest.mark.parametrize(
    "name",
    "f g h sigma phi psi rho act gate sigma_h f_1 theta gamma s loss cell_gate".split(),
)
def test_other_names_are_generic_functions_of_vectors(name: str) -> None:
    assert not is_refused(name)
    jacobian = symjac.derive(symjac.parse(f"y = {name}(x)"), wrt="x")
    assert str(jacobian.matrix("numerator")) == f"diag({name}'(x))"


@pytest.mark.parametrize(
    "equations",
    [
        "Y = sigma(W @ X)",
        "Y = f(W @ X)",
        "Y = phi_2(W @ X)",
        "a = act(x); Y = act(W @ X)",
        "Y = act'(W @ X)",
        "act, gate: elementwise; Y = act(W @ X) * gate(V @ X)",
        "act: elementwise\nY = act(W @ X)",
    ],
)
def test_what_is_sure_to_act_on_each_entry_may_have_a_matrix(equations: str) -> None:
    program = symjac.parse(equations)
    assert symjac.parse(program.source.text).functions == program.functions


def test_a_declaration_of_a_function_is_checked() -> None:
    for text, message in (
        ("tr: elementwise; y = x", "reserved"),
        ("x: (n); x: elementwise; y = x", "a quantity"),
        ("f: elementwise; f: (n); y = f", "declared twice"),
        ("f: elementwise; y = f", "needs an argument"),
        ("f: pointwise; y = f(x)", "expected"),
    ):
        with pytest.raises(ParseError, match=message):
            symjac.parse(text)
    with pytest.raises(ParseError, match="unknown name g"):
        symjac.check(symjac.parse("y = A @ x"), wrt="x", claim="g: elementwise; g(A)")
    both = ("gate: elementwise; gate(W)", "gate(W)")
    found = symjac.equivalent(*reversed(both), shapes="gate: elementwise")
    assert found.outcome is symjac.Outcome.PROVED
    with pytest.raises(SymjacError):
        symjac.equivalent("gate(W)", "gate(W)")


def test_latex_says_what_is_elementwise_and_declares_it() -> None:
    program = symjac.parse_latex(
        r"Y = \operatorname{act}(W X)", functions=("act",), shapes={"X": ("m", "p")}
    )
    assert program.source.text == "act: elementwise\nY = act(W @ X)"
    for word in ("pinverse", "Var", "rownorm", "transp", "act"):
        with pytest.raises(SymjacError) as caught:
            symjac.parse_latex(rf"Y = \operatorname{{{word}}}(W X)")
        assert caught.value.span is not None
