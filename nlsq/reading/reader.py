"""Reading a request: what a model need not understand is found by rules, and a slot put in its place.

    >>> reading = read("usages of parseBody in acme/billing since monday", date(2026, 3, 14))
    >>> reading.text            # slots are shown here as <kind>
    'usages of <code> in <name> <since>'

The text that a model reads begins with a space, like the query that it writes: a word is then the same token wherever
it stands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from nlsq.reading import chunks, slots
from nlsq.reading.candidates import mentions
from nlsq.reading.shapes import is_known, is_shape
from nlsq.reading.slots import Slot, slot_character
from nlsq.reading.times import time_phrases
from nlsq.reading.typed import TypedFilter, typed_filters

_QUOTES = re.compile(
    r"""(?<![^\s(\[:,=])(?:"(?P<double>(?:[^"\\]|\\.)*[^"\s\\](?:[^"\\]|\\.)*)"|“(?P<curly>[^”]+)”|'(?P<single>[^'\s](?:[^']|'(?=\w))*?)'(?!\w)|"""
    r"""`(?P<back>[^`]+)`)"""
)
_CHUNK = re.compile(r"\S+")


@dataclass(frozen=True)
class Reading:
    """A request as a model reads it: ``text`` with slots, and what each slot stands for."""

    request: str
    text: str
    slots: tuple[Slot, ...]
    typed: tuple[TypedFilter, ...] = ()
    repositories: tuple[str, ...] = ()

    def slot(self, character: str) -> Slot | None:
        """The slot with this character."""
        return next((slot for slot in self.slots if slot.character == character), None)


@dataclass(frozen=True)
class _Piece:
    """A stretch of the request that becomes a slot, or text in front of one."""

    start: int
    end: int
    kind: str
    text: str
    before: str = ""  # stays in front of the slot
    after: str | None = None
    until: str | None = None
    point: str = ""
    repository: str = ""


def read(request: str, today: date, repositories: Sequence[str] = ()) -> Reading:
    """Read ``request`` (one line) on the day ``today``; ``repositories``: candidates' full names, most likely first."""
    typed = typed_filters(request)
    pieces = _without_overlaps(
        [
            *map(_of_typed, typed),
            *_of_quotes(request),
            *(
                _Piece(one.start, one.end, one.kind, request[one.start : one.end], "", one.after, one.before, one.point)
                for one in time_phrases(request, today)
            ),
        ]
    )
    pieces = _without_overlaps([*pieces, *_of_candidates(request, repositories), *_of_chunks(request, pieces)])
    return _assembled(request, pieces, tuple(typed), tuple(repositories))


def _of_typed(one: TypedFilter) -> _Piece:
    return _Piece(one.start, one.end, slots.VALUE if one.value else "", one.value, one.head)


def _of_quotes(request: str) -> Iterator[_Piece]:
    for match in _QUOTES.finditer(request):
        text = next(text for text in match.groupdict().values() if text is not None)
        if match["double"]:
            text = re.sub(r"\\([\"\\])", r"\1", text)
        if not is_shape(text):
            yield _Piece(match.start(), match.end(), slots.QUOTED, text.strip())


def _of_candidates(request: str, repositories: Sequence[str]) -> Iterator[_Piece]:
    for one in mentions(request, repositories):
        words = request[one.start : one.end]
        # Known words stay before the slot: "go" may be the repository, and may be the language.
        kept = f"{words} " if all(is_known(word) for word in words.split()) else ""
        yield _Piece(one.start, one.end, slots.CANDIDATE, words, kept, repository=one.name)


def _of_chunks(request: str, taken: list[_Piece]) -> Iterator[_Piece]:
    """Slots for the words that are neither known nor taken."""
    bounds = [(piece.start, piece.end) for piece in taken]
    for match in _CHUNK.finditer(request):
        if any(start < match.end() and match.start() < end for start, end in bounds):
            continue
        for part in chunks.parts(request, match.start(), match.end()):
            yield _Piece(part.start, part.end, part.kind, part.text, part.before)


def _without_overlaps(pieces: list[_Piece]) -> list[_Piece]:
    """The earlier listed piece wins over the later listed ones that it overlaps."""
    kept: list[_Piece] = []
    for piece in pieces:
        if all(piece.end <= other.start or piece.start >= other.end for other in kept):
            kept.append(piece)
    return sorted(kept, key=lambda piece: piece.start)


def _assembled(
    request: str, pieces: list[_Piece], typed: tuple[TypedFilter, ...], repositories: tuple[str, ...]
) -> Reading:
    used: Counter[str] = Counter()
    known: dict[tuple[str, str, str], Slot] = {}
    made: list[Slot] = []
    text, place = "", 0
    for piece in pieces:
        text += request[place : piece.start]
        place = piece.end
        text += piece.before
        if not piece.kind:
            continue
        same = (piece.kind, piece.text, piece.repository)
        slot = known.get(same)
        if slot is None:
            if used[piece.kind] == slots.PER_KIND:
                text += piece.text
                continue
            character = slot_character(piece.kind, used[piece.kind])
            used[piece.kind] += 1
            slot = Slot(character, piece.text, piece.repository, piece.after, piece.until, piece.point)
            known[same] = slot
            made.append(slot)
        text += slot.character
    text += request[place:]
    return Reading(request, " " + " ".join(text.split()), tuple(made), typed, repositories)


def shown(text: str) -> str:
    """``text`` with its slots as words in angle brackets, for people."""
    return slots.ANY_SLOT.sub(lambda match: f"<{slots.kind_of(match[0])}{ord(match[0]) % slots.PER_KIND + 1}>", text)
