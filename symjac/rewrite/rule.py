"""Rule, Step, Derivation: one run gives the answer and the explanation.

A rule is a named row with the smallest instance of its identity, its source and its
rewrite of one term. A pass applies an ordered tuple of rules until none applies and
records every application, so that a derivation can be printed, and replayed: each rule
is applied again at its place, and has to give the recorded form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from symjac.errors import BudgetError, SoundnessError
from symjac.terms import index as ix
from symjac.terms import matrix as m

MAX_STEPS = 20_000
MAX_TERMS = 2_000
MAX_NESTING = 40


Pair = tuple[m.Symbol, m.Symbol, bool]  # of, by, and whether it is the immediate one


@dataclass(frozen=True, slots=True)
class LocalJacobian:
    """A Jacobian derived earlier, between entries at `indices`.

    Where none of the indices in `bound` is bound already, it is inserted as it stands.
    """

    indices: tuple[ix.Index, ...]
    terms: ix.Terms
    bound: frozenset[ix.Index] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "bound", frozenset(ix.all_bound(self.terms)))


@dataclass(frozen=True, slots=True)
class Dependence:
    """A quantity that a definition uses directly and that depends on the variable.

    `immediate` is set where the partial derivative by it differs from the total one.
    """

    symbol: m.Symbol
    indices: tuple[ix.Index, ...]
    immediate: bool = False


@dataclass(frozen=True, slots=True)
class LoweredDefinition:
    """A definition in index form: its entry at `indices` equals `terms`.

    `written` is its matrix form, for names inside an operation that is kept whole.
    """

    symbol: m.Symbol
    indices: tuple[ix.Index, ...]
    terms: ix.Terms
    written: m.MatrixExpr | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a rewrite may consult: fresh indices, dependencies, earlier results.

    `same` tells whether two index forms are equal.
    """

    fresh: ix.IndexSupply
    links: tuple[Dependence, ...] = ()
    known: Mapping[Pair, LocalJacobian] = field(default_factory=dict)
    bodies: Mapping[m.Symbol, LoweredDefinition] = field(default_factory=dict)
    same: Callable[[ix.Terms, ix.Terms], bool] = ix.alike


Rewrite = Callable[[ix.Term, Context], ix.Terms | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One named identity; `rewrite` returns None where it does not apply.

    `before` and `after` are the smallest instance: the same object is printed, tested
    and cited. `trigger` is the kind of factor, or of node inside an entry, without
    which the rule cannot apply: terms that have none are not tried.
    """

    name: str
    title: str
    before: ix.Terms
    after: ix.Terms
    rewrite: Rewrite
    source: str
    trigger: type | None = None
    context: Context = field(default_factory=lambda: Context(ix.IndexSupply()))

    def instance(self) -> ix.Terms | None:
        """The rewrite of the smallest instance; equal to `after`."""
        (term,) = self.before
        fresh = ix.IndexSupply(self.context.fresh.taken)
        return self.rewrite(term, replace(self.context, fresh=fresh))


@dataclass(frozen=True, slots=True)
class Step:
    """One application of a rule: where, and the whole form before and after."""

    rule: Rule
    path: tuple[int, ...]
    before: ix.Terms
    after: ix.Terms


@dataclass(frozen=True, slots=True)
class Derivation:
    """A chain of steps from `start`; each step's `before` is the one before's `after`.

    `subject` is what the derivation is about, the left side of its equations; `context`
    is what its rules consulted.
    """

    title: str
    start: ix.Terms
    steps: tuple[Step, ...]
    context: Context = field(compare=False, repr=False)
    subject: ix.Terms = ()

    def __post_init__(self) -> None:
        current = self.start
        for step in self.steps:
            if step.before != current:
                raise SoundnessError(f"{self.title}: {step.rule.name} does not chain")
            current = step.after

    @property
    def result(self) -> ix.Terms:
        """The last form."""
        return self.steps[-1].after if self.steps else self.start

    def replay(self) -> int:
        """Apply each step's rule again at its place; the number of steps.

        Raises:
            SoundnessError: a step is not what its rule gives there.
        """
        fresh = ix.IndexSupply(self.context.fresh.taken, self.context.fresh.count)
        context = replace(self.context, fresh=fresh)
        for number, step in enumerate(self.steps, 1):
            after = apply_at(step.rule, step.before, step.path, context)
            if after is None or not ix.alike(after, step.after):
                name = f"step {number}, {step.rule.name},"
                raise SoundnessError(f"{self.title}: {name} does not replay")
        return len(self.steps)


RuleSet = tuple[Rule, ...]
Found = tuple[Rule, tuple[int, ...], ix.Terms]


def _rewrite_term(term: ix.Term, rules: RuleSet, context: Context) -> Found | None:
    kinds: set[type] = set()
    for rule in rules:
        if rule.trigger is not None:
            kinds = kinds or _kinds(term)
            if rule.trigger not in kinds:
                continue
        after = rule.rewrite(term, context)
        if after is not None:
            if after == (term,):
                raise SoundnessError(f"{rule.name} returned its input unchanged")
            return rule, (), after
    return None


def _rewrite_inside(
    term: ix.Term, rules: RuleSet, context: Context, depth: int, first: int
) -> Found | None:
    for place, factor in enumerate(term.factors[first:], first):
        for inner in ix.subforms(factor):
            found = find(inner, rules, context, nested=True, depth=depth + 1)
            if found is not None:
                rule, path, form = found
                changed = _put(term, place, ix.with_subform(factor, form))
                return rule, (place, *path), (changed,)
    return None


def _kinds(term: ix.Term) -> set[type]:
    kinds: set[type] = set()
    for factor in term.factors:
        kinds.add(type(factor))
        if isinstance(factor, ix.Entry):
            kinds.add(type(factor.matrix))
    return kinds


def _put(term: ix.Term, place: int, factor: ix.Factor) -> ix.Term:
    factors = (*term.factors[:place], factor, *term.factors[place + 1 :])
    return ix.Term(term.coefficient, factors, term.bound)


def find(
    terms: ix.Terms,
    rules: RuleSet,
    context: Context,
    *,
    nested: bool,
    start: tuple[int, ...] = (0,),
    depth: int = 0,
) -> Found | None:
    """The first rule that applies to the first term it applies to, and its effect.

    Args:
        nested: whether to look inside function arguments too.
        start: the path of the last rewrite. No rule applies to terms before its term,
            nor inside the factors of this term that stand before its factor.
        depth: how many function arguments the terms stand in.

    Raises:
        BudgetError: functions nested more than MAX_NESTING deep.
    """
    if depth > MAX_NESTING:
        raise BudgetError(f"functions nested more than {MAX_NESTING} deep")
    for place in range(start[0], len(terms)):
        term = terms[place]
        found = _rewrite_term(term, rules, context)
        if found is None and nested:
            first = start[1] if place == start[0] and len(start) > 1 else 0
            found = _rewrite_inside(term, rules, context, depth, first)
        if found is not None:
            rule, path, after = found
            return rule, (place, *path), terms[:place] + after + terms[place + 1 :]
    return None


def run(
    title: str,
    start: ix.Terms,
    rules: RuleSet,
    context: Context,
    *,
    nested: bool = True,
) -> Derivation:
    """Apply the rules until none applies, recording every step.

    Args:
        nested: whether to rewrite inside function arguments too.

    Raises:
        BudgetError: after MAX_STEPS steps or beyond MAX_TERMS terms.
    """
    steps: list[Step] = []
    current = start
    path: tuple[int, ...] = (0,)
    while True:
        found = find(current, rules, context, nested=nested, start=path)
        if found is None:
            return Derivation(title, start, tuple(steps), context)
        rule, path, after = found
        steps.append(Step(rule, path, current, after))
        current = after
        if len(steps) > MAX_STEPS or len(current) > MAX_TERMS:
            raise BudgetError(
                f"{title}: more than {MAX_STEPS} steps or {MAX_TERMS} terms"
            )


def normal_form(start: ix.Terms, rules: RuleSet, context: Context) -> ix.Terms:
    """What `run` ends in, without its steps.

    Raises:
        BudgetError: as `run` does.
    """
    return _normal(start, rules, context, [0], 0)


def _normal(
    start: ix.Terms, rules: RuleSet, context: Context, steps: list[int], depth: int
) -> ix.Terms:
    if depth > MAX_NESTING:
        raise BudgetError(f"functions nested more than {MAX_NESTING} deep")
    done: list[ix.Term] = []
    waiting = [*reversed(start)]
    while waiting:
        term = waiting.pop()
        if (found := _rewrite_term(term, rules, context)) is not None:
            waiting += reversed(found[2])
            steps[0] += 1
        elif (inner := _normal_inside(term, rules, context, steps, depth)) != term:
            waiting.append(inner)
        else:
            done.append(term)
        if steps[0] > MAX_STEPS or len(done) + len(waiting) > MAX_TERMS:
            raise BudgetError(f"more than {MAX_STEPS} steps or {MAX_TERMS} terms")
    return tuple(done)


def _normal_inside(
    term: ix.Term, rules: RuleSet, context: Context, steps: list[int], depth: int
) -> ix.Term:
    for place, factor in enumerate(term.factors):
        for inner in ix.subforms(factor):
            form = _normal(inner, rules, context, steps, depth + 1)
            if form != inner:
                factor = ix.with_subform(factor, form)
                term = _put(term, place, factor)
    return term


def apply_at(
    rule: Rule, terms: ix.Terms, path: tuple[int, ...], context: Context
) -> ix.Terms | None:
    """The form with a rule applied at one place; None where it does not apply.

    Args:
        path: the number of a term; of a factor in it, a term inside that, and so on.
    """
    place, *inner = path
    if not 0 <= place < len(terms):
        return None
    term = terms[place]
    if not inner:
        after = rule.rewrite(term, context)
    else:
        after = _apply_inside(rule, term, tuple(inner), context)
    return None if after is None else terms[:place] + after + terms[place + 1 :]


def _apply_inside(
    rule: Rule, term: ix.Term, path: tuple[int, ...], context: Context
) -> ix.Terms | None:
    place, *inner = path
    if not inner or not 0 <= place < len(term.factors):
        return None
    factor = term.factors[place]
    for form in ix.subforms(factor):
        changed = apply_at(rule, form, tuple(inner), context)
        if changed is not None:
            return (_put(term, place, ix.with_subform(factor, changed)),)
    return None
