"""A query in one plain English sentence, for people who read what a model wrote."""

from collections.abc import Callable
from typing import TypeGuard

from nlsq.filters import CANONICAL_ORDER
from nlsq.query.languages import language
from nlsq.query.parser import KEYWORD, parse, pattern_type_of
from nlsq.query.plan import ALL_RESULTS, normalised
from nlsq.query.predicates import file_arguments
from nlsq.query.tree import AND, OR, REGEXP, Filter, Node, Operator, Term, leaves
from nlsq.query.values import switch

_CODE = "code"
_REPOSITORIES = "repositories"
_SUBJECTS = {
    "commit": "commits",
    "diff": "diffs",
    "symbol": "symbols",
    "path": "files by their path",
    "file": "files by their contents",
    "repo": _REPOSITORIES,
}
_SELECTED = {
    "repo": "the repositories of",
    "file": "the files of",
    "file.path": "the files of",
    "file.directory": "the directories of",
    "file.owners": "the owners of",
    "content": "the contents of",
    "commit.diff.added": "added lines in",
    "commit.diff.removed": "removed lines in",
}
_SWITCHES = {
    ("fork", "yes"): "forks included",
    ("fork", "no"): "without forks",
    ("fork", "only"): "in forks only",
    ("archived", "yes"): "archived repositories included",
    ("archived", "no"): "without archived repositories",
    ("archived", "only"): "in archived repositories only",
    ("case", "yes"): "in exactly this letter case",
    ("case", "no"): "in any letter case",
}
# What is said of a filter's value. A negation is said at {not}, {with}, {match} or {matches}.
_PHRASES = {
    "repo": "in repositories that {match} {value}",
    "rev": "at revision {value}",
    "lang": "{not}in {value}",
    "file": "in files whose path {matches} {value}",
    "author": "{not}by the author {value}",
    "committer": "{not}by the committer {value}",
    "after": "{not}after {value}",
    "before": "{not}before {value}",
    "message": "{with} a message that matches {value}",
    "visibility": "in {value} repositories",
    "context": "in the context {value}",
    "timeout": "with a timeout of {value}",
    "repohasfile": "in repositories {with} a file whose path matches {value}",
    "repohascommitafter": "in repositories with a commit after {value}",
    "repo:has.path": "in repositories {with} a file whose path matches {value}",
    "repo:has.file": "in repositories {with} a file {value}",
    "repo:has.content": "in repositories {with} content that matches {value}",
    "repo:has.commit.after": "in repositories {with} a commit after {value}",
    "repo:has.topic": "in repositories {with} the topic {value}",
    "repo:has.meta": "in repositories {with} the metadata {value}",
    "repo:has.tag": "in repositories {with} the tag {value}",
    "repo:has.key": "in repositories {with} the metadata {value}",
    "repo:has.description": "in repositories whose description {matches} {value}",
    "file:has.content": "in files {with} content that matches {value}",
    "file:has.owner": "{not}in files owned by {value}",
    "file:has.contributor": "in files {with} the contributor {value}",
    "rev:at.time": "as of {value}",
}
_WITHOUT_ARGUMENTS = {
    "file:has.owner": "in files {with} an owner",
    "file:has.contributor": "in files {with} a contributor",
}
_YES = {"not": "", "with": "with", "match": "match", "matches": "matches"}
_NO = {"not": "not ", "with": "without", "match": "do not match", "matches": "does not match"}
_OTHER_NAMES = {"repo:has": "repo:has.meta", "repo:contains": "repo:has.file"}
_REVISIONS = {"*refs/heads/*": "on all branches", "*refs/tags/*": "on all tags"}


def explain(query: str) -> str:
    """One sentence that says what ``query`` finds. Raises ``QueryError`` on what the parser refuses."""
    tree = parse(query)
    if tree is None:
        return "Finds everything."
    kind = pattern_type_of(query)
    tree = normalised(tree, kind)
    found = _alternatives(tree, _described) if _is_mixed(tree) else _described(tree)
    return f"Finds {found}" + ("." if kind == KEYWORD else f" ({kind} search).")


def _is_mixed(node: Node) -> TypeGuard[Operator]:
    """True for an OR that is neither of terms nor of filters alone, or that says on each side what is sought."""
    if not isinstance(node, Operator) or node.kind != OR or _types_of(node):
        return False
    kinds = {isinstance(leaf, Term) for leaf in leaves(node)}
    return len(kinds) > 1 or _says_what(node)


def _says_what(node: Node) -> bool:
    return any(isinstance(leaf, Filter) and leaf.name in ("type", "select") for leaf in leaves(node))


def _types_of(node: Node) -> list[str]:
    """The values of a ``type:``, or of an OR of nothing else."""
    found = [leaf.value if isinstance(leaf, Filter) and leaf.name == "type" else "" for leaf in leaves(node)]
    flat = not isinstance(node, Operator) or (node.kind == OR and len(node.operands) == len(found))
    return found if flat and all(found) else []


def _alternatives(node: Operator, describe: Callable[[Node], str]) -> str:
    return "; or ".join(map(describe, node.operands))


def _described(tree: Node) -> str:
    """What is sought, what it has, where it is; then what has alternatives."""
    operands = _operands(tree)
    mixed = [one for one in operands if _is_mixed(one)]
    subject = _subject(operands)
    if subject == _CODE and mixed and all(_says_what(side) for one in mixed for side in one.operands):
        subject = "results"
    contents, phrases = _contents(operands), _phrases(operands, subject)
    described = ", ".join([f"{subject} {contents}".rstrip(), *phrases])
    return described + (": " + "; and ".join(map(_either, mixed)) if mixed else "")


def _side(tree: Node) -> str:
    """One side of an OR: as ``_described``, but what is sought has been said, unless this side says it."""
    if _says_what(tree):
        return _described(tree)
    operands = _operands(tree)
    parts = [text for text in (_contents(operands), *_phrases(operands, _CODE)) if text]
    parts += [f"({_either(one)})" for one in operands if _is_mixed(one)]
    return ", ".join(parts) or "anything"


def _either(node: Operator) -> str:
    return f"either {_alternatives(node, _side)}"


def _operands(tree: Node) -> list[Node]:
    return list(tree.operands) if isinstance(tree, Operator) and tree.kind == AND else [tree]


def _contents(operands: list[Node]) -> str:
    terms = [one for one in operands if all(isinstance(leaf, Term) for leaf in leaves(one))]
    wanted = [_term(one) for one in terms if not (isinstance(one, Term) and one.negated)]
    unwanted = [_term(one) for one in terms if isinstance(one, Term) and one.negated]
    parts = [f"with {' and '.join(wanted)}"] if wanted else []
    parts += [f"without {' or '.join(unwanted)}"] if unwanted else []
    return " but ".join(parts)


def _phrases(operands: list[Node], subject: str) -> list[str]:
    """What the filters say, in canonical order."""
    filters = [one for one in operands if all(isinstance(leaf, Filter) for leaf in leaves(one)) and not _is_mixed(one)]
    filters.sort(key=lambda one: CANONICAL_ORDER.get(_first_name(one), len(CANONICAL_ORDER)))
    phrases = [phrase for one in filters if (phrase := _phrase(one))]
    if subject == _REPOSITORIES:  # "repositories, in repositories with" says it twice
        phrases = [phrase.replace("in repositories ", "", 1) for phrase in phrases]
    return phrases


def _first_name(node: Node) -> str:
    first = next(leaves(node))
    return first.name if isinstance(first, Filter) else ""


def _subject(operands: list[Node]) -> str:
    types = [_SUBJECTS.get(kind, kind) for one in operands for kind in _types_of(one)]
    alternatives = any(isinstance(one, Operator) and _types_of(one) for one in operands)
    subject = (" or " if alternatives else " and ").join(types) or _CODE
    for one in operands:
        if isinstance(one, Filter) and one.name == "select":
            if one.value.startswith("symbol."):
                return f"symbols of the kind {one.value.removeprefix('symbol.')}"
            if one.value == "repo" and not types:
                return _REPOSITORIES
            subject = f"{_SELECTED[one.value]} {subject}" if one.value in _SELECTED else subject
    return subject


def _phrase(node: Node, inside: bool = False) -> str:
    """What filters say; ``inside``: within another group."""
    if isinstance(node, Operator):
        said = [phrase for one in node.operands if (phrase := _phrase(one, inside=True))]
        text = f" {node.kind} ".join(said)
        return f"({text})" if inside and len(said) > 1 else text
    if not isinstance(node, Filter) or node.name in ("type", "select", "patterntype") or not node.value:
        return ""
    if node.predicate:
        return _predicate_phrase(node)
    if node.name == "count":
        return "all results" if node.value == ALL_RESULTS else f"at most {node.value} results"
    if node.name == "repo" and "@" in node.value and not node.negated:
        name, _, revisions = node.value.partition("@")
        return f"{_filled('repo', name, False)} {_revision_phrase(revisions)}" if name else _revision_phrase(revisions)
    if node.name == "rev":
        return _revision_phrase(node.value)
    if fixed := _SWITCHES.get((node.name, switch(node.value) or "")):
        return fixed
    if node.name == "visibility" and node.value.lower() == "any":
        return "in public and private repositories"
    return _filled(node.name, language(node.value) or node.value if node.name == "lang" else node.value, node.negated)


def _revision_phrase(revisions: str) -> str:
    return _REVISIONS.get(revisions, f"at revision {revisions}")


def _predicate_phrase(one: Filter) -> str:
    name, _, rest = one.value.partition("(")
    arguments = " ".join(rest[:-1].split())
    key = f"{one.name}:{name.replace('contains.', 'has.')}"
    key = _OTHER_NAMES.get(key, key)
    if not arguments and key in _WITHOUT_ARGUMENTS:
        return _WITHOUT_ARGUMENTS[key].format(**_NO if one.negated else _YES)
    if key == "repo:has.file":
        said = [
            f"whose {'content' if field == 'content' else 'path'} matches {value}"
            for field, value in file_arguments(arguments) or []
            if value
        ]
        arguments = " and ".join(said) or arguments
    elif key == "rev:at.time":
        moment, _, revision = arguments.partition(",")
        arguments = f"{moment.strip()} on {revision.strip()}" if revision.strip() else moment
    return _filled(key, arguments, one.negated)


def _filled(key: str, value: str, negated: bool) -> str:
    return _PHRASES.get(key, "{not}" + key + " {value}").format(value=value, **_NO if negated else _YES)


def _term(node: Node) -> str:
    if isinstance(node, Operator):
        return "(" + f" {node.kind} ".join(map(_inner_term, node.operands)) + ")"
    assert isinstance(node, Term)
    return f"a match of /{node.value}/" if node.kind == REGEXP else f"“{node.value}”"


def _inner_term(node: Node) -> str:
    return f"not {_term(node)}" if isinstance(node, Term) and node.negated else _term(node)
