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
        "added",
        "archive",
        "async",
        "authors",
        "await",
        "branch",
        "branches",
        "class",
        "classes",
        "commit",
        "commits",
        "committers",
        "contexts",
        "contributor",
        "contributors",
        "counts",
        "created",
        "date",
        "dates",
        "dir",
        "directories",
        "directory",
        "dirs",
        "ext",
        "extension",
        "extensions",
        "filename",
        "filenames",
        "filepath",
        "files",
        "folder",
        "folders",
        "followers",
        "forks",
        "func",
        "funcs",
        "function",
        "functions",
        "import",
        "in",
        "is",
        "issue",
        "keyword",
        "label",
        "labels",
        "langs",
        "language_name",
        "languages",
        "license",
        "licenses",
        "lines",
        "merged",
        "messages",
        "method",
        "methods",
        "module",
        "modules",
        "name",
        "order",
        "org",
        "organization",
        "organizations",
        "orgs",
        "owner",
        "owners",
        "package",
        "packages",
        "paths",
        "pattern",
        "pr",
        "private",
        "project",
        "projects",
        "public",
        "pushed",
        "query",
        "regex",
        "regexp",
        "removed",
        "repogroup",
        "repogroups",
        "repos",
        "repositories",
        "repository",
        "revisions",
        "revs",
        "search",
        "since_date",
        "size",
        "sort",
        "stars",
        "state",
        "status",
        "string",
        "symbol",
        "symbols",
        "tag",
        "tags",
        "text",
        "topic",
        "topics",
        "types",
        "updated",
        "user",
        "users",
    ]
)

# What a look-alike is in Sourcegraph's language, its value at ``{}``; those without an entry have no counterpart.
LOOK_ALIKE_MEANINGS = {
    "added": "type:diff select:commit.diff.added {}",
    "archive": "archived:{}",
    "authors": "author:{}",
    "branch": "rev:{}",
    "branches": "rev:{}",
    "class": "type:symbol select:symbol.class {}",
    "classes": "type:symbol select:symbol.class {}",
    "committers": "committer:{}",
    "contexts": "context:{}",
    "contributor": "file:has.contributor({})",
    "contributors": "file:has.contributor({})",
    "counts": "count:{}",
    "dir": "file:{}/",
    "directories": "file:{}/",
    "directory": "file:{}/",
    "dirs": "file:{}/",
    "ext": r"file:\.{}$",
    "extension": r"file:\.{}$",
    "extensions": r"file:\.{}$",
    "filename": "file:{}",
    "filenames": "file:{}",
    "filepath": "file:{}",
    "files": "file:{}",
    "folder": "file:{}/",
    "folders": "file:{}/",
    "forks": "fork:{}",
    "func": "type:symbol select:symbol.function {}",
    "funcs": "type:symbol select:symbol.function {}",
    "function": "type:symbol select:symbol.function {}",
    "functions": "type:symbol select:symbol.function {}",
    "keyword": "{}",
    "langs": "lang:{}",
    "language_name": "lang:{}",
    "languages": "lang:{}",
    "messages": "message:{}",
    "method": "type:symbol select:symbol.method {}",
    "methods": "type:symbol select:symbol.method {}",
    "name": "file:{}",
    "org": "repo:{}/",
    "organization": "repo:{}/",
    "organizations": "repo:{}/",
    "orgs": "repo:{}/",
    "owner": "file:has.owner({})",
    "owners": "file:has.owner({})",
    "paths": "file:{}",
    "pattern": "/{}/",
    "project": "repo:{}",
    "projects": "repo:{}",
    "query": "{}",
    "regex": "/{}/",
    "regexp": "/{}/",
    "removed": "type:diff select:commit.diff.removed {}",
    "repogroup": "context:{}",
    "repogroups": "context:{}",
    "repos": "repo:{}",
    "repositories": "repo:{}",
    "repository": "repo:{}",
    "revisions": "rev:{}",
    "revs": "rev:{}",
    "search": "{}",
    "since_date": "after:{}",
    "string": "{}",
    "symbol": "type:symbol {}",
    "symbols": "type:symbol {}",
    "tag": "rev:{}",
    "tags": "rev:{}",
    "text": "{}",
    "topic": "repo:has.topic({})",
    "topics": "repo:has.topic({})",
    "types": "type:{}",
    "user": "repo:{}/",
    "users": "repo:{}/",
}
# ``is:`` of other search engines.
IS_MEANINGS = {
    "archived": "archived:yes",
    "fork": "fork:yes",
    "internal": "visibility:private",
    "private": "visibility:private",
    "public": "visibility:public",
}

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

# The filters whose value is a date.
DATE_FILTERS = frozenset(("after", "before"))

# The host of a repository's name where none is said.
DEFAULT_HOST = "github.com"

# The kinds of results that have an author, a date and a message, and the filters that mean something only on them.
COMMIT_TYPES = frozenset(("commit", "diff"))
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
