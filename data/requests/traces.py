"""How people tell the parts of a query in their own words: names, kinds of filters, languages, numbers."""

import difflib
import functools
import re

from nlsq.query.languages import language, nearest
from nlsq.query.plan import ALL_RESULTS
from nlsq.query.tree import Filter
from nlsq.query.values import switch

# ---------------------------------------------------------------------------------------------------------------------
# Words and names


def stands(text: str, word: str, exact_case: bool = False) -> bool:
    """True when ``word`` stands in ``text`` by itself, no part of a longer word."""
    start = r"(?<![^\W_])" if word[0].isalnum() else ""
    end = r"(?![^\W_])" if word[-1].isalnum() else ""
    pattern = start + re.escape(word).replace(r"\ ", r"\s+") + end
    return bool(re.search(pattern, text, 0 if exact_case else re.IGNORECASE))


_PLAIN_WORD = re.compile(r"[A-Za-z]?[a-z]+|[A-Z]+")
_SHORTEST_STEM = 3
_SHORTEST_MISSPELT = 5
_CACHED = 20_000  # words, for the comparison of words is what takes the time
_SLIP = 0.85  # the likeness of "wihout" and "without"; "expect" and "except" have 0.83


def says(text: str, word: str) -> bool:
    """True when ``text`` has ``word``, a plain word also in another form of it or with a typing mistake."""
    if stands(text, word):
        return True
    if not _PLAIN_WORD.fullmatch(word):
        return False
    words = re.findall(r"[A-Za-z]+", text)
    if _stem(word) in map(_stem, words):
        return True
    return len(word) > _SHORTEST_MISSPELT and bool(
        difflib.get_close_matches(word.lower(), [one.lower() for one in words], 1, _SLIP)
    )


def _stem(word: str) -> str:
    stem = re.sub(r"(?:ies|ers?|(?<!s)s|es|ed|ing|ions?)$", "", word.lower()).rstrip("eyi")
    stem = stem if len(stem) >= _SHORTEST_STEM else word.lower()
    return re.sub(r"(.)\1$", r"\1", stem)


# ---------------------------------------------------------------------------------------------------------------------
# Filters

NEGATIVE = re.compile(
    r"\b(?:not|no|non|none|nothing|nobody|never|neither|nor|without|w/o|except\w*|exclud\w*|outside|skip\w*|ignor\w*"
    r"|but|minus|other than|lea?ve? out|leaving out|left out|leave|besides|apart from|aside from|avoid\w*|drop|omit\w*"
    r"|lack\w*|miss\w*|hide|free|instead|rather than|beyond|elsewhere|sans|unless|forgot)\b|n'?t\b|\b\w{3,}less\b",
    re.IGNORECASE,
)
# Ways to say that nothing has happened since.
STALE = re.compile(r"\b(?:un\w+ed|stale|inactive|dead|dormant|idle|abandoned|older|before|quiet|last)\b", re.IGNORECASE)
# How alternatives are told: of terms (True) by "or" alone, of filters (False) by "and", too.
EITHER = {
    True: re.compile(r"\b(?:or|either|any|nor|neither|alternatively)\b|[/|]", re.IGNORECASE),
    False: re.compile(r"\b(?:or|either|any|and|both|nor|neither|plus|as well as|also)\b|[/|,&+]", re.IGNORECASE),
}
_OF_DIFFS = re.compile(r"\b(?:diffs?|patch(?:es)?|change[sd]?)\b", re.IGNORECASE)
_REPOSITORY = r"repo|project|service|codebase|who uses|forks"
# The beginnings of words that tell a filter, by its name and value, else by its name.
_TRACES = {
    "type:commit": r"commit|land|merg|push|ship|work|did|do\b|doe|doing|done|histor|log\b|been|contribut|check-?ins?\b",
    "type:diff": r"diff|chang|patch|touch|edit|modif|add|remov|delet|introduc|rewr|replac|updat|drop|bump|mov|renam|fix"
    r"|new|revert|swap|intro|ripp|took|take|gone|rid|who|evol|rm\b|wrote",
    "type:symbol": r"def|decl|symbol|implement|fn|func|method|class|struct|interface|enum|trait|const|variable|var|type"
    r"|module|namespace|field|propert|constructor|live|come|macro|where|sub|procedure|mixin|event|object|operator|jump",
    "type:path": r"file|path|nam|call",
    "type:file": "",
    "type:repo": _REPOSITORY,
    "select:repo": _REPOSITORY,
    "select:file": r"file|script|path",
    "select:file.path": r"file|path",
    "select:file.directory": r"director|folder|dirs?\b|where|package",
    "select:file.owners": r"own|responsible|maintain|codeowner|who",
    "select:content": "",
    "select:commit": r"commit",
    "select:commit.diff": r"diff|chang|patch",
    "select:commit.diff.added": r"add|intro|new|start|put|insert|creat|bring|brought|appear|first|came|sneak|wrote",
    "select:commit.diff.removed": r"remov|delet|drop|gone|going|rid|rip|took|taken?|disappear|kill|los[et]|purg|clean"
    r"|cut|strip|rm\b",
    "select:symbol": r"symbol|defin",
    "select:symbol.function": r"func|fn|sub|procedure|defs?\b|proc\b|helper|hook",
    "select:symbol.class": r"class|component",
    "select:symbol.constant": r"const",
    "select:symbol.variable": r"var|global",
    "select:symbol.property": r"propert",
    "select:symbol.type-parameter": r"type|generic",
    "select:symbol.enum-member": r"enum|member|variant",
    "fork": r"fork",
    "archived": r"archiv",
    "index": r"index",
    "visibility:private": r"private|internal|closed|not public|non-public",
    "visibility:public": r"public|open",
    "visibility:any": r"private|public|visib",
    "case": r"case|casing|exact|letter|capital|caps|upper|lower",
    "repo:has.topic": r"topic|tag|label|about",
    "repo:has.meta": r"meta|tag|label|key|mark|set|with|whose|has|have",
    "repo:has.description": r"descri|about",
    "file:has.owner": r"own|maintain|responsible|belong|s\b|codeowner|nobody|of\b",
    "file:has.contributor": r"contribut|work|touch|commit|wrote|written|edit|s\b|hand|helped",
    "branches": r"branch",
    "tags": r"tag|release|version",
}
_ALL = re.compile(r"\b(?:all|every|each|single|complete|entire|full|no limit|limit|cutoff|exhaustive)", re.IGNORECASE)
_TIME = re.compile(r"\b(?:time|second|minute|wait|stop|within|take)", re.IGNORECASE)
_PLACES = {"refs/heads/*": "branches", "refs/tags/*": "tags"}
_META = frozenset(("has", "has.tag", "has.key"))


def tells_filter(said: str, leaf: Filter, others: list[Filter]) -> bool:
    """True when the words of ``said`` tell the kind of the filter, where its value alone does not.

    ``others``: the query's filters; what one of them says already, this one need not say again.
    """
    if leaf.name == "lang":
        return _tells_language(said, leaf.value)
    if leaf.name == "count":
        return bool(_ALL.search(said)) if leaf.value == ALL_RESULTS else _tells_number(said, leaf.value)
    if leaf.name == "timeout":
        return bool(_TIME.search(said)) and _tells_number(said, re.sub(r"\D+$", "", leaf.value))
    if leaf.name == "case" and switch(leaf.value) == "no":
        return True
    if leaf.name == "type":
        names = {other.name for other in others}
        if any(other.name == "select" and other.value.startswith(_FINER.get(leaf.value, "-")) for other in others):
            return True
        if leaf.value == "commit" and names & {"author", "committer", "after", "before"} and not _OF_DIFFS.search(said):
            return True
    return all(re.search(rf"\b(?:{trace})", said, re.IGNORECASE) for trace in _traces(leaf))


# What is selected and says with it what type of result is sought.
_FINER = {"diff": "commit.diff.", "symbol": "symbol."}


def _traces(leaf: Filter) -> list[str]:
    """What the filter has to be told by; nothing where its value tells enough."""
    if leaf.name in ("rev", "repo") and not leaf.predicate:
        return [_TRACES[kind] for text, kind in _PLACES.items() if text in leaf.value]
    if leaf.predicate:
        predicate = leaf.value.partition("(")[0].replace("contains.", "has.")
        keys = [f"{leaf.name}:{'has.meta' if predicate in _META else predicate}"]
    else:
        keys = [f"{leaf.name}:{leaf.value.lower()}", leaf.name]
    known = [_TRACES[key] for key in keys if key in _TRACES][:1]
    return known or ([leaf.value.rpartition(".")[2]] if leaf.name == "select" else [])


def _tells_language(said: str, value: str) -> bool:
    """True when a name, nickname, extension or misspelling of the language stands in ``said``."""
    words = [word.strip("().,:;?!\"'") for word in re.split(r"[\s/]+", said)]
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + value.count(" ") + 3) + 1):
            gram = " ".join(words[start:end]).lstrip("*.")
            names = {gram, gram.removesuffix("s"), gram.removesuffix("'s"), gram.rpartition("-")[0]} - {""}
            if any(language(value) in _meant(name) for name in names):
                return True
    return False


@functools.lru_cache(maxsize=_CACHED)
def _meant(name: str) -> tuple[str | None, ...]:
    """The language of that name, and the one that the name seems to mean."""
    return language(name), language(nearest(name))


_NUMBER_WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
NUMBERS: dict[str, int] = {word: number for number, word in enumerate(_NUMBER_WORDS, 1)}
NUMBERS |= {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}
NUMBERS |= dict.fromkeys(("a", "an"), 1) | dict.fromkeys(("couple", "couple of", "a couple", "a couple of"), 2)
NUMBERS |= dict.fromkeys(("dozen", "a dozen"), 12) | dict.fromkeys(("hundred", "a hundred"), 100)
NUMBERS |= dict.fromkeys(("thousand", "a thousand"), 1000)


def _tells_number(said: str, value: str) -> bool:
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", said.lower())
    plain = re.sub(r"\b(\d+)k\b", r"\g<1>000", plain)
    words = [word for word, number in NUMBERS.items() if str(number) == value]
    return any(stands(plain, word) for word in (value, *words))


# ---------------------------------------------------------------------------------------------------------------------
# Typing mistakes, and what is said too much

_OFTEN_MISSPELT = tuple(
    word
    for line in (
        "without excluding except ignoring skipping outside commits commit committed changes changed change",
        "patches patch diffs added removed deleted introduced modified touched merged landed repositories",
        "repository projects project archived private public function functions method methods class classes",
        "interface struct constant defined definition declared declaration implemented implementation symbol",
        "files folder directory branch branches exactly sensitive results owners owner written january february",
        "march april august september october november december monday tuesday wednesday thursday friday saturday",
        "sunday yesterday today weeks month months years days hours minute minutes before after since between",
        "untouched unchanged unmodified",
    )
    for word in line.split()
)
# Names of languages that are hardly anything else in a request.
_LANGUAGES = re.compile(
    r"(?<![\w.-])(?:python|java|javascript|typescript|kotlin|rust|ruby|php|scala|swift|perl|golang|haskell|c\+\+|c#)"
    r"(?![\w+#-])",
    re.IGNORECASE,
)


def mended(said: str) -> str:
    """``said`` with the words that tell a filter or a date as they are spelt: "wihout" as "without"."""

    words = rf"(?<![\w./-])[A-Za-z]{{{_SHORTEST_MISSPELT},}}(?![\w/-])"
    return re.sub(words, lambda match: _spelt(match[0]), said)


@functools.lru_cache(maxsize=_CACHED)
def _spelt(word: str) -> str:
    return next(iter(difflib.get_close_matches(word.lower(), _OFTEN_MISSPELT, 1, _SLIP)), word)


# Words that a request has only for the filter behind them: a query without it has no use for them.
_TOLD_BY = (
    (re.compile(r"\b(?:commits?|committed)\b", re.IGNORECASE), ("type:commit", "type:diff", "commit.after", "rev")),
    (re.compile(r"\b(?:diffs?|patch|patches)\b", re.IGNORECASE), ("type:diff", "type:commit")),
    (re.compile(r"\b(?:forks?|forked)\b", re.IGNORECASE), ("fork",)),
    (re.compile(r"\barchived\b", re.IGNORECASE), ("archived",)),
    (re.compile(r"\b(?:branch|branches)\b", re.IGNORECASE), ("rev", "@", "at.time")),
    (re.compile(r"\b(?:without|except|excluding|outside)\b", re.IGNORECASE), ("an exclusion",)),
    (
        re.compile(r"\b(?:repos|repositories)\b", re.IGNORECASE),
        ("repo", "select:repo", "fork", "archived", "visibility"),
    ),
    (re.compile(r"\b(?:private|public) (?:repo|code|project)", re.IGNORECASE), ("visibility",)),
    (re.compile(r"\b(?:defined|definition|declared|declaration)\b", re.IGNORECASE), ("type:symbol",)),
    (re.compile(r"\b(?:owned by|owners?)\b", re.IGNORECASE), ("owner",)),
)


def told_for_nothing(said: str, has: str) -> str:
    """A word in ``said`` for a filter that the query does not have; ``has`` names what it has, a line each."""
    for word, filters in _TOLD_BY:
        match = word.search(said)
        if match and match[0].lower() not in has.lower() and not any(name in has for name in filters):
            return match[0]
    return ""


def languages_in(said: str) -> list[str]:
    """The unmistakable names of languages in ``said``."""
    return _LANGUAGES.findall(said)
