"""The times that a request names: quarters, weeks, "last month", "the end of 2023", and what is so and so long ago."""

from datetime import date

from nlsq.reading.tables import table_of
from nlsq.reading.times import calendar
from nlsq.reading.times.calendar import Span, shifted
from nlsq.reading.times.lengths import (
    CERTAIN,
    NAMED,
    NOTHING,
    Found,
    going_on,
    of_day,
    of_span,
    today_moment,
    yesterday_moment,
)
from nlsq.reading.times.named_days import TIMES_OF_DAY
from nlsq.reading.times.named_spans import Spans
from nlsq.reading.times.vocabulary import (
    CLOCK,
    DASH,
    DAY,
    DECADE,
    HALF,
    MOMENT,
    MONTH,
    MONTH_OF_YEAR,
    NUMBER,
    ORDINAL,
    OTHER,
    QUARTER,
    SEASON,
    SHORT_DATE,
    STAMP,
    UNIT,
    WEEK,
    WEEKDAY,
    WORD,
    YEAR,
)
from nlsq.reading.times.words import Token

_SKIPPED = frozenset(
    table_of(
        "the about around roughly exactly approximately approx circa ca say some just only"
        " nearly almost whole entire all ~"
    )
)
_LAST = frozenset(("last", "past", "previous", "prior", "preceding", "trailing", "latest", "recent"))
_EDGES = frozenset(("turn", "beginning", "start", "begin", "end", "middle", "early", "mid", "late"))
_UP_TO_NOW = {"ytd": "year", "mtd": "month", "qtd": "quarter"}
_LONG_UNITS = frozenset(("week", "month", "quarter", "year", "decade"))
_OTHER_BEGINNINGS = frozenset(
    table_of("this current these unix epoch timestamp w/c wc w/b calendar iso cw kw same a an couple few several half")
)
# The words that a moment can begin with, beside those of a kind of their own.
BEGINNINGS = (
    _SKIPPED | _LAST | _EDGES | _UP_TO_NOW.keys() | _OTHER_BEGINNINGS | {name.split()[0] for name in calendar.FEASTS}
)
_DEEPEST = 4  # "the end of the first half of last year"


class Moments(Spans):
    """Finds moments of any kind in the words of a request."""

    def __init__(self, tokens: list[Token], today: date):
        super().__init__(tokens, today)
        self._known: dict[tuple[int, date], Found | None] = {}
        self._depth = 0

    def begins(self, token: Token) -> bool:
        """Whether a moment can begin with that word."""
        return token.kind not in (WORD, OTHER, DASH) or token.text in BEGINNINGS

    def at(self, place: int, today: date | None = None) -> Found | None:
        """The moment that begins at ``place``, and the place behind it."""
        today = today or self.today
        if (place, today) not in self._known:
            if self._depth == _DEEPEST:
                return None
            self._depth += 1
            self._known[place, today] = self._at(place, today)
            self._depth -= 1
        return self._known[place, today]

    def _at(self, place: int, today: date) -> Found | None:
        first = place
        while self.next(place).text in _SKIPPED and place < first + 3:
            place += 1
        token = self.next(place) if place > first else self.tokens[place] if place < len(self.tokens) else NOTHING
        if not self.begins(token) or not token.text:
            return None
        the = place > first and self.tokens[place - 1].text == "the"
        return self._named(place, token, today, the) or self._counted(place)

    def _named(self, place: int, token: Token, today: date, the: bool) -> Found | None:
        kind = token.kind
        if kind == CLOCK:
            return self._clock(place, today)
        if kind in (DAY, MONTH_OF_YEAR, STAMP, SHORT_DATE, WEEK):
            return self._numeric(place, token)
        if kind == MONTH:
            return self._month(place, token, today)
        if kind == WEEKDAY:
            return self._weekday(place, token, today)
        if kind == MOMENT:
            return self._moment(place, token, today)
        if kind in (QUARTER, HALF):
            return self._part(place, token, today)
        if kind == YEAR:
            return self._year(place, token)
        if kind == DECADE:
            return self._decade(place, token, the)
        if kind == SEASON:
            return self._season(place, token, today)
        if kind in (ORDINAL, NUMBER):
            found = self._day_and_month(place, token, today)
            return found or (
                self._ordinal(place, token, today, the) if kind == ORDINAL else self._spoken_year(place, token)
            )
        if kind == UNIT:
            return self._unit(place, token, today)
        if token.text in _LAST:
            return self._last(place, token, today)
        return self._worded(place, token, today)

    def _worded(self, place: int, token: Token, today: date) -> Found | None:
        if token.text in ("this", "current", "these"):
            return self._this(place, today)
        if token.text in _EDGES:
            return self._edge(place, token.text, today)
        if token.text in ("unix", "epoch", "timestamp"):
            return self._unix(place)
        if token.text in ("w/c", "wc", "w/b"):
            return self._week_from(place + 1, False, today)
        if token.text in ("cw", "kw") and self.next(place + 1).kind == NUMBER:
            return self._week_number(place + 1, self.next(place + 1).value)
        if token.text == "same" and self.next(place + 1).text in ("day", "time") and self.next(place + 2).text in _LAST:
            return self._last(place + 2, self.next(place + 2), today)
        if token.text in ("calendar", "iso") and self.next(place + 1).text == "week":
            return self._unit(place + 1, self.next(place + 1), today)
        if token.text in _UP_TO_NOW:
            span = calendar.current(today, _UP_TO_NOW[token.text])
            return (going_on(span, "year"), place + 1) if span else None
        return self._feast(place, today)

    # ---- parts and edges

    def whole(self, place: int, today: date) -> tuple[Span, str, int] | None:
        """A span by the calendar, with its unit: also "last month", which else is the past 30 days."""
        if self.next(place).text == "the":
            place += 1
        token, unit = self.next(place), self.next(place + 1)
        alone = unit.text not in ("of", "before") and unit.kind not in (NUMBER, YEAR)
        if token.kind == UNIT and token.text in _LONG_UNITS and alone:
            span = calendar.current(today, token.text)
            return (span, f"the {token.text}", place + 1) if span else None
        if unit.kind == UNIT and token.text in ("last", "previous", "past", "this", "current"):
            count = calendar.current if token.text in ("this", "current") else calendar.previous
            span = count(today, str(unit.value))
            named = self.next(place + 2, commas=True)
            if unit.value == "year" and named.kind == YEAR and named.closing:  # last year, 2024:
                return calendar.year_of(named.value), "year", place + 3
            return (span, str(unit.value), place + 2) if span else None
        found = self.at(place, today) if place < len(self.tokens) else None
        if not found or found[0].is_ago or not found[0].strength or found[0].kind in ("day", "iso", "compact", "stamp"):
            return None
        days = (found[0].finish - found[0].begin).days + 1
        unit_of = "week" if days < 8 else "month" if days < 32 else "quarter" if days < 93 else "year"
        return (found[0].begin, found[0].finish), unit_of, found[1]

    def _edge(self, place: int, edge: str, today: date) -> Found | None:
        """The beginning of 2023, the end of last month, early june, mid-2022."""
        behind = place + 1
        linked = self.next(behind).text in ("of", "in")
        if not linked and edge not in ("early", "mid", "late"):
            return None
        found = self.whole(behind + linked, today)
        if not found:
            return None
        (begin, finish), unit, behind = found
        _, second, third = calendar.thirds((begin, finish), unit.removeprefix("the "))
        strength = NAMED if unit.startswith("the ") else CERTAIN
        if edge in ("beginning", "start", "begin", "early", "turn"):
            last = shifted(second, -1)
            return of_day(begin, strength)._replace(last=last.isoformat(), finish=last, kind="edge"), behind
        if edge in ("mid", "middle"):
            return of_span((second, shifted(third, -1)), strength, "edge"), behind
        if edge == "late":
            return of_span((third, finish), strength, "edge"), behind
        iso = finish.isoformat()
        return of_day(finish, strength)._replace(last=iso, low=third.isoformat(), kind="edge"), behind

    def _ordinal(self, place: int, token: Token, today: date, the: bool) -> Found | None:
        """The first half of 2022, second week of june; the 12th."""
        found = self._part_of(place + 1, token.value, today)
        if found:
            return found
        if the and token.text[0].isdigit():
            day = calendar.latest_day_of_month(today, token.value)
            return (of_day(day, NAMED)._replace(kind="ordinal"), place + 1) if day else None
        return None

    def _part_of(self, place: int, number: int, today: date) -> Found | None:
        """``number`` of the units at ``place`` (-1: the last) of a longer span."""
        count, unit = 1, self.next(place)
        if unit.kind == NUMBER and unit.value < 100:
            count, place, unit = unit.value, place + 1, self.next(place + 1)
        name = "half" if unit.text == "half" else str(unit.value) if unit.kind == UNIT else ""
        if not name or (count == 1 and unit.text == f"{name}s"):  # the first days of may: nobody knows how many
            return None
        behind = place + 1
        if self.next(behind).text in ("of", "in"):
            found = self.whole(behind + 1, today)
        else:
            year = self.next(behind)
            found = (calendar.year_of(year.value), "year", behind + 1) if year.kind == YEAR else None
        if found:
            span = calendar.piece(found[0], name, number, count)
            strength = NAMED if found[1].startswith("the ") else CERTAIN
            return (of_span(span, strength), found[2]) if span else None
        if name == "quarter" and 1 <= number <= 4 and count == 1:
            span = calendar.quarter_of(today.year, number)
            span = span if span[0] <= today else calendar.quarter_of(today.year - 1, number)
            return of_span(span, NAMED, "part"), behind
        return None

    # ---- what is counted back from today

    def _last(self, place: int, token: Token, today: date) -> Found | None:
        after = self.next(place + 1)
        if token.text in ("last", "past", "previous"):
            found = self._last_name(place, after, today)
            if found:
                return found
        if token.text == "last":
            part = self._part_of(place + 1, -1, today)
            if part:
                return part
        if after.kind == UNIT and token.text in ("last", "past", "previous", "preceding", "trailing"):
            return self._last_unit(place + 1, after)
        if after.text in ("working", "work", "business") and self.next(place + 2).text == "week":
            moment = self.ago(5, "day")
            return (moment, place + 3) if moment else None
        found_length = self.length(place + 1)
        if after.kind == NUMBER and self.next(place + 3).kind == NUMBER:
            link = self.next(place + 2)
            if link.kind == DASH or link.text in ("to", "or"):  # the last 2-3 weeks
                found_length = self.length(place + 3)
        if not found_length:
            return None
        number, unit, behind = found_length
        moment = self.ago(number, unit)
        if moment and unit == "second":
            moment = moment._replace(strength=NAMED)
        return (moment, behind) if moment else None

    def _last_unit(self, place: int, unit: Token) -> Found | None:
        behind = place + 1
        inner = self.next(behind)
        whole = calendar.previous(self.today, str(unit.value))
        if whole and (unit.possessive or inner.text == "only"):
            found = self._of_last(behind, inner, unit, whole)
            if found:
                return found
        if inner.text == "of" and self.next(behind + 1).text in ("the", "a", "month", "week", "year", "each"):
            return None
        number = 1.0
        if self.next(behind).text == "or" and self.next(behind + 1).text in ("so", "two"):
            number, behind = 2.0 if self.next(behind + 1).text == "two" else 1.0, behind + 2
        if unit.text in ("days", "hours", "minutes", "seconds"):
            return None
        if self.are_next(behind, "and", "a", "half"):
            number, behind = 1.5, behind + 3
        moment = self.ago(number, str(unit.value))
        if moment and unit.value in ("minute", "second", "day"):
            moment = moment._replace(strength=NAMED)
        return (moment, behind) if moment else None

    def _of_last(self, place: int, inner: Token, unit: Token, whole: Span) -> Found | None:
        """Last year's summer, last month's start; last year's commits, last year only."""
        if unit.value == "year" and inner.kind in (SEASON, MONTH, QUARTER, HALF):
            return self._named(place, inner, whole[1], False)
        if inner.text in _EDGES:
            return of_day(whole[1] if inner.text == "end" else whole[0]), place + 1
        only = inner.text == "only"
        return (of_span(whole), place + only) if unit.value == "year" or only else None

    def _last_name(self, place: int, name: Token, today: date) -> Found | None:
        """Last friday, last june, last summer, last weekend, last night, last christmas."""
        behind = place + 2
        if name.kind == WEEKDAY:
            if self.next(behind).text == "of":
                return None
            if self.next(behind).text in TIMES_OF_DAY:
                behind += 1
            return of_day(calendar.latest_weekday(shifted(today, -1), name.value)), behind
        if name.kind == MONTH:
            before = shifted(today.replace(day=1), -1)
            return of_span(calendar.month_of(calendar.latest_month(before, name.value), name.value)), behind
        if name.kind == SEASON:
            span = calendar.season_of(today.year, name.value)
            while span[1] >= today:
                span = calendar.season_of(span[0].year - 1, name.value)
            return of_span(span), behind
        if name.text == "weekend":
            return of_span(calendar.latest_weekend(shifted(calendar.week_of(today)[0], -1))), behind
        if name.text in ("night", "evening"):
            return yesterday_moment(today, None), behind
        return self._feast(place + 1, shifted(today, -1)) if name.text else None

    def _this(self, place: int, today: date) -> Found | None:
        behind = place + 2
        name = self.next(place + 1)
        if name.text in _LAST:
            return self._last(place + 1, name, today)
        if name.text == "time" and self.next(behind).text in _LAST:  # this time last year
            return self._last(behind, self.next(behind), today)
        if name.kind == UNIT and name.value in _LONG_UNITS:
            span = calendar.current(today, name.value)
            return (going_on(span, name.value), behind) if span else None
        if name.text in ("half", "semester"):
            span = calendar.current(today, "half")
            return (going_on(span, "half"), behind + (self.next(behind).text == "year")) if span else None
        if name.text in TIMES_OF_DAY:
            return today_moment(today), behind
        if name.kind in (WEEKDAY, MONTH, SEASON) or name.text == "weekend":
            found = self._named(place + 1, name, today, False)
            return (found[0]._replace(strength=CERTAIN), found[1]) if found else None
        return None
