"""A query in one plain English sentence, for people who read what a model wrote."""

from nlsq.filters import CANONICAL_ORDER
from nlsq.query.languages import language
from nlsq.query.parser import KEYWORD, parse, pattern_type_of
from nlsq.query.plan import ALL_RESULTS, normalised
from nlsq.query.tree import AND, OR, REGEXP, Filter, Node, Operator, Term, is_terms_only, leaves
from nlsq.query.values import switch

_SUBJECTS = {
    "commit": "commits",
    "diff": "diffs",
    "symbol": "symbols",
    "path": "files by their path",
    "file": "files by their contents",
    "repo": "repositories",
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
# What is said of a filter's value; ``not`` goes before it where the filter is negated.
_PHRASES = {
    "repo": "in repositories that match {}",
    "rev": "at revision {}",
    "file": "in files whose path matches {}",
    "author": "by the author {}",
    "committer": "by the committer {}",
    "after": "after {}",
    "before": "before {}",
    "message": "with a message that matches {}",
    "visibility": "in {} repositories",
    "context": "in the context {}",
    "timeout": "within {}",
    "patterntype": "with terms read as {}",
}
_PREDICATES = {
    "has.path": "in repositories with a file whose path matches {}",
    "has.file": "in repositories with a file that has {}",
    "has.content": "where the content matches {}",
    "has.commit.after": "in repositories with a commit after {}",
    "has.topic": "in repositories with the topic {}",
    "has.meta": "in repositories with the metadata {}",
    "has.description": "in repositories whose description matches {}",
    "has.owner": "in files owned by {}",
    "has.contributor": "in files with the contributor {}",
    "at.time": "as of {}",
}


def explain(query: str) -> str:
    """One sentence that says what ``query`` finds. Raises ``QueryError`` on what the parser refuses."""
    tree = parse(query)
    if tree is None:
        return "Finds everything."
    kind = pattern_type_of(query)
    tree = normalised(tree, kind)
    if isinstance(tree, Operator) and tree.kind == OR and not is_terms_only(tree):
        return "Finds " + "; or ".join(map(_described, tree.operands)) + "."
    return f"Finds {_described(tree)}" + ("." if kind == KEYWORD else f" ({kind} search).")


def _described(tree: Node) -> str:
    operands = list(tree.operands) if isinstance(tree, Operator) and tree.kind == AND else [tree]
    filters = [one for one in operands if not any(isinstance(leaf, Term) for leaf in leaves(one))]
    terms = [one for one in operands if any(isinstance(leaf, Term) for leaf in leaves(one))]
    filters.sort(key=lambda one: CANONICAL_ORDER.get(_first_name(one), len(CANONICAL_ORDER)))
    phrases = [phrase for one in filters if (phrase := _phrase(one))]
    wanted = [_term(one) for one in terms if not (isinstance(one, Term) and one.negated)]
    unwanted = [_term(one) for one in terms if isinstance(one, Term) and one.negated]
    contents = f" with {' and '.join(wanted)}" if wanted else ""
    contents += f"{' but' if wanted else ''} without {' or '.join(unwanted)}" if unwanted else ""
    subject = _subject(filters)
    if subject == _SUBJECTS["repo"]:  # "repositories, in repositories with" says it twice
        phrases = [phrase.replace("in repositories ", "", 1) for phrase in phrases]
    return f"{subject}{contents}{', ' if phrases else ''}{', '.join(phrases)}"


def _first_name(node: Node) -> str:
    first = next(leaves(node))
    return first.name if isinstance(first, Filter) else ""


def _subject(filters: list[Node]) -> str:
    types = [one.value for one in filters if isinstance(one, Filter) and one.name == "type"]
    subject = " and ".join(_SUBJECTS.get(kind, kind) for kind in types) or "code"
    for one in filters:
        if isinstance(one, Filter) and one.name == "select":
            if one.value.startswith("symbol."):
                return f"symbols of the kind {one.value.removeprefix('symbol.')}"
            if one.value == "repo" and not types:
                return _SUBJECTS["repo"]
            subject = f"{_SELECTED[one.value]} {subject}" if one.value in _SELECTED else subject
    return subject


def _phrase(node: Node) -> str:
    if isinstance(node, Operator):
        joint = " or " if node.kind == OR else " and "
        return joint.join(phrase for one in node.operands if (phrase := _phrase(one)))
    if not isinstance(node, Filter) or node.name in ("type", "select") or not node.value:
        return ""
    negation = "not " if node.negated else ""
    if node.predicate:
        name, _, rest = node.value.partition("(")
        phrase = _PREDICATES.get(name.replace("contains.", "has."), name + " {}")
        return negation + phrase.format(rest[:-1] or "any")
    if node.name == "lang":
        return f"{negation}in {language(node.value) or node.value}"
    if node.name == "count":
        return "all results" if node.value == ALL_RESULTS else f"at most {node.value} results"
    fixed = _SWITCHES.get((node.name, switch(node.value) or ""))
    return fixed or negation + _PHRASES.get(node.name, node.name + " {}").format(node.value)


def _term(node: Node) -> str:
    if isinstance(node, Operator):
        return "(" + f" {node.kind} ".join(map(_inner_term, node.operands)) + ")"
    if isinstance(node, Filter):
        return _phrase(node)
    return f"a match of /{node.value}/" if node.kind == REGEXP else f"“{node.value}”"


def _inner_term(node: Node) -> str:
    return f"not {_term(node)}" if isinstance(node, Term) and node.negated else _term(node)
