"""Whether a time stands among its words as one, or is a name, a number, a concept that only looks like it."""

from functools import cached_property

from nlsq.reading.times.lengths import CERTAIN, Moment
from nlsq.reading.times.moments import Moments
from nlsq.reading.times.sayings import (
    AGING,
    ASKS,
    BETWEEN,
    CHANGES,
    DIRECTED,
    FOLLOWS_ORDINAL,
    FOR,
    FROM,
    GOES_ON,
    LESS,
    MORE,
    NAMES,
    NO_DATE_BEFORE,
    NO_DATE_BEHIND,
    NUMBERED,
    PLACES,
    SPEAKS,
    TO,
    WEAK,
    has_cue,
)
from nlsq.reading.times.vocabulary import DASH, MONTH, MONTH_OF_YEAR, NUMBER, OTHER, WEEKDAY, WORD
from nlsq.reading.times.words import Token

_SHORT_NAME = 3  # letters of "jan"


class Context:
    """The words around the times of a request."""

    def __init__(self, text: str, moments: Moments):
        self.text = text
        self.moments = moments
        self.tokens = moments.tokens

    @cached_property
    def cue(self) -> bool:
        """Whether the request speaks of changes at all; one with filters does."""
        return "\x00" in self.text or not self.text.isascii() or has_cue(" ".join(token.text for token in self.tokens))

    @cached_property
    def speaks_of_changes(self) -> bool:
        """Whether a word of the request is commits, repos or the like; one with filters asks for these, too."""
        return "\x00" in self.text or any(token.text in SPEAKS for token in self.tokens)

    @cached_property
    def can_be_old(self) -> bool:
        """Whether a word of the request is what can be older than a length."""
        return any(token.text in AGING for token in self.tokens)

    def is_apart(self, place: int) -> bool:
        """Whether punctuation parts the word at ``place`` from the one before."""
        if self.tokens[place].opening or not place:
            return bool(self.tokens[place].opening)
        return bool(self.tokens[place - 1].closing) or self.tokens[place - 1].kind == DASH

    def goes_on(self, place: int, is_day: bool) -> bool:
        """Whether the sentence goes on behind "from friday on", which else speaks of a branch or a subject."""
        after = self.moments.next(place + 1)
        if not after.text or after.text in GOES_ON or after.text in CHANGES or after.text in ASKS:
            return True
        return is_day and after.kind != OTHER and after.text not in PLACES

    def stands(self, moment: Moment, behind: int, place: int, start: int, direction: str) -> bool:
        """Whether the words around a moment, from ``place`` to ``behind`` with its direction at ``start``, allow it."""
        after = self.moments.next(behind)
        said = self.tokens[start].text if place > start else ""
        if self._is_another_thing(moment, behind, place, start, direction, after):
            return False
        if moment.strength == CERTAIN and not direction and moment.first in ("today", "yesterday"):
            return self.cue or self.tokens[behind - 1].possessive
        if moment.strength == CERTAIN:
            return not (direction == FOR and moment.is_ago and self.tokens[behind - 1].text in ("ago", "back"))
        if moment.kind == "feast" and direction in WEAK and not self.cue:
            return False
        if moment.kind == "ordinal":
            fits = not after.text or after.text in FOLLOWS_ORDINAL or self.speaks_of_changes
            return fits and after.text not in NUMBERED and (direction in DIRECTED or direction == FROM or said == "on")
        if moment.kind == "clock" or moment.first == "today":
            return direction in DIRECTED and self.cue
        if moment.kind == "compact":
            return direction in DIRECTED or direction == FROM
        if not direction:
            return self._alone(moment, behind, start, after)
        return self._takes(moment, said, direction, behind)

    def _takes(self, moment: Moment, said: str, direction: str, behind: int) -> bool:
        """Whether a direction goes with a name."""
        after, last = self.moments.next(behind), self.tokens[behind - 1]
        weekly = self.text[last.start : last.end].lower().endswith("days")
        if direction in (MORE, LESS):
            return False
        if moment.kind == "short weekday":
            fits = direction in DIRECTED or direction in (BETWEEN, FROM) or said == "on"
            if not fits or (after.text and after.text not in GOES_ON):
                return False
        if moment.kind in ("year", "month", "decade", "season", "part") and said in ("on", "at"):
            return False
        if moment.kind == "weekday" and direction in WEAK and (weekly or not self.cue):
            return False  # jobs that run on mondays
        return direction != FROM or moment.kind not in ("weekday", "short weekday") or self.speaks_of_changes

    def _is_another_thing(
        self, moment: Moment, behind: int, place: int, start: int, direction: str, after: Token
    ) -> bool:
        """A version, a number, a person."""
        if moment.kind in ("iso", "compact", "year", "span") and (not direction or direction in WEAK):
            before = self.tokens[start - 1].text if start else ""
            if start == place and before in NO_DATE_BEFORE and not self.is_apart(start):
                return True
            if after.text in NO_DATE_BEHIND or (moment.kind in ("iso", "compact") and after.text == "of"):
                return True
        if self.tokens[start].text == "at" and moment.kind in ("compact", "stamp", "year", "span", "month"):
            return True
        if moment.kind in ("year", "part") and self._counts(place, behind, after):
            return True
        person = moment.kind == "month" and direction == FROM and self.tokens[behind - 1].text in NAMES
        return person and after.kind == WORD and after.text not in GOES_ON and after.text not in CHANGES

    def _counts(self, place: int, behind: int, after: Token) -> bool:
        """Whether what looks like a year is another number, or says which one of things: the 2023 rewrite."""
        if after.text in TO and self.moments.next(behind + 1).kind == NUMBER:
            return True
        if any(token.text in ("years", "copyright") for token in self.tokens[max(place - 2, 0) : place]):
            return True
        the = self.moments.next(place).text == "the"
        return the and after.kind == WORD and after.text not in GOES_ON and after.text not in CHANGES

    def _alone(self, moment: Moment, behind: int, start: int, after: Token) -> bool:
        """A name without a preposition: "january commits", "friday's", or between two commas."""
        last = self.tokens[behind - 1]
        short = last.kind == MONTH and last.end - last.start <= _SHORT_NAME
        before = self.tokens[start - 1].text if start else ""
        if before in ASKS and last.kind == MONTH and last.text in NAMES:
            return False  # did april merge anything
        if last.possessive and last.kind == MONTH and (last.text in NAMES or last.end - last.start <= _SHORT_NAME + 2):
            return False  # people
        if after.text in CHANGES and after.text != "releases":
            return moment.kind != "stamp"
        if last.possessive or (last.kind == WEEKDAY and last.text.endswith("days")):
            return moment.kind != "iso"
        hotfixes = after.kind == WORD and self.moments.next(behind + 1).text in CHANGES  # january hotfix commits
        if hotfixes and moment.kind in ("month", "part", "weekday") and not short:
            return True
        if moment.kind == "spoken year" or (moment.kind == "decade" and self.tokens[start].text == "the"):
            return self.speaks_of_changes
        if last.kind == MONTH_OF_YEAR and any(token.text in CHANGES for token in self.tokens):
            return True
        of_changes = start and self.tokens[start - 1].text in CHANGES  # commits march 2024
        if of_changes and moment.kind in ("month", "part", "year", "weekday", "edge"):
            return not (short or after.kind == OTHER)
        return self._between_commas(moment, start, after) and not short

    def _between_commas(self, moment: Moment, start: int, after: Token) -> bool:
        begins = start == 0 or (self.is_apart(start) and "[" not in self.tokens[start].opening)
        ends = not after.text or after.text in GOES_ON
        if moment.kind == "weekday" and begins and start and ends:
            return True
        if not (begins and (ends or (moment.kind == "part" and after.text in ASKS)) and self.cue):
            return False
        if moment.kind == "month" and self.tokens[start].text in NAMES:
            return False
        if moment.kind == "year":
            return self.speaks_of_changes
        return moment.kind not in ("stamp", "short weekday", "feast", "clock")
