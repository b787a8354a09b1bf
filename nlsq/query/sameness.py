"""When two queries are the same: decided by a normal form that forgets what does not change the results.

Loose on purpose where an answer that finds a little more is still an answer: anchors, a leading host, letter case.
"""

import re
from collections.abc import Hashable, Iterable
from datetime import date

from nlsq.filters import DATE_FILTERS, DEFAULT_HOST, DEFAULTS, SWITCHES
from nlsq.query import dates
from nlsq.query.checking import check
from nlsq.query.languages import language
from nlsq.query.parser import KEYWORD, PATTERN_TYPES, parse, pattern_type_of
from nlsq.query.plan import BasicQuery, basic_queries
from nlsq.query.predicates import file_arguments
from nlsq.query.scanner import ScanError, Scanner
from nlsq.query.tree import REGEXP, Filter, Node, Operator, Term
from nlsq.query.values import switch

_ANY_CASE = frozenset(("author", "committer", "message"))
_DATES = DATE_FILTERS | {"repohascommitafter"}
# Predicates that go by two names.
_PREDICATE_NAMES = {
    "contains.path": "has.path",
    "contains.file": "has.file",
    "contains.content": "has.content",
    "contains.commit.after": "has.commit.after",
    "contains": "has.file",
    "has": "has.meta",
}
# Predicates of one regular expression over text.
_EXPRESSIONS = frozenset(("has.content", "has.contributor"))

Form = Hashable


def equivalent(one: str, other: str, today: date | None = None) -> bool:
    """True when both queries ask for the same. A query with an error equals only itself.

    ``today`` makes relative and absolute dates comparable.
    """
    if one == other:
        return True
    if not (_is_accepted(one) and _is_accepted(other)):
        return False
    return normal_form(one, today) == normal_form(other, today)


def key(query: str) -> str:
    """A text that is equal for equivalent queries, for finding duplicates; the query itself when it has an error."""
    return _text(normal_form(query)) if _is_accepted(query) else query


def normal_form(query: str, today: date | None = None) -> Form:
    """The set of basic queries that ``query`` stands for, each a set of conditions. Of valid queries only."""
    kind = pattern_type_of(query, KEYWORD)
    tree = parse(query)
    if tree is None:
        return frozenset()
    return frozenset(_basic_form(basic, today) for basic in basic_queries(tree, kind))


def _is_accepted(query: str) -> bool:
    return not any(finding.severity == "error" for finding in check(query))


def _text(form: Form) -> str:
    if isinstance(form, frozenset):
        return "{" + " ".join(sorted(map(_text, form))) + "}"
    if isinstance(form, tuple):
        return "(" + " ".join(map(_text, form)) + ")"
    return repr(form)


def _basic_form(basic: BasicQuery, today: date | None) -> Form:
    filters = {_filter_form(one, today) for one in basic.filters if one.name not in ("repo", "rev")}
    filters |= set(_repository_forms(basic, today))
    exact_case = ("case", "yes", False) in filters
    # The pattern type is in the terms already.
    filters -= {("patterntype", kind, False) for kind in PATTERN_TYPES}
    filters -= {(name, value, False) for name, value in DEFAULTS}
    pattern = _pattern_form(basic.pattern, exact_case) if basic.pattern else None
    return frozenset(filters), pattern


def _pattern_form(node: Node, exact_case: bool) -> Form:
    if isinstance(node, Operator):
        return _joined_forms(node.kind, (_pattern_form(operand, exact_case) for operand in node.operands))
    assert isinstance(node, Term)
    value = node.value if exact_case else _folded(node.value) if node.kind == REGEXP else _lower(node.value)
    return (node.kind, value, node.negated)


def _joined_forms(kind: str, forms: Iterable[Form]) -> Form:
    """The forms under one operator: repetitions count once, which may leave one, or an operator in the same kind."""
    operands: set[Form] = set()
    for form in forms:
        nested = isinstance(form, tuple) and len(form) == 2 and form[0] == kind
        operands |= form[1] if nested else {form}  # type: ignore[index]
    return next(iter(operands)) if len(operands) == 1 else (kind, frozenset(operands))


# ---- filters


def _repository_forms(basic: BasicQuery, today: date | None) -> Iterable[Form]:
    """``repo:`` filters with their revisions, however these were written; ``rev:`` predicates apart."""
    given = basic.with_revisions()
    if not any(one.name == "repo" and not one.negated and not one.predicate for one in given):
        # Nothing takes the revision, so to Sourcegraph it changes nothing; who wrote it meant something.
        yield from (
            ("rev", _revisions_form(one.value)) for one in basic.filters if one.name == "rev" and not one.predicate
        )
    for one in given:
        if one.name == "rev":
            yield ("rev", _predicate_form(one.value, today), False)
        elif one.name == "repo" and one.predicate:
            yield _filter_form(one, today)
        elif one.name == "repo":
            name, _, revisions = (one.value, "", "") if one.negated else one.value.partition("@")
            yield ("repo", _path_form(name, host=True), one.negated, _revisions_form(revisions))


def _revisions_form(revisions: str) -> Form:
    parts = (part for part in revisions.split(":") if part)
    return frozenset(re.sub(r"(?:/\*|/)$", "", part) if part.startswith("*") else part for part in parts)


def _filter_form(one: Filter, today: date | None) -> Form:
    if one.predicate:
        return (one.name, _predicate_form(one.value, today), one.negated)
    if one.name == "repohasfile":  # deprecated for the predicate
        return ("repo", ("has.path", _path_form(one.value)), one.negated)
    return (one.name, _value_form(one.name, one.value, today), one.negated)


def _value_form(name: str, value: str, today: date | None) -> Form:
    if name == "lang":
        return language(value) or value.lower()
    if name in ("file", "repohasfile"):
        return _path_form(value)
    if name in SWITCHES:
        return switch(value)
    if name in _DATES:
        return dates.meaning(value, today)
    if name in _ANY_CASE:
        return _folded(value)
    if name == "count":
        return int(value)
    return value.lower() if name in ("visibility", "context") else value


def _predicate_form(value: str, today: date | None) -> Form:
    name, _, rest = value.partition("(")
    arguments = rest[:-1]
    name = _PREDICATE_NAMES.get(name, name)
    if name == "has.file":
        return _file_predicate_form(arguments)
    if name == "has.path":
        return (name, _path_form(arguments))
    if name == "has.commit.after":
        return (name, dates.meaning(arguments, today))
    if name == "at.time":
        moment, _, revision = arguments.partition(",")
        return (name, dates.meaning(moment, today), revision.strip() or "HEAD")
    if name == "has.meta":
        return (name, *_meta_form(arguments))
    if name in ("has.tag", "has.key"):  # the older names of a key without value, and with any
        return ("has.meta", ("text", arguments), ("text", "") if name == "has.tag" else None)
    if name == "has.description":  # its spaces match anything
        return (name, " ".join(_folded(arguments).split()))
    return (name, _folded(arguments) if name in _EXPRESSIONS else arguments)


def _file_predicate_form(arguments: str) -> Form:
    given = {field: value for field, value in file_arguments(arguments) or [("", arguments)] if value}
    path = given.get("path") or given.get("file") or given.get("") or ""
    content = given.get("content", "")
    if not content:
        return ("has.path", _path_form(path))
    return ("has.file", _path_form(path), _folded(content)) if path else ("has.content", _folded(content))


def _meta_form(arguments: str) -> tuple[Form, Form]:
    """Key and value of metadata; no value (None) is any. Spaces around both are dropped, those at the colon count."""
    text = arguments.strip(" \t")
    key_form, end = _meta_part(text, 0)
    return (key_form, _meta_part(text, end + 1)[0] if text[end : end + 1] == ":" else None)


def _meta_part(text: str, start: int) -> tuple[Form, int]:
    """The key or value at ``start``, in quotes, between slashes or plain up to a colon; and its end."""
    delimiter = text[start : start + 1]
    if delimiter and delimiter in "\"'/":
        try:
            found = Scanner(text).delimited(start, strict=delimiter != "/")
        except ScanError:
            found = None
        if found:
            return ("regexp" if delimiter == "/" else "text", found[0]), found[1]
    end = text.find(":", start)
    end = len(text) if end < 0 else end
    return ("text", text[start:end]), end


# ---- letter case and regular expressions

_UNICODE_CLASS = r"\\[pP](?:\{[^}]*\}|.)"
_EXPRESSION_PIECE = re.compile(
    rf"""(?xs)
      (?P<quoted>\\Q.*?(?:\\E|\Z)) | (?P<kept>{_UNICODE_CLASS} | \\. | \(\?[a-zA-Z-]+[:)])
    | (?P<class>\[\^?\]?(?:\\. | \[:\^?\w+:\] | [^\]\\])*+\]) | (?P<plain>.)
    """
)
_CLASS_MEMBER = rf"\[:\^?\w+:\]|{_UNICODE_CLASS}|\\x\{{[^}}]*\}}|\\x..|\\.|."
_CLASS_PIECE = re.compile(rf"(?s)({_CLASS_MEMBER})(?:-({_CLASS_MEMBER}))?")
_EXACT_CASE_FLAG = re.compile(r"\(\?[a-zA-Z]*-[a-zA-Z]*i")


def _lower(text: str) -> str:
    """``text`` in lower case, letter by letter: a whole word's last sigma would depend on its place."""
    return text.lower() if text.isascii() else "".join(map(str.lower, text))


def _folded(pattern: str) -> str:
    r"""A regular expression in lower case, where that changes nothing.

    ``\W`` is not ``\w`` and ``[A-z]`` is not ``[a-z]``; an expression that turns letter case on keeps its letters.
    """
    return "".join(_folded_pieces(pattern))


def _folded_pieces(pattern: str) -> list[str]:
    exact = bool(_EXACT_CASE_FLAG.search(pattern))
    pattern = pattern.removeprefix("(?i)")
    return [_folded_piece(match, exact) for match in _EXPRESSION_PIECE.finditer(pattern)]


def _folded_piece(match: re.Match[str], exact: bool) -> str:
    if match["kept"]:
        return match[0]
    if match["class"]:
        return _folded_class(match[0], exact)
    return match[0] if exact else _lower(match[0])


def _folded_class(text: str, exact: bool) -> str:
    """A class of characters with its members in order; ranges are folded only from a letter to one of its case."""
    sign = "^" if text[1] == "^" else ""
    inside = _CLASS_PIECE.finditer(text, 1 + len(sign), len(text) - 1)
    members = {_class_member(match[1], match[2], exact) for match in inside}
    # A mark between the members, or a minus would make new ranges.
    return f"[{sign}{chr(0).join(sorted(members))}]"


def _class_member(low: str, high: str | None, exact: bool) -> str:
    if high is None:
        low = "." if low == r"\." else low
        return low if exact or len(low) > 1 else _lower(low)
    letters = low.isascii() and high.isascii() and len(low) == len(high) == 1 and (low + high).isalpha()
    folds = letters and not exact and low.isupper() == high.isupper()
    return f"{low}-{high}".lower() if folds else f"{low}-{high}"


# What matches at the beginning of any path.
_IDLE_START = re.compile(r"(?:\(\?i\)|\(\^\|/\)|\(\?:\^\|/\)|\^|\.\*)*")


def _path_form(pattern: str, host: bool = False) -> str:
    """A repository's or file's expression without anchors, escapes of dots, and what matches anything in front."""
    while (start := _IDLE_START.match(pattern)) and start[0]:
        pattern = pattern[start.end() :]
    pieces = _folded_pieces(pattern)
    if pieces[-1:] == ["$"]:
        pieces.pop()
    if pieces[-2:] == [".", "*"]:
        del pieces[-2:]
    text = "".join("." if piece == r"\." else piece for piece in pieces)
    return text.removeprefix(f"{DEFAULT_HOST}/") if host else text
