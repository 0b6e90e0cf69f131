"""A derivation replays: each rule gives its step again, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from symjac.derive import derive, parse
from symjac.errors import SoundnessError
from symjac.expr.index import ONE, Apply, Entry, Index, Term, Terms, alike, scale
from symjac.expr.matrix import Symbol
from symjac.expr.shape import Layout, column
from symjac.library.functions import lookup
from symjac.render.generate import generated
from symjac.rewrite.rule import Derivation, Step, apply_at
from symjac.rules.contract import CONTRACT
from symjac.rules.lift import LIFT
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
    assert replayed.steps > 10_000
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
