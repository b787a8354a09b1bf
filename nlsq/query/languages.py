"""Which languages ``lang:`` knows, and which names mean the same one. The table is generated: dev/make_languages.py."""

import difflib
import functools
import json
import re
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent / "languages.json"
# What people call languages that Sourcegraph knows by another name, and what several languages' extensions mostly are.
_NICKNAMES = {
    "angular": "typescript",
    "asm": "assembly",
    "c/c++": "c++",
    "cplusplus": "c++",
    "docker": "dockerfile",
    "fs": "f#",
    "h": "c",
    "m": "objective-c",
    "make": "makefile",
    "md": "markdown",
    "ml": "ocaml",
    "mysql": "sql",
    "next": "javascript",
    "node": "javascript",
    "nodejs": "javascript",
    "pl": "perl",
    "plaintext": "text",
    "postgres": "sql",
    "postgresql": "sql",
    "proto3": "protobuf",
    "react": "javascript",
    "sqlite": "sql",
    "txt": "text",
    "v": "verilog",
    "vuejs": "vue",
}
# A shorter name is too near to too many.
_SHORTEST_MISSPELT = 4
_NEAR = 0.82


@functools.cache
def _tables() -> dict[str, dict[str, Any]]:
    return json.loads(TABLE.read_text(encoding="utf-8"))


def _languages() -> dict[str, list[str]]:
    return _tables()["languages"]


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


def all_languages() -> list[str]:
    """Linguist's names of all languages."""
    return list(_languages())


def usual_name(name: str) -> str:
    """How the language that ``lang:name`` means is written: its name in lower case.

    A name with a space needs quotes, so its longest alias without one is taken where there is one (``protobuf``).
    """
    meant = language(name)
    if meant is None:
        return name.lower()
    plain = [alias.lower() for alias in _languages()[meant] if " " not in alias]
    return max(plain, key=len) if " " in meant and plain else meant.lower()


def is_nickname(name: str) -> bool:
    """True for what people call a language that Sourcegraph knows by another name."""
    return name.lower() in _NICKNAMES


def nicknames() -> list[str]:
    """What people call languages that Sourcegraph knows by another name."""
    return list(_NICKNAMES)


def short_names() -> list[str]:
    """Every name and alias that ``lang:`` takes, folded."""
    return list(_names())


def nearest(name: str) -> str:
    """The usual name of the language that ``name`` seems to mean, though Sourcegraph refuses it; empty for none.

    Nicknames and extensions (``py``, ``.kt``), versions (``java8``), other spellings (``objectivec``), misspellings.
    """
    folded = _folded(name).strip("_").lstrip("*.")
    unversioned = re.sub(r"[_.-]*[0-9.]+x?$", "", folded)
    for text in (folded, unversioned):
        meant = _NICKNAMES.get(text) or _tables()["extensions"].get(text) or (text if language(text) else "")
        if meant:
            return usual_name(meant)
    squeezed = _squeezed_names().get(_squeezed(folded)) or _squeezed_names().get(_squeezed(unversioned))
    if squeezed or len(folded) < _SHORTEST_MISSPELT:
        return usual_name(squeezed) if squeezed else ""
    near = difflib.get_close_matches(folded, (known for known in _names() if known[0] == folded[0]), 1, _NEAR)
    return usual_name(near[0]) if near else ""


def _squeezed(name: str) -> str:
    return re.sub(r"[\W_]+|lang(?:uage)?$", "", name)


@functools.cache
def _squeezed_names() -> dict[str, str]:
    """Names without spaces and signs, and the language; where a sign is all that tells two apart, none."""
    found: dict[str, str] = {}
    for name, meant in _names().items():
        squeezed = _squeezed(name)
        if len(squeezed) >= _SHORTEST_MISSPELT:
            found[squeezed] = meant if found.get(squeezed, meant) == meant else ""
    return found
