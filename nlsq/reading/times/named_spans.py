"""Spans that requests name: quarters, halves, years, decades, seasons, weeks."""

from datetime import date

from nlsq.reading.tables import table_of
from nlsq.reading.times import calendar
from nlsq.reading.times.calendar import shifted
from nlsq.reading.times.lengths import NAMED, Found, going_on, of_day, of_span
from nlsq.reading.times.named_days import Days
from nlsq.reading.times.vocabulary import HALF, MONTH, NUMBER, QUARTER, YEAR
from nlsq.reading.times.words import Token

_FIRST_DECADE = 50  # of the last century; what is less is seconds
# What is counted, so that the number before it is no year.
_COUNTED = frozenset(
    table_of(
        "places ms lines results files times requests bytes chars characters users entries rows items repos"
        " tokens px kb mb"
        " retries iterations tests errors"
    )
)


BEGAN = frozenset(("began", "begins", "started", "starts"))


class Spans(Days):
    """Finds spans with a name in the words of a request."""

    def _part(self, place: int, token: Token, today: date) -> Found | None:
        """Q3, h1 2024."""
        number, year = token.value
        of = calendar.quarter_of if token.kind == QUARTER else calendar.half_of
        found = (year, place + 1) if year else self.year_at(place + 1, today)
        if found:
            return of_span(of(found[0], number)), found[1]
        span = of(today.year, number)
        return of_span(span if span[0] <= today else of(today.year - 1, number), NAMED, "part"), place + 1

    def _year(self, place: int, token: Token) -> Found | None:
        after = self.next(place + 1)
        if after.kind in (QUARTER, HALF) and after.value[1] is None:
            of = calendar.quarter_of if after.kind == QUARTER else calendar.half_of
            return of_span(of(token.value, after.value[0])), place + 2
        if after.kind == MONTH and not token.closing:
            return of_span(calendar.month_of(token.value, after.value)), place + 2
        if after.text in _COUNTED or token.value > self.today.year + 1:
            return None
        return of_span(calendar.year_of(token.value), NAMED, "year"), place + 1

    def _spoken_year(self, place: int, token: Token) -> Found | None:
        """Two thousand twenty, twenty twenty-four, nineteen ninety nine."""
        if token.text == "two" and self.next(place + 1).text == "thousand":
            century, behind = 2000, place + 2 + (self.next(place + 2).text == "and")
        elif token.text in ("twenty", "nineteen") and self.next(place + 1).kind == NUMBER:
            century, behind = int(token.value) * 100, place + 1
        else:
            return None
        number, behind = self._number(behind, self.next(behind))
        if not behind or not self.tokens[behind - 1].text.isalpha() or not 9 < number < 100:
            return None
        return of_span(calendar.year_of(century + int(number)), NAMED, "spoken year"), behind

    def _decade(self, place: int, token: Token, the: bool) -> Found | None:
        year = token.value
        if year < 100:
            late = place > 0 and self.tokens[place - 1].text in ("early", "mid", "late", "of")
            if not (the or late or token.text[0] in "'’") or year < _FIRST_DECADE:
                return None
            year += 1900
        said = [self.tokens[n].text for n in range(max(place - 3, 0), place)]
        if "years" in said or "years'" in said:
            return None
        return of_span((date(year, 1, 1), date(year + 9, 12, 31)), NAMED, "decade"), place + 1

    def _season(self, place: int, token: Token, today: date) -> Found | None:
        year = self.year_at(place + 1, today)
        if year:
            return of_span(calendar.season_of(year[0], token.value)), year[1]
        span = calendar.season_of(calendar.latest_month(today, calendar.SEASONS[token.value]), token.value)
        return of_span(span, NAMED, "season"), place + 1

    def _unit(self, place: int, token: Token, today: date) -> Found | None:
        """The week of 2 june, week 12 of 2024, the month of may, the day before yesterday."""
        after = self.next(place + 1)
        if token.text == "week" and after.text in ("commencing", "beginning", "starting", "ending"):
            return self._week_from(place + 2, after.text == "ending", today)
        if after.text == "of" and token.text in ("week", "month", "year"):
            found = self.at(place + 2, today)
            if found and token.text == "week" and found[0].kind in ("day", "iso", "weekday", "compact"):
                return of_span(calendar.week_of(found[0].begin)), found[1]
            return found if found and token.text != "week" and found[0].strength else None
        if after.text in BEGAN and token.text in ("week", "month", "quarter", "year"):
            span = calendar.current(today, token.text)
            return (going_on(span, token.text), place + 2) if span else None
        if after.text == "before":
            return self._before_last(place, token, today)
        if token.text in ("week", "wk") and after.kind == NUMBER:
            return self._week_number(place + 1, after.value)
        if after.text == "to" and self.next(place + 2).text == "date":
            span = calendar.current(today, token.text)
            return (going_on(span, token.text), place + 3) if span else None
        if token.text == "year" and after.kind == YEAR:
            return self._year(place + 1, after)
        return None

    def _week_from(self, place: int, ends: bool, today: date) -> Found | None:
        """The seven days from a day on, or up to it."""
        found = self.at(place, today) if self.next(place).text else None
        if not found or (found[0].finish - found[0].begin).days:
            return None
        begin = shifted(found[0].begin, -6) if ends else found[0].begin
        return of_span((begin, shifted(begin, 6))), found[1]

    def _before_last(self, place: int, token: Token, today: date) -> Found | None:
        if token.text == "day" and self.next(place + 2).text == "yesterday":
            day = of_day(shifted(today, -2))
            text = "2 days ago"
            return day._replace(first=text, until=text, beyond=text, last="yesterday"), place + 3
        if token.text in ("week", "month", "year") and self.next(place + 2).text == "last":
            moment = self.ago(2, token.text)
            return (moment._replace(last=f"1 {token.text} ago", is_ago=False), place + 3) if moment else None
        return None
