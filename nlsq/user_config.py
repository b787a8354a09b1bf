"""The user's settings: ``config.toml`` in the platform's folder for them, or the file that ``NLSQ_CONFIG`` names."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlsq import links, repository_sources
from nlsq.errors import UserError

KEYS = {"repositories": list, "repositories_file": str, "endpoint": str, "model": str}
_KINDS = {list: ("a list of names", '["github.com/org/name"]'), str: ("a text", '"..."')}


@dataclass(frozen=True)
class UserConfig:
    """What the file says; ``path``: None for no file. ``repositories``: those of ``repositories_file``, too."""

    path: Path | None = None
    repositories: tuple[str, ...] = ()
    endpoint: str | None = None
    model: str | None = None


def folder_of(variable: str, below_home: str) -> Path:
    """The user's folder ``nlsq`` for one kind of files: below ``$VARIABLE`` where it is set, else below the home."""
    given = os.environ.get(variable, "")
    base = Path(given) if os.path.isabs(given) else Path(os.path.expanduser("~"), below_home)
    return base / "nlsq"


def config_path() -> Path:
    """Where the file lies or would lie."""
    given = os.environ.get("NLSQ_CONFIG")
    return Path(given).expanduser() if given else folder_of("XDG_CONFIG_HOME", ".config") / "config.toml"


def read() -> UserConfig:
    """The user's settings; empty ones when there is no file and ``NLSQ_CONFIG`` names none. Raises ``UserError``."""
    path = config_path()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        if os.environ.get("NLSQ_CONFIG"):
            raise UserError(f"{path}, which NLSQ_CONFIG names, does not exist", "write it, or unset it") from None
        return UserConfig()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UserError(f"{path}: {reason}", "mend that file, or name another in NLSQ_CONFIG") from None
    return _parsed(text, path)


def _parsed(text: str, path: Path) -> UserConfig:
    import tomllib

    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path} is not valid TOML: {error}", "mend that line") from None
    _refuse_unknown(values, path)
    listed = values.get("repositories_file")
    model = values.get("model")
    return UserConfig(
        path,
        repositories=(
            *repository_sources.checked(values.get("repositories", []), f"{path}, repositories"),
            *(repository_sources.names_in_file(_beside(path, listed)) if listed else ()),
        ),
        endpoint=links.checked(values["endpoint"], f"{path}, endpoint") if values.get("endpoint") else None,
        # A model's name may be a run's; only what lies beside the file is taken from there.
        model=str(beside) if model and (beside := _beside(path, model)).exists() else model or None,
    )


def _refuse_unknown(values: dict[str, Any], path: Path) -> None:
    for key, value in values.items():
        if key not in KEYS:
            raise UserError(f"{path}: unknown key {key!r}", f"the keys are {', '.join(KEYS)}")
        wrong = not isinstance(value, KEYS[key])
        if wrong or (isinstance(value, list) and not all(isinstance(one, str) for one in value)):
            kind, example = _KINDS[KEYS[key]]
            raise UserError(f"{path}: {key} is not {kind}", f"write {key} = {example}")
    if values.get("repositories_file") == repository_sources.STDIN:
        raise UserError(f"{path}: repositories_file cannot be stdin", "name a file")


def _beside(path: Path, name: str) -> Path:
    """``name`` as seen from the folder of the file ``path``."""
    return path.parent / Path(name).expanduser()
