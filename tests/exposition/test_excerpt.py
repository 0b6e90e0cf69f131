"""Excerpts: what goes into somebody else's page, and what does not."""

from __future__ import annotations

import re

import symjac
from symjac.document.document import Align
from symjac.document.templates import render_blocks
from symjac.exposition.excerpt import (
    aligned,
    derivation_excerpt,
    differential_excerpt,
    inline_derivative,
    judgement_excerpt,
)
from symjac.terms.shape import Layout

STEP = "x[t] = W @ sigma(x[t-1]) + b"


def test_an_excerpt_has_the_equation_the_components_and_the_layout_asked_for() -> None:
    jacobian = symjac.derive(symjac.parse("y = A @ x"), wrt="x")
    shown = render_blocks(derivation_excerpt(jacobian, layouts=(Layout.DENOMINATOR,)))
    formulas = re.findall(r"```math\n(.*?)\n```", shown, re.DOTALL)
    assert formulas == [
        r"\mathbf{y} = \mathbf{A}\,\mathbf{x}",
        r"\frac{\partial \mathbf{y}}{\partial \mathbf{x}} = \mathbf{A}^{\top}",
        r"\frac{\partial y_{j}}{\partial x_{k}} = A_{jk}",
    ]
    assert "#" not in shown


def test_steps_come_with_their_rules_and_without_headings() -> None:
    jacobian = symjac.derive(symjac.parse(STEP))
    shown = render_blocks(derivation_excerpt(jacobian, steps=True))
    for rule in ("chain rule", "Kronecker delta", "elementwise function"):
        assert rule in shown
    assert "#" not in shown
    assert "Hypotheses" not in shown


def test_a_refuted_claim_comes_with_its_counterexample() -> None:
    judgement = symjac.check(symjac.parse(STEP), claim="W.T @ diag(sigma'(x[t-1]))")
    shown = render_blocks(judgement_excerpt(judgement))
    # W = [[1, 2], [3, 4]], sigma'(3) = 3: 2 * 3 is derived, 3 * 3 claimed.
    assert "the derivative is $`6`$, the claim says $`9`$" in shown
    assert "wrong in numerator layout and wrong in denominator layout" in shown


def test_a_proved_claim_comes_without_one() -> None:
    layouts = (Layout.NUMERATOR,)
    judgement = symjac.check(
        symjac.parse("y = A @ x"), wrt="x", claim="A", layouts=layouts
    )
    shown = render_blocks(judgement_excerpt(judgement))
    assert "The claim is right in numerator layout." in shown
    assert "counterexample" not in shown
    assert "denominator" not in shown


def test_a_proof_by_differentials_names_its_rules() -> None:
    program = symjac.parse("f: (); f = tr(A @ X)")
    proof = symjac.differential(symjac.derive(program, wrt="X"))
    shown = render_blocks(differential_excerpt(proof, layouts=(Layout.DENOMINATOR,)))
    assert "differential of a trace" in shown
    assert r"\frac{\partial f}{\partial \mathbf{X}} = \mathbf{A}^{\top}" in shown


def test_one_formula_is_in_a_layout_or_for_components() -> None:
    jacobian = symjac.derive(symjac.parse("y = A @ x"), wrt="x")
    found = {one: inline_derivative(jacobian, one).content for one in (None, *Layout)}
    assert found[None] == r"\frac{\partial y_{j}}{\partial x_{k}} = A_{jk}"
    assert found[Layout.NUMERATOR].endswith(r"= \mathbf{A}")
    assert found[Layout.DENOMINATOR].endswith(r"= \mathbf{A}^{\top}")


def test_chains_of_equations_are_the_same_in_markdown_and_elsewhere() -> None:
    program = symjac.parse("L: (); L = x.T @ A @ x / (1 + sum(exp(B @ x)))")
    blocks = derivation_excerpt(symjac.derive(program, wrt="x"), steps=True)
    chains = [block for block in blocks if isinstance(block, Align)]
    assert len(chains) > 2
    for chain in chains:
        shown = render_blocks((chain,))
        assert plain(shown) == plain(f"```math\n{aligned(chain)}\n```")


def plain(latex: str) -> str:
    return re.sub(r"\s+", "", latex)
