"""What may have been meant where ``check`` finds a fault: texts to put in the place of the faulty one.

All functions return candidates, the likeliest first; ``check`` tries them and shows the first that mends the fault.
"""

import re
from collections.abc import Iterator

from nlsq.filters import CANONICAL_NAME, COMMIT_FILTERS, IS_MEANINGS, LOOK_ALIKE_MEANINGS
from nlsq.query import languages
from nlsq.query.parser import KEYWORD, QueryError, parse
from nlsq.query.predicates import mended_predicates
from nlsq.query.tree import AND, OR, REGEXP, Filter, Node, Operator, Span, Term, leaves
from nlsq.query.values import REGEXP_FILTERS, mended_regexps, nearest_values, switch

_SHORTEST_MISSPELT = 4
_OPPOSITES = {
    ("fork", "yes"): "fork:no",
    ("fork", "no"): "fork:yes",
    ("fork", "only"): "fork:no",
    ("archived", "yes"): "archived:no",
    ("archived", "no"): "archived:yes",
    ("archived", "only"): "archived:no",
    ("case", "yes"): "case:no",
    ("case", "no"): "case:yes",
    ("visibility", "private"): "visibility:public",
    ("visibility", "public"): "visibility:private",
}
# Kinds of symbols that stand after type: by mistake.
_TYPE_KINDS = frozenset(
    ["class", "constant", "constructor", "enum", "function", "interface", "method", "struct", "variable"]
)
_OPPOSITE_SIDES = {"after": "before", "before": "after"}
_LEADING_NOT = re.compile(r"(?ai:not)\s+")
_EXTENSIONS = re.compile(r"[*.]*\w[\w+#.-]*(?:[,|][*.]*\w[\w+#.-]*)*")
_PLAIN_VALUE = re.compile(r"""[^\s"'()]+""")
_WORD = re.compile(r"\w[\w.-]*")


def quoted(value: str) -> str:
    """``value`` in double quotes."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(escapes.get(character, character) for character in value) + '"'


def written(name: str, value: str, negated: bool = False) -> str:
    """A filter as text, its value in quotes where it needs them."""
    plain = value and not re.search(r"""\s|^["']""", value) and value.count("(") == value.count(")")
    return f"{'-' if negated else ''}{name}:{value if plain else quoted(value)}"


def negations(text: str) -> list[str]:
    """``text``, a filter or a term, with a negation before it; nothing for several of them."""
    if re.search(r"\s", text):
        return []
    if opposite := _opposite(*text.partition(":")[::2]):
        return [opposite]
    field = re.match(r"[A-Za-z]+:", text)
    return [f"-{text}" if field and field[0][:-1] in CANONICAL_NAME else f"NOT {text}"]


def _opposite(name: str, value: str) -> str:
    """What says the contrary of a filter that cannot be negated; empty for nothing."""
    if name in _OPPOSITE_SIDES:
        return written(_OPPOSITE_SIDES[name], value)
    return _OPPOSITES.get((name, switch(value) or value.lower()), "")


# ---- terms


def for_look_alike(term: Term, tree: Node) -> Iterator[str]:
    """``ext:go`` as ``file:\\.go$``: the filter that stands for what a look-alike says."""
    name, _, value = term.value.removeprefix("-").partition(":")
    name, negated = name.lower(), term.value.startswith("-") != term.negated
    if term.negated and term.value.startswith("-"):
        return
    if value[:1] in ('"', "'") and value[1:].endswith(value[0]):
        value = value[1:-1]
    value = re.sub(r"\(\)?$", "", value)  # of a call
    for meaning in _meanings(name, value) if _PLAIN_VALUE.fullmatch(value) else ():
        if negated:
            yield from negations(meaning)
            continue
        given = {f"{CANONICAL_NAME.get(one.name.lower())}:{one.value}" for one in _filters(tree)}
        yield " ".join(part for part in meaning.split(" ") if part not in given)
        if meaning.startswith("rev:"):
            yield f"repo:.* {meaning}"
        if meaning.startswith(("author:", "after:", "message:")):
            yield f"type:commit {meaning}"


def _meanings(name: str, value: str) -> Iterator[str]:
    if name == "is":
        yield from filter(None, [IS_MEANINGS.get(value.lower(), "")])
    elif name in ("private", "public") and switch(value) in ("yes", "no"):
        yield f"visibility:{'private' if (name == 'private') == (switch(value) == 'yes') else 'public'}"
    elif name == "commit" and re.fullmatch("[0-9a-f]{7,40}", value):
        yield f"rev:{value}"
    if name not in LOOK_ALIKE_MEANINGS:
        return
    meaning = LOOK_ALIKE_MEANINGS[name]
    if meaning.startswith(r"file:\."):
        yield from _extensions(meaning, value)
    elif meaning.endswith(" {}"):
        yield meaning.format(value)
    elif meaning == "{}":
        yield from [value] if _WORD.fullmatch(value) else []
    elif meaning == "/{}/":
        yield value if re.fullmatch("/.+/", value) else meaning.format(re.sub(r"(\\.)|/", _escaped_slash, value))
    else:
        yield from _filter_meanings(meaning, value)


def _escaped_slash(match: re.Match[str]) -> str:
    return match[1] or r"\/"


def _filter_meanings(meaning: str, value: str) -> Iterator[str]:
    name = meaning.partition(":")[0]
    bare = value.rstrip("/") if meaning.endswith("/") else value
    yield meaning.format(bare)
    if meaning.endswith(":{}"):
        yield from for_filter(name, Filter(name, bare))


def _extensions(meaning: str, value: str) -> Iterator[str]:
    if _EXTENSIONS.fullmatch(value):
        found = [re.escape(one.lstrip("*.")) for one in re.split("[,|]", value)]
        yield meaning.format(found[0] if len(found) == 1 else f"({'|'.join(found)})")


def minus_end(query: str, term: Term, kind: str) -> int:
    """Where ends what a minus before a term was to negate: behind the quotes, for they are none after a minus."""
    match = re.compile(r"""-(?:"[^"]*"|'[^']*')(?=\s|\)|$)""").match(query, term.span.start)
    return match.end() if match and kind in (KEYWORD, REGEXP) else term.span.end


def for_minus(text: str, term: Term, kind: str) -> Iterator[str]:
    """``-foo`` as ``NOT foo``, ``-lagn:go`` as ``-lang:go``; ``text`` is what the minus was to negate."""
    if term.negated:
        yield from [f"NOT {quoted(term.value)}"] if kind in (KEYWORD, REGEXP) else []
        return
    name, colon, value = text.partition(":")
    if colon and (known := nearest_filter(name)):
        yield f"-{known}:{value}"
    yield f"NOT {text}"


def nearest_filter(name: str) -> str:
    """The filter whose name or alias is one slip of the finger from ``name``; empty for none."""
    folded = name.lower()
    near = (known for known in CANONICAL_NAME if len(known) >= _SHORTEST_MISSPELT and _one_slip(folded, known))
    return CANONICAL_NAME[found] if (found := next(near, "")) else ""


def _one_slip(one: str, other: str) -> bool:
    """True when one letter more, less or other, or two neighbours exchanged, make ``one`` the ``other``."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True  # one is the other's beginning
    rest, beside = one[start:], other[start:]
    exchanged = rest[1::-1] == beside[:2] and rest[2:] == beside[2:] and len(rest) > 1
    return exchanged or rest[1:] == beside[1:] or rest[1:] == beside or rest == beside[1:]


def for_regexp_term(term: Term, kind: str) -> Iterator[str]:
    """``/foo(/`` as ``"foo("`` where it is plain text."""
    if kind in (KEYWORD, REGEXP) and mended_regexps(term.value, of_paths=False):
        yield f"{'NOT ' if term.negated else ''}{quoted(term.value)}"


# ---- filters


def for_filter(name: str, one: Filter, query: str = "") -> Iterator[str]:
    """What a filter with a value that is refused, unknown or misread may be meant for."""
    if name == "timeout" and re.compile(r"\s+(?:[smh]|ms|sec|min|hour|day)").match(query, one.span.end):
        return  # the unit stands behind a space
    if one.predicate:
        yield from mended_predicates(one)
    elif name == "g":
        yield from (written("context", one.value), quoted(f"g:{one.value}"))
    elif name in REGEXP_FILTERS:
        yield from _regexp_filters(name, one)
    elif name == "lang":
        yield from _language_filters(one)
    else:
        if name == "type":
            yield from _type_filters(one.value)
        yield from (written(name, value, one.negated) for value in nearest_values(name, one.value))


def _regexp_filters(name: str, one: Filter) -> Iterator[str]:
    pattern, at, revisions = one.value.partition("@") if name == "repo" and not one.negated else (one.value, "", "")
    for mended in mended_regexps(pattern, of_paths=name in ("repo", "file", "repohasfile")):
        yield written(name, f"{mended}{at}{revisions}", one.negated)


def _language_filters(one: Filter) -> Iterator[str]:
    named = [
        languages.usual_name(name) if languages.language(name) else languages.nearest(name)
        for name in re.split(r"[,|]", one.value)
    ]
    if not all(named):
        return
    if len(named) == 1 or one.negated:
        yield " ".join(written("lang", name, one.negated) for name in named)
    else:
        yield f"({' OR '.join(written('lang', name) for name in dict.fromkeys(named))})"


def _type_filters(value: str) -> Iterator[str]:
    """``type:function`` is a kind of symbol, ``type:python`` a language."""
    folded = value.lower()
    kind = {"func": "function"}.get(folded, folded.removesuffix("s") if folded not in ("class", "alias") else folded)
    if kind in _TYPE_KINDS:
        yield f"type:symbol select:symbol.{kind}"
    elif languages.language(value) and folded not in ("text", "diff"):
        yield written("lang", languages.usual_name(value))


def for_negated(one: Filter) -> list[str]:
    """The opposite of a filter that cannot be negated."""
    return [_opposite(one.name, one.value)]


def value_after_space(query: str, one: Filter, name: str) -> tuple[int, list[str]]:
    """For a filter without a value: where the word after it ends, and the filter with that word as its value."""
    match = re.compile(r"""[^\S\n]+(-?)([^\s()"':/-][^\s()"':]*)(?=\s|\)|$)""").match(query, one.span.end)
    if not match or one.quoted or match[1] or match[2].lower() in ("and", "or", "not"):
        return one.span.end, []
    text = written(name, match[2], one.negated)
    needed = "type:commit" if name in COMMIT_FILTERS else "repo:.*"
    return match.end(), [text, f"{needed} {text}"]


# ---- groups and what the parser refuses


def for_refused(query: str, error: QueryError, kind: str) -> tuple[int, list[str]]:
    """Where the text ends that the parser's error is about, and what may stand in its place."""
    text = query[error.start : error.end]
    if re.fullmatch(r"(?ai)not\s*\(", text):
        return _negated_group(query, error.start, error.end - 1, kind)
    if re.match(r"(?ai)not\s+-", text):
        return error.end, [_LEADING_NOT.sub("", text, count=1)]
    if text[:1] == "\\" and len(text) == len("\\."):
        return error.end, ["\\" + text]
    if text[:1] in ('"', "'") and error.end == len(query) and not re.search(r"\s-?[A-Za-z]+:|\s(?:AND|OR|NOT)\s", text):
        return error.end, [text.rstrip() + text[0]]
    return error.end, []


def _negated_group(query: str, start: int, opening: int, kind: str) -> tuple[int, list[str]]:
    """``NOT (a OR b)`` as ``NOT a NOT b``, ``NOT (a b)`` as ``(NOT a OR NOT b)``."""
    closing = _closing(query, opening)
    inside = query[opening + 1 : closing]
    try:
        tree = parse(inside, kind) if closing else None
    except QueryError:
        tree = None
    if tree is None:
        return opening + 1, []
    one_of_them = isinstance(tree, Operator) and tree.kind == OR
    operands = tree.operands if isinstance(tree, Operator) and one_of_them else list(leaves(tree))
    if any(isinstance(one, Operator) for one in operands) or (not one_of_them and has_or(tree)):
        return opening + 1, []
    parts = [_negated_leaf(inside, leaf) for one in operands for leaf in leaves(one)]
    text = " ".join(parts) if one_of_them or len(parts) == 1 else f"({' OR '.join(parts)})"
    return closing + 1, [text]


def has_or(node: Node) -> bool:
    """True when there is an OR in ``node``."""
    return isinstance(node, Operator) and (node.kind == OR or any(map(has_or, node.operands)))


def _negated_leaf(text: str, leaf: Term | Filter) -> str:
    written_so = _LEADING_NOT.sub("", text[leaf.span.start : leaf.span.end], count=1) if leaf.negated else ""
    if leaf.negated:
        return written_so.removeprefix("-") if isinstance(leaf, Filter) else written_so
    return f"{'-' if isinstance(leaf, Filter) else 'NOT '}{text[leaf.span.start : leaf.span.end]}"


def _closing(text: str, opening: int) -> int:
    """The place of the parenthesis that closes the one at ``opening``; 0 for none."""
    depth = 0
    for match in re.finditer(r"\\.|[()]", text[opening:], re.DOTALL):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth == 0 and match[0] == ")":
            return opening + match.start()
    return 0


def with_parentheses(query: str, node: Operator, span: Span) -> Iterator[str]:
    """An OR whose filters stand on one side, with parentheses around its terms: the filters hold for all of them.

    ``span``: the whole OR, its parentheses in pairs.
    """
    filtered = [operand for operand in node.operands if _filters(operand)]
    if len(filtered) != 1 or not isinstance(filtered[0], Operator) or filtered[0].kind != AND:
        return
    filters = [one for one in filtered[0].operands if all(isinstance(leaf, Filter) for leaf in leaves(one))]
    terms = [one for one in filtered[0].operands if one not in filters]
    if not filters or any(_filters(one) for one in terms):
        return
    first, last = min(one.span.start for one in filters), max(one.span.end for one in filters)
    if filtered[0] is node.operands[0] and all(one.span.start >= last for one in terms):
        edge = outer(query, Span(span.start, last), node).end
        rest = re.sub(r"(?ai)^and\s+", "", query[edge : span.end].strip())
        yield f"{query[span.start : edge]} ({rest})"
    elif filtered[0] is node.operands[-1] and all(one.span.end <= first for one in terms):
        edge = outer(query, Span(first, span.end), node).start
        rest = re.sub(r"(?ai)\s+and$", "", query[span.start : edge].strip())
        yield f"({rest}) {query[edge : span.end]}"


def outer(query: str, span: Span, node: Node) -> Span:
    """``span`` with the groups that it cuts: each parenthesis in it, but in no leaf of ``node``, has its partner."""
    inside_leaves = {place for leaf in leaves(node) for place in range(leaf.span.start, leaf.span.end)}
    opened = missing = 0
    for place in range(span.start, span.end):
        if place in inside_leaves:
            continue
        if query[place] == "(":
            opened += 1
        elif query[place] == ")":
            missing += 0 if opened else 1
            opened -= 1 if opened else 0
    start, end = span.start, span.end
    for _ in range(missing):
        start = max(query.rfind("(", 0, start), 0)
    for _ in range(opened):
        end = query.find(")", end) + 1 or len(query)
    return Span(start, end)


def _filters(node: Node) -> list[Filter]:
    return [leaf for leaf in leaves(node) if isinstance(leaf, Filter)]
