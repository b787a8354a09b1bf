"""Where the candidates for ``repo:`` come from: the command line, files of names, the remotes of a git checkout.

Git's files are read, not git asked: that takes no process, and works where git is not installed.
"""

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nlsq.errors import UserError

STDIN = "-"
# As the grammar takes them (``nlsq.query.grammar``), and nothing that a file of another encoding leaves.
_NAME = re.compile(r"[^\s@:\"'\\()\x00-\x1f\ufffd\ud800-\udfff]+")
_NAME_IN_URL = re.compile(r"[\w.-]+(?:/[\w.+~-]+)+", re.ASCII)
_EXAMPLE = "github.com/org/name"

_URL = re.compile(
    r"(?:https?|ssh|git|ftps?|git\+\w+|git\+ssh|ssh\+git)://(?:[^/]*@)?(?P<host>[\w.-]+)(?::\d*)?/(?P<path>.+)"
)
# As in ``git@github.com:org/name`` and ``[git@github.com:22]:org/name``; one letter is a drive of Windows.
_LIKE_SCP = re.compile(r"\[?(?:[^@/\s]+@)?(?P<host>[\w.-]{2,})(?::\d+\]|\])?:(?!//)(?P<path>.+)")
_SAME_HOST = {
    "www.github.com": "github.com",
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
}

_SECTION = re.compile(r"\s*\[\s*([\w.-]+)\s*(?:\"((?:[^\"\\]|\\.)*)\")?\s*\]")
_SETTING = re.compile(r"\s*([A-Za-z][\w-]*)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^#;]*))")


@dataclass(frozen=True)
class Sources:
    """Candidates by where they come from."""

    given: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    remotes: tuple[str, ...] = ()
    configured: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All of them: the explicit ones, then the checkout's, then the configured ones, none of them twice."""
        return tuple(dict.fromkeys((*self.given, *self.listed, *self.remotes, *self.configured)))


def checked(names: Iterable[str], where: str = "") -> tuple[str, ...]:
    """``names`` as they are; a ``UserError`` on what is no repository's name."""
    found = tuple(names)
    for name in found:
        if not _NAME.fullmatch(name):
            said = f"{where}: " if where else ""
            raise UserError(f"{said}{name!r} is no name of a repository", f"write it as {name_of(name) or _EXAMPLE}")
    return found


def names_in_file(path: str | Path) -> tuple[str, ...]:
    """The names in a file, one a line; ``#`` begins a comment. ``-`` is stdin. Raises ``UserError`` with the line."""
    from nlsq.terminal import piped_lines

    if str(path) == STDIN:
        return tuple(_names(piped_lines(), "stdin"))
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise UserError(f"the list of repositories {path}: {reason}", "give a file with one name a line") from None
    return tuple(_names(text.split("\n"), str(path)))


def _names(lines: Iterable[str], where: str) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        name = re.sub(r"(?:^|\s)#.*", "", line).strip()
        if name:
            yield from checked([name], f"{where}, line {number}")


def name_of(address: str) -> str | None:
    """A remote's address as Sourcegraph names the repository: ``github.com/org/name``; None for what has no name."""
    text = address.strip()
    match = _URL.fullmatch(text) or ("://" not in text and _LIKE_SCP.fullmatch(text)) or None
    if not match:
        return None
    host = match["host"].lower()
    path = match["path"].strip("/").removesuffix(".git").rstrip("/")
    name = f"{_SAME_HOST.get(host, host)}/{path}"
    return name if _NAME_IN_URL.fullmatch(name) else None


def remote_names(folder: Path | None = None) -> tuple[str, ...]:
    """The repositories that a checkout's remotes name, ``origin`` first; empty outside of one. Never fails."""
    try:
        git = _git_folder(folder or Path.cwd())
        settings = list(_settings(git / "config")) if git else []
    except OSError:
        return ()
    addresses: dict[str, str] = {}
    for section, name, key, value in settings:
        if (section, key) == ("remote", "url"):
            addresses.setdefault(name, value)
    if not addresses:
        return ()
    shorthands = _shorthands([*settings, *_user_settings()])
    first = sorted(addresses, key=lambda name: name != "origin")
    found = (name_of(_expanded(addresses[name], shorthands)) for name in first)
    return tuple(dict.fromkeys(name for name in found if name))


def _git_folder(start: Path) -> Path | None:
    """The folder with the checkout's settings; a worktree's and a submodule's ``.git`` is a file that points to it."""
    if given := os.environ.get("GIT_DIR"):
        return _common(Path(given))
    for folder in (start, *start.parents):
        found = folder / ".git"
        if found.is_dir():
            return found
        if found.is_file():
            target = found.read_text(encoding="utf-8", errors="replace").partition("gitdir:")[2].strip()
            return _common(folder / target) if target else None
    return None


def _common(git: Path) -> Path:
    pointer = git / "commondir"
    return git / pointer.read_text(encoding="utf-8", errors="replace").strip() if pointer.is_file() else git


def _settings(path: Path) -> Iterator[tuple[str, str, str, str]]:
    """``(section, its name, key, value)`` of each line of one of git's files of settings."""
    section, name = "", ""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        rest = line
        if match := _SECTION.match(line):
            section, name, rest = match[1].lower(), _unescaped(match[2] or ""), line[match.end() :]
        if match := _SETTING.match(rest):
            value = match[3].strip() if match[2] is None else _unescaped(match[2])
            yield section, name, match[1].lower(), value


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _user_settings() -> Iterator[tuple[str, str, str, str]]:
    home = os.environ.get("HOME", "")
    folder = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    for path in (Path(folder, "git", "config"), Path(home, ".gitconfig")):
        with contextlib.suppress(OSError):
            yield from _settings(path)


def _shorthands(settings: Iterable[tuple[str, str, str, str]]) -> dict[str, str]:
    """What addresses may begin with, and what that stands for (``url.BASE.insteadOf``)."""
    return {value: name for section, name, key, value in settings if (section, key) == ("url", "insteadof") and value}


def _expanded(address: str, shorthands: dict[str, str]) -> str:
    """``address`` with the longest shorthand that it begins with written out, as git does it."""
    fitting = [short for short in shorthands if address.startswith(short)]
    if not fitting:
        return address
    longest = max(fitting, key=len)
    return shorthands[longest] + address.removeprefix(longest)
