"""One way to write each query: the form that data is written in and that answers come in.

Filters first, in a fixed order, equal ones as they came; then the terms. Canonical names, no idle quotes, no filters
that change nothing. The text means what the query meant: it is parsed again and compared before it is returned.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from nlsq.filters import CANONICAL_NAME, CANONICAL_ORDER, DATE_FILTERS, DEFAULTS, LOOK_ALIKES, SWITCHES
from nlsq.query.checking import check
from nlsq.query.languages import usual_name
from nlsq.query.parser import KEYWORD, QueryError, parse, pattern_type_of
from nlsq.query.plan import ALL_RESULTS, normalised
from nlsq.query.predicates import file_arguments
from nlsq.query.sameness import equivalent
from nlsq.query.scanner import ScanError, Scanner
from nlsq.query.suggesting import quoted
from nlsq.query.tree import AND, OR, REGEXP, Filter, Node, Operator, Term, leaves, operator
from nlsq.query.values import switch

# A file's name or path without any expression in it: there an escaped dot says no more than a plain one.
_FILE_NAME = re.compile(r"\^?(?:\(\^\|/\))?[\w/-](?:[\w/.-]|\\\.)*\$?$")
# Predicates in which spaces around the arguments change nothing; in an expression they count.
_TRIMMED = frozenset(("has.file", "contains", "has.meta", "has", "has.commit.after", "has.description", "at.time"))
# A parenthesis after AND and OR makes operators of them, too.
_LIKE_AN_OPERATOR = re.compile(r"(?:and|or|not)$|(?:and|or)\(", re.IGNORECASE)
_FIELD_LIKE = re.compile(r"-?([A-Za-z_]+):")


def canonical(query: str) -> str:
    """``query`` in its canonical form; the same text for every spelling that differs in nothing but the writing.

    Queries of another pattern type than keyword come back as they are. Raises ``QueryError`` on what the parser
    refuses.
    """
    tree = parse(query)
    if tree is None:
        return ""
    if pattern_type_of(query) != KEYWORD:
        return query
    tidy = _tidied(normalised(tree, KEYWORD))
    if isinstance(tidy, Filter):
        (tidy,) = operator(_revision_apart([tidy]), AND)
    if tidy is None:
        return query
    # In an OR, an open parenthesis of a call would be read as a group's.
    in_groups = any(isinstance(one, Operator) and one.kind == OR for one in _nodes(tidy))
    dated = any(isinstance(leaf, Filter) and leaf.name in DATE_FILTERS for leaf in leaves(tidy))
    for careful, quoted_dates in ((in_groups, False), (True, False), (True, True)):
        text = _Writer(careful, quoted_dates).query(tidy)
        # Terms that come to stand after a date must not look like a part of it.
        if _reads_as(text, tidy) and equivalent(query, text) and not (dated and check(text) and not check(query)):
            return text
    return query  # nothing that we can write means the same


def _reads_as(text: str, tidy: Node) -> bool:
    """True when ``text`` is read as the tree ``tidy``."""
    try:
        again = parse(text)
    except QueryError:
        return False
    return again is not None and _shape(_tidied(normalised(again, KEYWORD))) == _shape(tidy)


def _tidied(node: Node) -> Node | None:
    """``node`` with canonical values, without repetitions and without filters that change nothing; None for nothing."""
    if isinstance(node, Filter):
        return _tidy_filter(node)
    if isinstance(node, Term):
        return replace(node, quoted=False)  # one that needs quotes gets them again
    operands: list[Node] = []
    for operand in node.operands:
        tidy = _tidied(operand)
        if tidy is None and node.kind == OR:
            tidy = operand  # what changes nothing beside other conditions is everything as an alternative
        if tidy is not None and tidy not in operands:
            operands.append(tidy)
    if node.kind == AND:
        operands = _revision_apart(operands)
    found = operator(operands, node.kind)
    return found[0] if found else None


def _tidy_filter(one: Filter) -> Filter | None:
    if not one.value and one.name not in ("repo", "file", "type", "context"):
        return one
    if not one.value:
        return None
    if one.predicate:
        return replace(one, value=_tidy_predicate(one.value))
    value = one.value
    if one.name == "lang":
        value = usual_name(value)
    elif one.name in SWITCHES:
        value = switch(value) or value
    elif one.name == "repo" or (one.name == "file" and _FILE_NAME.match(value)):
        value = value.replace(r"\.", ".")
    elif one.name == "count" and value == ALL_RESULTS:
        value = "all"
    if (one.name, value) in DEFAULTS and not one.negated:
        return None
    return replace(one, value=value, quoted=False)


def _tidy_predicate(value: str) -> str:
    name, _, rest = value.partition("(")
    arguments = rest[:-1]
    name = re.sub(r"^contains\.", "has.", name)
    if name in _TRIMMED:
        arguments = arguments.strip()
    if name == "has.file":
        given = file_arguments(arguments) or []
        if len(given) == 1 and given[0][0] in ("path", "") and given[0][1]:
            return f"has.path({given[0][1]})"
    return f"{name}({arguments})"


def _revision_apart(operands: list[Node]) -> list[Node]:
    """``repo:x@main`` as ``repo:x rev:main`` where it is the only repository."""
    repositories = [one for one in operands if isinstance(one, Filter) and one.name == "repo" and not one.negated]
    if len(repositories) != 1 or repositories[0].predicate or "@" not in repositories[0].value:
        return operands
    if any(isinstance(leaf, Filter) and leaf.name == "rev" for one in operands for leaf in leaves(one)):
        return operands
    name, _, revision = repositories[0].value.partition("@")
    if not name or not revision:
        return operands
    apart: list[Node] = []
    for one in operands:
        if one is repositories[0]:
            apart += [replace(repositories[0], value=name), Filter("rev", revision)]
        else:
            apart.append(one)
    return apart


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Operator):
        for operand in node.operands:
            yield from _nodes(operand)


def _shape(node: Node | None) -> object:
    """What must not change by writing: kinds, values and negations, filters in any order."""
    if isinstance(node, Operator):
        return (node.kind, frozenset(_shape(operand) for operand in node.operands))
    if isinstance(node, Filter):
        return (node.name, node.value, node.negated, node.predicate)
    return (node.kind, node.value, node.negated) if node else None


class _Writer:
    """Writes a tree. ``careful``: terms with an unbalanced parenthesis are quoted; ``quoted_dates``: dates are."""

    def __init__(self, careful: bool, quoted_dates: bool):
        self.careful, self.quoted_dates = careful, quoted_dates

    def query(self, tree: Node) -> str:
        operands = list(tree.operands) if isinstance(tree, Operator) and tree.kind == AND else [tree]
        filters, others = _in_order(operands)
        parts = [self._operand(one) for one in filters] if others or len(filters) > 1 else []
        if len(filters) + len(others) == 1:
            return self._bare([*filters, *others][0])
        plain = all(isinstance(one, Filter) for one in filters)
        if len(others) == 1 and plain and self._can_stand_bare(others[0]):
            return " ".join([*parts, self._bare(others[0])])
        return " ".join([*parts, *map(self._operand, others)])

    @staticmethod
    def _can_stand_bare(node: Node) -> bool:
        """True for an OR of terms, or of plain rows of terms: it needs no parentheses after plain filters."""
        if not isinstance(node, Operator) or node.kind != OR:
            return False
        rows = [one.operands if isinstance(one, Operator) and one.kind == AND else (one,) for one in node.operands]
        return all(isinstance(leaf, Term) for row in rows for leaf in row)

    def _bare(self, node: Node) -> str:
        """``node`` without parentheses around it."""
        if not isinstance(node, Operator):
            return self._leaf(node)
        if node.kind == OR:
            return " OR ".join(map(self._alternative, node.operands))
        filters, others = _in_order(node.operands)
        return " ".join(map(self._operand, [*filters, *others]))

    def _alternative(self, node: Node) -> str:
        """One side of an OR: rows of terms need no parentheses, what has filters or groups gets them."""
        plain = isinstance(node, Operator) and all(isinstance(one, Term) for one in node.operands)
        return self._bare(node) if plain or not isinstance(node, Operator) else f"({self._bare(node)})"

    def _operand(self, node: Node) -> str:
        """``node`` as one of several beside each other."""
        return f"({self._bare(node)})" if isinstance(node, Operator) else self._leaf(node)

    def _leaf(self, leaf: Term | Filter) -> str:
        if isinstance(leaf, Filter):
            return f"{'-' if leaf.negated else ''}{leaf.name}:{self._value(leaf)}"
        return f"{'NOT ' if leaf.negated else ''}{self._term(leaf)}"

    def _value(self, one: Filter) -> str:
        if one.predicate or not one.value:
            return one.value
        if self.quoted_dates and one.name in DATE_FILTERS:
            return quoted(one.value)
        try:
            read = Scanner(one.value).filter_value(0, one.name)
            plain = read.text == one.value and read.end == len(one.value) and not read.quoted and not read.predicate
        except ScanError:
            plain = False
        balanced = one.value.count("(") == one.value.count(")")
        return one.value if plain and balanced and not re.search(r"\s", one.value) else quoted(one.value)

    def _term(self, term: Term) -> str:
        if term.kind == REGEXP:
            return "/" + re.sub(r"(\\.)|/", lambda match: match[1] or r"\/", term.value, flags=re.DOTALL) + "/"
        return quoted(term.value) if self._needs_quotes(term.value) else term.value

    def _needs_quotes(self, value: str) -> bool:
        if not value or re.search(r"\s", value) or _LIKE_AN_OPERATOR.match(value):
            return True
        if value == "()":
            return False
        if value[0] in "(-\"'" or re.match(r"/.+/$", value) or value.endswith("\\"):
            return True
        if self.careful and value.count("(") != value.count(")"):
            return True
        field = _FIELD_LIKE.match(value)
        return field is not None and (field[1].lower() in CANONICAL_NAME or field[1].lower() in LOOK_ALIKES | {"g"})


def _in_order(operands: Sequence[Node]) -> tuple[list[Node], list[Node]]:
    """``(filters and groups of nothing else, in their order; what has terms)``, as the parser will put them, too."""
    filters = [one for one in operands if not any(isinstance(leaf, Term) for leaf in leaves(one))]
    others = [one for one in operands if any(isinstance(leaf, Term) for leaf in leaves(one))]
    return sorted(filters, key=_order), others


def _order(node: Node) -> int:
    """The place among filters; a group's is that of the first of its filters, wherever in the group it stands."""
    names = (leaf.name if isinstance(leaf, Filter) else "" for leaf in leaves(node))
    return min(CANONICAL_ORDER.get(name, len(CANONICAL_ORDER)) for name in names)
