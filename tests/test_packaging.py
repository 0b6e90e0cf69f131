"""What an installation brings: light imports, and metadata without inventions."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
HEAVY = {"sympy.core", "jinja2.environment", "numpy", "matplotlib", "joblib", "typst"}
SHOW = "import sys; print(' '.join(sys.modules))"


def loaded(code: str) -> set[str]:
    command = [sys.executable, "-c", f"{code}; {SHOW}"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(found.stdout.splitlines()[-1].split())


def test_to_import_symjac_loads_nothing_that_it_can_do_without() -> None:
    assert loaded("import symjac") & HEAVY == set()


@pytest.mark.parametrize("name", sorted(HEAVY))
def test_a_loaded_module_is_noticed(name: str) -> None:
    pytest.importorskip(name)
    assert name in loaded(f"import {name}")


def test_every_dependency_has_a_row_with_its_reason() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    section = readme.split("## Dependencies")[1].split("\n## ")[0]
    rows = [
        line.strip("| ").split(" | ") for line in section.splitlines() if "|" in line
    ]
    named = {package: reason for package, reason in rows[2:]}
    extras = PROJECT["optional-dependencies"]
    expected = [requirement.split(">")[0] for requirement in PROJECT["dependencies"]]
    for extra in sorted(set(extras) - {"test", "test-all", "docs"}):
        for requirement in extras[extra]:
            expected.append(f"{requirement.split('>')[0]}, in `symjac[{extra}]`")
    assert sorted(named) == sorted(expected)
    assert all(named.values())


def test_what_an_extra_brings_is_tested_too() -> None:
    extras = PROJECT["optional-dependencies"]
    (chosen,) = (r for r in extras["test-all"] if r.startswith("symjac["))
    tested = {*chosen.removeprefix("symjac[").rstrip("]").split(",")}
    light = {requirement.split(">")[0] for requirement in extras["test"]}
    for name in extras.keys() - tested - {"test-all"}:
        assert {r.split(">")[0] for r in extras[name]} <= light, name
