"""The words of a request as a grammar of times sees them: numbers, units, names of months, whole dates, the rest."""

import re
from typing import Any, NamedTuple

from nlsq.reading.times.vocabulary import (
    CLOCK,
    DASH,
    DAY,
    DECADE,
    FRACTION,
    HALF,
    LENGTH,
    LETTER_UNITS,
    MONTH,
    MONTH_OF_YEAR,
    NUMBER,
    ORDINAL,
    OTHER,
    QUARTER,
    SHORT_DATE,
    SLIPS,
    STAMP,
    UNIT,
    WEEK,
    WEEKDAY,
    WORD,
    WORDS,
    YEAR,
)


class Token(NamedTuple):
    """A word of the request; ``start`` and ``end`` leave out the punctuation around it, which is in the rest."""

    kind: str
    text: str  # in lower case, without possessive ending, typing mistakes mended, names of months in full
    value: Any
    start: int
    end: int
    opening: str = ""  # punctuation right before
    closing: str = ""  # and right behind
    possessive: bool = False


_CHUNK = re.compile(r"\S+")
_OPENING, _CLOSING = "([{<\"'’`*~,;:", ".,;:!?)]}>\"'`*…+"
_QUOTED = re.compile(r'"[^"]*"|`[^`]*`|(?<![^\s(])\'[^\']*\'(?![^\s.,;:!?)])')
_TYPED = re.compile(r'(?<![^\s(])-?([A-Za-z]+):(?:"[^"]*"|\'[^\']*\'|(?:[\w.]+\([^()]*\))|[^\s"]\S*)')

_YEAR = r"(?:19[5-9]\d|20\d\d)"
_SHAPES = [
    (re.compile(rf"(?a)(?P<y>{_YEAR})([-/.])(?P<m>\d\d?)\2(?P<d>\d\d?)"), DAY),
    (re.compile(rf"(?a)(?P<y>{_YEAR})(?P<m>[01]\d)(?P<d>[0-3]\d)"), DAY),
    (re.compile(rf"(?a)(?P<d>\d\d?)\.(?P<m>\d\d?)\.(?P<y>{_YEAR})"), DAY),
    (re.compile(rf"(?a)(?P<d>1[3-9]|2\d|3[01])([-/])(?P<m>\d\d?)\2(?P<y>{_YEAR})"), DAY),
    (re.compile(rf"(?a)(?P<m>\d\d?)([-/])(?P<d>\d\d?)\2(?P<y>{_YEAR})"), DAY),
    (re.compile(rf"(?a)(?P<y>{_YEAR})[-/](?P<m>0?[1-9]|1[0-2])"), MONTH_OF_YEAR),
    (re.compile(rf"(?a)(?P<m>0?[1-9]|1[0-2])[-/](?P<y>{_YEAR})"), MONTH_OF_YEAR),
]
_STAMP = re.compile(rf"(?ai)({_YEAR}-\d\d-\d\d)t\d\d:\d\d(?::\d\d(\.\d+)?)?(?:z|[+-]\d\d:?\d\d)?")
_ORDINAL = re.compile(r"(?a)([12]?\d|3[01])(?:st|nd|rd|th)")
_LENGTH = re.compile(r"(?a)(\d{1,4}(?:\.\d)?)-?([a-z]{1,8})")
_CLOCK = re.compile(r"(?a)\d\d?(?::\d\d){1,2}(?:am|pm)?|\d\d?(?:am|pm)")
_PART = re.compile(
    r"(?a)(?:([qh])([1-4])|([1-4])(q))(?:['’-]?(20\d\d)|['’-](\d\d))?|([1-4])q(\d\d)|(20\d\d)-?([qh])([1-4])"
)
_WEEK = re.compile(r"(?a)(?:(20\d\d)-?)?(?:w|cw|kw|wk)([0-5]?\d)")
_FRACTION = re.compile(r"(?a)(\d{1,3}\.\d)|(\d\d?)/(\d\d?)")
_DECADE = re.compile(r"(?a)'?((?:19|20)?\d0)'?s")
_SHORT_YEAR = re.compile(r"(?a)['’](\d\d)")
_PLAIN_YEAR = re.compile(rf"(?a){_YEAR}")
_SIGNS = {sign: (DASH, sign) for sign in ("-", "–", "—", "..", "...", "->", "→")}
_SIGNS |= {"&": (WORD, "and")} | {sign: (WORD, sign) for sign in ("<", ">", "<=", ">=")}
_APOSTROPHES = ("'", "’")
_RANGE = re.compile(r"\.\.+|[–—&]")
_SPLIT = re.compile(r"[-/]")
_JOINED_WORDS = frozenset(("pre", "mid", "post", "last", "past", "this", "old", "early", "late"))
_MOST_DIGITS = 9
_COMPACT_DATE = 8  # digits
_LONGEST = 40  # characters of a word that may be a time


def hidden(request: str) -> str:
    """The request with quotes and typed filters blanked, each place kept; what git calls ``--since=`` is left."""
    if '"' not in request and "`" not in request and ":" not in request and "'" not in request:
        return request
    request = _TYPED.sub(_blank, request)
    return _QUOTED.sub(_blank, request)


def _blank(match: re.Match[str]) -> str:
    return "\x00" * len(match[0])


def tokens(text: str) -> list[Token]:
    """The words of ``text``; ranges written in one word (``jan-mar``) come in parts."""
    found: list[Token] = []
    for match in _CHUNK.finditer(text):
        chunk, start = match[0], match.start()
        if chunk.isalpha() and len(chunk.lower()) == len(chunk):
            found.append(_word(chunk.lower(), start, start + len(chunk), "", ""))
        elif chunk in _SIGNS:
            found.append(Token(*_SIGNS[chunk], None, start, start + len(chunk)))
        else:
            found += _of_chunk(chunk, start)
    return found


def _of_chunk(chunk: str, start: int) -> list[Token]:
    found = []
    if chunk[0] in "<>":  # >=2024-04-30
        sign = chunk[: 2 if chunk[1:2] == "=" else 1]
        found.append(Token(WORD, sign, None, start, start + len(sign)))
        chunk, start = chunk[len(sign) :], start + len(sign)
    core = chunk.lstrip(_OPENING)
    opening = chunk[: len(chunk) - len(core)]
    if opening[-1:] in _APOSTROPHES and core[:2].isdigit():  # '24
        opening, core = opening[:-1], opening[-1:] + core
    stripped = core.rstrip(_CLOSING)
    closing, lower = core[len(stripped) :], stripped.lower()
    if len(lower) != len(stripped):  # a letter that is two in lower case: no word of times
        lower = stripped
    return found + _of_core(lower, start + len(opening), opening, closing)


def _of_core(core: str, start: int, opening: str = "", closing: str = "") -> list[Token]:
    end = start + len(core)
    if core.isalpha():
        return [_word(core, start, end, opening, closing)]
    if len(core) > _LONGEST:
        return [Token(OTHER, core, None, start, end, opening, closing)]
    if found := _shape(core):
        return [Token(*found, start, end, opening, closing)]
    if core.endswith(("'s", "’s")):
        inner = _of_core(core[:-2], start, opening, closing)
        return [*inner[:-1], inner[-1]._replace(end=end, possessive=True)]
    parts = _parts(core, start)
    if parts:
        parts[0] = parts[0]._replace(opening=opening)
        parts[-1] = parts[-1]._replace(closing=closing)
        return parts
    return [Token(OTHER, core, None, start, end, opening, closing)]


def _word(core: str, start: int, end: int, opening: str, closing: str) -> Token:
    known = WORDS.get(core) or SLIPS.get(core)
    if known:
        return Token(*known, start, end, opening, closing, closing[:1] in _APOSTROPHES and core[-1] == "s")
    return Token(WORD, core, None, start, end, opening, closing)


def _shape(core: str) -> tuple[str, str, Any] | None:
    """Kind, text and value of what is no plain word."""
    if core.isascii() and core.isdigit():
        if _PLAIN_YEAR.fullmatch(core):
            return YEAR, core, int(core)
        if len(core) <= _MOST_DIGITS and len(core) != _COMPACT_DATE:
            return NUMBER, core, int(core)
    if not any(letter.isdigit() for letter in core):
        return None
    for pattern, kind in _SHAPES:
        if match := pattern.fullmatch(core):
            return kind, core, tuple(int(number) for name, number in sorted(match.groupdict().items(), reverse=True))
    return _mixed(core)


def _mixed(core: str) -> tuple[str, str, Any] | None:
    if match := _ORDINAL.fullmatch(core):
        return ORDINAL, core, int(match[1])
    if match := _PART.fullmatch(core):
        letter, number = match[1] or match[4] or match[10] or "q", int(match[2] or match[3] or match[7] or match[11])
        year = int(match[5] or match[6] or match[8] or match[9] or 0) or None
        if letter == "h" and number > 2:
            return None
        return QUARTER if letter == "q" else HALF, core, (number, year + 2000 if year and year < 100 else year)
    if match := _DECADE.fullmatch(core):
        return DECADE, core, int(match[1])
    if match := _STAMP.fullmatch(core):
        return STAMP, core, (match[1], bool(match[2]))
    if (match := _LENGTH.fullmatch(core)) and match[2] in LETTER_UNITS:
        count = float(match[1])
        minutes = match[2] == "m" and count % 5 == 0  # last 30m, but last 6m
        return LENGTH, core, (count, "minute" if minutes else LETTER_UNITS[match[2]])
    if match := _WEEK.fullmatch(core):
        return WEEK, core, (int(match[1]) if match[1] else None, int(match[2]))
    if match := _FRACTION.fullmatch(core):
        return _fraction(core, match)
    if _CLOCK.fullmatch(core):
        return CLOCK, core, None
    if match := _SHORT_YEAR.fullmatch(core):
        return YEAR, core, 2000 + int(match[1])
    return None


def _fraction(core: str, match: re.Match[str]) -> tuple[str, str, Any] | None:
    """1.5, 1/2; or 5/31, a day as Americans write it."""
    if match[1]:
        return FRACTION, core, float(core)
    one, other = int(match[2]), int(match[3])
    if (one, other) == (1, 2):
        return FRACTION, core, 0.5
    month, day = (other, one) if one > 12 else (one, other)
    return (SHORT_DATE, core, (month, day)) if 0 < month < 13 and 0 < day < 32 else None


def _parts(core: str, start: int) -> list[Token] | None:
    """The parts of ``jan-mar``, ``pre-2016``, ``2-3``; None where they are anything else."""
    parts: list[Token] = []
    place = 0
    for match in _RANGE.finditer(core) if _RANGE.search(core) else _SPLIT.finditer(core):
        if match.start() == place:
            return None
        parts += _of_core(core[place : match.start()], start + place)
        parts.append(Token(DASH, match[0], None, start + match.start(), start + match.end()))
        place = match.end()
    if not parts or place == len(core):
        return None
    parts += _of_core(core[place:], start + place)
    if not _fit(core, parts):
        return None
    found = [part for n, part in enumerate(parts) if part.kind != DASH or _is_range(parts[n - 1], parts[n + 1])]
    return [part._replace(text="and") if part.text in ("/", "&") else part for part in found]


def _fit(core: str, parts: list[Token]) -> bool:
    """Whether the parts of a word make a time together: not in ``Min-jun``, ``jun-jun``, ``rc-2024``."""
    kinds = {part.kind for part in parts} - {DASH}
    if len({part.text for part in parts if part.kind != DASH}) == 1:
        return False
    if UNIT in kinds and parts[0].kind not in (NUMBER, WORD) and parts[-1].text != "old":
        return False
    if "/" in core and kinds not in ({MONTH}, {WEEKDAY}, {QUARTER}):
        return False
    return OTHER not in kinds and all(part.kind != WORD or part.text in _JOINED_WORDS for part in parts)


def _is_range(one: Token, other: Token) -> bool:
    """Whether a dash means "to": not in ``jan-2024``, ``30-day``, ``pre-2016``."""
    if one.kind == WORD or (other.kind == YEAR and one.kind != YEAR):
        return False
    if one.kind == NUMBER and other.kind in (UNIT, MONTH):
        return False
    if other.kind == WORD:
        return False
    return not (one.kind == YEAR and other.kind in (QUARTER, HALF, MONTH))
