"""Where things lie: runs, the cache, the checkout. Every place can be moved by an environment variable."""

import os
from pathlib import Path

from nlsq.errors import UserError

PACKAGE = Path(__file__).resolve().parent
SHIPPED_MODELS = PACKAGE / "models"


def checkout() -> Path | None:
    """The project's checkout that this package runs from, or None when it was installed from a wheel."""
    root = PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() and (root / "recipes").is_dir() else None


def require_checkout() -> Path:
    """The checkout, or an error that says that the pipeline needs one."""
    root = checkout()
    if root is None:
        raise UserError(
            "the pipeline (data, training, builds, benchmark) is not part of the wheel and needs a checkout",
            "clone the project's repository and run `make setup` there",
        )
    return root


def runs() -> Path:
    """The folder of all run folders: ``NLSQ_RUNS``, else ``runs`` in the checkout or in the current folder."""
    given = os.environ.get("NLSQ_RUNS")
    return Path(given).expanduser().absolute() if given else (checkout() or Path.cwd()) / "runs"


def cache() -> Path:
    """The folder for what is fetched or derived once: ``NLSQ_CACHE``, else the user's cache folder."""
    given = os.environ.get("NLSQ_CACHE")
    if given:
        return Path(given).expanduser()
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "nls-query"


def data_build() -> Path:
    """The folder of the generated data splits: ``NLSQ_DATA``, else ``data/build`` in the checkout."""
    given = os.environ.get("NLSQ_DATA")
    return Path(given).expanduser() if given else require_checkout() / "data" / "build"


VALIDATION = "validation"  # the split on which answers are judged unless a file is named


def validation_records() -> Path:
    """The records of the validation split."""
    return data_build() / f"{VALIDATION}.jsonl"


def shown(path: Path) -> str:
    """``path`` as a person would write it: relative to the current folder where it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd().resolve()))
    except ValueError:
        return str(path)
