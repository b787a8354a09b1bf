"""Everything that is wrong with a query: what Sourcegraph refuses, and what it accepts and reads otherwise."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from nlsq.filters import BY_NAME, CANONICAL_NAME, COMMIT_FILTERS, LOOK_ALIKES, TYPES
from nlsq.query import dates, regexps
from nlsq.query.parser import KEYWORD, PATTERN_TYPES, QueryError, parse, pattern_type_of
from nlsq.query.plan import MAX_BASIC_QUERIES, BasicQuery, TooManyError, basic_queries
from nlsq.query.predicates import predicate_fault
from nlsq.query.tree import AND, LITERAL, OR, REGEXP, STRUCTURAL, Filter, Node, Operator, Span, Term, leaves
from nlsq.query.values import value_fault

ERROR = "error"
WARNING = "warning"

_LOOK_ALIKE = re.compile(r"-?([A-Za-z_]+):(?!:|//)")
_MINUS_TERM = re.compile(r"-[^\s\->]")
_PREDICATE_LIKE = re.compile(r"(?:has|contains)\b[a-z.]*\(")


@dataclass(frozen=True)
class Finding:
    """One fault: ``severity`` is ``error`` or ``warning``; ``start`` and ``end`` are code points in the query."""

    severity: str
    message: str
    start: int
    end: int


def check(query: str, pattern_type: str = KEYWORD) -> list[Finding]:
    """All findings of ``query``, in order of place. A query without a finding is valid. Never raises."""
    kind = pattern_type_of(query, pattern_type)
    try:
        tree = parse(query, pattern_type)
    except QueryError as error:
        return [Finding(ERROR, error.message, error.start, error.end)]
    if tree is None:
        return []
    findings = [*_term_findings(tree, kind), *_filter_warnings(tree), *_or_findings(query, tree)]
    try:
        for basic in basic_queries(tree, kind):
            findings += _basic_findings(basic, kind)
    except TooManyError:
        message = f"this stands for more than {MAX_BASIC_QUERIES:,} queries without OR over filters"
        findings.append(Finding(ERROR, message, 0, len(query)))
    return sorted(set(findings), key=lambda finding: (finding.start, finding.end, finding.message))


def is_valid(query: str) -> bool:
    """True when the query is not blank and ``check`` has no finding."""
    return bool(query.strip()) and not check(query)


def _at(severity: str, message: str, span: Span) -> Finding:
    return Finding(severity, message, span.start, span.end)


# ---- what is refused, basic query by basic query


def _basic_findings(basic: BasicQuery, kind: str) -> Iterator[Finding]:
    seen: Counter[str] = Counter()
    for one in basic.filters:
        yield from (_at(ERROR, message, one.span) for message in _filter_faults(one, seen))
        seen[one.name] += 1
    yield from _relation_findings(basic)
    if kind == STRUCTURAL:
        yield from _structural_findings(basic)


def _filter_faults(one: Filter, seen: Counter[str]) -> Iterator[str]:
    if one.predicate:
        if fault := predicate_fault(one):
            yield f"{one.name}:{one.value}: {fault}"
        return
    entry = BY_NAME.get(one.name)
    if entry is None:
        yield f"{one.name}: is not accepted; quote it to search for the text"
        return
    if entry.once and seen[one.name]:
        yield f"{one.name}: may stand only once"
    if one.negated and not entry.negatable:
        yield f"{one.name}: cannot be negated"
    if fault := value_fault(one):
        yield fault


def _relation_findings(basic: BasicQuery) -> Iterator[Finding]:
    """Filters that need or exclude one another."""
    by_name: dict[str, list[Filter]] = {}
    for one in basic.filters:
        by_name.setdefault(one.name, []).append(one)
    types = {one.value for one in by_name.get("type", ())}
    for one in basic.filters:
        if one.name in COMMIT_FILTERS and not types & {"commit", "diff"}:
            yield _at(ERROR, f"{one.name}: needs type:commit or type:diff", one.span)
        if one.name == "repohasfile" and "symbol" in {value.lower() for value in types}:
            yield _at(ERROR, "repohasfile: does not go with type:symbol", one.span)
    revisions, repositories = by_name.get("rev", []), by_name.get("repo", [])
    if revisions and not any(one.value for one in repositories):
        yield _at(ERROR, "rev: needs a repo:, repo:.* for all of them", revisions[0].span)
    if revisions and any("@" in one.value and not one.negated for one in repositories):
        yield _at(ERROR, "rev: does not go with a repo: that names a revision with @", revisions[0].span)
    globs = [one for one in repositories if "*" in one.value.partition("@")[2]] + [
        one for one in revisions if "*" in one.value
    ]
    for one in by_name.get("index", ()):
        if globs and one.value.lower() in ("o", "only"):
            yield _at(ERROR, "index:only does not go with a ref glob", one.span)


def _structural_findings(basic: BasicQuery) -> Iterator[Finding]:
    terms = [leaf for leaf in leaves(basic.pattern) if isinstance(leaf, Term)] if basic.pattern else []
    for term in terms:
        if term.negated:
            yield _at(ERROR, "structural search has no negated terms", term.span)
    for one in basic.filters:
        if one.name == "type" and terms:
            yield _at(ERROR, "structural search does not go with type:", one.span)


# ---- what is misread


def _term_findings(tree: Node, kind: str) -> Iterator[Finding]:
    for leaf in leaves(tree):
        if isinstance(leaf, Term):
            if leaf.kind == REGEXP:
                if fault := regexps.fault(_tolerated(leaf.value) if kind == REGEXP else leaf.value):
                    yield _at(ERROR, f"not a regular expression: {fault}", leaf.span)
            elif not leaf.quoted and leaf.kind == LITERAL:
                yield from (_at(WARNING, message, leaf.span) for message in _literal_warnings(leaf.value))
        elif leaf.name.lower() == "content" and kind == REGEXP and not leaf.quoted:
            fault = regexps.fault(_tolerated(leaf.value))
            yield from [_at(ERROR, f"not a regular expression: {fault}", leaf.span)] if fault else []


def _tolerated(pattern: str) -> str:
    """``pattern`` as regexp search reads it: ``()`` and one trailing ``(`` stand for themselves."""
    pieces = re.findall(r"\\.|\(\)|.", pattern, re.DOTALL)
    pieces = [r"\(\)" if piece == "()" else piece for piece in pieces]
    if pieces and pieces[-1] == "(":
        pieces[-1] = r"\("
    return "".join(pieces)


def _literal_warnings(value: str) -> Iterator[str]:
    look_alike = _LOOK_ALIKE.match(value)
    if look_alike and look_alike[1].lower() in LOOK_ALIKES:
        yield f"{look_alike[1]}: is no filter, so it is searched as text; quote it if that is meant"
    elif _MINUS_TERM.match(value):
        yield "a minus negates filters only; write NOT before one term, or quote it"
    if value != "()" and (value.startswith("(") or value.count(")") > value.count("(")):
        yield "a parenthesis is not closed, so all are read as text"


def _filter_warnings(tree: Node) -> Iterator[Finding]:
    for leaf in leaves(tree):
        if isinstance(leaf, Filter):
            name = CANONICAL_NAME.get(leaf.name.lower(), leaf.name)
            yield from (_at(WARNING, message, leaf.span) for message in _misread(name, leaf))


def _misread(name: str, one: Filter) -> Iterator[str]:
    if not one.value:
        yield f"{name}: has no value, so Sourcegraph drops it"
    elif one.predicate:
        moment = one.value.partition("(")[2][:-1].partition(",")[0]
        timed = one.value.startswith(("at.time(", "has.commit.after(", "contains.commit.after("))
        if timed and dates.is_understood(moment) and not dates.is_plain(moment):
            yield f"{moment} is read as another date than it looks"
    elif name in ("repo", "file") and _PREDICATE_LIKE.match(one.value):
        yield f"{one.value.partition('(')[0]} is no predicate of {name}:, so it is read as a regular expression"
    elif name == "type" and one.value not in TYPES:
        yield f"type:{one.value} is unknown and adds nothing"
    elif name == "visibility" and one.value.lower() not in ("any", "public", "private"):
        yield f"visibility:{one.value} is unknown and means any"
    elif name == "patterntype" and one.value not in PATTERN_TYPES:
        yield f"patterntype:{one.value} is unknown and changes nothing"
    elif name in ("after", "before") and dates.is_understood(one.value) and not dates.is_plain(one.value):
        yield f"{name}:{one.value} is read as another date than it looks"


def _or_findings(query: str, tree: Node) -> Iterator[Finding]:
    """An OR that takes in filters on one side only, and was not written with parentheses that say so."""
    if not isinstance(tree, Operator) or tree.kind != OR:
        return
    has_filters = [any(isinstance(leaf, Filter) for leaf in leaves(operand)) for operand in tree.operands]
    if all(has_filters) or not any(has_filters):
        return
    for operand, filtered in zip(tree.operands, has_filters, strict=True):
        if filtered and isinstance(operand, Operator) and operand.kind == AND and not _is_wrapped(query, operand.span):
            yield _at(
                WARNING, "these filters hold on one side of the OR only; put its terms in parentheses", operand.span
            )


def _is_wrapped(query: str, span: Span) -> bool:
    """True when parentheses stand right around ``span`` and belong together."""
    if not (query[: span.start].rstrip().endswith("(") and query[span.end :].lstrip().startswith(")")):
        return False
    depth = 0
    for character in query[span.start : span.end]:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False  # the parenthesis before closes inside, so it is another group's
    return depth == 0
