"""What a time is once it is found, and lengths of time: 3 days, two and a half years, 24h, half a year ago."""

import math
from datetime import date
from typing import NamedTuple

from nlsq.reading.times import calendar
from nlsq.reading.times.calendar import Span, shifted
from nlsq.reading.times.vocabulary import FRACTION, LENGTH, LETTER_UNITS, MONTH, NUMBER, UNIT, WEEKDAY, YEAR
from nlsq.reading.times.words import Token

# How much a moment says by itself: a length needs "for" or "ago", a name needs a preposition.
BARE_LENGTH, NAMED, CERTAIN = 0, 1, 2

NOTHING = Token("", "", None, -1, -1)
_DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365}
_MULTIPLES = {"fortnight": (2, "week"), "decade": (10, "year"), "quarter": (3, "month")}
_PARTS_OF = {
    "year": (12, "month"),
    "month": (30, "day"),
    "week": (7, "day"),
    "day": (24, "hour"),
    "hour": (60, "minute"),
}
_MOST_WEEKDAYS = 100
_LONGEST = 10**9  # what Sourcegraph takes for a number has at most nine digits
_FARTHEST_DAYS = 36_000
_ADJECTIVES = frozenset(("full", "whole", "calendar", "business", "working", "work", "entire", "solid"))
_COUNTS = {"couple": 2, "few": 3, "several": 5}
_LETTERS = {letter: unit for letter, unit in LETTER_UNITS.items() if letter in ("h", "d", "w", "y")}
_TENS = frozenset((20, 30, 40, 50, 60))


class Moment(NamedTuple):
    """A time; its values are as Sourcegraph takes them."""

    first: str  # where it begins
    last: str | None  # where it ends; None: it goes on until now
    until: str  # up to and with it
    beyond: str  # after it
    strength: int
    begin: date  # for comparison
    finish: date
    low: str = ""  # where "in" it begins, if not at ``first``
    kind: str = ""
    is_ago: bool = False


Found = tuple[Moment, int]


def of_span(span: Span, strength: int = CERTAIN, kind: str = "span") -> Moment:
    """A span of days that is over."""
    begin, finish = span
    return Moment(
        begin.isoformat(),
        finish.isoformat(),
        finish.isoformat(),
        shifted(finish, 1).isoformat(),
        strength,
        begin,
        finish,
        kind=kind,
    )


def of_day(day: date, strength: int = CERTAIN) -> Moment:
    """One day: to Sourcegraph from it to the next."""
    iso = day.isoformat()
    return Moment(iso, shifted(day, 1).isoformat(), iso, iso, strength, day, day, kind="day")


def going_on(span: Span, kind: str) -> Moment:
    """A span that ``today`` lies in."""
    return of_span(span, kind=kind)._replace(last=None)


def today_moment(today: date, strength: int = CERTAIN) -> Moment:
    """Today, which goes on."""
    return of_day(today, strength)._replace(first="today", last=None, until="today", beyond="today")


def yesterday_moment(today: date, last: str | None) -> Moment:
    """Yesterday, up to ``last``."""
    moment = of_day(shifted(today, -1))
    return moment._replace(first="yesterday", last=last, until="yesterday", beyond="yesterday")


def written(number: float, unit: str) -> str:
    """``2 weeks ago`` for a length; an empty text where there is no such length."""
    if unit == "second":
        number, unit = math.ceil(number / 60), "minute"
    factor, unit = _MULTIPLES.get(unit, (1, unit))
    number *= factor
    while number != int(number) and unit in _PARTS_OF:
        number, unit = number * _PARTS_OF[unit][0], _PARTS_OF[unit][1]
        if number > 10 and unit != "month":
            number = round(number)
    count = math.ceil(number)
    return f"{count} {unit}{'s' if count != 1 else ''} ago" if 0 < count < _LONGEST else ""


class Lengths:
    """The words of a request, and the lengths of time in them."""

    def __init__(self, tokens: list[Token], today: date):
        self.tokens = tokens
        self.today = today

    def next(self, place: int, commas: bool = False) -> Token:
        """The word at ``place`` if nothing but a space parts it from the one before, else no word."""
        if not 0 < place < len(self.tokens):
            return self.tokens[0] if place == 0 and self.tokens else NOTHING
        before, token = self.tokens[place - 1], self.tokens[place]
        if token.opening:
            return NOTHING
        if (
            not before.closing
            or before.closing in ("'", "’")
            or (before.closing == "+" and token.kind == UNIT)
            or (commas and before.closing == ",")
        ):
            return token
        return token if before.closing == "." and before.kind in (MONTH, WEEKDAY, UNIT) else NOTHING

    def are_next(self, place: int, *texts: str) -> bool:
        """Whether these words stand at ``place``."""
        return all(self.next(place + number).text == text for number, text in enumerate(texts))

    def at(self, place: int, today: date | None = None) -> Found | None:
        """The moment that begins at ``place``, and the place behind it."""
        raise NotImplementedError

    def ago(self, number: float, unit: str) -> Moment | None:
        """A moment that lies so far back, and goes on until now."""
        text = written(number, unit)
        if not text:
            return None
        count, plain, _ = text.split()
        days = min(int(count) * _DAYS[plain.rstrip("s")], _FARTHEST_DAYS)
        begin = calendar.clamped(shifted(self.today, -int(days)))
        return Moment(text, None, text, text, CERTAIN, begin, self.today, kind="ago", is_ago=True)

    def _counted(self, place: int) -> Found | None:
        """Two weeks ago, a year back; a bare length such as "two weeks"."""
        found = self.length(place)
        if not found:
            return self._weekdays_ago(place)
        number, unit, behind = found
        moment = self.ago(number, unit)
        if not moment:
            return None
        after = self.next(behind).text
        if after == "before" and self.next(behind + 1).text in ("now", "today"):
            return moment, behind + 2
        if after == "ending" and self.next(behind + 1).text and (end := self.at(behind + 1)):
            begin = shifted(end[0].begin, (moment.begin - self.today).days + 1)
            return of_span((begin, end[0].begin)), end[1]
        if after in ("ago", "back"):
            return moment, behind + 1 + (self.next(behind + 1).text == "today")
        days = self._days_beside(moment, behind)
        if days:
            return days
        if after == "from" and self.next(behind + 1).text in ("now", "today"):
            return None
        return moment._replace(strength=BARE_LENGTH, kind="length"), behind

    def _days_beside(self, moment: Moment, place: int) -> Found | None:
        """The two weeks after 5 january; the week before christmas."""
        side = self.next(place).text
        if side not in ("after", "following", "before", "from") or not self.next(place + 1).text:
            return None
        found = self.at(place + 1)
        if not found or found[0].kind not in ("day", "iso", "feast"):
            return None
        day, days = found[0].begin, (self.today - moment.begin).days
        return of_span((shifted(day, -days), day) if side == "before" else (day, shifted(day, days))), found[1]

    def _weekdays_ago(self, place: int) -> Found | None:
        """Two fridays ago."""
        number, weekday = self.next(place), self.next(place + 1)
        if number.kind != NUMBER or weekday.kind != WEEKDAY or self.next(place + 2).text != "ago":
            return None
        if not 0 < number.value < _MOST_WEEKDAYS:
            return None
        latest = calendar.latest_weekday(shifted(self.today, -1), weekday.value)
        return of_day(shifted(latest, -7 * (number.value - 1))), place + 3

    def length(self, place: int) -> tuple[float, str, int] | None:
        """Number and unit of a length: 3 days, a couple of weeks, two and a half years, 24h."""
        token = self.tokens[place] if place < len(self.tokens) else NOTHING
        if token.kind == LENGTH:
            ago = token.text.endswith("m") and self.next(place + 1).text == "ago"  # 2m ago, but the last 2m
            return token.value[0], "minute" if ago else token.value[1], place + 1
        if token.text == "half":
            behind = place + 2 if self.next(place + 1).text in ("a", "an") else place + 1
            return (0.5, str(self.next(behind).value), behind + 1) if self.next(behind).kind == UNIT else None
        if token.kind == UNIT and self.next(place + 1).text == "old":  # month-old
            return 1, str(token.value), place + 1
        number, behind = self._number(place, token)
        if not behind:
            return None
        if number == 3 and self.are_next(behind, "quarters", "of"):
            behind += 3 if self.next(behind + 2).text in ("a", "an") else 2
            return (0.75, str(self.next(behind).value), behind + 1) if self.next(behind).kind == UNIT else None
        if self.are_next(behind, "and", "a", "half"):
            number, behind = number + 0.5, behind + 3
        if self.next(behind).text in _ADJECTIVES:
            behind += 1
        unit, behind = self.next(behind), behind + 1
        if unit.text in _LETTERS and self.tokens[behind - 2].text.isdigit():
            return number, _LETTERS[unit.text], behind
        if unit.kind != UNIT and not (unit.text == "second" and number == 1):
            return None
        if self.are_next(behind, "or", "so"):
            behind += 2
        if self.are_next(behind, "and", "a", "half"):
            number, behind = number + 0.5, behind + 3
        return number, str(unit.value) if unit.kind == UNIT else "second", behind

    def _number(self, place: int, token: Token) -> tuple[float, int]:
        """A number and the place behind it; place 0 where there is none."""
        if token.kind == NUMBER or (token.kind == YEAR and token.text.isdigit()):
            number, behind = token.value, place + 1
            follower = self.next(behind)
            if follower.kind == FRACTION and follower.value < 1:
                return number + follower.value, behind + 1
            if number in _TENS and follower.kind == NUMBER and follower.value < 10 and token.text.isalpha():
                number, behind = number + follower.value, behind + 1
            return number, behind
        if token.kind == FRACTION:
            return token.value, place + 1
        if token.text in ("a", "an") or token.text in _COUNTS:
            behind = place + 1
            word = self.next(behind) if token.text in ("a", "an") else token
            behind += token.text in ("a", "an")
            if word.text == "good":
                word, behind = self.next(behind), behind + 1
            if word.text in _COUNTS:
                return _COUNTS[word.text], behind + (self.next(behind).text == "of")
            if word.text in ("dozen", "hundred"):
                return word.value, behind
            return (1, place + 1) if token.text in ("a", "an") else (0, 0)
        return 0, 0
