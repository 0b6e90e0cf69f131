"""A derivation replays: each rule gives its step again, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from symjac.calculus.contract import CONTRACT
from symjac.calculus.differential import DIFFERENTIALS, Line, taken
from symjac.calculus.identification import Identified, moved
from symjac.calculus.lift import LIFT
from symjac.calculus.trace_forms import MOVES
from symjac.claims.differential import Differential, differential
from symjac.derive import derive, parse
from symjac.errors import SoundnessError
from symjac.exposition.generate import generated
from symjac.library.functions import lookup
from symjac.rewrite.rule import Derivation, Step, apply_at
from symjac.terms.index import ONE, Apply, Entry, Index, Term, Terms, alike, scale
from symjac.terms.matrix import Neg, Symbol
from symjac.terms.shape import Layout, column
from tests.conftest import Replayed

NETWORK = "h[t] = tanh(W @ h[t-1] + U @ x[t] + b)"
NESTED = "f: ()\nh = tanh(W @ x)\nf = log(sum(exp(V @ (x.T @ x * h))))"


def derivations(text: str, wrt: str) -> list[Derivation]:
    jacobian = derive(parse(text), wrt=wrt)
    lifted = [jacobian.lifted(layout=layout).derivation for layout in Layout]
    return [*jacobian.derivations, *lifted]


CORPUS = [
    *derivations(NETWORK, "h[t-1]"),
    *derivations(NESTED, "x"),
    *derivations("y = B @ inv(X) @ v", "v"),
    *derivations("f: ()\nf = tr(A @ inv(X) @ B)", "X"),
]


def test_every_derivation_of_the_generated_files_replays(replayed: Replayed) -> None:
    generated()
    assert replayed.steps > 8_000
    assert replayed.failed == []


@pytest.mark.parametrize("found", CORPUS, ids=lambda found: found.title)
def test_each_step_is_replayed(found: Derivation) -> None:
    assert found.replay() == len(found.steps)


def with_sign(step: Step) -> Step:
    """The negative of one term, or one where there is none."""
    first, *rest = step.after or (Term(),)
    return replace(step, after=(*scale((first,), -ONE), *rest))


def with_path(step: Step) -> Step:
    """The step says that it happened elsewhere."""
    return replace(step, path=(step.path[0] + 1, *step.path[1:]))


def with_rule(step: Step) -> Step:
    """The step cites a rule that does something else."""
    other = LIFT[0] if step.rule is DELTA_SAME else DELTA_SAME
    return replace(step, rule=other)


DELTA_SAME = CONTRACT[-1]
STEPS = [(found, step) for found in CORPUS for step in found.steps]


@pytest.mark.parametrize("tamper", [with_sign, with_path, with_rule])
def test_a_step_that_was_tampered_with_is_found(
    tamper: Callable[[Step], Step], replayed: Replayed
) -> None:
    for found, step in STEPS:
        forged = Derivation("forged", step.before, (tamper(step),), found.context)
        with pytest.raises(SoundnessError, match=r"step 1, \w+, does not replay"):
            forged.replay()
    assert len(replayed.failed) == len(STEPS) > 50
    replayed.failed.clear()


def test_a_place_that_is_not_there_has_no_rewrite() -> None:
    step = CORPUS[0].steps[0]
    context = CORPUS[0].context
    assert apply_at(step.rule, step.before, step.path, context) is not None
    for path in ((1,), (-1,), (0, 0), (0, 5, 0), (0, 0, 9)):
        assert apply_at(step.rule, step.before, path, context) is None


def test_forms_are_alike_up_to_bound_indices_only() -> None:
    vector = Symbol("x", column("n"))
    one, two, free = (Index(name, "n") for name in "lrj")

    def total(own: Index, bound: Index) -> Terms:
        inner = Apply(
            lookup("exp"), 0, (Term(ONE, (Entry(vector, (own,)),), (bound,)),)
        )
        return (Term(ONE, (inner, Entry(vector, (free,))), ()),)

    assert alike(total(one, one), total(two, two))
    assert not alike(total(one, one), total(free, one))
    assert not alike(total(one, one), scale(total(one, one), -ONE))


PROOFS = [
    differential(derive(parse(text), wrt=wrt))
    for text, wrt in (
        ("f: ()\nf = tr(A @ inv(X) @ B) - norm2(X @ v)**2", "X"),
        ("f: ()\nh = tanh(W @ x + b)\nf = norm2(V @ h - y)**2", "W"),
        ("f: ()\nf = a.T @ (x @ x.T) @ a + sum(x * b) / norm2(x)", "x"),
    )
]
LINES = [
    (proof, place) for proof in PROOFS for place, _ in enumerate(proof.identified.lines)
]


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: str(proof.jacobian.of))
def test_each_line_of_a_differential_is_replayed(proof: Differential) -> None:
    assert proof.replay() == len(proof.identified.lines) > 5


def with_other_sign(line: Line) -> Line:
    return replace(line, expr=Neg(line.expr))


def with_other_place(line: Line) -> Line:
    first, _, *rest = line.again.args
    other = {(9,)} if line.again.func is taken else {len(first)}
    return replace(line, again=partial(line.again.func, first, other, *rest))


def with_other_rule(line: Line) -> Line:
    first, places, rule, *rest = line.again.args
    one, two = DIFFERENTIALS[2:4] if line.again.func is taken else MOVES[-2:]
    other = two if rule is one else one
    return replace(line, again=partial(line.again.func, first, places, other, *rest))


@pytest.mark.parametrize("tamper", [with_other_sign, with_other_place, with_other_rule])
def test_a_line_that_was_tampered_with_is_found(
    tamper: Callable[[Line], Line], replayed: Replayed
) -> None:
    tried = 0
    for proof, place in LINES:
        line = proof.identified.lines[place]
        if tamper is not with_other_sign and line.again.func not in (taken, moved):
            continue  # linearity and collecting have no rule and no place
        forged = Identified((tamper(line),), proof.gradient.expr)
        with pytest.raises(SoundnessError, match=r"does not (apply|replay)"):
            forged.replay()
        tried += 1
    assert len(replayed.failed) == tried > 20
    replayed.failed.clear()


def test_lines_that_do_not_chain_are_no_proof() -> None:
    lines = PROOFS[0].identified.lines
    with pytest.raises(SoundnessError, match="does not chain"):
        Identified((lines[0], *lines[2:]), PROOFS[0].gradient.expr)
