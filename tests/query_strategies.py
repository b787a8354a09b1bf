"""What the property tests draw: texts of the language's pieces, and trees of valid queries with ways to write them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count

from hypothesis import strategies as st

from nlsq.filters import CANONICAL_NAME, FILTERS, LOOK_ALIKES, PREDICATES
from nlsq.query.parser import PATTERN_TYPES

# ---- texts

NAMES = [*CANONICAL_NAME, "g", *sorted(LOOK_ALIKES)[::7]]
VALUES = ["go", "yes", "only", "all", "5", "commit", "2024-01-01", "1 week ago", "yesterday", "june 2023", "main"]
VALUES += ["*refs/*", "^a$", "(^|/)x", r"\.go$", "a@b:c", "[A-z]", "(?-i:x)", r"\Qa", "a{2000}", "regexp", "\u0663"]
PUNCTUATION = [*"()\"'/\\:-@*?+[]{}|.,;", "()", "(?i)", "//", '""', '\\"', r"\(", r"\/"]
OPERATORS = [" AND ", " or ", " Not ", "and", "OR", "not ", "\nAnd\t", ")or("]
SPACES = [" ", " ", " ", "\t", "\n", "\r", "\u00a0", "\u2028", "\u3000", "\x0b", "\x85"]
STRANGE = ["\x00", "\x1c", "\x7f", "\u0130", "\u017f", "\u212a", "\u00df", "\u03a3", "\U0001f525", "\u202e", "\ufeff"]
PREDICATE_TEXTS = [f"{field}:{name}(" for field, names in PREDICATES.items() for name in names]
ARGUMENTS = ["path:a", "content:b", "k:v", "k: v", "1 day ago", "2024-01-01, main", "a,b", "/x/:/y/", "x y"]


def _in_any_case(texts: list[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda text, change: change(text), st.sampled_from(texts), st.sampled_from([str, str.upper, str.title])
    )


def pieces() -> st.SearchStrategy[str]:
    """One piece of the language, or of what stands near it."""
    return st.one_of(
        st.builds("{}{}:".format, st.sampled_from(["", "", "-"]), _in_any_case(NAMES)),
        st.sampled_from(["foo", "a", "bar_Baz", "f(x)", "a.b", "-x", "http://x"]),
        st.sampled_from(VALUES),
        st.sampled_from(PUNCTUATION),
        _in_any_case(OPERATORS),
        st.sampled_from(SPACES),
        st.sampled_from(STRANGE),
        st.builds("{}{}{}".format, *map(st.sampled_from, (PREDICATE_TEXTS, ARGUMENTS, [")", ""]))),
        st.builds("patterntype:{}".format, st.sampled_from(sorted(PATTERN_TYPES))),
        st.text(max_size=3),
    )


def texts() -> st.SearchStrategy[str]:
    """Any text, most of it pieces of the language, with or without a space after each."""
    spaced = st.lists(st.builds(str.__add__, pieces(), st.sampled_from(["", " "])), max_size=12)
    return spaced.map("".join)


# ---- trees

LANGUAGES = [("go", "golang"), ("c++", "cpp"), ("c#", "csharp"), ("python",), ("java",), ("kotlin",), ("rust", "rs")]
LANGUAGES += [("ruby", "rb")]
_ALIASES = {entry.name: (entry.name, *entry.aliases) for entry in FILTERS}
_TERMS = frozenset(("term", "phrase", "regexp"))
_NEGATABLE = _TERMS | {"repo", "file", "lang", "author", "message", "has.path", "has.topic"}
_ON_COMMITS = frozenset(("author", "message", "after", "before"))
_SETTINGS = frozenset(("type", "case", "fork", "count", "select", "rev"))  # of the whole query
_FIRST_DAY = date(2020, 1, 1)
KINDS = sorted(_NEGATABLE | _ON_COMMITS | {"committer", "has.file", "has.commit.after", "has.owner"})


@dataclass(frozen=True)
class Leaf:
    """A filter, a predicate or a term. Those of one kind and another number mean another thing."""

    kind: str
    number: int
    negated: bool = False


@dataclass(frozen=True)
class Group:
    """AND or OR over two or more."""

    kind: str
    operands: tuple[Leaf | Group, ...]


def leaves(tree: Leaf | Group) -> Iterator[Leaf]:
    """All leaves from left to right."""
    if isinstance(tree, Leaf):
        yield tree
    else:
        for operand in tree.operands:
            yield from leaves(operand)


@st.composite
def trees(draw: st.DrawFn) -> Group:
    """A query that is valid however it is written: no two leaves are the same."""
    shape = draw(
        st.recursive(
            st.tuples(st.sampled_from(KINDS), st.booleans()),
            lambda inner: st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
            max_leaves=8,
        )
    )
    numbers = count()

    def built(node: tuple) -> Leaf | Group:
        if isinstance(node[1], list):
            return Group(node[0], tuple(map(built, node[1])))
        return Leaf(node[0], next(numbers), node[1] and node[0] in _NEGATABLE)

    tree = built(shape)
    settings = draw(st.sets(st.sampled_from(["case", "fork", "count", "select"]), max_size=2))
    needed = ["type"] if any(leaf.kind in _ON_COMMITS for leaf in leaves(tree)) else []
    top = [Leaf(kind, 0) for kind in [*needed, *sorted(settings)]]
    revision = [Leaf("repo", 90), Leaf("rev", 0)] if draw(st.booleans()) else []
    return Group("and", (*top, *revision, tree)) if top or revision else Group("and", (tree, Leaf("term", 99)))


def shuffled(tree: Leaf | Group, dice: random.Random) -> Leaf | Group:
    """The same tree with the operands of every AND and OR in another order."""
    if isinstance(tree, Leaf):
        return tree
    operands = [shuffled(operand, dice) for operand in tree.operands]
    dice.shuffle(operands)
    return replace(tree, operands=tuple(operands))


# ---- spellings


def _cased(text: str, dice: random.Random) -> str:
    return dice.choice([text, text.upper(), text.title(), text.swapcase()])


def _quoted(text: str, dice: random.Random) -> str:
    mark = dice.choice("\"'")
    return f"{mark}{text}{mark}"


def _term(leaf: Leaf, dice: random.Random) -> str:
    word = f"w{leaf.number}" if leaf.kind == "term" else f"two words{leaf.number}"
    content = _cased("content", dice)
    if leaf.kind == "regexp":
        plain = f"/a{leaf.number}+/"
    elif leaf.kind == "term" and dice.random() < 0.5:
        plain = dice.choice([word, f"{content}:{word}"])
    else:
        plain = dice.choice([_quoted(word, dice), f"{content}:{_quoted(word, dice)}"])
    if not leaf.negated:
        return plain
    minus = plain.lower().startswith("content:") and dice.random() < 0.5
    return f"-{plain}" if minus else f"{_cased('not', dice)} {plain}"


def _field_and_values(leaf: Leaf) -> tuple[str, list[str]]:
    """The filter's name and the ways to write its value; a predicate is no value in quotes."""
    number = leaf.number
    day = _FIRST_DAY + timedelta(days=number)
    plain = {
        "type": ("type", ["commit"]),
        "case": ("case", ["yes", "y", "TRUE", "1"]),
        "fork": ("fork", ["yes", "Y", "true"]),
        "count": ("count", ["50", "050"]),
        "select": ("select", ["repo"]),
        "rev": ("rev", ["main"]),
        "repo": ("repo", [f"org/r{number}", f"^github.com/org/r{number}$", rf"github\.com/Org/R{number}"]),
        "file": ("file", [f"dir{number}/f.go", rf"^dir{number}/f\.go$", f"(^|/)Dir{number}/f.go"]),
        "lang": ("lang", list(LANGUAGES[number % len(LANGUAGES)])),
        "author": ("author", [f"name{number}", f"Name{number}"]),
        "committer": ("committer", [f"name{number}", f"NAME{number}"]),
        "message": ("message", [f"fix{number}", f"FIX{number}"]),
        "after": ("after", [day.isoformat(), f"{day.isoformat()}T10:00:00Z", f"{day:%Y.%m.%d}", f"{day:%m/%d/%Y}"]),
        "before": ("before", [day.isoformat(), f"{day:%d.%m.%Y}"]),
        "has.path": ("repo", [f"has.path(p{number})", f"has.file(path:p{number})", f"contains.path(^p{number}$)"]),
        "has.topic": ("repo", [f"has.topic(t{number})"]),
        "has.file": ("repo", [f"has.file(path:p content:c{number})", f"contains.file(content:c{number} path:p)"]),
        "has.commit.after": ("repo", [f"has.commit.after({day})", f"contains.commit.after({day:%Y.%m.%d})"]),
        "has.owner": ("file", [f"has.owner(o{number})"]),
    }
    return plain[leaf.kind]


def _leaf(leaf: Leaf, dice: random.Random) -> str:
    if leaf.kind in _TERMS:
        return _term(leaf, dice)
    name, values = _field_and_values(leaf)
    value = dice.choice(values)
    alias = dice.choice(_ALIASES[name])
    if not value.endswith(")"):
        alias = _cased(alias, dice)
        escapable = value.replace("\\", "\\\\")
        value = dice.choice([value, value, _quoted(escapable, dice)])
    if not leaf.negated:
        return f"{alias}:{value}"
    return dice.choice([f"-{alias}:{value}", f"{_cased('not', dice)} {alias}:{value}"])


def written(tree: Leaf | Group, dice: random.Random) -> str:
    """``tree`` as a query, in any of its spellings; every group in parentheses, so that nothing is hoisted."""
    if isinstance(tree, Leaf):
        return _leaf(tree, dice)
    parts = [written(operand, dice) for operand in tree.operands]
    parts = [
        f"({part})" if isinstance(operand, Group) or dice.random() < 0.1 else part
        for operand, part in zip(tree.operands, parts, strict=True)
    ]
    text = parts[0]
    for part in parts[1:]:
        word = _cased(tree.kind, dice) if tree.kind == "or" or dice.random() < 0.5 else ""
        space = dice.choice([" ", " ", "  ", "\t", "\n"])
        text += f"{space}{word}{space if word else ''}{part}"
    return text


# ---- near misses


def _changed(tree: Leaf | Group, number: int, new: Leaf | None) -> Leaf | Group | None:
    """``tree`` with another leaf in the place of that number, or without it."""
    if isinstance(tree, Leaf):
        return new if tree.number == number and tree.kind not in _SETTINGS else tree
    operands = tuple(one for operand in tree.operands if (one := _changed(operand, number, new)) is not None)
    if not operands:
        return None
    return operands[0] if len(operands) == 1 and isinstance(operands[0], Group) else Group(tree.kind, operands)


def near_misses(tree: Group) -> Iterator[Leaf | Group]:
    """Trees that mean another thing than ``tree``: another value, negation or operator, or an operand less."""
    for leaf in leaves(tree):
        if leaf.kind in _SETTINGS or leaf.number == 90:
            continue
        other = leaf.number + (4 if leaf.kind == "lang" else 100)  # languages repeat after eight
        variants = [replace(leaf, number=other), None]
        if leaf.kind in _NEGATABLE:
            variants.append(replace(leaf, negated=not leaf.negated))
        for variant in variants:
            if found := _changed(tree, leaf.number, variant):
                yield found
    last = tree.operands[-1]
    if isinstance(last, Group):
        yield Group("and", (*tree.operands[:-1], replace(last, kind="or" if last.kind == "and" else "and")))
