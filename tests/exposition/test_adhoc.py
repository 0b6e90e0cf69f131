"""Pages for equations of one's own: what they must say, and that they are valid."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

import symjac
from symjac.cli import main
from symjac.exposition.adhoc import derivation_page, judgement_page
from symjac.exposition.commands import one_line
from tests.exposition.test_browser import NEEDS_BROWSER, dom_of
from tests.exposition.test_proofs import Checker, squeeze

STEP = "x[t] = W @ sigma(x[t-1]) + b"
TANH = "h[t] = tanh(W @ h[t-1] + U @ x[t] + b)"
GRU = (
    "z[t] = sigmoid(W_z @ h[t-1] + U_z @ x[t] + b_z)\n"
    "r[t] = sigmoid(W_r @ h[t-1] + U_r @ x[t] + b_r)\n"
    "h[t] = (1 - z[t]) * h[t-1] + z[t] * tanh(W @ (r[t] * h[t-1]) + U @ x[t] + b)"
)
FORMATS = ("tex", "md", "html")
CORPUS: tuple[tuple[str, str | None, str | None], ...] = (
    (STEP, None, None),
    (GRU, None, None),
    ("y = x.T @ A @ x", None, "x"),
    ("Y = A @ X @ B", None, "X"),
    ("L = v.T @ A @ x", None, "A"),
    ("alpha: (); Y = alpha * A * B", None, "alpha"),
    ("alpha: (); beta: (); alpha = exp(beta)", None, "beta"),
    ("v: (n); y = A @ x", None, "v"),
    ("y = A @ x", "2 * y.T @ y", "x"),
    ("y = exp(-x.T @ A @ x) * x / (1 + x.T @ x)", None, "x"),
    ("y = x * x * (A @ x) * (B @ x) * (C @ x) * (D @ x) * (E @ x)", None, "x"),
    (
        "state_of_the_model[t] = tanh(Transition_of_the_model @ state_of_the_model[t-1]"
        " + bias_of_the_whole_model)",
        None,
        None,
    ),
    ("y = softmax(W @ x + b)", None, "W"),
    ("y = tr(A @ inv(X) @ B)", None, "X"),
    ("Y = A @ X @ B", None, "vec(X)"),
    ("Y = kron(A, X)", None, "X"),
    ("y = norm2([A @ x; x])", None, "x"),
    ("dim n = 2; A: (n, n); y = A @ sigma(x)", None, "x"),
)
PDFLATEX = shutil.which("pdflatex")
NEEDS_TEX = pytest.mark.skipif(PDFLATEX is None, reason="pdflatex is not there")


def derived(
    equations: str,
    format: str = "md",
    *,
    of: str | None = None,
    wrt: str | None = None,
    steps: bool = False,
    layouts: tuple[symjac.Layout, ...] = tuple(symjac.Layout),
) -> str:
    found = symjac.derive(symjac.parse(equations), of, wrt)
    return derivation_page(found, format, layouts=layouts, steps=steps)


def judged(
    equations: str, claim: str, format: str = "md", wrt: str | None = None
) -> str:
    return judgement_page(
        symjac.check(symjac.parse(equations), wrt=wrt, claim=claim), format
    )


def visible(text: str, format: str) -> str:
    """What a reader sees, so that one phrase serves all formats."""
    shown = re.sub(r"(?s)<(script|style)\b.*?</\1>", "", text)
    if format == "html":
        shown = shown.replace("&#39;", "'").replace("&amp;", "&").replace("&gt;", ">")
    return shown


TRUTHS = [  # worked out by hand from x = W sigma(x) + b, with a = sigma(x)
    r"\sum_{l=1}^{n} W_{jl}\,\sigma\bigl(x_{l}^{(t-1)}\bigr) + b_{j}",
    r"a_{l}^{(t-1)}",
    r"\sigma'\bigl(x_{l}^{(t-1)}\bigr)\,\delta_{lk}",
    r"\sum_{l=1}^{n} \frac{\partial x_{j}^{(t)}}{\partial a_{l}^{(t-1)}}\,"
    r"\frac{\partial a_{l}^{(t-1)}}{\partial x_{k}^{(t-1)}}",
    r"\frac{\partial x_{j}^{(t)}}{\partial x_{k}^{(t-1)}} ="
    r" W_{jk}\,\sigma'\bigl(x_{k}^{(t-1)}\bigr)",
    r"\mathbf{W}\,\operatorname{diag}\bigl(\sigma'\bigl(\mathbf{x}^{(t-1)}\bigr)\bigr)",
    r"\operatorname{diag}\bigl(\sigma'\bigl(\mathbf{x}^{(t-1)}\bigr)\bigr)\,\mathbf{W}^{\top}",
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("truth", TRUTHS)
def test_a_derivation_shows_equation_local_jacobians_and_both_layouts(
    format: str, truth: str
) -> None:
    assert squeeze(truth) in squeeze(visible(derived(STEP, format), format))


@pytest.mark.parametrize("format", FORMATS)
def test_a_derivation_says_conventions_rules_and_hypotheses(format: str) -> None:
    text = visible(derived(STEP, format), format)
    for phrase in (
        "Denominator layout is the transpose",
        "with respect to",
        "linearity, constant factor",
        "derivatives found above",
        "sigma is differentiable",
        "In numerator layout:",
        "In denominator layout:",
    ):
        assert phrase in text


def test_with_steps_every_line_stands_there_without_them_the_ends() -> None:
    between = squeeze(r"\sum_{r=1}^{n} W_{jr}\,\delta_{rl}")
    full, short = derived(STEP, steps=True), derived(STEP)
    assert between in squeeze(full)
    assert between not in squeeze(short)
    assert "--steps prints every line" in short
    assert "--steps prints every line" not in full


def test_a_folded_line_names_every_rule_that_it_took() -> None:
    # v - x v loses its sum, the constant v and the factor v in one line
    text = derived("y = (1 - x) * v", wrt="x", steps=True)
    (line,) = re.findall(r"(?m)^ &= -\\frac\{.*v_\{j\}.*$", text)
    for rule in ("linearity", "constant term", "constant factor"):
        assert rule in line


@pytest.mark.parametrize("format", FORMATS)
def test_a_matrix_by_a_matrix_has_an_index_form_and_no_layout(format: str) -> None:
    text = visible(derived("Y = A @ X @ B", format, wrt="X"), format)
    assert re.search(
        r"\\partial Y_\{ij\}\}\{\\partial X_\{(\w)(\w)\}\}[^A]* A_\{i\1\}\\,B_\{\2j\}",
        text,
    )
    assert "four indices" in text
    assert "no matrix form in a layout" in text
    assert "In numerator layout:" not in text


def test_a_vector_by_a_matrix_has_three_indices() -> None:
    assert "three indices" in derived("y = A @ x", wrt="A")


def test_a_matrix_by_a_matrix_has_slices_and_a_vec_form() -> None:
    text = derived("Y = A @ X @ B", wrt="X")
    slices = r"= \mathbf{A}\,\mathbf{e}_{a}\,\mathbf{e}_{b}^{\top}\,\mathbf{B}"
    assert slices in text
    assert r"= \mathbf{B}^{\top} \otimes \mathbf{A}" in text


def test_vec_form_is_written_as_each_layout_writes_it() -> None:
    text = derived("Y = A @ X @ B", wrt="vec(X)")
    x, y = (rf"\partial \operatorname{{vec}}(\mathbf{{{letter}}})" for letter in "XY")
    assert rf"\frac{{{y}}}{{{x}^{{\top}}}} = \mathbf{{B}}^{{\top}} \otimes" in text
    assert rf"\frac{{{y}^{{\top}}}}{{{x}}} = \mathbf{{B}} \otimes" in text
    assert "--wrt 'vec(X)'" in text


def test_a_second_derivative_says_so() -> None:
    hessian = symjac.derive(symjac.parse("y = x.T @ A @ x"), wrt=("x", "x"))
    text = derivation_page(hessian, "md")
    assert "# The second derivative of $`y`$ with respect to $`\\mathbf{x}`$" in text
    assert "in denominator layout; it is differentiated once more" in text
    again = re.search(r"(?m)^symjac (derive .*)$", text)
    assert again
    assert again[1] == "derive 'y = x.T @ A @ x' --of y --wrt x --wrt x"
    made = CliRunner().invoke(main, [*shlex.split(again[1]), "--format", "md"])
    assert made.output.rstrip() == text.rstrip()
    assert r"= \mathbf{A} + \mathbf{A}^{\top}" in text


def test_operations_keep_their_entries() -> None:
    text = derived("y = softmax(W @ x)", wrt="x", steps=True)
    assert "derivative of the operation" in text
    assert "Rules used: ." not in text


def test_a_quadratic_form_has_a_row_and_a_column() -> None:
    text = derived("y = x.T @ A @ x", wrt="x")
    assert r"\sum_{l=1}^{n} A_{kl}\,x_{l} + \sum_{l=1}^{n} x_{l}\,A_{lk}" in text
    assert r"(\mathbf{A} + \mathbf{A}^{\top})\,\mathbf{x}" in text
    assert "form a row, in denominator layout a column" in text
    assert "earlier steps" not in text


def test_one_layout_alone_is_shown_alone() -> None:
    text = derived(STEP, layouts=(symjac.Layout.DENOMINATOR,))
    assert "In denominator layout:" in text
    assert "In numerator layout:" not in text
    assert "--layout denominator" in text


def test_a_derivative_that_is_zero_says_why() -> None:
    text = derived("v: (n); y = A @ x", wrt="v")
    assert "the derivative is zero" in text
    assert r"= \mathbf{0}_{m \times n}" in text
    assert r"= \mathbf{0}_{n \times m}" in text
    assert "pmatrix" not in text


def test_quantities_held_fixed_are_named() -> None:
    text = derived("c[t] = f(h[t-1]) * c[t-1]; h[t] = g(c[t])", wrt="h[t-1]")
    assert r"Held fixed" in text
    assert r"$`\mathbf{c}^{(t-1)}`$" in text


def test_an_expression_that_has_no_name_gets_its_equation() -> None:
    text = derived("y = A @ x", of="2 * y.T @ y", wrt="x")
    assert re.search(r"f = .*2.*\\mathbf\{y\}\^\{\\top\}", text)
    assert "--of '2 * y.T @ y' --wrt x" in text


@pytest.mark.parametrize("format", FORMATS)
def test_a_refuted_claim_shows_counterexample_and_condition(format: str) -> None:
    text = visible(judged(STEP, "W.T @ diag(sigma'(x[t-1]))", format), format)
    assert "wrong in numerator layout and wrong in denominator layout" in text
    flat = re.sub(r"<[^>]*>|[$`]", "", squeeze(text))
    # W = [[1, 2], [3, 4]] and sigma' = 2, 3: W_12 3 = 6 but W_21 3 = 9
    assert squeeze(r"\mathbf{W} = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}") in flat
    assert "row1andcolumn2thederivativeis6,theclaimsays9" in flat
    assert squeeze(r"\bigl(W_{jk} - W_{kj}\bigr)\,\sigma'") in flat
    assert "is symmetric wherever" in text
    assert "dual numbers" in text


@pytest.mark.parametrize(
    ("equations", "wrt", "claim", "phrase"),
    [
        (
            STEP,
            None,
            "diag(sigma'(x[t-1])) @ W.T",
            "the claim is wrong in numerator layout and right in denominator layout",
        ),
        (
            "y = x.T @ A @ x",
            "x",
            "(A + A.T) @ x",
            "of the wrong shape in numerator layout and right in denominator layout",
        ),
        (
            STEP,
            None,
            "W @ diag(sigma'(x[t-1])) * (1 + sin(2) - 2 * sin(1) * cos(1))",
            "the claim is undecided in numerator layout",
        ),
    ],
)
def test_each_verdict_has_its_word(
    equations: str, wrt: str | None, claim: str, phrase: str
) -> None:
    assert phrase in judged(equations, claim, wrt=wrt)


def test_a_claim_that_is_proved_names_hypotheses_and_identities() -> None:
    text = judged("h[t] = tanh(W @ h[t-1])", "diag(1 - h[t]**2) @ W")
    assert "right in numerator layout" in text
    assert r"\tanh' = 1 - \tanh^{2}" in text


def test_digits_are_not_called_exact() -> None:
    text = judged("y = tanh(A @ x)", "A", wrt="x")
    assert "with certain digits" in text
    assert "For example, with" not in text
    scalar = judged("a: (); b: (); a = exp(b)", "exp(2 * b)", wrt="b")
    assert "with certain digits" in scalar
    assert "2.718282" in scalar  # e, at b = 1; at b = 0 both are 1
    assert "7.389056" in scalar


def test_a_point_where_the_numbers_are_exact_is_preferred() -> None:
    text = judged("a: (); b: (); a = exp(b)", "b", wrt="b")
    assert "For example, with $`b = 0`$:" in text
    assert "the derivative is $`1`$, the claim says $`0`$." in text


def test_a_long_derivation_is_shortened_beside_a_claim() -> None:
    text = judged(GRU, "diag(1 - z[t])")
    assert "--steps prints every line" in text
    assert "A plus sign marks a partial derivative" in text


@pytest.mark.parametrize(("equations", "of", "wrt"), CORPUS)
def test_every_page_is_well_formed(
    equations: str, of: str | None, wrt: str | None
) -> None:
    for steps in (False, True):
        tex, md, html = (
            derived(equations, format, of=of, wrt=wrt, steps=steps)
            for format in FORMATS
        )
        assert_latex(tex)
        assert_markdown(md)
        checker = Checker()
        checker.feed(html)
        assert checker.mistakes == []
        assert checker.open == []
        assert all(address.startswith("#") for address in checker.addresses)
        assert {a[1:] for a in checker.addresses} <= checker.anchors


def assert_latex(text: str) -> None:
    plain = re.sub(r"\\[{}]", "", text)
    assert plain.count("{") == plain.count("}")
    opened = re.findall(r"\\begin\{(\w+\*?)\}", text)
    assert sorted(opened) == sorted(re.findall(r"\\end\{(\w+\*?)\}", text))


def assert_markdown(text: str) -> None:
    """GitHub: fences alone on their lines, `$` and backtick in pairs, whole tables."""
    fences = re.findall(r"(?m)^```.*$", text)
    assert [f for f in fences if f not in ("```", "```math", "```sh")] == []
    assert len(fences) == 2 * fences.count("```")
    outside = re.sub(r"(?ms)^```.*?^```$", "", text)
    assert len(re.findall(r"\$`", outside)) == len(re.findall(r"`\$", outside))
    assert "$$" not in outside
    for formula in re.findall(r"\$`.*?`\$", outside):
        assert "|" not in formula
        assert "\n" not in formula
    for line in outside.splitlines():
        if line.startswith("|"):
            assert line.endswith("|")


def test_the_markdown_check_notices_an_open_formula() -> None:
    with pytest.raises(AssertionError):
        assert_markdown("one $`x and no end")
    with pytest.raises(AssertionError):
        assert_markdown("```math\nx\n")


def warnings_of(text: str, folder: Path) -> list[str]:
    (folder / "page.tex").write_text(text, "utf-8")
    command = [str(PDFLATEX), "-interaction=nonstopmode", "page.tex"]
    for _ in range(2):
        subprocess.run(command, cwd=folder, capture_output=True, timeout=120)
    log = (folder / "page.log").read_text("utf-8", "replace")
    assert "Output written" in log
    return re.findall(r"(?m)^(?:Overfull|Underfull|!|.*Warning).*$", log)


@NEEDS_TEX
@pytest.mark.parametrize(("equations", "of", "wrt"), CORPUS)
def test_latex_builds_without_a_warning_or_a_line_too_long(
    equations: str, of: str | None, wrt: str | None, tmp_path: Path
) -> None:
    text = derived(equations, "tex", of=of, wrt=wrt, steps=True)
    assert warnings_of(text, tmp_path) == []


@NEEDS_TEX
def test_a_judged_claim_builds_without_a_warning(tmp_path: Path) -> None:
    assert warnings_of(judged(GRU, "diag(1 - z[t])", "tex"), tmp_path) == []


@NEEDS_TEX
def test_the_latex_check_notices_a_line_too_long(tmp_path: Path) -> None:
    text = derived(STEP, "tex").replace(r"\end{document}", "x" * 300)
    assert warnings_of(text + "\n\\end{document}", tmp_path)


@NEEDS_BROWSER
@pytest.mark.parametrize("equations", [STEP, GRU])
def test_katex_typesets_every_formula(equations: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(derived(equations, "html", steps=True), "utf-8")
    dom = dom_of(page, tmp_path / "profile")
    assert "katex-error" not in dom
    assert "cc0000" not in dom
    assert dom.count('class="katex"') > 30


@pytest.mark.parametrize(("equations", "of", "wrt"), CORPUS)
def test_the_command_on_a_page_prints_the_same_page(
    equations: str, of: str | None, wrt: str | None
) -> None:
    text = derived(equations, of=of, wrt=wrt, steps=True)
    found = re.search(r"(?m)^symjac (derive .*)$", text)
    assert found
    again = CliRunner().invoke(main, [*shlex.split(found[1]), "--format", "md"])
    assert again.output.rstrip() == text.rstrip()


def test_the_command_beside_a_claim_gives_the_same_verdicts() -> None:
    judgement = symjac.check(symjac.parse(GRU), claim="diag(1 - z[t])")
    text = judgement_page(judgement, "md", symjac.diagnose(judgement))
    found = re.search(r"(?m)^symjac (check .*)$", text)
    assert found
    again = CliRunner().invoke(main, [*shlex.split(found[1]), "--format", "md"])
    assert again.output.rstrip() == text.rstrip()


def test_greek_and_comments_do_not_reach_a_shell() -> None:
    source = "# </script> ' \\end{document}\nx[t] = W @ σ(x[t-1]) + Δ_1ᵀ;; # $x$\n\n"
    assert one_line(source) == "x[t] = W @ sigma(x[t-1]) + Delta_1.T"
    for format in FORMATS:
        text = derived("# </script>`$ \\end{document}\n" + STEP, format)
        assert text.count(r"\end{document}") == (1 if format == "tex" else 0)
        assert text.count("</script>") == (2 if format == "html" else 0)


def test_the_title_of_a_page_is_plain_text() -> None:
    (title,) = re.findall(r"<title>(.*?)</title>", derived(STEP, "html"))
    assert title == "The derivative of x[t] with respect to x[t-1]"


def test_the_same_bytes_every_time() -> None:
    assert derived(GRU, "tex") == derived(GRU, "tex")


def test_the_last_line_back_to_matrix_form_is_the_matrix_form() -> None:
    # A x + A' x = (A + A') x: the summands are collected in a line of their own
    text = derived("y = x.T @ A @ x", wrt="x", steps=True)
    line = r"\bigl((\mathbf{A} + \mathbf{A}^{\top})\,\mathbf{x}\bigr)_{k}"
    assert f"{line} &&\\quad\\text{{summands collected}}" in text
    assert "summands collected" not in derived("y = A @ x", wrt="x", steps=True)


def test_a_claim_of_the_wrong_shape_says_both_shapes_as_mathematics() -> None:
    text = judged("y = x.T @ A @ x", "(A + A.T) @ x", wrt="x")
    found = (
        r"is a column vector of shape $`n \times 1`$; in this layout the derivative"
        r" is a row vector of shape $`1 \times n`$"
    )
    assert found in text


def test_one_step_is_not_called_steps() -> None:
    text = derived("f: (); f = logdet(X)", wrt="X")
    assert "gave the answer: 1 step, each" in text


def test_the_box_of_a_matrix_by_a_matrix_has_slices_and_vec_form() -> None:
    (box,) = re.findall(r"(?s)## Result\n(.*?)\n## ", derived("Y = A @ X @ B", wrt="X"))
    assert r"\mathbf{e}_{a}\,\mathbf{e}_{b}^{\top}" in box
    assert r"\mathbf{B}^{\top} \otimes \mathbf{A}" in box


def test_block_columns_are_explained_where_they_occur() -> None:
    text = derived("h[t] = tanh(W @ [h[t-1]; x[t]])")
    assert "are columns of an identity matrix" in text
    assert "are columns of an identity matrix" not in derived(STEP)


def test_every_derivative_on_the_way_to_a_third_one_is_named_and_shown() -> None:
    # sum x^3: gradient 3 x^2, Hessian 6 diag(x)
    program = symjac.parse("f: (); f = sum(x**3)")
    text = derivation_page(symjac.derive(program, wrt=("x", "x", "x")), "md")
    assert "# The third derivative of $`f`$" in text
    for shown in (
        r"\mathbf{g} = 3\,\mathbf{x}^{\odot 2}",
        r"\mathbf{J} = 6\,\operatorname{diag}(\mathbf{x})",
    ):
        assert shown in text
    assert "--wrt x --wrt x --wrt x" in text


def test_the_gradient_by_a_matrix_has_a_matrix_s_name() -> None:
    program = symjac.parse("f: (); f = tr(X.T @ X)")
    text = derivation_page(symjac.derive(program, wrt=("X", "X")), "md")
    assert r"\mathbf{G} = 2\,\mathbf{X}" in text
