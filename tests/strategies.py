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
SMOOTH = ("tanh", "sigmoid", "softplus", "exp", "sin", "cos", "f", "phi")
LEAVES = {
    "n": ("x", "v", "w", "x", "x"),
    "m": ("y", "u", "C @ x"),
    "s": ("alpha", "beta", "x.T @ v"),
    "nn": ("A", "B", "diag(x)", "x @ v.T", "eye(n)"),
    "mn": ("C", "y @ x.T", "E.T"),
    "row": ("x.T", "y.T @ C"),
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
        case "apply":
            name = draw(st.sampled_from(SMOOTH))
            prime = "'" if name in ("f", "phi", "tanh") and draw(st.booleans()) else ""
            return f"{name}{prime}({same})"
        case "negative":
            return f"(-({same}))"
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
FORMS = {
    "n": (*_COMMON, "nn@n", "nn@n", "negative"),
    "m": (*_COMMON, "mn@n", "mn@n"),
    "s": ("sum", "number", "power", "apply", "row@n", "hadamard"),
    "nn": ("sum", "number", "nn@nn", "apply", "hadamard"),
    "mn": ("sum", "number", "mn@nn"),
    "row": ("sum", "row@nn", "number"),
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
    wrt = draw(st.sampled_from(("x", "v", "y", "alpha", "x")))
    return Drawn("\n".join(lines), wrt)
