"""Points keep the hypotheses that are printed beside them, and exist where they can.

What each function and operation needs is from its definition, not from the program.
"""

from __future__ import annotations

import pytest

import symjac
from symjac.claims.adjudicate import Judgement
from symjac.exposition.adhoc import judgement_page
from symjac.exposition.record import example_record
from tests.recomputation import check_judgement

N, D = "numerator", "denominator"


def judged(text: str, wrt: str, claim: str) -> Judgement:
    return symjac.check(symjac.parse(text), wrt=wrt, claim=claim)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (
            "v: (n) binary; y = prod(v)",
            "ones(n)",
        ),  # true at (1, ..., 1), the only point
        ("v: (n) binary; y = prod(v)", "v"),
        ("v: (n) zero; y = sum(abs(v))", "v"),  # no point is left
        ("v: (n, n) zero; y = det(v)", "v"),
    ],
)
def test_points_keep_the_hypotheses(text: str, claim: str) -> None:
    found = judged(text, "v", claim)[D]
    assert found.hypotheses
    assert found.outcome.value != "refuted"


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("x: (n) zero; a: (); y = a * relu(x)", "relu(x) + 1"),
        ("x: (n) zero; a: (); y = a * abs(x)", "ones(n)"),
        ("x: (n) binary; a: (); y = a * prod(x)", "2 * prod(x)"),
        ("x: (n, n) zero; a: (); y = a * det(x)", "det(x) + 1"),
    ],
)
def test_what_is_not_differentiated_needs_no_hypothesis(text: str, claim: str) -> None:
    found = judged(text, "a", claim)
    assert found[N].outcome.value == "refuted"
    assert [
        h for h in found[N].hypotheses if "x is" not in h and "x has" not in h
    ] == []
    check_judgement(found)


@pytest.mark.parametrize(
    ("text", "wrt", "hypotheses"),
    [
        ("A: (n, n); f = tr(matpow(A, -1))", "A", "the matrices that are inverted"),
        ("A: (n, n); f = tr(matpow(A, -2) @ B)", "B", "the matrices that are inverted"),
        ("A: (n, n); f = tr(inv(A) @ B)", "B", "the matrices that are inverted"),
        ("y = tan(x)", "x", "arguments of tan are no odd multiples of pi / 2"),
        ("a: (); y = a * tan(x)", "a", "arguments of tan are no odd multiples"),
        ("a: (); y = a * hardmax(x)", "a", "hardmax have one largest entry"),
        ("y = log(x)", "x", "arguments of log are positive"),
        ("y = log1p(x)", "x", "arguments of log1p are greater than -1"),
        ("y = arcsin(x)", "x", "arguments of arcsin are between -1 and 1"),
        ("a: (); y = a * sign(x)", "a", "no argument of sign is 0"),
        ("a: (); y = a * relu'(x)", "a", "no argument of relu is 0"),
        ("y = abs(x)", "x", "no argument of abs is 0"),
        ("y = hardtanh(x)", "x", "no argument of hardtanh is -1 or 1"),
        ("a: (); y = a * huber''(x)", "a", "no argument of huber is -1 or 1"),
        ("y = 1 / x", "x", "divisors are not zero"),
        ("y = x**(1/3)", "x", "bases of fractional powers are positive"),
        ("r = A @ x; f = norm2(r)", "x", "arguments of norm2 are not zero"),
        ("f = max(x)", "x", "arguments of max have one largest entry"),
        ("f = cross_entropy(q, p)", "q", "predictions of cross_entropy are positive"),
        ("f = logdet(A)*b; b: ()", "b", "arguments of logdet are invertible"),
        ("z = log(x); y = z * z", "z", "arguments of log are positive"),
        ("y = sigma'(x)", "x", "sigma is twice differentiable"),
    ],
)
def test_what_a_formula_needs_is_said(text: str, wrt: str, hypotheses: str) -> None:
    jacobian = symjac.derive(symjac.parse(text), wrt=wrt)
    layout = D if jacobian.of.shape.order == 0 else N
    found = judged(text, wrt, str(jacobian.matrix(layout)))[layout]
    assert found.outcome.value == "proved"
    assert any(hypotheses in one for one in found.hypotheses)


@pytest.mark.parametrize(
    ("text", "wrt"),
    [
        ("f = norm2(A @ x - b)**2", "x"),  # a quadratic form, smooth everywhere
        ("X: (n, m); f = normF(X)**2", "X"),
        ("f = norm2(x)**4", "x"),
        ("y = x / 2", "x"),
        ("y = softsign(x)", "x"),  # both slopes at 0 are 1
        ("y = elu(x)", "x"),
        ("f = sum(huber(x))", "x"),
        ("y = x / dim(n)", "x"),
        ("a: (); y = a * sigma(x)", "a"),
        ("b: (); f = det(A) * b", "b"),
        ("A: (n, n); Y = matpow(A, 2)", "vec(A)"),
    ],
)
def test_nothing_is_restricted_for_nothing(text: str, wrt: str) -> None:
    jacobian = symjac.derive(symjac.parse(text), wrt=wrt)
    layout = D if jacobian.of.shape.order == 0 else N
    assert judged(text, wrt, str(jacobian.matrix(layout)))[layout].hypotheses == ()


@pytest.mark.parametrize(
    ("function", "outcome"),
    [("softsign", "refuted"), ("elu", "refuted"), ("relu", "undecided")],
)
def test_a_slope_at_zero_is_known_or_not(function: str, outcome: str) -> None:
    text = f"x: (n) zero; y = {function}(x)"
    assert judged(text, "x", "eye(n)")[N].outcome.value != "refuted"
    assert judged(text, "x", "2 * eye(n)")[N].outcome.value == outcome


@pytest.mark.parametrize(
    ("text", "claim", "outcome"),
    [
        ("y = huber(1 + x)", "eye(n)", "proved"),  # both slopes at 1 are 1
        ("y = huber(1 + x)", "2 * eye(n)", "refuted"),
        ("y = huber(x - 1)", "eye(n)", "refuted"),
        ("y = hardtanh(1 + x)", "2 * eye(n)", "undecided"),
        ("y = huber'(x - 1)", "2 * eye(n)", "undecided"),
        ("y = hardtanh(x)", "2 * eye(n)", "refuted"),
    ],
)
def test_a_kink_that_is_not_at_zero_is_kept_away_from(
    text: str, claim: str, outcome: str
) -> None:
    found = judged(f"x: (n) zero; {text}", "x", claim)[N].outcome.value
    assert found == outcome or (found, outcome) == ("undecided", "proved")


@pytest.mark.parametrize(
    ("text", "wrt", "claim"),
    [
        ("y = sigma(x)**2", "x", "2 * diag(sigma'(x))"),
        ("y = sigma(A @ x) * sigma(x)", "x", "diag(sigma(x)) @ A"),
        ("y = sigma(tau(x))", "x", "diag(tau'(x))"),
        ("a: (m); alpha: (); y = alpha * sum(ones(k)) * a", "alpha", "2 * a"),
        ("a: (); y = a * tr(eye(n))", "a", "7"),
        ("y = ones(n, p) @ ones(p) * x", "x", "2 * eye(n)"),
        ("x: (); y = x * vec(A) * dim(n)", "x", "vec(A)"),
        # tanh(9) and tanh(18) have the same first seven digits
        ("y = sigma(tanh(9 * x))", "x", "diag(x)"),
        # no chosen value stands in the derived formula, some in the claim
        ("y = x * x + sigma(b)", "x", "diag(sigma(x))"),
    ],
)
def test_a_counterexample_has_every_value(text: str, wrt: str, claim: str) -> None:
    found = judged(text, wrt, claim)
    outcomes = {verdict.outcome.value for verdict in found.verdicts.values()}
    assert "refuted" in outcomes
    check_judgement(found)


def test_arguments_are_shown_apart() -> None:
    found = judged("y = sigma(tanh(9 * x))", "x", "diag(x)")[N].counterexample
    assert found is not None
    assert len(found.functions) == 2
    assert len(set(found.functions.values())) == 2


def test_what_is_not_needed_is_not_shown() -> None:
    judgement = judged("W: (n, n); y = W @ sigma(x)", "x", "W.T @ diag(sigma'(x))")
    found = judgement[N].counterexample
    assert found is not None
    assert not any(name.startswith("sigma(") for name in found.values | found.functions)


@pytest.mark.parametrize("format", ["tex", "md", "html"])
def test_pages_show_values_and_sizes(format: str) -> None:
    page = judgement_page(judged("y = sigma(x)**2", "x", "2 * diag(sigma'(x))"), format)
    assert r"\sigma(1)" in page
    text = "a: (m); alpha: (); y = alpha * sum(ones(k)) * a"
    assert "k = 1" in judgement_page(judged(text, "alpha", "2 * a"), format)


def test_a_witness_shows_sizes() -> None:
    found = symjac.equivalent("tr(eye(n))", "5").witness
    assert found is not None
    assert found.dimensions == {"n": 2}
    assert str(found) == "for n = 2: the value is 2, the reference has 5"


def test_a_size_is_told_from_a_number_of_the_same_name() -> None:
    witness = symjac.equivalent("n * dim(n)", "n * n", shapes="n: (); x: (n)").witness
    assert witness is not None
    value, size = witness.values["n"], witness.dimensions["n"]
    assert (witness.answer, witness.reference) == (str(value * size), str(value**2))
    assert f"n = {value}, dim(n) = {size}" in str(witness)
    wrong = judged("n: (); x: (n); y = n * x", "x", "dim(n) * eye(n)")
    example = wrong[N].counterexample
    assert example is not None
    value, size = example.values["n"], example.sizes["dim(n)"]
    assert (example.derived, example.claimed) == (str(value), str(size))
    assert f"dim(n)}} = {size}" in judgement_page(wrong, "md")


@pytest.mark.parametrize(
    ("text", "claim", "outcome"),
    [
        ("f = -sum(y*log(sigma(x)) + (1-y)*log(1-sigma(x)))", "17*x", "refuted"),
        (
            "f = -sum(y*log(sigma(x)) + (1-y)*log(1-sigma(x)))",
            "(sigma(x)-y) * sigma'(x) / (sigma(x)*(1-sigma(x)))",
            "proved",
        ),
        ("f = sum(sqrt(sigma(x)))", "x", "refuted"),
        ("f = sum(arctanh(sigma(x)))", "x", "refuted"),
        ("f = sum(arctanh(sigma(x)))", "sigma'(x) / (1 - sigma(x)**2)", "proved"),
        ("f = sum(sqrt(1 - sigma(x)**2))", "x", "refuted"),
        ("f = sum(log(-sigma(x)))", "x", "refuted"),
        ("f = sum(log1p(sigma(x)))", "x", "refuted"),
        ("f = sum(arcsin(-sigma(x)))", "x", "refuted"),
    ],
)
def test_a_generic_function_has_values_in_a_domain(
    text: str, claim: str, outcome: str
) -> None:
    found = judged(text, "x", claim)
    assert found[D].outcome.value == outcome
    check_judgement(found)


GLS = "V: (n, n) positive_definite; X: (n, p); "
LEAST = "X: (n, p); R: (q, p); b = inv(X.T @ X) @ X.T @ y; "
REML = (
    "V: (n, n) positive_definite; X: (n, p); s: () positive;"
    " f = -logdet(s * V) / 2 - logdet(X.T @ inv(V) @ X / s) / 2"
)


@pytest.mark.parametrize(
    ("text", "wrt", "claim", "outcome"),
    [
        # two-stage least squares: k instruments, p of them needed at least, n rows
        (
            "X: (n, p); Z: (n, k); H = Z @ inv(Z.T @ Z) @ Z.T;"
            " b = inv(X.T @ H @ X) @ X.T @ H @ y",
            "y",
            "inv(X.T @ H @ X) @ X.T @ H",
            "proved",
        ),
        (
            GLS + "b = inv(X.T @ inv(V) @ X) @ X.T @ inv(V) @ y",
            "y",
            "inv(X.T @ inv(V) @ X) @ X.T @ inv(V)",
            "proved",
        ),
        (
            GLS + "b = inv(X.T @ inv(V) @ X) @ X.T @ inv(V) @ y",
            "y",
            "inv(X.T @ V @ X) @ X.T @ V",
            "refuted",
        ),
        (
            LEAST
            + "c = b - inv(X.T @ X) @ R.T @ inv(R @ inv(X.T @ X) @ R.T) @ (R @ b - r)",
            "r",
            "inv(X.T @ X) @ R.T @ inv(R @ inv(X.T @ X) @ R.T)",
            "proved",
        ),
        (
            LEAST
            + "c = b - inv(X.T @ X) @ R.T @ inv(R @ inv(X.T @ X) @ R.T) @ (R @ b - r)",
            "r",
            "inv(X.T @ X) @ R.T",
            "refuted",
        ),
        # log det(s V) = n log s + ..., log det(X' V^-1 X / s) = -p log s + ...
        (REML, "s", "(dim(p) - dim(n)) / (2 * s)", "proved"),
        (REML, "s", "-dim(n) / (2 * s)", "refuted"),
    ],
)
def test_sizes_are_found_for_rank_conditions(
    text: str, wrt: str, claim: str, outcome: str
) -> None:
    found = judged(text, wrt, claim)
    assert found[N].outcome.value == outcome
    check_judgement(found)


def test_a_sum_that_no_factor_carries_names_its_dimension() -> None:
    jacobian = symjac.derive(symjac.parse("y = ones(n, p) @ ones(p) * x"), wrt="x")
    assert jacobian.component_text == "dim(p) * delta[j,k]"
    found = symjac.check(
        symjac.parse("a: (m); b: (); y = b * sum(ones(k)) * a"), wrt="b", claim="2 * a"
    )
    assert str(found[N].holds_iff) == "dim(k) * a[j] - 2 * a[j] = 0 for all j"
    fixed = symjac.derive(symjac.parse("y = ones(n, 3) @ ones(3) * x"), wrt="x")
    assert fixed.component_text == "3 * delta[j,k]"


def test_a_condition_without_entries_reads_back() -> None:
    found = symjac.equivalent("tr(eye(n))", "5").holds_iff
    assert str(found) == "5 - dim(n) = 0"


def test_the_record_lists_all_dimensions() -> None:
    found = judged("a: (); y = a * tr(eye(n))", "a", "7")[N].counterexample
    assert found is not None
    assert example_record(found)["dimensions"] == {"n": 2}
