"""What is wrong with a Sourcegraph query (pattern type keyword), as far as its words alone tell.

``check`` scans a query into pieces the way Sourcegraph's own scanner does (filters with quoted, predicate and balanced
values; regular expressions between slashes; quoted terms; operators and parentheses) and reports what Sourcegraph
refuses (errors) and what it accepts and misreads (warnings). It does not build a tree: precedence and hoisting are
judged only where a top-level ``OR`` stands beside a group.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nlsq import filters

ERROR = "error"
WARNING = "warning"

OPERATORS = ("AND", "OR", "NOT")
YES_NO_ONLY = re.compile(
    r"(?:y|Y|yes|YES|Yes|n|N|no|NO|No|o|only|ONLY|Only|[01tTfF]|true|TRUE|True|false|FALSE|False)$"
)
BOOLEAN = re.compile(r"(?i:y|yes|n|no)$|[01tTfF]$|(?:true|TRUE|True|false|FALSE|False)$")
DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h))+$|0$")
# Extensions and nicknames that are no alias of a language in GitHub Linguist, so Sourcegraph refuses them.
NOT_LANGUAGES = frozenset(
    [
        "py",
        "jsx",
        "kt",
        "cs",
        "hs",
        "ml",
        "pl",
        "clj",
        "ex",
        "erl",
        "fs",
        "jl",
        "h",
        "vb",
        "tf",
        "docker",
        "nodejs",
        "react",
        "ps1",
        "ipynb",
        "sol",
        "plaintext",
        "txt",
    ]
)
_UNIT = r"(?:minute|hour|day|week|month|year)s?"
_NUMBER = r"(?:\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten)"
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)"
)
_WEEKDAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
GOOD_DATE = re.compile(
    rf"""(?ix)^(?:
      \d{{5,}} | \d{{4}}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)?)? | \d{{4}}\.\d\d\.\d\d
    | (?:0?[1-9]|1[0-2])/\d\d?/\d{{4}} | \d\d?\.\d\d?\.\d{{4}}
    | {_MONTH}\ \d\d?,?\ \d{{4}} | \d\d?\ {_MONTH},?\ \d{{4}}
    | {_NUMBER}\ {_UNIT}\ ago | (?:last|past|previous)\ (?:{_NUMBER}\ )?{_UNIT}
    | (?:(?:last|past|previous)\ )?(?:{_WEEKDAY}|(?!(?:jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)$){_MONTH})
    | today | yesterday
    )$"""
)


@dataclass(frozen=True)
class Finding:
    """One fault: ``severity`` is ``error`` or ``warning``; ``start`` and ``end`` are code points in the query."""

    severity: str
    message: str
    start: int
    end: int


@dataclass(frozen=True)
class Piece:
    """One scanned piece. ``kind``: filter, term, operator, open, close. ``form``: plain, quoted, regexp, predicate."""

    kind: str
    text: str
    start: int
    end: int
    form: str = "plain"
    name: str = ""
    value: str = ""
    negated: bool = False


class _ScanError(Exception):
    """A place at which Sourcegraph's scanner gives up."""

    def __init__(self, message: str, start: int, end: int):
        super().__init__(message)
        self.finding = Finding(ERROR, message, start, end)


_FILTER_HEAD = re.compile(r"(-?)([A-Za-z]+):")
_DELIMITED = {
    '"': re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL),
    "'": re.compile(r"'((?:\\.|[^'\\])*)'", re.DOTALL),
    "/": re.compile(r"/((?:\\.|[^/\\])+)/", re.DOTALL),
}
_ENDS_TERM = re.compile(r"[\s)]|$")


def _balanced_end(query: str, start: int) -> int:
    """End of the stretch at ``start``: up to whitespace outside parentheses or a ``)`` of an outer group."""
    depth, place = 0, start
    while place < len(query):
        character = query[place]
        if character == "\\" and place + 1 < len(query):
            place += 2
            continue
        if character == "(":
            depth += 1
        elif character == ")":
            if depth == 0:
                break
            depth -= 1
        elif character.isspace() and depth == 0:
            break
        elif character.isspace() and re.match(r"\s+(?:and|or|not)\s|\s+-?[A-Za-z]+:", query[place:], re.IGNORECASE):
            return -1
        place += 1
    return place if depth == 0 else -1


def _stretch_end(query: str, start: int) -> int:
    end = _balanced_end(query, start)
    if end >= 0:
        return end
    match = re.compile(r"(?:\\.|[^\s()\\])*").match(query, start)
    assert match is not None
    return max(match.end(), start)


def _scan_filter(query: str, head: re.Match[str]) -> Piece:
    name = filters.CANONICAL_NAME[head[2].lower()]
    start, place = head.start(), head.end()
    negated = head[1] == "-"

    def piece(end: int, form: str, value: str) -> Piece:
        return Piece("filter", query[start:end], start, end, form, name, value, negated)

    if query[place : place + 1] in ('"', "'"):
        quoted = _DELIMITED[query[place]].match(query, place)
        if not quoted:
            raise _ScanError("the quoted value is not closed", place, len(query))
        for escape in re.findall(r"\\.", quoted[1], re.DOTALL):
            if escape[1] not in "abfvnrt\\\"'":
                raise _ScanError(f"{escape} is no escape inside quotes", place, quoted.end())
        value = re.sub(r"""\\([\\"'])""", r"\1", quoted[1])
        return piece(quoted.end(), "quoted", value)
    predicate = re.compile(r"[a-z.]+(?=\()").match(query, place)
    if predicate and predicate[0] in filters.PREDICATES.get(name, ()):
        end = _predicate_end(query, predicate.end())
        if end:
            return piece(end, "predicate", query[place:end])
    end = _stretch_end(query, place)
    return piece(end, "plain", query[place:end])


def _predicate_end(query: str, start: int) -> int:
    """End of the balanced parentheses that open at ``start``; 0 when they never close."""
    depth, place = 0, start
    while place < len(query):
        if query[place] == "\\":
            place += 1
        elif query[place] == "(":
            depth += 1
        elif query[place] == ")":
            depth -= 1
            if depth == 0:
                return place + 1
        place += 1
    return 0


def _scan_operator(query: str, place: int) -> Piece | None:
    match = re.compile(r"(and|or|not)(?=[\s(])", re.IGNORECASE).match(query, place)
    if not match:
        return None
    before = query[:place]
    word = match[1].upper()
    if word == "NOT":
        fits = (not before or before[-1].isspace() or before[-1] in "()") and query[match.end()].isspace()
    else:
        fits = (
            bool(before.strip()) and (before[-1].isspace() or before[-1] == ")") and bool(query[match.end() :].strip())
        )
    return Piece("operator", word, place, match.end()) if fits else None


def scan(query: str) -> Iterator[Piece]:
    """Yield the pieces of ``query`` from left to right; raises on an unclosed or ill-escaped filter value."""
    place = 0
    while place < len(query):
        character = query[place]
        if character.isspace():
            place += 1
            continue
        piece = _scan_operator(query, place)
        if piece is None and query[place : place + 2] == "()":
            piece = Piece("term", "()", place, place + 2)
        if piece is None and character in "()":
            piece = Piece("open" if character == "(" else "close", character, place, place + 1)
        if piece is None:
            head = _FILTER_HEAD.match(query, place)
            if head and head[2].lower() in filters.CANONICAL_NAME:
                piece = _scan_filter(query, head)
        if piece is None:
            piece = _scan_term(query, place)
        yield piece
        place = piece.end


def _scan_term(query: str, place: int) -> Piece:
    delimited = _DELIMITED[query[place]].match(query, place) if query[place] in _DELIMITED else None
    if delimited and _ENDS_TERM.match(query, delimited.end()):
        form = "regexp" if query[place] == "/" else "quoted"
        return Piece("term", delimited[0], place, delimited.end(), form, value=delimited[1])
    end = max(_stretch_end(query, place), place + 1)
    return Piece("term", query[place:end], place, end, value=query[place:end])


def check(query: str) -> list[Finding]:
    """All findings of ``query``, in order of place. A query without a finding is valid. Never raises."""
    try:
        pieces = list(scan(query))
    except _ScanError as error:
        return [error.finding]
    findings: list[Finding] = []
    for piece in pieces:
        if piece.kind == "filter":
            findings += _filter_findings(piece)
        elif piece.kind == "term":
            findings += _term_findings(piece)
    findings += _structure_findings(pieces)
    findings += _relation_findings(pieces)
    return sorted(findings, key=lambda finding: (finding.start, finding.end))


def is_valid(query: str) -> bool:
    """True when the query is not blank and ``check`` has no finding."""
    return bool(query.strip()) and not check(query)


def _regexp_fault(pattern: str) -> str:
    """What RE2 has against ``pattern``, or an empty text (Python's engine compiles, RE2's limits are added)."""
    if re.search(r"\(\?(?:[=!]|<[=!]|P=|>)|\\[1-9]", pattern):
        return "look-around and back-references do not exist in RE2"
    if re.search(r"(?<!\\)[*+?}][*+]", pattern):
        return "stacked repetition"
    plain = re.sub(r"\\[pP](?:\{\w+\}|\w)|\\[zQEC]", "x", pattern)
    plain = re.sub(r"\(\?(?:[a-zA-Z]+)\)", "", plain)  # RE2 takes flags anywhere
    try:
        re.compile(plain)
    except re.error as error:
        return str(error)
    return ""


def _term_findings(piece: Piece) -> list[Finding]:
    def finding(severity: str, message: str) -> Finding:
        return Finding(severity, message, piece.start, piece.end)

    if piece.form == "regexp":
        fault = _regexp_fault(piece.value)
        return [finding(ERROR, f"not a regular expression: {fault}")] if fault else []
    if piece.form == "quoted":
        return []
    look_alike = re.match(r"-?([A-Za-z_]+):(?!:|//)", piece.text)
    if look_alike and look_alike[1].lower() in filters.LOOK_ALIKES:
        return [
            finding(WARNING, f"{look_alike[1]}: is no filter, so it is searched as text; quote it if that is meant")
        ]
    if piece.text.startswith("-") and len(piece.text) > 1 and not re.match(r"--|-[>\d=]", piece.text):
        return [finding(WARNING, f"{piece.text} does not negate; write NOT {piece.text[1:]}")]
    return []


def _filter_findings(piece: Piece) -> list[Finding]:
    name, value = piece.name, piece.value

    def one(severity: str, message: str) -> list[Finding]:
        return [Finding(severity, message, piece.start, piece.end)]

    if not value:
        return one(WARNING, f"{name}: has no value, so Sourcegraph drops it")
    if piece.negated and not filters.BY_NAME[name].negatable:
        return one(ERROR, f"{name}: cannot be negated")
    if piece.form == "predicate":
        if (
            piece.negated
            and value.startswith(("has.description(", "has.content(", "contains.content("))
            and not (name == "repo" and "content(" in value.split("(")[0] + "(")
        ):
            return one(ERROR, f"{value.split('(')[0]}() cannot be negated")
        if value.endswith("()") and not value.startswith(("has.owner", "has.contributor")):
            return one(ERROR, f"{value} needs an argument")
        return []
    if name in ("repo", "file") and re.match(r"(?:has|contains)\b[a-z.]*\(", value):
        return one(WARNING, f"{value.split('(')[0]} is no predicate of {name}:, so it is read as a regular expression")
    if name in ("repo", "file", "author", "committer", "message", "repohasfile"):
        fault = _regexp_fault(value.split("@")[0] if name == "repo" else value)
        return one(ERROR, f"not a regular expression: {fault}") if fault else []
    return _value_findings(name, value, one)


def _value_findings(name: str, value: str, one: Callable[[str, str], list[Finding]]) -> list[Finding]:
    wrong = {
        "case": lambda: not BOOLEAN.match(value),
        "fork": lambda: not YES_NO_ONLY.match(value),
        "archived": lambda: not YES_NO_ONLY.match(value),
        "index": lambda: not YES_NO_ONLY.match(value),
        "count": lambda: value.lower() != "all" and not re.match(r"\+?0*[1-9]\d{0,9}$", value),
        "timeout": lambda: not DURATION.match(value),
        "select": lambda: value not in filters.SELECT_PATHS,
        "lang": lambda: value.lower() in NOT_LANGUAGES,
    }
    misread = {
        "type": lambda: value not in filters.TYPES,
        "visibility": lambda: value.lower() not in ("any", "private", "public"),
        "patterntype": lambda: value not in ("keyword", "standard", "literal", "regexp", "regex", "structural"),
        "after": lambda: not GOOD_DATE.match(value),
        "before": lambda: not GOOD_DATE.match(value),
    }
    if name in wrong and wrong[name]():
        return one(ERROR, f"{value!r} is no value of {name}:")
    if name in misread and misread[name]():
        return one(WARNING, f"{name}:{value} is not read as it looks")
    return []


def _structure_findings(pieces: list[Piece]) -> list[Finding]:
    """Parentheses, operators without operands, what NOT may stand before, and OR beside a group."""
    findings: list[Finding] = []
    depth = 0
    top_level_or: Piece | None = None
    top_level_group = False
    top_level_term = False
    for place, piece in enumerate(pieces):
        following = pieces[place + 1] if place + 1 < len(pieces) else None
        if piece.kind == "open":
            top_level_group = top_level_group or depth == 0
            depth += 1
        elif piece.kind == "close":
            depth -= 1
            if depth < 0:
                return [*findings, Finding(ERROR, "this parenthesis closes nothing", piece.start, piece.end)]
        elif piece.kind == "term":
            top_level_term = top_level_term or depth == 0
        elif piece.kind == "operator":
            if piece.text == "OR" and depth == 0:
                top_level_or = piece
            if piece.text == "NOT" and following and following.kind == "open":
                findings.append(Finding(ERROR, "NOT takes one term or filter, not a group", piece.start, piece.end))
            if piece.text == "NOT" and following and following.kind == "filter" and following.negated:
                findings.append(Finding(ERROR, "NOT before a negated filter", piece.start, piece.end))
            if piece.text != "NOT" and (
                following is None
                or following.kind == "close"
                or (following.kind == "operator" and following.text != "NOT")
            ):
                findings.append(Finding(ERROR, f"{piece.text} has no right side", piece.start, piece.end))
    if depth > 0 and not _only_open_calls(pieces):
        findings.append(Finding(WARNING, "a parenthesis is not closed, so all are read as text", 0, 0))
    if top_level_or and top_level_group and top_level_term:
        findings.append(
            Finding(
                WARNING,
                "this OR takes in the group beside it; put its terms in parentheses",
                top_level_or.start,
                top_level_or.end,
            )
        )
    return findings


def _only_open_calls(pieces: list[Piece]) -> bool:
    """True for ``name(`` without any group: read as text, Sourcegraph finds just these characters."""
    opens = [place for place, piece in enumerate(pieces) if piece.kind == "open"]
    called = all(
        place and pieces[place - 1].kind == "term" and pieces[place - 1].end == pieces[place].start for place in opens
    )
    return called and not any(piece.kind == "close" for piece in pieces)


def _relation_findings(pieces: list[Piece]) -> list[Finding]:
    """Filters that need, exclude or repeat one another. OR between filters makes separate queries, so repeats pass."""
    given = [piece for piece in pieces if piece.kind == "filter"]
    names = Counter(piece.name for piece in given)
    findings: list[Finding] = []
    with_or = any(piece.kind == "operator" and piece.text == "OR" for piece in pieces)
    for piece in given:
        if filters.BY_NAME[piece.name].once and names[piece.name] > 1 and not with_or:
            findings.append(Finding(ERROR, f"{piece.name}: may stand only once", piece.start, piece.end))
    types = {piece.value for piece in given if piece.name == "type"}
    for piece in given:
        if piece.name in filters.COMMIT_FILTERS and not types & {"commit", "diff"}:
            findings.append(Finding(ERROR, f"{piece.name}: needs type:commit or type:diff", piece.start, piece.end))
    revisions = [piece for piece in given if piece.name == "rev"]
    repositories = [piece for piece in given if piece.name == "repo"]
    if revisions and not any(piece.value for piece in repositories):
        findings.append(Finding(ERROR, "rev: needs a repo:", revisions[0].start, revisions[0].end))
    if revisions and any("@" in piece.value and not piece.negated for piece in repositories):
        findings.append(Finding(ERROR, "rev: and @ do not go together", revisions[0].start, revisions[0].end))
    return findings
