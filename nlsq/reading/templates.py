"""Queries with slots: filled with what the slots stand for, and made out of plain queries for training.

``fill(template, reading)`` gives the query; ``hide(query, reading)`` the template that a model should write. The one
undoes the other, which ``hide`` proves for each query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlsq.filters import CANONICAL_NAME
from nlsq.query import QueryError, equivalent
from nlsq.query.suggesting import quoted
from nlsq.reading import slots
from nlsq.reading.candidates import named
from nlsq.reading.reader import Reading
from nlsq.reading.slots import ANY_SLOT
from nlsq.reading.tables import table_of

_HEAD = re.compile(r"-?([a-z]+):")
_PREDICATE = re.compile(r"([a-z.]+)\(")
_POINTS = frozenset(("has.commit.after", "contains.commit.after", "at.time"))


@dataclass(frozen=True)
class _Part:
    """A stretch of a query that holds one value, term or argument; ``place``: see ``slots``."""

    start: int
    end: int
    place: str


def _parts(query: str) -> Iterator[_Part]:
    """The parts of ``query`` from left to right; what lies between is spaces, parentheses and operators."""
    place = 0
    while place < len(query):
        if query[place] in " ()":
            place += 1
            continue
        head = _HEAD.match(query, place)
        if head and head[1] in CANONICAL_NAME:
            name = CANONICAL_NAME[head[1]]
            predicate = _PREDICATE.match(query, head.end())
            if predicate and name in ("repo", "file", "rev"):
                end = _closing(query, predicate.end() - 1)
                yield from _arguments(query, predicate.end(), end, predicate[1])
                place = end + 1
                continue
            end = _value_end(query, head.end())
            yield _Part(head.end(), end, name)
        else:
            end = _term_end(query, place)
            yield _Part(place, end, slots.TERM)
        place = max(end, place + 1)


def _arguments(query: str, start: int, end: int, predicate: str) -> Iterator[_Part]:
    """``path:go.mod content:grpc`` is two arguments; everything else is one."""
    kind = slots.POINT_IN_TIME if predicate in _POINTS else slots.ARGUMENT
    if predicate == "at.time" and ", " in query[start:end]:
        comma = query.index(", ", start, end)
        yield _Part(start, comma, kind)
        yield _Part(comma + 2, end, "rev")
        return
    second = re.compile(r" content:").search(query, start, end) if predicate == "has.file" else None
    first_end = second.start() if second else end
    yield _Part(start + len("path:") if query.startswith("path:", start) else start, first_end, kind)
    if second:
        yield _Part(second.end(), end, slots.TERM if query[second.end()] == '"' else slots.ARGUMENT)


def _closing(query: str, start: int) -> int:
    """The place of the parenthesis that closes the one at ``start``, or the end of the text."""
    depth, place = 0, start
    while place < len(query):
        if query[place] == "\\":
            place += 2
            continue
        depth += (query[place] == "(") - (query[place] == ")")
        if depth == 0:
            return place
        place += 1
    return len(query)


def _value_end(query: str, start: int) -> int:
    if query[start : start + 1] == '"':
        return _delimited_end(query, start)
    return _plain_end(query, start)


def _term_end(query: str, start: int) -> int:
    if query[start] in '"/':
        end = _delimited_end(query, start)
        if end == len(query) or query[end] in " )":
            return end
    return _plain_end(query, start)


def _delimited_end(query: str, start: int) -> int:
    place = start + 1
    while place < len(query):
        if query[place] == "\\":
            place += 2
            continue
        if query[place] == query[start]:
            return place + 1
        place += 1
    return len(query)


def _plain_end(query: str, start: int) -> int:
    """Up to a space or a parenthesis that closes a group around the part."""
    depth, place = 0, start
    while place < len(query) and query[place] != " ":
        if query[place] == "\\":
            place += 2
            continue
        depth += query[place] == "("
        if query[place] == ")":
            if depth == 0:
                break
            depth -= 1
        place += 1
    return min(place, len(query))


# ---------------------------------------------------------------------------------------------------------------------
# From a template to a query


def fill(template: str, reading: Reading, careful: bool = False) -> str:
    """``template`` with every slot as text, and what the request settles beyond doubt: repositories that are given.

    A slot that the request does not have is left out. ``careful``: terms are in quotes. The query is not yet canonical,
    and may have findings.
    """
    text, place = "", 0
    for part in _parts(template):
        text += template[place : part.start]
        value = template[part.start : part.end]
        written = _filled(value, part.place, reading)
        if careful and part.place == slots.TERM and len(value) == 1 and not _keeps_its_form(value):
            slot = reading.slot(value)
            written = quoted(slot.text) if slot else ""
        text += written
        place = part.end
    return text + template[place:]


def _keeps_its_form(value: str) -> bool:
    return not ANY_SLOT.match(value) or slots.kind_of(value) in (*slots.TIMES, slots.VALUE, slots.EXPRESSION)


def _filled(value: str, place: str, reading: Reading) -> str:
    if not ANY_SLOT.search(value):
        return _anchored(value, reading) if place == "repo" else value
    if len(value) == 1:
        slot = reading.slot(value)
        text = slot.written(place, whole=True) if slot else ""
        return _anchored(text, reading) if place == "repo" else text
    inner = _inner_place(value, place)

    def written(match: re.Match[str]) -> str:
        slot = reading.slot(match[0])
        return slot.written(inner, whole=False) if slot else ""

    text = _once(ANY_SLOT.sub(written, value), inner)
    return f'"{text}"' if inner not in (slots.TERM, slots.ARGUMENT) and re.search(r"^[^\"/].*\s", text) else text


def _once(text: str, place: str) -> str:
    """``text`` without what stands twice because slot and template both have it: ``docs//``, ``live((``."""
    if place in ("repo", "file", slots.ARGUMENT):
        return re.sub(r"(?<!:)/{2,}", "/", text)
    return re.sub(r"\(\)?\($", "(", text) if place == slots.TERM else text


def _inner_place(value: str, place: str) -> str:
    """Where the slots inside of a longer value stand."""
    if value.startswith('"'):
        return slots.IN_QUOTES
    if place == slots.TERM and value.startswith("/") and len(value) > 1:
        return slots.IN_EXPRESSION
    return place


def _anchored(value: str, reading: Reading) -> str:
    """A repository's name, as that of the given repositories which it names."""
    if not reading.repositories or re.search(r"[*+?|()\[\]{}/]$|^\W*$", value):
        return value
    name = named(value, reading.repositories)
    return f"^{name}$" if name else value


# ---------------------------------------------------------------------------------------------------------------------
# From a query to a template


def hide(query: str, reading: Reading) -> str | None:
    """The template that is filled to ``query``; None when the reading hides something that the query needs."""
    hidden = _typed_hidden(_times_hidden(query, reading), reading)
    text, place = "", 0
    for part in _parts(hidden):
        text += hidden[place : part.start] + _hidden(hidden[part.start : part.end], part.place, reading)
        place = part.end
    text += hidden[place:]
    try:
        same = equivalent(fill(text, reading), query)
    except QueryError:
        return None
    return text if same and not _needs_hidden(text, reading) else None


def _times_hidden(query: str, reading: Reading) -> str:
    for slot in (slot for slot in reading.slots if slot.kind in slots.TIMES):
        written = slot.written(slots.TERM, whole=True)
        query = re.sub(rf"(?<!\S){re.escape(written)}(?!\S)", slot.character, query, count=1)
    return query


def _typed_hidden(query: str, reading: Reading) -> str:
    values = {slot.text: slot.character for slot in reading.slots if slot.kind in (slots.VALUE, slots.EXPRESSION)}
    for one in reading.typed:
        if character := values.get(one.value):
            written = re.escape(one.head + one.value)
            query = re.sub(rf"(?<![^\s(]){written}(?![^\s)])", one.head + character, query)
    return query


def _hidden(value: str, place: str, reading: Reading) -> str:
    if ANY_SLOT.fullmatch(value):
        return value
    named_by = [slot for slot in reading.slots if slot.kind not in slots.TIMES or place == slots.POINT_IN_TIME]
    # A candidate before words that look alike; the longest text before its parts.
    named_by.sort(key=lambda slot: (slot.kind != slots.CANDIDATE, -len(slot.text)))
    for slot in named_by:
        # Letters count in any case, but for terms under case:yes; whoever calls this compares the whole.
        if value.casefold() == slot.written(place, whole=True).casefold() or (
            place == "repo" and _filled(slot.character, place, reading) == value
        ):
            return slot.character
    inner = _inner_place(value, place)
    if place == slots.POINT_IN_TIME:
        return value
    for slot in named_by:
        written = slot.written(inner, whole=False)
        if inner in ("file", slots.ARGUMENT) and written.startswith("\\.") and written not in value:
            written = written[1:]
        if not written or (slot.kind == slots.NUMBER and inner == slots.IN_EXPRESSION and len(written) == 1):
            bounds = rf"(?<=[{{,]){re.escape(written)}(?=[}},])"
        elif written:
            # After a class of characters (\b, \w...) begins a word, too; what is escaped is no text of the request.
            before = r"(?:(?<=\\[bBwWsSdD])|(?<![^\W_]))(?<!\\)" if written[0].isalnum() else r"(?<!\\)"
            bounds = before + re.escape(written) + (r"(?![^\W_])" if written[-1].isalnum() else "")
        if written:
            value = re.sub(bounds, slot.character, value)
    return value


# "rust" may be written for "rustaceans"; "template" for "templates" would have to be seen.
_MOST_OF_IT = 0.6
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_LANGUAGE_WORDS = frozenset(
    table_of(
        "repo file lang type commit diff symbol path select added removed author committer after before message case "
        "count yes only all fork archived visibility private public rev refs heads tags has content topic meta "
        "description owner contributor time ago day days week weeks month months year years hour hours minute minutes "
        "today yesterday function class method interface struct enum variable constant field property constructor "
        "namespace module package macro file-member owners directory not and or timeout context github com any regexp "
        "literal keyword patterntype no"
    )
)


def _needs_hidden(template: str, reading: Reading) -> bool:
    """True when the template has a word that stands in a hidden part of the request, and nowhere else."""
    visible = reading.text.lower()
    hidden = _LETTERS.findall(" ".join(slot.text.lower() for slot in reading.slots if slot.kind not in slots.TIMES))
    for word in map(str.lower, _LETTERS.findall(template)):
        if word in visible or word in _LANGUAGE_WORDS:
            continue
        if any(word in other and len(word) >= _MOST_OF_IT * len(other) for other in hidden):
            return True
    return False
