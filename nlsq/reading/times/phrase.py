"""A stretch of a request that says when."""

from dataclasses import dataclass

from nlsq.reading.times.lengths import Moment
from nlsq.reading.times.sayings import AFTER, BEFORE, MORE, SINCE, UNTIL


@dataclass(frozen=True)
class TimePhrase:
    """A stretch of the request that says when, and its values as Sourcegraph takes them, unquoted."""

    start: int
    end: int
    after: str | None
    before: str | None
    point: str  # what a predicate takes: the time that is named, without a direction

    @property
    def kind(self) -> str:
        """``since``, ``until`` or ``span``."""
        return "span" if self.after and self.before else "since" if self.after else "until"


Values = tuple[str | None, str | None, str]  # after, before, point
Read = tuple[Values, int]  # and the place behind it


def values(direction: str, moment: Moment) -> Values:
    """After, before and point of a moment in a direction."""
    if direction == SINCE:
        return moment.first, None, moment.first
    if direction == AFTER:
        return moment.beyond, None, moment.beyond
    if direction in (BEFORE, MORE):
        return None, moment.first, moment.first
    if direction == UNTIL:
        return None, moment.until, moment.until
    return moment.low or moment.first, moment.last, moment.first
