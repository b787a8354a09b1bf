"""What stands in the parentheses of a predicate, and what Sourcegraph refuses there."""

import difflib
import re
from collections import Counter

from nlsq.filters import PREDICATES
from nlsq.query import dates, regexps
from nlsq.query.scanner import Scanner
from nlsq.query.tree import Filter
from nlsq.query.values import mended_regexps

_NOT_NEGATABLE = {("repo", "has.description"), ("file", "has.content"), ("file", "contains.content")}
_ANY_TEXT = frozenset(("has.commit.after", "contains.commit.after", "has.owner"))
_PLAIN_TEXT = frozenset(("has.topic", "has.tag", "has.key"))
_MISSING = "an argument is missing"
# Key or value of metadata: in quotes, between slashes, or plain up to a colon.
_META = re.compile(r"""\s*(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|/((?:\\.|[^/\\])*)/|([^:"'/][^:]*)?)""")


def predicate_fault(one: Filter) -> str:
    """What is wrong with the predicate, in plain words, or an empty text."""
    name, _, rest = one.value.partition("(")
    arguments = rest[:-1]
    if one.negated and (one.name, name) in _NOT_NEGATABLE:
        return f"{name}() cannot be negated"
    if one.name == "rev":
        return _time_fault(arguments)
    if name in ("has.file", "contains.file"):
        return _file_fault(arguments, {"path", "content"}, bare=True)
    if name == "contains":
        return _file_fault(arguments, {"file", "content"}, bare=False)
    if name in ("has.meta", "has"):
        return _meta_fault(arguments, colon_needed=name == "has")
    if name in _ANY_TEXT:
        return ""
    if name in _PLAIN_TEXT:
        return "" if arguments else _MISSING
    if not arguments and name != "has.contributor":
        return _MISSING
    return regexps.fault(arguments)


def _time_fault(arguments: str) -> str:
    parts = arguments.split(",")
    if len(parts) > 2:
        return "at.time() takes a date and at most one revision"
    return "" if dates.is_understood(parts[0]) else f"the date {parts[0].strip()!r} is not understood"


def file_arguments(arguments: str) -> list[tuple[str, str]] | None:
    """``(field, value)`` of each argument of ``has.file``, the field empty for a bare term; None where unreadable."""
    scanner = Scanner(arguments)
    found = []
    place = 0
    while place < len(arguments):
        if arguments[place].isspace():
            place += 1
            continue
        field = scanner.field(place)  # an unknown one is part of a bare term
        value, end = _file_value(scanner, field.end() if field else place)
        if end == place:
            return None
        found.append((field[0].lower().rstrip(":") if field else "", value))
        place = end
    return found


def _file_fault(arguments: str, fields: set[str], bare: bool) -> str:
    """``path:`` and ``content:`` once each, or (``bare``) one single term, which is the path."""
    found = file_arguments(arguments)
    if found is None:
        return "a parenthesis has no partner"
    given: Counter[str] = Counter()
    terms = 0
    for field, value in found:
        if field and field not in fields:
            return f"{field}: is no argument here"
        if fault := regexps.fault(value):
            return fault
        if field:
            given[field] += 1 if value else 0
        elif value.lower() in ("and", "or", "not"):
            return "no operators here"
        else:
            terms += 1
    if any(count > 1 for count in given.values()):
        return "an argument is given twice"
    if terms and (not bare or given or terms > 1):
        return "only one bare term, and nothing beside it"
    return "" if terms or +given else _MISSING


def _file_value(scanner: Scanner, start: int) -> tuple[str, int]:
    if scanner.text[start : start + 1] in ('"', "'") and start < len(scanner.text):
        found = scanner.delimited(start, strict=False)
        if found:
            return found
    end = scanner.balanced_end(start)
    if end is None:
        end = scanner.plain_end(start, through_parentheses=False)
    return scanner.text[start:end], end


def _meta_fault(arguments: str, colon_needed: bool) -> str:
    """``key``, ``key:`` or ``key:value``, nothing after them."""
    key = _META.match(arguments)
    if not key or not any(key.groups()):
        return "the key is missing"
    rest = arguments[key.end() :]
    if not rest.strip():
        return "a colon is missing" if colon_needed else regexps.fault(key[3] or "")
    if not rest.startswith(":"):
        return "text after the key"
    value = _META.match(rest, 1)
    if not value or rest[value.end() :].strip():
        return "text after the value"
    return regexps.fault(key[3] or "") or regexps.fault(value[3] or "")


# Words that names of predicates are made of: one of these before the parentheses, and a predicate was meant.
_NOUNS = [
    "commit",
    "content",
    "contributor",
    "description",
    "file",
    "key",
    "meta",
    "metadata",
    "owner",
    "path",
    "tag",
    "topic",
]
_WORDS = frozenset(
    ["has", "have", "contains", "contain", "after", "at", "time", *_NOUNS, *(f"{noun}s" for noun in _NOUNS)]
)
_LIKE = re.compile(r"([A-Za-z]+(?:[._-][A-Za-z]+)*)\(")
_ALWAYS_LIKE = re.compile(r"(?:has|contains)\b[a-z.]*\(")
# What the last word of an invented name means, after ``repo:`` and after ``file:``; the arguments at ``{}``.
_MEANT = {
    "path": ("repo:has.path({})", "file:{}"),
    "file": ("repo:has.file({})", "file:{}"),
    "content": ("repo:has.content({})", "file:has.content({})"),
    "contains": ("repo:has.path({})", "file:has.content({})"),
    "has": ("repo:has.meta({})", "file:has.content({})"),
    "owner": ("file:has.owner({})", "file:has.owner({})"),
    "contributor": ("file:has.contributor({})", "file:has.contributor({})"),
    "topic": ("repo:has.topic({})", "repo:has.topic({})"),
    "description": ("repo:has.description({})", "repo:has.description({})"),
    "meta": ("repo:has.meta({})", "repo:has.meta({})"),
    "metadata": ("repo:has.meta({})", "repo:has.meta({})"),
    "key": ("repo:has.meta({})", "repo:has.meta({})"),
    "tag": ("repo:has.meta({}:)", "repo:has.meta({}:)"),
    "after": ("repo:has.commit.after({})", "repo:has.commit.after({})"),
    "time": ("rev:at.time({})", "rev:at.time({})"),
}
_NEAR = 0.9


def looks_like_predicate(name: str, value: str) -> bool:
    """True when ``value`` of the filter ``name``, a plain one to Sourcegraph, was certainly meant as a predicate.

    ``file:(test|spec)`` and ``repo:foo(bar)?`` were not: a known word stands at the start, and the parentheses after it
    reach to the end.
    """
    if name not in PREDICATES:
        return False
    if name != "rev" and _ALWAYS_LIKE.match(value):
        return True
    match = _LIKE.match(value)
    return match is not None and _closes_at_end(value, match.end() - 1) and set(_words(match[1])) <= _WORDS


def _words(name: str) -> list[str]:
    """The words of ``has.commit.after``, ``hasCommitAfter``, ``has_commit_after``."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", ".", name)
    return [word for word in re.split("[._-]", apart.lower()) if word]


def _closes_at_end(value: str, opening: int) -> bool:
    depth = 0
    for match in re.finditer(r"\\.|[()]", value[opening:], re.DOTALL):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth <= 0:
            return opening + match.end() == len(value)
    return False


def nearest_predicates(name: str, one: Filter) -> list[str]:
    """What ``one``, with an unknown predicate (``repo:has.owner(x)``), may be meant for; the likeliest first."""
    head, _, rest = one.value.partition("(")
    words = _words(head)
    if not rest.endswith(")") or "before" in words:  # the opposite of what there is
        return []
    words = [word.removesuffix("s") if word in _WORDS and word != "has" else word for word in words]
    words = ["contains" if word == "contain" else "has" if word == "have" else word for word in words]
    spelt = f"{name}:{'.'.join(words)}"
    known = [f"{field}:{predicate}" for field, predicates in PREDICATES.items() for predicate in predicates]
    if spelt in known:
        return _signed(one, [f"{spelt}({rest}"])
    near = difflib.get_close_matches(spelt, known, n=1, cutoff=_NEAR)
    return _signed(one, [*_meant(name, words[-1], rest[:-1]), *(f"{text}({rest}" for text in near)])


def _meant(name: str, word: str, arguments: str) -> list[str]:
    return [_MEANT[word][name == "file"].format(arguments)] if word in _MEANT else []


def _signed(one: Filter, texts: list[str]) -> list[str]:
    return [f"-{text}" if one.negated and not text.startswith("rev:") else text for text in texts]


def mended_predicates(one: Filter) -> list[str]:
    """What a predicate that Sourcegraph refuses or misreads may be meant for, the likeliest first."""
    name, _, rest = one.value.partition("(")
    arguments = rest[:-1]
    if one.name == "file" and name.endswith("content") and one.negated:
        return [f"NOT {arguments}"] if re.fullmatch(r"\w[\w.]*", arguments) else []
    if name in ("has", "contains"):
        return _signed(one, _meant(one.name, name, arguments))
    if name in ("at.time", "has.commit.after", "contains.commit.after"):
        moment, comma, revision = arguments.partition(",")
        plain = dates.plainer(moment)
        return _signed(one, [f"{one.name}:{name}({plain}{comma}{revision})"] if plain else [])
    if name in ("has.file", "contains.file"):
        mended = re.sub(r"(?<=path:)[^\s\"']+", lambda match: _mended(match[0]), arguments)
    else:
        mended = _mended(arguments, of_paths=name.endswith("path"))
    return _signed(one, [f"{one.name}:{name}({mended})"])


def _mended(pattern: str, of_paths: bool = True) -> str:
    return next(iter(mended_regexps(pattern, of_paths) if regexps.fault(pattern) else []), pattern)
