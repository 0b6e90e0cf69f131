r"""The reader of LaTeX under attack: a quirk is read right, or refused at its place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import symjac
from symjac.errors import BudgetError, ParseError, SoundnessError, Source, SymjacError
from symjac.latex_input import Reading, translate
from symjac.latex_input.lex import tokens
from symjac.latex_input.read import program_of as program_of_reading
from symjac.latex_input.vocabulary import STYLES
from symjac.terms.shape import Kind
from tests.language.test_latex_snippets import READ, Snippet, name, program_of, shapes

# expected by hand: how a careful reader of mathematics understands each
READ_AS = (
    (r"x^T y", "x.T @ y"),
    (r"a b^T c", "a @ b.T @ c"),
    (r"-x^2", "-x**2"),
    (r"2x^Ty", "2 * x.T @ y"),
    (r"\frac12 x", "1 / 2 * x"),
    (r"\frac1{2} x", "1 / 2 * x"),
    (r"\sqrt2 x", "sqrt(2) * x"),
    (r"2.5x", "5/2 * x"),
    (r"\log^2 x", "log(x)**2"),
    (r"\tanh^2(z)", "tanh(z)**2"),
    (r"\tanh z", "tanh(z)"),
    (r"y \odot \tanh z", "y * tanh(z)"),
    (r"\operatorname{tr} A", "tr(A)"),
    (r"\log\det A", "logdet(A)"),
    (r"\log|A|", "logdet(A)"),
    (r"|A||B|", "det(A) * det(B)"),
    (r"|a^Tb||c^Td|", "abs(a.T @ b) * abs(c.T @ d)"),
    (r"||x||", "norm2(x)"),
    (r"\| \|x\| y \|", "norm2(norm2(x) * y)"),
    (r"\|x\|_1 \|y\|_2^2", "norm1(x) * norm2(y)**2"),
    (r"\mathbf{x}_{t}^{T}", "x[t].T"),
    (r"x_t^{\top}", "x[t].T"),
    (r"{x_t}^T", "x[t].T"),
    (r"h_{t - 1}", "h[t-1]"),
    (r"h^{(t-1)\top}", "h[t-1].T"),
    (r"h^{\langle t\rangle}", "h[t]"),
    (r"x^{(2)}", "x_2"),
    (r"W^{(rec)} x", "W_rec @ x"),
    (r"W_{\mathrm{rec}} x", "W_rec @ x"),
    (r"W_\text{rec} x", "W_rec @ x"),
    (r"{\bf W}_{\rm rec} x", "W_rec @ x"),
    (r"\hat{\mathbf{y}}_t", "y_hat[t]"),
    (r"h^{(1)}_{t-1} + h^{(2)}_t", "h_1[t-1] + h_2[t]"),
    (r"x_0 + x_t", "x[0] + x[t]"),
    (r"x_0 + x_1", "x_0 + x_1"),
    (r"W(x+y) + Wz", "W @ (x + y) + W @ z"),
    (r"W^T(x+y)", "W.T @ (x + y)"),
    (r"\sigma'(x) + f''(x)", "sigma'(x) + f''(x)"),
    (r"\sigma^{\prime\prime}(x)", "sigma''(x)"),
    (r"\sigma'(x)^2", "sigma'(x)**2"),
    (r"\sigma(x)^T", "sigma(x).T"),
    (r"\mathrm{sech}^2(z)", "tanh'(z)"),
    (r"\max(0, x)", "relu(x)"),
    (r"e^{-x} + \mathrm{e}^{x}", "exp(-x) + exp(x)"),
    (r"e_t^T e_t", "e[t].T @ e[t]"),
    (r"A^{-T} + (A^{-1})^\top", "inv(A).T + inv(A).T"),
    (r"A^2 + A^{\odot 2}", "matpow(A, 2) + A**2"),
    (r"A x \odot y", "A @ x * y"),
    (r"A \odot B C", "A * (B @ C)"),
    (r"\lambda x^T x", "lambda * x.T @ x"),
    (r"[x; y]", "[x; y]"),
    (r"[A, B] x", "[A, B] @ x"),
    (r"W[h, x] + b", "W @ [h; x] + b"),
    (r"\mathbf{1}_n^T x", "ones(n).T @ x"),
    (r"I_n - A", "eye(n) - A"),
    (r"(1 - A) \odot B", "(1 - A) * B"),
    (r"x^{\circ 2}", "x**2"),
    (r"x^{\text{T}} W^{\mathit{T}}", "x.T @ W.T"),
    (r"x_{\mathrm{11}} + x^{(12)}", "x_11 + x_12"),
    (r"f'_1(x) \odot f_2'(x)", "f_1'(x) * f_2'(x)"),
    (r"{x}^T{A}", "x.T @ A"),
    (r"W^Tdiag(1 - h^2)", "W.T @ diag(1 - h**2)"),
    (r"Wdiag(x)", "W @ diag(x)"),
    (r"x^T x + \sum_i x_i", "x.T @ x + sum(x)"),
    (r"\prod_{i} x_i - \max(x)", "prod(x) - max(x)"),
    (r"\sum_i \lambda |x_i|^3 + \|x\|", "sum(lambda * abs(x)**3) + norm2(x)"),
    (r"\sum_i \frac{e^{x_i}}{1 + x_i^2} - x^T x", "sum(exp(x) / (1 + x**2)) - x.T @ x"),
    ("x % a comment", "x"),
    (r"\left(\,x\!\right)^{\intercal}", "x.T"),
    (r"y = A x, z = B y.", "y = A @ x\nz = B @ y"),
    ("y = A x\n  + b\nz = B y", "y = A @ x + b\nz = B @ y"),
    (r"y &= A x \\ &\quad + b \label{eq:y}", "y = A @ x + b"),
    (
        r"y = \alpha W x, \alpha \in \mathbb{R}, W \in \mathbb{R}^{n \times m}",
        "alpha: ()\nW: (n, m)\ny = alpha * W @ x",
    ),
    (
        r"W \in \mathbb{R}^{n \times m}, x \in \mathbb{R}^m \\ y = W x",
        "W: (n, m)\nx: (m)\ny = W @ x",
    ),
)

REFUSED = (
    (r"x^{t}", "^{t} may be a power"),
    (r"x_{ij}", "may be component indices"),
    (r"W x_i", "i may be a component"),
    (r"x_{t,1}", "1 may be a component"),
    (r"x_12", "TeX takes only 1"),
    (r"x^12", "TeX takes only 1"),
    (r"\sigma_t'", "a prime on what is no function"),
    (r"\sigma(Wx)'", "a prime on what is no function"),
    (r"x' y", "a prime on what is no function"),
    (r"y = W^2 \sigma(W^3 x)", "may be a power or a label"),
    (r"h_t^1", "^1 is no power"),
    (r"\sin^{-1}(x)", "above the function sin"),
    (r"\sigma^2(x)", "a power of sigma before its argument"),
    (r"\tanh Wx + b", "where does the argument of tanh end?"),
    (r"\tanh x^2", "where does the argument of tanh end?"),
    (r"\tanh z \odot y", "where does the argument end?"),
    (r"\operatorname{tr}(A) B", "of what is the trace?"),
    (r"e^T", "e^T"),
    (r"y = e + e^{x}", "e is a quantity here"),
    (r"A/B", "no quotient"),
    (r"\frac{x}{n}", "n may be a number"),
    (r"1/2x", "what follows /?"),
    (r"x \cdot y", "no product"),
    (r"x y", "no product"),
    (r"x \otimes y", r"\otimes between"),
    (r"x * y", "* between"),
    (r"A \times B", r"\times between"),
    (r"f \circ g", "which may be a function"),
    (r"\sigma x + \sigma(y)", "may be a function or a number"),
    (r"a(b+c)", "may be a function or a product"),
    (r"\lambda(x + y)", "may be a function or a product"),
    (r"f(t)", "t may be time"),
    (r"f(x, y)", "f takes one argument"),
    (r"X\theta", r"\theta may be a vector"),
    (r"\theta^Tx", "the transpose of theta"),
    (r"\Sigma x", "Sigma may be a number or a matrix"),
    (r"\delta x^T", r"\delta may be a differential"),
    (r"\boldsymbol{\mu} + x", "mu in bold is no number"),
    (r"\mathbf{x} + x", "would both be x"),
    (r"W_1 x + W^{(1)} y", "would both be W_1"),
    (r"\phi(x) + \varphi(x)", "would both be phi"),
    (r"d x^T A", "d may be a differential"),
    (r"\dot{x}", r"\dot is not known"),
    (r"\dot\sigma(x)", r"\dot is not known"),
    (r"|x|", "single bars"),
    (r"\|A\|_2", "this norm"),
    (r"\|x\|_\infty", "this norm"),
    (r"\exp(A)", "may be elementwise or a matrix function"),
    (r"X^{1/2}", "^{1/2}; X is a matrix"),
    (r"X^+", "is not understood here"),
    (r"X^*", "is not understood here"),
    (r"X^\dagger", "is not understood here"),
    (r"1 - A", "in a sum of matrices"),
    (r"I - A", "the identity without its dimension"),
    (r"\mathbf{1}^T x", "without its dimensions"),
    (r"1^T x", "a number with a transpose"),
    (r"x + \alpha", "no sum"),
    (r"x 2", "a number behind a factor"),
    (r"y = A x \quad (2.1)", "x(...) may be a function or a product"),
    (r"[x, y]", "may stand beside or below"),
    (r"A \text{ and } B", "the word and is not understood"),
    (r"x = y = z", "a second ="),
    (r"x_t = x_{t-1} + y_{i-1}", "more than one letter looks like time"),
    (r"x_t + x_T", "T may be another time step"),
    (r"\nabla f = x", "by what?"),
    (r"\nabla_x f + g = x", "the left side of an equation is one name"),
    (r"\frac{\partial f}{\partial x}", "a derivative within a formula"),
    (r"\left. x \right|", "a bracket that is not shown"),
    (r"(A", "expected )"),
    (r"A)", "did not expect )"),
    (r"x^{2}^T", "two superscripts"),
    ("σ(x)", "unexpected character"),
    (r"\tanhx", r"\tanhx is not known"),
    ("sinx", "i may be a number"),
    ("diag x", "diag may be a function or letters side by side"),
    ("", "nothing is written here"),
    (r"x_", "nothing follows _"),
    (r"\tanh \sigma(x) y", "where does the argument of tanh end?"),
    (r"amax(x)", "amax ends like a function"),
    (r"{A B}^T", "braces around more than one thing"),
    (r"{A + B} C", "braces around more than one thing"),
    (r"\tanh{W x}", "braces around more than one thing"),
    (r"e^{A t}", "t may be time"),
    (r"\sigma_t(x)", "may be a function at a step"),
    (r"a_{11}", "11 may be a component or a label"),
    (r"X_{1,2}", "may be a component or a label"),
    (r"x_1 + \|x\|", "1 may be a component or a label"),
    (r"\frac{\partial y}{\partial x}^T = W", "the left side of an equation"),
    (r"\frac{\partial^2 y}{\partial x^2} = W", "did not expect ^"),
    (r"\sum_i x_i", "i may number components, or whole vectors"),
    (r"\sum_i \mathbf{x}_i", "may be one of several vectors"),
    (r"\sum_{i=2}^n x_i", r"this \sum is not read"),
    (r"\sum_{i \neq j} x_i", r"this \sum is not read"),
    (r"\sum_i x_i y", "y is a column in a sum over i"),
    (r"\sum_i y^T x", "in a sum over components"),
    (r"\sum_i \max(x_i)", "max in a sum"),
    (r"\sum_i \|x_i\|", "in a sum over components"),
    (r"\sum_i \lambda", "nothing here carries the index i"),
    (r"y_k = \sum_j W_{kj} x_j", "may be component indices"),
    (r"\prod_{t \geq i > k} W", r"this \prod is not read"),
    (r"\lambda I", "the identity without its dimension"),
    (r"\frac{x", "{ is never closed"),
)


@pytest.mark.parametrize(("source", "expected"), READ_AS)
def test_a_quirk_is_read_as_a_careful_reader_does(source: str, expected: str) -> None:
    assert translate(source).text == expected


@pytest.mark.parametrize(("source", "message"), REFUSED)
def test_what_may_mean_two_things_is_refused_at_its_place(
    source: str, message: str
) -> None:
    with pytest.raises(SymjacError) as caught:
        translate(source)
    error = caught.value
    assert message in error.message
    assert error.span is not None
    assert error.span.source == Source("latex", source)
    assert 0 <= error.span.start < error.span.end <= len(source) + 1


def test_a_refusal_shows_the_place_and_what_to_do() -> None:
    with pytest.raises(ParseError) as caught:
        translate(r"h = \tanh(W x_i)")
    assert caught.value.report().splitlines() == [
        "ParseError: i may be a component, a time step or a label",
        r"  latex, line 1, column 15:  h = \tanh(W x_i)",
        "                                           ^",
        r"  say time=('i',), or --time i, if it is a step; a label is \mathrm{i}",
    ]


def test_what_the_text_does_not_say_can_be_said() -> None:
    assert translate("x_i", time=("i",)).text == "x[i]"
    assert translate("h^t", time=("t",)).text == "h[t]"
    assert translate(r"\operatorname{act}(x)", functions=("act",)).text == "act(x)"
    assert translate("a(b + c)", shapes={"a": ()}).text == "a * (b + c)"
    assert translate(r"X\theta", shapes={"theta": ("n",)}).text == "X @ theta"
    assert translate(r"\frac{x}{n}", shapes={"n": ()}).text == "x / n"
    assert translate(r"\frac{x}{n}", shapes={"x": ("n",)}).text == "x / dim(n)"
    both = translate("x_t = x_{t-1} + y_{i-1}", time=("t", "i")).text
    assert both == "x[t] = x[t-1] + y[i-1]"


STEP = "x[t] = W_rec @ sigma(x[t-1]) + W_in @ u[t] + b"
CLAIM = r"\frac{\partial x_i}{\partial x_{i-1}} = W_{rec}^T diag(\sigma'(x_{i-1}))"


def test_a_claim_at_another_step_is_moved_to_the_step_of_the_equations() -> None:
    found = translate(CLAIM, program=symjac.parse(STEP))
    assert found == Reading(
        "W_rec.T @ diag(sigma'(x[t-1]))",
        "x[t]",
        "x[t-1]",
        "W_rec.T @ diag(sigma'(x[t-1]))",
    )


def test_a_claim_over_many_steps_is_refused() -> None:
    source = r"\frac{\partial x_t}{\partial x_k} = W_{rec}"
    with pytest.raises(ParseError, match="two letters for time"):
        translate(source, time=("k",), program=symjac.parse(STEP))


def test_the_founding_claim_is_refuted_from_its_latex() -> None:
    program = symjac.parse_latex(
        r"\mathbf{x}_t = \mathbf{W}_{rec}\sigma(\mathbf{x}_{t-1})"
        r" + \mathbf{W}_{in}\mathbf{u}_t + \mathbf{b}"
    )
    claim = translate(CLAIM, program=program)
    assert claim.claim is not None
    judged = symjac.check(program, claim.of, claim.wrt, claim=claim.claim)
    assert [v.outcome.value for v in judged.verdicts.values()] == ["refuted"] * 2


def test_a_name_that_the_equations_do_not_have_is_found_in_the_claim() -> None:
    with pytest.raises(ParseError, match="unknown name V") as caught:
        translate("V^T x", program=symjac.parse("y = A @ x"))
    assert caught.value.span is not None
    assert caught.value.span.text == "V"


def test_long_and_deep_input_is_refused_by_count() -> None:
    with pytest.raises(BudgetError):
        translate("x" * 30_000)
    for opener, closer in (("(", ")"), ("{", "}"), (r"\sqrt{", "}"), ("|", "|")):
        with pytest.raises(SymjacError):
            translate(opener * 3_000 + "x" + closer * 3_000)
    for word in (
        "\\det ",
        "\\sqrt ",
        "\\hat ",
        "\\partial ",
        "\\sum_i ",
        "\\nabla_x ",
        "e^",
    ):
        with pytest.raises(SymjacError):
            translate(word * 2_000 + "x")
    with pytest.raises(SymjacError):
        translate("x" + "^{T" * 3_000 + "}" * 3_000)


SOUP = st.lists(
    st.sampled_from(
        r"x A W_{rec} ^T ^ _ { } ( ) [ ] | \| \frac \tanh \sigma ' = + - , ; & \\ t"
        r" _{t-1} ^{(t)} 1 2 \odot \cdot / \left( \right) \mathbf{x} \partial \text"
        r" \begin{bmatrix} \end{bmatrix} e \log \det \sum . \in \hat \langle".split()
    ),
    max_size=12,
)


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=400)
@given(SOUP)
def test_no_text_makes_the_reader_fall_over(parts: list[str]) -> None:
    source = " ".join(parts)
    try:
        shown = translate(source).text
    except SymjacError as error:
        shown = error.report()
    assert shown


def same_without(snippet: Snippet, first: int, last: int) -> bool:
    """Whether a snippet reads the same with some characters left out."""
    source = snippet["latex"]
    given_shapes, program = shapes(snippet), program_of(snippet)
    whole = translate(source, shapes=given_shapes, program=program)
    left = source[:first] + " " + source[last:]
    try:
        return translate(left, shapes=given_shapes, program=program) == whole
    except SymjacError:
        return False


# a dot between two factors says what standing side by side says
LAYOUT = {*STYLES, "{", "}", "&", ",", ".", "\\\\", ";", r"\cdot"}


@pytest.mark.parametrize("snippet", READ[::3], ids=name)
def test_no_token_is_dropped(snippet: Snippet) -> None:
    """Every token that is no layout changes what is read when it is left out."""
    found = tokens(Source("latex", snippet["latex"]))
    kept = [t for t in found if t.text not in LAYOUT and t.kind != "block"]
    assert kept
    dropped = [t.text for t in kept if same_without(snippet, t.start, t.end)]
    assert dropped == snippet.get("redundant", [])


def test_the_letter_lambda_is_a_number_however_it_is_written() -> None:
    for text in ("y = λ * x", "y = lambda * x"):
        assert symjac.parse(text).shape("lambda").kind is Kind.SCALAR


def test_parse_latex_gives_a_program_like_parse() -> None:
    program = symjac.parse_latex(
        r"\hat{y} = W x + b", shapes={"W": ("n", "m"), "x": ("m",)}
    )
    (defined,) = program.definitions
    assert str(defined.symbol) == "y_hat"
    assert str(program.shape("b")) == "(n)"
    assert np.array_equal([str(s) for s in program.symbols], ["y_hat", "W", "x", "b"])


def test_a_kind_that_the_checker_sees_otherwise_is_no_program() -> None:
    found = replace(translate("y = A x"), kinds={"A": Kind.SCALAR})
    with pytest.raises(SoundnessError, match="A was read as a scalar"):
        program_of_reading(found)


def test_a_whole_claim_alone_defines_what_it_differentiates() -> None:
    source = r"\nabla_x \|A x - b\|_2^2 = 2 A^T (A x - b)"
    program = symjac.parse_latex(source)
    claim = translate(source)
    assert claim.claim is not None
    judged = symjac.check(program, claim.of, claim.wrt, claim=claim.claim)
    assert judged["denominator"].outcome.value == "proved"
    with pytest.raises(ParseError, match="nothing defines"):
        symjac.parse_latex(r"\frac{\partial y}{\partial x} = A")


@pytest.mark.parametrize("offset", ["-12345", "+123456", "-" + "9" * 30])
def test_a_step_far_away_is_read_to_its_last_digit(offset: str) -> None:
    assert translate(f"y_t = x_{{t{offset}}}").text == f"y[t] = x[t{offset}]"
    assert translate(f"y^{{(t)}} = x^{{(t{offset})}}").text == f"y[t] = x[t{offset}]"


@pytest.mark.parametrize(
    "source",
    [
        f"y_t = x_{{t-{'9' * 31}}}",
        f"y = {'9' * 31} x",
        rf"x \in \mathbb{{R}}^{{{'9' * 31}}} \\ y = x",
    ],
)
def test_a_number_beyond_the_limit_is_refused_and_never_cut(source: str) -> None:
    with pytest.raises(BudgetError, match="more than 30 digits"):
        translate(source)
