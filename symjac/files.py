"""Files written with care: each whole or not at all, and nothing else is harmed.

What replaces a file keeps its owner, mode and attributes; through a link, the file that
it leads to is replaced. Pipes and character devices, such as `/dev/null`, are written
to. What a command reads is never written.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from symjac.errors import OutputError

Files = Mapping[str, str | bytes]
STANDARD_INPUT, STANDARD_OUTPUT = 0, 1
Inputs = Iterable[Path | int]  # an int is an open file's


def encoded(content: str | bytes) -> bytes:
    """A file's bytes; text is UTF-8."""
    return content if isinstance(content, bytes) else content.encode()


def write_all(folder: Path, files: Files, inputs: Inputs = ()) -> tuple[Path, ...]:
    """Write files next to their places first, then move them there.

    Args:
        folder: is made if it is not there.
        files: contents by names in the folder.
        inputs: what must not be written.

    Raises:
        OutputError: with nothing changed.
    """
    prepared: list[tuple[Path, Path]] = []
    streams: list[tuple[Path, bytes]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in ((folder / name, files[name]) for name in files):
            path.parent.mkdir(exist_ok=True)
            target = destination(path, inputs)
            if target is None:
                streams.append((path, encoded(content)))
                continue
            temporary = target.with_name(f".symjac-{secrets.token_hex(8)}")
            prepared.append((temporary, target))
            with os.fdopen(create(temporary, target), "wb") as stream:
                stream.write(encoded(content))
                stream.flush()
                os.fsync(stream.fileno())
        for temporary, target in prepared:
            temporary.replace(target)
        for path, whole in streams:
            with os.fdopen(os.open(path, os.O_WRONLY), "wb") as stream:
                stream.write(whole)
    except OSError as error:
        raise OutputError(f"cannot write to {folder}: {error.strerror}") from None
    finally:
        for temporary, _ in prepared:
            temporary.unlink(missing_ok=True)
    return tuple(folder / name for name in files)


def destination(path: Path, inputs: Inputs = ()) -> Path | None:
    """The file that a path leads to, there or not; None for a pipe or a device.

    Raises:
        OutputError: an input, a folder, a file of several names, or none for writing.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return path.resolve()
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from None
    if stat.S_ISFIFO(found.st_mode) or stat.S_ISCHR(found.st_mode):
        return None
    if any(is_same(found, one) for one in inputs):
        raise OutputError(f"{path} is the input; name another file for the output")
    if stat.S_ISREG(found.st_mode) and found.st_nlink > 1:
        hint = "name another file; replacing this one would part them"
        raise OutputError(f"{path} is one of {found.st_nlink} hard links", hint=hint)
    if not stat.S_ISREG(found.st_mode) or not os.access(path, os.W_OK):
        is_folder = stat.S_ISDIR(found.st_mode)
        what = "a folder" if is_folder else "no regular file that may be written"
        raise OutputError(f"cannot write {path}: it is {what}")
    return path.resolve()


def is_same(found: os.stat_result, other: Path | int) -> bool:
    """Whether a file is the one at a path, or an open one."""
    with contextlib.suppress(OSError):
        return os.path.samestat(found, os.stat(other))
    return False


def is_standard_output(output: str | None) -> bool:
    """Whether an output is asked for where standard output goes: `-`, `/dev/stdout`."""
    if output is None or output == "-":
        return True
    with contextlib.suppress(OSError, ValueError):
        return is_same(Path(output).stat(), STANDARD_OUTPUT)
    return False


def create(path: Path, like: Path) -> int:
    """A new file, open for writing, with owner, mode and attributes of another.

    Where the other is not there, the mode is that of any new file.

    Raises:
        OSError: the file is there, or may not have that owner.
    """
    private = like.exists()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    handle = os.open(path, flags, 0o600 if private else 0o666)
    if private:
        try:
            own, new = like.stat(), path.stat()
            if (own.st_uid, own.st_gid) != (new.st_uid, new.st_gid):
                os.chown(path, own.st_uid, own.st_gid)
            shutil.copystat(like, path)
            os.utime(path)
        except OSError:
            os.close(handle)
            raise
    return handle
