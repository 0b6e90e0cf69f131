"""Values of a derivative belong to points where every given equation holds.

Whether a claim is true was worked out by hand: with the definitions written out, both
sides are one formula.
"""

from __future__ import annotations

import pytest

import symjac
from symjac.claims.adjudicate import Judgement
from symjac.diagnosis.diagnose import diagnose
from symjac.exposition.record import example_record
from tests.recomputation import check_equations, check_judgement, check_record

Row = tuple[str, str, str, str]
N, D = "numerator", "denominator"
LOSS = "q: (m) one_hot; W: (m, n); z = W @ x; p = softmax(z); L = cross_entropy(q, p)"
GATED = (
    "z[t] = sigmoid(V @ h[t-1] + U @ x[t]); r[t] = tanh(A @ x[t]);"
    " h[t] = (1 - z[t]) * h[t-1] + z[t] * r[t]"
)
TRUE: list[Row] = [
    ("z = W @ x; y = tanh(z)", "z", N, "diag(1 - tanh(W @ x)**2)"),
    ("z = W @ x; y = tanh(z)", "z", D, "diag(tanh'(W @ x))"),
    ("z = W @ x + b; y = sigma(z)", "z", N, "diag(sigma'(W @ x + b))"),
    (LOSS, "z", D, "softmax(W @ x) - q"),
    (LOSS, "z", D, "p - q"),
    (LOSS, "p", D, "-q / softmax(z)"),
    (LOSS, "p", D, "-q / softmax(W @ x)"),
    # two definitions above the variable
    ("a = B @ x; z = W @ a; y = tanh(z)", "z", N, "diag(1 - tanh(W @ B @ x)**2)"),
    # what the equation says of its values: exp(x) > 0
    ("z = exp(x); y = abs(z)", "z", N, "eye(n)"),
    ("z: (); z = x.T @ x + 1; y = z * b", "z", N, "b * (x.T @ x + 1) / z"),
    ("Z = A @ B; f = logdet(Z)", "Z", D, "inv(A @ B).T"),
    # a matrix, a gate, states
    ("H = X @ W; f = tr(H.T @ H)", "H", D, "2 * X @ W"),
    (GATED, "z[t]", N, "diag(tanh(A @ x[t]) - h[t-1])"),
    (GATED, "r[t]", N, "diag(sigmoid(V @ h[t-1] + U @ x[t]))"),
    (
        "h[t] = tanh(W @ h[t-1])",
        "h[t-1]",
        N,
        "diag(1 - tanh(W @ tanh(W @ h[t-2]))**2) @ W",
    ),
    (
        "h[s] = sigma(W @ h[s-1])",
        "h[s-1]",
        D,
        "W.T @ diag(sigma'(W @ sigma(W @ sigma(W @ h[s-3]))))",
    ),
    (
        "h[t+1] = tanh(W @ h[t])",
        "h[t]",
        N,
        "diag(1 - tanh(W @ tanh(W @ h[t-1]))**2) @ W",
    ),
    # held at the variable's step, and tied to it there
    (
        "c[t] = W @ h[t-1] + c[t-1] * c[t-1]; h[t] = tanh(c[t])",
        "c[t-1]",
        N,
        "diag((1 - h[t]**2) * 2 * c[t-1]) + diag(h[t-1] - tanh(c[t-1]))",
    ),
    # by a matrix: the state before is held, its value is known
    ("h[t] = W @ h[t-1]; f[t] = g.T @ h[t]", "W", D, "g @ (W @ h[t-2]).T"),
]
FALSE: list[Row] = [
    ("W: (n, n); z = W @ x; y = tanh(z)", "z", N, "diag(1 - tanh(W.T @ x)**2)"),
    ("z = W @ x; y = tanh(z)", "z", N, "2 * diag(1 - tanh(W @ x)**2)"),
    (LOSS, "z", D, "softmax(W @ x) + q"),
    (LOSS, "p", D, "q / softmax(z)"),
    (GATED, "z[t]", N, "diag(tanh(A @ x[t]) + h[t-1])"),
    (
        "h[t] = tanh(W @ h[t-1])",
        "h[t-1]",
        N,
        "diag(1 - tanh(W @ tanh(W.T @ h[t-2]))**2) @ W",
    ),
    ("z = exp(x); y = abs(z)", "z", N, "-eye(n)"),
    (
        "c[t] = W @ h[t-1] + c[t-1] * c[t-1]; h[t] = tanh(c[t])",
        "c[t-1]",
        N,
        "diag(c[t-1] + h[t-1])",
    ),
]


def judged(row: Row) -> Judgement:
    text, variable, _, claim = row
    return symjac.check(symjac.parse(text), wrt=variable, claim=claim)


@pytest.mark.parametrize("row", TRUE, ids=lambda row: row[3])
def test_a_claim_that_is_true_where_the_equations_hold_is_proved(row: Row) -> None:
    assert judged(row)[row[2]].outcome.value == "proved"


@pytest.mark.parametrize("row", FALSE, ids=lambda row: row[3])
def test_a_counterexample_satisfies_every_equation(row: Row) -> None:
    found = judged(row)
    assert found[row[2]].outcome.value == "refuted"
    check_judgement(found)


def test_the_variable_is_shown_and_its_equation_is_checked() -> None:
    row = ("z = W @ x; y = z * z", "z", N, "diag(W @ x)")
    (found,) = (v for v in judged(row).verdicts.values() if v.layout.value == N)
    assert found.counterexample is not None
    record = example_record(found.counterexample)
    assert {"z", "W", "x"} <= record["values"].keys()
    assert check_equations(symjac.parse(row[0]), record) == 1
    record["values"]["z"] = [n + 1 for n in record["values"]["z"]]
    with pytest.raises(AssertionError, match="z"):  # the oracle sees a broken equation
        check_equations(symjac.parse(row[0]), record)


def test_the_oracle_sees_a_changed_number() -> None:
    found = judged(("y = sigma(x)**2", "x", N, "2 * diag(sigma'(x))"))
    verdict = found[N]
    assert verdict.counterexample is not None
    record = example_record(verdict.counterexample)
    at = verdict.counterexample.component
    check_record(found.jacobian, verdict.claim.expr, record, at)
    for name in [one for one in record["values"] if "(1)" in one]:
        values = {k: v for k, v in record["values"].items() if k != name}
        broken = record | {"values": values}
        with pytest.raises(AssertionError):
            check_record(found.jacobian, verdict.claim.expr, broken, at)


def test_first_values_of_states_are_free() -> None:
    # a square is not negative, but h[t-1] may be the first value, which is none
    claim = "2 * diag(abs(h[t-1]))"
    found = judged(("h[t] = h[t-1] * h[t-1]", "h[t-1]", N, claim))
    assert found[N].outcome.value == "refuted"
    later = "2 * diag(abs(h[t-1])) + diag(h[t-1] - h[t-2]**2)"
    found = judged(("h[t] = h[t-1] * h[t-1]", "h[t-1]", N, later))
    assert found[N].outcome.value == "proved"


def test_latex_with_a_gate_written_out() -> None:
    program = symjac.parse_latex(r"z_t = W h_{t-1} \\ h_t = \tanh(z_t)")
    claim = "diag(1 - tanh(W @ h[t-1])**2)"
    found = symjac.check(program, of="h[t]", wrt="z[t]", claim=claim)
    assert found[N].outcome.value == "proved"


@pytest.mark.parametrize(
    ("answer", "reference", "outcome"),
    [
        ("tanh(W @ x)", "y", "proved"),
        ("abs(z - W @ x)", "zeros(n)", "proved"),
        ("tanh(W @ x) + z", "y + W @ x", "proved"),
        ("tanh(W @ x) + z", "y", "refuted"),
    ],
)
def test_an_answer_is_compared_where_the_equations_hold(
    answer: str, reference: str, outcome: str
) -> None:
    program = symjac.parse("W: (n, m); z = W @ x; y = tanh(z)")
    found = symjac.equivalent(answer, reference, program=program)
    assert found.outcome.value == outcome
    if found.witness is not None:
        record = {
            "dimensions": found.witness.dimensions,
            "values": found.witness.values,
        }
        check_equations(program, record)


def test_a_condition_mentions_the_variable_or_its_equation_not_both() -> None:
    found = judged(("z = W @ x; y = z * z", "z", N, "diag(W @ x)"))
    assert str(found[N].holds_iff) == (
        "sum[l](delta[j,k] * W[j,l] * x[l]) = 0 for all j, k"
    )


def test_a_remedy_may_write_the_variable_out() -> None:
    found = judged(("z = W @ x; y = tanh(z)", "z", N, "2 * diag(1 - tanh(W @ x)**2)"))
    first = diagnose(found).remedies[0]
    assert str(first.formula) == "diag(1 - tanh(W @ x)**2)"


def test_equations_that_leave_no_point_refute_nothing() -> None:
    # -1 - z^2 is never positive, so z = log(-1 - x^2) has no value
    row = ("z = log(-1 - x * x); y = z * z", "z", N, "eye(n)")
    assert judged(row)[N].outcome.value == "undecided"


def test_a_property_assumed_of_a_defined_matrix_has_to_follow() -> None:
    # X'X is symmetric, S S is not: only there "right if Z is symmetric" is true
    claim = "2 * x @ x.T @ Z"
    for equation, is_symmetric in (("Z = X.T @ X", True), ("Z = X @ X", False)):
        text = f"X: (n, n); {equation}; y = x.T @ Z @ x; W = tr(Z @ Z)"
        found = symjac.check(symjac.parse(text), of="W", wrt="Z", claim="2 * Z.T")
        assert found[D].outcome.value == "proved"
        assert (found[N].outcome.value == "proved") == is_symmetric
        row = (f"X: (n, n); {equation}; y = x.T @ Z @ Z @ x", "Z", D, claim)
        for remedy in diagnose(judged(row)).remedies:
            assert is_symmetric or "Z is symmetric" not in remedy.edit
