"""Two queries, filter by filter and term by term: what is missing, what is surplus, and what stands for what.

Both are read by the language's own parser; what has the same normal form is the same. What is left over on both sides
is paired, the likeliest explanation first.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from itertools import takewhile

from nlsq.query import parse
from nlsq.query.dates import meaning
from nlsq.query.languages import nearest, usual_name
from nlsq.query.parser import KEYWORD, pattern_type_of
from nlsq.query.plan import normalised
from nlsq.query.sameness import Form, normal_form
from nlsq.query.tree import AND, OR, REGEXP, Filter, Node, Operator, Term
from nlsq.records import Record

TEXT, SHAPE, PREDICATE = "term", "shape", "predicate"
# The parts of a query, as the causes call them; every other filter is of the scope.
_PARTS = {
    **dict.fromkeys(("author", "committer", "message"), "author"),
    **dict.fromkeys(("after", "before"), "date"),
    **dict.fromkeys(("repohasfile", "repohascommitafter"), PREDICATE),
    **{name: name for name in ("lang", "repo", "rev", "select", "type")},
    "file": "path",
}
_SCOPE = "scope"
# Parts whose values are names that a model copies, and may copy badly; the others' values are chosen from lists.
_SPELT = frozenset(("repo", "rev", "path", "author", PREDICATE, TEXT))
# Parts in which two filters of different names are still one instead of the other.
_EXCHANGED = frozenset(("date", PREDICATE))
_NEAR = 0.75
_SHORTEST = 3  # letters by which one term is taken for a part of another
# What two forms of one word end in.
_ENDINGS = re.compile("(?:s|es|ed|d|e|ers?|ings?|ions?|or|y|ies|ied|ation|al|ly|ment|able|ity|ive)?")
_RUNAWAY = 8
_TURNED_JOIN = {OR: "or-as-and", AND: "and-as-or"}

Path = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Difference:
    """One cause, and the parts of the accepted query and of the answer that it is about."""

    cause: str
    expected: str = ""
    answer: str = ""

    def __str__(self) -> str:
        if self.expected and self.answer:
            return f"{self.cause}: {self.answer} for {self.expected}"
        return f"{self.cause}: {self.expected or self.answer}" if self.expected or self.answer else self.cause


# ---- what a query is made of


@dataclass(frozen=True)
class _Leaf:
    """A filter or term; ``form`` is the same for all its spellings, ``paths`` are the places where it stands."""

    part: str
    name: str  # the filter's, and the predicate's; empty for a term
    value: str  # of a predicate: its arguments
    text: str
    form: Form
    negated: bool
    paths: tuple[Path, ...]

    @property
    def is_term(self) -> bool:
        return self.part in (TEXT, SHAPE)


def _leaves(query: str, today: date | None, context: str) -> list[_Leaf]:
    """The leaves of ``query``, each once; ``context``: filters beside which they are compared."""
    kind = pattern_type_of(query)
    tree = parse(query)
    context += "" if kind == KEYWORD else f" patterntype:{kind}"
    found: dict[tuple[Form, bool], _Leaf] = {}
    for node, path in _walk(tree, ()) if tree else ():
        leaf = normalised(node, kind)
        assert not isinstance(leaf, Operator)
        text = query[node.span.start : node.span.end]
        form = _form(re.sub(r"(?i)^(?:NOT\s+|-)", "", text) if leaf.negated else text, context, today)
        before = found.get((form, leaf.negated))
        paths = (*before.paths, path) if before else (path,)
        found[form, leaf.negated] = _Leaf(*_part(leaf), text, form, leaf.negated, paths)
    return list(found.values())


def _walk(node: Node, path: Path) -> Iterator[tuple[Term | Filter, Path]]:
    if isinstance(node, Operator):
        kind = OR if node.kind == OR else AND
        for number, operand in enumerate(node.operands):
            yield from _walk(operand, (*path, (kind, number)))
    else:
        yield node, path


def _form(text: str, context: str, today: date | None) -> Form:
    try:
        return normal_form(text + context, today)
    except ValueError:  # no value of its filter, or text that is no query by itself
        return text.lower()


def _part(leaf: Term | Filter) -> tuple[str, str, str]:
    """``(part, name, value)`` of a leaf."""
    if isinstance(leaf, Term):
        return (SHAPE if leaf.kind == REGEXP else TEXT), "", leaf.value
    part = _PARTS.get(leaf.name, _SCOPE)
    if not leaf.predicate:
        return part, leaf.name, leaf.value
    predicate, _, arguments = leaf.value.partition("(")
    return (part if part == "rev" else PREDICATE), f"{leaf.name}:{predicate}", arguments[:-1]


def _words(leaf: _Leaf) -> list[str]:
    """The words of a value in lower case, without what only belongs to an expression."""
    value = re.sub(r"\b(?:path|content):", " ", leaf.value) if leaf.part == PREDICATE else leaf.value
    return _words_of(value if leaf.part == TEXT else re.sub(r"\\[A-Za-z]", " ", value))


def _words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def _letters(leaf: _Leaf) -> str:
    return "".join(_words(leaf)) or leaf.value.lower()


def _likeness(one: _Leaf, other: _Leaf) -> float:
    return SequenceMatcher(None, _letters(one), _letters(other), autojunk=False).ratio()


def _same_value(one: _Leaf, other: _Leaf) -> bool:
    """True when both speak of the same thing, whatever their filters are."""
    if "lang" in (one.part, other.part):
        return _language(one) == _language(other) != ""
    return _letters(one) == _letters(other)


def _language(leaf: _Leaf) -> str:
    """The language that a filter or a term names, or that the extension in a path means."""
    if leaf.part == "lang":
        return usual_name(leaf.value)
    words = _words(leaf)
    is_name = leaf.part != "path" or re.fullmatch(r"(?:\.\*)?\\?\.\w+\$?", leaf.value)
    return nearest(words[0]) if len(words) == 1 and is_name else ""


def _texts(leaves: Iterable[_Leaf]) -> str:
    return " ".join(leaf.text for leaf in leaves)


# ---- two queries


class Comparison:
    """An accepted query and an answer, both canonical. What is explained leaves ``missing`` and ``surplus``."""

    def __init__(self, expected: str, answer: str, record: Record):
        self.record = record
        self.today = date.fromisoformat(record.today) if record.today else None
        context = " case:yes" if "case:yes" in expected and "case:yes" in answer else ""
        self.missing = _leaves(expected, self.today, context)
        self.surplus = _leaves(answer, self.today, context)
        self.pairs: list[tuple[_Leaf, _Leaf]] = []
        self.found: list[Difference] = []

    def differences(self) -> list[Difference]:
        """What sets the two apart; nothing when they differ in their groups alone."""
        more = len(self.surplus) - len(self.missing)
        if more >= _RUNAWAY:
            self.found.append(Difference("runaway", answer=f"{more} conditions more"))
        for step in (self._same, self._alternatives, self._moved, self._phrases, self._alike, self._shapes):
            step()
        self._left_over()
        self._joins()
        return self.found

    def _take(self, cause: str, missing: list[_Leaf], surplus: list[_Leaf]) -> None:
        self.missing = [leaf for leaf in self.missing if leaf not in missing]
        self.surplus = [leaf for leaf in self.surplus if leaf not in surplus]
        if cause:
            self.found.append(Difference(cause, _texts(missing), _texts(surplus)))
        if len(missing) == len(surplus) == 1:
            one, other = missing[0], surplus[0]
            self.pairs.append((one, other))
            if one.negated != other.negated:
                lost = "negation-lost" if one.negated else "negation-added"
                self.found.append(Difference(lost, one.text, other.text))

    def _same(self) -> None:
        """What both have; then what only one has negated."""
        for signs in (True, False):
            for one in self.missing:
                for other in self.surplus:
                    if one.form == other.form and (one.negated == other.negated or not signs):
                        self._take("", [one], [other])
                        break

    def _alternatives(self) -> None:
        """``file:(a|b)`` and ``file:a OR file:b``, ``/a|b/`` and ``a OR b``."""
        for one in self.missing:
            if others := _spelled_out(one, self.surplus):
                self._take("alternatives", [one], others)
        for other in self.surplus:
            if ones := _spelled_out(other, self.missing):
                self._take("alternatives", ones, [other])

    def _moved(self) -> None:
        """The right value in another filter, as terms, or as a filter instead of terms."""
        for one in self.missing:
            for other in self.surplus:
                if (cause := _moved_cause(one, other)) and _same_value(one, other):
                    self._take(cause, [one], [other])
                    break
        for one in self.missing:
            if terms := _made_of(one, self.surplus):
                self._take("predicate-form" if one.part == PREDICATE else "filter-as-term", [one], terms)
        for other in self.surplus:
            if terms := _made_of(other, self.missing):
                self._take("predicate-form" if other.part == PREDICATE else "term-as-filter", terms, [other])

    def _phrases(self) -> None:
        """A phrase and its words, in terms and in messages."""
        for one in self.missing:
            if words := _phrase_words(one, self.surplus):
                self._take("phrase-split", [one], words)
        for other in self.surplus:
            if words := _phrase_words(other, self.missing):
                self._take("phrase-joined", words, [other])

    def _alike(self) -> None:
        """Filters of the same part, and terms that resemble each other; the most alike first."""
        pairs = [(one, other) for one in self.missing for other in self.surplus if _may_pair(one, other)]
        for one, other in sorted(pairs, key=lambda pair: (pair[0].name != pair[1].name, -_likeness(*pair))):
            if one in self.missing and other in self.surplus:
                self._take(self._value_cause(one, other), [one], [other])

    def _value_cause(self, one: _Leaf, other: _Leaf) -> str:
        """How two values of one part differ."""
        if one.part == "date" and one.name == other.name and _days_apart(one, other, self.today) == 1:
            return "date-near"
        if one.part == "path" and _letters(one) == _letters(other):
            return "path-anchor"
        if one.part == "repo" and (_lies_in(one, other) or _lies_in(other, one)):
            return "repo-part"
        candidates = ("".join(_words_of(name)) for name in self.record.repositories)
        chosen = one.part == "repo" and any(_letters(other) in name for name in candidates)
        if one.name == other.name and _is_near(one, other) and not chosen:
            return "spelling"
        return "term-changed" if one.part == TEXT else f"{one.part}-other"

    def _shapes(self) -> None:
        """Regular expressions for all terms that are left, and the other way round."""
        for expected, given, cause in ((SHAPE, TEXT, "shape-as-text"), (TEXT, SHAPE, "text-as-shape")):
            missing = [leaf for leaf in self.missing if leaf.part == expected]
            surplus = [leaf for leaf in self.surplus if leaf.part == given]
            if missing and surplus:
                self._take(cause, missing, surplus)

    def _left_over(self) -> None:
        asked = set(_words_of(self.record.request))
        for leaf in self.missing:
            self.found.append(Difference(f"{leaf.part}-missing", expected=leaf.text))
        for leaf in self.surplus:
            words = _words(leaf)
            known = asked.issuperset(words) if words else leaf.value in self.record.request
            cause = f"{leaf.part}-surplus" if leaf.part != TEXT else "term-filler" if known else "term-invented"
            self.found.append(Difference(cause, answer=leaf.text))

    def _joins(self) -> None:
        """What is joined by OR in one query and by AND in the other; the first such pair of each kind."""
        for number, (one, other) in enumerate(self.pairs):
            for second, its_other in self.pairs[:number]:
                kinds = [_joined_by(second, one), _joined_by(its_other, other)]
                cause = _TURNED_JOIN[kinds[0]]
                if kinds[0] != kinds[1] and cause not in {found.cause for found in self.found}:
                    texts = [(second.text, one.text), (its_other.text, other.text)]
                    written = [f" {kind.upper()} ".join(pair) for kind, pair in zip(kinds, texts, strict=True)]
                    self.found.append(Difference(cause, *written))


def _joined_by(one: _Leaf, other: _Leaf) -> str:
    """AND where the two hold together at one place at least, else OR."""
    kinds = set()
    for path in one.paths:
        for another in other.paths:
            kinds.add(next((mine[0] for mine, theirs in zip(path, another, strict=False) if mine != theirs), AND))
    return AND if AND in kinds else OR


def _spelled_out(leaf: _Leaf, others: list[_Leaf]) -> list[_Leaf]:
    """The leaves of ``others`` that are the alternatives in the expression of ``leaf``, when all are there."""
    match = re.fullmatch(r"(.*?)\(?(?:\?:)?([^()|]+(?:\|[^()|]+)+)\)?(.*)", leaf.value)
    if not match or leaf.part == TEXT:
        return []
    wanted = {"".join(_words_of(re.sub(r"\\[A-Za-z]", " ", match[1] + one + match[3]))) for one in match[2].split("|")}
    found = [one for one in others if one.name == leaf.name and one.negated == leaf.negated and _letters(one) in wanted]
    return found if len(wanted) > 1 and {_letters(one) for one in found} == wanted else []


def _moved_cause(one: _Leaf, other: _Leaf) -> str:
    """What it is called when ``other`` stands for ``one``; nothing for two of one part, and for two terms."""
    if one.part == other.part or (one.is_term and other.is_term):
        return ""
    if PREDICATE in (one.part, other.part):
        return "predicate-form"
    return "term-as-filter" if one.is_term else "filter-as-term" if other.is_term else "filter-confused"


def _made_of(leaf: _Leaf, others: list[_Leaf]) -> list[_Leaf]:
    """The terms of ``others`` that together are the words of the filter ``leaf``, or its name without the folders."""
    words = set() if leaf.is_term else set(_words(leaf))
    terms = [one for one in others if one.part == TEXT and set(_words(one)) and set(_words(one)) <= words]
    there = {word for one in terms for word in _words(one)}
    last = set(_words_of(leaf.value.rstrip("/$").rpartition("/")[2])) if leaf.part in ("repo", "path") else words
    return terms if terms and last and last <= there else []


def _phrase_words(leaf: _Leaf, others: list[_Leaf]) -> list[_Leaf]:
    """The single words of ``others`` that the phrase ``leaf`` is made of, when all are there."""
    if leaf.name not in ("", "message") or leaf.part == SHAPE or " " not in leaf.value.strip():
        return []
    words = set(leaf.value.lower().split())
    same = [one for one in others if one.part == leaf.part and one.name == leaf.name and one.negated == leaf.negated]
    found = [one for one in same if one.value.lower() in words]
    return found if {one.value.lower() for one in found} == words else []


def _may_pair(one: _Leaf, other: _Leaf) -> bool:
    """True when ``other`` may stand in the place of ``one``, with another value."""
    if one.part != other.part or one.negated != other.negated:
        return False
    if one.part == TEXT:
        return _same_root(one, other) or _lies_in(one, other) or _lies_in(other, one) or _is_near(one, other)
    return one.name == other.name or one.part in _EXCHANGED or _letters(one) == _letters(other)


def _lies_in(one: _Leaf, other: _Leaf) -> bool:
    return len(_letters(one)) >= _SHORTEST and _letters(one) in _letters(other)


def _same_root(one: _Leaf, other: _Leaf) -> bool:
    """True for two forms of one word: retry and retries."""
    mine, theirs = _letters(one), _letters(other)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(mine, theirs, strict=False)))
    return same >= _SHORTEST and all(_ENDINGS.fullmatch(text, same) for text in (mine, theirs))


def _is_near(one: _Leaf, other: _Leaf) -> bool:
    """True when one value is the other with a slip of the pen; other digits are no slip."""
    numbers = [re.findall(r"\d+", leaf.value) for leaf in (one, other)]
    if one.part not in _SPELT or numbers[0] != numbers[1] or _lies_in(one, other) or _lies_in(other, one):
        return False
    if min(len("".join(_words(leaf))) for leaf in (one, other)) < _SHORTEST:
        return False
    return not (one.part == TEXT and _same_root(one, other)) and _likeness(one, other) >= _NEAR


def _days_apart(one: _Leaf, other: _Leaf, today: date | None) -> int | None:
    (kind, mine), (other_kind, theirs) = meaning(one.value, today), meaning(other.value, today)
    if kind == other_kind and isinstance(mine, date) and isinstance(theirs, date):
        return abs((mine - theirs).days)
    same = kind == other_kind and isinstance(mine, int) and isinstance(theirs, int)
    return abs(mine - theirs) if same else None  # type: ignore[operator]
