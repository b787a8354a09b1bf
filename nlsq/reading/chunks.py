"""A piece of a request without spaces, taken apart: what in it becomes a slot, and what stays as it is.

``acme/mailer@v2`` is a name, a sign and a version; ``READMEs`` a name and a plural; ``!kerberos`` a sign and a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlsq.filters import CANONICAL_NAME, LOOK_ALIKES
from nlsq.reading import slots
from nlsq.reading.shapes import host_name, is_known, is_shape, shape
from nlsq.reading.spelling import corrected

_OPENING = "([{<\"'“‘`"
_CLOSING = ".,;:!?\"'”’`…"
_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_OPENED_BY = {closing: opening for opening, closing in _PAIRS.items()}
_POSSESSIVE = re.compile(r"['’]s?$")
# Pages of a repository at its host: what comes before, the kind of page, the revision, the path.
_PAGE = re.compile(r"(.+?)/(?:-/)?(tree|blob|raw|blame|commits?|src)(?:/([^/]+)(?:/(.+))?)?/?")
_AT_REVISION = re.compile(r"([\w.-]+/[\w.-]+)@([\w./-]+)")
_SIGN = re.compile(r"(?:&&)?[!-](?=[A-Za-z_]{2})")
_ASSIGNED = re.compile(r"((?:--)?([a-z]+)=)(\S+)")
_ALTERNATIVES = re.compile(r"\w+(?:\|\w+)+")
_ENDINGS = re.compile(r"\*?\.\{(\w+(?:,\w+)+)\}")
_CALLED = re.compile(r"([\w.$:>@#-]*[\w!?])\(\)?")  # the parentheses stay: a call is another search than a name
_PLURAL = re.compile(r"(?:[A-Z]{3,}(?=s$)|\w+file(?=s$))")
_SETTINGS = frozenset((*CANONICAL_NAME, *LOOK_ALIKES, "grep", "kind", "name", "owner", "team", "tier"))


@dataclass(frozen=True)
class Part:
    """A stretch of a chunk, by its place in the request. ``kind``: of its slot, or empty; ``text``: what it stands for.

    ``before``: what stays in front of it. Without a kind, ``before`` stands in place of the stretch.
    """

    start: int
    end: int
    kind: str
    text: str
    before: str = ""


def parts(request: str, start: int, end: int) -> Iterator[Part]:
    """What the chunk of ``request`` from ``start`` to ``end`` holds besides text that stays as it is."""
    start, end = _core(request, start, end)
    text = request[start:end]
    if not text or is_known(text):
        return
    if possessive := _POSSESSIVE.search(text):
        end -= len(possessive[0])
        text = request[start:end]
    if (sign := _SIGN.match(text)) and text[sign.end() :].isalpha():
        start += sign.end()
        text = text[sign.end() :]
    if is_known(text) or is_shape(text):
        return
    yield from _taken_apart(text, start) or _whole(text, start)


def _core(request: str, start: int, end: int) -> tuple[int, int]:
    """The chunk without the punctuation of the sentence around it."""
    while start < end and request[start] in _OPENING and not _closes(request[start], request[start + 1 : end]):
        start += 1
    while end > start + 1 and (
        request[end - 1] in _CLOSING
        or (request[end - 1] in _OPENED_BY and not _opens(request[end - 1], request[start : end - 1]))
    ):
        end -= 1
    return start, end


def _closes(opening: str, rest: str) -> bool:
    return opening in _PAIRS and _PAIRS[opening] in rest and not rest.rstrip(_CLOSING).endswith(_PAIRS[opening])


def _opens(closing: str, rest: str) -> bool:
    opening = _OPENED_BY[closing]
    return rest.count(opening) > rest.count(closing)


def _taken_apart(text: str, start: int) -> list[Part]:
    """The parts of a chunk that is made of several, or nothing."""
    if (match := _CALLED.fullmatch(text)) and not is_known(match[1]):
        return _whole(match[1], start)
    if match := _AT_REVISION.fullmatch(text):
        return [
            Part(start, start + match.end(1), slots.NAME, match[1]),
            Part(start + match.start(2), start + len(text), slots.VERSION, match[2]),
        ]
    if match := _ASSIGNED.fullmatch(text):
        value = start + match.start(3)
        if match[2] not in _SETTINGS:
            return []
        return _moved(match[3], value) or [Part(start, start + len(text), "", "", text)]
    if match := _ENDINGS.fullmatch(text):
        return _endings(match, start)
    if _ALTERNATIVES.fullmatch(text):
        return _alternatives(text, start)
    if match := _PLURAL.match(text):
        stem = match[0]
        return [Part(start, start + len(stem), "", "", stem)] if is_known(stem) else _whole(stem, start)
    return []


def _alternatives(text: str, start: int) -> list[Part]:
    """``zstd|lz4`` as two words with an ``or`` between them."""
    found = []
    for match in re.finditer(r"\|?(\w+)", text):
        between = " or " if match.start() else ""
        inner = _whole(match[1], start + match.start(1)) if not is_known(match[1]) else []
        if inner and inner[0].kind:
            one = inner[0]
            found.append(Part(start + match.start(), one.end, one.kind, one.text, between))
        else:
            found.append(Part(start + match.start(), start + match.end(), "", "", between + match[1]))
    return found


def _moved(text: str, start: int) -> list[Part]:
    """The parts of ``text``, which stands at ``start``."""
    return [
        Part(one.start + start, one.end + start, one.kind, one.text, one.before) for one in parts(text, 0, len(text))
    ]


def _endings(match: re.Match[str], start: int) -> list[Part]:
    """``*.{js,jsx}`` as two extensions."""
    found, place = [], start
    for number, ending in enumerate(match[1].split(",")):
        found.append(Part(place, place + 1, slots.EXTENSION, f"*.{ending}", " or " if number else ""))
        place += 1
    last = found[-1]
    return [*found[:-1], Part(last.start, start + len(match[0]), last.kind, last.text, last.before)]


def _whole(text: str, start: int) -> list[Part]:
    kind = shape(text)
    end = start + len(text)
    if not kind:
        return []
    if kind == slots.WORD and (word := corrected(text)):
        return [Part(start, end, "", "", word)]
    if kind == slots.HOST:
        return _address(text, start)
    if kind == slots.EXPRESSION and not text.startswith("/"):
        text = f"/{text.replace('/', chr(92) + '/')}/"
    return [Part(start, end, kind, text)]


def _address(text: str, start: int) -> list[Part]:
    """A repository's address, and the revision and the path of a page of it."""
    page = _PAGE.fullmatch(text)
    if not page or page[1].rstrip("/").count("/") < (4 if "//" in text else 2):
        return [Part(start, start + len(text), slots.HOST, host_name(text))]
    found = [Part(start, start + page.end(1), slots.HOST, host_name(page[1]))]
    if page[3]:
        found.append(Part(start + page.start(3), start + page.end(3), slots.VERSION, page[3]))
    if page[4]:
        found.append(Part(start + page.start(4), start + page.end(4), slots.PATH, page[4]))
    return found
