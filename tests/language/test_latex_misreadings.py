r"""What was once read silently as something else than a mathematician reads."""

from __future__ import annotations

import pytest

from symjac.errors import SymjacError
from symjac.latex_input import translate

REFUSED = [
    # a subscript of bars was left out: a determinant
    (r"\lvert A \rvert_F x", "single bars with a subscript"),
    (r"\sum_i |x_i|_1 + x^T x", "in a sum over components"),
    # sigma was read as a number before a bracket with an exponent
    (r"\sum_i \sigma(x_i)^2 + x^T x", "a mark behind a call in a sum"),
    # powers were read as steps
    (r"v_k = A^{k-1} v_1", "may be a power, a time step or a label"),
    (r"x^{t} = \gamma^{t} x^{t-1}", "may be a power, a time step or a label"),
    (r"p^{t} = P^{t-1} p_0", "may be a power, a time step or a label"),
    (r"a^{bc} + x", "may be a power or a label"),
    (r"\lambda^{rt} x", "may be a power or a label"),
    # another step was read as a label
    (r"x_t = W x_s + b", "s may be another time step or a label"),
    (r"x_t = W x_\tau + b", "tau may be another time step or a label"),
    # components of one matrix were read as its name
    (r"y_a = A_{ba} x_b", "ba may be component indices"),
    # operands of one reading of two
    (r"A \otimes B \operatorname{vec}(X)", "a product beside \\otimes"),
    (r"\log |A| |B|", "where does the argument of log end?"),
    (r"\log(\alpha)^2", "a logarithm, or what it is of, raised?"),
    (r"f^{(2)}(x)", "may be a derivative"),
    # a prime for a transpose was read as a derivative
    (r"y = a'(x + z)", "a transpose or a derivative?"),
    (r"X'(y + z)", "a transpose or a derivative?"),
    # numbers were read as vectors
    (r"n x^T x", "n may be a number"),
    (r"\frac12 m v^T v", "m may be a number"),
    (r"k \det(X)", "k may be a number"),
    (r"\frac{1}{2\pi} A", "\\pi may be the number"),
    # derivatives and differentials were read as quotients and products
    (r"\frac{\delta y}{\delta x}", "\\delta may be a differential"),
    (r"\frac{Dy}{Dx}", "D above and below may be a derivative"),
    (r"v_t = \beta v_{t-1} + \delta w_t^2", "\\delta may be a differential"),
    # two sums over different ranges were the same sum
    (r"\sum_{i=1}^k x_i + \sum_{i=1}^n x_i + x^T x", "sums up to k and up to n"),
    # e was the base of the exponential function wherever it had an exponent
    (r"L = \frac12 e^2", "e may be a quantity here"),
    # functions were factors if their letter stood alone elsewhere
    (r"\lambda(x) + \lambda y", "may be a function or a product"),
    (r"A(x) + A y", "may be a function or a product"),
    # a number, blocks and a unit vector
    (r"1e-3 x", "1e-3 may be a number"),
    (r"\left[A \; B\right] x", "blocks, or a product?"),
    (r"e_1^T x", "may be a unit vector"),
    # a condition and a second equation are no links of a chain
    (r"\nabla_x y = A \text{ if } y = A x", "a chain, or two statements?"),
    (r"\nabla_x y = A \quad y = A x", "a chain, or two statements?"),
    # a lost brace, as in many a page
    (r"h_t = \tanh(W h_t-1 + U x_t)", "t-1 may be the script"),
    # a unit vector, a mean, a sum over time, two letters, a function
    (r"x \in \mathbb{R}^n \\ y = \sum_k x_k e_k", "e_k may be a unit vector"),
    (r"x \in \mathbb{R}^n \\ y = \prod_i e_i x_i", "e_i may be a unit vector"),
    (r"y = \langle x \rangle", "a mean?"),
    (r"y = \langle A x - b \rangle", "a mean?"),
    (r"x \in \mathbb{R}^n \\ y = \sum_t x_t", "a sum over t may be one over time"),
    (r"x \in \mathbb{R}^n \\ y = \sum_{t=1}^n x_t^2", "may be one over time"),
    (r"y = \mathrm{A} x + A x", "would both be A"),
    (r"y = A \mathrm{x} + x", "would both be x"),
    (r"y = \sigma W x", "\\sigma may be a function or a number"),
    (r"y = V \phi W x", "\\phi may be a vector"),
    # f of another place was any elementwise function
    (r"\nabla_x f(x) = A^T A x", "nothing says what f is"),
]


@pytest.mark.parametrize(("latex", "message"), REFUSED)
def test_what_was_misread_is_refused_at_its_place(latex: str, message: str) -> None:
    with pytest.raises(SymjacError) as caught:
        translate(latex)
    assert message in caught.value.message
    assert caught.value.span is not None
    assert caught.value.span.source.text == latex


def test_declarations_do_not_turn_powers_into_transposes_or_exponentials() -> None:
    with pytest.raises(SymjacError, match="a number with"):
        translate(r"\gamma^T x", shapes={"gamma": ()})
    with pytest.raises(SymjacError, match="e may be a quantity"):
        translate(r"x^T x + e^{a^T x}", shapes={"e": ("n",)})


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\det(A)^2 B", "det(A)**2 * B"),
        (r"\sum_{i=1}^n x_i + \sum_{j=1}^n x_j + x^T x", "sum(x) + sum(x) + x.T @ x"),
        (r"(A \otimes B) \operatorname{vec}(X)", "kron(A, B) @ vec(X)"),
        (r"[A B]^{-1} x", "inv(A @ B) @ x"),
        (r"\alpha A \otimes B", "kron(alpha * A, B)"),
        (r"W_{ab} x_c", "W_ab @ x_c"),
        (r"f''(x) \odot \sigma'(y)", "f''(x) * sigma'(y)"),
        (r"e^{-x} + e^{\alpha} y", "exp(-x) + exp(alpha) * y"),
        (r"\frac{A y}{\|A x\|}", "A @ y / norm2(A @ x)"),
        (r"x^{k+1} = A x^{k}", "x[k+1] = A @ x[k]"),
        (r"\mathrm{A} x + \mathrm{A} y", "A @ x + A @ y"),
        (
            r"\sigma^2 W x + \sigma \alpha \cdot x",
            "sigma**2 * W @ x + sigma * alpha * x",
        ),
        (r"\langle x, y \rangle", "dot(x, y)"),
        (r"\sum_k x_k + x^T x", "sum(x) + x.T @ x"),
    ],
)
def test_what_means_one_thing_is_still_read(latex: str, text: str) -> None:
    assert translate(latex).text == text
