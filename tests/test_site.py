"""The documentation site: built without a warning, its links lead somewhere."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.exposition.test_browser import NEEDS_BROWSER, dom_of

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "-n", "-q", "docs", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder


class Page(HTMLParser):
    """What a page refers to, what it can be referred to by, what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.loaded: list[str] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.anchors.add(found.get("id", ""))
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag in {"script", "img"} and "src" in found:
            self.loaded.append(found["src"])
        if tag == "link" and found.get("rel") in {"stylesheet", "icon", "preload"}:
            self.loaded.append(found["href"])


def broken(folder: Path) -> list[str]:
    """Links within a site that lead nowhere."""
    pages = {path: Page(path) for path in folder.glob("*.html")}
    found = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or link == "#":
                continue
            target = path.parent / unquote(parts.path) if parts.path else path
            known = pages[target].anchors if target in pages else {parts.fragment}
            if not target.is_file() or (parts.fragment and parts.fragment not in known):
                found.append(f"{path.name}: {link}")
    return found


def test_every_link_within_the_site_leads_somewhere(site: Path) -> None:
    assert broken(site) == []


def test_the_link_check_notices_a_missing_page_and_a_missing_heading(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.html").write_text('<a href="b.html">b</a> <a href="#c">c</a>')
    assert broken(tmp_path) == ["a.html: b.html", "a.html: #c"]


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    for path in site.glob("*.html"):
        for address in Page(path).loaded:
            parts = urlsplit(address)
            assert parts.scheme in {"", "data"}, (path.name, address)
            assert parts.scheme or (path.parent / parts.path).is_file(), address


def test_every_page_of_the_docs_is_in_the_table_of_contents(site: Path) -> None:
    listed = {unquote(urlsplit(link).path) for link in Page(site / "index.html").links}
    pages = {f"{path.stem}.html" for path in (ROOT / "docs").glob("*.md")}
    assert pages - listed <= {"index.html"}


def test_formulas_of_github_become_formulas_and_those_in_code_stay(site: Path) -> None:
    books = (site / "books.html").read_text("utf-8")
    assert books.count("$`") == books.count('<span class="pre">$`...`$</span>') == 1
    assert '<span class="math">j, k</span>' in books
    assert "``" not in (site / "index.html").read_text("utf-8")


@NEEDS_BROWSER
@pytest.mark.parametrize("name", ["index", "layouts", "index_notation", "books", "api"])
def test_formulas_are_typeset_and_have_mathml(
    site: Path, name: str, tmp_path: Path
) -> None:
    dom = dom_of(site / f"{name}.html", tmp_path / "profile")
    formulas = dom.count('class="math"')
    assert formulas > 0
    assert "katex-error" not in dom
    assert "cc0000" not in dom
    assert dom.count("<math ") == formulas
