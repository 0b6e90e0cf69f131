"""The pictures: what they show is true, the same at every run, and readable."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import symjac
from symjac.cli import main
from symjac.document.document import Math, Paragraph
from symjac.errors import UnsupportedError
from symjac.exposition.page import Proof
from symjac.exposition.pictures import CELLS, LARGE, SMALL, number
from symjac.recurrence.study import (
    Decay,
    Question,
    Setting,
    chosen_values,
    decay,
    entries,
)
from symjac.terms.shape import Layout

pytest.importorskip("matplotlib")

ROOT = Path(__file__).parents[2]
PICTURES = ("norms", "spectra", "entries")


@pytest.fixture(scope="module")
def proof() -> Proof:
    return symjac.prove("pascanu2013", plots=True)


def question(layout: Layout = Layout.NUMERATOR, claim: str = "W.T @ D") -> Question:
    program = symjac.parse("x[t] = W @ sigma(x[t-1]) + W_in @ u[t] + b")
    formula = claim.replace("D", "diag(sigma'(x[t-1]))")
    judgement = symjac.check(program, claim=formula)
    return Question(judgement.jacobian, judgement.claim.expr, layout)


def by_hand(setting: Setting, *, transposed: bool) -> list[float]:
    """The norms of W D W D ... from the recurrence written in NumPy."""
    known = chosen_values(question(), setting)
    weights, state = known["W"], known["x[0]"]
    factor = weights.T if transposed else weights
    product, norms = np.eye(setting.size), [1.0]
    for step in range(1, setting.steps + 1):
        product = factor @ np.diag(1 / np.cosh(state) ** 2) @ product
        norms.append(float(np.linalg.norm(product, 2)))
        state = weights @ np.tanh(state) + known["W_in"] @ known[f"u[{step}]"]
        state = state + known["b"]
    return norms


@pytest.mark.parametrize("setting", [SMALL, LARGE])
def test_norms_are_those_of_the_product_written_in_numpy(setting: Setting) -> None:
    found = decay(question(), setting)
    truth, claim = (by_hand(setting, transposed=t) for t in (False, True))
    assert found.truth == pytest.approx(truth, rel=1e-5)
    assert found.claim == pytest.approx(claim, rel=1e-5)
    assert found.claim != pytest.approx(truth, rel=1e-2)
    largest = [values[0] for values in found.spectra]
    assert largest == pytest.approx(truth, rel=1e-5)
    norm = np.linalg.svd(chosen_values(question(), setting)["W"])[1][0]
    assert found.bound[-1] == pytest.approx(norm**setting.steps, rel=1e-5)


def test_the_other_layout_has_the_same_true_norms() -> None:
    found = decay(question(Layout.DENOMINATOR), SMALL)
    assert found.truth == pytest.approx(by_hand(SMALL, transposed=False), rel=1e-5)


def test_a_right_claim_has_no_difference_and_a_wrong_one_only_off_the_diagonal() -> (
    None
):
    right = entries(question(claim="W @ D"), CELLS)
    assert np.array_equal(right.truth, right.claim)
    wrong = entries(question(), CELLS)
    expected = wrong.weights * wrong.slopes
    assert wrong.truth == pytest.approx(expected, abs=1e-14)
    assert wrong.claim == pytest.approx(wrong.weights.T * wrong.slopes, abs=1e-14)
    assert (wrong.claim != wrong.truth).tolist() == (~np.eye(3, dtype=bool)).tolist()


@pytest.mark.parametrize(
    ("equation", "reason"),
    [
        ("x[t] = x[t-1] + W @ sigma(x[t-1])", "not one weight matrix times"),
        (
            "W: (n, n) orthogonal\nx[t] = W @ sigma(x[t-1])",
            "no random values for W, which is orthogonal",
        ),
    ],
)
def test_what_has_no_such_picture_says_so(equation: str, reason: str) -> None:
    jacobian = symjac.derive(symjac.parse(equation))
    claim = jacobian.matrix("numerator").expr
    with pytest.raises(UnsupportedError, match=reason):
        decay(Question(jacobian, claim, Layout.NUMERATOR), SMALL)


def test_the_sentences_state_the_numbers(proof: Proof) -> None:
    text = proof.render("md")
    for setting in (SMALL, LARGE):
        found: Decay = decay(question(), setting)
        assert found.bound[-1] >= max(found.truth[-1], found.claim[-1])
        for value in (found.truth[-1], found.claim[-1], found.bound[-1]):
            assert f"$`{number(value).content}`$" in text
        kept = sum(s > 1e-3 * found.spectra[-1][0] for s in found.spectra[-1])
        assert f"{kept} of the 24 singular values" in text
    assert "6 of 9 entries differ" in text
    assert "Neither norm passes its bound" in text


def test_numbers_have_two_digits() -> None:
    shown = [number(x).content for x in (0.0421, 47.2, 6.1e-11, 1e-12, 1.0, 3210.0)]
    assert shown == [
        "0.042",
        "47",
        r"{6.1 \times 10^{-11}}",
        "{10^{-12}}",
        "1",
        r"{3.2 \times 10^{3}}",
    ]


def test_every_format_has_the_pictures_after_the_section_on_the_bound(
    proof: Proof,
) -> None:
    anchors = [section.anchor for section in proof.view.sections]
    assert anchors.index("pictures") > anchors.index("norms")
    files = proof.files()
    for name in PICTURES:
        file = f"pascanu2013-{name}"
        assert f"]({file}.svg)" in str(files["pascanu2013.md"])
        assert f"{{{file}.pdf}}" in str(files["pascanu2013.tex"])
        assert f'<svg id="{file}"' in str(files["pascanu2013.html"])
        assert str(files[f"{file}.svg"]).startswith("<svg")
        assert bytes(files[f"{file}.pdf"]).startswith(b"%PDF")  # type: ignore[arg-type]
    assert "--plots" in str(files["pascanu2013.md"])


def test_without_plots_the_documents_are_as_before(proof: Proof) -> None:
    plain = symjac.prove("pascanu2013")
    assert plain.plots == ()
    kept = [s for s in proof.view.sections if s.anchor not in ("pictures", "checked")]
    assert kept == [s for s in plain.view.sections if s.anchor != "checked"]
    for name, content in plain.files().items():
        assert (ROOT / "output" / name).read_text("utf-8") == content, name


LABELS = {
    "norms": (
        r"lag $t - k$ (steps)",
        r"$\Vert\, \partial \mathbf{x}^{(t)} / \partial \mathbf{x}^{(k)} \,\Vert_2$"
        " (no unit)",
        "true product",
        "claimed product",
        r"bound $(\Vert \mathbf{W} \Vert_2\,\gamma)^{t-k}$",
        r"$\Vert \mathbf{W} \Vert_2\,\gamma = 0.9 < 1$",
        r"$\Vert \mathbf{W} \Vert_2\,\gamma = 4 > 1$",
    ),
    "spectra": ("singular value (no unit)", r"$\sigma_{1}$", r"$\sigma_{16}$"),
    "entries": (
        "claimed minus true",
        "entry (no unit)",
        r"component of $\mathbf{x}^{(t)}$",
        "$-0.90$",
        "$+0.88$",
        "$0$",
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_axes_curves_and_cells_are_labelled(proof: Proof, name: str) -> None:
    svg = next(p.svg for p in proof.plots if p.file.endswith(name))
    comments = [unescape(c).strip() for c in re.findall(r"<!--(.*?)-->", svg, re.S)]
    for label in LABELS[name]:
        assert label in comments
    ElementTree.fromstring(svg)
    assert 'role="img"' in svg
    assert "<image" not in svg
    assert not re.search(r"Matplotlib v|matplotlib\.org|\b20\d\d-\d\d-", svg)


def test_no_two_pictures_of_a_page_share_a_name(proof: Proof) -> None:
    page = proof.render("html")
    names = re.findall(r'\bid="([^"]+)"', page)
    repeated = {n for n in names if names.count(n) > 1}
    assert not {n for n in repeated if n.startswith("pascanu2013")}
    used = set(re.findall(r'(?:url\(#|href="#)(pascanu2013-[^")]+)', page))
    assert used <= set(names)
    assert not re.search(r"<style[^>]*>\*\{stroke", page)


def test_pictures_need_no_color(proof: Proof) -> None:
    """Each curve of a panel has its own line, and each number its sign."""
    svg = next(p.svg for p in proof.plots if p.file.endswith("norms"))
    dashes = set(re.findall(r"stroke-dasharray: ([\d., ]+)", svg))
    assert len(dashes) == 2  # dotted and dashed; the third curve is solid
    cells = next(p.svg for p in proof.plots if p.file.endswith("entries"))
    numbers = re.findall(r"<!-- \$([^$]*\.\d\d)\$ -->", cells)
    assert numbers
    assert all(n[0] in "+-" for n in numbers)


def run(
    code: str, folder: Path, *, hash_seed: str = "0"
) -> subprocess.CompletedProcess:  # type: ignore[type-arg]
    environment = {
        "PYTHONPATH": str(ROOT),
        "PYTHONHASHSEED": hash_seed,
        "HOME": str(folder),
    }
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


PROVE = """
from symjac.cli import main
main(["prove", "pascanu2013", "--plots", "--output", "out"], standalone_mode={alone})
"""


def test_two_runs_write_the_same_bytes_whatever_the_user_has_set(
    tmp_path: Path,
) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for seed, folder in enumerate(folders):
        folder.mkdir()
        if seed:
            (folder / "matplotlibrc").write_text("font.size: 20\nsvg.fonttype: none\n")
        done = run(PROVE.format(alone=False), folder, hash_seed=str(seed))
        assert (done.returncode, done.stderr) == (0, "")
    names = sorted(path.name for path in (folders[0] / "out").iterdir())
    assert len(names) == 10
    for name in names:
        first, second = ((folder / "out" / name).read_bytes() for folder in folders)
        assert first == second, name


WITHOUT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
"""


@pytest.mark.parametrize("absent", [("matplotlib",), ("numpy", "matplotlib")])
def test_without_matplotlib_the_error_names_the_extra(
    tmp_path: Path, absent: tuple[str, ...]
) -> None:
    code = WITHOUT.format(absent=absent) + PROVE.format(alone=True)
    done = run(code, tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"PackageError: this needs {absent[0]}, which is not installed\n"
        "  pip install 'symjac[plot]'\n"
    )
    assert not (tmp_path / "out").exists()
    done = run(code.replace('"--plots", ', ""), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_paper_without_such_products_is_refused(tmp_path: Path) -> None:
    arguments = [
        "prove",
        "goodfellow2016",
        "--plots",
        "--output",
        str(tmp_path / "out"),
    ]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "UnsupportedError: no pictures of d(L)/d(h[t])" in result.output
    assert not (tmp_path / "out").exists()


def test_a_sibling_paper_has_pictures_too() -> None:
    found = symjac.prove("cs224d2016", plots=True)
    assert len(found.plots) == len(PICTURES)
    blocks = (b for b in found.blocks if isinstance(b, Paragraph))
    parts = [part for block in blocks for part in block.inline]
    assert Math(r"\tanh") in parts


def test_values_stay_the_same_when_only_the_scale_changes() -> None:
    one, two = (chosen_values(question(), s) for s in (SMALL, LARGE))
    assert all(np.array_equal(one[n], two[n]) for n in ("b", "W_in", "x[0]", "u[3]"))
    other = chosen_values(question(), replace(SMALL, seed=SMALL.seed + 1))
    assert not np.array_equal(one["W"], other["W"])
