"""Which languages ``lang:`` knows, and which names mean the same one. The table is generated: dev/make_languages.py."""

import functools
import json
from pathlib import Path

TABLE = Path(__file__).parent / "languages.json"


@functools.cache
def _languages() -> dict[str, list[str]]:
    return json.loads(TABLE.read_text(encoding="utf-8"))["languages"]


@functools.cache
def _names() -> dict[str, str]:
    """Every name and alias, folded, and the language it means."""
    languages = _languages()
    known = {_folded(alias): name for name, aliases in languages.items() for alias in aliases}
    return known | {_folded(name): name for name in languages}


def _folded(name: str) -> str:
    """A name as Sourcegraph looks it up: cut at the first comma, spaces as underscores, lower case."""
    return name.partition(",")[0].replace(" ", "_").lower()


def language(name: str) -> str | None:
    """Linguist's name of the language that ``lang:name`` means, or None for a name that Sourcegraph refuses."""
    return _names().get(_folded(name))


def usual_name(name: str) -> str:
    """How the language that ``lang:name`` means is written: its name in lower case.

    A name with a space needs quotes, so its longest alias without one is taken where there is one (``protobuf``).
    """
    meant = language(name)
    if meant is None:
        return name.lower()
    plain = [alias.lower() for alias in _languages()[meant] if " " not in alias]
    return max(plain, key=len) if " " in meant and plain else meant.lower()
