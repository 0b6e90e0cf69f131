"""Values of named functions at an exact rational or at a ball (Arb).

Source: Abramowitz and Stegun, 4.2 to 4.6, 7.1, 26.2.
"""

from __future__ import annotations

from typing import Any

Number = Any  # Fraction, or a ball (flint.arb): both have + - * / ** and comparisons


def ball_tanh(x: Number) -> Number:
    """Tanh x."""
    return x.tanh()


def ball_sigmoid(x: Number) -> Number:
    """1 / (1 + exp(-x))."""
    return 1 / (1 + (-x).exp())


def ball_softplus(x: Number) -> Number:
    """log(1 + exp x)."""
    return (1 + x.exp()).log()


def ball_exp(x: Number) -> Number:
    """Exp x."""
    return x.exp()


def ball_log(x: Number) -> Number:
    """Natural logarithm."""
    return x.log()


def ball_sqrt(x: Number) -> Number:
    """Positive square root."""
    return x.sqrt()


def ball_sin(x: Number) -> Number:
    """Sin x."""
    return x.sin()


def ball_cos(x: Number) -> Number:
    """Cos x."""
    return x.cos()


def ball_sinh(x: Number) -> Number:
    """Sinh x."""
    return x.sinh()


def ball_cosh(x: Number) -> Number:
    """Cosh x."""
    return x.cosh()


def ball_tan(x: Number) -> Number:
    """Tan x."""
    return x.tan()


def exact_relu(x: Number) -> Number:
    """max(x, 0); the caller keeps away from the kink."""
    return x if x > 0 else x * 0


def exact_step(x: Number) -> Number:
    """Heaviside step: 1 for x > 0, 0 for x < 0; undefined at 0 here."""
    return x * 0 + (1 if x > 0 else 0)


def exact_abs(x: Number) -> Number:
    """Absolute value."""
    return x if x > 0 else -x


def exact_sign(x: Number) -> Number:
    """Sign: 1 for x > 0, -1 for x < 0; undefined at 0 here."""
    return x * 0 + (1 if x > 0 else -1)


def ball_atan(x: Number) -> Number:
    """Arctan x."""
    return x.atan()


def ball_asin(x: Number) -> Number:
    """Arcsin x."""
    return x.asin()


def ball_asinh(x: Number) -> Number:
    """Arsinh x."""
    return x.asinh()


def ball_atanh(x: Number) -> Number:
    """Artanh x."""
    return x.atanh()


def ball_erf(x: Number) -> Number:
    """Error function."""
    return x.erf()


def ball_erf_slope(x: Number) -> Number:
    """2 / sqrt(pi) exp(-x^2)."""
    return 2 * (-x * x).exp() / (x * 0).acos().sqrt() / (x * 0 + 2).sqrt()


def ball_normal_cdf(x: Number) -> Number:
    """Distribution function of the standard normal."""
    return (1 + (x / (x * 0 + 2).sqrt()).erf()) / 2


def ball_normal_pdf(x: Number) -> Number:
    """Density of the standard normal; acos(0) is pi / 2."""
    return (-x * x / 2).exp() / (4 * (x * 0).acos()).sqrt()


def ball_gelu(x: Number) -> Number:
    """X times the distribution function of the standard normal."""
    return x * ball_normal_cdf(x)


def ball_silu(x: Number) -> Number:
    """X sigmoid(x)."""
    return x * ball_sigmoid(x)


def ball_log_sigmoid(x: Number) -> Number:
    """log(sigmoid(x))."""
    return -(1 + (-x).exp()).log()


def ball_elu(x: Number) -> Number:
    """X above 0, exp(x) - 1 below."""
    return x if x > 0 else x.exp() - 1


def ball_log1p(x: Number) -> Number:
    """log(1 + x)."""
    return (1 + x).log()


def ball_expm1(x: Number) -> Number:
    """exp(x) - 1."""
    return x.exp() - 1


def exact_leaky_relu(x: Number) -> Number:
    """X above 0, x / 100 below."""
    return x if x > 0 else x / 100


def exact_softsign(x: Number) -> Number:
    """X / (1 + |x|)."""
    return x / (1 + exact_abs(x))
