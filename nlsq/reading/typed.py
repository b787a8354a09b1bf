"""Filters that are typed in a request: found, and brought into canonical form."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlsq.filters import CANONICAL_NAME, PREDICATES
from nlsq.query import QueryError, canonical, check, parse
from nlsq.query.tree import Filter, Term, leaves
from nlsq.reading.tables import table_of

_NAMES = "|".join(sorted(CANONICAL_NAME, key=len, reverse=True))
_HEAD = re.compile(rf"(?<![^\s(\[,;])(-?)({_NAMES}):(?=\S)", re.IGNORECASE)
_PREDICATE = re.compile(r"[a-z.]+(?=\()")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
# What stands at the end of a value in running text and is no part of it.
_ENDING = re.compile(r"[,;!?]+$|(?<=\w)[.:]+$")
# Words that no query would have as search terms of their own; with one of them, a text is a request and not a query.
_FILLERS = frozenset(
    table_of(
        "a about all an and any anything are at by can code commits could did do does every file files find for from "
        "get give has have help hey hi how i in is it list locate look looking me mention mentions my need of on only "
        "or our please pls repo repos repository search see show some that the their them there they this those to "
        "use used uses using want was we what when where which who with you commit diffs diff changes changed usages "
        "usage mentioning containing but not without since"
    )
)
_ENUMERATED = frozenset(("lang", "type", "select", "fork", "archived", "visibility", "case", "patterntype"))


@dataclass(frozen=True)
class TypedFilter:
    """A filter in a request: the characters that it takes, and how it is written canonically.

    ``head`` and ``value``: ``-file:`` and ``test``; the value is empty where the whole filter is one of a closed list.
    """

    start: int
    end: int
    head: str
    value: str


def typed_filters(request: str) -> list[TypedFilter]:
    """The well-formed filters in ``request``, in order; look-alikes and filters with a fault are none."""
    found: list[TypedFilter] = []
    place = 0
    while match := _HEAD.search(request, place):
        end = _value_end(request, match.end(), CANONICAL_NAME[match[2].lower()])
        one = _canonical(request[match.start() : end], match.start(), end) if end else None
        if one:
            found.append(one)
        place = one.end if one else match.end()
    return found


def _value_end(request: str, start: int, name: str) -> int:
    if quotes := _QUOTED.match(request, start):
        return quotes.end()
    predicate = _PREDICATE.match(request, start)
    if predicate and predicate[0] in PREDICATES.get(name, ()):
        return _closing(request, predicate.end())
    text = re.match(r"\S+", request[start:])
    end = start + text.end() if text else start
    ending = _ENDING.search(request, start, end)
    end = ending.start() if ending else end
    for opening, closing in ("()", "[]"):
        while end > start and request[end - 1] == closing and _surplus(request[start:end], opening, closing):
            end -= 1
    return end


def _surplus(text: str, opening: str, closing: str) -> bool:
    return text.count(opening) < text.count(closing)


def _closing(request: str, start: int) -> int:
    depth = 0
    for place in range(start, len(request)):
        depth += (request[place] == "(") - (request[place] == ")")
        if depth == 0:
            return place + 1
    return 0


def _canonical(text: str, start: int, end: int) -> TypedFilter | None:
    typed_name, _, value = text.lstrip("-").partition(":")
    name = CANONICAL_NAME[typed_name.lower()]
    head = f"{'-' if text[0] == '-' else ''}{name}:"
    if findings := check(_made_whole(head + value, name)):
        mended = findings[0].suggestion
        if len(findings) > 1 or not mended.startswith(head) or check(_made_whole(mended, name)):
            return None
        value = mended.removeprefix(head)
    try:
        written = canonical(_made_whole(head + value, name)).removeprefix(_made_whole("", name))
    except QueryError:
        return None
    if name in _ENUMERATED:
        return TypedFilter(start, end, written, "")
    return TypedFilter(start, end, head, written.removeprefix(head) if written.startswith(head) else value)


def _made_whole(written: str, name: str) -> str:
    """A filter after what it cannot stand without."""
    if name in ("author", "committer", "after", "before", "message") or written.startswith("select:commit"):
        return f"type:diff {written}"
    return f"repo:.* {written}" if name == "rev" else written


def is_query(request: str) -> bool:
    """True when ``request`` is a query already: it has a filter, no finding, and no word that only people would say."""
    if ":" not in request or not request.isprintable() or check(request):
        return False
    try:
        node = parse(request)
    except QueryError:
        return False
    if node is None:
        return False
    terms = [leaf for leaf in leaves(node) if isinstance(leaf, Term)]
    has_filter = any(isinstance(leaf, Filter) for leaf in leaves(node))
    return has_filter and not any(not term.quoted and term.value.lower() in _FILLERS for term in terms)
