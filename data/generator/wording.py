"""Other wordings of a request: openings, closings, synonyms, letter case, punctuation and typing mistakes.

What stands in the query is never touched: names, identifiers, paths and search terms keep every letter.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

_OPENINGS = [
    *(
        "find",
        "show me",
        "search for",
        "look for",
        "looking for",
        "i need",
        "give me",
        "get me",
        "can you find",
        "list",
    ),
    *(
        "please find",
        "help me find",
        "i want to see",
        "need to find",
        "pull up",
        "hi, i am looking for",
        "could you show me",
    ),
    *("trying to find", "pls show", "i'd like to see", "quick one:", "hey,", "any", "where can i find", "do we have"),
]
_CLOSINGS = [
    "please",
    "pls",
    "thanks",
    "thx",
    "?",
    "??",
    "...",
    ".",
    "!",
    "asap",
    "for me",
    "please?",
    "if any",
    ", thanks",
]
# Before a request that begins so, an opening would be one too many.
_OPENED = re.compile(
    r"(?:where|who|what|when|which|how|why|find|show|did|do|does|has|have|is|are|was|were|any|can|could|list|give|search"
    r"|get|i|i'm|i'd|we|need|looking|look|pls|please|hi|hey|hello|ok|so|and|but|the|a|an|every|all|everything|anything"
    r"|something|whatever|let|see|tell|pull|want|trying|help|quick|only|just|also|no|not|in|on|under|since|from|sorry|sry|kindly|it's|there|anybody|oncall|first|last|tagged"
    r"|git)\b|[^,]*\b(?:what|who|which|where|did|is)\b",
    re.IGNORECASE,
)
_SYNONYMS = [
    ("repository", "repo"), ("repositories", "repos"), ("repo", "repository"), ("repos", "repositories"),
    ("directory", "folder"), ("folder", "directory"), ("directory", "dir"), ("folder", "dir"), ("function", "func"),
    ("what is", "what's"), ("where is", "where's"), ("who is", "who's"), ("where's", "where is"), ("what's", "what is"),
    ("please", "pls"), ("and", "&"), ("without", "w/o"), ("with", "w/"), ("changes", "edits"), ("changed", "modified"),
    ("changed", "touched"), ("excluding", "except"), ("except", "but not"), ("because", "bc"),
    ("i am", "im"), ("i'm", "im"), ("you", "u"), ("does not", "doesn't"), ("about", "abt"), ("written in", "in"),
    ("defined", "declared"), ("declared", "defined"), ("inside", "in"), ("everything", "all"),
]  # fmt: skip
# "payments repo: retries" begins with a place, and an opening would stand before that.
_LABELLED = re.compile(r"(?:\S+ ){0,3}\S+(?::|,) ")
# The comma before a further condition keeps it apart from the words before.
_NEEDED_COMMA = r"(?<=\w),(?=\s(?!repo\b|skip|author|only|first|archived|forks|case|leave))"
_KEYBOARD = (" qwertyuiop ", " asdfghjkl ", " zxcvbnm ")
_SHORTEST_TYPO = 4


@dataclass(frozen=True)
class Shares:
    """How often each change is made."""

    opening: float = 0.14
    closing: float = 0.10
    synonym: float = 0.25
    lower: float = 0.25
    capital: float = 0.12
    plain: float = 0.25
    typo: float = 0.08


# A request with filters typed in it is only surrounded: every letter of their values counts.
AROUND_FILTERS = Shares(opening=0, synonym=0, lower=0, capital=0, plain=0, typo=0)
# What is vague, foreign or pasted is said as it is.
AS_IT_IS = Shares(opening=0, closing=0, synonym=0)
_TYPED_FILTER = re.compile(r"\b[A-Za-z]+:\S")


def reworded(request: str, kept: set[str], random: Random, shares: Shares | None = None) -> str:
    """``request`` in another wording; ``kept`` holds the texts (of the query) in which no letter may change."""
    shares = shares or (AROUND_FILTERS if _TYPED_FILTER.search(request) else Shares())
    text = request
    if random.random() < shares.synonym:
        text = _synonym(text, kept, random)
    if random.random() < shares.opening and not _OPENED.match(text) and not _LABELLED.match(text):
        text = f"{random.choice(_OPENINGS)} {text}"
    if random.random() < shares.closing and re.search(r"\w$", text):
        closing = random.choice(_CLOSINGS)
        text = f"{text}{'' if closing[0] in '?.!,' else ' '}{closing}"
    if random.random() < shares.lower:
        text = _outside(text, kept, str.lower)
    elif random.random() < shares.capital:
        text = _outside(text[:1], kept, str.upper) + text[1:] if not _begins_with(text, kept) else text
    if random.random() < shares.plain:
        text = _outside(text, kept, lambda part: re.sub(_NEEDED_COMMA, "", part))
        text = text if text[-1:] not in "?.!" or _ends_with(text, kept) else text.rstrip("?.!")
    if random.random() < shares.typo:
        text = _mistyped(text, kept, random)
    return " ".join(text.split())


def kept_texts(query: str, values: set[str]) -> set[str]:
    """What of a request must keep its letters: the words of its query, and the values it was filled with."""
    words = {word for word in re.split(r'[\s"()]+|\w+:', query) if word}
    words |= {word for shape in re.findall(r"/\S+/", query) for word in re.findall(r"[A-Za-z_]{2,}", shape)}
    return {text for text in words | values if text.strip()}


def _protected(text: str, kept: set[str]) -> list[tuple[int, int]]:
    """The places of ``text`` that hold something of ``kept``."""
    places = []
    for one in kept:
        places += [match.span() for match in re.finditer(rf"(?<!\w){re.escape(one)}(?!\w)", text, re.IGNORECASE)]
    return sorted(places)


def _begins_with(text: str, kept: set[str]) -> bool:
    return any(start == 0 for start, _ in _protected(text, kept))


def _ends_with(text: str, kept: set[str]) -> bool:
    return any(end == len(text) for _, end in _protected(text, kept))


def _outside(text: str, kept: set[str], change: Callable[[str], str]) -> str:
    """``text`` with ``change`` applied to what is not protected."""
    done, place = "", 0
    for start, end in _protected(text, kept):
        if start >= place:
            done += change(text[place:start]) + text[start:end]
            place = end
        elif end > place:
            done += text[place:end]
            place = end
    return done + change(text[place:])


def _synonym(text: str, kept: set[str], random: Random) -> str:
    fitting = []
    places = _protected(text, kept)
    for one, other in _SYNONYMS:
        match = re.search(rf"\b{re.escape(one)}\b", text)
        if match and not any(start < match.end() and match.start() < end for start, end in places):
            fitting.append((match, other))
    if not fitting:
        return text
    match, other = random.choice(fitting)
    return text[: match.start()] + other + text[match.end() :]


def _mistyped(text: str, kept: set[str], random: Random) -> str:
    """One typing mistake in a word that the query does not need."""
    places = _protected(text, kept)
    words = [
        match
        for match in re.finditer(rf"(?<![\w./:-])[a-z]{{{_SHORTEST_TYPO},}}(?![\w./:-])", text)
        if not any(start < match.end() and match.start() < end for start, end in places)
    ]
    if not words:
        return text
    match = random.choice(words)
    return text[: match.start()] + mistyped_word(match[0], random) + text[match.end() :]


def mistyped_word(word: str, random: Random) -> str:
    """``word`` (lower-case letters) with two letters swapped, one missing, doubled, or hit beside its key."""
    place = random.randrange(1, len(word) - 1)
    kind = random.choice(["swap", "swap", "drop", "drop", "double", "beside"])
    if kind == "swap":
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if kind == "drop":
        return word[:place] + word[place + 1 :]
    if kind == "double":
        return word[:place] + word[place] + word[place:]
    return word[:place] + random.choice(_beside(word[place])) + word[place + 1 :]


def _beside(letter: str) -> str:
    """The letters to the left and right of a key."""
    row = next(row for row in _KEYBOARD if letter in row)
    place = row.index(letter)
    return (row[place - 1] + row[place + 1]).strip()
