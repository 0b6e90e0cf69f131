"""README's comparison: the cells of symjac and of SymPy are true as they stand.

When a new SymPy makes a cell untrue, its test fails, and the table is to be mended.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sympy as sp
from sympy.stats import E, Normal

import symjac
from symjac.errors import SymjacError

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
PEERS = ["symjac", "SymPy 1.14", "matrixcalculus.org", "tensorgrad 0.3"]
n = sp.Symbol("n", integer=True, positive=True)
W, X = (sp.MatrixSymbol(name, n, n) for name in "WX")
x, r, h = (sp.MatrixSymbol(name, n, 1) for name in "xrh")
sigma = sp.Function("sigma")
LAYOUTS = ("numerator", "denominator")
Check = Callable[[], bool]


def table() -> dict[str, list[str]]:
    """The cells of each row, by its first one."""
    section = README.split("## How it compares")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {first: rest for first, *rest in rows if first != "---"}


def derived(text: str, wrt: str, layout: str = "numerator") -> str:
    return str(symjac.derive(symjac.parse(text), wrt=wrt).matrix(layout))


def proved(text: str, wrt: str, claim: str, layout: str) -> bool:
    """Whether a claim is proved in this layout, and not in the other."""
    found = symjac.check(symjac.parse(text), wrt=wrt, claim=claim)
    outcomes = {name: found[name].outcome.value for name in LAYOUTS}
    return [name for name in LAYOUTS if outcomes[name] == "proved"] == [layout]


def fails(run: Callable[[], Any], *errors: type[Exception]) -> bool:
    """Whether a call raises one of these errors."""
    try:
        run()
    except Exception as error:
        return isinstance(error, errors)
    return False


def public(package: Any) -> set[str]:
    """Names of a package's modules and of what they hold, in small letters."""
    modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    return {name.lower() for name in modules | {*dir(package)} if name[0] != "_"}


def symjac_layer() -> bool:
    return derived("y = W @ sigma(x)", "x") == "W @ diag(sigma'(x))"


def sympy_layer() -> bool:
    """Its answer is diag(sigma'(x)) W^T: the transpose of the numerator layout."""
    found = (W * x.applyfunc(sigma)).diff(x)
    left, right = found.args
    inside = str(left)
    return bool(right == W.T) and "Lambda" in inside and "Derivative" in inside


def symjac_layers() -> bool:
    formula = "W @ diag(sigma'(W @ sigma(x))) @ W @ diag(sigma'(x))"
    return derived("y = W @ sigma(W @ sigma(x))", "x") == formula


def sympy_layers() -> bool:
    network = W * (W * x.applyfunc(sigma)).applyfunc(sigma)
    return fails(lambda: network.diff(x), ValueError)


def symjac_product() -> bool:
    return proved("W: (m, n)\ny = W @ (r * h)", "h", "W @ diag(r)", "numerator")


def sympy_product() -> bool:
    product = W * sp.HadamardProduct(r, h)
    return fails(lambda: product.diff(h), NotImplementedError)


def symjac_logdet() -> bool:
    layouts = {"numerator": "inv(X)", "denominator": "inv(X).T"}
    return all(derived("y = logdet(X)", "X", k) == v for k, v in layouts.items())


def sympy_logdet() -> bool:
    return bool(sp.log(sp.Determinant(X)).diff(X) == sp.ZeroMatrix(n, n))


def symjac_inverse() -> bool:
    found = symjac.derive(symjac.parse("Y = inv(X)"), wrt="X")
    return (found.component_text, str(found.slice())) == (
        "-inv(X)[i,p] * inv(X)[q,j]",
        "-inv(X) @ e_p @ e_q.T @ inv(X)",
    ) and str(found.vec_matrix("numerator")) == "-kron(inv(X).T, inv(X))"


def sympy_inverse() -> bool:
    return type(X.inv().diff(X)).__name__ == "PermuteDims"


def symjac_sizes() -> bool:
    found = symjac.derive(symjac.parse("y = A @ x"), wrt="x").matrix("numerator")
    return str(found.expr.shape) == "(n, m)"


def sympy_sizes() -> bool:
    return bool((W * x).diff(x).shape == (n, n))


def symjac_layout() -> bool:
    return [str(layout.value) for layout in symjac.Layout] == [*LAYOUTS] and fails(
        lambda: symjac.derive(symjac.parse("y = A @ x"), wrt="x").matrix(),  # type: ignore[call-arg]
        TypeError,
    )


def sympy_layout() -> bool:
    """The derivative of A x is A in numerator layout and A^T in denominator layout."""
    small, v = sp.MatrixSymbol("A", 2, 2), sp.MatrixSymbol("v", 2, 1)
    explicit = (small * v).as_explicit().jacobian(v.as_explicit())
    return bool((small * v).diff(v) == small.T and explicit == small.as_explicit())


def symjac_judges() -> bool:
    return proved("y = W @ sigma(x)", "x", "W @ diag(sigma'(x))", "numerator")


def sympy_judges() -> bool:
    return not {"claim", "claims", "adjudicate", "verdict"} & public(sp)


def symjac_steps() -> bool:
    found = symjac.derive(symjac.parse("y = W @ sigma(x)"), wrt="x")
    titles = [step.rule.title for step in found.steps]
    return "chain rule" in titles and "Kronecker delta" in titles


def sympy_steps() -> bool:
    """For integrals it has them (`integral_steps`), for derivatives not."""
    names = public(sp) | public(sp.core) | public(sp.matrices.expressions)
    return not {name for name in names if re.search(r"(diff|deriv).*step", name)}


def symjac_time() -> bool:
    recurrence = symjac.parse("h[t] = W @ sigma(h[t-1])").recurrence()
    return [state.name for state in recurrence.states] == ["h"]


def sympy_time() -> bool:
    """It solves scalar recurrences (`rsolve`); a vector's it does not take."""
    t = sp.Symbol("t", integer=True)
    y = sp.Function("y")
    solved = sp.rsolve(y(t + 1) - 2 * y(t), y(t), {y(0): 1})
    vector = sp.MatrixSymbol("y", n, 1)
    refused = fails(lambda: sp.rsolve(W * vector - vector, y(t)), *REFUSALS)
    return bool(solved == 2**t) and refused


REFUSALS = (AttributeError, TypeError, ValueError, NotImplementedError)


def symjac_algebra() -> bool:
    return not {"simplify", "integrate", "solve"} & public(symjac)


def sympy_algebra() -> bool:
    a = sp.Symbol("a")
    whole = sp.integrate(2 * a, a), sp.solve(a - 1), sp.simplify(a - a)
    return bool(whole == (a**2, [1], 0))


def symjac_complex() -> bool:
    return fails(lambda: symjac.parse("y = 1j * x"), SymjacError)


def sympy_complex() -> bool:
    a = sp.Symbol("a")
    return bool(sp.exp(sp.I * a).diff(a) == sp.I * sp.exp(sp.I * a))


def symjac_code() -> bool:
    return not {"lambdify", "codegen", "compile"} & public(symjac)


def sympy_code() -> bool:
    a = sp.Symbol("a")
    return bool(sp.lambdify(a, a**2)(3) == 9) and sp.ccode(sp.sin(a)) == "sin(a)"


def symjac_expectation() -> bool:
    return not {"expectation", "stats"} & public(symjac)


def sympy_expectation() -> bool:
    return bool(E(Normal("Z", 0, 1) ** 2) == 1)


def symjac_diagrams() -> bool:
    return not {name for name in public(symjac) if "diagram" in name}


def sympy_diagrams() -> bool:
    """Its diagrams are of categories, not of tensors."""
    return not {name for name in public(sp.tensor) if "diagram" in name}


CELLS: dict[str, tuple[tuple[str, Check], tuple[str, Check]]] = {
    "W σ(x) by x, σ generic": (
        ("`W @ diag(sigma'(x))`", symjac_layer),
        ("denominator layout, with `Lambda` and `Derivative`", sympy_layer),
    ),
    "W σ(W σ(x)) by x": (
        ("matrix form", symjac_layers),
        ("`ValueError`", sympy_layers),
    ),
    "W (r ⊙ h) by h": (
        ("matrix form", symjac_product),
        ("`NotImplementedError`", sympy_product),
    ),
    "log det X by X": (
        ("`inv(X)`, `inv(X).T`", symjac_logdet),
        ("0, which is wrong", sympy_logdet),
    ),
    "inverse of X by X": (
        ("components, slices, vec form", symjac_inverse),
        ("array expression", sympy_inverse),
    ),
    "symbolic dimensions": (("yes", symjac_sizes), ("yes", sympy_sizes)),
    "layout": (
        ("both, stated", symjac_layout),
        ("of `diff` denominator, of `jacobian` numerator", sympy_layout),
    ),
    "judges a formula": (("yes", symjac_judges), ("no", sympy_judges)),
    "names its steps": (("yes", symjac_steps), ("no", sympy_steps)),
    "vector recurrences over time": (("yes", symjac_time), ("no", sympy_time)),
    "simplifies, integrates, solves": (
        ("no", symjac_algebra),
        ("yes", sympy_algebra),
    ),
    "complex numbers": (("no", symjac_complex), ("yes", sympy_complex)),
    "writes code for numbers": (("no", symjac_code), ("yes", sympy_code)),
    "expectations": (("no", symjac_expectation), ("yes", sympy_expectation)),
    "tensor diagrams": (("no", symjac_diagrams), ("no", sympy_diagrams)),
}


def test_the_table_has_the_rows_and_cells_that_are_tested() -> None:
    head, *rows = table().items()
    assert head == ("", PEERS)
    tested = {row: [text for text, _ in cells] for row, cells in CELLS.items()}
    assert {row: cells[:2] for row, cells in rows} == tested


def test_the_table_is_about_the_sympy_that_is_installed() -> None:
    name, version = PEERS[1].split()
    assert (name, sp.__version__.rpartition(".")[0]) == ("SymPy", version)


@pytest.mark.parametrize("row", CELLS)
@pytest.mark.parametrize("peer", [0, 1], ids=PEERS[:2])
def test_a_cell_is_true(row: str, peer: int) -> None:
    _, check = CELLS[row][peer]
    assert check()


def test_a_peer_leads_in_some_rows() -> None:
    """A table in which its author wins everywhere is no comparison."""
    behind = [row for row, cells in table().items() if cells[0] == "no"]
    assert len(behind) >= 5
    assert all(any(cell != "no" for cell in table()[row][1:]) for row in behind)
