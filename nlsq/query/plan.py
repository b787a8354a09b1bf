"""From the tree to basic queries: canonical names, adjacency by pattern type, OR over filters multiplied out.

Sourcegraph validates and runs each basic query by itself, so most rules are about one basic query.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from nlsq.filters import CANONICAL_NAME
from nlsq.query.parser import KEYWORD
from nlsq.query.tree import AND, CONCAT, LITERAL, OR, REGEXP, Filter, Node, Operator, Term, is_terms_only, operator

# Ours, not Sourcegraph's: a query that stands for more is refused.
MAX_BASIC_QUERIES = 1000
MAX_CONDITIONS = 20_000  # in all of them together
ALL_RESULTS = "99999999"  # what ``count:all`` becomes


class TooManyError(ValueError):
    """The query stands for more than ``MAX_BASIC_QUERIES`` basic queries."""


@dataclass(frozen=True)
class BasicQuery:
    """Filters that all hold (``rev:`` still apart) and one pattern over terms, or none."""

    filters: tuple[Filter, ...]
    pattern: Node | None

    def with_revisions(self) -> tuple[Filter, ...]:
        """The filters with ``rev:`` attached to every positive ``repo:`` that is no predicate."""
        given = (one.value for one in self.filters if one.name == "rev" and not one.predicate and one.value)
        revision = next(given, None)
        if revision is None:
            return self.filters
        return tuple(
            replace(one, value=f"{one.value}@{revision}")
            if one.name == "repo" and not one.negated and not one.predicate
            else one
            for one in self.filters
            if one.name != "rev" or one.predicate
        )


def normalised(node: Node, pattern_type: str) -> Node:
    """``node`` with canonical filter names, ``content:`` as a term, and adjacency as the pattern type reads it."""
    if isinstance(node, Term):
        return node
    if isinstance(node, Filter):
        name = CANONICAL_NAME.get(node.name.lower(), node.name.lower())
        if name == "content":
            kind = REGEXP if pattern_type == REGEXP and not node.quoted else LITERAL
            return Term(node.value, kind, node.negated, True, node.span)
        value = ALL_RESULTS if name == "count" and node.value.lower() == "all" else node.value
        return replace(node, name=name, value=value)
    # Twice, for a group of nothing but empty filters becomes one.
    operands = _without_empty([normalised(operand, pattern_type) for operand in _without_empty(node.operands)])
    if node.kind == CONCAT and pattern_type != KEYWORD:
        operands = _joined(operands, pattern_type)
    return operator(operands, OR if node.kind == OR else AND)[0]


def _without_empty(operands: Sequence[Node]) -> list[Node]:
    """The operands without filters that have no value; of nothing but such the last one, as Sourcegraph has it."""
    given = [one for one in operands if not isinstance(one, Filter) or one.value]
    return given or list(operands[-1:])


def _joined(nodes: list[Node], pattern_type: str) -> list[Node]:
    """Neighbouring terms as one: a phrase, or one regular expression that has both in order."""
    joined: list[Node] = []
    for node in nodes:
        before = joined[-1] if joined else None
        if isinstance(node, Term) and isinstance(before, Term) and not node.negated and not before.negated:
            if pattern_type == REGEXP:
                joined[-1] = replace(before, value=f"{_grouped(before)}.*?{_grouped(node)}", kind=REGEXP)
                continue
            if before.kind == node.kind == LITERAL:
                joined[-1] = replace(before, value=f"{before.value} {node.value}")
                continue
        joined.append(node)
    return joined


def _grouped(term: Term) -> str:
    value = term.value if term.kind == REGEXP else re.escape(term.value)
    return value if value.startswith("(?:") else f"(?:{value})"


def basic_queries(tree: Node, pattern_type: str) -> list[BasicQuery]:
    """The basic queries that ``tree`` stands for. Raises ``TooManyError`` beyond the limit."""
    found = []
    for leaves in _distributed([[]], [normalised(tree, pattern_type)]):
        filters = [node for node in leaves if isinstance(node, Filter)]
        terms = [node for node in leaves if not isinstance(node, Filter)]
        found.append(BasicQuery(tuple(filters), operator(terms, AND)[0] if terms else None))
    return found


def _distributed(prefixes: list[list[Node]], nodes: list[Node]) -> list[list[Node]]:
    """Each way through ``nodes``, one alternative of every OR over filters, appended to each prefix."""
    for node in nodes:
        if not isinstance(node, Operator) or is_terms_only(node):
            for prefix in prefixes:
                prefix.append(node)
            if len(prefixes) * len(prefixes[0]) > MAX_CONDITIONS:
                raise TooManyError
        elif node.kind == OR:
            choices = [choice for operand in node.operands for choice in _distributed([[]], [operand])]
            if len(prefixes) * len(choices) > MAX_BASIC_QUERIES:
                raise TooManyError
            if sum(map(len, prefixes)) * len(choices) > MAX_CONDITIONS:
                raise TooManyError
            prefixes = [[*prefix, *choice] for choice, prefix in product(choices, prefixes)]
        else:
            prefixes = _distributed(prefixes, list(node.operands))
    return prefixes
