"""Arithmetic with days: months, quarters, weeks, seasons and feasts, always the latest that is not after a day."""

from calendar import monthrange
from datetime import date, timedelta

Span = tuple[date, date]  # first and last day, both included

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
# The month in which a season begins, as meteorologists and most people north of the equator count.
SEASONS = {"winter": 12, "spring": 3, "summer": 6, "autumn": 9, "fall": 9}
_FIXED_FEASTS = {
    "christmas": (12, 25),
    "christmas day": (12, 25),
    "christmas eve": (12, 24),
    "boxing day": (12, 26),
    "new year": (1, 1),
    "new years": (1, 1),
    "new year day": (1, 1),
    "new years day": (1, 1),
    "new year eve": (12, 31),
    "new years eve": (12, 31),
    "halloween": (10, 31),
    "valentines day": (2, 14),
    "valentine day": (2, 14),
    "v-day": (2, 14),
    "leap day": (2, 29),
}
_FROM_EASTER = {"easter": 0, "easter sunday": 0, "easter monday": 1, "good friday": -2}
_FROM_THANKSGIVING = {"thanksgiving": 0, "black friday": 1, "cyber monday": 4}
FEASTS = frozenset((*_FIXED_FEASTS, *_FROM_EASTER, *_FROM_THANKSGIVING))
_LEAP_YEARS_APART = 8


def clamped(day: date) -> date:
    """``day``, or the nearest one that arithmetic of some centuries cannot carry out of the calendar."""
    return min(max(day, FIRST_DAY), LAST_DAY)


def shifted(day: date, days: int) -> date:
    """The day so many days later."""
    return day + timedelta(days=days)


def day_of(year: int, month: int, day: int) -> date | None:
    """That day, or None where the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def month_of(year: int, month: int, months: int = 1) -> Span:
    """So many months from that one on."""
    last = year * 12 + month - 1 + months - 1
    return date(year, month, 1), date(last // 12, last % 12 + 1, monthrange(last // 12, last % 12 + 1)[1])


def year_of(year: int) -> Span:
    """A whole year."""
    return date(year, 1, 1), date(year, 12, 31)


def quarter_of(year: int, quarter: int) -> Span:
    """Three months."""
    return month_of(year, 3 * quarter - 2, 3)


def half_of(year: int, half: int) -> Span:
    """Six months."""
    return month_of(year, 6 * half - 5, 6)


def season_of(year: int, name: str) -> Span:
    """The season that begins in ``year``."""
    return month_of(year, SEASONS[name], 3)


def week_of(day: date) -> Span:
    """Monday to Sunday around ``day``."""
    monday = shifted(day, -day.weekday())
    return monday, shifted(monday, 6)


def numbered_week(year: int, number: int) -> Span | None:
    """A week by its ISO number."""
    try:
        monday = date.fromisocalendar(year, number, 1)
    except ValueError:
        return None
    return monday, shifted(monday, 6)


def latest_weekday(today: date, weekday: int) -> date:
    """The latest such day (0: Monday) that is not after ``today``."""
    return shifted(today, -((today.weekday() - weekday) % 7))


def latest_month(today: date, month: int) -> int:
    """The year of the latest ``month`` that did not begin after ``today``."""
    return today.year if month <= today.month else today.year - 1


def latest_day(today: date, month: int, day: int) -> date | None:
    """The latest such day of the year that is not after ``today``."""
    for year in range(today.year, today.year - _LEAP_YEARS_APART - 1, -1):
        found = day_of(year, month, day)
        if found and found <= today:
            return found
    return None


def latest_day_of_month(today: date, day: int) -> date | None:
    """The latest day with that number that is not after ``today``."""
    year, month = today.year, today.month
    for _ in range(3):
        found = day_of(year, month, day)
        if found and found <= today:
            return found
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return None


def latest_weekend(today: date) -> Span:
    """Saturday and Sunday of the latest weekend that has begun."""
    saturday = latest_weekday(today, 5)
    return saturday, shifted(saturday, 1)


def current(today: date, unit: str) -> Span | None:
    """The week, month, quarter, half, year or decade that ``today`` lies in."""
    if unit == "week":
        return week_of(today)
    if unit == "month":
        return month_of(today.year, today.month)
    if unit == "quarter":
        return quarter_of(today.year, (today.month + 2) // 3)
    if unit == "half":
        return half_of(today.year, (today.month + 5) // 6)
    if unit == "decade":
        return date(today.year // 10 * 10, 1, 1), date(today.year // 10 * 10 + 9, 12, 31)
    if unit == "day":
        return today, today
    return year_of(today.year) if unit == "year" else None


def previous(today: date, unit: str) -> Span | None:
    """The whole unit before the one that ``today`` lies in."""
    found = current(today, unit)
    return current(shifted(found[0], -1), unit) if found else None


def feast(year: int, name: str) -> date | None:
    """A feast in a year."""
    if name in _FIXED_FEASTS:
        return day_of(year, *_FIXED_FEASTS[name])
    if name in _FROM_EASTER:
        return shifted(_easter(year), _FROM_EASTER[name])
    thursday = shifted(date(year, 11, 1), (3 - date(year, 11, 1).weekday()) % 7 + 21)
    return shifted(thursday, _FROM_THANKSGIVING[name])


def latest_feast(today: date, name: str) -> date | None:
    """The latest day of that feast that is not after ``today``."""
    for year in range(today.year, today.year - _LEAP_YEARS_APART - 1, -1):
        found = feast(year, name)
        if found and found <= today:
            return found
    return None


def _easter(year: int) -> date:
    """Easter Sunday, by the anonymous Gregorian algorithm."""
    century, rest = divmod(year, 100)
    shift = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * (year % 19) + century - century // 4 - shift + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (year % 19 + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def thirds(span: Span, unit: str) -> tuple[date, date, date]:
    """The first days of the beginning, the middle and the end of a span."""
    begin, finish = span
    days = (finish - begin).days + 1
    if unit == "year" and days in (365, 366):
        return begin, date(begin.year, 5, 1), date(begin.year, 9, 1)
    return begin, shifted(begin, days // 3), shifted(begin, 2 * days // 3)


def piece(span: Span, unit: str, number: int, count: int = 1) -> Span | None:
    """So many units out of a span, counted from 1; ``number`` -1: the last ones. None where it has none such."""
    begin, finish = span
    if unit == "half":
        return _half(span, number)
    if unit in ("quarter", "month"):
        months = (3 if unit == "quarter" else 1) * count
        total = (finish.year - begin.year) * 12 + finish.month - begin.month + 1
        skipped = total - months if number == -1 else (number - 1) * months
        if skipped < 0 or skipped + months > total:
            return None
        first = begin.year * 12 + begin.month - 1 + skipped
        return month_of(first // 12, first % 12 + 1, months)
    days = {"day": 1, "week": 7, "fortnight": 14}.get(unit, 0) * count
    if not days:
        return None
    first_day = shifted(finish, 1 - days) if number == -1 else shifted(begin, (number - 1) * days)
    return (max(first_day, begin), min(shifted(first_day, days - 1), finish)) if first_day <= finish else None


def _half(span: Span, number: int) -> Span | None:
    begin, finish = span
    days = (finish - begin).days + 1
    middle = shifted(begin, 15 if days < 32 else (days + 1) // 2)
    if days in (365, 366):
        middle = date(begin.year, 7, 1)
    return (begin, shifted(middle, -1)) if number == 1 else (middle, finish) if number in (2, -1) else None
