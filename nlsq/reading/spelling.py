"""Typing errors in the words that say what a query is to be: ``commtis`` is read as ``commits``.

One letter left out, added, replaced, or swapped with its neighbour. Found through the words with one letter left out,
which two such words have in common.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from pathlib import Path

TELLING = Path(__file__).parent / "telling.txt"
REAL = Path(__file__).parent / "lookalikes.txt"  # words that only look like typing errors of those
SHORTEST_CORRECTED = 5


def _with_one_left_out(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def corrections(words: Iterable[str]) -> Callable[[str], str]:
    """A function from a misspelt word to the first of ``words`` that it may be, or to an empty text."""
    index: dict[str, int] = {}
    ordered = list(words)
    for place, word in enumerate(ordered):
        for form in _with_one_left_out(word):
            index.setdefault(form, place)

    def corrected(word: str) -> str:
        if len(word) < SHORTEST_CORRECTED or not (word.isascii() and word.isalpha() and word.islower()):
            return ""
        places = [index[form] for form in _with_one_left_out(word) if form in index]
        found = [ordered[place] for place in sorted(places) if _is_one_error(word, ordered[place])]
        return found[0] if found else ""

    return corrected


def _is_one_error(one: str, other: str) -> bool:
    """True for texts that differ in one letter, or in two neighbours that are swapped; the first letter is right."""
    if one[0] != other[0] or one == other:
        return False
    if len(one) == len(other):
        places = [place for place in range(len(one)) if one[place] != other[place]]
        first, last = places[0], places[-1]
        swapped = last == first + 1 and one[first] == other[last] and one[last] == other[first]
        return len(places) == 1 or (len(places) == 2 and swapped)
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    # A letter more at the end is another form of the word: usage, usages.
    return longer[:-1] != shorter and any(
        longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer) - 1)
    )


@functools.cache
def _corrections() -> Callable[[str], str]:
    return corrections(TELLING.read_text(encoding="utf-8").split())


def corrected(word: str) -> str:
    """The telling word that ``word`` is a typing error of, or an empty text."""
    return "" if word in _real_words() else _corrections()(word)


@functools.cache
def _real_words() -> frozenset[str]:
    return frozenset(REAL.read_text(encoding="utf-8").split())
