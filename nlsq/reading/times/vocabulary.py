"""The single words that times are made of, and the slips of the fingers in which they are still meant."""

from typing import Any

from nlsq.query.dates import MONTHS, WEEKDAYS
from nlsq.reading.tables import table_of

# Kinds of words. Those that are also names, verbs or identifiers count only where the words around them say so.
NUMBER, UNIT, MONTH, WEEKDAY, ORDINAL, YEAR, WORD, OTHER = (
    *("number", "unit", "month", "weekday", "ordinal", "year", "word", "other"),
)
DAY, MONTH_OF_YEAR, QUARTER, HALF, DECADE, LENGTH, DASH, CLOCK, MOMENT, SEASON = (
    *("day", "month of year", "quarter", "half", "decade", "length", "dash", "clock", "moment", "season"),
)
STAMP, FRACTION, SHORT_DATE, WEEK = "stamp", "fraction", "short date", "week"

Entry = tuple[str, str, Any]  # kind, the word itself, value


_SHORT_WEEKDAYS = {"mon": 0, "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4}
_SHORT_WEEKDAYS |= {"sat": 5, "sun": 6}
_UNITS = {
    name: names[0]
    for names in (
        ("second", "seconds", "sec", "secs"),
        ("minute", "minutes", "min", "mins"),
        ("hour", "hours", "hr", "hrs"),
        ("day", "days"),
        ("week", "weeks", "wk", "wks"),
        ("month", "months", "mo", "mos", "mth", "mths"),
        ("quarter", "quarters", "qtr", "qtrs"),
        ("year", "years", "yr", "yrs"),
        ("fortnight", "fortnights"),
        ("decade", "decades"),
    )
    for name in names
}
LETTER_UNITS = {"h": "hour", "d": "day", "w": "week", "m": "month", "y": "year"} | _UNITS
_TO_TWENTY = table_of(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
)
_NUMBERS = {word: number for number, word in enumerate(_TO_TWENTY)}
_NUMBERS |= {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100, "dozen": 12}
_ORDINALS = table_of("first second third fourth fifth sixth seventh eighth ninth tenth")
_DECADES = {"fifties": 50, "sixties": 60, "seventies": 70, "eighties": 80, "nineties": 90}


def _vocabulary() -> dict[str, Entry]:
    words: dict[str, Entry] = {word: (UNIT, word, unit) for word, unit in _UNITS.items()}
    words |= {word: (NUMBER, word, number) for word, number in _NUMBERS.items()}
    words |= {word: (ORDINAL, word, number) for number, word in enumerate(_ORDINALS, 1)}
    words |= {word: (DECADE, word, year) for word, year in _DECADES.items()}
    for number, month in enumerate(MONTHS, 1):
        words[month] = words[month[:3]] = (MONTH, month, number)
    words["sept"] = words["sep"]
    for number, day in enumerate(WEEKDAYS):
        words[day] = words[f"{day}s"] = (WEEKDAY, day, number)
    words |= {short: (WEEKDAY, short, number) for short, number in _SHORT_WEEKDAYS.items()}
    words |= {season: (SEASON, season, season) for season in table_of("winter spring summer autumn fall")}
    for moment in ("today", "yesterday"):
        words[moment] = words[f"{moment}s"] = (MOMENT, moment, moment)
    words |= {moment: (MOMENT, moment, moment) for moment in table_of("tonight overnight noon midnight weekend")}
    return words


WORDS = _vocabulary()

# Words in whose typing mistakes a time is still meant; the rest is looked for as it is.
_MENDED = {month for month in MONTHS if month != "may"} | set(WEEKDAYS)
_MENDED |= set(
    table_of(
        "today yesterday weekend midnight overnight minutes hours days week weeks month months quarter quarters"
        " year years"
        " fortnight decade since last past previous before after between during older newer younger until within"
        " half from"
        " over starting prior throughout this than commits commit diffs changes patches three seven eight eleven"
        " twelve"
        " fourteen eighteen thirty couple first second third fourth more less under most beginning spring summer"
        " winter"
        " christmas going back away till through including onwards later earlier touched committed untouched"
        " idle dormant"
        " abandoned inactive stale"
    )
)
_MISSPELT = {
    "agust": "august",
    "commited": "committed",
    "comitted": "committed",
    "febbuary": "february",
    "febuary": "february",
    "feburary": "february",
    "forthnight": "fortnight",
    "frm": "from",
    "haf": "half",
    "janurary": "january",
    "lats": "last",
    "latter": "later",
    "ocotber": "october",
    "octobre": "october",
    "previus": "previous",
    "setember": "september",
    "teusday": "tuesday",
    "thrusday": "thursday",
    "thru": "through",
    "thurday": "thursday",
    "tiem": "time",
    "tusday": "tuesday",
    "untill": "until",
    "wednsday": "wednesday",
    "wendsday": "wednesday",
    "wensday": "wednesday",
    "wk": "week",
    "yestarday": "yesterday",
    "yesturday": "yesterday",
}
# What a slip would make of the words above, but is a word of its own, or a name.
_OWN_WORDS = frozenset(
    table_of(
        "bak change das dats duffs fist form forst forth frida ide ile layer les lest mach match mire mist moore"
        " mot moth"
        " mots ober pat pror precious sale seen sine sprig sprung staring starring stake stating tan thee there though"
        " throughput thus tis toady toll util winer"
    )
)
_SHORTEST_MENDED = 4
_SHORTEST_CUT = 6  # letters of a word that may lack its last one
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _slips() -> dict[str, str]:
    """What two letters swapped, one missing, doubled, or hit beside its key make of a word; the likelier one first."""
    beside = {letter: row[max(place - 1, 0) : place + 2] for row in _ROWS for place, letter in enumerate(row)}
    hit_beside: dict[str, str] = {}
    made: dict[str, str] = {}
    for word in sorted(_MENDED):
        if len(word) < _SHORTEST_MENDED:
            continue
        if len(word) >= _SHORTEST_CUT:
            made[word[:-1]] = word
        for place in range(1, len(word) - 1):
            head, letter, tail = word[:place], word[place], word[place + 1 :]
            made |= dict.fromkeys(
                (head + tail, head + letter + letter + tail, head + tail[0] + letter + tail[1:]), word
            )
            hit_beside |= {head + other + tail: word for other in beside[letter]}
    taken = _OWN_WORDS | _MENDED | WORDS.keys()
    return {slip: word for slip, word in (hit_beside | made).items() if slip not in taken} | _MISSPELT


SLIPS: dict[str, Entry] = {slip: WORDS.get(word, (WORD, word, None)) for slip, word in _slips().items()}
