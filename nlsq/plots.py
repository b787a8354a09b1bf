"""Saving figures: PNG, atomically, the same bytes for the same data."""

from pathlib import Path
from typing import Any

from nlsq.files import atomic_path


def save_figure(figure: Any, path: Path) -> None:
    """Write a matplotlib figure as PNG, without the software's version in it."""
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120, metadata={"Software": None})
