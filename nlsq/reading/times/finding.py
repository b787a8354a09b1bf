"""Phrases of time in a request ("since monday", "over the last 3 weeks"), and the dates that they mean."""

from datetime import date

from nlsq.reading.times import calendar
from nlsq.reading.times.calendar import shifted
from nlsq.reading.times.context import Context
from nlsq.reading.times.corrections import CORRECTION, settled
from nlsq.reading.times.filters import in_filters
from nlsq.reading.times.foreign import in_english
from nlsq.reading.times.lengths import BARE_LENGTH, CERTAIN, NAMED, Found, Moment
from nlsq.reading.times.moments import Moments
from nlsq.reading.times.named_spans import BEGAN
from nlsq.reading.times.phrase import Read, TimePhrase, values
from nlsq.reading.times.sayings import (
    AFTER,
    AND,
    ASLEEP,
    BACK,
    BEFORE,
    BETWEEN,
    CHANGES,
    DIRECTED,
    FOR,
    FROM,
    GOES_ON,
    IN,
    LESS,
    MORE,
    REWOUND,
    SAID_BEFORE,
    SAID_BEHIND,
    SINCE,
    STILL,
    TO,
    UNTIL,
    WEAK,
)
from nlsq.reading.times.vocabulary import LENGTH, MONTH, NUMBER, ORDINAL
from nlsq.reading.times.words import hidden, tokens

__all__ = ["TimePhrase", "time_phrases"]

_MOST_DIRECTIONS = 3  # "from before about"
_FURTHEST = 8  # words between a direction and the moment that explains it
_HANGS = 5  # words between a direction and the day of what it names
_DAYS = frozenset(("day", "iso", "weekday", "ordinal"))
_NEAR = 7  # words before a length that say what lasted so long


def time_phrases(request: str, today: date) -> list[TimePhrase]:
    """The phrases of time in ``request``, in order; they do not overlap."""
    today = calendar.clamped(today)
    quoted, rest = in_filters(request, today) if any(sign in request for sign in "\"':=") else ([], request)
    found = _Reader(hidden(rest), today).phrases()
    return sorted(quoted + found, key=lambda phrase: phrase.start) if quoted else found


class _Reader:
    """Reads the phrases of a request, whose quotes and filters are blank."""

    def __init__(self, text: str, today: date):
        self.text = text
        self.today = today
        self.tokens = in_english(tokens(text))
        self.moments = Moments(self.tokens, today)
        self.context = Context(text, self.moments)
        self.found: list[TimePhrase] = []
        self.dangling = (-_FURTHEST - 1, "")  # a direction without a moment: "since he joined, that's 2025-02-17"
        self.dangled = 0  # the place behind it
        self.hung = False  # whether the moment just read is the one that it lacked

    def phrases(self) -> list[TimePhrase]:
        """All phrases, by their place."""
        place = 0
        while place < len(self.tokens):
            read = self._phrase(place)
            if read:
                self.found.append(read[0])
            place = read[1] if read else place + 1
        return settled(self.text, self.found) if self.found else []

    # ---- one phrase

    def _phrase(self, place: int) -> tuple[TimePhrase, int] | None:
        """The phrase that begins at the word ``place``, and the place behind it."""
        if self.tokens[place].text not in SAID_BEFORE and not self.moments.begins(self.tokens[place]):
            return None
        start, (direction, place) = place, self._directions(place)
        token = self.moments.next(place) if place > start else self.tokens[place]
        if not self.moments.begins(token) or not token.text:
            self._leave_dangling(start, place, direction)
            return None
        explains = not direction and self._explains(start)
        if explains:
            direction, place = self.dangling[1], start
        self.hung = False
        read = self._range(place, direction) or self._moment(place, start, direction)
        if not read:
            self._leave_dangling(start, place, direction)
            return None
        given, behind = read
        first = self.tokens[self.dangling[0] if explains or self.hung else start]
        return TimePhrase(first.start, self.tokens[behind - 1].end, *given), behind

    def _leave_dangling(self, start: int, behind: int, direction: str) -> None:
        if direction in DIRECTED and start >= self.dangled:
            self.dangling, self.dangled = (start, direction), behind

    def _directions(self, place: int) -> tuple[str, int]:
        """What the words at ``place`` make of the moment behind them, and the place of that."""
        direction, first = "", place
        for _ in range(_MOST_DIRECTIONS):
            token = self.moments.next(place) if place > first else self.tokens[place]
            entries = SAID_BEFORE.get(token.text, ())
            read = next((entry for entry in entries if self.moments.are_next(place + 1, *entry[0][1:])), None)
            if not read:
                break
            said, place = read[1], place + len(read[0])
            if not direction or (said not in WEAK and (direction in WEAK or said not in (MORE, LESS))):
                direction = said
            if place >= len(self.tokens):
                break
        return direction, place

    def _explains(self, place: int) -> bool:
        """Whether a moment at ``place`` is what a direction some words before speaks of."""
        if not 0 < place - self.dangling[0] <= _FURTHEST:
            return False
        return self.tokens[place].opening[:1] == "(" or self.tokens[place - 1].text in ("that", "thats", "ie", "i.e")

    def _hangs(self, place: int) -> bool:
        """Whether the moment at ``place`` is the day of what a direction speaks of: since the audit on 9 december."""
        return 0 < place - self.dangling[0] <= _HANGS

    def _moment(self, place: int, start: int, direction: str) -> Read | None:
        """One moment in its direction."""
        read = self.moments.at(place)
        if not read:
            return None
        moment, behind = self._together(place, *read)
        said = self.tokens[place - 1].text if place > start else ""
        if said == "over" and self.tokens[behind - 1].text in ("ago", "back"):
            direction = MORE
        if moment.strength == BARE_LENGTH:
            return self._length(moment, behind, start, direction)
        suffix = self._suffix(behind, direction, moment.kind in ("day", "weekday", "iso"))
        if suffix:
            direction, behind = suffix
        elif direction == BETWEEN or not self.context.stands(moment, behind, place, start, direction):
            return None
        direction, behind = self._turned(moment, behind, place, start, direction)
        return values(direction, moment), behind

    def _turned(self, moment: Moment, behind: int, place: int, start: int, direction: str) -> tuple[str, int]:
        """The direction as this moment turns it, and the place behind both."""
        said = self.tokens[place - 1].text if place > start else ""
        if direction == SINCE and self.moments.next(behind).text in BEGAN:
            behind += 1
        if moment.is_ago and direction == LESS:
            direction = SINCE
        if said == "through" and moment.kind in ("edge", "day", "weekday", "iso"):
            direction = UNTIL
        if direction == FROM and self.tokens[place].text == "exactly":
            direction = IN
        self.hung = direction == IN and said in ("on", "of") and self._hangs(start) and moment.kind in _DAYS
        if self.hung:
            direction = self.dangling[1]
        if direction == FROM and moment.kind in ("day", "iso", "ordinal", "stamp") and moment.first[:4].isdigit():
            direction = SINCE
        this_year = moment.kind == "year" and moment.begin.year == self.today.year
        if this_year and self.moments.are_next(behind, "so", "far"):
            return SINCE, behind + 2
        return direction, behind

    def _together(self, place: int, moment: Moment, behind: int) -> Found:
        """Yesterday or today, saturday and sunday: two moments of which one follows the other."""
        if moment.kind not in ("day", "weekday", "short weekday", "month", "part"):
            return moment, behind
        linked = self.moments.next(behind).text in ("and", "or")
        if (self.moments.next(behind).text and not linked) or not self.moments.next(behind, commas=True).text:
            return moment, behind
        read = self.moments.at(behind + linked)
        if not read or not read[0].strength or read[0].kind not in (moment.kind, "span"):
            return moment, behind
        other = read[0]
        if moment.strength == NAMED and other.strength == CERTAIN and other.begin.year != moment.begin.year:
            again = self.moments.at(place, other.begin)
            moment = again[0] if again and again[1] == behind else moment
        if other.begin == shifted(moment.finish, 1):
            last = other.last if other.first == "today" else other.until
            return moment._replace(last=last, until=other.until, finish=other.finish, beyond=other.beyond), read[1]
        if moment.first == "today" and other.first == "yesterday":
            return other._replace(last=None), read[1]
        return moment, behind

    def _suffix(self, place: int, direction: str, is_day: bool = False) -> tuple[str, int] | None:
        """A direction behind the moment: "or later", "till now"."""
        for words, said in SAID_BEHIND.get(self.moments.next(place).text, ()):
            if self.moments.are_next(place + 1, *words[1:]):
                behind = place + len(words)
                if len(words) > 1 and (self.moments.next(behind).text == "than" or self._begins(behind)):
                    return None  # and after 2022-01-31
                if words == ("on",) and not (direction == FROM and self.context.goes_on(place, is_day)):
                    return None
                return said, place + len(words)
        return None

    def _begins(self, place: int) -> bool:
        read = self.moments.at(place) if self.moments.next(place).text else None
        return bool(read and read[0].strength)

    # ---- bare lengths

    def _length(self, moment: Moment, behind: int, start: int, direction: str) -> Read | None:
        """What "two years" means between its neighbours: older than it, for it, it old."""
        since, until = values(SINCE, moment), values(BEFORE, moment)
        after, said = self.moments.next(behind), self.tokens[start].text
        if self.tokens[behind - 1].possessive and after.text in CHANGES:
            return since, behind
        if self.moments.are_next(behind, "that", "just"):  # the three days that just went by
            return since, behind + 3 + self.moments.are_next(behind + 2, "went", "by")
        if after.text == "old":
            suffix = self._suffix(behind + 1, direction)
            if suffix:
                return (since if suffix[0] == SINCE else until), suffix[1]
            if said in (">", ">=", "<", "<="):
                return (until if said[0] == ">" else since), behind + 1
            over = said == "over" or self.moments.next(start + 1).text == "over"
            if direction in (MORE, BEFORE) or over or self.tokens[behind - 1].closing == "+":
                return until, behind + 1
            return (since, behind + 1) if direction in (LESS, SINCE, AFTER, UNTIL, FOR) else None
        if said in (">", ">=", "<", "<="):  # inactive >7mo, active <7d, commits >90 days
            still = said[0] == "<" or bool({token.text for token in self.tokens[max(start - 2, 0) : start]} & ASLEEP)
            return ((since if still else until), behind) if self.context.speaks_of_changes else None
        if direction in (SINCE, AFTER, BEFORE) and self._compares(start):
            older = (until if direction == BEFORE else since), behind
            return older if self.context.can_be_old else None
        if direction == BACK or (direction == SINCE and said in ("since", "from")):
            return since, behind
        if not direction:
            return self._bare(moment, behind, start)
        return self._still(moment, behind, start, direction) if direction in (FOR, IN, FROM, MORE, LESS) else None

    def _compares(self, start: int) -> bool:
        return any(token.text.endswith("than") for token in self.tokens[start : start + 5])

    def _bare(self, moment: Moment, behind: int, start: int) -> Read | None:
        """A length that no word of direction goes before: "idle 90+ days", "a decade of commits"."""
        since, token = values(SINCE, moment), self.tokens[start]
        before = self.tokens[start - 1].text if start else ""
        if self.found:
            bracketed = token.opening == "(" and self.tokens[behind - 1].closing[:1] == ")"
            if bracketed or CORRECTION.fullmatch(self.text[self.found[-1].end : token.start]):
                return since, behind
        if before in ASLEEP and (token.opening == "(" or not self.context.is_apart(start)):
            return since, behind
        near = {token.text for token in self.tokens[max(start - _NEAR, 0) : start]}
        if near & {"sprint", "sprints", "lately", "recently"} or (before == "already" and near & STILL):
            return since, behind
        terse = self.tokens[start].kind == LENGTH and (start == 0 or self.context.is_apart(start))
        ends = not self.moments.next(behind).text or self.moments.next(behind).text in GOES_ON
        changes = "\x00" in self.text or any(token.text in CHANGES for token in self.tokens)
        if terse and ends and changes and not moment.first.endswith("minutes ago"):  # msg "bump", 1mo
            return since, behind
        if before in ("ie", "i.e") and near & {"last", "past", "previous"}:
            return since, behind
        if before == "aged":
            return values(BEFORE, moment), behind
        if before == "by" and near & REWOUND:
            return since, behind
        if self.moments.next(behind).text == "of" and self.moments.next(behind + 1).text and self.context.cue:
            return since, behind + 1
        return None

    def _still(self, moment: Moment, behind: int, start: int, direction: str) -> Read | None:
        """For two years, in 18 months: how long something sat still, or was done."""
        said, since = self.tokens[start].text, values(SINCE, moment)
        if said == "within":
            return (since, behind) if self.context.cue else None
        if moment.first.endswith(("minute ago", "minutes ago")):
            return None
        if direction == MORE and start and self.tokens[start - 1].text == "aged":
            return values(BEFORE, moment), behind
        near = {token.text for token in self.tokens[max(start - _NEAR, 0) : start]}
        return (
            (since, behind) if said in ("for", "in", "over", "under", "more", "less", "at") and near & STILL else None
        )

    # ---- ranges

    def _range(self, place: int, direction: str) -> Read | None:
        """Between X and Y, X to Y."""
        if direction not in ("", BETWEEN, FROM, IN, FOR):
            return None
        links = AND if direction == BETWEEN else TO
        the = self.tokens[place].text == "the"
        found = self._numbers(place + the, links) or self._days(place + the, links)
        if found:
            return found
        first = self.moments.at(place)
        if not first or not (first[0].strength or direction in (BETWEEN, FROM)):
            return None
        behind = first[1] + self.moments.are_next(first[1], "up", "to")
        if self.moments.next(behind, commas=True).text not in links:
            return None
        if self.moments.next(behind + 1).text in ("now", "present", "today") and first[0].strength:
            return values(SINCE, first[0]), behind + 2
        second = self.moments.at(behind + 1) if self.moments.next(behind + 1).text else None
        if not second or second[0].strength == BARE_LENGTH:
            return None
        if first[0].strength == NAMED and not second[0].is_ago:  # may to oct 2024
            first = self.moments.at(place, second[0].begin) or first
        return self._both(first[0], second, direction)

    def _both(self, first: Moment, second: Found, direction: str) -> Read | None:
        last = second[0]
        if last.begin < first.begin and last.strength == NAMED:  # june 2020 to august
            again = self.moments.at(second[1] - 1, shifted(first.begin, 364))
            last = again[0] if again and again[1] == second[1] else last
        if last.begin < first.begin and first.is_ago and last.is_ago:
            first, last = last, first
        if last.begin < first.begin:
            return None
        if first.strength == last.strength == NAMED and not direction:
            certain = self.context.cue or first.kind in ("iso", "weekday", "day")
            if first.kind != last.kind or not certain:
                return None
        return (first.first, last.first if last.is_ago else last.until, first.first), second[1]

    def _numbers(self, place: int, links: frozenset[str]) -> Read | None:
        """Two and four weeks ago; 3-5 weeks back."""
        if place + 2 >= len(self.tokens) or self.tokens[place].kind != NUMBER:
            return None
        link = self.moments.next(place + 1).text
        if (link not in links and link != "or") or self.moments.next(place + 2).kind != NUMBER:
            return None
        other, length = self.moments.at(place + 2), self.moments.length(place + 2)
        moment = self.moments.ago(self.tokens[place].value, length[1]) if length else None
        if not length or not moment or not other or not other[0].is_ago or not other[0].strength:
            return None
        early, late = (moment, other[0]) if self.tokens[place].value > length[0] else (other[0], moment)
        return (early.first, late.first, early.first), other[1]

    def _days(self, place: int, links: frozenset[str]) -> Read | None:
        """1 to 15 september 2025; september 1-15, 2025."""
        if place + 3 >= len(self.tokens):
            return None
        name, month_first = self.tokens[place], self.tokens[place].kind == MONTH
        place += month_first
        first = self.moments.next(place) if month_first else name
        behind = place + 2 + (self.moments.next(place + 2).text == "the")
        second = self.moments.next(behind)
        link = self.moments.next(place + 1).text
        numeric = {first.kind, second.kind} <= {NUMBER, ORDINAL} and (link in links or link == "and")
        if not numeric or not 0 < first.value < second.value < 32:
            return None
        behind += 1
        if not month_first:
            behind += self.moments.next(behind).text == "of"
            name, behind = self.moments.next(behind), behind + 1
        if name.kind != MONTH or (link not in links and second.value != first.value + 1):  # 7 and 8 march
            return None
        year = self.moments.year_at(behind, self.today)
        begin = calendar.latest_day(self.today, name.value, first.value)
        if year:
            begin, behind = calendar.day_of(year[0], name.value, first.value), year[1]
        end = calendar.day_of(begin.year, name.value, second.value) if begin else None
        return ((begin.isoformat(), end.isoformat(), begin.isoformat()), behind) if begin and end else None
