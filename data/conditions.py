"""What a query is made of, for splits that mean something: its conditions and its names.

Two splits share no name (of a repository, a person, an identifier; languages, paths and plain words are everybody's)
and no combination of three or more conditions.
"""

import re
from collections.abc import Iterator

from nlsq.filters import CANONICAL_NAME, DEFAULT_HOST
from nlsq.query import parse
from nlsq.query.tree import Filter, Node, Term, leaves

# From so many conditions on, a combination belongs to one split alone.
COMBINED = 3
_SAME_CONDITION = {"author": "who", "committer": "who", "after": "when", "before": "when"}
_OF_COMMITS = {"who", "-who", "when", "message", "-message"}
_IDENTIFIER = re.compile(r"[a-z][A-Z]|_|::|\w\.\w|\(|[A-Z]{2,}.*[a-z]|\d[a-z]|[a-z]\d")
_SHORTEST_IDENTIFIER = 4
_PREDICATE = re.compile(r"([a-z.]+)\((.*)\)$", re.DOTALL)
_PEOPLE = frozenset(("has.owner", "has.contributor"))
_ANY_NAME = frozenset(("", ".*", ".+"))


def _query_leaves(query: str) -> Iterator[Filter | Term]:
    tree: Node | None = parse(query)
    yield from leaves(tree) if tree is not None else ()


def conditions(query: str) -> frozenset[str]:
    """The kinds of conditions of a valid query: ``{"lang", "-file", "terms"}``.

    ``type:`` and ``select:`` say together what kind of result is asked for and are one condition; beside an author, a
    date or a message, ``type:commit`` and ``type:diff`` say nothing of their own. A branch
    or tag belongs to its ``repo:``; a time (``rev:at.time``) is a condition.
    """
    found: set[str] = set()
    results: set[str] = set()
    for leaf in _query_leaves(query):
        if isinstance(leaf, Term):
            found.add("NOT" if leaf.negated else "terms")
            continue
        name = CANONICAL_NAME.get(leaf.name.lower(), leaf.name.lower())
        if name in ("type", "select"):
            results.add(f"{name} {'symbol' if leaf.value.startswith('symbol') else leaf.value}")
        elif match := _PREDICATE.match(leaf.value) if name in ("repo", "file") else None:
            found.add(f"{'-' if leaf.negated else ''}{name}:{match[1]}")
        elif name != "rev" or leaf.value.startswith("at.time"):
            name = _SAME_CONDITION.get(name, name)
            found.add(f"-{name}" if leaf.negated else name)
    if results and not (results <= {"type commit", "type diff"} and found & _OF_COMMITS):
        found.add("+".join(sorted(results)))
    return frozenset(found)


def combination(query: str) -> str:
    """The conditions of ``query`` as a text where there are three or more, else an empty text."""
    found = conditions(query)
    return " ".join(sorted(found)) if len(found) >= COMBINED else ""


def repository_name(value: str) -> str:
    """A value of ``repo:`` without anchors, escapes, revision and the usual host, in lower case."""
    name = value.partition("@")[0].replace("\\", "").removeprefix("^").removesuffix("$").lower()
    return name.removeprefix(f"{DEFAULT_HOST}/").strip("/")


def is_identifier(text: str) -> bool:
    """True for what only code is called: ``parseDate``, ``MAX_SIZE``, ``os.Exit``; false for words."""
    return len(text) >= _SHORTEST_IDENTIFIER and " " not in text and bool(_IDENTIFIER.search(text))


def names(query: str) -> frozenset[str]:
    """The names in a valid query, each with its kind: ``{"repository acme/billing", "person erik"}``."""
    found: set[str] = set()
    for leaf in _query_leaves(query):
        if isinstance(leaf, Term):
            if leaf.kind == "literal" and is_identifier(leaf.value):
                found.add(f"identifier {leaf.value.lower().rstrip('(')}")
            continue
        name = CANONICAL_NAME.get(leaf.name.lower(), leaf.name.lower())
        match = _PREDICATE.match(leaf.value) if name in ("repo", "file") else None
        if name in ("author", "committer"):
            found.add(f"person {leaf.value.lower()}")
        elif match and match[1] in _PEOPLE:
            found.add(f"person {match[2].lower()}")
        elif name == "repo" and not match and repository_name(leaf.value) not in _ANY_NAME:
            found.add(f"repository {repository_name(leaf.value)}")
    return frozenset(found)
