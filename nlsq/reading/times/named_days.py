"""Days and months as requests name them: dates in all their forms, weekdays, "the 12th", feasts, today."""

from datetime import date

from nlsq.reading.times import calendar
from nlsq.reading.times.calendar import shifted
from nlsq.reading.times.lengths import (
    CERTAIN,
    NAMED,
    Found,
    Lengths,
    of_day,
    of_span,
    today_moment,
    yesterday_moment,
)
from nlsq.reading.times.vocabulary import (
    CLOCK,
    DAY,
    MOMENT,
    MONTH,
    MONTH_OF_YEAR,
    NUMBER,
    ORDINAL,
    SHORT_DATE,
    STAMP,
    UNIT,
    WEEK,
    YEAR,
)
from nlsq.reading.times.words import Token

TIMES_OF_DAY = frozenset(("morning", "afternoon", "evening", "night", "lunchtime"))
_SHORTEST_WEEKDAY = 6  # letters of "friday"


class Days(Lengths):
    """Finds days and months in the words of a request."""

    def _numeric(self, place: int, token: Token) -> Found | None:
        if token.kind == STAMP:
            day = _iso(token.value[0])
            if not day:
                return None
            text = token.value[0] if token.value[1] else token.text.upper()
            moment = of_day(day, NAMED)._replace(first=text, until=text, beyond=text, kind="stamp")
            return moment, place + 1
        if token.kind == SHORT_DATE:
            short = calendar.latest_day(self.today, *token.value)
            return (of_day(short, NAMED)._replace(kind="compact"), place + 1) if short else None
        if token.kind == WEEK:
            return self._week_number(place, token.value[1], token.value[0])
        if token.kind == MONTH_OF_YEAR:
            return of_span(calendar.month_of(*token.value), NAMED), place + 1
        day = calendar.day_of(*token.value)
        if not day:
            return None
        compact = token.text.isdigit() or token.text[4:5] == "."
        kind = "compact" if compact else "iso" if token.text[4:5] == "-" else "day"
        return of_day(day, NAMED)._replace(kind=kind), self._after_clock(place + 1)

    def _week_number(self, place: int, number: int, year: int | None = None) -> Found | None:
        """A week by its number, at ``place``; without a year the latest one."""
        found = (year, place + 1) if year else self.year_at(place + 1, self.today)
        span = calendar.numbered_week(found[0] if found else self.today.year, number)
        if span and not found and span[0] > self.today:
            span = calendar.numbered_week(self.today.year - 1, number)
        return (of_span(span, CERTAIN if found else NAMED), found[1] if found else place + 1) if span else None

    def _after_clock(self, place: int) -> int:
        """The place behind a time of the day, which changes no day."""
        if self.next(place).kind == CLOCK:
            return place + 1
        return place + 2 if self.next(place).text == "at" and self.next(place + 1).kind == CLOCK else place

    def _clock(self, place: int, today: date) -> Found | None:
        """9am today, 5pm yesterday; 9am alone is today's."""
        if self.next(place + 1).kind == MOMENT:
            return self._moment(place + 1, self.next(place + 1), today)
        return today_moment(today, NAMED)._replace(kind="clock"), place + 1

    def year_at(self, place: int, today: date) -> tuple[int, int] | None:
        """A year that belongs to the words before ``place``: 2023, of 2023, of last year."""
        token = self.next(place, commas=True)
        if token.kind == YEAR:
            return token.value, place + 1
        if token.text == "of":
            place += 1
            token = self.next(place)
            if token.kind == YEAR:
                return token.value, place + 1
        if token.text == "the":
            place += 1
            token = self.next(place)
        if token.text in ("last", "previous", "this", "current") and self.next(place + 1).value == "year":
            return today.year - (token.text in ("last", "previous")), place + 2
        return None

    def _month(self, place: int, token: Token, today: date) -> Found | None:
        month = token.value
        after = self.next(place + 1)
        if after.text == "the" and self.next(place + 2).kind == ORDINAL:
            place, after = place + 1, self.next(place + 2)
        if _is_day(after) and self.next(place + 2).kind not in (UNIT, MONTH) and not token.possessive:
            year = self.year_at(place + 2, today)
            day = calendar.day_of(year[0], month, after.value) if year else None
            if day and year:
                return of_day(day), self._after_clock(year[1])
            day = calendar.latest_day(today, month, after.value)
            return (of_day(day, NAMED), place + 2) if day else None
        year = self.year_at(place + 1, today)
        if year and not token.possessive:
            return of_span(calendar.month_of(year[0], month)), year[1]
        return of_span(calendar.month_of(calendar.latest_month(today, month), month), NAMED, "month"), place + 1

    def _day_and_month(self, place: int, token: Token, today: date) -> Found | None:
        if not _is_day(token):
            return None
        behind = place + 2 if self.next(place + 1).text == "of" else place + 1
        month = self.next(behind)
        if month.kind != MONTH:
            return self._day_of_month(place, token, behind, today) if token.kind == ORDINAL else None
        year = self.year_at(behind + 1, today)
        day = calendar.day_of(year[0], month.value, token.value) if year else None
        if day and year:
            return of_day(day), self._after_clock(year[1])
        day = calendar.latest_day(today, month.value, token.value)
        return (of_day(day, NAMED), behind + 1) if day else None

    def _day_of_month(self, place: int, token: Token, behind: int, today: date) -> Found | None:
        """The 3rd of this month, of last month."""
        if behind != place + 2:
            return None
        which = self.next(behind)
        unit = self.next(behind + 1)
        if which.text in ("this", "the", "last", "previous") and unit.text == "month":
            span = (calendar.previous if which.text in ("last", "previous") else calendar.current)(today, "month")
            day = calendar.day_of(span[0].year, span[0].month, token.value) if span else None
            return (of_day(day), behind + 2) if day else None
        return None

    def _weekday(self, place: int, token: Token, today: date) -> Found | None:
        follower = self.next(place + 1, commas=True)
        if follower.kind in (NUMBER, ORDINAL, MONTH, DAY) or (
            follower.text == "the" and self.next(place + 2).kind == ORDINAL
        ):
            found = self.at(place + 1, today)
            if found and found[0].kind in ("day", "iso"):
                return found
        behind = place + 1
        if self.next(behind).text in TIMES_OF_DAY:
            behind += 1
        day = calendar.latest_weekday(today, token.value)
        past = behind + 1 if self.next(behind).text == "of" else behind
        if self.next(past).text in ("last", "this") and self.next(past + 1).text == "week":
            monday = calendar.week_of(today)[0]
            day = shifted(monday, token.value - (7 if self.next(past).text == "last" else 0))
            return of_day(day), past + 2
        kind = "weekday" if len(token.text) >= _SHORTEST_WEEKDAY else "short weekday"
        return of_day(day, NAMED)._replace(kind=kind), behind

    def _moment(self, place: int, token: Token, today: date) -> Found | None:
        behind = place + 2 if self.next(place + 1).text in TIMES_OF_DAY else place + 1
        if token.text == "weekend":
            return of_span(calendar.latest_weekend(today), NAMED, "weekend"), place + 1
        if token.text in ("yesterday", "overnight"):
            return yesterday_moment(today, "today" if token.text == "yesterday" else None), behind
        return today_moment(today, NAMED if token.text in ("noon", "midnight") else CERTAIN), behind

    def _feast(self, place: int, today: date) -> Found | None:
        words = [
            self.tokens[place].text if place < len(self.tokens) else "",
            *(self.next(place + n).text for n in (1, 2)),
        ]
        for count in (3, 2, 1):
            name = " ".join(words[:count])
            if words[count - 1] and name in calendar.FEASTS:
                year = self.year_at(place + count, today)
                day = calendar.feast(year[0], name) if year else calendar.latest_feast(today, name)
                if not day:
                    return None
                return (of_day(day), year[1]) if year else (of_day(day, NAMED)._replace(kind="feast"), place + count)
        return None

    def _unix(self, place: int) -> Found | None:
        while self.next(place).text in ("unix", "epoch", "time", "timestamp"):
            place += 1
        number = self.next(place)
        if number.text.isdigit() and 9 <= len(number.text) <= 10:
            day = calendar.clamped(shifted(date(1970, 1, 1), int(number.text) // 86400))
            text = number.text
            return of_day(day, NAMED)._replace(first=text, until=text, beyond=text, kind="stamp"), place + 1
        return None


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _is_day(token: Token) -> bool:
    return token.kind in (NUMBER, ORDINAL) and 0 < token.value < 32 and (token.kind == ORDINAL or token.text.isdigit())
