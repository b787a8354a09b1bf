"""Which dates Sourcegraph understands, and which it takes for something else."""

import re
from datetime import date, timedelta

# Everywhere below only ASCII counts as digit, letter and space, as in Sourcegraph (``(?a)``).
MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_SHORT = {month[:3]: number for number, month in enumerate(MONTHS, 1)} | {m: n for n, m in enumerate(MONTHS, 1)}
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_NUMBER = rf"(?:\d{{1,9}}|{'|'.join(_NUMBERS)})"
_UNIT = r"(?:minute|hour|day|week|month|year)s?"
_NAMED = rf"(?:{'|'.join(WEEKDAYS + MONTHS)})"
_TIME = r"\d{1,2}(?::\d\d(?::\d\d)?)?\s*(?:am|pm)?"
_PIECE = re.compile(
    rf"""(?ax)
      (?P<ago>(?:{_NUMBER})\s+{_UNIT}\s+(?:ago|from\s+now)) | (?P<in>in\s+(?:a|an|{_NUMBER})\s+{_UNIT})
    | (?P<last>(?:last|past|previous|next)\s+(?:{_NUMBER}\s+)?{_UNIT})
    | (?P<plain>{_NUMBER}\s+(?:minute|hour|day|week)s?)
    | (?P<day>today|yesterday|tomorrow) | (?P<named>(?:(?:last|past|previous|next)\s+)?{_NAMED})
    | (?P<ordinal>\d{{1,2}}(?:st|nd|rd|th)) | (?P<time>{_TIME})
    | (?P<word>[a-z]+)
    """
)
_ISO_TEXT = r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d):(\d\d)(?:\.\d+)?\s*(?:Z|[+-]\d\d:?\d\d)?)?"
_ISO = re.compile(rf"(?a){_ISO_TEXT}$")
_DOTTED = re.compile(r"(?a)(\d{4})\.(\d\d?)\.(\d\d?)$")
_SLASHED = re.compile(r"(?a)(\d\d?)/(\d\d?)/(\d{4})$")
_GERMAN = re.compile(r"(?a)(\d\d?)\.(\d\d?)\.(\d{4})$")
_LAST_HOUR = 24
_UNIX = re.compile(r"(?a)\d{5,}(?: [+-]\d{4})?$")
_MDY = re.compile(rf"(?ai)\b({'|'.join(sorted(_SHORT, key=len, reverse=True))})\s+(\d{{1,2}})(?:\s*,)?\s+(\d{{4}})\b")
_DMY = re.compile(rf"(?ai)\b(\d{{1,2}})\s+({'|'.join(sorted(_SHORT, key=len, reverse=True))})(?:\s*,)?\s+(\d{{4}})\b")


def _exists(year: str, month: str | int, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def is_understood(text: str) -> bool:
    """True when Sourcegraph's date parser takes ``text`` (perhaps for another date than it looks)."""
    text = text.strip()
    if _UNIX.match(text):
        return True
    for pattern, order in ((_ISO, (1, 2, 3)), (_DOTTED, (1, 2, 3)), (_SLASHED, (3, 1, 2)), (_GERMAN, (3, 2, 1))):
        if match := pattern.match(text):
            return _exists(*(match[number] for number in order))
    if match := _MDY.search(text):
        return _exists(match[3], _SHORT[match[1].lower()], match[2])
    if match := _DMY.search(text):
        return _exists(match[3], _SHORT[match[2].lower()], match[1])
    return _natural(text.lower())


def _natural(text: str) -> bool:
    """The grammar of natural dates: pieces and other words, of which at least one piece says a time."""
    place, said = 0, False
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        match = _PIECE.match(text, place)
        if not match:
            return False
        if match.lastgroup == "time" and int(match[0][:2].rstrip(":apm ")) > _LAST_HOUR:
            return False
        said = said or match.lastgroup != "word"
        place = match.end()
    return said


_MONTH_NAME = rf"(?:{'|'.join(sorted(_SHORT, key=len, reverse=True))})"
_PLAIN = re.compile(
    rf"""(?aix)
      \d{{9,}}(?:\ [+-]\d{{4}})? | {_ISO_TEXT} | \d{{4}}\.\d\d?\.\d\d? | \d\d?/\d\d?/\d{{4}}
    | \d\d?\.\d\d?\.\d{{4}} | {_MONTH_NAME}\ \d\d?\ ?,?\ \d{{4}} | \d\d?\ {_MONTH_NAME}\ ?,?\ \d{{4}}
    | {_NUMBER}\ {_UNIT}\ (?:ago|from\ now) | in\ (?:a|an|{_NUMBER})\ {_UNIT}
    | (?:last|past|previous|next)\ (?:{_NUMBER}\ )?{_UNIT} | (?:(?:last|past|previous|next)\ )?{_NAMED}
    | today | yesterday | tomorrow
    """
)


def is_plain(text: str) -> bool:
    """True when ``text`` is one of the ways to write a date that mean to Sourcegraph what they mean to people."""
    return bool(_PLAIN.fullmatch(text.strip()))


_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_AGO = re.compile(rf"(?a)({_NUMBER})\s+(minute|hour|day|week|month|year)s?\s+ago$")
_LAST = re.compile(rf"(?a)(?:last|past|previous)\s+(?:({_NUMBER})\s+)?(minute|hour|day|week|month|year)s?$")


def meaning(text: str, today: date | None) -> tuple[str, object]:
    """What a date means, for comparison: ``("day", date)``, ``("days ago", n)``, or the text itself.

    Absolute dates count by the day, relative ones by days (month 30, year 365; hours and minutes apart). With
    ``today`` relative ones become days, too.
    """
    folded = " ".join(text.lower().split())
    absolute = _absolute(text.strip())
    if absolute:
        return ("day", absolute)
    ago = {"today": 0, "yesterday": 1}.get(folded)
    match = _AGO.match(folded) or _LAST.match(folded)
    if match:
        number = 1 if match[1] is None else int(match[1]) if match[1].isdigit() else _NUMBERS.index(match[1]) + 1
        if match[2] not in _DAYS:
            return (f"{match[2]}s ago", number)
        ago = number * _DAYS[match[2]]
    if ago is None:
        return ("text", folded)
    try:
        return ("day", today - timedelta(days=ago)) if today else ("days ago", ago)
    except OverflowError:
        return ("days ago", ago)


def _absolute(text: str) -> date | None:
    """The day that an absolute date names; None for all else."""
    found: tuple[str | int, str | int, str | int] | None = None
    for pattern, order in ((_ISO, (1, 2, 3)), (_DOTTED, (1, 2, 3)), (_SLASHED, (3, 1, 2)), (_GERMAN, (3, 2, 1))):
        if match := pattern.match(text):
            found = (match[order[0]], match[order[1]], match[order[2]])
            break
    if found is None and (match := _MDY.search(text)):
        found = (match[3], _SHORT[match[1].lower()], match[2])
    elif found is None and (match := _DMY.search(text)):
        found = (match[3], _SHORT[match[2].lower()], match[1])
    try:
        return date(int(found[0]), int(found[1]), int(found[2])) if found else None
    except ValueError:
        return None


_SAID_NUMBERS = {word: number for number, word in enumerate((*_NUMBERS, "eleven", "twelve"), 1)} | {
    **dict.fromkeys(("a", "an", ""), 1),
    **dict.fromkeys(("couple", "a couple", "couple of", "a couple of"), 2),
}
_SAID_UNITS = {
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "minute"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "hour"),
    **dict.fromkeys(("d", "day", "days"), "day"),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), "week"),
    **dict.fromkeys(("mo", "mos", "mon", "mth", "mths", "month", "months"), "month"),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), "year"),
}
_SAID_DAYS = {day[:length]: day for day in WEEKDAYS for length in (3, 4, 5)} | {day: day for day in WEEKDAYS}
_SAID_MONTHS = _SHORT | {"sept": 9}
_FILLERS = re.compile(r"(?a)(?:(?:the|in|on|at|since|from|after|before|until|within|over|beginning of|start of)\s+)+")
_NAMED_MONTH = rf"({'|'.join(sorted(_SAID_MONTHS, key=len, reverse=True))})"
_DAY = r"(\d\d?)(?:st|nd|rd|th)?"
_YEAR = r"((?:19|20)\d\d)"
# Ways to write a day, and which of their groups are year, month and day (0: the first).
_SAID_DATES = [
    (re.compile(rf"(?a){pattern}"), order)
    for pattern, order in (
        (_YEAR, (1, 0, 0)),
        (rf"{_YEAR}[-/.](\d\d?)", (1, 2, 0)),
        (rf"{_YEAR}[-/.](\d\d?)[-/.](\d\d?)", (1, 2, 3)),
        (rf"{_YEAR}(\d\d)(\d\d)", (1, 2, 3)),
        (rf"{_YEAR}-(\d\d)-(\d\d)[t ]\d\d?:[\d:.]*(?:z|[+-][\d:]+)?", (1, 2, 3)),
        (rf"(\d\d?)[-/]{_YEAR}", (2, 1, 0)),
        (rf"(1[3-9]|[23]\d)[-/.](\d\d?)[-/.]{_YEAR}", (3, 2, 1)),
        (rf"(\d\d?)[-/.](1[3-9]|[23]\d)[-/.]{_YEAR}", (3, 1, 2)),
        (rf"{_NAMED_MONTH}[ .-]*{_YEAR}", (2, 1, 0)),
        (rf"{_YEAR}[ -]*{_NAMED_MONTH}", (1, 2, 0)),
        (rf"{_NAMED_MONTH}[ .-]*{_DAY}[ -]+{_YEAR}", (3, 1, 2)),
        (rf"{_DAY}[ -]*(?:of )?{_NAMED_MONTH}[ .-]*{_YEAR}", (3, 2, 1)),
    )
]
_SAID_QUARTER = re.compile(rf"(?a)(?:q([1-4])[ -]*{_YEAR}|{_YEAR}[ -]*q([1-4]))")
_SAID_SPAN = re.compile(
    r"(?a)(?:now ?)?(?:- ?)?(?P<side>last |past |previous |next )?(?P<number>\d{1,9}|[a-z]+(?: [a-z]+){0,2}?|) ?"
    rf"(?P<unit>{'|'.join(sorted(_SAID_UNITS, key=len, reverse=True))})(?P<ago> ago| back| earlier| before now)?"
)
_SAID_NAME = re.compile(r"(?a)((?:last |past |previous |next )?)([a-z]+)\.?")
_MONTH_AND_DAY = re.compile(rf"(?a){_NAMED_MONTH} {_DAY}|{_DAY} (?:of )?{_NAMED_MONTH}")


def plainer(text: str) -> str:
    """The plain date that ``text`` seems to mean (``june 2023``, ``5 mins ago``), or an empty text.

    Only what needs no calendar: ``this week`` is another day tomorrow.
    """
    folded = " ".join(text.lower().replace(",", " ").split())
    folded = folded[match.end() :] if (match := _FILLERS.match(folded)) else folded
    found = folded if folded != text else ""
    for candidate in (found, _said_date(folded), _said_span(folded), _said_name(folded)):
        if candidate and is_plain(candidate) and is_understood(candidate):
            return candidate
    return ""


def is_said(text: str) -> bool:
    """True when ``text`` is a date as people write them, whether Sourcegraph reads it so or not."""
    plain = is_plain(text) and is_understood(text)
    return plain or bool(plainer(text)) or bool(_MONTH_AND_DAY.fullmatch(text.lower()))


def _said_date(text: str) -> str:
    """An absolute date as ISO date; a year, a quarter or a month as its first day."""
    if match := _SAID_QUARTER.fullmatch(text):
        return f"{match[2] or match[3]}-{int(match[1] or match[4]) * 3 - 2:02}-01"
    for pattern, order in _SAID_DATES:
        if match := pattern.fullmatch(text):
            year, month, day = (match[group] if group else "1" for group in order)
            return f"{year}-{int(_SAID_MONTHS.get(month, month)):02}-{int(day):02}"
    return ""


def _said_span(text: str) -> str:
    """``5 mins ago``, ``7d``, ``a week ago``, ``last 3 wks`` in the words that Sourcegraph knows."""
    if text in ("day before yesterday", "the day before yesterday"):
        return "2 days ago"
    match = _SAID_SPAN.fullmatch(text)
    if not match:
        return ""
    number = int(match["number"]) if match["number"].isdigit() else _SAID_NUMBERS.get(match["number"].strip(), 0)
    unit = _SAID_UNITS[match["unit"]] + ("s" if number > 1 else "")
    if not number or not (match["number"] or match["side"]):
        return ""
    if match["side"]:
        return f"{match['side']}{number if number > 1 else ''} {unit}".replace("  ", " ")
    return f"{number} {unit} ago"


def _said_name(text: str) -> str:
    """``jan`` and ``last fri`` in full."""
    match = _SAID_NAME.fullmatch(text)
    if not match:
        return ""
    if match[2] in _SAID_MONTHS:
        return match[1] + MONTHS[_SAID_MONTHS[match[2]] - 1]
    return match[1] + _SAID_DAYS[match[2]] if match[2] in _SAID_DAYS else ""
