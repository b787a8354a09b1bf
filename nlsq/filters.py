"""The one table of Sourcegraph's filters, predicates and look-alikes.

Facts: Sourcegraph's public parser and validator (state of mid-2024) and its documentation.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Filter:
    """One filter: canonical name, aliases, whether ``-name:`` is allowed and whether it stands at most once."""

    name: str
    aliases: tuple[str, ...] = ()
    negatable: bool = False
    once: bool = False


# In the canonical order in which a query's filters are written.
FILTERS = (
    Filter("context", once=True),
    Filter("repo", ("r",), negatable=True),
    Filter("rev", ("revision",), once=True),
    Filter("fork", once=True),
    Filter("archived", once=True),
    Filter("visibility", once=True),
    Filter("lang", ("l", "language"), negatable=True),
    Filter("file", ("f", "path"), negatable=True),
    Filter("type"),
    Filter("select", once=True),
    Filter("author", negatable=True),
    Filter("committer", negatable=True),
    Filter("after", ("since",)),
    Filter("before", ("until",)),
    Filter("message", ("m", "msg"), negatable=True),
    Filter("case", once=True),
    Filter("count", once=True),
    Filter("timeout", once=True),
    Filter("patterntype", once=True),
    Filter("content", negatable=True),
    Filter("repohasfile", negatable=True),
    Filter("repohascommitafter", once=True),
    Filter("index", once=True),
    Filter("rule", once=True),
)

CANONICAL_ORDER = {entry.name: place for place, entry in enumerate(FILTERS)}
CANONICAL_NAME = {name: entry.name for entry in FILTERS for name in (entry.name, *entry.aliases)}
BY_NAME = {entry.name: entry for entry in FILTERS}

# Written ``field:name(arguments)``; anything else in parentheses after a field is a regular expression.
PREDICATES = {
    "repo": [
        "has.path",
        "contains.path",
        "has.content",
        "contains.content",
        "has.file",
        "contains.file",
        "has.commit.after",
        "contains.commit.after",
        "has.description",
        "has.topic",
        "has.meta",
        "has",
        "has.tag",
        "has.key",
        "contains",
    ],
    "file": ["has.content", "contains.content", "has.owner", "has.contributor"],
    "rev": ["at.time"],
}

# Names that models and people invent: Sourcegraph searches for them as text, which is never what was meant.
LOOK_ALIKES = frozenset(
    [
        "async",
        "await",
        "name",
        "branch",
        "tag",
        "extension",
        "ext",
        "in",
        "is",
        "sort",
        "order",
        "stars",
        "org",
        "user",
        "symbol",
        "function",
        "func",
        "class",
        "method",
        "date",
        "filename",
        "dir",
        "directory",
        "folder",
        "topic",
        "license",
        "size",
        "owner",
        "contributor",
        "import",
        "keyword",
        "state",
        "label",
        "commit",
        "added",
        "removed",
        "created",
        "updated",
        "pushed",
        "merged",
        "since_date",
        "language_name",
        "lines",
        "repository",
        "repos",
        "project",
        "package",
        "module",
        "query",
        "search",
        "text",
        "string",
        "regex",
        "regexp",
        "pattern",
        "issue",
        "pr",
        "status",
        "followers",
        "forks",
        "archive",
        "private",
        "public",
    ]
)

TYPES = frozenset(["file", "path", "repo", "symbol", "diff", "commit"])

SYMBOL_KINDS = [
    "file",
    "module",
    "namespace",
    "package",
    "class",
    "method",
    "property",
    "field",
    "constructor",
    "enum",
    "interface",
    "function",
    "variable",
    "constant",
    "string",
    "number",
    "boolean",
    "array",
    "object",
    "key",
    "null",
    "enum-member",
    "struct",
    "event",
    "operator",
    "type-parameter",
]

SELECT_PATHS = frozenset(
    [
        "repo",
        "file",
        "file.directory",
        "file.path",
        "file.owners",
        "content",
        "symbol",
        "commit",
        "commit.diff",
        "commit.diff.added",
        "commit.diff.removed",
    ]
) | {f"symbol.{kind}" for kind in SYMBOL_KINDS}

# Filters whose value is yes, no or only, and settings that change nothing, for they are the default.
SWITCHES = frozenset(("case", "fork", "archived", "index"))
DEFAULTS = frozenset((("context", "global"), ("case", "no"), ("patterntype", "keyword")))

# The filters that mean something only on commits and diffs.
COMMIT_FILTERS = frozenset(("author", "before", "after", "message"))

# The list by which the predecessor judged "syntax validity"; kept as it was, for comparison with its figures.
PREDECESSOR_OPERATORS = frozenset(
    [
        "repo",
        "file",
        "lang",
        "language",
        "l",
        "content",
        "type",
        "case",
        "rev",
        "fork",
        "archived",
        "visibility",
        "context",
        "author",
        "committer",
        "before",
        "after",
        "message",
        "count",
        "timeout",
        "patterntype",
        "select",
    ]
)
