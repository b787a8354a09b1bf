"""What the words around a time make of it: directions before and behind it, and signs that it is one at all."""

import re

from nlsq.reading.tables import table_of

# FOR takes lengths only where something sat still or was done; FROM a day on, but in a month.
IN, FOR, FROM, SINCE, AFTER, BEFORE, UNTIL, MORE, LESS, BACK, BETWEEN = (
    *("in", "for", "from", "since", "after", "before", "until", "more", "less", "back", "between"),
)
WEAK = frozenset((IN, FOR, FROM))
DIRECTED = frozenset((SINCE, AFTER, BEFORE, UNTIL))
Sayings = dict[str, list[tuple[tuple[str, ...], str]]]

_BEFORE_IT = {
    IN: (
        "in|on|at|towards|toward|during|over|throughout|of|across|around|through|as of|as at|these|so far|earlier|dated"
        "|dating from|sometime"
        "|in the course of|over the course of|somewhere in|somewhere on|sometime in|sometime on|sometime around"
        "|back in"
        "|back on|at some point in"
    ),
    FOR: "for|within|inside|inside of",
    FROM: "from",
    SINCE: (
        "since|ever since|starting|starting from|starting on|starting with|starting in|beginning|beginning from"
        "|beginning in|beginning on|beginning with|commencing|effective from|on or after|on and after|from and after"
        "|dating back to|going back to|as far back as|as early as|from as early as|as recent as|no earlier than"
        "|not earlier than|nothing earlier than|not before|nothing before|not prior to|not older than|no older than"
        "|nothing older than|none older than|isn't older than|aren't older than|>="
    ),
    AFTER: (
        "after|post|following|later than|newer than|younger than|fresher than|more recent than|more recently than"
        "|newerthan|>"
    ),
    BEFORE: (
        "before|not within|prior to|pre|ahead of|preceding|predating|older than|olderthan|earlier than|longer ago than"
        "|further back than|<|not newer than|no newer than|nothing newer than|isn't newer than|not younger than"
        "|no younger than|nothing younger than|not fresher than|no fresher than|nothing fresher than"
        "|not more recent than|no more recent than|nothing more recent than"
    ),
    UNTIL: (
        "until|till|til|'til|up to|up until|up till|up to and including|through to|on or before|ending|ending on"
        "|ending in"
        "|no later than|not later than|nothing later than|not after|nothing after|by the end of|by end of"
        "|as late as|<="
    ),
    MORE: "more than|at least|longer than|upwards of|in excess of|no less than|not less than|above|min|minimum",
    LESS: "less than|under|below|fewer than|no more than|not more than|not over|at most|max|maximum|a maximum of",
    BACK: (
        "going back|go back|back in time|time travel|time travel to|travel back|looking back|look back|rewind|rolling"
        "|trailing|away for|been away|been away for"
    ),
    BETWEEN: "between|anywhere between|in between|betw|btw",
}
_BEHIND_IT = {
    SINCE: (
        "on|onward|onwards|forward|ahead|and on|and onward|and onwards|and up|and beyond|or later|and later|or newer"
        "|and newer|or younger|and younger|or more recent|or after|and after|or since|and since|or less|to date|to now"
        "|till now|til now|until now|up to now|up until now|through now|- now|to today|till today|til today"
        "|until today"
        "|through today|up to today|- today|to present|until present|to the present|until the present|- present"
        "|to till date|till date|and everything later|and everything after|and everything since|and all later"
    ),
    UNTIL: (
        "and earlier|or earlier|and older|or older|and before|or before|and prior|or prior|or more|and more|and back"
        "|or longer|and everything before|and everything earlier"
    ),
}


def _split(texts: str) -> frozenset[str]:
    return frozenset(table_of(texts))


def _sayings(table: dict[str, str]) -> Sayings:
    """By their first words, longest first."""
    found: Sayings = {}
    for direction, texts in table.items():
        for text in texts.split("|"):
            words = tuple(text.split())
            found.setdefault(words[0], []).append((words, direction))
    for entries in found.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return found


SAID_BEFORE = _sayings(_BEFORE_IT)
SAID_BEHIND = _sayings(_BEHIND_IT)
TO = _split("to through thru till until til - – — .. ... -> →")
AND = TO | _split("and or vs")

# Behind "from friday on" these go on with the sentence; "from friday on main" speaks of a branch.
GOES_ON = _split(
    "that which in under by with within mentioning for to and excluding including inside below of from who about whose"
    " without w/o w/ but only please pls thanks thx touching where what did i against across skip ignoring leaving"
)
ASKS = _split("who what which did does has have any anything everything all is was were show")
PLACES = _split("the branch main master develop trunk dev prod staging release all any every our my")
# What is done at a time.
CHANGES = _split(
    "commit commits commited committed diff diffs change changes changeset changesets patch patches edit edits"
    " work stuff"
    " activity log history merge merges fixes hotfixes reverts refactors pushes pr prs updates additions removals"
    " deletions modifications contributions releases"
)
# With one of these, a request is about changes or their authors.
SPEAKS = CHANGES | _split(
    "repo repos repository repositories project projects forks fork code changed edited touched modified merged landed"
    " added removed deleted pushed shipped broke archived by who did author everything anything came"
)
# What is older than a length; tokens and logs are, too, but that is what code says.
AGING = SPEAKS - _split("code deleted removed added archived")
_CUE = re.compile(
    r"com?mm?i|diff?|chang|patch|edit|touch|add|remov|delet|land|repo|modif|merg|push|revert|work|stuff|activit|thing|log"
    r"|did|does|who|what|how|look|state|snapshot|there|happen|wa?s|were"
)
# "For two years" behind one of these is how long ago it last happened.
# Behind a day that was named, these say that it is a bound: "our release was on 2 may, what changed after that".
SINCE_THEN = re.compile(r"(?i)\b(?:(?:since|from) (?:then|that)(?: on)?|after that)\b")
UNTIL_THEN = re.compile(r"(?i)\b(?:before that|until then)\b")
STILL = CHANGES | _split(
    "untouched idle stale dormant abandoned inactive active quiet dead nobody none no not without w/o touched changed"
    " updated modified edited alive unmaintained maintained nothing never unchanged pushed merged worked landed silent"
    " asleep frozen sat saw seen move moved movement happened touch newer older anyone anything everything sick ill"
    " vacation holiday holidays leave off ooo out gone travelling traveling"
)
ASLEEP = _split("idle dormant inactive untouched abandoned stale quiet dead")
REWOUND = _split("rewind rewound back roll go")
# Names of versions and the like are no dates.
NO_DATE_BEFORE = _split("tag tags tagged branch branches release version rev revision copyright edition cve at")
NO_DATE_BEHIND = _split("branch branches tag tags release build version nightly")
# What is numbered, so that "since the 1st call" is no day.
NUMBERED = _split(
    "argument arguments arg line call element parameter param row column iteration try attempt time release"
    " sprint position"
    " bit byte page chapter item entry word char character field test version party place order element step"
    " phase level"
    " index result match occurrence run pass"
)
FOLLOWS_ORDINAL = GOES_ON | CHANGES | _split("in at on till until any has have author repo")
# Months that people are called, too.
NAMES = _split("april may june august")


def has_cue(text: str) -> bool:
    """Whether a request (in lower case) asks for changes or what was at some time, as far as single words tell."""
    return bool(_CUE.search(text))
