"""Formulas in Unicode: by hand, and never read in two ways."""

from __future__ import annotations

from fractions import Fraction

import pytest

import symjac
from symjac.terms.index import Power, Term, single
from symjac.typeset.text import ASCII
from symjac.typeset.unicode import UNICODE, lowered, raised, spelled
from tests.test_house import CORPUS


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("y = W @ sigma(x[t-1]) + b", "W σ(x⁽ᵗ⁻¹⁾) + b"),
        ("y = (A @ B).T @ x", "(A B)ᵀ x"),
        ("y = A.T @ (x + z)", "Aᵀ (x + z)"),
        ("y = x * u", "x ⊙ u"),
        ("y = 2 * x", "2 x"),
        ("y = x / 2", "x / 2"),
        ("y = 1/2 * A @ x", "½ A x"),
        ("y = 1/7 * A @ x", "(1/7) A x"),
        ("y = A @ (-x)", "A (-x)"),
        ("y = A @ (B @ x)", "A (B x)"),
        ("y = (A * B) @ x", "(A ⊙ B) x"),
        ("y = x ** 2", "x**2"),
        ("alpha: (); y = alpha ** 2 * x", "α² x"),
        ("alpha: (); y = alpha[t] ** 2 * x", "(α⁽ᵗ⁾)² x"),
        ("y = inv(A) @ x", "A⁻¹ x"),
        ("y = inv(A).T @ x", "(A⁻¹)ᵀ x"),
        ("y = inv(A @ B) @ x", "(A B)⁻¹ x"),
        ("y = matpow(A, 3) @ x", "A³ x"),
        ("y = norm2(x) * x", "‖x‖₂ x"),
        ("y = W_rec @ x", "W_rec x"),
        ("y = A @ x[q-1]", "A x[q-1]"),
        ("y = f'(x)", "f′(x)"),
        ("n: (); y = eye(m) @ x", "Iₘ x"),
        ("y = kron(A, B) @ x", "kron(A, B) x"),
    ],
)
def test_matrix_forms(source: str, expected: str) -> None:
    (*_, last) = symjac.parse(source).definitions
    assert UNICODE.matrix(last.body) == expected


@pytest.mark.parametrize(
    ("source", "wrt", "expected"),
    [
        ("x[t] = W @ sigma(x[t-1]) + b", "x[t-1]", "Wⱼₖ σ′(xₖ⁽ᵗ⁻¹⁾)"),
        ("x[t] = W_rec @ x[t-1]", "x[t-1]", "W_rec[j,k]"),
        ("y = tanh(A @ x)", "x", "tanh′(Σₗ Aⱼₗ xₗ) Aⱼₖ"),
        ("y = x", "x", "δⱼₖ"),
        ("y = x / 3", "x", "⅓ δⱼₖ"),
        ("y = x ** 3", "x", "3 xⱼ² δⱼₖ"),
    ],
)
def test_components(source: str, wrt: str, expected: str) -> None:
    jacobian = symjac.derive(symjac.parse(source), wrt=wrt)
    assert UNICODE.terms(jacobian.terms) == expected


def test_a_power_of_a_power_or_of_a_state_gets_brackets() -> None:
    program = symjac.parse("y[t] = 1 / x[t-1] ** 3")
    shown = UNICODE.terms(symjac.derive(program, wrt="x[t-1]").terms)
    assert shown == "-3 (xⱼ⁽ᵗ⁻¹⁾)⁻⁴ δⱼₖ"
    (entry,) = symjac.derive(symjac.parse("y = x ** 3"), wrt="x").terms
    power = next(f for f in entry.factors if isinstance(f, Power))
    again = (Term(factors=(Power(single(power), Fraction(-1)),)),)
    assert UNICODE.terms(again) == "(xⱼ²)⁻¹"


def test_two_formulas_never_look_the_same() -> None:
    looks: dict[str, set[str]] = {}
    for source, wrt in CORPUS:
        jacobian = symjac.derive(symjac.parse(f"alpha: (); {source}"), wrt=wrt)
        forms = [d.start for d in jacobian.derivations]
        forms += [step.after for step in jacobian.steps]
        for form in forms:
            looks.setdefault(UNICODE.terms(form), set()).add(ASCII.terms(form))
    assert len(looks) > 200
    assert {look: found for look, found in looks.items() if len(found) > 1} == {}


def test_steps_show_derivatives_that_are_still_to_be_taken() -> None:
    jacobian = symjac.derive(symjac.parse("f = x.T @ x"), wrt="x")
    shown = [UNICODE.terms(step.after) for step in jacobian.steps]
    assert any("Σₗ ∂xₗ/∂xₖ · xₗ" in one for one in shown)


def test_names_that_could_be_taken_for_signs_stay_spelled_out() -> None:
    program = symjac.parse("Sigma: (n, n); delta: (n); y = Sigma @ delta")
    jacobian = symjac.derive(program, wrt="delta")
    assert UNICODE.matrix(program.definitions[-1].body) == "Sigma delta"
    assert UNICODE.terms(jacobian.terms) == "Sigmaⱼₖ"
    assert spelled("sigma_1") == "σ_1"
    assert spelled("sigmoid") == "sigmoid"
    assert spelled("Gamma") == "Γ"
    assert spelled("lambda") == "λ"


def test_only_what_unicode_has_is_raised_and_lowered() -> None:
    assert raised("(t-1)") == "⁽ᵗ⁻¹⁾"
    assert raised("q") is None
    assert lowered("jk") == "ⱼₖ"
    assert lowered("jq") is None


def test_sentences_name_quantities_by_the_same_letters() -> None:
    assert UNICODE.words("sigma is differentiable") == "σ is differentiable"
    assert UNICODE.words("|sigma'(u)| <= gamma") == "|σ′(u)| ≤ γ"
    assert UNICODE.words("the sigmoid's argument") == "the sigmoid's argument"
    assert ASCII.words("sigma is differentiable") == "sigma is differentiable"


def test_ascii_stays_the_language_that_parses_back() -> None:
    body = symjac.parse("y = W @ sigma(x) + 1/2 * u").definitions[0].body
    assert ASCII.matrix(body).isascii()
    assert symjac.parse(f"y = {ASCII.matrix(body)}").definitions[0].body == body
