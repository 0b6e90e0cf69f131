"""Random well-typed programs in symjac's language, all dimensions different."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

DECLARATIONS = """
A, B: (n, n)
C: (m, n)
E: (n, m)
x, v, w: (n)
y, u: (m)
alpha, beta: ()
"""
SMOOTH = (
    *("tanh", "sigmoid", "softplus", "exp", "sin", "cos", "f", "phi"),
    *("arctan", "silu", "arcsinh", "relu", "abs", "mish", "huber"),
)
LEAVES = {
    "n": ("x", "v", "w", "x", "x", "x", "v", "w", "ones(n)", "(2 - ones(n))"),
    "m": ("y", "u", "C @ x", "y", "u", "ones(m)", "(ones(m, n) - 3) @ x"),
    "s": ("alpha", "beta", "x.T @ v", "alpha", "beta", "dim(n)"),
    "nn": (
        "A",
        "B",
        "diag(x)",
        "x @ v.T",
        "eye(n)",
        "ones(n, n)",
        "(1/2 - ones(n, n))",
    ),
    "mn": ("C", "y @ x.T", "E.T", "C", "ones(m, n)", "(zeros(m, n) + 1)"),
    "row": ("x.T", "y.T @ C", "x.T", "ones(n).T", "(2 - ones(n).T)"),
}


@dataclass(frozen=True)
class Drawn:
    """A program's text and the variable to differentiate by."""

    text: str
    wrt: str


@st.composite
def expressions(draw: st.DrawFn, kind: str, depth: int) -> str:  # noqa: C901 - a table
    """An expression of a kind: n, m (vectors), s, nn, mn, row."""
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from(LEAVES[kind]))

    def sub(other: str) -> str:
        return draw(expressions(other, depth - 1))

    form = draw(st.sampled_from(FORMS[kind]))
    same, scalar = sub(kind), "s"
    match form:
        case "sum":
            sign = draw(st.sampled_from("+-"))
            return f"({same} {sign} {sub(kind)})"
        case "literal":
            number = draw(st.sampled_from(("1", "2", "1/2", "0.3")))
            return f"({number} - {same})"
        case "scale":
            return f"({sub(scalar)}) * ({same})"
        case "number":
            return f"{draw(st.sampled_from(('2', '-3', '1/4')))} * ({same})"
        case "hadamard":
            return f"({same}) * ({sub(kind)})"
        case "quotient":
            return f"({same}) / (2 + exp({sub(kind)}))"
        case "power":
            return f"({same})**{draw(st.sampled_from((2, 3)))}"
        case "reciprocal":
            exponent = draw(st.sampled_from(("(-1)", "(-2)", "(1/2)", "(-1/2)")))
            return f"(2 + exp({same}))**{exponent}"
        case "apply":
            name = draw(st.sampled_from(SMOOTH))
            prime = "'" if name in ("f", "phi", "tanh") and draw(st.booleans()) else ""
            return f"{name}{prime}({same})"
        case "negative":
            return f"(-({same}))"
    if form in OPERATIONS:
        template, *kinds = OPERATIONS[form]
        return template.format(*(sub(other) for other in kinds))
    left, right = PRODUCTS[form]
    return f"({sub(left)}) @ ({sub(right)})"


_COMMON = (
    "sum",
    "literal",
    "scale",
    "number",
    "hadamard",
    "quotient",
    "power",
    "reciprocal",
    "apply",
)
PRODUCTS = {
    "nn@n": ("nn", "n"),
    "mn@n": ("mn", "n"),
    "nn@nn": ("nn", "nn"),
    "mn@nn": ("mn", "nn"),
    "row@n": ("row", "n"),
    "row@nn": ("row", "nn"),
}
OPERATIONS: dict[str, tuple[str, ...]] = {
    "tr": ("tr({})", "nn"),
    "det": ("det({} + 4 * eye(n))", "nn"),
    "logdet": ("logdet({} / 5 + 4 * eye(n))", "nn"),
    "inv": ("inv({} / 5 + 4 * eye(n))", "nn"),
    "matpow": ("matpow({}, 2)", "nn"),
    "matpow_inverse": ("matpow({} / 5 + 4 * eye(n), -2)", "nn"),
    "expm": ("expm(alpha * B)",),
    "norm2": ("norm2({})", "n"),
    "normF": ("normF({})", "mn"),
    "sum": ("sum({})", "mn"),
    "mean": ("mean({})", "n"),
    "prod": ("prod({})", "n"),
    "max": ("max({})", "n"),
    "norm1": ("norm1({})", "n"),
    "logsumexp": ("logsumexp({})", "n"),
    "dot": ("dot({}, {})", "n", "n"),
    "cross_entropy": ("cross_entropy({}, softmax({}))", "n", "n"),
    "softmax": ("softmax({})", "n"),
    "log_softmax": ("log_softmax({})", "n"),
    "diagonal": ("diagonal({})", "nn"),
    "block": ("[{}, {}] @ [{}; {}]", "nn", "nn", "n", "n"),
    "vec": ("vec({}).T @ vec({})", "mn", "mn"),
    "kron": ("vec({}).T @ kron({}, {})", "mn", "n", "m"),
    "outer": ("outer({}, {})", "n", "n"),
    "var": ("var({})", "n"),
    "row_sum": ("row_sum({})", "mn"),
    "row_logsumexp": ("row_logsumexp({})", "mn"),
    "col_mean": ("col_mean({})", "mn"),
    "sym": ("sym({})", "nn"),
    "triu": ("triu({})", "nn"),
    "cumsum": ("cumsum({})", "n"),
    "row_softmax": ("row_softmax({})", "mn"),
}
_SCALARS = (
    "tr det logdet norm2 normF sum mean prod max norm1 logsumexp dot cross_entropy"
    " vec kron var"
).split()
FORMS = {
    "n": (
        *(*_COMMON, "nn@n", "nn@n", "negative"),
        *("softmax", "log_softmax", "diagonal", "block", "col_mean", "cumsum"),
    ),
    "m": (*_COMMON, "mn@n", "mn@n", "row_sum", "row_logsumexp"),
    "s": ("sum", "number", "power", "apply", "row@n", "hadamard", *_SCALARS),
    "nn": (
        *("sum", "number", "nn@nn", "apply", "hadamard", "literal", "quotient"),
        *("inv", "matpow", "expm", "outer", "matpow_inverse", "reciprocal", "triu"),
        "sym",
    ),
    "mn": ("sum", "number", "mn@nn", "literal", "row_softmax"),
    "row": ("sum", "row@nn", "number", "literal", "quotient"),
}


@st.composite
def programs(draw: st.DrawFn, depth: int = 3) -> Drawn:
    """One to three definitions; the last one uses the ones before."""
    lines = [DECLARATIONS]
    if draw(st.booleans()):
        lines.append(f"h = {draw(expressions('n', 2))}")
        lines.append(f"z = A @ h + {draw(expressions('n', 1))}")
        tail = " + h * z"
    else:
        tail = ""
    kind = draw(st.sampled_from(("n", "m", "s", "row", "n", "m")))
    body = draw(expressions(kind, depth))
    if kind == "n":
        body += tail
    elif kind == "m" and tail:
        body += " + C @ tanh(z)"
    lines.append(f"out = {body}")
    wrt = draw(st.sampled_from(("x", "v", "y", "alpha", "x", "A", "C")))
    return Drawn("\n".join(lines), wrt)
