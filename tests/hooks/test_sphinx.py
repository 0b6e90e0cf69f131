"""Directives and roles, in reST and in MyST, through several builders of Sphinx."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("myst_parser")

REST = r"""
Book
====

.. symjac:derive:: x[t] = W @ sigma(x[t-1]) + b
   :layout: numerator
   :steps:

.. symjac:check::
   :wrt: x
   :claim: A.T
   :expect: {expect}

   y = A @ x

Inline :symjac:derive:`'y = B @ x' --wrt x --layout denominator` and
:symjac:check:`'y = C @ x' --wrt x --claim C --layout numerator`.
"""
MYST = """
# Book

```{{symjac:derive}} x[t] = W @ sigma(x[t-1]) + b
:layout: numerator
:steps:
```

```{{symjac:check}}
:wrt: x
:claim: A.T
:expect: "{expect}"

y = A @ x
```

Inline {{symjac:derive}}`'y = B @ x' --wrt x --layout denominator` and
{{symjac:check}}`'y = C @ x' --wrt x --claim C --layout numerator`.
"""
DOCS = (Path(__file__).parents[2] / "docs" / "books.md").read_text("utf-8")
(REST_EXAMPLE,) = re.findall(r"```rst\n(.*?)```", DOCS, re.DOTALL)
(MYST_EXAMPLE,) = re.findall(r"````md\n(```\{symjac.*?```\n)````", DOCS, re.DOTALL)
EXPECTED = "numerator: ill-typed, denominator: proved"
FORMULAS = (
    r"\frac{\partial \mathbf{x}^{(t)}}{\partial \mathbf{x}^{(t-1)}} ="
    r" \mathbf{W}\,\operatorname{diag}\bigl(\sigma'\bigl(\mathbf{x}^{(t-1)}\bigr)",
    r"\text{Kronecker delta}",
    r"\frac{\partial \mathbf{y}}{\partial \mathbf{x}} \overset{?}{=} \mathbf{A}^{\top}",
    r"\(\frac{\partial \mathbf{y}}{\partial \mathbf{x}} = \mathbf{B}^{\top}\)",
    r"\(\mathbf{C}\)",
)


def build(
    folder: Path, page: str, builder: str = "html"
) -> subprocess.CompletedProcess[str]:
    """Build a book of one page; warnings are errors."""
    is_myst = page.lstrip().startswith("#")
    extensions = ["symjac.hooks.sphinx", *(["myst_parser"] if is_myst else [])]
    (folder / "conf.py").write_text(f"extensions = {extensions}\n", "utf-8")
    (folder / f"index.{'md' if is_myst else 'rst'}").write_text(page, "utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", builder]
    return subprocess.run(
        [*command, str(folder), str(folder / "out")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("page", [REST, MYST], ids=["rest", "myst"])
def test_a_book_shows_what_is_derived(page: str, tmp_path: Path) -> None:
    done = build(tmp_path, page.format(expect=EXPECTED))
    assert (done.returncode, done.stderr) == (0, "")
    shown = html.unescape((tmp_path / "out" / "index.html").read_text("utf-8"))
    assert [formula for formula in FORMULAS if formula not in shown] == []


@pytest.mark.parametrize(
    "page",
    [f"Book\n====\n\n{REST_EXAMPLE}", f"# Book\n\n{MYST_EXAMPLE}"],
    ids=["rest", "myst"],
)
def test_the_examples_of_the_docs_work(page: str, tmp_path: Path) -> None:
    done = build(tmp_path, page)
    assert (done.returncode, done.stderr) == (0, "")
    shown = html.unescape((tmp_path / "out" / "index.html").read_text("utf-8"))
    assert "The claim is" in shown


def test_the_latex_builder_shows_the_same_formulas(tmp_path: Path) -> None:
    done = build(tmp_path, REST.format(expect="proved"), "latex")
    assert (done.returncode, done.stderr) == (0, "")
    (source,) = (tmp_path / "out").glob("*.tex")
    shown = source.read_text("utf-8")
    assert [formula for formula in FORMULAS if formula not in shown] == []


@pytest.mark.parametrize(("page", "line"), [(REST, 9), (MYST, 9)], ids=["rest", "myst"])
def test_a_verdict_that_changed_fails_the_build(
    page: str, line: int, tmp_path: Path
) -> None:
    done = build(tmp_path, page.format(expect="refuted"), "dummy")
    assert done.returncode == 1
    assert f":{line}: WARNING: the claim A.T is proved, and not refuted" in done.stderr
    assert "[symjac.verdict]" in done.stderr


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (".. symjac:derive:: y = A @", "ParseError"),
        (".. symjac:derive:: y = A @ x\n   :layout: mixed", "no layout 'mixed'"),
        (".. symjac:check:: y = A @ x\n   :wrt: x", "a check needs a claim"),
        (
            ".. symjac:check:: y = A @ x\n   :wrt: x\n   :claim: A\n   :expect: right",
            "no verdict 'right'",
        ),
        (":symjac:derive:`y = A @ x`", "need quotes"),
        (":symjac:derive:`'y = A @ x' --claim A`", "no option 'claim'"),
        (":symjac:check:`'y = A @ x' --wrt x --claim B`", "unknown name B"),
        (
            ":symjac:check:`'y = A @ x' --wrt x --claim '2 * A' --layout numerator`",
            "is refuted, and not proved as expected",
        ),
    ],
)
def test_a_mistake_is_a_warning_with_its_place(
    page: str, message: str, tmp_path: Path
) -> None:
    done = build(tmp_path, f"Book\n====\n\n{page}\n", "dummy")
    assert done.returncode == 1
    assert "index.rst:4: WARNING" in done.stderr
    assert message in done.stderr
