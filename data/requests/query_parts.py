"""What a query consists of, for those who write or judge requests for it: names, dates, fixed texts, its category."""

import re

from nlsq.filters import DATE_FILTERS, DEFAULT_HOST
from nlsq.query import dates, parse
from nlsq.query.parser import pattern_type_of
from nlsq.query.plan import normalised
from nlsq.query.predicates import file_arguments
from nlsq.query.tree import OR, REGEXP, Filter, Node, Operator, Term, is_terms_only, leaves
from nlsq.query.values import switch


def tree_of(query: str) -> Node | None:
    """The tree of ``query`` with canonical filter names; None for a query without anything."""
    tree = parse(query)
    return normalised(tree, pattern_type_of(query)) if tree else None


def leaves_of(query: str) -> list[Term | Filter]:
    """All terms and filters of ``query``, with canonical names."""
    tree = tree_of(query)
    return list(leaves(tree)) if tree else []


def alternatives_of(node: Node | None) -> list[bool]:
    """For every OR in a tree: True when it is one of terms alone."""
    if not isinstance(node, Operator):
        return []
    inner = [found for operand in node.operands for found in alternatives_of(operand)]
    return [is_terms_only(node), *inner] if node.kind == OR else inner


def is_exclusion(leaf: Term | Filter) -> bool:
    """True for what a request has to exclude: a negated term or filter, ``fork:no``, ``archived:no``."""
    return leaf.negated or (
        isinstance(leaf, Filter) and leaf.name in ("fork", "archived") and switch(leaf.value) == "no"
    )


# ---------------------------------------------------------------------------------------------------------------------
# Dates

_TIME_PREDICATE = re.compile(r"(?:(?:has|contains)\.commit\.after|at\.time)\(([^,)]*).*\)", re.DOTALL)


def dates_of(leaf: Term | Filter) -> list[str]:
    """The dates in a filter: its value, or what a predicate over time has in its parentheses."""
    if not isinstance(leaf, Filter):
        return []
    if leaf.name in DATE_FILTERS or leaf.name == "repohascommitafter":
        return [leaf.value]
    match = _TIME_PREDICATE.fullmatch(leaf.value) if leaf.predicate else None
    return [match[1].strip()] if match else []


def is_absolute(text: str) -> bool:
    """True for a date that is a day of the calendar, which people say by the day on which they ask."""
    return dates.meaning(text, None)[0] == "day"


def has_absolute_dates(query: str) -> bool:
    """True when ``query`` names a day of the calendar."""
    return any(is_absolute(text) for leaf in leaves_of(query) for text in dates_of(leaf))


# ---------------------------------------------------------------------------------------------------------------------
# Names

_PIECE = re.compile(
    r"""(?sx)
    (?P<token> \\(?:[pP](?:\{[^}]*\}|.) | x(?:\{[^}]*\}|[0-9a-fA-F]{2}) | .)   # escaped
             | \[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]                          # a class of characters
             | \(\?(?:P?<\w+>|[a-zA-Z-]*:|[a-zA-Z-]+\)) | . )
    (?P<repeated> [*+?]\?? | \{\d+,?\d*\}\?? )?
    """
)
_NO_WIDTH = frozenset(("^", "$", r"\b", r"\B", r"\A", r"\z"))
_LETTER = re.compile(r"[^\W_]")


def literals(pattern: str, dot: bool = True) -> list[str]:
    """The stretches of fixed text in a regular expression; ``dot``: a dot alone stands for itself, as in names."""
    text = ""
    for match in _PIECE.finditer(pattern):
        token, repeated = match["token"], match["repeated"] or ""
        if token in _NO_WIDTH:
            continue
        escaped = token[0] == "\\"
        fixed = not token[1].isalnum() if escaped else len(token) == 1 and token not in "()|"
        if token == "." and (repeated or not dot):
            fixed = False
        if fixed and not repeated.startswith(("*", "?", "{0")):
            text += token[-1]
        if not fixed or repeated:
            text += "\0"
    return [run for run in text.split("\0") if _LETTER.search(run)]


def is_pattern(value: str) -> bool:
    """True for more than a name with anchors and escapes: its fixed texts may be parts of words."""
    return bool(re.search(r"[*+?\[|]|\\[wdsWDS]", value))


# Filters and predicates whose values are words of any form rather than names: "tests" tells file:test.
_LOOSE = frozenset(("file", "message", "repohasfile"))
_TAGS = frozenset(("has.meta", "has", "has.tag", "has.key", "has.topic"))
_OWNED = frozenset(("has.owner", "has.contributor"))
# No part of a name that has to be said.
_UNSAID = frozenset((DEFAULT_HOST, DEFAULT_HOST.rpartition(".")[0]))


def names_of(leaf: Filter) -> tuple[list[str], bool]:
    """The texts in a filter's value that a request has to have; True when other forms of these words will do."""
    if leaf.predicate:
        return _names_in_predicate(leaf)
    if leaf.name == "repo":
        name, _, revision = (leaf.value, "", "") if leaf.negated else leaf.value.partition("@")
        return [part for part in _parts(name) if part not in _UNSAID] + _revisions(revision), False
    if leaf.name == "rev":
        return _revisions(leaf.value), False
    if leaf.name in ("file", "repohasfile"):
        return _parts(leaf.value), True
    if leaf.name in ("author", "committer", "message"):
        return literals(leaf.value.lstrip("@")), leaf.name in _LOOSE
    return ([leaf.value] if leaf.name == "context" and leaf.value != "global" else []), False


def _names_in_predicate(leaf: Filter) -> tuple[list[str], bool]:
    name, _, rest = leaf.value.partition("(")
    arguments = rest[:-1].strip()
    if dates_of(leaf):
        return _revisions(arguments.partition(",")[2].strip()), False
    if name in _TAGS:
        return [part for text in arguments.split(":") if (part := text.strip("\"' /"))], False
    if name in _OWNED:
        return literals(arguments.removeprefix("@")), False
    if name.endswith(".file") or name == "contains":
        return [part for _, value in file_arguments(arguments) or [] for part in _parts(value)], True
    return (_parts(arguments) if name.endswith(".path") else literals(arguments)), True


def _parts(pattern: str) -> list[str]:
    """The fixed texts of a path or a repository's name, one for each of its steps; of ``\\.go$`` it is ``go``."""
    runs = [run for run in literals(pattern) if run not in _UNSAID]
    return [part.removeprefix(".") for run in runs for part in run.split("/") if _LETTER.search(part)]


def _revisions(value: str) -> list[str]:
    """The names in ``main``, ``v1:v2``, ``*refs/heads/*:*!refs/heads/main``."""
    names = [re.sub(r"^[*!^]*(?:refs/\w+/?)?", "", part) for part in value.split(":")]
    return [part for name in names for text in name.split("*") if _LETTER.search(part := text.strip("/"))]


# ---------------------------------------------------------------------------------------------------------------------
# Category

_OF_COMMITS = frozenset(("author", "committer", "before", "after", "message"))
_OF_REPOSITORIES = frozenset(("repohasfile", "repohascommitafter"))
_OF_SCOPE = frozenset(("fork", "archived", "visibility", "case", "count", "context", "timeout", "select"))


def category_of(query: str) -> str:
    """The category of a record with ``query``: the first of these rules that holds."""
    found = leaves_of(query)
    filters = [leaf for leaf in found if isinstance(leaf, Filter)]
    names = {leaf.name for leaf in filters}
    said = {f"{leaf.name}:{leaf.value}" for leaf in filters}
    predicates = {leaf.name for leaf in filters if leaf.predicate}
    bounds = [leaf for leaf in filters if leaf.name in DATE_FILTERS]
    rules = (
        ("revisions", "rev" in names or any(leaf.name == "repo" and "@" in leaf.value for leaf in filters)),
        ("symbols", "type:symbol" in said),
        ("dates", len(bounds) > 1 or any(is_absolute(leaf.value) for leaf in bounds)),
        ("diffs", "type:diff" in said),
        ("commits", "type:commit" in said or bool(names & _OF_COMMITS)),
        ("repositories", bool(said & {"select:repo", "type:repo"}) or "repo" in predicates),
        ("repositories", bool(names & _OF_REPOSITORIES) or (names == {"repo"} and len(filters) == len(found))),
        ("scope", bool(names & _OF_SCOPE) or bool(predicates)),
        ("regex", any(isinstance(leaf, Term) and leaf.kind == REGEXP for leaf in found)),
        ("boolean", any(leaf.negated for leaf in found) or bool(alternatives_of(tree_of(query)))),
        ("paths", "file" in names),
        ("repo-named", "repo" in names),
    )
    return next((category for category, holds in rules if holds), "content")
