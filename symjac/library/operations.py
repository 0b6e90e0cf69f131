r"""Named operations: one row for each, read by the language, printers and every pass.

What others express has its meaning as text; a primitive's value is known by its name.
Source: Petersen and Pedersen (2012), The Matrix Cookbook; Magnus and Neudecker (2019);
Golub and Van Loan, 2.2, 2.3; Goodfellow, Bengio, Courville (2016), 3.13, 4.1.
"""

from __future__ import annotations

from typing import Any

from symjac.library.row import (
    ANY,
    BLOCK,
    COLUMNS,
    COLUMNWISE,
    MATRICES,
    MATRIX,
    NONE,
    PRIMITIVE,
    ROWWISE,
    SAME,
    SQUARE,
    VECTOR,
    VECTORS,
    Operation,
)

_COOKBOOK = "Petersen and Pedersen (2012), ch. 2"
_DEEP = "Goodfellow, Bengio, Courville (2016), 4.1"


def _row(name: str, takes: str, meaning: str, **columns: Any) -> Operation:
    spelled = name.replace("_", r"\_")
    operands = "{0}, {1}" if "B:" in takes else "{0}"
    latex = columns.pop("latex", rf"\operatorname{{{{{spelled}}}}}({operands})")
    return Operation(name, latex, takes=takes, meaning=meaning, **columns)


_STRUCTURE = (
    _row(
        "tr",
        SQUARE,
        PRIMITIVE,
        exact=True,
        differential="tr(dA)",
        sympy="Trace",
        aliases=("trace",),
        doc="The sum of the diagonal entries.",
    ),
    _row(
        "sum",
        ANY,
        PRIMITIVE,
        exact=True,
        differential="sum(dA)",
        doc="The sum of all entries.",
    ),
    _row(
        "diagonal",
        SQUARE,
        PRIMITIVE,
        gives="(n)",
        exact=True,
        differential="diagonal(dA)",
        sympy="DiagonalOf",
        doc="The diagonal entries as a column.",
    ),
    _row(
        "vec",
        MATRIX,
        PRIMITIVE,
        gives="(n*m)",
        exact=True,
        differential="vec(dA)",
        doc="The columns, one below the other.",
    ),
    _row(
        "kron",
        MATRICES,
        PRIMITIVE,
        gives="(m*p, n*q)",
        exact=True,
        latex=r"{0} \otimes {1}",
        differential="kron(dA, B) + kron(A, dB)",
        sympy="KroneckerProduct",
        doc="The Kronecker product.",
    ),
    _row(
        "hstack",
        ROWWISE,
        PRIMITIVE,
        gives="(m, _ + ...)",
        exact=True,
        latex=" & ",
        doc="Blocks beside each other, `[A, B]`.",
    ),
    _row(
        "vstack",
        COLUMNWISE,
        PRIMITIVE,
        gives="(_ + ..., n)",
        exact=True,
        latex=r" \\ ",
        doc="Blocks below each other, `[A; B]`.",
    ),
    _row(
        "commutation",
        NONE,
        PRIMITIVE,
        gives="(m*n, n*m)",
        parameters=2,
        exact=True,
        latex=r"\mathbf{{K}}_{{{0}{1}}}",
        doc="K with K vec(A) = vec(A^T).",
    ),
    _row(
        "selector",
        NONE,
        PRIMITIVE,
        gives=BLOCK,
        exact=True,
        flat=True,
        latex="",
        doc="Block columns of the identity.",
    ),
    _row(
        "dim",
        NONE,
        PRIMITIVE,
        parameters=1,
        exact=True,
        latex="{0}",
        doc="A dimension as a number.",
    ),
)

_LINEAR_ALGEBRA = (
    _row(
        "inv",
        SQUARE,
        PRIMITIVE,
        gives=SAME,
        kept=True,
        exact=True,
        latex=r"{0}^{{-1}}",
        differential="-(inv(A) @ dA @ inv(A))",
        needs="the matrices that are inverted are invertible",
        is_partial=True,
        sympy="Inverse",
        doc="The inverse.",
    ),
    _row(
        "det",
        SQUARE,
        PRIMITIVE,
        kept=True,
        exact=True,
        latex=r"\det({0})",
        differential="det(A) * tr(inv(A) @ dA)",
        needs="arguments of det are invertible",
        sympy="Determinant",
        doc="The determinant.",
    ),
    _row(
        "logdet",
        SQUARE,
        "log(abs(det(A)))",
        kept=True,
        latex=r"\log\lvert\det({0})\rvert",
        differential="tr(inv(A) @ dA)",
        needs="arguments of logdet are invertible",
        is_partial=True,
        doc="The logarithm of the determinant's absolute value.",
    ),
    _row(
        "matpow",
        SQUARE,
        PRIMITIVE,
        gives=SAME,
        parameters=1,
        kept=True,
        exact=True,
        latex=r"{0}^{{{1}}}",
        sympy="MatPow",
        doc="A power with a literal integer exponent.",
    ),
    _row(
        "pinv",
        MATRIX,
        PRIMITIVE,
        gives="(n, m)",
        kept=True,
        exact=True,
        differential="-pinv(A) @ dA @ pinv(A)"
        " + pinv(A) @ pinv(A).T @ dA.T @ (eye(m) - A @ pinv(A))"
        " + (eye(n) - pinv(A) @ A) @ dA.T @ pinv(A).T @ pinv(A)",
        needs="arguments of pinv have full rank",
        elsewhere=("pseudoinverse", "pinverse", "ginv", "moorepenrose", "mpinv"),
        source="Golub and Pereyra (1973), SIAM J. Numer. Anal. 10",
        doc="The Moore-Penrose inverse.",
    ),
    _row(
        "sym",
        SQUARE,
        "1/2 * (A + A.T)",
        gives=SAME,
        elsewhere=("symm", "symmetrize"),
        doc="The symmetric part.",
    ),
    _row(
        "expm",
        SQUARE,
        PRIMITIVE,
        gives=SAME,
        kept=True,
        source="Higham (2008), Functions of Matrices, ch. 10",
        doc="The matrix exponential.",
    ),
)

_ROWS_AND_COLUMNS = tuple(
    row
    for name, each, doc in (
        ("sum", "A @ ones(n)", "sum"),
        ("mean", "A @ ones(n) / dim(n)", "mean"),
        ("logsumexp", "log(exp(A) @ ones(n))", "logsumexp"),
    )
    for row in (
        _row(f"row_{name}", MATRIX, each, gives="(m)", doc=f"The {doc} of each row."),
        _row(
            f"col_{name}",
            MATRIX,
            each.replace("A", "A.T").replace("(n)", "(m)"),
            gives="(n)",
            doc=f"The {doc} of each column, as a column.",
        ),
    )
)

_NORMS = (
    _row(
        "norm1",
        VECTOR,
        "sum(abs(A))",
        latex=r"\lVert {0} \rVert_{{1}}",
        needs="arguments of norm1 have no zero entry",
        bent_at_zero=True,
        doc="The sum of absolute values.",
    ),
    _row(
        "norm2",
        VECTOR,
        "(A.T @ A)**(1/2)",
        kept=True,
        latex=r"\lVert {0} \rVert_{{2}}",
        differential="A.T @ dA / norm2(A)",
        needs="arguments of norm2 are not zero",
        bent_at_zero=True,
        aliases=("norm",),
        doc="The Euclidean norm.",
    ),
    _row(
        "normF",
        MATRIX,
        "sum(A**2)**(1/2)",
        kept=True,
        latex=r"\lVert {0} \rVert_{{\mathrm{{F}}}}",
        differential="tr(A.T @ dA) / normF(A)",
        needs="arguments of normF are not zero",
        bent_at_zero=True,
        aliases=("norm",),
        doc="The Frobenius norm.",
    ),
    _row(
        "dot",
        VECTORS,
        "A.T @ B",
        latex=r"\langle {0}, {1} \rangle",
        elsewhere=("inner",),
        doc="The inner product.",
    ),
    _row("outer", COLUMNS, "A @ B.T", gives="(m, n)", doc="The outer product."),
)

_STATISTICS = (
    _row(
        "mean",
        ANY,
        "sum(A) / dim(n) or sum(A) / (dim(m) * dim(n))",
        elsewhere=("avg", "average"),
        doc="The mean of all entries.",
    ),
    _row(
        "var",
        VECTOR,
        "mean((A - mean(A) * ones(n))**2)",
        elsewhere=("variance",),
        doc="The mean squared deviation from the mean.",
    ),
    _row(
        "std",
        VECTOR,
        "var(A)**(1/2)",
        needs="arguments of std have two different entries",
        bent_at_zero=True,
        elsewhere=("stddev",),
        doc="The root of the variance.",
    ),
    _row(
        "row_softmax",
        MATRIX,
        "diag(1 / (exp(A) @ ones(n))) @ exp(A)",
        gives=SAME,
        source=_DEEP,
        doc="The softmax of each row.",
    ),
    _row(
        "col_softmax",
        MATRIX,
        "exp(A) @ diag(1 / (exp(A).T @ ones(m)))",
        gives=SAME,
        source=_DEEP,
        doc="The softmax of each column.",
    ),
    _row(
        "prod",
        VECTOR,
        PRIMITIVE,
        kept=True,
        exact=True,
        differential="prod(A) * ((1 / A).T @ dA)",
        needs="arguments of prod have no zero entry",
        bent_at_zero=True,
        elsewhere=("product",),
        source=_COOKBOOK,
        doc="The product of the entries.",
    ),
    _row(
        "max",
        VECTOR,
        PRIMITIVE,
        kept=True,
        exact=True,
        latex=r"\max({0})",
        differential="hardmax(A).T @ dA",
        needs="arguments of max have one largest entry",
        bent_at_zero=True,
        flat=True,
        source=_DEEP,
        doc="The largest entry.",
    ),
    _row(
        "min",
        VECTOR,
        "-max(-A)",
        latex=r"\min({0})",
        needs="arguments of min have one smallest entry",
        bent_at_zero=True,
        doc="The smallest entry.",
    ),
    _row(
        "hardmax",
        VECTOR,
        PRIMITIVE,
        gives=SAME,
        kept=True,
        exact=True,
        differential="0 * dA",
        needs="arguments of hardmax have one largest entry",
        is_partial=True,
        bent_at_zero=True,
        flat=True,
        source=_DEEP,
        doc="1 at the largest entry, 0 elsewhere.",
    ),
    _row(
        "logsumexp",
        VECTOR,
        "log(sum(exp(A)))",
        kept=True,
        differential="softmax(A).T @ dA",
        elsewhere=("lse",),
        source=_DEEP,
        doc="The logarithm of the sum of exponentials.",
    ),
    _row(
        "softmax",
        VECTOR,
        "exp(A) / sum(exp(A))",
        gives=SAME,
        kept=True,
        differential="softmax(A) * dA - (softmax(A).T @ dA) * softmax(A)",
        source=_DEEP,
        doc="Exponentials over their sum.",
    ),
    _row(
        "log_softmax",
        VECTOR,
        "A - logsumexp(A) * ones(n)",
        gives=SAME,
        source=_DEEP,
        doc="Each entry less the logsumexp of all.",
    ),
    _row(
        "cross_entropy",
        VECTORS,
        "-sum(A * log(B))",
        needs="predictions of cross_entropy are positive",
        is_partial=True,
        source=_DEEP,
        doc="Of a target and a prediction.",
    ),
)

_GROUPS = (_STRUCTURE, _LINEAR_ALGEBRA, _NORMS, _ROWS_AND_COLUMNS, _STATISTICS)
OPERATIONS = {row.name: row for group in _GROUPS for row in group}

BY_NAME = {name: [row] for name, row in OPERATIONS.items()}  # and by their aliases
for _operation in OPERATIONS.values():
    for _alias in _operation.aliases:
        BY_NAME.setdefault(_alias, []).append(_operation)
