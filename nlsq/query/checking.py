"""Everything that is wrong with a query: what Sourcegraph refuses, and what it accepts and reads otherwise."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from nlsq.filters import BY_NAME, CANONICAL_NAME, COMMIT_FILTERS, COMMIT_TYPES, DATE_FILTERS, LOOK_ALIKES, TYPES
from nlsq.query import dates, regexps, suggesting
from nlsq.query.parser import KEYWORD, PATTERN_TYPES, QueryError, parse, pattern_type_of
from nlsq.query.plan import MAX_BASIC_QUERIES, BasicQuery, TooManyError, basic_queries
from nlsq.query.predicates import looks_like_predicate, nearest_predicates, predicate_fault
from nlsq.query.tree import AND, LITERAL, OR, REGEXP, STRUCTURAL, Filter, Node, Operator, Span, Term, leaves
from nlsq.query.values import value_fault

ERROR = "error"
WARNING = "warning"

# Suggestions are tried out, each by another check, so there are few, and none in texts that nobody types.
MAX_SUGGESTIONS = 8
LONGEST_WITH_SUGGESTIONS = 2000

_LOOK_ALIKE = re.compile(r"-?([A-Za-z_]+):(?!:|//)")
_FIELD = re.compile(r"-?([A-Za-z]+):")
_MINUS_TERM = re.compile(r"-[^\s\->]")
_WORD_AFTER = re.compile(r"""\s+([^\s()"']+)""")
_LONGEST_CUT = 4  # words of a date after the space that cuts it: 1 "week from now", june "1 , 2023"


@dataclass(frozen=True)
class Finding:
    """One fault: ``severity`` is ``error`` or ``warning``; ``start`` and ``end`` are code points in the query.

    ``suggestion`` is a text to put in the place of that stretch, where one is near: it mends this fault.
    """

    severity: str
    message: str
    start: int
    end: int
    suggestion: str = ""


def _nothing() -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class _Fault:
    """A finding whose suggestion is not sought yet. ``hint``: what to say where there is none."""

    severity: str
    message: str
    start: int
    end: int
    candidates: Callable[[], Iterable[str]] = field(default=_nothing, compare=False)
    hint: str = field(default="", compare=False)
    by_parser: bool = False  # nothing else is looked at before this is mended


def check(query: str, pattern_type: str = KEYWORD) -> list[Finding]:
    """All findings of ``query``, in order of place. A query without a finding is valid. Never raises."""
    faults = _faults(query, pattern_type)
    most = MAX_SUGGESTIONS if len(query) <= LONGEST_WITH_SUGGESTIONS else 0
    return [
        _finding(fault, _suggestion(query, pattern_type, fault, faults) if number < most else "")
        for number, fault in enumerate(faults)
    ]


def _suggestion(query: str, pattern_type: str, fault: _Fault, faults: list[_Fault]) -> str:
    tried = dict.fromkeys(text for text in fault.candidates() if text)
    return next((text for text in tried if _mends(query, pattern_type, fault, faults, text)), "")


def _finding(fault: _Fault, suggestion: str) -> Finding:
    tail = f"; did you mean {suggestion}?" if suggestion else f"; {fault.hint}" if fault.hint else ""
    return Finding(fault.severity, fault.message + tail, fault.start, fault.end, suggestion)


def _mends(query: str, pattern_type: str, fault: _Fault, faults: list[_Fault], suggestion: str) -> bool:
    """True when ``suggestion`` in the place of ``fault`` leaves fewer faults, no new error, and not this one."""
    left = _faults(query[: fault.start] + suggestion + query[fault.end :], pattern_type)
    end = fault.start + len(suggestion)
    there = [one for one in left if one.start < end and fault.start < one.end]
    if fault.by_parser:
        return not there and not any(one.by_parser and one.start < end for one in left)
    if any(one.message == fault.message for one in there) or any(one.by_parser for one in left):
        return False
    errors = [sum(one.severity == ERROR for one in some) for some in (left, faults)]
    return len(left) < len(faults) and errors[0] <= errors[1] - (fault.severity == ERROR)


def _faults(query: str, pattern_type: str) -> list[_Fault]:
    kind = pattern_type_of(query, pattern_type)
    try:
        tree = parse(query, pattern_type)
    except QueryError as error:
        end, candidates = suggesting.for_refused(query, error, kind)
        return [_Fault(ERROR, error.message, error.start, end, _always(candidates), by_parser=True)]
    if tree is None:
        return []
    faults = [*_term_faults(query, tree, kind), *_filter_warnings(query, tree), *_or_faults(query, tree)]
    faults += _hidden_pattern_type(query, tree)
    try:
        for basic in basic_queries(tree, kind):
            faults += _basic_faults(query, basic, kind)
    except TooManyError:
        message = f"this stands for more than {MAX_BASIC_QUERIES:,} queries without OR over filters"
        faults.append(_Fault(ERROR, message, 0, len(query)))
    # One fault is found in each of the basic queries that it gets into.
    return sorted(dict.fromkeys(faults), key=lambda fault: (fault.start, fault.end, fault.message))


def _hidden_pattern_type(query: str, tree: Node) -> list[_Fault]:
    """``patterntype:`` in quotes or between slashes: Sourcegraph looks for it before it knows what quotes mean."""
    place = query.lower().find("patterntype:")
    given = (leaf.name.lower() for leaf in leaves(tree) if isinstance(leaf, Filter))
    if place < 0 or "patterntype" in given or pattern_type_of(query) == pattern_type_of(""):
        return []
    return [_Fault(WARNING, "patterntype: takes effect here, though it looks like text", place, place + 12)]


def is_valid(query: str) -> bool:
    """True when the query is not blank and ``check`` has no finding."""
    return bool(query.strip()) and not _faults(query, KEYWORD)


def _at(
    severity: str, message: str, span: Span, candidates: Callable[[], Iterable[str]] = _nothing, hint: str = ""
) -> _Fault:
    return _Fault(severity, message, span.start, span.end, candidates, hint)


# ---- what is refused, basic query by basic query


def _basic_faults(query: str, basic: BasicQuery, kind: str) -> Iterator[_Fault]:
    seen: Counter[str] = Counter()
    for one in basic.filters:
        yield from _refused(query, one, seen)
        seen[one.name] += 1
    yield from _relation_faults(query, basic)
    if kind == STRUCTURAL:
        yield from _structural_faults(basic)


def _refused(query: str, one: Filter, seen: Counter[str]) -> Iterator[_Fault]:
    if one.predicate:
        if fault := predicate_fault(one):
            yield _at(ERROR, f"{one.name}:{one.value}: {fault}", one.span, lambda: suggesting.for_filter(one.name, one))
        return
    entry = BY_NAME.get(one.name)
    if entry is None:
        hint = "quote it to search for the text"
        yield _at(ERROR, f"{one.name}: is not accepted", one.span, lambda: suggesting.for_filter(one.name, one), hint)
        return
    if entry.once and seen[one.name]:
        yield _at(ERROR, f"{one.name}: may stand only once", one.span)
    if one.negated and not entry.negatable:
        yield _at(ERROR, f"{one.name}: cannot be negated", one.span, lambda: suggesting.for_negated(one))
    if fault := value_fault(one):
        yield _at(ERROR, fault, one.span, lambda: suggesting.for_filter(one.name, one, query))


def _relation_faults(query: str, basic: BasicQuery) -> Iterator[_Fault]:
    """Filters that need or exclude one another."""
    by_name: dict[str, list[Filter]] = {}
    for one in basic.filters:
        by_name.setdefault(one.name, []).append(one)
    types = {one.value for one in by_name.get("type", ())}
    for one in basic.filters:
        if one.name in COMMIT_FILTERS and not types & COMMIT_TYPES:
            # Where another type is said already, nobody knows which of the two was meant.
            candidates = _nothing if types else _needing("type:commit", query, one)
            yield _at(ERROR, f"{one.name}: needs type:commit or type:diff", one.span, candidates)
        if one.name == "repohasfile" and "symbol" in {value.lower() for value in types}:
            yield _at(ERROR, "repohasfile: does not go with type:symbol", one.span)
    revisions, repositories = by_name.get("rev", []), by_name.get("repo", [])
    if revisions and not any(one.value for one in repositories):
        candidates = _needing("repo:.*", query, revisions[0])
        yield _at(ERROR, "rev: needs a repo:, repo:.* for all of them", revisions[0].span, candidates)
    if revisions and any("@" in one.value and not one.negated for one in repositories):
        yield _at(ERROR, "rev: does not go with a repo: that names a revision with @", revisions[0].span)
    globs = [one for one in repositories if "*" in one.value.partition("@")[2]] + [
        one for one in revisions if "*" in one.value
    ]
    for one in by_name.get("index", ()):
        if globs and one.value.lower() in ("o", "only"):
            yield _at(ERROR, "index:only does not go with a ref glob", one.span)


def _needing(needed: str, query: str, one: Filter) -> Callable[[], Iterable[str]]:
    return lambda: [f"{needed} {query[one.span.start : one.span.end]}"]


def _structural_faults(basic: BasicQuery) -> Iterator[_Fault]:
    terms = [leaf for leaf in leaves(basic.pattern) if isinstance(leaf, Term)] if basic.pattern else []
    for term in terms:
        if term.negated:
            yield _at(ERROR, "structural search has no negated terms", term.span)
    for one in basic.filters:
        if one.name == "type" and terms:
            yield _at(ERROR, "structural search does not go with type:", one.span)


# ---- what is misread


def _term_faults(query: str, tree: Node, kind: str) -> Iterator[_Fault]:
    for leaf in leaves(tree):
        if isinstance(leaf, Term):
            # Plain ones, without quotes or slashes: their value is what is written.
            if not leaf.quoted and leaf.kind != STRUCTURAL and query.endswith(leaf.value, 0, leaf.span.end):
                yield from _misread_term(query, leaf, tree, kind)
            if leaf.kind == REGEXP:
                yield from _regexp_faults(leaf, kind)
        elif leaf.name.lower() == "content" and kind == REGEXP and not leaf.quoted:
            yield from _regexp_faults(Term(leaf.value, REGEXP, leaf.negated, span=leaf.span), kind)


def _regexp_faults(term: Term, kind: str) -> Iterator[_Fault]:
    if fault := regexps.fault(tolerated(term.value) if kind == REGEXP else term.value):
        message = f"not a regular expression: {fault}"
        yield _at(ERROR, message, term.span, lambda: suggesting.for_regexp_term(term, kind))


def tolerated(pattern: str) -> str:
    """``pattern`` as regexp search reads it: ``()`` and one trailing ``(`` stand for themselves."""
    pieces = re.findall(r"\\.|\(\)|.", pattern, re.DOTALL)
    pieces = [r"\(\)" if piece == "()" else piece for piece in pieces]
    if pieces and pieces[-1] == "(":
        pieces[-1] = r"\("
    return "".join(pieces)


def _misread_term(query: str, term: Term, tree: Node, kind: str) -> Iterator[_Fault]:
    value = term.value
    look_alike = _LOOK_ALIKE.match(value)
    if look_alike and look_alike[1].lower() in LOOK_ALIKES:
        message = f"{look_alike[1]}: is no filter, so it is searched as text"
        # In the other pattern types quotes would be searched for, too.
        hint = "quote it if that is meant" if kind in (KEYWORD, REGEXP) else 'write content:"..." if that is meant'
        yield _at(WARNING, message, term.span, lambda: suggesting.for_look_alike(term, tree), hint)
    elif _MINUS_TERM.match(value):
        hint = "write NOT before one term, or quote it"
        message = "a minus negates filters only"
        end = suggesting.minus_end(query, term, kind)
        text = query[term.span.start + 1 : end]
        yield _Fault(WARNING, message, term.span.start, end, lambda: suggesting.for_minus(text, term, kind), hint)
    if term.kind == LITERAL and value != "()" and (value.startswith("(") or value.count(")") > value.count("(")):
        # In other pattern types parentheses are text anyway, unless they were to group what an OR joins.
        text_anyway = kind != KEYWORD and (value.count("(") == value.count(")") or not suggesting.has_or(tree))
        if not text_anyway:
            yield _at(WARNING, "a parenthesis is not closed, so all are read as text", term.span)


def _filter_warnings(query: str, tree: Node) -> Iterator[_Fault]:
    for leaf in leaves(tree):
        if isinstance(leaf, Filter):
            name = CANONICAL_NAME.get(leaf.name.lower(), leaf.name)
            if name in DATE_FILTERS and (cut := _cut_date(query, leaf)):
                yield _cut_fault(name, leaf, *cut)
            elif not leaf.value:
                end, meant = suggesting.value_after_space(query, leaf, name)
                message = f"{name}: has no value, so Sourcegraph drops it"
                yield _Fault(WARNING, message, leaf.span.start, end, _always(meant))
            elif looks_like_predicate(name, leaf.value) and not leaf.predicate and not leaf.quoted:
                message = f"{leaf.value.partition('(')[0]} is no predicate of {name}:, so it is read as "
                message += "a revision" if name == "rev" else "a regular expression"
                yield _at(WARNING, message, leaf.span, _nearest_predicates(name, leaf))
            elif message := _misread_value(name, leaf):
                yield _at(WARNING, message, leaf.span, _for_filter(name, leaf))


def _always(texts: list[str]) -> Callable[[], Iterable[str]]:
    return lambda: texts


def _nearest_predicates(name: str, one: Filter) -> Callable[[], Iterable[str]]:
    return lambda: nearest_predicates(name, one)


def _for_filter(name: str, one: Filter) -> Callable[[], Iterable[str]]:
    return lambda: suggesting.for_filter(name, replace(one, name=name))


def _misread_value(name: str, one: Filter) -> str:
    """What a filter's value is taken for, where that is not what it looks like."""
    if one.predicate:
        moment = one.value.partition("(")[2][:-1].partition(",")[0]
        timed = one.value.startswith(("at.time(", "has.commit.after(", "contains.commit.after("))
        misread = timed and dates.is_understood(moment) and not dates.is_plain(moment)
        return f"{moment} is read as another date than it looks" if misread else ""
    if name == "type" and one.value not in TYPES:
        return f"type:{one.value} is unknown and adds nothing"
    if name == "visibility" and one.value.lower() not in ("any", "public", "private"):
        return f"visibility:{one.value} is unknown and means any"
    if name == "patterntype" and one.value not in PATTERN_TYPES:
        return f"patterntype:{one.value} is unknown and changes nothing"
    if name in DATE_FILTERS and dates.is_understood(one.value) and not dates.is_plain(one.value):
        return f"{name}:{one.value} is read as another date than it looks"
    return ""


def _cut_date(query: str, one: Filter) -> tuple[str, int] | None:
    """``(date, end)`` when the words after an unquoted date belong to it (``after:5 days ago``), the longest such."""
    if one.quoted or not one.value:
        return None
    text, place = one.value, one.span.end
    found = None
    for _ in range(_LONGEST_CUT):
        match = _WORD_AFTER.match(query, place)
        if not match or _is_filter(match[1]):
            break
        before, text, place = text, f"{text} {match[1]}", match.end()
        # What adds nothing to the date, as a comma or half a time of day, is no part of it.
        if dates.is_said(text) and (dates.is_plain(text) or dates.plainer(text) != before):
            found = text, place
    return found


def _is_filter(word: str) -> bool:
    match = _FIELD.match(word)
    return match is not None and match[1].lower() in CANONICAL_NAME


def _cut_fault(name: str, one: Filter, meant: str, end: int) -> _Fault:
    message = f"{name}:{one.value} ends at the space, the words after it are search terms"
    texts = [dates.plainer(meant), meant if dates.is_plain(meant) else ""]
    candidates = [suggesting.written(name, text) for text in texts if text]
    return _Fault(WARNING, message, one.span.start, end, _always(candidates), "put quotes around the date")


def _or_faults(query: str, tree: Node) -> Iterator[_Fault]:
    """Each OR that takes in filters on one side only, and was not written with parentheses that say so."""
    if not isinstance(tree, Operator):
        return
    for operand in tree.operands:
        yield from _or_faults(query, operand)
    if tree.kind != OR:
        return
    has_filters = [any(isinstance(leaf, Filter) for leaf in leaves(operand)) for operand in tree.operands]
    if all(has_filters) or not any(has_filters):
        return
    for operand, filtered in zip(tree.operands, has_filters, strict=True):
        if filtered and isinstance(operand, Operator) and operand.kind == AND and not _is_wrapped(query, operand):
            yield _or_fault(query, tree)
            return


def _or_fault(query: str, node: Operator) -> _Fault:
    span = suggesting.outer(query, node.span, node)
    message = "these filters hold on one side of the OR only"
    return _at(
        WARNING, message, span, lambda: suggesting.with_parentheses(query, node, span), "put its terms in parentheses"
    )


def _is_wrapped(query: str, operand: Operator) -> bool:
    """True when parentheses stand right around ``operand``."""
    span = suggesting.outer(query, operand.span, operand)
    return query[: span.start].rstrip().endswith("(") and query[span.end :].lstrip().startswith(")")
