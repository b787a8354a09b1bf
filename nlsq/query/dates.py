"""Which dates Sourcegraph understands, and which it takes for something else."""

import re
from datetime import date, timedelta

_MONTHS = [
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
_SHORT = {month[:3]: number for number, month in enumerate(_MONTHS, 1)} | {m: n for n, m in enumerate(_MONTHS, 1)}
_WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_NUMBER = rf"(?:\d{{1,9}}|{'|'.join(_NUMBERS)})"
_UNIT = r"(?:minute|hour|day|week|month|year)s?"
_NAMED = rf"(?:{'|'.join(_WEEKDAYS + _MONTHS)})"
_TIME = r"\d{1,2}(?::\d\d(?::\d\d)?)?\s*(?:am|pm)?"
_PIECE = re.compile(
    rf"""(?x)
      (?P<ago>(?:{_NUMBER})\s+{_UNIT}\s+(?:ago|from\s+now)) | (?P<in>in\s+(?:a|an|{_NUMBER})\s+{_UNIT})
    | (?P<last>(?:last|past|previous|next)\s+(?:{_NUMBER}\s+)?{_UNIT})
    | (?P<plain>{_NUMBER}\s+(?:minute|hour|day|week)s?)
    | (?P<day>today|yesterday|tomorrow) | (?P<named>(?:(?:last|past|previous|next)\s+)?{_NAMED})
    | (?P<ordinal>\d{{1,2}}(?:st|nd|rd|th)) | (?P<time>{_TIME})
    | (?P<word>[a-z]+)
    """
)
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d):(\d\d)(?:\.\d+)?\s*(?:Z|[+-]\d\d:?\d\d)?)?$")
_DOTTED = re.compile(r"(\d{4})\.(\d\d?)\.(\d\d?)$")
_SLASHED = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})$")
_GERMAN = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4})$")
_LAST_HOUR = 24
_UNIX = re.compile(r"\d{5,}(?: [+-]\d{4})?$")
_MDY = re.compile(rf"(?i)\b({'|'.join(sorted(_SHORT, key=len, reverse=True))})\s+(\d{{1,2}})\s*,?\s+(\d{{4}})\b")
_DMY = re.compile(rf"(?i)\b(\d{{1,2}})\s+({'|'.join(sorted(_SHORT, key=len, reverse=True))})\s*,?\s+(\d{{4}})\b")


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


_PLAIN = re.compile(
    rf"""(?ix)
      \d{{9,}}(?:\ [+-]\d{{4}})? | \d{{4}}-\d\d-\d\d(?:[T\ ].*)? | \d{{4}}\.\d\d?\.\d\d? | \d\d?/\d\d?/\d{{4}}
    | \d\d?\.\d\d?\.\d{{4}} | [a-z]+\ \d\d?\ ?,?\ \d{{4}} | \d\d?\ [a-z]+\ ?,?\ \d{{4}}
    | {_NUMBER}\ {_UNIT}\ (?:ago|from\ now) | in\ (?:a|an|{_NUMBER})\ {_UNIT}
    | (?:last|past|previous|next)\ (?:{_NUMBER}\ )?{_UNIT} | (?:(?:last|past|previous|next)\ )?{_NAMED}
    | today | yesterday | tomorrow
    """
)


def is_plain(text: str) -> bool:
    """True when ``text`` is one of the ways to write a date that mean to Sourcegraph what they mean to people."""
    return bool(_PLAIN.fullmatch(text.strip()))


_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_AGO = re.compile(rf"({_NUMBER})\s+(minute|hour|day|week|month|year)s?\s+ago$")
_LAST = re.compile(rf"(?:last|past|previous)\s+(?:({_NUMBER})\s+)?(minute|hour|day|week|month|year)s?$")


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
