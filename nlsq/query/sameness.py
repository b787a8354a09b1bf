"""When two queries are the same: decided by a normal form that forgets what does not change the results.

Loose on purpose where an answer that finds a little more is still an answer: anchors, a leading host, letter case.
"""

import re
from collections.abc import Hashable, Iterable
from datetime import date

from nlsq.filters import DEFAULTS, SWITCHES
from nlsq.query import dates
from nlsq.query.checking import check
from nlsq.query.languages import language
from nlsq.query.parser import KEYWORD, PATTERN_TYPES, parse, pattern_type_of
from nlsq.query.plan import BasicQuery, basic_queries
from nlsq.query.predicates import file_arguments
from nlsq.query.tree import REGEXP, Filter, Node, Operator, Term
from nlsq.query.values import switch

_TRUE = frozenset(["y", "yes", "1", "t", "true"])
_FALSE = frozenset(["n", "no", "0", "f", "false"])
_ANY_CASE = frozenset(("author", "committer", "message"))
# Predicates that go by two names.
_PREDICATE_NAMES = {
    "contains.path": "has.path",
    "contains.file": "has.file",
    "contains.content": "has.content",
    "contains.commit.after": "has.commit.after",
    "contains": "has.file",
    "has": "has.meta",
}

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
    filters |= set(_repository_forms(basic))
    exact_case = ("case", "yes", False) in filters
    # The pattern type is in the terms already.
    filters -= {("patterntype", kind, False) for kind in PATTERN_TYPES}
    filters -= {(name, value, False) for name, value in DEFAULTS}
    pattern = _pattern_form(basic.pattern, exact_case) if basic.pattern else None
    return frozenset(filters), pattern


def _pattern_form(node: Node, exact_case: bool) -> Form:
    if isinstance(node, Operator):
        operands = frozenset(_pattern_form(operand, exact_case) for operand in node.operands)
        return next(iter(operands)) if len(operands) == 1 else (node.kind, operands)
    assert isinstance(node, Term)
    value = node.value if exact_case else _folded(node.value) if node.kind == REGEXP else node.value.lower()
    return (node.kind, value, node.negated)


def _folded(pattern: str) -> str:
    r"""A regular expression in lower case, but for what a backslash stands before: ``\W`` is not ``\w``."""
    return re.sub(r"(\\.)|([^\\]+)", lambda match: match[1] or match[2].lower(), pattern, flags=re.DOTALL)


def _repository_forms(basic: BasicQuery) -> Iterable[Form]:
    """``repo:`` filters with their revisions, however these were written; ``rev:`` predicates apart."""
    for one in basic.with_revisions():
        if one.name == "rev":
            yield ("rev", "".join(one.value.split()), False)
        elif one.name == "repo" and one.predicate:
            yield _filter_form(one, None)
        elif one.name == "repo":
            name, _, revisions = (one.value, "", "") if one.negated else one.value.partition("@")
            yield ("repo", _path_form(name, host=True), one.negated, _revisions_form(revisions))


def _revisions_form(revisions: str) -> Form:
    parts = (part for part in revisions.split(":") if part)
    return frozenset(re.sub(r"(?:/\*|/)$", "", part) if part.startswith("*") else part for part in parts)


def _filter_form(one: Filter, today: date | None) -> Form:
    if one.predicate:
        return (one.name, _predicate_form(one.value), one.negated)
    return (one.name, _value_form(one.name, one.value, today), one.negated)


def _value_form(name: str, value: str, today: date | None) -> Form:
    if name == "lang":
        return language(value) or value.lower()
    if name in ("file", "repohasfile"):
        return _path_form(value)
    if name in SWITCHES:
        return switch(value)
    if name in ("after", "before"):
        return dates.meaning(value, today)
    if name in _ANY_CASE:
        return _folded(value)
    if name == "count":
        return int(value)
    return value.lower() if name in ("visibility", "context") else value


def _path_form(pattern: str, host: bool = False) -> str:
    """A repository's or file's expression without anchors, escapes of dots, and what matches anything in front."""
    text = _folded(pattern.replace(r"\.", "."))
    for start in ("(^|/)", "(?:^|/)", "^", ".*", "^"):
        text = text.removeprefix(start)
    text = text.removesuffix("$").removesuffix(".*")
    return text.removeprefix("github.com/") if host else text


def _predicate_form(value: str) -> Form:
    name, _, rest = value.partition("(")
    arguments = rest[:-1].strip()
    name = _PREDICATE_NAMES.get(name, name)
    if name == "has.file":
        return _file_predicate_form(arguments)
    if name == "has.path":
        return ("has.path", _path_form(arguments))
    if name == "has.commit.after":
        return (name, dates.meaning(arguments, None))
    if name == "has.tag":
        return ("has.meta", f"{arguments}:")
    return (name, " ".join(arguments.split()))


def _file_predicate_form(arguments: str) -> Form:
    given = dict(file_arguments(arguments) or [("", arguments)])
    path = given.get("path") or given.get("file") or given.get("") or ""
    if "content" not in given:
        return ("has.path", _path_form(path))
    return ("has.file", _path_form(path), given["content"])
