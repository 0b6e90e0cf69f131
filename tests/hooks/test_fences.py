"""Fenced blocks, alone and in a site built by MkDocs and by Zensical."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

pymdownx = pytest.importorskip("pymdownx.superfences")
fences = pytest.importorskip("symjac.hooks.fences")

DOCS = (Path(__file__).parents[2] / "docs" / "books.md").read_text("utf-8")
(SETTINGS,) = re.findall(r"```yaml\n(markdown_extensions.*?)```", DOCS, re.DOTALL)
(EXAMPLE,) = re.findall(r"````md\n(```symjac-check.*?```\n)````", DOCS, re.DOTALL)
(TOML,) = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
FILES = {
    "mkdocs.yml": f"site_name: Book\n{SETTINGS}",
    "zensical.toml": f'[project]\nsite_name = "Book"\n\n{TOML}',
}
HOSTS = [
    ("mkdocs", "mkdocs.yml"),
    ("zensical", "mkdocs.yml"),
    ("zensical", "zensical.toml"),
]
PAGE = """\
# Book

- A list

    ```symjac-derive layout="numerator" steps
    x[t] = W @ sigma(x[t-1]) + b
    ```

```symjac-check wrt="x" claim="A.T" expect="numerator: ill-typed, denominator: OUTCOME"
y = A @ x
```
"""
FORMULA = (
    r"\frac{\partial \mathbf{x}^{(t)}}{\partial \mathbf{x}^{(t-1)}} ="
    r" \mathbf{W}\,\operatorname{diag}\bigl(\sigma'\bigl(\mathbf{x}^{(t-1)}\bigr)\bigr)"
)


def build(
    host: str, config: str, folder: Path, outcome: str
) -> subprocess.CompletedProcess[str]:
    (folder / "docs").mkdir()
    (folder / config).write_text(FILES[config], "utf-8")
    page = PAGE.replace("OUTCOME", outcome) + f"\n{EXAMPLE}"
    (folder / "docs" / "index.md").write_text(page, "utf-8")
    command = [sys.executable, "-m", host, "build"]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(("host", "config"), HOSTS)
def test_a_site_shows_what_is_derived(host: str, config: str, tmp_path: Path) -> None:
    pytest.importorskip(host)
    done = build(host, config, tmp_path, "proved")
    assert done.returncode == 0, done.stderr
    page = html.unescape((tmp_path / "site" / "index.html").read_text("utf-8"))
    shown = re.findall(r'<div class="arithmatex">\\\[\n(.*?)\n\\\]</div>', page, re.S)
    assert FORMULA in shown
    assert r"\text{Kronecker delta}" in page
    assert r"\frac{\partial \mathbf{y}}{\partial \mathbf{x}} = \mathbf{A}^{\top}" in (
        shown
    )
    assert "is right in numerator layout and wrong in denominator layout" in page
    assert "```" not in page


@pytest.mark.parametrize(("host", "config"), HOSTS)
def test_a_verdict_that_changed_stops_the_build(
    host: str, config: str, tmp_path: Path
) -> None:
    done = build(host, config, tmp_path, "refuted")
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "proved in denominator layout, and not refuted as expected" in said


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("y = A @", {}, "line 1"),
        ("y = A @ x", {"wrtt": "x"}, "no option 'wrtt'"),
        ("y = A @ x", {"wrt": "x", "layout": "mixed"}, "no layout 'mixed'"),
        ("", {}, "either equations or a cell"),
        ("", {"cell": "../mine.toml"}, "no cell"),
    ],
)
def test_a_mistake_is_an_error_with_its_reason(
    source: str, options: dict[str, str], message: str
) -> None:
    with pytest.raises(pymdownx.SuperFencesException, match=message):
        fences.derive(source, "symjac-derive", "symjac", options, None)


def test_text_of_the_page_is_escaped() -> None:
    shown = fences.derive("y = A @ x", "", 'a"><script>', {"wrt": "x"}, None)
    assert "<script>" not in shown
