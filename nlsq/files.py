"""Reading and writing files safely: atomic writes, checksums, JSON Lines."""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from nlsq.errors import UserError


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal, read in blocks."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_tree(folder: Path) -> str:
    """SHA-256 over the relative names and checksums of all files below ``folder``."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()} {sha256_of(path)}\n".encode())
    return digest.hexdigest()


def checksum(path: Path) -> str:
    """Checksum of a file, or of all that is in a folder."""
    return sha256_of_tree(path) if path.is_dir() else sha256_of(path)


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling that becomes ``path`` on success and is removed on any failure."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        os.chmod(temporary, 0o644)  # mkstemp makes files for the owner only
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling folder that replaces ``path`` on success and is removed on any failure."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        yield temporary
        os.chmod(temporary, 0o755)
        if path.exists():
            shutil.rmtree(path)
        os.replace(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` as a whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented JSON to ``path``, atomically."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """Read one JSON document; a missing or malformed file is a ``UserError``."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path} does not exist", "run the stage that makes it, or check the path") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not valid JSON: {error}", "delete it and run its stage again") from None


def write_json_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write one compact JSON object a line, atomically."""
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def read_json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield ``(line number, value)``; blank lines are skipped; a malformed line is a ``UserError``."""
    try:
        file = open(path, encoding="utf-8")  # noqa: SIM115 - closed by the `with` below, outside of this `try`
    except (FileNotFoundError, IsADirectoryError):
        raise UserError(f"the data file {path} does not exist", "run `make data`, or check the path") from None
    with file:
        try:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, json.loads(line)
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise UserError(f"{path}, line {number}: not valid JSON ({error})", "mend that line") from None


_SYSTEM_FAULTS = {
    errno.ENOSPC: "no disk space left",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than this system allows",
    errno.EROFS: "the file system is read-only",
}
_DISK_FIX = "free some space, or set NLSQ_RUNS and NLSQ_CACHE to another place"
# Libraries in Rust and C++ (safetensors, torch, llama.cpp) and other processes tell it in words only.
_IN_WORDS = {"No space left on device": errno.ENOSPC, "File too large": errno.EFBIG, "file write failed": errno.ENOSPC}


def system_fault(error: BaseException) -> str:
    """The plain sentence for a fault of the system, also one that a library has wrapped; empty for all others."""
    seen: BaseException | None = error
    while seen is not None:
        number = seen.errno if isinstance(seen, OSError) else None
        number = number or next((code for words, code in _IN_WORDS.items() if words in str(seen)), None)
        if number:
            where = getattr(seen, "filename", None)
            told = _SYSTEM_FAULTS.get(number, os.strerror(number).lower()) + (f": {where}" if where else "")
            return f"{told} -> {_DISK_FIX if number in _SYSTEM_FAULTS else 'check that path'}"
        seen = seen.__cause__ or seen.__context__
    return ""


class BusyError(Exception):
    """Another process holds a lock; ``process`` is its number, as far as it is known."""

    def __init__(self, process: str):
        super().__init__(process)
        self.process = process


@contextlib.contextmanager
def locked(path: Path, patience: float | None = None) -> Iterator[None]:
    """Hold an exclusive lock on the file ``path``, waiting ``patience`` seconds for it (None: as long as it takes).

    Raises ``BusyError`` when the time is up. The system frees the lock of a process that ends, however it ends.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    limit = None if patience is None else time.monotonic() + patience
    with open(path, "a+") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if limit is not None and time.monotonic() > limit:
                    file.seek(0)
                    raise BusyError(file.read().strip()) from None
                time.sleep(0.2)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def free_bytes(path: Path) -> int:
    """Free bytes on the file system that ``path`` lies on, or will lie on."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def require_space(path: Path, needed: int) -> None:
    """Refuse to start work that would write ``needed`` bytes to a disk that has fewer."""
    free = free_bytes(path.absolute())
    if free < needed:
        raise UserError(
            f"no disk space: {path} needs about {needed / 1e6:,.0f} MB and {free / 1e6:,.0f} MB are free",
            "free some space, or set NLSQ_RUNS and NLSQ_CACHE to another disk",
        )
