"""Ways to say when, with the filters that they mean: counted from a day by arithmetic, never guessed.

``when(random, today)`` draws a phrase that reads well behind a noun ("commits ... since monday"); the phrase and its
filters are made together, so they cannot disagree.
"""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

MONTHS = [name.lower() for name in calendar.month_name[1:]]
SHORT_MONTHS = [name.lower() for name in calendar.month_abbr[1:]]
WEEKDAYS = [name.lower() for name in calendar.day_name]
FIRST_DAY, LAST_DAY = date(2023, 1, 1), date(2027, 6, 30)
_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_LARGEST = {"day": 30, "week": 12, "month": 18, "year": 6, "hour": 72}
_UNITS = ["day"] * 4 + ["week"] * 4 + ["month"] * 3 + ["year"] * 2 + ["hour"]


@dataclass(frozen=True)
class Phrase:
    """What is said, and the filters it means; ``begins``: the span it names goes on until now."""

    spoken: str
    filters: str
    begins: bool = False


def any_day(random: Random) -> date:
    """A day that may be the ``today`` of a request."""
    return FIRST_DAY + timedelta(days=random.randrange((LAST_DAY - FIRST_DAY).days))


def span(random: Random) -> tuple[str, str]:
    """A bare length of time as ``(spoken, written)``: ``("two weeks", "2 weeks ago")``."""
    unit = random.choice([one for one in _UNITS if one != "hour"])
    number = _number(random, unit)
    written = f"{number} {unit}{'s' if number > 1 else ''} ago"
    if number == 1:
        return f"{random.choice(['a', 'one', '1'])} {unit}", written
    spoken = _NUMBERS[number - 1] if number <= len(_NUMBERS) and random.random() < 0.3 else str(number)
    return f"{spoken} {unit}s", written


def when(random: Random, today: date) -> Phrase:
    """Any phrase of time."""
    return random.choice(_ALL)(random, today)


def since(random: Random, today: date) -> Phrase:
    """A phrase of a time that begins and goes on until now."""
    return random.choice(_BEGINNING)(random, today)


def _number(random: Random, unit: str) -> int:
    return min(random.choice([1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 18, 24, 30, 36, 48, 72]), _LARGEST[unit])


def _after(spoken: str, day: date | str) -> Phrase:
    return Phrase(spoken, f"after:{day}", begins=True)


def _between(spoken: str, first: date, last: date) -> Phrase:
    return Phrase(spoken, f"after:{first} before:{last}")


def _last_unit(random: Random, _: date) -> Phrase:
    unit = random.choice(["week", "week", "month", "month", "year"])
    head = random.choice(["last", "last", "over the last", "in the last", "in the past", "from last", "the past"])
    return _after(f"{head} {unit}", f'"1 {unit} ago"')


def _past_span(random: Random, _: date) -> Phrase:
    unit = random.choice(_UNITS)
    number = max(2, _number(random, unit))
    spoken = _NUMBERS[number - 1] if number <= len(_NUMBERS) and random.random() < 0.25 else str(number)
    head = random.choice(
        ["in the past", "in the last", "over the last", "within the last", "the last", "over the past", "last", "past"]
    )
    return _after(f"{head} {spoken} {unit}s", f'"{number} {unit}s ago"')


def _yesterday(random: Random, _: date) -> Phrase:
    return _after(random.choice(["since yesterday", "since yesterday", "from yesterday on"]), "yesterday")


def _older(random: Random, _: date) -> Phrase:
    spoken, written = span(random)
    head = random.choice(["older than {}", "from more than {} ago", "more than {} ago", "before {} ago"])
    return Phrase(head.format(spoken), f'before:"{written}"')


def _this_unit(random: Random, today: date) -> Phrase:
    starts = {
        "week": today - timedelta(days=today.weekday()),
        "month": today.replace(day=1),
        "year": today.replace(month=1, day=1),
        "quarter": today.replace(month=1 + 3 * ((today.month - 1) // 3), day=1),
    }
    unit = random.choice(["week", "week", "week", "month", "month", "month", "year", "year", "quarter"])
    head = random.choice(["this", "this", "this", "so far this", "since the start of this", "during this"])
    return _after(f"{head} {unit}", starts[unit])


def _since_weekday(random: Random, today: date) -> Phrase:
    number = random.randrange(7)
    day = today - timedelta(days=(today.weekday() - number) % 7)
    name = WEEKDAYS[number] if random.random() < 0.8 else WEEKDAYS[number].title()
    form = random.choice(["since {}", "since {}", "since {}", "from {} on", "starting {}"])
    return _after(form.format(name), day)


def _on_weekday(random: Random, today: date) -> Phrase:
    number = random.randrange(7)
    day = today - timedelta(days=(today.weekday() - number) % 7)
    return _between(f"on {WEEKDAYS[number]}", day, day + timedelta(days=1))


def latest_month(today: date, month: int) -> date:
    """The first day of the latest ``month`` (1 to 12) that is not after ``today``."""
    return date(today.year if month <= today.month else today.year - 1, month, 1)


def end_of_month(first: date) -> date:
    """The last day of the month that ``first`` lies in."""
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _month_name(random: Random, month: int) -> str:
    name = SHORT_MONTHS[month - 1] if random.random() < 0.2 else MONTHS[month - 1]
    return name.title() if random.random() < 0.2 else name


def _since_month(random: Random, today: date) -> Phrase:
    month = random.randint(1, 12)
    return _after(f"since {_month_name(random, month)}", latest_month(today, month))


def _in_month(random: Random, today: date) -> Phrase:
    month = random.randint(1, 12)
    first = latest_month(today, month)
    head = random.choice(["in", "in", "in", "from", "during"])
    return _between(f"{head} {_month_name(random, month)}", first, end_of_month(first))


def _year(random: Random, today: date) -> int:
    return today.year - random.choice([0, 1, 1, 1, 2, 2, 3, 4, 5, 7, 9])


def _month_of_year(random: Random, today: date) -> date:
    """The first day of a month that is not after ``today``."""
    first = date(_year(random, today), random.randint(1, 12), 1)
    return first if first <= today else first.replace(year=first.year - 1)


def _since_month_of_year(random: Random, today: date) -> Phrase:
    first = _month_of_year(random, today)
    return _after(f"since {_month_name(random, first.month)} {first.year}", first)


def _in_month_of_year(random: Random, today: date) -> Phrase:
    first = _month_of_year(random, today)
    spoken = f"{random.choice(['in', 'in', 'from', 'during'])} {_month_name(random, first.month)} {first.year}"
    return _between(spoken, first, end_of_month(first))


def _in_year(random: Random, today: date) -> Phrase:
    year = _year(random, today) - 1
    spoken = f"{random.choice(['in', 'in', 'from', 'during', 'throughout'])} {year}"
    return _between(spoken, date(year, 1, 1), date(year, 12, 31))


def _before_year(random: Random, today: date) -> Phrase:
    year = _year(random, today)
    return Phrase(f"{random.choice(['before', 'before', 'prior to'])} {year}", f"before:{year}-01-01")


def _before_month(random: Random, today: date) -> Phrase:
    first = _month_of_year(random, today)
    return Phrase(f"before {_month_name(random, first.month)} {first.year}", f"before:{first}")


def _since_year(random: Random, today: date) -> Phrase:
    year = _year(random, today)
    return _after(f"since {year}", date(year, 1, 1))


def _past_day(random: Random, today: date) -> date:
    return today - timedelta(days=random.randint(20, 900))


def _day(random: Random, day: date) -> str:
    """A full date as people write it."""
    month = _month_name(random, day.month)
    return random.choice([day.isoformat(), f"{day.day} {month} {day.year}", f"{month} {day.day} {day.year}"])


def _since_day(random: Random, today: date) -> Phrase:
    day = _past_day(random, today)
    form = random.choice(["since {}", "since {}", "from {} on", "after {}"])
    return _after(form.format(_day(random, day)), day)


def _before_day(random: Random, today: date) -> Phrase:
    day = _past_day(random, today)
    return Phrase(f"before {_day(random, day)}", f"before:{day}")


def _on_day(random: Random, today: date) -> Phrase:
    day = _past_day(random, today)
    return _between(f"on {_day(random, day)}", day, day + timedelta(days=1))


def _quarter(random: Random, today: date) -> Phrase:
    quarter = random.randint(1, 4)
    year = today.year - random.randint(1, 3)
    first = date(year, 3 * quarter - 2, 1)
    return _between(f"in q{quarter} {year}", first, end_of_month(first.replace(month=3 * quarter)))


def _half_year(random: Random, today: date) -> Phrase:
    half, year = random.randint(1, 2), today.year - random.randint(1, 3)
    said = random.choice([f"h{half} {year}", f"the {'first' if half == 1 else 'second'} half of {year}"])
    return _between(f"in {said}", date(year, 6 * half - 5, 1), end_of_month(date(year, 6 * half, 1)))


def _week_of(random: Random, today: date) -> Phrase:
    day = _past_day(random, today)
    monday = day - timedelta(days=day.weekday())
    spoken = f"{random.choice(['in the week of', 'the week of'])} {_day(random, monday)}"
    return _between(spoken, monday, monday + timedelta(days=6))


def _short_span(random: Random, _: date) -> Phrase:
    spoken, written = random.choice(
        [
            ("fortnight", "2 weeks"),
            ("24h", "24 hours"),
            ("24 hours", "24 hours"),
            ("48h", "48 hours"),
            ("hour", "1 hour"),
            ("half year", "6 months"),
            ("couple of days", "2 days"),
            ("couple of weeks", "2 weeks"),
        ]
    )
    return _after(f"{random.choice(['in the last', 'in the past', 'over the last'])} {spoken}", f'"{written} ago"')


def _months_of_year(random: Random, today: date) -> Phrase:
    year = today.year - random.randint(1, 3)
    first, last = sorted(random.sample(range(1, 13), 2))
    form = random.choice(["between {} and {} {}", "from {} to {} {}", "{} to {} {}"])
    spoken = form.format(_month_name(random, first), _month_name(random, last), year)
    return _between(spoken, date(year, first, 1), end_of_month(date(year, last, 1)))


def _days(random: Random, today: date) -> Phrase:
    first = _past_day(random, today)
    last = first + timedelta(days=random.randint(2, 60))
    form = random.choice(["between {} and {}", "from {} to {}", "between {} and {}"])
    return _between(form.format(first, last), first, last)


_BEGINNING: list[Callable[[Random, date], Phrase]] = [
    *(_last_unit, _last_unit, _past_span, _past_span, _past_span, _yesterday, _this_unit, _this_unit, _since_weekday),
    *(_since_weekday, _since_month, _since_month_of_year, _since_year, _since_day, _short_span),
]
_ALL = [
    *_BEGINNING,
    *(_older, _in_month, _in_month, _in_month_of_year, _in_year, _before_year, _before_month, _before_day, _on_day),
    *(_quarter, _half_year, _week_of, _months_of_year, _days, _on_weekday),
]
