"""The tree of a query: filters and terms as leaves, joined by operators. Every node knows its place in the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

AND = "and"
OR = "or"
CONCAT = "concat"  # terms next to each other, before the pattern type says what that means

LITERAL = "literal"
REGEXP = "regexp"
STRUCTURAL = "structural"


@dataclass(frozen=True)
class Span:
    """A stretch of the query, in code points; ``end`` is exclusive."""

    start: int
    end: int


@dataclass(frozen=True)
class Term:
    """A search term. ``kind``: literal, regexp or structural. ``quoted``: it stood in quotes."""

    value: str
    kind: str = LITERAL
    negated: bool = False
    quoted: bool = False
    span: Span = field(default=Span(0, 0), compare=False)


@dataclass(frozen=True)
class Filter:
    """``name:value``. In a parsed tree the name is as typed, in a plan it is canonical."""

    name: str
    value: str
    negated: bool = False
    quoted: bool = False
    predicate: bool = False
    span: Span = field(default=Span(0, 0), compare=False)


@dataclass(frozen=True)
class Operator:
    """``kind`` (and, or, concat) over two or more operands."""

    kind: str
    operands: tuple[Node, ...]

    @property
    def span(self) -> Span:
        """From the first operand's start to the last one's end."""
        spans = [operand.span for operand in self.operands]
        return Span(min(span.start for span in spans), max(span.end for span in spans))


Node = Term | Filter | Operator


def operator(nodes: Sequence[Node], kind: str) -> list[Node]:
    """``nodes`` under one operator, nested ones of the same kind flattened; none and one stay as they are."""
    if len(nodes) <= 1:
        return list(nodes)
    flat: list[Node] = []
    for node in nodes:
        flat.extend(node.operands if isinstance(node, Operator) and node.kind == kind else [node])
    return [Operator(kind, tuple(flat))]


def leaves(node: Node) -> Iterator[Term | Filter]:
    """All leaves from left to right."""
    if isinstance(node, Operator):
        for operand in node.operands:
            yield from leaves(operand)
    else:
        yield node


def is_terms_only(node: Node) -> bool:
    """True when no filter stands below ``node``."""
    return all(isinstance(leaf, Term) for leaf in leaves(node))
