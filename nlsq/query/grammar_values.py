"""The values of the grammar: what each filter and term may hold, as terminals in llguidance's notation.

A definition is text: names of other terminals, literals in double quotes, and expressions between slashes (Rust's
syntax); ``&`` and ``~`` are and, not. A name that begins with ``_`` in this module is a fragment for the inside of
slashes.
"""

import functools
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from nlsq.filters import BY_NAME, CANONICAL_NAME, COMMIT_TYPES, LOOK_ALIKES, SELECT_PATHS, TYPES
from nlsq.query.languages import all_languages, usual_name

EXPRESSION_DEPTH = 2  # groups inside of each other in a regular expression


# Letters of the private use area that stand for something (``nlsq.reading.slots``): names and the like from the first
# on, times from the second, up to U+E1FF. A time is a filter of its own, so no value holds one.
FIRST_NAME, FIRST_TIME = 0xE000, 0xE100


@dataclass(frozen=True)
class SlotCharacters:
    """Characters that stand for something in a query with slots, as the inside of a class: times, and all others."""

    times: str = ""
    others: str = ""


NO_SLOTS = SlotCharacters()


# ---- characters, as the inside of a class

# What no value holds; the last range are the letters that stand for times.
_CONTROL = (
    r"\x00-\x1f\x7f-\x9f\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{fff0}-\u{ffff}\u{e100}-\u{e1ff}"
)
_SPACE = _CONTROL + r" \u{a0}\u{1680}\u{2000}-\u{200a}\u{202f}\u{205f}\u{3000}"
_SPECIAL = r"\\()\[\]{}*+?|^$"  # what means something in a regular expression, but for the dot


def _either(*choices: str) -> str:
    return "(?:" + "|".join(choices) + ")"


def _literals(texts: Iterable[str]) -> str:
    return _either(*(re.escape(text) for text in sorted(texts)))


def _terminal(expression: str) -> str:
    return "/" + re.sub(r"(\\.)|/", lambda match: match[1] or r"\/", expression, flags=re.DOTALL) + "/"


# ---- regular expressions that RE2 takes

_LOWS = "abcdefghijklmnopqrstuvwxyABCDEFGHIJKLMNOPQRSTUVWXY012345678"
_RANGES = [f"{low}-[{low}-{'9' if low.isdigit() else 'z' if low.islower() else 'Z'}]" for low in _LOWS]
_COUNT = _either(
    r"\{[1-9][0-9]{0,2}\}",
    r"\{(?:0|[1-9][0-9]{0,2}),\}",
    *(rf"\{{{low},(?:[{low + 1}-9]|[1-9][0-9]{{1,2}})\}}" for low in range(9)),
    r"\{9,[1-9][0-9]{1,2}\}",
    r"\{[1-9][0-9],[1-9][0-9]{2}\}",
)
_SMALL_COUNT = _either(r"\{[1-9]\}", r"\{[0-9],\}", *(rf"\{{{low},[{low + 1}-9]\}}" for low in range(9)))
# Counts inside of counts multiply, to 1,000 at most: a counted group has only small counts in it, and no groups.
_GROUP_COUNT = _either(r"\{[1-9][0-9]?\}", r"\{[0-9],[1-9][0-9]\}", _SMALL_COUNT)
_STAR = r"[*+?]\??"
_REPEAT = _either(_STAR, rf"{_COUNT}\??")
_SMALL_REPEAT = _either(_STAR, _SMALL_COUNT)
_UNICODE = r"[pP]\{(?:L|Lu|Ll|N|Nd|P|S|Z|Latin|Greek|Cyrillic|Arabic|Hebrew|Han|Hiragana|Katakana|Hangul)\}"
_POSIX = r"\[:(?:alpha|digit|alnum|upper|lower|space|punct|word|xdigit):\]"
_ASSERTION = r"[\^$]|\\[bB]"
_PUNCTUATION = r".+*?^$|\[\]{}\-"
_IN_SLASHES = _PUNCTUATION + r"()/tnrfv\"'@:,;=<>!#%&~"


def _expressions(name: str, others: str, escapes: str, in_groups: str = "", in_classes: str = "()") -> dict[str, str]:
    """Terminals for regular expressions over one alphabet; the whole is called ``name``, one piece of it
    ``name_PIECE``.

    ``others``: what is no plain character besides the special ones. ``escapes``: what may stand after a backslash
    besides the classes of characters. ``in_groups`` and ``in_classes``: what is no plain character inside of
    parentheses, inside of brackets.
    """
    escape = rf"\\(?:[wdsWDS{escapes}]|{_UNICODE})"
    plain_in_groups = f"[^{_SPECIAL}{others}{in_groups}]"
    members = [rf"\\[wdsWDStn\-\]\[\\^{escapes}]", *_RANGES, _POSIX, rf"[^\\\]\[{in_classes}\-^{others}{in_groups}]"]
    found = {
        f"{name}_PLAIN": _terminal(f"[^{_SPECIAL}{others}]"),
        f"{name}_CLASS": _terminal(rf"\[\^?-?{_either(*members)}+-?\]"),
        f"{name}_ESCAPE": _terminal(escape),
        f"{name}_OTHER": f"({name}_ESCAPE | {name}_CLASS) REPEAT? | {_terminal(_ASSERTION)}",
        f"{name}_INNER_PLAIN": _terminal(plain_in_groups),
        f"{name}_INNER_0": f"{name}_INNER_PLAIN REPEAT? | {name}_OTHER",
        f"{name}_SMALL": f"({name}_INNER_PLAIN | {name}_ESCAPE | {name}_CLASS) {_terminal(_SMALL_REPEAT)}?",
        f"{name}_COUNTED": f'"(" "?:"? {name}_SMALL ("|"? {name}_SMALL)* ")" {_terminal(_GROUP_COUNT)}',
    }
    for depth in range(1, EXPRESSION_DEPTH + 1):
        inner = f"{name}_INNER_{depth - 1}"
        found[f"{name}_GROUP_{depth}"] = rf'"(" "?:"? {inner} ("|"? {inner})* ")" {_terminal(_STAR)}?'
        found[f"{name}_INNER_{depth}"] = f"{name}_INNER_0 | {name}_GROUP_{depth}"
    found[f"{name}_GROUP"] = f"{name}_GROUP_{EXPRESSION_DEPTH}"
    found[f"{name}_PIECE"] = f"{name}_PLAIN REPEAT? | {name}_OTHER | {name}_GROUP | {name}_COUNTED"
    found[name] = f'{name}_PIECE ("|"? {name}_PIECE)*'
    return found


def _expression_terminals() -> dict[str, str]:
    return {
        "REPEAT": _terminal(_REPEAT),
        # Inside of parentheses a colon might make a filter of what stands before it.
        **_expressions("VALUE", rf"{_SPACE}\"'", _PUNCTUATION, in_groups=":"),
        **_expressions("REPOSITORY", rf"{_SPACE}\"'@:", _PUNCTUATION.replace(".", "")),
        **_expressions("ARGUMENT", f"{_SPACE}@", _PUNCTUATION + "()"),
        # Plain text with an @ in it.
        "ARGUMENT_WITH_AT": _terminal(rf"(?:[^{_SPACE}{_SPECIAL}@]|\\\.)*@(?:[^{_SPACE}{_SPECIAL}]|\\\.)*"),
        # Of has.file(), whose arguments are read as filters.
        **_expressions("FILE_ARGUMENT", rf"{_SPACE}\"':@", _PUNCTUATION + "()"),
        **_expressions("BODY", rf"{_CONTROL}/", _IN_SLASHES, in_classes=""),
        **_expressions("BALANCED_BODY", rf"{_CONTROL}/", _IN_SLASHES),
        # Plain characters and escaped ones with spaces between, the backslashes doubled as quotes want it.
        "QUOTED_VALUE": _terminal(rf"\"(?:[^{_CONTROL}{_SPECIAL}\"]|\\\\[.+*?^$|\[\]{{}}()])+\"") + " & ~PATTERN_TYPE",
        # A name right before a parenthesis looks like a predicate.
        "QUOTED_ARGUMENT": _terminal(rf"\"[^{_CONTROL}{_SPECIAL}\"@]+\"") + " & ~PATTERN_TYPE",
        # In quotes, too, it would change how the whole query is read.
        "PATTERN_TYPE": _terminal(r"(?is:.*patterntype:.*)"),
        "LIKE_A_PREDICATE": _terminal(r"[A-Za-z._\-]+\((?s:.)*"),
    }


def _path() -> str:
    r"""A path's expression. A name with escaped dots is canonical without the escapes, so there none may be written."""
    escaped = _terminal(rf"\\[wdsWDSbB{_PUNCTUATION.removeprefix('.')}]")
    special = f'VALUE_PLAIN REPEAT | ({escaped} | VALUE_CLASS) REPEAT? | VALUE_GROUP | "|" VALUE_PIECE'
    dot = _terminal(r"\\\.")
    expression = f'(VALUE_PLAIN* ({special}) | {dot}) ("|"? VALUE_PIECE)*'
    return f'("^"? "(^|/)"? (VALUE_PLAIN+ "$"? | {expression}) & ~LIKE_A_PREDICATE) | QUOTED_VALUE'


# ---- dates

_LEAP = r"(?:(?:19|20)(?:0[48]|[2468][048]|[13579][26])|2000)"
_DAY = _either(
    r"(?:19|20)[0-9]{2}-(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])",
    r"(?:19|20)[0-9]{2}-(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)",
    r"(?:19|20)[0-9]{2}-02-(?:0[1-9]|1[0-9]|2[0-8])",
    rf"{_LEAP}-02-29",
)
_AGO = r"(?:1 (?:minute|hour|day|week|month|year)|(?:[2-9]|[1-9][0-9]{1,2}) (?:minute|hour|day|week|month|year)s) ago"


def _date_terminals(slots: SlotCharacters) -> dict[str, str]:
    slot = (f"[{slots.times}]",) if slots.times else ()
    return {
        "DATE": _terminal(_either(_DAY, "today", "yesterday", f'"{_AGO}"')),
        "DATE_IN_PARENTHESES": _terminal(_either(_DAY, "today", "yesterday", _AGO, *slot)),
    }


# ---- search terms

_PAIR = r"\\[A-Za-z0-9.$*+?\[\]{}|^\-]"  # a backslash and what it stands before
_MIDDLE = rf"(?:[^{_SPACE}()\\]|{_PAIR})"
_INNER = rf"(?:[^{_SPACE}()\\:]|{_PAIR})"
_BALANCED = r"\(" + _either(_INNER, rf"\({_INNER}*\)") + r"*\)"
_WORD = rf"(?:[^{_SPACE}()\\\-\"'/]|{_PAIR}){_either(_MIDDLE, _BALANCED)}*"
_SEGMENT = rf"[^{_SPACE}()\\\"'/]+"
_ROOTED = _either(rf"/{_SEGMENT}(?:/{_SEGMENT})+", rf"//{_SEGMENT}")  # not to be read as /an expression/
_CALLED = rf"{_WORD}\({_INNER}*"
_TIME = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?s:.)*"  # after a date it would look like a part of that
_NAMES = "|".join(sorted({*CANONICAL_NAME, *LOOK_ALIKES, "g"}))
_READ_OTHERWISE = rf"(?i)(?:(?:{_NAMES}):(?s:.)*|(?:and|or)(?:\((?s:.)*)?|not|{_TIME})"
_IN_QUOTES = rf"(?:[^{_CONTROL}\"\\]|\\[\"\\nt])"
_VISIBLE_IN_QUOTES = rf"(?:[^{_SPACE}\"\\]|\\[\"\\])"
_PLAIN_IN_QUOTES = rf"(?:[^{_CONTROL}\"\\()]|\\[\"\\nt])"
_QUOTED = rf"\"{_IN_QUOTES}*{_VISIBLE_IN_QUOTES}{_IN_QUOTES}*\""
_BALANCED_IN_QUOTES = _either(_PLAIN_IN_QUOTES, rf"\({_PLAIN_IN_QUOTES}*\)")
_QUOTED_BALANCED = rf"\"{_PLAIN_IN_QUOTES}*[^{_SPACE}\"\\()]{_BALANCED_IN_QUOTES}*\""

_TERM_TERMINALS = {
    "READ_OTHERWISE": _terminal(_READ_OTHERWISE),
    "TERM": f"{_terminal(_either(_WORD, _ROOTED))} & ~READ_OTHERWISE & ~PATTERN_TYPE",
    "CALL": f"{_terminal(_CALLED)} & ~READ_OTHERWISE",
    "LAST": _terminal(f"/{_SEGMENT}"),
    "QUOTED": f"{_terminal(_QUOTED)} & ~PATTERN_TYPE",
    "QUOTED_BALANCED": f"{_terminal(_QUOTED_BALANCED)} & ~PATTERN_TYPE",
    "EXPRESSION": '"/" /(\\(\\?[ims]+\\))?/ BODY "/" & ~PATTERN_TYPE',
    "EXPRESSION_BALANCED": '"/" /(\\(\\?[ims]+\\))?/ BALANCED_BODY "/" & ~PATTERN_TYPE',
}

# ---- filters


def _key(slots: SlotCharacters) -> str:
    """Topics, keys and values of metadata."""
    return rf"[\w.+#{slots.others}\-][\w.+#/{slots.others}\-]*"


def _revision(slots: SlotCharacters) -> str:
    letters = rf"A-Za-z0-9_{slots.others}"
    return _either(rf"[{letters}][{letters}./+~^#\-]*", rf"\*!?[{letters}./*\-]+")


def _filter(name: str, value: str, positive: str = "") -> str:
    """``name:value``, with a minus where the table allows it; ``positive``: values that cannot be negated."""
    minus = '"-"? ' if BY_NAME[name].negatable else ""
    text = f'{minus}"{name}:" ({value})'
    return f'{text} | "{name}:" {positive}' if positive else text


def _repository_filter(slots: SlotCharacters) -> str:
    key = _key(slots)
    words = 'ARGUMENT (" " ARGUMENT)*'
    negatable = [
        "REPOSITORY_NAME",
        '"has.path(" ARGUMENT ")"',
        f'"has.content(" {words} ")"',
        '"has.file(path:" FILE_ARGUMENT " content:" (FILE_ARGUMENT | QUOTED_ARGUMENT) ")"',
        '"has.commit.after(" DATE_IN_PARENTHESES ")"',
        _terminal(rf"has\.topic\({key}(?: {key})*\)"),
        _terminal(rf"has\.meta\({key}(?::(?:{key})?)?\)"),
    ]
    return _filter("repo", " | ".join(negatable), f'"has.description(" {words} ")"')


def _file_filter(slots: SlotCharacters) -> str:
    words = 'ARGUMENT (" " ARGUMENT)*'
    name = rf"[\w.@/+{slots.others}\-]+"
    owner = _terminal(rf"has\.owner\((?:{name}(?: {name})*)?\)")
    return _filter("file", f'PATH | {owner} | "has.contributor(" {words} ")"', f'"has.content(" {words} ")"')


def _filter_terminals(slots: SlotCharacters) -> dict[str, str]:
    languages = {f'"{name}"' if " " in name else name for name in map(usual_name, all_languages())}
    revision = _revision(slots)
    single = _terminal(revision)
    revisions = _terminal(rf"{revision}(?::{revision})*")
    # A time's slot stands for one or two filters.
    time = f" | {_terminal(f'[{slots.times}]')}" if slots.times else ""
    number = f"|[{slots.others}]" if slots.others else ""
    return {
        "CONTEXT": r'/context:@?[A-Za-z0-9_][A-Za-z0-9_.\/-]*/ & ~"context:global"',
        "REPOSITORY_NAME": "REPOSITORY & ~LIKE_A_PREDICATE",
        "REPO": _repository_filter(slots),
        "REPO_PINNED": '"-"? "repo:has." /path|content/ "(" ARGUMENT_WITH_AT (" " ARGUMENT)* ")"',
        "REV": _filter("rev", f'{revisions} | "at.time(" DATE_IN_PARENTHESES (", " {single})? ")"'),
        "FORK": _filter("fork", "/yes|no|only/"),
        "ARCHIVED": _filter("archived", "/yes|no|only/"),
        "VISIBILITY": _filter("visibility", "/any|private|public/"),
        "LANG": _filter("lang", _terminal(_literals(languages))),
        "PATH": _path(),
        "FILE": _file_filter(slots),
        "TYPE_COMMIT": _filter("type", _terminal(_literals(COMMIT_TYPES))),
        "TYPE_OTHER": _filter("type", _terminal(_literals(TYPES - COMMIT_TYPES))),
        "SELECT": _filter("select", _terminal(_literals(SELECT_PATHS))),
        "PERSON": "VALUE | QUOTED_VALUE",
        "AUTHOR": _filter("author", "PERSON"),
        "COMMITTER": _filter("committer", "PERSON"),
        "AFTER": _filter("after", "DATE") + time,
        "BEFORE": _filter("before", "DATE") + time,
        "MESSAGE": _filter("message", "VALUE | QUOTED_VALUE"),
        "CASE": _filter("case", '"yes"'),
        "COUNT": _filter("count", f"/all|[1-9][0-9]{{0,6}}{number}/"),
        "TIMEOUT": _filter("timeout", "/([1-9][0-9]{0,3}(ms|s|m|h)){1,2}/"),
    }


@functools.cache
def terminals(slots: SlotCharacters = NO_SLOTS) -> dict[str, str]:
    """Name and definition of every terminal; with ``slots``, of queries that have such characters in them."""
    return {**_expression_terminals(), **_date_terminals(slots), **_TERM_TERMINALS, **_filter_terminals(slots)}


# ---- what can only be copied

_CHUNK = re.compile(r"\s+|\w+|[^\w\s]")
_PLURAL = re.compile(r"(\w{2,}?)(e?)(s)$")


def _chunks(text: str) -> list[str]:
    """``text`` in pieces that a copy may begin and end at: words, what stands between them, and a plural's end."""
    chunks: list[str] = []
    for chunk in _CHUNK.findall(text):
        plural = _PLURAL.match(chunk)
        chunks += [part for part in plural.groups() if part] if plural else [chunk]
    return chunks


def _copy_of(chunks: list[str]) -> str:
    """Any run of neighbouring chunks."""
    return f"%regex {json.dumps({'substring_chunks': chunks or [' ']})}"


def _escaped(name: str) -> str:
    """``name`` as an expression; a dot stays, for in paths and repositories it does."""
    return re.sub(rf"[{_SPECIAL}]", lambda match: "\\" + match[0], name)


def limited(
    request: str, repositories: tuple[str, ...], paths: bool, slots: SlotCharacters = NO_SLOTS
) -> dict[str, str]:
    """The terminals that hold terms and names, such that these can only be copied out of the request.

    Names may be written in lower case. With candidates, ``repo:`` takes one of them, anchored, or a name of the
    request.
    """
    chunks = _chunks(request)
    folded = [chunk.lower() for chunk in chunks]
    in_quotes = [chunk.replace("\\", "\\\\").replace('"', '\\"') for chunk in chunks]
    escaped = [_escaped(chunk) for chunk in chunks]
    names = {"COPY": chunks, "folded": folded, "escaped": escaped, "both": [_escaped(chunk) for chunk in folded]}
    candidates = [json.dumps(f"^{_escaped(name)}$") for name in repositories]
    base = terminals(slots)
    found = {
        "COPY": _copy_of(chunks),
        # In lower case, too, and with a backslash before what means something in an expression.
        "NAME": " | ".join(dict.fromkeys("COPY" if value == chunks else _copy_of(value) for value in names.values())),
        "COPY_IN_QUOTES": f'"\\"" {"COPY" if in_quotes == chunks else _copy_of(in_quotes)} "("? "\\""',
        "TERM": f"({base['TERM']}) & COPY",
        "CALL": f'({base["CALL"]}) & COPY "("?',
        "LAST": f"{base['LAST']} & COPY",
        "QUOTED": f"{base['QUOTED']} & COPY_IN_QUOTES",
        "QUOTED_BALANCED": f"{base['QUOTED_BALANCED']} & COPY_IN_QUOTES",
        "PERSON": '(VALUE & NAME) | (QUOTED_VALUE & "\\"" NAME "\\"")',
        "REPOSITORY_NAME": " | ".join(
            [*candidates, '(REPOSITORY & ~LIKE_A_PREDICATE & "^"? "github.com/"? NAME "/"? "$"?)', '".*"']
        ),
    }
    if paths:
        found["PATH"] = f'({base["PATH"]}) & "\\""? "^"? "(^|/)"? "\\\\"? "."? NAME "/"? "$"? "\\""?'
    return found
