"""Citation, issue forms, workflows: valid by their schemas, and they ask what helps."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import symjac

GITHUB = Path(__file__).parents[1] / ".github"
CITATION = GITHUB / "CITATION.cff"
CONFIG = GITHUB / "ISSUE_TEMPLATE" / "config.yml"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("[0-9]_*.yml"))
SCHEMAS = {
    **{path: "github-issue-forms" for path in FORMS},
    CONFIG: "github-issue-config",
    CITATION: "citation-file-format",
    **dict.fromkeys(WORKFLOWS, "github-workflows"),
    GITHUB.parent / ".readthedocs.yaml": "readthedocs",
}


def complaints(path: Path, schema: str) -> str:
    """What is wrong by a schema of the format's own publisher; empty if nothing is."""
    pytest.importorskip("check_jsonschema")
    options = ("--builtin-schema", f"vendor.{schema}", "--force-filetype", "yaml")
    command = [sys.executable, "-m", "check_jsonschema", *options, str(path)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout + found.stderr if found.returncode else ""


def fields(path: Path) -> dict[str, Any]:
    form = yaml.safe_load(path.read_text("utf-8"))
    return {field["id"]: field for field in form["body"]}


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_file_is_valid_by_its_schema(path: Path) -> None:
    assert complaints(path, SCHEMAS[path]) == ""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (CITATION, "type: software"),
        (CITATION, "cff-version: 1.2.0"),
        (FORMS[0], "name: A wrong verdict"),
        (FORMS[0], "blank_issues_enabled: true"),
    ],
)
def test_a_mistake_in_a_file_is_noticed(path: Path, line: str, tmp_path: Path) -> None:
    spoiled = tmp_path / path.name
    changed = path.read_text("utf-8").replace(line, "wrong: 1")
    spoiled.write_text(changed if "wrong: 1" in changed else f"{changed}{line}\n")
    assert complaints(spoiled, SCHEMAS[path])


def test_the_citation_is_of_this_version() -> None:
    found = yaml.safe_load(CITATION.read_text("utf-8"))
    assert found["version"] == symjac.__version__
    assert found["license"] == "BSD-3-Clause"


def test_a_wrong_verdict_has_the_first_form() -> None:
    assert [path.stem[2:] for path in FORMS] == [
        "wrong_verdict",
        "undecided",
        "paper",
        "bug",
    ]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_every_form_asks_for_the_command_and_its_json(path: Path) -> None:
    asked = fields(path)
    for name in ("command", "output"):
        assert asked[name]["validations"]["required"]
    shown = [*asked["output"]["attributes"].values()]
    assert any("json" in text.lower() for text in shown)
