"""How people tell a date of a query: by month, weekday, "this week", numbers and units."""

import re
from datetime import date, timedelta

from data.generator.dates import MONTHS, WEEKDAYS
from data.requests.traces import NUMBERS, stands
from nlsq.query import dates

# In days, or the unit itself where ``nlsq.query.dates.meaning`` keeps it apart.
_UNITS: dict[str, int | str] = {
    **dict.fromkeys(("minute", "min"), "minute"),
    **dict.fromkeys(("hour", "hr", "h"), "hour"),
    **dict.fromkeys(("day", "d"), 1),
    **dict.fromkeys(("week", "wk", "w"), 7),
    **dict.fromkeys(("month", "mo"), 30),
    **dict.fromkeys(("year", "yr", "y"), 365),
    "fortnight": 14,
    "decade": 3650,
}
_HOURS = 24


def _one_of(words: dict[str, object]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_NUMBER = rf"(?:\d{{1,6}}|{_one_of(dict(NUMBERS))})"
_SPAN = re.compile(
    rf"(?<![\w.])(?:(?P<side>last|past|previous)\s+)?"
    rf"(?:(?P<first>{_NUMBER})\s*(?:and|to|or|-|–)\s*)?(?P<number>{_NUMBER})?[\s-]*(?P<unit>{_one_of(dict(_UNITS))})s?\b",
    re.IGNORECASE,
)


def _spans(said: str) -> set[tuple[str, object]]:
    """The stretches of time that ``said`` names, as ``nlsq.query.dates.meaning`` has them."""
    found: set[tuple[str, object]] = set()
    for match in _SPAN.finditer(said):
        numbers = [text for text in (match["first"], match["number"]) if text] or (["one"] if match["side"] else [])
        unit = _UNITS[match["unit"].lower()]
        for text in numbers:
            number = int(text) if text.isdigit() else NUMBERS[text.lower()]
            found.add((f"{unit}s ago", number) if isinstance(unit, str) else ("days ago", number * unit))
            if unit == 1:
                found.add(("hours ago", number * _HOURS))
            elif unit == "hour" and number % _HOURS == 0:
                found.add(("days ago", number // _HOURS))
    named = (("day before yesterday", 2), ("yesterday", 1), ("today", 0))
    return found | {("days ago", days) for words, days in named if stands(said, words)}


def tells_date(said: str, text: str, upper: bool, today: date) -> bool:
    """True when ``said``, typed on the day ``today``, tells the date ``text``; ``upper``: the end of a span.

    A day of the calendar only by what can be counted from the day: months, weekdays, "this week"; a relative date by
    its number and unit.
    """
    kind, meant = dates.meaning(text, None)
    if isinstance(meant, date):
        # "in january" ends on the 31st; as an upper bound the day after is as right.
        days = [meant, meant - timedelta(days=1)] if upper else [meant]
        return any(_tells_day(said.lower(), day, today) for day in days)
    if kind == "text":
        return all(stands(said, word) for word in text.split())
    return (kind, meant) in _spans(said)


def _tells_day(said: str, day: date, today: date) -> bool:
    if any(day in _numeric_days(match) for match in _NUMERIC.finditer(said)):
        return True
    year = stands(said, str(day.year))
    if year and ((day.month, day.day) in ((1, 1), (12, 31)) or _tells_quarter(said, day)):
        return True
    if 0 <= (today - day).days < len(WEEKDAYS) and stands(said, WEEKDAYS[day.weekday()]):
        return True
    return _tells_month(said, day, year, today) or any(
        day == start and stands(said, words) for words, start in _starts(today).items()
    )


def _tells_month(said: str, day: date, year: bool, today: date) -> bool:
    """By the name of its month, with the year unless it is the latest, with the day unless it is the first or last."""
    month = MONTHS[day.month - 1]
    name = rf"\b(?:{month}|{month[:3]}|{month[:4] if day.month == 9 else month})\b"
    first = day.replace(day=1)
    latest = first <= today < first.replace(year=first.year + 1)
    if not re.search(name, said) or not (year or latest):
        return False
    if re.search(rf"\b0?{day.day}(?:st|nd|rd|th)?\b", said):
        return True
    of_another_day = rf"{name}\.?\s+\d\d?(?!\d)|\b\d\d?(?:st|nd|rd|th)?\s+(?:of\s+)?{name}"
    at_edge = day.day == 1 or (day + timedelta(days=1)).day == 1
    return at_edge and not re.search(of_another_day, said)


def _starts(today: date) -> dict[str, date]:
    return {
        "this week": today - timedelta(days=today.weekday()),
        "this month": today.replace(day=1),
        "this quarter": date(today.year, 3 * ((today.month - 1) // 3) + 1, 1),
        "this year": date(today.year, 1, 1),
        "today": today,
    }


_NUMERIC = re.compile(r"\b(\d{1,4})[-/.](\d\d?)(?:[-/.](\d{1,4}))?\b")


def _numeric_days(match: re.Match[str]) -> set[date]:
    """The days that ``2026-03-09``, ``9.3.2026``, ``3/9/2026`` or ``2026-03`` may mean."""
    first, second, third = (int(group) if group else 1 for group in match.groups())
    found = set()
    for year, month, day in ((first, second, third), (third, second, first), (third, first, second)):
        try:
            found.add(date(year, month, day))
        except ValueError:
            continue
    return found


def _tells_quarter(said: str, day: date) -> bool:
    """``q3 2025`` tells its first and its last day."""
    at_edge = (day.month % 3 == 1 and day.day == 1) or (day.month % 3 == 0 and (day + timedelta(days=1)).day == 1)
    return at_edge and bool(re.search(rf"\bq{(day.month + 2) // 3}\b", said))


_DATED = re.compile(
    r"\b(?:yesterday|this (?:week|month|quarter|year)|(?:last|past|previous) (?:\w+ )?(?:day|week|month|quarter|year)s?"
    r"|\d+ (?:day|week|month|year)s? ago|since (?:last )?(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|(?:since|before|after|until|in|during) (?:the year )?20\d\d)\b",
    re.IGNORECASE,
)


def dated(said: str) -> str:
    """A phrase of time in ``said``, or an empty text."""
    match = _DATED.search(said)
    return match[0] if match else ""
