"""The page in a real browser: formulas typeset, entries light up their edge."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "output" / "pascanu2013.html"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NEEDS_BROWSER = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not there")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-sync"
    " --disable-background-networking --disable-component-update --disable-quic"
    " --virtual-time-budget=5000 --dump-dom"
).split()


def dom_of(path: Path, profile: Path) -> str:
    """The document after its scripts have run, without scripts and styles."""
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", path.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    return re.sub(r"(?s)<(script|style)\b.*?</\1>", "", done.stdout.decode())


def lit_edges(dom: str) -> list[str]:
    return re.findall(r'<g class="edge lit" data-edge="(\d-\d)"', dom)


@NEEDS_BROWSER
def test_every_formula_is_typeset_without_an_error(tmp_path: Path) -> None:
    dom = dom_of(PAGE, tmp_path / "profile")
    assert "katex-error" not in dom
    assert "cc0000" not in dom
    assert dom.count('class="katex"') > 100
    assert lit_edges(dom) == ["1-2"]


@NEEDS_BROWSER
def test_reaching_an_entry_lights_its_edge_and_shows_its_formulas(
    tmp_path: Path,
) -> None:
    moved = tmp_path / "moved.html"
    script = (
        "<script>document.querySelector('button[data-edge=\"2-1\"]').focus();"
        "</script></body>"
    )
    moved.write_text(PAGE.read_text("utf-8").replace("</body>", script), "utf-8")
    dom = dom_of(moved, tmp_path / "profile")
    assert lit_edges(dom) == ["2-1"]
    assert re.findall(r'<dl data-edge="(\d-\d)" class="lit">', dom) == ["2-1"]
    assert re.findall(r'<button[^>]*data-edge="(\d-\d)" class="lit"', dom) == ["2-1"]


@NEEDS_BROWSER
def test_the_browser_check_notices_a_formula_that_katex_refuses(tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    text = PAGE.read_text("utf-8").replace(r"\mathbf{W}", r"\nosuchcommand{W}")
    broken.write_text(text, "utf-8")
    dom = dom_of(broken, tmp_path / "profile")
    assert r"cc0000" in dom


@NEEDS_BROWSER
@pytest.mark.parametrize(
    ("act", "signs"),
    [  # derived, claim with new rows, claim with old rows, beside what is measured
        ("reset", ["=", "≠", "≠"]),
        ("off", ["=", "=", "≠"]),  # a unit without slope passes nothing on
        ("cut", ["=", "≠", "="]),  # without an edge nothing arrives
    ],
)
def test_each_reading_of_the_claim_fails_the_measurement_in_one_test(
    act: str, signs: list[str], tmp_path: Path
) -> None:
    moved = tmp_path / "moved.html"
    click = f"document.querySelector('#slope [data-do={act}]').click();"
    script = f"<script>{click}</script></body>"
    moved.write_text(PAGE.read_text("utf-8").replace("</body>", script), "utf-8")
    slope = dom_of(moved, tmp_path / "profile").split('id="slope"')[1]
    shown = slope.split("</table>")[0]
    assert re.findall(r'<td class="\w+">(=|≠)</td>', shown) == signs
    assert len(re.findall(r"<td>-?\d+\.\d{4}</td>", shown)) == 4
