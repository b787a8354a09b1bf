"""From text to tree: Sourcegraph's own way, with its second try on unbalanced parentheses and its hoisting.

Facts: the rules of Sourcegraph's backend (state of mid-2024). ``AND`` binds tighter than ``OR``, adjacency tighter than
both; filters next to terms are ANDed.
"""

import re
from dataclasses import replace

from nlsq.filters import CANONICAL_NAME
from nlsq.query.scanner import ASCII_SPACE, SPACE, ScanError, Scanner
from nlsq.query.tree import (
    AND,
    CONCAT,
    LITERAL,
    OR,
    REGEXP,
    STRUCTURAL,
    Filter,
    Node,
    Operator,
    Span,
    Term,
    is_terms_only,
    leaves,
    operator,
)

KEYWORD = "keyword"
STANDARD = "standard"
# What each name of ``patterntype:`` stands for; exact case.
PATTERN_TYPES = {
    "keyword": KEYWORD,
    "codycontext": KEYWORD,
    "standard": STANDARD,
    "lucky": STANDARD,
    "literal": LITERAL,
    "regexp": REGEXP,
    "regex": REGEXP,
    "structural": STRUCTURAL,
}
# Ours, not Sourcegraph's: deeper groups are refused, for reading them takes a stack of the same depth.
MAX_DEPTH = 60


class QueryError(ValueError):
    """What Sourcegraph's parser refuses; ``start`` and ``end`` are code points in the query."""

    def __init__(self, message: str, start: int, end: int):
        super().__init__(message)
        self.message, self.start, self.end = message, start, end


class _MissingOperandError(QueryError):
    """The one fault after which the parser tries again with parentheses as plain text."""


class _Parser:
    def __init__(self, scanner: Scanner, pattern_type: str, parentheses_are_text: bool = False):
        self.scanner = scanner
        self.text = scanner.text
        self.pattern_type = pattern_type
        self.parentheses_are_text = parentheses_are_text
        self.place = 0
        self.open_groups = 0
        self.disambiguated = False  # explicit parentheses beside an OR: nothing is hoisted
        self._seen_or = False
        self._seen_close = False
        self._closed = False  # a group has just been closed: what follows belongs outside of it

    def parse_or(self) -> list[Node]:
        nodes = self._parse_and()
        while self._accept("or"):
            self._seen_or = True
            self.disambiguated = self.disambiguated or self._seen_close
            nodes += self._parse_and()
        return operator(nodes, OR)

    def _parse_and(self) -> list[Node]:
        nodes = self._parse_leaves()
        while self._accept("and"):
            nodes += self._parse_leaves()
        return operator(nodes, AND)

    def _parse_leaves(self) -> list[Node]:
        """Filters and terms up to the next operator or closing parenthesis; at least one."""
        nodes: list[Node] = []
        start = self.place
        while True:
            while self.place < len(self.text) and self.text[self.place] in SPACE:
                self.place += 1
            if self.place >= len(self.text) or self._binary_at("and") or self._binary_at("or"):
                break
            character = "" if self.parentheses_are_text else self.text[self.place]
            if character == "(":
                nodes += self._group()
            elif character == ")":
                self._close()
                nodes = nodes or [Term("()", LITERAL, span=Span(start, self.place))]
                break
            elif self._not_at():
                nodes.append(self._negated())
            else:
                nodes.append(self._leaf())
        if not nodes:
            raise _MissingOperandError("an operand is missing here", self.place, self.place)
        return _partition(nodes)

    def _binary_at(self, word: str) -> bool:
        """True when the operator ``word`` stands here: something before it, and space or parentheses on both sides."""
        end = self.place + len(word)
        if self.place <= self.scanner.first or self.text[self.place : end].lower() != word:
            return False
        before, after = self.text[self.place - 1], self.text[end : end + 1]
        return before in ASCII_SPACE + ")" and bool(after) and after in ASCII_SPACE + "("

    def _accept(self, word: str) -> bool:
        if not self._closed and self._binary_at(word):
            self.place += len(word)
            return True
        return False

    def _not_at(self) -> bool:
        end = self.place + len("not")
        if self.text[self.place : end].lower() != "not":
            return False
        before = self.text[self.place - 1] if self.place else " "
        after = self.text[end : end + 1]
        return before in ASCII_SPACE + "()" and bool(after) and after in ASCII_SPACE

    def _group(self) -> list[Node]:
        """What begins with ``(``: a term where the pattern type allows one, else a group."""
        if self.pattern_type != KEYWORD:
            end = self.scanner.balanced_end(self.place)
            if end is not None:
                return [self._term(end)]
        if self.open_groups >= MAX_DEPTH:
            raise QueryError(f"more than {MAX_DEPTH} groups inside of each other", self.place, self.place + 1)
        self.place += 1
        self.open_groups += 1
        self.disambiguated = self.disambiguated or self._seen_or
        inside = self.parse_or()
        self._closed = False
        return inside

    def _close(self) -> None:
        if self.open_groups <= 0:
            raise QueryError("this parenthesis closes nothing", self.place, self.place + 1)
        self.place += 1
        self.open_groups -= 1
        self._seen_close = self._closed = True

    def _term(self, end: int) -> Term:
        start, self.place = self.place, end
        kind = self.pattern_type if self.pattern_type in (REGEXP, STRUCTURAL) else LITERAL
        return Term(self.text[start:end], kind, span=Span(start, end))

    def _negated(self) -> Node:
        start = self.place
        self.place += len("not")
        while self.place < len(self.text) and self.text[self.place] in SPACE:
            self.place += 1
        if self.place >= len(self.text):
            raise _MissingOperandError("NOT has nothing to negate", start, self.place)
        if self.text[self.place] == "(" and not self.parentheses_are_text:
            raise QueryError("NOT takes one term or filter, not a group", start, self.place + 1)
        leaf = self._leaf()
        if isinstance(leaf, Filter) and leaf.negated:
            raise QueryError("NOT before a filter that is negated already", start, leaf.span.end)
        return replace(leaf, negated=True, span=Span(start, leaf.span.end))

    def _leaf(self) -> Term | Filter:
        field = self.scanner.field(self.place)
        return self._filter(field) if field else self._delimited_term() or self._plain_term()

    def _filter(self, field: re.Match[str]) -> Filter:
        name = CANONICAL_NAME.get(field[2].lower(), field[2])
        try:
            # A predicate needs the filter's name in lower case.
            value = self.scanner.filter_value(field.end(), name if field[2].islower() else "")
        except ScanError as error:
            raise QueryError(error.message, error.start, error.end) from None
        self.place = value.end
        span = Span(field.start(), value.end)
        return Filter(field[2], value.text, field[1] == "-", value.quoted, value.predicate, span)

    def _delimited_term(self) -> Term | None:
        start, delimiter = self.place, self.text[self.place]
        quotes = delimiter in "\"'" and self.pattern_type in (KEYWORD, REGEXP)
        slashes = delimiter == "/" and self.pattern_type in (KEYWORD, STANDARD, REGEXP)
        found = self.scanner.delimited(start, strict=False) if quotes or slashes else None
        if found is None or (slashes and not found[0]):
            return None
        value, end = found
        follower = self.text[end : end + 1]
        if follower and follower not in ASCII_SPACE + ")":
            return None
        self.place = end
        return Term(value, REGEXP if slashes else LITERAL, quoted=quotes, span=Span(start, end))

    def _plain_term(self) -> Term:
        end = None if self.parentheses_are_text else self.scanner.balanced_end(self.place)
        if end is None:
            through = self.parentheses_are_text or self.pattern_type != REGEXP
            end = self.scanner.plain_end(self.place, through)
        return self._term(max(end, self.place + 1))


def _partition(nodes: list[Node]) -> list[Node]:
    """Filters, and groups of nothing else, joined by AND with the terms, which stay in order."""
    filters: list[Node] = []
    terms: list[Node] = []
    for node in nodes:
        if isinstance(node, Filter):
            filters.append(node)
        elif isinstance(node, Operator) and node.kind == AND and all(isinstance(one, Filter) for one in node.operands):
            filters += node.operands
        elif all(isinstance(leaf, Filter) for leaf in leaves(node)):
            filters.append(node)
        else:
            terms.append(node)
    return operator([*filters, *operator(terms, CONCAT)], AND)


def _parse_as(text: str, pattern_type: str) -> list[Node]:
    """The tree under one pattern type; empty for a blank query."""
    if not text.strip(SPACE):
        return []
    scanner = Scanner(text)
    parser = _Parser(scanner, pattern_type)
    try:
        nodes = parser.parse_or()
    except _MissingOperandError as error:
        try:
            return _second_try(scanner, pattern_type)
        except QueryError:
            raise error from None
    if parser.open_groups:
        return _second_try(scanner, pattern_type)
    if not parser.disambiguated:
        nodes = _hoisted(nodes) or nodes
    return operator(nodes, AND)


def _second_try(scanner: Scanner, pattern_type: str) -> list[Node]:
    nodes = _Parser(scanner, pattern_type, parentheses_are_text=True).parse_or()
    return operator(_hoisted(nodes) or nodes, AND)


def _hoisted(nodes: list[Node]) -> list[Node] | None:
    """``filters terms OR terms filters`` with the filters made global; None where the query does not look like it."""
    leading, top = _set_leading_aside(nodes)
    if top is None:
        return None
    scope: list[Node] = list(leading)
    terms: list[Node] = []
    last = len(top.operands) - 1
    for number, operand in enumerate(top.operands):
        filters, pattern = _split(operand)
        if not pattern or (filters and 0 < number < last):
            return None
        if filters and not _stand_outside(filters, pattern, before=number == 0):
            return None
        if filters and number == last and not scope:
            return None
        scope += filters
        terms += pattern
    return [*scope, *operator(terms, top.kind)]


def _set_leading_aside(nodes: list[Node]) -> tuple[list[Node], Operator | None]:
    """``(leading filters of a top-level AND, the AND or OR below them)``; no operator where nothing can be hoisted."""
    if len(nodes) != 1 or not isinstance(nodes[0], Operator) or nodes[0].kind == CONCAT:
        return [], None
    top = nodes[0]
    if top.kind != AND:
        return [], top
    count = next((n for n, one in enumerate(top.operands) if not isinstance(one, Filter)), len(top.operands))
    leading, rest = list(top.operands[:count]), top.operands[count:]
    if len(rest) > 1:
        return leading, Operator(AND, rest)
    inner = rest[0] if rest else None
    return leading, inner if isinstance(inner, Operator) and inner.kind != CONCAT else None


def _split(node: Node) -> tuple[list[Node], list[Node]]:
    """``(filters, terms)`` of an operand; no terms when filters stand deeper than can be split off."""
    if isinstance(node, Filter):
        return [node], []
    if is_terms_only(node):
        return [], [node]
    if not isinstance(node, Operator) or node.kind != AND:
        return [], []
    filters = [operand for operand in node.operands if isinstance(operand, Filter)]
    others = [operand for operand in node.operands if not isinstance(operand, Filter)]
    return (list(filters), operator(others, AND)) if all(map(is_terms_only, others)) else ([], [])


def _stand_outside(filters: list[Node], terms: list[Node], before: bool) -> bool:
    """True when all filters stand before all terms, or (``before=False``) after them."""
    if before:
        first = min(leaf.span.start for node in terms for leaf in leaves(node))
        return all(node.span.start < first for node in filters)
    end = max(leaf.span.end for node in terms for leaf in leaves(node))
    return all(node.span.start >= end for node in filters)


def pattern_type_of(text: str, given: str = KEYWORD) -> str:
    """The pattern type that counts: the last known one that the query names itself, else ``given``."""
    found = given
    if "patterntype:" in text.lower():
        try:
            nodes = _parse_as(text, LITERAL)
        except QueryError:
            nodes = []
        for leaf in (leaf for node in nodes for leaf in leaves(node)):
            if isinstance(leaf, Filter) and leaf.name.lower() == "patterntype" and leaf.value in PATTERN_TYPES:
                found = leaf.value
    return PATTERN_TYPES.get(found, KEYWORD)


def parse(query: str, pattern_type: str = KEYWORD) -> Node | None:
    """The tree of ``query``; None when it is blank. Names as typed, OR over terms hoisted.

    ``pattern_type`` is the request's; one that the query names itself wins. Raises ``QueryError`` on what Sourcegraph's
    parser refuses, and on groups nested more than 60 deep.
    """
    kind = pattern_type_of(query, pattern_type)
    nodes = _parse_as(query, kind)
    if not nodes:
        return None
    if kind in (STANDARD, LITERAL):
        _refuse_groups_beside_terms(nodes[0])
    return nodes[0]


def _refuse_groups_beside_terms(node: Node) -> None:
    if not isinstance(node, Operator):
        return
    groups = [
        one for one in node.operands if isinstance(one, Operator) and any(isinstance(x, Term) for x in leaves(one))
    ]
    if node.kind == CONCAT and groups and any(isinstance(one, Term) for one in node.operands):
        raise QueryError("a group cannot stand beside terms in this pattern type", node.span.start, node.span.end)
    for operand in node.operands:
        _refuse_groups_beside_terms(operand)
