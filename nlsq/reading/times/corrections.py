"""What phrases of one request say about each other: one explains or corrects another, or is a bound by "since then"."""

import re
from dataclasses import replace

from nlsq.reading.times.phrase import TimePhrase
from nlsq.reading.times.sayings import SINCE_THEN, UNTIL_THEN

_EXPLAINED = re.compile(r" ?\w* \(")
CORRECTION = re.compile(
    r"(?i)[\s,.…(-]*(?:i\.? ?e\.?|i mean|that is|or rather|rather|make that|no|wait|well|ok|okay|sorry|actually"
    r"|meaning|aka|so)[\s,.…:-]+(?:well|wait|ok|no|i mean)?[\s,.:]*"
)


def settled(text: str, found: list[TimePhrase]) -> list[TimePhrase]:
    """The phrases of a request as they are meant together."""
    return _then(text, found[0]) if len(found) == 1 else _explained(text, found)


def _explained(text: str, found: list[TimePhrase]) -> list[TimePhrase]:
    """The phrases, those that another explains or corrects made one: "the past 3 quarters (9 months)"."""
    done = found[:1]
    for phrase in found[1:]:
        before = done[-1]
        between = text[before.end : phrase.start]
        closed = between.strip() == "(" and text[phrase.end : phrase.end + 1] == ")"
        explained = before.kind == phrase.kind == "span" and bool(_EXPLAINED.fullmatch(between))
        phrase = _in_its_year(before, phrase) if closed or explained else phrase
        if closed or CORRECTION.fullmatch(between):
            done[-1] = _corrected(before, phrase, phrase.end + closed)
            continue
        if explained:
            done[-1] = replace(phrase, start=before.start, end=before.end)
        done.append(phrase)
    return done


def _in_its_year(before: TimePhrase, by: TimePhrase) -> TimePhrase:
    """``by`` in the year of the span before it, if it lies in that: "week 2 of 2025 (jan 6 to 12)"."""
    if not (before.after and before.before and by.after and by.before) or by.after[:4] == before.after[:4]:
        return by
    year = before.after[:4]
    after, last = f"{year}{by.after[4:]}", f"{year}{by.before[4:]}"
    if not before.after <= after <= last <= before.before or not year.isdigit():
        return by
    return replace(by, after=after, before=last, point=after)


def _then(text: str, phrase: TimePhrase) -> list[TimePhrase]:
    """The phrase, and "since then" behind it."""
    for pattern, after, before in ((SINCE_THEN, phrase.point, None), (UNTIL_THEN, None, phrase.point)):
        match = pattern.search(text, phrase.end)
        if match:
            first = replace(phrase, after=after, before=before)
            return [first, replace(first, start=match.start(), end=match.end())]
    return [phrase]


def _corrected(before: TimePhrase, by: TimePhrase, end: int) -> TimePhrase:
    """Two phrases of which the second says the first in other words; the direction of the first stands."""
    if before.kind == "since" and by.kind == "span":
        return TimePhrase(before.start, end, by.point, None, by.point)
    if before.kind == "until" and by.kind == "span":
        return TimePhrase(before.start, end, None, by.point, by.point)
    return TimePhrase(before.start, end, by.after, by.before, by.point)
