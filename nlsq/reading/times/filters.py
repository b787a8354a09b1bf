"""Times in what is nearly a filter: ``git log --since="2 weeks ago"``, ``since:last week``, ``since "2025-06-11"``."""

import re
from datetime import date

from nlsq.query import dates
from nlsq.reading.times.lengths import BARE_LENGTH
from nlsq.reading.times.moments import Moments
from nlsq.reading.times.phrase import TimePhrase, values
from nlsq.reading.times.sayings import BEFORE, SINCE, UNTIL
from nlsq.reading.times.words import tokens

# A filter whose value goes on behind a space, or is no plain date: since:last week, before:2021.
_LOOSE_FILTER = re.compile(r"(?i)(?<![^\s(])(since|after|until|before):([^\s\"'():]+)")
_LONGEST_VALUE = 60
_QUOTED = re.compile(
    r"(?i)(?<![^\s(])(?:--)?(since|after|until|before)(?:=|\s+)"
    rf"(?:\"([^\"]{{1,{_LONGEST_VALUE}}})\"|'([^']{{1,{_LONGEST_VALUE}}})')"
    rf"|(?<!\S)--(since|after|until|before)=(\S{{1,{_LONGEST_VALUE}}})"
)
_FILTER_DIRECTIONS = {"since": SINCE, "after": SINCE, "until": UNTIL, "before": BEFORE}


def in_filters(request: str, today: date) -> tuple[list[TimePhrase], str]:
    """The times in what is nearly a filter (``git log --since="2 weeks ago"``), and the request without these."""
    found: list[TimePhrase] = []
    for match in _LOOSE_FILTER.finditer(request):
        words = tokens(request[match.start(2) : match.start(2) + _LONGEST_VALUE])
        read = Moments(words, today).at(0)
        if read and read[0].strength and (read[1] > 1 or not dates.is_plain(match[2])):
            end = match.start(2) + words[read[1] - 1].end
            given = values(_FILTER_DIRECTIONS[match[1].lower()], read[0])
            found.append(TimePhrase(match.start(), end, *given))
    for match in _QUOTED.finditer(request):
        words = tokens(match[2] or match[3] or match[5])
        read = Moments(words, today).at(0) if words else None
        if read and read[1] == len(words) and read[0].strength != BARE_LENGTH:
            given = values(_FILTER_DIRECTIONS[(match[1] or match[4]).lower()], read[0])
            found.append(TimePhrase(match.start(), match.end(), *given))
    for phrase in found:
        request = request[: phrase.start] + "\x00" * (phrase.end - phrase.start) + request[phrase.end :]
    return found, request
