"""`symjac grade`: exit codes, formats, and runs over files that may be cut short."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from symjac.cli import main

LINES = [
    {"id": "a", "answer": "W.T", "reference": "W"},
    {"id": "b", "answer": "tr(A @ B)", "reference": "tr(B @ A)"},
    {"id": "c", "answer": "x", "reference": "2 * x"},
]
TEXT = "".join(json.dumps(line) + "\n" for line in LINES)


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["grade", *arguments], input=stdin)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.jsonl").write_text(TEXT, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("answer", "reference", "code"),
    [
        ("x + x", "2 * x", 0),
        ("x", "2 * x", 1),
        ("W.T", "W", 1),
        ("x.T", "x", 1),
        ("W @", "W", 2),
        ("sin(2 * x)", "2 * sin(x) * cos(x)", 3),
    ],
)
def test_the_exit_code_is_the_verdict(answer: str, reference: str, code: int) -> None:
    assert run("--answer", answer, "--reference", reference).exit_code == code


@pytest.mark.parametrize("output", [".", "in.jsonl", "./in.jsonl", "no/such"])
def test_records_replace_neither_the_input_nor_a_folder(
    folder: Path, output: str
) -> None:
    result = run("--batch", "in.jsonl", "--output", output)
    assert result.exit_code == 2
    assert "cannot write" in result.output or "is the input" in result.output
    assert (folder / "in.jsonl").read_text("utf-8") == TEXT
    assert [path.name for path in folder.iterdir()] == ["in.jsonl"]


def test_the_text_names_verdict_witness_and_shapes() -> None:
    shown = run("--answer", "W.T", "--reference", "W").output
    for part in ("refuted, equal up to a transpose", "entry (1, 2) is 3", "W: (n, n)"):
        assert part in shown


def test_shapes_are_declarations() -> None:
    words = ("--answer", "S.T", "--reference", "S", "--shapes", "S: (n, n) symmetric")
    assert run(*words).exit_code == 0


def test_the_json_is_one_object() -> None:
    result = run("--answer", "W.T", "--reference", "W", "--format", "json")
    found = json.loads(result.output)
    assert found["outcome"] == "refuted"
    assert found["witness"]["entry"] == [1, 2]


def test_formulas_are_read_from_files_too(folder: Path) -> None:
    (folder / "answer.txt").write_text("x + x\n", "utf-8")
    result = run("--answer", "@answer.txt", "--reference", "-", stdin="2 * x\n")
    assert result.exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--answer", "x"),
        ("--batch", "in.jsonl", "--answer", "x"),
        ("--answer", "x", "--reference", "x", "--resume"),
        ("--batch", "in.jsonl", "--resume"),
        ("--batch", "missing.jsonl"),
        ("--batch", "in.jsonl", "--output", "no/folder/out.jsonl"),
        ("--batch", "in.jsonl", "--jobs", "0"),
    ],
)
def test_arguments_that_do_not_fit_are_invalid_input(
    folder: Path, arguments: tuple[str, ...]
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert sorted(path.name for path in folder.iterdir()) == ["in.jsonl"]


def outcomes(path: Path) -> list[str]:
    lines = path.read_text("utf-8").splitlines()
    return [json.loads(line)["outcome"] for line in lines]


def test_a_batch_writes_one_record_per_line(folder: Path) -> None:
    result = run("--batch", "in.jsonl", "--output", "out.jsonl", "--jobs", "1")
    assert result.exit_code == 0
    assert outcomes(folder / "out.jsonl") == ["refuted", "proved", "refuted"]
    assert result.stderr == "1 proved, 2 refuted\n"
    assert not (folder / "out.jsonl.part").exists()


def test_a_batch_goes_from_standard_input_to_standard_output() -> None:
    result = run("--batch", "-", "--jobs", "1", stdin=TEXT)
    lines = result.stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["a", "b", "c"]


def test_processes_change_nothing_in_the_records(folder: Path) -> None:
    many = TEXT * 15
    (folder / "in.jsonl").write_text(many, "utf-8")
    for jobs in ("1", "2"):
        run("--batch", "in.jsonl", "--output", f"{jobs}.jsonl", "--jobs", jobs)
    one, two = ((folder / f"{n}.jsonl").read_bytes() for n in (1, 2))
    assert one == two
    assert one.count(b"\n") == 45


def whole(folder: Path) -> bytes:
    run("--batch", "in.jsonl", "--output", "whole.jsonl", "--jobs", "1")
    return (folder / "whole.jsonl").read_bytes()


@pytest.mark.parametrize("kept", [0, 1, 2, 3])
@pytest.mark.parametrize("cut", [0, 5])
def test_a_run_that_was_cut_short_is_taken_up(
    folder: Path, kept: int, cut: int
) -> None:
    expected = whole(folder)
    lines = expected.splitlines(keepends=True)
    begun = b"".join(lines[:kept]) + b"".join(lines[kept:])[:cut]
    (folder / "out.jsonl.part").write_bytes(begun)
    run("--batch", "in.jsonl", "--output", "out.jsonl", "--jobs", "1", "--resume")
    assert (folder / "out.jsonl").read_bytes() == expected
    assert not (folder / "out.jsonl.part").exists()


def test_a_part_of_an_earlier_run_is_not_written_over(folder: Path) -> None:
    part = folder / "out.jsonl.part"
    part.write_bytes(whole(folder))
    before = part.read_bytes()
    result = run("--batch", "in.jsonl", "--output", "out.jsonl")
    assert result.exit_code == 2
    assert "--resume" in result.output
    assert part.read_bytes() == before


@pytest.mark.parametrize("changed", ['{"answer": "y"}\n' + TEXT, "", TEXT[::-1]])
def test_a_part_is_taken_up_over_its_own_input_only(folder: Path, changed: str) -> None:
    part = folder / "out.jsonl.part"
    part.write_bytes(whole(folder))
    before = part.read_bytes()
    (folder / "in.jsonl").write_text(changed, "utf-8")
    result = run("--batch", "in.jsonl", "--output", "out.jsonl", "--resume")
    assert result.exit_code == 2
    assert "is not about line" in result.output
    assert part.read_bytes() == before


def test_lines_added_to_the_input_are_added_to_a_finished_run(folder: Path) -> None:
    arguments = ("--batch", "in.jsonl", "--output", "out.jsonl", "--jobs", "1")
    run(*arguments)
    with (folder / "in.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"answer": "x", "reference": "x"}\n')
    result = run(*arguments, "--resume")
    assert result.stderr == "3 from before, 1 proved\n"
    assert outcomes(folder / "out.jsonl") == ["refuted", "proved", "refuted", "proved"]


def test_a_very_long_line_is_an_error_record_only(folder: Path) -> None:
    long = json.dumps({"answer": "x" * 3_000_000, "reference": "x"})
    (folder / "in.jsonl").write_text(f"{long}\n{TEXT}", "utf-8")
    run("--batch", "in.jsonl", "--output", "out.jsonl", "--jobs", "1")
    lines = (folder / "out.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line).get("outcome") for line in lines] == [
        *(None, "refuted", "proved", "refuted")
    ]
