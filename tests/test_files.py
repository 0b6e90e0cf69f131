"""Files that commands write: whole or absent, as they were, and never an input."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from symjac.cli import main
from symjac.errors import OutputError
from symjac.files import write_all

DERIVE = ("derive", "y = A @ x", "--wrt", "x")
CHECK = ("check", "y = A @ x", "--wrt", "x", "--claim", "A")
GALLERY = ("gallery", "pascanu2013")
BATCH = ("grade", "--batch", "in.jsonl", "--jobs", "1")
WRITERS = [DERIVE, CHECK, GALLERY, BATCH]
RECORD = '{"line": 1, "digest": "'
TASK = '{"answer": "x", "reference": "x"}\n'


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.jsonl").write_text(TASK, "utf-8")
    return tmp_path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("command", WRITERS, ids=lambda words: words[0])
class TestEveryWriter:
    """What holds for every command with `--output`."""

    def test_a_private_file_stays_private(
        self, folder: Path, command: tuple[str, ...]
    ) -> None:
        out = folder / "out"
        out.write_text(RECORD, "utf-8")
        out.chmod(0o600)
        assert run(*command, "--output", "out").exit_code == 0
        assert mode(out) == 0o600
        assert out.stat().st_size > len(RECORD)

    def test_a_new_file_has_the_mode_of_any_new_file(
        self, folder: Path, command: tuple[str, ...]
    ) -> None:
        before = os.umask(0o077)
        try:
            run(*command, "--output", "out")
        finally:
            os.umask(before)
        assert mode(folder / "out") == 0o600

    def test_a_link_stays_and_what_it_leads_to_is_written(
        self, folder: Path, command: tuple[str, ...]
    ) -> None:
        (folder / "there").mkdir()
        target, link = folder / "there" / "target", folder / "link"
        link.symlink_to(target)  # dangling at first
        for _ in range(2):
            assert run(*command, "--output", "link").exit_code == 0
            assert link.is_symlink()
            assert target.stat().st_size > 0
        assert sorted(os.listdir(folder / "there")) == ["target"]

    def test_hard_links_are_not_parted(
        self, folder: Path, command: tuple[str, ...]
    ) -> None:
        (folder / "one").write_text(RECORD, "utf-8")
        (folder / "two").hardlink_to(folder / "one")
        result = run(*command, "--output", "two")
        assert result.exit_code == 2
        assert "2 hard links" in result.stderr
        assert (folder / "one").read_text("utf-8") == RECORD
        assert (folder / "one").samefile(folder / "two")

    def test_a_pipe_is_written_to(self, folder: Path, command: tuple[str, ...]) -> None:
        os.mkfifo(folder / "pipe")
        reader = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        code = run(*command, "--output", "pipe").exit_code
        got = os.read(reader, 100_000)
        os.close(reader)
        assert code == 0
        assert len(got) > 0
        assert stat.S_ISFIFO((folder / "pipe").stat().st_mode)

    def test_a_device_stays_a_device(
        self, folder: Path, command: tuple[str, ...]
    ) -> None:
        assert run(*command, "--output", os.devnull).exit_code == 0
        assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)

    def test_a_dash_is_standard_output(
        self, folder: Path, command: tuple[str, ...]
    ) -> None:
        plain, dashed = run(*command), run(*command, "--output", "-")
        assert dashed.stdout == plain.stdout
        assert len(dashed.stdout) > 0
        assert os.listdir(folder) == ["in.jsonl"]

    def test_a_read_only_file_is_refused(
        self, folder: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (folder / "out").write_text(RECORD, "utf-8")
        monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anything
        assert run(*command, "--output", "out").exit_code == 2
        assert (folder / "out").read_text("utf-8") == RECORD


@pytest.mark.parametrize("name", ["eq.txt", "./eq.txt", "link", "hard"])
def test_equations_are_not_written_over(folder: Path, name: str) -> None:
    source = folder / "eq.txt"
    source.write_text("y = A @ x", "utf-8")
    (folder / "link").symlink_to("eq.txt")
    (folder / "hard").hardlink_to(source)
    result = run("derive", "@eq.txt", "--wrt", "x", "--output", name)
    assert result.exit_code == 2
    assert "is the input" in result.stderr
    assert source.read_text("utf-8") == "y = A @ x"


def test_a_template_and_a_claim_are_not_written_over(folder: Path) -> None:
    claim = folder / "claim.txt"
    claim.write_text("A", "utf-8")
    result = run(*CHECK[:-1], "@claim.txt", "--output", "claim.txt")
    assert result.exit_code == 2
    assert claim.read_text("utf-8") == "A"
    own = folder / "own.md.jinja"
    own.write_text("{{ title }}", "utf-8")
    result = run(*DERIVE, "--template", str(own), "--output", str(own))
    assert result.exit_code == 2
    assert own.read_text("utf-8") == "{{ title }}"


def test_the_owner_is_kept_or_nothing_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = folder / "out"
    out.write_text("old", "utf-8")

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    other = os.stat_result((0o100644, 0, 0, 1, 12345, 12345, 0, 0, 0, 0))
    real = Path.stat
    monkeypatch.setattr(
        Path,
        "stat",
        lambda path, **kept: other if path == out else real(path, **kept),
    )
    monkeypatch.setattr(os, "chown", refused)
    with pytest.raises(OutputError):
        write_all(folder, {"out": "new"})
    monkeypatch.undo()
    assert out.read_text("utf-8") == "old"
    assert sorted(os.listdir(folder)) == ["in.jsonl", "out"]


class Killed(BaseException):
    """The process ends here."""


STEPS = ["open", "fdopen", "fsync", "chmod", "utime"]


@pytest.mark.parametrize("step", [*STEPS, "replace"])
@pytest.mark.parametrize("at", [1, 2])
def test_killed_at_any_step_a_file_is_old_or_new(
    folder: Path, step: str, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = {"a": "old a", "b": "old b"}, {"a": "new a", "b": "new b"}
    write_all(folder, old)
    owner = Path if step == "replace" else os
    real, calls = getattr(owner, step), 0

    def killed(*arguments: object, **kept: object) -> object:
        nonlocal calls
        calls += 1
        if calls == at:
            raise Killed
        return real(*arguments, **kept)

    monkeypatch.setattr(owner, step, killed)
    with pytest.raises(Killed):
        write_all(folder, new)
    monkeypatch.undo()
    for name in new:
        assert (folder / name).read_text("utf-8") in (old[name], new[name])


def test_a_full_disk_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all(folder, {"a": "old"})

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = run(*DERIVE, "--output", "a")
    assert result.exit_code == 2
    assert "No space left" in result.stderr
    assert (folder / "a").read_text("utf-8") == "old"
    assert sorted(os.listdir(folder)) == ["a", "in.jsonl"]


def test_resuming_leaves_an_input_called_part_alone(folder: Path) -> None:
    part = folder / "a.part"
    part.write_text(TASK.strip(), "utf-8")  # one line, without its end
    result = run("grade", "--batch", "a.part", "--output", "a", "--resume")
    assert result.exit_code == 2
    assert part.read_text("utf-8") == TASK.strip()
    assert not (folder / "a").exists()


@pytest.mark.parametrize("text", ["thesis", "thesis\n", '{"id": 1}\n', '{"line": 2'])
def test_records_replace_and_continue_records_only(folder: Path, text: str) -> None:
    for name in ("out", "other.part"):
        (folder / name).write_text(text, "utf-8")
    for words in (["out"], ["out", "--resume"], ["other", "--resume"]):
        assert run(*BATCH, "--output", *words).exit_code == 2
    assert (folder / "out").read_text("utf-8") == text
    assert (folder / "other.part").read_text("utf-8") == text
    assert sorted(os.listdir(folder)) == ["in.jsonl", "other.part", "out"]


def test_a_part_that_is_a_link_is_refused(folder: Path) -> None:
    (folder / "kept").write_text("", "utf-8")
    (folder / "out.part").symlink_to("kept")
    assert run(*BATCH, "--output", "out", "--resume").exit_code == 2
    assert (folder / "kept").read_text("utf-8") == ""


def test_a_refused_resume_leaves_nothing_behind(folder: Path) -> None:
    assert run(*BATCH, "--output", "out").exit_code == 0
    before = (folder / "out").read_bytes()
    (folder / "in.jsonl").write_text(TASK.replace("x", "y"), "utf-8")
    assert run(*BATCH, "--output", "out", "--resume").exit_code == 2
    assert sorted(os.listdir(folder)) == ["in.jsonl", "out"]
    assert (folder / "out").read_bytes() == before
    assert run(*BATCH, "--output", "out").exit_code == 0
    assert json.loads((folder / "out").read_text("utf-8"))["shapes"] == {"y": "(n)"}


def test_prove_prints_one_document_or_says_why_not(folder: Path) -> None:
    one = run("prove", "pascanu2013", "--format", "tex", "--output", "-")
    assert one.exit_code == 0
    assert one.stdout.startswith("%")
    two = run("prove", "pascanu2013", "--format", "tex,html", "--output", "-")
    assert two.exit_code == 2
    assert "one file" in two.stderr
    assert os.listdir(folder) == ["in.jsonl"]


def test_docs_writes_through_links_with_the_mode(folder: Path) -> None:
    page, link = folder / "page.md", folder / "link.md"
    block = "<!-- symjac: derive 'y = A @ x' --wrt x -->\n\n<!-- /symjac -->\n"
    page.write_text(block, "utf-8")
    page.chmod(0o640)
    link.symlink_to("page.md")
    assert run("docs", "link.md").exit_code == 0
    assert link.is_symlink()
    assert mode(page) == 0o640
    assert len(page.read_text("utf-8")) > len(block)
