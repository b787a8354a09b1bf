"""What stands in the parentheses of a predicate, and what Sourcegraph refuses there."""

import re
from collections import Counter

from nlsq.query import dates, regexps
from nlsq.query.scanner import Scanner
from nlsq.query.tree import Filter

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
