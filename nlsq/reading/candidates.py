"""Which of the given repositories a request speaks of, and with which words.

A name is compared without case, dashes and dots; the organisation may stand before it; endings that people leave out
(``.js``, ``-cli``) may be missing, and longer names may have a typing error.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from nlsq.reading.shapes import is_known

_WORD = re.compile(r"[^\W_]+(?:['’][a-z]+(?=\b))?")
_MOST_WORDS = 5
# Endings of names that people leave out, and that say little.
_LEFT_OUT = ("js", "ts", "py", "rb", "rs", "go", "cli", "lang", "net", "io", "core", "repo", "project")
_SHORTEST_MISSPELT = 5
_SHORTEST_TWICE_MISSPELT = 9


@dataclass(frozen=True)
class Mention:
    """Words of the request, ``start`` to ``end``, that name the repository ``name``."""

    start: int
    end: int
    name: str


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


@functools.lru_cache(maxsize=2048)
def _forms(full_name: str) -> dict[str, float]:
    """What a repository may be called, squeezed, and how well each form names it."""
    *front, name = full_name.lower().rstrip("/").split("/")
    organisation = front[-1] if len(front) > 1 or (front and "." not in front[0]) else ""
    squeezed = _squeezed(name)
    forms = {_squeezed(full_name): 5.0, squeezed: 3.0}
    if organisation:
        forms[_squeezed(organisation) + squeezed] = 4.0
    pieces = re.split(r"[\W_]+", name)
    if len(pieces) > 1 and pieces[-1] in _LEFT_OUT:
        forms.setdefault("".join(pieces[:-1]), 2.5)
    if len(pieces) == 2:
        forms.setdefault(pieces[1] + pieces[0], 2.0)
    if squeezed.endswith("lang") and len(squeezed) > len("lang") + 1:
        forms.setdefault(squeezed.removesuffix("lang"), 2.0)
    return {form: worth for form, worth in forms.items() if form}


def mentions(request: str, repositories: Sequence[str]) -> list[Mention]:
    """The words of ``request`` that name one of ``repositories``, in order, not overlapping; the longest win."""
    if not repositories:
        return []
    words = [(match.start(), match.end()) for match in _WORD.finditer(request)]
    found: list[tuple[float, int, int, str]] = []
    for first in range(len(words)):
        for last in range(first, min(first + _MOST_WORDS, len(words))):
            start, end = words[first][0], words[last][1]
            between = request[words[last - 1][1] : words[last][0]] if last > first else ""
            if len(between) > 1 or (between and between not in " -_./"):
                break
            stretch = re.sub(r"['’]s?$", "", request[start:end])
            if best := _best(stretch, repositories):
                end = start + len(stretch)
                if not _within_a_name(request, start, end):
                    found.append((best[0] + last - first, start, end, best[1]))
    return _without_overlaps(found)


def _within_a_name(request: str, start: int, end: int) -> bool:
    """True when the words are a part of a longer name: ``prometheus`` in ``prometheus/pushgateway``."""
    return bool(re.search(r"[\w/.@_-]$", request[:start]) or re.match(r"[/@_-]\w|\.\w", request[end:]))


def _best(stretch: str, repositories: Sequence[str]) -> tuple[float, str] | None:
    squeezed = _squeezed(stretch)
    scored = [
        (worth, -place, name) for place, name in enumerate(repositories) if (worth := _worth(squeezed, stretch, name))
    ]
    if not scored:
        return None
    worth, _, name = max(scored)
    return worth, name


def _worth(squeezed: str, stretch: str, name: str) -> float:
    forms = _forms(name)
    if squeezed in forms:
        return forms[squeezed]
    if len(squeezed) < _SHORTEST_MISSPELT or all(is_known(word) for word in stretch.split()):
        return 0.0
    allowed = 2 if len(squeezed) >= _SHORTEST_TWICE_MISSPELT else 1
    for form, worth in forms.items():
        if form[0] == squeezed[0] and abs(len(form) - len(squeezed)) <= allowed and distance(form, squeezed) <= allowed:
            return worth / 2
    return 0.0


def distance(one: str, other: str) -> int:
    """How many letters are to be added, left out, replaced or swapped with their neighbour to get the other text."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        current = [place]
        for column, against in enumerate(other, 1):
            cost = min(row[column] + 1, current[-1] + 1, row[column - 1] + (letter != against))
            if place > 1 and column > 1 and letter == other[column - 2] and one[place - 2] == against:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        before, row = row, current
    return row[-1]


def _without_overlaps(found: list[tuple[float, int, int, str]]) -> list[Mention]:
    taken: list[Mention] = []
    for _, start, end, name in sorted(found, key=lambda one: (-one[0], one[1])):
        if all(end <= other.start or start >= other.end for other in taken):
            taken.append(Mention(start, end, name))
    return sorted(taken, key=lambda one: one.start)


def named(value: str, repositories: Sequence[str]) -> str:
    """The one of ``repositories`` that the plain value of a ``repo:`` filter names, or an empty text."""
    squeezed = _squeezed(value.strip("^$").replace("\\", ""))
    scored = [(_forms(name).get(squeezed, 0.0), -place, name) for place, name in enumerate(repositories)]
    worth, _, name = max(scored, default=(0.0, 0, ""))
    return name if worth else ""
