"""What Sourcegraph makes of a logged query, and the query that goes into the data: canonical, in the keyword language.

Queries of the older pattern types are rewritten: under ``literal`` and ``standard`` the terms beside each other are one
phrase, under ``regexp`` one regular expression. What is written is parsed again and compared with what was read.
"""

import functools
import hashlib
import re
from collections.abc import Hashable
from dataclasses import replace
from typing import NamedTuple

from nlsq.query import ERROR, QueryError, canonical, check, key, parse
from nlsq.query.checking import tolerated
from nlsq.query.parser import KEYWORD, PATTERN_TYPES, pattern_type_of
from nlsq.query.plan import basic_queries, normalised
from nlsq.query.suggesting import quoted, written
from nlsq.query.tree import LITERAL, OR, REGEXP, STRUCTURAL, Filter, Node, Operator, Term, operator

STRUCTURAL_SEARCH = "structural search"
NO_KEYWORD_FORM = "of another pattern type, with no form in the keyword language"
NOTHING_ASKED = "empty query"
REFUSED = "refused by Sourcegraph"

# Kinds of refusals, by the words of the message: the messages themselves tell what was searched for.
_REFUSALS = (
    ("not a regular expression", "not a regular expression"),
    ("no value of", "not a value of its filter"),
    ("is no escape", "quotes"),
    ("is not closed", "quotes"),
    ("closes nothing", "parentheses"),
    ("operand is missing", "an operator without an operand"),
    ("nothing to negate", "an operator without an operand"),
    ("not a group", "NOT before a group"),
    ("negated already", "NOT before a negated filter"),
    ("cannot be negated", "a filter that cannot be negated"),
    ("only once", "a filter more than once"),
    ("needs type:commit", "a filter of commits without type:commit"),
    ("rev: needs", "rev: without repo:"),
    ("does not go with", "filters that exclude each other"),
    ("is not accepted", "a filter that does not exist"),
    ("groups inside", "too large"),
    ("stands for more than", "too large"),
    ("a group cannot stand beside terms", "a group beside terms"),
)
_PREDICATE = re.compile(r"(?:repo|file|rev):")
# Names of pattern types that a request may have, and a query may not.
_REQUEST_TYPES = {**PATTERN_TYPES, "newstandardrc1": KEYWORD}

_MOST_MENDINGS = 8
_CACHED = 4000  # the queries that everybody types; not more, for memory has to stay as it is

_CLASS = r"\[\^?\]?(?:\\.|[^\]\\])*\]"
# Classes and escapes, which are stepped over; and a group that says no more than what stands beside each other: without
# alternatives or groups in it, or a repetition behind it.
_IDLE_GROUP = re.compile(rf"{_CLASS}|\\.|\(\?:(?P<inside>(?:{_CLASS}|\\.|[^()|\\\[\]])*)\)(?![*+?{{])", re.DOTALL)
_PLAIN_EXPRESSION = re.compile(r"(?:[^\\.+*?()\[\]{}|^$]|\\[^\sA-Za-z0-9])+")

_DEFAULTS_ONLY = frozenset((key(""), key("context:global")))


class Judged(NamedTuple):
    """A query that Sourcegraph accepts.

    ``warnings``: where it is read otherwise than it looks; ``mended``: what was probably meant then.
    """

    query: str
    digest: bytes
    pattern_type: str
    warnings: tuple[str, ...] = ()
    mended: str = ""


def pattern_type(name: str, default: str) -> str:
    """The pattern type that a request's name stands for; ``default``, as in Sourcegraph, for none and unknown ones."""
    return _REQUEST_TYPES.get(name.strip().lower(), default)


@functools.lru_cache(maxsize=_CACHED)
def judged(query: str, kind: str) -> Judged | str:
    """What becomes of ``query``, sent with pattern type ``kind``; for a query that does not stay, the reason."""
    own = pattern_type_of(query, kind)
    if own == STRUCTURAL:
        return STRUCTURAL_SEARCH
    findings = check(query, kind)
    errors = [finding for finding in findings if finding.severity == ERROR]
    if errors:
        return f"{REFUSED}: {refusal(errors[0].message)}"
    text = in_keyword_language(query, own)
    if not text:
        return NO_KEYWORD_FORM
    same = key(text)
    if same in _DEFAULTS_ONLY:
        return NOTHING_ASKED
    digest = hashlib.blake2b(same.encode(), digest_size=16).digest()
    if not findings:
        return Judged(text, digest, own)
    return Judged(text, digest, own, tuple(finding.message for finding in findings), mended(query, kind))


def refusal(message: str) -> str:
    """The kind of an error, without anything of the query."""
    found = next((kind for words, kind in _REFUSALS if words in message), "")
    if found:
        return found
    return "a predicate's arguments" if _PREDICATE.match(message) else "other"


def mended(query: str, kind: str) -> str:
    """What ``query`` was probably meant to be, canonical and without a finding; empty where nothing is near."""
    for _ in range(_MOST_MENDINGS):
        findings = check(query, kind)
        if not findings:
            text = in_keyword_language(query, pattern_type_of(query, kind))
            return text if not check(text) else ""
        first = next((finding for finding in findings if finding.suggestion), None)
        if first is None:
            return ""
        query = query[: first.start] + first.suggestion + query[first.end :]
    return ""


def in_keyword_language(query: str, kind: str) -> str:
    """An accepted query of pattern type ``kind`` in canonical form, with the same meaning under ``keyword``.

    Where that cannot be written the query keeps its pattern type (``patterntype:regexp``); empty where even that fails.
    """
    if kind == KEYWORD:
        return canonical(query)
    tree = parse(query, kind)
    if tree is None:
        return ""
    plan = _simplified(_without_pattern_type(normalised(_tolerant(tree, kind), kind)))
    if plan is None:
        return "context:global"  # nothing is asked, and accepted
    text = _text(plan)
    if _means(text, KEYWORD, _meaning(plan, KEYWORD)):
        return canonical(text)
    meaning = _meaning(tree, kind)
    kept = (query, f"{query} patterntype:{kind}", f"patterntype:{kind} {query}")
    return next((one for one in kept if pattern_type_of(one) == kind and _means(one, kind, meaning)), "")


def _means(text: str, kind: str, meaning: Hashable) -> bool:
    if any(finding.severity == ERROR for finding in check(text)):
        return False
    try:
        tree = parse(text)
    except QueryError:
        return False
    return tree is not None and _meaning(tree, kind) == meaning


def _meaning(tree: Node, kind: str) -> Hashable:
    """The basic queries of ``tree``, each with what it asks for in any order; the pattern type is in the terms."""
    return frozenset(
        (
            frozenset(_shape(one) for one in basic.filters if one.name != "patterntype"),
            _shape(basic.pattern) if basic.pattern else None,
        )
        for basic in basic_queries(tree, kind)
    )


def _shape(node: Node) -> Hashable:
    if isinstance(node, Operator):
        return (node.kind, frozenset(map(_shape, node.operands)))
    if isinstance(node, Filter):
        return (node.name, node.value, node.negated, node.predicate)
    return (node.kind, node.value, node.negated)


# ---- from the other pattern types' trees to text


def _without_pattern_type(node: Node) -> Node | None:
    if isinstance(node, Operator):
        operands = [one for one in map(_without_pattern_type, node.operands) if one is not None]
        return next(iter(operator(operands, node.kind)), None)
    return None if isinstance(node, Filter) and node.name == "patterntype" else node


def _tolerant(node: Node, kind: str) -> Node:
    r"""``node`` with regular expressions as regexp search reads them: ``()`` and one ``(`` at the end are text."""
    if isinstance(node, Operator):
        return replace(node, operands=tuple(_tolerant(operand, kind) for operand in node.operands))
    is_content = isinstance(node, Filter) and node.name.lower() == "content" and kind == REGEXP and not node.quoted
    if is_content or (isinstance(node, Term) and node.kind == REGEXP and kind == REGEXP):
        return replace(node, value=tolerated(node.value))
    return node


def _simplified(node: Node | None) -> Node | None:
    r"""Regular expressions without idle groups, and those that are plain text as text: ``foo\.bar``."""
    if isinstance(node, Operator):
        return replace(node, operands=tuple(one for one in map(_simplified, node.operands) if one is not None))
    if not isinstance(node, Term) or node.kind != REGEXP:
        return node
    value = node.value
    if r"\Q" not in value:
        value = _IDLE_GROUP.sub(lambda match: match[0] if match["inside"] is None else match["inside"], value)
    if _PLAIN_EXPRESSION.fullmatch(value):
        return replace(node, value=re.sub(r"\\(.)", r"\1", value), kind=LITERAL)
    return replace(node, value=value)


def _text(node: Node) -> str:
    """A plan as text of the keyword language: everything in groups and quotes, for ``canonical`` to take away."""
    if isinstance(node, Operator):
        return (" OR " if node.kind == OR else " ").join(
            f"({_text(one)})" if isinstance(one, Operator) and node.kind != one.kind else _text(one)
            for one in node.operands
        )
    if isinstance(node, Filter):
        value = f"{node.name}:{node.value}"
        return (
            f"{'-' if node.negated else ''}{value}" if node.predicate else written(node.name, node.value, node.negated)
        )
    if node.kind == REGEXP:
        text = "/" + re.sub(r"(\\.)|/", lambda match: match[1] or r"\/", node.value, flags=re.DOTALL) + "/"
    else:
        text = quoted(node.value)
    return f"NOT {text}" if node.negated else text
