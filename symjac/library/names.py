"""Names that mean something, but are no function or operation of symjac.

One place: whoever adds an operation takes its name out of here. `INSTEAD` has the text
that says the same, with {0}, {1} for the arguments; `NOT_YET` has no such text.
Names are squeezed: small letters without underscores; those of one letter are exact.
"""

from __future__ import annotations

INSTEAD = {
    "{0}.T": "transpose transp trans tran ctranspose adjoint herm hermitian T t",
    "inv({0})": "inverse invert",
    "({0} - {0}.T) / 2": "skewpart antisym antisymmetrize",
    "det({0}) * inv({0})": "adjugate",
    "det({0}) * inv({0}).T": "cofactor cofactors",
    "logdet({0})": "lndet logabsdet slogdet",
    "expm({0})": "matexp mexp matrixexp expmat",
    "matpow({0}, {1})": "matrixpower mpow matpower",
    "{0} @ {1}": "matmul mm bmm mv matvec mvm",
    "{0} * {1}": "mul multiply hadamard",
    "{0} + {1}": "add",
    "{0} - {1}": "sub subtract",
    "{0} / {1}": "divide div",
    "{0} ** {1}": "pow power",
    "{0} ** 2": "square sqr",
    "1 / {0}": "reciprocal recip",
    "1 / sqrt({0})": "rsqrt",
    "-{0}": "neg negative",
    "{0}": "conj conjugate real re identity id ",
    "1 / cos({0})": "sec",
    "1 / sin({0})": "csc cosec",
    "cos({0}) / sin({0})": "cot cotan",
    "1 / cosh({0})": "sech",
    "1 / sinh({0})": "csch",
    "cosh({0}) / sinh({0})": "coth",
    "log({0}) / log(10)": "log10",
    "log({0}) / log(2)": "log2",
    "exp(log(2) * {0})": "exp2",
    "1 - erf({0})": "erfc",
    "softmax(-{0})": "softmin",
    "-sum({0} * log({0}))": "entropy",
    "sum({0} * log({0} / {1}))": "kl kldiv kldivergence klloss relativeentropy",
    "mean(({0} - {1}) ** 2)": "mse mseloss meansquarederror",
    "sqrt(mean(({0} - {1}) ** 2))": "rmse",
    "mean(abs({0} - {1}))": "mae l1loss",
    "sum(({0} - {1}) ** 2)": "sse rss",
    "normF({0})": "frob frobenius frobeniusnorm fro fronorm normfro",
    "norm1({0})": "l1norm l1",
    "norm2({0})": "l2norm l2 euclideannorm",
    "{1} + relu({0} - {1})": "maximum",
    "{0} - relu({0} - {1})": "minimum",
    "{0} * {1} + (1 - {0}) * {2}  # with a mask of 0 and 1": "where",
    "relu({0}) - relu({0} - 6)": "relu6",
    "[{0}; {1}]": "concat concatenate cat append",
    "diag({0})": "diagm dg diagmat diagmatrix",
    "diagonal({0})": "diagvec getdiag diagpart",
    "sum({0})": "total",
    "dot({0}, {1})": "inner",
}
NOT_YET = frozenset(
    (
        "acos arccos acosh arccosh asec acsc acot atan2 sinc cbrt root probit erfinv"
        " betaln floor ceil round trunc mod"
        " selu celu hardsigmoid hardswish softshrink prelu rrelu maxout"
        " glu swiglu dropout imag im arg angle"
        " argmax argmin argsort sort topk median rank nullspace "
        " eig eigh eigvals eigvalsh eigenvalue eigenvalues eigenvectors spectrum"
        " svd svdvals svals singularvalues sigmamin condition cond"
        " lambdamin mineig spectralradius"
        " schatten"
        " lognorm funm cholesky chol qr lu schur"
        " E expectation expected expectedvalue ex prob probability"
        " cov covariance corr correlation"
        " einsum tensordot reshape view flatten squeeze permute block roll flip"
        " vech unvec mat cumprod diff onehot repeat tile gather"
        " layernorm batchnorm rmsnorm groupnorm instancenorm"
        " attention selfattention multihead embedding conv conv1d conv2d"
        " pool maxpool avgpool circ toeplitz fft ifft dft"
        " grad gradient jacobian hessian laplacian divergence curl integral"
        " solve lstsq backslash trapz interp js jsd hinge bce crossentropyloss"
    ).split()
)
AFFIXES = (  # what a known name may have before or behind it
    "row rows rowwise col cols column columns columnwise colwise batch batched"
    " batchwise safe stable fn func function layer matrix elementwise"
).split()
