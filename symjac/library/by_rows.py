"""Operations on each row, each column or each triangle of a matrix.

NumPy's axis 1 is within each row, so that `sum(A, axis=1)` is read as `row_sum(A)`.
Source: Goodfellow, Bengio, Courville (2016), 4.1.
"""

from __future__ import annotations

from symjac.library.row import MATRIX, PRIMITIVE, SAME, VECTOR, operation

_DEEP = "Goodfellow, Bengio, Courville (2016), 4.1"
BY_ROWS = (
    *(
        row
        for name, each, doc in (
            ("sum", "A @ ones(n)", "sum"),
            ("mean", "A @ ones(n) / dim(n)", "mean"),
        )
        for row in (
            operation(
                f"row_{name}", MATRIX, each, gives="(m)", doc=f"The {doc} of each row."
            ),
            operation(
                f"col_{name}",
                MATRIX,
                each.replace("A", "A.T").replace("(n)", "(m)"),
                gives="(n)",
                doc=f"The {doc} of each column, as a column.",
            ),
        )
    ),
    operation(
        "row_logsumexp",
        MATRIX,
        "log(exp(A) @ ones(n))",
        gives="(m)",
        kept=True,
        differential="row_sum(row_softmax(A) * dA)",
        source=_DEEP,
        doc="The logsumexp of each row.",
    ),
    operation(
        "col_logsumexp",
        MATRIX,
        "log(exp(A.T) @ ones(m))",
        gives="(n)",
        kept=True,
        differential="col_sum(col_softmax(A) * dA)",
        source=_DEEP,
        doc="The logsumexp of each column, as a column.",
    ),
    operation(
        "row_softmax",
        MATRIX,
        "diag(1 / (exp(A) @ ones(n))) @ exp(A)",
        gives=SAME,
        kept=True,
        differential="row_softmax(A) * dA"
        " - diag(row_sum(row_softmax(A) * dA)) @ row_softmax(A)",
        source=_DEEP,
        doc="The softmax of each row.",
    ),
    operation(
        "col_softmax",
        MATRIX,
        "exp(A) @ diag(1 / (exp(A).T @ ones(m)))",
        gives=SAME,
        kept=True,
        differential="col_softmax(A) * dA"
        " - col_softmax(A) @ diag(col_sum(col_softmax(A) * dA))",
        source=_DEEP,
        doc="The softmax of each column.",
    ),
    operation(
        "row_max",
        MATRIX,
        PRIMITIVE,
        gives="(m)",
        kept=True,
        exact=True,
        differential="row_sum(row_hardmax(A) * dA)",
        needs="each row in row_max has one largest entry",
        bent_at_zero=True,
        flat=True,
        source=_DEEP,
        doc="The largest entry of each row.",
    ),
    operation(
        "col_max",
        MATRIX,
        "row_max(A.T)",
        gives="(n)",
        needs="each column in col_max has one largest entry",
        bent_at_zero=True,
        flat=True,
        source=_DEEP,
        doc="The largest entry of each column, as a column.",
    ),
    operation(
        "row_hardmax",
        MATRIX,
        PRIMITIVE,
        gives=SAME,
        kept=True,
        exact=True,
        differential="0 * dA",
        needs="each row in row_hardmax has one largest entry",
        is_partial=True,
        bent_at_zero=True,
        flat=True,
        source=_DEEP,
        doc="1 at the largest entry of each row, 0 elsewhere.",
    ),
    operation(
        "tril",
        MATRIX,
        PRIMITIVE,
        gives=SAME,
        kept=True,
        exact=True,
        differential="tril(ones(m, n)) * dA",
        flat=True,
        doc="0 above the diagonal.",
    ),
    operation(
        "triu",
        MATRIX,
        "tril(A.T).T",
        gives=SAME,
        flat=True,
        doc="0 below the diagonal.",
    ),
    operation(
        "cumsum",
        VECTOR,
        "tril(ones(n, n)) @ A",
        gives=SAME,
        doc="The sums of the first entries.",
    ),
)
