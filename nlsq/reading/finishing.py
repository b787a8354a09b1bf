"""From what a model wrote to the answer: slots filled, canonical, and without a finding whatever was written."""

from __future__ import annotations

import re
import unicodedata

from nlsq.query import QueryError, canonical, check
from nlsq.query.suggesting import quoted
from nlsq.reading.places import placed
from nlsq.reading.reader import Reading
from nlsq.reading.slots import ANY_SLOT
from nlsq.reading.templates import fill

_MOST_TERMS = 24  # of an answer that is nothing but the request's own words


def finished(template: str, reading: Reading) -> str:
    """The query of ``template``; where that has a finding, a more careful one, and in the end plain search terms."""
    template = placed(template.strip(), reading)
    for careful in (False, True):
        query = _clean(fill(template, reading, careful))
        if query:
            return _with_typed(query, reading)
    return plain_terms(reading.request)


def _with_typed(query: str, reading: Reading) -> str:
    """``query`` with every filter that is typed in the request: what is said precisely is kept."""
    for one in reading.typed:
        written = one.head + one.value
        if written not in query and (more := _clean(f"{written} {query}")) and len(more) > len(query):
            query = more
    return query


def _clean(query: str) -> str:
    """``query`` in canonical form, or an empty text when it has a finding or nothing in it."""
    try:
        found = canonical(" ".join(query.split()) if '"' not in query else query.strip())
    except QueryError:
        return ""
    return found if found and not ANY_SLOT.search(found) and not check(found) else ""


def plain_terms(request: str) -> str:
    """The words of ``request`` as search terms, those in quotes that would be read as anything else."""
    visible = "".join(one if unicodedata.category(one)[0] not in "CZ" else " " for one in request)
    words = [word for word in visible.split() if not re.search("patterntype:", word, re.IGNORECASE)][:_MOST_TERMS]
    terms = [word if _is_plain(word) else quoted(word) for word in words]
    return (
        _clean(" ".join(terms))
        or _clean(" ".join(map(quoted, words)))
        or quoted("".join(filter(str.isalnum, visible)) or "?")
    )


def _is_plain(word: str) -> bool:
    return bool(re.fullmatch(r"[^\W\d_]+", word)) and word.lower() not in ("and", "or", "not")
